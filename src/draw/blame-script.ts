/**
 * What runs in the page of an error analysis, with `data` defined. It is text, not a function, so that no compiler leaves
 * its own helpers in it.
 */
export const blameScript = `
const at = (id) => document.getElementById(id);
const { beamSizes, examples, kinds, verdicts } = data;
const body = at("examples").tBodies[0], heads = Array.from(at("examples").tHead.rows[0].cells);
const chosen = { beam: data.beam, verdict: "", kind: "", text: "" };
let key = "gap", isDown = true, room = 100;

const by = {
  source: ({ example }) => example.source.toLowerCase(),
  length: ({ example }) => example.length,
  verdict: ({ output }) => verdicts.indexOf(output.verdict),
  kind: ({ output }) => kinds.findIndex(([kind]) => kind === output.kind),
  reference: ({ reference }) => reference.logProb ?? -Infinity,
  output: ({ output }) => output.logProb,
  gap: ({ output }) => Math.abs(output.gap ?? 0),
};
const figure = (x) => (x === null || x === undefined ? "-" : x.toFixed(2));
const element = (name, text, kind) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
};
function texts(cell, output) {
  for (const [name, parts] of [["reference", output.parts.reference], ["output", output.parts.output]]) {
    const line = element("div", undefined, name);
    line.append(element("span", name, "name"));
    const text = element("span", undefined, "text");
    text.dir = "auto";
    // In turn the same as in the other text, and not.
    parts.forEach((part, i) => text.append(i % 2 === 1 ? element("mark", part) : part));
    line.append(text);
    cell.append(line);
  }
}
function two(cell, above, below) {
  cell.append(element("div", above), element("div", below));
}
function show() {
  const b = beamSizes.indexOf(chosen.beam), wanted = chosen.text.toLowerCase();
  const found = [];
  for (const example of examples) {
    const own = example.outputs[b], output = typeof own === "number" ? example.outputs[own] : own;
    if (!output || (chosen.verdict && output.verdict !== chosen.verdict) || (chosen.kind && output.kind !== chosen.kind)) continue;
    const reference = example.references[output.reference];
    if (wanted && ![example.source, output.text, reference.text, example.tag || ""].some((text) => text.toLowerCase().includes(wanted))) continue;
    found.push({ example, output, reference });
  }
  const value = by[key];
  found.sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    return (a < b ? -1 : a > b ? 1 : 0) * (isDown ? -1 : 1) || one.example.index - other.example.index;
  });
  body.replaceChildren(...found.slice(0, room).map(({ example, output, reference }) => {
    const row = element("tr");
    const source = element("th", example.source);
    source.scope = "row";
    source.dir = "auto";
    if (example.tag) source.append(" ", element("span", example.tag, "tag"));
    const pair = element("td", undefined, "pair");
    texts(pair, output);
    const [logs, scores] = [element("td"), element("td")];
    two(logs, figure(reference.logProb), figure(output.logProb));
    two(scores, figure(reference.score), figure(output.score));
    const verdict = element("td", output.said, output.verdict);
    if (output.note) verdict.append(element("div", output.note, "note"));
    row.append(source, element("td", String(example.length)), pair, logs, scores, element("td", figure(output.gap)), verdict, element("td", output.kindSaid));
    return row;
  }));
  at("count").textContent = found.length + (found.length === 1 ? " wrong output" : " wrong outputs") + " at beam " + chosen.beam;
  at("more").hidden = found.length <= room;
  for (const head of heads) {
    const button = head.querySelector("button");
    if (button) head.setAttribute("aria-sort", button.dataset.key === key ? (isDown ? "descending" : "ascending") : "none");
  }
}
for (const [id, name] of [["beam", "beam"], ["verdict", "verdict"], ["kind", "kind"], ["search", "text"]])
  at(id).addEventListener("input", () => {
    chosen[name] = name === "beam" ? Number(at(id).value) : at(id).value;
    room = 100;
    show();
  });
for (const head of heads) {
  const button = head.querySelector("button");
  if (!button) continue;
  button.addEventListener("click", () => {
    isDown = key === button.dataset.key ? !isDown : button.dataset.key !== "source";
    key = button.dataset.key;
    show();
  });
}
at("more").addEventListener("click", () => {
  room += 400;
  show();
});
show();
`;
