r"""
# LIME for an image

An image is changed by switching [segments](segments.py) of it off: their pixels take the mean colour of the segment. A
neighbour is a *mask*, $m_i = 1$ where segment $i$ is on; each is on or off by the toss of a coin, and neighbour 0 is
the image itself, all on. [The plane](ridge.py) is laid over the masks, so $\varphi$ of a segment says how much
higher $f$ is while one sees it than while it is a patch of one colour.

A segment of one colour looks the same on and off, and so does a single pixel: its $\varphi$ is 0, but for chance. That
it matters that there is nothing, as the empty middle of a 0 does, LIME does not see.

The distance is that of directions. Between a mask with $k$ of $S$ segments on and the mask with all of them the cosine
is $k/(\sqrt k \sqrt S)$, so

$$d = 1 - \sqrt{k/S}$$

With half of the segments on this is 0.29, and with $\kappa = 0.25$ such a neighbour counts half.

Source: Ribeiro, Singh and Guestrin, "Why should I trust you?", 2016.

Read next: [coalitions](coalitions.py).
"""

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from ..checks import positive, whole, whole_numbers
from .attribution import Attribution, Feature, feature_place
from .question import Model, Question
from .ridge import LocalPlane
from .segments import grid
from .table import Table

# So many numbers of masked images are held at a time.
HELD = 2**22


def lime_image(
    model: Model,
    x: ArrayLike,
    target: int | None = None,
    *,
    output: str | None = None,
    segments: ArrayLike | None = None,
    image_shape: tuple[int, ...] | None = None,
    samples: int = 1000,
    kernel_width: float = 0.25,
    num_features: int | None = None,
    seed: int = 0,
) -> Attribution:
    r"""The slopes of a plane through the answers to the image with some of its segments switched off.

    model, x, target, output: as of a Question. x: (height, width), (height, width, channels), or flat with its
    image_shape. segments: (height, width), whole numbers; by default a grid. samples: neighbours, x included.
    num_features: how many segments get a slope, at most; by default all. seed: of the masks, those of
    LimeImageExplainer(random_state=seed), called with a random_seed of its own for the segmentation.

    values: every pixel has the slope of its segment. residual: local R², and f(x) minus the plane at x. details: the
    segments, numbered from 0, the baseline, with all of them off, their coefficients, intercept, local prediction,
    sum of weights, chosen segments.

    Raises ValueError for a shape that is no image's, segments of another shape, and settings that do not fit.
    Source: Ribeiro, Singh and Guestrin, 2016.
    """
    question = Question(model, x, target, output)
    shape = question.x.shape if image_shape is None else whole_numbers("image_shape", image_shape)
    if len(shape) not in (2, 3) or int(np.prod(shape)) != question.x.size:
        raise ValueError(
            f"x has shape {question.x.shape}, image_shape is {image_shape}; expected an image, (height, width) or "
            "(height, width, channels), or a flat one with its image_shape"
        )
    positive(kernel_width=kernel_width)
    given, parts = _numbered(grid(shape) if segments is None else segments, shape)
    count = int(parts.max()) + 1
    num_features = count if num_features is None else whole("num_features", num_features)
    settings = {
        "segments": given,
        "image_shape": image_shape,
        "samples": whole("samples", samples, least=2),
        "kernel_width": float(kernel_width),
        "num_features": num_features,
        "seed": whole("seed", seed, least=0),
    }
    masks = np.random.RandomState(seed).randint(0, 2, (samples, count))
    masks[0] = 1
    image = question.x.reshape(*parts.shape, -1)
    hidden = np.empty_like(image)
    for i in range(count):
        hidden[parts == i] = image[parts == i].mean(axis=0)
    f = _answers(question, image, hidden, parts, masks)
    # [eq:lime-cosine] $d = 1 - \sqrt{k/S}$ for $k$ of $S$ segments
    distances = 1 - np.sqrt(masks.sum(axis=1) / count)
    plane = LocalPlane(masks.astype(float), f, distances, kernel_width, num_features)
    pixels = np.repeat(plane.coefficients[parts], question.x.size // parts.size)

    def working(feature: Feature | None) -> Table:
        names = [f"m_{i + 1}" for i in range(count)]
        segment = None
        if feature is not None:
            pixel = feature_place(feature, question.x.shape) * parts.size // question.x.size
            segment = int(parts.ravel()[pixel])
        meaning = (
            "m_i is 1 where the i-th segment is on, 0 where it has its mean colour; φ of a pixel is its segment's."
        )
        return plane.table(f"LIME of the {question.explained}: {samples:,} neighbours", names, meaning, segment)

    return Attribution(
        values=pixels.reshape(question.x.shape),
        function=lime_image,
        question=question,
        settings=settings,
        working=working,
        residual={"local R²": plane.r_squared, "local error": question.prediction - float(plane.fit[0])},
        details={
            "unit": "of seeing the segment, against its mean colour",
            "segments": parts,
            "baseline": hidden.reshape(question.x.shape),
            "coefficients": plane.coefficients,
            "intercept": plane.intercept,
            "local prediction": float(plane.fit[0]),
            "sum of weights": float(plane.weights.sum()),
            "chosen": plane.chosen,
        },
    )


def _numbered(segments: ArrayLike, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The segments as given, and numbered from 0, (height, width)."""
    given = np.array(segments)
    if given.shape != shape[:2] or not np.issubdtype(given.dtype, np.integer):
        raise ValueError(
            f"segments are whole numbers, one for each pixel, of shape {shape[:2]}; given shape {given.shape}, "
            f"dtype {given.dtype}"
        )
    return given, np.unique(given, return_inverse=True)[1].reshape(given.shape)


def _answers(
    question: Question, image: np.ndarray, hidden: np.ndarray, parts: np.ndarray, masks: np.ndarray
) -> np.ndarray:
    """f of the image (height, width, channels), hidden where a mask is 0, for each of the masks: (N, S) -> (N,)."""
    at_a_time = max(1, HELD // image.size)
    f = []
    for start in tqdm(range(0, len(masks), at_a_time), delay=1, leave=False, desc="LIME"):
        is_on = masks[start : start + at_a_time, parts, np.newaxis] == 1
        f.append(question.f(np.where(is_on, image, hidden).reshape(-1, *question.x.shape)))
    return np.concatenate(f).astype(float)
