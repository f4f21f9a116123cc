import { z } from "zod";
import { readOptions } from "../base/index.ts";
import { dropout, type Engine, type Tensor } from "../tensor/index.ts";
import { rate } from "./options.ts";

const schema = z.strictObject({ rate: rate.describe("share of numbers set to 0 while training") });

/** Options of `Dropout`. */
export type DropoutOptions = z.input<typeof schema>;

/** Dropout: while the engine records, each number is 0 with probability `rate`, the others grow by 1 / (1 - rate). */
export class Dropout {
  readonly rate: number;

  /** @throws RangeError or TypeError for an option that cannot be */
  constructor(_engine: Engine, options: DropoutOptions) {
    this.rate = readOptions("Dropout", schema, options).rate;
  }

  /** @param x any shape; returned as it is under `noGrad` */
  forward(x: Tensor): Tensor {
    return dropout(x, this.rate);
  }
}
