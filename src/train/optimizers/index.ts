import { adagrad, adagradOptions } from "./adagrad.ts";
import { adam, adamOptions, adamw, adamwOptions } from "./adam.ts";
import { rmsprop, rmspropOptions } from "./rmsprop.ts";
import { sgd, sgdOptions } from "./sgd.ts";

export { adagrad, adagradOptions } from "./adagrad.ts";
export { adam, adamOptions, adamw, adamwOptions } from "./adam.ts";
export { Optimizer, type OptimizerRule, type OptimizerState, type Update } from "./optimizer.ts";
export { rmsprop, rmspropOptions } from "./rmsprop.ts";
export { sgd, sgdOptions } from "./sgd.ts";

/** Every optimizer by name, with the schema of its options. */
export const optimizers = {
  sgd: { make: sgd, options: sgdOptions },
  rmsprop: { make: rmsprop, options: rmspropOptions },
  adagrad: { make: adagrad, options: adagradOptions },
  adam: { make: adam, options: adamOptions },
  adamw: { make: adamw, options: adamwOptions },
} as const;
