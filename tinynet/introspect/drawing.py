r"""
# How a picture is drawn

What all pictures of this package share: the colours, the signs, and a matrix drawn as cells.

**White is 0.** Signed numbers go from purple through white to orange, equally far on both sides, so that
equal depth is equal size. Numbers of one sign use the orange half alone. Red and green would look alike to one
man in twelve; orange and purple (the scale PuOr of Harrower and Brewer 2003) stay far apart for every kind of
colour blindness, and purple prints darker.

**Colour is never the only sign.** The cells carry a + or −; where they are many, the strongest of them do.

**NaN and infinity are seen.** They are grey cells with a ×, and the colour bar says how many.

**Pictures count from 1**, as the formulas do: $z_1 = a_1 w_{11} + a_2 w_{21} + b_1$. Python counts from 0, so
the cell in row $i$, column $j$ is `W[i - 1, j - 1]`.

matplotlib is slow to import, and who draws nothing need not wait: the functions import it.

Read next: [the plots](plots.py).
"""

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from .pencil import Pencil

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.colors import Colormap

FONT = 8.0
# matplotlib's name of the colours from purple through white to orange
COLOURS = "PuOr_r"
# More signs than this are a texture, not signs.
MARKS = 200
# More rows or columns than this do not fit on a page.
PAGE = 500
# Lines: colour-blind-safe colours (Okabe and Ito 2008), each with a marker and a style of its own
LINES = [("#0072B2", "o", "-"), ("#D55E00", "s", "--"), ("#009E73", "^", "-."), ("#CC79A7", "D", ":")]


def find(layers: Sequence, layer: int) -> Any:
    if layer not in range(len(layers)):
        raise ValueError(f"there is no layer {layer}; they are numbered 0 (the input) … {len(layers) - 1}")
    return layers[layer]


def neuron(index: str, layer: int) -> str:
    return f"neuron ${index}$ of layer {layer}" if layer else f"input ${index}$"


def tick_whole_numbers(axis: "Axis") -> None:
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))


def side_by_side(W: np.ndarray, image_shape: tuple[int, int], across: int) -> "np.ma.MaskedArray":
    """The columns of W as images, `across` of them in a row, one masked cell between two."""
    height, width = (length + 1 for length in image_shape)
    down = ceil(W.shape[1] / across)
    sheet = np.ma.array(np.zeros((down * height - 1, across * width - 1)), mask=True)
    for j, weights in enumerate(W.T):
        top, left = height * (j // across), width * (j % across)
        sheet[top : top + height - 1, left : left + width - 1] = weights.reshape(image_shape)
    return sheet


def new_axes(rows: int, columns: int) -> "Axes":
    """Axes for a matrix, on a figure that grows with it up to the size of a page."""
    import matplotlib.pyplot as plt

    if max(rows, columns) > PAGE:
        raise ValueError(
            f"{rows} × {columns} cells do not fit on a page; draw them on a larger one: "
            f"ax=plt.figure(figsize=({max(8, columns // 50)}, {max(7, rows // 50)})).add_subplot()"
        )
    size = np.clip([2.5 + 0.4 * columns, 1.5 + 0.3 * rows], [4, 2.2], [8, 7])
    return plt.subplots(figsize=size, layout="compressed")[1]


def draw_matrix(
    values: np.ndarray, symbol: str, ax: "Axes | None", *, at_least: float = 0.0, signed: bool = True
) -> "Axes":
    """Draw a matrix, (rows, ...), with its signs and a colour bar that explains `symbol`.

    The colours reach at least to `at_least`. Masked entries are left out.
    """
    values = np.ma.array(values.reshape(len(values), -1))
    rows, columns = values.shape
    ax = new_axes(rows, columns) if ax is None else ax
    finite = np.ma.masked_invalid(values)
    largest = np.abs(finite).filled(0).max()
    limit = max(at_least, largest) or 1.0
    image = ax.imshow(
        finite,
        cmap=half_or_all(signed),
        vmin=-limit if signed else 0,
        vmax=limit,
        # the cell in row i and column j has its middle at x = j, y = i
        extent=(0.5, columns + 0.5, rows + 0.5, 0.5),
        aspect="auto",
        interpolation="nearest",  # blended cells would show numbers that are not there
    )
    ax.set_facecolor("0.8")
    for axis, length in ((ax.xaxis, columns), (ax.yaxis, rows)):
        if length <= 16:
            axis.set_ticks(range(1, length + 1))
        else:
            tick_whole_numbers(axis)
    notes = mark_signs(ax, finite.filled(0), limit) if signed else []
    lost = np.ma.getmaskarray(finite) & ~np.ma.getmaskarray(values)
    if lost.any():
        mark(ax, lost, "x", np.zeros_like(lost))
        notes.append(f"×: {lost.sum()} not finite")
    elif largest == 0:
        notes.append("all are 0")
    ax.figure.colorbar(image, ax=ax, label=f"{symbol}   ({'; '.join(notes)})" if notes else symbol)
    return ax


def mark_signs(ax: "Axes", values: np.ndarray, limit: float) -> list[str]:
    """Put + and − into the cells; returns what the colour bar has to say about it.

    Where the cells are many, only the strongest MARKS get a sign, and none that is almost white.
    """
    depth = np.abs(values)
    weakest = 0.0 if depth.size <= MARKS else max(np.sort(depth, axis=None)[-MARKS], 0.1 * limit)
    marked = (depth > 0) & (depth >= weakest)
    mark(ax, marked & (values > 0), "+", depth > 0.6 * limit)
    mark(ax, marked & (values < 0), "_", depth > 0.5 * limit)
    return [] if marked.sum() == np.count_nonzero(depth) else [f"+ and −: the {marked.sum()} strongest"]


def mark(ax: "Axes", where: np.ndarray, marker: str, dark: np.ndarray) -> None:
    """Put a marker into the chosen cells, white where the cell is dark."""
    rows, columns = np.nonzero(where)
    box = ax.get_window_extent()
    cell = min(box.width / where.shape[1], box.height / where.shape[0]) * 72 / ax.figure.dpi
    size = float(np.clip(0.65 * cell, 5, 12))
    colours = np.where(dark[rows, columns], "white", "black")
    ax.scatter(columns + 1, rows + 1, s=size**2, c=colours, marker=marker, linewidths=max(0.7, size / 9))


def half_or_all(signed: bool) -> "Colormap":
    """The colours from purple to orange or, for numbers of one sign, from white to orange."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import ListedColormap

    return ListedColormap(plt.get_cmap(COLOURS)(np.linspace(0 if signed else 0.5, 1, 256)))


def number(value: float) -> str:
    """Three digits; all that stand before the point of one in the thousands, for 1e+03 is a hard way to write 1,000."""
    if 999.5 <= abs(value) < 999_999.5:
        return f"{value:,.0f}".replace("-", "−")
    return Pencil(digits=3, full=False).number(value)


def legend_below(ax: "Axes", handles: Sequence, lines: float) -> None:
    """A legend below the axes, as many lines of text further down as the ticks and their labels need.

    Of a tuple of handles, drawn on top of each other, the last has the label; bars are a tuple with a label of its own.
    """
    if handles:
        labels = [(handle if hasattr(handle, "get_label") else handle[-1]).get_label() for handle in handles]
        entry = 0.5 + 0.07 * max(map(len, labels))  # its width in inches
        columns = max(1, int(ax.get_window_extent().width / ax.figure.dpi / entry))
        place: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": lines}
        ax.legend(list(handles), labels, ncols=columns, fontsize=FONT, frameon=False, **place)
