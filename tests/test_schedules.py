"""Learning-rate schedules: their curves by hand, and that an optimizer follows them."""

from collections.abc import Callable
from math import cos, pi, sqrt

import numpy as np
import pytest

from tinynet import SGD, CosineDecay, ExponentialDecay, StepDecay, Tensor


class TestCurves:
    def test_step_decay(self) -> None:
        # checks [eq:step-decay]
        schedule = StepDecay(0.8, factor=0.5, every=3)
        assert [schedule(t) for t in range(8)] == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2]

    def test_exponential_decay(self) -> None:
        # checks [eq:exponential-decay]
        schedule = ExponentialDecay(0.8, factor=0.5)
        assert [schedule(t) for t in range(4)] == [0.8, 0.4, 0.2, 0.1]

    def test_cosine_decay(self) -> None:
        # checks [eq:cosine-decay]
        schedule = CosineDecay(1.0, steps=4)
        by_hand = [1, (1 + sqrt(0.5)) / 2, 0.5, (1 - sqrt(0.5)) / 2, 0]
        np.testing.assert_allclose([schedule(t) for t in range(5)], by_hand, atol=1e-15)

    def test_cosine_decay_to_a_final_rate_where_it_stays(self) -> None:
        schedule = CosineDecay(0.5, steps=10, final=0.1)
        assert schedule(0) == 0.5 and schedule(5) == pytest.approx(0.3, rel=1e-15)
        assert [schedule(t) for t in (10, 11, 1000)] == [0.1, 0.1, 0.1]
        assert schedule(3) == pytest.approx(0.1 + 0.4 * (1 + cos(0.3 * pi)) / 2, rel=1e-15)


SCHEDULES = [StepDecay(0.5, 0.5, every=2), ExponentialDecay(0.5, 0.9), CosineDecay(0.5, steps=4, final=0.1)]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: type(s).__name__)
def test_an_optimizer_follows_it_from_step_0_on(schedule: Callable[[int], float]) -> None:
    optimizer, w = SGD(learning_rate=schedule), Tensor([0.0])
    walked = 0.0
    for t in range(6):
        w.grad = np.array([-1.0])  # so w is the sum of the rates
        optimizer.step([w])
        walked += schedule(t)
        assert w.item() == pytest.approx(walked, rel=1e-14)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: type(s).__name__)
def test_two_with_the_same_numbers_are_equal_and_none_can_be_changed(schedule: object) -> None:
    assert schedule == type(schedule)(**vars(schedule))
    with pytest.raises(AttributeError):
        schedule.initial = 1.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: StepDecay(0.1, 0.5, every=0), "every"),
        (lambda: StepDecay(0.1, 0.5, every=2.5), "every"),
        (lambda: StepDecay(-0.1, 0.5, every=2), "initial"),
        (lambda: StepDecay(0.1, -0.5, every=2), "factor"),
        (lambda: ExponentialDecay(float("nan"), 0.5), "initial"),
        (lambda: ExponentialDecay(0.1, -0.5), "factor"),
        (lambda: CosineDecay(0.1, steps=0), "steps"),
        (lambda: CosineDecay(0.1, steps=10, final=-1), "final"),
    ],
    ids=["every 0", "every 2.5", "initial -0.1", "factor -0.5", "initial nan", "factor -0.5", "steps 0", "final -1"],
)
def test_numbers_that_make_no_schedule_are_refused_at_once(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
