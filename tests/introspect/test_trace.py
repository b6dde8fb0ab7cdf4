"""The trace: every array beside the formulas of the notation, written out in NumPy."""

import re
from collections.abc import Callable
from math import erf, pi, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet import Activation, Dense, Dropout, Flatten, Sequential
from tinynet.introspect import Trace, trace

Function = Callable[[np.ndarray], np.ndarray]


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def Phi(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.vectorize(erf)(z / sqrt(2)))


# f and f′, for every activation that works number by number.
ELEMENTWISE: dict[str, tuple[Function, Function]] = {
    "identity": (lambda z: z, np.ones_like),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1, 0.01)),
    "elu": (lambda z: np.where(z > 0, z, np.exp(z) - 1), lambda z: np.where(z > 0, 1, np.exp(z))),
    "gelu": (lambda z: z * Phi(z), lambda z: Phi(z) + z * np.exp(-(z**2) / 2) / sqrt(2 * pi)),
    "softplus": (lambda z: np.log(1 + np.exp(z)), sigmoid),
}

# L and ∂L/∂a, N examples together.
LOSSES: dict[str, tuple[Callable, Callable]] = {
    "half_squared_error": (
        lambda a, y: 0.5 * np.sum((y - a) ** 2) / len(a),
        lambda a, y: (a - y) / len(a),
    ),
    "mean_squared_error": (
        lambda a, y: np.mean((y - a) ** 2),
        lambda a, y: 2 * (a - y) / a.size,
    ),
    "binary_crossentropy": (
        lambda a, y: -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a)),
        lambda a, y: ((1 - y) / (1 - a) - y / a) / a.size,
    ),
    "categorical_crossentropy": (
        lambda a, y: -np.sum(y * np.log(a)) / len(a),
        lambda a, y: -y / a / len(a),
    ),
}


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def batch(N: int, n: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(N, n))


def one_hot(N: int, n: int, seed: int = 1) -> np.ndarray:
    return np.eye(n)[np.random.default_rng(seed).integers(0, n, N)]


def network(*activations: str, seed: int = 0, dtype: str = "float64") -> Sequential:
    """3 inputs, then dense layers of 5, 4, 3, ... neurons; the last has 2. Biases are not 0."""
    units = [*range(5, 5 - len(activations) + 1, -1), 2]
    layers = [
        Dense(n, f, bias_initializer=tn.initializers.normal(0, 0.5), dtype=dtype) for n, f in zip(units, activations)
    ]
    net = Sequential(layers, seed=seed)
    net.build((3,))
    return net


def close(actual: np.ndarray | None, expected: np.ndarray) -> None:
    assert actual is not None and actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-14)


def check_dense(net: Sequential, fs: list[str], t: Trace, x: np.ndarray, dL_da: Callable) -> None:
    """Every array of a trace of dense layers with elementwise activations, by the formulas."""
    L = len(fs)
    W = [None, *(layer.W.data for layer in net.layers)]
    b = [None, *(layer.b.data for layer in net.layers)]
    f = [None, *(ELEMENTWISE[name] for name in fs)]
    a, z, delta = {0: x}, {}, {}
    for l in range(1, L + 1):
        z[l] = a[l - 1] @ W[l] + b[l]
        a[l] = f[l][0](z[l])
    delta[L] = dL_da(a[L]) * f[L][1](z[L])  # δ^L = ∂L/∂a^L ⊙ f′(z^L)
    for l in range(L - 1, 0, -1):
        delta[l] = (delta[l + 1] @ W[l + 1].T) * f[l][1](z[l])  # δ^l = (δ^{l+1} W^{l+1}ᵀ) ⊙ f′(z^l)

    assert len(t) == L + 1
    np.testing.assert_array_equal(t[0].a, x)
    for l in range(1, L + 1):
        close(t[l].z, z[l])
        close(t[l].a, a[l])
        close(t[l].f_prime, f[l][1](z[l]))
        close(t[l].delta, delta[l])
        close(t[l].dW, a[l - 1].T @ delta[l])  # ∂L/∂W^l = (a^{l−1})ᵀ δ^l
        close(t[l].db, delta[l].sum(axis=0))  # ∂L/∂b^l = Σ_n δ_n^l
        np.testing.assert_array_equal(t[l].W, W[l])
        np.testing.assert_array_equal(t[l].b, b[l])


class TestByHand:
    def test_a_network_that_a_head_can_compute(self) -> None:
        net = Sequential([Dense(2, "relu", input_dim=2), Dense(1)])
        net.set_weights([[[1, -1], [2, 0]], [0, 3], [[3], [-1]], [1]])
        t = trace(net, [[1, 1], [0, -1]], [[6], [0]], loss="half_squared_error")
        np.testing.assert_array_equal(t[1].z, [[3, 2], [-2, 3]])
        np.testing.assert_array_equal(t[1].a, [[3, 2], [0, 3]])
        np.testing.assert_array_equal(t[1].f_prime, [[1, 1], [0, 1]])
        np.testing.assert_array_equal(t[2].z, [[9 - 2 + 1], [-3 + 1]])
        assert t.loss == (0.5 * (8 - 6) ** 2 + 0.5 * 2**2) / 2
        np.testing.assert_array_equal(t[2].delta, [[1], [-1]])  # (a − y)/N
        np.testing.assert_array_equal(t[2].dW, [[3 * 1 + 0 * -1], [2 * 1 + 3 * -1]])
        np.testing.assert_array_equal(t[2].db, [0])
        np.testing.assert_array_equal(t[1].delta, [[3, -1], [0, 1]])
        np.testing.assert_array_equal(t[1].dW, [[3, -1], [3, -1 - 1]])
        np.testing.assert_array_equal(t[1].db, [3, 0])

    def test_relu_prime_of_0_is_0(self) -> None:
        net = Sequential([Dense(1, "relu", kernel_initializer="zeros", input_dim=1)])
        t = trace(net, [[1.0]], [[1.0]], loss="half_squared_error")
        assert (t[1].z, t[1].f_prime, t[1].delta) == (0, 0, 0)


class TestAgainstTheFormulas:
    # checks [eq:dense-z] [eq:dense-a] [eq:dense-da] [eq:dense-dW] [eq:dense-db] [eq:activation-backward]
    @pytest.mark.parametrize("loss", LOSSES)
    @pytest.mark.parametrize("N", [1, 2, 5])
    def test_every_loss_and_batch(self, loss: str, N: int) -> None:
        fs, x, y = ["tanh", "relu", "sigmoid"], batch(N), one_hot(N, 2)
        net = network(*fs)
        t = trace(net, x, y, loss=loss)
        value, slope = LOSSES[loss]
        check_dense(net, fs, t, x, lambda a: slope(a, y))
        assert type(t.loss) is float and t.loss == pytest.approx(value(t[3].a, y), rel=1e-12)
        np.testing.assert_array_equal(t.y, y)

    @pytest.mark.parametrize("f", ELEMENTWISE)
    def test_every_activation(self, f: str) -> None:
        net, x, y = network(f, f), batch(3), one_hot(3, 2)
        t = trace(net, x, y, loss="mean_squared_error")
        check_dense(net, [f, f], t, x, lambda a: 2 * (a - y) / a.size)
        assert [layer.f for layer in t] == [None, f, f]

    @given(st.lists(st.sampled_from(list(ELEMENTWISE)), min_size=1, max_size=4), st.integers(1, 7), st.integers(0, 99))
    def test_networks_of_any_depth(self, fs: list[str], N: int, seed: int) -> None:
        net, x, y = network(*fs, seed=seed), batch(N, seed=seed), one_hot(N, 2)
        t = trace(net, x, y, loss="half_squared_error")
        check_dense(net, fs, t, x, lambda a: (a - y) / N)

    def test_the_gradients_of_a_batch_are_means_of_those_of_its_examples(self) -> None:
        net, x, y = network("tanh", "sigmoid"), batch(4), one_hot(4, 2)
        whole = trace(net, x, y, loss="binary_crossentropy")
        alone = [trace(net, x[n : n + 1], y[n : n + 1], loss="binary_crossentropy") for n in range(4)]
        for l in (1, 2):
            close(whole[l].dW, np.mean([t[l].dW for t in alone], axis=0))
            close(whole[l].delta, np.concatenate([t[l].delta for t in alone]) / 4)  # δ carries the 1/N


class TestSoftmax:
    """Each output depends on the whole row: f′ is a matrix for each example."""

    def test_jacobian_by_formula(self) -> None:
        net, x, y = network("tanh", "softmax"), batch(3), one_hot(3, 2)
        t = trace(net, x, y, loss="categorical_crossentropy")
        a = softmax(t[2].z)
        close(t[2].a, a)
        # ∂a_j/∂z_i = a_j ([i = j] − a_i)
        close(t[2].f_prime, np.stack([np.diag(row) - np.outer(row, row) for row in a]))

    def test_jacobian_of_log_softmax_has_i_before_j(self) -> None:
        net, x, y = network("tanh", "log_softmax"), batch(3), one_hot(3, 2)
        t = trace(net, x, y, loss="mean_squared_error")
        # ∂ ln a_j/∂z_i = [i = j] − a_i: row i has the same −a_i everywhere
        expected = np.stack([np.eye(2) - row[:, None] for row in softmax(t[2].z)])
        close(t[2].f_prime, expected)

    @pytest.mark.parametrize("loss", LOSSES)
    def test_delta_is_the_jacobian_times_the_gradient_of_the_loss(self, loss: str) -> None:
        net, x, y = network("tanh", "softmax"), batch(3), one_hot(3, 2)
        t = trace(net, x, y, loss=loss)
        delta = np.einsum("nij,nj->ni", t[2].f_prime, LOSSES[loss][1](t[2].a, y))
        close(t[2].delta, delta)
        close(t[1].delta, (delta @ t[2].W.T) * (1 - t[1].a ** 2))

    def test_with_its_cross_entropy_delta_is_a_minus_y(self) -> None:
        t = trace(network("softmax"), batch(3), one_hot(3, 2), loss="categorical_crossentropy")
        close(t[1].delta, (t[1].a - t.y) / 3)


class TestOtherLayers:
    def test_an_activation_layer_has_its_own_place(self) -> None:
        net = Sequential([Dense(4, input_dim=3), Activation("tanh"), Dense(2)], seed=0)
        x, y = batch(3), one_hot(3, 2)
        t = trace(net, x, y, loss="half_squared_error")
        delta3 = (t[3].a - y) / 3
        close(t[2].z, t[1].a)
        close(t[2].a, np.tanh(t[1].a))
        close(t[2].f_prime, 1 - np.tanh(t[1].a) ** 2)
        close(t[2].delta, (delta3 @ t[3].W.T) * t[2].f_prime)
        close(t[1].delta, t[2].delta)  # f(z) = z in the dense layer before it
        close(t[1].f_prime, np.ones((3, 4)))
        assert [t[2].W, t[2].b, t[2].dW, t[2].db] == [None] * 4
        assert [layer.f for layer in t] == [None, "identity", "tanh", "identity"]

    def test_flatten_hands_on_row_by_row(self) -> None:
        net = Sequential([Flatten(input_shape=(2, 3)), Dense(2)], seed=0)
        x, y = np.arange(24.0).reshape(4, 2, 3), one_hot(4, 2)
        t = trace(net, x, y, loss="half_squared_error")
        np.testing.assert_array_equal(t[0].a, x)
        for array in (t[1].z, t[1].a):
            np.testing.assert_array_equal(array, x.reshape(4, 6))
        close(t[1].delta, ((t[2].a - y) / 4) @ t[2].W.T)
        close(t[2].dW, x.reshape(4, 6).T @ t[2].delta)
        np.testing.assert_array_equal(t[1].f_prime, np.ones((4, 6)))
        assert t[1].W is None and t[1].f == "identity"

    def test_flatten_in_the_middle_and_at_the_end(self) -> None:
        net = Sequential([Activation("tanh", input_shape=(2, 1)), Flatten()])
        x = batch(3, 2).reshape(3, 2, 1)
        t = trace(net, x, one_hot(3, 2), loss="half_squared_error")
        close(t[2].delta, (np.tanh(x).reshape(3, 2) - t.y) / 3)
        close(t[1].delta, t[2].delta.reshape(3, 2, 1) * (1 - np.tanh(x) ** 2))

    def test_dropout_while_training(self) -> None:
        net = Sequential([Dense(20, "sigmoid", input_dim=3), Dropout(0.25), Dense(2)], seed=0)
        x, y = batch(5), one_hot(5, 2)
        t = trace(net, x, y, loss="half_squared_error", training=True)
        mask = t[2].a != 0
        assert 0.5 < mask.mean() < 0.95  # 100 draws
        assert t[2].f == "dropout"
        close(t[2].z, t[1].a)
        close(t[2].a, t[1].a * mask / 0.75)
        close(t[2].f_prime, mask / 0.75)
        close(t[2].delta, (((t[3].a - y) / 5) @ t[3].W.T) * mask / 0.75)
        close(t[1].delta, t[2].delta * t[1].a * (1 - t[1].a))
        close(t[3].dW, t[2].a.T @ t[3].delta)

    def test_dropout_otherwise_passes_all_on(self) -> None:
        net = Sequential([Dense(20, "sigmoid", input_dim=3), Dropout(0.25), Dense(2)], seed=0)
        t = trace(net, batch(5), one_hot(5, 2), loss="half_squared_error")
        close(t[2].a, t[1].a)
        close(t[2].f_prime, np.ones((5, 20)))
        assert t[2].f == "identity"

    def test_without_bias(self) -> None:
        net = Sequential([Dense(2, use_bias=False, input_dim=3)], seed=0)
        x, y = batch(3), one_hot(3, 2)
        t = trace(net, x, y, loss="half_squared_error")
        assert t[1].b is None and t[1].db is None
        close(t[1].z, x @ t[1].W)
        close(t[1].dW, x.T @ ((x @ t[1].W - y) / 3))

    @pytest.mark.parametrize(
        ("own", "f", "f_prime"),
        [
            (lambda z: z * z, lambda z: z**2, lambda z: 2 * z),
            (lambda z: 0.5 * (z * z), lambda z: 0.5 * z**2, lambda z: z),
            (lambda z: z**3, lambda z: z**3, lambda z: 3 * z**2),
            (lambda z: 1 - z, lambda z: 1 - z, lambda z: -np.ones_like(z)),
            (lambda z: z + tn.tanh(z), lambda z: z + np.tanh(z), lambda z: 1 + 1 / np.cosh(z) ** 2),
            (lambda z: tn.tanh(3 * z), lambda z: np.tanh(3 * z), lambda z: 3 / np.cosh(3 * z) ** 2),
            (lambda z: 2 * tn.tanh(z), lambda z: 2 * np.tanh(z), lambda z: 2 / np.cosh(z) ** 2),
        ],
        ids=["square", "half square", "cube", "mirror", "residual", "steep tanh", "tall tanh"],
    )
    @pytest.mark.parametrize("bias", [True, False])
    def test_an_activation_of_one_s_own(self, own: Callable, f: Function, f_prime: Function, bias: bool) -> None:
        together = [Dense(2, own, use_bias=bias, input_dim=3)]
        for layers in (together, [Dense(2, use_bias=bias, input_dim=3), Activation(own)]):
            net, x, y = Sequential(layers, seed=0), batch(3), one_hot(3, 2)
            t = trace(net, x, y, loss="half_squared_error")
            z = x @ t[1].W
            close(t[-1].a, f(z))
            close(t[-1].z, z)
            close(t[-1].delta, (f(z) - y) / 3 * f_prime(z))
            close(t[-1].f_prime, f_prime(z))


class TestTheTrace:
    def test_the_input_has_only_a(self) -> None:
        t = trace(network("tanh"), batch(3), one_hot(3, 2), loss="half_squared_error")
        first = t[0]
        assert (first.l, first.name) == (0, "input")
        nothing = [first.z, first.f, first.f_prime, first.delta, first.W, first.b, first.dW, first.db]
        assert nothing == [None] * 8

    def test_is_a_sequence_of_layers(self) -> None:
        t = trace(network("tanh", "relu", "sigmoid"), batch(3), one_hot(3, 2), loss="half_squared_error")
        assert len(t) == 4 and [layer.l for layer in t] == [0, 1, 2, 3] and t[-1] is t[3]
        assert [layer.name for layer in t] == ["input", "dense_1", "dense_2", "dense_3"]
        with pytest.raises(IndexError):
            t[4]

    def test_reads_as_a_table(self) -> None:
        net = Sequential([Flatten(input_shape=(1, 2)), Dense(2, "relu", name="hidden"), Dense(1)])
        net.set_weights([[[1, -1], [2, 0]], [0, 3], [[3], [-1]], [1]])
        t = trace(net, [[[1, 1]], [[0, -1]]], [[6], [0]], loss="half_squared_error")
        assert [" ".join(line.split()) for line in repr(t).splitlines()] == [
            "loss = 2, mean over N = 2",
            "l layer f a W z from … to a from … to δ from … to",
            "0 input (2, 1, 2) -1 … 1",
            "1 flatten_1 identity (2, 2) -1 … 1 -1 … 1 -1 … 6",
            "2 hidden relu (2, 2) (2, 2) -2 … 3 0 … 3 -1 … 3",
            "3 dense_2 identity (2, 1) (2, 1) -2 … 8 -2 … 8 -1 … 1",
        ]
        assert repr(t[2]) == "<layer 2, 'hidden': a (2, 2)>"

    def test_the_columns_of_the_table_stand_below_their_names(self) -> None:
        t = trace(network("tanh", "sigmoid"), batch(3), one_hot(3, 2), loss="half_squared_error")
        _, head, _, *rows = repr(t).splitlines()
        for title in ("layer", "f  ", "a  ", "W ", "z from", "a from", "δ from"):
            place = head.index(title)
            assert all(row[place - 1] == " " != row[place] for row in rows), title

    def test_long_names_and_shapes_do_not_run_together(self) -> None:
        layers = [Flatten(input_shape=(100, 100, 3), name="picture_as_one_long_row"), Dense(2, name="weighted_sums")]
        t = trace(Sequential(layers, seed=0), np.ones((2, 100, 100, 3)), one_hot(2, 2), loss="half_squared_error")
        rows = [re.split(" {2,}", line.strip()) for line in repr(t).splitlines()[2:]]
        assert rows[0][:3] == ["0", "input", "(2, 100, 100, 3)"]
        assert rows[1][:4] == ["1", "picture_as_one_long_row", "identity", "(2, 30000)"]
        assert rows[2][:5] == ["2", "weighted_sums", "identity", "(2, 2)", "(30000, 2)"]

    def test_the_compiled_loss_is_the_default(self) -> None:
        net, x, y = network("tanh", "softmax"), batch(3), one_hot(3, 2)
        net.compile("adam", "categorical_crossentropy")
        assert trace(net, x, y).loss == trace(net, x, y, loss="categorical_crossentropy").loss
        assert trace(net, x, y, loss=tn.mean_squared_error).loss == trace(net, x, y, loss="mean_squared_error").loss

    def test_float32_stays_float32(self) -> None:
        t = trace(network("relu", "softmax", dtype="float32"), batch(3), one_hot(3, 2), loss="mean_squared_error")
        arrays = [t[0].a, *(getattr(t[l], name) for l in (1, 2) for name in ARRAYS)]
        assert {array.dtype for array in arrays} == {np.dtype("float32")}

    def test_a_model_without_input_shape_is_built(self) -> None:
        t = trace(Sequential([Dense(2)], seed=0), batch(3), one_hot(3, 2), loss="half_squared_error")
        assert t[1].W.shape == (3, 2)


ARRAYS = ("z", "a", "f_prime", "delta", "W", "b", "dW", "db")


class TestItIsAPhotograph:
    def test_later_training_changes_nothing_in_it(self) -> None:
        net = Sequential([Dense(4, "relu", input_dim=3), Dropout(0.5), Dense(2, "softmax")], seed=0)
        net.compile(tn.SGD(0.5, momentum=0.9), "categorical_crossentropy")
        x, y = batch(5), one_hot(5, 2)
        t = trace(net, x, y, training=True)
        before = {(layer.l, name): np.copy(getattr(layer, name)) for layer in list(t)[1:] for name in ARRAYS}
        x_before, weights = t[0].a.copy(), net.get_weights()
        net.fit(x, y, epochs=3, verbose=0)
        x[:] = y[:] = 99
        assert not np.array_equal(net.get_weights()[0], weights[0])
        np.testing.assert_array_equal(t[0].a, x_before)
        np.testing.assert_array_equal(t.y, one_hot(5, 2))
        for (l, name), array in before.items():
            np.testing.assert_array_equal(getattr(t[l], name), array)

    def test_taking_it_changes_no_weight_and_no_data(self) -> None:
        net, x, y = network("tanh", "sigmoid"), batch(3), one_hot(3, 2)
        weights = net.get_weights()
        trace(net, x, y, loss="mean_squared_error")
        assert all(np.array_equal(u, v) for u, v in zip(weights, net.get_weights()))
        np.testing.assert_array_equal(x, batch(3))
        np.testing.assert_array_equal(y, one_hot(3, 2))

    def test_two_traces_are_apart(self) -> None:
        net = network("tanh", "sigmoid")
        first = trace(net, batch(3), one_hot(3, 2), loss="mean_squared_error")
        dW = first[1].dW.copy()
        second = trace(net, batch(3, seed=5), one_hot(3, 2), loss="mean_squared_error")
        np.testing.assert_array_equal(first[1].dW, dW)
        assert not np.array_equal(second[1].dW, dW)


class TestRefused:
    def test_no_loss(self) -> None:
        with pytest.raises(ValueError, match=r"name the loss, trace\(net, x, y, loss='...'\), or compile the model"):
            trace(network("tanh"), batch(3), one_hot(3, 2))

    @pytest.mark.parametrize(
        ("x", "y", "loss", "message"),
        [
            (batch(3, 4), one_hot(3, 2), "hinge", r"dense_1 takes inputs of shape \(N, 3\), not \(3, 4\)"),
            (
                batch(3),
                one_hot(3, 3),
                "half_squared_error",
                r"y has shape \(3, 3\), the model's outputs for x \(3, 2\)",
            ),
            (batch(3), one_hot(2, 2), "half_squared_error", "x has 3 examples and y has 2"),
            (batch(3) * np.nan, one_hot(3, 2), "half_squared_error", r"x\[0, 0\] is nan"),
            (batch(0), one_hot(0, 2), "half_squared_error", "expected at least one example"),
            (batch(3), one_hot(3, 2), "mse", "unknown loss 'mse'. Known: half_squared_error"),
        ],
    )
    def test_what_does_not_fit(self, x: Any, y: Any, loss: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            trace(network("tanh"), x, y, loss=loss)


class TestWhatAWorksheetNeeds:
    def test_the_name_of_the_loss(self) -> None:
        net, x, y = network("tanh", "softmax"), batch(3), one_hot(3, 2)
        for loss in ("categorical_crossentropy", tn.categorical_crossentropy):
            assert trace(net, x, y, loss=loss).loss_name == "categorical_crossentropy"
        assert trace(net, x, y, loss=lambda a, y: tn.mean_squared_error(a, y)).loss_name == "own"
        net.compile("adam", "binary_crossentropy")
        assert trace(net, x, y).loss_name == "binary_crossentropy"

    @pytest.mark.parametrize("loss", LOSSES)
    def test_da_is_the_gradient_of_a(self, loss: str) -> None:
        net, x, y = network("tanh", "softmax"), batch(3), one_hot(3, 2)
        t = trace(net, x, y, loss=loss)
        close(t[1].da, t[2].delta @ t[2].W.T)
        if loss == "categorical_crossentropy":
            assert t[2].da is None  # it was computed from z²
        else:
            close(t[2].da, LOSSES[loss][1](t[2].a, y))
        assert t[0].da is None

    def test_kinds_rates_and_parameters(self) -> None:
        class Named(Dense):
            pass

        class Doubled(Dense):
            def forward(self, a: tn.Tensor, training: bool) -> tn.Tensor:
                return 2 * super().forward(a, training)

        net = Sequential([Named(3, input_dim=3), Dropout(0.25), Doubled(2, use_bias=False)], seed=0)
        t = trace(net, batch(3), one_hot(3, 2), loss="half_squared_error")
        assert [layer.kind for layer in t] == ["input", "Dense", "Dropout", "own"]
        assert [layer.rate for layer in t] == [None, None, 0.25, None]
        assert t[0].parameters == {} == t[2].parameters
        assert t[1].parameters == {"W": net.layers[0].W, "b": net.layers[0].b}
        assert t[3].parameters == {"W": net.layers[2].W}

    def test_a_first_layer_that_is_not_trained_has_a_delta_all_the_same(self) -> None:
        net, x, y = network("tanh", "sigmoid"), batch(3), one_hot(3, 2)
        expected = trace(net, x, y, loss="half_squared_error")[1]
        for parameter in net.layers[0].parameters():
            parameter.requires_grad = False
        actual = trace(net, x, y, loss="half_squared_error")[1]
        close(actual.delta, expected.delta)
        close(actual.f_prime, expected.f_prime)
        assert actual.dW is None is actual.db
