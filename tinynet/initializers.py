r"""
# Initializers: where the weights begin

If all weights of a layer began equal, its neurons would compute the same, receive the same $\delta$, and
stay equal for ever. So weights begin at random. How far from 0 they begin decides whether signals survive:
$z_j = \sum_i a_i w_{ij}$ adds up the variances of $n_\text{in}$ terms, and on the way back
$\sum_j \delta_j w_{ij}$ those of $n_\text{out}$ terms. These initializers choose the variance of a weight so
that the signal neither grows nor fades:

| name | $\mathrm{Var}(w)$ | keeps | source |
|---|---|---|---|
| `lecun` | $1/n_\text{in}$ | the forward signal | LeCun et al. 1998 |
| `glorot` | $2/(n_\text{in}+n_\text{out})$ | a compromise of both directions | Glorot and Bengio 2010 |
| `he` | $2/n_\text{in}$ | the forward signal through relu, which silences half | He et al. 2015 |

Each of the three comes as `_uniform` and as `_normal`: drawn evenly, or from the normal distribution. An
initializer is a function `(shape, rng) -> array`, float64; `shape` is $(n_\text{in}, n_\text{out})$.

Read next: [layers](layers.py).
"""

from collections.abc import Callable
from math import prod, sqrt

import numpy as np

Initializer = Callable[[tuple[int, ...], np.random.Generator], np.ndarray]


def zeros(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """All 0: right for biases, wrong for weights."""
    return np.zeros(shape)


def constant(value: float) -> Initializer:
    """The initializer that gives every entry this value."""
    return lambda shape, rng: np.full(shape, float(value))


def uniform(low: float = -0.05, high: float = 0.05) -> Initializer:
    """The initializer that draws evenly from `low` to `high`."""
    return lambda shape, rng: rng.uniform(low, high, shape)


def normal(mean: float = 0.0, std: float = 0.05) -> Initializer:
    """The initializer that draws from the normal distribution of this mean and standard deviation."""
    return lambda shape, rng: rng.normal(mean, std, shape)


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """n_in and n_out."""
    return prod(shape[:-1]), shape[-1]


def lecun_variance(shape: tuple[int, ...]) -> float:
    # [eq:lecun] $\mathrm{Var}(w) = 1/n_\text{in}$
    return 1 / _fans(shape)[0]


def glorot_variance(shape: tuple[int, ...]) -> float:
    # [eq:glorot] $\mathrm{Var}(w) = 2/(n_\text{in} + n_\text{out})$
    return 2 / sum(_fans(shape))


def he_variance(shape: tuple[int, ...]) -> float:
    # [eq:he] $\mathrm{Var}(w) = 2/n_\text{in}$
    return 2 / _fans(shape)[0]


def _uniform_of_variance(variance: float, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    # [eq:uniform-variance] an even draw from $-r \dots r$ has variance $r^2/3$, so $r = \sqrt{3\,\mathrm{Var}(w)}$
    limit = sqrt(3 * variance)
    return rng.uniform(-limit, limit, shape)


def lecun_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Drawn evenly, variance 1/n_in."""
    return _uniform_of_variance(lecun_variance(shape), shape, rng)


def lecun_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Drawn from the normal distribution, variance 1/n_in."""
    return rng.normal(0, sqrt(lecun_variance(shape)), shape)


def glorot_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Drawn evenly, variance 2/(n_in + n_out)."""
    return _uniform_of_variance(glorot_variance(shape), shape, rng)


def glorot_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Drawn from the normal distribution, variance 2/(n_in + n_out)."""
    return rng.normal(0, sqrt(glorot_variance(shape)), shape)


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Drawn evenly, variance 2/n_in."""
    return _uniform_of_variance(he_variance(shape), shape, rng)


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Drawn from the normal distribution, variance 2/n_in."""
    return rng.normal(0, sqrt(he_variance(shape)), shape)


INITIALIZERS: dict[str, Initializer] = {
    "zeros": zeros,
    "uniform": uniform(),
    "normal": normal(),
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "lecun_uniform": lecun_uniform,
    "lecun_normal": lecun_normal,
}
