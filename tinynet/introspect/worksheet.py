r"""
# The worksheet: one training step, to be followed with a pencil

`trace.worksheet(example=0, learning_rate=0.5)` writes out what a network does with one example, in order:
forward, loss, backward, gradients, update. Every line stands there three times, as the formula with indices, the
formula with the numbers put in, and the result:

    z_1^1 = w_11^1 x_1 + w_21^1 x_2 + b_1^1
          = 0.15·0.05 + 0.2·0.1 + 0.35
          = 0.3775

The results are the numbers of [the trace](trace.py), not of this file. So a line adds up only where formula and
network agree, and a test adds up all of them.

This page says which lines there are; [the pencil](pencil.py) writes formulas, [the writers](writers.py) pages.

Read next: [ledger](ledger.py).
"""

from collections.abc import Iterable
from functools import cached_property

import numpy as np

from ..checks import find, whole
from ..optimizers import OPTIMIZERS, SGD, Optimizer, find_optimizer
from .pencil import FEW, MANY, MEANS, Part, Pencil, Quantity, shares_in_loss, slope_of, update_lines, value_of
from .trace import LayerTrace, Trace
from .writers import WRITERS, Formula, Line, Section

SYMBOLS = {"sigmoid": "σ", "leaky_relu": "f"}
ELEMENTWISE = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus", "dropout")
ROW_WISE = ("softmax", "log_softmax")


def write_worksheet(
    trace: Trace,
    example: int,
    learning_rate: float | None,
    optimizer: str | Optimizer | None,
    format: str,
    digits: int,
    layers: int | Iterable[int] | None,
    neurons: int | Iterable[int] | None,
    full: bool,
) -> str:
    """What `trace.worksheet(...)` returns; it is described there."""
    write = find("format", format, WRITERS)
    sheet = Worksheet(trace, example, find_rule(learning_rate, optimizer), digits, layers, neurons, full)
    with np.errstate(all="ignore"):  # what is infinite in the network is so on paper
        sections = sheet.sections()
        return write(sheet.head(), sections)


def find_rule(learning_rate: float | None, optimizer: str | Optimizer | None) -> Optimizer:
    """The optimizer of a step: SGD with the learning rate, 0.5 by default, unless one is given."""
    if optimizer is None:
        return SGD(0.5 if learning_rate is None else learning_rate)
    if learning_rate is not None:
        raise ValueError("an optimizer has its own learning rate; give either learning_rate or optimizer")
    return find_optimizer(optimizer)


def step_of(optimizer: Optimizer, layer: LayerTrace, letter: str) -> tuple[np.ndarray, dict, dict, float]:
    """The next step of one parameter, `letter` "W" or "b", on copies: the new w, the memory before and after, α."""
    w, parameter = np.array(getattr(layer, letter)), layer.parameters[letter]
    memory = optimizer.memory.get(parameter)
    if memory is None:
        if optimizer.remembers and any(p.name == parameter.name for p in optimizer.memory):
            raise ValueError(
                f"this {type(optimizer).__name__} remembers the {parameter.name} of another network; a recorder's "
                "traces are of a copy. Trace the network that it trains, or give learning_rate= or a new optimizer"
            )
        memory = {name: np.zeros(optimizer.shape_of(name, parameter), w.dtype) for name in optimizer.remembers}
    after = {name: np.array(array) for name, array in memory.items()}
    alpha = optimizer.rate(optimizer.steps)
    optimizer.update(w, np.array(getattr(layer, f"d{letter}")), alpha, after)
    return w, {name: np.array(array) for name, array in memory.items()}, after, alpha


class Worksheet(Pencil):
    """The sections of one training step, for one example of a trace.

    Neurons and layers count from 1, as in the formulas, examples from 0, as the rows of x. The entries of an
    example that is no row, an image for instance, are counted row by row.
    """

    def __init__(
        self,
        trace: Trace,
        example: int,
        optimizer: Optimizer,
        digits: int,
        layers: int | Iterable[int] | None,
        neurons: int | Iterable[int] | None,
        full: bool,
    ) -> None:
        super().__init__(digits, full)
        self.trace, self.n, self.optimizer = trace, example, optimizer
        self.N, self.L = len(trace.y), len(trace) - 1
        if whole("example", example, 0) >= self.N:
            raise ValueError(f"there is no example {example}; the trace has {self.N}, numbered 0 … {self.N - 1}")
        self.rows = {name: [_as_rows(getattr(layer, name)) for layer in trace] for name in ("z", "a", "da", "delta")}
        self.rows["f_prime"] = [_as_rows(layer.f_prime if layer.f in ELEMENTWISE else None) for layer in trace]
        widest = max(a.shape[1] for a in self.rows["a"][1:])
        self.layers = _numbers("layer", layers, self.L) or list(range(1, self.L + 1))
        self.neurons = _numbers("neuron", neurons, widest)

    def head(self) -> list[str]:
        settings = vars(self.optimizer) | {"learning_rate": self.optimizer.rate(self.optimizer.steps), "steps": 0}
        settings = {name: value for name, value in settings.items() if value and isinstance(value, int | float)}
        rule = f"{type(self.optimizer).__name__}({', '.join(f'{k}={v}' for k, v in settings.items())})"
        head = [
            f"One training step, by hand: example {self.n} of {self.N} (they are counted from 0)",
            f"Loss: {self.trace.loss_name}, the mean over N = {self.N}. Update: {rule}.",
            f"Numbers are rounded to {self.digits} digits for the eye only: the results come from all their digits. "
            "With digits=17 what is written recomputes exactly.",
        ]
        if self.was_cut:
            head.append(
                "Long sums are cut in the middle: (… 60 more: 1.5) stands for 60 terms whose sum is 1.5, or, in a max, "
                "whose largest is. full=True writes all."
            )
        if self.trace[-1].a.dtype == np.float32:
            head.append("The network computes in float32: its results are good for about 7 digits.")
        return head

    def sections(self) -> list[Section]:
        forward, backward = self.layers, self.layers[::-1]
        with_weights = [l for l in forward if self.trace[l].kind == "Dense"]
        return [
            *map(self.forward, forward),
            self.loss(),
            *map(self.backward, backward),
            *map(self.gradients, with_weights),
            *map(self.update, with_weights),
        ]

    def quantity(self, letter: str, l: int, j: int, n: int | None = None) -> Quantity:
        """z, a or δ of a neuron, in this example; given n, in example n, which the name then tells."""
        rows = self.rows["delta" if letter == "δ" else letter][l]
        name = f"x_{j + 1}" if (letter, l) == ("a", 0) else f"{letter}_{j + 1}^{l}"
        return (name, rows[self.n, j]) if n is None else (f"{name}({n})", rows[n, j])

    def w(self, l: int, i: int, j: int) -> Quantity:
        return f"w_{_pair(i, j)}^{l}", self.trace[l].W[i, j]

    def y(self, j: int) -> Quantity:
        return f"y_{j + 1}", self.trace.y[self.n, j]

    def chosen(self, l: int) -> list[int]:
        """The neurons of a layer that are shown, counted from 0."""
        count = self.rows["a"][l].shape[1]
        if self.neurons:
            return [j - 1 for j in self.neurons if j <= count]
        return list(range(count if count <= MANY or self.full else FEW))

    def left_out(self, l: int) -> list[str]:
        count, shown = self.rows["a"][l].shape[1], self.chosen(l)
        if len(shown) == count:
            return []
        names = ", ".join(str(j + 1) for j in shown) or "none"
        hint = "" if self.neurons else "; others with neurons=[...], all of them with full=True"
        return [f"shown: {names} of {count} neurons{hint}"]

    # ## Forward

    def forward(self, l: int) -> Section:
        layer, lines, notes = self.trace[l], [], self.left_out(l)
        for j in self.chosen(l):
            name, z = self.quantity("z", l, j)
            lines.append(self.line(name, self.weighted_sum(l, j), z))
        lines += self.softmax_lines(l) if layer.f in ROW_WISE else []
        for j in self.chosen(l):
            name, a = self.quantity("a", l, j)
            lines.append(self.line(name, self.activation(l, j), a))
        if layer.kind == "own":
            notes.append("a layer of your own has no formula here, only z, a and δ")
        elif layer.f not in (*ELEMENTWISE, *ROW_WISE):
            notes.append("an activation of your own has no formula here, only its numbers")
        return Section("Forward", l, self.what(l), lines, notes)

    def what(self, l: int) -> str:
        layer = self.trace[l]
        sizes = f"{self.rows['a'][l - 1].shape[1]} → {self.rows['a'][l].shape[1]}"
        return f"{layer.name}, {layer.f}, {sizes}"

    def weighted_sum(self, l: int, j: int) -> Formula | None:
        layer = self.trace[l]
        if layer.kind == "own":
            return None
        if layer.W is None:
            return self.put("{a}", a=self.quantity("a", l - 1, j))
        bias = [] if layer.b is None else [self.put("{b}", b=(f"b_{j + 1}^{l}", layer.b[j]))]
        return self.add(
            lambda i: self.put("{w}·{a}", w=self.w(l, i, j), a=self.quantity("a", l - 1, i)),
            self.rows["a"][l - 1][self.n] * layer.W[:, j],
            *bias,
        )

    def activation(self, l: int, j: int) -> Formula | None:
        """f(z) = ..., what is to the right of a ="""
        f, z = self.trace[l].f, self.quantity("z", l, j)
        if f in ROW_WISE:
            m, S = self.largest_and_sum(l, j)
            template = "e^[{z} − {m}]/{S}" if f == "softmax" else "{z} − {m} − ln({S})"
            return self.put(template, z=z, m=m, S=S)
        if f not in ELEMENTWISE:
            return None
        template = value_of(f, z[1])
        if f not in ("identity", "tanh", "dropout"):
            template = f"{SYMBOLS.get(f, f)}({{symbol}}) = {template}"
        formula = self.put(template, z=z, symbol=Formula(z[0], ""), **self.settings(l, j))
        return Formula(formula.names, formula.numbers.split(" = ")[-1])

    def settings(self, l: int, j: int) -> dict[str, Part]:
        """The numbers in the formula of f besides z and a, read off from f′."""
        layer = self.trace[l]
        slope = self.rows["f_prime"][l][self.n, j]
        match layer.f:
            case "dropout":
                return {"m": (f"m_{j + 1}^{l}", float(slope != 0)), "p": ("p", layer.rate)}
            case "elu":  # below 0 it is a = s (e^z − 1)
                z, a = (self.quantity(letter, l, j)[1] for letter in "za")
                slope = a / np.expm1(z) if z < 0 else slope
        return {"s": ("s", float(f"{slope:.15g}"))}

    def group(self, l: int, j: int) -> range:
        """The neurons whose softmax is taken together with that of neuron j: all of the layer, or a row of an image."""
        K = self.trace[l].a.shape[-1]
        return range(j // K * K, j // K * K + K)

    def largest_and_sum(self, l: int, j: int) -> tuple[Quantity, Quantity]:
        """m = max z and S = Σ e^(z − m), over the group of neuron j."""
        group = self.group(l, j)
        z = self.rows["z"][l][self.n, group].astype(float)
        index = f"^{l}" if len(group) == self.rows["a"][l].shape[1] else f"_{group.start // len(group) + 1}^{l}"
        return (f"m{index}", z.max()), (f"S{index}", np.exp(z - z.max()).sum())

    def softmax_lines(self, l: int) -> list[Line]:
        """m and S for each group that is shown."""
        lines = []
        for group in dict.fromkeys(self.group(l, j) for j in self.chosen(l)):
            m, S = self.largest_and_sum(l, group.start)
            z = [self.quantity("z", l, k) for k in group]
            inside = self.add(lambda k: self.put("{z}", z=z[k]), self.rows["z"][l][self.n, group], joint=", ")  # noqa: B023
            lines.append(self.line(m[0], self.put("max({inside})", inside=inside), m[1]))
            values = np.exp(self.rows["z"][l][self.n, group].astype(float) - m[1])
            S_formula = self.add(lambda k: self.put("e^[{z} − {m}]", z=z[k], m=m), values)  # noqa: B023
            lines.append(self.line(S[0], S_formula, S[1]))
        return lines

    # ## Loss

    def loss(self) -> Section:
        name = self.trace.loss_name
        if name == "own":
            notes = ["a loss of your own has no formula here, only its number"]
            return Section("Loss", 0, "of your own", [self.line("L", None, self.trace.loss)], notes)
        a = self.rows["a"][self.L]
        shares = shares_in_loss(name, self.trace.y, a, self.rows["z"][self.L], self.straight)
        count = a.shape[1] if name in MEANS else 1
        losses = shares.sum(axis=1) / count
        templates = {j: self.share(j) for j in range(a.shape[1])}
        terms = [j for j, template in templates.items() if template]
        # a logarithm of a probability is negative
        sign = -1 if name.endswith("crossentropy") and not self.from_z else 1
        total = self.add(lambda k: self.term(templates[terms[k]], terms[k]), sign * shares[self.n, terms])
        if sign < 0 or count > 1:
            total = self.put(("−" if sign < 0 else "") + "({total}){over}", total=total, over=self.over(n_L=count))
        notes = ["terms that are multiplied by 0 are left out"] if len(terms) < a.shape[1] else []
        if self.from_z:
            notes.append(
                "a is so near to 0 or 1 that ln has lost digits: this is the same from z, as the network does it"
            )
        if self.N == 1:
            return Section("Loss", 0, name, [self.line("L", total, self.trace.loss)], notes)
        mean = self.add(lambda n: self.put("{L}", L=(f"L({n})", losses[n])), losses)
        mean = self.put("({sum}){over}", sum=mean, over=self.over(N=self.N))
        lines = [self.line(f"L({self.n})", total, losses[self.n]), self.line("L", mean, self.trace.loss)]
        return Section("Loss", 0, name, lines, [*notes, "L(n) is the loss of example n, L their mean"])

    @property
    def straight(self) -> bool:
        """Whether the loss is computed from z^L, as the cross-entropies are behind a softmax or sigmoid."""
        pair = self.trace.loss_name, self.trace[-1].f
        return pair in (("categorical_crossentropy", "softmax"), ("binary_crossentropy", "sigmoid"))

    @cached_property
    def from_z(self) -> bool:
        """Whether a is so near to 0 or 1 that the loss has to be written from z."""
        y, a = self.trace.y[self.n], self.rows["a"][self.L][self.n]
        # ln a is good as long as a is not 0; ln(1 − a) needs the digits that a has lost near 1
        lost = a[y != 0] < 1e-300 if self.trace[-1].f == "softmax" else np.minimum(a, 1 - a) < 1e-3
        return self.straight and bool(np.any(lost))

    def share(self, j: int) -> str:
        """The template of what output j adds to the loss of the example, "" where that is multiplied by 0."""
        y = self.trace.y[self.n]
        match self.trace.loss_name:
            case "half_squared_error":
                return "½·({y} − {a})²"
            case "mean_squared_error":
                return "({y} − {a})²"
            case "hinge":
                return "max(0, 1 − {y}·{a})"
            case "categorical_crossentropy":
                return "" if y[j] == 0 else "{y}·({m} − {z} + ln({S}))" if self.from_z else "{y}·ln({a})"
        if self.from_z:
            return "max(0, {z}) − {y}·{z} + ln(1 + e^[−|{z}|])"
        return " + ".join(["{y}·ln({a})"] * bool(y[j] != 0) + ["(1 − {y})·ln(1 − {a})"] * bool(y[j] != 1))

    def term(self, template: str, j: int) -> Formula:
        """A template with y, a and z of output j."""
        places = {"y": self.y(j), "a": self.quantity("a", self.L, j), "z": self.quantity("z", self.L, j)}
        if "{m}" in template:
            places["m"], places["S"] = self.largest_and_sum(self.L, j)
        return self.put(template, **places)

    # ## Backward

    def backward(self, l: int) -> Section:
        layer, lines, notes = self.trace[l], [], self.left_out(l)
        if layer.delta is None:
            return Section(
                "Backward", l, self.what(l), [], ["nothing behind this layer is trained, so no δ comes here"]
            )
        by_jacobian = layer.f in ROW_WISE and not (l == self.L and self.straight)
        for j in self.chosen(l):
            if by_jacobian:
                lines.append(self.line(f"∂L/∂a_{j + 1}^{l}", self.da(l, j), self.rows["da"][l][self.n, j]))
            elif layer.f in ELEMENTWISE and layer.f != "identity" and not (l == self.L and self.straight):
                name, f_prime = self.f_prime(l, j)
                lines.append(self.line(name, self.derivative(l, j), f_prime))
        for j in self.chosen(l):
            name, delta = self.quantity("δ", l, j)
            lines.append(self.line(name, self.delta(l, j), delta))
        if l == self.L and self.N > 1:
            notes.append(f"the loss is a mean over N = {self.N} examples, so every δ carries 1/N")
        if l == self.L and self.straight:
            notes.append(f"{layer.f} and {self.trace.loss_name} together have this simple δ")
        if l < self.L and self.trace[l + 1].W is not None:
            notes.append("these are the weights before the update")
        if any(line.formula is None for line in lines):
            notes.append("a function of your own has no formula here, only its numbers")
        return Section("Backward", l, self.what(l), lines, notes)

    def f_prime(self, l: int, j: int) -> Quantity:
        f = SYMBOLS.get(self.trace[l].f, "f" if self.trace[l].f == "dropout" else self.trace[l].f)
        return f"{f}′(z_{j + 1}^{l})", self.rows["f_prime"][l][self.n, j]

    def derivative(self, l: int, j: int) -> Formula:
        z, a = self.quantity("z", l, j), self.quantity("a", l, j)
        return self.put(slope_of(self.trace[l].f, z[1]), z=z, a=a, **self.settings(l, j))

    def delta(self, l: int, j: int) -> Formula | None:
        f = self.trace[l].f
        if l == self.L and self.straight:
            a, y = self.quantity("a", l, j), self.y(j)
            targets = self.trace.y[self.n]
            if f == "softmax" and targets.sum() != 1:  # they are no probabilities
                total = self.add(lambda k: self.put("{y}", y=self.y(k)), targets)
                return self.put("({a}·({total}) − {y}){over}", a=a, y=y, total=total, over=self.over(N=self.N))
            n_L = self.trace.y.shape[1] if f == "sigmoid" else 1
            return self.put("({a} − {y}){over}", a=a, y=y, over=self.over(n_L=n_L, N=self.N))
        if f in ROW_WISE:
            return self.jacobian_row(l, j)
        da = self.da(l, j)
        if da is None or f not in ELEMENTWISE:
            return None
        if f == "identity":
            return da
        template = "({da})·{f_prime}" if l < self.L and " + " in da.names else "{da}·{f_prime}"
        return self.put(template, da=da, f_prime=self.f_prime(l, j))

    def da(self, l: int, j: int) -> Formula | None:
        """∂L/∂a of a neuron: from the loss, or from the δ of the layer behind."""
        if l == self.L:
            return self.slope_of_loss(j)
        behind = self.trace[l + 1]
        if behind.kind == "own":
            return None
        if behind.W is None:
            return self.put("{delta}", delta=self.quantity("δ", l + 1, j))
        return self.add(
            lambda k: self.put("{w}·{delta}", w=self.w(l + 1, j, k), delta=self.quantity("δ", l + 1, k)),
            behind.W[j] * self.rows["delta"][l + 1][self.n],
        )

    def slope_of_loss(self, j: int) -> Formula | None:
        y, a, n_L = self.y(j), self.quantity("a", self.L, j), self.trace.y.shape[1]
        match self.trace.loss_name:
            case "half_squared_error":
                template, n_L = "({a} − {y})", 1
            case "mean_squared_error":
                template = "2·({a} − {y})"
            case "hinge":
                template = "(−{y})" if y[1] * a[1] < 1 else "0"
            case "categorical_crossentropy":
                template, n_L = "(−{y}/{a})" if y[1] else "0", 1
            case "binary_crossentropy":
                one, other = ("{y}/{a}" if y[1] != 0 else ""), ("(1 − {y})/(1 − {a})" if y[1] != 1 else "")
                template = f"({other} − {one})" if one and other else f"(−{one})" if one else other
            case _:
                return None
        return self.put(template + ("{over}" if template != "0" else ""), y=y, a=a, over=self.over(n_L=n_L, N=self.N))

    def jacobian_row(self, l: int, i: int) -> Formula:
        """δ_i = Σ_j ∂a_j/∂z_i ∂L/∂a_j, for softmax and log-softmax."""
        group = self.group(l, i)
        softmax = self.trace[l].f == "softmax"
        a, g = (self.rows[letter][l][self.n, group] for letter in ("a", "da"))
        this, a_i = np.array([j == i for j in group]), self.rows["a"][l][self.n, i]
        values = (a_i * (this - a) if softmax else this - np.exp(a_i)) * g

        def term(k: int) -> Formula:
            j = group[k]
            if softmax:
                template = "{ai}·(1 − {ai})·{g}" if j == i else "(−{ai}·{aj})·{g}"
            else:
                template = "(1 − e^[{ai}])·{g}" if j == i else "(−e^[{ai}])·{g}"
            ai, aj = self.quantity("a", l, i), self.quantity("a", l, j)
            return self.put(template, ai=ai, aj=aj, g=(f"∂L/∂a_{j + 1}^{l}", g[k]))

        return self.add(term, values)

    # ## Gradients and update

    def entries(self, l: int) -> list[tuple[str, str, tuple[int, ...]]]:
        """The weights and biases that are shown: "W" or "b", the name, the place in the array."""
        inputs, trained = self.inputs(l), self.trace[l]
        entries: list[tuple[str, str, tuple[int, ...]]] = []
        for j in self.chosen(l):
            if trained.dW is not None:
                entries += [("W", f"w_{_pair(i, j)}^{l}", (i, j)) for i in inputs]
            if trained.db is not None:
                entries.append(("b", f"b_{j + 1}^{l}", (j,)))
        return entries

    def inputs(self, l: int) -> range:
        count = len(self.trace[l].W)
        return range(count if count <= MANY or self.full else FEW)

    def notes_on_entries(self, l: int) -> list[str]:
        layer, notes = self.trace[l], self.left_out(l)
        if layer.dW is None or (layer.b is not None and layer.db is None):
            notes.append("what is not trained has no gradient and is left out")
        if len(self.inputs(l)) < len(layer.W):
            notes.append(f"the weights from {FEW} of {len(layer.W)} inputs; all of them with full=True")
        return notes

    def gradients(self, l: int) -> Section:
        lines, notes = [], self.notes_on_entries(l)
        for letter, name, place in self.entries(l):
            gradient = getattr(self.trace[l], f"d{letter}")[place]
            if self.N > 1:
                own = self.part_of(self.n, l, place, named=False)
                lines.append(self.line(f"∂L/∂{name}({self.n})", own, self.parts_of(l, place)[self.n]))
            examples = lambda n: self.part_of(n, l, place, named=self.N > 1)  # noqa: E731, B023
            lines.append(self.line(f"∂L/∂{name}", self.add(examples, self.parts_of(l, place)), gradient))
        if self.N > 1:
            notes.append(
                "(n) stands for example n; the gradient of W is the sum over all examples of the outer products of "
                "their a and δ, which is the mean over the batch, for δ carries 1/N"
            )
        return Section("Gradients", l, self.what(l), lines, notes)

    def part_of(self, n: int, l: int, place: tuple[int, ...], named: bool) -> Formula:
        """What example n adds to a gradient: a_i δ_j for a weight, δ_j for a bias."""
        delta = self.quantity("δ", l, place[-1], n if named else None)
        if len(place) == 1:
            return self.put("{delta}", delta=delta)
        return self.put("{a}·{delta}", a=self.quantity("a", l - 1, place[0], n if named else None), delta=delta)

    def parts_of(self, l: int, place: tuple[int, ...]) -> np.ndarray:
        delta = self.rows["delta"][l][:, place[-1]]
        return delta if len(place) == 1 else self.rows["a"][l - 1][:, place[0]] * delta

    def update(self, l: int) -> Section:
        lines, notes, layer = [], self.notes_on_entries(l), self.trace[l]
        steps = {x: step_of(self.optimizer, layer, x) for x in "Wb" if getattr(layer, f"d{x}", None) is not None}
        for letter, name, place in self.entries(l):
            new, before, after, alpha = steps[letter]
            memory = [{key: v[place] if v.shape else v.item() for key, v in m.items()} for m in (before, after)]
            old = getattr(layer, letter)[place], getattr(layer, f"d{letter}")[place], alpha
            lines += update_lines(self, self.optimizer, name, old, new[place], (memory[0], memory[1]))
        if type(self.optimizer) not in OPTIMIZERS.values():
            notes.append("an optimizer of your own has no formula here, only its numbers")
        return Section("Update", l, self.what(l), lines, notes)


def _as_rows(array: np.ndarray | None) -> np.ndarray:
    return np.empty((0, 0)) if array is None else array.reshape(len(array), -1)


def _pair(i: int, j: int) -> str:
    """The two indices of a weight, with a comma where they would run together."""
    return f"{i + 1}{j + 1}" if max(i, j) < 9 else f"{i + 1},{j + 1}"


def _numbers(what: str, given: int | Iterable[int] | None, last: int) -> list[int]:
    """The numbers asked for, in order; none where nothing was. Raises ValueError for one that does not exist."""
    asked = [] if given is None else [given] if isinstance(given, int | np.integer) else list(given)
    for number in asked:
        if number not in range(1, last + 1):
            raise ValueError(f"there is no {what} {number!r}; they are numbered 1 … {last}, as in the formulas")
    return sorted(set(asked))
