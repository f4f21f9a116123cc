/** Ids, lengths and targets belong to the caller: filling their arrays anew before backward changes no gradient. */
import { describe, expect, test } from "vitest";
import { exactEngine } from "../../test/engines.ts";
import { add, type Engine, matmul, sum, type Tensor, tanh, transpose } from "../tensor/index.ts";
import { crossEntropy, defineCell, Embedding, linearCrossEntropy, parameters, Recurrent } from "./index.ts";

/** A cell that is scanned step by step. */
const own = defineCell({
  name: "own",
  state: ["h"],
  parameters: ({ inputSize: I, hiddenSize: H }) => ({ wIh: { shape: [H, I] }, wHh: { shape: [H, H] } }),
  step: (x, { h }, { wIh, wHh }) => ({ h: tanh(add(times(x, wIh), times(h, wHh))) }),
});
const times = (x: Tensor, w: Tensor) => matmul(x, transpose(w));

const [T, B, V] = [4, 2, 5];

/** The gradients of a model with one loss, and with another array refilled between loss and backward. */
function gradients(
  make: (engine: Engine) => { model: object; loss: () => Tensor; refill: () => void },
  change: boolean,
) {
  const { model, loss, refill } = make(exactEngine(3));
  const recorded = loss();
  if (change) refill();
  recorded.backward();
  return Object.entries(parameters(model)).map(([name, { grad }]) => [name, [...grad!]]);
}

const cases: Record<string, Parameters<typeof gradients>[0]> = {
  "ids of an embedding": (engine) => {
    const ids = Int32Array.of(0, 1, 2, 3, 4, 0, 1, 1);
    const model = new Embedding(engine, { vocabularySize: V, embeddingSize: 3 });
    return { model, loss: () => sum(tanh(model.forward({ ids, shape: [T, B] }))), refill: () => ids.fill(4) };
  },
  "targets of crossEntropy": (engine) => {
    const ids = Int32Array.of(0, 1, 2, -1);
    const model = { logits: engine.parameter([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3], [4, 3]) };
    return { model, loss: () => crossEntropy(model.logits, { ids, shape: [4] }), refill: () => ids.fill(0) };
  },
  "targets of linearCrossEntropy": (engine) => {
    const ids = Int32Array.of(0, 1);
    const model = { x: engine.parameter([1, 2, 3, 4], [2, 2]), w: engine.parameter([1, 2, 3, 4, 5, 6], [3, 2]) };
    return {
      model,
      loss: () => linearCrossEntropy(model.x, model.w, null, { ids, shape: [2] }),
      refill: () => ids.fill(2),
    };
  },
};
for (const cell of ["rnn", "gru", "gruSimplified", "lstm", "lstmPeephole", "minGru", "minLstm", own] as const) {
  const name = typeof cell === "string" ? cell : cell.name;
  for (const vocabularySize of [V, 50])
    cases[`ids and lengths of ${name} with a table of ${vocabularySize}`] = (engine) => {
      const ids = Int32Array.of(0, 1, 2, 3, 4, 0, 1, 1);
      const lengths = Int32Array.of(4, 2);
      const model = {
        embedding: new Embedding(engine, { vocabularySize, embeddingSize: 3 }),
        recurrent: new Recurrent(engine, { cell, inputSize: 3, hiddenSize: 3, bidirectional: true, layers: 2 }),
      };
      return {
        model,
        loss: () => sum(tanh(model.recurrent.forward(model.embedding.lookup({ ids, shape: [T, B] }), { lengths }).y)),
        refill: () => {
          ids.fill(4);
          lengths.fill(1);
        },
      };
    };
}

describe("refilling before backward", () => {
  test.each(Object.entries(cases))("%s", (_title, make) => {
    expect(gradients(make, true)).toEqual(gradients(make, false));
  });
});

test.each(["lstm", "gru", "rnn", own] as const)(
  "runs of one batch size and several lengths, without lengths, may all be recorded before backward: %o",
  (cell) => {
    const engine = exactEngine(3);
    const model = new Recurrent(engine, { cell, inputSize: 2, hiddenSize: 3 });
    const found = Object.values(parameters(model));
    const x = (steps: number) =>
      engine.tensor(
        Float64Array.from({ length: steps * B * 2 }, (_, i) => Math.sin(i)),
        [steps, B, 2],
      );
    const loss = (steps: number) => sum(tanh(model.forward(x(steps)).y));
    const gradients = (backward: () => void) => {
      for (const tensor of found) tensor.zeroGrad();
      backward();
      return found.map((tensor) => [...tensor.grad!]);
    };
    const apart = gradients(() => {
      loss(5).backward();
      loss(3).backward();
    });
    const together = gradients(() => {
      const losses = [loss(5), loss(3)];
      for (const one of losses) one.backward();
    });
    expect(together).toEqual(apart);
  },
);
