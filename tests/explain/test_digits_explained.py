"""A network that reads digits, explained by all twelve methods: they find what matters, and notice what was learned."""

import numpy as np
import pytest

from tinynet import explain
from tinynet.demo import learn_digits
from tinynet.explain import Question

pytestmark = pytest.mark.compiled

# What each method needs on an image of 8 × 8; where samples are drawn, few, to be fast
SETTINGS = {
    explain.saliency: {},
    explain.smoothgrad: {"samples": 20},
    explain.integrated_gradients: {"steps": 20},
    explain.gradient_times_input: {},
    explain.lrp: {},
    explain.deeplift: {},
    explain.occlusion: {},
    explain.lime_tabular: {"samples": 500, "num_features": 64},
    explain.lime_image: {"samples": 500, "image_shape": (8, 8)},
    explain.kernel_shap: {"samples": 500},
    explain.permutation_shap: {"permutations": 2},
}


@pytest.fixture(scope="module")
def learned():
    """The network, the examples that it learned from, and a hundred that it has never seen."""
    net, _, ((x_train, _), (x_test, _)) = learn_digits(verbose=0)
    return net, x_train, x_test[:100]


def settings_of(method, x_train) -> dict:
    return SETTINGS[method] | ({"background": x_train} if method is explain.lime_tabular else {})


def share_that_falls_faster(attributions) -> float:
    """Of how many the curve of deletion lies lower than those of random orders in the mean."""
    curves = [explain.deletion(attribution) for attribution in attributions]
    return float(np.mean([curve.area < curve.random_area for curve in curves]))


# Each with its own baseline: paper, which is 0; the mean training digit (lime_tabular); or the cells of the image in
# their mean grey (lime_image). Pixels in the order of their signed φ.
@pytest.mark.parametrize("method", SETTINGS, ids=lambda method: method.__name__)
def test_without_what_a_method_points_at_the_answer_falls_faster(method, learned):
    net, x_train, digits = learned
    share = share_that_falls_faster(method(net, x, **settings_of(method, x_train)) for x in digits)
    assert share >= 0.9


def test_exact_shapley_values_of_nine_cells(learned):
    # 64 pixels have 2^64 coalitions; nine cells of a 3 × 3 grid, each on or off, have 512
    net, _, digits = learned
    cells = explain.grid((8, 8), 3).ravel()

    def of_cells(x):
        question = Question(net, x)
        return lambda on: question.f(on[:, cells] * x)

    assert share_that_falls_faster(explain.exact_shapley(of_cells(x), np.ones(9)) for x in digits) >= 0.9


@pytest.mark.parametrize("method", SETTINGS, ids=lambda method: method.__name__)
def test_where_the_weights_are_redrawn_the_map_changes(method, learned):
    net, x_train, digits = learned
    results = [explain.randomization(method(net, x, **settings_of(method, x_train))) for x in digits[:20]]
    # after the last layer alone, and after both: no order is left
    of_phi = np.mean([result.similarity for result in results], axis=0)
    assert of_phi.shape == (2,) and (np.abs(of_phi) < 0.2).all()
    assert all((result.similarity < 0.8).all() for result in results)


def test_products_with_the_pixels_keep_the_paper_whatever_the_weights(learned):
    # the trap: without its signs the map of a network that knows nothing looks much as before
    net, _, digits = learned
    kept = [explain.randomization(explain.gradient_times_input(net, x)).absolute[-1] for x in digits[:20]]
    assert np.mean(kept) > 0.8
    kept = [explain.randomization(explain.saliency(net, x)).absolute[-1] for x in digits[:20]]
    assert abs(np.mean(kept)) < 0.2
