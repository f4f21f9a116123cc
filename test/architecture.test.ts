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
  draw: ["base"],
  inspect: ["base", "kernels", "tensor", "nn", "text", "draw"],
  tasks: [...below, "draw", "inspect"],
  cli: [...below, "draw", "inspect", "tasks"],
};

/** The only places that may touch Node's own modules. */
const nodeOnly = ["cli/", "datasets/", "files/node.ts", "files/node-bytes.ts", "kernels/node.ts"];

/** The npm packages that each room may use besides those for all. */
const packages: Readonly<Record<string, readonly string[]>> = {
  cli: ["@commander-js/extra-typings", "commander", "cli-progress", "cli-table3", "picocolors", "yaml"],
  datasets: ["dinosaurs"],
  formats: ["fast-xml-parser"],
};
const packagesForAll = ["zod"];

/** The only places that may draw by chance without a seed, and what for. */
const chances: Readonly<Record<string, string>> = {
  "cli/commands/generate.ts": "a seed for those who give none, which is shown",
  "files/partial.ts": "names of unfinished files that no two processes share",
};

/** The only places that may look at a clock, and what for. */
const clocks: Readonly<Record<string, string>> = {
  "files/node.ts": "a lock says since when it is held and when its process began",
  "train/breathe.ts": "a page is let breathe after so many milliseconds",
  "train/trainer.ts": "tokens a second, and letting a page breathe",
  "cli/training.ts": "how long a training took",
  "cli/progress.ts": "when a line of progress is due",
  "cli/work-progress.ts": "how long work takes that is not training",
  "cli/commands/doctor.ts": "how fast this machine computes",
};

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

/** The imports that are there at run time: not those of types alone. */
const valueImportsOf = (file: string): string[] =>
  [
    ...readFileSync(join("src", file), "utf8").matchAll(
      /^\s*(?:import|export)\b(?!\s+type\b)[^;"']*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm,
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
      if (!target.startsWith(".")) {
        const name = target.split("/", target.startsWith("@") ? 2 : 1).join("/");
        // Names such as #loader are the package's own.
        if (!name.startsWith("#"))
          expect([...packagesForAll, ...(packages[room] ?? [])], `${file}: ${room}/ may not use ${name}`).toContain(
            name,
          );
        continue;
      }
      const path = normalize(join(dirname(file), target)).replaceAll(sep, "/");
      const [other, ...inside] = path.split("/");
      if (other === room || inside.length === 0) continue;
      expect(allowed, `${file}: ${room}/ may not import ${other}/`).toContain(other);
      if (!sideDoors.includes(path))
        expect(inside.join("/"), `${file}: enter ${other}/ by its index.ts`).toBe("index.ts");
    }
  });

  test("the main entrance reaches nothing that needs Node, but by the loader of the kernels", () => {
    const reached = new Set(["index.ts"]);
    for (const file of reached)
      for (const target of valueImportsOf(file))
        if (target.startsWith(".")) reached.add(normalize(join(dirname(file), target)).replaceAll(sep, "/"));
    expect(reached.size).toBeGreaterThan(100);
    expect([...reached].filter((file) => valueImportsOf(file).some((target) => target.startsWith("node:")))).toEqual(
      [],
    );
  });

  test("are those of docs/ARCHITECTURE.md", () => {
    const lines = readFileSync("docs/ARCHITECTURE.md", "utf8").split(/\r?\n/);
    const rows = lines.slice(lines.findIndex((line) => line.startsWith("| room |")) + 2);
    const documented: Record<string, readonly string[]> = {};
    for (const row of rows.slice(0, rows.indexOf(""))) {
      const [, room = "", , rooms = ""] = row.split("|").map((cell) => cell.trim());
      const above = Object.keys(documented);
      documented[room.replaceAll("`", "")] =
        rooms === "all above" ? above : rooms === "nothing" ? [] : rooms.split(", ");
    }
    const sorted = (table: Readonly<Record<string, readonly string[]>>) =>
      Object.fromEntries(Object.entries(table).map(([room, rooms]) => [room, [...rooms].sort()]));
    expect(sorted(documented)).toEqual(sorted(mayImport));
  });

  test.each([
    ["randomness", chances, /\bMath\.random\b|\bgetRandomValues\b|\brandomUUID\b|\brandomBytes\b|\brandomInt\b/],
    [
      "clock",
      clocks,
      /\bDate\.now\b|(?<!new )\bDate\(|\bnew Date(?!\([^)])|\bperformance\.|\bhrtime\b|\bprocess\.uptime\b/,
    ],
  ])("no %s hides in the library, but where it is needed", (_, allowed, source) => {
    const found = sources.filter((file) =>
      source.test(readFileSync(join("src", file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")),
    );
    expect(found.sort()).toEqual(Object.keys(allowed).sort());
  });
});
