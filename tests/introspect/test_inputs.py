"""The inputs: ranges of columns before and after scaling, and images with their classes."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import tinynet as tn
from tinynet.introspect import plot_inputs
from tinynet.introspect.inputs import ACROSS, ACROSS_TWO, DOWN, classes_of

X = np.array([[0.0, 1000.0], [1.0, 3000.0], [2.0, 2000.0], [3.0, 5000.0], [10.0, 4000.0]])
Y = np.array([[0.0], [0.0], [1.0], [1.0], [1.0]])


def panels(figure: Figure) -> list[Axes]:
    """All Axes but those of colour bars, after drawing."""
    figure.canvas.draw()
    return [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]


def ranges(ax: Axes, label: str) -> list[list[float]]:
    """The two ends of every vertical line of that name, column by column."""
    (lines,) = (c for c in ax.collections if c.get_label() == label)
    segments = lines.get_segments()
    for i, segment in enumerate(segments, start=1):
        assert len(segment) == 0 or set(segment[:, 0]) == {i}
    return [segment[:, 1].tolist() if len(segment) else [] for segment in segments]


def points(ax: Axes) -> dict[str, tuple[list, list]]:
    return {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines}


# ## Features


def test_the_range_the_middle_half_and_the_median_of_every_column() -> None:
    (ax,) = panels(plot_inputs(X))
    assert ranges(ax, "smallest … largest") == [[0, 10], [1000, 5000]]
    assert ranges(ax, "the middle half") == [[1, 3], [2000, 4000]]
    assert points(ax) == {"median": ([1, 2], [2, 3000])}
    assert ax.get_title() == "inputs $x$, 5 × 2" and {1, 2} <= set(ax.get_xticks())
    # the ends are written down
    assert [t.get_text() for t in ax.texts] == ["0", "10", "1,000", "5,000"]


def test_before_and_after_scaling_stand_side_by_side() -> None:
    before, after = panels(plot_inputs(X, scaled=tn.data.minmax_scale(X)))
    assert ranges(before, "smallest … largest") == [[0, 10], [1000, 5000]]
    assert ranges(after, "smallest … largest") == [[0, 1], [0, 1]]
    assert (before.get_title(), after.get_title()) == ("before scaling", "after scaling")
    assert before.get_position().x1 < after.get_position().x0


def test_each_class_has_its_median_with_a_marker_of_its_own() -> None:
    (ax,) = panels(plot_inputs(X, Y))
    assert points(ax) == {"median of class 0": ([1, 2], [0.5, 2000]), "median of class 1": ([1, 2], [3, 4000])}
    assert len({line.get_marker() for line in ax.lines}) == len({line.get_color() for line in ax.lines}) == 2
    # one-hot targets say the same
    assert points(panels(plot_inputs(X, np.hstack([1 - Y, Y])))[0]) == points(ax)


@pytest.mark.parametrize("y", [np.eye(5), np.arange(5.0).reshape(-1, 1) / 3, np.zeros((5, 1))])
def test_too_many_classes_none_or_only_one_have_one_median(y: np.ndarray) -> None:
    assert list(points(panels(plot_inputs(X, y))[0])) == ["median"]


def test_what_is_not_finite_is_left_out_of_the_range_marked_and_counted() -> None:
    x = X.copy()
    x[4, 0], x[:, 1] = np.nan, np.inf
    (ax,) = panels(plot_inputs(x, Y))
    assert ranges(ax, "smallest … largest") == [[0, 3], []]
    assert np.isfinite(ax.get_ylim()).all()
    assert points(ax)["not finite: 6 entries"] == ([1, 2], [0, 0])
    assert points(ax)["median of class 1"][1][0] == 2.5


def test_many_columns_fit_on_a_page() -> None:
    x = np.random.default_rng(0).normal(size=(5, 1000))
    figure = plot_inputs(x)
    (ax,) = panels(figure)
    np.testing.assert_array_equal(ranges(ax, "smallest … largest"), np.transpose([x.min(axis=0), x.max(axis=0)]))
    assert figure.get_figwidth() <= 8 and not ax.texts and (ax.get_xticks() % 1 == 0).all()


def test_one_example_of_one_input() -> None:
    (ax,) = panels(plot_inputs([[0.5]]))
    assert points(ax) == {"median": ([1], [0.5])} and [t.get_text() for t in ax.texts] == ["0.5"]


# ## Images


def cut_out(ax: Axes, n: int, shape: tuple[int, int]) -> tuple[np.ndarray, str]:
    """Image n of the sheet, found from its caption; and the caption."""
    caption = ax.texts[n]
    middle, above = caption.get_position()
    left, top = round(middle - (shape[1] + 1) / 2), round(above - 0.3)
    return ax.images[0].get_array()[top : top + shape[0], left : left + shape[1]], caption.get_text()


def test_images_stand_below_their_classes() -> None:
    x, y = tn.data.digits()
    (ax,) = panels(plot_inputs(x, y, image_shape=(8, 8)))
    for n in range(ACROSS * DOWN):
        image, caption = cut_out(ax, n, (8, 8))
        np.testing.assert_array_equal(image, x[n].reshape(8, 8))
        assert not np.ma.is_masked(image) and caption == str(y[n].argmax())
    # nothing else is on the sheet
    assert ax.images[0].get_array().count() == 64 * ACROSS * DOWN and len(ax.texts) == ACROSS * DOWN
    assert ax.get_aspect() == 1 and ax.get_title() == "inputs $x$, the first 21 of 1,797 examples"
    assert ax.images[0].get_clim() == (0, 1)


def test_images_before_and_after_scaling() -> None:
    x, y = tn.data.digits()
    scaled = tn.data.standardize(x)
    before, after = panels(plot_inputs(x, y, image_shape=(8, 8), scaled=scaled))
    last = ACROSS_TWO * DOWN - 1
    for ax, values in ((before, x), (after, scaled)):
        np.testing.assert_array_equal(cut_out(ax, last, (8, 8))[0], values[last].reshape(8, 8))
    low, high = after.images[0].get_clim()
    assert low == -high  # signed: white is 0


def test_images_that_are_not_square_and_targets_that_are_no_classes() -> None:
    x = np.arange(12.0).reshape(2, 6)
    (ax,) = panels(plot_inputs(x, [[0.25], [-1.5]], image_shape=(2, 3)))
    assert [cut_out(ax, n, (2, 3))[1] for n in (0, 1)] == ["0.25", "−1.5"]
    np.testing.assert_array_equal(cut_out(ax, 1, (2, 3))[0], [[6, 7, 8], [9, 10, 11]])


def test_images_without_targets_have_no_captions() -> None:
    (ax,) = panels(plot_inputs(np.eye(4), image_shape=(2, 2)))
    assert not any(t.get_text() for t in ax.texts) and ax.images[0].get_array().count() == 16


def test_pixels_that_are_not_finite_are_marked() -> None:
    x = np.ones((1, 4))
    x[0, 2] = np.nan
    (ax,) = panels(plot_inputs(x, [[1.0]], image_shape=(2, 2)))
    assert "(×: 1 not finite)" in ax.images[0].colorbar.ax.get_ylabel()
    assert ax.get_facecolor()[:3] == (0.8, 0.8, 0.8)
    # the cross is in the pixel: the first of the last row
    (cross,) = (c for c in ax.collections if len(c.get_offsets()))
    assert cross.get_offsets()[0].tolist() == [1, ax.images[0].get_array().shape[0]]


# ## What is a class


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        ([[0], [1], [1]], [0, 1, 1]),
        ([[0, 0, 1], [1, 0, 0]], [2, 0]),
        ([[0.2, 0.8], [0.9, 0.1]], [1, 0]),
        ([[0.5], [1]], None),
        ([[-1], [1]], None),
        ([[1, 1], [0, 1]], None),
        ([[2, -1], [0, 1]], None),
    ],
)
def test_classes_are_one_column_of_0_and_1_or_rows_of_probabilities(y: list, classes: list | None) -> None:
    found = classes_of(np.array(y, float))
    assert (None if found is None else found.tolist()) == classes


# ## Refused


@pytest.mark.parametrize(
    ("x", "settings", "message"),
    [
        (np.ones(3), {}, r"x has shape \(3,\); expected \(N, n\)"),
        (np.ones((2, 8, 8)), {}, r"x has shape \(2, 8, 8\).*x\.reshape\(2, -1\)"),
        (np.ones((0, 3)), {}, r"x has shape \(0, 3\)"),
        (X, {"y": [0, 1, 0, 1, 0]}, r"y has shape \(5,\).*y\.reshape\(-1, 1\)"),
        (X, {"y": [[0.0]]}, "x has 5 examples and y has 1"),
        (X, {"scaled": X[:, :1]}, r"x has shape \(5, 2\) and scaled has \(5, 1\)"),
        (X, {"image_shape": (8, 8)}, r"x has 2 columns, images of \(8, 8\) have 64"),
    ],
)
def test_what_does_not_fit_is_refused(x: np.ndarray, settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plot_inputs(x, **settings)


def test_a_figure_of_one_s_own_and_float32() -> None:
    figure = plt.figure()
    assert plot_inputs(X.astype(np.float32), figure=figure) is figure
    part = plt.figure(layout="constrained").subfigures(1, 2)[0]
    assert plot_inputs(X, scaled=X, figure=part) is part and len(part.axes) == 2
