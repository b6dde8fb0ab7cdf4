"""Initializers: exact limits, the variance that the table promises, and what it is good for."""

from math import sqrt

import numpy as np
import pytest

from tinynet import initializers
from tinynet.initializers import INITIALIZERS, glorot_variance, he_variance, lecun_variance

# Far from square: who mixes up n_in and n_out is off by a factor.
N_IN, N_OUT = 400, 50
SHAPE = (N_IN, N_OUT)

VARIANCES = {
    # checks [eq:lecun]
    "lecun": 1 / N_IN,
    # checks [eq:glorot]
    "glorot": 2 / (N_IN + N_OUT),
    # checks [eq:he]
    "he": 2 / N_IN,
}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def draw(name: str, seed: int = 0) -> np.ndarray:
    return INITIALIZERS[name](SHAPE, rng(seed))


class TestTheSimpleOnes:
    def test_zeros_and_constant(self) -> None:
        np.testing.assert_array_equal(initializers.zeros((2, 3), rng()), [[0, 0, 0], [0, 0, 0]])
        np.testing.assert_array_equal(initializers.constant(7)((2,), rng()), [7, 7])

    def test_uniform_fills_its_interval_and_stays_inside(self) -> None:
        w = initializers.uniform(-1, 3)(SHAPE, rng())
        # Of 20,000 draws none lies in the outer thousandth of the interval once in e²⁰ times.
        assert -1 <= w.min() < -1 + 0.004 and 3 - 0.004 < w.max() < 3
        assert abs(w.mean() - 1) < 0.05

    def test_normal_has_its_mean_and_deviation(self) -> None:
        w = initializers.normal(mean=5, std=2)(SHAPE, rng())
        assert abs(w.mean() - 5) < 0.08 and abs(w.std() - 2) < 0.06

    @pytest.mark.parametrize(("name", "deviation"), [("uniform", 0.1 / sqrt(12)), ("normal", 0.05)])
    def test_by_name_they_are_small_and_centred(self, name: str, deviation: float) -> None:
        w = draw(name)
        assert abs(w.mean()) < 0.002 and abs(w.std() / deviation - 1) < 0.03


class TestVariance:
    def test_by_hand(self) -> None:
        assert lecun_variance((4, 10)) == 0.25
        assert glorot_variance((4, 12)) == 0.125
        assert he_variance((4, 10)) == 0.5

    @pytest.mark.parametrize("scheme", VARIANCES)
    def test_a_uniform_one_has_exact_limits(self, scheme: str) -> None:
        # checks [eq:uniform-variance]
        limit = sqrt(3 * VARIANCES[scheme])
        w = draw(f"{scheme}_uniform")
        assert 0.999 * limit < np.abs(w).max() <= limit

    def test_the_limit_of_glorot_is_the_one_of_the_paper(self) -> None:
        # Glorot and Bengio 2010, equation 16: from −√6/√(n_in + n_out) to √6/√(n_in + n_out)
        w = initializers.glorot_uniform((100, 50), rng())
        assert 0.999 * sqrt(6 / 150) < np.abs(w).max() <= sqrt(6 / 150)

    @pytest.mark.parametrize("shape", ["uniform", "normal"])
    @pytest.mark.parametrize("scheme", VARIANCES)
    def test_the_drawn_weights_have_it(self, scheme: str, shape: str) -> None:
        w = draw(f"{scheme}_{shape}")
        # The variance of 20,000 draws is within 1 % of the true one, one deviation: 5 % are five.
        assert abs(w.var() / VARIANCES[scheme] - 1) < 0.05
        assert abs(w.mean()) < 5 * sqrt(VARIANCES[scheme] / w.size)

    @pytest.mark.parametrize("scheme", VARIANCES)
    def test_a_normal_one_has_tails_beyond_the_uniform_limits(self, scheme: str) -> None:
        beyond = np.abs(draw(f"{scheme}_normal")) > sqrt(3 * VARIANCES[scheme])
        assert 0.07 < beyond.mean() < 0.1  # P(|w| > √3 σ) = 0.083


class TestWhatTheyAreFor:
    """A signal of size 1 goes through twenty layers of 100 neurons."""

    @staticmethod
    def size_after_20_layers(name: str, relu: bool) -> float:
        random = rng(1)
        a = random.normal(size=(50, 100))
        for _ in range(20):
            a = a @ INITIALIZERS[name]((100, 100), random)
            a = np.maximum(a, 0) if relu else a
        return float(np.sqrt(np.mean(a**2)))

    @pytest.mark.parametrize("name", ["lecun_uniform", "lecun_normal", "glorot_uniform", "glorot_normal"])
    def test_linear_layers_keep_its_size(self, name: str) -> None:
        assert 0.3 < self.size_after_20_layers(name, relu=False) < 3

    @pytest.mark.parametrize("name", ["he_uniform", "he_normal"])
    def test_relu_layers_keep_it_with_he(self, name: str) -> None:
        assert 0.2 < self.size_after_20_layers(name, relu=True) < 5

    def test_and_lose_it_without(self) -> None:
        assert self.size_after_20_layers("lecun_normal", relu=True) < 0.01  # half of the variance is lost a layer
        assert self.size_after_20_layers("normal", relu=True) < 1e-6


@pytest.mark.parametrize("name", INITIALIZERS)
class TestAllOfThem:
    def test_give_float64_arrays_of_the_shape(self, name: str) -> None:
        w = draw(name)
        assert w.shape == SHAPE and w.dtype == np.float64

    def test_take_their_numbers_from_the_generator_only(self, name: str) -> None:
        np.testing.assert_array_equal(draw(name, seed=3), draw(name, seed=3))
        assert name == "zeros" or not np.array_equal(draw(name, seed=3), draw(name, seed=4))
