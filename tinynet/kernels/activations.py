r"""
# Activations

An activation $f$ turns the weighted sum $z$ of a neuron into its output $a = f(z)$. On the way back it turns
$\partial L/\partial a$ into $\delta = \partial L/\partial z$, by the chain rule:

$$\delta = \frac{\partial L}{\partial a} \odot f'(z)$$

So every activation is two kernels, side by side: `f(z, a)` writes $a$, and `f_backward(z, a, da, delta)`
writes $\delta$, given `da` $= \partial L/\partial a$. Parameters of $f$ stand before the result. The arrays of
one call have the same shape, whichever it is. With ones for `da`, $\delta$ is $f'(z)$ itself.

Where $f$ has a kink, $f'$ is the slope on its left: so $\mathrm{relu}'(0) = 0$. Comparisons are written so
that NaN, which is neither $\le 0$ nor $> 0$, falls through to a branch that keeps it.

The activations call $e^x$ only where $x \le 0$, so it cannot overflow. Only `exp`, the plain exponential, gives
$\infty$ where its result is too large.

**What limits them.** Each reads 8 bytes an element and writes 8 (half in float32; backward reads twice as much). ReLU
has nothing to compute, so moving is its limit; the others need 30 to 70 instructions for 8 elements, and these are
theirs. Measured, in ns an element in float64 and float32: ReLU 0.16 and 0.09 (from memory 0.5 and 0.25), tanh 0.88
and 0.33, sigmoid 0.91 and 0.35, GELU 2.1 and 0.66 (64 × 512 elements, from memory 4096 × 2048; one thread of a
two-core x86 server with AVX-512).

Read next: [softmax](softmax.py).
"""

import math

from .exponential import exp as exp_of
from .exponential import expm1, log1p
from .jit import kernel
from .normal import parts

PHI_0 = 1 / math.sqrt(2 * math.pi)


@kernel
def exp(x, e):
    x, e = x.reshape(-1), e.reshape(-1)
    for i in range(x.size):
        e[i] = exp_of(x[i])


@kernel
def sigmoid(z, a):
    z, a = z.reshape(-1), a.reshape(-1)
    one = z.dtype.type(1)
    for i in range(z.size):
        e = exp_of(-abs(z[i]))
        # [eq:sigmoid] $\sigma(z) = 1/(1+e^{-z})$, which for negative $z$ is $e^{z}/(1+e^{z})$
        a[i] = (e if z[i] < 0 else one) / (one + e)


@kernel
def sigmoid_backward(z, a, da, delta):
    a, da, delta = a.reshape(-1), da.reshape(-1), delta.reshape(-1)
    one = a.dtype.type(1)
    for i in range(a.size):
        # [eq:sigmoid-prime] $\sigma'(z) = \sigma(z)\,(1-\sigma(z)) = a\,(1-a)$
        delta[i] = da[i] * (a[i] * (one - a[i]))


@kernel
def tanh(z, a):
    z, a = z.reshape(-1), a.reshape(-1)
    zero, two = z.dtype.type(0), z.dtype.type(2)
    for i in range(z.size):
        # [eq:tanh] $\tanh |z| = (1 - e^{-2|z|})/(1 + e^{-2|z|}) = -t/(t + 2)$, $t = e^{-2|z|} - 1$
        t = expm1(-two * abs(z[i]))
        minus = t / (t + two)
        a[i] = minus if z[i] < 0 else zero - minus


@kernel
def tanh_backward(z, a, da, delta):
    a, da, delta = a.reshape(-1), da.reshape(-1), delta.reshape(-1)
    one = a.dtype.type(1)
    for i in range(a.size):
        # [eq:tanh-prime] $\tanh'(z) = 1 - \tanh^2 z = 1 - a^2$
        delta[i] = da[i] * (one - a[i] * a[i])


@kernel
def relu(z, a):
    z, a = z.reshape(-1), a.reshape(-1)
    zero = z.dtype.type(0)
    for i in range(z.size):
        # [eq:relu] $\mathrm{relu}(z) = \max(0, z)$
        a[i] = zero if z[i] <= 0 else z[i]


@kernel
def relu_backward(z, a, da, delta):
    z, da, delta = z.reshape(-1), da.reshape(-1), delta.reshape(-1)
    zero = z.dtype.type(0)
    for i in range(z.size):
        # [eq:relu-prime] $\mathrm{relu}'(z) = 1$ for $z > 0$, else $0$
        delta[i] = zero if z[i] <= 0 else da[i] if z[i] > 0 else z[i]


@kernel
def leaky_relu(z, negative_slope, a):
    z, a = z.reshape(-1), a.reshape(-1)
    slope = z.dtype.type(negative_slope)
    for i in range(z.size):
        # [eq:leaky-relu] $f(z) = z$ for $z > 0$, else $s z$ with a small slope $s$
        a[i] = slope * z[i] if z[i] <= 0 else z[i]


@kernel
def leaky_relu_backward(z, a, da, negative_slope, delta):
    z, da, delta = z.reshape(-1), da.reshape(-1), delta.reshape(-1)
    slope = z.dtype.type(negative_slope)
    for i in range(z.size):
        # [eq:leaky-relu-prime] $f'(z) = 1$ for $z > 0$, else $s$
        delta[i] = slope * da[i] if z[i] <= 0 else da[i] if z[i] > 0 else z[i]


@kernel
def elu(z, scale, a):
    z, a = z.reshape(-1), a.reshape(-1)
    s = z.dtype.type(scale)
    for i in range(z.size):
        # [eq:elu] $f(z) = z$ for $z > 0$, else $s\,(e^z - 1)$
        a[i] = s * expm1(z[i]) if z[i] <= 0 else z[i]


@kernel
def elu_backward(z, a, da, scale, delta):
    z, da, delta = z.reshape(-1), da.reshape(-1), delta.reshape(-1)
    s = z.dtype.type(scale)
    for i in range(z.size):
        # [eq:elu-prime] $f'(z) = 1$ for $z > 0$, else $s\,e^z$
        delta[i] = da[i] * (s * exp_of(z[i])) if z[i] <= 0 else da[i] if z[i] > 0 else z[i]


@kernel
def gelu(z, a):
    z, a = z.reshape(-1), a.reshape(-1)
    zero = z.dtype.type(0)
    for i in range(z.size):
        u, bell, ratio = parts(z[i])
        # [eq:gelu] $f(z) = z\,\Phi(z) = \max(0, z) - u\,\Phi(-u)$ with $u = |z|$; $\Phi(-u) = e^{-u^2/2} M(u)$
        a[i] = (zero if z[i] <= 0 else z[i]) - u * ratio * bell


@kernel
def gelu_backward(z, a, da, delta):
    z, da, delta = z.reshape(-1), da.reshape(-1), delta.reshape(-1)
    one, phi_0 = z.dtype.type(1), z.dtype.type(PHI_0)
    for i in range(z.size):
        u, bell, ratio = parts(z[i])
        # [eq:gelu-prime] $f'(z) = \Phi(z) + z\,\varphi(z)$, $\varphi(z) = \varphi(0)\,e^{-z^2/2}$; $f'(-u) = 1 - f'(u)$
        left = bell * (ratio - u * phi_0)
        delta[i] = da[i] * (left if z[i] <= 0 else one - left)


@kernel
def softplus(z, a):
    z, a = z.reshape(-1), a.reshape(-1)
    zero = z.dtype.type(0)
    for i in range(z.size):
        # [eq:softplus] $f(z) = \ln(1 + e^z) = \max(0, z) + \ln(1 + e^{-|z|})$
        a[i] = (zero if z[i] <= 0 else z[i]) + log1p(exp_of(-abs(z[i])))


@kernel
def softplus_backward(z, a, da, delta):
    z, da, delta = z.reshape(-1), da.reshape(-1), delta.reshape(-1)
    one = z.dtype.type(1)
    for i in range(z.size):
        e = exp_of(-abs(z[i]))
        # [eq:softplus-prime] $f'(z) = \sigma(z)$
        delta[i] = da[i] * ((e if z[i] < 0 else one) / (one + e))
