r"""
# Introspection: look inside

[The trace](trace.py) exposes every $z$, $a$ and $\delta$ of a network; [the worksheet](worksheet.py) writes out every
formula with these numbers put in, and [the ledger](ledger.py) puts them in tables; [three ways](three_ways.py)
<<<<<<< HEAD
computes them as a graph of single numbers, by the formulas and by the kernels, and compares. [drawing](drawing.py) is
what all pictures share; [plots](plots.py) draw the numbers, and [graph](graph.py) how they were made.
[The recorder](recorder.py) keeps a whole training, and [the film](film.py) draws it over time. No module
before this one knows that it exists.
=======
computes them as a graph of single numbers, by the formulas and by the kernels, and compares; [units](units.py) finds
the neurons that are dead or saturated. [drawing](drawing.py) is what all pictures share; [plots](plots.py) draw the
numbers, [distributions](distributions.py) how they are spread, [curves](curves.py) where on its activation a layer
works, and [graph](graph.py) how they were made. No module before this one knows that it exists.
>>>>>>> numbers
"""

from .curves import plot_activation_functions
from .distributions import plot_histogram
from .drawing import COLOURS
from .film import animate, plot_gradient_flow, plot_life, plot_over_time
from .graph import plot_graph, to_dot
<<<<<<< HEAD
from .plots import plot_activations, plot_delta, plot_history, plot_step_size, plot_weights
from .recorder import Divergence, Recorder
=======
from .plots import plot_activations, plot_delta, plot_gradients, plot_history, plot_step_size, plot_weights
>>>>>>> numbers
from .three_ways import ThreeWays, three_ways
from .trace import LayerTrace, Trace, trace
from .units import UnitStates, unit_states

__all__ = [
    "COLOURS",
    "Divergence",
    "LayerTrace",
    "Recorder",
    "ThreeWays",
    "Trace",
<<<<<<< HEAD
    "animate",
    "plot_activations",
    "plot_delta",
    "plot_gradient_flow",
=======
    "UnitStates",
    "plot_activation_functions",
    "plot_activations",
    "plot_delta",
    "plot_gradients",
>>>>>>> numbers
    "plot_graph",
    "plot_histogram",
    "plot_history",
    "plot_life",
    "plot_over_time",
    "plot_step_size",
    "plot_weights",
    "three_ways",
    "to_dot",
    "trace",
    "unit_states",
]
