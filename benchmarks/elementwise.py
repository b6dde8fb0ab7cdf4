r"""
# Elementwise functions

The activations, their derivatives and softmax on an array of 64×512, as a layer of 512 neurons makes it of 64
examples, beside NumPy. The formulas for NumPy are those that a careful user writes: no array is made on the
way that `out=` can spare. Both sides write into an array that is there already.

NumPy has no error function, so its gelu is the usual approximation by tanh; tinynet's is exact.

Read next: [steps](steps.py).
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from tinynet.kernels import activations
from tinynet.kernels import softmax as rows_of

from .report import Report
from .turns import Effort, take_turns

SHAPE = (64, 512)
DTYPES = ["float32", "float64"]


def sigmoid(z, a):
    np.negative(z, out=a)
    np.exp(a, out=a)
    a += 1
    np.divide(1, a, out=a)


def sigmoid_backward(z, a, da, delta):
    np.subtract(1, a, out=delta)
    delta *= a
    delta *= da


def tanh_backward(z, a, da, delta):
    np.multiply(a, a, out=delta)
    np.subtract(1, delta, out=delta)
    delta *= da


def softmax(z, a):
    np.subtract(z, z.max(axis=1, keepdims=True), out=a)
    np.exp(a, out=a)
    a /= a.sum(axis=1, keepdims=True)


def softmax_backward(z, a, da, delta):
    np.multiply(a, da, out=delta)
    np.subtract(da, delta.sum(axis=1, keepdims=True), out=delta)
    delta *= a


def gelu(z, a):
    np.multiply(z, z, out=a)
    a *= 0.044715
    a += 1
    a *= z
    a *= np.sqrt(2 / np.pi).astype(z.dtype)
    np.tanh(a, out=a)
    a += 1
    a *= z
    a *= 0.5


def softplus(z, a):
    np.abs(z, out=a)
    np.negative(a, out=a)
    np.exp(a, out=a)
    np.log1p(a, out=a)
    a += np.maximum(z, 0)


# name: what tinynet computes, what NumPy does, NumPy's formula, whether it is asked to be as fast
Pair = tuple[Callable, Callable, str, bool]
FORWARD: dict[str, Pair] = {
    "exp": (activations.exp, lambda z, a: np.exp(z, out=a), "exp(z)", True),
    "sigmoid": (activations.sigmoid, sigmoid, "1 / (1 + exp(-z))", True),
    "tanh": (activations.tanh, lambda z, a: np.tanh(z, out=a), "tanh(z)", True),
    "relu": (activations.relu, lambda z, a: np.maximum(z, 0, out=a), "maximum(z, 0)", True),
    "softmax": (rows_of.softmax, softmax, "e = exp(z - z.max(1)); e / e.sum(1)", True),
    "gelu": (activations.gelu, gelu, "z/2 (1 + tanh(√(2/π) (z + 0.044715 z³)))", False),
    "softplus": (activations.softplus, softplus, "maximum(z, 0) + log1p(exp(-abs(z)))", False),
}
BACKWARD: dict[str, Pair] = {
    "sigmoid, derivative": (activations.sigmoid_backward, sigmoid_backward, "da * a * (1 - a)", True),
    "tanh, derivative": (activations.tanh_backward, tanh_backward, "da * (1 - a * a)", True),
    "relu, derivative": (
        activations.relu_backward,
        lambda z, a, da, delta: np.multiply(da, z > 0, out=delta),
        "da * (z > 0)",
        True,
    ),
    "softmax, derivative": (
        lambda z, a, da, delta: rows_of.softmax_backward(a, da, delta),
        softmax_backward,
        "a * (da - (a * da).sum(1))",
        True,
    ),
}


def run(report: Report, effort: Effort) -> None:
    table = []
    for dtype in DTYPES:
        rng = np.random.default_rng(0)
        z, da = (rng.standard_normal(SHAPE).astype(dtype) for _ in range(2))
        for name, (ours, theirs, formula, asked) in (FORWARD | BACKWARD).items():
            a = np.empty_like(z)
            if name in BACKWARD:
                FORWARD[name.split(",")[0]][0](z, a)  # the derivatives are computed from a
            given = (z, a, da) if name in BACKWARD else (z,)
            first, second = np.empty_like(z), np.empty_like(z)
            ours(*given, first)
            theirs(*given, second)
            # NumPy's gelu is an approximation
            assert np.allclose(first, second, rtol=1e-4, atol=1e-3 if name == "gelu" else 1e-6), name
            timing = take_turns(
                {
                    "tinynet": partial(ours, *given, first),
                    "NumPy": partial(theirs, *given, second),
                },
                effort,
            )
            report.keep(f"{name} {dtype}", timing)
            goal = (1.0, 0.5) if asked else ()
            report.compare(f"{name} {dtype}", timing, "tinynet", "NumPy", *goal, at_most=True)
            times = [f"{timing.median(who) / z.size * 1e9:.2f}" for who in ("tinynet", "NumPy")]
            table.append([f"{name} {dtype}", *times, f"{timing.ratio('tinynet', 'NumPy'):.2f}", f"`{formula}`"])
    header = ["function, dtype", "tinynet", "NumPy", "tinynet / NumPy", "NumPy's formula"]
    report.add("Elementwise, one thread", f"Nanoseconds an element, {'×'.join(map(str, SHAPE))}.", header, table)
