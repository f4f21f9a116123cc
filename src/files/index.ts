/** Folders of files, written so that a crash leaves them readable. The disk of this machine is in node.ts. */
export { type Doing, diskError } from "./disk-error.ts";
export type { Entry, Folder, Lock } from "./folder.ts";
export { memoryFolder } from "./memory.ts";
export { decodeText, type Line, type LineOptions, linesOf, textOf } from "./text.ts";
export { type Files, listTogether, readTogether, recover, writeTogether } from "./together.ts";
