"""The working of an explanation: columns by name, and what is printed of many."""

import numpy as np
import pytest

from tinynet.explain.table import Table


def small() -> Table:
    return Table("of x_1", "φ = the sum of w·g", {"w": np.array([0.25, -1e-3]), "g": np.array([1, 2]), "k": ["a", "b"]})


def test_columns_are_arrays_by_name():
    table = small()
    assert len(table) == 2
    assert table["w"] @ table["g"] == 0.248
    assert table["k"].tolist() == ["a", "b"]


def test_printed_it_has_title_formula_and_aligned_columns():
    assert str(small()).split("\n") == [
        "of x_1",
        "φ = the sum of w·g",
        "",
        "     w  g  k",
        "  0.25  1  a",
        "−0.001  2  b",
    ]


def test_on_its_own_in_a_notebook_it_is_as_printed():
    assert repr(small()) == str(small())


def test_an_unknown_column_is_an_error_that_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown column 'v'.*Known: w, g, k"):
        small()["v"]


def test_columns_are_equally_long():
    with pytest.raises(ValueError, match=r"'a': \(2,\), 'b': \(3,\)"):
        Table("", "", {"a": np.zeros(2), "b": np.zeros(3)})
    with pytest.raises(ValueError, match=r"'a': \(2, 2\)"):
        Table("", "", {"a": np.zeros((2, 2))})


def test_a_large_table_is_cut_in_the_middle_and_says_so():
    table = Table("t", "f", {f"c{k}": np.arange(25) + 100 * k for k in range(14)})
    header, *rows = table.cells(rows=4, columns=3)
    assert header == ["c0", "c1", "…", "c13"]
    assert [row[0] for row in rows] == ["0", "1", "…", "23", "24"]
    assert rows[2] == ["…"] * 4
    assert [row[2] for row in rows] == ["…"] * 5
    assert rows[-1][3] == "1324"
    assert str(table).endswith("(25 rows, 14 columns; all in .columns)")


@pytest.mark.parametrize("rows", [20, 21])
def test_what_fits_is_printed_whole(rows):
    text = str(Table("t", "f", {"a": np.arange(rows)}))
    assert ("…" in text) == (rows > 20)


def test_digits_are_those_asked_for():
    table = Table("t", "f", {"a": [1 / 3]})
    assert table.cells(digits=3)[1] == ["0.333"]
    assert table.cells(digits=17)[1] == ["0.3333333333333333"]


def test_a_long_word_is_cut():
    words = ["x" * 40, "y" * 41]
    assert [row[0] for row in Table("t", "f", {"S": words}).cells()[1:]] == ["x" * 40, "y" * 39 + "…"]
