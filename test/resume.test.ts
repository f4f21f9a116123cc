/** A training that is killed again and again and resumed each time ends with the bits of one that nobody disturbed. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Random } from "../src/base/index.ts";
import { describeBuilds, type LoadOptions } from "../src/kernels/index.ts";
import { compiledProgram } from "./compiled.ts";
import { trainInFolder } from "./resume-training.ts";

const root = await mkdtemp(join(tmpdir(), "backstitch-resume-"));
afterAll(() => rm(root, { recursive: true }));

const program = `
  ${compiledProgram("./resume-training.ts")}
  const [path, unit, kernels] = process.argv.slice(1);
  await trainInFolder(path, unit, JSON.parse(kernels), (step) => process.stdout.write(step + "\\n"));
`;

type Unit = "lines" | "text" | "pairs";

/** Trains in a process of its own, killed once it has made so many steps; false when it made fewer. */
async function trainAndKill(path: string, unit: Unit, kernels: LoadOptions, steps: number): Promise<boolean> {
  const given = [path, unit, JSON.stringify(kernels)];
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program, ...given]);
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  let made = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) made++;
    if (made >= steps) child.kill("SIGKILL");
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once("exit", (code, signal) => resolve([code, signal]));
  });
  expect(errors).toBe("");
  expect(signal === "SIGKILL" || code === 0).toBe(true);
  return signal === "SIGKILL";
}

async function filesOf(path: string): Promise<Map<string, string>> {
  const names = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = names.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(
    await Promise.all(files.map(async (file) => [file.slice(path.length), await readFile(file, "base64")] as const)),
  );
}

const builds: LoadOptions[] = [{ build: "wasm" }];
const native = (await describeBuilds()).find(({ name }) => name === "native");
if (native?.isas.length) builds.push({ build: "native", threads: 2 });
const cases: { unit: Unit; kernels: LoadOptions }[] = [
  ...builds.flatMap((kernels) => (["lines", "text"] as const).map((unit) => ({ unit, kernels }))),
  { unit: "pairs", kernels: builds.at(-1)! },
];

test.each(cases)("a killed training of $unit resumes to the bit: $kernels", { timeout: 60_000 }, async (one) => {
  const { unit, kernels } = one;
  const name = `${unit}-${kernels.build}`;
  const [whole, killed] = [join(root, `${name}-whole`), join(root, `${name}-killed`)];
  let lastStep = 0;
  await trainInFolder(whole, unit, kernels, (step) => {
    lastStep = step;
  });
  expect(lastStep).toBeGreaterThan(150);

  const random = new Random(9);
  for (let kill = 0; kill < 2; kill++)
    expect(await trainAndKill(killed, unit, kernels, 1 + random.integer(Math.floor(lastStep / 4)))).toBe(true);
  await trainInFolder(killed, unit, kernels, () => {});

  // Weights, moments, states, and every line of the log.
  expect(await filesOf(killed)).toEqual(await filesOf(whole));
});
