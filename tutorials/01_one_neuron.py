# %% [markdown]
# # 1. One neuron
#
# A network that reads handwriting or writes sentences is made of one part, used many times. The part takes some
# numbers, weighs them, adds them up, and bends the sum. It is called a *neuron*, and this chapter is about a single
# one: what it computes, what it can say, and how to feed it. There is nothing else in a network; the rest of this
# book is about how many neurons work together and how they find their weights.
#
# ## What you will be able to do
#
# - compute the output of a neuron with a pencil, and say what each weight and the bias did to it;
# - draw the line at which a neuron of two inputs changes its mind;
# - derive the sigmoid, and say what tanh, ReLU and their relatives are for;
# - bring inputs to a common scale, and say what goes wrong otherwise;
# - write a sigmoid that survives $z = -1000$.
#
# ## The idea
#
# You find an iris and would like to know whether it is of the species *setosa*. You measure two lengths. Each is a
# piece of evidence: long petals speak against setosa, and so do wide ones. You weigh what they say, add it up, and
# compare with what you thought before you measured anything. If the sum is large you say yes, if it is very negative
# you say no, and in between you hesitate.
#
# A neuron does this. It has a *weight* $w_i$ for each of its inputs $x_i$: how much, and in which direction, this
# input counts. It has a *bias* $b$: what it would say if all inputs were 0. It adds up,
# $x_1 w_1 + x_2 w_2 + \dots + b$, in short
#
# $$z = \sum_i x_i w_i + b,$$
#
# and turns the sum $z$ into its answer $a = f(z)$ by a fixed function $f$, its *activation*. That word is also used
# for the answer $a$ itself.

# %% tags=["hide-input"] mystnb={"image": {"alt": "Two inputs, each times its weight, and the bias lead into a sum z; f makes the answer a of it."}}
import math

import matplotlib.pyplot as plt
import numpy as np

import tinynet as tn

BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"

fig, ax = plt.subplots(figsize=(7, 3))
places = {"$x_1$": (0, 2), "$x_2$": (0, 1), "$1$": (0, 0), r"$\Sigma$": (2.2, 1), "$f$": (4, 1)}
for text, place in places.items():
    ax.annotate(text, place, ha="center", va="center", fontsize=14, bbox={"boxstyle": "circle", "fc": "white"})
for start, label in [("$x_1$", "$w_1$"), ("$x_2$", "$w_2$"), ("$1$", "$b$")]:
    (x0, y0), (x1, y1) = places[start], places[r"$\Sigma$"]
    style = {"arrowstyle": "->", "shrinkA": 14, "shrinkB": 16, "color": BLUE}
    ax.annotate("", (x1, y1), (x0, y0), arrowprops=style)
    ax.text((x0 + x1) / 2, (y0 + y1) / 2 + 0.13, label, fontsize=13, color=BLUE, ha="center")
for x0, x1, label in [(2.2, 4, "$z$"), (4, 5.6, "$a = f(z)$")]:
    ax.annotate("", (x1, 1), (x0, 1), arrowprops={"arrowstyle": "->", "shrinkA": 16, "shrinkB": 14})
    ax.text((x0 + x1) / 2 + 0.1, 1.13, label, fontsize=13, ha="center")
ax.set(xlim=(-0.5, 5.9), ylim=(-0.5, 2.5), title="one neuron: weigh, add up, bend")
ax.axis("off")
plt.show()

# %% [markdown]
# The bias is drawn as a weight of an input that is always 1. That is how to see it, and later it will be how to
# derive its formulas.
#
# ## A neuron with a pencil
#
# The example is from the notes of the Stanford course [CS231n](https://cs231n.github.io/optimization-2/): two inputs
# $-1$ and $-2$, weights $2$ and $-3$, bias $-3$.

# %%
x = [-1.0, -2.0]
w = [2.0, -3.0]
b = -3.0

z = x[0] * w[0] + x[1] * w[1] + b
print(f"({x[0]:g})·({w[0]:g}) + ({x[1]:g})·({w[1]:g}) + ({b:g}) = {x[0] * w[0]:g} + {x[1] * w[1]:g} + {b:g} = {z:g}")
assert z == 1

# %% [markdown]
# The first input spoke against ($-2$), the second for ($+6$), the bias against ($-3$), and together they say $z = 1$.
#
# Why a sum of products, of all formulas? Because it is the simplest one in which each input can be given its own
# importance, and it has a meaning that can be read off: if $x_1$ grows by 1 and the others stay, $z$ grows by $w_1$,
# whatever the others are. One neuron cannot say more than this; that is what other neurons are for.
#
# ## Where a neuron changes its mind
#
# With two inputs, every example $(x_1, x_2)$ is a point of the plane, and $z$ is a number at every point. Where is it
# 0? There $x_1 w_1 + x_2 w_2 + b = 0$, and this is the equation of a straight line: if $w_2 \ne 0$,
#
# $$x_2 = -\frac{w_1}{w_2}\,x_1 - \frac{b}{w_2}.$$
#
# Take two points $x$ and $x'$ of the line and subtract their equations: $(x - x') \cdot w = 0$. So the line is
# perpendicular to the vector $w = (w_1, w_2)$. Walk from the line a distance $d$ along $w$, that is to
# $x + d\,w/|w|$ with $|w| = \sqrt{w_1^2 + w_2^2}$, and $z$ has become
#
# $$z = \Big(x + d\,\frac{w}{|w|}\Big) \cdot w + b = \underbrace{x \cdot w + b}_{0} + d\,\frac{w \cdot w}{|w|}
#   = d\,|w|.$$
#
# **$z$ is the distance from the line, counted in steps of $1/|w|$**, positive on the side to which $w$ points. The
# direction of $w$ says which way the line faces, its length how fast the neuron becomes sure, and $b$ where the line
# lies: the origin has $z = b$, so its distance is $b/|w|$.

# %%
length = math.hypot(*w)
distance = z / length
foot = [x[0] - distance * w[0] / length, x[1] - distance * w[1] / length]  # walk back to the line
print(f"|w| = {length:.6f}; x lies {distance:.6f} from the line, whose nearest point is ({foot[0]:.6f}, {foot[1]:.6f})")
assert abs(foot[0] * w[0] + foot[1] * w[1] + b) < 1e-12  # there z is 0

# %% tags=["hide-input"] mystnb={"image": {"alt": "The plane coloured by z, purple where negative, orange where positive; the line z = 0, the arrow w across it, and the example at distance 0.28."}}
grid_1, grid_2 = np.meshgrid(np.linspace(-4, 3, 141), np.linspace(-4, 1.5, 111))
fig, ax = plt.subplots(figsize=(7, 4.2))
image = ax.contourf(grid_1, grid_2, grid_1 * w[0] + grid_2 * w[1] + b, levels=np.arange(-18, 19, 2), cmap="PuOr_r")
fig.colorbar(image, label="z")
line = np.array([-4, 3])
ax.plot(line, -(w[0] * line + b) / w[1], color="black", label="z = 0")
ax.annotate("", (foot[0] + w[0] / 2, foot[1] + w[1] / 2), foot, arrowprops={"arrowstyle": "->", "lw": 2})
ax.text(foot[0] + w[0] / 2 + 0.1, foot[1] + w[1] / 2, "w (half its length)", va="center")
ax.plot(*x, "o", color=BLUE, markeredgecolor="white", markersize=9, zorder=5, label="the example, z = 1")
ax.text(-2.6, -0.9, "−", fontsize=22, ha="center")
ax.text(1.5, -2.2, "+", fontsize=22, ha="center")
ax.set(xlabel="$x_1$", ylabel="$x_2$", title="a neuron cuts the plane in two", xlim=(-4, 3), ylim=(-4, 1.5))
ax.set_aspect("equal")
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# With three inputs the line is a plane, and with 64, one for each pixel of a small image, it is a flat cut through a
# space that nobody can see. The algebra above does not mind: it is the same for any number of inputs.
#
# ## The sigmoid, derived
#
# A $z$ can be any number. For an answer to "is it a setosa?" we would rather have a number between 0 and 1 that can
# be read as a probability $a$. How should it depend on $z$?
#
# Evidence adds up in $z$. What do probabilities do when evidence comes? A bookmaker does not say "probability 0.8"
# but "4 to 1": the *odds* $a/(1-a)$. New evidence *multiplies* the odds, and the factor does not depend on what they
# were (this is Bayes' rule): a clue that is three times as likely for a setosa as for another iris turns 4 to 1 into
# 12 to 1. What multiplies when we add is an exponential. So we want that one more unit of $z$ multiplies the odds by
# a fixed factor, and choose the most convenient one, $e$:
#
# $$\frac{a}{1-a} = e^z \quad\Longrightarrow\quad a = e^z - a\,e^z
#   \quad\Longrightarrow\quad a = \frac{e^z}{1 + e^z} = \frac{1}{1 + e^{-z}}.$$
#
# This is the *sigmoid*, $\sigma(z)$. At $z = 0$ the odds are 1 to 1 and $\sigma(0) = \frac12$: the line of the
# picture is where the neuron cannot decide. Turning all evidence round turns the answer round:
# $\sigma(-z) = 1 - \sigma(z)$.


# %%
def sigma(z):
    return 1 / (1 + math.exp(-z))


a = sigma(z)
print(f"a = σ({z:g}) = 1/(1 + {math.exp(-z):.9f}) = {a:.9f}")
print(f"odds a/(1 − a) = {a / (1 - a):.9f} to 1")
assert abs(a - 0.731058579) < 5e-10  # as the notes of CS231n have it, in more digits
assert math.isclose(a / (1 - a), math.e)
assert math.isclose(sigma(-z), 1 - a)

# %% [markdown]
# The neuron says yes, with odds of $e \approx 2.718$ to 1.
#
# ## The same by tinynet
#
# tinynet computes with arrays; `.data` of what it returns is the plain NumPy array with the numbers. Its sigmoid is
# [this line](#src-sigmoid). The weighted sum is, for several neurons at once, [this one](#src-dense-z), and chapter 2
# is about it.

# %%
by_tinynet = tn.sigmoid([z]).data
print(by_tinynet)
assert by_tinynet.shape == (1,) and math.isclose(by_tinynet[0], a, rel_tol=1e-15)

# %% [markdown]
# The line of the source has two forms of the sigmoid, one for each sign of $z$. Why that matters is the story at the
# end of this chapter.
#
# ## Its relatives
#
# The sigmoid is one choice of $f$. Others answer other questions, or learn faster; which, and why, the later
# chapters find out. Here they are all introduced. Each has its line in the source.
#
# **[tanh](#src-tanh)**: a sigmoid that runs from $-1$ to 1 instead of from 0 to 1, so that "no" is the opposite of
# "yes" and not silence. Stretch the answer to $2\sigma - 1$, and double $z$, which makes the slope at 0 just 1. Then
# multiply above and below by $e^z$:
#
# $$2\,\sigma(2z) - 1 = \frac{2}{1 + e^{-2z}} - 1 = \frac{1 - e^{-2z}}{1 + e^{-2z}}
#   = \frac{e^z - e^{-z}}{e^z + e^{-z}} = \tanh z.$$
#
# **[ReLU](#src-relu)**, the rectified linear unit: $\max(0, z)$. It answers *how much*, and nothing below 0. It needs
# no exponential.
#
# **[Leaky ReLU](#src-leaky-relu)**: as ReLU, but below 0 it is $s z$ with a small slope $s$, in tinynet 0.01 if you
# do not say otherwise. So it never falls quite silent.
#
# **[Softplus](#src-softplus)**: $\ln(1 + e^z)$, a ReLU without the corner. For large $z$ the 1 hardly counts, and
# $\ln e^z = z$; for very negative $z$ it is about $e^z$, which is almost 0.
#
# **[ELU](#src-elu)**, the exponential linear unit: $z$ for $z > 0$, and $s\,(e^z - 1)$ below, which levels off at
# $-s$. With $s = 1$ the two halves meet without a corner: both have slope 1 at 0.
#
# **[GELU](#src-gelu)**: $z\,\Phi(z)$, where $\Phi(z)$ is the probability that a normally distributed number (mean 0,
# standard deviation 1) lies below $z$. Let $z$ pass with that probability and be 0 otherwise: GELU is what comes out
# on average. In terms of a function of Python's `math`, $\Phi(z) = \frac12\,(1 + \mathrm{erf}(z/\sqrt2))$.
#
# By hand for $z = 1$ and $z = -1$, and by tinynet:

# %%
by_hand = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": lambda z: (math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z)),
    "relu": lambda z: max(0.0, z),
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "elu": lambda z: z if z > 0 else math.exp(z) - 1,
    "gelu": lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2,
}
print(f"{'f':>10}  {'f(1)':>12}  {'f(−1)':>12}")
for name, f in by_hand.items():
    print(f"{name:>10}  {f(1.0):12.9f}  {f(-1.0):12.9f}")
    assert np.allclose(getattr(tn, name)([1.0, -1.0]).data, [f(1.0), f(-1.0)], rtol=1e-14, atol=0)
assert math.isclose(by_hand["tanh"](1.0), 2 * sigma(2.0) - 1)

# %% tags=["hide-input"] mystnb={"image": {"alt": "Graphs of sigmoid and tanh, which level off on both sides, and of ReLU, leaky ReLU, softplus, ELU and GELU, which follow z on the right and are nearly 0 on the left."}}
zs = np.linspace(-4, 4, 401)
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.6), layout="constrained")
for name, style, colour in [("sigmoid", "-", BLUE), ("tanh", "--", VERMILION)]:
    left.plot(zs, getattr(tn, name)(zs).data, style, color=colour, label=name)
left.set(title="they level off", xlabel="z", ylabel="a = f(z)")
styles = [("relu", "-", "black"), ("leaky_relu", "--", BLUE), ("softplus", "-.", GREEN), ("elu", ":", VERMILION)]
for name, style, colour in [*styles, ("gelu", (0, (5, 1, 1, 1, 1, 1)), "#CC79A7")]:
    kwargs = {"negative_slope": 0.1} if name == "leaky_relu" else {}
    label = "leaky_relu, s = 0.1" if kwargs else name
    right.plot(zs, getattr(tn, name)(zs, **kwargs).data, linestyle=style, color=colour, label=label)
right.set(title="they let positive z through", xlabel="z", ylim=(-1.3, 3))
for ax in (left, right):
    ax.axhline(0, color="grey", lw=0.5)
    ax.axvline(0, color="grey", lw=0.5)
    ax.legend(fontsize=9)
plt.show()

# %% [markdown]
# In the picture the leak is ten times the usual one, or nobody would see it.
#
# Not every function will do. $f(z) = z$, called the *identity* or *linear* activation, bends nothing; such neurons are
# only useful at the end of a network. Why, chapter 2 proves.
#
# ## Inputs of one size
#
# Petals again. `tn.data.iris()` has 150 irises: in each row of `x` the length and width of a sepal and the length and
# width of a petal, in centimetres; in `y` a 1 in the column of the species (setosa, versicolor, virginica) and 0 in
# the other two. We take the petals. Suppose that whoever measured wrote the lengths in millimetres and the widths in
# metres. They are the same flowers, but see what a neuron with two equal weights makes of them:

# %%
x_iris, y_iris = tn.data.iris()
petals = x_iris[:, 2:]  # (150, 2): length and width in cm
is_setosa = y_iris[:, 0] == 1
badly_measured = petals * [10, 0.01]  # mm and m


def shares(x):
    """How much of the spread of z = x_1 + x_2 comes from each input."""
    spread = x.max(axis=0) - x.min(axis=0)
    return spread / spread.sum()


print("smallest:", badly_measured.min(axis=0), " largest:", badly_measured.max(axis=0))
print("shares of length and width in z:", shares(badly_measured).round(5))
ratio = shares(badly_measured)[0] / shares(badly_measured)[1]
print(f"the lengths are spread {ratio:.0f} times as wide as the widths")
assert shares(badly_measured)[0] > 0.999 and ratio > 2000

# %% [markdown]
# The neuron does not hear the width at all. A large weight could make up for it; but weights will be *learned*, in
# steps of one size for all of them, and a step of the first weight moves the flowers' $z$ apart over 2,000 times as far
# as the same step of the second. So inputs are brought to one scale first.
#
# If a column runs from $\min$ to $\max$, the straight line that leads $\min$ to 0 and $\max$ to 1 is
# ([the source](#src-minmax))
#
# $$x' = \frac{x - \min}{\max - \min}.$$
#
# The other usual scale is that of [standardized](#src-standardize) columns: mean 0 and standard deviation 1, without
# fixed ends. If the column has $N$ numbers, $x_n$ being that of row $n$,
#
# $$x' = \frac{x - \mu}{\sigma}, \qquad \mu = \frac1N \sum_n x_n, \qquad \sigma^2 = \frac1N \sum_n (x_n - \mu)^2.$$
#
# Here $\sigma$ is the standard deviation, not the sigmoid; statistics and neural networks use the same letter.

# %%
scaled = tn.data.minmax_scale(badly_measured)
low, high = badly_measured.min(axis=0), badly_measured.max(axis=0)
assert np.allclose(scaled, (badly_measured - low) / (high - low))
assert np.allclose(scaled, tn.data.minmax_scale(petals))  # the unit no longer matters
print("the first flower:", badly_measured[0], "mm, m  →", scaled[0].round(6))
print("shares of length and width in z:", shares(scaled))

standard = tn.data.standardize(badly_measured)
assert np.allclose(standard.mean(axis=0), 0) and np.allclose(standard.std(axis=0), 1)
print("standardized:", standard[0].round(6))

# %% [markdown]
# A new flower must be scaled by the same $\min$ and $\max$, or the same petal would be another number:
# `minmax_scale(new, like=old)`. It may then lie a little outside 0…1, and should.
#
# ## A neuron that knows setosas
#
# In the picture below the setosas sit in the corner of short and narrow petals. The line scaled length + scaled
# width = 0.5 cuts that corner off. On the setosas' side the sum is smaller, so let $z = -10\,x_1 - 10\,x_2 + 5$. The
# factor 10 says how fast the neuron becomes sure: at a distance of 0.2 from the line, $z = 0.2\,|w|$.

# %%
w, b = np.array([-10.0, -10.0]), 5.0
z = scaled @ w + b  # (150, 2) times (2,): for each flower x_1 w_1 + x_2 w_2
a = tn.sigmoid(z).data

right_answers = (a > 0.5) == is_setosa
print(f"right about {right_answers.sum()} of {len(a)} irises")
print(f"smallest a of a setosa: {a[is_setosa].min():.3f}; largest a of another iris: {a[~is_setosa].max():.3f}")
print(f"a at the distance 0.2 from the line: {sigma(0.2 * math.hypot(*w)):.3f}")
assert right_answers.all()

# %% tags=["hide-input"] mystnb={"image": {"alt": "150 irises by scaled petal length and width; the neuron's answer shades the plane, and the line where it is one half separates the setosas from the others, versicolor and virginica, which overlap."}}
grid_1, grid_2 = np.meshgrid(np.linspace(-0.05, 1.05, 111), np.linspace(-0.05, 1.05, 111))
answers = tn.sigmoid(grid_1 * w[0] + grid_2 * w[1] + b).data
fig, ax = plt.subplots(figsize=(7, 4.2))
image = ax.contourf(grid_1, grid_2, answers, levels=np.linspace(0, 1, 11), cmap="Greys", alpha=0.7)
fig.colorbar(image, label="a: how sure the neuron is of a setosa")
ax.contour(grid_1, grid_2, answers, levels=[0.5], colors="black")
for k, (label, marker, colour) in enumerate(
    [("setosa", "o", BLUE), ("versicolor", "^", VERMILION), ("virginica", "s", GREEN)]
):
    chosen = y_iris[:, k] == 1
    ax.plot(*scaled[chosen].T, marker, color=colour, markeredgecolor="white", markersize=7, label=label)
ax.set(
    xlabel="petal length, scaled to 0…1", ylabel="petal width, scaled to 0…1", title="one neuron, weights set by eye"
)
ax.legend(loc="lower right")
plt.show()

# %% [markdown]
# Two weights and a bias, set by eye. With 64 inputs the eye will not help, and the weights must be found
# from the examples: that takes the next six chapters.
#
# ## What goes wrong: the sigmoid at −1000
#
# Copy the formula into code, and one day a $z$ comes along that breaks it. It was reported of
# [two](https://github.com/karpathy/micrograd/pull/29) [additions](https://github.com/karpathy/micrograd/pull/74)
# to micrograd, a framework that many learn with. A float64 can hold numbers up to about $1.8 \cdot 10^{308}$, and
# $e^{1000}$ is larger. What happens then depends on who computes: Python's `math` raises an error, NumPy says infinity
# and goes on.


# %%
def careless_tanh(z):
    return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))


try:
    sigma(-1000.0)
except OverflowError as error:
    print("σ(−1000) by math.exp:", error)
with np.errstate(over="ignore", invalid="ignore"):  # NumPy would only warn; here the warning is held back
    print("tanh(1000) by np.exp:", careless_tanh(1000.0))  # ∞/∞
    assert np.isnan(careless_tanh(1000.0))

# %% [markdown]
# The answers themselves are harmless: $\sigma(-1000)$ is as good as 0 and $\tanh 1000$ is as good as 1. Only the way
# there leads over an infinity. So take another way. Multiply the numerator and the denominator of $\sigma$ by $e^z$
# where $z$ is negative:
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}} \quad (z \ge 0), \qquad \sigma(z) = \frac{e^z}{1 + e^z} \quad (z < 0).$$
#
# Now the exponent is never positive. $e^{-1000}$ is too *small* for a float64, becomes 0, and that is harmless:
# $0/(1 + 0) = 0$. This is what [tinynet's sigmoid](#src-sigmoid) does, and [its tanh](#src-tanh) likewise.


# %%
def sigma(z):
    e = math.exp(-abs(z))
    return 1 / (1 + e) if z >= 0 else e / (1 + e)


extremes = [-1000.0, -1.0, 0.0, 1.0, 1000.0]
print("σ by hand:   ", [sigma(z) for z in extremes])
print("σ by tinynet:", tn.sigmoid(extremes).data)
print("tanh:        ", tn.tanh(extremes).data)
assert np.allclose(tn.sigmoid(extremes).data, [sigma(z) for z in extremes], rtol=1e-15, atol=0)
assert tn.tanh(1000.0).item() == 1  # .item() is the number, where there is only one

# %% [markdown]
# ## Summary
#
# - A neuron computes $z = \sum_i x_i w_i + b$ and answers $a = f(z)$.
# - For two inputs $z = 0$ is a line, perpendicular to $w$; $z/|w|$ is the distance from it, with the sign of the side.
# - The sigmoid turns evidence that adds up into a probability: $e^z$ are the odds. tanh is a sigmoid from $-1$ to 1;
#   ReLU and its relatives let positive $z$ through.
# - Inputs of different size are scaled before a neuron sees them, new ones by the scale of the old.
# - A formula that is right on paper can fail in floating point. Rewrite it so that the exponent is never positive.
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch01.py`, then run `pytest tutorials/exercises -k ch01`: each mark
# says what is still wrong. [This page](exercises/index.md) says what you need for it, and where the solutions are.
#
# 1. `weighted_sum(x, w, b)`: $z$, with a loop and nothing else.
# 2. `sigmoid(z)`: for every $z$ that a float can hold, without an error and without a warning.
# 3. `boundary(w, b, x1)`: the $x_2$ at which the neuron changes its mind.
# 4. `minmax(x, like)`: scale new rows by the range of old ones.
# 5. `and_neuron()`, `or_neuron()`: weights and bias of a neuron that answers "both" and one that answers "at least
#    one". There are many right answers; the marks try yours.
# 6. `virginica_neuron()`: versicolor and virginica overlap. Find by eye, in the picture of the irises above, weights
#    that are wrong about at most 6 of these 100 flowers.
# 7. With a pencil (the answer is with the solutions): show that $\tanh(-z) = -\tanh z$, and that
#    $\mathrm{softplus}(z) - \mathrm{softplus}(-z) = z$.
#
# [Chapter 2](02_forward.py) puts neurons side by side, and one after the other.
