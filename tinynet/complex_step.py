r"""
# The complex step

A difference subtracts two numbers that are almost equal, and loses digits by it. There is a way without
subtraction, for functions that can be computed for complex numbers too. Nudge $w$ not to the side, but
along the imaginary axis. With $i^2 = -1$, Taylor's series is

$$L(w + ih) = L(w) + ih\,L'(w) - \frac{h^2}{2} L''(w) - \frac{ih^3}{6} L'''(w) + \dots$$

The loss stays in the real part, and its derivative arrives alone in the imaginary part: divide by $h$, and
the error is $h^2$. Nothing is subtracted, so $h$ may be as small as one likes. With $h = 10^{-20}$ all digits that
float64 has are right, where a difference has ten.

The network is rerun for that along the graph of its loss, node by node, in NumPy's complex arithmetic: formulas written
once more, so the check does not trust the kernels either.

## Where it cannot be done

* relu, leaky_relu, elu, abs, max and hinge have kinks. A function with a kink is no power series, so it has no
  continuation to complex numbers: $|z|$ of a complex number, for one, is a length, and throws the imaginary part away.
* gelu has a continuation, but NumPy has no erfc for complex numbers.
* A sum or mean over some of the axes, a transpose and an index keep in the graph what they gave, not which axes they
  took; and of a function of your own the graph knows only the rule that is to be checked.

`complex_step` refuses those and says why; [gradcheck](gradcheck.py) takes differences through all of them. What lies
before the place that is nudged does not matter: the z and the weights of a last layer can be checked behind any relu.

Source: Squire and Trapp, *Using complex variables to estimate derivatives of real functions* (1998).

Read next: [trace](introspect/trace.py).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .checks import positive
from .gradcheck import EPSILON, GradientReport, compare
from .losses import Loss
from .model import Sequential
from .places import Index, Place, Subject
from .tensor import Tensor


def complex_gradient(f: Callable[[np.ndarray], complex], x: ArrayLike, h: float = 1e-20) -> np.ndarray:
    """The gradient of f at x by complex steps.

    f: takes a complex array of the shape of x, gives a number, with no abs, max or comparison on the way. Returns a
    float64 array of the shape of x.
    """
    x = np.array(x, np.complex128)
    gradient = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        before = x[index]
        x[index] = before + 1j * h
        # [eq:complex-step] $f'(w) = \mathrm{Im}\,f(w + ih) / h$, but for an error of $h^2$
        gradient[index] = np.imag(f(x)) / h
        x[index] = before
    return gradient


def complex_step(
    net: Sequential,
    x: ArrayLike,
    y: ArrayLike,
    *,
    loss: str | Loss | None = None,
    h: float = 1e-20,
    tolerance: float = 1e-12,
    delta: bool = False,
    entries: Sequence[str] | None = None,
) -> GradientReport:
    r"""Compare `backward()` with complex steps; what is given and returned is as with `gradcheck`.

    The relative error of an entry is $|a - n| / \max(|a|, |n|, r)$, where $r = \epsilon (1 + |L|) /
    \text{tolerance}$: below it, the rounding of the sums that both consist of would by itself exceed the tolerance.

    Raises ValueError as `gradcheck` does, and for a network with a function that takes no complex numbers, such as
    relu, which has a kink.
    """
    positive(h=h, tolerance=tolerance)
    subject = Subject(net, x, y, loss, "complex_step")
    resolution = EPSILON * (1 + abs(subject.outcome.item())) / tolerance
    return compare(subject, subject.choose(entries, delta), ComplexStep, h, tolerance, resolution, "complex step")


class ComplexStep:
    """The complex steps of one place: `step(index, h)` gives the slope, and no kinks, for there are none."""

    def __init__(self, subject: Subject, place: Place) -> None:
        self._place = place.tensor
        self._prediction = subject.prediction
        # Only what depends on the place: all else stays as it is, whatever functions it was made by.
        self._order: list[tuple[Tensor, Callable[..., Any]]] = []
        moved = {place.tensor}
        for node in reversed(subject.outcome._topological_order()):
            if node is not place.tensor and moved.intersection(node.parents):
                moved.add(node)
                self._order.append((node, self._formula(node)))

    def __call__(self, index: Index, h: float) -> tuple[float, tuple]:
        if not self._order:
            return 0.0, ()  # the loss does not depend on it
        values = {self._place: self._place.data.astype(np.complex128)}
        values[self._place][index] += 1j * h
        with np.errstate(under="ignore"):
            for node, formula in self._order:
                values[node] = formula(node, *(values.get(p, p._array) for p in node.parents))
        return float(np.imag(values[node]).item()) / h, ()

    def _formula(self, node: Tensor) -> Callable[..., Any]:
        if node.op in _CROSSENTROPIES:
            last, from_z, from_a = _CROSSENTROPIES[node.op]
            (source, _), a = node.parents, self._prediction
            if a.op == last and source is a.parents[0]:
                return from_z
            if source is a:
                return from_a
            raise ValueError(f"the complex step takes {node.op} of the network's output, not of what was made from it")
        if node.op in ("sum", "mean") and node.size > 1:
            why = f"the graph does not tell over which axes; {node.op} over all of them can be"
        elif node.op in FORMULAS:
            return FORMULAS[node.op]
        else:
            why = WHY_NOT.get(node.op, "only its rule is known, which is what is to be checked")
        raise ValueError(f"the complex step cannot pass through {node.op}: {why}. gradcheck(...) takes differences")


# ## The functions, for complex numbers
#
# Each takes its node and the arrays of its parents. Comparisons look at real parts only, and on their two sides stand
# two ways to write one and the same function, that which does not overflow: there is no kink between them.


def _sigmoid(node: Tensor, z: np.ndarray) -> np.ndarray:
    e = np.exp(np.where(z.real < 0, z, -z))
    return np.where(z.real < 0, e, 1) / (1 + e)


def _softplus(node: Tensor, z: np.ndarray) -> np.ndarray:
    return np.where(z.real < 0, 0, z) + np.log1p(np.exp(np.where(z.real < 0, z, -z)))


def _log_softmax(node: Tensor, z: np.ndarray) -> np.ndarray:
    z = z - z.real.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def _times_log(y: np.ndarray, a: np.ndarray) -> np.ndarray:
    """y ln a, 0 where y is."""
    return y * np.log(np.where(y == 0, 1, a))


FORMULAS: dict[str, Callable[..., Any]] = {
    "add": lambda node, a, b: a + b,
    "subtract": lambda node, a, b: a - b,
    "multiply": lambda node, a, b: a * b,
    "divide": lambda node, a, b: a / b,
    "power": lambda node, a, b: a**b,
    "negative": lambda node, a: -a,
    "matmul": lambda node, a, b: a @ b,
    "affine": lambda node, a, W, b: a @ W + b,
    "sum": lambda node, a: a.sum().reshape(node.shape),
    "mean": lambda node, a: a.mean().reshape(node.shape),
    "reshape": lambda node, a: a.reshape(node.shape),
    "exp": lambda node, a: np.exp(a),
    "log": lambda node, a: np.log(a),
    "sqrt": lambda node, a: np.sqrt(a),
    "identity": lambda node, z: z,
    "sigmoid": _sigmoid,
    "tanh": lambda node, z: np.tanh(z),
    "softplus": _softplus,
    "softmax": lambda node, z: np.exp(_log_softmax(node, z)),
    "log_softmax": _log_softmax,
    # squares, not |y - a|²: the absolute value would lose the imaginary part
    "half_squared_error": lambda node, a, y: ((y - a) ** 2).sum() / 2 / len(y),
    "mean_squared_error": lambda node, a, y: ((y - a) ** 2).mean(),
}

# The function before it; the loss from the z of that function; the loss from probabilities.
_CROSSENTROPIES: dict[str, tuple[str, Callable[..., Any], Callable[..., Any]]] = {
    "binary_crossentropy": (
        "sigmoid",
        lambda node, z, y: (_softplus(node, z) - y * z).mean(),
        lambda node, a, y: -(_times_log(y, a) + _times_log(1 - y, 1 - a)).mean(),
    ),
    "categorical_crossentropy": (
        "softmax",
        lambda node, z, y: -(y * _log_softmax(node, z)).sum() / len(y),
        lambda node, a, y: -_times_log(y, a).sum() / len(y),
    ),
}

_KINK = "it has a kink, so no continuation to complex numbers"
WHY_NOT = {name: _KINK for name in ("relu", "leaky_relu", "elu", "abs", "max", "hinge")} | {
    "gelu": "NumPy has no erfc for complex numbers",
    "transpose": "the graph does not tell the order of the axes",
    "getitem": "the graph does not tell which entries were taken",
}
