r"""
# Explanations: what the network looked at

An explanation of one answer gives every input a number $\varphi_i$: how much it had to do with that answer. There are
many ways to find such numbers, and they do not answer the same question. Each is here a short page of source, and each
can show its working: the table of numbers from which a pencil gets the same $\varphi_i$.

All are called alike, `explain.METHOD(model, x, target, ...)`, and return an attribution: the values, the number that
was explained, how they were made, and what they leave out.

**Asking and answering.** [A table](table.py) is the working; [the question](question.py) is a model, an example and one
of its outputs; [the attribution](attribution.py) is the answer, and [the pictures](pictures.py) draw it.

**By the gradient.** [Saliency and SmoothGrad](gradients.py) are derivatives; [integrated gradients](path.py) adds them
up along a path; [one recursion](relevance.py) from the output back to the input is gradient × input, LRP or DeepLIFT,
as one factor is chosen.

**By changing the input.** LIME fits [a weighted line](ridge.py) to the answers around
[a row of numbers](lime_tabular.py), or to those for an image whose [segments](segments.py) are
[switched off](lime_image.py). Others ask [coalitions](coalitions.py) of features, fast by
[partial sums](partial_sums.py): [occlusion](occlusion.py) leaves out one at a time, Shapley values take
[all coalitions](exact_shapley.py), [a weighted sample](kernel_shap.py), or [random orders](permutation_shap.py).

**Are they any good?** [Deletion and insertion](deletion.py), [faithfulness and stability](stability.py),
[randomization](randomization.py) and [agreement](agreement.py) judge them.

**Many at once.** [A summary](summary.py) over examples, an explanation [through training](through_training.py), and
all methods on one example: [names](report_names.py), [numbers](report_numbers.py), [words](report_words.py),
[pictures](report_pictures.py) and [page](report_page.py) of [a report](report.py).
"""

from .agreement import agreement
from .attribution import Attribution
from .deletion import deletion, insertion
from .exact_shapley import exact_shapley
from .gradients import saliency, smoothgrad
from .kernel_shap import kernel_shap
from .lime_image import lime_image
from .lime_tabular import lime_tabular
from .occlusion import occlusion
from .path import integrated_gradients
from .permutation_shap import permutation_shap
from .pictures import plot_attribution
from .question import Question
from .randomization import randomization
from .relevance import deeplift, gradient_times_input, lrp
from .report import Report, report
from .segments import grid
from .stability import completeness, infidelity, max_sensitivity, plot_infidelity, plot_max_sensitivity
from .summary import Summary, summary
from .table import Table
from .through_training import ThroughTraining, through_training

__all__ = [
    "Attribution",
    "Question",
    "Report",
    "Summary",
    "Table",
    "ThroughTraining",
    "agreement",
    "completeness",
    "deeplift",
    "deletion",
    "exact_shapley",
    "gradient_times_input",
    "grid",
    "infidelity",
    "insertion",
    "integrated_gradients",
    "kernel_shap",
    "lime_image",
    "lime_tabular",
    "lrp",
    "max_sensitivity",
    "occlusion",
    "permutation_shap",
    "plot_attribution",
    "plot_infidelity",
    "plot_max_sensitivity",
    "randomization",
    "report",
    "saliency",
    "smoothgrad",
    "summary",
    "through_training",
]
