"""LIME beside the authors' package, lime 0.2: the same seed, the same neighbours, the same numbers to 1e-12.

Their explainer takes `net.predict` as it takes anybody's function; ours takes scikit-learn's `predict_proba`.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lime.lime_image import LimeImageExplainer
from lime.lime_tabular import LimeTabularExplainer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

import tinynet as tn
from tinynet.explain import grid, lime_image, lime_tabular

TOLERANCE = 1e-12
KINDS = [
    {"kind": "quartile"},
    {"kind": "continuous"},
    {"kind": "continuous", "around_instance": True},
]


def trained(x, y, *hidden) -> tn.Sequential:
    layers = [tn.Dense(n, activation="relu") for n in hidden]
    net = tn.Sequential([*layers, tn.Dense(y.shape[1], activation="softmax")], seed=0)
    net.compile(tn.Adam(0.01), "categorical_crossentropy")
    net.fit(x, y, epochs=20, batch_size=32, verbose=0)
    return net


@pytest.fixture(scope="module")
def iris():
    x, y = tn.data.iris()
    return trained(x, y, 8, 6), x


@pytest.fixture(scope="module")
def digits():
    x, y = tn.data.digits()
    return trained(x[:600], y[:600], 16), x


def official(background, seed, kind, around_instance=False, **settings):
    return LimeTabularExplainer(
        background,
        random_state=seed,
        discretize_continuous=kind == "quartile",
        sample_around_instance=around_instance,
        **settings,
    )


def theirs(explanation, label, M):
    """Their list of pairs as values, and the other numbers."""
    values = np.zeros(M)
    for i, slope in explanation.local_exp[label]:
        values[i] = slope
    return values, explanation.intercept[label], explanation.score, float(explanation.local_pred[0])


def agree(found, values, intercept, score, prediction, size=0.0):
    """size: of f, for where there is nothing but rounding to compare."""
    apart = np.abs(found.values.ravel() - values).max()
    assert apart <= TOLERANCE * np.abs(values).max() + 1e-14 * size, f"{apart}\n{found.values}\n{values}"
    assert (found.values.ravel() != 0).sum() == (values != 0).sum() or size
    assert found.details["intercept"] == pytest.approx(intercept, rel=TOLERANCE, abs=TOLERANCE)
    assert found.details["local prediction"] == pytest.approx(prediction, rel=TOLERANCE, abs=TOLERANCE)
    if not size:
        assert found.residual["local R²"] == pytest.approx(score, rel=TOLERANCE)


# ## Rows of numbers


@pytest.mark.parametrize("num_features", [1, 6, 7, 10])
@pytest.mark.parametrize("kind", KINDS, ids=["quartile", "continuous", "around"])
@pytest.mark.parametrize("data", ["iris", "digits"])
def test_probabilities_of_a_network(data, kind, num_features, request):
    """5000 neighbours by their default; digits have constant pixels, and many with few values."""
    net, x = request.getfixturevalue(data)
    samples = 5000 if num_features == 10 else 1000
    explained = official(x, 7, **kind).explain_instance(
        x[60], net.predict, labels=(2,), num_features=num_features, num_samples=samples
    )
    found = lime_tabular(
        net, x[60], 2, output="probability", background=x, num_features=num_features, samples=samples, seed=7, **kind
    )
    agree(found, *theirs(explained, 2, x.shape[1]))


@pytest.mark.parametrize("kind", KINDS, ids=["quartile", "continuous", "around"])
def test_a_logit(iris, kind):
    """Their way to explain any number is "regression"."""
    net, x = iris
    *hidden, W, b = net.get_weights()

    def logit(rows):
        for V, c in zip(hidden[::2], hidden[1::2]):
            rows = np.maximum(rows @ V + c, 0)
        return (rows @ W + b)[:, 0]

    found = lime_tabular(net, x[120], 0, background=x, samples=500, num_features=4, seed=1, **kind)
    explained = official(x, 1, mode="regression", **kind).explain_instance(
        x[120], logit, num_features=4, num_samples=500
    )
    agree(found, *theirs(explained, 1, 4))


@pytest.mark.parametrize("kind", KINDS, ids=["quartile", "continuous", "around"])
def test_the_neighbours_are_the_same(digits, kind):
    """And not only what comes of them: the rows that the model is asked about."""
    _, x = digits
    asked = []

    def model(rows):
        asked.append(rows.copy())
        return np.tile([0.25, 0.75], (len(rows), 1))

    official(x, 11, **kind).explain_instance(x[3], model, num_samples=300)
    lime_tabular(model, x[3], background=x, samples=300, seed=11, **kind)
    np.testing.assert_allclose(asked[-1], asked[0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS, ids=["quartile", "continuous", "around"])
def test_models_of_scikit_learn(iris, kind):
    _, x = iris
    labels = np.repeat([0, 1, 2], 50)
    for model in (LogisticRegression(max_iter=1000), RandomForestClassifier(20, random_state=0)):
        predict = model.fit(x, labels).predict_proba
        found = lime_tabular(predict, x[75], 1, background=x, samples=500, **kind)
        explained = official(x, 0, **kind).explain_instance(x[75], predict, labels=(1,), num_samples=500)
        agree(found, *theirs(explained, 1, 4))


@st.composite
def questions(draw):
    """A network, a background with ties among its numbers, an example, and settings."""
    M, seed = draw(st.integers(1, 9)), draw(st.integers(0, 2**31))
    rng = np.random.default_rng(seed)
    sizes = draw(st.lists(st.integers(1, 8), max_size=3))
    f = draw(st.sampled_from(["relu", "tanh", "sigmoid", "gelu"]))
    layers = [tn.Dense(n, f) for n in sizes]
    net = tn.Sequential([*layers, tn.Dense(2, "softmax")], seed=seed % 1000)
    background = rng.normal(size=(draw(st.integers(4, 60)), M)) * 10.0 ** rng.integers(-2, 3, M) + rng.normal(size=M)
    decimals = draw(st.sampled_from([None, 1, 0]))
    if decimals is not None:
        # a bin of one number is the least number; it is 0 here, for of others they ask about 0 (see below)
        background = background.round(decimals) - background.round(decimals).min(axis=0)
    x = background[0] if draw(st.booleans()) else background.mean(axis=0) + 2 * background.std(axis=0)
    width = draw(st.sampled_from([None, 0.5, 3.0]))
    return net, background, x, draw(st.integers(1, 10)), width, draw(st.integers(0, 2**32 - 1))


@settings(deadline=None, max_examples=40)
@given(questions(), st.sampled_from(KINDS))
def test_any_network(question, kind):
    net, background, x, num_features, width, seed = question
    found = lime_tabular(
        net,
        x,
        1,
        output="probability",
        background=background,
        num_features=num_features,
        samples=200,
        kernel_width=width,
        seed=seed,
        **kind,
    )
    explained = official(background, seed, kernel_width=width, **kind).explain_instance(
        x, net.predict, labels=(1,), num_features=num_features, num_samples=200
    )
    agree(found, *theirs(explained, 1, x.size), size=1.0)


def test_a_bin_of_one_number_is_that_number_and_not_0():
    """Where they do otherwise: of a column that is 5 they ask about 0."""
    background = np.column_stack([np.full(20, 5.0), np.arange(20.0)])
    asked = []

    def model(rows):
        asked.append(rows.copy())
        return np.tile([0.25, 0.75], (len(rows), 1))

    official(background, 0, "quartile").explain_instance(background[3], model, num_samples=30)
    lime_tabular(model, background[3], background=background, samples=30)
    assert (asked[0][1:, 0] == 0).all() and (asked[-1][:, 0] == 5).all()
    np.testing.assert_allclose(asked[-1][:, 1], asked[0][:, 1], rtol=1e-12)


# ## Images


def their_image(image, predict, segments, seed, **settings):
    """random_seed is for their segmentation; without it they would draw one, from the same numbers as the masks."""
    explainer = LimeImageExplainer(kernel_width=settings.pop("kernel_width", 0.25), random_state=seed)
    return explainer.explain_instance(
        image, predict, labels=(4,), top_labels=None, segmentation_fn=lambda _: segments, random_seed=0, **settings
    )


@pytest.mark.parametrize("cells", [1, 2, 4])
@pytest.mark.parametrize("num_features", [3, 7, 1000])
def test_an_image_of_a_digit(digits, cells, num_features):
    net, x = digits
    segments = grid((8, 8), cells)
    # they make a grey image one of three equal channels
    explained = their_image(
        x[4].reshape(8, 8), lambda images: net.predict(images[..., 0].reshape(-1, 64)), segments, 5,
        num_features=num_features, num_samples=300,
    )  # fmt: skip
    found = lime_image(
        net, x[4], 4, output="probability", segments=segments, image_shape=(8, 8), num_features=num_features,
        samples=300, seed=5,
    )  # fmt: skip
    values, *others = theirs(explained, 4, cells**2)
    # what they call local_pred is that of the image, too
    agree(found, values[segments].ravel(), *others)


def test_an_image_in_colours():
    rng = np.random.default_rng(0)
    image = rng.random((6, 9, 3))
    net = tn.Sequential([tn.Flatten(input_shape=image.shape), tn.Dense(7, "tanh"), tn.Dense(5, "softmax")], seed=0)
    segments = rng.integers(0, 8, (6, 9))
    explained = their_image(image, net.predict, segments, 3, num_samples=200, kernel_width=0.5)
    found = lime_image(net, image, 4, output="probability", segments=segments, samples=200, kernel_width=0.5, seed=3)
    values, *others = theirs(explained, 4, 8)
    agree(found, np.repeat(values[segments], 3), *others)
