import { z } from "zod";
import { readOptions } from "../base/index.ts";
import { improves, modeOption } from "./improvement.ts";

/** Options of `EarlyStopping`. */
export const earlyStoppingOptions = z.strictObject({
  patience: z.int().min(1).default(10).describe("evaluations in a row without improvement before stopping"),
  minDelta: z.number().min(0).default(0).describe("what counts as an improvement: more than this"),
  mode: modeOption,
});

/** What early stopping remembers. */
export interface EarlyStoppingState {
  readonly best: number | null;
  readonly waited: number;
}

/** Ends a training whose evaluations no longer improve. */
export class EarlyStopping {
  readonly #options: z.output<typeof earlyStoppingOptions>;
  /** The evaluation to beat, and how many in a row did not. */
  state: EarlyStoppingState = { best: null, waited: 0 };

  constructor(options: z.input<typeof earlyStoppingOptions> = {}) {
    this.#options = readOptions("early stopping", earlyStoppingOptions, options);
  }

  /** Takes note of an evaluation. */
  observe(value: number): void {
    const { mode, minDelta } = this.#options;
    const { best, waited } = this.state;
    this.state = improves(value, best, mode, minDelta) ? { best: value, waited: 0 } : { best, waited: waited + 1 };
  }

  /** Whether it is time to stop. */
  get isOver(): boolean {
    return this.state.waited >= this.#options.patience;
  }
}
