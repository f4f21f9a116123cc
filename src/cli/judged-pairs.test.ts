import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ValueError } from "../base/index.ts";
import { nodeFolder } from "../files/node.ts";
import { RunFolder } from "../train/index.ts";
import { readJudgedPairs } from "./judged-pairs.ts";
import { Screen } from "./screen.ts";

const cwd = await mkdtemp(join(tmpdir(), "backstitch judged-"));
afterAll(() => rm(cwd, { recursive: true }));

describe("readJudgedPairs", () => {
  const read = (where: string, runs: number) =>
    readJudgedPairs("blame", { where, runs }, { limit: 3 }, {}, new Screen({ quiet: true }));

  test("takes the test part of the recipe of a run, in a folder of any name", async () => {
    const where = join(cwd, "my run");
    const kernels = { name: "reference", isa: "scalar", precision: "float64" } as const;
    const config = { task: "translate", recipe: "dates-english", data: null, options: {}, kernels };
    await (await RunFolder.create(nodeFolder(where), config)).close();
    const { name, questions } = await read(where, 1);
    expect(name).toBe("test part of recipe dates-english");
    expect(questions.length).toBe(3);
  });

  test("needs data for several runs", async () => {
    await expect(read("one two", 2)).rejects.toThrow(
      new ValueError("blame: needs pairs to judge by; give --data <file>"),
    );
  });
});
