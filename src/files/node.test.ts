import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeDisk from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { compiled } from "../../test/compiled.ts";
import { StopError } from "../base/index.ts";
import { type Disk, lines, makeFolder, nodeFolder, readTextFile } from "./node.ts";
import { listTogether, readTogether, recover, writeTogether } from "./together.ts";

const root = await nodeDisk.mkdtemp(join(tmpdir(), "backstitch-node-"));
afterAll(() => nodeDisk.rm(root, { recursive: true }));
let count = 0;
const fresh = () => join(root, String(++count));
const message = (text: string) => expect.objectContaining({ message: text });
const system = (code: string) => Object.assign(new Error(code), { code });

/**
 * A disk that is sound for `count` steps and refuses every one after. A write that it refuses has written half.
 */
function failingDisk(count: number, code: string): Disk & { steps: number } {
  const step = () => {
    disk.steps++;
    if (disk.steps > count) throw system(code);
  };
  const disk = {
    ...nodeDisk,
    steps: 0,
    mkdir: (async (path: string, options: { recursive: true }) => {
      step();
      return nodeDisk.mkdir(path, options);
    }) as Disk["mkdir"],
    rename: async (from, to) => {
      step();
      return nodeDisk.rename(from, to);
    },
    rm: async (path, options) => {
      step();
      return nodeDisk.rm(path, options);
    },
    open: async (...args: Parameters<Disk["open"]>) => {
      step();
      const handle = await nodeDisk.open(...args);
      const write = handle.writeFile.bind(handle);
      const sync = handle.sync.bind(handle);
      handle.writeFile = async (content) => {
        try {
          step();
        } catch (error) {
          await write((content as string).slice(0, content.toString().length / 2));
          throw error;
        }
        await write(content);
      };
      handle.sync = async () => {
        step();
        await sync();
      };
      return handle;
    },
  } satisfies Disk & { steps: number };
  return disk;
}

describe("a disk that refuses", () => {
  test("leaves the older file whole, and no other, at whatever step it does so", async () => {
    const path = fresh();
    await nodeFolder(path).write("config.json", "older");
    let steps = 0;
    for (; ; steps++) {
      const disk = failingDisk(steps, "ENOSPC");
      // After the refusal there is room again for what tidies up.
      const writing = nodeFolder(path, { disk: { ...disk, rm: nodeDisk.rm } }).write("config.json", "newer");
      try {
        await writing;
        break;
      } catch (error) {
        expect(error).toBeInstanceOf(StopError);
        expect((error as Error).message).toBe(
          `${path}${steps === 0 ? "" : "/config.json"}: no space left on the disk; free some and go on, what was saved before is whole`,
        );
      }
      const isRenamed = steps >= 5;
      expect(await nodeFolder(path).readText("config.json")).toBe(isRenamed ? "newer" : "older");
      expect(await nodeFolder(path).list({ hidden: true })).toEqual(["config.json"]);
    }
    // mkdir, open, write, sync, rename, and open and sync of the folder
    expect(steps).toBe(7);
    expect(await nodeFolder(path).readText("config.json")).toBe("newer");
  });

  test.runIf(process.platform === "linux")("to make a folder is told at once", async () => {
    const refusal = message("/proc/none/deep: no folder can be made there; choose another folder");
    await expect(nodeFolder("/proc/none/deep").write("a.html", "a")).rejects.toThrow(refusal);
    await expect(makeFolder("/proc/none/deep")).rejects.toThrow(refusal);
  });

  test("leaves a file of lines as it was", async () => {
    const path = fresh();
    await nodeFolder(path).append("metrics.jsonl", '{"step":1}');
    await expect(
      nodeFolder(path, { disk: failingDisk(2, "EDQUOT") }).append("metrics.jsonl", '{"step":2}'),
    ).rejects.toThrow(
      message(
        `${path}/metrics.jsonl: no space left for this user (disk quota); free some and go on, what was saved before is whole`,
      ),
    );
    expect(await nodeFolder(path).readText("metrics.jsonl")).toBe('{"step":1}\n');
  });

  test("that stops for good in the middle leaves the older files or the newer, all of them", async () => {
    const older = { weights: "older weights", state: "older state", only: "older" };
    const newer = { weights: "newer weights", state: "newer state" };
    const utf8 = (files: object) =>
      Object.fromEntries(Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)]));
    const seen = new Set<string>();
    for (const hasOlder of [true, false]) {
      for (let steps = 0; ; steps++) {
        const path = fresh();
        const folder = nodeFolder(path);
        if (hasOlder) await writeTogether(folder, "last", older);
        const disk = failingDisk(steps, "EIO");
        const done = await writeTogether(nodeFolder(path, { disk }), "last", newer).then(
          () => true,
          () => false,
        );
        const names = await listTogether(folder);
        const before = names.length ? Object.fromEntries(await readTogether(folder, "last")) : undefined;
        await recover(folder);
        expect(await folder.list({ hidden: true })).toEqual(names);
        const after = names.length ? Object.fromEntries(await readTogether(folder, "last")) : undefined;
        expect(after).toEqual(before);
        const isNewer = after !== undefined && "weights" in after && after.only === undefined;
        expect(after).toEqual(isNewer ? utf8(newer) : hasOlder ? utf8(older) : undefined);
        seen.add(`${hasOlder} ${isNewer}`);
        await writeTogether(folder, "last", older);
        expect(Object.fromEntries(await readTogether(folder, "last"))).toEqual(utf8(older));
        if (done && disk.steps <= steps) {
          expect(isNewer).toBe(true);
          break;
        }
      }
    }
    expect([...seen].sort()).toEqual(["false false", "false true", "true false", "true true"]);
  });

  test("is told by the name of what was to be written, not of a file on the way to it", async () => {
    const path = fresh();
    for (const steps of [4, 5, 6, 7, 8]) {
      const disk = failingDisk(steps, "ENOSPC");
      await expect(
        writeTogether(nodeFolder(path, { disk }).folder("checkpoints"), "last", { "state.json": "{}" }),
      ).rejects.toThrow(/^\S+\/checkpoints\/last(\/state\.json)?: no space left on the disk/);
    }
    await expect(nodeFolder(path, { disk: failingDisk(2, "EROFS") }).lock()).rejects.toThrow(
      message(`${path}: the disk is read-only; choose another folder`),
    );
  });

  test.skipIf(!existsSync("/dev/full"))("for real: the device that is always full", async () => {
    await expect(nodeFolder("/dev").append("full", "x")).rejects.toThrow(
      message("/dev/full: no space left on the disk; free some and go on, what was saved before is whole"),
    );
  });
});

describe("a folder that may not be written", () => {
  test.skipIf(process.platform === "win32")("is refused in one line, and still read", async () => {
    const path = fresh();
    await nodeFolder(path).write("config.json", "{}");
    await nodeDisk.chmod(path, 0o555);
    await nodeDisk.chmod(root, 0o755);
    const isRoot = process.getuid?.() === 0;
    // Root may write anywhere: be nobody for a moment.
    if (isRoot) process.seteuid?.(65534);
    try {
      const folder = nodeFolder(path);
      const refusal = "may not be written by this user; change its permissions or choose another folder";
      await expect(folder.write("config.json", "1")).rejects.toThrow(message(`${path}/config.json: ${refusal}`));
      await expect(folder.append("metrics.jsonl", "1")).rejects.toThrow(message(`${path}/metrics.jsonl: ${refusal}`));
      await expect(folder.folder("checkpoints").write("a", "1")).rejects.toThrow(
        message(`${path}/checkpoints: ${refusal}`),
      );
      await expect(writeTogether(folder, "last", { a: "1" })).rejects.toThrow(message(`${path}/last: ${refusal}`));
      await expect(folder.lock()).rejects.toThrow(message(`${path}: ${refusal}`));
      await expect(folder.remove("config.json")).rejects.toThrow(message(`${path}/config.json: ${refusal}`));
      expect(await folder.readText("config.json")).toBe("{}");
    } finally {
      if (isRoot) process.seteuid?.(0);
      await nodeDisk.chmod(path, 0o755);
    }
    await nodeDisk.chmod(join(path, "config.json"), 0);
    if (isRoot) process.seteuid?.(65534);
    try {
      await expect(nodeFolder(path).read("config.json")).rejects.toThrow(
        message(`${path}/config.json: may not be read by this user; change its permissions`),
      );
      await expect(readTextFile(`${path}/config.json`)).rejects.toThrow(
        message(`${path}/config.json: may not be read by this user; change its permissions`),
      );
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

describe("the path of a folder", () => {
  test("is named as it was given, and does not move with the process", async () => {
    const given = `${relative(process.cwd(), fresh())}/`;
    const folder = nodeFolder(given);
    expect(folder.path).toBe(given.slice(0, -1));
    expect(folder.folder("checkpoints").path).toBe(`${given}checkpoints`);
    await folder.write("a", "1");
    expect(await nodeDisk.readFile(join(given, "a"), "utf8")).toBe("1");
    expect(nodeFolder("/").path).toBe("/");
    expect(nodeFolder("").path).toBe(".");
  });
});

describe("the lock", () => {
  const hold = `
    import { nodeFolder } from ${compiled("files/node.ts")};
    await nodeFolder(process.argv[1]).lock();
    console.log("locked");
    process.stdin.once("data", () => process.exit());
  `;
  const child = (path: string) => {
    const started = spawn(process.execPath, ["--input-type=module", "--eval", hold, path]);
    const locked = new Promise<void>((resolve, reject) => {
      started.stdout.once("data", () => resolve());
      started.once("error", reject);
      started.once("exit", (code) => reject(new Error(`ended with ${code}`)));
    });
    const ended = new Promise((resolve) => started.once("exit", resolve));
    return { started, locked, ended };
  };

  test("of another process is refused while it runs, gone when it exits, and taken over when it was killed", async () => {
    for (const isKilled of [false, true]) {
      const path = fresh();
      const { started, locked, ended } = child(path);
      await locked;
      await expect(nodeFolder(path).lock()).rejects.toThrow(
        new RegExp(
          `^${path.replaceAll("\\", "\\\\")}: another training is writing here \\(process ${started.pid}, since [-\\d]+ \\d\\d:\\d\\d UTC\\); wait for it or choose another folder$`,
        ),
      );
      if (isKilled) started.kill("SIGKILL");
      else started.stdin.write("go");
      await ended;
      expect(await nodeFolder(path).exists(".lock")).toBe(isKilled);
      const lock = await nodeFolder(path).lock();
      await lock.release();
      expect(await nodeFolder(path).list({ hidden: true })).toEqual([]);
    }
  });

  test("of a process whose number has come again is taken over", async () => {
    const path = fresh();
    const folder = nodeFolder(path);
    const lock = await folder.lock();
    const note = JSON.parse(await folder.folder(".lock").readText("holder.json"));
    await expect(folder.lock()).rejects.toThrow(/another training/);
    // This process's number, but of an earlier life.
    const earlier = { ...note, since: "2020-01-01T00:00:00.000Z", birth: note.birth && `${note.birth}0` };
    await folder.folder(".lock").write("holder.json", JSON.stringify(earlier));
    const second = await folder.lock();
    await lock.release();
    expect(await folder.exists(".lock")).toBe(true);
    await second.release();
    expect(await folder.exists(".lock")).toBe(false);
  });

  test("of another machine is never taken over", async () => {
    const path = fresh();
    const holder = { process: 1, host: "elsewhere.example", birth: null, since: "2026-03-01T09:05:00.000Z" };
    await nodeFolder(path).folder(".lock").write("holder.json", JSON.stringify(holder));
    await expect(nodeFolder(path).lock()).rejects.toThrow(
      message(
        `${path}: another training is writing here (process 1 on elsewhere.example, since 2026-03-01 09:05 UTC); wait for it, or remove ${path}/.lock if it has ended`,
      ),
    );
  });
});

describe("text files", () => {
  const all = async (path: string, options?: { maxLineBytes?: number }) => {
    const texts: string[] = [];
    for await (const { text } of lines(path, options)) texts.push(text);
    return texts;
  };
  const file = async (content: string | Uint8Array, name = "names.txt") => {
    const path = fresh();
    await nodeDisk.mkdir(path);
    await nodeDisk.writeFile(join(path, name), content);
    return join(path, name);
  };
  const both = async (path: string, text: string) => {
    await expect(readTextFile(path)).rejects.toThrow(message(`${path}: ${text}`));
    await expect(all(path)).rejects.toThrow(message(`${path}: ${text}`));
  };

  test("are read whole and by line", async () => {
    const path = await file("\ufeffAda\r\nZoë\n\nEve");
    expect(await readTextFile(path)).toBe("Ada\nZoë\n\nEve");
    expect(await all(path)).toEqual(["Ada", "Zoë", "", "Eve"]);
  });

  test("that are missing, folders, empty, binary or no UTF-8 are refused in one line", async () => {
    const path = await file("", "empty.txt");
    await both(path, "must hold text, is empty; choose another file");
    const folder = join(path, "..");
    await both(folder, "must be a file, is a folder; name a file in it");
    await both(join(folder, "nothing-like-it"), "there is no such file or folder; check the path");
    await both(join(folder, "emty.txt"), `there is no such file; did you mean ${JSON.stringify(path)}?`);
    await both(join(folder, "no", "such"), "there is no such file or folder; check the path");
    await both(join(path, "inside"), "a part of the path must be a folder, is a file; check the path");
    await both(await file("\ufeff"), "must hold text, is empty; choose another file");
    await both(
      await file(Uint8Array.of(0x61, 10, 0xe9, 10)),
      "line 2: byte 2: must be UTF-8, got 0xe9; save the file again as UTF-8",
    );
    await both(
      await file("a\0b"),
      "line 1: byte 1: must be text, is a zero byte as in a binary file; choose a text file",
    );
    await both(await file(Uint8Array.of(0xff, 0xfe, 0x61, 0)), "must be UTF-8, is UTF-16; save it again as UTF-8");
  });

  test("beyond the limit are refused", async () => {
    const path = await file("1234\n567\n");
    expect(await readTextFile(path, { maxBytes: 9 })).toBe("1234\n567\n");
    await expect(readTextFile(path, { maxBytes: 8 })).rejects.toThrow(
      message(`${path}: must be at most 8 bytes to be read whole, is larger; split it`),
    );
    await expect(all(path, { maxLineBytes: 3 })).rejects.toThrow(
      message(`${path}: line 1: must be at most 3 bytes, is longer; break it into shorter lines`),
    );
  });

  test("with a gigabyte in one line are refused after a megabyte", async () => {
    const path = await file("Ada\n");
    const handle = await nodeDisk.open(path, "a");
    for (let i = 0; i < 3; i++) await handle.write("x".repeat(1 << 20));
    // The rest of the gigabyte is a hole that takes no room on the disk.
    await handle.truncate(1 << 30);
    await handle.close();
    const before = process.memoryUsage().rss;
    await expect(all(path)).rejects.toThrow(
      message(`${path}: line 2: must be at most 1048576 bytes, is longer; break it into shorter lines`),
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20);
  });

  test("of many megabytes are read in little memory, and closed when the reader leaves", async () => {
    const path = await file(`${"Tyrannosaurus rex\n".repeat(500_000)}`);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let number = 0;
    for await (const line of lines(path)) {
      number = line.number;
      if (number % 100_000 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(number).toBe(500_000);
    expect(most).toBeLessThan(6_000_000);
    const open = async () => (existsSync("/proc/self/fd") ? (await nodeDisk.readdir("/proc/self/fd")).length : 0);
    const opened = await open();
    for (let i = 0; i < 5; i++) for await (const _ of lines(path)) break;
    expect(await open()).toBe(opened);
  });

  test.skipIf(process.platform === "win32")("can be pipes", async () => {
    const path = fresh();
    await new Promise((resolve) => execFile("mkfifo", [path], resolve));
    const writing = nodeDisk.writeFile(path, "Ada\nEve\n");
    expect(await all(path)).toEqual(["Ada", "Eve"]);
    await writing;
  });

  test.skipIf(!existsSync("/dev/zero"))("without end are refused", async () => {
    const zero = "line 1: byte 0: must be text, is a zero byte as in a binary file; choose a text file";
    await expect(all("/dev/zero")).rejects.toThrow(message(`/dev/zero: ${zero}`));
    await expect(readTextFile("/dev/zero")).rejects.toThrow(message(`/dev/zero: ${zero}`));
  });
});
