"""The report: what is asked, what is said, what is named as missing, and the page, read as a browser reads it."""

import json
import re
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import tinynet as tn
from tinynet import explain
from tinynet.explain import report_page
from tinynet.explain.report_names import TITLES, Features, number, percent, plainly, signed
from tinynet.explain.report_pictures import outline
from tinynet.explain.report_words import judged

# explain.report is the function
MODULE = sys.modules["tinynet.explain.report"]
RNG = np.random.default_rng(7)
GRADIENT = ("saliency", "smoothgrad", "integrated_gradients", "gradient_times_input", "lrp", "deeplift")
SHAPLEY = ("exact_shapley", "kernel_shap", "permutation_shap")
# Names that would be tags
NAMES = ["sepal length", "<b>sepal</b>", 'petal "length"', "<script>alert('&')</script>"]
ROWS = RNG.random((6, 4))


def classifier(*input_shape: int, dtype: str = "float64") -> tn.Sequential:
    layers = [tn.Flatten(input_shape=input_shape)] if len(input_shape) > 1 else []
    first = {} if layers else {"input_dim": input_shape[0]}
    layers += [tn.Dense(4, "relu", dtype=dtype, **first), tn.Dense(3, "softmax", dtype=dtype)]
    return tn.Sequential(layers, seed=3)


@pytest.fixture(scope="module")
def flower() -> explain.Report:
    """Four features with names, and a background."""
    return explain.report(classifier(4), [0.9, 0.2, 0.7, 0.4], 1, background=ROWS, names=NAMES, seed=5)


@pytest.fixture(scope="module")
def image() -> explain.Report:
    """An image of 4 × 4, and no background."""
    return explain.report(classifier(4, 4), np.eye(4) * [1.0, 0.5, 0.25, 0.75], 2)


@pytest.fixture(scope="module")
def function() -> explain.Report:
    """A function of which nothing but its outputs is known: 3 x_1 − x_2 + x_1 x_3."""
    return explain.report(lambda rows: 3 * rows[:, 0] - rows[:, 1] + rows[:, 0] * rows[:, 2], [1.0, 2.0, 4.0])


@pytest.fixture(params=["flower", "image", "function"])
def any_report(request: pytest.FixtureRequest) -> explain.Report:
    return request.getfixturevalue(request.param)


class Page(HTMLParser):
    """A page: its tags with their attributes, the text of each h1, h2, h3, p and cell, and that all tags are closed."""

    VOID = ("meta", "link", "br", "rect", "path", "use", "polyline")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)
            self.texts.append((tag, ""))

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.texts:
            tag, text = self.texts[-1]
            self.texts[-1] = tag, text + data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def text(self, *tags):
        return " ".join(text for tag, text in self.texts if not tags or tag in tags)


def page_of(made: explain.Report, folder: Path) -> Page:
    return Page(made.to_html(folder / "report.html").read_text("utf-8"))


# ## Which methods


def test_a_network_is_explained_by_every_method_that_applies(flower, image):
    assert list(flower.attributions) == [name for name in TITLES if name != "lime_image"]
    assert (
        list(flower.left_out) == ["lime_image"]
        and "it is for images" in flower.left_out["lime_image"]
        and flower.failures == {}
    )
    assert set(image.attributions) == set(TITLES) - {"lime_tabular"}
    assert "background of several rows" in image.left_out["lime_tabular"] and image.failures == {}


def test_a_function_is_explained_without_a_gradient(function):
    assert set(function.attributions) == {"occlusion", *SHAPLEY}
    assert all("gradient" in function.left_out[name] for name in GRADIENT)
    assert all("randomization" not in measured for measured in function.metrics.values())


def test_shapley_values_from_all_coalitions_are_for_twelve_features_at_most():
    def f(rows):
        return rows.sum(axis=1)

    x = np.arange(1.0, 14.0)
    assert "13 features" in explain.report(f, x).left_out["exact_shapley"]
    # one that is equal in the background does not count
    assert "exact_shapley" in explain.report(f, x, background=[x * (np.arange(13) == 5)]).attributions


def test_a_function_may_be_a_network_s_predict(flower):
    found = explain.report(flower.question.net.predict, flower.question.x, 1, background=ROWS)
    phi = explain.exact_shapley(flower.question.net, flower.question.x, 1, output="probability", background=ROWS)
    np.testing.assert_allclose(found.attributions["exact_shapley"].values, phi.values, rtol=0, atol=1e-15)


COMPARES = ("integrated_gradients", "deeplift", "occlusion")
DRAWS = ("smoothgrad", "lime_tabular", "kernel_shap", "permutation_shap")


@pytest.mark.parametrize("method", [name for name in TITLES if name != "lime_image"])
def test_each_attribution_is_what_the_method_itself_returns(flower, method):
    given = {"baseline": ROWS.mean(axis=0)} if method in COMPARES else {}
    given |= {"background": ROWS} if method in ("lime_tabular", *SHAPLEY) else {}
    given |= {"seed": 5} if method in DRAWS else {}
    alone = getattr(explain, method)(flower.question.net, flower.question.x, 1, **given)
    assert flower.attributions[method].values.tobytes() == alone.values.tobytes()


def test_an_image_is_compared_with_an_empty_one(image):
    assert image.baseline.tolist() == np.zeros((4, 4)).tolist()
    flat = explain.report(classifier(9), np.arange(9) / 9, image_shape=(3, 3), background=RNG.random((3, 9)))
    assert flat.baseline.tolist() == [0] * 9 and "lime_image" in flat.attributions
    assert flat.attributions["integrated_gradients"].reference == flat.question.f(np.zeros((1, 9)))[0]


def test_the_measures_are_those_of_their_own_pages(flower):
    found = flower.attributions["integrated_gradients"]
    expected = {
        "completeness": explain.completeness(found),
        "deletion": explain.deletion(found).area,
        "random_deletion": explain.deletion(found).random_area,
        "insertion": explain.insertion(found).area,
        "infidelity": explain.infidelity(found, seed=5),
        "max_sensitivity": explain.max_sensitivity(found, seed=5),
        "randomization": explain.randomization(found, seed=5).similarity[-1],
    }
    assert flower.metrics["integrated_gradients"] == expected
    # a slope is compared with nothing, so it promises no sum; features give way to the mean of the background
    assert "completeness" not in flower.metrics["saliency"]
    area = explain.deletion(flower.attributions["saliency"], baseline=ROWS.mean(axis=0)).area
    assert flower.metrics["saliency"]["deletion"] == area


def test_a_bar_shows_how_far_it_is_only_where_it_takes_long(capsys):
    explain.report(lambda rows: rows[:, 0], [1.0, 2.0])
    assert capsys.readouterr() == ("", "")


# ## What the model answers


def test_answers_margin_and_how_it_was_made(flower):
    logits, probabilities = flower.answers["logit"], flower.answers["probability"]
    np.testing.assert_allclose(np.exp(logits) / np.exp(logits).sum(), probabilities, rtol=1e-14)
    described = flower.to_dict()
    second, first = np.sort(probabilities)[-2:]
    assert described["answers"]["probability"]["margin"] == first - second
    assert described["answers"]["logit"]["largest"] == logits.max()
    made = described["made"]
    assert made["tinynet"] == tn.__version__ and made["seed"] == 5
    assert [layer["activation"] for layer in made["layers"]] == ["relu", "softmax"]
    assert [layer["parameters"] for layer in made["layers"]] == [20, 15]


def test_the_fingerprint_is_that_of_the_weights():
    one, other = classifier(4), classifier(4)
    assert explain.report(one, ROWS[0]).made["fingerprint"] == explain.report(other, ROWS[1]).made["fingerprint"]
    other.layers[1].b.data = np.array([0.0, 0.0, 1e-16])
    assert explain.report(one, ROWS[0]).made["fingerprint"] != explain.report(other, ROWS[0]).made["fingerprint"]


def test_a_report_stays_what_it_was_when_the_network_learns_on(tmp_path):
    net = classifier(4)
    made = explain.report(net, ROWS[0])
    before = made.to_html(tmp_path / "report.html").read_bytes()
    net.set_weights([w + 1 for w in net.get_weights()])
    assert made.to_html(tmp_path / "report.html").read_bytes() == before


def test_a_network_that_ends_in_no_activation_has_one_kind_of_answer():
    net = tn.Sequential([tn.Dense(2, input_dim=3)], seed=0)
    assert list(explain.report(net, [1.0, 2.0, 3.0]).answers) == ["logit"]
    net.add(tn.Activation("tanh"))
    assert list(explain.report(net, [1.0, 2.0, 3.0]).answers) == ["logit", "output"]


# ## The words


def test_every_number_in_the_words_of_integrated_gradients(flower):
    found = flower.attributions["integrated_gradients"]
    phi, added = found.values, found.prediction - found.reference
    best, worst = int(phi.argmax()), int(phi.argmin())
    here = flower.words("integrated_gradients")["here"]
    assert here.startswith(
        f"The logit of class 1 is {number(found.prediction)}; for the mean of the background it would be "
        f"{number(found.reference)}, so the features add {number(added)}. Integrated gradients shares this out among "
        f"them, and misses {number(abs(phi.sum() - added))} of it. It adds up slopes, at 50 points"
    )
    assert f"Most for it: {NAMES[best]} ({signed(phi[best])})" in here
    assert f"Most against it: {NAMES[worst]} ({signed(phi[worst])})" in here


def test_the_words_of_gradient_times_input_and_lrp_account_for_the_whole_logit(flower):
    for name in ("gradient_times_input", "lrp"):
        found = flower.attributions[name]
        biases, other = found.residual.values()
        np.testing.assert_allclose(found.values.sum() + biases + other, found.prediction, rtol=0, atol=1e-12)
        here = flower.words(name)["here"]
        assert number(found.values.sum()) in here and number(biases) in here and number(found.prediction) in here


def test_the_words_of_a_slope_say_what_a_small_step_does(function, flower):
    found = flower.attributions["saliency"]
    i = int(np.abs(found.values).argmax())
    slope = found.values[i]
    step = flower.question.x + 0.01 * np.eye(4)[i]
    np.testing.assert_allclose(flower.question.f(step[np.newaxis])[0] - found.prediction, slope / 100, atol=1e-12)
    says = f"0.01 more there would {'raise' if slope > 0 else 'lower'} it by some {number(abs(slope) / 100)}."
    assert says in flower.words("saliency")["here"]
    assert "σ = 0.1 in every feature" in flower.words("smoothgrad")["here"]


def test_the_words_of_occlusion_say_what_is_left(function):
    # without x_1 all that is left is −x_2
    here = function.words("occlusion")["here"]
    assert "The output is 5.00." in here and "an all-zero row" in here
    assert "The largest change is that of x_1: without it, −2.00 would be left." in here
    # 7 for x_1, −2 for x_2, 4 for x_3
    assert "Added up, the changes are 9.00; with everything covered at once, it is 5.00." in here


def test_the_words_of_the_shapley_values(function):
    # x_1 and x_3 share their product, 4
    here = function.words("exact_shapley")["here"]
    assert "for an all-zero row it would be 0, so the features add 5.00." in here and "misses nothing of it" in here
    assert "all 8 sets" in here and "Most for it: x_1 (+5.00) and x_3 (+2.00). Most against it: x_2 (−2.00)." in here
    assert "estimate" not in function.words("kernel_shap")["not"]
    assert "estimates" in function.words("permutation_shap")["not"]


def test_the_words_of_lime_say_how_well_its_line_fits(flower, image):
    fit = flower.attributions["lime_tabular"].residual["local R²"]
    here = flower.words("lime_tabular")["here"]
    assert f"Its R² is {number(fit)}: it follows {percent(fit)}" in here
    assert "5,000 neighbours" in here and "the 6 rows of the background" in here
    assert "cut into 4 parts, and 1,000 images" in image.words("lime_image")["here"]


def test_what_the_numbers_do_not_say_counts_the_zeros(image, flower):
    # twelve of sixteen pixels are 0, as in the empty image
    for name in ("integrated_gradients", "gradient_times_input", "lrp", "deeplift"):
        assert "(12 pixels here)" in image.words(name)["not"]
        assert "(none here)" in flower.words(name)["not"]


def test_the_verdicts_follow_the_measures(any_report):
    for name, measured in any_report.metrics.items():
        text = any_report.words(name)["judged"]
        area, random = measured["deletion"], measured["random_deletion"]
        assert f"is {number(area)}, {'below' if area < random else 'not below'} the {number(random)}" in text
        moved = measured.get("max_sensitivity")
        assert (moved is None) == ("of its length" not in text)
        assert moved is None or f"changes by up to {percent(moved)} of its length" in text
        assert ("With all weights drawn anew" in text) == (any_report.question.net is not None)
        if any_report.question.net is not None:
            assert number(measured["randomization"], 2) in text
            assert ("of so few" in text) == (any_report.features.count < 10)


def test_of_many_features_the_redrawn_weights_have_a_verdict():
    found = explain.saliency(classifier(12), RNG.random(12))
    features = Features((12,))
    assert "they come from what was learned" in judged(found, {"randomization": -0.2}, features)
    assert "much in them does not come" in judged(found, {"randomization": 0.9}, features)
    assert judged(found, {"randomization": float("nan"), "max_sensitivity": float("inf")}, features) == ""


def test_where_nothing_matters_the_words_say_so():
    flat = explain.report(lambda rows: np.ones(len(rows)), [1.0, 2.0], background=ROWS[:, :2])
    assert "Every feature gets 0." in flat.words("exact_shapley")["here"]
    # a map in which all are alike has no order to compare
    one_part = explain.report(classifier(2, 2), np.eye(2))
    assert "randomization" not in one_part.metrics["lime_image"] and "randomization" in one_part.metrics["saliency"]
    dead = classifier(4)
    dead.set_weights([0 * w for w in dead.get_weights()])
    assert "slope is 0 in every feature" in explain.report(dead, ROWS[0]).words("saliency")["here"]


def test_agreement_in_words(tmp_path, image):
    assert "Most alike are" in page_of(image, tmp_path).text("p")
    one_order = explain.report(lambda rows: rows @ [4.0, 2, 1], [1.0, 1, 1])
    said = page_of(one_order, tmp_path).text("p")
    assert "All of them put the features in the same order." in said and "least alike" not in said


# ## Numbers and names


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (7.214, "7.21"),
        (-0.5, "−0.500"),
        (9.999, "10.0"),
        (12345.6, "12,346"),
        (2e-9, "2.00 × 10⁻⁹"),
        (-3.21e12, "−3.21 × 10¹²"),
        (float("inf"), "∞"),
        (float("nan"), "not a number"),
    ],
)
def test_computed_numbers_have_three_digits(value, text):
    assert number(value) == text


def test_given_numbers_have_as_many_digits_as_they_need():
    assert (plainly(0.5), plainly(1.0), signed(0.5), signed(-0.5)) == ("0.5", "1", "+0.500", "−0.500")


def test_what_the_entries_are_called():
    assert Features((3,)).name(2) == "x_3" and Features((2, 3)).name(5) == "x_2,3"
    assert Features((6,), image=(2, 3)).name(5) == "row 2, column 3"
    assert Features((2, 3, 4), image=(2, 3)).name(23) == "row 2, column 3, channel 4"
    assert Features((2,), names=("a", "b")).two_sides(np.array([1.0, 0.0])) == ["a (+1.00)", "nothing"]
    assert Features((2,)).alt(np.zeros(2)) == "all 2 values are 0"


def test_the_outline_is_the_border_of_the_ink():
    x = np.zeros((3, 4))
    x[1, 2] = 1
    # left and right of the pixel, above and below it
    assert sorted(re.findall(r"M\d \d[hv]1", outline(x))) == ["M2 1h1", "M2 1v1", "M2 2h1", "M3 1v1"]
    assert outline(np.ones((2, 2))) == ""


# ## As a dictionary, on the terminal


def test_the_dictionary_is_json_and_has_all_of_it(any_report):
    described = json.loads(json.dumps(any_report.to_dict(), allow_nan=False))
    assert described == any_report.to_dict()
    for name, found in any_report.attributions.items():
        method = described["methods"][name]
        assert method["values"] == found.values.tolist() and method["residual"] == dict(found.residual)
        assert method["metrics"] == any_report.metrics[name]
        assert method["words"] == any_report.words(name)
        assert len(method["curves"]["deletion"]) == found.values.size + 1
    matrix = np.array(described["agreement"]["matrix"], float)
    np.testing.assert_allclose(matrix, any_report.agreement.matrix)
    assert described["agreement"]["methods"] == list(any_report.attributions)


def test_the_table_on_the_terminal_has_a_line_for_each_method(any_report):
    lines = str(any_report).splitlines()
    assert lines[0].startswith(any_report.question.explained)
    for name, found in any_report.attributions.items():
        (line,) = (line for line in lines if line.startswith(TITLES[name] + " "))
        assert number(found.values.flat[np.abs(found.values).argmax()]) in line
        assert number(any_report.metrics[name]["deletion"]) in line
    assert "failed" not in str(any_report)


# ## The page


def test_headings_are_in_order_and_ids_are_unique(any_report, tmp_path):
    page = page_of(any_report, tmp_path)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        if attributes.get("href", "").startswith("#"):
            assert attributes["href"][1:] in ids
        assert attributes.get("aria-labelledby", ids[0]) in ids
    assert page.all("html") == [{"lang": "en"}] and page.text("h1") == page.text("title")


def test_nothing_is_asked_for_and_nothing_runs(any_report, tmp_path):
    text = any_report.to_html(tmp_path / "report.html").read_text("utf-8")
    page = Page(text)
    assert page.all("script") == [] and not re.search(r"url\(|@import|https?:|\bon\w+=", text)
    outside = ("src", "srcset", "action", "data", "poster")
    assert not [a for _, a in page.tags for name in a if name in outside]
    assert all(a["href"].startswith(("#", "data:")) for _, a in page.tags if "href" in a)
    assert str(Path.cwd()) not in text and str(tmp_path) not in text


def test_every_picture_says_what_it_shows(any_report, tmp_path):
    page = page_of(any_report, tmp_path)
    pictures = [attributes for attributes in page.all("svg") if attributes.get("aria-hidden") != "true"]
    assert all(picture["role"] == "img" and picture["aria-label"] for picture in pictures)
    labels = [picture["aria-label"] for picture in pictures]
    for name, found in any_report.attributions.items():
        i = int(np.abs(found.values).argmax())
        strongest = f"{any_report.features.name(i)} {signed(found.values.flat[i])}"
        assert sum(strongest in label for label in labels if label.startswith(f"{TITLES[name]}, ")) == 1


def test_the_header_cells_of_tables_have_a_scope(any_report, tmp_path):
    page = page_of(any_report, tmp_path)
    assert {attributes.get("scope") for attributes in page.all("th")} == {"row", "col"}
    assert len(page.all("caption")) == len(page.all("table"))


def test_the_page_has_words_values_and_measures(any_report, tmp_path):
    page = page_of(any_report, tmp_path)
    text, cells = page.text(), page.text("td", "th")
    for name, found in any_report.attributions.items():
        for words in any_report.words(name).values():
            assert words in text
        for measure, value in any_report.metrics[name].items():
            assert number(value) in cells, measure
        for value in found.values.flat:
            assert number(value, 3 if any_report.features.image else 6) in cells
    if not any_report.features.image:
        # once for the example, once beside the φ of each method
        for value in any_report.question.x.flat:
            assert page.text("td").split().count(plainly(value)) > len(any_report.attributions)
    for values in any_report.answers.values():
        assert {number(value, 4) for value in values} <= set(page.text("td", "i").split())
    for reason in any_report.left_out.values():
        assert reason in text
    assert any_report.made.get("fingerprint", "a function") in text


def test_names_are_text_and_no_tags(flower, tmp_path):
    text = flower.to_html(tmp_path / "report.html").read_text("utf-8")
    assert "<script" not in text and "<b>" not in text and "<b>" in Page(text).text("td", "th", "p", "text")


def test_what_looks_like_a_place_of_the_template_is_left_alone(tmp_path):
    made = explain.report(lambda rows: rows.sum(axis=1), [1.0, 2.0], names=["<!-- made -->", "<!-- nothing -->"])
    assert "<!-- made -->" in page_of(made, tmp_path).text("text")


def test_the_same_question_gives_the_same_bytes(flower, tmp_path):
    again = explain.report(
        classifier(4), flower.question.x, 1, background=ROWS, names=NAMES, seed=5, to=tmp_path / "again.html"
    )
    assert flower.to_html(tmp_path / "first.html").read_bytes() == (tmp_path / "again.html").read_bytes()
    assert json.dumps(flower.to_dict()) == json.dumps(again.to_dict()) and str(flower) == str(again)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.html", "first.html"]


def test_the_page_is_written_whole_or_not_at_all(flower, tmp_path, monkeypatch):
    path = flower.to_html(tmp_path / "report.html")
    before = path.read_bytes()
    monkeypatch.setattr(report_page, "missing", lambda report: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        flower.to_html(path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_page_of_very_many_features_has_the_strongest(tmp_path, monkeypatch):
    # where x moves, all 1,200 play
    monkeypatch.setattr(MODULE, "max_sensitivity", lambda found, seed: 0.0)
    x = np.arange(1.0, 1201.0)
    made = explain.report(lambda rows: rows[:, 1199] - rows[:, 3], x, background=[x * (np.arange(1200) % 300 != 3)])
    page = page_of(made, tmp_path)
    assert "strongest of 1,200 values" in page.text("caption") and "1,196 others" not in page.text()
    assert all(len(found.values) == 1200 for found in made.attributions.values())


# ## What fails, and what cannot be meant


def test_a_method_that_fails_is_named_with_its_reason_and_the_others_stay(monkeypatch, tmp_path):
    def fails(*arguments, **settings):
        raise RuntimeError("<no> luck & no matrix")

    monkeypatch.setattr(explain, "occlusion", fails)
    made = explain.report(lambda rows: rows.sum(axis=1), [1.0, 2.0, 3.0])
    assert made.failures == {"occlusion": "<no> luck & no matrix"} and set(made.attributions) == set(SHAPLEY)
    assert "occlusion failed: <no> luck & no matrix" in str(made)
    page = page_of(made, tmp_path)
    assert "<no> luck & no matrix" in page.text("dd", "strong") and "Occlusion" in page.text("dt")


def test_a_measure_that_fails_is_named_and_the_explanation_stays(monkeypatch, tmp_path):
    def fails(*arguments, **settings):
        raise ValueError("not today")

    for name in ("infidelity", "deletion", "strongest_working"):
        monkeypatch.setattr(MODULE, name, fails)
    made = explain.report(lambda rows: rows.sum(axis=1), [1.0, 2.0, 3.0])
    assert made.failures["infidelity of occlusion"] == made.failures["deletion of kernel_shap"] == "not today"
    assert "occlusion" in made.attributions and set(made.metrics["occlusion"]) == {
        "completeness",
        "insertion",
        "max_sensitivity",
    }
    assert "infidelity of Occlusion" in page_of(made, tmp_path).text("dt")


def test_a_function_that_answers_only_one_example_leaves_an_empty_report_with_the_reasons(tmp_path):
    def alone(rows):
        if len(rows) > 1 or rows[0, 0] != 1:
            raise KeyError
        return rows.sum(axis=1)

    made = explain.report(alone, [1.0, 2.0, 3.0])
    assert made.attributions == {} and made.failures == dict.fromkeys(["occlusion", *SHAPLEY], "KeyError")
    assert "No explanations of one number" in page_of(made, tmp_path).text("p")
    json.dumps(made.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("x", "settings"),
    [
        (0 * ROWS[0], {}),  # as the background: nobody plays
        (ROWS[0], {"background": np.stack([ROWS[0], ROWS[0]])}),
        (ROWS[0], {"background": ROWS * [1, 0, 1, 1]}),  # a constant feature
        (ROWS[0][[0, 0, 1, 1]], {"background": ROWS[:, [0, 0, 1, 1]]}),  # features that stand twice
        (ROWS[0], {"background": ROWS, "output": "probability"}),
        (ROWS[0].astype("float32"), {"background": ROWS}),
    ],
)
def test_degenerate_examples_have_their_report(x, settings, tmp_path):
    dtype = str(x.dtype)
    made = explain.report(classifier(4, dtype=dtype), x, **settings)
    assert made.failures == {} and ("lrp" in made.left_out) == ("output" in settings)
    page_of(made, tmp_path)
    json.dumps(made.to_dict(), allow_nan=False)


def test_one_feature_and_one_output(tmp_path):
    made = explain.report(lambda rows: rows[:, 0] ** 2, [3.0])
    assert {tuple(found.values) for found in made.attributions.values()} == {(9.0,)}
    page = page_of(made, tmp_path)
    assert page.text("h1").strip() == "Why 9.00?"
    assert "The model has one output: output 9.000." in page.text("p")


def test_colours_are_added_up_for_the_picture(tmp_path):
    x = RNG.random((2, 3, 3))
    made = explain.report(lambda rows: rows.reshape(len(rows), -1)[:, :4].sum(axis=1), x)
    assert "lime_image" in made.attributions and made.features.image == (2, 3)
    assert "channel" in page_of(made, tmp_path).text("td", "th")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"names": ["a", "b"]}, "2 names for 4 features"),
        ({"image_shape": (3, 2)}, r"image_shape=\(3, 2\) does not fit x of shape \(4,\)"),
        ({"background": np.ones((3, 5))}, "background has shape"),
        ({"background": np.ones((0, 4))}, "at least one row"),
        ({"target": 3}, "target=3 is out of range"),
        ({"seed": -1}, "seed is a whole number >= 0"),
        ({"output": "odds"}, "unknown output"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(settings, message):
    with pytest.raises(ValueError, match=message):
        explain.report(classifier(4), ROWS[0], **settings)


def test_a_folder_that_is_not_there_is_noticed_before_the_work(tmp_path):
    def never(rows):
        pytest.fail("asked")

    with pytest.raises(FileNotFoundError, match="there is no folder"):
        explain.report(never, [1.0], to=tmp_path / "none" / "report.html")


def test_exact_values_of_many_features_are_not_moved(tmp_path):
    x = np.zeros(64)
    x[:3] = 1.0, 2.0, 3.0
    made = explain.report(lambda rows: rows[:, 0] * rows[:, 1] + rows[:, 2], x, image_shape=(8, 8))
    assert made.failures == {} and "max_sensitivity" not in made.metrics["exact_shapley"]
    assert "all 64 pixels" in made.left_out["max_sensitivity of exact_shapley"]
    assert "max sensitivity of Exact Shapley" in page_of(made, tmp_path).text("dt")


def test_a_place_that_cannot_be_written_to_is_said_at_once(tmp_path, monkeypatch):
    def model(rows):
        pytest.fail("asked for nothing")

    with pytest.raises(IsADirectoryError, match="name a file in it"):
        explain.report(model, ROWS[0], to=tmp_path)
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(PermissionError, match="may not be written to"):
        explain.report(model, ROWS[0], to=tmp_path / "report.html")


def test_the_channels_of_a_pixel_are_covered_together():
    x = np.arange(12.0).reshape(2, 3, 2)
    made = explain.report(lambda rows: rows.sum(axis=(1, 2, 3)), x)
    text = made.words("occlusion")["here"]
    assert "The largest change is that of row 2, column 3: without it, 45.0 would be left." in text
    assert "Added up, the changes are 66.0; with everything covered at once, it is 66.0." in text


def test_what_leaves_first_is_not_called_the_strongest(tmp_path):
    """It is the largest φ; the strongest, the largest |φ|, may be the one that leaves last."""
    made = explain.report(lambda rows: rows[:, 0] - 5 * rows[:, 1], [1.0, 1.0])
    curve = made.curves["occlusion"]["deletion"]
    strongest = made.features.strongest(made.attributions["occlusion"].values, 1)
    assert curve.values.tolist() == [-4, -5, 0] and strongest == [curve.order[-1]]
    assert "feature after feature, the largest φ first, gives way" in made.words("occlusion")["judged"]
    text = page_of(made, tmp_path).text()
    assert "largest φ leave first" in text and "strongest first" not in text and "strongest leave" not in text
