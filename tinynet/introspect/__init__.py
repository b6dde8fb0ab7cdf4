r"""
# Introspection: look inside

No module before this one knows that it exists. It reads what a pass through the network leaves behind.

**Numbers.** [The trace](trace.py) exposes every $z$, $a$ and $\delta$ of a network; [the worksheet](worksheet.py)
writes out every formula with these numbers put in, and [the ledger](ledger.py) puts them in tables; [three
ways](three_ways.py) computes them as a graph of single numbers, by the formulas and by the kernels, and compares;
[units](units.py) finds the neurons that are dead or saturated.

**Pictures.** [drawing](drawing.py) is what all of them share. [plots](plots.py) draw the numbers,
[distributions](distributions.py) how they are spread, [curves](curves.py) where on its activation a layer works, and
[graph](graph.py) how they were made; then come [the architecture](architecture.py), [the inputs](inputs.py),
[the predictions](predictions.py), [the regions](regions.py) that they cut a plane into, and
[the loss surface](surface.py) with the path of a training; [the dashboard](dashboard.py) puts the main ones on one
figure.

**Time.** [The recorder](recorder.py) keeps a whole training, [the film](film.py) draws it over time, and [the
page](page.py) is a file in which to explore it; [TensorBoard](tensorboard.py) shows a training while it runs.
"""

from .architecture import plot_architecture
from .curves import plot_activation_functions
from .dashboard import dashboard
from .distributions import plot_histogram
from .drawing import COLOURS
from .film import animate, plot_gradient_flow, plot_life, plot_over_time
from .graph import plot_graph, to_dot
from .inputs import plot_inputs
from .plots import plot_activations, plot_delta, plot_gradients, plot_history, plot_step_size, plot_weights
from .predictions import plot_confusion, plot_most_wrong, plot_predictions
from .recorder import Divergence, Recorder
from .regions import plot_decision_regions
from .surface import plot_loss_surface
from .tensorboard import TensorBoard
from .three_ways import ThreeWays, three_ways
from .trace import LayerTrace, Trace, trace
from .units import UnitStates, unit_states

__all__ = [
    "COLOURS",
    "Divergence",
    "LayerTrace",
    "Recorder",
    "TensorBoard",
    "ThreeWays",
    "Trace",
    "UnitStates",
    "animate",
    "dashboard",
    "plot_activation_functions",
    "plot_activations",
    "plot_architecture",
    "plot_confusion",
    "plot_decision_regions",
    "plot_delta",
    "plot_gradient_flow",
    "plot_gradients",
    "plot_graph",
    "plot_histogram",
    "plot_history",
    "plot_inputs",
    "plot_life",
    "plot_loss_surface",
    "plot_most_wrong",
    "plot_over_time",
    "plot_predictions",
    "plot_step_size",
    "plot_weights",
    "three_ways",
    "to_dot",
    "trace",
    "unit_states",
]
