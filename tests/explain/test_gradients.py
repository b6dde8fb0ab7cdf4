"""Saliency and SmoothGrad: derivatives by hand and by differences, their mean, and the sums behind them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet import explain

ACTIVATIONS = ["relu", "tanh", "sigmoid", "gelu", "softplus", "elu", "leaky_relu", None]


def network(*layers, inputs=3, seed=0, dtype="float64") -> tn.Sequential:
    """Layers given as (units, activation), with weights and biases drawn from N(0, 1)."""
    net = tn.Sequential([tn.Dense(n, f, dtype=dtype) for n, f in layers], seed=0)
    net.build((inputs,))
    rng = np.random.default_rng(seed)
    net.set_weights([rng.normal(size=w.shape) for w in net.get_weights()])
    return net


class Cube(tn.Layer):
    """A layer of one's own: f(x) = Σ x³, whose derivative is 3 x²."""

    def build(self, input_shape, rng):
        super().build(input_shape, rng)
        self.output_shape = (1,)

    def forward(self, a, training):
        return (a**3).sum(axis=1, keepdims=True)


X = np.array([0.5, -1.0, 2.0])


# ## Saliency


def test_by_hand():
    # checks [eq:saliency]
    net = network((2, "relu"), (2, "softmax"), inputs=2)
    net.set_weights([np.array([[1, 2], [3, -4]]), np.zeros(2), np.array([[5, 0], [7, 1]]), np.zeros(2)])
    # z = (1 + 3, 2 − 4): the second neuron is off, so the logit of class 0 is 5 (x_1 + 3 x_2)
    assert explain.saliency(net, [1.0, 1.0], 0).values.tolist() == [5, 15]
    # z = (−1, 6): now the first is off, and it is 7 (2 x_1 − 4 x_2)
    assert explain.saliency(net, [1.0, -1.0], 0).values.tolist() == [14, -28]


@pytest.mark.parametrize("output", ["logit", "probability"])
@pytest.mark.parametrize("f", ACTIVATIONS)
def test_it_is_the_slope_of_f(f, output):
    net = network((4, f), (3, "softmax"))
    found = explain.saliency(net, X, 1, output=output)
    h = 1e-6
    for i, unit in enumerate(np.eye(3)):
        slope = np.diff(found.question.f(np.array([X - h * unit, X + h * unit])))[0] / (2 * h)
        assert found.values[i] == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_a_layer_of_ones_own_has_a_slope_too():
    net = tn.Sequential([Cube(input_shape=(3,))])
    assert explain.saliency(net, X).values == pytest.approx(3 * X**2, rel=1e-14)


def test_an_input_without_weights_has_none():
    net = network((4, "tanh"), (3, "softmax"))
    net.layers[0].W.data[1] = 0
    assert explain.saliency(net, X).values[1] == 0
    assert explain.smoothgrad(net, X).values[1] == 0


@given(seed=st.integers(0, 2**32 - 1), f=st.sampled_from(ACTIVATIONS), depth=st.integers(0, 3))
def test_the_derivative_of_a_sum_is_the_sum_of_the_derivatives(seed, f, depth):
    net = network(*[(4, f)] * depth, (3, None), seed=seed)
    last = net.layers[-1].W.data
    last[:, 2] = last[:, 0] + last[:, 1]
    for method in (explain.saliency, explain.smoothgrad):
        first, second, both = (method(net, X, t).values for t in range(3))
        assert both == pytest.approx(first + second, rel=1e-9, abs=1e-12)


def test_a_model_that_is_no_network_has_no_gradient():
    for method in (explain.saliency, explain.smoothgrad):
        with pytest.raises(ValueError, match="a gradient needs a tinynet"):
            method(lambda rows: rows, X)


def test_a_float32_network_gives_float32():
    net = network((4, "tanh"), (3, "softmax"), dtype="float32")
    for method in (explain.saliency, explain.smoothgrad):
        found = method(net, X)
        assert found.values.dtype == np.float32
        assert found.values == pytest.approx(method(net.astype("float64"), X, found.target).values, rel=1e-4, abs=1e-5)


# ## SmoothGrad


def test_it_is_the_mean_of_derivatives_around_x():
    # checks [eq:smoothgrad]
    net = tn.Sequential([Cube(input_shape=(3,))])
    found = explain.smoothgrad(net, X, samples=7, sigma=0.3, seed=4)
    rows = X + 0.3 * np.random.default_rng(4).standard_normal((7, 3))
    assert found.values == pytest.approx((3 * rows**2).mean(axis=0), rel=1e-14)
    error = (3 * rows**2).std(axis=0, ddof=1) / np.sqrt(7)
    assert found.residual == {"standard error": pytest.approx(error.max(), rel=1e-12)}


def test_the_mean_lies_within_a_few_standard_errors():
    # the mean of 3 (x + σε)² is 3 (x² + σ²)
    net = tn.Sequential([Cube(input_shape=(3,))])
    found = explain.smoothgrad(net, X, samples=4000, sigma=0.5)
    away = np.abs(found.values - 3 * (X**2 + 0.25))
    assert 0 < away.max() < 4 * found.residual["standard error"] < 0.5


def test_without_noise_it_is_saliency():
    net = network((4, "tanh"), (3, "softmax"))
    assert explain.smoothgrad(net, X, sigma=0).values == pytest.approx(explain.saliency(net, X).values, rel=1e-14)


def test_one_sample_has_no_standard_error():
    assert explain.smoothgrad(network((2, "tanh")), X, samples=1).residual == {}


def test_the_same_seed_gives_the_same_bits():
    net = network((4, "tanh"), (3, "softmax"))
    found = explain.smoothgrad(net, X, seed=3)
    assert (found.seed, found.settings) == (3, {"samples": 50, "sigma": 0.1, "seed": 3})
    assert found.again().values.tolist() == found.values.tolist()
    assert explain.smoothgrad(net, X, seed=4).values.tolist() != found.values.tolist()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"samples": 0}, "samples is a whole number >= 1, not 0"),
        ({"samples": 2.5}, "samples is a whole number"),
        ({"sigma": -1.0}, "sigma is a number >= 0"),
        ({"sigma": np.nan}, "sigma is a number >= 0"),
        ({"seed": -1}, "seed is a whole number >= 0"),
    ],
)
def test_settings_that_cannot_be_meant(settings, message):
    with pytest.raises(ValueError, match=message):
        explain.smoothgrad(network((2, "tanh")), X, **settings)


# ## The working


def test_a_derivative_is_a_sum_over_the_first_layer():
    net = network((4, "tanh"), (3, "softmax"))
    found = explain.saliency(net, X, 2)
    W, _, V, _ = net.get_weights()
    h = np.tanh(X @ W + net.get_weights()[1])
    for i in range(3):
        table = found.table(i)
        assert table["j"].tolist() == [1, 2, 3, 4]
        assert table["w_ij"].tolist() == W[i].tolist()
        assert table["δ_j"] == pytest.approx(V[:, 2] * (1 - h**2), rel=1e-12)
        assert table["w_ij δ_j"].sum() == pytest.approx(found.values[i], rel=1e-12)
    assert "i = 2" in found.table(1).title


@pytest.mark.parametrize("bias", [True, False])
def test_of_an_image_too(bias):
    layers = [tn.Flatten(input_shape=(2, 3)), tn.Dropout(0.5), tn.Dense(4, "tanh", use_bias=bias), tn.Dense(2)]
    net = tn.Sequential(layers, seed=0)
    x = np.arange(6.0).reshape(2, 3) / 6
    found = explain.saliency(net, x)
    assert found.values.shape == (2, 3)
    for feature in np.ndindex(2, 3):
        assert found.table(feature)["w_ij δ_j"].sum() == pytest.approx(found.values[feature], rel=1e-12)
        noisy = explain.smoothgrad(net, x, samples=5)
        assert noisy.table(feature)["∂f/∂x_i"].mean() == pytest.approx(noisy.values[feature], rel=1e-12)
    assert "i = 2,3" in found.table((1, 2)).title
    assert found.table()["i"].tolist() == ["1,1", "1,2", "1,3", "2,1", "2,2", "2,3"]


@pytest.mark.parametrize("first", [tn.Activation("tanh", input_shape=(3,)), Cube(input_shape=(3,))])
def test_where_no_weights_meet_the_inputs_the_derivative_stands_alone(first):
    found = explain.saliency(tn.Sequential([first, tn.Dense(2)], seed=0), X)
    assert found.table(1)["∂f/∂x_i"].tolist() == [found.values[1]]


def test_the_table_of_all():
    net = network((4, "tanh"), (3, "softmax"))
    found = explain.saliency(net, X)
    assert found.table()["∂f/∂x_i"].tolist() == found.values.tolist()
    assert found.table()["x_i"].tolist() == X.tolist()


@given(seed=st.integers(0, 1000), samples=st.integers(1, 6))
def test_the_mean_can_be_taken_again(seed, samples):
    net = network((4, "tanh"), (3, "softmax"), seed=seed)
    found = explain.smoothgrad(net, X, samples=samples, seed=seed)
    everything = found.table()
    for i in range(3):
        table = found.table(i)
        assert len(table) == samples
        assert table["∂f/∂x_i"].mean() == pytest.approx(found.values[i], rel=1e-12, abs=1e-15)
        assert table["∂f/∂x_i"].tolist() == everything[f"∂f/∂x_{i + 1}"].tolist()
    points = np.column_stack([found.table(i)["x_i + noise"] for i in range(3)])
    assert found.question.gradient(points).mean(axis=0) == pytest.approx(found.values, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("method", [explain.saliency, explain.smoothgrad])
def test_the_working_of_another_model_is_not_shown(method):
    net = network((4, "tanh"), (3, "softmax"))
    found = method(net, X)
    net.layers[0].W.data[0, 0] += 1
    for feature in (None, 0):
        with pytest.raises(RuntimeError, match="the model has changed since this was explained"):
            found.table(feature)
