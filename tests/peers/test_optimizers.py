"""Optimizers and schedules follow PyTorch's trajectory over 50 steps.

A small network on fixed data; after each step every weight is compared. Relative difference: the largest
difference of an array over its largest magnitude.

The update rules are PyTorch's own. What differs is in the names and defaults:

* `learning_rate`, `epsilon` are `lr`, `eps` there; `l2` is SGD's `weight_decay`; RMSprop's `rho` is `alpha`;
  `beta_1`, `beta_2` are `betas`. Keyword by keyword, RULES says the same twice.
* Our RMSprop begins with 0.001 and 0.9, PyTorch's with 0.01 and 0.99. Our SGD begins with 0.01, PyTorch's with
  0.001.
* The velocity v of momentum holds gradients and not steps, here and in PyTorch, so that a schedule acts on the
  whole of it at once. (Books that write v ← μv - αg keep old learning rates in v: another trajectory as soon as α
  changes.)

A PyTorch schedule is an object that is told of each step, and computes α_t from α_{t-1}; ours is a function of t. In
exact arithmetic they are the same, CosineDecay up to its last step T only: then PyTorch's α rises again, ours stays.
"""

from inspect import signature
from itertools import combinations, pairwise

import numpy as np
import pytest
import torch

import tinynet as tn
from tinynet.optimizers import OPTIMIZERS
from tinynet.schedules import SCHEDULES

F = torch.nn.functional
optim, lr_scheduler = torch.optim, torch.optim.lr_scheduler


STEPS = 50
TOLERANCE = 1e-9

# ## The same network twice: 3-5-4, tanh and softmax, 8 examples

rng = np.random.default_rng(0)
X = rng.normal(size=(8, 3))
Y = np.eye(4)[rng.integers(4, size=8)]
WEIGHTS = [rng.normal(size=(3, 5)), rng.normal(size=5), rng.normal(size=(5, 4)), rng.normal(size=4)]


def new_network() -> tn.Sequential:
    net = tn.Sequential([tn.Dense(5, activation="tanh", input_dim=3), tn.Dense(4, activation="softmax")])
    net.set_weights(WEIGHTS)
    return net


def our_trajectory(optimizer):
    """All weights after each step."""
    net = new_network()
    for _ in range(STEPS):
        tn.categorical_crossentropy(net(X), Y).backward()
        optimizer.step(net.parameters())
        yield net.get_weights()


def torch_loss(weights, x, y):
    W_1, b_1, W_2, b_2 = weights
    return F.cross_entropy(torch.tanh(x @ W_1 + b_1) @ W_2 + b_2, y)


def torch_trajectory(new_optimizer, new_schedule=None):
    weights = [torch.tensor(w, requires_grad=True) for w in WEIGHTS]
    optimizer = new_optimizer(weights)
    schedule = new_schedule(optimizer) if new_schedule else None
    x, y = torch.tensor(X), torch.tensor(Y)
    for _ in range(STEPS):
        optimizer.zero_grad()
        torch_loss(weights, x, y).backward()
        optimizer.step()
        if schedule:
            schedule.step()
        yield weights


# ## The rules, ours and PyTorch's with their keywords, and a learning rate that makes them move

NESTEROV = {"momentum": 0.9, "nesterov": True}
RULES = {
    "SGD": (tn.SGD, {}, optim.SGD, {}, 0.5),
    "SGD, L2": (tn.SGD, {"l2": 0.03}, optim.SGD, {"weight_decay": 0.03}, 0.5),
    "momentum": (tn.SGD, {"momentum": 0.9}, optim.SGD, {"momentum": 0.9}, 0.1),
    "momentum, L2": (
        tn.SGD,
        {"momentum": 0.8, "l2": 0.03},
        optim.SGD,
        {"momentum": 0.8, "weight_decay": 0.03},
        0.1,
    ),
    "Nesterov": (tn.SGD, NESTEROV, optim.SGD, NESTEROV, 0.1),
    "Nesterov, L2": (tn.SGD, NESTEROV | {"l2": 0.03}, optim.SGD, NESTEROV | {"weight_decay": 0.03}, 0.1),
    "Adagrad": (tn.Adagrad, {}, optim.Adagrad, {}, 0.1),
    "Adagrad, epsilon": (tn.Adagrad, {"epsilon": 0.01}, optim.Adagrad, {"eps": 0.01}, 0.1),
    "RMSprop": (tn.RMSprop, {}, optim.RMSprop, {"alpha": 0.9}, 0.01),
    "RMSprop, rho and epsilon": (tn.RMSprop, {"rho": 0.99, "epsilon": 0.01}, optim.RMSprop, {"eps": 0.01}, 0.01),
    "Adam": (tn.Adam, {}, optim.Adam, {}, 0.05),
    "Adam, betas and epsilon": (
        tn.Adam,
        {"beta_1": 0.7, "beta_2": 0.95, "epsilon": 0.01},
        optim.Adam,
        {"betas": (0.7, 0.95), "eps": 0.01},
        0.05,
    ),
    "AdamW": (tn.AdamW, {}, optim.AdamW, {}, 0.05),
    "AdamW, betas and decay": (
        tn.AdamW,
        {"beta_1": 0.7, "beta_2": 0.95, "weight_decay": 0.3},
        optim.AdamW,
        {"betas": (0.7, 0.95), "weight_decay": 0.3},
        0.05,
    ),
}

# The schedules: from the learning rate they begin with, and from PyTorch's optimizer, which has it.
DECAYS = {
    "constant": (lambda alpha: alpha, None),
    "StepDecay": (
        lambda alpha: tn.StepDecay(alpha, factor=0.5, every=7),
        lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.5),
    ),
    "ExponentialDecay": (
        lambda alpha: tn.ExponentialDecay(alpha, factor=0.95),
        lambda o: lr_scheduler.ExponentialLR(o, gamma=0.95),
    ),
    "CosineDecay": (
        lambda alpha: tn.CosineDecay(alpha, steps=STEPS),
        lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS),
    ),
    "CosineDecay final": (
        lambda alpha: tn.CosineDecay(alpha, steps=STEPS, final=alpha / 10),
        lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS, eta_min=o.param_groups[0]["lr"] / 10),
    ),
}


def test_every_optimizer_and_schedule_is_compared():
    assert {ours for ours, *_ in RULES.values()} == set(OPTIMIZERS.values())
    compared = {type(schedule(0.1)).__name__ for name, (schedule, _) in DECAYS.items() if name != "constant"}
    assert compared == set(SCHEDULES)


# checks [eq:sgd]
# checks [eq:momentum]
# checks [eq:nesterov]
# checks [eq:adagrad]
# checks [eq:rmsprop]
# checks [eq:adam-moments]
# checks [eq:adam]
# checks [eq:adamw]
@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("rule", RULES)
def test_every_weight_after_every_step_is_pytorchs(agree, rule, decay):
    ours, our_keywords, theirs, their_keywords, alpha = RULES[rule]
    our_decay, their_decay = DECAYS[decay]
    trajectories = zip(
        our_trajectory(ours(our_decay(alpha), **our_keywords)),
        torch_trajectory(lambda weights: theirs(weights, lr=alpha, **their_keywords), their_decay),
        strict=True,
    )
    for step, (our_weights, their_weights) in enumerate(trajectories, start=1):
        for name, w, their_w in zip(("W^1", "b^1", "W^2", "b^2"), our_weights, their_weights, strict=True):
            agree(f"{name} after step {step}", w, their_w, TOLERANCE)


def test_no_two_rules_take_the_same_steps():
    ends = {name: list(our_trajectory(ours(0.01, **keywords)))[-1] for name, (ours, keywords, *_) in RULES.items()}
    for (name, w), (other, v) in combinations(ends.items(), 2):
        apart = max(np.abs(w_k - v_k).max() for w_k, v_k in zip(w, v))
        assert apart > 1e5 * TOLERANCE, f"{name} and {other} end {apart:.2g} apart"


def test_fit_takes_the_same_steps_batch_by_batch(agree):
    net = new_network()
    net.compile(optimizer=tn.Adam(0.05), loss="categorical_crossentropy")
    net.fit(X, Y, epochs=20, batch_size=3, shuffle=False, verbose=0)

    weights = [torch.tensor(w, requires_grad=True) for w in WEIGHTS]
    optimizer = optim.Adam(weights, lr=0.05)
    for _ in range(20):
        # 8 examples in batches of 3: the last one has 2
        for x, y in zip(torch.tensor(X).split(3), torch.tensor(Y).split(3), strict=True):
            optimizer.zero_grad()
            torch_loss(weights, x, y).backward()
            optimizer.step()
    for w, their_w in zip(net.get_weights(), weights, strict=True):
        agree("weights", w, their_w, TOLERANCE)


# ## The learning rates themselves


def torch_learning_rates(new_schedule, steps, alpha=0.1):
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=alpha)
    schedule = new_schedule(optimizer)
    for _ in range(steps):
        yield optimizer.param_groups[0]["lr"]
        optimizer.step()
        schedule.step()


# checks [eq:step-decay]
# checks [eq:exponential-decay]
# checks [eq:cosine-decay]
@pytest.mark.parametrize("decay", list(DECAYS)[1:])
def test_the_learning_rate_of_every_step_is_pytorchs(decay):
    ours, theirs = DECAYS[decay]
    alpha = np.array([ours(0.1)(t) for t in range(STEPS + 1)])
    np.testing.assert_allclose(alpha, list(torch_learning_rates(theirs, STEPS + 1)), rtol=1e-12, atol=1e-17)
    assert np.all(np.diff(alpha) <= 0) and alpha[-1] < 0.3 * alpha[0]


def test_after_the_last_step_our_cosine_stays_where_pytorchs_comes_back():
    ours = [tn.CosineDecay(0.1, steps=10, final=0.01)(t) for t in range(21)]
    theirs = list(torch_learning_rates(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=10, eta_min=0.01), 21))
    np.testing.assert_allclose(ours[:11], theirs[:11], rtol=1e-12)
    assert ours[10:] == [0.01] * 11
    assert all(before < after for before, after in pairwise(theirs[10:]))


# ## The defaults


@pytest.mark.parametrize(
    "ours, theirs, differ",
    [
        (tn.SGD, optim.SGD, {"learning_rate"}),
        (tn.Adagrad, optim.Adagrad, set()),
        (tn.RMSprop, optim.RMSprop, {"learning_rate", "rho"}),
        (tn.Adam, optim.Adam, set()),
        (tn.AdamW, optim.AdamW, set()),
    ],
)
def test_the_defaults_differ_only_where_this_page_says_so(ours, theirs, differ):
    names = {
        "learning_rate": "lr",
        "epsilon": "eps",
        "rho": "alpha",
        "l2": "weight_decay",
        "beta_1": ("betas", 0),
        "beta_2": ("betas", 1),
    }
    their_defaults = theirs([torch.zeros(1)]).defaults
    for name, parameter in signature(ours).parameters.items():
        key = names.get(name, name)
        default = their_defaults[key[0]][key[1]] if isinstance(key, tuple) else their_defaults[key]
        assert (parameter.default != default) == (name in differ), f"{name}: {parameter.default} and {default}"
