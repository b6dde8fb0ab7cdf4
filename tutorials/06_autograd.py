# %% [markdown]
# # 6. Autograd
#
# Chapter 4 derived the gradients of one kind of network, with a pencil, layer by layer. Change an activation, share a
# weight between two layers, write another loss, and the derivation starts again. It need not. A computer that computes
# a loss does nothing but add, multiply, exponentiate, one operation after the other, and each of these has a derivative
# that fits on one line. Let it write down what it does, read the notes from back to front, and it has the gradient of
# *anything* it can compute. In this chapter you build that machine: first for single numbers, then for arrays, each on
# one page of code, and then you know what `backward()` does in every framework there is.
#
# ## What you will be able to do
#
# - draw a computation as a graph and find all its derivatives in one walk from the end to the beginning;
# - say why gradients are *added*, and why the walk must take the nodes in a certain order, each with a counter-example;
# - write an autograd, for numbers and for arrays, from memory;
# - derive the backward rule of any operation, broadcasting, maxima and matrix products included;
# - use tinynet's `Tensor`, extend it by an operation of your own, and know what it refuses to do and why.
#
# ## A computation is a graph
#
# Take $L = (x + y)\,z$ at $x = -2$, $y = 5$, $z = -4$, the first example of the [CS231n
# notes](https://cs231n.github.io/optimization-2/). The computer takes two steps: $q = x + y$, then $L = qz$. Below,
# each number is a box and each arrow leads from a number to the operation that uses it. Arrows never run in a circle,
# for nothing is computed from its own result. Such a picture is called a *computation graph*; the numbers that an
# operation was made from are its *parents*.
#
# `tn.introspect.plot_graph` draws it. In each box `=` is the value, computed from left to right. `∂` is the derivative
# of $L$ with respect to the number in this box, and that is what we want to understand: `backward()`, which finds all
# of them, is the subject of this chapter.

# %% mystnb={"image": {"alt": "A graph: x = -2 and y = 5 lead into a sum q = 3; q and z = -4 lead into the product L = -12. Each box also shows its derivative: -4, -4, -4, 3 and 1."}}
import math
from itertools import count

import matplotlib.pyplot as plt
import numpy as np

import tinynet as tn
from tinynet.kernels.fingerprint import fingerprint, scrambled_sum

x, y, z = tn.Tensor(-2.0, name="x"), tn.Tensor(5.0, name="y"), tn.Tensor(-4.0, name="z")
q = x + y
q.name = "q"
L = q * z
L.name = "L"
L.backward()
tn.introspect.plot_graph(L)
plt.show()

# %% [markdown]
# Now with a pencil, from right to left. Ask each operation one question only: if one of your operands moves a little
# and the others stand still, how much does your result move? The answer is its *local* derivative, or slope.
#
# - The product $L = qz$ answers: $\partial L/\partial q = z = -4$ and $\partial L/\partial z = q = 3$.
# - The sum $q = x + y$ answers: $\partial q/\partial x = 1$ and $\partial q/\partial y = 1$.
#
# The sum knows nothing about $L$, and does not need to. The chain rule joins the answers: $x$ moves $q$, and $q$ moves
# $L$,
#
# $$\frac{\partial L}{\partial x} = \frac{\partial L}{\partial q} \cdot \frac{\partial q}{\partial x}
#   = (-4) \cdot 1 = -4.$$

# %%
x, y, z = -2.0, 5.0, -4.0
q = x + y
L = q * z

dL = 1.0  # how much L moves when L moves: where the walk begins
dq, dz = dL * z, dL * q  # the product's slopes
dx, dy = dq * 1, dq * 1  # the sum's slopes
print(f"L = {L:g}    ∂L/∂q = {dq:g}    ∂L/∂x = {dx:g}    ∂L/∂y = {dy:g}    ∂L/∂z = {dz:g}")
assert (L, dq, dx, dy, dz) == (-12, -4, -4, -4, 3)  # as CS231n has it

# %% [markdown]
# Two properties of this walk make it worth a machine. It is *local*: a step needs the derivative that arrived from the
# right and the operation's own slopes, nothing else, so whoever adds a new operation has to know only that operation.
# And it is *cheap*: each arrow is used once, and at the end the derivative of $L$ is known for every number, however
# many there are. From left to right it would not be so: a nudge of $x$ followed through the graph gives
# $\partial L/\partial x$ and no other, so a million weights take a million walks. (Chapter 5's central differences take
# two million.) Losses are one number and weights are many; so we walk backwards.
#
# ## A number that is used twice
#
# What if two arrows leave a number? Let $p$ be used by the operations with results $r_1, r_2, \dots$, and nudge $p$ by
# a small $\varepsilon$. Then $r_1$ moves by $\varepsilon$ times the local slope $\partial r_1/\partial p$, and takes
# $L$ along, by $\partial L/\partial r_1$ times as much: that is how far $L$ moves when $r_1$ is nudged and all that was
# made from it is computed again. $r_2$ does the same, and so on. To first order small changes add up. Divide by
# $\varepsilon$:
#
# $$\frac{\partial L}{\partial p} = \sum_{r \,:\, p \text{ is a parent of } r}
#   \frac{\partial L}{\partial r} \cdot \frac{\partial r}{\partial p}.$$
#
# This is the whole of autograd, in one line; here it is [in tinynet](#src-chain-rule). Each use of $p$ contributes a
# *share*, $\partial L/\partial r$ times the local slope, and the shares are added. An operation that uses $p$ twice, as
# $p + p$ does, counts as two uses. Chapter 4 met this as the sum over the paths from a hidden neuron to the outputs.
#
# Try it on $x \cdot x \cdot x$ at $x = 3$, where we know that the derivative is $3x^2 = 27$. The steps are
# $u = x \cdot x$ and $L = u \cdot x$. So $x$ is used three times:

# %%
x = 3.0
u = x * x
L = u * x

du, share_1 = 1.0 * x, 1.0 * u  # L = u·x: the slopes are x for u, and u for x
share_2, share_3 = du * x, du * x  # u = x·x: the slopes are x for the left x, and x for the right x
print(f"shares of x: {share_1:g} + {share_2:g} + {share_3:g} = {share_1 + share_2 + share_3:g}")
assert share_1 + share_2 + share_3 == 27

# %% [markdown]
# In a program the shares arrive one by one, so it must write `x.grad += share`. With `=` the last share would overwrite
# the others, and $\partial L/\partial x$ would be 9. (The goldfish of the [zoo](zoo.py) has this disease.)
#
# ## Why the order matters
#
# A tempting program: when a share arrives at a number, add it, and hand on at once to the number's parents. A few lines
# of recursion. Readers of Karpathy's [micrograd](https://github.com/karpathy/micrograd), the small autograd from which
# many have learned the subject, propose it [again](https://github.com/karpathy/micrograd/issues/21)
# [and](https://github.com/karpathy/micrograd/pull/64) [again](https://github.com/karpathy/micrograd/issues/68), for it
# gives the right result as long as only numbers from the very beginning, which have no parents, are used twice. A small
# graph on which it fails is $b = a + a$, $c = b + b$, so that $c = 4a$.

# %% mystnb={"image": {"alt": "Two arrows lead from a to the sum b, two from b to the sum c. Derivatives of c: 1 at c, 2 at b, 4 at a."}}
a = tn.Tensor(1.0, name="a")
b = a + a
b.name = "b"
c = b + b
c.name = "c"
c.backward()
tn.introspect.plot_graph(c)
plt.show()
assert (a.grad, b.grad, c.grad) == (4, 2, 1)

# %% [markdown]
# Here is the tempting program, on this graph written as a dictionary: each result with its parents, all slopes 1.

# %%
parents = {"c": ["b", "b"], "b": ["a", "a"], "a": []}


def hurry(node, grad):
    for parent in parents[node]:
        grad[parent] += grad[node]  # slope 1
        print(f"  {node} → {parent}: ∂c/∂{parent} is now {grad[parent]}")
        hurry(parent, grad)
    return grad


print("hurrying:")
hurried = hurry("c", {"a": 0, "b": 0, "c": 1})
assert hurried == {"a": 6, "b": 2, "c": 1}  # but c = 4a

# %% [markdown]
# $\partial c/\partial a$ comes out as 6 instead of 4. The first share of $b$ was handed on to $a$ when it arrived, and
# then handed on *again*, inside the 2, when the second had arrived. $\partial c/\partial b$ was passed on before it was
# complete.
#
# One repair is to hand on only what has just arrived, and not the sum ([also
# proposed](https://github.com/karpathy/micrograd/issues/81)). That is correct: every path from $c$ to $a$ is walked by
# itself, and the products along the paths are added. But how many paths are there? Every doubling doubles them.


# %%
def walk_all_paths(n):
    """The derivative of 2ⁿa, by n doublings, and how many arrows were used."""
    if n == 0:
        return 1, 0
    slope, arrows = 0, 0
    for _ in range(2):  # two arrows lead to each number
        path, used = walk_all_paths(n - 1)
        slope, arrows = slope + path, arrows + 1 + used
    return slope, arrows


print(f"{'doublings':>9} {'slope':>8} {'arrows, path by path':>22} {'arrows in the graph':>21}")
for n in (2, 4, 8, 16):
    slope, arrows = walk_all_paths(n)
    print(f"{n:>9} {slope:>8} {arrows:>22,} {2 * n:>21}")
    assert slope == 2**n and arrows == 2 ** (n + 1) - 2

# %% [markdown]
# In a network every neuron of a layer has an arrow to every neuron of the next, and from an input to the loss there are
# as many paths as the product of the widths between them. So: wait. **A number hands on only when all its users have
# handed on to it.** Then its gradient is complete, it is handed on once, and each arrow is used once.
#
# An order in which every number comes after all of its users is called a *topological order* of the graph, read from
# the end. There are several ways to find one. The shortest rests on a fact about computing: a result is always made
# *after* its parents. Number the results as they are made, and from the youngest to the oldest is such an order.
# tinynet does this. (A way without such numbers is an exercise.) The set `seen` takes care that a node with several
# users is listed once.

# %%
clock = count()  # next(clock) is 0, then 1, then 2, …


def topological_order(end):
    """All nodes that `end` was made from, and `end` itself: each before its parents."""
    found, seen = [end], {end}
    for node in found:  # which grows as we go
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                found.append(parent)
    return sorted(found, key=lambda node: node.born, reverse=True)


# %% [markdown]
# ## An autograd for numbers
#
# Everything is there. A `Scalar` is a number that remembers its parents and its slopes. Python calls `__add__` when it
# meets `a + b`, and `__radd__` when it meets `2 + b`, where the 2 knows nothing of our class. So one writes a formula
# as always, and the graph comes into being on the side. The slopes are noted at once, when the operands' values are at
# hand.


# %%
class Scalar:
    """A number that remembers how it was made. slopes: the derivative of this number by each parent."""

    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes
        self.born = next(clock)

    def hand_on(self):
        for parent, slope in zip(self.parents, self.slopes):
            parent.grad += self.grad * slope  # the chain rule

    def backward(self):
        order = topological_order(self)
        for node in order:
            node.grad = 0.0  # forget what an earlier walk left
        self.grad = 1.0
        for node in order:
            node.hand_on()

    def wrap(self, other):
        return other if isinstance(other, type(self)) else type(self)(other)

    def __add__(self, other):
        other = self.wrap(other)
        return Scalar(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = self.wrap(other)
        return Scalar(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n):  # n is a plain number
        return Scalar(self.data**n, (self,), (n * self.data ** (n - 1),))

    def exp(self):
        e = math.exp(self.data)
        return Scalar(e, (self,), (e,))

    def relu(self):
        return Scalar(max(0.0, self.data), (self,), (1.0 if self.data > 0 else 0.0,))

    # The rest is made of these.
    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -self.wrap(other)

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * self.wrap(other) ** -1

    def __rtruediv__(self, other):
        return self.wrap(other) / self


# %% [markdown]
# Operations that are made of others need no slopes of their own: $a - b = a + (-1)\,b$, and $a/b = a \cdot b^{-1}$.
# What they are made of is differentiated, and the chain rule does the rest.

# %%
x, y, z = Scalar(-2), Scalar(5), Scalar(-4)
L = (x + y) * z
L.backward()
print(f"L = {L.data:g}    ∂L/∂x = {x.grad:g}    ∂L/∂y = {y.grad:g}    ∂L/∂z = {z.grad:g}")
assert (L.data, x.grad, y.grad, z.grad) == (-12, -4, -4, 3)

x = Scalar(3)
L = x * x * x
for walk in ("first", "second"):
    L.backward()
    print(f"x·x·x at 3, {walk} walk: {x.grad:g}")
    assert x.grad == 27

a = Scalar(1)
b = a + a
c = b + b
c.backward()
assert a.grad == 4

# %% [markdown]
# A harder test. The README of [micrograd](https://github.com/karpathy/micrograd) prints the results of a deliberately
# tangled expression. `c += c + 1` makes a *new* number out of the old `c` and gives it the old name; the graph keeps
# both.


# %%
def tangle(a, b):
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


a, b = Scalar(-4), Scalar(2)
g = tangle(a, b)
g.backward()
print(f"g = {g.data:.4f}    ∂g/∂a = {a.grad:.4f}    ∂g/∂b = {b.grad:.4f}")
assert [f"{v:.4f}" for v in (g.data, a.grad, b.grad)] == ["24.7041", "138.8338", "645.5773"]  # as its README has it

numeric = tn.numerical_gradient(lambda v: tangle(Scalar(v[0]), Scalar(v[1])).data, [-4.0, 2.0])
print("central differences:", numeric)
assert np.allclose(numeric, [a.grad, b.grad], rtol=1e-8)

# %% [markdown]
# `tn.numerical_gradient(f, x)` is chapter 5's central difference for each entry of `x` in turn: the machine is checked
# by a method that knows nothing of graphs.
#
# The next one is the neuron of Karpathy's [lecture](https://www.youtube.com/watch?v=VMj-3S1tku0) on micrograd, with two
# inputs and a tanh. Our `Scalar` has no tanh, but it has what a tanh is made of: $\tanh z = 2\,\sigma(2z) - 1$ (chapter
# 1), and $\sigma(z) = 1/(1 + e^{-z})$. tinynet has one; its graph is the picture.


# %%
def sigmoid(z):
    return 1 / (1 + (-z).exp())


def neuron(x1, x2, w1, w2, b, tanh):
    return tanh(x1 * w1 + x2 * w2 + b)


numbers = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.8813735870195432}
scalars = {name: Scalar(value) for name, value in numbers.items()}
a = neuron(**scalars, tanh=lambda z: 2 * sigmoid(2 * z) - 1)
a.backward()
print(f"a = {a.data:.10f}  ", *(f"∂a/∂{name} = {s.grad:.6f}  " for name, s in scalars.items()))
assert math.isclose(a.data, math.sqrt(0.5), rel_tol=1e-12)
for name, known in {"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0}.items():  # as in the lecture
    assert math.isclose(scalars[name].grad, known, abs_tol=1e-12)

# %% mystnb={"image": {"alt": "The graph of the neuron: two products and the bias are summed to 0.8814, whose tanh is 0.7071; each box shows its gradient, 0.5 at z."}}
tensors = {name: tn.Tensor(value, name=name) for name, value in numbers.items()}
a = neuron(**tensors, tanh=tn.tanh)
a.name = "a"
a.backward()
tn.introspect.plot_graph(a)
plt.show()
assert all(math.isclose(t.grad, scalars[name].grad, abs_tol=1e-12) for name, t in tensors.items())

# %% [markdown]
# With a finger from the right to the left: tanh passes back $1 - a^2 = 0.5$; the sums hand it on to all their parents;
# each product multiplies it by the *other* factor. $w_2$ gets 0, since its input $x_2$ is 0: it could not have made a
# difference.
#
# ### A whole network
#
# Mazur's network of chapters 2 and 4 took a sheet of paper forward and two sheets back. As Scalars, only the way
# forward has to be written. (A raised number is the layer, as before.)

# %%
W1, b1 = np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([0.35, 0.35])
W2, b2 = np.array([[0.40, 0.50], [0.45, 0.55]]), np.array([0.60, 0.60])
x, y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])


def scalars_of(array):
    return [Scalar(v) if np.ndim(v) == 0 else scalars_of(v) for v in array]


def grads_of(scalars):
    return np.array([s.grad if isinstance(s, Scalar) else grads_of(s) for s in scalars])


def weighted_sums(a, W, b):
    return [sum((a_i * W[i][j] for i, a_i in enumerate(a)), start=b[j]) for j in range(len(b))]


w1, c1, w2, c2 = (scalars_of(array) for array in (W1, b1, W2, b2))
z1 = weighted_sums(x[0].tolist(), w1, c1)
a1 = [sigmoid(z) for z in z1]
z2 = weighted_sums(a1, w2, c2)
a2 = [sigmoid(z) for z in z2]
L = sum((y_j - a_j) ** 2 for y_j, a_j in zip(y[0].tolist(), a2)) / 2
L.backward()

print(f"L = {L.data:.9f}, from a graph of {len(topological_order(L))} numbers")
print("δ² =", grads_of(z2).round(9), "   δ¹ =", grads_of(z1).round(9))
print("∂L/∂W² =", grads_of(w2).round(9).tolist())
print("∂L/∂W¹ =", grads_of(w1).round(9).tolist())

# the gradients as chapter 4 derived them
net = tn.Sequential([tn.Dense(2, activation="sigmoid", input_dim=2), tn.Dense(2, activation="sigmoid")])
net.set_weights([W1, b1, W2, b2])
known = tn.introspect.trace(net, x, y, loss="half_squared_error")
for scalars, derived in [(z2, known[2].delta[0]), (z1, known[1].delta[0]), (w2, known[2].dW), (w1, known[1].dW)]:
    assert np.allclose(grads_of(scalars), derived, rtol=1e-12, atol=0)
assert abs(w2[0][0].grad - 0.082167041) < 5e-10 and abs(w1[0][0].grad - 0.000438568) < 5e-10  # as Mazur has it

# %% [markdown]
# Nobody told the machine what a layer is, or a δ. $\delta = \partial L/\partial z$ is the number that the walk leaves
# at $z$.
#
# ## From numbers to arrays
#
# A node for every single number is a luxury. A layer from 100 inputs to 50 neurons, for 64 examples, is 320,000
# products; as Scalars each is a Python object, as a matrix product all of them are one call of a fast kernel. So let a
# node hold an *array*, and an operation be a whole matrix product.
#
# What is its slope? Every entry $c$ of the result may depend on every entry $a_i$ of the operand, so there is a slope
# $\partial c/\partial a_i$ for each pair of them: the *Jacobian*. One does not want to build it.

# %%
N, n_in, n_out = 64, 100, 50
jacobian = (N * n_out) * (N * n_in)
print(f"A ({N}, {n_in}) times B ({n_in}, {n_out}): the Jacobian for A has {jacobian:,} slopes,")
print(f"{8 * jacobian / 1e6:,.0f} MB in float64; all but {N * n_out * n_in:,} of them are 0.")

# %% [markdown]
# And one need not. The walk does not ask for the slopes but for the shares: for each entry $a_i$ of the operand, the
# chain rule summed over the entries $c$ of the result,
#
# $$\frac{\partial L}{\partial a_i} = \sum_c g_c\,\frac{\partial c}{\partial a_i}, \qquad
#   g_c = \frac{\partial L}{\partial c}.$$
#
# Here $g$ is the gradient that has arrived, an array of the shape of the result; the share is an array of the shape of
# the operand. So instead of slopes an operation of arrays has a **rule**: $g$ comes in, the shares of the parents go
# out. How it gets them is its own affair, and there is always a shortcut. To find it, write the operation with indices,
# ask which results an entry goes into, and do the sum. Now we do this for all operations of
# [tinynet](../tinynet/functions.py), family by family.
#
# ### Entry by entry
#
# If $c_i = f(a_i)$, the entry $a_i$ goes into $c_i$ and nothing else. One term of the sum is left:
# $\partial L/\partial a_i = g_i\,f'(a_i)$. So school calculus is enough.
#
# - $c = a + b$: slopes 1 and 1, shares [$g$ and $g$](#src-add-backward). $c = a - b$: [$g$ and
#   $-g$](#src-subtract-backward). $c = -a$: [$-g$](#src-negative-backward). $c = a$, the
#   [identity](#src-identity-backward): $g$.
# - $c = ab$: the slope for one factor is the other: [$g\,b$ and $g\,a$](#src-multiply-backward).
# - $c = a/b$: $1/b$ for $a$; for $b$ the derivative of $a\,b^{-1}$, $-a\,b^{-2}$. Shares [$g/b$ and
#   $-g\,a/b^2$](#src-divide-backward).
# - $c = a^b$: for $a$, [$g\,b\,a^{b-1}$](#src-power-backward). With $b = 0$ the power is constantly 1 and the share 0,
#   but at $a = 0$ the formula would say $0 \cdot 0^{-1}$, $0 \cdot \infty$; so that case is treated apart. For $b$,
#   write $a^b = e^{b \ln a}$, whose derivative is [$g\,a^b \ln a$](#src-power-exponent-backward). As $a$ sinks to 0
#   with $b > 0$, $a^b$ wins over $\ln a$ and the share sinks to 0, where again the formula would say $0 \cdot \infty$.
# - $c = e^a$ is its own derivative: [$g\,e^a$](#src-exp-backward), which is $g\,c$ and need not be computed again.
# - $c = \ln a$: differentiate $e^c = a$ on both sides, $e^c\,c' = 1$, so $c' = 1/e^c$, share
#   [$g/a$](#src-log-backward).
# - $c = \sqrt a$: in the same way $c^2 = a$, $2c\,c' = 1$, share [$g/(2\sqrt a)$](#src-sqrt-backward).
# - $c = |a|$: slope 1 to the right of 0, $-1$ to the left: [$g\,\mathrm{sign}(a)$](#src-abs-backward). At the kink it
#   is 0 by convention, as relu's is.
#
# In numbers, with $a = 4$, $b = 3$, and $L = 10\,c$, so that $g = 10$:

# %%
a, b, g = 4.0, 3.0, 10.0
by_rule = {
    "a + b": (lambda a, b: a + b, (g, g)),
    "a − b": (lambda a, b: a - b, (g, -g)),
    "a · b": (lambda a, b: a * b, (g * b, g * a)),
    "a / b": (lambda a, b: a / b, (g / b, -g * a / b**2)),
    "a ^ b": (lambda a, b: a**b, (g * b * a ** (b - 1), g * a**b * math.log(a))),
    "−a": (lambda a: -a, (-g,)),
    "a": (tn.identity, (g,)),
    "e^a": (tn.exp, (g * math.exp(a),)),
    "ln a": (tn.log, (g / a,)),
    "√a": (tn.sqrt, (g / (2 * math.sqrt(a)),)),
    "|a|": (tn.abs, (g * np.sign(a),)),
}
print(f"{'c':>6} {'∂L/∂a':>12} {'∂L/∂b':>12}")
for name, (f, shares) in by_rule.items():
    operands = [tn.Tensor(v) for v in (a, b)[: len(shares)]]
    (g * f(*operands)).backward()
    print(f"{name:>6} " + " ".join(f"{share:12.6f}" for share in shares))
    assert np.allclose([t.grad for t in operands], shares, rtol=1e-14)
    numeric = tn.numerical_gradient(lambda v, f=f: g * float(f(*v)), [t.item() for t in operands])
    assert np.allclose(numeric, shares, rtol=1e-8)

# the three places where a formula alone would say 0·∞ or has no answer
for f, start, expected in [(lambda t: t**0, 0.0, 0.0), (lambda t: 0**t, 2.0, 0.0), (tn.abs, 0.0, 0.0)]:
    t = tn.Tensor(start)
    f(t).backward()
    assert t.grad == expected

# %% [markdown]
# The activations of chapter 1 are of this family too, with the $f'$ of chapter 4:
# [$\delta = \partial L/\partial a \odot f'(z)$](#src-activation-backward).
#
# ### Broadcasting: what was copied forward is summed back
#
# A layer computes $z = aW + b$ with $aW$ of shape $(N, n)$ and $b$ of shape $(n,)$. NumPy lets the two meet: it
# *broadcasts* $b$, that is, it acts as if $b$ were copied into every row. In general shapes are aligned at their ends,
# missing axes are added in front, and an axis of length 1 is repeated as often as needed.
#
# For the gradient a copy is a use. $b_j$ went into $N$ results, so by the chain rule it has $N$ shares, and they are
# added:
#
# $$\frac{\partial L}{\partial b_j} = \sum_{\text{copies } c \text{ of } b_j} g_c.$$
#
# This is $\partial L/\partial b = \sum_n \delta_n$ of chapter 4 once more; nothing in it is particular to biases.

# %% tags=["hide-input"] mystnb={"image": {"alt": "Forward, the row b of three numbers is copied into two rows. Backward, the two rows of g are summed into one row of three numbers."}}
b, g = np.array([10.0, 20.0, 30.0]), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
fig, axes = plt.subplots(1, 2, figsize=(7, 2.8), layout="constrained")


def draw_row(ax, row, height, colour):
    for j, value in enumerate(row):
        ax.add_patch(plt.Rectangle((j, height), 0.92, 0.62, facecolor=colour, edgecolor="0.3"))
        ax.text(j + 0.46, height + 0.31, f"{value:g}", ha="center", va="center", fontsize=11)


panels = [
    (axes[0], "forward: b is copied", b, np.stack([b, b]), "b (3,)", "its copies\n(2, 3)"),
    (axes[1], "backward: g is summed", g.sum(axis=0), g, "∂L/∂b (3,)", "g (2, 3)"),
]
for ax, title, single, rows, name, name_of_rows in panels:
    forward = rows is not g
    draw_row(ax, single, 2.1, "#ffedb3")
    for n, row in enumerate(rows):
        draw_row(ax, row, 0.8 - 0.75 * n, "#d3e5f5")
    for j in range(3):
        start, end = ((j + 0.46, 2.05), (j + 0.46, 1.47))[:: 1 if forward else -1]
        ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "lw": 1.5, "color": "#0072B2"})
    ax.text(3.1, 2.41, name, va="center", fontsize=11)
    ax.text(3.1, 0.75, name_of_rows, va="center", fontsize=11)
    ax.set(xlim=(-0.1, 4.6), ylim=(-0.1, 2.9), title=title)
    ax.axis("off")
plt.show()

# %% [markdown]
# So the rule of an operation first computes the share in the broadcast shape, as if nothing had been copied, and then
# sums over the axes along which NumPy copied: those that were added in front and those of length 1 that were repeated.
# The latter stay, with length 1. [tinynet's](#src-unbroadcast) function for it is this one.


# %%
def unbroadcast(g, shape):
    """The gradient of an operand of that shape, from the gradient g of the broadcast result."""
    added = g.ndim - len(shape)
    repeated = tuple(i for i in range(g.ndim) if i < added or shape[i - added] == 1)
    return g.sum(axis=repeated, keepdims=True).reshape(shape)


print("(2, 3) back to (3,):  ", unbroadcast(g, (3,)).tolist())
print("(2, 3) back to (2, 1):", unbroadcast(g, (2, 1)).tolist())
print("(2, 3) back to ():    ", unbroadcast(g, ()).tolist())
assert unbroadcast(g, (3,)).tolist() == [5, 7, 9]
assert unbroadcast(g, (2, 1)).tolist() == [[6], [15]]
assert unbroadcast(g, ()) == 21

column, row = tn.Tensor([[1.0], [2.0]]), tn.Tensor([10.0, 20.0, 30.0])  # (2, 1) and (3,): their product is (2, 3)
(column * row * g).sum().backward()
assert np.array_equal(column.grad, unbroadcast(g * row.data, (2, 1)))
assert np.array_equal(row.grad, unbroadcast(g * column.data, (3,)))
print("∂L/∂row =", row.grad)

# %% [markdown]
# By hand, for the first entry of the row: it met column entries 1 and 2, under $g$ of 1 and 4, so
# $1 \cdot 1 + 4 \cdot 2 = 9$.
#
# ### Sums, means, maxima
#
# Now the other way round: many entries go in, one comes out, and $g$ is one number for all of them.
#
# - $c = \sum_i a_i$ has slope 1 for each $a_i$. So each gets [$g$](#src-sum-backward): **what was summed forward is
#   copied back.** Sum and copy are each other's backward rule.
# - The mean of $m$ entries is the sum over $m$: [$g/m$](#src-mean-backward) for each.
# - $c = \max_i a_i$ follows the largest entry and does not feel the others: slope 1 and 0. If $t$ entries share the
#   first place there is a kink, as in $|a|$ at 0: nudge one of them up and the maximum follows, down and it does not.
#   tinynet gives each [$g/t$](#src-max-backward), so that the shares still sum to $g$ and equal entries are treated
#   equally.
#
# With `axis=` this happens in each row or column separately, with its own $g$.

# %%
values = [[1.0, 5.0, 2.0], [4.0, 4.0, 3.0]]  # the second row has a tie
per_row = np.array([10.0, 20.0])  # the g of each row
for name, reduce in [("sum", tn.sum), ("mean", tn.mean), ("max", tn.max)]:
    a = tn.Tensor(values)
    (reduce(a, axis=1) * per_row).sum().backward()
    print(f"{name:>4}:", a.grad.round(6).tolist())
    expected = {"sum": [[10] * 3, [20] * 3], "mean": [[10 / 3] * 3, [20 / 3] * 3], "max": [[0, 10, 0], [10, 10, 0]]}
    assert np.allclose(a.grad, expected[name], rtol=1e-14)

# %% [markdown]
# ### Moving entries about
#
# Some operations compute nothing; they put entries elsewhere. Their rule puts $g$ back. After `reshape`, it takes [the
# old shape](#src-reshape-backward); after `transpose`, the axes [go back](#src-transpose-backward) to where they were.
# Picking entries, `a[key]`, is a little more: an entry that was not picked gets 0, one that was picked several times
# gets [the sum](#src-getitem-backward), for each pick is a use. NumPy has a trap here: `da[key] += g` adds *once* for
# each entry, even where `key` names it twice. `np.add.at` adds every time.

# %%
a, key, g = np.array([1.0, 2.0, 3.0]), [0, 0, 2], np.array([10.0, 20.0, 30.0])
wrong, right = np.zeros(3), np.zeros(3)
wrong[key] += g
np.add.at(right, key, g)
print("da[key] += g:", wrong, "    np.add.at(da, key, g):", right)
assert wrong.tolist() == [20, 0, 30] and right.tolist() == [30, 0, 30]

t = tn.Tensor(a)
(t[key] * g).sum().backward()
assert np.array_equal(t.grad, right)

g = np.arange(6.0).reshape(2, 3)
t = tn.Tensor(np.zeros((3, 2)))
(t.T * g).sum().backward()
assert np.array_equal(t.grad, g.T)
t = tn.Tensor(np.zeros(6))
(t.reshape(2, 3) * g).sum().backward()
assert np.array_equal(t.grad, g.reshape(6))

# %% [markdown]
# ### The matrix product
#
# $C = AB$, that is $C_{nj} = \sum_i A_{ni} B_{ij}$. Which results does $A_{ni}$ go into? Those of row $n$, one for each
# $j$, each time with the slope $B_{ij}$. So with $G$ for the gradient that arrives
#
# $$\frac{\partial L}{\partial A_{ni}} = \sum_j G_{nj}\,B_{ij} = (G B^T)_{ni}.$$
#
# And $B_{ij}$ goes into those of column $j$, one for each $n$, with the slope $A_{ni}$:
#
# $$\frac{\partial L}{\partial B_{ij}} = \sum_n A_{ni}\,G_{nj} = (A^T G)_{ij}.$$
#
# Two [matrix products](#src-matmul-backward) instead of the 164 MB from above. If you forget which side the transpose
# belongs on, the shapes tell: $\partial L/\partial A$ must have the shape of $A$. With $A = a^{l-1}$, $B = W^l$ and
# $G = \delta^l$ these are chapter 4's $\delta^l (W^l)^T$ and $(a^{l-1})^T \delta^l$.

# %%
A, B = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 3.0]])
G = np.array([[1.0, 10.0, 100.0]])
print("∂L/∂A = G Bᵀ =", (G @ B.T).tolist(), "    ∂L/∂B = Aᵀ G =", (A.T @ G).tolist())
assert (G @ B.T).tolist() == [[1 - 100, 2 + 10 + 300]]

tA, tB = tn.Tensor(A), tn.Tensor(B)
((tA @ tB) * G).sum().backward()
assert np.array_equal(tA.grad, G @ B.T) and np.array_equal(tB.grad, A.T @ G)
assert np.allclose(tn.numerical_gradient(lambda A: np.sum(A @ B * G), A), tA.grad, rtol=1e-8)
assert np.allclose(tn.numerical_gradient(lambda B: np.sum(A @ B * G), B), tB.grad, rtol=1e-8)

# %% [markdown]
# ## An autograd for arrays
#
# What changes in the machine? A node has a rule instead of slopes, and hands on what the rule gives. `backward()` does
# not change by a letter; it is inherited, and so are the operations that were made of others.


# %%
class Array(Scalar):
    """An array that remembers how it was made. rule: takes ∂L/∂this, gives a share for each parent."""

    __array_ufunc__ = None  # asks NumPy to leave array + Array to us

    def __init__(self, data, parents=(), rule=None):
        super().__init__(0, parents)
        self.data, self.rule = np.asarray(data, dtype=float), rule

    def hand_on(self):
        if self.rule is not None:  # what was given has none
            for parent, share in zip(self.parents, self.rule(self.grad)):
                parent.grad += share  # the chain rule

    def __add__(self, other):
        other = self.wrap(other)
        a, b = self.data, other.data
        return Array(a + b, (self, other), lambda g: (unbroadcast(g, a.shape), unbroadcast(g, b.shape)))

    def __mul__(self, other):
        other = self.wrap(other)
        a, b = self.data, other.data
        return Array(a * b, (self, other), lambda g: (unbroadcast(g * b, a.shape), unbroadcast(g * a, b.shape)))

    def __matmul__(self, other):
        a, b = self.data, other.data
        return Array(a @ b, (self, other), lambda g: (g @ b.T, a.T @ g))

    def __pow__(self, n):
        a = self.data
        return Array(a**n, (self,), lambda g: (g * n * a ** (n - 1),))

    def exp(self):
        e = np.exp(self.data)
        return Array(e, (self,), lambda g: (g * e,))

    def sum(self):
        return Array(self.data.sum(), (self,), lambda g: (np.broadcast_to(g, self.data.shape),))

    __radd__, __rmul__ = __add__, __mul__  # again, or they would be those of Scalar


# %% [markdown]
# The first share meets the `grad` that `backward()` set to the number 0.0, and 0.0 plus the share is a new array, which
# belongs to this node alone. All further shares are added into that.
#
# Mazur's network again. The way forward is now the formulas of chapter 2, and a batch costs nothing: we add two
# examples.

# %%
x3 = np.array([[0.05, 0.10], [0.90, 0.20], [0.30, 0.80]])
y3 = np.array([[0.01, 0.99], [0.99, 0.01], [0.01, 0.99]])

w1, c1, w2, c2 = (Array(array) for array in (W1, b1, W2, b2))
z1 = Array(x3) @ w1 + c1
z2 = sigmoid(z1) @ w2 + c2
L = ((y3 - sigmoid(z2)) ** 2).sum() / (2 * len(x3))
L.backward()

print(f"L = {L.data:.9f}, from a graph of {len(topological_order(L))} arrays")
known = tn.introspect.trace(net, x3, y3, loss="half_squared_error")
assert math.isclose(L.data, known.loss, rel_tol=1e-14)
for l, z, w, c in [(1, z1, w1, c1), (2, z2, w2, c2)]:
    for name, node, derived in [("δ", z, known[l].delta), ("∂L/∂W", w, known[l].dW), ("∂L/∂b", c, known[l].db)]:
        assert np.allclose(node.grad, derived, rtol=1e-12, atol=0)
        print(f"{name:>6} of layer {l}: {node.grad.round(9).tolist()}")

# %% [markdown]
# That is an autograd. `sigmoid` is the same function that we gave Scalars before; it does not care what it computes
# with.
#
# ## tinynet's Tensor
#
# [`Tensor`](../tinynet/tensor.py) is this `Array`, grown up. It has the same parents, the same kind of rules, the same
# order from the youngest to the oldest, and `.grad` for *every* tensor of the graph, those in between included. So the
# δ of a layer is `z.grad`, and no special device is needed to look at it. Here is the graph of the second layer of
# Mazur's network. A layer makes its weighted sums in one operation, called *affine*: $z = aW + b$. The $\partial$ in
# this box is $\delta^2$.

# %% mystnb={"image": {"alt": "The graph of a layer: a1, W and b lead into affine, whose gradient is δ; then comes the sigmoid, and with the target the half squared error."}}
a1 = tn.Tensor(known[1].a[:1], name="a1")  # the first example's
L = tn.half_squared_error(net.layers[1](a1), y)
L.backward()
tn.introspect.plot_graph(L)
plt.show()

# %% [markdown]
# The comparison that we did above, `tn.introspect.three_ways` does in one call: the network as a graph of single
# numbers, by the formulas of chapter 4, and by tinynet's fast kernels, every number beside its twins. (Its graph has
# fewer numbers than ours, for it subtracts and divides in one operation.)

# %%
ways = tn.introspect.three_ways(net, x, y, loss="half_squared_error")
print(ways)
assert ways.agree

# %% [markdown]
# ### An operation of your own
#
# `Tensor.made_by` makes a node: the operation's name, the result, the parents, the rule. All of
# [functions.py](../tinynet/functions.py) is written in this form. tinynet has no sine; two lines later it has. `needs`
# says which operands the rule will look at again; we come to that.


# %%
def sin(a):
    """c = sin a, entry by entry; the share of a is g cos a."""
    x = a.data
    return tn.Tensor.made_by("sin", np.sin(x), (a,), lambda g: (g * np.cos(x),), needs=(a,))


a = tn.Tensor([0.0, 1.0, 2.0])
(sin(a) ** 2).sum().backward()
print("∂ Σ sin²a / ∂a =", a.grad, "    sin 2a =", np.sin(2 * a.data))
assert np.allclose(a.grad, np.sin(2 * a.data), rtol=1e-14)  # 2 sin a cos a
assert np.allclose(a.grad, tn.numerical_gradient(lambda v: np.sum(np.sin(v) ** 2), a.data), atol=1e-9)

# %% [markdown]
# ### What has a gradient, and what has not
#
# A tensor that you make has a gradient. Plain numbers and arrays that meet it are constants, and so is
# `tn.Tensor(..., requires_grad=False)`: nothing is handed on to them. Where no gradient is wanted at all, in prediction
# for example, `with tn.no_grad():` records no graph, which saves time and memory.

# %%
w = tn.Tensor([1.0, 2.0])
constant = tn.Tensor([3.0, 4.0], requires_grad=False)
(w * constant).sum().backward()
print("∂L/∂w =", w.grad, "    the constant's:", constant.grad)
assert w.grad.tolist() == [3, 4] and constant.grad is None

assert (w * w).parents == (w, w)
with tn.no_grad():
    assert (w * w).parents == ()

# %% [markdown]
# tinynet computes in float64 or in float32 (chapter 5). One float64 array among float32 ones would turn, by NumPy's
# rules, everything after it into float64, unnoticed. So two tensors of different kinds refuse to meet. Plain numbers
# and arrays take the kind of the tensor that they meet.

# %%
single = tn.Tensor([1.0, 2.0], dtype="float32")
try:
    single + tn.Tensor([1.0, 2.0])
except TypeError as error:
    print("TypeError:", error)
assert (single * 2.5).dtype == np.float32
(single * single).sum().backward()
assert single.grad.dtype == np.float32

# %% [markdown]
# ## What goes wrong: gradients of the last walk
#
# Take out the line that forgets what an earlier walk left. micrograd has none ([an
# issue](https://github.com/karpathy/micrograd/issues/53) of several), and a program that trains with it sets the
# gradients of the weights to 0 before each walk, by `zero_grad()`. Let us do that as well. $L = x \cdot x \cdot x$ at
# 3, where 27 is right:


# %%
def walk_without_forgetting(end):
    end.grad = 1.0
    for node in topological_order(end):
        node.hand_on()


x = Scalar(3)
u = x * x
L = u * x
walk_without_forgetting(L)
print(f"first walk:                          ∂L/∂x = {x.grad:g}, ∂L/∂u = {u.grad:g}")
assert (x.grad, u.grad) == (27, 3)
x.grad = 0.0  # zero_grad(): the weights only
walk_without_forgetting(L)
print(f"second walk, after x.grad = 0:       ∂L/∂x = {x.grad:g}, ∂L/∂u = {u.grad:g}")
assert (x.grad, u.grad) == (45, 6)

# %% [markdown]
# Why 45? $u$ still had the 3 of the first walk, and now handed on $3 + 3 = 6$: the shares of $x$ are
# $9 + 6 \cdot 3 + 6 \cdot 3 = 45$. It does no harm as long as every step of training builds a new graph, with a new
# $u$. That is a habit which works, and not a program that is right.
#
# PyTorch forgets the numbers in between, but not those that you made: to their gradients each walk
# [adds](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html), so that one can sum the gradients
# of several losses. There the second walk, without `zero_grad()`, gives $27 + 27$ (and has to be asked for:
# `retain_graph=True`).
#
# In tinynet `backward()` starts afresh, whatever was there.

# %%
x = tn.Tensor(3.0)
L = x * x * x
for _ in range(2):
    L.backward()
    assert x.grad == 27

# %% [markdown]
# ## What goes wrong: a graph too deep for recursion
#
# The usual way to find a topological order is recursive: first all that my parents need, then I. Short, and [it
# dies](https://github.com/karpathy/micrograd/pull/90) on a long chain of operations, because Python allows itself only
# so many calls inside each other.


# %%
def recursive_order(node, order=None, seen=None):
    order, seen = ([], set()) if order is None else (order, seen)
    if node not in seen:
        seen.add(node)
        for parent in node.parents:
            recursive_order(parent, order, seen)
        order.append(node)
    return order[::-1]


def chain(start, n):
    end = start
    for _ in range(n):
        end = end + 1
    return end


short = chain(Scalar(0), 10)
assert recursive_order(short)[0] is short and len(recursive_order(short)) == len(topological_order(short)) == 21
try:
    recursive_order(chain(Scalar(0), 100_000))
except RecursionError as error:
    print("RecursionError:", error)

for make in (Scalar, tn.Tensor):
    start = make(0)
    chain(start, 100_000).backward()
    print(f"{make.__name__}, 100,000 operations: gradient {float(start.grad):g}")
    assert start.grad == 1

# %% [markdown]
# A list that grows while we walk along it, as in `topological_order`, has no such limit.
#
# ## What goes wrong: a number that changed after it was used
#
# A Scalar notes its slopes on the way forward. A rule computes them on the way *back*, and for $w \cdot w$ looks at $w$
# once more. What if somebody has written to that array in between, to change the weights for example?

# %%
w = Array([1.0, 2.0])
L = (w * w).sum()
w.data[0] = 100.0
L.backward()
print(f"L = {L.data:g} was computed from w = [1, 2]. ∂L/∂w should be [2, 4]; it is {w.grad.tolist()}")
assert w.grad.tolist() == [200, 4]

w = tn.Tensor([1.0, 2.0], name="w")
L = (w * w).sum()
w.data[0] = 100.0
try:
    L.backward()
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# $L$ belongs to one $w$ and its gradient to another. tinynet notices, because it keeps a *fingerprint* of each array
# that a rule will look at again (that is what `needs=` says) and compares before it walks. A small array is its own
# fingerprint, a copy. For a large one, a copy would cost too much memory; the fingerprint is one whole number of 64
# bits. (After `backward()` you may write to a weight: that is how chapter 7 lets a network learn.)
#
# Which number? The sum of all bits, each entry read as a whole number of 64 bits, modulo $2^{64}$, is quick. But some
# changes cancel in it. Swap two entries: the sum is the same. Turn two signs: the sign is the highest bit, worth
# $2^{63}$, and twice that is $2^{64}$, which is 0. So each entry $b_i$ is scrambled before it is added, [in this
# line](#src-fingerprint):
#
# $$\text{total} = \sum_i \mathrm{fold}\big((2i + 1)\,G\,\mathrm{fold}(b_i)\big) \bmod 2^{64}, \qquad
#   \mathrm{fold}(h) = h \oplus (h \gg 29).$$
#
# The factor $2i + 1$ is another one at each place, so swapping shows. $G$ is a large odd number without a pattern,
# $2^{64}$ over the golden ratio. Folding, an exclusive or ($\oplus$) of $h$ with itself moved down by 29 bits, lets the
# high bits act on the low ones, so that a sign is more than a highest bit. Each of these steps can be undone (odd
# factors have an inverse modulo $2^{64}$), so a change of *one* entry always changes its term and with it the sum.

# %%
before = np.arange(1.0, 3001.0)  # 3000 numbers, 24 kB: no longer small
swapped, turned = before.copy(), before.copy()
swapped[[0, 1]] = swapped[[1, 0]]
turned[:2] *= -1


def plain_sum(array):
    return int(array.view(np.uint64).sum())  # NumPy's whole numbers wrap around at 2⁶⁴


for name, array in {"as it was": before, "two swapped": swapped, "two signs turned": turned}.items():
    print(f"{name:>17}: plain sum {plain_sum(array):>20}, fingerprint {fingerprint(array):>20}")
assert plain_sum(before) == plain_sum(swapped) == plain_sum(turned)
assert len({fingerprint(array) for array in (before, swapped, turned)}) == 3


# the formula, with Python's whole numbers, which have no limit
def fold(h):
    return h ^ (h >> 29)


golden = 0x9E3779B97F4A7C15
assert abs(golden / 2**64 - (math.sqrt(5) - 1) / 2) < 1e-15  # 1 over the golden ratio
bits = before[:3].view(np.uint64)
by_hand = sum(fold((2 * i + 1) * golden * fold(int(b)) % 2**64) for i, b in enumerate(bits)) % 2**64
assert by_hand == scrambled_sum(bits)

# %% [markdown]
# ## Summary
#
# - A computation is a graph. Each operation knows the slopes of its own result, and the walk from the loss backwards
#   joins them: $\partial L/\partial p = \sum_r \partial L/\partial r \cdot \partial r/\partial p$ over all uses of $p$.
# - Shares are added (`+=`), and a node hands on when all its users have: topological order, youngest first.
# - An operation of arrays has a rule in place of slopes: $g$ in, a share for each parent out, in the parent's shape.
# - Every `backward()` begins by forgetting; the walk uses no recursion; what a rule still needs must not change.
#
# | operation | share of $a$ | share of $b$ |
# |---|---|---|
# | $a + b$, $a - b$, $-a$ | $g$, $g$, $-g$ | $g$, $-g$ |
# | $a\,b$ | $g\,b$ | $g\,a$ |
# | $a/b$ | $g/b$ | $-g\,a/b^2$ |
# | $a^b$ | $g\,b\,a^{b-1}$ | $g\,a^b \ln a$ |
# | $e^a$, $\ln a$, $\sqrt a$, $\lvert a \rvert$ | $g\,e^a$, $g/a$, $g/(2\sqrt a)$, $g\,\mathrm{sign}(a)$ | |
# | broadcast (copy) | the sum of $g$ over the copies | |
# | sum, mean of $m$ | copies of $g$, of $g/m$ | |
# | max | $g/t$ for the $t$ largest, else 0 | |
# | reshape, transpose, `a[key]` | $g$ put back, and added where it meets itself | |
# | $AB$ | $G B^T$ | $A^T G$ |
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch06.py`, then run `pytest tutorials/exercises -k ch06`.
#
# 1. `tangle_by_hand(x, y)`: all gradients of $L = (xy + x)^2$, by a walk that you write down line by line.
# 2. `unbroadcast(g, shape)`: from memory, without looking above.
# 3. `max_rule(g, a)`, `take_rule(g, a, key)`, `outer_rule(g, a, b)`, `cumsum_rule(g)`: $g$ in, shares out. The last two
#    are rules of operations that you have not met here.
# 4. `topological_order(end, parents)`: without birth numbers, and without recursion.
# 5. `log_cosh(a)`: an operation for tinynet, $\ln\cosh a$, by `Tensor.made_by`. At $a = 1000$ as well.
# 6. `Value`: your own autograd for arrays, from an empty class: +, ×, @, tanh and sum. The marks try reuse,
#    broadcasting, a whole network, two walks, and a chain of 5,000 operations.
# 7. With a pencil: walk $L = x - x$ back. What are the shares of $x$? And what does a walk say about $L = x/x$ at
#    $x = 5$?
# 8. With a pencil: in what order would a walk *forward* compute $\partial L/\partial x$ for $(x + y)\,z$? When is it
#    the better way: for many inputs and one output, or for one input and many outputs?
#
# [Chapter 7](07_descent.py) does with the gradients what they are for.
