r"""
# Softmax

Softmax turns the $K$ numbers of a row, the *logits* $z$, into probabilities:

$$a_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$$

Adding a constant to every $z$ changes nothing, so the row's maximum $m$ is subtracted first: no exponential
overflows, and the sum is at least 1. Unlike the other activations, each $a_i$ depends on the whole row. So the
derivative is a matrix, $\partial a_i/\partial z_j = a_i([i = j] - a_j)$ ($[i = j]$ is 1 where $i = j$, else 0),
and not a factor for each neuron.

Log-softmax is $\ln a_i = (z_i - m) - \ln \sum_k e^{z_k - m}$. The sum is $1 + s$, where $s$ collects all
terms but the maximum's own $e^0$; $\ln(1+s)$ by `log1p` keeps every digit when $s$ is tiny, where $\ln$ of
the rounded sum would say 0.

All arrays are (rows, K).

**What limits it.** A row is passed four times, for the maximum, the exponentials, their sum and the division, but
lies in the nearest cache after the first: from further away 16 bytes an element move, 8 in float32. The exponential
and some 20 instructions more for 8 elements take longer: arithmetic is the limit. Measured: 1.43 ns an element, in
float32 0.78 (64 rows of 512, one thread of a two-core x86 server with AVX-512).

Read next: [losses](losses.py).
"""

import numpy as np

from .exponential import exp
from .jit import kernel, scalar


@scalar
def _larger(x, y):
    return y if y > x else x


@kernel(side_by_side=True)
def largest(row):
    """The largest entry of a row; eight running maxima side by side, then the largest of them."""
    m = row[0]
    m0 = m1 = m2 = m3 = m4 = m5 = m6 = m7 = m
    whole = row.size - row.size % 8
    for first in range(0, whole, 8):
        r = row[first : first + 8]
        m0, m1, m2, m3 = _larger(m0, r[0]), _larger(m1, r[1]), _larger(m2, r[2]), _larger(m3, r[3])
        m4, m5, m6, m7 = _larger(m4, r[4]), _larger(m5, r[5]), _larger(m6, r[6]), _larger(m7, r[7])
    for i in range(whole, row.size):
        m = _larger(m, row[i])
    m0, m1, m2, m3 = _larger(m0, m4), _larger(m1, m5), _larger(m2, m6), _larger(m3, m7)
    return _larger(m, _larger(_larger(m0, m2), _larger(m1, m3)))


@kernel
def total(row):
    """The sum of a row in float64, of pieces that are added in the row's dtype."""
    s = np.float64(0)
    for first in range(0, row.size, 64):
        s += total_of_few(row[first : first + 64])
    return s


@kernel(side_by_side=True)
def total_of_few(row):
    """Eight running sums side by side, then theirs."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = row[0] - row[0]
    whole = row.size - row.size % 8
    for first in range(0, whole, 8):
        r = row[first : first + 8]
        s0 += r[0]
        s1 += r[1]
        s2 += r[2]
        s3 += r[3]
        s4 += r[4]
        s5 += r[5]
        s6 += r[6]
        s7 += r[7]
    s = ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
    for i in range(whole, row.size):
        s += row[i]
    return s


@scalar
def exp_of_difference(z, m):
    r"""Two scalars -> $e^{z - m}$, with what the rounding of $z - m$ took away put back.

    At $z - m = -700$ that rounding alone would cost the result two of its digits.
    """
    d = z - m
    minus_m = d - z
    # [eq:two-sum] $z - m = d + \ell$ exactly (Knuth 1969)
    lost = (z - (d - minus_m)) - (m + minus_m)
    e = exp(d)
    # [eq:exp-of-difference] $e^{d + \ell} = e^d\,(1 + \ell)$, since $\ell$ is tiny; it is NaN only where $d = -\infty$
    return e + e * lost if lost == lost else e


@kernel
def softmax(z, a):
    for row in range(z.shape[0]):
        zr, ar = z[row], a[row]
        m = largest(zr)
        for i in range(zr.size):
            ar[i] = exp_of_difference(zr[i], m)
        sum_of_row = ar.dtype.type(total(ar))
        # [eq:softmax] $a_i = e^{z_i - m} / \sum_k e^{z_k - m}$, $m = \max_k z_k$
        for i in range(zr.size):
            ar[i] /= sum_of_row


@kernel
def softmax_backward(a, da, delta):
    for row in range(a.shape[0]):
        ar, dar, dr = a[row], da[row], delta[row]
        for i in range(ar.size):
            dr[i] = ar[i] * dar[i]
        mean = dr.dtype.type(total(dr))
        # [eq:softmax-backward] $\delta_i = a_i\,(\partial L/\partial a_i - \sum_k a_k\,\partial L/\partial a_k)$
        for i in range(ar.size):
            dr[i] = ar[i] * (dar[i] - mean)


@kernel
def log_of_sum(z, e):
    r"""One row z (K,) -> the pair $m = \max_k z_k$ and $\ln \sum_k e^{z_k - m}$. e: (K,), room to work in."""
    m, tops = largest(z), 0
    for i in range(z.size):
        below = exp_of_difference(z[i], m)
        e[i] = z.dtype.type(0) if z[i] == m else below
    for i in range(z.size):
        tops += z[i] == m
    s = total(e)
    # [eq:log-sum-exp] $\ln \sum_k e^{z_k} = m + \ln(1 + s)$, $s = \sum_{k \neq top} e^{z_k - m}$
    return m, np.log1p(s + (tops - 1))


@kernel
def log_softmax(z, log_a):
    for row in range(z.shape[0]):
        m, log_sum = log_of_sum(z[row], log_a[row])
        # [eq:log-softmax] $\ln a_i = (z_i - m) - \ln \sum_k e^{z_k - m}$
        for i in range(z.shape[1]):
            log_a[row, i] = (z[row, i] - m) - log_sum


@kernel
def log_softmax_backward(log_a, g, delta):
    for row in range(g.shape[0]):
        gr, dr = g[row], delta[row]
        sum_of_row = gr.dtype.type(total(gr))
        # [eq:log-softmax-backward] $\delta_i = g_i - a_i \sum_k g_k$, $g = \partial L/\partial \ln a$
        for i in range(gr.size):
            dr[i] = gr[i] - exp(log_a[row, i]) * sum_of_row
