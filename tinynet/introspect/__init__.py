r"""
# Introspection: look inside

[The trace](trace.py) exposes every $z$, $a$ and $\delta$ of a network; [the worksheet](worksheet.py) writes out every
formula with these numbers put in, [the ledger](ledger.py) puts them in tables, [plots](plots.py) draw them. No module
before this one knows that it exists.
"""

from .plots import COLOURS, plot_activations, plot_delta, plot_history, plot_weights
from .trace import LayerTrace, Trace, trace

__all__ = ["COLOURS", "LayerTrace", "Trace", "plot_activations", "plot_delta", "plot_history", "plot_weights", "trace"]
