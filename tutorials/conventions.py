# %% [markdown]
# # Other books, other conventions
#
# You followed another book, or another program, and your numbers are not tinynet's. Twice as large, perhaps, or the
# matrix lies on its side. Usually nothing is wrong: there are several customs, and every book has to choose. Is there
# a ½ in the loss? Is it a sum over the batch or a mean? Is an example a row or a column, and $W$ read from left to
# right or from top to bottom?
#
# This page computes the same quantities of one network by the formulas of five others, and says what leads from
# their number to tinynet's. All numbers are computed here, when the page is made, and every translation is carried
# out and compared with what tinynet computes. In short, it is [the table at the end](#at-a-glance). The five, and
# where they say it:
#
# - **Nielsen**: Michael Nielsen, [*Neural Networks and Deep Learning*](http://neuralnetworksanddeeplearning.com/),
#   chapters 1 to 3, and his programs `network.py` and `network2.py`.
# - **Mazur**: Matt Mazur,
#   [*A Step by Step Backpropagation Example*](https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/).
# - **CS231n**: the notes of the Stanford course, *Neural Networks* part
#   [2](https://cs231n.github.io/neural-networks-2/) (losses) and [3](https://cs231n.github.io/neural-networks-3/)
#   (updates), the [case study](https://cs231n.github.io/neural-networks-case-study/) (code), and, where it differs
#   from these, [Linear classification](https://cs231n.github.io/linear-classify/).
# - **PyTorch**: the reference of [torch.nn](https://docs.pytorch.org/docs/stable/nn.html) and
#   [torch.optim](https://docs.pytorch.org/docs/stable/optim.html).
# - **Keras**: the reference of its [layers](https://keras.io/api/layers/core_layers/dense/),
#   [losses](https://keras.io/api/losses/), [regularizers](https://keras.io/api/layers/regularizers/) and
#   [optimizers](https://keras.io/api/optimizers/), version 3.
#
# PyTorch and Keras are not run here: their documented formulas are written out in NumPy, and tinynet's tests compare
# the numbers with what the two compute.
#
# ## The network
#
# It is Mazur's, with two inputs, two hidden neurons, two outputs, all sigmoids. He has one example. With one
# example a sum over the batch is a mean, so two more follow his.

# %%
from html import escape
from textwrap import dedent

import numpy as np

import tinynet as tn

try:
    from IPython.display import display  # a table, on a page of the book
except ImportError:
    display = print  # text, where there is no page

x = np.array([[0.05, 0.10], [0.90, 0.20], [0.30, 0.80]])
y = np.array([[0.01, 0.99], [0.99, 0.01], [0.01, 0.99]])
labels = np.array([1, 0, 1])  # for the losses of classes: which of the outputs should win
W1, b1 = np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([0.35, 0.35])
W2, b2 = np.array([[0.40, 0.50], [0.45, 0.55]]), np.array([0.60, 0.60])

# %% [markdown]
# The forward pass, on which all agree but for the layout. `a2` is what the losses see, `f_prime` is $f'(z^2)$.


# %%
def sigma(z):
    return 1 / (1 + np.exp(-z))


a1 = sigma(x @ W1 + b1)
z2 = a1 @ W2 + b2
a2 = sigma(z2)
f_prime = a2 * (1 - a2)
N, n_L = a2.shape

# %% [markdown]
# What leads from one number to another is one of these, or several, one after the other.

# %%
STEPS = {
    "as it is": lambda v: v,
    "transpose": lambda v: v.T,
    "a row for each output": lambda v: v.reshape(*v.shape[:-1], n_L, -1),
    "as a vector": lambda v: v.ravel(),
    "mean over the examples": lambda v: v.mean(axis=0),
    "× ½": lambda v: v / 2,
    "× (−1)": lambda v: -v,
    "× 1/N": lambda v: v / N,
    "× N": lambda v: v * N,
    "× 1/n_L": lambda v: v / n_L,
    "× n_L/2": lambda v: v * n_L / 2,
    "× (−1/α)": lambda v: -v / learning_rate,
}


# %% tags=["hide-input"]
class Table:
    """Rows of: whose convention, its formula, its number, what leads to tinynet's number. tinynet is the first."""

    head = ("convention", "formula", "number", "to tinynet's")

    def __init__(self, caption, of_tinynet, formula, ours):
        self.caption, self.ours = caption, np.asarray(ours)
        self.rows = [(f"tinynet: {of_tinynet}", formula, self.ours, "")]

    def add(self, convention, formula, number, steps):
        """steps: names of STEPS, joined by semicolons. Takes them, and fails where they lead elsewhere."""
        number = result = np.asarray(number)
        for step in steps.split("; "):
            result = STEPS[step](result)
        assert result.shape == self.ours.shape, f"{self.caption}, {convention}: {result.shape}"
        assert np.allclose(result, self.ours, rtol=1e-12, atol=0), f"{self.caption}, {convention}: {result}"
        self.rows.append((convention, formula, number, steps))

    @staticmethod
    def digits(number):
        """Nine decimals, as Mazur prints them; a line for each row of a matrix."""
        rows = [" ".join(f"{v:12.9f}".replace("-", "−") for v in row) for row in np.atleast_2d(number)]
        return dedent("\n".join(rows))

    def _repr_html_(self):
        body = ""
        for convention, formula, number, steps in self.rows:
            body += f'<tr><th scope="row" {LEFT}>{escape(convention)}</th><td>{escape(formula)}</td>'
            body += (
                f'<td style="white-space: pre; font-family: var(--font-stack--monospace)">{self.digits(number)}</td>'
            )
            body += f"<td>{escape(steps.replace('; ', ', then '))}</td></tr>"
        return html_table(self.caption, self.head, body)

    def __repr__(self):
        lines = [self.caption]
        for convention, formula, number, steps in self.rows:
            lines.append(f"\n  {convention}:  {formula}")
            lines += [f"      {line}" for line in self.digits(number).split("\n")]
            if steps:
                lines.append(f"      {self.head[-1]}: {steps.replace('; ', ', then ')}")
        return "\n".join(lines) + "\n"


def html_table(caption, head, body):
    head = "".join(f'<th scope="col" {LEFT}>{escape(text)}</th>' for text in head)
    return (
        '<div class="table-wrapper docutils container"><table class="docutils" style="font-size: 0.8rem">'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


LEFT = 'style="text-align: left"'
TABLES = {}


def show(name, table):
    TABLES[name] = table
    display(table)


# %% [markdown]
# ## The weights
#
# $z_j = \sum_i a_i w_{ij} + b_j$ is the same sum everywhere. Those who write one example in a row say $z = aW + b$,
# and $W$ has a *column* for each receiving neuron. Those who write one example in a column say $z = Wa + b$, and $W$
# has a *row* for each. The first index of $w$ is the sender's with the former ([tinynet](#src-dense-z)), the
# receiver's with the latter. A habit of mathematics against a habit of tables.

# %%
table = Table("The weights of the output layer", "W", "z = a W + b", W2)
table.add("Nielsen: w", "z = w a + b; w_jk leads from k to j", W2.T, "transpose")
table.add(
    "Mazur: w5, w6, w7, w8",
    "net_o1 = w5 out_h1 + w6 out_h2 + b2",
    W2.T.ravel(),
    "a row for each output; transpose",
)
table.add("CS231n, case study: W", "scores = X W + b", W2, "as it is")
table.add("CS231n, linear classification: W", "f = W x + b", W2.T, "transpose")
table.add("PyTorch: Linear.weight", "y = x Aᵀ + b", W2.T, "transpose")
table.add("Keras: Dense.kernel", "dot(input, kernel) + bias", W2, "as it is")
show("weights", table)

# %% [markdown]
# ## The squared error
#
# Three choices: ½ or not; sum or mean over the outputs; sum or mean over the examples. tinynet's
# [names](../tinynet/losses.py) say which. Mazur has a single example, so what he would do with three is for us to
# say: here each has its own error.

# %%
square = (y - a2) ** 2
table = Table(
    "The squared error",
    "half_squared_error",
    "1/N Σ_n ½ Σ_j (y_j − a_j)²",
    tn.half_squared_error(a2, y).item(),
)
table.add("Nielsen: C", "1/2n Σ_x ‖y − a‖²", np.sum(square) / (2 * N), "as it is")
table.add("Mazur: E_total", "Σ ½ (target − output)²", np.sum(square / 2, axis=1), "mean over the examples")
table.add("CS231n: L", "1/N Σ_i ‖f − y_i‖²", np.sum(square) / N, "× ½")
table.add("PyTorch: MSELoss()", "mean of (x − y)² over all entries", np.mean(square), "× n_L/2")
table.add("PyTorch: MSELoss(reduction='sum')", "sum of (x − y)²", np.sum(square), "× ½; × 1/N")
table.add("Keras: MeanSquaredError()", "mean(square(y_true − y_pred))", square.mean(axis=1).mean(), "× n_L/2")
table.add(
    "tinynet: mean_squared_error", "1/N Σ_n 1/n_L Σ_j (y_j − a_j)²", tn.mean_squared_error(a2, y).item(), "× n_L/2"
)
show("squared error", table)

# %% [markdown]
# The factor $n_L/2$ is 1 here, by accident: the network has two outputs. With ten, PyTorch's number is a fifth of
# tinynet's `half_squared_error`. tinynet's `mean_squared_error` is theirs whatever the size.
#
# ## δ, the gradient of z
#
# The factors of the loss go on to every gradient. One choice is added: tinynet, PyTorch and Keras have one loss for
# the whole batch, so δ carries the 1/N of the mean. Nielsen and Mazur have a δ for the loss of one example, and take
# the mean when they update. In some older books δ has the other sign, so that the update is
# $w \leftarrow w + \alpha\,\delta a$; Mazur mentions it, and Tom Mitchell's *Machine Learning* (1997, section 4.5)
# is one of them.
#
# Nielsen's columns, one for each example, stand side by side here.

# %%
net = tn.Sequential([tn.Dense(len(b1), "sigmoid", input_dim=x.shape[1]), tn.Dense(n_L, "sigmoid")])
net.set_weights([W1, b1, W2, b2])
trace = tn.introspect.trace(net, x, y, loss="half_squared_error")

table = Table("δ of the output layer", "delta", "1/N (a − y) ⊙ f′(z)", trace[2].delta)
table.add("Nielsen: δ", "(a − y) ⊙ σ′(z)", ((a2 - y) * f_prime).T, "transpose; × 1/N")
table.add("Mazur: δ_o", "−(target − out) out (1 − out)", -(y - a2) * a2 * (1 - a2), "× 1/N")
table.add("Mitchell: δ", "o (1 − o) (t − o)", a2 * (1 - a2) * (y - a2), "× (−1); × 1/N")
table.add("CS231n: gradient of ‖f − y‖²", "2 (f − y)/N, back through σ", 2 * (a2 - y) / N * f_prime, "× ½")
table.add("PyTorch: z.grad of MSELoss()", "2 (a − y)/(N n_L) ⊙ σ′(z)", 2 * (a2 - y) / (N * n_L) * f_prime, "× n_L/2")
table.add("Keras: the same", "2 (a − y)/(N n_L) ⊙ σ′(z)", 2 * (a2 - y) / (N * n_L) * f_prime, "× n_L/2")
show("delta", table)

# %% [markdown]
# CS231n's text says that the gradient of $\Vert f - y \Vert^2$ is the difference. By its formula it is twice that.
#
# ## The gradients of the parameters
#
# $\partial L/\partial W$ has the shape of $W$ with everybody, and
# [$\partial L/\partial W = a^T \delta$](#src-dense-dW) is $\delta a^T$ where the examples are columns. Nielsen's
# program adds up the examples' gradients, and divides by their number in the update: `eta/len(mini_batch)`.
# PyTorch *adds* every gradient to what is in `.grad` already, so that a second `backward()` without a `zero_grad()`
# doubles it. tinynet computes it afresh.

# %%
per_example = np.einsum("nj,ni->nji", (a2 - y) * f_prime, a1)  # of each example, a row for each output neuron
theirs = 2 * (a2 - y) / (N * n_L) * f_prime  # δ by the mean squared error, from above

table = Table("∂L/∂W of the output layer", "dW", "aᵀ δ", trace[2].dW)
table.add("Nielsen: nabla_w, summed", "Σ_x δ aᵀ", per_example.sum(axis=0), "transpose; × 1/N")
table.add(
    "Mazur: ∂E/∂w5 … ∂E/∂w8",
    "δ_o1 out_h1, δ_o1 out_h2, δ_o2 …",
    per_example.reshape(N, -1),
    "mean over the examples; a row for each output; transpose",
)
table.add("CS231n: dW", "hidden_layer.T · dscores", a1.T @ (2 * (a2 - y) / N * f_prime), "× ½")
table.add("PyTorch: weight.grad of MSELoss()", "δᵀ a", theirs.T @ a1, "transpose; × n_L/2")
table.add("PyTorch: after a second backward()", "δᵀ a + δᵀ a", 2 * theirs.T @ a1, "× ½; transpose; × n_L/2")
table.add("Keras: gradient of kernel", "aᵀ δ", a1.T @ theirs, "× n_L/2")
show("dW", table)

# %%
table = Table("∂L/∂b of the output layer", "db", "Σ_n δ_n", trace[2].db)
table.add(
    "Nielsen: nabla_b, summed",
    "Σ_x δ, a column",
    ((a2 - y) * f_prime).sum(axis=0).reshape(n_L, 1),
    "as a vector; × 1/N",
)
table.add(
    "CS231n: db",
    "sum(dscores, axis=0, keepdims=True)",
    np.sum(2 * (a2 - y) / N * f_prime, axis=0, keepdims=True),
    "as a vector; × ½",
)
table.add("PyTorch: bias.grad of MSELoss()", "Σ_n δ_n", theirs.sum(axis=0), "× n_L/2")
table.add("Keras: gradient of bias", "Σ_n δ_n", theirs.sum(axis=0), "× n_L/2")
show("db", table)

# %% [markdown]
# Mazur leaves the biases as they are. (And he lets both neurons of a layer share one, which in his example makes no
# difference, since it does not move.)
#
# ## Cross-entropy of yes-or-no outputs
#
# The outputs are sigmoids still, and each answers a question of its own. The question is once more whether to sum
# over the outputs. The gradient of $z$, of the *logits*, has no $f'$: it cancels
# ([here](#src-sigmoid-crossentropy-delta)). CS231n prints this loss without its minus sign, as the likelihood that one
# would *maximise*, and its gradient with the sign of that.

# %%
logs = y * np.log(a2) + (1 - y) * np.log(1 - a2)
table = Table(
    "Binary cross-entropy",
    "binary_crossentropy",
    "−1/N Σ_n 1/n_L Σ_j [y_j ln a_j + (1 − y_j) ln(1 − a_j)]",
    tn.binary_crossentropy(a2, y).item(),
)
table.add("Nielsen: C", "−1/n Σ_x Σ_j [y ln a + (1 − y) ln(1 − a)]", -np.sum(logs) / N, "× 1/n_L")
table.add(
    "CS231n, attributes: L_i",
    "Σ_j y_ij log σ(f_j) + (1 − y_ij) log(1 − σ(f_j))",
    np.sum(logs, axis=1),
    "mean over the examples; × (−1); × 1/n_L",
)
table.add("PyTorch: BCELoss()(a, y)", "mean of −[y log x + (1 − y) log(1 − x)]", np.mean(-logs), "as it is")
table.add(
    "PyTorch: BCEWithLogitsLoss()(z, y)",
    "mean of max(z, 0) − z y + log(1 + exp(−|z|))",
    np.mean(np.maximum(z2, 0) - z2 * y + np.log1p(np.exp(-np.abs(z2)))),
    "as it is",
)
table.add("Keras: BinaryCrossentropy()", "mean over the outputs, then the examples", np.mean(-logs), "as it is")
show("binary crossentropy", table)

# %%
trace = tn.introspect.trace(net, x, y, loss="binary_crossentropy")
table = Table("Binary cross-entropy: δ, the gradient of the logits", "delta", "(a − y)/(n_L N)", trace[2].delta)
table.add("Nielsen: δ", "a − y", (a2 - y).T, "transpose; × 1/n_L; × 1/N")
table.add("CS231n, attributes: ∂L_i/∂f_j", "y_ij − σ(f_j)", y - sigma(z2), "× (−1); × 1/n_L; × 1/N")
table.add("PyTorch: z.grad", "(σ(z) − y)/(N n_L)", (sigma(z2) - y) / (N * n_L), "as it is")
table.add("Keras: gradient of z", "(σ(z) − y)/(N n_L)", (sigma(z2) - y) / (N * n_L), "as it is")
show("binary crossentropy, logits", table)

# %% [markdown]
# ## Softmax and cross-entropy
#
# Let the outputs be a softmax instead: $p_j = e^{z_j} / \sum_k e^{z_k}$, and the target a class. Here nobody means over
# the outputs. What differs is what one hands in: logits or probabilities, class numbers or one-hot rows. PyTorch's
# `CrossEntropyLoss` has the softmax *inside*: who gives it probabilities applies softmax twice. Keras and tinynet take
# probabilities. (Keras has `from_logits=True` for logits, and cuts probabilities off at $10^{-7}$; tinynet looks
# where they came from, and [computes from the logits](#src-softmax-crossentropy).)

# %%
p = np.exp(z2) / np.exp(z2).sum(axis=1, keepdims=True)
one_hot = np.eye(n_L)[labels]
table = Table(
    "Softmax cross-entropy",
    "categorical_crossentropy",
    "−1/N Σ_n Σ_j y_j ln p_j",
    tn.categorical_crossentropy(tn.softmax(z2), one_hot).item(),
)
table.add("Nielsen: log-likelihood cost", "−ln a_y", -np.log(p[range(N), labels]), "mean over the examples")
table.add(
    "CS231n: data_loss",
    "1/N Σ_i −log(exp f_y / Σ_j exp f_j)",
    np.mean(-np.log(np.exp(z2[range(N), labels]) / np.exp(z2).sum(axis=1))),
    "as it is",
)
table.add(
    "PyTorch: CrossEntropyLoss()(z, labels)",
    "mean of −z_y + log Σ_j exp z_j",
    np.mean(-z2[range(N), labels] + np.log(np.exp(z2).sum(axis=1))),
    "as it is",
)
table.add("Keras: CategoricalCrossentropy()", "mean of −Σ_j y_j log p_j", -np.sum(one_hot * np.log(p)) / N, "as it is")
show("softmax crossentropy", table)

# %%
softmax_net = tn.Sequential([tn.Dense(len(b1), "sigmoid", input_dim=x.shape[1]), tn.Dense(n_L, "softmax")])
softmax_net.set_weights([W1, b1, W2, b2])
trace = tn.introspect.trace(softmax_net, x, one_hot, loss="categorical_crossentropy")
dscores = p.copy()
dscores[range(N), labels] -= 1
dscores /= N

table = Table("Softmax cross-entropy: δ, the gradient of the logits", "delta", "(p − y)/N", trace[2].delta)
table.add("Nielsen: δ", "a − y", (p - one_hot).T, "transpose; × 1/N")
table.add("CS231n: dscores", "p, at the label − 1, all of it /N", dscores, "as it is")
table.add("PyTorch: z.grad", "(softmax(z) − y)/N", (p - one_hot) / N, "as it is")
table.add("Keras: gradient of z", "(softmax(z) − y)/N", (p - one_hot) / N, "as it is")
show("softmax crossentropy, logits", table)

# %% [markdown]
# ## L2, weight decay
#
# Whatever punishes large weights adds a multiple of $w$ to the gradient. tinynet's [`SGD(l2=λ)`](#src-sgd) adds
# $\lambda w$. With the same λ = 0.1 the others add this; for Nielsen, $n$ is the size of the training set, here our
# $N$.

# %%
decay, learning_rate = 0.1, 0.5


def after(optimizer, gradients, w=W2):
    """The weights after the optimizer's steps with these gradients, one after the other."""
    w = tn.Tensor(w.copy())
    for g in gradients:
        (w * g).sum().backward()
        optimizer.step([w])
    return w.data


g = trace[2].dW
added = (after(tn.SGD(learning_rate), [g]) - after(tn.SGD(learning_rate, l2=decay), [g])) / learning_rate

table = Table("What L2 adds to ∂L/∂W", "SGD(l2=λ)", "λ W", added)
table.add("Nielsen: lmbda", "λ/n w, of the penalty λ/2n Σ w²", decay / N * W2.T, "transpose; × N")
table.add("CS231n: reg", "λ W, of the penalty ½ λ Σ W²", decay * W2, "as it is")
table.add("CS231n, linear classification: λ", "2 λ W, of the penalty λ Σ W²", 2 * decay * W2.T, "transpose; × ½")
table.add("PyTorch: SGD(weight_decay=λ)", "λ θ", decay * W2.T, "transpose")
table.add("Keras: regularizers.L2(λ)", "2 λ W, of the penalty λ Σ W²", 2 * decay * W2, "× ½")
show("l2", table)

# %% [markdown]
# ## Momentum
#
# tinynet and PyTorch let the gradients add up, $v \leftarrow \mu v + g$, and multiply by the learning rate in
# [the step](#src-momentum), $w \leftarrow w - \alpha v$. The others have the learning rate and the sign inside $v$.
# As long as $\alpha$ does not change, the weights are the same. When it changes, tinynet's step feels it at once,
# theirs by and by. After two steps with $\mu = 0.9$, with the gradient from above and then half of it:

# %%
mu = 0.9
optimizer = tn.SGD(learning_rate, momentum=mu)
w_after_two = after(optimizer, [g, g / 2])
(memory,) = optimizer.memory.values()

table = Table("v after two steps", "SGD(momentum=μ)", "v ← μ v + g;  w ← w − α v", memory["v"])
velocity = np.zeros_like(g)
w = W2.copy()
for gradient in (g, g / 2):
    velocity = mu * velocity - learning_rate * gradient
    w = w + velocity
assert np.allclose(w, w_after_two, rtol=1e-14, atol=0)
table.add("Nielsen: v", "v → μ v − η ∇C;  w → w + v", velocity.T, "transpose; × (−1/α)")
table.add("CS231n: v", "v = mu v − learning_rate dx;  x += v", velocity, "× (−1/α)")
table.add("PyTorch: momentum_buffer", "b ← μ b + g;  θ ← θ − γ b", (mu * g + g / 2).T, "transpose")
table.add("Keras: velocity", "v = momentum v − learning_rate g;  w = w + v", velocity, "× (−1/α)")
show("momentum", table)

# %% [markdown]
# ## Where ε stands
#
# RMSprop, Adagrad and Adam divide by a root, and a small ε keeps them from dividing by 0: outside the root with
# [tinynet](#src-adam), PyTorch and CS231n. Keras has it inside the root in RMSprop and Adagrad, where it counts
# much more; and in Adam outside, but of a root that is not yet corrected for the start at 0, where it counts
# more in the first steps. (Kingma and Ba have both: their algorithm 1 is tinynet's; the rearranged form that they
# give after it, with its ε-hat, is Keras's.)
#
# The usual ε is too small to be seen among these numbers. With ε = 0.01, the first step moves the weights by this
# much. There is no factor between these. The last column says with which `epsilon` tinynet moves
# exactly as they do.

# %% tags=["hide-input"]
epsilon, beta_1, beta_2, rho = 0.01, 0.9, 0.999, 0.9


class Imitation(Table):
    """Rows of: whose convention, its formula, by how much it moves W, the epsilon with which tinynet does the same."""

    head = ("convention", "formula", "moves W by", "the same by tinynet")

    def __init__(self, caption, optimizer, formula):
        self.optimizer = optimizer
        super().__init__(caption, optimizer.__name__, formula, self.move(epsilon))

    def move(self, epsilon):
        """By how much tinynet moves W. epsilon: a number, or one for each weight."""
        each = np.broadcast_to(epsilon, W2.shape)
        moved = [
            after(self.optimizer(learning_rate, epsilon=float(each[i])), [g[i]], W2[i]) for i in np.ndindex(W2.shape)
        ]
        return np.reshape(moved, W2.shape) - W2

    def add(self, convention, formula, number, text, epsilon):
        result = self.move(epsilon)
        assert np.allclose(result, number, rtol=1e-9, atol=0), f"{self.caption}, {convention}: {result}"
        self.rows.append((convention, formula, number, text))


# %%
m, s = (1 - beta_1) * g, (1 - beta_2) * g**2  # after the first step, t = 1
m_hat, s_hat = m / (1 - beta_1), s / (1 - beta_2)
table = Imitation("Adam, the first step", tn.Adam, "−α m̂/(√ŝ + ε)")
table.add(
    "CS231n: with bias correction",
    "−α mt/(√vt + eps)",
    -learning_rate * m_hat / (np.sqrt(s_hat) + epsilon),
    "epsilon = ε",
    epsilon,
)
table.add(
    "PyTorch: Adam",
    "−γ/(1 − β1ᵗ) m/(√v/√(1 − β2ᵗ) + ε)",
    -learning_rate / (1 - beta_1) * m / (np.sqrt(s) / np.sqrt(1 - beta_2) + epsilon),
    "epsilon = ε",
    epsilon,
)
table.add(
    "Keras: Adam",
    "−α √(1 − β2ᵗ)/(1 − β1ᵗ) m/(√v + ε)",
    -learning_rate * np.sqrt(1 - beta_2) / (1 - beta_1) * m / (np.sqrt(s) + epsilon),
    "epsilon = ε/√(1 − β2ᵗ), here 31.6 ε",
    epsilon / np.sqrt(1 - beta_2),
)
show("adam", table)

# %%
s = (1 - rho) * g**2
table = Imitation("RMSprop, the first step, ρ = 0.9", tn.RMSprop, "−α g/(√s + ε)")
table.add(
    "CS231n: RMSprop", "−α dx/(√cache + eps)", -learning_rate * g / (np.sqrt(s) + epsilon), "epsilon = ε", epsilon
)
table.add(
    "PyTorch: RMSprop(alpha=ρ)", "−γ g/(√v + ε)", -learning_rate * g / (np.sqrt(s) + epsilon), "epsilon = ε", epsilon
)
table.add(
    "Keras: RMSprop",
    "−α g/√(v + ε)",
    -learning_rate * g / np.sqrt(s + epsilon),
    "epsilon = √(s + ε) − √s, another for every weight and step",
    np.sqrt(s + epsilon) - np.sqrt(s),
)
show("rmsprop", table)

# %% [markdown]
# The defaults differ too: tinynet's ε is $10^{-8}$ in Adam and RMSprop, as PyTorch's; Keras's is $10^{-7}$. PyTorch's
# RMSprop remembers with 0.99 and has $\alpha = 0.01$, where Keras and tinynet have 0.9 and 0.001. Keras begins
# Adagrad's sum of squares with 0.1, the others with 0.
#
# ## At a glance
#
# What leads to tinynet's number, once more: to its `half_squared_error`, `binary_crossentropy` and
# `categorical_crossentropy`, to the gradients of the first, and to its optimizers.

# %% tags=["hide-input"]
CONVENTIONS = ("Nielsen", "Mazur", "CS231n", "PyTorch", "Keras")


class Glance:
    """The first row of each convention in every table."""

    caption = "What leads to tinynet's number"

    def rows(self):
        for table in TABLES.values():
            first = {}
            for convention, _, _, steps in table.rows[1:]:
                first.setdefault(convention.split(":")[0].split(",")[0], steps.replace("; ", ", then "))
            yield table.caption, [first.get(name, "") for name in CONVENTIONS]

    def _repr_html_(self):
        body = ""
        for caption, cells in self.rows():
            body += f'<tr><th scope="row" {LEFT}>{escape(caption)}</th>'
            body += "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        return html_table(self.caption, ("", *CONVENTIONS), body)

    def __repr__(self):
        lines = [self.caption]
        for caption, cells in self.rows():
            lines += ["", f"  {caption}", *(f"      {n}: {cell}" for n, cell in zip(CONVENTIONS, cells) if cell)]
        return "\n".join(lines)


display(Glance())

# %% [markdown]
# ## To try
#
# 1. With a batch of four, the δ of your book is eight times the δ of tinynet's `half_squared_error`. Which two choices
#    explain it?
# 2. Give the network a third output and each example a third target. Which of the factors on this page change their
#    value, and which numbers that were equal no longer are?
# 3. Which of the [animals of the zoo](zoo.py) would be right by another convention, and what would have to be
#    different in the update?
