r"""
# Learning-rate schedules

Large steps first, small ones later: a schedule gives the learning rate $\alpha_t$ of step
$t = 0, 1, 2, \dots$ It stands wherever a number would: `Adam(learning_rate=CosineDecay(0.01, steps=500))`.
Steps are updates, not epochs. Every schedule raises ValueError for settings that are negative or not finite,
and for lengths that are not whole numbers.

Read next: [metrics](metrics.py).
"""

from dataclasses import dataclass
from math import cos, pi

from .checks import not_negative, whole


@dataclass(frozen=True)
class StepDecay:
    r"""`initial`, $\alpha_0$, multiplied by `factor`, $\gamma$, after each `every`, $k$, steps."""

    initial: float
    factor: float
    every: int

    def __post_init__(self) -> None:
        not_negative(initial=self.initial, factor=self.factor)
        whole("every", self.every)

    def __call__(self, t: int) -> float:
        # [eq:step-decay] $\alpha_t = \alpha_0\,\gamma^{\lfloor t/k \rfloor}$
        return self.initial * self.factor ** (t // self.every)


@dataclass(frozen=True)
class ExponentialDecay:
    r"""`initial`, $\alpha_0$, multiplied by `factor`, $\gamma$, after every step."""

    initial: float
    factor: float

    def __post_init__(self) -> None:
        not_negative(initial=self.initial, factor=self.factor)

    def __call__(self, t: int) -> float:
        # [eq:exponential-decay] $\alpha_t = \alpha_0\,\gamma^t$
        return self.initial * self.factor**t


@dataclass(frozen=True)
class CosineDecay:
    r"""From `initial`, $\alpha_0$, to `final`, $\alpha_T$, along half a cosine wave in `steps`, $T$, steps.

    After them it stays `final`. Source: Loshchilov and Hutter 2016.
    """

    initial: float
    steps: int
    final: float = 0.0

    def __post_init__(self) -> None:
        not_negative(initial=self.initial, final=self.final)
        whole("steps", self.steps)

    def __call__(self, t: int) -> float:
        # [eq:cosine-decay] $\alpha_t = \alpha_T + \frac12(\alpha_0 - \alpha_T)\,(1 + \cos(\pi t/T))$ for $t \le T$
        return self.final + 0.5 * (self.initial - self.final) * (1 + cos(pi * min(t / self.steps, 1)))


SCHEDULES = {schedule.__name__: schedule for schedule in (StepDecay, ExponentialDecay, CosineDecay)}
