# %% [markdown]
# # 2. A layer, a network
#
# One neuron draws one line. Four points are enough to defeat it: there is a question about two bits that no single
# neuron answers, and four inequalities prove it. Three neurons in two layers answer it, with weights that one finds
# with a pencil. This chapter builds them. On the way the arithmetic of a whole network, for any number of neurons and
# examples, becomes one line a layer: a matrix product, a bias, a function. It is called the *forward* pass, or
# *forward propagation*, and it is all that a trained network does when it answers.
#
# ## What you will be able to do
#
# - write the weighted sums of a layer, for many examples at once, as one matrix product, and say the shape of
#   every array in it;
# - read $xW$ in one book and $Wx$ in another, and carry weights from one to the other;
# - prove that one neuron cannot compute *exclusive or*, build a network of three that does, and say what the
#   activation has to do with it;
# - compute every $z$ and $a$ of a network with a pencil, have tinynet compute them, and count its parameters;
# - recognise three mistakes that give numbers instead of an error message.
#
# ## Several neurons, side by side
#
# A *layer* is several neurons that read the same inputs. Each has weights and a bias of its own, so each computes a
# sum of its own. Two things have to be counted now: the inputs, by $i$, and the neurons, by $j$. The weight that leads
# from input $i$ to neuron $j$ is $w_{ij}$. Read the two indices from left to right: *from, to*.

# %%
from math import exp

import matplotlib.pyplot as plt
import numpy as np

import tinynet as tn
from tinynet.kernels.matmul import product_by_formula

BLUE, VERMILION = "#0072B2", "#D55E00"

# %% tags=["hide-input"] mystnb={"image": {"alt": "Two inputs on the left, three neurons on the right, and an arrow from each input to each neuron, labelled with its weight"}}
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
inputs, neurons = {1: 0.6, 2: -0.6}, {1: 1.0, 2: 0.0, 3: -1.0}  # how high they stand
for (i, from_y), style in zip(inputs.items(), ("-", "--")):
    for j, to_y in neurons.items():
        ax.plot([0, 2], [from_y, to_y], style, color=BLUE if i == 1 else VERMILION, zorder=1)
        along = 0.66 if i == 1 else 0.36  # where on its line a label stands
        ax.text(2 * along, from_y + along * (to_y - from_y), f"$w_{{{i}{j}}}$", ha="center", va="center", fontsize=12,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})  # fmt: skip
    ax.text(0, from_y, f"$x_{i}$", ha="center", va="center", fontsize=14, bbox={"boxstyle": "square", "fc": "white"})
for j, y in neurons.items():
    formula = rf"$z_{j} = x_1 w_{{1{j}}} + x_2 w_{{2{j}}} + b_{j}$"
    ax.text(2, y, f"{j}", ha="center", va="center", fontsize=12, bbox={"boxstyle": "circle", "facecolor": "white"})
    ax.text(2.25, y, formula, va="center", fontsize=12)
ax.set(xlim=(-0.25, 4.1), ylim=(-1.4, 1.4), title="a layer: three neurons, the same two inputs")
ax.axis("off")
plt.show()

# %% [markdown]
# Neuron $j$ is a neuron like that of [chapter 1](01_one_neuron.py). Only its weights carry its number:
#
# $$z_j = \sum_{i=1}^{n_\text{in}} x_i\, w_{ij} + b_j, \qquad a_j = f(z_j).$$
#
# Here are three neurons on the inputs $x = (-1, -2)$. The first is the neuron of chapter 1, with weights $(2, -3)$ and
# bias $-3$.

# %%
x_1, x_2 = -1.0, -2.0
z_1 = x_1 * 2.0 + x_2 * -3.0 + -3.0
z_2 = x_1 * -1.0 + x_2 * 1.0 + 0.0
z_3 = x_1 * 0.0 + x_2 * -2.0 + 1.0
print("z_1, z_2, z_3 =", z_1, z_2, z_3)
assert (z_1, z_2, z_3) == (1.0, -1.0, 5.0)

# %% [markdown]
# ## The weights are a matrix, and the sums are its product
#
# Two inputs and three neurons make six weights. Write them in a table with a row for each input and a column for each
# neuron, and $w_{ij}$ stands in row $i$, column $j$, where matrices have their entries:
#
# $$W = \begin{pmatrix} w_{11} & w_{12} & w_{13} \\ w_{21} & w_{22} & w_{23} \end{pmatrix}
#     = \begin{pmatrix} 2 & -1 & 0 \\ -3 & 1 & -2 \end{pmatrix}, \qquad b = (-3, 0, 1).$$
#
# Row $i$ is all that leaves input $i$; column $j$ is all that enters neuron $j$. $W$ has the shape
# $(n_\text{in}, n_\text{out})$, here $(2, 3)$, and $b$ has $(n_\text{out},)$.
#
# A network is rarely asked about one example. Let there be $N$ of them, a *batch*, counted by $n$, and write each in a
# row: $x$ now has the shape $(N, n_\text{in})$, and $x_{ni}$ is input $i$ of example $n$. Every example has sums of its
# own, so they need the index $n$ too, and nothing else changes:
#
# $$z_{nj} = \sum_{i=1}^{n_\text{in}} x_{ni}\, w_{ij} + b_j.$$
#
# Three indices, so three loops: for each example, for each neuron, over the inputs. They are the whole of a layer's
# arithmetic.


# %%
def weighted_sums(x, W, b):
    """z, of shape (N, n_out), from x (N, n_in), W (n_in, n_out), b (n_out,)."""
    N, n_in = x.shape
    n_out = W.shape[1]
    z = np.empty((N, n_out))
    for n in range(N):
        for j in range(n_out):
            z[n, j] = b[j]
            for i in range(n_in):
                z[n, j] += x[n, i] * W[i, j]
    return z


x = np.array([[-1.0, -2.0], [0.0, 1.0], [2.0, 1.0], [1.0, 0.0]])  # four examples; the first is the one from above
W = np.array([[2.0, -1.0, 0.0], [-3.0, 1.0, -2.0]])
b = np.array([-3.0, 0.0, 1.0])

z = weighted_sums(x, W, b)
print(z)
assert z[0].tolist() == [z_1, z_2, z_3]

# %% [markdown]
# The sum in the middle, along a row of one matrix and down a column of the other, is what linear algebra calls the
# *matrix product*. For $A$ of shape $(n, k)$ and $B$ of shape $(k, m)$ the product $AB$ has the shape $(n, m)$ and
# the entries
#
# $$(AB)_{ij} = \sum_{p=1}^{k} A_{ip}\, B_{pj}.$$
#
# With $x$ for $A$ and $W$ for $B$ this is our sum, in other letters. So the three loops have a short name,
#
# $$z = xW + b,$$
#
# where $b$ is added to every row. NumPy writes the product `@`, and its rule for adding an array of shape $(3,)$ to
# one of shape $(4, 3)$ does what we need: the array of one axis counts as a row, and is repeated for every row.
#
# To compute one entry by eye, put $x$ on the left and $W$ above, and go along the row and down the column that meet
# in it.

# %% tags=["hide-input"] mystnb={"image": {"alt": "The numbers of x on the left, of W and b above, and of z where rows of x and columns of W meet; row 3 of x and column 1 of W are framed, and so is the entry -2 of z at their crossing"}}
fig, ax = plt.subplots(figsize=(7, 3.9), layout="constrained")


def table(values, left, top, fill):
    """Write the entries of a matrix in cells, the first of them at (left, top)."""
    for r, row in enumerate(np.atleast_2d(values)):
        for c, value in enumerate(row):
            ax.add_patch(plt.Rectangle((left + c, top - r), 1, 1, facecolor=fill, edgecolor="0.6"))
            ax.text(
                left + c + 0.5, top - r + 0.5, f"{value:.0f}".replace("-", "−"), ha="center", va="center", fontsize=12
            )


table(x, 0, 4, "white")
table(W, 3, 7.5, "white")
table(b, 3, 5.25, "0.92")
table(z, 3, 4, "#fdf0d5")
n, j = 3, 1  # counted from 1, as in the formulas
for left, bottom, width, height in ((0, 5 - n, 2, 1), (2 + j, 6.5, 1, 2), (2 + j, 5.25, 1, 1), (2 + j, 5 - n, 1, 1)):
    ax.add_patch(plt.Rectangle((left, bottom), width, height, fill=False, edgecolor=VERMILION, linewidth=3, zorder=3))
for text, place in (("$x$  (4, 2)", (1, 5.15)), ("$z = xW + b$  (4, 3)", (4.5, 0.65))):
    ax.text(*place, text, ha="center", va="bottom" if place[1] > 1 else "top", fontsize=12)
ax.text(6.2, 7.5, "$W$  (2, 3)", va="center", fontsize=12)
ax.text(6.2, 5.75, "$b$  (3,)", va="center", fontsize=12)
ax.text(6.2, 5.5 - n, r"$z_{31} = 2 \cdot 2 + 1 \cdot (-3) + (-3) = -2$", va="center", fontsize=12, color=VERMILION)
ax.set(xlim=(-0.1, 11.2), ylim=(-0.1, 8.6), title="one entry of z: along a row of x, down a column of W, plus a bias")
ax.axis("off")
plt.show()

# %%
print(x @ W + b)
assert np.array_equal(x @ W + b, z)
assert z[2, 0] == -2.0  # z_31 of the picture: the formulas count from 1, Python from 0

# %% [markdown]
# tinynet has these loops too. In [matmul.py](../tinynet/kernels/matmul.py) they are called `product_by_formula`, and
# [the innermost line](#src-matmul) is ours with the letters of the general product:
#
# $$C_{ij} = s_j + \sum_p A_{ip}\, B_{pj},$$
#
# where the row $s$ that the sums start from is the bias. It is a *kernel*, a loop translated to machine code. Faster
# orders of the same sums follow it in that file, and [chapter 8](08_kernels.py) tells why they are faster.

# %%
C = np.empty((4, 3))
product_by_formula(x, W, b, C)
assert np.array_equal(C, z)
assert np.array_equal(tn.kernels.matmul(x, W), x @ W)  # the product alone, by the fastest kernel for its size

# %% [markdown]
# **Shapes.** In $(N, n_\text{in})\,(n_\text{in}, n_\text{out}) \to (N, n_\text{out})$ the inner two lengths have to be
# equal, and vanish; the outer two remain. What does not fit is refused. This is what NumPy says of $xW^T$, that is
# $(4, 2)$ by $(3, 2)$; the end of its message is the part to read.


# %%
def error_of(call, *arguments):
    """The message of the error that a call raises."""
    try:
        call(*arguments)
    except ValueError as error:
        return f"ValueError: {error}"
    raise AssertionError("there was no error")


print(error_of(np.matmul, x, W.T))

# %% [markdown]
# **Rows do not mix.** Row $n$ of $z$ is made from row $n$ of $x$, and from no other. A batch computes what one would
# get example by example, and so does the activation, which is applied to every entry by itself: $a_{nj} = f(z_{nj})$.

# %%
for n in range(len(x)):
    assert np.array_equal(x[n] @ W + b, z[n])
a = tn.relu(z).data
print("relu(z) =", a, sep="\n")
assert np.array_equal(a, np.maximum(z, 0))

# %% [markdown]
# ## xW here, Wx elsewhere
#
# Many books write $Wx + b$. There an example is a *column*, and the weight from $i$ to $j$ is called $w_{ji}$: *to,
# from*. Both say the same. The transpose $A^T$ of a matrix has its rows as columns, $(A^T)_{ji} = A_{ij}$, and so
#
# $$\big((xW)^T\big)_{jn} = (xW)_{nj} = \sum_i x_{ni}\, w_{ij} = \sum_i (W^T)_{ji}\, (x^T)_{in}
#   = (W^T x^T)_{jn}.$$
#
# In short, $(xW)^T = W^T x^T$.
#
# What they call $W$ is our $W^T$, and what they call $x$ is our $x^T$. Some programs mix the two: examples in rows, yet
# weights stored *to, from*. PyTorch's
# [Linear](https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html) does, so its `weight` has the shape
# $(n_\text{out}, n_\text{in})$, and with that weight as $A$ its formula is $xA^T + b$. A reader of TensorFlow's
# tutorial, which had $Wx$ in the text and $xW$ in the code,
# [asked](https://github.com/tensorflow/tensorflow/issues/620) whether the two are equivalent. They are, if the examples
# are turned together with the weights. tinynet, like Keras, has examples in rows and writes $xW$. The page on
# [conventions](conventions.py) has the other translations.

# %%
W_column, x_column, b_column = W.T, x.T, b.reshape(3, 1)  # as a book with columns has them
z_column = W_column @ x_column + b_column
print("Wx + b has shape", z_column.shape, "and xW + b has", z.shape)
assert np.array_equal(z_column.T, z)

# %% [markdown]
# ## What one neuron cannot do
#
# *Exclusive or*, XOR for short, asks whether exactly one of two bits is 1. It has four examples, and here they are all.

# %%
x, y = tn.data.xor()
print("x_1 x_2   y")
for (x_1, x_2), (target,) in zip(x, y):
    print(f"{x_1:3.0f} {x_2:3.0f} {target:3.0f}")

# %% [markdown]
# Let a neuron answer 1 where its $z = x_1 w_1 + x_2 w_2 + b$ is positive, and 0 elsewhere. To answer all four examples
# right, it would have to fulfil four inequalities:
#
# $$\begin{aligned}
# (0, 0) \to 0: && b &\le 0 \\
# (0, 1) \to 1: && w_2 + b &> 0 \\
# (1, 0) \to 1: && w_1 + b &> 0 \\
# (1, 1) \to 0: && w_1 + w_2 + b &\le 0
# \end{aligned}$$
#
# Add the two in the middle: $w_1 + w_2 + 2b > 0$. Add the first and the last: $w_1 + w_2 + 2b \le 0$. Both cannot be
# true, so there are no such weights: the four points are not *linearly separable*. Such limits of a single layer became
# famous by the book [*Perceptrons*](https://en.wikipedia.org/wiki/Perceptrons_(book)) of Minsky and Papert (1969).
#
# The activation does not help. Let the neuron answer 1 where $a = f(z)$ exceeds some threshold. If $f$ never falls, $a$
# exceeds its threshold exactly where $z$ exceeds some other one, $c$ (or everywhere, or nowhere, and all answers are
# the same). Then $b - c$ is a bias like any other, and the proof goes as before. Of the activations of chapter 1 only
# GELU falls anywhere, a little; exercise 8 is about such functions.
#
# A proof may be tried out. 100,000 neurons with random weights and biases are one layer, and their answers one product.

# %%
rng = np.random.default_rng(0)
W, b = rng.normal(size=(2, 100_000)), rng.normal(size=100_000)
z = x @ W + b
right = ((z > 0) == (y == 1)).sum(axis=0)  # for each neuron, how many of the four answers are right
for k in range(5):
    print(f"{k} right: {(right == k).sum():6} neurons")
assert right.min() == 1 and right.max() == 3

# %% [markdown]
# Three right is the best that a neuron can do, and one the worst, by the same four inequalities turned round. Here are
# three ways to get three right, each with another point on the wrong side of its line.


# %% tags=["hide-input"] mystnb={"image": {"alt": "Three panels with the four XOR points and a straight line each; in each panel exactly one point, marked with a cross, lies on the wrong side of the line"}}
def draw_points(ax, places, y):
    """XOR's examples at the given places: an empty blue circle for the target 0, a full vermilion square for 1."""
    for target, marker, face, edge in ((0, "o", "white", BLUE), (1, "s", VERMILION, VERMILION)):
        chosen = places[y[:, 0] == target]
        ax.plot(*chosen.T, marker, ms=14, color="white", zorder=2)  # a rim, to be seen on any ground
        ax.plot(*chosen.T, marker, ms=10, mfc=face, mec=edge, mew=2, label=f"$y = {target}$", zorder=3)


fig, axes = plt.subplots(1, 3, figsize=(7, 3.5), sharey=True, layout="constrained")
grid = np.linspace(-0.5, 1.5, 201)
plane = np.stack(np.meshgrid(grid, grid), axis=-1)  # plane[row, column] is the point (x_1, x_2) there
for ax, (w, bias) in zip(axes, (((1, 1), -0.5), ((-1, -1), 1.5), ((-1, 1), -0.5))):
    w = np.array(w, dtype=float)
    ax.contourf(grid, grid, plane @ w + bias, levels=[0, 10], colors=["0.85"])
    ax.contour(grid, grid, plane @ w + bias, levels=[0], colors="black")
    draw_points(ax, x, y)
    wrong = (x @ w + bias > 0) != (y[:, 0] == 1)
    assert wrong.sum() == 1
    ax.plot(*x[wrong].T, "kx", ms=20, mew=2, zorder=4, label="wrong")
    ax.set(title=f"$w = ({w[0]:.0f}, {w[1]:.0f})$, $b = {bias}$", xlabel="$x_1$", aspect="equal", xticks=[0, 1])
axes[0].set(ylabel="$x_2$", yticks=[0, 1])
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
fig.suptitle("one neuron: $z > 0$ in the grey half, and one point is always wrong", fontsize=11)
plt.show()

# %% [markdown]
# ## What two layers can
#
# If the four points cannot be separated where they lie, move them. A first layer, the *hidden* layer, gives each
# example a new place: instead of $(x_1, x_2)$ the outputs $(a_1, a_2)$ of two neurons. A second layer then draws its
# line among the new places.
#
# The two layers have to be told apart, so their symbols carry the number of the layer as a raised index, which is *not*
# a power: $z^1, a^1, W^1, b^1$ belong to layer 1, and $w_{ij}^2$ leads from neuron $i$ of layer 1 to neuron $j$ of
# layer 2. The inputs count as the outputs of a layer 0, $a^0 = x$. Then all layers $l = 1, \dots, L$ do the same:
#
# $$z^l = a^{l-1} W^l + b^l, \qquad a^l = f(z^l),$$
#
# and the answer of the network is $a^L$. Layer $l$ has $n_l$ neurons, so $W^l$ has the shape $(n_{l-1}, n_l)$,
# $b^l$ has $(n_l,)$, and $z^l$ and $a^l$ have $(N, n_l)$.
#
# This network for XOR is that of Goodfellow, Bengio and Courville,
# [*Deep Learning*](https://www.deeplearningbook.org/contents/mlp.html), section 6.1. Its first layer uses
# $\operatorname{relu}(z) = \max(z, 0)$, its second no activation, $f(z) = z$:
#
# $$W^1 = \begin{pmatrix} 1 & 1 \\ 1 & 1 \end{pmatrix},\quad b^1 = (0, -1),\qquad
#   W^2 = \begin{pmatrix} 1 \\ -2 \end{pmatrix},\quad b^2 = (0).$$
#
# With a pencil: let $s = x_1 + x_2$, the number of ones among the inputs. Both hidden neurons add the inputs
# up, so $z_1^1 = s$ and $z_2^1 = s - 1$. ReLU leaves the first as it is, for $s \ge 0$, and makes the second
# 0 unless both inputs are 1. The answer is $a_1^1 - 2a_2^1$: *count the ones, and take two away if there are two*.

# %%
W1, b1 = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0])
W2, b2 = np.array([[1.0], [-2.0]]), np.array([0.0])

z1 = x @ W1 + b1
a1 = np.maximum(z1, 0)
z2 = a1 @ W2 + b2
a2 = z2

print("    x         z¹         a¹      a²   y")
for n in range(4):
    print(x[n], z1[n], a1[n], a2[n], y[n])
assert np.array_equal(a1, [[0, 0], [1, 0], [1, 0], [2, 1]])
assert np.array_equal(a2, y)

# %% [markdown]
# The answers are 0, 1, 1, 0. The column $a^1$ shows how it was done: $(0, 1)$ and $(1, 0)$ were moved to the *same*
# place, $(1, 0)$, and now a line separates it from the two others. Both hidden neurons depend on $s$ alone, so the
# hidden layer folds the whole plane onto one bent line. On the right of the picture are the new places, each with the
# $x$ that was moved there, and the line where the answer is ½; on the left is the answer at every point of the plane
# of $x$, where the same ½ is two lines.

# %% tags=["hide-input"] mystnb={"image": {"alt": "Left, the input plane, coloured by the network's answer: a diagonal ridge of height 1 runs through (0,1) and (1,0) and falls off to both sides. Right, the hidden plane: the points (0,1) and (1,0) coincide at (1,0), and one straight line separates them from (0,0) and (2,1)"}}
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.7), width_ratios=(1.12, 1), layout="constrained")
answer = (np.maximum(plane @ W1 + b1, 0) @ W2 + b2)[..., 0]
image = left.imshow(answer, cmap="PuOr_r", vmin=-1, vmax=1, origin="lower", extent=(-0.5, 1.5, -0.5, 1.5))
left.contour(grid, grid, answer, levels=[0.5], colors="black", linestyles="--")
draw_points(left, x, y)
for text, place, colour in (("0", (-0.3, -0.3), "black"), ("1", (0.5, 0.5), "white"), ("−1", (1.37, 1.37), "white")):
    left.text(*place, text, ha="center", va="center", color=colour, fontsize=11)
left.set(title="the plane of $x$", xlabel="$x_1$", ylabel="$x_2$", xticks=[0, 1], yticks=[0, 1])
fig.colorbar(image, ax=left, shrink=0.72, label="answer $a^2$")

s = np.linspace(-1, 3, 9)
right.plot(
    np.maximum(s, 0), np.maximum(s - 1, 0), "-", color="0.6", linewidth=3, label="all of the plane of $x$", zorder=1
)
right.plot([0.1, 3.1], [-0.2, 1.3], "k--", label="answer ½")
draw_points(right, a1, y)
for text, place in (("(0,0)", (-0.2, 0.22)), ("(0,1) and (1,0)", (0.9, -0.35)), ("(1,1)", (1.45, 1.15))):
    right.text(*place, text, fontsize=10)
right.set(title="the plane of $a^1$", xlabel="$a_1^1$", ylabel="$a_2^1$", xlim=(-0.4, 3.2), ylim=(-0.8, 2.8))
right.set(aspect="equal", xticks=[0, 1, 2, 3], yticks=[0, 1, 2])
fig.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=4)
plt.show()

# %% [markdown]
# ## Without an activation two layers are one
#
# Was it the second layer that helped, or ReLU? Leave ReLU out, so that $a^1 = z^1$, and put the first layer into the
# second. The product may be bracketed otherwise, $(xW^1)W^2 = x(W^1W^2)$, so
#
# $$z^2 = (xW^1 + b^1)\,W^2 + b^2 = x\,\underbrace{W^1 W^2}_{W} + \underbrace{b^1 W^2 + b^2}_{b}.$$
#
# That is *one* layer, with the weights $W^1W^2$ and the bias $b^1W^2 + b^2$. Its shape is right, too:
# $(n_0, n_1)\,(n_1, n_2) \to (n_0, n_2)$. One layer with one neuron cannot do XOR, so these two cannot. In our example,
# $W = (-1, -1)^T$ and $b = 2$: the answer is $2 - s$.

# %%
W_one, b_one = W1 @ W2, b1 @ W2 + b2
print("W =", W_one.ravel(), " b =", b_one)
print("answers without ReLU:", (z1 @ W2 + b2).ravel())
assert np.array_equal(z1 @ W2 + b2, x @ W_one + b_one)
assert np.array_equal((z1 @ W2 + b2).ravel(), [2, 1, 1, 0])

# %% [markdown]
# The same step can be repeated: however many layers without activations there are, they collapse into one. It is the
# bend in $f$ that a second layer lives on. As a function of $s$ the difference is plain: without ReLU a straight line,
# with ReLU a line with a kink for every hidden neuron. The kinks of ours are at $s = 0$ and $s = 1$, where $z_1^1$
# and $z_2^1$ change sign.

# %% mystnb={"image": {"alt": "Answer against s: with ReLU a tent that rises from 0 at s = 0 to 1 at s = 1 and falls to 0 at s = 2; without ReLU a straight falling line through 2, 1 and 0"}}
s = np.linspace(-0.5, 2.5, 301)
fig, ax = plt.subplots(figsize=(7, 3.3), layout="constrained")
ax.plot(s, np.maximum(s, 0) - 2 * np.maximum(s - 1, 0), color=VERMILION, linewidth=2.5, label="with ReLU")
ax.plot(s, s - 2 * (s - 1), "--", color=BLUE, linewidth=2, label="without: $2 - s$")
ax.plot([0, 1, 2], [0, 1, 0], "ks", ms=9, mfc="none", mew=2, label="targets of XOR")
ax.set(xlabel="$s = x_1 + x_2$, the number of ones", ylabel="answer $a^2$", xticks=[0, 1, 2], ylim=(-0.75, 2.6))
ax.set_title("two kinks make a tent; without kinks there is one straight line")
ax.grid(alpha=0.3)
ax.legend()
plt.show()

# %% [markdown]
# More hidden neurons make more kinks, and a line with enough kinks comes as near to a given smooth curve as one likes.
# For larger networks nobody works out by hand where the kinks should be. Finding good weights is called *training*, and
# chapters 3 to 7 lead to it.
#
# ## A network with a pencil
#
# This book comes back to one network again and again: that of
# [Matt Mazur's worked example](https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/). It has two
# inputs, two hidden neurons, two outputs, and a [sigmoid](#src-sigmoid) at every neuron,
# $\sigma(z) = 1/(1 + e^{-z})$. In his picture the weights are numbered $w_1$ to $w_8$:
#
# | his | value | from → to | ours |
# |---|---|---|---|
# | $w_1$, $w_2$ | 0.15, 0.20 | inputs 1, 2 → hidden 1 | $w_{11}^1$, $w_{21}^1$ |
# | $w_3$, $w_4$ | 0.25, 0.30 | inputs 1, 2 → hidden 2 | $w_{12}^1$, $w_{22}^1$ |
# | $b_1$ | 0.35 | → both hidden | $b_1^1 = b_2^1$ |
# | $w_5$, $w_6$ | 0.40, 0.45 | hidden 1, 2 → output 1 | $w_{11}^2$, $w_{21}^2$ |
# | $w_7$, $w_8$ | 0.50, 0.55 | hidden 1, 2 → output 2 | $w_{12}^2$, $w_{22}^2$ |
# | $b_2$ | 0.60 | → both outputs | $b_1^2 = b_2^2$ |
#
# The two weights on one line of the table lead to one neuron, so they become a *column* of our $W$:
#
# $$W^1 = \begin{pmatrix} 0.15 & 0.25 \\ 0.20 & 0.30 \end{pmatrix},\quad b^1 = (0.35, 0.35),\qquad
#   W^2 = \begin{pmatrix} 0.40 & 0.50 \\ 0.45 & 0.55 \end{pmatrix},\quad b^2 = (0.60, 0.60).$$
#
# For $x = (0.05, 0.10)$, neuron by neuron, with plain numbers:

# %%
z_1 = 0.05 * 0.15 + 0.10 * 0.20 + 0.35
z_2 = 0.05 * 0.25 + 0.10 * 0.30 + 0.35
a_1, a_2 = 1 / (1 + exp(-z_1)), 1 / (1 + exp(-z_2))
print(f"layer 1:  z = {z_1:.9f}, {z_2:.9f}   a = {a_1:.9f}, {a_2:.9f}")

z_3 = a_1 * 0.40 + a_2 * 0.45 + 0.60  # the output neurons, here 3 and 4
z_4 = a_1 * 0.50 + a_2 * 0.55 + 0.60
a_3, a_4 = 1 / (1 + exp(-z_3)), 1 / (1 + exp(-z_4))
print(f"layer 2:  z = {z_3:.9f}, {z_4:.9f}   a = {a_3:.9f}, {a_4:.9f}")

# %% [markdown]
# Mazur prints the outputs .751365070 and .772928465, and so do we. As matrices it is two lines a layer:


# %%
def sigma(z):
    return 1 / (1 + np.exp(-z))


x = np.array([[0.05, 0.10]])  # one example: a batch of one row
W1, b1 = np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([0.35, 0.35])
W2, b2 = np.array([[0.40, 0.50], [0.45, 0.55]]), np.array([0.60, 0.60])

z1 = x @ W1 + b1
a1 = sigma(z1)
z2 = a1 @ W2 + b2
a2 = sigma(z2)

assert np.allclose(z1, [[z_1, z_2]], rtol=1e-14, atol=0) and np.allclose(z2, [[z_3, z_4]], rtol=1e-14, atol=0)
assert np.allclose(a1, [[0.593269992, 0.596884378]], rtol=0, atol=5e-10)  # as Mazur prints them
assert np.allclose(a2, [[0.751365070, 0.772928465]], rtol=0, atol=5e-10)
print("a¹ =", a1, "\na² =", a2)

# %% [markdown]
# ## The same network by tinynet
#
# `tn.Dense` is a layer: so many neurons, an activation by name, and, for the first layer, how many inputs there are.
# (*Dense* because every neuron is connected with every input.) `tn.Sequential` is a list of layers, the outputs of each
# being the inputs of the next. It draws its weights at random; what they should be drawn from is a question for
# [chapter 9](09_digits.py). We set ours, in the order $W^1, b^1, W^2, b^2$.

# %%
net = tn.Sequential([tn.Dense(2, activation="sigmoid", input_dim=2), tn.Dense(2, activation="sigmoid")])
net.set_weights([W1, b1, W2, b2])

print("predict:", net.predict(x))
for l, a in enumerate(net.get_activations(x), start=1):
    print(f"a^{l}:", a)

# %% [markdown]
# `predict(x)` gives $a^L$, `get_activations(x)` gives the list of $a^1, \dots, a^L$, both as arrays with a row for each
# example. Calling the network, `net(x)`, computes the same and gives a `tn.Tensor`, which the coming chapters need.
#
# Behind all three stand two lines of [layers.py](../tinynet/layers.py), run once a layer: [the sums](#src-dense-z),
# $z^l = a^{l-1}W^l + b^l$, and [the activation](#src-dense-a), $a^l = f(z^l)$. The first hands its three arrays to
# [one product](../tinynet/kernels/weighted_sums.py) that starts at the bias, as the triple loop above does. A layer
# keeps its weights as tensors `W` and `b`, so the two lines can be repeated from outside:

# %%
a = x
for l, layer in enumerate(net.layers, start=1):
    z = a @ layer.W.data + layer.b.data
    a = tn.sigmoid(z).data
    print(f"z^{l} =", z, f" a^{l} =", a)
    assert np.allclose(a, net.get_activations(x)[l - 1], rtol=1e-14, atol=0)

assert np.allclose(net.predict(x), a2, rtol=1e-14, atol=0)
assert np.array_equal(net(x).data, net.predict(x))

# %% [markdown]
# Goodfellow's network is as short. Its second layer has no activation, and none is given.

# %%
xor_net = tn.Sequential([tn.Dense(2, activation="relu", input_dim=2), tn.Dense(1)])
xor_net.set_weights([[[1, 1], [1, 1]], [0, -1], [[1], [-2]], [0]])

corners, targets = tn.data.xor()
print("answers:", xor_net.predict(corners).ravel())
assert np.array_equal(xor_net.predict(corners), targets)

# %% [markdown]
# ## Counting parameters
#
# The *parameters* of a network are the numbers that training will choose: all weights and biases. Layer $l$ has
# $n_{l-1}\, n_l$ weights and $n_l$ biases, so a network has
#
# $$\sum_{l=1}^{L} (n_{l-1}\, n_l + n_l) = \sum_{l=1}^{L} (n_{l-1} + 1)\, n_l$$
#
# of them. Mazur's has $3 \cdot 2 + 3 \cdot 2 = 12$. `summary()` prints the count layer by layer, here for a network
# that takes images of $8 \times 8$ pixels and has an output for each of the ten digits. In its shapes $N$ stands for
# any number of examples. (`seed=0` says which random numbers the weights are, so that they are the same in every run.)

# %%
digits_net = tn.Sequential([tn.Dense(32, activation="relu", input_dim=64), tn.Dense(10)], seed=0)
digits_net.summary()

n = [64, 32, 10]
count = sum((n[l - 1] + 1) * n[l] for l in (1, 2))
print("by the formula:", count)
assert count == sum(w.size for w in digits_net.get_weights())
assert sum(w.size for w in net.get_weights()) == 12

# %% [markdown]
# The weights are also the work: one example costs one multiplication and one addition for each weight.
#
# ## What goes wrong
#
# Wrong shapes are the harmless mistakes: something complains. The following three give numbers.
#
# ### The weights are transposed, and fit
#
# Mazur's article lists the weights neuron by neuron, and it is tempting to type them row by row. The layers have as
# many inputs as neurons, $W$ is square, and its transpose has the shape of $W$. Nothing complains.

# %%
W1_typed = np.array([[0.15, 0.20], [0.25, 0.30]])  # a row for each hidden neuron: this is the transpose
W2_typed = np.array([[0.40, 0.45], [0.50, 0.55]])
net.set_weights([W1_typed, b1, W2_typed, b2])
wrong = net.predict(x)
print("typed row by row:", wrong, "\nright:           ", a2)
assert np.abs(wrong - a2).max() < 0.02 and not np.allclose(wrong, a2, rtol=1e-3)

# %% [markdown]
# The answers are nearly right, which is the worst way to be wrong. Two habits help. Read one weight aloud: $w_3 = 0.25$
# goes *from* input 1 *to* hidden neuron 2, so it belongs in row 1, column 2. And try a program first on a network whose
# layers are all of different width. There the transpose does not fit:

# %%
uneven = tn.Sequential([tn.Dense(3, activation="sigmoid", input_dim=2)])
print(error_of(uneven.set_weights, [np.ones((3, 2)), np.zeros(3)]))

net.set_weights([W1_typed.T, b1, W2_typed.T, b2])  # repaired
assert np.allclose(net.predict(x), a2, rtol=1e-14, atol=0)

# %% [markdown]
# ### (n,) against (n, 1)
#
# An array of shape $(3,)$ counts as a row when NumPy adds it to a matrix. The same numbers in the shape $(3, 1)$ are a
# column, and are added to every *column*. Books with examples in columns have biases of that shape. Take three
# examples, three neurons, and such a bias:

# %%
x3 = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
W3, b3 = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([10.0, 20.0, 30.0])
z_right, z_wrong = x3 @ W3 + b3, x3 @ W3 + b3.reshape(3, 1)
print("b of shape (3,), a bias for each neuron:", z_right, sep="\n")
print("b of shape (3, 1), a bias for each example:", z_wrong, sep="\n")
assert z_right.shape == z_wrong.shape and not np.array_equal(z_right, z_wrong)

# %% [markdown]
# Now every *example* has a bias. The shape of the result is right, the numbers are not: with as many examples as
# neurons the mistake goes through. With one example the shape betrays it, $(1, 3) + (3, 1) \to (3, 3)$, one example in
# and three out; with two or four NumPy refuses. The repair is to agree on one shape, $(n_l,)$, and to check it. tinynet
# takes no other:

# %%
print(error_of(net.set_weights, [W1, b1.reshape(2, 1), W2, b2]))
assert (x3[:1] @ W3 + b3.reshape(3, 1)).shape == (3, 3)
for N in (2, 4):
    assert "broadcast" in error_of(np.add, np.ones((N, 3)), b3.reshape(3, 1))

# %% [markdown]
# The same confusion with examples: $(0.05, 0.10)$ of shape $(2,)$ could be one example with two inputs or two examples
# with one. NumPy's `@` takes it for the first. tinynet does not guess; `x[None]` makes it a batch of one row.

# %%
single = np.array([0.05, 0.10])
print(error_of(net.predict, single))
assert np.array_equal(net.predict(single[None]), net.predict(x))

# %% [markdown]
# ### The activation was forgotten
#
# `tn.Dense(2)` is a layer without activation, as in Keras and PyTorch. Here both layers of the XOR network are such;
# `get_weights` gives copies of the weights of the right one.

# %%
flat = tn.Sequential([tn.Dense(2, input_dim=2), tn.Dense(1)])
flat.set_weights(xor_net.get_weights())
print("answers:", flat.predict(corners).ravel())

# %% [markdown]
# It runs, and could even be trained, to whatever one layer can do. How would one notice without reading the code? By
# the collapse. A network that is one layer, $xW + b$, sends the middle of two examples to the middle of their answers:
#
# $$\frac{x + x'}{2}\,W + b = \frac{(xW + b) + (x'W + b)}{2}.$$
#
# So take random pairs $x$, $x'$, and compare. (Where the last layer has an activation, compare the $z^L$ before it, for
# $f$ would bend them.)


# %%
def bend(predict, x, x_other):
    """How far the answer in the middle is from the middle of the answers: 0 everywhere if nothing bends."""
    return np.abs(predict((x + x_other) / 2) - (predict(x) + predict(x_other)) / 2).max()


rng = np.random.default_rng(0)
x, x_other = rng.normal(size=(2, 100, 2))
print(f"without activation: {bend(flat.predict, x, x_other):.1e}")
print(f"with ReLU:          {bend(xor_net.predict, x, x_other):.1e}")
assert bend(flat.predict, x, x_other) < 1e-14 < 0.1 < bend(xor_net.predict, x, x_other)

# %% [markdown]
# What is left without activation is rounding. The test is also a short proof that such a network cannot answer
# 0, 1, 1, 0. The middle of $(0,0)$ and $(1,1)$ is also the middle of $(0,1)$ and $(1,0)$, and the answer there would
# have to be 0, half way between 0 and 0, and 1, half way between 1 and 1.
#
# ## Summary
#
# | | formula | shapes |
# |---|---|---|
# | start | $a^0 = x$ | $(N, n_0)$, an example a row |
# | weights | $w_{ij}^l$, from neuron $i$ of layer $l-1$ to neuron $j$ of layer $l$ | $(n_{l-1}, n_l)$ |
# | [product](#src-matmul) | $(AB)_{ij} = \sum_p A_{ip} B_{pj}$ | $(n, k)\,(k, m) \to (n, m)$ |
# | [sums](#src-dense-z) | $z^l = a^{l-1} W^l + b^l$ | $(N, n_l)$; $b^l$ has $(n_l,)$ |
# | [outputs](#src-dense-a) | $a^l = f(z^l)$, entry by entry | $(N, n_l)$ |
# | parameters | $\sum_l (n_{l-1} + 1)\, n_l$ | |
#
# - $(xW)^T = W^T x^T$: a book with examples in columns has the transposed matrices.
# - One neuron whose activation never falls cannot compute XOR. A hidden layer moves the points to where one can.
# - Without activations layers collapse: $W = W^1 W^2$, $b = b^1 W^2 + b^2$.
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch02.py`, then run `pytest tutorials/exercises -k ch02`: each mark says
# what is still wrong.
#
# 1. `count_parameters(widths)`: from the widths of the layers to the number of parameters.
# 2. `weighted_sums(x, W, b)`: the sums of a layer for a batch, with loops, and without looking above.
# 3. `from_pytorch(layers)`: weights stored *to, from* into the list that `set_weights` takes.
# 4. `forward(x, weights, activations)`: all $z^l$ and $a^l$ of a network of any depth.
# 5. `collapse(weights)`: any number of layers without activations into one.
# 6. `parity_of_three()`: weights, found with a pencil, of a network that says whether the number of ones among *three*
#    bits is odd. The tent needs one more kink.
#
# With a pencil (the answers are in `tutorials/exercises/solutions/ch02.py`):
#
# 7. There are 16 ways to answer four examples by 0 and 1. How many of them can one neuron give?
# 8. Let $f(z) = z^2$. Find weights and a bias with which *one* neuron computes $1 - \text{XOR}$
#    exactly. Where does the proof with the four inequalities break?
#
# [Chapter 3](03_losses.py) asks how wrong an answer is, and makes a number of it.
