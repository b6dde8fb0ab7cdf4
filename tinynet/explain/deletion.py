r"""
# Deletion and insertion

If $\varphi$ says what the answer rests on, then taking that away must take the answer away. So features leave the
example one by one, the one of the largest $\varphi$ first, and $f$ is asked after each. What leaves is replaced by its
entry in a baseline $\tilde x$:

$$x^{(k)}_i = \begin{cases} \tilde x_i & \text{for the $k$ features of largest } \varphi \\ x_i & \text{for the others}
\end{cases} \qquad k = 0 \dots M$$

The curve leads from $f(x)$ to $f(\tilde x)$, and the sooner it falls, the better was the order. Its height in the mean,
the *area* under it, is one number:

$$A = \frac{1}{M} \sum_{k=1}^{M} \frac{f(x^{(k-1)}) + f(x^{(k)})}{2}$$

*Insertion* walks the same way from the other end: features enter the baseline, the one of the largest $\varphi$ first,
and the larger the area, the better.

**Compared with what?** Any order of the features gives a curve with the same two ends, so an area means nothing alone:
beside each stand the curves of random orders.

**Signed.** $\varphi_i < 0$ says that the feature speaks against the answer. Such features leave last, and the curve
often falls far below $f(\tilde x)$ before it comes back.

**Ties.** Features of equal $\varphi$ leave in the order in which they stand in $x$, row by row in an image. A method
that gives whole segments one $\varphi$, or most features none, is judged by that order too; `ties` counts such
features.

**What is "away"?** The baseline must be an example that says nothing: the paper of a digit is 0, but a bright photo is
not made empty by black, and no flower has petals of length 0. Fair is the one that the method had in mind: Shapley
values its background, LIME of an image the grey of a segment that is switched off. Two areas can be compared where the
baselines are the same. And an $x^{(k)}$ half way is an example that the network never saw; its $f$ may be anything.

Source: Petsiuk, Das and Saenko, *RISE*, 2018.

Read next: [faithfulness and stability](stability.py).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from ..introspect.drawing import LINES, legend_below, number
from .attribution import Attribution, check_attribution
from .pictures import write_title
from .question import CHUNK, Question

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Random orders that a curve is compared with
RANDOM = 20


@dataclass(frozen=True, eq=False, repr=False)
class Curve:
    """f as features leave x for the baseline ("deletion"), or enter the baseline from x ("insertion").

    Attributes: `kind`; `attribution`; `baseline`, of the shape of x; `order`, (M,), the numbers of the features, of x
    as one row, in the order of their move; `ties`, how many of them share their φ with another; `values`, (M + 1,), f
    after 0 ... M moves.
    """

    kind: str
    attribution: Attribution
    baseline: np.ndarray
    order: np.ndarray
    ties: int
    values: np.ndarray

    @property
    def fractions(self) -> np.ndarray:
        """The share of the features that has moved: 0 ... 1, (M + 1,)."""
        return np.linspace(0, 1, len(self.values))

    @property
    def area(self) -> float:
        """The area under the curve. Of a deletion small is good, of an insertion large."""
        return float(areas(self.values))

    @cached_property
    def random(self) -> np.ndarray:
        """The curves of 20 random orders, (20, M + 1): always the same ones for as many features."""
        self.attribution.question.check_unchanged()
        rng = np.random.default_rng(0)
        orders = [rng.permutation(len(self.order)) for _ in range(RANDOM)]
        question, start, end = self.attribution.question, *ends(self.kind, self.attribution.x, self.baseline)
        return np.array([walk(question, start, end, order) for order in tqdm(orders, leave=False, delay=1)])

    @property
    def random_area(self) -> float:
        """The mean area under the curves of the random orders."""
        return float(areas(self.random).mean())

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the curve, and beside it the mean and the range of those of random orders. Returns the Axes."""
        import matplotlib.pyplot as plt

        if ax is None:
            ax = plt.subplots(figsize=(7, 4.5), layout="constrained")[1]
        (colour, marker, style), (grey, _, dashes) = LINES[0], ("0.35", "", "--")
        ax.fill_between(self.fractions, self.random.min(axis=0), self.random.max(axis=0), color="0.88", linewidth=0)
        label = f"{RANDOM} random orders, mean and range"
        randoms = ax.plot(self.fractions, self.random.mean(axis=0), color=grey, linestyle=dashes, label=label)
        look: dict[str, Any] = {"color": colour, "linestyle": style, "marker": marker if len(self.order) <= 30 else ""}
        ours = ax.plot(self.fractions, self.values, label="largest φ first", **look)
        moved = "have left" if self.kind == "deletion" else "have entered"
        ax.set(xlabel=f"share of the features that {moved}", ylabel="$f$")
        numbers = f"area {number(self.area)}, of random orders {number(self.random_area)}"
        numbers += f"; ties: {self.ties} of {len(self.order)} features" if self.ties else ""
        write_title(ax, f"{self.kind}: {self.attribution.method}", self.attribution.explained, numbers)
        ax.grid(alpha=0.3)
        legend_below(ax, [*ours, *randoms], 4.5)
        return ax

    def __repr__(self) -> str:
        return (
            f"{self.kind} by {self.attribution.method}: area {number(self.area)}, of random orders "
            f"{number(self.random_area)}; f from {number(self.values[0])} to {number(self.values[-1])}"
        )


def deletion(attribution: Attribution, *, baseline: ArrayLike | None = None) -> Curve:
    """f(x) as the features of x leave for the baseline, that of the largest φ first.

    baseline: of the shape of x, or a number; by default the attribution's own, else the mean of its background, else
    zeros. Returns a Curve. Raises ValueError for a baseline of another shape, RuntimeError where the model has changed
    since it was explained.
    """
    return _curve("deletion", attribution, baseline)


def insertion(attribution: Attribution, *, baseline: ArrayLike | None = None) -> Curve:
    """f as the features of x enter the baseline, that of the largest φ first; all else is as in `deletion`."""
    return _curve("insertion", attribution, baseline)


def _curve(kind: str, attribution: Attribution, baseline: ArrayLike | None) -> Curve:
    check_attribution(attribution, kind)
    baseline = chosen_baseline(attribution, baseline)
    attribution.question.check_unchanged()
    phi = attribution.values.ravel()
    order = np.argsort(-phi, kind="stable")
    _, count = np.unique(phi, return_counts=True)
    ties = int(count[count > 1].sum())
    values = walk(attribution.question, *ends(kind, attribution.x, baseline), order)
    return Curve(kind, attribution, baseline, order, ties, values)


def ends(kind: str, x: np.ndarray, baseline: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where a curve starts and where it ends."""
    return (x, baseline) if kind == "deletion" else (baseline, x)


def chosen_baseline(attribution: Attribution, baseline: ArrayLike | None = None) -> np.ndarray:
    """The baseline that was given; else the attribution's own; else the mean of its background; else zeros."""
    if baseline is None:
        baseline = attribution.baseline
    if baseline is None and attribution.background is not None:
        baseline = np.mean(attribution.background, axis=0, dtype=float)
    return attribution.question.baseline(baseline)


def walk(question: Question, start: np.ndarray, end: np.ndarray, order: np.ndarray) -> np.ndarray:
    """f on the way from start to end, (M + 1,): the features move one by one, in this order."""
    M = len(order)
    place = np.empty(M, int)
    place[order] = np.arange(1, M + 1)
    parts = []
    for first in tqdm(range(0, M + 1, CHUNK), "moving features", leave=False, delay=1):
        k = np.arange(first, min(first + CHUNK, M + 1))[:, np.newaxis]
        # [eq:deletion] $x^{(k)}_i = \tilde x_i$ for the $k$ features of largest $\varphi$, $x_i$ for the others
        rows = np.where(place <= k, end.ravel(), start.ravel())
        parts.append(question.f(rows.reshape(-1, *question.x.shape)))
    return np.concatenate(parts).astype(float)


def areas(values: np.ndarray) -> np.ndarray:
    """The area under each curve, (..., M + 1) -> (...)."""
    # [eq:deletion-area] $A = \frac{1}{M} \sum_{k=1}^{M} \frac{1}{2} \left(f(x^{(k-1)}) + f(x^{(k)})\right)$
    return (values[..., :-1] + values[..., 1:]).mean(axis=-1) / 2
