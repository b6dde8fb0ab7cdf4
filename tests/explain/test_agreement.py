"""Agreement: which methods order the features alike, and whether they were asked the same."""

import numpy as np
import pytest

import tinynet as tn
from tinynet.explain import Attribution, Question, agreement

X = np.array([1.0, 2, 3, 4])


def square(rows):
    return (rows**2).sum(axis=1)


def method(name):
    def function(model, x, phi, target=None, output=None) -> Attribution:
        question = Question(model, x, target, output)
        values = np.asarray(phi, float).reshape(question.x.shape)
        return Attribution(values, function, question, {}, lambda feature: pytest.fail("no table"))

    function.__name__ = name
    return function


slopes, shares = method("slopes"), method("shares")


# ## Numbers


def test_the_matrix_has_the_rank_correlation_of_every_two():
    found = agreement(
        [slopes(square, X, [1, 2, 3, 4]), shares(square, X, [0, 9, 1, 99]), shares(square, X, [-1, -2, -3, -4])]
    )
    # between the first two d = 0, 1, −1, 0: 1 − 6 · 2/(4 · 15)
    expected = [[1, 0.8, -1], [0.8, 1, -0.8], [-1, -0.8, 1]]
    np.testing.assert_allclose(found.matrix, expected, rtol=1e-15)
    assert found.names == ["slopes", "shares 1", "shares 2"]
    assert found.overlap is None


def test_the_features_that_matter_most_are_counted_without_their_sign():
    # checks [eq:top-overlap]
    phis = [[9, -8, 1, 0], [0, 9, -8, 1], [5, 5, 5, 5]]
    found = agreement([slopes(square, X, phi) for phi in phis], top=2)
    # {1, 2}, {2, 3}, and of equals the first two
    np.testing.assert_array_equal(found.overlap, [[1, 0.5, 1], [0.5, 1, 0.5], [1, 0.5, 1]])
    assert found.top == 2
    assert agreement([slopes(square, X, phi) for phi in phis], top=4).overlap.tolist() == [[1] * 3] * 3


def test_values_that_are_all_equal_agree_with_nothing():
    found = agreement([slopes(square, X, [1, 2, 3, 4]), shares(square, X, [0, 0, 0, 0])])
    np.testing.assert_array_equal(np.isnan(found.matrix), [[False, True], [True, True]])


def test_images():
    image = X.reshape(2, 2)
    f = lambda rows: rows.sum(axis=(1, 2))  # noqa: E731
    assert agreement([slopes(f, image, image), shares(f, image, image**3)]).matrix.tolist() == [[1, 1], [1, 1]]


# ## The same question


def test_explanations_of_different_questions_are_refused():
    net = tn.Sequential([tn.Dense(3, "softmax", input_dim=4)], seed=0)
    twin = tn.Sequential([tn.Dense(3, "softmax", input_dim=4)], seed=0)
    first = slopes(net, X, X, 1)
    for other, difference in [
        (shares(net, X + 1, X, 1), "another example x"),
        (shares(net, X, X, 2), "the logit z^L of class 2, not the logit z^L of class 1"),
        (shares(net, X, X, 1, "probability"), "the probability a^L of class 1, not the logit z^L of class 1"),
        (shares(net.predict, X, X, 1), "the output of class 1"),
        (shares(twin, X, X, 1), "another model"),
    ]:
        with pytest.raises(ValueError) as error:
            agreement([first, slopes(net, X, X, 1), other])
        assert "explanation 1, slopes, and explanation 3, shares, are not" in str(error.value)
        assert difference in str(error.value)


def test_a_network_that_has_learned_meanwhile_is_another():
    net = tn.Sequential([tn.Dense(1, input_dim=4)], seed=0)
    before = slopes(net, X, X)
    net.set_weights([W + 1 for W in net.get_weights()])
    with pytest.raises(ValueError, match="the model has changed since"):
        agreement([before, slopes(net, X, X)])


def test_a_bound_method_is_one_model_however_often_it_is_named():
    net = tn.Sequential([tn.Dense(3, "softmax", input_dim=4)], seed=0)
    assert agreement([slopes(net.predict, X, X), shares(net.predict, X, X)]).matrix.shape == (2, 2)


def test_one_explanation_alone_and_too_many_top_features_are_refused():
    with pytest.raises(ValueError, match="two explanations at least; given 1"):
        agreement([slopes(square, X, X)])
    with pytest.raises(ValueError, match="two explanations at least; given 1"):
        agreement(slopes(square, X, X))
    with pytest.raises(TypeError, match=r"as methods return them; given array\("):
        agreement([X, X])
    with pytest.raises(ValueError, match="top=5 features are asked for; there are 4"):
        agreement([slopes(square, X, X), shares(square, X, X)], top=5)
    with pytest.raises(ValueError, match="top is a whole number"):
        agreement([slopes(square, X, X), shares(square, X, X)], top=0)


def test_its_words_have_the_overlap_where_that_was_asked_for():
    found = [slopes(square, X, X), shares(square, X, X)]
    assert "in common" not in repr(agreement(found))
    assert repr(agreement(found, top=2)).endswith("share of the top 2 features in common\n[[1. 1.]\n [1. 1.]]")


# ## Pictures


def test_the_cells_have_numbers_and_the_methods_names():
    found = agreement(
        [slopes(square, X, [1, 2, 3, 4]), shares(square, X, [4, 3, 2, 1]), method("mute")(square, X, [0] * 4)]
    )
    ax = found.plot()
    assert [text.get_text() for text in ax.texts] == ["1.00", "−1.00", "×", "−1.00", "1.00", "×", "×", "×", "×"]
    for axis in (ax.xaxis, ax.yaxis):
        assert [label.get_text() for label in axis.get_ticklabels()] == ["slopes", "shares", "mute"]
    assert ax.get_title() == "3 explanations of the output\n×: all φ of one are equal"
    assert found.plot(ax) is ax


def test_the_overlap_is_drawn_where_it_was_asked_for():
    ax = agreement([slopes(square, X, [1, 2, 3, 4]), shares(square, X, [4, 3, 2, 1])], top=3).plot()
    assert [text.get_text() for text in ax.texts] == ["1.00", "0.67", "0.67", "1.00"]
    assert ax.figure.axes[1].get_ylabel() == "share of the top 3\nfeatures in common"


def test_printed_there_are_names_and_numbers():
    text = str(agreement([slopes(square, X, [1, 2, 3, 4]), shares(square, X, [0, 9, 1, 99])]))
    assert text.split("\n")[0] == "rank correlation of φ: slopes, shares" and "0.8" in text
