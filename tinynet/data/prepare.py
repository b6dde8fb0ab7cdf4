r"""
# Preparing data: scales, targets, splits, batches

A network sees numbers, so everything is made a number first, and the numbers are made to be of one size.

**Scales.** In $z_j = \sum_i a_i w_{ij} + b_j$ an input measured in thousands drowns one measured in tenths,
and $\partial L/\partial w_{ij} = a_i \delta_j$ grows with it. So every column is brought to one scale,
either to 0…1 (`minmax_scale`) or to mean 0 and standard deviation 1 (`standardize`).

**The leak.** The scale is part of what is learned from data, so it is measured on the training set alone.
Whoever measures it on all the rows lets the network peek at the test set. Write

```python
x_test = minmax_scale(x_test, like=x_train)     # first: with the range of the training set
x_train = minmax_scale(x_train)
```

and the test set may well leave 0…1 a little, as any new example may.

**Targets.** A class is not a quantity: 8 is not twice 4. `one_hot` gives each class an output of its own.

**Splits and batches.** `train_test_split` puts rows aside that no training step will see. `batches` deals
the other rows out: it shuffles *rows*, not ready-made batches, so every epoch mixes the examples anew, and
it keeps the last batch even if it is short, so an epoch is every example once.

Nothing here guesses: data that is empty, misshapen or not a number is an error that says where.

Read next: the data itself, in [toys](toys.py), [real](real.py) and [mnist](mnist.py).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import whole

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]


def minmax_scale(x: ArrayLike, like: ArrayLike | None = None) -> NDArray[np.float64]:
    r"""Each column of x brought to 0…1: its smallest value becomes 0, its largest 1.

    - `x`: (N, n_0), one example a row.
    - `like`: (M, n_0), the rows on which smallest and largest are measured; x itself if not given. For a
      test set, give the unscaled training set.
    - Returns (N, n_0), float64. A column that is constant in `like` tells no examples apart and gives 0.
    - Raises ValueError if x or `like` is empty, not two-dimensional or not finite, or if they differ in n_0.

    Source: Han, Kamber & Pei, *Data Mining*, 3rd ed. (2011), § 3.5.2.
    """
    x, like = _two_tables(x, like)
    low, high = like.min(axis=0), like.max(axis=0)
    # [eq:minmax] $x'_{ni} = \frac{x_{ni} - \min_m x_{mi}}{\max_m x_{mi} - \min_m x_{mi}}$, $m$ over the rows of `like`
    return _divide(x - low, high - low)


def standardize(x: ArrayLike, like: ArrayLike | None = None) -> NDArray[np.float64]:
    r"""Each column of x brought to mean 0 and standard deviation 1.

    The deviation is that of the population, $\sigma_i^2 = \frac1M \sum_m (x_{mi} - \mu_i)^2$; that of a sample
    would have $M-1$ for $M$.

    - `x`: (N, n_0), one example a row.
    - `like`: (M, n_0), the rows on which μ and σ are measured; x itself if not given. For a test set, give
      the training set before it was standardized.
    - Returns (N, n_0), float64. A column that is constant in `like` tells no examples apart and gives 0.
    - Raises ValueError if x or `like` is empty, not two-dimensional or not finite, or if they differ in n_0.

    Source: LeCun, Bottou, Orr & Müller, *Efficient BackProp* (1998), § 4.3.
    """
    x, like = _two_tables(x, like)
    mean, std = like.mean(axis=0), like.std(axis=0)
    # The mean of three times 0.1 is not exactly 0.1, so rounding gives a constant column a σ of 1e-17, not 0.
    std[like.min(axis=0) == like.max(axis=0)] = 0
    # [eq:standardize] $x'_{ni} = \frac{x_{ni} - \mu_i}{\sigma_i}$
    return _divide(x - mean, std)


def one_hot(labels: ArrayLike, classes: int) -> NDArray[np.float64]:
    r"""One row a label: 1 in the column of its class, 0 in all others.

    `y.argmax(axis=1)` gives the labels back.

    - `labels`: (N,), whole numbers 0…classes−1.
    - `classes`: the number of classes, n_L.
    - Returns (N, classes), float64.
    - Raises ValueError if `labels` is empty, not one-dimensional, or has an entry that is not a class; the
      message names the first such entry and its position.
    """
    whole("classes", classes)
    labels = _rows("labels", labels)
    if labels.ndim != 1:
        raise ValueError(f"labels must have the shape (N,), got {labels.shape}; use labels.ravel()")
    known = (labels >= 0) & (labels < classes) & (labels == np.floor(labels))
    if not known.all():
        position = int(np.argmin(known))
        raise ValueError(
            f"label {labels[position]} at position {position} is not a class: with {classes} classes, labels "
            f"are the whole numbers 0…{classes - 1}; correct the label or raise classes"
        )
    # [eq:one-hot] $y_{nj} = 1$ if $j$ is the class of example $n$, else $0$
    return np.equal.outer(labels, np.arange(classes)).astype(np.float64)


def train_test_split(
    x: ArrayLike, y: ArrayLike, test_fraction: float = 0.2, seed: int = 0
) -> tuple[tuple[NDArray, NDArray], tuple[NDArray, NDArray]]:
    """Shuffle the rows and put a part of them aside for the test.

    - `x`, `y`: N rows each, of any shape behind the first axis.
    - `test_fraction`: of the N rows, round(test_fraction · N) are for the test.
    - `seed`: the same seed puts the same rows aside.
    - Returns `(x_train, y_train), (x_test, y_test)`: copies, dtypes as given.
    - Raises ValueError if x or y is empty or not finite, if their lengths differ, or if a part would be empty.
    """
    x, y = _paired_rows(x, y)
    tests = round(test_fraction * len(x))
    if not 0 < tests < len(x):
        raise ValueError(
            f"test_fraction={test_fraction} of {len(x)} rows leaves {tests} for the test and {len(x) - tests} "
            "for training, but each needs at least one; choose another fraction between 0 and 1, or bring more "
            "rows"
        )
    order = np.random.default_rng(seed).permutation(len(x))
    test, train = order[:tests], order[tests:]
    return (x[train], y[train]), (x[test], y[test])


def batches(
    x: ArrayLike,
    y: ArrayLike,
    batch_size: int,
    shuffle: bool = True,
    seed: int | np.random.Generator | None = None,
) -> Iterator[tuple[NDArray, NDArray]]:
    """Deal the rows of x and y out in batches: one epoch, every example once.

    - `x`, `y`: N rows each, of any shape behind the first axis.
    - `batch_size`: rows a batch; the last batch has the rest and may be shorter.
    - `shuffle`: deal in random order; otherwise in the order given.
    - `seed`: an int for the same order every time, or a Generator, which gives another order at every call.
    - Returns an iterator of `(x_batch, y_batch)`: copies, dtypes as given. The order is drawn at the call.
    - Raises ValueError at the call, before the first batch, if x or y is empty or not finite, if their
      lengths differ, or if `batch_size` is not a positive whole number.
    """
    x, y = _paired_rows(x, y)
    whole("batch_size", batch_size)
    order = np.random.default_rng(seed).permutation(len(x)) if shuffle else np.arange(len(x))
    parts = (order[start : start + batch_size] for start in range(0, len(x), batch_size))
    return ((x[rows], y[rows]) for rows in parts)


# ## What all of them refuse


def _rows(name: str, values: ArrayLike) -> NDArray:
    values = np.asarray(values)
    if values.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers, got dtype {values.dtype}; turn the values into numbers first")
    if values.ndim == 0 or values.size == 0:
        raise ValueError(f"{name} must have at least one row, got shape {values.shape}; give one example a row")
    return values


def _finite_rows(name: str, values: ArrayLike) -> NDArray:
    values = _rows(name, values)
    finite = np.isfinite(values)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        row, column = place[0], ", ".join(map(str, place[1:])) or "0"
        raise ValueError(
            f"{name} must be finite, got {values[place]} at row {row}, column {column}; remove the row, or "
            "fill the value in"
        )
    return values


def _paired_rows(x: ArrayLike, y: ArrayLike) -> tuple[NDArray, NDArray]:
    x, y = _finite_rows("x", x), _finite_rows("y", y)
    if len(x) != len(y):
        raise ValueError(
            f"x has {len(x)} rows and y has {len(y)} (shapes {x.shape} and {y.shape}); each example needs its target"
        )
    return x, y


def _two_tables(x: ArrayLike, like: ArrayLike | None) -> Pair:
    x = _finite_rows("x", x).astype(np.float64)
    like = x if like is None else _finite_rows("like", like).astype(np.float64)
    for name, table in (("x", x), ("like", like)):
        if table.ndim != 2:
            raise ValueError(
                f"{name} must have the shape (N, n_0), one example a row, got {table.shape}; use "
                f"{name}.reshape(-1, 1) for a single column, {name}.reshape(len({name}), -1) for images"
            )
    if x.shape[1] != like.shape[1]:
        raise ValueError(f"x has {x.shape[1]} columns and like has {like.shape[1]}; they must be the same")
    return x, like


def _divide(difference: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    # A scale of 0 is a constant column, which gives 0.
    return np.divide(difference, scale, out=np.zeros_like(difference), where=scale > 0)
