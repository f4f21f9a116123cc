/**
 * What runs in the page of attention, with `data` defined. It is text, not a function, so that no compiler leaves its
 * own helpers in it; test/attention-page.test.ts runs it in a browser.
 */
export const attentionScript = `
const { cell, maps } = data;
const svgSpace = "http://www.w3.org/2000/svg";
document.querySelectorAll("section.map").forEach((section, i) => {
  const { source, target, weights, left, top } = maps[i];
  const S = source.length, T = target.length;
  if (S === 0 || T === 0) return;
  const frame = section.querySelector(".frame"), svg = frame.querySelector("svg"), readout = section.querySelector("output");
  const texts = { source: [...section.querySelectorAll(".pieces.source span")], target: [...section.querySelectorAll(".pieces.target span")] };
  const box = document.createElementNS(svgSpace, "path");
  box.setAttribute("class", "here");
  svg.append(box);
  for (const title of svg.querySelectorAll(".cell > title")) title.remove();
  let t = 0, s = 0;
  const strongest = (row) => row.reduce((best, share, k) => (share > row[best] ? k : best), 0);

  function mark() {
    texts.source.forEach((span, k) => {
      span.style.setProperty("--share", Math.round(weights[t][k] * 100) + "%");
      span.classList.toggle("here", k === s);
    });
    texts.target.forEach((span, k) => span.classList.toggle("here", k === t));
    const x = left + s * cell, y = top + t * cell;
    box.setAttribute("d", "M" + x + " " + top + "v" + T * cell + "M" + (x + cell) + " " + top + "v" + T * cell + "M" + left + " " + y + "h" + S * cell + "M" + left + " " + (y + cell) + "h" + S * cell);
  }
  function go(toT, toS, tells) {
    t = Math.max(0, Math.min(T - 1, toT));
    s = Math.max(0, Math.min(S - 1, toS));
    mark();
    if (!tells) return;
    const most = strongest(weights[t]);
    const told = target[t] + " looks at " + source[s] + ": " + weights[t][s].toFixed(3) + (most === s ? ", more than at any other" : "; most at " + source[most] + ": " + weights[t][most].toFixed(3));
    // Said once, however much the mouse moves within a cell.
    if (readout.textContent !== told) readout.textContent = told;
  }
  function placeOf(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const toS = Math.floor((point.x - left) / cell), toT = Math.floor((point.y - top) / cell);
    return toS >= 0 && toT >= 0 && toS < S && toT < T ? [toT, toS] : null;
  }
  for (const kind of ["mousemove", "click"])
    svg.addEventListener(kind, (event) => {
      const place = placeOf(event);
      if (place) go(place[0], place[1], true);
    });
  frame.addEventListener("keydown", (event) => {
    const moves = {
      ArrowLeft: [t, s - 1], ArrowRight: [t, s + 1], ArrowUp: [t - 1, s], ArrowDown: [t + 1, s],
      Home: [t, 0], End: [t, S - 1], PageUp: [0, s], PageDown: [T - 1, s], Enter: [t, strongest(weights[t])],
    };
    if (!moves[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    go(moves[event.key][0], moves[event.key][1], true);
    const view = frame.getBoundingClientRect(), scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const x = (left + s * cell) * scale;
    if (x < frame.scrollLeft || x + cell * scale > frame.scrollLeft + view.width) frame.scrollLeft = x - view.width / 2;
    const y = svg.getBoundingClientRect().top + (top + t * cell) * scale;
    if (y < 0 || y + cell > innerHeight) scrollBy(0, y - innerHeight / 2);
    event.preventDefault();
  });
  frame.addEventListener("focus", () => go(t, s, true));
  for (const side of ["source", "target"])
    texts[side].forEach((span, k) => {
      const here = () => (side === "source" ? go(t, k, true) : go(k, strongest(weights[k]), true));
      span.addEventListener("mouseenter", here);
      span.addEventListener("click", here);
    });
  go(0, strongest(weights[0]), false);
});
document.documentElement.dataset.ready = "yes";
`;
