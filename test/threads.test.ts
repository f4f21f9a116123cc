/** The threads of the native kernels: as many as the system allows, and asleep when there is nothing to do. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { describeBuilds, loadKernels } from "../src/kernels/index.ts";
import { compiled } from "./compiled.ts";

const cores = (await describeBuilds()).find(({ name }) => name === "native")?.threads ?? 0;

describe.skipIf(cores === 0)("the native kernels' threads", () => {
  test("sleep soon after a call", async () => {
    const { build } = await loadKernels({ build: "native", threads: 4 });
    const [M, N, K] = [300, 300, 300];
    const [a, b, c] = [M * K, K * N, M * N].map((length) => new Float32Array(length).fill(1));
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      build.kernels.gemmNN({ M, N, K, accumulate: false, a: a!, b: b!, c: c! });
      const before = process.cpuUsage();
      await setTimeout(300);
      const { user, system } = process.cpuUsage(before);
      least = Math.min(least, (user + system) / 1000);
    }
    expect(c![0]).toBe(K);
    expect(least, "milliseconds of processor time in 300 of idleness").toBeLessThan(60);
  });

  const why = existsSync("/usr/bin/prlimit") ? "" : " (skipped: there is no prlimit here)";
  test.skipIf(why !== "")(`are fewer when the system does not let all start${why}`, () => {
    const program = `
      import { execFileSync } from "node:child_process";
      import { loadKernels } from ${compiled("kernels/index.ts")};
      // From here on no thread can be started: all that are there count.
      execFileSync("/usr/bin/prlimit", ["--pid", String(process.pid), "--nproc=1:1"]);
      const seen = async (options) => {
        try {
          const { build, notes } = await loadKernels(options);
          const x = Float32Array.of(1, 2);
          build.kernels.scale({ N: 2, by: 2, plus: 1, x, y: x });
          return [build.name, build.threads, notes, [...x]];
        } catch (error) {
          return error.message;
        }
      };
      console.log(JSON.stringify([await seen({}), await seen({ build: "native", threads: 3 }), await seen({ threads: 3 })]));`;
    const args = ["--input-type=module", "--eval", program];
    // Nobody limits root.
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const { PATH, TMPDIR } = process.env;
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env: { PATH, TMPDIR }, ...user });
    expect(stderr).toBe("");
    const limit = "native kernels: the system lets this process start 1 of";
    const note = (threads: number) => `${limit} ${threads} threads; for more speed raise the limit (ulimit -u)`;
    expect(JSON.parse(stdout)).toEqual([
      ["native", 1, cores > 1 ? [note(cores)] : [], [3, 5]],
      `${limit} 3 threads; ask for fewer or raise the limit (ulimit -u)`,
      ["native", 1, [note(3)], [3, 5]],
    ]);
  });
});
