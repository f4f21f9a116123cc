/** Where runs are: in the folder runs/ where the command is given, unless it says otherwise. */
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { FormatError, nearest, StopError } from "../base/index.ts";
import { nodeFolder } from "../files/node.ts";
import { RunFolder } from "../train/index.ts";
import { isLeftOver } from "./training-data.ts";

const home = "runs";

/** A folder for a new run: runs/names, or where that is taken runs/names-2 and so on. */
export async function newRunPath(name: string): Promise<string> {
  const names = await readdir(home).catch(() => []);
  const isFree = await Promise.all(names.map((name) => isLeftOver(join(home, name))));
  const taken = new Set(names.filter((_, i) => !isFree[i]));
  if (!taken.has(name)) return `${home}/${name}`;
  for (let i = 2; ; i++) if (!taken.has(`${name}-${i}`)) return `${home}/${name}-${i}`;
}

/** Runs of some kind, which are known by a file that they hold. */
export interface RunKind {
  /** A run of the kind holds one of these files. */
  readonly holding: readonly string[];
  /** What messages call one of them. */
  readonly what: string;
  /** A recipe that makes one. */
  readonly recipe: string;
}

const anyRun: RunKind = { holding: ["config.json"], what: "run", recipe: "names" };

/**
 * The path of the run that is meant: as given, as a name in runs/, or the run last trained there.
 *
 * @param kind what the run last trained must be, where none is given: not every run has a model
 * @throws StopError when there is none
 */
export async function findRun(given?: string, { holding, what, recipe }: RunKind = anyRun): Promise<string> {
  if (given !== undefined) {
    if (await isRun(given)) return given;
    if (await isRun(join(home, given))) return `${home}/${given}`;
    const found = await stat(given).catch(() => undefined);
    if (found && !found.isDirectory())
      throw new FormatError(`${given}: must be a run folder or a .safetensors file, is another file; check the path`);
    // A folder that is no run says so when it is opened.
    if (found) return given;
    throw await noRun(given, recipe);
  }
  const [latest] = await listRuns(holding);
  if (latest) return latest.path;
  const lacking = (await listRuns()).length > 0 ? what : "run";
  throw new StopError(`${home}: holds no ${lacking} yet; train one with: backstitch train ${recipe}`);
}

/** A run, and when it was trained last, in milliseconds since 1970. */
export interface ListedRun {
  readonly path: string;
  readonly time: number;
}

/**
 * The runs in runs/, the last trained first.
 *
 * @param holding one of these files each of them holds
 */
export async function listRuns(holding: readonly string[] = anyRun.holding): Promise<ListedRun[]> {
  const names = await readdir(home).catch(() => []);
  const runs = await Promise.all(
    names.map(async (name) => ({ path: `${home}/${name}`, time: await lastTrained(`${home}/${name}`, holding) })),
  );
  return runs.filter(({ time }) => time > 0).sort((a, b) => b.time - a.time);
}

/** Whether an argument that may also be something else means a run: there is one, or it is a path to where runs are. */
export async function isRunGiven(given: string): Promise<boolean> {
  return given.startsWith(`${home}/`) || (await isRun(given)) || (await isRun(join(home, given)));
}

/** The name of a run in runs/ that a word resembles, which may be meant. */
export async function nearRun(word: string): Promise<string | undefined> {
  const runs = await listRuns();
  return nearest(
    word,
    runs.map(({ path }) => basename(path)),
  );
}

async function noRun(given: string, recipe: string): Promise<StopError> {
  const names = await readdir(home).catch(() => []);
  const near = nearest(basename(given), names);
  const hint =
    names.length === 0
      ? `train one with: backstitch train ${recipe}`
      : near
        ? `did you mean "${near}"?`
        : `there is ${names.join(", ")} in ${home}/`;
  return new StopError(`${given}: there is no such run; ${hint}`);
}

/** Opens a run to read it. */
export async function openRun(given?: string, kind?: RunKind): Promise<RunFolder> {
  return RunFolder.open(nodeFolder(await findRun(given, kind)));
}

async function isRun(path: string, holding = "config.json"): Promise<boolean> {
  return stat(join(path, holding)).then(
    (entry) => entry.isFile(),
    () => false,
  );
}

async function lastTrained(path: string, holding: readonly string[]): Promise<number> {
  if (!(await isRun(path))) return 0;
  if (!(await Promise.all(holding.map((file) => isRun(path, file)))).some(Boolean)) return 0;
  const times = await Promise.all(
    ["config.json", "metrics.jsonl"].map((file) =>
      stat(join(path, file)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(...times);
}
