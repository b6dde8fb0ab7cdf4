r"""
# Three ways, one answer

The same network, computed three times:

1. **as a graph of numbers.** Every weight, every product, every sum is a tensor of its own with one number in it, as
   in Karpathy's micrograd. Nobody writes a derivative: the [chain rule](../tensor.py) walks back through thousands
   of little nodes, each of which knows only the derivative of +, ×, $e^x$ or $\ln x$.
2. **by the formulas**, in NumPy, as they stand in the notation of this book: a line for $z^l$, a line for $a^l$,
   a line for $\delta^l$. No graph, no tensor.
3. **by the kernels**, as tinynet trains. It is what the [trace](trace.py) shows.

`three_ways(net, x, y, loss=...)` puts the three side by side, number by number: every $z$, $a$ and $\delta$, every
$\partial L/\partial w$ and $\partial L/\partial b$, and the loss. They share no line of arithmetic beyond
+ − × ÷, $e^x$ and $\ln x$, and still they agree to the last few bits, because they are the same mathematics. Where two
agree and one does not, that one is wrong, and the report says where its error begins.

All is computed in float64, with dropout off. At a kink (relu at $z = 0$) the last bit of $z$ decides which slope is
taken, so there, and only there, three right answers may differ.

The first way needs a node for each operation, so it is for networks that fit on a page. Its graph can be looked at:
`plot_graph(three_ways(...).graph)`.

Read next: [dead and saturated units](units.py).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import add
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..checks import find, name_of
from ..functions import ACTIVATIONS, exp, log
from ..layers import Activation, Dense, Dropout, Flatten
from ..losses import LOSSES, Loss, chosen_loss
from ..model import Sequential
from ..tensor import Tensor
from .trace import trace

# More nodes than this are too many for a graph of single numbers: it would take seconds, and nobody reads it.
NODES = 100_000
# The three ways round differently; what differs by more than this is no rounding.
ROUNDING = 1e-10

# A Tensor of shape (): one number, one node.
Scalar = Any
# What a way computes: arrays by their names, "z^1", "a^1", ..., "loss", ..., "delta^1", "dW^1", "db^1".
Numbers = dict[str, np.ndarray]


class Step(NamedTuple):
    """A layer as the formulas see it: z = a W + b where it has weights, else z = a; then f(z).

    `flat` says that z is a as one row for each example.
    """

    W: np.ndarray | None = None
    b: np.ndarray | None = None
    f: str = "identity"
    flat: bool = False


# ## The first way: a graph of numbers
#
# A layer's numbers stand in an array whose entries are tensors, each of shape (). Loops go through it, entry by
# entry, and Python's + and × do the rest.


def by_scalars(steps: list[Step], x: np.ndarray, y: np.ndarray, loss: str) -> tuple[Numbers, Tensor]:
    """All numbers of the network, computed as a graph with one node an operation; and the loss, where it ends."""
    a = scalars("x", x)
    numbers: Numbers = {}
    kept: dict[str, np.ndarray] = {}  # the tensors whose gradient is wanted, by the name of the gradient
    for l, (W, b, f, flat) in enumerate(steps, start=1):
        z = a.reshape(len(a), -1) if flat else a
        if W is not None:
            w = kept[f"dW^{l}"] = scalars(f"w^{l}", W)
            if b is not None:
                bias = kept[f"db^{l}"] = scalars(f"b^{l}", b)
            z = np.empty((len(a), W.shape[1]), object)
            for n, j in np.ndindex(z.shape):
                # [weighted sum](#src-dense-z): $z_j = \sum_i a_i w_{ij} + b_j$
                z[n, j] = reduce(add, [a[n, i] * w[i, j] for i in range(len(W))])
                if b is not None:
                    z[n, j] = z[n, j] + bias[j]
        a = np.empty(z.shape, object)
        for row in np.ndindex(z.shape[:-1]):
            # [activation](#src-dense-a): $a_j = f(z_j)$
            for j, a_j in enumerate(GRAPHS[f](list(z[row]))):
                a[*row, j] = a_j
        label("z", l, z)
        label("a", l, a)
        kept |= {f"delta^{l}": z}
        numbers |= {f"z^{l}": each(z, "data"), f"a^{l}": each(a, "data")}
    examples = [loss_graph(loss, steps[-1].f, list(z_n), list(a_n), y_n.tolist()) for z_n, a_n, y_n in zip(z, a, y)]
    # the loss of a batch is the mean over its examples
    outcome = reduce(add, examples) / len(examples) if len(examples) > 1 else examples[0]
    outcome.name = outcome.name or "L"
    outcome.backward()
    # And that is all: $\delta$ is the gradient that the chain rule left at $z$, $\partial L/\partial w$ that at $w$.
    return numbers | {name: each(tensors, "grad") for name, tensors in kept.items()} | {"loss": outcome.data}, outcome


def scalars(name: str, array: np.ndarray) -> np.ndarray:
    """An array of tensors, one for each number of `array`."""
    tensors = np.empty(array.shape, object)
    for index in np.ndindex(array.shape):
        tensors[index] = Tensor(array[index])
    letter, _, l = name.partition("^")
    label(letter, int(l or 0), tensors)
    return tensors


def label(letter: str, l: int, tensors: np.ndarray) -> None:
    """Name the tensors as the formulas do, counted from 1: w_12^1, or z_2^1 (3) in the third example."""
    batch = letter in "xza"
    for index in np.ndindex(tensors.shape):
        t: Scalar = tensors[index]
        if t.name:
            continue  # where f(z) = z, a is z and has a name
        places = [str(i + 1) for i in (index[1:] if batch else index)]
        comma = "," if max(tensors.shape) > 9 or len(places) > 2 else ""
        example = f" ({index[0] + 1})" if batch and len(tensors) > 1 else ""
        t.name = f"{letter}_{comma.join(places)}" + (f"^{l}" if l else "") + example


def each(tensors: np.ndarray, what: str) -> np.ndarray:
    """The numbers in an array of tensors, their "data" or their "grad"; that of what the loss does not use is 0."""
    values = [getattr(t, what) for t in tensors.flat]
    return np.array([0.0 if v is None else v.item() for v in values]).reshape(tensors.shape)


# The activations, number by number. Which branch is taken depends on the number, as everywhere in Python: the graph
# that is left behind holds only the branch that was computed.


def sigmoid(z: Scalar) -> Scalar:
    # [eq:sigmoid-two-forms] $\sigma(z) = \frac{1}{1 + e^{-z}} = \frac{e^z}{1 + e^z}$; the one whose power is below 1
    power = exp(z if z.item() < 0 else -z)
    return (power if z.item() < 0 else 1) / (1 + power)


def tanh(z: Scalar) -> Scalar:
    # [eq:tanh-by-sigmoid] $\tanh z = 2\,\sigma(2z) - 1$
    return 2 * sigmoid(2 * z) - 1


def softplus(z: Scalar) -> Scalar:
    # [softplus](#src-softplus): $\ln(1 + e^z)$, which is $z + \ln(1 + e^{-z})$
    return z + log(1 + exp(-z)) if z.item() > 0 else log(1 + exp(z))


def relu(z: Scalar) -> Scalar:
    """A node of its own kind, with its derivative: so 0 is 0, even times the infinite slope of ln a at a = 0."""
    positive = z.item() > 0
    # [relu](#src-relu): $\max(0, z)$, [whose slope](#src-relu-prime) is 1 for $z > 0$, else 0
    return Tensor.made_by("relu", np.maximum(z.data, 0), (z,), lambda g: (g if positive else np.zeros(()),))


def gelu(z: Scalar) -> Scalar:
    """z times Φ(z), which no +, ×, exp or log makes: a node of its own kind, with its derivative."""
    Phi = math.erfc(-z.item() / math.sqrt(2)) / 2
    # [eq:Phi-prime] $\Phi'(z) = \varphi(z) = e^{-z^2/2} / \sqrt{2\pi}$
    phi = math.exp(-(z.item() ** 2) / 2) / math.sqrt(2 * math.pi)
    # [gelu](#src-gelu): $z\,\Phi(z)$
    return z * Tensor.made_by("Phi", np.array(Phi), (z,), lambda g: (g * phi,))


def log_softmax(z: list[Scalar]) -> list[Scalar]:
    m = max(z_j.item() for z_j in z)
    log_sum = log(reduce(add, [exp(z_j - m) for z_j in z]))
    # [log-softmax](#src-log-softmax): $\ln a_j = (z_j - m) - \ln\sum_k e^{z_k - m}$, with the largest z as m
    return [(z_j - m) - log_sum for z_j in z]


def softmax(z: list[Scalar]) -> list[Scalar]:
    m = max(z_j.item() for z_j in z)
    powers = [exp(z_j - m) for z_j in z]
    total = reduce(add, powers)
    # [softmax](#src-softmax): $a_j = e^{z_j - m} / \sum_k e^{z_k - m}$
    return [power / total for power in powers]


def one_by_one(f: Callable[[Scalar], Scalar]) -> Callable[[list[Scalar]], list[Scalar]]:
    return lambda z: [f(z_j) for z_j in z]


# A row of z, one example, goes in; the row of a comes out.
GRAPHS: dict[str, Callable[[list[Scalar]], list[Scalar]]] = {
    "identity": one_by_one(lambda z: z),
    "sigmoid": one_by_one(sigmoid),
    "tanh": one_by_one(tanh),
    "relu": one_by_one(relu),
    "leaky_relu": one_by_one(lambda z: z if z.item() > 0 else 0.01 * z),
    "elu": one_by_one(lambda z: z if z.item() > 0 else exp(z) - 1),
    "gelu": one_by_one(gelu),
    "softplus": one_by_one(softplus),
    "softmax": softmax,
    "log_softmax": log_softmax,
}


def loss_graph(loss: str, f: str, z: list[Scalar], a: list[Scalar], y: list[float]) -> Scalar:
    """The loss of one example, from its outputs a = f(z). The cross-entropies of f's own z need no ln a."""
    if loss == "half_squared_error":
        return reduce(add, [(y_j - a_j) ** 2 for a_j, y_j in zip(a, y)]) / 2
    if loss == "mean_squared_error":
        return reduce(add, [(y_j - a_j) ** 2 for a_j, y_j in zip(a, y)]) / len(a)
    if loss == "hinge":
        slacks = [1 - y_j * a_j for a_j, y_j in zip(a, y)]
        return reduce(add, map(relu, slacks)) / len(a)
    if loss == "categorical_crossentropy":
        logs = log_softmax(z) if f == "softmax" else [times_log(y_j, a_j) for a_j, y_j in zip(a, y)]
        return -reduce(add, [y_j * log_a for log_a, y_j in zip(logs, y)] if f == "softmax" else logs)
    if f == "sigmoid":
        # since $\ln\sigma(z) = -\ln(1 + e^{-z})$ and $\ln(1 - \sigma(z)) = -\ln(1 + e^z)$
        terms = [y_j * softplus(-z_j) + (1 - y_j) * softplus(z_j) for z_j, y_j in zip(z, y)]
    else:
        terms = [-(times_log(y_j, a_j) + times_log(1 - y_j, 1 - a_j)) for a_j, y_j in zip(a, y)]
    return reduce(add, terms) / len(a)


def times_log(y: float, a: Scalar) -> Scalar:
    """y ln a, which is 0 for y = 0 even where a is 0."""
    return y * log(a) if y else 0 * a


# ## The second way: the formulas, in NumPy


def by_formulas(steps: list[Step], x: np.ndarray, y: np.ndarray, loss: str) -> Numbers:
    """All numbers of the network by the formulas of the book, forward and back."""
    N, L = len(x), len(steps)
    a = [x]
    z = [x]  # there is no z⁰; a[l] and z[l] then belong to layer l
    numbers: Numbers = {}

    for l in range(1, L + 1):
        W, b, f, flat = steps[l - 1]
        if W is None:
            z.append(a[l - 1].reshape(N, -1) if flat else a[l - 1])
        else:
            # [weighted sums](#src-dense-z): $z^l = a^{l-1} W^l + b^l$
            z.append(a[l - 1] @ W + (0 if b is None else b))
        # [activations](#src-dense-a): $a^l = f(z^l)$
        a.append(FORMULAS[f].forward(z[l]))
        numbers |= {f"z^{l}": z[l], f"a^{l}": a[l]}

    f = steps[-1].f
    if (loss, f) in FROM_Z:
        loss_of, delta_of = FROM_Z[loss, f]
        numbers["loss"] = loss_of(z[L], y)
        # [softmax](#src-softmax-crossentropy-delta) and [sigmoid](#src-sigmoid-crossentropy-delta):
        # $\delta^L = (a^L - y)/N$ for softmax, $(a^L - y)/(n_L N)$ for sigmoids
        delta = delta_of(a[L], y)
    else:
        loss_of, da_of = LOSS_FORMULAS[loss]
        numbers["loss"] = loss_of(a[L], y)
        # [the output](#src-activation-backward): $\delta^L = \partial L/\partial a^L \odot f'(z^L)$
        delta = FORMULAS[f].backward(z[L], a[L], da_of(a[L], y))

    for l in range(L, 0, -1):
        W, b, *_ = steps[l - 1]
        numbers[f"delta^{l}"] = delta
        da = delta.reshape(a[l - 1].shape) if W is None else delta @ W.T
        if W is not None:
            # [weights](#src-dense-dW): $\partial L/\partial W^l = (a^{l-1})^T \delta^l$
            numbers[f"dW^{l}"] = a[l - 1].T @ delta
        if b is not None:
            # [biases](#src-dense-db): $\partial L/\partial b^l = \sum_n \delta_n^l$
            numbers[f"db^{l}"] = delta.sum(axis=0)
        if l > 1:
            # [eq:hidden-delta] $\delta^{l-1} = (\delta^l (W^l)^T) \odot f'(z^{l-1})$
            delta = FORMULAS[steps[l - 2].f].backward(z[l - 1], a[l - 1], da)
    return numbers


class Formula(NamedTuple):
    """a = forward(z), and delta = backward(z, a, da), where da = ∂L/∂a."""

    forward: Callable[[np.ndarray], np.ndarray]
    backward: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def Phi(z: np.ndarray) -> np.ndarray:
    return np.vectorize(math.erfc, otypes=[float])(-z / np.sqrt(2)) / 2


def phi(z: np.ndarray) -> np.ndarray:
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def log_of_softmax(z: np.ndarray) -> np.ndarray:
    return z - np.logaddexp.reduce(z, axis=-1, keepdims=True)


# Each as on its own page: [activations](../kernels/activations.py), [softmax](../kernels/softmax.py). $f'$ stands
# in its factor of $\delta = \partial L/\partial a \odot f'(z)$.
FORMULAS: dict[str, Formula] = {
    "identity": Formula(lambda z: z, lambda z, a, da: da),
    "sigmoid": Formula(lambda z: 1 / (1 + np.exp(-z)), lambda z, a, da: da * (a * (1 - a))),
    "tanh": Formula(np.tanh, lambda z, a, da: da * (1 - a**2)),
    "relu": Formula(lambda z: np.maximum(0, z), lambda z, a, da: np.where(z > 0, da, 0)),
    "leaky_relu": Formula(lambda z: np.where(z > 0, z, 0.01 * z), lambda z, a, da: da * np.where(z > 0, 1, 0.01)),
    "elu": Formula(lambda z: np.where(z > 0, z, np.exp(z) - 1), lambda z, a, da: da * np.where(z > 0, 1, np.exp(z))),
    "gelu": Formula(lambda z: z * Phi(z), lambda z, a, da: da * (Phi(z) + z * phi(z))),
    "softplus": Formula(lambda z: np.logaddexp(0, z), lambda z, a, da: da / (1 + np.exp(-z))),
    # every a depends on every z of its row, so f' is a matrix, and δ is its product with ∂L/∂a
    "softmax": Formula(
        lambda z: np.exp(log_of_softmax(z)),
        lambda z, a, da: a * (da - (a * da).sum(axis=-1, keepdims=True)),
    ),
    "log_softmax": Formula(log_of_softmax, lambda z, a, da: da - np.exp(a) * da.sum(axis=-1, keepdims=True)),
}


def y_log(y: np.ndarray, a: np.ndarray) -> np.ndarray:
    return np.where(y == 0, 0, y * np.log(a))  # 0 ln 0 is 0


def over(y: np.ndarray, a: np.ndarray) -> np.ndarray:
    return np.where(y == 0, 0, y / a)


# L and ∂L/∂a for a, y of shape (N, n_L), as on the page of the [losses](../kernels/losses.py). The mean over the
# examples and the outputs together is the mean over all entries, of which there are `a.size`.
LOSS_FORMULAS: dict[str, tuple[Callable, Callable]] = {
    "half_squared_error": (lambda a, y: ((y - a) ** 2).sum() / 2 / len(a), lambda a, y: (a - y) / len(a)),
    "mean_squared_error": (lambda a, y: ((y - a) ** 2).mean(), lambda a, y: 2 * (a - y) / a.size),
    "hinge": (lambda a, y: np.maximum(0, 1 - y * a).mean(), lambda a, y: np.where(y * a < 1, -y, 0) / a.size),
    "binary_crossentropy": (
        lambda a, y: -(y_log(y, a) + y_log(1 - y, 1 - a)).mean(),
        lambda a, y: (over(1 - y, 1 - a) - over(y, a)) / a.size,
    ),
    "categorical_crossentropy": (lambda a, y: -y_log(y, a).sum() / len(a), lambda a, y: -over(y, a) / len(a)),
}

# L from z and δ from a, for a cross-entropy with the activation that it belongs to.
FROM_Z: dict[tuple[str, str], tuple[Callable, Callable]] = {
    ("binary_crossentropy", "sigmoid"): (
        lambda z, y: (y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)).mean(),
        lambda a, y: (a - y) / a.size,
    ),
    ("categorical_crossentropy", "softmax"): (
        lambda z, y: -(y * log_of_softmax(z)).sum() / len(z),
        lambda a, y: (a * y.sum(axis=1, keepdims=True) - y) / len(a),
    ),
}


# ## The third way: the kernels


def by_kernels(net: Sequential, x: np.ndarray, y: np.ndarray, loss: str) -> Numbers:
    """All numbers of the network as the trace shows them."""
    t = trace(net, x, y, loss=loss)
    numbers: Numbers = {"loss": np.array(t.loss)}
    for layer in t.layers[1:]:
        for name in ("z", "a", "delta", "dW", "db"):
            array = getattr(layer, name)
            if array is not None:
                numbers[f"{name}^{layer.l}"] = array
    return numbers


# ## Side by side


@dataclass(frozen=True)
class Cell:
    """One number, three times. `name` is "delta^2[0, 1]" for `trace[2].delta[0, 1]`."""

    name: str
    scalars: float
    formulas: float
    kernels: float

    @property
    def difference(self) -> float:
        """The largest of the three differences, relative for numbers beyond 1; infinite for one that is no number."""
        return max(apart(p, q) for p, q in combinations((self.scalars, self.formulas, self.kernels), 2))

    @property
    def odd_one(self) -> str:
        """Which of the three is alone, where two agree."""
        ways = {"the graph of scalars": self.scalars, "the formulas": self.formulas, "the kernels": self.kernels}
        agreeing = [pair for pair in combinations(ways, 2) if apart(ways[pair[0]], ways[pair[1]]) <= ROUNDING]
        alone = [way for way in ways if len(agreeing) == 1 and way not in agreeing[0]]
        return f"the two others agree against {alone[0]}" if alone else "no two agree" if not agreeing else ""


def apart(p: float, q: float) -> float:
    """How far two numbers are apart, in units of the larger, or of 1 if that is larger."""
    if p == q or (math.isnan(p) and math.isnan(q)):
        return 0.0
    difference = abs(p - q) / max(1.0, abs(p), abs(q))
    return difference if math.isfinite(difference) else math.inf


@dataclass(frozen=True)
class ThreeWays:
    """What `three_ways` found.

    Attributes: `scalars`, `formulas`, `kernels`, the numbers of each way, arrays by name: "z^1", "a^1", "delta^1",
    "dW^1", "db^1", …, "loss"; `graph`, the loss of the first way, which `plot_graph` draws; `nodes`, how many its
    graph has.
    """

    scalars: Numbers
    formulas: Numbers
    kernels: Numbers
    graph: Tensor
    nodes: int

    def cells(self, name: str) -> list[Cell]:
        """The numbers of one array, `cells("delta^1")` for example. Raises ValueError for an unknown name."""
        p, q, r = (find("array", name, way) for way in (self.scalars, self.formulas, self.kernels))
        places = [(f"{name}{list(index)}" if index else name, index) for index in np.ndindex(r.shape)]
        return [Cell(place, float(p[i]), float(q[i]), float(r[i])) for place, i in places]

    @property
    def worst(self) -> dict[str, Cell]:
        """For each array, in the order in which they are computed, the cell where the ways differ most."""
        # a gradient that the trace does not have, that of a frozen weight, has nothing to be compared with
        names = [name for name in self.formulas if name in self.kernels]
        return {name: max(self.cells(name), key=lambda cell: cell.difference) for name in names}

    @property
    def largest(self) -> Cell:
        """The cell where the ways differ most."""
        return max(self.worst.values(), key=lambda cell: cell.difference)

    @property
    def first(self) -> Cell | None:
        """Where the ways part: the worst cell of the first array that differs by more than rounding, or None."""
        return next((cell for cell in self.worst.values() if cell.difference > ROUNDING), None)

    @property
    def agree(self) -> bool:
        """Whether nothing differs by more than rounding."""
        return self.first is None

    def __str__(self) -> str:
        largest, first = self.largest, self.first
        count = sum(self.kernels[name].size for name in self.worst)
        lines = [
            f"three ways, {'one answer' if first is None else 'NOT one answer'}: {count} numbers compared, "
            f"largest difference {largest.difference:.1e}, at {largest.name}",
            f"{'worst number of each array':<28}{f'{self.nodes:,} scalars':>20}{'formulas':>20}{'kernels':>20}"
            f"{'difference':>12}",
        ]
        for cell in self.worst.values():
            three = "".join(f"{value:>20.12g}" for value in (cell.scalars, cell.formulas, cell.kernels))
            mark = "  <- here they part" if cell == first else ""
            lines.append(f"{cell.name:<28}{three}{cell.difference:>12.1e}{mark}")
        if first is not None:
            lines.append(f"{first.name} is the first that differs; {first.odd_one}. What comes after builds on it.")
        return "\n".join(lines)

    __repr__ = __str__


def three_ways(net: Sequential, x: ArrayLike, y: ArrayLike, *, loss: str | Loss | None = None) -> ThreeWays:
    """Compute every number of a network as a graph of scalars, by the formulas and by the kernels, and compare.

    x: (N, *input_shape). y: (N, n_L). loss: a name or function, by default the compiled one. Works on a float64
    copy, dropout off: the network keeps its weights and gradients. Returns a ThreeWays.

    Raises ValueError for data that do not fit, for activations, losses and layers of one's own, whose formulas
    are not known here, and for a network so large that its graph would have more than NODES nodes.
    """
    name = _name_of("loss", chosen_loss(loss, net.loss, "three_ways"), LOSSES)
    x, y = net.check_data(x, y)
    twin = net.astype("float64")
    x, y = np.array(x, np.float64), np.array(y, np.float64)
    steps = [_step(layer) for layer in twin.layers]
    # a product, a sum and a weight for each w, and about six operations for each f
    nodes = sum(s.W.size * (2 * len(x) + 1) + 6 * s.W.shape[1] * len(x) for s in steps if s.W is not None)
    if nodes > NODES:
        raise ValueError(
            f"as single numbers this network, on {len(x)} examples, would be a graph of about {nodes:,} nodes; "
            f"three_ways goes up to {NODES:,}: take fewer examples, x[:1] and y[:1], or a smaller network"
        )
    kernels = by_kernels(twin, x, y, name)
    with np.errstate(all="ignore"):  # an overflow is a number too, to be compared like the others
        scalars, graph = by_scalars(steps, x, y, name)
        formulas = by_formulas(steps, x, y, name)
    return ThreeWays(scalars, formulas, kernels, graph, _count(graph))


def _step(layer: Any) -> Step:
    """The formulas of a layer. Raises ValueError for those of one's own."""
    if type(layer) is Dense:
        assert layer.W is not None
        b = None if layer.b is None else layer.b.data
        return Step(layer.W.data, b, _name_of(f"{layer.name}'s activation", layer.f, ACTIVATIONS))
    if type(layer) is Activation:
        return Step(f=_name_of(f"{layer.name}'s activation", layer.f, ACTIVATIONS))
    if type(layer) in (Dropout, Flatten):
        return Step(flat=type(layer) is Flatten)
    raise ValueError(f"three_ways knows no formula for {layer.name}, a layer of your own ({type(layer).__name__})")


def _name_of(what: str, function: Callable, known: dict[str, Callable]) -> str:
    name = name_of(function, known)
    if name is None:
        raise ValueError(
            f"three_ways knows no formula for {what}, a function of your own; it knows those of {', '.join(known)}"
        )
    return name


def _count(loss: Tensor) -> int:
    """How many nodes the graph of a loss has, constants included."""
    found, seen = [loss], {loss}
    for node in found:  # which grows as we go
        new = [parent for parent in dict.fromkeys(node.parents) if parent not in seen]
        seen.update(new)
        found += new
    return len(found)
