"""The exponential and its relatives: their limits, and every digit over the whole range.

The reference is arithmetic with 60 digits. Errors are in ulp: units of the last digit that the result can have,
which for the smallest, subnormal results is the smallest number above 0.
"""

import math
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from itertools import pairwise

import numba
import numpy as np
import pytest

from tinynet.kernels import exponential
from tinynet.kernels.activations import sigmoid, tanh
from tinynet.kernels.jit import kernel

DIGITS_60 = Context(prec=60, Emin=MIN_EMIN, Emax=MAX_EMAX)
HOW_MANY = 500 if numba.config.DISABLE_JIT else 10_000
DTYPES = [np.float64, np.float32]

# Where e^x is neither 0 nor infinite, and the exponent of ten of the smallest number above 0.
RANGE = {np.float64: (-745.1, 709.78, -323), np.float32: (-103.9, 88.72, -44)}

exp_of, expm1_of, log1p_of = exponential.exp, exponential.expm1, exponential.log1p
reduce_of, series_of, two_to_of = exponential._reduce, exponential._series, exponential._two_to
reduce_of_f, series_of_f, two_to_of_f = exponential._reduce_f, exponential._series_f, exponential._two_to_f


# ## A loop around each, for they are made to be part of one


@kernel
def exp(x, result):
    for i in range(x.size):
        result[i] = exp_of(x[i])


@kernel
def expm1(x, result):
    for i in range(x.size):
        result[i] = expm1_of(x[i])


@kernel
def log1p(x, result):
    for i in range(x.size):
        result[i] = log1p_of(x[i])


@kernel
def reduce(x, k, r):
    for i in range(x.size):
        k[i], r[i] = reduce_of(x[i])


@kernel
def reduce_f(x, k, r):
    for i in range(x.size):
        k[i], r[i] = reduce_of_f(x[i])


@kernel
def series(r, result):
    for i in range(r.size):
        result[i] = series_of(r[i])


@kernel
def series_f(r, result):
    for i in range(r.size):
        result[i] = series_of_f(r[i])


@kernel
def two_to(k, result):
    for i in range(k.size):
        result[i] = two_to_of(k[i])


@kernel
def two_to_f(k, result):
    for i in range(k.size):
        result[i] = two_to_of_f(k[i])


def of(function: Callable, *numbers: float, dtype: type = np.float64) -> list[float]:
    x = np.array(numbers, dtype)
    result = np.full_like(x, 99)
    function(x, result)
    return result.tolist()


# ## References


def exact_expm1(x: Decimal) -> Decimal:
    # Below 1e-20 three terms of the series have 60 digits, and the difference from 1 would have fewer than 40.
    return x + x * x / 2 + x * x * x / 6 if abs(x) < Decimal("1e-20") else x.exp() - 1


def exact_log1p(x: Decimal) -> Decimal:
    return x - x * x / 2 + x * x * x / 3 if abs(x) < Decimal("1e-20") else (1 + x).ln()


def exact_tanh(x: Decimal) -> Decimal:
    t = exact_expm1(2 * x)
    return t / (t + 2)


def largest_error(function: Callable, exact: Callable[[Decimal], Decimal], x: np.ndarray) -> float:
    """The largest error of function(x, result), in ulp."""
    result = np.full_like(x, np.nan)
    function(x, result)
    assert np.isfinite(result).all()
    ulp = np.spacing(np.abs(result))
    with localcontext(DIGITS_60):
        return max(
            float(abs(Decimal(y) - exact(Decimal(number))) / Decimal(unit))
            for number, y, unit in zip(x.tolist(), result.tolist(), ulp.tolist())
        )


def over_the_range(dtype: type, low: float, high: float) -> np.ndarray:
    """Numbers from low to high: evenly spread, evenly around 0, and of every size down to the smallest."""
    rng = np.random.default_rng(1)
    *_, smallest = RANGE[dtype]
    even = rng.uniform(low, high, HOW_MANY)
    near = rng.uniform(max(low, -2), min(high, 2), HOW_MANY)
    sizes = 10 ** rng.uniform(smallest, 0, HOW_MANY) * rng.choice([-1, 1], HOW_MANY)
    return np.concatenate([even, near, np.clip(sizes, low, high), [low, high]]).astype(dtype)


def subnormal_results(dtype: type) -> np.ndarray:
    """x whose e^x is above 0, but too small for a number with all its digits."""
    low, *_ = RANGE[dtype]
    return np.linspace(low, math.log(np.finfo(dtype).tiny), HOW_MANY).astype(dtype)


# ## The steps


# checks [eq:exp-reduction]
def test_reduction_by_hand() -> None:
    # 1 = 1 ln 2 + 0.3069, 10 = 14 ln 2 + 0.296, -1 = -1 ln 2 - 0.3069
    x = np.array([0.0, 1.0, 10.0, -1.0])
    k, r = np.empty(4, np.int64), np.empty(4)
    reduce(x, k, r)
    assert k.tolist() == [0, 1, 14, -1]
    np.testing.assert_allclose(r, [0, 1 - math.log(2), 10 - 14 * math.log(2), math.log(2) - 1], rtol=1e-14)


# checks [eq:exp-reduction]
@pytest.mark.parametrize(("dtype", "function", "ints"), [(np.float64, reduce, np.int64), (np.float32, reduce_f, "i4")])
def test_what_the_reduction_leaves_is_small_and_nearly_exact(dtype, function, ints) -> None:
    x = over_the_range(dtype, *RANGE[dtype][:2])
    k, r = np.empty(x.size, ints), np.empty_like(x)
    function(x, k, r)
    # Where x / ln 2 lies in the middle between two whole numbers, its rounding decides.
    assert np.abs(r).max() <= math.log(2) / 2 * (1 + 2000 * np.finfo(dtype).eps)
    with localcontext(DIGITS_60):
        ln_2 = Decimal(2).ln()
        wrong = [abs(Decimal(a) - b * ln_2 - Decimal(c)) for a, b, c in zip(x.tolist(), k.tolist(), r.tolist())]
    assert max(wrong) < np.finfo(dtype).eps / 4


# checks [eq:exp-series]
@pytest.mark.parametrize(("dtype", "function"), [(np.float64, series), (np.float32, series_f)])
def test_the_series_is_that_of_the_exponential(dtype, function) -> None:
    r = np.linspace(-math.log(2) / 2, math.log(2) / 2, 200).astype(dtype)
    assert largest_error(function, lambda r: exact_expm1(r) / r, r) <= 2
    assert of(function, 0, dtype=dtype) == [1]


# checks [eq:two-to-k]
def test_two_to_k_is_exact_for_every_exponent() -> None:
    k = np.arange(-1022, 1024)
    result = np.empty(k.size)
    two_to(k, result)
    assert result.tolist() == [2.0 ** int(each) for each in k]
    k = np.arange(-126, 128, dtype=np.int32)
    result = np.empty(k.size, np.float32)
    two_to_f(k, result)
    assert result.tolist() == [2.0 ** int(each) for each in k]


# ## exp


# checks [eq:exp]
@pytest.mark.parametrize("dtype", DTYPES)
def test_exp_by_hand(dtype) -> None:
    got = of(exp, 0, -0.0, 1, -1, 10, math.log(2), dtype=dtype)
    assert got[:2] == [1, 1]
    e = 2.718281828459045
    np.testing.assert_allclose(got[2:], [e, 1 / e, 22026.465794806718, 2], rtol=2 * np.finfo(dtype).eps)


# checks [eq:exp]
@pytest.mark.parametrize("dtype", DTYPES)
def test_exp_to_the_last_digit(dtype) -> None:
    low, high, _ = RANGE[dtype]
    assert largest_error(exp, Decimal.exp, over_the_range(dtype, low, high)) <= 1.1
    assert largest_error(exp, Decimal.exp, subnormal_results(dtype)) <= 1.1


def test_where_exp_ends() -> None:
    assert of(exp, math.inf, 710, 1e308, -math.inf, -746, -1e308) == [math.inf, math.inf, math.inf, 0, 0, 0]
    assert of(exp, math.inf, 89, 3e38, -math.inf, -104, -3e38, dtype=np.float32) == [math.inf] * 3 + [0] * 3
    # The last numbers whose exponential can still be told from infinity and from 0.
    assert of(exp, 709.782712893384) == pytest.approx([1.797693134862273e308], rel=1e-15)
    assert of(exp, -745.13) == [5e-324]
    assert math.isfinite(of(exp, 88.72283, dtype=np.float32)[0])
    assert of(exp, -103.9, dtype=np.float32) == [2.0**-149]


@pytest.mark.parametrize("dtype", DTYPES)
def test_exp_grows_with_x(dtype) -> None:
    # Neighbours may be off by an ulp; these are further apart. Only beyond the ends, and where few digits are
    # left above 0, do they come out the same.
    x = np.linspace(-800, 800, 4000).astype(dtype)
    few_digits = 10 * np.finfo(dtype).smallest_subnormal
    for smaller, larger in pairwise(of(exp, *x, dtype=dtype)):
        assert smaller < larger or (smaller == larger and (larger < few_digits or larger == math.inf))


# ## expm1


# checks [eq:expm1]
@pytest.mark.parametrize("dtype", DTYPES)
def test_expm1_by_hand(dtype) -> None:
    got = of(expm1, 0, -1, -math.log(2), dtype=dtype)
    assert got[0] == 0
    np.testing.assert_allclose(got[1:], [1 / 2.718281828459045 - 1, -0.5], rtol=2 * np.finfo(dtype).eps)
    assert of(expm1, -1e-30, dtype=dtype) == [float(dtype(-1e-30))]  # e^x - 1, computed as it reads, would be 0
    assert of(expm1, -50, -150, -1000, -math.inf, dtype=dtype) == [-1] * 4


# checks [eq:expm1]
@pytest.mark.parametrize("dtype", DTYPES)
def test_expm1_to_the_last_digit(dtype) -> None:
    assert largest_error(expm1, exact_expm1, over_the_range(dtype, RANGE[dtype][0], 0)) <= 2


# ## log1p


# checks [eq:log1p]
@pytest.mark.parametrize("dtype", DTYPES)
def test_log1p_by_hand(dtype) -> None:
    got = of(log1p, 0, 1, 0.5, dtype=dtype)
    assert got[0] == 0
    np.testing.assert_allclose(got[1:], [0.6931471805599453, 0.4054651081081644], rtol=2 * np.finfo(dtype).eps)
    assert of(log1p, 1e-30, dtype=dtype) == [float(dtype(1e-30))]  # ln(1 + e), computed as it reads, would be 0


# checks [eq:log1p]
@pytest.mark.parametrize("dtype", DTYPES)
def test_log1p_to_the_last_digit(dtype) -> None:
    assert largest_error(log1p, exact_log1p, over_the_range(dtype, 0, 1)) <= 2


# ## What follows from them


@pytest.mark.parametrize("dtype", DTYPES)
def test_sigmoid_to_the_last_digit(dtype) -> None:
    def exact(z: Decimal) -> Decimal:
        return 1 / (1 + (-z).exp())

    low, high, _ = RANGE[dtype]
    assert largest_error(sigmoid, exact, over_the_range(dtype, low, high)) <= 4
    assert largest_error(sigmoid, exact, subnormal_results(dtype)) <= 4
    largest = float(np.finfo(dtype).max)
    assert of(sigmoid, -largest, -800, 0, 800, largest, dtype=dtype) == [0, 0, 0.5, 1, 1]


@pytest.mark.parametrize("dtype", DTYPES)
def test_tanh_to_the_last_digit(dtype) -> None:
    assert largest_error(tanh, exact_tanh, over_the_range(dtype, -30, 30)) <= 4
    largest = float(np.finfo(dtype).max)
    assert of(tanh, -largest, -800, 0, 800, largest, dtype=dtype) == [-1, -1, 0, 1, 1]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", [exp, expm1, log1p, sigmoid, tanh])
def test_nan_stays_and_the_dtype_too(function, dtype) -> None:
    # Among others: side by side with numbers it must not be lost, nor spread.
    x = np.full(33, 0, dtype)
    x[7] = np.nan
    result = np.empty_like(x)
    function(x, result)
    assert np.flatnonzero(np.isnan(result)).tolist() == [7]
