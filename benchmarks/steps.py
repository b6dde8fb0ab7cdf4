r"""
# Training steps

One step is: forward, loss, backward, update. Four networks that people learn with take it, on one batch of data
again and again; every program holds the same weights and the same batch in the same dtype. Before any
time is taken, the first losses of all of them are compared: a forward pass, a gradient or an update that
differed would show.

NumPy's step is what one writes who knows NumPy well: the derivative of the loss in closed form, all arrays made
once and written into by `out=`, all weights in one long array, so that the update is one expression. It keeps
no $z$, and no $\delta$ beyond its turn. The [next page](peers.py) has the other programs.

*Tracing* is the same step taken by `introspect.trace`, which hands over every $z$, $a$ and $\delta$.

Read next: [the other programs](peers.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise

import numpy as np

import tinynet as tn

from . import peers
from .report import Report, figure
from .turns import Effort, Program, Timing, available, take_turns

LEARNING_RATES = {"SGD": 0.01, "Adam": 0.001}


@dataclass(frozen=True)
class Case:
    """A network, its batch, and how it is trained.

    asked: for a number of threads, what the times of PyTorch must and should be, in those of tinynet.
    """

    sizes: tuple[int, ...]
    batch: int
    dtype: str
    optimizer: str
    asked: dict[int, tuple[float, float]]

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))} batch {self.batch} {self.dtype} {self.optimizer}"

    @property
    def binary(self) -> bool:
        """tanh, sigmoid and binary cross-entropy; otherwise relu, softmax and categorical cross-entropy."""
        return self.sizes[-1] == 1

    @cached_property
    def data(self) -> tuple[np.ndarray, np.ndarray]:
        if self.sizes[0] == 2:
            x, y = tn.data.xor()
        else:
            rng = np.random.default_rng(0)
            x, labels = rng.random((self.batch, self.sizes[0])), rng.integers(self.sizes[-1], size=self.batch)
            y = tn.data.one_hot(labels, self.sizes[-1])
        return x.astype(self.dtype), y.astype(self.dtype)

    def network(self) -> tn.Sequential:
        hidden, last = ("tanh", "sigmoid") if self.binary else ("relu", "softmax")
        layers = [tn.Dense(n, activation=hidden, dtype=self.dtype) for n in self.sizes[1:-1]]
        net = tn.Sequential([*layers, tn.Dense(self.sizes[-1], activation=last, dtype=self.dtype)], seed=0)
        net.build(self.sizes[:1])
        return net

    @property
    def weights(self) -> list[np.ndarray]:
        """W¹, b¹, W², b², ..., the same for all programs."""
        return self.network().get_weights()

    @property
    def learning_rate(self) -> float:
        return LEARNING_RATES[self.optimizer]


CASES = [
    Case((2, 4, 1), 4, "float64", "SGD", {1: (8, 12)}),
    Case((2, 4, 1), 4, "float64", "Adam", {1: (8, 12)}),
    Case((64, 64, 10), 32, "float64", "SGD", {1: (4, 6)}),
    Case((784, 128, 10), 64, "float32", "SGD", {1: (1.6, 2), 2: (1.6, 3)}),
    Case((784, 512, 256, 10), 128, "float32", "SGD", {1: (1.1, 1.3), 2: (1.1, 1.5)}),
]


# ## tinynet


def tinynet_step(case: Case) -> Program:
    net, (x, y) = case.network(), case.data
    loss_of = tn.binary_crossentropy if case.binary else tn.categorical_crossentropy
    optimizer = getattr(tn, case.optimizer)(case.learning_rate)

    def step() -> float:
        loss = loss_of(net(x), y)
        loss.backward()
        optimizer.step(net.parameters())
        return loss.item()

    return step


def tracing_step(case: Case) -> Program:
    net, (x, y) = case.network(), case.data
    loss = "binary_crossentropy" if case.binary else "categorical_crossentropy"
    optimizer = getattr(tn, case.optimizer)(case.learning_rate)
    kept = None

    def step() -> float:
        nonlocal kept
        kept = tn.introspect.trace(net, x, y, loss=loss)
        optimizer.step(net.parameters())
        return kept.loss

    return step


# ## NumPy


def softmax_crossentropy(z: np.ndarray, y: np.ndarray) -> float:
    """The loss; z becomes δ."""
    z -= z.max(axis=1, keepdims=True)
    at_target = (z * y).sum()
    np.exp(z, out=z)
    sums = z.sum(axis=1, keepdims=True)
    loss = (np.log(sums).sum() - at_target) / len(z)
    z /= sums
    z -= y
    z /= len(z)
    return float(loss)


def sigmoid_crossentropy(z: np.ndarray, y: np.ndarray) -> float:
    """The loss of one output, -y ln a - (1 - y) ln (1 - a) = ln(1 + exp(z)) - y z; z becomes δ."""
    loss = (np.logaddexp(0, z) - y * z).mean()
    z[:] = (1 / (1 + np.exp(-z)) - y) / len(z)
    return float(loss)


def numpy_sgd(case: Case, w: np.ndarray) -> Callable[[np.ndarray], None]:
    rate = w.dtype.type(case.learning_rate)

    def update(dw: np.ndarray) -> None:
        dw *= rate
        np.subtract(w, dw, out=w)

    return update


def numpy_adam(case: Case, w: np.ndarray) -> Callable[[np.ndarray], None]:
    m, s, t = np.zeros_like(w), np.zeros_like(w), 0

    def update(dw: np.ndarray) -> None:
        nonlocal m, s, t
        t += 1
        m *= 0.9
        m += 0.1 * dw
        s *= 0.999
        s += 0.001 * dw * dw
        root = np.sqrt(1 - 0.999**t)
        np.subtract(w, case.learning_rate * root / (1 - 0.9**t) * m / (np.sqrt(s) + 1e-8 * root), out=w)

    return update


def numpy_step(case: Case) -> Program:
    x, y = case.data
    w = np.concatenate([p.ravel() for p in case.weights])
    dw = np.empty_like(w)
    layers, begin = [], 0
    for n_in, n in pairwise(case.sizes):
        middle, end = begin + n_in * n, begin + n_in * n + n
        # W, b, dW, db of one layer: parts of the two long arrays
        layers.append([part for v in (w, dw) for part in (v[begin:middle].reshape(n_in, n), v[middle:end])])
        begin = end
    a = [x, *(np.empty((len(x), n), w.dtype) for n in case.sizes[1:])]
    deltas = [np.empty_like(array) for array in a]
    loss_of = sigmoid_crossentropy if case.binary else softmax_crossentropy
    update = (numpy_sgd if case.optimizer == "SGD" else numpy_adam)(case, w)

    def step() -> float:
        for l, (W, b, _, _) in enumerate(layers, start=1):
            z = np.dot(a[l - 1], W, out=a[l])
            z += b
            if l == len(layers):
                break
            if case.binary:
                np.tanh(z, out=z)
            else:
                np.maximum(z, 0, out=z)
        loss, delta = loss_of(z, y), z
        for l in range(len(layers), 0, -1):
            W, _, dW, db = layers[l - 1]
            np.dot(a[l - 1].T, delta, out=dW)
            delta.sum(axis=0, out=db)
            if l > 1:
                delta = np.dot(delta, W.T, out=deltas[l - 1])
                delta *= 1 - a[l - 1] ** 2 if case.binary else a[l - 1] > 0
        update(dw)
        return loss

    return step


# ## In turns

QUICK: dict[str, Callable[[Case], Program]] = {
    "tinynet": tinynet_step,
    "tracing": tracing_step,
    "NumPy": numpy_step,
    "PyTorch": peers.pytorch_step,
}
ALL = QUICK | {
    "torch.compile": peers.compiled_step,
    "autograd": peers.autograd_step,
    "micrograd": peers.micrograd_step,
}


def in_turns(case: Case, threads: int, effort: Effort) -> Timing:
    """The times of all programs, once their first losses were compared."""
    makers = {name: partial(make, case) for name, make in (QUICK if effort.quick else ALL).items()}
    programs, absent = available(makers)
    losses = {name: [step() for _ in range(4)] for name, step in programs.items()}
    for name, first in losses.items():
        tolerance = 1e-5 if case.dtype == "float32" else 1e-10
        assert np.allclose(first, losses["tinynet"], rtol=tolerance, atol=0), f"{case}: {name} differs: {losses}"
    timing = take_turns(programs, effort, threads)
    timing.absent = absent
    return timing


def run(report: Report, effort: Effort) -> None:
    rows = []
    names = QUICK if effort.quick else ALL
    for case in CASES:
        for threads, asked in case.asked.items():
            what = f"{case}" + (f", {threads} threads" if threads > 1 else "")
            timing = in_turns(case, threads, effort)
            report.keep(f"step {what}", timing)
            report.compare(f"step {what}", timing, "PyTorch", "tinynet", *asked)
            if threads == 1:
                report.compare(f"step {what}", timing, "NumPy", "tinynet", 0.9, 1.2)
                report.compare(f"step {what}", timing, "tracing", "tinynet", 1.05, at_most=True)
            rows.append([what, *(cell(timing, name) for name in names)])
    text = (
        "Microseconds a step, and the time in those of tinynet. PyTorch is eager, with its defaults; torch.compile is "
        "given the forward pass with the loss."
    )
    report.add("Training steps", text, ["network", *names], rows)


def cell(timing: Timing, name: str) -> str:
    if name in timing.absent:
        return timing.absent[name]
    time = figure(timing.median(name) * 1e6)
    return time if name == "tinynet" else f"{time} ({timing.ratio(name, 'tinynet'):.2f})"
