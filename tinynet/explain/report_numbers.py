r"""
# The numbers of the report

What a program gets: [a report](report.py) as a dictionary of lists, numbers and words that JSON can hold; and what the
report knows beside its explanations: what the model answers, with the margin between the first answer and the second,
and how all of it was made.

How it was made is said without places and times: which version, which network, by its layers and a *fingerprint* of its
weights, which seed. Who has the same network gets the same fingerprint and the same report.

Read next: [the words of the report](report_words.py).
"""

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import name_of
from ..functions import ACTIVATIONS
from ..model import Sequential
from .attribution import Attribution, plain
from .question import Question

if TYPE_CHECKING:
    from .report import Report

# Digits of a fingerprint
DIGITS = 16


def to_dict(report: "Report") -> dict[str, Any]:
    """All of a report, ready for JSON; a number that is not finite is None."""
    question, agreed = report.question, report.agreement
    everything = {
        "made": report.made,
        "explained": question.explained,
        "target": question.target,
        "output": question.output,
        "prediction": question.prediction,
        "answers": {name: {"values": values, **margin(values)} for name, values in report.answers.items()},
        "names": report.features.names,
        "image_shape": report.features.image,
        "x": question.x,
        "baseline": report.baseline,
        "background": report.background,
        "methods": {method: method_to_dict(report, found) for method, found in report.attributions.items()},
        "agreement": agreed and {"methods": agreed.names, "matrix": agreed.matrix},
        "left out": report.left_out,
        "failures": report.failures,
    }
    return plain(everything)


def method_to_dict(report: "Report", found: Attribution) -> dict[str, Any]:
    """One method, without what is the same for all."""
    shared = ("x", "explained", "target", "output", "prediction")
    described = {name: value for name, value in found.to_dict().items() if name not in shared}
    return described | {
        # the background would be here once for every method
        "settings": {name: in_short(value) for name, value in found.settings.items()},
        "metrics": report.metrics[found.method],
        "curves": {kind: curve.values for kind, curve in report.curves[found.method].items()},
        "words": report.words(found.method),
    }


def in_short(value: Any) -> Any:
    """A setting, an array by its shape and its fingerprint."""
    if not isinstance(value, np.ndarray):
        return value
    return {"shape": value.shape, "fingerprint": sha256(np.ascontiguousarray(value).tobytes()).hexdigest()[:DIGITS]}


# ## What the model answers


def answers_of(question: Question) -> dict[str, np.ndarray]:
    """All outputs by what they are called, each (n_outputs,): of a network its logits, and what it makes of them."""
    net, x = question.net, question.x
    if net is None:
        return {"output": question.outputs}
    logits, outputs = Question(net, x).outputs, Question(net, x, output="probability").outputs
    if np.array_equal(logits, outputs):
        return {"logit": logits}
    ends_in = name_of(getattr(net.layers[-1], "f", None), ACTIVATIONS)
    return {"logit": logits, "probability" if ends_in in ("softmax", "sigmoid") else "output": outputs}


def margin(values: np.ndarray) -> dict[str, Any]:
    """The largest of the outputs, the second largest, and the margin between them."""
    first, *others = np.argsort(-values, kind="stable")[:2].tolist()
    found = {"class": first, "largest": values[first]}
    for second in others:
        found |= {"second class": second, "second": values[second], "margin": values[first] - values[second]}
    return found


# ## How it was made


def made_of(question: Question, seed: int) -> dict[str, Any]:
    """The version, the seed, and the model: of a network its layers and the fingerprint of its weights."""
    from .. import __version__

    made, net = {"tinynet": __version__, "seed": seed}, question.net
    if net is None:
        return made | {"model": f"a function, {getattr(question.model, '__name__', 'without a name')}"}
    return made | {"model": "a tinynet.Sequential", "layers": layers_of(net), "fingerprint": fingerprint(net)}


def layers_of(net: Sequential) -> list[dict[str, Any]]:
    return [
        {
            "name": layer.name,
            "kind": type(layer).__name__,
            "activation": name_of(getattr(layer, "f", None), ACTIVATIONS),
            "output shape": layer.output_shape or (),
            "parameters": sum(p.size for p in layer.parameters()),
        }
        for layer in net.layers
    ]


def fingerprint(net: Sequential) -> str:
    """The first digits of the SHA-256 of the weights, with their names, shapes and dtypes."""
    digest = sha256()
    for p in net.parameters():
        weights = p.data.astype(p.dtype.newbyteorder("<"))
        digest.update(f"{p.name} {p.shape} {weights.dtype.str}".encode() + weights.tobytes())
    return digest.hexdigest()[:DIGITS]
