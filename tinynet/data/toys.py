r"""
# Toy problems: small enough to draw

Each set here asks one question of a network, and because the points lie in a plane, the answer can be drawn.

| set | classes | what it asks |
|---|---|---|
| `xor` | 2 | the four points that no straight line separates: why hidden layers? |
| `blobs` | any number | clouds that straight lines separate: a network without a hidden layer is enough |
| `moons` | 2 | two arcs that clasp: a border shaped like an S |
| `circles` | 2 | one class inside the other: a closed border |
| `spirals` | any number | arms wound around each other: many bends, and patience |

The recipe is the same for all but xor. Example $n$ of $N$ belongs to class $k = n \bmod K$, so the classes
are of one size, or differ by one. A number $t$ drawn uniformly says where on the curve of its class it lies
(for `blobs` the curve is a single point), and normal noise of standard deviation `noise` pushes it off. All
is drawn from `numpy.random.default_rng(seed)`: the same seed gives the same bits.

The coordinates are not scaled to 0…1, since noise has no bounds. Moons and circles follow scikit-learn's
`make_moons` and `make_circles`; the spirals follow the notes of Stanford's course CS231n.

Read next: [real](real.py), data that somebody measured.
"""

import numpy as np
from numpy.typing import NDArray

from ..checks import not_negative, whole
from .prepare import Pair, one_hot


def xor() -> Pair:
    """Exclusive or: 1 if exactly one of the two inputs is 1.

    Returns `(x, y)`, float64: x (4, 2) is (0,0), (0,1), (1,0), (1,1); y (4, 1) is 0, 1, 1, 0.

    Source: Minsky & Papert, *Perceptrons* (1969), who show that a network of one layer cannot compute it.
    """
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return x, np.array([[0.0], [1.0], [1.0], [0.0]])


def moons(n: int = 200, noise: float = 0.1, seed: int = 0) -> Pair:
    r"""Two half circles of radius 1 that clasp each other.

    - `n`: number of examples, at least 2; `noise`: standard deviation of the noise, 0 for none.
    - Returns `(x, y)`, float64: x (n, 2); y (n, 1), 0 for the upper moon, 1 for the lower.
    - Raises ValueError if n is too small or noise is negative.
    """
    rng, k = _start(n, 2, noise, seed)
    t = rng.uniform(0, np.pi, n)
    # upper: $(\cos t, \sin t)$; lower: $(1 - \cos t, \tfrac12 - \sin t)$
    curve = np.where(k == 0, [np.cos(t), np.sin(t)], [1 - np.cos(t), 0.5 - np.sin(t)])
    return _off_the_curve(curve, noise, rng), k[:, np.newaxis].astype(np.float64)


def circles(n: int = 200, noise: float = 0.05, seed: int = 0) -> Pair:
    r"""A circle of radius 1 and, inside it, one of radius ½.

    - `n`: number of examples, at least 2; `noise`: standard deviation of the noise, 0 for none.
    - Returns `(x, y)`, float64: x (n, 2); y (n, 1), 0 for the outer circle, 1 for the inner.
    - Raises ValueError if n is too small or noise is negative.
    """
    rng, k = _start(n, 2, noise, seed)
    t = rng.uniform(0, 2 * np.pi, n)
    radius = np.where(k == 0, 1.0, 0.5)
    # $r_k\,(\cos t, \sin t)$ with $r_0 = 1$, $r_1 = \tfrac12$
    curve = radius * [np.cos(t), np.sin(t)]
    return _off_the_curve(curve, noise, rng), k[:, np.newaxis].astype(np.float64)


def spirals(n: int = 300, classes: int = 3, noise: float = 0.02, seed: int = 0) -> Pair:
    r"""Arms that start near the centre and wind almost once around it on the way out to radius 1.

    - `n`: number of examples, at least `classes`; `classes`: number of arms, at least 2; `noise`: standard
      deviation of the noise, 0 for none.
    - Returns `(x, y)`, float64: x (n, 2); y (n, classes), one-hot.
    - Raises ValueError if classes or n is too small or noise is negative.
    """
    rng, k = _start(n, classes, noise, seed)
    # The arms would meet at t = 0, where no network could tell them apart.
    t = rng.uniform(0.1, 1, n)
    # $t\,(\cos\theta, \sin\theta)$ with $\theta = 2\pi\,(t + k/K)$
    angle = 2 * np.pi * (t + k / classes)
    curve = t * [np.cos(angle), np.sin(angle)]
    return _off_the_curve(curve, noise, rng), one_hot(k, classes)


def blobs(n: int = 300, classes: int = 3, noise: float = 0.2, seed: int = 0) -> Pair:
    r"""Round clouds, their centres evenly spaced on the circle of radius 1.

    - `n`: number of examples, at least `classes`; `classes`: number of clouds, at least 2; `noise`: standard
      deviation of a cloud around its centre, 0 for none.
    - Returns `(x, y)`, float64: x (n, 2); y (n, classes), one-hot.
    - Raises ValueError if classes or n is too small or noise is negative.
    """
    rng, k = _start(n, classes, noise, seed)
    # centre $(\cos\theta, \sin\theta)$ with $\theta = 2\pi k/K$
    angle = 2 * np.pi * k / classes
    centres = np.array([np.cos(angle), np.sin(angle)])
    return _off_the_curve(centres, noise, rng), one_hot(k, classes)


def _start(n: int, classes: int, noise: float, seed: int) -> tuple[np.random.Generator, NDArray[np.int64]]:
    whole("classes", classes, least=2)
    whole("n, which has an example for each class,", n, least=classes)
    not_negative(noise=noise)
    return np.random.default_rng(seed), np.arange(n) % classes


def _off_the_curve(curve: NDArray[np.float64], noise: float, rng: np.random.Generator) -> NDArray[np.float64]:
    # The curves are written as rows of coordinates, the notation wants one example a row.
    return curve.T + noise * rng.standard_normal(curve.T.shape)
