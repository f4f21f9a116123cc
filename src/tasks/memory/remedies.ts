/** Remedies against forgetting, each as trainings without and with it that differ in nothing else. */
import type { MemoryTrial } from "./trial.ts";

/** A remedy, and how its effect is shown. */
export interface Remedy {
  readonly name: string;
  /** What it is against. */
  readonly against: string;
  /** Without it first, then with it. */
  readonly trials: readonly MemoryTrial[];
}

/** The trainings that differ in one option; what else decides them stays, whatever the table is made with. */
function compare<const T extends Omit<MemoryTrial, "options">>(
  trial: T,
  ...options: readonly NonNullable<MemoryTrial["options"]>[]
): MemoryTrial[] {
  return options.map((own) => ({ ...trial, options: { rate: 0.004, forgetBias: 1, ...own } }));
}

/** The remedies, in the order in which they were found. */
export const remedies: readonly Remedy[] = [
  {
    name: "gradient clipping",
    against: "exploding gradients",
    trials: compare(
      { task: "adding", cell: "rnnRelu", distance: 30 },
      { init: "identity", rate: 0.02, clipNorm: 0 },
      { init: "identity", rate: 0.02, clipNorm: 1 },
    ),
  },
  {
    name: "gradients that reach back far enough",
    against: "truncated backpropagation through time",
    trials: compare({ task: "copy", cell: "gru", distance: 30 }, { chunk: 10 }, { chunk: 20 }, { chunk: 0 }),
  },
  {
    name: "He initialisation",
    against: "signals that fade in rectified units",
    trials: compare({ task: "agreement", cell: "rnnRelu", distance: 10 }, { init: "default" }, { init: "he" }),
  },
  {
    name: "orthogonal initialisation",
    against: "vanishing gradients",
    trials: compare({ task: "copy", cell: "rnn", distance: 20 }, { init: "default" }, { init: "orthogonal" }),
  },
  {
    name: "identity initialisation (IRNN)",
    against: "vanishing gradients",
    trials: compare(
      { task: "adding", cell: "rnnRelu", distance: 100 },
      { init: "default", rate: 0.002, updates: 3000 },
      { init: "identity", rate: 0.002, updates: 3000 },
    ),
  },
  {
    name: "forget-gate bias",
    against: "gates that begin half shut",
    trials: compare(
      { task: "agreement", cell: "lstm", distance: 60 },
      { forgetBias: 0 },
      { forgetBias: 1 },
      { forgetBias: 4 },
    ),
  },
  {
    name: "echo state network",
    against: "training through time at all",
    trials: (["rnn", "echoState"] as const).flatMap((cell) => compare({ task: "copy", cell, distance: 30 }, {})),
  },
];
