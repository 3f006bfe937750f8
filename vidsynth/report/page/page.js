"use strict";

// All that the page shows is in one JSON block. Its texts go into text nodes alone (append, textContent), never into
// markup: a caption that looks like HTML is shown as it is written.
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// --- pictures: cells of a film strip, and what lies over them ---

const CASING = "rgba(20, 20, 20, 0.75)"; // under each line, so that it shows on any ground
const LAYERS = ["outlines", "boxes", "paths", "tracks", "masks"];
const layersOn = new Set();

/** A picture that holds all frames of a clip, or of its masks, in cells. */
class Strip {
  constructor(strip, whenReady) {
    Object.assign(this, strip);
    this.image = new Image();
    this.image.addEventListener("load", whenReady);
    this.image.src = strip.src;
  }

  draw(context, share, smooth) {
    if (!this.image.complete || !this.image.naturalWidth) return;
    const cell = Math.min(this.frames - 1, Math.floor(share * this.frames + 1e-6));
    const [width, height] = this.size;
    const x = (cell % this.across) * this.pitch[0];
    const y = Math.floor(cell / this.across) * this.pitch[1];
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.image, x, y, width, height, 0, 0, context.canvas.width, context.canvas.height);
  }
}

/** A canvas that shows one clip of a sample at the clock's time. Its pictures are decoded when it is first seen. */
class View {
  constructor(sample, clip) {
    this.sample = sample;
    this.clip = clip;
    this.canvas = make("canvas", { title: clip.name });
    this.canvas.style.aspectRatio = `${clip.shape[0]} / ${clip.shape[1]}`;
    this.canvas.view = this;
    this.shown = null;
  }

  fit() {
    const width = Math.max(1, Math.round(this.canvas.clientWidth * devicePixelRatio));
    const height = Math.max(1, Math.round((width * this.clip.shape[1]) / this.clip.shape[0]));
    if (this.canvas.width === width && this.canvas.height === height) return;
    [this.canvas.width, this.canvas.height] = [width, height]; // which clears it
    this.shown = null;
    if (this.strip) this.draw(Math.floor(clock.t));
  }

  draw(frame) {
    const t = frame % this.clip.frames;
    if (this.shown === t) return;
    const ready = () => { this.shown = null; };
    this.strip ??= new Strip(this.clip, ready);
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.strip.draw(context, t / this.clip.frames, true);
    if (this.clip.over) {
      const { masks } = this.sample.layers;
      if (masks && layersOn.has("masks")) {
        this.mask ??= new Strip(masks, ready);
        this.mask.draw(context, t / this.clip.frames, false);
      }
      drawLines(context, this.sample.layers, t, this.canvas.width / this.clip.shape[0]);
    }
    this.shown = t;
  }
}

function drawLines(context, layers, t, zoom) {
  const thick = Math.max(1, context.canvas.width / 220);
  const stroke = (points, number, closed) => {
    context.beginPath();
    points.forEach(([x, y], n) => context[n ? "lineTo" : "moveTo"](x * zoom, y * zoom));
    if (closed) context.closePath();
    for (const [style, width] of [[CASING, 2.6 * thick], [colorOf(number), 1.3 * thick]]) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.lineJoin = "round";
      context.stroke();
    }
  };
  const dot = ([x, y], number, radius) => {
    for (const [style, more] of [[CASING, 1], [colorOf(number), 0]]) {
      context.fillStyle = style;
      context.beginPath();
      context.arc(x * zoom, y * zoom, (radius + more) * thick, 0, 2 * Math.PI);
      context.fill();
    }
  };
  const each = (name, draw) => layersOn.has(name) && (layers[name] ?? []).forEach(draw);
  each("paths", (path, number) => {
    const seen = path.filter((place) => place);
    if (seen.some(([x, y]) => Math.hypot(x - seen[0][0], y - seen[0][1]) > 1)) stroke(seen, number, false);
    if (path[t]) dot(path[t], number, 2.2);
  });
  each("outlines", (corners, number) => {
    const c = corners[t];
    if (c) stroke([[c[0], c[1]], [c[2], c[3]], [c[4], c[5]], [c[6], c[7]]], number, true);
  });
  each("boxes", (boxes, number) => {
    const b = boxes[t];
    if (b) stroke([[b[0], b[1]], [b[2], b[1]], [b[2], b[3]], [b[0], b[3]]], number, true);
  });
  each("tracks", (points, number) => points.forEach((places) => places[t] && dot(places[t], number, 1.4)));
}

const colorOf = (number) => data.colors[number % data.colors.length];

/** A canvas with values over time: what a sample without clips lists. */
function curve(values) {
  const canvas = make("canvas", { width: 640, height: 160 });
  const context = canvas.getContext("2d");
  const low = Math.min(0, ...values), high = Math.max(...values, low + 1e-9);
  context.strokeStyle = colorOf(1);
  context.lineWidth = 3;
  values.forEach((value, n) => {
    const x = (n / Math.max(1, values.length - 1)) * 620 + 10;
    context[n ? "lineTo" : "moveTo"](x, 148 - ((value - low) / (high - low)) * 136);
  });
  context.stroke();
  return canvas;
}

// --- the clock: one for all clips, so that all are in step ---

const length = Math.max(1, ...data.samples.flatMap((sample) => sample.clips.map((clip) => clip.frames)));
const clock = { t: 0, playing: false, speed: 1, last: 0, shown: -1 };
const seen = new Set(); // the views that are on the screen

const sizes = new ResizeObserver((entries) => entries.forEach((entry) => entry.target.view.fit()));
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target.view);
}, { rootMargin: "200px" });

function play(on) {
  clock.playing = on && length > 1;
  at("play").classList.toggle("on", clock.playing);
  at("play").setAttribute("aria-label", clock.playing ? "Pause" : "Play");
}

function step(frames) {
  play(false);
  clock.t = (Math.floor(clock.t) + frames + length) % length;
}

function tick(now) {
  const passed = Math.min(0.25, (now - clock.last) / 1000); // a page in the background has no catching up to do
  clock.last = now;
  if (clock.playing) clock.t = (clock.t + passed * data.fps * clock.speed) % length;
  const frame = Math.floor(clock.t);
  if (clock.shown !== frame) {
    clock.shown = frame;
    at("scrub").value = frame;
    const numbers = data.samples.find((sample) => sample.clips[0]?.frames === length)?.clips[0].numbers;
    at("frame").textContent = `${(numbers?.[frame] ?? frame) + 1} / ${(numbers?.at(-1) ?? length - 1) + 1}`;
  }
  for (const view of seen) view.draw(frame);
  requestAnimationFrame(tick);
}

function redraw() {
  for (const canvas of document.querySelectorAll("canvas")) if (canvas.view) canvas.view.shown = null;
}

// --- columns: each is filtered by its own histogram, and counted among what passes all the others ---

const rows = data.columns[0].values.length;
const facets = [];
let texts = null; // of each row, all its texts, to be searched
let found = null; // of each row, whether it holds the words searched for; null for no search

const items = (value) => (Array.isArray(value) ? value : [value]).filter((item) => item !== null);
const different = (column) => new Set(column.values.flatMap(items)).size;
const count = (number) => number.toLocaleString("en");
const short = (number) => (Number.isInteger(number) ? String(number) : Number(number.toPrecision(4)).toString());

/** Return which rows pass all filters but one. */
function passing(except = null) {
  const masks = facets.filter((facet) => facet !== except && facet.mask).map((facet) => facet.mask);
  if (found) masks.push(found);
  return Array.from({ length: rows }, (_, row) => masks.every((mask) => mask[row]));
}

function facetBox(column, number, ...inside) {
  const summary = make("summary", { title: column.about }, column.name);
  return make("details", { className: "facet", open: number < 6 }, summary, ...inside);
}

function numberFacet(column, number) {
  const values = column.values, known = values.filter((value) => value !== null);
  const low = known.reduce((a, b) => Math.min(a, b)), high = known.reduce((a, b) => Math.max(a, b));
  const whole = known.every(Number.isInteger);
  const bins = whole ? Math.min(24, high - low + 1) : 24;
  const binOf = (value) => Math.min(bins - 1, Math.floor(((value - low) / (high - low + (whole ? 1 : 0))) * bins));
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "bars");
  svg.setAttribute("viewBox", `0 0 ${bins} 1`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  const bar = (kind, n) => {
    const rect = document.createElementNS(svg.namespaceURI, "rect");
    for (const [name, value] of Object.entries({ class: kind, x: n + 0.06, width: 0.88 })) rect.setAttribute(name, value);
    svg.append(rect);
    return rect;
  };
  const all = Array.from({ length: bins }, (_, n) => bar("all", n));
  const some = Array.from({ length: bins }, (_, n) => bar("some", n));
  const grow = (rect, share) => { rect.setAttribute("y", 1 - share); rect.setAttribute("height", share); };
  const total = new Array(bins).fill(0);
  for (const value of known) total[binOf(value)] += 1;
  const most = Math.max(...total);
  total.forEach((many, n) => grow(all[n], many / most));

  const stepSize = whole ? 1 : (high - low) / 200;
  const end = (name, value) => {
    const input = make("input", { type: "range", min: low, max: high, step: whole ? 1 : "any", value });
    input.setAttribute("aria-label", `${name} ${column.name}`);
    input.addEventListener("keydown", (event) => { // steps of a slider without a step are the browser's own
      const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!way || whole) return;
      event.preventDefault();
      input.value = Number(input.value) + way * stepSize;
      change();
    });
    input.addEventListener("input", change);
    return input;
  };
  const least = end("Least", low), greatest = end("Greatest", high);
  const from = make("span"), to = make("span");
  const facet = { column, mask: null };
  function change() {
    const [a, b] = [Number(least.value), Number(greatest.value)].sort((one, other) => one - other);
    const open = a <= low && b >= high;
    facet.mask = open ? null : values.map((value) => value !== null && value >= a && value <= b);
    [from.textContent, to.textContent] = [short(a), short(b)];
    update();
  }
  facet.clear = () => {
    [least.value, greatest.value] = [low, high];
    facet.mask = null;
    [from.textContent, to.textContent] = [short(low), short(high)];
  };
  facet.count = (passes) => {
    const now = new Array(bins).fill(0);
    values.forEach((value, row) => { if (passes[row] && value !== null) now[binOf(value)] += 1; });
    now.forEach((many, n) => grow(some[n], many / most));
    svg.setAttribute("aria-label", `Histogram of ${column.name}, ${short(low)} to ${short(high)}: ${now.join(", ")}`);
  };
  facet.clear();
  facet.box = facetBox(column, number, svg, make("div", { className: "ends" }, least, greatest),
    make("div", { className: "span" }, from, to));
  return facet;
}

function wordsFacet(column, number) {
  const FIRST = 8;
  const values = column.values.map(items), total = new Map();
  for (const value of values) for (const word of value) total.set(word, (total.get(word) ?? 0) + 1);
  const words = [...total.keys()].sort((a, b) => total.get(b) - total.get(a) || (String(a) < String(b) ? -1 : 1));
  const most = total.get(words[0]), chosen = new Set();
  const facet = { column, mask: null };
  const lines = new Map(words.map((word, n) => {
    const input = make("input", { type: "checkbox" });
    const share = make("span", { className: "share" }), many = make("span", { className: "number" });
    const name = make("span", { className: "name" }, String(word));
    input.addEventListener("change", () => {
      chosen[input.checked ? "add" : "delete"](word);
      facet.mask = chosen.size ? values.map((value) => value.some((one) => chosen.has(one))) : null;
      update();
    });
    return [word, { box: make("label", { className: "word", hidden: n >= FIRST }, share, input, name, many), input, share, many }];
  }));
  const more = make("button", { type: "button", className: "quiet", hidden: words.length <= FIRST }, `All ${words.length}`);
  more.addEventListener("click", () => {
    for (const line of lines.values()) line.box.hidden = false;
    more.hidden = true;
  });
  facet.clear = () => {
    chosen.clear();
    facet.mask = null;
    for (const line of lines.values()) line.input.checked = false;
  };
  facet.count = (passes) => {
    const now = new Map();
    values.forEach((value, row) => {
      if (passes[row]) for (const word of value) now.set(word, (now.get(word) ?? 0) + 1);
    });
    for (const [word, line] of lines) {
      line.many.textContent = count(now.get(word) ?? 0);
      line.share.style.width = `${(100 * (now.get(word) ?? 0)) / most}%`;
    }
  };
  facet.box = facetBox(column, number, ...[...lines.values()].map((line) => line.box), more);
  return facet;
}

function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word);
  texts ??= Array.from({ length: rows }, (_, row) =>
    data.columns.flatMap((column) => items(column.values[row])).join("\n").toLowerCase());
  found = words.length ? texts.map((own) => words.every((word) => own.includes(word))) : null;
  update();
}

// --- samples: cards in a grid, and one of them large ---

const cards = data.samples.map((sample) => {
  const open = make("button", { type: "button", className: "open" }, `#${sample.index}`);
  const under = make("div", { className: "under" }, open,
    make("span", { className: "from" }, sample.sources.map((source) => source.video).join(" | ")));
  const box = make("article", { className: "card" }, looks(sample, false), under);
  if (sample.title) under.after(make("p", { className: "title" }, sample.title));
  box.addEventListener("click", () => show(card));
  const card = { sample, box, open };
  return card;
});
let shownCards = cards;
let current = null;

/** Return a sample's clips side by side, or its curves. */
function looks(sample, large) {
  const clips = sample.clips.map((clip) => {
    const view = new View(sample, clip);
    sizes.observe(view.canvas);
    sight.observe(view.canvas);
    const box = make("div", {}, view.canvas);
    if (large || sample.clips.length > 1) box.append(make("p", { className: "clip-name" }, clip.name));
    if (large && clip.caption) box.append(make("p", { className: "caption" }, clip.caption));
    return box;
  });
  const curves = Object.entries(sample.series).map(([name, values]) => {
    const ends = `${name}, ${short(Math.min(...values))} to ${short(Math.max(...values))}`;
    return make("div", {}, curve(values), make("p", { className: "clip-name" }, ends));
  });
  return make("div", { className: "clips" }, ...(clips.length ? clips : curves));
}

function show(card) {
  const { sample } = card;
  current = card;
  at("detail-title").replaceChildren(`#${sample.index}  ${sample.title}`);
  const sources = make("table", {}, make("tr", {}, ...["video", "path", "frames", "seconds", "sha256"].map((name) => make("th", {}, name))));
  for (const source of sample.sources) {
    sources.append(make("tr", {}, make("td", {}, source.video), make("td", {}, source.path),
      make("td", {}, String(source.frames)), make("td", {}, source.seconds),
      make("td", { className: "hash", title: source.sha256 ?? "" }, (source.sha256 ?? "").slice(0, 12))));
  }
  const part = (name, content) => [make("h3", {}, name), content];
  forget(at("inside"));
  at("inside").replaceChildren(looks(sample, true), ...part("Values", tree(sample.values)),
    ...(sample.sources.length ? part("Made from", make("div", { className: "scroll" }, sources)) : []),
    ...part("Plan", tree(sample.plan)));
  at("inside").scrollTop = 0;
  if (!at("detail").open) {
    at("detail").append(at("player")); // only what is inside a dialog can be used while it is open
    at("detail").showModal();
  }
}

function showNext(way) {
  const n = shownCards.indexOf(current) + way;
  if (shownCards[n]) show(shownCards[n]);
}

/** Views that are taken away are not drawn any more. */
function forget(box) {
  for (const canvas of box.querySelectorAll("canvas")) {
    if (!canvas.view) continue;
    seen.delete(canvas.view);
    sizes.unobserve(canvas);
    sight.unobserve(canvas);
  }
}

/** Return nested values as nested lists of terms. */
function tree(value) {
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Array.isArray(value) ? value.map((item, n) => [String(n + 1), item]) : Object.entries(value);
  if (!entries.length) return "–";
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return value.join(", ");
  return make("dl", { className: "tree" }, ...entries.flatMap(([name, inside]) =>
    [make("dt", {}, name), make("dd", {}, tree(inside))]));
}

// --- filter, sort, count ---

function update() {
  const passes = passing();
  for (const facet of facets) facet.count(passing(facet));
  const column = data.columns.find((one) => one.name === at("sort").value);
  const way = at("direction").getAttribute("aria-pressed") === "true" ? -1 : 1;
  const key = (card) => items(column.values[card.sample.row])[0];
  shownCards = cards.filter((card) => passes[card.sample.row]).sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    return a === b ? one.sample.row - other.sample.row : way * (a < b ? -1 : 1);
  });
  at("grid").replaceChildren(...shownCards.map((card) => card.box));
  at("nothing").hidden = shownCards.length > 0;
  const many = passes.filter(Boolean).length;
  at("count").textContent = cards.length === rows
    ? `${count(many)} of ${count(rows)} samples`
    : `${count(many)} of ${count(rows)} samples, ${count(shownCards.length)} of them in this file`;
  at("clear").hidden = !found && facets.every((facet) => !facet.mask);
}

function start() {
  at("kind").textContent = data.generator;
  at("name").textContent = data.name;
  at("about").textContent = data.about;
  at("more").hidden = at("about").scrollHeight <= at("about").clientHeight;
  at("more").addEventListener("click", () => {
    const whole = at("about").classList.toggle("whole");
    at("more").setAttribute("aria-expanded", whole);
    at("more").textContent = whole ? "Less" : "More";
  });
  at("recipe").textContent = data.recipe;
  at("note").textContent = data.note;
  at("facts").append(...data.facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));

  const kinds = { words: wordsFacet, number: numberFacet };
  const asked = data.columns.filter((column) => kinds[column.kind] && column.name !== "index");
  // First labels and split, then what a few words divide, and many; numbers; last, what only plans tell.
  const rank = (column) => ["labels", "split"].includes(column.name) ? 0 : (column.name.startsWith("plan.") ? 2e6 : 0) + (column.kind === "number" ? 1e6 : different(column));
  asked.sort((a, b) => rank(a) - rank(b));
  facets.push(...asked.map((column, number) => kinds[column.kind](column, number)));
  at("facets").append(...facets.map((facet) => facet.box));
  at("sort").append(...data.columns.filter((column) => column.kind !== "none" || column.name === "index")
    .map((column) => make("option", { value: column.name }, column.name)));

  const have = LAYERS.filter((name) => data.samples.some((sample) => name in sample.layers));
  for (const name of have) {
    const input = make("input", { type: "checkbox", checked: name !== "masks" && !(name === "boxes" && have.includes("outlines")) });
    input.checked ||= have.length === 1;
    input.addEventListener("change", () => {
      layersOn[input.checked ? "add" : "delete"](name);
      redraw();
    });
    if (input.checked) layersOn.add(name);
    at("layers").append(make("label", {}, input, name));
  }
  at("layers").hidden = !have.length;
  at("player").hidden = length < 2 && !have.length;
  at("scrub").max = length - 1;
  const widest = Math.max(1, ...data.samples.map((sample) => sample.clips.length));
  at("grid").style.setProperty("--card-width", `${[0, 15, 23, 26][widest] ?? 30}rem`);
  at("filters").open = !matchMedia("(max-width: 52rem)").matches;

  at("search").addEventListener("input", (event) => search(event.target.value));
  at("sort").addEventListener("change", update);
  at("direction").addEventListener("click", (event) => {
    const down = event.target.getAttribute("aria-pressed") !== "true";
    event.target.setAttribute("aria-pressed", down);
    event.target.textContent = down ? "↓" : "↑";
    update();
  });
  at("clear").addEventListener("click", () => {
    for (const facet of facets) facet.clear();
    at("search").value = "";
    search("");
  });
  at("play").addEventListener("click", () => play(!clock.playing));
  at("scrub").addEventListener("input", (event) => {
    play(false);
    clock.t = Number(event.target.value);
  });
  at("speed").addEventListener("change", (event) => { clock.speed = Number(event.target.value); });
  at("before").addEventListener("click", () => showNext(-1));
  at("after").addEventListener("click", () => showNext(1));
  at("close").addEventListener("click", () => at("detail").close());
  at("detail").addEventListener("close", () => {
    document.body.append(at("player"));
    forget(at("inside"));
    at("inside").replaceChildren();
    current?.open.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const open = at("detail").open;
    const does = {
      " ": event.target.matches("button, summary") ? null : () => play(!clock.playing),
      ArrowLeft: () => step(-1),
      ArrowRight: () => step(1),
      "/": open ? null : () => { at("filters").open = true; at("search").focus(); },
      n: open ? () => showNext(1) : null,
      p: open ? () => showNext(-1) : null,
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });
  update();
  play(!matchMedia("(prefers-reduced-motion: reduce)").matches);
  requestAnimationFrame(tick);
}

start();
