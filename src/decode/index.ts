/** Search over any "next step" function: sampling and the likeliest, with the filters between. Knows no tensors. */
export { type Filter, forbid, temperature, topK, topP } from "./filters.ts";
export {
  type GreedyOptions,
  greedy,
  type NextStep,
  NOTHING,
  type Sample,
  type SampleOptions,
  sample,
  sampleOptions,
  sampling,
} from "./sample.ts";
export { highest, logSoftmax, type Scores } from "./scores.ts";
