r"""
# The architecture: layers, neurons, weights

Before any number is looked at: what is the network? `plot_architecture(net)` draws its layers from left to right, and
below each its number, its name, its activation, how many neurons and how many parameters it has.

**A layer of up to 12 neurons** is drawn neuron by neuron, numbered from the top as in the formulas. Every weight
$w_{ij}$ between two such layers is a line, from neuron $i$ on the left to neuron $j$ on the right: the thicker, the
larger; solid if positive, dashed if negative. The bias $b_j$ is the ring around neuron $j$, drawn by the same rules.
Thin grey lines carry no weight: they pass a number on, to an `Activation` for example.

**A larger layer** is a box with its count, and a grey band stands for the weights. So a network for digits, 64-32-10,
is two boxes and ten neurons. In a network of more than 7 layers, which leaves little room for each, a layer of more
than 4 neurons is a box.

**Given a trace** instead of a network, neurons show their $a$ and their $\delta$: the forward pass read from left to
right, the backward pass from right to left.

Read next: [the inputs](inputs.py).
"""

from dataclasses import dataclass
from itertools import pairwise
from math import prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import name_of, whole
from ..functions import ACTIVATIONS
from ..layers import Activation, Dense, Dropout, Flatten, Layer
from ..model import Sequential
from .drawing import COLOURS, FONT, legend_below, number
from .trace import Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A layer of more neurons is a box; in a picture of more than WIDE columns, the input being one, of more than FEW.
NEURONS, FEW = 12, 4
# There the words below stand upright, and a trace's numbers are left out; of more than WIDEST, no page is wide enough.
WIDE, WIDEST = 8, 25
# Widths of lines in points, for a weight of 0 and for the largest where lines are few
THIN, THICK = 0.7, 4.5


@dataclass
class Column:
    """A layer as it is drawn: `n` neurons, words below, W (n of the column before, n) if every weight is a line.

    `passes_on`: neuron j only gets what neuron j of the column before sends.
    """

    words: list[str]
    n: int
    is_box: bool = False
    passes_on: bool = False
    W: np.ndarray | None = None
    b: np.ndarray | None = None
    a: np.ndarray | None = None
    delta: np.ndarray | None = None

    def heights(self) -> np.ndarray:
        """The y of each neuron, the first on top; of a box, its upper and its lower edge."""
        n = NEURONS / 2 + 1 if self.is_box else self.n
        return (n - 1) / 2 - (np.array([0, n - 1]) if self.is_box else np.arange(self.n))


def plot_architecture(net: Sequential | Trace, *, example: int = 0, ax: "Axes | None" = None) -> "Axes":
    r"""Draw the layers, with every neuron and weight where these are few.

    net: a network, or a trace, whose a and δ are put at the neurons. example: which one of the trace, from 0. Returns
    the Axes. Raises ValueError where the weights do not exist yet, where there is no such example, and, unless `ax` is
    given, for more layers than a page can show.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    columns = find_columns(net, example)
    if ax is None:
        if len(columns) > WIDEST:
            raise ValueError(
                f"{len(columns)} columns do not fit on a page, {WIDEST} do; draw them on a larger one: "
                f"ax=plt.figure(figsize=({len(columns) // 3}, 6)).add_subplot()"
            )
        rows = max(NEURONS / 2 + 1 if column.is_box else column.n for column in columns)
        size = np.clip([1.7 * len(columns), 2.2 + 0.42 * rows], [5, 3.2], [8, 7])
        ax = plt.subplots(figsize=size, layout="constrained")[1]
    upright = len(columns) > WIDE
    top = max(column.heights()[0] for column in columns) + 0.6
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-top, top), yticks=[])
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, labelsize=FONT)
    words = [column.words for column in columns]
    labels = [f"{' · '.join(w[:2])}\n{' · '.join(w[2:])}" if upright else "\n".join(w) for w in words]
    ax.set_xticks(range(len(columns)), labels, rotation=90 if upright else 0)
    pen = Pen(columns)
    for x, (before, column) in enumerate(pairwise(columns), start=1):
        draw_between(ax, x, before, column, pen)
    for x, column in enumerate(columns):
        draw_column(ax, x, column, pen, upright)
    key = pen.key()
    if any(drawing.get_gid() == "band" for drawing in ax.patches):
        key.append(Patch(color="0.93", label="weights, too many to draw"))
    ax.set_title(title(net, columns, example))
    lines = 0.62 * max(map(len, "\n".join(labels).split("\n"))) if upright else 1.3 * max(map(len, words))
    legend_below(ax, key, lines + 1.5)
    return ax


# ## What there is to draw


def find_columns(net: Sequential | Trace, example: int) -> list[Column]:
    """The input and every layer, with the numbers of that example if `net` is a trace."""
    if isinstance(net, Trace):
        if whole("example", example, least=0) >= len(net.y):
            raise ValueError(f"there is no example {example}; this trace has {len(net.y)}, from 0")
        layers = [entry._layer for entry in net.layers[1:]]
        weights = [(entry.W, entry.b) for entry in net.layers[1:]]
    else:
        net.parameters()  # refuses a network whose weights do not exist yet
        layers = net.layers
        tensors = [(getattr(layer, "W", None), getattr(layer, "b", None)) for layer in layers]
        weights = [tuple(None if p is None else p.data for p in pair) for pair in tensors]
    shape = layers[0].input_shape or ()
    columns = [Column(["input", *spelled(shape, "input")], prod(shape))]
    for l, (layer, (W, b)) in enumerate(zip(layers, weights), start=1):
        shape = layer.output_shape or ()
        words = [f"layer {l}", layer.name, what_it_does(layer), *spelled(shape, "neuron")]
        count = sum(p.size for p in layer.parameters())
        column = Column([*words, f"{count:,} parameters" if count else "no parameters"], prod(shape))
        if W is not None and W.shape == (columns[-1].n, column.n):
            column.W, column.b = W, b
        column.passes_on = isinstance(layer, Activation | Dropout | Flatten) and columns[-1].n == column.n
        columns.append(column)
    for column in columns:
        column.is_box = column.n > (NEURONS if len(columns) <= WIDE else FEW)
    if isinstance(net, Trace):
        for column, entry in zip(columns, net):
            column.a = entry.a[example].ravel()
            column.delta = None if entry.delta is None else entry.delta[example].ravel()
    return columns


def what_it_does(layer: Layer) -> str:
    if isinstance(layer, Dropout):
        return f"rate {layer.rate:g}"
    if isinstance(layer, Dense | Activation):
        return name_of(layer.f, ACTIVATIONS) or "own activation"
    return type(layer).__name__


def spelled(shape: tuple[int, ...], what: str) -> list[str]:
    n = prod(shape)
    count = f"{n:,} {what}{'s' if n != 1 else ''}"
    return [count] if len(shape) == 1 else [count, " × ".join(map(str, shape))]


def title(net: Sequential | Trace, columns: list[Column], example: int) -> str:
    numbers = " → ".join(f"{column.n:,}" for column in columns)
    if len(columns) > WIDE:
        numbers = f"{len(columns) - 1} layers"
    if not isinstance(net, Trace):
        total = sum(p.size for p in net.parameters())
        return f"architecture: {numbers}, {total:,} parameters"
    y = ", ".join(number(value) for value in net.y[example].ravel()[:NEURONS])
    more = ", …" if net.y[example].size > NEURONS else ""
    return f"{numbers}, example {example + 1} of {len(net.y)}: y = {y}{more}"


# ## Drawing it


class Pen:
    """How a weight is drawn: its size by the width, its sign by the dash, and by the colour too.

    `weights` are all that are drawn, W as lines and b as rings, in one row.
    """

    def __init__(self, columns: list[Column]) -> None:
        self.lines = [c.W for before, c in pairwise(columns) if c.W is not None and not (before.is_box or c.is_box)]
        rings = [column.b for column in columns if column.b is not None and not column.is_box]
        self.weights = np.concatenate([np.zeros(0), *map(np.ravel, self.lines + rings)])
        self.finite = self.weights[np.isfinite(self.weights)]
        self.largest = np.abs(self.finite).max(initial=0)
        # where more lines cross than 16, they are thinner
        crowd = max([16, *(W.size for W in self.lines)]) / 16
        self.thick = THIN + (THICK - THIN) / sqrt(crowd)

    def stroke(self, w: float) -> dict[str, Any]:
        import matplotlib.pyplot as plt

        if not np.isfinite(w):
            return {"color": "0.4", "linewidth": 1.5, "linestyle": ":"}
        if w == 0:
            return {"color": "0.75", "linewidth": THIN, "linestyle": "-"}
        width = THIN + (self.thick - THIN) * float(abs(w) / self.largest)
        colour = plt.get_cmap(COLOURS)(0.85 if w > 0 else 0.15)
        return {"color": colour, "linewidth": width, "linestyle": "-" if w > 0 else (0, (3, 1.5))}

    def key(self) -> list:
        """The entries of the legend: only what there is."""
        from matplotlib.lines import Line2D

        found = []
        for sign, extreme in ((">", self.finite.max(initial=0)), ("<", self.finite.min(initial=0))):
            if extreme:
                found.append((extreme, f"w, or b as a ring, {sign} 0: to {number(extreme)}"))
        if (self.finite == 0).any():
            found.append((0.0, "w, or b as a ring, = 0"))
        if lost := len(self.weights) - len(self.finite):
            found.append((np.nan, f"not finite: {lost}"))
        # thin enough that a dash is seen to be one
        return [Line2D([], [], **self.stroke(w) | {"linewidth": 1.8 if w else THIN}, label=label) for w, label in found]


def draw_between(ax: "Axes", x: int, before: Column, column: Column, pen: Pen) -> None:
    """What leads from the column at x − 1 to the one at x: a line for each weight, or a band."""
    from matplotlib.collections import LineCollection

    left, right = before.heights(), column.heights()
    if column.passes_on:
        lines = [[(x - 1, float(y)), (x, float(y))] for y in left]  # of a box, its edges
        ax.add_collection(LineCollection(lines, colors="0.6", linewidths=THIN, gid="passed on", zorder=1))
    elif before.is_box or column.is_box or column.W is None:
        corners = [(x - 1, left[0]), (x, right[0]), (x, right[-1]), (x - 1, left[-1])]
        ax.fill(*zip(*corners), color="0.93", gid="band", zorder=0)
    else:
        # the largest last, on top of the others
        order = np.argsort(np.abs(np.nan_to_num(column.W)), axis=None, kind="stable")
        places = [np.unravel_index(k, column.W.shape) for k in order]
        strokes = [pen.stroke(float(column.W[place])) for place in places]
        lines = [[(x - 1, float(left[i])), (x, float(right[j]))] for i, j in places]
        drawing = LineCollection(lines, gid=f"W{x}", zorder=1)
        drawing.set(
            color=[s["color"] for s in strokes],
            linewidth=[s["linewidth"] for s in strokes],
            linestyle=[s["linestyle"] for s in strokes],
        )
        ax.add_collection(drawing)


def draw_column(ax: "Axes", x: int, column: Column, pen: Pen, upright: bool) -> None:
    """The neurons of a layer, with their numbers, or a box with the count."""
    from matplotlib.patches import Rectangle

    heights = column.heights()
    if column.is_box:
        height = heights[0] - heights[1]
        ax.add_patch(Rectangle((x - 0.3, heights[1]), 0.6, height, facecolor="0.85", edgecolor="black", zorder=2))
        ax.text(x, 0, f"{column.n:,}", ha="center", va="center", fontsize=FONT + 2, rotation=90 if upright else 0)
        return
    size = room(ax)
    for j, y in enumerate(heights):
        ring = {"color": "black", "linewidth": THIN} if column.b is None else pen.stroke(float(column.b[j]))
        edge, gid = ring.pop("color"), f"neuron {x},{j + 1}"
        if column.a is not None and not upright:
            text = f"a = {number(column.a[j])}" + ("" if column.delta is None else f"\nδ = {number(column.delta[j])}")
            face: dict[str, Any] = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": edge, **ring}
            ax.text(x, y, text, ha="center", va="center", fontsize=FONT, bbox=face, zorder=3, gid=gid)
        else:
            width, dash = [ring.pop("linewidth")], ring.pop("linestyle", "-")
            look: dict[str, Any] = {
                "facecolors": "white",
                "edgecolors": [edge],
                "linewidths": width,
                "linestyles": [dash],
            }
            ax.scatter([x], [y], s=size**2, **look, zorder=3, gid=gid)
            if size >= 12:
                ax.text(x, y, str(j + 1), ha="center", va="center_baseline", fontsize=FONT, zorder=4)


def room(ax: "Axes") -> float:
    """The diameter of a neuron in points."""
    box = ax.get_window_extent()
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    step = min(box.width / (right - left), box.height / (high - low)) * 72 / ax.figure.dpi
    return float(np.clip(0.7 * step, 5, 22))
