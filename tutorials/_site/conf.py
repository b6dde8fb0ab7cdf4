"""How Sphinx makes the book: `make site`. The tree of the repository is the tree of the site."""

import logging
import shutil
import sys
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
include_patterns = ["tutorials/*.md", "tutorials/[0-9]*.py", "tinynet/**.py", "tinynet/**.md"]
exclude_patterns = ["tinynet/__main__.py"]  # the command line only hands over to the demo
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
nb_custom_formats = {".py": "literate.read"}

# Chapters are run at every build. A cache would not see that tinynet itself has changed.
nb_execution_mode = "force"
nb_execution_show_tb = True  # one that fails is a warning, and warnings fail the build
nb_execution_timeout = 120
nb_merge_streams = True
logging.getLogger("traitlets").setLevel("WARNING")  # says of every chapter that it is run

# Formulas are rendered now, by node. Without it the reader's browser does, with the script that the extension carries.
katex_prerender = shutil.which("node") is not None
katex_css_path = "katex/katex.min.css"
if katex.katex_version != "0.16.22":  # other versions place sub- and superscripts by other style sheets
    raise ValueError(f"sphinxcontrib-katex carries KaTeX {katex.katex_version}: put its CSS and fonts in static/katex")
if not katex_prerender:
    print("node is not installed: formulas are left to the browser, and not checked", file=sys.stderr)
# By a network socket the extension waits until node listens; by a file, its default, it may ask too early and fail.
katex.KaTeXServer.start_server_process = katex.KaTeXServer.start_network_socket
katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0  # seconds; a busy machine needs more than the default 5

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
            katex.render_latex(node.astext(), {"throwOnError": True})
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
