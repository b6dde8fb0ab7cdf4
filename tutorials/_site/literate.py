"""
Reads the book's Python files for Sphinx: chapters are run, modules of tinynet are shown.

A *chapter* consists of percent cells (`# %%`), and jupytext makes a notebook of it. Every other file is a *module*
and becomes a page of two columns: the prose, in Markdown, stands left of the code it explains. Prose is

- the module's docstring and, among the comments, sections (`# ## Title`) and paragraphs with an empty line after
  them: these go over the full width;
- the docstring of a class or function, moved up beside the first line of its definition;
- every other comment that has its lines to itself, beside the code below it.

A comment line that begins with `[eq:NAME]` begins a formula, which may go on in the lines after it. Its row becomes
the link target `#src-NAME`.
"""

import ast
import io
import re
import tokenize
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

FORMULA = re.compile(r"^\[eq:([\w-]+)\]\s*", re.MULTILINE)
DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def read(text: str) -> Any:
    """The notebook that MyST-NB shows for a file with this text."""
    import jupytext
    from nbformat import v4

    if re.search(r"^# %%", text, re.MULTILINE):
        return jupytext.reads(text, fmt="py:percent")
    # Two columns need the room that the theme would give to the page's own table of contents.
    metadata = {"hide-toc": True, "mystnb": {"execution_mode": "off"}}
    return v4.new_notebook(cells=[v4.new_markdown_cell(page(text))], metadata=metadata)


# ## From a file to rows


@dataclass
class Row:
    """Prose, as Markdown, and the code beside it, as pairs of a line number and the line.

    wide: prose alone, over the full width. more: the code goes on from the row before.
    """

    prose: str = ""
    code: list[tuple[int, str]] = field(default_factory=list)
    wide: bool = False
    more: bool = False


def rows(text: str) -> list[Row]:
    """The rows of a module, from top to bottom. Raises ValueError for a formula that has no code below it."""
    tree, lines = ast.parse(text), text.split("\n")
    docs, comments = docstrings(tree, lines), comment_blocks(text)
    hidden = {n for first, last, _ in [*docs.values(), *comments.values()] for n in range(first, last + 1)}
    # A new row begins with every documented definition, and before and after every definition of the module itself.
    starts = set(docs)
    for before, after in pairwise(tree.body):
        if isinstance(before, DEFINITION) or isinstance(after, DEFINITION):
            starts.add(first_line(after))
    starts |= {first for first, last, _ in comments.values() if last + 1 in starts}
    result = [Row()]

    def add_prose(markdown: str, wide: bool, more: bool) -> None:
        if wide or result[-1].wide or result[-1].code:
            result.append(Row(wide=wide, more=more and not (wide or result[-1].wide)))
        result[-1].prose += f"\n\n{markdown}" if result[-1].prose else markdown

    for number, line in enumerate(lines, start=1):
        if number in starts and result[-1].code:
            result.append(Row())
        if number in docs:
            first, _, markdown = docs[number]
            add_prose(markdown, wide=number == first, more=False)
        if number in comments:
            _, last, markdown = comments[number]
            wide = markdown.startswith("#") or not "".join(lines[last : last + 1]).strip()
            if wide and FORMULA.search(markdown):
                raise ValueError(f"line {number}: a formula stands directly above the line that computes it")
            add_prose(markdown, wide, more=number not in starts)
        if number not in hidden and (line.strip() or result[-1].code):
            if result[-1].wide:
                result.append(Row())
            result[-1].code.append((number, line))
    for row in result:
        while row.code and not row.code[-1][1].strip():
            row.code.pop()
    return [row for row in result if row.prose or row.code]


def docstrings(tree: ast.Module, lines: list[str]) -> dict[int, tuple[int, int, str]]:
    """For each docstring, keyed by the line where its definition begins: its first line, its last, its text."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, *DEFINITION)) and (doc := ast.get_docstring(node)) is not None:
            string = node.body[0]
            # What shares a line with other code, `def f(): "..."`, is left there.
            if not lines[string.lineno - 1][: string.col_offset].strip():
                begin = string.lineno if isinstance(node, ast.Module) else first_line(node)
                found[begin] = string.lineno, string.end_lineno or 0, doc
    return found


def comment_blocks(text: str) -> dict[int, tuple[int, int, str]]:
    """For each block of comments with lines to themselves, keyed by its first line: that, its last, its text."""
    blocks: list[tuple[int, int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip():
            number, markdown = token.start[0], token.string.removeprefix("#").removeprefix(" ")
            if blocks and number == blocks[-1][1] + 1:
                first, _, above = blocks.pop()
                blocks.append((first, number, f"{above}\n{markdown}"))
            else:
                blocks.append((number, number, markdown))
    return {block[0]: block for block in blocks}


def first_line(node: ast.stmt) -> int:
    return min(part.lineno for part in [node, *getattr(node, "decorator_list", [])])


# ## From rows to Markdown, in the dialect of MyST


def page(text: str) -> str:
    return "\n".join(row.prose + "\n" if row.wide else two_columns(row) for row in rows(text))


def two_columns(row: Row) -> str:
    targets = "".join(f"(src-{name})=\n" for name in FORMULA.findall(row.prose))
    columns = []
    if row.prose:
        # Each formula is a paragraph that begins with its name, which links to itself.
        columns.append(container("prose", FORMULA.sub(r"\n[\1](#src-\1) ", row.prose)))
    if row.code:
        columns.append(container("code", "\n".join(code_block(*run) for run in runs(row.code))))
    return targets + container("row more" if row.more else "row", "".join(columns), colons=6)


def container(classes: str, content: str, colons: int = 5) -> str:
    return f"{':' * colons}{{container}} {classes}\n{content.rstrip()}\n{':' * colons}\n"


def runs(code: list[tuple[int, str]]) -> list[tuple[int, list[str]]]:
    """Code in pieces without a gap, each with its first line's number: a gap is where a docstring was."""
    pieces: list[tuple[int, list[str]]] = []
    for number, line in code:
        if pieces and number == pieces[-1][0] + len(pieces[-1][1]):
            pieces[-1][1].append(line)
        elif line.strip():
            pieces.append((number, [line]))
    return pieces


def code_block(number: int, lines: list[str]) -> str:
    return "\n".join(["````````{code-block} python", f":lineno-start: {number}", "", *lines, "````````"])
