/** Tensors, the tape and differentiable operations. */
export { Engine, type EngineOptions, noGrad, sizeOf } from "./engine.ts";
export { type GradientReport, gradientCheck } from "./gradient-check.ts";
export { type Attended, type AttendInputs, attend } from "./ops/attention.ts";
export {
  abs,
  add,
  div,
  exp,
  log,
  mul,
  neg,
  relu,
  scale,
  sigmoid,
  sqrt,
  square,
  sub,
  tanh,
} from "./ops/elementwise.ts";
export { broadcastTo, concat, reshape, slice, split, stack, transpose, unstack } from "./ops/layout.ts";
export { dropout, embedding, layerNorm, linear, matmul, softmax } from "./ops/matrix.ts";
export { argmax, max, mean, sum } from "./ops/reduce.ts";
export type { Buffer } from "./pool.ts";
export { type Operation, record, type Store, Tensor } from "./tensor.ts";
