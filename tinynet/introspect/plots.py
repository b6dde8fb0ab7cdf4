r"""
# First pictures: weights, gradients, activations, δ, history

Nobody can read a table of 4,096 weights; a picture of it one can. Each function here draws one part of the
notation and returns the matplotlib `Axes` it drew on, so that everything can be changed afterwards:

| | |
|---|---|
| `plot_weights(net, l)` | $W^l$: row $i$ is where a weight comes from, column $j$ where it goes |
| `plot_gradients(trace, l)` | $\partial L/\partial W^l$, laid out like $W^l$ |
| `plot_activations(trace, l)` | $a^l$: a row for each example, a column for each neuron |
| `plot_delta(trace, l)` | $\delta^l$, laid out like $a^l$ |
| `plot_history(history)` | the loss and the metrics, epoch by epoch |
| `plot_step_size(report)` | the error of a [gradient check](../gradcheck.py) against its step $h$ |

Colours and signs are those of [every picture](drawing.py).

A layer that looks at images is best seen neuron by neuron. `image_shape=(8, 8)` bends each column of $W^1$
back into an image: orange where ink makes the neuron's $z$ larger, purple where it makes it smaller. Of
$\partial L/\partial W^1$, purple is where the next step will add. And where a layer *gives* an image, as the last one
of an autoencoder does, `plot_delta` bends each row of $\delta$, one for each example.

Read next: [distributions](distributions.py).
"""

from collections.abc import Sequence
from math import ceil, prod, sqrt
from typing import TYPE_CHECKING

import numpy as np

from ..checks import find
from ..gradcheck import EPSILON, GradientReport, recommended_h
from ..model import History, Sequential
from .drawing import LINES, draw_matrix, neuron, side_by_side, tick_whole_numbers
from .drawing import find as find_layer
from .trace import Trace
from .units import unit_states

# matplotlib is slow to import, and who draws nothing need not wait: the functions import it.
if TYPE_CHECKING:
    from matplotlib.axes import Axes


# From a factor like this between two losses on, all but the largest would be drawn as 0.
EXPLODED = 1e6
# Beyond this, matplotlib runs out of numbers for its logarithmic axis.
LARGEST = 1e200
# Rows of images of which each has its name.
ROWS = 12
# A quantity by its name in the code: its symbol, what it is called, and who holds it.
QUANTITIES = {
    "W": ("w_{{ij}}^{{{l}}}", "weights"),
    "b": ("b_j^{{{l}}}", "biases"),
    "dW": (r"\partial L\,/\,\partial w_{{ij}}^{{{l}}}", "gradients of weights"),
    "db": (r"\partial L\,/\,\partial b_j^{{{l}}}", "gradients of biases"),
    "z": ("z_j^{{{l}}}", "weighted sums"),
    "a": ("a_j^{{{l}}}", "activations"),
    "delta": (r"\delta_j^{{{l}}}", "δ"),
    "f_prime": ("f'(z_j^{{{l}}})", "slopes f′(z)"),
}


def plot_weights(
    net: Sequential | Trace, layer: int, *, image_shape: tuple[int, int] | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw W of a layer, (n_{l-1}, n_l): as a matrix or, given `image_shape`, as an image for each neuron.

    net: a network, or a trace of one. image_shape: (height, width), whose product is n_{l-1}. Raises
    ValueError where the layer does not exist or has no weights, where the image shape does not fit, or
    where there is more to draw than a page can show.
    """
    return _draw_weights(net, layer, "W", f"weights $W^{{{layer}}}$", image_shape, ax)


def plot_gradients(
    trace: Trace, layer: int, *, image_shape: tuple[int, int] | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw ∂L/∂W of a layer, (n_{l-1}, n_l), as `plot_weights` draws W, and with its errors."""
    title = rf"gradients $\partial L\,/\,\partial W^{{{layer}}}$"
    return _draw_weights(trace, layer, "dW", title, image_shape, ax)


def _draw_weights(
    source: Sequential | Trace,
    layer: int,
    quantity: str,
    title: str,
    image_shape: tuple[int, int] | None,
    ax: "Axes | None",
) -> "Axes":
    W, symbol = find_numbers(source, layer, quantity)
    inputs, neurons = W.shape
    if image_shape is None:
        ax = draw_matrix(W, symbol, ax)
        ax.set(xlabel=f"to {neuron('j', layer)}", ylabel=f"from {neuron('i', layer - 1)}")
    else:
        if prod(image_shape) != inputs:
            raise ValueError(f"layer {layer} has {inputs} inputs, images of {image_shape} have {prod(image_shape)}")
        ax = _draw_images(W, symbol, image_shape, ax)
        ax.set(xlabel=f"an image of the {QUANTITIES[quantity][1]} into each neuron", ylabel="neurons $j$")
    ax.set_title(f"{title}, {inputs} → {neurons}")
    return ax


def _draw_images(columns: np.ndarray, symbol: str, image_shape: tuple[int, int], ax: "Axes | None") -> "Axes":
    """Draw each column, (height · width, count), as an image, and number the rows of images."""
    count = columns.shape[1]
    across = ceil(sqrt(count))
    ax = draw_matrix(side_by_side(columns, image_shape, across), symbol, ax)
    firsts = np.arange(1, count + 1, across)
    lasts = np.minimum(firsts + across - 1, count)
    names = [f"{first} … {last}" if first < last else f"{first}" for first, last in zip(firsts, lasts)]
    ax.set(aspect="equal", xticks=[])
    every = slice(None, None, 1 + (len(firsts) - 1) // ROWS)  # more names than ROWS would overlap
    ax.set_yticks((image_shape[0] + 1) * (np.arange(len(firsts))[every] + 0.5), names[every])
    return ax


def plot_activations(trace: Trace, layer: int, *, ax: "Axes | None" = None) -> "Axes":
    """Draw a of a layer, (N, n_l); layer 0 is the input. The title counts [dead and saturated neurons](units.py).

    Raises ValueError where the layer does not exist or has more to draw than a page can show.
    """
    a, symbol = find_numbers(trace, layer, "a")
    ax = draw_matrix(a, symbol, ax, at_least=1, signed=bool((a < 0).any()))
    states = unit_states(trace)[layer]
    title = f"activations $a^{{{layer}}}$"
    ax.set(title=f"{title}\n{states}" if states else title, xlabel=neuron("j", layer), ylabel="example, from 1")
    return ax


def plot_delta(
    trace: Trace, layer: int, *, image_shape: tuple[int, int] | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw δ of a layer, (N, n_l): as a matrix or, given `image_shape`, as an image for each example.

    image_shape: (height, width), whose product is n_l. Raises ValueError where the layer does not exist or is
    the input, where the image shape does not fit, or where there is more to draw than a page can show.
    """
    delta, symbol = find_numbers(trace, layer, "delta")
    symbol = rf"{symbol[:-1]} = \partial L\,/\,\partial z_j^{{{layer}}}$"
    if image_shape is None:
        ax = draw_matrix(delta, symbol, ax)
        ax.set(xlabel=neuron("j", layer), ylabel="example, from 1")
    else:
        delta = delta.reshape(len(delta), -1)
        if prod(image_shape) != delta.shape[1]:
            raise ValueError(
                f"layer {layer} has {delta.shape[1]} neurons, images of {image_shape} have {prod(image_shape)}"
            )
        ax = _draw_images(delta.T, symbol, image_shape, ax)
        ax.set(xlabel=rf"an image of $\delta^{{{layer}}}$ for each example", ylabel="examples, from 1")
    ax.set_title(rf"$\delta^{{{layer}}}$")
    return ax


def plot_history(history: History, *, ax: "Axes | Sequence[Axes] | None" = None) -> "list[Axes]":
    """Draw the loss and every metric against the epochs, counted from 1, each on a panel of its own.

    Where values differ by more than a factor of a million, as after a divergence, the axis is logarithmic.

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
        drawn, lost, why = np.zeros(0), np.zeros(len(epochs), bool), "not finite"
        for key, label, (colour, marker, style) in zip((name, f"val_{name}"), ("training", "validation"), LINES):
            if key in history.history:
                values: np.ma.MaskedArray = np.ma.array(history.history[key])
                values.mask = ~(np.abs(values.data) <= LARGEST)
                look = {"color": colour, "marker": marker, "linestyle": style, "markersize": 4}
                panel.plot(epochs, values, label=label, markevery=ceil(len(epochs) / 30), **look)
                drawn = np.append(drawn, values.compressed())
                lost |= values.mask
                if np.isfinite(values.data[values.mask]).any():
                    why = f"not finite, or beyond {LARGEST:.0e}"
        if lost.any():
            foot = panel.get_xaxis_transform()
            panel.plot(epochs[lost], np.zeros(lost.sum()), "kx", transform=foot, clip_on=False, label=why)
        if not drawn.size:
            panel.set_yticks([])
        elif 0 < drawn.min() < drawn.max() / EXPLODED:
            panel.set_yscale("log")
        panel.set(ylabel=name.replace("_", " "), xlim=(epochs[0] - 0.5, epochs[-1] + 0.5))
        panel.legend(loc="center right")
        panel.grid(alpha=0.3)
    panels[0].set_title("training history")
    panels[-1].set_xlabel("epoch")
    tick_whole_numbers(panels[-1].xaxis)
    return panels


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
    ax.legend(fontsize="small", loc="lower left")
    return ax


def find_numbers(source: Sequential | Trace, layer: int, quantity: str) -> tuple[np.ndarray, str]:
    """A quantity of a layer, and its symbol, of a trace; W and b of a network too.

    Raises ValueError where there is no such layer or quantity, with those that there are.
    """
    symbol, words = find("quantity", quantity, QUANTITIES)
    if isinstance(source, Trace):
        arrays = [getattr(entry, quantity, None) for entry in source]
    elif quantity in ("W", "b"):
        source.parameters()  # refuses a network whose weights do not exist yet
        tensors = [getattr(entry, quantity, None) for entry in source.layers]
        arrays = [None, *(None if tensor is None else tensor.data for tensor in tensors)]
    else:
        raise ValueError(
            f"a network holds W and b; {quantity} comes with data, in a trace: tn.introspect.trace(net, x, y, loss=...)"
        )
    array = find_layer(arrays, layer)
    if array is None:
        having = [l for l, other in enumerate(arrays) if other is not None]
        raise ValueError(f"layer {layer} has no {words}; the layers that have {words}: {having or 'none'}")
    return array, f"${symbol.format(l=layer)}$"
