/**
 * A text much larger than the memory: it is written into a temporary folder, and a process whose heap is bounded reads
 * it, trains a few updates on it, and tells its seconds and how much memory it took at most.
 *
 *     npx tsx bench/large-file.ts [megabytes] [flags of train]
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../src/base/index.ts";

const megabytes = Number(process.argv[2] ?? 1000);
const flags = process.argv.slice(3);
const heap = 192;

const folder = mkdtempSync(join(tmpdir(), "backstitch-large-"));
const path = join(folder, "large.txt");
try {
  writeText(path, megabytes * 1e6);
  console.log(`${statSync(path).size} bytes of text, a heap of at most ${heap} MB`);
  const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
  const report = new URL("../test/cli/report-memory.mjs", import.meta.url).href;
  const small = ["--validation", "0.0001", "--hidden-size", "32", "--max-length", "40", "--quiet"];
  for (const [name, epochs, ...kind] of [
    ["text by characters", 20 / (megabytes * 490), "--unit", "text"],
    ["lines by characters", 20 / (megabytes * 610), "--unit", "lines"],
    ["text by words", 20 / (megabytes * 90), "--unit", "text", "--tokenizer", "words", "--vocabulary-size", "20000"],
  ] as const) {
    const run = join(folder, name.replaceAll(" ", "-"));
    const args = [
      "train",
      "language-model",
      "--data",
      path,
      "--run",
      run,
      "--epochs",
      String(epochs),
      ...small,
      ...kind,
    ];
    const began = performance.now();
    const ended = spawnSync(
      process.execPath,
      [`--max-old-space-size=${heap}`, "--import", report, main, ...args, ...flags],
      {
        encoding: "utf8",
      },
    );
    const seconds = (performance.now() - began) / 1000;
    const peak = Number(/memory: (\d+)/.exec(ended.stderr)?.[1]) / 1024;
    if (ended.status !== 0) throw new Error(`${name}: exit ${ended.status}: ${ended.stderr}`);
    console.log(`${name.padEnd(20)} ${seconds.toFixed(1)} s, at most ${peak.toFixed(0)} MB in memory`);
    rmSync(run, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Made-up words, most of them often and some of them hardly ever, in lines of some 50 characters. */
function writeText(path: string, bytes: number): void {
  const random = new Random(1);
  const letters = "etaoinshrdlu";
  const word = (rank: number) => {
    let text = "";
    for (let rest = rank + 1; rest > 0; rest = Math.floor(rest / letters.length))
      text += letters[rest % letters.length];
    return text;
  };
  const line = (ranks: () => number) => {
    let text = word(ranks());
    while (text.length < 48) text += ` ${word(ranks())}`;
    return `${text}.\n`;
  };
  let fresh = 1e7;
  const often = () => Math.floor(Math.exp(random.uniform() ** 1.3 * 13));
  const block = () => Array.from({ length: 20_000 }, () => line(often)).join("");
  const blocks = Array.from({ length: 16 }, block);
  const file = openSync(path, "w");
  for (let written = 0, i = 0; written < bytes; i++)
    written += writeSync(file, blocks[i % 16]! + Array.from({ length: 100 }, () => line(() => fresh++)).join(""));
  closeSync(file);
}
