/** The data a training or an evaluation reads: a file, or what comes with a recipe. */
import { datasets } from "../datasets/index.ts";
import { lines, readTextFile } from "../files/node.ts";
import { recipes, type TextData } from "../tasks/index.ts";

/** Where data come from: a file, or a recipe. */
export type DataSource = { readonly file: string } | { readonly recipe: keyof typeof recipes };

/** What messages call the data. */
export function nameOf(source: DataSource): string {
  return "file" in source ? source.file : `recipe ${source.recipe}`;
}

/**
 * Reads the data, a file of lines line by line, so that one without line ends is refused before it fills the memory.
 *
 * @throws StopError or FormatError for a file that is missing, empty, no text, or has a line of more than a mebibyte
 */
export async function readData(source: DataSource, unit: "lines" | "text"): Promise<TextData> {
  if ("recipe" in source) return datasets[recipes[source.recipe].dataset](nameOf(source));
  if (unit === "text") return readTextFile(source.file);
  const read: string[] = [];
  const advice = "break it into shorter lines, or train with --unit text";
  for await (const { text } of lines(source.file, { advice })) read.push(text);
  return read;
}
