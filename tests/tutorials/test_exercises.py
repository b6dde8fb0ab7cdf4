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


def functions(path):
    """The functions of a file by name: (signature, docstring, is it blank)."""
    tree = ast.parse(path.read_text("utf-8"))
    return {
        f.name: (ast.unparse(f.args), ast.get_docstring(f), ast.unparse(f.body[-1]) == "raise NotImplementedError")
        for f in tree.body
        if isinstance(f, ast.FunctionDef)
    }


@pytest.fixture(scope="module")
def solved():
    return marks(EXERCISES, "--solutions")


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    """The marks of a copy in which every function is blank, whatever has been filled in here."""
    folder = tmp_path_factory.mktemp("tutorials") / "exercises"
    folder.mkdir()
    for path in EXERCISES.glob("*.py"):
        text = path.read_text("utf-8")
        if path.stem in CHAPTERS:
            tree = ast.parse(text)
            for f in tree.body:
                if isinstance(f, ast.FunctionDef):
                    f.body = [f.body[0], ast.parse("raise NotImplementedError").body[0]]
            text = ast.unparse(tree)
        (folder / path.name).write_text(text, "utf-8")
    return marks(folder, f"--rootdir={ROOT}", f"--config-file={ROOT / 'pyproject.toml'}")


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
    _, printed = blank
    for name, (_, _, _) in functions(EXERCISES / f"{chapter}.py").items():
        assert f"{name} in exercises/{chapter}.py is still blank" in printed


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_exercise_and_its_solution_are_the_same_task(chapter):
    tasks, solutions = functions(EXERCISES / f"{chapter}.py"), functions(EXERCISES / f"solutions/{chapter}.py")
    assert len(tasks) >= 3
    for name, (signature, task, _) in tasks.items():
        assert task and solutions[name][:2] == (signature, task), name
        assert not solutions[name][2], name


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_chapter_names_its_exercises(chapter):
    (page,) = (ROOT / "tutorials").glob(f"{chapter.removeprefix('ch')}_*.py")
    section = page.read_text("utf-8").split("# ## Exercises")[1]
    assert [name for name in functions(EXERCISES / f"{chapter}.py") if f"`{name}" not in section] == []
    assert f"tutorials/exercises/{chapter}.py" in section and f"-k {chapter}" in section
