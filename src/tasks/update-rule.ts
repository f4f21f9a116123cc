/** How options of a training become its optimizer and the course of its rate. */
import { parameters } from "../nn/index.ts";
import {
  cosine,
  exponential,
  type Mode,
  type Optimizer,
  optimizers,
  Plateau,
  type Schedule,
  stepDecay,
  warmup,
} from "../train/index.ts";

/** The options that decide how weights are updated. */
export interface UpdateOptions {
  readonly optimizer: keyof typeof optimizers;
  readonly rate: number;
  readonly weightDecay: number;
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** The optimizer of all trainable weights of a network. */
export function makeOptimizer(network: object, options: UpdateOptions): Optimizer {
  const { optimizer, rate, weightDecay, momentum, nesterov } = options;
  const inMomentum = { sgd: { momentum, nesterov }, rmsprop: { momentum } } as const;
  const own = optimizer in inMomentum ? inMomentum[optimizer as keyof typeof inMomentum] : {};
  return optimizers[optimizer].make(parameters(network), { rate, weightDecay, ...own });
}

/** The options that decide how the rate changes. */
export interface ScheduleOptions {
  readonly schedule: "constant" | "step" | "exponential" | "cosine" | "plateau";
  readonly decay: number;
  /** Epochs, or with a plateau evaluations. */
  readonly decayEvery: number;
  readonly warmup: number;
}

/**
 * The course of the rate.
 *
 * @param steps           updates in all
 * @param updatesPerEpoch how many of them make an epoch
 * @param mode            whether small or great evaluations are good
 */
export function makeSchedule(
  { schedule, decay, decayEvery, warmup: rising }: ScheduleOptions,
  steps: number,
  updatesPerEpoch: number,
  mode: Mode = "min",
): { readonly schedule: Schedule; readonly plateau: Plateau | null } {
  const every = decayEvery * updatesPerEpoch;
  const shapes: Readonly<Record<typeof schedule, () => Schedule>> = {
    constant: () => () => 1,
    plateau: () => () => 1,
    step: () => stepDecay({ every, factor: decay }),
    exponential: () => exponential({ factor: decay ** (1 / every) }),
    cosine: () => cosine({ steps: Math.max(1, steps - rising), least: 0.01 }),
  };
  return {
    schedule: warmup(rising, shapes[schedule]()),
    plateau: schedule === "plateau" ? new Plateau({ factor: decay, patience: decayEvery, mode }) : null,
  };
}
