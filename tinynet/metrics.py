r"""
# Metrics

A metric tells a person how good the predictions are; unlike a loss it needs no gradient. It is a function
of two arrays, prediction and target, both $(N, n_L)$, and gives a float: a mean over the examples.

Read next: [data](data/__init__.py).
"""

from collections.abc import Callable

import numpy as np

from .checks import find

Metric = Callable[[np.ndarray, np.ndarray], float]


def _same_shape(prediction: np.ndarray, target: np.ndarray) -> None:
    """Arrays that only broadcast would be compared each with each, and give a wrong number."""
    if prediction.shape != target.shape or prediction.ndim != 2:
        raise ValueError(
            f"the prediction has shape {prediction.shape}, the target {target.shape}; they must be equal, (N, outputs)"
        )


def accuracy(prediction: np.ndarray, target: np.ndarray) -> float:
    """The share of examples whose class is right.

    The class is the largest output or, where there is only one, the side of ½ that it is on. prediction,
    target: (N, n_L). Raises ValueError for shapes that differ.
    """
    _same_shape(prediction, target)
    if target.min() < 0:
        raise ValueError(
            f"accuracy takes targets 0 and 1, not {target.min():g}; for -1 and +1 write a metric of your own"
        )
    if prediction.shape[1] == 1:
        # [eq:binary-accuracy] the class is 1 where $a \ge \frac12$
        return float(np.mean((prediction >= 0.5) == (target >= 0.5)))
    # [eq:accuracy] the class is $\arg\max_j a_j$
    return float(np.mean(prediction.argmax(axis=1) == target.argmax(axis=1)))


def mean_absolute_error(prediction: np.ndarray, target: np.ndarray) -> float:
    r"""$\frac{1}{n_L}\sum_j |y_j - a_j|$, the mean over the examples.

    prediction, target: (N, n_L). Raises ValueError for shapes that differ.
    """
    _same_shape(prediction, target)
    # [eq:mean-absolute-error] $\frac{1}{N n_L} \sum_n \sum_j |y_j - a_j|$
    return float(np.mean(np.abs(target - prediction)))


METRICS: dict[str, Metric] = {"accuracy": accuracy, "mean_absolute_error": mean_absolute_error}


def find_metric(metric: str | Metric) -> Metric:
    """The metric of that name; a function is returned as it is. Raises ValueError for an unknown name."""
    return metric if callable(metric) else find("metric", metric, METRICS)
