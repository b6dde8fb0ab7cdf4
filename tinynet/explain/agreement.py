r"""
# Agreement: do the methods say the same?

Methods that answer one question, about the same output for the same example, can be held side by side. The *matrix* has
Spearman's rank correlation of the $\varphi$ of every two; `top` asks more coarsely, which share of their $k$ most
important features, those of largest $|\varphi|$, two methods have in common:

$$\frac{|T_a \cap T_b|}{k}, \qquad T = \text{the $k$ features of largest } |\varphi|$$

Two methods that agree may both be wrong, and two that do not may both be right: a slope and a share are answers to
different questions. But where they differ, there is something to understand. Krishna et al. (2022) found that
practitioners disagree just as much about what to do then.

Read next: [a summary](summary.py).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..checks import whole
from ..introspect.drawing import FONT, half_or_all
from .attribution import Attribution, check_attribution
from .pictures import write_title
from .randomization import spearman

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Agreement:
    """How alike several explanations of one question are.

    Attributes: `attributions`; `names`, of the methods, numbered where one occurs twice; `matrix`, (n, n), the rank
    correlations, NaN where the values of one are all equal; `overlap`, (n, n), the shares of the `top` features in
    common, or None.
    """

    attributions: list[Attribution]
    names: list[str]
    matrix: np.ndarray
    overlap: np.ndarray | None
    top: int | None

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the overlap if it was asked for, else the rank correlations. Returns the Axes."""
        import matplotlib.pyplot as plt

        n = len(self.names)
        if ax is None:
            ax = plt.subplots(figsize=(3.2 + 0.5 * n, 2.4 + 0.4 * n), layout="constrained")[1]
        values, least, label = self.matrix, -1, "rank correlation of φ"
        if self.overlap is not None:
            values, least, label = self.overlap, 0, f"share of the top {self.top}\nfeatures in common"
        ax.set_facecolor("0.8")
        cells = np.ma.masked_invalid(values)
        image = ax.imshow(cells, cmap=half_or_all(least < 0), vmin=least, vmax=1, interpolation="nearest")
        for (row, column), value in np.ndenumerate(values):
            text = "×" if np.isnan(value) else f"{value:.2f}".replace("-", "−")
            ax.text(column, row, text, ha="center", va="center", fontsize=FONT, color=_ink(value))
        ax.set_xticks(range(n), self.names, rotation=40, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(n), self.names)
        note = "×: all φ of one are equal" if np.isnan(values).any() else ""
        write_title(ax, f"{n} explanations", self.attributions[0].explained, note)
        ax.figure.colorbar(image, ax=ax, label=label)
        return ax

    def __repr__(self) -> str:
        parts = [f"rank correlation of φ: {', '.join(self.names)}", np.array2string(self.matrix, precision=3)]
        if self.overlap is not None:
            parts += [f"share of the top {self.top} features in common", np.array2string(self.overlap, precision=3)]
        return "\n".join(parts)


def _ink(value: float) -> str:
    return "white" if abs(value) > 0.6 else "black"


def agreement(attributions: Sequence[Attribution], *, top: int | None = None) -> Agreement:
    """The rank correlation of every two of several explanations of one question.

    top: compare also which so many features are most important. Returns an Agreement. Raises ValueError for fewer than
    two explanations, for those of different questions, and for more top features than there are, TypeError for what is
    no explanation.
    """
    attributions = [attributions] if isinstance(attributions, Attribution) else list(attributions)
    for other in attributions:
        check_attribution(other, "agreement")
    if len(attributions) < 2:
        raise ValueError(f"agreement is between two explanations at least; given {len(attributions)}")
    for k, other in enumerate(attributions[1:], start=2):
        _check_same(attributions[0], other, k)
    phis = [attribution.values.ravel() for attribution in attributions]
    matrix = np.array([[spearman(one, other) for other in phis] for one in phis])
    overlap = None
    if top is not None:
        if whole("top", top) > len(phis[0]):
            raise ValueError(f"top={top} features are asked for; there are {len(phis[0])}")
        chosen = [set(np.argsort(-np.abs(phi), kind="stable")[:top].tolist()) for phi in phis]
        # [eq:top-overlap] $|T_a \cap T_b|/k$, $T$ the $k$ features of largest $|\varphi|$
        overlap = np.array([[len(one & other) / top for other in chosen] for one in chosen])
    return Agreement(attributions, _numbered([a.method for a in attributions]), matrix, overlap, top)


def _check_same(first: Attribution, other: Attribution, k: int) -> None:
    """Raise ValueError where two explanations are of different questions."""
    one, two = first.question, other.question
    differences = {
        "another example x": not np.array_equal(one.x, two.x),
        f"the {two.explained}, not the {one.explained}": (one.target, one.output) != (two.target, two.output),
        "another model": one.model != two.model,
        f"f(x) = {two.prediction}, not {one.prediction}: the model has changed since, or one has a link": (
            one.prediction != two.prediction
        ),
    }
    for difference, is_there in differences.items():
        if is_there:
            raise ValueError(
                f"agreement is between answers to one question; explanation 1, {first.method}, and explanation {k}, "
                f"{other.method}, are not: the latter is of {difference}"
            )


def _numbered(names: list[str]) -> list[str]:
    """The names, with a number behind those that occur more than once."""
    count, seen = Counter(names), Counter[str]()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(f"{name} {seen[name]}" if count[name] > 1 else name)
    return numbered
