"""Losses: each by hand, its gradient against differences, and the cross-entropies of logits to the last digit."""

import inspect
import math
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinynet.kernels import losses as kernels

DIGITS_400 = Context(prec=400, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
EPSILON = 2.0**-52
SMALLEST = 5e-324  # the distance of two float64 numbers next to 0

# Each loss with the predictions and the targets that it takes.
probabilities, signs, numbers = st.floats(0.05, 0.95), st.sampled_from([-1.0, 1.0]), st.floats(-3, 3)
FROM_PREDICTIONS = {
    "half_squared_error": (numbers, numbers),
    "mean_squared_error": (numbers, numbers),
    "hinge": (numbers, signs),
    "binary_crossentropy": (probabilities, st.floats(0, 1)),
    "categorical_crossentropy": (probabilities, st.floats(0, 1)),
}
FROM_LOGITS = {
    "sigmoid_binary_crossentropy": "binary_crossentropy",
    "softmax_categorical_crossentropy": "categorical_crossentropy",
}
ALL = [*FROM_PREDICTIONS, *FROM_LOGITS]


def value(loss: str, a, y, dtype=np.float64) -> float:
    return getattr(kernels, loss)(np.array(a, dtype, ndmin=2), np.array(y, dtype, ndmin=2))


def gradient(loss: str, a, y, dL: float = 1.0, dtype=np.float64) -> np.ndarray:
    """∂L/∂a, or δ = ∂L/∂z from a for the losses of logits."""
    a = np.array(a, dtype, ndmin=2)
    da = np.full_like(a, 99)
    getattr(kernels, loss + "_backward")(a, np.array(y, dtype, ndmin=2), dL, da)
    return da


def differences(loss: str, a: np.ndarray, y: np.ndarray, h: float = 2e-4) -> np.ndarray:
    """∂L/∂a by the formula of five points, whose error is of order h⁴."""
    result = np.empty_like(a)
    for index in np.ndindex(a.shape):

        def f(step: float, index=index) -> float:
            nudged = a.copy()
            nudged[index] += step
            return value(loss, nudged, y)

        result[index] = (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
    return result


def pairs(predictions, targets):
    shapes = st.tuples(st.integers(1, 3), st.integers(1, 3))
    return shapes.flatmap(
        lambda shape: st.tuples(
            hnp.arrays(np.float64, shape, elements=predictions), hnp.arrays(np.float64, shape, elements=targets)
        )
    )


# ## By hand: two examples with two outputs, N = 2, n_L = 2


# checks [eq:half-squared-error]
# checks [eq:half-squared-error-gradient]
def test_half_squared_error_by_hand() -> None:
    a, y = [[1.0, 2.0], [3.0, -4.0]], [[0.0, 4.0], [3.0, -1.0]]
    # ½(1 + 4) and ½(0 + 9)
    assert value("half_squared_error", a, y) == (2.5 + 4.5) / 2
    assert gradient("half_squared_error", a, y).tolist() == [[0.5, -1.0], [0.0, -1.5]]


# checks [eq:mean-squared-error]
# checks [eq:mean-squared-error-gradient]
def test_mean_squared_error_by_hand() -> None:
    a, y = [[1.0, 2.0], [3.0, -4.0]], [[0.0, 4.0], [3.0, -1.0]]
    # (1 + 4)/2 and (0 + 9)/2
    assert value("mean_squared_error", a, y) == (2.5 + 4.5) / 2
    assert gradient("mean_squared_error", a, y).tolist() == [[0.5, -1.0], [0.0, -1.5]]


def test_half_and_mean_agree_only_for_two_outputs() -> None:
    a, y = [[1.0, 2.0, 3.0]], [[0.0, 0.0, 0.0]]
    assert value("half_squared_error", a, y) == 7
    assert value("mean_squared_error", a, y) == 14 / 3
    assert gradient("half_squared_error", a, y).tolist() == [[1, 2, 3]]
    assert gradient("mean_squared_error", a, y).tolist() == [[2 / 3, 4 / 3, 6 / 3]]


# checks [eq:hinge]
# checks [eq:hinge-gradient]
def test_hinge_by_hand() -> None:
    a, y = [[0.5, 2.0], [0.5, -3.0]], [[1.0, 1.0], [-1.0, 1.0]]
    # max(0, 1 − ya) = 0.5, 0 and 1.5, 4
    assert value("hinge", a, y) == (0.5 / 2 + 5.5 / 2) / 2
    assert gradient("hinge", a, y).tolist() == [[-0.25, 0.0], [0.25, -0.25]]


def test_hinge_is_flat_at_its_kink() -> None:
    assert value("hinge", [[1.0, -1.0]], [[1.0, -1.0]]) == 0
    assert gradient("hinge", [[1.0, -1.0]], [[1.0, -1.0]]).tolist() == [[0, 0]]


# checks [eq:binary-crossentropy]
# checks [eq:binary-crossentropy-gradient]
def test_binary_crossentropy_by_hand() -> None:
    a, y = [[0.25, 0.5], [0.75, 0.5]], [[1.0, 0.0], [1.0, 0.5]]
    # −ln ¼ − ln ½, and −ln ¾ − ln ½, each a mean over the two outputs
    np.testing.assert_allclose(
        value("binary_crossentropy", a, y), (math.log(8) / 2 + math.log(8 / 3) / 2) / 2, rtol=1e-15
    )
    # (1 − y)/(1 − a) − y/a = −4, 2 and −4/3, 0, divided by n_L N = 4
    np.testing.assert_allclose(gradient("binary_crossentropy", a, y), [[-1, 0.5], [-1 / 3, 0]], rtol=1e-15)


# checks [eq:categorical-crossentropy]
# checks [eq:categorical-crossentropy-gradient]
def test_categorical_crossentropy_by_hand() -> None:
    a, y = [[0.25, 0.75], [0.5, 0.5]], [[1.0, 0.0], [0.25, 0.75]]
    # ln 4 and ln 2
    np.testing.assert_allclose(value("categorical_crossentropy", a, y), math.log(8) / 2, rtol=1e-15)
    # −y/a = −4, 0 and −½, −3/2, divided by N = 2
    np.testing.assert_allclose(gradient("categorical_crossentropy", a, y), [[-2, 0], [-0.25, -0.75]], rtol=1e-15)


# checks [eq:sigmoid-crossentropy]
# checks [eq:sigmoid-crossentropy-delta]
def test_sigmoid_binary_crossentropy_by_hand() -> None:
    # e^z = 1/3, 1, 3, 1 make the probabilities ¼, ½, ¾, ½ of the test above
    z, y = [[-math.log(3), 0.0], [math.log(3), 0.0]], [[1.0, 0.0], [1.0, 0.5]]
    expected = (math.log(8) / 2 + math.log(8 / 3) / 2) / 2
    np.testing.assert_allclose(value("sigmoid_binary_crossentropy", z, y), expected, rtol=1e-15)
    delta = gradient("sigmoid_binary_crossentropy", [[0.25, 0.5], [0.75, 0.5]], y)
    np.testing.assert_allclose(delta, [[-0.75 / 4, 0.5 / 4], [-0.25 / 4, 0]], rtol=1e-15)


# checks [eq:softmax-crossentropy]
# checks [eq:softmax-crossentropy-delta]
def test_softmax_categorical_crossentropy_by_hand() -> None:
    # e^z = 1, 3 and 1, 1 make the probabilities ¼, ¾ and ½, ½ of the test above
    z, y = [[0.0, math.log(3)], [5.0, 5.0]], [[1.0, 0.0], [0.25, 0.75]]
    np.testing.assert_allclose(value("softmax_categorical_crossentropy", z, y), math.log(8) / 2, rtol=1e-15)
    delta = gradient("softmax_categorical_crossentropy", [[0.25, 0.75], [0.5, 0.5]], y)
    np.testing.assert_allclose(delta, [[-0.375, 0.375], [0.125, -0.125]], rtol=1e-15)


def test_targets_that_do_not_sum_to_one_still_have_the_right_gradient() -> None:
    # −Σ y_j ln a_j has the slope a_i Σ y_j − y_i: with (a − y)/N for it, targets of all zeros would push every z down.
    a, y = [[0.25, 0.75], [0.25, 0.75]], [[0.0, 0.0], [1.0, 1.0]]
    delta = gradient("softmax_categorical_crossentropy", a, y)
    np.testing.assert_allclose(delta, [[0, 0], [-0.25, 0.25]], rtol=1e-15)


# ## Gradients are the slopes of the values


@pytest.mark.parametrize("loss", FROM_PREDICTIONS)
@given(data=st.data())
def test_gradients_are_the_difference_quotients(loss: str, data) -> None:
    a, y = data.draw(pairs(*FROM_PREDICTIONS[loss]))
    assume(loss != "hinge" or np.all(np.abs(1 - y * a) > 0.01))  # away from the kink
    np.testing.assert_allclose(gradient(loss, a, y), differences(loss, a, y), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("loss", FROM_LOGITS)
@given(pair=pairs(numbers, st.floats(0, 1)))
def test_deltas_are_the_difference_quotients(loss: str, pair) -> None:
    z, y = pair
    e = np.exp(z)
    a = e / (1 + e) if loss == "sigmoid_binary_crossentropy" else e / e.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(gradient(loss, a, y), differences(loss, z, y), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("loss", FROM_LOGITS)
@given(pair=pairs(numbers, st.floats(0, 1)))
def test_from_logits_and_from_probabilities_are_one_loss(loss: str, pair) -> None:
    z, y = pair
    e = np.exp(z)
    a = e / (1 + e) if loss == "sigmoid_binary_crossentropy" else e / e.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(value(loss, z, y), value(FROM_LOGITS[loss], a, y), rtol=1e-12, atol=1e-13)


# ## Every digit, for every finite z


def exact_bce(z: float, y: float) -> float:
    """−y ln σ(z) − (1 − y) ln(1 − σ(z)) with 400 digits: y ln(1 + e^−z) + (1 − y) ln(1 + e^z)."""
    with localcontext(DIGITS_400):
        v, t = Decimal(z), Decimal(y)
        return float(t * exact_softplus(-v) + (1 - t) * exact_softplus(v))


def exact_softplus(v: Decimal) -> Decimal:
    return (1 + v.exp()).ln() if v < 0 else v + (1 + (-v).exp()).ln()


def exact_cce(z: list[float], y: list[float]) -> float:
    """−Σ_j y_j ln a_j, ln a_j = −ln Σ_k e^(z_k − z_j), with 400 digits."""
    with localcontext(DIGITS_400):
        total = Decimal(0)
        for v, t in zip(z, y):
            d = sorted((Decimal(u) - Decimal(v) for u in z), reverse=True)
            rest = sum((u - d[0]).exp() for u in d[1:])
            total += Decimal(t) * (d[0] + (rest if rest < Decimal("1e-200") else (1 + rest).ln()))
        return float(total)


logits = st.one_of(st.floats(-50, 50), st.floats(-1000, 1000), st.floats(allow_nan=False, allow_infinity=False))
soft_targets = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))


# checks [eq:sigmoid-crossentropy]
@given(logits, soft_targets)
@example(10.0, 1.0)
@example(-10.0, 0.0)
def test_binary_crossentropy_of_logits_is_exact_over_the_whole_range(z: float, y: float) -> None:
    found = value("sigmoid_binary_crossentropy", z, y)
    np.testing.assert_allclose(found, exact_bce(z, y), rtol=8 * EPSILON, atol=50 * SMALLEST)


# checks [eq:softmax-crossentropy]
@given(st.lists(logits, min_size=1, max_size=4), st.data())
def test_categorical_crossentropy_of_logits_is_exact_over_the_whole_range(z: list[float], data) -> None:
    y = data.draw(st.lists(soft_targets, min_size=len(z), max_size=len(z)))
    expected = exact_cce(z, y)
    assume(expected < 1e308)
    found = value("softmax_categorical_crossentropy", z, y)
    # The rounding of z_k − m comes out of the exponential |z_k − m| times as large, for the second largest z_k.
    second = min(max(z) - sorted(z)[-2], 800) if len(z) > 1 else 0
    np.testing.assert_allclose(found, expected, rtol=(8 + len(z) + second) * EPSILON, atol=50 * SMALLEST)


def test_a_confident_right_answer_still_costs_something() -> None:
    # ln(1 + e^−40), which the rounded probability 1 would call 0
    np.testing.assert_allclose(value("sigmoid_binary_crossentropy", 40, 1), 4.248354255291589e-18, rtol=1e-15)
    np.testing.assert_allclose(value("sigmoid_binary_crossentropy", -40, 0), 4.248354255291589e-18, rtol=1e-15)
    np.testing.assert_allclose(
        value("softmax_categorical_crossentropy", [40, 0], [1, 0]), 4.248354255291589e-18, rtol=1e-15
    )
    # log10 e^−700 = −304.006…
    np.testing.assert_allclose(value("sigmoid_binary_crossentropy", 700, 1), 9.859676543759770e-305, rtol=1e-14)


@pytest.mark.parametrize("z", [1e3, 1e8, 1.7e308])
def test_a_confident_wrong_answer_costs_its_logit(z: float) -> None:
    assert value("sigmoid_binary_crossentropy", z, 0) == z
    assert value("sigmoid_binary_crossentropy", -z, 1) == z
    assert value("sigmoid_binary_crossentropy", [[z], [-z]], [[1], [0]]) == 0
    assert value("softmax_categorical_crossentropy", [[z, 0, 0]], [[0, 1, 0]]) == z
    assert value("softmax_categorical_crossentropy", [[z, 0, 0]], [[1, 0, 0]]) == 0
    # z + z may be infinite, but a target of 0 does not count it
    assert value("softmax_categorical_crossentropy", [[z, -z]], [[1, 0]]) == 0
    assert value("softmax_categorical_crossentropy", [[z, 0], [-z, 0]], [[1, 0], [0, 1]]) == 0


def test_a_soft_target_near_one_keeps_its_digits() -> None:
    # (1 − y) z = 2^-30 · 10^8; as z − yz, two numbers of size 10^8, half the digits would be lost.
    np.testing.assert_allclose(value("sigmoid_binary_crossentropy", 1e8, 1 - 2.0**-30), 1e8 * 2.0**-30, rtol=1e-15)
    np.testing.assert_allclose(
        value("sigmoid_binary_crossentropy", 1e8 + 0.1, 1 - 1e-10), exact_bce(1e8 + 0.1, 1 - 1e-10), rtol=1e-15
    )


# ## From probabilities, the ends of the range


def test_zero_times_the_logarithm_of_zero_is_zero() -> None:
    zero, quarter, half, one = np.array([0, 0.25, 0.5, 1])
    assert kernels.times_log(zero, zero) == 0
    assert kernels.times_log(half, zero) == -math.inf
    assert kernels.times_log(half, quarter) == 0.5 * math.log(0.25)
    assert kernels.over(zero, zero) == 0
    assert kernels.over(one, zero) == math.inf
    assert kernels.over(half, quarter) == 2


def test_certain_and_right_costs_nothing() -> None:
    assert value("binary_crossentropy", [[0.0, 1.0]], [[0.0, 1.0]]) == 0
    assert gradient("binary_crossentropy", [[0.0, 1.0]], [[0.0, 1.0]]).tolist() == [[0.5, -0.5]]
    assert value("categorical_crossentropy", [[0.0, 1.0]], [[0.0, 1.0]]) == 0
    assert gradient("categorical_crossentropy", [[0.0, 1.0]], [[0.0, 1.0]]).tolist() == [[0, -1]]


def test_certain_and_wrong_costs_infinity() -> None:
    assert value("binary_crossentropy", [[0.0, 1.0]], [[1.0, 1.0]]) == math.inf
    assert value("binary_crossentropy", [[0.0, 1.0]], [[0.0, 0.0]]) == math.inf
    assert gradient("binary_crossentropy", [[0.0, 1.0]], [[1.0, 0.0]]).tolist() == [[-math.inf, math.inf]]
    assert value("categorical_crossentropy", [[0.0, 1.0]], [[1.0, 0.0]]) == math.inf
    assert gradient("categorical_crossentropy", [[0.0, 1.0]], [[1.0, 0.0]]).tolist() == [[-math.inf, 0]]


# ## What holds for all of them


def batch(loss: str, N: int = 3, n: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    a, y = rng.uniform(0.1, 0.9, (N, n)), rng.integers(0, 2, (N, n)).astype(float)
    if "categorical" in loss:
        y = np.eye(n)[rng.integers(0, n, N)]
    return a, 2 * y - 1 if loss == "hinge" else y


@pytest.mark.parametrize("loss", ALL)
def test_the_loss_of_a_batch_is_the_mean_over_its_examples(loss: str) -> None:
    a, y = batch(loss)
    one_by_one = [value(loss, a[n], y[n]) for n in range(3)]
    np.testing.assert_allclose(value(loss, a, y), sum(one_by_one) / 3, rtol=1e-14)
    gradients = np.concatenate([gradient(loss, a[n], y[n]) for n in range(3)])
    np.testing.assert_allclose(gradient(loss, a, y), gradients / 3, rtol=1e-14)


@pytest.mark.parametrize("loss", ALL)
def test_backward_multiplies_by_the_gradient_that_comes_in(loss: str) -> None:
    a, y = batch(loss)
    np.testing.assert_allclose(gradient(loss, a, y, dL=-2.5), -2.5 * gradient(loss, a, y), rtol=1e-14)


@pytest.mark.parametrize("loss", ALL)
@pytest.mark.parametrize("where", ["prediction", "target"])
def test_nan_in_gives_nan_out(loss: str, where: str) -> None:
    a, y = batch(loss)
    (a if where == "prediction" else y)[1, 0] = np.nan
    assert math.isnan(value(loss, a, y))
    nan = np.isnan(gradient(loss, a, y))
    assert nan[1, 0]
    assert not nan[[0, 2]].any()


@pytest.mark.parametrize("loss", ALL)
def test_nan_counts_even_where_the_target_is_zero(loss: str) -> None:
    # One-hot targets skip all classes but one; a NaN among the skipped must not hide.
    y = [[-1.0, 1.0]] if loss == "hinge" else [[0.0, 1.0]]
    assert math.isnan(value(loss, [[np.nan, 0.5]], y))


@pytest.mark.parametrize("loss", ALL)
def test_float32_is_summed_in_float64(loss: str) -> None:
    a, y = batch(loss, N=2000)
    a, y = a.astype(np.float32), y.astype(np.float32)
    # Each term is right to some 1e-7, and so is the sum; added up in float32 it would be right to 1e-5 only.
    np.testing.assert_allclose(value(loss, a, y, np.float32), value(loss, a, y), rtol=2e-7)
    np.testing.assert_allclose(gradient(loss, a, y, dtype=np.float32), gradient(loss, a, y), rtol=1e-6)


@pytest.mark.parametrize("loss", ALL)
def test_prediction_and_target_are_only_read(loss: str) -> None:
    (a, y), (old_a, old_y) = batch(loss), batch(loss)
    a.flags.writeable = y.flags.writeable = False
    value(loss, a, y)
    da = np.empty_like(a)
    getattr(kernels, loss + "_backward")(a, y, 1.0, da)
    np.testing.assert_array_equal(a, old_a)
    np.testing.assert_array_equal(y, old_y)


def test_no_loss_is_left_out() -> None:
    names = {name.removesuffix("_backward") for name, _ in inspect.getmembers(kernels, callable) if "_backward" in name}
    assert names == set(ALL)
