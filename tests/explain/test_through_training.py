"""Explanations through training: at every kept step that of a network trained so far."""

import numpy as np
import pytest

import tinynet as tn
from tinynet.explain import Attribution, Question, Table, through_training
from tinynet.explain.through_training import FRAMES
from tinynet.introspect import Recorder

X, Y = tn.data.xor()
WIDE = np.random.default_rng(0).random((4, 9))


def gradient(model, x, target=None, *, output=None, factor=1.0) -> Attribution:
    """A method with φ = factor · ∂f/∂x."""
    question = Question(model, x, target, output)
    values = factor * question.gradient(question.x[np.newaxis])[0]
    return Attribution(values, gradient, question, {"factor": factor}, lambda _: Table("", "", {}))


def network(inputs=2, outputs=1, dtype="float64"):
    end = "sigmoid" if outputs == 1 else "softmax"
    return tn.Sequential(
        [tn.Dense(3, "tanh", input_dim=inputs, dtype=dtype), tn.Dense(outputs, end, dtype=dtype)], seed=1
    )


def trained(net, steps, x=X, y=Y, recorder=None, rate=0.5):
    """The network after so many updates."""
    loss_of = tn.binary_crossentropy if y.shape[1] == 1 else tn.categorical_crossentropy
    optimizer = tn.SGD(learning_rate=rate)
    if recorder:
        recorder.record(net, None, optimizer)
    for _ in range(steps):
        loss = loss_of(net(x), y)
        loss.backward()
        optimizer.step(net.parameters())
        if recorder:
            recorder.record(net, loss, optimizer)
    return net


def recorded(steps, x=X, y=Y, rate=0.5, **settings) -> Recorder:
    recorder = Recorder(x, y, **settings)
    trained(network(x.shape[1], y.shape[1]), steps, x, y, recorder, rate)
    return recorder


CLASSES = np.eye(3)[[0, 1, 2, 0]]


# ## The numbers


def test_every_step_is_explained_as_a_network_trained_so_far() -> None:
    found = through_training(gradient, recorded(5), example=2)
    assert found.steps.tolist() == [0, 1, 2, 3, 4, 5] and found.method == "gradient"
    assert found.explained == "logit z^L"
    for step, phi, prediction in zip(found.steps, found.values, found.predictions):
        net = trained(network(), step)
        # f = z² of the net, by hand
        (W1, b1, W2, b2), x = net.get_weights(), X[2]
        a = np.tanh(x @ W1 + b1)
        assert prediction == pytest.approx((a @ W2 + b2)[0], abs=1e-12)
        np.testing.assert_allclose(phi, W1 @ ((1 - a**2) * W2[:, 0]), atol=1e-12)


def test_the_output_is_the_largest_in_the_end_or_the_one_that_is_asked_for() -> None:
    recorder = recorded(40, WIDE, CLASSES)
    net = trained(network(9, 3), 40, WIDE, CLASSES)
    for n in range(4):
        found = through_training(gradient, recorder, n)
        assert found.target == net.predict(WIDE[n : n + 1]).argmax()
        assert found.explained == f"logit z^L of class {found.target}"
    assert {through_training(gradient, recorder, n).target for n in range(4)} != {0}
    found = through_training(gradient, recorder, 1, 2, output="probability")
    assert found.target == 2 and found.explained == "probability a^L of class 2"
    assert found.predictions[-1] == pytest.approx(net.predict(WIDE[1:2])[0, 2], abs=1e-12)


def test_settings_go_to_the_method() -> None:
    recorder = recorded(3)
    once, twice = (through_training(gradient, recorder, factor=factor).values for factor in (1.0, 2.0))
    np.testing.assert_array_equal(2 * once, twice)


def test_a_recorder_that_was_thinned_has_the_steps_that_it_kept(capsys) -> None:
    size = sum(w.nbytes for w in network().get_weights())
    recorder = recorded(200, budget=20 * size)
    assert recorder.thinned and len(recorder) < 25
    found = through_training(gradient, recorder)
    assert found.steps.tolist() == recorder.steps and found.values.shape == (len(recorder), 2)
    assert found.plot().axes[0].get_xscale() == "symlog"


def test_a_training_that_diverged_is_explained_as_far_as_it_is_finite() -> None:
    recorder = Recorder(X, Y)
    net = network()
    for bias in (0.0, 1.0, np.nan, np.inf):
        W1, b1, W2, _ = net.get_weights()
        net.set_weights([W1, b1, W2, [bias]])
        recorder.record(net)
    found = through_training(gradient, recorder)
    assert np.isfinite(found.predictions).tolist() == [True, True, False, False]
    np.testing.assert_array_equal(np.isnan(found.values).all(axis=1), [False, False, True, True])
    assert found.predictions[1] - found.predictions[0] == pytest.approx(1)
    assert "not finite" in found.plot().axes[0].get_xlabel()
    # the probability of an infinite logit is 1, and flat
    found = through_training(gradient, recorder, output="probability")
    assert np.isfinite(found.predictions).tolist() == [True, True, False, True]
    assert found.predictions[3] == 1 and not found.values[3].any()


def test_float32_and_images() -> None:
    x = WIDE.reshape(4, 3, 3).astype(np.float32)
    layers = [tn.Flatten(input_shape=(3, 3)), tn.Dense(2, "softmax", dtype="float32")]
    recorder = Recorder(x, np.eye(2)[[0, 1, 0, 1]])
    net = tn.Sequential(layers, seed=0)
    trained(net, 2, x, np.eye(2, dtype=np.float32)[[0, 1, 0, 1]], recorder)
    found = through_training(gradient, recorder)
    assert found.values.shape == (3, 3, 3)
    W, _ = net.get_weights()
    np.testing.assert_array_equal(found.values[-1], W[:, found.target].reshape(3, 3))


def test_what_does_not_fit_is_refused() -> None:
    recorder = recorded(1)
    for example in (4, -1, True):
        with pytest.raises(ValueError, match=f"there is no example {example}; the recorder has 4, counted from 0"):
            through_training(gradient, recorder, example)
    with pytest.raises(ValueError, match=r"there is no example array\(\[0\., 0\.\]\)"):
        through_training(gradient, recorder, X[0])
    with pytest.raises(TypeError, match=r"a method is a function, .* not 'saliency'"):
        through_training("saliency", recorder)
    with pytest.raises(TypeError, match=r"a recorder is a tinynet\.introspect\.Recorder"):
        through_training(gradient, recorder.net)
    with pytest.raises(ValueError, match="target=1 is out of range"):
        through_training(gradient, recorder, 0, 1)
    with pytest.raises(ValueError, match="unknown output 'logits'"):
        through_training(gradient, recorder, output="logits")
    with pytest.raises(ValueError, match="nothing is recorded yet"):
        through_training(gradient, Recorder(X, Y))


def test_its_words_are_a_line_and_not_all_its_arrays() -> None:
    words = repr(through_training(gradient, recorded(3)))
    assert words.startswith("gradient of the logit z^L through 4 steps of training, 0 to 3: f(x) from ")


# ## The pictures


def test_few_features_are_lines_below_the_prediction() -> None:
    found = through_training(gradient, recorded(30), 1)
    top, below = found.plot(names=["a", "b"]).axes
    (line,) = top.lines
    np.testing.assert_array_equal(line.get_ydata(), found.predictions)
    drawn = {line.get_label(): line for line in below.lines}
    for i, name in enumerate("ab"):
        np.testing.assert_array_equal(drawn[name].get_ydata(), found.values[:, i])
        np.testing.assert_array_equal(drawn[name].get_xdata(), found.steps)
    assert drawn["a"].get_linestyle() != drawn["b"].get_linestyle()
    assert top.get_title() == "gradient of the logit $z^L$\nthrough 31 steps of training"
    with pytest.raises(ValueError, match="3 names for 2 features"):
        found.plot(names="abc")


def test_many_features_are_rows_of_colours_with_signs() -> None:
    found = through_training(gradient, recorded(30, WIDE, CLASSES), 0)
    figure = found.plot()
    figure.canvas.draw()
    _, below, _ = figure.axes
    (mesh, *marks) = below.collections
    order = np.argsort(-np.abs(found.values).max(axis=0), kind="stable")
    np.testing.assert_array_equal(mesh.get_array(), found.values[:, order].T)
    assert mesh.get_clim() == (-np.abs(found.values).max(), np.abs(found.values).max())
    assert [t.get_text() for t in below.get_yticklabels()] == [f"$x_{{{i + 1}}}$" for i in order]
    marked = 0
    for points in marks:
        is_plus = np.ptp(points.get_paths()[0].vertices[:, 1]) > 1e-6
        for step, row in points.get_offsets():
            value = found.values[int(step), order[int(row) - 1]]
            assert (value > 0) == is_plus and value != 0
            marked += 1
    assert marked > 20


def test_an_image_is_a_film_strip_closest_at_the_start() -> None:
    found = through_training(gradient, recorded(300, WIDE, CLASSES), 0)
    figure = found.plot(image_shape=(3, 3))
    figure.canvas.draw()
    top, below = figure.axes[:2]
    captions = [text.get_text() for text in below.texts]
    steps = [int(caption.removeprefix("step ")) for caption in captions]
    assert len(steps) == FRAMES and steps[0] == 0 and steps[-1] == 300
    gaps = np.diff(steps)
    assert (gaps[1:] >= gaps[:-1]).all() and gaps[-1] > 50
    # the pictures, four in a row, one cell between two
    sheet = below.images[0].get_array()
    head = (len(sheet) - 1) // 2 - 3
    for n, step in enumerate(steps):
        left, above = 4 * (n % 4), (n // 4) * (4 + head) + head
        np.testing.assert_array_equal(sheet[above : above + 3, left : left + 3].ravel(), found.values[step])
    # their places in the panel above, which begins with the first
    assert top.get_xlim()[0] == 0 and top.get_xlim()[1] > 300
    assert [line.get_xdata()[0] for line in top.lines if line.get_linestyle() == ":"] == steps
    # a short training is shown whole
    for last in (2, FRAMES - 1):
        short = through_training(gradient, recorded(last, WIDE, CLASSES), 0).plot(image_shape=(3, 3))
        assert [text.get_text() for text in short.axes[1].texts] == [f"step {k}" for k in range(last + 1)]


@pytest.mark.parametrize("scale", [0.0, 1e308, 1e-300])
def test_nothing_too_large_too_small_or_all_0_for_a_picture(scale) -> None:
    found = through_training(gradient, recorded(3, WIDE, CLASSES), 0)
    values = scale * np.sign(found.values)
    extreme = type(found)(**{**vars(found), "values": values, "predictions": scale * np.ones(4)})
    for settings in ({}, {"image_shape": (3, 3)}):
        extreme.plot(**settings).canvas.draw()


def test_one_step_and_a_figure_of_one_s_own() -> None:
    import matplotlib.pyplot as plt

    for x, y in ((X, Y), (WIDE, CLASSES)):
        figure = plt.figure()
        assert through_training(gradient, recorded(0, x, y)).plot(figure) is figure
        figure.canvas.draw()
