r"""
# Introspection: look inside

[The trace](trace.py) exposes every $z$, $a$ and $\delta$ of a network; [the worksheet](worksheet.py) writes out every
formula with these numbers put in, and [the ledger](ledger.py) puts them in tables; [three ways](three_ways.py)
computes them as a graph of single numbers, by the formulas and by the kernels, and compares. [drawing](drawing.py) is
what all pictures share; [plots](plots.py) draw the numbers, and [graph](graph.py) how they were made.
[The recorder](recorder.py) keeps a whole training, [the film](film.py) draws it over time, and [the page](page.py) is
a file in which to explore it. No module before this one knows that it exists.
"""

from .drawing import COLOURS
from .film import animate, plot_gradient_flow, plot_life, plot_over_time
from .graph import plot_graph, to_dot
from .plots import plot_activations, plot_delta, plot_history, plot_step_size, plot_weights
from .recorder import Divergence, Recorder
from .three_ways import ThreeWays, three_ways
from .trace import LayerTrace, Trace, trace

__all__ = [
    "COLOURS",
    "Divergence",
    "LayerTrace",
    "Recorder",
    "ThreeWays",
    "Trace",
    "animate",
    "plot_activations",
    "plot_delta",
    "plot_gradient_flow",
    "plot_graph",
    "plot_history",
    "plot_life",
    "plot_over_time",
    "plot_step_size",
    "plot_weights",
    "three_ways",
    "to_dot",
    "trace",
]
