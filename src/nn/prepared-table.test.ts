/** A table that is projected before tokens are read gives what projecting it each time gives. */
import { describe, expect, test } from "vitest";
import { engines, exactEngine } from "../../test/engines.ts";
import { ValueError } from "../base/index.ts";
import { noGrad } from "../tensor/index.ts";
import { type CellName, cells, defineCell, Embedding, Recurrent } from "./index.ts";

const own = defineCell({
  name: "own",
  state: ["h"],
  parameters: ({ inputSize: I, hiddenSize: H }) => ({ wIh: { shape: [H, I + 1] } }),
  step: (_, { h }) => ({ h }),
});
const tokens = (...ids: number[]) => ({ ids: Int32Array.from(ids), shape: [ids.length / 2, 2] });

describe.each(engines)("$title", ({ make }) => {
  test.each([...(Object.keys(cells) as CellName[]), own])("%o", (cell) => {
    const engine = make();
    const embedding = new Embedding(engine, { vocabularySize: 6, embeddingSize: 3 });
    const options = { cell, inputSize: 3, hiddenSize: 5, layers: 2, bidirectional: true };
    const model = new Recurrent(engine, options);
    const other = new Recurrent(engine, options);
    const lookup = model.prepare(embedding);
    noGrad(engine, () => {
      for (const read of [tokens(5, 0, 3, 3, 1, 2), tokens(4, 5)]) {
        const wanted = model.forward(embedding.lookup(read)).y.data;
        const got = model.forward(lookup(read)).y.data;
        wanted.forEach((value, i) => {
          expect(Math.abs(got[i]! - value)).toBeLessThan(1e-6);
        });
        // What was prepared for one network is no secret to another, and no use.
        expect(other.forward(lookup(read)).y.data).toEqual(other.forward(embedding.lookup(read)).y.data);
      }
    });
  });
});

test("what was prepared is read, not computed anew", () => {
  const engine = exactEngine(1);
  const embedding = new Embedding(engine, { vocabularySize: 4, embeddingSize: 3 });
  const model = new Recurrent(engine, { cell: "gru", inputSize: 3, hiddenSize: 2 });
  const lookup = model.prepare(embedding);
  const read = () => noGrad(engine, () => [...model.forward(lookup(tokens(1, 2))).y.data]);
  const before = read();
  embedding.weight.data.fill(0);
  expect(read()).toEqual(before);
});

test("it refuses to be recorded, and a table of another width", () => {
  const engine = exactEngine(1);
  const embedding = new Embedding(engine, { vocabularySize: 4, embeddingSize: 3 });
  const model = new Recurrent(engine, { cell: "gru", inputSize: 3, hiddenSize: 2 });
  const lookup = model.prepare(embedding);
  expect(() => model.forward(lookup(tokens(1, 2)))).toThrow(
    new ValueError(
      "Recurrent: a prepared table has no gradient; call forward within noGrad, or give embedding.lookup(tokens)",
    ),
  );
  const wide = new Embedding(engine, { vocabularySize: 4, embeddingSize: 5 });
  expect(() => model.prepare(wide)).toThrow(new ValueError("Recurrent: the table must be [V 3], got [4 5]"));
});
