/** A disk that is full or read-only stops a training with one line, and nothing that was saved is lost. */
import * as nodeDisk from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { nodeFolder } from "../src/files/node.ts";
import { RunFolder, fit as train } from "../src/train/index.ts";
import { config, failureOf, make, settings } from "./sine-training.ts";

const root = await mkdtemp(join(tmpdir(), "backstitch-full-"));
afterAll(() => rm(root, { recursive: true }));

/** The disk, until `code` is set: then nothing can be opened to write. */
function refusingDisk() {
  const disk = {
    ...nodeDisk,
    code: "",
    open: (async (path, flags, mode) => {
      if (disk.code !== "") throw Object.assign(new Error(disk.code), { code: disk.code });
      return nodeDisk.open(path, flags, mode);
    }) as typeof nodeDisk.open,
  };
  return disk;
}

test.each([
  [11, { logEvery: 0 }, "checkpoints/last"],
  [11, {}, "metrics.jsonl"],
  [39, { logEvery: 0, sampleEvery: 0 }, "metrics.jsonl"],
])("a disk that is full from step %d on, %o, is told of and lost nothing", async (at, options, file) => {
  const path = join(root, `${at}-${file.length}`);
  const disk = refusingDisk();
  const first = make();
  const run = await RunFolder.create(nodeFolder(path, { disk }), config);
  const on = {
    step: ({ step }: { step: number }) => {
      if (step === at) disk.code = "ENOSPC";
    },
  };
  const all = { steps: 50, ...settings, ...options };
  expect(await failureOf(train({ ...first.training, run, on }, all))).toBe(
    `StopError: ${path}/${file}: no space left on the disk; free some and go on, what was saved before is whole`,
  );
  disk.code = "";
  await run.close();

  const resumed = make();
  const again = await RunFolder.resume(nodeFolder(path));
  expect((await again.checkpoint("last"))!.state.step).toBe(at - (at % 7));
  await train({ ...resumed.training, run: again }, all);
  await again.close();
  const whole = make();
  await train(whole.training, all);
  expect(resumed.weights()).toEqual(whole.weights());
});

test("a read-only disk is told of before anything is trained", async () => {
  const path = join(root, "read-only");
  const disk = refusingDisk();
  disk.code = "EROFS";
  expect(await failureOf(RunFolder.create(nodeFolder(path, { disk }), config))).toBe(
    `StopError: ${path}: the disk is read-only; choose another folder`,
  );
});
