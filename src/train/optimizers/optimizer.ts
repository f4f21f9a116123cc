/** What all optimizers share: parameters and moments side by side in memory, and a state that can be saved. */
import { checkNames, FormatError } from "../../base/index.ts";
import type { Parameters } from "../../nn/index.ts";
import type { Engine, Tensor } from "../../tensor/index.ts";
import { ParameterSet } from "../parameters.ts";

type FloatArray = Tensor["data"];
type Kernels = Engine["kernels"];

/** What one update reads and changes: `N` gradients, weights and moments. */
export interface Update {
  readonly N: number;
  readonly g: FloatArray;
  readonly w: FloatArray;
  readonly moments: readonly FloatArray[];
  readonly rate: number;
  /** The number of this update, from 1. */
  readonly step: number;
}

/** How an optimizer is made from its options. */
export interface OptimizerRule {
  readonly name: string;
  readonly rate: number;
  /** What it remembers of each weight, such as "m" and "v"; they begin as 0. */
  readonly moments: readonly string[];
  update(kernels: Kernels, update: Update): void;
}

/** What an optimizer knows beyond its options: how often it has stepped, and its moments. */
export interface OptimizerState {
  readonly step: number;
  /** By the name of the parameter and the moment, such as "embedding.w.m". */
  readonly moments: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: FloatArray }>>;
}

/**
 * Changes parameters against their gradients.
 *
 *     loss.backward();
 *     optimizer.step();
 *     optimizer.zeroGrad();
 */
export class Optimizer {
  readonly name: string;
  /** The learning rate of its options; a schedule may give `step` another. */
  readonly rate: number;
  readonly parameters: ParameterSet;
  readonly #rule: OptimizerRule;
  readonly #moments: ReturnType<ParameterSet["allocate"]>[];
  #step = 0;

  constructor(parameters: Parameters, rule: OptimizerRule) {
    this.name = rule.name;
    this.rate = rule.rate;
    this.parameters = new ParameterSet(rule.name, parameters);
    this.#rule = rule;
    this.#moments = rule.moments.map(() => this.parameters.allocate());
  }

  /** Updates every parameter that has a gradient; the others stay as they are. */
  step(options: { readonly rate?: number } = {}): void {
    checkNames(this.name, ["rate"], options);
    const { rate = this.rate } = options;
    const { parameters } = this;
    const { kernels } = parameters.engine;
    const step = ++this.#step;
    for (const run of parameters.withGradient()) {
      const part = (array: FloatArray) =>
        run.to - run.from === array.length ? array : array.subarray(run.from, run.to);
      const moments = this.#moments.map((block) => part(block.array));
      const g = part(parameters.gradients);
      const w = part(parameters.weights);
      this.#rule.update(kernels, { N: g.length, g, w, moments, rate, step });
    }
  }

  /** Forgets the gradients, so that the next backward begins anew. */
  zeroGrad(): void {
    this.parameters.zeroGrad();
  }

  /** A copy of all that decides the next steps, to be saved. */
  state(): OptimizerState {
    const moments: Record<string, { shape: readonly number[]; data: FloatArray }> = {};
    this.#forEachMoment((name, shape, data) => {
      moments[name] = { shape, data: data.slice() };
    });
    return { step: this.#step, moments };
  }

  /**
   * Goes on from a saved state.
   *
   * @param where the file it is from, as messages name it
   * @throws FormatError when the state is not one of this optimizer for these parameters; nothing is changed then
   */
  load({ step, moments }: OptimizerState, where = this.name): void {
    if (!Number.isSafeInteger(step) || step < 0)
      throw new FormatError(`${where}: step must be a whole number, at least 0, got ${step}`);
    const hint = "was it saved with other options or for another model?";
    const unknown = new Set(Object.keys(moments));
    this.#forEachMoment((name, shape) => {
      const saved = moments[name];
      if (!saved) throw new FormatError(`${where}: has no ${name}, but ${this.name} needs it; ${hint}`);
      if (saved.shape.join(" ") !== shape.join(" "))
        throw new FormatError(
          `${where}: ${name} has shape [${saved.shape.join(" ")}], but ${this.name} needs [${shape.join(" ")}]; ${hint}`,
        );
      unknown.delete(name);
    });
    for (const name of unknown)
      throw new FormatError(`${where}: has ${name}, but ${this.name} does not need it; ${hint}`);
    this.#forEachMoment((name, _shape, data) => data.set(moments[name]!.data));
    this.#step = step;
  }

  #forEachMoment(body: (name: string, shape: readonly number[], data: FloatArray) => void): void {
    const { entries, spans } = this.parameters;
    entries.forEach(([name, tensor], i) => {
      const { from, to } = spans[i]!;
      this.#rule.moments.forEach((moment, j) => {
        body(`${name}.${moment}`, tensor.shape, this.#moments[j]!.array.subarray(from, to));
      });
    });
  }
}
