"""How Sphinx makes the book: `make site`. The tree of the repository is the tree of the site."""

import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger
from sphinxcontrib import katex

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # literate.py

project = "tinynet"
html_title = "tinynet"
copyright = "the tinynet authors"
extensions = ["myst_nb", "sphinxcontrib.katex"]

root_doc = "tutorials/index"
include_patterns = ["tutorials/*.md", "tutorials/*.py", "tinynet/**.py", "tinynet/**.md"]
exclude_patterns = ["tinynet/__main__.py"]  # the command line only hands over to the demo
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
nb_custom_formats = {".py": "literate.read"}

# Chapters are run at every build. A cache would not see that tinynet itself has changed.
nb_execution_mode = "force"
nb_execution_show_tb = True  # one that fails is a warning, and warnings fail the build
nb_execution_timeout = 120
nb_merge_streams = True
logging.getLogger("traitlets").setLevel("WARNING")  # says of every chapter that it is run
os.environ["JUPYTER_PATH"] = str(HERE)  # kernels/: Python, without its warning about the network inside this machine

# Formulas are rendered now, by node. Without it the reader's browser does, with the script that the extension carries.
katex_prerender = shutil.which("node") is not None
katex_css_path = "katex/katex.min.css"
if katex.katex_version != "0.16.22":  # other versions place sub- and superscripts by other style sheets
    raise ValueError(f"sphinxcontrib-katex carries KaTeX {katex.katex_version}: put its CSS and fonts in static/katex")
if not katex_prerender:
    print("node is not installed: formulas are left to the browser, and not checked", file=sys.stderr)
katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0  # seconds; a busy machine needs more than the default 5


def start_katex(folder: Path, timeout: float) -> tuple[subprocess.Popen, socket.socket]:
    """
    The extension's start_server_process, patient: that one connects when the socket's file is there, and fails where
    node does not listen yet. Its network socket would wait, but takes 80 ms a formula: TCP holds small messages back.
    """
    path = folder / "katex.sock"
    process = subprocess.Popen(katex.KaTeXServer.build_command(socket=path), cwd=folder)
    connection, end = socket.socket(socket.AF_UNIX), time.monotonic() + timeout
    while connection.connect_ex(str(path)) != 0:
        if time.monotonic() > end:
            process.kill()
            raise katex.KaTeXServer.timeout_error(timeout)
        time.sleep(0.01)
    return process, connection


katex_render = katex.render_latex


@cache
def render(latex: str, display: bool) -> str:
    """HTML of a formula. Both check_formulas and the writer ask for it. Raises KaTeXError."""
    return katex_render(latex, {"displayMode": display, "throwOnError": True})


def render_or_mark(latex: str, options: dict | None = None) -> str:
    """The same for the writer: what KaTeX cannot render, and check_formulas has warned of, it gets in red."""
    try:
        return render(latex, bool(options and options.get("displayMode")))
    except katex.KaTeXError:
        return katex_render(latex, options)


katex.KaTeXServer.start_server_process = start_katex
katex.render_latex = render_or_mark

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["book.css"]
html_copy_source = False


def check_formulas(app: Sphinx, doctree: nodes.document) -> None:
    """A warning, with file and line, for each formula that KaTeX cannot render."""
    if not katex_prerender:
        return
    source = app.env.doc2path(app.env.docname)
    lines = source.read_text("utf-8").splitlines()
    for node in doctree.findall(lambda n: isinstance(n, nodes.math | nodes.math_block)):
        try:
            render(node.astext(), isinstance(node, nodes.math_block))
        except katex.KaTeXError as error:
            start = node.astext().strip().split("\n")[0]
            line = next((n for n, text in enumerate(lines, start=1) if start in text), 1)
            getLogger(__name__).warning("%s in $%s$", error, node.astext(), location=f"{source}:{line}")


def show_path(app: Sphinx, doctree: nodes.document) -> None:
    """The file's path under the title of a module's page."""
    source = app.env.doc2path(app.env.docname, base=False).as_posix()
    title = next(doctree.findall(nodes.title), None)
    if source.endswith(".py") and source.startswith("tinynet/") and title is not None:
        title.parent.insert(1, nodes.paragraph("", "", nodes.literal(text=source), classes=["path"]))


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", check_formulas)
    app.connect("doctree-read", show_path)
