/**
 * A process killed at any point leaves its folder readable: every file is whole, files written together are of one
 * writing, no line that was added and counted is lost, and the next process takes over the lock.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Random } from "../src/base/index.ts";
import { listTogether, readTogether, recover } from "../src/files/index.ts";
import { nodeFolder } from "../src/files/node.ts";
import { compiled } from "./compiled.ts";

const root = await mkdtemp(join(tmpdir(), "backstitch-kill-"));
afterAll(() => rm(root, { recursive: true }));

/** Writes as fast as it can, and tells after each round which is done. It goes on after the last round it finds. */
const writer = `
  import { recover, writeTogether } from ${compiled("files/index.ts")};
  import { nodeFolder } from ${compiled("files/node.ts")};
  const folder = nodeFolder(process.argv[1]);
  await folder.lock();
  await recover(folder);
  for (let round = Number(process.argv[2]); ; round++) {
    const content = (round + " ").repeat(20_000);
    await folder.append("metrics.jsonl", JSON.stringify({ round, pad: "x".repeat(round % 500) }));
    await writeTogether(folder, "last", { "weights.bin": content, "optimizer.bin": content, "state.json": content });
    await folder.write("config.json", content);
    process.stdout.write(round + "\\n");
  }
`;

async function runAndKill(path: string, round: number, milliseconds: number): Promise<number> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", writer, path, `${round}`]);
  let output = "";
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
  const begun = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk) => {
      output += chunk;
      resolve();
    });
  });
  await Promise.race([begun, ended]);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  child.kill("SIGKILL");
  expect([await ended, errors]).toEqual(["SIGKILL", ""]);
  // What was told may be cut in the middle of a number too.
  return Number(output.slice(0, output.lastIndexOf("\n")).split("\n").at(-1));
}

test("a process killed at any point leaves its folder readable", async () => {
  const path = join(root, "run");
  const random = new Random(5);
  const roundOf = (bytes: Uint8Array) => {
    const text = new TextDecoder().decode(bytes);
    const round = Number.parseInt(text, 10);
    expect(text === `${round} `.repeat(20_000), "a file is torn").toBe(true);
    return round;
  };

  let told = -1;
  for (let kill = 0; kill < 12; kill++) {
    told = await runAndKill(path, told + 1, random.uniform() * 30);

    const folder = nodeFolder(path);
    for (const recovers of [false, true]) {
      if (recovers) {
        const lock = await folder.lock();
        await recover(folder);
        await lock.release();
        expect(await folder.list({ hidden: true })).toEqual(["config.json", "last", "metrics.jsonl"]);
      }
      expect(await listTogether(folder)).toEqual(["last"]);
      const files = await readTogether(folder, "last");
      expect([...files.keys()]).toEqual(["optimizer.bin", "state.json", "weights.bin"]);
      const rounds = new Set(Array.from(files.values(), roundOf));
      expect(rounds.size, "files of two writings").toBe(1);
      // The round under way when the process was killed may count already.
      expect([told, told + 1]).toContain([...rounds][0]);
      expect([told, told + 1]).toContain(roundOf(await folder.read("config.json")));
    }

    const whole = await folder.readText("metrics.jsonl");
    const lines = whole.slice(0, whole.lastIndexOf("\n")).split("\n");
    const rounds = lines.map((line) => (JSON.parse(line) as { round: number }).round);
    // A resumed run cuts what lies beyond its checkpoint.
    const kept = lines.slice(0, rounds.indexOf(told) + 1);
    await folder.truncate("metrics.jsonl", new TextEncoder().encode(`${kept.join("\n")}\n`).length);
    expect(rounds.slice(0, told + 1)).toEqual(Array.from({ length: told + 1 }, (_, round) => round));
  }
}, 60_000);
