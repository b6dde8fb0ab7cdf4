"use strict";
/*
# The pictures

The network, the loss curve, the plane of two inputs, the image. Each is drawn once and then painted at every step. Purple
is minus, orange plus, and 0 has the colour of the paper; a dash, a − or a + says it again.
*/

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// ## Colours

const dark = matchMedia("(prefers-color-scheme: dark)");
const RAMPS = {
  light: ["#2d004b", "#542788", "#8073ac", "#b2abd2", "#d8daeb", "#f7f7f7", "#fee0b6", "#fdb863", "#e08214", "#b35806", "#7f3b08"],
  dark: ["#dcd2ff", "#b6a8e8", "#8f80c8", "#6a5aa0", "#46406a", "#2b2b31", "#57431f", "#8a6220", "#bd8428", "#e8a94a", "#ffd79a"],
};

// Red, green and blue of a number between −1 and 1; grey for what is not finite
function rgb(value) {
  if (!Number.isFinite(value)) return [140, 140, 140];
  const ramp = RAMPS[dark.matches ? "dark" : "light"];
  const at = (Math.max(-1, Math.min(1, value)) + 1) * 5;
  const first = Math.min(9, Math.floor(at));
  const channel = (k, c) => parseInt(ramp[k].slice(1 + 2 * c, 3 + 2 * c), 16);
  return [0, 1, 2].map((c) => Math.round(channel(first, c) + (at - first) * (channel(first + 1, c) - channel(first, c))));
}

const colour = (value) => `rgb(${rgb(value).join(" ")})`;
const inkOn = (value) => (sum(rgb(value).map((part, c) => part * [0.3, 0.59, 0.11][c])) > 140 ? "#1f2328" : "#ffffff");

// Two digits and the sign, for a number in a picture
function short(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+∞" : "−∞";
  const sign = value > 0 ? "+" : value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.00995 || size >= 999.5) return sign + size.toExponential(0).replace("+", "").replace("-", "−");
  return sign + (Number.isInteger(size) || size >= 9.95 ? size.toFixed(0) : size.toFixed(size >= 0.995 ? 1 : 2));
}

const signOf = (value) => (value > 0 ? "plus" : value < 0 ? "minus" : "none");
const largest = (values) => values.reduce((most, v) => (Number.isFinite(v) && Math.abs(v) > most ? Math.abs(v) : most), 0) || 1;

// ## The network
//
// A layer of up to SMALL neurons is a column of circles; a larger one a block of cells, of which the first MOST are
// drawn. Where two columns meet, every weight is a line. Else those of the pinned neuron are, the STRONGEST of them.

const [SMALL, MOST, ALL_EDGES, STRONGEST] = [16, 1024, 400, 12];

class NetworkPicture {
  constructor(box, network, choose) {
    Object.assign(this, { box, network, choose });
    this.widths = [network.data.inputs, ...network.layers.map((layer) => layer.n)];
    new ResizeObserver(() => this.draw()).observe(box);
    this.draw();
  }

  draw() {
    const wide = this.box.clientWidth;
    if (!wide || wide === this.drawnFor) return;
    this.drawnFor = wide;
    this.place(wide);
    const root = svg("svg", { width: this.wide, height: this.high, viewBox: `0 0 ${this.wide} ${this.high}`, role: "group", "aria-label": "The network, neuron by neuron; arrow keys move" });
    this.edges = svg("g", { class: "edges" });
    root.append(this.edges);
    this.lines = new Map();
    this.network.layers.forEach((_, index) => this.drawEdges(index + 1));
    this.neurons = this.widths.map((_, l) => this.drawLayer(root, l));
    this.targets = this.drawTargets(root);
    // the ring of a cell lies above its neighbours
    this.ringOfCell = svg("rect", { class: "ring of-cell", visibility: "hidden" });
    root.append(this.ringOfCell);
    const hadFocus = this.box.contains(document.activeElement);
    this.box.replaceChildren(root);
    this.root = root;
    if (this.state) this.paint(this.state);
    if (hadFocus) this.focus(this.state.pin);
  }

  // Where every neuron stands
  place(wide) {
    const gap = wide < 500 ? 14 : 40;
    const small = this.widths.map((n) => n <= SMALL);
    const across = this.widths.map((n) => (n <= SMALL ? 1 : n === this.network.data.image?.[0] * this.network.data.image?.[1] ? this.network.data.image[1] : Math.ceil(Math.sqrt(Math.min(n, MOST) / 2))));
    const most = Math.max(...this.widths.filter((n) => n <= SMALL), 1);
    const room = (wide - 70) / this.widths.length;
    this.radius = Math.max(12, Math.min(21, room * 0.3, 360 / most));
    const pitch = 2 * this.radius + (most > 10 ? 6 : 12);
    const cell = (l) => Math.max(4, Math.min(22, Math.floor(Math.max(room - gap, 56) / across[l])));
    const size = this.widths.map((n, l) => (small[l] ? 2 * this.radius : across[l] * cell(l)));
    const tall = this.widths.map((n, l) => (small[l] ? n * pitch : Math.ceil(Math.min(n, MOST) / across[l]) * cell(l)));
    const total = sum(size);
    const space = Math.max(gap, Math.min(190, (wide - 74 - total) / Math.max(1, this.widths.length - 1)));
    this.wide = Math.max(wide, total + space * (this.widths.length - 1) + 74) - 2;
    this.high = Math.max(...tall) + 52;
    let left = Math.max(10, (this.wide - total - space * (this.widths.length - 1) - 58) / 2);
    this.columns = this.widths.map((n, l) => {
      const top = 40 + (this.high - 52 - tall[l]) / 2;
      const place = (j) => small[l]
        ? [left0 + this.radius, top + (j + 0.5) * pitch]
        : [left0 + (j % across[l] + 0.5) * cell(l), top + (Math.floor(j / across[l]) + 0.5) * cell(l)];
      const left0 = left;
      left += size[l] + space;
      return { small: small[l], across: across[l], cell: cell(l), middle: left0 + size[l] / 2, top, at: Array.from({ length: Math.min(n, MOST) }, (_, j) => place(j)), narrow: size[l] + space < 80 };
    });
  }

  drawLayer(root, l) {
    const column = this.columns[l];
    const layer = this.network.layers[l - 1];
    const group = svg("g", { class: "column", style: `--order: ${l}` });
    const name = layer ? (column.narrow ? `${l}` : layer.name) : "input";
    const more = this.widths[l] > MOST ? `, ${MOST} of ${this.widths[l]}` : column.small ? "" : `, ${this.widths[l]}`;
    group.append(svg("text", { class: "label strong", x: column.middle, y: 13 }, name + more));
    group.append(svg("text", { class: "label", x: column.middle, y: 27 }, layer ? (layer.kind === "Dense" || layer.kind === "Activation" ? layer.f : layer.kind) : "x"));
    root.append(group);
    return column.at.map(([x, y], j) => {
      const neuron = svg("g", { class: "neuron", role: "button", tabindex: -1, id: `n-${l}-${j}` });
      const r = column.small ? this.radius : column.cell / 2;
      const node = column.small
        ? svg("circle", { class: "node", cx: x, cy: y, r })
        : svg("rect", { class: "node", x: x - r, y: y - r, width: 2 * r, height: 2 * r, "stroke-width": 0.4 });
      const ring = column.small ? svg("circle", { class: "ring", cx: x, cy: y, r: r + 3 }) : svg("rect", { class: "ring", x: x - r - 1, y: y - r - 1, width: 2 * r + 2, height: 2 * r + 2 });
      const value = svg("text", { class: "value", x, y: y + (column.small ? 4 : Math.min(4, r / 2)), style: column.small ? (r < 15 ? "font-size: 9px" : "") : `font-size: ${Math.min(11, column.cell)}px` });
      neuron.append(node, value, ring);
      this.listen(neuron, { kind: "neuron", l, j });
      group.append(neuron);
      const bias = layer?.b && column.small ? this.drawBias(group, l, j, x - r * 0.95, y - r * 0.95) : null;
      return { group: neuron, node, value, bias };
    });
  }

  drawBias(group, l, j, x, y) {
    const bias = svg("g", { class: "bias", role: "button", tabindex: -1, id: `b-${l}-${j}` });
    const diamond = (d) => `M${x} ${y - d}L${x + d} ${y}L${x} ${y + d}L${x - d} ${y}Z`;
    const node = svg("path", { class: "node", d: diamond(6) });
    bias.append(node, svg("path", { class: "ring", d: diamond(8) }));
    this.listen(bias, { kind: "bias", l, j });
    group.append(bias);
    return { group: bias, node };
  }

  drawTargets(root) {
    const column = this.columns.at(-1);
    const r = column.small ? this.radius : column.cell / 2;
    if (!column.small) return [];
    const x = Math.max(...column.at.map(([x]) => x)) + r + 8;
    const texts = column.at.map(([, y]) => svg("text", { class: "target", x, y: y + 4, style: "text-anchor: start" }));
    root.append(...texts);
    return texts;
  }

  hasAllEdges(l) {
    return this.columns[l - 1].small && this.columns[l].small && this.widths[l - 1] * this.widths[l] <= ALL_EDGES;
  }

  drawEdges(l) {
    const group = svg("g", { "data-layer": l });
    this.edges.append(group);
    if (!this.hasAllEdges(l)) return;
    const W = this.network.layers[l - 1].W;
    for (let i = 0; i < this.widths[l - 1]; i++) {
      for (let j = 0; j < this.widths[l]; j++) if (W || i === j) this.drawEdge(l, i, j, W);
    }
  }

  drawEdge(l, i, j, isWeight) {
    const [[x1, y1], [x2, y2]] = [this.columns[l - 1].at[i], this.columns[l].at[j]];
    const ends = { x1: x1 + (this.columns[l - 1].small ? this.radius : 0), y1, x2: x2 - (this.columns[l].small ? this.radius : 0), y2 };
    const line = svg("line", { class: "edge none", ...ends });
    const group = svg("g", isWeight ? { role: "button", tabindex: -1, id: `w-${l}-${i}-${j}` } : {}, line);
    if (isWeight) {
      group.append(svg("line", { class: "hit", ...ends }));
      this.listen(group, { kind: "weight", l, i, j });
    }
    this.edges.append(group);
    this.lines.set(`${l}-${i}-${j}`, { group, line, l, i, j, isWeight });
  }

  // Hovering and focusing pin what nobody holds; clicking pins and holds
  listen(element, pin) {
    element.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && this.choose(pin, "hover"));
    element.addEventListener("pointerdown", () => (this.pressing = true));
    element.addEventListener("focus", () => this.pressing || this.choose(pin, "focus"));
    element.addEventListener("click", () => {
      this.pressing = false;
      this.choose(pin, "click");
    });
  }

  focus({ kind, l, i, j }) {
    const id = kind === "weight" ? `w-${l}-${i}-${j}` : kind === "bias" ? `b-${l}-${j}` : `n-${l}-${j}`;
    this.box.querySelector(`#${id}`)?.focus({ preventScroll: true });
  }

  // state: { run, n, phase, pin, ofNeuron(l, j), ofWeight(l, i, j), says(pin) }
  paint(state) {
    this.state = state;
    if (!this.root) return;
    const { pin, phase } = state;
    this.root.classList.toggle("loss-phase", phase === "loss");
    const values = this.neurons.map((neurons, l) => neurons.map((_, j) => state.ofNeuron(l, j)));
    // δ may differ by orders of magnitude from layer to layer, so each layer has a scale of its own
    const perLayer = phase === "backward";
    const all = largest(values.flat());
    this.neurons.forEach((neurons, l) => {
      const most = perLayer ? largest(values[l]) : all;
      neurons.forEach(({ group, node, value, bias }, j) => {
        const shown = values[l][j];
        const part = shown === null ? 0 : shown / most;
        node.style.fill = Number.isFinite(shown ?? 0) ? colour(part) : "#8c8c8c";
        const isSmall = this.columns[l].small;
        const wanted = isSmall ? (shown === null ? "" : short(shown)) : Number.isFinite(shown ?? 0) ? (Math.abs(part) > 0.25 && this.columns[l].cell >= 8 ? (shown > 0 ? "+" : "−") : "") : "×";
        if (value.textContent !== wanted) value.textContent = wanted;
        value.style.fill = inkOn(part);
        const isPinned = pin.kind === "neuron" && pin.l === l && pin.j === j;
        group.classList.toggle("pinned", isPinned);
        group.setAttribute("aria-pressed", isPinned);
        group.setAttribute("tabindex", pin.l === l && pin.j === j && (isPinned || !bias || pin.kind === "weight") ? 0 : -1);
        if (isSmall || isPinned) group.setAttribute("aria-label", state.says({ kind: "neuron", l, j }));
        if (bias) this.paintBias(bias, state, l, j);
      });
    });
    const { small, cell, at } = this.columns[pin.l];
    const isCell = !small && pin.kind === "neuron" && pin.j < at.length;
    this.ringOfCell.setAttribute("visibility", isCell ? "visible" : "hidden");
    if (isCell) {
      const [x, y] = at[pin.j].map((middle) => middle - cell / 2 - 1);
      for (const [name, value] of Object.entries({ x, y, width: cell + 2, height: cell + 2 })) this.ringOfCell.setAttribute(name, value);
    }
    this.targets.forEach((text, j) => (text.textContent = `y = ${writeNumber(state.target(j), 3)}`));
    this.paintEdges(state);
  }

  paintBias({ group, node }, state, l, j) {
    const b = state.ofBias(l, j);
    node.style.fill = colour(b.part);
    node.style.strokeDasharray = b.value < 0 ? "2 1.5" : "";
    const isPinned = state.pin.kind === "bias" && state.pin.l === l && state.pin.j === j;
    group.classList.toggle("pinned", isPinned);
    group.setAttribute("aria-pressed", isPinned);
    group.setAttribute("tabindex", isPinned ? 0 : -1);
    group.setAttribute("aria-label", state.says({ kind: "bias", l, j }));
  }

  paintEdges(state) {
    const { pin } = state;
    for (const [key, line] of this.lines) {
      if (!this.hasAllEdges(line.l)) {
        line.group.remove();
        this.lines.delete(key);
      }
    }
    this.network.layers.forEach((layer, index) => !this.hasAllEdges(index + 1) && layer.W && this.drawStrongest(state, index + 1));
    const most = largest([...this.lines.values()].filter((e) => e.isWeight).map(({ l, i, j }) => state.ofWeight(l, i, j)));
    const leads = ({ l, i, j }) => (l === pin.l && j === pin.j) || (l === pin.l + 1 && i === pin.j);
    this.edges.classList.toggle("dim", true);
    for (const edge of this.lines.values()) {
      const { group, line, l, i, j, isWeight } = edge;
      const value = isWeight ? state.ofWeight(l, i, j) : 0;
      line.setAttribute("class", `edge ${signOf(value)}`);
      line.setAttribute("stroke-width", Number.isFinite(value) ? (0.5 + (4 * Math.abs(value)) / most).toFixed(2) : 0.7);
      const isPinned = pin.kind === "weight" && pin.l === l && pin.i === i && pin.j === j;
      group.setAttribute("class", `${leads(edge) && pin.kind !== "weight" ? "lit" : ""} ${isPinned ? "pinned lit" : ""}`);
      if (!isWeight) continue;
      group.setAttribute("aria-label", state.says({ kind: "weight", l, i, j }));
      group.setAttribute("aria-pressed", isPinned);
    }
  }

  // Where there are too many lines: the strongest that lead to the pinned neuron, or away from it
  drawStrongest({ pin, ofWeight }, l) {
    const to = l === pin.l;
    if (!to && l !== pin.l + 1) return;
    if (pin.j >= this.columns[pin.l].at.length) return;
    const others = this.columns[to ? l - 1 : l].at.map((_, other) => (to ? [other, pin.j] : [pin.j, other]));
    const strength = ([i, j]) => Math.abs(ofWeight(l, i, j)) || 0;
    others.sort((a, b) => strength(b) - strength(a));
    const chosen = others.slice(0, STRONGEST);
    if (pin.kind === "weight" && to && !chosen.some(([i]) => i === pin.i) && pin.i < this.columns[l - 1].at.length) chosen.push([pin.i, pin.j]);
    for (const [i, j] of chosen) this.drawEdge(l, i, j, true);
  }

  // A light that goes through the layers, in the direction of the phase
  wave(backward) {
    this.root.classList.remove("wave");
    this.root.querySelectorAll(".column").forEach((column, l) => column.style.setProperty("--order", backward ? this.widths.length - 1 - l : l));
    void this.root.getBoundingClientRect();
    this.root.classList.add("wave");
  }
}

// ## The loss curve: of the training at every step, and of the page's examples at the kept steps where it is another

class LossCurve {
  constructor(box, curves, last, jump) {
    Object.assign(this, { box, curves, last: Math.max(last, 1), jump });
    new ResizeObserver(() => this.draw()).observe(box);
    this.draw();
  }

  draw() {
    const wide = this.box.clientWidth;
    if (!wide || wide === this.wide) return;
    const high = 190;
    Object.assign(this, { wide, high });
    const finite = this.curves.flatMap((curve) => curve.points.map(([, loss]) => loss)).filter(Number.isFinite);
    let [low, top] = [Math.min(...finite), Math.max(...finite)];
    // many orders of magnitude are read on a scale of logarithms
    this.log = low > 0 && top / low > 50;
    if (!this.log) low = Math.min(0, low);
    if (!(top > low)) top = low + 1;
    const scale = this.log ? Math.log10 : (v) => v;
    this.x = (step) => 58 + ((wide - 72) * step) / this.last;
    this.y = (loss) => high - 26 - ((high - 40) * (scale(loss) - scale(low))) / (scale(top) - scale(low));
    const root = svg("svg", { height: high, viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": `Loss over ${this.last} steps; click to jump to a step` });
    root.append(svg("path", { class: "axis", d: `M58 8V${high - 26}H${wide - 14}` }));
    for (const value of [low, top]) if (finite.length) root.append(svg("text", { class: "label", x: 54, y: this.y(value) + 4, style: "text-anchor: end" }, writeNumber(value, 2)));
    for (const step of [0, this.last]) root.append(svg("text", { class: "label", x: this.x(step), y: high - 10 }, step ? `${step}` : "step 0"));
    if (this.log) root.append(svg("text", { class: "label", x: wide / 2 + 20, y: high - 10 }, "logarithmic scale"));
    for (const { name, points } of this.curves) root.append(svg("path", { class: `loss ${name}`, d: this.path(points) }), ...this.crosses(points));
    this.now = svg("line", { class: "now", y1: 8, y2: high - 26 });
    this.dot = svg("circle", { class: "now-dot", r: 4 });
    root.append(this.now, this.dot);
    const go = (event) => (event.buttons || event.type === "click") && this.jump(((event.offsetX - 58) / (wide - 72)) * this.last);
    root.addEventListener("click", go);
    root.addEventListener("pointermove", go);
    this.box.replaceChildren(root);
    if (this.at) this.paint(...this.at);
  }

  path(points) {
    let pen = "M";
    return points.map(([step, loss]) => {
      if (!Number.isFinite(loss)) return (pen = "M"), "";
      const piece = `${pen}${this.x(step).toFixed(1)} ${this.y(loss).toFixed(1)}`;
      pen = "L";
      return piece;
    }).join("");
  }

  crosses(points) {
    const lost = points.filter(([, loss]) => !Number.isFinite(loss));
    const apart = Math.ceil(lost.length / 25);
    return lost.filter((_, k) => k % apart === 0).map(([step]) => {
      const [x, y] = [this.x(step), this.high - 30];
      return svg("path", { class: "lost", d: `M${x - 3} ${y - 3}l6 6m0 -6l-6 6` });
    });
  }

  paint(step, loss) {
    this.at = [step, loss];
    if (!this.now) return;
    const x = this.x(step);
    this.now.setAttribute("x1", x);
    this.now.setAttribute("x2", x);
    this.dot.setAttribute("cx", x);
    this.dot.setAttribute("cy", Number.isFinite(loss) && (!this.log || loss > 0) ? this.y(loss) : this.high - 26);
  }
}

// ## The plane of two inputs: a of one neuron everywhere, and the examples

const MARGIN = 0.25;

class Plane {
  constructor(box, network, choose) {
    Object.assign(this, { network, choose });
    // as fine as it can be computed while somebody moves the slider
    this.grid = Math.max(16, Math.min(64, Math.round(Math.sqrt(2e7 / network.size))));
    const column = (c) => Array.from({ length: network.N }, (_, n) => network.x[2 * n + c]);
    this.ranges = [0, 1].map((c) => {
      const [low, high] = [Math.min(...column(c)), Math.max(...column(c))];
      const margin = high > low ? (high - low) * MARGIN : 1;
      return [low - margin, high + margin];
    });
    const GRID = this.grid;
    this.points = new Float64Array(2 * GRID * GRID);
    for (let e = 0; e < GRID * GRID; e++) {
      const at = [(e % GRID + 0.5) / GRID, 1 - (Math.floor(e / GRID) + 0.5) / GRID];
      at.forEach((share, c) => (this.points[2 * e + c] = this.ranges[c][0] + share * (this.ranges[c][1] - this.ranges[c][0])));
    }
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.canvas.height = GRID;
    this.canvas.setAttribute("role", "img");
    this.over = svg("svg", { viewBox: "0 0 100 100" });
    const plane = Object.assign(document.createElement("div"), { className: "plane" });
    plane.append(this.canvas, this.over);
    box.append(plane);
  }

  // `middle` is the value of the frontier, `reach` how far from it the colours go
  paint(parameters, l, j, n, says) {
    const GRID = this.grid;
    const { z, a } = this.network.forward(parameters, this.points, GRID * GRID)[l];
    const count = l ? this.network.layers[l - 1].n : 2;
    const [values, sums] = [a, z ?? a].map((all) => Float64Array.from({ length: GRID * GRID }, (_, e) => all[e * count + j]));
    const isShare = l > 0 && ["sigmoid", "softmax"].includes(this.network.layers[l - 1].f);
    const middle = isShare ? 0.5 : 0;
    const reach = isShare ? 0.5 : largest(values);
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(GRID, GRID);
    values.forEach((value, e) => image.data.set([...rgb(((value - middle) / reach) * 0.8), 255], 4 * e));
    context.putImageData(image, 0, 0);
    this.canvas.setAttribute("aria-label", says);
    // The a of a relu is 0 on all of one side: only its z says where between two points the frontier runs
    const isRelu = l > 0 && this.network.layers[l - 1].f === "relu";
    const frontier = svg("path", { class: "frontier", d: frontierPath(isRelu ? sums : values, middle, GRID) });
    this.over.replaceChildren(frontier, ...this.examples(n));
    return { middle, reach };
  }

  examples(chosen) {
    const order = [...Array(Math.min(this.network.N, 400)).keys()].filter((n) => n !== chosen);
    return [...order, chosen].map((n) => {
      const [x, y] = [0, 1].map((c) => (100 * (this.network.x[2 * n + c] - this.ranges[c][0])) / (this.ranges[c][1] - this.ranges[c][0]));
      const J = this.network.outputs;
      const target = Array.from(this.network.y.subarray(n * J, (n + 1) * J));
      const isPlus = target[0] > (this.network.data.loss === "hinge" ? 0 : 0.5);
      const size = this.network.N > 60 ? 1.6 : 2.6;
      const mark = svg("g", { style: "cursor: pointer" });
      if (n === chosen) mark.append(svg("circle", { cx: x, cy: 100 - y, r: size + 2.4, fill: "none", stroke: "var(--chosen)", "stroke-width": 1.4 }));
      mark.append(svg("circle", { cx: x, cy: 100 - y, r: size, fill: "var(--card)", stroke: "var(--ink)", "stroke-width": 0.6 }));
      const text = J === 1 ? (isPlus ? "+" : "−") : `${target.indexOf(Math.max(...target)) + 1}`;
      mark.append(svg("text", { x, y: 100 - y + size * 0.55, style: `font-size: ${size * 1.65}px; pointer-events: none` }, text));
      mark.addEventListener("click", () => this.choose(n));
      return mark;
    });
  }
}

// Where the values cross `middle`: a piece of line in every square of four neighbours that they cross
function frontierPath(values, middle, GRID) {
  const pieces = [];
  const at = (row, column) => values[row * GRID + column] - middle;
  const scale = 100 / GRID;
  for (let row = 0; row < GRID - 1; row++) {
    for (let column = 0; column < GRID - 1; column++) {
      const corners = [[row, column], [row, column + 1], [row + 1, column + 1], [row + 1, column]];
      const crossings = corners.flatMap(([r1, c1], k) => {
        const [r2, c2] = corners[(k + 1) % 4];
        const [first, second] = [at(r1, c1), at(r2, c2)];
        if (first > 0 === second > 0 || !Number.isFinite(first + second)) return [];
        const share = first / (first - second);
        return [`${((c1 + share * (c2 - c1) + 0.5) * scale).toFixed(1)} ${((r1 + share * (r2 - r1) + 0.5) * scale).toFixed(1)}`];
      });
      for (let k = 0; k + 1 < crossings.length; k += 2) pieces.push(`M${crossings[k]}L${crossings[k + 1]}`);
    }
  }
  return pieces.join("");
}

// ## An input that is an image, and the weights that look at it

class Images {
  constructor(box, [high, wide]) {
    Object.assign(this, { high, wide });
    this.figures = ["input", "weights"].map(() => {
      const canvas = Object.assign(document.createElement("canvas"), { className: "pixels", width: wide, height: high });
      canvas.style.aspectRatio = `${wide} / ${high}`;
      canvas.setAttribute("role", "img");
      const words = Object.assign(document.createElement("p"), { className: "quiet" });
      const figure = document.createElement("div");
      figure.append(canvas, words);
      return { figure, canvas, words };
    });
    const row = Object.assign(document.createElement("div"), { className: "images" });
    row.append(...this.figures.map(({ figure }) => figure));
    box.append(row);
  }

  // weights: those from the inputs to one neuron of layer 1, or null
  paint(input, weights, words) {
    const [low, top] = [Math.min(0, ...input), Math.max(...input)];
    const grey = (value) => Array(3).fill(Math.round((255 * (value - low)) / (top - low || 1)));
    this.fill(0, input, grey, words[0]);
    this.figures[1].figure.hidden = !weights;
    if (!weights) return;
    const most = largest(weights);
    this.fill(1, weights, (value) => rgb(value / most), words[1]);
  }

  fill(which, values, toRgb, words) {
    const { canvas, words: caption } = this.figures[which];
    const context = canvas.getContext("2d");
    const image = context.createImageData(this.wide, this.high);
    values.forEach((value, e) => image.data.set([...toRgb(value), 255], 4 * e));
    context.putImageData(image, 0, 0);
    canvas.setAttribute("aria-label", words);
    caption.textContent = words;
  }
}

// ## Any other input: a bar for each number

function paintBars(box, values) {
  const most = largest(values);
  const rows = Array.from(values.slice(0, 40)).flatMap((value, i) => {
    const [name, bar, number] = ["span", "i", "span"].map((tag) => document.createElement(tag));
    name.innerHTML = inHtml(`x_${i + 1}`);
    bar.style.cssText = `width: ${(100 * Math.abs(value)) / most}%; background: ${value < 0 ? "var(--minus)" : "var(--plus)"}`;
    number.textContent = short(value);
    return [name, bar, number];
  });
  if (!box.firstChild) box.append(Object.assign(document.createElement("div"), { className: "bars" }));
  box.firstChild.replaceChildren(...rows);
}
