/**
 * Bytes in files of this machine's disk, added at the end and read anywhere, without waiting for a promise.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { StopError } from "../base/index.ts";
import { type Doing, diskError } from "./disk-error.ts";

/** A file of bytes. */
export interface FileBytes {
  /** How many bytes there are. */
  readonly length: number;
  append(bytes: Uint8Array): void;
  /** The bytes from `from` up to but not including `to`, as a copy of their own. */
  read(from: number, to: number): Uint8Array<ArrayBuffer>;
}

/**
 * Files of bytes in a folder, by name.
 *
 * @throws StopError what the system refuses, in one line
 */
export class NodeBytes {
  readonly #path: string;
  readonly #open = new Map<string, number>();

  /** @param path the folder, which is made with the first file */
  constructor(path: string) {
    this.#path = path;
  }

  /** A new file, to add to and to read from. */
  create(name: string): FileBytes {
    attempt(this.#path, "write", () => mkdirSync(this.#path, { recursive: true }));
    this.#open.set(
      name,
      attempt(this.#where(name), "write", () => openSync(this.#where(name), "wx+")),
    );
    return this.#bytes(name, 0);
  }

  /** A file that is there, to read from. */
  open(name: string): FileBytes {
    return this.#bytes(
      name,
      attempt(this.#where(name), "read", () => statSync(this.#where(name)).size),
    );
  }

  remove(name: string): void {
    this.#close(name);
    attempt(this.#where(name), "write", () => rmSync(this.#where(name), { force: true }));
  }

  /** Waits until everything added is on the disk. */
  sync(): void {
    for (const [name, file] of this.#open) attempt(this.#where(name), "write", () => fsyncSync(file));
  }

  /** Closes the files; one that is read later is opened again. */
  close(): void {
    for (const name of [...this.#open.keys()]) this.#close(name);
  }

  #bytes(name: string, size: number): FileBytes {
    let length = size;
    return {
      get length() {
        return length;
      },
      append: (bytes) => {
        attempt(this.#where(name), "write", () => {
          const file = this.#open.get(name)!;
          for (let done = 0; done < bytes.length; )
            done += writeSync(file, bytes, done, bytes.length - done, length + done);
        });
        length += bytes.length;
      },
      read: (from, to) => {
        const bytes = new Uint8Array(to - from);
        attempt(this.#where(name), "read", () => {
          const file = this.#file(name);
          for (let done = 0; done < bytes.length; ) {
            const count = readSync(file, bytes, done, bytes.length - done, from + done);
            if (count === 0)
              throw new StopError(`${this.#where(name)}: ends after ${from + done} bytes, it was cut off meanwhile`);
            done += count;
          }
        });
        return bytes;
      },
    };
  }

  #file(name: string): number {
    const file = this.#open.get(name) ?? openSync(this.#where(name), "r");
    this.#open.set(name, file);
    return file;
  }

  #close(name: string): void {
    const file = this.#open.get(name);
    this.#open.delete(name);
    if (file !== undefined) closeSync(file);
  }

  #where(name: string): string {
    return join(this.#path, name);
  }
}

function attempt<T>(where: string, doing: Doing, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw diskError(where, doing, error);
  }
}
