r"""
# Updates

Gradient descent walks downhill: $w \leftarrow w - \alpha\, \partial L/\partial w$, with the learning rate
$\alpha$. The other rules remember something of the gradients before: a velocity $v$ (momentum), the sum or the
running mean $s$ of the squared gradients (Adagrad, RMSprop), or a running mean $m$ of the gradients as well
(Adam, where papers write $v$ for $s$).

All of them change the weights `w` and that memory in place. $g$ is the gradient `dw` $= \partial L/\partial w$,
to which `l2` adds $\lambda w$. The arrays of one call have the same shape.

**What limits them.** SGD does 4 operations for each weight and moves 24 bytes in float64, so for large layers memory
limits it. Adam moves 56 bytes, but its division and its square root take longer: it is about as slow on arrays in the
nearest cache as on those in memory. Each rule passes over its arrays once; an expression of NumPy's passes over them
once for every operation.

Read next: [fingerprint](fingerprint.py).
"""

import numpy as np

from .jit import kernel


@kernel
def sgd(w, dw, learning_rate, l2):
    w, dw = w.reshape(-1), dw.reshape(-1)
    alpha, l2 = w.dtype.type(learning_rate), w.dtype.type(l2)
    for i in range(w.size):
        # [eq:sgd] $w \leftarrow w - \alpha\,g$, $g = \partial L/\partial w + \lambda w$
        w[i] -= alpha * (dw[i] + l2 * w[i])


@kernel
def momentum(w, dw, v, learning_rate, mu, nesterov, l2):
    w, dw, v = w.reshape(-1), dw.reshape(-1), v.reshape(-1)
    alpha, mu, l2 = w.dtype.type(learning_rate), w.dtype.type(mu), w.dtype.type(l2)
    for i in range(w.size):
        g = dw[i] + l2 * w[i]
        # [eq:momentum] $v \leftarrow \mu v + g$, $w \leftarrow w - \alpha v$
        v[i] = mu * v[i] + g
        # [eq:nesterov] or, looking one step ahead, $w \leftarrow w - \alpha\,(g + \mu v)$
        w[i] -= alpha * (g + mu * v[i] if nesterov else v[i])


@kernel
def adagrad(w, dw, s, learning_rate, epsilon):
    w, dw, s = w.reshape(-1), dw.reshape(-1), s.reshape(-1)
    alpha, epsilon = w.dtype.type(learning_rate), w.dtype.type(epsilon)
    for i in range(w.size):
        # [eq:adagrad] $s \leftarrow s + g^2$, $w \leftarrow w - \alpha\,g/(\sqrt{s} + \epsilon)$
        s[i] += dw[i] * dw[i]
        w[i] -= alpha * dw[i] / (np.sqrt(s[i]) + epsilon)


@kernel
def rmsprop(w, dw, s, learning_rate, rho, epsilon):
    w, dw, s = w.reshape(-1), dw.reshape(-1), s.reshape(-1)
    alpha, epsilon = w.dtype.type(learning_rate), w.dtype.type(epsilon)
    rho, rest = w.dtype.type(rho), w.dtype.type(1 - rho)
    for i in range(w.size):
        # [eq:rmsprop] $s \leftarrow \rho s + (1-\rho)\,g^2$, $w \leftarrow w - \alpha\,g/(\sqrt{s} + \epsilon)$
        s[i] = rho * s[i] + rest * (dw[i] * dw[i])
        w[i] -= alpha * dw[i] / (np.sqrt(s[i]) + epsilon)


@kernel
def adam(w, dw, m, s, t, learning_rate, beta_1, beta_2, epsilon, weight_decay):
    """One step of Adam; of AdamW where `weight_decay` is not 0. t: the count of steps, of shape (), increased here."""
    t[()] += 1
    w, dw, m, s = w.reshape(-1), dw.reshape(-1), m.reshape(-1), s.reshape(-1)
    alpha, decay, epsilon = w.dtype.type(learning_rate), w.dtype.type(weight_decay), w.dtype.type(epsilon)
    m_keep, m_rest = w.dtype.type(beta_1), w.dtype.type(1 - beta_1)
    s_keep, s_rest = w.dtype.type(beta_2), w.dtype.type(1 - beta_2)
    m_correction, s_correction = w.dtype.type(1 / (1 - beta_1 ** t[()])), w.dtype.type(1 / (1 - beta_2 ** t[()]))
    for i in range(w.size):
        # [eq:adamw] AdamW first shrinks the weight: $w \leftarrow w - \alpha \lambda w$
        w[i] -= alpha * decay * w[i]
        # [eq:adam-moments] $m \leftarrow \beta_1 m + (1-\beta_1)\,g$, $s \leftarrow \beta_2 s + (1-\beta_2)\,g^2$
        m[i] = m_keep * m[i] + m_rest * dw[i]
        s[i] = s_keep * s[i] + s_rest * (dw[i] * dw[i])
        # [eq:adam] $w \leftarrow w - \alpha\,\hat m/(\sqrt{\hat s} + \epsilon)$,
        # with $\hat m = m/(1-\beta_1^t)$ and $\hat s = s/(1-\beta_2^t)$
        w[i] -= alpha * (m[i] * m_correction) / (np.sqrt(s[i] * s_correction) + epsilon)
