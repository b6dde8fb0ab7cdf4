# %% [markdown]
# # 4. Back-propagation by hand
#
# The network has answered, the answer is wrong, and [chapter 3](03_losses.py) says by how much. Which of the weights is
# to blame? All of them, a little; and this chapter computes how much, for every weight at once, in a single walk from
# the loss back to the input. The walk is called *back-propagation*
# ([Rumelhart, Hinton and Williams 1986](https://doi.org/10.1038/323533a0)). It is the chain rule and nothing else, and
# at the end of this chapter you can do all of it with a pencil.
#
# ## What you will be able to do
#
# - derive the slope of every activation, and the gradient of every loss, that you have met;
# - compute the $\delta$ of an output neuron and of a hidden one, and say why the formulas differ;
# - get every $\partial L/\partial w$ and $\partial L/\partial b$ from the $\delta$, by one multiplication each;
# - write the same for a whole batch in four lines of matrices, and explain every transpose;
# - recognise two frequent mistakes, and say why they are so easy to overlook.
#
# ## The idea: which way?
#
# Take one weight $w$ of a network, hold everything else fixed, and turn it a little. The loss $L$ answers. The
# derivative $\partial L/\partial w$ says how: the curly $\partial$ means that all else is held fixed, and for a small
# turn $\Delta$
#
# $$L(w + \Delta) \approx L(w) + \frac{\partial L}{\partial w}\,\Delta.$$
#
# So its sign says **which way**: where it is positive, the loss rises with $w$, and $w$ should become smaller; where
# it is negative, larger. Its size says how much the loss cares.
#
# One could find out by trying: turn one weight, run the network again, put the weight back, go on to the next. For a
# million weights that is a million runs, for a single step. Back-propagation gets the same million numbers from one
# run forward and one walk back.
#
# Here is the neuron of [chapter 1](01_one_neuron.py), with $w = (2, -3)$, $b = -3$ and the input $x = (-1, -2)$. It
# said $a = \sigma(1) = 0.73$, and let us suppose that it should have said $y = 1$. On the left the loss
# $L = \frac12 (y - a)^2$ for every $z$ that the neuron could have had. On the right each of $w_1$, $w_2$ and $b$ is
# turned alone.

# %% tags=["hide-input"] mystnb={"image": {"alt": "Left: the loss falls with z; a tangent touches the curve at z = 1. Right: the loss against a turn of each weight alone: it falls with b and rises with the weights, with the second twice as steeply as with the first."}}
import math

import matplotlib.pyplot as plt
import numpy as np

import tinynet as tn
from tinynet.kernels.weighted_sums import weighted_sums_backward

np.set_printoptions(precision=9)
BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"


def sigma(z):
    return 1 / (1 + np.exp(-z))


x, w, b, y = np.array([-1.0, -2.0]), np.array([2.0, -3.0]), -3.0, 1.0


def loss_of(w, b):
    return 0.5 * (y - sigma(x @ w + b)) ** 2


fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.5), layout="constrained")
many_z = np.linspace(-3, 4, 141)
left.plot(many_z, 0.5 * (y - sigma(many_z)) ** 2, color="black", label="L")
slope = (sigma(1) - y) * sigma(1) * (1 - sigma(1))
near = np.array([-1.0, 3.0])
left.plot(near, loss_of(w, b) + slope * (near - 1), "--", color=VERMILION, label="tangent at z = 1")
left.plot(1, loss_of(w, b), "o", color=VERMILION)
left.set(title="the loss against z", xlabel="z", ylabel="loss L", ylim=(-0.07, 0.5))
turns = np.linspace(-1, 1, 81)
for name, style, colour, dw, db in [
    ("$w_1$", "-", BLUE, [1, 0], 0),
    ("$w_2$", "--", VERMILION, [0, 1], 0),
    ("$b$", "-.", GREEN, [0, 0], 1),
]:
    losses = [loss_of(w + turn * np.array(dw), b + turn * db) for turn in turns]
    right.plot(turns, losses, style, color=colour, label=f"{name} turned alone")
right.plot(0, loss_of(w, b), "o", color="black")
right.set(title="the loss against each weight", xlabel="turn Δ", ylim=(-0.07, 0.5))
for ax in (left, right):
    ax.legend(fontsize=9)
    ax.grid(alpha=0.3)
plt.show()

# %% [markdown]
# A larger $z$ would lower the loss; so would a larger $b$, and smaller weights. $w_2$ counts twice as much as $w_1$.
# The slopes of the four curves at their dots are what we want, and they turn out to be close relatives.
#
# ## The chain rule on one neuron
#
# A turn $\Delta w_i$ does not reach the loss at once. It passes through stages, and each stage multiplies it by its
# own slope. $z = \sum_i x_i w_i + b$ moves by $x_i\,\Delta w_i$. Then $a = f(z)$ moves by $f'(z)$ times as much, and
# the loss by $\partial L/\partial a$ times as much as that. Slopes of stages multiply. This is the *chain rule*:
#
# $$\frac{\partial L}{\partial w_i}
#   = \frac{\partial L}{\partial a} \cdot \frac{\partial a}{\partial z} \cdot \frac{\partial z}{\partial w_i}
#   = \frac{\partial L}{\partial a} \cdot f'(z) \cdot x_i.$$
#
# We need $f'$ for the sigmoid. With $u = 1 + e^{-z}$ it is $1/u$, whose derivative is $-u'/u^2$, and
# $u' = -e^{-z}$. So
#
# $$\sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2} = \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}} = a\,(1 - a),
#   \qquad\text{since}\quad 1 - a = \frac{e^{-z}}{1 + e^{-z}}.$$
#
# No exponential is left: who has computed $a$ has $\sigma'$ for one subtraction and one product
# ([tinynet's line](#src-sigmoid-prime)).
#
# The notes of [CS231n](https://cs231n.github.io/optimization-2/), where our neuron comes from, have no loss: they ask
# how the answer $a$ itself depends on each number that went in.

# %%
z = x @ w + b  # (-1)·2 + (-2)·(-3) - 3 = 1
a = sigma(z)
f_prime = a * (1 - a)
print(f"z = {z:g},  a = {a:.9f},  f′(z) = a(1 − a) = {a:.9f} · {1 - a:.9f} = {f_prime:.9f}")
print("∂a/∂w_i = f′(z)·x_i:", f_prime * x)
print(f"∂a/∂b   = f′(z)·1:    {f_prime:.9f}")
print("∂a/∂x_i = f′(z)·w_i:", f_prime * w)
# the notes print two digits of them: 0.20, and -0.20, -0.39, 0.39, -0.59
assert np.allclose(f_prime * x, [-0.196611933, -0.393223866], rtol=0, atol=5e-10)
assert np.allclose([f_prime, *(f_prime * w)], [0.196611933, 0.393223866, -0.589835800], rtol=0, atol=5e-10)

# %% [markdown]
# The inputs can be turned as well as the weights: $\partial z/\partial x_i = w_i$. That will carry us from layer to
# layer.
#
# Now the loss. $L = \frac12 (y - a)^2$ has $\partial L/\partial a = \frac12 \cdot 2\,(y - a) \cdot (-1) = a - y$.
# In all the derivatives of this neuron, whether by $w_1$, $w_2$, $b$, $x_1$ or $x_2$, the first two factors are the
# same. They are all that the neuron needs to hear about the loss, and their product has a name:
#
# $$\boxed{\;\delta = \frac{\partial L}{\partial z}\;} = \frac{\partial L}{\partial a}\,f'(z)$$
#
# **$\delta$ is how much the loss cares about the sum $z$.** With it, each derivative is one multiplication, by what
# $z$ was multiplied with on the way forward:
#
# $$\frac{\partial L}{\partial w_i} = x_i\,\delta, \qquad \frac{\partial L}{\partial b} = \delta, \qquad
#   \frac{\partial L}{\partial x_i} = w_i\,\delta.$$

# %%
delta = (a - y) * f_prime
print(f"δ = (a − y)·f′(z) = ({a:.9f} − {y:g})·{f_prime:.9f} = {delta:.9f}")
print("∂L/∂w_i = x_i·δ:", x * delta)
print(f"∂L/∂b   = δ:       {delta:.9f}")
print("∂L/∂x_i = w_i·δ:", w * delta)

# %% [markdown]
# Compare with the picture. $\delta$ is the slope of its tangent, and negative: a larger $z$ lowers the loss. The inputs
# are negative, so the weights should fall; $x_2$ is twice $x_1$, so $w_2$ counts twice as much.
#
# ### The same by tinynet: the trace
#
# `tn.introspect.trace(net, x, y, loss=...)` runs a network forward and back, leaves its weights as they are, and hands
# over every number on the way. `trace[l]` is layer $l$: its `.z`, `.a`, `.f_prime` $= f'(z^l)$, `.da`
# $= \partial L/\partial a^l$, `.delta` $= \delta^l$, `.W`, `.b`, `.dW` $= \partial L/\partial W^l$ and `.db`; the
# raised $l$ is the layer. Rows are examples; our batch has one.

# %%
net = tn.Sequential([tn.Dense(1, activation="sigmoid", input_dim=2)])
net.set_weights([w.reshape(2, 1), [b]])
trace = tn.introspect.trace(net, [x], [[y]], loss="half_squared_error")
print("∂L/∂a:", trace[1].da, "  f′(z):", trace[1].f_prime, "  δ:", trace[1].delta)
print("∂L/∂W:", trace[1].dW.ravel(), "  ∂L/∂b:", trace[1].db)
assert math.isclose(trace[1].delta.item(), delta, rel_tol=1e-14)
assert np.allclose(trace[1].dW.ravel(), x * delta, rtol=1e-14, atol=0)
assert math.isclose(trace[1].db.item(), delta, rel_tol=1e-14)

# %% [markdown]
# Two things are left to do. For $\partial L/\partial a \cdot f'(z)$ we need the $f'$ of every activation and the
# $\partial L/\partial a$ of every loss. And a hidden neuron has no $y$: it must learn its $\partial L/\partial a$ from
# the neurons to which it speaks.
#
# ## The slope of every activation
#
# Where an activation works number by number, $a_j = f(z_j)$, each $z_j$ acts through its own $a_j$ alone. So
# ([tinynet's line](#src-activation-backward), the same for all of them)
#
# $$\delta_j = \frac{\partial L}{\partial a_j}\,f'(z_j), \qquad\text{in one go}\qquad
#   \delta = \frac{\partial L}{\partial a} \odot f'(z),$$
#
# where $\odot$ multiplies arrays entry by entry. It remains to find the slopes.
#
# **[Sigmoid](#src-sigmoid-prime)**, from above: $a\,(1 - a)$. Since $a\,(1-a) = \frac14 - (a - \frac12)^2$, it is
# never more than $\frac14$: of what comes back to a sigmoid, at most a quarter passes.
#
# **[tanh](#src-tanh-prime)**: it is $s/c$ with $s = e^z - e^{-z}$ and $c = e^z + e^{-z}$. Each is the derivative of the
# other, so by the quotient rule
#
# $$\tanh'(z) = \frac{s'c - s\,c'}{c^2} = \frac{c^2 - s^2}{c^2} = 1 - a^2.$$
#
# **[ReLU](#src-relu-prime)**: $\max(0, z)$ is $z$ on the right, with slope 1, and 0 on the left, with slope 0. At
# $z = 0$ there is a corner, and a corner has no slope. Something must be computed there, and tinynet takes what is on
# the left: $\mathrm{relu}'(0) = 0$.
#
# **[Leaky ReLU](#src-leaky-relu-prime)**: 1 on the right, $s$ on the left.
#
# **[ELU](#src-elu-prime)**: 1 on the right; on the left $s\,(e^z - 1)$ has the slope $s\,e^z$. The two meet at 0 if
# $s = 1$.
#
# **[Softplus](#src-softplus-prime)**: $\ln(1 + e^z)$ has the slope $\dfrac{e^z}{1 + e^z} = \sigma(z)$. The softened
# ReLU has a softened step for its slope.
#
# **[GELU](#src-gelu-prime)**: $z\,\Phi(z)$ is a product, so its slope is $\Phi(z) + z\,\Phi'(z)$. And
# $\Phi(z) = \int_{-\infty}^z \varphi(t)\,dt$ is the area up to $z$ under $\varphi$, the bell curve of the normal
# distribution. Move $z$ a little, and the area grows by a strip as high as the bell is there
# ([the line](#src-Phi-prime)):
#
# $$\Phi'(z) = \varphi(z) = \frac{e^{-z^2/2}}{\sqrt{2\pi}}, \qquad
#   \mathrm{gelu}'(z) = \Phi(z) + z\,\varphi(z).$$
#
# The bell is symmetric, so $\Phi(-z) = 1 - \Phi(z)$ and $\varphi(-z) = \varphi(z)$. Put $-z$ into the slope:
# $\mathrm{gelu}'(-z) = 1 - \Phi(z) - z\,\varphi(z) = 1 - \mathrm{gelu}'(z)$. tinynet computes the left half, where all
# is small, and takes the right half from it.


# %%
def Phi(z):
    return np.vectorize(math.erf)(z / math.sqrt(2)) / 2 + 0.5


def phi(z):
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


slopes = {
    "sigmoid": lambda z: sigma(z) * (1 - sigma(z)),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: np.where(z > 0, 1.0, 0.0),
    "leaky_relu": lambda z: np.where(z > 0, 1.0, 0.01),
    "elu": lambda z: np.where(z > 0, 1.0, np.exp(z)),
    "softplus": lambda z: sigma(z),
    "gelu": lambda z: Phi(z) + z * phi(z),
}


def one_layer(f, z, y=None, loss="half_squared_error"):
    """What the trace says of a layer that takes its input as it is for z: W has ones on its diagonal, b is 0."""
    z = np.array(z)
    n = z.shape[1]
    net = tn.Sequential([tn.Dense(n, activation=f, input_dim=n)])
    net.set_weights([np.eye(n), np.zeros(n)])
    return tn.introspect.trace(net, z, np.zeros_like(z) if y is None else y, loss=loss)[1]


some_z = np.array([[-2.0], [-1.0], [0.0], [1.0]])
print(f"{'f′(z) at z =':>13}", *(f"{v:11g}" for v in some_z.ravel()))
for f, slope in slopes.items():
    print(f"{f:>13}", *(f"{v:11.7f}" for v in slope(some_z).ravel()))
    assert np.allclose(one_layer(f, some_z).f_prime, slope(some_z), rtol=1e-12, atol=1e-15), f

# %% [markdown]
# tinynet agrees. But the same mistake may sit in both, so here is a check that knows nothing of our derivations. A
# slope says how fast a function climbs. Add up slope times step, over many little steps from $-4$ to $4$, and you must
# have climbed by $f(4) - f(-4)$, whatever $f$ is.

# %%
steps = 8000
middles = -4 + 8 * (np.arange(steps) + 0.5) / steps  # in the middle of each step; none is 0, where corners are
for f, slope in slopes.items():
    climbed = np.sum(slope(middles) * 8 / steps)
    bottom, top = getattr(tn, f)([-4.0, 4.0]).data
    print(f"{f:>11}: the slopes add up to {climbed:.6f}, and f(4) − f(−4) = {top - bottom:.6f}")
    assert abs(climbed - (top - bottom)) < 1e-6

# %% tags=["hide-input"] mystnb={"image": {"alt": "Slopes of the activations. Left: those of sigmoid and tanh are bells, at most one quarter and 1. Right: that of ReLU is a step; those of ELU, softplus and GELU are softer steps, GELU's dips below 0 on the left and rises above 1 on the right."}}
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.5), layout="constrained")
for ax, names in [(left, ["sigmoid", "tanh"]), (right, ["relu", "elu", "softplus", "gelu"])]:
    looks = [("-", BLUE), ("--", VERMILION), ("-.", GREEN), (":", "black")]
    for name, (style, colour) in zip(names, looks):
        ax.plot(middles, slopes[name](middles), style, color=colour, label=name)
    ax.axhline(0, color="grey", lw=0.5)
    ax.set(xlabel="z", ylim=(-0.2, 1.5))
    ax.legend(fontsize=9, loc="upper left")
left.set(title="they level off: slope → 0", ylabel="slope f′(z)")
right.set(title="slope → 1 on the right")
plt.show()

# %% [markdown]
# Leaky ReLU is not drawn; it is ReLU, lifted by 0.01 on the left.
#
# ## δ of an output neuron, for every loss
#
# The loss of a batch is the mean of the losses of its $N$ examples. An output $a_{nj}$ of example $n$ occurs only in
# the loss of that example, so its derivative is that of the one loss, times $1/N$. That $1/N$ travels on into
# $\delta$ and into every gradient, and is never put in again.
#
# **[Half the squared error](#src-half-squared-error-gradient)**, $\frac12 \sum_j (y_j - a_j)^2$. Only one term of the
# sum contains $a_j$:
#
# $$\frac{\partial L}{\partial a_j} = \frac1N \cdot \frac12 \cdot 2\,(y_j - a_j)(-1) = \frac{a_j - y_j}{N}.$$
#
# **[Mean squared error](#src-mean-squared-error-gradient)**: $1/n_L$ in the place of ½, so the 2 of the square stays:
# $\dfrac{2\,(a_j - y_j)}{n_L N}$.
#
# **[Binary cross-entropy](#src-binary-crossentropy-gradient)**,
# $-\frac{1}{n_L} \sum_j [y_j \ln a_j + (1 - y_j) \ln(1 - a_j)]$. The derivative of $\ln a$ is $1/a$, that of
# $\ln(1 - a)$ is $-1/(1 - a)$:
#
# $$\frac{\partial L}{\partial a_j} = \frac{1}{n_L N} \left[\frac{1 - y_j}{1 - a_j} - \frac{y_j}{a_j}\right].$$
#
# **[Categorical cross-entropy](#src-categorical-crossentropy-gradient)**, $-\sum_j y_j \ln a_j$:
# $\dfrac{\partial L}{\partial a_j} = -\dfrac{y_j}{a_j N}$, which is 0 but for the right class.
#
# **[Hinge](#src-hinge-gradient)**, $\frac{1}{n_L} \sum_j \max(0, 1 - y_j a_j)$ with $y_j = \pm 1$. Where
# $y_j a_j < 1$ the maximum is $1 - y_j a_j$, and the derivative is $-y_j/(n_L N)$. Else it is 0: who is right by enough
# is left in peace.
#
# Two examples ($N = 2$) with three outputs ($n_L = 3$), small enough for a pencil. In the first row
# $(0.5 - 1)/2 = -0.25$, $(0.25 - 0)/2 = 0.125$, and so on:

# %%
a = np.array([[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]])
y = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
scores, signs = np.array([[2.0, -0.5, 0.5], [-3.0, 0.0, 1.0]]), 2 * y - 1  # hinge takes targets -1 and 1
N, n_L = a.shape

by_hand = {
    "half_squared_error": (a - y) / N,
    "mean_squared_error": 2 * (a - y) / (n_L * N),
    "binary_crossentropy": ((1 - y) / (1 - a) - y / a) / (n_L * N),
    "categorical_crossentropy": -y / (a * N),
    "hinge": np.where(signs * scores < 1, -signs, 0) / (n_L * N),
}
for loss, da in by_hand.items():
    outputs, targets = (scores, signs) if loss == "hinge" else (a, y)
    assert np.allclose(one_layer("identity", outputs, targets, loss).da, da, rtol=1e-14, atol=0), loss
    print(f"{loss:>25}:", *(f"{v + 0:8.4f}" for v in da[0]), "  |", *(f"{v + 0:8.4f}" for v in da[1]))  # −0 + 0 is 0

# %% [markdown]
# ### Sigmoid and binary cross-entropy: $f'$ cancels
#
# Now multiply by $f'$. For a sigmoid and half the squared error, $\delta_j = (a_j - y_j)\,a_j\,(1 - a_j)/N$, as for
# our neuron. For a sigmoid and the binary cross-entropy something pleasant happens:
#
# $$\delta_j = \frac{1}{n_L N}\left[\frac{1 - y_j}{1 - a_j} - \frac{y_j}{a_j}\right] a_j\,(1 - a_j)
#   = \frac{(1 - y_j)\,a_j - y_j\,(1 - a_j)}{n_L N} = \frac{a_j - y_j}{n_L N}.$$
#
# The denominators are gone, and with them the factor $f'$. It is not only shorter
# ([the line](#src-sigmoid-crossentropy-delta)): a neuron that is sure and wrong now hears about it. With $y = 1$ and
# $z = -4$:

# %%
a_wrong = sigma(-4.0)
delta_squares, delta_entropy = (a_wrong - 1) * a_wrong * (1 - a_wrong), a_wrong - 1
print(f"a = {a_wrong:.6f};  δ by squares: {delta_squares:.6f},  by cross-entropy: {delta_entropy:.6f}")
by_squares = one_layer("sigmoid", [[-4.0]], [[1.0]], "half_squared_error")
by_entropy = one_layer("sigmoid", [[-4.0]], [[1.0]], "binary_crossentropy")
assert math.isclose(by_squares.delta.item(), delta_squares, rel_tol=1e-12)
assert math.isclose(by_entropy.delta.item(), delta_entropy, rel_tol=1e-12)
assert by_entropy.da is None  # tinynet goes from the loss to δ at once

# at z = -1000, a is rounded to 0, and the two factors are lost one by one; the cancelled formula is not
with np.errstate(divide="ignore", invalid="ignore"):
    a_lost = np.float64(0.0)
    print("z = −1000: −1/a · a(1 − a) =", -1 / a_lost * (a_lost * (1 - a_lost)), " and a − y =", a_lost - 1)
assert one_layer("sigmoid", [[-1000.0]], [[1.0]], "binary_crossentropy").delta.item() == -1

# %% tags=["hide-input"] mystnb={"image": {"alt": "For the target 1, against z: the squared error levels off on the left and its δ goes to 0 there; the cross-entropy goes on rising and its δ goes to −1."}}
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.5), layout="constrained")
zs = np.linspace(-6, 6, 241)
answers = sigma(zs)
left.plot(zs, 0.5 * (1 - answers) ** 2, "--", color=VERMILION, label="half the squared error")
left.plot(zs, -np.log(answers), color=BLUE, label="binary cross-entropy")
right.plot(zs, (answers - 1) * answers * (1 - answers), "--", color=VERMILION, label="(a − y) a (1 − a)")
right.plot(zs, answers - 1, color=BLUE, label="a − y")
right.plot([-4, -4], [delta_squares, delta_entropy], "o", color="black", label="z = −4: sure and wrong")
left.set(title="the loss of a sigmoid, y = 1", xlabel="z", ylabel="L")
right.set(title="its slope", xlabel="z", ylabel="δ", ylim=(-1.05, 0.45))
for ax in (left, right):
    ax.grid(alpha=0.3)
    ax.legend(fontsize=9)
plt.show()

# %% [markdown]
# The squared error of a sigmoid levels off just where the neuron is most wrong, and its δ fades there. The
# cross-entropy goes on rising, and its δ approaches $-1$.
#
# ### Softmax: every $z$ acts on every $a$
#
# The outputs of a softmax share one sum, so $z_i$ moves all of them. The chain rule then adds up what arrives along
# every path, $z_i \to a_k \to L$:
#
# $$\delta_i = \sum_k \frac{\partial L}{\partial a_k} \cdot \frac{\partial a_k}{\partial z_i}.$$
#
# Why add? Turn $z_i$ by a little: each $a_k$ moves by $\partial a_k/\partial z_i$ times as much, each of these moves
# changes the loss, and small changes add up.
#
# The slopes are easiest from the logarithm, $\ln a_k = z_k - \ln \sum_m e^{z_m}$. Write $[i = k]$ for 1 if $i = k$,
# else 0. Then
#
# $$\frac{\partial \ln a_k}{\partial z_i} = [i = k] - \frac{e^{z_i}}{\sum_m e^{z_m}} = [i = k] - a_i,
#   \qquad \frac{\partial a_k}{\partial z_i} = a_k\,\frac{\partial \ln a_k}{\partial z_i} = a_k\,([i = k] - a_i),$$
#
# the latter because the derivative of $\ln a$ is that of $a$, divided by $a$. Put it into the sum
# ([softmax](#src-softmax-backward)):
#
# $$\delta_i = \sum_k \frac{\partial L}{\partial a_k}\,a_k\,([i = k] - a_i)
#   = a_i \left(\frac{\partial L}{\partial a_i} - \sum_k a_k\,\frac{\partial L}{\partial a_k}\right).$$
#
# Where the network's output is $\ln a$ itself, the paths lead through the logarithms, with
# $g_k = \partial L/\partial \ln a_k$ ([log-softmax](#src-log-softmax-backward)):
#
# $$\delta_i = \sum_k g_k\,([i = k] - a_i) = g_i - a_i \sum_k g_k.$$
#
# The categorical cross-entropy is $-\sum_k y_k \ln a_k$, so for it $g_k = -y_k/N$, and
# ([the line](#src-softmax-crossentropy-delta))
#
# $$\delta_i = \frac{a_i \sum_k y_k - y_i}{N} = \frac{a_i - y_i}{N} \qquad\text{if the } y_k \text{ sum to 1}.$$
#
# Again answer minus target. For a pencil: $z = (\ln 1, \ln 2, \ln 5)$ makes the powers 1, 2 and 5, and the right class
# is the second.

# %%
z, y = np.log([[1.0, 2.0, 5.0]]), np.array([[0.0, 1.0, 0.0]])
a = np.exp(z) / np.exp(z).sum()
jacobian = np.array([[a[0, k] * ((i == k) - a[0, i]) for k in range(3)] for i in range(3)])  # row i: ∂a_k/∂z_i
da = -y / a
delta = a - y
print("a =", a[0], "  ∂L/∂a =", da[0] + 0)
print("∂a_k/∂z_i, in 64ths:")
print((64 * jacobian).round(9))
print("δ = a − y =", delta[0])
assert np.allclose(jacobian.sum(axis=1), 0)  # the outputs always sum to 1: what one gains, others lose
assert np.isclose(delta.sum(), 0)
assert np.allclose(jacobian @ da[0], delta[0])  # the sum over the paths
assert np.allclose(a * (da - (a * da).sum()), delta)  # the formula for softmax
assert np.allclose(-y - a * (-y).sum(), delta)  # the formula for log-softmax, with g = -y

# %%
by_tinynet = one_layer("softmax", z, y, "categorical_crossentropy")
print("δ by tinynet:", by_tinynet.delta[0])
assert np.allclose(by_tinynet.f_prime[0], jacobian)  # f_prime of a softmax: for each example, all its ∂a_k/∂z_i
assert np.allclose(by_tinynet.delta, delta)
assert np.allclose(one_layer("softmax", z, y).delta, a * ((a - y) - (a * (a - y)).sum()))  # with squares
g = np.log(a) - y  # log-softmax with squares: its output is ln a
assert np.allclose(one_layer("log_softmax", z, y).delta, g - a * g.sum())

# %% [markdown]
# The entries of $\delta$ sum to 0: raising all $z$ alike changes nothing, so the loss cannot care.
#
# ## Three gradients from one δ
#
# A layer computes $z_{nj} = \sum_i a_{ni}\,w_{ij} + b_j$ from what comes in, $a_{ni}$. Suppose all
# $\delta_{nj} = \partial L/\partial z_{nj}$ are known. For each of the three ingredients ask: *in which $z$ does it
# occur, and with what factor?* Then add up over those $z$.
#
# - $w_{ij}$ occurs in $z_{nj}$, for this $j$ and every example $n$, with the factor $a_{ni}$.
# - $b_j$ occurs in $z_{nj}$, for this $j$ and every $n$, with the factor 1.
# - $a_{ni}$ occurs in $z_{nj}$, for this $n$ and every $j$, with the factor $w_{ij}$.
#
# $$\frac{\partial L}{\partial w_{ij}} = \sum_n a_{ni}\,\delta_{nj}, \qquad
#   \frac{\partial L}{\partial b_j} = \sum_n \delta_{nj}, \qquad
#   \frac{\partial L}{\partial a_{ni}} = \sum_j \delta_{nj}\,w_{ij}.$$
#
# tinynet has lines that compute just this: [for the weights](#src-weight-gradient), [for the
# biases](#src-bias-gradient), [for the inputs](#src-input-gradient). Sums of products are matrix products. A product
# $AB$ sums over the *second* index of $A$ and the *first* of $B$. In $\sum_n a_{ni}\,\delta_{nj}$ we sum over the first
# index of $a$: so $a$ must be transposed. In $\sum_j \delta_{nj}\,w_{ij}$ we sum over the second index of $w$: so $W$
# must be ([weights](#src-dense-dW), [biases](#src-dense-db), [inputs](#src-dense-da)):
#
# $$\frac{\partial L}{\partial W} = a^T \delta, \qquad \frac{\partial L}{\partial b} = \sum_n \delta_n, \qquad
#   \frac{\partial L}{\partial a} = \delta\,W^T.$$
#
# The shapes say the same. $\partial L/\partial W$ must be $(n_{in}, n_{out})$ like $W$, and from $a$, $(N, n_{in})$,
# and $\delta$, $(N, n_{out})$, there is one product of that shape. And they say what it costs: one product forward,
# two back. So all gradients together cost about as much as two runs forward, however many weights there are.
#
# With a pencil: two examples, three inputs, two neurons, and two rows of $\delta$ that fell from the sky.

# %%
a = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]])
W = np.array([[1.0, -1.0], [2.0, 0.0], [0.0, 3.0]])
delta = np.array([[1.0, -2.0], [3.0, 1.0]])

dW, db, da = np.zeros((3, 2)), np.zeros(2), np.zeros((2, 3))
for n in range(2):
    for j in range(2):
        db[j] += delta[n, j]
        for i in range(3):
            dW[i, j] += a[n, i] * delta[n, j]
            da[n, i] += delta[n, j] * W[i, j]
print(f"∂L/∂W =\n{dW}\n∂L/∂b = {db}\n∂L/∂a =\n{da}")
assert np.array_equal(dW, a.T @ delta) and np.array_equal(db, delta.sum(axis=0)) and np.array_equal(da, delta @ W.T)

# %% [markdown]
# Try one: $w_{21} = 2$ leads from input 2 to neuron 1. The second column of $a$ is $(2, 1)$, the first of $\delta$ is
# $(1, 3)$, and $2 \cdot 1 + 1 \cdot 3 = 5$.
#
# In tinynet it is a function on plain arrays, `weighted_sums_backward` of
# [weighted_sums.py](../tinynet/kernels/weighted_sums.py). Small layers take the loops, large ones the products; the
# same two examples 500 times over are large enough.

# %%
for copies in (1, 500):
    da_, dW_, db_ = weighted_sums_backward(np.tile(a, (copies, 1)), W, np.tile(delta, (copies, 1)))
    assert np.array_equal(dW_, copies * dW) and np.array_equal(db_, copies * db)
    assert np.array_equal(da_, np.tile(da, (copies, 1)))
    print(f"{2 * copies:4} examples: ∂L/∂W = {dW_.tolist()}, ∂L/∂b = {db_}")

# %% [markdown]
# ## δ of a hidden neuron
#
# A hidden neuron $i$ has no target. But its $a_i$ is an input of the next layer, and we have just found out how much
# the loss cares about the inputs of a layer: $\partial L/\partial a_i = \sum_j \delta_j\,w_{ij}$. From there it is one
# more factor to its $z$. With the layers as raised numbers (never powers), the whole way is
#
# $$\delta_i^{l-1} = \sum_j \underbrace{\frac{\partial L}{\partial z_j^l}}_{\delta_j^l} \cdot
#   \underbrace{\frac{\partial z_j^l}{\partial a_i^{l-1}}}_{w_{ij}^l} \cdot
#   \underbrace{\frac{\partial a_i^{l-1}}{\partial z_i^{l-1}}}_{f'(z_i^{l-1})}
#   = \Big(\sum_j w_{ij}^l\,\delta_j^l\Big)\,f'(z_i^{l-1}),$$
#
# and for the layer at once ([the line](#src-hidden-delta))
#
# $$\boxed{\;\delta^{l-1} = \big(\delta^l\,(W^l)^T\big) \odot f'(z^{l-1})\;}$$
#
# **The δ go back through the same weights through which the $a$ came forward.** A neuron is to blame as far as those
# it speaks to are to blame, as far as they listened (the weight), and as far as it could have said something else (the
# slope). This is the whole of back-propagation: forward, layer 1 to $L$, keep every $z$ and $a$; then $\delta^L$ from
# the loss; then back, each $\delta$ from that of the next layer; and from each $\delta$ its $\partial L/\partial W$ and
# $\partial L/\partial b$.
#
# ## Mazur's network with a pencil
#
# The network of [Matt Mazur's example](https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/) is an
# old acquaintance from [chapter 2](02_forward.py): two inputs, two hidden neurons, two outputs, all sigmoids. Take a
# pencil, cover the results, and follow; matrices are printed row by row. First forward:

# %%
x, y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
W1, b1 = np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([0.35, 0.35])
W2, b2 = np.array([[0.40, 0.50], [0.45, 0.55]]), np.array([0.60, 0.60])


def show(name, array):
    print(f"{name:>8} = ", "   ".join("  ".join(f"{v:12.9f}" for v in row) for row in np.atleast_2d(array)))


z1 = x @ W1 + b1
a1 = sigma(z1)
z2 = a1 @ W2 + b2
a2 = sigma(z2)
loss = 0.5 * np.sum((y - a2) ** 2)
for name, array in [("z¹", z1), ("a¹", a1), ("z²", z2), ("a²", a2), ("L", loss)]:
    show(name, array)
assert abs(loss - 0.298371109) < 5e-10  # as Mazur prints it

# %% [markdown]
# Then back: $\delta^2$ from the loss, $\delta^1$ from $\delta^2$. Each is what comes back, times the neuron's own
# slope.

# %%
f_prime2 = a2 * (1 - a2)
delta2 = (a2 - y) * f_prime2
f_prime1 = a1 * (1 - a1)
delta1 = (delta2 @ W2.T) * f_prime1
show("f′(z²)", f_prime2)
show("δ²", delta2)
show("δ² W²ᵀ", delta2 @ W2.T)
show("f′(z¹)", f_prime1)
show("δ¹", delta1)
assert abs(delta2[0, 0] - 0.138498562) < 5e-10  # as Mazur has it
assert abs(0.138498562 * 0.40 + -0.038098237 * 0.50 - 0.036350306) < 5e-10
assert abs(0.036350306 * 0.241300709 - 0.008771355) < 5e-10 and abs(delta1[0, 0] - 0.008771355) < 5e-10

# %% [markdown]
# For hidden neuron 1: $0.138498562 \cdot 0.40 + (-0.038098237) \cdot 0.50 = 0.036350306$, times the slope
# $0.241300709$, is $0.008771355$. It spoke to both outputs. The first should answer less and the second more, and the
# first has more to complain about: so hidden neuron 1 should say less.
#
# And from the δ, everything:

# %%
dW2, db2 = a1.T @ delta2, delta2.sum(axis=0)
dW1, db1 = x.T @ delta1, delta1.sum(axis=0)
for name, array in [("∂L/∂W²", dW2), ("∂L/∂b²", db2), ("∂L/∂W¹", dW1), ("∂L/∂b¹", db1)]:
    show(name, array)
assert abs(dW2[0, 0] - 0.082167041) < 5e-10 and abs(dW1[0, 0] - 0.000438568) < 5e-10  # Mazur's w5 and w1

# %% tags=["hide-input"] mystnb={"image": {"alt": "Mazur's network: two inputs, two hidden neurons, two outputs, the loss. In the nodes their a; above or below them their δ. Two dashed arrows lead from the loss through both outputs back to hidden neuron 1."}}
fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
circle = {"ha": "center", "va": "center", "fontsize": 10, "bbox": {"boxstyle": "circle,pad=0.4", "fc": "white"}}
forward = {"arrowstyle": "->", "color": "grey", "shrinkA": 26, "shrinkB": 26}
back = forward | {"color": VERMILION, "lw": 2, "linestyle": "--"}
rows = (2, 0)
for at, name, values, deltas in [(0, "x_{}", x, None), (2, "a_{}^1", a1, delta1), (4, "a_{}^2", a2, delta2)]:
    for k, row in enumerate(rows):
        ax.text(at, row, f"${name.format(k + 1)}$\n{values[0, k]:.4f}", **circle)
        if deltas is not None:
            text = f"δ = {deltas[0, k]:.4f}".replace("-", "−")
            ax.text(at, row + (0.62 if k == 0 else -0.62), text, ha="center", va="center", color=VERMILION)
ax.text(5.8, 1, f"$L$\n{loss:.4f}", **circle)
for at, W in [(0, W1), (2, W2)]:
    for i, j in np.ndindex(2, 2):
        ax.annotate("", (at + 2, rows[j]), (at, rows[i]), arrowprops=forward)
        share = 0.5 if i == j else 0.3  # where on the line the weight stands
        place = at + 2 * share, rows[i] + (rows[j] - rows[i]) * share
        ax.text(
            *place, f"{W[i, j]:.2f}", ha="center", va="center", fontsize=9, bbox={"fc": "white", "ec": "none", "pad": 1}
        )
for k, row in enumerate(rows):
    ax.annotate("", (5.8, 1), (4, row), arrowprops=forward)
    ax.annotate("", (4, row), (5.8, 1), arrowprops=back | {"connectionstyle": f"arc3,rad={0.25 - 0.5 * k}"})
    ax.annotate("", (2, 2), (4, row), arrowprops=back | {"connectionstyle": "arc3,rad=0.25"})
ax.set(xlim=(-0.5, 6.3), ylim=(-0.9, 2.9), title="forward the a (grey), back the δ: the two paths to hidden neuron 1")
ax.axis("off")
plt.show()

# %% [markdown]
# ### Another way: every path by itself
#
# The matrices added up paths for us. Let us take them apart again: from a weight $w_{ij}^1$ of the first layer, one
# path leads to the loss through each output neuron $k$, and each path is a product of five slopes. No δ occurs.

# %%
by_paths = np.zeros((2, 2))
for i, j, k in np.ndindex(2, 2, 2):
    loss_by_a2 = a2[0, k] - y[0, k]
    a2_by_z2 = a2[0, k] * (1 - a2[0, k])
    z2_by_a1 = W2[j, k]
    a1_by_z1 = a1[0, j] * (1 - a1[0, j])
    z1_by_w = x[0, i]
    by_paths[i, j] += loss_by_a2 * a2_by_z2 * z2_by_a1 * a1_by_z1 * z1_by_w
show("by paths", by_paths)
assert np.allclose(by_paths, dW1, rtol=1e-14, atol=0)

# %% [markdown]
# The same numbers, and it shows what δ is good for. With two outputs there are two paths from each weight. With one
# more hidden layer of 100 neurons in between there would be 100 times as many, with a second one 10,000 times. But all
# paths through a neuron share the rest of their way to the loss. Its δ adds that rest up once, and every weight that
# leads into the neuron uses it: so the walk back passes each weight once, as the way forward does.
#
# ### The same by tinynet

# %%
net = tn.Sequential([tn.Dense(2, activation="sigmoid", input_dim=2), tn.Dense(2, activation="sigmoid")])
net.set_weights([W1, b1, W2, b2])
trace = tn.introspect.trace(net, x, y, loss="half_squared_error")
print(trace)
by_hand = [(z1, a1, f_prime1, delta1, dW1, db1), (z2, a2, f_prime2, delta2, dW2, db2)]
for l, numbers in enumerate(by_hand, start=1):
    for name, number in zip(["z", "a", "f_prime", "delta", "dW", "db"], numbers):
        assert np.allclose(getattr(trace[l], name), number, rtol=1e-13, atol=0), f"{name} of layer {l}"
assert np.allclose(trace[1].da, delta2 @ W2.T, rtol=1e-13, atol=0)  # ∂L/∂a of the hidden layer
assert math.isclose(trace.loss, loss, rel_tol=1e-14)

# %% [markdown]
# All agree to the last few bits.
#
# ## A batch: the mean of the examples' gradients
#
# What do several examples change? In $\partial L/\partial w_{ij} = \sum_n a_{ni}\,\delta_{nj}$ each example brings a
# product of its own numbers. For all $i$ and $j$ it is a matrix, the *outer product* of the example's $a$ and $\delta$,
# and $a^T \delta$ is the sum of these matrices. Each $\delta_n$ carries the $1/N$ of the loss; so the sum is **the mean
# of the gradients that the examples would have had alone**.

# %%
x4 = np.array([[0.05, 0.10], [0.90, 0.20], [0.30, 0.80], [1.00, 1.00]])
y4 = np.array([[0.01, 0.99], [0.99, 0.01], [0.01, 0.99], [0.99, 0.01]])
batch = tn.introspect.trace(net, x4, y4, loss="half_squared_error")
alone = [tn.introspect.trace(net, x4[n : n + 1], y4[n : n + 1], loss="half_squared_error") for n in range(4)]

outer = [np.outer(t[1].a, t[2].delta) for t in alone]
for t, product in zip(alone, outer):
    assert np.allclose(product, t[2].dW, rtol=1e-14, atol=0)
assert np.allclose(np.mean(outer, axis=0), batch[2].dW, rtol=1e-12, atol=0)
assert np.allclose(np.mean([t[1].dW for t in alone], axis=0), batch[1].dW, rtol=1e-12, atol=0)
assert np.allclose(np.mean([t.loss for t in alone]), batch.loss)
assert np.allclose(batch[2].delta[1], alone[1][2].delta[0] / 4)  # δ carries 1/N
print("∂L/∂w_12 of layer 2, by each example:", *(f"{product[0, 1]:8.4f}" for product in outer))
print(f"their mean: {np.mean([product[0, 1] for product in outer]):.4f}; by the batch: {batch[2].dW[0, 1]:.4f}")

# %% tags=["hide-input"] mystnb={"image": {"alt": "Five two by two matrices with numbers: the gradients of the second layer's weights by each of four examples, whose signs differ, and their mean."}}
fig, axes = plt.subplots(1, 5, figsize=(7, 2.8), layout="constrained", sharey=True)
limit = np.abs(outer).max()
titles = [*(f"example {n}" for n in range(1, 5)), "their mean"]
for ax, title, matrix in zip(axes, titles, [*outer, batch[2].dW]):
    image = ax.imshow(matrix, cmap="PuOr_r", vmin=-limit, vmax=limit, extent=(0.5, 2.5, 2.5, 0.5))
    for i, j in np.ndindex(2, 2):
        dark = abs(matrix[i, j]) > 0.55 * limit
        number = f"{matrix[i, j]:+.3f}".replace("-", "−")
        ax.text(j + 1, i + 1, number, ha="center", va="center", fontsize=9, color="white" if dark else "black")
    ax.set(title=title, xticks=[1, 2], yticks=[1, 2], xlabel="to $j$")
    ax.title.set_fontsize(10)
axes[0].set_ylabel("from $i$")
for spine in axes[-1].spines.values():
    spine.set_linewidth(2)
label = r"$\partial L\,/\,\partial w_{ij}$ of layer 2"
fig.colorbar(
    image, ax=axes, label=label, orientation="horizontal", shrink=0.6, aspect=30, ticks=[-0.08, -0.04, 0, 0.04, 0.08]
)
plt.show()

# %% [markdown]
# The examples disagree about where each weight should go. The mean is the compromise.
#
# ## One step
#
# What are the gradients for? Each weight moves [against its own](#src-sgd), by a *learning rate* $\alpha$ times as
# much: $w \leftarrow w - \alpha\,\partial L/\partial w$. [Chapter 7](07_descent.py) makes a method of it. Mazur takes
# one such step, with $\alpha = 0.5$ and with the weights only; his biases stay.

# %%
learning_rate = 0.5
W1_new = W1 - learning_rate * dW1
W2_new = W2 - learning_rate * dW2
show("new W¹", W1_new)
show("new W²", W2_new)


def loss_with(W1, W2):
    return 0.5 * np.sum((y - sigma(sigma(x @ W1 + b1) @ W2 + b2)) ** 2)


right = loss_with(W1_new, W2_new)
print(f"L was {loss:.10f} and is {right:.10f}")
assert np.allclose(W2_new, [[0.35891648, 0.511301270], [0.408666186, 0.561370121]], rtol=0, atol=5e-9)  # w5 … w8
assert np.allclose(W1_new, [[0.149780716, 0.24975114], [0.19956143, 0.29950229]], rtol=0, atol=5e-9)  # w1 … w4
assert abs(right - 0.2910277737) < 5e-11

# %% [markdown]
# The eight new weights are those of the article. The loss is not: the article prints 0.291027924. The difference is
# small, but it is no rounding, and we shall find out where it comes from.
#
# ## The worksheet: all of it, for your pencil
#
# A trace can write itself out: every formula with its indices, the same with the numbers put in, the result. It can do
# this for every network that you will build, so you can always find where your pencil and the machine part ways.
# Here it is folded away: compute, then open it and compare. (It updates the biases as well; otherwise all is as above.)

# %% tags=["hide-output"]
print(trace.worksheet(example=0, learning_rate=0.5, digits=9))

# %% [markdown]
# ## What goes wrong
#
# ### The early bird: δ through weights that have moved already
#
# One writes the walk back, and since $\partial L/\partial W^2$ is known first, one updates $W^2$ at once. Then comes
# $\delta^1 = (\delta^2 (W^2)^T) \odot f'(z^1)$, through a $W^2$ that is no longer the one with which the loss was
# computed.

# %%
delta1_early = (delta2 @ W2_new.T) * f_prime1
W1_early = W1 - learning_rate * x.T @ delta1_early
wrong = loss_with(W1_early, W2_new)
show("δ¹", delta1)
show("early", delta1_early)
print(f"w_11 of layer 1 becomes {W1_early[0, 0]:.9f} and not {W1_new[0, 0]:.9f}")
print(f"the loss becomes {wrong:.9f} and not {right:.9f}")
assert abs(wrong - 0.291027924) < 5e-10

# %% [markdown]
# There is the article's number. The article warns of this very mistake, and its new weights are the right ones; only
# the loss that it prints at the end is that of the early bird. Whoever tests a program against 0.291027924 tests that
# it has the mistake. It was found in
# [the code of a book](https://github.com/joelgrus/data-science-from-scratch/issues/31), in
# [that of a video course](https://github.com/CodingTrain/Toy-Neural-Network-JS/issues/72), in
# [a library](https://github.com/kim-marcel/basic_neural_network/issues/7). It is easy to overlook, for the loss falls
# all the same. How wrong is it? For one example, put the update into the formula:
#
# $$\delta^2\,\big(W^2 - \alpha\,(a^1)^T \delta^2\big)^T = \delta^2\,(W^2)^T - \alpha\,s\,a^1,
#   \qquad s = \delta^2\,(\delta^2)^T = \sum_j \delta_j^2\,\delta_j^2.$$
#
# $s$ is a number, the sum of the squared δ of the output layer. So the early $\delta^1$ is off by
# $-\alpha\,s\,a^1 \odot f'(z^1)$: little when $\alpha$ is small or the outputs are nearly right, much at the beginning
# of training. Here it is a sixth of $\delta_1^1$.

# %%
s = np.sum(delta2 * delta2)
off = -learning_rate * s * a1 * f_prime1
show("off by", off)
show("relative", off / delta1)
assert np.allclose(delta1_early - delta1, off, rtol=1e-12, atol=0)
assert 0.15 < abs(off[0, 0] / delta1[0, 0]) < 0.18

# %% [markdown]
# The repair is an order: **first all the gradients, then all the updates.** The worksheet reminds you in every hidden
# layer: "these are the weights before the update".
#
# ### "The derivative of the sigmoid is x(1 − x)"
#
# A function that looks like this has been reported as wrong
# [again](https://github.com/iamtrask/iamtrask.github.io/issues/12) and
# [again](https://github.com/iamtrask/iamtrask.github.io/issues/25) and
# [again](https://github.com/iamtrask/iamtrask.github.io/issues/32):
#
# ```python
# def sigmoid_derivative(x):
#     return x * (1 - x)
# ```
#
# In that program it is right, because there it is given $a$: $\sigma'(z) = a\,(1 - a)$. The name of the argument does
# not say so, and whoever hands in $z$ gets a parabola. The opposite happens too: $a$ is handed to a function that
# expects $z$, and the result is $\sigma'(a) = \sigma(a)\,(1 - \sigma(a))$.


# %%
def sigmoid_derivative(x):
    return x * (1 - x)


print("    z    right: of a     wrong: of z     wrong: σ′(a)")
for z in (-2.0, 0.0, 1.0, 3.0):
    a = sigma(z)
    print(f"{z:5.1f} {sigmoid_derivative(a):12.6f} {sigmoid_derivative(z):15.6f} {slopes['sigmoid'](a):15.6f}")
assert sigmoid_derivative(1.0) == 0

# %% tags=["hide-input"] mystnb={"image": {"alt": "Against z: the slope of the sigmoid, a bell of height one quarter; the parabola z times one minus z, which is negative outside 0 to 1; and sigma prime of a, nearly flat between 0.2 and one quarter."}}
fig, ax = plt.subplots(figsize=(7, 3.3), layout="constrained")
ax.plot(zs, slopes["sigmoid"](zs), color=BLUE, label="σ′(z) = a (1 − a): right")
ax.plot(zs, zs * (1 - zs), "--", color=VERMILION, label="z (1 − z)")
ax.plot(zs, slopes["sigmoid"](sigma(zs)), "-.", color=GREEN, label="σ′(a)")
ax.plot(1, 0, "o", color="black", label="our neuron, z = 1: slope 0, learns nothing")
ax.axhline(0, color="grey", lw=0.5)
ax.set(xlabel="z", ylabel="slope", ylim=(-0.5, 0.75), title="one formula, three arguments")
ax.legend(fontsize=9, loc="upper center", ncols=2)
plt.show()

# %% [markdown]
# The neuron at the beginning of this chapter has $z = 1$, where $z\,(1 - z) = 0$: all its derivatives would be 0, and
# it would learn nothing. At $z = 3$ the slope has the wrong sign, and every weight would move the wrong way. The repair
# is a name: call the argument `a`. The other mistake is harder to see. $a$ lies between 0 and 1, so $\sigma'(a)$ lies
# between $\sigma'(1) \approx 0.197$ and $\sigma'(0) = 0.25$: the sign is right, the size plausible, and a network may
# well learn with it. (It lives in the [zoo](zoo.py), as the parrot.)

# %%
print("σ′(1) =", slopes["sigmoid"](1.0), "  σ′(0) =", slopes["sigmoid"](0.0))
assert round(slopes["sigmoid"](1.0), 3) == 0.197 and slopes["sigmoid"](0.0) == 0.25

# %% [markdown]
# How does one find a mistake with which a network learns? By comparing with a derivative that needs none of these
# formulas: [chapter 5](05_checking_gradients.py).
#
# ## Summary
#
# Forward, keep all $z$ and $a$. Then:
#
# | | entry by entry | in matrices |
# |---|---|---|
# | δ of an output | $\delta_j = f'(z_j)\partial L/\partial a_j$ | $\delta^L = \partial L/\partial a^L \odot f'(z^L)$ |
# | … sigmoid, binary cross-entropy | $\delta_j = (a_j - y_j)/(n_L N)$ | $\delta^L = (a^L - y)/(n_L N)$ |
# | … softmax, categorical cross-entropy | $\delta_j = (a_j - y_j)/N$ | $\delta^L = (a^L - y)/N$ |
# | $\partial L/\partial a$ of a hidden neuron | $\sum_j w_{ij}\,\delta_j$ | $\delta^l\,(W^l)^T$ |
# | δ of a hidden neuron | $f'(z_i) \sum_j w_{ij}\,\delta_j$ | $\delta^{l-1} = \delta^l (W^l)^T \odot f'(z^{l-1})$ |
# | weights | $\sum_n a_{ni}\,\delta_{nj}$ | $\partial L/\partial W^l = (a^{l-1})^T \delta^l$ |
# | biases | $\sum_n \delta_{nj}$ | $\partial L/\partial b^l = \sum_n \delta_n^l$ |
#
# - Along a path slopes multiply; where paths meet, they add.
# - A neuron's δ adds up all paths to the loss once, for all weights that lead into it. That is why back-propagation is
#   fast.
# - First all the gradients, then all the updates; and $a\,(1 - a)$ is a function of $a$.
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch04.py`, then run `pytest tutorials/exercises -k ch04`: each mark says
# what is still wrong.
#
# 1. `neuron_gradients(x, w, b, y)`: δ and all derivatives of one sigmoid neuron.
# 2. `swish_prime(z)`: derive the slope of an activation that this chapter does not have, $z\,\sigma(z)$.
# 3. `layer_backward(a, W, delta)`: from δ the three gradients of a layer, for a batch.
# 4. `softmax_delta(a, da)`: δ through a softmax, for any loss.
# 5. `one_step(x, y, W1, b1, W2, b2, learning_rate)`: one step of a network like Mazur's, biases included, for a batch.
#    Mind the early bird.
# 6. `backpropagate(x, y, weights)`: all gradients of a network of any depth, hidden layers of tanh and a softmax with
#    cross-entropy at the end.
# 7. With a pencil: give our neuron the target $y = 0$, and predict the signs of δ and of all its derivatives before
#    you compute them.
# 8. With a pencil: let all weights of Mazur's $W^2$ be 0. What are $\delta^1$ and the gradients of the first layer? Are
#    they the same after one step?
#
# [Chapter 5](05_checking_gradients.py) checks all of it, without a single formula of this chapter.
