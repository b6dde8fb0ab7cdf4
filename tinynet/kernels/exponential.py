r"""
# The exponential, and what follows from it

Sigmoid, tanh, softmax and the cross-entropies all need $e^x$. The one of the C library computes one number
a call; written out as below it becomes part of the loop that needs it, and the compiler computes 8 or 16 at
a time.

**Reduction.** Every $x$ is $k \ln 2 + r$ with a whole number $k$ and $|r| \le \frac12 \ln 2$, so

$$e^x = 2^k e^r$$

$k$ is $x / \ln 2$ rounded. Adding $1.5 \cdot 2^{52}$ rounds: above it float64 has no digits after the
point, and the last bits *are* $k$. So that $r$ loses no digits, $\ln 2$ is subtracted in two parts, the first so
short that $k$ times it is exact (Cody and Waite 1980).

**Series.** For the small $r$ the series $e^r - 1 = r + \frac{r^2}{2!} + \frac{r^3}{3!} + \dots$ needs 13
terms in float64 until the next is below the rounding. It is more exact near 0 than at the ends, which helps nobody. A
polynomial through 11 points of $(e^r - 1)/r$, chosen by Chebyshev so that the error is spread evenly over
$|r| \le \frac12 \ln 2$, needs 11 terms (6 in float32). Its coefficients are nearly those of the series, as
a look at them shows.

**Scaling.** A float64 is $2^{e - 1023} \cdot 1.\ldots$, with $e$ in the bits from 52 on; so $2^k$ is made
by moving $k + 1023$ there. Two factors, for $2^k$ itself may leave the range where $e^x$ does not.

No step asks what $x$ is, except one before the first: beyond 710 the result is infinite and below −746 it is 0 in
any case (89 and −104 in float32), so $x$ is moved to there. Numbers that differ can be computed side by side. NaN
makes every comparison false and every result NaN.

The error is below 1.1 ulp (units in the last place) for `exp`, 2 for `expm1` and `log1p`, 4 for `sigmoid` and `tanh`,
in both dtypes, over the whole range; the tests compare with 60 digits.

**What limits it.** In float64 some 30 instructions compute 8 numbers and move 16 bytes for each. ReLU moves as
many with 4 instructions, in a fifth of the time: so arithmetic limits $e^x$, not memory. Measured: 0.73 ns an
element, in float32 0.28. All figures of these pages are of 64 × 512 numbers on one thread of a two-core x86 server
with AVX-512.

Read next: [the normal distribution function](normal.py).
"""

from math import log

import numpy as np

from .jit import by_dtype, scalar

# nearly 1/2!, 1/3!, ..., 1/11!
C2, C3, C4, C5 = 0.50000000000000055511, 0.16666666666666671293, 0.041666666666573065614, 0.00833333333332613585
C6, C7, C8 = 0.0013888888932514780079, 0.00019841269874820626558, 0.000024801504313785541239
C9, C10, C11 = 2.755725540020642234e-6, 2.762637106569635432e-7, 2.5105217004720744732e-8
# ln 2 in two parts: 33 bits, and what is left.
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
PER_LN2 = 1 / log(2)
ROUNDER = np.float64(1.5 * 2.0**52)
ROUNDER_BITS = np.int64(ROUNDER.view(np.int64))


@scalar
def _reduce(x):
    """x -> k and r, with x = k ln 2 + r."""
    rounded = x * PER_LN2 + ROUNDER
    k = rounded - ROUNDER
    # [eq:exp-reduction] $r = x - k \ln 2$
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    return np.float64(rounded).view(np.int64) - ROUNDER_BITS, r


@scalar
def _series(r):
    # [eq:exp-series] $(e^r - 1)/r = 1 + r (1/2! + r (1/3! + \dots))$
    high = C8 + r * (C9 + r * (C10 + r * C11))
    return 1.0 + r * (C2 + r * (C3 + r * (C4 + r * (C5 + r * (C6 + r * (C7 + r * high))))))


@scalar
def _two_to(k):
    # [eq:two-to-k] $2^k$ has the bits $(k + 1023) \cdot 2^{52}$
    return np.int64((k + np.int64(1023)) << np.int64(52)).view(np.float64)


@scalar
def _power(k, r):
    half = k >> np.int64(1)
    # [eq:exp] $e^x = 2^k e^r$
    return ((1.0 + r * _series(r)) * _two_to(half)) * _two_to(k - half)


@scalar
def _exp(x):
    k, r = _reduce(710.0 if x > 710 else -746.0 if x < -746 else x)
    return _power(k, r)


@scalar
def _expm1(x):
    k, r = _reduce(-746.0 if x < -746 else x)
    power = _two_to(np.int64(-1000) if k < -1000 else k)
    # [eq:expm1] $e^x - 1 = 2^k (e^r - 1) + (2^k - 1)$, for $x \le 0$: no digits are lost near 0
    return power * (r * _series(r)) + (power - 1.0)


# The same in float32, with its own constants.
F = np.float32
D2, D3, D4 = F(0.5), F(0.16666504740715026855), F(0.041666466742753982544)
D5, D6 = F(0.0083691552281379699707), F(0.0013933649752289056778)
LN2_HIGH_F, LN2_LOW_F, PER_LN2_F = F(0.693359375), F(-2.12194440e-4), F(PER_LN2)
ROUNDER_F = F(1.5 * 2.0**23)
ROUNDER_F_BITS = np.int32(ROUNDER_F.view(np.int32))
ONE, TOP_F, BOTTOM_F = F(1), F(89), F(-104)


@scalar
def _reduce_f(x):
    rounded = x * PER_LN2_F + ROUNDER_F
    k = rounded - ROUNDER_F
    r = (x - k * LN2_HIGH_F) - k * LN2_LOW_F
    return np.int32(np.float32(rounded).view(np.int32) - ROUNDER_F_BITS), r


@scalar
def _series_f(r):
    return ONE + r * (D2 + r * (D3 + r * (D4 + r * (D5 + r * D6))))


@scalar
def _two_to_f(k):
    return np.int32((k + np.int32(127)) << np.int32(23)).view(np.float32)


@scalar
def _power_f(k, r):
    half = np.int32(k >> np.int32(1))
    return ((ONE + r * _series_f(r)) * _two_to_f(half)) * _two_to_f(np.int32(k - half))


@scalar
def _exp_f(x):
    k, r = _reduce_f(TOP_F if x > TOP_F else BOTTOM_F if x < BOTTOM_F else x)
    return _power_f(k, r)


@scalar
def _expm1_f(x):
    k, r = _reduce_f(BOTTOM_F if x < BOTTOM_F else x)
    power = _two_to_f(np.int32(-120) if k < -120 else k)
    return power * (r * _series_f(r)) + (power - ONE)


# ## The logarithm of 1 + e
#
# Softplus and the cross-entropies need $\ln(1 + e)$ for $0 \le e \le 1$. With $s = e/(2 + e)$, at most a third,
# $1 + e = (1 + s)/(1 - s)$, and the series of $\ln(1 + s) - \ln(1 - s)$ has odd powers only:


@scalar
def _log1p(e):
    s = e / (2.0 + e)
    q = s * s
    total = 1 / 35
    for n in range(33, 1, -2):
        total = 1 / n + q * total
    # [eq:log1p] $\ln(1 + e) = 2\,(s + s^3/3 + s^5/5 + \dots)$, $s = e/(2 + e)$
    return 2.0 * (s + s * q * total)


@scalar
def _log1p_f(e):
    s = e / (TWO_F + e)
    q = s * s
    return TWO_F * (s + s * q * (T3 + q * (T5 + q * (T7 + q * (T9 + q * (T11 + q * (T13 + q * T15)))))))


TWO_F = F(2)
T3, T5, T7, T9, T11, T13, T15 = (F(1 / n) for n in range(3, 17, 2))

exp = by_dtype(_exp, _exp_f)
log1p = by_dtype(_log1p, _log1p_f)
expm1 = by_dtype(_expm1, _expm1_f)
