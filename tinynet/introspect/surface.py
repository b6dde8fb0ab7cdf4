r"""
# The loss surface: a walk seen on a map

The loss is a function of all weights at once, $\theta = (W^1, b^1, W^2, \dots)$ in one row of $P$ numbers. Nobody can
see $P$ dimensions; of a plane through them one can draw a map:

$$L(s, t) = L(\theta^* + s\,d_1 + t\,d_2).$$

**With the path of a training**, handed over as a recorder or as a list of `net.get_weights()`, $\theta^*$ is where the
path ends, and the two directions are those in which it went furthest: its *principal components*. They come out of
the singular value decomposition of the steps, each less the mean of all. The path is drawn as its shadow on the plane,
and the axes say which share of the path's variance they show. Most paths are almost flat, and two axes show almost
all. Where they do not, the loss on the map beneath the path is not the one that was on the way.

**Without a path** the directions are random. A random step of a certain length is nothing to large weights and all to
small ones, so each neuron's part of a direction is made as long as the neuron's own weights: *filter normalization*
(Li et al. 2018). At a distance of 1, every neuron has changed by its own size. Here a neuron's bias is one of its
weights; the program of Li et al. treats biases apart.

A map has as many losses as cells, 31 × 31, so of a large data set hand over a part. What is not finite is grey.

Source: Li, Xu, Taylor, Studer, Goldstein, *Visualizing the Loss Landscape of Neural Nets* (2018), for both kinds of
directions.

Read next: [the dashboard](dashboard.py).
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks import whole
from ..losses import Loss, chosen_loss
from ..model import Sequential
from .drawing import LINES, half_or_all, legend_below

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# So many losses each way; odd, so that one is at θ*.
GRID = 31
# Of a longer path, so many points are drawn.
POINTS = 200
# Where the largest loss is so many times the smallest, colours go by its logarithm.
SPREAD = 30
# Weights beyond this count as not finite, for their squares almost are not.
LARGEST = 1e100


def plot_loss_surface(
    net: Sequential,
    x: ArrayLike,
    y: ArrayLike,
    weights_along_the_path: Any = None,
    *,
    loss: str | Loss | None = None,
    seed: int = 0,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw the loss of (x, y) over a plane through the weights, and on it the path of a training, if it is given.

    x: (N, *input_shape). y: (N, n_L). weights_along_the_path: a `Recorder`, or anything else that has `len` and
    `.weights(k)`; or a list with what `get_weights()` gave at each step. loss: a name or function, by default the
    compiled one. seed: for random directions. The weights of `net` stay as they are. Returns the Axes. Raises
    ValueError for fewer than two weights, weights that do not fit, none that are finite or that are not 0, and for
    data that do not fit.
    """
    import matplotlib.pyplot as plt

    loss_function = chosen_loss(loss, net.loss, "plot_loss_surface")
    x, y = net.check_data(x, y)
    twin = deepcopy(net)  # so that whatever happens, the weights of net stay as they are
    twin.compile("sgd", loss_function)
    path, left_out = rows_of(net, weights_along_the_path)
    theta = path[-1]
    rng = np.random.default_rng(whole("seed", seed, least=0))
    components, shares = principal_components(path)
    directions, names = choose_directions(net, theta, components, shares, rng)
    shadow = np.zeros((len(path), 2))  # a path that is straight, or stands still, does not move along random directions
    # [eq:path-shadow] $s_k = (\theta_k - \theta^*) \cdot d_1$, $t_k = (\theta_k - \theta^*) \cdot d_2$
    shadow[:, : len(components)] = (path - theta) @ components.T
    s, t = (ticks(shadow[:, i]) for i in (0, 1))
    L = surface(twin, x, y, theta, directions, s, t)
    if ax is None:
        ax = plt.subplots(figsize=(7, 5.4), layout="constrained")[1]
    draw_surface(ax, s, t, L)
    handles = draw_path(ax, shadow, left_out)
    ax.set(xlabel=f"$s$ along {names[0]}", ylabel=f"$t$ along {names[1]}")
    ax.set_title(r"loss $L(\theta^* + s\,d_1 + t\,d_2)$")
    legend_below(ax, handles, 4.5)
    return ax


# ## The weights as rows of numbers


def rows_of(net: Sequential, path: Any) -> tuple[np.ndarray, int]:
    """The weights along the path, (K, P), at most POINTS steps; and how many were left out as not finite.

    Without a path, those of the network, (1, P).
    """
    if not net.parameters():
        raise ValueError("a plane needs two weights; this network has none")
    if path is None:
        steps = [net.get_weights()]
    else:
        if len(path) == 0:
            raise ValueError("the path is empty; record a training, or leave the path out")
        at = np.unique(np.linspace(0, len(path) - 1, POINTS).round().astype(int)).tolist()
        steps = [path.weights(k) if hasattr(path, "weights") else path[k] for k in at]
    shapes = [p.shape for p in net.parameters()]
    for arrays in steps:
        if [np.shape(array) for array in arrays] != shapes:
            given = ", ".join(str(np.shape(array)) for array in arrays)
            raise ValueError(f"the weights along the path have the shapes {given}; those of the network {shapes}")
    rows = np.array([np.concatenate([np.ravel(array) for array in arrays]) for arrays in steps], float)
    finite = (np.abs(rows) <= LARGEST).all(axis=1)  # which NaN is not
    if not finite.any():
        raise ValueError("no weights are finite: the training has diverged; hand over weights from before that")
    if rows.shape[1] < 2:
        raise ValueError(f"a plane needs two weights; this network has {rows.shape[1]}")
    return rows[finite], int((~finite).sum())


def as_arrays(net: Sequential, row: np.ndarray) -> list[np.ndarray]:
    """A row of P numbers as W^1, b^1, ..."""
    shapes = [p.shape for p in net.parameters()]
    ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(row, ends[:-1]), shapes)]


# ## Two directions


def choose_directions(
    net: Sequential, theta: np.ndarray, components: np.ndarray, shares: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, list[str]]:
    """d_1 and d_2, (2, P), and what they are called: those of the path, and random ones for what it lacks."""
    directions = list(components)
    names = [f"principal component {i} ({share:.1%} of the variance)" for i, share in enumerate(shares, start=1)]
    while len(directions) < 2:
        d = filter_normalized(net, theta, rng)
        # at right angles to the path
        directions.append(d - (d @ components.T) @ components)
        names.append("a random direction")
    return np.array(directions), names


def principal_components(path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The directions, (2, P), in which the path (K, P) went furthest, of length 1, and their shares of its variance.

    Fewer where the path has fewer: one, (1, P), if it is straight, and none, (0, P), if it stands still.
    """
    # [eq:path-components] $\theta_k - \bar\theta = \sum_i u_{ki}\, \sigma_i\, d_i$, a singular value decomposition
    _, sigma, d = np.linalg.svd(path - path.mean(axis=0), full_matrices=False)
    there = sigma[:2] > 1e-10 * max(sigma[0], np.abs(path).max())
    sigma = sigma / (sigma[0] or 1.0)
    # [eq:path-share] the share of direction $i$ in the variance is $\sigma_i^2 / \sum_k \sigma_k^2$
    shares = (sigma**2 / max(1.0, (sigma**2).sum()))[:2][there]
    directions = d[:2][there]
    # of the two signs that each could have, the one in which the path began below 0 and came up
    backwards = (path[0] - path[-1]) @ directions.T > 0
    directions[backwards] *= -1
    return directions, shares


def filter_normalized(net: Sequential, theta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random direction, (P,), whose part for each neuron is as long as the neuron's weights with its bias."""
    direction = rng.normal(size=theta.shape)
    start = 0
    for layer in net.layers:
        n = (layer.output_shape or (1,))[-1]
        size = sum(p.size for p in layer.parameters())
        part = slice(start, start + size)
        start += size
        if size == 0:
            continue
        if size % n:
            n = 1  # a layer of one's own, whose weights do not belong to neurons: all of them are one filter
        # W and b are each whole rows of n, so every column is a neuron: its weights, and last its bias
        w, d = theta[part].reshape(-1, n), direction[part].reshape(-1, n)
        # [eq:filter-normalization] $d_j \leftarrow d_j\, \|w_j\| / \|d_j\|$ for the weights $w_j$ of each neuron
        direction[part] = (d * (np.linalg.norm(w, axis=0) / np.linalg.norm(d, axis=0))).ravel()
    if not direction.any():
        raise ValueError("all weights are 0, so a direction as long as they are is 0 too; train the network first")
    return direction


def ticks(shadow: np.ndarray) -> np.ndarray:
    """Where losses are computed: from before the path to behind it; from −1 to 1 where it does not move."""
    low, high = float(shadow.min()), float(shadow.max())
    margin = 0.3 * (high - low) if high > low else 1.0
    return np.linspace(low - margin, high + margin, GRID)


# ## The map


def surface(
    net: Sequential,
    x: np.ndarray,
    y: np.ndarray,
    theta: np.ndarray,
    directions: np.ndarray,
    s: np.ndarray,
    t: np.ndarray,
) -> np.ndarray:
    """The losses L(s, t), (len(t), len(s)); it leaves the network with other weights."""
    L = np.empty((len(t), len(s)))
    for row, column in np.ndindex(L.shape):
        # [eq:loss-surface] $L(s, t) = L(\theta^* + s\,d_1 + t\,d_2)$
        net.set_weights(as_arrays(net, theta + s[column] * directions[0] + t[row] * directions[1]))
        L[row, column] = net.evaluate(x, y)["loss"]
    return L


def draw_surface(ax: "Axes", s: np.ndarray, t: np.ndarray, L: np.ndarray) -> None:
    """Colour the plane by L, (len(t), len(s)), with a line for each of some heights."""
    from matplotlib.colors import LogNorm, Normalize
    from matplotlib.ticker import LogLocator, MaxNLocator

    finite = np.ma.masked_invalid(L)
    if finite.count() == 0:
        raise ValueError("no loss on the plane is finite; are the data and the weights too large?")
    low, high = float(finite.min()), float(finite.max())
    logarithmic = low > 0 and high / low > SPREAD
    norm = LogNorm(low, high) if logarithmic else Normalize(min(0.0, low), high if high > low or high > 0 else low + 1)
    image = ax.pcolormesh(s, t, finite, cmap=half_or_all(False), norm=norm, shading="nearest", rasterized=True)
    ax.set_facecolor("0.8")
    lost = int(np.ma.getmaskarray(finite).sum())
    ax.figure.colorbar(image, ax=ax, label=f"loss $L$   (grey: {lost} not finite)" if lost else "loss $L$")
    locator = LogLocator(subs=(1, 2, 5)) if logarithmic else MaxNLocator(10)
    heights = np.asarray(locator.tick_values(low, high))
    heights = heights[(heights > low) & (heights < high)]
    if len(heights):
        lines = ax.contour(s, t, finite, levels=heights, colors="black", linewidths=0.6)
        ax.clabel(lines, fontsize=8, fmt=lambda height: f"{height:g}")


def draw_path(ax: "Axes", shadow: np.ndarray, left_out: int) -> Sequence:
    """The path (K, 2), its beginning and its end; returns the entries of the legend."""
    colour = LINES[0][0]
    found = []
    if len(shadow) > 1:
        every = max(1, len(shadow) // 30)
        label = "path" + (f" ({left_out} steps not finite)" if left_out else "")
        found += ax.plot(*shadow.T, "-o", color=colour, markersize=3, markevery=every, linewidth=1.5, label=label)
        found += ax.plot(*shadow[0], "s", color="white", markeredgecolor="black", markersize=8, label="its beginning")
    name = r"$\theta^*$, its end" if len(shadow) > 1 else r"$\theta^*$, the weights as they are"
    found += ax.plot(*shadow[-1], "*", color="white", markeredgecolor="black", markersize=13, label=name)
    return found
