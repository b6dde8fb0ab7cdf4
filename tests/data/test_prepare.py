"""Preparing data: the numbers by hand, then what must hold for any data, then what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tinynet.data import batches, minmax_scale, one_hot, standardize, train_test_split

# Hundredths, as a measuring instrument gives them: wide enough to try the range, never a subnormal.
tables = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.integers(-(10**8), 10**8).map(lambda hundredths: hundredths / 100),
)

NAN_AT_1_2 = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, np.nan]])


class TestMinmaxScale:
    # checks [eq:minmax]
    def test_by_hand(self) -> None:
        x = [[10, -1], [20, 0], [15, 3]]
        np.testing.assert_array_equal(minmax_scale(x), [[0, 0], [1, 0.25], [0.5, 1]])

    @given(tables)
    def test_every_column_runs_from_0_to_1(self, x: np.ndarray) -> None:
        scaled = minmax_scale(x)
        varies = x.min(axis=0) < x.max(axis=0)
        assert scaled.dtype == np.float64 and scaled.shape == x.shape
        assert (scaled.min(axis=0) == 0).all()
        assert (scaled.max(axis=0) == np.where(varies, 1, 0)).all()

    def test_a_test_set_is_scaled_with_the_range_of_the_training_set(self) -> None:
        x_train, x_test = [[0.0], [10.0]], [[5.0], [20.0]]
        np.testing.assert_array_equal(minmax_scale(x_test, like=x_train), [[0.5], [2.0]])

    def test_a_constant_column_gives_0_even_where_the_test_set_differs(self) -> None:
        np.testing.assert_array_equal(minmax_scale([[7, 1], [7, 3]]), [[0, 0], [0, 1]])
        np.testing.assert_array_equal(minmax_scale([[8.0]], like=[[7.0], [7.0]]), [[0.0]])

    def test_the_data_given_is_left_as_it_is(self) -> None:
        x = np.array([[1.0], [3.0]])
        minmax_scale(x)
        np.testing.assert_array_equal(x, [[1.0], [3.0]])


class TestStandardize:
    # checks [eq:standardize]
    def test_by_hand(self) -> None:
        # mean 5; squared distances 9, 1, 1, 9, and their mean is 5 (the sample's would be 20/3)
        np.testing.assert_allclose(
            standardize([[2], [4], [6], [8]])[:, 0], np.array([-3, -1, 1, 3]) / np.sqrt(5), rtol=1e-15
        )

    @given(tables)
    def test_every_column_has_mean_0_and_deviation_1(self, x: np.ndarray) -> None:
        z = standardize(x)
        varies = x.min(axis=0) < x.max(axis=0)
        # The smallest distance is 0.01 beside 10⁶: eight digits of the sixteen are lost to cancellation.
        np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-7)
        np.testing.assert_allclose((z**2).mean(axis=0), np.where(varies, 1, 0), atol=1e-7)

    def test_a_test_set_is_scaled_with_mean_and_deviation_of_the_training_set(self) -> None:
        # training set: mean 2, deviation 2
        np.testing.assert_array_equal(standardize([[2.0], [8.0]], like=[[0.0], [4.0]]), [[0.0], [3.0]])

    @pytest.mark.parametrize("value", [0.1, 0.7, 1e9 + 0.1])
    def test_a_constant_column_gives_0_whatever_rounding_makes_of_its_deviation(self, value: float) -> None:
        x = np.full((1000, 2), value)
        assert (x.std(axis=0) > 0).all()  # rounding: each of these has a deviation that is not 0
        assert (standardize(x) == 0).all()


@pytest.mark.parametrize("scale", [minmax_scale, standardize])
class TestWhatScalingRefuses:
    def test_nan(self, scale) -> None:
        with pytest.raises(ValueError, match=r"x must be finite, got nan at row 1, column 2; remove"):
            scale(NAN_AT_1_2)

    def test_infinity_in_the_training_set(self, scale) -> None:
        with pytest.raises(ValueError, match=r"like must be finite, got -inf at row 1, column 0"):
            scale([[1.0]], like=[[1.0], [-np.inf]])

    def test_no_rows(self, scale) -> None:
        with pytest.raises(ValueError, match=r"x must have at least one row, got shape \(0, 3\)"):
            scale(np.zeros((0, 3)))

    def test_a_single_row_of_numbers(self, scale) -> None:
        with pytest.raises(ValueError, match=r"one example a row, got \(3,\); use x.reshape\(-1, 1\)"):
            scale([1.0, 2.0, 3.0])

    def test_other_columns_than_the_training_set(self, scale) -> None:
        with pytest.raises(ValueError, match="x has 2 columns and like has 3"):
            scale(np.ones((4, 2)), like=np.ones((4, 3)))

    def test_words(self, scale) -> None:
        with pytest.raises(ValueError, match="x must hold real numbers, got dtype <U"):
            scale([["1.0", "red"]])


class TestOneHot:
    # checks [eq:one-hot]
    def test_by_hand(self) -> None:
        y = one_hot([2, 0, 1, 2], 4)
        np.testing.assert_array_equal(y, [[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
        assert y.dtype == np.float64

    @given(st.lists(st.integers(0, 9), min_size=1))
    def test_argmax_gives_the_labels_back(self, labels: list[int]) -> None:
        assert one_hot(labels, 10).argmax(axis=1).tolist() == labels

    @pytest.mark.parametrize("kind", [bool, np.uint8, np.int64, np.float32])
    def test_whole_numbers_of_any_type_are_labels(self, kind: type) -> None:
        np.testing.assert_array_equal(one_hot(np.array([1, 0], kind), 2), [[0, 1], [1, 0]])

    @pytest.mark.parametrize(
        ("labels", "message"),
        [
            ([0, 1, 3, 4], "label 3 at position 2 is not a class: with 3 classes, labels are .* 0…2"),
            ([0, -1], "label -1 at position 1"),
            ([0.0, 1.5], "label 1.5 at position 1"),
            ([np.nan, 1.0], "label nan at position 0"),
            ([np.inf], "label inf at position 0"),
            ([[1], [0]], r"labels must have the shape \(N,\), got \(2, 1\); use labels.ravel\(\)"),
            ([], r"labels must have at least one row, got shape \(0,\)"),
            (["setosa"], "labels must hold real numbers, got dtype <U6"),
        ],
    )
    def test_what_is_not_a_label(self, labels: list, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            one_hot(labels, 3)

    @pytest.mark.parametrize("classes", [0, -3, 2.0, True])
    def test_what_is_not_a_number_of_classes(self, classes) -> None:
        with pytest.raises(ValueError, match=f"classes is a whole number >= 1, not {classes!r}"):
            one_hot([0], classes)


def numbered_rows(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Row i of x is (i, 10 i) and its target is 100 i: a torn pair or a lost row is seen at once."""
    i = np.arange(n)
    return np.column_stack([i, 10 * i]), 100 * i[:, np.newaxis]


def assert_each_row_once_and_paired(parts: list[tuple[np.ndarray, np.ndarray]], n: int) -> None:
    x = np.concatenate([x for x, _ in parts])
    y = np.concatenate([y for _, y in parts])
    assert sorted(x[:, 0]) == list(range(n))
    assert (x[:, 1] == 10 * x[:, 0]).all()
    assert (y[:, 0] == 100 * x[:, 0]).all()


class TestTrainTestSplit:
    @given(st.integers(2, 60), st.floats(0.01, 0.99), st.integers(0, 2**32))
    def test_every_row_is_on_one_side_and_keeps_its_target(self, n: int, fraction: float, seed: int) -> None:
        if not 0 < round(fraction * n) < n:
            return
        train, test = train_test_split(*numbered_rows(n), fraction, seed)
        assert_each_row_once_and_paired([train, test], n)
        assert len(test[0]) == round(fraction * n)

    def test_a_fifth_by_default_and_drawn_from_everywhere(self) -> None:
        (x_train, _), (x_test, _) = train_test_split(*numbered_rows(1000))
        assert len(x_train) == 800 and len(x_test) == 200
        # Sorted data, such as iris, must not lose its last class: 200 random ranks have a mean near 500.
        assert 440 < x_test[:, 0].mean() < 560
        assert sorted(x_train[:, 0]) != x_train[:, 0].tolist()

    def test_the_seed_decides(self) -> None:
        first, again, other = (train_test_split(*numbered_rows(50), seed=seed)[1][0] for seed in (1, 1, 2))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()

    def test_the_parts_are_copies(self) -> None:
        x, y = numbered_rows(10)
        (x_train, _), _ = train_test_split(x, y)
        x_train[:] = -1
        np.testing.assert_array_equal(x, numbered_rows(10)[0])

    @pytest.mark.parametrize("fraction", [0.0, 1.0, 0.01, 1.5, -0.2, 3])
    def test_a_part_without_rows(self, fraction: float) -> None:
        with pytest.raises(ValueError, match=f"test_fraction={fraction} of 10 rows leaves -?[0-9]+ for the test"):
            train_test_split(*numbered_rows(10), test_fraction=fraction)

    def test_different_lengths(self) -> None:
        with pytest.raises(ValueError, match=r"x has 3 rows and y has 2 \(shapes \(3, 1\) and \(2,\)\)"):
            train_test_split(np.ones((3, 1)), np.ones(2))


class TestBatches:
    def test_in_order_the_last_one_short(self) -> None:
        x, y = numbered_rows(5)
        dealt = [(x.tolist(), y.tolist()) for x, y in batches(x, y, 2, shuffle=False)]
        assert dealt == [
            ([[0, 0], [1, 10]], [[0], [100]]),
            ([[2, 20], [3, 30]], [[200], [300]]),
            ([[4, 40]], [[400]]),
        ]

    @given(st.integers(1, 60), st.integers(1, 70), st.booleans(), st.integers(0, 2**32))
    def test_every_row_once_and_with_its_target(self, n: int, size: int, shuffle: bool, seed: int) -> None:
        parts = list(batches(*numbered_rows(n), size, shuffle, seed))
        assert_each_row_once_and_paired(parts, n)
        full, rest = divmod(n, size)
        assert [len(x) for x, _ in parts] == [size] * full + [rest] * (rest > 0)

    def test_rows_are_shuffled_not_ready_made_batches(self) -> None:
        parts = list(batches(*numbered_rows(100), 10, seed=0))
        assert any((np.diff(np.sort(x[:, 0])) != 1).any() for x, _ in parts)

    def test_the_same_seed_gives_the_same_order_and_another_seed_another(self) -> None:
        first, again, other = (next(batches(*numbered_rows(50), 50, seed=seed))[0] for seed in (1, 1, 2))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()

    def test_a_generator_gives_another_order_every_epoch_and_the_same_epochs_every_run(self) -> None:
        def two_epochs() -> list[list[int]]:
            rng = np.random.default_rng(7)
            return [next(batches(*numbered_rows(50), 50, seed=rng))[0][:, 0].tolist() for _ in range(2)]

        first, second = two_epochs()
        assert first != second
        assert two_epochs() == [first, second]

    def test_the_order_is_drawn_at_the_call(self) -> None:
        rng = np.random.default_rng(7)
        early = batches(*numbered_rows(50), 50, seed=rng)
        late = batches(*numbered_rows(50), 50, seed=rng)
        late_x, early_x = next(late)[0], next(early)[0]
        np.testing.assert_array_equal(early_x, next(batches(*numbered_rows(50), 50, seed=7))[0])
        assert (early_x != late_x).any()

    def test_without_shuffling_nothing_is_drawn(self) -> None:
        rng = np.random.default_rng(7)
        list(batches(*numbered_rows(5), 2, shuffle=False, seed=rng))
        assert rng.random() == np.random.default_rng(7).random()

    def test_dtype_and_shape_of_an_example_are_kept(self) -> None:
        x, y = next(batches(np.zeros((5, 8, 8), np.float32), np.zeros(5, np.int64), 3))
        assert (x.shape, x.dtype, y.shape, y.dtype) == ((3, 8, 8), np.float32, (3,), np.int64)

    @pytest.mark.parametrize("shuffle", [True, False])
    def test_a_batch_is_a_copy(self, shuffle: bool) -> None:
        x, y = numbered_rows(4)
        next(batches(x, y, 2, shuffle))[0][:] = -1
        np.testing.assert_array_equal(x, numbered_rows(4)[0])

    # Each of these is raised by the call itself, before any batch is asked for.

    def test_different_lengths(self) -> None:
        with pytest.raises(ValueError, match=r"x has 3 rows and y has 2 \(shapes \(3, 1\) and \(2, 1\)\)"):
            batches(np.ones((3, 1)), np.ones((2, 1)), 1)

    def test_no_rows(self) -> None:
        with pytest.raises(ValueError, match=r"x must have at least one row, got shape \(0, 2\)"):
            batches(np.ones((0, 2)), np.ones((0, 1)), 1)

    def test_a_number_instead_of_rows(self) -> None:
        with pytest.raises(ValueError, match=r"y must have at least one row, got shape \(\)"):
            batches(np.ones((3, 2)), 1.0, 1)

    @pytest.mark.parametrize("size", [0, -1, 2.0, "all", None, True])
    def test_what_is_not_a_batch_size(self, size) -> None:
        with pytest.raises(ValueError, match=f"batch_size is a whole number >= 1, not {size!r}"):
            batches(np.ones((3, 1)), np.ones((3, 1)), size)

    def test_nan_in_x(self) -> None:
        with pytest.raises(ValueError, match="x must be finite, got nan at row 1, column 2"):
            batches(NAN_AT_1_2, np.ones((2, 1)), 1)

    def test_nan_in_a_column_of_targets(self) -> None:
        with pytest.raises(ValueError, match="y must be finite, got nan at row 1, column 0"):
            batches(np.ones((2, 1)), [0.0, np.nan], 1)
