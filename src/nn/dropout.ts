import { z } from "zod";
import { readOptions } from "../base/index.ts";
import { dropout, type Engine, type Tensor } from "../tensor/index.ts";
import { lockedDropout } from "./locked-dropout.ts";
import { rate } from "./options.ts";

const schema = z.strictObject({
  rate: rate.describe("share of numbers set to 0 while training"),
  locked: z.boolean().default(false).describe("whether all steps of a sequence [T ...] share one mask"),
});

/** Options of `Dropout`. */
export type DropoutOptions = z.input<typeof schema>;

/** Dropout: while the engine records, each number is 0 with probability `rate`, the others grow by 1 / (1 - rate). */
export class Dropout {
  readonly rate: number;
  readonly locked: boolean;

  /** @throws RangeError or TypeError for an option that cannot be */
  constructor(_engine: Engine, options: DropoutOptions) {
    const { rate, locked } = readOptions("Dropout", schema, options);
    this.rate = rate;
    this.locked = locked;
  }

  /** @param x any shape, of locked dropout [T ...]; returned as it is under `noGrad` */
  forward(x: Tensor): Tensor {
    return this.locked ? lockedDropout(x, this.rate) : dropout(x, this.rate);
  }
}
