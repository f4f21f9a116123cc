/** The package's entrances, as users import them. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const { exports: entrances } = JSON.parse(readFileSync("package.json", "utf8")) as {
  exports: Record<string, string | { types: string; default: string }>;
};
const paths = Object.keys(entrances).filter((path) => path !== "./package.json");

describe("the package", () => {
  test.each(paths)("lets %s in", async (path) => {
    const name = path.replace(/^\./, "backstitch");
    // Through the package's own name, so from dist/ as a user gets it.
    const room = (await import(/* @vite-ignore */ name)) as Record<string, unknown>;
    expect(Object.keys(room).length).toBeGreaterThan(1);
    for (const [key, value] of Object.entries(room)) expect(value, `${name}: ${key}`).toBeDefined();
  });

  test("keeps at its main entrance what programs use, and no tools of its own rooms", async () => {
    const main = await import("../src/index.ts");
    const inner = [
      /^(show|sizeOf|nearest|NOTHING|gently|samplesOf|sampling)$/,
      /Options$/,
      /^(read(Options|Settings)|describe|check)/,
    ];
    expect(Object.keys(main).filter((name) => inner.some((pattern) => pattern.test(name)))).toEqual([]);
    for (const name of ["languageModel", "Engine", "loadKernels", "Recurrent", "adam", "record", "gradientCheck"])
      expect(main).toHaveProperty(name);
  });

  test("has an entrance to every room but the command line", () => {
    const rooms = ["base", "datasets", "decode", "draw", "files", "formats", "inspect", "kernels", "metrics", "nn"];
    for (const room of [...rooms, "tasks", "tensor", "text", "train"]) expect(paths).toContain(`./${room}`);
  });
});
