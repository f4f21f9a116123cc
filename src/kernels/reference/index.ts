import type { Kernels } from "../table.ts";
import { attendBackward, attendForward } from "./attention.ts";
import { attentiveGruBackward, attentiveGruForward } from "./attentive-gru.ts";
import { attentiveLstmBackward, attentiveLstmForward } from "./attentive-lstm.ts";
import { dropout } from "./dropout.ts";
import { accumulate, clamp, map, mapBackward, scale, zip } from "./elementwise.ts";
import { embeddingBackward, embeddingForward } from "./embedding.ts";
import { gruBackward, gruForward, gruSimplifiedBackward, gruSimplifiedForward } from "./gru.ts";
import { expand, max, place, sum, sumSquares, take, transpose } from "./layout.ts";
import {
  crossEntropyBackward,
  crossEntropyForward,
  linearBest,
  linearCrossEntropy,
  sigmoidCrossEntropyBackward,
  sigmoidCrossEntropyForward,
  softmaxBackward,
  softmaxForward,
} from "./loss.ts";
import { lstmBackward, lstmForward } from "./lstm.ts";
import { gemmNN, gemmNT, gemmTN, group, linearBackward, linearForward, linearGrouped } from "./matrix.ts";
import { minGruBackward, minGruForward } from "./min-gru.ts";
import { minLstmBackward, minLstmForward } from "./min-lstm.ts";
import { layerNormBackward, layerNormForward } from "./normalize.ts";
import { adagradUpdate, adamUpdate, rmspropUpdate, sgdUpdate } from "./optimizers.ts";
import { rnnBackward, rnnForward } from "./rnn.ts";
import { gruStep, lstmStep } from "./step.ts";

/**
 * Every kernel of the table in plain TypeScript: the definition that compiled builds must agree with.
 *
 * They take 32-bit and 64-bit floats alike, sum in double, trust their arguments, read no output before it is written
 * and allow no array to be given twice.
 */
export const reference: Kernels = {
  gemmNN,
  gemmNT,
  gemmTN,
  linearForward,
  group,
  linearGrouped,
  linearBackward,
  embeddingForward,
  embeddingBackward,
  rnnForward,
  rnnBackward,
  gruForward,
  gruBackward,
  gruSimplifiedForward,
  gruSimplifiedBackward,
  lstmForward,
  lstmBackward,
  minGruForward,
  minGruBackward,
  minLstmForward,
  minLstmBackward,
  attendForward,
  attendBackward,
  lstmStep,
  gruStep,
  attentiveLstmForward,
  attentiveLstmBackward,
  attentiveGruForward,
  attentiveGruBackward,
  crossEntropyForward,
  crossEntropyBackward,
  linearBest,
  linearCrossEntropy,
  sigmoidCrossEntropyForward,
  sigmoidCrossEntropyBackward,
  softmaxForward,
  softmaxBackward,
  dropout,
  layerNormForward,
  layerNormBackward,
  map,
  mapBackward,
  zip,
  scale,
  accumulate,
  clamp,
  expand,
  sum,
  max,
  transpose,
  take,
  place,
  sumSquares,
  sgdUpdate,
  adagradUpdate,
  rmspropUpdate,
  adamUpdate,
};
