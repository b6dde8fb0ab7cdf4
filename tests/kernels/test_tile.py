"""The register tile: what the program writes, a small one by hand, and the product that is made of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet.kernels.tile import (
    COLUMNS,
    NARROW,
    ROWS,
    copy_transposed,
    narrow_tiles,
    pack,
    tile_source,
    tiled_product,
    tiles,
)

dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def small_tiles():
    written: dict = {"prefetch": lambda C, i, j: None}
    exec(tile_source(2, 3), written)
    return written["tiles"]


# ## The source


# checks [eq:tile]
def test_tiles_of_2_by_3_by_hand() -> None:
    A = np.array([[9.0, 9.0], [1.0, 2.0], [3.0, 4.0]])
    B = np.array([[9.0, 1.0, 0.0, -1.0], [9.0, 10.0, 20.0, 30.0]])
    C = np.zeros((3, 5))
    # Columns 1, 2, 3 of B, from column 2 on in C. The second tile does rows 1 and 2, for there is no row 3.
    small_tiles()(A, B, 1, np.array([100.0, 200.0, 300.0]), C, 2)
    assert C.tolist() == [
        [0, 0, 100 + 9 + 90, 200 + 180, 300 - 9 + 270],
        [0, 0, 100 + 1 + 20, 200 + 40, 300 - 1 + 60],
        [0, 0, 100 + 3 + 40, 200 + 80, 300 - 3 + 120],
    ]


# checks [eq:tile]
def test_the_source_has_the_names_of_the_formula() -> None:
    assert tile_source(2, 3) == (
        "def tiles(A, B, j, start, C, column):\n"
        "    for i in range(0, A.shape[0], 2):\n"
        "        i = min(i, A.shape[0] - 2)\n"
        "        prefetch(C, i + 0, column + 0)\n"
        "        prefetch(C, i + 0, column + 1)\n"
        "        prefetch(C, i + 0, column + 2)\n"
        "        prefetch(C, i + 1, column + 0)\n"
        "        prefetch(C, i + 1, column + 1)\n"
        "        prefetch(C, i + 1, column + 2)\n"
        "        A0 = A[i + 0]\n"
        "        c0_0 = start[0]; c0_1 = start[1]; c0_2 = start[2]\n"
        "        A1 = A[i + 1]\n"
        "        c1_0 = start[0]; c1_1 = start[1]; c1_2 = start[2]\n"
        "        for p in range(A.shape[1]):\n"
        "            b = B[p, j : j + 3]\n"
        "            b0 = b[0]; b1 = b[1]; b2 = b[2]\n"
        "            a = A0[p]\n"
        "            c0_0 += a * b0; c0_1 += a * b1; c0_2 += a * b2\n"
        "            a = A1[p]\n"
        "            c1_0 += a * b0; c1_1 += a * b1; c1_2 += a * b2\n"
        "        out = C[i + 0, column : column + 3]\n"
        "        out[0] = c0_0; out[1] = c0_1; out[2] = c0_2\n"
        "        out = C[i + 1, column : column + 3]\n"
        "        out[0] = c1_0; out[1] = c1_1; out[2] = c1_2\n"
    )


def test_every_sum_has_a_name_of_its_own() -> None:
    source = tile_source(ROWS, COLUMNS)
    names = {f"c{r}_{c}" for r in range(ROWS) for c in range(COLUMNS)}
    assert all(source.count(f"{name} += ") == 1 for name in names)
    assert source.count(" += ") == ROWS * COLUMNS


def test_the_module_of_the_tile_has_a_name() -> None:
    # Numba imports it by that name, where it loads the tile from its cache for another kernel than before.
    assert tiles.__module__ == narrow_tiles.__module__ == tiled_product.__module__ == "tinynet.kernels.tile"


# ## The tiles of the product


# checks [eq:tile]
@dtypes
@pytest.mark.parametrize(("tiles", "columns"), [(tiles, COLUMNS), (narrow_tiles, NARROW)], ids=["wide", "narrow"])
@pytest.mark.parametrize("n", [ROWS, ROWS + 1, 3 * ROWS])
def test_tiles_write_their_columns_and_nothing_else(n: int, tiles, columns: int, dtype) -> None:
    rng = np.random.default_rng(0)
    A = rng.integers(-9, 10, (n, 5)).astype(dtype)
    B = rng.integers(-9, 10, (5, columns + 4)).astype(dtype)
    start = rng.integers(-9, 10, columns).astype(dtype)
    C = np.full((n, columns + 3), 99, dtype)
    expected = C.copy()
    expected[:, 2 : 2 + columns] = start + A @ B[:, 3 : 3 + columns]
    tiles(A, B, 3, start, C, 2)
    np.testing.assert_array_equal(C, expected)


@given(st.integers(0, 20), st.integers(0, 35), st.integers(0, 9), st.sampled_from(["f8", "f4"]))
def test_copy_transposed_copies_columns_to_rows(rows: int, width: int, first: int, dtype: str) -> None:
    source = np.arange(1.0, 1 + (first + width) * rows).reshape(first + width, rows).astype(dtype)
    target = np.full((rows, width + 1), np.nan, dtype)
    copy_transposed(source, first, width, target)
    np.testing.assert_array_equal(target[:, :width], source[first:].T)
    assert np.isnan(target[:, width:]).all()


@given(st.data(), st.integers(0, 35), st.integers(0, 9), st.booleans(), st.sampled_from(["f8", "f4"]))
def test_pack_copies_columns_and_fills_up_with_zeros(data, k: int, j: int, transposed: bool, dtype: str) -> None:
    across = data.draw(st.sampled_from([NARROW, COLUMNS]))
    width = data.draw(st.integers(1, across))
    B = np.arange(1.0, 1 + k * (j + width + 1)).reshape(k, j + width + 1).astype(dtype)
    panel = np.full((k, across), np.nan, dtype)
    pack(np.ascontiguousarray(B.T) if transposed else B, transposed, j, width, panel)
    np.testing.assert_array_equal(panel[:, :width], B[:, j : j + width])
    np.testing.assert_array_equal(panel[:, width:], 0)


# ## Tiles make a product


# checks [eq:matmul]
@given(st.data(), st.booleans(), st.booleans(), st.sampled_from([np.float64, np.float32]))
def test_tiled_product_is_the_formula_within_its_rows_and_columns(data, transposed: bool, packed: bool, dtype) -> None:
    n, k, m = data.draw(st.integers(ROWS, 20)), data.draw(st.integers(0, 20)), data.draw(st.integers(0, 80))
    i0 = data.draw(st.integers(0, n - ROWS))
    i1 = data.draw(st.integers(i0 + ROWS, n))
    j0 = data.draw(st.integers(0, m))
    j1 = data.draw(st.integers(j0, m))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    A, B, start = (rng.integers(-9, 10, shape).astype(dtype) for shape in [(n, k), (k, m), m])
    if data.draw(st.booleans()):
        A = np.asfortranarray(A)
    C = np.full((n, m), np.nan, dtype)
    tiled_product(A, np.ascontiguousarray(B.T) if transposed else B, transposed, packed, start, C, i0, i1, j0, j1)
    expected = np.full((n, m), np.nan)
    expected[i0:i1, j0:j1] = (start + A.astype(float) @ B.astype(float))[i0:i1, j0:j1]
    np.testing.assert_array_equal(C, expected)


@dtypes
def test_what_lies_beyond_the_last_column_does_not_matter(dtype) -> None:
    # The panel is filled up with zeros; 0 * inf = NaN stays in the part of the tile that nobody reads.
    A, B = np.full((5, 3), np.inf, dtype), np.ones((3, 33), dtype)
    C = np.zeros((5, 33), dtype)
    tiled_product(A, B, False, False, np.zeros(33, dtype), C, 0, 5, 0, 33)
    np.testing.assert_array_equal(C, np.inf)
