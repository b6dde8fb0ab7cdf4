"""Metrics: by hand, at the edges, and never over arrays that do not belong together."""

import numpy as np
import pytest

from tinynet.metrics import METRICS, accuracy, find_metric, mean_absolute_error


class TestAccuracy:
    def test_classes_by_the_largest_output(self) -> None:
        # checks [eq:accuracy]
        prediction = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8], [0.4, 0.5, 0.1]])
        target = np.eye(3)[[1, 0, 0, 1]]
        assert accuracy(prediction, target) == 3 / 4

    def test_one_output_by_the_side_of_one_half(self) -> None:
        # checks [eq:binary-accuracy]
        prediction = np.array([[0.49], [0.5], [0.9], [0.1]])
        assert accuracy(prediction, np.array([[0], [1], [1], [1]])) == 3 / 4

    def test_nothing_or_all_right(self) -> None:
        y = np.eye(4)
        assert accuracy(y, y) == 1 and accuracy(1 - y, np.eye(4)[[1, 2, 3, 1]]) == 0.25
        assert accuracy(np.array([[0.0]]), np.array([[1.0]])) == 0

    def test_a_tie_goes_to_the_first_class(self) -> None:
        assert accuracy(np.array([[0.5, 0.5]]), np.array([[1, 0]])) == 1

    def test_gives_a_float(self) -> None:
        assert type(accuracy(np.eye(2, dtype=np.float32), np.eye(2))) is float


class TestMeanAbsoluteError:
    def test_by_hand(self) -> None:
        # checks [eq:mean-absolute-error]
        assert mean_absolute_error(np.array([[1, -2], [3, 4]]), np.array([[0, 0], [3, 5]])) == (1 + 2 + 0 + 1) / 4

    def test_nan_is_told(self) -> None:
        assert np.isnan(mean_absolute_error(np.array([[np.nan, 1]]), np.array([[0, 0]])))


@pytest.mark.parametrize("metric", METRICS.values())
@pytest.mark.parametrize(("prediction", "target"), [((3, 1), (3,)), ((3,), (3, 1)), ((3, 2), (3,)), ((3, 2), (1, 2))])
def test_shapes_that_differ_are_refused_and_both_named(metric: object, prediction: tuple, target: tuple) -> None:
    # (3, 1) against (3,) would broadcast to nine comparisons, and give a wrong number without a word.
    with pytest.raises(ValueError) as caught:
        metric(np.ones(prediction), np.ones(target))
    assert str(prediction) in str(caught.value) and str(target) in str(caught.value)


class TestNames:
    def test_by_name_or_as_a_function(self) -> None:
        assert find_metric("accuracy") is accuracy and find_metric(accuracy) is accuracy
        assert find_metric("mean_absolute_error") is mean_absolute_error

    def test_an_unknown_name(self) -> None:
        with pytest.raises(ValueError, match=r"unknown metric 'acuracy'\. Did you mean 'accuracy'.*mean_absolute_err"):
            find_metric("acuracy")


def test_accuracy_refuses_the_targets_of_hinge() -> None:
    with pytest.raises(ValueError, match="accuracy takes targets 0 and 1, not -1"):
        accuracy(np.array([[0.3], [-0.3]]), np.array([[1.0], [-1.0]]))
