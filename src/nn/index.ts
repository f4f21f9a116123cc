/** Layers, cells, losses and initial weights. */
export {
  AdditiveAttention,
  type AdditiveAttentionOptions,
  type Attention,
  type AttentiveInputs,
  type AttentiveOutput,
  AttentiveRecurrent,
  type AttentiveRecurrentOptions,
  type AttentiveState,
  DotAttention,
  type DotAttentionOptions,
  type Memory,
} from "./attention/index.ts";
export {
  type Cell,
  type CellSizes,
  defineCell,
  type Order,
  type ParameterSpec,
  type Run,
  type State,
} from "./cells/cell.ts";
export { type CellName, cells } from "./cells/index.ts";
export { gatesOf, type Observation, type Trace, traceOf } from "./cells/observation.ts";
export { Dropout, type DropoutOptions } from "./dropout.ts";
export { EchoState, type EchoStateOptions } from "./echo-state.ts";
export { Embedding, type EmbeddingOptions, type Lookup } from "./embedding.ts";
export {
  constant,
  heNormal,
  heUniform,
  type Initialiser,
  identity,
  normal,
  orthogonal,
  uniform,
  xavierNormal,
  xavierUniform,
  zeros,
} from "./init.ts";
export { LayerNorm, type LayerNormOptions } from "./layer-norm.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { lockedDropout } from "./locked-dropout.ts";
export { type ActivationPenaltyOptions, activationPenalty } from "./losses/activation-penalty.ts";
export {
  AdaptiveSoftmax,
  type AdaptiveSoftmaxOptions,
  defaultCutoffs,
  type Tail,
} from "./losses/adaptive-softmax.ts";
export { type CrossEntropyOptions, crossEntropy, linearCrossEntropy, linearTokenNats } from "./losses/cross-entropy.ts";
export { sigmoidCrossEntropy } from "./losses/sigmoid-cross-entropy.ts";
export { countParameters, loadParameters, type Parameters, parameters, type StoredTensor } from "./parameters.ts";
export {
  type CellOf,
  detachState,
  type ParametersOf,
  Recurrent,
  type RecurrentInputs,
  type RecurrentLayer,
  type RecurrentOptions,
  type RecurrentOutput,
  type StateOf,
} from "./recurrent.ts";
export { Ridge } from "./ridge.ts";
export { spectralRadius } from "./spectral-radius.ts";
