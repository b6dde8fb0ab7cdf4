r"""
# Checking gradients

`backward()` computes derivatives by formulas, and a formula can be wrong. The definition of the derivative
cannot: nudge one number $w$ by a small $h$ to either side, and see how the loss answers.

$$\frac{\partial L}{\partial w} \approx \frac{L(w + h) - L(w - h)}{2h}$$

The error of this *central difference* has two parts: the curve is not straight, which costs about $h^2$;
and the two losses are rounded, each by about $\epsilon L$, which costs $\epsilon L / h$. With $h = 10^{-5}$
in float64 both are near $10^{-10}$. Float32 leaves no room between the two, so float32 networks are checked
in float64.

At a *kink* (relu at $z = 0$) the curve has two slopes and the difference straddles them. An entry sits at a
kink when the nudge moves some $z$ from one side of a kink to the other; the report says so and does not
count it as an error. It knows the kinks of tinynet's functions, not those of a function of your own.

Read next: [trace](introspect/trace.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from .losses import Loss, find_loss
from .model import Sequential
from .tensor import Tensor


def central_difference(f: Callable[[], float], array: np.ndarray, index: tuple[int, ...], h: float) -> float:
    """The slope of f() as array[index] changes. The array is changed in place meanwhile, and restored."""
    before = array[index]
    try:
        array[index] = before + h
        above = f()
        array[index] = before - h
        below = f()
    finally:
        array[index] = before
    # [eq:central-difference] $f'(w) \approx (f(w + h) - f(w - h)) / 2h$
    return (above - below) / (2 * h)


def numerical_gradient(f: Callable[[np.ndarray], float], x: ArrayLike, h: float = 1e-5) -> np.ndarray:
    """The gradient of f at x by central differences.

    f: takes a float64 array of the shape of x, gives a number. Returns a float64 array of the shape of x.
    """
    x = np.array(x, np.float64)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        gradient[index] = central_difference(lambda: float(f(x)), x, index, h)
    return gradient


@dataclass(frozen=True)
class Entry:
    """One number whose gradient was checked. `analytic` is from backward(), `numeric` the central difference.

    `kink` says that the nudge crosses one, so the two may differ.
    """

    name: str
    analytic: float
    numeric: float
    relative_error: float
    kink: bool


@dataclass(frozen=True)
class GradientReport:
    """What `gradcheck` found.

    Attributes: `entries`, worst first, those at kinks last; `h`, the nudge; `tolerance`; `resolution`, the size
    below which a difference has no digits left to compare.
    """

    entries: list[Entry]
    h: float
    tolerance: float
    resolution: float

    @property
    def max_relative_error(self) -> float:
        """The largest relative error of the entries that sit at no kink; 0 if all do."""
        return max((e.relative_error for e in self.entries if not e.kink), default=0.0)

    @property
    def passed(self) -> bool:
        """Whether no entry, but for those at kinks, is further off than the tolerance."""
        return self.max_relative_error <= self.tolerance

    def __str__(self) -> str:
        kinks = sum(e.kink for e in self.entries)
        verdict = "passed" if self.passed else "FAILED"
        lines = [
            f"gradient check {verdict}: {len(self.entries)} entries, largest relative error "
            f"{self.max_relative_error:.1e} (tolerance {self.tolerance:.0e}, h = {self.h:.0e}), {kinks} at a kink",
            f"(relative to the entry, or to {self.resolution:.1e} if that is larger: differences are no finer)",
            f"{'entry':<24}{'backward()':>20}{'difference':>20}{'relative error':>16}",
        ]
        for e in self.entries[:10]:
            kink = "  at a kink" if e.kink else ""
            lines.append(f"{e.name:<24}{e.analytic:>20.12g}{e.numeric:>20.12g}{e.relative_error:>16.1e}{kink}")
        if len(self.entries) > 10:
            lines.append(f"... and {len(self.entries) - 10} more in .entries")
        return "\n".join(lines)

    __repr__ = __str__


def gradcheck(
    net: Sequential,
    x: ArrayLike,
    y: ArrayLike,
    *,
    loss: str | Loss | None = None,
    h: float = 1e-5,
    tolerance: float = 1e-6,
) -> GradientReport:
    r"""Compare `backward()` with central differences, for every parameter and every entry of the input.

    x: (N, *input_shape). y: (N, n_L). loss: a name or function, by default the compiled one. h: the nudge.
    The relative error of an entry is $|a - n| / \max(|a|, |n|, r)$, where $r$ is the size below which the
    rounding noise $\epsilon L/h$ of the difference would by itself exceed the tolerance. Works on a float64
    copy, dropout off: the network keeps its weights and gradients.

    Returns a GradientReport. Raises ValueError for data that do not fit.
    """
    if loss is None and net.loss is None:
        raise ValueError("name the loss, gradcheck(net, x, y, loss='...'), or compile the model with one")
    loss_function = find_loss(loss if loss is not None else net.loss)  # type: ignore[arg-type]
    x, y = net.check_data(x, y)
    net(x)  # now every layer is built
    twin = net.astype("float64")
    inputs = Tensor(np.array(x, np.float64), name="x")

    def compute() -> Tensor:
        return loss_function(twin(inputs), y)

    sides: list[Tensor] = []

    def nudged_loss() -> float:
        sides.append(compute())
        return sides[-1].item()

    outcome = compute()
    outcome.backward()
    # [eq:resolution] $r = \epsilon\,(1 + |L|) / (h \cdot \text{tolerance})$
    resolution = float(np.finfo(np.float64).eps) * (1 + abs(outcome.item())) / h / tolerance
    entries = []
    checked = [*(p for p in twin.parameters() if p.requires_grad), inputs]
    with tqdm(total=sum(t.size for t in checked), desc="gradient check", delay=2, leave=False) as bar:
        for t in checked:
            gradient = np.zeros_like(t._array) if t.grad is None else t.grad  # None: the loss does not depend on it
            for index in np.ndindex(t.shape):
                sides.clear()
                numeric = central_difference(nudged_loss, t._array, index, h)
                analytic = float(gradient[index])
                size = max(abs(analytic), abs(numeric), resolution)
                # [eq:relative-error] $|a - n| / \max(|a|, |n|, r)$; what is NaN or infinite is as wrong as can be
                error = abs(analytic - numeric) / size if isfinite(analytic) and isfinite(numeric) else inf
                kink = not _same_branches([outcome, *sides])
                entries.append(Entry(f"{t.name}[{', '.join(map(str, index))}]", analytic, numeric, error, kink))
                bar.update()
    entries.sort(key=lambda e: (e.kink, -e.relative_error))
    return GradientReport(entries, h, tolerance, resolution)


def _same_branches(outcomes: list[Tensor]) -> bool:
    """Whether every kinked function was on the same side of its kink in all these computations."""
    first, *others = (
        [_BRANCHES[node.op](node) for node in t._topological_order() if node.op in _BRANCHES] for t in outcomes
    )
    return all(np.array_equal(a, b, equal_nan=True) for other in others for a, b in zip(first, other))


# For each function with a kink: an array that changes when an entry goes from one side of it to the other.
_BRANCHES: dict[str, Callable[[Tensor], np.ndarray]] = {
    "relu": lambda node: np.sign(node.parents[0].data),
    "leaky_relu": lambda node: np.sign(node.parents[0].data),
    "elu": lambda node: np.sign(node.parents[0].data),
    "abs": lambda node: np.sign(node.parents[0].data),
    "hinge": lambda node: np.sign(1 - node.parents[0].data * node.parents[1].data),
    "max": lambda node: np.sign(node._rule(np.ones_like(node._array))[0]),  # type: ignore[misc,arg-type]
}
