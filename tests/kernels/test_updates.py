"""Updates: one or two steps of each rule, with a pencil. The numbers are chosen so that every root is a round one."""

import numpy as np
import pytest

from tinynet.kernels.updates import adagrad, adam, momentum, rmsprop, sgd

almost = {"rtol": 1e-15, "atol": 0}


# checks [eq:sgd]
def test_sgd() -> None:
    w = np.array([1.0, -2.0])
    sgd(w, np.array([0.5, 4.0]), 0.1, 0.0)
    np.testing.assert_allclose(w, [1 - 0.1 * 0.5, -2 - 0.1 * 4], **almost)


# checks [eq:sgd]
def test_sgd_with_l2_pulls_the_weights_to_zero() -> None:
    w = np.array([1.0, -2.0])
    sgd(w, np.array([0.5, 4.0]), 0.1, 0.25)
    # g = ∂L/∂w + λw = 0.75 and 3.5
    np.testing.assert_allclose(w, [1 - 0.1 * 0.75, -2 - 0.1 * 3.5], **almost)


# checks [eq:momentum]
def test_momentum_for_two_steps() -> None:
    w, v = np.array([1.0]), np.array([0.0])
    momentum(w, np.array([2.0]), v, 0.1, 0.5, False, 0.0)
    # v = 0.5·0 + 2 = 2, w = 1 − 0.1·2
    assert v.tolist() == [2]
    np.testing.assert_allclose(w, [0.8], **almost)
    momentum(w, np.array([3.0]), v, 0.1, 0.5, False, 0.0)
    # v = 0.5·2 + 3 = 4, w = 0.8 − 0.1·4
    assert v.tolist() == [4]
    np.testing.assert_allclose(w, [0.4], **almost)


# checks [eq:nesterov]
def test_nesterov_looks_one_step_ahead() -> None:
    w, v = np.array([1.0]), np.array([2.0])
    momentum(w, np.array([3.0]), v, 0.1, 0.5, True, 0.0)
    # v = 0.5·2 + 3 = 4, and the step is g + μv = 3 + 0.5·4 = 5
    assert v.tolist() == [4]
    np.testing.assert_allclose(w, [0.5], **almost)


# checks [eq:momentum]
@pytest.mark.parametrize(("nesterov", "step"), [(False, 5.0), (True, 4 + 0.5 * 5)])
def test_l2_enters_the_velocity(nesterov: bool, step: float) -> None:
    w, v = np.array([4.0]), np.array([2.0])
    momentum(w, np.array([3.0]), v, 0.1, 0.5, nesterov, 0.25)
    # g = 3 + 0.25·4 = 4, v = 0.5·2 + 4 = 5
    assert v.tolist() == [5]
    np.testing.assert_allclose(w, [4 - 0.1 * step], **almost)


# checks [eq:adagrad]
def test_adagrad_for_two_steps() -> None:
    w, s = np.array([1.0]), np.array([0.0])
    adagrad(w, np.array([3.0]), s, 0.1, 1.0)
    # s = 9, step 0.1·3/(3 + 1); ε outside the root
    assert s.tolist() == [9]
    np.testing.assert_allclose(w, [1 - 0.075], **almost)
    adagrad(w, np.array([-4.0]), s, 0.1, 1.0)
    # s = 9 + 16 = 25, step 0.1·(−4)/(5 + 1)
    assert s.tolist() == [25]
    np.testing.assert_allclose(w, [1 - 0.075 + 0.4 / 6], **almost)


# checks [eq:rmsprop]
def test_rmsprop() -> None:
    w, s = np.array([1.0]), np.array([16.0])
    rmsprop(w, np.array([6.0]), s, 0.1, 0.55, 1.0)
    # s = 0.55·16 + 0.45·36 = 8.8 + 16.2 = 25, step 0.1·6/(5 + 1)
    np.testing.assert_allclose(s, [25], **almost)
    np.testing.assert_allclose(w, [0.9], **almost)


# checks [eq:adam-moments]
# checks [eq:adam]
def test_adam_for_two_steps() -> None:
    w, m, s, t = np.array([1.0]), np.array([0.0]), np.array([0.0]), np.array(0.0)
    adam(w, np.array([0.5]), m, s, t, 0.1, 0.5, 0.75, 0.5, 0.0)
    # m = 0.5·0.5 and s = 0.25·0.25; unbiased m̂ = 0.25/0.5 = 0.5 = g, ŝ = 0.0625/0.25 = 0.25 = g²
    assert (m.tolist(), s.tolist()) == ([0.25], [0.0625])
    # step 0.1·0.5/(0.5 + 0.5)
    np.testing.assert_allclose(w, [0.95], **almost)
    adam(w, np.array([-1.0]), m, s, t, 0.1, 0.5, 0.75, 0.5, 0.0)
    # m = 0.5·0.25 − 0.5 and s = 0.75·0.0625 + 0.25; m̂ = m/(1 − 0.5²), ŝ = s/(1 − 0.75²)
    assert (m.tolist(), s.tolist(), t) == ([-0.375], [0.296875], 2)
    np.testing.assert_allclose(w, [0.95 + 0.1 * 0.5 / ((0.296875 / 0.4375) ** 0.5 + 0.5)], **almost)


# checks [eq:adam]
def test_the_first_step_of_adam_has_the_size_of_the_learning_rate() -> None:
    # m̂/√ŝ = g/|g|, however large or small the gradient
    w, m, s = np.zeros(4), np.zeros(4), np.zeros(4)
    adam(w, np.array([1e-3, -1e-3, 1e6, -1e6]), m, s, np.array(0.0), 0.01, 0.9, 0.999, 0.0, 0.0)
    np.testing.assert_allclose(w, [-0.01, 0.01, -0.01, 0.01], rtol=1e-13)


# checks [eq:adamw]
def test_adamw_shrinks_the_weight_beside_the_gradient() -> None:
    w, m, s = np.array([2.0]), np.array([0.0]), np.array([0.0])
    adam(w, np.array([0.5]), m, s, np.array(0.0), 0.1, 0.5, 0.75, 0.5, 0.25)
    # w − αλw = 2 − 0.1·0.25·2 = 1.95, then the step of Adam, 0.05; the moments see the bare gradient
    assert (m.tolist(), s.tolist()) == ([0.25], [0.0625])
    np.testing.assert_allclose(w, [1.9], **almost)


# ## What holds for all of them

RULES = {
    "sgd": lambda w, dw, *memory: sgd(w, dw, 0.1, 0.01),
    "momentum": lambda w, dw, m, s: momentum(w, dw, m, 0.1, 0.9, False, 0.01),
    "nesterov": lambda w, dw, m, s: momentum(w, dw, m, 0.1, 0.9, True, 0.01),
    "adagrad": lambda w, dw, m, s: adagrad(w, dw, s, 0.1, 1e-7),
    "rmsprop": lambda w, dw, m, s: rmsprop(w, dw, s, 0.1, 0.9, 1e-7),
    "adam": lambda w, dw, m, s: adam(w, dw, m, s, np.array(2, w.dtype), 0.1, 0.9, 0.999, 1e-7, 0.0),
    "adamw": lambda w, dw, m, s: adam(w, dw, m, s, np.array(2, w.dtype), 0.1, 0.9, 0.999, 1e-7, 0.01),
}


def four_arrays(shape, dtype=np.float64) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    w, dw, m, s = rng.normal(size=(4, *shape)).astype(dtype)
    return [np.array(array) for array in (w, dw, m, np.abs(s))]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (2, 1, 2), (0, 3)])
def test_every_entry_is_updated_by_itself_and_in_place(rule: str, shape) -> None:
    together, one_by_one = four_arrays(shape), [array.reshape(-1) for array in four_arrays(shape)]
    RULES[rule](*together)
    for i in range(one_by_one[0].size):
        RULES[rule](*(array[i : i + 1] for array in one_by_one))
    for found, expected in zip(together, one_by_one):
        np.testing.assert_array_equal(found.reshape(-1), expected)
    w, dw, *_ = four_arrays(shape)
    assert np.all(together[0] != w)
    np.testing.assert_array_equal(together[1], dw)  # the gradient is only read


@pytest.mark.parametrize("rule", RULES)
def test_float32_follows_float64(rule: str) -> None:
    single, double = four_arrays((2, 3), np.float32), [a.astype(np.float64) for a in four_arrays((2, 3), np.float32)]
    RULES[rule](*single)
    RULES[rule](*double)
    for found, expected in zip(single, double):
        np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize("rule", RULES)
def test_a_gradient_that_is_nan_shows_in_the_weight(rule: str) -> None:
    w, dw, m, s = four_arrays((2,))
    dw[0] = np.nan
    RULES[rule](w, dw, m, s)
    assert np.isnan(w[0]) and np.isfinite(w[1])
