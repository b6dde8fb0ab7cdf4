# %% [markdown]
# # From z to δ: a first walk
#
# A neural network answers by computing, layer by layer, weighted sums $z$ and outputs $a$. It learns by computing,
# in the other direction, how the error of its answer depends on each $z$: the numbers $\delta$. This chapter walks
# the whole way once, with numbers small enough to check with a pencil: one neuron by hand, the same neuron by
# tinynet, then a network of four neurons, of which we recompute everything.
#
# ## One neuron, by hand
#
# A neuron has a weight $w_i$ for each of its inputs $x_i$, and a bias $b$. It adds up what it is given, and bends
# the sum by an *activation* $f$, here the [sigmoid](#src-sigmoid) $\sigma$:
#
# $$\begin{aligned}
# z &= \sum_i x_i w_i + b \\
# a &= \sigma(z) = \frac{1}{1 + e^{-z}}
# \end{aligned}$$
#
# We would like it to answer $y$. How far off it is, the *loss* says by one number; here it is
# [half the squared error](#src-half-squared-error), $L = \frac12 (y - a)^2$.

# %%
import numpy as np

import tinynet as tn

x, w, b, y = np.array([-1.0, -2.0]), np.array([2.0, -3.0]), -3.0, 1.0

z = x @ w + b  # (-1)(2) + (-2)(-3) - 3 = 1
a = 1 / (1 + np.exp(-z))
loss = 0.5 * (y - a) ** 2
print(f"z = {z:.9f}\na = {a:.9f}\nL = {loss:.9f}")

# %% [markdown]
# Which way should each weight move to make $L$ smaller? The derivative $\partial L/\partial w_i$ tells. $L$ depends
# on $a$, $a$ on $z$, and $z$ on $w_i$, so by the chain rule it is a product of three factors, and each is easy:
#
# - $\partial L/\partial a = \frac12 \cdot 2\,(y - a) \cdot (-1) = a - y$;
# - $\partial a/\partial z = \sigma'(z) = \dfrac{e^{-z}}{(1 + e^{-z})^2}
#   = \dfrac{1}{1 + e^{-z}} \cdot \dfrac{e^{-z}}{1 + e^{-z}} = a\,(1 - a)$, for $1 - a = \dfrac{e^{-z}}{1 + e^{-z}}$;
# - $\partial z/\partial w_i = x_i$, and $\partial z/\partial b = 1$.
#
# The first two factors are the same for all weights of the neuron. Their product has a name of its own,
#
# $$\delta = \frac{\partial L}{\partial z} = (a - y)\,a\,(1 - a),$$
#
# and with it every derivative is one multiplication:
#
# $$\frac{\partial L}{\partial w_i} = x_i\,\delta, \qquad \frac{\partial L}{\partial b} = \delta.$$

# %%
delta = (a - y) * a * (1 - a)
dw, db = x * delta, delta
print(f"δ = {delta:.9f}\ndw = {dw}\ndb = {db:.9f}")

# %% [markdown]
# $\delta$ is negative: a larger $z$ would make the loss smaller. The inputs are negative, so both weights should
# fall, and the bias should rise.
#
# ## The same neuron, by tinynet
#
# A `Tensor` is an array that remembers how it was computed. `backward()` walks from the loss back to the start and
# applies [the chain rule](#src-chain-rule) at every step; each step only knows its own factor, such as
# [$\sigma'(z) = a\,(1-a)$](#src-sigmoid-prime). tinynet computes whole batches, one example a row; our batch has
# one row.

# %%
W_, b_ = tn.Tensor(w.reshape(2, 1)), tn.Tensor([b])
z_ = x.reshape(1, 2) @ W_ + b_
loss_ = tn.half_squared_error(tn.sigmoid(z_), [[y]])
loss_.backward()

assert np.isclose(loss_.item(), loss, rtol=1e-14, atol=0)
assert np.isclose(z_.grad.item(), delta, rtol=1e-14, atol=0)
assert np.allclose(W_.grad.ravel(), dw, rtol=1e-14, atol=0)
assert np.isclose(b_.grad.item(), db, rtol=1e-14, atol=0)
print("δ is z.grad:", z_.grad)

# %% [markdown]
# ## A network, and the δ of a hidden neuron
#
# In a network the outputs $a^1$ of one layer are the inputs of the next; the raised number is the layer, not a
# power. $w_{ij}^l$ leads from neuron $i$ of layer $l-1$ to neuron $j$ of layer $l$, so the weights are a matrix
# $W^l$, and all sums of a layer are [one product](#src-dense-z):
#
# $$z^l = a^{l-1} W^l + b^l, \qquad a^l = f(z^l), \qquad a^0 = x.$$
#
# For an output neuron $\delta_j^2$ is what it was above. A hidden neuron $i$ has no target of its own. But its
# $z_i^1$ acts on the loss only through $a_i^1$, and $a_i^1$ only through the sums $z_j^2$ that it goes into, each
# with the weight $w_{ij}^2$. Summing over these paths,
#
# $$\begin{aligned}
# \delta_i^1 = \frac{\partial L}{\partial z_i^1}
#   &= \sum_j \frac{\partial L}{\partial z_j^2} \cdot \frac{\partial z_j^2}{\partial a_i^1} \cdot
#      \frac{\partial a_i^1}{\partial z_i^1} \\
#   &= \Big(\sum_j \delta_j^2\, w_{ij}^2\Big) f'(z_i^1).
# \end{aligned}$$
#
# The bracket is row times matrix, $\delta^2 (W^2)^T$ ([the line](#src-dense-da)); the factor $f'$ is applied
# [entry by entry](#src-activation-backward), $\odot$. And since $\partial z_j^l/\partial w_{ij}^l = a_i^{l-1}$ and
# $\partial z_j^l/\partial b_j^l = 1$, with a sum over the examples $n$ of the batch,
#
# $$\delta^1 = \big(\delta^2 (W^2)^T\big) \odot f'(z^1), \qquad
#   \frac{\partial L}{\partial W^l} = (a^{l-1})^T \delta^l, \qquad
#   \frac{\partial L}{\partial b^l} = \sum_n \delta_n^l.$$
#
# The last two are [this line](#src-dense-dW) and [this one](#src-dense-db). The numbers come from a well-known
# worked example,
# [Matt Mazur's](https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/). He writes one row for each
# *receiving* neuron, so his matrices are transposed here.

# %%
x, y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
W1, b1 = np.array([[0.15, 0.20], [0.25, 0.30]]).T, np.array([0.35, 0.35])
W2, b2 = np.array([[0.40, 0.45], [0.50, 0.55]]).T, np.array([0.60, 0.60])

net = tn.Sequential([tn.Dense(2, activation="sigmoid", input_dim=2), tn.Dense(2, activation="sigmoid")])
net.set_weights([W1, b1, W2, b2])
trace = tn.introspect.trace(net, x, y, loss="half_squared_error")
print(trace)

# %% [markdown]
# The *trace* has every number of one pass forward and back. Here is all of it again, formula by formula, in NumPy.


# %%
def sigma(z):
    return 1 / (1 + np.exp(-z))


z1 = x @ W1 + b1
a1 = sigma(z1)
z2 = a1 @ W2 + b2
a2 = sigma(z2)
loss = 0.5 * np.sum((y - a2) ** 2)

delta2 = (a2 - y) * a2 * (1 - a2)
delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
by_hand = {
    1: {"z": z1, "a": a1, "delta": delta1, "dW": x.T @ delta1, "db": delta1.sum(axis=0)},
    2: {"z": z2, "a": a2, "delta": delta2, "dW": a1.T @ delta2, "db": delta2.sum(axis=0)},
}
for l, numbers in by_hand.items():
    for name, value in numbers.items():
        assert np.allclose(getattr(trace[l], name), value, rtol=1e-13, atol=0), f"{name} of layer {l}"
        print(f"{name:>5} of layer {l}:", np.array2string(value.ravel(), precision=9))
assert np.isclose(trace.loss, loss, rtol=1e-14, atol=0)
assert abs(loss - 0.298371109) < 5e-10  # as Mazur prints it
print(f"    L = {loss:.9f}")

# %% [markdown]
# ## Is the derivative right?
#
# We used the same formulas twice, so they could be wrong twice. The definition of the derivative needs none of
# them: move one weight a little to both sides, and see [how the loss answers](#src-central-difference),
# $\partial L/\partial w \approx (L(w + h) - L(w - h))/2h$. tinynet does this for every parameter and every input.

# %%
report = tn.gradcheck(net, x, y, loss="half_squared_error")
print(report)
assert report.passed

# %% [markdown]
# ## One step downhill, and a famous mistake
#
# Each weight moves [against its derivative](#src-sgd), $w \leftarrow w - \alpha\,\partial L/\partial w$, by a step
# as long as the *learning rate* $\alpha$ says. In Mazur's example only the weights move, with $\alpha = \frac12$.
#
# The mistake is to update $W^2$ first and then compute $\delta^1$ with it. $\delta^1$ is a derivative of the loss
# that was computed with the *old* weights. With the new ones the step is a little wrong, and it is easy to miss,
# for the loss still falls: the loss that the article prints after one step comes from this mistake.

# %%
learning_rate = 0.5
W2_new = W2 - learning_rate * a1.T @ delta2


def loss_after(delta1):
    W1_new = W1 - learning_rate * x.T @ delta1
    return 0.5 * np.sum((y - sigma(sigma(x @ W1_new + b1) @ W2_new + b2)) ** 2)


right, wrong = loss_after(delta1), loss_after((delta2 @ W2_new.T) * a1 * (1 - a1))
print(f"δ¹ through the old W²: L = {right:.9f}\nδ¹ through the new W²: L = {wrong:.9f}")
assert abs(right - 0.291027774) < 5e-10
assert abs(wrong - 0.291027924) < 5e-10  # as the article prints it

# %% [markdown]
# ## To try
#
# 1. Give the single neuron the target $y = 0$, and predict the signs of $\delta$, $\partial L/\partial w_i$ and
#    $\partial L/\partial b$ before you run it.
# 2. In the NumPy lines, leave out the factor $a^1 (1 - a^1)$ of $\delta^1$. What fails, and what does not?
# 3. Give both layers `activation="tanh"`, and correct the NumPy lines until they agree with the trace again
#    ([$\tanh'(z) = 1 - a^2$](#src-tanh-prime)). Mazur's number belongs to the sigmoid: take its assertion out.
#
# The source begins [here](../tinynet/__init__.py).
