r"""
# Training steps

One step is: forward, loss, backward, update. Four networks that people learn with take it, on one batch of data
again and again; every program holds the same weights and the same batch in the same dtype. Before any
time is taken, the first losses of all of them are compared: a forward pass, a gradient or an update that
differed would show.

NumPy's step is the one that textbooks write: the formulas as they read, the derivative of the loss in closed form.
It checks nothing, and keeps no $z$, and no $\delta$ beyond its turn.

*Kept* is the same step with its graph kept, and so every $z$, $a$ and $\delta$ until the next step. *Traced* is the
step taken by `introspect.trace`, which also checks the data and copies them and the weights as they were.

Read next: [the other programs](peers.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

import tinynet as tn

from . import peers
from .report import Report, figure
from .turns import Effort, Program, Timing, available, take_turns

LEARNING_RATES = {"SGD": 0.01, "Adam": 0.001}


@dataclass(frozen=True)
class Case:
    """A network, its batch, and how it is trained.

    asked: for a number of threads, PyTorch's time divided by tinynet's: what it must be, and should be.
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
        """Sigmoids and the mean squared error; otherwise relu, softmax and categorical cross-entropy."""
        return self.sizes[-1] == 1

    @property
    def loss(self) -> str:
        return "mean_squared_error" if self.binary else "categorical_crossentropy"

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
        hidden, last = ("sigmoid", "sigmoid") if self.binary else ("relu", "softmax")
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


def tinynet_step(case: Case, kept: list[tn.Tensor] | None = None) -> Program:
    """One step; `kept` holds the loss, and with it the graph, until the next."""
    net, (x, y), loss_of = case.network(), case.data, getattr(tn, case.loss)
    optimizer = getattr(tn, case.optimizer)(case.learning_rate)

    def step() -> float:
        loss = loss_of(net(x), y)
        loss.backward()
        optimizer.step(net.parameters())
        if kept is not None:
            kept[:] = [loss]
        return loss.item()

    return step


def keeping_step(case: Case) -> Program:
    return tinynet_step(case, kept=[])


def tracing_step(case: Case) -> Program:
    net, (x, y) = case.network(), case.data
    optimizer = getattr(tn, case.optimizer)(case.learning_rate)

    def step() -> float:
        kept = tn.introspect.trace(net, x, y, loss=case.loss)
        optimizer.step(net.parameters())
        return kept.loss

    return step


# ## NumPy


def numpy_sgd(case: Case, w: np.ndarray) -> Callable[[np.ndarray], None]:
    rate = w.dtype.type(case.learning_rate)

    def update(dw: np.ndarray) -> None:
        np.subtract(w, rate * dw, out=w)

    return update


def numpy_adam(case: Case, w: np.ndarray) -> Callable[[np.ndarray], None]:
    m, s, t = np.zeros_like(w), np.zeros_like(w), 0

    def update(dw: np.ndarray) -> None:
        nonlocal m, s, t
        t += 1
        m = 0.9 * m + 0.1 * dw
        s = 0.999 * s + 0.001 * dw**2
        np.subtract(w, case.learning_rate * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8), out=w)

    return update


def numpy_step(case: Case) -> Program:
    x, y = case.data
    Ws, bs = case.weights[::2], case.weights[1::2]
    make_update = numpy_sgd if case.optimizer == "SGD" else numpy_adam
    updates = [(make_update(case, W), make_update(case, b)) for W, b in zip(Ws, bs)]
    last = len(Ws) - 1

    def step() -> float:
        a = [x]
        for l, (W, b) in enumerate(zip(Ws, bs)):
            z = a[l] @ W + b
            if case.binary:
                a.append(1 / (1 + np.exp(-z)))
            elif l < last:
                a.append(np.maximum(z, 0))
            else:
                e = np.exp(z - z.max(axis=1, keepdims=True))
                a.append(e / e.sum(axis=1, keepdims=True))
        if case.binary:
            error = a[-1] - y
            loss = (error**2).mean()
            delta = 2 / error.size * error * a[-1] * (1 - a[-1])
        else:
            loss = -np.log((a[-1] * y).sum(axis=1)).mean()
            delta = (a[-1] - y) / x.dtype.type(len(x))
        for l in range(last, -1, -1):
            dW, db = a[l].T @ delta, delta.sum(axis=0)
            if l:
                delta = (delta @ Ws[l].T) * (a[l] * (1 - a[l]) if case.binary else a[l] > 0)
            update_W, update_b = updates[l]
            update_W(dW)
            update_b(db)
        return float(loss)

    return step


# ## In turns

QUICK: dict[str, Callable[[Case], Program]] = {
    "tinynet": tinynet_step,
    "kept": keeping_step,
    "traced": tracing_step,
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
                report.compare(f"step {what}", timing, "kept", "tinynet", 1.05, at_most=True)
            rows.append([what, *(cell(timing, name) for name in names)])
    text = (
        "Microseconds a step, and in brackets how many times that of tinynet. PyTorch is eager, with its defaults; "
        "torch.compile is given the forward pass with the loss."
    )
    report.add("Training steps", text, ["network", *names], rows)


def cell(timing: Timing, name: str) -> str:
    if name in timing.absent:
        return timing.absent[name]
    time = figure(timing.median(name) * 1e6)
    return time if name == "tinynet" else f"{time} ({timing.ratio(name, 'tinynet'):.2f})"
