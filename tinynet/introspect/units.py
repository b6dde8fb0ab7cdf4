r"""
# Dead and saturated units

A neuron learns through its $f'(z)$: $\delta_j = \partial L/\partial a_j \cdot f'(z_j)$, for all activations but
softmax. Where $f'$ is 0, nothing comes through. For one example that is as it should be; for *all* examples the neuron
has stopped learning. A batch $z_{nj}$, $n = 1 \dots N$, shows two ways to get there:

**Dead.** Neuron $j$ is silent, and passes nothing back, for every example:

$$a_{nj} = 0 \text{ and } f'(z_{nj}) = 0 \quad \text{for all } n$$

With relu this means $z_{nj} \le 0$ for all $n$. A step that was too large throws a neuron there, and its $\delta$ is
0, so no gradient leads back: its weights and its bias stay as they are. Only other inputs wake it: in the first layer
other examples, in a later one what the layers before it learn.

**Saturated.** It works where $f$ is almost flat, for every example:

$$|f'(z_{nj})| < 0.05 \cdot \max_z |f'(z)| \quad \text{for all } n$$

It still learns, at less than a twentieth of its speed. Sigmoid, tanh and softmax are flat at both ends, elu and
softplus at the left. The steepest slopes are $\sigma'(0) = \frac{1}{4}$ and $1$ for the others but softmax, where
$\partial a_j/\partial z_j = a_j\,(1-a_j)$ stands for $f'$, at most $\frac{1}{4}$. So the sigmoid counts as flat from
$|z| = 4.36$ on, and tanh from $|z| = 2.18$.

What is dead does not count as saturated too: relu, gelu far on the left, and a sigmoid, softplus or softmax so far
on the left that $a$ is rounded to 0. A leaky relu can be neither.

A batch is a sample. A neuron that is silent for four examples may speak for the fifth: ask with many.

Sources: saturation, Glorot and Bengio 2010; dead relus, Maas et al. 2013.

Read next: [how a picture is drawn](drawing.py).
"""

from typing import NamedTuple

import numpy as np

from .trace import LayerTrace, Trace

# Below this share of its steepest slope, f is almost flat.
SHARE = 0.05
# The steepest slope of every activation that flattens out
STEEPEST = {"sigmoid": 0.25, "tanh": 1.0, "softmax": 0.25, "elu": 1.0, "softplus": 1.0}
# These pass on what comes in, or silence it by chance; the slope of log-softmax, 1 − a softmax, has no 0 to die at.
NO_STATES = ("identity", "dropout", "log_softmax")


class UnitStates(NamedTuple):
    """Which neurons of a layer are `dead`, and which `saturated`: arrays of bool, (n_l,). `l` is the layer's number."""

    l: int
    name: str
    f: str
    dead: np.ndarray
    saturated: np.ndarray

    def __str__(self) -> str:
        """The counts, "2 of 8 neurons dead, 0 saturated"; only of activations that flatten out, the second one."""
        text = f"{self.dead.sum()} of {self.dead.size} neurons dead"
        return f"{text}, {self.saturated.sum()} saturated" if self.f in STEEPEST else text


def unit_states(trace: Trace) -> list[UnitStates | None]:
    """The dead and the saturated neurons of every layer, over the examples of the trace: `unit_states(trace)[l]`.

    None stands where no neuron can be either: for the input, and for layers that are an identity, a dropout or a
    log-softmax. A neuron whose z is NaN is neither.
    """
    return [None if layer.f is None or layer.f in NO_STATES else _states(layer) for layer in trace]


def _states(layer: LayerTrace) -> UnitStates:
    # of softmax the slope for a neuron's own z, without the matrix of all pairs
    slope = layer.a * (1 - layer.a) if layer.f == "softmax" else layer.f_prime
    assert slope is not None
    # [eq:dead-unit] $a_{nj} = 0$ and $f'(z_{nj}) = 0$ for all $n$
    dead = ((layer.a == 0) & (slope == 0)).all(axis=0)
    # none of these falls anywhere: f' is |f'|
    # [eq:saturated-unit] $|f'(z_{nj})| < 0.05 \max_z |f'(z)|$ for all $n$
    saturated = (slope < SHARE * STEEPEST.get(layer.f, 0.0)).all(axis=0)
    return UnitStates(layer.l, layer.name, layer.f, dead, saturated & ~dead)
