"""The page of conventions: each number beside another way to it, and the translations for other networks too."""

import contextlib
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

PAGE = Path(__file__).parents[2] / "tutorials/conventions.py"
NETWORK = re.compile(r"^x = .*?^W2, b2 = .*?$", re.MULTILINE | re.DOTALL)


def run(network=""):
    """What the page has computed, for another network if one is given, as lines that define it."""
    text = PAGE.read_text("utf-8")
    assert len(NETWORK.findall(text)) == 1
    if network:
        text = NETWORK.sub(network, text)
    page = {"__name__": "page"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, PAGE, "exec"), page)
    return page


def random_network(seed, N, n_0, n_1, n_2):
    return f"""
rng = np.random.default_rng({seed})
x, y, labels = rng.normal(size=({N}, {n_0})), rng.random(({N}, {n_2})), rng.integers({n_2}, size={N})
W1, b1 = rng.normal(size=({n_0}, {n_1})), rng.normal(size={n_1})
W2, b2 = rng.normal(size=({n_1}, {n_2})), rng.normal(size={n_2})
"""


def number(page, table, convention):
    """The number in a table's row."""
    (found,) = (row[2] for row in page["TABLES"][table].rows if row[0] == convention)
    return found


@pytest.fixture(scope="module")
def mazur():
    return run()


# Its page has three examples and two outputs; here no two of N, n_L, 2 and 1 are equal.
@pytest.fixture(scope="module", params=[(0, 5, 4, 3, 7), (1, 7, 3, 4, 5), (2, 4, 2, 6, 3)], ids=str)
def other(request):
    return run(random_network(*request.param))


# ## The translations


def test_the_translations_hold_for_other_networks(other):
    """By the page's own comparisons, which run() has made."""
    assert len(other["TABLES"]) == 13 and other["N"] != other["n_L"]


def test_a_wrong_translation_is_noticed(mazur):
    Table = mazur["Table"]
    for steps, message in [("as it is", "PyTorch"), ("transpose", r"\(3, 2\)"), ("× ½; × ½", "PyTorch")]:
        table = Table("caption", "delta", "formula", np.ones((2, 3)))
        with pytest.raises(AssertionError, match=message):
            table.add("PyTorch", "formula", np.full((2, 3), 2.0), steps)
    table.add("PyTorch", "formula", np.full((2, 3), 2.0), "× ½")


def test_a_wrong_epsilon_is_noticed(mazur):
    table = mazur["Imitation"]("caption", mazur["tn"].Adam, "formula")
    table.add("tinynet", "formula", table.ours, "epsilon = ε", mazur["epsilon"])
    with pytest.raises(AssertionError, match="Keras"):
        table.add("Keras", "formula", table.ours, "epsilon = ε", 1.1 * mazur["epsilon"])


def test_every_step_is_used(mazur):
    used = {step for t in mazur["TABLES"].values() for row in t.rows for step in row[3].split("; ")}
    assert set(mazur["STEPS"]) <= used


# ## The numbers, found another way


def test_the_numbers_that_mazur_prints(mazur):
    """The first example is his."""
    assert number(mazur, "squared error", "Mazur: E_total")[0] == pytest.approx(0.298371109, abs=5e-10)
    delta = number(mazur, "delta", "Mazur: δ_o")[0]
    np.testing.assert_allclose(delta, [0.138498562, -0.038098236], atol=1e-9)
    w5_to_w8 = number(mazur, "dW", "Mazur: ∂E/∂w5 … ∂E/∂w8")[0]
    np.testing.assert_allclose(w5_to_w8, [0.082167041, 0.082667628, -0.022602540, -0.022740242], atol=1e-9)
    np.testing.assert_array_equal(number(mazur, "weights", "Mazur: w5, w6, w7, w8"), [0.40, 0.45, 0.50, 0.55])


def test_nielsens_numbers_example_by_example_in_columns(other):
    """As his network.py goes: one column at a time through w a + b, and the sums kept in nabla."""
    weights, biases = [other["W1"].T, other["W2"].T], [other["b1"][:, None], other["b2"][:, None]]
    quadratic, entropy, nabla_w, nabla_b, deltas = 0, 0, 0, 0, []
    for x, y in zip(other["x"], other["y"]):
        a, y = x[:, None], y[:, None]
        for w, b in zip(weights, biases):
            before, a = a, 1 / (1 + np.exp(-(w @ a + b)))
        delta = (a - y) * a * (1 - a)
        quadratic += 0.5 * np.linalg.norm(a - y) ** 2 / len(other["x"])
        entropy += np.sum(-y * np.log(a) - (1 - y) * np.log(1 - a)) / len(other["x"])
        nabla_w, nabla_b = nabla_w + delta @ before.T, nabla_b + delta
        deltas.append(delta)
    for table, convention, expected in [
        ("squared error", "Nielsen: C", quadratic),
        ("binary crossentropy", "Nielsen: C", entropy),
        ("delta", "Nielsen: δ", np.hstack(deltas)),
        ("dW", "Nielsen: nabla_w, summed", nabla_w),
        ("db", "Nielsen: nabla_b, summed", nabla_b),
    ]:
        np.testing.assert_allclose(number(other, table, convention), expected, rtol=1e-12, err_msg=table)


def losses_of_cs231n(page, z):
    """By loops over examples and outputs: ‖f − y‖², attributes, softmax."""
    total = np.zeros(3)
    for z_i, y_i, label in zip(z, page["y"], page["labels"]):
        f = 1 / (1 + np.exp(-z_i))
        total[0] += sum((f[j] - y_i[j]) ** 2 for j in range(len(f)))
        total[1] += sum(y_i[j] * np.log(f[j]) + (1 - y_i[j]) * np.log(1 - f[j]) for j in range(len(f)))
        total[2] -= z_i[label] - np.log(sum(np.exp(z_i)))
    return total / len(z)


def test_the_numbers_of_cs231n_and_their_gradients_by_differences(other):
    z, h = other["z2"], 1e-5
    squares, attributes, softmax = losses_of_cs231n(other, z)
    assert number(other, "squared error", "CS231n: L") == pytest.approx(squares, rel=1e-12)
    assert number(other, "binary crossentropy", "CS231n, attributes: L_i").mean() == pytest.approx(
        attributes, rel=1e-12
    )
    assert number(other, "softmax crossentropy", "CS231n: data_loss") == pytest.approx(softmax, rel=1e-12)

    slopes = np.zeros((*z.shape, 3))
    for index in np.ndindex(z.shape):
        nudge = np.zeros_like(z)
        nudge[index] = h
        slopes[index] = (losses_of_cs231n(other, z + nudge) - losses_of_cs231n(other, z - nudge)) / (2 * h)
    tolerance = {"rtol": 1e-6, "atol": 1e-9}
    np.testing.assert_allclose(number(other, "delta", "CS231n: gradient of ‖f − y‖²"), slopes[..., 0], **tolerance)
    # the loss of one example, so N times the mean's
    attribute = number(other, "binary crossentropy, logits", "CS231n, attributes: ∂L_i/∂f_j")
    np.testing.assert_allclose(attribute, other["N"] * slopes[..., 1], **tolerance)
    np.testing.assert_allclose(
        number(other, "softmax crossentropy, logits", "CS231n: dscores"), slopes[..., 2], **tolerance
    )


def test_two_outputs_hide_the_factor_that_others_show(mazur, other):
    rows = [(page, number(page, "squared error", "PyTorch: MSELoss()")) for page in (mazur, other)]
    ratios = [page["TABLES"]["squared error"].ours / mean for page, mean in rows]
    assert ratios == pytest.approx([1, other["n_L"] / 2])


def test_the_weights_are_the_same_by_either_momentum_until_the_learning_rate_changes(mazur):
    """What the text says of α: the velocity with α inside goes on with the old one."""
    g, mu = 1.0, 0.9
    ours = theirs = v = u = 0.0
    for step, alpha in enumerate((0.5, 0.5, 0.05)):
        v, u = mu * v + g, mu * u - alpha * g
        ours, theirs = ours - alpha * v, theirs + u
        assert (ours == pytest.approx(theirs)) == (step < 2)
    assert abs(u) > abs(alpha * v)


# ## The tables


class Cells(HTMLParser):
    """Counts what makes a table accessible."""

    def __init__(self):
        super().__init__()
        self.tags, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_tables_are_accessible_html(mazur):
    for table in mazur["TABLES"].values():
        html = table._repr_html_()
        cells = Cells()
        cells.feed(html)
        assert cells.open == []
        tags = [tag for tag, _ in cells.tags]
        assert tags.count("caption") == 1 and tags.count("tr") == 1 + len(table.rows)
        scopes = [attrs["scope"] for tag, attrs in cells.tags if tag == "th"]
        assert scopes == ["col"] * 4 + ["row"] * len(table.rows)


def test_every_table_has_tinynet_and_the_five_where_they_differ(mazur):
    for name, table in mazur["TABLES"].items():
        conventions = {row[0].split(":")[0].split(",")[0] for row in table.rows}
        assert {"tinynet", "CS231n", "PyTorch", "Keras"} <= conventions, name
        assert table.rows[0][0].startswith("tinynet")


def test_at_a_glance_repeats_the_tables(mazur):
    rows = dict(mazur["Glance"]().rows())
    assert len(rows) == len(mazur["TABLES"])  # no two captions are equal
    assert rows["The squared error"] == ["as it is", "mean over the examples", "× ½", "× n_L/2", "× n_L/2"]
    assert rows["δ of the output layer"][0] == "transpose, then × 1/N"


def test_the_text_shows_all_rows_of_a_matrix(mazur):
    text = repr(mazur["TABLES"]["delta"])
    assert "0.138498562 −0.042351127  0.136852548\n" in text and "transpose, then × 1/N" in text
