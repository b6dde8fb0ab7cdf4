r"""
# The formulas of the page, by listening to the worksheet

[The page](page.py) shows for every neuron the formulas of [the worksheet](worksheet.py), at every step. JavaScript
puts the numbers in, for it alone knows which step is looked at. So that page and worksheet cannot say different
things, the formulas are not written down a second time: a `Listener` is a worksheet that remembers each template
it is asked to fill. It is asked about a tiny network that shows every case once, and what it heard is handed to the
page as data.

    listen("sigmoid", "binary_crossentropy", [1.0, 0.0]).hear("delta", 3, 0)   ->   "({a} − {y}){over}"

The cases: below and above a kink of $f$; targets of 0, of 1 and between; a loss that is written from $z$, since $a$
is rounded. Which case holds is a question about numbers, and the page's JavaScript asks it.

Read next: [the picture without JavaScript](page_picture.py).
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..optimizers import SGD, Optimizer
from .pencil import FEW, LARGE, MANY, Part, Pencil, slope_of, update_lines, value_of
from .trace import Trace
from .worksheet import ELEMENTWISE, ROW_WISE, SYMBOLS, Worksheet
from .writers import Formula, Line

# One z of each kind that a formula can depend on: far below 0, below, above, far above, and none at all.
KINDS = (-2 * LARGE, -1.0, 1.0, 2 * LARGE, float("nan"))
# Targets that let terms vanish, and one that does not
TARGETS = {"0": 0.0, "1": 1.0, "between": 0.25}
STRAIGHT = {"categorical_crossentropy": "softmax", "binary_crossentropy": "sigmoid"}


class Listener(Worksheet):
    """A worksheet that remembers the templates it fills in."""

    def put(self, template: str, **parts: Part) -> Formula:
        self.heard.append(template)
        return super().put(template, **parts)

    def hear(self, method: str, *arguments: Any) -> list[str]:
        """The templates that a method fills in, those of sums and counts before what they are put into."""
        self.heard: list[str] = []
        with np.errstate(all="ignore"):
            getattr(self, method)(*arguments)
        # a division by counts, "/{N}" or nothing, is made where it is needed
        return [template for template in dict.fromkeys(self.heard) if template and not template.startswith("/")]


def listen(f: str, loss: str, y: Sequence[float], a: Sequence[float] | None = None) -> Listener:
    """A worksheet of two examples and a network whose last layer, 3, has the given f, outputs a and targets y.

    Layer 1 is dense, layer 2 an activation. No such network was run: numbers do not matter here, only their kinds.
    """
    ones = np.ones((2, 2))
    layers = [_layer(0, "input", None, ones), _layer(1, "Dense", "tanh", ones), _layer(2, "Activation", "tanh", ones)]
    layers.append(_layer(3, "Dense", f, np.array([a or [0.5] * len(y)] * 2)))
    return Listener(Trace(layers, 1.0, np.array([y, y]), loss), 0, SGD(), 10, None, None, True)


def _layer(l: int, kind: str, f: str | None, a: np.ndarray) -> Any:
    """What a worksheet reads of a layer of two neurons, for two examples."""
    ones = np.ones((2, 2))
    W, b = (ones, ones[0]) if kind == "Dense" else (None, None)
    return SimpleNamespace(
        l=l, name=kind, kind=kind, f=f, rate=None, z=ones, a=a, da=ones, delta=ones, f_prime=ones, W=W, b=b, dW=W, db=b
    )


def formulas_of(fs: Sequence[str], loss: str, outputs: int, optimizer: Optimizer | None) -> dict[str, Any]:
    """All templates for a network with these activations, the last that of the output, as JSON takes them.

    outputs: n_L; a single one needs no sum and no division by n_L.
    """
    ear = listen("tanh", "half_squared_error", [0.0, 1.0])
    bias, weighted = ear.hear("weighted_sum", 3, 0)
    (back, several) = ear.hear("delta", 2, 0)
    return {
        "many": MANY,
        "few": FEW,
        "large": LARGE,
        "weighted": weighted,
        "bias": bias,
        "copied": ear.hear("weighted_sum", 2, 0)[0],
        "back": back,
        "copied_back": ear.hear("da", 1, 0)[0],
        "times_slope": ear.hear("delta", 1, 0)[-1],
        "sum_times_slope": several,
        "of_weight": ear.hear("part_of", 0, 3, (0, 0), False)[0],
        "of_bias": ear.hear("part_of", 0, 3, (0,), False)[0],
        "f": {f: of_activation(f) for f in dict.fromkeys(fs)},
        "loss": of_loss(loss, min(outputs, 2), straight=STRAIGHT.get(loss) == fs[-1]),
        "update": of_update(optimizer) if optimizer is not None else None,
    }


def of_activation(f: str) -> dict[str, Any]:
    """What f is called, and the templates of f(z) and f′(z), one for each of the KINDS of z."""
    if f in ROW_WISE:
        ear = listen(f, "half_squared_error", [0.0, 1.0])
        each, largest, term = ear.hear("softmax_lines", 3)
        same, other = ear.hear("jacobian_row", 3, 0)
        (value,) = ear.hear("activation", 3, 0)
        return {"rows": True, "each": each, "largest": largest, "term": term, "a": value, "same": same, "other": other}
    assert f in ELEMENTWISE
    # "relu(z) = max(0, z)" says whose value it is, "tanh(z)" says so itself
    listener = listen(f, "half_squared_error", [0.0, 1.0])
    named = listener.hear("activation", 3, 0)[0].rpartition(value_of(f, 0.5))[0]
    return {
        "rows": False,
        "symbol": SYMBOLS.get(f, f),
        "named": named,
        "a": [value_of(f, z) for z in KINDS],
        "slope": [slope_of(f, z) for z in KINDS],
    }


def of_loss(loss: str, outputs: int, straight: bool) -> dict[str, Any]:
    """The templates of the loss and of its slope, one for each kind of target; those from z, if it can be from z."""
    f = STRAIGHT[loss] if straight else "identity"

    def ears(targets: dict[str, float], *a: float) -> dict[str, Listener]:
        return {name: listen(f, loss, [y, 1 - y][:outputs], a[:outputs]) for name, y in targets.items()}

    cases = ears(TARGETS, 0.5, 0.5)
    if loss == "hinge":
        cases = {
            "inside": listen(f, loss, [1.0] * outputs),
            "outside": listen(f, loss, [1.0] * outputs, [2.0] * outputs),
        }
    # an a so near to 0 and 1 that ln would lose digits
    near = ears(TARGETS, 0.0, 1.0) if straight else {}
    heard = {name: ear.hear("loss") for name, ear in {"": next(iter(cases.values())), **near}.items()}
    formulas: dict[str, Any] = {
        "share": {name: ear.share(0) for name, ear in cases.items()},
        "from_z": {name: ear.share(0) for name, ear in near.items()},
        "total": _with("{total}", heard[""]),
        "total_from_z": _with("{total}", heard["1"]) if near else None,
        "example": _with("{L}", heard[""]),
        "mean": _with("{sum}", heard[""]),
    }
    if straight:
        formulas["delta"] = cases["1"].hear("delta", 3, 0)[-1]
        if f == "softmax":  # targets that are no probabilities
            each, formulas["delta_of_any_target"] = listen(f, loss, [0.5, 0.0]).hear("delta", 3, 0)
            formulas["target"] = each
    else:
        formulas["slope"] = {name: ear.hear("slope_of_loss", 0)[-1] for name, ear in cases.items()}
    return formulas


def _with(place: str, heard: list[str]) -> str:
    """The template that has the place; the place alone where there is none."""
    return next((template for template in heard if place in template), place)


# ## The update


class Quoting(Pencil):
    """A pencil that leaves its templates as they are, with what goes into each place: a name, or a template again."""

    def put(self, template: str, **parts: Part) -> Any:
        used = {place: part for place, part in parts.items() if f"{{{place}}}" in template}
        return {"template": template, "parts": {p: v if isinstance(v, dict) else v[0] for p, v in used.items()}}

    def line(self, left: str, formula: Any, result: float, sign: str = "=") -> Any:
        return {"left": left, "formula": formula, "sign": sign}


def of_update(optimizer: Optimizer) -> list[Line]:
    """The lines that change one weight, its index left open: "w{index}"."""
    memory = {name: 1.0 for name in optimizer.remembers}
    return update_lines(Quoting(10, False), optimizer, "w{index}", (1.0, 1.0, 1.0), 1.0, (memory, memory))
