r"""
# Decision regions: the answer over the whole plane

A network with two inputs can be seen whole: put in every point $(x_1, x_2)$ of a rectangle around the examples, and
colour it by what comes out.

**One output** shows its $a$ in the colours of [every picture](drawing.py), and a black line where the answer changes:
where $a = \frac12$ if the targets are classes, which for a sigmoid is where $z = 0$; else where $z = 0$.

**Several outputs** show which is largest, the class that is read: each class in a colour and with a hatch of its own,
the paler, the less sure. The black lines run where two are equally large.

**One neuron** of any layer, `layer=1, neuron=3`, shows its $a$, with its line $z = 0$. In the first layer this line is
straight, for $z = x_1 w_1 + x_2 w_2 + b$. In the next it is bent at every line of the first, and so a network of
straight lines draws a curve.

The examples lie on top, each class with a marker of its own. Layers and neurons are counted from 1, as in the formulas.

Read next: [the loss surface](surface.py).
"""

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks import name_of
from ..functions import ACTIVATIONS, affine, matmul
from ..layers import Activation, Dense, Dropout, Flatten, Layer
from ..model import CHUNK, Sequential
from ..tensor import no_grad
from .drawing import LINES, find, half_or_all, legend_below
from .inputs import classes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from matplotlib.patches import Patch

# left, right, bottom, top
Window = tuple[float, float, float, float]

# So many points each way
GRID = 200
# So many signs each way
SIGNS = 12
# With the colours of the lines, in turn, no two of CLASSES look alike.
HATCHES = ["", "//", "..", "\\\\", "xx"]
CLASSES = len(LINES) * len(HATCHES)
# Activations that end at 1: their colours always reach so far.
BOUNDED = ("sigmoid", "tanh", "softmax")
# Beyond this, matplotlib runs out of numbers for its axis of colours.
LARGEST = 1e200


def plot_decision_regions(
    net: Sequential,
    x: ArrayLike,
    y: ArrayLike,
    *,
    layer: int | None = None,
    neuron: int | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw what the network answers over the plane of its two inputs, or the a of one neuron; and the examples.

    x: (N, 2). y: (N, n_L). layer, neuron: which, 1 and up; a neuron without a layer is one of the last. Returns the
    Axes. Raises ValueError for other than two inputs, where there is no such neuron, for several outputs without
    classes or more than CLASSES of them, and for data that do not fit.
    """
    import matplotlib.pyplot as plt

    x, y = net.check_data(x, y)
    if x.shape[1:] != (2,):
        raise ValueError(f"x has shape {x.shape}; regions are drawn for two inputs, (N, 2)")
    classes = classes_of(y)
    answer = layer is None and neuron is None
    several = answer and y.shape[1] > 1
    if several:
        check_classes(classes, y.shape[1])
    l, j = check_neuron(net, layer, 1 if several else neuron)
    if ax is None:
        ax = plt.subplots(figsize=(6.4, 5.4), layout="constrained")[1]
    window, points = plane(x)
    a, z = outputs(net, points, l)
    if several:
        grounds = draw_classes(ax, window, points, a)
        handles = draw_examples(ax, x, classes, grounds)
        ax.set_title("the answer: the class that is read")
    else:
        a, z = a[..., j - 1], None if z is None else z[..., j - 1]
        f = name_of(getattr(net.layers[l - 1], "f", None), ACTIVATIONS)
        symbol = f"a_{{{j}}}^{{{l}}}"
        image = draw_neuron(ax, window, a, f"${symbol}$", at_least=1.0 if f in BOUNDED else 0.0)
        if answer and classes is not None and f != "sigmoid":
            handles = draw_line(ax, points, a - 0.5, symbol, r"\frac{1}{2}")
        else:
            handles = [] if z is None else draw_line(ax, points, z, f"z_{{{j}}}^{{{l}}}", "0")
        handles += draw_examples(ax, x, classes, {}, (image, y) if answer else None)
        ax.set_title(f"the answer ${symbol}$" if answer else f"neuron {j} of layer {l}: ${symbol}$")
    ax.set(xlabel="$x_1$", ylabel="$x_2$", xlim=window[:2], ylim=window[2:])
    legend_below(ax, handles, 4.5)
    return ax


def check_classes(classes: np.ndarray | None, n: int) -> None:
    if classes is None:
        raise ValueError(
            f"the {n} outputs answer as classes only where y is one-hot, tn.data.one_hot(labels, {n}); "
            f"for another y choose one of them: neuron=1 … {n}"
        )
    if n > CLASSES:
        raise ValueError(f"{n} classes are more than the {CLASSES} that look different; choose one: neuron=1 … {n}")


def check_neuron(net: Sequential, layer: int | None, neuron: int | None) -> tuple[int, int]:
    """Their numbers, from 1: of the last layer and of its only neuron if none is given."""
    layer = len(net.layers) if layer is None else layer
    if layer == 0:
        raise ValueError("layer 0 is the input, which is the plane itself; the layers with neurons are 1 and up")
    n = prod(find([None, *net.layers], layer).output_shape)
    if neuron is None and n > 1:
        raise ValueError(f"layer {layer} has {n} neurons; choose one: neuron=1 … {n}")
    if neuron is not None and neuron not in range(1, n + 1):
        raise ValueError(f"there is no neuron {neuron} in layer {layer}; they are numbered 1 … {n}")
    return layer, neuron or 1


# ## The numbers


def plane(x: np.ndarray) -> tuple[Window, np.ndarray]:
    """A rectangle around the examples, and the middles of its GRID × GRID cells, (GRID, GRID, 2), upwards."""
    low, high = x.min(axis=0).astype(float), x.max(axis=0).astype(float)
    margin = np.where(high > low, 0.1 * (high - low), 0.5)
    low, high = low - margin, high + margin
    steps = (np.arange(GRID) + 0.5) / GRID
    first, second = (low[i] + steps * (high[i] - low[i]) for i in (0, 1))
    return (low[0], high[0], low[1], high[1]), np.stack(np.meshgrid(first, second), axis=-1)


def outputs(net: Sequential, points: np.ndarray, layer: int) -> tuple[np.ndarray, np.ndarray | None]:
    """a and z of a layer at the points, (GRID, GRID, n_l); no z where only the layer itself knows what it computes."""
    rows = points.reshape(-1, 2)
    a, z = [], []
    for start in range(0, len(rows), CHUNK):
        chunk = net.check_data(rows[start : start + CHUNK])
        activations = [chunk, *net.get_activations(chunk)]
        a.append(activations[layer].reshape(len(chunk), -1))
        z.append(weighted_sums(net.layers[layer - 1], activations[layer - 1], activations[layer]))
    shape = (*points.shape[:2], -1)
    known = [part.reshape(len(part), -1) for part in z if part is not None]
    return np.concatenate(a).reshape(shape), np.concatenate(known).reshape(shape) if known else None


def weighted_sums(layer: Layer, came_in: np.ndarray, a: np.ndarray) -> np.ndarray | None:
    """The z of a layer, as [the trace](trace.py) has it."""
    if type(layer).forward is Dense.forward:
        assert isinstance(layer, Dense) and layer.W is not None
        with no_grad():
            return (matmul(came_in, layer.W) if layer.b is None else affine(came_in, layer.W, layer.b)).data
    return came_in if isinstance(layer, Activation | Dropout) else a if isinstance(layer, Flatten) else None


# ## Drawing them


def draw_neuron(ax: "Axes", window: Window, a: np.ndarray, symbol: str, at_least: float) -> "AxesImage":
    """Colour the plane by a, (GRID, GRID), with a + or − here and there if there are both."""
    a = a.astype(float)  # float32 ends before LARGEST
    finite = np.ma.masked_where(~(np.abs(a) <= LARGEST), a)
    signed = bool((finite.filled(0) < 0).any())
    limit = float(np.abs(finite).filled(0).max(initial=at_least)) or 1.0
    look: dict[str, Any] = {"extent": window, "origin": "lower", "aspect": "auto"}
    image = ax.imshow(finite, cmap=half_or_all(signed), vmin=-limit if signed else 0, vmax=limit, **look)
    ax.set_facecolor("0.8")
    lost = np.ma.getmaskarray(finite)
    why = f"not finite, or beyond {LARGEST:.0e}" if np.isfinite(a[lost]).any() else "not finite"
    ax.figure.colorbar(image, ax=ax, label=f"{symbol}   (grey: {why})" if lost.any() else symbol)
    if signed:
        places = (2 * np.arange(SIGNS) + 1) * len(a) // (2 * SIGNS)
        rows, columns = (places_of.ravel() for places_of in np.meshgrid(places, places))
        values = finite.filled(0)[rows, columns]
        for marker, there in (("+", values > 0.02 * limit), ("_", values < -0.02 * limit)):
            x1 = window[0] + (columns[there] + 0.5) / len(a) * (window[1] - window[0])
            x2 = window[2] + (rows[there] + 0.5) / len(a) * (window[3] - window[2])
            ax.scatter(x1, x2, s=14, c="0.25", marker=marker, linewidths=0.6, gid="signs")
    return image


def draw_line(ax: "Axes", points: np.ndarray, values: np.ndarray, left: str, right: str) -> list:
    """The line where the values, (GRID, GRID), change their sign: left − right; returns its entry for the legend."""
    from matplotlib.lines import Line2D

    finite = np.clip(np.ma.masked_invalid(values.astype(float)), -LARGEST, LARGEST)
    if not finite.count():
        return []
    if finite.min() < 0 < finite.max():
        ax.contour(points[..., 0], points[..., 1], finite, levels=[0], colors="black", linewidths=1.5)
        return [Line2D([], [], color="black", linewidth=1.5, label=f"${left} = {right}$")]
    sign = ">" if finite.min() > 0 else "<" if finite.max() < 0 else r"\geq" if finite.max() > 0 else r"\leq"
    if finite.min() == finite.max() == 0:
        sign = "="
    return [Line2D([], [], color="none", label=f"${left} {sign} {right}$ everywhere")]


def draw_classes(ax: "Axes", window: Window, points: np.ndarray, a: np.ndarray) -> "dict[int, Patch]":
    """The region of each class, where its a of (GRID, GRID, n_L) is largest; returns what the legend shows of each."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    n = a.shape[-1]
    read, known = a.argmax(axis=-1), np.isfinite(a).all(axis=-1)
    colours = np.array([to_rgb(LINES[k % len(LINES)][0]) for k in range(n)])
    depth = np.full(read.shape, 0.4)
    if (a[known] >= 0).all() and (a[known] <= 1).all():
        # from 1/n, where all are equally probable, to 1
        depth = 0.1 + 0.5 * (np.nan_to_num(a.max(axis=-1)) - 1 / n) / (1 - 1 / n)
    tinted = 1 - np.clip(depth, 0.1, 0.6)[..., np.newaxis] * (1 - colours[read])
    tinted[~known] = 0.8
    ax.imshow(tinted, extent=window, origin="lower", aspect="auto")
    grounds = {}
    for k in range(n):
        others = np.delete(a, k, axis=-1).max(axis=-1)
        lead = np.ma.array(np.where(known, a[..., k], 0) - np.where(known, others, 0), mask=~known)
        hatch = HATCHES[k % len(HATCHES)]
        if lead.count() and lead.max() > 0:
            levels = [0, float(lead.max())]
            region = ax.contourf(points[..., 0], points[..., 1], lead, levels=levels, colors="none", hatches=[hatch])
            region.set(edgecolor="0.5", linewidth=0)  # the colour of the hatch
            if lead.min() < 0:
                ax.contour(points[..., 0], points[..., 1], lead, levels=[0], colors="black", linewidths=1.2)
        colour = tuple(1 - 0.6 * (1 - colours[k]))
        grounds[k] = Patch(facecolor=colour, edgecolor="0.5", hatch=hatch, label=f"class {k}")
    if not known.all():
        grounds[-1] = Patch(facecolor="0.8", label="not finite")
    return grounds


def draw_examples(
    ax: "Axes",
    x: np.ndarray,
    classes: np.ndarray | None,
    grounds: "dict[int, Patch]",
    scale: "tuple[AxesImage, np.ndarray] | None" = None,
) -> list:
    """The examples x, (N, 2), on top, each class with a marker of its own; returns the entries of the legend.

    Without classes they have the colour of their y on the scale of an image, (image, y), if one is given.
    """
    from matplotlib.lines import Line2D

    size = float(np.clip(9000 / len(x), 8, 36))
    if classes is None:
        how: dict[str, Any] = {"c": "white", "label": "examples"}
        if scale is not None:
            image, y = scale
            how = {"c": y[:, 0], "cmap": image.cmap, "norm": image.norm, "label": "examples, in the colour of y"}
        return [ax.scatter(x[:, 0], x[:, 1], s=size, edgecolors="black", linewidths=0.8, **how)]
    entries: list = []
    markers = [*(marker for _, marker, _ in LINES), "v"]
    for k in sorted({*classes.tolist(), *grounds}):
        if k < 0:
            entries.append(grounds[k])
            continue
        colour, marker = LINES[k % len(LINES)][0], markers[k % len(markers)]
        rows = classes == k
        look: dict[str, Any] = {"marker": marker, "label": f"class {k}"}
        if rows.any():
            ax.scatter(
                x[rows, 0], x[rows, 1], s=size, color=colour, edgecolors="white", linewidths=0.5, zorder=3, **look
            )
        line = Line2D([], [], linestyle="", color=colour, markeredgecolor="white", **look)
        entries.append((grounds[k], line) if k in grounds else line)
    return entries
