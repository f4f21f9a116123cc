/**
 * Folders and text files on the disk of this machine. The only file of this room that touches Node.
 */
import { readFileSync, rmSync } from "node:fs";
import * as nodeDisk from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { FormatError, nearest, StopError } from "../base/index.ts";
import { type Doing, diskError } from "./disk-error.ts";
import { checkLine, checkName, type Entry, type Folder, type Lock, taken, tooShort } from "./folder.ts";
import { type Holder, holderName, lockName, type Machine, takeLock } from "./lock.ts";
import { isPartialName, partialNameOf } from "./partial.ts";
import { decodeText, emptyText, type Line, type LineOptions, linesOf } from "./text.ts";

export { type FileBytes, NodeBytes } from "./node-bytes.ts";

/** The functions of `node:fs/promises` in use: all that can fail, so that a test can make them fail. */
export type Disk = Pick<typeof nodeDisk, "mkdir" | "open" | "readdir" | "readFile" | "rename" | "rm" | "stat">;

/** What a folder on a disk stands on. */
export interface NodeFolderOptions {
  readonly disk?: Disk;
  readonly machine?: Machine;
}

/** The folder at a path of this machine's disk. Nothing is made before the first write. */
export function nodeFolder(path: string, options: NodeFolderOptions = {}): Folder {
  const shown = path.length > 1 ? path.replace(/[/\\]+$/, "") : path || ".";
  return folderAt(shown, resolve(path), { disk: options.disk ?? nodeDisk, machine: options.machine ?? thisMachine });
}

function folderAt(path: string, root: string, { disk, machine }: Required<NodeFolderOptions>): Folder {
  const where = (name: string) => (name === "" ? path : `${path}/${name}`);
  const at = (name: string) => join(root, checkName(path, name));

  const make = () =>
    attempt(path, "write", async () => {
      const first = await madeFolder(disk, path, root);
      // A new folder stays only once the one it stands in is on the disk.
      if (first === undefined) return;
      for (let made = root; made.length >= first.length; made = dirname(made)) await syncFolder(disk, dirname(made));
    });

  const self: Folder = {
    path,
    read: (name) => {
      const file = at(name);
      return attempt(where(name), "read", async () => new Uint8Array(await disk.readFile(file)));
    },
    readText: async (name) => decodeText(where(name), await self.read(name)),

    async write(name, content) {
      const file = at(name);
      const partial = at(partialNameOf(name));
      await make();
      await attempt(where(name), "write", async () => {
        try {
          const handle = await disk.open(partial, "wx");
          try {
            await handle.writeFile(content);
            await handle.sync();
          } finally {
            await handle.close();
          }
          await renameOnDisk(disk, partial, file);
        } catch (error) {
          await disk.rm(partial, { force: true }).catch(() => {});
          throw error;
        }
        await syncFolder(disk, root);
      });
    },

    async append(name, line) {
      const file = at(name);
      checkLine(where(name), line);
      await make();
      await attempt(where(name), "write", async () => {
        const handle = await disk.open(file, "a+");
        try {
          const { size } = await handle.stat();
          const end = await endOfLastLine(handle, size);
          if (end < size) await handle.truncate(end);
          try {
            await handle.writeFile(`${line}\n`);
          } catch (error) {
            await handle.truncate(end).catch(() => {});
            throw error;
          }
        } finally {
          await handle.close();
        }
      });
    },

    async truncate(name, bytes) {
      const file = at(name);
      await attempt(where(name), "write", async () => {
        const handle = await disk.open(file, "r+");
        try {
          const { size } = await handle.stat();
          if (size < bytes) throw tooShort(where(name), bytes, size);
          await handle.truncate(bytes);
          await handle.sync();
        } finally {
          await handle.close();
        }
      });
    },

    async list({ hidden = false } = {}) {
      const names = await attempt(path, "read", () => disk.readdir(root).catch(ifMissing([])));
      return names.filter((name) => hidden || !name.startsWith(".")).sort();
    },

    async entry(name): Promise<Entry | undefined> {
      const file = at(name);
      const found = await attempt(where(name), "read", () =>
        disk.stat(file, { bigint: true }).catch(ifMissing(undefined)),
      );
      if (found === undefined) return undefined;
      const stamp = `${found.ino} ${found.mtimeNs}`;
      return found.isDirectory()
        ? { kind: "folder", bytes: 0, stamp }
        : { kind: "file", bytes: Number(found.size), stamp };
    },

    exists: async (name) => (await self.entry(name)) !== undefined,

    async rename(from, to) {
      const [old, fresh] = [at(from), at(to)];
      if (await self.exists(to)) throw taken(where(to));
      await attempt(where(isPartialName(to) ? from : to), "write", async () => {
        await renameOnDisk(disk, old, fresh);
        await syncFolder(disk, root);
      });
    },

    async remove(name) {
      const file = at(name);
      await attempt(where(name), "write", () => disk.rm(file, { recursive: true, force: true }));
    },

    folder: (name, shown = name) => folderAt(where(shown), at(name), { disk, machine }),

    async lock(): Promise<Lock> {
      const { release, note } = await takeLock(self, machine);
      const lock = join(root, lockName);
      const atExit = () => {
        try {
          if (readFileSync(join(lock, holderName), "utf8") === note) rmSync(lock, { recursive: true, force: true });
        } catch {
          // The next process finds that this one has ended.
        }
      };
      process.once("exit", atExit);
      return {
        async release() {
          process.off("exit", atExit);
          await release();
        },
      };
    },
  };
  return self;
}

/**
 * Makes a folder on the disk of this machine, and those that it stands in.
 *
 * @returns the first that was made, or undefined where all were there
 * @throws StopError when it cannot be made
 */
export function makeFolder(path: string): Promise<string | undefined> {
  return attempt(path, "write", () => madeFolder(nodeDisk, path, resolve(path)));
}

/** One by one: where the system says of no folder that it can be made, such as in /proc, Node would try for ever. */
async function madeFolder(disk: Disk, where: string, path: string): Promise<string | undefined> {
  const make = async (): Promise<"made" | "there" | "astray"> => {
    try {
      await disk.mkdir(path);
      return "made";
    } catch (error) {
      if (codeOf(error) === "ENOENT") return "astray";
      if (["EEXIST", "EISDIR", "EROFS"].includes(String(codeOf(error)))) {
        const found = await disk.stat(path).catch(() => undefined);
        if (found?.isDirectory()) return "there";
      }
      throw error;
    }
  };
  let result = await make();
  let first: string | undefined;
  if (result === "astray" && dirname(path) !== path) {
    first = await madeFolder(disk, where, dirname(path));
    result = await make();
  }
  if (result === "astray") throw new StopError(`${where}: no folder can be made there; choose another folder`);
  return first ?? (result === "made" ? path : undefined);
}

/** How much of a text file may be read at once. */
export interface TextFileOptions {
  readonly maxBytes?: number;
}

/**
 * The text of a UTF-8 file, whole, its lines ending with LF (CR LF is changed), without a byte order mark.
 *
 * @throws StopError when it is missing, a folder or may not be read; FormatError when it is empty, larger than
 *   `maxBytes`, binary or not UTF-8, with the line and byte
 */
export async function readTextFile(path: string, { maxBytes = 500_000_000 }: TextFileOptions = {}): Promise<string> {
  const chunks: Buffer[] = [];
  // Known at once of a file, and as it comes of a pipe.
  let bytes = await nodeDisk.stat(path).then(
    (found) => (found.isFile() ? found.size : 0),
    () => 0,
  );
  const isFile = bytes > 0;
  for await (const chunk of fileChunks(path)) {
    chunks.push(chunk);
    if (!isFile) bytes += chunk.length;
    // A binary file is told by its first zero, however long it is.
    if (chunk.includes(0)) decodeText(path, Buffer.concat(chunks));
    if (bytes > maxBytes)
      throw new FormatError(`${path}: must be at most ${maxBytes} bytes to be read whole, is larger; split it`);
  }
  const text = decodeText(path, Buffer.concat(chunks));
  if (text === "") throw emptyText(path);
  return text.replaceAll("\r\n", "\n");
}

/**
 * The lines of a UTF-8 file of any size, one after the other, in memory bounded by `maxLineBytes`.
 *
 * @throws as readTextFile, and FormatError for a line longer than `maxLineBytes` (1 MiB where not given)
 */
export function lines(path: string, options: LineOptions = {}): AsyncGenerator<Line, void, undefined> {
  return linesOf(path, fileChunks(path), options);
}

/**
 * The bytes of a file of any size, one chunk after the other.
 *
 * @throws StopError when it is missing, a folder or may not be read
 */
export async function* fileChunks(path: string): AsyncGenerator<Buffer, void, undefined> {
  const read = <T>(action: () => Promise<T>) =>
    attempt(path, "read", action).catch(async (error: unknown) => {
      throw (await betterName(path, error)) ?? error;
    });
  const handle = await read(() => nodeDisk.open(path, "r"));
  try {
    for (;;) {
      // A fresh one each time: the reader may keep it.
      const chunk = Buffer.allocUnsafe(1 << 18);
      const { bytesRead } = await read(() => handle.read(chunk, 0, chunk.length, null));
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** For a file that is missing: the error that names the one that was probably meant. */
async function betterName(path: string, error: unknown): Promise<StopError | undefined> {
  const cause = error instanceof StopError ? error.cause : undefined;
  if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) return undefined;
  const others = await nodeDisk.readdir(dirname(path)).catch(() => []);
  const near = nearest(basename(path), others);
  if (near === undefined) return undefined;
  return new StopError(`${path}: there is no such file; did you mean ${JSON.stringify(join(dirname(path), near))}?`, {
    cause,
  });
}

async function attempt<T>(where: string, doing: Doing, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw diskError(where, doing, error);
  }
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? error.code : undefined);

const ifMissing =
  <T>(value: T) =>
  (error: unknown): T => {
    if (codeOf(error) === "ENOENT") return value;
    throw error;
  };

async function endOfLastLine(handle: nodeDisk.FileHandle, size: number): Promise<number> {
  const block = Buffer.alloc(4096);
  for (let end = size; end > 0; ) {
    // The last byte alone tells all but after a crash.
    const start = end === size ? end - 1 : Math.max(0, end - block.length);
    const { bytesRead } = await handle.read(block, 0, end - start, start);
    const found = block.subarray(0, bytesRead).lastIndexOf(10);
    if (found >= 0) return start + found + 1;
    end = start;
  }
  return 0;
}

/** Puts the names in a folder on the disk; where the system has no way to (Windows, some networks) they are on their own. */
async function syncFolder(disk: Disk, path: string): Promise<void> {
  const cannot = (error: unknown) => {
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "EBADF"].includes(String(codeOf(error)))) throw error;
  };
  const handle = await disk.open(path, "r").catch(cannot);
  if (!handle) return;
  try {
    await handle.sync().catch(cannot);
  } finally {
    await handle.close();
  }
}

/** On Windows a file that a reader or a virus scanner has open cannot be replaced for a moment. */
async function renameOnDisk(disk: Disk, from: string, to: string): Promise<void> {
  for (let pause = 10; ; pause *= 2) {
    try {
      return await disk.rename(from, to);
    } catch (error) {
      const mayPass = ["EPERM", "EACCES", "EBUSY"].includes(String(codeOf(error)));
      if (process.platform !== "win32" || !mayPass || pause > 1000) throw error;
      await wait(pause);
    }
  }
}

const thisMachine: Machine = {
  async self(): Promise<Holder> {
    const birth = (await birthOf(process.pid)) ?? null;
    return { process: process.pid, host: hostname(), birth, since: new Date().toISOString() };
  },
  async state(holder) {
    if (holder.host !== hostname()) return "unknown";
    try {
      process.kill(holder.process, 0);
    } catch (error) {
      if (codeOf(error) === "ESRCH") return "ended";
    }
    // Numbers of processes come again, in a container the same ones each time.
    const birth = await birthOf(holder.process);
    if (birth !== undefined && holder.birth !== null) return birth === holder.birth ? "running" : "ended";
    const began = Date.now() - 1000 * process.uptime();
    return holder.process === process.pid && Date.parse(holder.since) < began ? "ended" : "running";
  },
};

/** When a process began, by the count of its system, or undefined; a process that waits to be buried has none. */
async function birthOf(id: number): Promise<string | undefined> {
  try {
    const boot = await nodeDisk.readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = await nodeDisk.readFile(`/proc/${id}/stat`, "utf8");
    const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" ? "ended" : `${boot.trim()} ${rest[18]}`;
  } catch {
    return undefined;
  }
}
