"use strict";
/*
# The page: what is looked at, and what happens when somebody asks for something else

`view` says what is looked at: the kept step k, the example n, the phase, what is pinned and whether it is held, and how
many digits are written. Everything on the page follows from it: who changes it calls `show`, and the page is painted.
*/

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const network = new Network(data);
const training = new Training(network, data);
const last = data.steps.length - 1;
const PHASES = ["forward", "loss", "backward", "update"];
const NAMES = { forward: "Forward", loss: "Loss", backward: "Backward", update: "Gradient and update" };

const view = { k: 0, n: 0, phase: "forward", pin: { kind: "neuron", l: 1, j: 0 }, held: false, digits: 10 };
let sheet;
let playing = null;
let asked = false;

function show(changes) {
  Object.assign(view, changes);
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    paint();
  });
}

// ## Words

const widthOf = (l) => (l === 0 ? data.inputs : network.layers[l - 1].n);
const neuronName = (l, j) => (l === 0 ? `input ${j + 1}` : `neuron ${j + 1} of layer ${l}`);

// A row of data in a few words: "(0, 1)"
function inWords(values) {
  const few = Array.from(values.slice(0, 4), (value) => writeNumber(value, 3));
  return values.length === 1 ? few[0] : `(${few.join(", ")}${values.length > 4 ? ", …" : ""})`;
}

function targetInWords(n) {
  const y = network.y.subarray(n * network.outputs, (n + 1) * network.outputs);
  const isOneHot = y.length > 1 && y.every((value) => value === 0 || value === 1) && sum(y) === 1;
  const lowered = (number) => [...String(number)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");
  return isOneHot ? `y${lowered(y.indexOf(1) + 1)} = 1` : `y = ${inWords(y)}`;
}

// What stands in the circles of the examples on the plane
function whatMarksSay() {
  if (network.outputs > 1) return "the output whose y is largest, from 1";
  return data.loss === "hinge" ? "+ if y > 0, else −" : "+ if y > 0.5, else −";
}

function says({ kind, l, i, j }) {
  const short6 = (value) => writeNumber(value, 6);
  if (kind === "weight") {
    const w = sheet.w(l, i, j);
    return `weight from ${neuronName(l - 1, i)} to ${neuronName(l, j)}, w = ${short6(w.value)}`;
  }
  if (kind === "bias") return `bias of ${neuronName(l, j)}, b = ${short6(sheet.b(l, j).value)}`;
  const a = short6(sheet.quantity("a", l, j).value);
  if (l === 0) return `${neuronName(0, j)}, x = ${a}`;
  return `${neuronName(l, j)}, z = ${short6(sheet.quantity("z", l, j).value)}, a = ${a}, δ = ${short6(sheet.quantity("δ", l, j).value)}`;
}

const html = (tag, text, attributes = {}) => {
  const element = document.createElement(tag);
  element.innerHTML = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

// ## Painting: the network

// What changes in a weight or bias: by the rule, else as recorded, else nothing is known
function change(l, i, j) {
  const step = training.at(view.k);
  const after = step.w ?? step.next;
  const at = sheet.place(l, i, j);
  return after ? after[at] - network.weightsAt(view.k)[at] : null;
}

function paintNetwork() {
  const { phase, pin, k } = view;
  const gradients = phase === "backward" || phase === "update" ? network.gradients(k) : null;
  const ofNeuron = (l, j) => {
    if (phase === "update") return l > 0 && network.layers[l - 1].b ? change(l, undefined, j) : null;
    if (phase === "backward") return l > 0 ? sheet.quantity("δ", l, j).value : null;
    return sheet.quantity("a", l, j).value;
  };
  const ofWeight = (l, i, j) => {
    if (phase === "backward") return gradients[sheet.place(l, i, j)];
    if (phase === "update") return change(l, i, j) ?? -gradients[sheet.place(l, i, j)];
    return sheet.w(l, i, j).value;
  };
  const biases = largest(sheet.run.parameters.flatMap(({ b }) => (b ? Array.from(b) : [])));
  const ofBias = (l, j) => {
    const { value } = sheet.b(l, j);
    return { value, part: value / biases };
  };
  const target = (j) => sheet.y(j).value;
  pictures.network.paint({ phase, pin, ofNeuron, ofWeight, ofBias, target, says });
  const step = training.at(k);
  const isKnown = Boolean(step.w ?? step.next);
  const legends = {
    forward: "In the circles a, on the lines w, in the diamonds b.",
    loss: "In the circles a; beside the outputs what they should be, y.",
    backward: "In the circles δ = ∂L/∂z, each layer on a scale of its own; on the lines ∂L/∂w.",
    update: isKnown
      ? "In the circles the change of b, on the lines the change of w."
      : "How the weights change is not known here: on the lines −∂L/∂w, the way down.",
  };
  const few = network.layers.some((layer, index) => layer.W && !pictures.network.hasAllEdges(index + 1));
  const strongest = few ? ` Of the large layers, the ${STRONGEST} strongest lines of what is pinned.` : "";
  const line = (sign) => `<svg width="26" height="8"><line class="edge ${sign}" x1="1" x2="25" y1="4" y2="4" stroke-width="2.5"/></svg>`;
  $("legend").innerHTML = `${legends[phase]}${strongest} ${line("plus")} plus ${line("minus")} minus. The thicker and deeper, the larger.`;
}

// ## Painting: the formulas

function lineElement({ left, formula, result, sign }) {
  const rows = formula ? [formula.names, formula.numbers, result] : [result];
  if (rows.length === 3 && rows[1] === rows[2]) rows.pop();
  const element = html("div", "", { class: "line" });
  rows.forEach((row, index) => {
    element.append(
      html("span", index === 0 ? inHtml(left) : "", { class: "left" }),
      html("span", index === 0 ? sign : "=", { class: "sign" }),
      html("span", inHtmlRow(row), { class: index === rows.length - 1 ? "row result" : "row" }),
    );
  });
  return element;
}

function pinnedName({ kind, l, i, j }) {
  if (kind === "weight") return `Weight ${inHtml(sheet.w(l, i, j).name)}`;
  if (kind === "bias") return `Bias ${inHtml(sheet.b(l, j).name)}`;
  return l === 0 ? `Input ${inHtml(`x_${j + 1}`)}` : `Neuron ${j + 1} of layer ${l}`;
}

function paintPanel() {
  const { pin, phase, held } = view;
  const sections = sheet.sections(pin);
  $("pinned").innerHTML = pinnedName(pin);
  const layer = network.layers[pin.l - 1];
  const from = pin.kind === "weight" ? `from ${neuronName(pin.l - 1, pin.i)} to neuron ${pin.j + 1} · ` : "";
  $("pinned-says").textContent = layer ? `${from}${layer.name} · ${layer.kind}${layer.f === "identity" ? "" : ` · ${layer.f}`}` : "input";
  $("hold").setAttribute("aria-pressed", held);
  $("hold").textContent = held ? "Held" : "Hold";
  const parts = PHASES.filter((name) => sections[name].length || name === phase || (name === "update" && pin.l > 0)).filter((name) => name !== "loss" || phase === "loss" || pin.l === network.layers.length).map((name) => {
    const section = html("section", `<h3>${NAMES[name]}</h3>`, { class: name === phase ? "phase now-phase" : "phase", "data-phase": name });
    section.append(...sections[name].map(lineElement), ...notes(name).map((note) => html("p", note, { class: "note" })));
    return section;
  });
  $("lines").replaceChildren(...parts);
  if ($("python").open) $("snippet").textContent = asPython();
}

// The phase that is looked at, where the panel has a scroll bar of its own
function showPhase() {
  const panel = document.querySelector(".panel");
  const section = panel.querySelector(".now-phase");
  const top = section.getBoundingClientRect().top - panel.getBoundingClientRect().top;
  panel.scrollTop += top < 0 || top + section.offsetHeight > panel.clientHeight ? top - 60 : 0;
}

function notes(name) {
  const { pin } = view;
  if (name === "backward" && pin.l === 0) return ["An input has no z, so it has no δ."];
  if (name === "backward" && pin.l < network.layers.length && network.layers[pin.l].W) return ["With the weights before the update."];
  if (name === "loss" && data.N > 1) return ["L(n) is the loss of example n, L their mean."];
  if (name !== "update" || pin.l === 0) return [];
  const i = pin.kind === "weight" ? pin.i : undefined;
  if (i === undefined && !network.layers[pin.l - 1].b) return [`Layer ${pin.l} has no bias; press a line to see a weight.`];
  if (!sheet.isTrained(pin.l, i)) return ["It is not trained, so it has no gradient."];
  return [...whyNoUpdate(), ...afterUpdate(sheet.place(pin.l, i, pin.j), sheet.parameter(pin.l, i, pin.j))];
}

function whyNoUpdate() {
  const step = training.at(view.k);
  const { kind, remembers = [] } = data.optimizer;
  if (step.w) return [];
  if (!kind || step.alpha == null) return ["No optimizer was handed to the recorder, so the rule of the update is not known."];
  if (!data.formulas.update) return [`${inHtml(kind)} is not one of tinynet's rules, or has a learning rate of your own: no formula, only the recorded numbers.`];
  return [`What ${inHtml(kind)} remembers (${remembers.join(", ")}) is not known here: that takes every step from the first, and the training's own batch.`];
}

function afterUpdate(at, { name, value }) {
  const step = training.at(view.k);
  const number = (v) => inHtml(sheet.number(v));
  const now = data.steps[view.k];
  if (step.agrees) return [`✓ The weights that were recorded after it, at step ${now + 1}, are the same.`];
  if (step.next) {
    const why = step.w ? "The training took other examples for this step, or dropout was on. It" : "The training";
    return [`${why} moved ${inHtml(name)} from ${number(value)} to ${number(step.next[at])}, at step ${now + 1}.`];
  }
  if (view.k === last) return ["This is the newest step; the update would be the next."];
  return [`The next step on this page is ${data.steps[view.k + 1]}; there ${inHtml(name)} is ${number(network.weightsAt(view.k + 1)[at])}.`];
}

function asPython() {
  const full = new Sheet(network, training, view.k, view.n, 17, true);
  const sections = full.sections(view.pin);
  if (view.pin.l !== network.layers.length && view.phase !== "loss") sections.loss = [];
  const title = `${$("pinned").textContent}: example ${view.n}, step ${data.steps[view.k]}, with every digit`;
  return pythonSnippet(title, PHASES.flatMap((name) => sections[name]));
}

async function copyPython() {
  const text = asPython();
  $("snippet").textContent = text;
  $("python").open = true;
  try {
    await navigator.clipboard.writeText(text);
    $("copied").textContent = "copied";
  } catch {
    getSelection().selectAllChildren($("snippet"));
    $("copied").textContent = "the browser allows no copying here; the lines are selected, copy them with Ctrl+C";
  }
}

// ## Painting: the tables

function fillTable(id, caption, heads, rows) {
  const table = $(id);
  const head = `<caption>${caption}</caption><thead><tr>${heads.map((name) => `<th scope="col">${inHtml(name)}</th>`).join("")}</tr></thead>`;
  const cells = (values) => values.map((value) => `<td>${value === null || value === undefined ? "" : inHtml(typeof value === "string" ? value : sheet.number(value))}</td>`).join("");
  const body = rows.map(({ name, pin, isPinned, values }) => {
    const label = pin ? `<button type="button" data-pin='${JSON.stringify(pin)}'>${inHtml(name)}</button>` : inHtml(name);
    return `<tr${isPinned ? ' class="pinned"' : ""}><th scope="row">${label}</th>${cells(values)}</tr>`;
  });
  const focused = document.activeElement?.dataset?.pin;
  table.innerHTML = `${head}<tbody>${body.join("")}</tbody>`;
  if (focused) table.querySelector(`[data-pin='${focused}']`)?.focus({ preventScroll: true });
}

// All neurons of a small network, else those of the pinned layer
function paintNeurons() {
  const total = sum(network.layers.map((layer) => layer.n)) + data.inputs;
  const layers = [...Array(network.layers.length + 1).keys()].filter((l) => total <= 64 || l === view.pin.l);
  const rows = layers.flatMap((l) => Array.from({ length: widthOf(l) }, (_, j) => neuronRow(l, j)));
  const which = layers.length > 1 ? "every neuron" : view.pin.l ? `layer ${view.pin.l}` : "the input";
  fillTable("neurons", `Step ${data.steps[view.k]}, example ${view.n}: ${which}`, ["neuron", "z", "a", "f′(z)", "δ", "b", "∂L/∂b"], rows);
}

function neuronRow(l, j) {
  const layer = network.layers[l - 1];
  const pin = { kind: "neuron", l, j };
  const isPinned = view.pin.kind !== "weight" && view.pin.l === l && view.pin.j === j;
  const name = l === 0 ? `x_${j + 1}` : `${l}, ${j + 1}`;
  const a = sheet.quantity("a", l, j).value;
  if (l === 0) return { name, pin, isPinned, values: [null, a, null, null, null, null] };
  const values = [sheet.quantity("z", l, j).value, a, sheet.slope(l, j).value, sheet.quantity("δ", l, j).value];
  const db = layer.trained.b ? network.gradients(view.k)[sheet.place(l, undefined, j)] : null;
  return { name, pin, isPinned, values: [...values, layer.b ? sheet.b(l, j).value : null, db] };
}

// The weights that lead to the pinned neuron
function paintWeights() {
  const { l, j } = view.pin;
  const layer = network.layers[l - 1];
  if (!layer?.W) {
    fillTable("weights", l ? `Layer ${l} has no weights.` : "An input has no weights that lead to it.", ["weight"], []);
    return;
  }
  const step = training.at(view.k);
  const rows = Array.from({ length: layer.inputs }, (_, i) => {
    const [w, a, at] = [sheet.w(l, i, j), sheet.quantity("a", l - 1, i), sheet.place(l, i, j)];
    const isPinned = view.pin.kind === "weight" && view.pin.i === i;
    const gradient = layer.trained.W ? network.gradients(view.k)[at] : null;
    return { name: w.name, pin: { kind: "weight", l, i, j }, isPinned, values: [w.value, a.value, w.value * a.value, gradient, step.w?.[at] ?? null] };
  });
  const caption = `The weights that lead to ${neuronName(l, j)}`;
  fillTable("weights", caption, ["weight", "w", "a", "w·a", "∂L/∂w", "new w"], rows);
}

// ## Painting: loss, input, and the rest

function paintInput() {
  const { pin, n, k } = view;
  const x = network.x.subarray(n * data.inputs, (n + 1) * data.inputs);
  if (pictures.plane) {
    const [l, j] = pin.l === 0 ? [network.layers.length, 0] : [pin.l, pin.j];
    const name = inHtml(sheet.quantity("a", l, j).name);
    $("input-title").innerHTML = `${name} for every input`;
    const { middle, reach } = pictures.plane.paint(sheet.run.parameters, l, j, n, `a of ${neuronName(l, j)} over the plane of both inputs`);
    const [low, top] = [middle - reach, middle + reach].map((value) => writeNumber(value, 2));
    const [across, up] = pictures.plane.ranges.map(([from, to]) => `${writeNumber(from, 3)} … ${writeNumber(to, 3)}`);
    $("input-says").innerHTML = `purple ${low} … ${top} orange; the line: ${middle}. ${inHtml("x_1")} to the right, ${across}; ${inHtml("x_2")} up, ${up}. In the small circles ${whatMarksSay()}`;
    return;
  }
  $("input-title").textContent = "The input";
  $("input-says").textContent = `example ${n}, ${targetInWords(n)}`;
  if (!pictures.images) return paintBars($("input"), x);
  const looks = pin.l > 0 && network.layers.findIndex((layer) => layer.W) === pin.l - 1;
  const weights = looks ? Float64Array.from({ length: data.inputs }, (_, i) => sheet.w(pin.l, i, pin.j).value) : null;
  pictures.images.paint(x, weights, [`x of example ${n}`, looks ? `the weights to ${neuronName(pin.l, pin.j)}` : ""]);
}

function paintControls() {
  const step = data.steps[view.k];
  $("step").value = view.k;
  $("step").setAttribute("aria-valuetext", `step ${step} of ${data.last}, loss ${writeNumber(sheet.run.loss, 4)}`);
  $("step-number").innerHTML = `step <b>${step}</b> of ${data.last}`;
  $("example").value = view.n;
  $("precision").checked = view.digits === 17;
  document.querySelector(`[name=phase][value=${view.phase}]`).checked = true;
  $("back").disabled = view.k === 0;
  $("on").disabled = view.k === last;
  const all = data.N > 1 ? ` · L = <b>${inHtml(writeNumber(sheet.run.loss, 4))}</b>` : "";
  const own = data.N > 1 ? `L(${view.n})` : "L";
  $("network-says").innerHTML = `${own} = <b>${inHtml(writeNumber(sheet.run.losses[view.n], 4))}</b>${all}`;
}

function paint() {
  sheet = new Sheet(network, training, view.k, view.n, view.digits);
  paintControls();
  paintNetwork();
  paintPanel();
  pictures.curve.paint(data.steps[view.k], sheet.run.loss);
  paintInput();
  paintNeurons();
  paintWeights();
}

// ## Asking for something else

const clamp = (value, top) => Math.max(0, Math.min(top, value));
const goTo = (k) => show({ k: clamp(k, last) });

function play() {
  if (playing) {
    clearInterval(playing);
    playing = null;
  } else {
    if (view.k === last) view.k = 0;
    playing = setInterval(() => (view.k < last ? goTo(view.k + 1) : play()), 1000 / Number($("speed").value));
  }
  $("play").innerHTML = playing ? '<span aria-hidden="true">❚❚</span><span class="hidden">Pause</span>' : '<span aria-hidden="true">▶</span><span class="hidden">Play</span>';
  $("play").title = playing ? "Pause (p)" : "Play (p)";
}

// Hovering and focusing pin, unless something is held by a click
function choose(pin, how) {
  if (how === "hover" && view.held) return;
  if (how === "focus") return show({ pin });
  const isSame = JSON.stringify(pin) === JSON.stringify(view.pin);
  show({ pin, held: how === "click" ? !(isSame && view.held) : view.held });
}

function setPhase(phase) {
  const isNew = phase !== view.phase;
  view.phase = phase;
  paint();
  showPhase();
  if (isNew) pictures.network.wave(phase === "backward" || phase === "update");
}

function nearestKept(step) {
  const distance = (k) => Math.abs(data.steps[k] - step);
  return data.steps.reduce((best, _, k) => (distance(k) < distance(best) ? k : best), 0);
}

// From neuron to neuron
function move(key) {
  const { l, j } = view.pin;
  const drawn = (layer) => pictures.network.columns[layer].at.length;
  if (key === "ArrowUp" || key === "ArrowDown") {
    return pinAndFocus({ kind: "neuron", l, j: clamp(j + (key === "ArrowDown" ? 1 : -1), drawn(l) - 1) });
  }
  const beside = clamp(l + (key === "ArrowRight" ? 1 : -1), network.layers.length);
  const height = drawn(l) > 1 ? j / (drawn(l) - 1) : 0.5;
  return pinAndFocus({ kind: "neuron", l: beside, j: beside === l ? j : Math.round(height * (drawn(beside) - 1)) });
}

function pinAndFocus(pin) {
  view.pin = pin;
  paint();
  pictures.network.focus(pin);
}

function nextWeight() {
  const { kind, l, i, j } = view.pin;
  const layer = network.layers[l - 1];
  if (layer?.W) pinAndFocus({ kind: "weight", l, j, i: kind === "weight" ? (i + 1) % layer.inputs : 0 });
}

const KEYS = {
  ",": () => goTo(view.k - 1),
  ".": () => goTo(view.k + 1),
  p: play,
  1: () => setPhase("forward"),
  2: () => setPhase("loss"),
  3: () => setPhase("backward"),
  4: () => setPhase("update"),
  "[": () => show({ n: clamp(view.n - 1, data.N - 1) }),
  "]": () => show({ n: clamp(view.n + 1, data.N - 1) }),
  f: () => show({ digits: view.digits === 17 ? 10 : 17 }),
  c: copyPython,
  w: nextWeight,
  b: () => network.layers[view.pin.l - 1]?.b && pinAndFocus({ kind: "bias", l: view.pin.l, j: view.pin.j }),
  Escape: () => {
    view.held = false;
    pinAndFocus({ kind: "neuron", l: view.pin.l, j: view.pin.j });
  },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const inNetwork = $("network").contains(document.activeElement);
  const arrow = event.key.startsWith("Arrow");
  if (event.shiftKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) goTo(view.k + (event.key === "ArrowLeft" ? -1 : 1));
  else if (inNetwork && arrow) move(event.key);
  else if (inNetwork && (event.key === "Enter" || event.key === " ")) show({ held: !view.held });
  else if (event.target.matches("select, pre") || !(event.key in KEYS)) return;
  else KEYS[event.key]();
  event.preventDefault();
});

$("play").addEventListener("click", play);
$("back").addEventListener("click", () => goTo(view.k - 1));
$("on").addEventListener("click", () => goTo(view.k + 1));
$("step").addEventListener("input", (event) => goTo(Number(event.target.value)));
$("example").addEventListener("change", (event) => show({ n: Number(event.target.value) }));
$("precision").addEventListener("change", (event) => show({ digits: event.target.checked ? 17 : 10 }));
$("phases").addEventListener("change", (event) => setPhase(event.target.value));
$("hold").addEventListener("click", () => show({ held: !view.held }));
$("copy").addEventListener("click", copyPython);
$("python").addEventListener("toggle", () => $("python").open && ($("snippet").textContent = asPython()));
$("speed").addEventListener("change", () => playing && (play(), play()));
dark.addEventListener("change", () => show({}));
for (const id of ["neurons", "weights"]) {
  $(id).addEventListener("click", (event) => {
    const button = event.target.closest("[data-pin]");
    if (button) show({ pin: JSON.parse(button.dataset.pin), held: true });
  });
}

// ## The beginning

// The training's loss at every step; that of the page's examples where it is another
function lossCurves() {
  const values = decode(data.losses.values);
  const curves = [];
  if (values.length) curves.push({ name: "training", points: data.losses.steps.map((step, e) => [step, values[e]]) });
  const work = data.steps.length * data.N * network.size;
  if (work > 3e7 && values.length) return curves;
  const own = data.steps.map((step, k) => [step, network.at(k).loss]);
  const trained = new Map(curves[0]?.points);
  const near = data.float32 ? 1e-4 : 1e-9;
  const isSame = ([step, loss]) => !trained.has(step) || Object.is(trained.get(step), loss) || Math.abs(trained.get(step) - loss) <= near * Math.max(1, loss);
  if (!values.length || !own.every(isSame)) curves.push({ name: "examples", points: own });
  return curves;
}

function sayWhatThisIs() {
  const examples = data.N === 1 ? "1 example" : `${data.N} examples`;
  $("title").textContent = `${data.title}, step by step`;
  const thinned = data.steps.length < data.kept ? ` · ${data.steps.length} of ${data.kept} kept steps, dense at the beginning` : "";
  $("about").textContent = `${data.loss} · ${data.optimizer.words} · ${examples}${thinned}`;
  $("diverged").hidden = !data.diverged;
  if (data.diverged) $("diverged").textContent = `This training diverged: the first number that is not finite is ${data.diverged}.`;
  const most = Math.min(data.N, 1000);
  for (let n = 0; n < most; n++) {
    const x = data.inputs <= 2 ? `: x = ${inWords(network.x.subarray(n * data.inputs, (n + 1) * data.inputs))}` : "";
    $("example").append(new Option(`${n}${x}${x ? "," : ":"} ${targetInWords(n)}`, n));
  }
  $("step").max = last;
}

function sayWhetherItMatches() {
  const { largest: difference, lost } = compareWithPython(network, data);
  const matches = difference <= (data.float32 ? 1e-4 : 1e-12);
  const size = difference === 0 ? "0" : difference.toExponential(0).replace("-", "−");
  $("badge").textContent = matches ? `✓ matches Python, largest difference ${size}` : `differs from Python by ${size}`;
  if (lost) $("badge").textContent += `; ${lost} numbers of steps that overflow are left out`;
  $("badge").classList.toggle("differs", !matches);
  const examples = data.examples_checked < data.N ? `${data.examples_checked} of ${data.N} examples` : "all examples";
  $("badge").title = `Every z, a, δ and L is computed here from the weights, and was compared with Python's at ${data.checked.length} steps, ${examples}.`;
  if (data.float32) $("badge").textContent += "; the network computes in float32, this page in float64";
}

sheet = new Sheet(network, training, view.k, view.n, view.digits);
sayWhatThisIs();
const curves = lossCurves();
const pictures = {
  network: new NetworkPicture($("network"), network, choose),
  curve: new LossCurve($("curve"), curves, data.last, (step) => goTo(nearestKept(step))),
};
if (data.inputs === 2) pictures.plane = new Plane($("input"), network, (n) => show({ n }));
else if (data.image) pictures.images = new Images($("input"), data.image);
const names = { training: "— the batch of each step", examples: "– – these examples" };
$("curve-says").textContent = `${curves.map((curve) => names[curve.name]).join(", ")}; press to jump to a step`;
view.k = last;
paint();
sayWhetherItMatches();
