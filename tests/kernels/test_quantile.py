"""The quantiles of the normal distribution: coefficients found again, every digit to the ends, numbers drawn in bins.

The reference is arithmetic with 50 digits: Newton's method on ln Φ(-u) = ln p, with Φ by its series near 0 and by
Laplace's continued fraction further out. Errors are in ulp, units of the last digit of z.
"""

import math
from decimal import Context, Decimal, localcontext

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet.kernels import quantile as module
from tinynet.kernels.quantile import quantile, truncated_normal

DIGITS_50 = Context(prec=50)
HOW_MANY = 10 if numba.config.DISABLE_JIT else 60  # numbers a piece
TWO_PI = 2 * Decimal("3.14159265358979323846264338327950288419716939937510582")


def z_of(*p: float) -> list[float]:
    z = np.full(len(p), 99.0)
    quantile(np.array(p, float), z)
    return z.tolist()


# ## The reference


def tail(u: Decimal) -> Decimal:
    """Φ(-u) for u >= 0."""
    bell = (-u * u / 2).exp() / TWO_PI.sqrt()
    if u < 3:
        term = total = u
        odd = 1
        while abs(term) > Decimal("1e-52"):
            odd += 2
            term *= u * u / odd
            total += term
        return Decimal("0.5") - bell * total
    fraction = u
    for n in range(20 + int(1000 / u**2), 0, -1):
        fraction = u + n / fraction
    return bell / fraction


def exact_quantile(p: Decimal) -> Decimal:
    """u with Φ(-u) = p, for 0 < p <= ½: Newton's method, whose last steps double the digits."""
    u = (-2 * p.ln()).sqrt() * Decimal("0.9") if p < Decimal("0.1") else (Decimal("0.5") - p) * TWO_PI.sqrt()
    for _ in range(30):
        Phi = tail(u)
        step = (Phi / p).ln() * Phi * TWO_PI.sqrt() * (u * u / 2).exp()
        u += step
        if abs(step) <= abs(u) * Decimal("1e-22"):
            return u
    raise AssertionError(f"no quantile of {p}")


def exact_z(p: float) -> Decimal:
    exact = Decimal(p)
    return -exact_quantile(exact) if exact <= Decimal("0.5") else exact_quantile(1 - exact)


def test_the_reference_by_a_table() -> None:
    with localcontext(DIGITS_50):
        # Wichura's (1988): the quantiles of 0.25, 0.001 and 10⁻²⁰
        for p, z in [("0.25", "0.6744897501960817"), ("0.001", "3.090232306167814"), ("1e-20", "9.262340089798408")]:
            assert abs(exact_quantile(Decimal(p)) - Decimal(z)) < Decimal("1e-14")
        assert abs(tail(Decimal("2.999999")) / tail(Decimal("3.000001")) - 1) < Decimal("1e-5")


def errors(p: np.ndarray) -> list[float]:
    z = np.empty_like(p)
    quantile(p, z)
    with localcontext(DIGITS_50):
        return [float(abs(Decimal(z) - exact_z(p)) / Decimal(math.ulp(z))) for p, z in zip(p.tolist(), z.tolist())]


# ## The coefficients


def polynomial_through_chebyshevs_points(function, first: Decimal, last: Decimal, how_many: int) -> list[Decimal]:
    """The coefficients, that of 1 first, in Newton's way."""
    cosines = [Decimal(math.cos(math.pi * (2 * i + 1) / (2 * how_many))) for i in range(how_many)]
    ts = [(first + last) / 2 + (last - first) / 2 * x for x in cosines]
    differences = [function(t) for t in ts]
    for order in range(1, how_many):
        for i in range(how_many - 1, order - 1, -1):
            differences[i] = (differences[i] - differences[i - 1]) / (ts[i] - ts[i - order])
    coefficients = [Decimal(0)]
    for t, difference in zip(ts[::-1], differences[::-1]):
        shifted = [Decimal(0), *coefficients]
        coefficients = [a - t * b for a, b in zip(shifted, [*coefficients, Decimal(0)])]
        coefficients[0] += difference
    return coefficients[:how_many]


def middle(w: Decimal) -> Decimal:
    """z/q for w = -ln(1 - 4q²)."""
    q = (1 - (-w).exp()).sqrt() / 2
    return exact_quantile(Decimal("0.5") - q) / q


def outer(s: Decimal) -> Decimal:
    """-z/t for s = (t - 5)/(t + 5), p = e^{-t²/2}."""
    t = 5 * (1 + s) / (1 - s)
    return exact_quantile((-t * t / 2).exp()) / t


MIDDLE = (middle, Decimal("1e-20"), Decimal("2.56"), module.MIDDLE)
# from a little above p = 0.02 to a little below the smallest p
TAIL = (
    outer,
    (Decimal("2.79") - 5) / (Decimal("2.79") + 5),
    (Decimal("38.61") - 5) / (Decimal("38.61") + 5),
    module.TAIL,
)


# checks [eq:normal-quantile] [eq:normal-quantile-tail]
@pytest.mark.parametrize(("function", "first", "last", "coefficients"), [MIDDLE, TAIL])
def test_the_coefficients_are_those_of_the_polynomial_through_chebyshevs_points(
    function, first, last, coefficients
) -> None:
    with localcontext(DIGITS_50):
        exact = polynomial_through_chebyshevs_points(function, first, last, len(coefficients))
        # The points are rounded to float64, which the last coefficients feel most.
        np.testing.assert_allclose(coefficients, [float(c) for c in exact], rtol=1e-10)
        for part in range(1, 20):
            t = first + (last - first) * part / 20
            value = sum((c * t**n for n, c in enumerate(exact)), Decimal(0))
            assert abs(value / function(t) - 1) < Decimal(2) ** -53
    # the range covers all p
    assert float(MIDDLE[2]) > -math.log(4 * module.EDGE * (1 - module.EDGE))
    assert math.sqrt(-2 * math.log(module.EDGE)) > 2.79 and math.sqrt(-2 * math.log(5e-324)) < 38.61


# ## Φ⁻¹


# checks [eq:normal-quantile] [eq:normal-quantile-tail]
def test_quantiles_that_everybody_knows() -> None:
    # 95 % lie within 1.96 σ; half within 0.6745
    expected = [-1.959963984540054, 1.959963984540054, -0.6744897501960817, 0.6744897501960817]
    np.testing.assert_allclose(z_of(0.025, 0.975, 0.25, 0.75), expected, rtol=4e-16)
    assert z_of(0.5) == [0]


# checks [eq:normal-quantile]
def test_to_the_last_digit_in_the_middle() -> None:
    rng = np.random.default_rng(0)
    near_half = 0.5 + rng.choice([-1, 1], HOW_MANY) * 10 ** rng.uniform(-16, -1, HOW_MANY)
    assert max(errors(near_half[near_half != 0.5])) <= 3
    assert max(errors(rng.uniform(0.02, 0.98, 3 * HOW_MANY))) <= 3


# checks [eq:normal-quantile-tail]
def test_to_the_last_digit_in_the_tails() -> None:
    rng = np.random.default_rng(1)
    assert max(errors(10 ** rng.uniform(-307, np.log10(0.02), 2 * HOW_MANY))) <= 3
    assert max(errors(rng.uniform(0, 0.02, HOW_MANY))) <= 3
    assert max(errors(1 - 10 ** rng.uniform(-15.9, np.log10(0.02), HOW_MANY))) <= 3


def test_to_the_last_digit_where_it_changes_and_ends() -> None:
    edges = [0.02, np.nextafter(0.02, 0), 1 - 0.02, np.nextafter(0.98, 1), np.nextafter(0.5, 1), np.nextafter(0.5, 0)]
    ends = [5e-324, 1e-323, 3e-320, 2.3e-308, 1 - 2**-53, 1 - 2**-52]
    assert max(errors(np.array(edges + ends))) <= 3


def test_no_share_and_all_of_it() -> None:
    assert z_of(0.0, -0.0, 1.0) == [-math.inf, -math.inf, math.inf]
    assert np.isnan(z_of(np.nan, -1e-300, -1.0, 1.0000001, 2.0, np.inf, -np.inf)).all()


@given(st.floats(2.0**-60, 1 - 2.0**-53))
def test_it_grows_and_is_the_inverse_of_Phi(p: float) -> None:
    less, z, more = z_of(p * (1 - 1e-14), p, min(p * (1 + 1e-14), 1.0))
    assert less <= z <= more
    # erfc is the C library's; the error of Φ is |z| φ(z) ulp, in units of Φ up to z²
    assert math.erfc(-z / math.sqrt(2)) / 2 == pytest.approx(p, rel=1e-15 * (4 + z * z))


@given(st.integers(1, 2**52))
def test_the_two_sides_are_each_other_s_mirror(k: int) -> None:
    p = k / 2.0**53
    left, right = z_of(p, 1 - p)
    assert left == -right


def test_nan_spreads_to_nobody_and_any_shape_will_do() -> None:
    p = np.full((3, 5), 0.3)
    p[1, 2] = np.nan
    z = np.empty_like(p)
    quantile(p, z)
    assert np.argwhere(np.isnan(z)).tolist() == [[1, 2]] and np.unique(z[~np.isnan(z)]).size == 1


# ## Numbers in bins


def draw(bins, u, least, most, mean, std) -> np.ndarray:
    v = np.full(len(bins), np.nan)
    numbers = [np.array(a, float) for a in (u, least, most, mean, std)]
    truncated_normal(np.array(bins), *numbers, v)
    return v


# checks [eq:truncated-normal]
def test_a_bin_by_hand() -> None:
    # the bin from μ to μ + σ: Φ goes from 0.5 to 0.8413, and half way between is Φ(0.4418)
    halfway = z_of(0.5 + (0.8413447460685429 - 0.5) / 2)[0]
    v = draw([0, 0, 0], [0, 0.5, 1 - 2**-53], [10], [12], [10], [2])
    np.testing.assert_allclose(v, [10, 10 + 2 * halfway, 12], rtol=1e-15)
    assert halfway == pytest.approx(0.4418, abs=1e-4)


# checks [eq:truncated-normal]
def test_far_on_the_right_no_digit_is_lost() -> None:
    # of what lies right of -1, 0.84, a share of 1 - u lies above z
    u = 1 - 2.0 ** -np.arange(4, 53)
    z = draw([0] * u.size, u, [-1], [1e300], [0], [1])
    np.testing.assert_allclose(z, -np.array(z_of(*(1 - u) * 0.8413447460685429)), rtol=1e-14)


# checks [eq:truncated-normal]
def test_without_ends_it_is_the_quantile_and_each_number_comes_from_its_bin() -> None:
    u = [0.1, 0.3, 0.9, 0.01]
    v = draw([0, 1, 0, 1], u, [-1e300, -1e300], [1e300, 1e300], [0, 100], [1, 10])
    np.testing.assert_allclose(v, np.array(z_of(*u)) * [1, 10, 1, 10] + [0, 100, 0, 100], rtol=1e-14)


def test_a_bin_of_one_number_needs_no_draw() -> None:
    # two numbers u for four v: the bins 1 are the number 7
    v = draw([1, 0, 1, 0], [0.5, 0.25], [-1, 7], [1, 7], [0, 7], [1, 1e-11])
    assert v.tolist() == [7, 0, 7, draw([0], [0.25], [-1], [1], [0], [1])[0]]


def test_a_mean_that_was_rounded_out_of_its_bin() -> None:
    # a rounding of 1.2e-10 above 1e6, where all numbers of the bin are: that is 12 of its spreads
    v = draw([0] * 5, [0, 1e-300, 0.1, 0.9, 1 - 2**-53], [0], [1e6], [1e6 + 1.2e-10], [1e-11])
    np.testing.assert_allclose(v[1:], 1e6, rtol=1e-15)
    assert (v >= 0).all() and (v <= 1e6 + 1.2e-10).all()


@given(
    st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=5),
    st.floats(-1e6, 1e6),
    st.floats(0, 100),
    st.floats(0, 100),
    st.floats(1e-11, 1e3),
)
def test_numbers_stay_in_their_bin_and_grow_with_u(u, mean, left, right, std) -> None:
    least, most = mean - left, mean + right
    v = draw([0] * len(u), sorted(u), [least], [most], [mean], [std])
    if least < most:
        rounding = 4 * math.ulp(abs(mean) + 100)
        assert (v >= least - rounding).all() and (v <= most + rounding).all() and (np.diff(v) >= -rounding).all()
    else:
        assert (v == least).all()
