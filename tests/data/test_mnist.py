"""MNIST from small files made here, and its download from a server that runs in a thread of the test."""

import gzip
import hashlib
import shutil
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from tinynet.data import mnist

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
NAMES = [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS]

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)


def idx(magic: int, shape: tuple[int, ...], content: bytes) -> bytes:
    """An IDX file, written from the description of the format: big-endian magic number and sizes, then bytes."""
    return gzip.compress(struct.pack(f">{1 + len(shape)}I", magic, *shape) + content, mtime=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A subset of MNIST: three images for training, two for the test."""
    made = tmp_path / "made"
    made.mkdir()
    (made / TRAIN_IMAGES).write_bytes(idx(2051, (3, 28, 28), PIXELS[:3].tobytes()))
    (made / TRAIN_LABELS).write_bytes(idx(2049, (3,), bytes([5, 0, 9])))
    (made / TEST_IMAGES).write_bytes(idx(2051, (2, 28, 28), PIXELS[3:].tobytes()))
    (made / TEST_LABELS).write_bytes(idx(2049, (2,), bytes([7, 2])))
    return made


class TestReading:
    def test_pixels_become_0_to_1_and_labels_one_hot(self, folder: Path) -> None:
        (x_train, y_train), (x_test, y_test) = mnist(folder)
        assert x_train.shape == (3, 784) and x_test.shape == (2, 784)
        assert x_train.dtype == y_train.dtype == np.float64
        np.testing.assert_array_equal(np.round(x_train * 255), PIXELS[:3].reshape(3, 784))
        np.testing.assert_array_equal(np.round(x_test * 255), PIXELS[3:].reshape(2, 784))
        assert x_train.min() >= 0 and x_train.max() <= 1
        # row 1, column 2 of the picture is entry 28 + 2
        assert x_train[0, 30] == PIXELS[0, 1, 2] / 255
        assert y_train.shape == (3, 10) and y_test.shape == (2, 10)
        assert y_train.argmax(axis=1).tolist() == [5, 0, 9] and y_test.argmax(axis=1).tolist() == [7, 2]
        assert y_train.sum() == 3 and y_test.sum() == 2

    def test_the_folder_may_be_a_string(self, folder: Path) -> None:
        assert mnist(str(folder))[0][0].shape == (3, 784)

    def test_missing_files_are_named_and_the_way_out_too(self, folder: Path) -> None:
        (folder / TRAIN_LABELS).unlink()
        (folder / TEST_IMAGES).unlink()
        with pytest.raises(FileNotFoundError) as error:
            mnist(folder)
        message = str(error.value)
        assert f"the folder {folder} lacks {TRAIN_LABELS}, {TEST_IMAGES}; call" in message
        assert "mnist(folder, download=True)" in message

    def test_no_folder_at_all(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="lacks " + ", ".join(NAMES)):
            mnist(tmp_path / "nowhere")
        assert not (tmp_path / "nowhere").exists()


# What is wrong, in which file, with which bytes, and what the error says of it.
WHOLE_IMAGES = idx(2051, (3, 28, 28), PIXELS[:3].tobytes())
DAMAGED = {
    "truncated": (TRAIN_IMAGES, WHOLE_IMAGES[:-100], "cannot be unpacked"),
    "flipped bits": (TRAIN_IMAGES, WHOLE_IMAGES[:200] + b"\0\0" + WHOLE_IMAGES[202:], "unpacked .CRC check failed"),
    "not deflate": (TRAIN_IMAGES, WHOLE_IMAGES[:10] + b"\xff\xff" + WHOLE_IMAGES[12:], "unpacked .Error -3"),
    "not gzip": (TRAIN_LABELS, b"<html>404: not found</html>", "cannot be unpacked"),
    "empty file": (TRAIN_LABELS, b"", "magic number is 0, expected 2049"),
    "labels for images": (TEST_IMAGES, idx(2049, (2,), b"\1\2"), "magic number is 2049, expected 2051"),
    "images for labels": (TEST_LABELS, WHOLE_IMAGES, "magic number is 2051, expected 2049"),
    "little-endian": (TEST_LABELS, idx(0x01080000, (2,), b"\1\2"), "magic number is 17301504, expected 2049"),
    "head cut off": (TRAIN_IMAGES, idx(2051, (3,), b""), "ends within its head, after 8 of 16 bytes"),
    "too few pixels": (
        TRAIN_IMAGES,
        idx(2051, (3, 28, 28), bytes(3 * 784 - 1)),
        r"promises the shape \(3, 28, 28\), so 2352 bytes of data, but 2351 follow",
    ),
    "too many labels": (TRAIN_LABELS, idx(2049, (3,), bytes(4)), r"so 3 bytes of data, but 4 follow"),
    # 2³² · 2³² ≡ 0 in 64 bits: only whole-number arithmetic sees through it
    "absurd shape": (
        TRAIN_IMAGES,
        idx(2051, (2**31, 2**31, 4), b""),
        "so 18446744073709551616 bytes of data, but 0 follow",
    ),
    "other images": (TRAIN_IMAGES, idx(2051, (3, 28, 14), bytes(3 * 392)), r"28×28 pixels, these have \(28, 14\)"),
    "label over 9": (TRAIN_LABELS, idx(2049, (3,), bytes([5, 10, 11])), "label 10 at position 1 is not a class"),
    "no images": (TRAIN_IMAGES, idx(2051, (0, 28, 28), b""), "0 images, but .* has 3 labels"),
    "one label short": (TRAIN_LABELS, idx(2049, (2,), bytes([5, 0])), "3 images, but .* has 2 labels"),
}


@pytest.mark.parametrize(("name", "content", "message"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_named_with_what_is_wrong(folder: Path, name: str, content: bytes, message: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        mnist(folder)
    assert str(folder / name) in str(error.value)


def test_a_set_without_examples_is_refused(folder: Path) -> None:
    (folder / TEST_IMAGES).write_bytes(idx(2051, (0, 28, 28), b""))
    (folder / TEST_LABELS).write_bytes(idx(2049, (0,), b""))
    with pytest.raises(ValueError, match=f"{TEST_LABELS}: labels must have at least one row"):
        mnist(folder)


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class BrokenOffHandler(QuietHandler):
    """Promises the whole file, sends half of it and hangs up."""

    def do_GET(self) -> None:
        content = Path(self.translate_path(self.path)).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])


@contextmanager
def serving(handler: type, folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def mirror(folder: Path) -> Iterator[str]:
    with serving(QuietHandler, folder) as address:
        yield address


@pytest.fixture
def broken_off_mirror(folder: Path) -> Iterator[str]:
    with serving(BrokenOffHandler, folder) as address:
        yield address


@pytest.fixture
def checksums(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in NAMES}


class TestDownload:
    def test_all_four_files_with_a_progress_bar_for_each(
        self, tmp_path: Path, folder: Path, mirror: str, checksums: dict[str, str], capsys
    ) -> None:
        home = tmp_path / "new" / "mnist"
        (x_train, _), (_, y_test) = mnist(home, download=True, mirror=mirror, checksums=checksums)
        assert x_train[0, 30] == PIXELS[0, 1, 2] / 255 and y_test.argmax(axis=1).tolist() == [7, 2]
        assert sorted(path.name for path in home.iterdir()) == sorted(NAMES)
        for name in NAMES:
            assert (home / name).read_bytes() == (folder / name).read_bytes()
        bars = capsys.readouterr().err
        assert all(f"{name}: 100%" in bars for name in NAMES)

    def test_a_slash_at_the_end_of_the_mirror_is_fine(
        self, tmp_path: Path, folder: Path, checksums: dict[str, str]
    ) -> None:
        seen = []

        class NotingHandler(QuietHandler):
            def do_GET(self) -> None:
                seen.append(self.requestline.split()[1])  # self.path has doubled slashes mended
                super().do_GET()

        with serving(NotingHandler, folder) as address:
            mnist(tmp_path / "home", download=True, mirror=address + "/", checksums=checksums)
        assert seen == [f"/{name}" for name in NAMES]

    def test_only_what_is_missing_is_fetched(self, tmp_path: Path, mirror: str, checksums: dict[str, str]) -> None:
        home = tmp_path / "home"
        home.mkdir()
        # labels of our own, which the mirror's checksum would not let pass
        mine = idx(2049, (3,), bytes([1, 2, 3]))
        (home / TRAIN_LABELS).write_bytes(mine)
        (_, y_train), _ = mnist(home, download=True, mirror=mirror, checksums=checksums)
        assert y_train.argmax(axis=1).tolist() == [1, 2, 3]
        assert (home / TRAIN_LABELS).read_bytes() == mine

    def test_with_all_files_there_no_mirror_is_asked(self, folder: Path) -> None:
        assert mnist(folder, download=True, mirror="http://127.0.0.1:1")[1][0].shape == (2, 784)

    def test_a_wrong_checksum_leaves_nothing_of_that_file_and_keeps_the_good_ones(
        self, tmp_path: Path, mirror: str, checksums: dict[str, str]
    ) -> None:
        home = tmp_path / "home"
        found, wrong = checksums[TRAIN_LABELS], "0" * 64
        with pytest.raises(ValueError, match=f"{TRAIN_LABELS} is {found}, expected {wrong}; nothing was kept"):
            mnist(home, download=True, mirror=mirror, checksums={**checksums, TRAIN_LABELS: wrong})
        assert [path.name for path in home.iterdir()] == [TRAIN_IMAGES]

    @pytest.mark.parametrize(("name", "sum_begins"), list(zip(NAMES, ["440fcabf", "3552534a", "8d422c7b", "f7ae60f9"])))
    def test_the_default_checksums_are_those_of_the_real_mnist(
        self, folder: Path, mirror: str, tmp_path: Path, name: str, sum_begins: str
    ) -> None:
        home = shutil.copytree(folder, tmp_path / "home")
        (home / name).unlink()
        with pytest.raises(ValueError, match=f"{name} is .*, expected {sum_begins}[0-9a-f]{{56}};"):
            mnist(home, download=True, mirror=mirror)
        assert not (home / name).exists()

    def test_a_connection_that_breaks_off_leaves_nothing(
        self, tmp_path: Path, broken_off_mirror: str, checksums: dict[str, str]
    ) -> None:
        with pytest.raises((ConnectionError, ValueError), match=TRAIN_IMAGES):
            mnist(tmp_path / "home", download=True, mirror=broken_off_mirror, checksums=checksums)
        assert list((tmp_path / "home").iterdir()) == []

    def test_a_mirror_without_the_file(self, tmp_path: Path, folder: Path, mirror: str, checksums) -> None:
        (folder / TRAIN_IMAGES).unlink()
        with pytest.raises(ConnectionError, match=f"could not fetch {mirror}/{TRAIN_IMAGES} into .*404"):
            mnist(tmp_path / "home", download=True, mirror=mirror, checksums=checksums)
        assert list((tmp_path / "home").iterdir()) == []

    def test_no_mirror_there(self, tmp_path: Path, checksums: dict[str, str]) -> None:
        with serving(QuietHandler, tmp_path) as address:
            pass  # the server has gone when its address is used
        with pytest.raises(ConnectionError, match=f"could not fetch {address}/.*check the connection"):
            mnist(tmp_path / "home", download=True, mirror=address, checksums=checksums)
