# %% [markdown]
# # 10. Seeing inside
#
# A network that does not learn says nothing. There is no error message, only a loss that stays where it is, and the
# same loss can have quite different causes. The numbers that tell them apart exist: every $z$, every $a$ and every
# $\delta$ of every step. There are merely too many of them to read. This chapter turns them into pictures, learns to
# read these, and then treats three illnesses of networks as a physician would: look, understand, treat, look again.
#
# ## What you will be able to do
#
# - look at the weights, activations and $\delta$ of a network, and say what each picture can tell and what it cannot;
# - derive by which factor $\delta$ shrinks or grows from layer to layer, and read it from a picture;
# - find out where a training diverged, and say why that comes so suddenly;
# - say how a ReLU neuron dies, why it does not come back, and which treatments help;
# - record a training, and look at any number, any layer and any step of it afterwards.
#
# ## The network of chapter 9, looked into
#
# The digits of [chapter 9](09_digits.py), split in the same way, and its small network: 16 hidden neurons with ReLU.

# %%
import os
import tempfile
import warnings
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

import tinynet as tn
from tinynet.introspect import trace, unit_states

BLUE, VERMILION, ORANGE = "#0072B2", "#D55E00", "#E69F00"
CROSS_ENTROPY = "categorical_crossentropy"

x, y = tn.data.digits()
(x_rest, y_rest), _ = tn.data.train_test_split(x, y, test_fraction=0.2, seed=0)
(x_train, y_train), (x_val, y_val) = tn.data.train_test_split(x_rest, y_rest, test_fraction=0.25, seed=0)

digits_net = tn.Sequential(
    [tn.Dense(16, activation="relu", input_dim=64), tn.Dense(10, activation="softmax")],
    seed=0,
)
digits_net.compile(tn.Adam(learning_rate=0.003), CROSS_ENTROPY, metrics=["accuracy"])
digits_net.fit(x_train, y_train, epochs=40, verbose=0)
print("training:  ", digits_net.evaluate(x_train, y_train))
print("validation:", digits_net.evaluate(x_val, y_val))
inside = trace(digits_net, x_train, y_train, loss=CROSS_ENTROPY)
print(inside)

# %% [markdown]
# The trace of [chapter 4](04_backpropagation.py) again: `inside[l]` holds $z$, $a$, $f'(z)$, $\delta$,
# $\partial L/\partial W$ and the rest of layer $l$, for all 1,078 training images. A picture of it is one line. Here
# are the weights $W^1$ into each hidden neuron, bent into an image, and beside them their gradients.

# %% mystnb={"image": {"alt": "Left, sixteen images of weights: strokes in eleven of them, faint noise in five. Right, the gradients of the same: five are empty, the others are mostly of one colour each."}}
fig, panels = plt.subplots(1, 2, figsize=(8, 3.6), layout="compressed")
tn.introspect.plot_weights(digits_net, 1, image_shape=(8, 8), ax=panels[0])
tn.introspect.plot_gradients(inside, 1, image_shape=(8, 8), ax=panels[1])
for ax, title in zip(panels, ("weights $W^1$", r"gradients $\partial L\,/\,\partial W^1$")):
    ax.set(title=title, xlabel="an image for each neuron")
panels[1].set_ylabel("")
plt.show()

# %% [markdown]
# The left picture tells what a neuron looks for: ink where it is orange, paper where it is purple. The right one
# tells what the next step would change. Five of its images are empty, and the same five are faint on the left: the
# dead neurons of chapter 9, seen twice. And each of the others is mostly of one colour. Remember that; it will turn out
# to be the cause of an illness.

# %%
dW = inside[1].dW
living = np.abs(dW).any(axis=0)
one_sided = np.abs(dW[:, living].sum(axis=0)) / np.abs(dW[:, living]).sum(axis=0)  # 1: all of one sign, 0: balanced
print(f"gradients are 0 for the neurons {1 + np.flatnonzero(~living)}")
print("how one-sided those of the others are, from 0 to 1:", one_sided.round(2))
assert (~living).sum() == 5 and one_sided.min() > 0.5

# %% [markdown]
# Neither picture tells how much a weight *matters*. A weight acts through the product $x_i w_{ij}$, and where a pixel
# never has ink the product is always 0, whatever the colour. So weigh each weight by how much its pixel varies over
# the images.

# %%
W = digits_net.get_weights()[0]
spread = x_train.std(axis=0)[:, np.newaxis]  # one number for each pixel
quiet = spread[:, 0] < 0.05
size, effect = np.abs(W), np.abs(W) * spread
print(f"{quiet.sum()} of 64 pixels hardly vary")
print(f"share of these pixels in the sum of |w|: {size[quiet].sum() / size.sum():.0%}")
print(f"in the sum of |w|, each times the spread of its pixel: {effect[quiet].sum() / effect.sum():.1%}")
assert size[quiet].sum() / size.sum() > 0.1 > 10 * effect[quiet].sum() / effect.sum()

# %% [markdown]
# Now what the weights do with images. The examples are sorted by digit, 20 of each, so that what belongs to a digit
# becomes a stripe.

# %% tags=["hide-input"] mystnb={"image": {"alt": "Above left, activations of 16 neurons for 200 images: blocks that change with the digit, and five empty columns. Above right, δ of the same: nearly empty but for single rows. Below, histograms of both, with a black bar at 0."}}
rows = np.concatenate([np.flatnonzero(y_train[:, digit])[:20] for digit in range(10)])
by_digit = trace(digits_net, x_train[rows], y_train[rows], loss=CROSS_ENTROPY)
fig, panels = plt.subplots(2, 2, figsize=(8, 7.4), layout="constrained")
tn.introspect.plot_activations(by_digit, 1, ax=panels[0, 0])
tn.introspect.plot_delta(by_digit, 1, ax=panels[0, 1])
tn.introspect.plot_histogram(by_digit, 1, "a", ax=panels[1, 0])
tn.introspect.plot_histogram(by_digit, 1, "delta", ax=panels[1, 1])
panels[1, 1].set_xticks([-0.004, 0, 0.004])
for ax in panels[0]:
    ax.set_xticks(range(1, 17, 3))
    ax.set_yticks(20 * np.arange(10) + 10.5, [str(digit) for digit in range(10)])
    ax.set_ylabel("20 examples of each digit")
plt.show()

# %% [markdown]
# **Activations**, above left, show which neurons answer to which digit. Five columns are empty. That a neuron answers
# does not tell whether anybody listens: that is in $W^2$.
#
# **$\delta$**, above right, shows who still teaches. $\delta_{nj}$ is how the loss would change with $z_{nj}$, so
# purple means that a larger $z$ would be better. Most rows are nearly 0: those images are read right and surely. A
# few do the teaching, and we can say how few:

# %%
energy = np.sort((inside[1].delta ** 2).sum(axis=1))[::-1]  # of each image, the largest first
share = energy[:20].sum() / energy.sum()
print(f"20 of {len(energy)} images hold {share:.0%} of the sum of all δ² in layer 1")
assert share > 0.5

# %% [markdown]
# **Histograms**, below, forget which neuron and which example, and keep how the values are spread. The dashed line is
# [their mean](#src-mean-of-values), the grey band is [a standard deviation](#src-standard-deviation) on each side of
# it. For values $v_1 \dots v_m$,
#
# $$\bar v = \frac1m \sum_k v_k, \qquad s = \sqrt{\frac1m \sum_k (v_k - \bar v)^2}.$$
#
# ReLU makes many exact zeros. They have a black bar of their own, or they would hide the rest.

# %%
v = by_digit[1].a.ravel()
mean = v.sum() / v.size
deviation = np.sqrt(((v - mean) ** 2).sum() / v.size)
print(f"a of layer 1: mean {mean:.4f}, standard deviation {deviation:.4f}, exactly 0: {(v == 0).sum()} of {v.size}")
assert f"mean {mean:.4g}" in panels[1, 0].get_xlabel() and f"deviation {deviation:.4g}" in panels[1, 0].get_xlabel()

# %% [markdown]
# What a network *answers* has its pictures too: `plot_predictions`, `plot_most_wrong`, and `plot_confusion`, whose
# entries are [the counts](#src-confusion) that chapter 9 made by hand. [The gallery](gallery.py) has all pictures
# with the line that makes each. Here we go on to networks that are ill.
#
# ## First illness: the gradient vanishes
#
# Six hidden layers of sigmoids, and softmax. A `tn.introspect.Recorder` is a callback of `fit`, as early stopping was
# in chapter 9. It is given the examples that one wants to look at, here 100 images, and keeps the weights at every
# tenth step. `recorder.trace(k)` puts those of the $k$-th kept step back and computes the trace again.


# %%
def deep_net(activation, initializer, n=32):
    net = tn.Sequential(seed=0)
    net.add(tn.Dense(n, activation=activation, kernel_initializer=initializer, input_dim=64))
    for _ in range(5):
        net.add(tn.Dense(n, activation=activation, kernel_initializer=initializer))
    net.add(tn.Dense(10, activation="softmax"))
    net.compile(tn.SGD(learning_rate=0.1), CROSS_ENTROPY, metrics=["accuracy"])
    return net


def train_recorded(net, epochs=10, every=10):
    recorder = tn.introspect.Recorder(x_train[:100], y_train[:100], every=every)
    net.fit(x_train, y_train, epochs=epochs, callbacks=[recorder], verbose=0)
    return recorder


sigmoids = deep_net("sigmoid", "glorot_uniform")
recorded = train_recorded(sigmoids)
print(recorded)
figures = sigmoids.evaluate(x_val, y_val)
print(f"loss {figures['loss']:.4f}, right {figures['accuracy']:.0%}; a loss of ln 10 = {np.log(10):.4f} knows nothing")
assert abs(figures["loss"] - np.log(10)) < 0.05

# %% [markdown]
# Look at it. `plot_gradient_flow` draws for each layer how large its $\delta$ are, and below how large its
# $\partial L/\partial W$. Layers differ in width, and a longer list of numbers has a greater length. So each is
# divided by the root of how many numbers there are, which makes it the root mean square of a [typical
# entry](#src-typical-size),
#
# $$\frac{\|\delta^l\|}{\sqrt{N n_l}} \qquad\text{and}\qquad
#   \frac{\|\partial L/\partial W^l\|}{\sqrt{n_{l-1} n_l}},$$
#
# where $\|v\| = \sqrt{\sum_k v_k^2}$. With a pencil: $(3, 4)$ has the length 5 and the typical size
# $5/\sqrt2 \approx 3.54$, which is between 3 and 4, as it should be. And $(3, 4, 3, 4)$ is longer but has the same.


# %%
def typical_size(values):
    return np.sqrt(np.mean(values**2))


print("(3, 4):", typical_size(np.array([3, 4])), "  (3, 4, 3, 4):", typical_size(np.array([3, 4, 3, 4])))
assert np.isclose(typical_size(np.array([3, 4])), 5 / np.sqrt(2))

# %% mystnb={"image": {"alt": "Gradient flow of the sigmoid network: seven level lines, evenly spaced on a logarithmic axis, each layer about four times smaller than the one after it."}}
tn.introspect.plot_gradient_flow(recorded, figure=plt.figure(figsize=(8, 5), layout="constrained"))
plt.show()

# %% [markdown]
# The lines lie at equal distances on a logarithmic axis: from layer to layer the same *factor*. So there must be a
# reason that is the same in each layer.
#
# **Why.** [Chapter 4](04_backpropagation.py) derived how $\delta$ goes back: for one example,
#
# $$\delta_i^l = f'(z_i^l) \sum_j w_{ij}^{l+1}\,\delta_j^{l+1}.$$
#
# Take the average of the square over the random draw of the weights, as chapter 9 did on the way forward. Weights
# of mean 0, drawn independently, leave only the squares of the sum:
#
# $$\mathrm{E}\Big[\Big(\sum_j w_{ij}\,\delta_j\Big)^2\Big] = \mathrm{Var}(w) \sum_j \delta_j^2
#   = n_{l+1}\,\mathrm{Var}(w)\;\overline{\delta^2}.$$
#
# So, as far as $f'$ and this sum may be taken as independent, one layer multiplies the typical size of $\delta$ by
#
# $$\sqrt{n_{l+1}\,\mathrm{Var}(w)} \cdot \sqrt{\overline{f'^2}}.$$
#
# The first root is what an initializer chooses. Glorot's makes it 1 between layers of equal width. The second belongs
# to the activation, and for the sigmoid $f' = a(1-a)$ is at most $\frac14$, at $a = \frac12$. **With such
# weights each layer of sigmoids divides $\delta$ by four, or by more.** Six layers back from the output that is
# $4^6 = 4096$.

# %%
first = recorded.trace(0)  # before the first step
print("layer   factor by the formula   factor of typical sizes")
for l in range(5, 0, -1):
    W = first[l + 1].W
    by_formula = np.sqrt(W.shape[1] * np.mean(W**2) * np.mean(first[l].f_prime ** 2))
    measured = typical_size(first[l].delta) / typical_size(first[l + 1].delta)
    print(f"{l + 1} → {l} {by_formula:19.3f} {measured:25.3f}")
    assert abs(by_formula / measured - 1) < 0.15 and measured < 0.26
fall = typical_size(first[7].delta) / typical_size(first[1].delta)
print(f"δ of layer 1 is {fall:,.0f} times smaller than δ of the output; 4⁶ = {4**6:,}")
assert fall > 4**6

# %% [markdown]
# A step moves the first layer's weights by $\alpha$ times almost nothing. That is the *vanishing gradient*
# ([Bengio, Simard and Frasconi (1994)](https://doi.org/10.1109/72.279181) have the argument for long chains of steps,
# [Glorot and Bengio (2010)](https://proceedings.mlr.press/v9/glorot10a.html) for deep networks, with pictures much
# like these).
#
# It has a twin on the way forward. For two images whose $z$ differ by a little $\Delta z$, the $a$ differ by about
# $f'(z)\,\Delta z$, and then the weights sum such differences up by the same rule. So what *distinguishes* the images
# shrinks by a factor of 4 in each layer too, and the last layers are given almost the same numbers whatever the image
# is. They could learn nothing even if the first layers were good.

# %%
apart = [typical_size(first[l].a - first[l].a.mean(axis=0)) for l in range(1, 7)]  # from the mean over the images
print("layer                       ", *(f"{l:8}" for l in range(1, 7)))
print("how far apart the images are", *(f"{size:8.1e}" for size in apart))
print("factor from the layer before         ", *(f"{size / before:8.2f}" for before, size in pairwise(apart)))
assert all(size < 0.25 * before for before, size in pairwise(apart))

# %% [markdown]
# **Treatment.** Both roots can be changed. An $f$ whose slope is near 1 where the network works, such as tanh, does
# not shrink $\delta$ by itself. ReLU has slope 1 or 0, half of each, so $\overline{f'^2} = \frac12$, and
# He's weights with $n\,\mathrm{Var}(w) = 2$ make up for it.

# %%
remedies = {"tanh": "glorot_uniform", "relu": "he_uniform"}
flows = {}
for activation, initializer in remedies.items():
    net = deep_net(activation, initializer)
    flows[activation] = train_recorded(net)
    first = flows[activation].trace(0)
    factors = [typical_size(first[l].delta) / typical_size(first[l + 1].delta) for l in range(5, 0, -1)]
    figures = net.evaluate(x_val, y_val)
    print(f"{activation}, {initializer}: loss {figures['loss']:.4f}, right {figures['accuracy']:.0%}")
    print("   factors of δ from layer 6 back to 1:", ", ".join(f"{factor:.2f}" for factor in factors))
    assert figures["accuracy"] > 0.85 and min(factors) > 0.7

# %% mystnb={"image": {"alt": "Gradient flow with tanh: the seven lines run together within a factor of five, rise and fall together, and that of layer 1 is the highest."}}
tn.introspect.plot_gradient_flow(flows["tanh"], figure=plt.figure(figsize=(8, 5), layout="constrained"))
spreads = []
for moment in flows["tanh"].traces():
    levels = [typical_size(moment[l].delta) for l in range(1, 8)]
    spreads.append(max(levels) / min(levels))
print(f"largest δ over smallest, of the seven layers: at most {max(spreads):.1f}; with sigmoids it was {fall:,.0f}")
assert max(spreads) < 5
plt.show()

# %% [markdown]
# Now the lines run together, and layer 1 is not the lowest but soon the highest. They fall a little while the network
# learns, and that is no illness: where examples are read right, $\delta$ is small in *every* layer. Vanishing is when
# the lines fan out, the first layer lowest.
#
# (Could larger weights rescue the sigmoid? $n\,\mathrm{Var}(w) = 16$ would make the factor 1, if $f'$ stayed at
# $\frac14$. Exercise 8 asks what happens instead.)
#
# ## Second illness: the training explodes
#
# If the factor of a layer is more than 1, $\delta$ grows on its way back. Chapter 9 saw that at the start of a
# training, with weights twice as large as He's. It can also come later, by a step that is too long.
# [Chapter 7](07_descent.py) found the bound for a parabola, $\alpha < 2/\lambda$; beyond it $w$ grows by the same
# factor each time. In a network it is worse. Take the smallest with two layers, one neuron each, $f(z) = z$ and no
# biases, with the input 1, the target 0 and the loss $\frac12 a^2$:
#
# $$a = w_1 w_2, \qquad \frac{\partial L}{\partial w_1} = a\,w_2, \qquad \frac{\partial L}{\partial w_2} = a\,w_1.$$
#
# Let both weights begin with the same value $w$. They stay equal, and a step is
#
# $$w \leftarrow w - \alpha\,w^3 = w\,(1 - \alpha\,w^2).$$
#
# If $\alpha w^2 < 2$, the new $|w|$ is smaller, and then so is $\alpha w^2$: all is well. If $\alpha w^2 > 2$, the new
# $|w|$ is larger, **and with it the factor**. There is no way back. Once $\alpha w^2$ is large, $w$ becomes about
# $\alpha w^3$: the number of its digits triples with each step.

# %%
w, alpha = 1.5, 1.0
by_pencil = [w]
for _ in range(6):
    w = w * (1 - alpha * w**2)
    by_pencil.append(w)

tiny = tn.Sequential([tn.Dense(1, use_bias=False, input_dim=1), tn.Dense(1, use_bias=False)])
tiny.set_weights([[[1.5]], [[1.5]]])
tiny.compile(tn.SGD(learning_rate=alpha), "half_squared_error")
for step, w in enumerate(by_pencil):
    print(f"after {step} steps: w = {w:10.3g}   by tinynet {tiny.get_weights()[0].item():10.3g}")
    assert np.isclose(tiny.get_weights()[0].item(), w, rtol=1e-9)
    tiny.fit([[1.0]], [[0.0]], verbose=0)

# %% [markdown]
# Two steps look harmless; a few later there is no room in a floating-point number. That is why a training that
# diverges seems to do so out of nothing.
#
# Now with digits, and with the mistake that everybody makes once: the pixels were not divided by 16. The network
# shall answer with 10 numbers, 1 for the right digit and 0 for the others. When its loss is not finite for the first
# time, `fit` says so, as a warning that we catch and print.


# %%
def regression_net(learning_rate):
    net = tn.Sequential(seed=0)
    net.add(tn.Dense(32, activation="relu", kernel_initializer="he_uniform", input_dim=64))
    net.add(tn.Dense(32, activation="relu", kernel_initializer="he_uniform"))
    net.add(tn.Dense(10))
    net.compile(tn.SGD(learning_rate), "half_squared_error", metrics=["accuracy"])
    return net


unscaled, steps = 16 * x_train, tn.introspect.Recorder(16 * x_train[:100], y_train[:100])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    regression_net(0.002).fit(unscaled, y_train, epochs=1, callbacks=[steps], verbose=0)
print(f"{len(caught)} warning:", caught[0].message)
print()
print("first not finite:", steps.diverged)
print("losses:", ", ".join(f"{steps.losses[step]:.1e}" for step in range(steps.diverged.step + 1)))
exponents = np.log10([steps.losses[step] for step in range(steps.diverged.step)])
assert len(caught) == 1 and np.all(exponents[-4:] > 1.5 * exponents[-5:-1])

# %% [markdown]
# The warning is about the batch that was in turn; `recorder.diverged` asks the recorder's own examples at each kept
# step, in the order in which a step computes, so the two may name different places. Look at the exponents. For four
# steps the loss seems merely to grow. From then on every step about doubles the *number of digits*, or does worse.
# The weights and the $\delta$ tell the same, layer by layer:

# %%
print("step   largest |w| of W¹, W², W³         largest |δ| of layers 1, 2, 3")
for step in range(steps.diverged.step):
    moment = steps.trace(step)  # every step was kept
    largest_w = [f"{np.abs(moment[l].W).max():8.1e}" for l in (1, 2, 3)]
    largest_delta = [f"{np.abs(moment[l].delta).max():8.1e}" for l in (1, 2, 3)]
    print(f"{step:4}  ", *largest_w, "    ", *largest_delta)

# %% [markdown]
# **Treatment.** A curvature is a second derivative with respect to a weight. In the first layer $z$ is $x$ times the
# weight, so inputs that are 16 times as large make the curvature $16^2 = 256$ times as large, and the largest
# possible $\alpha$ 256 times as small. There are two ways out:

# %%
print("inputs    α          loss after 5 epochs   right on validation")
cured = []
for name, factor, alpha in [("0 … 16", 16, 0.03 / 256), ("0 … 1", 1, 0.03)]:
    net = regression_net(alpha)
    losses = net.fit(factor * x_train, y_train, epochs=5, verbose=0).history["loss"]
    cured.append(net.evaluate(factor * x_val, y_val)["accuracy"])
    print(f"{name:8}  {alpha:.6f} {losses[-1]:16.4f} {cured[-1]:21.1%}")
assert cured[0] < 0.5 < cured[1]

# %% [markdown]
# Both stay finite, but only one learns. The small $\alpha$ that the first layer needs is far too small for the
# others, whose inputs are not pixels. Scaling the inputs repairs the cause, a smaller $\alpha$ only the sign of it. If
# the inputs are in order, a smaller $\alpha$ is the right treatment.
#
# ## Third illness: neurons die
#
# A ReLU neuron $j$ is [*dead*](#src-dead-unit) for a set of examples if for all of them
#
# $$a_{nj} = 0 \quad\text{and}\quad f'(z_{nj}) = 0.$$
#
# Here is a network in which it spreads. Nothing in it is unusual but the learning rate, $\alpha = 2$. The recorder
# now looks at *all* training images, and `unit_states(trace)[l]` has an array `dead` for the neurons of layer $l$.


# %%
def wide_net(activation="relu", learning_rate=2.0):
    net = tn.Sequential(seed=0)
    net.add(tn.Dense(32, activation=activation, input_dim=64))
    net.add(tn.Dense(10, activation="softmax"))
    net.compile(tn.SGD(learning_rate), CROSS_ENTROPY, metrics=["accuracy"])
    return net


def deaths(net, shift=0.0):
    """Train for 10 epochs; returns the steps, the number of dead neurons at each, and the accuracy."""
    recorder = tn.introspect.Recorder(x_train - shift, y_train, every=5)
    net.fit(x_train - shift, y_train, epochs=10, callbacks=[recorder], verbose=0)
    dead = [unit_states(moment)[1].dead.sum() for moment in recorder.traces()]
    return recorder.steps, dead, net.evaluate(x_val - shift, y_val)["accuracy"]


ill = wide_net()
at, dead, accuracy = deaths(ill)
print(unit_states(trace(ill, x_train, y_train, loss=CROSS_ENTROPY))[1])
print(f"dead at the steps {at[:5]} …: {[int(count) for count in dead[:5]]} …; right on validation: {accuracy:.0%}")
print(f"loss on validation: {ill.evaluate(x_val, y_val)['loss']:.4f}")
assert dead[-1] > 25 and accuracy < 0.2 and abs(ill.evaluate(x_val, y_val)["loss"] - np.log(10)) < 0.1

# %% [markdown]
# The loss says $\ln 10$ once more, as in the first illness. The pictures differ: there the gradient faded from layer
# to layer; here it is exactly 0, neuron by neuron.
#
# **Why the dead stay dead.** $\delta_{nj} = \partial L/\partial a_{nj} \cdot f'(z_{nj}) = 0$ for every example, so
#
# $$\frac{\partial L}{\partial w_{ij}} = \sum_n x_{ni}\,\delta_{nj} = 0, \qquad
#   \frac{\partial L}{\partial b_j} = \sum_n \delta_{nj} = 0.$$
#
# The step changes neither $w_{ij}$ nor $b_j$. In layer 1 the inputs do not change either, so all $z_{nj}$ are in the
# next step what they were, and the argument starts again: dead for ever. (In a deeper layer the inputs are the $a$ of
# neurons that go on learning, and these may wake it. And momentum or Adam, which remember older gradients, may move it
# for a while.) We kill one on purpose, lowering its bias until its $z$ are all negative:

# %%
patient = wide_net(learning_rate=0.1)
weights = patient.get_weights()
highest = trace(patient, x_train, y_train, loss=CROSS_ENTROPY)[1].z.max(axis=0)
j = int(np.argmax(highest))  # the liveliest
weights[1][j] -= highest[j] + 0.1
patient.set_weights(weights)
patient.fit(x_train, y_train, epochs=10, verbose=0)
after = patient.get_weights()
moved = (after[0] != weights[0]).any(axis=0)
print(f"neuron {j + 1}: W and b after 10 epochs are the same bits: {not moved[j] and after[1][j] == weights[1][j]}")
print(f"neurons that moved: {moved.sum()} of 32")
assert not moved[j] and after[1][j] == weights[1][j] and moved.sum() == 30

# %% [markdown]
# A second one has not moved either: it was dead from the beginning. Its weights happened to be drawn so that no
# image makes a positive sum, and with $b = 0$ no *scale* of the weights would help, for a positive factor does not
# change the sign of $z$.
#
# **Why they die.** Let a batch of $B$ examples move the weights of neuron $j$ by one step. By how much does this
# change the $z$ of any example $x$, seen or not?
#
# $$\Delta z = \sum_i x_i\,\Delta w_{ij} + \Delta b_j
#   = -\alpha \sum_i x_i \sum_n x_{ni}\,\delta_{nj} - \alpha \sum_n \delta_{nj}
#   = -\alpha \sum_n (x \cdot x_n + 1)\,\delta_{nj}.$$
#
# If no input is negative, as with pixels, then $x \cdot x_n + 1$ is positive for *every* pair of images. They all
# pull the same way: a batch whose $\delta_{nj}$ are mostly positive lowers $z$ for all images at once, those of other
# digits too. (It is also why each image of gradients at the beginning was mostly of one colour: if most $\delta_{nj}$
# are of one sign, then so are the $\sum_n x_{ni}\,\delta_{nj}$ of all pixels $i$ with ink.) If the step is long enough,
# no image is left above 0. How strong is the pull, and what if the mean image is subtracted first, so that the
# inputs have both signs?

# %%
mean_image = x_train.mean(axis=0)
for name, images in {"pixels 0 … 1": x_train, "less their mean": x_train - mean_image}.items():
    pull = images @ images.T + 1
    print(f"{name:15}: x·x′ + 1 is {pull.mean():5.2f} on average, from {pull.min():5.2f} to {pull.max():5.2f}")

# %% [markdown]
# For centred inputs the average is 1: the 1 of the bias, and nothing else, since the mean of $x \cdot x'$ over all
# pairs is the mean image times itself. So the derivation proposes a treatment of its own, beside the two usual ones.
# All of them:
#
# - a **smaller $\alpha$**, so that no step is long enough;
# - **leaky ReLU**, whose $f'$ is $s$ and not 0 below 0: $\delta$ is small there but not 0, and it can lead back
#   ([Maas, Hannun and Ng (2013)](https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf));
# - **centred inputs**, so that examples do not all pull the same way.

# %%
trials = {
    "ReLU, α = 2": (at, dead, accuracy),
    "ReLU, α = 0.5": deaths(wide_net(learning_rate=0.5)),
    "leaky ReLU, α = 2": deaths(wide_net("leaky_relu")),
    "ReLU, α = 2, centred": deaths(wide_net(), mean_image),
}
for name, (_, dead, accuracy) in trials.items():
    print(f"{name:21} dead at the end: {dead[-1]:2} of 32, right on validation: {accuracy:.1%}")
assert trials["ReLU, α = 2, centred"][2] > 0.95 > 0.6 > trials["leaky ReLU, α = 2"][2]

# %% tags=["hide-input"] mystnb={"image": {"alt": "Dead neurons over the steps: with α = 2 they rise to thirty of 32 within 50 steps; with α = 0.5 one or two; with leaky ReLU and with centred inputs none."}}
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
looks = [("-", VERMILION, 2), ("--", BLUE, 2), ("-", ORANGE, 6), ("-.", "black", 1.5)]
for (name, (at, dead, accuracy)), (style, colour, width) in zip(trials.items(), looks):
    ax.plot(at, dead, style, color=colour, linewidth=width, label=f"{name}: {accuracy:.0%}")
ax.set(xlabel="step", ylabel="dead neurons of 32", ylim=(-1, 33), title="neurons of layer 1 that are dead")
ax.legend(title="right on validation", loc="center right")
plt.show()

# %% [markdown]
# Two curves lie on the axis, and only one of them belongs to a healthy network. Leaky ReLU has hidden the sign of
# the illness and left its cause, steps that throw all $z$ about together. Centring has removed the cause: with the
# same $\alpha = 2$ it is the best of the four. **Treat what you understood, not what you counted.**
#
# ### Saturated neurons
#
# The slope of a tanh or sigmoid is never quite 0, but where the curve is flat it is nearly so. tinynet calls a neuron
# [*saturated*](#src-saturated-unit) if for all examples
#
# $$|f'(z_{nj})| < 0.05\,\max_z |f'(z)|.$$
#
# For tanh $f' = 1 - a^2$ with the maximum 1, so $|a| > \sqrt{0.95}$. For the sigmoid $a(1-a) < 0.05 \cdot \frac14$ is a
# quadratic equation for $a$. Where does that begin in $z$?

# %%
tanh_edge = np.arctanh(np.sqrt(0.95))
a_edge = (1 + np.sqrt(1 - 4 * 0.05 / 4)) / 2
sigmoid_edge = np.log(a_edge / (1 - a_edge))
print(f"flat from |z| = {tanh_edge:.2f} on for tanh, {sigmoid_edge:.2f} for the sigmoid")
assert np.isclose(1 - np.tanh(tanh_edge) ** 2, 0.05)

too_large = tn.initializers.normal(std=3.0)
saturated = tn.Sequential(seed=0)
saturated.add(tn.Dense(32, activation="tanh", kernel_initializer=too_large, input_dim=64))
saturated.add(tn.Dense(32, activation="tanh", kernel_initializer=too_large))
saturated.add(tn.Dense(10, activation="tanh"))
at_start = trace(saturated, x_train, y_train, loss="mean_squared_error")
for l in (1, 2, 3):
    flat = np.mean(at_start[l].f_prime < 0.05)
    print(f"layer {l}: {unit_states(at_start)[l]}; of all f′, {flat:.0%} are below 0.05")

# %% mystnb={"image": {"alt": "tanh and its derivative with each layer's z as dots: in layers 1 and 2 they reach far beyond the steep part, in layer 3 they lie on it."}}
tn.introspect.plot_activation_functions(at_start, figure=plt.figure(figsize=(8, 2.9), layout="constrained"))
plt.show()

# %% [markdown]
# Where the dots lie on grey ground the layer hardly learns. A histogram of $z$ would be hard to judge: whether $z = 3$
# is far depends on the curve, and here the curve is in the picture. The treatment is smaller weights, as in chapter 9.
# Note that a layer may be in a sorry state with not one neuron saturated, for the definition asks for *all* examples.
# The share of small $f'$ says more.
#
# ## A whole training, kept
#
# Now one network from beginning to end. XOR has four examples, so everything fits on a page. In a loop of one's own
# the recorder is called by hand: once before the first step, then right after each. It copies only the weights, and
# all else is computed from them when it is asked for. A second recorder keeps every 400th step, for a film.

# %%
x_xor, y_xor = tn.data.xor()
net = tn.Sequential([tn.Dense(4, activation="tanh", input_dim=2), tn.Dense(1, activation="sigmoid")], seed=0)
optimizer = tn.SGD(learning_rate=0.5)
recorder, film_recorder = tn.introspect.Recorder(x_xor, y_xor), tn.introspect.Recorder(x_xor, y_xor, every=400)
for keeper in (recorder, film_recorder):
    keeper.record(net, None, optimizer)
for _ in range(2000):
    loss = tn.binary_crossentropy(net(x_xor), y_xor)
    loss.backward()
    optimizer.step(net.parameters())
    for keeper in (recorder, film_recorder):
        keeper.record(net, loss, optimizer)
print(recorder, film_recorder, sep="\n")
print("a of the output at the last step:", recorder.trace(-1)[2].a.ravel().round(4))
assert np.array_equal(recorder.trace(-1)[2].a, net.predict(x_xor))  # the same bits
assert recorder.losses[1999] == loss.item()

# %% [markdown]
# The single output $a$ is the probability of a 1, and [the rest](#src-probability-of-0), $1 - a$, that of a 0.
# `recorder.values(name, l)` has one quantity over time, steps first. `"da"` is $\partial L/\partial a$, the gradient of
# the activations, which [a user of TensorFlow](https://github.com/tensorflow/tensorflow/issues/773) wished to watch
# beside those of the weights. `"delta"` is $\delta$:

# %%
delta = recorder.values("delta", 2)
print("δ of the output over time:", delta.shape, "steps, examples, neurons")
print("at steps 0, 100, 1000, 2000, example by example:")
print(delta[[0, 100, 1000, 2000], :, 0].round(5))
a = recorder.values("a", 2)
assert np.allclose(delta, (a - y_xor) / 4, rtol=1e-9, atol=1e-16)  # chapter 4's formula, at all 2,001 steps

# %% mystnb={"image": {"alt": "Above: the four z of the output over the steps, near 0 at first; around step 100 two turn up and two down. Below: one weight grows from below 0 to 2, fastest in the same steps, where its gradient has a dip, and then fades."}}
fig = plt.figure(figsize=(8, 7.6), layout="constrained")
above, below = fig.subfigures(2, 1, height_ratios=[1, 1.25])
tn.introspect.plot_over_time(recorder, "z", 2, ax=above.subplots())
tn.introspect.plot_life(recorder, "dense_1.W[0, 1]", figure=below)
plt.show()

# %% [markdown]
# Above is the spread of all $z$ of a layer, here four numbers: together for a while, and then the moment in which they
# part. Below is the life of a single weight, $w_{12}^1$ (`W[0, 1]`, for Python counts from 0), with its
# gradient. It moves while the four part, and afterwards there is little left to do.
#
# ### The way on a map
#
# This network has 17 weights and biases. Write them in one row $\theta$, with $\theta_k$ at step $k$ and $\theta^*$ at
# the end. Nobody can draw a loss over 17 dimensions. But through $\theta^*$ we can lay a plane along two directions
# $d_1$ and $d_2$, of 17 numbers each, and draw [the loss on it](#src-loss-surface):
#
# $$L(s, t) = L(\theta^* + s\,d_1 + t\,d_2).$$
#
# Which directions? Those in which the path goes furthest. Take the steps less their mean, $\theta_k - \bar\theta$, as
# the rows of a matrix. The *singular value decomposition* of linear algebra
# [writes them](#src-path-components) as
#
# $$\theta_k - \bar\theta = \sum_i u_{ki}\,\sigma_i\,d_i$$
#
# with directions $d_i$ of length 1, at right angles to each other, the columns $u_{\cdot i}$ likewise, and numbers
# $\sigma_1 \ge \sigma_2 \ge \dots \ge 0$. Along $d_i$ the steps are $u_{ki}\,\sigma_i$ from their mean, and the squares
# of these add up to $\sigma_i^2$. Along any other direction of length 1, $v = \sum_i c_i d_i$ with $\sum_i c_i^2 = 1$,
# they add up to $\sum_i c_i^2 \sigma_i^2$, which is at most $\sigma_1^2$. So along $d_1$ the path goes furthest, and
# along $d_2$ of those at right angles to it. They are called *principal components*, and [the
# share](#src-path-share) of direction $i$ is $\sigma_i^2/(\sigma_1^2 + \sigma_2^2 + \dots)$. A point of the path is
# drawn where [its shadow](#src-path-shadow) falls,
#
# $$s_k = (\theta_k - \theta^*) \cdot d_1, \qquad t_k = (\theta_k - \theta^*) \cdot d_2.$$

# %%
theta = np.array([np.concatenate([w.ravel() for w in recorder.weights(k)]) for k in range(len(recorder))])
chosen = theta[np.unique(np.linspace(0, 2000, 200).round().astype(int))]  # as many as the picture takes
_, sigma, d = np.linalg.svd(chosen - chosen.mean(axis=0), full_matrices=False)
shares = sigma**2 / np.sum(sigma**2)
print("shares of the first four directions:", ", ".join(f"{share:.1%}" for share in shares[:4]))
assert np.isclose(np.sum(sigma**2), np.sum((chosen - chosen.mean(axis=0)) ** 2))


def loss_at(weights):
    """The loss of a network whose 17 weights and biases are these."""
    W1, b1, W2, b2 = weights[:8].reshape(2, 4), weights[8:12], weights[12:16, np.newaxis], weights[16:]
    a = 1 / (1 + np.exp(-(np.tanh(x_xor @ W1 + b1) @ W2 + b2)))
    return -np.mean(y_xor * np.log(a) + (1 - y_xor) * np.log(1 - a))


print("step   loss on the way   loss in the shadow")
for k in (0, 100, 300, 1000, 2000):
    shadow = theta[-1] + d[:2].T @ (d[:2] @ (theta[k] - theta[-1]))
    print(f"{k:4} {loss_at(theta[k]):17.4f} {loss_at(shadow):20.4f}")
    assert k == 2000 or np.isclose(loss_at(theta[k]), recorder.losses[k])

# %% mystnb={"image": {"alt": "The loss over the plane of the path's two principal components, on a logarithmic scale: the path starts on high ground, bends once, and runs down a slope without walls."}}
ax = tn.introspect.plot_loss_surface(net, x_xor, y_xor, recorder, loss="binary_crossentropy")
assert f"{shares[0]:.1%}" in ax.get_xlabel() and f"{shares[1]:.1%}" in ax.get_ylabel()
plt.show()

# %% [markdown]
# What the map can tell: this way had one long bend, and no wall or hollow on it. What it cannot: that there are none
# elsewhere, for 15 directions are missing. And the ground under the path is that of its shadow. The table above shows
# how far the two losses part.
#
# Without a path the directions are random, and that has a trap. In a ReLU network make the weights into a neuron 10
# times as large and those out of it 10 times as small: it computes the same. But a random step of a given length is
# now little for the ones and much for the others, and the map of the same function looks different. So each neuron's
# part of a direction is made [as long as the neuron's own weights](#src-filter-normalization),
#
# $$d_j \leftarrow d_j\,\frac{\|w_j\|}{\|d_j\|},$$
#
# which is called *filter normalization*
# ([Li and others (2018)](https://arxiv.org/abs/1712.09913)). With a pencil, for $a = w_2 \max(0, w_1 x)$ at $x = 1$:

# %%
direction = np.array([0.5, -0.5])
for w in (np.array([1.0, 1.0]), np.array([10.0, 0.1])):
    normalized = direction * np.abs(w) / np.abs(direction)  # each neuron has one weight
    a_here, a_plain, a_normalized = (v[1] * max(0, v[0]) for v in (w, w + direction, w + 0.5 * normalized))
    print(f"w = {w}: a = {a_here:g}; a plain step away {a_plain:g}, half a normalized one {a_normalized:g}")
    assert np.isclose(a_here, 1) and np.isclose(a_normalized, 0.75)

# %% [markdown]
# ### A film, and a page
#
# `animate(recorder, draw)` calls `draw(trace, axes)` for each kept step. While it does, `recorder.net` has the weights
# of that step, so any picture of a network can be a film. In a notebook it plays with `HTML(film.to_jshtml())`; here
# it goes to a file. And `recorder.to_html` writes a page for the browser: the network, a slider for the steps, and for
# each neuron that one presses its formulas with the numbers put in. It is one file, and needs no server.


# %%
def draw(moment, ax):
    tn.introspect.plot_decision_regions(film_recorder.net, x_xor, y_xor, ax=ax)


film = tn.introspect.animate(film_recorder, draw, fps=2)
with tempfile.TemporaryDirectory() as folder:
    film.save(os.path.join(folder, "xor.gif"), writer="pillow", dpi=60)
    page = recorder.to_html(os.path.join(folder, "xor.html"))
    for name in ("xor.gif", "xor.html"):
        print(f"{name}: {os.path.getsize(os.path.join(folder, name)) / 1024:.0f} KiB")
    assert page.read_text(encoding="utf-8").lstrip().startswith("<!")
plt.close()  # the film's figure

# %% [markdown]
# ## What goes wrong
#
# Learners have asked for these pictures since there were frameworks.
# [In 2015](https://github.com/keras-team/keras/issues/115) one who wanted the distribution of the gradients of each
# layer was told that there was no practical way to access them; [another](https://github.com/keras-team/keras/issues/1168)
# wished to see every step of the backward pass; [a third](https://github.com/keras-team/keras/issues/7057) to be told
# of dead ReLUs. [In 2020](https://github.com/tensorflow/tensorflow/issues/39755) a recorder's manual promised
# histograms of activations, and it wrote those of the weights. Whoever has the pictures can still be fooled by them,
# in three ways.
#
# **Too few examples, or too much alike.** Dead means silent for all examples *that were asked*.

# %%
busy = wide_net(learning_rate=1.0)
busy.fit(x_train, y_train, epochs=10, verbose=0)


def count_dead(rows):
    return int(unit_states(trace(busy, x_train[rows], y_train[rows], loss=CROSS_ENTROPY))[1].dead.sum())


asked = {N: count_dead(slice(N)) for N in (1, 10, 100, 1078)}
print("dead of 32, by how many images are asked:", asked)
answers = (busy.get_activations(x_train)[0] > 0).sum(axis=0)  # of each neuron, to how many images
print("to how many of 1,078 images each neuron answers:", np.sort(answers))
assert list(asked.values()) == sorted(asked.values(), reverse=True) and asked[1078] == (answers == 0).sum()
rare = (answers > 0) & (answers < 11)
print(f"{rare.sum()} answer, but to fewer than 1% of the images")

# %% [markdown]
# More images can only make the count smaller. A hundred images, which looks like plenty, call neurons dead that do
# answer, only rarely. And a neuron that answers to a single image can still be moved by it, and come back.
#
# **δ of batches of different sizes.** $L$ is a mean, so $\delta$ carries $1/N$. Ask with more examples, and the
# gradients seem to vanish:

# %%
fresh, sizes = wide_net(), {}
for N in (10, 100, 1000):
    asked = trace(fresh, x_train[:N], y_train[:N], loss=CROSS_ENTROPY)
    sizes[N] = typical_size(asked[1].delta), typical_size(asked[1].dW)
    print(f"N = {N:4}: typical δ {sizes[N][0]:.6f}, times N {N * sizes[N][0]:.4f}; typical ∂L/∂W {sizes[N][1]:.4f}")
assert np.isclose(1000 * sizes[1000][0], 10 * sizes[10][0], rtol=0.1)

# %% [markdown]
# Compare layers of one trace, or steps of one recorder, which asks the same examples each time. Between traces of
# different sizes compare $N\delta$. ($\partial L/\partial W$ is a sum over the examples of terms with $1/N$, so it
# does not shrink by itself.)
#
# **Only training images.** The network at the beginning of this chapter, asked twice:

# %%
on_training = trace(digits_net, x_train, y_train, loss=CROSS_ENTROPY)
on_validation = trace(digits_net, x_val, y_val, loss=CROSS_ENTROPY)
for name, asked in {"training": on_training, "validation": on_validation}.items():
    print(
        f"{name:10}: typical Nδ of the output {len(asked.y) * typical_size(asked[2].delta):.4f}, loss {asked.loss:.4f}"
    )
assert on_validation.loss > 1.5 * on_training.loss

# %% [markdown]
# On the training images the network looks as if there were little left to learn. It was $\delta$ on *these* that
# training made small.
#
# ## Summary
#
# | seen | means | because | treatment |
# |---|---|---|---|
# | $\delta^l$ fan out, layer 1 lowest | gradient vanishes | each layer multiplies by $\sqrt{n\,\mathrm{Var}(w)\,\overline{f'^2}} < 1$ | ReLU with He, tanh with Glorot |
# | exponents of the loss multiply | training diverges | $\alpha\,w^2 > 2$ makes $w$ larger, and so on | smaller $\alpha$, scaled inputs |
# | columns of 0 in $a$ and $\delta$ | dead neurons | $\delta = 0$ for all examples, so no step | smaller $\alpha$, centred inputs, leaky ReLU |
# | $z$ on the flat ends of $f$ | saturated neurons | $f' \approx 0$ | smaller weights |
# | $\delta^l$ small in all layers alike | it has learned | $a \approx y$ | none |
#
# - [Typical size](#src-typical-size): $\|v\|/\sqrt m$ for $m$ numbers.
# - A step changes $z$ of any example by $-\alpha \sum_n (x \cdot x_n + 1)\,\delta_{nj}$ in layer 1.
# - Weights do not tell what matters, activations not who listens, $\delta$ not how far the loss will fall, a map not
#   what lies beside it. And each picture is of the examples that it was made with.
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch10.py`, then run `pytest tutorials/exercises -k ch10`.
#
# 1. `typical_size(values)`: the root mean square, for arrays of any shape.
# 2. `dead(z)` and `saturated(z)`: which ReLU neurons are dead, and which sigmoid neurons saturated.
# 3. `sizes_back(delta, weights, slopes)`: $\delta$ walked back through a network, and its typical size in each layer.
# 4. `change_of_z(x, x_batch, delta, learning_rate)`: what a step does to the $z$ of examples that were not in it.
# 5. `dead_for_sure(W, b)`: which ReLU neurons no input between 0 and 1 can wake.
# 6. `first_deaths(recorder, layer)`: from a recording, the step from which on each neuron stayed dead.
# 7. `shadow(path)`: a path of weights on the plane of its principal components, with the shares.
# 8. With a pencil: sigmoid layers of $n$ neurons with $n\,\mathrm{Var}(w) = 16$. Let all $a$ be near $\frac12$. How
#    large is a typical $z$ of the next layer, and what is $f'$ there?
# 9. With a pencil: three layers instead of two, $a = w_1 w_2 w_3$ with equal weights $w$. From which $w$ on does
#    descent diverge, and by how much does the number of digits grow with each step?
#
# The pencil's answers are at the end of the docstring of `tutorials/exercises/solutions/ch10.py`.
#
# We can now see what is inside a network. Why it gave *this* answer to *this* image is another question, and the next
# chapters are about it.
