r"""
# How a worksheet is written

[The worksheet](worksheet.py) is a list of sections, each a list of lines, and a line is

| | |
|---|---|
| `left` | what is computed, `z_1^1` |
| `formula.names` | the formula with indices, `w_11^1 x_1 + b_1^1` |
| `formula.numbers` | the same formula with the numbers put in, `0.15·0.05 + 0.35` |
| `result` | the number that the trace holds, `0.3575` |

All of them are in one plain notation: `_` begins a lower index, `^` an upper one, and `[ ]` holds together an
exponent or what is under a root, as in `e^[−z_1^1]`. The writers below make of it text, Markdown, LaTeX and
HTML. They know how formulas look, and nothing of networks.

Read next: [the pencil](pencil.py).
"""

import re
from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby
from textwrap import wrap
from typing import NamedTuple


class Formula(NamedTuple):
    names: str
    numbers: str


class Line(NamedTuple):
    """`left = formula = result`. Without a formula there is only the number. sign: "=" or "←", "becomes"."""

    left: str
    formula: Formula | None
    result: str
    sign: str = "="


class Section(NamedTuple):
    """The lines of one part of the step, of one layer; layer 0 stands for what belongs to none."""

    part: str
    layer: int
    what: str
    lines: Sequence[Line]
    notes: Sequence[str] = ()

    @property
    def title(self) -> str:
        return f"{self.part}, layer {self.layer}: {self.what}" if self.layer else f"{self.part}: {self.what}"


def rows_of(line: Line) -> list[str]:
    """What stands to the right of each = sign; a formula that is a copy needs no third row."""
    if line.formula is None:
        return [line.result]
    rows = [*line.formula, line.result]
    return rows[:-1] if rows[1] == rows[2] else rows


# A hat above the letter before it, as in m̂
HAT = "\u0302"

# ## Text


def in_text(math: str) -> str:
    return math.replace("[", "(").replace("]", ")")


def write_text(head: Sequence[str], sections: Sequence[Section]) -> str:
    """Every line as rows below each other, their = signs aligned."""
    blocks = ["\n".join(head)]
    for section in sections:
        blocks.append(f"{section.title}\n{'─' * len(section.title)}")
        for line in section.lines:
            left = in_text(line.left)
            first, *others = map(in_text, rows_of(line))
            indent = " " * len(left.replace(HAT, ""))
            blocks.append("\n".join([f"{left} {line.sign} {first}", *(f"{indent} = {row}" for row in others)]))
        if section.notes:
            blocks.append("\n".join(f"({note})" for note in section.notes))
    return "\n\n".join(blocks) + "\n"


# ## LaTeX and Markdown

# A name: a letter, which may carry a hat, a lower and an upper index, the number of an example
NAME = rf"[^\W\d_]{HAT}?(?:_\w+(?:,\w+)*)?(?:\^\w+)?(?:\(\d+\))?"
WORDS = {"ln": r"\ln ", "max": r"\max ", "tanh": r"\tanh ", "inf": r"\infty ", "nan": r"\mathrm{NaN}"}
WORDS |= {word: rf"\operatorname{{{word}}}" for word in ("relu", "elu", "gelu", "softplus", "erf")}
SIGNS = {
    "α": r"\alpha ", "β": r"\beta ", "δ": r"\delta ", "ε": r"\epsilon ", "λ": r"\lambda ", "μ": r"\mu ", "π": r"\pi ",
    "ρ": r"\rho ", "σ": r"\sigma ", "·": r" \cdot ", "−": "-", "²": "^2", "½": r"\tfrac12 ", "′": "'", "≤": r"\le ",
    "≥": r"\ge ", "…": r"\ldots ", "←": r"\leftarrow ", "[": "{", "]": "}", "√": r"\sqrt ", "∂": r"\partial ",
}  # fmt: skip

# About as many signs of a formula, or of a sentence, fit on a page.
WIDTH = 90

QUOTED = {"\\": r"$\backslash$", "~": r"$\sim$", "^": r"$\wedge$", "→": r"$\to$", "δ": r"$\delta$", "…": r"$\ldots$"}


def in_latex(math: str) -> str:
    math = re.sub(r"[a-z]{2,}", lambda word: WORDS.get(word[0], rf"\mathrel{{\text{{ {word[0]} }}}}"), math)
    math = re.sub(r"([\d.]+)e([+-]\d+)", lambda number: rf"{{{number[1]} \times 10^{{{int(number[2])}}}}}", math)
    math = re.sub(rf"∂({NAME})/∂({NAME})", r"\\frac{∂\1}{∂\2}", math)
    math = re.sub(rf"(\w){HAT}", r"\\hat{\1}", math)
    math = re.sub(r"_(\w+(?:,\w+)*)", r"_{\1}", math)
    math = re.sub(r"\^(\w+)", r"^{\1}", math)
    return "".join(SIGNS.get(sign, sign) for sign in math)


def _aligned(lines: Sequence[Line]) -> list[str]:
    """The rows of an aligned block, & before every sign; long sums go on in the next row."""
    rows = []
    for line in lines:
        start = f"{in_latex(line.left)} &{in_latex(line.sign)}"
        for row in rows_of(line):
            first, *others = map(in_latex, _break(row))
            rows += [rf"{start} {first} \\", *(rf"&\quad {other} \\" for other in others)]
            start = "&="
    return rows


def _break(row: str) -> list[str]:
    """A long sum in several pieces, each of which begins with its +; never inside of [ ]."""
    pieces = [""]
    for term in re.split(r"(?= \+ )", row):
        if len(pieces[-1] + term) > WIDTH and pieces[-1].count("[") == pieces[-1].count("]"):
            pieces.append("")
        pieces[-1] += term
    return [piece for piece in pieces if piece]


def _in_latex_text(words: str) -> str:
    r"""Words for `\text{}`: what has a meaning in LaTeX is quoted."""
    return re.sub(r"[\\{}$%#&_~^→δ…]", lambda sign: QUOTED.get(sign[0], "\\" + sign[0]), words)


def write_latex(head: Sequence[str], sections: Sequence[Section]) -> str:
    r"""One block \[ ... \] for each section, as LaTeX and KaTeX take it."""
    words = [row for sentence in head for row in wrap(sentence, WIDTH)]
    blocks = [[rf"&\text{{{_in_latex_text(row)}}} \\" for row in words]]
    for section in sections:
        notes = [row for note in section.notes for row in wrap(f"({note})", WIDTH)]
        notes = [rf"&\text{{{_in_latex_text(row)}}} \\" for row in notes]
        blocks.append([rf"&\textbf{{{_in_latex_text(section.title)}}} \\", *_aligned(section.lines), *notes])
    return "\n".join("\n".join([r"\[\begin{aligned}", *rows, r"\end{aligned}\]", ""]) for rows in blocks)


def write_markdown(head: Sequence[str], sections: Sequence[Section]) -> str:
    """A heading for each section; one display formula for each line."""

    def words(text: str) -> str:
        return re.sub(r"([\\`*_{}\[\]<>#$|~])", r"\\\1", text)

    blocks = [f"# {words(head[0])}", *map(words, head[1:])]
    for section in sections:
        blocks.append(f"## {words(section.title)}")
        for line in section.lines:
            blocks.append("\n".join(["$$", r"\begin{aligned}", *_aligned([line]), r"\end{aligned}", "$$"]))
        blocks += [f"*{words(note)}*" for note in section.notes]
    return "\n\n".join(blocks) + "\n"


# ## HTML

STYLE = """<style>
.worksheet table { border-collapse: collapse; margin: 1.5em 0; font-variant-numeric: tabular-nums; }
.worksheet caption { text-align: left; font-weight: bold; padding: .3em 0; }
.worksheet th, .worksheet td { text-align: left; vertical-align: top; padding: .25em .8em; line-height: 1.5; }
.worksheet thead th, .worksheet th[scope=rowgroup] { border-bottom: 1px solid; }
.worksheet th[scope=row] { font-weight: normal; }
.worksheet th[scope=rowgroup] { padding-top: .8em; }
.worksheet th[scope=row], .worksheet td:last-child:not([colspan]) { white-space: nowrap; }
.worksheet th:last-child, .worksheet td:last-child { text-align: right; }
.worksheet th[scope=rowgroup], .worksheet td[colspan] { text-align: left; }
.worksheet sub, .worksheet sup { line-height: 0; font-size: .75em; }
</style>"""


ORDER = (
    "A table for each layer: the step goes forward through all of them, to the loss, then backward from the last "
    "to the first; gradients and update come at the end."
)


def in_html(math: str) -> str:
    # a product is kept on one line
    math = re.sub(r"(?<![+−=,←≤>]) (?![+−=,←≤>])", "\u00a0", math)
    math = re.sub(r"√\[([^\[\]]*)\]", r"√(\1)", escape(math, quote=False))
    math = re.sub(r"\^\[([^\[\]]*)\]", r"<sup>\1</sup>", math)
    math = re.sub(r"_(\w+(?:,\w+)*)", r"<sub>\1</sub>", math)
    return re.sub(r"\^(\w+)", r"<sup>\1</sup>", math)


def write_html(head: Sequence[str], sections: Sequence[Section]) -> str:
    """A table for each layer, its parts in the order of the step; a fragment, to be put into any page."""
    title, *others = (escape(words, quote=False) for words in [*head, ORDER])
    rows = [STYLE, '<section class="worksheet">', f"<h2>{title}</h2>", *(f"<p>{words}</p>" for words in others)]
    # sorting keeps the order of what is equal
    for layer, parts in groupby(sorted(sections, key=lambda section: section.layer or 10**9), lambda s: s.layer):
        rows += _table(layer, list(parts))
    return "\n".join([*rows, "</section>", ""])


def _table(layer: int, sections: Sequence[Section]) -> list[str]:
    what = escape(sections[0].what, quote=False)
    rows = ["<table>", f"<caption>{f'Layer {layer}: {what}' if layer else what}</caption>"]
    rows += [
        "<thead><tr>",
        *(f'<th scope="col">{w}</th>' for w in ("what", "formula", "numbers", "result")),
        "</tr></thead>",
    ]
    places = max((_places(line.result) for section in sections for line in section.lines), default=0)
    for section in sections:
        rows += ["<tbody>", f'<tr><th scope="rowgroup" colspan="4">{section.part}</th></tr>']
        for line in section.lines:
            names, numbers = map(in_html, line.formula or ("", ""))
            # figure spaces, as wide as a digit, bring the points below each other
            result = line.result + "\u2007" * (places - _places(line.result))
            sign = "" if line.sign == "=" else f" {line.sign}"
            cells = "".join(f"<td>{cell}</td>" for cell in (names, numbers, result))
            rows.append(f'<tr><th scope="row">{in_html(line.left)}{sign}</th>{cells}</tr>')
        rows += [f'<tr><td colspan="4">{escape(note, quote=False)}</td></tr>' for note in section.notes]
        rows.append("</tbody>")
    return [*rows, "</table>"]


def _places(number: str) -> int:
    """How many signs stand from the decimal point on."""
    return len(number) - number.index(".") if "." in number else 0


WRITERS: dict[str, Callable[[Sequence[str], Sequence[Section]], str]] = {
    "text": write_text,
    "markdown": write_markdown,
    "latex": write_latex,
    "html": write_html,
}
