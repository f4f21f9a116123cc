import { expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import { referenceBuild } from "../../kernels/index.ts";
import { Engine } from "../engine.ts";
import { gradientCheck } from "../gradient-check.ts";
import { type AttendInputs, attend } from "./attention.ts";
import { mul } from "./elementwise.ts";
import { sum } from "./reduce.ts";

const engine = new Engine(referenceBuild("float64"), { seed: 1 });
const random = new Random(2);
const numbers = (...shape: number[]) => {
  const size = shape.reduce((product, n) => product * n, 1);
  return engine.parameter(
    Float64Array.from({ length: size }, () => random.normal()),
    shape,
  );
};
const ints = (...values: number[]) => Int32Array.from(values);

test("every gradient, with keys that are the values too, and through the weights", () => {
  const [query, keys, values, v] = [numbers(2, 3, 4), numbers(5, 2, 4), numbers(5, 2, 3), numbers(4)];
  const [sources, lengths] = [ints(1, 0, 1), ints(5, 2)];
  const cases: readonly AttendInputs[] = [
    { query, keys, values, sources, lengths, scale: 0.5 },
    { query, keys, values, sources, lengths, v },
    { query, keys, values: keys, sources, lengths },
  ];
  for (const inputs of cases) {
    const { query, keys, values, v } = inputs;
    const loss = () => {
      const { context, weights } = attend(inputs);
      return mul(sum(mul(context, context)), sum(mul(weights, weights)));
    };
    const parameters = { query, keys, ...(values !== keys && { values }), ...(v && { v }) };
    for (const { error } of gradientCheck(loss, parameters)) expect(error).toBeLessThan(1e-7);
    // A loss of the weights alone sends nothing through the context.
    const ofWeights = () => sum(mul(attend(inputs).weights, attend(inputs).weights));
    for (const { error } of gradientCheck(ofWeights, { query })) expect(error).toBeLessThan(1e-7);
  }
});

test("rows that read one memory are as rows that read copies of it, and padding changes nothing", () => {
  const [query, keys, values] = [numbers(2, 3, 4), numbers(3, 1, 4), numbers(3, 1, 2)];
  const shared = attend({ query, keys, values, lengths: ints(2), sources: ints(0, 0, 0) });
  const threefold = ({ data, shape: [S, , size] }: typeof keys) => {
    const rows = Array.from({ length: S! }, (_, s) => [...data.subarray(s * size!, (s + 1) * size!)]);
    return engine.tensor(
      rows.flatMap((row, s) => (s < 2 ? [...row, ...row, ...row] : row.concat(row, row).map(() => 99))),
      [S!, 3, size!],
    );
  };
  const copied = attend({ query, keys: threefold(keys), values: threefold(values), lengths: ints(2, 2, 2) });
  expect([...copied.context.data]).toEqual([...shared.context.data]);
  expect([...copied.weights.data]).toEqual([...shared.weights.data]);
  for (let row = 0; row < 6; row++) {
    const [first, second, beyond] = shared.weights.data.subarray(3 * row, 3 * row + 3);
    expect(first! + second!).toBeCloseTo(1, 12);
    expect(beyond).toBe(0);
  }
});

test("bad arguments", () => {
  const [query, keys, values] = [numbers(2, 3, 4), numbers(5, 3, 4), numbers(5, 3, 2)];
  const lengths = ints(5, 5, 5);
  const given = { query, keys, values, lengths };
  expect(() => attend({ ...given, keys: numbers(5, 3, 3) })).toThrow(
    "attend: needs query [T B A], keys [S M A] and values [S M D], got [2 3 4], [5 3 3] and [5 3 2]",
  );
  expect(() => attend({ ...given, v: numbers(3) })).toThrow("attend: v must be [4] for keys [5 3 4], got [3]");
  expect(() => attend({ ...given, query: numbers(2, 6, 4) })).toThrow(
    "attend: 6 rows cannot read 3 memories one each; give sources",
  );
  expect(() => attend({ ...given, sources: ints(0) })).toThrow(
    "attend: sources must have one number for each row, 3, got 1",
  );
  expect(() => attend({ ...given, lengths: ints(1) })).toThrow(
    "attend: lengths must have one number for each memory, 3, got 1",
  );
  expect(() => attend({ ...given, lengths: ints(5, 0, 5) })).toThrow("attend: lengths[1] must be from 1 to 5, got 0");
  expect(() => attend({ ...given, sources: ints(0, 1, 3) })).toThrow("attend: sources[2] must be from 0 to 2, got 3");
});
