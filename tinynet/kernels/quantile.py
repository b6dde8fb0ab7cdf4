r"""
# The quantiles of the normal distribution

$\Phi(z)$ asks which share of normally distributed numbers lies below $z$. Its inverse asks where a share $p$ of them
ends: $\Phi^{-1}(0.975) = 1.96$. It makes such numbers out of evenly distributed ones: where $u$ is as likely
anywhere between 0 and 1, $z = \Phi^{-1}(u)$ is normally distributed. And it makes those that lie between two bounds,
which LIME [draws for the bins of a feature](../explain/lime_tabular.py):

$$\Phi(z) = (1-u)\,\Phi(z_{\min}) + u\,\Phi(z_{\max})$$

Like $\Phi$ it is no formula of the usual functions, and again a polynomial in a well chosen variable serves.

**In the middle**, for $0.02 \le p \le 0.98$, $z$ crosses 0 with $q = p - \frac12$. So $z/q$ has no zero, and as a
function of $w = -\ln(1 - 4q^2)$ it is nearly straight, though $z$ grows without end: 16 coefficients. ($w$ is
Giles's choice, 2012.) Near $p = \frac12$ no digit of $q$ is lost, and none of $z$.

**In the tails** $p$ is nearly $e^{-z^2/2}$, so $-z$ is nearly $t = \sqrt{-2 \ln p}$. The ratio $-z/t$ climbs slowly
from 0.73 to 0.99, and $s = (t - 5)/(t + 5)$ keeps the range short, as
[Mills' ratio](normal.py) needed it: 27 coefficients, down to the smallest $p$ there is. On the right, $1 - p$ stands
for $p$; no digit is lost, for $1 - p$ is exact from $p = \frac12$ on.

The coefficients belong to Chebyshev's points, and the tests compute them again, with 50 digits. The error of
$\Phi^{-1}$ is below 3 ulp for every float64 between 0 and 1, subnormal ones included. There is no float32: draws are
made in float64. Measured: 11 ns a number, one after the other, since the logarithm takes one number a call.

Read next: [activations](activations.py).
"""

import numpy as np

from .jit import kernel, scalar
from .normal import Phi, _polynomial

# Of z/q in w, and of -z/t in s; that of 1 first
MIDDLE = (
    *(2.5066282746310007, 0.6562337477384408, 0.03266647229379378, -0.006604664819165708, -0.00036216114813500817),
    *(0.00013183715651461913, 5.713117563079264e-06, -2.8633801646264868e-06, -1.0630341385685318e-07),
    *(6.535403875742067e-08, 1.4207652827079355e-09, -1.054724019059899e-09, -2.349361299978903e-10),
    *(9.410557792836072e-11, -1.1286250573035496e-11, 5.049816466506379e-13),
)
TAIL = (
    *(0.896062939754072, 0.34216302672852444, -0.5433946801684454, 0.662119882198009, -0.7492895383798717),
    *(0.8137889428893772, -0.8652263679202155, 0.9071062006218382, -0.9428071587038324, 0.973607098333572),
    *(-1.0008482414043463, 1.025077263700713, -1.0469724763699981, 1.0667974249671384, -1.0849768798728154),
    *(1.1021919413745012, -1.1189895967323247, 1.1316010579964932, -1.133463937389517, 1.1390082958732093),
    *(-1.198099972691925, 1.3165268909881804, -1.3476388479079506, 1.1037849961143988, -0.6362146221624281),
    *(0.22421682758762945, -0.03612601115178668),
)
# Where the middle ends
EDGE = 0.02


@scalar
def _tail(p):
    t = np.sqrt(-2.0 * np.log(p))
    # [eq:normal-quantile-tail] $-z/t = h(s)$, $s = (t - 5)/(t + 5)$, $t = \sqrt{-2 \ln p}$
    return t * _polynomial((t - 5.0) / (t + 5.0), TAIL)


@scalar
def quantile_of(p):
    """The z with Φ(z) = p: -∞ for 0, ∞ for 1, and NaN where there is none."""
    if p < EDGE:
        return -_tail(p) if p > 0 else -np.inf if p == 0 else np.nan
    if p > 1 - EDGE:
        return _tail(1.0 - p) if p < 1 else np.inf if p == 1 else np.nan
    # p (1 - p) is ¼ - q²
    w = -np.log(4.0 * p * (1.0 - p))
    # [eq:normal-quantile] $z = q\,g(w)$, $q = p - \frac12$, $w = -\ln(1 - 4q^2)$
    return (p - 0.5) * _polynomial(w, MIDDLE)


@kernel
def quantile(p, z):
    """z = Φ⁻¹(p). p and z: float64 of one shape."""
    p, z = p.reshape(-1), z.reshape(-1)
    for i in range(p.size):
        z[i] = quantile_of(p[i])


@kernel
def truncated_normal(bins, u, least, most, mean, std, v):
    """Numbers v in bins: normally distributed with mean_k and std_k, cut off to least_k <= v_i <= most_k, k = bins_i.

    bins: whole numbers (N,). u: float64 in [0, 1), as many as there are v with least_k < most_k; the others need none.
    least, most, mean, std: float64 (K,), least <= mean <= most but for rounding, std > 0. v: float64 (N,).
    """
    # the ends of every bin: z, and what is below and above it
    ends = np.empty((least.size, 2, 3))
    for k in range(least.size):
        low, high = min((least[k] - mean[k]) / std[k], 0.0), max((most[k] - mean[k]) / std[k], 0.0)
        ends[k, 0] = low, Phi(low), Phi(-low)
        ends[k, 1] = high, Phi(high), Phi(-high)
    used = 0
    for i in range(bins.size):
        k = bins[i]
        if least[k] == most[k]:
            v[i] = least[k]
            continue
        (low, below_low, above_low), (high, below_high, above_high) = ends[k]
        # [eq:truncated-normal] $\Phi(z) = (1-u)\,\Phi(z_{\min}) + u\,\Phi(z_{\max})$, and so for what is above z
        p = (1.0 - u[used]) * below_low + u[used] * below_high
        q = (1.0 - u[used]) * above_low + u[used] * above_high
        # the smaller of the two knows more digits
        z = quantile_of(p) if p < q else -quantile_of(q)
        v[i] = min(max(z, low), high) * std[k] + mean[k]
        used += 1
