"""The README promises only what runs: its example is run, and its output compared."""

import contextlib
import io
import re
from pathlib import Path

import tinynet as tn

README = Path(__file__).parents[1] / "README.md"


def test_the_example_prints_what_the_readme_says():
    example, output = re.search(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", README.read_text(), re.S).groups()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(example, {})
    assert printed.getvalue() == output


def test_the_example_is_short():
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    assert len([line for line in example.splitlines() if line.strip()]) <= 15


def test_every_link_leads_to_a_file():
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text()):
        assert (README.parent / target).exists(), target


def test_the_lines_of_the_worksheet_are_those_of_the_worksheet():
    # Mazur's network, of which the tutorials derive every number
    net = tn.Sequential([tn.Dense(2, "sigmoid", input_dim=2), tn.Dense(2, "sigmoid")])
    net.set_weights([[[0.15, 0.25], [0.20, 0.30]], [0.35, 0.35], [[0.40, 0.50], [0.45, 0.55]], [0.60, 0.60]])
    trace = tn.introspect.trace(net, [[0.05, 0.10]], [[0.01, 0.99]], loss="half_squared_error")
    lines = re.search(r"it begins\n\n```\n(.*?)```", README.read_text(), re.S).group(1)
    assert lines in trace.worksheet(learning_rate=0.5)
