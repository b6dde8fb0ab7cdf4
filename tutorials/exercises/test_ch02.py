"""Marks ch02.py: `pytest tutorials/exercises -k ch02`, or, of the solutions, with `--solutions`."""

from itertools import product

import numpy as np
import pytest

import tinynet as tn


def sigma(z):
    return 1 / (1 + np.exp(-z))


def relu(z):
    return np.maximum(z, 0)


def identity(z):
    return z


# ## count_parameters


@pytest.mark.parametrize(
    "widths, expected",
    [([4, 3], 15), ([2, 2, 2], 12), ([64, 32, 10], 2410), ([5, 1], 6), ([3, 4, 4, 2, 1], 16 + 20 + 10 + 3)],
)
def test_count_parameters(mine, compare, widths, expected):
    inner = sum(widths[1:])
    compare(
        mine.count_parameters(widths),
        expected,
        f"the number of parameters of {' → '.join(map(str, widths))}",
        mistakes={
            "these are the weights alone; every neuron also has a bias": expected - inner,
            "you counted a bias for every input too; inputs are no neurons and have none": expected + widths[0],
            "you counted one bias a layer; every neuron has one": expected - inner + len(widths) - 1,
            "you counted the biases of the last layer only": expected - inner + widths[-1],
            "layer l has n_l biases, one for each of its neurons, not n_{l-1}": expected - inner + sum(widths[:-1]),
            "the last layer is missing": expected - (widths[-2] + 1) * widths[-1],
            "a layer has n_{l-1} · n_l weights; that is a product, and you added the two": sum(widths[:-1]) + 2 * inner,
        },
    )


# ## weighted_sums


def test_weighted_sums_of_one_example(mine, compare):
    x, W, b = np.array([[1.0, 2.0]]), np.array([[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]]), np.array([1.0, 2.0, 3.0])
    compare(
        mine.weighted_sums(x, W, b),
        [[1 * 10 + 2 * 40 + 1, 1 * 20 + 2 * 50 + 2, 1 * 30 + 2 * 60 + 3]],
        "z of one example",
        mistakes={
            "the bias is missing": [[90, 120, 150]],
            "the bias is in every term of the sum; it is added once for each neuron, not once for each input": [
                [92, 124, 156]
            ],
            "this is the last term of each sum alone, plus the bias: += , not =": [[81, 102, 123]],
            "this is the last term of each sum alone: += , not =": [[80, 100, 120]],
            "the first bias went to all neurons; neuron j has b[j]": [[91, 121, 151]],
        },
    )


def test_weighted_sums_of_a_batch(mine, compare):
    x = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0], [3.0, 1.0, 1.0]])
    W = np.array([[1.0, 2.0, 0.0], [4.0, -1.0, 1.0], [0.0, 3.0, 5.0]])
    b = np.array([100.0, 200.0, 300.0])
    sums = np.array([[1, 8, 10], [4, -4, -4], [7, 8, 6]])  # row by column, by hand
    compare(
        mine.weighted_sums(x, W, b),
        sums + [[100, 200, 300]] * 3,
        "z of three examples, three inputs and three neurons",
        mistakes={
            "W is transposed: the weight from input i to neuron j is W[i, j]": x @ W.T + b,
            "x is transposed: input i of example n is x[n, i]": x.T @ W + b,
            "the result is transposed: a row for each example, a column for each neuron": (x @ W + b).T,
            "the bias goes along the wrong axis: b_j belongs to neuron j, which is a column of z": x @ W + b[:, None],
            "this is x * W, entry by entry; a sum over the inputs is wanted": x * W + b,
            "the bias is missing": sums,
            "all examples have the sums of the first: x[n, i] with the n of the loop": x[[0, 0, 0]] @ W + b,
        },
    )


def test_weighted_sums_takes_any_shape(mine, compare):
    rng = np.random.default_rng(0)
    for N, n_in, n_out in ((4, 2, 3), (1, 5, 1), (3, 1, 2)):
        x, W, b = rng.normal(size=(N, n_in)), rng.normal(size=(n_in, n_out)), rng.normal(size=n_out)
        before = [array.copy() for array in (x, W, b)]
        compare(mine.weighted_sums(x, W, b), x @ W + b, f"z for N = {N}, n_in = {n_in}, n_out = {n_out}")
        for name, array, old in zip("xWb", (x, W, b), before):
            compare(array, old, f"{name} after your function was called: it should not change what it is given; {name}")


# ## from_pytorch


def as_list(got, length, what):
    """The answer as a list of arrays, or a message."""
    if got is None:
        pytest.fail(f"{what}: your function returned None; is there a `return`?", pytrace=False)
    if not isinstance(got, list | tuple) or len(got) != length:
        count = f" and has length {len(got)}" if isinstance(got, list | tuple) else ""
        pytest.fail(
            f"{what} should be a list of length {length}; yours is of type {type(got).__name__}{count}", pytrace=False
        )
    return list(got)


SQUARE = (np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0]))
WIDE = (np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([7.0, 8.0, 9.0]))  # 2 inputs, 3 neurons


def test_from_pytorch(mine, compare):
    (V1, b1), (V2, b2) = WIDE, (np.array([[10.0, 20.0, 30.0]]), np.array([40.0]))
    W1, c1, W2, c2 = as_list(mine.from_pytorch([(V1, b1), (V2, b2)]), 4, "the weights of a network 2 → 3 → 1")
    compare(
        W1,
        [[1, 3, 5], [2, 4, 6]],
        "W of a layer with 2 inputs and 3 neurons",
        mistakes={
            "reshape keeps the order of the numbers and moves them to other neurons; transpose": V1.reshape(2, 3),
            "PyTorch's weight has the shape (n_out, n_in), tinynet's W (n_in, n_out); it has to be transposed": V1,
        },
    )
    compare(c1, [7, 8, 9], "b of the same layer", mistakes={"b is a row of one axis, (n_out,)": b1[:, None]})
    compare(W2, [[10], [20], [30]], "W of a layer with 3 inputs and 1 neuron", mistakes={"transpose this one too": V2})
    compare(c2, [40], "b of the same layer")


def test_from_pytorch_where_shapes_fit_anyway(mine, compare):
    W, b = as_list(mine.from_pytorch([SQUARE]), 2, "the weights of a network 2 → 2")
    compare(
        W,
        [[1, 3], [2, 4]],
        "W of a layer with 2 inputs and 2 neurons",
        mistakes={"a square matrix has to be transposed too, though the shapes do not ask for it": SQUARE[0]},
    )
    compare(b, [5, 6], "b of the same layer")


def test_from_pytorch_gives_a_network_that_answers_the_same(mine, compare):
    rng = np.random.default_rng(1)
    (V1, b1), (V2, b2) = layers = [(rng.normal(size=(4, 3)), rng.normal(size=4)), (rng.normal(size=(2, 4)), np.ones(2))]
    net = tn.Sequential([tn.Dense(4, activation="sigmoid", input_dim=3), tn.Dense(2)])
    net.set_weights(as_list(mine.from_pytorch(layers), 4, "the weights of a network 3 → 4 → 2"))
    x = rng.normal(size=(5, 3))
    compare(net.predict(x), sigma(x @ V1.T + b1) @ V2.T + b2, "what tinynet's network answers with your weights")


# ## forward

MAZUR = [
    np.array([[0.15, 0.25], [0.20, 0.30]]),
    np.array([0.35, 0.35]),
    np.array([[0.40, 0.50], [0.45, 0.55]]),
    np.array([0.60, 0.60]),
]


def test_forward_of_the_network_in_the_docstring(mine, compare):
    weights = [np.array([[2.0]]), np.array([-7.0]), np.array([[5.0]]), np.array([1.0])]
    z, a = as_list(mine.forward(np.array([[3.0]]), weights, [relu, identity]), 2, "what forward returns, z and a,")
    z, a = as_list(z, 2, "z of a network of two layers"), as_list(a, 2, "a of a network of two layers")
    compare(z[0], [[-1]], "z^1", {"this is a^1": [[0]], "the bias is missing": [[6]]})
    compare(a[0], [[0]], "a^1", {"the activation is missing: a^1 = f^1(z^1)": [[-1]]})
    compare(
        z[1],
        [[1]],
        "z^2",
        {
            "layer 2 was given z^1; it is to be given a^1": [[-4]],
            "layer 2 was given x; it is to be given a^1": [[16]],
        },
    )
    compare(a[1], [[1]], "a^2")


def test_forward_of_mazurs_network(mine, compare):
    x = np.array([[0.05, 0.10]])
    z, a = as_list(mine.forward(x, MAZUR, [sigma, sigma]), 2, "what forward returns, z and a,")
    z, a = as_list(z, 2, "z of a network of two layers"), as_list(a, 2, "a of a network of two layers")
    numbers = {  # from Mazur's article, to the nine digits that it prints
        "z^1": (z[0], [[0.3775, 0.3925]], {"W^1 is transposed; a^0 W^1": [[0.3825, 0.39]], "this is a^1": a[0]}),
        "a^1": (a[0], [[0.593269992, 0.596884378]], {"the activation is missing; this is z^1": z[0]}),
        "z^2": (z[1], [[1.105905967, 1.224921404]], {"layer 2 was given x instead of a^1": x @ MAZUR[2] + MAZUR[3]}),
        "a^2": (a[1], [[0.751365070, 0.772928465]], {"the activation of the last layer is missing": z[1]}),
    }
    for name, (got, expected, mistakes) in numbers.items():
        compare(got, expected, f"{name} of Mazur's network", mistakes, rtol=2e-9)


def test_forward_uses_the_activation_of_each_layer(mine, compare):
    rng = np.random.default_rng(2)
    widths, fs = [3, 5, 4, 2], [np.tanh, relu, identity]
    weights = []
    for l in (1, 2, 3):
        weights += [rng.normal(size=(widths[l - 1], widths[l])), rng.normal(size=widths[l])]
    x = rng.normal(size=(6, 3))
    z, a = as_list(mine.forward(x, weights, fs), 2, "what forward returns, z and a,")
    a = as_list(a, 3, "a of a network of three layers (a^0 = x is not in the list)")
    net = tn.Sequential([tn.Dense(5, "tanh", input_dim=3), tn.Dense(4, "relu"), tn.Dense(2)])
    net.set_weights(weights)
    for l, (got, expected) in enumerate(zip(a, net.get_activations(x)), start=1):
        mistakes = {
            f"layer {l} used {f.__name__}; each layer has its own": f(z[l - 1]) for f in fs if f is not fs[l - 1]
        }
        compare(got, expected, f"a^{l} of a network 3 → 5 → 4 → 2 with tanh, relu and identity", mistakes)


# ## collapse


def test_collapse_two_layers(mine, compare):
    W1, b1 = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0])
    W2, b2 = np.array([[1.0], [-2.0]]), np.array([5.0])
    W, b = as_list(mine.collapse([W1, b1, W2, b2]), 2, "what collapse returns, W and b,")
    compare(W, [[-1], [-1]], "W of two layers in one", {"this is W^2 alone": W2})
    compare(
        b,
        [7],  # (0, -1) · (1, -2) + 5
        "b of two layers in one",
        {
            "b^1 has to go through W^2 as well: (xW^1 + b^1) W^2 + b^2": [5],
            "b^2 is missing": [2],
            "b^1 goes through W^2 alone; you sent it through W^1 W^2": [6],
            "the biases were added; b^1 has to go through W^2 first": b1 + b2,
            "b is a row of one axis, (n_L,)": [[7]],
        },
    )


def test_collapse_any_number_of_layers(mine, compare):
    rng = np.random.default_rng(3)
    for widths in ([3, 2], [2, 3, 3, 2], [1, 4, 2, 5, 3]):
        L = len(widths) - 1
        weights = []
        for l in range(1, L + 1):
            weights += [rng.normal(size=(widths[l - 1], widths[l])), rng.normal(size=widths[l])]
        name = " → ".join(map(str, widths))
        W, b = as_list(mine.collapse(weights), 2, "what collapse returns, W and b,")
        if np.shape(W) != (widths[0], widths[-1]):
            pytest.fail(
                f"W for {name} should have shape {(widths[0], widths[-1])}; yours has {np.shape(W)}", pytrace=False
            )
        nothing, x = np.zeros((1, widths[0])), rng.normal(size=(4, widths[0]))
        compare(b, layer_by_layer(nothing, weights)[0], f"b for {name}, which is a^L for x = 0,")
        compare(x @ W + b, layer_by_layer(x, weights), f"xW + b for {name}, without activations,")


def layer_by_layer(a, weights):
    for W, b in zip(weights[::2], weights[1::2]):
        a = a @ W + b
    return a


# ## parity_of_three


def test_parity_of_three(mine, compare):
    weights = as_list(mine.parity_of_three(), 4, "the weights of the network, W^1, b^1, W^2, b^2,")
    for name, array, shape in zip(("W^1", "b^1", "W^2", "b^2"), weights, ((3, 3), (3,), (3, 1), (1,))):
        if np.shape(array) != shape:
            pytest.fail(f"{name} should have shape {shape}; yours has {np.shape(array)}", pytrace=False)
    net = tn.Sequential([tn.Dense(3, activation="relu", input_dim=3), tn.Dense(1)])
    net.set_weights(weights)
    bits = np.array(list(product((0, 1), repeat=3)))
    s = bits.sum(axis=1)
    compare(
        net.predict(bits)[:, 0],
        s % 2,
        "the outputs for (0,0,0), (0,0,1), (0,1,0), …, (1,1,1)",
        mistakes={
            "your network answers 1 for an even number of ones; it is to do so for an odd number": 1 - s % 2,
            "this is the number of ones; the line has to bend at s = 1 and s = 2": s,
            "like the tent of the chapter it falls on after s = 2; the third neuron has to bend it up": 2
            - abs(s - 1)
            - 1,
            "after s = 2 it stays at 0: the third neuron has to bend it up twice as much": s == 1,
        },
        rtol=1e-6,
    )
