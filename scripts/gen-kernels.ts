/**
 * Writes what follows from the kernel table and is not worked out while the program runs: the C++ structs in
 * native/kernels.gen.h, the quick checks in src/kernels/check.gen.ts and the page docs/kernels.md.
 *
 *     npm run generate              writes them
 *     npm run generate -- --check   writes nothing and fails when one is stale
 */
import { readFileSync, writeFileSync } from "node:fs";
import { readLimit, readShape } from "../src/kernels/shape.ts";
import { type ArraySpec, kernelNames, kernelSpec, type ScalarSpec, tableText } from "../src/kernels/table.ts";

const outputs = { "native/kernels.gen.h": header(), "src/kernels/check.gen.ts": checks(), "docs/kernels.md": docs() };
const check = process.argv.includes("--check");
for (const [path, text] of Object.entries(outputs)) {
  const url = new URL(`../${path}`, import.meta.url);
  if (!check) writeFileSync(url, text);
  else if (readOrEmpty(url) !== text) {
    console.error(`${path}: does not follow src/kernels/table.ts; run npm run generate and commit the result`);
    process.exitCode = 1;
  }
}

function readOrEmpty(url: URL): string {
  try {
    return readFileSync(url, "utf8").replaceAll("\r\n", "\n");
  } catch {
    return "";
  }
}

function header(): string {
  const kernels = kernelNames.map((name) => ({ name, type: name[0]!.toUpperCase() + name.slice(1) }));
  const structs = kernels.map(({ name, type }) => {
    const { doc, sizes, scalars, arrays } = kernelSpec(name);
    const words = sizes.length + Object.keys(scalars).length;
    const lines = [
      ...doc.split("\n").map((line) => `// ${line}`),
      `struct ${type} {`,
      `  static constexpr int32_t words = ${words}, arrays = ${Object.keys(arrays).length};`,
      `  int32_t ${sizes.join(", ")};`,
      ...Object.entries(scalars).flatMap(scalarLines),
      ...Object.entries(arrays).map(pointerLine),
      "};",
    ];
    return `${lines.join("\n")}\n`;
  });
  return `// Generated from src/kernels/table.ts by scripts/gen-kernels.ts; edit that table instead.
//
// Each struct holds the argument of one kernel: words of 4 bytes (sizes, then scalars), then the arrays, both in the
// order of the table. A pointer marked ? may be null, and any may be when its array has no elements.
#pragma once
#include "runtime.h"

${structs.join("\n")}
// Calls X(name, Struct) for each kernel, in the order of the table.
#define KERNELS(X) \\
${kernels.map(({ name, type }) => `  X(${name}, ${type})`).join(" \\\n")}

// Every kernel as compiled for one instruction set. Each returns false when there was not enough scratch memory.
struct KernelSet {
#define X(name, Struct) bool (*name)(const Struct&, const Runtime&);
  KERNELS(X)
#undef X
};

// What the kernels were compiled from; compared on loading with the table of the running program.
#define KERNEL_TABLE ${JSON.stringify(tableText())}
`;
}

function scalarLines([name, spec]: [string, ScalarSpec]): string[] {
  if (spec === "float") return [`  float ${name};`];
  if (spec === "int") return [`  int32_t ${name};`];
  if (spec === "flag") return [`  int32_t ${name};  // 0 or 1`];
  return [`  enum : int32_t { ${spec.join(", ")} };`, `  int32_t ${name};  // one of the above`];
}

function pointerLine([name, { type, role, shape, optional, range }]: [string, ArraySpec]): string {
  const element = type === "float" ? "float" : "int32_t";
  const notes = [`[${shape}]`, ...(optional ? ["?"] : []), ...(role === "in" ? [] : [role]), ...rangeNote(range)];
  return `  ${role === "in" ? "const " : ""}${element}* ${name};  // ${notes.join(" ")}`;
}

function rangeNote(range: ArraySpec["range"]): string[] {
  return range ? [`from ${range[0]} to ${range[1]}`] : [];
}

function checks(): string {
  const functions = kernelNames.map((name) => {
    const { sizes, scalars, arrays } = kernelSpec(name);
    const all = [...sizes, ...Object.keys(scalars), ...Object.keys(arrays)];
    const lines = [
      `const { ${all.join(", ")} } = args;`,
      ...sizes.map((size) => `if (((${size} as number) | 0) !== ${size} || ${size} < 0) return false;`),
      ...sizes.map((size, i) => `ints[${i}] = ${size};`),
      ...Object.entries(scalars).flatMap(([scalar, spec], i) => scalarCheck(scalar, spec, sizes.length + i)),
      ...Object.entries(arrays).flatMap(([array, spec], i) => [...arrayCheck(array, spec), `arrays[${i}] = ${array};`]),
      "return true;",
    ];
    return `  ${name}(args, ints, ${floatsName(scalars)}, arrays) {\n${lines.map((line) => `    ${line}\n`).join("")}  },\n`;
  });
  return `// Generated from src/kernels/table.ts by scripts/gen-kernels.ts; edit that table instead.
/** Checks of the arguments of each kernel in float32 that only say yes or no, ten times as fast as those that explain. */
import type { AnyArgs, Arrays } from "./check.ts";
import { isFloats, isInts } from "./elements.ts";
import type { KernelName } from "./table.ts";

type QuickCheck = (args: AnyArgs, ints: Int32Array, floats: Float32Array, arrays: Arrays) => boolean;

/** Each writes sizes and scalars to \`ints\` and \`floats\` and the arrays to \`arrays\`; true when all of them are right. */
export const quickChecks: { readonly [N in KernelName]: QuickCheck } = {
${functions.join("")}};

function within(array: Int32Array, count: number, least: number, most: number): boolean {
  for (let i = 0; i < count; i++) if (array[i]! < least || array[i]! > most) return false;
  return true;
}
`;
}

function floatsName(scalars: Readonly<Record<string, ScalarSpec>>): string {
  return Object.values(scalars).includes("float") ? "floats" : "_floats";
}

function scalarCheck(name: string, spec: ScalarSpec, at: number): string[] {
  if (spec === "float")
    return [`if (typeof ${name} !== "number" || Number.isNaN(${name})) return false;`, `floats[${at}] = ${name};`];
  if (spec === "int") return [`if (((${name} as number) | 0) !== ${name}) return false;`, `ints[${at}] = ${name};`];
  if (spec === "flag") return [`if (typeof ${name} !== "boolean") return false;`, `ints[${at}] = ${name} ? 1 : 0;`];
  const index = spec.map((choice, i) => `${name} === "${choice}" ? ${i} : `).join("");
  return [`const ${name}Index = ${index}-1;`, `if (${name}Index < 0) return false;`, `ints[${at}] = ${name}Index;`];
}

function arrayCheck(name: string, { type, shape, optional, range }: ArraySpec): string[] {
  const isKind = type === "float" ? "isFloats" : "isInts";
  const axes = readShape(shape).map(({ times, size }) =>
    times === 1 && size ? size : [times, size].filter(Boolean).join(" * "),
  );
  const count = axes.join(" * ");
  const lines = [`if (${optional ? `${name} !== null && ` : ""}!${isKind}(${name}, ${count})) return false;`];
  if (range) {
    const { size, offset } = readLimit(range[1]);
    lines.push(
      `if (!within(${name}, ${count}, ${range[0]}, ${size}${offset < 0 ? ` - ${-offset}` : ""})) return false;`,
    );
  }
  return lines;
}

function docs(): string {
  const rows = kernelNames.map((name) => {
    const { doc, sizes, scalars, arrays } = kernelSpec(name);
    const scalar = ([key, spec]: [string, ScalarSpec]) =>
      `${key}: ${typeof spec === "string" ? spec : spec.join(", ")}`;
    const array = ([key, { type, shape, optional, range }]: [string, ArraySpec]) =>
      [`${key}${optional ? "?" : ""} [${shape}]`, ...(type === "int" ? ["int"] : []), ...rangeNote(range)].join(" ");
    const having = (...roles: string[]) => Object.entries(arrays).filter(([, { role }]) => roles.includes(role));
    const list = (title: string, items: readonly string[]) => (items.length ? [`- ${title}: ${items.join("; ")}`] : []);
    return [
      `## ${name}`,
      "",
      doc,
      "",
      ...list("sizes", [sizes.join(" ")]),
      ...list("scalars", Object.entries(scalars).map(scalar)),
      ...list("reads", having("in").map(array)),
      ...list("changes", having("inout").map(array)),
      ...list("writes", having("out").map(array)),
      "",
    ].join("\n");
  });
  return `# Kernels

Generated from \`src/kernels/table.ts\` by \`npm run generate\`; edit that table instead.

A kernel is one call over plain arrays: every build (native, WebAssembly, TypeScript) runs all of them and the
conformance suite holds them together. Shapes are row-major, slowest size first. An array with a \`?\` may be null. What a
kernel writes may hold garbage before; what it only reads comes back unchanged.

${rows.join("\n")}`;
}
