r"""
# First pictures: weights, activations, δ, history

Nobody can read a table of 4,096 weights; a picture of it one can. Each function here draws one part of the
notation and returns the matplotlib `Axes` it drew on, so that everything can be changed afterwards:

| | |
|---|---|
| `plot_weights(net, l)` | $W^l$: row $i$ is where a weight comes from, column $j$ where it goes |
| `plot_activations(trace, l)` | $a^l$: a row for each example, a column for each neuron |
| `plot_delta(trace, l)` | $\delta^l$, laid out like $a^l$ |
| `plot_history(history)` | the loss and the metrics, epoch by epoch |
| `plot_step_size(report)` | the error of a [gradient check](../gradcheck.py) against its step $h$ |

**White is 0.** Signed numbers go from purple through white to orange, equally far on both sides, so that
equal depth is equal size. Activations without a negative one use the orange half alone, from 0 to 1 or to
the largest. Red and green would look alike to one man in twelve; orange and purple (the scale PuOr of
Harrower and Brewer 2003) stay far apart for every kind of colour blindness, and purple prints darker.

**Colour is never the only sign.** The cells carry a + or −; where they are many, the strongest of them do.

**NaN and infinity are seen.** They are grey cells with a ×, and the colour bar says how many.

**Pictures count from 1**, as the formulas do: $z_1 = a_1 w_{11} + a_2 w_{21} + b_1$. Python counts from 0, so
the cell in row $i$, column $j$ is `W[i - 1, j - 1]`.

A layer that looks at images is best seen neuron by neuron. `image_shape=(8, 8)` bends each column of $W^1$
back into an image: orange where ink makes the neuron's $z$ larger, purple where it makes it smaller.

Read next: [the graph](graph.py).
"""

from collections.abc import Sequence
from math import ceil, prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ..gradcheck import EPSILON, GradientReport, recommended_h
from ..model import History, Sequential
from .trace import Trace

# matplotlib is slow to import, and who draws nothing need not wait: the functions import it.
if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

# matplotlib's name of the colours from purple through white to orange
COLOURS = "PuOr_r"
# More signs than this are a texture, not signs.
MARKS = 200
# More rows or columns than this do not fit on a page.
PAGE = 500


def plot_weights(
    net: Sequential | Trace, layer: int, *, image_shape: tuple[int, int] | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw W of a layer, (n_{l-1}, n_l): as a matrix or, given `image_shape`, as an image for each neuron.

    net: a network, or a trace of one. image_shape: (height, width), whose product is n_{l-1}. Raises
    ValueError where the layer does not exist or has no weights, where the image shape does not fit, or
    where there is more to draw than a page can show.
    """
    W = _find_weights(net, layer)
    inputs, neurons = W.shape
    symbol = f"$w_{{ij}}^{{{layer}}}$"
    if image_shape is None:
        ax = _draw(W, symbol, ax)
        ax.set(xlabel=f"to {_neuron('j', layer)}", ylabel=f"from {_neuron('i', layer - 1)}")
    else:
        if prod(image_shape) != inputs:
            raise ValueError(f"layer {layer} has {inputs} inputs, images of {image_shape} have {prod(image_shape)}")
        across = ceil(sqrt(neurons))
        ax = _draw(_side_by_side(W, image_shape, across), symbol, ax)
        ax.set(xlabel="an image of the weights into each neuron", ylabel="neurons $j$", aspect="equal", xticks=[])
        firsts = np.arange(1, neurons + 1, across)
        lasts = np.minimum(firsts + across - 1, neurons)
        names = [f"{first} … {last}" if first < last else f"{first}" for first, last in zip(firsts, lasts)]
        ax.set_yticks((image_shape[0] + 1) * (np.arange(len(firsts)) + 0.5), names)
    ax.set_title(f"weights $W^{{{layer}}}$, {inputs} → {neurons}")
    return ax


def plot_activations(trace: Trace, layer: int, *, ax: "Axes | None" = None) -> "Axes":
    """Draw a of a layer, (N, n_l); layer 0 is the input.

    Raises ValueError where the layer does not exist or has more to draw than a page can show.
    """
    a = _find(trace.layers, layer).a
    ax = _draw(a, f"$a_j^{{{layer}}}$", ax, at_least=1, signed=bool((a < 0).any()))
    ax.set(title=f"activations $a^{{{layer}}}$", xlabel=_neuron("j", layer), ylabel="example, from 1")
    return ax


def plot_delta(trace: Trace, layer: int, *, ax: "Axes | None" = None) -> "Axes":
    """Draw δ of a layer, (N, n_l).

    Raises ValueError where the layer does not exist, is the input, or has more to draw than a page can show.
    """
    delta = _find(trace.layers, layer).delta
    if delta is None:
        raise ValueError(f"layer {layer} is the input and has no δ; the layers that have one: 1 … {len(trace) - 1}")
    ax = _draw(delta, rf"$\delta_j^{{{layer}}} = \partial L\,/\,\partial z_j^{{{layer}}}$", ax)
    ax.set(title=rf"$\delta^{{{layer}}}$", xlabel=_neuron("j", layer), ylabel="example, from 1")
    return ax


def plot_history(history: History, *, ax: "Axes | Sequence[Axes] | None" = None) -> "list[Axes]":
    """Draw the loss and every metric against the epochs, counted from 1, each on a panel of its own.

    history: from `fit`, or filled by a loop of your own with `history.add(epoch, {"loss": loss.item()})`.
    ax: as many Axes as there are panels. Returns them. Raises ValueError for an empty history and for
    another number of Axes.
    """
    import matplotlib.pyplot as plt

    names = [name for name in history.history if not name.startswith("val_")]
    if not names:
        raise ValueError("the history is empty; fit for an epoch at least")
    if ax is None:
        _, ax = plt.subplots(len(names), figsize=(7, 1 + 2.2 * len(names)), sharex=True, layout="constrained")
    panels = list(np.ravel(np.array(ax, dtype=object)))
    if len(panels) != len(names):
        raise ValueError(f"{len(panels)} Axes for {len(names)} panels: {', '.join(names)}")
    epochs = np.array(history.epoch) + 1
    for panel, name in zip(panels, names):
        lost = np.zeros(len(epochs), bool)
        for key, label, style in ((name, "training", "o-"), (f"val_{name}", "validation", "s--")):
            if key in history.history:
                values = np.ma.masked_invalid(history.history[key])
                panel.plot(epochs, values, style, label=label, markersize=4, markevery=ceil(len(epochs) / 30))
                lost |= np.ma.getmaskarray(values)
        if lost.any():
            foot = panel.get_xaxis_transform()
            panel.plot(epochs[lost], np.zeros(lost.sum()), "kx", transform=foot, clip_on=False, label="not finite")
        panel.set(ylabel=name.replace("_", " "), xlim=(epochs[0] - 0.5, epochs[-1] + 0.5))
        panel.legend()
        panel.grid(alpha=0.3)
    panels[0].set_title("training history")
    panels[-1].set_xlabel("epoch")
    _tick_whole_numbers(panels[-1].xaxis)
    return panels


# The lines of plot_step_size: colour-blind-safe colours (Okabe and Ito 2008), each with a style and a marker of its own
LINES = [("#0072B2", "o", "-"), ("#D55E00", "s", "--"), ("#009E73", "^", "-."), ("#CC79A7", "D", ":")]


def plot_step_size(report: GradientReport, *, ax: "Axes | None" = None) -> "Axes":
    r"""Draw the relative error of the worst entries, four at most, against the step h, both on logarithmic axes.

    Two thin lines are the sides of the V for the first of them: the curve that is not straight, $c h^2$, and the
    rounded losses, $r/h$. Where they are missing, they are too small to measure. Where the error does not come
    down, the derivative is wrong, or the entry sits at a kink. An error below $\epsilon/2$ is drawn there.

    report: of `gradcheck` or `complex_step`, whose curve has no right or wrong h but those that are too large.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        ax = plt.subplots(figsize=(8, 5.5), layout="constrained")[1]
    difference = report.method == "difference"
    steps = np.logspace(-14 if difference else -24, 0, 43)
    floor = EPSILON / 2
    for entry, (colour, marker, style) in zip(report.entries, LINES):
        errors = np.maximum(np.ma.masked_invalid(report.errors(entry.name, steps)), floor)
        state = " (at a kink)" if entry.kink else " (not finite)" if errors.count() == 0 else ""
        ax.plot(steps, errors, style, color=colour, marker=marker, markersize=4, label=entry.name + state)
    first = report.entries[0].name
    c, r = report.asymptotes(first)
    for side, label, style in (
        (c * steps**2, "$c h^2$, not straight", (0, (8, 2))),
        (r / steps, "$r/h$, rounded", "-"),
    ):
        if (side > 0).any():
            ax.plot(steps, side, color="black", linewidth=0.9, linestyle=style, label=f"{label}: {first}")
    if difference:
        best = recommended_h()
        ax.axvline(best, color="0.4", linestyle=":", label=rf"recommended: $h = \epsilon^{{1/3}}$ = {best:.1e}")
    ax.axvline(report.h, color="0.4", linestyle="--", label=f"of this check: $h$ = {report.h:.0e}")
    ax.set(xscale="log", yscale="log", xlim=(steps[0], steps[-1]), ylim=(floor / 3, 10))
    ax.set(xlabel="step $h$", ylabel="relative error", title=f"error of the {report.method} against the step $h$")
    ax.grid(alpha=0.3)
    ax.legend(fontsize="small")
    return ax


# ## What the pictures share


def _find(layers: Sequence, layer: int) -> Any:
    if layer not in range(len(layers)):
        raise ValueError(f"there is no layer {layer}; they are numbered 0 (the input) … {len(layers) - 1}")
    return layers[layer]


def _find_weights(net: Sequential | Trace, layer: int) -> np.ndarray:
    if isinstance(net, Trace):
        weights = [entry.W for entry in net]
    else:
        net.parameters()  # refuses a network whose weights do not exist yet
        tensors = [getattr(entry, "W", None) for entry in net.layers]
        weights = [None, *(None if W is None else W.data for W in tensors)]
    W = _find(weights, layer)
    if W is None:
        having = [l for l, array in enumerate(weights) if array is not None]
        raise ValueError(f"layer {layer} has no weights; the layers that have weights: {having}")
    return W


def _neuron(index: str, layer: int) -> str:
    return f"neuron ${index}$ of layer {layer}" if layer else f"input ${index}$"


def _tick_whole_numbers(axis: "Axis") -> None:
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))


def _side_by_side(W: np.ndarray, image_shape: tuple[int, int], across: int) -> "np.ma.MaskedArray":
    """The columns of W as images, `across` of them in a row, one masked cell between two."""
    height, width = (length + 1 for length in image_shape)
    down = ceil(W.shape[1] / across)
    sheet = np.ma.array(np.zeros((down * height - 1, across * width - 1)), mask=True)
    for j, weights in enumerate(W.T):
        top, left = height * (j // across), width * (j % across)
        sheet[top : top + height - 1, left : left + width - 1] = weights.reshape(image_shape)
    return sheet


def _new_axes(rows: int, columns: int) -> "Axes":
    """Axes for a matrix, on a figure that grows with it up to the size of a page."""
    import matplotlib.pyplot as plt

    if max(rows, columns) > PAGE:
        raise ValueError(
            f"{rows} × {columns} cells do not fit on a page; draw them on a larger one: "
            f"ax=plt.figure(figsize=({max(8, columns // 50)}, {max(7, rows // 50)})).add_subplot()"
        )
    size = np.clip([2.5 + 0.4 * columns, 1.5 + 0.3 * rows], [4, 2.2], [8, 7])
    return plt.subplots(figsize=size, layout="compressed")[1]


def _draw(values: np.ndarray, symbol: str, ax: "Axes | None", *, at_least: float = 0.0, signed: bool = True) -> "Axes":
    """Draw a matrix, (rows, ...), with its signs and a colour bar that explains `symbol`.

    The colours reach at least to `at_least`. Masked entries are left out.
    """
    import matplotlib.pyplot as plt
    from matplotlib.colors import ListedColormap

    values = np.ma.array(values.reshape(len(values), -1))
    rows, columns = values.shape
    ax = _new_axes(rows, columns) if ax is None else ax
    finite = np.ma.masked_invalid(values)
    largest = np.abs(finite).filled(0).max()
    limit = max(at_least, largest) or 1.0
    image = ax.imshow(
        finite,
        cmap=ListedColormap(plt.get_cmap(COLOURS)(np.linspace(0 if signed else 0.5, 1, 256))),
        vmin=-limit if signed else 0,
        vmax=limit,
        # the cell in row i and column j has its middle at x = j, y = i
        extent=(0.5, columns + 0.5, rows + 0.5, 0.5),
        aspect="auto",
    )
    ax.set_facecolor("0.8")
    for axis, length in ((ax.xaxis, columns), (ax.yaxis, rows)):
        if length <= 16:
            axis.set_ticks(range(1, length + 1))
        else:
            _tick_whole_numbers(axis)
    notes = _mark_signs(ax, finite.filled(0), limit) if signed else []
    lost = np.ma.getmaskarray(finite) & ~np.ma.getmaskarray(values)
    if lost.any():
        _mark(ax, lost, "x", np.zeros_like(lost))
        notes.append(f"×: {lost.sum()} not finite")
    elif largest == 0:
        notes.append("all are 0")
    ax.figure.colorbar(image, ax=ax, label=f"{symbol}   ({'; '.join(notes)})" if notes else symbol)
    return ax


def _mark_signs(ax: "Axes", values: np.ndarray, limit: float) -> list[str]:
    """Put + and − into the cells; returns what the colour bar has to say about it.

    Where the cells are many, only the strongest MARKS get a sign, and none that is almost white.
    """
    depth = np.abs(values)
    weakest = 0.0 if depth.size <= MARKS else max(np.sort(depth, axis=None)[-MARKS], 0.1 * limit)
    marked = (depth > 0) & (depth >= weakest)
    _mark(ax, marked & (values > 0), "+", depth > 0.6 * limit)
    _mark(ax, marked & (values < 0), "_", depth > 0.5 * limit)
    return [] if marked.sum() == np.count_nonzero(depth) else [f"+ and −: the {marked.sum()} strongest"]


def _mark(ax: "Axes", where: np.ndarray, marker: str, dark: np.ndarray) -> None:
    """Put a marker into the chosen cells, white where the cell is dark."""
    rows, columns = np.nonzero(where)
    box = ax.get_window_extent()
    cell = min(box.width / where.shape[1], box.height / where.shape[0]) * 72 / ax.figure.dpi
    size = float(np.clip(0.65 * cell, 5, 12))
    colours = np.where(dark[rows, columns], "white", "black")
    ax.scatter(columns + 1, rows + 1, s=size**2, c=colours, marker=marker, linewidths=max(0.7, size / 9))
