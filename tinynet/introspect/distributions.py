r"""
# Distributions: how the numbers of a layer are spread

A matrix shows each number in its place. A histogram forgets the places and shows what all numbers have in common:
where their middle is, how wide they are spread, how many are 0. That is where trouble shows first:

- **$z$ too wide** for a sigmoid or a tanh: most $a$ sit at the ends, most $f'$ near 0.
- **$a$ of relu mostly 0**, with [dead neurons](units.py) among them.
- **$\delta$ or $\partial L/\partial W$ narrower** by a factor in each layer towards the input: they vanish.
  Wider: they explode.
- **$W$ as it was drawn**, after training as before: the layer has not learned.

`plot_histogram(trace, l, "z")` takes the name that the quantity has in the trace, `W`, `b`, `dW`, `db`, `z`, `a`,
`delta` or `f_prime`; of a network without data, `W` and `b`.

**How it is counted.** The values $v_1 \dots v_m$ fall into bins of equal width. 0 is always an edge, so no bar mixes
signs: negative bars are purple and hatched, positive ones orange. Exact zeros, which relu and dropout make on purpose,
have a black bar of their own; where it would dwarf the others, it is cut off, and its number stands above. About
$\sqrt m$ bins, at most 50, show the shape without the noise of single values. Where there are but a few different
values, each gets a bar. NaN and infinity are counted below the picture and left out of everything else.

Read next: [curves](curves.py).
"""

from math import ceil, floor, isqrt
from typing import TYPE_CHECKING

import numpy as np

from ..model import Sequential
from .drawing import COLOURS, tick_whole_numbers
from .plots import QUANTITIES, find_numbers
from .trace import Trace
from .units import unit_states

# matplotlib is slow to import, and who draws nothing need not wait: the functions import it.
if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Up to FEW different values get a bar each.
FEW = 10
LEAST_BINS, MOST_BINS = 10, 50
# A bar for one value is this share of the picture wide.
THIN = 0.02
# The bar of the zeros ends at so many times the highest of the others.
CUT = 1.5


def plot_histogram(net: Sequential | Trace, layer: int, quantity: str, *, ax: "Axes | None" = None) -> "Axes":
    """Draw how the numbers of a quantity of a layer are distributed, with their mean and standard deviation.

    net: a trace, or for "W" and "b" a network. quantity: "W", "b", "dW", "db", "z", "a", "delta" or "f_prime". Raises
    ValueError where the layer does not exist or has no such quantity.
    """
    import matplotlib.pyplot as plt

    values, symbol = find_numbers(net, layer, quantity)
    words = QUANTITIES[quantity][1]
    if quantity == "f_prime" and values.ndim > net[layer].z.ndim:  # type: ignore[index]
        words, symbol = "slopes of all pairs", rf"$\partial a_j^{{{layer}}}\,/\,\partial z_i^{{{layer}}}$"
    if ax is None:
        ax = plt.subplots(figsize=(7, 3.8), layout="compressed")[1]
    finite = np.asarray(values[np.isfinite(values)], float)
    # in units of the largest value nothing overflows or vanishes, and a mean of equal values is that value
    unit = np.abs(finite).max(initial=0) or 1.0
    # beyond this, matplotlib cannot draw
    drawn = unit if 1e-290 < unit < 1e290 else 1.0
    notes = [symbol if drawn == unit else f"{symbol} in units of {_spell(unit)}"]
    if finite.size:
        zeros = _draw_bars(ax, finite / unit, drawn)
        mean, deviation = _mark_moments(ax, finite / unit, drawn)
        notes += [f"mean {_spell(unit * mean)} (dashed)", f"standard deviation {_spell(unit * deviation)} (grey)"]
        notes += [f"exactly 0: {zeros:,} (black)"] if zeros else []
    else:
        ax.set(xticks=[], yticks=[])
    if lost := values.size - finite.size:
        nans = np.isnan(values).sum()
        notes.append(f"left out: {nans:,} NaN, {lost - nans:,} infinite")
    title = f"{words} of layer {layer}"
    states = unit_states(net)[layer] if quantity == "a" and isinstance(net, Trace) else None
    ax.set(title=f"{title}\n{states}" if states else title, ylabel=f"how many of {values.size:,}")
    ax.set_xlabel("\n".join(notes), fontsize=9)
    return ax


def _draw_bars(ax: "Axes", values: np.ndarray, unit: float) -> int:
    """Bars of the values, given in units: the negative, the positive, and the exact zeros, whose number is returned."""
    import matplotlib.pyplot as plt

    left, right = values.min(), values.max()
    margin = 0.05 * (right - left) or 0.5
    thin = THIN * (right - left + 2 * margin)
    others = values[values != 0]
    places, counts = np.unique(others, return_counts=True)
    widths = np.full(len(places), thin)
    if len(places) > FEW:
        edges = bin_edges(others)
        counts, _ = np.histogram(others, edges)
        places, widths = (edges[:-1] + edges[1:]) / 2, np.diff(edges)
        left, right = min(left, edges[0]), max(right, edges[-1])
    for sign, depth, hatch in ((-1, 0.15, "////"), (1, 0.8, "")):
        x, height, width = (array[(sign * places > 0) & (counts > 0)] for array in (places, counts, widths))
        colour = plt.get_cmap(COLOURS)(depth)
        ax.bar(unit * x, height, unit * width, color=colour, edgecolor="white", hatch=hatch)
    if zeros := values.size - others.size:
        top = max(counts, default=0)
        height = min(zeros, CUT * top) if top else zeros
        ax.bar(0, height, unit * thin, color="black")
        if height < zeros:
            ax.annotate(f"{zeros:,} ↑", (0, height), (0, 2), textcoords="offset points", ha="center", fontsize=9)
    ax.set_xlim(unit * (left - margin), unit * (right + margin))
    ax.margins(y=0.12)
    tick_whole_numbers(ax.yaxis)
    return zeros


def bin_edges(values: np.ndarray) -> np.ndarray:
    """Edges of about √m bins of equal width around m values, not all equal; where they pass 0, one edge is 0."""
    left, right = values.min(), values.max()
    width = (right - left) / min(max(isqrt(values.size), LEAST_BINS), MOST_BINS)
    edges = width * np.arange(floor(left / width), ceil(right / width) + 1)
    # an edge that rounding moved would lose the value that lies on it
    edges[0], edges[-1] = min(edges[0], left), max(edges[-1], right)
    return edges


def _mark_moments(ax: "Axes", values: np.ndarray, unit: float) -> tuple[float, float]:
    """Mark the mean of the values, given in units, and one standard deviation on both sides of it; returns the two."""
    # [eq:mean-of-values] $\bar v = \frac{1}{m} \sum_k v_k$
    mean = values.mean()
    # [eq:standard-deviation] $s = \sqrt{\frac{1}{m} \sum_k (v_k - \bar v)^2}$
    deviation = values.std()
    ax.axvspan(unit * (mean - deviation), unit * (mean + deviation), color="0.88", zorder=0)
    ax.axvline(unit * mean, color="black", linestyle="--", linewidth=1)
    return mean, deviation


def _spell(number: float) -> str:
    return f"{number:.4g}".replace("-", "−")
