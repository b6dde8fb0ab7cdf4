r"""
# Integrated gradients: the derivative along a path

The derivative at $x$ may be 0 where the network is sure, although everything hangs on this input. **Integrated
gradients** collect the derivatives on the way to $x$ from a *baseline* $\tilde x$, an input that stands for "nothing
there", a black image for instance:

$$\varphi_i = (x_i - \tilde x_i) \int_0^1 \frac{\partial f}{\partial x_i}\bigl(\tilde x + \alpha\,(x - \tilde x)\bigr)\,
d\alpha$$

On a way, the derivatives in its direction add up to the difference in height. So the values are *complete*: they share
out what lies between the two outputs,

$$\sum_i \varphi_i = f(x) - f(\tilde x).$$

**The integral** is a sum over points of the way, $\sum_k w_k\, g_i(\alpha_k)$. How well it does depends on the rule for
the points and their weights:

| rule | $\alpha_k$ | $w_k$ |
|---|---|---|
| `left`, `right`, `middle` | the left ends, right ends, middles of $n$ equal parts | $1/n$ |
| `trapezoid` | $n$ points from 0 to 1, equally far apart | $1/(n-1)$, half of it at both ends |
| `gausslegendre` | the zeros of a polynomial, closer together at the ends | by formula |

The rule of Gauss and Legendre is exact where $g$ is a polynomial in $\alpha$ up to degree $2n - 1$. A network of relus
has a derivative that jumps; there it is no better than the middles, and only more points help. What the sum misses is
the residual, `completeness error` $= \sum_i \varphi_i - (f(x) - f(\tilde x))$: if it is not small against
$f(x) - f(\tilde x)$, take more `steps`.

The values depend on the baseline: a feature that equals it gets 0, whatever it does.

Source: Sundararajan, Taly and Yan 2017.

Read next: [one recursion from the output back to the input](relevance.py).
"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from ..checks import find, whole
from ..model import Sequential
from .attribution import Attribution, Feature, feature_place
from .gradients import numbers, still
from .question import Question
from .table import Table


def left(n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(n) / n, np.full(n, 1 / n)


def right(n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(1, n + 1) / n, np.full(n, 1 / n)


def middle(n: int) -> tuple[np.ndarray, np.ndarray]:
    return (np.arange(n) + 0.5) / n, np.full(n, 1 / n)


def trapezoid(n: int) -> tuple[np.ndarray, np.ndarray]:
    whole("steps of a trapezoid, which has two ends,", n, least=2)
    weights = np.full(n, 1 / (n - 1))
    weights[[0, -1]] /= 2
    return np.arange(n) / (n - 1), weights


@lru_cache(maxsize=16)
def gausslegendre(n: int) -> tuple[np.ndarray, np.ndarray]:
    r"""The zeros $p_k$ of the Legendre polynomial $P_n$ lie in $-1 \dots 1$; Newton's method finds them all at once."""
    p = -np.cos(np.pi * (np.arange(n) + 0.75) / (n + 0.5))  # near enough to begin with
    for _ in range(4):
        P, P_prime = legendre(n, p)
        p -= P / P_prime
    _, P_prime = legendre(n, p)
    # [eq:gauss-legendre] $\alpha_k = \frac{1}{2}(1 + p_k)$, $w_k = 1/\bigl((1 - p_k^2)\,P_n'(p_k)^2\bigr)$
    return (1 + p) / 2, 1 / ((1 - p**2) * P_prime**2)


def legendre(n: int, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P_n and its derivative at p, inside -1 ... 1."""
    before, P = np.ones_like(p), p.copy()
    for k in range(1, n):
        # [eq:legendre] $(k + 1)\, P_{k+1} = (2k + 1)\, p\, P_k - k\, P_{k-1}$
        before, P = P, ((2 * k + 1) * p * P - k * before) / (k + 1)
    return P, n * (before - p * P) / (1 - p**2)


# rule: a number of points -> their places α and their weights, which add up to 1
RULES = {"gausslegendre": gausslegendre, "left": left, "right": right, "middle": middle, "trapezoid": trapezoid}


def integrated_gradients(
    model: Sequential,
    x: ArrayLike,
    target: int | None = None,
    *,
    output: str | None = None,
    baseline: ArrayLike | None = None,
    steps: int = 50,
    rule: str = "gausslegendre",
) -> Attribution:
    r"""What each input adds on the straight way from the baseline to x.

    model, x, target, output: as for `Question`. baseline: of the shape of x, or a number for all entries; 0 by default.
    steps: the number of points. rule: "gausslegendre", "left", "right", "middle" or "trapezoid". The residual is the
    completeness error. Raises ValueError for other shapes, unknown rules, and a model that is no network.

    Source: Sundararajan et al. 2017.
    """
    question = Question(model, x, target, output)
    question.needs_a_network("a gradient")
    x, baseline = question.x, question.baseline(baseline)
    alpha, weights = find("rule", rule, RULES)(whole("steps", steps))
    # numbers of float64 would turn a float32 path into float64
    alpha, weights = alpha.astype(x.dtype), weights.astype(x.dtype)

    def along() -> tuple[np.ndarray, np.ndarray]:
        path = baseline + alpha.reshape(-1, *[1] * x.ndim) * (x - baseline)
        return path.reshape(steps, -1), question.gradient(path).reshape(steps, -1)

    _, gradients = along()
    # [eq:integrated-gradients] $\varphi_i = (x_i - \tilde x_i) \sum_k w_k\, \partial f/\partial x_i$ at
    # $\tilde x + \alpha_k (x - \tilde x)$
    values = (x - baseline) * (weights @ gradients).reshape(x.shape)
    reference = float(question.f(baseline[np.newaxis])[0])
    # [eq:completeness] $\sum_i \varphi_i = f(x) - f(\tilde x)$, but for this error
    error = float(values.sum(dtype=float)) - (question.prediction - reference)

    def working(feature: Feature | None) -> Table:
        path, gradients = along()
        difference = (x - baseline).ravel()
        still(values, (difference * (weights @ gradients)).reshape(x.shape))
        columns = {"k": np.arange(1, steps + 1), "α": alpha, "weight": weights}
        title = f"integrated_gradients of the {question.explained}, {rule}"
        if feature is None:
            products = weights[:, np.newaxis] * gradients * difference
            columns |= {f"i = {i}": column for i, column in zip(numbers(question), products.T)}
            return Table(title, "φ_i is the sum of its column, weight · ∂f/∂x_i · (x_i − x̃_i)", columns)
        i = feature_place(feature, question.x.shape)
        columns |= {"x_i": path[:, i], "∂f/∂x_i": gradients[:, i]}
        columns["x_i − x̃_i"] = np.full(steps, difference[i])
        columns["product"] = weights * gradients[:, i] * difference[i]
        formula = "φ_i is the sum of the products, weight · ∂f/∂x_i · (x_i − x̃_i)"
        return Table(f"{title}, i = {numbers(question)[i]}", formula, columns)

    settings = {"baseline": baseline, "steps": steps, "rule": rule}
    residual = {"completeness error": error}
    return Attribution(values, integrated_gradients, question, settings, working, reference, residual)
