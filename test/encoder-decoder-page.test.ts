/** docs/encoder-decoder.md: its table is the table of models. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { networkOptions } from "../src/tasks/translate/options.ts";
import { presets } from "../src/tasks/translate/presets.ts";

const page = readFileSync("docs/encoder-decoder.md", "utf8");

test("the table holds every model with its choices", () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const shown = rows.map((row) =>
    row
      .split("|")
      .slice(1, 7)
      .map((column) => column.trim()),
  );
  expect(shown).toEqual(
    Object.entries(presets).map(([name, { cell, attention, feed, bidirectional, reverseSource, start }]) => [
      name === networkOptions.shape.model.parse(undefined) ? `\`${name}\` (default)` : `\`${name}\``,
      ...[cell, attention, feed].map((choice) => `\`${choice}\``),
      bidirectional ? "both ways" : reverseSource ? "from the end" : "forward",
      `\`${start}\``,
    ]),
  );
});

test("every choice of a model is told", () => {
  const flag = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  for (const name of Object.keys(presets.gnmt)) {
    const known = [`--${flag(name)}`, `--no-${flag(name)}`].some((text) => page.includes(text));
    expect(known, name).toBe(true);
  }
});
