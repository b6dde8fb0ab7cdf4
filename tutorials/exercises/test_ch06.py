"""Marks the exercises of chapter 6."""

import time
import warnings

import numpy as np
import pytest

import tinynet as tn


def require(condition, message):
    if not condition:
        pytest.fail(message, pytrace=False)


def test_tangle_by_hand(mine, compare):
    advice = {
        "x was used twice, by the product and by the sum; here the sum's share is missing": (64, 16, 16, 48, 32),
        "x was used twice, by the product and by the sum; here the product's share is missing": (64, 16, 16, 16, 32),
        "the slopes of a product are the *other* factors": (64, 16, 16, 48, 48),
        "the derivative of s² is 2s": (64, 8, 8, 32, 16),
        "these are local slopes; a share is the slope times what arrived from the right": (64, 16, 1, 4, 2),
    }
    compare(mine.tangle_by_hand(2.0, 3.0), (64, 16, 16, 64, 32), "L, ∂L/∂s, ∂L/∂p, ∂L/∂x, ∂L/∂y", advice)
    compare(mine.tangle_by_hand(-1.0, 0.5), (2.25, -3, -3, -4.5, 3), "the same at x = −1, y = 0.5")


G = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


UNBROADCAST = [
    (G, (2, 3), G),
    (G, (3,), [5, 7, 9]),
    (G, (1, 3), [[5, 7, 9]]),
    (G, (2, 1), [[6], [15]]),
    (G, (1, 1), [[21]]),
    (G, (), 21),
    (np.array([G, 10 * G]), (3,), [55, 77, 99]),
    (np.array([G, 10 * G]), (2, 1), [[66], [165]]),
    (np.array([G, 10 * G]), (2, 1, 3), [[[5, 7, 9]], [[50, 70, 90]]]),
    (np.array([[2.0], [3.0]]), (2, 1), [[2], [3]]),
]


@pytest.mark.parametrize(
    "g, shape, expected", UNBROADCAST, ids=[f"{g.shape}_to_{shape}".replace(" ", "") for g, shape, _ in UNBROADCAST]
)
def test_unbroadcast(mine, compare, g, shape, expected):
    copies = g.size / np.size(expected)
    what = f"the gradient of an operand of shape {shape}, from one of shape {g.shape}"
    advice = {"shares are added, this is their mean": np.asarray(expected) / copies} if copies > 1 else {}
    if np.shape(expected) != g.shape:
        advice["nothing was summed"] = g
    if 1 in shape:
        gone = f"a repeated axis stays, with length 1: keepdims=True, or reshape to {shape}"
        advice[gone] = np.squeeze(np.asarray(expected))
    compare(mine.unbroadcast(g.copy(), shape), expected, what, advice)


def test_max_rule(mine, compare):
    g, a = np.array([10.0, 20.0, 30.0]), np.array([[1.0, 5.0, 2.0], [4.0, 4.0, 3.0], [-1.0, -2.0, -1.0]])
    all_of_it = np.array([[0.0, 10.0, 0.0], [20.0, 20.0, 0.0], [30.0, 0.0, 30.0]])
    columns = [[0, 10, 0], [10, 10, 0], [10, 0, 15]]
    advice = {
        "entries that tie share g; here each got all of it": all_of_it,
        "entries that tie share g; here the first got all of it": [[0, 10, 0], [20, 0, 0], [30, 0, 0]],
        "divide by the number of the largest, row by row; this is a third of g for all": all_of_it / 3,
        "g is a number for each row, but here it met the columns: make it one, g[:, np.newaxis]": columns,
        "g met the columns; make it one, g[:, np.newaxis]": [[0, 20, 0], [5, 10, 0], [5, 0, 15]],
        "a.max(axis=1) met the columns; keepdims=True makes it a column": [[0, 0, 0], [0, 20, 0], [0, 0, 30]],
        "where is g?": [[0, 1, 0], [0.5, 0.5, 0], [0.5, 0, 0.5]],
    }
    compare(mine.max_rule(g, a), [[0, 10, 0], [10, 10, 0], [15, 0, 15]], "∂L/∂a of the row maxima", advice)


def test_take_rule(mine, compare):
    a = np.zeros((3, 2))
    g, key = np.array([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]]), [2, 0, 2]
    advice = {
        "row 2 was picked twice and its shares are added; da[key] += g adds once": [[10, 20], [0, 0], [100, 200]],
        "put the rows of g where key says, not where they are": g,
    }
    compare(mine.take_rule(g, a, key), [[10, 20], [0, 0], [101, 202]], "∂L/∂a, rows picked by [2, 0, 2]", advice)
    require(not a.any(), "your function changed a; begin with a new array of zeros")


def test_outer_rule(mine, compare):
    g, a, b = G, np.array([1.0, 10.0]), np.array([1.0, 0.0, 2.0])
    got = mine.outer_rule(g, a, b)
    require(isinstance(got, tuple | list) and len(got) == 2, "outer_rule returns two arrays, one for a and one for b")
    advice = {
        "a_i goes into the row i of c, each time with a slope of its own, b_j": [6, 15],
        "this is ∂L/∂b; ∂L/∂a comes first": [41, 52, 63],
    }
    compare(got[0], [7, 16], "∂L/∂a of the outer product", advice)
    compare(got[1], [41, 52, 63], "∂L/∂b", {"b_j has the slopes a_i": [5, 7, 9]})
    # with n = m the transpose fits too
    got = mine.outer_rule(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    compare(got[0], [2, 4], "∂L/∂a, g square", {"this sums over the columns of g; a_i is in row i": [3, 4]})
    compare(got[1], [1, 2], "∂L/∂b, g square", {"this sums over the rows of g; b_j is in column j": [1, 3]})


def test_cumsum_rule(mine, compare):
    advice = {
        "this is the running sum from the left; into which c does the first entry go?": [1, 11, 111],
        "a_i goes into c_i too": [110, 100, 0],
        "here the first entry is summed into all; sum from the last: reverse g first, then sum": [111, 11, 1],
    }
    compare(mine.cumsum_rule(np.array([1.0, 10.0, 100.0])), [111, 110, 100], "∂L/∂a of the running sum", advice)


GRAPHS = {
    "the end alone": ("a", {"a": []}),
    "c = b + b, b = a + a": ("c", {"c": ["b", "b"], "b": ["a", "a"], "a": [], "d": ["c"]}),
    "L = u v, v = u + 1, u = a a": ("L", {"L": ["u", "v"], "v": ["u", "1"], "u": ["a", "a"], "a": [], "1": []}),
    "the same with L = v u": ("L", {"L": ["v", "u"], "v": ["u", "1"], "u": ["a", "a"], "a": [], "1": []}),
    "a side branch that leads elsewhere": ("L", {"L": ["p"], "p": ["a"], "a": [], "m": ["p", "a"], "k": ["m"]}),
}


def objection(order, end, parents):
    """What is wrong with an order, in words; or None."""
    if not isinstance(order, list | tuple):
        return f"the order should be a list of names; yours is {order!r}"
    needed = [end]
    for node in needed:
        needed += [p for p in dict.fromkeys(parents[node]) if p not in needed]
    for node in needed:
        if node not in order:
            return f"{node!r} is missing in {order}"
    for node in order:
        if node not in needed:
            return f"{end!r} was not made from {node!r}, but {order} has it"
        if order.count(node) > 1:
            return f"{node!r} is there {order.count(node)} times, in {order}"
    for node in order:
        for parent in parents[node]:
            if order.index(parent) < order.index(node):
                return (
                    f"{parent!r} comes before {node!r}, which was made from it: it would hand on too early, in {order}"
                )
    return None


@pytest.mark.parametrize("name", GRAPHS, ids=[name.replace(" ", "_") for name in GRAPHS])
def test_topological_order(mine, name):
    end, parents = GRAPHS[name]
    wrong = objection(mine.topological_order(end, {node: list(p) for node, p in parents.items()}), end, parents)
    if wrong:
        pytest.fail(f"{name}: {wrong}", pytrace=False)


def test_topological_order_of_a_long_chain(mine):
    n = 5_000
    parents = {k: [k - 1] if k else [] for k in range(n + 1)}
    order = without_recursion_error(lambda: mine.topological_order(n, parents))
    require(list(order) == list(range(n, -1, -1)), f"a chain of {n:,} nodes should be listed from the end on")


def without_recursion_error(function):
    try:
        return function()
    except RecursionError:
        pass
    return pytest.fail("a chain of 5,000 nodes is too deep for recursion; use a list that grows", pytrace=False)


def walk_back(end):
    trouble = None
    try:
        end.backward()
    except ValueError as error:
        trouble = error
    require(trouble is None, f"{trouble}. A rule gives a tuple with one share for each parent: (share,)")


def test_log_cosh(mine, compare):
    a = tn.Tensor([[0.0, 1.0, -2.0]])
    c = mine.log_cosh(a)
    require(isinstance(c, tn.Tensor), f"log_cosh should return a Tensor, from tn.Tensor.made_by; yours is {c!r}")
    compare(c.data, [[0.0, 0.4337808304830272, 1.3250027473578645]], "ln cosh of 0, 1 and −2")
    require(
        c.op == "log_cosh" and c.parents == (a,),
        f"one node, 'log_cosh', whose parents are the tuple (a,); yours: {c.op!r}, {c.parents}",
    )
    walk_back((c * [[1.0, 10.0, 100.0]]).sum())
    advice = {
        "the derivative is tanh a, times g": np.tanh(a.data),
        "the rule gave the slope of another function": c.data * [[1.0, 10.0, 100.0]],
    }
    compare(a.grad, [[0.0, 7.615941559557649, -96.40275800758169]], "∂L/∂a for L = Σ g·ln cosh a", advice)


def test_log_cosh_far_out(mine, compare):
    a, trouble = tn.Tensor([-1000.0, 1000.0]), None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            c = mine.log_cosh(a)
            walk_back(c.sum())
        except RuntimeWarning as warning:
            trouble = warning
    require(trouble is None, f"at ±1000: {trouble}. ln cosh a = |a| + ln(1 + e^(−2|a|)) − ln 2")
    compare(c.data, [1000 - np.log(2)] * 2, "ln cosh of ±1000")
    compare(a.grad, [-1, 1], "its derivative at ±1000")


def test_log_cosh_when_a_changes(mine, compare):
    a = tn.Tensor([1.0, 2.0], name="a")
    loss = mine.log_cosh(a).sum()
    a.data[0] = 100.0
    try:
        loss.backward()
    except RuntimeError:
        return  # noticed, as it should be
    late = "a was changed after log_cosh used it, and your rule looked at the new one; say needs=(a,)"
    compare(a.grad, np.tanh([1.0, 2.0]), "∂L/∂a", {late: np.tanh([100.0, 2.0])})


# Value


def check(compare, what, end, **expected):
    """Walk back from `end`, and compare the gradients of the Values, given as name=(value, gradient[, mistakes])."""
    end.backward()
    for name, (value, gradient, *mistakes) in expected.items():
        compare(value.grad, gradient, f"∂L/∂{name}, {what}", *mistakes)


def test_value_forward(mine, compare):
    a, b = mine.Value([[1.0, 2.0]]), mine.Value([[3.0], [4.0]])
    compare(a.data, [[1, 2]], "Value([[1.0, 2.0]]).data")
    compare((a + b).data, [[4, 5], [5, 6]], "(a + b).data")
    compare((a * b).data, [[3, 6], [4, 8]], "(a * b).data")
    compare((a @ b).data, [[11]], "(a @ b).data")
    compare(a.tanh().data, [[0.7615941559557649, 0.9640275800758169]], "a.tanh().data")
    compare(a.sum().data, 3, "a.sum().data")
    array = np.array([[10.0, 20.0]])
    for what, c in {"2 + a": 2 + a, "a + 2": a + 2}.items():
        compare(c.data, [[3, 4]], f"({what}).data")
    for what, c in {"array * a": array * a, "a * array": a * array}.items():
        require(isinstance(c, mine.Value), f"{what} should be a Value; its type is {type(c).__name__}")
        compare(c.data, [[10, 40]], f"({what}).data")


def test_value_rules(mine, compare):
    V, g = mine.Value, np.array([[1.0, 10.0]])
    A, B = np.array([[2.0, 3.0]]), np.array([[5.0, 7.0]])
    swapped = {"a factor's share is g times the *other* factor": A}
    a, b = V(A), V(B)
    check(compare, "L = Σ a·b", (a * b).sum(), a=(a, B, swapped), b=(b, A))
    a, b = V(A), V(B)
    lost = {"g is missing: the rule gave the slope only": B}
    check(compare, "L = Σ g·a·b", (a * b * g).sum(), a=(a, g * B, lost), b=(b, g * A))
    a, b = V(A), V(B)
    check(compare, "L = Σ g·(a + b)", ((a + b) * g).sum(), a=(a, g), b=(b, g))
    a, slope = V(A), 1 - np.tanh(A) ** 2
    lost = {"g is missing: the rule gave the slope only": slope}
    check(compare, "L = Σ g·tanh a", (a.tanh() * g).sum(), a=(a, g * slope, lost))
    a = V(A)
    check(compare, "L = 5·Σ a", a.sum() * 5, a=(a, [[5, 5]], {"g is missing: each entry gets g": [[1, 1]]}))


def test_value_matmul(mine, compare):
    # square matrices first, where a forgotten transpose has the right shape
    A, B, G = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.0, 1.0], [5.0, 2.0]]), np.array([[1.0, 0.0], [2.0, 1.0]])
    a, b = mine.Value(A), mine.Value(B)
    for_a = (a, [[0, 5], [1, 12]], {"the share of a is G Bᵀ; here the T is missing": G @ B})
    wrong = {"the share of b is Aᵀ G; here the T is missing": A @ G, "this is its transpose": G.T @ A}
    check(compare, "square matrices", ((a @ b) * G).sum(), a=for_a, b=(b, [[7, 3], [10, 4]], wrong))
    A, B, G = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 3.0]]), np.array([[1.0, 10.0, 100.0]])
    a, b = mine.Value(A), mine.Value(B)
    check(compare, "L = Σ G·(a @ b)", ((a @ b) * G).sum(), a=(a, [[-99, 312]]), b=(b, [[1, 10, 100], [2, 20, 200]]))


def test_value_broadcasting(mine, compare):
    V, g = mine.Value, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    row = V([1.0, 2.0, 3.0])
    copied = {"the row was copied, so its share is the sum over the copies": np.ones((2, 3))}
    check(compare, "L = Σ (row + matrix)", (row + V(g)).sum(), row=(row, [2, 2, 2], copied))
    row, column = V([1.0, 2.0, 3.0]), V([[1.0], [10.0]])
    end = (column * row * g).sum()
    check(compare, "L = Σ column·row·g", end, row=(row, [41, 52, 63]), column=(column, [[14], [32]]))
    number, matrix = V(2.0), V(g)
    check(
        compare,
        "L = Σ number·matrix",
        (number * matrix).sum(),
        number=(number, 21),
        matrix=(matrix, np.full((2, 3), 2)),
    )


def test_value_used_twice(mine, compare):
    a = mine.Value(1.0)
    b = a + a
    once = {
        "c = 4a. A number hands on when *all* its users have; here b handed on what it had, again and again": 6,
        "c = 4a. Here b handed on all it had for each of its arrows": 8,
        "c = 4a. Shares are added, `+=`; here the last one replaced the first": 1,
        "c = 4a. The second share of b was not handed on": 2,
    }
    check(compare, "L = c = b + b, b = a + a", b + b, a=(a, 4, once))
    x = mine.Value(3.0)
    check(compare, "L = x·x·x at 3", x * x * x, x=(x, 27, {"shares are added, `+=`": 9}))
    # u is used by v and by L: a walk by distance from the end takes u before v has handed on to it
    u = mine.Value(2.0) * 1
    v = u + 1
    check(compare, "L = u·v, v = u + 1, u = 2", u * v, u=(u, 5))
    w = mine.Value(2.0)
    u = w * w
    early = {
        "u = w·w handed on to w before v = u + 1 had handed on to u": 20,
        "u = w·w handed on to w twice: before v = u + 1 had handed on to u, and after": 56,
    }
    check(compare, "L = u·v, v = u + 1, u = w·w at 2", u * (u + 1), w=(w, 36, early))


def test_value_shares_are_not_shared(mine, compare):
    # a + b hands the same array g to both; adding into it in place would spoil the other's
    a, b = mine.Value([1.0, 2.0]), mine.Value([3.0, 4.0])
    c = a + b
    spoilt = {"two nodes have one array as their grad, and `+=` wrote into it; give each its own": [2, 2]}
    end = (c + a).sum()
    check(compare, "L = Σ (c + a), c = a + b", end, b=(b, [1, 1], spoilt), a=(a, [2, 2]), c=(c, [1, 1], spoilt))


def test_value_two_walks(mine, compare):
    x = mine.Value(3.0)
    u = x * x
    loss = u * x
    loss.backward()
    advice = {
        "nothing was forgotten since the first walk; set all gradients of the graph to 0 first": 72,
        "x still has what the first walk left": 54,
        "u still has what the first walk left; not only the x at the beginning must be set to 0": 45,
    }
    check(compare, "after a second backward()", loss, x=(x, 27, advice), u=(u, 3))


def test_value_has_few_arrows_to_walk(mine, compare):
    end = a = mine.Value(1.0)
    for _ in range(18):
        end = end + end
    start = time.perf_counter()
    end.backward()
    seconds = time.perf_counter() - start
    compare(a.grad, 2**18, "∂L/∂a after 18 doublings")
    require(seconds < 0.5, f"18 doublings took {seconds:.1f} s: your walk takes every path by itself, 2¹⁸ of them")


def test_value_deep(mine, compare):
    end = a = mine.Value(1.0)
    for _ in range(5_000):
        end = end + 1.0
    without_recursion_error(end.backward)
    compare(a.grad, 1, "∂L/∂a after 5,000 additions")


def test_value_network(mine, compare):
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    arrays = {
        "W1": rng.normal(size=(3, 4)),
        "b1": rng.normal(size=4),
        "W2": rng.normal(size=(4, 2)),
        "b2": rng.normal(size=2),
    }

    def network(W1, b1, W2, b2):
        e = (mine.Value(x) @ W1 + b1).tanh() @ W2 + b2 + -y
        return (e * e).sum() * (0.5 / len(x))

    def loss(W1, b1, W2, b2):  # the same in NumPy
        return 0.5 * np.sum((np.tanh(x @ W1 + b1) @ W2 + b2 - y) ** 2) / len(x)

    values = {name: mine.Value(array) for name, array in arrays.items()}
    end = network(**values)
    compare(end.data, loss(**arrays), "the loss of a network 3-4-2 on five examples")
    end.backward()
    h = 1e-5
    for name, array in arrays.items():
        numeric = np.empty_like(array)
        for index in np.ndindex(array.shape):
            nudge = np.zeros_like(array)
            nudge[index] = h
            sides = [loss(**{**arrays, name: array + sign * nudge}) for sign in (1, -1)]
            numeric[index] = (sides[0] - sides[1]) / (2 * h)
        compare(values[name].grad, numeric, f"∂L/∂{name} of the network (expected: central differences)", rtol=1e-6)
