"""Three ways, one answer: the three agree to the last bits, and an error in one of them is found where it begins."""

import sys
from collections.abc import Callable
from math import erf
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet import Activation, Dense, Dropout, Flatten, Sequential
from tinynet.introspect import ThreeWays, three_ways, trace
from tinynet.kernels import activations

module = sys.modules["tinynet.introspect.three_ways"]

ACTIVATIONS = ["identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", "softmax", "log_softmax"]
PROBABILITIES = ["binary_crossentropy", "categorical_crossentropy"]
LOSSES = ["half_squared_error", "mean_squared_error", "hinge", *PROBABILITIES]


def data(loss: str, N: int, n: int, outputs: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """x (N, n) and targets (N, outputs) such as the loss takes."""
    rng = np.random.default_rng(seed)
    y = np.eye(outputs)[rng.integers(0, outputs, N)]
    y = {"hinge": 2 * y - 1, "half_squared_error": rng.normal(size=y.shape)}.get(loss, y)
    return rng.normal(size=(N, n)), y


def network(*activations: str, widths: list[int] | None = None, inputs: int = 3, seed: int = 0) -> Sequential:
    """Dense layers; if not said otherwise the last has 2 neurons, those before it 4, 5, ... Biases are not 0."""
    widths = widths or [*range(len(activations) + 2, 3, -1), 2]
    layers = [Dense(n, f, bias_initializer=tn.initializers.normal(0, 0.5)) for n, f in zip(widths, activations)]
    net = Sequential(layers, seed=seed)
    net.build((inputs,))
    return net


def mazur() -> tuple[Sequential, list, list]:
    net = Sequential([Dense(2, "sigmoid", input_dim=2), Dense(2, "sigmoid")])
    W1, W2 = np.array([[0.15, 0.20], [0.25, 0.30]]).T, np.array([[0.40, 0.45], [0.50, 0.55]]).T
    net.set_weights([W1, [0.35, 0.35], W2, [0.60, 0.60]])
    return net, [[0.05, 0.10]], [[0.01, 0.99]]


def ways(result: ThreeWays) -> dict[str, dict[str, np.ndarray]]:
    return {"scalars": result.scalars, "formulas": result.formulas, "kernels": result.kernels}


# ## They agree


# checks [eq:hidden-delta]
def test_each_of_the_three_has_the_numbers_of_mazur() -> None:
    result = three_ways(*mazur(), loss="half_squared_error")
    for way in ways(result).values():
        np.testing.assert_allclose(way["z^1"], [[0.3775, 0.3925]], rtol=1e-15)
        np.testing.assert_allclose(way["a^2"], [[0.751365070, 0.772928465]], atol=5e-10)
        np.testing.assert_allclose(way["delta^2"], [[0.138498562, -0.038098236]], atol=5e-10)
        np.testing.assert_allclose(way["delta^1"], [[0.008771355, 0.009954255]], atol=5e-10)
        assert way["dW^2"][0, 0] == pytest.approx(0.082167041, abs=5e-10)
        assert way["dW^1"][0, 0] == pytest.approx(0.000438568, abs=5e-10)
        assert way["loss"] == pytest.approx(0.298371109, abs=5e-10)
    assert result.agree and result.first is None


def test_every_number_of_the_trace_is_compared() -> None:
    net, x, y = mazur()
    result = three_ways(net, x, y, loss="half_squared_error")
    arrays = [f"{name}^{l}" for l in (1, 2) for name in ("z", "a", "delta", "dW", "db")]
    assert sorted(result.worst) == sorted([*arrays, "loss"])
    shapes = {name: array.shape for name, array in result.kernels.items()}
    for way in ways(result).values():
        assert {name: np.shape(array) for name, array in way.items()} == shapes
    t = trace(net, x, y, loss="half_squared_error")
    np.testing.assert_array_equal(result.kernels["delta^1"], t[1].delta)


def test_the_arrays_come_in_the_order_in_which_they_are_computed() -> None:
    names = list(three_ways(*mazur(), loss="half_squared_error").worst)
    forward, backward = ["z^1", "a^1", "z^2", "a^2"], ["delta^2", "dW^2", "db^2", "delta^1", "dW^1", "db^1"]
    assert names == [*forward, "loss", *backward]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Sequential, np.ndarray, np.ndarray, str]:
    loss = draw(st.sampled_from(LOSSES))
    # the cross-entropies take probabilities, and these functions give some
    last = st.sampled_from(["sigmoid", "softmax"] if loss in PROBABILITIES else ACTIVATIONS)
    hidden = draw(st.lists(st.sampled_from(ACTIVATIONS), max_size=3))
    widths = [draw(st.integers(1, 4)) for _ in [*hidden, last]]
    inputs, N, seed = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(0, 10**6))
    net = network(*hidden, draw(last), widths=widths, inputs=inputs, seed=seed)
    x, y = data(loss, N, inputs, widths[-1], seed)
    return net, x, y, loss


# checks [eq:sigmoid-two-forms]
# checks [eq:tanh-by-sigmoid]
# checks [eq:Phi-prime]
# checks [eq:hidden-delta]
@given(cases())
def test_the_three_agree_for_any_small_network(case: Any) -> None:
    net, x, y, loss = case
    result = three_ways(net, x, y, loss=loss)
    assert result.largest.difference < 1e-12, result
    # said once more, without the report's own arithmetic
    for name, array in result.kernels.items():
        np.testing.assert_allclose(result.scalars[name], array, rtol=1e-12, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(result.formulas[name], array, rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("f", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_activation_with_every_loss(f: str, loss: str) -> None:
    """A log-probability is no probability, and most functions leave 0 … 1: there softmax makes them fit."""
    last = "sigmoid" if loss == "binary_crossentropy" else "softmax" if loss == "categorical_crossentropy" else f
    x, y = data(loss, 3, 3, 2)
    assert three_ways(network(f, last), x, y, loss=loss).largest.difference < 1e-12


@pytest.mark.parametrize("loss", PROBABILITIES)
@pytest.mark.parametrize("f", ["sigmoid", "softmax", "relu"])
def test_cross_entropies_of_probabilities_that_no_sigmoid_or_softmax_made(f: str, loss: str) -> None:
    net = Sequential([Dense(2, f, input_dim=2), Dropout(0.5)])
    net.set_weights([[[0.2, 0.1], [0.3, 0.0]], [0.1, 0.0]])
    # the relu's second output is 0 in the second example, where y is 0 too: 0 ln 0 = 0
    result = three_ways(net, [[1.0, 1.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]], loss=loss)
    assert result.largest.difference < 1e-13
    assert np.isfinite(result.kernels["loss"])


def test_layers_without_weights_have_z_a_and_delta() -> None:
    layers = [Activation("tanh", input_shape=(2, 3)), Activation("softmax"), Flatten(), Dropout(0.5), Dense(2, "gelu")]
    x = np.random.default_rng(0).normal(size=(2, 2, 3))
    result = three_ways(Sequential(layers, seed=0), x, np.eye(2), loss="mean_squared_error")
    assert result.largest.difference < 1e-14
    assert result.kernels["delta^1"].shape == (2, 2, 3) and result.kernels["delta^3"].shape == (2, 6)
    assert [name for name in result.worst if name[0] == "d" and name[1] in "Wb"] == ["dW^5", "db^5"]


def test_a_layer_without_bias_has_no_db() -> None:
    net = Sequential([Dense(2, "tanh", use_bias=False, input_dim=3), Dense(2)], seed=0)
    result = three_ways(net, *data("hinge", 2, 3, 2), loss="hinge")
    assert "db^1" not in result.worst and "db^2" in result.worst and result.agree


def test_a_frozen_weight_has_no_gradient_to_compare() -> None:
    net = network("tanh", "softmax")
    net.layers[1].W.requires_grad = False
    result = three_ways(net, *data("categorical_crossentropy", 2, 3, 2), loss="categorical_crossentropy")
    assert result.agree and "dW^2" not in result.worst and "dW^1" in result.worst


@pytest.mark.parametrize(("f", "loss"), [("sigmoid", "binary_crossentropy"), ("softmax", "categorical_crossentropy")])
@pytest.mark.parametrize("z", [40.0, 800.0])
def test_outputs_that_are_sure_of_themselves(f: str, loss: str, z: float) -> None:
    """Of e^800 and of ln 0 no number is left; all three ways have forms that need neither."""
    net = Sequential([Dense(2, f, input_dim=1)])
    net.set_weights([[[z, -z]], [0.0, 0.0]])
    result = three_ways(net, [[1.0], [-1.0]], [[1.0, 0.0], [1.0, 0.0]], loss=loss)
    assert result.largest.difference < 1e-12
    assert np.isfinite(result.kernels["loss"]) and result.kernels["loss"] > 10


@pytest.mark.parametrize("f", ACTIVATIONS)
def test_large_z_of_either_sign(f: str) -> None:
    net = Sequential([Dense(2, f, input_dim=1)])
    net.set_weights([[[700.0, -710.0]], [0.0, 0.0]])
    assert three_ways(net, [[1.0], [-1.0]], np.ones((2, 2)), loss="mean_squared_error").largest.difference < 1e-12


def test_at_0_relu_has_slope_0_in_every_way() -> None:
    net = Sequential([Dense(2, "relu", use_bias=False, input_dim=1)])
    net.set_weights([[[0.0, 1.0]]])
    result = three_ways(net, [[2.0]], [[1.0, 1.0]], loss="half_squared_error")
    for way in ways(result).values():
        np.testing.assert_array_equal(way["delta^1"], [[0.0, 1.0]])


def test_float32_networks_are_compared_in_float64_and_keep_their_gradients() -> None:
    net = Sequential([Dense(3, "tanh", input_dim=3, dtype="float32"), Dense(2, "softmax", dtype="float32")], seed=0)
    x, y = data("categorical_crossentropy", 2, 3, 2)
    tn.categorical_crossentropy(net(x), y).backward()
    before = [(p.data.copy(), p.grad.copy()) for p in net.parameters()]
    result = three_ways(net, x, y, loss="categorical_crossentropy")
    assert result.largest.difference < 1e-12
    for p, (weights, gradient) in zip(net.parameters(), before):
        assert p.dtype == np.float32
        np.testing.assert_array_equal(p.data, weights)
        np.testing.assert_array_equal(p.grad, gradient)


# ## The graph of the first way


def test_the_graph_is_of_single_numbers_and_ends_in_the_loss() -> None:
    result = three_ways(*mazur(), loss="half_squared_error")
    found = {result.graph}
    stack = [result.graph]
    while stack:
        new = set(stack.pop().parents) - found
        found |= new
        stack += new
    assert all(t.shape == () for t in found)
    assert result.nodes == len(found)
    # 12 numbers are given to w and b, 2 to x; no node knows more than one little operation
    assert {t.op for t in found} == {"", "add", "multiply", "negative", "exp", "divide", "subtract", "power"}
    assert sum(not t.op and t.requires_grad for t in found) == 14


def test_its_numbers_are_called_as_in_the_formulas() -> None:
    names = {t.name for t in three_ways(*mazur(), loss="half_squared_error").graph._topological_order()}
    assert {"x_1", "w_12^1", "b_2^2", "z_1^1", "a_2^2", "L"} <= names
    x, y = data("hinge", 2, 12, 2)
    batch = three_ways(network("tanh", "identity", inputs=12), x, y, loss="hinge").graph._topological_order()
    assert {"x_12 (2)", "w_12,3^1", "z_2^2 (1)"} <= {t.name for t in batch}


# ## They part, and the report says where


def test_a_wrong_derivative_among_the_formulas(monkeypatch: pytest.MonkeyPatch) -> None:
    """σ′(a) for σ′(z): the classic."""
    right = module.FORMULAS["sigmoid"]

    def wrong(z: np.ndarray, a: np.ndarray, da: np.ndarray) -> np.ndarray:
        s = right.forward(a)
        return da * s * (1 - s)

    monkeypatch.setitem(module.FORMULAS, "sigmoid", right._replace(backward=wrong))
    result = three_ways(network("sigmoid", "tanh"), *data("hinge", 3, 3, 2), loss="hinge")
    assert not result.agree
    assert result.first.name.startswith("delta^1[")
    assert result.first.odd_one == "the two others agree against the formulas"
    text = str(result)
    assert text.startswith("three ways, NOT one answer: ")
    assert f"{result.first.name} is the first that differs; the two others agree against the formulas." in text


def test_one_wrong_number_in_the_graph_of_scalars(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(z: list) -> list:
        return [z[0], z[1] * 1.5, *z[2:]]  # the second neuron alone

    monkeypatch.setitem(module.GRAPHS, "identity", wrong)
    result = three_ways(network("tanh", "identity"), *data("hinge", 3, 3, 2), loss="hinge")
    assert result.first.name.startswith("a^2[") and result.first.name.endswith(", 1]")
    assert result.first.odd_one == "the two others agree against the graph of scalars"
    np.testing.assert_array_equal([c.difference > 1e-3 for c in result.cells("a^2")], [False, True] * 3)


def test_a_wrong_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(z: np.ndarray, a: np.ndarray, da: np.ndarray, delta: np.ndarray) -> None:
        delta[:] = da * (1 - a)

    monkeypatch.setattr(activations, "tanh_backward", wrong)
    result = three_ways(network("relu", "tanh", "identity"), *data("hinge", 3, 3, 2), loss="hinge")
    assert result.first.name.startswith("delta^2[")
    assert result.first.odd_one == "the two others agree against the kernels"


def test_a_delta_through_updated_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """The most frequent bug of its kind, in the formulas: W² is updated before δ¹ is computed from it."""
    right: Callable = module.by_formulas
    net, x, y = mazur()

    def wrong(steps: list, *arguments: Any) -> dict:
        numbers = right(steps, *arguments)
        W = steps[1].W - 0.5 * numbers["dW^2"]
        f_prime = numbers["a^1"] * (1 - numbers["a^1"])
        return numbers | {"delta^1": numbers["delta^2"] @ W.T * f_prime}

    monkeypatch.setattr(module, "by_formulas", wrong)
    result = three_ways(net, x, y, loss="half_squared_error")
    assert result.first.name.startswith("delta^1[") and result.largest == result.first
    # w_2j was moved by −½ a_2 δ_j, so δ_2^1 is off by ½ a_2 Σ_j δ_j², times σ′
    a_2 = 0.596884378
    shift = 0.5 * a_2 * (0.138498562**2 + 0.038098236**2) * a_2 * (1 - a_2)
    assert result.largest.difference == pytest.approx(shift, rel=1e-7)


@pytest.mark.parametrize("way", ["scalars", "formulas", "kernels"])
@pytest.mark.parametrize("wrong", [0.1, np.nan, np.inf])
def test_any_cell_of_any_way_is_found(way: str, wrong: float) -> None:
    result = three_ways(network("tanh", "identity"), *data("hinge", 3, 3, 2), loss="hinge")
    ways(result)[way]["dW^1"] = np.array(result.kernels["dW^1"])
    ways(result)[way]["dW^1"][2, 3] += wrong
    assert result.largest.name == result.first.name == "dW^1[2, 3]"
    assert result.largest.difference == (pytest.approx(0.1) if wrong == 0.1 else np.inf)
    assert way in result.first.odd_one
    assert f"at {result.first.name}" in str(result)


def test_no_two_agree() -> None:
    result = three_ways(*mazur(), loss="half_squared_error")
    for number, way in enumerate(ways(result).values()):
        way["loss"] = np.array(float(number))
    assert result.first.name == "loss" and result.first.odd_one == "no two agree"


def test_differences_are_relative_for_numbers_beyond_1() -> None:
    apart = module.apart
    assert apart(2e6, 1e6) == 0.5 and apart(0.2, 0.1) == pytest.approx(0.1)
    assert apart(np.inf, np.inf) == apart(np.nan, np.nan) == 0
    assert apart(np.inf, 1.0) == apart(np.nan, 1.0) == apart(np.inf, -np.inf) == np.inf


# ## The report


def test_the_report_can_be_read() -> None:
    lines = str(three_ways(*mazur(), loss="half_squared_error")).split("\n")
    assert lines[0].startswith("three ways, one answer: 25 numbers compared, largest difference ")
    assert [line.split("[")[0] for line in lines[2:4]] == ["z^1", "a^1"]
    assert sum("0.29837110876" in line for line in lines) == 1 and "65 scalars" in lines[1]
    assert max(map(len, lines)) <= 120
    (loss,) = (line for line in lines if line.startswith("loss"))
    assert loss.count("0.29837110876") == 3


# ## Phi, the one function that is not made from + × exp and log


# checks [eq:Phi-prime]
def test_gelu_of_a_single_number() -> None:
    z = tn.Tensor(0.7)
    a = module.gelu(z)
    a.backward()
    Phi, phi = 0.5 * (1 + erf(0.7 / np.sqrt(2))), np.exp(-0.245) / np.sqrt(2 * np.pi)
    assert a.item() == pytest.approx(0.7 * Phi, rel=1e-15)
    assert float(z.grad) == pytest.approx(Phi + 0.7 * phi, rel=1e-14)


# checks [eq:sigmoid-two-forms]
# checks [eq:tanh-by-sigmoid]
@pytest.mark.parametrize("z", [-800.0, -2.0, 0.0, 2.0, 800.0])
def test_sigmoid_and_tanh_of_a_single_number(z: float) -> None:
    for f, value in ((module.sigmoid, 0.5 * (1 + np.tanh(z / 2))), (module.tanh, np.tanh(z))):
        t = tn.Tensor(z)
        a = f(t)
        a.backward()
        assert a.item() == pytest.approx(value, rel=1e-15, abs=1e-15)
        slope = value * (1 - value) if f is module.sigmoid else 1 - value**2
        assert float(t.grad) == pytest.approx(slope, rel=1e-12, abs=1e-15)


# ## Refused


def test_a_network_too_large_for_single_numbers() -> None:
    net = Sequential([Dense(200, "relu", input_dim=300), Dense(2)], seed=0)
    with pytest.raises(ValueError, match=r"on 3 examples, would be a graph of about 426,436 nodes; .* 100,000: take f"):
        three_ways(net, np.ones((3, 300)), np.ones((3, 2)), loss="hinge")


def test_the_estimate_of_nodes_is_near() -> None:
    net = network("tanh", "sigmoid", widths=[9, 8], inputs=7)
    nodes = three_ways(net, *data("mean_squared_error", 4, 7, 8), loss="mean_squared_error").nodes
    estimate = sum((2 * 4 + 1) * W.size + 6 * 4 * W.shape[1] for W in net.get_weights()[::2])
    assert 0.6 < nodes / estimate < 1.5


def test_what_has_no_known_formula() -> None:
    x, y = np.ones((1, 2)), np.ones((1, 2))

    class Double(tn.Layer):
        def forward(self, a: tn.Tensor, training: bool) -> tn.Tensor:
            return 2 * a

    with pytest.raises(ValueError, match=r"no formula for dense_1's activation, a function of your own; .* sigmoid"):
        three_ways(Sequential([Dense(2, lambda z: tn.leaky_relu(z, 0.2), input_dim=2)]), x, y, loss="hinge")
    with pytest.raises(ValueError, match="no formula for loss, a function of your own; it knows those of half_squared"):
        three_ways(Sequential([Dense(2, input_dim=2)]), x, y, loss=lambda a, y: (a - y).sum())
    with pytest.raises(ValueError, match=r"no formula for double_1, a layer of your own \(Double\)"):
        three_ways(Sequential([Double(input_dim=2)]), x, y, loss="hinge")


def test_what_does_not_fit() -> None:
    net = network("tanh")
    with pytest.raises(ValueError, match=r"name the loss, three_ways\(net, x, y, loss='...'\), or compile the model"):
        three_ways(net, np.ones((1, 3)), np.ones((1, 2)))
    with pytest.raises(ValueError, match="unknown loss 'mse'"):
        three_ways(net, np.ones((1, 3)), np.ones((1, 2)), loss="mse")
    with pytest.raises(ValueError, match=r"y has shape \(1, 3\)"):
        three_ways(net, np.ones((1, 3)), np.ones((1, 3)), loss="hinge")


def test_the_loss_of_a_compiled_network() -> None:
    net = network("tanh")
    net.compile("sgd", "hinge")
    assert three_ways(net, np.ones((1, 3)), np.ones((1, 2))).agree


def test_an_array_that_does_not_exist_is_named_with_those_that_do() -> None:
    net = Sequential([Dense(1, "tanh", input_dim=1)], seed=0)
    ways = three_ways(net, [[1.0]], [[0.0]], loss="half_squared_error")
    with pytest.raises(ValueError, match=r"unknown array 'delta1'\. Did you mean 'delta\^1'\? Known: z\^1, a\^1, "):
        ways.cells("delta1")
