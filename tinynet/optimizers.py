r"""
# Optimizers

After `loss.backward()` every parameter $w$ has its gradient, and `optimizer.step(parameters)` moves it
downhill. The formulas are [kernels](kernels/updates.py); an optimizer holds what they need from step to
step: the learning rate $\alpha$ (a number or a [schedule](schedules.py)), the count of steps, and for each
parameter the memory that the rule keeps.

Definitions are PyTorch's where books differ: momentum adds the gradient unscaled, $v \leftarrow \mu v + g$;
$\epsilon$ stands outside the root; L2 (weight decay in SGD) adds $\lambda w$ to the gradient, AdamW shrinks
the weight itself.

Read next: [schedules](schedules.py).
"""

from collections.abc import Callable, Iterable
from weakref import ref

import numpy as np

from .checks import below_1, find, not_negative
from .kernels import updates
from .tensor import Tensor

LearningRate = float | Callable[[int], float]


def _none_yet() -> None:
    """The gradient of a parameter that was never moved."""


class Optimizer:
    """What all optimizers share.

    Attributes: `learning_rate`; `steps`, how many were taken; `memory`, the arrays of each parameter by name.
    """

    # The names of the arrays that the rule remembers for each parameter; they begin at 0.
    remembers: tuple[str, ...] = ()

    def __init__(self, learning_rate: LearningRate) -> None:
        if not callable(learning_rate):
            not_negative(learning_rate=learning_rate)
        self.learning_rate = learning_rate
        self.steps = 0
        self.memory: dict[Tensor, dict[str, np.ndarray]] = {}
        # The gradient that moved each parameter last. A parameter that the new loss did not reach still has it, and
        # must not move by it again.
        self.used: dict[Tensor, Callable[[], np.ndarray | None]] = {}

    def step(self, parameters: Iterable[Tensor]) -> None:
        """Move every parameter that has a gradient by one step, in place.

        Raises ValueError where none has a gradient: backward() comes first.
        """
        used = self.used
        moving = [
            w for w in parameters if w.grad is not None and w.requires_grad and w.grad is not used.get(w, _none_yet)()
        ]
        if not moving:
            raise ValueError(
                "no parameter has a gradient that is not used yet; call loss.backward() before each optimizer.step()"
            )
        for w in moving:
            if w.op or not w._array.flags.writeable:
                raise ValueError(f"{w._label()} cannot be moved: it is a result, or its array is read-only")
            if w.grad.shape != w._array.shape:  # type: ignore[union-attr]
                raise ValueError(
                    f"{w._label()} has shape {w.shape}; its gradient was replaced by one of shape {w.grad.shape}"  # type: ignore[union-attr]
                )
        alpha = self.rate(self.steps)
        self.steps += 1
        for w in moving:
            memory = self.memory.get(w)
            if memory is None:
                memory = self.memory[w] = {n: np.zeros(self.shape_of(n, w), w.dtype) for n in self.remembers}
            self.update(w._array, w.grad, alpha, memory)  # type: ignore[arg-type]
            used[w] = ref(w.grad)

    def rate(self, step: int) -> float:
        """α of a step, from 0: the learning rate, or what its schedule says."""
        return self.learning_rate(step) if callable(self.learning_rate) else self.learning_rate

    def __getstate__(self) -> dict:
        # Weak references can be neither pickled nor copied.
        return self.__dict__ | {"used": {w: gradient() for w, gradient in self.used.items()}}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        self.used = {w: ref(gradient) for w, gradient in state["used"].items() if gradient is not None}

    @staticmethod
    def shape_of(name: str, w: Tensor) -> tuple[int, ...]:
        """The shape of what is remembered of w under this name: that of w; `t` is a count."""
        return () if name == "t" else w.shape

    def update(self, w: np.ndarray, dw: np.ndarray, alpha: float, memory: dict[str, np.ndarray]) -> None:
        """Change w, and the arrays it remembers, in place by the rule; dw is ∂L/∂w."""
        raise NotImplementedError


class SGD(Optimizer):
    r"""$w \leftarrow w - \alpha\,\partial L/\partial w$, with momentum and L2 if asked.

    momentum: $\mu$ (Polyak 1964). nesterov: look ahead along it (Nesterov 1983). l2: $\lambda$. Raises
    ValueError for settings out of range, as all optimizers do.
    """

    def __init__(
        self, learning_rate: LearningRate = 0.01, *, momentum: float = 0.0, nesterov: bool = False, l2: float = 0.0
    ) -> None:
        super().__init__(learning_rate)
        below_1(momentum=momentum)
        not_negative(l2=l2)
        if nesterov and momentum == 0:
            raise ValueError("nesterov=True looks ahead along the momentum; give momentum > 0, 0.9 for example")
        self.momentum, self.nesterov, self.l2 = momentum, nesterov, l2
        self.remembers = ("v",) if momentum else ()

    def update(self, w: np.ndarray, dw: np.ndarray, alpha: float, memory: dict[str, np.ndarray]) -> None:
        if self.momentum:
            updates.momentum(w, dw, memory["v"], alpha, self.momentum, self.nesterov, self.l2)
        else:
            updates.sgd(w, dw, alpha, self.l2)


class Adagrad(Optimizer):
    """Divides each step by the root of the sum of all squared gradients so far (Duchi et al. 2011)."""

    remembers = ("s",)

    def __init__(self, learning_rate: LearningRate = 0.01, *, epsilon: float = 1e-10) -> None:
        super().__init__(learning_rate)
        not_negative(epsilon=epsilon)
        self.epsilon = epsilon

    def update(self, w: np.ndarray, dw: np.ndarray, alpha: float, memory: dict[str, np.ndarray]) -> None:
        updates.adagrad(w, dw, memory["s"], alpha, self.epsilon)


class RMSprop(Optimizer):
    """Divides each step by the root of a running mean of squared gradients (Tieleman and Hinton 2012)."""

    remembers = ("s",)

    def __init__(self, learning_rate: LearningRate = 0.001, *, rho: float = 0.9, epsilon: float = 1e-8) -> None:
        super().__init__(learning_rate)
        below_1(rho=rho)
        not_negative(epsilon=epsilon)
        self.rho, self.epsilon = rho, epsilon

    def update(self, w: np.ndarray, dw: np.ndarray, alpha: float, memory: dict[str, np.ndarray]) -> None:
        updates.rmsprop(w, dw, memory["s"], alpha, self.rho, self.epsilon)


class Adam(Optimizer):
    """Running means of the gradient and of its square, corrected for their start at 0 (Kingma and Ba 2014)."""

    remembers = ("m", "s", "t")

    def __init__(
        self, learning_rate: LearningRate = 0.001, *, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        super().__init__(learning_rate)
        below_1(beta_1=beta_1, beta_2=beta_2)
        not_negative(epsilon=epsilon)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.weight_decay = 0.0

    def update(self, w: np.ndarray, dw: np.ndarray, alpha: float, memory: dict[str, np.ndarray]) -> None:
        m, s, t = memory["m"], memory["s"], memory["t"]
        updates.adam(w, dw, m, s, t, alpha, self.beta_1, self.beta_2, self.epsilon, self.weight_decay)


class AdamW(Adam):
    r"""Adam that also shrinks every weight by $\alpha\lambda w$ (Loshchilov and Hutter 2017)."""

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        *,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(learning_rate, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)
        not_negative(weight_decay=weight_decay)
        self.weight_decay = weight_decay


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "adagrad": Adagrad,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}


def find_optimizer(optimizer: str | Optimizer) -> Optimizer:
    """A new optimizer of that name; an object is returned as it is. Raises ValueError for an unknown name."""
    return optimizer if isinstance(optimizer, Optimizer) else find("optimizer", optimizer, OPTIMIZERS)()
