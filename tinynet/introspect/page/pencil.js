"use strict";
/*
# The pencil

Formulas come from Python as templates, "{w}·{a}"; here the names and the numbers are put in, as Python's pencil does it
for the worksheet. A part of a formula is a quantity, { name, value }, or a formula that was put together before:

- `names`, the formula with indices, and `numbers`, the same with the numbers put in
- `python`, the same as Python reads it, and `uses`, the quantities it needs, by their names in Python
*/

// ## Numbers, as Python's f"{value:.10g}" writes them, or shorter where the shortest that is read as the same is shorter

function plainOrExponent(digits, exponent, lowest, highest) {
  digits = digits.replace(/0+$/, "") || "0";
  if (exponent < lowest || exponent >= highest) {
    const tail = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${digits[0]}${tail}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, "0");
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

// The digits and the exponent of a positive number; JavaScript rounds a tie up, Python to the even digit
function scientific(value, places) {
  let [digits, exponent] = value.toExponential(places).split("e");
  if (places !== undefined) {
    const exact = value.toExponential(100).split("e")[0].replace(".", "");
    const even = Number(exact[places]) % 2 === 0;
    if (even && /^50*$/.test(exact.slice(places + 1))) return [exact.slice(0, places + 1), Number(value.toExponential(100).split("e")[1])];
  }
  return [digits.replace(".", ""), Number(exponent)];
}

function writeNumber(value, digits) {
  if (Number.isNaN(value)) return "nan";
  const minus = value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (size === Infinity) return `${minus}inf`;
  if (size === 0) return "0";
  const rounded = plainOrExponent(...scientific(size, digits - 1), -4, digits);
  let shortest = plainOrExponent(...scientific(size), -4, 16);
  if (!/[.e]/.test(shortest)) shortest += ".0";
  return minus + (shortest.length < rounded.length ? shortest : rounded);
}

// ## Putting together

const WORD = String.raw`[\p{L}\p{N}_]`;
const PRODUCT = new RegExp(`(?<=${WORD})·(?=${WORD}|∂)`, "gu");
const ALONE = new RegExp(String.raw`(^|[(\[]|, |since )\((−[\p{L}\p{N}_.+-]+)\)(?=$|[)\],]| [>≤])`, "gu");
const ONE_NEGATIVE = /^−[\p{L}\p{N}_.+-]+$/u;

const fill = (template, find) => template.replace(/\{(\w+)\}/g, (_, place) => find(place));

// A template as Python reads it
function inPython(template) {
  return template
    .replace(/, since.*/, "")
    .replace(/\|([^|]*)\|/g, "abs($1)")
    .replace("√2", "sqrt(2)")
    .replace(/√\[/g, "sqrt(")
    .replace(/e\^\[/g, "exp(")
    .replace(/\]/g, ")")
    .replace(/\^/g, "**")
    .replace(/ln\(/g, "log(")
    .replace(/½/g, "0.5")
    .replace(/²/g, "**2")
    .replace(/−/g, "-")
    .replace(/·/g, "*")
    .replace(/π/g, "pi");
}

const LETTERS = { δ: "delta", α: "alpha", β: "beta", λ: "lambda_", μ: "mu", ρ: "rho", ε: "epsilon", "m\u0302": "m_hat", "s\u0302": "s_hat" };

// "w_11^2" -> w2_11, "δ_1^2(0)" -> delta2_1_of_0, "∂L/∂w_11^2" -> dL_dw2_11
function identifier(name) {
  if (name.includes("′(")) return `f_prime_${identifier(name.split("′(")[1].slice(0, -1))}`;
  const [, base, index = "", layer = "", example = ""] = name.match(/^(.*?)((?:_[\dL,]+)?)((?:\^\d+)?)((?:\(\d+\))?)$/u);
  const letter = base.startsWith("∂L/∂") ? `dL_d${base.slice(4)}` : LETTERS[base] ?? base;
  return letter + layer.slice(1) + index.replaceAll(",", "_") + example.replace(/\((\d+)\)/, "_of_$1");
}

class Pencil {
  constructor(digits, full) {
    Object.assign(this, { digits, full });
  }

  number(value) {
    return writeNumber(value, this.digits);
  }

  put(template, parts) {
    const uses = new Map();
    for (const part of Object.values(parts)) {
      if (part.names === undefined) uses.set(identifier(part.name), part.value);
      else part.uses.forEach((value, id) => uses.set(id, value));
    }
    const inBrackets = (value) => (this.number(value).startsWith("−") ? `(${this.number(value)})` : this.number(value));
    return {
      names: fill(template, (place) => parts[place].name ?? parts[place].names).replace(PRODUCT, " "),
      numbers: fill(template, (place) => parts[place].numbers ?? inBrackets(parts[place].value)).replace(ALONE, "$1$2"),
      python: fill(inPython(template), (place) => parts[place].python ?? identifier(parts[place].name)),
      uses,
    };
  }

  // A sum, or a list, of term(0), term(1), ... and others; a long one is cut in the middle, but for its sum or largest
  add(term, values, others = [], joint = " + ") {
    const { many, few } = this.formulas;
    const cut = values.length > many && !this.full;
    const count = values.length;
    const shown = cut ? [...Array(few).keys(), count - 1] : [...Array(count).keys()];
    const terms = shown.map(term);
    if (cut) {
      const middle = Array.from(values).slice(few, -1);
      const rest = joint === " + " ? sum(middle) : Math.max(...middle);
      const numbers = `(… ${count - few - 1} more: ${this.number(rest)})`;
      terms.splice(few, 0, { names: "…", numbers, python: "", uses: new Map() });
    }
    terms.push(...others);
    if (!terms.length) terms.push({ names: "0", numbers: "0", python: "0", uses: new Map() });
    const bracket = (text, k) => (k > 0 && joint === " + " && ONE_NEGATIVE.test(text) ? `(${text})` : text);
    return {
      names: terms.map((t) => t.names).join(joint),
      numbers: terms.map((t, k) => bracket(t.numbers, k)).join(joint),
      python: terms.map((t) => t.python).join(joint),
      uses: new Map(terms.flatMap((t) => [...t.uses])),
    };
  }

  // "/(n_L N)", the counts that are 1 left out
  over(counts) {
    const parts = Object.fromEntries(Object.entries(counts).filter(([, c]) => c !== 1).map(([name, value]) => [name, { name, value }]));
    const below = Object.keys(parts).map((name) => `{${name}}`).join("·");
    if (!below) return this.put("", parts);
    return this.put(below.includes("·") ? `/(${below})` : `/${below}`, parts);
  }

  line(left, formula, value, sign = "=") {
    return { left, formula, value, sign, result: this.number(value) };
  }
}

/*
# The sheet: the lines of one neuron, weight or bias, at one step, for one example

Layers and neurons in names count from 1, in arrays from 0; layer 0 is the input. Every method that returns lines has its
twin in Python's worksheet.py, where the templates come from.
*/

const pair = (i, j) => (Math.max(i, j) < 9 ? `${i + 1}${j + 1}` : `${i + 1},${j + 1}`);

class Sheet extends Pencil {
  constructor(network, training, k, n, digits, full = false) {
    super(digits, full);
    Object.assign(this, { network, training, k, n, run: network.at(k), formulas: network.data.formulas });
    this.N = network.N;
    this.L = network.layers.length;
  }

  width(l) {
    return l === 0 ? this.network.data.inputs : this.network.layers[l - 1].n;
  }

  layer(l) {
    return this.network.layers[l - 1];
  }

  // z, a or δ of a neuron, in this example; or in example n, which the name then tells
  quantity(letter, l, j, n) {
    const name = letter === "a" && l === 0 ? `x_${j + 1}` : `${letter}_${j + 1}^${l}`;
    const values = this.run.passes[l][letter === "δ" ? "delta" : letter];
    const value = values[(n ?? this.n) * this.width(l) + j];
    return { name: n === undefined ? name : `${name}(${n})`, value };
  }

  w(l, i, j) {
    return { name: `w_${pair(i, j)}^${l}`, value: this.run.parameters[l - 1].W[i * this.width(l) + j] };
  }

  b(l, j) {
    return { name: `b_${j + 1}^${l}`, value: this.run.parameters[l - 1].b[j] };
  }

  y(j) {
    return { name: `y_${j + 1}`, value: this.network.y[this.n * this.width(this.L) + j] };
  }

  // ## Forward

  forward(l, j) {
    const [z, a] = [this.quantity("z", l, j), this.quantity("a", l, j)];
    const rows = this.formulas.f[this.layer(l).f].rows ? this.softmaxLines(l, j) : [];
    return [this.line(z.name, this.weightedSum(l, j), z.value), ...rows, this.line(a.name, this.activation(l, j), a.value)];
  }

  weightedSum(l, j) {
    const { weighted, bias, copied } = this.formulas;
    const layer = this.layer(l);
    if (!layer.W) return this.put(copied, { a: this.quantity("a", l - 1, j) });
    const term = (i) => this.put(weighted, { w: this.w(l, i, j), a: this.quantity("a", l - 1, i) });
    const values = Array.from({ length: layer.inputs }, (_, i) => this.w(l, i, j).value * this.quantity("a", l - 1, i).value);
    return this.add(term, values, layer.b ? [this.put(bias, { b: this.b(l, j) })] : []);
  }

  // Which of the templates of f: z far below 0, below, above, far above, or not a number
  kind(z) {
    const { large } = this.formulas;
    return Number.isNaN(z) ? 4 : z < -large ? 0 : z <= 0 ? 1 : z < large ? 2 : 3;
  }

  activation(l, j) {
    const [f, z] = [this.formulas.f[this.layer(l).f], this.quantity("z", l, j)];
    if (f.rows) return this.put(f.a, { z, ...this.largestAndSum(l, j) });
    const formula = this.put(f.a[this.kind(z.value)], { z, s: { name: "s", value: this.layer(l).s } });
    return { ...formula, names: f.named.replace("{symbol}", z.name) + formula.names };
  }

  // The neurons whose softmax is taken together with that of neuron j
  group(l, j) {
    const { K } = this.layer(l);
    const start = Math.floor(j / K) * K;
    return Array.from({ length: K }, (_, k) => start + k);
  }

  largestAndSum(l, j) {
    const group = this.group(l, j);
    const z = group.map((k) => this.quantity("z", l, k).value);
    const index = group.length === this.width(l) ? `^${l}` : `_${group[0] / group.length + 1}^${l}`;
    const m = Math.max(...z);
    return { m: { name: `m${index}`, value: m }, S: { name: `S${index}`, value: sum(z.map((value) => Math.exp(value - m))) } };
  }

  softmaxLines(l, j) {
    const f = this.formulas.f[this.layer(l).f];
    const group = this.group(l, j);
    const { m, S } = this.largestAndSum(l, j);
    const z = group.map((k) => this.quantity("z", l, k));
    const inside = this.add((k) => this.put(f.each, { z: z[k] }), z.map((q) => q.value), [], ", ");
    const terms = this.add((k) => this.put(f.term, { z: z[k], m }), z.map((q) => Math.exp(q.value - m.value)));
    return [this.line(m.name, this.put(f.largest, { inside }), m.value), this.line(S.name, terms, S.value)];
  }

  // ## Loss

  lossLines() {
    const { loss } = this.formulas;
    const J = this.width(this.L);
    const fromZ = this.isFromZ();
    const templates = Array.from({ length: J }, (_, j) => loss[fromZ ? "from_z" : "share"][this.targetCase(j)]);
    const terms = [...templates.keys()].filter((j) => templates[j]);
    const sign = this.network.data.loss.endsWith("crossentropy") && !fromZ ? -1 : 1;
    const shares = terms.map((j) => sign * this.run.shares[this.n * J + j]);
    const count = this.network.loss.mean ? J : 1;
    let total = this.add((k) => this.lossTerm(templates[terms[k]], terms[k]), shares);
    const around = fromZ ? loss.total_from_z : loss.total;
    if (around !== "{total}") total = this.put(around, { total, over: this.over({ n_L: count }) });
    if (this.N === 1) return [this.line("L", total, this.run.loss)];
    const mean = this.add((n) => this.put(loss.example, { L: { name: `L(${n})`, value: this.run.losses[n] } }), this.run.losses);
    const all = this.put(loss.mean, { sum: mean, over: this.over({ N: this.N }) });
    return [this.line(`L(${this.n})`, total, this.run.losses[this.n]), this.line("L", all, this.run.loss)];
  }

  // Whether a is so near to 0 or 1 that the loss is written from z
  isFromZ() {
    if (!this.network.data.straight) return false;
    const softmax = this.layer(this.L).f === "softmax";
    return Array.from({ length: this.width(this.L) }, (_, j) => j).some((j) => {
      const [a, y] = [this.quantity("a", this.L, j).value, this.y(j).value];
      return softmax ? y !== 0 && a < 1e-300 : Math.min(a, 1 - a) < 1e-3;
    });
  }

  targetCase(j) {
    const [y, a] = [this.y(j).value, this.quantity("a", this.L, j).value];
    if (this.network.data.loss === "hinge") return y * a < 1 ? "inside" : "outside";
    return y === 0 ? "0" : y === 1 ? "1" : "between";
  }

  lossTerm(template, j) {
    const places = { y: this.y(j), a: this.quantity("a", this.L, j), z: this.quantity("z", this.L, j) };
    if (template.includes("{m}")) Object.assign(places, this.largestAndSum(this.L, j));
    return this.put(template, used(template, places));
  }

  // ## Backward

  backward(l, j) {
    const { f } = this.layer(l);
    const delta = this.quantity("δ", l, j);
    const straight = l === this.L && this.network.data.straight;
    const lines = [];
    if (this.formulas.f[f].rows && !straight) {
      const value = this.run.passes[l].da[this.n * this.width(l) + j];
      lines.push(this.line(`∂L/∂a_${j + 1}^${l}`, this.da(l, j), value));
    } else if (f !== "identity" && !straight) {
      const slope = this.slope(l, j);
      lines.push(this.line(slope.name, this.derivative(l, j), slope.value));
    }
    return [...lines, this.line(delta.name, this.delta(l, j), delta.value)];
  }

  slope(l, j) {
    const name = `${this.formulas.f[this.layer(l).f].symbol}′(z_${j + 1}^${l})`;
    return { name, value: this.run.passes[l].slope?.[this.n * this.width(l) + j] };
  }

  derivative(l, j) {
    const [z, a] = [this.quantity("z", l, j), this.quantity("a", l, j)];
    const template = this.formulas.f[this.layer(l).f].slope[this.kind(z.value)];
    return this.put(template, used(template, { z, a, s: { name: "s", value: this.layer(l).s } }));
  }

  delta(l, j) {
    const { loss, times_slope, sum_times_slope } = this.formulas;
    const { f } = this.layer(l);
    if (l === this.L && this.network.data.straight) {
      const over = this.over({ n_L: this.network.loss.mean ? this.width(l) : 1, N: this.N });
      const [a, y] = [this.quantity("a", l, j), this.y(j)];
      const targets = Array.from({ length: this.width(l) }, (_, k) => this.y(k).value);
      if (f !== "softmax" || sum(targets) === 1) return this.put(loss.delta, { a, y, over });
      const total = this.add((k) => this.put(loss.target, { y: this.y(k) }), targets);
      return this.put(loss.delta_of_any_target, { a, y, total, over });
    }
    if (this.formulas.f[f].rows) return this.jacobianRow(l, j);
    const da = this.da(l, j);
    if (f === "identity") return da;
    const template = l < this.L && da.names.includes(" + ") ? sum_times_slope : times_slope;
    return this.put(template, { da, f_prime: this.slope(l, j) });
  }

  // ∂L/∂a, from the loss or from the δ of the layer behind
  da(l, j) {
    const { loss, back, copied_back } = this.formulas;
    if (l === this.L) {
      const template = loss.slope[this.targetCase(j)];
      const over = this.over({ n_L: this.network.loss.mean ? this.width(l) : 1, N: this.N });
      return this.put(template, used(template, { y: this.y(j), a: this.quantity("a", l, j), over }));
    }
    if (!this.layer(l + 1).W) return this.put(copied_back, { delta: this.quantity("δ", l + 1, j) });
    const term = (k) => this.put(back, { w: this.w(l + 1, j, k), delta: this.quantity("δ", l + 1, k) });
    const values = Array.from({ length: this.width(l + 1) }, (_, k) => this.w(l + 1, j, k).value * this.quantity("δ", l + 1, k).value);
    return this.add(term, values);
  }

  // δ_i = Σ_j ∂a_j/∂z_i ∂L/∂a_j, for softmax and log-softmax
  jacobianRow(l, i) {
    const f = this.formulas.f[this.layer(l).f];
    const softmax = this.layer(l).f === "softmax";
    const group = this.group(l, i);
    const ai = this.quantity("a", l, i);
    const slope = (j) => ({ name: `∂L/∂a_${j + 1}^${l}`, value: this.run.passes[l].da[this.n * this.width(l) + j] });
    const term = (k) => {
      const template = group[k] === i ? f.same : f.other;
      return this.put(template, used(template, { ai, aj: this.quantity("a", l, group[k]), g: slope(group[k]) }));
    };
    const values = group.map((j) => {
      const same = Number(j === i);
      return (softmax ? ai.value * (same - this.quantity("a", l, j).value) : same - Math.exp(ai.value)) * slope(j).value;
    });
    return this.add(term, values);
  }

  // ## Gradient and update; i is undefined for a bias

  parameter(l, i, j) {
    return i === undefined ? this.b(l, j) : this.w(l, i, j);
  }

  // Where the parameter stands in an array of all of them
  place(l, i, j) {
    const before = sum(this.network.layers.slice(0, l - 1).map((layer) => layer.W * layer.inputs * layer.n + layer.b * layer.n));
    const layer = this.layer(l);
    return before + (i === undefined ? layer.W * layer.inputs * layer.n + j : i * layer.n + j);
  }

  isTrained(l, i) {
    return this.layer(l).trained[i === undefined ? "b" : "W"];
  }

  gradientLines(l, i, j) {
    if (!this.isTrained(l, i)) return [];
    const { name } = this.parameter(l, i, j);
    const parts = Array.from({ length: this.N }, (_, n) => this.partValue(n, l, i, j));
    const whole = this.add((n) => this.partOf(n, l, i, j, this.N > 1), parts);
    const lines = [this.line(`∂L/∂${name}`, whole, this.network.gradients(this.k)[this.place(l, i, j)])];
    if (this.N > 1) lines.unshift(this.line(`∂L/∂${name}(${this.n})`, this.partOf(this.n, l, i, j, false), parts[this.n]));
    return lines;
  }

  // What example n adds to the gradient: a_i δ_j for a weight, δ_j for a bias
  partOf(n, l, i, j, named) {
    const delta = this.quantity("δ", l, j, named ? n : undefined);
    if (i === undefined) return this.put(this.formulas.of_bias, { delta });
    return this.put(this.formulas.of_weight, { a: this.quantity("a", l - 1, i, named ? n : undefined), delta });
  }

  partValue(n, l, i, j) {
    const delta = this.quantity("δ", l, j, n).value;
    return i === undefined ? delta : this.quantity("a", l - 1, i, n).value * delta;
  }

  updateLines(l, i, j) {
    const step = this.training.at(this.k);
    if (!step.w || !this.isTrained(l, i)) return [];
    const { name, value } = this.parameter(l, i, j);
    const [at, index] = [this.place(l, i, j), name.slice(1)];
    const memory = (when, letter) => (letter === "t" ? step[when].t : step[when][letter][at]);
    const setting = (place) => this.network.data.optimizer.settings[place][1];
    const corrected = (letter) => memory("after", letter) / (1 - setting(letter === "m" ? "beta_1" : "beta_2") ** step.after.t);
    const valueOf = (place, called) => {
      if (place === "w") return value;
      if (place === "g") return this.network.gradients(this.k)[at];
      if (place === "alpha") return step.alpha;
      if (place === "old") return memory("before", called[0]);
      if (place === "t" || !(place in this.network.data.optimizer.settings)) return called.includes("\u0302") ? corrected(called[0]) : memory("after", called[0]);
      return setting(place);
    };
    const called = (text) => text.replace("w{index}", name).replace("{index}", index);
    const build = ({ template, parts }) => {
      const filled = Object.entries(parts).map(([place, part]) => [
        place,
        typeof part === "string" ? { name: called(part), value: valueOf(place, part) } : build(part),
      ]);
      return this.put(template, Object.fromEntries(filled));
    };
    return this.formulas.update.map(({ left, formula, sign }) => {
      const result = left.startsWith("w") ? step.w[at] : left.includes("\u0302") ? corrected(left[0]) : memory("after", left[0]);
      return this.line(called(left), build(formula), result, sign);
    });
  }

  // ## What the page shows of a neuron, a weight or a bias, phase by phase

  sections({ l, i, j, kind }) {
    const phases = { forward: [], loss: this.lossLines(), backward: [], update: [] };
    if (l > 0) {
      phases.forward = this.forward(l, j);
      phases.backward = this.backward(l, j);
    } else phases.forward = [this.line(this.quantity("a", 0, j).name, null, this.quantity("a", 0, j).value)];
    if (kind === "weight") phases.update = [...this.gradientLines(l, i, j), ...this.updateLines(l, i, j)];
    else if (l > 0 && this.layer(l).b) phases.update = [...this.gradientLines(l, undefined, j), ...this.updateLines(l, undefined, j)];
    return phases;
  }
}

// The places that a template has
const used = (template, places) => Object.fromEntries(Object.entries(places).filter(([place]) => template.includes(`{${place}}`)));

// ## Copy as Python: the same lines as assignments, with every digit

function inPythonNumber(value) {
  return Number.isFinite(value) ? String(value) : `float("${value < 0 ? "-" : ""}${Number.isNaN(value) ? "nan" : "inf"}")`;
}

function pythonSnippet(title, lines) {
  const made = new Set();
  const [given, computed] = [[], []];
  for (const { left, formula, value, sign } of lines) {
    for (const [id, number] of formula?.uses ?? []) {
      if (made.has(id)) continue;
      made.add(id);
      given.push(`${id} = ${inPythonNumber(number)}`);
    }
    const id = identifier(left);
    made.add(id);
    computed.push(`${id} = ${formula ? formula.python : inPythonNumber(value)}`);
    computed.push(`print("${left} ${sign}", ${id}, "  the page:", ${inPythonNumber(value)})`);
  }
  return [`# ${title}`, "from math import erf, exp, log, pi, sqrt, tanh", "", ...given, "", ...computed, ""].join("\n");
}

// ## Formulas as HTML, as the worksheet's writers make it

// A long sum goes on in the next line at a +, a product at a ·, and a number never
function inHtmlRow(math) {
  const terms = [""];
  for (const piece of math.split(/( \+ )/)) {
    const open = terms.at(-1).split("[").length > terms.at(-1).split("]").length;
    if (piece === " + " && !open) terms[terms.length - 1] += piece;
    else if (terms.at(-1).endsWith(" + ") && !open) terms.push(piece);
    else terms[terms.length - 1] += piece;
  }
  const breakable = (term) => inHtml(term.replace(/ \+ $/, "")).replace(/[\d.]+e[+-]\d+/g, '<span class="number">$&</span>').replaceAll("·", "·<wbr>") + (term.endsWith(" + ") ? "\u00a0+" : "");
  return terms.map((term) => `<span class="term">${breakable(term)}</span>`).join(" ");
}

function inHtml(math) {
  return math
    .replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
    .replace(/(?<!(?:[+−=,←≤]|&gt;)) (?!(?:[+−=,←≤]|&gt;))/g, "\u00a0")
    .replace(/√\[([^[\]]*)\]/g, "√($1)")
    .replace(/\^\[([^[\]]*)\]/g, "<sup>$1</sup>")
    .replace(/_([\p{L}\p{N}_]+(?:,[\p{L}\p{N}_]+)*)/gu, "<sub>$1</sub>")
    .replace(/\^([\p{L}\p{N}_]+)/gu, "<sup>$1</sup>");
}
