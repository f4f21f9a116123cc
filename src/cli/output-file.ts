/** The file that a command writes beside what it says, for --output. */
import { basename, dirname } from "node:path";
import { show, ValueError } from "../base/index.ts";
import { nodeFolder } from "../files/node.ts";
import type { Screen } from "./screen.ts";

/**
 * The kind of file that --output asks for by its ending, or null where it is not given.
 *
 * @throws RangeError for another ending than those that the command writes
 */
export function endingOf<E extends "html" | "json" | "svg">(
  command: string,
  file: string | undefined,
  endings: readonly E[],
): E | null {
  if (file === undefined) return null;
  const given = file.toLowerCase().replace(/\.htm$/, ".html");
  const ending = endings.find((one) => given.endsWith(`.${one}`));
  if (ending) return ending;
  const known = endings.map((one) => `.${one}`).join(" or ");
  throw new ValueError(`${command}: --output must end in ${known}, got ${show(file)}`);
}

/** Writes the file, whole or not at all, and says so. */
export async function writeOutput(screen: Screen, file: string, text: string): Promise<void> {
  await saveOutput(file, text);
  tellWritten(screen, file);
}

/** Writes the file, whole or not at all. */
export async function saveOutput(file: string, text: string): Promise<void> {
  await nodeFolder(dirname(file)).write(basename(file), new TextEncoder().encode(text));
}

/** Says that a file was written. */
export function tellWritten(screen: Screen, file: string): void {
  screen.emit({ event: "written", file });
  screen.say(screen.color.dim(`\nwritten to ${file}`));
}
