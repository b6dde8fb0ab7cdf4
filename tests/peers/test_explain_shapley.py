"""Shapley values and occlusion beside shap and captum: the same numbers, from the same draws, for any model."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinynet as tn
from tinynet.explain import exact_shapley, kernel_shap, occlusion, permutation_shap

torch = pytest.importorskip("torch")
shap = pytest.importorskip("shap")
captum = pytest.importorskip("captum.attr")
sklearn = pytest.importorskip("sklearn")

LINKS = {"identity": shap.links.identity, "logit": shap.links.logit}


def official_exact(predict, x, background, link="identity"):
    # a background above max_samples would be cut silently
    masker = shap.maskers.Independent(background, max_samples=len(background))
    explainer = shap.ExactExplainer(predict, masker, link=LINKS[link], linearize_link=False)
    return explainer(x[np.newaxis], silent=True).values[0]


def official_kernel(predict, x, background, link="identity", seed=0, **budget):
    explainer = shap.KernelExplainer(predict, background, link=link)
    np.random.seed(seed)  # noqa: NPY002, it draws from the global stream
    return explainer.shap_values(x[np.newaxis], l1_reg=False, silent=True, **budget)[0]


def official_permutation(predict, x, background, permutations, link="identity", seed=0):
    masker = shap.maskers.Independent(background, max_samples=len(background))
    explainer = shap.PermutationExplainer(predict, masker, link=LINKS[link], linearize_link=False, seed=seed)
    players = (background != x).any(axis=0).sum()
    found = explainer(x[np.newaxis], max_evals=permutations * (2 * players + 1), silent=True)
    return found.values[0]


def trained(data, hidden, epochs):
    x, y = data
    classes = int(y.max()) + 1
    layers = [tn.Dense(n, "relu") for n in hidden]
    net = tn.Sequential([*layers, tn.Dense(classes, "softmax")], seed=0)
    net.compile(tn.Adam(learning_rate=0.01), "categorical_crossentropy")
    net.fit(x, np.eye(classes)[y], epochs=epochs, verbose=0)
    return net, x


@pytest.fixture(scope="module")
def iris():
    from sklearn.datasets import load_iris

    return trained(load_iris(return_X_y=True), [8, 6], epochs=20)


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return trained((x / 16, y), [64], epochs=3)


# ## shap, on iris


@pytest.mark.parametrize("link", ["identity", "logit"])
@pytest.mark.parametrize("rows", [1, 30, 150])
def test_an_iris_has_the_values_of_all_three_explainers(iris, rows, link):
    net, flowers = iris
    background = flowers[:rows] if rows > 1 else flowers.mean(axis=0, keepdims=True)
    for x, target in ((flowers[60], 1), (flowers[140], 2)):

        def predict(rows, target=target):
            return net.predict(rows)[:, target]

        asked = {"output": "probability", "background": background, "link": link}
        exact = exact_shapley(net, x, target, **asked).values
        np.testing.assert_allclose(exact, official_exact(predict, x, background, link), rtol=0, atol=1e-12)
        kernel = kernel_shap(net, x, target, **asked).values
        np.testing.assert_allclose(kernel, official_kernel(predict, x, background, link), rtol=0, atol=1e-9)
        walked = permutation_shap(net, x, target, permutations=3, seed=5, **asked).values
        theirs = official_permutation(predict, x, background, 3, link, seed=5)
        np.testing.assert_allclose(walked, theirs, rtol=0, atol=1e-12)


# ## shap, on digits


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("samples", "rows"), [(None, 100), (500, 120), (4500, 3)])
def test_a_digit_is_explained_by_the_draws_of_kernel_explainer(digits, samples, rows, seed):
    net, images = digits
    x, background = images[1000 + seed], images[:rows]
    found = kernel_shap(net, x, 3, output="probability", background=background, samples=samples, seed=seed)
    budget = {} if samples is None else {"nsamples": samples}
    theirs = official_kernel(net.predict, x, background, seed=seed, **budget)[:, 3]
    np.testing.assert_allclose(found.values, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", [0, 7])
def test_a_digit_is_explained_by_the_orders_of_permutation_explainer(digits, seed):
    net, images = digits
    x, background = images[1000 + seed], images[:40]
    found = permutation_shap(net, x, 3, output="probability", background=background, permutations=4, seed=seed)
    theirs = official_permutation(net.predict, x, background, 4, seed=seed)[:, 3]
    np.testing.assert_allclose(found.values, theirs, rtol=0, atol=1e-12)


# ## shap, on networks that hypothesis makes


@settings(max_examples=40)
@given(
    st.integers(2, 9),
    st.integers(1, 5),
    st.sampled_from(["relu", "tanh", "sigmoid", "elu"]),
    st.sampled_from([1e-3, 1.0, 30.0]),
    st.sampled_from(["identity", "logit"]),
    st.integers(0, 10_000),
)
def test_any_network_has_the_values_of_all_three_explainers(n, rows, activation, scale, link, seed):
    rng = np.random.default_rng(seed)
    net = tn.Sequential([tn.Dense(6, activation, input_dim=n), tn.Dense(1, "sigmoid")], seed=seed)
    x, background = scale * rng.normal(size=n), scale * rng.normal(size=(rows, n))
    same = rng.random(n) < 0.2
    background[:, same] = x[same]  # dummies
    background[0, 0] = x[0]  # a tie in one row only

    def predict(rows):
        return 0.01 + 0.98 * net.predict(rows)[:, 0]

    settings = {"background": background, "link": link}
    exact = exact_shapley(predict, x, **settings).values
    np.testing.assert_allclose(exact, official_exact(predict, x, background, link), rtol=0, atol=1e-12)
    assert (exact[same] == 0).all()
    kernel = kernel_shap(predict, x, **settings).values
    np.testing.assert_allclose(kernel, official_kernel(predict, x, background, link), rtol=0, atol=1e-9)
    if not same.all():
        walked = permutation_shap(predict, x, permutations=2, seed=seed, **settings).values
        theirs = official_permutation(predict, x, background, 2, link, seed=seed)
        np.testing.assert_allclose(walked, theirs, rtol=0, atol=1e-12)


@settings(max_examples=40)
@given(st.integers(12, 40), st.integers(60, 3000), st.integers(0, 10_000))
def test_any_budget_draws_what_kernel_explainer_draws(n, samples, seed):
    rng = np.random.default_rng(seed)
    net = tn.Sequential([tn.Dense(4, "tanh", input_dim=n), tn.Dense(1)], seed=seed)
    x, background = rng.normal(size=n), rng.normal(size=(2, n))
    samples = max(samples, 3 * n)
    found = kernel_shap(net, x, background=background, samples=samples, seed=seed).values
    theirs = official_kernel(lambda rows: net.predict(rows)[:, 0], x, background, seed=seed, nsamples=samples)
    np.testing.assert_allclose(found, theirs, rtol=0, atol=1e-9)


# ## captum, float32 inside


class Torch(torch.nn.Module):
    """A network of tinynet, up to its logits."""

    def __init__(self, net):
        super().__init__()
        W = net.get_weights()
        self.layers = torch.nn.ModuleList(torch.nn.Linear(*w.shape).double() for w in W[::2])
        for layer, w, b in zip(self.layers, W[::2], W[1::2]):
            layer.weight.data, layer.bias.data = torch.from_numpy(w.T.copy()), torch.from_numpy(b)

    def forward(self, a):
        for layer in self.layers[:-1]:
            a = torch.relu(layer(a))
        return self.layers[-1](a)


def test_captum_s_shapley_values(iris):
    net, flowers = iris
    x, baseline = flowers[100], flowers.mean(axis=0)
    found = exact_shapley(net, x, 2, background=baseline).values
    theirs = captum.ShapleyValues(Torch(net)).attribute(
        torch.from_numpy(x[None]), baselines=torch.from_numpy(baseline[None]), target=2
    )
    np.testing.assert_allclose(found, theirs[0].detach().numpy(), rtol=0, atol=1e-6 * np.abs(found).max())


@pytest.mark.parametrize(("window", "stride"), [(1, 1), (2, 1), (3, 2), (3, 3), (8, 5)])
def test_captum_s_occlusion_of_a_digit(digits, window, stride):
    net, images = digits
    model = torch.nn.Sequential(torch.nn.Flatten(), Torch(net))
    for x, baseline in ((images[1000], 0.0), (images[1001], 0.25)):
        found = occlusion(net, x, 4, baseline=baseline, window=window, stride=stride, image_shape=(8, 8)).values
        theirs = captum.Occlusion(model).attribute(
            torch.from_numpy(x.reshape(1, 8, 8)),
            (window, window),
            strides=(stride, stride),
            baselines=baseline,
            target=4,
        )
        apart = np.abs(found.reshape(8, 8) - theirs[0].detach().numpy()).max()
        assert apart <= 1e-6 * max(1, np.abs(found).max())


# ## Other people's models, and ours in other people's tools


def test_a_forest_of_scikit_learn(iris):
    from sklearn.ensemble import RandomForestClassifier

    _, flowers = iris
    forest = RandomForestClassifier(20, random_state=0).fit(flowers, np.repeat([0, 1, 2], 50))
    x, background = flowers[70], flowers[::5]
    for method, theirs in (
        (exact_shapley, official_exact(forest.predict_proba, x, background)),
        (kernel_shap, official_kernel(forest.predict_proba, x, background)),
        (permutation_shap, official_permutation(forest.predict_proba, x, background, 10)),
    ):
        for target in range(3):
            found = method(forest.predict_proba, x, target, background=background).values
            np.testing.assert_allclose(found, theirs[:, target], rtol=0, atol=1e-9)


def test_a_model_of_pytorch(iris):
    net, flowers = iris
    model = Torch(net)
    x, background = flowers[70], flowers[::5]

    def predict(rows):
        with torch.no_grad():
            return model(torch.from_numpy(rows)).numpy()

    for method in (exact_shapley, kernel_shap, permutation_shap, occlusion):
        settings = {} if method is occlusion else {"background": background}
        of_torch, of_tinynet = method(predict, x, 1, **settings), method(net, x, 1, **settings)
        np.testing.assert_allclose(of_torch.values, of_tinynet.values, rtol=0, atol=1e-12)


def test_predict_works_in_the_official_explainers(iris):
    net, flowers = iris
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kernel = shap.KernelExplainer(net.predict, flowers[:20]).shap_values(flowers[:2], silent=True)
        anything = shap.Explainer(net.predict, flowers[:20])(flowers[:2])
    assert kernel.shape == anything.shape == (2, 4, 3)
    for values in (kernel, anything.values):
        gained = net.predict(flowers[:2]) - net.predict(flowers[:20]).mean(axis=0)
        np.testing.assert_allclose(values.sum(axis=1), gained, rtol=0, atol=1e-9)
