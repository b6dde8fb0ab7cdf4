r"""
# The pencil: a formula, written twice

A formula is given once, with a place for every number:

    put("{y} − {a}", y=("y_1", 0.01), a=("a_1^2", 0.75))

fills the places with the names, "y_1 − a_1^2", and once more with the numbers, "0.01 − 0.75". So what a
[worksheet](worksheet.py) says with indices and what it says with numbers cannot differ. Below the pencil stand the
formulas of the activations, of the losses and of the updates.

Read next: [worksheet](worksheet.py).
"""

import re
from collections.abc import Callable, Sequence

import numpy as np

from ..checks import whole
from ..optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from .writers import HAT, Formula, Line

# A name and its value
Quantity = tuple[str, float]
# What goes into a place: a quantity, or a part of a formula that was put together before
Part = Quantity | Formula

# Up to MANY neurons, weights of a neuron, or terms of a sum are written out;
# of more, the first FEW, and of sums the last.
MANY, FEW = 8, 3
# Beyond this, e^z comes near the largest number there is.
LARGE = 500


class Pencil:
    """Writes numbers with so many digits, and long sums cut in the middle unless `full`."""

    def __init__(self, digits: int, full: bool) -> None:
        self.digits, self.full = whole("digits", digits), full
        self.was_cut = False

    def number(self, value: float) -> str:
        value = float(value) + 0.0  # which makes a 0 of −0
        # 0.1 has 17 digits, 0.10000000000000001; the shortest number that is read as the same does as well
        text = min(f"{value:.{self.digits}g}", repr(value), key=len)
        return f"−{text[1:]}" if text.startswith("-") else text

    def put(self, template: str, **parts: Part) -> Formula:
        """The formula with the names, and with the numbers, in the places of the template."""
        names, numbers = {}, {}
        for place, (name, value) in parts.items():
            names[place], numbers[place] = name, value
            if not isinstance(value, str):
                number = self.number(value)
                numbers[place] = f"({number})" if number.startswith("−") else number
        # between two names a space is product enough
        with_names = re.sub(r"(?<=\w)·(?=\w|∂)", " ", template.format(**names))
        # a negative number needs no brackets where it stands alone
        alone = r"(^|[(\[]|, |since )\((−[\w.+-]+)\)(?=$|[)\],]| [>≤])"
        return Formula(with_names, re.sub(alone, r"\1\2", template.format(**numbers)))

    def add(
        self,
        term: Callable[[int], Formula],
        values: Sequence[float] | np.ndarray,
        *others: Formula,
        joint: str = " + ",
    ) -> Formula:
        """A sum of term(0) + term(1) + ... + others; a long one is cut in the middle.

        values: the numbers of the terms, of which a cut keeps the sum. A list with `joint` ", " keeps the largest.
        """
        count = len(values)
        if count <= MANY or self.full:
            terms = [term(k) for k in range(count)]
        else:
            rest = np.sum(values[FEW:-1]) if joint == " + " else np.max(values[FEW:-1])
            self.was_cut = True
            middle = Formula("…", f"(… {count - FEW - 1} more: {self.number(rest)})")
            terms = [*(term(k) for k in range(FEW)), middle, term(count - 1)]
        names, numbers = zip(*terms, *others) if [*terms, *others] else (["0"], ["0"])
        if joint == " + ":
            numbers = [numbers[0], *(f"({n})" if re.fullmatch(r"−[\w.+-]+", n) else n for n in numbers[1:])]
        return Formula(joint.join(names), joint.join(numbers))

    def line(self, left: str, formula: Formula | None, result: float, sign: str = "=") -> Line:
        return Line(left, formula, self.number(result), sign)

    def over(self, **counts: int) -> Formula:
        """ "/(n_L N)": a division by counts, those that are 1 left out."""
        parts = {name: (name, count) for name, count in counts.items() if count != 1}
        below = "·".join(f"{{{name}}}" for name in parts)
        return self.put(f"/({below})" if len(parts) == 2 else f"/{below}" if parts else "", **parts)


# ## Formulas of f, by the sign of z where they have a kink


def value_of(f: str, z: float) -> str:
    """The template of f(z)."""
    match f:
        case "sigmoid":
            return "e^[{z}]/(1 + e^[{z}])" if z < -LARGE else "1/(1 + e^[−{z}])"
        case "tanh":
            return "tanh({z})"
        case "relu":
            return "max(0, {z})"
        case "leaky_relu":
            return "{z}, since {z} > 0" if z > 0 else "{s}·{z}, since {z} ≤ 0"
        case "elu":
            return "{z}, since {z} > 0" if z > 0 else "{s}·(e^[{z}] − 1), since {z} ≤ 0"
        case "gelu":
            return "½·{z}·(1 + erf({z}/√2))"
        case "softplus":
            return "ln(1 + e^[{z}])" if z < LARGE else "{z} + ln(1 + e^[−{z}])"
        case "dropout":
            return "{m}·{z}/(1 − {p})"
    return "{z}"


def slope_of(f: str, z: float) -> str:
    """The template of f′(z)."""
    match f:
        case "sigmoid":
            return "{a}·(1 − {a})"
        case "tanh":
            return "1 − ({a})²"
        case "relu":
            return "1, since {z} > 0" if z > 0 else "0, since {z} ≤ 0"
        case "leaky_relu":
            return "1, since {z} > 0" if z > 0 else "{s}, since {z} ≤ 0"
        case "elu":
            return "1, since {z} > 0" if z > 0 else "{s}·e^[{z}], since {z} ≤ 0"
        case "gelu":
            return "½·(1 + erf({z}/√2)) + {z}·e^[−({z})²/2]/√[2·π]"
        case "softplus":
            return value_of("sigmoid", z)
        case "dropout":
            return "{m}/(1 − {p})"
    return "1"


# ## The same of all examples at once, for the middle of long sums

MEANS = ("mean_squared_error", "binary_crossentropy", "hinge")


def shares_in_loss(name: str, y: np.ndarray, a: np.ndarray, z: np.ndarray, straight: bool) -> np.ndarray:
    """What each output adds to the loss of its example, before a division by n_L, (N, n_L)."""
    y, a, z = (array.astype(float) for array in (y, a, z))
    match name:
        case "half_squared_error":
            return 0.5 * (y - a) ** 2
        case "mean_squared_error":
            return (y - a) ** 2
        case "hinge":
            return np.maximum(0, 1 - y * a)
        case "categorical_crossentropy" if straight:
            z = z - z.max(axis=1, keepdims=True)
            return y * (np.log(np.exp(z).sum(axis=1, keepdims=True)) - z)
        case "categorical_crossentropy":
            return -_times_ln(y, a)
        case "binary_crossentropy" if straight:
            return np.maximum(0, z) - y * z + np.log1p(np.exp(-np.abs(z)))
    return -_times_ln(y, a) - _times_ln(1 - y, 1 - a)


def _times_ln(y: np.ndarray, a: np.ndarray) -> np.ndarray:
    """y ln a, which is 0 where y is, even for a = 0."""
    with np.errstate(divide="ignore"):
        return np.where(y == 0, 0, y * np.log(np.where(y == 0, 1, a)))


# ## The update of one weight or bias

# The settings of the optimizers: the place, the symbol, the attribute
SETTINGS = (
    ("l2", "λ", "l2"),
    ("mu", "μ", "momentum"),
    ("rho", "ρ", "rho"),
    ("beta_1", "β_1", "beta_1"),
    ("beta_2", "β_2", "beta_2"),
    ("decay", "λ", "weight_decay"),
    ("epsilon", "ε", "epsilon"),
)


def update_lines(
    pencil: Pencil,
    o: Optimizer,
    name: str,
    old: tuple[float, float, float],
    new: float,
    memory: tuple[dict[str, float], dict[str, float]],
) -> list[Line]:
    """The lines for one weight or bias.

    old: w, its gradient and the learning rate. new: what `o` makes of w. memory: what it remembers of it before
    and after the step; each of these numbers is changed by a line of its own.
    """
    (before, after), index = memory, name[1:]
    places: dict[str, Part] = {"w": (name, old[0]), "g": (f"∂L/∂{name}", old[1]), "alpha": ("α", old[2])}
    for place, symbol, setting in SETTINGS:
        if hasattr(o, setting):
            places[place] = (symbol, getattr(o, setting))
    lines = []

    def remember(letter: str, template: str) -> None:
        """The line for v, s or m; in what follows it has its new number."""
        formula = pencil.put(template, old=(letter + index, before[letter]), **places)
        lines.append(pencil.line(letter + index, formula, after[letter], "←"))
        places[letter] = (letter + index, after[letter])

    def correct(letter: str, beta: float) -> None:
        """The line for m or s with a hat; in what follows it takes the place of m or s."""
        hat, value = f"{letter}{HAT}{index}", after[letter] / (1 - beta ** after["t"])
        formula = pencil.put(f"{{{letter}}}/(1 − {{beta_{'1' if letter == 'm' else '2'}}}^{{t}})", **places)
        lines.append(pencil.line(hat, formula, value))
        places[letter] = (hat, value)

    template = ""
    if type(o) is SGD:
        if o.l2:
            places["g"] = pencil.put("({g} + {l2}·{w})", **places)
        template = "{w} − {alpha}·{g}"
        if o.momentum:
            remember("v", "{mu}·{old} + {g}")
            template = "{w} − {alpha}·({g} + {mu}·{v})" if o.nesterov else "{w} − {alpha}·{v}"
    elif type(o) is Adagrad:
        remember("s", "{old} + ({g})²")
        template = "{w} − {alpha}·{g}/(√[{s}] + {epsilon})"
    elif type(o) is RMSprop:
        remember("s", "{rho}·{old} + (1 − {rho})·({g})²")
        template = "{w} − {alpha}·{g}/(√[{s}] + {epsilon})"
    elif type(o) in (Adam, AdamW):
        assert isinstance(o, Adam)
        places["t"] = ("t", after["t"])
        remember("m", "{beta_1}·{old} + (1 − {beta_1})·{g}")
        correct("m", o.beta_1)
        remember("s", "{beta_2}·{old} + (1 − {beta_2})·({g})²")
        correct("s", o.beta_2)
        shrunk = "{w} − {alpha}·{decay}·{w}" if o.weight_decay else "{w}"
        template = f"{shrunk} − {{alpha}}·{{m}}/(√[{{s}}] + {{epsilon}})"
    return [*lines, pencil.line(name, pencil.put(template, **places) if template else None, new, "←")]
