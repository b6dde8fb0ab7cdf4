r"""
# Places: every number of a network, by name

A derivative asks what the loss does when one number changes. The numbers of a network that can be changed have
names: `dense_1.W[0, 1]` is a weight, `dense_1.b[1]` a bias, `x[0, 2]` input 2 of example 0, and `dense_1.z[0, 1]` the
weighted sum of neuron 1 for example 0. The arrays they stand in are *places*.

A `Subject` is a network made ready for that. A weight or an input is changed where it stands. A $z$ is computed
afresh in every run, so another is put in its place, on its way into the activation: what came before it has no
say any more, and only the tail of the network answers. The slope of that answer is $\delta$.

Some functions have a *kink*, where the slope on the left is not the slope on the right. `sides` tells on
which side of its kink each number is, so that one sees whether a change has crossed one.

Read next: [gradcheck](gradcheck.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from re import fullmatch

import numpy as np
from numpy.typing import ArrayLike

from .checks import find
from .layers import Activation, Dense
from .losses import Loss, chosen_loss
from .model import Sequential
from .tensor import Tensor

Index = tuple[int, ...]


@dataclass(frozen=True)
class Place:
    """An array of the network, its name, and the gradient that backward() left for it."""

    name: str
    tensor: Tensor
    gradient: np.ndarray
    is_z: bool = False


class Subject:
    """A float64 copy of a network with data and a loss, run once forward and back, and ready to be nudged.

    Attributes: `inputs`, the Tensor x; `outcome`, the loss, and `prediction`; `places`, every Place.
    """

    def __init__(self, net: Sequential, x: ArrayLike, y: ArrayLike, loss: str | Loss | None, caller: str) -> None:
        self._loss = chosen_loss(loss, net.loss, caller)
        x, self._y = net.check_data(x, y)
        net(x)  # now every layer is built
        self._twin = net.astype("float64")
        self.inputs = Tensor(np.array(x, np.float64), name="x")
        self.z: dict[str, Tensor] = {}
        self._instead: dict[str, Tensor] = {}
        for layer in self._twin.layers:
            if isinstance(layer, Dense | Activation):
                layer.f = self._watched(f"{layer.name}.z", layer.f)
        self.outcome = self.run()
        self.outcome.backward()
        leaves = [*(p for p in self._twin.parameters() if p.requires_grad), self.inputs]
        self.places = [self._place(t.name, t, False) for t in leaves]
        self.places += [self._place(name, z, True) for name, z in self.z.items()]

    @staticmethod
    def _place(name: str, t: Tensor, is_z: bool) -> Place:
        # no gradient: the loss does not depend on it
        return Place(name, t, np.zeros_like(t._array) if t.grad is None else t.grad, is_z)

    def _watched(self, name: str, f: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        """f, the activation of a layer; its z is noted under `name`, or another put in its place."""

        def watched(z: Tensor) -> Tensor:
            self.z[name] = self._instead.get(name, z)
            return f(self.z[name])

        return watched

    def run(self, instead: dict[str, Tensor] | None = None) -> Tensor:
        """The loss, with z as they come or, by name, others in their place."""
        self._instead = instead or {}
        self.prediction = self._twin(self.inputs)
        return self._loss(self.prediction, self._y)

    def name_of(self, t: Tensor, function: str) -> str:
        """The name of a tensor of the latest run, which `function` was given."""
        names = {z: name for name, z in self.z.items()} | {self.prediction: f"{self._twin.layers[-1].name}.a"}
        return names.get(t) or t.name or f"input of {function}"

    def choose(self, entries: Sequence[str] | None, delta: bool) -> list[tuple[Place, Index]]:
        """The entries to check, by name or, with None, all parameters and inputs, with `delta` the z too."""
        if entries is None:
            return [(p, index) for p in self.places if delta or not p.is_z for index in np.ndindex(p.tensor.shape)]
        if isinstance(entries, str):
            raise ValueError(f"entries is a list, [{entries!r}] for example")
        chosen: dict[tuple[str, Index], Place] = {}
        if delta:
            chosen = {(p.name, index): p for p in self.places if p.is_z for index in np.ndindex(p.tensor.shape)}
        known = {p.name: p for p in self.places if p.name}
        for entry in entries:
            name, _, rest = str(entry).partition("[")
            place = find("entry", name.strip(), known)
            chosen |= {(place.name, index): place for index in _indices(entry, rest, place)}
        if not chosen:
            raise ValueError(f"entries is empty; name one at least, of {', '.join(known)}")
        return [(place, index) for (_, index), place in chosen.items()]


def _indices(entry: str, rest: str, place: Place) -> list[Index]:
    """What the part of a name after its "[" stands for: all entries where there is none."""
    shape = place.tensor.shape
    if "[" not in entry:
        return list(np.ndindex(shape))
    digits = fullmatch(r"\s*\d+\s*(,\s*\d+\s*)*,?\s*\]\s*", rest)
    index = tuple(int(i) for i in rest.strip().rstrip("] ,").split(",")) if digits else ()
    if len(index) != len(shape) or any(i >= n for i, n in zip(index, shape)):
        last = ", ".join(str(n - 1) for n in shape)
        raise ValueError(
            f"there is no entry {entry!r}: {place.name} has shape {shape}, "
            f"its entries go from {place.name}[{', '.join('0' for _ in shape)}] to {place.name}[{last}]"
        )
    return [index]


def entry_name(name: str, index: Index) -> str:
    return f"{name}[{', '.join(map(str, index))}]"


# ## Kinks


@dataclass(frozen=True)
class Kink:
    """A kink that a nudge crosses: which number of the network is there, `name`; its `value`; the `function` that
    has the kink; and on which `side` of it the number is, "left", "right" or "on it".

    The kink of relu, leaky_relu, elu and abs is at 0, that of the hinge where y·a is 1, and that of max where two
    entries are equally large. `backward()` takes the slope of the side. On a kink it takes that of the left;
    0 for abs and the hinge; and among equally large entries each gets its share.
    """

    name: str
    value: float
    function: str
    side: str

    def __str__(self) -> str:
        side = self.side if self.side == "on it" else f"on the {self.side}"
        return f"{self.function} at {self.name} = {self.value:.3g}, {side}"


def sides(outcome: Tensor) -> list[tuple[Tensor, np.ndarray]]:
    """Every kinked function in the graph of a loss, and the side on which each entry of its input is."""
    return [(node, _SIDES[node.op](node)) for node in outcome._topological_order() if node.op in _SIDES]


def _side_of_the_largest(node: Tensor) -> np.ndarray:
    """Right for the largest entry, left for those below it; equally large ones, which share the slope, are on it."""
    share = node._rule(np.ones_like(node._array))[0]  # type: ignore[misc]
    assert share is not None
    return np.sign(share) - ((share > 0) & (share < 1)) - (share == 0)


# For each function with a kink: -1 where an entry is on its left, 0 on it, 1 on its right.
_SIDES: dict[str, Callable[[Tensor], np.ndarray]] = {
    "relu": lambda node: np.sign(node.parents[0].data),
    "leaky_relu": lambda node: np.sign(node.parents[0].data),
    "elu": lambda node: np.sign(node.parents[0].data),
    "abs": lambda node: np.sign(node.parents[0].data),
    "hinge": lambda node: np.sign(node.parents[0].data * node.parents[1].data - 1),
    "max": _side_of_the_largest,
}
