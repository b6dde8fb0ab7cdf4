"""The account of the formulas: each stands in tinynet/ once, and a test names it."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]


def names(folder, line):
    """The formulas that the matching comment lines in the files of a folder name, with the place of each."""
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        for number, text in enumerate(path.read_text("utf-8").split("\n"), start=1):
            if re.match(line, text):
                found += [(name, f"{path.relative_to(ROOT)}:{number}") for name in re.findall(r"\[eq:([\w-]+)\]", text)]
    return found


FORMULAS = names("tinynet", r" *# \[eq:")
CHECKED = names("tests", r" *# checks \[eq:")


def test_the_name_of_a_formula_is_used_once():
    # Link targets do not tell capital letters from small ones.
    uses = Counter(name.lower() for name, _ in FORMULAS)
    assert FORMULAS
    assert [place for place in FORMULAS if uses[place[0].lower()] > 1] == []


def test_the_name_of_a_formula_stands_at_the_beginning_of_a_comment():
    everywhere = names("tinynet", r".*\[eq:")
    assert [place for place in everywhere if place not in FORMULAS] == []


def test_every_formula_is_checked_by_a_test():
    checked = {name for name, _ in CHECKED}
    assert [place for place in FORMULAS if place[0] not in checked] == []


def test_what_the_tests_say_they_check_exists():
    known = {name for name, _ in FORMULAS}
    assert [place for place in CHECKED if place[0] not in known] == []
