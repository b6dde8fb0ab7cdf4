"""LIME for an image: its masks by hand, functions of segments whose slopes are known, shapes, and what degenerates."""

import json

import numba
import numpy as np
import pytest

import tinynet as tn
from tinynet.explain import grid, lime_image

SAMPLES = 100 if numba.config.DISABLE_JIT else 1000
RNG = np.random.default_rng(0)
IMAGE = RNG.random((4, 6))
SEGMENTS = grid((4, 6), (2, 3))


def recording(f):
    asked = []

    def model(rows):
        asked.append(rows.copy())
        return f(rows)

    return model, asked


def corner(images):
    """The pixel in the upper left corner."""
    return images[:, 0, 0]


# ## The neighbours


# checks [eq:lime-cosine]
def test_masked_images_by_hand():
    model, asked = recording(corner)
    found = lime_image(model, IMAGE, segments=SEGMENTS, samples=9, seed=3)
    masks = np.random.RandomState(3).randint(0, 2, (9, 6))
    masks[0] = 1
    table = found.table()
    for n, mask in enumerate(masks):
        expected = IMAGE.copy()
        for i in range(6):
            if mask[i] == 0:
                expected[i == SEGMENTS] = IMAGE[i == SEGMENTS].mean()
        np.testing.assert_allclose(asked[-1][n], expected, rtol=1e-15)
        assert [table[f"m_{i + 1}"][n] for i in range(6)] == mask.tolist()
        # one less the cosine of the angle between the mask and that with all on
        cosine = mask.sum() / (np.linalg.norm(mask) * np.sqrt(6)) if mask.any() else 0
        assert table["distance"][n] == pytest.approx(1 - cosine, abs=1e-15)
    np.testing.assert_allclose(table["w"], np.exp(-(table["distance"] ** 2) / 0.25**2) ** 0.5, rtol=1e-13)


def test_channels_have_a_mean_each():
    image = RNG.random((4, 6, 3))
    model, asked = recording(lambda images: images[:, 0, 0, 2])
    found = lime_image(model, image, segments=SEGMENTS, samples=5, seed=3)
    off = np.flatnonzero(found.table()["m_1"] == 0)
    assert len(off) > 0
    np.testing.assert_allclose(asked[-1][off[0], 0, 0], image[SEGMENTS == 0].mean(axis=0), rtol=1e-15)
    assert found.values.shape == (4, 6, 3)
    assert (found.values == found.values[..., :1]).all()


def test_many_images_are_asked_about_in_parts(monkeypatch):
    from sys import modules

    import tinynet.explain.lime_image  # noqa: F401, the module, not the function of its name

    whole = lime_image(corner, IMAGE, segments=SEGMENTS, samples=50)
    monkeypatch.setattr(modules["tinynet.explain.lime_image"], "HELD", 7 * IMAGE.size)
    model, asked = recording(corner)
    parts = lime_image(model, IMAGE, segments=SEGMENTS, samples=50)
    assert [len(rows) for rows in asked] == [1, *[7] * 7, 1]
    assert parts.values.tolist() == whole.values.tolist()


# ## Slopes that are known


def test_a_sum_over_segments_is_explained_by_its_terms():
    # f is how far each segment's corner is above its mean colour, times a weight
    weights = np.array([1.0, -2, 0, 3, 0, 0])
    corners = [tuple(np.argwhere(i == SEGMENTS)[0]) for i in range(6)]
    found = lime_image(
        lambda images: sum(w * images[:, r, c] for w, (r, c) in zip(weights, corners)),
        IMAGE,
        segments=SEGMENTS,
        samples=SAMPLES,
    )
    means = [IMAGE[i == SEGMENTS].mean() for i in range(6)]
    expected = weights * [IMAGE[place] - mean for place, mean in zip(corners, means)]
    np.testing.assert_allclose(found.details["coefficients"], expected, atol=4 / SAMPLES, rtol=20 / SAMPLES)
    np.testing.assert_array_equal(found.values, found.details["coefficients"][SEGMENTS])
    assert found.residual["local R²"] == pytest.approx(1, abs=1e-2)
    assert found.residual["local error"] == found.prediction - found.details["local prediction"]


def test_few_segments_are_chosen():
    found = lime_image(lambda images: 5 * corner(images) + images[:, 3, 5], IMAGE, samples=SAMPLES, num_features=1)
    assert found.details["segments"].shape == (4, 6) and found.details["chosen"].tolist() == [0]
    assert np.count_nonzero(found.details["coefficients"]) == 1


# ## The working


@pytest.mark.parametrize("num_features", [2, 7, None])
def test_the_values_come_out_of_the_table(num_features):
    net = tn.Sequential([tn.Flatten(input_shape=(4, 6)), tn.Dense(5, "tanh"), tn.Dense(3, "softmax")], seed=0)
    found = lime_image(net, IMAGE, segments=grid((4, 6), (2, 6)), samples=80, num_features=num_features)
    table = found.table()
    names = list(table.columns)[:-4]
    assert len(names) == (num_features or 12) and list(table.columns)[-4:] == ["distance", "w", "f", "fit"]
    w, f = table["w"], table["f"]
    columns = np.column_stack([table[name] for name in names])
    columns, f = columns - np.average(columns, axis=0, weights=w), f - np.average(f, weights=w)
    slopes = np.linalg.solve(columns.T @ (w[:, None] * columns) + np.eye(len(names)), columns.T @ (w * f))
    expected = np.zeros(12)
    expected[[int(name[2:]) - 1 for name in names]] = slopes
    np.testing.assert_allclose(found.values, expected[grid((4, 6), (2, 6))], rtol=1e-12, atol=1e-15)
    # the table of a pixel is that of its segment
    one = found.table((3, 5))
    assert next(iter(one.columns)) == "m_12"
    if "others" in one.columns:
        x = one["m_12"] - np.average(one["m_12"], weights=w)
        slope = (w * x * (one["f"] - one["others"])).sum() / ((w * x**2).sum() + 1)
        assert slope == pytest.approx(found.values[3, 5], rel=1e-12, abs=1e-15)
    else:
        assert found.values[3, 5] == 0


def test_the_table_of_a_pixel_of_every_shape():
    flat = lime_image(lambda x: x[:, 0], IMAGE.ravel(), image_shape=(4, 6), segments=SEGMENTS, samples=9)
    assert "m_6" in flat.table(23).columns and "m_1" in flat.table(0).columns
    colours = lime_image(lambda x: x[:, 0, 0, 0], RNG.random((4, 6, 2)), segments=SEGMENTS, samples=9)
    assert "m_6" in colours.table((3, 5, 0)).columns and "m_3" in colours.table((0, 5, 1)).columns


# ## Shapes, and asking again


def test_flat_and_shaped_images_are_explained_alike():
    shaped = lime_image(lambda x: x.reshape(len(x), -1) ** 2, IMAGE, 5, samples=30)
    flat = lime_image(lambda x: x**2, IMAGE.ravel(), 5, image_shape=(4, 6), samples=30)
    assert flat.values.tolist() == shaped.values.ravel().tolist()
    image = RNG.random((4, 6, 3))
    shaped = lime_image(lambda x: x.reshape(len(x), -1) ** 2, image, 5, samples=30)
    flat = lime_image(lambda x: x**2, image.ravel(), 5, image_shape=(4, 6, 3), samples=30)
    assert flat.values.tolist() == shaped.values.ravel().tolist()


def test_the_same_seed_gives_the_same_bits():
    net = tn.Sequential([tn.Dense(3, "softmax", input_dim=24)], seed=0)
    found = lime_image(net, IMAGE.ravel(), image_shape=(4, 6), samples=40, kernel_width=0.3, seed=5)
    again = found.again()
    assert again.values.tolist() == found.values.tolist() and again.settings["num_features"] == 6
    assert found.settings["segments"].tolist() == SEGMENTS.tolist()
    other = lime_image(net, IMAGE.ravel(), image_shape=(4, 6), samples=40, kernel_width=0.3, seed=6)
    assert other.values.tolist() != found.values.tolist()
    assert json.loads(json.dumps(found.to_dict()))["details"]["segments"] == SEGMENTS.tolist()


def test_segments_may_have_any_numbers():
    odd = np.array([-7, 100, 3])[SEGMENTS % 3]
    found = lime_image(corner, IMAGE, segments=odd, samples=30)
    same = lime_image(corner, IMAGE, segments=np.array([0, 2, 1])[SEGMENTS % 3], samples=30)
    assert found.values.tolist() == same.values.tolist()
    assert found.settings["segments"].tolist() == odd.tolist()


def test_a_float32_network():
    net = tn.Sequential([tn.Flatten(input_shape=(4, 6)), tn.Dense(2, dtype="float32")], seed=0)
    found = lime_image(net, IMAGE, 1, samples=SAMPLES)
    exact = lime_image(lambda x: x.reshape(len(x), -1) @ net.get_weights()[0].astype(float), IMAGE, 1, samples=SAMPLES)
    np.testing.assert_allclose(found.values, exact.values, atol=1e-5)


# ## What degenerates


def test_what_looks_the_same_on_and_off_has_no_slope():
    # a blank image; and pixels that are segments of their own, which are their own mean
    blank = lime_image(corner, np.full((4, 6), 0.1), samples=20)
    assert not blank.values.any() and blank.residual["local R²"] == 1
    pixels = lime_image(corner, IMAGE, segments=np.arange(24).reshape(4, 6), samples=20)
    assert not pixels.values.any() and pixels.prediction == IMAGE[0, 0]


def test_one_segment_and_one_pixel():
    one = lime_image(corner, IMAGE, segments=np.zeros((4, 6), int), samples=SAMPLES)
    # off, it is at a distance of 1 and counts e^-8: less than α
    assert 0 < one.values[0, 0] / (IMAGE[0, 0] - IMAGE.mean()) < 1
    assert lime_image(lambda x: x, [0.5], image_shape=(1, 1), samples=5).values.tolist() == [0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"segments": np.zeros((6, 4), int)}, r"segments are whole numbers.*of shape \(4, 6\); given shape \(6, 4\)"),
        ({"segments": np.zeros((4, 6))}, "dtype float64"),
        ({"image_shape": (5, 5)}, r"image_shape is \(5, 5\); expected an image"),
        ({"image_shape": (24,)}, "expected an image"),
        ({"image_shape": 24}, "image_shape is several whole numbers"),
        ({"samples": 1}, "samples is a whole number >= 2, not 1"),
        ({"kernel_width": -1.0}, r"kernel_width is a number > 0, not -1\.0"),
        ({"num_features": 0}, "num_features is a whole number >= 1, not 0"),
        ({"seed": 0.5}, r"seed is a whole number >= 0, not 0\.5"),
    ],
)
def test_what_cannot_be_meant_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        lime_image(corner, IMAGE, **{"samples": 20, **settings})


def test_a_flat_image_needs_its_shape():
    with pytest.raises(ValueError, match=r"x has shape \(24,\), image_shape is None; expected an image"):
        lime_image(lambda x: x, IMAGE.ravel())
