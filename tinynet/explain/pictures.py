r"""
# Pictures of attributions

$\varphi$ has one number for each entry of $x$, and a picture puts each where it belongs. There are three kinds.

**An image**, where $x$ is one: every pixel in the colour of its $\varphi$, white for 0, orange for and purple against,
the strongest with their sign. The line is the outline of $x$ itself, so that one sees what the network looked at *and*
what it was looking at. Channels of one pixel are added up.

**Bars**, for features with names: the strongest on top, each with its value in $x$, its $\varphi$ at its end. Of many
features the strongest 20 have a bar of their own and the others one for their sum.

**A waterfall**, for methods that share out a difference: it begins at the reference $f(\tilde x)$ and takes a step of
$\varphi_i$ for every feature,

$$f(\tilde x) + \varphi_1 + \varphi_2 + \dots + \varphi_n = f(x)$$

and what the steps do not reach, the completeness error, is a grey step of its own. Where nothing was compared, there is
no place to begin, and no waterfall.

All say what was explained, $f(x)$, and the residual: how far the numbers can be trusted.

Read next: [gradients](gradients.py).
"""

from collections.abc import Sequence
from math import prod
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from ..checks import find, whole_numbers
from ..introspect.drawing import COLOURS, FONT, draw_matrix, number
from .attribution import Attribution, check_attribution, feature_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# So many features have a row of their own.
MOST = 20
# A difference that three digits do not show has no step in a waterfall.
SEEN = 1e-3
# Beyond these, matplotlib cannot draw: numbers are then drawn in units of the largest.
SMALLEST, LARGEST = 1e-290, 1e200


def plot_attribution(
    attribution: Attribution,
    ax: "Axes | None" = None,
    *,
    kind: str | None = None,
    names: Sequence[str] | None = None,
    image_shape: tuple[int, ...] | None = None,
) -> "Axes":
    """Draw the values of an attribution: "image", over the example; "bars"; or "waterfall", from reference to f(x).

    kind: by default an image where x is one, (height, width) or (height, width, channels), or where `image_shape`
    says that a flat x is; else bars. image_shape: by default the method's own, where it has one. names: of all entries
    of x, in order; an image needs none. Returns the Axes.

    Raises ValueError for an unknown kind, a shape or a number of names that does not fit, and a waterfall of an
    attribution without a reference.
    """
    check_attribution(attribution, "plot_attribution")
    shape = attribution.values.shape
    image_shape = image_shape or attribution.settings.get("image_shape")
    image = image_of(shape, image_shape)
    kind = kind or ("bars" if image is None else "image")
    find("kind of picture", kind, dict.fromkeys(("image", "bars", "waterfall")))
    labels = feature_labels(shape if len(shape) > 1 else image_shape or shape, names)
    if kind == "image":
        if image is None:
            raise ValueError(f"x has shape {shape}, which is no image; image_shape=(height, width) says which it is")
        ax = draw_image(attribution.values, image, r"$\varphi_{ij}$", ax)
        draw_outline(attribution.x, image, ax)
    else:
        labels = [f"{label} = {number(v)}" for label, v in zip(labels, attribution.x.ravel().astype(float))]
        values = attribution.values.ravel()
        ax = draw_bars(values, labels, ax) if kind == "bars" else _draw_waterfall(attribution, values, labels, ax)
    residual = [f"{name.replace('_', ' ')} {number(value)}" for name, value in attribution.residual.items()]
    # the first is the one that the method is judged by
    numbers = "; ".join([f"$f(x)$ = {number(attribution.prediction)}", *residual[:1]])
    write_title(ax, attribution.method, attribution.explained, numbers)
    return ax


def write_title(ax: "Axes", method: str, explained: str, numbers: str) -> None:
    """How and what was explained, and a line of numbers, in as many lines as the Axes need."""
    explained = explained.replace("z^L", "$z^L$").replace("a^L", "$a^L$")
    width = max(24, int(16 * ax.get_window_extent().width / ax.figure.dpi))
    lines = (f"{method.replace('_', ' ')} of the {explained}", numbers)
    ax.set_title("\n".join(fill(line, width) for line in lines), fontsize=FONT + 2)


# ## Features: their names and the strongest of them


def feature_labels(shape: tuple[int, ...], names: Sequence[str] | None) -> list[str]:
    """The names or, without, x_1, x_2, ...; of an image x_{row, column}. Raises ValueError for another number."""
    count = prod(shape)
    if names is None:
        return [f"$x_{{{feature_name(i, shape)}}}$" for i in range(count)]
    if len(names) != count:
        raise ValueError(f"{len(names)} names for {count} features; give one for each")
    # a dollar sign is one of ours, or no mathematics
    return [str(name).replace("$", r"\$") for name in names]


def strongest(values: np.ndarray, labels: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """The strongest values first, with their labels; of many the first MOST, and the sum of the others."""
    order = np.argsort(-np.abs(values), kind="stable")
    first = order if len(values) <= MOST + 1 else order[:MOST]
    others = len(values) - len(first)
    chosen, words = values[first], [labels[i] for i in first]
    if others:
        chosen, words = np.append(chosen, values[order[MOST:]].sum()), [*words, f"the {others:,} others, added up"]
    return chosen, words


def image_of(shape: tuple[int, ...], image_shape: tuple[int, ...] | None) -> tuple[int, int] | None:
    """(height, width) where x of this shape is an image, or is said to be one; else None.

    Raises ValueError for an image_shape that does not fit.
    """
    if image_shape is None:
        return (shape[0], shape[1]) if len(shape) in (2, 3) else None
    image_shape = whole_numbers("image_shape", image_shape)
    if len(image_shape) not in (2, 3):
        raise ValueError(f"image_shape is (height, width), not {image_shape}")
    if prod(image_shape) != prod(shape) and (len(shape) != 3 or image_shape != shape[:2]):
        raise ValueError(
            f"x has shape {shape}, {prod(shape)} entries; images of {image_shape} have {prod(image_shape)}"
        )
    return image_shape[0], image_shape[1]


def in_units(values: np.ndarray) -> tuple[np.ndarray, float]:
    """The values in units that can be drawn, and the unit: 1 but for the very large and the very small."""
    values = np.asarray(values, float)
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=0))
    unit = 1.0 if largest == 0 or SMALLEST < largest < LARGEST else largest
    return values / unit, unit


def with_unit(symbol: str, unit: float) -> str:
    """What an axis in such units is called."""
    return symbol if unit == 1 else f"{symbol} in units of {number(unit)}"


# ## An image


def draw_image(values: np.ndarray, image: tuple[int, int], symbol: str, ax: "Axes | None") -> "Axes":
    """Draw values as the pixels of an image (height, width), the channels of a pixel added up."""
    drawn, unit = in_units(values.reshape(*image, -1))
    channels = drawn.shape[-1]
    symbol = with_unit(symbol, unit) + (f", {channels} channels added up" if channels > 1 else "")
    pixels = drawn.sum(axis=-1)
    ax = draw_matrix(pixels, symbol, ax, signed=bool((pixels < 0).any()))
    ax.set(aspect="equal", xlabel="column $j$", ylabel="row $i$")
    return ax


def draw_outline(x: np.ndarray, image: tuple[int, int], ax: "Axes", left: float = 0, top: float = 0) -> None:
    """A line where x crosses the middle between its smallest and its largest value.

    left, top: where the image begins; its first pixel has its middle at (left + 1, top + 1).
    """
    picture, _ = in_units(x.reshape(*image, -1))
    picture = picture.mean(axis=-1)
    low, high = picture.min(), picture.max()
    if low == high:
        return  # nothing is crossed
    # the line goes on to the edge of the outer pixels, half a pixel beyond their middles
    rows, columns = (np.array([0.5, *range(1, length + 1), length + 0.5]) for length in image)
    wide = float(np.clip(40 / max(image), 0.8, 2))
    # white around black is seen on light and on dark
    for colour, width in (("white", 2.2 * wide), ("black", wide)):
        ax.contour(
            left + columns, top + rows, np.pad(picture, 1, mode="edge"), [low / 2 + high / 2],
            colors=colour, linewidths=width, linestyles="solid",
        )  # fmt: skip


# ## Bars


def draw_bars(values: np.ndarray, labels: Sequence[str], ax: "Axes | None", symbol: str = r"$\varphi$") -> "Axes":
    """A bar for each of the strongest values, with its number; its sign shows by side, colour and hatch."""
    drawn, unit = in_units(values)
    drawn, labels = strongest(drawn, labels)
    ax = rows_of(len(drawn), ax)
    _draw_steps(ax, np.zeros(len(drawn)), drawn)
    _make_room(ax, np.append(drawn, 0))
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_yticks(range(1, len(drawn) + 1), labels)
    ax.set_xlabel(with_unit(symbol, unit) + ("" if drawn.any() else "   (all are 0)"))
    return ax


def rows_of(count: int, ax: "Axes | None", height: float = 0.27) -> "Axes":
    """Axes with a row for each thing, numbered from 1 at the top; height: of one, in inches."""
    import matplotlib.pyplot as plt

    if ax is None:
        ax = plt.subplots(figsize=(7, 1.3 + height * count), layout="constrained")[1]
    ax.set_ylim(count + 0.6, 0.4)
    ax.tick_params("y", labelsize=FONT + 1, length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    return ax


def _draw_steps(ax: "Axes", start: np.ndarray, steps: np.ndarray, first: int = 1) -> None:
    """A bar from each start, as long as its step, with the number at its end; first: the row of the first."""
    import matplotlib.pyplot as plt

    rows = np.arange(first, first + len(steps))
    for sign, depth, hatch in ((-1, 0.15, "////"), (1, 0.8, "")):
        of = sign * steps > 0
        colour = plt.get_cmap(COLOURS)(depth)
        ax.barh(rows[of], steps[of], 0.7, start[of], color=colour, edgecolor="white", hatch=hatch)
    are_signed = (steps < 0).any()
    for row, end, step in zip(rows, start + steps, steps):
        text = f"+{number(step)}" if are_signed and step > 0 else number(step)
        side, gap = ("right", -3) if step < 0 else ("left", 3)
        ax.annotate(text, (end, row), (gap, 0), textcoords="offset points", ha=side, va="center", fontsize=FONT)


def _make_room(ax: "Axes", ends: np.ndarray) -> None:
    """On both sides, for the numbers."""
    room = 0.16 * np.ptp(ends) or 1.0
    ax.set_xlim(ends.min() - room, ends.max() + room)


# ## A waterfall


def _draw_waterfall(attribution: Attribution, values: np.ndarray, labels: Sequence[str], ax: "Axes | None") -> "Axes":
    """From the reference to f(x), a step for each value from top to bottom, and a grey one for what they leave out."""
    if attribution.reference is None:
        raise ValueError(
            f"{attribution.method} compares f(x) with nothing, so a waterfall has no place to begin; "
            "kind='bars' draws its values"
        )
    drawn, unit = in_units(np.array([attribution.reference, attribution.prediction, *values]))
    reference, fx = drawn[:2]
    steps, labels = strongest(drawn[2:], labels)
    path = np.cumsum([reference, *steps])
    left_out = fx - path[-1]
    if abs(left_out) > SEEN * max(np.abs(steps).max(), abs(fx - reference)):
        path, labels = np.append(path, fx), [*labels, f"not accounted for: {number(left_out)}"]
    rows = len(path) + 1
    ax = rows_of(rows, ax)
    _draw_steps(ax, path[: len(steps)], steps, first=2)
    if len(path) > len(steps) + 1:
        ax.barh(rows - 1, left_out, 0.7, fx - left_out, color="0.8", edgecolor="0.5", hatch="xx")
    # what was reached in one row is where the next begins
    row = np.arange(1, rows)
    ax.vlines(path, row - 0.35, row + 1.35, color="black", linewidth=0.8)
    ax.set_yticks(range(1, rows + 1), [f"reference = {number(reference)}", *labels, f"$f(x)$ = {number(fx)}"])
    ax.set_xlabel(with_unit("from the reference to $f(x)$", unit))
    _make_room(ax, path)
    return ax
