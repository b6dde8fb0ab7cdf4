r"""
# The pictures of the report

Of an image, each pixel is as strong as its $|\varphi|$, orange for and purple against, the strongest with their sign,
and the outline of $x$ lies over them. Other features have bars. Beside them stand the curves of [deletion and
insertion](deletion.py).

[matplotlib draws all of this too](pictures.py). These are drawn as SVG, for they stand on a page: their colours turn
with it when it grows dark, their numbers can be selected, and each says in words what it shows.

Read next: [the page of the report](report_page.py).
"""

from collections.abc import Mapping
from html import escape

import numpy as np

from .attribution import Attribution
from .deletion import Curve
from .report_names import TITLES, Features, number, plainly, several, signed

# Depths of colour, signs on an image, bars, columns, and points of a curve, at most
LEVELS, SIGNS, BARS, COLUMNS, POINTS = 24, 12, 12, 200, 130
# Width and height of a picture of columns
WIDE, HIGH = 48, 24


def picture(box: tuple[float, float], alt: str, inside: str, style: str) -> str:
    """An SVG of this width and height, with words for those who do not see it."""
    size = f'viewBox="0 0 {box[0]:g} {box[1]:g}"'
    return f'<svg {size} role="img" aria-label="{escape(alt)}" class="{style}">{inside}</svg>'


# ## φ small and large: drawn once, used twice


def symbol(found: Attribution, features: Features) -> str:
    """The picture of φ, under the name that `drawing` uses."""
    width, height = box_of(features)
    inside = cells(found, features) if features.image else columns(found)
    return f'<symbol id="phi-{found.method}" viewBox="0 0 {width} {height}">{inside}</symbol>'


def drawing(found: Attribution, features: Features, alt: str) -> str:
    return picture(box_of(features), alt, f'<use href="#phi-{found.method}"/>', "map")


def box_of(features: Features) -> tuple[int, int]:
    return (features.image[1], features.image[0]) if features.image else (WIDE, HIGH)


def cells(found: Attribution, features: Features) -> str:
    """φ as the cells of an image, channels added up, with the outline of x."""
    assert features.image is not None
    phi = found.values.reshape(*features.image, -1).astype(float).sum(axis=2)
    parts, largest = ['<rect class="zero" width="100%" height="100%"/>'], np.abs(phi).max()
    if largest > 0:
        for sign, style in ((1, "plus"), (-1, "minus")):
            parts += shades(np.where(np.sign(phi) == sign, np.abs(phi) / largest, 0), style)
    parts.append(f'<path class="outline" d="{outline(found.x.reshape(*features.image, -1).mean(axis=2))}"/>')
    for i in np.argsort(-np.abs(phi), axis=None, kind="stable")[:SIGNS].tolist():
        if phi.flat[i] != 0:
            row, column = divmod(i, phi.shape[1])
            line = f"M{column + 0.25} {row + 0.5}h.5" + (f"M{column + 0.5} {row + 0.25}v.5" if phi.flat[i] > 0 else "")
            below = "on-deep" if abs(phi.flat[i]) > 0.55 * largest else "on-light"
            parts.append(f'<path class="sign {below}" d="{line}"/>')
    return "".join(parts)


def shades(depth: np.ndarray, style: str) -> list[str]:
    """The pixels of an image, 0 ... 1 deep; those of one depth are one path."""
    levels, parts = np.ceil(depth * LEVELS).astype(int), []
    for level in np.unique(levels[levels > 0]):
        d = "".join(f"M{column} {row}h1v1h-1z" for row, column in np.argwhere(levels == level))
        parts.append(f'<path class="{style}" fill-opacity="{level / LEVELS:.3g}" d="{d}"/>')
    return parts


def outline(x: np.ndarray) -> str:
    """The border between the pixels above the middle of their range and those below."""
    ink = np.pad(x > (x.min() / 2 + x.max() / 2), 1)
    down = np.argwhere(ink[1:-1, 1:] != ink[1:-1, :-1])
    across = np.argwhere(ink[1:, 1:-1] != ink[:-1, 1:-1])
    return "".join([f"M{c} {r}v1" for r, c in down] + [f"M{c} {r}h1" for r, c in across])


def columns(found: Attribution) -> str:
    """φ as columns without words, in the order of the features; of very many, the first."""
    phi = found.values.ravel().astype(float)[:COLUMNS]
    largest, wide, middle = np.abs(phi).max() or 1.0, WIDE / len(phi), HIGH / 2
    parts = [f'<path class="axis" d="M0 {middle:g}h{WIDE}"/>']
    for k, value in enumerate(phi):
        tall = (middle - 1) * (abs(value) / largest)
        top = middle - tall if value > 0 else middle
        place = f'x="{(k + 0.1) * wide:.4g}" y="{top:.4g}" width="{0.8 * wide:.4g}" height="{tall:.4g}"'
        parts.append(f'<rect class="{"plus" if value > 0 else "minus"}" {place}/>')
    return "".join(parts)


# ## Large only


def bars(found: Attribution, features: Features) -> str:
    """The strongest features, each with its name, its value in x and its φ, and a bar below."""
    phi, chosen = found.values.ravel().astype(float), features.strongest(found.values, BARS)
    largest, rows = np.abs(phi).max() or 1.0, []
    for k, i in enumerate(chosen):
        y, long = 36 * k, 149 * (abs(phi[i]) / largest)
        name = features.name(i)
        name = f"{name[:27]}…" if len(name) > 28 else name
        rows.append(
            f'<text x="0" y="{y + 14}">{escape(name)} = {plainly(found.x.flat[i])}</text>'
            f'<text x="300" y="{y + 14}" class="end">{signed(phi[i])}</text>'
            f'<rect class="{"plus" if phi[i] > 0 else "minus"}" x="{150 if phi[i] > 0 else 150 - long:.4g}" '
            f'y="{y + 19}" width="{long:.4g}" height="9"/><path class="axis" d="M150 {y + 17}v13"/>'
        )
    height, rest = 36 * len(chosen), features.count - len(chosen)
    if rest:
        others = np.delete(phi, chosen).sum()
        rows.append(f'<text x="0" y="{height + 14}" class="quiet">{several(rest, "other")}, added up</text>')
        rows.append(f'<text x="300" y="{height + 14}" class="end quiet">{signed(others)}</text>')
        height += 20
    return picture((300, height), f"{TITLES[found.method]}, {features.alt(phi)}", "".join(rows), "bars")


def example(x: np.ndarray, features: Features) -> str:
    """x, an image."""
    assert features.image is not None
    x = x.reshape(*features.image, -1).astype(float).mean(axis=2)
    light, dark = x.min(), x.max()
    grey = (x - light) / (dark - light) if dark > light else np.zeros_like(x)
    (height, width), above = features.image, int((grey > 0.5).sum())
    alt = (
        f"The example, an image of {height} × {width} pixels from {plainly(light)} to {plainly(dark)}; {above} of them "
        "are above the middle"
    )
    inside = '<rect class="zero" width="100%" height="100%"/>' + "".join(shades(grey, "ink"))
    return picture((width, height), alt, inside, "map")


def curves(drawn: Mapping[str, Curve], low: float, high: float, noun: str) -> str:
    """f while features leave, while they enter, and in the mean while they leave at random; from low to high."""
    leave, enter = drawn["deletion"], drawn["insertion"]
    spread = (high - low) or 1.0

    def line(values: np.ndarray, style: str) -> str:
        few = np.unique(np.linspace(0, len(values) - 1, POINTS).astype(int))
        places = ((40 + 250 * k / (len(values) - 1), 128 - 116 * ((values[k] - low) / spread)) for k in few)
        return f'<polyline class="{style}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>'

    inside = (
        f'<path class="axis" d="M40 8V130H292"/><text x="36" y="16" class="end">{number(high)}</text>'
        f'<text x="36" y="130" class="end">{number(low)}</text><text x="40" y="146">0 %</text>'
        f'<text x="290" y="146" class="end">all</text>{line(leave.random.mean(axis=0), "random")}'
        f"{line(leave.values, 'deletion')}{line(enter.values, 'insertion')}"
    )
    alt = (
        f"f while {noun}s leave or enter, the largest φ first: in the mean {number(leave.area)} while they leave, "
        f"{number(leave.random_area)} in random orders; {number(enter.area)} while they enter"
    )
    return picture((300, 152), alt, inside, "curves")
