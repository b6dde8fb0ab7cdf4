r"""
# A table: the working of an explanation

An explanation is arithmetic, and `attribution.table()` is the sheet on which it was done: columns of numbers, and a
sentence that says how the values come out of them. Each column is an array, `table["w"]`, so that the sentence can be
carried out with a pencil or with NumPy. Printed, a large table is cut in the middle, and says so.

Read next: [the question](question.py).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from ..checks import find
from ..introspect.pencil import Pencil

# The rows, the columns, and the letters of a word that are printed
ROWS, COLUMNS, LETTERS = 20, 10, 40


class Table:
    """Columns of equal length under a `title`; `formula` says in words how the values come out of them.

    columns: by name, arrays (rows,) of numbers, or words. Raises ValueError for columns of different lengths.
    """

    def __init__(self, title: str, formula: str, columns: Mapping[str, Sequence | np.ndarray]) -> None:
        self.title, self.formula = title, formula
        self.columns = {name: np.asarray(column) for name, column in columns.items()}
        shapes = {name: column.shape for name, column in self.columns.items()}
        if len(set(shapes.values())) != 1 or any(len(shape) != 1 for shape in shapes.values()):
            raise ValueError(f"the columns of a table are equally long rows of numbers; their shapes are {shapes}")

    def __getitem__(self, name: str) -> np.ndarray:
        """The column of this name. Raises ValueError for an unknown one, and lists those there are."""
        return find("column", name, self.columns)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def cells(self, rows: int = ROWS, columns: int = COLUMNS, digits: int = 6) -> list[list[str]]:
        """The header and the rows as words, numbers with so many digits; of a larger table the two ends, "…" between.

        rows, columns: the largest table that is left whole.
        """
        pencil = Pencil(digits, full=True)
        names = _ends(list(self.columns), columns)
        chosen = _ends(list(range(len(self))), rows)
        cells = [[name or "…" for name in names]]
        for row in chosen:
            values = [None if row is None or name is None else self.columns[name][row] for name in names]
            cells.append(
                ["…" if v is None else _shortened(v) if isinstance(v, str) else pencil.number(v) for v in values]
            )
        return cells

    def __repr__(self) -> str:
        cells = self.cells()
        widths = [max(map(len, column)) for column in zip(*cells)]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in cells]
        size = f"{len(self):,} rows, {len(self.columns)} columns"
        is_cut = len(self) > ROWS or len(self.columns) > COLUMNS
        return "\n".join([self.title, self.formula, "", *lines, *([f"({size}; all in .columns)"] if is_cut else [])])


def _shortened(word: str) -> str:
    return word if len(word) <= LETTERS else f"{word[: LETTERS - 1]}…"


def _ends(things: list, most: int) -> list:
    """The things, or of more than `most` the first and the last ones with None between."""
    if len(things) <= most:
        return things
    return [*things[: most - most // 2], None, *things[len(things) - most // 2 :]]
