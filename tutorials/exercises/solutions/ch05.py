r"""
# Solutions of chapter 5: checking gradients

**8, with a pencil.** Of the error of a central difference only odd derivatives are left, from the third on. They are 0
for every parabola, $L = c_0 + c_1 w + c_2 w^2$, and so every $h$ is exact there, apart from rounding. The next terms of
the two series are

$$D(h) = L' + \frac{h^2}{6} L''' + \frac{h^4}{120} L^{(5)} + \dots, \qquad
  \frac{\mathrm{Im}\,L(w + ih)}{h} = L' - \frac{h^2}{6} L''' + \frac{h^4}{120} L^{(5)} - \dots,$$

since $i^3 = -i$ and $i^5 = i$. In the mean the $h^2$ cancels, and $\frac{h^4}{120} L^{(5)}$ is left.
"""

import numpy as np


def central_difference(f, w, h):
    r"""The slope of f at w by a central difference with the step h.

    f: a function of one number that gives a number. `central_difference(lambda w: w**3, 1.0, 0.1)` is 3.01.
    """
    # As far to the left as to the right, so the even terms of Taylor's series cancel; the two points are 2h apart.
    return (f(w + h) - f(w - h)) / (2 * h)


def relative_errors(analytic, numeric, r):
    r"""$|a - n| / \max(|a|, |n|, r)$ for every entry a of analytic and n of numeric.

    analytic, numeric: arrays of the same shape. r: the resolution, a number. Returns an array of that shape:
    `relative_errors(np.array([2.0, -1.0, 0.0]), np.array([1.0, 1.0, 1e-9]), 1e-3)` is about `[0.5, 2, 1e-6]`.
    """
    # np.maximum takes the larger of two entry by entry; np.max would give one number for all.
    size = np.maximum(np.maximum(np.abs(analytic), np.abs(numeric)), r)
    return np.abs(analytic - numeric) / size


def numerical_gradient(f, x, h):
    r"""The gradient of f at x by central differences: nudge one entry at a time, all others stay.

    f: a function of an array of the shape of x that gives a number. x: an array of any shape, perhaps of integers.
    When you return, x must be as it was. Returns a float64 array of the shape of x:
    `numerical_gradient(lambda x: x[0] * x[1], np.array([2.0, 5.0]), 0.1)` is about `[5, 2]`.
    """
    # A copy in float64: x stays as it is, and integers can be nudged by less than 1.
    x = np.array(x, dtype=np.float64)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        before = x[index]
        x[index] = before + h
        above = f(x)
        x[index] = before - h
        below = f(x)
        x[index] = before  # or the next entry would be nudged on another slope
        gradient[index] = (above - below) / (2 * h)
    return gradient


def best_step(value, third, epsilon):
    r"""The $h$ at which $E(h) = \frac{h^2}{6} |L'''| + \frac{\epsilon |L|}{2h}$ is smallest.

    value: $L$. third: $L'''$, not 0. epsilon: $\epsilon$. For $w^3$ at 1 on the calculator of four digits,
    `best_step(1.0, 6.0, 0.001)`, it is about 0.063.
    """
    # E'(h) = h |L'''| / 3 − ε |L| / 2h² is 0 where h³ = 3 ε |L| / (2 |L'''|). Sizes count, not signs.
    return (1.5 * epsilon * abs(value) / abs(third)) ** (1 / 3)


def complex_derivative(f, w):
    r"""The slope of f at w by a complex step, right to the last digits.

    f: a function that takes a complex number and gives one. w: a real number. Returns a real number.
    `complex_derivative(lambda w: w**3, 1.0)` is 3.
    """
    # Nothing is subtracted, so h can be so small that its square is nothing beside 1.
    h = 1e-20
    return f(w + 1j * h).imag / h


# ## A backward pass with three mistakes
#
# Three inputs, four tanh neurons, two outputs without an activation, half the squared error. `loss` is right.
# `broken` is not; leave it as it is, and check it with your `numerical_gradient` against `loss`, array by array.


def loss(x, y, W1, b1, W2, b2):
    """Given: the mean over the examples of half the squared error."""
    a2 = np.tanh(x @ W1 + b1) @ W2 + b2
    return 0.5 * np.sum((y - a2) ** 2) / len(x)


def broken(x, y, W1, b1, W2, b2):
    """Given: not the gradients of `loss`."""
    z1 = x @ W1 + b1
    a1 = np.tanh(z1)
    a2 = a1 @ W2 + b2
    delta2 = a2 - y
    delta1 = (delta2 @ W2.T) * (1 - z1**2)
    return {"W1": x.T @ delta1, "b1": delta1.mean(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


def repaired(x, y, W1, b1, W2, b2):
    r"""The gradients of `loss`: `broken` without its three mistakes.

    x: (N, 3). y: (N, 2). W1: (3, 4), b1: (4,), W2: (4, 2), b2: (2,). Returns a dict of four arrays, "W1", "b1", "W2"
    and "b2", each of the shape of the parameter.
    """
    a1 = np.tanh(x @ W1 + b1)
    a2 = a1 @ W2 + b2
    # W2 and b2 were N times too large, both by one factor: the 1/N of the mean was missing from δ².
    delta2 = (a2 - y) / len(x)
    # W1 was off by more than that, each entry by another factor: tanh′ is 1 − a², and was given z.
    delta1 = (delta2 @ W2.T) * (1 - a1**2)
    # b1 took a mean of δ¹. That and the missing 1/N cancel: with only tanh′ repaired, b1 passes the check.
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


def extrapolated(f, w, h):
    r"""The slope of f at w by $c_1 D(h) + c_2 D(2h)$, with $c_1$ and $c_2$ such that the $h^2$ of the error cancels.

    f, w, h: as for `central_difference`. $c_1 + c_2$ must be 1, or the slope itself would come out wrong; the second
    condition is yours to find. `extrapolated(lambda w: w**5, 1.0, 0.1)` is 4.9996, where D(0.1) is 5.1001.
    """
    # D(h) has the error c h², D(2h) has 4 c h². So c₁ + 4 c₂ = 0 and c₁ + c₂ = 1: c₁ = 4/3, c₂ = −1/3. This is
    # Richardson's extrapolation. What is left is of the order h⁴.
    return (4 * central_difference(f, w, h) - central_difference(f, w, 2 * h)) / 3
