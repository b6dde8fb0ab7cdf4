r"""
# The other programs

The training step of [the page before](steps.py) by PyTorch, PyTorch compiled, HIPS autograd and micrograd. Each is
written as its own documentation would: the loss computed from the logits where the library can, its own
optimizer where it has one.

micrograd computes with single numbers. It has neither tanh nor logarithm: they are added here in the manner in which
its author adds functions to it. It takes only networks with one output, trained by SGD.

Read next: [epochs](epochs.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .turns import Program, Unavailable

if TYPE_CHECKING:
    from .steps import Case


# ## PyTorch


def pytorch_step(case: Case, compiled: bool = False) -> Program:
    import torch

    x, y = map(torch.from_numpy, case.data)
    modules: list[torch.nn.Module] = []
    for W, b in zip(case.weights[::2], case.weights[1::2]):
        linear = torch.nn.Linear(*W.shape, dtype=x.dtype)
        linear.weight.data, linear.bias.data = torch.from_numpy(W.T.copy()), torch.from_numpy(b)
        modules += [linear, torch.nn.Tanh() if case.binary else torch.nn.ReLU()]
    net = torch.nn.Sequential(*modules[:-1])
    optimizer = getattr(torch.optim, case.optimizer)(net.parameters(), lr=case.learning_rate)
    if case.binary:
        target, crossentropy = y, torch.nn.functional.binary_cross_entropy_with_logits
    else:
        target, crossentropy = y.argmax(dim=1), torch.nn.functional.cross_entropy

    def loss_of(x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return crossentropy(net(x), target)

    if compiled:
        loss_of = torch.compile(loss_of)
        try:
            loss_of(x, target).backward()
        except Exception as error:  # it needs a C++ compiler, and fails in many ways
            raise Unavailable(f"fails: {type(error).__name__}") from error

    def step() -> float:
        optimizer.zero_grad()
        loss = loss_of(x, target)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def compiled_step(case: Case) -> Program:
    return pytorch_step(case, compiled=True)


# ## autograd


def autograd_step(case: Case) -> Program:
    import autograd.numpy as anp
    from autograd import value_and_grad

    x, y = case.data
    weights = case.weights

    def loss_of(weights: list[np.ndarray]) -> Any:
        a, last = x, len(weights) // 2
        for l in range(1, last + 1):
            z = anp.dot(a, weights[2 * l - 2]) + weights[2 * l - 1]
            if l < last:
                a = anp.tanh(z) if case.binary else anp.maximum(z, 0)
        if case.binary:
            return anp.mean(anp.logaddexp(0, z) - y * z)
        z = z - z.max(axis=1, keepdims=True)
        return anp.sum(anp.log(anp.sum(anp.exp(z), axis=1))) / len(x) - anp.sum(z * y) / len(x)

    loss_and_gradients = value_and_grad(loss_of)
    updates = [_numpy_update(case, w) for w in weights]

    def step() -> float:
        loss, gradients = loss_and_gradients(weights)
        for update, dw in zip(updates, gradients):
            update(dw)
        return float(loss)

    return step


def _numpy_update(case: Case, w: np.ndarray) -> Callable[[np.ndarray], None]:
    from .steps import numpy_adam, numpy_sgd

    return (numpy_sgd if case.optimizer == "SGD" else numpy_adam)(case, w)


# ## micrograd


def micrograd_step(case: Case) -> Program:
    if not case.binary or case.optimizer != "SGD":
        raise Unavailable("")
    from micrograd.engine import Value

    def function(v: Value, result: float, slope: float, name: str) -> Value:
        out = Value(result, (v,), name)

        def backward() -> None:
            v.grad += slope * out.grad

        out._backward = backward
        return out

    def tanh(z: Value) -> Value:
        a = math.tanh(z.data)
        return function(z, a, 1 - a * a, "tanh")

    def softplus(z: Value) -> Value:  # ln(1 + exp(z)), whose slope is the sigmoid
        return function(z, max(z.data, 0) + math.log1p(math.exp(-abs(z.data))), 1 / (1 + math.exp(-z.data)), "softplus")

    layers = [
        ([[Value(w) for w in row] for row in W.T.tolist()], [Value(w) for w in b.tolist()])
        for W, b in zip(case.weights[::2], case.weights[1::2])
    ]
    parameters = [w for W, b in layers for w in [*(w for row in W for w in row), *b]]
    examples = list(zip(*(array.tolist() for array in case.data)))

    def logit(a: list) -> Value:
        for l, (W, b) in enumerate(layers, start=1):
            z = [sum((w * a_i for w, a_i in zip(row, a)), b_j) for row, b_j in zip(W, b)]
            a = [tanh(z_j) for z_j in z] if l < len(layers) else z
        return a[0]

    def step() -> float:
        terms = [(logit(x), y) for x, (y,) in examples]
        loss = sum(softplus(z) - y * z for z, y in terms) * (1 / len(terms))
        for w in parameters:
            w.grad = 0
        loss.backward()
        for w in parameters:
            w.data -= case.learning_rate * w.grad
        return loss.data

    return step
