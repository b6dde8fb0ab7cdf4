r"""
# Two real sets that ship with the package

No download and no waiting: both sets are small files beside this module. [SOURCES.md](SOURCES.md), in the
same folder, says where they come from, under which licence, and with which checksums.

**digits**: 1,797 images of handwritten digits, 8×8 pixels. Thirteen people wrote them on a form; each was
scanned as 32×32 black or white points, and the black points in each block of 4×4 were counted. So a pixel
is a count from 0 to 16, and $x = \text{pixel}/16$ lies in 0…1.

**iris**: 150 irises of three species, four lengths each, in centimetres. Setosa stands apart, versicolor
and virginica overlap. The measurements come as they were taken: scale them with `minmax_scale` or
`standardize`, after the split.

Read next: [mnist](mnist.py), sixty thousand digits more.
"""

import gzip
import io
from importlib import resources

import numpy as np

from .prepare import Pair, one_hot


def digits() -> Pair:
    """Optical recognition of handwritten digits: the test part of the UCI set, as scikit-learn carries it.

    Returns `(x, y)`, float64: x (1797, 64), an 8×8 image a row, row by row, 0 (paper) … 1 (ink); y (1797,
    10), one-hot, 0…9. `x[n].reshape(8, 8)` is a picture.

    Source: Alpaydin & Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository
    (1998), https://doi.org/10.24432/C50P49. Licence: CC BY 4.0.
    """
    table = np.loadtxt(io.BytesIO(gzip.decompress(_shipped("digits.csv.gz"))), delimiter=",")
    return table[:, :64] / 16, one_hot(table[:, 64], 10)


def iris() -> Pair:
    """Fisher's irises, as scikit-learn carries them.

    Returns `(x, y)`, float64: x (150, 4), sepal length, sepal width, petal length, petal width in cm; y
    (150, 3), one-hot: setosa, versicolor, virginica, fifty of each.

    Source: Fisher, *The Use of Multiple Measurements in Taxonomic Problems*, Annals of Eugenics 7 (1936);
    UCI Machine Learning Repository, https://doi.org/10.24432/C56C76. Licence: CC BY 4.0. UCI's copy has wrong
    entries in its 35th and 38th row; scikit-learn's, and so ours, agrees with Fisher's paper.
    """
    table = np.loadtxt(io.BytesIO(_shipped("iris.csv")), delimiter=",")
    return table[:, :4], one_hot(table[:, 4], 3)


def _shipped(name: str) -> bytes:
    return resources.files("tinynet.data").joinpath(name).read_bytes()
