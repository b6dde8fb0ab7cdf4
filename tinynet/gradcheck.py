r"""
# Checking gradients

`backward()` computes derivatives by formulas, and a formula can be wrong. The definition of the derivative
cannot: nudge one number $w$ by a small $h$ to either side, and see how the loss answers.

$$\frac{\partial L}{\partial w} \approx \frac{L(w + h) - L(w - h)}{2h}$$

The number may be a weight, a bias, an input, and also a $z$ in the middle of the network: put another $z_j^l$ in
its place, run the rest from there, and what comes out is $\delta_j^l$.

## Which h?

The error of this *central difference* has two parts: the curve is not straight, which costs about $h^2$;
and the two losses are rounded, each by about $\epsilon L$, which costs $\epsilon L / h$. A large $h$ suffers
from the one, a small $h$ from the other: drawn against $h$, the error is a V, `report.plot_step_size()`. Its
bottom is where the two are equal, $h = \epsilon^{1/3}$. In float64 that is $6 \cdot 10^{-6}$, and about ten digits
are right. Float32 leaves no room between the two, so float32 networks are checked in float64.

A gradient that is wrong has no V: its error stays where it is, whatever the $h$.

## Kinks

At a *kink* (relu at $z = 0$) the curve has two slopes and the difference straddles them. An entry sits at a
kink when the nudge moves some $z$ from one side of a kink to the other; the report says which $z$, and on which
side it was, and does not count the entry as an error. It knows the kinks of tinynet's functions, not those of a
function of your own.

Read next: [the complex step](complex_step.py), which needs no difference.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from tqdm import tqdm

from .checks import positive
from .losses import Loss
from .model import Sequential
from .places import Index, Kink, Place, Subject, entry_name, sides
from .tensor import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EPSILON = float(np.finfo(np.float64).eps)
# With a smaller nudge the two losses differ in their last digits only.
SMALLEST_H = 1e-10


def recommended_h(dtype: DTypeLike = "float64") -> float:
    r"""The step at which a central difference has most digits: 6.1e-6 in float64, 4.9e-3 in float32.

    For a loss, its third derivative and its gradient of size 1. It need not be exact: ten times more or less
    costs one digit or two.

    Source: Press et al., *Numerical Recipes* (2007), § 5.7.
    """
    # [eq:recommended-h] $h^2 = \epsilon / h$, so $h = \epsilon^{1/3}$
    return float(np.finfo(dtype).eps) ** (1 / 3)


def central_difference(f: Callable[[], float], array: np.ndarray, index: Index, h: float) -> float:
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


# ## The report


@dataclass(frozen=True)
class Entry:
    """One number whose gradient was checked. `analytic` is from backward(), `numeric` the central difference
    or complex step.

    `kink` says that the nudge crosses one, so the two may differ; `kinks` has all that it crosses.
    """

    name: str
    analytic: float
    numeric: float
    relative_error: float
    kink: bool
    kinks: tuple[Kink, ...] = ()


@dataclass(frozen=True)
class GradientReport:
    """What `gradcheck` found.

    Attributes: `entries`, worst first, those at kinks last; `h`, the nudge; `tolerance`; `resolution`, the size
    below which a difference has no digits left to compare; `method`, "difference" or "complex step"; `loss`.
    """

    entries: list[Entry]
    h: float
    tolerance: float
    resolution: float
    method: str = "difference"
    loss: float = 0.0
    # the slope at the entry of that name with another h
    slope: Callable[[str, float], float] | None = field(default=None, repr=False, compare=False)

    @property
    def max_relative_error(self) -> float:
        """The largest relative error of the entries that sit at no kink; 0 if all do."""
        return max((e.relative_error for e in self.entries if not e.kink), default=0.0)

    @property
    def passed(self) -> bool:
        """Whether no entry, but for those at kinks, is further off than the tolerance."""
        return self.max_relative_error <= self.tolerance

    @property
    def kinks(self) -> list[Kink]:
        """The kinks that nudges crossed, each once."""
        return list(dict.fromkeys(kink for e in self.entries for kink in e.kinks))

    def __getitem__(self, name: str) -> Entry:
        """The entry of that name, `report["dense_1.W[0, 1]"]`. Raises ValueError where it was not checked."""
        spelled = name.replace(" ", "").replace(",", ", ")
        for e in self.entries:
            if e.name == spelled:
                return e
        arrays = dict.fromkeys(e.name.split("[")[0] for e in sorted(self.entries, key=lambda e: e.name))
        raise ValueError(f"{spelled!r} was not checked. Checked were entries of {', '.join(arrays)}")

    def errors(self, name: str, steps: ArrayLike) -> np.ndarray:
        """The relative error of an entry, for each h of `steps`. Raises ValueError where it was not checked."""
        entry = self[name]
        assert self.slope is not None
        slopes = (self.slope(entry.name, float(h)) for h in np.ravel(steps))
        return np.array([_relative_error(entry.analytic, slope, self.resolution) for slope in slopes])

    def asymptotes(self, name: str) -> tuple[float, float]:
        r"""The sides of the V of an entry: (c, r), where its relative error is about $c h^2$ and $r / h$.

        c is 0 where the third derivative drowns in rounding, as that of a parabola does, and r is 0 for the
        complex step. Raises ValueError for an entry that was not checked.
        """
        entry = self[name]
        assert self.slope is not None
        size, h = max(abs(entry.analytic), self.resolution), 0.01
        # [eq:rounding] $D(h) - L' \approx \epsilon L / 2h$ where h is small: $L$ is right to half an $\epsilon$
        r = EPSILON * abs(self.loss) / 2
        # [eq:truncation] $D(h) - L' \approx h^2 L'''/6$ where h is large, so $D(2h) - D(h) \approx h^2 L'''/2$
        bend = abs(self.slope(entry.name, 2 * h) - self.slope(entry.name, h))
        c = bend / 3 / h**2 if bend > 10 * r / h else 0.0
        return c / size, r / size if self.method == "difference" else 0.0

    def plot_step_size(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the error of the worst entries against h, as [plots](introspect/plots.py) do. Returns the Axes."""
        from .introspect.plots import plot_step_size

        return plot_step_size(self, ax=ax)

    def __str__(self) -> str:
        kinks = sum(e.kink for e in self.entries)
        verdict = "passed" if self.passed else "FAILED"
        finer = "differences are" if self.method == "difference" else "rounded sums are"
        lines = [
            f"gradient check {verdict}: {len(self.entries)} entries, largest relative error "
            f"{self.max_relative_error:.1e} (tolerance {self.tolerance:.0e}, h = {self.h:.0e}), {kinks} at a kink",
            f"(relative to the entry, or to {self.resolution:.1e} if that is larger: {finer} no finer)",
            f"{'entry':<24}{'backward()':>20}{self.method:>20}{'relative error':>16}",
        ]
        for e in self.entries[:10]:
            more = f" and {len(e.kinks) - 1} more" if len(e.kinks) > 1 else ""
            kink = f"  at a kink: {e.kinks[0]}{more}" if e.kinks else "  at a kink" if e.kink else ""
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
    delta: bool = False,
    entries: Sequence[str] | None = None,
) -> GradientReport:
    r"""Compare `backward()` with central differences, for every parameter and every entry of the input.

    x: (N, *input_shape). y: (N, n_L). loss: a name or function, by default the compiled one. h: the nudge.
    delta: also for every z of the layers that have an activation, which is to check their δ. entries: only
    these, "dense_1.W[0, 1]", "dense_2.z[0, 1]", "x[0, 1]", or whole arrays, "dense_1.z"; with delta=True the
    other z as well.

    The relative error of an entry is $|a - n| / \max(|a|, |n|, r)$, where $r$ is the size below which the
    rounding noise $\epsilon L/h$ of the difference would by itself exceed the tolerance. Works on a float64
    copy, dropout off: the network keeps its weights and gradients.

    Returns a GradientReport. Raises ValueError for data that do not fit, for entries that do not exist, and for an
    h so small that the differences have no digits left.
    """
    positive(h=h, tolerance=tolerance)
    if h < SMALLEST_H:
        raise ValueError(
            f"with h = {h:.0e} the differences of losses have no digits left to compare; h = {recommended_h():.0e} is "
            f"about the best, {SMALLEST_H:.0e} the smallest. report.plot_step_size() shows why"
        )
    subject = Subject(net, x, y, loss, "gradcheck")
    # [eq:resolution] $r = \epsilon\,(1 + |L|) / (h \cdot \text{tolerance})$
    resolution = EPSILON * (1 + abs(subject.outcome.item())) / h / tolerance
    return compare(subject, subject.choose(entries, delta), Nudge, h, tolerance, resolution, "difference")


# ## How it is done


class Nudge:
    """The nudges of one place: `nudge(index, h)` gives the central difference and the kinks it crosses."""

    def __init__(self, subject: Subject, place: Place) -> None:
        self._subject = subject
        # a z is a result; a tensor of its own, put in its place, can be changed
        self._tensor = Tensor(place.tensor.data.copy(), name=place.name) if place.is_z else place.tensor
        self._instead = {place.name: self._tensor} if place.is_z else {}
        # [(the input of a kinked function, its name, the function, the sides)], before the nudge
        self._before = [
            (node.parents[0].data.copy(), subject.name_of(node.parents[0], node.op), node.op, sides)
            for node, sides in sides(subject.run(self._instead))
        ]

    def __call__(self, index: Index, h: float) -> tuple[float, tuple[Kink, ...]]:
        kinks: dict[Kink, None] = {}

        def nudged_loss() -> float:
            outcome = self._subject.run(self._instead)
            # now, not later: the array that was nudged will be restored
            for (values, name, function, before), (_, now) in zip(self._before, sides(outcome)):
                if not np.array_equal(before, now, equal_nan=True):
                    crossed = (before != now) & ~(np.isnan(before) & np.isnan(now))
                    for i in map(tuple, np.argwhere(crossed).tolist()):
                        side = {-1.0: "left", 0.0: "on it", 1.0: "right"}.get(float(before[i]), "NaN")
                        kinks[Kink(entry_name(name, i), float(values[i]), function, side)] = None
            return outcome.item()

        return central_difference(nudged_loss, self._tensor._array, index, h), tuple(kinks)


def _relative_error(analytic: float, numeric: float, resolution: float) -> float:
    if not (isfinite(analytic) and isfinite(numeric)):
        return inf  # what is NaN or infinite is as wrong as can be
    # [eq:relative-error] $|a - n| / \max(|a|, |n|, r)$
    return abs(analytic - numeric) / max(abs(analytic), abs(numeric), resolution)


def compare(
    subject: Subject,
    chosen: list[tuple[Place, Index]],
    nudge: Callable[[Subject, Place], Callable[[Index, float], tuple[float, tuple[Kink, ...]]]],
    h: float,
    tolerance: float,
    resolution: float,
    method: str,
) -> GradientReport:
    """The report on the chosen entries; `nudge(subject, place)` gives their slopes."""
    nudges = {id(place): nudge(subject, place) for place in {id(p): p for p, _ in chosen}.values()}
    where, entries = {}, []
    for place, index in tqdm(chosen, desc="gradient check", delay=2, leave=False):
        name, analytic = entry_name(place.name, index), float(place.gradient[index])
        where[name] = (nudges[id(place)], index)
        numeric, kinks = nudges[id(place)](index, h)
        error = _relative_error(analytic, numeric, resolution)
        entries.append(Entry(name, analytic, numeric, error, bool(kinks), kinks))
    entries.sort(key=lambda e: (e.kink, -e.relative_error))

    def slope(name: str, h: float) -> float:
        again, index = where[name]
        return again(index, h)[0]

    return GradientReport(entries, h, tolerance, resolution, method, subject.outcome.item(), slope)
