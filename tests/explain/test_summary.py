"""A summary: many attributions of a function whose φ are known."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tinynet as tn
from tinynet.explain import Attribution, Question, Table, summary
from tinynet.explain.pictures import MOST
from tinynet.explain.summary import SHAPES, jitter


def times(model, x, target=None, *, output=None, w=1.0) -> Attribution:
    """A method with φ = w x, so that all can be known beforehand."""
    question = Question(model, x, target, output)
    return Attribution(w * question.x, times, question, {"w": w}, lambda _: Table("", "", {}))


def first_two(rows):
    """A model with two outputs, the first two features."""
    return rows.reshape(len(rows), -1)[:, :2]


X = np.array([[1.0, -4.0, 0.0], [3.0, 5.0, 0.0], [-2.0, 6.0, 0.0], [2.0, -1.0, 0.0]])


def points(ax) -> dict[str, np.ndarray]:
    """The points, (x, y), of each shape, from small to large."""
    return {word: np.asarray(c.get_offsets()) for (_, word), c in zip(SHAPES, ax.collections)}


def test_its_words_are_a_line_of_the_importance_and_not_all_its_arrays() -> None:
    assert repr(summary(times, first_two, X, 0)).split("\n") == [
        "times of the output of class 0, 4 examples",
        "importance, the mean of |φ|: I_2 = 4, I_1 = 2, I_3 = 0",
    ]
    assert repr(summary(times, first_two, np.ones((2, 3, 4)), 0)).endswith("I_2,4 = 1, … 4 more")


# ## The numbers


def test_every_example_is_asked_the_same() -> None:
    found = summary(times, first_two, X, 1, w=2.0)
    assert found.method == "times" and found.explained == "output of class 1"
    np.testing.assert_array_equal(found.values, 2 * X)
    np.testing.assert_array_equal(found.predictions, [-4, 5, 6, -1])
    assert found.targets.tolist() == [1, 1, 1, 1]


def test_importance_is_the_mean_size() -> None:
    # checks [eq:importance]
    # (1 + 3 + 2 + 2)/4 and (4 + 5 + 6 + 1)/4
    assert summary(times, first_two, X, 0).importance.tolist() == [2, 4, 0]
    images = X.reshape(4, 3, 1)
    assert summary(times, first_two, images, 0).importance.tolist() == [[2], [4], [0]]


def test_by_default_each_example_is_asked_about_its_own_largest_output() -> None:
    found = summary(times, first_two, X)
    assert found.targets.tolist() == [0, 1, 1, 0] and found.predictions.tolist() == [1, 5, 6, 2]
    assert found.explained == "output of each example's largest output"
    # where it is the same for all, it has a name
    assert summary(times, first_two, X[1:3]).explained == "output of class 1"


def test_settings_go_to_the_method_and_its_errors_come_back() -> None:
    net = tn.Sequential([tn.Dense(3, "softmax", input_dim=3)], seed=0)
    found = summary(times, net, X, 2, output="probability")
    np.testing.assert_allclose(found.predictions, net.predict(X)[:, 2], rtol=1e-14)
    with pytest.raises(ValueError, match="target=3 is out of range"):
        summary(times, net, X, 3)
    for wrong in (X[0], X[:0]):
        with pytest.raises(ValueError, match="one example a row, at least one"):
            summary(times, net, wrong)
    with pytest.raises(TypeError, match=r"a method is a function, .* for instance; not 'times'"):
        summary("times", net, X)
    with pytest.raises(TypeError, match="a method is a function"):
        summary(net, times, X)


def test_networks_of_float32_stay_so() -> None:
    net = tn.Sequential([tn.Dense(3, "softmax", input_dim=3, dtype="float32")], seed=0)
    found = summary(times, net, X)
    assert found.values.dtype == np.float32
    found.plot()
    found.plot_beeswarm()


@pytest.mark.parametrize("scale", [1e308, 1e-300])
def test_the_mean_of_the_very_large_is_finite(scale) -> None:
    found = summary(times, lambda rows: np.ones(len(rows)), scale * np.sign(X))
    np.testing.assert_allclose(found.importance, [scale, scale, 0], rtol=1e-12)
    for ax in (found.plot(), found.plot_beeswarm()):
        ax.figure.canvas.draw()
        assert "in units of" in ax.get_xlabel()


# ## The pictures


def test_the_importance_as_bars_the_largest_on_top() -> None:
    ax = summary(times, first_two, X, 0).plot(names=["a", "b", "c"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "a", "c"]
    assert [bar.get_width() for bar in ax.patches] == [4, 2]
    assert [t.get_text() for t in ax.texts] == ["4", "2", "0"]
    assert ax.get_title() == "times of the output of class 0\n4 examples"


def test_the_importance_of_pixels_is_an_image() -> None:
    for x, shape in ((X, (3, 1)), (X.reshape(4, 3, 1), None)):
        ax = summary(times, first_two, x, 0).plot(image_shape=shape)
        np.testing.assert_array_equal(ax.images[0].get_array(), [[2], [4], [0]])
        assert ax.images[0].get_clim() == (0, 4)
    with pytest.raises(ValueError, match=r"images of \(2, 2\) have 4"):
        summary(times, first_two, X).plot(image_shape=(2, 2))


def test_in_the_swarm_every_value_is_a_point_on_the_row_of_its_feature() -> None:
    ax = summary(times, first_two, X, 0).plot_beeswarm(names=["a", "b", "c"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "a", "c"]
    shapes = points(ax)
    everything = np.concatenate(list(shapes.values()))
    for row, feature in ((1, 1), (2, 0), (3, 2)):
        on_row = everything[np.abs(everything[:, 1] - row) < 0.5]
        assert sorted(on_row[:, 0]) == sorted(X[:, feature])
    # b: −4 and −1 are small among −4 … 6, 5 and 6 large; a: −2 small, 1 middle or more; c, all equal, in the middle
    assert {(round(y), x) for x, y in shapes["small"]} == {(1, -4), (2, -2)} | {(1, -1)}
    assert {(round(y), x) for x, y in shapes["large"]} == {(1, 5), (1, 6), (2, 2), (2, 3)}
    assert {(round(y), x) for x, y in shapes["middle"]} == {(2, 1), (3, 0)}


def test_large_values_are_lighter_and_have_another_shape() -> None:
    ax = summary(times, first_two, X, 0).plot_beeswarm()
    ax.figure.canvas.draw()
    small, middle, large = ax.collections[:3]
    light = [np.mean(c.get_facecolors()[:, :3]) for c in (small, middle, large)]
    assert light == sorted(light) and light[0] < light[2] - 0.2
    assert len({c.get_paths()[0].vertices.tobytes() for c in (small, middle, large)}) == 3
    (bar,) = (other for other in ax.figure.axes if other is not ax)
    assert [t.get_text() for t in bar.get_yticklabels()] == ["▼ small", "● middle", "▲ large"]


def test_the_swarm_shows_the_most_important_of_many_features() -> None:
    x = np.random.default_rng(0).normal(size=(30, 1000)) * np.linspace(1, 3, 1000)
    found = summary(times, first_two, x)
    ax = found.plot_beeswarm()
    labels = [label.get_text() for label in ax.get_yticklabels()]
    strongest = np.argsort(-np.abs(x).mean(axis=0))[:MOST]
    assert labels == [f"$x_{{{i + 1}}}$" for i in strongest] and "980 weaker features" in ax.get_xlabel()
    assert found.plot_beeswarm(image_shape=(10, 100)).get_yticklabels()[0].get_text().count(",") == 1


def test_one_example_one_feature_and_nothing_but_zeros() -> None:
    for x in (np.ones((1, 1)), np.zeros((1, 1)), np.zeros((5, 3)), np.ones((1, 2, 2, 2))):
        found = summary(times, lambda rows: np.ones(len(rows)), x)
        for ax in (found.plot(), found.plot_beeswarm()):
            ax.figure.canvas.draw()
    ax = plt.subplots()[1]
    assert found.plot(ax) is ax


@given(arrays(float, st.tuples(st.integers(1, 60), st.integers(1, 3)), elements=st.floats(-3, 3)))
def test_points_stay_on_their_row_and_do_not_hide_each_other(values) -> None:
    up = jitter(values)
    assert (np.abs(up) <= 0.4 + 1e-12).all()
    for column, heights in zip(values.T, up.T):
        # those with the same value are at different heights, one of them in the middle
        for value in set(column):
            same = heights[column == value]
            assert len(set(same)) == len(same)
        assert (heights == 0).any()
