/** What all units of a layer know together. */
import { z } from "zod";
import { readOptions, ValueError } from "../base/index.ts";
import type { Activations } from "./activations.ts";
import { areaUnderCurve, correlation, ranks } from "./association.ts";
import { ridgeRegression } from "./ridge.ts";
import { halvesOf, type Labels, labelsOf, type Tracker } from "./trackers.ts";

/** How well the units of one part of one layer tell labels. */
export interface Probe {
  readonly layer: number;
  readonly part: string;
  /** How much weights cost, chosen within the first half. */
  readonly ridge: number;
  /** Of the weighted sum of the units with the labels, on the second half. */
  readonly correlation: number;
  /** For labels of two values, on the second half: how often the greater one has the greater sum. */
  readonly auc: number | null;
  /** [H] for units divided by their deviation on the first half: how much each counts. */
  readonly weights: Float64Array;
}

const schema = z.strictObject({
  parts: z.array(z.string()).default(["h"]).describe("which parts are asked, each by itself"),
  ridges: z.array(z.number().positive()).min(1).default([0.001, 0.01, 0.1, 1, 10]).describe("costs to choose from"),
});

/** Options of `probe`. */
export type ProbeOptions = Readonly<z.input<typeof schema>>;

/**
 * Finds the weighted sum of a layer's units that tells labels best: many units may know together what none knows alone.
 *
 *   w = argmin mean((x w - y)^2) + ridge |w|^2     x, y centred, x divided by its deviation
 *
 * The weights are fitted on the first half of the tokens, where the last quarter chooses the ridge; what is told is from
 * the second half. Of labels 0 and 1 this is the least squares classifier.
 *
 * @param what as for `labelsOf`
 * @returns one for each layer and part
 * @throws RangeError when the labels do not change in one of the halves, or do not fit
 * @source Alain & Bengio 2016, arXiv:1610.01644, on linear probes; Hoerl & Kennard 1970 on the ridge
 */
export function probe(seen: Activations, what: string | Tracker | Labels, options: ProbeOptions = {}): Probe[] {
  const { parts, ridges } = readOptions("probe", schema, options);
  const { labels, half } = halvesOf(labelsOf(seen, what));
  const H = seen.hiddenSize;
  const known = new Set(seen.series.map(({ part }) => part));
  const unknown = parts.find((part) => !known.has(part));
  if (unknown !== undefined)
    throw new ValueError(`probe: parts must be some of ${[...known].join(", ")}, got "${unknown}"`);
  const isBinary = new Set(labels).size === 2;
  const high = labels.reduce((most, label) => Math.max(most, label));
  const held = labels.subarray(half);
  return seen.series
    .filter(({ part }) => parts.includes(part))
    .map(({ layer, part, values }) => {
      const rows = (from: number, to: number) => ({
        x: values.subarray(from * H, to * H),
        y: labels.subarray(from, to),
      });
      const trial = Math.max(1, Math.round(half * 0.75));
      const { x, y } = rows(trial, half);
      let [ridge, best] = [ridges[0]!, Number.NEGATIVE_INFINITY];
      if (ridges.length > 1)
        for (const { ridge: tried, predict } of ridgeRegression({ ...rows(0, trial), H }, ridges)) {
          const reached = correlation(predict(x), y);
          if (reached > best) [ridge, best] = [tried, reached];
        }
      const [{ predict, weights }] = ridgeRegression({ ...rows(0, half), H }, [ridge]) as [Regression];
      const sums = predict(values.subarray(half * H));
      return {
        layer,
        part,
        ridge,
        correlation: correlation(sums, held),
        auc: isBinary ? areaUnderCurve(ranks(sums), (i) => held[i] === high) : null,
        weights,
      };
    });
}

type Regression = ReturnType<typeof ridgeRegression>[number];
