"""The worksheet: what it says adds up, line by line, and is what the trace holds.

No number here is checked by the worksheet's own code. A line of its text is read as a stranger would read it: the
formula with the numbers put in is computed by Python's math module, and must give the result that is printed; the
formula with indices is computed once more, each symbol replaced by the number that the trace has for it.
"""

import math
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet import Activation, Dense, Dropout, Flatten, Sequential
from tinynet.introspect import Trace, trace
from tinynet.losses import LOSSES
from tinynet.optimizers import OPTIMIZERS

# ## Reading a worksheet


@dataclass
class Line:
    """left = names = numbers = result; a line without a formula has None for both."""

    left: str
    names: str | None
    numbers: str | None
    result: str


def read(text: str) -> dict[str, list[Line]]:
    """The lines of a worksheet's text, by the part of the step that they stand in."""
    parts: dict[str, list[Line]] = {}
    part = ""
    for block in text.strip().split("\n\n")[1:]:
        rows = block.split("\n")
        if set(rows[-1]) == {"─"}:
            part = rows[0].split(",")[0].split(":")[0]
            continue
        if rows[0].startswith("("):  # notes
            continue
        left, first = re.split(" = | ← ", rows[0], maxsplit=1)
        sides = [first, *(row.strip().removeprefix("= ") for row in rows[1:])]
        assert all(row.startswith(" " * len(left.replace(HAT, "")) + " = ") for row in rows[1:])
        names = sides[0] if len(sides) > 1 else None
        numbers = sides[-2] if len(sides) > 2 else sides[-1] if len(sides) > 1 else None
        parts.setdefault(part, []).append(Line(left, names, numbers, sides[-1]))
    return parts


def all_lines(text: str) -> list[Line]:
    return [line for lines in read(text).values() for line in lines]


MATHS: dict[str, Any] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "erf": math.erf,
    "pi": math.pi,
    "max": lambda *several: max(several),
    "__builtins__": {"abs": abs},
}


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def compute(formula: str) -> float:
    """The value of a formula of numbers."""
    formula = re.sub(r"… \d+ more: ", "", formula.split(", since")[0])
    formula = re.sub(r"\|([^|]*)\|", r"abs(\1)", formula)
    for sign, python in (
        ("e^(", "exp("),
        ("√(", "sqrt("),
        ("√2", "sqrt(2)"),
        ("ln", "log"),
        ("½", "0.5"),
        ("²", "**2"),
        ("^", "**"),
        ("−", "-"),
        ("·", "*"),
        ("π", "pi"),
    ):
        formula = formula.replace(sign, python)
    return float(eval(formula, MATHS))


HAT = "\u0302"
SYMBOL = re.compile(
    r"∂L/∂[a-z]_[\d,]+\^\d+(?:\(\d+\))?"  # ∂L/∂w_11^2
    r"|\w+′\(z_\d+\^\d+\)"  # σ′(z_1^1)
    rf"|[a-zA-Zα-ω]{HAT}?(?:_[\d,]*\d|_L)?(?:\^\d+)?(?:\(\d+\))?(?![\w′(])"  # w_11^1, x_2, N, α
)


def compute_names(formula: str, values: dict[str, float]) -> float:
    """The value of a formula with indices: every symbol is replaced by its number."""
    formula = re.sub(r"(?<=[\w)½]) (?=[\w∂])", "·", formula.split(" = ")[-1].split(", since")[0])
    formula = SYMBOL.sub(lambda name: f"({values[name[0]]!r})" if name[0] not in ("e", "π") else name[0], formula)
    return compute(formula)


SLOPES = {"leaky_relu": 0.01, "elu": 1.0}  # s, of the formulas below 0


def symbols(t: Trace, n: int) -> dict[str, float]:
    """Every symbol that has a number in the trace, for example n, and its number."""
    N, L = len(t.y), len(t) - 1
    known: dict[str, float] = {"N": N, "n_L": t.y.shape[1], "L": t.loss}
    known |= {f"x_{i}": value for i, value in enumerate(t[0].a[n].ravel(), 1)}
    known |= {f"y_{j}": value for j, value in enumerate(t.y[n], 1)}
    for m in range(N):
        known |= {f"x_{i}({m})": value for i, value in enumerate(t[0].a[m].ravel(), 1)}
    for l in range(1, L + 1):
        for letter, array in (("z", t[l].z), ("a", t[l].a), ("δ", t[l].delta)):
            for m in range(N):
                known |= {f"{letter}_{j}^{l}({m})": value for j, value in enumerate(array[m].ravel(), 1)}
            known |= {f"{letter}_{j}^{l}": value for j, value in enumerate(array[n].ravel(), 1)}
        if t[l].f not in ("softmax", "log_softmax"):
            f = {"sigmoid": "σ", "leaky_relu": "f", "dropout": "f"}.get(t[l].f, t[l].f)
            known |= {f"{f}′(z_{j}^{l})": value for j, value in enumerate(t[l].f_prime[n].ravel(), 1)}
        if t[l].da is not None:
            known |= {f"∂L/∂a_{j}^{l}": value for j, value in enumerate(t[l].da[n].ravel(), 1)}
        if t[l].f == "dropout":
            known |= {f"m_{j}^{l}": float(value != 0) for j, value in enumerate(t[l].f_prime[n].ravel(), 1)}
            known["p"] = t[l].rate
        if t[l].W is not None:
            for (i, j), value in np.ndenumerate(t[l].W):
                name = f"{i + 1}{j + 1}" if max(i, j) < 9 else f"{i + 1},{j + 1}"
                known |= {f"w_{name}^{l}": value, f"∂L/∂w_{name}^{l}": t[l].dW[i, j]}
        if t[l].b is not None:
            for j, value in enumerate(t[l].b, 1):
                known |= {f"b_{j}^{l}": value, f"∂L/∂b_{j}^{l}": t[l].db[j - 1]}
    return {name: float(value) for name, value in known.items()}


GREEK = {"α": "learning_rate", "λ": "l2", "μ": "momentum", "ρ": "rho", "ε": "epsilon", "β_1": "beta_1", "β_2": "beta_2"}


def settings_of(optimizer: tn.optimizers.Optimizer) -> dict[str, float]:
    known = {letter: getattr(optimizer, name) for letter, name in GREEK.items() if hasattr(optimizer, name)}
    known["t"] = optimizer.steps + 1
    if isinstance(optimizer, tn.Adam):
        known["λ"] = optimizer.weight_decay
    return known


def close(value: float, expected: float, size: float = 1.0) -> bool:
    return abs(value - expected) <= 1e-12 * max(1.0, abs(expected), size)


def check(text: str, t: Trace, n: int, known: dict[str, float], after: dict[str, float]) -> int:
    """Every line adds up, from its numbers and from its names, and says what the trace holds; how many there are.

    known: the number of each symbol. after: what the update has to make of them.
    """
    known = dict(known)
    lost = [f"L({m})" for m in range(len(t.y)) if m != n]  # these are on the worksheets of the other examples
    known |= {name: loss for name, loss in zip((f"L({m})" for m in range(len(t.y))), losses_of(t)) if name in lost}
    parts = read(text)
    for part, lines in parts.items():
        for line in lines:
            result = number(line.result)
            if part in ("Forward", "Backward"):
                layer = t[int(line.left.rstrip(")").split("^")[1])]
                known["s"] = SLOPES.get(layer.f, math.nan)
            if part == "Update":
                hats = HAT in line.left
                assert hats or result == after[line.left], line
            elif line.left in known:
                assert result == known[line.left], line
            else:  # largest z and sum of a softmax; the example's own loss and part of a gradient
                assert re.fullmatch(rf"[mS]\^\d+|L\({n}\)|∂L/∂[wb]_\d+\^\d+\({n}\)", line.left), line
            assert line.numbers is not None and line.names is not None, line
            assert close(compute(line.numbers), result), line
            assert close(compute_names(line.names, known), result), line
            if line.left[0] not in "wb":  # the old weight is still w in what follows
                known[line.left] = result
    return sum(map(len, parts.values()))


def losses_of(t: Trace) -> list[float]:
    """The loss of each example alone, by the framework's function."""
    loss, last = LOSSES[t.loss_name], t[-1]
    if t.loss_name.endswith("crossentropy") and last.f in ("softmax", "sigmoid"):
        f = getattr(tn, last.f)
        return [loss(f(tn.Tensor(last.z[n : n + 1])), t.y[n : n + 1]).item() for n in range(len(t.y))]
    return [loss(last.a[n : n + 1], t.y[n : n + 1]).item() for n in range(len(t.y))]


def names_of(net: Sequential) -> list[tuple[str, tn.Tensor, tuple[int, ...]]]:
    """Every weight and bias: its name on the worksheet, its tensor, its place there."""
    entries = []
    for l, layer in enumerate(net.layers, 1):
        for letter, parameter in zip("wb", layer.parameters()):
            for place in np.ndindex(parameter.shape):
                joint = "," if max(place) >= 9 else ""
                entries.append((f"{letter}_{joint.join(str(k + 1) for k in place)}^{l}", parameter, place))
    return entries


def remembered(net: Sequential, optimizer: tn.optimizers.Optimizer) -> dict[str, float]:
    """Every number that the optimizer remembers, by its symbol; 0 at the start."""
    memory = {}
    for name, parameter, place in names_of(net):
        for letter in set(optimizer.remembers) - {"t"}:
            arrays = optimizer.memory.get(parameter)
            memory[letter + name[1:]] = float(arrays[letter][place]) if arrays else 0.0
    return memory


def check_step(net: Sequential, x: Any, y: Any, loss: str, optimizer: Any, n: int, training: bool = False) -> int:
    """The worksheet, written before a step of the optimizer, foretells the step, and adds up."""
    t = trace(net, x, y, loss=loss, training=training)
    before, weights, steps = remembered(net, optimizer), net.get_weights(), optimizer.steps
    text = t.worksheet(example=n, optimizer=optimizer, digits=17)
    assert remembered(net, optimizer) == before and optimizer.steps == steps
    assert all(np.array_equal(u, v) for u, v in zip(weights, net.get_weights()))
    known = symbols(t, n) | settings_of(optimizer) | before
    assert list(read(text)) == ["Forward", "Loss", "Backward", "Gradients", "Update"]
    optimizer.step(net.parameters())  # with the gradients that the trace left
    after = {name: float(parameter.data[place]) for name, parameter, place in names_of(net)}
    return check(text, t, n, known, after | remembered(net, optimizer))


# ## Random networks

ONE_BY_ONE = ["identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "softplus"]
ROW_WISE = ["softmax", "log_softmax"]
OPTIMIZERS_DRAWN: list[Any] = [
    lambda: tn.SGD(0.5),
    lambda: tn.SGD(0.1, l2=0.01),
    lambda: tn.SGD(0.1, momentum=0.9),
    lambda: tn.SGD(0.1, momentum=0.5, nesterov=True, l2=0.1),
    lambda: tn.Adagrad(0.1),
    lambda: tn.RMSprop(0.01),
    lambda: tn.Adam(0.01),
    lambda: tn.AdamW(0.01, weight_decay=0.1),
]


@st.composite
def cases(draw: st.DrawFn, losses: list[str]) -> tuple:
    """A network of 1 to 4 dense layers of 1 to 6 neurons, with others between them; data, a loss, an optimizer."""
    loss, depth, N = draw(st.sampled_from(losses)), draw(st.integers(1, 4)), draw(st.integers(1, 5))
    layers: list[Any] = []
    shape: tuple[int, ...] = (draw(st.integers(1, 6)),)
    if draw(st.booleans()):
        shape = (draw(st.integers(1, 3)), draw(st.integers(1, 2)))
        layers.append(Flatten())
    for l in range(1, depth + 1):
        f = draw(st.sampled_from([*ONE_BY_ONE, *ROW_WISE]))
        if l == depth and loss.endswith("crossentropy"):
            f = draw(st.sampled_from(["sigmoid", "softmax"]))
        # the softmax of one number is always 1
        units = draw(st.integers(2 if f in ROW_WISE else 1, 6))
        alone = draw(st.booleans())
        layers.append(Dense(units, None if alone else f, use_bias=draw(st.booleans()), bias_initializer=BIASES))
        layers += [Activation(f)] if alone else []
        layers += [Dropout(0.4)] if l < depth and draw(st.integers(0, 3)) == 0 else []
    net = Sequential(layers, seed=draw(st.integers(0, 1000)))
    net.build(shape)
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    match loss:
        case "hinge":
            y = rng.choice([-1.0, 1.0], (N, units))
        case "binary_crossentropy":
            y = rng.choice([0.0, 0.25, 1.0], (N, units))
        case "categorical_crossentropy":
            y = np.eye(units)[rng.integers(0, units, N)] if draw(st.booleans()) else rng.random((N, units)) / units
        case _:
            y = rng.normal(size=(N, units))
    optimizer = draw(st.sampled_from(OPTIMIZERS_DRAWN))()
    return net, rng.normal(size=(N, *shape)), y, loss, optimizer, draw(st.integers(0, N - 1)), draw(st.integers(0, 2))


BIASES = tn.initializers.normal(0, 0.5)


class TestItAddsUp:
    """300 networks: 100 of each kind of loss."""

    def check(self, case: tuple) -> None:
        net, x, y, loss, optimizer, n, steps = case
        for _ in range(steps):
            LOSSES[loss](net(x), y).backward()
            optimizer.step(net.parameters())
        check_step(net, x, y, loss, optimizer, n, training=True)

    @given(cases(["half_squared_error", "mean_squared_error", "hinge"]))
    def test_squared_errors_and_hinge(self, case: tuple) -> None:
        self.check(case)

    @given(cases(["binary_crossentropy"]))
    def test_binary_crossentropy(self, case: tuple) -> None:
        self.check(case)

    @given(cases(["categorical_crossentropy"]))
    def test_categorical_crossentropy(self, case: tuple) -> None:
        self.check(case)

    @pytest.mark.parametrize("loss", LOSSES)
    @pytest.mark.parametrize("f", [*ONE_BY_ONE, *ROW_WISE])
    def test_every_activation_before_every_loss(self, f: str, loss: str) -> None:
        if loss.endswith("crossentropy") and f not in ("sigmoid", "softmax"):
            net = Sequential([Dense(3, f, input_dim=3), Dense(2, "softmax")], seed=1)
        else:
            net = Sequential([Dense(3, "tanh", input_dim=3), Dense(2, f)], seed=1)
        x, y = np.random.default_rng(0).normal(size=(3, 3)), np.eye(2)[[0, 1, 1]]
        assert check_step(net, x, 2 * y - 1 if loss == "hinge" else y, loss, tn.SGD(0.5), 1) > 40

    @pytest.mark.parametrize("make", OPTIMIZERS_DRAWN, ids=lambda make: type(make()).__name__)
    def test_every_optimizer_at_its_first_and_third_step(self, make: Any) -> None:
        net, x, y = Sequential([Dense(2, "tanh", input_dim=2), Dense(1)], seed=0), [[1.0, -2.0]], [[0.5]]
        optimizer = make()
        for _ in range(3):
            check_step(net, x, y, "half_squared_error", optimizer, 0)

    def test_all_optimizers_are_among_them(self) -> None:
        assert {type(make()) for make in OPTIMIZERS_DRAWN} == set(OPTIMIZERS.values())

    def test_a_schedule_gives_the_rate_of_the_next_step(self) -> None:
        net = Sequential([Dense(1, input_dim=1, kernel_initializer=ones)])
        optimizer = tn.SGD(lambda step: 0.5 / (step + 1))
        for alpha in ("0.5", "0.25"):
            text = trace(net, [[1.0]], [[0.0]], loss="half_squared_error").worksheet(optimizer=optimizer)
            assert f"− {alpha}·" in text and f"SGD(learning_rate={alpha})" in text
            optimizer.step(net.parameters())

    @pytest.mark.parametrize("wrong", ["a sum", "an index", "a result"])
    def test_a_worksheet_that_does_not_add_up_is_noticed(self, wrong: str) -> None:
        t = mazur()
        text = t.worksheet(digits=17)
        old, new = {
            "a sum": ("= 0.15·0.05 + ", "= 0.15·0.06 + "),
            "an index": ("z_1^1 = w_11^1 x_1 + w_21^1 x_2", "z_1^1 = w_11^1 x_1 + w_12^1 x_2"),
            "a result": ("= 0.3775", "= 0.3776"),
        }[wrong]
        assert old in text
        known = symbols(t, 0) | {"α": 0.5}
        after = {name: value - 0.5 * known[f"∂L/∂{name}"] for name, value in known.items() if name[0] in "wb"}
        check(text, t, 0, known, after)
        with pytest.raises(AssertionError):
            check(text.replace(old, new, 1), t, 0, known, after)


def ones(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return np.ones(shape)


# ## By hand


def mazur() -> Trace:
    net = Sequential([Dense(2, "sigmoid", input_dim=2), Dense(2, "sigmoid")])
    net.set_weights([[[0.15, 0.25], [0.20, 0.30]], [0.35, 0.35], [[0.40, 0.50], [0.45, 0.55]], [0.60, 0.60]])
    return trace(net, [[0.05, 0.10]], [[0.01, 0.99]], loss="half_squared_error")


MAZURS_NUMBERS = {
    "z_1^1": 0.3775, "z_2^1": 0.3925, "a_1^1": 0.593269992, "a_2^1": 0.596884378, "z_1^2": 1.105905967,
    "z_2^2": 1.224921404, "a_1^2": 0.751365070, "a_2^2": 0.772928465, "L": 0.298371109, "δ_1^2": 0.138498562,
    "δ_2^2": -0.038098236, "δ_1^1": 0.008771355, "δ_2^1": 0.009954255, "∂L/∂w_11^2": 0.082167041,
    "∂L/∂w_11^1": 0.000438568, "w_11^2": 0.35891648, "w_21^2": 0.408666186, "w_12^2": 0.511301270,
    "w_22^2": 0.561370121, "w_11^1": 0.149780716, "w_21^1": 0.19956143, "w_12^1": 0.24975114, "w_22^1": 0.29950229,
}  # fmt: skip


class TestMazur:
    """Every number of the article, to the digits that it gives."""

    def test_every_number(self) -> None:
        results = {line.left: number(line.result) for line in all_lines(mazur().worksheet(learning_rate=0.5))}
        for name, value in MAZURS_NUMBERS.items():
            digits = len(f"{value!r}".split(".")[1])
            assert abs(results[name] - value) <= 0.55 * 10.0**-digits, name

    @pytest.mark.parametrize(
        "lines",
        [
            "z_1^1 = w_11^1 x_1 + w_21^1 x_2 + b_1^1\n      = 0.15·0.05 + 0.2·0.1 + 0.35\n      = 0.3775\n",
            "a_1^1 = σ(z_1^1) = 1/(1 + e^(−z_1^1))\n      = 1/(1 + e^(−0.3775))\n      = 0.5932699921\n",
            "δ_1^2 = (a_1^2 − y_1)·σ′(z_1^2)\n      = (0.7513650696 − 0.01)·0.1868156018\n      = 0.1384985616\n",
            "δ_1^1 = (w_11^2 δ_1^2 + w_12^2 δ_2^2)·σ′(z_1^1)\n",
            "∂L/∂w_11^2 = a_1^1 δ_1^2\n           = 0.5932699921·0.1384985616\n           = 0.08216704056\n",
            "w_11^2 ← w_11^2 − α ∂L/∂w_11^2\n       = 0.4 − 0.5·0.08216704056\n       = 0.3589164797\n",
        ],
    )
    def test_the_lines(self, lines: str) -> None:
        assert lines in mazur().worksheet(learning_rate=0.5)

    def test_the_order_is_that_of_the_step(self) -> None:
        titles = re.findall(r"^(\w+)(?:, layer (\d))?: .*\n─", mazur().worksheet(), re.M)
        step = [("Forward", "1"), ("Forward", "2"), ("Loss", ""), ("Backward", "2"), ("Backward", "1")]
        assert titles == [*step, *(("Gradients", l) for l in "12"), *(("Update", l) for l in "12")]

    def test_0_5_is_the_rate_unless_another_is_given(self) -> None:
        assert mazur().worksheet() == mazur().worksheet(learning_rate=0.5) == mazur().worksheet(optimizer=tn.SGD(0.5))
        assert "0.4 − 0.25·0.08216704056" in mazur().worksheet(learning_rate=0.25)


class TestABatch:
    """Two examples of one weight and one bias: z = 2 x + 1, targets 0."""

    def worksheet(self, example: int) -> str:
        net = Sequential([Dense(1, input_dim=1)])
        net.set_weights([[[2.0]], [1.0]])
        return trace(net, [[1.0], [3.0]], [[0.0], [0.0]], loss="half_squared_error").worksheet(example)

    def test_the_loss_is_the_mean(self) -> None:
        assert "L(1) = ½·(y_1 − a_1^1)²\n     = ½·(0 − 7)²\n     = 24.5\n" in self.worksheet(1)
        assert "L = (L(0) + L(1))/N\n  = (4.5 + 24.5)/2\n  = 14.5\n" in self.worksheet(1)

    def test_delta_carries_1_over_N(self) -> None:
        assert "δ_1^1 = (a_1^1 − y_1)/N\n      = (7 − 0)/2\n      = 3.5\n" in self.worksheet(1)
        assert "so every δ carries 1/N" in self.worksheet(0)

    def test_the_part_of_the_example_and_the_sum_of_all_parts(self) -> None:
        text = self.worksheet(1)
        assert "∂L/∂w_11^1(1) = x_1 δ_1^1\n              = 3·3.5\n              = 10.5\n" in text
        total = "∂L/∂w_11^1 = x_1(0)·δ_1^1(0) + x_1(1)·δ_1^1(1)\n           = 1·1.5 + 3·3.5\n           = 12\n"
        assert total in text and total in self.worksheet(0)
        assert "∂L/∂b_1^1 = δ_1^1(0) + δ_1^1(1)\n          = 1.5 + 3.5\n          = 5\n" in text
        assert "the sum over all examples of the outer products of their a and δ" in text


class TestDigits:
    def test_rounded_for_the_eye_only_and_it_says_so(self) -> None:
        text = mazur().worksheet(digits=3)
        assert "Numbers are rounded to 3 digits for the eye only" in text
        # 0.4·0.593 + 0.45·0.597 + 0.6 is 1.10585
        assert "= 0.4·0.593 + 0.45·0.597 + 0.6\n      = 1.11\n" in text

    def test_the_shortest_number_that_is_read_as_the_same(self) -> None:
        assert "0.15·0.05 + 0.2·0.1 + 0.35" in mazur().worksheet(digits=17)

    def test_float32_says_how_good_it_is(self) -> None:
        net = Sequential([Dense(1, input_dim=1, dtype="float32")], seed=0)
        t = trace(net, [[1.0]], [[2.0]], loss="half_squared_error")
        assert "float32: its results are good for about 7 digits" in t.worksheet()
        line = next(line for line in all_lines(t.worksheet(digits=17)) if line.left == "z_1^1")
        assert number(line.result) == float(t[1].z[0, 0])
        assert "float32" not in mazur().worksheet()


# ## Where numbers are large or small


def last_layer(f: str, z: Any, y: Any, loss: str) -> Trace:
    """A trace of f alone, its z given."""
    return trace(Sequential([Activation(f, input_shape=(len(z),))]), [z], [y], loss=loss)


def add_up(t: Trace, example: int = 0) -> dict[str, float]:
    """The results of a worksheet, by their names, after all its lines were added up from their numbers."""
    results = {}
    for line in all_lines(t.worksheet(example, digits=17)):
        results[line.left] = number(line.result)
        assert line.numbers is not None and close(compute(line.numbers), results[line.left]), line
    return results


class TestExtremes:
    @pytest.mark.parametrize("f", [*ONE_BY_ONE, *ROW_WISE])
    @pytest.mark.parametrize("z", [[-1000.0, 1000.0], [-400.0, 600.0], [-30.0, 40.0], [0.0, 1e-9], [0.0, 0.0]])
    def test_activations(self, f: str, z: list[float]) -> None:
        t = last_layer(f, z, [0.0, 1.0], "half_squared_error")
        results = add_up(t)
        assert [results["a_1^1"], results["a_2^1"]] == t[1].a[0].tolist()
        assert [results["δ_1^1"], results["δ_2^1"]] == t[1].delta[0].tolist()

    @pytest.mark.parametrize("z", [[-1000.0, 1000.0], [40.0, -40.0], [8.0, 0.1]])
    def test_the_loss_of_a_sure_sigmoid_is_written_from_z(self, z: list[float]) -> None:
        t = last_layer("sigmoid", z, [1.0, 0.25], "binary_crossentropy")
        assert add_up(t)["L"] == t.loss
        assert "this is the same from z" in t.worksheet()
        assert "max(0, z_1^1) − y_1 z_1^1 + ln(1 + e^(−|z_1^1|))" in t.worksheet()

    def test_that_of_an_unsure_one_from_a(self) -> None:
        text = last_layer("sigmoid", [0.5, 0.1], [1.0, 0.25], "binary_crossentropy").worksheet()
        assert "L = −(y_1 ln(a_1^1) + y_2 ln(a_2^1) + (1 − y_2)·ln(1 − a_2^1))/n_L\n" in text

    def test_the_loss_of_a_softmax_that_rounds_to_0(self) -> None:
        t = last_layer("softmax", [-1000.0, 1000.0], [1.0, 0.0], "categorical_crossentropy")
        assert t[1].a[0, 0] == 0 and add_up(t)["L"] == t.loss == 2000
        assert "L = y_1·(m^1 − z_1^1 + ln(S^1))\n" in t.worksheet()

    @pytest.mark.parametrize("loss", ["binary_crossentropy", "categorical_crossentropy"])
    def test_0_ln_0_is_left_out(self, loss: str) -> None:
        # relu gives probabilities that are exactly 0 and 1
        t = last_layer("relu", [0.0, 1.0], [0.0, 1.0], loss)
        results = add_up(t)
        assert (results["L"], results["δ_1^1"], results["δ_2^1"]) == (t.loss, *t[1].delta[0])

    def test_nothing_to_learn_at_all(self) -> None:
        t = last_layer("softmax", [0.5, 1.0], [0.0, 0.0], "categorical_crossentropy")
        assert add_up(t)["L"] == 0 == t.loss

    def test_infinite_numbers_are_shown(self) -> None:
        net = Sequential([Dense(1, input_dim=1, kernel_initializer=lambda shape, rng: np.full(shape, 1e300))])
        with np.errstate(over="ignore"):
            t = trace(net, [[1e300]], [[0.0]], loss="half_squared_error")
        for format in ("text", "html", "markdown", "latex"):
            text = t.worksheet(format=format)
            assert ("\\infty" if format in ("markdown", "latex") else "inf") in text

    def test_a_softmax_over_the_rows_of_an_image(self) -> None:
        net = Sequential([Activation("softmax", input_shape=(2, 3)), Flatten()])
        x = np.random.default_rng(0).normal(size=(2, 2, 3))
        t = trace(net, x, np.eye(6)[[1, 4]], loss="half_squared_error")
        results = add_up(t, example=1)
        assert [results[f"a_{j}^1"] for j in range(1, 7)] == t[1].a[1].ravel().tolist()
        assert [results[f"δ_{j}^1"] for j in range(1, 7)] == t[1].delta[1].ravel().tolist()
        assert results["m_2^1"] == x[1, 1].max()

    def test_other_slopes_and_scales(self) -> None:
        for own, s in ((lambda z: tn.functions.leaky_relu(z, 0.2), 0.2), (lambda z: tn.functions.elu(z, 1.5), 1.5)):
            t = last_layer(own, [-2.0, 3.0], [0.0, 1.0], "half_squared_error")
            assert add_up(t)["δ_1^1"] == t[1].delta[0, 0]
            assert f"= {s}·(" in t.worksheet()


# ## Large networks


def large(n_0: int = 100, n_1: int = 100, N: int = 3) -> Trace:
    net = Sequential([Dense(n_1, "relu", input_dim=n_0), Dense(12, "softmax")], seed=0)
    x = np.random.default_rng(0).random((N, n_0))
    return trace(net, x, np.eye(12)[np.arange(N) % 12], loss="categorical_crossentropy")


class TestLargeNetworks:
    @pytest.mark.parametrize("format", ["text", "markdown", "latex", "html"])
    def test_10_000_weights_are_written_in_a_second_and_bounded(self, format: str) -> None:
        t = large(N=32)
        start = perf_counter()
        text = t.worksheet(format=format)
        assert perf_counter() - start < 1
        assert len(text) < 100_000

    def test_ten_times_the_network_is_not_longer(self) -> None:
        assert len(large(200, 200).worksheet()) < 1.1 * len(large(20, 20).worksheet())

    def test_it_says_what_it_left_out_and_how_to_ask(self) -> None:
        text = large().worksheet()
        assert "(shown: 1, 2, 3 of 100 neurons; others with neurons=[...], all of them with full=True)" in text
        assert "(the weights from 3 of 100 inputs; all of them with full=True)" in text
        assert "full=True" not in mazur().worksheet()

    def test_long_sums_are_cut_and_still_add_up(self) -> None:
        t = large(N=40)
        results = add_up(t, example=2)
        lines = {line.left: line for line in all_lines(t.worksheet(2))}
        names = lines["z_1^1"].names
        assert names == "w_11^1 x_1 + w_21^1 x_2 + w_31^1 x_3 + … + w_100,1^1 x_100 + b_1^1"
        assert lines["z_1^1"].numbers.count("·") == 4 and "(… 96 more: " in lines["z_1^1"].numbers
        assert "(… 36 more: " in lines["L"].numbers and "(… 36 more: " in lines["∂L/∂w_11^1"].numbers
        assert "(… 8 more: " in lines["δ_1^1"].numbers and "(… 8 more: " in lines["S^2"].numbers
        assert "Long sums are cut in the middle" in t.worksheet()
        assert results["z_1^1"] == t[1].z[2, 0] and results["∂L/∂w_11^1"] == t[1].dW[0, 0]

    @pytest.mark.parametrize("f", ROW_WISE)
    def test_so_does_the_jacobian_of_a_wide_softmax(self, f: str) -> None:
        net = Sequential([Dense(12, f, input_dim=3), Dense(10, f)], seed=0)
        x = np.random.default_rng(0).normal(size=(2, 3))
        t = trace(net, x, np.eye(10)[[3, 5]], loss="mean_squared_error")
        results = add_up(t, example=1)
        assert [results[f"δ_{j}^2"] for j in (1, 2, 3)] == t[2].delta[1, :3].tolist()
        line = next(line for line in all_lines(t.worksheet(1)) if line.left == "δ_1^1")
        assert line.names is not None and "… + (−" in line.names

    def test_in_full(self) -> None:
        t = large(20, 10)
        lines = {line.left: line for line in all_lines(t.worksheet(full=True, digits=17))}
        assert lines["z_10^1"].numbers.count("·") == 20 and "…" not in t.worksheet(full=True)
        assert close(compute(lines["z_10^1"].numbers), t[1].z[0, 9])
        assert {f"∂L/∂w_{i},10^1" for i in range(1, 21)} <= lines.keys()
        with_comma = compute_names(lines["z_10^1"].names, symbols(t, 0))
        assert close(with_comma, t[1].z[0, 9])

    def test_chosen_layers_and_neurons(self) -> None:
        text = large().worksheet(layers=[2], neurons=[7, 11])
        assert set(re.findall(r"layer (\d)", text)) == {"2"}
        lefts = {line.left for line in all_lines(text)}
        assert {"z_7^2", "z_11^2", "a_7^2", "δ_11^2", "w_1,11^2", "w_17^2", "b_7^2"} <= lefts
        assert not {"z_1^2", "δ_1^2", "b_1^2"} & lefts
        assert "(shown: 7, 11 of 12 neurons)" in text
        assert large().worksheet(layers=1, neurons=2) == large().worksheet(layers=(1,), neurons=(2,))

    def test_a_neuron_that_one_layer_has_and_another_has_not(self) -> None:
        text = large().worksheet(neurons=[50])
        assert "z_50^1 = " in text and "(shown: none of 12 neurons)" in text


# ## What has no formula, or no gradient


class TestOfOnesOwn:
    def test_activation(self) -> None:
        net = Sequential([Dense(2, lambda z: tn.tanh(3 * z), input_dim=2), Dense(1)], seed=0)
        t = trace(net, [[1.0, 2.0]], [[1.0]], loss="half_squared_error")
        text = t.worksheet(digits=17)
        assert "an activation of your own has no formula here, only its numbers" in text
        assert f"\na_1^1 = {float(t[1].a[0, 0])!r}\n".replace("-", "−") in text
        assert f"\nδ_1^1 = {float(t[1].delta[0, 0])!r}\n".replace("-", "−") in text

    def test_loss(self) -> None:
        net = Sequential([Dense(1, input_dim=1, kernel_initializer=ones)])
        t = trace(net, [[2.0]], [[0.5]], loss=lambda a, y: ((a - y) ** 4).sum())
        text = t.worksheet()
        assert "a loss of your own has no formula here, only its number" in text
        assert f"\nL = {1.5**4}\n" in text and f"\nδ_1^1 = {4 * 1.5**3}\n" in text
        assert "∂L/∂w_11^1 = x_1 δ_1^1\n           = 2·13.5\n           = 27\n" in text

    def test_optimizer(self) -> None:
        class Halve(tn.optimizers.Optimizer):
            def update(self, w: np.ndarray, dw: np.ndarray, alpha: float, memory: dict) -> None:
                w /= 2

        text = mazur().worksheet(optimizer=Halve(0.1))
        assert "an optimizer of your own has no formula here" in text and "\nw_11^2 ← 0.2\n" in text

    def test_layer(self) -> None:
        class Twice(tn.layers.Layer):
            def forward(self, a: tn.Tensor, training: bool) -> tn.Tensor:
                return a * 2

        net = Sequential([Dense(1, "tanh", input_dim=1), Twice(), Dense(1)], seed=0)
        t = trace(net, [[2.0]], [[0.5]], loss="half_squared_error")
        assert t[2].kind == "own" and t[1].kind == "Dense"
        lines = {line.left: line for line in all_lines(t.worksheet(digits=17))}
        assert number(lines["a_1^2"].result) == t[2].a[0, 0]
        assert lines["z_1^2"].names is None and lines["δ_1^1"].names is None
        assert "a layer of your own has no formula here" in t.worksheet()

    def test_without_bias(self) -> None:
        net = Sequential([Dense(1, use_bias=False, input_dim=1, kernel_initializer=ones)])
        text = trace(net, [[3.0]], [[1.0]], loss="half_squared_error").worksheet()
        assert "z_1^1 = w_11^1 x_1\n      = 1·3\n      = 3\n" in text and "b_1" not in text

    def test_weights_that_are_not_trained(self) -> None:
        net = Sequential([Dense(1, "tanh", input_dim=1), Dense(1)], seed=0)
        net.layers[0].W.requires_grad = net.layers[0].b.requires_grad = False
        t = trace(net, [[2.0]], [[0.5]], loss="half_squared_error")
        text = t.worksheet()
        assert "∂L/∂w_11^1" not in text and "what is not trained has no gradient and is left out" in text
        assert (
            number(next(line for line in all_lines(t.worksheet(digits=17)) if line.left == "δ_1^1").result)
            == t[1].delta
        )

    def test_dropout_that_silences_all(self) -> None:
        net = Sequential([Dropout(0.999, input_shape=(2,)), Dense(1)], seed=0)
        t = trace(net, [[2.0, 3.0]], [[0.5]], loss="half_squared_error", training=True)
        assert add_up(t)["a_1^1"] == 0
        assert "a_1^1 = m_1^1 z_1^1/(1 − p)\n      = 0·2/(1 − 0.999)\n      = 0\n" in t.worksheet()


# ## The formats


class Tables(HTMLParser):
    """The tables of a page: caption, header cells with their scope, rows of cells; and the elements left open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[dict] = []
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.open.append(tag)
        self.seen.add(tag)
        if tag == "table":
            self.tables.append({"caption": "", "scopes": [], "rows": []})
        if tag == "tr":
            self.tables[-1]["rows"].append([])
        if tag in ("th", "td"):
            self.tables[-1]["rows"][-1].append("")
        if tag == "th":
            self.tables[-1]["scopes"].append(dict(attributes)["scope"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "caption" in self.open:
            self.tables[-1]["caption"] += data
        elif "td" in self.open or "th" in self.open:
            self.tables[-1]["rows"][-1][-1] += data


# What a formula of a worksheet may use; KaTeX knows all of them.
COMMANDS = """
    alpha beta delta epsilon lambda mu pi rho sigma cdot tfrac le ge ldots leftarrow sqrt partial frac hat quad
    operatorname text textbf ln max tanh infty mathrm mathrel times begin end to sim wedge backslash
"""


def check_latex(block: str) -> None:
    """One aligned block: known commands, braces in pairs, no index twice, ASCII but in words."""
    body = re.fullmatch(r"\\begin\{aligned\}\n(.*\\\\)\n\\end\{aligned\}", block.strip(), re.S)[1]
    words = r"\\text(?:bf)?\{(?:[^{}$\\]|\\[{}$%#&_]|\$\\\w+\$)*\}"
    formulas = re.sub(words, "", body)
    assert body.isascii(), body
    assert set(re.findall(r"\\([a-z]+)", body)) <= set(COMMANDS.split())
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", body):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    flat = formulas
    while re.search(r"\{[^{}]*\}", flat):
        flat = re.sub(r"\{[^{}]*\}", "·", flat)
        assert not re.search(r"\^[·\w]'?\^|_[·\w]_", flat), flat
    assert all(row.count("&") == 1 for row in re.sub(words, "", body).split("\\\\\n"))


def odd() -> Trace:
    """Everything at once, under names that mean something to LaTeX, Markdown and HTML."""
    layers = [
        Flatten(input_shape=(2, 2)),
        Dense(12, "gelu", name="<b>&_\\{}%$#~^|*`"),
        Dropout(0.5),
        Dense(2, "log_softmax"),
        Dense(2, "elu"),
        Dense(3, "softplus"),
        Dense(2, "leaky_relu"),
        Dense(2, "softmax"),
    ]
    net = Sequential(layers, seed=0)
    x = np.random.default_rng(0).normal(size=(10, 2, 2)) * 1e-6
    return trace(net, x, np.eye(2)[np.arange(10) % 2], loss="mean_squared_error", training=True)


class TestFormats:
    @pytest.mark.parametrize("make", OPTIMIZERS_DRAWN, ids=lambda make: type(make()).__name__)
    def test_latex(self, make: Any) -> None:
        for t in (mazur(), odd()):
            text = t.worksheet(format="latex", optimizer=make())
            blocks = re.findall(r"\\\[(.*?)\\\]", text, re.S)
            assert len(blocks) == text.count(r"\[") == text.count("aligned") / 2 > 5
            assert re.sub(r"\\\[(.*?)\\\]", "", text, flags=re.S).strip() == ""
            for block in blocks:
                check_latex(block)

    def test_a_line_in_latex(self) -> None:
        text = mazur().worksheet(format="latex")
        assert (
            r"\delta _{1}^{1} &= (w_{11}^{2} \delta _{1}^{2} + w_{12}^{2} \delta _{2}^{2}) \cdot \sigma '(z_{1}^{1})"
            in text
        )
        assert r"\frac{\partial L}{\partial w_{11}^{2}} &= a_{1}^{1} \delta _{1}^{2}" in text
        assert r"e^{-z_{1}^{1}}" in text

    def test_a_long_sum_goes_on_in_the_next_row(self) -> None:
        text = large(8, 2).worksheet(format="latex", digits=17)
        rows = text[text.index("z_{1}^{1} &=") : text.index("z_{2}^{1} &=")].splitlines()
        assert len(rows) > 4
        assert sum(row.startswith(r"&\quad  + ") for row in rows) == len(rows) - 3
        one = large(8, 2).worksheet(digits=17).split("z_1^1 = ")[1].split("\n")[0]
        assert "".join(rows).count(" + ") == 2 * one.count(" + ")

    def test_markdown(self) -> None:
        for t in (mazur(), odd()):
            text = t.worksheet(format="markdown")
            assert text.startswith("# One training step") and text.count("\n## ") == text.count("## ")
            blocks = re.findall(r"^\$\$\n(.*?)\n\$\$$", text, re.S | re.M)
            assert len(blocks) == len(all_lines(t.worksheet())) == text.count("\n$$\n") / 2
            for block in blocks:
                check_latex(block)
        assert r"\<b\>&\_\\\{\}%\$\#\~^\|\*\`" in text

    def test_html_has_an_accessible_table_for_each_layer(self) -> None:
        for t in (mazur(), odd()):
            page = Tables(t.worksheet(format="html"))
            assert page.open == [] and "script" not in page.seen
            L = len(t) - 1
            captions = [table["caption"].split(":")[0] for table in page.tables]
            assert captions == [
                *(f"Layer {l}" for l in range(1, L + 1)),
                "mean_squared_error" if L > 2 else "half_squared_error",
            ]
            for table in page.tables:
                assert table["scopes"][:4] == ["col"] * 4
                assert set(table["scopes"][4:]) == {"row", "rowgroup"}
                assert table["rows"][0] == ["what", "formula", "numbers", "result"]
                assert {len(row) for row in table["rows"]} == {1, 4}
        assert any("<b>&_\\{}%$#~^|*`" in table["caption"] for table in page.tables)

    def test_the_results_of_html_are_those_of_the_text_and_their_points_are_aligned(self) -> None:
        page = Tables(mazur().worksheet(format="html"))
        results = [row[3] for table in page.tables for row in table["rows"][1:] if len(row) == 4]
        assert sorted(r.strip() for r in results) == sorted(line.result for line in all_lines(mazur().worksheet()))
        for table in page.tables:
            behind = {len(row[3]) - row[3].index(".") for row in table["rows"][1:] if len(row) == 4}
            assert len(behind) == 1

    def test_nothing_in_any_format_can_be_a_tag(self) -> None:
        assert "<b>" not in odd().worksheet(format="html")


class TestRefused:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"format": "pdf"}, "unknown format 'pdf'. Known: text, markdown, latex, html"),
            ({"format": "txt"}, "unknown format 'txt'. Did you mean 'text'?"),
            ({"example": 1}, "there is no example 1; the trace has 1, numbered 0 … 0"),
            ({"example": -1}, "example is a whole number >= 0, not -1"),
            ({"example": 0.5}, "example is a whole number >= 0, not 0.5"),
            ({"digits": 0}, "digits is a whole number >= 1, not 0"),
            ({"layers": [0]}, "there is no layer 0; they are numbered 1 … 2"),
            ({"layers": 3}, "there is no layer 3"),
            ({"neurons": [1, 3]}, "there is no neuron 3; they are numbered 1 … 2, as in the formulas"),
            ({"optimizer": "adams"}, "unknown optimizer 'adams'. Did you mean 'adam'?"),
            ({"optimizer": 0.1}, "unknown optimizer 0.1. Known: sgd"),
            ({"optimizer": "adam", "learning_rate": 0.1}, "give either learning_rate or optimizer"),
            ({"learning_rate": -1}, "learning_rate is a number >= 0, not -1"),
        ],
    )
    def test_what_does_not_exist(self, arguments: dict, message: str) -> None:
        with pytest.raises(ValueError, match=re.escape(message)):
            mazur().worksheet(**arguments)
