/** The rooms of the house and who may enter whom; docs/ARCHITECTURE.md says the same. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { describe, expect, test } from "vitest";

const below = ["base", "kernels", "tensor", "nn", "train", "decode", "text", "metrics", "formats", "files", "datasets"];

/** Each room with the rooms it may import. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  kernels: ["base"],
  tensor: ["base", "kernels"],
  nn: ["base", "tensor"],
  files: ["base"],
  formats: ["base"],
  train: ["base", "tensor", "nn", "formats", "files"],
  decode: ["base"],
  text: ["base"],
  metrics: ["base"],
  datasets: ["base", "text", "formats", "files"],
  tasks: below,
  cli: [...below, "tasks"],
};

/** The only places that may touch Node's own modules. */
const nodeOnly = ["cli/", "datasets/", "files/node.ts", "kernels/node.ts", "node.ts"];

/** Entrances to a room besides its index.ts: the parts of it that run in Node only. */
const sideDoors = ["files/node.ts"];

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll(sep, "/"))
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));

const importsOf = (file: string): string[] =>
  [
    ...readFileSync(join("src", file), "utf8").matchAll(
      /^\s*(?:import|export)\b[^;"']*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3]!);

describe("rooms", () => {
  test.each(sources.filter((file) => file.includes("/")))("%s imports only what its room may", (file) => {
    const room = file.split("/")[0]!;
    const allowed = mayImport[room];
    expect(
      allowed,
      `${room}/ is not a room; add it to test/architecture.test.ts and docs/ARCHITECTURE.md`,
    ).toBeDefined();
    for (const target of importsOf(file)) {
      if (target.startsWith("node:")) {
        expect(
          nodeOnly.some((place) => file.startsWith(place)),
          `${file} imports ${target}, but must run in a browser`,
        ).toBe(true);
        continue;
      }
      if (!target.startsWith(".")) continue;
      const path = normalize(join(dirname(file), target)).replaceAll(sep, "/");
      const [other, ...inside] = path.split("/");
      if (other === room || inside.length === 0) continue;
      expect(allowed, `${file}: ${room}/ may not import ${other}/`).toContain(other);
      if (!sideDoors.includes(path))
        expect(inside.join("/"), `${file}: enter ${other}/ by its index.ts`).toBe("index.ts");
    }
  });

  test("no randomness or clock hides in the library", () => {
    for (const file of sources) {
      const text = readFileSync(join("src", file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      expect(text.includes("Math.random"), `${file} uses Math.random`).toBe(false);
    }
  });
});
