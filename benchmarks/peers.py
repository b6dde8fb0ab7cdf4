r"""
# The other programs

The [training step](steps.py) by PyTorch, PyTorch compiled, HIPS autograd and micrograd. Each is
written as its own documentation would: the loss computed from the logits where the library can, its own
optimizer where it has one.

micrograd computes with single numbers. It has no sigmoid: it is added here in the manner in which its author adds
functions to it. It takes only networks with one output, trained by SGD.

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
        modules += [linear, torch.nn.Sigmoid() if case.binary else torch.nn.ReLU()]
    net = torch.nn.Sequential(*(modules if case.binary else modules[:-1]))
    optimizer = getattr(torch.optim, case.optimizer)(net.parameters(), lr=case.learning_rate)
    if case.binary:
        target, loss_of_output = y, torch.nn.functional.mse_loss
    else:
        target, loss_of_output = y.argmax(dim=1), torch.nn.functional.cross_entropy

    def loss_of(x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return loss_of_output(net(x), target)

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
        a = x
        for l in range(1, len(weights) // 2 + 1):
            z = anp.dot(a, weights[2 * l - 2]) + weights[2 * l - 1]
            if case.binary:
                a = 1 / (1 + anp.exp(-z))
            elif l < len(weights) // 2:
                a = anp.maximum(z, 0)
        if case.binary:
            return anp.mean((a - y) ** 2)
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

    def sigmoid(z: Value) -> Value:
        a = Value(1 / (1 + math.exp(-z.data)), (z,), "sigmoid")

        def backward() -> None:
            z.grad += a.data * (1 - a.data) * a.grad

        a._backward = backward
        return a

    layers = [
        ([[Value(w) for w in row] for row in W.T.tolist()], [Value(w) for w in b.tolist()])
        for W, b in zip(case.weights[::2], case.weights[1::2])
    ]
    parameters = [w for W, b in layers for w in [*(w for row in W for w in row), *b]]
    examples = list(zip(*(array.tolist() for array in case.data)))

    def output(a: list) -> Value:
        for W, b in layers:
            a = [sigmoid(sum((w * a_i for w, a_i in zip(row, a)), b_j)) for row, b_j in zip(W, b)]
        return a[0]

    def step() -> float:
        loss = sum((output(x) - y) ** 2 for x, (y,) in examples) * (1 / len(examples))
        for w in parameters:
            w.grad = 0
        loss.backward()
        for w in parameters:
            w.data -= case.learning_rate * w.grad
        return loss.data

    return step
