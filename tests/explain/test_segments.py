"""Segments: a grid over every shape of image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet.explain import grid


def test_a_grid_by_hand():
    assert grid((2, 4), (1, 2)).tolist() == [[0, 0, 1, 1], [0, 0, 1, 1]]
    # 3 pixels in 2 cells: the first is larger
    assert grid((3, 3), 2).tolist() == [[0, 0, 1], [0, 0, 1], [2, 2, 3]]


@pytest.mark.parametrize(
    ("shape", "cells"), [((8, 8), 4), ((28, 28), 7), ((224, 224, 3), 7), ((3, 2), 1), ((1, 1), 1), ((5, 5), 2)]
)
def test_by_default_cells_are_two_pixels_long_at_least_and_seven_at_most(shape, cells):
    segments = grid(shape)
    assert segments.shape == shape[:2] and np.unique(segments).tolist() == list(range(cells**2))


@given(st.data(), st.integers(1, 30), st.integers(1, 30))
def test_cells_are_rectangles_of_nearly_one_size_numbered_row_by_row(data, height, width):
    down, across = data.draw(st.integers(1, height)), data.draw(st.integers(1, width))
    segments = grid((height, width), (down, across))
    assert np.unique(segments).tolist() == list(range(down * across))
    rows, columns = segments // across, segments % across
    assert (rows == rows[:, :1]).all() and (columns == columns[:1]).all()
    for numbers, length, cells in ((rows[:, 0], height, down), (columns[0], width, across)):
        assert (np.diff(numbers) >= 0).all()
        assert set(np.bincount(numbers)) <= {length // cells, -(-length // cells)}


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="5 × 5 cells do not fit into 4 × 8 pixels"):
        grid((4, 8), 5)
    with pytest.raises(ValueError, match="cells is a whole number >= 1, not 0"):
        grid((4, 8), 0)
    with pytest.raises(ValueError, match=r"cells is a whole number >= 1, not 1\.5"):
        grid((4, 8), (2, 1.5))
    with pytest.raises(ValueError, match=r"image_shape is \(height, width\), not \(64,\)"):
        grid((64,))
    with pytest.raises(ValueError, match="image_shape is a whole number >= 1, not 0"):
        grid((0, 3))
    with pytest.raises(ValueError, match=r"image_shape is several whole numbers >= 1, \(8, 8\) for instance, not 8"):
        grid(8)
    with pytest.raises(ValueError, match=r"how many down and how many across, or one number for both, not \(2, 2, 2\)"):
        grid((4, 8), (2, 2, 2))
    with pytest.raises(ValueError, match=r"cells is a whole number >= 1, not 2\.5"):
        grid((4, 8), 2.5)
