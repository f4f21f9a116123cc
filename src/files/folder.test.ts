import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Folder } from "./folder.ts";
import { memoryFolder } from "./memory.ts";
import { nodeFolder } from "./node.ts";
import { listTogether, readTogether, recover, writeTogether } from "./together.ts";

const disk = await mkdtemp(join(tmpdir(), "backstitch-folder-"));
afterAll(() => rm(disk, { recursive: true }));
let count = 0;

/** The same text for every kind of folder. */
describe.each<[string, () => Folder]>([
  ["memory", () => memoryFolder("runs/names")],
  ["disk", () => nodeFolder(join(disk, String(++count)))],
])("a folder (%s)", (_, fresh) => {
  const bytes = Uint8Array.of(0, 255, 10, 7);
  /** The message of what an action throws, with the folder called by one name. */
  async function refused(folder: Folder, action: () => Promise<unknown>): Promise<string> {
    try {
      await action();
    } catch (error) {
      return (error as Error).message.replaceAll(folder.path, "runs/names");
    }
    throw new Error("was not refused");
  }

  test("is not made before the first write", async () => {
    const folder = fresh();
    expect(await folder.list()).toEqual([]);
    expect(await folder.exists("a")).toBe(false);
    expect(await folder.entry("a")).toBeUndefined();
    await folder.remove("a");
    await folder.folder("deep").folder("deeper").write("a", "x");
    expect(await folder.list()).toEqual(["deep"]);
    expect(await folder.folder("deep").list()).toEqual(["deeper"]);
  });

  test("gives back what was written, bytes and text", async () => {
    const folder = fresh();
    await folder.write("b.bin", bytes);
    await folder.write("a.txt", "naïve 🧵\n");
    await folder.write("empty", "");
    expect(await folder.read("b.bin")).toEqual(bytes);
    expect(await folder.readText("a.txt")).toBe("naïve 🧵\n");
    expect(await folder.read("empty")).toEqual(new Uint8Array());
    expect(await folder.list({ hidden: true })).toEqual(["a.txt", "b.bin", "empty"]);
    expect(await folder.entry("b.bin")).toMatchObject({ kind: "file", bytes: 4 });
  });

  test("keeps what was written apart from the caller's bytes", async () => {
    const folder = fresh();
    const mine = bytes.slice();
    await folder.write("b", mine);
    mine[0] = 99;
    (await folder.read("b"))[1] = 99;
    expect(await folder.read("b")).toEqual(bytes);
  });

  test("replaces a file, and tells by the stamp that it is another", async () => {
    const folder = fresh();
    await folder.write("a", "first");
    const before = await folder.entry("a");
    await folder.write("a", "2");
    expect(await folder.readText("a")).toBe("2");
    expect((await folder.entry("a"))?.stamp).not.toBe(before?.stamp);
  });

  test("adds lines, after cutting off a torn one", async () => {
    const folder = fresh();
    await folder.append("metrics.jsonl", '{"step":1}');
    await folder.append("metrics.jsonl", '{"step":2}');
    expect(await folder.readText("metrics.jsonl")).toBe('{"step":1}\n{"step":2}\n');
    for (const torn of ["{", "x".repeat(10_000)]) {
      await folder.write("metrics.jsonl", `{"step":1}\n${torn}`);
      await folder.append("metrics.jsonl", '{"step":2}');
      expect(await folder.readText("metrics.jsonl")).toBe('{"step":1}\n{"step":2}\n');
      await folder.write("metrics.jsonl", torn);
      await folder.append("metrics.jsonl", "1");
      expect(await folder.readText("metrics.jsonl")).toBe("1\n");
    }
    expect(await refused(folder, () => folder.append("a", "one\ntwo"))).toBe(
      'runs/names/a: an added line must hold no line break, got "one\\ntwo"',
    );
  });

  test("cuts a file to a length it has", async () => {
    const folder = fresh();
    await folder.write("metrics.jsonl", "1\n2\n3\n");
    await folder.truncate("metrics.jsonl", 4);
    await folder.truncate("metrics.jsonl", 4);
    expect(await folder.readText("metrics.jsonl")).toBe("1\n2\n");
    expect(await refused(folder, () => folder.truncate("metrics.jsonl", 5))).toBe(
      "runs/names/metrics.jsonl: must hold at least 5 bytes, holds 4; it was cut or replaced",
    );
  });

  test("renames only to a free name", async () => {
    const folder = fresh();
    await folder.write("a", "1");
    await folder.folder("sub").write("b", "2");
    await folder.rename("sub", "sub2");
    await folder.rename("a", "c");
    expect(await folder.list()).toEqual(["c", "sub2"]);
    expect(await folder.folder("sub2").readText("b")).toBe("2");
    expect(await refused(folder, () => folder.rename("c", "sub2"))).toBe(
      "runs/names/sub2: must be a free name, is in use; remove what stands there or choose another name",
    );
    expect(await refused(folder, () => folder.rename("sub2", "c"))).toBe(
      "runs/names/c: must be a free name, is in use; remove what stands there or choose another name",
    );
  });

  test("removes files and whole folders", async () => {
    const folder = fresh();
    await folder.write("a", "1");
    await folder.folder("sub").folder("sub").write("b", "2");
    await folder.remove("a");
    await folder.remove("sub");
    await folder.remove("never was");
    expect(await folder.list({ hidden: true })).toEqual([]);
  });

  test("refuses in one line what cannot be", async () => {
    const folder = fresh();
    await folder.folder("sub").write("a", "1");
    await folder.write("file", "1");
    await folder.write("latin.txt", Uint8Array.of(0x61, 0x0a, 0xe9, 0x0a));
    const missing = "runs/names/no.json: there is no such file or folder; check the path";
    expect(await refused(folder, () => folder.read("no.json"))).toBe(missing);
    expect(await refused(folder, () => folder.readText("no.json"))).toBe(missing);
    const gone = "runs/names/no.json: there is no such file or folder any more; was it moved or removed?";
    expect(await refused(folder, () => folder.truncate("no.json", 0))).toBe(gone);
    expect(await refused(folder, () => folder.read("sub"))).toBe(
      "runs/names/sub: must be a file, is a folder; name a file in it",
    );
    const inTheWay = "runs/names/sub: must be a file, is a folder; move it away or choose another folder";
    expect(await refused(folder, () => folder.write("sub", "x"))).toBe(inTheWay);
    expect(await refused(folder, () => folder.append("sub", "x"))).toBe(inTheWay);
    expect(await refused(folder, () => folder.folder("file").write("a", "x"))).toBe(
      "runs/names/file: must be a folder, is a file; move it away or choose another folder",
    );
    expect(await refused(folder, () => folder.folder("file").list())).toBe(
      "runs/names/file: a part of the path must be a folder, is a file; check the path",
    );
    expect(await refused(folder, () => folder.readText("latin.txt"))).toBe(
      "runs/names/latin.txt: line 2: byte 2: must be UTF-8, got 0xe9; save the file again as UTF-8",
    );
    expect(await folder.list({ hidden: true })).toEqual(["file", "latin.txt", "sub"]);
  });

  test.each(["", ".", "..", "a/b", "a\\b", "../a", "a\0"])("refuses the file name %j", async (name) => {
    const folder = fresh();
    const message = `runs/names: a file name must be plain, without folders, got ${JSON.stringify(name)}`;
    for (const action of [
      async () => folder.read(name),
      async () => folder.write(name, "x"),
      async () => folder.append(name, "x"),
      async () => folder.truncate(name, 0),
      async () => folder.rename("a", name),
      async () => folder.remove(name),
      async () => folder.entry(name),
      async () => folder.folder(name),
    ]) {
      expect(await refused(folder, action)).toBe(message);
    }
  });

  test("has one writer at a time", async () => {
    const folder = fresh();
    const lock = await folder.lock();
    expect(await refused(folder, () => folder.lock())).toMatch(
      /^runs\/names: another training is writing here( \(process \d+, since [-\d]+ \d\d:\d\d UTC\))?; wait for it or choose another folder$/,
    );
    await folder.write("a", "x");
    await lock.release();
    await lock.release();
    const second = await folder.lock();
    await lock.release();
    await expect(folder.lock()).rejects.toThrow("another training is writing here");
    await second.release();
    expect(await folder.list({ hidden: true })).toEqual(["a"]);
  });

  describe("files written together", () => {
    const first = { "weights.safetensors": bytes, "state.json": "1" };
    const second = { "weights.safetensors": bytes.slice(1), "state.json": "2", extra: "3" };
    const read = async (folder: Folder) => Object.fromEntries(await readTogether(folder, "last"));
    const utf8 = (text: string) => new TextEncoder().encode(text);

    test("are read together, and replaced together", async () => {
      const folder = fresh();
      await writeTogether(folder, "last", first);
      expect(await read(folder)).toEqual({ "weights.safetensors": bytes, "state.json": utf8("1") });
      await writeTogether(folder, "last", second);
      expect(await read(folder)).toEqual({
        "weights.safetensors": bytes.slice(1),
        "state.json": utf8("2"),
        extra: utf8("3"),
      });
      await writeTogether(folder, "last", first);
      expect(await read(folder)).toEqual({ "weights.safetensors": bytes, "state.json": utf8("1") });
      expect(await folder.list({ hidden: true })).toEqual(["last"]);
      expect(await listTogether(folder)).toEqual(["last"]);
    });

    test("are missed in one line", async () => {
      const folder = fresh();
      expect(await refused(folder, () => readTogether(folder, "last"))).toBe(
        "runs/names/last: there is no such folder; check the path",
      );
      expect(await listTogether(folder)).toEqual([]);
      await recover(folder);
    });

    /** Every state a crash can leave, and what counts in it. */
    test.each<[string[], string | undefined]>([
      [[".last.0123456789ab.partial"], undefined],
      [["last", ".last.0123456789ab.partial"], "last"],
      [["last", ".last.new"], ".last.new"],
      [["last", ".last.new", ".last.old"], ".last.new"],
      [[".last.new", ".last.old"], ".last.new"],
      [["last", ".last.old"], "last"],
      [[".last.old"], ".last.old"],
      [[".last.new"], ".last.new"],
    ])("can be read after a crash that leaves %j", async (names, counts) => {
      for (const recovers of [false, true]) {
        const folder = fresh();
        for (const name of names) await folder.folder(name).write("who", name);
        if (recovers) {
          await recover(folder);
          expect(await folder.list({ hidden: true })).toEqual(counts ? ["last"] : []);
        }
        expect(await listTogether(folder)).toEqual(counts ? ["last"] : []);
        if (counts) expect(await read(folder)).toEqual({ who: utf8(counts) });
        await writeTogether(folder, "last", first);
        expect(Object.keys(await read(folder))).toHaveLength(2);
      }
    });

    test("recovering leaves other hidden files alone", async () => {
      const folder = fresh();
      await folder.write(".notes.old", "mine");
      await folder.write(".a.partial", "mine");
      await folder.write(".a.0123456789ab.partial", "half a file");
      const lock = await folder.lock();
      await recover(folder);
      expect(await refused(folder, () => folder.lock())).toMatch(/another training/);
      await lock.release();
      expect(await folder.list({ hidden: true })).toEqual([".a.partial", ".notes.old"]);
    });

    test("are never read in part while another writes", async () => {
      const folder = fresh();
      const write = (i: number) => writeTogether(folder, "last", { a: `${i}`, b: `${i}`, c: `${i}` });
      await write(0);
      let done = false;
      const writing = (async () => {
        for (let i = 1; i <= 15; i++) await write(i);
        done = true;
      })();
      let reads = 0;
      while (!done) {
        const files = await read(folder);
        expect(Object.keys(files)).toEqual(["a", "b", "c"]);
        expect(new Set(Object.values(files).map(String)).size).toBe(1);
        reads++;
      }
      await writing;
      expect(reads).toBeGreaterThan(0);
      expect(await read(folder)).toEqual({ a: utf8("15"), b: utf8("15"), c: utf8("15") });
    });
  });
});

test("files that are replaced at every look are given up in one line", async () => {
  const folder = memoryFolder("runs/names");
  await writeTogether(folder, "last", { a: "1" });
  let looks = 0;
  const restless: Folder = {
    ...folder,
    entry: async (name) => {
      const entry = await folder.entry(name);
      return entry && { ...entry, stamp: String(looks++) };
    },
  };
  await expect(readTogether(restless, "last")).rejects.toThrow(
    "runs/names/last: is being replaced too often to be read; try again",
  );
  expect(looks).toBeLessThan(100);
});

test("a folder on the disk leaves no file half written when a name is refused", async () => {
  const path = join(disk, "long");
  const folder = nodeFolder(path);
  await folder.write("a", "1");
  const name = "x".repeat(300);
  await expect(folder.write(name, "1")).rejects.toThrow(
    `${path}/${name}: the name is too long for this disk; choose a shorter one`,
  );
  expect(await readdir(path)).toEqual(["a"]);
});
