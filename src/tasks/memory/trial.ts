/** One training at a memory task: who learns what at which distance, and how it ended. */
import { z } from "zod";
import { learnerNames, memoryTrainingOptions, problemNames } from "./options.ts";

const trial = {
  task: z.enum(problemNames),
  cell: z.enum([...learnerNames]),
  distance: z.int().min(1),
  /** Options that are not those of the whole table. */
  options: z.partialRecord(z.enum(Object.keys(memoryTrainingOptions.shape)), z.unknown()).optional(),
};

/** A result as files hold it. */
export const resultSchema = z.strictObject({
  ...trial,
  /** Nats per answer, or the mean squared error; null where there is none. */
  loss: z.number().nullable(),
  /** The share of right answers, where there are classes. */
  accuracy: z.number().nullable(),
  /** The loss of one who remembers nothing. */
  baseline: z.number(),
  isLearned: z.boolean(),
  /** Updates made. */
  updates: z.int().min(0),
  /** Whether the numbers of the training left what can be held, so that it had to end. */
  diverged: z.boolean(),
});

/** One training. */
export type MemoryTrial = Pick<MemoryResult, "task" | "cell" | "distance" | "options">;

/** How a training ended. */
export type MemoryResult = Readonly<z.output<typeof resultSchema>>;

/** Whether two trainings are the same. */
export function isSame(a: MemoryTrial, b: MemoryTrial): boolean {
  const key = ({ task, cell, distance, options = {} }: MemoryTrial) =>
    JSON.stringify([task, cell, distance, Object.entries(options).sort()]);
  return key(a) === key(b);
}
