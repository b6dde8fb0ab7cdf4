r"""
# What stands in an event file

[TensorBoard](tensorboard.py) is a program that shows what it finds in event files. An event is a step, a time,
and either the graph of a network or a *summary*: values by name, each with the plugin that is to show it.

| value | as |
|---|---|
| scalar | one float32 |
| histogram | 30 buckets of equal width: left edge, right edge, how many numbers lie between |
| image | width, height, and a PNG |
| graph | nodes: name, operation, the names of those that lead to it, and the shape of what it makes |

All of them are *protocol buffers*, tables whose fields are named and numbered, so that programs in any language read
them. The package `tensorboard` defines them, and is imported only when they are written.

Read next: [TensorBoard](tensorboard.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from math import isqrt
from struct import unpack
from typing import Any

import numpy as np

from ..checks import name_of
from ..functions import ACTIVATIONS
from ..layers import Activation, Dense, Layer
from ..losses import LOSSES, Loss
from ..model import Sequential
from ..tensor import Tensor
from .drawing import PAGE
from .plots import plot_weights

# What is larger is not finite any more to a histogram, and what is smaller is 0: the widths of its buckets would be.
LARGEST, SMALLEST = 1e300, 1e-300
# Square inputs of this width and height, and up, are taken for images.
SIDE = 8


def scalars(numbers: Mapping[str, Tensor | float]) -> Any:
    """A summary of single numbers by name, as float32."""
    from tensorboard.plugins.scalar.summary import scalar_pb

    with np.errstate(over="ignore"):  # beyond float32 it is infinite
        return _together(
            scalar_pb(name, number.item() if isinstance(number, Tensor) else float(number))
            for name, number in numbers.items()
        )


def histograms(arrays: Mapping[str, np.ndarray]) -> Any:
    """A summary of arrays by name, of any shape; what is not finite is left out, and so is an array of it alone."""
    from tensorboard.plugins.histogram.summary import histogram_pb

    found = []
    for name, array in arrays.items():
        values = array.astype(np.float64).ravel()
        values = values[np.abs(values) < LARGEST]
        values[np.abs(values) < SMALLEST] = 0
        if values.size:
            found.append(histogram_pb(name, values, description=f"shape {array.shape}"))
    return _together(found)


def _together(summaries: Iterable[Any]) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Summary(value=[value for summary in summaries for value in summary.value])


# ## Images


def find_images(net: Sequential, image_shape: tuple[int, int] | None) -> tuple[int, tuple[int, int]] | None:
    """The number of the first layer with weights, and the (height, width) of its inputs; None if they are no images."""
    parameters = [(l, getattr(layer, "W", None)) for l, layer in enumerate(net.layers, start=1)]
    l, W = next(((l, W) for l, W in parameters if W is not None), (0, None))
    if W is None:
        return None
    if image_shape is not None:
        return l, image_shape
    match net.layers[0].input_shape:
        case (height, width) if height * width == W.shape[0]:  # before a Flatten
            return l, (height, width)
    side = isqrt(W.shape[0])
    return (l, (side, side)) if side >= SIDE and side**2 == W.shape[0] else None


def image(net: Sequential, l: int, image_shape: tuple[int, int]) -> Any:
    """A summary of the weights of layer l, an image for each neuron. Raises ValueError where the shape does not fit."""
    from matplotlib.figure import Figure
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.image.metadata import create_summary_metadata
    from tensorboard.util.tensor_util import make_tensor_proto

    figure = Figure(figsize=(8, 7), layout="compressed")  # no window, whatever pyplot would open
    ax = plot_weights(net, l, image_shape=image_shape, ax=figure.add_subplot())
    cells = max(ax.images[0].get_size())
    file = BytesIO()
    figure.savefig(file, format="png", dpi=100 if cells <= PAGE else 200)
    png = file.getvalue()
    width, height = unpack(">II", png[16:24])
    content = make_tensor_proto([b"%d" % width, b"%d" % height, png])
    metadata = create_summary_metadata(display_name=None, description=None)
    return Summary(
        value=[Summary.Value(tag=f"{net.layers[l - 1].name}/W as images", metadata=metadata, tensor=content)]
    )


# ## The graph


def graph(net: Sequential, loss: Loss | None) -> Any:
    """The network as a GraphDef: x, then each layer, then the loss with its y, if it is known.

    A layer of the formulas is a group, which TensorBoard opens to show W, b, z and a.
    """
    from tensorboard.compat.proto.graph_pb2 import GraphDef

    taken = {layer.name for layer in net.layers}
    x, y, L = (name + "_" * (name in taken) for name in ("x", "y", "loss"))
    nodes, last = [_node(x, "input", (), (-1, *(net.layers[0].input_shape or ())))], x
    for layer in net.layers:
        nodes += _layer(layer, last)
        last = nodes[-1].name
    if loss is not None:
        shape = (-1, *(net.layers[-1].output_shape or ()))
        nodes += [_node(y, "target", (), shape), _node(L, _name(loss, LOSSES), (last, y), ())]
    return GraphDef(node=nodes)


def _layer(layer: Layer, last: str) -> list[Any]:
    """The nodes of a layer that receives the output of the node `last`; its own output is that of the last one."""
    name, shape = layer.name, (-1, *(layer.output_shape or ()))
    if isinstance(layer, Activation):
        return [_node(name, _name(layer.f, ACTIVATIONS), (last,), shape)]
    if not isinstance(layer, Dense) or type(layer).forward is not Dense.forward:
        return [_node(name, type(layer).__name__, (last,), shape)]
    parameters = {"W": layer.W, "b": layer.b}
    nodes = [_node(f"{name}/{letter}", "parameter", (), p.shape) for letter, p in parameters.items() if p is not None]
    product, z = "matmul" if layer.b is None else "affine", f"{name}/z"
    nodes.append(_node(z, product, (last, *(node.name for node in nodes)), shape))
    return [*nodes, _node(f"{name}/a", _name(layer.f, ACTIVATIONS), (z,), shape)]


def _node(name: str, operation: str, inputs: Sequence[str], shape: Sequence[int]) -> Any:
    """A NodeDef with the shape of its result, where -1 stands for N."""
    from tensorboard.compat.proto.attr_value_pb2 import AttrValue
    from tensorboard.compat.proto.node_def_pb2 import NodeDef
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

    result = TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in shape])
    shapes = AttrValue(list=AttrValue.ListValue(shape=[result]))
    return NodeDef(name=name, op=operation, input=inputs, attr={"_output_shapes": shapes})


def _name(function: Any, known: Mapping[str, Any]) -> str:
    return name_of(function, known) or str(getattr(function, "__name__", type(function).__name__))
