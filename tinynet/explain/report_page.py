r"""
# The page of the report

One HTML file, `report/report.html` filled in, with the rules of `report/report.css` in it. It needs no network and no
JavaScript, fits a phone, a dark room and a sheet of paper, and says in words what its pictures show.

The pictures are drawn here, as SVG: of an image, each pixel as strong as its $|\varphi|$, orange for and purple
against, the strongest with their sign, and the outline of $x$ over them; of other features, bars. matplotlib could
draw them too, but colours that turn with those of the page, and numbers that can be selected and read aloud, it does not
have.

Everything that is not ours, the names of features, layers and functions and what errors say, is escaped.

Read next: the page itself, `report/report.html`, or [the demo](../demo.py).
"""

from collections.abc import Sequence
from html import escape
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .attribution import Attribution
from .deletion import Curve
from .report_words import TITLES, Features, number, plainly, several, signed, subject

if TYPE_CHECKING:
    from .report import Report

FILES = Path(__file__).with_name("report")
# Depths of colour; signs on so many cells; bars, and numbers in a table, at most
LEVELS, SIGNS, BARS, NUMBERS = 24, 12, 12, 1024
# Width and height of a picture of columns
COLUMNS = (48, 24)
# What the φ of a method are
KINDS = {
    "saliency": "slopes",
    "smoothgrad": "slopes",
    "occlusion": "differences",
    "lime_tabular": "weights",
    "lime_image": "weights",
}
WORDS = "no one two three four five six seven eight nine ten eleven twelve".split()
MEASURES = {
    "completeness": ("Σφ misses", "by how much the φ fail to add up to f(x) − f(x̃), if the method promises that"),
    "deletion": ("Deletion ↓", "the mean of f while the strongest leave first; small is good"),
    "insertion": ("Insertion ↑", "the mean of f while the strongest enter first; large is good"),
    "infidelity": (
        "Infidelity ↓",
        "how wrong φ is when it is read as slopes: mean of (I·φ − (f(x) − f(x − I)))² over random steps I with σ = 0.1. "
        "Compare slopes with slopes, shares with shares",
    ),
    "max_sensitivity": ("Moves ↓", "max sensitivity: the largest relative change of φ when x moves by 0.02 at most"),
    "randomization": (
        "Redrawn → 0",
        "rank correlation with the φ of the same network after all its weights are drawn anew; near 0 is good",
    ),
}


def make_page(report: "Report") -> str:
    """The text of the page."""
    parts = {
        "title": escape(title(report)),
        "lead": lead(report),
        "noun": report.features.noun,
        "symbols": "".join(symbol(found, report.features) for found in report.attributions.values()),
        "answer": answer(report),
        "glance": glance(report),
        "measures": measures(report),
        "agreement": agreement(report),
        "methods": "\n".join(method(report, name) for name in report.attributions),
        "missing": missing(report),
        "made": made(report),
        "style": (FILES / "report.css").read_text("utf-8"),
    }
    page = (FILES / "report.html").read_text("utf-8")
    # cut at the places first: what is put in may look like one
    pieces = [piece.partition(" -->") for piece in page.split("<!-- ")]
    return pieces[0][0] + "".join(parts[name] + rest for name, _, rest in pieces[1:])


def title(report: "Report") -> str:
    question = report.question
    return f"Why class {question.target}?" if len(question.outputs) > 1 else f"Why {number(question.prediction)}?"


def lead(report: "Report") -> str:
    count = len(report.attributions)
    how_many = WORDS[count].capitalize() if count < len(WORDS) else str(count)
    return f"{how_many} explanation{'s' if count != 1 else ''} of one number, {escape(subject(report.question))}, and how far to trust them."


# ## Pieces of HTML


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], style: str = "") -> str:
    """A table whose cells are HTML; the first of each row is its header."""
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in cells)}</tr>'
        for first, *cells in rows
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{caption}"><table class="{style}">'
        f"<caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def picture(box: tuple[float, float], alt: str, inside: str, style: str = "") -> str:
    """An SVG with words for those who do not see it."""
    return (
        f'<svg viewBox="0 0 {box[0]:g} {box[1]:g}" role="img" aria-label="{escape(alt)}" class="{style}">{inside}</svg>'
    )


# ## Pictures of φ and of x


def symbol(found: Attribution, features: Features) -> str:
    """The picture of φ, to be used twice: small and large."""
    width, height = box_of(features)
    inside = cells(found, features) if features.image else columns(found)
    return f'<symbol id="phi-{found.method}" viewBox="0 0 {width} {height}">{inside}</symbol>'


def box_of(features: Features) -> tuple[int, int]:
    return (features.image[1], features.image[0]) if features.image else COLUMNS


def cells(found: Attribution, features: Features) -> str:
    """φ as the cells of an image, with the outline of x."""
    assert features.image is not None
    phi = found.values.reshape(*features.image, -1).astype(float).sum(axis=2)
    largest = np.abs(phi).max()
    parts = ['<rect class="zero" width="100%" height="100%"/>']
    if largest > 0:
        level = np.ceil(np.abs(phi) / largest * LEVELS).astype(int)
        for sign, style in ((1, "plus"), (-1, "minus")):
            for depth in range(1, LEVELS + 1):
                where = np.argwhere((level == depth) & (np.sign(phi) == sign))
                if len(where):
                    d = "".join(f"M{column} {row}h1v1h-1z" for row, column in where)
                    parts.append(f'<path class="{style}" fill-opacity="{depth / LEVELS:.3g}" d="{d}"/>')
    parts.append(f'<path class="outline" d="{outline(found.x.reshape(*features.image, -1).mean(axis=2))}"/>')
    for i in features.strongest(phi, SIGNS):
        row, column = divmod(i, features.image[1])
        stroke = "on-deep" if abs(phi.flat[i]) > 0.55 * largest else "on-light"
        line = f"M{column + 0.25} {row + 0.5}h.5" + (f"M{column + 0.5} {row + 0.25}v.5" if phi.flat[i] > 0 else "")
        parts.append(f'<path class="sign {stroke}" d="{line}"/>')
    return "".join(parts)


def outline(x: np.ndarray) -> str:
    """The border between the pixels above the middle of their range and those below."""
    ink = np.pad(x > (x.min() + x.max()) / 2, 1)
    if x.max() == x.min():
        return ""
    down = np.argwhere(ink[1:-1, 1:] != ink[1:-1, :-1])
    across = np.argwhere(ink[1:, 1:-1] != ink[:-1, 1:-1])
    return "".join([f"M{c} {r}v1" for r, c in down] + [f"M{c} {r}h1" for r, c in across])


def columns(found: Attribution) -> str:
    """φ as a row of columns without words, feature by feature; of very many, the first 200."""
    phi = found.values.ravel().astype(float)[:200]
    largest, wide = np.abs(phi).max() or 1.0, COLUMNS[0] / len(phi)
    parts = [f'<path class="axis" d="M0 12h{COLUMNS[0]}"/>']
    for k, value in enumerate(phi):
        tall = 11 * abs(value) / largest
        if tall > 0:
            top = 12 - tall if value > 0 else 12
            place = f'x="{(k + 0.1) * wide:.4g}" y="{top:.4g}" width="{0.8 * wide:.4g}" height="{tall:.4g}"'
            parts.append(f'<rect class="{"plus" if value > 0 else "minus"}" {place}/>')
    return "".join(parts)


def bars(found: Attribution, features: Features) -> str:
    """The strongest features, each with its name, its value in x and its φ."""
    entries = features.strongest(found.values, BARS)
    rows = []
    largest = np.abs(found.values).max() or 1.0
    for k, i in enumerate(entries):
        phi, y = float(found.values.flat[i]), 24 * k + 17
        long = 62 * abs(phi) / largest
        left = 212 if phi > 0 else 212 - long
        name = features.name(i)
        name = f"{name[:17]}…" if len(name) > 18 else name
        rows.append(
            f'<text x="0" y="{y}">{escape(name)} = {plainly(found.x.flat[i])}</text>'
            f'<rect class="{"plus" if phi > 0 else "minus"}" x="{left:.4g}" y="{y - 12}" width="{long:.4g}" height="15"/>'
            f'<text x="340" y="{y}" class="end">{signed(phi)}</text>'
        )
    rest = features.count - len(entries)
    height = 24 * len(entries) + (24 if rest else 6)
    if rest:
        total = float(found.values.sum()) - sum(float(found.values.flat[i]) for i in entries)
        y = height - 7
        rows.append(f'<text x="0" y="{y}" class="quiet">{rest} others</text>')
        rows.append(f'<text x="340" y="{y}" class="end quiet">{signed(total)}</text>')
    axis = f'<path class="axis" d="M212 0v{height}"/>'
    alt = f"{TITLES[found.method]}, {features.alt(found.values)}"
    return picture((340, height), alt, axis + "".join(rows), "bars")


def drawing(found: Attribution, features: Features, alt: str, style: str) -> str:
    return picture(box_of(features), alt, f'<use href="#phi-{found.method}"/>', style)


def example(report: "Report") -> str:
    """x itself: an image, or a table of its features."""
    features, x = report.features, report.question.x
    if not features.image:
        shown = [[escape(features.name(i)), plainly(x.flat[i])] for i in range(min(features.count, NUMBERS))]
        return table("The example x", [features.noun.capitalize(), "Value"], shown)
    x = x.reshape(*features.image, -1).astype(float).mean(axis=2)
    light, dark = float(x.min()), float(x.max())
    grey = (x - light) / ((dark - light) or 1.0)
    level = np.ceil(grey * LEVELS).astype(int)
    parts = ['<rect class="paper" width="100%" height="100%"/>']
    for depth in range(1, LEVELS + 1):
        d = "".join(f"M{column} {row}h1v1h-1z" for row, column in np.argwhere(level == depth))
        if d:
            parts.append(f'<path class="ink" fill-opacity="{depth / LEVELS:.3g}" d="{d}"/>')
    height, width = features.image
    alt = (
        f"The example, an image of {height} × {width} pixels from {plainly(light)} to {plainly(dark)}; "
        f"{int((level > LEVELS / 2).sum())} of them are above the middle"
    )
    return f"<figure>{picture((width, height), alt, ''.join(parts), 'map')}<figcaption>The example x</figcaption></figure>"


def curves(report: "Report", name: str) -> str:
    """f while features leave and enter, on the same scale for all methods."""
    drawn: dict[str, Curve] = report.curves[name]
    if set(drawn) != {"deletion", "insertion"}:
        return ""
    every = [curve.values for pair in report.curves.values() for curve in pair.values()]
    random = report.random_curve
    low, high = min(v.min() for v in every), max(v.max() for v in every)
    spread = (high - low) or 1.0

    def line(values: np.ndarray, style: str) -> str:
        few = np.unique(np.linspace(0, len(values) - 1, 130).astype(int))
        points = " ".join(
            f"{40 + 250 * k / (len(values) - 1):.1f},{128 - 116 * (values[k] - low) / spread:.1f}" for k in few
        )
        return f'<polyline class="{style}" points="{points}"/>'

    lines = line(drawn["deletion"].values, "deletion") + line(drawn["insertion"].values, "insertion")
    inside = (
        f'<path class="axis" d="M40 8V130H292"/><text x="36" y="16" class="end">{number(high)}</text>'
        f'<text x="36" y="130" class="end">{number(low)}</text><text x="40" y="146">0 %</text>'
        f'<text x="290" y="146" class="end">all</text>{line(random, "random")}{lines}'
    )
    areas = {kind: number(curve.area) for kind, curve in drawn.items()}
    alt = (
        f"f while {report.features.noun}s leave or enter, strongest first: in the mean {areas['deletion']} while they leave, "
        f"{number(report.random['deletion'])} in random orders; {areas['insertion']} while they enter"
    )
    says = (
        '<span class="key deletion">leave, strongest first</span> <span class="key insertion">enter</span> '
        '<span class="key random">leave at random</span>'
    )
    return f"<figure>{picture((300, 152), alt, inside, 'curves')}<figcaption>{says}</figcaption></figure>"


# ## The sections


def answer(report: "Report") -> str:
    """What the model says, and by how much."""
    question = report.question
    answers = report.answers
    order = np.argsort(-question.outputs, kind="stable")[:10].tolist()
    if question.target not in order:
        order[-1] = question.target
    widest = {name: float(np.abs(values).max()) or 1.0 for name, values in answers.items()}
    rows = []
    for k in order:
        row = [f"class {k}" + (" ←" if k == question.target else "")]
        for name, values in answers.items():
            share = f"--share:{abs(float(values[k])) / widest[name]:.3g}"
            style = "plus" if values[k] > 0 else "minus"
            row.append(f'<td><i class="{style}" style="{share}"></i>{number(values[k], 4)}</td>')
        rows.append(row)
    count = len(question.outputs)
    of = f"; the {len(order)} largest of {count}" if count > len(order) else ""
    outputs = table(f"All that it answers (←: explained{of})", ["Output", *answers], rows, "outputs")
    if count == 1:
        outputs = outputs.replace("class 0 ←", "the output ←")
    return f'<div class="answer">{example(report)}<div><p>{escape(margin(report))}</p>{outputs}</div></div>'


def margin(report: "Report") -> str:
    """The largest output, the second largest, and what lies between."""
    question, answers = report.question, report.answers
    told = joined_answers(answers, question.target)
    if len(question.outputs) == 1:
        return f"The model has one output: {told}."
    first, second = np.argsort(-question.outputs, kind="stable")[:2].tolist()
    gaps = " and ".join(f"{number(v[first] - v[second], 4)} in the {name}" for name, v in answers.items())
    says = (
        f"The model says class {first}, with {joined_answers(answers, first)}. Next is class {second}, with "
        f"{joined_answers(answers, second)}: a margin of {gaps}."
    )
    if question.target != first:
        says += f" Explained is another, class {question.target}, with {told}."
    return says


def joined_answers(answers: dict[str, np.ndarray], k: int) -> str:
    return " and ".join(f"{name} {number(values[k], 4)}" for name, values in answers.items())


def glance(report: "Report") -> str:
    figures = [
        f'<li><a href="#{name}"><figure>{drawing(found, report.features, glance_alt(found, report.features), "map")}'
        f"<figcaption>{escape(TITLES[name])}</figcaption></figure></a></li>"
        for name, found in report.attributions.items()
    ]
    return f'<ul class="glance{"" if report.features.image else " columns"}">{"".join(figures)}</ul>'


def glance_alt(found: Attribution, features: Features) -> str:
    first = features.strongest(found.values, 1)
    return f"strongest: {features.told(found.values, first)}" if first else "all are 0"


def measures(report: "Report") -> str:
    """The table of all measures, and what they are."""
    shown = [name for name in MEASURES if any(name in measured for measured in report.metrics.values())]
    best = {}
    for name, choose in (("deletion", min), ("insertion", max)):
        areas = [measured[name] for measured in report.metrics.values() if name in measured]
        best[name] = choose(areas) if areas else None
    rows = []
    for method, measured in report.metrics.items():
        row = [f'<a href="#{method}">{escape(TITLES[method])}</a>', KINDS.get(method, "shares")]
        for name in shown:
            text = number(measured[name]) if name in measured else "–"
            row.append(f"<strong>{text}</strong>" if name in measured and measured[name] == best.get(name) else text)
        rows.append(row)
    random = ["random orders", "–", *(number(report.random[name]) if name in report.random else "–" for name in shown)]
    heads = ["Method", "φ are", *(MEASURES[name][0] for name in shown)]
    words = "".join(f"<div><dt>{MEASURES[name][0]}</dt><dd>{MEASURES[name][1]}.</dd></div>" for name in shown)
    return f'{table("Every method, measured", heads, [*rows, random], "measures")}<dl class="words">{words}</dl>'


def agreement(report: "Report") -> str:
    """The matrix of rank correlations, and its two ends in words."""
    agreed = report.agreement
    if agreed is None:
        return "<p>It takes two explanations to agree.</p>"
    names, matrix = [TITLES[name] for name in agreed.names], agreed.matrix
    heads = ["Method", *(f'<abbr title="{escape(name)}">{k}</abbr>' for k, name in enumerate(names, start=1))]
    rows = []
    for k, name in enumerate(names):
        row = [f"{k + 1} {escape(name)}"]
        for value in matrix[k]:
            shade = f'style="--depth:{70 * abs(value):.0f}%" class="{"plus" if value > 0 else "minus"}"'
            row.append(f"<td {shade}>{value:.2f}</td>".replace(">-", ">−") if np.isfinite(value) else "×")
        rows.append(row)
    pairs = [(matrix[i, j], i, j) for i in range(len(names)) for j in range(i) if np.isfinite(matrix[i, j])]
    says = "Two methods with the same order of features have 1, with the opposite order −1, unrelated ones about 0."
    if pairs:
        (least, a, b), (most, c, d) = min(pairs), max(pairs)
        says = (
            f"Most alike are {names[c]} and {names[d]}, {number(most)}; least alike {names[a]} and {names[b]}, "
            f"{number(least)}. {says} Methods that agree may all be wrong; where they differ, ask what each was asked."
        )
    return f"<p>{escape(says)}</p>{table('Rank correlation of φ, of every two methods', heads, rows, 'matrix')}"


def method(report: "Report", name: str) -> str:
    """One method: its picture, its curves, what it says, what it does not, its values and its settings."""
    found, features, words = report.attributions[name], report.features, report.words(name)
    alt = f"{TITLES[name]}, {features.alt(found.values)}"
    shown = drawing(found, features, alt, "map") if features.image else bars(found, features)
    residual = "; ".join(f"{escape(what)} {number(value)}" for what, value in found.residual.items())
    residual = f"<p class='residual'>Residual: {residual}.</p>" if residual else ""
    caption = f"φ, from {number(found.values.min())} to {number(found.values.max())}"
    return (
        f'<article id="{name}"><h3>{escape(TITLES[name])}</h3><div class="pictures"><figure>{shown}<figcaption>{caption}'
        f"</figcaption></figure>{curves(report, name)}</div><div class='text'><p>{escape(words['here'])}</p>"
        f'<p class="not"><strong>What this does not say.</strong> {escape(words["not"])}</p>'
        f"<p>{escape(words['judged'])}</p>{residual}{values(found, features)}{working(report, name)}"
        f"{settings(found)}</div></article>"
    )


def values(found: Attribution, features: Features) -> str:
    """All φ as a table; of too many, the strongest."""
    phi, title = found.values, f"All values of {TITLES[found.method]}"
    if features.count > NUMBERS or not features.image or features.count > prod(features.image):
        chosen = range(features.count) if features.count <= NUMBERS else features.strongest(phi, 100)
        title = title if features.count <= NUMBERS else f"The {len(chosen)} strongest of {features.count:,} values"
        rows = [[escape(features.name(i)), plainly(found.x.flat[i]), number(phi.flat[i], 6)] for i in chosen]
        inside = table(title, [features.noun.capitalize(), "x", "φ"], rows)
    else:
        grid = phi.reshape(features.image)
        rows = [[str(r + 1), *(number(v) for v in row)] for r, row in enumerate(grid)]
        inside = table(f"{title}, by row and column", ["", *(str(c + 1) for c in range(grid.shape[1]))], rows, "grid")
    return f"<details><summary>All values</summary>{inside}</details>"


def working(report: "Report", name: str) -> str:
    """The working of the strongest feature."""
    sheet = report.workings.get(name)
    if sheet is None:
        return ""
    head, *rows = [[escape(cell) for cell in row] for row in sheet.cells(rows=12, columns=8)]
    inside = table(escape(sheet.title), head, rows, "grid")
    return f"<details><summary>The working of its strongest {report.features.noun}</summary><p>{escape(sheet.formula)}</p>{inside}</details>"


def settings(found: Attribution) -> str:
    rows = [[escape(name), escape(setting(value))] for name, value in found.settings.items() if value is not None]
    if not rows:
        return ""
    inside = table(f"Settings of {escape(TITLES[found.method])}", ["Setting", "Value"], rows, "plain")
    return f"<details><summary>Settings</summary>{inside}</details>"


def setting(value: Any) -> str:
    """A setting in words: of an array what it is like."""
    if isinstance(value, np.ndarray) and value.ndim:
        shape = " × ".join(map(str, value.shape))
        return f"{shape} numbers, " + ("all 0" if not value.any() else f"{plainly(value.min())} … {plainly(value.max())}")
    return plainly(value) if isinstance(value, float) else str(value)


def missing(report: "Report") -> str:
    """What does not apply, and what failed."""
    rows = [(name, "left out", reason) for name, reason in report.left_out.items()]
    rows += [(name, "failed", reason) for name, reason in report.failures.items()]
    if not rows:
        return "<p>Nothing: all methods apply to this model and this example, and none failed.</p>"
    items = "".join(
        f"<div><dt>{escape(spelled(name))}</dt><dd><strong>{how}</strong>: {escape(reason)}.</dd></div>"
        for name, how, reason in rows
    )
    return f'<dl class="words">{items}</dl>'


def spelled(name: str) -> str:
    """The name of a method, or of a measure of one, in words."""
    what, of, method = name.rpartition(" of ")
    return f"{what.replace('_', ' ')}{of}{TITLES.get(method, method)}"


def made(report: "Report") -> str:
    """How the report was made."""
    described, question, noun = report.made, report.question, report.features.noun
    rows = len(report.background)
    facts = {
        "Explained": f"{question.explained}, {number(question.prediction, 17)}",
        "Baseline": f"{setting(report.baseline)}",
        "Background": f"{several(rows, 'row')}, {setting(report.background)}",
        "Example": f"{several(report.features.count, noun)}, {question.x.dtype}",
        "Seed": str(report.seed),
        "Model": described["model"],
        "Fingerprint of the weights": described.get("fingerprint", ""),
        "Made by": f"tinynet {described['tinynet']}",
    }
    items = "".join(f"<div><dt>{name}</dt><dd>{escape(text)}</dd></div>" for name, text in facts.items() if text)
    layers = described.get("layers")
    if not layers:
        return f'<dl class="words">{items}</dl>'
    lines = [
        [
            escape(layer["name"]),
            layer["kind"] if layer["activation"] is None else f"{layer['kind']}, {layer['activation']}",
            " × ".join(map(str, layer["output shape"])),
            f"{layer['parameters']:,}",
        ]
        for layer in ({**layer, "kind": escape(layer["kind"])} for layer in layers)
    ]
    sheet = table("The layers of the network", ["Layer", "Kind", "Outputs", "Parameters"], lines, "plain")
    return f'<dl class="words">{items}</dl>{sheet}'
