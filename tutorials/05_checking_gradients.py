# %% [markdown]
# # 5. Checking gradients
#
# Chapter 4 derived a formula for every derivative of a network. Suppose you made a mistake in one of them: a factor
# forgotten, a matrix transposed. Nothing will crash, and the loss will probably still fall. How would you know? This
# chapter builds an instrument that does know. It finds a wrong derivative in any network, says which entries of which
# array are wrong, and needs no formula of chapter 4 for it: only the definition of the derivative, and some care with
# the last digits.
#
# ## What you will be able to do
#
# - estimate any derivative from two values of the loss, and say how many digits of the estimate are right;
# - choose the step $h$, and explain why a smaller one is not always better;
# - check every weight, bias, input and $\delta$ of a network, and read the report, at the kink of a ReLU too;
# - take a complex step, which gives all digits, and say where it cannot be taken;
# - tell from *which* entries are wrong in which line the mistake is;
# - name what such a check can never find.
#
# ## A wrong gradient that learns
#
# Here is Mazur's network of chapter 4 with four examples instead of one. It takes 1000 steps
# $w \leftarrow w - \alpha\,\partial L/\partial w$, once with the right derivatives and once with derivatives that are
# wrong. Before you read on: which curve is which?

# %% tags=["hide-input"] mystnb={"image": {"alt": "Two curves of the loss over 1000 steps, A and B. Both fall from 0.31 to about 0.02; A is ahead for most of the way, clearly so between steps 400 and 900, and B ends a little lower."}}
import math
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import zoo  # the file zoo.py beside this chapter

import tinynet as tn

BLUE, VERMILION = "#0072B2", "#D55E00"

losses_a = zoo.train(zoo.BATCH, zoo.BATCH.gradients)
losses_b = zoo.train(zoo.BATCH, zoo.parrot)

fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
ax.plot(losses_a, color=BLUE, label="A")
ax.plot(losses_b, "--", color=VERMILION, label="B")
ax.set(xlabel="steps", ylabel="loss L", title="one of these networks learns from wrong gradients", ylim=(0, None))
ax.legend()
plt.show()

# %%
for steps in (0, 10, 100, 600, 1000):
    print(f"after {steps:4} steps: A {losses_a[steps]:.6f}   B {losses_b[steps]:.6f}")
assert losses_b[1000] < losses_a[1000]

# %% [markdown]
# A was ahead for most of the way, B ends lower, and B is the wrong one: not one of its twelve derivatives is right.
# What points roughly downhill still leads down, so a falling loss proves nothing. Elsewhere the same mistake may cost
# much more, and nobody would look for it in a line that "works". We come back to B when we have the means to convict
# it.
#
# ## Two points instead of a tangent
#
# The derivative of $L$ at $w$ is the slope of the tangent there. By its definition it is a limit of slopes of chords:
#
# $$L'(w) = \lim_{h \to 0} \frac{L(w + h) - L(w)}{h}.$$
#
# $L(w)$ is the loss as one number $w$ changes, a weight, say, and everything else stays as it is. The definition
# asks for values of $L$ and nothing else. It knows nothing of layers and activations, so it cannot repeat our
# mistakes. A computer cannot take the limit, but it can take a small $h$. There are two ways to do so. The
# *one-sided difference* is the fraction above. The *central difference* goes as far to the left as to the right:
#
# $$D(h) = \frac{L(w + h) - L(w - h)}{2h}.$$
#
# Try both on a curve whose slope we know. Let $L(w) = w^3$ at $w = 1$, where $L' = 3w^2 = 3$. With $h = 0.1$ a pencil
# gives $(1.331 - 1)/0.1 = 3.31$ for the first, and $(1.331 - 0.729)/0.2 = 3.01$ for the second.


# %%
def cube(w):
    return w**3


print("     h   one-sided    central")
for h in (0.5, 0.1, 0.01, 0.001):
    one_sided = (cube(1 + h) - cube(1)) / h
    central = (cube(1 + h) - cube(1 - h)) / (2 * h)
    print(f"{h:6g}  {one_sided:10.6f} {central:10.6f}")
    assert math.isclose(one_sided - 3, 3 * h + h**2, rel_tol=1e-9)
    assert math.isclose(central - 3, h**2, rel_tol=1e-6)

# %% [markdown]
# The same $h$, and the central difference is far better: with every zero in $h$ it gains two digits, the one-sided one
# a single digit. The picture shows why. The chord to the right is too steep, because the curve bends upwards; a chord
# to the left would be too flat. The central chord's slope is the mean of these two, and most of the error cancels.

# %% tags=["hide-input"] mystnb={"image": {"alt": "The curve w cubed with its tangent of slope 3 at w = 1, the one-sided chord of slope 4.75, which is steeper, and the central chord of slope 3.25, almost parallel to the tangent."}}
w, h = 1.0, 0.5
ws = np.linspace(0.35, 1.65, 131)
fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
ax.plot(ws, ws**3, color="black", label="$L(w) = w^3$")
ax.plot(ws, 1 + 3 * (ws - 1), ":", color="0.4", lw=2, label="tangent: slope 3")
for (left, right), style, colour, label in [
    ((w, w + h), "--", VERMILION, "one-sided: slope 4.75"),
    ((w - h, w + h), "-.", BLUE, "central: slope 3.25"),
]:
    ends = np.array([left, right])
    ax.plot(ends, ends**3, style, marker="o", color=colour, lw=2, label=label)
for place, text, offset in [(w - h, "$w - h$", (-22, 9)), (w, "$w$", (2, -18)), (w + h, "$w + h$", (4, -18))]:
    ax.annotate(text, (place, place**3), offset, textcoords="offset points", fontsize=11)
ax.set(xlabel="w", ylabel="L(w)", title="a tangent at w = 1, and two chords with h = 0.5", ylim=(-1.2, 4.6))
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# ## The first error: the curve is not straight
#
# Taylor's series says what $L$ is a little to the right and a little to the left of $w$:
#
# $$\begin{aligned}
# L(w + h) &= L + h L' + \frac{h^2}{2} L'' + \frac{h^3}{6} L''' + \dots \\
# L(w - h) &= L - h L' + \frac{h^2}{2} L'' - \frac{h^3}{6} L''' + \dots
# \end{aligned}$$
#
# where $L, L', L'', L'''$ on the right are taken at $w$. Subtract $L$ from the first line and divide by $h$. Then
# subtract the second line from the first, where every even term cancels, and divide by $2h$:
#
# $$\frac{L(w + h) - L(w)}{h} = L' + \frac h2 L'' + \dots, \qquad
#   \frac{L(w + h) - L(w - h)}{2h} = L' + \frac{h^2}{6} L''' + \dots$$
#
# What follows $L'$ is the *truncation error*: it comes from cutting the series off. For $w^3$ at 1 both $L''$ and
# $L'''$ are 6, so it is about $3h$ on one side and $h^2$ in the middle, as the table has it.
#
# Nobody knows $L'''$ of a network. But it can be measured: with twice the step the error is four times as large, so
#
# $$D(2h) - D(h) \approx \frac{(2h)^2 - h^2}{6} L''' = \frac{h^2}{2} L'''.$$
#
# tinynet uses [this](#src-truncation) to draw how the error should grow with $h$. From here on we take central
# differences only; [this line](#src-central-difference) computes them.


# %%
def D(f, w, h):
    return (f(w + h) - f(w - h)) / (2 * h)


h = 0.1
third = 2 * (D(cube, 1, 2 * h) - D(cube, 1, h)) / h**2
print(f"2 (D(0.2) − D(0.1)) / 0.1² = 2 ({D(cube, 1, 0.2):.2f} − {D(cube, 1, 0.1):.2f}) / 0.01 = {third:.6f} = L‴")
assert math.isclose(third, 6)

# %% [markdown]
# ## The second error: the digits run out
#
# If smaller is better, why not take $h = 10^{-15}$? Because the computer keeps a limited number of digits. To see
# what that does, compute $D(h)$ of $w^3$ at 1 again, on a pocket calculator that rounds every result to four digits:


# %%
def four_digits(value):
    return float(f"{value:.3e}")


by_calculator = {}
print("       h   L(1 + h)   L(1 − h)      D(h)")
for h in (0.1, 0.01, 0.001, 0.0001, 0.00001):
    above, below = four_digits(cube(1 + h)), four_digits(cube(1 - h))
    by_calculator[h] = four_digits((above - below) / (2 * h))
    print(f"{h:8g} {above:10.4f} {below:10.4f} {by_calculator[h]:9.4f}")
assert by_calculator[0.1] == 3.01 and by_calculator[0.0001] == 1.5 and by_calculator[0.00001] == 0

# %% [markdown]
# At 0.01 the estimate is worse than at 0.1 (that 0.001 gives exactly 3 is luck), then it is nonsense, and in the end it
# is 0: the nudge is so small that the calculator sees no difference. The two losses agree in almost all of their
# digits. Subtracting takes these away and leaves the few last ones, which are rounded; dividing by the small $2h$ makes
# them large. This is called *cancellation*.
#
# Python's numbers are of the kind called float64 and keep about 16 digits. There is a number for how many: the
# *machine epsilon* $\epsilon$ is the distance from 1 to the next larger number that can be stored. For float64
# $\epsilon = 2^{-52}$, for float32, with half the memory, $2^{-23}$, and for our calculator 0.001. Rounding to the
# nearest number moves a value $v$ by at most half a step, $\frac\epsilon2 |v|$. So each of the two losses is off by up
# to $\frac\epsilon2 |L|$, their difference by up to $\epsilon |L|$, and $D(h)$ by up to
#
# $$\frac{\epsilon\,|L|}{2h}.$$
#
# This is the *rounding error* ([the source](#src-rounding)). It grows as $h$ shrinks. A loss is computed in many
# operations, each of which rounds, and the nudged $w$ is rounded too, so take it for a size and not for a strict bound.

# %%
for dtype in ("float64", "float32"):
    epsilon = np.finfo(dtype).eps
    print(f"{dtype}: ε = {epsilon:.2e}")
assert 1 + 2.0**-52 > 1 and 1 + 2.0**-53 == 1  # half an ε is lost

# %% [markdown]
# ## The best h
#
# Together the two errors have about the size
#
# $$E(h) = \frac{h^2}{6} |L'''| + \frac{\epsilon\,|L|}{2h},$$
#
# the first falling as $h$ shrinks, the second rising. In between is the best $h$. There $E'(h) = 0$:
#
# $$\frac{h}{3} |L'''| - \frac{\epsilon\,|L|}{2h^2} = 0 \quad\Longrightarrow\quad
#   h = \sqrt[3]{\frac{3\,\epsilon\,|L|}{2\,|L'''|}}.$$
#
# We rarely know $L'''$, and a factor of 2 in $h$ does not matter. With everything but $\epsilon$ of size 1, the errors
# are $h^2$ and $\epsilon/h$. They are equal at [this $h$](#src-recommended-h), `tn.recommended_h(dtype)`,
#
# $$h = \epsilon^{1/3}, \qquad\text{with an error of about } \epsilon^{2/3}.$$
#
# So a central difference keeps two thirds of the digits: of 16 in float64 some ten or eleven, of 7 in float32 some
# four or five. A one-sided difference keeps half of them: its errors $h$ and $\epsilon/h$ are equal at
# $h = \epsilon^{1/2}$, and there they are $\epsilon^{1/2}$.

# %%
for dtype in ("float64", "float32"):
    h = tn.recommended_h(dtype)
    epsilon = float(np.finfo(dtype).eps)
    print(f"{dtype}: central, h = ε^(1/3) = {h:.1e}, error about ε^(2/3) = {h**2:.1e}; one-sided {epsilon**0.5:.1e}")
    assert math.isclose(h, epsilon ** (1 / 3))

# %% [markdown]
# Now measure it. For the sigmoid at $z = 0.7$ chapter 4 has the exact slope, $a(1 - a)$. We compare $D(h)$ with it
# for every power of ten, in both kinds of numbers. The error is *relative*: divided by the slope.


# %%
def sigma(z):
    return 1 / (1 + np.exp(-z))


slope = sigma(0.7) * (1 - sigma(0.7))


def relative_errors(dtype, steps, one_sided=False):
    """|D(h) / σ'(0.7) − 1|, computed in numbers of this dtype, for each h of steps."""
    z, steps = dtype(0.7), steps.astype(dtype)
    rise = sigma(z + steps) - (sigma(z) if one_sided else sigma(z - steps))
    return np.abs((rise / (steps if one_sided else dtype(2) * steps)).astype(np.float64) / slope - 1)


powers = 10.0 ** np.arange(-1, -13, -1)
errors_64, errors_32 = relative_errors(np.float64, powers), relative_errors(np.float32, powers)
print(f"{'h':>6} {'float64':>9} {'float32':>9}")
for h, error_64, error_32 in zip(powers, errors_64, errors_32):
    print(f"{h:6.0e} {error_64:9.0e} {error_32:9.0e}")

assert errors_64.argmin() == 4 and errors_64[4] < 1e-11  # h = 1e-5
assert errors_32.argmin() == 1 and errors_32[1] < 1e-5  # h = 1e-2

# %% [markdown]
# In float64 the best power of ten is $10^{-5}$, with an error of $4 \cdot 10^{-12}$; in float32 it is $10^{-2}$, with
# an error of $7 \cdot 10^{-6}$. The formula with $L'''$, measured as above, says so too:

# %%
third = abs(2 * (D(sigma, 0.7, 0.02) - D(sigma, 0.7, 0.01)) / 0.01**2)
for dtype, measured in [("float64", 1e-5), ("float32", 1e-2)]:
    best = (3 * np.finfo(dtype).eps * sigma(0.7) / (2 * third)) ** (1 / 3)
    print(f"{dtype}: best h = {best:.1e}")
    assert measured < best < 2 * measured

# %% tags=["hide-input"] mystnb={"image": {"alt": "Relative error against the step h on logarithmic axes: two V-shaped curves for central differences, float64 with its bottom near 1e-5 and float32 near 1e-2, with the two straight sides of each V, and a one-sided difference with a much higher bottom."}}
steps = np.logspace(-12, 0, 121)
fig, ax = plt.subplots(figsize=(7, 4.6), layout="constrained")
for dtype, marker, colour in [(np.float64, "o", BLUE), (np.float32, "^", VERMILION)]:
    errors = np.clip(relative_errors(dtype, steps), 1e-14, None)
    ax.plot(steps, errors, marker, ms=3.5, color=colour, label=f"central, {dtype.__name__}")
    ax.plot(steps, np.finfo(dtype).eps * sigma(0.7) / (2 * steps) / slope, "-", color=colour, lw=1)
one_sided = np.clip(relative_errors(np.float64, steps, one_sided=True), 1e-14, None)
ax.plot(steps, one_sided, "x", ms=3.5, color="0.55", label="one-sided, float64")
ax.plot(steps, steps**2 * third / 6 / slope, "--", color="black", lw=1, label="truncation, $h^2|L'''|/6$")
ax.plot([], [], "-", color="black", lw=1, label=r"rounding, $\epsilon |L|/2h$")
ax.set(xscale="log", yscale="log", xlabel="step h", ylabel="relative error", ylim=(1e-14, 10))
ax.set_title("central differences of σ at 0.7: too large, too small, and the best h")
ax.grid(alpha=0.3)
ax.legend(loc="lower left", fontsize=9)
plt.show()

# %% [markdown]
# Each curve is a V with the two sides that we derived. On its left side the points scatter below their line, for
# rounding is sometimes lucky. Far to the left the float32 curve stays at 1: the nudge is lost altogether, and
# $D(h) = 0$. The one-sided difference rises less steeply on its right and never comes down as far.
#
# ## One weight of a network
#
# Back to Mazur's network of chapter 4: two inputs, two hidden neurons, two outputs, all with sigmoids, and
# $L = \frac12 \sum_j (y_j - a_j)^2$. Chapter 4 found $\partial L/\partial w_{11}^2 = 0.082167041$ with a pencil, by the
# chain rule (the raised 2 is the layer). Now without it: nudge that weight by $h = 10^{-5}$ to either side and run
# the network forward, twice.

# %%
x, y = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
W1, b1 = np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([0.35, 0.35])
W2, b2 = np.array([[0.40, 0.50], [0.45, 0.55]]), np.array([0.60, 0.60])


def loss_of(x, W1, b1, W2, b2):
    a1 = sigma(x @ W1 + b1)
    a2 = sigma(a1 @ W2 + b2)
    return 0.5 * np.sum((y - a2) ** 2)


h = 1e-5
nudge = np.array([[h, 0], [0, 0]])
above, below = loss_of(x, W1, b1, W2 + nudge, b2), loss_of(x, W1, b1, W2 - nudge, b2)
print(f"L(w + h) = {above:.15f}\nL(w − h) = {below:.15f}")
print(f"D(h)     = {above - below:.15f} / 0.00002 = {(above - below) / (2 * h):.9f}")
assert abs((above - below) / (2 * h) - 0.082167041) < 5e-10

# %% [markdown]
# All nine digits. `tn.numerical_gradient(f, array)` does this for each entry of an array in turn and gives back an
# array of slopes. Here are all derivatives of the network, the inputs' included, beside those that chapter 4 computes
# backward.

# %%
a1 = sigma(x @ W1 + b1)
a2 = sigma(a1 @ W2 + b2)
delta2 = (a2 - y) * a2 * (1 - a2)
delta1 = (delta2 @ W2.T) * a1 * (1 - a1)

gradients = {
    "x": (delta1 @ W1.T, tn.numerical_gradient(lambda x: loss_of(x, W1, b1, W2, b2), x)),
    "W1": (x.T @ delta1, tn.numerical_gradient(lambda W1: loss_of(x, W1, b1, W2, b2), W1)),
    "b1": (delta1.sum(axis=0), tn.numerical_gradient(lambda b1: loss_of(x, W1, b1, W2, b2), b1)),
    "W2": (a1.T @ delta2, tn.numerical_gradient(lambda W2: loss_of(x, W1, b1, W2, b2), W2)),
    "b2": (delta2.sum(axis=0), tn.numerical_gradient(lambda b2: loss_of(x, W1, b1, W2, b2), b2)),
}
for name, (analytic, numeric) in gradients.items():
    difference = np.abs(analytic - numeric).max()
    print(f"∂L/∂{name:2} backward: {analytic.ravel().round(9)}   largest difference: {difference:.0e}")
    assert difference < 5e-11

# %% [markdown]
# One kind of derivative is missing here: $\delta$. It is the derivative by a $z$, and $z$ is nobody's to set; it is
# computed in the middle of the network. But its definition, $\delta_j^l = \partial L/\partial z_j^l$, says what
# to do: put another $z_j^l$ in its place and run the rest of the network, its *tail*, from there. What the layers
# before would have said no longer counts.


# %%
def tail_from_z1(z1):
    return 0.5 * np.sum((y - sigma(sigma(z1) @ W2 + b2)) ** 2)


def tail_from_z2(z2):
    return 0.5 * np.sum((y - sigma(z2)) ** 2)


z1, z2 = x @ W1 + b1, a1 @ W2 + b2
for name, delta, by_nudges in [
    ("δ¹", delta1, tn.numerical_gradient(tail_from_z1, z1)),
    ("δ²", delta2, tn.numerical_gradient(tail_from_z2, z2)),
]:
    print(f"{name} backward: {delta.ravel()}   by nudges of z: {by_nudges.ravel()}")
    assert np.allclose(delta, by_nudges, rtol=1e-8, atol=0)

# %% [markdown]
# If nudges give all derivatives without any formula, why do we need formulas? Because of the price. Each entry costs
# two runs of the network. Take a modest network for images: 784 inputs, 100 hidden neurons, 10 outputs.

# %%
entries = (784 * 100 + 100) + (100 * 10 + 10)
print(f"{entries:,} weights and biases, {2 * entries:,} runs forward for one gradient")

# %% [markdown]
# The backward pass gives the same for the price of about two runs (chapter 4). So one learns by formulas, and checks
# the formulas by nudges, once, on a small network.
#
# ## Relative to what
#
# When are two numbers equal enough? A difference of $10^{-7}$ is excellent between derivatives of size 1 and a disaster
# between derivatives of size $10^{-7}$. So we compare relatively, and to the larger of the two, for we do not know
# yet which of them is wrong. With $a$, in this section only, for the analytic one, by formulas, and $n$ for the numeric
# one, by nudges,
#
# $$\text{relative error} = \frac{|a - n|}{\max(|a|, |n|)}.$$
#
# Typical mistakes can be recognised by this number. If a derivative is $k$ times the right one, it is
# $|k - 1|/\max(|k|, 1)$: 2 for a wrong sign ($k = -1$), 1 for a derivative that is missing ($k = 0$), ½ for twice or
# half, and $1 - 1/N$ for a sum over $N$ examples instead of their mean.
#
# There is one trap: a derivative that *is* 0. Adding the same $c$ to all $z$ of a softmax changes nothing (chapter 3),
# so the derivative of the loss by $c$ is exactly 0. What do nudges say?

# %%
z, target = np.array([0.5, 0.2, -0.4]), np.array([1.0, 0.0, 0.0])


def shifted_loss(c):
    return -target @ (z + c - np.log(np.exp(z + c).sum()))


analytic, numeric, loss = 0.0, D(shifted_loss, 0, 1e-5), shifted_loss(0)
print(f"L = {loss:.3f}, D = {numeric:.1e}")
assert abs(numeric) < 1e-10

# %% [markdown]
# Rounding left some $10^{-12}$, and relative to *that* the right answer 0 is off by 100 %. The comparison must know how
# fine the nudges can see. Their noise is about $\epsilon |L|/h$; to be on the safe side, and because numbers of size 1
# are rounded on the way to a small loss too, call it $\epsilon (1 + |L|)/h$. Relative to a derivative of size $r$ it is
# $1/r$ times that. A check that fails what is relatively off by more than a *tolerance*, such as $10^{-6}$, must not
# fail for the noise alone. So it can judge only derivatives that are larger than
#
# $$r = \frac{\epsilon\,(1 + |L|)}{h \cdot \text{tolerance}}.$$
#
# Below $r$, the [resolution](#src-resolution), tinynet divides by $r$ instead
# ([the line](#src-relative-error)):
#
# $$\text{relative error} = \frac{|a - n|}{\max(|a|, |n|, r)}.$$


# %%
def relative_error(analytic, numeric, r):
    return abs(analytic - numeric) / max(abs(analytic), abs(numeric), r)


r = np.finfo(np.float64).eps * (1 + loss) / (1e-5 * 1e-6)
print(f"r = {r:.1e}; the 0 now has the relative error {relative_error(analytic, numeric, r):.0e}")
for k, mistake in [(-1, "wrong sign"), (0, "missing"), (2, "twice"), (4, "sum for mean, N = 4")]:
    print(f"{mistake:>20}: {relative_error(k * 0.082167041, 0.082167041, r):g}")
assert relative_error(analytic, numeric, r) < 1e-6

# %% [markdown]
# It is honest to say what that costs: a mistake in a derivative that is much smaller than $r$ may pass.
#
# ## The check by tinynet
#
# `tn.gradcheck` does all of this for a network: every weight, every bias, every entry of the input. What it checks is
# `backward()`, tinynet's own computation of the derivatives; how that works is chapter 6. With `delta=True` it also
# puts other $z$ in place, layer by layer, and checks every $\delta$.

# %%
net = tn.Sequential([tn.Dense(2, activation="sigmoid", input_dim=2), tn.Dense(2, activation="sigmoid")])
net.set_weights([W1, b1, W2, b2])

report = tn.gradcheck(net, x, y, loss="half_squared_error", delta=True)
print(report)
assert report.passed and len(report.entries) == 12 + 2 + 4

# %% [markdown]
# The first line is the verdict, the second the resolution $r$ of this check, then come the entries, worst first.
# `dense_1.W[0, 1]` is the weight of layer 1 in row 0 and column 1, counted as NumPy counts; `dense_1.z[0, 1]` is the
# $z$ of neuron 1 of that layer for example 0, so this row is about a $\delta$. `dense_1.z[0, 1]` and `dense_1.b[1]`
# agree in every digit, as they must: with one example, $\partial L/\partial b$ *is* $\delta$.
#
# `report.passed` is the verdict for a program. A network with many weights takes long; `entries=` chooses a few, by
# name, whole arrays too.

# %%
few = tn.gradcheck(net, x, y, loss="half_squared_error", entries=["dense_2.W[0, 0]", "dense_1.b"])
print(few)
print(f"\nby name: {few['dense_2.W[0, 0]'].analytic:.9f}")
assert abs(few["dense_2.W[0, 0]"].analytic - 0.082167041) < 5e-10

# %% [markdown]
# One more instrument. `report.plot_step_size()` repeats the check with every $h$ and draws the V of the worst entries,
# with the truncation and the rounding error as thin lines. (The legend calls them $ch^2$ and $r/h$; that $r$ is not the
# resolution.) Look at the curve that we add to it: the derivative by the same weight, by the formulas of B at the
# beginning.

# %% tags=["hide-input"] mystnb={"image": {"alt": "Relative error of two derivatives against h. The right one is a V with its bottom near 1e-5 and two thin lines as its sides; the wrong one is a horizontal line at a relative error of 0.14."}}
wrong = zoo.parrot(x, y, W1, b1, W2, b2)["W2"][0, 0]
steps = np.logspace(-12, 0, 25)
nudged = [D(lambda w: loss_of(x, W1, b1, np.array([[w, 0.50], [0.45, 0.55]]), b2), W2[0, 0], h) for h in steps]
floor = np.array([relative_error(wrong, n, few.resolution) for n in nudged])

fig, ax = plt.subplots(figsize=(7, 4.6), layout="constrained")
tn.gradcheck(net, x, y, loss="half_squared_error", entries=["dense_2.W[0, 0]"]).plot_step_size(ax)
ax.plot(steps, floor, "s-", color=VERMILION, ms=4, label="the same entry, by the formulas of B")
ax.legend(fontsize=9, loc="lower left")
plt.show()

# %%
print(f"B: {wrong:.9f}, relative error at h = 1e-4, 1e-5, 1e-6: ", end="")
print(*(f"{relative_error(wrong, nudged[np.abs(steps - h).argmin()], r):.6f}" for h in (1e-4, 1e-5, 1e-6)))
assert np.ptp(floor[(steps > 1e-7) & (steps < 1e-3)]) < 1e-5 and floor.min() > 0.05

# %% [markdown]
# This is the surest sign of all. A right derivative has a V: choose a better $h$ and the error falls by orders of
# magnitude. (Where the loss is a parabola in this weight, $L'''$ is 0, and only the left side of the V is there.) The
# error of a wrong one stays where it is, whatever the $h$. If you doubt a failed check, look at the picture before you
# raise the tolerance.
#
# ## At a kink there are two slopes
#
# Taylor's series needs a smooth curve. ReLU, $\max(0, z)$, has a corner at $z = 0$, a *kink*, with slope 0 on its left
# and 1 on its right. If the nudge straddles it, $z - h < 0 < z + h$, then the chord has one end on each branch:
#
# $$D(h) = \frac{(z + h) - 0}{2h} = \frac12 + \frac{z}{2h}.$$
#
# At $z = 0.05$ with $h = 0.1$ this is $0.15/0.2 = 0.75$: neither 0 nor 1. At $z = 0$ it is $\frac12$ for every $h$,
# however small.

# %% tags=["hide-input"] mystnb={"image": {"alt": "Left: ReLU near 0 with a chord from z minus h to z plus h across the kink, of slope 0.75. Right: the slope of the chord as z moves is a ramp from 0 to 1 between minus h and h, where the derivative is a step."}}
z, h = 0.05, 0.1
zs = np.linspace(-0.25, 0.25, 201)
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.3), layout="constrained")
left.plot(zs, np.maximum(zs, 0), color="black", label="relu(z)")
left.plot([z - h, z + h], np.maximum([z - h, z + h], 0), "o--", color=VERMILION, label="chord, slope 0.75")
left.plot(z, z, "s", color=BLUE, label="z = 0.05, slope 1")
left.set(xlabel="z", ylabel="relu(z)", title="a chord across the kink")
right.plot(zs, (np.maximum(zs + h, 0) - np.maximum(zs - h, 0)) / (2 * h), "--", color=VERMILION, label="D(h), h = 0.1")
right.plot(zs[zs <= 0], 0 * zs[zs <= 0], color="black", label="relu′(z)")
right.plot(zs[zs > 0], 1 + 0 * zs[zs > 0], color="black")
right.set(xlabel="z", ylabel="slope", title="what it says, for each z")
for ax in (left, right):
    ax.grid(alpha=0.3)
    ax.legend(loc="upper left", fontsize=9)
plt.show()

# %%
for z in (0.05, 0.0, 1e-30):
    slopes = [D(lambda z: max(z, 0.0), z, h) for h in (0.1, 1e-5)]
    print(f"z = {z:g}: D = {slopes[0]:g} with h = 0.1, {slopes[1]:g} with h = 1e-5")
assert slopes == [0.5, 0.5] and math.isclose(D(lambda z: max(z, 0.0), 0.05, 0.1), 0.75)

# %% [markdown]
# With $h = 10^{-5}$ few $z$ are close enough to 0 for that. But $z = 0$ exactly is common: where all inputs are 0 (a
# black piece of an image) and the biases still are, $z$ is 0. A user checked PyTorch's ReLU on an array that was
# never filled, so that tiny positive numbers stood in it, and
# [reported a bug](https://github.com/pytorch/pytorch/issues/114234): numerical 0.5 where analytical was 1. That is the
# last line above.
#
# The remedy is not a larger tolerance, which would excuse real mistakes too. The check can look whether any $z$ of the
# network changed sides as it nudged, and set that entry apart. Goodfellow's XOR network of chapter 2 is a good place:
# its weights are whole numbers, and many of its $z$ are exactly 0. We give it targets that it misses, for where the
# loss is 0 every derivative is.

# %%
x_xor, y_xor = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
kinked = tn.Sequential([tn.Dense(2, activation="relu", input_dim=2), tn.Dense(1)])
kinked.set_weights([np.ones((2, 2)), np.array([0.0, -1.0]), np.array([[1.0], [-2.0]]), np.zeros(1)])

report = tn.gradcheck(kinked, x_xor, 1 - y_xor, loss="half_squared_error", entries=["dense_1.z"])
print(report)
assert report.passed and sum(e.kink for e in report.entries) == 3
slope_on_the_right = (1 - 0) / 4 * -2  # δ of the output, (a − y)/N, times the weight
assert math.isclose(report["dense_1.z[1, 1]"].numeric, slope_on_the_right / 2, rel_tol=1e-4)

# %% [markdown]
# Three entries sit at a kink: neuron 0 for the example (0, 0), neuron 1 for (0, 1) and (1, 0). tinynet takes
# $\mathrm{relu}'(0) = 0$, the nudges find half of the other slope, and the report names the $z$, its value and its
# side, and does not count these rows. (Leaky ReLU and the hinge loss have kinks too.) But then these rows have not been
# *checked* either. So move off the kink: a formula that is right near the kink on both sides is the right formula.

# %%
rng = np.random.default_rng(0)
kinked.set_weights([w + rng.uniform(-0.1, 0.1, w.shape) for w in kinked.get_weights()])
report = tn.gradcheck(kinked, x_xor, 1 - y_xor, loss="half_squared_error", delta=True)
print(str(report).splitlines()[0])
assert report.passed and not any(e.kink for e in report.entries)

# %% [markdown]
# ## The complex step: all digits
#
# Both errors of $D(h)$ would be tiny if we could take a tiny $h$ without subtracting. There is a way, and it is
# beautiful. Many functions can be computed for complex numbers, of which Python knows: `1j` is $i$, with $i^2 = -1$.
# Nudge $w$ by $ih$, at a right angle to all real numbers. Taylor's series with $(ih)^2 = -h^2$ and $(ih)^3 = -ih^3$:
#
# $$L(w + ih) = \Big(L - \frac{h^2}{2} L'' + \dots\Big) + i\,\Big(h L' - \frac{h^3}{6} L''' + \dots\Big).$$
#
# $L$ stays in the real part. The derivative arrives alone in the imaginary part, where nothing has to be subtracted:
#
# $$\frac{\mathrm{Im}\,L(w + ih)}{h} = L' - \frac{h^2}{6} L''' + \dots$$
#
# The truncation error is again $h^2$, but now $h$ may be $10^{-20}$, for which $h^2$ is nothing, and no digit is lost.
# With a pencil, $L(w) = w^3$ at 1: $(1 + ih)^3 = 1 + 3ih - 3h^2 - ih^3$. The imaginary part divided by $h$ is
# $3 - h^2$.

# %%
for h in (0.1, 0.01, 1e-20):
    print(f"h = {h:g}: (1 + ih)³ = {(1 + 1j * h) ** 3:.10g}   Im/h = {((1 + 1j * h) ** 3).imag / h:.12g}")
assert math.isclose(((1 + 0.1j) ** 3).imag / 0.1, 2.99) and ((1 + 1e-20j) ** 3).imag / 1e-20 == 3

print("\nσ at 0.7, relative errors:\n     h   central   complex step")
for h in (1e-2, 1e-5, 1e-8, 1e-12, 1e-20):
    central = abs(D(sigma, 0.7, h) / slope - 1)
    complex_step = abs(sigma(0.7 + 1j * h).imag / h / slope - 1)
    print(f"{h:6.0e}   {central:7.0e}   {complex_step:7.0e}")
assert complex_step < 1e-15 and central == 1

# %% [markdown]
# All the digits there are, where the central difference has long drowned. `tn.complex_gradient(f, x)` does this for
# every entry of an array ([the line](#src-complex-step)). `tn.complex_step` checks a network with it; its arguments and
# its report are those of `gradcheck`. It has each function of the network once more, for complex numbers, so it does
# not even trust tinynet's own forward pass.

# %%
report = tn.complex_step(net, x, y, loss="half_squared_error", delta=True)
print(str(report).splitlines()[0])
assert report.passed and report.max_relative_error < 1e-14

# %% [markdown]
# The largest error is in the last digits of float64. Why not always? Because not every function has a complex
# continuation. What has a kink is no power series on both sides of it. The absolute value is the worst case, since it
# exists for complex numbers but means something else, a length, and throws the imaginary part away. The answer is
# wrong without a word:

# %%
print("d|z|/dz at 0.7 by a complex step:", tn.complex_gradient(lambda z: np.abs(z[0]), [0.7])[0])
assert tn.complex_gradient(lambda z: np.abs(z[0]), [0.7])[0] == 0  # and it should be 1
try:
    tn.complex_step(kinked, x_xor, y_xor, loss="half_squared_error")
except ValueError as error:
    print(error)

# %% [markdown]
# `tn.complex_step` refuses such networks, and `gradcheck` takes them. The idea is from
# [Squire and Trapp](https://doi.org/10.1137/S003614459631241X) (1998).
#
# ## The zoo: reading a failed check
#
# The file [zoo.py](zoo.py) keeps wrong backward passes, as beginners and published code have written them. It holds
# each against central differences with `zoo.check(network, gradients)`, whose report is that of `gradcheck`; the column
# `backward()` has the derivatives that are checked. First the right ones, then B of the beginning, which lives there
# under the name of *parrot*:

# %%
print(str(zoo.check(zoo.BATCH, zoo.BATCH.gradients)).splitlines()[0], "\n")
print(zoo.check(zoo.BATCH, zoo.parrot))
assert zoo.check(zoo.BATCH, zoo.BATCH.gradients).passed
assert len(zoo.wrong_entries(zoo.check(zoo.BATCH, zoo.parrot))) == 12

# %% [markdown]
# Convicted, in all twelve entries. Its mistake is a famous one: $\sigma'(z) = \sigma(z)(1 - \sigma(z))$ was written as
# a function and then given $a$ instead of $z$. The wrong factor lies between 0 and ¼ as the right one does, so
# every $\delta$ of an output has the right sign, and it learns.
#
# Which entries fail says where to look. Here are nine animals in the same network with the same four examples:

# %% tags=["hide-input"] mystnb={"image": {"alt": "A table of nine wrong backward passes against the twelve gradient entries. Early bird, flatfish and crab fail in W1 and b1 only, snail and hydra in the biases only, elephant, salmon, parrot and cuckoo everywhere; failing cells are shaded and give the relative error."}}
animals = ["early bird", "flatfish", "crab", "snail", "hydra", "elephant", "salmon", "parrot", "cuckoo"]
tables = []
for animal in animals:
    found = zoo.check(zoo.BATCH, zoo.ZOO[animal].gradients).entries
    tables.append({e.name.split(" in")[0]: e.relative_error for e in found})
names = sorted(tables[0], key=lambda name: (name[1], name))  # W1, b1, W2, b2
grid = np.array([[errors[name] for name in names] for errors in tables])

fig, ax = plt.subplots(figsize=(7, 4.4), layout="constrained")
ax.imshow(grid > 1e-6, cmap="Oranges", vmin=0, vmax=3, aspect="auto")
for row, column in np.ndindex(grid.shape):
    error = grid[row, column]
    text = "·" if error <= 1e-6 else "∞" if np.isinf(error) else f"{error:.2g}"
    ax.text(column, row, text, ha="center", va="center", fontsize=9)
for edge in (3.5, 5.5, 9.5):
    ax.axvline(edge, color="black", lw=0.8)
ax.set_xticks(range(len(names)), [name.replace(", ", ",") for name in names], rotation=60, fontsize=9)
ax.set_yticks(range(len(animals)), animals)
ax.set_title("relative error of each gradient (shaded: wrong; ·: right to 6 digits)")
plt.show()

# %%
spoiled = {animal: {name for name, error in errors.items() if error > 1e-6} for animal, errors in zip(animals, tables)}
for animal in ("early bird", "flatfish", "crab"):
    assert spoiled[animal] == {name for name in names if name[1] == "1"}
for animal in ("snail", "hydra"):
    assert spoiled[animal] == {name for name in names if name[0] == "b"}
assert np.allclose(grid[animals.index("elephant")], 3 / 4) and np.allclose(grid[animals.index("salmon")], 2)

# %% [markdown]
# Read it row by row, as a doctor would.
#
# **Everything is wrong by the same factor.** The mistake sits where everything passes through: in the loss. A relative
# error of 2 is the sign (*salmon*). $\frac34 = 1 - \frac14$ with four examples is a sum for a mean (*elephant*).
#
# **Everything is wrong, by varying amounts.** $\delta$ of the output is wrong, and all else follows from it. The
# *parrot* has the wrong $f'$. The *cuckoo* has none: it takes $\delta^2 = (a - y)/N$, which is right for the
# cross-entropy and not for this loss.
#
# **Only the biases are wrong.** Then $\delta$ is right, or the weights would suffer too, and only the line
# $\partial L/\partial b = \sum_n \delta_n$ is left. The *snail* takes the mean over the examples there, though the 1/N
# is in $\delta$ already. The *hydra* forgets the sum: its gradient has the wrong shape, $(4, 2)$ for $(2,)$, and every
# entry of it counts as infinitely wrong.
#
# **The first layer is wrong and the second is right.** Then $\delta^2$ is right and $\delta^1$ is not. Of
# $\delta^1 = (\delta^2 (W^2)^T) \odot f'(z^1)$ one factor is wrong. The *flatfish* leaves out $f'$, the *crab* the
# transposition, and the *early bird* uses the $W^2$ that it has already updated; that is the mistake behind Mazur's
# printed 0.291027924 in chapter 4. To tell the three apart, look at the numbers. For a single example
# $\partial L/\partial b^1$ is $\delta^1$ itself, so the ratio of wrong and right shows the missing factor bare:

# %%
flat = zoo.flatfish(x, y, W1, b1, W2, b2)["b1"]
right = zoo.sigmoid_gradients(x, y, W1, b1, W2, b2)["b1"]
print("flatfish, wrong / right:", flat / right)
print("1 / f′(z¹):             ", (1 / (a1 * (1 - a1))).ravel())
assert np.allclose(flat / right, 1 / (a1 * (1 - a1)))

# %% [markdown]
# Then repair and check again. Here is the crab with its transposition back in place:


# %%
def repaired_crab(x, y, W1, b1, W2, b2):
    a1, a2 = zoo.forward(x, W1, b1, W2, b2)
    delta2 = (a2 - y) / len(x) * a2 * (1 - a2)
    delta1 = (delta2 @ W2.T) * a1 * (1 - a1)  # the crab has delta2 @ W2
    return {"W1": x.T @ delta1, "b1": delta1.sum(axis=0), "W2": a1.T @ delta2, "b2": delta2.sum(axis=0)}


for name, candidate in [("crab", zoo.crab), ("repaired", repaired_crab)]:
    print(f"{name:>8}: {str(zoo.check(zoo.BATCH, candidate)).splitlines()[0]}")
assert not zoo.check(zoo.BATCH, zoo.crab).passed and zoo.check(zoo.BATCH, repaired_crab).passed

# %% [markdown]
# ## What a check cannot see
#
# A check looks at one network with one batch of data. A mistake that makes no difference *there* passes. A sum over one
# example is its mean; a symmetric matrix is its own transpose:

# %%
symmetric = replace(zoo.BATCH, parameters=zoo.BATCH.parameters | {"W2": np.array([[0.40, 0.50], [0.50, 0.55]])})
for animal, network, why in [
    (zoo.elephant, zoo.MAZUR, "one example"),
    (zoo.snail, zoo.MAZUR, "one example"),
    (zoo.crab, symmetric, "symmetric W²"),
]:
    report = zoo.check(network, animal)
    print(f"{animal.__name__:>8}, {why}: {'passed' if report.passed else 'FAILED'}")
    assert report.passed

# %% [markdown]
# So check with several different examples, layers of different widths, and random weights. The crab would not even run
# if the widths differed: NumPy refuses the product.
#
# The other blind spot no choice of data can cure. The check compares a derivative with the function that you wrote,
# and cannot know whether you meant another one. Take the mistake of chapter 3: targets of shape $(N,)$ against answers
# of shape $(N, 1)$, which NumPy expands to $N \times N$ differences, every answer against every target. Its derivative
# with respect to answer $i$ is, by the rules,
#
# $$L = \frac{1}{N^2} \sum_i \sum_j \tfrac12 (y_j - a_i)^2, \qquad
#   \frac{\partial L}{\partial a_i} = \frac{1}{N^2} \sum_j (a_i - y_j) = \frac{a_i - \bar y}{N},$$
#
# with $\bar y$ for the mean of the targets.

# %%
answers, targets = np.array([[0.2], [0.7], [0.4], [0.9]]), np.array([0.0, 1.0, 0.0, 1.0])


def mistaken_loss(a):
    return np.mean(0.5 * (targets - a) ** 2)


analytic = (answers - targets.mean()) / len(answers)
numeric = tn.numerical_gradient(mistaken_loss, answers)
print("shape of the differences:", (targets - answers).shape)
print("analytic:", analytic.ravel(), "  numeric:", numeric.ravel().round(9))
assert (targets - answers).shape == (4, 4) and np.allclose(analytic, numeric, rtol=1e-8, atol=0)
assert np.allclose(tn.numerical_gradient(mistaken_loss, np.full((4, 1), 0.5)), 0, atol=1e-10)

# %% [markdown]
# The derivative is right, of the wrong thing: it draws every answer to the mean of all targets, here ½, where it is 0.
# A network trained by it learns to say ½ to everybody, and every gradient check passes. Against this only a check of
# the loss itself helps: by hand on two examples, or by shapes, which is what tinynet does.

# %%
try:
    tn.half_squared_error(answers, targets)
except ValueError as error:
    print(error)

# %% [markdown]
# ## What goes wrong: a check in float32
#
# In 2018 a user of PyTorch [reported](https://github.com/pytorch/pytorch/issues/5351) a wrong derivative in the
# simplest of all layers, $z = x_1 w_1 + x_2 w_2 + b$. The derivatives by the inputs are the weights, and the check,
# with $h = 10^{-6}$, printed
#
# | | analytical | numerical |
# |---|---|---|
# | input 1 | −0.3512 | −0.3576 |
# | input 2 | 0.2667 | 0.2682 |
#
# Two digits of a *linear* function, which has no $L'''$ and no truncation error at all. We rebuild it. The report does
# not say what the inputs and the bias were; we take some.


# %%
def numerical(dtype, h):
    w = np.array([-0.3512, 0.2667], dtype)
    x, b = np.array([0.3, 0.7], dtype), dtype(0.6)
    nudges = np.eye(2, dtype=dtype) * dtype(h)
    above, below = ((x + sign * nudges) * w for sign in (dtype(1), dtype(-1)))
    return ((above[:, 0] + above[:, 1] + b) - (below[:, 0] + below[:, 1] + b)).astype(np.float64) / (2 * h)


print("float32, h = 1e-6:", numerical(np.float32, 1e-6).round(4))
assert np.array_equal(numerical(np.float32, 1e-6).round(4), [-0.3576, 0.2682])

# %% [markdown]
# The reported numbers, to the digit, though we guessed the inputs. That is no accident. A float32 between ½ and 1 is a
# multiple of $2^{-24}$, and our $z$ is 0.68. So the difference of two $z$ is a multiple of $2^{-24}$ too, and the slope
# a multiple of $2^{-24}/(2 \cdot 10^{-6}) \approx 0.03$. No other slope can come out:

# %%
grain = 2.0**-24 / 2e-6
assert np.spacing(np.float32(0.68)) == 2.0**-24
print(f"grain = {grain:.6f}; slopes = {numerical(np.float32, 1e-6) / grain} grains")
print("float32, h = 5e-3:", numerical(np.float32, tn.recommended_h("float32")))
print("float64, h = 1e-6:", numerical(np.float64, 1e-6))
assert np.array_equal(numerical(np.float32, 1e-6) / grain, [-12, 9])
assert np.allclose(numerical(np.float64, 1e-6), [-0.3512, 0.2667], rtol=0, atol=1e-9)

# %% [markdown]
# −12 grains and 9 grains. The layer was right and the ruler too coarse. A larger $h$ helps, float64 helps more, and
# PyTorch's check has warned of float32 ever since. tinynet's check takes a float64 copy of the network, so a float32
# network is checked to the same digits as any other:

# %%
net_32 = tn.Sequential([tn.Dense(3, "tanh", input_dim=2, dtype="float32"), tn.Dense(1, dtype="float32")], seed=0)
report = tn.gradcheck(net_32, x_xor.astype("float32"), y_xor.astype("float32"), loss="half_squared_error")
print(str(report).splitlines()[0])
assert report.passed and report.max_relative_error < 1e-8

# %% [markdown]
# ## Summary
#
# | | error | best $h$, float64 | digits |
# |---|---|---|---|
# | one-sided difference | $\frac h2 L''$ + rounding | $\epsilon^{1/2}$ | 8 |
# | central difference | $\frac{h^2}{6} L'''$ + $\frac{\epsilon L}{2h}$ | $\epsilon^{1/3}$ | 10 to 11 |
# | complex step | $\frac{h^2}{6} L'''$ | $10^{-20}$ | all |
#
# - A falling loss does not show that the gradients are right. Central differences do.
# - Compare relatively, to the larger of the two, and not to less than the resolution $r$.
# - A right derivative has a V over $h$. The error of a wrong one does not move with $h$.
# - Check in float64, with several examples, layers of different widths, random weights, $z$ off the kinks.
# - Which entries fail tells the line: all by one factor, the loss; all by varying ones, the last $\delta$; only biases,
#   the sum over the examples; only the layers below, the way back through $W^T$ and $f'$.
# - No check of derivatives finds a loss that is not the one you meant.
#
# More advice of this kind is in the
# [notes of CS231n](https://cs231n.github.io/neural-networks-3/#gradcheck); the source of this chapter's functions is
# [gradcheck.py](../tinynet/gradcheck.py) and [complex_step.py](../tinynet/complex_step.py).
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch05.py`, then run `pytest tutorials/exercises -k ch05`: each mark
# says what is still wrong.
#
# 1. `central_difference(f, w, h)`: the slope of a function of one number.
# 2. `relative_errors(analytic, numeric, r)`: for whole arrays at once.
# 3. `numerical_gradient(f, x, h)`: every entry of an array, of any shape, and the array is left as it was.
# 4. `best_step(value, third, epsilon)`: the bottom of the V.
# 5. `complex_derivative(f, w)`: all digits.
# 6. `repaired(x, y, W1, b1, W2, b2)`: a backward pass with three mistakes. Find them with a check, and say of each
#    which entries gave it away.
# 7. `extrapolated(f, w, h)`: combine $D(h)$ and $D(2h)$ so that the $h^2$ cancels, and get the fourth order.
# 8. With a pencil: for which functions is a central difference exact with every $h$, apart from rounding? And what is
#    left of the error if you take the mean of a central difference and a complex step with the same $h$?
#
# Then go to the [zoo](zoo.py) and visit the animals that you have not met. Two of them need later chapters: the
# goldfish chapter 6, the sleepwalker chapter 9.
#
# [Chapter 6](06_autograd.py) writes the backward pass once and for all, for any formula; and this chapter's check will
# be there to say whether it is right.
