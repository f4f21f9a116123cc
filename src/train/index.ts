/** Training: optimizers, schedules, clipping, the loop, checkpoints and run folders. */
export { clipByGlobalNorm, clipByValue, gradientNorm } from "./clipping.ts";
export { EarlyStopping, type EarlyStoppingState, earlyStoppingOptions } from "./early-stopping.ts";
export type { Mode } from "./improvement.ts";
export {
  adagrad,
  adagradOptions,
  adam,
  adamOptions,
  adamw,
  adamwOptions,
  Optimizer,
  type OptimizerRule,
  type OptimizerState,
  optimizers,
  rmsprop,
  rmspropOptions,
  sgd,
  sgdOptions,
  type Update,
} from "./optimizers/index.ts";
export { type Parameters, ParameterSet } from "./parameters.ts";
export {
  constant,
  cosine,
  cosineOptions,
  exponential,
  exponentialOptions,
  Plateau,
  type PlateauState,
  plateauOptions,
  type Schedule,
  schedules,
  stepDecay,
  stepDecayOptions,
  warmup,
} from "./schedules.ts";
