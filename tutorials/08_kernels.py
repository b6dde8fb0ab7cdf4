# %% [markdown]
# # 8. Kernels
#
# All that a network computes is made of a few kinds of loops over arrays of numbers: products of matrices, and
# functions applied to one number after the other. Such a loop is called a *kernel*. None of them is difficult, and yet
# the same three loops of a matrix product can run at speeds that are orders of magnitude apart, and the same $e^x - 1$
# can have sixteen right digits or none. This chapter opens the kernels of tinynet. We take the product from three
# Python loops to the speed of the libraries that specialists write, find out what limits it, and build $e^x$ from
# additions, multiplications and bits.
#
# ## What you will be able to do
#
# - write a loop in Python, compile it, and say what that changes and what it does not;
# - count how often a kernel uses a number that it fetched, and read off a *roofline* what limits its speed;
# - compute $e^x$ to the last digit without calling an exponential, and measure an error in units of that digit;
# - recognise the formulas that overflow or lose their digits ($e^x - 1$, $\ln(1 + x)$, σ, tanh, the tail of a normal
#   distribution), and replace them by others that do not;
# - recognise two bugs of compiled code: a test for NaN that is gone, and float32 that has become float64.
#
# Times in this chapter are measured while it runs. They differ from machine to machine and from run to run, so the text
# says what they depend on, and leaves the figures to the cells.
#
# ## Three prices: deciding, fetching, computing
#
# To multiply two numbers, a machine pays three times. It must *decide* what to do: Python looks up what `*` means for
# the two objects at hand, each time anew. It must *fetch* the numbers: they lie in the main memory, and on their way to
# the processor pass through *caches*, small and fast memories that keep what was used last; they arrive in *lines*, on
# most machines of 64 bytes, which is 8 neighbours of float64. And it must *compute*, which happens in the processor's
# *registers*, a few dozen places for numbers, each wide enough for several of them (a *vector*), which one instruction
# multiplies all at once. Computing is the cheapest of the three.
#
# A compiler takes away the first price. How much of the second remains depends on the order of the loops. For $C = AB$
# with
#
# $$C_{ij} = \sum_p A_{ip} B_{pj}$$
#
# (chapter 2, [the line](#src-matmul)) the loops over $i$, $j$ and $p$ may be nested in any order: every order adds up
# the same products. A matrix lies in memory row after row. The picture shows which places of $B$ are visited while one
# row of $C$ is computed, for two orders of the loops.

# %%
import decimal
import inspect
import math
import os
import subprocess
import sys
import warnings
from decimal import Decimal
from fractions import Fraction
from time import perf_counter

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # said before NumPy is imported: its products on one thread, like ours

import matplotlib.pyplot as plt
import numba
import numpy as np

import tinynet as tn
from tinynet.kernels import activations, exponential
from tinynet.kernels.jit import OPTIONS, kernel
from tinynet.kernels.matmul import product, product_by_blocks, product_by_formula, product_by_rows
from tinynet.kernels.normal import G, Phi, parts
from tinynet.kernels.softmax import exp_of_difference
from tinynet.kernels.tile import tile_source

BLUE, VERMILION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"

# %% tags=["hide-input"] mystnb={"image": {"alt": "Two panels: place in memory against step. With j outside and p inside the places jump up and down by a row's length; with p outside and j inside they rise one by one."}}
k, m = 6, 8  # the shape of B
orders = {
    "i, j, p: down the columns": [p * m + j for j in range(m) for p in range(k)],
    "i, p, j: along the rows": [p * m + j for p in range(k) for j in range(m)],
}
fig, axes = plt.subplots(1, 2, figsize=(7, 3.3), sharey=True, layout="constrained")
for ax, (title, places), colour in zip(axes, orders.items(), (VERMILION, BLUE)):
    ax.plot(places, color=colour, marker="o", markersize=3, linewidth=0.8)
    jump = np.mean(np.abs(np.diff(places)))
    ax.set(title=title, xlabel=f"step (on average a jump of {jump:.1f} places)")
axes[0].set_ylabel("place of $B_{pj}$ in memory")
plt.show()

# %% [markdown]
# On the left each step lands in another row. Where the rows are long, that is another line of memory at each step, of
# which one number is used. On the right the next number is the neighbour of the last: one line serves eight steps, and
# one instruction can treat several neighbours together.
#
# ## A compiled loop is the same loop
#
# First the price of deciding. Here is the formula as a Python function:


# %%
def triple_loop(A, B, C):
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for p in range(A.shape[1]):
                total += A[i, p] * B[p, j]
            C[i, j] = total


A, B, C = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]]), np.empty((2, 2))
triple_loop(A, B, C)
print(C)
assert C.tolist() == [[1 * 5 + 2 * 7, 1 * 6 + 2 * 8], [3 * 5 + 4 * 7, 3 * 6 + 4 * 8]]

# %% [markdown]
# [Numba](https://numba.pydata.org) compiles such a function. When it is first called, Numba looks at the types of the
# arguments, works out from them the type of every variable, and has the compiler LLVM write machine code for exactly
# these types: now `*` *is* the multiplication of two float64, and nothing is left to decide. A second call with the
# same types uses the code again.

# %%
compiled_loop = numba.njit(triple_loop)
rng = np.random.default_rng(8)
A, B = rng.normal(size=(2, 32, 32))
C, C_compiled = np.empty((2, 32, 32))

begin = perf_counter()
compiled_loop(A, B, C_compiled)
middle = perf_counter()
compiled_loop(A, B, C_compiled)
end = perf_counter()
print(f"first call {middle - begin:.6f} s, second call {end - middle:.6f} s")

triple_loop(A, B, C)
assert np.array_equal(C, C_compiled)
print("compiled for arguments of the types", *compiled_loop.signatures[0])

# %% [markdown]
# The numbers are the same, to the last bit: the compiler may change how the loop runs, but each product and each sum is
# rounded as the source says. To measure a speed, one call is not enough on a machine that does other things besides. So
# the programs that we compare take turns, a few milliseconds each, and we keep the median of their turns.


# %%
def take_turns(programs, turns=11, seconds=0.003, of=np.median):
    """The seconds a call of each of the programs {name: function}, the median of its turns."""
    calls, times = {}, {name: [] for name in programs}
    for name, run in programs.items():
        run()  # may compile
        begin = perf_counter()
        run()
        calls[name] = max(1, int(seconds / max(perf_counter() - begin, 1e-9)))
    for _ in range(turns):
        for name, run in programs.items():
            begin = perf_counter()
            for _ in range(calls[name]):
                run()
            times[name].append((perf_counter() - begin) / calls[name])
    return {name: float(of(times[name])) for name in programs}


times = take_turns({"Python": lambda: triple_loop(A, B, C), "compiled": lambda: compiled_loop(A, B, C)})
operations = 2 * 32**3  # a multiplication and an addition for each i, j, p
for name, seconds in times.items():
    print(f"{name:>8}: {seconds * 1e6:9.1f} µs, {operations / seconds / 1e9:7.4f} GFLOP/s")
print(f"ratio: {times['Python'] / times['compiled']:.0f}")

# %% [markdown]
# GFLOP/s are thousand millions of *floating-point operations* (additions, multiplications) a second: an $n \times k$ by
# $k \times m$ product has $2nkm$ of them. The unit lets us compare products of different sizes.
#
# tinynet's kernels are compiled by a decorator of its own, `kernel` in [jit.py](../tinynet/kernels/jit.py): Numba with
# a cache of the machine code on disk, and with three options. One of them touches the numbers: the compiler may
# *contract* $ab + c$ to one instruction, where the processor has such a one. It is faster, and it rounds once instead
# of twice. For $a = b = 1 + 2^{-30}$ and $c = -(1 + 2^{-29})$ the exact result is
# $(1 + 2^{-29} + 2^{-60}) - (1 + 2^{-29}) = 2^{-60}$, but the rounded product has lost the $2^{-60}$:


# %%
def multiply_add(a, b, c):
    return a * b + c


a, c = 1 + 2.0**-30, -(1 + 2.0**-29)
contracted = numba.njit(**OPTIONS)(multiply_add)(a, a, c)
print("options:", OPTIONS)
print(f"rounded twice: {multiply_add(a, a, c)}, compiled with these options: {contracted}, exact: {2.0**-60}")
assert multiply_add(a, a, c) == 0
assert contracted in (0, 2.0**-60)  # as the processor has no such instruction, or has one

# %% [markdown]
# ## Fetch once, use often
#
# [matmul.py](../tinynet/kernels/matmul.py) tells the story of the product in versions. The first is the loop above,
# except that it adds to a row to start from. The second has the loops in the order i, p, j, and works on whole rows.
# This is its source:

# %%
source = inspect.getsource(product_by_rows)
print(source[source.index("    for i") :])

# %% [markdown]
# The inner loop adds a multiple of a row of $B$ to a row of $C$, with neighbours side by side in one instruction. But
# for each multiplication with its addition it loads two numbers, $b_j$ and $c_j$, and stores one. The processor could
# do much more arithmetic in that time. So the third version takes **blocks**: 4 rows of $C$ and 4 rows of $B$ in one
# pass. In a step of its inner loop, 4 numbers of $B$ and 4 of $C$ are loaded, and each of the 4 of $B$ is used for each
# of the 4 of $C$: 16 multiplications with addition.
#
# The fourth version stores nothing at all until a sum is complete. Look at the formula in another way. Whatever $p$ is,
# the terms $A_{ip} B_{pj}$ form a whole matrix, column $p$ of $A$ times row $p$ of $B$, and $C$ is the sum of these
# matrices. With the pencil:
#
# $$\begin{pmatrix}1&2\\3&4\end{pmatrix}\begin{pmatrix}5&6\\7&8\end{pmatrix}
#   = \begin{pmatrix}1\\3\end{pmatrix}\begin{pmatrix}5&6\end{pmatrix}
#   + \begin{pmatrix}2\\4\end{pmatrix}\begin{pmatrix}7&8\end{pmatrix}
#   = \begin{pmatrix}5&6\\15&18\end{pmatrix} + \begin{pmatrix}14&16\\28&32\end{pmatrix}
#   = \begin{pmatrix}19&22\\43&50\end{pmatrix}$$
#
# A **tile** is a piece of $C$ of $R$ rows and $S$ columns, small enough that all its $RS$ sums fit into registers. For
# each $p$ it loads $R$ numbers of $A$ and $S$ numbers of $B$, and adds their products to its sums
# ([the line](#src-tile)):
#
# $$c_{rc} \leftarrow c_{rc} + A_{i+r,\,p}\; B_{p,\,j+c} \qquad r = 0 \dots R-1,\; c = 0 \dots S-1$$
#
# That is $RS$ multiplications with addition for $R + S$ numbers loaded. A compiler keeps a sum in a register if it has
# a name of its own, so [tile.py](../tinynet/kernels/tile.py) writes a source with a name for each. For a tile of 2 by 3
# it is this (`start` is the row that the sums start from, `j` and `column` say where the tile's columns begin in $B$
# and in $C$; `prefetch` tells the memory which part of $C$ will be written soon, and computes nothing):

# %%
print(tile_source(2, 3))

# %% [markdown]
# It walks down all rows of $A$, two at a time. If a single one is left at the end, `min` moves the last tile up by one,
# and a row is computed twice. To run the tile of 2 by 2 of our pencil example we need no compiler:

# %%
written = {"prefetch": lambda array, i, j: None}
exec(tile_source(2, 2), written)
C = np.empty((2, 2))
written["tiles"](np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]]), 0, np.zeros(2), C, 0)
print(C)
assert C.tolist() == [[19, 22], [43, 50]]

# %% [markdown]
# tinynet's tile has 4 rows and 32 columns. How often does each version use what it loads?

# %%
in_one_turn = {  # multiplications with addition, numbers loaded, numbers stored, in a turn of the inner loop
    "by formula": (1, 2, 0),
    "by rows": (1, 2, 1),
    "by blocks of 4 by 4": (4 * 4, 4 + 4, 4),
    "tile of 4 by 32": (4 * 32, 4 + 32, 0),
}
for version, (work, loaded, stored) in in_one_turn.items():
    print(f"{version:>20}: {work:3} on {loaded:2} loaded and {stored} stored: {work / loaded:.2f} for each loaded")

# %% [markdown]
# And how fast are they? First that they are right: with whole numbers as entries every sum is exact, so all versions
# must give the exact result, which Python's integers know. (In a layer, `start` is the bias.)

# %%
versions = {"by formula": product_by_formula, "by rows": product_by_rows, "by blocks": product_by_blocks}
versions |= {"tinynet (tile)": product, "NumPy": lambda A, B, start, C: np.matmul(A, B, out=C)}

A, B = rng.integers(-9, 10, size=(50, 70)), rng.integers(-9, 10, size=(70, 45))
for name, version in versions.items():
    C = np.empty((50, 45))
    version(A.astype(float), B.astype(float), np.zeros(45), C)
    assert C.tolist() == [[sum(int(a) * int(b) for a, b in zip(row, column)) for column in B.T] for row in A], name

threads = tn.get_num_threads()
tn.set_num_threads(1)  # one thread against one thread
gflops = {name: {} for name in versions}
for n in (16, 64, 256):
    arrays = (*rng.normal(size=(2, n, n)), np.zeros(n), np.empty((n, n)))
    programs = {name: lambda f=f, arrays=arrays: f(*arrays) for name, f in versions.items()}
    for name, seconds in take_turns(programs).items():
        gflops[name][n] = 2 * n**3 / seconds / 1e9

print("GFLOP/s of an n×n by n×n product, float64, one thread")
print(f"{'n':>18}" + "".join(f"{n:>8}" for n in gflops["NumPy"]))
for name, values in gflops.items():
    print(f"{name:>18}" + "".join(f"{value:>8.2f}" for value in values.values()))

# %% [markdown]
# Read the columns downward, then the rows from left to right. In a small product the calls and the beginnings of loops
# weigh as much as the sums, so there is less between the versions. A large $B$ no longer fits into the nearest cache,
# and that should hit the version hardest that walks down its columns. The last row is NumPy's own product. With most
# installations that is OpenBLAS, a library whose inner loops specialists wrote in the language of each processor.
#
# ## The roofline: what limits a kernel
#
# How fast could a kernel be at best? There are two ceilings. The arithmetic of the processor can do so many operations
# a second: the *peak*, $P$. And the memory delivers so many bytes a second: the *bandwidth*, $\beta$. If a kernel does
# $I$ operations for each byte that it moves between the main memory and the processor, then moving a byte takes at
# least $1/\beta$ seconds and computing with it at least $I/P$ seconds. At best the two overlap, so a byte takes
# $\max(1/\beta, I/P)$, and in that time there are $I$ operations. The speed is at most
#
# $$\frac{I}{\max(1/\beta,\; I/P)} = \min(\beta I,\; P).$$
#
# Drawn against $I$, the *intensity*, this is a slope that ends in a flat roof, hence the name
# ([Williams, Waterman and Patterson 2009](https://doi.org/10.1145/1498765.1498785)). The edge is at $I = P/\beta$: left
# of it the memory is the limit, right of it the arithmetic. By hand: a machine with $P = 40$ GFLOP/s and $\beta = 20$
# GB/s has its edge at 2 operations a byte. ReLU reads 8 bytes and writes 8 for one operation, the comparison:
# $I = \frac1{16}$, so it does at most $\frac{20}{16} = 1.25$ GFLOP/s, whatever the processor can. A product of
# $n \times n$ matrices does $2n^3$ operations; if each of its $3n^2$ numbers moves once,
# $I = 2n^3/(8 \cdot 3n^2) = n/12$, and from $n = 24$ on it is the arithmetic that limits it.

# %%
P, beta = 40, 20
print("edge:", P / beta, "operations a byte")
print("relu: at most", min(beta * 1 / 16, P), "GFLOP/s")
print("products, n: GFLOP/s at most:", {n: min(beta * n / 12, P) for n in (6, 12, 24, 48)})

# %% [markdown]
# For the machine at hand we measure both. The program is a polynomial of a chosen degree, applied to each number of an
# array: it moves 16 bytes for each and does 2 operations for each degree. From a long array, far larger than most
# caches, a polynomial of low degree is held by the memory; from a short one that stays in the nearest cache, a
# polynomial of high degree is held by arithmetic. For a limit we take each program's fastest turn, not the median: what
# else the machine does can only slow a program down.


# %%
def polynomial(degree):
    @numba.njit(**OPTIONS)
    def evaluate(x, y):
        for i in range(x.size):
            value = 0.5
            for _ in range(degree):  # a constant, so the compiler writes this loop out
                value = value * x[i] + 0.5
            y[i] = value

    return evaluate


degrees = (1, 2, 4, 8, 16)
x, y = np.full((2, 4_000_000), 0.5)
short_x, short_y = np.full((2, 1024), 0.5)

candidates = {}  # name: a call, its operations, and the bytes that it moves (0 where all stays in the caches)
for degree in degrees:
    f = polynomial(degree)
    candidates[degree] = (lambda f=f: f(x, y), 2 * degree * x.size, 16 * x.size)
    candidates["short", degree] = (lambda f=f: f(short_x, short_y), 2 * degree * short_x.size, 0)
exp_operations = 2 + 7 + 20 + 4  # two comparisons, the reduction, the series, the scaling; we meet them below
candidates["relu"] = (lambda: activations.relu(x, y), 1 * x.size, 16 * x.size)
candidates["exp"] = (lambda: activations.exp(x, y), exp_operations * x.size, 16 * x.size)
for name, version in versions.items():
    candidates[name] = (lambda f=version: f(*arrays), 2 * 256**3, 0)  # the arrays of n = 256

times = take_turns({name: call for name, (call, _, _) in candidates.items()}, of=np.min)
speed = {name: operations / times[name] / 1e9 for name, (_, operations, _) in candidates.items()}
fastest = max(speed.values())
bandwidth = max(moved / times[name] / 1e9 for name, (_, _, moved) in candidates.items())
print(f"peak: at least {fastest:.1f} GFLOP/s, the fastest that we have seen")
print(f"bandwidth: at least {bandwidth:.1f} GB/s; so the edge is at {fastest / bandwidth:.1f} operations a byte")

# %% tags=["hide-input"] mystnb={"image": {"alt": "The roofline of this machine, speed against operations for each byte moved. ReLU and short polynomials lie left of the edge, the versions of the product above one another right of it."}}
fig, ax = plt.subplots(figsize=(7, 4.8), layout="constrained")
intensity = np.geomspace(1 / 32, 64, 400)
ax.plot(intensity, np.minimum(bandwidth * intensity, fastest), color="grey", linewidth=3, alpha=0.6)
away = {"textcoords": "offset points", "color": "#444444"}
ax.annotate("memory: $\\beta I$", (0.25, bandwidth / 4), (-8, 8), ha="right", **away)
ax.annotate("arithmetic: $P$", (5, fastest), (0, -18), ha="center", **away)
intensities = [2 * degree / 16 for degree in degrees]
ax.plot(intensities, [speed[degree] for degree in degrees], "o--", color=BLUE, label="polynomial, degree 1 … 16")
for name, operations, marker, colour in (("relu", 1, "s", ORANGE), ("exp", exp_operations, "D", GREEN)):
    ax.plot(operations / 16, speed[name], marker, color=colour, markersize=8, label=name)
for name, marker in zip(versions, "v<^*x"):
    colour = "black" if name == "NumPy" else VERMILION
    ax.plot(256 / 12, speed[name], marker, color=colour, markersize=9, label=f"product {name}")
ax.set(xscale="log", yscale="log", xlabel="operations for each byte moved, $I$", ylabel="GFLOP/s")
ax.set_title("The roofline of the machine that ran this page\n(float64, one thread; products of 256 × 256)")
ax.grid(alpha=0.3)
fig.legend(fontsize=9, loc="outside lower center", ncols=3)
plt.show()

# %% [markdown]
# The roof is drawn from the fastest that we saw, so nothing lies above it. Two things are to be read here. ReLU and the
# polynomials of low degree take their time for the memory, not for arithmetic: there is no point in saving operations,
# only in passing over the array less often. And all versions of the product have the same intensity: seen
# from the main memory, they do the same. How far each hangs below the roof is what it pays inside, on the way from the
# caches to the registers. This is the distance that blocks and tiles make shorter. (That each number moves once is the
# best case. Writing may cost more than 8 bytes, too, if the memory first fetches what is about to be overwritten.)
#
# ## Threads, and the same bits
#
# A machine has several processors. Rows of $C$, or columns, do not depend on each other: so each thread computes its
# own, with the same kernel ([threads.py](../tinynet/kernels/threads.py)). No sum is split between two threads, so the
# sums are the same in the same order, and $C$ has the same bits whatever the number of threads. It would be otherwise
# if each thread had taken a part of $p$: then the sum is bracketed in another way, and floating-point addition minds
# brackets.

# %%
print(f"(0.1 + 0.2) + 0.3 = {(0.1 + 0.2) + 0.3!r},  0.1 + (0.2 + 0.3) = {0.1 + (0.2 + 0.3)!r}")

A, B = rng.normal(size=(2, 300, 300))
results = {}
for number in (1, 2, 3, 7):
    tn.set_num_threads(number)
    results[number] = tn.kernels.matmul(A, B)
    print(f"threads: {number}, the same bits as with 1: {np.array_equal(results[number], results[1])}")
    assert np.array_equal(results[number], results[1])

tn.set_num_threads(1)
in_halves = tn.kernels.matmul(A[:, :150], B[:150]) + tn.kernels.matmul(A[:, 150:], B[150:])
print(f"p in two halves: {np.sum(in_halves != results[1])} of {in_halves.size} entries differ, in their last digits")
assert np.any(in_halves != results[1]) and np.allclose(in_halves, results[1], rtol=0, atol=1e-12)
tn.set_num_threads(threads)  # as it was

# %% [markdown]
# ## The exponential, from additions, multiplications and bits
#
# Sigmoid, tanh, softmax and the cross-entropies need $e^x$. A compiled loop can call the exponential of the C library,
# but that computes one number a call. Written out, it becomes part of the loop, and neighbours are computed side by
# side. It takes three steps.
#
# **Reduction.** The series of $e^x$ converges fast for small $x$ only. But every $x$ is
# ([the line](#src-exp-reduction))
#
# $$x = k \ln 2 + r, \qquad r = x - k \ln 2,$$
#
# where $k$ is $x / \ln 2$ rounded to a whole number, so that $|r| \le \frac12 \ln 2 \approx 0.35$. Then
#
# $$e^x = e^{k \ln 2}\, e^r = 2^k e^r.$$
#
# **Series.** $e^r - 1 = r + \frac{r^2}{2!} + \frac{r^3}{3!} + \dots$ One $r$ can be taken out, and then one after the
# other; this way to write a polynomial is Horner's, and needs one multiplication with addition for each term
# ([the line](#src-exp-series)):
#
# $$\frac{e^r - 1}{r} = 1 + r \Big(\frac1{2!} + r \Big(\frac1{3!} + r \Big(\frac1{4!} + \dots\Big)\Big)\Big)$$
#
# **Scaling.** A float64 has 64 bits. The first is the sign; the next eleven hold a whole number $E$, and the last 52
# the digits after the point of $1.\ldots$; for all but the tiniest numbers they mean together
# $\pm 2^{E - 1023} \cdot 1.\ldots$ So $2^k$ needs no multiplication: write $k + 1023$ where $E$ belongs, 52 places to
# the left ([the line](#src-two-to-k)).
#
# With the pencil, $e^{10}$:

# %%
x = 10.0
k = round(x / math.log(2))
r = x - k * math.log(2)
print(f"x / ln 2 = {x / math.log(2):.6f}, so k = {k} and r = {r:.9f}")
terms = [r**n / math.factorial(n) for n in range(8)]
for n in range(8):
    print(f"  r^{n}/{n}! = {terms[n]:.9f}, sum so far {sum(terms[: n + 1]):.9f}")
print(f"2^k = {2**k}, 2^k e^r = {2**k * sum(terms):.6f}, e^10 = {math.exp(10):.6f}")
assert abs(2**k * sum(terms) / math.exp(10) - 1) < 1e-8

# %% [markdown]
# How many terms until the next is below the rounding of float64, $2^{-53}$ of the result, even at the ends, where $|r|$
# is $\frac12 \ln 2$? And what do powers of two look like in bits?

# %%
half = math.log(2) / 2
needed = next(n for n in range(1, 30) if half ** (n + 1) / math.factorial(n + 1) < 2**-53)
print(f"terms needed in float64: r to r^{needed}/{needed}!")
assert needed == 13

for value in (1.0, 2.0, 0.5, 6.0, 16384.0):
    bits = f"{np.float64(value).view(np.uint64):064b}"
    print(f"{value:>8}: {bits[0]} {bits[1:12]} {bits[12:28]}…  E − 1023 = {int(bits[1:12], 2) - 1023}")

# %% [markdown]
# All three in NumPy. `ln2` is given as one number or as several parts that are subtracted in turn; why, we shall see.


# %%
def series(r):
    """(e^r − 1)/r."""
    total = 1 / math.factorial(13)
    for n in range(12, 0, -1):
        total = 1 / math.factorial(n) + r * total
    return total


def two_to(k):
    """2^k for whole numbers -1022 ... 1023."""
    return ((k + 1023) << 52).view(np.float64)


def reduce(x, ln2):
    """k and r, where x = k ln 2 + r."""
    k = np.rint(x / math.log(2))
    r = x
    for part in ln2:
        r = r - k * part
    return k.astype(np.int64), r


ONE_PART = (math.log(2),)


def exp(x, ln2=ONE_PART):
    k, r = reduce(x, ln2)
    return two_to(k) * (1 + r * series(r))


x = np.array([0.0, 1.0, -1.0, 10.0, 700.0])
print(exp(x))
print(np.exp(x))
assert np.allclose(exp(x), np.exp(x), rtol=1e-12, atol=0)

# %% [markdown]
# ### How many digits are right?
#
# The float64 numbers near a value have a fixed distance from each other, the *unit in the last place*, **ulp**:
# $2^{-52}$ for values between 1 and 2, twice as much between 2 and 4, and so on. An error is best told in ulp of the
# exact result. No float can be nearer than the nearest, so the best that any program can promise is half an ulp. For
# the exact result we need more digits than float64 has: Python's `decimal` computes with as many as we like, here 40.

# %%
decimal.getcontext().prec = 40


def errors_in_ulp(got, exact):
    """For floats `got` and exact Decimals: how many units in the last place each is off."""
    return np.array([float(abs(Decimal(float(g)) - e) / Decimal(math.ulp(float(e)))) for g, e in zip(got, exact)])


x = np.sort(rng.uniform(-700, 700, size=1000))
exact = [Decimal(float(value)).exp() for value in x]
naive = errors_in_ulp(exp(x), exact)
worst = naive.argmax()
print(f"ln 2 in one part: up to {naive.max():.0f} ulp, at x = {x[worst]:.2f}")
print(f"where |x| < 1: up to {naive[abs(x) < 1].max():.1f} ulp")
near_1, near_700 = math.log2(math.ulp(1.0)), math.log2(math.ulp(700.0))
print(f"floats near 1 are 2^{near_1:.0f} apart, near 700 they are 2^{near_700:.0f} apart")
assert naive.max() > 100 and math.ulp(700.0) == 2**-43

# %% [markdown]
# The error grows with $|x|$. The fault is in the reduction. $k \ln 2$ is about 700 at the ends, where floats are
# $2^{-43}$ apart: the rounded product is off by up to half of that, and by $k$ times the rounding of $\ln 2$ itself.
# Both go into $r$, and an error of $2^{-44}$ in $r$ is one of $2^{-44}$ relative to $e^r$. One ulp is between $2^{-53}$
# and $2^{-52}$ of a value, so that is up to 512 ulp.
#
# Cody and Waite's remedy (1980): split $\ln 2$ into two parts. The first has so few digits that $k$ times it is exact.
# Then $x$ minus that is exact as well, for two numbers within a factor of two of each other are subtracted without
# rounding (Sterbenz's lemma). What is left is small, and so is its rounding.

# %%
LN2_HIGH, LN2_LOW = exponential.LN2_HIGH, exponential.LN2_LOW
digits = Fraction(LN2_HIGH).numerator.bit_length()
print(f"LN2_HIGH = {LN2_HIGH}: {digits} binary digits; times k, which has at most 11: at most {digits + 11} of 53")
assert digits + 11 <= 53

k, _ = reduce(x, (LN2_HIGH,))
for value, whole in zip(x, k):
    rest = Fraction(value) - int(whole) * Fraction(LN2_HIGH)  # fractions know no rounding
    assert Fraction(value - whole * LN2_HIGH) == rest

in_two_parts = errors_in_ulp(exp(x, (LN2_HIGH, LN2_LOW)), exact)
by_tinynet = np.empty_like(x)
activations.exp(x, by_tinynet)
ours = errors_in_ulp(by_tinynet, exact)
print(f"worst of {x.size} numbers: one part {naive.max():.1f} ulp, two parts {in_two_parts.max():.2f} ulp")
print(f"tinynet {ours.max():.2f} ulp, NumPy {errors_in_ulp(np.exp(x), exact).max():.2f} ulp")
assert in_two_parts.max() < 2 and ours.max() < 1.1

# %% tags=["hide-input"] mystnb={"image": {"alt": "Left: error of e^x in ulp against x; with ln 2 in one part it grows with |x| to hundreds, in two parts it stays below two. Right: truncation error of three polynomials for e^r; Taylor's with 11 terms is worst at the ends, Chebyshev's with 11 terms is even."}}
coefficients = [1.0] + [getattr(exponential, f"C{n}") for n in range(2, 12)]
polynomials = {
    "Taylor, 11 terms": ([1 / Decimal(math.factorial(n)) for n in range(1, 12)], VERMILION, ":"),
    "Taylor, 13 terms": ([1 / Decimal(math.factorial(n)) for n in range(1, 14)], ORANGE, "--"),
    "Chebyshev, 11 terms": ([Decimal(c) for c in coefficients], BLUE, "-"),
}
fig, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.7), layout="constrained")
left.plot(x, naive, ".", color=VERMILION, markersize=4, label="ln 2 in one part")
left.plot(x, in_two_parts, "x", color=BLUE, markersize=3, markeredgewidth=0.7, label="in two parts")
left.set(title="Error of $e^x$", xlabel="x", ylabel="units in the last place", yscale="log", ylim=(1e-4, 1e3))
left.legend(fontsize=9, loc="lower center")
grid = np.linspace(-half, half, 161)
for name, (series_of, colour, line) in polynomials.items():
    errors = []
    for r in map(Decimal, grid):
        approximation = 1 + sum(c * r ** (n + 1) for n, c in enumerate(series_of))
        errors.append(float(abs(approximation / r.exp() - 1)))
    right.plot(grid, errors, color=colour, linestyle=line, label=name)
right.axhline(2**-53, color="grey", linewidth=1)
right.annotate("rounding", (0, 2**-53), (0, 3), textcoords="offset points", ha="center", color="#444444")
right.set(title="Error of the polynomial", xlabel="r", ylabel="relative", yscale="log", ylim=(1e-31, 1e-13))
right.legend(fontsize=9, loc="lower center")
plt.show()

# %% [markdown]
# The right panel shows where tinynet differs from our series. Taylor's polynomial is needlessly exact near 0 and worst
# at the ends. A polynomial that *goes through* the function at points chosen by Chebyshev, denser towards the ends,
# spreads its error evenly over the interval: 11 terms do what the series needs 13 for. Its coefficients are nearly
# $1/n!$. NumPy can find such a polynomial; in float64 it gets the first coefficients right, and for the last ones
# tinynet's tests use 60 digits.


# %%
def quotient(r):
    """(e^r − 1)/r, and 1 at 0."""
    return np.where(r == 0, 1, np.expm1(r) / np.where(r == 0, 1, r))


through_points = np.polynomial.Chebyshev.interpolate(quotient, deg=10, domain=[-half, half])  # 11 points
found = through_points.convert(kind=np.polynomial.Polynomial).coef
for n in (2, 4, 6, 8):
    print(f"n = {n}: 1/n! = {1 / math.factorial(n):.9e}, found {found[n - 1]:.5e}, tinynet {coefficients[n - 1]:.9e}")
assert np.allclose(found[:8], coefficients[:8], rtol=0.01, atol=0)

# %% [markdown]
# Three details of [exponential.py](../tinynet/kernels/exponential.py) are worth knowing. It rounds by adding
# $1.5 \cdot 2^{52}$ and subtracting it again: between $2^{52}$ and $2^{53}$ floats are 1 apart, so nothing is left
# after the point. It moves an $x$ beyond 710 or below −746 to these ends, where the result is ∞ or 0 in any case. And
# it multiplies by $2^k$ [in two factors](#src-exp): $e^{709.7}$ is a float64, while the $2^{1024}$ in it is not.

# %%
rounder = 1.5 * 2.0**52
print("10/ln 2 =", 10 / math.log(2), "rounded:", (10 / math.log(2) + rounder) - rounder)
x = np.array([709.7])
k, r = reduce(x, (LN2_HIGH, LN2_LOW))
result = ((1 + r * series(r)) * two_to(k // 2)) * two_to(k - k // 2)
exact = Decimal(float(x[0])).exp()
print(f"k = {k[0]}; in two factors {result[0]:.15e}, exact {exact:.15e}")
assert k[0] == 1024 and errors_in_ulp(result, [exact])[0] < 2

# %% [markdown]
# ## Near zero: expm1 and log1p
#
# What is $e^x - 1$ for $x = 10^{-10}$? About $10^{-10}$. But $e^x = 1.0000000001\ldots$ spends ten of its sixteen
# digits on the 1 and the zeros; the subtraction takes them away, and some six right digits remain. This is
# *cancellation*: the subtraction itself is exact, it uncovers what the rounding before it had lost. The remedy is not
# to add the 1 in the first place. Our series computes $e^r - 1$ before it adds anything, so ([the line](#src-expm1))
#
# $$e^x - 1 = 2^k e^r - 1 = 2^k (e^r - 1) + (2^k - 1).$$
#
# Near 0 is $k = 0$, and the second part is exactly 0. This is called `expm1`. tinynet uses it for $x \le 0$ only.
#
# Its opposite, $\ln(1 + e)$ for a small $e$, is called `log1p`. The sum $1 + e$ alone loses all digits of $e$ that are
# below $2^{-53}$. Choose $s$ such that $1 + e = \dfrac{1 + s}{1 - s}$, that is, $s = \dfrac{e}{2 + e}$. Then
# $\ln(1 + e) = \ln(1 + s) - \ln(1 - s)$, and of the two series
#
# $$\ln(1 + s) = s - \frac{s^2}2 + \frac{s^3}3 - \dots, \qquad -\ln(1 - s) = s + \frac{s^2}2 + \frac{s^3}3 + \dots$$
#
# the even powers cancel and the odd ones double ([the line](#src-log1p)):
#
# $$\ln(1 + e) = 2 \Big(s + \frac{s^3}3 + \frac{s^5}5 + \dots\Big)$$
#
# There is no 1 in it to lose digits to. With the pencil, for $e = 1$: $s = \frac13$, and the sum must become $\ln 2$.
# For $0 \le e \le 1$ this is the largest $s$, so the sum converges fast: each term is less than a ninth of the one
# before.

# %%
e, total = 1.0, 0.0
s = e / (2 + e)
for n in range(1, 12, 2):
    total += s**n / n
    print(f"  up to s^{n}/{n}: {2 * total:.9f}")
print(f"{'ln 2:':>13} {math.log(2):.9f}")
assert abs(2 * total - math.log(2)) < 1e-6

# %% [markdown]
# tinynet's `expm1` and `log1p` are functions of one number. A kernel that calls them takes them in, and its loop stays
# free of calls. We write one for each, and compare with the plain formulas.

# %%
expm1, log1p = exponential.expm1, exponential.log1p


@kernel
def expm1_of_each(x, result):
    for i in range(x.size):
        result[i] = expm1(x[i])


@kernel
def log1p_of_each(e, result):
    for i in range(e.size):
        result[i] = log1p(e[i])


small = np.geomspace(1e-17, 1, 341)
exact_expm1 = [Decimal(float(-v)).exp() - 1 for v in small]
exact_log1p = [(1 + Decimal(float(v))).ln() for v in small]
by_expm1, by_log1p = np.empty((2, small.size))
expm1_of_each(-small, by_expm1)
log1p_of_each(small, by_log1p)
errors = {"exp(x) − 1": (np.exp(-small) - 1, by_expm1, exact_expm1)}
errors["ln(1 + e)"] = (np.log(1 + small), by_log1p, exact_log1p)
near = int(np.argmin(abs(small - 1e-10)))
for name, (plain, careful, exact) in errors.items():
    print(f"{name} at {small[near]:.3e} in size")
    print(f"    as written {plain[near]:.12e}\n    careful    {careful[near]:.12e}\n    exact      {exact[near]:.12e}")
    worst = errors_in_ulp(careful, exact).max()
    print(f"    careful, worst of {small.size} numbers: {worst:.2f} ulp")
    assert worst < 2

# %% tags=["hide-input"] mystnb={"image": {"alt": "Relative error against the size of the argument, for e^x − 1 and ln(1+e): the plain formulas lose a digit for each power of ten until nothing is left, the careful ones stay at the rounding."}}
fig, axes = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True, layout="constrained")
for ax, (name, (plain, careful, exact)), argument in zip(axes, errors.items(), ("$|x|$, for $x < 0$", "$e$")):
    for values, colour, marker, label in ((plain, VERMILION, ".", "as written"), (careful, BLUE, "x", "careful")):
        relative = [float(abs(Decimal(float(v)) / e - 1)) for v, e in zip(values, exact)]
        ax.plot(small, np.maximum(relative, 1e-18), marker, color=colour, markersize=4, label=label)
    ax.set(title=name, xscale="log", yscale="log", xlabel=argument)
    ax.legend(fontsize=9)
axes[0].set_ylabel("relative error")
plt.show()

# %% [markdown]
# ## Sigmoid and tanh, from −1000 to 1000
#
# $\sigma(z) = 1/(1 + e^{-z})$ is right, and cannot be computed at $z = -1000$: $e^{1000}$ is beyond float64.
# Multiplying above and below by $e^z$ gives a second form, which in turn fails at $z = +1000$
# ([the line](#src-sigmoid-two-forms)):
#
# $$\sigma(z) = \frac1{1 + e^{-z}} = \frac{e^z}{1 + e^z}$$
#
# Each is good where the power in it is at most 1, the first for $z \ge 0$, the second for $z < 0$; with $e = e^{-|z|}$
# both have the same denominator $1 + e$, and only the numerator must be chosen. That is how [the kernel](#src-sigmoid)
# computes it.

# %%
z = np.array([-1000.0, -40.0, 0.0, 40.0, 1000.0])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    first = 1 / (1 + np.exp(-z))
    second = np.exp(z) / (1 + np.exp(z))
e = np.exp(-np.abs(z))
both = np.where(z < 0, e, 1) / (1 + e)
print("first form: ", first, "\nsecond form:", second, "\nboth:       ", both)
print("warnings:", sorted({str(warning.message) for warning in caught}))
assert np.isnan(second[-1]) and not np.isnan(both).any()
assert np.allclose(tn.sigmoid(z).data, both, rtol=1e-14, atol=0)

# %% [markdown]
# The first form was lucky: $1/\infty = 0$ is the right answer, with a warning. The second came to $\infty/\infty$,
# which is NaN, *not a number*.
#
# tanh is a sigmoid in another dress. $\tanh z = \dfrac{e^z - e^{-z}}{e^z + e^{-z}}$; divided above and below by $e^z$
# it is $\dfrac{1 - e^{-2z}}{1 + e^{-2z}} = \dfrac{2 - (1 + e^{-2z})}{1 + e^{-2z}}$, so
# ([the line](#src-tanh-by-sigmoid))
#
# $$\tanh z = 2\,\sigma(2z) - 1.$$
#
# It never overflows, and it is what `tn.introspect` recomputes tanh by. But near 0 it subtracts 1 from almost 1. The
# kernel must have all digits there, so [it takes](#src-tanh) `expm1`: with $t = e^{-2|z|} - 1$,
# $\tanh |z| = -t/(t + 2)$.
#
# We can see what both save from the formula as it stands, which people
# [do write](https://github.com/karpathy/micrograd/pull/29), $\dfrac{e^{2z} - 1}{e^{2z} + 1}$:

# %%
z = np.array([1e-12, 0.5, 1000.0])
with np.errstate(all="ignore"):
    as_it_stands = (np.exp(2 * z) - 1) / (np.exp(2 * z) + 1)
by_sigmoid = 2 * tn.sigmoid(2 * z).data - 1
print(f"{'z':>9} {'as it stands':>22} {'by the sigmoid':>22} {'tinynet':>22}")
for row in zip(z, as_it_stands, by_sigmoid, tn.tanh(z).data):
    print("{:9.0e} {:22.16g} {:22.16g} {:22.16g}".format(*row))
assert np.isnan(as_it_stands[-1]) and by_sigmoid[-1] == 1
assert abs(by_sigmoid[0] / 1e-12 - 1) > 1e-6  # tanh z = z − z³/3 + …, which is z here
assert np.allclose(tn.tanh(z).data, [1e-12, math.tanh(0.5), 1], rtol=1e-14, atol=0)

# %% [markdown]
# ## What a subtraction lost, and how to put it back
#
# Softmax computes $e^{z_i - m}$, where $m$ is the row's maximum (chapter 3). The difference $z - m$ is rounded. At
# $z - m \approx -700$ floats are $2^{-43}$ apart, so up to $2^{-44}$ is lost, and in the exponential that is again
# hundreds of ulp.
#
# What a subtraction loses can be computed exactly, in the same arithmetic. This is Knuth's *two-sum*
# ([the line](#src-two-sum)). Let ⊖ and ⊕ be subtraction and addition as the machine does them, with rounding, and
# $d = z \ominus m$. Then $d \ominus z$ is as much of $-m$ as has arrived in $d$; $d$ minus that is as much of $z$ as
# has arrived; what is missing of the two is what was lost:
#
# $$m^- = d \ominus z, \qquad \ell = \big(z \ominus (d \ominus m^-)\big) \ominus (m \oplus m^-), \qquad z - m = d + \ell
# \text{ exactly.}$$
#
# With the pencil, on a machine of three decimal digits, for $z = 1.23$ and $m = 45.6$: the exact difference is
# $-44.37$.

# %%
with decimal.localcontext(prec=3):
    z, m = Decimal("1.23"), Decimal("45.6")
    d = z - m
    minus_m = d - z
    lost = (z - (d - minus_m)) - (m + minus_m)
print(f"d = {d}, d − z = {minus_m}, d − (d − z) = {d - minus_m}, lost = {lost}, d + lost = {d + lost}")
assert d + lost == z - m == Decimal("-44.37")

# %% [markdown]
# That it is exact for all floats is Knuth's theorem (*The Art of Computer Programming*, volume 2, section 4.2.2). We
# test it with fractions, which do not round. The lost part then goes into the exponential. $e^{d + \ell} = e^d e^\ell$,
# and $e^\ell = 1 + \ell + \frac{\ell^2}2 + \dots$, where $\ell$ is so tiny that $\ell^2$ is far below the rounding
# ([the line](#src-exp-of-difference)):
#
# $$e^{z - m} = e^{d + \ell} = e^d\,(1 + \ell)$$


# %%
@kernel
def exp_of_each_difference(z, m, e):
    for i in range(z.size):
        e[i] = exp_of_difference(z[i], m[i])


z, m = rng.uniform(-300, 0, size=1000), rng.uniform(0, 400, size=1000)
d = z - m
minus_m = d - z
lost = (z - (d - minus_m)) - (m + minus_m)
assert all(Fraction(a) - Fraction(b) == Fraction(c) + Fraction(e) for a, b, c, e in zip(z, m, d, lost))

exact = [(Decimal(float(a)) - Decimal(float(b))).exp() for a, b in zip(z, m)]
with_lost = np.empty_like(z)
exp_of_each_difference(z, m, with_lost)
plain_errors, errors_with_lost = errors_in_ulp(np.exp(z - m), exact), errors_in_ulp(with_lost, exact)
print(
    f"worst of {z.size}: exp(z − m) {plain_errors.max():.0f} ulp, with what was lost {errors_with_lost.max():.2f} ulp"
)
assert plain_errors.max() > 100 and errors_with_lost.max() < 2

# %% [markdown]
# ## The normal distribution function
#
# GELU (chapter 1) is $z\,\Phi(z)$, where $\Phi(z)$ is the probability that a normally distributed number is smaller
# than $z$,
#
# $$\Phi(z) = \int_{-\infty}^z \varphi(x)\,dx, \qquad \varphi(x) = \frac{e^{-x^2/2}}{\sqrt{2\pi}}.$$
#
# No finite formula of the usual functions gives this integral, so something must be approximated by a polynomial. Four
# steps prepare it ([normal.py](../tinynet/kernels/normal.py)).
#
# **Half of it.** $\varphi$ is the same on both sides of 0, so $\Phi(z) + \Phi(-z) = 1$. With $u = |z|$ only $\Phi(-u)$
# has to be found. (The other way round would cost digits: $1 - \Phi(u)$ cancels for large $u$.)
#
# **Take out what falls.** $\Phi(-u)$ falls over 300 powers of ten. Integrating by parts shows how: as
# $\varphi'(x) = -x \varphi(x)$,
#
# $$\Phi(-u) = \int_u^\infty \varphi(x)\,dx = \int_u^\infty \frac1x \cdot x \varphi(x)\,dx
#   = \frac{\varphi(u)}u - \int_u^\infty \frac{\varphi(x)}{x^2}\,dx < \frac{\varphi(u)}u,$$
#
# and the last integral is less than $\Phi(-u)/u^2$, so for large $u$ it is small beside the left side. Hence
# $M(u) = e^{u^2/2}\,\Phi(-u)$ falls gently, from $M(0) = \frac12$ to nearly $1/(u\sqrt{2\pi})$ far out.
# ($M \sqrt{2\pi}$ is called Mills' ratio.) Times $u + \frac54$, it is nearly flat.
#
# **A short range.** $t = (u - 4)/(u + 4)$ takes $u = 0, 4, \infty$ to $t = -1, 0, 1$. There a polynomial $g$ through 22
# of Chebyshev's points does it ([the line](#src-mills-ratio)):
#
# $$M(u) = \frac{g(t)}{u + \frac54}$$
#
# **An exact square.** $\Phi(-u) = e^{-u^2/2} M(u)$ still needs the bell $e^{-u^2/2}$, and the rounding of $u^2$, at
# $u = 37$, is again hundreds of ulp. Split $u$ as we split $\ln 2$: $h$ is $u$ rounded to 20 binary digits after the
# point, so that $h^2$ is exact. As $u^2 = h^2 + (u - h)(u + h)$ ([the line](#src-bell)),
#
# $$e^{-u^2/2} = e^{-h^2/2}\; e^{-(u-h)(u+h)/2}.$$
#
# The second exponent is tiny and joins $r$ after the reduction of the first. And then ([the line](#src-normal))
#
# $$\Phi(-u) = e^{-u^2/2}\,M(u), \qquad \Phi(u) = 1 - \Phi(-u).$$


# %%
@kernel
def parts_of_each(z, bell, M):
    for i in range(z.size):
        _, bell[i], M[i] = parts(z[i])


@kernel
def Phi_of_each(z, result):
    for i in range(z.size):
        result[i] = Phi(z[i])


# By hand: at u = 0 is t = -1, so g(-1) is the coefficients added with alternating signs, and M(0) must be 1/2.
g_at_0 = sum(coefficient * (-1) ** n for n, coefficient in enumerate(G))
print(f"{len(G)} coefficients; g(-1) = {g_at_0:.16f}, M(0) = g(-1) / 1.25 = {g_at_0 / 1.25:.16f}")
assert abs(g_at_0 / 1.25 - 0.5) < 1e-15

u = np.linspace(0, 37, 400)
bell, M, tail = np.empty((3, u.size))
parts_of_each(u, bell, M)
Phi_of_each(-u, tail)
exact_bell = [(-(Decimal(float(v)) ** 2) / 2).exp() for v in u]
rounded_square, exact_square = errors_in_ulp(np.exp(-u * u / 2), exact_bell), errors_in_ulp(bell, exact_bell)
print(f"bell, u² rounded: up to {rounded_square.max():.0f} ulp; exact square: {exact_square.max():.2f} ulp")
print(f"Φ(-37) = {tail[-1]:.3g}, M(37) = {M[-1]:.3g}, 1/(37 √2π) = {1 / (37 * math.sqrt(2 * math.pi)):.3g}")
print(f"(u + 5/4) M(u) lies between {np.min((u + 1.25) * M):.3f} and {np.max((u + 1.25) * M):.3f}")
assert rounded_square.max() > 100 and exact_square.max() < 2

# %% tags=["hide-input"] mystnb={"image": {"alt": "Left: Φ(−u) falls from 0.5 to 1e-300 while M(u) falls gently; right: M(u) and (u + 5/4) M(u) on a plain scale, the latter nearly flat."}}
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
left.semilogy(u, tail, color=VERMILION, linestyle="--", label="$\\Phi(-u)$")
left.semilogy(u, M, color=BLUE, label="$M(u) = e^{u^2/2}\\,\\Phi(-u)$")
left.set(title="The tail, and what is left of it", xlabel="u", ylabel="value (powers of ten)")
left.set_yticks([1, 1e-100, 1e-200, 1e-300])
left.legend(fontsize=9, loc="lower left")
t = (u - 4) / (u + 4)
right.plot(t, M, color=BLUE, label="$M(u)$")
right.plot(t, (u + 1.25) * M, color=GREEN, linestyle="-.", label="$g = (u + \\frac{5}{4})\\,M(u)$")
right.set(title="What the polynomial must follow", xlabel="$t = (u - 4)/(u + 4)$", ylabel="value", ylim=(0, 0.8))
right.legend(fontsize=9, loc="upper right")
plt.show()

# %% [markdown]
# Three checks. Known values: 97.5 % of a normal distribution lie below 1.959963985, which every table has. Another
# program: Python's own `erfc`, since $\Phi(-u) = \frac12 \operatorname{erfc}(u/\sqrt2)$. And central differences
# (chapter 5): the derivative of $\Phi$ must be $\varphi$.

# %%
z = np.array([-10.0, -1.0, 0.0, 1.0, 1.959963984540054])
got, above, below = np.empty((3, z.size))
Phi_of_each(z, got)
for value, result in zip(z, got):
    print(f"Φ({value:.9f}) = {result:.16g}")
assert abs(got[-1] - 0.975) < 1e-15 and got[2] == 0.5
assert np.allclose(got, [0.5 * math.erfc(-v / math.sqrt(2)) for v in z], rtol=1e-13, atol=0)
assert np.allclose(tn.gelu(z).data, z * got, rtol=1e-13, atol=0)

step = 1e-5
Phi_of_each(z + step, above)
Phi_of_each(z - step, below)
slope, phi = (above - below) / (2 * step), np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
print("slope:", slope, "\nφ(z): ", phi)
assert np.allclose(slope, phi, rtol=1e-6, atol=0)

# %% [markdown]
# ## Stepping through a kernel
#
# A debugger cannot step through machine code and show Python's variables. But a kernel is a Python function, and if the
# environment has `NUMBA_DISABLE_JIT=1` before Python starts, it stays one. Then a `breakpoint()` in a kernel stops
# there, `print` prints, and an index beyond the end of an array is an error, where compiled code would read whatever
# lies there. It takes the time of Python, so choose a small example. Here is a second Python, started in that way:

# %%
program = """
from tinynet.kernels.exponential import _reduce, exp
from tinynet.kernels.matmul import product_by_rows
print("product_by_rows is a", type(product_by_rows).__name__)
print("k, r of 10:", _reduce(10.0), " exp:", exp(10.0))
"""
plain = os.environ | {"NUMBA_DISABLE_JIT": "1"}
print(subprocess.run([sys.executable, "-c", program], env=plain, capture_output=True, text=True, check=True).stdout)
print("here product_by_rows is a", type(product_by_rows).__name__)

# %% [markdown]
# ## What goes wrong
#
# ### The test for NaN that is always False
#
# `fastmath=True` makes some loops faster, since it lets the compiler calculate as on paper: change brackets, and assume
# that there is no NaN and no ∞. Then no number can be NaN, and a test for it becomes the constant False. People
# [find this out](https://github.com/numba/numba/issues/2919) when their check for broken numbers finds none. The
# compiler *may* assume it and need not, so what the first line prints may change with its version.


# %%
def count_nan(x):
    count = 0
    for i in range(x.size):
        if np.isnan(x[i]):
            count += 1
    return count


broken = np.array([1.0, np.nan, 3.0])
print("NaN found with fastmath=True:    ", numba.njit(fastmath=True)(count_nan)(broken))
print("NaN found with tinynet's options:", numba.njit(**OPTIONS)(count_nan)(broken))
assert numba.njit(**OPTIONS)(count_nan)(broken) == 1

# %% [markdown]
# The repair is to grant single liberties instead of all: tinynet grants the contraction of $ab + c$, and no other. A
# NaN that goes in comes out, and every result can be trusted to have been computed in the order of the source.
#
# ### float32 that became float64
#
# NumPy computes `x * 0.1` in float32, if `x` is such an array. Numba does not: a plain `0.1` in the source is a
# float64, and so is float32 times an integer; and float32 with float64 gives float64. The result is right, even a
# little more exact. But a vector holds half as many float64, conversions come on top, and the sum is no longer the one
# that float32 arithmetic gives. Nothing says so, except the types that Numba inferred:


# %%
def drifting_zero(x):
    return x[0] * 0


def typed_zero(x):
    return x.dtype.type(0)


@kernel
def drifting(x, y):
    for i in range(x.size):
        y[i] = 0.1 * x[i] + 0.3


@kernel
def typed(x, y):
    tenth, three_tenths = x.dtype.type(0.1), x.dtype.type(0.3)
    for i in range(x.size):
        y[i] = tenth * x[i] + three_tenths


x = rng.uniform(size=4096).astype(np.float32)
for function in (drifting_zero, typed_zero):
    compiled = numba.njit(function)
    compiled(x)
    print(f"{function.__name__:>13} of float32 gives {compiled.nopython_signatures[0].return_type}")
print("in NumPy, x[0] * 0 gives", (x[0] * 0).dtype)
assert str(compiled.nopython_signatures[0].return_type) == "float32"

y_drifting, y_typed = np.empty((2, x.size), np.float32)
times = take_turns({"drifting": lambda: drifting(x, y_drifting), "typed": lambda: typed(x, y_typed)})
print({name: f"{seconds / x.size * 1e9:.2f} ns a number" for name, seconds in times.items()})
print(f"{np.sum(y_drifting != y_typed)} of {x.size} results differ in the last digit")
assert np.allclose(y_drifting, y_typed, rtol=1e-6)

# %% [markdown]
# The repair is to give every constant the type of the array, `x.dtype.type(0.1)`. You find it in most of tinynet's
# kernels.
#
# ## Summary
#
# | to compute | not as | but as |
# |---|---|---|
# | $C = AB$ | sum after sum | [tiles](#src-tile): what is fetched is used often |
# | $e^x$ | a long series | [$2^k$](#src-two-to-k) [$e^r$](#src-exp-series), [$r$](#src-exp-reduction) by $\ln 2$ in two parts |
# | $e^x - 1$ | it stands | [$2^k (e^r - 1) + (2^k - 1)$](#src-expm1) |
# | $\ln(1 + e)$ | it stands | [$2(s + s^3/3 + \dots)$](#src-log1p), $s = e/(2 + e)$ |
# | $\sigma(z)$ | one form | [that whose power is at most 1](#src-sigmoid-two-forms) |
# | $e^{z - m}$ | it stands | [$e^d (1 + \ell)$](#src-exp-of-difference), $\ell$ by [two-sum](#src-two-sum) |
# | $\Phi(-u)$ | $1 - \Phi(u)$ | [$e^{-u^2/2}$](#src-bell) [$M(u)$](#src-mills-ratio) |
#
# - Compiling takes away the price of deciding. The order of the loops settles the price of fetching.
# - A kernel does at most $\min(\beta I, P)$ operations a second; first find out on which side of the edge it is.
# - An error in an exponent is a relative error of the exponential.
# - Grant a compiler single liberties. Give every constant its type.
#
# ## Exercises
#
# Fill in the functions of `tutorials/exercises/ch08.py`, then run `pytest tutorials/exercises -k ch08`: each mark says
# what is still wrong.
#
# 1. `roofline(peak, bandwidth, operations, bytes_moved)`: the shortest time that a kernel can take, and which of the
#    two limits it.
# 2. `log_sigmoid(z)`: $\ln \sigma(z)$ for every $z$ from −1000 to 1000, with all digits where it is almost 0.
# 3. `exp(x)`: the exponential of an array, to 2 ulp between −700 and 700, without calling an exponential.
# 4. `product_by_tiles(A, B, rows, columns)`: the product in tiles of any size, also where they do not divide the
#    matrices evenly.
# 5. `compensated_sum(x)`: the sum of many numbers as if it had been computed with twice the digits, by two-sum.
# 6. With a pencil: $e^{-3}$ to four digits, by $k$, $r$ and the terms up to $r^4/4!$ (take $\ln 2 = 0.69315$).
# 7. With a pencil: a processor has 32 registers of 8 float64 each. A tile keeps all its sums in registers, and needs
#    others for the $S$ numbers of a row of $B$ and one for the number of $A$ that is spread over it. Which of the tiles
#    4 × 32, 8 × 16, 8 × 24 and 8 × 32 fit, and which of those does most multiplications for each number loaded?
#
# (The pencil's answers are in `tutorials/exercises/solutions/ch08.py`.)
#
# The next chapter, [training on real digits](09_digits.py), puts these kernels to work.
