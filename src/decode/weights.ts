/** How much each source position was looked at, in one step of a model that attends. */
import { KindError, show, ValueError } from "../base/index.ts";
import { ofB } from "./limits.ts";
import { type Numbers, numbersOf, type StepResult } from "./next-step.ts";
import { coverageOf } from "./ranking.ts";

/** The weights of a step. */
export class Weights {
  /** [B S] */
  readonly values: Numbers;
  /** How many source positions there are. */
  readonly S: number;
  readonly #lengths: ArrayLike<number> | undefined;

  /**
   * @param B       the rows of the step
   * @param lengths for each prompt how many of its positions are real; by default all
   * @throws RangeError or TypeError when the model gives no weights, or none that fit
   */
  constructor(
    where: string,
    { weights }: Pick<StepResult<unknown>, "weights">,
    { B, lengths }: { readonly B: number; readonly lengths: ArrayLike<number> | undefined },
  ) {
    if (!weights)
      throw new KindError(`${where}: coverage needs a model that gives weights with its logits, got ${show(weights)}`);
    this.values = numbersOf(weights);
    this.S = weights.length / B;
    this.#lengths = lengths;
    if (!Number.isInteger(this.S) || this.S === 0)
      throw new ValueError(
        `${where}: weights [B S] of a step must hold a multiple of B = ${B} numbers, got ${weights.length}`,
      );
    for (let i = 0; i < (lengths?.length ?? 0); i++) {
      if (lengths![i]! <= this.S) continue;
      throw new ValueError(
        `${where}: sourceLengths[${i}] must be at most S = ${this.S} of the weights, got ${lengths![i]}`,
      );
    }
  }

  /** What `coverageOf` says of a row of masses [B S], of a prompt's sequence. */
  covered(mass: Float64Array, row: number, prompt: number): number {
    const from = row * this.S;
    return coverageOf(mass, from, from + (this.#lengths?.[prompt] ?? this.S));
  }
}

/** @throws RangeError when they are not one whole number from 1 for each of B prompts */
export function checkSourceLengths(where: string, lengths: ArrayLike<number> | undefined, B: number): void {
  if (lengths === undefined) return;
  if (lengths.length !== B)
    throw new ValueError(`${where}: sourceLengths must hold one for each prompt, ${ofB(B)}, got ${lengths.length}`);
  const wrong = Array.from(lengths).findIndex((length) => !Number.isInteger(length) || length < 1);
  if (wrong >= 0)
    throw new ValueError(
      `${where}: sourceLengths[${wrong}] must be a whole number from 1, got ${show(lengths[wrong])}`,
    );
}
