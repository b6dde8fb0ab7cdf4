"""
The account of the formulas: where each `[eq:NAME]` is computed, which chapters teach it, which tests check it.

`make site` shows it as the formula index, and `tests/test_formulas.py` fails where it has a gap.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import literate

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Formula:
    """A formula: its name, its text in Markdown, the file and first line that computes it, and who speaks of it.

    line: of the first line of code under the formula. chapters: the files that link to it. tests: file:line of each
    `# checks` that names it. Paths are relative to the repository.
    """

    name: str
    text: str
    path: str
    line: int
    chapters: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)


def account(root: Path = ROOT) -> list[Formula]:
    """All formulas of tinynet/, file by file. Raises ValueError for one without a line of code under it."""
    formulas = [f for path in sorted((root / "tinynet").rglob("*.py")) for f in formulas_of(path, root)]
    # MyST does not tell capital letters from small ones in link targets.
    by_name = {f.name.lower(): f for f in formulas}
    for chapter in sorted((root / "tutorials").glob("[0-9]*.py")):
        for name in sorted(set(re.findall(r"\]\(#src-([\w-]+)\)", chapter.read_text("utf-8")))):
            if name.lower() in by_name:
                by_name[name.lower()].chapters.append(chapter.relative_to(root).as_posix())
    for test in sorted((root / "tests").rglob("*.py")):
        for number, line in enumerate(test.read_text("utf-8").split("\n"), start=1):
            for name in re.findall(r"\[eq:([\w-]+)\]", line) if re.match(" *# checks ", line) else []:
                if name.lower() in by_name:
                    by_name[name.lower()].tests.append(f"{test.relative_to(root).as_posix()}:{number}")
    return formulas


def formulas_of(path: Path, root: Path) -> list[Formula]:
    text = path.read_text("utf-8")
    relative = path.relative_to(root).as_posix()
    found = []
    for row in literate.rows(text):
        pieces = literate.FORMULA.split(row.prose)[1:]  # name, text, name, text, ...
        for name, words in zip(pieces[::2], pieces[1::2]):
            # What follows an empty line is another paragraph of the comment.
            found.append(Formula(name, words.strip().split("\n\n")[0], relative, row.code[0][0]))
    return found


def index(order: list[str], root: Path = ROOT) -> str:
    """The formula index as Markdown for `tutorials/formulas.md`. order: the modules' paths, as the book has them."""
    lines = []
    formulas = account(root)
    for path in order:
        here = [f for f in formulas if f.path == path]
        if here:
            title = re.search(r"^# (.+)", (root / path).read_text("utf-8"), re.MULTILINE)[1]
            lines += [f"## {title}", "", f"[{path}](../{path})", ""]
        for f in here:
            chapters = ", ".join(f"[chapter {int(Path(c).name[:2])}]({Path(c).name})" for c in f.chapters)
            tests = ", ".join(
                f"`{file.removeprefix('tests/')}`" for file in dict.fromkeys(t.split(":")[0] for t in f.tests)
            )
            taught = f"taught in {chapters}" if chapters else "in no chapter yet"
            lines += [
                ":::::{container} formula",
                f"[{f.name}](#src-{f.name}) {f.text}",
                "",
                f"[line {f.line}](#src-{f.name}) · {taught} · checked in {tests}",
                ":::::",
                "",
            ]
    return "\n".join(lines)
