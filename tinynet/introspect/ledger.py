r"""
# The ledger: a spreadsheet of the trace

`trace.to_csv(folder, learning_rate=0.5)` writes every number of [a trace](trace.py) into two tables, with all its
digits, so that a spreadsheet can do the sums again.

| `neurons.csv` | a row for each example, layer and neuron |
|---|---|
| `example` | the row of x, from 0 |
| `layer`, `neuron` | from 0, the input, and from 1, as in the formulas |
| `z`, `a`, `f_prime`, `delta` | $z_j^l$, $a_j^l$, $f'(z_j^l)$, $\delta_j^l$; the input has only a |
| `y` | $y_j$, in the rows of the last layer |

| `weights.csv` | a row for each weight and bias |
|---|---|
| `layer`, `i`, `j` | $w_{ij}^l$ leads from i to j, both from 1; for $b_j^l$, i is the word `bias` |
| `w`, `dL_dw`, `new_w` | the weight, its gradient, and what a step makes of it |

The derivative of softmax is a matrix, $\partial a_j/\partial z_i = a_j\,([i = j] - a_i)$, and its diagonal alone
would give a wrong δ. So `f_prime` is empty there, and in every cell of a number that does not exist.

Both tables are written under other names first. Where that fails, older files stay as they were.

Read next: [three ways](three_ways.py).
"""

import csv
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ..optimizers import Optimizer
from .trace import Trace
from .worksheet import ROW_WISE, find_rule, step_of

NEURONS = ("example", "layer", "neuron", "z", "a", "f_prime", "delta", "y")
WEIGHTS = ("layer", "i", "j", "w", "dL_dw", "new_w")


def write_csv(
    trace: Trace,
    folder: str | os.PathLike,
    *,
    learning_rate: float | None = None,
    optimizer: str | Optimizer | None = None,
) -> tuple[Path, Path]:
    """What `trace.to_csv(...)` does; it is described there."""
    rule, folder = find_rule(learning_rate, optimizer), Path(folder)
    try:
        folder.mkdir(exist_ok=True)
    except FileNotFoundError:
        raise FileNotFoundError(f"cannot make {folder}: there is no folder {folder.parent}; make it first") from None
    except FileExistsError:
        raise NotADirectoryError(f"{folder} is a file; to_csv() takes a folder, for two tables") from None
    tables = {"neurons.csv": (NEURONS, neurons(trace)), "weights.csv": (WEIGHTS, weights(trace, rule))}
    unfinished = {name: folder / f".{name}.{secrets.token_hex(4)}" for name in tables}
    try:
        for name, (head, rows) in tables.items():
            _write(unfinished[name], head, rows)
        for name, path in unfinished.items():
            os.replace(path, folder / name)
    except PermissionError as error:
        raise PermissionError(f"cannot write to the folder {folder}: {error.strerror}") from error
    finally:
        for path in unfinished.values():
            path.unlink(missing_ok=True)
    return folder / "neurons.csv", folder / "weights.csv"


def _write(path: Path, head: Iterable[str], rows: Iterable[tuple]) -> None:
    with open(path, "x", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(head)
        table.writerows(rows)


def neurons(trace: Trace) -> Iterator[tuple]:
    """The rows of neurons.csv; numbers as Python floats, which are written with all their digits."""
    N = len(trace.y)
    for layer in trace:
        f_prime = None if layer.f in ROW_WISE else layer.f_prime
        y = trace.y if layer is trace[-1] else None
        columns = [
            np.full(layer.a.shape, "", dtype=object).reshape(N, -1) if array is None else array.reshape(N, -1)
            for array in (layer.z, layer.a, f_prime, layer.delta, y)
        ]
        for n, rows in enumerate(zip(*(column.tolist() for column in columns))):
            yield from ((n, layer.l, j, *numbers) for j, numbers in enumerate(zip(*rows), start=1))


def weights(trace: Trace, optimizer: Optimizer) -> Iterator[tuple]:
    """The rows of weights.csv; what is not trained has no gradient and stays as it is."""
    for layer in trace:
        for letter in layer.parameters:
            w, dw = getattr(layer, letter), getattr(layer, f"d{letter}")
            new = w if dw is None else step_of(optimizer, layer, letter)[0]
            for place in np.ndindex(w.shape):
                i = place[0] + 1 if letter == "W" else "bias"
                yield (
                    layer.l,
                    i,
                    place[-1] + 1,
                    float(w[place]),
                    "" if dw is None else float(dw[place]),
                    float(new[place]),
                )
