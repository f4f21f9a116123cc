/**
 * Records the terminal while backstitch trains, and writes docs/train.svg: a picture that moves, for the README.
 *
 * Needs the command `script` of util-linux for a terminal without a screen.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import xterm from "@xterm/headless";

/** Terminal colours by number, those that backstitch uses. */
const palette: Readonly<Record<number, string>> = {
  1: "#bf616a",
  2: "#a3be8c",
  3: "#ebcb8b",
  4: "#81a1c1",
  5: "#b48ead",
  6: "#88c0d0",
  8: "#7b8494",
};

const columns = 96;
const rows = 26;
const frameMs = 400;
const main = resolve("dist/cli/main.js");

const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: false });
const folder = await mkdtemp(join(tmpdir(), "backstitch-picture-"));
const shell = `stty cols ${columns} rows ${rows}; printf '$ npx backstitch train names\\r\\n'; node ${main} train names`;
const child = spawn("script", ["-qfec", shell, "/dev/null"], {
  cwd: folder,
  env: { ...process.env, TERM: "xterm-256color", FORCE_COLOR: "1" },
});
child.stdout.on("data", (chunk: Buffer) => terminal.write(chunk));

const frames: string[] = [];
const shoot = () => {
  const frame = drawFrame();
  if (frame !== frames.at(-1)) frames.push(frame);
};
const timer = setInterval(shoot, frameMs);
await new Promise<void>((done, fail) =>
  child.on("close", (code) => (code === 0 ? done() : fail(new Error(`exit code ${code}`)))),
);
clearInterval(timer);
await new Promise<void>((done) => terminal.write("", done));
shoot();
await rm(folder, { recursive: true, force: true });
await writeFile("docs/train.svg", drawPicture(frames));
console.log(`docs/train.svg: ${frames.length} frames`);

/** The screen as it is now, as SVG text. */
function drawFrame(): string {
  const buffer = terminal.buffer.active;
  const lines: string[] = [];
  for (let y = 0; y < rows; y++) {
    const line = buffer.getLine(buffer.viewportY + y);
    if (!line || line.translateToString(true) === "") continue;
    const spans: { text: string; style: string }[] = [];
    for (let x = 0; x < columns; x++) {
      const cell = line.getCell(x)!;
      const colour = cell.isFgPalette() ? (palette[cell.getFgColor()] ?? "") : "";
      const style = `${colour && ` fill="${colour}"`}${cell.isBold() ? ' font-weight="bold"' : ""}${cell.isDim() ? ' opacity="0.6"' : ""}`;
      const text = cell.getChars() || " ";
      if (spans.at(-1)?.style === style) spans.at(-1)!.text += text;
      else spans.push({ text, style });
    }
    const text = spans.map((span) => `<tspan${span.style}>${escapeXml(span.text)}</tspan>`).join("");
    lines.push(`<text y="${(y + 1) * 18 + 8}">${text.replace(/ +<\/tspan>$/, "</tspan>")}</text>`);
  }
  return lines.join("");
}

/** All frames one after the other, the last one longest. */
function drawPicture(shots: readonly string[]): string {
  const rest = 8;
  const total = shots.length + rest;
  const seconds = (total * frameMs) / 1000;
  const percent = (frame: number) => `${((100 * frame) / total).toFixed(2)}%`;
  const styles = shots.map((_, i) => {
    const until = i === shots.length - 1 ? total : i + 1;
    const hide = until === total ? "" : `${percent(until)}{visibility:hidden}`;
    return `@keyframes f${i}{0%{visibility:hidden}${percent(i)}{visibility:visible}${hide}}.f${i}{animation:f${i} ${seconds}s step-end infinite}`;
  });
  const groups = shots.map((shot, i) => `<g class="f${i}">${shot}</g>`);
  const width = columns * 8.43 + 24;
  const height = rows * 18 + 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="backstitch trains on dinosaur names in a terminal">
<style>text{font:14px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee9;white-space:pre}g{visibility:hidden}@media (prefers-reduced-motion:reduce){g{animation:none!important}g:last-of-type{visibility:visible}}${styles.join("")}</style>
<rect width="100%" height="100%" rx="8" fill="#1b2029"/>
<svg x="12">
${groups.join("\n")}
</svg>
</svg>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
