"""Pictures of attributions: every number in its place, and what was explained in the title."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import tinynet as tn
from tinynet.explain import Attribution, Question, Table, plot_attribution
from tinynet.explain.pictures import MOST, in_units


def by_hand():
    """The name of a method: all φ of these tests are made by hand."""


def made(values, x=None, *, fx=1.0, reference=None, **rest) -> Attribution:
    """An attribution with these values, of an f that is the same everywhere."""
    values = np.array(values)
    x = np.ones(values.shape) if x is None else np.array(x)
    question = Question(lambda rows: np.full(len(rows), fx), x)
    return Attribution(
        values, by_hand, question, rest.pop("settings", {}), lambda _: Table("", "", {}), reference, **rest
    )


def bars(ax) -> list[tuple[float, float, float]]:
    """The row of every bar, where it begins and where it ends, from top to bottom; grey ones too."""
    found = [(b.get_y() + b.get_height() / 2, b.get_x(), b.get_x() + b.get_width()) for b in ax.patches]
    return sorted((round(row), start, end) for row, start, end in found)


def rows(ax) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def signs(ax) -> dict[str, set]:
    """The cells, (row, column), that are marked + and −."""
    found = {"+": set(), "−": set()}
    for points in ax.collections:
        if type(points).__name__ == "PathCollection" and len(points.get_offsets()):
            # a plus has an upright line, a minus has none
            is_plus = np.ptp(points.get_paths()[0].vertices[:, 1]) > 1e-6
            found["+" if is_plus else "−"] |= {(int(i), int(j)) for j, i in points.get_offsets()}
    return found


def colour_bar(ax) -> str:
    (bar,) = (other for other in ax.figure.axes if other.get_label() == "<colorbar>")
    return bar.get_ylabel()


# ## Images


def test_an_image_has_every_value_in_its_pixel_white_for_0_and_signs() -> None:
    ax = made([[2.0, -1.0, 0.0], [0.0, 0.5, -2.0]]).plot()
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), [[2, -1, 0], [0, 0.5, -2]])
    assert image.get_clim() == (-2, 2) and image.get_cmap()(0.5)[:3] == pytest.approx((0.97, 0.97, 0.97), abs=0.01)
    assert signs(ax) == {"+": {(1, 1), (2, 2)}, "−": {(1, 2), (2, 3)}}
    assert ax.get_title() == "by hand of the output\n$f(x)$ = 1" and colour_bar(ax) == r"$\varphi_{ij}$"
    # the first pixel is that of row 1, column 1
    assert image.get_extent() == [0.5, 3.5, 2.5, 0.5] and ax.get_aspect() == 1


def test_a_row_of_pixels_is_an_image_where_its_shape_is_given_or_was_the_method_s() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0, -6.0]
    expected = [[1, 2, 3], [4, 5, -6]]
    np.testing.assert_array_equal(made(values).plot(image_shape=(2, 3)).images[0].get_array(), expected)
    own = made(values, settings={"image_shape": (2, 3)})
    np.testing.assert_array_equal(own.plot().images[0].get_array(), expected)
    assert rows(own.plot(kind="bars"))[0] == "$x_{2,3}$ = 1"
    assert not made(values).plot().images  # without a shape there are bars


def test_the_channels_of_a_pixel_are_added_up() -> None:
    values = np.arange(12.0).reshape(2, 2, 3) - 5
    ax = made(values.astype(np.float32)).plot()
    np.testing.assert_array_equal(ax.images[0].get_array(), [[-12, -3], [6, 15]])
    assert colour_bar(ax).endswith("3 channels added up")
    np.testing.assert_array_equal(made(values).plot(image_shape=(2, 2)).images[0].get_array(), [[-12, -3], [6, 15]])
    assert rows(made(values).plot(kind="bars"))[0] == "$x_{2,2,3}$ = 1"
    flat = made(values.ravel(), settings={"image_shape": (2, 2, 3)})
    np.testing.assert_array_equal(flat.plot().images[0].get_array(), [[-12, -3], [6, 15]])
    assert rows(flat.plot(kind="bars"))[0] == "$x_{2,2,3}$ = 1"


def test_the_outline_of_the_example_runs_where_it_crosses_its_middle_value() -> None:
    x = [[10.0, 10.0, 10.0], [10.0, 30.0, 10.0], [10.0, 10.0, 10.0]]
    ax = made(np.ones((3, 3)), x).plot()
    lines = [c for c in ax.collections if type(c).__name__ == "QuadContourSet"]
    assert [line.levels.tolist() for line in lines] == [[20], [20]]  # white below black
    corners = {tuple(corner) for path in lines[1].get_paths() for corner in path.vertices.tolist()}
    # halfway from the middle (2, 2) to its four neighbours
    assert corners == {(1.5, 2), (2, 1.5), (2.5, 2), (2, 2.5)}


def test_an_example_without_an_edge_and_a_single_pixel_have_no_outline() -> None:
    for values in (np.ones((3, 3)), [[-2.0]]):
        ax = made(values).plot()
        assert [c for c in ax.collections if type(c).__name__ == "QuadContourSet"] == []
    np.testing.assert_array_equal(ax.images[0].get_array(), [[-2]])


def test_values_of_one_sign_have_the_orange_half_of_the_colours() -> None:
    ax = made([[0.0, 3.0]]).plot()
    assert ax.images[0].get_clim() == (0, 3) and signs(ax) == {"+": set(), "−": set()}


def test_an_image_that_is_0_everywhere_says_so() -> None:
    assert colour_bar(made(np.zeros((2, 2))).plot()) == r"$\varphi_{ij}$   (all are 0)"


# ## Bars


def test_bars_stand_by_size_with_names_values_and_numbers() -> None:
    ax = made([0.25, -2.0, 1.0], [5.1, 0.0, -3.0], residual={"completeness error": -0.5}).plot(names=["a", "b", "c"])
    assert bars(ax) == [(1, 0, -2), (2, 0, 1), (3, 0, 0.25)]
    assert rows(ax) == ["b = 0", "c = −3", "a = 5.1"]
    assert [t.get_text() for t in ax.texts] == ["−2", "+1", "+0.25"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # row 1 is at the top
    assert ax.get_title().split("\n")[1] == "$f(x)$ = 1; completeness error −0.5"
    # the sign shows by hatch and by colour
    (minus, *plus) = sorted(ax.patches, key=lambda bar: bar.get_width())
    assert minus.get_hatch() and not any(bar.get_hatch() for bar in plus)
    assert minus.get_facecolor() != plus[0].get_facecolor() == plus[1].get_facecolor()


def test_without_names_features_are_counted_from_1() -> None:
    assert rows(made([1.0, 2.0]).plot()) == ["$x_{2}$ = 1", "$x_{1}$ = 1"]
    assert rows(made([[1.0, 2.0]]).plot(kind="bars")) == ["$x_{1,2}$ = 1", "$x_{1,1}$ = 1"]


def test_a_dollar_in_a_name_is_a_dollar() -> None:
    ax = made([1.0]).plot(names=["price in $ or $ct$"])
    assert rows(ax) == [r"price in \$ or \$ct\$ = 1"]
    ax.figure.canvas.draw()


def test_of_many_features_the_weaker_ones_are_added_up() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    ax = made(values).plot()
    ends = [end for _, _, end in bars(ax)]
    assert len(ends) == MOST + 1 and rows(ax)[-1] == "the 980 others, added up"
    np.testing.assert_array_equal(np.abs(ends[:MOST]), np.sort(np.abs(values))[::-1][:MOST])
    assert sum(ends) == pytest.approx(values.sum(), abs=1e-12)
    # one more than MOST needs no sum
    assert len(bars(made(values[: MOST + 1]).plot())) == MOST + 1
    assert "others" not in "".join(rows(made(values[: MOST + 1]).plot()))


def test_equal_sizes_keep_their_order_and_zeros_are_said() -> None:
    assert rows(made([1.0, -2.0, 2.0, 1.0]).plot(names="abcd")) == ["b = 1", "c = 1", "a = 1", "d = 1"]
    ax = made([0.0, 0.0]).plot()
    assert bars(ax) == [] and len(rows(ax)) == 2 and "all are 0" in ax.get_xlabel()


# ## Waterfalls


def test_a_waterfall_leads_from_the_reference_to_f_of_x() -> None:
    ax = made([1.0, -2.0, 0.5], [7.0, 8.0, 9.0], reference=2.0, fx=1.5).plot(kind="waterfall", names=["a", "b", "c"])
    # 2 − 2 = 0, 0 + 1 = 1, 1 + 0.5 = 1.5: the strongest first
    assert bars(ax) == [(2, 2, 0), (3, 0, 1), (4, 1, 1.5)]
    assert rows(ax) == ["reference = 2", "b = 8", "a = 7", "c = 9", "$f(x)$ = 1.5"]
    assert [t.get_text() for t in ax.texts] == ["−2", "+1", "+0.5"]
    # the lines lead from where a row ends to where the next begins
    (lines,) = (c for c in ax.collections if type(c).__name__ == "LineCollection")
    assert [(s[0, 0], round(s[0, 1]), round(s[1, 1])) for s in lines.get_segments()] == [
        (2, 1, 2),
        (0, 2, 3),
        (1, 3, 4),
        (1.5, 4, 5),
    ]


def test_what_the_steps_do_not_reach_is_a_step_of_its_own() -> None:
    ax = made([1.0, 0.5], reference=0.0, fx=2.25).plot(kind="waterfall")
    assert bars(ax) == [(2, 0, 1), (3, 1, 1.5), (4, 1.5, 2.25)]
    assert rows(ax)[-2:] == ["not accounted for: 0.75", "$f(x)$ = 2.25"]
    # what three digits do not show has none
    assert len(rows(made([1.0, 0.5], reference=0.0, fx=1.5 + 1e-4).plot(kind="waterfall"))) == 4
    # many features end there, too
    values = np.random.default_rng(1).normal(size=300)
    ends = bars(made(values, reference=-1.0, fx=values.sum() - 1).plot(kind="waterfall"))
    assert len(ends) == MOST + 1 and ends[-1][2] == pytest.approx(values.sum() - 1, abs=1e-12)


def test_without_a_reference_there_is_no_waterfall() -> None:
    with pytest.raises(ValueError, match=r"by_hand compares f\(x\) with nothing, .* kind='bars'"):
        made([1.0]).plot(kind="waterfall")


# ## Whatever there is


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind of picture 'bar'"):
        made([1.0]).plot(kind="bar")
    with pytest.raises(ValueError, match=r"x has shape \(4,\), which is no image; image_shape=\(height, width\)"):
        made(np.ones(4)).plot(kind="image")
    with pytest.raises(ValueError, match=r"4 entries; images of \(2, 3\) have 6"):
        made(np.ones(4)).plot(image_shape=(2, 3))
    with pytest.raises(ValueError, match="image_shape is several whole numbers"):
        made(np.ones(4)).plot(image_shape=4)
    with pytest.raises(ValueError, match=r"image_shape is \(height, width\), not \(4,\)"):
        made(np.ones(4)).plot(image_shape=(4,))
    with pytest.raises(ValueError, match=r"images of \(3, 2\) have 6"):
        made(np.ones((2, 3, 5))).plot(image_shape=(3, 2))
    with pytest.raises(ValueError, match="2 names for 4 features"):
        made(np.ones(4)).plot(names=["a", "b"])


@pytest.mark.parametrize("kind", ["image", "bars", "waterfall"])
def test_axes_of_one_s_own_are_drawn_on(kind) -> None:
    figure, (left, right) = plt.subplots(1, 2)
    assert plot_attribution(made([[1.0, -2.0]], reference=0.0), right, kind=kind) is right
    assert right.get_title() and not left.get_title()
    figure.canvas.draw()


def test_the_title_has_as_many_lines_as_the_axes_need() -> None:
    net = tn.Sequential([tn.Dense(3, "softmax", input_dim=2)], seed=0)
    question = Question(net, [1.0, 2.0], 2)
    one = Attribution(np.ones(2), by_hand, question, {}, lambda _: Table("", "", {}))
    assert one.plot().get_title().split("\n")[0] == "by hand of the logit $z^L$ of class 2"
    narrow = one.plot(plt.subplots(figsize=(2, 2))[1]).get_title()
    assert narrow.count("\n") == 2 and max(map(len, narrow.split("\n"))) <= 24


@pytest.mark.parametrize("scale", [1e308, 1e250, 1e-300, 5e-324])
def test_numbers_beyond_what_can_be_drawn_are_drawn_in_units_of_the_largest(scale) -> None:
    values = scale * np.array([1.0, 1.0, -1.0])
    for kind in ("bars", "waterfall"):
        ax = made(values, values, reference=-scale, fx=scale).plot(kind=kind)
        ax.figure.canvas.draw()
        assert "in units of" in ax.get_xlabel()
        assert [end - start for _, start, end in bars(ax)[:3]] == [1, 1, -1]
    ax = made(values[None], values[None]).plot()
    ax.figure.canvas.draw()
    np.testing.assert_array_equal(ax.images[0].get_array(), [[1, 1, -1]])
    assert "in units of" in colour_bar(ax)


@settings(max_examples=min(settings().max_examples, 25))  # each is drawn
@given(st.data())
def test_any_finite_values_of_any_shape_can_be_drawn(data) -> None:
    shape = data.draw(array_shapes(max_dims=4, max_side=5))
    dtype = data.draw(st.sampled_from([np.float64, np.float32]))
    numbers = st.floats(allow_nan=False, allow_infinity=False, width=np.dtype(dtype).itemsize * 8)
    values, x = (data.draw(arrays(dtype, shape, elements=numbers)) for _ in range(2))
    reference, fx = (data.draw(st.floats(-1e300, 1e300)) for _ in range(2))
    attribution = made(values, x, reference=reference, fx=fx)
    kind = data.draw(st.sampled_from(["bars", "waterfall", *(["image"] if len(shape) in (2, 3) else [])]))
    ax = attribution.plot(kind=kind)
    ax.figure.canvas.draw()
    if kind == "bars":
        # no value is lost, whatever their number
        scaled, _ = in_units(values)
        ends = [end for _, _, end in bars(ax)]
        assert sum(ends) == pytest.approx(scaled.sum(), rel=1e-9, abs=1e-9 * np.abs(scaled).max())
        assert sorted(map(abs, ends[:MOST]), reverse=True) == list(map(abs, ends[:MOST]))
    plt.close(ax.figure)
