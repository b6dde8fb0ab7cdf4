# %% [markdown]
# # 11. What did it look at?
#
# A network reads an image as a 3 and is sure of it. Why? The question seems to have one answer, a picture of the
# places that mattered. It has several, because it is several questions. What if this pixel were covered? What if it
# were a little darker? What did it add on the way from an empty page to this one? This chapter asks them one after
# the other, each with a pencil first. All but the first turn out to be the walk back of
# [chapter 4](04_backpropagation.py), and one of them finds what one would not have guessed.
#
# ## What you will be able to do
#
# - ask exactly: which number is explained, and compared with what;
# - get $\partial f/\partial x$ from $\delta$, and say where a gradient sees nothing although everything hangs there;
# - derive integrated gradients, prove that they add up, and choose how many steps they need;
# - walk back with three different slopes, which are gradient × input, LRP and DeepLIFT, and account for what is lost;
# - recognise four explanations that mislead.
#
# ## A digit, and the question
#
# The digits of [chapter 9](09_digits.py), and a network with two hidden layers.

# %%
import math
from itertools import combinations, pairwise

import matplotlib.pyplot as plt
import numpy as np

import tinynet as tn
from tinynet.explain.path import RULES

BLUE, VERMILION, GREEN, ORANGE, PINK = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7"
np.set_printoptions(precision=4, suppress=True)

x_all, y_all = tn.data.digits()
(x_train, y_train), (x_test, y_test) = tn.data.train_test_split(x_all, y_all, test_fraction=0.2, seed=0)


def learn(activation):
    net = tn.Sequential(seed=0)
    net.add(tn.Dense(32, activation=activation, input_dim=64))
    net.add(tn.Dense(32, activation=activation))
    net.add(tn.Dense(10, activation="softmax"))
    net.compile(tn.Adam(learning_rate=0.003), "categorical_crossentropy", metrics=["accuracy"])
    net.fit(x_train, y_train, epochs=20, verbose=0)
    return net


net = learn("relu")
print("test images:", net.evaluate(x_test, y_test))
digit = x_test[125]
probabilities = net.predict(digit[np.newaxis])[0]
three = int(probabilities.argmax())
print(f"test image 125 is a {y_test[125].argmax()}, read as a {three} with probability {probabilities[three]:.6f}")
assert three == 3 == y_test[125].argmax() and probabilities[3] > 0.9999

# %% [markdown]
# An explanation gives each input a number $\varphi_i$, its share in *one* number that the network computed. Which one?
# There are two candidates: the probability $a_3^L$, and the *logit* $z_3^L$, what the last layer computes before
# softmax. [Chapter 4](04_backpropagation.py) derived how the probability of class $t$ changes with the logits. With
# $y$ one-hot at $t$,
#
# $$\frac{\partial a_t^L}{\partial z_k^L} = a_t^L\,(y_k - a_k^L), \qquad\text{so}\qquad
#   \frac{\partial a_t^L}{\partial x_i} = a_t^L \sum_k (y_k - a_k^L)\,\frac{\partial z_k^L}{\partial x_i}.$$
#
# Where the network is sure, every $y_k - a_k$ is almost 0, and with them the whole sum. The probability is a plateau:
# hardly any change of a pixel moves it. The logit is not flattened. So we explain
#
# $$f(x) = z_t^L,$$
#
# which has a catch of its own, to which the end of the chapter comes.
# `tn.explain.Question` holds that number, and the outputs among which it was chosen:

# %%
question = tn.explain.Question(net, digit, target=3)  # output="logit" by default
print("the logits of the ten digits:", question.outputs.round(1))
print(f"explained is the {question.explained}: f(x) = {question.prediction:.4f}")
z = question.outputs
assert np.allclose(np.exp(z) / np.exp(z).sum(), probabilities, rtol=1e-9)

# %% [markdown]
# ## A network for the pencil
#
# All that follows happens first in a network of two inputs and three ReLU neurons, small enough to know by heart:

# %%
W1, b1 = np.array([[1.0, 1.5, -2.0], [-1.0, 2.0, 2.0]]), np.array([3.0, -1.0, 1.0])
W2, b2 = np.array([[0.5], [1.0], [-2.0]]), np.array([1.0])
tiny = tn.Sequential([tn.Dense(3, activation="relu", input_dim=2), tn.Dense(1)])
tiny.set_weights([W1, b1, W2, b2])


def forward(x):
    z1 = x @ W1 + b1
    a1 = np.maximum(0, z1)
    return z1, a1, (a1 @ W2 + b2).item()


x, blank = np.array([2.0, 1.0]), np.array([0.0, 0.0])
for name, point in {"x": x, "blank": blank}.items():
    z1, a1, f = forward(point)
    print(f"{name:5} = {point}:  z¹ = {z1},  a¹ = {a1},  f = 0.5·{a1[0]:g} + {a1[1]:g} − 2·{a1[2]:g} + 1 = {f:g}")
assert forward(x)[2] == 7 and forward(blank)[2] == 0.5 == tiny.predict([blank]).item()

# %% [markdown]
# Between the blank input and $x$ neuron 1 is on all the time, neuron 2 goes on, and neuron 3 goes off. Together they
# raise $f$ from 0.5 to 7. How much of these 6.5 is due to $x_1$, how much to $x_2$?
#
# ## Cover it: occlusion
#
# The plainest way is to try. Set input $i$ to a *baseline* $\tilde x_i$ that stands for "nothing there", here 0, leave
# the others, and see by how much $f$ falls:
#
# $$\varphi_i = f(x) - f(x \text{ with } \tilde x_i \text{ for } x_i).$$
#
# Of an image one covers a whole *window* of pixels at a time, for a network hardly misses a single one. A pixel that
# lies under several windows gets [the mean over them](#src-occlusion) (Zeiler and Fergus,
# [2014](https://arxiv.org/abs/1311.2901)).

# %%
for i in range(2):
    covered = x.copy()
    covered[i] = 0
    without = forward(covered)[2]
    values = f"f({x[0]:g}, {x[1]:g}) − f({covered[0]:g}, {covered[1]:g})"
    print(f"φ_{i + 1} = {values} = 7 − ({without:g}) = {7 - without:g}")
print()
covering = tn.explain.occlusion(tiny, x)  # the baseline is 0 unless one is given
print(covering)
assert np.allclose(covering.values, [10, 1.5], rtol=1e-14)

# %% [markdown]
# The shares are 10 and 1.5, together 11.5, but there were only 6.5 to share. That is no mistake: these are two answers
# to two questions, and nobody promised that they add up. tinynet prints by how much they do not. The digit costs one
# run forward for each window.

# %% mystnb={"image": {"alt": "Three panels: the image of a 3; occlusion by single pixels, which colours only the strokes; occlusion by windows of 3 by 3, the same blurred."}}
fig, panels = plt.subplots(1, 3, figsize=(9, 3.2), layout="compressed")
panels[0].imshow(digit.reshape(8, 8), cmap="gray_r")
panels[0].set(title="test image 125", xticks=[], yticks=[])
for ax, window in zip(panels[1:], (1, 3)):
    tn.explain.occlusion(net, digit, 3, window=window, image_shape=(8, 8)).plot(ax, image_shape=(8, 8))
    ax.set_title(f"occlusion, window {window} × {window}")
plt.show()

# %% [markdown]
# Orange and + speak for the 3, purple and − against it; the black line is the outline of the ink. Most of the strokes
# seem to do their part. But covering has a blind spot. Suppose two witnesses say the same, and one of them is enough.
# Send either away: nothing changes, and both get 0.
#
# ## A little more: the gradient
#
# The opposite of covering is to change an input hardly at all. What $f$ does then is
# [its derivative](#src-saliency) (Simonyan, Vedaldi and Zisserman, [2013](https://arxiv.org/abs/1312.6034)):
#
# $$\varphi_i = \frac{\partial f}{\partial x_i}.$$
#
# Nothing new has to be derived. Chapter 4 found $\partial L/\partial x_i = \sum_j w_{ij}^1\,\delta_j^1$, with $\delta$
# handed back from layer to layer, and the walk does not care at which number it begins. Let it begin at the logit
# instead of the loss. How does $z_t^L$ depend on the $z^L$? With slope 1 on itself, and 0 on the others. So
#
# $$\delta_k^L = \begin{cases} 1 & k = t \\ 0 & k \ne t \end{cases}, \qquad
#   \delta_i^l = f'(z_i^l) \sum_j w_{ij}^{l+1} \delta_j^{l+1}, \qquad
#   \boxed{\;\frac{\partial f}{\partial x_i} = \sum_j w_{ij}^1\,\delta_j^1\;}$$
#
# where $\delta$ is now $\partial f/\partial z$. (One letter, two functions: $f(x)$ of an input is the number explained,
# $f(z)$ of a sum is the activation, as in chapter 4.)

# %%
z1, a1, _ = forward(x)
delta2 = np.array([1.0])
delta1 = np.where(z1 > 0, W2 @ delta2, 0)
gradient = W1 @ delta1
print(f"δ² = {delta2},  δ¹ = f′(z¹) ⊙ W²δ² = {(z1 > 0).astype(float)} ⊙ {W2[:, 0]} = {delta1}")
for i in range(2):
    print(f"∂f/∂x_{i + 1} = {' + '.join(f'({w:g})·({d:g})' for w, d in zip(W1[i], delta1))} = {gradient[i]:g}")
saliency = tn.explain.saliency(tiny, x)
print()
print(saliency.table(0))  # the working of the first input, counted from 0
assert np.array_equal(saliency.values, gradient) and np.array_equal(gradient, [2, 1.5])

# %% [markdown]
# `attribution.table(i)` shows this of any explanation: the numbers from which a pencil gets $\varphi_i$. A gradient
# has its own blind spot, and it is a large one.
#
# **Where a feature has done its work, its gradient is 0.** Take $f(x) = 1 - \mathrm{relu}(1 - x)$: it climbs from 0 to
# 1 and stays there ([Sundararajan, Taly and Yan 2017](https://arxiv.org/abs/1703.01365)). At $x = 2$ its value 1 is
# all due to $x$, and the gradient is 0. Its twin with two inputs is $1 - \mathrm{relu}(1 - x_1 - x_2)$ at $(1, 1)$,
# with the two witnesses from above ([Shrikumar, Greenside and Kundaje 2017](https://arxiv.org/abs/1704.02685)).


# %%
def ramp(n):
    """1 − relu(1 − x_1 − … − x_n) as a network."""
    net = tn.Sequential([tn.Dense(1, activation="relu", input_dim=n), tn.Dense(1)])
    net.set_weights([-np.ones((n, 1)), [1.0], [[-1.0]], [1.0]])
    return net


for n, point in [(1, [2.0]), (2, [1.0, 1.0])]:
    by_gradient, by_covering = tn.explain.saliency(ramp(n), point), tn.explain.occlusion(ramp(n), point)
    print(f"x = {point}: f = {by_gradient.prediction:g}: gradient {by_gradient.values}, covering {by_covering.values}")
    assert not by_gradient.values.any() and (n == 1 or not by_covering.values.any())

# %% [markdown]
# In the second neither sees anything. And a network that has learned is full of such neurons: ReLUs that a feature
# has switched off, sigmoids that it has driven to where they are flat.
#
# **A gradient trembles.** A ReLU is on or off, so the gradient of a network of them jumps where one switches. Two
# images that look alike may have gradients that do not. [SmoothGrad](#src-smoothgrad) looks at $K$ points around $x$,
# with noise of standard deviation $\sigma$, and takes the mean
# ([Smilkov et al. 2017](https://arxiv.org/abs/1706.03825)):
#
# $$\varphi_i = \frac1K \sum_k \frac{\partial f}{\partial x_i}(x + \sigma \epsilon_k), \qquad
#   \epsilon_k \text{ normal with mean 0 and variance 1.}$$
#
# What is this the gradient of? Of the mean of $f$ around $x$, an $f$ out of focus. For the ramp we can say what must
# come out: its slope is 1 below $x = 1$ and 0 above, so the mean slope is the probability that
# $x + \sigma\epsilon < 1$, which is $\Phi\big((1 - x)/\sigma\big)$ with the $\Phi$ of chapter 1's GELU.

# %%
K, spread = 4000, 0.5
smooth = tn.explain.smoothgrad(ramp(1), [1.2], samples=K, sigma=spread)
Phi = 0.5 * (1 + math.erf((1 - 1.2) / spread / np.sqrt(2)))
print(f"at x = 1.2: gradient {tn.explain.saliency(ramp(1), [1.2]).values.item():g}")
print(f"SmoothGrad {smooth.values.item():.4f} ± {smooth.residual['standard error']:.4f}, and Φ(−0.4) = {Phi:.4f}")
assert abs(smooth.values.item() - Phi) < 3 * smooth.residual["standard error"]

# %% [markdown]
# SmoothGrad sees part of the ramp, because it is near. At $x = 2$ with little noise it would see as little as the
# gradient. Something has to go and look.
#
# ## All the way: integrated gradients
#
# Walk in a straight line from the baseline $\tilde x$ to $x$. At the time $\alpha$, from 0 to 1, one stands at
# $x(\alpha) = \tilde x + \alpha\,(x - \tilde x)$, and input $i$ moves with the speed $x_i - \tilde x_i$. By the chain
# rule $f$ changes with the speed
#
# $$\frac{d}{d\alpha} f\big(x(\alpha)\big)
#   = \sum_i (x_i - \tilde x_i)\,\frac{\partial f}{\partial x_i}\big(x(\alpha)\big).$$
#
# Each input has its own term in this sum. Collect it over the whole way, and call it
# [the share](#src-integrated-gradients) of the input:
#
# $$\boxed{\;\varphi_i = (x_i - \tilde x_i) \int_0^1 \frac{\partial f}{\partial x_i}\big(x(\alpha)\big)\,d\alpha\;}$$
#
# Do the shares add up? The sum of the integrals is the integral of the sum, which is a derivative, and the integral
# of a derivative is the difference at the ends. That is the fundamental theorem of calculus, and here it is
# [*completeness*](#src-completeness):
#
# $$\sum_i \varphi_i = \int_0^1 \frac{d}{d\alpha} f\big(x(\alpha)\big)\,d\alpha = f(x) - f(\tilde x).$$
#
# (With ReLU $f$ has kinks, but only at single $\alpha$. One integrates piece by piece, and $f$ does not jump.)
#
# By hand: from $(0, 0)$ to $(2, 1)$ the sums of the tiny network are $z = (3 + \alpha,\; -1 + 5\alpha,\; 1 - 2\alpha)$.
# Neuron 2 goes on at $\alpha = 0.2$, neuron 3 off at $\alpha = 0.5$. Between them the gradient stands still.

# %%
ends, mean_gradient = [0.0, 0.2, 0.5, 1.0], np.zeros(2)
print("from α to α    on        ∂f/∂x_1   ∂f/∂x_2")
for start, end in pairwise(ends):
    z1, _, _ = forward((start + end) / 2 * x)
    piece = W1 @ (W2[:, 0] * (z1 > 0))
    mean_gradient += (end - start) * piece
    print(f"{start:6g} {end:4g}    {np.flatnonzero(z1 > 0) + 1!s:7} {piece[0]:9g} {piece[1]:9g}")
by_hand = x * mean_gradient
print(f"mean gradient {mean_gradient}, times x − x̃ = {x}: φ = {by_hand}, sum {by_hand.sum():g} = 7 − 0.5")
assert np.allclose(by_hand, [7.4, -0.9], rtol=1e-14)

exact = tn.explain.integrated_gradients(tiny, x, steps=10, rule="middle")  # ends of its ten parts lie on both kinks
print()
print(exact)
assert np.allclose(exact.values, by_hand, rtol=1e-12)
climbed = tn.explain.integrated_gradients(ramp(1), [2.0], steps=10, rule="middle")
assert np.isclose(climbed.values.item(), 1)  # the ramp's φ is 1, all of it

# %% [markdown]
# The shares add up to 6.5. And look at $x_2$: at $x$ its gradient is $+1.5$, and its share is $-0.9$. Both are right.
# Where we have arrived, more of $x_2$ raises $f$. But on the way here it did harm, through neuron 3, which it kept on.
#
# ### How many steps
#
# A computer does not integrate. It takes points $\alpha_k$ with weights $w_k$ and adds up $\sum_k w_k\,g(\alpha_k)$,
# where $g$ is the gradient on the way. Cut the way into $n$ equal parts and take of each the left end, the right end or
# the *middle*, with $w_k = 1/n$. Or take the mean of both ends of $n - 1$ parts: that is the *trapezoid*. All of them
# choose the points first. Gauss chose points and weights together: $2n$ numbers, enough to be exact for all
# polynomials with $2n$ coefficients, that is up to degree $2n - 1$. How can that be?
#
# Let $p = 2\alpha - 1$ run from $-1$ to $1$, and let $P_n$ be a polynomial of degree $n$ whose product with every
# polynomial of *lower* degree has the integral 0 (as vectors at right angles have the product 0). Divide any
# polynomial $g$ of degree up to $2n - 1$ by it: $g = q\,P_n + r$, and the quotient $q$ and the rest $r$ have degrees
# below $n$. Then
#
# - in the integral, $q P_n$ contributes 0, whatever $q$ is;
# - in the sum too, if the points are the $n$ zeros of $P_n$;
# - the rest $r$ has $n$ coefficients, and $n$ weights can be chosen that do it right.
#
# These are the *Legendre polynomials*, $P_0 = 1$, $P_1 = p$, and [each from the two before](#src-legendre):
# $(k + 1) P_{k+1} = (2k + 1)\,p\,P_k - k\,P_{k-1}$. So $P_2 = (3p^2 - 1)/2$, with zeros $\pm 1/\sqrt3$. The integral of
# $3p^2 - 1$ from $-1$ to 1 is $2 - 2 = 0$, as it should be, and by symmetry both weights are ½. For any $n$ there is
# [a formula](#src-gauss-legendre) for them (Abramowitz and Stegun, 25.4.29), which we take on trust and test:
#
# $$\alpha_k = \tfrac12(1 + p_k), \qquad w_k = \frac{1}{(1 - p_k^2)\,P_n'(p_k)^2}.$$

# %%
p = np.array([-1, 1]) / np.sqrt(3)
weights = 1 / ((1 - p**2) * (3 * p) ** 2)  # P_2' = 3p
alpha = (1 + p) / 2
print(f"two points: α = {alpha}, w = {weights}")
for degree in range(5):
    print(f"  α^{degree}: sum {weights @ alpha**degree:.6f}, integral {1 / (degree + 1):.6f}")
    assert np.isclose(weights @ alpha**degree, 1 / (degree + 1)) == (degree <= 3)

assert np.allclose(RULES["gausslegendre"](2), (alpha, weights), rtol=1e-14)  # tinynet's points and weights
alpha, weights = RULES["gausslegendre"](50)
assert all(np.isclose(weights @ alpha**degree, 1 / (degree + 1), rtol=1e-12) for degree in range(100))

# %% [markdown]
# Does it help? That depends on $g$. Here is the completeness error for the digit, from an empty page, with more and
# more steps. On the right a network of the same size with tanh, which has no kinks, explains the same image.

# %% tags=["hide-input"] mystnb={"image": {"alt": "Completeness error against the number of steps, both logarithmic. With ReLU all five rules fall like 1/n, with jitter. With tanh left and right fall like 1/n, middle and trapezoid like 1/n², and Gauss–Legendre drops to rounding within 32 steps."}}
tanh_net = learn("tanh")
counts = [2, 4, 8, 16, 32, 64, 128, 256, 512]
looks = {
    "left": (":", "s", ORANGE),
    "right": (":", "D", PINK),
    "middle": ("--", "o", BLUE),
    "trapezoid": ("--", "^", GREEN),
    "gausslegendre": ("-", "v", VERMILION),
}
fig, panels = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained", sharey=True)
errors = {}
for ax, model, name in zip(panels, (net, tanh_net), ("ReLU", "tanh")):
    for rule, (style, marker, colour) in looks.items():
        found = [tn.explain.integrated_gradients(model, digit, 3, rule=rule, steps=n) for n in counts]
        errors[name, rule] = np.array([abs(each.residual["completeness error"]) for each in found])
        shown = np.maximum(errors[name, rule], 1e-16)
        ax.loglog(counts, shown, style, marker=marker, markersize=5, color=colour, label=rule)
    ax.set(title=name, xlabel="steps n")
    ax.grid(alpha=0.3)
panels[0].set_ylabel("completeness error")
panels[0].legend(fontsize=9)
plt.show()

# %%
print("completeness error with 64 steps:")
for (name, rule), values in errors.items():
    print(f"  {name:4} {rule:13} {values[counts.index(64)]:.1e}")
    if name == "tanh" and rule != "gausslegendre":  # 8 times as many steps
        fall = values[counts.index(64)] / values[counts.index(512)]
        assert np.isclose(fall, 8 if rule in ("left", "right") else 64, rtol=0.1)
assert errors["tanh", "gausslegendre"][counts.index(32)] < 1e-13
assert min(values[counts.index(512)] for (name, _), values in errors.items() if name == "ReLU") > 1e-5

# %% [markdown]
# With kinks no rule is better than $1/n$: the jump of $g$ lies somewhere inside a part, and no rule knows where. More
# points help, and nothing else. Without kinks left and right go with $1/n$, middle and trapezoid with $1/n^2$, and
# Gauss–Legendre is at the last bits of the computer after some thirty points. tinynet prints the error as the
# *residual* of each attribution. If it is not small beside $f(x) - f(\tilde x)$, take more steps.
#
# The weights of a rule must add up to 1, or else it is wrong even for a gradient that stands still. The trapezoid of
# [captum](https://captum.ai) 0.9.0, a package for PyTorch, takes $n$ points with weights $1/n$, half of it at both
# ends: it forgets that $n$ points have $n - 1$ parts between them. For $f = x_1 + x_2$ at $(2, 1)$
# `IntegratedGradients(f).attribute(x, n_steps=50, method="riemann_trapezoid")` returns 1.96 and 0.98.

# %%
n = 50
weights = np.full(n, 1 / n)
weights[[0, -1]] /= 2
print(f"its weights add up to {weights.sum():.2f} = (n − 1)/n, so the shares are {weights.sum() * x}")
assert np.allclose(weights.sum() * x, [1.96, 0.98])  # captum 0.9.0
assert np.isclose(RULES["trapezoid"](n)[1].sum(), 1)

# %% [markdown]
# ### Compared with what?
#
# The empty page was our choice. One may as well ask what makes this image a 3 *rather than* the mean of all digits, or
# a page black with ink.

# %% mystnb={"image": {"alt": "Integrated gradients from three baselines. From blank paper only the strokes have colour. From the mean image the strongest are pixels without ink in the two bays on the left of the 3. From all ink the bays dominate."}}
mean_image = x_train.mean(axis=0)
paper = digit == 0
fig, panels = plt.subplots(1, 3, figsize=(9.5, 3.2), layout="compressed")
on_paper = {}
for ax, (name, baseline) in zip(panels, {"blank paper": 0, "the mean image": mean_image, "all ink": 1}.items()):
    found = tn.explain.integrated_gradients(net, digit, 3, baseline=baseline, steps=500)
    found.plot(ax, image_shape=(8, 8)).set_title(f"compared with {name}", fontsize=11)
    on_paper[name] = np.abs(found.values[paper]).sum() / np.abs(found.values).sum()
    print(f"{name:14} f = {found.reference:6.2f}, sum of φ {found.values.sum():6.2f}", end=", ")
    print(f"of all |φ| {on_paper[name]:.0%} lie on the {paper.sum()} pixels without ink")
plt.show()
assert on_paper["blank paper"] == 0 and on_paper["the mean image"] > 0.4

# %% [markdown]
# What did it look at? **To a large part at paper.** A 3 is open on the left, and compared with the mean image the
# strongest evidence is that there is no ink. An explanation can be wrong, but this one can be tested: put ink on the
# three strongest pixels, and, to compare, on any three that are as white as these.

# %%
against_mean = tn.explain.integrated_gradients(net, digit, 3, baseline=mean_image, steps=500).values
strongest = np.argsort(-against_mean)[:3]
inked = digit.copy()
inked[strongest] = 1
answer = net.predict(inked[np.newaxis])[0]
for i in strongest:
    print(f"row {i // 8 + 1}, column {i % 8 + 1}: ink {digit[i]:.2f}, φ = {against_mean[i]:.2f}")
print(f"with ink in these three: read as a {answer.argmax()} with probability {answer.max():.2f}")
assert digit[strongest].max() < 0.1 and answer.argmax() == 9 and answer.max() > 0.9

triples = np.array(list(combinations(np.flatnonzero(digit < 0.1), 3)))
many = np.tile(digit, (len(triples), 1))
np.put_along_axis(many, triples, 1, axis=1)
still_three = np.mean(net.predict(many).argmax(axis=1) == 3)
print(f"of all {len(triples):,} ways to ink three white pixels {still_three:.0%} are still read as a 3")
assert still_three > 0.95

# %% [markdown]
# From an empty page this cannot be seen: where $x_i = \tilde x_i$ the factor $x_i - \tilde x_i$ is 0. No baseline is
# the right one. A baseline is half of the question, and belongs beside every answer (`attribution.baseline` keeps it).
#
# ## One walk back, three slopes
#
# Integrated gradients run the network at many points. Three methods need a single walk back, and differ in a single
# factor ([Ancona et al. 2018](https://arxiv.org/abs/1711.06104)). Carry a *multiplier* back as chapter 4 carries
# $\delta$, but let each neuron pass it on with a slope $s$ that need not be $f'(z)$. What comes back to the output of
# neuron $j$ is called $g_j$, and what [passes through it](#src-multiplier) is $m_j$:
#
# $$g_j^L = \begin{cases} 1 & j = t \\ 0 & j \ne t \end{cases}, \qquad
#   \boxed{\;m_j^l = s_j^l\,g_j^l, \qquad g_i^{l-1} = \sum_j w_{ij}^l\,m_j^l\;}, \qquad
#   R_i^l = a_i^l\,g_i^l.$$
#
# $R^l$ are the [*relevances*](#src-relevance) of layer $l$, and those of the inputs are the explanation,
# $\varphi = R^0$. Now the three slopes.
#
# **[$s = f'(z)$](#src-gradient-factor): gradient × input.** Then $m = \delta$, $g = \partial f/\partial a$, and
# $\varphi_i = x_i\,\partial f/\partial x_i$.
#
# **[$s = a/z$](#src-epsilon-factor): LRP**, layer-wise relevance propagation
# ([Bach et al. 2015](https://doi.org/10.1371/journal.pone.0130140)). It was told as another story. A neuron $k$ has the
# relevance $R_k$, and deals it out to its inputs in proportion to what each put into $z_k$:
#
# $$R_j = \sum_k \frac{a_j w_{jk}}{z_k}\,R_k.$$
#
# Write $R_k = a_k g_k$: this is $a_j \sum_k w_{jk}\,\frac{a_k}{z_k}\,g_k$, the walk above with $s = a/z$. Where $z$ is
# near 0 the quotient is wild, so one divides by $z + \varepsilon\,\mathrm{sign}\,z$ with a small $\varepsilon$, and
# takes $\mathrm{sign}\,0 = 1$.
#
# **[$s = \Delta a/\Delta z$](#src-rescale-factor): DeepLIFT** ([Shrikumar, Greenside and
# Kundaje 2017](https://arxiv.org/abs/1704.02685), its rescale rule). Run the baseline through the network as well, and
# let $\Delta$ be the difference of anything between $x$ and $\tilde x$. Then $R = \Delta a\,g$ takes the place of
# $R = a\,g$. (Where $\Delta z = 0$ the slope is $f'(z)$, to which $\Delta a/\Delta z$ tends.)

# %% tags=["hide-input"] mystnb={"image": {"alt": "tanh and ReLU, each with three lines at one z: the tangent, the line from the origin and the line from the baseline's point. For tanh at z = 2 the tangent is nearly flat and the others are steep. For ReLU tangent and line from the origin coincide."}}
fig, panels = plt.subplots(1, 2, figsize=(8, 3.5), layout="constrained")
cases = [
    ("tanh", np.tanh, 1 - np.tanh(2) ** 2, 2.0, -0.5, (-1, 3)),
    ("ReLU", lambda z: np.maximum(0, z), 1, 4, -1, (-2, 5)),
]
for ax, (name, f, slope, at, before, (low, high)) in zip(panels, cases):
    many = np.linspace(low, high, 200)
    ax.plot(many, f(many), color="black", linewidth=3, alpha=0.35, label="f")
    ends = np.array([low, high])
    ax.plot(ends, f(at) + slope * (ends - at), "-", color=BLUE, label=f"f′(z) = {slope:.3g}")
    ax.plot(ends, f(at) / at * ends, "--", color=VERMILION, label=f"a/z = {f(at) / at:.3g}")
    chord = (f(at) - f(before)) / (at - before)
    ax.plot(ends, f(at) + chord * (ends - at), "-.", color=GREEN, label=f"Δa/Δz = {chord:.3g}")
    ax.plot([at, 0, before], [f(at), 0, f(before)], "o", color="black", markersize=5)
    ax.set(title=f"{name}, z = {at:g}, baseline {before:g}", xlabel="z", ylim=(f(low) - 0.4, f(high) + 0.4))
    ax.grid(alpha=0.3)
    ax.legend(fontsize=9, loc="lower right" if name == "tanh" else "upper left")
panels[0].set_ylabel("a")
plt.show()

# %% [markdown]
# The tangent, the line from the origin, the line from the baseline's point. Where tanh is flat its tangent is flat too.
# The other lines are not: **they look back to where the neuron came from.** By hand, with $R^l$ beside $m^l$:


# %%
def walk_back(slopes, activations):
    """R⁰, R¹, R² and m¹, m²; slopes: s¹, s²; activations: a⁰, a¹, a², or their differences."""
    a0, a1, a2 = activations
    m2 = slopes[1] * 1
    m1 = slopes[0] * (W2 @ m2)
    return [a0 * (W1 @ m1), a1 * (W2 @ m2), a2], [m1, m2]


(z1, a1, f_x), (z1_blank, a1_blank, f_blank) = forward(x), forward(blank)
one, here = np.array([1.0]), (x, a1, np.array([f_x]))
there = (x - blank, a1 - a1_blank, np.array([f_x - f_blank]))
by_pencil = {
    "gradient_times_input": walk_back([np.where(z1 > 0, 1.0, 0.0), one], here),
    "lrp": walk_back([a1 / z1, one], here),
    "deeplift": walk_back([(a1 - a1_blank) / (z1 - z1_blank), one], there),
}
settings = {"gradient_times_input": {}, "lrp": {"epsilon": 0}, "deeplift": {"baseline": blank}}
for name, (R, m) in by_pencil.items():
    print(name)
    for l in (2, 1):
        print(f"   m^{l} = {m[l - 1] + 0}   R^{l} = {R[l] + 0}, sum {R[l].sum():g}")
    print(f"   φ = R^0 = {R[0]}, sum {R[0].sum():g}")
    found = getattr(tn.explain, name)(tiny, x, **settings[name])
    for by_tinynet, pencil in zip([*found.relevances, *found.details["multipliers"]], [*R, *m], strict=True):
        assert np.allclose(by_tinynet, pencil, rtol=1e-14, atol=1e-14)
assert np.array_equal(by_pencil["lrp"][1][0], delta1)  # with f′ and with a/z the multipliers are the δ from above

# %% [markdown]
# Four things to see, and to prove.
#
# **With ReLU, LRP is gradient × input.** Where a ReLU is on, $a/z = z/z = 1$, and where it is off, $a/z = 0$: that is
# $f'(z)$. The slopes agree in every layer (for $\varepsilon \to 0$), so everything does. Biases make no difference,
# as $z$ contains them. With tanh the slopes differ.
#
# **What is lost on the way** can be told to the last digit. Add up the relevances of the inputs of a layer:
#
# $$\sum_i R_i^{l-1} = \sum_i a_i^{l-1} \sum_j w_{ij}^l\,m_j^l = \sum_j m_j^l \sum_i a_i^{l-1} w_{ij}^l
#   = \sum_j m_j^l\,(z_j^l - b_j^l).$$
#
# A share $b_j m_j$ has gone to each bias, which is no input and hands nothing on: the biases
# [absorb it](#src-absorbed-by-biases). Next, compare $m_j z_j$ with $R_j = a_j g_j$. For $s = a/z$ they are equal. For
# a line that does not lead through the origin they are not, and $(a_j - s_j z_j)\,g_j$ is
# [lost, or won, inside the neuron](#src-absorbed-by-factors). From the output to the input, then,
#
# $$f(x) = \sum_i \varphi_i + \underbrace{\sum_l \sum_j b_j^l\,m_j^l}_{\text{absorbed by biases}}
#   + \underbrace{\sum_l \sum_j (a_j^l - s_j^l z_j^l)\,g_j^l}_{\text{absorbed by the slopes}}.$$
#
# **DeepLIFT loses nothing.** In $\Delta z_j = \sum_i \Delta a_i w_{ij}$ the bias has cancelled, and
# $\Delta a_j = s_j\,\Delta z_j$ holds exactly. The same lines with $\Delta$ everywhere give
# $\sum_i \varphi_i = f(x) - f(\tilde x)$.

# %%
R, m = by_pencil["lrp"]
bias_1, bias_2 = b1 @ m[0], b2 @ m[1]
print(f"f(x) = 7: inputs {R[0].sum():g}, biases of layer 1 {bias_1:g}, of layer 2 {bias_2:g}")
assert np.isclose(R[0].sum() + bias_1 + bias_2, 7)

print("the digit                       f(x) =   sum φ + biases + slopes")
for name, model in {"ReLU": net, "tanh": tanh_net}.items():
    for method in (tn.explain.gradient_times_input, tn.explain.lrp):
        found = method(model, digit, 3)
        biases, slopes = found.residual.values()
        print(f"{name} {method.__name__:20} {found.prediction:11.4f} {found.values.sum():9.4f}", end="")
        print(f"{biases:9.4f} {slopes:8.4f}")
        assert np.isclose(found.values.sum() + biases + slopes, found.prediction, rtol=1e-12)
        if name == "tanh" and method is tn.explain.gradient_times_input:
            assert found.values.sum() < 0.1 * found.prediction
relu_lrp, relu_gradient = tn.explain.lrp(net, digit, 3), tn.explain.gradient_times_input(net, digit, 3)
assert np.allclose(relu_lrp.values, relu_gradient.values, rtol=0, atol=1e-7)  # as ε is not quite 0

# %% [markdown]
# Gradient × input of the tanh network accounts for 1.1 of 11.6. Its neurons are sure, so their tangents are flat, and
# all the rest is lost in curvature. LRP, whose lines lead through the origin, loses a little to the biases.
#
# **With one hidden layer, DeepLIFT is integrated gradients.** Both gave 7.4 and −0.9, and not by chance. On the
# straight way $z_j$ of the first layer moves straight too, from $\tilde z_j$ to $z_j$, so the mean of the slopes that
# it meets is
#
# $$\int_0^1 f'(\tilde z_j + \alpha\,\Delta z_j)\,d\alpha = \frac{f(z_j) - f(\tilde z_j)}{\Delta z_j}
#   = \frac{\Delta a_j}{\Delta z_j}.$$
#
# The $a_j$ do not move straight, so in a second hidden layer the two part. But not by much, here:

# %%
for name, model in {"ReLU": net, "tanh": tanh_net}.items():
    stepwise = tn.explain.deeplift(model, digit, 3, baseline=mean_image)
    along = tn.explain.integrated_gradients(model, digit, 3, baseline=mean_image, steps=500)
    apart = np.abs(stepwise.values - along.values).max()
    print(f"{name}: the largest φ is {along.values.max():.2f}, the largest difference {apart:.3f}")
    assert 1e-3 < apart < 0.03 * along.values.max()

# %% [markdown]
# ## Side by side
#
# Six answers about one image, by the tanh network, where no two are equal. The last two compare with the mean image.

# %% mystnb={"image": {"alt": "Six pictures of one digit. Saliency and SmoothGrad colour the whole page, also where no ink is. Gradient × input and LRP colour the strokes. DeepLIFT and integrated gradients from the mean image colour the strokes and, strongest, the upper bay on the left."}}
answers = [
    tn.explain.saliency(tanh_net, digit, 3),
    tn.explain.smoothgrad(tanh_net, digit, 3, sigma=0.2),
    tn.explain.gradient_times_input(tanh_net, digit, 3),
    tn.explain.lrp(tanh_net, digit, 3),
    tn.explain.deeplift(tanh_net, digit, 3, baseline=mean_image),
    tn.explain.integrated_gradients(tanh_net, digit, 3, baseline=mean_image),
]
fig, panels = plt.subplots(2, 3, figsize=(9, 6.2), layout="compressed")
for ax, answer in zip(panels.flat, answers):
    answer.plot(ax, image_shape=(8, 8)).set_title(answer.method.replace("_", " "), fontsize=11)
plt.show()

# %% [markdown]
# Pictures that differ need not contradict each other: each answers its own question. The summary below names them.
#
# ## What goes wrong
#
# **To explain a probability where softmax is sure.** The formula from the beginning, with the $z_k$'s gradients:

# %%
of_logits = np.array([tn.explain.saliency(net, digit, k).values for k in range(10)])
of_three = probabilities[3] * ((np.arange(10) == 3) - probabilities) @ of_logits
by_tinynet = tn.explain.saliency(net, digit, 3, output="probability").values
print(f"largest |∂z_3/∂x_i| {np.abs(of_logits[3]).max():.2f}")
print(f"largest |∂a_3/∂x_i| {np.abs(by_tinynet).max():.1e}")
assert np.allclose(of_three, by_tinynet, rtol=1e-9, atol=1e-15) and np.abs(by_tinynet).max() < 1e-4

# %% [markdown]
# Nothing matters, it seems, and the surer the network is, the less. A picture scaled to its largest value hides that it
# shows almost nothing. Explain the logit, or walk to the plateau from below by integrated gradients.
#
# **A baseline that equals the example**, in a pixel or in all of them. Its completeness error is 0, and so is
# everything else. A good residual says that the shares add up, not that the question was good.

# %%
nothing = tn.explain.integrated_gradients(net, digit, 3, baseline=digit)
print(f"φ = 0 for {np.sum(nothing.values == 0)} of 64 pixels; {nothing.residual}")
assert not nothing.values.any()

# %% [markdown]
# **A gradient at a kink.** $\mathrm{relu}(x) - \mathrm{relu}(-x)$ is $x$, whose slope is 1 everywhere. At $x = 0$ the
# walk back takes $\mathrm{relu}'(0) = 0$ twice, and finds 0. It is no rarity: a blank image meets it in every neuron of
# a first layer whose biases are 0. Look at points around the kink.

# %%
kink = tn.Sequential([tn.Dense(2, activation="relu", input_dim=1), tn.Dense(1)])
kink.set_weights([[[1.0, -1.0]], [0.0, 0.0], [[1.0], [-1.0]], [0.0]])
for at in (0.0, 1e-9):
    print(f"at x = {at:g}: gradient {tn.explain.saliency(kink, [at]).values.item():g}")
print(f"SmoothGrad at 0: {tn.explain.smoothgrad(kink, [0.0]).values.item():g}")
assert tn.explain.saliency(kink, [0.0]).values == 0 and tn.explain.smoothgrad(kink, [0.0]).values == 1

# %% [markdown]
# **Explanations of different outputs, laid side by side.** A pixel with $\varphi = 2$ for the 3 and $\varphi = 3$ for
# the 9 speaks *against* the 3. And there is worse. Softmax does not care what is added to all logits alike
# ([chapter 3](03_losses.py)). So subtract from the last layer's weights and biases those of the 3:

# %%
W = net.get_weights()
shifted = tn.Sequential(seed=0)
shifted.add(tn.Dense(32, activation="relu", input_dim=64))
shifted.add(tn.Dense(32, activation="relu"))
shifted.add(tn.Dense(10, activation="softmax"))
shifted.set_weights([*W[:4], W[4] - W[4][:, 3:4], W[5] - W[5][3]])
print("largest change of a probability:", np.abs(shifted.predict(x_test) - net.predict(x_test)).max())


def shares(model, target):
    return tn.explain.integrated_gradients(model, digit, target, baseline=mean_image).values


biggest, of_shifted = np.abs(shares(net, 3)).max(), np.abs(shares(shifted, 3)).max()
print(f"largest |φ| for the 3: {biggest:.2f} before, {of_shifted:g} after")
before, after = shares(net, 3) - shares(net, 9), shares(shifted, 3) - shares(shifted, 9)
print(f"largest φ for the 3 less that for the 9: {before.max():.4f} before, {after.max():.4f} after")
assert of_shifted == 0 and np.allclose(before, after, rtol=1e-9, atol=1e-12)
assert np.abs(shifted.predict(x_test) - net.predict(x_test)).max() < 1e-12

# %% [markdown]
# The same probabilities for every image, and now *nothing* speaks for the 3, because its logit is the constant 0. A
# logit means something only beside the others. What softmax does know is their differences, so ask "why a 3 and not a
# 9": $f = z_3 - z_9$. A derivative of a difference is the difference of the derivatives, so the shares are
# $\varphi(z_3) - \varphi(z_9)$, the same before and after. Explanations of $z_3$ alone, all of ours above among them,
# show also what speaks for every digit at once.
#
# ## Summary
#
# | | asks | slope $s$ | $\sum_i \varphi_i$ | does not see |
# |---|---|---|---|---|
# | occlusion | what if $x_i$ were covered? | | anything | one of two witnesses |
# | saliency | what if $x_i$ were a little larger? | $f'(z)$ | means nothing | what has done its work |
# | gradient × input | what is $f(x)$ made of? | $f'(z)$ | $f(x)$, less biases and curvature | paper, flat neurons |
# | LRP | the same | $a/(z + \varepsilon\,\mathrm{sign}\,z)$ | $f(x)$, less biases and $\varepsilon$ | paper |
# | DeepLIFT | what made $f(\tilde x)$ into $f(x)$? | $\Delta a/\Delta z$ | $f(x) - f(\tilde x)$ | $x_i = \tilde x_i$ |
# | integrated gradients | the same | $f'$, all the way | $f(x) - f(\tilde x)$, but for steps | $x_i = \tilde x_i$ |
#
# - One walk back: $g^L$ is 1 at $t$ and 0 elsewhere, $m^l = s^l \odot g^l$, $g^{l-1} = W^l m^l$, $R^l = a^l \odot g^l$.
# - With ReLU, LRP is gradient × input. With one hidden layer, DeepLIFT is integrated gradients.
# - A baseline is half of the question. Look at the residual, and at what equals the baseline.
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch11.py`, then run `pytest tutorials/exercises -k ch11`.
#
# 1. `occlusion(f, x, baseline)`: cover one input at a time, for any function.
# 2. `gradient_of_logit(x, weights, biases, target)`: the walk back that begins at the logit.
# 3. `trapezoid(n)`: its points and weights, which add up to 1.
# 4. `integrated_gradients(gradient, x, baseline, alpha, weights)`: for any gradient and any rule.
# 5. `lrp(x, weights, biases, target, epsilon)`: of a tanh network.
# 6. `deeplift(x, baseline, weights, biases, target)`: of a tanh network, also where $\Delta z = 0$.
# 7. `absorbed_by_biases(x, weights, biases, target)`: how much in each layer, for gradient × input with ReLU.
# 8. With a pencil: two witnesses, $1 - \mathrm{relu}(1 - x_1 - x_2)$ at $(1, 1)$, from $(0, 0)$. What are integrated
#    gradients, and what is DeepLIFT?
# 9. With a pencil: is LRP with $\varepsilon = 0$ gradient × input for leaky ReLU too? For the sigmoid?
#
# The pencil's answers are at the end of the docstring of `tutorials/exercises/solutions/ch11.py`. All methods of this
# chapter but one need the network's weights. [Chapter 12](12_lime.py) explains any function at all.
