/**
 * What runs in the page of a heat map, with `data` defined. It is text, not a function, so that no compiler leaves its
 * own helpers in it; test/heat-map.test.ts runs it in a browser.
 */
export const heatMapScript = `
const { tokens, begins, hiddenSize: H, series, tracks } = data;
const N = tokens.length, starts = new Set(begins);
const at = (id) => document.getElementById(id);
const map = at("map"), canvas = map.querySelector("canvas"), pen = canvas.getContext("2d");
const small = document.createElement("canvas"), smallPen = small.getContext("2d");
const left = 52, top_ = 22;
let shown = 0, order = [], rowOf = [], cell = 14, wide = 14, token = 0, row = 0, chosen = null, here = null;

// Values and colours.
const unpacked = new Map();
function numbers(i) {
  if (!unpacked.has(i)) {
    const bytes = atob(series[i].packed);
    const values = new Int16Array(bytes.length / 2);
    for (let k = 0; k < values.length; k++) values[k] = bytes.charCodeAt(2 * k) | (bytes.charCodeAt(2 * k + 1) << 8);
    unpacked.set(i, values);
  }
  return unpacked.get(i);
}
const value = (i, k, unit) => (numbers(i)[k * H + unit] / 32767) * series[i].scale;
const told = (x) => String(Number(x.toPrecision(4)));
const nameOf = (i, unit) => "layer" + series[i].layer + "." + series[i].part + "[" + unit + "]";
const dark = matchMedia("(prefers-color-scheme: dark)");
let colours;
function makeColours() {
  const paper = dark.matches ? [22, 24, 27] : [255, 255, 255];
  const poles = dark.matches ? [[64, 140, 235], [235, 130, 30]] : [[20, 100, 200], [225, 105, 0]];
  colours = Array.from({ length: 257 }, (_, i) => {
    const share = (i - 128) / 128, pole = poles[share < 0 ? 0 : 1];
    return paper.map((part, c) => Math.round(part + (pole[c] - part) * Math.abs(share)));
  });
}
const colourOf = (share) => colours[128 + Math.max(-128, Math.min(128, Math.round(share * 128)))];
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
const visible = (text) => text.replace(/\\n/g, "\\u23ce").replace(/\\t/g, "\\u21e5").replace(/ /g, "\\u00b7");

// The map: only what is in view is drawn. Where tokens are words their columns are wide enough for most of them.
const letters = tokens.map((text) => Array.from(text.trim()).length).sort((a, b) => a - b)[Math.floor(N / 2)];
function resize(size) {
  cell = size;
  wide = size < 14 ? size : Math.round(size * Math.max(1, Math.min(6, letters * 0.65)));
}
function view() {
  const width = Math.max(1, Math.floor((map.clientWidth - left) / wide)), height = Math.max(1, Math.floor((map.clientHeight - top_) / cell));
  return { t0: Math.floor(map.scrollLeft / wide), r0: Math.floor(map.scrollTop / cell), width, height };
}
function draw() {
  const dots = devicePixelRatio || 1, w = map.clientWidth, h = map.clientHeight;
  if (canvas.width !== Math.round(w * dots) || canvas.height !== Math.round(h * dots)) {
    canvas.width = Math.round(w * dots);
    canvas.height = Math.round(h * dots);
    canvas.style.width = w + "px";
    canvas.style.height = h + "px";
  }
  at("extent").style.width = left + (N + 1) * wide + "px";
  at("extent").style.height = top_ + (H + 1) * cell + "px";
  pen.setTransform(dots, 0, 0, dots, 0, 0);
  pen.fillStyle = css("--paper");
  pen.fillRect(0, 0, w, h);
  const { t0, r0, width, height } = view();
  const t1 = Math.min(N, t0 + width + 1), r1 = Math.min(H, r0 + height + 1);
  const values = numbers(shown), perUnit = series[shown].scale / 32767 / series[shown].limit;
  small.width = Math.max(1, t1 - t0);
  small.height = Math.max(1, r1 - r0);
  const picture = smallPen.createImageData(small.width, small.height);
  for (let r = r0, p = 0; r < r1; r++)
    for (let k = t0; k < t1; k++, p += 4) {
      const colour = colourOf(values[k * H + order[r]] * perUnit);
      picture.data[p] = colour[0];
      picture.data[p + 1] = colour[1];
      picture.data[p + 2] = colour[2];
      picture.data[p + 3] = 255;
    }
  smallPen.putImageData(picture, 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, left, top_, small.width * wide, small.height * cell);
  pen.fillStyle = css("--ink");
  pen.font = Math.min(13, Math.max(9, cell)) + "px ui-monospace, monospace";
  pen.textBaseline = "middle";
  const every = Math.ceil(12 / cell);
  for (let k = t0; k < t1; k++) {
    if (starts.has(k) && k > 0) pen.fillRect(left + (k - t0) * wide, 0, 1, h);
    if (cell < 7) continue;
    pen.save();
    pen.beginPath();
    pen.rect(left + (k - t0) * wide, 0, wide, top_);
    pen.clip();
    pen.fillText(visible(tokens[k]), left + (k - t0) * wide + 1, top_ / 2);
    pen.restore();
  }
  pen.textAlign = "right";
  for (let r = r0; r < r1; r++) if ((r - r0) % every === 0) pen.fillText(String(order[r]), left - 6, top_ + (r - r0 + 0.5) * cell);
  pen.textAlign = "left";
  pen.strokeStyle = css("--accent");
  pen.lineWidth = 1;
  if (chosen && chosen.series === shown) {
    const r = rowOf[chosen.unit];
    if (r >= r0 && r < r1) pen.strokeRect(left + 0.5, top_ + (r - r0) * cell + 0.5, (t1 - t0) * wide - 1, cell - 1);
  }
  pen.strokeStyle = css("--ink");
  pen.lineWidth = 2;
  if (token >= t0 && token < t1 && row >= r0 && row < r1) pen.strokeRect(left + (token - t0) * wide, top_ + (row - r0) * cell, wide, cell);
}
let waiting = false;
function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; draw(); });
}

// Units in order.
function sort() {
  const by = at("sort").value, values = numbers(shown), score = new Float64Array(H);
  if (by === "change" || by === "strength")
    for (let unit = 0; unit < H; unit++) {
      let sum = 0, squares = 0, strong = 0;
      for (let k = 0; k < N; k++) {
        const x = values[k * H + unit];
        sum += x;
        squares += x * x;
        strong += Math.abs(x);
      }
      score[unit] = by === "strength" ? strong : squares - (sum * sum) / N;
    }
  else if (by === "here") for (let unit = 0; unit < H; unit++) score[unit] = values[token * H + unit];
  else if (by.startsWith("track")) {
    const labels = tracks[Number(by.slice(5))].values, mean = labels.reduce((a, b) => a + b, 0) / N;
    for (let unit = 0; unit < H; unit++) {
      let sum = 0, squares = 0, both = 0;
      for (let k = 0; k < N; k++) {
        const x = values[k * H + unit];
        sum += x;
        squares += x * x;
        both += x * (labels[k] - mean);
      }
      const spread = squares - (sum * sum) / N;
      score[unit] = spread <= 0 ? 0 : Math.abs(both) / Math.sqrt(spread);
    }
  }
  order = Array.from({ length: H }, (_, unit) => unit);
  if (by !== "none") order.sort((a, b) => score[b] - score[a] || a - b);
  rowOf = [];
  order.forEach((unit, r) => { rowOf[unit] = r; });
}

// Moving about.
function tell() {
  const unit = order[row];
  at("readout").textContent = nameOf(shown, unit) + " after token " + token + " " + JSON.stringify(tokens[token]) + ": " + told(value(shown, token, unit));
  if (here) here.classList.remove("here");
  here = spans[token];
  here.classList.add("here");
}
function go(toToken, toRow, scroll) {
  token = Math.max(0, Math.min(N - 1, toToken));
  row = Math.max(0, Math.min(H - 1, toRow));
  if (scroll) {
    const { t0, r0, width, height } = view();
    if (token < t0) map.scrollLeft = token * wide;
    if (token >= t0 + width) map.scrollLeft = (token - width + 1) * wide;
    if (row < r0) map.scrollTop = row * cell;
    if (row >= r0 + height) map.scrollTop = (row - height + 1) * cell;
  }
  tell();
  redraw();
}
function placeOf(event) {
  const box = canvas.getBoundingClientRect(), { t0, r0 } = view();
  const k = t0 + Math.floor((event.clientX - box.left - left) / wide), r = r0 + Math.floor((event.clientY - box.top - top_) / cell);
  return k >= t0 && r >= r0 && k < N && r < H ? [k, r] : null;
}
canvas.addEventListener("mousemove", (event) => {
  const place = placeOf(event);
  if (place) go(place[0], place[1], false);
});
canvas.addEventListener("click", (event) => {
  const place = placeOf(event);
  if (!place) return;
  go(place[0], place[1], false);
  choose(shown, order[row]);
});
map.addEventListener("scroll", redraw);
map.addEventListener("keydown", (event) => {
  const { width, height } = view();
  const moves = {
    ArrowLeft: [token - 1, row], ArrowRight: [token + 1, row], ArrowUp: [token, row - 1], ArrowDown: [token, row + 1],
    PageUp: [token, row - height], PageDown: [token, row + height], Home: [0, row], End: [N - 1, row],
  };
  if (event.key === "Enter" || event.key === " ") choose(shown, order[row]);
  else if (moves[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) go(moves[event.key][0], moves[event.key][1], true);
  else return;
  event.preventDefault();
});

// The text.
const spans = [];
tokens.forEach((text, k) => {
  if (k > 0 && starts.has(k)) at("text").append("\\n");
  const span = document.createElement("span");
  span.textContent = text;
  spans.push(span);
  at("text").append(span);
});
at("text").addEventListener("click", (event) => {
  const k = spans.indexOf(event.target);
  if (k < 0) return;
  token = k;
  if (at("sort").value === "here") sort();
  go(k, chosen && chosen.series === shown ? rowOf[chosen.unit] : row, true);
});
function choose(i, unit) {
  chosen = { series: i, unit };
  at("unit").textContent = nameOf(i, unit);
  // By its own greatest value: a weak unit is seen as well as a strong one.
  let most = 0;
  for (let k = 0; k < N; k++) most = Math.max(most, Math.abs(value(i, k, unit)));
  for (let k = 0; k < N; k++) {
    const x = value(i, k, unit);
    spans[k].style.backgroundColor = "rgb(" + colourOf(most === 0 ? 0 : x / most).join(",") + ")";
    spans[k].title = told(x);
  }
  at("legend").replaceChildren(...Array.from({ length: 33 }, (_, k) => {
    const step = document.createElement("span");
    step.style.backgroundColor = "rgb(" + colours[k * 8].join(",") + ")";
    return step;
  }));
  at("legend").title = "from " + told(-most) + " to " + told(most);
  for (const button of document.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === nameOf(i, unit)));
  redraw();
}
function show(i) {
  shown = i;
  at("series").value = String(i);
  sort();
  tell();
  redraw();
}
function reveal(name) {
  const [, layer, part, unit] = /^layer(\\d+)\\.(\\w+)\\[(\\d+)\\]$/.exec(name) || [];
  const i = series.findIndex((one) => one.layer === Number(layer) && one.part === part);
  if (i < 0) return;
  if (i !== shown) show(i);
  go(token, rowOf[Number(unit)], true);
  choose(i, Number(unit));
}

// What was looked for.
for (const track of tracks) {
  const line = document.createElement("p");
  line.append("Units that track " + track.name + ": ");
  for (const { name, correlation } of track.units) {
    const button = document.createElement("button");
    button.type = "button";
    button.value = name;
    button.textContent = name + " " + correlation.toFixed(2);
    button.addEventListener("click", () => reveal(name));
    line.append(button);
  }
  at("tracks").append(line);
}
const sorts = [["none", "as they are"], ["change", "by how much they change"], ["strength", "by how strong they are"], ["here", "by their value at the token"]];
tracks.forEach((track, i) => sorts.push(["track" + i, "by how they track " + track.name]));
for (const [by, text] of sorts) at("sort").append(new Option(text, by));
at("series").addEventListener("change", () => show(Number(at("series").value)));
at("sort").addEventListener("change", () => { sort(); map.scrollTop = 0; go(token, 0, false); });
at("size").addEventListener("change", () => { resize(Number(at("size").value)); draw(); go(token, row, true); });
dark.addEventListener("change", () => { makeColours(); if (chosen) choose(chosen.series, chosen.unit); redraw(); });
new ResizeObserver(redraw).observe(map);

makeColours();
resize(14);
show(0);
if (data.unit) reveal(data.unit);
else {
  at("sort").value = "change";
  sort();
  choose(shown, order[0]);
}
draw();
tell();
document.documentElement.dataset.ready = "yes";
`;
