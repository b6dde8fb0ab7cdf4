r"""
# tinynet: a textbook that runs

Neural networks from scratch. Every formula is code, every number can be seen: each $z$, $a$ and $\delta$ of
any network can be printed, plotted and recomputed by hand.

The package is read in this order, each file using only those before it: [kernels](kernels/__init__.py),
[tensor](tensor.py), [checks](checks.py), [functions](functions.py), [initializers](initializers.py),
[layers](layers.py), [losses](losses.py), [optimizers](optimizers.py), [schedules](schedules.py),
[metrics](metrics.py), [data](data/__init__.py), [model](model.py), [saving](saving.py), [places](places.py),
[gradcheck](gradcheck.py), [complex_step](complex_step.py), [introspect](introspect/__init__.py),
[explain](explain/__init__.py); last, [the demo](demo.py) uses it all.
"""

from . import data, explain, initializers, introspect, kernels, metrics
from .complex_step import complex_gradient, complex_step
from .functions import (
    abs,
    dropout,
    elu,
    exp,
    gelu,
    identity,
    leaky_relu,
    log,
    log_softmax,
    matmul,
    max,
    mean,
    relu,
    sigmoid,
    softmax,
    softplus,
    sqrt,
    sum,
    tanh,
)
from .gradcheck import gradcheck, numerical_gradient, recommended_h
from .kernels.threads import get_num_threads, set_num_threads
from .layers import Activation, Dense, Dropout, Flatten, Layer
from .losses import (
    binary_crossentropy,
    categorical_crossentropy,
    half_squared_error,
    hinge,
    mean_squared_error,
)
from .model import Callback, History, Sequential
from .optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from .saving import load_model
from .schedules import CosineDecay, ExponentialDecay, StepDecay
from .tensor import Tensor, no_grad

__version__ = "0.1.0"

# `from tinynet import *` leaves Python's own abs, max and sum alone.
__all__ = [name for name in dir() if not name.startswith("_") and name not in ("abs", "max", "sum")]
