/** Tokens that a sequence has to begin with. */
import { ValueError } from "../base/index.ts";
import type { Rows } from "./next-step.ts";

/**
 * The token of a prefix at a step.
 *
 * @param row    which row of the step it follows
 * @param prompt which of the prompts it is, for messages
 * @throws RangeError when the model has no such token, or rules it out
 */
export function forced(
  { where, logits, V }: Rows,
  row: number,
  prefix: readonly number[],
  { prompt, t }: { readonly prompt: number; readonly t: number },
): number {
  const id = prefix[t]!;
  if (id >= V) throw new ValueError(`${where}: prefixes[${prompt}] must hold ids below V = ${V}, got ${id} at ${t}`);
  if (logits[row * V + id]! > -Infinity) return id;
  throw new ValueError(
    `${where}: prefixes[${prompt}] must hold tokens that may come, got ${id} at ${t}, which the model rules out`,
  );
}
