r"""
# The inputs: what the network is given

Most trouble with a network is in its data, and is seen before the first step. `plot_inputs(x, y)` draws it in one of
two ways.

**Features.** For every column $x_i$ a thin line from its smallest to its largest value, a thick one for the middle half
of the examples, and the median of each class. Given `scaled=`, the same data after scaling stand beside it: columns
whose thousands drowned all others now have the same range, by [minmax_scale or standardize](../data/prepare.py).

```python
plot_inputs(x, y, scaled=tn.data.minmax_scale(x))
```

**Images.** `image_shape=(8, 8)` bends each row back into an image and writes its class above it. Check here that the
two belong together, and that no image lies on its side.

A class is called by the number that the data give it, from 0: the digit 3 is class 3, though the output neuron that
stands for it is the fourth. Where the target is no class, its number is written as it is.

Read next: [the predictions](predictions.py).
"""

from math import ceil, prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .drawing import FONT, LINES, draw_matrix, legend_below, number, side_by_side, tick_whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

# So many images stand side by side, and in so many rows; beside scaled ones there is room for fewer.
ACROSS, ACROSS_TWO, DOWN = 7, 4, 3
# The ends of a range are written beside it where the columns are no more than this.
WRITTEN = 8


def plot_inputs(
    x: ArrayLike,
    y: ArrayLike | None = None,
    *,
    image_shape: tuple[int, int] | None = None,
    scaled: ArrayLike | None = None,
    figure: "Figure | SubFigure | None" = None,
) -> "Figure | SubFigure":
    """Draw the columns of x with their ranges or, given `image_shape`, the first rows as images.

    x: (N, n_0); it may have entries that are not finite, which are marked. y: (N, n_L), one-hot, or one column; more
    than four classes share one median. image_shape: (height, width), whose product is n_0. scaled: x after scaling,
    (N, n_0), drawn on the right. Returns the Figure. Raises ValueError for shapes that do not fit.
    """
    import matplotlib.pyplot as plt

    tables = [_table("x", x)] + ([] if scaled is None else [_table("scaled", scaled)])
    if tables[0].shape != tables[-1].shape:
        raise ValueError(f"x has shape {tables[0].shape} and scaled has {tables[-1].shape}; they must be equal")
    targets = None if y is None else _table("y", y)
    if targets is not None and len(targets) != len(tables[0]):
        raise ValueError(f"x has {len(tables[0])} examples and y has {len(targets)}; they must be equal")
    if figure is None:
        figure = plt.figure(figsize=(8, 3.8), layout="constrained")
    across = ACROSS if scaled is None else ACROSS_TWO
    shown = across * DOWN
    name = f"inputs $x$, {' × '.join(f'{length:,}' for length in tables[0].shape)}"
    if image_shape is not None and len(tables[0]) > shown:
        name = f"inputs $x$, the first {shown} of {len(tables[0]):,} examples"
    panels = figure.subplots(1, len(tables), squeeze=False)[0]
    for panel, table, when in zip(panels, tables, ("before scaling", "after scaling")):
        if image_shape is None:
            draw_ranges(table, None if targets is None else classes_of(targets), panel)
            panel.set(xlabel="input $x_i$: its number $i$", ylabel="value" if panel is panels[0] else "")
        else:
            captions = [""] * shown if targets is None else [target_name(target) for target in targets[:shown]]
            draw_images(table[:shown], captions, image_shape, "$x_i$", panel, across)
        panel.set_title(name if scaled is None else when)
    return figure


def _table(name: str, values: ArrayLike) -> np.ndarray:
    table = np.asarray(values, float)
    if table.ndim != 2 or table.size == 0:
        raise ValueError(
            f"{name} has shape {table.shape}; expected (N, n), one example a row"
            + ("; make it a column: y.reshape(-1, 1), or one-hot: tn.data.one_hot" if name == "y" else "")
            + (f"; x.reshape({len(table)}, -1) makes rows of images" if name == "x" and table.ndim > 2 else "")
        )
    return table


# ## Targets and their names


def classes_of(y: np.ndarray) -> np.ndarray | None:
    """The class of each example, (N,), from 0; None where y, (N, n_L), are no classes.

    They are for one column of 0 and 1, and for rows of probabilities, one-hot rows among them.
    """
    if y.shape[1:] == (1,):
        return y[:, 0].astype(int) if np.isin(y, (0, 1)).all() else None
    if y.ndim == 2 and (y >= 0).all() and np.allclose(y.sum(axis=1), 1, rtol=0, atol=1e-6):
        return y.argmax(axis=1)
    return None


def target_name(target: np.ndarray) -> str:
    """What is written above an image: the class, or the numbers of a target (n_L,) that is none."""
    found = classes_of(target[np.newaxis])
    return str(found[0]) if found is not None else ", ".join(number(value) for value in target)


# ## Images


def draw_images(
    x: np.ndarray, captions: list[str], image_shape: tuple[int, int], symbol: str, ax: "Axes", across: int
) -> list[tuple[int, int]]:
    """Draw the rows of x, (N, n_0), as images, `across` of them in a row, each with its caption above it.

    Returns where each begins, (left, top): its first pixel has its middle at (left + 1, top + 1).
    """
    height, width = image_shape
    if prod(image_shape) != x.shape[1]:
        raise ValueError(f"x has {x.shape[1]} columns, images of {image_shape} have {prod(image_shape)}")
    across = min(across, len(x))
    box = ax.get_window_extent()
    cell = box.width / ax.figure.dpi * 72 / (across * (width + 1))  # its side in points, if the width decides
    lines = max(caption.count("\n") + 1 for caption in captions) if any(captions) else 0
    head = ceil(lines * 1.5 * FONT / cell)
    images = np.ma.array(np.zeros((len(x), height + head, width)), mask=True)
    images[:, head:] = x.reshape(-1, height, width)
    # by columns, as weights are; masked where the caption goes
    sheet = side_by_side(images.reshape(len(x), -1).T, (height + head, width), across)
    draw_matrix(sheet, symbol, ax, signed=bool((x < 0).any()))
    ax.set(aspect="equal", xticks=[], yticks=[], facecolor="white" if np.isfinite(x).all() else "0.8")
    places = [((n % across) * (width + 1), (n // across) * (height + head + 1) + head) for n in range(len(x))]
    for (left, top), caption in zip(places, captions):
        ax.text(left + (width + 1) / 2, top + 0.3, caption, ha="center", va="bottom", fontsize=FONT)
    return places


# ## Features


def draw_ranges(x: np.ndarray, classes: np.ndarray | None, ax: "Axes") -> None:
    """Draw the range of every column of x, (N, n_0), its middle half, and its medians."""
    n = x.shape[1]
    columns = [column[np.isfinite(column)] for column in x.T]
    # of a column with nothing finite, nothing is drawn
    quartiles = np.array([np.quantile(c, [0, 0.25, 0.75, 1]) if len(c) else np.full(4, np.nan) for c in columns]).T
    i = np.arange(1, n + 1)
    wide = float(np.clip(150 / n, 1, 8))
    least, low, high, most = quartiles
    ax.vlines(i, least, most, color="black", linewidth=max(0.5, wide / 8), label="smallest … largest")
    ax.vlines(i, low, high, color="0.7", linewidth=wide, label="the middle half")
    known = [] if classes is None else np.unique(classes).tolist()
    groups: list[tuple[Any, str]] = [(slice(None), "median")]
    if 1 < len(known) <= len(LINES):
        groups = [(classes == k, f"median of class {k}") for k in known]
    for (rows, label), (colour, marker, _) in zip(groups, LINES):
        medians = [np.median(c[np.isfinite(c)]) if np.isfinite(c).any() else np.nan for c in x[rows].T]
        size = float(np.clip(150 / n, 2, 6))
        ax.plot(
            i, medians, marker, color=colour, markersize=size, markeredgecolor="white", markeredgewidth=0.3, label=label
        )
    if n <= WRITTEN:
        for k, bottom, top in zip(i, least, most):
            for value, side, gap in [(bottom, "top", -4), (top, "bottom", 4)][int(bottom == top) :]:
                if np.isfinite(value):
                    place: dict[str, Any] = {"xytext": (0, gap), "textcoords": "offset points", "ha": "center"}
                    ax.annotate(number(value), (k, value), va=side, fontsize=FONT, **place)
        ax.margins(y=0.12)
    lost = ~np.isfinite(x)
    if lost.any():
        where = lost.any(axis=0)
        foot = ax.get_xaxis_transform()
        label = f"not finite: {lost.sum()} entries"
        ax.plot(i[where], np.zeros(where.sum()), "kx", transform=foot, clip_on=False, label=label)
    ax.set_xlim(0.5, n + 0.5)
    tick_whole_numbers(ax.xaxis)
    ax.grid(axis="y", alpha=0.3)
    legend_below(ax, ax.get_legend_handles_labels()[0], 4.5)
