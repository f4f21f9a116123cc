/** The network that learns the memory tasks: a recurrent layer between what is read and what is answered. */
import {
  type CellName,
  detachState,
  Embedding,
  Linear,
  linearCrossEntropy,
  Recurrent,
  type State,
} from "../../nn/index.ts";
import {
  argmax,
  concat,
  type Engine,
  mean,
  noGrad,
  reshape,
  slice,
  square,
  sub,
  type Tensor,
} from "../../tensor/index.ts";
import type { MemoryTrainingSettings } from "./options.ts";
import type { Drawn, Judgement, Problem } from "./problem.ts";
import { initOf } from "./start.ts";

const embeddingSize = 16;

/** Reads a sequence and answers at its last steps. */
export class MemoryNetwork {
  readonly engine: Engine;
  readonly embedding: Embedding | null;
  readonly recurrent: Recurrent;
  readonly output: Linear;
  readonly #problem: Problem;
  readonly #chunk: number;

  constructor(engine: Engine, problem: Problem, cell: CellName, settings: MemoryTrainingSettings) {
    const { hiddenSize, forgetBias, init, chunk } = settings;
    const { vocabulary, inputs, classes } = problem;
    this.engine = engine;
    this.#problem = problem;
    this.#chunk = chunk;
    this.embedding = vocabulary === null ? null : new Embedding(engine, { vocabularySize: vocabulary, embeddingSize });
    this.recurrent = new Recurrent(engine, {
      cell,
      inputSize: this.embedding ? embeddingSize : inputs,
      hiddenSize,
      forgetBias,
      init: initOf(init, cell),
    });
    this.output = new Linear(engine, { inputSize: hiddenSize, outputSize: classes ?? 1 });
  }

  /** The mean loss of the answers: cross-entropy in nats, or the squared error. */
  loss(drawn: Drawn): Tensor {
    const h = this.#read(drawn);
    const { weight, bias } = this.output;
    const [A, B] = h.shape as [number, number];
    const { answers } = drawn;
    if (answers instanceof Int32Array) return linearCrossEntropy(h, weight, bias, { ids: answers, shape: [A, B] });
    return mean(square(sub(reshape(this.output.forward(h), [A, B]), this.engine.tensor(answers, [A, B]))));
  }

  /** How well it does, recording nothing. */
  judge(drawn: Drawn): Judgement {
    return noGrad(this.engine, () => {
      const loss = this.loss(drawn).item();
      if (this.#problem.classes === null) return { loss, accuracy: null };
      const said = argmax(this.output.forward(this.#read(drawn)));
      const right = said.filter((answer, i) => answer === drawn.answers[i]).length;
      return { loss, accuracy: right / said.length };
    });
  }

  /** The h of the steps that have answers: [A B H]. With a chunk the gradient reaches back no further than its begin. */
  #read({ tokens, numbers, answers }: Drawn): Tensor {
    const { answers: A, inputs } = this.#problem;
    const B = answers.length / A;
    const T = (tokens ? tokens.length : numbers!.length / inputs) / B;
    const chunk = this.#chunk > 0 ? Math.min(this.#chunk, T) : T;
    const kept: Tensor[] = [];
    let state: readonly State[] | undefined;
    for (let from = 0; from < T; from += chunk) {
      const to = Math.min(from + chunk, T);
      const input = tokens
        ? this.embedding!.lookup({ ids: tokens.subarray(from * B, to * B), shape: [to - from, B] })
        : this.engine.tensor(numbers!.subarray(from * B * inputs, to * B * inputs), [to - from, B, inputs]);
      const run = () => this.recurrent.forward(input, { ...(state && { state }) });
      const isAsked = to > T - A;
      const { y, state: after } = isAsked ? run() : noGrad(this.engine, run);
      if (isAsked) kept.push(slice(y, 0, Math.max(0, T - A - from), to - from));
      if (to < T) state = detachState(after);
    }
    return kept.length === 1 ? kept[0]! : concat(kept, 0);
  }
}
