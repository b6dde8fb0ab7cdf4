# %% [markdown]
# # 14. Can you trust an explanation?
#
# Ask any method of the last three chapters, and it answers. It answers for a network that reads digits well, and just
# as readily for one whose weights were never trained. The picture looks reasonable both times, for people see reasons
# in nearly any picture. So an explanation has to be tested, like the network itself. This chapter has five tests, and
# shows of each how it can be fooled. Then the explanations pay for themselves: a network with an excellent test
# result turns out to have learned nonsense, and it is the explanations that give it away.
#
# ## What you will be able to do
#
# - say what it proves that the shares add up, and what not;
# - draw deletion and insertion curves, and choose what to compare them with;
# - compute infidelity, max sensitivity and a rank correlation by hand;
# - find an explanation that has nothing to do with what the network learned;
# - find a leak in the data by explanations, and repair the network;
# - get all explanations of one answer, with their marks, from one call, and read them.
#
# ## Where the truth is known
#
# The tests themselves need testing. That takes a model of which we know what it does: four inputs, no activation.
#
# $$f(x) = 1.5\,x_1 - x_2 + 2\,x_3 + 0\,x_4 + 1$$

# %%
import os
import tempfile
from dataclasses import replace
from itertools import permutations

import matplotlib.pyplot as plt
import numpy as np

import tinynet as tn
from tinynet import explain

np.set_printoptions(precision=4, suppress=True)

w, b = np.array([1.5, -1.0, 2.0, 0.0]), 1.0
line = tn.Sequential([tn.Dense(1, input_dim=4)])
line.set_weights([w[:, np.newaxis], [b]])
x, blank = np.array([4.0, 1.0, 1.0, 3.0]), np.zeros(4)

slopes = explain.saliency(line, x)
shares = explain.integrated_gradients(line, x, baseline=blank)
print(f"f(x) = {shares.prediction:g}, f(blank) = {shares.reference:g}")
print("slopes w_i:      ", slopes.values)
print("shares w_i x_i:  ", shares.values)
assert np.array_equal(slopes.values, w) and np.allclose(shares.values, w * x, rtol=1e-12)
for method in (explain.gradient_times_input, explain.deeplift, explain.occlusion, explain.exact_shapley):
    assert np.allclose(method(line, x).values, w * x, rtol=1e-12)

# %% [markdown]
# Chapters 11 and 13 had many ways to share $f(x) - f(\tilde x)$ among the inputs, with $\tilde x$ the baseline. Of a
# linear $f$ they all find $\varphi_i = w_i (x_i - \tilde x_i)$: there is nothing to disagree about. (The last line
# of the cell asks five of them.) Slopes are another thing even here. Input 1 has a smaller slope than input 3, but
# there is more of it.
#
# ## Do the shares add up?
#
# [The *completeness error*](#src-completeness-error) is the book-keeper's test:
#
# $$\Big|\sum_i \varphi_i - \big(f(x) - f(\tilde x)\big)\Big|.$$
#
# It finds integrals with too few steps, and the share that biases have absorbed. But consider two other maps for the
# same model. `replace` copies an explanation with other values.

# %%
on_input_4 = replace(shares, values=np.array([0, 0, 0, 7.0]))  # all of it on an input whose weight is 0
in_equal_parts = replace(shares, values=np.full(4, 7 / 4))
for name, found in {"the truth": shares, "all on input 4": on_input_4, "in equal parts": in_equal_parts}.items():
    print(f"{name:15} φ = {found.values}: completeness error {explain.completeness(found):.0e}")
    assert explain.completeness(found) < 1e-12

# %% [markdown]
# All three add up. Completeness is *one* equation for $M$ numbers: choose $M - 1$ of them as you like, and the last one
# can be made to fit. **An error shows that something is wrong. No error shows next to nothing.**
#
# ## Take away what matters: deletion
#
# If $\varphi$ says what the answer rests on, then taking that away must take the answer away. So let the inputs
# [leave one by one](#src-deletion), the largest $\varphi$ first, and ask $f$ after each
# ([Samek et al. 2015](https://arxiv.org/abs/1509.06321), [Petsiuk, Das and Saenko
# 2018](https://arxiv.org/abs/1806.07421)). With $x^{(k)}$ for the example after $k$ have left,
#
# $$x^{(k)}_i = \begin{cases} \tilde x_i & \text{for the $k$ inputs of largest } \varphi \\ x_i & \text{for the others}
# \end{cases}, \qquad
# A = \frac1M \sum_{k=1}^M \frac{f(x^{(k-1)}) + f(x^{(k)})}{2}.$$
#
# $A$ is [the area under the curve](#src-deletion-area) that the values make from 0 to 1: between two points it takes
# their mean. The smaller, the sooner the answer went. *Insertion* is the same way from the other end: the inputs enter
# the baseline, the largest $\varphi$ first, and a large area is good. With a pencil:


# %%
def f(v):
    return v @ w + b


def curve(phi, start, end):
    """f as the inputs move from start to end, that of the largest φ first."""
    here, values = start.copy(), [f(start)]
    for i in np.argsort(-phi, kind="stable"):
        here[i] = end[i]
        values.append(f(here))
    return np.array(values)


def area(values):
    return np.mean((values[:-1] + values[1:]) / 2)


for name, found in {"shares": shares, "slopes": slopes, "all on 4": on_input_4}.items():
    leaving, entering = curve(found.values, x, blank), curve(found.values, blank, x)
    print(f"{name:9} deletion {leaving}, area {area(leaving):g};  insertion {entering}, area {area(entering):g}")
    assert np.allclose(explain.deletion(found, baseline=0).values, leaving, rtol=1e-12)
    assert np.isclose(explain.insertion(found, baseline=0).area, area(entering), rtol=1e-12)
assert area(curve(w * x, x, blank)) == 1.625 and area(curve(w, x, blank)) == 2.625

# %% [markdown]
# The shares 6, −1, 2, 0 leave in the order 1, 3, 4, 2: $f$ is 8, 2, 0, 0, 1. No order does better, which can be
# proved. Of a linear $f$ each input takes its $\varphi_i$ with it, whenever it leaves. Exchange two neighbours in the
# order so that the larger $\varphi$ goes first: only the one value between them changes, and it becomes smaller. Go on
# until all are sorted.
#
# And what is a bad area? Take the mean over *all* orders. After $k$ moves an input has left in $k/M$ of them, so the mean
# value is $f(x) - \frac kM \sum_i \varphi_i$: a straight line from $f(x)$ to $f(\tilde x)$, with the area in the middle.

# %%
areas = [area(curve(-np.array(places), x, blank)) for places in permutations(range(4))]  # φ = −place: any order
print(f"{len(areas)} orders: the smallest area {min(areas):g}, the mean {np.mean(areas):g} = ({f(x):g} + {f(blank):g})/2")
assert min(areas) == 1.625 and np.isclose(np.mean(areas), (f(x) + f(blank)) / 2)

# %% [markdown]
# For a network there are too many orders, so tinynet draws 20 at random and shows them beside. Here are the digits, and
# the network of [chapter 11](11_what_did_it_look_at.py) again.


# %%
def learn(images, targets, callbacks=()):
    net = tn.Sequential(seed=0)
    net.add(tn.Dense(32, activation="relu", input_dim=64))
    net.add(tn.Dense(32, activation="relu"))
    net.add(tn.Dense(10, activation="softmax"))
    net.compile(tn.Adam(learning_rate=0.003), "categorical_crossentropy", metrics=["accuracy"])
    net.fit(images, targets, epochs=20, callbacks=callbacks, verbose=0)
    return net


x_all, y_all = tn.data.digits()
(x_train, y_train), (x_test, y_test) = tn.data.train_test_split(x_all, y_all, test_fraction=0.2, seed=0)
net = learn(x_train, y_train)
digit = x_test[125]
three = explain.integrated_gradients(net, digit, 3)  # the baseline is blank paper
print(explain.deletion(three), explain.insertion(three), sep="\n")
assert np.allclose(explain.deletion(three).values[[0, -1]], [three.prediction, three.reference])

# %% mystnb={"image": {"alt": "Left, deletion: the logit of the 3 falls from 16 to minus 5 while a quarter of the pixels leave, far below the random orders. Right, insertion: it climbs to 18 within a third of the pixels, far above them."}}
fig, panels = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
explain.deletion(three).plot(panels[0])
explain.insertion(three).plot(panels[1])
for ax, name in zip(panels, ("deletion", "insertion")):
    ax.set_title(f"{name}: integrated gradients")
plt.show()

# %% [markdown]
# Both curves run outside of the range between their ends: pixels with negative $\varphi$ speak against the 3, and they
# leave last. One digit is an anecdote. So take the first 30 test images, each with the answer that the network gives,
# and count how often a method beats the mean of the random orders. Beside the methods of the last chapters stand two
# *controls* that know nothing of any network: the ink itself, $\varphi = x$, and an edge map, the length of the
# differences to the neighbouring pixels. In tinynet anything can be a method that takes a question and returns an
# attribution.


# %%
def ink(model, x, target=None, *, output=None):
    question = explain.Question(model, x, target, output)
    return explain.Attribution(question.x.copy(), ink, question, {}, working=None)


def edges(model, x, target=None, *, output=None):
    question = explain.Question(model, x, target, output)
    across, down = np.gradient(question.x.reshape(8, 8))  # half the difference of the two neighbours
    return explain.Attribution(np.hypot(across, down).ravel(), edges, question, {}, working=None)


def random_ink_first(found):
    """The mean deletion area of 20 random orders in which the pixels with ink leave first."""
    rng, paper = np.random.default_rng(0), found.x == 0
    orders = [replace(found, values=rng.random(64) - paper) for _ in range(20)]
    return np.mean([explain.deletion(order, baseline=0).area for order in orders])


METHODS = [explain.saliency, explain.smoothgrad, explain.gradient_times_input, explain.integrated_gradients]
METHODS += [explain.deeplift, explain.occlusion, explain.permutation_shap]
thirty = x_test[:30]
ink_first = [random_ink_first(ink(net, image)) for image in thirty]
print("of 30 images better than random:   deletion   insertion   deletion, ink first")
wins = {}
for method in [*METHODS, ink, edges]:
    found = [method(net, image) for image in thirty]
    leaving = [explain.deletion(each, baseline=0) for each in found]
    entering = [explain.insertion(each, baseline=0) for each in found]
    wins[method.__name__] = (
        sum(each.area < each.random_area for each in leaving),
        sum(each.area > each.random_area for each in entering),
        sum(each.area < other for each, other in zip(leaving, ink_first)),
    )
    print("{:32} {:10} {:11} {:21}".format(method.__name__, *wins[method.__name__]))
assert all(wins[method.__name__] == (30, 30, 30) for method in METHODS)
assert wins["ink"] == (30, 30, 29) and wins["edges"][2] < 10 < wins["edges"][0]

# %% [markdown]
# Every method wins every time. So does the ink, which has not asked the network at all. Random orders are too weak an
# opponent: a pixel without ink that leaves for blank paper changes nothing, and they waste half of their moves on such.
# The last column makes them delete ink first. The edge map fails now. The ink map does not: heavy ink matters more
# than faint ink. **To beat random is the least that can be asked. Compare with the cheapest map you can think of.**
#
# ### What deletion suffers from
#
# **Half-deleted images are no digits.** The network was never shown anything like them, and what it answers there may
# be anything. To see how far off they are, take the distance to the nearest training image.


# %%
def distance(images):
    """Of each image the distance to the nearest training image."""
    return np.linalg.norm(images[:, np.newaxis] - x_train, axis=2).min(axis=1)


order = explain.deletion(three).order
steps = [0, 4, 8, 12, 16, 24, 64]
on_the_way = np.array([np.where(np.isin(np.arange(64), order[:k]), 0, digit) for k in steps])
answers, off = net.predict(on_the_way), distance(on_the_way)
furthest = distance(x_test).max()
print(f"test images are at most {furthest:.2f} from the nearest training image; after some pixels have left:")
for k, d, a in zip(steps, off, answers):
    print(f"  {k:2} pixels: {d:.2f} away, read as a {a.argmax()} with probability {a.max():.2f}")
assert (off[1:] > furthest).all() and answers[4].argmax() == 9 and answers[4].max() > 0.8

# %% tags=["hide-input"] mystnb={"image": {"alt": "Seven images: the 3, then the same with 4, 8, 12, 16, 24 and all pixels taken away. It falls into specks that are still read as a 3, a 2 or a 9."}}
fig, panels = plt.subplots(1, 7, figsize=(9, 1.9), layout="constrained")
for ax, k, image, a in zip(panels, steps, on_the_way, answers):
    ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[], title=f"{k} left", xlabel=f"“{a.argmax()}”, {a.max():.0%}")
plt.show()

# %% [markdown]
# After four pixels the image is already further from all training images than any test image is, and after 16 the
# network is sure of a 9. The curve tests explanation and network in a place where neither was meant to be. One remedy
# is to train the network anew on deleted images ([Hooker et al. 2019](https://arxiv.org/abs/1806.10758)), but then it is
# another network that is asked.
#
# **The baseline of the test takes sides.** Below are the mean deletion areas of integrated gradients with three
# baselines (columns), tested by deletion to three baselines (rows).

# %%
baselines = {"blank paper": 0, "mean image": x_train.mean(axis=0), "all ink": 1}
print("mean area, deleted to    " + "".join(f"{'φ from ' + name:>19}" for name in baselines))
table = np.zeros((3, 3, 30))
for n, image in enumerate(thirty):
    for column, start in enumerate(baselines.values()):
        found = explain.integrated_gradients(net, image, baseline=start)
        table[:, column, n] = [explain.deletion(found, baseline=away).area for away in baselines.values()]
for name, row in zip(baselines, table.mean(axis=2)):
    print(f"{name:24}" + "".join(f"{value:19.2f}" for value in row))
assert (table.argmin(axis=1) == np.arange(3)[:, np.newaxis]).all()  # for all three and all 30 images

# %% [markdown]
# For each of the 30 images the winner is the explanation that has the test's own baseline. So an area ranks methods only
# if all of them answered about the same baseline, and areas of different rows cannot be compared at all.
#
# ## Does $f$ move as $\varphi$ says? Infidelity
#
# Slopes make a prediction: a small step $I$ away from $x$ costs $I \cdot \varphi$. So take $n$ steps, and compare with
# what they cost. [The *infidelity*](#src-infidelity) is the mean squared mistake
# ([Yeh et al. 2019](https://arxiv.org/abs/1901.09392)):
#
# $$\frac1n \sum_I \Big(I \cdot \varphi - \big(f(x) - f(x - I)\big)\Big)^2.$$
#
# **Of a linear $f$** we know the result. $f(x) - f(x - I) = w \cdot x - w \cdot (x - I) = I \cdot w$ for every $I$. So
# the slopes $\varphi = w$ have infidelity 0. Any other $\varphi$ is off by $e = \varphi - w$, and makes the mistake
# $I \cdot e$. Let the $I_i$ be drawn independently with mean 0 and variance $\sigma^2$. As in
# [chapter 9](09_digits.py), the cross terms of the square vanish in the mean, and what remains is
#
# $$\mathrm{E}\big[(I \cdot e)^2\big] = \sigma^2 \sum_i e_i^2.$$

# %%
I = np.array([0.2, -0.1, 0.0, 0.0])
print(f"one step I = {I}: the cost is f(x) − f(x − I) = {f(x) - f(x - I):g}")
for name, found in {"slopes": slopes, "shares": shares}.items():
    predicted = I @ found.values
    print(f"   {name} predict {predicted:g}, mistake squared {(predicted - (f(x) - f(x - I))) ** 2:.4f}")
    assert np.isclose(explain.infidelity(found, perturbations=[I]), (predicted - (f(x) - f(x - I))) ** 2)
by_formula = 0.1**2 * np.sum((shares.values - w) ** 2)
measured = [explain.infidelity(found, sigma=0.1, samples=100_000) for found in (slopes, shares)]
print(f"100,000 steps, σ = 0.1: slopes {measured[0]:.1g}, shares {measured[1]:.4f}, by the formula {by_formula:.4f}")
assert measured[0] < 1e-25 and np.isclose(measured[1], by_formula, rtol=0.02)

# %% [markdown]
# The shares, which no order beat a moment ago, are wrong by this test, and the slopes are right. Neither is better:
# infidelity tests slopes, deletion tests shares. **A test belongs to a question.** And it has a scale $\sigma$. Of a
# network the gradient is best for tiny steps, but a step of $\sigma$ in all 64 pixels leads over many kinks:

# %%
print("mean infidelity over 30 images   σ = 0.001     σ = 0.1")
infidelities = {}
for method in (explain.saliency, explain.smoothgrad):  # SmoothGrad looks 0.1 around it
    found = [method(net, image) for image in thirty]
    means = [np.mean([explain.infidelity(each, sigma=sigma, samples=200) for each in found]) for sigma in (0.001, 0.1)]
    infidelities[method.__name__] = means
    print("{:30} {:11.2e} {:11.4f}".format(method.__name__, *means))
assert infidelities["saliency"][0] < infidelities["smoothgrad"][0]
assert infidelities["saliency"][1] > infidelities["smoothgrad"][1]

# %% [markdown]
# ## Does it stay where $x$ hardly moves? Max sensitivity
#
# Two images that look the same should have the same explanation, if the network answers the same.
# [The *max sensitivity*](#src-max-sensitivity) (the same paper) is the largest change that small steps $r$ cause, as a
# share of the length of $\varphi$:
#
# $$\max_r \frac{\|\varphi(x + r) - \varphi(x)\|}{\|\varphi(x)\|}, \qquad |r_i| \le \rho.$$
#
# A network of ReLUs is where this hurts: its gradient jumps. For $f = x_1 + \mathrm{relu}(x_1 + x_2 - 1)$ it is $(2, 1)$
# where the ReLU is on and $(1, 0)$ where it is off. At $x = (0.505, 0.5)$ it is on, with $z = 0.005$. A step of
# $\rho = 0.02$ can switch it off, which is a change of $\|(1, 1)\| = \sqrt2$ against a length of $\sqrt5$.

# %%
kink = tn.Sequential([tn.Dense(2, activation="relu", input_dim=2), tn.Dense(1)])
kink.set_weights([[[1.0, 1.0], [0.0, 1.0]], [0.0, -1.0], [[1.0], [1.0]], [0.0]])
jump = explain.max_sensitivity(explain.saliency(kink, [0.505, 0.5]), radius=0.02)
calm = explain.max_sensitivity(explain.smoothgrad(kink, [0.505, 0.5]), radius=0.02)
print(f"gradient {jump:.4f} = √(2/5), SmoothGrad {calm:.4f}")
assert np.isclose(jump, np.sqrt(2 / 5)) and calm < jump / 2

of_gradient = [explain.max_sensitivity(explain.saliency(net, image)) for image in thirty]
of_smooth = [explain.max_sensitivity(explain.smoothgrad(net, image)) for image in thirty]
smaller = sum(s < g for s, g in zip(of_smooth, of_gradient))
print(f"30 digits: gradient {np.mean(of_gradient):.3f} in the mean, {np.max(of_gradient):.2f} at most, ", end="")
print(f"SmoothGrad {np.mean(of_smooth):.3f} and {np.max(of_smooth):.2f}; smaller for {smaller}")
assert np.mean(of_smooth) < np.mean(of_gradient) / 2 and 15 < smaller < 25

# %% [markdown]
# SmoothGrad takes a mean over points on both sides of the kink, so it changes gradually. It is not better everywhere: far
# from all kinks the gradient does not change at all, and SmoothGrad still a little. And the ink as a map? It is as stable
# as can be. A map that is always the same has max sensitivity 0. **Stability is worth something only beside another
# test.**
#
# ## Does it notice what was learned? Randomization
#
# What the network learned is in its weights. So draw them anew, layer by layer from the top down, and explain the same
# output again after each ([Adebayo et al. 2018](https://arxiv.org/abs/1810.03292)). An explanation that stays as it was
# has nothing to do with what was learned.
#
# How alike are two explanations? Their sizes do not matter, for another network has other logits. So compare the *ranks*:
# [$R_i$ counts](#src-mean-ranks) from 1 for the smallest value to $M$ for the largest, and equal values share the mean of
# the places they take:
#
# $$R_i = \#\{k: v_k < v_i\} + \tfrac12\big(\#\{k: v_k = v_i\} + 1\big).$$
#
# If three values are smaller, and two equal to it with itself among them, the places 4 and 5 are shared, and
# $3 + \frac12 (2 + 1) = 4.5$. The correlation of two lists of ranks is
# [Spearman's $\rho$](#src-spearman) ([1904](https://doi.org/10.2307/1412159)), 1 for the same order, −1 for the
# opposite, about 0 for unrelated ones:
#
# $$\rho = \frac{\sum_i (R_i - \bar R)(S_i - \bar S)}{\sqrt{\sum_i (R_i - \bar R)^2\,\sum_i (S_i - \bar S)^2}}.$$
#
# (The distance $\rho$ of the last section is another $\rho$.) By hand for the shares and the slopes of the line, and for
# values with ties:


# %%
def ranks(v):
    return np.array([np.sum(v < v_i) + (np.sum(v == v_i) + 1) / 2 for v_i in v])


def spearman(u, v):
    R, S = ranks(u) - ranks(u).mean(), ranks(v) - ranks(v).mean()
    return (R * S).sum() / np.sqrt((R**2).sum() * (S**2).sum())


print("ranks of the shares", ranks(w * x), "and of the slopes", ranks(w), f": ρ = {spearman(w * x, w):g}")
print("ranks of 0, 3, 0, 1:", ranks(np.array([0, 3, 0, 1])))
both = explain.agreement([shares, slopes])
assert np.isclose(both.matrix[0, 1], spearman(w * x, w), rtol=1e-12) and np.isclose(spearman(w * x, w), 0.8)

# %% mystnb={"image": {"alt": "Rank correlations as layers are redrawn. Saliency falls to about 0. Gradient times input falls to 0 with its sign, but the sizes stay at 0.9. The edge map stays at 1 throughout."}}
fig, panels = plt.subplots(1, 3, figsize=(10, 3.8), layout="constrained", sharey=True)
fallen = {}
for ax, method in zip(panels, (explain.saliency, explain.gradient_times_input, edges)):
    fallen[method.__name__] = explain.randomization(method(net, digit, 3))
    fallen[method.__name__].plot(ax).set_title(method.__name__.replace("_", " "))
panels[1].set_ylabel("")
panels[2].set_ylabel("")
plt.show()
print(fallen["gradient_times_input"])
assert (fallen["edges"].similarity == 1).all() and abs(fallen["saliency"].similarity[-1]) < 0.2

# %% [markdown]
# The edge map does not notice that the network is gone. No wonder, we wrote it that way. The point is that *pictures*
# do not show it: an edge map looks much like a careful explanation, and some well-known methods for images turned out
# to be nearly edge maps in this test.
#
# Gradient × input passes for $\varphi$, but the sizes $|\varphi|$ stay alike. Why? It is a product with $x$: on paper
# it is 0 with any weights, so half of the ranks are fixed by the image. Look at the ink alone, over 30 images. (One
# image and one draw of the weights scatter a good deal.)

# %%
whole, on_ink = [], []
for image in thirty:
    found = explain.gradient_times_input(net, image)
    redrawn = explain.randomization(found).attributions[-1].values
    inked = image > 0
    whole.append([spearman(found.values, redrawn), spearman(abs(found.values), abs(redrawn))])
    on_ink.append([spearman(found.values[inked], redrawn[inked]), spearman(*abs(np.array([found.values, redrawn])[:, inked]))])
for name, rows in {"all pixels": whole, "pixels with ink": on_ink}.items():
    print("{:15}: mean ρ of φ {:.2f}, of |φ| {:.2f}".format(name, *np.mean(rows, axis=0)))
assert abs(np.mean(whole, axis=0)[0]) < 0.15 and np.mean(whole, axis=0)[1] > 0.85 > 0.5 > np.mean(on_ink, axis=0)[1]

# %% [markdown]
# Even there something of $x$ is left. What such a map shows is a mixture of the image and of the network, and **the
# strokes that one recognises in it are the image's part**.
#
# ## Do they agree?
#
# Last, lay the methods side by side. `agreement` has $\rho$ for every two of them, and on request
# [which share](#src-top-overlap) of their $k$ most important features they have in common,
#
# $$\frac{|T_a \cap T_b|}{k}, \qquad T = \text{the $k$ features of largest } |\varphi|.$$

# %% mystnb={"image": {"alt": "A matrix of rank correlations of seven methods. Saliency and SmoothGrad agree with each other; the five that compare with paper agree with each other above 0.9; between the two groups it is lower."}}
answers = [method(net, digit, 3) for method in METHODS]
agreed = explain.agreement(answers, top=8)
replace(agreed, overlap=None).plot()  # with an overlap it would draw that
plt.show()
top = [set(np.argsort(-abs(answers[k].values))[:8].tolist()) for k in (0, 3)]
print(f"saliency and integrated gradients: {len(top[0] & top[1])} of the top 8 in common")
assert agreed.overlap[0, 3] == len(top[0] & top[1]) / 8
assert agreed.matrix[:2, 2:].max() < agreed.matrix[2:, 2:].min()
