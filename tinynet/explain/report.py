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

**The measures** are those of [deletion](deletion.py), [stability](stability.py) and [randomization](randomization.py),
the first two from the same baseline for all. The [words](report_words.py) put the numbers into sentences, and
[the page](report_page.py) is one HTML file that asks nobody for anything.

The same question gives the same report, to the byte.

Read next: [the words of the report](report_words.py).
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from ..checks import name_of, whole
from ..functions import ACTIVATIONS
from ..model import Sequential
from ..saving import whole_file
from .agreement import Agreement, agreement
from .attribution import Attribution, plain
from .deletion import Curve, deletion, insertion
from .question import Model, Question
from .randomization import randomization
from .report_page import make_page
from .report_words import TITLES, Features, does_not_say, judged, number, says
from .stability import completeness, infidelity, max_sensitivity
from .table import Table

# Exact Shapley values of more features than this are left out: they have 2^M coalitions
MOST_EXACT = 12
T = TypeVar("T")


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """All methods on one example. Printed, a short table.

    Attributes: `question`; `attributions`, by method; `metrics`, by method and name, where a measure could be taken;
    `curves`, of deletion and insertion, by method; `random`, the mean areas of both in random orders; `agreement`, of
    all methods, or None of fewer than two; `left_out` and `failures`, what does not apply and what failed, with the
    reasons; `features`, their names; `baseline`, `background` and `seed`, as they were used.
    """

    question: Question
    features: Features
    baseline: np.ndarray
    background: np.ndarray
    seed: int
    attributions: dict[str, Attribution]
    metrics: dict[str, dict[str, float]]
    curves: dict[str, dict[str, Curve]]
    workings: dict[str, Table]
    random: dict[str, float]
    random_curve: np.ndarray
    agreement: Agreement | None
    left_out: dict[str, str]
    failures: dict[str, str]

    @property
    def answers(self) -> dict[str, np.ndarray]:
        """What the model says, all outputs by what they are called, each (n_outputs,)."""
        net, x = self.question.net, self.question.x
        if net is None:
            return {"output": self.question.outputs}
        f = getattr(net.layers[-1], "f", None)
        last = "probability" if name_of(f, ACTIVATIONS) in ("softmax", "sigmoid") else "output"
        return {"logit": Question(net, x).outputs, last: Question(net, x, output="probability").outputs}

    def to_html(self, path: str | os.PathLike) -> Path:
        """Write the report as one HTML file, which is replaced if it exists; returns its path.

        Written whole or not at all. Raises FileNotFoundError where there is no such folder.
        """
        with whole_file(path) as unfinished:
            unfinished.write_text(make_page(self), "utf-8")
        return Path(path)

    def to_dict(self) -> dict[str, Any]:
        """All of it in lists, numbers and words, ready for JSON; a number that is not finite is None."""
        question, features = self.question, self.features
        report = {
            "made": self.made,
            "explained": question.explained,
            "target": question.target,
            "output": question.output,
            "prediction": question.prediction,
            "answers": {
                name: {"values": values, "largest": largest(values)} for name, values in self.answers.items()
            },
            "names": features.names,
            "image_shape": features.image,
            "x": question.x,
            "baseline": self.baseline,
            "background": self.background,
            "methods": {method: self._describe(found) for method, found in self.attributions.items()},
            "random order": self.random,
            "agreement": self.agreement and {"methods": self.agreement.names, "matrix": self.agreement.matrix},
            "left out": self.left_out,
            "failures": self.failures,
        }
        return ready(plain(report))

    def _describe(self, found: Attribution) -> dict[str, Any]:
        described = found.to_dict()
        # what is the same for all stands above
        shared = {"x", "explained", "target", "output", "prediction"}
        described = {name: value for name, value in described.items() if name not in shared}
        described["settings"] = {name: named(value) for name, value in found.settings.items()}
        described["metrics"] = self.metrics[found.method]
        described["curves"] = {kind: curve.values for kind, curve in self.curves[found.method].items()}
        described["words"] = self.words(found.method)
        return described

    def words(self, method: str) -> dict[str, str]:
        """What the numbers of a method mean here, what they do not, and how they stood up to the tests."""
        found, metrics = self.attributions[method], self.metrics[method]
        return {
            "here": says(found, self.features),
            "not": does_not_say(found, self.features),
            "judged": judged(metrics, self.random.get("deletion"), self.features),
        }

    @property
    def made(self) -> dict[str, Any]:
        """How it was made: the version, the model with a fingerprint of its weights, the seed."""
        from .. import __version__

        net = self.question.net
        made = {"tinynet": __version__, "seed": self.seed}
        if net is None:
            return made | {"model": f"a function, {getattr(self.question.model, '__name__', 'without a name')}"}
        return made | {"model": "a tinynet.Sequential", "layers": layers_of(net), "fingerprint": fingerprint(net)}

    def __str__(self) -> str:
        rows = [("", "strongest", "", *MEASURES)]
        for method, found in self.attributions.items():
            first = self.features.strongest(found.values, 1)
            strongest = (self.features.name(first[0]), number(found.values.flat[first[0]])) if first else ("none", "0")
            measured = [self.metrics[method].get(name) for name in MEASURES]
            rows.append((TITLES[method], *strongest, *("" if m is None else number(m) for m in measured)))
        rows.append(("random order", "", "", "", *(number(area) for area in self.random.values()), "", "", ""))
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
    of two axes, or three with channels, it is one unless it has names. to: a file for the page. seed: of all that is drawn.

    Raises ValueError for a question, a background, names or an image_shape that do not fit, TypeError for what is no
    model, FileNotFoundError where `to` names a folder that is not there. A method that fails raises nothing; its reason
    stands in `failures`.
    """
    if to is not None and not Path(to).parent.is_dir():
        raise FileNotFoundError(f"cannot write {to}: there is no folder {Path(to).parent}; make it first")
    whole("seed", seed, least=0)
    question = Question(model, x, target, output)
    image = image_shape or (question.x.shape[:2] if question.x.ndim in (2, 3) and names is None else None)
    rows = question.background(background)
    compared = "the mean of the background" if len(rows) > 1 else "the row of the background"
    features = Features(question.x.shape, None if names is None else tuple(map(str, names)), image, compared)
    baseline = question.baseline(0.0 if features.image else rows.mean(axis=0))
    settings, left_out = plan(question, features, rows, baseline, seed, background is not None)
    failures: dict[str, str] = {}
    attributions: dict[str, Attribution] = {}
    metrics: dict[str, dict[str, float]] = {}
    curves: dict[str, dict[str, Curve]] = {}
    workings: dict[str, Table] = {}
    with tqdm(total=2 * len(settings), delay=1, leave=False, unit="step") as bar:
        for method, chosen in settings.items():
            bar.set_description(TITLES[method], refresh=False)
            ask = lambda method=method, chosen=chosen: method_of(method)(  # noqa: E731
                model, question.x, question.target, output=question.output, **chosen
            )
            found = attempt(method, ask, failures)
            bar.update()
            if found is not None:
                attributions[method] = found
                metrics[method], curves[method] = judge(found, baseline, seed, failures)
                sheet = attempt(f"working of {method}", lambda found=found: strongest_working(found), failures)
                if sheet is not None:
                    workings[method] = sheet
            bar.update()
    # the same for all methods, for the baseline is
    drawn = max(curves.values(), key=len, default={})
    random = {kind: curve.random_area for kind, curve in drawn.items()}
    random_curve = drawn["deletion"].random.mean(axis=0) if "deletion" in drawn else np.zeros(0)
    agreed = None
    if len(attributions) > 1:
        agreed = attempt("agreement", lambda: agreement(list(attributions.values())), failures)
    made = Report(
        question,
        features,
        baseline,
        rows,
        seed,
        attributions,
        metrics,
        curves,
        workings,
        random,
        random_curve,
        agreed,
        left_out,
        failures,
    )
    if to is not None:
        made.to_html(to)
    return made


# ## Which methods apply


def method_of(name: str) -> Callable[..., Attribution]:
    """The function of this package that has this name."""
    from .. import explain

    return getattr(explain, name)


def plan(
    question: Question, features: Features, rows: np.ndarray, baseline: np.ndarray, seed: int, is_given: bool
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
        left_out["lime_tabular"] = "it draws neighbours from a background of several rows" + (
            ", and this one has one" if is_given else ", and none was given"
        )
    if features.image is None:
        left_out["lime_image"] = "it is for images"
    players = int((rows != question.x).any(axis=0).sum())
    if players > MOST_EXACT:
        left_out["exact_shapley"] = (
            f"{players} features differ from the background, and have {number(2.0**players)} coalitions; it is asked for "
            f"up to {MOST_EXACT}"
        )
    return {method: chosen for method, chosen in settings.items() if method not in left_out}, left_out


def attempt(what: str, function: Callable[[], T], failures: dict[str, str]) -> T | None:
    """What the function returns; where it fails None, and the reason is noted."""
    try:
        return function()
    except Exception as error:  # of any kind: a model of the reader's own may raise what it likes
        failures[what] = str(error) or type(error).__name__
        return None


# ## How good they are

MEASURES = ("completeness", "deletion", "insertion", "infidelity", "max_sensitivity", "randomization")


def judge(
    found: Attribution, baseline: np.ndarray, seed: int, failures: dict[str, str]
) -> tuple[dict[str, float], dict[str, Curve]]:
    """The measures of one explanation by name, and its curves of deletion and insertion."""
    metrics: dict[str, float] = {}
    curves: dict[str, Curve] = {}
    for kind, walk in (("deletion", deletion), ("insertion", insertion)):
        curve = attempt(f"{kind} of {found.method}", lambda walk=walk: walk(found, baseline=baseline), failures)
        if curve is not None:
            curves[kind], metrics[kind] = curve, curve.area
    measures: dict[str, Callable[[], float]] = {
        "infidelity": lambda: infidelity(found, seed=seed),
        "max_sensitivity": lambda: max_sensitivity(found, seed=seed),
    }
    if found.reference is not None:
        measures["completeness"] = lambda: completeness(found)
    if found.question.net is not None:
        measures["randomization"] = lambda: float(randomization(found, seed=seed).similarity[-1])
    for name, measure in measures.items():
        value = attempt(f"{name} of {found.method}", measure, failures)
        if value is not None:
            metrics[name] = value
    return {name: metrics[name] for name in MEASURES if name in metrics}, curves


def strongest_working(found: Attribution) -> Table:
    """The working of the feature with the largest |φ|."""
    place = np.unravel_index(int(np.abs(found.values).argmax()), found.values.shape)
    return found.table(tuple(int(k) for k in place))


# ## How it was made


def largest(values: np.ndarray) -> dict[str, Any]:
    """The largest output, the second largest, and the margin between them."""
    first, *others = np.argsort(-values, kind="stable")[:2].tolist()
    found = {"class": first, "value": values[first]}
    if others:
        found |= {"second class": others[0], "second value": values[others[0]]}
        found["margin"] = values[first] - values[others[0]]
    return found


def layers_of(net: Sequential) -> list[dict[str, Any]]:
    """The layers of a network, each as a row of a table."""
    return [
        {
            "name": layer.name,
            "kind": type(layer).__name__,
            "activation": name_of(getattr(layer, "f", None), ACTIVATIONS),
            "output shape": list(layer.output_shape or ()),
            "parameters": sum(p.size for p in layer.parameters()),
        }
        for layer in net.layers
    ]


def fingerprint(net: Sequential) -> str:
    """SHA-256 of the weights, its first 16 digits: other weights, another fingerprint."""
    digest = sha256()
    for p in net.parameters():
        digest.update(f"{p.name} {p.shape} {p.dtype.newbyteorder('<').str}".encode())
        digest.update(p.data.astype(p.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()[:16]


def named(value: Any) -> Any:
    """A setting, large arrays by their shape and fingerprint."""
    if isinstance(value, np.ndarray) and value.ndim > 0:
        digest = sha256(np.ascontiguousarray(value).tobytes()).hexdigest()[:16]
        return {"shape": list(value.shape), "fingerprint": digest}
    return value


def ready(thing: Any) -> Any:
    """The same without NaN and infinity, which JSON does not have."""
    if isinstance(thing, Mapping):
        return {name: ready(value) for name, value in thing.items()}
    if isinstance(thing, list):
        return [ready(value) for value in thing]
    return None if isinstance(thing, float) and not isfinite(thing) else thing
