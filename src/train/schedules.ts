/** Learning rates that change while a model trains. */
import { z } from "zod";
import { readOptions, ValueError } from "../base/index.ts";
import { improves, modeOption } from "./improvement.ts";

/** What the rate is multiplied by at the update after `step` updates, from 0. A pure function: nothing to save. */
export type Schedule = (step: number) => number;

/** Always the rate itself. */
export function constant(): Schedule {
  return () => 1;
}

/** Options of `stepDecay`. */
export const stepDecayOptions = z.strictObject({
  every: z.int().min(1).default(1000).describe("updates between two decays"),
  factor: z.number().positive().max(1).default(0.5).describe("what a decay leaves of the rate"),
});

/** Decays at once, every so many updates: factor^floor(step / every). */
export function stepDecay(options: z.input<typeof stepDecayOptions> = {}): Schedule {
  const { every, factor } = readOptions("schedule step", stepDecayOptions, options);
  return (step) => factor ** Math.floor(step / every);
}

/** Options of `exponential`. */
export const exponentialOptions = z.strictObject({
  factor: z.number().positive().max(1).default(0.999).describe("what each update leaves of the rate"),
});

/** Decays a little at every update: factor^step. */
export function exponential(options: z.input<typeof exponentialOptions> = {}): Schedule {
  const { factor } = readOptions("schedule exponential", exponentialOptions, options);
  return (step) => factor ** step;
}

/** Options of `cosine`. */
export const cosineOptions = z.strictObject({
  steps: z.int().min(1).describe("updates until the least rate"),
  least: z.number().min(0).max(1).default(0).describe("the least rate, as a part of the rate"),
});

/**
 * Falls along half a cosine, then stays: least + (1 - least) (1 + cos(pi step / steps)) / 2.
 *
 * @source Loshchilov & Hutter 2017, arXiv:1608.03983, without restarts
 */
export function cosine(options: z.input<typeof cosineOptions>): Schedule {
  const { steps, least } = readOptions("schedule cosine", cosineOptions, options);
  return (step) => least + ((1 - least) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2;
}

/** Rises in a line over `steps` updates, (step + 1) / (steps + 1), and then goes on with another schedule from its step 0. */
export function warmup(steps: number, then: Schedule = constant()): Schedule {
  if (!Number.isSafeInteger(steps) || steps < 0)
    throw new ValueError(`warmup: steps must be a whole number, at least 0, got ${steps}`);
  return (step) => (step < steps ? (step + 1) / (steps + 1) : then(step - steps));
}

/** Every schedule by name, with the schema of its options. */
export const schedules = {
  constant: { make: constant, options: z.strictObject({}) },
  step: { make: stepDecay, options: stepDecayOptions },
  exponential: { make: exponential, options: exponentialOptions },
  cosine: { make: cosine, options: cosineOptions },
} as const;

/** Options of `Plateau`. */
export const plateauOptions = z.strictObject({
  factor: z.number().positive().lt(1).default(0.1).describe("what a decay leaves of the rate"),
  patience: z.int().min(1).default(10).describe("evaluations in a row without improvement before a decay"),
  minDelta: z.number().min(0).default(0).describe("what counts as an improvement: more than this"),
  cooldown: z.int().min(0).default(0).describe("evaluations after a decay that do not count"),
  least: z.number().min(0).lt(1).default(0).describe("the least rate, as a part of the rate"),
  mode: modeOption,
});

/** What a plateau remembers. */
export interface PlateauState {
  readonly factor: number;
  readonly best: number | null;
  readonly waited: number;
  readonly resting: number;
}

/** Decays the rate when the evaluations no longer improve (as PyTorch's ReduceLROnPlateau, with patience one more). */
export class Plateau {
  readonly #options: z.output<typeof plateauOptions>;
  /** The evaluation to beat, how many in a row did not, how many more do not count, and the factor reached. */
  state: PlateauState = { factor: 1, best: null, waited: 0, resting: 0 };

  constructor(options: z.input<typeof plateauOptions> = {}) {
    this.#options = readOptions("plateau", plateauOptions, options);
  }

  /** What the rate is multiplied by. */
  get factor(): number {
    return this.state.factor;
  }

  /** Takes note of an evaluation, and decays when it was one too many without improvement. */
  observe(value: number): void {
    const { patience, minDelta, cooldown, least, mode } = this.#options;
    let { factor, best, waited, resting } = this.state;
    waited++;
    if (improves(value, best, mode, minDelta)) {
      best = value;
      waited = 0;
    }
    if (resting > 0) {
      resting--;
      waited = 0;
    }
    if (waited >= patience) {
      factor = Math.max(factor * this.#options.factor, least);
      waited = 0;
      resting = cooldown;
    }
    this.state = { factor, best, waited, resting };
  }
}
