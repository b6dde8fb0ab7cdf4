r"""
# Losses

A loss is a function of a prediction and a target, both $(N, n_L)$, and gives a scalar tensor: the mean over
the examples of the loss of one example. The names say the convention: with ½ or not, sum or mean over the
outputs. A target that was itself computed from tensors is a TypeError, for no gradient goes there.

The two cross-entropies look at how their prediction was made. Where it comes straight from a softmax or
sigmoid, they compute from its $z$: exact for every finite $z$, and the gradient of $z^L$ is
$\delta^L = (a - y)/N$ for softmax, $(a - y)/(n_L N)$ for sigmoids. Otherwise they take the prediction as it
is, and it must consist of probabilities.

Source of the formulas: Bishop, *Pattern Recognition and Machine Learning* (2006): squared error § 1.1,
cross-entropies §§ 4.3.2 and 4.3.4, hinge § 7.1.2.

Read next: [optimizers](optimizers.py).
"""

from collections.abc import Callable

import numpy as np

from .checks import find
from .functions import Operand, tensor
from .kernels import losses as kernels
from .tensor import Tensor

Loss = Callable[[Operand, Operand], Tensor]


def how_to_make_a_target(given: tuple[int, ...], outputs: tuple[int, ...]) -> str:
    """What to do with a target of that shape, for outputs (N, *outputs), where there is something to do."""
    if len(outputs) != 1 or not (len(given) == 1 or given[1:] == (1,)):
        return ""
    if outputs == (1,):
        return "; make it a column: y.reshape(-1, 1)"
    labels = "y" if len(given) == 1 else "y.ravel()"
    return f"; make class numbers one-hot: tn.data.one_hot({labels}, {outputs[0]})"


def _pair(loss: str, prediction: Operand, target: Operand) -> tuple[Tensor, Tensor]:
    """Both as tensors of one shape (N, n_L) and dtype, the target a constant."""
    if isinstance(target, Tensor):
        if target.op:
            raise TypeError(
                f"the target of {loss} was computed by {target.op}(); no gradient goes there: hand in its .data"
            )
        target = target._array
    a = tensor(prediction)
    y = Tensor(target, dtype=a._array.dtype, requires_grad=False, name="target")
    shape = a._array.shape
    if len(shape) == 2 and shape == y._array.shape and a._array.size:
        return a, y
    if a.shape != y.shape:
        raise ValueError(
            f"{loss}: the prediction has shape {a.shape}, the target {y.shape}; they must be equal"
            + how_to_make_a_target(y.shape, a.shape[1:])
        )
    raise ValueError(f"{loss} takes arrays (N, outputs) with at least one entry, not {a.shape}")


def _mean_loss(op: str, a: Tensor, y: Tensor, source: Tensor, forward: Callable, backward: Callable) -> Tensor:
    """The loss as a node of the graph; the gradient goes to `source`: the prediction a, or the z it was made from."""
    outputs, targets = a._array, y._array
    value = np.array(forward(source._array, targets), outputs.dtype)

    def rule(g: np.ndarray) -> tuple[np.ndarray, None]:
        d_source = np.empty(outputs.shape, outputs.dtype)
        backward(outputs, targets, g.item(), d_source)
        return d_source, None

    return Tensor.made_by(op, value, (source, y), rule, needs=(a, y))


def half_squared_error(prediction: Operand, target: Operand) -> Tensor:
    r"""$\frac12 \sum_j (y_j - a_j)^2$, the mean over the examples.

    prediction, target: (N, n_L). Returns a scalar Tensor. Raises ValueError for shapes that differ.
    """
    a, y = _pair("half_squared_error", prediction, target)
    return _mean_loss("half_squared_error", a, y, a, kernels.half_squared_error, kernels.half_squared_error_backward)


def mean_squared_error(prediction: Operand, target: Operand) -> Tensor:
    r"""$\frac{1}{n_L} \sum_j (y_j - a_j)^2$, the mean over the examples.

    prediction, target: (N, n_L). Returns a scalar Tensor. Raises ValueError for shapes that differ.
    """
    a, y = _pair("mean_squared_error", prediction, target)
    return _mean_loss("mean_squared_error", a, y, a, kernels.mean_squared_error, kernels.mean_squared_error_backward)


def hinge(prediction: Operand, target: Operand) -> Tensor:
    r"""$\frac{1}{n_L} \sum_j \max(0, 1 - y_j a_j)$, $y_j = \pm 1$, the mean over the examples.

    The slope at the kink is 0. prediction, target: (N, n_L). Returns a scalar Tensor. Raises ValueError for
    shapes that differ, and for targets other than -1 and +1.
    """
    a, y = _pair("hinge", prediction, target)
    if not np.all(np.abs(y._array) == 1):
        raise ValueError("hinge takes targets -1 and +1; from 0 and 1 they come by 2 * y - 1")
    return _mean_loss("hinge", a, y, a, kernels.hinge, kernels.hinge_backward)


def binary_crossentropy(prediction: Operand, target: Operand) -> Tensor:
    r"""$-\frac{1}{n_L} \sum_j [y_j \ln a_j + (1 - y_j) \ln(1 - a_j)]$, the mean over the examples.

    prediction: (N, n_L) of probabilities, best straight from a sigmoid. target: the same shape, 0...1.
    Returns a scalar Tensor. Raises ValueError for shapes that differ, predictions or targets outside 0...1.
    """
    a, y = _pair("binary_crossentropy", prediction, target)
    _check_probabilities("binary_crossentropy", "target", y, "are the classes numbered 0 and 1?")
    if a.op == "sigmoid":
        _check_logits(a)
        forward, backward = kernels.sigmoid_binary_crossentropy, kernels.sigmoid_binary_crossentropy_backward
        return _mean_loss("binary_crossentropy", a, y, a.parents[0], forward, backward)
    _check_probabilities("binary_crossentropy", "prediction", a, "give the last layer activation='sigmoid'")
    return _mean_loss("binary_crossentropy", a, y, a, kernels.binary_crossentropy, kernels.binary_crossentropy_backward)


def categorical_crossentropy(prediction: Operand, target: Operand) -> Tensor:
    r"""$-\sum_j y_j \ln a_j$, the mean over the examples.

    prediction: (N, classes) of probabilities, best straight from a softmax. target: the same shape, one-hot
    or probabilities. Returns a scalar Tensor. Raises ValueError for shapes that differ, predictions or
    targets outside 0...1.
    """
    a, y = _pair("categorical_crossentropy", prediction, target)
    _check_probabilities("categorical_crossentropy", "target", y, "make it one-hot: tn.data.one_hot(labels, classes)")
    if a.op == "softmax":
        _check_logits(a)
        forward, backward = kernels.softmax_categorical_crossentropy, kernels.softmax_categorical_crossentropy_backward
        return _mean_loss("categorical_crossentropy", a, y, a.parents[0], forward, backward)
    _check_probabilities("categorical_crossentropy", "prediction", a, "give the last layer activation='softmax'")
    forward, backward = kernels.categorical_crossentropy, kernels.categorical_crossentropy_backward
    return _mean_loss("categorical_crossentropy", a, y, a, forward, backward)


def _check_logits(a: Tensor) -> None:
    """Raises RuntimeError where z is no longer what `a` was computed from, changed in place or given new data."""
    a.check_unchanged()
    if any(t._array is not array for t, array, _ in a._needed):
        raise RuntimeError(f"the z of {a.op}() was given new data after {a.op}() used it; compute the prediction again")


def _check_probabilities(loss: str, what: str, t: Tensor, remedy: str) -> None:
    if kernels.leaves_0_to_1(t._array):
        low, high = t._array.min(), t._array.max()
        raise ValueError(
            f"{loss} takes a {what} of probabilities, 0 to 1; this goes from {low:.4g} to {high:.4g}: {remedy}"
        )


LOSSES: dict[str, Loss] = {
    "half_squared_error": half_squared_error,
    "mean_squared_error": mean_squared_error,
    "binary_crossentropy": binary_crossentropy,
    "categorical_crossentropy": categorical_crossentropy,
    "hinge": hinge,
}


def chosen_loss(loss: str | Loss | None, compiled: Loss | None, caller: str) -> Loss:
    """The loss that `caller` was given, or else the compiled one. Raises ValueError where there is neither."""
    if loss is None and compiled is None:
        raise ValueError(f"name the loss, {caller}(net, x, y, loss='...'), or compile the model with one")
    return find_loss(loss if loss is not None else compiled)  # type: ignore[arg-type]


def find_loss(loss: str | Loss) -> Loss:
    """The loss of that name; a function is returned as it is. Raises ValueError for an unknown name."""
    return loss if callable(loss) else find("loss", loss, LOSSES)
