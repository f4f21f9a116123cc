/** Error rates and exact match as metrics, so that they are resampled and compared as BLEU is. */
import { align } from "./edit-distance.ts";
import { type ErrorUnit, errorUnits } from "./error-rate.ts";
import type { TextMetric } from "./translation/metric.ts";

const names = { words: "WER", characters: "CER", phones: "PER" } as const satisfies Record<ErrorUnit, string>;

/**
 * WER, CER or PER in percent: what `errorRate` computes, times 100.
 *
 * @param unit what is counted
 */
export function rateMetric(unit: ErrorUnit): TextMetric {
  const cut = errorUnits[unit];
  return {
    name: names[unit],
    higherIsBetter: false,
    statistics(hypothesis, references) {
      const own = cut(hypothesis);
      let best = [Number.POSITIVE_INFINITY, 0];
      for (const reference of references.map(cut)) {
        const { distance } = align(reference, own);
        if (distance < best[0]!) best = [distance, reference.length];
      }
      return best;
    },
    fromStatistics: ([edits = 0, units = 0]) => ({ score: units > 0 ? (100 * edits) / units : edits > 0 ? 100 : 0 }),
    signature: (references, extra = []) =>
      [`nrefs:${references}`, ...extra, `unit:${unit}`, "case:mixed", "best:fewest edits"].join("|"),
  };
}

/** The share, in percent, of texts that are, letter for letter, one of their references. */
export function exactMetric(): TextMetric {
  return {
    name: "exact",
    higherIsBetter: true,
    statistics: (hypothesis, references) => [references.includes(hypothesis) ? 1 : 0, 1],
    fromStatistics: ([right = 0, all = 0]) => ({ score: all > 0 ? (100 * right) / all : 0 }),
    signature: (references, extra = []) => [`nrefs:${references}`, ...extra, "case:mixed"].join("|"),
  };
}
