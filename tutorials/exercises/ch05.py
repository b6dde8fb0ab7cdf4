r"""
# Exercises of chapter 5: checking gradients

Differences, their best step, what to compare them with, the complex step, and a backward pass with three mistakes for
you to find. Fill in the functions, then run

    pytest tutorials/exercises -k ch05
"""

import numpy as np


def central_difference(f, w, h):
    r"""The slope of f at w by a central difference with the step h.

    f: a function of one number that gives a number. `central_difference(lambda w: w**3, 1.0, 0.1)` is 3.01.
    """
    raise NotImplementedError


def relative_errors(analytic, numeric, r):
    r"""$|a - n| / \max(|a|, |n|, r)$ for every entry a of analytic and n of numeric.

    analytic, numeric: arrays of the same shape. r: the resolution, a number. Returns an array of that shape:
    `relative_errors(np.array([2.0, -1.0, 0.0]), np.array([1.0, 1.0, 1e-9]), 1e-3)` is about `[0.5, 2, 1e-6]`.
    """
    raise NotImplementedError


def numerical_gradient(f, x, h):
    r"""The gradient of f at x by central differences: nudge one entry at a time, all others stay.

    f: a function of an array of the shape of x that gives a number. x: an array of any shape, perhaps of integers.
    When you return, x must be as it was. Returns a float64 array of the shape of x:
    `numerical_gradient(lambda x: x[0] * x[1], np.array([2.0, 5.0]), 0.1)` is about `[5, 2]`.
    """
    raise NotImplementedError


def best_step(value, third, epsilon):
    r"""The $h$ at which $E(h) = \frac{h^2}{6} |L'''| + \frac{\epsilon |L|}{2h}$ is smallest.

    value: $L$. third: $L'''$, not 0. epsilon: $\epsilon$. For $w^3$ at 1 on the calculator of four digits,
    `best_step(1.0, 6.0, 0.001)`, it is about 0.063.
    """
    raise NotImplementedError


def complex_derivative(f, w):
    r"""The slope of f at w by a complex step, right to the last digits.

    f: a function that takes a complex number and gives one. w: a real number. Returns a real number.
    `complex_derivative(lambda w: w**3, 1.0)` is 3.
    """
    raise NotImplementedError


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
    raise NotImplementedError


def extrapolated(f, w, h):
    r"""The slope of f at w by $c_1 D(h) + c_2 D(2h)$, with $c_1$ and $c_2$ such that the $h^2$ of the error cancels.

    f, w, h: as for `central_difference`. $c_1 + c_2$ must be 1, or the slope itself would come out wrong; the second
    condition is yours to find. `extrapolated(lambda w: w**5, 1.0, 0.1)` is 4.9996, where D(0.1) is 5.1001.
    """
    raise NotImplementedError
