r"""
# A summary: one method over many examples

One attribution speaks of one example. What does the network look at in general? Ask about $N$ of them, and put the
$\varphi$ side by side, $\varphi_{ni}$ for feature $i$ of example $n$.

**The importance** of a feature is the mean size of its $\varphi$, whatever their sign:

$$I_i = \frac{1}{N} \sum_{n=1}^N |\varphi_{ni}|$$

**The beeswarm** keeps what the mean forgets: every $\varphi_{ni}$ is a point on the row of its feature, and shows by
its colour and its shape whether $x_{ni}$ was large or small. Large values on the right and small ones on the left: the
feature speaks *for* the output, the more there is of it. Mixed: it depends on others.

Each example is asked about `target`, or by default about its own largest output; then a positive $\varphi$ speaks for
whatever the network said.

A summary is as good as its examples are a sample, and a mean over classes that are looked at in different ways
resembles none of them.

Source: bars and beeswarm as in Lundberg et al. 2020.

Read next: [through training](through_training.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from ..introspect.drawing import FONT, number
from ..model import Sequential
from .attribution import Attribution, feature_name
from .pictures import (
    MOST,
    draw_bars,
    draw_image,
    feature_labels,
    image_of,
    in_units,
    rows_of,
    with_unit,
    write_title,
)
from .question import Model

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Points of a row are stacked where they fall into the same of so many bins, so far apart, the rows being 1.
BINS, APART = 100, 0.07
# The shapes of small, middle and large values; their colours, from dark to light, need no eye for colour.
SHAPES, SHADES = (("v", "small"), ("o", "middle"), ("^", "large")), "cividis"


@dataclass(frozen=True, eq=False, repr=False)
class Summary:
    """Attributions of one method for many examples.

    method: its name. x: the examples, (N, ...). values: φ, of the shape of x. targets: the output that was explained
    of each, (N,). predictions: f(x) of each, (N,). explained: what was explained, in words.
    """

    method: str
    x: np.ndarray
    values: np.ndarray
    targets: np.ndarray
    predictions: np.ndarray
    explained: str

    @property
    def importance(self) -> np.ndarray:
        """The mean size of φ of each feature, of the shape of one example."""
        # in units of the largest, no sum is too large
        phi, unit = in_units(self.values)
        # [eq:importance] $I_i = \frac{1}{N} \sum_n |\varphi_{ni}|$
        return unit * np.abs(phi).mean(axis=0)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        names: Sequence[str] | None = None,
        image_shape: tuple[int, int] | None = None,
    ) -> "Axes":
        """Draw the importance: as an image where the examples are images or image_shape says so, else as bars.

        names: of the features; what has names has bars. Returns the Axes. Raises ValueError for what does not fit.
        """
        importance = self.importance
        image = image_of(importance.shape, image_shape)
        labels = feature_labels(importance.shape, names)
        if image is not None and names is None:
            ax = draw_image(importance, image, r"importance: mean of $|\varphi_{ij}|$", ax)
        else:
            ax = draw_bars(importance.ravel(), labels, ax, r"importance: mean of $|\varphi_i|$")
        write_title(ax, self.method, self.explained, f"{len(self.x):,} examples")
        return ax

    def plot_beeswarm(
        self,
        ax: "Axes | None" = None,
        *,
        names: Sequence[str] | None = None,
        image_shape: tuple[int, int] | None = None,
    ) -> "Axes":
        """Draw every φ as a point on its feature's row, coloured by the feature's value, the most important on top.

        names: of the features. image_shape: to call pixels by row and column. Returns the Axes. Raises ValueError for
        what does not fit.
        """
        shape, count = self.importance.shape, self.importance.size
        labels = feature_labels(shape if len(shape) > 1 else image_of(shape, image_shape) or shape, names)
        shown = np.argsort(-self.importance.ravel(), kind="stable")[:MOST]
        drawn, unit = in_units(self.values.reshape(len(self.x), count)[:, shown])
        shares = _share(self.x.reshape(len(self.x), count)[:, shown])
        ax = rows_of(len(shown), ax, 0.32)
        _draw_points(ax, drawn, shares)
        ax.axvline(0, color="black", linewidth=0.8, zorder=0)
        ax.set_yticks(range(1, len(shown) + 1), [labels[i] for i in shown])
        more = f"   ({count - len(shown):,} weaker features are not shown)" if count > len(shown) else ""
        ax.set_xlabel(with_unit(r"$\varphi$ of each example", unit) + more)
        write_title(ax, self.method, self.explained, f"{len(self.x):,} examples")
        return ax

    def __repr__(self) -> str:
        importance = self.importance.ravel()
        first = np.argsort(-importance, kind="stable")[:8]
        parts = [f"I_{feature_name(i, self.importance.shape)} = {number(importance[i])}" for i in first]
        more = f", … {importance.size - 8} more" if importance.size > 8 else ""
        return (
            f"{self.method} of the {self.explained}, {len(self.x):,} examples\n"
            f"importance, the mean of |φ|: {', '.join(parts)}{more}"
        )


def summary(
    method: Callable[..., Attribution], model: Model, x: ArrayLike, target: int | None = None, **settings: Any
) -> Summary:
    """Ask the same method about many examples.

    method: one of this package, explain.saliency for instance. x: (N, ...), the examples. target: the output to
    explain; by default of each example its largest. settings: those of the method, `output` and `background` among
    them, the same for every example. Raises as the method does, ValueError where there are no examples, and TypeError
    for what is no method.
    """
    check_method(method)
    examples = np.asarray(x)
    if examples.ndim < 2 or examples.size == 0:
        raise ValueError(f"x has shape {examples.shape}; expected (N, ...), one example a row, at least one")
    found = []
    for row in tqdm(examples, desc="examples", delay=1, leave=False):
        asked = method(model, row, target, **settings)
        # of each only what is needed: the working of many would fill the memory
        found.append((asked.x, asked.values, asked.target, asked.prediction))
    x, values, targets, predictions = map(np.stack, zip(*found))
    explained = asked.explained
    if (targets != targets[0]).any():
        explained = explained.replace(f"of class {asked.target}", "of each example's largest output")
    return Summary(asked.method, x, values, targets, predictions, explained)


def check_method(method: object) -> None:
    """Raise TypeError for what is no method: its name, or the model in its place."""
    if not callable(method) or isinstance(method, Sequential):
        raise TypeError(f"a method is a function, tinynet.explain.saliency for instance; not {method!r:.80}")


# ## The swarm


def _draw_points(ax: "Axes", values: np.ndarray, shares: np.ndarray) -> None:
    """Points at the values (N, features), a row for each feature; the shares say how large the feature itself is."""
    from matplotlib.cm import ScalarMappable

    heights = jitter(values) + np.arange(1, values.shape[1] + 1)
    size = float(np.clip(2000 / len(values), 6, 30))
    for third, (marker, _) in enumerate(SHAPES):
        of = np.minimum((3 * shares).astype(int), 2) == third
        look: dict[str, Any] = {"cmap": SHADES, "vmin": 0, "vmax": 1, "edgecolors": "0.3", "linewidths": 0.3}
        ax.scatter(values[of], heights[of], size, shares[of], marker=marker, **look)
    bar = ax.figure.colorbar(ScalarMappable(cmap=SHADES), ax=ax, label="the feature's value")
    words = [f"{'▼●▲'[third]} {word}" for third, (_, word) in enumerate(SHAPES)]
    bar.set_ticks([1 / 6, 1 / 2, 5 / 6], labels=words, fontsize=FONT)


def jitter(values: np.ndarray) -> np.ndarray:
    """How far from the middle of its row each point is drawn, so that they do not hide each other: 0.4 at most.

    values: (N, features). Points that fall into the same bin of the axis stand one above and one below the other.
    """
    low, high = min(values.min(), 0), max(values.max(), 0)
    bins = (BINS * (values - low) / (high - low or 1)).astype(int)
    places = np.empty(values.shape)
    for i, column in enumerate(bins.T):
        order = np.argsort(column, kind="stable")
        ranks = np.arange(len(order)) - np.searchsorted(column[order], column[order])
        # as far apart as usual, or as there is room for all of the bin
        apart = np.minimum(APART, 0.8 / np.bincount(column)[column[order]])
        places[order, i] = np.where(ranks % 2, -1, 1) * ((ranks + 1) // 2) * apart
    return places


def _share(x: np.ndarray) -> np.ndarray:
    """Where each entry of (N, features) is between the 5th and the 95th percentile of its feature, 0 to 1, else ½."""
    drawn, _ = in_units(x)
    low, high = np.percentile(drawn, [5, 95], axis=0)
    wide = high > low
    return np.where(wide, np.clip((drawn - low) / np.where(wide, high - low, 1), 0, 1), 0.5)
