r"""
# The dashboard: the main pictures on one figure

`dashboard(net, x, y)` is the first look at a network, before one knows what to look for. From left to right and from
top to bottom: how it is built, and what it answers; the weights of its first layer with weights, the gradients
$\partial L/\partial W$ beside them, and the weights of its last; the activations $a$ of the first, its $\delta$, and
where on their activation functions all layers work.

What it answers is drawn as the data allow: over the plane where there are two inputs, as a table of confusions where
there are classes, else as the histogram of the outputs. Where the number of inputs is a square, 16 at least, the
weights of a neuron are drawn as an image.

Each panel is a function of its own, with a page of its own, for the second look.

Read next: [the recorder](recorder.py).
"""

from math import isqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..losses import Loss
from ..model import Sequential
from .architecture import plot_architecture
from .curves import plot_activation_functions
from .distributions import plot_histogram
from .plots import plot_activations, plot_delta, plot_gradients, plot_weights
from .predictions import plot_confusion
from .regions import plot_decision_regions
from .trace import Trace, trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Of more examples than this, the first are traced: a row each still has to be seen.
EXAMPLES = 32


def dashboard(
    net: Sequential, x: ArrayLike, y: ArrayLike, *, loss: str | Loss | None = None, figure: "Figure | None" = None
) -> "Figure":
    """Draw the main pictures of a network on one figure.

    x: (N, *input_shape), y: (N, n_L); all for what the network answers, the first EXAMPLES for a, δ, gradients, loss.
    loss: a name or function, by default the compiled one. figure: an empty one. Returns the Figure. Raises ValueError
    for data that do not fit and for a network without weights. Of layers with many hundred neurons little can be seen.
    """
    import matplotlib.pyplot as plt

    x, y = net.check_data(x, y)
    first = trace(net, x[:EXAMPLES], y[:EXAMPLES], loss=loss)
    having = [layer.l for layer in first if layer.W is not None]
    if not having:
        raise ValueError("no layer of this network has weights; there is nothing to see yet")
    if figure is None:
        figure = plt.figure(figsize=(15, 12), layout="constrained")
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=[1.1, 1, 1])  # type: ignore[misc]
    above = top.subplots(1, 2, width_ratios=[1.4, 1])
    plot_architecture(net, ax=above[0])
    _plot_answers(net, x, y, first, above[1])
    l, last = having[0], having[-1]
    image = _image_shape(first[l].W.shape[0])
    panels = middle.subplots(1, 3)
    plot_weights(net, l, image_shape=image, ax=panels[0])
    plot_gradients(first, l, image_shape=image, ax=panels[1])
    plot_weights(net, last, ax=panels[2])
    left, right = bottom.subfigures(1, 2, width_ratios=[2, 1])
    panels = left.subplots(1, 2)
    plot_activations(first, l, ax=panels[0])
    plot_delta(first, l, ax=panels[1])
    if any(layer.f not in (None, "identity", "own") for layer in first):
        plot_activation_functions(first, figure=right)
    shown = f"; a, δ, gradients and loss of the first {EXAMPLES}" if len(x) > EXAMPLES else ""
    figure.suptitle(f"{len(x):,} examples{shown}: {first.loss_name.replace('_', ' ')} {first.loss:.4g}", fontsize=14)
    return figure


def _plot_answers(net: Sequential, x: ArrayLike, y: ArrayLike, first: Trace, ax: "Axes") -> None:
    if first[0].a.shape[1:] == (2,):
        plot_decision_regions(net, x, y, ax=ax)
    elif first.y.ndim == 2 and first.y.shape[1] > 1 and bool(np.isin(y, (0, 1)).all()):
        plot_confusion(net, x, y, ax=ax)
    else:
        plot_histogram(first, len(first) - 1, "a", ax=ax)


def _image_shape(inputs: int) -> tuple[int, int] | None:
    side = isqrt(inputs)
    return (side, side) if side * side == inputs and side >= 4 else None
