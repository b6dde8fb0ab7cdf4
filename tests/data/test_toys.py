"""Toy problems: without noise every point lies on the curve its class promises."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet.data import blobs, circles, moons, spirals, xor

TWO_CLASSES = [moons, circles]
MANY_CLASSES = [spirals, blobs]


def test_xor_is_four_points() -> None:
    x, y = xor()
    assert x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert y.tolist() == [[0], [1], [1], [0]]
    assert x.dtype == y.dtype == np.float64


def test_moons_are_two_half_circles() -> None:
    x, y = moons(400, noise=0)
    upper, lower = x[y[:, 0] == 0], x[y[:, 0] == 1]
    # the upper one around (0, 0), the lower one around (1, ½)
    np.testing.assert_allclose(np.hypot(*upper.T), 1, rtol=1e-14)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-14)
    assert upper[:, 1].min() >= 0 and lower[:, 1].max() <= 0.5
    # and each goes the whole way from side to side
    assert upper[:, 0].min() < -0.99 and upper[:, 0].max() > 0.99
    assert lower[:, 0].min() < 0.01 and lower[:, 0].max() > 1.99


def test_circles_have_radius_1_and_one_half() -> None:
    x, y = circles(400, noise=0)
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y[:, 0] == 0, 1, 0.5), rtol=1e-14)
    # all around: points of both classes in all four quadrants
    assert len({(label, *corner) for label, corner in zip(y[:, 0], (x > 0).tolist())}) == 8


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_spirals_turn_once_on_the_way_out(classes: int) -> None:
    x, y = spirals(400, classes, noise=0)
    radius, turn = np.hypot(*x.T), np.arctan2(x[:, 1], x[:, 0]) / (2 * np.pi)
    assert 0.1 <= radius.min() < 0.12 and 0.98 < radius.max() <= 1
    # An arm's angle less its radius, both in turns, is where the arm starts: k/K.
    start = (turn - radius - y.argmax(axis=1) / classes + 0.5) % 1 - 0.5
    np.testing.assert_allclose(start, 0, atol=1e-14)


def test_blobs_sit_evenly_on_the_circle() -> None:
    x, y = blobs(8, classes=4, noise=0)
    corners = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
    np.testing.assert_allclose(x, corners[y.argmax(axis=1)], atol=1e-15)


@pytest.mark.parametrize("make", TWO_CLASSES + MANY_CLASSES)
def test_noise_is_the_standard_deviation_of_the_distance(make) -> None:
    clean, _ = make(20_000, noise=0, seed=3)
    noisy, _ = make(20_000, noise=0.3, seed=3)
    offset = noisy - clean
    np.testing.assert_allclose(offset.std(axis=0), 0.3, rtol=0.03)
    np.testing.assert_allclose(offset.mean(axis=0), 0, atol=0.01)


@pytest.mark.parametrize("make", TWO_CLASSES + MANY_CLASSES)
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(make) -> None:
    (x, y), (x_again, y_again), (x_other, _) = make(seed=5), make(seed=5), make(seed=6)
    assert x.tobytes() == x_again.tobytes() and y.tobytes() == y_again.tobytes()
    assert (x != x_other).all()


@pytest.mark.parametrize("make", TWO_CLASSES)
@given(n=st.integers(2, 50))
def test_two_classes_are_one_column_of_0_and_1(make, n: int) -> None:
    x, y = make(n)
    assert x.shape == (n, 2) and y.shape == (n, 1) and x.dtype == y.dtype == np.float64
    assert y.sum() == n // 2 and set(y.ravel()) == {0.0, 1.0}


@pytest.mark.parametrize("make", MANY_CLASSES)
@given(classes=st.integers(2, 6), more=st.integers(0, 30))
def test_many_classes_are_one_hot_and_of_one_size(make, classes: int, more: int) -> None:
    x, y = make(classes + more, classes)
    assert x.shape == (classes + more, 2) and y.shape == (classes + more, classes)
    assert x.dtype == y.dtype == np.float64
    assert (y.sum(axis=1) == 1).all() and np.isin(y, [0, 1]).all()
    sizes = y.sum(axis=0)
    assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize("make", TWO_CLASSES + MANY_CLASSES)
class TestWhatIsRefused:
    def test_fewer_examples_than_classes(self, make) -> None:
        classes = 3 if "classes" in inspect.signature(make).parameters else 2
        with pytest.raises(ValueError, match=f"n, .* is a whole number >= {classes}, not {classes - 1}"):
            make(classes - 1)

    def test_half_an_example(self, make) -> None:
        with pytest.raises(ValueError, match=r"n, .* is a whole number >= ., not 10\.5"):
            make(10.5)

    @pytest.mark.parametrize("noise", [-0.1, np.nan, np.inf])
    def test_what_is_not_a_standard_deviation(self, make, noise: float) -> None:
        with pytest.raises(ValueError, match=f"noise is a number >= 0, not {noise}"):
            make(noise=noise)


@pytest.mark.parametrize("make", MANY_CLASSES)
@pytest.mark.parametrize("classes", [1, 2.0])
def test_what_is_not_a_number_of_classes(make, classes) -> None:
    with pytest.raises(ValueError, match=f"classes is a whole number >= 2, not {classes}"):
        make(classes=classes)
