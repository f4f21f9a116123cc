/**
 * A folder of files, on a disk or in memory: what runs, checkpoints and caches are written through.
 */
import { FormatError, StopError, ValueError } from "../base/index.ts";

/**
 * A folder that may not exist yet: the first write makes it. Names are plain, without "/"; those that begin with
 * "." are this room's own (a lock, a file half written) and are not listed.
 *
 * @throws StopError what the system refuses, in one line: a full disk, a missing file, no permission
 */
export interface Folder {
  /** The folder as messages name it, such as "runs/names". */
  readonly path: string;
  /** The bytes of a file. */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The text of a file; FormatError where it is not UTF-8. */
  readText(name: string): Promise<string>;
  /** Writes a file whole or not at all: until the new one is complete and on the disk, the older one stays. */
  write(name: string, content: Uint8Array | string): Promise<void>;
  /**
   * Adds a line to a file of lines, whole or, if the disk refuses, not at all. A torn last line, left by a crash, is
   * cut off first. Not forced to the disk: a power failure may lose the last lines, a killed process does not.
   */
  append(name: string, line: string): Promise<void>;
  /** Cuts a file to its first `bytes` bytes; FormatError where it holds fewer. */
  truncate(name: string, bytes: number): Promise<void>;
  /** The names in this folder, sorted; none where the folder is not there yet. `hidden` adds those that begin with ".". */
  list(options?: { readonly hidden?: boolean }): Promise<string[]>;
  /** What stands under a name, or undefined. */
  entry(name: string): Promise<Entry | undefined>;
  /** Whether a file or folder stands under a name. */
  exists(name: string): Promise<boolean>;
  /** Gives a file or folder another name, which must be free. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder with all it holds; one that is not there is no error. */
  remove(name: string): Promise<void>;
  /** The folder of that name in this one; messages call it `shown`, or, where that is "", as this one. */
  folder(name: string, shown?: string): Folder;
  /**
   * Makes this process the only writer here, until released or the process ends. The lock of a process that has died
   * is taken over.
   *
   * @throws StopError while another holds it
   */
  lock(): Promise<Lock>;
}

/** What a folder knows of a file or folder in it. */
export interface Entry {
  readonly kind: "file" | "folder";
  /** The length of a file; 0 for a folder. */
  readonly bytes: number;
  /** Differs when another file or folder has taken the place of this one. */
  readonly stamp: string;
}

/** The right to write into a folder. */
export interface Lock {
  release(): Promise<void>;
}

/** Returns `name` if it can be the name of a file in a folder on every system; throws RangeError otherwise. */
export function checkName(path: string, name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a NUL ends a name for the system
  if (name !== "" && name !== "." && name !== ".." && !/[/\\\x00]/.test(name)) return name;
  throw new ValueError(`${path}: a file name must be plain, without folders, got ${JSON.stringify(name)}`);
}

/** Returns `line` if it is one line; throws RangeError otherwise. */
export function checkLine(where: string, line: string): string {
  if (!line.includes("\n")) return line;
  throw new ValueError(`${where}: an added line must hold no line break, got ${JSON.stringify(line.slice(0, 60))}`);
}

/** The error where a file is shorter than what is to be kept of it. */
export function tooShort(where: string, bytes: number, got: number): FormatError {
  return new FormatError(`${where}: must hold at least ${bytes} bytes, holds ${got}; it was cut or replaced`);
}

/** The error where a new name is in use. */
export function taken(where: string): StopError {
  return new StopError(`${where}: must be a free name, is in use; remove what stands there or choose another name`);
}
