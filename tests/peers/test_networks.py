"""300 random networks in tinynet and in PyTorch: every z, a and δ, every gradient, the loss.

The PyTorch side is written with PyTorch's own functions and differentiated by its autograd, which knows nothing
of our formulas. Relative difference: the largest difference of an array over its largest magnitude.

Where PyTorch defines something else than the book:

* `F.softplus` replaces ln(1 + e^z) by z above a threshold, 20 by default, which is wrong in the tenth digit.
  Here the threshold is moved out of the way.
* `F.binary_cross_entropy` cuts every logarithm at -100; the book's loss is infinite where a certain prediction
  is wrong. No network here is that certain.
* PyTorch has no hinge loss of this form by name; `F.margin_ranking_loss(a, 0, y, margin=1)`, max(0, 1 - y (a - 0)),
  is it.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import torch

import tinynet as tn
from tinynet.functions import ACTIVATIONS
from tinynet.losses import LOSSES

F = torch.nn.functional


TOLERANCE = {"float64": 1e-10, "float32": 1e-4}

TORCH_ACTIVATIONS = {
    "identity": torch.nn.Identity(),
    "linear": torch.nn.Identity(),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "softplus": lambda z: F.softplus(z, threshold=80),
    "softmax": lambda z: F.softmax(z, dim=-1),
    "log_softmax": lambda z: F.log_softmax(z, dim=-1),
}


def torch_loss(loss, f, z, a, y):
    """The loss in PyTorch's terms; z and a are those of the last layer, f names its activation."""
    match loss, f:
        case "half_squared_error", _:
            return F.mse_loss(a, y, reduction="sum") / (2 * len(y))
        case "mean_squared_error", _:
            return F.mse_loss(a, y)
        case "hinge", _:
            return F.margin_ranking_loss(a, torch.zeros_like(a), y, margin=1.0)
        case "binary_crossentropy", "sigmoid":
            return F.binary_cross_entropy_with_logits(z, y)
        case "binary_crossentropy", _:
            return F.binary_cross_entropy(a, y)
        case "categorical_crossentropy", "softmax":
            return F.cross_entropy(z, y)
        case "categorical_crossentropy", _:
            return F.nll_loss(torch.log(a), y.argmax(dim=1))
    raise NotImplementedError(f"no PyTorch loss stands beside {loss}")


# ## The networks
#
# Counting through the losses, the depths and the activations, instead of drawing them, makes sure of all of them;
# the widths, the batches and the numbers are drawn.

# The cross-entropies take probabilities. The first of each pair goes through z, the second through a alone.
PROBABILITIES = {"binary_crossentropy": ("sigmoid", "softmax"), "categorical_crossentropy": ("softmax", "sigmoid")}


@dataclass
class Case:
    """One network, its weights and its data; arrays in float64."""

    loss: str
    activations: list[str]
    weights: list[np.ndarray]
    biases: list[np.ndarray | None]
    x: np.ndarray
    y: np.ndarray

    def __str__(self) -> str:
        N, n_0 = self.x.shape
        layers = "-".join(f"{W.shape[1]}{f}" for W, f in zip(self.weights, self.activations))
        return f"{self.loss}:{N}x{n_0}-{layers}"


def make_case(number: int) -> Case:
    rng = np.random.default_rng(number)
    loss = list(LOSSES)[number % 5]
    L = 1 + number // 5 % 4
    N = 1 + number % 17
    n = rng.integers(1, 9, size=L + 1)
    activations = [list(ACTIVATIONS)[(number // 5 + 4 * l) % len(ACTIVATIONS)] for l in range(L)]
    if loss in PROBABILITIES:
        activations[-1] = PROBABILITIES[loss][number // 20 % 2]
    for l, f in enumerate(activations, start=1):
        if f in ("softmax", "log_softmax"):
            n[l] = max(n[l], 2)  # the softmax of a single number is always 1, and every gradient behind it 0
    # one layer in five has no bias
    biases = [rng.normal(0, 0.5, m) if rng.random() < 0.8 else None for m in n[1:]]
    weights = [rng.normal(0, 1 / np.sqrt(n_in), (n_in, n_out)) for n_in, n_out in pairwise(n)]
    x = rng.normal(size=(N, n[0]))
    match loss:
        case "hinge":
            y = rng.choice([-1.0, 1.0], (N, n[-1]))
        case "binary_crossentropy":
            y = rng.choice([0.0, 0.25, 1.0], (N, n[-1]))
        case "categorical_crossentropy":
            y = np.eye(n[-1])[rng.integers(n[-1], size=N)]
            if activations[-1] == "softmax" and number % 2:
                y = rng.dirichlet(np.ones(n[-1]), size=N)  # targets may be probabilities too
        case _:
            y = rng.normal(size=(N, n[-1]))
    return Case(loss, activations, weights, biases, x, y)


CASES = [make_case(number) for number in range(300)]


def in_tinynet(case: Case, dtype: str) -> tn.Sequential:
    layers = [
        tn.Dense(
            W.shape[1],
            activation=f,
            dtype=dtype,
            use_bias=b is not None,
            kernel_initializer=lambda shape, rng, W=W: W,
            bias_initializer=lambda shape, rng, b=b: b,
        )
        for W, b, f in zip(case.weights, case.biases, case.activations)
    ]
    return tn.Sequential(layers)


@dataclass
class TorchPass:
    """One pass in PyTorch; the lists have an entry for each layer. Gradients are in `.grad`."""

    x: "torch.Tensor"
    z: list
    a: list
    W: list
    b: list
    loss: "torch.Tensor"


def in_torch(case: Case, dtype: str) -> TorchPass:
    def leaf(array):
        return None if array is None else torch.tensor(array, dtype=getattr(torch, dtype), requires_grad=True)

    x, W, b = leaf(case.x), [leaf(w) for w in case.weights], [leaf(b) for b in case.biases]
    z, a = [], [x]
    for W_l, b_l, f in zip(W, b, case.activations):
        # F.linear takes W as (n_out, n_in)
        z.append(F.linear(a[-1], W_l.T, b_l))
        z[-1].retain_grad()
        a.append(TORCH_ACTIVATIONS[f](z[-1]))
    y = torch.tensor(case.y, dtype=x.dtype)
    loss = torch_loss(case.loss, case.activations[-1], z[-1], a[-1], y)
    loss.backward()
    return TorchPass(x, z, a[1:], W, b, loss)


# ## The comparison


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_number_of_a_network_is_pytorchs(agree, case, dtype):
    tolerance = TOLERANCE[dtype]
    net, theirs = in_tinynet(case, dtype), in_torch(case, dtype)
    trace = tn.introspect.trace(net, case.x, case.y, loss=case.loss)
    agree("output", net(case.x).data, theirs.a[-1], tolerance)
    agree("loss", np.asarray(trace.loss, dtype), theirs.loss, tolerance)
    assert len(trace) == len(theirs.z) + 1
    for l, (z, a, W, b) in enumerate(zip(theirs.z, theirs.a, theirs.W, theirs.b), start=1):
        agree(f"z^{l}", trace[l].z, z, tolerance)
        agree(f"a^{l}", trace[l].a, a, tolerance)
        agree(f"δ^{l}", trace[l].delta, z.grad, tolerance)
        agree(f"dW^{l}", trace[l].dW, W.grad, tolerance)
        assert (trace[l].db is None) == (b is None)
        if b is not None:
            agree(f"db^{l}", trace[l].db, b.grad, tolerance)
    # by hand, for the gradient of the input
    x = tn.Tensor(case.x, dtype=dtype)
    LOSSES[case.loss](net(x), case.y).backward()
    agree("∂L/∂x", x.grad, theirs.x.grad, tolerance)


# ## What the 300 cover


def test_every_activation_and_every_loss_occur():
    assert len(CASES) == 300
    assert {case.loss for case in CASES} == set(LOSSES)
    assert set(TORCH_ACTIVATIONS) == set(ACTIVATIONS)
    assert {f for case in CASES for f in case.activations[:-1]} == set(ACTIVATIONS)
    # each loss after each activation that fits it; the cross-entropies straight from z, and from probabilities alone
    for loss in LOSSES:
        outputs = {case.activations[-1] for case in CASES if case.loss == loss}
        assert outputs == set(PROBABILITIES.get(loss, ACTIVATIONS)), loss


def test_every_depth_batch_and_width_occurs():
    assert {len(case.weights) for case in CASES} == {1, 2, 3, 4}
    assert {len(case.x) for case in CASES} == set(range(1, 18))
    assert {n for case in CASES for W in case.weights for n in W.shape} >= set(range(1, 9))
    assert {b is None for case in CASES for b in case.biases} == {True, False}
