r"""
# Introspection: look inside

[The trace](trace.py) exposes every $z$, $a$ and $\delta$ of a network; [the worksheet](worksheet.py) writes out every
formula with these numbers put in, and [the ledger](ledger.py) puts them in tables; [three ways](three_ways.py)
computes them as a graph of single numbers, by the formulas and by the kernels, and compares. [drawing](drawing.py) is
what all pictures share; [plots](plots.py) draw the numbers, and [graph](graph.py) how they were made. No module
before this one knows that it exists.

More pictures: [the architecture](architecture.py), [the inputs](inputs.py), [the predictions](predictions.py),
[the regions](regions.py) that they cut a plane into, and [the loss surface](surface.py) with the path of a training.
"""

from .architecture import plot_architecture
from .drawing import COLOURS
from .graph import plot_graph, to_dot
from .inputs import plot_inputs
from .plots import plot_activations, plot_delta, plot_history, plot_step_size, plot_weights
from .predictions import plot_confusion, plot_most_wrong, plot_predictions
from .regions import plot_decision_regions
from .surface import plot_loss_surface
from .three_ways import ThreeWays, three_ways
from .trace import LayerTrace, Trace, trace

__all__ = [
    "COLOURS",
    "LayerTrace",
    "ThreeWays",
    "Trace",
    "plot_activations",
    "plot_architecture",
    "plot_confusion",
    "plot_decision_regions",
    "plot_delta",
    "plot_graph",
    "plot_history",
    "plot_inputs",
    "plot_loss_surface",
    "plot_most_wrong",
    "plot_predictions",
    "plot_step_size",
    "plot_weights",
    "three_ways",
    "to_dot",
    "trace",
]
