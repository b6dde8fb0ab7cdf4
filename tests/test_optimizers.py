"""Optimizers: the first steps by hand, then what each rule is for, memory, and what is refused."""

import copy
import pickle
from collections.abc import Callable, Iterator
from math import sqrt

import numpy as np
import pytest

import tinynet as tn
from tinynet import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop, Tensor
from tinynet.optimizers import OPTIMIZERS, find_optimizer

# The gradient of one weight, step by step, as if the losses had been these.
GRADIENTS = [0.5, -1.0, 0.25, 2.0]
START = 1.0


def walk(optimizer: Optimizer, gradients: list[float] = GRADIENTS) -> list[float]:
    """Where one weight goes."""
    w, path = Tensor([START]), []
    for g in gradients:
        w.grad = np.array([g])
        optimizer.step([w])
        path.append(w.item())
    return path


# Each rule again, in plain Python, as its paper has it.


def sgd(learning_rate: float, l2: float = 0) -> Iterator[float]:
    w = START
    for g in GRADIENTS:
        # checks [eq:sgd]
        w -= learning_rate * (g + l2 * w)
        yield w


def momentum(learning_rate: float, mu: float, nesterov: bool = False, l2: float = 0) -> Iterator[float]:
    w, v = START, 0.0
    for g in GRADIENTS:
        g += l2 * w
        # checks [eq:momentum] [eq:nesterov]
        v = mu * v + g
        w -= learning_rate * (g + mu * v) if nesterov else learning_rate * v
        yield w


def adagrad(learning_rate: float, epsilon: float) -> Iterator[float]:
    w, s = START, 0.0
    for g in GRADIENTS:
        # checks [eq:adagrad]
        s += g**2
        w -= learning_rate * g / (sqrt(s) + epsilon)
        yield w


def rmsprop(learning_rate: float, rho: float, epsilon: float) -> Iterator[float]:
    w, s = START, 0.0
    for g in GRADIENTS:
        # checks [eq:rmsprop]
        s = rho * s + (1 - rho) * g**2
        w -= learning_rate * g / (sqrt(s) + epsilon)
        yield w


def adam(
    learning_rate: float, beta_1: float, beta_2: float, epsilon: float, weight_decay: float = 0
) -> Iterator[float]:
    w, m, s = START, 0.0, 0.0
    for t, g in enumerate(GRADIENTS, start=1):
        # checks [eq:adamw] [eq:adam-moments] [eq:adam]
        w *= 1 - learning_rate * weight_decay
        m = beta_1 * m + (1 - beta_1) * g
        s = beta_2 * s + (1 - beta_2) * g**2
        w -= learning_rate * (m / (1 - beta_1**t)) / (sqrt(s / (1 - beta_2**t)) + epsilon)
        yield w


@pytest.mark.parametrize(
    ("optimizer", "by_hand"),
    [
        (SGD(0.1), sgd(0.1)),
        (SGD(0.1, l2=0.3), sgd(0.1, l2=0.3)),
        (SGD(0.1, momentum=0.9), momentum(0.1, 0.9)),
        (SGD(0.1, momentum=0.9, l2=0.3), momentum(0.1, 0.9, l2=0.3)),
        (SGD(0.1, momentum=0.5, nesterov=True), momentum(0.1, 0.5, nesterov=True)),
        (SGD(0.1, momentum=0.5, nesterov=True, l2=0.3), momentum(0.1, 0.5, nesterov=True, l2=0.3)),
        (Adagrad(0.1, epsilon=0.01), adagrad(0.1, 0.01)),
        (RMSprop(0.1, rho=0.8, epsilon=0.01), rmsprop(0.1, 0.8, 0.01)),
        (Adam(0.1, beta_1=0.8, beta_2=0.95, epsilon=0.01), adam(0.1, 0.8, 0.95, 0.01)),
        (AdamW(0.1, beta_1=0.8, beta_2=0.95, epsilon=0.01, weight_decay=0.3), adam(0.1, 0.8, 0.95, 0.01, 0.3)),
        # and with the defaults of the papers
        (SGD(), sgd(0.01)),
        (Adagrad(), adagrad(0.01, 1e-10)),
        (RMSprop(), rmsprop(0.001, 0.9, 1e-8)),
        (Adam(), adam(0.001, 0.9, 0.999, 1e-8)),
        (AdamW(), adam(0.001, 0.9, 0.999, 1e-8, 0.01)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Optimizer) else "",
)
def test_the_path_of_one_weight(optimizer: Optimizer, by_hand: Iterator[float]) -> None:
    np.testing.assert_allclose(walk(optimizer), list(by_hand), rtol=1e-14)


class TestFirstStepsInNumbers:
    def test_sgd(self) -> None:
        assert walk(SGD(0.1), [0.5]) == [1 - 0.05]

    def test_momentum_keeps_going_where_the_gradient_is_0(self) -> None:
        # v = 1, then ½, then ¼
        assert walk(SGD(1, momentum=0.5), [1.0, 0.0, 0.0]) == [0, -0.5, -0.75]

    def test_nesterov_looks_ahead(self) -> None:
        assert walk(SGD(1, momentum=0.5, nesterov=True), [1.0, 0.0]) == [1 - 1.5, 1 - 1.5 - 0.25]

    @pytest.mark.parametrize("g", [1e-3, 1, 1e3, -1e3])
    def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_gradient(self, g: float) -> None:
        assert walk(Adam(0.1), [g])[0] == pytest.approx(1 - 0.1 * np.sign(g), rel=1e-5)

    def test_adagrad_takes_ever_smaller_steps(self) -> None:
        np.testing.assert_allclose(walk(Adagrad(1), [3.0, 3.0]), [0, -1 / sqrt(2)], rtol=1e-9, atol=1e-9)

    def test_l2_is_a_pull_on_the_gradient_and_weight_decay_one_on_the_weight(self) -> None:
        # Without a gradient SGD with L2 and AdamW shrink the weight by the same αλw.
        assert walk(SGD(0.1, l2=0.5), [0.0]) == walk(AdamW(0.1, weight_decay=0.5), [0.0]) == [0.95]


class TestStep:
    def test_several_parameters_each_with_its_memory(self) -> None:
        optimizer, a, b = Adam(0.1), Tensor([START]), Tensor([[START, 5.0], [6.0, 7.0]])
        for g in GRADIENTS:
            a.grad, b.grad = np.array([g]), np.array([[g, 0], [0, -g]])
            optimizer.step([a, b])
        assert a.item() == b.data[0, 0] == walk(Adam(0.1))[-1]
        assert (b.data[0, 1], b.data[1, 0]) == (5, 6)
        assert b.data[1, 1] - 7 == pytest.approx(START - a.item(), rel=1e-12)  # mirrored gradients
        assert set(optimizer.memory) == {a, b} and optimizer.memory[b]["m"].shape == (2, 2)
        assert optimizer.steps == len(GRADIENTS)

    def test_changes_the_weights_in_place_and_leaves_the_gradient(self) -> None:
        w = Tensor([1.0, 2.0])
        array, w.grad = w.data, np.array([1.0, 1.0])
        SGD(0.5).step([w])
        assert w.data is array
        np.testing.assert_array_equal(array, [0.5, 1.5])
        np.testing.assert_array_equal(w.grad, [1, 1])

    def test_takes_any_iterable(self) -> None:
        w = Tensor([1.0])
        w.grad = np.array([1.0])
        SGD(0.5).step(t for t in [w])
        assert w.item() == 0.5

    def test_a_parameter_without_gradient_stays(self) -> None:
        moving, still = Tensor([1.0]), Tensor([1.0])
        moving.grad = np.array([1.0])
        SGD(0.5).step([moving, still])
        assert (moving.item(), still.item()) == (0.5, 1)

    def test_no_gradient_at_all_is_an_error_and_no_step(self) -> None:
        optimizer = SGD(0.5)
        for parameters in ([Tensor([1.0])], []):
            with pytest.raises(ValueError, match=r"call loss.backward\(\) before each optimizer.step\(\)"):
                optimizer.step(parameters)
        assert optimizer.steps == 0

    def test_a_gradient_is_used_once(self) -> None:
        optimizer, w = SGD(0.5), Tensor([1.0])
        (w * 2).sum().backward()
        optimizer.step([w])
        with pytest.raises(ValueError, match="no parameter has a gradient that is not used yet"):
            optimizer.step([w])
        assert w.item() == 0 and optimizer.steps == 1

    def test_a_parameter_that_the_loss_does_not_depend_on_stays(self) -> None:
        optimizer, first, second = SGD(0.1), Tensor([1.0]), Tensor([1.0])
        first.sum().backward()
        optimizer.step([first, second])
        second.sum().backward()
        optimizer.step([first, second])
        assert (first.item(), second.item()) == (0.9, 0.9)

    def test_a_frozen_parameter_stays(self) -> None:
        optimizer, w, other = SGD(0.1), Tensor([1.0]), Tensor([1.0])
        (w + other).sum().backward()
        w.requires_grad = False
        optimizer.step([w, other])
        assert (w.item(), other.item()) == (1, 0.9)

    def test_adam_counts_the_steps_of_each_parameter(self) -> None:
        optimizer, early, late = Adam(0.1), Tensor([1.0]), Tensor([1.0])
        for _ in range(100):
            early.sum().backward()
            optimizer.step([early])
        late.sum().backward()
        optimizer.step([late])
        assert late.item() == pytest.approx(0.9, rel=1e-7)  # the first step of Adam is α, whatever the gradient

    def test_what_cannot_be_moved_is_refused(self) -> None:
        fixed = np.ones(1)
        fixed.flags.writeable = False
        for w in (Tensor([1.0]) * 1, Tensor(fixed)):
            w.grad = np.ones(1)
            with pytest.raises(ValueError, match="cannot be moved: it is a result, or its array is read-only"):
                SGD(0.1).step([w])

    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_float32_weights_and_memory_stay_float32(self, name: str) -> None:
        optimizer, w = OPTIMIZERS[name](), Tensor([START], dtype="float32")
        for g in GRADIENTS:
            w.grad = np.array([g], np.float32)
            optimizer.step([w])
        assert {w.dtype, *(array.dtype for array in optimizer.memory[w].values())} == {np.dtype("float32")}
        assert w.item() == pytest.approx(walk(OPTIMIZERS[name]())[-1], rel=1e-6)

    def test_a_graph_that_still_needs_the_weights_notices_the_step(self) -> None:
        w = Tensor([[1.0]], name="w")
        loss = (w * w).sum()
        loss.backward()
        SGD(0.5).step([w])
        with pytest.raises(RuntimeError, match="tensor 'w' was changed in place"):
            loss.backward()

    @pytest.mark.parametrize("name", OPTIMIZERS)
    def test_each_finds_the_lowest_point_of_a_valley(self, name: str) -> None:
        # L = ½ (100 x² + y²), a hundred times steeper in x than in y
        w, steep, optimizer = Tensor([1.0, 1.0]), np.array([100.0, 1.0]), OPTIMIZERS[name](learning_rate=0.01)
        if name == "adagrad":
            optimizer = Adagrad(0.5)
        for _ in range(1000):
            w.grad = steep * w.data
            optimizer.step([w])
        assert np.abs(w.data).max() < 0.02


class TestLearningRate:
    def test_may_be_a_function_of_the_step(self) -> None:
        seen: list[int] = []

        def halving(t: int) -> float:
            seen.append(t)
            return 0.5**t

        assert walk(SGD(halving), [1.0, 1.0, 1.0]) == [0, -0.5, -0.75]
        assert seen == [0, 1, 2]  # once a step, however many parameters

    def test_the_function_is_asked_once_for_all_parameters(self) -> None:
        asked: list[int] = []
        parameters = [Tensor([1.0]), Tensor([2.0])]
        for w in parameters:
            w.grad = np.array([1.0])
        SGD(lambda t: asked.append(t) or 0.5).step(parameters)
        assert asked == [0] and [w.item() for w in parameters] == [0.5, 1.5]

    def test_every_optimizer_takes_a_schedule(self) -> None:
        for kind in OPTIMIZERS.values():
            assert walk(kind(tn.StepDecay(0.1, 0.5, every=100))) == walk(kind(0.1))
            assert walk(kind(tn.StepDecay(0.1, 0.5, every=1))) != walk(kind(0.1))

    def test_0_moves_nothing(self) -> None:
        assert walk(Adam(0)) == [START] * len(GRADIENTS)


class TestNames:
    def test_each_by_name_with_its_defaults(self) -> None:
        assert {name: type(find_optimizer(name)) for name in OPTIMIZERS} == {
            "sgd": SGD,
            "adagrad": Adagrad,
            "rmsprop": RMSprop,
            "adam": Adam,
            "adamw": AdamW,
        }
        assert find_optimizer("adam").learning_rate == 0.001

    def test_a_name_makes_a_new_one_and_an_object_is_kept(self) -> None:
        assert find_optimizer("adam") is not find_optimizer("adam")
        mine = SGD(0.3)
        assert find_optimizer(mine) is mine

    def test_an_unknown_name(self) -> None:
        with pytest.raises(ValueError, match=r"unknown optimizer 'adan'\. Did you mean 'adam'.*sgd, .*rmsprop.*adamw"):
            find_optimizer("adan")


class TestRefused:
    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: SGD(-0.1), "learning_rate is a number >= 0, not -0.1"),
            (lambda: Adam(float("nan")), "learning_rate is a number >= 0, not nan"),
            (lambda: Adam(float("inf")), "learning_rate is a number >= 0, not inf"),
            (lambda: SGD(momentum=1), "momentum is a number, 0 <= momentum < 1, not 1"),
            (lambda: SGD(momentum=-0.5), "momentum is a number, 0 <= momentum < 1, not -0.5"),
            (lambda: SGD(l2=-1), "l2 is a number >= 0, not -1"),
            (lambda: SGD(nesterov=True), "give momentum > 0, 0.9 for example"),
            (lambda: Adagrad(epsilon=-1), "epsilon is a number >= 0, not -1"),
            (lambda: RMSprop(rho=1.0), "rho is a number, 0 <= rho < 1, not 1.0"),
            (lambda: RMSprop(epsilon=-1), "epsilon is a number >= 0"),
            (lambda: Adam(beta_1=1), "beta_1 is a number, 0 <= beta_1 < 1, not 1"),
            (lambda: Adam(beta_2=-0.1), "beta_2 is a number, 0 <= beta_2 < 1, not -0.1"),
            (lambda: Adam(epsilon=-1), "epsilon is a number >= 0"),
            (lambda: AdamW(weight_decay=-1), "weight_decay is a number >= 0, not -1"),
            (lambda: AdamW(beta_2=2), "beta_2 is a number"),
        ],
    )
    def test_settings_out_of_range(self, make: Callable[[], Optimizer], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            make()


# ## What is copied or kept in a file


def test_a_copy_knows_which_gradients_it_used() -> None:
    for copied in (copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))):
        w, optimizer = Tensor([1.0]), Adam()
        (w * w).sum().backward()
        optimizer.step([w])
        w, optimizer = copied((w, optimizer))
        before = w.data.copy()
        with pytest.raises(ValueError, match="not used yet"):
            optimizer.step([w])
        (w * w).sum().backward()
        optimizer.step([w])
        assert w.data != before and optimizer.memory[w]["t"] == 2


@pytest.mark.parametrize("shape", [2, 4, (3, 1), ()])
def test_a_gradient_that_was_replaced_by_one_of_another_shape_is_refused(shape) -> None:
    w = Tensor([1.0, 2.0, 3.0], name="w")
    w.grad = np.ones(shape)
    with pytest.raises(ValueError, match=r"tensor 'w' has shape \(3,\); its gradient was replaced by one of shape"):
        SGD(1.0).step([w])
    assert w.data.tolist() == [1, 2, 3]
