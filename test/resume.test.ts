/** A training that is killed again and again and resumed each time ends with the bits of one that nobody disturbed. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Random } from "../src/base/index.ts";
import { trainInFolder } from "./resume-training.ts";

const root = await mkdtemp(join(tmpdir(), "backstitch-resume-"));
afterAll(() => rm(root, { recursive: true }));

const script = new URL("./resume-training.ts", import.meta.url).href;
const program = `
  import { trainInFolder } from ${JSON.stringify(script)};
  await trainInFolder(process.argv[1], process.argv[2], (step) => process.stdout.write(step + "\\n"));
`;

/** Trains in a process of its own, killed so many milliseconds after its first step; false when it was quicker. */
async function trainAndKill(path: string, unit: string, milliseconds: number): Promise<boolean> {
  const args = ["--conditions=backstitch-source", "--import=tsx", "--input-type=module", "--eval", program, path, unit];
  const child = spawn(process.execPath, args);
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  child.stdout.once("data", () => setTimeout(() => child.kill("SIGKILL"), milliseconds));
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

test.each(["lines", "text"] as const)(
  "a killed training of %s resumes to the bit",
  { timeout: 60_000 },
  async (unit) => {
    const whole = join(root, `${unit}-whole`);
    const killed = join(root, `${unit}-killed`);
    const start = performance.now();
    let lastStep = 0;
    await trainInFolder(whole, unit, (step) => {
      lastStep = step;
    });
    const duration = performance.now() - start;
    expect(lastStep).toBeGreaterThan(150);

    const random = new Random(9);
    const limit = performance.now() + 5000;
    let kills = 0;
    while (kills < 2 || (kills < 8 && performance.now() < limit)) {
      if (!(await trainAndKill(killed, unit, (random.uniform() * duration) / 4))) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(0);
    await trainInFolder(killed, unit, () => {});

    // Weights, moments, states, and every line of the log.
    expect(await filesOf(killed)).toEqual(await filesOf(whole));
  },
);
