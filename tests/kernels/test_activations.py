"""Activations: values by hand, every digit over the whole range, and f' against the definition of the derivative.

The reference is arithmetic with 400 digits. There the difference quotient of f, with a step of 1e-30, gives some
60 digits of f' and knows nothing of the formula for f'.
"""

import math
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tinynet.kernels import activations as kernels

DIGITS_400 = Context(prec=400, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
STEP = Decimal("1e-30")
SMALLEST = 5e-324  # the distance of two float64 numbers next to 0
EPSILON = {np.float64: 2.0**-52, np.float32: 2.0**-23}


# ## The formulas, as they stand in textbooks


def sigmoid(z: Decimal) -> Decimal:
    return 1 / (1 + (-z).exp())


def tanh(z: Decimal) -> Decimal:
    return 2 / (1 + (-2 * z).exp()) - 1


def softplus(z: Decimal) -> Decimal:
    # ln(1 + e^z) = z + ln(1 + e^-z), so that e^z need not be stored to 400 million digits
    return (1 + z.exp()).ln() if z < 0 else z + (1 + (-z).exp()).ln()


def elu(z: Decimal) -> Decimal:
    return z if z > 0 else z.exp() - 1


def gelu(z: Decimal) -> Decimal:
    return z * Phi(z)


def Phi(z: Decimal) -> Decimal:
    """The normal distribution function, by its series ½ + φ(z) (z + z³/3 + z⁵/(3·5) + …)."""
    if abs(z) > 40:
        return Decimal(z > 0)  # to 350 digits
    term = total = z
    odd = 1
    while abs(term) > Decimal("1e-390"):
        odd += 2
        term *= z * z / odd
        total += term
    return Decimal("0.5") + total * (-z * z / 2).exp() / (2 * pi()).sqrt()


def pi() -> Decimal:
    """π = 16 arctan 1/5 − 4 arctan 1/239 (Machin 1706)."""

    def arctan_of_inverse(n: int) -> Decimal:
        return sum(((-1) ** k / (Decimal(2 * k + 1) * Decimal(n) ** (2 * k + 1)) for k in range(300)), Decimal(0))

    return 16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239)


class Exact(NamedTuple):
    """A smooth activation, and what its kernels promise: errors in units of the last digit.

    f and f_prime: how large the relative error may be. Where f_prime is None, f' is computed from a, which lies so
    near 1 that only its absolute error is small.
    """

    formula: Callable[[Decimal], Decimal]
    forward: Callable
    backward: Callable
    parameters: tuple[float, ...] = ()
    f: Callable[[float], float] = lambda z: 3
    f_prime: Callable[[float], float] | None = lambda z: 4


SMOOTH = {
    "sigmoid": Exact(sigmoid, kernels.sigmoid, kernels.sigmoid_backward, f_prime=None),
    "tanh": Exact(tanh, kernels.tanh, kernels.tanh_backward, f_prime=None),
    "softplus": Exact(softplus, kernels.softplus, kernels.softplus_backward),
    "elu": Exact(elu, kernels.elu, kernels.elu_backward, (1.0,)),
    "gelu": Exact(gelu, kernels.gelu, kernels.gelu_backward, f=lambda z: 5),
}
KINKED = {
    "relu": (kernels.relu, kernels.relu_backward, ()),
    "leaky_relu": (kernels.leaky_relu, kernels.leaky_relu_backward, (0.25,)),
    "elu of scale 2": (kernels.elu, kernels.elu_backward, (2.0,)),
}
ALL = {name: (f.forward, f.backward, f.parameters) for name, f in SMOOTH.items()} | KINKED

reals = st.one_of(st.floats(-50, 50), st.floats(-1000, 1000), st.floats(allow_nan=False, allow_infinity=False))


def value(name: str, z, dtype=np.float64) -> np.ndarray:
    forward, _, parameters = ALL[name]
    z = np.asarray(z, dtype)
    a = np.empty_like(z)
    forward(z, *parameters, a)
    return a


def slope(name: str, z, dtype=np.float64) -> np.ndarray:
    """f'(z): what backward gives where ∂L/∂a = 1."""
    _, backward, parameters = ALL[name]
    z = np.asarray(z, dtype)
    delta = np.empty_like(z)
    backward(z, value(name, z, dtype), np.ones_like(z), *parameters, delta)
    return delta


def exactly(formula: Callable[[Decimal], Decimal], z: float) -> float:
    with localcontext(DIGITS_400):
        return float(formula(Decimal(z)))


def quotient(formula: Callable[[Decimal], Decimal]) -> Callable[[Decimal], Decimal]:
    return lambda z: (formula(z + STEP) - formula(z - STEP)) / (2 * STEP)


# ## By hand


# checks [eq:sigmoid]
def test_sigmoid_by_hand() -> None:
    # e^z = 3 gives 3/4, and 1/3 gives 1/4
    np.testing.assert_allclose(value("sigmoid", [0, math.log(3), -math.log(3)]), [0.5, 0.75, 0.25], rtol=1e-15)
    # checks [eq:sigmoid-prime]
    np.testing.assert_allclose(slope("sigmoid", [0, math.log(3), -math.log(3)]), [1 / 4, 3 / 16, 3 / 16], rtol=1e-15)


# checks [eq:tanh]
def test_tanh_by_hand() -> None:
    # e^z = 2 gives (2 − ½)/(2 + ½) = 3/5
    np.testing.assert_allclose(value("tanh", [0, math.log(2), -math.log(2)]), [0, 0.6, -0.6], rtol=1e-15)
    # checks [eq:tanh-prime]
    np.testing.assert_allclose(slope("tanh", [0, math.log(2), -math.log(2)]), [1, 0.64, 0.64], rtol=1e-15)


# checks [eq:relu]
def test_relu_by_hand() -> None:
    assert value("relu", [-2, -1e-300, 0, 1e-300, 3]).tolist() == [0, 0, 0, 1e-300, 3]
    # checks [eq:relu-prime]
    assert slope("relu", [-2, -1e-300, 0, 1e-300, 3]).tolist() == [0, 0, 0, 1, 1]


# checks [eq:leaky-relu]
def test_leaky_relu_by_hand() -> None:
    assert value("leaky_relu", [-2, -1e-300, 0, 1e-300, 3]).tolist() == [-0.5, -0.25e-300, 0, 1e-300, 3]
    # checks [eq:leaky-relu-prime]
    assert slope("leaky_relu", [-2, -1e-300, 0, 1e-300, 3]).tolist() == [0.25, 0.25, 0.25, 1, 1]


# checks [eq:elu]
def test_elu_by_hand() -> None:
    # 2 (e^z − 1), at e^z = ¾
    np.testing.assert_allclose(value("elu of scale 2", [-1e9, math.log(0.75), 0, 3]), [-2, -0.5, 0, 3], rtol=1e-15)
    # checks [eq:elu-prime]
    # 2 e^z on the left and at the kink itself
    np.testing.assert_allclose(slope("elu of scale 2", [-1e9, math.log(0.75), 0, 3]), [0, 1.5, 2, 1], rtol=1e-15)


# checks [eq:gelu]
def test_gelu_by_hand() -> None:
    # Φ(1) = 0.841344746068542948…, from any table
    np.testing.assert_allclose(value("gelu", [-1, 0, 1]), [-0.158655253931457051, 0, 0.841344746068542949], rtol=1e-15)
    # checks [eq:gelu-prime]
    # Φ(1) + φ(1), φ(1) = 0.241970724519143349…; at 0 it is ½
    np.testing.assert_allclose(slope("gelu", [0, 1]), [0.5, 0.841344746068542949 + 0.241970724519143349], rtol=1e-15)


# checks [eq:softplus]
def test_softplus_by_hand() -> None:
    # e^z = 3 gives ln 4
    np.testing.assert_allclose(value("softplus", [0, math.log(3)]), [math.log(2), math.log(4)], rtol=1e-15)
    # checks [eq:softplus-prime]
    np.testing.assert_allclose(slope("softplus", [0, math.log(3)]), [0.5, 0.75], rtol=1e-15)


def test_exp_by_hand() -> None:
    e = np.empty(4)
    kernels.exp(np.array([0.0, 1.0, -np.inf, 1000.0]), e)
    np.testing.assert_allclose(e, [1, 2.718281828459045, 0, np.inf], rtol=1e-15)


# ## Every digit, for every finite z

extremes = [0.0, 1e-300, SMALLEST, 40.0, 709.8, 745.2, 1e3, 1e8, 1.797e308]


def check_value(name: str, z: float) -> None:
    expected = exactly(SMOOTH[name].formula, z)
    tolerance = SMOOTH[name].f(z) * EPSILON[np.float64]
    np.testing.assert_allclose(value(name, [z]), [expected], rtol=min(tolerance, 1), atol=50 * SMALLEST)


@pytest.mark.parametrize("name", SMOOTH)
@given(z=reals)
def test_values_are_exact_over_the_whole_range(name: str, z: float) -> None:
    check_value(name, z)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("z", extremes + [-z for z in extremes])
def test_values_are_exact_at_the_extremes(name: str, z: float) -> None:
    check_value(name, z)


@pytest.mark.parametrize("name", SMOOTH)
@given(z=reals)
@example(z=1e3)
@example(z=-1e3)
@example(z=1e8)
@example(z=-1e8)
def test_slopes_are_the_difference_quotient(name: str, z: float) -> None:
    expected = exactly(quotient(SMOOTH[name].formula), z)
    f_prime, epsilon = SMOOTH[name].f_prime, EPSILON[np.float64]
    rtol = 0 if f_prime is None else min(f_prime(z) * epsilon, 1)
    # Near its lowest point the slope of gelu is a difference of two larger numbers.
    atol = 4 * epsilon if f_prime is None or (name == "gelu" and abs(z) < 2) else 50 * SMALLEST
    np.testing.assert_allclose(slope(name, [z]), [expected], rtol=rtol, atol=atol)


@pytest.mark.parametrize("name", SMOOTH)
@given(z=st.one_of(st.floats(-20, 20, width=32), st.floats(allow_nan=False, allow_infinity=False, width=32)))
def test_float32_is_as_exact_as_float32_can_be(name: str, z: float) -> None:
    a, f_prime = value(name, [z], np.float32), slope(name, [z], np.float32)
    rtol = SMOOTH[name].f(z) * EPSILON[np.float32]
    np.testing.assert_allclose(a, [np.float32(exactly(SMOOTH[name].formula, z))], rtol=min(rtol, 1), atol=1e-43)
    expected = exactly(quotient(SMOOTH[name].formula), z)
    np.testing.assert_allclose(f_prime, [np.float32(expected)], rtol=0, atol=2 * EPSILON[np.float32])


# ## What holds for all of them

LIMITS = {  # of f at -∞ and ∞, and of f'
    "sigmoid": ([0, 1], [0, 0]),
    "tanh": ([-1, 1], [0, 0]),
    "softplus": ([0, math.inf], [0, 1]),
    "elu": ([-1, math.inf], [0, 1]),
    "gelu": ([0, math.inf], [0, 1]),
    "relu": ([0, math.inf], [0, 1]),
    "leaky_relu": ([-math.inf, math.inf], [0.25, 1]),
    "elu of scale 2": ([-2, math.inf], [0, 1]),
}


@pytest.mark.parametrize("dtype", EPSILON)
@pytest.mark.parametrize("name", ALL)
def test_infinity_gives_the_limit(name: str, dtype: type) -> None:
    f, f_prime = LIMITS[name]
    assert value(name, [-math.inf, math.inf], dtype).tolist() == f
    assert slope(name, [-math.inf, math.inf], dtype).tolist() == f_prime


@pytest.mark.parametrize("name", ALL)
def test_nan_in_gives_nan_out(name: str) -> None:
    z = [1.0, np.nan, -1.0]
    assert np.isnan(value(name, z)).tolist() == [False, True, False]


@pytest.mark.parametrize("name", ALL)
def test_the_slope_at_nan_is_nan(name: str) -> None:
    z = [1.0, np.nan, -1.0]
    assert np.isnan(slope(name, z)).tolist() == [False, True, False]


@pytest.mark.parametrize("name", ALL)
def test_backward_multiplies_by_the_gradient_that_comes_in(name: str) -> None:
    _, backward, parameters = ALL[name]
    z, da = np.array([-3.0, -0.5, 0.0, 0.5, 3.0]), np.array([2.0, -3.0, 5.0, -7.0, 0.125])
    delta = np.empty_like(z)
    backward(z, value(name, z), da, *parameters, delta)
    np.testing.assert_allclose(delta, da * slope(name, z), rtol=1e-15)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("shape", [(), (6,), (2, 3), (1, 3, 2), (2, 0)])
def test_arrays_of_any_shape_are_taken_entry_by_entry(name: str, shape: tuple[int, ...]) -> None:
    z = np.linspace(-2, 2, 6)[: math.prod(shape)]
    np.testing.assert_array_equal(value(name, z.reshape(shape)), value(name, z).reshape(shape))
    np.testing.assert_array_equal(slope(name, z.reshape(shape)), slope(name, z).reshape(shape))


@pytest.mark.parametrize("name", ALL)
def test_the_input_is_only_read(name: str) -> None:
    z, da, delta = np.array([-1.0, 0.0, 1.0]), np.array([1.0, 2.0, 3.0]), np.empty(3)
    a = value(name, z)
    for array in (z, a, da):
        array.flags.writeable = False
    _, backward, parameters = ALL[name]
    backward(z, a, da, *parameters, delta)
    assert z.tolist() == [-1, 0, 1] and da.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(a, value(name, z))
