# %% [markdown]
# # 9. Training on real digits
#
# Thirteen people wrote the digits 0 to 9, over and over, on a form. This chapter teaches a network to read them. No
# line of it says what a 3 looks like. The pieces are all there: layers, a loss, its gradients, an optimizer. What is
# new is the craft around them: in what order the examples come, where the weights begin, and above all how to know
# that the network has learned to read digits and not only to recite those that it was shown. Most of what goes wrong
# here gives no error message. It gives a number, and the number is wrong.
#
# ## What you will be able to do
#
# - deal examples out in batches, and say how noisy the gradient of a batch is;
# - derive from the variance of a sum how large the first weights should be, and see what happens when they are not;
# - write a training loop, and get the same bits from one call of `fit`;
# - recognise overfitting, and use early stopping, weight decay and dropout, knowing what each does;
# - find the mistakes that leave the code running and the result worthless.
#
# ## The data: 1,797 images, and which of them may be looked at
#
# An image was scanned as 32 × 32 black or white points. The black points in each block of 4 × 4 were counted, which
# makes 8 × 8 numbers from 0 to 16. `tn.data.digits()` gives them divided by 16, so that they are in 0…1, each image
# as a row of 64. The targets are [one-hot](#src-one-hot), as in [chapter 3](03_losses.py).

# %%
import os
import tempfile

import matplotlib.pyplot as plt
import numpy as np

import tinynet as tn

BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"

x, y = tn.data.digits()
labels = y.argmax(axis=1)  # the class is the column of the 1
print("x:", x.shape, " y:", y.shape, " smallest and largest pixel:", x.min(), x.max())
print("the first label:", labels[0], " its target:", y[0])
print("images of each digit:", np.bincount(labels))

assert np.array_equal(x * 16, np.round(x * 16))  # counts of points, 0…16
assert np.array_equal(y, np.eye(10)[labels])  # one-hot, made by hand: row c of the identity matrix is class c
assert np.array_equal(np.bincount(labels), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])

# %% [markdown]
# The last line compares with the numbers that the
# [UCI Machine Learning Repository](https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits)
# publishes with the data. It is a habit worth having: before training, check that the data is what it claims to be.
# And look at it.

# %% tags=["hide-input"] mystnb={"image": {"alt": "Forty images of 8 by 8 pixels, four of each digit, in shades of grey; some are hard to tell."}}
fig, axes = plt.subplots(4, 10, figsize=(7, 3.3), layout="constrained")
for digit in range(10):
    for ax, n in zip(axes[:, digit], np.flatnonzero(labels == digit)[10:]):
        ax.imshow(x[n].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    axes[0, digit].set_title(str(digit))
fig.suptitle("four of each digit (white 0, black 1)")
plt.show()

# %% [markdown]
# A network that has seen these images may remember them. We want to know what it does with images that it has *not*
# seen, so some rows are put aside before anything else happens. There are three uses for data, and each row has one:
#
# - the **training set** is what the gradients are computed from;
# - the **validation set** is for our own choices, such as how long to train;
# - the **test set** is looked at once, at the end. Its number is the one to be believed, because nothing was chosen
#   by it.
#
# Which rows go where is left to chance, but always to the same chance: a *seed* is the number from which a random
# generator starts, and the same seed gives the same random numbers. `tn.data.train_test_split` draws a random order
# of the rows and cuts it.

# %%
(x_rest, y_rest), (x_test, y_test) = tn.data.train_test_split(x, y, test_fraction=0.2, seed=0)
(x_train, y_train), (x_val, y_val) = tn.data.train_test_split(x_rest, y_rest, test_fraction=0.25, seed=0)
N = len(x_train)
print(f"{N} images for training, {len(x_val)} for validation, {len(x_test)} for the test")

order = np.random.default_rng(0).permutation(len(x))  # the same by hand: 0…1796 in a random order
assert np.array_equal(x_test, x[order[:359]]) and np.array_equal(y_rest, y[order[359:]])

# %% [markdown]
# What would be a good result? Two methods that learn nothing set the scale. One always names the most frequent digit
# of the training set. The other compares an image with all training images and says what the nearest one is.


# %%
def nearest_neighbour(x_new, x_known, y_known):
    """For each row of x_new the target of the row of x_known nearest to it."""
    squared = (x_new**2).sum(axis=1)[:, None] - 2 * x_new @ x_known.T + (x_known**2).sum(axis=1)
    return y_known[squared.argmin(axis=1)]  # (u − v)·(u − v) = u·u − 2 u·v + v·v


most_frequent = np.eye(10)[np.full(len(x_val), y_train.sum(axis=0).argmax())]
print(
    f"always {most_frequent[0].argmax()}: {tn.metrics.accuracy(most_frequent, y_val):.1%} of the validation set right"
)
print(f"nearest neighbour: {tn.metrics.accuracy(nearest_neighbour(x_val, x_train, y_train), y_val):.1%}")

# %% [markdown]
# So some 10 % is nothing, and the nearest neighbour is a strong opponent. It keeps all training images, though, and
# compares with every one of them each time. A network keeps only its weights.
#
# ## A batch is a guess at the whole gradient
#
# The loss is a mean over the examples, so its gradient is the mean of $N$ gradients, one of each example. Write them
# $g_1, \dots, g_N$ and their mean $g$. Each is a list of as many numbers as the network has parameters. To take one
# step we could compute all of them. But we could also ask only $B$ of the examples, a *mini-batch*, and take the mean
# of these. That is $N/B$ times less work, and what comes out is a guess at $g$. How good is it?
#
# Draw the $B$ examples at random, all different, and write $d = g_n - g$ for how far a drawn one is off in one entry.
# On average $d$ is 0, so **the guess is right on average**. The average of $d^2$ is the *variance* $\sigma^2$ of the
# gradients. Two draws $d$ and $d'$ are almost independent; they would be entirely so if the same example could come
# twice. The average of $d\,d'$, call it $c$, is the same for every pair of draws. To find it, think of drawing all
# $N$: then the sum of the deviations is certainly 0, and so is its square, which has $N$ terms $d^2$ and $N(N-1)$
# terms $d\,d'$:
#
# $$0 = N\sigma^2 + N(N-1)\,c \quad\Longrightarrow\quad c = -\frac{\sigma^2}{N-1}.$$
#
# The same expansion for $B$ draws, divided by $B^2$ because we want the mean and not the sum:
#
# $$\frac{B\sigma^2 + B(B-1)\,c}{B^2} = \frac{\sigma^2}{B}\Big(1 - \frac{B-1}{N-1}\Big)
#   = \frac{\sigma^2}{B} \cdot \frac{N-B}{N-1}.$$
#
# The root of it is the size of the error. The formula holds for each entry of the gradient, so it also holds for the
# sums over all entries, and then the root is a length. Its main part is $\sigma/\sqrt B$: **four times the work
# halves the error.** The second factor says that there is no error left when the batch is everything.
#
# With a pencil: four examples whose gradients are 1, 2, 3 and 6. There are six batches of two.

# %%
g = np.array([1.0, 2.0, 3.0, 6.0])
pairs = [float(g[n] + g[m]) / 2 for n in range(4) for m in range(n + 1, 4)]
sigma_2 = np.mean((g - g.mean()) ** 2)
print("gradients of the six batches:", pairs)
print(f"their mean: {np.mean(pairs):g}, the whole gradient: {g.mean():g}")
print(f"their variance: {np.var(pairs):.6f}, by the formula: {sigma_2:g}/2 · (4−2)/(4−1) = {sigma_2 / 2 * 2 / 3:.6f}")
assert np.mean(pairs) == g.mean() and np.isclose(np.var(pairs), sigma_2 / 2 * 2 / 3)

# %% [markdown]
# Now on the digits, with the network of this chapter: 64 pixels, 64 hidden neurons with ReLU, 10 outputs with
# softmax, as in chapters [2](02_forward.py) and [3](03_losses.py). The model's `seed` decides its random numbers, and
# `add` appends a layer. `compile` tells it an optimizer, a loss, and which [metrics](../tinynet/metrics.py) to
# report; then `evaluate` gives the loss and the metrics for any data, and `get_gradients` the gradients, in the order
# of `get_weights`.


# %%
def new_model(seed=0, neurons=64):
    model = tn.Sequential(seed=seed)
    model.add(tn.Dense(neurons, activation="relu", input_dim=64))
    model.add(tn.Dense(10, activation="softmax"))
    model.compile(optimizer=tn.Adam(learning_rate=0.003), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


model = new_model()
model.summary()
before = model.evaluate(x_train, y_train)
print("\nbefore training:", before)
print(f"loss of a network that gives each digit the probability 1/10: −ln(1/10) = {np.log(10):.4f}")
assert abs(before["loss"] - np.log(10)) < 0.15

# %% [markdown]
# A second habit: a network that has not learned anything should have a loss of about $\ln 10$. Much more, and the
# weights begin too large.


# %%
def gradient(rows):
    """The gradient of the loss over these rows, all of its entries in one long array."""
    return np.concatenate([d.ravel() for d in model.get_gradients(x_train[rows], y_train[rows])])


g_n = np.array([gradient([n]) for n in range(N)])  # one row an example
g = gradient(np.arange(N))
assert np.allclose(g_n.mean(axis=0), g, atol=1e-14)  # the gradient of the mean is the mean of the gradients

sigma = np.sqrt(np.mean(np.sum((g_n - g) ** 2, axis=1)))
sizes = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
predicted = sigma / np.sqrt(sizes) * np.sqrt((N - sizes) / (N - 1))
rng = np.random.default_rng(0)
measured = np.array(
    [np.sqrt(np.mean([np.sum((g_n[rng.permutation(N)[:B]].mean(axis=0) - g) ** 2) for _ in range(50)])) for B in sizes]
)
print(f"{g.size} entries; length of g: {np.linalg.norm(g):.3f}; error at B = 32: {measured[5]:.3f}")
assert np.allclose(measured, predicted, rtol=0.1)

# %% tags=["hide-input"] mystnb={"image": {"alt": "Error of a batch's gradient against the batch size on logarithmic axes: the measured points lie on the formula's falling line and cross the length of the whole gradient between 32 and 64."}}
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
ax.loglog(sizes, predicted, "-", color=BLUE, label=r"$\frac{\sigma}{\sqrt{B}}\,\sqrt{\frac{N-B}{N-1}}$")
ax.loglog(sizes, measured, "o", color=VERMILION, label="measured, 50 batches each")
ax.axhline(np.linalg.norm(g), color="black", linestyle="--", label="length of the whole gradient $g$")
ax.set_xticks(sizes, [str(B) for B in sizes])
ax.set_yticks([0.1, 0.2, 0.5, 1, 2, 4], ["0.1", "0.2", "0.5", "1", "2", "4"])
ax.minorticks_off()
ax.set(
    xlabel="batch size $B$ (examples)", ylabel="error of the guess (length)", title="how far a batch's gradient is off"
)
ax.legend()
plt.show()

# %% [markdown]
# At $B = 32$ the error is a little longer than the gradient itself. It is still the better bargain. For the price of
# one exact step we take more than thirty that are right on average, and by then the weights are elsewhere and the
# exact gradient would be another one. Here is what that does, with plain gradient descent and the same number of
# looks at each image. An *epoch* is one pass over all training examples.

# %%
print("  B   steps in 5 epochs   loss at the end")
end = {}
for B in (8, 32, 128, N):
    model = new_model()
    model.compile(optimizer=tn.SGD(learning_rate=0.1), loss="categorical_crossentropy")
    model.fit(x_train, y_train, epochs=5, batch_size=B, verbose=0)  # the loop that we are about to write by hand
    end[B] = model.evaluate(x_train, y_train)["loss"]
    print(f"{B:4d} {5 * -(-N // B):12d} {end[B]:19.3f}")  # −(−N // B): N/B, rounded up
assert end[8] < end[32] < end[128] < end[N]

# %% [markdown]
# Why not $B = 1$, then? Each step has a cost beside its arithmetic, and a matrix product is far faster than the same
# numbers one row at a time ([chapter 8](08_kernels.py)). And near the valley the noise of small batches throws the
# weights about, unless $\alpha$ is made smaller. Something like 32 is a usual middle.
#
# **Dealing.** Batches are dealt like cards: shuffle all *rows*, then take $B$ at a time until none is left. An epoch
# shows every example once; the last batch may be short. The next epoch shuffles anew. The one rule is that row $n$ of
# `x` and row $n$ of `y` move together, so one random order serves both:

# %%
rng = np.random.default_rng(5)
order = rng.permutation(7)
print("seven rows in batches of three:", [order[start : start + 3].tolist() for start in range(0, 7, 3)])

rows = np.arange(7.0)[:, None]
dealt = [x_batch.ravel().tolist() for x_batch, y_batch in tn.data.batches(rows, 10 * rows, 3, seed=5)]
print("the same by tinynet:           ", dealt)
assert dealt == [order[start : start + 3].tolist() for start in range(0, 7, 3)]

# %% [markdown]
# `tn.data.batches` with a number as `seed` deals in the same order each time it is called. Given a *generator*, such
# as `rng`, it goes on where the generator was, and every epoch is different. That is what a training loop wants.
#
# ## Where the weights begin
#
# [Chapter 7](07_descent.py) showed that weights must not all begin equal. So they begin at random, around 0. But how
# far from 0? In a network of many layers this decides whether it learns at all.
#
# Two facts about averages over the random draw, written $\mathrm{E}$, are enough. The average of a sum is the sum of
# the averages. And if two numbers are drawn independently, the average of their product is the product of their
# averages. Let the weights $w_i$ of a neuron be drawn independently, with mean 0 and variance
# $\mathrm{Var}(w) = \mathrm{E}[w^2]$, and take the bias as 0. For given inputs $a_i$ the neuron has
# $z = \sum_i a_i w_i$, whose mean is 0. Its square has a term for each pair $i, k$:
#
# $$\mathrm{E}[z^2] = \sum_i \sum_k a_i a_k\,\mathrm{E}[w_i w_k] = \sum_i a_i^2\,\mathrm{Var}(w)
#   = n_\text{in}\,\mathrm{Var}(w)\;\overline{a^2}.$$
#
# For $i \ne k$ the average is $\mathrm{E}[w_i]\,\mathrm{E}[w_k] = 0$, and all cross terms vanish. $\overline{a^2}$ is
# the mean square of the inputs. With a pencil: $a = (1, 2)$, and each weight is $+\frac12$ or $-\frac12$ with equal
# chance.

# %%
a, s = np.array([1.0, 2.0]), 0.5
zs = [float(a @ [s * s1, s * s2]) for s1 in (1, -1) for s2 in (1, -1)]
print("z of the four cases:", zs)
print(f"mean of z²: {np.mean(np.square(zs))}; 2 · Var(w) · mean of a²: {2 * s**2 * np.mean(a**2)}")
assert np.mean(np.square(zs)) == 2 * s**2 * np.mean(a**2) == 1.25

# %% [markdown]
# So from the inputs of a layer to its $z$ the mean square is multiplied by $n_\text{in} \mathrm{Var}(w)$. How large
# it should be depends on what the activation then does.
#
# **tanh** is close to $z$ for small $z$. To keep the size of the signal, $n_\text{in} \mathrm{Var}(w)$ should be 1.
# This is [LeCun's choice](#src-lecun):
#
# $$\mathrm{Var}(w) = \frac{1}{n_\text{in}}.$$
#
# **ReLU** lets one half of the $z$ through and makes 0 of the other. If $w$ is as likely as $-w$, then $z$ is as likely
# as $-z$: both halves have equal squares on average, so $\overline{a^2}$ is half of $\overline{z^2}$. The weights must
# make up for it: $n_\text{in} \mathrm{Var}(w)$ should be 2. This is [He's choice](#src-he):
#
# $$\mathrm{Var}(w) = \frac{2}{n_\text{in}}.$$
#
# On the way back the same happens with the roles exchanged. $\sum_j \delta_j w_{ij}$ adds up $n_\text{out}$ terms, so
# to keep the size of $\delta$, $n_\text{out} \mathrm{Var}(w)$ should be 1 (for ReLU 2, since its $f'$ is 0 for one
# half of the neurons). Where $n_\text{in} \ne n_\text{out}$, both cannot be had. [Glorot's compromise](#src-glorot)
# puts the mean of the two numbers in their place:
#
# $$\mathrm{Var}(w) = \frac{1}{\frac12(n_\text{in} + n_\text{out})} = \frac{2}{n_\text{in} + n_\text{out}}.$$
#
# Any distribution with this variance will do. Usual are the normal one, and an even draw between $-r$ and $r$. There
# its density is $\frac{1}{2r}$, and [so](#src-uniform-variance)
#
# $$\mathrm{Var}(w) = \int_{-r}^{r} \frac{w^2}{2r}\,dw = \frac{1}{2r} \cdot \frac{2 r^3}{3} = \frac{r^2}{3}
#   \quad\Longrightarrow\quad r = \sqrt{3\,\mathrm{Var}(w)}.$$

# %%
n_in, n_out = 64, 100
print("from 64 to 100 neurons:  Var(w)           r   variance of 6,400 draws")
for name, variance in [("lecun", 1 / n_in), ("glorot", 2 / (n_in + n_out)), ("he", 2 / n_in)]:
    r = np.sqrt(3 * variance)
    W = getattr(tn.initializers, f"{name}_uniform")((n_in, n_out), np.random.default_rng(0))
    print(f"{name:>22}  {variance:.6f}  {r:.8f}   {W.var():.6f}")
    assert np.array_equal(W, np.random.default_rng(0).uniform(-r, r, (n_in, n_out)))
    assert abs(W.var() / variance - 1) < 0.05

# %% [markdown]
# The three names are those of
# [LeCun, Bottou, Orr and Müller (1998)](https://doi.org/10.1007/3-540-49430-8_2),
# [Glorot and Bengio (2010)](https://proceedings.mlr.press/v9/glorot10a.html) and
# [He, Zhang, Ren and Sun (2015)](https://arxiv.org/abs/1502.01852). In tinynet each comes as `_uniform` and as
# `_normal`; `Dense` takes the name as `kernel_initializer`, for Keras calls $W$ a *kernel*, and uses `glorot_uniform`
# if you do not say otherwise.
#
# In one layer, weights twice as large do little. In twenty layers they make the signal $2^{20}$, a million, times as
# large. Here are networks of twenty hidden ReLU layers, 128 neurons each, whose weights are He's, half as large, and
# twice as large. Then each layer multiplies the size of the signal by 1, $\frac12$ or 2, and 64 digits on their way
# through show it.


# %%
def deep_model(scale, activation="relu", initializer=tn.initializers.he_normal):
    deep = tn.Sequential(seed=0)
    for l in range(20):
        deep.add(
            tn.Dense(
                128,
                activation=activation,
                kernel_initializer=lambda shape, rng: scale * initializer(shape, rng),
                input_dim=64 if l == 0 else None,
            )
        )
    deep.add(tn.Dense(10, activation="softmax"))
    return deep


def sizes_by_layer(deep):
    """The root mean square of a in layers 0…20, and of δ in layers 1…20."""
    trace = tn.introspect.trace(deep, x_train[:64], y_train[:64], loss="categorical_crossentropy")
    a = [np.sqrt(np.mean(trace[l].a ** 2)) for l in range(21)]
    delta = [np.sqrt(np.mean(trace[l].delta ** 2)) for l in range(1, 21)]
    return np.array(a), np.array(delta)


depth = {scale: sizes_by_layer(deep_model(scale)) for scale in (0.5, 1, 2)}
for scale, (a, delta) in depth.items():
    print(
        f"{scale:3g} × He: size of a from {a[0]:.2g} to {a[20]:.2g}; of δ from {delta[19]:.2g} back to {delta[0]:.2g}"
    )
    assert 0.25 < a[20] / (a[0] * float(scale) ** 20) < 4
    assert 0.25 < delta[0] / (delta[19] * float(scale) ** 19) < 4

# %% tags=["hide-input"] mystnb={"image": {"alt": "Two panels over twenty layers, logarithmic: with half of He's weights a and δ shrink a millionfold, with twice they grow a millionfold, with He's own they stay level."}}
fig, panels = plt.subplots(1, 2, figsize=(7, 3.6), layout="constrained")
styles = {2: ("s-", VERMILION, "2 × He"), 1: ("o-", GREEN, "He"), 0.5: ("^-", BLUE, "½ × He")}
for scale, (style, colour, label) in styles.items():
    a, delta = depth[scale]
    panels[0].semilogy(range(21), a, style, color=colour, markersize=4, label=label)
    panels[0].semilogy(range(21), a[0] * float(scale) ** np.arange(21), ":", color="black")
    panels[1].semilogy(range(1, 21), delta, style, color=colour, markersize=4, label=label)
    panels[1].semilogy(range(1, 21), delta[19] * float(scale) ** np.arange(19, -1, -1), ":", color="black")
panels[0].set(title="forward: $a^l$", xlabel="layer $l$", ylabel="root mean square", xticks=range(0, 21, 5))
panels[1].set(title=r"backward: $\delta^l$", xlabel="layer $l$", xticks=[1, 5, 10, 15, 20])
panels[0].legend(title="dotted: derived")
plt.show()

# %% [markdown]
# A signal that has shrunk a millionfold carries hardly anything of the image to the output, and a $\delta$ that has
# shrunk so hardly moves the first layers: this is the *vanishing gradient*. Adam divides by the size of the gradient,
# and even so:

# %%
print(f"loss without knowledge: {np.log(10):.2f}")
after = {}
for scale in (0.5, 1, 2):
    deep = deep_model(scale)
    deep.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    losses = deep.fit(x_train, y_train, epochs=3, verbose=0).history["loss"]
    after[scale] = deep.evaluate(x_val, y_val)["accuracy"]
    spelled = ", ".join(f"{value:.2f}" for value in losses)
    print(f"{scale:3g} × He: loss in the epochs 1, 2, 3: {spelled}; right on validation: {after[scale]:.0%}")
assert after[1] > after[2] > after[0.5]

# %% [markdown]
# Weights too small by half have learned little in three epochs. Weights too large by two begin with an absurd
# loss, which the second habit would have told before training.
#
# With tanh, too large weights do another kind of harm. The signal cannot grow, since tanh ends at ±1; instead the
# neurons sit where tanh is flat, and $f'(z) = 1 - a^2$ is almost 0.

# %%
flat_share = {}
for scale in (1, 4):
    deep = deep_model(scale, activation="tanh", initializer=tn.initializers.lecun_normal)
    a_20 = deep.get_activations(x_train[:64])[19]  # entry 0 is layer 1
    flat_share[scale] = np.mean(1 - a_20**2 < 0.1)
    print(
        f"{scale} × LeCun, layer 20: size of a {np.sqrt(np.mean(a_20**2)):.2f}; f′(z) < 0.1 in {flat_share[scale]:.0%}"
    )
assert flat_share[1] == 0 and flat_share[4] > 0.5

# %% [markdown]
# (With LeCun's own weights the signal still shrinks a little in every layer, because $|\tanh z|$ is always a little
# less than $|z|$. The derivation took them as equal.)
#
# ## The loop by hand, and the same in one call
#
# One hidden layer is enough for these digits. Training is four lines, in two loops: predict, compare, walk back, step
# downhill. The two figures that are kept, loss and accuracy, are means over the examples of the epoch, taken while
# the weights changed. The generator of the batches is the one that a model with seed 0 deals by, so that we can
# compare.

# %%
by_hand = new_model(seed=0)
optimizer = tn.Adam(learning_rate=0.003)
rng = np.random.default_rng([0, 1])  # the model's seed, and the number of this stream of random numbers
history_by_hand = tn.History()  # lists of figures, epoch by epoch
for epoch in range(20):
    loss_sum = right = 0.0
    for x_batch, y_batch in tn.data.batches(x_train, y_train, 32, seed=rng):
        a = by_hand(x_batch)
        loss = tn.categorical_crossentropy(a, y_batch)
        loss.backward()
        optimizer.step(by_hand.parameters())
        loss_sum += loss.item() * len(x_batch)  # the last batch is shorter and counts less
        right += np.sum(a.data.argmax(axis=1) == y_batch.argmax(axis=1))
    history_by_hand.add(epoch, {"loss": loss_sum / N, "accuracy": right / N})
print(history_by_hand)

# %% [markdown]
# Everybody writes this loop, so it is in [model.py](../tinynet/model.py), written once: `fit`. With
# `validation_data` it also evaluates the network on those at the end of every epoch. It shows a progress bar;
# `verbose=2` prints a line an epoch instead, and `verbose=0` nothing. It returns a `History`.

# %%
model = new_model(seed=0)
history = model.fit(x_train, y_train, epochs=20, batch_size=32, validation_data=(x_val, y_val), verbose=0)
for epoch in (0, 1, 4, 9, 19):
    print(f"epoch {epoch + 1:2d}: ", ", ".join(f"{name} {v[epoch]:.4f}" for name, v in history.history.items()))

for W, W_by_hand in zip(model.get_weights(), by_hand.get_weights()):
    assert np.array_equal(W, W_by_hand)  # the same bits
for name in ("loss", "accuracy"):
    assert np.allclose(history.history[name], history_by_hand.history[name], rtol=1e-12)
assert history.history["val_accuracy"][-1] > 0.94

# %% [markdown]
# Not one bit of the weights differs, for the same seed and any number of threads. So a result can be repeated, and
# when two runs differ, it is because of what *you* changed. Another seed gives another network, and it pays to know
# how much that matters before one believes in an improvement:

# %%
scores = []
for seed in range(4):
    other = new_model(seed)
    other.fit(x_train, y_train, epochs=20, verbose=0)
    scores.append(other.evaluate(x_val, y_val)["accuracy"])
print("right on validation, seeds 0…3:", ", ".join(f"{score:.1%}" for score in scores))

# %% [markdown]
# ## What it gets wrong
#
# Accuracy, [the share whose largest output is the right one](#src-accuracy), is one number. A *confusion matrix* says
# more: the entry in row $i$ and column $j$ counts the images of digit $i$ that were read as $j$.

# %%
a = model.predict(x_val)
true, read = y_val.argmax(axis=1), a.argmax(axis=1)
confusion = np.zeros((10, 10), int)
np.add.at(confusion, (true, read), 1)  # adds 1 for each image, also where a pair of digits comes twice
wrong = np.flatnonzero(true != read)
print(confusion)
print(f"{np.trace(confusion)} of {len(true)} right")
assert confusion.sum() == len(x_val) and np.isclose(np.trace(confusion) / len(x_val), tn.metrics.accuracy(a, y_val))

# %% tags=["hide-input"] mystnb={"image": {"alt": "Left: the 10 by 10 confusion matrix, nearly all counts on the diagonal. Right: six misread images with the digit written, the digit read, and its probability."}}
fig = plt.figure(figsize=(7, 4), layout="constrained")
left, right_side = fig.subfigures(1, 2, width_ratios=[1.25, 1])
ax = left.subplots()
ax.imshow(np.sqrt(confusion), cmap="Greys")  # the root, or single mistakes would be invisible
for i, j in zip(*np.nonzero(confusion)):
    colour = "white" if i == j else VERMILION
    ax.text(j, i, confusion[i, j], ha="center", va="center", color=colour, fontweight="normal" if i == j else "bold")
ax.set(title="images, by digit and answer", xlabel="read as", ylabel="written")
ax.set_xticks(range(10))
ax.set_yticks(range(10))
worst_first = wrong[np.argsort((a * y_val).sum(axis=1)[wrong])]
for ax, n in zip(right_side.subplots(3, 2).flat, worst_first):
    ax.imshow(x_val[n].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    ax.set_title(f"{true[n]}, read as {read[n]} ({a[n, read[n]]:.2f})", fontsize=9)
    ax.set(xticks=[], yticks=[])
right_side.suptitle("the worst six (probability)", fontsize=11)
plt.show()

# %% [markdown]
# Look at the wrong ones before you change the network. Some of them you would hesitate over yourself, at 8 × 8
# pixels.
#
# ## Overfitting: learning the examples instead of the digits
#
# Let the network train on 100 images only, and for long. It has 4,810 parameters: more than enough to recite them.

# %%
few = slice(0, 100)
model = new_model()
history = model.fit(x_train[few], y_train[few], epochs=300, batch_size=10, validation_data=(x_val, y_val), verbose=0)
figures = history.history
best = int(np.argmin(figures["val_loss"]))
for epoch in (best, 299):
    print(f"epoch {epoch + 1:3d}: ", ", ".join(f"{name} {v[epoch]:.4f}" for name, v in figures.items()))
assert figures["loss"][-1] < 0.001 and figures["val_loss"][-1] > 1.2 * figures["val_loss"][best]

# %% mystnb={"image": {"alt": "Training loss falls to 0; validation loss falls, turns near epoch 50 and rises. Training accuracy is 1, validation accuracy stays below 0.9."}}
axes = tn.introspect.plot_history(history)
axes[0].set(ylim=(0, 1), title="trained on 100 images")
axes[1].set_ylim(0.6, 1.02)
for ax in axes:
    ax.axvline(best + 1, color="black", linestyle=":")
axes[0].text(best + 5, 0.85, f"smallest validation loss, epoch {best + 1}")
plt.show()

# %% [markdown]
# The two curves of the loss part, and from the dotted line on the network gets better at its examples and worse at
# the digits: it *overfits*. Look closely at what gets worse. The validation loss rises by some 30 %, but the accuracy
# hardly moves. The network reads few images more wrong than before. It becomes ever more certain, also of its
# mistakes, and the cross-entropy counts $-\ln$ of the probability that is left for the truth.


# %%
def mistakes(model):
    """How many validation images are read wrong, and the mean probability given to the wrong answers."""
    a = model.predict(x_val)
    missed = a.argmax(axis=1) != y_val.argmax(axis=1)
    return missed.sum(), a.max(axis=1)[missed].mean()


recited, at_the_end = model, mistakes(model)
print("after 300 epochs: {} read wrong, with a probability of {:.2f} on average".format(*at_the_end))
print(f"validation loss: {figures['val_loss'][-1] / figures['val_loss'][best]:.2f} times the smallest")

# %% [markdown]
# The best remedy is more examples. No other one in this chapter does so much:

# %%
by_count = {}
for count in (50, 100, 200, 500, N):
    model = new_model()
    model.fit(x_train[:count], y_train[:count], epochs=20 * N // count, verbose=0)  # as many looks at images for all
    by_count[count] = model.evaluate(x_val, y_val)["accuracy"]
print("right on validation, by number of examples:", {n: f"{score:.1%}" for n, score in by_count.items()})
assert list(by_count.values()) == sorted(by_count.values())

# %% [markdown]
# When there are no more, there are three usual remedies.
#
# **Early stopping: keep the weights of the best epoch.** Stop when the validation loss has not improved for some
# epochs, the *patience*. In `fit` that is a `tn.Callback`: an object whose methods `fit` calls while it trains. Here,
# in full:


# %%
class EarlyStopping(tn.Callback):
    def __init__(self, patience):
        self.patience = patience
        self.best_loss, self.best_epoch, self.best_weights = np.inf, 0, None

    def on_epoch_end(self, epoch, logs):  # logs: the figures of this epoch by name
        if logs["val_loss"] < self.best_loss:
            self.best_loss, self.best_epoch, self.best_weights = logs["val_loss"], epoch, self.model.get_weights()
        elif epoch - self.best_epoch >= self.patience:
            self.model.stop_training = True

    def on_train_end(self):
        self.model.set_weights(self.best_weights)


model, stopper = new_model(), EarlyStopping(patience=20)
stopped = model.fit(
    x_train[few],
    y_train[few],
    epochs=300,
    batch_size=10,
    validation_data=(x_val, y_val),
    callbacks=[stopper],
    verbose=0,
)
print(f"stopped after {len(stopped.epoch)} epochs of 300; the weights are those of epoch {stopper.best_epoch + 1}")
assert stopped.history["val_loss"] == figures["val_loss"][: len(stopped.epoch)]  # the same run, cut off
assert np.isclose(model.evaluate(x_val, y_val)["loss"], stopper.best_loss)
print("the stopped network: {} read wrong, with a probability of {:.2f} on average".format(*mistakes(model)))
assert mistakes(model)[1] < at_the_end[1]

# %% [markdown]
# It is wrong almost as often, but less sure of it. The validation set has now been used to choose something. Its loss
# at the best epoch is the smallest of many, so it is a little too good to be true. This is why there is a third set.
#
# **Weight decay: let every weight shrink unless the examples hold it up.** Since
# $\partial z_j/\partial a_i = w_{ij}$, a network with large weights may answer very differently to images that are
# nearly the same, and reciting needs such jumps. Its weights have grown for it:

# %%
grown = []
for name, network in {"at the beginning": new_model(), "best epoch": model, "after 300 epochs": recited}.items():
    grown.append([np.sqrt(np.mean(W**2)) for W in network.get_weights()[::2]])  # without the biases
    print("root mean square of W¹ and W², {:17} {:.3f} and {:.3f}".format(name + ":", *grown[-1]))
assert np.all(np.diff(grown, axis=0) > 0)

# %% [markdown]
# So add to the loss a price for large weights, $\frac{\lambda}{2} \sum w^2$, called *L2*. Its derivative is
# $\lambda w$, and the step becomes that of [chapter 7](07_descent.py),
#
# $$w \leftarrow w - \alpha\Big(\frac{\partial L}{\partial w} + \lambda w\Big)
#   = (1 - \alpha\lambda)\,w - \alpha\,\frac{\partial L}{\partial w}.$$
#
# The first form is [this line](#src-sgd) of `tn.SGD(l2=λ)`; tinynet applies it to every parameter that it is given,
# biases included. With Adam it is [AdamW](#src-adamw) that shrinks all weights by the same share.
#
# **Dropout: let no neuron rely on another.** In every training step each output of a layer is set to 0 with
# probability $p$, anew for each example, and what remains is divided by $1 - p$ ([Srivastava and others
# (2014)](https://jmlr.org/papers/v15/srivastava14a.html)). With a *mask* $m$ of zeros and ones this is [the
# line](#src-dropout)
#
# $$c = \frac{m \odot a}{1 - p}.$$
#
# Why divide? $m_i$ is 1 with probability $1 - p$, so on average $c_i$ is
# $(1-p) \cdot \frac{a_i}{1-p} + p \cdot 0 = a_i$: the next layer sees, on average, what it will see when nothing is
# dropped. And when the network is used, nothing is. With a pencil, for $a = (2, 4)$ and $p = \frac12$, where all four
# masks are equally likely:

# %%
a, p = np.array([2.0, 4.0]), 0.5
cs = np.array([np.array(m) * a / (1 - p) for m in [(0, 0), (0, 1), (1, 0), (1, 1)]])
print("c for the four masks:", cs.tolist(), " mean:", cs.mean(axis=0))
assert np.array_equal(cs.mean(axis=0), a)

# %% [markdown]
# On the way back the mask is a factor like any other. $c_i$ is $a_i$ times $m_i/(1-p)$, so with
# $g = \partial L/\partial c$ the gradient is [this line](#src-dropout-backward),
#
# $$\frac{\partial L}{\partial a} = \frac{g \odot m}{1 - p},$$
#
# with **the same** mask as on the way forward. What was silent did not act on the loss, and learns nothing from it.
# The check of [chapter 5](05_checking_gradients.py) works only if both losses use one mask: the generator must start
# afresh each time.


# %%
def loss_of(a):
    """Some loss of the dropped-out outputs, always with the same mask."""
    c = tn.dropout(a, 0.25, np.random.default_rng(7))
    return (c**2).sum()


a = tn.Tensor([[0.5, -1.0, 2.0, 0.25, 1.5, -0.75]])
loss = loss_of(a)
loss.backward()

m = np.random.default_rng(7).random(a.shape) >= 0.25  # True with probability 3/4
c = m * a.data / 0.75
assert np.allclose(loss.item(), np.sum(c**2))
assert np.allclose(a.grad, 2 * c * m / 0.75)  # g = ∂L/∂c = 2c

h = 1e-5
for i in range(6):
    e = h * np.eye(6)[i]
    difference = (loss_of(a.data + e).item() - loss_of(a.data - e).item()) / (2 * h)
    assert abs(difference - a.grad[0, i]) < 1e-9
print("m:    ", m.astype(int))
print("∂L/∂a:", a.grad.round(4))

# %% [markdown]
# In a network it is a layer, `tn.Dropout(p)`. `fit` switches it on; `predict`, `evaluate` and a plain `net(x)` leave
# it off. In a loop of your own say `net(x, training=True)`; forget it, and the layer does nothing. Its masks come
# from the model's seed, like all of the model's random numbers.

# %%
net = tn.Sequential([tn.Dense(64, activation="relu", input_dim=64), tn.Dropout(0.5)], seed=0)
off, first, second = net(x_val), net(x_val, training=True), net(x_val, training=True)
assert np.array_equal(off.data, net.predict(x_val)) and not np.array_equal(first.data, second.data)
print(f"mean output, dropout off: {off.data.mean():.4f}, on: {first.data.mean():.4f} and {second.data.mean():.4f}")
print(f"share of the positive outputs that was silenced: {np.mean(first.data[off.data > 0] == 0):.3f}")


# %% [markdown]
# Do these help, now that all 1,078 examples are used? One run proves nothing, as we have seen, so each is trained
# three times, from three seeds, for 60 epochs.


# %%
def with_dropout(seed):
    model = tn.Sequential(seed=seed)
    model.add(tn.Dense(64, activation="relu", input_dim=64))
    model.add(tn.Dropout(0.5))
    model.add(tn.Dense(10, activation="softmax"))
    model.compile(optimizer=tn.Adam(learning_rate=0.003), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def with_decay(seed):
    model = new_model(seed)
    optimizer = tn.AdamW(learning_rate=0.003, weight_decay=0.1)
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


print("               training loss   validation loss   right on validation")
remedies = {}
for name, make in {"none": new_model, "weight decay": with_decay, "dropout": with_dropout}.items():
    runs = []
    for seed in range(3):
        model = make(seed)
        model.fit(x_train, y_train, epochs=60, verbose=0)
        on_training, on_validation = model.evaluate(x_train, y_train), model.evaluate(x_val, y_val)
        runs.append([on_training["loss"], on_validation["loss"], on_validation["accuracy"]])
    remedies[name] = np.mean(runs, axis=0)
    print("{:>12} {:15.4f} {:17.4f} {:21.1%}".format(name, *remedies[name]))
for name in ("weight decay", "dropout"):
    assert remedies[name][0] > remedies["none"][0] and remedies[name][1] < remedies["none"][1]

# %% [markdown]
# Both make the training loss worse and the validation loss better, which is what they are for. The gain in accuracy
# is small, as small as what another seed can do. Each remedy has a number to turn, the patience, $\lambda$ or $p$,
# and whoever turns it until the validation accuracy is highest has again chosen by the validation set. We take
# dropout, and stop.
#
# ## The test set, opened once

# %%
final = with_dropout(seed=0)
final.fit(x_rest, y_rest, epochs=60, verbose=0)  # training and validation set together: the choices are made
accuracy = final.evaluate(x_test, y_test)["accuracy"]
standard_error = np.sqrt(accuracy * (1 - accuracy) / len(x_test))
neighbour = tn.metrics.accuracy(nearest_neighbour(x_test, x_rest, y_rest), y_test)
print(f"right on the test set: {accuracy:.1%} of {len(x_test)}, give or take {standard_error:.1%}")
print(f"the nearest neighbour: {neighbour:.1%}, keeping {x_rest.size:,} numbers where the network keeps 4,810")
assert accuracy > 0.96

# %% [markdown]
# Give or take what? If each image is read right with probability $q$, independently, then one image contributes 1 or
# 0 to the count, with variance $q(1-q)$, and the mean of $n$ of them has the variance $q(1-q)/n$. Its root is the
# *standard error*. Two results on such a test set that differ by less than it do not say which is better.
#
# And what does the number mean? That the network reads new digits *of these thirteen people*. The random split put
# digits of every writer into the training set. The file does not name the writers, but neighbours in it may be of one
# hand. So let each fifth of the file in turn be the test set, as it stands, and compare with fifths that are drawn at
# random. (The test rows may take part: nothing is chosen any more.)

# %%
orders = {"fifths at random": np.random.default_rng(0).permutation(len(x)), "fifths as in the file": np.arange(len(x))}
mean_of_fifths = {}
for name, order in orders.items():
    scores, neighbours = [], []
    for rows in np.array_split(order, 5):
        others = np.setdiff1d(order, rows)
        model = with_dropout(seed=0)
        model.fit(x[others], y[others], epochs=15, verbose=0)
        scores.append(model.evaluate(x[rows], y[rows])["accuracy"])
        neighbours.append(tn.metrics.accuracy(nearest_neighbour(x[rows], x[others], y[others]), y[rows]))
    mean_of_fifths[name] = np.mean(scores)
    print(f"{name}: network", ", ".join(f"{score:.1%}" for score in scores))
    print(f"   means: network {np.mean(scores):.1%}, nearest neighbour {np.mean(neighbours):.1%}")
assert mean_of_fifths["fifths as in the file"] < mean_of_fifths["fifths at random"] - 0.02

# %% [markdown]
# A whole stretch of the file is harder than rows from everywhere: neighbours in the file are alike, as digits of one
# hand are. The lower numbers are nearer to what somebody may expect who sends us a new form tomorrow. The authors of
# the data knew it: the writers of their test set had no part in their training set. **Put aside rows that differ from
# the training rows in the way in which tomorrow's rows will.**
#
# And the nearest neighbour wins, both times. It keeps about twenty times as many numbers, but on images as small as
# these it is hard to beat. An opponent that was measured belongs to an honest result, the more so if it wins.
#
# ## What the weights look like, and the model in a file
#
# The weights from the pixels to a neuron are an image. In a network without a hidden layer there is one for each
# digit. Neuron $j$ is the digit $j-1$, since pictures count from 1. Weight decay keeps the picture quiet. Below it
# are the weights of a network with 16 hidden neurons.

# %%
shallow = tn.Sequential([tn.Dense(10, activation="softmax", input_dim=64)], seed=0)
decay = tn.AdamW(learning_rate=0.003, weight_decay=1.0)
shallow.compile(optimizer=decay, loss="categorical_crossentropy", metrics=["accuracy"])
hidden_16 = new_model(neurons=16)
for name, model in {"no hidden layer": shallow, "16 hidden neurons": hidden_16}.items():
    model.fit(x_train, y_train, epochs=40, verbose=0)
    print(f"{name}: right on validation {model.evaluate(x_val, y_val)['accuracy']:.1%}")

# %% mystnb={"image": {"alt": "Above, ten images of weights: that of 0 is an orange ring with a purple middle. Below, sixteen of hidden neurons: strokes in most, and some that are faint noise."}}
fig, axes = plt.subplots(2, 1, figsize=(7, 9.5), height_ratios=[3, 4], layout="constrained")
tn.introspect.plot_weights(shallow, 1, image_shape=(8, 8), ax=axes[0])
tn.introspect.plot_weights(hidden_16, 1, image_shape=(8, 8), ax=axes[1])
plt.show()

# %% [markdown]
# The first of the ten is a ring with a purple middle: ink in the middle speaks against a 0. Of the hidden neurons
# some look for a stroke with paper beside it. But a few are faint noise all over, as if they had never learned
# anything. They have not:

# %%
for name, model, beginning, data, targets in [
    ("16 hidden neurons", hidden_16, new_model(neurons=16), x_train, y_train),
    ("64 and dropout", final, with_dropout(seed=0), x_rest, y_rest),
]:
    a = model.get_activations(data)[0]
    dead = (a == 0).all(axis=0)
    print(f"{name}: silent for every training image: neurons", 1 + np.flatnonzero(dead))
    dW = model.get_gradients(data, targets)[0]
    assert dead.any() and not dW[:, dead].any() and dW[:, ~dead].any(axis=0).all()
    assert not (beginning.get_activations(data)[0] == 0).all(axis=0).any()  # before training none was silent

# %% [markdown]
# Such a neuron is *dead*. Its $z$ is not positive for any image, so $\delta = \partial L/\partial a \odot f'(z)$ is 0
# for every image, and once Adam's memory of older gradients has faded, nothing moves its weights again. None of them
# began so: steps of the training have driven them there. It is no harm as long as enough others live.
# [Leaky ReLU](#src-leaky-relu) was invented against it.
#
# There is a second way not to move. $\partial L/\partial w_{ij} = \sum_n a_{ni}\,\delta_{nj}$ is 0 also where a pixel
# never has ink, $a_{ni} = 0$ for all $n$. Then the weights stand where the initializer put them, and an image with
# ink there would meet weights that nobody has trained. Weight decay would have shrunk them.

# %%
never_inked = (x_rest == 0).all(axis=0)
print("pixels without ink in all training images, marked #:")
print("\n".join("".join("#" if pixel else "." for pixel in row) for row in never_inked.reshape(8, 8)))

W_before, W_after = with_dropout(seed=0).get_weights()[0], final.get_weights()[0]
assert np.array_equal(W_before[never_inked], W_after[never_inked])
assert (W_before[~never_inked] != W_after[~never_inked]).any(axis=1).all()

# %% [markdown]
# `save` writes a model to one file: the weights, and what is needed to build the layers and to go on training. It
# contains no code. `tn.load_model` reads it, and the model predicts the same bits.

# %%
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "digits.npz")
    final.save(path)
    loaded = tn.load_model(path)
    print(f"{os.path.getsize(path):,} bytes")
assert np.array_equal(loaded.predict(x_test), final.predict(x_test))

# %% [markdown]
# ## What goes wrong
#
# Four mistakes, each without an error message.
#
# **`x` and `y` shuffled apart.** Two calls of the generator, two different orders, and the images have each other's
# labels. How does that look, with 500 of them?

# %%
rng = np.random.default_rng(1)
x_wrong, y_wrong = x_train[:500][rng.permutation(500)], y_train[:500][rng.permutation(500)]
model = new_model(neurons=128)
losses = model.fit(x_wrong, y_wrong, epochs=100, verbose=0).history["loss"]
on_training, on_validation = (model.evaluate(*data)["accuracy"] for data in [(x_wrong, y_wrong), (x_val, y_val)])
print("loss in the epochs 1, 2, 5, 100:", ", ".join(f"{losses[epoch]:.3f}" for epoch in (0, 1, 4, 99)))
print(f"right on its own training set: {on_training:.1%}, on the validation set: {on_validation:.1%}")
assert on_training > 0.9 and on_validation < 0.2
assert abs(losses[1] - np.log(10)) < 0.1

# %% [markdown]
# At first the loss stays near $\ln 10 \approx 2.303$: there is nothing to learn. A loss that will not leave $\ln 10$
# is the sign to look for. But train for long, with enough neurons, and it falls. The network learns its 500
# meaningless pairs by heart. ([Zhang and others (2017)](https://arxiv.org/abs/1611.03530) made networks for images do
# this with over a million of them.) Which shows the second mistake:
#
# **Testing on the training set.** By this measure the network above is excellent. It knows nothing.
#
# **Test data scaled by its own range.** If a pixel is brought to 0…1 by the smallest and largest value *in the rows
# at hand*, then the same image becomes another one in other company. With all 360 images that hardly shows. But one
# day a single image comes. Each of its pixels is its own smallest and largest, and all become 0:

# %%
scaled_model = new_model()
scaled_model.fit(tn.data.minmax_scale(x_train), y_train, epochs=20, verbose=0)
print("images at a time   scaled by their own range   scaled like=x_train")
for size in (360, 20, 5, 2, 1):
    scores = []
    for like in (None, x_train):
        parts = [tn.data.minmax_scale(x_val[n : n + size], like=like) for n in range(0, 360, size)]
        scores.append(scaled_model.evaluate(np.concatenate(parts), y_val)["accuracy"])
    print(f"{size:16d} {scores[0]:27.1%} {scores[1]:21.1%}")
assert scores[0] < 0.2 and scores[1] > 0.9

# %% [markdown]
# The repair is `like=x_train`, for validation, test and every image to come. (Our digits need no scaling: they are
# divided by 16, the largest count there can be, whatever the rows.)
#
# **Ready-made batches shuffled instead of rows.** The rows are in the order of their classes, as data often come.
# They are cut into batches, and in each epoch the *batches* are shuffled. It looks random. But nearly every batch is
# of one digit, and each step teaches the network that there is no other.

# %%
by_class = np.argsort(y_train.argmax(axis=1), kind="stable")
x_sorted, y_sorted = x_train[by_class], y_train[by_class]


def shuffled_batches(rng):
    return [(x_sorted[s : s + 32], y_sorted[s : s + 32]) for s in rng.permutation(np.arange(0, N, 32))]


def shuffled_rows(rng):
    return tn.data.batches(x_sorted, y_sorted, 32, seed=rng)


def scores_of_epochs(deal):
    model, optimizer, rng, scores = new_model(), tn.Adam(learning_rate=0.003), np.random.default_rng(0), []
    for _ in range(5):
        for x_batch, y_batch in deal(rng):
            tn.categorical_crossentropy(model(x_batch), y_batch).backward()
            optimizer.step(model.parameters())
        scores.append(model.evaluate(x_val, y_val)["accuracy"])
    return scores


only_batches, all_rows = scores_of_epochs(shuffled_batches), scores_of_epochs(shuffled_rows)
digits_in_batch = [len(np.unique(y_batch.argmax(axis=1))) for _, y_batch in shuffled_batches(np.random.default_rng(0))]
print(f"different digits in a ready-made batch: {np.mean(digits_in_batch):.1f} on average")
print("right on validation after the epochs 1…5:")
print("   batches shuffled:", ", ".join(f"{score:.1%}" for score in only_batches))
print("   rows shuffled:   ", ", ".join(f"{score:.1%}" for score in all_rows))
assert all(good > bad for good, bad in zip(all_rows, only_batches))

# %% [markdown]
# ## Summary
#
# | | |
# |---|---|
# | gradient of a batch | right on average, off by $\frac{\sigma}{\sqrt B}\sqrt{\frac{N-B}{N-1}}$ |
# | size of $z$ | $\mathrm{E}[z^2] = n_\text{in} \mathrm{Var}(w)\,\overline{a^2}$ |
# | LeCun, for tanh | $\mathrm{Var}(w) = 1/n_\text{in}$ |
# | He, for ReLU | $\mathrm{Var}(w) = 2/n_\text{in}$ |
# | Glorot, for both directions | $\mathrm{Var}(w) = 2/(n_\text{in} + n_\text{out})$ |
# | even draw from $-r$ to $r$ | $\mathrm{Var}(w) = r^2/3$ |
# | weight decay | $w \leftarrow (1 - \alpha\lambda)\,w - \alpha\,\partial L/\partial w$ |
# | dropout, in training | $c = m \odot a/(1-p)$, and back $\partial L/\partial a = g \odot m/(1-p)$ with the same $m$ |
#
# - Train on one set, choose by another, believe a third, which is opened once.
# - Before training: does the data match its description? Is the first loss about $\ln 10$?
# - More examples help most. Early stopping, weight decay and dropout help some.
# - A test set answers for data like itself. The same writers in both sets make it too friendly.
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch09.py`, then run `pytest tutorials/exercises -k ch09`.
#
# 1. `deal(x, y, batch_size, rng)`: the batches of one epoch, rows shuffled, nothing lost.
# 2. `he_uniform(n_in, n_out, rng)`: first weights for a layer of ReLU.
# 3. `confusion_matrix(a, y)`: which digit was read as which.
# 4. `dropout(a, p, rng)` and `dropout_backward(g, m, p)`: one mask for both.
# 5. `decay_step(parameters, gradients, learning_rate, lam)`: a step with weight decay, for weights and not for
#    biases.
# 6. `train(...)`: the whole loop with early stopping, by tinynet's tensors.
# 7. With a pencil: what is the variance of $c_i$ in dropout, for given $a_i$ and $p$?
# 8. With a pencil: leaky ReLU has the slope $s$ below 0. Which $\mathrm{Var}(w)$ keeps the size of the signal? Check
#    your answer with $s = 0$ and $s = 1$.
#
# The pencil's answers are at the end of the docstring of `tutorials/exercises/solutions/ch09.py`. Our network reads
# digits. [Chapter 10](10_seeing_inside.py) looks inside it, and inside networks that do not learn to.
