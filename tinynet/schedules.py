r"""
# Learning-rate schedules

Large steps first, small ones later: a schedule gives the learning rate $\alpha_t$ of step
$t = 0, 1, 2, \dots$ It stands wherever a number would: `Adam(learning_rate=CosineDecay(0.01, steps=500))`.
Steps are updates, not epochs.

Read next: [metrics](metrics.py).
"""

from dataclasses import dataclass
from math import cos, pi

from .checks import not_negative, whole


@dataclass(frozen=True)
class StepDecay:
    """`initial`, multiplied by `factor` after every `every` steps."""

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
    """`initial`, multiplied by `factor` after every step."""

    initial: float
    factor: float

    def __post_init__(self) -> None:
        not_negative(initial=self.initial, factor=self.factor)

    def __call__(self, t: int) -> float:
        # [eq:exponential-decay] $\alpha_t = \alpha_0\,\gamma^t$
        return self.initial * self.factor**t


@dataclass(frozen=True)
class CosineDecay:
    """From `initial` to `final` along half a cosine wave in `steps` steps, then `final` (Loshchilov and
    Hutter 2016)."""

    initial: float
    steps: int
    final: float = 0.0

    def __post_init__(self) -> None:
        not_negative(initial=self.initial, final=self.final)
        whole("steps", self.steps)

    def __call__(self, t: int) -> float:
        # [eq:cosine-decay] $\alpha_t = \alpha_T + \frac12(\alpha_0 - \alpha_T)\,(1 + \cos(\pi t/T))$
        return self.final + 0.5 * (self.initial - self.final) * (1 + cos(pi * min(t / self.steps, 1)))


SCHEDULES = {schedule.__name__: schedule for schedule in (StepDecay, ExponentialDecay, CosineDecay)}
