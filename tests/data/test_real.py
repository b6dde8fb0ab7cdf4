"""The shipped sets: compared with what their authors published about them."""

import hashlib
import re
from importlib import resources

import numpy as np
import pytest

from tinynet.data import digits, iris


def test_digits_are_1797_images_of_8_by_8() -> None:
    x, y = digits()
    assert x.shape == (1797, 64) and y.shape == (1797, 10)
    assert x.dtype == y.dtype == np.float64
    # sixteenths, from paper to ink
    assert x.min() == 0 and x.max() == 1
    assert np.array_equal(x * 16, np.round(x * 16))


def test_digits_have_the_class_sizes_that_uci_publishes() -> None:
    _, y = digits()
    assert set(y.ravel()) == {0.0, 1.0} and (y.sum(axis=1) == 1).all()
    assert y.sum(axis=0).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_the_first_digit_is_the_zero_that_scikit_learns_tutorial_prints() -> None:
    x, y = digits()
    assert y[0].argmax() == 0
    assert (16 * x[0].reshape(8, 8)).tolist() == [
        [0, 0, 5, 13, 9, 1, 0, 0],
        [0, 0, 13, 15, 10, 15, 5, 0],
        [0, 3, 15, 2, 0, 11, 8, 0],
        [0, 4, 12, 0, 0, 8, 8, 0],
        [0, 5, 8, 0, 0, 9, 8, 0],
        [0, 4, 11, 0, 1, 12, 7, 0],
        [0, 2, 14, 5, 10, 12, 0, 0],
        [0, 0, 6, 13, 10, 0, 0, 0],
    ]


def test_iris_is_50_flowers_of_each_species() -> None:
    x, y = iris()
    assert x.shape == (150, 4) and y.shape == (150, 3)
    assert x.dtype == y.dtype == np.float64
    assert y.argmax(axis=1).tolist() == [0] * 50 + [1] * 50 + [2] * 50
    assert y.sum() == 150


def test_iris_has_the_means_of_fishers_paper() -> None:
    # Fisher (1936), Table II: sepal length and width, petal length and width of each species, in cm
    x, y = iris()
    means = [
        [5.006, 3.428, 1.462, 0.246],  # setosa
        [5.936, 2.770, 4.260, 1.326],  # versicolor
        [6.588, 2.974, 5.552, 2.026],  # virginica
    ]
    np.testing.assert_allclose(y.T @ x / 50, means, rtol=1e-12)


def test_iris_has_fishers_values_where_ucis_copy_is_wrong() -> None:
    x, _ = iris()
    assert x[34].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert x[37].tolist() == [4.9, 3.6, 1.4, 0.1]


@pytest.mark.parametrize("name", ["digits.csv.gz", "iris.csv", "digits_net.npz"])
def test_sources_give_licence_and_checksum_of_the_file_that_ships(name: str) -> None:
    folder = resources.files("tinynet.data")
    section = folder.joinpath("SOURCES.md").read_text(encoding="utf-8").split(f"## {name}")[1].split("\n## ")[0]
    stated = re.search("SHA-256: `([0-9a-f]{64})`", section)
    assert stated and stated[1] == hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest()
    assert "CC BY 4.0" in section and "https://doi.org/10.24432/" in section


@pytest.mark.parametrize("load", [digits, iris])
def test_every_call_gives_arrays_of_its_own(load) -> None:
    x, y = load()
    before = x[0, 2]
    x[:], y[:] = -1, -1
    assert load()[0][0, 2] == before and load()[1].sum() == len(y)
