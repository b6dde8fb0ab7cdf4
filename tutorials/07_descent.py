# %% [markdown]
# # 7. Descent
#
# Chapters 4 to 6 answered one question for every weight of a network: if this weight grew a little, how would the
# loss answer? This chapter acts on the answers. It moves every weight a little against its derivative, asks again,
# and moves again; that is all that *learning* means in this book. A network will find XOR in this way, from random
# weights. Most of the chapter is about the one thing that the derivatives do not say: how far to move.
#
# ## What you will be able to do
#
# - derive $w \leftarrow w - \alpha\,\partial L/\partial w$, and say in which sense it is the best direction;
# - predict the learning rate at which descent begins to diverge, from the curvature of the loss;
# - write a training loop, and read from its losses what is wrong with it;
# - say why weights must not begin equal;
# - compute the first steps of momentum, Nesterov, Adagrad, RMSprop, Adam and AdamW with a pencil, say what each was
#   made for, and shrink their steps by a schedule.
#
# ## Which way is down
#
# A walker on a hillside in fog does not see the valley, but feels under the feet which way the ground falls. A
# network is in the same place: it knows the loss at its present weights, and how the loss changes close by.
#
# Two weights can be drawn. Here is one neuron, $a = \sigma(wx + b)$, with five examples and binary cross-entropy.
# [Chapter 4](04_backpropagation.py) gave its derivatives: $\delta_n = (a_n - y_n)/N$ for example $n$, and from it
# $\partial L/\partial w = \sum_n x_n \delta_n$ and $\partial L/\partial b = \sum_n \delta_n$. We start from
# $w = b = 0$, where every $a_n$ is ½ and a pencil is enough.

# %%
import matplotlib.pyplot as plt
import numpy as np

import tinynet as tn

BLUE, VERMILION, GREEN, ORANGE, PINK = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7"

inputs = np.array([0, 0.25, 0.5, 0.75, 1])
targets = np.array([0.0, 0, 1, 0, 1])


def sigma(z):
    return 1 / (1 + np.exp(-z))


def neuron_loss(p, x=inputs):
    """p holds w and b."""
    a = sigma(p[0] * x + p[1])
    return -np.mean(targets * np.log(a) + (1 - targets) * np.log(1 - a))


def neuron_gradient(p, x=inputs):
    delta = (sigma(p[0] * x + p[1]) - targets) / len(x)
    return np.array([np.sum(x * delta), np.sum(delta)])


start = np.zeros(2)
g = neuron_gradient(start)
print("δ      =", (sigma(0) - targets) / 5)
print(f"∂L/∂w  = {g[0]:.3f}   (0·0.1 + 0.25·0.1 − 0.5·0.1 + 0.75·0.1 − 1·0.1)")
print(f"∂L/∂b  = {g[1]:.3f}   (0.1 + 0.1 − 0.1 + 0.1 − 0.1)")
print(f"L      = {neuron_loss(start):.6f}  (ln 2)")
assert np.allclose(g, [-0.05, 0.1], rtol=1e-14)
assert np.isclose(neuron_loss(start), np.log(2))

# %% [markdown]
# ### The steepest direction
#
# Write all weights and biases of a network in one long row $w = (w_1, w_2, \dots)$, and their derivatives in another,
# $g = (g_1, g_2, \dots)$ with $g_i = \partial L/\partial w_i$: the *gradient*. Move the weights by a small
# $\Delta = (\Delta_1, \Delta_2, \dots)$. By Taylor's formula, up to terms with products of two small $\Delta$s,
#
# $$L(w + \Delta) \approx L(w) + \sum_i g_i \Delta_i = L(w) + |g|\,|\Delta| \cos\theta.$$
#
# The sum is the scalar product of two rows of numbers, $|g| = \sqrt{\sum_i g_i^2}$ and $|\Delta|$ are their lengths,
# and $\theta$ is the angle between them. Among all steps of the same length the loss falls fastest where $\cos\theta$
# is smallest, at $-1$: the step points against the gradient, $\Delta = -\alpha g$ with some $\alpha > 0$. So
# *gradient descent* moves every weight by [this line](#src-sgd),
#
# $$w \leftarrow w - \alpha\,g, \qquad g = \frac{\partial L}{\partial w}.$$
#
# (The line can add a term $\lambda w$ to $g$. It is 0 unless asked for, and has its turn with AdamW below.) $\alpha$
# is the *learning rate*. Put the step back into Taylor's formula, and it says how much is won:
#
# $$L(w - \alpha g) \approx L(w) - \alpha\,|g|^2.$$
#
# Since $|g|^2 \ge 0$, every small enough step goes down, unless all derivatives are 0. We check both claims without
# the scalar product: try 3,600 directions all around, and see which lowers the loss most.

# %%
angles = np.arange(3600) * 2 * np.pi / 3600
tried = [neuron_loss(start + 1e-4 * np.array([np.cos(t), np.sin(t)])) for t in angles]
best, expected = np.degrees(angles[np.argmin(tried)]), np.degrees(np.arctan2(-g[1], -g[0])) % 360
print(f"the best of 3,600 directions: {best:.1f}°,  against the gradient: {expected:.2f}°")
assert abs(best - expected) < 0.2

learning_rate = 1.0
after = start - learning_rate * g
predicted = neuron_loss(start) - learning_rate * g @ g
print(f"one step with α = 1: w = {after[0]:.2f}, b = {after[1]:.2f}")
print(f"L: predicted ln 2 − 0.0125 = {predicted:.6f}, computed {neuron_loss(after):.6f}")
assert abs(neuron_loss(after) - predicted) < 0.002

# %% [markdown]
# The picture shows the loss for every $w$ and $b$ as a map shows a hillside: lines connect points of equal height.
# Along such a line the loss does not change, so $\cos\theta = 0$ there: the arrows, which point along $-g$, cross
# every line at a right angle. The path takes 60 steps with $\alpha = 4$. It falls steeply into a valley first, and
# then creeps along the valley's floor; the chapter comes back to that.


# %%
def descend(gradient, start, learning_rate, steps, *data):
    """The start and the points after each step, a row each."""
    path = [np.array(start)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * gradient(path[-1], *data))
    return np.array(path)


path = descend(neuron_gradient, start, learning_rate=4, steps=60)
lowest = descend(neuron_gradient, start, learning_rate=4, steps=5000)[-1]
print(f"after 60 steps:    w = {path[-1, 0]:.4f}, b = {path[-1, 1]:.4f}, L = {neuron_loss(path[-1]):.6f}")
print(f"after 5,000 steps: w = {lowest[0]:.4f}, b = {lowest[1]:.4f}, L = {neuron_loss(lowest):.6f}")
print("gradient there:", neuron_gradient(lowest))
assert np.abs(neuron_gradient(lowest)).max() < 1e-12

# %% tags=["hide-input"] mystnb={"image": {"alt": "Contour lines of the loss over w and b. Arrows cross them at right angles. A path of 60 steps falls into a long valley and creeps along its floor towards the lowest point."}}
ws, bs = np.meshgrid(np.linspace(-1.5, 6.5, 120), np.linspace(-5, 1, 90))
heights = np.array([neuron_loss(p) for p in zip(ws.ravel(), bs.ravel())]).reshape(ws.shape)
fig, ax = plt.subplots(figsize=(7, 4.6), layout="constrained")
lines = ax.contour(ws, bs, heights, levels=[0.49, 0.5, 0.52, 0.56, 0.62, 0.7, 0.85, 1.1, 1.5, 2], colors="0.6")
ax.clabel(lines, fontsize=8)
for w in np.arange(-1, 6.1, 1):
    for b in np.arange(-4.5, 0.6, 1):
        down = -neuron_gradient([w, b])
        dw, db = 0.4 * down / np.hypot(*down)
        ax.annotate("", (w + dw, b + db), (w, b), arrowprops={"arrowstyle": "->", "color": ORANGE})
ax.plot(*path.T, "o-", color=BLUE, markersize=3, label="60 steps, α = 4")
ax.plot(*lowest, "*", color=VERMILION, markersize=14, label="the lowest point")
ax.set(title="the loss L of one neuron, and the way down", xlabel="weight w", ylabel="bias b", aspect="equal")
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# ## One step of a network, and ten thousand
#
# A network has more weights, and nothing else changes. `backward()` leaves the gradient of every parameter in its
# `.grad`, and an *optimizer* moves the parameters: `tn.SGD(learning_rate=0.5).step(parameters)` does
# $w \leftarrow w - \frac12 g$ for each. (SGD stands for *stochastic gradient descent*, descent by gradients that
# depend on chance. Where chance comes in is said near the end of the chapter; here there is none.)
#
# [Chapter 4](04_backpropagation.py) took one step of
# [Mazur's network](https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/) by hand. He moves the
# weights and leaves the biases, so we hand over only the weights.


# %%
def mazur():
    net = tn.Sequential([tn.Dense(2, activation="sigmoid", input_dim=2), tn.Dense(2, activation="sigmoid")])
    W1, W2 = [[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]]
    net.set_weights([np.array(W1), np.full(2, 0.35), np.array(W2), np.full(2, 0.60)])
    return net


def mazur_loss(net):
    return tn.half_squared_error(net([[0.05, 0.10]]), [[0.01, 0.99]])


print("    α   L − α|g|²   L after the step   difference")
for learning_rate in (0.5, 0.25, 0.125):
    net = mazur()
    weights = [layer.W for layer in net.layers]
    loss = mazur_loss(net)
    loss.backward()
    promised = loss.item() - learning_rate * sum(np.sum(W.grad**2) for W in weights)
    tn.SGD(learning_rate).step(weights)
    print(
        f"{learning_rate:5} {promised:11.9f} {mazur_loss(net).item():18.9f} {mazur_loss(net).item() - promised:12.1e}"
    )
    if learning_rate == 0.5:
        assert abs(mazur_loss(net).item() - 0.2910277737) < 5e-11  # chapter 4's
print(f"before: L = {loss.item():.9f}")

# %% [markdown]
# The promise $L - \alpha|g|^2$ is nearly kept, and half the step leaves a quarter of the difference: what Taylor's
# formula left out is proportional to $\alpha^2$. Now the loop, which is the whole of training: compute the loss, walk
# back, step, again.

# %%
net = mazur()
optimizer = tn.SGD(learning_rate=0.5)
weights = [layer.W for layer in net.layers]
for step in range(10_001):
    loss = mazur_loss(net)
    if step in (0, 1, 10, 100, 1000, 9_999, 10_000):
        print(f"after {step:6} steps: L = {loss.item():.10f}, a = {net.predict([[0.05, 0.10]]).round(9)}")
    if step == 9_999:
        assert abs(loss.item() - 0.0000351085) < 5e-11
    loss.backward()
    optimizer.step(weights)

# %% [markdown]
# Mazur's article reports 0.0000351085 after 10,000 steps: our loss after 9,999, to every digit. The outputs that it
# prints beside it, 0.015912196 and 0.984065734, are not quite ours. Where they come from is exercise 7.
#
# ## How long a step may be
#
# The gradient knows only the slope at one point. A step that is too long arrives where the slope is another. To see
# how long is too long, take the plainest valley, a parabola with one weight:
#
# $$L = \tfrac12 \lambda w^2, \qquad \frac{\partial L}{\partial w} = \lambda w.$$
#
# Its second derivative $\lambda$, the *curvature*, says how fast the slope changes. One step of descent is
#
# $$w \leftarrow w - \alpha\lambda w = (1 - \alpha\lambda)\,w, \qquad\text{so after } t \text{ steps}\qquad
#   w_t = (1 - \alpha\lambda)^t\, w_0.$$
#
# Everything is in the factor $1 - \alpha\lambda$. The weight goes to the minimum at 0 exactly if the factor lies
# strictly between $-1$ and $1$, that is, if
#
# $$0 < \alpha < \frac{2}{\lambda}.$$
#
# Below $1/\lambda$ it comes from one side, at $1/\lambda$ it arrives in one step, between $1/\lambda$ and $2/\lambda$
# it leaps to the other side each time, but less far, and beyond $2/\lambda$ farther each time: it *diverges*. The
# losses tell the same. For a parabola Taylor's formula is exact with its second term, $\frac12\lambda\Delta^2$:
#
# $$L(w - \alpha g) = L - \alpha g^2 + \tfrac12 \lambda \alpha^2 g^2 = L - \alpha\,g^2\,(1 - \tfrac12\alpha\lambda),$$
#
# and the bracket is positive up to the same bound, $\alpha < 2/\lambda$. With $\lambda = 4$ and $w_0 = 1$:

# %%
LAMBDA = 4.0
rates = {0.1: "creeps", 0.25: "arrives", 0.45: "settles", 0.5: "for ever", 0.55: "diverges"}
paths = {}
for learning_rate, word in rates.items():
    w = tn.Tensor([1.0])
    optimizer = tn.SGD(learning_rate)
    paths[learning_rate] = [w.item()]
    for _ in range(8):
        loss = (0.5 * LAMBDA * w * w).sum()
        loss.backward()
        optimizer.step([w])
        paths[learning_rate].append(w.item())
    factor = 1 - learning_rate * LAMBDA
    assert np.allclose(paths[learning_rate], factor ** np.arange(9), rtol=1e-12, atol=1e-12)
    print(
        f"α = {learning_rate:<4}  factor {factor:4.1f}   w:",
        *(f"{w:7.4f}" for w in paths[learning_rate][:5]),
        f"  {word}",
    )

# %% tags=["hide-input"] mystnb={"image": {"alt": "Steps on four equal parabolas. With α = 0.1 they come from one side, with 0.45 they leap across and settle, with 0.5 they go to and fro for ever, with 0.55 they climb out."}}
fig, panels = plt.subplots(1, 4, figsize=(8, 3.2), sharey=True, layout="constrained")
grid = np.linspace(-1.6, 1.6, 200)
for ax, learning_rate, colour in zip(panels, (0.1, 0.45, 0.5, 0.55), (BLUE, GREEN, ORANGE, VERMILION)):
    ax.plot(grid, 0.5 * LAMBDA * grid**2, color="0.7")
    walked = np.array(paths[learning_rate][:5])
    ax.plot(walked, 0.5 * LAMBDA * walked**2, "o-", color=colour)
    for t in (0, 1) if learning_rate == 0.5 else (0, 1, 2):
        ax.annotate(
            f"{t}", (walked[t], 0.5 * LAMBDA * walked[t] ** 2), (0, -14), textcoords="offset points", ha="center"
        )
    ax.set(title=f"α = {learning_rate}: {rates[learning_rate]}", xlabel="weight w", xlim=(-1.7, 1.7), ylim=(-0.7, 5))
    ax.title.set_fontsize(10)
panels[0].set_ylabel("loss L = 2w²")
fig.suptitle("the first steps on a parabola of curvature 4, where 2/λ = 0.5")
plt.show()

# %% [markdown]
# ### Many weights, many curvatures
#
# The loss of a network is no parabola. But near its lowest point, where all slopes are 0, Taylor's formula begins
# with the second derivatives $h_{ij} = \partial^2 L/\partial w_i\,\partial w_j$, a symmetric matrix $H$ (the
# *Hessian*). Linear algebra says of such a matrix: there are directions at right angles, its *eigenvectors*, along
# which the loss is its lowest value plus separate parabolas $\frac12\lambda_k u_k^2$, where $u_k$ is how far one has
# moved along direction $k$ and the curvatures $\lambda_k$ are the *eigenvalues* of $H$. `np.linalg.eigvalsh` computes
# them.
#
# So descent near the minimum is many parabolas at once, each with its own factor $1 - \alpha\lambda_k$ and all with
# the same $\alpha$. The steepest sets the limit, $\alpha < 2/\lambda_\text{max}$. The shallowest sets the pace: with
# $\alpha = 1/\lambda_\text{max}$ its factor is $1 - \lambda_\text{min}/\lambda_\text{max}$, close to 1 if the
# curvatures differ much. The ratio $\kappa = \lambda_\text{max}/\lambda_\text{min}$ is the *condition number*, and a
# valley with a large one is a *ravine*: steep walls, and a floor that hardly falls.
#
# For the neuron above, $\partial L/\partial w = \sum_n x_n\delta_n$ and $\partial L/\partial b = \sum_n \delta_n$.
# Differentiate once more, with $\partial\delta_n/\partial z_n = a_n(1 - a_n)/N$:
#
# $$H = \sum_n \frac{a_n(1 - a_n)}{N} \begin{pmatrix} x_n^2 & x_n \\ x_n & 1 \end{pmatrix}.$$
#
# The prediction of $2/\lambda_\text{max}$ can be tried: start very near the minimum, with an $\alpha$ a little below
# and a little above.


# %%
def neuron_hessian(p, x=inputs):
    a = sigma(p[0] * x + p[1])
    s = a * (1 - a) / len(x)
    return np.array([[np.sum(s * x * x), np.sum(s * x)], [np.sum(s * x), np.sum(s)]])


shallow, steep = np.linalg.eigvalsh(neuron_hessian(lowest))
print(f"curvatures {shallow:.5f} and {steep:.5f}: κ = {steep / shallow:.1f}, 2/λ_max = {2 / steep:.3f}")

distances = {}
for share in (0.98, 1.02):
    near = descend(neuron_gradient, lowest + 1e-6, share * 2 / steep, steps=100)
    distances[share] = np.hypot(*(near[-1] - lowest))
    print(f"α = {share} · 2/λ_max: from a distance of 1.4e-06 to {distances[share]:.1e} in 100 steps")
assert distances[0.98] < 1.4e-6 < distances[1.02]

# %% [markdown]
# A ravine is often made by the inputs. Ours lie between 0 and 1, so more $w$ and more $b$ do nearly the same to $z$,
# and one can be traded for the other at little cost: that is the valley's floor. Inputs with mean 0 and spread 1, as
# `tn.data.standardize` makes them ([chapter 1](01_one_neuron.py)), do not change what the neuron can compute, but
# they change the map on which it has to find its way.

# %%
standardized = tn.data.standardize(inputs[:, None])[:, 0]
steps_needed = {}
for name, x in {"0 … 1": inputs, "standardized": standardized}.items():
    bottom = descend(neuron_gradient, start, 4, 5000, x)[-1]
    shallow, steep = np.linalg.eigvalsh(neuron_hessian(bottom, x))
    walked = descend(neuron_gradient, start, 1 / steep, 1000, x)
    losses = np.array([neuron_loss(p, x) for p in walked])
    steps_needed[name] = int(np.argmax(losses < neuron_loss(bottom, x) + 1e-6))
    print(f"inputs {name:12}: κ = {steep / shallow:4.1f}, {steps_needed[name]} steps to within 0.000001 of the minimum")
assert steps_needed["standardized"] < steps_needed["0 … 1"] / 5

# %% [markdown]
# ## XOR, learned
#
# Now a whole network: two inputs, four hidden neurons with tanh, one output with a sigmoid. Nobody tells it how XOR
# is computed, as [chapter 2](02_forward.py) did; it begins with random weights, and the loop does the rest. First in
# NumPy, with the formulas of [chapter 4](04_backpropagation.py) for every $\delta$, then by tinynet from the same
# weights. `seed=0` makes the random numbers the same on every run; `net.parameters()` lists all $W$ and $b$.


# %%
x, y = tn.data.xor()


def xor_net(seed=0, **how):
    layers = [tn.Dense(4, activation="tanh", input_dim=2, **how), tn.Dense(1, activation="sigmoid", **how)]
    return tn.Sequential(layers, seed=seed)


W1, b1, W2, b2 = (array.copy() for array in xor_net().get_weights())
by_hand = []
for _ in range(2000):
    a1 = np.tanh(x @ W1 + b1)
    a2 = sigma(a1 @ W2 + b2)
    by_hand.append(-np.mean(y * np.log(a2) + (1 - y) * np.log(1 - a2)))

    delta2 = (a2 - y) / len(x)
    delta1 = (delta2 @ W2.T) * (1 - a1**2)
    W2 -= 0.5 * a1.T @ delta2
    b2 -= 0.5 * delta2.sum(axis=0)
    W1 -= 0.5 * x.T @ delta1
    b1 -= 0.5 * delta1.sum(axis=0)


def train(net, optimizer, steps):
    """The loss before each step."""
    losses = []
    for _ in range(steps):
        loss = tn.binary_crossentropy(net(x), y)
        losses.append(loss.item())
        loss.backward()
        optimizer.step(net.parameters())
    return losses


net = xor_net()
losses = train(net, tn.SGD(learning_rate=0.5), steps=2000)
assert np.allclose(losses, by_hand, rtol=1e-9, atol=0)
for step in (0, 10, 100, 500, 1000, 1999):
    print(f"step {step:4}: L = {losses[step]:.6f}")
print("outputs:", net.predict(x).ravel().round(4), " targets:", y.ravel())
assert np.array_equal(net.predict(x).round(), y)

# %% [markdown]
# Note that both $\delta$ are computed before the first weight moves: $\delta^1$ needs the $W^2$ that made the loss.
#
# The network's answer can be drawn for every point of the plane, not only for the four that it learned from. White is
# undecided, $a = \frac12$.

# %% tags=["hide-input"] mystnb={"image": {"alt": "The output for every input, before and after training. Before, a gentle slope, below one half at both points with target 1; after, an orange band of ones holds the two points with target 1, and purple zeros on both sides the others."}}
ticks = np.linspace(-0.4, 1.4, 91)
plane = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
fig, panels = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True, layout="constrained")
for ax, network, title in zip(panels, (xor_net(), net), ("before: random weights", "after 2,000 steps")):
    outputs = network.predict(plane).reshape(91, 91)
    image = ax.contourf(ticks, ticks, outputs, levels=np.linspace(0, 1, 21), cmap="PuOr_r")
    ax.contour(ticks, ticks, outputs, levels=[0.5], colors="black", linestyles="dashed")
    for value, marker in ((0, "o"), (1, "^")):
        points = x[y[:, 0] == value]
        ax.plot(*points.T, marker, color="white", markeredgecolor="black", markersize=9, label=f"target {value}")
    ax.set(title=title, xlabel="input $x_1$", aspect="equal")
panels[0].set_ylabel("input $x_2$")
panels[0].legend(loc="center", fontsize=9)
fig.colorbar(image, ax=panels, label="output a", ticks=[0, 0.5, 1])
plt.show()

# %% [markdown]
# Which learning rate? There is no formula, for the curvature changes as the weights move. One tries a few, a factor
# of 2 to 10 apart, and looks at the losses.

# %%
curves = {}
print("    α   L after 100    after 2,000   steps that went up")
for learning_rate in (0.05, 0.5, 2, 5, 20):
    curves[learning_rate] = train(xor_net(), tn.SGD(learning_rate), steps=2000)
    up = np.sum(np.diff(curves[learning_rate]) > 0)
    print(f"{learning_rate:5} {curves[learning_rate][100]:13.4f} {curves[learning_rate][-1]:14.4f} {up:20}")
assert min(curves, key=lambda learning_rate: curves[learning_rate][-1]) == 5
assert np.sum(np.diff(curves[5]) > 0) == 21 and np.all(np.diff(curves[5][100:]) < 0)
assert np.all(np.diff(curves[0.5]) < 0) and np.abs(np.array(curves[0.5][1:33]) - np.log(2)).max() < 0.05
assert np.mean(np.array(curves[20]) > np.log(2)) > 0.99

# %% tags=["hide-input"] mystnb={"image": {"alt": "Four loss curves on logarithmic axes. 0.05 falls late, 0.5 earlier, 5 jumps up and down and then falls lowest, 20 jumps about above ln 2 to the end."}}
fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
styles = zip((0.05, 0.5, 5, 20), (BLUE, GREEN, ORANGE, VERMILION), ("-", "--", "-.", ":"))
for learning_rate, colour, style in styles:
    ax.plot(np.arange(1, 2001), curves[learning_rate], style, color=colour, label=f"α = {learning_rate}")
ax.axhline(np.log(2), color="0.5", linewidth=0.8)
ax.text(130, 0.85, "ln 2: every output ½", fontsize=9, color="0.3")
ax.set(title="XOR: the same start, four learning rates", xlabel="step", ylabel="loss L", xscale="log", yscale="log")
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# - $\alpha = 0.05$ is safe and slow.
# - With 0.5 the loss falls at every step. For some thirty steps it stays near $\ln 2 = 0.693$, the loss of a network
#   that answers ½ to everything, and then it finds the way. Such a *plateau* is a place where all derivatives are
#   small; it need not be the end.
# - With 5 the loss goes up at 21 steps, all among the first hundred, and is the lowest of all at the end. A loss that
#   goes up is not by itself a failure: the step was too long for the place it started from.
# - With 20 the steps are too long everywhere. The loss does not run away as on the parabola, since tanh and sigmoid
#   flatten out, but at nearly every step it is above $\ln 2$: worse than knowing nothing.
#
# ## Why weights begin at random
#
# Why not begin with all weights 0? It looks neutral. Follow one step: $a^1 = \tanh(0) = 0$, so
# $\partial L/\partial W^2 = (a^1)^T\delta^2 = 0$; and $\delta^1 = (\delta^2 (W^2)^T) \odot f' = 0$, so
# $\partial L/\partial W^1 = 0$ and $\partial L/\partial b^1 = 0$. There remains $\partial L/\partial b^2$, the sum of
# $(a - y)/N$. With $a = \frac12$ everywhere, two targets 0 and two targets 1, it is 0 as well. The network stands on
# a point where nothing moves, for ever.
#
# Other equal weights do not help. Suppose that two hidden neurons $j$ and $k$ have equal weights in, equal biases and
# equal weights out. Then $z_j = z_k$ and $a_j = a_k$ for every example; the same products make $\delta_j = \delta_k$;
# so their derivatives are equal, and after the step they are equal again. They stay twins for ever, and a layer of
# such neurons can do no more than one of them. `kernel_initializer` says how a layer of tinynet gets its first $W$:

# %%
initializers = {"zeros": "zeros", "all 0.5": tn.initializers.constant(0.5), "random": "glorot_uniform"}
learned = {}
for name, initializer in initializers.items():
    net = xor_net(kernel_initializer=initializer)
    losses = train(net, tn.SGD(learning_rate=0.5), steps=2000)
    learned[name] = net.get_weights()[0]
    print(f"{name:7}  L = {losses[-1]:.6f}, W¹ =", np.array2string(learned[name], precision=3, prefix=" " * 28))
    if name == "zeros":
        assert np.allclose(losses, np.log(2), rtol=1e-15)
assert not learned["zeros"].any()
assert np.array_equal(learned["all 0.5"], learned["all 0.5"][:, :1].repeat(4, axis=1))  # equal to the last bit

# %% [markdown]
# Any small random numbers make the neurons different, and descent does the rest. (How large they should be in a deep
# network is a question for [chapter 9](09_digits.py). Biases may begin at 0: the weights have broken the tie.)
#
# ## Momentum: a heavier walker
#
# Now for the ravine. Descent has to choose $\alpha$ for the walls, and then creeps along the floor. The idea of
# *momentum* ([Polyak 1964](https://doi.org/10.1016/0041-5553%2864%2990137-5)): do not step along the present gradient
# alone, but along a velocity $v$ that adds up the gradients of the past, the older the weaker. [Each
# step](#src-momentum) keeps a part $\mu$ of the velocity, usually 0.9, which also begins at 0:
#
# $$v \leftarrow \mu v + g, \qquad w \leftarrow w - \alpha v.$$
#
# Put the first line into itself, $v = g_t + \mu\,g_{t-1} + \mu^2 g_{t-2} + \dots$, and see two cases.
#
# - Along the floor the gradient stays nearly the same. Then $v \to g\,(1 + \mu + \mu^2 + \dots) = g/(1 - \mu)$: with
#   $\mu = 0.9$ steps that are ten times as long.
# - Across the ravine it changes its sign each time. Then $v \to g\,(1 - \mu + \mu^2 - \dots) = g/(1 + \mu)$: half
#   as long.
#
# A pencil's worth of each. An optimizer needs nothing but `w.grad`, so we can put there whatever gradients we like:


# %%
def walk(optimizer, gradients, start=1.0):
    """Where one weight goes if these are its gradients, one after the other."""
    w, places = tn.Tensor([start]), []
    for g in gradients:
        w.grad = np.array([g])  # where backward() would leave it
        optimizer.step([w])
        places.append(w.item())
    return places


def momentum_by_hand(gradients, learning_rate, mu, w=1.0):
    v, places = 0.0, []
    for g in gradients:
        v = mu * v + g
        w = w - learning_rate * v
        places.append(w)
        print(f"   g = {g:5.2f}   v = {v:6.3f}   w = {w:.4f}")
    return places


for gradients in ([1.0, 1.0, 1.0, 1.0], [1.0, -1.0, 1.0, -1.0]):
    print("the same sign:" if gradients[1] > 0 else "alternating:")
    assert np.allclose(momentum_by_hand(gradients, 0.1, 0.9), walk(tn.SGD(0.1, momentum=0.9), gradients), rtol=1e-14)
v = [np.sum(r ** np.arange(400)) for r in (0.9, -0.9)]  # 1 ± 0.9 + 0.81 ± …, 400 terms
print(f"in the long run v = {v[0]:.3f} = 1/(1 − 0.9) and {v[1]:.3f} = 1/(1 + 0.9)")
assert np.allclose(v, [1 / (1 - 0.9), 1 / (1 + 0.9)])

# %% [markdown]
# On a parabola one can say exactly what is won. From $w_{t+1} = w_t - \alpha v_{t+1}$ and
# $v_{t+1} = \mu v_t + \lambda w_t$, with $\alpha v_t = w_{t-1} - w_t$,
#
# $$w_{t+1} = w_t - \mu\,(w_{t-1} - w_t) - \alpha\lambda w_t = (1 + \mu - \alpha\lambda)\,w_t - \mu\,w_{t-1}.$$
#
# Try $w_t = r^t$ and divide by $r^{t-1}$: it is a solution if $r^2 - (1 + \mu - \alpha\lambda)\,r + \mu = 0$. The two
# roots give two solutions, and the weight is a sum of multiples of them. The product of the roots is $\mu$. Where
# they are complex, they are conjugates, so $|r|^2 = \mu$: the weight swings, and its swings shrink by $\sqrt\mu$ a
# step, *whatever the curvature*. The roots are complex for $(1 + \mu - \alpha\lambda)^2 < 4\mu$, that is, for
#
# $$(1 - \sqrt\mu)^2 < \alpha\lambda < (1 + \sqrt\mu)^2.$$

# %%
mu = 0.9
low, high = (1 - mu**0.5) ** 2, (1 + mu**0.5) ** 2
print(
    f"μ = 0.9: complex for {low:.5f} < αλ < {high:.3f}, so for curvatures that differ by up to {high / low:.0f} times"
)
for alpha_lambda in (0.003, 0.1, 1, 3.7):
    r = np.roots([1, -(1 + mu - alpha_lambda), mu])
    print(f"αλ = {alpha_lambda:5}: |r| = {np.abs(r[0]):.6f} and {np.abs(r[1]):.6f}")
    assert np.allclose(np.abs(r), mu**0.5)
print(f"in 100 steps: {mu**50:.4f} with momentum; without, for κ = 100 and α = 1/λ_max: {(1 - 1 / 100) ** 100:.4f}")

# %% [markdown]
# ### Nesterov: look where you are going
#
# Momentum will carry the weight by $-\alpha\mu v$ in any case. [Nesterov (1983)](https://www.mathnet.ru/eng/dan46009)
# measures the gradient where the weight will be then, at $u = w - \alpha\mu v$, so the velocity learns earlier that
# the ground rises:
#
# $$v' = \mu v + g(u), \qquad w' = w - \alpha v'.$$
#
# That is awkward in a program, where `backward()` computes the gradient at the weights that the network has. The way
# out is to let the network hold $u$ instead of $w$. With $w = u + \alpha\mu v$ and $\mu v = v' - g$, the next place
# to look from is
#
# $$\begin{aligned}
# u' = w' - \alpha\mu v' &= u + \alpha\mu v - \alpha v' - \alpha\mu v' \\
#    &= u + \alpha\,(v' - g) - \alpha v' - \alpha\mu v' = u - \alpha\,(g + \mu v').
# \end{aligned}$$
#
# [This line](#src-nesterov) computes it, and calls $u$ again $w$. We check it against the two formulas that it came
# from, on the parabola with $\lambda = 4$.

# %%
learning_rate, mu = 0.1, 0.9
w, v, looked_from = 1.0, 0.0, []
for _ in range(6):
    u = w - learning_rate * mu * v
    looked_from.append(u)
    v = mu * v + LAMBDA * u
    w = w - learning_rate * v

held = tn.Tensor([1.0])
optimizer = tn.SGD(learning_rate, momentum=mu, nesterov=True)
for u in looked_from:
    print(f"u = {u:9.6f}   tinynet's w = {held.item():9.6f}")
    assert np.isclose(held.item(), u, rtol=1e-12)
    held.grad = LAMBDA * held.data
    optimizer.step([held])

# %% [markdown]
# ## A step of its own for each weight
#
# Momentum uses one $\alpha$ for all weights. In a network, gradients of different weights differ a thousandfold, if
# only because inputs do. The next three rules divide each weight's step by the size that its gradients have had.
#
# **Adagrad** ([Duchi, Hazan and Singer 2011](https://jmlr.org/papers/v12/duchi11a.html)) [adds up their
# squares](#src-adagrad), for each weight by itself:
#
# $$s \leftarrow s + g^2, \qquad w \leftarrow w - \frac{\alpha\,g}{\sqrt s + \epsilon}.$$
#
# $\epsilon$, as small as $10^{-10}$, only prevents 0/0. The first step is $\alpha\,g/|g|$: its length is $\alpha$,
# for any gradient. If the gradient stays the same, $s = t\,g^2$ after $t$ steps, and the step is $\alpha/\sqrt t$. So
# the steps shrink, and since $s$ never forgets, they also shrink where they should not: one long slope at the
# beginning makes a weight slow for the rest of its life.
#
# **RMSprop** ([Tieleman and Hinton 2012](https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf))
# forgets. [It keeps a running mean](#src-rmsprop) of the squares: of the old $s$ a share $\rho$, usually 0.9, and the
# rest from the new square.
#
# $$s \leftarrow \rho s + (1 - \rho)\,g^2, \qquad w \leftarrow w - \frac{\alpha\,g}{\sqrt s + \epsilon}.$$


# %%
def adagrad_by_hand(gradients, learning_rate, epsilon=1e-10, w=1.0):
    s, places = 0.0, []
    for g in gradients:
        s = s + g**2
        w = w - learning_rate * g / (s**0.5 + epsilon)
        places.append(w)
    return places


def rmsprop_by_hand(gradients, learning_rate, rho=0.9, epsilon=1e-8, w=1.0):
    s, places = 0.0, []
    for g in gradients:
        s = rho * s + (1 - rho) * g**2
        w = w - learning_rate * g / (s**0.5 + epsilon)
        places.append(w)
    return places


for gradients in ([3.0, 3.0, 3.0, 3.0], [0.003, 0.003, 0.003, 0.003]):
    adagrad, rmsprop = adagrad_by_hand(gradients, 0.1), rmsprop_by_hand(gradients, 0.1)
    assert np.allclose(adagrad, walk(tn.Adagrad(0.1), gradients), rtol=1e-14)
    assert np.allclose(rmsprop, walk(tn.RMSprop(0.1), gradients), rtol=1e-14)
    print(f"g = {gradients[0]}, four times; the steps, in units of α = 0.1:")
    print("   Adagrad", (-np.diff([1, *adagrad]) / 0.1).round(4), "  1, 1/√2, 1/√3, 1/√4")
    print("   RMSprop", (-np.diff([1, *rmsprop]) / 0.1).round(4), "  1/√(1 − 0.9ᵗ)")
assert np.allclose(-np.diff([1, *adagrad]) / 0.1, 1 / np.sqrt([1, 2, 3, 4]), rtol=1e-6)

# %% [markdown]
# A gradient a thousand times smaller makes the same steps. But RMSprop's first step is more than three times what was
# asked for. The running mean began at 0, so after $t$ equal gradients it is not $g^2$ but $(1 - \rho^t)\,g^2$: at
# first a tenth of it.
#
# ## Adam
#
# Adam ([Kingma and Ba 2014](https://arxiv.org/abs/1412.6980)) puts the two ideas together: [a running
# mean](#src-adam-moments) $m$ of the gradients, which is a momentum, and one of their squares, $s$ (papers write
# $v$),
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\,g, \qquad s \leftarrow \beta_2 s + (1 - \beta_2)\,g^2,$$
#
# and repairs their beginning. Put the first line into itself: after $t$ steps
#
# $$m_t = (1 - \beta_1) \sum_{k=1}^{t} \beta_1^{\,t-k}\, g_k.$$
#
# Each gradient has its share in this sum, and the shares of a mean should add up to 1. Here they add up to
# $(1 - \beta_1)(1 + \beta_1 + \dots + \beta_1^{t-1}) = 1 - \beta_1^t$, by the sum of a geometric series: to 0.1 after
# the first step with the usual $\beta_1 = 0.9$, and only later nearly to 1. So divide by just that, and do the same
# with $s$, where the usual $\beta_2$ is 0.999. This *bias correction* is in [the step](#src-adam):
#
# $$\hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat s = \frac{s}{1 - \beta_2^t}, \qquad
#   w \leftarrow w - \frac{\alpha\,\hat m}{\sqrt{\hat s} + \epsilon}.$$
#
# At $t = 1$ the corrected means are $g$ and $g^2$, and the step is $\alpha\,g/|g|$ (but for $\epsilon = 10^{-8}$):
# exactly as long as asked for. Two steps with the pencil, $\alpha = 0.1$:


# %%
def adam_by_hand(gradients, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=0.0, w=1.0):
    m = s = 0.0
    places = []
    for t, g in enumerate(gradients, start=1):
        w = w - learning_rate * weight_decay * w  # AdamW's part, explained below
        m = beta_1 * m + (1 - beta_1) * g
        s = beta_2 * s + (1 - beta_2) * g**2
        m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
        w = w - learning_rate * m_hat / (s_hat**0.5 + epsilon)
        places.append(w)
        if t <= 2:
            print(f"t = {t}: g = {g:4}, m = {m:6.3f}, s = {s:.8f}, m̂ = {m_hat:9.6f}, ŝ = {s_hat:.6f}, w = {w:.6f}")
    return places


gradients = [0.5, -1.0, 0.25, 2.0]
assert np.allclose(adam_by_hand(gradients, 0.1), walk(tn.Adam(0.1), gradients), rtol=1e-14)
uncorrected = 0.1 / 0.001**0.5
print(f"without the correction the first step would be (1 − β₁)/√(1 − β₂) = {uncorrected:.2f} times α")
assert np.allclose(walk(tn.Adam(0.1), [1e-3]), walk(tn.Adam(0.1), [1e3]), rtol=1e-5)

# %% [markdown]
# ### AdamW: a pull towards 0 that is not divided
#
# Large weights make a network's answers jump from example to example ([chapter 9](09_digits.py) says more). One pulls
# them towards 0 by adding to the loss, for every weight, a parabola $\frac12\lambda w^2$ with a small $\lambda$. Its
# derivative is $\lambda w$, so the gradient becomes $g + \lambda w$. That is the term in [SGD's line](#src-sgd),
# `tn.SGD(l2=λ)`, and there it shrinks every weight by the same share:
# $w - \alpha(g + \lambda w) = (1 - \alpha\lambda)\,w - \alpha g$.
#
# In Adam the sum $g + \lambda w$ is divided by the size of the gradients, and the pull along with it: weights with
# large gradients are hardly pulled at all. [AdamW](#src-adamw) ([Loshchilov and Hutter
# 2017](https://arxiv.org/abs/1711.05101)) takes the pull out of the gradient and shrinks the weight itself first,
# $w \leftarrow w - \alpha\lambda w$; the rest is Adam. To see the difference, take two weights of which the data ask
# nothing, gradients that only alternate, one between $\pm 10$, the other between $\pm 0.1$.

# %%
noise = np.array([10.0, 0.1])
ways = {
    "SGD, λw in g": (tn.SGD(0.001, l2=0.2), 0.0),
    "Adam, λw in g": (tn.Adam(0.001), 0.2),
    "AdamW": (tn.AdamW(0.001, weight_decay=0.2), 0.0),
}
final = {}
print("after 2,000 steps, both from w = 1      noise ±10    noise ±0.1")
for name, (optimizer, in_the_gradient) in ways.items():
    w = tn.Tensor([1.0, 1.0])
    for t in range(2000):
        w.grad = (-1) ** t * noise + in_the_gradient * w.data
        optimizer.step([w])
    final[name] = w.data.copy()
    print(f"   {name:33} {final[name][0]:12.4f} {final[name][1]:13.4f}")
print(f"to compare: (1 − αλ)²⁰⁰⁰ = {(1 - 0.001 * 0.2) ** 2000:.4f}")
assert np.allclose(final["SGD, λw in g"], 0.9998**2000, atol=0.01)
assert np.allclose(final["AdamW"], 0.9998**2000, atol=0.01)
assert final["Adam, λw in g"][0] > 0.95 and final["Adam, λw in g"][1] < 0.1
print("\nthe two steps of above with AdamW, λ = 0.3:")
adamw = walk(tn.AdamW(0.1, weight_decay=0.3), gradients)
assert np.allclose(adamw, adam_by_hand(gradients, 0.1, weight_decay=0.3), rtol=1e-14)

# %% [markdown]
# ## The same ravine for all
#
# A ravine with curvatures 1 and 100, the same start, 100 steps for each rule, and for each the best of the same
# fourteen learning rates $2^{-12}, \dots, 2^1$. Then the same ravine once more, turned by 45°. (AdamW is left out:
# without its pull it is Adam.)


# %%
CURVATURES = np.array([1.0, 100.0])
TURN = np.array([[1.0, -1.0], [1.0, 1.0]]) / 2**0.5
START = np.array([[-3.7, 1.1]])
RULES = {
    "SGD": tn.SGD,
    "momentum": lambda a: tn.SGD(a, momentum=0.9),
    "Nesterov": lambda a: tn.SGD(a, momentum=0.9, nesterov=True),
    "Adagrad": tn.Adagrad,
    "RMSprop": tn.RMSprop,
    "Adam": tn.Adam,
}


def ravine(w, axes):
    """½ u₁² + 50 u₂², where u = w along the axes of the ravine."""
    return (0.5 * CURVATURES * (w @ axes) ** 2).sum()


def explore(optimizer, axes, steps=100):
    w = tn.Tensor(START @ axes.T)
    places = [w.data[0].copy()]
    for _ in range(steps):
        ravine(w, axes).backward()
        optimizer.step([w])
        places.append(w.data[0].copy())
        if np.abs(w.data).max() > 1000:  # it diverges
            return np.inf, None
    return ravine(w, axes).item(), np.array(places)


found = {}
print("                along the axes             turned")
for name, rule in RULES.items():
    for turned, axes in enumerate((np.eye(2), TURN)):
        tried = [(*explore(rule(2.0**k), axes), 2.0**k) for k in range(-12, 2)]
        found[name, turned] = min(tried, key=lambda end: end[0])
    (straight, _, a), (turned, _, b) = found[name, 0], found[name, 1]
    print(f"{name:9} L = {straight:8.1e}, α = {a:<8.4g}  L = {turned:8.1e}, α = {b:.4g}")
for name in ("SGD", "momentum", "Nesterov"):
    assert np.isclose(found[name, 0][0], found[name, 1][0], rtol=1e-6)
assert found["SGD", 0][0] > 1000 * found["momentum", 0][0]
for name in ("Adagrad", "RMSprop"):
    assert found[name, 1][0] > 10 * found[name, 0][0]

# %% tags=["hide-input"] mystnb={"image": {"alt": "Paths of six rules in a narrow ravine. SGD stops short, momentum swings to the minimum, Nesterov swings less. Adagrad and RMSprop go straight along the axes but stop short in the turned ravine."}}
groups = (("SGD",), ("momentum", "Nesterov"), ("Adagrad", "RMSprop", "Adam"))
looks = dict(zip(RULES, ((BLUE, "o-"), (BLUE, "o-"), (VERMILION, "^--"), (GREEN, "s:"), (ORANGE, "^--"), (BLUE, "o-"))))
fig, panels = plt.subplots(2, 3, figsize=(8, 5), layout="constrained", height_ratios=[1, 1.5])
for row, (axes, side) in enumerate(((np.eye(2), (-4.2, 1.6, -1.5, 1.5)), (TURN, (-4, 1.2, -4.2, 1.2)))):
    w1, w2 = np.meshgrid(np.linspace(*side[:2], 150), np.linspace(*side[2:], 150))
    u = np.stack([w1, w2], axis=-1) @ axes
    for ax, names in zip(panels[row], groups):
        ax.contour(w1, w2, 0.5 * u**2 @ CURVATURES, levels=[0.3, 3, 10, 30, 60, 100], colors="0.8", zorder=0)
        for name in names:
            colour, style = looks[name]
            ax.plot(*found[name, row][1].T, style, color=colour, markersize=3, linewidth=1, label=name)
        ax.plot(0, 0, "*", color="black", markersize=10)
        ax.set(xlim=side[:2], ylim=side[2:], aspect="equal", xlabel="$w_1$")
    panels[row, 0].set_ylabel("$w_2$")
for ax, names in zip(panels[0], groups):
    ax.set_title(", ".join(names), fontsize=10)
for ax in panels[1]:
    ax.legend(fontsize=9, loc="upper left")
fig.suptitle("100 steps in a ravine, along the axes (above) and turned (below); ★ the minimum")
plt.show()

# %% [markdown]
# - SGD zigzags between the walls and creeps along the floor. Momentum swings, but it arrives: its loss is thousands
#   of times smaller.
# - Those three do not care how the ravine lies: they add up gradients, and the gradients turn with it. The rules that
#   divide do care. They stretch each *weight*, and if the ravine runs along the axes, this makes a round bowl of it.
#   (Adagrad is best there with the last rate of our list, so do not compare its depth with the others'.) Turned by
#   45°, both weights have the same share in the steep direction, there is nothing to tell apart, and Adagrad and
#   RMSprop lose what they had won. Adam has its momentum left.
#
# A picture of two weights is one thing, a network another. Here is XOR again, the 2-4-1 network of the listing that
# [chapter 3](03_losses.py) repaired, which trains with Adam. Every rule gets 100 steps and the same learning rates;
# each number is the middle one of the losses from three seeds.

# %%
alphas = 2.0 ** np.arange(-7, 4)
reached, good = {}, {}
for name, rule in RULES.items():
    ends = [[train(xor_net(seed), rule(alpha), steps=100)[-1] for seed in range(3)] for alpha in alphas]
    reached[name] = np.median(ends, axis=1)
    good[name] = alphas[reached[name] < 0.05]
    best = f"best L = {reached[name].min():.1e} with α = {alphas[reached[name].argmin()]:<7}"
    print(f"{name:9} {best} L < 0.05 for {len(good[name])} rates, {good[name].min():g} … {good[name].max():g}")

net = xor_net()
losses = train(net, tn.Adam(learning_rate=0.1), steps=200)
print(f"\nAdam with α = 0.1: L = {losses[-1]:.4f}, outputs {net.predict(x).ravel().round(3)}")
assert np.array_equal(net.predict(x).round(), y)
assert good["SGD"].tolist() == [2, 4] and len(good["RMSprop"]) == len(good["Adam"]) == 5
assert reached["Adam"][alphas == 4] > np.log(2)

# %% tags=["hide-input"] mystnb={"image": {"alt": "The loss of XOR after 100 steps against the learning rate, a curve for each rule. All are valleys; those of RMSprop and Adam are wide and lie at small rates, that of SGD is narrow and lies at 4."}}
fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
styles = zip(RULES, ("black", BLUE, VERMILION, GREEN, ORANGE, PINK), ("o-", "s--", "^:", "v-.", "D-", "x--"))
for name, colour, style in styles:
    ax.plot(alphas, reached[name], style, color=colour, markersize=5, label=name)
ax.axhline(np.log(2), color="0.5", linewidth=0.8)
ax.set(title="XOR, 2-4-1: what 100 steps reach", xlabel="learning rate α", ylabel="loss L")
ax.set_xscale("log", base=2)
ax.set_yscale("log")
ax.legend(fontsize=9, ncols=2, loc="lower left")
plt.show()

# %% [markdown]
# Each curve is a valley: too slow on the left, too far on the right. The rules differ less in how deep they get than
# in *where* the valley lies and how wide it is. SGD gets below 0.05 with two of these rates, 2 and 4; RMSprop and
# Adam with any of five. That is what they are liked for: less to choose. And an $\alpha$ means nothing without its
# rule: 4 is best for SGD and useless for Adam. (Do not read a ranking from the depths. The loss of XOR has no lowest
# point, for larger weights always lower it a little, so long steps are rewarded here as nowhere else.) In networks
# larger than this one, first tries are often 0.001 for Adam and RMSprop and 0.01 for SGD with momentum; then try
# three times more and three times less.
#
# ## Learning rates that shrink
#
# Large steps get on, small ones arrive. A *schedule* gives step $t = 0, 1, 2, \dots$ a rate $\alpha_t$ of its own.
# tinynet has three, from $\alpha_0$ on: [a factor $\gamma$ after every $k$ steps](#src-step-decay), [a factor after
# every step](#src-exponential-decay), and [half a wave of the cosine](#src-cosine-decay) down to $\alpha_T$ in $T$
# steps ([Loshchilov and Hutter 2016](https://arxiv.org/abs/1608.03983)):
#
# $$\alpha_t = \alpha_0\,\gamma^{\lfloor t/k \rfloor}, \qquad \alpha_t = \alpha_0\,\gamma^t, \qquad
#   \alpha_t = \alpha_T + \tfrac12(\alpha_0 - \alpha_T)\Big(1 + \cos\frac{\pi t}{T}\Big).$$
#
# ($\lfloor t/k \rfloor$ is $t/k$ without its fraction.) The cosine is 1 at the start and $-1$ at the end, so the last
# formula goes from $\alpha_0$ to $\alpha_T$; it is flat at both ends, and steepest halfway.

# %%
schedules = {
    "step": tn.StepDecay(0.8, factor=0.5, every=3),
    "exponential": tn.ExponentialDecay(0.8, factor=0.5),
    "cosine": tn.CosineDecay(0.8, steps=4),
}
for name, schedule in schedules.items():
    print(f"{name:12}", *(f"{schedule(t):7.4f}" for t in range(7)))
assert np.allclose([schedules["step"](t) for t in range(7)], [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2])
assert np.allclose([schedules["exponential"](t) for t in range(7)], 0.8 / 2.0 ** np.arange(7))
half = 0.5**0.5  # cos(π/4)
assert np.allclose([schedules["cosine"](t) for t in range(5)], [0.8, 0.4 * (1 + half), 0.4, 0.4 * (1 - half), 0])

# %% [markdown]
# A schedule, or any function of $t$, stands where the number would: `tn.SGD(learning_rate=schedule)`.
#
# Why shrink at all, if the fixed rate converged on the parabola? Because gradients are often uncertain. With a
# million examples one does not compute the gradient of all for every step, but that of a few drawn at random
# ([chapter 9](09_digits.py)): right on average, and wrong each time. That is the *stochastic* in SGD. The smallest
# case: find the mean of many numbers $y_n$ as the minimum of $L = \text{mean of } \frac12(w - y_n)^2$, by looking at
# one number a step. Its gradient is $w - y_n$. With $\alpha_t = 1/(t + 1)$ descent does something well known:

# %%
numbers = [3.0, 5.0, 10.0, 2.0]
w, optimizer = tn.Tensor([0.0]), tn.SGD(learning_rate=lambda t: 1 / (t + 1))
for n, number in enumerate(numbers, start=1):
    w.grad = w.data - number
    optimizer.step([w])
    print(f"y = {number:4}: w = {w.item():.4f}, the mean of the first {n}: {np.mean(numbers[:n]):.4f}")
    assert np.isclose(w.item(), np.mean(numbers[:n]))

# %% [markdown]
# It is the running mean. With a fixed $\alpha$, $w$ never comes to rest. Let the numbers have the mean $\bar y$, let
# the mean of $(y_n - \bar y)^2$ (their *variance*) be 1, and let $e = w - \bar y$ be the error. Then
# $e \leftarrow (1 - \alpha)\,e + \alpha\,(y_n - \bar y)$. A number drawn at random knows nothing of $e$, and
# $y_n - \bar y$ is 0 on average, so in the square of this sum the product of the two terms is 0 on average. When $V$,
# the mean of $e^2$, no longer changes,
#
# $$V = (1 - \alpha)^2\, V + \alpha^2 \quad\Longrightarrow\quad
#   V = \frac{\alpha^2}{1 - (1 - \alpha)^2} = \frac{\alpha}{2 - \alpha}.$$
#
# For small $\alpha$, a tenth of the rate is about a tenth of $V$; but it takes ten times as long to get there. We
# send 2,000 walkers at once, each with its own random numbers: a tensor is an array, and each of its entries walks by
# itself.

# %%
rng = np.random.default_rng(0)
rates = {
    "fixed, 0.5": 0.5,
    "fixed, 0.02": 0.02,
    "cosine, 0.5 → 0": tn.CosineDecay(0.5, steps=200),
    "1/(t + 1)": lambda t: 1 / (t + 1),
}
spread = {}
for name, rate in rates.items():
    w, optimizer = tn.Tensor(np.full(2000, 5.0)), tn.SGD(learning_rate=rate)
    spread[name] = []
    for _ in range(200):
        spread[name].append(np.mean(w.data**2))
        w.grad = w.data - rng.standard_normal(2000)  # numbers with mean 0 and variance 1
        optimizer.step([w])
    spread[name].append(np.mean(w.data**2))
    print(f"{name:16} mean of e² after 200 steps: {spread[name][-1]:.4f}")
print(f"α/(2 − α) for α = 0.5: {0.5 / 1.5:.4f}, for 0.02: {0.02 / 1.98:.4f};  1/200 = {1 / 200}")
assert abs(spread["fixed, 0.5"][-1] / (0.5 / 1.5) - 1) < 0.1
assert abs(spread["1/(t + 1)"][-1] * 200 - 1) < 0.1 and min(spread, key=lambda name: spread[name][-1]) == "1/(t + 1)"
assert abs(spread["cosine, 0.5 → 0"][-1] / spread["fixed, 0.02"][-1] - 1) < 0.2
assert spread["cosine, 0.5 → 0"][20] < spread["fixed, 0.02"][20] / 10

# %% tags=["hide-input"] mystnb={"image": {"alt": "Left: a staircase, an exponential and a half cosine wave. Right: with the rate 0.5 the error soon stops falling, with 0.02 it falls slowly, with shrinking rates it falls fast at first and goes on."}}
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
t = np.arange(201)
shapes = {
    "step: γ = ½, k = 50": tn.StepDecay(0.5, 0.5, every=50),
    "exponential: γ = 0.98": tn.ExponentialDecay(0.5, 0.98),
    "cosine: T = 200": tn.CosineDecay(0.5, steps=200),
}
for (name, schedule), colour, style in zip(shapes.items(), (BLUE, GREEN, VERMILION), ("-", "--", "-.")):
    left.plot(t, [schedule(step) for step in t.tolist()], style, color=colour, label=name)
left.set(title="schedules from 0.5", xlabel="step t", ylabel="learning rate $\\alpha_t$")
left.legend(fontsize=9)
for (name, values), colour, style in zip(spread.items(), (BLUE, GREEN, VERMILION, "black"), ("-", "--", "-.", ":")):
    right.plot(t, values, style, color=colour, label=name)
right.set(title="descent by one example a step", xlabel="step t", ylabel="mean of e²", yscale="log")
right.legend(fontsize=9)
plt.show()

# %% [markdown]
# The large fixed rate is soon as good as it will ever be. The small one is on its way for 200 steps, and has not quite
# arrived. The cosine ends where the small rate does, but was rid of the large error long before. Best is the running
# mean: after 200 steps it is the mean of 200 numbers.
#
# ## What goes wrong
#
# **The gradient of another place.** `backward()` was called once, before the loop, or forgotten when the loop was
# rewritten. The gradients are *stale*: they belong to weights that the network no longer has. Without help this
# goes unnoticed, as in this NumPy loop for the neuron of the beginning, where the gradient should have been computed
# inside the loop:

# %%
p = np.array([0.0, 0.0])
g = neuron_gradient(p)  # and never again
for step in range(101):
    if step in (0, 10, 20, 40, 100):
        print(f"step {step:3}: w = {p[0]:6.2f}, b = {p[1]:6.2f}, L = {neuron_loss(p):.4f}")
    p = p - 1.0 * g

# %% [markdown]
# The loss falls at first, as it should, and then climbs the other side of the valley, along a straight line. In
# tinynet a gradient moves a parameter only once:

# %%
net, optimizer = xor_net(), tn.SGD(learning_rate=0.5)
loss = tn.binary_crossentropy(net(x), y)
loss.backward()
try:
    for _ in range(100):
        optimizer.step(net.parameters())
except ValueError as error:
    print(f"after {optimizer.steps} step: {error}")
assert optimizer.steps == 1

# %% [markdown]
# **Gradients that pile up.** In PyTorch and micrograd `backward()` *adds* to what is in `.grad`
# ([chapter 6](06_autograd.py)), and one line in every loop, `optimizer.zero_grad()`, has to clear it. It is easy to
# forget; [the code of a textbook](https://github.com/fchollet/deep-learning-with-python-notebooks/issues/293) forgot
# it. What does such a loop compute? The pile is $v \leftarrow v + g$, and the step is $w \leftarrow w - \alpha v$:
# momentum with $\mu = 1$. Swings that shrank by $\sqrt\mu$ a step now do not shrink at all. In tinynet there is
# nothing to clear, so we pile up on purpose, first on the parabola, then for the neuron, then for XOR.


# %%
def descend_piling_up(gradient, start, learning_rate, steps):
    path, pile = [np.array(start)], 0
    for _ in range(steps):
        pile = pile + gradient(path[-1])  # no zero_grad()
        path.append(path[-1] - learning_rate * pile)
    return np.array(path)


print("parabola, the first weights and the largest |w| of the last 20 of 200 steps")
swings = {}
for name, loop in (("right", descend), ("piled up", descend_piling_up)):
    w = loop(lambda w: LAMBDA * w, np.ones(1), 0.1, 200)[:, 0]
    swings[name] = np.abs(w[-20:]).max()
    print(f"   {name:8}", *(f"{w:7.4f}" for w in w[:7]), f" …  {swings[name]:.2g}")
assert swings["right"] < 1e-30 and swings["piled up"] > 1

right = [neuron_loss(p) for p in descend(neuron_gradient, start, 1, 1000)]
piled = [neuron_loss(p) for p in descend_piling_up(neuron_gradient, start, 1, 1000)]
print("\nneuron    ", *(f"step {t:<6}" for t in (0, 10, 30, 100, 300, 1000)))
print("   right   ", *(f"{right[t]:<11.4f}" for t in (0, 10, 30, 100, 300, 1000)))
print("   piled up", *(f"{piled[t]:<11.4f}" for t in (0, 10, 30, 100, 300, 1000)))
print(f"   lowest possible: {neuron_loss(lowest):.4f};  piled up, the worst of the last 100: {max(piled[-100:]):.4f}")

net, optimizer, pile, losses = xor_net(), tn.SGD(learning_rate=0.5), [0, 0, 0, 0], []
for _ in range(2000):
    loss = tn.binary_crossentropy(net(x), y)
    losses.append(loss.item())
    loss.backward()
    for i, w in enumerate(net.parameters()):
        w.grad = pile[i] = w.grad + pile[i]
    optimizer.step(net.parameters())
print("\nXOR       ", *(f"step {t:<6}" for t in (0, 10, 30, 100, 300, 1999)))
print("   right   ", *(f"{curves[0.5][t]:<11.4f}" for t in (0, 10, 30, 100, 300, 1999)))
print("   piled up", *(f"{losses[t]:<11.4f}" for t in (0, 10, 30, 100, 300, 1999)))
assert max(piled[-100:]) > 0.69 and losses[-1] < curves[0.5][-1]

# %% [markdown]
# The parabola and the neuron never come to rest: like a ball without friction, the neuron climbs as high as where it
# started, $\ln 2$, again and again. And XOR? It learns *faster*. Its loss has no lowest point to overshoot, so a
# walker without brakes does well, and the mistake looks like a good idea. (The reader who found it in the textbook
# calls the results there terrible.) A loss that falls proves little; checks, of the gradient and of the step, prove
# more.
#
# ## Summary
#
# | rule | what it remembers | one step | for |
# |---|---|---|---|
# | [descent](#src-sgd) | nothing | $w \leftarrow w - \alpha g$ | the steepest way down |
# | [momentum](#src-momentum) | $v \leftarrow \mu v + g$ | $w \leftarrow w - \alpha v$ | ravines |
# | [Nesterov](#src-nesterov) | the same $v$ | $w \leftarrow w - \alpha(g + \mu v)$ | less overshooting |
# | [Adagrad](#src-adagrad) | $s \leftarrow s + g^2$ | $w \leftarrow w - \alpha g/(\sqrt s + \epsilon)$ | weights whose gradients differ in size |
# | [RMSprop](#src-rmsprop) | $s \leftarrow \rho s + (1-\rho)g^2$ | the same | Adagrad that forgets |
# | [Adam](#src-adam) | [$m$ and $s$](#src-adam-moments), corrected | $w \leftarrow w - \alpha\hat m/(\sqrt{\hat s} + \epsilon)$ | both ideas in one |
# | [AdamW](#src-adamw) | the same | first $w \leftarrow w - \alpha\lambda w$ | an equal pull to 0 for all weights |
#
# - Of all small steps, the one against the gradient lowers the loss most, by about $\alpha\,|g|^2$.
# - On a parabola of curvature $\lambda$ descent converges for $0 < \alpha < 2/\lambda$ and for no other $\alpha$.
#   With many weights the steepest direction sets the limit, the shallowest the pace.
# - The loop: compute the loss, `backward()`, `step()`, and all three each time.
# - Weights begin different and at random, or they stay equal.
# - Noisy gradients keep a fixed $\alpha$ from arriving; a schedule that shrinks it arrives.
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch07.py`, then run `pytest tutorials/exercises -k ch07`: each mark
# says what is still wrong.
#
# 1. `descend(gradient, w, learning_rate, steps)`: gradient descent, every point of the way kept.
# 2. `largest_learning_rate(H)`: the bound beyond which descent diverges near a minimum, from the second derivatives.
# 3. `momentum(gradients, w, learning_rate, mu, nesterov)`: the way of a weight, with either rule.
# 4. `adam(gradients, w, …)`: the way of a weight with Adam, and with AdamW if there is weight decay.
# 5. `train(net, x, y, optimizer, steps)`: the training loop, by tinynet.
# 6. `warm_up(initial, warm, steps)`: a schedule that rises in a straight line first and then falls along a cosine;
#    many large networks are trained by one like it.
# 7. `mazur_outputs(steps)`: after 10,000 steps Mazur's article prints the outputs 0.015912196 and 0.984065734, and
#    ours were 0.015913620 and 0.984064274. Write the loop that makes the article's.
# 8. `steepest_curvature(gradient, w)`: the largest eigenvalue of $H$ where only gradients can be computed, as in a
#    network with a million weights, whose $H$ would have a million rows.
# 9. With a pencil: for which $\alpha$ does momentum converge on the parabola $\frac12\lambda w^2$? (Where the roots
#    $r$ are real, ask when one of them reaches $-1$.)
# 10. With a pencil: multiply the loss by 1,000. Which rules take the same steps as before?
#
# (The pencil's answers are in `tutorials/exercises/solutions/ch07.py`.)
#
# [Chapter 8](08_kernels.py) goes down to the arithmetic: how these loops run fast.
