r"""
# Benchmarks: tinynet beside what people would use instead

`make bench` measures everything, in some ten minutes on a quiet machine, and writes [RESULTS.md](RESULTS.md) and
`roofline.png`; `make bench-quick` measures the main rows in two minutes and writes nothing here.
`python -m benchmarks steps memory` measures those groups alone. Every time taken goes to `out/benchmarks.json`,
for `python -m pyperf stats`, `hist` and `compare_to`.

In reading order: [how time is taken](turns.py), [how it is reported](report.py), and the groups:

| group | what is measured, beside what |
|---|---|
| [products](products.py) | the versions of the matrix product, beside OpenBLAS |
| [elementwise](elementwise.py) | activations and their derivatives, beside NumPy |
| [steps](steps.py) | a training step, beside NumPy and [other programs](peers.py): PyTorch, autograd, micrograd |
| [epochs](epochs.py) | an epoch of `fit`, beside scikit-learn and Keras |
| [explanations](explanations.py) | one example explained, beside captum, shap and lime |
| [startup](startup.py) | a process from its start to its end, beside PyTorch |
| [memory](memory.py) | what a training step allocates, beside PyTorch |
| [roofline](roofline.py) | the versions of the product by size, under the limits of the machine |

A program that is not installed gets a row that says so.
"""
