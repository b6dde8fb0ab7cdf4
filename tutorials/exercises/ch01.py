r"""
# Exercises of chapter 1: one neuron

A weighted sum, a sigmoid that does not break, the line at which a neuron changes its mind, scaled inputs, and three
neurons whose weights you choose. Fill in the functions, then run

    pytest tutorials/exercises -k ch01
"""


def weighted_sum(x, w, b):
    r"""$z = \sum_i x_i w_i + b$ of one neuron and one example, with a loop: no NumPy, no `sum`.

    x, w: lists of the same length. b: a number. Returns a number: `weighted_sum([-1, -2], [2, -3], -3)` is 1.
    """
    raise NotImplementedError


def sigmoid(z):
    r"""$\sigma(z)$ for every float z, ±1000 included, by `math.exp`, and without an error.

    `sigmoid(0.0)` is 0.5, `sigmoid(-1000.0)` is 0.0. For very negative z the relative error must stay small too:
    `sigmoid(-40.0)` is about 4.248354255e-18, not 0.
    """
    raise NotImplementedError


def boundary(w, b, x1):
    r"""The $x_2$ at which a neuron of two inputs has $z = 0$, given $x_1$.

    w: two numbers, the second not 0. b, x1: numbers. `boundary([2, -3], -3, 0)` is -1.
    """
    raise NotImplementedError


def minmax(x, like):
    r"""The rows of x, scaled so that in each column the smallest value *of like* becomes 0 and its largest 1.

    x: array (N, n). like: array (M, n), no column constant. Returns (N, n):
    `minmax(np.array([[3.0, 10.0]]), like=np.array([[1.0, 0.0], [5.0, 20.0]]))` is `[[0.5, 0.5]]`.
    """
    raise NotImplementedError


def and_neuron():
    r"""Weights and bias `([w1, w2], b)` of a sigmoid neuron that says "both".

    For inputs that are 0 or 1: a > 0.9 where both are 1, a < 0.1 otherwise.
    """
    raise NotImplementedError


def or_neuron():
    r"""Weights and bias `([w1, w2], b)` of a sigmoid neuron that says "at least one".

    For inputs that are 0 or 1: a < 0.1 where both are 0, a > 0.9 otherwise.
    """
    raise NotImplementedError


def virginica_neuron():
    r"""Weights and bias `([w1, w2], b)` of a neuron that tells virginica (z > 0) from versicolor (z < 0).

    Its inputs are petal length and width, scaled to 0…1 over all 150 irises, as in the chapter. It may be wrong about
    6 of the 100 flowers at most.
    """
    raise NotImplementedError
