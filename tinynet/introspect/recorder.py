r"""
# The recorder: training, kept to be looked at

A trace shows one moment. A `Recorder` keeps the whole training, so that every moment can be looked at afterwards:
it is a callback of `fit`, and a plain object for a loop of one's own.

    recorder = tn.introspect.Recorder(x, y)          # the examples to look at
    net.fit(x_train, y_train, callbacks=[recorder])

    recorder.record(net, None, optimizer)            # once before the loop: step 0
    for step in range(2000):
        loss = tn.binary_crossentropy(net(x), y)
        loss.backward()
        optimizer.step(net.parameters())
        recorder.record(net, loss, optimizer)        # right after each update

**Only the weights are copied.** All else follows from them: `recorder.trace(k)` puts the weights of a kept step into
a network of its own and computes every $z$, $a$ and $\delta$ of the chosen examples again, by the same kernels and so
to the last bit, with dropout off. So a recorded training is hardly slower than another.

**Step $s$ is the network after $s$ updates**, and step 0 the network before the first. Whatever bears the number $s$
belongs to those weights: `losses[s]` is the loss of the batch that they saw next, and `learning_rates[s]` the $\alpha$
of the update that led away from them, to step $s + 1$. The batch is that of the training, with its dropout; the trace
is of the chosen examples.

**Memory has a bound.** When the kept weights need more than `budget` bytes, steps are dropped so that those which
stay are close together at the start, where training changes most, and farther and farther apart later on: a step
stays where its distance from the one before is a certain share of all steps up to that. The first and the newest
always stay. The recorder says so once, on stderr, and in `thinned`.

Read next: [the film](film.py).
"""

import json
import os
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from ..checks import find, name_of, whole
from ..losses import LOSSES, Loss
from ..model import Callback, Sequential
from ..optimizers import Optimizer
from ..saving import describe, describe_model, read_arrays, rebuild_model, write_arrays
from ..tensor import Tensor
from .trace import Trace, trace

FORMAT = "tinynet recorder 1"
# What values() knows: the symbol of each, as messages write it
SYMBOLS = {
    "z": "z", "a": "a", "f_prime": "f′", "da": "∂L/∂a", "delta": "δ", "W": "W", "b": "b", "dW": "∂L/∂W", "db": "∂L/∂b"
}  # fmt: skip


@dataclass(frozen=True)
class Divergence:
    """Where the first value that is not finite appeared: the step; the layer, from 1, and its name; the quantity.

    Where every layer is finite and only the loss is not, `layer` is 0.
    """

    step: int
    layer: int
    name: str
    quantity: str

    def __str__(self) -> str:
        where = f"{self.quantity} of layer {self.layer}, {self.name}," if self.layer else "the loss"
        return f"{where} at step {self.step}"


class Recorder(Callback):
    """Keeps the weights of a network while it trains.

    x: (N, *input_shape), y: (N, n_L), the examples whose z, a and δ are of interest; they need not be those of the
    training. every: keep every so many updates. budget: bytes for the kept weights, 32 MiB by default.

    Attributes: `x`, `y`, `every`, `budget`; `steps`, the numbers of the kept steps, ascending, and `len(recorder)`
    of them; `losses`, a dict from every step, kept or not, to the loss of its batch; `learning_rates`, a dict from
    each kept step to α or, where no optimizer was handed over, None; `loss_name`, the loss by name, or the function
    if it is one's own, None until known: then it may be set; `optimizer`, the optimizer as a dict, its class under
    "kind", or None; `thinned`, whether steps were dropped. Raises ValueError for every or budget below 1.
    """

    def __init__(self, x: ArrayLike, y: ArrayLike, every: int = 1, budget: int = 32 * 2**20) -> None:
        self.x, self.y = (np.array(v.data if isinstance(v, Tensor) else v) for v in (x, y))
        self.every, self.budget = whole("every", every), whole("budget", budget)
        self.steps: list[int] = []
        self.losses: dict[int, float] = {}
        self.learning_rates: dict[int, float | None] = {}
        self.loss_name: str | Loss | None = None
        self.optimizer: dict[str, Any] | None = None
        self._weights: list[np.ndarray] = []  # of each kept step, all in one row
        self._net: Sequential | None = None
        self._source: Sequential | None = None  # the network that is recorded
        self._counted: tuple[Optimizer | None, int] = (None, 0)  # the optimizer, and its steps when it was seen last
        self._seen = -1  # the latest step
        self._from_first = True  # whether the optimizer's first step is that from step 0: what it remembers began there
        self._spacing = 0.0
        self._diverged: tuple[int, Divergence | None] = (-2, None)

    # ## Recording

    def on_train_begin(self) -> None:
        assert self.model.loss is not None  # fit has seen to it
        loss = name_of(self.model.loss, LOSSES) or self.model.loss
        if self._source is self.model and self.loss_name not in (None, loss):
            raise ValueError(
                f"this recorder's loss is {self.loss_name}, and the model now trains with {loss}; "
                "make a Recorder(x, y) for each training"
            )
        self.record(self.model, None, self.model.optimizer)

    def on_batch_end(self, batch: int, logs: dict[str, float]) -> None:
        self.record(self.model, logs["loss"], self.model.optimizer)

    def record(self, net: Sequential, loss: Tensor | float | None = None, optimizer: Optimizer | None = None) -> None:
        """Keep the weights of `net` as they are now: once before the first update, then right after each.

        loss: that of the batch which made the update, None where unknown. optimizer: the one that made it; without
        it, each call counts as one update. Where no update came since the last call, there is nothing to record.
        Raises ValueError for another network than before, for examples that do not fit it or its loss, and for a
        budget that cannot hold two steps.
        """
        if net is not self._source:
            self._begin(net)
        step = self._count(loss, optimizer)
        if step != self._seen:
            self._note(step, net, loss, optimizer)
        self._find_loss(net, loss)

    def _note(self, step: int, net: Sequential, loss: Tensor | float | None, optimizer: Optimizer | None) -> None:
        if loss is not None:
            self.losses[max(step - 1, 0)] = loss.item() if isinstance(loss, Tensor) else float(loss)
        if optimizer is not None and self.steps and self.steps[-1] == step - 1 and optimizer.steps:
            # α may have been changed since: what counts is that of the update
            self.learning_rates[step - 1] = _rate(optimizer, optimizer.steps - 1)
        is_due = not self.steps or step // self.every > self._seen // self.every
        self._seen = step
        if is_due:
            self._keep(step, net, optimizer)

    def _begin(self, net: Sequential) -> None:
        """Make a network of the recorder's own, at the first record."""
        if self._net is not None:
            was = "was loaded from a file and records no more" if self._source is None else "has another network"
            raise ValueError(f"this recorder {was}; make a Recorder(x, y) for each training")
        try:
            x, y = (np.array(v) for v in net.check_data(self.x, self.y))
            # without the optimizer and all that it remembers
            twin = deepcopy(net, {id(net.optimizer): None})
            twin(x)
        except ValueError as error:
            raise ValueError(f"the recorder's examples do not fit the network: {error}") from error
        size = sum(p._array.nbytes for p in net.parameters())
        if size == 0:
            raise ValueError("this network has no weights, so there is no training to record")
        if 2 * size > self.budget:
            raise ValueError(
                f"a budget of {self.budget:,} bytes cannot hold two steps of this network, {size:,} bytes each; "
                f"give Recorder(budget=...) {2 * size:,} at least"
            )
        self.x, self.y, self._net, self._source = x, y, twin, net

    def _count(self, loss: Tensor | float | None, optimizer: Optimizer | None) -> int:
        """The number of the step: how many updates were seen up to now."""
        before, steps = self._counted
        now = 0 if optimizer is None else optimizer.steps
        if self._seen < 0:
            new = 0 if loss is None or (optimizer is not None and now == 0) else 1
        elif optimizer is None:
            new = 1
        else:
            new = now - steps if optimizer is before else min(now, 1)
        if optimizer is not None:
            if optimizer is not before:
                self.optimizer = _describe(optimizer)
                self._from_first = before is None and now == max(self._seen, 0) + new
            self._counted = (optimizer, now)
        return max(self._seen, 0) + max(new, 0)

    def _keep(self, step: int, net: Sequential, optimizer: Optimizer | None) -> None:
        weights = np.concatenate([p._array.ravel() for p in net.parameters()])
        if self._weights and weights.size != self._weights[0].size:
            raise ValueError(f"the network now has {weights.size} weights, it had {self._weights[0].size} before")
        weights.flags.writeable = False
        if self.thinned and not self._may_stay(*self.steps[-2:]):
            self._drop(-1)  # it stayed for being the newest
        self.steps.append(step)
        self._weights.append(weights)
        self.learning_rates[step] = None if optimizer is None else _rate(optimizer, optimizer.steps)
        if len(self) * weights.nbytes > self.budget:
            self._thin(self.budget // weights.nbytes)

    @property
    def thinned(self) -> bool:
        return self._spacing > 0

    def _may_stay(self, before: int, step: int) -> bool:
        return step - before >= self._spacing * (before - self.steps[0] + 1)

    def _thin(self, most: int) -> None:
        """Drop steps until `most` are left."""
        if not self.thinned:
            tqdm.write(
                f"recorder: {self.budget:,} bytes hold {most} steps of this network; from now on, steps are dropped, "
                "and those that stay lie farther and farther apart. Recorder(every=...) or (budget=...) changes that.",
                file=sys.stderr,
            )
            self._spacing = 0.5 / most
        while len(self) > most:
            self._spacing *= 2
            k = 1
            while k < len(self) - 1:
                if self._may_stay(self.steps[k - 1], self.steps[k]):
                    k += 1
                else:
                    self._drop(k)

    def _drop(self, k: int) -> None:
        del self.learning_rates[self.steps[k]], self.steps[k], self._weights[k]

    def _find_loss(self, net: Sequential, loss: Tensor | float | None) -> None:
        """Learn which loss it is, and try it once on the examples: an error now is better than one afterwards."""
        found = self.loss_name
        if isinstance(loss, Tensor):
            found = loss.op if loss.op in LOSSES else found
        elif found is None and net.loss is not None:
            found = name_of(net.loss, LOSSES) or net.loss
        if found != self.loss_name:
            before, self.loss_name = self.loss_name, found
            try:
                self.trace(-1)
            except ValueError as error:
                self.loss_name = before
                raise ValueError(f"the recorder's examples do not fit the loss: {error}") from error

    # ## What was recorded

    def __len__(self) -> int:
        return len(self.steps)

    def __bool__(self) -> bool:
        return True  # `if recorder:` asks whether there is one, not whether it is empty

    def __repr__(self) -> str:
        steps = f"{len(self)} steps, {self.steps[0]} … {self.steps[-1]}" if self.steps else "nothing yet"
        return f"<Recorder of {steps}{', thinned to fit its budget' if self.thinned else ''}; {len(self.x)} examples>"

    @property
    def net(self) -> Sequential:
        """A network like the recorded one, with the weights of the step that was looked at last."""
        if self._net is None:
            raise ValueError(
                "nothing is recorded yet; hand the recorder to net.fit(..., callbacks=[recorder]), "
                "or call recorder.record(net, loss, optimizer) after each step"
            )
        return self._net

    def weights(self, k: int) -> list[np.ndarray]:
        """The weights of the k-th kept step, W^1, b^1, W^2, ..., read-only; k may be negative.

        Raises IndexError for a k that does not exist, ValueError where nothing is recorded.
        """
        shapes = [p.shape for p in self.net.parameters()]
        if k not in range(-len(self), len(self)):
            raise IndexError(f"there is no kept step {k}; they are numbered 0 … {len(self) - 1}")
        return [part.reshape(shape) for part, shape in zip(_split(self._weights[k], shapes), shapes)]

    def trace(self, k: int) -> Trace:
        """Every z, a and δ of the examples at the k-th kept step, computed again; k may be negative.

        Raises IndexError for a k that does not exist, ValueError where nothing is recorded or the loss is not known.
        """
        self.net.set_weights(self.weights(k))
        if self.loss_name is None:
            raise ValueError(
                "the loss is not known: hand it to record(net, loss, optimizer) as a Tensor, "
                "or set recorder.loss_name = '...'"
            )
        with np.errstate(all="ignore"):  # what overflows here did so in the training
            return trace(self.net, self.x, self.y, loss=self.loss_name)

    def traces(self) -> Iterator[Trace]:
        """The trace of each kept step. Raises as `trace` does."""
        # of nothing, the last step is asked for, which says that nothing is recorded
        return map(self.trace, range(len(self)) or [-1])

    def values(self, name: str, layer: int) -> np.ndarray:
        """One quantity of a layer at every kept step: (len(recorder), N, n_l), or with the shape of W or b.

        name: "z", "a", "f_prime", "da", "delta", "W", "b", "dW" or "db". layer: 1 … L; 0, the input, has only a. Raises
        ValueError for others, for a layer that has no such thing, and where nothing is recorded.
        """
        find("quantity", name, SYMBOLS)
        layers = [None, *self.net.layers]
        found: list[Any]
        if layer not in range(len(layers)):
            raise ValueError(f"there is no layer {layer}; they are numbered 0 (the input) … {len(layers) - 1}")
        if name in ("W", "b"):
            parameter = getattr(layers[layer], name, None)
            places = {p: place for place, p in enumerate(self.net.parameters())}
            found = [None if parameter is None else self.weights(k)[places[parameter]] for k in range(len(self))]
        else:
            found = [getattr(trace[layer], name) for trace in self.traces()]
        if found[0] is None:
            what = layers[layer].name if layer else "the input"  # type: ignore[union-attr]
            raise ValueError(f"layer {layer}, {what}, has no {SYMBOLS[name]}")
        return np.stack(found)

    @property
    def diverged(self) -> Divergence | None:
        """Where, at the first kept step that has one, the first value that is not finite is; None if there is none.

        It is looked for as a step computes: W, b, z and a of layers 1 … L, the loss, then δ and the gradients of
        L … 1. Raises ValueError where nothing is recorded or the loss is not known.
        """
        if self._diverged[0] != self._seen:
            found = (_first_not_finite(trace, step) for trace, step in zip(self.traces(), self.steps))
            self._diverged = (self._seen, next(filter(None, found), None))
        return self._diverged[1]

    # ## Files

    def save(self, path: str | os.PathLike) -> None:
        """Write all to one `.npz`, whole or not at all: each weight as an array (len(recorder), *shape) by its name.

        Raises ValueError where nothing is recorded or where the network or its loss has functions of one's own,
        OSError where the file cannot be written.
        """
        description: dict[str, Any] = {"format": FORMAT, "model": describe_model(self.net)}
        if callable(self.loss_name):
            raise ValueError(
                "the loss is a function of your own, which a file cannot hold; only named ones can be saved"
            )
        description |= {name: getattr(self, name) for name in ("loss_name", "optimizer", "every", "budget")}
        description |= {"seen": self._seen, "spacing": self._spacing, "from_first": self._from_first}
        rates = [self.learning_rates[step] for step in self.steps]
        arrays: dict[str, Any] = {
            "x": self.x,
            "y": self.y,
            "steps": np.array(self.steps),
            "learning_rates": np.array([np.nan if rate is None else rate for rate in rates]),
            "loss_steps": np.array(list(self.losses), int),
            "losses": np.array(list(self.losses.values()), float),
            "recorder.json": np.array(json.dumps(description)),
        }
        shapes = [p.shape for p in self.net.parameters()]
        for p, rows in zip(self.net.parameters(), _split(np.stack(self._weights), shapes)):
            arrays[f"weights/{p.name}"] = rows.reshape(-1, *p.shape)
        write_arrays(arrays, path)

    def to_html(self, path: str | os.PathLike, *, max_bytes: int = 2 * 2**20) -> Path:
        """Write a page to explore the training in a browser: one file, whole or not at all; returns its path.

        max_bytes: about how large it may become; where the kept steps are too many, log-spaced ones go in. Raises as
        [write_page](page.py) does.
        """
        from .page import write_page

        return write_page(self, path, max_bytes=max_bytes)

    @staticmethod
    def load(path: str | os.PathLike) -> "Recorder":
        """What `recorder.save(path)` wrote; it shows the same, and records no more.

        Raises FileNotFoundError, or ValueError where the file is damaged or is no recorder's.
        """
        try:
            return _rebuild(read_arrays(path))
        except FileNotFoundError:
            raise FileNotFoundError(f"there is no recorder file {path}") from None
        except Exception as error:  # whatever zip, NumPy, JSON or the layers say of damaged bytes
            raise ValueError(f"{path} is not a whole recorder file written by recorder.save(): {error}") from error


def _split(rows: np.ndarray, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """Rows of weights, cut where one parameter ends and the next begins."""
    return np.split(rows, np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1], axis=-1)


def _rate(optimizer: Optimizer, step: int) -> float | None:
    """α of that step; None where the schedule has none: one of one's own may end with the training."""
    try:
        return float(optimizer.rate(step))
    except Exception:
        return None


def _describe(optimizer: Optimizer) -> dict[str, Any]:
    """The optimizer as a dict; of one's own classes and functions only the names."""
    try:
        return describe(optimizer)
    except ValueError:
        rate = optimizer.learning_rate
        return {"kind": type(optimizer).__name__, "learning_rate": None if callable(rate) else float(rate)}


def _first_not_finite(trace: Trace, step: int) -> Divergence | None:
    layers = trace.layers[1:]
    forward = [(layer, name) for layer in layers for name in ("W", "b", "z", "a")]
    backward = [(layer, name) for layer in reversed(layers) for name in ("delta", "dW", "db")]
    for order in (forward, backward):
        for layer, name in order:
            values = getattr(layer, name)
            if values is not None and not np.isfinite(values).all():
                return Divergence(step, layer.l, layer.name, SYMBOLS[name])
        if not np.isfinite(trace.loss):
            return Divergence(step, 0, "", "the loss")
    return None


def _rebuild(arrays: dict[str, np.ndarray]) -> Recorder:
    description = json.loads(str(arrays["recorder.json"]))
    if description["format"] != FORMAT:
        raise ValueError(f"its format is {description['format']!r}, this version reads {FORMAT!r}")
    recorder = Recorder(arrays["x"], arrays["y"], description["every"], description["budget"])
    steps, rates = [whole("step", s, 0) for s in arrays["steps"].tolist()], arrays["learning_rates"].tolist()
    weights = {name.removeprefix("weights/"): array for name, array in arrays.items() if name.startswith("weights/")}
    net = rebuild_model(description["model"], {name: array[0] for name, array in weights.items()})
    recorder.x, recorder.y = net.check_data(recorder.x, recorder.y)
    if not all(a < b for a, b in pairwise([-1, *steps])) or {len(v) for v in (rates, *weights.values())} != {
        len(steps)
    }:
        raise ValueError("its steps and weights do not belong together")
    rows = [np.asarray(weights[p.name], p.dtype).reshape(len(steps), -1) for p in net.parameters()]
    recorder._weights = list(np.concatenate(rows, axis=1))
    for row in recorder._weights:
        row.flags.writeable = False
    recorder._net, recorder.steps = net, steps
    recorder.learning_rates = {step: None if np.isnan(rate) else rate for step, rate in zip(steps, rates)}
    recorder.losses = dict(zip(arrays["loss_steps"].tolist(), arrays["losses"].tolist(), strict=True))
    recorder.loss_name, recorder.optimizer = description["loss_name"], description["optimizer"]
    recorder._seen, recorder._spacing = description["seen"], description["spacing"]
    recorder._from_first = description["from_first"]
    if recorder.loss_name is not None:
        recorder.trace(0)  # which says what does not fit
    return recorder
