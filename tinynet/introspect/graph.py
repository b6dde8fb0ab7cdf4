r"""
# The graph, drawn

A loss remembers how it was made, back to the weights and the data. `plot_graph(loss)` draws this memory: a box for
each tensor, an arrow from each number to the operations that use it. Call `loss.backward()` first, and every box
shows its gradient too, so that the chain rule can be followed with a finger, from the right to the left:

| in a box | |
|---|---|
| first line | its name, or the operation that made it |
| `=` | its value |
| `∂` | $\partial L/\partial$ this number, what `backward()` left in `.grad` |

Sharp corners are what was there before: the tensors that you made, and, in grey with a dashed edge, constants, which
have no gradient. Round ends are results. Arrows enter a box in the order of the operands, from top to bottom: in
$a - b$, $a$ comes in above. Arrays show their shape, and their numbers if these are few.

How to place the boxes is a problem of its own. The usual answer (Sugiyama, Tagawa, Toda 1981) has four steps:

1. **Columns.** A box stands left of everything made from it: its column is the longest way from it to the loss.
2. **Long arrows** get a point to pass through in each column between, so that they run around boxes and not over them.
3. **Order.** A box wants to be at the mean height of its neighbours, the *barycentre*. Sorting the columns by it, to
   and fro, untangles most crossings.
4. **Heights.** Least squares: as near to the neighbours as order and distance allow.

`to_dot(loss)` writes the same graph for [Graphviz](https://graphviz.org), which also lays out large ones.

Read next: [the architecture](architecture.py).
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ..tensor import Tensor

# matplotlib is slow to import, and who draws nothing need not wait: the functions import it.
if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch, PathPatch

# More boxes than this are no picture to read.
BOXES = 200
# An array with more numbers or columns than this is shown by its shape and its range.
NUMBERS, COLUMNS = 8, 4

# Lengths in points, of which an inch has 72: of letters, of the space between boxes, of the head of an arrow.
FONT = 9.0
LINE = 1.35 * FONT
PAD = 0.6 * FONT
BETWEEN_COLUMNS, BETWEEN_BOXES = 4.0 * FONT, 1.2 * FONT
HEAD = 0.7 * FONT
# DejaVu Sans Mono, which comes with matplotlib: each letter is that wide.
LETTER = 0.602 * FONT

# Light yellow, light blue and light grey: told apart by every eye; and the shapes differ too.
FILLS = {"leaf": "#ffedb3", "constant": "#eeeeee", "result": "#d3e5f5"}
SIGNS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "matmul": "@", "negative": "−( )"}


@dataclass(eq=False)
class Box:
    """A tensor in the picture; without one, the point where a long arrow passes through a column.

    (x, y) is its middle, `room` the width of its column. `before` are the boxes whose arrows enter here, in the
    order of the operands; `after` those that its own arrows lead to.
    """

    tensor: Tensor | None = None
    before: list["Box"] = field(default_factory=list)
    after: list["Box"] = field(default_factory=list)
    column: int = 0
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = FONT
    room: float = 0.0
    lines: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        assert self.tensor is not None
        return "result" if self.tensor.op else "leaf" if self.tensor.requires_grad else "constant"


def plot_graph(loss: Tensor, ax: "Axes | None" = None) -> "Axes":
    """Draw the graph that ends in `loss`, any tensor with a graph, with values and gradients.

    ax: where to draw; by default a new figure, as large as the graph needs. Returns the Axes. Raises TypeError for
    what is no tensor, ValueError for a graph of more than BOXES nodes.
    """
    import matplotlib.pyplot as plt

    boxes = [box for column in lay_out(loss) for box in column]
    left, right = min(b.x - b.width / 2 for b in boxes), max(b.x + b.width / 2 for b in boxes)
    low, high = min(b.y - b.height / 2 for b in boxes), max(b.y + b.height / 2 for b in boxes)
    low -= 2.5 * LINE
    key, key_end = _key(left, low, loss)
    right, low = max(right, key_end), low - 1.8 * LINE
    if ax is None:
        size = ((right - left + 2 * PAD) / 72, (high - low + 2 * PAD) / 72 + 0.34)
        ax = plt.subplots(figsize=size, layout="constrained")[1]
    for box in boxes:
        for patch in [*_arrows(box), *(_drawing(box, box.tensor is loss) if box.tensor is not None else [])]:
            ax.add_patch(patch)
    for patch in key:
        ax.add_patch(patch)
    ax.set(xlim=(left - PAD, right + PAD), ylim=(low - PAD, high + PAD), aspect="equal")
    ax.set_axis_off()
    name = _formula(loss.name) if loss.name else "" if loss.op in SIGNS else _sign(loss)
    ax.set_title(f"computation graph of {name}" if name else "computation graph")
    return ax


def to_dot(loss: Tensor) -> str:
    """The graph that ends in `loss`, any tensor, in Graphviz's language: `dot -Tsvg graph.dot > graph.svg`.

    Of any size. Raises TypeError for what is no tensor.
    """
    tensors = _tensors(loss)
    lines = ["digraph {", "  rankdir=LR", '  node [style=filled, fontname="monospace"]']
    for number, t in tensors.items():
        box = Box(t)
        shape = "shape=ellipse" if box.kind == "result" else "shape=box"
        dashed = ', style="filled,dashed"' if box.kind == "constant" else ""
        text = "\\n".join(_escaped(line) for line in [_heading(t, plain=True), *_lines(t, loss)])
        lines.append(f'  n{number} [{shape}{dashed}, fillcolor="{FILLS[box.kind]}", label="{text}"]')
    numbers = {t: number for number, t in tensors.items()}
    lines += [f"  n{numbers[p]} -> n{number}" for number, t in tensors.items() for p in t.parents]
    return "\n".join([*lines, "}"]) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _tensors(loss: Tensor) -> dict[int, Tensor]:
    """All tensors of the graph, constants too, numbered, each after its parents."""
    if not isinstance(loss, Tensor):
        raise TypeError(f"a graph ends in a Tensor, a loss for example; this is a {type(loss).__name__}")
    found, seen = [loss], {loss}
    for t in found:  # which grows as we go
        for parent in t.parents:
            if parent not in seen:
                seen.add(parent)
                found.append(parent)
    return dict(enumerate(sorted(found, key=lambda t: t._born)))


# ## What stands in a box


def _sign(t: Tensor) -> str:
    return SIGNS.get(t.op, t.op.replace("_", " "))


def _heading(t: Tensor, plain: bool = False) -> str:
    """The first line: name, operation, shape."""
    name = (t.name if plain else _formula(t.name)) if t.name else ""
    made = (f"({_sign(t)})" if name else _sign(t)) if t.op else ""
    return "  ".join(filter(None, [name, made, str(t.shape) if t.shape else ""]))


def _formula(name: str) -> str:
    """A name such as w_12^1 as matplotlib writes formulas; any other as it is."""
    if found := re.fullmatch(r"([^\W\d_]+)_([\d,]+)(?:\^(\d+))?( \(\d+\))?", name):
        letter, index, l, example = found.groups()
        return f"${letter}_{{{index}}}" + (f"^{{{l}}}$" if l else "$") + (example or "")
    short = name if len(name) <= 30 else name[:29] + "…"
    return short.replace("\n", " ").replace("$", r"\$")


def _lines(t: Tensor, loss: Tensor) -> list[str]:
    """The lines under the heading: value, and gradient where this loss has left one.

    Before its `backward()` a parameter may still have that of another loss.
    """
    grad = t.grad if t.requires_grad and loss.grad is not None else None
    return [*_numbers("=", t.data), *([] if grad is None else _numbers("∂", grad))]


def _numbers(sign: str, array: np.ndarray) -> list[str]:
    """A number, a few numbers row by row, or the range of many."""
    rows = array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)
    if array.size == 0:
        return [f"{sign} no numbers"]
    if array.size > NUMBERS or rows.shape[1] > COLUMNS:
        low, high = _number(array.min()), _number(array.max())
        return [f"{sign} all {low}" if low == high else f"{sign} {low} … {high}"]
    cells = [[_number(v) for v in row] for row in rows]
    width = max(len(cell) for row in cells for cell in row)
    texts = ["  ".join(cell.rjust(width) if array.size > 1 else cell for cell in row) for row in cells]
    return [f"{sign if i == 0 else ' '} {text}" for i, text in enumerate(texts)]


def _number(value: float) -> str:
    return f"{value + 0.0:.4g}".replace("-", "−")  # of −0 it makes 0


# ## Where the boxes stand


def lay_out(loss: Tensor) -> list[list[Box]]:
    """The columns of the picture from left to right, each a list of boxes from top to bottom, with their places.

    Raises ValueError where there are more than BOXES tensors.
    """
    tensors = _tensors(loss)
    if len(tensors) > BOXES:
        raise ValueError(
            f"this graph has {len(tensors):,} nodes, and a picture of more than {BOXES} cannot be read: draw that of a "
            "smaller network or of one example, or write to_dot(loss) to a file and let Graphviz lay it out"
        )
    boxes = {t: Box(t, lines=[_heading(t), *_lines(t, loss)]) for t in tensors.values()}
    for box in boxes.values():
        _measure(box)
    columns = _columns(list(boxes.values()))
    _untangle(columns)
    _place(columns)
    return columns


def _measure(box: Box) -> None:
    assert box.tensor is not None
    heading, *numbers = box.lines
    wide = _letters(0, 0, heading).get_path().get_extents().width if heading else 0
    # round ends take room from the corners
    ends = 2 * PAD + (FONT if box.kind == "result" else 0)
    box.width = max([wide, *(LETTER * len(line) for line in numbers)]) + ends
    box.height = LINE * (len(numbers) + bool(heading)) + PAD


def _columns(boxes: list[Box]) -> list[list[Box]]:
    """The boxes column by column, linked by `before` and `after`, points of passage put in."""
    of = {box.tensor: box for box in boxes}
    # the children come first, so that a box knows how far from the loss they are: boxes are in the order of making
    for box in reversed(boxes):
        assert box.tensor is not None
        for parent in box.tensor.parents:
            of[parent].column = max(of[parent].column, box.column + 1)
    last = max(box.column for box in boxes)
    columns: list[list[Box]] = [[] for _ in range(last + 1)]
    for box in boxes:
        box.column = last - box.column
        columns[box.column].append(box)
    for box in boxes:
        assert box.tensor is not None
        for parent in box.tensor.parents:
            at = of[parent]
            for column in range(at.column + 1, box.column):
                point = Box(column=column)
                columns[column].append(point)
                _link(at, point)
                at = point
            _link(at, box)
    return columns


def _link(a: Box, b: Box) -> None:
    a.after.append(b)
    b.before.append(a)


def _untangle(columns: list[list[Box]]) -> None:
    """Order each column so that few arrows cross: by barycentres, from left to right and back; the best is kept."""
    # To begin with, walk back from the loss, operand by operand: what belongs together comes together.
    order: dict[Box, int] = {}
    stack = [columns[-1][0]]
    while stack:
        box = stack.pop()
        if box not in order:
            order[box] = len(order)
            stack += reversed(box.before)
    for column in columns:
        column.sort(key=lambda box: order[box])
    best, fewest = [list(column) for column in columns], _crossings(columns)
    for sweep in range(24):
        forward = sweep % 2 == 0
        for column in columns[1:] if forward else columns[-2::-1]:
            places = {box: i for other in columns for i, box in enumerate(other)}
            centres = {box: _barycentre(box, forward, places) for box in column}
            column.sort(key=lambda box: centres[box])
        if (now := _crossings(columns)) < fewest:
            best, fewest = [list(column) for column in columns], now
    for column, kept in zip(columns, best):
        column[:] = kept


def _barycentre(box: Box, forward: bool, places: dict[Box, int]) -> float:
    if forward:
        near = [float(places[b]) for b in box.before]
    else:  # operands enter from top to bottom, which puts them a little apart
        near = [places[b] + b.before.index(box) / len(b.before) for b in box.after]
    return sum(near) / len(near) if near else places[box]


def _crossings(columns: list[list[Box]]) -> int:
    """How many pairs of arrows cross."""
    count = 0
    for left, right in pairwise(columns):
        place = {box: i for i, box in enumerate(left)}
        arrows = [(place[a], (i, k)) for i, b in enumerate(right) for k, a in enumerate(b.before)]
        count += sum((p - r) * (q > s) - (p - r) * (q < s) < 0 for p, q in arrows for r, s in arrows) // 2
    return count


def _place(columns: list[list[Box]]) -> None:
    """Give every box its x and y."""
    right = 0.0
    for column in columns:
        widest = max(box.width for box in column)
        for box in column:
            box.x, box.room = right + widest / 2, widest
        right += widest + BETWEEN_COLUMNS
        _spread(column, [0.0] * len(column))
    for sweep in range(100):
        for column in columns if sweep % 2 else reversed(columns):
            _spread(column, [_height_wanted(box) for box in column])


def _height_wanted(box: Box) -> float:
    """The mean height of the other ends of its arrows; but what was given goes to its users, not they to it."""
    ends = [b.y for b in box.after] + [a.y for a in box.before if a.before]
    ends = ends or [a.y for a in box.before]
    return sum(ends) / len(ends) if ends else 0.0


def _port(box: Box, k: int) -> float:
    """The height at which the arrow of operand k enters."""
    return box.y + box.height * (0.5 - (k + 1) / (len(box.before) + 1))


def _spread(column: list[Box], wanted: list[float]) -> None:
    """Set the heights of a column, from top to bottom, as near to those wanted as distances allow: least squares.

    Boxes that would come too near to each other are moved as one block, to the mean of what they want (this is
    isotonic regression by pooling adjacent violators). What was given weighs little: it makes room for results.
    """
    depth, depths = 0.0, []  # how far below the first box each must be at least
    for i, box in enumerate(column):
        if i:
            gap = BETWEEN_BOXES / 2 if None in (box.tensor, column[i - 1].tensor) else BETWEEN_BOXES
            depth += (column[i - 1].height + box.height) / 2 + gap
        depths.append(depth)
    blocks: list[tuple[float, float, int]] = []  # the mean of (wanted + depth), the weight, and how many boxes
    for box, want, d in zip(column, wanted, depths):
        mean, weight, count = want + d, 1.0 if box.before else 0.02, 1
        while blocks and blocks[-1][0] < mean:
            other, more, boxes = blocks.pop()
            mean, weight, count = (mean * weight + other * more) / (weight + more), weight + more, count + boxes
        blocks.append((mean, weight, count))
    heights = [mean for mean, _, count in blocks for _ in range(count)]
    for box, height, d in zip(column, heights, depths):
        box.y = height - d


# ## The drawing
#
# Letters are drawn as shapes, in the same coordinates as the boxes, so they fit whatever the size of the figure.


def _drawing(box: Box, thick: bool) -> "list[Patch]":
    from matplotlib.patches import FancyBboxPatch

    corner = (box.x - box.width / 2, box.y - box.height / 2)
    corner_size = min(1.2 * FONT, box.height / 2.01)
    style = f"round,pad=0,rounding_size={corner_size}" if box.kind == "result" else "square,pad=0"
    outline = FancyBboxPatch(
        corner,
        box.width,
        box.height,
        boxstyle=style,
        facecolor=FILLS[box.kind],
        edgecolor="0.25",
        linestyle="--" if box.kind == "constant" else "-",
        linewidth=2 if thick else 0.8,
        zorder=2,
    )
    heading, *numbers = box.lines
    top = box.y + box.height / 2 - PAD / 2 - 0.75 * LINE
    texts = [_letters(box.x, top, heading, centred=True)] if heading else []
    top -= LINE if heading else 0
    left = box.x - LETTER * max((len(line) for line in numbers), default=0) / 2
    texts += [_letters(left, top - i * LINE, line, mono=True) for i, line in enumerate(numbers)]
    return [outline, *texts]


def _letters(x: float, y: float, text: str, centred: bool = False, mono: bool = False) -> "PathPatch":
    from matplotlib.font_manager import FontProperties
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path
    from matplotlib.textpath import TextPath

    font = FontProperties(family="DejaVu Sans Mono" if mono else "DejaVu Sans", weight="normal" if mono else "bold")
    path = TextPath((0, 0), text, size=FONT, prop=font)
    if centred:
        extents = path.get_extents()
        x -= (extents.x0 + extents.x1) / 2
    return PathPatch(Path(path.vertices + np.array([x, y]), path.codes), facecolor="black", linewidth=0, zorder=3)


def _arrows(box: Box) -> "list[Patch]":
    """What comes in. Arrows bend between the columns only; within one they are level, so they meet no other box."""
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    patches: list[Patch] = []
    codes = [Path.MOVETO, Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO]
    for k, a in enumerate(box.before):
        leaves, enters = a.x + a.room / 2, box.x - box.room / 2 - HEAD
        middle, y = (leaves + enters) / 2, _port(box, k)
        tip = box.x - box.width / 2
        line = [(a.x + a.width / 2, a.y), (leaves, a.y), (middle, a.y), (middle, y), (enters, y), (tip - HEAD, y)]
        if box.tensor is None:
            line[-1] = (box.x, y)
        else:
            head = [(tip, y), (tip - HEAD, y + 0.4 * HEAD), (tip - HEAD, y - 0.4 * HEAD)]
            patches.append(Polygon(head, facecolor="0.35", linewidth=0, zorder=1))
        patches.append(PathPatch(Path(line, codes), facecolor="none", edgecolor="0.35", linewidth=0.9, zorder=1))
    return patches


def _key(left: float, y: float, loss: Tensor) -> "tuple[list[Patch], float]":
    """What the shapes and signs mean, in two lines of which the upper is at y; and how far right they reach."""
    constant = Tensor(0, requires_grad=False)
    samples = {"given": Tensor(0), "given, constant": constant, "result of an operation": Tensor(0) + constant}
    patches: list[Patch] = []
    x = left
    for meaning, t in samples.items():
        patches += _drawing(Box(t, lines=[""], x=x + 1.5 * FONT, y=y, width=3 * FONT, height=LINE), thick=False)
        patches.append(_letters(x + 3.6 * FONT, y - 0.35 * FONT, meaning, mono=True))
        x += 5.6 * FONT + LETTER * len(meaning)
    gradients = "∂ gradient of the loss" if loss.grad is not None else "(no gradients before loss.backward())"
    signs = f"= value   {gradients}"
    patches.append(_letters(left, y - 0.35 * FONT - 1.5 * LINE, signs, mono=True))
    return patches, max(x - 2 * FONT, left + LETTER * len(signs))
