"""The normal distribution function: its coefficients found again, its limits, and every digit over the whole range.

The reference is arithmetic with 60 digits: near 0 the series of Φ, further out Laplace's continued fraction. Errors are
in ulp: units of the last digit that the result can have, which for the smallest, subnormal results is the smallest
number above 0.
"""

import math
import platform
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from itertools import pairwise

import numba
import numpy as np
import pytest

from tinynet.kernels import normal
from tinynet.kernels.activations import gelu, gelu_backward
from tinynet.kernels.jit import by_dtype, kernel

DIGITS_60 = Context(prec=60, Emin=MIN_EMIN, Emax=MAX_EMAX)
HOW_MANY = 50 if numba.config.DISABLE_JIT else 1000  # numbers a piece
DTYPES = [np.float64, np.float32]

# The last u with Φ(-u) above half of the smallest number, and where the polynomial ends.
LAST = {np.float64: 38.48, np.float32: 14.17}
END = {np.float64: 40, np.float32: 16}

Phi_of, parts_of = normal.Phi, normal.parts
bell_of, ratio_of = by_dtype(normal._bell, normal._bell_f), by_dtype(normal._ratio, normal._ratio_f)


# ## A loop around each, for they are made to be part of one


@kernel
def Phi(z, result):
    for i in range(z.size):
        result[i] = Phi_of(z[i])


@kernel
def bell(u, result):
    for i in range(u.size):
        result[i] = bell_of(u[i])


@kernel
def ratio(u, result):
    for i in range(u.size):
        result[i] = ratio_of(u[i])


@kernel
def parts(z, result):
    for i in range(z.size):
        result[0, i], result[1, i], result[2, i] = parts_of(z[i])


def of(function: Callable, *numbers: float, dtype: type = np.float64) -> list[float]:
    x = np.array(numbers, dtype)
    result = np.full_like(x, 99)
    function(x, result)
    return result.tolist()


# ## References


def _arctan_of_inverse(n: int) -> Decimal:
    return sum(((-1) ** k / (Decimal(2 * k + 1) * Decimal(n) ** (2 * k + 1)) for k in range(60)), Decimal(0))


with localcontext(DIGITS_60):
    # π = 16 arctan 1/5 − 4 arctan 1/239 (Machin 1706)
    SQRT_TWO_PI = (2 * (16 * _arctan_of_inverse(5) - 4 * _arctan_of_inverse(239))).sqrt()


def by_series(u: Decimal) -> Decimal:
    """M(u) = ½ e^{u²/2} − (u + u³/3 + u⁵/(3·5) + …)/√(2π); the difference costs digits as u grows."""
    term = total = u
    odd = 1
    while abs(term) > Decimal("1e-62"):
        odd += 2
        term *= u * u / odd
        total += term
    return (u * u / 2).exp() / 2 - total / SQRT_TWO_PI


def by_continued_fraction(u: Decimal) -> Decimal:
    """M(u) = 1/√(2π) · 1/(u + 1/(u + 2/(u + 3/(u + …)))) (Laplace 1805), soon exact where u is large."""
    fraction = u
    for n in range(20 + int(1000 / u**2), 0, -1):
        fraction = u + n / fraction
    return 1 / (SQRT_TWO_PI * fraction)


def exact_ratio(u: Decimal) -> Decimal:
    return by_series(u) if u < 3 else by_continued_fraction(u)


def exact_bell(u: Decimal) -> Decimal:
    return (-u * u / 2).exp()


def exact_Phi(z: Decimal) -> Decimal:
    tail = exact_bell(z) * exact_ratio(abs(z))
    return tail if z < 0 else 1 - tail


def test_the_two_references_agree() -> None:
    with localcontext(DIGITS_60):
        for u in map(Decimal, ("2.5", "3", "4")):
            assert abs(by_series(u) / by_continued_fraction(u) - 1) < Decimal("1e-25")
        assert abs(exact_Phi(Decimal(-1)) - Decimal("0.158655253931457051414767454367962")) < Decimal("1e-32")


def errors(function: Callable, exact: Callable[[Decimal], Decimal], x: np.ndarray) -> list[float]:
    """The error of function(x, result) at every x, in ulp."""
    result = np.full_like(x, np.nan)
    function(x, result)
    assert np.isfinite(result).all()
    ulp = np.spacing(np.abs(result))
    with localcontext(DIGITS_60):
        return [
            float(abs(Decimal(y) - exact(Decimal(number))) / Decimal(unit))
            for number, y, unit in zip(x.tolist(), result.tolist(), ulp.tolist())
        ]


def pieces(dtype: type) -> list[np.ndarray]:
    """u from 0 to the end: equally many in every piece, and of every size down to the smallest."""
    rng = np.random.default_rng(1)
    bounds = [0, 0.1, 0.5, 1, 1.5, 2, 3, 4, 6, 9, 12, 14, 20, 26, 32, 37, END[dtype]]
    bounds = [bound for bound in bounds if bound <= END[dtype]]
    smallest = math.log10(np.finfo(dtype).smallest_subnormal)
    sizes = 10 ** rng.uniform(smallest, 0, HOW_MANY)
    return [sizes.astype(dtype)] + [rng.uniform(*piece, HOW_MANY).astype(dtype) for piece in pairwise(bounds)]


# ## The steps


def polynomial_through_chebyshevs_points(how_many: int, end: int) -> list[Decimal]:
    """The coefficients of g, that of 1 first, in Newton's way."""
    last = Decimal(end - 4) / (end + 4)
    xs = [Decimal(math.cos(math.pi * (2 * i + 1) / (2 * how_many))) for i in range(how_many)]
    ts = [(last - 1) / 2 + (last + 1) / 2 * x for x in xs]
    us = [4 * (1 + t) / (1 - t) for t in ts]
    differences = [(u + Decimal("1.25")) * exact_ratio(u) for u in us]
    for order in range(1, how_many):
        for i in range(how_many - 1, order - 1, -1):
            differences[i] = (differences[i] - differences[i - 1]) / (ts[i] - ts[i - order])
    coefficients = [Decimal(0)]
    for t, difference in zip(ts[::-1], differences[::-1]):
        # p(t) -> p(t) (t - tᵢ) + differenceᵢ
        shifted = [Decimal(0), *coefficients]
        coefficients = [a - t * b for a, b in zip(shifted, [*coefficients, Decimal(0)])]
        coefficients[0] += difference
    return coefficients[:how_many]


@pytest.mark.parametrize(("dtype", "coefficients"), [(np.float64, normal.G), (np.float32, normal.G_F)])
def test_the_coefficients_are_those_of_the_polynomial_through_chebyshevs_points(dtype, coefficients) -> None:
    with localcontext(DIGITS_60):
        exact = polynomial_through_chebyshevs_points(len(coefficients), END[dtype])
    # The points are rounded to float64, which the last coefficients feel most.
    np.testing.assert_allclose(coefficients, [float(c) for c in exact], rtol=max(1e-12, np.finfo(dtype).eps / 2))


@pytest.mark.parametrize(("dtype", "coefficients"), [(np.float64, normal.G), (np.float32, normal.G_F)])
def test_the_polynomial_is_as_exact_as_the_dtype(dtype, coefficients) -> None:
    with localcontext(DIGITS_60):
        exact = polynomial_through_chebyshevs_points(len(coefficients), END[dtype])
        for t in np.linspace(-1, (END[dtype] - 4) / (END[dtype] + 4), 50).tolist():
            t = Decimal(t)
            u = 4 * (1 + t) / (1 - t)
            g = sum((c * t**n for n, c in enumerate(exact)), Decimal(0))
            assert abs(g / ((u + Decimal("1.25")) * exact_ratio(u)) - 1) < np.finfo(dtype).eps / 2


# checks [eq:mills-ratio]
@pytest.mark.parametrize("dtype", DTYPES)
def test_mills_ratio_by_hand(dtype) -> None:
    # M(0) = Φ(0) = ½; M(1) = √e Φ(-1); far out M(u) is 1/(√(2π) (u + 1/u)), nearly
    got = of(ratio, 0, 1, 15, dtype=dtype)
    expected = [0.5, math.sqrt(math.e) * 0.158655253931457051]
    np.testing.assert_allclose(got[:2], expected, rtol=3 * np.finfo(dtype).eps)
    assert got[2] == pytest.approx(1 / (math.sqrt(2 * math.pi) * (15 + 1 / (15 + 2 / (15 + 3 / 15)))), rel=1e-6)


# checks [eq:mills-ratio]
@pytest.mark.parametrize("dtype", DTYPES)
def test_mills_ratio_to_the_last_digit(dtype) -> None:
    for u in pieces(dtype):
        assert max(errors(ratio, exact_ratio, u)) <= 3


# checks [eq:bell]
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_bell_by_hand(dtype) -> None:
    got = of(bell, 0, 1, 2, dtype=dtype)
    np.testing.assert_allclose(got, [1, 1 / math.sqrt(math.e), math.exp(-2)], rtol=2 * np.finfo(dtype).eps)
    assert of(bell, END[dtype], dtype=dtype) == [0]


# checks [eq:bell]
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_bell_to_the_last_digit(dtype) -> None:
    # e^{-u²/2} of the rounded u² would be off by up to 500 ulp.
    for u in pieces(dtype):
        assert max(errors(bell, exact_bell, u)) <= 1.5


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_parts_and_where_they_end(dtype) -> None:
    z = np.array([-2, 2, -1e30, 1e30, -np.inf, np.inf, np.nan], dtype)
    result = np.empty((3, z.size), dtype)
    parts(z, result)
    u = np.array([2, 2] + [END[dtype]] * 4, dtype)
    assert result[0, :-1].tolist() == u.tolist()
    assert result[1, :-1].tolist() == of(bell, *u, dtype=dtype)
    assert result[2, :-1].tolist() == of(ratio, *u, dtype=dtype)
    assert np.isnan(result[:, -1]).all()


# ## Φ


# checks [eq:normal]
@pytest.mark.parametrize("dtype", DTYPES)
def test_Phi_by_hand(dtype) -> None:
    # From tables: of a normal distribution 68.27 % lie within one σ, 95.45 % within two
    got = of(Phi, 0, -0.0, -1, 1, -2, 2, -10, dtype=dtype)
    assert got[:2] == [0.5, 0.5]
    expected = [0.158655253931457051, 0.841344746068542949, 0.022750131948179207, 0.977249868051820793, 7.61985302e-24]
    np.testing.assert_allclose(got[2:6], expected[:4], rtol=4 * np.finfo(dtype).eps)
    np.testing.assert_allclose(got[6], expected[4], rtol=1e-6)


# checks [eq:normal]
@pytest.mark.parametrize("dtype", DTYPES)
def test_Phi_to_the_last_digit(dtype) -> None:
    for u in pieces(dtype):
        assert max(errors(Phi, exact_Phi, -u)) <= 4
        assert max(errors(Phi, exact_Phi, u)) <= 2.5


@pytest.mark.parametrize("dtype", DTYPES)
def test_Phi_to_the_last_digit_where_few_are_left(dtype) -> None:
    first = {np.float64: 37.5, np.float32: 13.1}[dtype]  # from there on Φ(-u) is subnormal, or nearly
    assert of(Phi, -first, dtype=dtype)[0] < 10 * np.finfo(dtype).tiny
    z = -np.linspace(first, LAST[dtype], 4 * HOW_MANY).astype(dtype)
    assert max(errors(Phi, exact_Phi, z)) <= 4
    subnormal = np.array([z for z in z if -z > {np.float64: 37.6, np.float32: 13.2}[dtype]], dtype)
    assert max(errors(Phi, exact_Phi, subnormal)) <= 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_where_Phi_ends(dtype) -> None:
    largest = float(np.finfo(dtype).max)
    assert of(Phi, -np.inf, -largest, -END[dtype], dtype=dtype) == [0, 0, 0]
    assert of(Phi, np.inf, largest, END[dtype], 9, dtype=dtype) == [1, 1, 1, 1]
    # The last number whose Φ can still be told from 0.
    assert of(Phi, -LAST[dtype], dtype=dtype) == [float(np.finfo(dtype).smallest_subnormal)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_lies_left_and_right_of_z_makes_1(dtype) -> None:
    z = np.linspace(-10, 10, 400).astype(dtype)
    both = np.add(of(Phi, *z, dtype=dtype), of(Phi, *-z, dtype=dtype))
    np.testing.assert_allclose(both, 1, rtol=0, atol=np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
def test_Phi_grows_with_z(dtype) -> None:
    # Neighbours may be off by an ulp or two; these are further apart, until the digits end.
    z = np.linspace(-40, 40, 4001).astype(dtype)
    few_digits = 100 * np.finfo(dtype).smallest_subnormal
    for smaller, larger in pairwise(of(Phi, *z, dtype=dtype)):
        assert smaller < larger or (smaller == larger and (larger < few_digits or larger > 0.9999))


@pytest.mark.parametrize("dtype", DTYPES)
def test_nan_stays_and_spreads_to_nobody(dtype) -> None:
    # Among others: side by side with numbers it must not be lost, nor spread.
    z = np.full(33, -1, dtype)
    z[7] = np.nan
    result = np.empty_like(z)
    Phi(z, result)
    assert np.flatnonzero(np.isnan(result)).tolist() == [7]


# ## GELU, which is made of it


@kernel
def slope_of_gelu(z, result):
    gelu_backward(z, z, np.ones_like(z), result)


def exact_gelu(z: Decimal) -> Decimal:
    return z * exact_Phi(z)


def exact_slope_of_gelu(z: Decimal) -> Decimal:
    return exact_Phi(z) + z * exact_bell(z) / SQRT_TWO_PI


# checks [eq:gelu]
@pytest.mark.parametrize("dtype", DTYPES)
def test_gelu_to_the_last_digit(dtype) -> None:
    for u in pieces(dtype):
        assert max(errors(gelu, exact_gelu, -u)) <= 5
        assert max(errors(gelu, exact_gelu, u)) <= 5
    assert of(gelu, -10, dtype=dtype)[0] == pytest.approx(-7.61985302416e-23, rel=1e-6)


# checks [eq:gelu-prime]
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_slope_of_gelu_to_the_last_digit(dtype) -> None:
    # Beyond, e^{-u²/2} is subnormal, and the slope u times as large.
    few_digits = {np.float64: 37.5, np.float32: 13}[dtype]
    for u in pieces(dtype):
        assert max(errors(slope_of_gelu, exact_slope_of_gelu, u)) <= 3
        # Left of 0 it crosses 0 itself, at -0.75: near there only its absolute error is small.
        near, far = u[u < 1.5], u[(u >= 1.5) & (u < few_digits)]
        with localcontext(DIGITS_60):
            exact = [float(exact_slope_of_gelu(Decimal(-number))) for number in near.tolist()]
        np.testing.assert_allclose(of(slope_of_gelu, *-near, dtype=dtype), exact, rtol=0, atol=2 * np.finfo(dtype).eps)
        assert max(errors(slope_of_gelu, exact_slope_of_gelu, -far), default=0) <= 5


# ## How it compiles


@pytest.mark.compiled
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads the instructions of x86")
@pytest.mark.parametrize(("dtype", "divide", "other"), [("f8", "divpd", "divps"), ("f4", "divps", "divpd")])
def test_several_numbers_are_divided_at_a_time_and_none_in_the_other_dtype(dtype, divide, other) -> None:
    array = numba.types.Array(numba.from_dtype(np.dtype(dtype)), 1, "C")
    # Compiled here and now: what comes out of the cache cannot be looked at.
    numbers = numba.njit(**{"error_model": "numpy", "fastmath": {"contract"}})(Phi.py_func)
    numbers.compile((array, array))
    assembly = numbers.inspect_asm((array, array))
    assert divide in assembly
    assert other not in assembly and "cvtps2pd" not in assembly and "cvtpd2ps" not in assembly
