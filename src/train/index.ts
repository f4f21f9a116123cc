/** Training: optimizers, schedules, clipping, the loop, checkpoints and run folders. */
export { breathe, gently, gentlyEach } from "./breathe.ts";
export {
  type Checkpoint,
  readCheckpoint,
  restoreModel,
  restoreOptimizer,
  type StoredTensors,
  type TrainingState,
  writeCheckpoint,
} from "./checkpoint.ts";
export { clipByGlobalNorm, clipByValue, gradientNorm } from "./clipping.ts";
export { DivergenceError } from "./divergence.ts";
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
export { ParameterSet } from "./parameters.ts";
export { type CheckpointName, type MetricLine, type RunConfig, RunFolder } from "./run-folder.ts";
export {
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
export { fit, fitOptions } from "./trainer.ts";
export type {
  BatchSource,
  Carried,
  Evaluation,
  Listeners,
  Outcome,
  Progress,
  Training,
} from "./training.ts";
export { version } from "./version.ts";
