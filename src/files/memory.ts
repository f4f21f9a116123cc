/**
 * A folder in memory: for a browser, where there is no disk, and for tests.
 */
import { StopError } from "../base/index.ts";
import { diskError } from "./disk-error.ts";
import { checkLine, checkName, type Entry, type Folder, type Lock, taken, tooShort } from "./folder.ts";
import { decodeText } from "./text.ts";

/** A folder in memory that behaves as one on a disk does, and is gone with the program. */
export function memoryFolder(path = "memory"): Folder {
  const tree: Tree = { content: new Map(), writer: null, stamp: "0" };
  let stamps = 0;
  const fresh = () => String(++stamps);

  /** @param find the tree at `path`; with `make`, it and what it stands in are made */
  function view(path: string, find: (make: boolean) => Tree | undefined): Folder {
    const where = (name: string) => (name === "" ? path : `${path}/${name}`);
    const node = (name: string) => find(false)?.content.get(checkName(path, name));
    const file = (name: string, doing: "read" | "write"): Leaf => {
      const found = node(name);
      if (found === undefined) throw refusal(where(name), doing, "ENOENT");
      if (isTree(found)) throw refusal(where(name), doing, "EISDIR");
      return found;
    };
    const put = (name: string, content: Uint8Array<ArrayBuffer>) => {
      const folder = find(true)!;
      const before = folder.content.get(checkName(path, name));
      if (before && isTree(before)) throw refusal(where(name), "write", "EISDIR");
      folder.content.set(name, { content, stamp: fresh() });
    };

    const self: Folder = {
      path,
      read: async (name) => file(name, "read").content.slice(),
      readText: async (name) => decodeText(where(name), file(name, "read").content),
      write: async (name, content) =>
        put(name, typeof content === "string" ? encoder.encode(content) : new Uint8Array(content)),
      async append(name, line) {
        checkLine(where(name), line);
        const before = node(name) ? file(name, "write").content : new Uint8Array();
        const kept = before.subarray(0, before.lastIndexOf(lineFeed) + 1);
        const added = encoder.encode(`${line}\n`);
        const whole = new Uint8Array(kept.length + added.length);
        whole.set(kept);
        whole.set(added, kept.length);
        put(name, whole);
      },
      async truncate(name, bytes) {
        const { content } = file(name, "write");
        if (content.length < bytes) throw tooShort(where(name), bytes, content.length);
        put(name, content.slice(0, bytes));
      },
      list: async ({ hidden = false } = {}) =>
        [...(find(false)?.content.keys() ?? [])].filter((name) => hidden || !name.startsWith(".")).sort(),
      async entry(name): Promise<Entry | undefined> {
        const found = node(name);
        if (found === undefined) return undefined;
        return isTree(found)
          ? { kind: "folder", bytes: 0, stamp: found.stamp }
          : { kind: "file", bytes: found.content.length, stamp: found.stamp };
      },
      exists: async (name) => node(name) !== undefined,
      async rename(from, to) {
        const [found, standing] = [node(from), node(to)];
        if (standing !== undefined) throw taken(where(to));
        if (found === undefined) throw refusal(where(from), "write", "ENOENT");
        const { content } = find(true)!;
        content.delete(from);
        content.set(to, found);
      },
      async remove(name) {
        find(false)?.content.delete(checkName(path, name));
      },
      folder(name, shown = name) {
        checkName(path, name);
        return view(where(shown), (make) => {
          const parent = find(make);
          const found = parent?.content.get(name);
          if (found && !isTree(found))
            throw refusal(where(shown), make ? "write" : "read", make ? "EEXIST" : "ENOTDIR");
          if (found || !parent || !make) return found;
          const made: Tree = { content: new Map(), writer: null, stamp: fresh() };
          parent.content.set(name, made);
          return made;
        });
      },
      async lock(): Promise<Lock> {
        const folder = find(true)!;
        if (folder.writer)
          throw new StopError(`${path}: another training is writing here; wait for it or choose another folder`);
        const mine: Lock = {
          async release() {
            if (folder.writer === mine) folder.writer = null;
          },
        };
        folder.writer = mine;
        return mine;
      },
    };
    return self;
  }

  return view(path, () => tree);
}

interface Leaf {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly stamp: string;
}
interface Tree {
  readonly content: Map<string, Leaf | Tree>;
  writer: Lock | null;
  readonly stamp: string;
}

const encoder = new TextEncoder();
const lineFeed = 10;
const isTree = (node: Leaf | Tree): node is Tree => node.content instanceof Map;
const refusal = (where: string, doing: "read" | "write", code: string) =>
  diskError(where, doing, Object.assign(new Error(code), { code }));
