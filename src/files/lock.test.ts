import { describe, expect, test } from "vitest";
import { type Holder, lockName, type Machine, takeLock } from "./lock.ts";
import { memoryFolder } from "./memory.ts";

const since = "2026-03-01T09:05:59.123Z";
const machine = (process: number, state: (holder: Holder) => "running" | "ended" | "unknown"): Machine => ({
  self: async () => ({ process, host: "ada", birth: null, since }),
  state: async (holder) => state(holder),
});
const message = (text: string) => expect.objectContaining({ message: text });

describe("takeLock", () => {
  test("refuses while the holder runs", async () => {
    const folder = memoryFolder("runs/names");
    const lock = await takeLock(
      folder,
      machine(123, () => "ended"),
    );
    const other = machine(456, () => "running");
    await expect(takeLock(folder, other)).rejects.toThrow(
      message(
        "runs/names: another training is writing here (process 123, since 2026-03-01 09:05 UTC); wait for it or choose another folder",
      ),
    );
    await lock.release();
    await (await takeLock(folder, other)).release();
    expect(await folder.list({ hidden: true })).toEqual([]);
  });

  test("refuses a holder on another machine, and says how to go on if it is gone", async () => {
    const folder = memoryFolder("runs/names");
    await takeLock(
      folder,
      machine(123, () => "ended"),
    );
    await expect(
      takeLock(
        folder,
        machine(456, () => "unknown"),
      ),
    ).rejects.toThrow(
      message(
        "runs/names: another training is writing here (process 123 on ada, since 2026-03-01 09:05 UTC); wait for it, or remove runs/names/.lock if it has ended",
      ),
    );
  });

  test("takes over from a holder that has ended, whose release then does nothing", async () => {
    const folder = memoryFolder("runs/names");
    const first = await takeLock(
      folder,
      machine(123, () => "ended"),
    );
    const second = await takeLock(
      folder,
      machine(456, () => "ended"),
    );
    await first.release();
    expect(await folder.list({ hidden: true })).toEqual([lockName]);
    await second.release();
    expect(await folder.list({ hidden: true })).toEqual([]);
  });

  test.each(["", "{", "null", "[]", '{"process":"123","host":"ada"}', "\0"])(
    "takes over a lock whose note is damaged: %j",
    async (note) => {
      const folder = memoryFolder("runs/names");
      await folder.folder(lockName).write("holder.json", note);
      const lock = await takeLock(
        folder,
        machine(1, () => "running"),
      );
      await lock.release();
      expect(await folder.list({ hidden: true })).toEqual([]);
    },
  );

  test("takes over a lock without a note", async () => {
    const folder = memoryFolder("runs/names");
    await folder.folder(lockName).write("other", "");
    await takeLock(
      folder,
      machine(1, () => "running"),
    );
  });

  test("of many at once only one gets it, also from one that has ended", async () => {
    for (const isStale of [false, true]) {
      const folder = memoryFolder("runs/names");
      if (isStale)
        await takeLock(
          folder,
          machine(0, () => "ended"),
        );
      const taking = Array.from({ length: 8 }, (_, i) =>
        takeLock(
          folder,
          machine(i + 1, (holder) => (holder.process === 0 ? "ended" : "running")),
        ),
      );
      const results = await Promise.allSettled(taking);
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const result of results)
        if (result.status === "rejected") expect(result.reason.message).toMatch(/^runs\/names: another training/);
      expect(await folder.list({ hidden: true })).toEqual([lockName]);
    }
  });

  test("gives up when others come and go all the time", async () => {
    const folder = memoryFolder("runs/names");
    const busy = { ...folder, exists: async (name: string) => name === lockName || folder.exists(name) };
    const gone = {
      ...folder,
      folder: () => ({ ...folder, exists: async () => true, read: async () => new TextEncoder().encode("{}") }),
    };
    await expect(
      takeLock(
        { ...busy, folder: gone.folder, rename: async () => {} },
        machine(1, () => "ended"),
      ),
    ).rejects.toThrow(
      message("runs/names: other trainings start here all the time; wait for them or choose another folder"),
    );
  });
});
