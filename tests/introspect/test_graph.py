"""The graph, drawn: what stands in the boxes, that nothing overlaps, and that Graphviz is told the same graph."""

import re
import sys
from collections import Counter
from itertools import pairwise
from operator import add, mul, sub

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch

import tinynet as tn
from tinynet import Dense, Sequential, Tensor
from tinynet.introspect import plot_graph, three_ways, to_dot

module = sys.modules["tinynet.introspect.graph"]
Box, lay_out = module.Box, module.lay_out


def neuron() -> Tensor:
    """The tanh neuron of micrograd's README, whose gradients are known."""
    values = {"x_1": 2.0, "x_2": 0.0, "w_1": -3.0, "w_2": 1.0, "b": 6.8813735870195432}
    x_1, x_2, w_1, w_2, b = (Tensor(value, name=name) for name, value in values.items())
    a = tn.tanh(x_1 * w_1 + x_2 * w_2 + b)
    a.name = "a"
    return a


def mazur() -> tuple[Sequential, list, list]:
    net = Sequential([Dense(2, "sigmoid", input_dim=2), Dense(2, "sigmoid")])
    W1, W2 = np.array([[0.15, 0.20], [0.25, 0.30]]).T, np.array([[0.40, 0.45], [0.50, 0.55]]).T
    net.set_weights([W1, [0.35, 0.35], W2, [0.60, 0.60]])
    return net, [[0.05, 0.10]], [[0.01, 0.99]]


def deep() -> Tensor:
    net = Sequential([Dense(16, "relu", input_dim=8), Dense(12, "tanh"), Dense(8, "gelu"), Dense(3, "softmax")], seed=0)
    return tn.categorical_crossentropy(net(np.ones((2, 8))), np.eye(3)[:2])


def layer() -> Tensor:
    net = Sequential([Dense(2, "sigmoid", input_dim=3)], seed=0)
    return tn.half_squared_error(net(Tensor(np.ones((2, 3)), name="x")), np.eye(2))


def scalars() -> Tensor:
    return three_ways(*mazur(), loss="half_squared_error").graph


GRAPHS = {"neuron": neuron, "layer": layer, "deep": deep, "scalars": scalars}


@st.composite
def graphs(draw: st.DrawFn) -> Tensor:
    """Any graph: each operation takes two of the tensors before it, the same one perhaps, and constants."""
    made: list[Tensor] = [
        Tensor(np.ones(draw(st.integers(1, 9))), name="w" * i) for i in range(draw(st.integers(1, 4)))
    ]
    made = [t.sum() if draw(st.booleans()) else t[0] for t in made]
    for _ in range(draw(st.integers(0, 12))):
        a, b = (made[draw(st.integers(0, len(made) - 1))] for _ in range(2))
        operation = draw(st.sampled_from([mul, sub, add, lambda a, _: -a, lambda a, _: a + 1.5]))
        made.append(operation(a, b))
    loss = made[-1]
    if draw(st.booleans()):
        loss.backward()
    return loss


def real(columns: list) -> dict[Tensor, Box]:
    return {box.tensor: box for column in columns for box in column if box.tensor is not None}


def lines(loss: Tensor) -> dict[str, list[str]]:
    """The lines of each named box, its heading left out."""
    return {t.name: box.lines[1:] for t, box in real(lay_out(loss)).items() if t.name}


# ## What stands in a box


def test_every_box_shows_the_value_and_the_gradient() -> None:
    a = neuron()
    a.backward()
    assert lines(a) == {
        "x_1": ["= 2", "∂ −1.5"],
        "w_1": ["= −3", "∂ 1"],
        "x_2": ["= 0", "∂ 0.5"],
        "w_2": ["= 1", "∂ 0"],
        "b": ["= 6.881", "∂ 0.5"],
        "a": ["= 0.7071", "∂ 1"],
    }
    headings = Counter(box.lines[0] for t, box in real(lay_out(a)).items() if not t.name)
    assert headings == {"×": 2, "+": 2}
    assert real(lay_out(a))[a].lines[0] == "a  (tanh)"


def test_before_backward_the_gradients_of_another_loss_are_not_shown() -> None:
    w = tn.Tensor(2.0, name="w")
    (3 * w).backward()
    loss = w * w
    assert lines(loss)["w"] == ["= 2"]
    assert "∂" not in to_dot(loss)
    loss.backward()
    assert lines(loss)["w"] == ["= 2", "∂ 4"]


def test_before_backward_there_is_no_gradient_and_the_key_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    a = neuron()
    assert lines(a)["w_1"] == ["= −3"]
    written = []
    letters = module._letters
    monkeypatch.setattr(module, "_letters", lambda x, y, text, **k: written.append(text) or letters(x, y, text, **k))
    plot_graph(a)
    assert "= value   (no gradients before loss.backward())" in written
    a.backward()
    plot_graph(a)
    assert "= value   ∂ gradient of the loss" in written
    assert "∂ −1.5" in written and "= 6.881" in written


def test_a_constant_has_no_gradient() -> None:
    loss = Tensor(3.0, name="a") * 2
    loss.backward()
    (constant,) = (box for t, box in real(lay_out(loss)).items() if not t.requires_grad)
    assert constant.kind == "constant" and constant.lines == ["", "= 2"]


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (0.5, ["= 0.5"]),
        (-1e-7, ["= −1e−07"]),
        (-0.0, ["= 0"]),
        (np.nan, ["= nan"]),
        ([1.0, -2.5], ["=    1  −2.5"]),
        ([[1.0, 2.0], [3.0, -40.0]], ["=   1    2", "    3  −40"]),
        (np.arange(9.0), ["= 0 … 8"]),
        (np.arange(5.0), ["= 0 … 4"]),
        (np.zeros((4, 4)), ["= all 0"]),
        (np.arange(8.0).reshape(2, 2, 2), ["= 0  1", "  2  3", "  4  5", "  6  7"]),
        (np.zeros((0, 3)), ["= no numbers"]),
    ],
)
def test_few_numbers_are_shown_and_many_by_their_range(array: object, expected: list[str]) -> None:
    t = Tensor(array, name="t")
    assert module._lines(t, t) == expected
    assert module._heading(t) == ("t" if t.ndim == 0 else f"t  {t.shape}")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("w_12^1", "$w_{12}^{1}$"),
        ("b_3^2", "$b_{3}^{2}$"),
        ("x_1", "$x_{1}$"),
        ("z_1,12^1 (3)", "$z_{1,12}^{1}$ (3)"),
        ("dense_1.W", "dense_1.W"),
        ("5 $ a_b$", r"5 \$ a_b\$"),
        ("two\nlines", "two lines"),
        ("n" * 40, "n" * 29 + "…"),
    ],
)
def test_names_are_shown_as_formulas_where_they_are_such(name: str, shown: str) -> None:
    t = Tensor(1.0, name=name)
    assert module._heading(t) == shown
    plot_graph(t * 2).figure.canvas.draw()


# ## Where the boxes stand


def check_layout(loss: Tensor) -> None:
    columns = lay_out(loss)
    boxes = real(columns)
    # every tensor of the graph has one box
    found = [loss]
    for t in found:
        found += [p for p in dict.fromkeys(t.parents) if p not in found]
    assert set(boxes) == set(found) and columns[-1] == [boxes[loss]]
    for number, column in enumerate(columns):
        for box in column:
            assert box.column == number
            # an arrow leads from one column to the next, and enters in the order of the operands
            assert all(a.column == number - 1 and box in a.after for a in box.before)
            assert box.tensor is None or len(box.before) == len(box.tensor.parents)
            for k, a in enumerate(box.before):
                while a.tensor is None:
                    (a,) = a.before
                assert box.tensor is None or a.tensor is box.tensor.parents[k]
        # from top to bottom, apart by half the usual space at least
        for above, below in pairwise(column):
            space = (above.y - above.height / 2) - (below.y + below.height / 2)
            assert space > module.BETWEEN_BOXES / 2 - 1e-6
    for left, right in pairwise(columns):
        end, start = max(b.x + b.width / 2 for b in left), min(b.x - b.width / 2 for b in right)
        assert start - end > module.BETWEEN_COLUMNS - 1e-6
    for t, box in boxes.items():
        assert all(boxes[p].column < box.column for p in t.parents)
        # as near to its first user as can be
        users = [other.column for s, other in boxes.items() if t in s.parents]
        assert not users or box.column == min(users) - 1


@given(graphs())
def test_arrows_lead_to_the_right_and_no_box_overlaps_another(loss: Tensor) -> None:
    check_layout(loss)


@pytest.mark.parametrize("graph", GRAPHS)
def test_so_it_is_for_a_neuron_a_layer_and_networks(graph: str) -> None:
    check_layout(GRAPHS[graph]())


def crossings(columns: list) -> int:
    """Counted pair by pair, from where the arrows begin and end."""
    count = 0
    for left, right in pairwise(columns):
        arrows = [(left.index(a), right.index(b), k) for b in right for k, a in enumerate(b.before)]
        for i, (p, *q) in enumerate(arrows):
            count += sum((p < r and q > s) or (p > r and q < s) for r, *s in arrows[i + 1 :])
    return count


@given(graphs())
def test_the_crossings_are_counted(loss: Tensor) -> None:
    columns = lay_out(loss)
    assert module._crossings(columns) == crossings(columns)


def test_what_can_be_drawn_without_crossings_is() -> None:
    assert crossings(lay_out(neuron())) == crossings(lay_out(deep())) == 0
    # made in an order that tangles every arrow: the pairs are (0, 7), (1, 6), ...
    w = [Tensor(float(i), name=f"w{i}") for i in range(8)]
    products = [w[i] * w[7 - i] for i in range(4)]
    assert crossings(lay_out((products[3] + products[0]) + (products[2] + products[1]))) == 0


def test_sorting_the_columns_removes_crossings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the walk from the loss alone, which leaves what is used twice crossed."""
    rng = np.random.default_rng(0)
    losses = []
    for _ in range(30):
        made = [Tensor(1.0) for _ in range(4)]
        for _ in range(10):
            i, j = rng.integers(max(0, len(made) - 8), len(made), 2)
            made.append(made[i] * made[j])
        losses.append(made[-1] + made[-2])
    after = [crossings(lay_out(loss)) for loss in losses]
    monkeypatch.setattr(module, "_barycentre", lambda box, forward, places: places[box])
    before = [crossings(lay_out(loss)) for loss in losses]
    assert all(now <= then for now, then in zip(after, before))
    assert sum(after) < 0.8 * sum(before)


def column_of(*heights: float) -> list[Box]:
    """Boxes of results: a box that nothing enters weighs less."""
    return [Box(Tensor(0.0), before=[Box()], height=h) for h in heights]


def test_boxes_stand_where_they_want_if_there_is_room() -> None:
    column = column_of(10, 10, 10)
    module._spread(column, [100.0, 50.0, 0.0])
    assert [box.y for box in column] == [100, 50, 0]


def test_boxes_that_want_one_place_share_it() -> None:
    gap = module.BETWEEN_BOXES
    column = column_of(10, 10)
    module._spread(column, [0.0, 0.0])
    np.testing.assert_allclose([box.y for box in column], [5 + gap / 2, -5 - gap / 2])
    # two that want to change places meet in the middle; the third is far away and stays
    column = column_of(10, 20, 10)
    module._spread(column, [0.0, 40.0, -500.0])
    np.testing.assert_allclose([box.y for box in column], [20 + 7.5 + gap / 2, 20 - 7.5 - gap / 2, -500])


@given(st.lists(st.integers(-40, 40), min_size=2, max_size=6))
def test_no_other_heights_are_nearer_to_what_is_wanted(wanted: list[int]) -> None:
    """Moving any run of neighbours a little, as far as the distances allow, is no better."""
    column = column_of(*[10] * len(wanted))
    module._spread(column, [float(w) for w in wanted])
    y = np.array([box.y for box in column])
    least = 10 + module.BETWEEN_BOXES
    assert np.all(-np.diff(y) > least - 1e-9)
    for first in range(len(y)):
        for last in range(first + 1, len(y) + 1):
            for step in (-0.01, 0.01):
                moved = y.copy()
                moved[first:last] += step
                if np.all(-np.diff(moved) > least - 1e-9):
                    assert np.sum((moved - wanted) ** 2) >= np.sum((y - wanted) ** 2)


def test_the_results_of_a_chain_stand_in_a_row() -> None:
    """Weights make room for what is made from them, so the eye goes straight from the data to the loss."""
    chain = [box.y for t, box in real(lay_out(deep())).items() if t.op]
    assert np.ptp(chain) < 2 * module.LINE


# ## The drawing


def outlines(ax: Axes) -> list[FancyBboxPatch]:
    return [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]


def test_what_was_given_and_what_was_made_differ_by_shape_and_colour() -> None:
    loss = Tensor(3.0, name="a") * 2
    loss.backward()
    ax = plot_graph(loss)
    shapes = [type(box.get_boxstyle()).__name__ for box in outlines(ax)]
    # three boxes, and three samples in the key
    assert Counter(shapes) == {"Square": 4, "Round": 2}
    colours = [np.dot(box.get_facecolor()[:3], [0.21, 0.72, 0.07]).round(3) for box in outlines(ax)]
    assert len(set(colours)) == 3
    dashed = [box for box in outlines(ax) if box.get_linestyle() == "--"]
    assert len(dashed) == 2
    (thick,) = (box for box in outlines(ax) if box.get_linewidth() > 1)
    assert type(thick.get_boxstyle()).__name__ == "Round"


@pytest.mark.parametrize("graph", GRAPHS)
def test_every_letter_is_inside_its_box(graph: str) -> None:
    loss = GRAPHS[graph]()
    for t, box in real(lay_out(loss)).items():
        for patch in module._drawing(box, thick=t is loss)[1:]:
            extents = patch.get_path().get_extents()
            assert extents.x0 > box.x - box.width / 2 + 1 and extents.x1 < box.x + box.width / 2 - 1
            assert extents.y0 > box.y - box.height / 2 + 1 and extents.y1 < box.y + box.height / 2 - 1
        tops = [patch.get_path().get_extents() for patch in module._drawing(box, thick=False)[1:]]
        assert all(above.y0 > below.y1 for above, below in pairwise(tops))


@pytest.mark.parametrize("graph", GRAPHS)
def test_no_arrow_runs_over_a_box(graph: str) -> None:
    columns = lay_out(GRAPHS[graph]())
    boxes = [box for column in columns for box in column]
    for box in boxes:
        for patch in module._arrows(box):
            if not isinstance(patch, PathPatch):
                continue
            points = patch.get_path().interpolated(1).to_polygons(closed_only=False)[0]
            points = np.concatenate([np.linspace(p, q, 20) for p, q in pairwise(points)])
            for other in real(columns).values():
                inside = np.abs(points - (other.x, other.y)) < (other.width / 2 - 0.5, other.height / 2 - 0.5)
                assert not inside.all(axis=1).any()


def test_the_picture_is_as_large_as_its_graph_and_all_is_in_it() -> None:
    sizes = []
    for loss in (neuron(), scalars(), Tensor(1.0)):
        ax = plot_graph(loss)
        ax.figure.canvas.draw()
        sizes.append(ax.figure.get_size_inches())
        (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
        for patch in ax.patches:
            path = (
                patch.get_path()
                if isinstance(patch, PathPatch)
                else patch.get_patch_transform().transform_path(patch.get_path())
            )
            extents = path.get_extents()
            assert left < extents.x0 and extents.x1 < right and low < extents.y0 and extents.y1 < high
        # a letter is as high as in print: a point of the layout is a point on paper
        points = ax.get_window_extent().width / ax.figure.dpi * 72 / (right - left)
        assert 0.9 < points < 1.1
    assert sizes[1][0] > 3 * sizes[0][0]


def test_the_axes_that_are_given_are_used_and_named() -> None:
    _, (first, second) = plt.subplots(1, 2)
    a = neuron()
    assert plot_graph(a, ax=first) is first and plot_graph(a * 2, second) is second
    assert first.get_title() == "computation graph of a" and second.get_title() == "computation graph"
    assert plot_graph(deep()).get_title() == "computation graph of categorical crossentropy"


def test_drawing_changes_no_tensor() -> None:
    loss = layer()
    loss.backward()
    before = [(t.data.copy(), t.grad.copy(), t.name) for t in loss._topological_order()]
    plot_graph(loss)
    to_dot(loss)
    for t, (data, grad, name) in zip(loss._topological_order(), before):
        np.testing.assert_array_equal(t.data, data)
        np.testing.assert_array_equal(t.grad, grad)
        assert t.name == name


def test_a_single_tensor_is_a_graph_of_one_box() -> None:
    assert len(outlines(plot_graph(Tensor(1.0)))) == 1 + 3


def test_a_graph_too_large_for_a_page() -> None:
    t = Tensor(1.0)
    for _ in range(1000):
        t = -t
    with pytest.raises(ValueError, match=r"has 1,001 nodes, and a picture of more than 200 cannot be read: .*to_dot"):
        plot_graph(t)


def test_what_is_no_tensor() -> None:
    for f in (plot_graph, to_dot):
        with pytest.raises(TypeError, match="a graph ends in a Tensor, a loss for example; this is a float"):
            f(0.5)


# ## Graphviz


def parse(dot: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The labels of the nodes and the edges of a graph in Graphviz's language; fails on what is not."""
    string = r'"(?:[^"\\\n]|\\.)*"'
    setting = rf"\w+=(?:\w+|{string})"
    first, *body, last = dot.strip().split("\n")
    assert (first, last) == ("digraph {", "}")
    labels, edges = {}, []
    for line in body:
        if edge := re.fullmatch(r"  (n\d+) -> (n\d+)", line):
            edges.append(edge.groups())
        elif node := re.fullmatch(rf"  (n\d+|node) \[({setting}(?:, {setting})*)\]", line):
            if node[1] != "node":
                quoted = re.search(rf"label=({string})", node[2])[1][1:-1]
                labels[node[1]] = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], quoted)
        else:
            assert line == "  rankdir=LR"
    return labels, edges


@given(graphs())
def test_graphviz_is_told_every_node_and_every_edge(loss: Tensor) -> None:
    labels, edges = parse(to_dot(loss))
    boxes = real(lay_out(loss))
    assert len(labels) == len(boxes)
    order = sorted(boxes, key=lambda t: t._born)
    number = {t: f"n{i}" for i, t in enumerate(order)}
    assert Counter(edges) == Counter((number[p], number[t]) for t in order for p in t.parents)
    # operands in their order, and each node after its parents
    for t in order:
        assert [a for a, b in edges if b == number[t]] == [number[p] for p in t.parents]


def test_labels_and_shapes_of_graphviz() -> None:
    a = neuron()
    a.backward()
    dot = to_dot(a)
    labels, _ = parse(dot)
    assert "w_1\n= −3\n∂ 1" in labels.values() and "a  (tanh)\n= 0.7071\n∂ 1" in labels.values()
    assert dot.count("shape=box") == 5 and dot.count("shape=ellipse") == 5
    assert to_dot(Tensor(1.0) * 2).count('style="filled,dashed"') == 1


@pytest.mark.parametrize("name", ['say "w"', "back\\slash", 'both \\"', "new\nline", "a -> b; }", "\\n"])
def test_names_are_escaped(name: str) -> None:
    labels, edges = parse(to_dot(Tensor(1.0, name=name) * 2))
    assert name.replace("\n", " ") in [label.split("\n=")[0] for label in labels.values()]
    assert len(edges) == 2


def test_a_long_chain_is_no_problem() -> None:
    t = Tensor(1.0)
    for _ in range(5000):
        t = -t
    labels, edges = parse(to_dot(t))
    assert (len(labels), len(edges)) == (5001, 5000)
