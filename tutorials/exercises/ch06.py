r"""
# Exercises of chapter 6: autograd

A walk written down by hand; the rules of operations, $g$ in, shares out; an order for the walk; an operation of your
own for tinynet; and at last a whole autograd. Fill in the functions, then run

    pytest tutorials/exercises -k ch06
"""

import numpy as np  # noqa: F401, for your answers

import tinynet as tn  # noqa: F401


def tangle_by_hand(x, y):
    r"""$L = (xy + x)^2$ and all its derivatives, by a walk from the end to the beginning.

    The steps forward are p = x·y, s = p + x, L = s². Write the walk back line by line, one line for each share.
    x, y: numbers. Returns the five numbers L, ∂L/∂s, ∂L/∂p, ∂L/∂x, ∂L/∂y, in this order:
    `tangle_by_hand(2.0, 3.0)` is (64, 16, 16, 64, 32).
    """
    raise NotImplementedError


def unbroadcast(g, shape):
    r"""The gradient of an operand of this shape, from the gradient g of the broadcast result.

    g: array of the shape of the result. shape: that of the operand, one that NumPy broadcasts to g.shape. Returns
    an array of that shape, in which the gradients of all copies of an entry are summed:
    `unbroadcast(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), (2, 1))` is `[[6.0], [15.0]]`, and for (3,) it is
    `[5.0, 7.0, 9.0]`.
    """
    raise NotImplementedError


def max_rule(g, a):
    r"""The rule of $c_n = \max_j a_{nj}$, the largest entry of each row.

    g: array (N,), ∂L/∂c. a: array (N, n). Returns ∂L/∂a, an array (N, n). Entries of a row that share the first place
    share its g equally: `max_rule(np.array([10.0, 20.0]), np.array([[1.0, 5.0, 2.0], [4.0, 4.0, 3.0]]))` is
    `[[0, 10, 0], [10, 10, 0]]`.
    """
    raise NotImplementedError


def take_rule(g, a, key):
    r"""The rule of $c = a[\text{key}]$, rows picked by a list of numbers, some of them perhaps several times.

    g: array (len(key), n), ∂L/∂c. a: array (N, n). key: list of whole numbers from 0 to N − 1. Returns ∂L/∂a, an array
    (N, n): `take_rule(np.array([[1.0], [2.0], [4.0]]), np.zeros((3, 1)), [0, 0, 2])` is `[[3], [0], [4]]`.
    """
    raise NotImplementedError


def outer_rule(g, a, b):
    r"""The rule of the outer product, $c_{ij} = a_i b_j$.

    g: array (n, m), ∂L/∂c. a: array (n,). b: array (m,). Returns two arrays, ∂L/∂a of shape (n,) and ∂L/∂b of shape
    (m,): with g = [[1, 2, 3], [4, 5, 6]], a = [1, 10], b = [1, 0, 2] they are [7, 16] and [41, 52, 63].
    """
    raise NotImplementedError


def cumsum_rule(g):
    r"""The rule of the running sum, $c_k = a_0 + a_1 + \dots + a_k$ (NumPy's `cumsum`).

    g: array (n,), ∂L/∂c. Returns ∂L/∂a, an array (n,). For g = [1, 10, 100] it is [111, 110, 100].
    """
    raise NotImplementedError


def topological_order(end, parents):
    r"""All nodes that `end` was made from, and `end` itself, each *before* its parents and each once.

    end: the name of a node. parents: a dictionary, from the name of a node to the list of the names of its parents
    (which may have a name twice). Returns a list of names. No recursion: a chain of 5,000 nodes must work. For
    `{"c": ["b", "b"], "b": ["a", "a"], "a": [], "d": ["c"]}` and the end "c" it is `["c", "b", "a"]`.

    One way: count for each node its users; begin with the end, which has none; whoever is listed crosses itself off
    its parents' counts, and a node whose count has come down to 0 may be listed. But count only users that `end` was
    made from.
    """
    raise NotImplementedError


def log_cosh(a):
    r"""An operation for tinynet: $c = \ln\cosh a$, entry by entry, in one node of the graph, by `tn.Tensor.made_by`.

    It is a smooth relative of |a|, and its derivative is tanh a. a: a Tensor. Returns a Tensor of the same shape, whose
    `op` is "log_cosh". `log_cosh(tn.Tensor(1.0))` is 0.433780830. It must survive a = ±1000 without a warning, where
    $\cosh a = (e^a + e^{-a})/2$ overflows: take $e^{|a|}$ out of the sum.
    """
    raise NotImplementedError


class Value:
    r"""An autograd for arrays.

    `Value(data)` holds a float64 array (or a number, an array of shape ()) in `.data`. Below, a and b are Values;
    on either side of + and × there may also be a plain number or array, which is a constant. All give new Values:

    - `a + b` and `a * b`, entry by entry, with NumPy's broadcasting;
    - `a @ b`, the matrix product of two Values of shape (n, k) and (k, m);
    - `a.tanh()`, entry by entry, and `a.sum()`, the sum of all entries, of shape ().

    `L.backward()`, for an L of shape (), leaves ∂L/∂a in `a.grad` for every Value that L was made from, an array of
    the shape of `a.data`. Called twice it leaves the same numbers twice. It works on a chain of 5,000 operations.
    Give `__init__` more parameters, and the class more methods, as you need them.

        a = Value([1.0, 2.0])
        L = (a * a * 3).sum()
        L.backward()            # L.data is 15, a.grad is [6, 12]
    """

    __array_ufunc__ = None  # asks NumPy to leave `array + Value` to __radd__

    def __init__(self, data):
        raise NotImplementedError

    def __add__(self, other):
        raise NotImplementedError

    def __mul__(self, other):
        raise NotImplementedError

    def __radd__(self, other):  # other + self
        raise NotImplementedError

    def __rmul__(self, other):  # other * self
        raise NotImplementedError

    def __matmul__(self, other):
        raise NotImplementedError

    def tanh(self):
        raise NotImplementedError

    def sum(self):
        raise NotImplementedError

    def backward(self):
        raise NotImplementedError
