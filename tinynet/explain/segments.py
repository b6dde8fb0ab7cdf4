r"""
# The segments of an image

One pixel says little; a patch says more. Methods that switch parts of an image off need to know the parts, its
*segments*: an array of the image's height and width, in which each pixel holds the number of its segment. The grid is
the simplest. Any other array of whole numbers will do too, made by hand or by an algorithm that follows the edges.

Read next: [LIME for an image](lime_image.py).
"""

import numpy as np

from ..checks import whole_numbers


def grid(image_shape: tuple[int, ...], cells: int | tuple[int, int] | None = None) -> np.ndarray:
    """Segments (height, width) that are the cells of a grid, numbered row by row from 0.

    image_shape: (height, width), or with channels behind. cells: how many down and across, or one number for both;
    by default seven, or as many as are two pixels long. Where they do not fit evenly, some are a pixel larger.

    Raises ValueError for more cells than pixels and for what is no shape.
    """
    lengths = whole_numbers("image_shape", image_shape)
    if len(lengths) < 2:
        raise ValueError(f"image_shape is (height, width), not {lengths}")
    height, width = lengths[:2]
    if cells is None:
        cells = max(1, min(7, height // 2)), max(1, min(7, width // 2))
    down_and_across = whole_numbers("cells", cells if np.ndim(cells) else (cells, cells))
    if len(down_and_across) != 2:
        raise ValueError(f"cells is how many down and how many across, or one number for both, not {cells!r}")
    down, across = down_and_across
    if down > height or across > width:
        raise ValueError(f"{down} × {across} cells do not fit into {height} × {width} pixels")
    rows, columns = np.arange(height) * down // height, np.arange(width) * across // width
    return rows[:, np.newaxis] * across + columns
