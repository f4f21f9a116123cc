import { expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import { Engine } from "../../tensor/index.ts";
import { GroupedWeight } from "./grouped-weight.ts";
import { ProjectedTokens } from "./projected-tokens.ts";

/** Tokens of which each is one number, projected to so many, with what they must be. */
async function projecting(V: number, width: number) {
  const engine = await Engine.load();
  const random = new Random(1);
  const numbers = (length: number) => Float32Array.from({ length }, () => 2 * random.uniform() - 1);
  const [embedding, weight, bias] = [numbers(V), numbers(width), { data: numbers(width) }];
  const tokens = new ProjectedTokens(
    engine,
    engine.parameter(embedding, [V, 1]),
    new GroupedWeight(engine, { data: weight }, 1, { fewRows: 0 }),
    bias,
  );
  return (...ids: number[]) => {
    const { ids: rows, z, V: count } = tokens.rowsOf(Int32Array.from(ids));
    expect(z.array.length).toBe(count * width);
    const at = (i: number) => z.array.subarray(rows[i]! * width, (rows[i]! + 1) * width);
    for (const [i, id] of ids.entries())
      for (const j of [0, 1, width - 1]) expect(at(i)[j]).toBeCloseTo(embedding[id]! * weight[j]! + bias.data[j]!, 6);
    return { rows: [...rows], count };
  };
}

test("each token has one row, which it keeps", async () => {
  const look = await projecting(30, 19);
  expect(look(7, 3, 7)).toEqual({ rows: [0, 1, 0], count: 2 });
  expect(look(3, 29, 0, 1, 2, 4, 5)).toEqual({ rows: [1, 2, 3, 4, 5, 6, 7], count: 8 });
  expect(look(29, 7)).toEqual({ rows: [2, 0], count: 8 });
});

test("ids that there are not are refused", async () => {
  const look = await projecting(30, 19);
  for (const id of [30, -1]) expect(() => look(4, id)).toThrow(`step: ids[1] must be from 0 to 29, got ${id}`);
  expect(look(4)).toEqual({ rows: [0], count: 1 });
});

test("all are forgotten once they fill too much memory", async () => {
  const look = await projecting(30, 1 << 20);
  expect(look(...Array.from({ length: 17 }, (_, id) => id)).count).toBe(17);
  expect(look(16, 2, 29)).toEqual({ rows: [0, 1, 2], count: 3 });
});
