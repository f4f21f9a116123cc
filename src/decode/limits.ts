/** How short and how long each sequence may be, and what it has to begin with. */
import { BOS, EOS, PAD, show, ValueError } from "../base/index.ts";
import { checkIds } from "./start.ts";

/** One number for all prompts, one for each, or a rule that gives the number of each. */
export type PerPrompt = number | ArrayLike<number> | ((prompt: number) => number);

/** What limits sequences, as it is given. */
export interface GivenLimits {
  /** No sequence ends by EOS before it has this many tokens. By default 0. */
  readonly minLength?: PerPrompt;
  /** A sequence ends at this many tokens. By default 100. */
  readonly maxLength?: PerPrompt;
  /** What the sequences of each prompt begin with, taken whatever else could come. By default nothing. */
  readonly prefixes?: readonly ArrayLike<number>[];
}

/** What limits the sequences of one prompt. */
export interface Limits {
  readonly minLength: number;
  readonly maxLength: number;
  readonly prefix: readonly number[];
}

/** Options with lengths that are one number for all, as a schema checks them, and apart from them the rest of the limits. */
export function splitLimits<O extends GivenLimits>(
  options: O,
): { readonly limits: GivenLimits; readonly rest: Omit<O, keyof GivenLimits> } {
  const { minLength, maxLength, prefixes, ...rest } = options;
  const [least, most] = [isEach(minLength), isEach(maxLength)];
  return {
    limits: {
      ...(least && { minLength }),
      ...(most && { maxLength }),
      ...(prefixes !== undefined && { prefixes }),
    },
    rest: {
      ...rest,
      ...(!least && minLength !== undefined && { minLength }),
      ...(!most && maxLength !== undefined && { maxLength }),
    },
  };
}

function isEach(given: PerPrompt | undefined): boolean {
  return typeof given === "function" || (typeof given === "object" && given !== null && "length" in given);
}

/**
 * The limits of each of B prompts.
 *
 * @param defaults what holds where nothing is given
 * @throws RangeError or TypeError when a length cannot be, minLength is above maxLength, or a prefix is longer than
 *   maxLength or holds what is no ordinary token
 */
export function readLimits(
  where: string,
  B: number,
  { minLength, maxLength, prefixes }: GivenLimits,
  defaults: Pick<Limits, "minLength" | "maxLength">,
): readonly Limits[] {
  const least = readEach(where, "minLength", minLength ?? defaults.minLength, B, 0);
  const most = readEach(where, "maxLength", maxLength ?? defaults.maxLength, B, 1);
  if (prefixes !== undefined && prefixes.length !== B)
    throw new ValueError(`${where}: prefixes must hold one for each prompt, ${ofB(B)}, got ${prefixes.length}`);
  return most.map((maxLength, i) => {
    const minLength = least[i]!;
    const ofPrompt = B > 1 ? ` for prompt ${i}` : "";
    if (minLength > maxLength)
      throw new ValueError(`${where}: minLength must be at most maxLength = ${maxLength}, got ${minLength}${ofPrompt}`);
    const prefix = checkIds(where, `prefixes[${i}]`, Array.from(prefixes?.[i] ?? []));
    if (prefix.length > maxLength)
      throw new ValueError(
        `${where}: prefixes[${i}] must hold at most maxLength = ${maxLength} tokens, got ${prefix.length}`,
      );
    const special = prefix.findIndex((id) => id === PAD || id === BOS || id === EOS);
    if (special >= 0)
      throw new ValueError(
        `${where}: prefixes[${i}] must not hold PAD, BOS or EOS, got ${prefix[special]} at ${special}`,
      );
    return { minLength, maxLength, prefix };
  });
}

function readEach(where: string, name: string, given: PerPrompt, B: number, least: number): number[] {
  if (typeof given === "object" && given.length !== B)
    throw new ValueError(`${where}: ${name} must hold one number for each prompt, ${ofB(B)}, got ${given.length}`);
  return Array.from({ length: B }, (_, i) => {
    const value = typeof given === "function" ? given(i) : typeof given === "number" ? given : given[i]!;
    if (Number.isInteger(value) && value >= least) return value;
    const ofPrompt = typeof given === "number" ? "" : ` for prompt ${i}`;
    throw new ValueError(`${where}: ${name} must be a whole number from ${least}, got ${show(value)}${ofPrompt}`);
  });
}

/** How many prompts there are, in messages. */
export function ofB(B: number): string {
  return `of which there ${B === 1 ? "is 1" : `are ${B}`}`;
}
