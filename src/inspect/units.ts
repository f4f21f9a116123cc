/** Which units keep track of something, told by a part of the text that did not choose them. */
import { z } from "zod";
import { readOptions, ValueError } from "../base/index.ts";
import type { Activations, Series } from "./activations.ts";
import { areaUnderCurve, correlation, ranks } from "./association.ts";
import { halvesOf, type Labels, labelsOf, type Tracker } from "./trackers.ts";

/** How a unit goes along with labels. */
export interface FoundUnit {
  /** As in `layer0.c[12]`. */
  readonly name: string;
  readonly layer: number;
  readonly part: string;
  readonly unit: number;
  /** Pearson's correlation on the half that chose the unit. */
  readonly chosenBy: number;
  /** Pearson's correlation (of labels 0 and 1 the point-biserial one) on the other half. */
  readonly correlation: number;
  /**
   * For labels of two values: how often, on the other half, a token with the greater label has the greater activation (or
   * the lesser, where the correlation that chose the unit is negative). 0.5 is chance. Null for other labels.
   */
  readonly auc: number | null;
}

/** Units in the order of how well they track something. */
export interface UnitSearch {
  /** What was looked for. */
  readonly name: string;
  /** How many units were asked. */
  readonly asked: number;
  /** Tokens of the half that chose, and of the one that judged. */
  readonly tokens: readonly [number, number];
  /**
   * What the best unit would reach on the judging half by chance: the greatest correlation among as many searches for the
   * same labels, moved along the text, as `shifts` says. With 19 a unit beyond it is beyond chance at the level of 5 %.
   */
  readonly chance: number;
  /** The best first, by the half that chose. */
  readonly units: readonly FoundUnit[];
}

const schema = z.strictObject({
  top: z.int().min(1).default(10).describe("how many units are told"),
  shifts: z.int().min(1).default(19).describe("how many searches for moved labels tell what chance gives"),
});

/** Options of `findUnits`. */
export type FindOptions = Readonly<z.input<typeof schema>>;

/**
 * Finds the units that track something along a text.
 *
 * The first half of the tokens chooses: units come in the order of |r|, Pearson's correlation with the labels there. What
 * is told of them, r and the area under the curve, is from the second half, which had no say; so that the best of
 * thousands is not told for its luck. Because activations as labels go on from token to token, luck has longer runs than
 * independent draws would have: `chance` measures it by searching for the same labels moved around the text.
 *
 *     const seen = activations(model, text);
 *     findUnits(seen, "quotes").units[0];   // { name: "layer0.c[12]", correlation: 0.91, ... }
 *
 * @param what as for `labelsOf`
 * @throws RangeError when the labels do not change in one of the halves, or do not fit
 * @source Karpathy, Johnson & Li 2015, arXiv:1506.02078, who looked for such cells by eye
 */
export function findUnits(seen: Activations, what: string | Tracker | Labels, options: FindOptions = {}): UnitSearch {
  const { top, shifts } = readOptions("findUnits", schema, options);
  const { name, labels, half } = halvesOf(labelsOf(seen, what));
  const N = labels.length;
  const H = seen.hiddenSize;
  const spreads = seen.series.map(({ values }) => spreadOf(values, H, half));
  const choose = (labels: Float64Array) => correlationsOf(seen, spreads, labels.subarray(0, half));
  const judge = (place: number, labels: Float64Array) => {
    const series = seen.series[Math.floor(place / H)]!;
    const held = columnOf(series, H, place % H).subarray(half);
    return { series, held, correlation: correlation(held, labels.subarray(half)) };
  };

  const chosen = choose(labels);
  const isBinary = new Set(labels).size === 2;
  const high = labels.reduce((most, label) => Math.max(most, label));
  const order = Array.from(chosen.keys()).sort((a, b) => Math.abs(chosen[b]!) - Math.abs(chosen[a]!));
  const units = order.slice(0, top).map((place): FoundUnit => {
    const { series, held, correlation } = judge(place, labels);
    const unit = place % H;
    const area = isBinary ? areaUnderCurve(ranks(held), (i) => labels[half + i] === high) : null;
    return {
      name: unitName(series, unit),
      layer: series.layer,
      part: series.part,
      unit,
      chosenBy: chosen[place]!,
      correlation,
      auc: area === null ? null : chosen[place]! < 0 ? 1 - area : area,
    };
  });

  let chance = 0;
  for (let s = 1; s <= shifts; s++) {
    const by = Math.round((s * N) / (shifts + 1));
    const moved = Float64Array.from(labels, (_, i) => labels[(i + by) % N]!);
    const scores = choose(moved);
    const first = scores.reduce((best, score, place) => (Math.abs(score) > Math.abs(scores[best]!) ? place : best), 0);
    chance = Math.max(chance, Math.abs(judge(first, moved).correlation));
  }
  return { name, asked: chosen.length, tokens: [half, N - half], chance, units };
}

/** How a unit is called, as in `layer0.c[12]`. */
export function unitName({ layer, part }: Pick<Series, "layer" | "part">, unit: number): string {
  return `layer${layer}.${part}[${unit}]`;
}

/**
 * The activations of one unit along the text.
 *
 * @param name as in `layer0.c[12]`
 * @throws RangeError when the activations hold none such
 */
export function unitAlong(seen: Activations, name: string): Float64Array {
  const [layer, part, unit] = /^layer(\d+)\.(\w+)\[(\d+)\]$/.exec(name)?.slice(1) ?? [];
  const series = seen.series.find((series) => series.layer === Number(layer) && series.part === part);
  if (!series || Number(unit) >= seen.hiddenSize) {
    const { layer: last } = seen.series.at(-1)!;
    const parts = seen.series.filter(({ layer }) => layer === last).map(({ part }) => part);
    throw new ValueError(
      `unit: must be as in layer${last}.${parts[0]}[0], with a layer from 0 to ${last}, one of ${parts.join(", ")} and a unit from 0 to ${seen.hiddenSize - 1}, got "${name}"`,
    );
  }
  return columnOf(series, seen.hiddenSize, Number(unit));
}

/** The unit of h, or of c where the cell has one, that changes most along the text: whose variance is greatest. */
export function mostChanging({ series, hiddenSize: H }: Activations): string {
  const preferred = ["c", "h"].find((part) => series.some((one) => one.part === part)) ?? series[0]!.part;
  let [best, most] = ["", -1];
  for (const one of series.filter(({ part }) => part === preferred))
    spreadOf(one.values, H, one.values.length / H).forEach((spread, unit) => {
      if (spread > most) [best, most] = [unitName(one, unit), spread];
    });
  return best;
}

function columnOf({ values }: Series, H: number, unit: number): Float64Array {
  return Float64Array.from({ length: values.length / H }, (_, k) => values[k * H + unit]!);
}

/** The deviation of each unit over the first `half` tokens, times the square root of their number; 0 for a constant. */
function spreadOf(values: Series["values"], H: number, half: number): Float64Array {
  const means = new Float64Array(H);
  const spread = new Float64Array(H);
  for (let k = 0; k < half; k++) for (let u = 0; u < H; u++) means[u]! += values[k * H + u]! / half;
  for (let k = 0; k < half; k++) for (let u = 0; u < H; u++) spread[u]! += (values[k * H + u]! - means[u]!) ** 2;
  // What rounding alone makes of a constant is no change.
  return spread.map((sum, u) => (sum <= 1e-24 * half * means[u]! ** 2 ? 0 : Math.sqrt(sum)));
}

/** The correlation of every unit of every series with labels of the first tokens. Reads the values in their order. */
function correlationsOf(
  { series, hiddenSize: H }: Activations,
  spreads: readonly Float64Array[],
  labels: Float64Array,
): Float64Array {
  const mean = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  const length = Math.sqrt(labels.reduce((sum, label) => sum + (label - mean) ** 2, 0));
  const found = new Float64Array(series.length * H);
  if (length === 0) return found;
  for (const [s, { values }] of series.entries()) {
    const own = found.subarray(s * H, (s + 1) * H);
    labels.forEach((label, k) => {
      const weight = (label - mean) / length;
      for (let u = 0; u < H; u++) own[u]! += weight * values[k * H + u]!;
    });
    own.forEach((sum, u) => {
      own[u] = spreads[s]![u] === 0 ? 0 : Math.max(-1, Math.min(1, sum / spreads[s]![u]!));
    });
  }
  return found;
}
