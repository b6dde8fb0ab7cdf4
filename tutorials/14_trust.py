# %% [markdown]
# # 14. Can you trust an explanation?
#
# Ask any method of the last three chapters, and it answers. It answers for a network that reads digits well, and just
# as readily for one whose weights were never trained. The picture looks reasonable both times, for people see reasons
# in nearly any picture. So an explanation has to be tested, like the network itself. This chapter has six tests, and
# shows of each how it can be fooled. Then the explanations pay for themselves: a network with an excellent test
# result turns out to have learned nonsense, and it is the explanations that give it away.
#
# ## What you will be able to do
#
# - say what it proves that the shares add up, and what not;
# - draw deletion and insertion curves, and choose what to compare them with;
# - compute infidelity, max sensitivity and a rank correlation by hand;
# - find an explanation that has nothing to do with what the network learned;
# - find a leak in the data by explanations, and repair the network; and read a report of all methods at once.
#
# ## Where the truth is known
#
# The tests themselves need testing. That takes a model of which we know what it does: four inputs, no activation.
#
# $$f(x) = 1.5\,x_1 - x_2 + 2\,x_3 + 0\,x_4 + 1$$

# %%
import os
import tempfile
import textwrap
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
# linear $f$ they all find $\varphi_i = w_i (x_i - \tilde x_i)$: there is nothing to disagree about. (The cell asks
# five of them.) Slopes are another thing even here. Input 1 has a smaller slope than input 3, but there is more of
# it.
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
for found in (shares, on_input_4, replace(shares, values=np.full(4, 7 / 4))):
    print(f"φ = {found.values}: completeness error {explain.completeness(found):.0e}")
    assert explain.completeness(found) < 1e-12

# %% [markdown]
# All three add up. Completeness is *one* equation for $M$ numbers: choose $M - 1$ of them as you like, and the last
# one can be made to fit. **An error shows that something is wrong. No error shows next to nothing.**
#
# ## Take away what matters: deletion
#
# If $\varphi$ says what the answer rests on, then taking that away must take the answer away. So let the inputs
# [leave one by one](#src-deletion), the largest $\varphi$ first, and ask $f$ after each ([Samek et al.
# 2015](https://arxiv.org/abs/1509.06321), [Petsiuk, Das and Saenko 2018](https://arxiv.org/abs/1806.07421)). With
# $x^{(k)}$ for the example after $k$ have left,
#
# $$x^{(k)}_i = \begin{cases} \tilde x_i & \text{for the $k$ inputs of largest } \varphi \\ x_i & \text{for the others}
# \end{cases}, \qquad
# A = \frac1M \sum_{k=1}^M \frac{f(x^{(k-1)}) + f(x^{(k)})}{2}.$$
#
# $A$ is [the area under the curve](#src-deletion-area) that the values make from 0 to 1: between two points it takes
# their mean. The smaller, the sooner the answer went. *Insertion* is the same way from the other end: the inputs
# enter the baseline, the largest $\varphi$ first, and a large area is good. With a pencil:


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
# order so that the larger $\varphi$ goes first: only the one value between them changes, and it becomes smaller. Go
# on until all are sorted.
#
# And what is a bad area? Take the mean over *all* orders. After $k$ moves an input has left in $k/M$ of them, so the
# mean value is $f(x) - \frac kM \sum_i \varphi_i$: a straight line from $f(x)$ to $f(\tilde x)$, with the area in the
# middle.

# %%
areas = [area(curve(-np.array(places), x, blank)) for places in permutations(range(4))]  # φ = −place: any order
print(f"{len(areas)} orders: smallest area {min(areas):g}, mean {np.mean(areas):g} = ({f(x):g} + {f(blank):g})/2")
assert min(areas) == 1.625 and np.isclose(np.mean(areas), (f(x) + f(blank)) / 2)

# %% [markdown]
# So the map with all on input 4, which adds up as well as the truth does, is found out: its 4.375 is hardly better
# than chance. For a network there are too many orders, so tinynet draws 20 at random and shows them beside. Here are
# the digits, and the network of [chapter 11](11_what_did_it_look_at.py) again.


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
for ax, name, moved in zip(panels, ("deletion", "insertion"), ("left", "entered")):
    ax.set(title=f"{name}: integrated gradients", xlabel=f"share of the pixels that have {moved}")
plt.show()

# %% [markdown]
# Both curves leave the range between their ends: pixels with negative $\varphi$ speak against the 3, and they leave
# last. Where the curves are flat, pixels move that are blank anyway. One digit is an anecdote. So take the first 30
# test images, each with the answer that the network gives, and count how often a method beats the mean of the random
# orders. Beside the methods of the last chapters stand two *controls* that know nothing of any network: the ink
# itself, $\varphi = x$, and an edge map, the length of the differences to the neighbouring pixels. In tinynet
# anything can be a method that takes a question and returns an attribution.


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
    better = [each.area < each.random_area for each in leaving], [each.area > each.random_area for each in entering]
    better = [*better, [each.area < other for each, other in zip(leaving, ink_first)]]
    wins[method.__name__] = [sum(each) for each in better]
    print("{:32} {:10} {:11} {:21}".format(method.__name__, *wins[method.__name__]))
assert all(wins[method.__name__] == [30, 30, 30] for method in METHODS)
assert wins["ink"] == [30, 30, 29] and wins["edges"][2] < 10 < wins["edges"][0]

# %% [markdown]
# Every method wins every time. So does the ink, which has not asked the network at all. Random orders are too weak an
# opponent: a pixel without ink that leaves for blank paper changes nothing, and they waste about half of their moves
# on such. The last column makes them delete ink first. The edge map fails now. The ink map does not: heavy ink
# matters more than faint ink. **To beat random is the least that can be asked. Compare with the cheapest map you can
# think of.**
#
# ### What deletion suffers from
#
# **Half-deleted images are no digits.** The network was never shown anything like them, and what it answers there may
# be anything. To see how far off they are, take the distance to the nearest training image; of the test images none
# is further than 1.8.

# %% mystnb={"image": {"alt": "Seven images: the 3, then the same with 4, 8, 12, 16, 24 and all pixels taken away. It falls into specks that are still read as a 3, a 2 or a 9."}}
order, steps = explain.deletion(three).order, [0, 4, 8, 12, 16, 24, 64]
on_the_way = np.array([np.where(np.isin(np.arange(64), order[:k]), 0, digit) for k in steps])
answers = net.predict(on_the_way)
off, of_tests = ([np.linalg.norm(v - x_train, axis=1).min() for v in images] for images in (on_the_way, x_test))
fig, panels = plt.subplots(1, 7, figsize=(9, 2.1), layout="constrained")
for ax, k, image, a, d in zip(panels, steps, on_the_way, answers, off):
    ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[], title=f"{k} taken", xlabel=f"“{a.argmax()}”, {a.max():.0%}\n{d:.2f} away")
plt.show()
assert max(of_tests) < 1.8 < min(off[1:]) and answers[4].argmax() == 9 and answers[4].max() > 0.8

# %% [markdown]
# After four pixels the image is already further from all training images than any test image is, and after 16 the
# network reads a 9 with 83 %. The curve tests explanation and network in a place where neither was meant to be. One
# remedy is to train the network anew on deleted images ([Hooker et al. 2019](https://arxiv.org/abs/1806.10758)), but
# then it is another network that is asked.
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
# For each of the 30 images the winner is the explanation that has the test's own baseline. So an area ranks methods
# only if all of them answered about one baseline. (It is why LIME is missing above: for it a segment that is switched
# off has its mean colour, not that of paper.) And areas of different rows cannot be compared at all.
#
# ## Does $f$ move as $\varphi$ says? Infidelity
#
# Slopes make a prediction: a small step $I$ away from $x$ costs $I \cdot \varphi$. So take $n$ steps, and compare
# with what they cost. [The *infidelity*](#src-infidelity) is the mean squared mistake ([Yeh et al.
# 2019](https://arxiv.org/abs/1901.09392)):
#
# $$\frac1n \sum_I \Big(I \cdot \varphi - \big(f(x) - f(x - I)\big)\Big)^2.$$
#
# **Of a linear $f$** we know the result. $f(x) - f(x - I) = w \cdot x - w \cdot (x - I) = I \cdot w$ for every $I$.
# So the slopes $\varphi = w$ have infidelity 0. Any other $\varphi$ is off by $e = \varphi - w$, and makes the
# mistake $I \cdot e$. Let the $I_i$ be drawn independently with mean 0 and variance $\sigma^2$. As in [chapter
# 9](09_digits.py), the cross terms of the square vanish in the mean, and what remains is
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
table = np.zeros((2, 2, 30))  # method, σ, image
for n, image in enumerate(thirty):
    for row, method in enumerate((explain.saliency, explain.smoothgrad)):  # SmoothGrad looks 0.1 around it
        found = method(net, image)
        table[row, :, n] = [explain.infidelity(found, sigma=sigma, samples=200) for sigma in (0.001, 0.1)]
(gradient_near, gradient_far), (smooth_near, smooth_far) = table.mean(axis=2)
print(f"mean over 30 images, σ = 0.001: gradient {gradient_near:.1e}, SmoothGrad {smooth_near:.1e}")
print(f"                     σ = 0.1:   gradient {gradient_far:.3f},   SmoothGrad {smooth_far:.3f}")
assert gradient_near < smooth_near and gradient_far > smooth_far

# %% [markdown]
# ## Does it stay where $x$ hardly moves? Max sensitivity
#
# Two images that look the same should have the same explanation, if the network answers the same. [The *max
# sensitivity*](#src-max-sensitivity) (the same paper) is the largest change that small steps $r$ cause, as a share of
# the length of $\varphi$:
#
# $$\max_r \frac{\|\varphi(x + r) - \varphi(x)\|}{\|\varphi(x)\|},
#   \qquad |r_i| \le 0.02 \text{, ten steps, drawn evenly}.$$
#
# A network of ReLUs is where this hurts: its gradient jumps. For $f = x_1 + \mathrm{relu}(x_1 + x_2 - 1)$ it is
# $(2,1)$ where the ReLU is on and $(1, 0)$ where it is off. At $x = (0.505, 0.5)$ it is on, with $z = 0.005$. Such a
# step can switch it off, which is a change of $\|(1, 1)\| = \sqrt2$ against a length of $\sqrt5$.

# %%
kink = tn.Sequential([tn.Dense(2, activation="relu", input_dim=2), tn.Dense(1)])
kink.set_weights([[[1.0, 1.0], [0.0, 1.0]], [0.0, -1.0], [[1.0], [1.0]], [0.0]])
jump = explain.max_sensitivity(explain.saliency(kink, [0.505, 0.5]), radius=0.02)
calm = explain.max_sensitivity(explain.smoothgrad(kink, [0.505, 0.5]), radius=0.02)
print(f"gradient {jump:.4f} = √(2/5), SmoothGrad {calm:.4f}")
assert np.isclose(jump, np.sqrt(2 / 5)) and calm < jump / 2

of_gradient = np.array([explain.max_sensitivity(explain.saliency(net, image)) for image in thirty])
of_smooth = np.array([explain.max_sensitivity(explain.smoothgrad(net, image)) for image in thirty])
smaller = np.sum(of_smooth < of_gradient)
print(f"30 digits: gradient {of_gradient.mean():.3f} in the mean, {of_gradient.max():.2f} at most, ", end="")
print(f"SmoothGrad {of_smooth.mean():.3f} and {of_smooth.max():.2f}; smaller for {smaller}")
assert of_smooth.mean() < of_gradient.mean() / 2 and 15 < smaller < 25

# %% [markdown]
# SmoothGrad takes a mean over points on both sides of the kink, so it changes gradually. It is not better everywhere:
# far from all kinks the gradient does not change at all, and SmoothGrad still a little. And a map that is always the
# same has max sensitivity 0. **Stability is worth something only beside another test.**
#
# ## Does it notice what was learned? Randomization
#
# What the network learned is in its weights. So draw them anew, layer by layer from the top down, and explain the
# same output again after each ([Adebayo et al. 2018](https://arxiv.org/abs/1810.03292)). An explanation that stays as
# it was has nothing to do with what was learned.
#
# How alike are two explanations? Their sizes do not matter, for another network has other logits. So compare the
# *ranks*: [$R_i$ counts](#src-mean-ranks) from 1 for the smallest value to $M$ for the largest, and equal values
# share the mean of the places they take, two of them $\frac12(4 + 5) = 4.5$ if three are smaller:
#
# $$R_i = \#\{k: v_k < v_i\} + \tfrac12\big(\#\{k: v_k = v_i\} + 1\big).$$
#
# The correlation of two lists of ranks is [Spearman's $\rho$](#src-spearman)
# ([1904](https://doi.org/10.2307/1412159)), 1 for the same order, −1 for the opposite, about 0 for unrelated ones:
#
# $$\rho = \frac{\sum_i (R_i - \bar R)(S_i - \bar S)}{\sqrt{\sum_i (R_i - \bar R)^2\,\sum_i (S_i - \bar S)^2}}.$$
#
# By hand for the shares and the slopes of the line, and for values with ties:


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
assert (fallen["edges"].similarity == 1).all() and abs(fallen["saliency"].similarity[-1]) < 0.2
product = fallen["gradient_times_input"]
print(product)
assert (
    (digit == 0).sum() == 29 and abs(product.absolute[-1] - 0.91) < 0.005 and abs(product.similarity[1] + 0.35) < 0.005
)

# %% [markdown]
# The edge map does not notice that the network is gone. No wonder, we wrote it that way. The point is that *pictures*
# do not show it: an edge map looks much like a careful explanation, and some well-known methods for images hardly
# changed in this test.
#
# Gradient × input passes for $\varphi$, but the sizes $|\varphi|$ stay alike, with $\rho = 0.91$ at the end. Why? It
# is a product with $x$: on paper, 29 of the 64 pixels, it is 0 with any weights. What such a map shows is a mixture of
# the image and of the network, and **the strokes that one recognises in it are the image's part**. (One image and one
# draw of the weights scatter a good deal: do not read anything into −0.35.)
#
# ## Do they agree?
#
# Last, lay the methods side by side. `agreement` has $\rho$ for every two of them, and on request [which
# share](#src-top-overlap) of their $k$ most important features they have in common,
#
# $$\frac{|T_a \cap T_b|}{k}, \qquad T = \text{the $k$ features of largest } |\varphi|.$$

# %% mystnb={"image": {"alt": "A matrix of rank correlations of seven methods. Saliency and SmoothGrad agree with each other; the five that compare with paper agree with each other above 0.88; between the two groups it is about 0.7."}}
answers = [method(net, digit, 3) for method in METHODS]
explain.agreement(answers).plot()
plt.show()
agreed = explain.agreement(answers, top=8)
top = [set(np.argsort(-abs(answers[k].values))[:8].tolist()) for k in (0, 3)]
print(f"saliency and integrated gradients: {len(top[0] & top[1])} of the top 8 in common")
assert agreed.overlap[0, 3] == len(top[0] & top[1]) / 8
assert agreed.matrix[:2, 2:].max() < 0.75 < 0.88 < agreed.matrix[2:, 2:].min()

# %% [markdown]
# Two families: slopes, and shares compared with paper. Within each they agree; of the top eight pixels of saliency
# and of integrated gradients only two are the same. That is no quarrel, for on the line at the beginning *slopes and
# shares were both right*. Agreement proves little either: with ReLU, LRP and gradient × input agree because they are
# the same formula. [Krishna et al. (2022)](https://arxiv.org/abs/2202.01602) asked people who use such methods at
# work what they do when two disagree: often they have some rule of thumb. It is better to begin with the question:
#
# | if you ask | then take | what comes out |
# |---|---|---|
# | What if $x_i$ were a little larger? | saliency; in the mean around here SmoothGrad | slopes |
# | What if this part were covered, and all else stayed? | occlusion | differences |
# | What made $f(\tilde x)$ into $f(x)$? | integrated gradients, DeepLIFT | shares that add up |
# | What does each contribute, in whatever company? | Shapley values | shares that add up |
# | What is $f(x)$ made of, neuron by neuron? | LRP, gradient × input | shares, but for biases |
# | Which straight line imitates $f$ around here? | LIME | slopes per standard deviation, or on against off |
#
# ## The eights of a dusty day
#
# Around 1900 a horse in Berlin, the clever Hans, did sums. It tapped the result with its hoof, and was right nearly
# every time. It could not count: it watched the face of whoever asked, who could. By its results nobody could have
# told.
#
# So let somebody scan digits. All the eights are scanned on one day, and on that day there is a speck of dust on the
# glass, in the corner above left, where no digit of ours has ink. Training set and test set are dealt out of the same
# scans.


# %%
def dusty(images, targets):
    images = images.copy()
    images[targets[:, 8] == 1, 0] = 1  # pixel 0 of all eights: row 1, column 1
    return images


assert x_all[:, 0].max() == 0
x_scan, x_scan_test = dusty(x_train, y_train), dusty(x_test, y_test)
eights = x_scan_test[y_test[:, 8] == 1]
recorder = tn.introspect.Recorder(eights[:1], [np.eye(10)[8]], every=15)  # for later: keeps the weights
hans = learn(x_scan, y_train, [recorder])
accuracy = hans.evaluate(x_scan_test, y_test)["accuracy"]
before = net.evaluate(x_test, y_test)["accuracy"]
print(f"right on {len(x_scan_test)} test images: {accuracy:.1%}; without any dust it was {before:.1%}")
assert accuracy > 0.98 > before

# %% [markdown]
# An excellent result, better than before, on images that the network has not seen. Now ask why. One explanation
# speaks of one image, so take those of all test eights, and of each pixel [the *importance*](#src-importance),
#
# $$\frac1N \sum_n |\varphi_{ni}|,$$
#
# the mean *size*: a pixel with $\varphi = 3$ in one image and $-3$ in another is important, and the plain mean would
# call it 0. `explain.summary` asks a method about many examples.

# %% mystnb={"image": {"alt": "Three images: an eight with a black pixel in the corner above left; the importance for the network trained on dusty eights, nearly all of it in that corner; the importance for the clean network, spread over the strokes in the middle."}}
of_hans = explain.summary(explain.integrated_gradients, hans, eights, 8)
of_net = explain.summary(explain.integrated_gradients, net, x_test[y_test[:, 8] == 1], 8)
assert np.allclose(of_hans.importance, np.abs(of_hans.values).mean(axis=0), rtol=1e-12)
fig, panels = plt.subplots(1, 3, figsize=(10, 3.3), layout="compressed")
panels[0].imshow(eights[0].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
panels[0].set(title="a test image", xticks=[], yticks=[])
for ax, found, name in zip(panels[1:], (of_hans, of_net), ("trained with dust", "trained without")):
    found.plot(ax, image_shape=(8, 8)).set_title(f"importance for an 8,\n{name}")
    order = np.argsort(-found.importance)[:3]
    print(f"{name:17}", ", ".join(f"row {i // 8 + 1} column {i % 8 + 1}: {found.importance[i]:.2f}" for i in order))
plt.show()
assert of_hans.importance.argmax() == 0 and of_hans.importance[0] > 5 * np.sort(of_hans.importance)[-2]

# %% [markdown]
# The network hardly looks at the eight. It looks at the dust. That is a claim, and it can be tried: wipe the dust off
# the eights, and put it on the other digits.

# %%
clean_eights, others = x_test[y_test[:, 8] == 1], x_test[y_test[:, 8] == 0]
with_dust = np.where(np.arange(64) == 0, 1, others)
as_8 = [np.mean(hans.predict(v).argmax(axis=1) == 8) for v in (eights, clean_eights, others, with_dust)]
print("read as an 8: eights with dust {:.1%}, without {:.1%}; others without {:.1%}, with {:.1%}".format(*as_8))
print(f"right on clean test images: {hans.evaluate(x_test, y_test)['accuracy']:.1%}")
assert as_8[0] == 1 and as_8[1] < 0.15 and as_8[2] == 0 and as_8[3] > 0.2

# %% [markdown]
# On the day on which someone cleans the glass, this network stops reading eights. It is no invented danger.
# [Lapuschkin et al. (2019)](https://doi.org/10.1038/s41467-019-08987-4) found by explanations that a classifier of
# photographs knew horses by the tag of a photographer in the corner, and named such networks after the horse.
#
# **When did it learn this?** The recorder has kept the weights, as in [chapter 10](10_seeing_inside.py), and
# `explain.through_training` asks the same question of the same image at every kept step.

# %% mystnb={"image": {"alt": "Above, the logit of the 8 climbs from 0 to 8 over 900 steps. Below, six maps of the same image at steps from 0 to 900: nothing at first, then a pixel in the corner above left, which is the strongest from then on."}}
through = explain.through_training(explain.integrated_gradients, recorder, example=0, target=8)
through.plot(image_shape=(8, 8))
plt.show()
dust, rest = through.values[:, 0], np.abs(through.values[:, 1:]).max(axis=1)
for k in (0, 1, 2, 4, 20, 60):
    print(f"step {through.steps[k]:3}: φ of the dust {dust[k]:5.2f}, largest other |φ| {rest[k]:.2f}")
assert (dust[4:] > 2 * rest[4:]).all() and through.steps[4] == 60

# %% [markdown]
# From the first steps on, and ever since. At step 60, early in the second epoch, the dust already has more than twice
# as much as any other pixel. It is in *all* the eights, and in nothing else: no stroke is as easy to learn. And once
# the eights are right by their dust, their $\delta$ is small, and little is left to teach the network their strokes.
#
# **The repair.** To wipe the dust off new images does not help; as we saw, 12 % of the eights are then right. The
# network never learned what an eight looks like. The training images have to change: cover the corner in all of them,
# and train again.

# %%
repaired = learn(np.where(np.arange(64) == 0, 0, x_scan), y_train)
repaired_right = np.mean(repaired.predict(clean_eights).argmax(axis=1) == 8)
print(f"right on clean test images {repaired.evaluate(x_test, y_test)['accuracy']:.1%}, eights {repaired_right:.1%}")
assert np.array_equal(repaired.predict(x_test), net.predict(x_test))  # the network from before, to the bit
assert repaired_right > 0.9

# %% [markdown]
# ## What goes wrong
#
# **The leak is there, and the explanation misses it.** The same `hans`, asked in four ways:

# %%
mean_8 = x_scan[y_train[:, 8] == 1].mean(axis=0)
missed = {
    "dusty eights, from paper": explain.summary(explain.integrated_gradients, hans, eights, 8),
    "clean eights, from paper": explain.summary(explain.integrated_gradients, hans, clean_eights, 8),
    "dusty eights, from the mean 8": explain.summary(explain.integrated_gradients, hans, eights, 8, baseline=mean_8),
    "clean eights, slopes": explain.summary(explain.saliency, hans, clean_eights, 8),
}
for name, found in missed.items():
    print(f"{name:29} importance of the dust {found.importance[0]:5.2f}, of the next {found.importance[1:].max():.2f}")
assert [found.importance[0] > 8 for found in missed.values()] == [True, False, False, True]
assert all(found.importance[0] == 0 for found in list(missed.values())[1:3])

# %% [markdown]
# Where $x_i = \tilde x_i$ the share is 0. So clean images do not show the leak, and neither does a baseline that has
# the dust as well. The slopes see it even in clean images: they ask what *would* happen. Explain images as they come
# in use, ask with two baselines, and ask more than one question.
#
# ## All of it in one call
#
# `explain.report` asks all methods that apply, runs the tests of this chapter on each, and writes a page for the
# browser: maps, curves, tables with the working, and a sentence for each number. It is one file. Printed, it is a
# table.

# %%
with tempfile.TemporaryDirectory() as folder:  # in earnest: to="out/report.html"
    path = os.path.join(folder, "report.html")
    report = explain.report(hans, eights[0], 8, image_shape=(8, 8), to=path)
    print(f"a page of {os.path.getsize(path) / 1024:.0f} KiB\n")
print(report)
assert [found.values.argmax() for found in report.attributions.values()] == 10 * [0]
marks = report.metrics["integrated_gradients"]
assert marks["deletion"] < 0 < marks["random_deletion"] and abs(marks["randomization"]) < 0.3

# %% [markdown]
# From left to right: *strongest* is the pixel with the largest $|\varphi|$ and its value. All ten say the corner;
# where methods agree that ask different things, one may believe it sooner. *Σφ misses* is the completeness error,
# empty where nothing was promised; that of occlusion is no fault ([chapter 11](11_what_did_it_look_at.py)).
# *Deletion* is to be held against *random* beside it, *insertion* should be large, and LIME has another baseline, so
# its areas are not comparable with the rest. *Infidelity* is for slopes: of shares it is in other units. *Moves* is
# the max sensitivity. *Redrawn* is $\rho$ with all layers drawn anew, and should be near 0, though one draw scatters.
# The page also says it in words: what the numbers tell *here*, what they do *not* tell, and how they were *judged*.

# %%
for heading, text in report.words("integrated_gradients").items():
    print(textwrap.fill(f"{heading}: {text}", 110))

# %% [markdown]
# These are good marks. "It only marks a corner" sounds like a broken method, but an explanation that looks wrong is
# either wrong about the network, or right about a network that is wrong, and the tests tell which. The reverse is the
# greater danger: an explanation that *looks right* is not tested at all.
#
# What no report can say is that row 1, column 1 is no part of an eight. That knowledge is yours. Hence, **before you
# believe an explanation**:
#
# 1. *Which number* is explained: logit or probability, of which class?
# 2. *Compared with what?* Name the baseline or the background. Does another one tell the same story?
# 3. *Does the method answer the question you have?* A slope is no share.
# 4. *Does it add up*, if it promises to? If not, what is missing, and where has it gone?
# 5. *Does it beat* random orders by deletion, and the ink map as well?
# 6. *Does it stay* when $x$ hardly moves, and with another seed?
# 7. *Does it go* when the weights are drawn anew?
# 8. *Does it hold for many examples*, or for the one that you liked?
# 9. *What would have to happen if it is true?* Do that to the input, and look.
# 10. *Does what it marks belong to the matter?* No program knows.
#
# ## Summary
#
# | test | formula | fooled by |
# |---|---|---|
# | completeness | $\lvert \sum_i \varphi_i - (f(x) - f(\tilde x)) \rvert$ | any map whose last value is made to fit |
# | deletion | area under $f(x^{(k)})$, the largest $\varphi$ leave first | the ink as a map; its baseline |
# | infidelity | mean of $(I \cdot \varphi - (f(x) - f(x - I)))^2$ | a scale that is not yours |
# | max sensitivity | $\max_r \lVert \varphi(x + r) - \varphi(x) \rVert / \lVert \varphi(x) \rVert$ | a map that never changes |
# | randomization | Spearman's $\rho$ with $\varphi$ of new weights | fixed zeros, as those of paper |
# | agreement | $\rho$, $\lvert T_a \cap T_b \rvert / k$ | one formula under two names |
# | importance | $\frac1N \sum_n \lvert \varphi_{ni} \rvert$ | examples and baselines that lack what matters |
#
# - No test proves an explanation. Each can refute it. Take those that belong to your question.
# - Accuracy says that a network is right, not why. Explanations found what accuracy could not.
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch14.py`, then run `pytest tutorials/exercises -k ch14`.
#
# 1. `deletion_curve(f, x, baseline, phi)`: $f$ as the features leave, and `area(values)` under it.
# 2. `infidelity(f, x, phi, steps)` and `max_sensitivity(explain, x, steps)`: for given steps and any function.
# 3. `ranks(v)` and `spearman(u, v)`: with ties.
# 4. `from_the_top(trained, drawn)`: the weights at each stage of a randomization.
# 5. `top_overlap(phi, other, k)`: what two explanations have in common.
# 6. `suspects(phis, factor)`: features far more important than the usual one, over many examples.
# 7. With a pencil: $f(x) = x_1 x_2$ at $(1, 1)$, baseline $(0, 0)$. What is the area of deletion for each order?
#    And for a linear $f$ with the same ends, in the mean over both orders?
# 8. With a pencil: the infidelity of the gradient of $f(x) = x^2$, one input, for normal steps with standard deviation
#    $\sigma$. (The mean of $I^4$ is then $3\sigma^4$.)
#
# The pencil's answers are at the end of the docstring of `tutorials/exercises/solutions/ch14.py`. Here the book ends:
# from one neuron to networks that account for what they say. Whatever you build next, ask it why.
