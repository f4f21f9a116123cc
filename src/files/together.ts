/**
 * Files that become visible together: a checkpoint is its weights, the optimizer's moments and the state, or nothing.
 *
 * They are written into a hidden folder, `.name.<key>.partial`. Renaming that is one step for the disk. Where an older
 * `name` stands, three steps are needed, and the names tell how far they came:
 *
 *   .name.<key>.partial -> .name.new    from here on the new files count
 *   name -> .name.old
 *   .name.new -> name                   then .name.old is removed
 *
 * A reader takes the first there is of `.name.new`, `name` and `.name.old`; `recover` finishes the steps.
 */
import { StopError } from "../base/index.ts";
import type { Folder } from "./folder.ts";
import { isPartialName, partialNameOf } from "./partial.ts";

/** Names of files with their contents. */
export type Files = Readonly<Record<string, Uint8Array | string>>;

/**
 * Writes files into the folder `name`, all or none: a reader, or a process that goes on after a crash at any
 * point, finds all the older files or all the new ones. What the older folder held besides is gone.
 *
 * Only one process may do so at a time: hold the folder's lock.
 */
export async function writeTogether(folder: Folder, name: string, files: Files): Promise<void> {
  await settle(folder, name);
  const partial = partialNameOf(name);
  try {
    const inside = folder.folder(partial, name);
    for (const [file, content] of Object.entries(files)) await inside.write(file, content);
    await folder.rename(partial, (await folder.exists(name)) ? newer(name) : name);
  } catch (error) {
    await folder.remove(partial).catch(() => {});
    throw error;
  }
  await settle(folder, name);
}

/**
 * All files of a folder written by `writeTogether`, from one and the same writing even while another replaces them.
 *
 * @throws StopError when there is no such folder
 */
export async function readTogether(folder: Folder, name: string): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const found = await find(folder, name);
    if (found === undefined) continue;
    const source = folder.folder(found.name, name);
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    let failure: unknown;
    try {
      for (const file of await source.list()) files.set(file, await source.read(file));
    } catch (error) {
      failure = error;
    }
    // The folder may have been renamed or replaced while its files were read, one by one.
    if ((await folder.entry(found.name))?.stamp !== found.stamp) continue;
    if (failure !== undefined) throw failure;
    return files;
  }
  const isThere = (await find(folder, name)) !== undefined;
  const what = isThere
    ? "is being replaced too often to be read; try again"
    : "there is no such folder; check the path";
  throw new StopError(`${folder.path}/${name}: ${what}`);
}

/** The names of the folders that `readTogether` can read here, sorted. */
export async function listTogether(folder: Folder): Promise<string[]> {
  const names = new Set<string>();
  for (const name of await folder.list({ hidden: true })) {
    const entry = await folder.entry(name);
    if (entry?.kind === "folder" && !isPartialName(name)) names.add(name.replace(unsettledName, "$1"));
  }
  return [...names].filter((name) => !name.startsWith(".")).sort();
}

/**
 * Removes what a crash left half done in this folder, and finishes what counts already. Call it when going on in a
 * folder whose lock is held, since the half-done work of another writer would be removed too.
 */
export async function recover(folder: Folder): Promise<void> {
  for (const name of await folder.list({ hidden: true })) {
    if (isPartialName(name)) await folder.remove(name);
    const unsettled = unsettledName.exec(name);
    if (unsettled && (await folder.entry(name))?.kind === "folder") await settle(folder, unsettled[1]!);
  }
}

const newer = (name: string) => `.${name}.new`;
const older = (name: string) => `.${name}.old`;
const unsettledName = /^\.(.+)\.(?:new|old)$/s;

async function settle(folder: Folder, name: string): Promise<void> {
  if (await folder.exists(newer(name))) {
    if (await folder.exists(name)) {
      await folder.remove(older(name));
      await folder.rename(name, older(name));
    }
    await folder.rename(newer(name), name);
  }
  if (!(await folder.exists(name)) && (await folder.exists(older(name)))) await folder.rename(older(name), name);
  // The new files count already. What cannot be removed now, since a reader has it open, is removed the next time.
  await folder.remove(older(name)).catch(() => {});
}

async function find(folder: Folder, name: string): Promise<{ name: string; stamp: string } | undefined> {
  for (const candidate of [newer(name), name, older(name)]) {
    const entry = await folder.entry(candidate);
    if (entry?.kind === "folder") return { name: candidate, stamp: entry.stamp };
  }
  return undefined;
}
