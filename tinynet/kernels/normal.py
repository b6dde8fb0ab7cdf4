r"""
# The normal distribution function

GELU multiplies $z$ by $\Phi(z)$, the probability that a normally distributed number is smaller than $z$:

$$\Phi(z) = \int_{-\infty}^z \varphi(x)\,dx, \qquad \varphi(x) = \frac{e^{-x^2/2}}{\sqrt{2\pi}}$$

No formula with finitely many of the usual functions gives this integral. What follows needs one exponential,
one polynomial and two divisions, the same for every $z$, so that the compiler computes 8 or 16 side by side.

**Half of it is enough.** $\varphi$ is symmetric, so $\Phi(z) + \Phi(-z) = 1$. With $u = |z|$ only $\Phi(-u)$
must be found, to all its digits even where it is tiny; then $1 - \Phi(-u)$ is as exact.

**Take out the exponential.** $\Phi(-u)$ falls from $\frac12$ to $10^{-300}$ at $u = 37$; no polynomial follows that.
But $M(u) = e^{u^2/2}\,\Phi(-u)$ falls gently, from $\frac12$ to $1/(u \sqrt{2\pi})$ far out ($M \sqrt{2\pi}$ is
called Mills' ratio). Multiplied by $u + \frac54$ it is nearly flat: between 0.63 and 0.40, and level at $u = 0$.

**A short range.** $t = (u - 4)/(u + 4)$ takes $0 \dots 4$ to $-1 \dots 0$ and all the rest to $0 \dots 1$.
There $g(t) = (u + \frac54)\,M(u)$ is smooth enough for one polynomial: through 22 points in float64, for
$u \le 40$, and 11 in float32, for $u \le 16$; further out $\Phi(-u)$ is 0. The points are Chebyshev's, as for
[the exponential](exponential.py); the tests compute the coefficients again, with 60 digits. (The idea is
Shepherd and Laframboise's, 1981.)

**An exact square.** $e^{-u^2/2}$ turns the rounding of $u^2$, half a unit of its last digit, into an
error of up to 500 units. So $u^2$ is kept in two parts, and the small one joins $r$ after the reduction.

The error of $\Phi$ is below 4 ulp in both dtypes for every $z$, subnormal results included; 4.1 where the
processor rounds between multiplying and adding.

**What limits it.** GELU needs 70 instructions for 8 numbers of float64, two of them divisions, and moves 16
bytes for each number. ReLU moves as many in a thirteenth of the time, so arithmetic is the limit. Measured: 2.1 ns
an element, in float32 0.66, and 2.3 and 0.72 for the derivative, which shares $e^{-u^2/2}$ and $M$.

Read next: [its quantiles](quantile.py).
"""

from .exponential import F, _power, _power_f, _reduce, _reduce_f
from .jit import by_dtype, scalar

# The coefficients of g, that of 1 first.
G = (
    *(0.4956558668353369, -0.13930290771363962, 0.04509444855924171, 0.01067351221910651, -0.02448163640157157),
    *(0.015813073609615872, -0.004875488070105094, -0.00012591964344142254, 0.0006481010051737455),
    *(-0.00010581890305361455, -8.06908410935764e-05, 2.240757333060708e-05, 1.254974604257667e-05),
    *(-3.638526181547996e-06, -2.4437975877586633e-06, 4.544579711912156e-07, 5.213004119207912e-07),
    *(-1.1043669727307188e-08, -1.0021836208269368e-07, -1.5747880540248653e-08, 1.2094986521449782e-08),
    3.930315648257179e-09,
)
# Adding it rounds to 20 digits after the binary point, for the reason that ROUNDER rounds to none.
TO_20_DIGITS = 1.5 * 2.0 ** (52 - 20)


@scalar
def _polynomial(t, coefficients):
    total = coefficients[len(coefficients) - 1]
    for n in range(len(coefficients) - 2, -1, -1):
        total = coefficients[n] + t * total
    return total


@scalar
def _ratio(u):
    t = (u - 4.0) / (u + 4.0)
    # [eq:mills-ratio] $M(u) = e^{u^2/2}\,\Phi(-u) = g(t)/(u + \frac54)$, $t = (u - 4)/(u + 4)$
    return _polynomial(t, G) / (u + 1.25)


@scalar
def _bell(u):
    # h has so few digits that its square is exact.
    h = (u + TO_20_DIGITS) - TO_20_DIGITS
    k, r = _reduce(-0.5 * h * h)
    # [eq:bell] $e^{-u^2/2} = e^{-h^2/2}\,e^{-(u-h)(u+h)/2}$
    return _power(k, r - 0.5 * (u - h) * (u + h))


@scalar
def _parts(z):
    u = abs(z)
    u = 40.0 if u > 40 else u
    return u, _bell(u), _ratio(u)


@scalar
def _Phi(z):
    _, bell, ratio = _parts(z)
    # [eq:normal] $\Phi(-u) = e^{-u^2/2} M(u)$, $\Phi(u) = 1 - \Phi(-u)$
    return bell * ratio if z <= 0 else 1.0 - bell * ratio


# The same in float32.
G_F = (
    *(F(0.49565586), F(-0.1393029), F(0.045094453), F(0.010673276), F(-0.024481617), F(0.015815534)),
    *(F(-0.0048757927), F(-0.00013710235), F(0.00064739457), F(-8.1430284e-05), F(-7.293177e-05)),
)
TO_8_DIGITS_F = F(1.5 * 2.0 ** (23 - 8))
HALF_F, ONE_F, MORE_F, MIDDLE_F, END_F = F(0.5), F(1), F(1.25), F(4), F(16)


@scalar
def _ratio_f(u):
    t = (u - MIDDLE_F) / (u + MIDDLE_F)
    return _polynomial(t, G_F) / (u + MORE_F)


@scalar
def _bell_f(u):
    h = (u + TO_8_DIGITS_F) - TO_8_DIGITS_F
    k, r = _reduce_f(-HALF_F * h * h)
    return _power_f(k, r - HALF_F * (u - h) * (u + h))


@scalar
def _parts_f(z):
    u = abs(z)
    u = END_F if u > END_F else u
    return u, _bell_f(u), _ratio_f(u)


@scalar
def _Phi_f(z):
    _, bell, ratio = _parts_f(z)
    return bell * ratio if z <= 0 else ONE_F - bell * ratio


Phi = by_dtype(_Phi, _Phi_f)
# z -> u = |z|, or the end where Φ(-u) is 0 if that is nearer; e^{-u²/2}; and M(u). For what is made of Φ and φ.
parts = by_dtype(_parts, _parts_f)
