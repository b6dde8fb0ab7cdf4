"""The attribution: an explanation, how it was made, and asking again."""

import json

import numpy as np
import pytest

import tinynet as tn
from tinynet import explain
from tinynet.explain import Attribution, Question, Table

X = np.array([0.5, -1.0, 2.0, 0.0])


def twice(model, x, target=None, *, output=None, baseline=None, seed=0, noise=None) -> Attribution:
    """A method for these tests: φ = 2 (x − baseline), whatever the model says."""
    question = Question(model, x, target, output)
    baseline = question.baseline(baseline)
    values = 2 * (question.x - baseline)

    def working(feature):
        return Table(f"of {feature}", "φ = 2 d", {"d": (question.x - baseline).ravel()})

    settings = {"baseline": baseline, "seed": seed, "noise": noise}
    return Attribution(
        values, twice, question, settings, working, 0.25, {"completeness error": -1e-3}, [values], {"k": X}
    )


@pytest.fixture
def net() -> tn.Sequential:
    return tn.Sequential([tn.Dense(3, "softmax", input_dim=4)], seed=0)


def test_it_says_how_it_was_made(net):
    found = twice(net, X, 1, baseline=0.5)
    assert (found.method, found.target, found.explained) == ("twice", 1, "logit z^L of class 1")
    assert found.prediction == pytest.approx(X @ net.get_weights()[0][:, 1], rel=1e-14)
    assert found.x.tolist() == X.tolist()
    assert found.baseline.tolist() == [0.5] * 4
    assert (found.background, found.seed) == (None, 0)


def test_printed_it_names_the_strongest_and_the_residual(net):
    assert str(twice(net, X, 1)).split("\n")[1:] == [
        "φ_3 = 4, φ_2 = −2, φ_1 = 1, φ_4 = 0",
        "completeness error: −0.001",
        "φ_3 is values[2]: .table(2) shows how it was computed",
    ]
    first = str(twice(lambda x: x, X)).split("\n")[0]
    assert first == "twice of the output of class 2: f(x) = 2, compared with 0.25"


def test_printed_of_an_image_it_has_row_and_column():
    image = np.arange(12.0).reshape(3, 4)
    text = str(twice(lambda x: x.sum(axis=(1, 2)), image))
    assert "φ_3,4 = 22, φ_3,3 = 20" in text
    assert text.split("\n")[1].endswith("φ_2,1 = 8, … 4 more")
    assert text.endswith("φ_3,4 is values[2, 3]: .table((2, 3)) shows how it was computed")


def test_again_asks_another_example_or_model_with_the_same_settings(net):
    found = twice(net, X, 1, output="probability", baseline=0.5, seed=7, noise=0.1)
    other = found.again(x=X + 1)
    assert other.values == pytest.approx(found.values + 2)
    assert (other.target, other.explained) == (1, "probability a^L of class 1")
    assert {k: v for k, v in other.settings.items() if k != "baseline"} == {"seed": 7, "noise": 0.1}
    twin = tn.Sequential([tn.Dense(3, "softmax", input_dim=4)], seed=1)
    assert found.again(model=twin).question.net is twin
    assert found.again(model=twin).prediction != found.prediction


def test_a_table_of_one_feature(net):
    found = twice(net, X)
    assert found.table().title == "of None"
    assert found.table(2).title == found.table((2,)).title == found.table(np.int64(2)).title == "of 2"


@pytest.mark.parametrize("feature", [4, -1, (0, 0), ()])
def test_a_feature_that_there_is_not(net, feature):
    with pytest.raises(ValueError, match=r"there is no feature .*: x has shape \(4,\), counted from 0"):
        twice(net, X).table(feature)


def test_a_feature_of_an_image_is_row_and_column():
    found = twice(lambda x: x.sum(axis=(1, 2)), np.ones((2, 3)))
    assert found.table((1, 2)).title == "of (1, 2)"
    with pytest.raises(ValueError, match="there is no feature 1"):
        found.table(1)


def test_all_of_it_as_json(net):
    found = twice(net, X, 1, noise=np.float32(0.5))
    kept = json.loads(json.dumps(found.to_dict()))
    assert kept == {
        "method": "twice",
        "explained": "logit z^L of class 1",
        "target": 1,
        "output": "logit",
        "x": X.tolist(),
        "values": (2 * X).tolist(),
        "prediction": found.prediction,
        "reference": 0.25,
        "residual": {"completeness error": -1e-3},
        "settings": {"baseline": [0, 0, 0, 0], "seed": 0, "noise": 0.5},
        "details": {"k": X.tolist()},
        "relevances": [(2 * X).tolist()],
    }


def test_what_json_does_not_have_is_none():
    question = Question(lambda rows: rows.sum(axis=1), [1.0, 2.0])
    values, residual = np.array([np.inf, 1.0]), {"local R²": -np.inf}
    found = Attribution(values, test_what_json_does_not_have_is_none, question, {"w": np.nan}, print, np.nan, residual)
    described = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert described["values"] == [None, 1.0] and described["reference"] is None
    assert described["residual"] == {"local R²": None} and described["settings"] == {"w": None}


@pytest.mark.parametrize(
    "judge",
    [
        explain.deletion,
        explain.insertion,
        explain.completeness,
        explain.infidelity,
        explain.max_sensitivity,
        explain.randomization,
        explain.plot_attribution,
        lambda values: explain.agreement([values, values]),
    ],
)
def test_values_alone_cannot_be_judged(judge):
    with pytest.raises(TypeError, match="takes attributions, as methods return them; given array"):
        judge(np.zeros(3))
