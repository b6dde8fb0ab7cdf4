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

Colours and signs are those of [every picture](drawing.py).

A layer that looks at images is best seen neuron by neuron. `image_shape=(8, 8)` bends each column of $W^1$
back into an image: orange where ink makes the neuron's $z$ larger, purple where it makes it smaller.

Read next: [the graph](graph.py).
"""

from collections.abc import Sequence
from math import ceil, prod, sqrt
from typing import TYPE_CHECKING

import numpy as np

from ..gradcheck import EPSILON, GradientReport, recommended_h
from ..model import History, Sequential
from .drawing import LINES, draw_matrix, find, neuron, side_by_side, tick_whole_numbers
from .trace import Trace

# matplotlib is slow to import, and who draws nothing need not wait: the functions import it.
if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_weights(
    net: Sequential | Trace, layer: int, *, image_shape: tuple[int, int] | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw W of a layer, (n_{l-1}, n_l): as a matrix or, given `image_shape`, as an image for each neuron.

    net: a network, or a trace of one. image_shape: (height, width), whose product is n_{l-1}. Raises
    ValueError where the layer does not exist or has no weights, where the image shape does not fit, or
    where there is more to draw than a page can show.
    """
    W = find_weights(net, layer)
    inputs, neurons = W.shape
    symbol = f"$w_{{ij}}^{{{layer}}}$"
    if image_shape is None:
        ax = draw_matrix(W, symbol, ax)
        ax.set(xlabel=f"to {neuron('j', layer)}", ylabel=f"from {neuron('i', layer - 1)}")
    else:
        if prod(image_shape) != inputs:
            raise ValueError(f"layer {layer} has {inputs} inputs, images of {image_shape} have {prod(image_shape)}")
        across = ceil(sqrt(neurons))
        ax = draw_matrix(side_by_side(W, image_shape, across), symbol, ax)
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
    a = find(trace.layers, layer).a
    ax = draw_matrix(a, f"$a_j^{{{layer}}}$", ax, at_least=1, signed=bool((a < 0).any()))
    ax.set(title=f"activations $a^{{{layer}}}$", xlabel=neuron("j", layer), ylabel="example, from 1")
    return ax


def plot_delta(trace: Trace, layer: int, *, ax: "Axes | None" = None) -> "Axes":
    """Draw δ of a layer, (N, n_l).

    Raises ValueError where the layer does not exist, is the input, or has more to draw than a page can show.
    """
    delta = find(trace.layers, layer).delta
    if delta is None:
        raise ValueError(f"layer {layer} is the input and has no δ; the layers that have one: 1 … {len(trace) - 1}")
    ax = draw_matrix(delta, rf"$\delta_j^{{{layer}}} = \partial L\,/\,\partial z_j^{{{layer}}}$", ax)
    ax.set(title=rf"$\delta^{{{layer}}}$", xlabel=neuron("j", layer), ylabel="example, from 1")
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
    ax.legend(fontsize="small")
    return ax


def find_weights(net: Sequential | Trace, layer: int) -> np.ndarray:
    if isinstance(net, Trace):
        weights = [entry.W for entry in net]
    else:
        net.parameters()  # refuses a network whose weights do not exist yet
        tensors = [getattr(entry, "W", None) for entry in net.layers]
        weights = [None, *(None if W is None else W.data for W in tensors)]
    W = find(weights, layer)
    if W is None:
        having = [l for l, array in enumerate(weights) if array is not None]
        raise ValueError(f"layer {layer} has no weights; the layers that have weights: {having}")
    return W
