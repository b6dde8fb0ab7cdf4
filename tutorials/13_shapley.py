# %% [markdown]
# # 13. Shapley values
#
# A flower. The network read its four lengths and took it for a virginica, with a probability of 64 %. It is a
# versicolor. Which of the lengths misled the network, and by how much each? Change one at a time and look what
# happens: that was occlusion, in [chapter 11](11_what_did_it_look_at.py). But two lengths that say the same stand in
# for each other, and two that speak only together fall silent together, and then what one change shows is not a share
# of anything. How to share what was achieved together is an old question. It was answered for games, in 1953: four
# demands that one would call fair leave only one answer.
#
# ## What you will be able to do
#
# - compute the fair shares of a game with a pencil, over orders and over coalitions, and prove that no others are
#   fair;
# - say what it means that a feature is absent, and what this assumes;
# - explain four features with all sixteen coalitions, every number on the page;
# - derive the weights of KernelSHAP, and say when to sample coalitions and when orders;
# - find out why two explanations of one answer differ, and why values do not add up to what one expected.
#
# ## Three musicians
#
# A violin, a cello and a drum play in the street. On some days all came, on others only some of them, and we know
# what was in the hat. Nobody pays for a drum alone. How should the three share 45 coins?

# %%
from itertools import permutations
from math import comb, factorial

import matplotlib.pyplot as plt
import numpy as np

import tinynet as tn

BLUE, VERMILION = "#0072B2", "#D55E00"

PLAYERS = "VCD"  # violin, cello, drum
coins = {"": 0, "V": 12, "C": 6, "D": 0, "VC": 18, "VD": 24, "CD": 12, "VCD": 45}
hat = {frozenset(S): worth for S, worth in coins.items()}
everybody = frozenset(PLAYERS)

alone = [hat[frozenset(i)] for i in PLAYERS]
missed = [hat[everybody] - hat[everybody - {i}] for i in PLAYERS]
print("what each earns alone:          ", alone, "sum", sum(alone))
print("what is missing without each:   ", missed, "sum", sum(missed))
assert (sum(alone), sum(missed)) == (18, 81)

# %% [markdown]
# By what they earn alone, 27 coins are left over. By what is missing without each, which is how occlusion counts,
# they would need 81. Neither is wrong; they answer other questions.
#
# Such a game is a number $v(S)$, the *worth*, for each set $S$ of its $M$ players, and $S$ is called a *coalition*.
# Let the players arrive one by one, and give each what it adds when it comes. In one order the sum is right: what
# each adds begins where the one before stopped, so from $v(\emptyset)$ to $v(\text{all})$ nothing is counted twice.
# But who comes when should not matter. So take the mean over all $M!$ orders. If $\text{before}_i$ are those who came
# before $i$,
#
# $$\varphi_i = \frac{1}{M!} \sum_{\text{orders}} \big[v(\text{before}_i \cup i) - v(\text{before}_i)\big].$$


# %%
def added(order):
    """What each player adds when they come in this order."""
    return {i: hat[frozenset(order[: k + 1])] - hat[frozenset(order[:k])] for k, i in enumerate(order)}


orders = list(permutations(PLAYERS))
gains = np.array([[added(order)[i] for i in PLAYERS] for order in orders])
print("order   V   C   D   sum")
for order, gain in zip(orders, gains):
    print(f"{''.join(order):5}", *(f"{g:3d}" for g in gain), f"{gain.sum():5d}")
fair = gains.mean(axis=0)
print("mean ", *(f"{share:3.0f}" for share in fair), f"{fair.sum():5.0f}")
assert np.array_equal(fair, [21, 12, 12])

# %% tags=["hide-input"] mystnb={"image": {"alt": "Seven stacked bars, each 45 coins long: the six orders in which violin, cello and drum may come, with what each adds, and their mean, 21, 12 and 12. The drum adds nothing when it comes first and 27 when it comes last."}}
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
style = {"V": ("violin", "#56B4E9", ""), "C": ("cello", "#E69F00", "//"), "D": ("drum", "#BBBBBB", "..")}
rows = [*zip(orders, gains), (tuple(PLAYERS), fair)]
for row, (order, gain) in enumerate(rows):
    start = 0
    for i in order:
        width = gain[PLAYERS.index(i)]
        name, colour, hatch = style[i]
        ax.barh(row, width, left=start, color=colour, hatch=hatch, edgecolor="white", label=name if row == 0 else None)
        if width:
            ax.text(start + width / 2, row, f"{i} {width:g}", ha="center", va="center", backgroundcolor=colour)
        start += width
ax.set_yticks(range(7), [*(", ".join(order) for order in orders), "mean"])
ax.invert_yaxis()
ax.set(xlabel="coins in the hat", ylabel="order of arrival", title="what each adds, in each order")
ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3, frameon=False)
plt.show()

# %% [markdown]
# The drum earns nothing alone, and its fair share is as large as the cello's: it makes the others better. These are
# the *Shapley values* of the game ([Shapley (1953)](https://doi.org/10.1515/9781400881970-018)).
#
# ## Why these shares and no others
#
# Four things one would ask of a fair division, and what each means when the players are the features of an example:
#
# | | in a game | for features |
# |---|---|---|
# | *efficiency* (or completeness) | $\sum_i \varphi_i = v(\text{all}) - v(\emptyset)$ | the shares explain all of the answer, and nothing else |
# | *symmetry* | who adds the same to every coalition gets the same | two copies of a feature share equally |
# | *dummy* | who adds nothing to any coalition gets 0 | a feature that the network ignores gets 0 |
# | *linearity* | the shares of $v + w$ are those of $v$ plus those of $w$, and of $c\,v$ they are $c\,\varphi$ | the shares of a sum of networks are the sums of the shares |
#
# The mean over the orders has all four. The first holds in each order, as we saw. If two equal players change places,
# each order becomes another one, in which either adds what the other did; all orders together are the same, so both
# get the same. A dummy adds 0 in every order. And a mean of sums is a sum of means.
#
# That *nothing else* has them takes a few lines. Begin with the simplest of games: a set $T$ of players earns 1 when
# all of $T$ are there, whoever else came. Players outside $T$ are dummies and get 0, those inside are alike, and all
# together get 1. So each of $T$ gets $1/|T|$; the first three demands leave no choice. Now any game is a sum of such
# games. Let the *dividend* $d(T)$ of a group $T \ne \emptyset$ be what it earns beyond what was earned in its parts,
#
# $$d(T) = v(T) - v(\emptyset) - \sum_{\emptyset \ne S \subsetneq T} d(S),
#   \qquad\text{so that}\qquad v(T) = v(\emptyset) + \sum_{\emptyset \ne S \subseteq T} d(S).$$
#
# The last sum says it: $v$ is the sum over $S$ of $d(S)$ times the simple game of $S$, and a constant, $v(\emptyset)$,
# to which nobody adds anything. By linearity
#
# $$\varphi_i = \sum_{T \ni i} \frac{d(T)}{|T|}.$$
#
# Everything is determined, so there is only one such division. It is also a good way to see it: **what a group earns
# as a group is shared equally among its members.**

# %%
dividend = {}
for T in sorted(hat, key=len)[1:]:
    dividend[T] = hat[T] - sum(d for S, d in dividend.items() if S < T)  # S < T: a subset, and not T
    print(f"d({''.join(i for i in PLAYERS if i in T):3}) = {dividend[T]}")
by_dividends = [sum(d / len(T) for T, d in dividend.items() if i in T) for i in PLAYERS]
print("12 + 12/2 + 9/3, 6 + 6/2 + 9/3, 12/2 + 6/2 + 9/3 =", by_dividends)
assert np.allclose(by_dividends, fair)

# %% [markdown]
# ## From orders to coalitions
#
# $M!$ orders are many, and most of the work in them is done twice: what $i$ adds depends on *who* came before, not on
# the order in which they came. So collect the orders in which the same $S$ came before $i$. If $S$ has $s$ members,
# these come in $s!$ orders, then comes $i$, then the $M-s-1$ others in $(M-s-1)!$ orders. [The
# share](#src-shapley-weight) of such orders is
#
# $$w_s = \frac{s!\,(M-s-1)!}{M!} = \frac{1}{M} \cdot \frac{s!\,(M-1-s)!}{(M-1)!} = \frac{1}{M \binom{M-1}{s}},$$
#
# and [the value](#src-shapley) is a sum over the $2^{M-1}$ coalitions without $i$,
#
# $$\varphi_i = \sum_{S \not\ni i} w_{|S|} \,\big[v(S \cup i) - v(S)\big].$$
#
# The second form of $w_s$ can be read aloud: $i$ is equally likely to come at each of the $M$ places, and if $s$ came
# before, these are equally likely to be any $s$ of the $M-1$ others. For three players the weights are $\frac13,
# \frac16, \frac13$. With a pencil, for the violin: $\frac13 \cdot 12 + \frac16 \cdot (18-6) + \frac16 \cdot (24-0) +
# \frac13 \cdot (45-12) = 4 + 2 + 4 + 11 = 21$.


# %%
def w(s, M):
    return 1 / (M * comb(M - 1, s))


for s in range(3):
    print(f"w_{s} = {factorial(s) * factorial(2 - s)}/{factorial(3)} = {w(s, 3):.6f}")
violin = [w(len(S), 3) * (hat[S | {"V"}] - hat[S]) for S in hat if "V" not in S]
print("violin:", violin, "sum", sum(violin))
assert np.isclose(sum(violin), 21)
assert np.isclose(sum(comb(11, s) * w(s, 12) for s in range(12)), 1)  # of every feature, for any M, here 12

# %% [markdown]
# ## What it means that a feature is absent
#
# The players are now the $M$ features of $x$, and they earn together the answer $f(x)$. What is $v(S)$, the answer of
# a network that is told only the features in $S$? A network takes four numbers or none. So the others are filled in
# from other examples, the *background*: $B$ rows that stand for what one would expect of a flower, knowing nothing of
# it. A row of it is called $b$ here (it has nothing to do with the biases). [The worth](#src-coalition-worth) is the
# mean over the rows,
#
# $$v(S) = \frac1B \sum_b f(x_S, b_{\bar S}),$$
#
# where the features in $S$ are those of $x$, and the rest, $\bar S$, those of $b$. With everybody in, $v$ is $f(x)$.
# With nobody, it is the mean of $f$ over the background. So **the Shapley values share out $f(x)$ minus that mean**,
# and not $f(x)$.
#
# The network of the flower has six hidden neurons (its inputs are all of similar size, so we leave them in cm). Its
# background is small, so that we can follow everything: the first flower of each species in the table.

# %%
flowers, species = tn.data.iris()  # in cm: sepal length, sepal width, petal length, petal width
NAMES = ["sepal length", "sepal width", "petal length", "petal width"]
net = tn.Sequential([tn.Dense(6, activation="tanh", input_dim=4), tn.Dense(3, activation="softmax")], seed=0)
net.compile(tn.Adam(learning_rate=0.02), "categorical_crossentropy", metrics=["accuracy"])
net.fit(flowers, species, epochs=60, verbose=0)

x, target = flowers[70], 2  # virginica
background = flowers[[0, 50, 100]]  # a setosa, a versicolor, a virginica
W1, b1, W2, b2 = net.get_weights()


def f(rows):
    """The logit of virginica, for each row: what the last layer computes before its softmax."""
    return (np.tanh(rows @ W1 + b1) @ W2 + b2)[:, target]


print("x =", x, "cm, a versicolor")
print("setosa, versicolor, virginica:", net.predict(x[np.newaxis])[0].round(3))
print(f"f(x) = {f(x[np.newaxis])[0]:.6f}")
print("f of the background:", f(background).round(6), f" mean {f(background).mean():.6f}")
print("\nonly petal length known, S = {3}:")
hybrids = background.copy()
hybrids[:, 2] = x[2]
for row, answer in zip(hybrids, f(hybrids)):
    print(f"  f{tuple(row.tolist())} = {answer:.6f}")
print(f"  v(S) = {f(hybrids).mean():.6f}")
assert net.predict(x[np.newaxis]).argmax() == target and species[70].argmax() == 1

# %% [markdown]
# We explain the logit, as in chapter 11. Look at the rows that were made: the first has petals 4.8 cm long and 0.2 cm
# wide. There is no such flower. In nature the two lengths belong together; here they are torn apart.

# %% tags=["hide-input"] mystnb={"image": {"alt": "Petal width against petal length of 150 irises, which lie on a rising band. The flower x lies on the band. Of the six hybrids made of x and three background flowers, two lie far off the band, where there is no flower, and a third at its edge."}}
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
ax.plot(flowers[:, 2], flowers[:, 3], "o", color="0.75", markersize=4, label="150 irises")
ax.plot(background[:, 2], background[:, 3], "^", color=BLUE, markersize=8, label="the background")
ax.plot(np.full(3, x[2]), background[:, 3], "s", color=VERMILION, markersize=8, fillstyle="none", label="length of $x$")
ax.plot(background[:, 2], np.full(3, x[3]), "D", color=VERMILION, markersize=8, fillstyle="none", label="width of $x$")
ax.plot(x[2], x[3], "*", color="black", markersize=14, label="$x$")
ax.set(xlabel="petal length (cm)", ylabel="petal width (cm)", title="hybrids that stand for a feature known alone")
ax.legend(loc="lower right")
plt.show()
correlation = np.corrcoef(flowers[:, 2], flowers[:, 3])[0, 1]
print(f"correlation of petal length and width: {correlation:.3f}")
assert correlation > 0.95

# %% [markdown]
# That is the assumption in this $v$: **a feature may be exchanged while the others stay as they are.** It is called
# *interventional*, for we reach in and set the features, and what comes out is true of the network: how it answers if
# its inputs are set so. Whether it says anything about flowers is another matter, for the network was never taught
# what to say where there are none. The alternative, called *conditional*, fills in only such values as go with those
# that are known. For that one needs a second model, of how features go together, and then a feature that the network
# ignores may get a share, because it tells something about another. The two answer different questions
# ([Janzing, Minorics and Blöbaum (2020)](https://proceedings.mlr.press/v108/janzing20a.html) argue for the first).
#
# ## The flower, with all sixteen coalitions
#
# Number the coalitions as a computer does: feature $i$ is in coalition $k$ if bit $i$ of $k$ is 1, counting bits from
# 0. Then adding feature $i$ adds $2^i$ to $k$.

# %%
M = 4
members = np.array([[k >> i & 1 for i in range(M)] for k in range(2**M)], dtype=bool)
size = members.sum(axis=1)
v = np.array([f(np.where(S, x, background)).mean() for S in members])
name = ["{" + ",".join(str(i + 1) for i in np.flatnonzero(S)) + "}" for S in members]

print("  k  S          v(S)")
for k in range(2**M):
    print(f"{k:3}  {name[k]:9} {v[k]:9.6f}")

phi = np.zeros(M)
for i in range(M):
    print(f"\nfeature {i + 1}, {NAMES[i]}:  S, weight · (v(S ∪ {i + 1}) − v(S)) = product")
    for k in np.flatnonzero(~members[:, i]):
        product = w(size[k], M) * (v[k + 2**i] - v[k])
        phi[i] += product
        print(f"  {name[k]:8}  {w(size[k], M):.6f} · ({v[k + 2**i]:9.6f} − {v[k]:9.6f}) = {product:9.6f}")
    print(f"  sum: φ_{i + 1} = {phi[i]:.6f}")
print(f"\nsum of φ = {phi.sum():.6f};  f(x) − v(∅) = {v[-1]:.6f} − ({v[0]:.6f}) = {v[-1] - v[0]:.6f}")
assert np.isclose(phi.sum(), v[-1] - v[0], rtol=0, atol=1e-12)

# %% [markdown]
# `tn.explain.exact_shapley` does the same. Its `table()` has the worth of every coalition, and `table(feature)` the
# eight rows of a feature (Python counts from 0).

# %%
shares = tn.explain.exact_shapley(net, x, target, background=background)
print(shares)
print()
print(shares.table(3))
assert np.allclose(shares.values, phi, rtol=0, atol=1e-12)
assert np.allclose(shares.table()["v(S)"], v, rtol=0, atol=1e-12)
for i in range(M):
    assert np.isclose(shares.table(i)["product"].sum(), phi[i], rtol=0, atol=1e-12)

# %% [markdown]
# And so does the official package. Version 0.51.0 of [shap](https://shap.readthedocs.io), asked with
# `shap.ExactExplainer(f, shap.maskers.Independent(background, max_samples=3))(x[None])`, answered:

# %%
OFFICIAL = np.array([0.8932403412836, 0.1989860843525, 1.4592193698374, 1.4369121881775])
print("shap 0.51.0:", OFFICIAL, " largest difference:", f"{np.abs(shares.values - OFFICIAL).max():.0e}")
assert np.allclose(shares.values, OFFICIAL, rtol=0, atol=1e-6)

# %% mystnb={"image": {"alt": "A waterfall from the mean over the background, -1.25, up to f(x) = 2.74: four steps to the right, of which those of petal length and petal width are the longest."}}
shares.plot(plt.figure(figsize=(7, 3.2), layout="constrained").add_subplot(), kind="waterfall", names=NAMES)
plt.show()

# %% [markdown]
# A *waterfall* begins at the mean over the background and walks to $f(x)$. All four lengths spoke for virginica; the
# petals did nearly three quarters of it, in about equal parts. Compare with what each does alone, and with what is
# missing without each:

# %%
last = 2**M - 1
alone = [v[2**i] - v[0] for i in range(M)]
missed = [v[last] - v[last - 2**i] for i in range(M)]
for what, numbers in (("alone", alone), ("Shapley", phi), ("missing", missed)):
    print(f"{what:8}", *(f"{number:8.3f}" for number in numbers), f"   sum {sum(numbers):6.3f}")
assert sum(alone) < phi.sum() < sum(missed)
assert phi[2:].sum() > 0.7 * phi.sum()

# %% [markdown]
# As with the musicians, what they do alone sums to too little and what is missing without each to too much: here the
# lengths help each other. Where they stand in for each other it is the other way round.
#
# ## The price: $2^M$
#
# Four features have 16 coalitions, an image of 64 pixels has $2^{64}$, and each wants $B$ answers of the network.
# A small network gives a million answers a second, say.

# %%
print(f"12 features: {2**12 / 1e6:.3f} s for each row of the background")
print(f"64 features: {2**64 / 1e6 / (365.25 * 24 * 3600):,.0f} years")

# %% [markdown]
# Up to some 15 features one asks all. Beyond, one has to sample, and there are two ways: a sample of coalitions, and
# a sample of orders.
#
# ## KernelSHAP: the shares as a weighted line
#
# In [chapter 12](12_lime.py) LIME fitted a weighted line to the answers around an example. Let us do that with
# coalitions. Find numbers $\varphi$ that, added up over the members of $S$, come close to what $S$ is worth. Write
# $u(S) = v(S) - v(\emptyset)$ and $\Delta = u(\text{all})$:
#
# $$\min_\varphi \sum_{S \ne \emptyset,\, \text{all}} \pi_S \Big( u(S) - \sum_{i \in S} \varphi_i \Big)^2
#   \qquad\text{with}\qquad \sum_i \varphi_i = \Delta.$$
#
# LIME's weights fall with the distance from $x$, in a way that somebody chose. Here we ask: *are there weights, for
# each size $s$ one number $\pi_s$, with which the answer is the Shapley values?*
#
# At a minimum under a condition, the derivatives with respect to all $\varphi_i$ are equal: otherwise one could give
# a little more to one feature, and as little less to another, and come closer. With a number $\lambda$, the same for
# all, that has taken in the factor $-2$ of the square,
#
# $$\sum_{S \ni i} \pi_s \Big( u(S) - \sum_{j \in S} \varphi_j \Big) = \lambda \qquad\text{for each } i,$$
#
# the sums over all $S$ but the empty and the full one. Count how often each $\varphi_j$ occurs. $\varphi_i$ is in all
# of these $S$; let their weights add up to $p$. Another $\varphi_j$ is in those that have both; let theirs add up to
# $q$. As the other $\varphi_j$ are together $\Delta - \varphi_i$,
#
# $$(p - q)\,\varphi_i = \sum_{S \ni i} \pi_s\, u(S) - q\,\Delta - \lambda.$$
#
# The last two terms are the same for all $i$. Let us find them by adding this up over $i$: on the left is
# $(p-q)\Delta$, and on the right each $u(S)$ occurs $s$ times, once for each member. Hence
# $q\Delta + \lambda = \frac1M \sum_S s\,\pi_s\,u(S) - \frac{p-q}{M}\Delta$, and put in,
#
# $$\varphi_i = \frac{\Delta}{M} + \frac{1}{p-q} \Big[ \sum_{S \ni i} \pi_s \frac{M-s}{M}\, u(S) -
#   \sum_{S \not\ni i} \pi_s \frac{s}{M}\, u(S) \Big].$$
#
# Now the Shapley values in the same form. The differences of $u$ are those of $v$, and in
# $\sum w_{|S|} [u(S \cup i) - u(S)]$ a coalition with $i$, of size $s$, has the weight $w_{s-1}$, one without it
# $-w_s$. The full one has $w_{M-1} = \frac1M$, which is the first term; the empty one is worth $u(\emptyset) = 0$. So
# we need, for $s = 1 \dots M-1$,
#
# $$\frac{\pi_s}{p-q} \cdot \frac{M-s}{M} = w_{s-1} = \frac{(s-1)!\,(M-s)!}{M!}
#   \qquad\text{and}\qquad \frac{\pi_s}{p-q} \cdot \frac{s}{M} = w_s = \frac{s!\,(M-s-1)!}{M!}.$$
#
# Two conditions on one number, and they agree: both say
# $\pi_s = (p-q)\,\frac{(s-1)!\,(M-s-1)!}{(M-1)!}$. The factor is the same for all $s$, and a common factor does not
# move a minimum. With $\frac{M-1}{M}$ for it, [the weight](#src-shapley-kernel) is usually written as
#
# $$\pi_s = \frac{M-1}{\binom{M}{s}\, s\,(M-s)}.$$
#
# (It fits: $p - q$ is the weight of the coalitions with $i$ and without a certain $j$. Of size $s$ there are
# $\binom{M-2}{s-1}$, which together weigh $\frac1M$, and there are $M - 1$ sizes.) For $s = 0$
# and $s = M$ it is infinite: those two have to be met exactly, and they are, by the condition. For the three
# musicians both weights are $\frac13$, and $p - q = \frac23$:


# %%
def kernel_weight(s, M):
    return (M - 1) / (comb(M, s) * s * (M - s))


assert np.isclose(kernel_weight(1, 3), 1 / 3) and np.isclose(kernel_weight(2, 3), 1 / 3)
with_V = 1 / 3 * (2 / 3 * 12 + 1 / 3 * 18 + 1 / 3 * 24)  # V, VC, VD
without_V = 1 / 3 * (1 / 3 * 6 + 1 / 3 * 0 + 2 / 3 * 12)  # C, D, CD
print(f"violin: 45/3 + ({with_V:.4f} − {without_V:.4f}) / (2/3) = {45 / 3 + (with_V - without_V) / (2 / 3):.4f}")
assert np.isclose(45 / 3 + (with_V - without_V) / (2 / 3), 21)

# %% [markdown]
# To solve it by machine, put the condition in: $\varphi_M = \Delta - \sum_{i<M} \varphi_i$. Let $Z_{Si}$ be 1 if $i$
# is in $S$ and else 0. What was to be small, $u(S) - \sum_i Z_{Si}\,\varphi_i$, becomes
# $y_S - \sum_{i<M} X_{Si}\,\varphi_i$ with one feature less
#
# $$y_S = u(S) - Z_{SM}\,\Delta, \qquad X_{Si} = Z_{Si} - Z_{SM},$$
#
# and without a condition. The derivatives of $\sum_S \pi_S (y_S - \sum_i X_{Si}\,\varphi_i)^2$ are 0 where
# [$X^T \Pi X \varphi = X^T \Pi\,y$](#src-kernel-shap), with $\Pi$ for the weights on a diagonal. That the sum is
# right is now built in: it cannot be otherwise.

# %%
Z = members[1:-1].astype(float)
pi = np.array([kernel_weight(int(s), M) for s in Z.sum(axis=1)])
delta = v[-1] - v[0]
X, y = Z[:, :-1] - Z[:, -1:], v[1:-1] - v[0] - Z[:, -1] * delta
first = np.linalg.solve(X.T @ (pi[:, np.newaxis] * X), X.T @ (pi * y))
by_line = np.append(first, delta - first.sum())
print("weights by size:", {s: kernel_weight(s, M) for s in (1, 2, 3)})
print("by the line:   ", by_line)
print("by coalitions: ", phi)
assert np.allclose(by_line, phi, rtol=0, atol=1e-12)
by_tinynet = tn.explain.kernel_shap(net, x, target, background=background)
assert np.allclose(by_tinynet.values, phi, rtol=0, atol=1e-12)

# %% [markdown]
# Same numbers, more work ([Charnes and others (1988)](https://doi.org/10.1007/978-94-009-3677-5_7) knew of such
# lines, [Lundberg and Lee (2017)](https://arxiv.org/abs/1705.07874) made them a tool for networks). The gain is that
# a least-squares problem can be solved with *some* of its rows. Which? There are $\binom Ms$ coalitions of size $s$,
# and together they weigh $\frac{M-1}{s\,(M-s)}$. Here it is for twelve features: a single coalition of size 1 or 11
# weighs as much as 252 of size 6.

# %% tags=["hide-input"] mystnb={"image": {"alt": "The weight of one coalition of twelve features is largest at sizes 1 and 11 and falls by a factor of hundreds to the middle; all of a size together vary by a factor of three."}}
sizes = np.arange(1, 12)
single = np.array([kernel_weight(int(s), 12) for s in sizes])
together = single * [comb(12, s) for s in sizes]
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
ax.semilogy(sizes, together, "s--", color=VERMILION, label="of all of a size")
ax.semilogy(sizes, single, "o-", color=BLUE, label="of one coalition")
ax.set(xlabel="size $s$ of the coalition", ylabel=r"weight $\pi$", title="12 features: the weights", xticks=sizes)
ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.7), fontsize=9)
assert np.isclose(single[0] / single[5], 252)
plt.show()

# %% [markdown]
# So `tn.explain.kernel_shap` begins at both ends, with the sizes 1 and $M-1$, then 2 and $M-2$, and takes a size
# whole as long as the budget suffices. What is left is drawn at random: first a size, as likely as all of it weighs,
# then the members, and with each coalition its complement. The drawn ones share the weight that the whole sizes leave
# over. The budget is `samples`, $2M + 2048$ if you do not say otherwise, and when that is enough for all, the answer
# is exact.
#
# ## Random orders, there and back
#
# The other way is to go back to the beginning. The Shapley value is a mean over orders, and a mean can be taken over
# some orders, drawn at random, as [chapter 9](09_digits.py) did with batches: it is right on average, and four times
# the orders halve the error.
#
# There is a free improvement. Walk each order also *backward*, the last one first. To see what that does, look at the
# dividends. In one order, $d(T)$ goes to the member of $T$ that comes last, for then $T$ is complete. In the reverse
# order it goes to the one that was first. If $T$ is a pair, each gets it once, half of it in the mean: exactly what
# is fair. **All that two features do together is exact after one order and its reverse**; only larger groups leave an
# error. Such a pair of walks is called *antithetic*. For the musicians the dividend of all three, 9, is what is left:

# %%
there, back = added("VCD"), added("DCV")
pair = [(there[i] + back[i]) / 2 for i in PLAYERS]
print("VCD and DCV:", pair, " fair:", fair, " error:", pair - fair)
assert np.allclose(pair - fair, [9 / 2 - 9 / 3, 0 - 9 / 3, 9 / 2 - 9 / 3])

# %% [markdown]
# With $P$ orders, each there and back, [the estimate](#src-permutation-shap) is the mean of $2P$ differences,
#
# $$\hat\varphi_i = \frac{1}{2P} \sum_{\text{walks}} \big[v(\text{before}_i \cup i) - v(\text{before}_i)\big],$$
#
# and as every walk begins and ends with the same two coalitions, it asks $2P(M-1) + 2$ of them. The sum is right in
# each walk, so here too it is right whatever is drawn.
# ([Mitchell and others (2022)](https://jmlr.org/papers/v23/21-0439.html) compare this with cleverer draws.)
#
# Which is better? We need a case in which the truth can be had. Shrink the digits: leave off the outer columns, which
# are nearly white, and take the means of 2 × 2 pixels. That makes 12 features, and 4,096 coalitions.

# %%
images, digits = tn.data.digits()
blocks = images.reshape(-1, 8, 8)[:, :, 1:7].reshape(-1, 4, 2, 3, 2).mean(axis=(2, 4)).reshape(-1, 12)
(x_train, y_train), (x_test, y_test) = tn.data.train_test_split(blocks, digits, test_fraction=0.2, seed=0)
small = tn.Sequential([tn.Dense(32, activation="relu", input_dim=12), tn.Dense(10, activation="softmax")], seed=0)
small.compile(tn.Adam(learning_rate=0.01), "categorical_crossentropy", metrics=["accuracy"])
small.fit(x_train, y_train, epochs=20, verbose=0)
print(f"right on the test set: {small.evaluate(x_test, y_test)['accuracy']:.1%}")

x_12, some = x_test[3], x_train[:20]
exact = tn.explain.exact_shapley(small, x_12, background=some)
v_12 = exact.table()["v(S)"]  # by the bits of k, as above
print(exact)


# %%
def error(values):
    """How far off, as a part of the length of the exact values."""
    return np.linalg.norm(values - exact.values) / np.linalg.norm(exact.values)


def one_way(orders, rng):
    """The mean over random orders without their reverse; v is looked up."""
    values = np.zeros(12)
    for _ in range(orders):
        order = rng.permutation(12)
        worth = v_12[np.concatenate([[0], np.cumsum(2**order)])]
        values[order] += np.diff(worth) / orders
    return values


pairs = np.array([2, 5, 10, 25, 50, 100, 180])
asked = 2 * pairs * 11 + 2
errors = np.zeros((3, len(pairs)))
for k, P in enumerate(pairs):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        errors[0, k] += error(one_way(2 * P, rng)) / 20
        walked = tn.explain.permutation_shap(small, x_12, background=some, permutations=int(P), seed=seed)
        errors[1, k] += error(walked.values) / 20
        sampled = tn.explain.kernel_shap(small, x_12, background=some, samples=int(asked[k]) - 2, seed=seed)
        errors[2, k] += error(sampled.values) / 20
print("coalitions asked       ", *(f"{K:7d}" for K in asked))
for what, row in zip(("orders", "orders, there and back", "KernelSHAP"), errors):
    print(f"{what:23}", *(f"{e:7.2%}" for e in row))
whole = tn.explain.kernel_shap(small, x_12, background=some, samples=4094)
print(f"KernelSHAP with all {whole.details['coalitions']}: error {error(whole.values):.0e}")
assert np.allclose(whole.values, exact.values, rtol=0, atol=1e-12)
assert np.all(errors[1] < 0.7 * errors[0]) and errors[2, 0] > errors[1, 0] and errors[2, -1] < errors[1, -1] / 2

# %% tags=["hide-input"] mystnb={"image": {"alt": "Errors against the number of coalitions asked, both logarithmic. Single orders fall along a line of slope one half, orders there and back run parallel at half the error, and KernelSHAP begins above those, crosses them at about a hundred and falls away near the end, where all 4,096 are asked."}}
fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
look = [("^:", "0.5", "orders"), ("s--", VERMILION, "orders, there and back"), ("o-", BLUE, "KernelSHAP")]
for row, (line, colour, label) in zip(errors, look):
    ax.loglog(asked, row, line, color=colour, label=label)
guide = errors[1, 0] * np.sqrt(asked[0] / asked)
ax.loglog(asked, guide, color="0.8", zorder=0, label=r"$\propto 1/\sqrt{\mathrm{asked}}$")
ax.axvline(4096, color="black", linewidth=0.8)
ax.text(3900, errors.max(), "all 4,096", ha="right", va="top", fontsize=9)
ax.set(xlabel="coalitions asked", ylabel="error (part of the exact values)", title="12 features, mean of 20 seeds")
ax.legend(fontsize=9)
plt.show()

# %% [markdown]
# All of them are good: a tenth of the coalitions leaves an error of a percent or two. Walking back about halves the
# error of single orders. From very few coalitions orders are the safest, for the line needs more coalitions than it
# has unknowns to be solved at all. With many, the line wins: it takes whole sizes without any chance in them, and in
# the end it has all. Nothing in the values themselves says how far off they are. **The sum is always right, so it
# proves nothing.** Ask again with other seeds: how much the values differ is about how wrong they are.
#
# ## Sixty-four pixels
#
# Now a real image, all of its pixels, and 50 training images as background. The network has 32 hidden neurons. (Some
# pixels at the edges are white in all of these images, and in $x$. They are dummies, get 0, and do not play.)

# %%
(x_train, y_train), (x_test, y_test) = tn.data.train_test_split(images, digits, test_fraction=0.2, seed=0)
reader = tn.Sequential([tn.Dense(32, activation="relu", input_dim=64), tn.Dense(10, activation="softmax")], seed=0)
reader.compile(tn.Adam(learning_rate=0.003), "categorical_crossentropy", metrics=["accuracy"])
reader.fit(x_train, y_train, epochs=15, verbose=0)
print(f"right on the test set: {reader.evaluate(x_test, y_test)['accuracy']:.1%}")

three = x_test[18]
pixels = tn.explain.kernel_shap(reader, three, 3, background=x_train[:50])
other_seed = tn.explain.kernel_shap(reader, three, 3, background=x_train[:50], seed=1)
print(pixels)
print(f"{pixels.details['coalitions']:,} coalitions; dummies: {(pixels.values == 0).sum()} of 64 pixels")
apart = np.linalg.norm(pixels.values - other_seed.values) / np.linalg.norm(pixels.values)
print(f"another seed: values {apart:.1%} apart")
assert reader.predict(three[np.newaxis]).argmax() == y_test[18].argmax() == 3
assert apart < 0.03 and abs(pixels.residual["completeness error"]) < 1e-9

# %% [markdown]
# That was $2{,}176 \cdot 50$ examples, and yet it took no time to speak of. The examples are alike: mixtures of $x$
# with a row $r$ of the background, and the first layer adds the same few products for all of them,
#
# $$z_j = b_j + \sum_{i \in S} x_i w_{ij} + \sum_{i \notin S} r_i w_{ij}.$$
#
# So tinynet looks them up. Five inputs can be mixed in $2^5 = 32$ ways only. The *partial sums* $t$ of all 32 are
# [made by doubling](#src-partial-sum): begin with 0, and let each input make two of each sum, one with $x_i w_{ij}$
# and one with $r_i w_{ij}$. Then any $z_j$ is $b_j$ and [one entry from the table of each five](#src-looked-up-z), 13
# additions for 64 pixels. And since the last layer is linear, the mean of the logits over the background is
# [the logit of the mean](#src-mean-logit) of what comes in: it is asked once a coalition. For one neuron:

# %%
W, b = reader.get_weights()[:2]
j, r = 0, x_train[0]
S = np.random.default_rng(0).random(64) < 0.5
z, additions = b[j], 0
for first in range(0, 64, 5):
    t = np.zeros(1)
    code = 0
    for place, i in enumerate(range(first, min(first + 5, 64))):
        t = np.concatenate([t + r[i] * W[i, j], t + three[i] * W[i, j]])  # bit `place` of the index is 1 for x
        code += int(S[i]) << place
    z, additions = z + t[code], additions + 1
mixed = np.where(S, three, r)
print(f"z_1 of this mixture: {z:.12f} by {additions} additions, {mixed @ W[:, j] + b[j]:.12f} by 64 products")
assert np.isclose(z, mixed @ W[:, j] + b[j], rtol=1e-12) and additions == 13

# %% [markdown]
# ## What goes wrong
#
# **The background decides.** Without a background tinynet compares with a row of zeros, and so do many people. For an
# image that is white paper. Now a white pixel of $x$ is the same in $x$ and in the background: it is a dummy, and
# gets exactly 0. But a 3 is a 3 also by where there is *no* ink; with a stroke on the left it would be an 8.

# %%
on_paper = tn.explain.kernel_shap(reader, three, 3)
white = three == 0
share = np.abs(pixels.values[white]).sum() / np.abs(pixels.values).sum()
print(f"white pixels: {white.sum()} of 64")
print(f"their share of the sum of |φ|, images as background: {share:.0%}")
print(f"their share, zeros as background: {np.abs(on_paper.values[white]).sum():.0%}")
assert share > 0.5 and not on_paper.values[white].any()

# %% mystnb={"image": {"alt": "Two pictures of the same 3. With images as background the white gap at the left is the strongest, and speaks for 3. With zeros as background only pixels with ink have a value."}}
fig, panels = plt.subplots(1, 2, figsize=(8, 4), layout="compressed")
for ax, attribution, words in zip(panels, (pixels, on_paper), ("50 images", "zeros")):
    attribution.plot(ax, image_shape=(8, 8))
    ax.set_title(f"a 3; background: {words}", fontsize=10)
plt.show()

# %% [markdown]
# Neither is a mistake. One asks "why 3, compared with other digits?", the other "why 3, compared with nothing on the
# paper?". A Shapley value is an answer to a comparison, so say with what. For the flower zeros would even be a flower
# of no length.
#
# **"Why do the values not sum to the prediction?"** is asked again and again ([one of the
# threads](https://github.com/shap/shap/issues/565)). There are three usual reasons. The first: they sum to $f(x)$
# *minus* $v(\emptyset)$. The second: they explain the logit, and one looks at the probability. The argument `output`
# says which is meant.
#
# The third is the *link*. Probabilities do not add up well: nothing can add 0.6 to 0.9. So one may share out the
# [log-odds](#src-logit) $\ln\frac{v}{1-v}$ instead, where $v$ is a probability (of class $t$ against all others; for
# two classes this is the logit of a sigmoid). Then the order of the operations matters. The link is taken *of the
# mean* over the background. The mean of the link is something else:

# %%
probabilities = net.predict(background)[:, target]
print("probabilities of the background:", probabilities.round(6), f" mean {probabilities.mean():.6f}")


def log_odds(p):
    return np.log(p / (1 - p))


print(f"link of the mean {log_odds(probabilities.mean()):9.6f}")
print(f"mean of the link {log_odds(probabilities).mean():9.6f}")
print("\noutput        link          v(∅)   sum of φ       f(x)")
for output, link in (("logit", "identity"), ("probability", "identity"), ("probability", "logit")):
    a = tn.explain.exact_shapley(net, x, target, output=output, background=background, link=link)
    print(f"{output:12}  {link:8} {a.reference:9.6f}  {a.values.sum():9.6f}  {a.prediction:9.6f}")
    assert np.isclose(a.reference + a.values.sum(), a.prediction, rtol=0, atol=1e-12)
assert np.isclose(a.reference, log_odds(probabilities.mean()))  # of the last: probability, logit

# %% [markdown]
# Each row adds up, in its own units. Numbers of different rows cannot be compared.
#
# **Zeros that are none.** The sum can also be right when the values are not. shap's `KernelExplainer` has a default,
# `l1_reg="num_features(10)"`, which keeps ten features and sets the others to 0. Here is what version 0.51.0 answered
# for the twelve blocks, asked with `shap.KernelExplainer(f, some).shap_values(x_12, nsamples=4094)`, that is with
# *all* coalitions:

# %%
L1_DEFAULT = np.array(
    [1.580063, -0.662090, 0, -2.872734, -1.225439, 0.974625, 1.088448, 0, 3.752886, 0.665543, 0.810304, 4.545871]
)
for what, values in (("exact", exact.values), ("shap's default", L1_DEFAULT)):
    print(f"{what:14}", *(f"{number:6.3f}" for number in values), f" sum {values.sum():.4f}")
lost = np.flatnonzero(L1_DEFAULT == 0)
print("set to 0: features", lost + 1, " error:", f"{error(L1_DEFAULT):.1%}")
spread = np.delete(L1_DEFAULT - exact.values, lost)
print(f"the other ten are all off by {spread.mean():.6f}")
assert len(lost) == 2 and np.allclose(spread, exact.values[lost].sum() / 10, rtol=0, atol=2e-6)

# %% [markdown]
# A feature with $\varphi = -0.47$ has vanished, and what the two had is spread evenly over the other ten. So the sum
# is right. Of 64 pixels, ten would be left. With `l1_reg=False` the official numbers are ours.
#
# **Duplicates share.** Say the table had the petal width twice, measured by two people, and the network used the mean
# of both. By symmetry each of them gets half. The petal width has not become less important, but on a list of five it
# looks so:


# %%
def with_twin(rows):
    """The same logit from five columns, of which the last two are the petal width."""
    return f(np.column_stack([rows[:, :3], rows[:, 3:].mean(axis=1)]))


twins = tn.explain.exact_shapley(with_twin, x[[0, 1, 2, 3, 3]], background=background[:, [0, 1, 2, 3, 3]])
print("four columns:", phi.round(4))
print("five columns:", twins.values.round(4))
print(f"petal width before {phi[3]:.4f}, both twins together {twins.values[3:].sum():.4f}")
assert np.isclose(twins.values[3], twins.values[4]) and twins.values[3] < 0.6 * phi[3]

# %% [markdown]
# And not even the sum of the twins is what one had before: now there are coalitions in which only one of the two is
# known, and the network answers for a width between two flowers. Shares depend on who is counted as a player. If
# features belong together, think of them as one.
#
# **The same answer twice** needs the same seed. `KernelExplainer` draws from NumPy's global generator, and two calls
# of it [differ](https://github.com/shap/shap/issues/1835). tinynet's sampled methods take a `seed`, always the same
# unless you say otherwise. It is kept with the answer, so `again()` repeats it to the bit:

# %%
assert np.array_equal(pixels.again().values, pixels.values)
assert not np.array_equal(other_seed.values, pixels.values)
print("kept settings:", {name: np.shape(kept) or kept for name, kept in pixels.settings.items()})

# %% [markdown]
# ## Many flowers
#
# One explanation tells about one flower. `tn.explain.summary` asks a method about many and keeps all the values. The
# mean of $|\varphi_i|$ over the flowers is called [the importance](#src-importance) of a feature. A *beeswarm* shows
# what the mean hides: a point for each flower, placed by its $\varphi_i$, and shaded by the feature itself. Here are
# all 150, asked about virginica, with every fifth of them as background.

# %% mystnb={"image": {"alt": "A beeswarm of 150 irises in four rows. Long and wide petals, light points, lie to the right and speak for virginica, short and narrow ones to the left. Of the sepals it is the long and wide ones that speak against it."}}
swarm = tn.explain.summary(tn.explain.exact_shapley, net, flowers, target, background=flowers[::5])
swarm.plot_beeswarm(plt.figure(figsize=(8, 4), layout="constrained").add_subplot(), names=NAMES)
print("importance:", dict(zip(NAMES, swarm.importance.round(3).tolist())))
assert np.allclose(swarm.importance, np.abs(swarm.values).mean(axis=0))
plt.show()

# %% [markdown]
# Long and wide petals speak for virginica. *Long sepals speak against it*, and yet virginicas have the longest sepals
# of the three species:

# %%
print("mean sepal length:", [round(float(flowers[species[:, k] == 1, 0].mean()), 3) for k in range(3)])
r = np.corrcoef(flowers[:, 0], swarm.values[:, 0])[0, 1]
print(f"correlation of sepal length and its φ: {r:.3f}")
assert r < -0.8

# %% [markdown]
# No contradiction. $\varphi$ tells what the network does with a sepal *while the other lengths stay as they are*: for
# the same petals, a longer sepal is less like a virginica. That is a fact about this network, and to have torn the
# features apart is what let us see it. It is not a fact about what goes with what in nature.
#
# ## Summary
#
# | | |
# |---|---|
# | the game | $v(S) = \frac1B \sum_b f(x_S, b_{\bar S})$; the link, if any, of this mean |
# | Shapley value | $\varphi_i = \sum_{S \not\ni i} w_{\lvert S \rvert}\,[v(S \cup i) - v(S)]$, $\;w_s = 1\,/\,\big(M \binom{M-1}{s}\big)$ |
# | the same, by dividends | what a group earns as a group, shared equally |
# | KernelSHAP | a line with the weights $\pi_s = (M-1)\,/\,\big(\binom Ms s\,(M-s)\big)$, and the sum as a condition |
# | random orders | mean of the steps; there and back, pairs of features are exact |
#
# - Efficiency, symmetry, dummy and linearity leave one division, and no other.
# - Always: $\sum_i \varphi_i = f(x) - v(\emptyset)$, in the units of what was explained. It proves nothing about a
#   sample.
# - Say which background, which output, which link, which seed. Each changes the answer.
# - Absent means exchanged while the rest stays. It tells about the network, not about nature.
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch13.py`, then run `pytest tutorials/exercises -k ch13`.
#
# 1. `by_orders(v, M)`: the fair shares of a game, as the mean over all orders.
# 2. `worth(f, x, background, S)`: what a coalition of features is worth.
# 3. `shapley(v)`: the values from the worth of all $2^M$ coalitions.
# 4. `dividends(v)`: what each group earns as a group.
# 5. `there_and_back(v, order)`: one order, walked forward and backward.
# 6. `kernel_line(Z, v, nobody, everybody)`: the weighted line, from some of the coalitions.
# 7. `linear_shares(w, x, background)`: for $f(x) = \sum_i w_i x_i + b$ the values have a formula without coalitions.
#    Find it with a pencil first.
# 8. With a pencil: $f(x) = x_1 x_2$ at $x = (3, 2)$. Find $\varphi$ for the background $(0, 0)$, and for $(1, 1)$.
# 9. With a pencil: three people share a taxi home. Alone the rides cost 6, 12 and 42 coins, and a group pays as much
#    as its furthest member. What does each pay? (Write the cost as a sum of three games.)
#
# The pencil's answers are at the end of the docstring of `tutorials/exercises/solutions/ch13.py`.
#
# By now there are three families of explanations, and they do not agree: each answers a question of its own. Which of
# them is to be trusted, and for what, is the matter of [the next chapter](14_trust.py).
