# %% [markdown]
# # 12. LIME from scratch
#
# Someone hands you a model and no weights: you may send it rows of numbers, and it answers. Why did it answer *this*
# for *this* row? There is no $\delta$ to walk back. But one can ask again, about rows that are nearly the same. A
# network bends; near one point it is almost straight, and a straight thing we can read: it has a slope for each
# feature. That is LIME, *local interpretable model-agnostic explanations*
# ([Ribeiro, Singh and Guestrin 2016](https://arxiv.org/abs/1602.04938)). It explains anything, and is easily misread.
# This chapter builds it down to the last digit, and then misreads it.
#
# ## What you will be able to do
#
# - derive the weighted line with a price on its slopes, and fit one with a pencil;
# - build LIME for rows of numbers and for images in NumPy, and get the numbers of its authors' package;
# - say what a coefficient means, per what, and what the coefficients add up to;
# - find out whether an explanation would come out the same with other random numbers, or with another width.
#
# ## Near one point
#
# One feature, and a network of two tanh neurons: $f(v) = 4 \tanh\frac v2 - 2 \tanh 2v$. We explain it at $x = 0.2$.
# Draw *neighbours* $v_n$ around $x$, ask for their answers $f_n = f(v_n)$, and let neighbour $n$ count the less the
# farther away it is. If $d_n$ is its distance from $x$, [it counts](#src-lime-weight)
#
# $$w_n = \sqrt{e^{-d_n^2/\kappa^2}} = e^{-d_n^2/(2\kappa^2)}.$$
#
# That is the bell of a normal distribution with standard deviation $\kappa$, the *kernel width*. (The root is how the
# authors' package writes it. Whoever leaves it out has a kernel that is narrower by $\sqrt2$.) Then lay the best line
# through the answers. How, we shall derive in a moment; first look at what comes out, for three widths.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import tinynet as tn
from tinynet.kernels.quantile import quantile

BLUE, VERMILION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
np.set_printoptions(precision=4, suppress=True)


def weight(d, width):
    return np.sqrt(np.exp(-((d / width) ** 2)))


def plane(X, f, w, alpha=1.0):
    """The intercept, the slopes and R² of the best plane through f, derived below; X: a row for each neighbour."""
    X_mean, f_mean = w @ X / w.sum(), w @ f / w.sum()
    X_rest, f_rest = X - X_mean, f - f_mean
    XWX, XWf = X_rest.T @ (w[:, np.newaxis] * X_rest), X_rest.T @ (w * f_rest)
    beta = np.linalg.solve(XWX + alpha * np.eye(X.shape[1]), XWf)
    missed = f_rest - X_rest @ beta
    return f_mean - X_mean @ beta, beta, 1 - w @ missed**2 / (w @ f_rest**2)


def wave(v):
    return 4 * np.tanh(v / 2) - 2 * np.tanh(2 * v)


here = 0.2
v = np.random.default_rng(0).normal(here, 2, size=5000)
true_slope = 2 / np.cosh(here / 2) ** 2 - 4 / np.cosh(2 * here) ** 2
print(f"f({here}) = {wave(here):.3f}, and its derivative there is {true_slope:.3f}")
lines = {}
for width in (0.2, 0.8, 3.0):
    lines[width] = plane(v[:, np.newaxis], wave(v), weight(v - here, width))
    print(f"kernel width {width}: slope {lines[width][1].item():6.3f}, R² {lines[width][2]:.3f}")
assert lines[0.2][1] < -1 and abs(lines[0.8][1]) < 0.05 and lines[3.0][1] > 0.4
assert lines[0.2][2] > 0.8 and lines[0.8][2] < 0.01 and lines[3.0][2] > 0.7

# %% tags=["hide-input"] mystnb={"image": {"alt": "Three panels of the same curve, which rises, dips in the middle and rises again, with a point in the dip. A narrow kernel gives a falling line, a middle one a level line, a wide one a rising line."}}
fig, panels = plt.subplots(1, 3, figsize=(9, 3.6), layout="constrained", sharey=True)
curve = np.linspace(-5, 5, 400)
for ax, (width, (intercept, slope, r2)) in zip(panels, lines.items()):
    ax.plot(curve, wave(curve), color="black", linewidth=1)
    ax.scatter(v[:150], wave(v[:150]), s=60 * weight(v[:150] - here, width), color=BLUE, alpha=0.5, label="neighbours")
    ends = here + np.array([-1, 1]) * min(2 * width, 4.5)
    ax.plot(ends, intercept + slope * ends, color=VERMILION, linewidth=2.5, label="line")
    ax.plot(here, wave(here), "D", color="black", markersize=7, label="x")
    ax.set(title=f"$\\kappa$ = {width}\nslope {slope.item():.2f}, $R^2$ = {r2:.2f}", xlabel="v", xlim=(-5, 5))
    ax.grid(alpha=0.3)
panels[0].set_ylabel("f")
panels[0].legend(fontsize=9)
plt.show()

# %% [markdown]
# One point, three slopes: it falls, it does nothing, it rises. None is wrong. The first is about the dip in which $x$
# lies, the last about the hill on which the dip is. **The kernel width belongs to the question.** $R^2$ is the share of
# the variation of $f$ in the neighbourhood that the line explains. In the middle picture it is next to nothing, and the
# slope 0 does not mean that $v$ does not matter.
#
# ## The weighted line, and a price on its slopes
#
# Now the derivation, for any number of features. Neighbour $n$ has the numbers $X_{ni}$. We look for a plane
# $\hat f_n = \beta_0 + \sum_i \beta_i X_{ni}$ that makes
#
# $$E = \sum_n w_n \big(f_n - \hat f_n\big)^2 + \alpha \sum_i \beta_i^2$$
#
# smallest: least squares, where a miss near $x$ costs more, plus a price $\alpha \ge 0$ on large slopes (not the
# learning rate). With that price the method is called *ridge*. The height $\beta_0$ is free of charge, so begin with
# it:
#
# $$\frac{\partial E}{\partial \beta_0} = -2 \sum_n w_n \Big(f_n - \beta_0 - \sum_i \beta_i X_{ni}\Big) = 0
#   \quad\Longrightarrow\quad \beta_0 = \bar f - \sum_i \beta_i \bar X_i,$$
#
# where a bar is the weighted mean, $\bar f = \sum_n w_n f_n / \sum_n w_n$. The plane passes through the centre of
# gravity. Put this into $E$, and only differences from the means are left, which we mark with a tilde:
#
# $$E = \sum_n w_n \Big(\tilde f_n - \sum_i \beta_i \tilde X_{ni}\Big)^2 + \alpha \sum_i \beta_i^2, \qquad
#   \frac{\partial E}{\partial \beta_i}
#   = -2 \sum_n w_n \tilde X_{ni} \Big(\tilde f_n - \sum_j \tilde X_{nj} \beta_j\Big) + 2 \alpha \beta_i = 0.$$
#
# These are as many equations as slopes. Written with $W$, a matrix with the $w_n$ on its diagonal, they are
# the [*normal equations*](#src-weighted-ridge)
#
# $$\boxed{\;(\tilde X^T W \tilde X + \alpha I)\,\beta = \tilde X^T W \tilde f\;}$$
#
# and `plane` above solves them. [How well it fits](#src-weighted-r-squared) is
# $R^2 = 1 - \sum_n w_n (f_n - \hat f_n)^2 / \sum_n w_n (f_n - \bar f)^2$.
#
# **With a pencil.** $f = v^2$ at $x = 1$, with five neighbours and $\kappa = 1/\sqrt{2 \ln 2}$. Then
# $w = 2^{-d^2}$: 1 for $x$ itself, ½ at the distance 1, $\frac1{16}$ at the distance 2.

# %%
v = np.array([1.0, 0, 2, -1, 3])
f, w = v**2, weight(v - 1, 1 / np.sqrt(2 * np.log(2)))
X_mean, f_mean = w @ v / w.sum(), w @ f / w.sum()
print("   v     f        w    v − mean   w (v − mean)²   w (v − mean) f")
for row in zip(v, f, w, v - X_mean, w * (v - X_mean) ** 2, w * (v - X_mean) * f):
    print("{:4g} {:5g} {:8.4f} {:11g} {:15g} {:z16g}".format(*row))  # z: no −0
XWX, XWf = w @ (v - X_mean) ** 2, w @ ((v - X_mean) * f)
print(f"sums: w {w.sum():g}, w v {w @ v:g}, w f {w @ f:g}; of the last two columns {XWX:g} and {XWf:g}")
for alpha in (0, 1):
    intercept, beta, r2 = plane(v[:, np.newaxis], f, w, alpha)
    print(f"α = {alpha}: β = {XWf:g}/({XWX:g} + {alpha}) = {beta.item():g}, β_0 = {intercept:.4f}, R² {r2:.3f}")
    assert np.isclose(beta.item(), 3 / (1.5 + alpha)) and np.isclose(intercept, 29 / 17 - beta.item())
assert np.allclose(w, [1, 1 / 2, 1 / 2, 1 / 16, 1 / 16]) and np.isclose(f_mean, 29 / 17) and np.isclose(X_mean, 1)
many = plane(np.tile(v, 1000)[:, np.newaxis], np.tile(f, 1000), np.tile(w, 1000))[1].item()
print(f"a thousand of each neighbour, α = 1: β = 3000/1501 = {many:.4f}")
assert np.isclose(many, 3000 / 1501)

# %% [markdown]
# (In the last column $f$ may stand for $\tilde f$, since the $w (v - \bar v)$ add up to 0.) Without a price the slope
# is 2, the derivative of $v^2$ at 1. With $\alpha = 1$ it is 1.2: **the price pulls every slope towards 0.** How
# strongly depends on what $\alpha$ is added to, $\sum w \tilde X^2$, which is as large as there are neighbours that
# count. Beside five of them 1 is a lot; beside a thousand times five it is almost nothing. And it has a use. Where two
# columns are equal, $\tilde X^T W \tilde X$ has no inverse; with $\alpha I$ it has, and the two columns share one
# slope evenly. For its slopes LIME takes $\alpha = 1$.
#
# ## Four features: an iris
#
# A network that tells irises apart, trained as ever. Then its weights are rounded to two decimals: so it is the same
# network for everybody, to the last bit, and our numbers can be held against those of other programs.

# %%
x_all, y_all = tn.data.iris()
(x_train, y_train), (x_test, y_test) = tn.data.train_test_split(x_all, y_all, test_fraction=0.2, seed=0)
iris_net = tn.Sequential([tn.Dense(8, activation="tanh", input_dim=4), tn.Dense(3, activation="softmax")], seed=0)
iris_net.compile(tn.Adam(learning_rate=0.01), "categorical_crossentropy", metrics=["accuracy"])
iris_net.fit(x_train, y_train, epochs=200, verbose=0)
iris_net.set_weights([each.round(2) for each in iris_net.get_weights()])
W1, b1, W2, b2 = iris_net.get_weights()


def f_iris(rows):
    """Why a virginica and not a versicolor? The difference of the two logits, (N, 4) -> (N,)."""
    z = np.tanh(rows @ W1 + b1) @ W2 + b2
    return z[:, 2] - z[:, 1]


names = ["sepal length", "sepal width", "petal length", "petal width"]
flower = x_test[19]
print("test flowers:", iris_net.evaluate(x_test, y_test))
print("the flower, in cm:", dict(zip(names, flower.tolist())), " of species", y_test[19].argmax(), "(virginica)")
print("probabilities:", iris_net.predict([flower])[0], f" f(x) = {f_iris(flower[np.newaxis])[0]:.4f}")

# %% [markdown]
# [Chapter 11](11_what_did_it_look_at.py) ended with the advice to explain the *difference* of two logits, and that is
# $f$ here. It is an ordinary function, and LIME does not look into it.
#
# **1. Draw.** What is a neighbour of a flower? LIME takes it from a *background*, rows of real data. For each feature,
# independently of the others, [it draws](#src-lime-continuous) a number from a normal distribution with the mean
# $\mu_i$ and the standard deviation $\sigma_i$ of that column,
#
# $$v_{ni} = \mu_i + \sigma_i\,s_{ni}, \qquad s_{ni} \sim N(0, 1),$$
#
# and the plane is laid over the $s$, so that centimetres and millimetres give the same. Neighbour 0 is $x$ itself.
# **2. Ask** $f$ about all rows. **3. Weigh** them: $d_n$ is [the Euclidean distance](#src-euclidean-distance) of $s_n$
# from $s_0$, $d_n^2 = \sum_i (s_{ni} - s_{0i})^2$, and $\kappa = \frac34 \sqrt M$ for $M$ features. The root is there
# because such distances grow like $\sqrt M$. **4. Fit** the plane, with $\alpha = 1$.

# %%
mu, sigma = x_train.mean(axis=0), x_train.std(axis=0)
s = np.random.RandomState(0).standard_normal((5000, 4))
s[0] = (flower - mu) / sigma
answers = f_iris(mu + sigma * s)
d = np.sqrt(((s - s[0]) ** 2).sum(axis=1))
w = weight(d, 0.75 * np.sqrt(4))
intercept, beta, r2 = plane(s, answers, w)

print("row     s_1     s_2     s_3     s_4        f       d       w")
for n in range(4):
    print(f"{n:3}", *(f"{number:7.3f}" for number in s[n]), f"{answers[n]:8.3f} {d[n]:7.3f} {w[n]:7.4f}")
print("slopes:", dict(zip(names, beta.round(4).tolist())), " σ in cm:", sigma.round(2))
print(f"intercept {intercept:.4f}, local R² {r2:.4f}")

# %% [markdown]
# That is all of it. tinynet's `lime_tabular` draws the same numbers from the same seed, and so does the authors'
# package: `RandomState` is NumPy's old generator, whose numbers never change. The constants below are those of lime
# 0.2.0.1, `LimeTabularExplainer(x_train, mode="regression", discretize_continuous=False, random_state=0)` and its
# `explain_instance(flower, f_iris)`. And `ours.table(3)` shows how the slope of petal width comes out of the neighbours
# when the rest of the plane, `others`, is held: one column, so one division, as with the pencil.

# %%
ours = tn.explain.lime_tabular(f_iris, flower, background=x_train, kind="continuous", seed=0)
print(ours)
assert np.allclose(ours.values, beta, rtol=1e-11) and np.isclose(ours.residual["local R²"], r2, rtol=1e-11)
assert np.allclose(beta, [-1.1116590209772332, -0.9390336731061242, 3.5491991843153747, 4.733270056367358], rtol=1e-11)
assert np.allclose([intercept, r2], [-7.707203844190471, 0.775206094206052], rtol=1e-11)  # .intercept[1], .score


table = ours.table(3)
x_3, w, f_less_others = table["s_4"], table["w"], table["f"] - table["others"]
x_3 = x_3 - w @ x_3 / w.sum()
print(f"petal width: {w @ (x_3 * f_less_others):.3f} / ({w @ x_3**2:.3f} + 1) = {ours.values[3]:.4f}")
assert np.isclose(w @ (x_3 * f_less_others) / (w @ x_3**2 + 1), ours.values[3], rtol=1e-9)

# %% [markdown]
# ## What a coefficient means, and what they add up to
#
# Petal width has 4.73. It is a slope: *one standard deviation more of petal width* ($\sigma_4 = 0.79$ cm) raises the
# plane by 4.73. The plane, not $f$; and per $\sigma$, not per centimetre. And it is not a share of $f(x)$. What adds up
# is the height of the plane above $x$, which is called the *local prediction*:
#
# $$\hat f_0 = \beta_0 + \sum_i \beta_i\,s_{0i}$$
#
# People ask about this again and again ([lime #113](https://github.com/marcotcr/lime/issues/113),
# [#189](https://github.com/marcotcr/lime/issues/189), [#246](https://github.com/marcotcr/lime/issues/246)): they add
# the coefficients up, or multiply them with the feature's values in centimetres, and wait for $f(x)$.

# %%
local_prediction = intercept + beta @ s[0]
print("coefficient × regressor:", beta * s[0])
print(f"intercept {intercept:.3f} + their sum {beta @ s[0]:.3f} = local prediction {local_prediction:.3f}")
print(f"f(x) = {answers[0]:.3f}, so the plane misses it by {ours.residual['local error']:.3f}")
print(f"with centimetres for s: {intercept + beta @ flower:.3f}; coefficients only: {beta.sum():.3f}")
assert np.isclose(local_prediction, ours.details["local prediction"]) and answers[0] > 0 > local_prediction
assert np.isclose(local_prediction, -1.15125937)  # lime 0.2.0.1, .local_pred

# %% [markdown]
# Even with the right sum, the plane says versicolor (below 0) where the network says virginica. It has to serve 5,000
# neighbours, and need not pass through $x$. The intercept is the height of the plane above the *mean flower*, where all
# $s$ are 0, a place where there may be no flower at all. So read the slopes, beside the local error and $R^2$.
#
# ## Quartiles: a coefficient that is no slope
#
# What we built is an option. By default LIME cuts the background of each feature at its quartiles into four *bins* of
# about equal share, and the plane is laid over [an indicator](#src-lime-quartile):
#
# $$b_{ni} = \begin{cases} 1 & v_{ni} \text{ is in the bin of } x_i \\ 0 & \text{elsewhere} \end{cases}$$
#
# A bin is drawn as often as it occurs in the background. The model needs a number, so one is drawn inside the
# bin, from a normal distribution with mean and standard deviation of the bin's rows, cut off at the bin's ends (the
# outermost are the smallest and the largest number of the background). How does one draw from that? In standard
# deviations from the bin's mean, let the ends be $z_{\min}$ and $z_{\max}$, and the number $z$. Chapter 4's $\Phi(z)$
# is the share of a whole normal distribution below $z$. Let a share $u$ of what lies between $z_{\min}$
# and $z_{\max}$ be below $z$: then $\Phi(z) - \Phi(z_{\min}) = u\,(\Phi(z_{\max}) - \Phi(z_{\min}))$, or [in other
# words](#src-truncated-normal)
#
# $$\Phi(z) = (1 - u)\,\Phi(z_{\min}) + u\,\Phi(z_{\max}).$$
#
# Draw $u$ evenly from 0 to 1, and solve for $z$. $\Phi^{-1}$ has no formula; tinynet computes it by one polynomial [in
# the middle](#src-normal-quantile) and another [in the tails](#src-normal-quantile-tail), to the last bits.


# %%
@np.vectorize
def Phi(z):
    return (1 + math.erf(z / math.sqrt(2))) / 2


p, z = np.array([0.001, 0.5, 0.975]), np.empty(3)
quantile(p, z)  # writes into z
print(f"Φ⁻¹ of {p} is {z}, and Φ of that {Phi(z)}")
assert np.allclose(Phi(z), p, rtol=1e-13)

random = np.random.RandomState(0)
edges = np.percentile(x_train, [25, 50, 75], axis=0).T
bins = np.array([np.searchsorted(edge, column) for edge, column in zip(edges, x_train.T)])  # of the background
home = np.array([np.searchsorted(edge, number) for edge, number in zip(edges, flower)])
shares = [np.bincount(column, minlength=4) / len(x_train) for column in bins]
drawn = np.array([random.choice(4, 5000, p=share) for share in shares])  # all bins first, then the numbers in them
drawn[:, 0] = home
rows = np.empty((5000, 4))
rows[0] = flower
for i, column in enumerate(x_train.T):
    ends = np.array([column.min(), *edges[i], column.max()])
    mean, std = np.array([(column[bins[i] == k].mean(), column[bins[i] == k].std()) for k in range(4)]).T
    low, high = Phi((ends[:-1] - mean) / std), Phi((ends[1:] - mean) / std)
    k, u, z = drawn[i, 1:], random.random_sample(4999), np.empty(4999)
    quantile((1 - u) * low[k] + u * high[k], z)
    rows[1:, i] = mean[k] + std[k] * z
b = (drawn == home[:, np.newaxis]).T.astype(float)
answers, d = f_iris(rows), np.sqrt(((b - b[0]) ** 2).sum(axis=1))
intercept, beta, r2 = plane(b, answers, weight(d, 1.5))

quartile = tn.explain.lime_tabular(f_iris, flower, background=x_train, seed=0)
for i, name in enumerate(names):
    left, right = [-np.inf, *edges[i], np.inf][home[i] : home[i] + 2]
    print(f"{name:12} in {left:.1f} < v ≤ {right:.1f}: {beta[i]:7.4f}")
print(f"intercept {intercept:.3f}, local prediction {intercept + beta.sum():.3f}, f(x) = {answers[0]:.3f}, R² {r2:.3f}")
assert np.allclose(quartile.values, beta, rtol=1e-9)
# lime 0.2.0.1, LimeTabularExplainer(x_train, mode="regression", random_state=0).explain_instance(flower, f_iris)
official = [-0.3898845146897983, 1.2616264350789097, 0.9921275592210458, 1.9140277391568272]
assert np.allclose(beta, official, rtol=1e-9) and np.isclose(r2, 0.04304920037764448, rtol=1e-9)

# %% [markdown]
# Now a coefficient says: **how much higher is the plane in the bin of $x$ than in the other three bins, taken
# together.** Of $x$ itself all regressors are 1, so intercept and coefficients add up to the local prediction without
# any factor. And the weights know only in how many features a neighbour shares the bin of $x$, so "near" has five
# values:

# %%
counts = np.bincount(b.sum(axis=1).astype(int))
print("bins shared: 0, 1, 2, 3, 4; w:", weight(np.sqrt([4, 3, 2, 1, 0]), 1.5), " neighbours:", counts)
assert np.allclose(d**2, 4 - b.sum(axis=1)) and weight(2, 1.5) > 0.41

# %% tags=["hide-input"] mystnb={"image": {"alt": "Two bar charts of LIME for one flower. Continuous: petal width and petal length strongly positive, sepals negative. Quartile: the petals smaller, and sepal width positive."}}
fig, panels = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
for ax, explanation in zip(panels, (ours, quartile)):
    explanation.plot(ax, names=names)
    ax.set_title(f"{explanation.settings['kind']}, local $R^2$ = {explanation.residual['local R²']:.3f}")
    ax.set_xlabel("φ, per standard deviation" if explanation is ours else "φ, of being in the bin of x")
plt.show()

# %% [markdown]
# A neighbour that shares no bin with the flower still counts 0.41, so this is hardly a *local* plane. And sepal width
# has changed its sign. That is no contradiction; we come back to it.
#
# ## Few features
#
# A reader takes in few numbers, and LIME gives slopes to only `num_features` columns. Up to six are chosen one by one:
# [*forward selection*](#src-forward-selection). Which column alone explains most? Without a price, the slope of column
# $i$ alone is $(\tilde X_i^T W \tilde f)/(\tilde X_i^T W \tilde X_i)$. Put it into $E$: what is left is
#
# $$\tilde f^T W \tilde f - \frac{(\tilde X_i^T W \tilde f)^2}{\tilde X_i^T W \tilde X_i}.$$
#
# Take the column with the largest fraction; subtract from $f$ and from all columns what it explains of them; repeat.
# (For more than six, all columns are fitted once with $\alpha = 0.01$, and those with the largest $|\beta_i X_{0i}|$
# stay.) Then the plane is laid over the chosen ones, with $\alpha = 1$.

# %%
w, f = ours.table()["w"], ours.table()["f"]
rest, variation = s - w @ s / w.sum(), w @ (f - w @ f / w.sum()) ** 2
fractions = (rest.T @ (w * f)) ** 2 / (w @ rest**2)
assert np.allclose(fractions / variation, [plane(s[:, [i]], f, w, alpha=0)[2] for i in range(4)])
left, order = [0, 1, 2, 3], []
while left:
    reached = {i: plane(s[:, [*order, i]], f, w, alpha=0)[2] for i in left}  # R² of the chosen columns and column i
    print(f"R² with {[names[i] for i in order]} and", {names[i]: round(float(r2), 3) for i, r2 in reached.items()})
    order.append(max(reached, key=reached.get))
    left.remove(order[-1])
two = tn.explain.lime_tabular(f_iris, flower, background=x_train, kind="continuous", num_features=2)
assert two.details["chosen"].tolist() == sorted(order[:2]) == [2, 3]

# %% [markdown]
# ## Images: switch segments off
#
# One pixel more or less changes little; a patch does more. So cut the image into *segments*, here the cells of a
# grid (any array with a segment number for each pixel will do). A neighbour is a *mask*: $m_i = 1$ where segment $i$
# is on, 0 where it is off, each by the toss of a coin. What does "off" mean? A network cannot be asked about a hole.
# Something must be there, and LIME fills a segment with its own mean colour. The plane is laid over the masks.
#
# The distance is that of directions, $d = 1 - \cos$. A mask with $k$ of $S$ segments on has $k$ ones; the image itself
# has $S$. Their product is $k$ and their lengths are $\sqrt k$ and $\sqrt S$, so $\cos = k/\sqrt{kS}$ and
# [the distance](#src-lime-cosine) is $d = 1 - \sqrt{k/S}$. And $\kappa = 0.25$. The network and the image are those of
# chapter 11.

# %%
x_all, y_all = tn.data.digits()
(x_images, y_images), (test_images, _) = tn.data.train_test_split(x_all, y_all, test_fraction=0.2, seed=0)
layers = [tn.Dense(32, activation="relu", input_dim=64), tn.Dense(32, activation="relu")]
net = tn.Sequential([*layers, tn.Dense(10, activation="softmax")], seed=0)
net.compile(tn.Adam(learning_rate=0.003), "categorical_crossentropy")
net.fit(x_images, y_images, epochs=20, verbose=0)
digit = test_images[125]

segments = tn.explain.grid((8, 8), 4)  # 16 cells of 2 × 2 pixels
hidden = np.array([digit[segments.ravel() == k].mean() for k in range(16)])[segments.ravel()]
masks = np.random.RandomState(0).randint(0, 2, (1000, 16))
masks[0] = 1
is_on = masks[:, segments.ravel()] == 1
question = tn.explain.Question(net, digit, target=3)
answers = question.f(np.where(is_on, digit, hidden))  # logits of the 3
d = 1 - np.sqrt(masks.sum(axis=1) / 16)
intercept, beta, r2 = plane(masks.astype(float), answers, weight(d, 0.25))
by_segments = tn.explain.lime_image(net, digit, 3, segments=segments, image_shape=(8, 8), seed=0)
print("w with 16, 12, 8 and 4 segments on:", weight(1 - np.sqrt(np.array([16, 12, 8, 4]) / 16), 0.25))
print("coefficients:", beta.reshape(4, 4), sep="\n")
print(f"intercept {intercept:.2f} + sum {beta.sum():.2f}, f(x) = {answers[0]:.2f}, R² {r2:.3f}")
print(f"probability of a 3 with every segment off: {net.predict([hidden])[0, 3]:.3f}")
assert np.allclose(by_segments.details["coefficients"], beta, rtol=1e-9)
# lime 0.2.0.1, LimeImageExplainer(random_state=0).explain_instance(digit.reshape(8, 8), logits, labels=(3,),
# top_labels=None, num_features=16, segmentation_fn=lambda image: segments, random_seed=1): .intercept[3] and .score
assert np.allclose([intercept, r2], [8.183053116279124, 0.9925689313505728], rtol=1e-6)
same = [np.array_equal(digit[segments.ravel() == k], hidden[segments.ravel() == k]) for k in range(16)]
print(f"{sum(same)} segments look the same on and off; their coefficients:", beta[same])
assert sum(same) == 2 and 0 < np.abs(beta[same]).max() < 0.01

# %% tags=["hide-input"] mystnb={"image": {"alt": "Four panels: a 3 with grid lines; a neighbour in which about half of the cells are blurred; all cells hidden, still faintly a 3; the coefficients of the cells in orange and purple over the outline."}}
fig, panels = plt.subplots(1, 4, figsize=(11, 3.4), layout="compressed")
shown = {"the image, 16 segments": digit, "a neighbour": np.where(is_on[1], digit, hidden), "all hidden": hidden}
for ax, (title, image) in zip(panels, shown.items()):
    ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    ax.set_title(f"{title}\nf = {question.f(image[np.newaxis])[0]:.2f}", fontsize=11)
    ax.set(xticks=[1.5, 3.5, 5.5], yticks=[1.5, 3.5, 5.5], xticklabels=[], yticklabels=[])
    ax.grid(color=ORANGE, linewidth=0.8)
by_segments.plot(panels[3])
plt.show()

# %% [markdown]
# Look at what is *hidden*: the details of a segment, not its ink. With everything switched off the page is still a
# coarse 3, at least to the network, which is almost sure of it. Nothing here is compared with an empty page, as it was
# in chapter 11. And a segment of one colour looks the same on and off. It can have no effect; that its coefficient is
# not quite 0 is the error of the fit.
#
# ## What goes wrong
#
# **The same question, another answer.** Neighbours are random, so the slopes are. People notice
# ([lime #231](https://github.com/marcotcr/lime/issues/231), [#309](https://github.com/marcotcr/lime/issues/309)), also
# because the package's generator runs on: a second call of the same explainer draws other neighbours, and only a new
# explainer with the same `random_state` repeats itself. A fixed seed makes an answer repeatable. It does not make it
# right. Ask twenty times with twenty seeds instead, and look at the spread.

# %%
KINDS, sizes, spreads = ("quartile", "continuous"), [200, 500, 2000, 5000, 20_000], {}
for kind in KINDS:
    for N in sizes:
        settings = {"background": x_train, "kind": kind, "samples": N}
        twenty = [tn.explain.lime_tabular(f_iris, flower, **settings, seed=seed) for seed in range(20)]
        spreads[kind, N] = np.array([each.values for each in twenty])
for N in (500, 20_000):
    orders = {tuple(np.argsort(-np.abs(row)).tolist()) for row in spreads["quartile", N]}
    signs = [len(set(np.sign(column))) for column in spreads["quartile", N].T]
    print(f"quartile, {N:6,} samples: {len(orders)} different rankings in 20, signs that change: {signs.count(2)} of 4")
falls = [spreads[kind, 200].std(axis=0).mean() / spreads[kind, 20_000].std(axis=0).mean() for kind in KINDS]
print("from 200 to 20,000 samples the spread falls by the factors", np.round(falls, 1), "; √100 = 10")
assert min(falls) > 8 and max(falls) < 12.5 and len(orders) == 1

# %% tags=["hide-input"] mystnb={"image": {"alt": "Left, the four quartile coefficients for 20 seeds: with 500 samples they scatter by more than one unit and overlap, with 20,000 hardly. Right, standard deviation against samples on logarithmic axes: all lines fall like one over root N, quartile four times above continuous."}}
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
heights = np.array([3, 2, 1, 0]) + np.linspace(-0.1, 0.1, 20)[:, np.newaxis]
for shift, N, mark, colour in ((0.15, 500, "o", VERMILION), (-0.15, 20_000, "D", BLUE)):
    found = spreads["quartile", N].ravel()
    left.plot(found, heights.ravel() + shift, mark, markersize=3.5, color=colour, label=f"{N:,} samples")
left.axvline(0, color="black", linewidth=0.8)
left.set(title="quartile, 20 seeds", xlabel="coefficient", yticks=range(4), yticklabels=names[::-1])
left.legend(fontsize=9, loc="upper right")
for kind, style, colour in zip(KINDS, ("-", "--"), (VERMILION, BLUE)):
    typical = [spreads[kind, N].std(axis=0).mean() for N in sizes]
    right.loglog(sizes, typical, style, marker="o", color=colour, label=kind)
right.loglog(sizes, 10 / np.sqrt(sizes), ":", color="black", label=r"$10/\sqrt{N}$")
right.set(title="spread, mean of the four", xlabel="samples N", ylabel="standard deviation over 20 seeds")
right.legend(fontsize=9)
right.grid(alpha=0.3, which="both")
plt.show()

# %% [markdown]
# A hundred times the samples for a tenth of the spread: that is the mean of independent draws. But the spread is only
# the error of chance. Where $R^2$ is 0.04, many samples tell precisely where a bad plane lies.
#
# **The kernel width decides.** The flower again, continuous, with the slopes of the gradient beside them
# ($\sigma_i\,\partial f/\partial v_i$, by central differences). [Someone
# found](https://github.com/marcotcr/lime/issues/222) that one width gave $R^2 = 0.18$ and another 0.99, that signs
# changed on the way, and asked whether the highest $R^2$ is always to be preferred.

# %%
gradient = np.array([(f_iris([flower + h]) - f_iris([flower - h])).item() / 2e-4 for h in 1e-4 * np.diag(sigma)])
widths = np.geomspace(0.05, 5, 25)
settings = {"background": x_train, "kind": "continuous"}
found = [tn.explain.lime_tabular(f_iris, flower, **settings, kernel_width=width) for width in widths]
slopes = np.array([each.values for each in found])
r2s = np.array([each.residual["local R²"] for each in found])
best = r2s.argmax()
print("gradient × σ:     ", gradient)
for k in (0, best, np.abs(widths - 1.5).argmin()):
    print(
        f"κ = {widths[k]:.2f}: slopes {slopes[k]}, R² {r2s[k]:.3f}, weights add up to {found[k].table()['w'].sum():.1f}"
    )
around = tn.explain.lime_tabular(f_iris, flower, **settings, kernel_width=widths[best], around_instance=True)
w = around.table()["w"]
print(f"drawn around x:   {around.values}, R² {around.residual['local R²']:.3f}, weights add up to {w.sum():.1f}")
assert np.abs(slopes[0]).max() < 0.01 and r2s[best] > 0.95 and w.sum() > 200

# %% tags=["hide-input"] mystnb={"image": {"alt": "Against the kernel width: four slopes that are near 0 for narrow kernels, strongest near 0.5 and weaker beyond, and triangles for the gradient, which they do not reach; below, R², with a peak near 0.5."}}
fig, (above, below) = plt.subplots(2, 1, figsize=(7.5, 5), layout="constrained", sharex=True, height_ratios=[3, 1])
for i, (style, colour) in enumerate(((":", ORANGE), ("-.", GREEN), ("--", VERMILION), ("-", BLUE))):
    above.semilogx(widths, slopes[:, i], style, color=colour, linewidth=2, label=names[i])
    above.plot(widths[0] / (1.15, 1.35)[i % 2], gradient[i], ">", color=colour, markersize=8)
below.semilogx(widths, r2s, color="black")
for ax in (above, below):
    ax.axvline(1.5, color="grey", linewidth=1)
    ax.grid(alpha=0.3)
above.set(title="LIME of one flower; triangles: the gradient; grey: the width by default", ylabel="slope per σ")
above.legend(fontsize=9, loc="upper right")
below.set(xlabel=r"kernel width $\kappa$", ylabel="local $R^2$", ylim=(0, 1))
plt.show()

# %% [markdown]
# The narrowest kernel should give the gradient, and gives almost 0. All its weight lies on $x$ itself, so
# $\tilde X^T W \tilde X$ is nearly 0, and beside it the price $\alpha = 1$ is everything. So there are two errors: the
# bend when $\kappa$ is large, the price when it is small. A high $R^2$ says that both are moderate; whether one
# *wanted* the slope of the dip or of the hill, it does not say. Look at several widths, and add up the weights: they
# tell how many neighbours there are. (`around_instance=True` draws around $x$ instead of the mean flower, and finds
# more.)
#
# **Neighbours that no flower resembles.** Each feature was drawn by itself. But long petals are wide petals.

# %% tags=["hide-input"] mystnb={"image": {"alt": "Petal length against width. The real flowers lie along a diagonal band; LIME's continuous neighbours fill a round cloud far beyond it, also below 0; the quartile neighbours fill the whole rectangle, in bands."}}
fig, panels = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained", sharey=True)
for ax, kind, drawn_rows in zip(panels, ("continuous", "quartile"), (mu + sigma * s, rows)):
    ax.scatter(*drawn_rows[:800, 2:].T, s=8, color=VERMILION, alpha=0.4, label="neighbours")
    ax.scatter(*x_train[:, 2:].T, s=22, color=BLUE, marker="^", label="real flowers")
    ax.plot(*flower[2:], "D", color="black", markersize=8, label="x")
    ax.set(title=kind, xlabel="petal length in cm")
panels[0].set_ylabel("petal width in cm")
panels[0].legend(fontsize=9)
plt.show()

# %%
standard = (x_train - mu) / sigma
apart = np.sqrt(((standard[:, np.newaxis] - standard) ** 2).sum(axis=2))
np.fill_diagonal(apart, np.inf)
loneliest = apart.min(axis=1).max()  # the largest distance of a real flower from its nearest fellow
together = [np.corrcoef(drawn_rows[:, 2:].T)[0, 1].round(2) for drawn_rows in (x_train, s)]
print("correlation of petal length and width, in flowers and in neighbours:", *together)
strange = np.array([np.sqrt(((standard - each) ** 2).sum(axis=1)).min() for each in s]) > loneliest
print(f"neighbours: {((mu + sigma * s) < 0).any(axis=1).mean():.0%} have a negative length", end=", ")
print(f"{strange.mean():.0%} are farther from all flowers than any flower is from its nearest")
wide, narrow = (weight(ours.table()["distance"], width) for width in (1.5, 0.5))
print(f"these have {wide @ strange / wide.sum():.0%} of the weight; with κ = 0.5 {narrow @ strange / narrow.sum():.1%}")
assert wide @ strange / wide.sum() > 0.15 and narrow @ strange / narrow.sum() < 0.01

# %% [markdown]
# The plane is laid through answers to things that do not exist, about which the network learned nothing. No choice of
# the seed helps; a narrower kernel does.
#
# **A quartile coefficient read as a slope.** Sepal width has $+1.26$ above. Do wider sepals speak for virginica? The
# gradient is negative, and so is the slope of the continuous plane. The flower is in the *lowest* bin. So
# $+1.26$ says that $f$ is higher for narrow sepals than for the others: that wide ones speak against virginica. A
# flower in the highest bin gets the other sign from the same network, and one in a middle bin may get either.

# %%
for number, where in ((2.7, "lowest"), (3.8, "highest")):
    other = np.array([flower[0], number, *flower[2:]])
    slope = tn.explain.lime_tabular(f_iris, other, background=x_train, kind="continuous", samples=20_000).values[1]
    of_bin = tn.explain.lime_tabular(f_iris, other, background=x_train, samples=20_000).values[1]
    print(f"sepal width {number} cm, {where} bin: continuous {slope:6.3f}, quartile {of_bin:6.3f}")
    assert slope < 0 and np.sign(of_bin) == (1 if where == "lowest" else -1)

# %% [markdown]
# **A good $R^2$ is local.** The plane with the best width explains almost all that happens near this flower. How
# does it do as a model of flowers?

# %%
misses = f_iris(x_test) - found[best].details["intercept"] - (x_test - mu) / sigma @ slopes[best]
outside = 1 - np.mean(misses**2) / f_iris(x_test).var()
print(f"R² near the flower {r2s[best]:.3f}, over the {len(x_test)} test flowers {outside:.3f}")
assert outside < 0.5 < r2s[best]

# %% [markdown]
# ## Summary
#
# | | rows of numbers, continuous | rows of numbers, quartile | images |
# |---|---|---|---|
# | a neighbour | normal around the mean (or around $x$) | a bin, and a number in it | segments on or off |
# | regressor | $s_i = (v_i - \mu_i)/\sigma_i$ | $b_i = 1$ in the bin of $x_i$ | $m_i = 1$ where on |
# | distance, $\kappa$ | Euclidean, $\frac34\sqrt M$ | Euclidean, $\frac34\sqrt M$ | $1 - \sqrt{k/S}$, 0.25 |
# | a coefficient is | a slope per $\sigma_i$ | this bin against the others | seen against its mean colour |
#
# - $w = e^{-d^2/(2\kappa^2)}$; $(\tilde X^T W \tilde X + \alpha I)\,\beta = \tilde X^T W \tilde f$ with $\alpha = 1$.
# - Intercept + Σ coefficient × regressor is the local prediction, and not $f(x)$.
# - Look at $R^2$ and the local error, at twenty seeds, at several widths and at the sum of the weights.
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch12.py`, then run `pytest tutorials/exercises -k ch12`.
#
# 1. `kernel(distances, width)`: the weights of the neighbours.
# 2. `plane(X, f, w, alpha)`: intercept and slopes, with a free intercept.
# 3. `r_squared(f, fit, w)`: the weighted share that a fit explains.
# 4. `neighbours(x, background, draws, around_instance)`: the rows for the model, and those for the plane.
# 5. `same_bin(rows, x, background)`: the regressors of quartile mode.
# 6. `mask_distances(masks)`: how far images with segments off are from the image.
# 7. `forward_selection(X, f, w, count)`: which columns, in which order.
# 8. With a pencil: the five neighbours above, but $f = |v|$. What are slope and intercept for $\alpha = 0$ and 1?
# 9. With a pencil: two columns are equal, both with $\tilde X_i^T W \tilde X_i = 4$ and $\tilde X_i^T W \tilde f = 18$.
#    What are their slopes for $\alpha = 1$, and what is the slope of one alone?
#
# The pencil's answers are at the end of the docstring of `tutorials/exercises/solutions/ch12.py`.
#
# LIME chose its weights by taste. [Chapter 13](13_shapley.py) asks which weights make the shares fair, and finds that
# there is one answer.
