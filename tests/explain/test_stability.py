"""Completeness, infidelity and max sensitivity: of functions for which a pencil knows them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tinynet as tn
from tinynet.explain import Attribution, Question, completeness, deletion, infidelity, insertion, max_sensitivity
from tinynet.explain.stability import plot_infidelity, plot_max_sensitivity

X = np.array([0.5, -1.0, 2.0])


def explained(model, x, phi, reference=None, **settings) -> Attribution:
    """An attribution with values of one's own."""
    question = Question(model, x)
    values = np.asarray(phi, float).reshape(question.x.shape)
    return Attribution(values, explained, question, settings, lambda feature: pytest.fail("no table"), reference)


def gradient(model, x, target=None, *, output=None) -> Attribution:
    """A method: the slopes at x."""
    question = Question(model, x, target, output)
    values = question.gradient(question.x[np.newaxis])[0]
    return Attribution(values, gradient, question, {}, lambda feature: pytest.fail("no table"))


def itself(model, x, target=None, *, output=None, power=1) -> Attribution:
    """A method for functions: φ = x^power; the gradient of ½‖x‖², for example."""
    question = Question(model, x, target, output)
    return Attribution(question.x**power, itself, question, {"power": power}, lambda feature: pytest.fail("no table"))


def square(rows):
    return (rows**2).sum(axis=1)


# ## Completeness


def test_what_is_missing_to_the_difference():
    # checks [eq:completeness-error]
    # f = 1 + 9 = 10, compared with 4: 6 are to be shared
    for phi, error in (([1, 5], 0), ([1, 2], 3), ([10, 1], 5)):
        assert completeness(explained(square, [1, 3], phi, reference=4)) == error


def test_without_a_reference_f_of_the_baseline_is_one():
    f = lambda rows: square(rows) + 2  # noqa: E731
    assert completeness(explained(f, [1, 3], [4, 5])) == 1  # 9 beside 12 − 2
    assert completeness(explained(f, [1, 3], [4, 5], baseline=np.array([2.0, 0]))) == 3  # beside 12 − 6
    assert completeness(explained(f, [1, 3], [4, 5], background=np.array([[0.0, 0], [4, 0]]))) == 3


# ## Infidelity


def test_the_mean_square_of_what_was_predicted_wrongly():
    # checks [eq:infidelity]
    # f = x² at 1, φ = 2: a step back of ½ is said to cost 1 and costs 1 − ¼; one ahead brings 1¼, not 1
    found = explained(square, [1], [2])
    assert infidelity(found, perturbations=[[0.5]]) == 0.0625
    assert infidelity(found, perturbations=[[0.5], [-0.5]]) == 0.0625
    assert infidelity(found, perturbations=[[0.5], [1], [0]]) == pytest.approx((0.0625 + 1 + 0) / 3, rel=1e-15)


@given(arrays(float, (2, 3), elements=st.floats(-9, 9)), st.sampled_from([1e-3, 0.1, 10.0]))
def test_the_gradient_of_a_linear_function_is_never_wrong(x, sigma):
    net = tn.Sequential([tn.Flatten(input_shape=(2, 3)), tn.Dense(4), tn.Dense(2)], seed=2)
    assert infidelity(gradient(net, x), samples=50, sigma=sigma) < 1e-24 * (1 + sigma) ** 2


def test_a_slope_that_is_wrong_by_e_costs_the_square_of_sigma_e():
    # I·(φ + e) − I·φ = I·e, which is normal of variance σ² ‖e‖²
    w, e = np.array([1.0, 2, 3]), np.array([0.0, 3, -4])
    found = explained(lambda rows: rows @ w, [0, 0, 0], w + e)
    assert infidelity(found, samples=100_000, sigma=0.2) == pytest.approx(0.2**2 * 25, rel=0.02)


def test_the_steps_are_those_of_numpy_s_normal_distribution():
    found = explained(square, [[1.0, 2]], [3, 4])
    I = np.random.default_rng(5).normal(0, 0.3, (200, 2))
    error = [(I_1 * 3 + I_2 * 4 - (5 - (1 - I_1) ** 2 - (2 - I_2) ** 2)) ** 2 for I_1, I_2 in I]
    assert infidelity(found, samples=200, sigma=0.3, seed=5) == pytest.approx(np.mean(error), rel=1e-13)
    assert infidelity(found, samples=200, sigma=0.3, seed=5) != infidelity(found, samples=200, sigma=0.3, seed=6)
    assert infidelity(found, perturbations=I) == infidelity(found, samples=200, sigma=0.3, seed=5)


def test_many_steps_are_taken_in_parts():
    found = explained(square, [1.0], [2])
    # of the terms (2 I − (1 − (1 − I)²))² = I⁴
    I = np.linspace(-1, 1, 10_000)[:, np.newaxis]
    assert infidelity(found, perturbations=I) == pytest.approx((I**4).mean(), rel=1e-12)


def test_steps_that_cannot_be_taken_are_refused():
    found = explained(square, [1, 2], [2, 4])
    for wrong in ([1, 2], [[1, 2, 3]], np.zeros((0, 2))):
        with pytest.raises(ValueError, match=r"expected \(samples, \*x.shape\)"):
            infidelity(found, perturbations=wrong)
    with pytest.raises(ValueError, match="sigma is a number > 0"):
        infidelity(found, sigma=0)
    with pytest.raises(ValueError, match="samples is a whole number >= 1"):
        infidelity(found, samples=0)
    with pytest.raises(ValueError, match="seed is a whole number"):
        infidelity(found, seed=-1)


# ## Max sensitivity


def test_the_largest_change_relative_to_the_length():
    # checks [eq:max-sensitivity]
    # φ = x = (3, 4), of length 5: φ moves by r itself
    found = itself(square, [3, 4])
    r = np.random.default_rng(7).uniform(-0.1, 0.1, (4, 2))
    expected = max(np.hypot(*step) for step in r) / 5
    assert max_sensitivity(found, radius=0.1, samples=4, seed=7) == pytest.approx(expected, rel=1e-12)


def test_of_a_linear_function_the_gradient_never_changes():
    net = tn.Sequential([tn.Dense(4, input_dim=3), tn.Dense(2)], seed=0)
    assert max_sensitivity(gradient(net, [1, 2, 3]), radius=5) == 0


def test_the_settings_and_the_target_stay():
    # outputs x and −x at 0.001: with steps of 0.02 now the one is larger, now the other
    net = tn.Sequential([tn.Dense(2, use_bias=False, input_dim=1)], seed=0)
    net.set_weights([[[1.0, -1.0]]])
    assert gradient(net, [0.001]).target == 0
    assert max_sensitivity(gradient(net, [0.001])) == 0
    # φ = x²: (1 + r)² − 1
    r = np.random.default_rng(0).uniform(-0.02, 0.02, 10)
    expected = np.abs((1 + r) ** 2 - 1).max()
    assert max_sensitivity(itself(square, [1], power=2)) == pytest.approx(expected, rel=1e-10)


def test_beside_a_kink_the_gradient_is_unstable():
    net = tn.Sequential([tn.Dense(1, "relu", input_dim=1, use_bias=False), tn.Dense(1, use_bias=False)], seed=0)
    net.set_weights([[[1.0]], [[1.0]]])
    assert max_sensitivity(gradient(net, [0.01])) == 1
    assert max_sensitivity(gradient(net, [0.03])) == 0


def test_where_all_is_0_a_change_is_infinite_and_none_is_none():
    assert max_sensitivity(itself(square, [0, 0])) == np.inf
    assert max_sensitivity(itself(square, [0, 0]), radius=0) == 0
    assert max_sensitivity(itself(square, [1, 0]), radius=0) == 0


def test_images_and_float32():
    net = tn.Sequential(
        [tn.Flatten(input_shape=(2, 2)), tn.Dense(3, "tanh", dtype="float32"), tn.Dense(2, dtype="float32")], seed=0
    )
    found = gradient(net, [[0.1, 0.2], [0.3, 0.4]])
    assert 0 < max_sensitivity(found) < 0.1
    assert 0 < infidelity(found) < 0.01
    assert max_sensitivity(found, seed=1) != max_sensitivity(found, seed=2)


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="radius is a number >= 0"):
        max_sensitivity(itself(square, [1]), radius=-1)
    with pytest.raises(ValueError, match="samples is a whole number >= 1"):
        max_sensitivity(itself(square, [1]), samples=0)


# ## Pictures


def test_predicted_beside_actual():
    found = explained(square, [1], [2])
    _, given_ax = plt.subplots()
    ax = plot_infidelity(found, given_ax, perturbations=[[0.5], [-0.5]])
    assert ax is given_ax
    np.testing.assert_array_equal(ax.get_lines()[0].get_xydata(), [[1, 0.75], [-1, -1.25]])
    assert ax.get_title() == "explained of the output\ninfidelity 0.0625"
    assert plot_infidelity(found, samples=30).get_lines()[0].get_xdata().shape == (30,)


def test_the_largest_change_is_marked():
    ax = plot_max_sensitivity(itself(square, [3, 4]), radius=0.1, samples=4, seed=7)
    r = np.random.default_rng(7).uniform(-0.1, 0.1, (4, 2))
    change = np.hypot(*r.T) / 5
    every, largest = ax.get_lines()
    np.testing.assert_allclose(every.get_ydata(), change, rtol=1e-12)
    assert largest.get_xdata().tolist() == [change.argmax() + 1]
    assert ax.get_title() == f"itself of the output\nmax sensitivity {change.max():.3g}"


def test_changes_that_are_0_or_infinite_are_drawn_without_a_warning():
    ax = plot_max_sensitivity(itself(square, [1, 2]), radius=0)
    assert ax.get_title() == "itself of the output\nmax sensitivity 0"
    ax = plot_max_sensitivity(itself(square, [0, 0]))
    assert ax.get_title() == "itself of the output\nmax sensitivity inf"


@pytest.mark.parametrize("scale", [1e300, 1e-250])
def test_the_sensitivity_of_the_very_large_and_the_very_small(scale):
    def quadratic(rows):
        return 0.5 * scale * (rows**2).sum(axis=1)

    def method(model, x, target=None, *, output=None):
        question = Question(model, x, target, output)
        return Attribution(scale * question.x, method, question, {}, lambda feature: pytest.fail("no table"))

    plain = max_sensitivity(itself(lambda rows: rows.sum(axis=1), X))
    assert max_sensitivity(method(quadratic, X)) == pytest.approx(plain, rel=1e-12)


def test_the_infidelity_of_the_very_large_is_infinite():
    assert infidelity(explained(lambda rows: 1e300 * rows[:, 0], X, 0 * X), samples=3) == np.inf


def test_a_model_that_has_changed_is_not_judged():
    net = tn.Sequential([tn.Dense(2, "tanh", input_dim=len(X))], seed=0)
    found = gradient(net, X)
    curve = deletion(found)
    net.set_weights([1.5 * w for w in net.get_weights()])
    judges = (infidelity, max_sensitivity, completeness, deletion, insertion, lambda _: curve.random)
    for judge in judges:
        with pytest.raises(RuntimeError, match="the model has changed"):
            judge(found)
    infidelity(found.again())
