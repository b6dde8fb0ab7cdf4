"""The question: which number is explained, for which example, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinynet as tn
from tinynet import explain
from tinynet.explain import Question

X = np.array([0.5, -1.0, 2.0])


def network(*layers, dtype="float64") -> tn.Sequential:
    """Three inputs, and layers given as (units, activation); no bias is 0."""
    net = tn.Sequential([tn.Dense(n, f, dtype=dtype) for n, f in layers], seed=0)
    net.build((3,))
    rng = np.random.default_rng(1)
    net.set_weights([rng.normal(size=w.shape) for w in net.get_weights()])
    return net


def logits_by_hand(net, x):
    W1, b1, W2, b2 = net.get_weights()
    return np.maximum(x @ W1 + b1, 0) @ W2 + b2


# ## What is explained


def test_by_default_it_is_the_largest_logit():
    net = network((4, "relu"), (5, "softmax"))
    question = Question(net, X)
    expected = logits_by_hand(net, X)
    assert question.outputs == pytest.approx(expected, rel=1e-14)
    assert question.target == expected.argmax()
    assert question.prediction == question.outputs.max()
    assert question.explained == f"logit z^L of class {expected.argmax()}"


@pytest.mark.parametrize("end", [[tn.Dense(2, "sigmoid")], [tn.Dense(2), tn.Activation("softmax")]])
def test_the_logit_is_what_comes_before_the_last_activation(end):
    net = tn.Sequential([tn.Dense(4, "relu", input_dim=3), *end], seed=0)
    assert Question(net, X, 1).prediction == pytest.approx(logits_by_hand(net, X)[1], rel=1e-14)


def test_a_network_that_ends_without_an_activation_is_explained_as_it_is():
    net = network((4, "relu"), (2, None))
    assert Question(net, X, 0).prediction == Question(net, X, 0, "probability").prediction == net.predict(X[None])[0, 0]


def test_the_probability_is_the_output():
    net = network((4, "tanh"), (3, "softmax"))
    question = Question(net, X, 2, "probability")
    assert question.outputs.tolist() == net.predict(X[None])[0].tolist()
    assert question.explained == "probability a^L of class 2"


def test_of_one_output_no_class_is_named():
    question = Question(network((4, "relu"), (1, "sigmoid")), X)
    assert (question.target, question.explained) == (0, "logit z^L")


def test_the_network_stays_as_it_is():
    net = network((4, "relu"), (3, "softmax"))
    before = net.predict(X[None])
    Question(net, X).gradient(X[None])
    assert net.layers[-1].f is tn.softmax
    assert net.predict(X[None]).tolist() == before.tolist()


def test_a_change_of_the_weights_is_seen():
    net = network((4, "relu"), (2, "softmax"))
    question = Question(net, X, 0)
    net.set_weights([np.zeros_like(w) if w.ndim == 2 else np.full_like(w, 7) for w in net.get_weights()])
    assert question.f(X[None]).tolist() == [7]


# ## As a function


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_many_rows_at_once(dtype, monkeypatch):
    monkeypatch.setattr("tinynet.explain.question.CHUNK", 4)
    net = network((4, "relu"), (3, "softmax"), dtype=dtype)
    rows = np.random.default_rng(0).normal(size=(9, 3))
    question = Question(net, X, 1)
    f = question.f(rows)
    assert (f.shape, f.dtype, question.gradient(rows).dtype) == ((9,), np.dtype(dtype), np.dtype(dtype))
    assert f == pytest.approx(logits_by_hand(net, rows)[:, 1], rel=1e-5 if dtype == "float32" else 1e-13, abs=1e-6)


@given(
    st.sampled_from(["relu", "tanh", "sigmoid", "gelu", "softplus"]),
    st.sampled_from(["softmax", "sigmoid", None]),
    st.sampled_from(["logit", "probability"]),
    st.integers(0, 2),
)
def test_the_gradient_is_that_of_central_differences(f, end, output, target):
    question = Question(network((4, f), (3, end)), X, target, output)
    rows, h = np.array([X, X[::-1] + 0.1]), 1e-5
    nudges = h * np.eye(3)
    numerical = np.stack([question.f(rows + nudge) - question.f(rows - nudge) for nudge in nudges], axis=1) / (2 * h)
    assert question.gradient(rows) == pytest.approx(numerical, rel=1e-7, abs=1e-9)


def test_images_are_inputs_too():
    net = tn.Sequential([tn.Flatten(input_shape=(2, 3)), tn.Dense(4, "tanh"), tn.Dense(2, "softmax")], seed=0)
    image = np.arange(6.0).reshape(2, 3)
    for given_x in (image, image[None]):
        question = Question(net, given_x)
        assert question.x.shape == (2, 3)
        assert question.gradient(np.stack([image, image])).shape == (2, 2, 3)


@pytest.mark.parametrize("columns", [None, 1, 3])
def test_any_function_can_be_asked(columns):
    predict = lambda x: x.sum(axis=1) if columns is None else np.stack([x[:, 0]] * columns, axis=1)  # noqa: E731
    question = Question(predict, X)
    assert question.f(np.array([X, 2 * X])).tolist() == ([1.5, 3.0] if columns is None else [0.5, 1.0])
    assert question.output == "output"
    assert question.explained == ("output of class 0" if columns == 3 else "output")


def test_a_network_of_unknown_inputs_is_built_by_the_question():
    net = tn.Sequential([tn.Dense(4, "relu"), tn.Dense(2)], seed=0)
    assert Question(net, X).gradient(X[None]).shape == (1, 3)


# ## What is refused


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": 3}, "target=3 is out of range: the model has 3 outputs, 0 … 2"),
        ({"target": -1}, "target, the number of an output, 0 … 2, is a whole number >= 0, not -1"),
        ({"target": "setosa"}, "target, the number of an output, 0 … 2, is a whole number >= 0, not 'setosa'"),
        ({"output": "logits"}, "unknown output 'logits'. Did you mean 'logit'"),
        ({"x": X[:2]}, r"x has shape \(2,\); expected one example of shape \(3,\)"),
        ({"x": np.ones((2, 3))}, r"x has shape \(2, 3\).*explain.summary"),
        ({"x": 3.0}, r"x has shape \(\)"),
        ({"x": []}, r"x has shape \(0,\)"),
        ({"x": [1, np.nan, 2]}, r"x\[1\] is nan; expected finite numbers"),
        ({"x": ["a", "b", "c"]}, "x is an array of numbers; given"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    arguments = {"model": network((4, "relu"), (3, "softmax")), "x": X} | changes
    with pytest.raises(ValueError, match=message):
        Question(**arguments)


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"a model is a tinynet.Sequential, or a function"):
        Question(3, X)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda x: x.sum(), r"given 1 examples, x of shape \(1, 3\), and returned shape \(\); expected \(1,\) or"),
        (lambda x: np.zeros((2, 3)), r"returned shape \(2, 3\)"),
        (lambda x: np.zeros((1, 3, 1)), r"returned shape \(1, 3, 1\)"),
        (lambda x: np.zeros((1, 0)), r"returned shape \(1, 0\)"),
        (lambda x: np.full((1, 2), np.nan), "returned nan for output 0 of an example"),
        (lambda x: None, "expected"),
    ],
)
def test_a_function_that_returns_something_else_is_refused(returned, message):
    with pytest.raises(ValueError, match=message):
        Question(returned, X)


def test_of_a_function_nothing_but_the_output_is_known():
    with pytest.raises(ValueError, match=r"is for networks; of a function its output is explained as it is"):
        Question(lambda x: x, X, output="logit")
    with pytest.raises(ValueError, match=r"a gradient needs a tinynet.Sequential.*kernel_shap"):
        Question(lambda x: x, X).gradient(X[None])


# ## What comes beside x


def test_a_baseline_is_zeros_a_number_or_an_array():
    question = Question(network((2, None)), X)
    assert question.baseline(None).tolist() == [0, 0, 0]
    assert question.baseline(0.5).tolist() == [0.5, 0.5, 0.5]
    assert question.baseline([1, 2, 3]).tolist() == question.baseline([[1, 2, 3]]).tolist() == [1, 2, 3]


def test_a_background_is_rows():
    question = Question(network((2, None)), X)
    assert question.background(None).tolist() == [[0, 0, 0]]
    assert question.background([1, 2, 3]).tolist() == [[1, 2, 3]]
    assert question.background(np.ones((4, 3))).shape == (4, 3)


@pytest.mark.parametrize(
    ("what", "given_", "message"),
    [
        ("baseline", [1, 2], r"the baseline has shape \(2,\), x has \(3,\); they must be equal"),
        ("baseline", [1, 2, np.inf], r"baseline\[2\] is inf"),
        ("background", np.ones((4, 2)), r"the background has shape \(4, 2\); expected \(B, 3\), at least one row"),
        ("background", np.ones((0, 3)), r"the background has shape \(0, 3\)"),
        ("background", [[1, np.nan, 3]], r"background\[0, 1\] is nan"),
    ],
)
def test_other_shapes_are_refused(what, given_, message):
    question = Question(network((2, None)), X)
    with pytest.raises(ValueError, match=message):
        getattr(question, what)(given_)


def test_its_words_are_what_is_asked_and_the_number():
    assert repr(Question(lambda rows: rows.sum(axis=1), [1.0, 2])) == "Question about the output: f(x) = 3"


# ## What must stay as it is


def test_a_function_may_change_what_it_is_given():
    def in_place(rows):
        rows -= 1
        rows *= rows
        return rows

    x, baseline = X.copy(), np.array([0.25, 0.5, 0.75])
    found = explain.occlusion(in_place, x, 2, baseline=baseline)
    assert found.values == pytest.approx([0, 0, (2 - 1) ** 2 - (0.75 - 1) ** 2], rel=1e-15)
    assert np.array_equal(x, X) and np.array_equal(found.x, X)
    assert np.array_equal(found.baseline, baseline) and np.array_equal(found.again().values, found.values)


def test_a_function_may_return_the_same_array_every_time():
    room = np.empty((100, 3))

    def reusing(rows):
        room[: len(rows)] = rows
        return room[: len(rows)]

    question = Question(reusing, X)
    question.f(np.zeros((5, 3)))
    assert np.array_equal(question.outputs, X)


class Gain(tn.layers.Layer):
    """A layer of one's own, with weights: each input times a number."""

    def build(self, input_shape, rng):
        self.input_shape = self.output_shape = input_shape
        self.gain = tn.Tensor(np.full(input_shape, 2.0), requires_grad=True, name="gain")

    def forward(self, a, training):
        return a * self.gain

    def parameters(self):
        return [self.gain]


@pytest.mark.parametrize("method", [explain.saliency, explain.smoothgrad, explain.gradient_times_input])
@pytest.mark.parametrize("own", [[], [Gain]])
def test_the_gradients_of_a_training_stay(method, own):
    net = tn.Sequential([tn.Dense(4, "tanh", input_dim=3), *(layer() for layer in own), tn.Dense(2)], seed=0)
    net(X[None]).sum().backward()
    before = [p.grad.copy() for p in net.parameters()]
    found = method(net, X)
    found.table()
    found.table(0)
    assert all(np.array_equal(p.grad, grad) for p, grad in zip(net.parameters(), before))


def test_the_dropout_at_the_end_does_not_hide_the_logit():
    net = network((4, "relu"), (5, "softmax"))
    logits = Question(net, X).outputs
    net.add(tn.layers.Dropout(0.5))
    assert np.array_equal(Question(net, X).outputs, logits)


def test_a_network_of_an_activation_alone():
    net = tn.Sequential([tn.layers.Activation("softmax", input_shape=(3,))])
    for method in (explain.saliency, explain.gradient_times_input, explain.lrp, explain.deeplift):
        found = method(net, X)
        assert found.values.tolist() == ([0, 0, 1] if method is explain.saliency else [0, 0, 2])
    assert Question(net, X, output="probability").outputs.sum() == pytest.approx(1, rel=1e-15)


def test_tensors_are_numbers_too():
    found = explain.integrated_gradients(network((2, "tanh")), tn.Tensor(X), baseline=tn.Tensor(X / 2))
    assert np.array_equal(found.baseline, X / 2)


def fails(rows):
    raise TypeError("a mistake of the reader's own")


@pytest.mark.parametrize(
    ("model", "x", "error", "message"),
    [
        (fails, X, TypeError, "a mistake of the reader's own"),
        (lambda rows: ["a"] * len(rows), X, ValueError, r"array of numbers.* it returned list \['a'\]"),
        (lambda rows: [[1.0, 2.0], [3.0]], X, ValueError, "array of numbers.* it returned list"),
        (tn.Sequential([]), X, ValueError, "no layers"),
        (len, [[1, 2], [3]], ValueError, "rows equally long"),
    ],
)
def test_what_goes_wrong_is_said(model, x, error, message):
    with pytest.raises(error, match=message):
        Question(model, x)


def test_a_number_that_is_not_finite_is_named():
    with pytest.raises(ValueError, match=r"^baseline is nan; expected finite"):
        explain.occlusion(lambda rows: rows, X, baseline=np.nan)
