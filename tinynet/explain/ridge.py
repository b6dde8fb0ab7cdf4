r"""
# A weighted line

A network bends; near one point it is almost straight. LIME (Ribeiro, Singh and Guestrin, 2016) asks it about many
*neighbours* of $x$ and lays a plane through the answers, in which those near $x$ count more. The slopes of that plane
are the explanation. How neighbours of [a row of numbers](lime_tabular.py) or of [an image](lime_image.py) are made is
told there; here is what both do with them.

Neighbour $n$ has a row $X_n$ of numbers that a reader understands, the answer $f_n$ and the distance $d_n$ from $x$,
which is row 0. It counts

$$w_n = \sqrt{e^{-d_n^2/\kappa^2}} = e^{-d_n^2/(2\kappa^2)}$$

The *kernel width* $\kappa$ says how far "near" reaches. It is a choice, and another choice is another explanation.
Row 0 counts 1, the others less; the sum of the weights says how many neighbours there are. Where it is near 1, $x$ is
alone, and $R^2$ says nothing.

**The plane.** $\hat f_n = \beta_0 + \sum_i \beta_i X_{ni}$ makes $\sum_n w_n (f_n - \hat f_n)^2 + \alpha \sum_i
\beta_i^2$ smallest: least squares, with a price $\alpha$ on large slopes, called *ridge*. The intercept $\beta_0$ is
free: take the weighted means off the columns and off $f$ first (a tilde says so), and what is left is

$$(\tilde X^T W \tilde X + \alpha I)\,\beta = \tilde X^T W \tilde f$$

**Few columns.** A reader takes in few numbers, so only some columns get a slope. For six or fewer they are chosen one
by one, each time the one that explains most of what is left (*forward selection*). For more, all columns are fitted
once with $\alpha = 0.01$, and those with the largest $|\beta_i X_{0i}|$ stay. Then $\alpha = 1$, and the chosen ones
alone.

**How well it fits.** $R^2$ is the share of the weighted variation of $f$ that the plane explains: 1 is all of it.
Where it is near 0, $f$ is not straight in this neighbourhood, and the slopes say little.

All of it follows the authors' package, so the numbers can be compared.

Read next: [LIME for a row of numbers](lime_tabular.py).
"""

from collections.abc import Sequence

import numpy as np

from ..kernels import matmul
from ..kernels.jit import kernel
from .table import Table

# Up to so many columns are chosen one by one.
ONE_BY_ONE = 6


class LocalPlane:
    r"""The plane through the answers of the neighbours of x.

    X: (N, M), a row for each neighbour, x itself the first. f: (N,), the answers. distances: (N,), from x. width: the
    kernel width. num_features: how many columns get a slope, at most.

    Attributes: these; `weights` (N,); `chosen`, the numbers of the columns with a slope, in order;
    `coefficients` (M,), 0 for the others; `intercept`; `fit` (N,), the heights of the plane; `r_squared`.
    """

    def __init__(self, X: np.ndarray, f: np.ndarray, distances: np.ndarray, width: float, num_features: int) -> None:
        self.X, self.f, self.distances = X, f, distances
        # in a unit of its own size, a power of two, lest the squares of a tiny or a huge f be lost
        unit = np.ldexp(1.0, np.frexp(np.abs(f).max())[1])
        f = f / unit
        with np.errstate(over="ignore"):  # so far away that it does not count
            # [eq:lime-weight] $w_n = \sqrt{e^{-d_n^2/\kappa^2}}$
            self.weights = np.exp(-((distances / width) ** 2) / 2)
        means, mean = weighted_mean(X, self.weights), weighted_mean(f[:, np.newaxis], self.weights)
        XWX, XWf, variation = weighted_products(X, f, self.weights, means, mean)
        self.one_by_one = num_features <= ONE_BY_ONE
        if self.one_by_one:
            chosen = forward_selection(XWX, XWf, min(num_features, len(XWX)))
        else:
            chosen = largest_products(XWX, XWf, X[0], num_features)
        self.chosen = np.sort(chosen)
        slopes = ridge(XWX[np.ix_(self.chosen, self.chosen)], XWf[self.chosen], alpha=1.0)
        self.coefficients = np.zeros(len(XWX))
        self.coefficients[self.chosen] = slopes
        intercept = mean[0] - means[self.chosen] @ slopes
        fit = intercept + matmul(X, self.coefficients[:, np.newaxis])[:, 0]
        self.r_squared = r_squared(f, fit, self.weights, variation)
        self.coefficients, self.intercept, self.fit = self.coefficients * unit, float(intercept * unit), fit * unit

    def table(self, title: str, names: Sequence[str], meaning: str, column: int | None) -> Table:
        """The neighbours, and how the slopes come out of them; with a column, how the slope of that one does.

        names: of the M columns. meaning: what their numbers are, a sentence.
        """
        how = "one by one, the best first" if self.one_by_one else "by the largest |β X_0| of a ridge with α = 0.01"
        if len(self.chosen) == len(self.coefficients):
            which = "All columns have a slope."
        else:
            which = f"{len(self.chosen)} of {len(self.coefficients)} columns were chosen {how}; the others have φ = 0."
        ends = {"distance": self.distances, "w": self.weights, "f": self.f}
        if column is None:
            columns = {names[i]: self.X[:, i] for i in self.chosen}
            formula = (
                f"{meaning} {which} With the w-weighted mean taken off each column X and off f, and W = diag(w), "
                "the φ are β in (XᵀWX + I) β = XᵀWf."
            )
            return Table(title, formula, {**columns, **ends, "fit": self.fit})
        x = self.X[:, column]
        columns = {names[column]: x, **ends}
        if column not in self.chosen:
            return Table(title, f"{meaning} {which} {names[column]} is one of the others.", columns)
        columns["others"] = self.fit - self.coefficients[column] * x
        formula = (
            f'{meaning} "others" is the plane without {names[column]}. With the w-weighted mean x̄ taken off '
            f"x = {names[column]}: φ = Σ w (x − x̄)(f − others) / (Σ w (x − x̄)² + 1)."
        )
        return Table(title, formula, columns)


# ## What is summed over the neighbours


def distances_from_first(X: np.ndarray) -> np.ndarray:
    """How far every row is from the first, (N, M) -> (N,)."""
    d = np.empty(len(X))
    _distances_from_first(X, d)
    return d


@kernel
def _distances_from_first(X: np.ndarray, d: np.ndarray) -> None:
    for n in range(X.shape[0]):
        total = 0.0
        for i in range(X.shape[1]):
            total += (X[n, i] - X[0, i]) ** 2
        # [eq:euclidean-distance] $d_n = \sqrt{\sum_i (X_{ni} - X_{0i})^2}$
        d[n] = np.sqrt(total)


def weighted_mean(X: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The mean over the rows, (N, M) -> (M,). Of equal numbers it is that number, to the bit."""
    total = np.zeros(X.shape[1])
    _weighted_differences(X, weights, total)
    return X[0] + total / weights.sum()


@kernel
def _weighted_differences(X: np.ndarray, w: np.ndarray, total: np.ndarray) -> None:
    for n in range(X.shape[0]):
        for i in range(X.shape[1]):
            total[i] += w[n] * (X[n, i] - X[0, i])


def weighted_products(
    X: np.ndarray, f: np.ndarray, weights: np.ndarray, means: np.ndarray, mean: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    r"""$\tilde X^T W \tilde X$ (M, M), $\tilde X^T W \tilde f$ (M,) and $\tilde f^T W \tilde f$, all that slopes need.

    X: (N, M). f: (N,). means, mean: of X, (M,), and f, (1,).
    """
    products = np.zeros((len(means) + 1, len(means) + 1))
    _weighted_products(X, f, weights, np.append(means, mean), products)
    products += np.tril(products, -1).T
    return products[:-1, :-1], products[-1, :-1], float(products[-1, -1])


@kernel
def _weighted_products(X: np.ndarray, f: np.ndarray, w: np.ndarray, means: np.ndarray, C: np.ndarray) -> None:
    """C_ij = Σ w times columns i and j without their means, j <= i; f is the last column.

    Four rows at a time: an entry of C is fetched once for four of them.
    """
    N, M = X.shape
    x, v = np.empty((4, M + 1)), np.empty(4)
    for n in range(0, N, 4):
        for r in range(4):
            row = min(n + r, N - 1)
            v[r] = w[row] if row == n + r else 0.0
            for i in range(M):
                x[r, i] = X[row, i] - means[i]
            x[r, M] = f[row] - means[M]
        x0, x1, x2, x3 = x[0], x[1], x[2], x[3]
        for i in range(M + 1):
            a0, a1, a2, a3 = v[0] * x0[i], v[1] * x1[i], v[2] * x2[i], v[3] * x3[i]
            c = C[i]
            for j in range(i + 1):
                c[j] += a0 * x0[j] + a1 * x1[j] + a2 * x2[j] + a3 * x3[j]


# ## Slopes


def ridge(XWX: np.ndarray, XWf: np.ndarray, alpha: float) -> np.ndarray:
    """The slopes β of the plane, (M,). Source: Hoerl and Kennard, 1970."""
    # [eq:weighted-ridge] $(\tilde X^T W \tilde X + \alpha I)\,\beta = \tilde X^T W \tilde f$
    return np.linalg.solve(XWX + alpha * np.eye(len(XWX)), XWf)


def r_squared(f: np.ndarray, fit: np.ndarray, weights: np.ndarray, variation: float) -> float:
    r"""The share that the fit explains of the variation of f, $\tilde f^T W \tilde f$; 1 where there is none."""
    # [eq:weighted-r-squared] $R^2 = 1 - \sum_n w_n (f_n - \hat f_n)^2 / \sum_n w_n (f_n - \bar f)^2$
    return float(1 - (weights * (f - fit) ** 2).sum() / variation) if variation > 0 else 1.0


def forward_selection(XWX: np.ndarray, XWf: np.ndarray, count: int) -> list[int]:
    """The numbers of so many columns, chosen one by one: each time that with which the plane fits best (α = 0).

    Of columns that fit equally well, to rounding, the first is taken.
    """
    chosen: list[int] = []
    for _ in range(count):
        length = XWX.diagonal()
        # [eq:forward-selection] column $i$ explains $(\tilde X_i^T W \tilde f)^2 / \tilde X_i^T W \tilde X_i$ more
        gain = np.divide(XWf**2, length, out=np.zeros_like(XWf), where=length > 0)
        gain[chosen] = -1
        best = int(np.argmax(gain >= gain.max() * (1 - 1e-12)))
        chosen.append(best)
        if length[best] > 0:
            # take out of every column, and of f, what the chosen one explains of it
            share = XWX[best] / length[best]
            XWf = XWf - share * XWf[best]
            XWX = XWX - np.outer(share, XWX[best])
    return chosen


def largest_products(XWX: np.ndarray, XWf: np.ndarray, x: np.ndarray, count: int) -> np.ndarray:
    """The numbers of so many columns: those with the largest |β_i x_i| of a ridge of all, with α = 0.01."""
    return np.argsort(-np.abs(ridge(XWX, XWf, alpha=0.01) * x), kind="stable")[:count]
