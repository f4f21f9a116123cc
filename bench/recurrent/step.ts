/** A whole training step through the public API, tape included. */
import { Random, type Tokens } from "../../src/base/index.ts";
import type { KernelBuild } from "../../src/kernels/index.ts";
import { Embedding, Linear, linearCrossEntropy, parameters, Recurrent } from "../../src/nn/index.ts";
import { Engine } from "../../src/tensor/index.ts";
import { adam, clipByGlobalNorm } from "../../src/train/index.ts";
import type { MeasuredCell, Shape } from "./shapes.ts";

/**
 * A character or word model on random tokens: embedding, recurrent layers, output layer with cross-entropy, gradients
 * clipped to norm 1, Adam.
 *
 * @returns one training step, which returns its loss
 */
export function makeStep(build: KernelBuild, cell: MeasuredCell, shape: Shape): () => number {
  const { I, H, V, L } = shape;
  const engine = new Engine(build, { seed: 1 });
  const embedding = new Embedding(engine, { vocabularySize: V, embeddingSize: I });
  const recurrent = new Recurrent(engine, { cell, inputSize: I, hiddenSize: H, layers: L });
  const output = new Linear(engine, { inputSize: H, outputSize: V });
  const optimizer = adam(parameters({ embedding, recurrent, output }), { rate: 1e-3 });
  const { tokens, targets } = randomTokens(shape);
  return () => {
    optimizer.zeroGrad();
    const { y } = recurrent.forward(embedding.lookup(tokens));
    const loss = linearCrossEntropy(y, output.weight, output.bias, targets);
    loss.backward();
    clipByGlobalNorm(optimizer, 1);
    optimizer.step();
    return loss.item();
  };
}

/** What goes in and what should come out, the same on every call. */
export function randomTokens({ T, B, V }: Shape): { tokens: Tokens; targets: Tokens } {
  const random = new Random(2);
  const draw = (): Tokens => ({ ids: Int32Array.from({ length: T * B }, () => random.integer(V)), shape: [T, B] });
  return { tokens: draw(), targets: draw() };
}
