/** The memory tasks: who can and who cannot learn what at which distance. */
import { memoryOptions } from "./options.ts";
import { memoryTasks } from "./train.ts";

export { agreementSentences } from "./agreement.ts";
export {
  type LearnerName,
  type MemoryOptions,
  type MemorySettings,
  memoryOptions,
  type ProblemName,
  problemNames,
} from "./options.ts";
export type { Judgement, Problem } from "./problem.ts";
export { type Remedy, remedies } from "./remedies.ts";
export { chartedTasks, memoryChart, memoryPage, memoryTable, type ReportTable, remedyTable, said } from "./report.ts";
export { type MemoryHooks, memoryTasks, problemOf, trialsOf } from "./train.ts";
export { type MemoryResult, type MemoryTrial, resultSchema } from "./trial.ts";

/** The task: learn to remember. It needs no data; they are drawn. */
export const memory = {
  name: "memory",
  summary: "copying, adding and agreement over growing distances: who can learn them",
  options: memoryOptions,
  train: memoryTasks,
} as const;
