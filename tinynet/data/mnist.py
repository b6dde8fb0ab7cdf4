r"""
# MNIST, and the IDX format

MNIST is 60,000 handwritten digits for training and 10,000 for the test, 28×28 pixels each. It is too large
to ship, so this module reads the four files from a folder and, if asked, downloads them into it.

**The format.** An IDX file is a head and then the entries of one array. The numbers of the head are big-endian:

| bytes | images | labels |
|---|---|---|
| 0…1 | 0, 0 | 0, 0 |
| 2 | 8: entries are unsigned bytes | 8 |
| 3 | 3: number of axes | 1 |
| then 4 for each axis | $N$, 28, 28 | $N$ |
| the rest | $N \cdot 28 \cdot 28$ pixels, 0…255 | $N$ labels, 0…9 |

The first four bytes are the *magic number*: 2051 for images, 2049 for labels. Everything the head promises is
checked against the file, and the files against each other: training on shifted labels gives no error, only a
network that learns nothing. $N$ may be any number, so a subset of MNIST is fine.

**The download** goes to a temporary folder first, and a file takes its place only once its checksum is
right. So whatever happens on the way, a file under its own name is whole.

Source: LeCun, Cortes & Burges, *The MNIST database of handwritten digits* (1998); LeCun, Bottou, Bengio &
Haffner, *Gradient-Based Learning Applied to Document Recognition* (1998). Licence, as Keras states it:
CC BY-SA 3.0.

Read next: [model](../model.py).
"""

import gzip
import hashlib
import http.client
import math
import os
import tempfile
import urllib.request
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from .prepare import Pair, one_hot

MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist"

# The sums of the original files, in the order: training images and labels, test images and labels.
SHA256 = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}


def mnist(
    folder: str | os.PathLike[str],
    download: bool = False,
    mirror: str = MIRROR,
    checksums: Mapping[str, str] = SHA256,
) -> tuple[Pair, Pair]:
    """MNIST from the four files `train-…` and `t10k-…-ubyte.gz` in a folder.

    - `folder`: where the files are, or shall be.
    - `download`: fetch the files that are missing; files that are there are never touched.
    - `mirror`: the address to which `/` and the name of a file are appended.
    - `checksums`: for each of the four names the SHA-256 sum its download must have. Another set in the
      same files, such as Fashion-MNIST, has its own mirror and its own sums.
    - Returns `(x_train, y_train), (x_test, y_test)`, float64: x (N, 784), images row by row, 0 (paper) … 1
      (ink); y (N, 10), one-hot. All of MNIST takes 440 MB; `x.astype("float32")` is half of it.
    - Raises FileNotFoundError if files are missing, ConnectionError if the mirror cannot be read,
      ValueError for a wrong checksum and for a damaged file, naming it.
    """
    paths = [Path(folder) / name for name in SHA256]
    missing = [path for path in paths if not path.exists()]
    if missing and not download:
        raise FileNotFoundError(
            f"the folder {folder} lacks {', '.join(path.name for path in missing)}; call "
            "mnist(folder, download=True) to fetch what is missing, or put the files there by hand, "
            f"from {mirror}"
        )
    for path in missing:
        _download(f"{mirror.rstrip('/')}/{path.name}", path, checksums[path.name])
    train_images, train_labels, test_images, test_labels = paths
    return _read_pair(train_images, train_labels), _read_pair(test_images, test_labels)


def _read_pair(images_path: Path, labels_path: Path) -> Pair:
    images, labels = _read_idx(images_path, axes=3), _read_idx(labels_path, axes=1)
    if images.shape[1:] != (28, 28):
        raise ValueError(f"{images_path}: MNIST images have 28×28 pixels, these have {images.shape[1:]}")
    if len(images) != len(labels):
        raise ValueError(
            f"{images_path} has {len(images)} images, but {labels_path} has {len(labels)} labels; take both "
            "files from the same source"
        )
    try:
        y = one_hot(labels, 10)
    except ValueError as error:
        raise ValueError(f"{labels_path}: {error}") from error
    return images.reshape(len(images), 784) / 255, y


def _read_idx(path: Path, axes: int) -> NDArray[np.uint8]:
    try:
        content = gzip.decompress(path.read_bytes())
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _damaged(path, f"it cannot be unpacked ({error})") from error
    magic, expected = int.from_bytes(content[:4], "big"), 0x0800 + axes
    if magic != expected:
        raise _damaged(path, f"its magic number is {magic}, expected {expected} (bytes, {axes} axes)")
    head = 4 + 4 * axes
    if len(content) < head:
        raise _damaged(path, f"it ends within its head, after {len(content)} of {head} bytes")
    shape = tuple(int(size) for size in np.frombuffer(content, ">u4", count=axes, offset=4))
    # math.prod has no overflow: a damaged head may promise more than 2⁶⁴ entries.
    if len(content) - head != math.prod(shape):
        promise = f"its head promises the shape {shape}, so {math.prod(shape)} bytes of data"
        raise _damaged(path, f"{promise}, but {len(content) - head} follow")
    return np.frombuffer(content, np.uint8, offset=head).reshape(shape)


def _damaged(path: Path, what: str) -> ValueError:
    return ValueError(
        f"{path} is damaged or is another file: {what}; delete it and call mnist(folder, download=True) to "
        "fetch it anew"
    )


def _download(url: str, path: Path, checksum: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Inside the folder, so that os.replace stays on one disk and the file appears whole or not at all.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="download-") as temporary:
        part = Path(temporary) / path.name
        try:
            found = _fetch(url, part)
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionError(
                f"could not fetch {url} into {path.parent}: {error}; check the connection, name another "
                "mirror=…, or put the file there by hand"
            ) from error
        if found != checksum:
            raise ValueError(
                f"the checksum (SHA-256) of {url} is {found}, expected {checksum}; nothing was kept: try "
                "again, or name another mirror=…"
            )
        os.replace(part, path)


def _fetch(url: str, part: Path) -> str:
    digest = hashlib.sha256()
    with urllib.request.urlopen(url, timeout=30) as response, part.open("wb") as file:
        size = int(response.headers.get("Content-Length", 0)) or None
        with tqdm(desc=part.name, total=size, unit="B", unit_scale=True) as bar:
            while block := response.read(65536):
                file.write(block)
                digest.update(block)
                bar.update(len(block))
    return digest.hexdigest()
