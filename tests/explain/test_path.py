"""Integrated gradients: the rules for an integral, the values by hand, and that they are complete."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import tinynet as tn
from tinynet import explain
from tinynet.explain.path import RULES, gausslegendre, legendre

X = np.array([0.5, -1.0, 2.0])


def network(*layers, inputs=3, seed=0, dtype="float64") -> tn.Sequential:
    """Layers given as (units, activation), with weights and biases drawn from N(0, 1)."""
    net = tn.Sequential([tn.Dense(n, f, dtype=dtype) for n, f in layers], seed=0)
    net.build((inputs,))
    rng = np.random.default_rng(seed)
    net.set_weights([rng.normal(size=w.shape) for w in net.get_weights()])
    return net


def power(k) -> tn.Sequential:
    """f(x) = Σ x^k."""
    net = tn.Sequential([tn.Activation(lambda z: z**k, input_shape=(3,)), tn.Dense(1, use_bias=False)], seed=0)
    net.set_weights([np.ones((3, 1))])
    return net


# ## The rules


@pytest.mark.parametrize("n", [2, 3, 7, 50])
@pytest.mark.parametrize("rule", RULES)
def test_weights_add_up_to_1_and_points_lie_on_the_way(rule, n):
    alpha, weights = RULES[rule](n)
    assert alpha.shape == weights.shape == (n,)
    assert weights.sum() == pytest.approx(1, rel=1e-14)
    assert weights.min() > 0
    assert alpha[0] >= 0 and alpha[-1] <= 1 and np.all(np.diff(alpha) > 0)


@pytest.mark.parametrize(
    ("rule", "alpha", "weights"),
    [
        ("left", [0, 1 / 4, 2 / 4, 3 / 4], [1 / 4] * 4),
        ("right", [1 / 4, 2 / 4, 3 / 4, 1], [1 / 4] * 4),
        ("middle", [1 / 8, 3 / 8, 5 / 8, 7 / 8], [1 / 4] * 4),
        ("trapezoid", [0, 1 / 3, 2 / 3, 1], [1 / 6, 1 / 3, 1 / 3, 1 / 6]),
        # the zeros of P_4 are ±√(3/7 ± 2/7 √(6/5)), and their weights (18 ∓ √30)/36, of which here half
        (
            "gausslegendre",
            0.5 + 0.5 * np.array([-1, -1, 1, 1]) * np.sqrt(3 / 7 + 2 / 7 * np.array([1, -1, -1, 1]) * np.sqrt(6 / 5)),
            (18 + np.array([-1, 1, 1, -1]) * np.sqrt(30)) / 72,
        ),
    ],
)
def test_four_points(rule, alpha, weights):
    # checks [eq:gauss-legendre]
    found = RULES[rule](4)
    assert found[0] == pytest.approx(alpha, rel=1e-14)
    assert found[1] == pytest.approx(weights, rel=1e-14)


def test_legendre_polynomials_by_hand():
    # checks [eq:legendre]
    p = np.array([-0.7, 0.1, 0.9])
    for n, P, P_prime in [
        (1, p, np.ones(3)),
        (2, (3 * p**2 - 1) / 2, 3 * p),
        (3, (5 * p**3 - 3 * p) / 2, (15 * p**2 - 3) / 2),
    ]:
        found = legendre(n, p)
        assert found[0] == pytest.approx(P, rel=1e-14)
        assert found[1] == pytest.approx(P_prime, rel=1e-13)


@pytest.mark.parametrize("n", [1, 2, 5, 20])
def test_gauss_and_legendre_are_exact_up_to_degree_2n_minus_1(n):
    alpha, weights = gausslegendre(n)
    for k in range(2 * n):
        assert weights @ alpha**k == pytest.approx(1 / (k + 1), rel=1e-13)
    if n < 20:  # the next is off, by a known amount that soon is less than rounding
        assert abs(weights @ alpha ** (2 * n) - 1 / (2 * n + 1)) > 1e-8


@pytest.mark.parametrize("n", [1, 2, 3, 10, 50, 51, 300])
def test_the_points_are_numpys(n):
    p, w = np.polynomial.legendre.leggauss(n)
    alpha, weights = gausslegendre(n)
    assert alpha == pytest.approx((1 + p) / 2, abs=1e-14)
    assert weights == pytest.approx(w / 2, abs=1e-14)


def test_a_trapezoid_has_two_ends():
    with pytest.raises(ValueError, match="two ends, is a whole number >= 2, not 1"):
        explain.integrated_gradients(network((2, None)), X, rule="trapezoid", steps=1)


# ## The values


@pytest.mark.parametrize("rule", RULES)
def test_of_a_straight_line_every_rule_is_exact(rule):
    net = network((2, None))
    W = net.get_weights()[0]
    baseline = np.array([1.0, 0.0, 2.0])
    found = explain.integrated_gradients(net, X, 1, baseline=baseline, rule=rule, steps=3)
    assert found.values == pytest.approx((X - baseline) * W[:, 1], rel=1e-13)
    assert found.values[2] == 0


@pytest.mark.parametrize(
    ("rule", "share"),
    [
        # the derivative of x³ at α x is 3 α² x²: of x³ a rule of two points finds 3 Σ w α²
        ("left", 3 * (0 + 1 / 4) / 2),
        ("right", 3 * (1 / 4 + 1) / 2),
        ("middle", 3 * (1 / 16 + 9 / 16) / 2),
        ("trapezoid", 3 * (0 + 1) / 2),
        ("gausslegendre", 1),
    ],
)
def test_a_cube_by_hand(rule, share):
    # checks [eq:integrated-gradients]
    # checks [eq:completeness]
    found = explain.integrated_gradients(power(3), X, rule=rule, steps=2)
    assert found.values == pytest.approx(share * X**3, rel=1e-13)
    assert (found.prediction, found.reference) == (pytest.approx((X**3).sum()), 0)
    assert found.residual == {"completeness error": pytest.approx((share - 1) * (X**3).sum(), rel=1e-12, abs=1e-14)}


def test_from_another_baseline():
    baseline = np.array([1.0, 1.0, -1.0])
    found = explain.integrated_gradients(power(4), X, baseline=baseline)
    # each input alone on its way: x⁴ − x̃⁴
    assert found.values == pytest.approx(X**4 - baseline**4, rel=1e-13)
    assert found.reference == 3
    assert found.baseline.tolist() == baseline.tolist()
    # one number for all
    assert explain.integrated_gradients(power(4), X, baseline=1).reference == 3


@given(
    seed=st.integers(0, 2**32 - 1),
    f=st.sampled_from(["tanh", "sigmoid", "gelu", "softplus"]),
    depth=st.integers(1, 2),
    output=st.sampled_from(["logit", "probability"]),
)
def test_smooth_networks_are_shared_out_completely(seed, f, depth, output):
    net = network(*[(4, f)] * depth, (3, "softmax"), seed=seed)
    for layer in net.layers:
        layer.W.data[:] /= 2  # steep ones need more points
    found = explain.integrated_gradients(net, X, output=output, steps=100)
    assert found.values.sum() == pytest.approx(found.prediction - found.reference, rel=1e-6, abs=1e-7)


@given(seed=st.integers(0, 2**32 - 1), rule=st.sampled_from(list(RULES)), steps=st.integers(2, 9))
def test_of_relus_the_residual_says_what_is_missing(seed, rule, steps):
    net = network((5, "relu"), (2, None), seed=seed)
    found = explain.integrated_gradients(net, X, 1, rule=rule, steps=steps)
    missing = found.values.sum() - (net.predict(X[None])[0, 1] - net.predict(np.zeros((1, 3)))[0, 1])
    assert found.residual["completeness error"] == pytest.approx(missing, rel=1e-9, abs=1e-12)


def test_more_steps_leave_less():
    net = network((5, "relu"), (2, None), seed=4)
    errors = [
        abs(explain.integrated_gradients(net, X, 1, rule="middle", steps=n).residual["completeness error"])
        for n in (5, 50, 5000)
    ]
    assert errors[0] > errors[1] > errors[2] > 0
    assert errors[2] < 1e-3


@given(seed=st.integers(0, 2**32 - 1), f=st.sampled_from(["relu", "tanh"]), rule=st.sampled_from(list(RULES)))
def test_dummies_and_sums(seed, f, rule):
    net = network((4, f), (3, None), seed=seed)
    net.layers[0].W.data[1] = 0  # an input that nothing depends on
    last = net.layers[-1].W.data
    last[:, 2] = last[:, 0] + last[:, 1]
    first, second, both = (explain.integrated_gradients(net, X, t, rule=rule, steps=5).values for t in range(3))
    assert first[1] == second[1] == 0
    assert both == pytest.approx(first + second, rel=1e-9, abs=1e-12)


def test_the_baseline_itself_is_not_explained():
    found = explain.integrated_gradients(network((4, "tanh"), (3, "softmax")), X, baseline=X)
    assert found.values.tolist() == [0, 0, 0]
    assert found.residual["completeness error"] == 0


def test_one_feature_and_one_output():
    net = network((4, "tanh"), (1, "sigmoid"), inputs=1)
    found = explain.integrated_gradients(net, [2.0])
    assert found.values == pytest.approx([found.prediction - found.reference], rel=1e-9)


def test_an_image_has_an_image_of_values():
    net = tn.Sequential([tn.Flatten(input_shape=(2, 3)), tn.Dense(4, "tanh"), tn.Dense(2)], seed=0)
    x = np.arange(6.0).reshape(2, 3) / 6
    found = explain.integrated_gradients(net, x, baseline=0.5, steps=4)
    flat = tn.Sequential([tn.Dense(4, "tanh", input_dim=6), tn.Dense(2)], seed=0)
    flat.set_weights(net.get_weights())
    other = explain.integrated_gradients(flat, x.ravel(), found.target, baseline=0.5, steps=4)
    assert found.values.shape == (2, 3)
    assert found.values.ravel() == pytest.approx(other.values, rel=1e-13)
    assert found.table((1, 2))["product"].sum() == pytest.approx(found.values[1, 2], rel=1e-12)


def test_a_float32_network_gives_float32():
    net = network((4, "tanh"), (3, "softmax"), dtype="float32")
    found = explain.integrated_gradients(net, X)
    assert found.values.dtype == np.float32
    other = explain.integrated_gradients(net.astype("float64"), X, found.target)
    assert found.values == pytest.approx(other.values, rel=1e-4, abs=1e-5)


# ## The working


@given(seed=st.integers(0, 1000), rule=st.sampled_from(list(RULES)), steps=st.integers(2, 6))
def test_the_path_can_be_walked_again(seed, rule, steps):
    net = network((4, "tanh"), (3, "softmax"), seed=seed)
    baseline = np.array([0.1, 0.2, 0.3])
    found = explain.integrated_gradients(net, X, rule=rule, steps=steps, baseline=baseline)
    assume(np.abs(found.values).min() > 1e-6)
    everything = found.table()
    points = np.empty((steps, 3))
    for i in range(3):
        table = found.table(i)
        product = table["weight"] * table["∂f/∂x_i"] * table["x_i − x̃_i"]
        assert product.sum() == pytest.approx(found.values[i], rel=1e-12)
        assert table["product"].sum() == pytest.approx(found.values[i], rel=1e-12)
        assert everything[f"i = {i + 1}"].sum() == pytest.approx(found.values[i], rel=1e-12)
        assert table["x_i"] == pytest.approx(baseline[i] + table["α"] * (X[i] - baseline[i]), rel=1e-13)
        points[:, i] = table["x_i"]
    for i in range(3):
        assert found.table(i)["∂f/∂x_i"] == pytest.approx(found.question.gradient(points)[:, i], rel=1e-12)


def test_the_working_of_another_model_is_not_shown():
    net = network((4, "tanh"), (3, "softmax"))
    found = explain.integrated_gradients(net, X)
    net.layers[0].W.data[0, 0] += 1
    with pytest.raises(RuntimeError, match="the model has changed"):
        found.table()


def test_all_settings_repeat_it():
    found = explain.integrated_gradients(network((4, "relu"), (3, "softmax")), X, rule="left", steps=7, baseline=0.5)
    assert found.settings["baseline"].tolist() == [0.5] * 3
    assert (found.settings["rule"], found.settings["steps"]) == ("left", 7)
    assert found.again().values.tolist() == found.values.tolist()


# ## What is refused


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"baseline": [0.0, 0.0]}, r"the baseline has shape \(2,\), x has \(3,\)"),
        ({"baseline": [0.0, 0.0, np.nan]}, r"baseline\[2\] is nan"),
        ({"rule": "simpson"}, "unknown rule 'simpson'.*Known: gausslegendre, left"),
        ({"steps": 0}, "steps is a whole number >= 1"),
        ({"target": 3}, "target=3 is out of range"),
    ],
)
def test_what_cannot_be_meant(settings, message):
    with pytest.raises(ValueError, match=message):
        explain.integrated_gradients(network((4, "tanh"), (3, "softmax")), X, **settings)


def test_a_function_has_no_path():
    with pytest.raises(ValueError, match="a gradient needs a tinynet"):
        explain.integrated_gradients(lambda rows: rows, X)
