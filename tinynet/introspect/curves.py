r"""
# Curves: the activations, and where on them the network works

A chapter draws tanh from −4 to 4. A network uses a part of that: the $z$ that its weights and the data make.
`plot_activation_functions(trace)` draws for every layer $f$ (solid) and $f'$ (dashed) and puts the layer's own $z$ on
them, each as a dot at $(z, a)$ and as a tick at the foot. So one sees at a glance

- whether $z$ stays where $f'$ is large, and the layer learns; where $|f'|$ is less than a twentieth of its maximum
  ([almost flat](units.py)) the ground is grey;
- whether $z$ crosses 0 at all: a relu that is given $z > 0$ only is a straight line, and two straight layers are one;
- how far $z$ reaches. What lies beyond ±10 is an arrow at the edge, and counted below.

Of a network without data, `plot_activation_functions(net)` draws the curves alone.

**Softmax is no curve.** Each of its outputs depends on all $z$ of the layer, so its panel says in words what it does;
so does that of log-softmax.

Read next: [the graph](graph.py).
"""

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from ..model import Sequential
from ..tensor import Tensor
from .drawing import LINES
from .trace import Trace
from .units import SHARE

# matplotlib is slow to import, and who draws nothing need not wait: the functions import it.
if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The curves are drawn at least from −NEAR to NEAR, at most from −FAR to FAR.
NEAR, FAR = 4.0, 10.0
# More dots than this hide each other.
DOTS = 200
ACROSS, MOST_PANELS = 3, 24
IN_WORDS = {
    "softmax": "$a_j = e^{z_j}\\,/\\,\\sum_k e^{z_k}$\n$\\partial a_j/\\partial z_j = a_j\\,(1 - a_j)$",
    "log_softmax": "$a_j = z_j - \\ln \\sum_k e^{z_k}$\n$\\partial a_j/\\partial z_j = 1 - e^{a_j}$",
}


def plot_activation_functions(net: Sequential | Trace, *, figure: "Figure | None" = None) -> "Figure":
    """Draw f and f′ of every layer that has an activation, a panel each, with the z of the layer if `net` is a trace.

    figure: an empty one. Returns the Figure. Raises ValueError where no layer has an activation, or more than a
    page can show.
    """
    import matplotlib.pyplot as plt

    if isinstance(net, Trace):
        layers = [(entry._layer, entry.z, entry.a) for entry in net.layers[1:]]
    else:
        layers = [(layer, None, None) for layer in net.layers]
    having = [(l, layer.f, z, a) for l, (layer, z, a) in enumerate(layers, 1) if hasattr(layer, "f")]
    if not having:
        raise ValueError("no layer of this network has an activation; Dense and Activation layers have one")
    rows, columns = ceil(len(having) / ACROSS), min(len(having), ACROSS)
    if figure is None:
        if len(having) > MOST_PANELS:
            raise ValueError(
                f"{len(having)} panels do not fit on a page; draw them on a larger one: "
                f"figure=plt.figure(figsize=(8, {ceil(2.2 * rows)}), layout='constrained')"
            )
        figure = plt.figure(figsize=(0.5 + 2.5 * columns, 0.3 + 2.2 * rows), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for panel in panels[len(having) :]:
        panel.remove()
    dtype = net[0].a.dtype if isinstance(net, Trace) else net.dtype
    for panel, (l, f, z, a) in zip(panels, having):
        name = _draw_f(panel, f, z, dtype)
        panel.set_title(f"layer {l}: {name.replace('_', ' ')}", fontsize=10)
        panel.set_xlabel(f"$z^{{{l}}}$" if z is None else f"$z^{{{l}}}${_reach(z)}", fontsize=9)
        panel.tick_params(labelsize=8)
        if panel.lines and z is not None and a is not None:
            _mark_own(panel, z, a)
    for panel in [panel for panel in panels if panel.lines][:1]:
        panel.legend(fontsize=8, handlelength=1.5, loc="upper left")
    return figure


def _draw_f(ax: "Axes", f: Callable[[Tensor], Tensor], own: np.ndarray | None, dtype: np.dtype) -> str:
    """Draw f and f′ as far as the layer's own z reach, or say in words that it is no curve; returns the name of f."""
    reached = np.append([-NEAR, NEAR], [] if own is None else own[np.isfinite(own)])
    left, right = np.clip([reached.min(), reached.max()], -FAR, FAR)
    grid = np.union1d(np.linspace(left, right, 401), 0).astype(dtype)
    z = Tensor(grid[:, None])
    with np.errstate(all="ignore"):
        a = f(z)
        a.sum().backward()
        # the same z, beside a neighbour: is it the same a?
        beside = f(Tensor(np.stack([grid, np.ones_like(grid)], axis=1))).data[:, :1]
    name = "identity" if a is z else (a.op or "own") if a.parents == (z,) else "own"
    if not np.array_equal(beside, a.data, equal_nan=True):
        words = "no curve: each $a_j$\ndepends on all $z$ of the layer"
        words += f"\n\n{IN_WORDS[name]}" if name in IN_WORDS else ""
        ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", fontsize=9)
        ax.set(xticks=[], yticks=[])
        return name
    assert z.grad is not None
    slope = z.grad[:, 0]
    for values, label, (colour, _, style) in ((a.data[:, 0], "$f$", LINES[0]), (slope, "$f'$", LINES[1])):
        ax.plot(grid, values, style, color=colour, label=label, zorder=3)
    flat = np.abs(slope) < SHARE * np.abs(slope).max()
    ax.fill_between(grid, 0, 1, where=flat, transform=ax.get_xaxis_transform(), color="0.9", label="almost flat")
    ax.axhline(0, color="0.6", linewidth=0.6)
    ax.set_xlim(left, right)
    return name


def _mark_own(ax: "Axes", z: np.ndarray, a: np.ndarray) -> None:
    """Put the layer's own z on the curve, as dots, and at the foot, as ticks; of many a choice, evenly by rank."""
    z, a = z[np.isfinite(z)], a[np.isfinite(z)]
    order = np.argsort(z)
    chosen = order[np.linspace(0, len(order) - 1, min(len(order), DOTS)).astype(int)]
    left, right = ax.get_xlim()
    ax.set_ylim(ax.get_ylim())
    inside = chosen[(z[chosen] >= left) & (z[chosen] <= right)]
    ax.plot(z[inside], a[inside], "o", color="black", markersize=3, alpha=0.4, zorder=4, label="own $z$")
    foot = ax.get_xaxis_transform()
    ax.plot(z[inside], np.zeros(len(inside)), "|", color="black", markersize=9, alpha=0.4, transform=foot)
    for edge, marker, beyond in ((left, "<", z < left), (right, ">", z > right)):
        if beyond.any():
            ax.plot([edge], [0.04], marker, color="black", transform=foot, clip_on=False)


def _reach(z: np.ndarray) -> str:
    finite = z[np.isfinite(z)]
    reach = f" from {finite.min():.3g} to {finite.max():.3g}".replace("-", "−") if finite.size else ""
    if beyond := np.count_nonzero(np.abs(finite) > FAR):
        reach += f"\n{beyond:,} of {z.size:,} beyond ±{FAR:.0f}"
    return reach + (f"\n{z.size - finite.size:,} of {z.size:,} not finite" if finite.size < z.size else "")
