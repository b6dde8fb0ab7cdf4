r"""
# The report: every method on one example

`explain.report(net, x, to="out/report.html")` asks all methods the same question, judges each answer, and writes it all
down on one page. Side by side one sees what a single map hides: what the methods agree on, what only one of them says,
and which of them do not stand up to the tests.

**Which methods.** Of a network all that apply: the six that need its gradient and those that need but its outputs. Of a
function only the latter. Exact Shapley values are for up to 12 features that differ from the background, LIME on tables
needs a background of several rows, LIME on images an image. What is left out is named, with the reason; and so is a
method that fails on this example, while the others stay.

**Compared with what?** All methods that compare $x$ with a baseline get the same one: of an image all zeros, the empty
sheet; else the mean of the background. The Shapley values are compared with the background itself.

**The measures** are those of [deletion](deletion.py), [stability](stability.py) and [randomization](randomization.py).
What is deleted gives way to what the method itself compares with, so an area is held against that of random orders
with the same baseline, not against that of another method. [The words](report_words.py) put the numbers into
sentences, and [the page](report_page.py) is one HTML file that asks nobody for anything.

The same question gives the same report, to the byte.

Read next: [the demo](../demo.py).
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from ..checks import whole, whole_numbers
from ..saving import whole_file
from .agreement import Agreement, agreement
from .attribution import Attribution
from .deletion import Curve, deletion, insertion
from .question import Model, Question
from .randomization import randomization
from .report_names import TITLES, Features, number
from .report_numbers import answers_of, made_of, to_dict
from .report_page import make_page
from .report_words import does_not_say, judged, says
from .stability import completeness, infidelity, max_sensitivity
from .table import Table

# Exact Shapley values of more features than this are left out: they have 2^M coalitions
MOST_EXACT = 12
T = TypeVar("T")


@dataclass(eq=False, repr=False)
class Report:
    """All methods on one example. Printed, a short table.

    Attributes: `question`; `features`, what they are called; `baseline`, `background` and `seed`, as they were used;
    `answers`, all outputs, by what they are called; `made`, how it was made; `left_out`, methods and measures that do
    not apply, with the reasons. By method: `attributions`; `metrics`, by name, where a measure could be taken;
    `curves`, of deletion and insertion; `workings`, the table of the strongest feature. `agreement`, of all methods, or
    None of fewer than two; `failures`, what failed, with the reasons.
    """

    question: Question
    features: Features
    baseline: np.ndarray
    background: np.ndarray
    seed: int
    answers: dict[str, np.ndarray]
    made: dict[str, Any]
    left_out: dict[str, str]
    attributions: dict[str, Attribution] = field(default_factory=dict)
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    curves: dict[str, dict[str, Curve]] = field(default_factory=dict)
    workings: dict[str, Table] = field(default_factory=dict)
    agreement: Agreement | None = None
    failures: dict[str, str] = field(default_factory=dict)

    def to_html(self, path: str | os.PathLike) -> Path:
        """Write the report as one HTML file, which is replaced if it exists; returns its path.

        Written whole or not at all. Raises FileNotFoundError where there is no such folder.
        """
        with whole_file(path) as unfinished:
            unfinished.write_text(make_page(self), "utf-8")
        return Path(path)

    def to_dict(self) -> dict[str, Any]:
        """All of it in lists, numbers and words, ready for JSON; a number that is not finite is None."""
        return to_dict(self)

    def words(self, method: str) -> dict[str, str]:
        """What the numbers of a method mean here, what they do not, and how they stood up to the tests."""
        found, metrics = self.attributions[method], self.metrics[method]
        return {
            "here": says(found, self.features),
            "not": does_not_say(found, self.features),
            "judged": judged(found, metrics, self.features),
        }

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [("", "strongest", "", *HEADS)]
        for method, found in self.attributions.items():
            first = self.features.strongest(found.values, 1)
            strongest = (self.features.name(first[0]), number(found.values.flat[first[0]])) if first else ("none", "0")
            measured = [self.metrics[method].get(name) for name in MEASURES]
            rows.append((TITLES[method], *strongest, *("" if m is None else number(m) for m in measured)))
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = [f"{self.question.explained}: f(x) = {number(self.question.prediction, 6)}", ""]
        for row in rows:
            cells = [cell.ljust(w) if k < 2 else cell.rjust(w) for k, (cell, w) in enumerate(zip(row, widths))]
            lines.append("  ".join(cells).rstrip())
        missing = [f"{what} failed: {reason}" for what, reason in self.failures.items()]
        return "\n".join([*lines, *(["", *missing] if missing else [])])

    __repr__ = __str__


def report(
    model: Model,
    x: ArrayLike,
    target: int | None = None,
    *,
    output: str | None = None,
    background: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    image_shape: tuple[int, int] | None = None,
    to: str | os.PathLike | None = None,
    seed: int = 0,
) -> Report:
    """Explain one answer by every method that applies, and judge each.

    model, x, target, output: the question. background: rows that stand for what is not known, (B, *x.shape), by default
    one of zeros. names: of the features, one after the other. image_shape: (height, width), where a flat x is an image;
    of two axes, or three with channels, it is one unless it has names. to: a file for the page. seed: of all that is
    drawn.

    Raises ValueError for a question, a background, names or an image_shape that do not fit, TypeError for what is no
    model, OSError where `to` names no file or one in a folder that is not there or cannot be written to. A method that
    fails raises nothing; its reason stands in `failures`.
    """
    if to is not None:
        check_place(Path(to))
    whole("seed", seed, least=0)
    question = Question(model, x, target, output)
    given = None if image_shape is None else whole_numbers("image_shape", image_shape)
    image = given or (question.x.shape[:2] if question.x.ndim in (2, 3) and names is None else None)
    rows = question.background(background)
    labels = None if names is None else tuple(map(str, names))
    compared = "an all-zero row" if background is None else "the mean of the background"
    features = Features(question.x.shape, labels, image and tuple(image), compared)
    baseline = question.baseline(0.0 if features.image else rows.mean(axis=0))
    chosen, left_out = plan(question, features, rows, baseline, seed)
    made = Report(question, features, baseline, rows, seed, answers_of(question), made_of(question, seed), left_out)
    with tqdm(total=len(chosen), delay=1, leave=False, unit="method") as bar:
        for method, settings in chosen.items():
            bar.set_description(TITLES[method], refresh=False)
            add(made, method, settings)
            bar.update()
    if len(made.attributions) > 1:
        made.agreement = attempt(made, "agreement", agreement, list(made.attributions.values()))
    if to is not None:
        made.to_html(to)
    return made


def check_place(page: Path) -> None:
    """Raise OSError where no page can be written, before all is asked for nothing."""
    if not page.parent.is_dir():
        raise FileNotFoundError(f"cannot write {page}: there is no folder {page.parent}; make it first")
    if page.is_dir():
        raise IsADirectoryError(f"cannot write {page}: it is a folder; name a file in it, {page / 'report.html'}")
    if not os.access(page.parent, os.W_OK):
        raise PermissionError(f"cannot write {page}: {page.parent} may not be written to; choose another folder")


# ## Which methods apply


def method_of(name: str) -> Callable[..., Attribution]:
    """The function of this package that has this name."""
    from .. import explain

    return getattr(explain, name)


def plan(
    question: Question, features: Features, rows: np.ndarray, baseline: np.ndarray, seed: int
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """The settings of the methods that apply, by name, and of the others the reasons why they do not."""
    known, base, drawn = {"background": rows}, {"baseline": baseline}, {"seed": seed}
    settings: dict[str, dict[str, Any]] = {
        "saliency": {},
        "smoothgrad": drawn,
        "integrated_gradients": base,
        "gradient_times_input": {},
        "lrp": {},
        "deeplift": base,
        "occlusion": base,
        "lime_tabular": known | drawn,
        "lime_image": {"image_shape": features.image if question.x.ndim == 1 else None} | drawn,
        "exact_shapley": known,
        "kernel_shap": known | drawn,
        "permutation_shap": known | drawn,
    }
    left_out = {}
    if question.net is None:
        needs = "it needs a gradient, and of a function only the outputs are known"
        left_out = dict.fromkeys(list(settings)[:6], needs)
    if len(rows) < 2:
        left_out["lime_tabular"] = "it draws neighbours from a background of several rows, and there is none"
    if features.image is None:
        left_out["lime_image"] = "it is for images; image_shape=(height, width) says that a flat x is one"
    if question.output == "probability":
        left_out |= dict.fromkeys(("lrp", "deeplift"), "it hands back a logit, not a probability")
    players = int((rows != question.x).any(axis=0).sum())
    if players > MOST_EXACT:
        left_out["exact_shapley"] = (
            f"{players} features differ from the background, and have 2^{players} coalitions; all are asked "
            f"for up to {MOST_EXACT}"
        )
    return {method: chosen for method, chosen in settings.items() if method not in left_out}, left_out


# ## Asking and judging

MEASURES = (
    "completeness",
    "deletion",
    "random_deletion",
    "insertion",
    "infidelity",
    "max_sensitivity",
    "randomization",
)
# The same, short, for the terminal
HEADS = ("Σφ misses", "deletion", "random", "insertion", "infidelity", "moves", "redrawn")


def attempt(report: Report, what: str, function: Callable[..., T], *arguments: Any, **settings: Any) -> T | None:
    """What the function returns; where it fails None, and the report notes the reason."""
    try:
        return function(*arguments, **settings)
    except Exception as error:  # of any kind: a model of the reader's own may raise what it likes
        report.failures[what] = str(error) or type(error).__name__
        return None


def add(report: Report, method: str, settings: Mapping[str, Any]) -> None:
    """Ask a method, judge its answer, and put both into the report."""
    question = report.question
    found = attempt(
        report,
        method,
        method_of(method),
        question.model,
        question.x,
        question.target,
        output=question.output,
        **settings,
    )
    if found is None:
        return
    report.attributions[method], report.curves[method] = found, {}
    # what is deleted gives way to what the method compares with; `baseline` is for those that compare with nothing
    away = report.baseline if found.baseline is None and found.background is None else None
    measured: dict[str, float | None] = {}
    for kind, walk in (("deletion", deletion), ("insertion", insertion)):
        curve = attempt(report, f"{kind} of {method}", walk, found, baseline=away)
        if curve is not None:
            report.curves[method][kind], measured[kind] = curve, curve.area
    if "deletion" in measured:
        curve = report.curves[method]["deletion"]
        measured["random_deletion"] = attempt(report, f"random deletion of {method}", lambda: curve.random_area)
    measures: dict[str, Callable[..., float]] = {"infidelity": infidelity}
    if method == "exact_shapley" and question.x.size > MOST_EXACT:
        report.left_out[f"max_sensitivity of {method}"] = (
            f"a step changes all {question.x.size} {report.features.noun}s, also those that are as in the background, "
            f"and they have 2^{question.x.size} coalitions"
        )
    else:
        measures["max_sensitivity"] = max_sensitivity
    if question.net is not None:
        measures["randomization"] = all_redrawn
    for name, measure in measures.items():
        measured[name] = attempt(report, f"{name} of {method}", measure, found, seed=report.seed)
    if found.reference is not None:
        measured["completeness"] = completeness(found)
    # NaN says that there was nothing to measure: no order of features that are all alike
    taken = {name: value for name, value in measured.items() if value is not None and not isnan(value)}
    report.metrics[method] = {name: taken[name] for name in MEASURES if name in taken}
    sheet = attempt(report, f"working of {method}", strongest_working, found)
    if sheet is not None:
        report.workings[method] = sheet


def all_redrawn(found: Attribution, seed: int) -> float:
    """The rank correlation of φ with that of the network with all of its weights drawn anew."""
    return float(randomization(found, seed=seed).similarity[-1])


def strongest_working(found: Attribution) -> Table:
    """The working of the feature with the largest |φ|."""
    place = np.unravel_index(int(np.abs(found.values).argmax()), found.values.shape)
    return found.table(tuple(int(k) for k in place))
