r"""
# Solutions of chapter 6: autograd

**7, with a pencil.** In $L = x - x$ the left $x$ has the slope 1 and the right $x$ the slope $-1$. The shares are $1$
and $-1$, their sum 0: right, for $L$ is 0 whatever $x$ is. In $L = x/x$ at 5 the shares are $1/x = 1/5$ and $-x/x^2 =
-1/5$, and again their sum is 0, for $L$ is constantly 1. The walk does not know that; it comes out.

**8, with a pencil.** Forward, one nudges $x$ and asks how each number moves: $x$ by 1, $y$ and $z$ by 0; so $q = x +
y$ moves by $1 + 0 = 1$, and $L = qz$ by $1 \cdot z + q \cdot 0 = -4$. The walk computes along with the values, and
needs no graph and no memory. It gives the derivatives of *all* numbers by *one* input, where the walk backwards gives
those of *one* number by *all* inputs. So it is the better way for one input and many outputs. A loss is the other
case.
"""

import numpy as np

import tinynet as tn


def tangle_by_hand(x, y):
    r"""$L = (xy + x)^2$ and all its derivatives, by a walk from the end to the beginning.

    The steps forward are p = x·y, s = p + x, L = s². Write the walk back line by line, one line for each share.
    x, y: numbers. Returns the five numbers L, ∂L/∂s, ∂L/∂p, ∂L/∂x, ∂L/∂y, in this order:
    `tangle_by_hand(2.0, 3.0)` is (64, 16, 16, 64, 32).
    """
    p = x * y
    s = p + x
    L = s**2
    # Backwards: the square, then the sum, then the product. x was used by two of them, so it has two shares.
    ds = 2 * s
    dp = ds * 1
    dx = ds * 1
    dx += dp * y
    dy = dp * x
    return L, ds, dp, dx, dy


def unbroadcast(g, shape):
    r"""The gradient of an operand of this shape, from the gradient g of the broadcast result.

    g: array of the shape of the result. shape: that of the operand, one that NumPy broadcasts to g.shape. Returns
    an array of that shape, in which the gradients of all copies of an entry are summed:
    `unbroadcast(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), (2, 1))` is `[[6.0], [15.0]]`, and for (3,) it is
    `[5.0, 7.0, 9.0]`.
    """
    # Shapes are aligned at their ends: axes that the operand does not have were added in front.
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    # Now both have as many axes. One of length 1 was repeated; keepdims, for the operand has that axis.
    for axis, length in enumerate(shape):
        if length == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


def max_rule(g, a):
    r"""The rule of $c_n = \max_j a_{nj}$, the largest entry of each row.

    g: array (N,), ∂L/∂c. a: array (N, n). Returns ∂L/∂a, an array (N, n). Entries of a row that share the first place
    share its g equally: `max_rule(np.array([10.0, 20.0]), np.array([[1.0, 5.0, 2.0], [4.0, 4.0, 3.0]]))` is
    `[[0, 10, 0], [10, 10, 0]]`.
    """
    largest = a == a.max(axis=1, keepdims=True)
    # g is a number for each row: as a column it meets all entries of its row.
    return largest * (g / largest.sum(axis=1))[:, np.newaxis]


def take_rule(g, a, key):
    r"""The rule of $c = a[\text{key}]$, rows picked by a list of numbers, some of them perhaps several times.

    g: array (len(key), n), ∂L/∂c. a: array (N, n). key: list of whole numbers from 0 to N − 1. Returns ∂L/∂a, an array
    (N, n): `take_rule(np.array([[1.0], [2.0], [4.0]]), np.zeros((3, 1)), [0, 0, 2])` is `[[3], [0], [4]]`.
    """
    da = np.zeros_like(a)
    # Each pick is a use, and shares are added. da[key] += g would add once for a row that was picked twice.
    for g_k, k in zip(g, key):
        da[k] += g_k
    return da


def outer_rule(g, a, b):
    r"""The rule of the outer product, $c_{ij} = a_i b_j$.

    g: array (n, m), ∂L/∂c. a: array (n,). b: array (m,). Returns two arrays, ∂L/∂a of shape (n,) and ∂L/∂b of shape
    (m,): with g = [[1, 2, 3], [4, 5, 6]], a = [1, 10], b = [1, 0, 2] they are [7, 16] and [41, 52, 63].
    """
    # a_i goes into row i, with the slopes b_j; b_j goes into column j, with the slopes a_i.
    return g @ b, a @ g


def cumsum_rule(g):
    r"""The rule of the running sum, $c_k = a_0 + a_1 + \dots + a_k$ (NumPy's `cumsum`).

    g: array (n,), ∂L/∂c. Returns ∂L/∂a, an array (n,). For g = [1, 10, 100] it is [111, 110, 100].
    """
    # a_i went into c_i and all that come after it, each time with slope 1: a running sum from the end.
    return np.cumsum(g[::-1])[::-1]


def topological_order(end, parents):
    r"""All nodes that `end` was made from, and `end` itself, each *before* its parents and each once.

    end: the name of a node. parents: a dictionary, from the name of a node to the list of the names of its parents
    (which may have a name twice). Returns a list of names. No recursion: a chain of 5,000 nodes must work. For
    `{"c": ["b", "b"], "b": ["a", "a"], "a": [], "d": ["c"]}` and the end "c" it is `["c", "b", "a"]`.

    One way: count for each node its users; begin with the end, which has none; whoever is listed crosses itself off
    its parents' counts, and a node whose count has come down to 0 may be listed. But count only users that `end` was
    made from.
    """
    # First find the nodes, then count their users, an arrow each: a node that was used twice by another waits for both.
    found, users = [end], {end: 0}
    for node in found:  # which grows as we go
        for parent in parents[node]:
            if parent not in users:
                users[parent] = 0
                found.append(parent)
            users[parent] += 1
    order = [end]
    for node in order:
        for parent in parents[node]:
            users[parent] -= 1
            if users[parent] == 0:  # all its users are in the list
                order.append(parent)
    return order


def log_cosh(a):
    r"""An operation for tinynet: $c = \ln\cosh a$, entry by entry, in one node of the graph, by `tn.Tensor.made_by`.

    It is a smooth relative of |a|, and its derivative is tanh a. a: a Tensor. Returns a Tensor of the same shape, whose
    `op` is "log_cosh". `log_cosh(tn.Tensor(1.0))` is 0.433780830. It must survive a = ±1000 without a warning, where
    $\cosh a = (e^a + e^{-a})/2$ overflows: take $e^{|a|}$ out of the sum.
    """
    x = a.data
    size = np.abs(x)
    # e^|a| (1 + e^(−2|a|))/2 is cosh a, so its logarithm is |a| + ln(1 + e^(−2|a|)) − ln 2: no exponent is positive.
    c = size + np.log1p(np.exp(-2 * size)) - np.log(2)
    # The slope is computed now, not when the walk comes by. So the rule needs nothing that may change meanwhile; a rule
    # that computes np.tanh(x) itself is as good, with needs=(a,).
    slope = np.tanh(x)
    return tn.Tensor.made_by("log_cosh", c, (a,), lambda g: (g * slope,))


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
        self.data = np.asarray(data, dtype=np.float64)
        self.grad, self.parents, self.rule = None, (), None

    def made(self, data, parents, rule):
        """A result: its numbers, its parents, and the rule that turns ∂L/∂result into a share for each parent."""
        result = Value(data)
        result.parents, result.rule = parents, rule
        return result

    def wrap(self, other):
        return other if isinstance(other, Value) else Value(other)

    def __add__(self, other):
        other = self.wrap(other)
        a, b = self.data, other.data
        return self.made(a + b, (self, other), lambda g: (unbroadcast(g, a.shape), unbroadcast(g, b.shape)))

    def __mul__(self, other):
        other = self.wrap(other)
        a, b = self.data, other.data
        return self.made(a * b, (self, other), lambda g: (unbroadcast(g * b, a.shape), unbroadcast(g * a, b.shape)))

    # Both commute.
    __radd__, __rmul__ = __add__, __mul__

    def __matmul__(self, other):
        a, b = self.data, other.data
        return self.made(a @ b, (self, other), lambda g: (g @ b.T, a.T @ g))

    def tanh(self):
        a = np.tanh(self.data)
        return self.made(a, (self,), lambda g: (g * (1 - a**2),))

    def sum(self):
        return self.made(self.data.sum(), (self,), lambda g: (np.broadcast_to(g, self.data.shape),))

    def backward(self):
        # The order is that of exercise 4. It asks for names; whatever can be the key of a dictionary is one.
        graph, found = {self: self.parents}, [self]
        for node in found:
            for parent in node.parents:
                if parent not in graph:
                    graph[parent] = parent.parents
                    found.append(parent)
        order = topological_order(self, graph)
        for node in order:
            node.grad = np.zeros_like(node.data)  # forget the last walk
        self.grad = np.ones_like(self.data)
        for node in order:
            if node.rule is not None:
                for parent, share in zip(node.parents, node.rule(node.grad)):
                    parent.grad = parent.grad + share
