/** Search over any "next step" function: sampling and the likeliest, with the filters between. Knows no tensors. */
export { type BeamOptions, beam, beaming, beamOptions, type Hypothesis } from "./beam.ts";
export { checkLogits, type DrawSettings, draw, filtersOf, sampleOptions } from "./draw.ts";
export { type Filter, forbid, longestWindow, repetitionPenalty, temperature, topK, topP, typical } from "./filters.ts";
export {
  type GreedyOptions,
  greedy,
  type NextStep,
  NOTHING,
  type Sample,
  type SampleOptions,
  sample,
  sampling,
} from "./sample.ts";
export { highest, logSoftmax, type Scores } from "./scores.ts";
