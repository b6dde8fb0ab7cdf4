r"""
# The page of the report

One HTML file: `report/report.html` filled in, with the rules of `report/report.css` in it. It needs no network and no
JavaScript, fits a phone, a dark room and a sheet of paper, and says in words what its pictures show.

Everything that is not ours, the names of features, layers and functions and what errors say, is escaped.

Read next: the page itself, `report/report.html`, or [the report](report.py).
"""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .attribution import Attribution
from .report_names import TITLES, Features, number, plainly, several, signed, subject
from .report_pictures import bars, curves, drawing, example, symbol
from .table import Table

if TYPE_CHECKING:
    from .report import Report

FILES = Path(__file__).with_name("report")
# Of more features than this a table has the STRONGEST; and so many outputs, and rows and columns of a working
NUMBERS, STRONGEST, OUTPUTS, ROWS, COLUMNS = 1024, 100, 10, 12, 8
# What the φ of a method are, if not shares of f(x)
KINDS = {
    "saliency": "slopes",
    "smoothgrad": "slopes",
    "occlusion": "differences",
    "lime_tabular": "weights",
    "lime_image": "weights",
}
COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
MEASURES = {
    "completeness": ("Σφ misses", "by how much the φ fail to add up to f(x) − f(x̃), if the method has an x̃"),
    "deletion": (
        "Deletion ↓",
        "the mean of f while those of the largest φ leave first, and give way to what the method compares x with: it "
        "should be well below that of random orders",
    ),
    "random_deletion": ("At random", "the same in the mean over 20 random orders"),
    "insertion": (
        "Insertion ↑",
        "the mean of f while those of the largest φ enter first, from there to x; large is good",
    ),
    "infidelity": (
        "Infidelity ↓",
        "how wrong φ is when it is read as slopes: the mean of (I·φ − (f(x) − f(x − I)))² over random steps I with "
        "σ = 0.1; compare slopes with slopes, shares with shares",
    ),
    "max_sensitivity": ("Moves ↓", "max sensitivity: the largest relative change of φ where x moves by 0.02 at most"),
    "randomization": (
        "Redrawn → 0",
        "rank correlation with the φ of the same network after all its weights were drawn anew; near 0 is good",
    ),
}


def make_page(report: "Report") -> str:
    """The text of the page."""
    question, features = report.question, report.features
    count, named = len(report.attributions), subject(question)
    how_many = f"{COUNTS[count].capitalize()} explanation{'s' if count != 1 else ''}"
    parts = {
        "title": f"Why {number(question.prediction) if len(question.outputs) == 1 else f'class {question.target}'}?",
        "lead": f"{how_many} of one number, {named}, and how far to trust {'it' if count == 1 else 'them'}.",
        "noun": features.noun,
        "symbols": "".join(symbol(found, features) for found in report.attributions.values()),
        "answer": answer(report),
        "glance": glance(report),
        "measures": measures(report),
        "agreement": agreement(report),
        "methods": "\n".join(method(report, name) for name in report.attributions),
        "missing": missing(report),
        "made": made(report),
        "style": (FILES / "report.css").read_text("utf-8"),
    }
    # cut at its places before anything is put in: that may look like a place
    head, *places = (FILES / "report.html").read_text("utf-8").split("<!-- ")
    return head + "".join(parts[name] + rest for name, _, rest in (place.partition(" -->") for place in places))


# ## Pieces of HTML


def table(caption: str, head: Iterable[str], rows: Iterable[Sequence[str]], style: str = "") -> str:
    """A table whose cells are HTML; the first of each row is its header."""
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = ""
    for first, *cells in rows:
        cells = [cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in cells]
        body += f'<tr><th scope="row">{first}</th>{"".join(cells)}</tr>'
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{caption}"><table class="{style}">'
        f"<caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def listed(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of terms and what is said of each, as HTML."""
    items = "".join(f"<div><dt>{term}</dt><dd>{said}</dd></div>" for term, said in pairs)
    return f'<dl class="words">{items}</dl>'


def folded(summary: str, inside: str) -> str:
    return f"<details><summary>{summary}</summary>{inside}</details>"


def figure(picture: str, caption: str) -> str:
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"


# ## The answer


def answer(report: "Report") -> str:
    """The example, and what the model says of it."""
    features, x, question = report.features, report.question.x, report.question
    if features.image:
        shown = figure(example(x, features), "The example x")
    else:
        entries = [[escape(features.name(i)), plainly(x.flat[i])] for i in range(min(features.count, NUMBERS))]
        shown = table("The example x", [features.noun.capitalize(), "Value"], entries)
    chosen = np.argsort(-question.outputs, kind="stable")[:OUTPUTS].tolist()
    if question.target not in chosen:
        chosen[-1] = question.target
    rows = []
    for k in chosen:
        row = [f"class {k}" if len(question.outputs) > 1 else "the output"]
        for values in report.answers.values():
            share = abs(float(values[k])) / (float(np.abs(values).max()) or 1.0)
            bar = f'<i class="{"plus" if values[k] > 0 else "minus"}" style="--share:{share:.3g}"></i>'
            row.append(f"<td>{bar}{number(values[k], 4)}</td>")
        row[0] += " ←" if k == question.target else ""
        rows.append(row)
    left = len(question.outputs) - len(chosen)
    caption = f"What it answers (←: explained{f'; {left} more are not shown' if left else ''})"
    outputs = table(caption, ["Output", *(name.capitalize() for name in report.answers)], rows, "outputs")
    return f'<div class="answer">{shown}<div><p>{margin(report)}</p>{outputs}</div></div>'


def margin(report: "Report") -> str:
    """The largest output, the second largest, and what lies between."""
    question, answers = report.question, report.answers

    def told(k: int) -> str:
        return " and ".join(f"{name} {number(values[k], 4)}" for name, values in answers.items())

    if len(question.outputs) == 1:
        return f"The model has one output: {told(0)}."
    first, second = np.argsort(-question.outputs, kind="stable")[:2].tolist()
    gaps = " and ".join(f"{number(v[first] - v[second], 4)} in the {name}" for name, v in answers.items())
    text = (
        f"The model says class {first}, with {told(first)}. Next is class {second}, with {told(second)}: a margin of "
        f"{gaps}."
    )
    target = question.target
    return text if target == first else f"{text} Explained is another, class {target}, with {told(target)}."


# ## All methods


def glance(report: "Report") -> str:
    """A small picture of each method, which leads to the method."""
    items = []
    for name, found in report.attributions.items():
        first = report.features.strongest(found.values, 1)
        words = [f"strongest: {report.features.name(i)} {signed(found.values.flat[i])}" for i in first] or ["all 0"]
        small = figure(drawing(found, report.features, words[0]), TITLES[name])
        items.append(f'<li><a href="#{name}">{small}</a></li>')
    if report.features.image:
        return f'<ul class="glance">{"".join(items)}</ul>'
    order = f"<p>The bars stand in the order of the {report.features.noun}s, from left to right.</p>"
    return f'{order}<ul class="glance columns">{"".join(items)}</ul>'


def measures(report: "Report") -> str:
    """The table of all measures, and what they are."""
    shown = [name for name in MEASURES if any(name in measured for measured in report.metrics.values())]
    rows = []
    for name, measured in report.metrics.items():
        numbers = [number(measured[measure]) if measure in measured else "–" for measure in shown]
        rows.append([f'<a href="#{name}">{TITLES[name]}</a>', KINDS.get(name, "shares"), *numbers])
    heads = ["Method", "φ are", *(MEASURES[measure][0] for measure in shown)]
    words = ((MEASURES[measure][0], f"{MEASURES[measure][1]}.") for measure in shown)
    return table("Every method, measured", heads, rows, "measures") + listed(words)


def agreement(report: "Report") -> str:
    """The matrix of rank correlations, and its two ends in words."""
    agreed = report.agreement
    if agreed is None:
        return "<p>It takes two explanations to agree.</p>"
    names, matrix = [TITLES[name] for name in agreed.names], agreed.matrix
    rows = []
    for k, name in enumerate(names):
        cells = []
        for value in matrix[k]:
            shade = f'class="{"plus" if value > 0 else "minus"}" style="--depth:{40 * abs(value):.0f}%"'
            text = f"{np.round(value, 2) + 0.0:.2f}".replace("-", "−")
            cells.append(f"<td {shade}>{text}</td>" if np.isfinite(value) else "×")
        rows.append([f"{k + 1} {name}", *cells])
    pairs = [(matrix[i, j], i, j) for i in range(len(names)) for j in range(i) if np.isfinite(matrix[i, j])]
    ends = ""
    if pairs:
        (least, a, b), (most, c, d) = min(pairs), max(pairs)
        ends = (
            f"All of them put the {report.features.noun}s in the same order. "
            if least > 1 - 1e-9
            else f"Most alike are {names[d]} and {names[c]}, {number(most)}; least alike {names[b]} and {names[a]}, "
            f"{number(least)}. "
        )
    heads = ["Method", *(f'<abbr title="{name}">{k}</abbr>' for k, name in enumerate(names, start=1))]
    return (
        f"<p>{ends}Two methods with the same order of {report.features.noun}s have 1, with the opposite order −1, "
        "unrelated ones about 0. Methods that agree may all be wrong; where they differ, ask what each was asked.</p>"
        + table("Rank correlation of φ, of every two methods", heads, rows, "matrix")
    )


# ## One method


def method(report: "Report", name: str) -> str:
    """Its pictures, what it says and what it does not, how it was judged, its values, its working, its settings."""
    found, features, words = report.attributions[name], report.features, report.words(name)
    caption = f"φ, from {number(found.values.min())} to {number(found.values.max())}"
    alt = f"{TITLES[name]}, {features.alt(found.values)}"
    pictures = figure(drawing(found, features, alt) if features.image else bars(found, features), caption)
    if len(report.curves[name]) == 2:
        every = [curve.values for pair in report.curves.values() for curve in pair.values()]
        low, high = (float(end) for end in (np.min(np.concatenate(every)), np.max(np.concatenate(every))))
        keys = (("deletion", "leave, largest φ first"), ("insertion", "enter"), ("random", "leave at random"))
        legend = " ".join(f'<span class="key {style}">{text}</span>' for style, text in keys)
        pictures += figure(curves(report.curves[name], low, high, features.noun), legend)
    residual = "; ".join(f"{escape(what)} {number(value)}" for what, value in found.residual.items())
    text = [
        f"<p>{escape(words['here'])}</p>",
        f'<p class="not"><strong>What this does not say.</strong> {escape(words["not"])}</p>',
        f"<p>{escape(words['judged'])}</p>" if words["judged"] else "",
        f'<p class="residual">Residual: {residual}.</p>' if residual else "",
        all_values(found, features),
        working(report.workings[name], features) if name in report.workings else "",
        settings(found),
    ]
    return (
        f'<article id="{name}"><h3>{TITLES[name]}</h3><div class="pictures">{pictures}</div>'
        f"<div>{''.join(text)}</div></article>"
    )


def all_values(found: Attribution, features: Features) -> str:
    """All φ as a table; of too many, the strongest."""
    phi, title = found.values, f"All values of {TITLES[found.method]}"
    if features.image and features.channels == 1 and features.count <= NUMBERS:
        grid = phi.reshape(features.image)
        rows = [[str(r), *(number(value) for value in row)] for r, row in enumerate(grid, start=1)]
        heads = ["Row", *(str(c) for c in range(1, grid.shape[1] + 1))]
        return folded("All values", table(f"{title}, by row and column", heads, rows, "grid"))
    chosen = list(range(features.count))
    if features.count > NUMBERS:
        chosen = features.strongest(phi, STRONGEST)
        title = f"The {len(chosen)} strongest of {features.count:,} values of {TITLES[found.method]}"
    rows = [[escape(features.name(i)), plainly(found.x.flat[i]), number(phi.flat[i], 6)] for i in chosen]
    return folded("All values", table(title, [features.noun.capitalize(), "x", "φ"], rows))


def working(sheet: Table, features: Features) -> str:
    """The working of the strongest feature."""
    head, *rows = [[escape(cell) for cell in row] for row in sheet.cells(ROWS, COLUMNS)]
    inside = f"<p>{escape(sheet.formula)}</p>{table(escape(sheet.title), head, rows, 'grid sheet')}"
    return folded(f"The working of its strongest {features.noun}", inside)


def settings(found: Attribution) -> str:
    rows = [[escape(name), escape(setting(value))] for name, value in found.settings.items() if value is not None]
    inside = table(f"Settings of {TITLES[found.method]}", ["Setting", "Value"], rows, "plain")
    return folded("Settings", inside) if rows else ""


def setting(value: Any) -> str:
    """A setting in words: of an array its shape and its range."""
    if isinstance(value, np.ndarray) and value.ndim:
        ends = f"{plainly(value.min())} … {plainly(value.max())}" if value.any() else "all 0"
        return f"{' × '.join(map(str, value.shape))} numbers, {ends}"
    return plainly(value) if isinstance(value, float) else str(value)


# ## What is missing, and how it was made


def missing(report: "Report") -> str:
    """What does not apply, and what failed."""
    reasons = [(name, "left out", reason) for name, reason in report.left_out.items()]
    reasons += [(name, "failed", reason) for name, reason in report.failures.items()]
    if not reasons:
        return "<p>Nothing: every method applies to this example, and none failed.</p>"
    return listed((escape(spelled(name)), f"<strong>{how}</strong>: {escape(why)}.") for name, how, why in reasons)


def spelled(name: str) -> str:
    """The name of a method, or of a measure of one, in words."""
    what, of, name = name.rpartition(" of ")
    return f"{what.replace('_', ' ')}{of}{TITLES.get(name, name)}"


def made(report: "Report") -> str:
    """How the report was made."""
    described, question, features = report.made, report.question, report.features
    facts = {
        "Explained": f"{question.explained}: {number(question.prediction, 17)}",
        "Example": f"{several(features.count, features.noun)}, {question.x.dtype}",
        "Baseline": ("" if features.image else f"{features.baseline}: ") + setting(report.baseline),
        "Background": f"{several(len(report.background), 'row')}: {setting(report.background)}",
        "Seed": str(report.seed),
        "Model": described["model"],
        "Fingerprint": described.get("fingerprint", ""),
        "Made by": f"tinynet {described['tinynet']}",
    }
    rows = [
        [
            escape(layer["name"]),
            escape(layer["kind"]) + (f", {layer['activation']}" if layer["activation"] else ""),
            " × ".join(map(str, layer["output shape"])),
            f"{layer['parameters']:,}",
        ]
        for layer in described.get("layers", [])
    ]
    sheet = table("The layers of the network", ["Layer", "Kind", "Outputs", "Parameters"], rows, "plain")
    return listed((name, escape(fact)) for name, fact in facts.items() if fact) + (sheet if rows else "")
