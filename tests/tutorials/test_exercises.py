"""Every exercise can be solved, its mark fails on the blank, and what is blank says what to do."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXERCISES = ROOT / "tutorials/exercises"
CHAPTERS = [path.stem for path in sorted(EXERCISES.glob("ch*.py"))]


def marks(folder, *options):
    """The outcome of each test of the exercises in a folder, and what pytest printed."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", folder, "-rA", "-q", "-p", "no:cacheprovider", *options],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    return dict(
        reversed(m) for m in re.findall(r"^(PASSED|FAILED|ERROR) \S*?(test_ch\d+\.py::\S+)", run.stdout, re.M)
    ), run.stdout


def tasks_of(tree):
    """The functions to fill in, methods too: those whose docstring does not begin with "Given"."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [f for f in found if not (ast.get_docstring(f) or "").startswith("Given")]


def tasks(path):
    """The tasks of a file by name, functions and classes: (signature, docstring, is anything blank)."""
    tree = ast.parse(path.read_text("utf-8"))
    to_do = tasks_of(tree)
    found = {}
    for node in tree.body:
        if node in to_do or isinstance(node, ast.ClassDef):
            signature = ast.unparse(node.args) if isinstance(node, ast.FunctionDef) else ""
            found[node.name] = signature, ast.get_docstring(node), "raise NotImplementedError" in ast.unparse(node)
    return found


@pytest.fixture(scope="module")
def solved():
    return marks(EXERCISES, "--solutions")


def marks_of_a_copy(folder, answers, *options):
    """The marks of answers that are not in the repository: answers(path) is the text of the file of a chapter."""
    for path in EXERCISES.glob("*.py"):
        (folder / path.name).write_text(answers(path) if path.stem in CHAPTERS else path.read_text("utf-8"), "utf-8")
    return marks(folder, f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}", *options)


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    """The marks where every function is blank, whatever has been filled in here."""

    def answers(path):
        tree = ast.parse(path.read_text("utf-8"))
        for f in tasks_of(tree):
            f.body = ast.parse("raise NotImplementedError").body
        return ast.unparse(tree)

    return marks_of_a_copy(tmp_path_factory.mktemp("exercises"), answers)


def test_every_chapter_has_its_exercises():
    chapters = [f"ch{path.name[:2]}" for path in sorted((ROOT / "tutorials").glob("[0-9]*.py"))]
    assert chapters == CHAPTERS


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_exercise_can_be_solved(solved, chapter):
    outcomes, printed = solved
    here = {test: outcome for test, outcome in outcomes.items() if chapter in test}
    assert len(here) >= 3
    assert set(here.values()) == {"PASSED"}, printed


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_mark_fails_on_the_blank(blank, solved, chapter):
    outcomes, printed = blank
    here = {test: outcome for test, outcome in outcomes.items() if chapter in test}
    assert here.keys() == {test for test in solved[0] if chapter in test}
    assert set(here.values()) == {"FAILED"}, printed


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_blank_is_told_in_one_line(blank, chapter):
    told = re.findall(rf"^(\w+) in \S+/{chapter}.py is still blank: fill it in$", blank[1], re.M)
    tree = ast.parse((EXERCISES / f"{chapter}.py").read_text("utf-8"))
    assert {f.name for f in tree.body if f in tasks_of(tree)} <= {*told}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_exercise_and_its_solution_are_the_same_task(chapter):
    blanks, solutions = tasks(EXERCISES / f"{chapter}.py"), tasks(EXERCISES / f"solutions/{chapter}.py")
    assert len(blanks) >= 3
    for name, (signature, task, _) in blanks.items():
        assert task and solutions[name][:2] == (signature, task), name
        assert not solutions[name][2], name


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_chapter_names_its_exercises(chapter):
    (page,) = (ROOT / "tutorials").glob(f"{chapter.removeprefix('ch')}_*.py")
    section = page.read_text("utf-8").split("# ## Exercises")[1]
    assert [name for name in tasks(EXERCISES / f"{chapter}.py") if f"`{name}" not in section] == []
    assert f"tutorials/exercises/{chapter}.py" in section and f"-k {chapter}" in section


# ## What the marks say


def test_a_wrong_answer_is_told_in_words_and_an_error_by_its_line(tmp_path):
    """W is not transposed: where it is square the numbers are wrong, elsewhere the code stops."""

    def answers(path):
        right = (EXERCISES / "solutions" / path.name).read_text("utf-8")
        return right.replace("return delta @ W.T, a.T", "return delta @ W, a.T")

    outcomes, printed = marks_of_a_copy(tmp_path, answers, "-k", "ch04")
    wrong = {test.split("::")[1] for test, outcome in outcomes.items() if outcome == "FAILED"}
    assert wrong == {"test_layer_backward", "test_layer_backward_of_a_square_layer"}
    told = "da of a square layer: W must be transposed: we sum over its second index\nexpected:\n"
    assert told in printed and told in (EXERCISES / "index.md").read_text("utf-8")
    stops = r"/ch04.py, line \d+, stops:\n    return delta @ W, a.T @ delta, delta.sum\(axis=0\)\nValueError: matmul"
    assert re.search(stops, printed)
    assert "Traceback" not in printed and "def layer_backward" not in printed
