/** Config files: what the flags of `train` say, as YAML. */
import { dirname, isAbsolute, join } from "node:path";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { FormatError, nearest, type OptionSchema, readOptions, show } from "../base/index.ts";
import { readTextFile } from "../files/node.ts";
import { recipes, tasks } from "../tasks/index.ts";
import { pairFileOptions } from "./pair-files.ts";

/** A config file as it was read. */
export interface ConfigFile {
  readonly recipe: string | null;
  /** What is trained: the file's own, or that of its recipe. */
  readonly task: keyof typeof tasks;
  readonly data?: string;
  readonly run?: string;
  readonly options: Record<string, unknown>;
}

/** Whether an argument names a config file. */
export function isConfigPath(what: string): boolean {
  return /\.(ya?ml|json)$/i.test(what);
}

/**
 * Reads a config file.
 *
 * @throws FormatError with the line for what is no YAML, RangeError or TypeError with the line for an option that cannot
 *   be, StopError when the file cannot be read
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const text = await readTextFile(path, { maxBytes: 1_000_000 });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = document.errors[0];
  if (problem)
    throw new FormatError(`${path}: line ${lines.linePos(problem.pos[0]).line}: ${problem.message.split("\n")[0]}`);
  const content: unknown = document.toJS({ maxAliasCount: 100 });
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw new FormatError(`${path}: must hold options such as "recipe: names", got ${show(content)}`);
  const { recipe, task, data, run, ...options } = content as Record<string, unknown>;
  checkChoice(path, "recipe", recipe, Object.keys(recipes));
  checkChoice(path, "task", task, Object.keys(tasks));
  if (recipe !== undefined && task !== undefined)
    throw new FormatError(`${path}: recipe and task exclude each other; keep one of them`);
  if (recipe === undefined && task === undefined)
    throw new FormatError(`${path}: needs recipe or task; add for example "task: language-model"`);
  for (const [name, value] of Object.entries({ data, run }))
    if (value !== undefined && typeof value !== "string")
      throw new FormatError(`${path}: ${name} must be a path, got ${show(value)}`);
  const trained = (task ?? recipes[recipe as keyof typeof recipes].task) as keyof typeof tasks;
  const { options: own } = tasks[trained];
  const schema: OptionSchema =
    trained === "translate" ? z.strictObject({ ...own.shape, ...pairFileOptions.shape }) : own;
  const known = [...Object.keys(schema.shape), "recipe", "task", "data", "run"];
  const lineOf = (name: string) => {
    const pairs = isMap(document.contents) ? document.contents.items : [];
    const key = pairs.map((pair) => pair.key).find((key) => isScalar(key) && key.value === name);
    return isScalar(key) && key.range ? `: line ${lines.linePos(key.range[0]).line}` : "";
  };
  for (const [name, value] of Object.entries(options)) {
    const where = `${path}${lineOf(name)}`;
    if (!known.includes(name)) {
      const near = nearest(name, known);
      throw new FormatError(
        `${where}: no option "${name}"; ${near ? `did you mean "${near}"?` : "see backstitch train --help"}`,
      );
    }
    readOptions(where, schema, { [name]: value });
    if (fileOptions.includes(name)) options[name] = besides(path, value as string);
  }
  return {
    recipe: (recipe as string | undefined) ?? null,
    task: trained,
    // As the file means it, wherever the command is given.
    ...(data !== undefined && { data: besides(path, data as string) }),
    ...(run !== undefined && { run: run as string }),
    options,
  };
}

/** Options that name files. */
const fileOptions = ["targetData", "validationData", "validationTargetData"];

/** A path that a config file has, from where the command is given. */
function besides(path: string, file: string): string {
  return isAbsolute(file) ? file : join(dirname(path), file);
}

function checkChoice(path: string, name: string, value: unknown, known: readonly string[]): void {
  if (value === undefined || known.includes(value as string)) return;
  const near = typeof value === "string" ? nearest(value, known) : undefined;
  const hint = near ? `; did you mean "${near}"?` : "";
  throw new FormatError(`${path}: ${name} must be one of ${known.join(", ")}, got ${show(value)}${hint}`);
}
