# %% [markdown]
# # 3. Losses
#
# The network of [chapter 2](02_forward.py) answers. Is its answer any good? Before anything can learn, somebody has to
# say how wrong an answer is, and to say it by one number. This number, the *loss*, is all that training will ever see
# of what we want: a network does not learn what we mean, it learns whatever makes its loss smaller. At the end of this
# chapter stands a network whose loss is 0, the best there is, with any weights whatever, and which can learn nothing.
# Learners do write [programs like it](https://github.com/keras-team/keras/issues/112). So the number deserves care, and
# it turns out that we need not invent it: all losses of this chapter but one follow from a single question, how
# surprised the network is by what happened.
#
# ## What you will be able to do
#
# - compute the five losses of tinynet with a pencil, for one example and for a batch;
# - derive the squared error and both cross-entropies from the probability of the data;
# - turn any numbers into probabilities by softmax, and compute it and its logarithm without overflow;
# - tell a loss, which training follows, from a metric, which people read;
# - recognise two losses that go wrong in silence: one compared each with each, one that is 0 for all weights.
#
# ## How wrong, as one number
#
# The network answers $a$, and the right answer, the *target*, is $y$. The difference $a - y$ is 0 where the answer is
# right. But differences of both signs cancel: two answers, one too large by 0.3 and one too small by 0.3, would be
# faultless on average. So the sign has to go. The usual way is the square, and the usual factor is a half:
#
# $$L = \tfrac12 (y - a)^2$$
#
# The ½ changes nothing about which answer is best. It is there because the derivative of the square brings down a 2:
# with it, $dL/da = a - y$, the difference itself. To be twice as wrong costs four times as much.

# %%
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import BoundaryNorm

import tinynet as tn

BLUE, VERMILION, GREEN, BLACK = "#0072B2", "#D55E00", "#009E73", "black"

y = 1.0
for a in (0.9, 0.8, 0.6, 0.2):
    print(f"y = {y}   a = {a}   y − a = {y - a:.1f}   L = ½ · {y - a:.1f}² = {0.5 * (y - a) ** 2:.3f}")

# %% mystnb={"image": {"alt": "A parabola over the answer a, lowest at 1, and a V with its tip there"}}
a = np.linspace(-1, 3, 201)
fig, ax = plt.subplots(figsize=(7, 3.5))
ax.plot(a, 0.5 * (y - a) ** 2, color=BLUE, lw=2, label="½ (y − a)²")
ax.plot(a, np.abs(y - a), color=VERMILION, ls="--", lw=2, label="|y − a|")
ax.set(xlabel="answer a", ylabel="loss L", title="How wrong the answer a is, if y = 1 is right", ylim=(-0.1, 2.1))
ax.legend(loc="upper center")
plt.show()

# %% [markdown]
# The dashed curve is another way to drop the sign, the absolute value. It has a kink where it matters most. The
# parabola is smooth, its slope shows the way to $y$, and near $y$ the slope gets small, so that one may slow down in
# time. We shall see below that there is a deeper reason for the square.
#
# **Several outputs.** The last layer has number $L$, so it has $n_L$ neurons; an $L$ that stands alone is the loss.
# We leave out the raised number of the layer, since all $z$ and $a$ here are of the last one. The errors of the outputs
# of one example are added, and there are two customs. tinynet has both, and the name says which is which:
#
# | name | loss of one example | the line |
# |---|---|---|
# | `half_squared_error` | $\frac12 \sum_j (y_j - a_j)^2$ | [here](#src-half-squared-error) |
# | `mean_squared_error` | $\frac{1}{n_L} \sum_j (y_j - a_j)^2$ | [here](#src-mean-squared-error) |
#
# Mazur's network of chapter 2 answered .751365070 and .772928465.
# [His article](https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/) wants .01 and .99. A loss
# of tinynet takes the prediction first, the target second, both as tables with one example a row. It gives a Tensor,
# tinynet's array, with a single number; `.item()` takes the number out.

# %%
a = np.array([[0.751365070, 0.772928465]])
y = np.array([[0.01, 0.99]])

parts = 0.5 * (y - a) ** 2
print("½ (y_j − a_j)² of the two outputs:", np.array2string(parts, precision=9))
print(f"their sum:                         {parts.sum():.9f}")
print(f"tn.half_squared_error:             {tn.half_squared_error(a, y).item():.9f}")

assert abs(parts.sum() - 0.298371109) < 1e-9  # as the article has it
assert np.isclose(tn.half_squared_error(a, y).item(), parts.sum(), rtol=1e-14, atol=0)
assert np.isclose(tn.mean_squared_error(a, y).item(), np.mean((y - a) ** 2), rtol=1e-14, atol=0)

a, y = np.full((1, 10), 0.3), np.zeros((1, 10))
half, mean = tn.half_squared_error(a, y).item(), tn.mean_squared_error(a, y).item()
print(f"ten outputs, each wrong by 0.3: half_squared_error {half:.2f}, mean_squared_error {mean:.2f}")
assert np.isclose(half, 5 * mean, rtol=1e-14, atol=0)

# %% [markdown]
# With two outputs, and only with two, $\frac{1}{n_L}$ is ½ and both losses agree. With ten outputs the first is five
# times the second. Neither is wrong.
#
# ## A batch: the mean over the examples
#
# A network is judged by many examples, $n = 1 \dots N$, each with its own loss $L_n$. The loss of the batch is their
# mean:
#
# $$L = \frac1N \sum_{n=1}^N L_n$$
#
# Why the mean and not the sum? Take every example twice. The network has not become worse, and the mean stays as it
# was. The sum doubles, and so does its derivative; later, when weights move by a multiple of the derivative, every
# step would be twice as long for no reason.

# %%
a = np.array([[0.2], [0.7], [0.9]])
y = np.array([[0.0], [1.0], [0.5]])

each = 0.5 * ((y - a) ** 2).sum(axis=1)  # sum over the outputs j: one loss an example
print("loss of each example:", each)
print(f"sum {each.sum():.3f}, mean {each.mean():.6f}")
twice_a, twice_y = np.vstack([a, a]), np.vstack([y, y])
twice = 0.5 * ((twice_y - twice_a) ** 2).sum(axis=1)
print(f"every example twice: sum {twice.sum():.3f}, mean {twice.mean():.6f}")

assert np.allclose(each, [0.02, 0.045, 0.08], rtol=1e-12, atol=0)  # by pencil
for predicted, target in ((a, y), (twice_a, twice_y)):
    assert np.isclose(tn.half_squared_error(predicted, target).item(), 0.145 / 3, rtol=1e-14, atol=0)

# %% [markdown]
# If your numbers from another book are twice these, or $N$ times, [the page of conventions](conventions.py) translates.
#
# ## Where losses come from: surprise
#
# Here is the single question. Let the network's outputs be *probabilities* of what may happen. Then something happens.
# How probable did the network hold it? If $p_n$ is the probability that it gave to what happened in example $n$, and
# the examples are independent of each other, then the probability that it gave to all the data is the product
#
# $$p_1 \cdot p_2 \cdots p_N,$$
#
# the *likelihood*. The best network is the one that gave the highest probability to what did happen: the principle of
# *maximum likelihood*. That is all; what follows only makes it convenient. A product of many probabilities is too small
# for the computer. Logarithms turn it into a sum, and since $\ln$ rises, the largest likelihood has the largest
# logarithm. A loss should be small when things are good, so there is a minus; and we divide by $N$ to have a mean:
#
# $$L = -\frac1N \ln (p_1 \cdot p_2 \cdots p_N) = \frac1N \sum_{n=1}^N \left(-\ln p_n\right)$$
#
# So the loss of one example is $-\ln p$, its *surprise*. What was certain, $p = 1$, surprises by 0. Surprise grows
# without end as $p$ goes to 0. And the surprise at two independent things is the sum of the two.

# %%
p = np.array([0.9, 0.8, 0.7])  # what the network gave to the things that happened
print(f"likelihood: {p.prod():.3f}")
print("surprises: ", np.array2string(-np.log(p), precision=6))
print(f"their mean: {-np.log(p).mean():.6f},  and −ln(likelihood)/3 = {-np.log(p.prod()) / 3:.6f}")
assert np.isclose(-np.log(p).mean(), -np.log(p.prod()) / 3, rtol=1e-14, atol=0)

coins = 1100
print(f"likelihood of {coins} tosses of a coin: {0.5**coins}, mean surprise: {coins * np.log(2) / coins:.6f}")
assert 0.5**coins == 0.0  # not really: it is too small for a float64

# %% mystnb={"image": {"alt": "A curve that falls steeply at first: 4.6 at p = 0.01, 0 at p = 1"}}
p = np.linspace(0.004, 1, 400)
fig, ax = plt.subplots(figsize=(7, 3.5))
ax.plot(p, -np.log(p), color=BLUE, lw=2)
for mark, words in ((0.01, "1 in 100"), (0.1, "1 in 10"), (0.5, "a coin"), (1.0, "certain")):
    ax.plot(mark, -np.log(mark), "o", color=VERMILION)
    ax.annotate(f"{words}: {np.log(1 / mark):.3f}", (mark, -np.log(mark)), (6, 6), textcoords="offset points")
ax.set(xlabel="p, the probability given to what happened", ylabel="−ln p", title="Surprise")
ax.set(xlim=(-0.02, 1.3), ylim=(-0.2, 5.6), xticks=np.linspace(0, 1, 6))
plt.show()

# %% [markdown]
# ## Yes or no: binary cross-entropy
#
# The output is one sigmoid, $a = \sigma(z)$, between 0 and 1, and we read it as the probability of *yes*. The target
# is $y = 1$ for yes, $y = 0$ for no. What happened had the probability
#
# $$p = \begin{cases} a & \text{if } y = 1 \\ 1 - a & \text{if } y = 0 \end{cases}
#   \qquad\text{in one formula}\qquad p = a^y\,(1-a)^{1-y},$$
#
# for one of the two exponents is 1 and the other is 0, and anything to the power 0 is 1. The surprise is therefore
#
# $$L = -\ln p = -\left[\, y \ln a + (1-y) \ln (1-a) \,\right].$$
#
# This is the *binary cross-entropy*. With several outputs, each answers a yes-or-no question of its own, and tinynet
# takes [the mean over the outputs](#src-binary-crossentropy), $\frac{1}{n_L}\sum_j$. Three examples, one output:

# %%
a = np.array([[0.9], [0.8], [0.3]])  # probability of yes
y = np.array([[1.0], [1.0], [0.0]])  # yes, yes, no: which had the probabilities .9, .8, and 1 − .3 = .7

surprise = -(y * np.log(a) + (1 - y) * np.log(1 - a))
print("surprises:", np.array2string(surprise.ravel(), precision=6), f"  mean: {surprise.mean():.6f}")
print(f"tn.binary_crossentropy: {tn.binary_crossentropy(a, y).item():.6f}")
assert np.isclose(surprise.mean(), -np.log(0.9 * 0.8 * 0.7) / 3, rtol=1e-14, atol=0)
assert np.isclose(tn.binary_crossentropy(a, y).item(), surprise.mean(), rtol=1e-14, atol=0)

# %% [markdown]
# **It asks for honest answers.** Let the same input come back many times, with the answer yes in a share $q$ of the
# cases. Whoever answers $a$ each time has the mean surprise $-q \ln a - (1-q) \ln (1-a)$. Its derivative
# $-\frac{q}{a} + \frac{1-q}{1-a} = \frac{a - q}{a\,(1-a)}$ is negative below $a = q$, 0 there, and positive above. The
# best answer is the true share, not a bolder one. And at its best the loss is not 0: what is left is the uncertainty of
# the thing itself, its *entropy*. The formula with two probabilities in it, the true $q$ and the told $a$, is therefore
# the *cross*-entropy.

# %%
q = 0.75
a = np.arange(1, 1000) / 1000
mean_surprise = -q * np.log(a) - (1 - q) * np.log(1 - a)
best = a[mean_surprise.argmin()]
print(f"three times yes in four: the best answer is a = {best}, with a loss of {mean_surprise.min():.6f}")
assert best == q

# %% [markdown]
# **Sure and wrong.** Why not the squared error for a sigmoid? It works, but look at it as the sigmoid's $z$ changes.
# Let $y = 1$ and $z = -10$: the network is sure of the wrong answer. How much is gained by a step to $z = -9$?


# %%
def sigma(z):
    return 1 / (1 + np.exp(-z))


z = np.array([-10.0, -9.0])
squared, cross = 0.5 * (1 - sigma(z)) ** 2, -np.log(sigma(z))
for row in zip(z, sigma(z), squared, cross):
    print("z = {:5.1f}   a = {:.6f}   ½ (1 − a)² = {:.6f}   −ln a = {:.6f}".format(*row))
print(f"gained by the step from −10 to −9:    {squared[0] - squared[1]:.6f}           {cross[0] - cross[1]:.6f}")
assert squared[0] - squared[1] < 1e-4 and cross[0] - cross[1] > 0.999

# %% mystnb={"image": {"alt": "To the left one curve levels off at one half, the other rises on"}}
z = np.linspace(-10, 6, 200)
fig, ax = plt.subplots(figsize=(7, 3.5))
ax.plot(z, -np.log(sigma(z)), color=BLUE, lw=2, label="cross-entropy, −ln σ(z)")
ax.plot(z, 0.5 * (1 - sigma(z)) ** 2, color=VERMILION, ls="--", lw=2, label="half squared error, ½ (1 − σ(z))²")
ax.set(xlabel="z of the sigmoid   (left: sure and wrong)", ylabel="loss L", title="A sigmoid's loss if y = 1 is right")
ax.legend()
plt.show()

# %% [markdown]
# On the left the squared error is a plain: it says that things are bad, but not where to go. The cross-entropy falls by
# almost 1 with each step of 1. Since learning follows the slope, it helps most where the network is most wrong.
#
# **The squared error is a surprise, too.** If the output is a number, such as a temperature, let the network say: about
# $a$, with an error like that of many measurements, distributed as the bell curve of standard deviation 1. Its density
# at $y$ is $p = e^{-(y-a)^2/2} / \sqrt{2\pi}$. A density stands in for the probability here; the surprise is
#
# $$-\ln p = \tfrac12 (y - a)^2 + \tfrac12 \ln 2\pi.$$
#
# The last term does not depend on $a$, so it moves no weight and can go. What remains is the half squared error, with
# its ½. For several outputs, with independent errors, surprises add: $\sum_j$. That is the deeper reason for the
# square.

# %%
y, a = 1.0, np.array([0.9, 0.6, 0.2])
surprise = -np.log(np.exp(-((y - a) ** 2) / 2) / np.sqrt(2 * np.pi))
constant = 0.5 * np.log(2 * np.pi)
print("surprise:               ", np.array2string(surprise, precision=6))
print("less the constant:      ", np.array2string(surprise - constant, precision=6), f"  (constant {constant:.6f})")
assert np.allclose(surprise - constant, 0.5 * (y - a) ** 2, rtol=1e-12, atol=0)

# %% [markdown]
# ## One of many: softmax
#
# Is the digit a 0, a 1, …, or a 9? Now we need a probability for each of $K$ classes, and together they must be 1.
# The last layer gives $K$ numbers $z_i$, of any size and sign, called *logits* (the $z$ of a sigmoid is a logit, too).
# Two steps make probabilities of them. First, all must be positive: take $e^{z_i}$, as for the odds in chapter 1.
# Second, the sum must be 1: divide by the sum.
#
# $$a_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$$
#
# This is *softmax*. The largest logit gets the largest share, and $a_i / a_j = e^{z_i - z_j}$: only the differences of
# logits count, and to add 1 to a logit multiplies its odds against each of the others by $e$. Each activation of
# chapter 1 looked at its own $z$ alone; softmax looks at the whole row.

# %%
z = np.array([0.0, np.log(2), np.log(5)])
powers = np.exp(z)
a = powers / powers.sum()
print("z:  ", np.array2string(z, precision=6))
print("e^z:", powers)
print("a:  ", a, "= 1/8, 2/8, 5/8")
assert np.allclose(a, [1 / 8, 2 / 8, 5 / 8], rtol=1e-14, atol=0)
assert np.allclose(tn.softmax(z).data, a, rtol=1e-14, atol=0)

# %% [markdown]
# Three things follow at once, and all three will be needed.
#
# - **A shift changes nothing.** Add $c$ to every logit:
#   $\dfrac{e^{z_i + c}}{\sum_k e^{z_k + c}} = \dfrac{e^c\, e^{z_i}}{e^c \sum_k e^{z_k}} = a_i$.
# - **Two classes are a sigmoid.** With logits 0 and $z$ the second gets
#   $\dfrac{e^z}{e^0 + e^z} = \dfrac{1}{e^{-z} + 1} = \sigma(z)$.
# - **One class is certain.** With a single logit, $a = e^z / e^z = 1$, whatever $z$ is.

# %%
print("shifted by −3:   ", tn.softmax(z - 3).data)
print("logits 0 and 1:  ", tn.softmax([0.0, 1.0]).data, f"  σ(1) = {sigma(1):.8f}")
print("a single logit:  ", tn.softmax([-7.3]).data)
assert np.allclose(tn.softmax(z - 3).data, a, rtol=1e-14, atol=0)
assert np.isclose(tn.softmax([0.0, 1.0]).data[1], sigma(1), rtol=1e-14, atol=0)
assert tn.softmax([-7.3]).data[0] == 1

# %% [markdown]
# ## Its loss: categorical cross-entropy
#
# If class $c$ is right, what happened had the probability $a_c$, and the surprise is $-\ln a_c$. To write this as a sum
# over all outputs, let the target be a row of zeros with a 1 at the class, a [*one-hot*](#src-one-hot) row: then
#
# $$L = -\sum_j y_j \ln a_j = -\ln a_c,$$
#
# the [*categorical cross-entropy*](#src-categorical-crossentropy). Why not give the class number itself as the target?
# Class 8 is not twice class 4, and not closer to class 9 than to class 1. A class is a name, not a quantity, so each
# gets an output of its own.

# %%
labels = np.array([2, 0])
y = tn.data.one_hot(labels, 3)
a = np.array([[1 / 8, 2 / 8, 5 / 8], [1 / 8, 2 / 8, 5 / 8]])
print("targets:\n", y)

surprise = -np.log(a[[0, 1], labels])  # pick a_c out of each row
print("−ln 5/8 and −ln 1/8:", np.array2string(surprise, precision=6), f"  mean: {surprise.mean():.6f}")
loss = tn.categorical_crossentropy(a, y).item()
print(f"tn.categorical_crossentropy: {loss:.6f}")
assert np.array_equal(y, [[0, 0, 1], [1, 0, 0]])
assert np.isclose(loss, surprise.mean(), rtol=1e-14, atol=0)
assert np.isclose(loss, (np.log(8 / 5) + np.log(8)) / 2, rtol=1e-14, atol=0)

# %% [markdown]
# The zeros of $y$ leave the other outputs out, but those are not free: what they get is missing from $a_c$. There is no
# factor $1/n_L$ here, since the outputs together answer one question.
#
# **A number to remember.** A network that knows nothing gives each of $K$ classes $1/K$, and its loss is $\ln K$. For
# ten classes that is 2.3026. The notes of [CS231n](https://cs231n.github.io/neural-networks-3/#sanitycheck) advise to
# look for this number before the first step of training. If it is far off, something is wrong already.

# %%
loss = tn.categorical_crossentropy(np.full((1, 10), 0.1), tn.data.one_hot([7], 10)).item()
print(f"ten classes, no idea: {loss:.6f}")
assert abs(loss - 2.302) < 1e-3  # as the notes have it

# %% [markdown]
# ## The same, without overflow
#
# The formulas are right, and a computer can ruin them all the same. The same notes
# [warn](https://cs231n.github.io/linear-classify/#softmax-classifier) with the logits 123, 456, 789. (NumPy would
# print a warning; we hold it back, to see what comes out.)

# %%
z = np.array([123.0, 456.0, 789.0])
with np.errstate(over="ignore", invalid="ignore"):
    print("e^z:       ", np.exp(z))
    naive = np.exp(z) / np.exp(z).sum()
print("naive:     ", naive)
shifted = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
print("shifted:   ", shifted)
print("tn.softmax:", tn.softmax(z).data)
largest = np.finfo(np.float64).max
print(f"largest float64: {largest:.4g}, its ln: {np.log(largest):.2f}")
assert np.isnan(naive[2])
assert np.allclose(tn.softmax(z).data, shifted, rtol=1e-12, atol=0)

# %% [markdown]
# float64 ends near $1.8 \cdot 10^{308}$, and beyond $z = 709.78$ so does $e^z$: it is `inf`, and `inf`/`inf` is `nan`.
# But a shift changes nothing, so we shift by the largest logit, $m = \max_k z_k$. The largest power is now
# $e^0 = 1$, the others are smaller, and the sum is at least 1. [tinynet's softmax](#src-softmax) does this.
#
# Now the loss needs $\ln a$, and here waits a second trap. The probability of the first class is
# $e^{123 - 789} = e^{-666}$; a little less, and it is rounded to 0. Its logarithm is then $-\infty$, though the right
# number, near $-666$, is quite ordinary. The way out is never to form the probability:
#
# $$\ln a_i = \ln \frac{e^{z_i - m}}{\sum_k e^{z_k - m}} = (z_i - m) - \ln \sum_k e^{z_k - m}$$
#
# This is [log-softmax](#src-log-softmax). What it subtracts from $z_i$ is $m + \ln \sum_k e^{z_k - m}$, which is
# $\ln \sum_k e^{z_k}$, the *log-sum-exp*. Here waits a third trap. The largest logit adds exactly $e^0 = 1$ to the
# sum, so the sum is $1 + s$, where $s$ collects the rest. If $s$ is tiny, $1 + s$ is rounded to 1 and $s$ is lost. A
# function for just this, `log1p(s)`, computes $\ln(1+s)$ without forming $1 + s$ ([the line](#src-log-sum-exp)).

# %%
z = np.array([0.0, -1000.0, -40.0])
with np.errstate(divide="ignore"):
    print("ln of softmax: ", np.log(tn.softmax(z).data))
print("tn.log_softmax:", tn.log_softmax(z).data)
s = np.exp(-40.0)  # e^-1000 is 0 beside it
print(f"ln(1 + s) = {np.log(1 + s)}, log1p(s) = {np.log1p(s):.9e}")
assert np.log(1 + s) == 0
assert np.allclose(tn.log_softmax(z).data, [-s, -1000, -40], rtol=1e-14, atol=0)

# %% [markdown]
# So the categorical cross-entropy is best [computed from the logits](#src-softmax-crossentropy), with that put in for
# $\ln a_j$:
#
# $$-\sum_j y_j \ln a_j = \sum_j y_j \Big[ (m - z_j) + \ln \sum_k e^{z_k - m} \Big]$$
#
# The sigmoid has the same trouble and the same cure. For $y = 1$ the surprise is
#
# $$-\ln \sigma(z) = \ln (1 + e^{-z}),$$
#
# for $y = 0$, since $1 - \sigma(z) = \frac{e^{-z}}{1 + e^{-z}} = \frac{1}{e^{z} + 1} = \sigma(-z)$, it is
# $\ln (1 + e^{z})$. One of the two powers may be huge. Where $z$ is positive, take $e^z$ out of the second:
# $\ln(1 + e^z) = \ln\big(e^z (e^{-z} + 1)\big) = z + \ln(1 + e^{-z})$. Where $z$ is negative, in the same way,
# $\ln(1 + e^{-z}) = -z + \ln(1 + e^{z})$. In all cases there is a `log1p` of a power that is at most 1, and a term to
# add, now called $s$:
#
# $$-y \ln\sigma(z) - (1-y) \ln(1-\sigma(z)) = \ln\big(1 + e^{-|z|}\big) + s, \qquad
#   s = \begin{cases} -y z & z \le 0 \\ (1-y)\,z & z > 0 \end{cases}$$
#
# That is [what tinynet computes](#src-sigmoid-crossentropy) when it can: a Tensor remembers which $z$ it came from, and
# both cross-entropies look whether their prediction came straight from a sigmoid or softmax. Given a plain array of
# probabilities, such as `.data` is, they can only take its logarithms.

# %%
y = np.array([[0.0]])
print("y = 0        from the probability   from the logit")
for z in (-1000.0, -40.0, 0.0, 40.0, 1000.0):
    a = tn.sigmoid([[z]])
    lost, exact = tn.binary_crossentropy(a.data, y).item(), tn.binary_crossentropy(a, y).item()
    print(f"z = {z:7.0f}  {lost:20.9g} {exact:16.9g}")
    assert np.isclose(exact, np.logaddexp(0, z), rtol=1e-14, atol=0)  # NumPy's ln(e^0 + e^z)

z, y = np.array([[1000.0, 0.0, -1000.0]]), tn.data.one_hot([2], 3)
print("softmax of 1000, 0, −1000, the last is right:", tn.categorical_crossentropy(tn.softmax(z), y).item())
assert tn.categorical_crossentropy(tn.softmax(z), y).item() == 2000
assert tn.categorical_crossentropy(tn.softmax(z).data, y).item() == np.inf

# %% tags=["hide-input"] mystnb={"image": {"alt": "A V of crosses from 1e-16 up to 1, and dots that stay near 1e-16"}}
z = np.linspace(-45, 45, 361)
right = np.logaddexp(0, z)
with np.errstate(divide="ignore"):
    naive = -np.log(1 - sigma(z))
ours = np.array([tn.binary_crossentropy(tn.sigmoid([[v]]), [[0.0]]).item() for v in z])

fig, ax = plt.subplots(figsize=(7, 3.5))
for values, colour, marker, words in (
    (naive, VERMILION, "x", "from the probability"),
    (ours, BLUE, ".", "from the logit (tinynet)"),
):
    error = np.where(np.isfinite(values), np.abs(values - right) / right, 1)
    ax.semilogy(z, np.maximum(error, 1e-17), marker, color=colour, ms=4, label=words)
ax.set(
    xlabel="z of the sigmoid",
    ylabel="relative error (0 drawn as 1e−17)",
    title="Digits lost by the cross-entropy, y = 0",
)
limit = 53 * np.log(2)  # beyond it e^-z is less than half the gap above 1, and σ(z) is rounded to 1
assert np.isinf(naive[z > limit]).all() and np.isfinite(naive[z < limit]).all()
ax.axvline(limit, color=BLACK, lw=1, ls=":")
ax.annotate(f"z > {limit:.1f}:\nloss inf", (limit, 1e-14), (-6, 0), textcoords="offset points", ha="right")
ax.legend(loc="upper center")
plt.show()

# %% [markdown]
# From the probability, the digits are lost on both sides. On the left the loss is tiny and is rounded away, when
# $\sigma(z)$ is subtracted from 1. On the right $\sigma(z)$ itself is rounded, in the end to 1, and the loss becomes
# infinite (drawn as an error of 1).
#
# ## Hinge: on the right side, and clear of the border
#
# One loss has another origin. The classes are called $y = -1$ and $y = +1$, the output $a$ is a plain number, without a
# sigmoid, and only its sign says the class. The product $y\,a$ is positive if the answer is right; call it the
# *margin*. The *hinge* wants a margin of at least 1, and what is missing is the loss ([the line](#src-hinge)):
#
# $$L = \frac{1}{n_L} \sum_j \max(0,\, 1 - y_j a_j)$$
#
# An example that is clear of the border counts nothing, so the weights are decided by the difficult ones. This is the
# loss of support vector machines (Bishop, *Pattern Recognition and Machine Learning*, § 7.1.2).

# %%
a = np.array([[2.0], [0.5], [-1.0], [-3.0]])
y = np.array([[1.0], [1.0], [1.0], [-1.0]])
each = np.maximum(0, 1 - y * a)
print("margin:", (y * a).ravel(), "  hinge:", each.ravel(), "  mean:", each.mean())
assert np.array_equal(each.ravel(), [0, 0.5, 2, 0])
assert tn.hinge(a, y).item() == each.mean() == 0.625

# %% [markdown]
# With $y = \pm 1$ the losses of a yes-or-no question can be drawn over one axis. The surprise was $-\ln\sigma(z)$ for
# yes and $-\ln\sigma(-z)$ for no, thus $\ln(1 + e^{-yz})$ for both. For a plain output
# $y - a = y\,(1 - y a)$, since $y^2 = 1$: half its squared error is $\frac12 (1 - y a)^2$. The black steps count
# mistakes.

# %% mystnb={"image": {"alt": "A step, a hinge, a falling curve, and a parabola, over the margin"}}
margin = np.linspace(-2.5, 3.5, 241)
fig, ax = plt.subplots(figsize=(7, 3.5))
ax.plot(margin, np.where(margin > 0, 0, 1), color=BLACK, lw=1.5, ls=":", label="mistakes, counted")
ax.plot(margin, np.maximum(0, 1 - margin), color=VERMILION, lw=2, ls="--", label="hinge")
ax.plot(margin, np.log1p(np.exp(-margin)), color=BLUE, lw=2, label="cross-entropy")
ax.plot(margin, 0.5 * (1 - margin) ** 2, color=GREEN, lw=2, ls="-.", label="half squared error")
ax.set(xlabel="margin: y a, or y z   (left: wrong, right: right)", ylabel="loss L", ylim=(-0.1, 3.6))
ax.set_title("Four ways to judge a yes or no")
ax.legend(loc="upper center")
plt.show()

# %% [markdown]
# The hinge is done at 1. The cross-entropy always wants a little more. The squared error on a plain output punishes
# answers that are *too* right: for $y = 1$, $a = 2$ costs as much as $a = 0$. It is made for quantities. And the steps,
# which are what we care about, are flat.
#
# ## A metric is for people, a loss is for the derivative
#
# People ask: how many are right? That is the *accuracy*, the share of the examples whose class is right. The class that
# the network names is the [output with the largest value](#src-accuracy), $\arg\max_j a_j$; a single output says
# [yes from ½ on](#src-binary-accuracy). For quantities people ask: how far off, in degrees or in metres? That is the
# [mean absolute error](#src-mean-absolute-error), $\frac{1}{N n_L} \sum_n \sum_j |y_j - a_j|$. Such numbers are called
# *metrics*. They live in `tn.metrics`, take arrays and give a plain number.

# %%
y = tn.data.one_hot([2, 0, 1, 1], 3)
a = np.array([[0.1, 0.2, 0.7], [0.5, 0.4, 0.1], [0.3, 0.4, 0.3], [0.6, 0.3, 0.1]])
print("classes:", y.argmax(axis=1), "  answers:", a.argmax(axis=1), "  accuracy:", tn.metrics.accuracy(a, y))
assert tn.metrics.accuracy(a, y) == np.mean([2 == 2, 0 == 0, 1 == 1, 1 == 0]) == 0.75

y, a = np.array([[1.0], [0.0], [1.0]]), np.array([[0.5], [0.4], [0.2]])
print("yes or no: ", y.ravel(), "  answers:", a.ravel(), f"  accuracy: {tn.metrics.accuracy(a, y):.4f}")
assert tn.metrics.accuracy(a, y) == 2 / 3

y, a = np.array([[20.0], [15.0], [30.0]]), np.array([[21.0], [15.5], [27.0]])
print("degrees:", y.ravel(), "  answers:", a.ravel(), "  mean absolute error:", tn.metrics.mean_absolute_error(a, y))
assert tn.metrics.mean_absolute_error(a, y) == (1 + 0.5 + 3) / 3

# %% [markdown]
# Why not train on the accuracy itself, if it is what we want? Take the irises of [chapter 1](01_one_neuron.py). One
# neuron is to tell *virginica* from *versicolor* by the length of the petal, $x$ cm. With the weight 3 and the bias
# $-3t$ it answers $a = \sigma(3\,(x - t))$, so the border between no and yes is at $t$. We slide $t$ along.

# %%
flowers, species = tn.data.iris()
x, y = flowers[50:, 2:3], species[50:, 2:3]  # length of the petal; 1 for virginica, 0 for versicolor (0 to 49: setosa)
assert not species[50:, 0].any()
borders = np.linspace(3.5, 6.5, 601)
losses, accuracies = np.empty_like(borders), np.empty_like(borders)
for i, t in enumerate(borders):
    a = tn.sigmoid(3 * (x - t))
    losses[i], accuracies[i] = tn.binary_crossentropy(a, y).item(), tn.metrics.accuracy(a.data, y)
print(f"the accuracy takes {len(np.unique(accuracies))} values and stays as it was in", end=" ")
print(f"{np.mean(np.diff(accuracies) == 0):.0%} of the small moves; the loss, in {np.mean(np.diff(losses) == 0):.0%}")
print(f"best loss at t = {borders[losses.argmin()]:.3f}; best accuracy {accuracies.max():.0%}")
assert np.mean(np.diff(accuracies) == 0) > 0.9 and not np.any(np.diff(losses) == 0)

# %% tags=["hide-input"] mystnb={"image": {"alt": "Above, a staircase up and down; below, a smooth valley"}}
fig, (top, bottom) = plt.subplots(2, 1, figsize=(7, 4.6), sharex=True)
top.plot(borders, 100 * accuracies, color=BLACK, lw=1.5)
top.set(ylabel="accuracy in %", title="Virginica or versicolor, as the border t moves")
bottom.plot(borders, losses, color=BLUE, lw=2)
bottom.axvline(borders[losses.argmin()], color=BLUE, lw=1, ls=":")
bottom.set(xlabel="border t in cm", ylabel="loss L")
plt.show()

# %% [markdown]
# The accuracy is a staircase. On a step it does not change at all, so its derivative is 0 and shows no way; at the edge
# there is no derivative. The loss answers to the smallest move. Nor do the two always agree:

# %%
y = np.array([[1.0], [1.0], [0.0], [0.0]])
timid, bold = np.array([[0.51], [0.51], [0.49], [0.49]]), np.array([[0.99], [0.99], [0.01], [0.60]])
for name, a in (("timid", timid), ("bold", bold)):
    print(f"{name:>5}: accuracy {tn.metrics.accuracy(a, y):.0%}, loss {tn.binary_crossentropy(a, y).item():.4f}")
assert tn.metrics.accuracy(timid, y) > tn.metrics.accuracy(bold, y)
assert tn.binary_crossentropy(timid, y).item() > tn.binary_crossentropy(bold, y).item()

# %% [markdown]
# The bold network makes one mistake and is little surprised; the timid one makes none and is hardly better than a coin.
# So report both, and follow the loss.
#
# ## What goes wrong
#
# ### Each with each: (N,) against (N, 1)
#
# Targets read from a file are often a plain row of $N$ numbers, shape `(N,)`. A network with one output gives `(N, 1)`.
# NumPy subtracts the one from the other without a word. It stretches both to $N \times N$: *every* answer against
# *every* target. Here all answers are right:

# %%
y = np.array([1.0, 2.0, 6.0])
a = np.array([[1.0], [2.0], [6.0]])
print("y − a:\n", y - a)
print(f"mean of (y − a)², all right:        {np.mean((y - a) ** 2):.4f}")
constant = np.full((3, 1), y.mean())
print(f"mean of (y − a)², always y's mean:  {np.mean((y - constant) ** 2):.4f}")
assert np.mean((y - constant) ** 2) < np.mean((y - a) ** 2)

# %% [markdown]
# The loss of a faultless network is not 0. Worse, it prefers a network that gives everybody the same answer: for every
# single output is asked to be near all the targets, and what is near to all is their mean. Training goes on, the loss
# falls, the result is useless. PyTorch's users [met it](https://github.com/pytorch/pytorch/issues/16045), and it prints
# a warning since. In tinynet it is an error that says what to do:

# %%
try:
    tn.mean_squared_error(a, y)
    raise AssertionError("shapes that differ went through")
except ValueError as error:
    print(error)
print("as a column:", tn.mean_squared_error(a, y.reshape(-1, 1)).item())
assert tn.mean_squared_error(a, y.reshape(-1, 1)).item() == 0

# %% [markdown]
# ### A loss of 0 that learns nothing
#
# A program to learn XOR, with the same end as that of [a learner](https://github.com/keras-team/keras/issues/112) whose
# network always answered 1. To say 0 or 1 is to name a class, so it takes the loss of classes, softmax with categorical
# cross-entropy. There is one column of targets, so it takes one output:

# %%
x, y = tn.data.xor()  # x: (0,0), (0,1), (1,0), (1,1); y, a column: 0, 1, 1, 0
listing = tn.Sequential([tn.Dense(4, activation="tanh", input_dim=2), tn.Dense(1, activation="softmax")], seed=0)
a = listing.predict(x)
print("targets:", y.ravel(), "  answers:", a.ravel())
print("loss:", tn.categorical_crossentropy(listing(x), y).item())
print("argmax agrees with the target's argmax:", f"{np.mean(a.argmax(axis=1) == y.argmax(axis=1)):.0%}")
print("answers on the right side of ½:        ", f"{tn.metrics.accuracy(a, y):.0%}")

# %% [markdown]
# (To call the network, `listing(x)`, gives the numbers of `predict` as a Tensor, which remembers its logits.) A loss of
# 0 and, by the first count, 100 % right, before any training. It is too good. The softmax of a single logit is 1, as
# we have seen, and so is every answer. The loss is $-y \ln 1 = 0$ for $y = 0$ and for $y = 1$. And where there is one
# column, the largest entry is always the one in column 0, in the answers and in the targets alike; the first count
# compares 0 with 0. No weight can change any of this. Let us try 1,000 random sets of weights, with two repairs beside
# the program:
#
# 1. one output that is a *sigmoid*, with the *binary* cross-entropy;
# 2. *two* softmax outputs, one a class, with one-hot targets.

# %%
sigmoid_net = tn.Sequential([tn.Dense(4, activation="tanh", input_dim=2), tn.Dense(1, activation="sigmoid")])
softmax_net = tn.Sequential([tn.Dense(4, activation="tanh", input_dim=2), tn.Dense(2, activation="softmax")])
classes = tn.data.one_hot(y.ravel(), 2)

rng = np.random.default_rng(0)
found = {"the listing": [], "repair 1": [], "repair 2": []}
for _ in range(1000):
    W1, b1 = 3 * rng.normal(size=(2, 4)), 3 * rng.normal(size=4)
    W2, b2 = 3 * rng.normal(size=(4, 1)), 3 * rng.normal(size=1)
    listing.set_weights([W1, b1, W2, b2])
    sigmoid_net.set_weights([W1, b1, W2, b2])
    softmax_net.set_weights([W1, b1, np.hstack([np.zeros((4, 1)), W2]), np.append(0, b2)])  # the logits 0 and z
    found["the listing"].append(tn.categorical_crossentropy(listing(x), y).item())
    found["repair 1"].append(tn.binary_crossentropy(sigmoid_net(x), y).item())
    found["repair 2"].append(tn.categorical_crossentropy(softmax_net(x), classes).item())
for name, losses in found.items():
    print(f"{name:>11}: the losses of 1,000 random weights go from {min(losses):.4f} to {max(losses):.4f}")
assert min(found["the listing"]) == max(found["the listing"]) == 0
assert np.allclose(found["repair 1"], found["repair 2"], rtol=1e-12, atol=0)

# %% [markdown]
# The listing's loss is 0 a thousand times. Both repairs have good and bad weights, and they are the same loss, for two
# classes with the logits 0 and $z$ are a sigmoid.
#
# Good weights for the repaired loss we know already. In chapter 2, the network of
# [Goodfellow, Bengio and Courville](https://www.deeplearningbook.org/contents/mlp.html) (§ 6.1) answered 0, 1, 1, 0
# with two hidden relu neurons and an output without activation: $h_1 = \mathrm{relu}(x_1 + x_2)$,
# $h_2 = \mathrm{relu}(x_1 + x_2 - 1)$, output $h_1 - 2 h_2$. A logit should be negative for no, positive for yes, and
# large if it is to be sure. So we subtract ½ and multiply by 10: $z = 10\,h_1 - 20\,h_2 - 5$ is $-5, 5, 5, -5$, and
# each of the four surprises is $\ln(1 + e^{-5})$.

# %%
small = tn.Sequential([tn.Dense(2, activation="relu", input_dim=2), tn.Dense(1, activation="sigmoid")])
small_listing = tn.Sequential([tn.Dense(2, activation="relu", input_dim=2), tn.Dense(1, activation="softmax")])


def losses_at(c1, c2):
    """The loss of the listing and of repair 1, with c1 and c2 for the biases of the hidden neurons."""
    weights = [np.ones((2, 2)), np.array([c1, c2]), np.array([[10.0], [-20.0]]), np.array([-5.0])]
    small.set_weights(weights)
    small_listing.set_weights(weights)
    listed, repaired = tn.categorical_crossentropy(small_listing(x), y), tn.binary_crossentropy(small(x), y)
    return listed.item(), repaired.item()


listed, repaired = losses_at(0.0, -1.0)
print("answers:", small.predict(x).ravel().round(4))
print(f"loss: {repaired:.9f},  ln(1 + e^−5) = {np.log1p(np.exp(-5)):.9f}")
assert np.isclose(repaired, np.log1p(np.exp(-5)), rtol=1e-14, atol=0)

# %% [markdown]
# Now leave everything as it is but the two hidden biases, which in that network are 0 and −1, and look at the losses of
# many pairs. This is a slice through the landscape in which training would have to find its way.

# %% tags=["hide-input"] mystnb={"image": {"alt": "Left, 0 everywhere; right, a valley with a star at its bottom"}}
c1, c2 = np.linspace(-2, 2, 81), np.linspace(-3, 1, 81)
surface = np.array([[losses_at(first, second) for first in c1] for second in c2])  # (81, 81, 2)
bounds = [0, 0.01, 0.1, 0.3, 1, 3, 10, 30]

fig, axes = plt.subplots(1, 2, figsize=(7, 3.6), sharey=True, layout="constrained")
for ax, values, title in zip(axes, surface.transpose(2, 0, 1), ("the listing", "repair 1")):
    bands = ax.contourf(c1, c2, values, bounds, cmap="cividis", norm=BoundaryNorm(bounds, 256))
    ax.set(xlabel="first hidden bias", title=title)
axes[0].text(0, -1, "0 everywhere", color="white", ha="center", va="center", fontsize=11)
axes[1].contour(c1, c2, surface[:, :, 1], bounds[2:], colors="white", linewidths=0.5)
axes[1].plot(0, -1, "*", color=VERMILION, ms=13, mec="white")
axes[0].set(ylabel="second hidden bias")
fig.colorbar(bands, ax=axes, label="loss L", ticks=bounds, format="%g")
plt.show()

# %%
row, column = np.unravel_index(surface[:, :, 1].argmin(), surface[:, :, 1].shape)
print(f"lowest of the repaired losses: at the biases {c1[column]:.2f} and {c2[row]:.2f}")
assert np.all(surface[:, :, 0] == 0)
assert np.isclose(c1[column], 0, atol=1e-12) and np.isclose(c2[row], -1, atol=1e-12)

# %% [markdown]
# On the left there is nowhere to go. On the right is a valley, and Goodfellow's biases, the star, have the lowest loss
# of all these pairs. To walk down there one needs the slope, which [the next chapter](04_backpropagation.py) computes.
# Before that, two habits to keep: a loss of exactly 0 is a reason to be suspicious, and so is an accuracy that is good
# before training.
#
# ## Summary
#
# | the target is | last activation | target in numbers | loss | no idea costs |
# |---|---|---|---|---|
# | a quantity | none | itself | `half_squared_error`, `mean_squared_error` | |
# | yes or no | sigmoid | 1 or 0 | `binary_crossentropy` | $\ln 2$ |
# | one of $K$ classes | softmax | one-hot | `categorical_crossentropy` | $\ln K$ |
# | yes or no, by a margin | none | +1 or −1 | `hinge` | 1 |
#
# - The loss of a batch is the mean over its examples, so it does not grow with the batch.
# - A loss is the surprise $-\ln p$ at what happened: with a bell curve it is the half squared error, with a yes or no
#   the binary cross-entropy, with one of $K$ the categorical cross-entropy. The hinge is the exception.
# - Softmax sees only differences of logits. Shift by the largest, and compute cross-entropies from logits.
# - A loss has a slope that shows the way; a metric such as the accuracy is a staircase, for people to read.
# - Prediction and target must have the same shape. Softmax needs two logits or more: of a single one it is always 1.
#
# ## Exercises
#
# In `tutorials/exercises/ch03.py`; `pytest tutorials/exercises -k ch03` marks them.
#
# 1. `half_squared_error`: the loss of a batch, in NumPy.
# 2. `one_hot`: class numbers to rows of zeros and a 1.
# 3. `binary_crossentropy`: the mean surprise of yes-or-no outputs, from probabilities.
# 4. `softmax`: row by row, for logits of any size.
# 5. `softmax_crossentropy`: from logits and class numbers; no logit is too large.
# 6. `xor_output_layer`: weights and biases of two softmax outputs that solve XOR with a loss below 0.001.
#
# With a pencil (the answers are in `tutorials/exercises/solutions/ch03.py`):
#
# 7. The targets are 1, 2, 6, and the network has to give the same answer $a$ to all. Which $a$ makes the mean squared
#    error smallest, and which the mean absolute error?
# 8. In 1,000 examples, 900 are *no*. A network that never looks at its input answers $a = 0.1$ each time. What are its
#    accuracy and its binary cross-entropy? Why is $\ln 2$ not the number to compare with here?
