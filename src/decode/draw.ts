/**
 * Drawing the next token of one sequence: filters in their order, then chance.
 */
import { z } from "zod";
import { BOS, PAD, type Random, UNK, ValueError } from "../base/index.ts";
import {
  type Filter,
  forbid,
  longestWindow,
  noRepeat,
  repetitionPenalty,
  temperature,
  topK,
  topP,
  typical,
} from "./filters.ts";
import { maximum, type Scores } from "./scores.ts";

/** How tokens are drawn. */
export const sampleOptions = z.strictObject({
  temperature: z
    .number()
    .min(0)
    .default(1)
    .describe("below 1 is safer, above 1 more surprising, 0 always the likeliest"),
  topK: z.int().min(1).optional().describe("draw from this many likeliest tokens"),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe("draw from the likeliest tokens with this share of the probability"),
  typical: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe("draw from the tokens whose surprise is most as expected, with this share of the probability"),
  repetitionPenalty: z.number().min(1).default(1).describe("make tokens that came before less likely (1: do not)"),
  repetitionWindow: z
    .int()
    .min(1)
    .max(longestWindow)
    .default(64)
    .describe("how many of the last tokens the penalty looks back on"),
  noRepeat: z.int().min(0).default(0).describe("no n tokens in a row come twice, n being this (0: any may)"),
  minLength: z.int().min(0).default(0).describe("end no sequence before this many tokens, the prompt not counted"),
  maxLength: z.int().min(1).default(100).describe("end a sequence after this many tokens, the prompt not counted"),
  unknown: z.boolean().default(false).describe("let the unknown token be drawn"),
});

/** How tokens are drawn, every default filled in. */
export type DrawSettings = z.output<typeof sampleOptions>;

/** The special ids that are never drawn. */
export function neverDrawn(unknown: boolean): number[] {
  return unknown ? [PAD, BOS] : [PAD, BOS, UNK];
}

/**
 * The filters of some settings, in the order they are applied in: what may not come, those given, n tokens that came
 * before, repetition, temperature, top-k, top-p, typical.
 */
export function filtersOf(settings: DrawSettings, given: readonly Filter[] = []): Filter[] {
  const { temperature: T, topK: k, topP: p, typical: share, repetitionPenalty: penalty } = settings;
  const chain: Filter[] = [forbid(neverDrawn(settings.unknown)), ...given];
  if (settings.noRepeat > 0) chain.push(noRepeat(settings.noRepeat));
  if (penalty > 1) chain.push(repetitionPenalty(penalty, { window: settings.repetitionWindow }));
  chain.push(temperature(T));
  // At temperature 0 one token is left, which the filters after it would not take away.
  if (T === 0) return chain;
  if (k !== undefined) chain.push(topK(k));
  return [...chain, topP(p), typical(share)];
}

/**
 * Draws the next token.
 *
 * @param logits  [V] what the model says, not yet filtered
 * @param seen    the tokens of the sequence so far, prompt included
 * @param place   ends messages, such as "of sequence 3 after 12 drawn"
 * @returns the id
 * @throws RangeError when logits hold NaN or Infinity, or when no token may come next
 */
export function draw(where: string, logits: Scores, { filters, random, seen, place }: DrawInput): number {
  checkLogits(where, logits, place);
  const scores = filters.reduce<Scores>((before, filter) => filter(before, seen), logits);
  if (!(maximum(scores) > -Infinity)) throw noneLeft(where, place);
  return categorical(scores, random);
}

/** The error for a sequence that nothing may follow. */
export function noneLeft(where: string, place: string): ValueError {
  return new ValueError(`${where}: needs a token that may come next, got none for ${place}; forbid fewer`);
}

/** What decides a draw besides the logits. */
interface DrawInput {
  readonly filters: readonly Filter[];
  readonly random: Random;
  readonly seen: readonly number[];
  readonly place: string;
}

/** @throws RangeError for NaN and Infinity */
export function checkLogits(where: string, logits: Scores, place: string): void {
  for (let v = 0; v < logits.length; v++) {
    if (logits[v]! < Infinity) continue;
    throw new ValueError(divergedAt(where, `${logits[v]} for token ${v}`, place));
  }
}

/** What is said of logits that cannot be. */
export function divergedAt(where: string, got: string, place: string): string {
  return `${where}: logits must be finite or -Infinity, got ${got} of ${place}; the weights of the model may have diverged in training`;
}

/** Draws an id with probability exp(scores[id]) / sum; never one whose probability is 0. */
function categorical(scores: Scores, random: Random): number {
  const most = maximum(scores);
  let total = 0;
  const weights = new Float64Array(scores.length);
  for (let v = 0; v < weights.length; v++) total += weights[v] = Math.exp(scores[v]! - most);
  let left = random.uniform() * total;
  let last = 0;
  for (let v = 0; v < weights.length; v++) {
    if (weights[v] === 0) continue;
    last = v;
    left -= weights[v]!;
    if (left < 0) break;
  }
  return last;
}
