"use strict";
/*
# The network, once more

The page has the weights of the kept steps and nothing else: every z, a and δ is computed here, by the formulas of the
book, in the same float64 as in Python. The names are the book's. Numbers of a layer lie in one array, example after
example: entry n·n_l + j belongs to example n and neuron j, both counted from 0.
*/

function decode(text, float32) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return float32 ? Float64Array.from(new Float32Array(bytes.buffer)) : new Float64Array(bytes.buffer);
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

// ## Activations: f(z), and f′(z), which may use a. Comparisons are written so that NaN stays NaN.

const sigmoid = (z) => {
  const e = Math.exp(-Math.abs(z));
  return (z < 0 ? e : 1) / (1 + e);
};
const slopeAbove0 = (z, below) => (z <= 0 ? below : z > 0 ? 1 : z);

const ACTIVATIONS = {
  identity: [(z) => z, () => 1],
  sigmoid: [sigmoid, (z, a) => a * (1 - a)],
  tanh: [Math.tanh, (z, a) => 1 - a * a],
  relu: [(z) => (z <= 0 ? 0 : z), (z) => slopeAbove0(z, 0)],
  leaky_relu: [(z, s) => (z <= 0 ? s * z : z), (z, a, s) => slopeAbove0(z, s)],
  elu: [(z, s) => (z <= 0 ? s * Math.expm1(z) : z), (z, a, s) => slopeAbove0(z, s * Math.exp(z))],
  gelu: [
    (z) => {
      const { u, bell, ratio } = normal(z);
      return (z <= 0 ? 0 : z) - u * ratio * bell;
    },
    (z) => {
      const { u, bell, ratio } = normal(z);
      const left = bell * (ratio - u / Math.sqrt(2 * Math.PI));
      return z <= 0 ? left : 1 - left;
    },
  ],
  softplus: [(z) => (z <= 0 ? 0 : z) + Math.log1p(Math.exp(-Math.abs(z))), sigmoid],
};

// u = |z|, e^(−u²/2), and the ratio M of the tail Φ(−u) to it: a polynomial, whose coefficients Python hands over
let millsCoefficients = [];

function normal(z) {
  const u = Math.abs(z) > 40 ? 40 : Math.abs(z);
  const t = (u - 4) / (u + 4);
  const ratio = millsCoefficients.reduceRight((total, c) => c + t * total, 0) / (u + 1.25);
  return { u, bell: Math.exp(-0.5 * u * u), ratio };
}

// softmax and log-softmax take K neighbours together
function rowWise(f, z, a, K) {
  for (let start = 0; start < z.length; start += K) {
    const row = z.subarray(start, start + K);
    const m = Math.max(...row);
    const total = sum(row.map((value) => Math.exp(value - m)));
    for (let i = 0; i < K; i++) {
      a[start + i] = f === "softmax" ? Math.exp(row[i] - m) / total : row[i] - m - Math.log(total);
    }
  }
}

function rowWiseBackward(f, a, da, delta, K) {
  for (let start = 0; start < a.length; start += K) {
    let total = 0;
    for (let i = start; i < start + K; i++) total += f === "softmax" ? a[i] * da[i] : da[i];
    for (let i = start; i < start + K; i++) {
      delta[i] = f === "softmax" ? a[i] * (da[i] - total) : da[i] - Math.exp(a[i]) * total;
    }
  }
}

// ## Losses: what one output adds to the loss of its example, before a division by n_L; and ∂L/∂a, before that by N

const timesLog = (y, a) => (y === 0 && a === 0 ? 0 : y * Math.log(a));
const over = (y, a) => (y === 0 && a === 0 ? 0 : y / a);
const slack = (a, y) => 1 - y * a;

const LOSSES = {
  half_squared_error: { share: (a, y) => 0.5 * (y - a) ** 2, slope: (a, y) => a - y },
  mean_squared_error: { mean: true, share: (a, y) => (y - a) ** 2, slope: (a, y) => 2 * (a - y) },
  hinge: {
    mean: true,
    share: (a, y) => (slack(a, y) <= 0 ? 0 : slack(a, y)),
    slope: (a, y) => (slack(a, y) <= 0 ? 0 : slack(a, y) > 0 ? -y : NaN),
  },
  binary_crossentropy: {
    mean: true,
    share: (a, y) => -timesLog(y, a) - timesLog(1 - y, 1 - a),
    slope: (a, y) => over(1 - y, 1 - a) - over(y, a),
  },
  categorical_crossentropy: { share: (a, y) => -timesLog(y, a), slope: (a, y) => -over(y, a) },
};

// Straight from the z of a sigmoid, where no digit is lost; that of softmax needs its whole row
const shareFromZ = (z, y) => (z <= 0 ? -y * z : (1 - y) * z) + Math.log1p(Math.exp(-Math.abs(z)));

class Network {
  constructor(data) {
    Object.assign(this, { data, layers: data.layers, N: data.N, loss: LOSSES[data.loss], runs: new Map() });
    this.x = decode(data.x, data.float32);
    this.y = decode(data.y, data.float32);
    this.outputs = this.layers.at(-1).n;
    this.weights = decode(data.weights, data.float32);
    this.size = sum(this.layers.map((layer) => layer.W * layer.inputs * layer.n + layer.b * layer.n));
    millsCoefficients = data.gelu;
  }

  // W and b of every layer, (inputs, n) and (n,), in an array of all weights; null where a layer has none
  split(all) {
    let start = 0;
    const take = (count) => all.subarray(start, (start += count));
    return this.layers.map((layer) => ({
      W: layer.W ? take(layer.inputs * layer.n) : null,
      b: layer.b ? take(layer.n) : null,
    }));
  }

  weightsAt(k) {
    return this.weights.subarray(k * this.size, (k + 1) * this.size);
  }

  // ## Forward: z = a W + b, a = f(z). Entry 0 of what is returned is the input, entry l is layer l.
  forward(parameters, x, N) {
    const passes = [{ a: x }];
    this.layers.forEach((layer, index) => {
      const before = passes[index].a;
      const { W, b } = parameters[index];
      const z = W ? new Float64Array(N * layer.n) : before;
      for (let n = 0; W && n < N; n++) {
        for (let i = 0; i < layer.inputs; i++) {
          const a = before[n * layer.inputs + i];
          for (let j = 0; j < layer.n; j++) z[n * layer.n + j] += a * W[i * layer.n + j];
        }
        for (let j = 0; b && j < layer.n; j++) z[n * layer.n + j] += b[j];
      }
      const a = new Float64Array(z.length);
      if (layer.f in ACTIVATIONS) for (let e = 0; e < z.length; e++) a[e] = ACTIVATIONS[layer.f][0](z[e], layer.s);
      else rowWise(layer.f, z, a, layer.K);
      passes.push({ z, a });
    });
    return passes;
  }

  // ## Loss: of each example, what each output adds to it, and the mean
  lossOf(passes) {
    const { z, a } = passes.at(-1);
    const [N, J, y] = [this.N, this.outputs, this.y];
    const shares = new Float64Array(N * J);
    const fromRow = this.data.straight && this.layers.at(-1).f === "softmax";
    for (let n = 0; n < N; n++) {
      const row = z.subarray(n * J, (n + 1) * J);
      const m = Math.max(...row);
      const logSum = fromRow ? logOfSum(row, m) : 0;
      for (let e = n * J; e < (n + 1) * J; e++) {
        if (!this.data.straight) shares[e] = this.loss.share(a[e], y[e]);
        else if (!fromRow) shares[e] = shareFromZ(z[e], y[e]);
        else shares[e] = y[e] === 0 && !Number.isNaN(logSum) ? 0 : y[e] * (m - z[e] + logSum);
      }
    }
    const losses = Float64Array.from({ length: N }, (_, n) => sum(shares.subarray(n * J, (n + 1) * J)));
    if (this.loss.mean) losses.forEach((value, n) => (losses[n] = value / J));
    return { shares, losses, loss: sum(losses) / N };
  }

  // ## Backward: δ = ∂L/∂a ⊙ f′(z), from the last layer to the first
  backward(passes, parameters) {
    const { N, y } = this;
    for (let l = this.layers.length; l >= 1; l--) {
      const [layer, pass, behind] = [this.layers[l - 1], passes[l], passes[l + 1]];
      const { z, a } = pass;
      const count = a.length;
      const straight = l === this.layers.length && this.data.straight;
      pass.delta = new Float64Array(count);
      if (layer.f in ACTIVATIONS) pass.slope = z.map((value, e) => ACTIVATIONS[layer.f][1](value, a[e], layer.s));
      if (straight) {
        const J = this.loss.mean ? this.outputs : 1;
        for (let e = 0; e < count; e++) {
          const n = Math.floor(e / layer.n);
          const mass = layer.f === "softmax" ? sum(y.subarray(n * layer.n, (n + 1) * layer.n)) : 1;
          pass.delta[e] = (a[e] * mass - y[e]) / (J * N);
        }
        continue;
      }
      pass.da = new Float64Array(count);
      if (!behind) {
        const divisor = N * (this.loss.mean ? this.outputs : 1);
        for (let e = 0; e < count; e++) pass.da[e] = this.loss.slope(a[e], y[e]) / divisor;
      } else if (!parameters[l].W) pass.da.set(behind.delta);
      else backThrough(parameters[l].W, behind.delta, pass.da, layer.n, this.layers[l].n);
      // relu lets nothing through where it is flat, as in Python: not NaN or ∞ either
      const isShut = (e) => layer.f === "relu" && pass.slope[e] === 0;
      if (pass.slope) for (let e = 0; e < count; e++) pass.delta[e] = isShut(e) ? 0 : pass.da[e] * pass.slope[e];
      else rowWiseBackward(layer.f, a, pass.da, pass.delta, layer.K);
    }
  }

  // Everything at the k-th step of the page, computed once
  at(k) {
    if (!this.runs.has(k)) {
      const parameters = this.split(this.weightsAt(k));
      const passes = this.forward(parameters, this.x, this.N);
      this.backward(passes, parameters);
      if (this.runs.size > 60) this.runs.delete(this.runs.keys().next().value);
      this.runs.set(k, { passes, parameters, ...this.lossOf(passes) });
    }
    return this.runs.get(k);
  }

  // ## Gradients: ∂L/∂W = aᵀ δ and ∂L/∂b = Σ δ, all of them in one array, as the weights
  gradients(k) {
    const run = this.at(k);
    if (run.gradients) return run.gradients;
    const all = new Float64Array(this.size);
    this.split(all).forEach(({ W: dW, b: db }, index) => {
      const { inputs, n: J } = this.layers[index];
      const [a, delta] = [run.passes[index].a, run.passes[index + 1].delta];
      for (let n = 0; n < this.N; n++) {
        for (let j = 0; j < J; j++) {
          for (let i = 0; dW && i < inputs; i++) dW[i * J + j] += a[n * inputs + i] * delta[n * J + j];
          if (db) db[j] += delta[n * J + j];
        }
      }
    });
    run.gradients = all;
    return all;
  }
}

// ln Σ e^(z − m) without losing digits when all but the largest are tiny
function logOfSum(row, m) {
  let [rest, tops] = [0, 0];
  for (const z of row) z === m ? tops++ : (rest += Math.exp(z - m));
  return Math.log1p(rest + tops - 1);
}

// ∂L/∂a of a layer: row i of W times the δ of the layer behind
function backThrough(W, delta, da, I, J) {
  for (let n = 0; n < delta.length / J; n++) {
    for (let i = 0; i < I; i++) {
      let total = 0;
      for (let j = 0; j < J; j++) total += W[i * J + j] * delta[n * J + j];
      da[n * I + i] = total;
    }
  }
}

/*
# The update

What the optimizer remembers (v, m, s) is not in the file. Where every step was kept and the examples of the page are the
batch that the training took, it can be computed again from the first step on; whether that is so is seen by comparing
with the weights of the next step. `Training.at(k)` tells:

- `before`, `after`: the numbers that the rule remembers, by letter, each an array for all weights; t is a count
- `w`: the weights after the step, by the rule; null where the memory is not known
- `next`: the recorded weights after it, where that step is in the file, and `agrees`, whether the two are the same
*/
class Training {
  constructor(network, data) {
    Object.assign(this, { network, data, known: [] });
    this.rule = data.optimizer;
    this.setting = (place) => this.rule.settings[place]?.[1] ?? 0;
  }

  at(k) {
    while (this.known.length <= k) this.known.push(this.step(this.known.length));
    return this.known[k];
  }

  step(k) {
    const { steps, rates } = this.data;
    const next = steps[k + 1] === steps[k] + 1 ? this.network.weightsAt(k + 1) : null;
    const alpha = typeof rates[k] === "string" ? Number(rates[k]) : rates[k];
    const before = this.memoryBefore(k);
    if (!before || alpha == null) return { alpha, next, w: null, agrees: null };
    const { w, after } = this.apply(k, alpha, before);
    const near = this.data.float32 ? 1e-5 : 1e-9;
    const same = (value, e) => Math.abs(value - next[e]) <= near * Math.max(1, Math.abs(value)) || Object.is(value, next[e]);
    return { alpha, before, after, w, next, agrees: next ? w.every(same) : null };
  }

  memoryBefore(k) {
    if (!this.data.formulas.update) return null;
    const letters = this.rule.remembers;
    if (k > 0 && letters.length) return this.known[k - 1].agrees ? this.known[k - 1].after : null;
    if (k === 0 && letters.length && !(this.data.steps[0] === 0 && this.rule.from_first)) return null;
    return Object.fromEntries(letters.map((letter) => [letter, letter === "t" ? 0 : new Float64Array(this.network.size)]));
  }

  // One step for every weight at once; the rules are those of Python's kernels
  apply(k, alpha, before) {
    const old = this.network.weightsAt(k);
    const gradients = this.network.gradients(k);
    const after = Object.fromEntries(Object.entries(before).map(([letter, v]) => [letter, letter === "t" ? v + 1 : v.slice()]));
    const { v, s, m, t } = after;
    const [l2, mu, rho, decay, epsilon] = ["l2", "mu", "rho", "decay", "epsilon"].map(this.setting);
    const [beta1, beta2] = ["beta_1", "beta_2"].map(this.setting);
    const trained = this.trained();
    const w = old.map((value, e) => {
      if (!trained[e]) return value;
      const g = gradients[e] + l2 * value;
      if (this.rule.kind === "SGD" && !v) return value - alpha * g;
      if (this.rule.kind === "SGD") {
        v[e] = mu * v[e] + g;
        return value - alpha * (this.rule.nesterov ? g + mu * v[e] : v[e]);
      }
      if (this.rule.kind === "Adagrad") s[e] += g * g;
      else if (this.rule.kind === "RMSprop") s[e] = rho * s[e] + (1 - rho) * (g * g);
      if (!m) return value - (alpha * g) / (Math.sqrt(s[e]) + epsilon);
      m[e] = beta1 * m[e] + (1 - beta1) * g;
      s[e] = beta2 * s[e] + (1 - beta2) * (g * g);
      const [mHat, sHat] = [m[e] / (1 - beta1 ** t), s[e] / (1 - beta2 ** t)];
      return value - alpha * decay * value - (alpha * mHat) / (Math.sqrt(sHat) + epsilon);
    });
    return { w, after };
  }

  trained() {
    if (this.isTrained) return this.isTrained;
    const all = new Float64Array(this.network.size);
    this.network.split(all).forEach(({ W, b }, index) => {
      W?.fill(Number(this.network.layers[index].trained.W));
      b?.fill(Number(this.network.layers[index].trained.b));
    });
    this.isTrained = all;
    return all;
  }
}

// The largest difference between what was computed here and what Python recorded, divided by what is above 1. Where sums
// overflow, it depends on their rounding whether ∞ or NaN comes out: of such a step only what is finite is compared, and
// the rest is counted in `lost`.
function compareWithPython(network, data) {
  const recorded = decode(data.recorded, data.float32);
  const size = recorded.length / data.checked.length;
  let [at, largest, lost, overflowed] = [0, 0, 0, false];
  const compare = (here) => {
    const there = recorded[at++];
    if (Object.is(here, there) || (Number.isNaN(here) && Number.isNaN(there))) return;
    const difference = Math.abs(here - there) / Math.max(1, Math.abs(there));
    if (overflowed && !(Number.isFinite(here) && Number.isFinite(there))) lost++;
    else largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
  };
  for (const k of data.checked) {
    const run = network.at(k);
    overflowed = !recorded.subarray(at, at + size).every(Number.isFinite);
    compare(run.loss);
    run.passes.slice(1).forEach((pass, index) => {
      const count = data.examples_checked * network.layers[index].n;
      for (const name of ["z", "a", "delta"]) for (let e = 0; e < count; e++) compare(pass[name][e]);
    });
  }
  return { largest, lost };
}
