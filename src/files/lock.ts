/**
 * One writer per folder, by a note that names it.
 *
 * The note is `.lock/holder.json`. It is written into a hidden folder that is then renamed to `.lock`: that is one
 * step, it fails where a `.lock` with a note stands already, and a lock is never seen without its note.
 */
import { StopError } from "../base/index.ts";
import type { Folder, Lock } from "./folder.ts";
import { partialNameOf } from "./partial.ts";

/** Who holds a lock. */
export interface Holder {
  readonly process: number;
  readonly host: string;
  /** When the process began, in the words of its system; null where that is not to be had. */
  readonly birth: string | null;
  /** When the lock was taken: ISO 8601, UTC. */
  readonly since: string;
}

/** The processes a lock can ask about. */
export interface Machine {
  /** This process, as a holder from now on. */
  self(): Promise<Holder>;
  /** Whether the holder still runs; "unknown" when it ran on another machine. */
  state(holder: Holder): Promise<"running" | "ended" | "unknown">;
}

/**
 * Makes this process the only writer of a folder.
 *
 * @throws StopError while a process that runs, or may run on another machine, holds it
 */
export async function takeLock(folder: Folder, machine: Machine): Promise<Lock & { readonly note: string }> {
  const note = JSON.stringify(await machine.self());
  for (let attempt = 0; attempt < 10; attempt++) {
    if (await offer(folder, note)) return { note, release: () => release(folder, note) };
    const found = await readNote(folder, lockName);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    const state = holder ? await machine.state(holder) : "ended";
    if (state !== "ended") throw inUse(folder, holder!, state);
    await takeAway(folder, found);
  }
  throw new StopError(
    `${folder.path}: other trainings start here all the time; wait for them or choose another folder`,
  );
}

/** The folder that is the lock. */
export const lockName = ".lock";

/** The note in it. */
export const holderName = "holder.json";

async function offer(folder: Folder, note: string): Promise<boolean> {
  // Seen first only to spare the writing: the renaming decides.
  if (await folder.exists(lockName)) return false;
  const partial = partialNameOf("lock");
  try {
    await folder.folder(partial, "").write(holderName, note);
    await folder.rename(partial, lockName);
    return true;
  } catch (error) {
    await folder.remove(partial).catch(() => {});
    if (await folder.exists(lockName)) return false;
    throw error;
  }
}

async function readNote(folder: Folder, name: string): Promise<string | undefined> {
  try {
    // Not as strict text: a note that a failing disk filled with zeros is one to take over.
    return new TextDecoder().decode(await folder.folder(name, "").read(holderName));
  } catch (error) {
    // Released in this moment, or not a lock that takeLock made.
    if (!(await folder.exists(name))) return undefined;
    if (!(await folder.folder(name).exists(holderName))) return "";
    throw error;
  }
}

/** Removes a lock only if it still holds this note: another process may have been quicker, and hold it now. */
async function takeAway(folder: Folder, note: string): Promise<void> {
  const aside = partialNameOf("lock");
  try {
    await folder.rename(lockName, aside);
  } catch (error) {
    if (await folder.exists(lockName)) throw error;
    return;
  }
  if ((await readNote(folder, aside)) === note) await folder.remove(aside);
  else await folder.rename(aside, lockName);
}

async function release(folder: Folder, note: string): Promise<void> {
  if ((await readNote(folder, lockName)) === note) await takeAway(folder, note);
}

function parseHolder(note: string): Holder | undefined {
  try {
    const holder = JSON.parse(note) as Partial<Record<keyof Holder, unknown>> | null;
    const { process, host, birth, since } = holder ?? {};
    if (typeof process !== "number" || typeof host !== "string" || typeof since !== "string") return undefined;
    return { process, host, birth: typeof birth === "string" ? birth : null, since };
  } catch {
    return undefined;
  }
}

function inUse(folder: Folder, holder: Holder, state: "running" | "unknown"): StopError {
  const since = holder.since.replace("T", " ").replace(/:\d\d\.\d+Z$/, " UTC");
  if (state === "running")
    return new StopError(
      `${folder.path}: another training is writing here (process ${holder.process}, since ${since}); ` +
        "wait for it or choose another folder",
    );
  return new StopError(
    `${folder.path}: another training is writing here (process ${holder.process} on ${holder.host}, since ${since}); ` +
      `wait for it, or remove ${folder.path}/${lockName} if it has ended`,
  );
}
