r"""
# Solutions of chapter 1: one neuron

**7, with a pencil.** Replacing $z$ by $-z$ in $\tanh z = (e^z - e^{-z})/(e^z + e^{-z})$ changes the sign of the
numerator and leaves the denominator. And
$\ln(1 + e^z) - \ln(1 + e^{-z}) = \ln\frac{1 + e^z}{1 + e^{-z}} = \ln\frac{e^z (e^{-z} + 1)}{1 + e^{-z}} = z$.
"""

import math


def weighted_sum(x, w, b):
    r"""$z = \sum_i x_i w_i + b$ of one neuron and one example, with a loop: no NumPy, no `sum`.

    x, w: lists of the same length. b: a number. Returns a number: `weighted_sum([-1, -2], [2, -3], -3)` is 1.
    """
    # The bias is where the sum begins: the input that is always 1 has been added already.
    z = b
    for i in range(len(x)):
        z = z + x[i] * w[i]
    return z


def sigmoid(z):
    r"""$\sigma(z)$ for every float z, ±1000 included, by `math.exp`, and without an error.

    `sigmoid(0.0)` is 0.5, `sigmoid(-1000.0)` is 0.0. For very negative z the relative error must stay small too:
    `sigmoid(-40.0)` is about 4.248354255e-18, not 0.
    """
    # The exponent is never positive. 1 − σ(−z) would do for −1000, but at −40 it is 1 − 1 = 0: all digits cancel.
    e = math.exp(-abs(z))
    return 1 / (1 + e) if z >= 0 else e / (1 + e)


def boundary(w, b, x1):
    r"""The $x_2$ at which a neuron of two inputs has $z = 0$, given $x_1$.

    w: two numbers, the second not 0. b, x1: numbers. `boundary([2, -3], -3, 0)` is -1.
    """
    # x1 w1 + x2 w2 + b = 0, solved for x2.
    return -(x1 * w[0] + b) / w[1]


def minmax(x, like):
    r"""The rows of x, scaled so that in each column the smallest value *of like* becomes 0 and its largest 1.

    x: array (N, n). like: array (M, n), no column constant. Returns (N, n):
    `minmax(np.array([[3.0, 10.0]]), like=np.array([[1.0, 0.0], [5.0, 20.0]]))` is `[[0.5, 0.5]]`.
    """
    # axis=0: over the rows, so that each column has a range of its own.
    low, high = like.min(axis=0), like.max(axis=0)
    return (x - low) / (high - low)


def and_neuron():
    r"""Weights and bias `([w1, w2], b)` of a sigmoid neuron that says "both".

    For inputs that are 0 or 1: a > 0.9 where both are 1, a < 0.1 otherwise.
    """
    # One input alone must not lift z above 0, both must: z is −15, −5, −5, 5.
    return [10, 10], -15


def or_neuron():
    r"""Weights and bias `([w1, w2], b)` of a sigmoid neuron that says "at least one".

    For inputs that are 0 or 1: a < 0.1 where both are 0, a > 0.9 otherwise.
    """
    # The same line, moved towards the origin: z is −5, 5, 5, 15.
    return [10, 10], -5


def virginica_neuron():
    r"""Weights and bias `([w1, w2], b)` of a neuron that tells virginica (z > 0) from versicolor (z < 0).

    Its inputs are petal length and width, scaled to 0…1 over all 150 irises, as in the chapter. It may be wrong about
    6 of the 100 flowers at most.
    """
    # Both lengths speak for virginica; by eye the border is where they sum to 1.29.
    return [1, 1], -1.29
