/**
 * What runs in the page of beam searches, with `data` defined. It is text, not a function, so that no compiler leaves its
 * own helpers in it; test/beam-tree-page.test.ts runs it in a browser.
 */
export const beamTreeScript = `
const at = (id) => document.getElementById(id);
const map = at("map"), canvas = map.querySelector("canvas"), pen = canvas.getContext("2d");
const [BEST, FINISHED, KEPT, PRUNED] = [0, 1, 2, 3];
const rowHeight = 22, top_ = 24, left = 14;
let tree, N, children, wins, ends, depth, folded, step, hidesPruned;
let shown = [], rowOf, rows = 0, here = -1, wide = 90, hover = -1;

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
const visible = (text) => text.replace(/\\n/g, "\\u23ce").replace(/\\t/g, "\\u21e5").replace(/[\\u0000-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069]/g, "\\ufffd");
const labelOf = (i) => {
  const seen = visible(tree.texts[i]);
  if (seen.trim() !== "") return seen.trim();
  return seen !== "" ? "\\u2423" : ends.has(i) ? "(end)" : "\\u25cc";
};
const told = (x) => x.toFixed(3);
function wayTo(i) {
  const way = [];
  for (let k = i; k >= 0; k = tree.parents[k]) way.push(k);
  return way.reverse();
}
const textTo = (i) => wayTo(i).map((k) => tree.texts[k]).join("");

// A search.
function load(i) {
  tree = data[i];
  N = tree.parents.length;
  children = tree.parents.map(() => []);
  tree.parents.forEach((parent, k) => { if (parent >= 0) children[parent].push(k); });
  wins = new Set(tree.wins);
  ends = new Set(tree.ends);
  folded = new Set();
  depth = tree.steps.reduce((most, s) => Math.max(most, s), 1);
  step = depth;
  at("step").max = String(depth);
  at("step").value = String(depth);
  // Where there are very many, what was pruned is shown when it is asked for.
  hidesPruned = N > 3000;
  at("pruned").checked = !hidesPruned;
  const longest = tree.texts.map((_, k) => labelOf(k).length).sort((a, b) => a - b)[Math.floor(N * 0.9)] || 1;
  wide = Math.max(76, Math.min(150, 36 + longest * 8));
  here = tree.wins.length > 0 ? tree.wins.at(-1) : N > 0 ? 0 : -1;
  map.scrollLeft = 0;
  map.scrollTop = 0;
  place();
}

// Nodes come in the order in which they are drawn: a first child goes on in the row of its parent.
function place() {
  rowOf = new Int32Array(N).fill(-1);
  shown = [];
  rows = 0;
  let lastRow = -1;
  const hidden = new Uint8Array(N), hasChild = new Uint8Array(N);
  for (let i = 0; i < N; i++) {
    const parent = tree.parents[i];
    if ((parent >= 0 && (hidden[parent] || folded.has(parent))) || tree.steps[i] > step || (hidesPruned && tree.fates[i] === PRUNED)) {
      hidden[i] = 1;
      continue;
    }
    if (parent >= 0 && !hasChild[parent]) {
      hasChild[parent] = 1;
      rowOf[i] = rowOf[parent];
    } else rowOf[i] = ++lastRow;
    shown.push(i);
  }
  rows = lastRow + 1;
  if (here >= 0 && rowOf[here] < 0) {
    let k = here;
    while (k >= 0 && rowOf[k] < 0) k = tree.parents[k];
    here = k >= 0 ? k : shown.length > 0 ? shown[0] : -1;
  }
  at("extent").style.width = left + depth * wide + 40 + "px";
  at("extent").style.height = top_ + rows * rowHeight + 20 + "px";
  at("step-told").textContent = step + " of " + depth;
  const left_ = N - shown.length;
  at("facts").textContent = tree.facts + (left_ > 0 ? "; " + shown.length.toLocaleString("en-US") + " are drawn now" : "");
  list();
  tell();
  redraw();
}

const x = (i) => left + (tree.steps[i] - 1) * wide;
const y = (i) => top_ + (rowOf[i] + 0.5) * rowHeight;
function draw() {
  const dots = devicePixelRatio || 1, w = map.clientWidth, h = map.clientHeight;
  if (canvas.width !== Math.round(w * dots) || canvas.height !== Math.round(h * dots)) {
    canvas.width = Math.round(w * dots);
    canvas.height = Math.round(h * dots);
    canvas.style.width = w + "px";
    canvas.style.height = h + "px";
  }
  const dx = map.scrollLeft, dy = map.scrollTop;
  pen.setTransform(dots, 0, 0, dots, 0, 0);
  pen.fillStyle = css("--paper");
  pen.fillRect(0, 0, w, h);
  const colours = { ink: css("--ink"), faint: css("--faint"), line: css("--line"), accent: css("--accent") };
  const r0 = Math.floor((dy - top_) / rowHeight) - 1, r1 = Math.ceil((dy + h - top_) / rowHeight) + 1;
  const s0 = Math.floor((dx - left) / wide), s1 = Math.ceil((dx + w - left) / wide) + 1;
  const way = new Set(here >= 0 ? wayTo(here) : []);
  pen.setTransform(dots, 0, 0, dots, -dx * dots, -dy * dots);
  // Only what is in view.
  for (const marked of [false, true])
    for (const i of shown) {
      const parent = tree.parents[i];
      if (parent < 0 || rowOf[i] < r0 || rowOf[parent] > r1 || tree.steps[i] < s0 || tree.steps[parent] > s1) continue;
      const isMarked = wins.has(i) || way.has(i);
      if (isMarked !== marked) continue;
      pen.strokeStyle = wins.has(i) ? colours.accent : way.has(i) ? colours.ink : colours.line;
      pen.lineWidth = wins.has(i) ? 2.5 : way.has(i) ? 1.5 : 1;
      pen.setLineDash(tree.fates[i] === PRUNED ? [3, 3] : []);
      pen.beginPath();
      const toX = x(i), toY = y(i), fromY = y(parent), bend = toX - 16;
      pen.moveTo(x(parent), fromY);
      if (fromY !== toY) {
        pen.lineTo(bend - 10, fromY);
        pen.lineTo(bend - 4, Math.min(toY, fromY + 8));
        pen.lineTo(bend - 4, toY - Math.min(8, toY - fromY));
        pen.lineTo(bend + 4, toY);
      }
      pen.lineTo(toX, toY);
      pen.stroke();
    }
  pen.setLineDash([]);
  pen.textBaseline = "middle";
  let drawn = 0;
  for (const i of shown) {
    if (rowOf[i] < r0 || rowOf[i] > r1 || tree.steps[i] < s0 || tree.steps[i] > s1) continue;
    drawn++;
    const fate = tree.fates[i], cx = x(i), cy = y(i);
    const colour = wins.has(i) ? colours.accent : fate === PRUNED ? colours.faint : colours.ink;
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = 1.5;
    pen.beginPath();
    if (fate === PRUNED) {
      pen.moveTo(cx - 3, cy - 3); pen.lineTo(cx + 3, cy + 3);
      pen.moveTo(cx + 3, cy - 3); pen.lineTo(cx - 3, cy + 3);
      pen.stroke();
    } else {
      pen.arc(cx, cy, fate === BEST ? 5 : 4, 0, 7);
      pen.fillStyle = fate === BEST ? colour : css("--paper");
      pen.fill();
      pen.stroke();
      if (fate === FINISHED) { pen.beginPath(); pen.arc(cx, cy, 1.7, 0, 7); pen.fillStyle = colour; pen.fill(); }
      if (folded.has(i)) { pen.beginPath(); pen.moveTo(cx - 3, cy); pen.lineTo(cx + 3, cy); pen.moveTo(cx, cy - 3); pen.lineTo(cx, cy + 3); pen.stroke(); }
    }
    pen.fillStyle = colour;
    pen.font = (wins.has(i) ? "600 " : "") + "13px system-ui, sans-serif";
    const label = labelOf(i), room = wide - 30;
    let text = label;
    if (pen.measureText(text).width > room) {
      const letters = Array.from(label);
      while (letters.length > 1 && pen.measureText(letters.join("") + "\\u2026").width > room) letters.pop();
      text = letters.join("") + "\\u2026";
    }
    pen.fillStyle = css("--paper");
    pen.globalAlpha = 0.75;
    pen.fillRect(cx + 7, cy - 8, Math.min(room, pen.measureText(text).width) + 2, 16);
    pen.globalAlpha = 1;
    pen.fillStyle = colour;
    pen.fillText("\\u2068" + text + "\\u2069", cx + 8, cy);
    if (i === here || i === hover) {
      pen.strokeStyle = i === here ? colours.accent : colours.faint;
      pen.lineWidth = 1.5;
      pen.strokeRect(cx - 8, cy - rowHeight / 2 + 1, wide - 12, rowHeight - 2);
    }
  }
  map.dataset.drawn = String(drawn);
  // The steps stay in view.
  pen.setTransform(dots, 0, 0, dots, 0, 0);
  pen.fillStyle = css("--paper");
  pen.fillRect(0, 0, w, top_ - 2);
  pen.fillStyle = colours.faint;
  pen.font = "12px system-ui, sans-serif";
  for (let s = Math.max(1, s0); s <= Math.min(step, s1); s++) pen.fillText(String(s), left + (s - 1) * wide - dx - 3, top_ / 2);
}
let waiting = false;
function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; draw(); });
}

// What is told of a hypothesis.
function endOf(i) {
  const fate = tree.fates[i];
  if (fate === BEST) return "it won";
  if (fate === FINISHED) return "it finished";
  if (fate === PRUNED) return "pruned: " + tree.reasons[tree.whys[i]];
  if (children[i].some((k) => tree.fates[k] !== PRUNED)) return "kept";
  return tree.steps[i] >= depth || children[i].length === 0 ? "kept, but the search ended without it" : "kept, but nothing that follows it was";
}
function tell() {
  if (here < 0) {
    at("readout").textContent = "";
    return;
  }
  const parent = tree.parents[here];
  const own = tree.logProbs[here] - (parent >= 0 ? tree.logProbs[parent] : 0);
  const token = ends.has(here) ? "(end)" : JSON.stringify(tree.texts[here]);
  at("readout").textContent = "step " + tree.steps[here] + ": " + token + (parent >= 0 ? " after " + JSON.stringify(textTo(parent)) : "") +
    "\\nlog p of the token " + told(own) + ", of all " + told(tree.logProbs[here]) + ", score " + told(tree.scores[here]) + "; " + endOf(here);
}
function list() {
  const most = 50;
  const those = [];
  for (let i = 0; i < N; i++) if (tree.steps[i] === step && !(hidesPruned && tree.fates[i] === PRUNED)) those.push(i);
  those.sort((a, b) => (tree.fates[a] === PRUNED) - (tree.fates[b] === PRUNED) || tree.logProbs[b] - tree.logProbs[a]);
  at("listed").textContent = step + (those.length > most ? ", the first " + most + " of " + those.length.toLocaleString("en-US") : "");
  const table = document.createElement("table"), head = table.createTHead().insertRow(), body = table.createTBody();
  for (const name of ["text", "log p", "score", ""]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    head.append(cell);
  }
  for (const i of those.slice(0, most)) {
    const line = body.insertRow(), name = document.createElement("th");
    name.scope = "row";
    name.dir = "auto";
    name.textContent = visible(textTo(i)) + (ends.has(i) ? " (end)" : "");
    line.append(name);
    for (const cell of [told(tree.logProbs[i]), told(tree.scores[i]), ["best", "finished", "kept", "pruned"][tree.fates[i]]]) line.insertCell().textContent = cell;
    line.className = wins.has(i) ? "wins" : tree.fates[i] === PRUNED ? "pruned" : "";
    line.addEventListener("click", () => go(i, true));
  }
  at("beam").replaceChildren(table);
}

// Moving about.
function go(i, scrolls) {
  if (i < 0 || i === undefined || rowOf[i] < 0) return;
  here = i;
  if (scrolls) {
    if (x(i) - 20 < map.scrollLeft) map.scrollLeft = x(i) - 20;
    if (x(i) + wide > map.scrollLeft + map.clientWidth) map.scrollLeft = x(i) + wide - map.clientWidth;
    if (y(i) - top_ - rowHeight < map.scrollTop) map.scrollTop = y(i) - top_ - rowHeight;
    if (y(i) + rowHeight > map.scrollTop + map.clientHeight) map.scrollTop = y(i) + rowHeight - map.clientHeight;
  }
  tell();
  redraw();
}
function fold(i) {
  if (i < 0 || children[i].length === 0) return;
  if (!folded.delete(i)) folded.add(i);
  place();
}
function nearest(side) {
  let best = -1;
  for (const i of shown)
    if (tree.steps[i] === tree.steps[here] && (rowOf[i] - rowOf[here]) * side > 0 && (best < 0 || Math.abs(rowOf[i] - rowOf[here]) < Math.abs(rowOf[best] - rowOf[here]))) best = i;
  return best;
}
function placeOf(event) {
  const box = canvas.getBoundingClientRect();
  const px = event.clientX - box.left + map.scrollLeft, py = event.clientY - box.top + map.scrollTop;
  const row = Math.floor((py - top_) / rowHeight), s = Math.floor((px - left + 8) / wide) + 1;
  return shown.find((i) => rowOf[i] === row && tree.steps[i] === s) ?? -1;
}
canvas.addEventListener("mousemove", (event) => {
  const i = placeOf(event);
  if (i === hover) return;
  hover = i;
  canvas.title = i < 0 ? "" : visible(textTo(i)) + "\\nlog p " + told(tree.logProbs[i]) + ", score " + told(tree.scores[i]) + "; " + endOf(i);
  canvas.style.cursor = i < 0 ? "default" : "pointer";
  redraw();
});
canvas.addEventListener("click", (event) => {
  const i = placeOf(event);
  if (i < 0) return;
  if (i === here) fold(i);
  else go(i, false);
});
map.addEventListener("scroll", redraw);
map.addEventListener("keydown", (event) => {
  if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const drawnWins = tree.wins.filter((i) => rowOf[i] >= 0);
  const moves = {
    ArrowLeft: () => tree.parents[here], ArrowRight: () => children[here].find((k) => rowOf[k] >= 0) ?? -1,
    ArrowUp: () => nearest(-1), ArrowDown: () => nearest(1), Home: () => drawnWins[0] ?? -1, End: () => drawnWins.at(-1) ?? -1,
  };
  if (event.key === "Enter" || event.key === " ") fold(here);
  else if (moves[event.key]) go(moves[event.key](), true);
  else return;
  event.preventDefault();
});
at("search").addEventListener("change", () => load(Number(at("search").value)));
at("step").addEventListener("input", () => { step = Number(at("step").value); place(); });
at("pruned").addEventListener("change", () => { hidesPruned = !at("pruned").checked; place(); });
at("fold").addEventListener("click", () => {
  folded = new Set();
  for (let i = 0; i < N; i++) if (!wins.has(i) && children[i].length > 0) folded.add(i);
  place();
});
at("unfold").addEventListener("click", () => { folded = new Set(); place(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
new ResizeObserver(redraw).observe(map);
if (data.length > 0) {
  load(0);
  draw();
}
document.documentElement.dataset.ready = "yes";
`;
