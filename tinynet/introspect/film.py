r"""
# The film of a training

A picture shows the network at one moment. [A recorder](recorder.py) has kept all of them, so time can be an axis:

| | |
|---|---|
| `plot_over_time(recorder, "delta", l)` | how the values of a layer are spread, step by step |
| `plot_life(recorder, "dense_1.W[0, 1]")` | one number and its gradient, step by step |
| `plot_gradient_flow(recorder)` | how large δ and the gradients of each layer are: do they vanish, do they explode? |
| `animate(recorder, draw)` | any picture of a trace as a film |

**Vanishing and exploding gradients** are seen when the layers of a network stand side by side. They differ in width,
and the length of a vector grows with its number of entries. So each is divided by the root of that number, which
leaves the size of a typical entry, its root mean square. On a logarithmic axis, equal distances between the lines are
equal factors: lines that fan out downwards, the first layer lowest, are gradients that vanish on their way back; lines
that climb together are a training about to diverge.

The axis of the steps follows those that were kept: linear where they are evenly spaced, logarithmic where the
recorder has thinned them out. A cross at the foot of a picture stands for a step with values that are not finite;
where they stay so, the picture ends there. Values beyond $10^{200}$ are drawn as that.

Read next: [the formulas of the page](page_formulas.py).
"""

from collections.abc import Callable
from math import ceil
from re import fullmatch
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import find, positive
from .drawing import LINES, half_or_all, tick_whole_numbers
from .recorder import SYMBOLS, Recorder
from .trace import Trace

# matplotlib is slow to import, and who draws nothing need not wait: the functions import it.
if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A heat picture has at most so many columns, of several steps each where there are more, and so many rows.
COLUMNS, ROWS = 400, 60
# Where the largest value is so many times a typical one, the axis of values is logarithmic on both sides of 0: of many
# values, and of one.
WIDE, WIDE_LIFE = 30, 1e4
# An axis has room beyond the largest value, and it, too, ends below the largest float: what exceeds this is drawn here.
FAR = 1e200

TEX = {
    "z": "z_j^l", "a": "a_j^l", "f_prime": "f'(z_j^l)", "da": r"\partial L/\partial a_j^l", "delta": r"\delta_j^l",
    "W": "w_{ij}^l", "b": "b_j^l", "dW": r"\partial L/\partial w_{ij}^l", "db": r"\partial L/\partial b_j^l",
}  # fmt: skip
# The gradient that belongs to each quantity
GRADIENTS = {"W": "dW", "b": "db", "z": "delta", "a": "da"}


# ## How values are spread


def plot_over_time(recorder: Recorder, name: str, layer: int, *, ax: "Axes | None" = None) -> "Axes":
    """Draw how the values of a layer are spread at every kept step: steps go across, values up.

    The darker a cell, the larger the share of the step's values in it: of those of all examples and neurons, or of
    all weights. name: "z", "a", "f_prime", "da", "delta", "W", "b", "dW" or "db". Raises ValueError as
    `recorder.values` does.
    """
    import matplotlib.pyplot as plt
    from matplotlib.colors import PowerNorm

    values = drawable(recorder.values(name, layer).reshape(len(recorder), -1))
    ax = plt.subplots(figsize=(8, 4), layout="constrained")[1] if ax is None else ax
    columns = np.array_split(np.arange(len(recorder)), min(len(recorder), COLUMNS))
    edges = value_edges(values, value_axis(ax, values, WIDE))
    share = np.array([np.histogram(values[rows], edges)[0] / values[rows].size for rows in columns]).T
    image = ax.pcolormesh(
        step_edges(np.array([np.mean(recorder.steps[rows[0] : rows[-1] + 1]) for rows in columns])),
        edges,
        share,
        cmap=half_or_all(signed=False),
        norm=PowerNorm(0.5, 0, share.max() or 1),  # the root makes small shares visible
        rasterized=True,
    )
    lost = ~np.isfinite(values).all(axis=1)
    step_axis(ax, recorder.steps, lost)
    at_foot(ax, recorder.steps, lost)
    kind = {"W": "weights", "dW": "weights", "b": "biases", "db": "biases"}.get(name, "examples and neurons")
    ax.figure.colorbar(image, ax=ax, label=f"share of all {kind}")
    symbol = f"${TEX[name].replace('^l', f'^{{{layer}}}')}$"
    where = f"layer {layer}, {recorder.net.layers[layer - 1].name}" if layer else "the input"
    ax.set(title=f"{symbol} of {where}, over the steps", ylabel=symbol)
    return ax


def value_axis(ax: "Axes", values: np.ndarray, wide: float) -> float:
    """Make the axis of values linear or, where they are wide apart, logarithmic on both sides of 0.

    Returns the size below which it is linear, infinity where all of it is.
    """
    from matplotlib.ticker import FixedLocator

    if not np.isfinite(values).any():
        ax.set_yticks([])
    size = np.abs(values[np.isfinite(values) & (values != 0)])
    largest = size.max(initial=0)
    if not size.size or largest <= wide * np.median(size):
        return np.inf
    # from the smallest that are not rare; a share of the largest keeps quotients finite
    width = max(np.percentile(size, 10), 1e-200 * largest)
    decades = np.log10([width, largest])
    # the more decades there are, the more room has the part between them, and the fewer of them are named
    ax.set_yscale("symlog", linthresh=width, linscale=max(1, np.ptp(decades) / 10))
    named = 10.0 ** np.unique(np.linspace(decades[0], decades[1], 5).round())[1:]
    ax.yaxis.set_major_locator(FixedLocator([*-named, 0, *named]))
    return width


def value_edges(values: np.ndarray, width: float) -> np.ndarray:
    """The edges of the rows of a heat picture, evenly spaced up to the size `width` and in decades beyond."""
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    if low == high:
        room = abs(low) / 2 or 1.0
        return np.linspace(low - room, high + room, ROWS)
    if width == np.inf:
        return np.linspace(*widened(low, high), ROWS)
    return width * np.sinh(np.linspace(*widened(*np.arcsinh([low / width, high / width])), ROWS))


def drawable(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), np.clip(values.astype(float), -FAR, FAR), np.nan)


def widened(low: float, high: float) -> tuple[float, float]:
    room = 0.02 * (high - low)
    return low - room, high + room


# ## Steps


def step_edges(steps: np.ndarray) -> np.ndarray:
    """The edges of cells in whose middle the steps are."""
    middles = (steps[1:] + steps[:-1]) / 2
    first, last = (steps[0] - middles[0], steps[-1] - middles[-1]) if len(middles) else (-0.5, 0.5)
    return np.array([steps[0] + first, *middles, steps[-1] + last])


def step_axis(ax: "Axes", steps: list[int], lost: np.ndarray) -> None:
    """Name and scale the axis. Where values are lost up to the end, it ends soon after the last that is finite."""
    from matplotlib.ticker import StrMethodFormatter

    gaps, shown, label = np.diff(steps), len(steps), "step (updates so far)"
    finite = np.flatnonzero(~lost)
    if lost[-1] and len(finite):
        shown = min(finite[-1] + 2 + max(1, finite[-1] // 4), len(steps))
        label += f"; not finite from {steps[finite[-1] + 1]} to {steps[-1]}"
    if len(gaps) and gaps.max() > 4 * gaps[0]:
        ax.set_xscale("symlog", linthresh=1)
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    else:
        tick_whole_numbers(ax.xaxis)
    edges = step_edges(np.array(steps[:shown], float))
    ax.set(xlabel=label, xlim=(edges[0], edges[-1]))


def at_foot(
    ax: "Axes", steps: list[int], where: np.ndarray, marker: str = "x", colour: str = "black", label: str = ""
) -> None:
    """Marks at the foot of the picture, whatever its numbers are; by default crosses for what is not finite."""
    at = np.array(steps)[where]
    at = at[at <= ax.get_xlim()[1]]
    if len(at):
        label, every, foot = label or "not finite", ceil(len(at) / 40), ax.get_xaxis_transform()
        ax.plot(
            at, np.zeros(len(at)), marker, color=colour, markersize=5, markevery=every, transform=foot, clip_on=False,
            zorder=3, label=label,
        )  # fmt: skip
        ax.legend(fontsize="small", loc="center right")  # where a training that diverged has nothing to show


def draw_line(ax: "Axes", steps: list[int], values: np.ndarray, look: int, label: str) -> None:
    """Values over the steps; where they are not finite, the line is broken."""
    colour, marker, style = LINES[look % len(LINES)]
    if look >= len(LINES):  # a second round: the same colours with other dashes
        _, marker, style = LINES[(look + look // len(LINES)) % len(LINES)]
    every = (look % 4 * len(steps) // 60, ceil(len(steps) / 15))  # markers of several lines stay apart
    ax.plot(
        steps, np.ma.masked_invalid(values), style, color=colour, marker=marker, markersize=4, markevery=every,
        label=label,
    )  # fmt: skip


# ## One number


def plot_life(recorder: Recorder, entry: str, *, figure: "Figure | None" = None) -> "Figure":
    """Draw one number and, below it, its gradient over the kept steps.

    entry: as in a gradient check, "dense_1.W[0, 1]", "dense_1.b[1]", or with the example first "dense_1.z[0, 1]",
    "dense_1.a[0, 1]", "dense_1.delta[0, 1]"; counted from 0, as Python does. Below a weight stands ∂L/∂w of the
    recorder's examples, below z its δ, below a its ∂L/∂a, unless the loss was computed from z; δ stands alone.
    Raises ValueError for an entry that does not exist.
    """
    import matplotlib.pyplot as plt

    layer, name, index = find_entry(recorder, entry)
    first = recorder.trace(0)[layer]
    names = [q for q in (name, GRADIENTS.get(name)) if q and getattr(first, q) is not None]
    lives = drawable(np.array([[getattr(trace[layer], q)[index] for q in names] for trace in recorder.traces()]).T)
    figure = plt.figure(figsize=(8, 1 + 2 * len(names)), layout="constrained") if figure is None else figure
    panels = np.ravel(figure.subplots(len(names), sharex=True))
    numbers = [str(i + 1) for i in (index if name in ("W", "b") else index[1:])]
    place = ("" if max(map(len, numbers)) == 1 else ",").join(numbers)
    for look, (ax, q, life) in enumerate(zip(panels, names, lives)):
        symbol = TEX[q].replace("{ij}", f"{{{place}}}").replace("_j", f"_{{{place}}}").replace("^l", f"^{{{layer}}}")
        step_axis(ax, recorder.steps, ~np.isfinite(lives).any(axis=0))
        value_axis(ax, life, WIDE_LIFE)
        draw_line(ax, recorder.steps, life, look, "")
        ax.axhline(0, color="0.4", linewidth=0.8)
        at_foot(ax, recorder.steps, ~np.isfinite(life))
        ax.set_ylabel(f"${symbol}$")
        ax.grid(alpha=0.3)
        ax.label_outer()
    example = "" if name in ("W", "b") else f", example {index[0] + 1}"
    panels[0].set_title(f"the life of {entry}{example}")
    return figure


def find_entry(recorder: Recorder, entry: str) -> tuple[int, str, tuple[int, ...]]:
    """Layer, quantity and index of an entry by name. Raises ValueError where there is none."""
    parts = fullmatch(r"\s*(.+)\.(\w+)\s*\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]\s*", str(entry))
    if parts is None:
        raise ValueError(f"an entry is written 'dense_1.W[0, 1]', with the layer's name, not {entry!r}")
    layer = find("layer", parts[1], {layer.name: l for l, layer in enumerate(recorder.net.layers, start=1)})
    name = find("quantity", parts[2], {q: q for q in (*GRADIENTS, "delta")})
    index = tuple(int(i) for i in parts[3].split(","))
    array = getattr(recorder.trace(0)[layer], name)
    if array is None:
        raise ValueError(f"layer {layer}, {parts[1]}, has no {SYMBOLS[name]}")
    if len(index) != array.ndim or any(i >= n for i, n in zip(index, array.shape)):
        whole, zeros = f"{parts[1]}.{name}", ", ".join("0" * array.ndim)
        last = ", ".join(str(n - 1) for n in array.shape)
        raise ValueError(
            f"there is no entry {entry!r}: {whole} has shape {array.shape}, its entries go from {whole}[{zeros}] to "
            f"{whole}[{last}]"
        )
    return layer, name, index


# ## Gradient flow


def plot_gradient_flow(recorder: Recorder, *, figure: "Figure | None" = None) -> "Figure":
    """Draw the typical size of δ and, below it, of ∂L/∂W of every layer with weights, over the kept steps.

    Both axes are logarithmic; a triangle at the foot stands for a step where all entries are 0, as with a layer that
    is dead. Raises ValueError where no layer has weights W, or nothing is recorded.
    """
    import matplotlib.pyplot as plt

    layers = [l for l, layer in enumerate(recorder.net.layers, start=1) if getattr(layer, "W", None) is not None]
    if not layers:
        raise ValueError("no layer of this network has weights W, so there is no gradient flow to draw")
    # what is not trained has no gradient, and no line
    first = recorder.trace(0)
    chosen = {name: [l for l in layers if getattr(first[l], name) is not None] for name in ("delta", "dW")}
    rows = [[typical_size(getattr(t[l], q)) for q in chosen for l in chosen[q]] for t in recorder.traces()]
    sizes = drawable(np.array(rows))
    lost = ~np.isfinite(sizes).any(axis=1)
    figure = plt.figure(figsize=(8, 6), layout="constrained") if figure is None else figure
    upper, lower = figure.subplots(2, sharex=True)
    cut = len(chosen["delta"])
    for ax, of, size in ((upper, chosen["delta"], sizes[:, :cut]), (lower, chosen["dW"], sizes[:, cut:])):
        step_axis(ax, recorder.steps, lost)
        draw_sizes(ax, recorder.steps, {f"{l}, {recorder.net.layers[l - 1].name}": row for l, row in zip(of, size.T)})
        ax.label_outer()
    upper.set(title="gradient flow: the typical size of δ and of the gradients")
    upper.set_ylabel(r"$\|\delta^l\|\,/\,\sqrt{N\,n_l}$")
    lower.set_ylabel(r"$\|\partial L/\partial W^l\|\,/\,\sqrt{n_{l-1}\,n_l}$")
    return figure


def draw_sizes(ax: "Axes", steps: list[int], sizes: dict[str, np.ndarray]) -> None:
    """A line for each layer on a logarithmic axis, and at its foot what is 0 or not finite."""
    for look, (name, size) in enumerate(sizes.items()):
        draw_line(ax, steps, np.where(size > 0, size, np.nan), look, name)
        at_foot(ax, steps, size == 0, "v", LINES[look % len(LINES)][0], f"{name}: all are 0")
    everything = np.array(list(sizes.values()))
    if (everything > 0).any():
        ax.set_yscale("log")
    else:
        ax.set_yticks([])
    at_foot(ax, steps, ~np.isfinite(everything).all(axis=0))
    ax.grid(alpha=0.3)
    ax.legend(title="layer", fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))


def typical_size(values: np.ndarray) -> float:
    """The root mean square of an array: its norm, divided by the root of the number of entries."""
    largest = float(np.abs(values).max())
    if not 0 < largest < np.inf:
        return largest
    # the largest is taken out first, for its square may be too large, or too small, for any float
    # [eq:typical-size] $\dfrac{\|\delta^l\|}{\sqrt{N n_l}}$, $\dfrac{\|\partial L/\partial W^l\|}{\sqrt{n_{l-1} n_l}}$
    return largest * float(np.linalg.norm(values / largest)) / np.sqrt(values.size)


# ## The film


def animate(recorder: Recorder, draw: Callable[[Trace, "Axes"], Any], *, fps: float = 10) -> "FuncAnimation":
    """A film: `draw(trace, axes)` for the trace of each kept step, on fresh axes, `fps` of them a second.

    In a notebook it plays by `HTML(film.to_jshtml())`; `film.save("film.gif", writer="pillow")` writes it with one of
    matplotlib's own writers. Let `draw` fix its limits, or each frame takes its own. Raises ValueError where nothing
    is recorded or fps is not positive.
    """
    import matplotlib.pyplot as plt
    from matplotlib.animation import FuncAnimation

    positive(fps=fps)
    recorder.trace(0)  # what is wrong with the recorder is said now, not at the first frame
    figure = plt.figure(figsize=(6, 4), layout="constrained")

    def frame(k: int) -> list:
        figure.clear()  # with the colour bar that the last frame may have
        draw(recorder.trace(k), figure.add_subplot())
        figure.suptitle(f"step {recorder.steps[k]}")
        return []

    return FuncAnimation(figure, frame, frames=len(recorder), init_func=list, interval=1000 / fps, repeat=False)
