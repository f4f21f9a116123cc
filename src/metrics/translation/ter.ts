import { z } from "zod";
import { readOptions } from "../../base/index.ts";
import { type Score, sacrebleuVersion, type TextMetric } from "./metric.ts";
import { shiftedEdits } from "./shifts.ts";
import { terWords } from "./ter-words.ts";
import { trimEnd } from "./words.ts";

/** How TER is computed. */
export const terOptions = z.strictObject({
  normalized: z.boolean().default(false).describe("cut punctuation off words"),
  punctuation: z.boolean().default(true).describe("whether punctuation counts"),
  asian: z.boolean().default(false).describe("cut Chinese and Japanese into characters, where normalized"),
  caseSensitive: z.boolean().default(false).describe("whether case counts"),
});

/** A TER score with what it was made from. */
export interface TerScore extends Score {
  /** Edits and shifts. */
  readonly edits: number;
  /** Words of the references; of several the mean. */
  readonly referenceLength: number;
}

/**
 * Translation edit rate: how many words must be put in, left out, replaced, or moved in blocks, in percent of the reference.
 *
 * Of several references the fewest edits count, over the mean of their lengths. Equal to sacreBLEU to 1e-9.
 *
 * @throws RangeError or TypeError for an option that cannot be
 * @source Snover et al. 2006; as Tercom does it
 */
export function ter(options: z.input<typeof terOptions> = {}): TextMetric<TerScore> {
  const settings = readOptions("TER", terOptions, options);
  const cut = (text: string) => terWords(trimEnd(text), settings);
  const yes = (flag: boolean) => (flag ? "yes" : "no");
  return {
    name: "TER",
    higherIsBetter: false,
    statistics(hypothesis, references) {
      const words = cut(hypothesis);
      const others = references.map(cut);
      const fewest = Math.min(...others.map((other) => shiftedEdits(words, other)));
      return [fewest, others.reduce((sum, { length }) => sum + length, 0) / others.length];
    },
    fromStatistics([edits = 0, referenceLength = 0]) {
      const score = referenceLength > 0 ? (100 * edits) / referenceLength : edits > 0 ? 100 : 0;
      return { score, edits, referenceLength };
    },
    signature: (references, extra = []) =>
      [
        `nrefs:${references}`,
        ...extra,
        `case:${settings.caseSensitive ? "mixed" : "lc"}`,
        "tok:tercom",
        `norm:${yes(settings.normalized)}`,
        `punct:${yes(settings.punctuation)}`,
        `asian:${yes(settings.asian)}`,
        `version:${sacrebleuVersion}`,
      ].join("|"),
  };
}
