"""The report: goals reached or not, and its tables."""

import sys

import numpy as np
import pytest

from benchmarks.report import Goal, Report, figure, markdown
from benchmarks.turns import Timing


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0123456, "0.0123"), (1.2345, "1.23"), (2, "2"), (99.94, "99.9"), (99.96, "100"), (4321.5, "4322")],
)
def test_figures_have_three_digits_that_count(value, text):
    assert figure(value) == text


@pytest.mark.parametrize(("value", "reached"), [(0.89, "**no**"), (0.9, "must"), (1.19, "must"), (1.2, "aim")])
def test_at_least(value, reached):
    assert Goal("x", value, 0.9, 1.2).reached == reached


@pytest.mark.parametrize(("value", "reached"), [(31, "**no**"), (30, "must"), (15.1, "must"), (15, "aim")])
def test_at_most(value, reached):
    goal = Goal("start", value, 30, 15, at_most=True)
    assert goal.reached == reached
    assert goal.cells() == ["start", figure(value), "≤ 30", "≤ 15", reached]


def test_a_goal_without_aim_without_must_and_without_figure():
    assert Goal("x", 1.01, 1.05, at_most=True).reached == "must"
    assert Goal("x", 3.0).cells() == ["x", "3", "", "", ""]
    assert Goal("x", None, 2, 5, why="torch is not installed").cells() == [
        "x",
        "torch is not installed",
        "≥ 2",
        "≥ 5",
        "not measured",
    ]


def test_a_table_by_hand():
    assert markdown(["name", "x"], [["a", "1.5"], ["longer", ""]]) == (
        "| name   |   x |\n"
        "|--------|----:|\n"
        "| a      | 1.5 |\n"
        "| longer |     |"
    )  # fmt: skip


def test_the_report_has_the_machine_the_goals_and_the_tables(capsys):
    report = Report()
    timing = Timing({"ours": np.array([1.0, 1.0]), "NumPy": np.array([3.0, 3.0])}, {"Keras": "keras is not installed"})
    report.compare("step", timing, "NumPy", "ours", 2, 4)
    report.compare("step", timing, "Keras", "ours", 2, 4)
    report.add("Steps", "Seconds.", ["who", "time"], [["ours", "1"]])
    assert "## Steps\n\nSeconds.\n\n| who  | time |" in capsys.readouterr().out
    lines = report.text("make bench").splitlines()
    assert "- command: `make bench`, 0 minutes" in lines
    assert any(line.startswith("- versions: tinynet ") and "BLAS" in line for line in lines)
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    assert ["", "step: NumPy / ours", "3", "≥ 2", "≥ 4", "must", ""] in cells
    assert ["", "step: Keras / ours", "keras is not installed", "≥ 2", "≥ 4", "not measured", ""] in cells
    assert lines.index("## What it must show") < lines.index("## Steps")


def test_without_pyperf_times_are_not_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyperf", None)
    report = Report()
    report.keep("step", Timing({"ours": np.array([1.0])}))
    report.save(tmp_path / "times.json")
    assert list(tmp_path.iterdir()) == []
    assert "pyperf is not installed" in capsys.readouterr().out
