/** Search over any "next step" function: sampling and the likeliest, with the filters between. Knows no tensors. */
export { type BeamOptions, beam, beaming, beamOptions, type Searched, type Traced, traceBeam } from "./beam.ts";
export type { BeamNode, BeamTree, Fate } from "./beam-tree.ts";
export { checkLogits, type DrawSettings, draw, filtersOf, sampleOptions } from "./draw.ts";
export { type ExactOptions, exact, exacting, exactOptions } from "./exact.ts";
export type { Proof } from "./exact-search.ts";
export {
  type Filter,
  forbid,
  longestWindow,
  noRepeat,
  repetitionPenalty,
  temperature,
  topK,
  topP,
  typical,
} from "./filters.ts";
export type { Hypothesis } from "./hypothesis.ts";
export type { GivenLimits, PerPrompt } from "./limits.ts";
export type { Asked, NextStep, StepResult } from "./next-step.ts";
export { coverageOf, normalisations, Ranking, type RankingSettings, rankingOptions } from "./ranking.ts";
export { type GreedyOptions, greedy, NOTHING, type Sample, type SampleOptions, sample, sampling } from "./sample.ts";
export { highest, logSoftmax, type Scores } from "./scores.ts";
export type { Beginning, Select } from "./start.ts";
