r"""
# LIME for a row of numbers

Which numbers of this row mattered *here*? LIME changes them at random, asks the model about each of the
changed rows, and lays [a plane](ridge.py) through the answers. How a row is changed, and what the plane is laid over,
comes from a *background*: rows of real data.

**Continuous.** Every number is drawn from a normal distribution with the mean $\mu_i$ and the standard deviation
$\sigma_i$ of its column, or with $x_i$ in the middle (`around_instance`). The plane is laid over $s_i = (v_i -
\mu_i)/\sigma_i$, so that $\varphi_i$ is the change of $f$ for one standard deviation more.

**Quartile.** The quartiles of a column cut it into four *bins*, each with about a quarter of the background. A bin is
drawn as often as it is met there, and in it a number $v_i$, from a normal distribution with the mean and the standard
deviation of the bin, [cut off at its edges](../kernels/quantile.py). The plane is laid over
$b_i$, which is 1 where $v_i$ is in the bin of $x_i$, and 0 elsewhere. So $\varphi_i$ says how much higher $f$ is
for rows in the same bin as $x$ than for those in the others: it can be positive though more of $v_i$ makes $f$ smaller.

Neighbour 0 is $x$ itself. Distances are Euclidean, between rows of $s$ or of $b$. The kernel width is $\frac34
\sqrt M$ for $M$ features if nothing else is asked for.

**What the numbers leave out.** The $\varphi$ do not add up to $f(x)$: they are slopes, and the residual holds the local
$R^2$ and the error of the plane at $x$ itself. Another seed gives other neighbours, so other numbers; more samples
bring them closer together.

Every column is drawn by itself. LIME does not know which features belong together, and asks about rows that never
occur. A column that is constant in the background has one bin, so nothing to change, and no slope; or no spread, and
$\sigma = 1$ is taken.

The draws are those of the authors' package for the same seed. Only where a bin is a single number $v$ does it
draw 0, and not $v$.

Source: Ribeiro, Singh and Guestrin, "Why should I trust you?", 2016.

Read next: [the segments of an image](segments.py).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..checks import find, positive, whole
from ..kernels.jit import kernel
from ..kernels.quantile import truncated_normal
from .attribution import Attribution, Feature, feature_name, feature_place
from .question import Model, Question
from .ridge import LocalPlane, distances_from_first
from .table import Table

KINDS = {"quartile": "b", "continuous": "s"}


class Neighbours(NamedTuple):
    """Rows near x: `rows` (N, M), as the model takes them, and `X` (N, M), what the plane is laid over."""

    rows: np.ndarray
    X: np.ndarray
    meaning: str
    unit: str
    details: dict


def lime_tabular(
    model: Model,
    x: ArrayLike,
    target: int | None = None,
    *,
    output: str | None = None,
    background: ArrayLike,
    kind: str = "quartile",
    around_instance: bool = False,
    num_features: int = 10,
    samples: int = 5000,
    kernel_width: float | None = None,
    seed: int = 0,
) -> Attribution:
    r"""The slopes of a plane through the answers to rows like those of the background, the ones near x counting more.

    model, x, target, output: as of a Question. background: (B, *x.shape), real examples. kind: "quartile" or
    "continuous"; around_instance: draw around x, not around the mean (continuous only). num_features: how many features
    get a slope, at most; the values of the others are 0. samples: neighbours, x included. kernel_width: by default
    ¾ √M. seed: of the draws, those of LimeTabularExplainer(background, random_state=seed).

    values: φ, the slopes; `details["unit"]` says per what. residual: local R², and f(x) minus the plane at x.
    details: intercept, local prediction, sum of weights, chosen features; means and scales, or the edges of the bins
    and x's own, also as conditions, "5.1 < x_1 <= 5.8".

    Raises ValueError for a background of another shape or without rows, and for settings that do not fit.
    Source: Ribeiro, Singh and Guestrin, 2016.
    """
    question = Question(model, x, target, output)
    find("kind", kind, KINDS)
    if background is None:
        raise ValueError("lime_tabular needs a background: rows of real data, (B, *x.shape), from which it draws")
    data = question.background(background)
    if around_instance and kind != "continuous":
        raise ValueError('around_instance=True is for kind="continuous"; quartiles are those of the background')
    width = 0.75 * question.x.size**0.5 if kernel_width is None else kernel_width
    positive(kernel_width=width)
    settings = {
        "background": data,
        "kind": kind,
        "around_instance": bool(around_instance),
        "num_features": whole("num_features", num_features),
        "samples": whole("samples", samples, least=2),
        "kernel_width": float(width),
        "seed": whole("seed", seed, least=0),
    }
    rng = np.random.RandomState(seed)
    row, columns = question.x.ravel().astype(float), data.reshape(len(data), -1).astype(float)
    if kind == "quartile":
        near = in_bins(row, columns, samples, rng)
    else:
        near = around(row, columns, samples, rng, at_x=around_instance)
    f = question.f(near.rows.reshape(-1, *question.x.shape)).astype(float)
    plane = LocalPlane(near.X, f, distances_from_first(near.X), width, num_features)

    def working(feature: Feature | None) -> Table:
        names = [f"{KINDS[kind]}_{feature_name(i, question.x.shape)}" for i in range(question.x.size)]
        i = None if feature is None else feature_place(feature, question.x.shape)
        return plane.table(f"LIME of the {question.explained}: {samples:,} neighbours", names, near.meaning, i)

    return Attribution(
        values=plane.coefficients.reshape(question.x.shape),
        function=lime_tabular,
        question=question,
        settings=settings,
        working=working,
        residual={"local R²": plane.r_squared, "local error": question.prediction - float(plane.fit[0])},
        details={
            "unit": near.unit,
            "intercept": plane.intercept,
            "local prediction": float(plane.fit[0]),
            "sum of weights": float(plane.weights.sum()),
            "chosen": plane.chosen,
            **near.details,
        },
    )


def around(x: np.ndarray, data: np.ndarray, samples: int, rng: np.random.RandomState, *, at_x: bool) -> Neighbours:
    """Normally distributed rows, (samples, M), around x or around the mean of the data; x is the first."""
    mean = data.mean(axis=0)
    constant = (data == data[0]).all(axis=0)
    spread = data.std(axis=0)
    scale = np.where(constant | (spread == 0), 1.0, spread)  # 0, too, where it is too small for a number
    s = (x - mean) / scale
    X = rng.standard_normal((samples, x.size))
    if at_x:
        X += s
    X[0] = s
    rows = np.empty_like(X)
    _unscaled(X, mean, scale, rows)
    rows[0] = x
    return Neighbours(
        rows,
        X,
        "s_i is the i-th number less the mean of its column in the background, in standard deviations.",
        "per standard deviation of the feature in the background",
        {"means": mean, "scales": scale},
    )


@kernel
def _unscaled(s: np.ndarray, mean: np.ndarray, scale: np.ndarray, v: np.ndarray) -> None:
    for n in range(s.shape[0]):
        for i in range(s.shape[1]):
            # [eq:lime-continuous] $v_{ni} = \mu_i + \sigma_i s_{ni}$, $s \sim N(0, 1)$, or around that of $x$
            v[n, i] = mean[i] + scale[i] * s[n, i]


def in_bins(x: np.ndarray, data: np.ndarray, samples: int, rng: np.random.RandomState) -> Neighbours:
    """Rows, (samples, M), of numbers in bins between the quartiles of the data; x is the first."""
    columns = [Bins(*pair) for pair in zip(data.T, np.percentile(data, [25, 50, 75], axis=0).T)]
    home = np.array([bins.of(v) for bins, v in zip(columns, x)])
    # all bins are drawn before the numbers in them
    drawn, v = np.empty((x.size, samples), np.int8), np.empty((x.size, samples))
    for bins, k, u in zip(columns, drawn, rng.random_sample(v.shape)):
        bins.draw(u, k)
    drawn[:, 0] = home
    for i, bins in enumerate(columns):
        bins.numbers(drawn[i, 1:], rng, v[i, 1:])
    v[:, 0] = x
    return Neighbours(
        np.ascontiguousarray(v.T),
        # [eq:lime-quartile] $b_{ni} = 1$ where $v_{ni}$ is in the bin of $x_i$, else 0
        (home == drawn.T).astype(float, order="C"),
        "b_i is 1 where the i-th number is in the same bin as that of x, else 0.",
        "of being in the bin of x, against being in another",
        {
            "edges": [bins.edges for bins in columns],
            "bin of x": home,
            "conditions": [bins.condition(k, f"x_{i}") for i, (bins, k) in enumerate(zip(columns, home), start=1)],
        },
    )


class Bins:
    """The bins of a column of the background, (B,), between its quartiles: bin k holds edges_{k-1} < v <= edges_k.

    Attributes, one for each bin: `least` and `most`, its ends; `share` of the column; `mean` and `std` in it.
    """

    def __init__(self, column: np.ndarray, quartiles: np.ndarray) -> None:
        self.edges = np.unique(quartiles)
        self.least = np.array([column.min(), *self.edges])
        self.most = np.array([*self.edges, column.max()])
        k = self.of(column)
        count = np.bincount(k, minlength=len(self.most))
        self.share = count / len(column)
        # less the upper end, so that equal numbers at it have exactly their mean
        distance = column - self.most[k]
        mean = np.bincount(k, distance, len(count)) / np.maximum(count, 1)
        variance = np.bincount(k, (distance - mean[k]) ** 2, len(count)) / np.maximum(count, 1)
        self.mean = self.most + mean
        # so that a bin of equal numbers has a spread
        self.std = np.sqrt(variance) + 1e-11

    def of(self, v: ArrayLike) -> np.ndarray:
        """The numbers of the bins in which these v lie."""
        return np.searchsorted(self.edges, v)

    def condition(self, k: int, name: str) -> str:
        """Bin k in words: "5.1 < x <= 5.8"; the first and the last are open."""
        low = f"{self.edges[k - 1]:.6g} < " if k > 0 else ""
        high = f" <= {self.edges[k]:.6g}" if k < len(self.edges) else ""
        return f"{low}{name}{high}"

    def draw(self, u: np.ndarray, k: np.ndarray) -> None:
        """Write into k bins, each as often as in the column, by numbers u from 0 to 1."""
        ends = np.cumsum(self.share)
        np.sum(u >= ends[:-1, np.newaxis] / ends[-1], axis=0, out=k)

    def numbers(self, k: np.ndarray, rng: np.random.RandomState, v: np.ndarray) -> None:
        """Write into v a number in each of the bins k."""
        u = rng.random_sample(np.count_nonzero((self.least < self.most)[k]))
        truncated_normal(k, u, self.least, self.most, self.mean, self.std, v)
