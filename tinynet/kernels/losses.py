r"""
# Loss kernels

A loss says by one number how far the outputs $a$ are from the targets $y$. The loss of a batch is the mean
over its $N$ examples, so that its size does not depend on how many there are. A formula for $L$ below is that
of one example; the kernel returns the mean, and the derivatives carry its $1/N$.

Every loss is two kernels: `loss(a, y)` returns the number $L$, and `loss_backward(a, y, dL, da)` writes
$\partial L/\partial a$ times `dL` (which is 1 when the loss itself is what we differentiate). Arrays are
$(N, n_L)$; sums are kept in float64.

The cross-entropies take logarithms of probabilities, and a probability that is rounded to 0 has lost its
logarithm. So they come twice: once from probabilities, as the formula reads, and once from the $z$ of the
sigmoid or softmax that made them, which is exact for every finite $z$, and whose derivative is the simplest
formula of all: $\delta = (a - y)/N$ for softmax, $(a - y)/(n_L N)$ for sigmoids.

**What limits them.** A loss is one pass over the outputs, and there are few: for 128 examples of 10 classes 1,280
sums, each waiting some 4 ticks for the last, are a microsecond or two of a step of milliseconds. The cross-entropies
need an exponential and a logarithm besides.

Read next: [updates](updates.py).
"""

import numpy as np

from .exponential import exp, log1p
from .jit import kernel
from .softmax import log_of_sum


@kernel
def leaves_0_to_1(a):
    """Whether some entry is below 0 or above 1."""
    outside = False
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            outside |= a[n, j] < 0 or a[n, j] > 1
    return outside


@kernel
def half_squared_error(a, y):
    total = np.float64(0)
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            # [eq:half-squared-error] $L = \frac12 \sum_j (y_j - a_j)^2$
            total += 0.5 * (y[n, j] - a[n, j]) ** 2
    return total / a.shape[0]


@kernel
def half_squared_error_backward(a, y, dL, da):
    N = a.shape[0]
    for n in range(N):
        for j in range(a.shape[1]):
            # [eq:half-squared-error-gradient] $\partial L/\partial a_j = (a_j - y_j)/N$
            da[n, j] = dL * (a[n, j] - y[n, j]) / N


@kernel
def mean_squared_error(a, y):
    total = np.float64(0)
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            # [eq:mean-squared-error] $L = \frac{1}{n_L} \sum_j (y_j - a_j)^2$
            total += (y[n, j] - a[n, j]) ** 2
    return total / a.size


@kernel
def mean_squared_error_backward(a, y, dL, da):
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            # [eq:mean-squared-error-gradient] $\partial L/\partial a_j = 2\,(a_j - y_j)/(n_L N)$
            da[n, j] = dL * 2 * (a[n, j] - y[n, j]) / a.size


@kernel
def hinge(a, y):
    total = np.float64(0)
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            slack = 1 - y[n, j] * a[n, j]
            # [eq:hinge] $L = \frac{1}{n_L} \sum_j \max(0, 1 - y_j a_j)$, $y_j = \pm 1$
            total += 0 if slack <= 0 else slack
    return total / a.size


@kernel
def hinge_backward(a, y, dL, da):
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            slack = 1 - y[n, j] * a[n, j]
            # [eq:hinge-gradient] $\partial L/\partial a_j = -y_j/(n_L N)$ where $y_j a_j < 1$, else 0
            da[n, j] = 0 if slack <= 0 else -dL * y[n, j] / a.size if slack > 0 else slack


@kernel
def times_log(y, a):
    r"""Two scalars -> $y \ln a$, with $0 \ln 0 = 0$, its limit."""
    return 0.0 if y == 0 and a == 0 else y * np.log(a)


@kernel
def over(y, a):
    r"""Two scalars -> $y/a$, with $0/0 = 0$: the slope of $y \ln a$."""
    return 0.0 if y == 0 and a == 0 else y / a


@kernel
def binary_crossentropy(a, y):
    total = np.float64(0)
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            # [eq:binary-crossentropy] $L = -\frac{1}{n_L}\sum_j \left[ y_j \ln a_j + (1-y_j) \ln(1-a_j) \right]$
            total -= times_log(y[n, j], a[n, j]) + times_log(1 - y[n, j], 1 - a[n, j])
    return total / a.size


@kernel
def binary_crossentropy_backward(a, y, dL, da):
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            # [eq:binary-crossentropy-gradient]
            # $\partial L/\partial a_j = \left[(1-y_j)/(1-a_j) - y_j/a_j\right]/(n_L N)$
            da[n, j] = dL * (over(1 - y[n, j], 1 - a[n, j]) - over(y[n, j], a[n, j])) / a.size


@kernel
def sigmoid_binary_crossentropy(z, y):
    total = np.float64(0)
    for n in range(z.shape[0]):
        for j in range(z.shape[1]):
            v = z[n, j]
            # [eq:sigmoid-crossentropy]
            # $-y \ln\sigma(z) - (1-y)\ln(1-\sigma(z)) = \ln(1+e^{-|z|}) + s$,
            # where $s = -yz$ for $z \le 0$, else $(1-y)\,z$
            total += (-y[n, j] * v if v <= 0 else (1 - y[n, j]) * v) + log1p(exp(-abs(v)))
    return total / z.size


@kernel
def sigmoid_binary_crossentropy_backward(a, y, dL, delta):
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            # [eq:sigmoid-crossentropy-delta] $\delta_j = (a_j - y_j)/(n_L N)$
            delta[n, j] = dL * (a[n, j] - y[n, j]) / a.size


@kernel
def categorical_crossentropy(a, y):
    total = np.float64(0)
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            # [eq:categorical-crossentropy] $L = -\sum_j y_j \ln a_j$
            total -= times_log(y[n, j], a[n, j])
    return total / a.shape[0]


@kernel
def categorical_crossentropy_backward(a, y, dL, da):
    N = a.shape[0]
    for n in range(N):
        for j in range(a.shape[1]):
            # [eq:categorical-crossentropy-gradient] $\partial L/\partial a_j = -y_j/(a_j N)$
            da[n, j] = -dL * over(y[n, j], a[n, j]) / N


@kernel
def softmax_categorical_crossentropy(z, y):
    total, room = np.float64(0), np.empty(z.shape[1], z.dtype)
    for n in range(z.shape[0]):
        m, log_sum = log_of_sum(z[n], room)
        for j in range(z.shape[1]):
            # [eq:softmax-crossentropy]
            # $-\sum_j y_j \ln a_j = \sum_j y_j \left[(m - z_j) + \ln\sum_k e^{z_k - m}\right]$
            if y[n, j] != 0 or np.isnan(log_sum):
                total += y[n, j] * ((m - z[n, j]) + log_sum)
    return total / z.shape[0]


@kernel
def softmax_categorical_crossentropy_backward(a, y, dL, delta):
    N = a.shape[0]
    for n in range(N):
        mass = y[n].sum()
        for j in range(a.shape[1]):
            # [eq:softmax-crossentropy-delta] $\delta_j = (a_j \sum_k y_k - y_j)/N$,
            # which is $(a_j - y_j)/N$ where the targets of an example sum to 1
            delta[n, j] = dL * (a[n, j] * mass - y[n, j]) / N
