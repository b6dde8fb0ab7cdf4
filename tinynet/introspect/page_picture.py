r"""
# The page without JavaScript

Who opens [the page](page.py) where JavaScript is off sees the newest step of the run all the same: a picture of the
network with the numbers of the first example, the loss curve, and a table. Python draws them, as SVG and HTML; the
colours are the classes `plus` and `minus` of `page/page.css`, and what is negative is dashed besides.

Of layers with many neurons the first ones are drawn, and how many there are is said.

Read next: [the page](page.py).
"""

from collections.abc import Mapping
from html import escape

import numpy as np

from .pencil import Pencil
from .trace import Trace

# Neurons of a layer that are drawn, and rows of the table
DRAWN, ROWS = 12, 200
WIDTH, ROW, RADIUS = 720, 48, 19


def picture(trace: Trace, losses: Mapping[int, float | None], title: str) -> str:
    """The network and its loss curve as one SVG, its numbers those of the first example."""
    drawn = [min(layer.a[0].size, DRAWN) for layer in trace]
    height = ROW * max(drawn) + 40
    columns = [60 + l * (WIDTH - 120) / (len(drawn) - 1) for l in range(len(drawn))]
    places = [
        [(columns[l], 30 + ROW * (j + 0.5 + (max(drawn) - n) / 2)) for j in range(n)] for l, n in enumerate(drawn)
    ]
    parts = [f"<title>The network {escape(title)} at the newest step, and its loss</title>"]
    for layer in trace.layers[1:]:
        parts += edges(layer.W, places[layer.l - 1], places[layer.l])
    for layer, at in zip(trace, places):
        count = layer.a[0].size
        more = f", {len(at)} of {count} neurons" if len(at) < count else ""
        parts.append(f'<text x="{at[0][0]:.0f}" y="14">{escape(layer.name)}{more}</text>')
        parts += [node(x, y, a) for (x, y), a in zip(at, layer.a[0].ravel())]
    return (
        f'<svg viewBox="0 0 {WIDTH} {height + 130}" role="img" class="still">{"".join(parts)}'
        f'<g transform="translate(0 {height})">{loss_line(losses)}</g></svg>'
    )


def edges(W: np.ndarray | None, before: list[tuple[float, float]], after: list[tuple[float, float]]) -> list[str]:
    """A line for each weight, as thick as it is large; a single line each where numbers only pass through."""
    if W is None:
        pairs = [(i, i, 0.0) for i in range(min(len(before), len(after)))]
        largest = 1.0
    else:
        pairs = [(i, j, float(W[i, j])) for i in range(len(before)) for j in range(len(after))]
        largest = float(np.abs(W[np.isfinite(W)]).max(initial=0)) or 1.0
    lines = []
    for i, j, w in pairs:
        (x1, y1), (x2, y2) = before[i], after[j]
        look = "plus" if w > 0 else "minus" if w < 0 else "none"
        thick = 0.4 + 3.5 * abs(w) / largest if np.isfinite(w) else 0.4
        at = f'x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"'
        lines.append(f'<line {at} class="edge {look}" stroke-width="{thick:.2f}"/>')
    return lines


def node(x: float, y: float, a: float) -> str:
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{RADIUS}" class="node"/>'
        f'<text x="{x:.0f}" y="{y + 4:.0f}" class="value">{short(a)}</text>'
    )


def short(a: float) -> str:
    """The sign and two digits, which fit into a circle."""
    digits = ".2f" if 0.00995 <= abs(a) < 0.995 else ".1f" if 0.995 <= abs(a) < 99.5 else ".0e"
    text = "0" if a == 0 else f"{a:+{digits}}"
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").replace("-", "−")


def loss_line(losses: Mapping[int, float | None]) -> str:
    """The loss over the steps; where it is not finite there is a gap."""
    known = [(step, loss) for step, loss in losses.items() if loss is not None]
    known = known[:: len(known) // 500 + 1]
    finite = [loss for _, loss in known if np.isfinite(loss)]
    if not finite:
        return ""
    last, top = max(step for step, _ in known) or 1, max(finite) or 1.0
    pieces, pen = [], "M"
    for step, loss in known:
        if np.isfinite(loss):
            pieces.append(f"{pen}{40 + 640 * step / last:.1f} {100 - 80 * loss / top:.1f}")
            pen = "L"
        else:
            pen = "M"
    number = Pencil(3, False).number
    ends = f'<text x="40" y="118">step {known[0][0]}</text><text x="680" y="118">step {last}</text>'
    words = f"loss, from {number(finite[0])} to {number(finite[-1])}"
    return f'<path d="{"".join(pieces)}" class="loss"/>{ends}<text x="360" y="12">{words}</text>'


def table(trace: Trace, step: int) -> str:
    """The numbers of every neuron for the first example, as an HTML table; of many, the first."""
    number, rows = Pencil(10, False).number, []
    for layer in trace:
        for j in range(layer.a[0].size):
            given = (layer.z, layer.a, layer.delta)
            numbers = ["" if v is None else number(v.reshape(len(v), -1)[0, j]) for v in given]
            numbers.append("" if layer.b is None else number(layer.b[j]))
            cells = "".join(f"<td>{n}</td>" for n in numbers)
            rows.append(f'<tr><th scope="row">{escape(layer.name)}, {j + 1}</th>{cells}</tr>')
    few = f"; the first {ROWS} of {len(rows)} rows" if len(rows) > ROWS else ""
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("neuron", "z", "a", "δ", "b"))
    caption = f"<caption>Step {step}, the first example{few}</caption>"
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{''.join(rows[:ROWS])}</tbody></table>"
