"""Softmax and log-softmax: rows by hand, every digit against 400-digit arithmetic, derivatives against differences."""

import math
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet.kernels import softmax as kernels

DIGITS_400 = Context(prec=400, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
STEP = Decimal("1e-30")
EPSILON = 2.0**-52
SMALLEST = 5e-324  # the distance of two float64 numbers next to 0

logits = st.one_of(st.floats(-50, 50), st.floats(-1000, 1000), st.floats(allow_nan=False, allow_infinity=False))
rows = st.lists(logits, min_size=1, max_size=5)
moderate_rows = st.lists(st.floats(-8, 8), min_size=1, max_size=4)


def softmax(z, dtype=np.float64) -> np.ndarray:
    z = np.array(z, dtype, ndmin=2)
    a = np.full_like(z, 99)
    kernels.softmax(z, a)
    return a


def log_softmax(z, dtype=np.float64) -> np.ndarray:
    z = np.array(z, dtype, ndmin=2)
    log_a = np.full_like(z, 99)
    kernels.log_softmax(z, log_a)
    return log_a


def softmax_backward(z, da) -> np.ndarray:
    a, da = softmax(z), np.array(da, float, ndmin=2)
    delta = np.full_like(a, 99)
    kernels.softmax_backward(a, da, delta)
    return delta


def log_softmax_backward(z, g) -> np.ndarray:
    log_a, g = log_softmax(z), np.array(g, float, ndmin=2)
    delta = np.full_like(log_a, 99)
    kernels.log_softmax_backward(log_a, g, delta)
    return delta


# ## The formulas as they stand, with 400 digits
#
# e^709 is too large for float64; for decimal numbers only e^(10^18) is. Beyond 10^15 the common factor is taken out.


def exact_softmax(z: list[Decimal]) -> list[Decimal]:
    shift = max(z) if max(map(abs, z)) > 10**15 else Decimal(0)
    e = [(v - shift).exp() for v in z]
    return [v / sum(e) for v in e]


def exact_log_softmax(z: list[Decimal]) -> list[Decimal]:
    # ln a_i = ln (e^z_i / Σ e^z_k) = −ln Σ e^(z_k − z_i), split at its largest term
    result = []
    for v in z:
        differences = [u - v for u in z]
        top = differences.index(max(differences))
        rest = sum((u - differences[top]).exp() for k, u in enumerate(differences) if k != top)
        # ln(1 + s) = s to all digits that matter, once s is so small that 1 + s would lose some
        result.append(-differences[top] - (rest if rest < Decimal("1e-200") else (1 + rest).ln()))
    return result


def floats(numbers: list[Decimal]) -> list[float]:
    return [float(number) for number in numbers]


# ## By hand


# checks [eq:softmax]
def test_softmax_by_hand() -> None:
    # e^z = 1, 2, 5 and 4, 4, 8
    z = [[0, math.log(2), math.log(5)], [math.log(4), math.log(4), math.log(8)]]
    np.testing.assert_allclose(softmax(z), [[1 / 8, 2 / 8, 5 / 8], [1 / 4, 1 / 4, 1 / 2]], rtol=1e-15)


# checks [eq:log-softmax]
def test_log_softmax_by_hand() -> None:
    expected = [[-math.log(8), -math.log(4), math.log(5 / 8)]]
    np.testing.assert_allclose(log_softmax([0, math.log(2), math.log(5)]), expected, rtol=1e-15)


# checks [eq:log-sum-exp]
def test_log_of_sum_by_hand() -> None:
    # ln(1 + 2 + 5) = ln 5 + ln(8/5)
    m, log_sum = kernels.log_of_sum(np.array([0, math.log(2), math.log(5)]), np.empty(3))
    assert m == math.log(5)
    np.testing.assert_allclose(log_sum, math.log(8 / 5), rtol=1e-15)


def test_one_class_is_certain() -> None:
    # Which is why softmax cross-entropy of a single output learns nothing.
    assert softmax([[-7.0], [0.0], [1e8]]).tolist() == [[1], [1], [1]]
    assert log_softmax([[-7.0], [0.0], [1e8]]).tolist() == [[0], [0], [0]]
    assert softmax_backward([[3.0]], [[5.0]]).tolist() == [[0]]
    assert log_softmax_backward([[3.0]], [[5.0]]).tolist() == [[0]]


def test_equal_logits_share_equally() -> None:
    assert softmax([[1e8, 1e8], [-1e8, -1e8]]).tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert log_softmax([[1e8, 1e8], [-1e8, -1e8]]).tolist() == [[-math.log(2)] * 2] * 2


@pytest.mark.parametrize("large", [1e3, 1e8, 1.7e308])
def test_far_apart_logits_are_neither_overflow_nor_nan(large: float) -> None:
    assert softmax([[large, 0, -large]]).tolist() == [[1, 0, 0]]
    assert log_softmax([[large, 0]]).tolist() == [[0, -large]]
    assert log_softmax([[-large, 0]]).tolist() == [[-large, 0]]


def test_a_difference_beyond_float64_is_minus_infinity() -> None:
    # −3.4e308 does not exist; the nearest thing to it does.
    assert softmax([[1.7e308, -1.7e308]]).tolist() == [[1, 0]]
    assert log_softmax([[1.7e308, -1.7e308]]).tolist() == [[0, -np.inf]]


# checks [eq:log-softmax]
def test_the_logarithm_of_nearly_one_keeps_its_digits() -> None:
    # −ln(1 + e^−40) = −4.248354255291589e-18, where ln of the rounded softmax would be ln 1 = 0.
    np.testing.assert_allclose(log_softmax([[0.0, 40.0]]), [[-40, -4.248354255291589e-18]], rtol=1e-15)
    np.testing.assert_allclose(log_softmax([[700.0, 0.0]]), [[-9.859676543759770e-305, -700]], rtol=1e-15)
    assert math.log(softmax([[0.0, 40.0]])[0, 1]) == 0


# ## Every digit, for every finite row


# checks [eq:softmax]
@given(rows)
def test_softmax_is_exact_over_the_whole_range(z: list[float]) -> None:
    with localcontext(DIGITS_400):
        expected = np.array([floats(exact_softmax([Decimal(v) for v in z]))])
    # z_i − m is rounded, and exp makes that error |z_i − m| times as large; the sum adds one a class.
    distance = np.minimum(max(z) - np.array(z), 800)
    tolerance = (4 + len(z) + distance) * EPSILON * expected + 50 * SMALLEST
    assert np.all(np.abs(softmax(z) - expected) <= tolerance)


# checks [eq:log-softmax]
@given(rows)
def test_log_softmax_is_exact_over_the_whole_range(z: list[float]) -> None:
    with localcontext(DIGITS_400):
        expected = np.array([floats(exact_log_softmax([Decimal(v) for v in z]))])
    # As above: the sum is that of the second largest term, mostly.
    second = min(max(z) - sorted(z)[-2], 800) if len(z) > 1 else 0
    np.testing.assert_allclose(log_softmax(z), expected, rtol=(4 + len(z) + second) * EPSILON, atol=50 * SMALLEST)


@given(rows)
def test_probabilities_sum_to_one(z: list[float]) -> None:
    a = softmax(z)
    assert np.all((a >= 0) & (a <= 1))
    assert math.fsum(a[0]) == pytest.approx(1, abs=len(z) * EPSILON)


@given(st.lists(st.integers(-30, 30), min_size=1, max_size=5), st.integers(-1000, 1000))
def test_adding_a_number_to_every_logit_changes_nothing(z: list[int], shift: int) -> None:
    shifted = [v + shift for v in z]
    assert softmax(shifted).tolist() == softmax(z).tolist()
    assert log_softmax(shifted).tolist() == log_softmax(z).tolist()


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=5))
def test_float32_is_as_exact_as_float32_can_be(z: list[float]) -> None:
    epsilon = 2.0**-23
    with localcontext(DIGITS_400):
        a = np.array([floats(exact_softmax([Decimal(v) for v in z]))])
        log_a = np.array([floats(exact_log_softmax([Decimal(v) for v in z]))])
    distance = max(z) - np.array(z)
    tolerance = (4 + len(z) + distance) * epsilon
    found = softmax(z, np.float32)
    assert found.dtype == np.float32
    assert np.all(np.abs(found - a) <= tolerance * a + 1e-43)
    second = max(z) - sorted(z)[-2] if len(z) > 1 else 0
    found = log_softmax(z, np.float32)
    assert np.all(np.abs(found - log_a) <= (4 + len(z) + second) * epsilon * np.abs(log_a) + 1e-43)


# ## Derivatives


# checks [eq:softmax-backward]
def test_softmax_backward_by_hand() -> None:
    # a = (1/8, 2/8, 5/8). The first row of the matrix a_i ([i = j] − a_j) is (7/64, −2/64, −5/64).
    z = [0, math.log(2), math.log(5)]
    np.testing.assert_allclose(softmax_backward(z, [1, 0, 0]), [[7 / 64, -2 / 64, -5 / 64]], rtol=1e-14)
    # Σ a ∂L/∂a = 1/8·8 + 2/8·4 + 5/8·0 = 2
    np.testing.assert_allclose(softmax_backward(z, [8, 4, 0]), [[6 / 8, 4 / 8, -10 / 8]], rtol=1e-14)


# checks [eq:log-softmax-backward]
def test_log_softmax_backward_by_hand() -> None:
    # g − a Σ g, with a = (1/8, 2/8, 5/8) and Σ g = 16
    z = [0, math.log(2), math.log(5)]
    np.testing.assert_allclose(log_softmax_backward(z, [1, 5, 10]), [[-1, 1, 0]], rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(
    ("backward", "exact"), [(softmax_backward, exact_softmax), (log_softmax_backward, exact_log_softmax)]
)
@given(z=moderate_rows, data=st.data())
def test_derivatives_are_the_difference_quotients(backward, exact, z: list[float], data) -> None:
    g = data.draw(st.lists(st.integers(-9, 9), min_size=len(z), max_size=len(z)))
    expected = []
    with localcontext(DIGITS_400):
        for j in range(len(z)):
            nudge = [STEP if k == j else Decimal(0) for k in range(len(z))]
            above = exact([Decimal(v) + d for v, d in zip(z, nudge)])
            below = exact([Decimal(v) - d for v, d in zip(z, nudge)])
            expected.append(float(sum(w * (p - q) / (2 * STEP) for w, p, q in zip(g, above, below))))
    np.testing.assert_allclose(backward(z, g), [expected], rtol=0, atol=100 * len(z) * EPSILON)


# ## Rows


def test_each_row_is_on_its_own() -> None:
    z = np.array([[1.0, 2.0, 3.0], [-1e8, 0.0, 1e8], [5.0, -5.0, 0.5]])
    g = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0], [-7.0, 8.0, 9.0]])
    for i in range(3):
        assert softmax(z)[i].tolist() == softmax(z[i])[0].tolist()
        assert log_softmax(z)[i].tolist() == log_softmax(z[i])[0].tolist()
        assert softmax_backward(z, g)[i].tolist() == softmax_backward(z[i], g[i])[0].tolist()
        assert log_softmax_backward(z, g)[i].tolist() == log_softmax_backward(z[i], g[i])[0].tolist()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_nan_spoils_its_row_and_no_other(place: int) -> None:
    z = np.array([[1.0, 2.0, 0.5], [3.0, 4.0, 5.0]])
    z[0, place] = np.nan
    for result in (
        softmax(z),
        log_softmax(z),
        softmax_backward(z, z * 0 + 1),
        log_softmax_backward(z, np.ones((2, 3))),
    ):
        assert np.isnan(result[0]).all()
        assert np.isfinite(result[1]).all()


def test_no_rows_are_no_error() -> None:
    assert softmax(np.empty((0, 3))).shape == (0, 3)
    assert log_softmax(np.empty((0, 3))).shape == (0, 3)


# checks [eq:two-sum]
# checks [eq:exp-of-difference]
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_far_smaller_logit_keeps_its_digits(dtype) -> None:
    rng = np.random.default_rng(0)
    reach = 700 if dtype == np.float64 else 85
    for z in rng.uniform(-reach, 0, 200).astype(dtype):
        m = dtype(rng.uniform(0, 3))
        a = np.empty((1, 2), dtype)
        kernels.softmax(np.array([[z, m]]), a)
        exact = (Decimal(float(z)) - Decimal(float(m))).exp()
        exact /= 1 + exact
        assert abs(Decimal(float(a[0, 0])) / exact - 1) < 3 * Decimal(float(np.finfo(dtype).eps))


def test_logits_as_far_apart_as_can_be() -> None:
    a = np.empty((1, 2))
    kernels.softmax(np.array([[-1e308, 1e308]]), a)
    assert a.tolist() == [[0, 1]]
    kernels.softmax(np.array([[-math.inf, 3.0]]), a)
    assert a.tolist() == [[0, 1]]


# ## Long rows


@pytest.mark.compiled
def test_a_long_row_of_float32_is_summed_as_well_as_a_short_one() -> None:
    # 1 + 10,000 terms that each are far below it
    z = np.full((1, 10_000), -7.7, np.float32)
    z[0, 0] = 0
    log_a = np.empty_like(z)
    kernels.log_softmax(z, log_a)
    exact = -np.log1p(9_999 * np.exp(np.float64(np.float32(-7.7))))
    assert abs(log_a[0, 0] - exact) <= 4 * np.spacing(np.float32(-exact))
