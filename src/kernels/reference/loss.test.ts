import { describe, expect, test } from "vitest";
import { garbage, normals } from "../../../test/central-differences.ts";
import { Random } from "../../base/index.ts";
import { reference } from "./index.ts";

const ints = (...values: number[]) => Int32Array.from(values);
const lossOf = (logits: number[], target: number, smoothing = 0) => {
  const [loss, lse] = [garbage(1), garbage(1)];
  const V = logits.length;
  reference.crossEntropyForward({
    N: 1,
    V,
    smoothing,
    logits: Float64Array.from(logits),
    targets: ints(target),
    loss,
    lse,
  });
  return { loss: loss[0]!, lse: lse[0]! };
};

describe("crossEntropy", () => {
  test("equal logits cost log V, smoothed or not", () => {
    for (const smoothing of [0, 0.1, 1]) expect(lossOf([7, 7, 7, 7], 2, smoothing).loss).toBeCloseTo(Math.log(4), 14);
  });

  test("smoothing mixes the target with a uniform one", () => {
    const logits = [1, -2, 0.5];
    const each = [0, 1, 2].map((target) => lossOf(logits, target).loss);
    const mean = each.reduce((sum, value) => sum + value, 0) / 3;
    expect(lossOf(logits, 1, 0.2).loss).toBeCloseTo(0.8 * each[1]! + 0.2 * mean, 14);
  });

  test("huge logits neither overflow nor lose the difference", () => {
    expect(lossOf([1e4, 1e4 - 1], 1).loss).toBeCloseTo(1 + Math.log(1 + Math.exp(-1)), 11);
    expect(lossOf([-1e4, -1e4], 0).lse).toBeCloseTo(-1e4 + Math.log(2), 11);
  });

  test("without smoothing a class may be ruled out by -Infinity", () => {
    const logits = Float64Array.of(0, Number.NEGATIVE_INFINITY, 0);
    expect(lossOf([...logits], 0).loss).toBeCloseTo(Math.log(2), 14);
    const dlogits = garbage(3);
    const read = { N: 1, V: 3, smoothing: 0, logits, targets: ints(0), lse: Float64Array.of(Math.log(2)) };
    reference.crossEntropyBackward({ ...read, dloss: Float64Array.of(1), dlogits });
    expect([...dlogits].map((value) => Number(value.toFixed(12)))).toEqual([-0.5, 0, 0.5]);
  });

  test("a target of -1 has loss and gradient exactly 0, whatever its row holds", () => {
    const logits = Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, 1, 2);
    const targets = ints(-1, 0);
    const [loss, lse, dlogits] = [garbage(2), garbage(2), garbage(4)];
    reference.crossEntropyForward({ N: 2, V: 2, smoothing: 0.1, logits, targets, loss, lse });
    const dloss = Float64Array.of(Number.NaN, 1);
    reference.crossEntropyBackward({ N: 2, V: 2, smoothing: 0.1, logits, targets, lse, dloss, dlogits });
    expect([loss[0], dlogits[0], dlogits[1]]).toEqual([0, 0, 0]);
    expect(loss[1]).toBeGreaterThan(1);
    expect(dlogits[2]).toBeLessThan(-0.5);
  });
});

describe("linearCrossEntropy", () => {
  const [N, I, V, smoothing, scale] = [6, 3, 5, 0.1, 0.25];
  const random = new Random(1);
  const [x, w, bias] = [normals(random, N * I), normals(random, V * I), normals(random, V)];
  const targets = ints(4, -1, 0, 2, -1, 2);

  test.each([true, false])("is linear, then cross-entropy (bias %s)", (withBias) => {
    const [logits, losses, lse] = [garbage(N * V), garbage(N), garbage(N)];
    const [dlogits, dx, dw, dbias] = [garbage(N * V), garbage(N * I), garbage(V * I), garbage(V)];
    reference.linearForward({ N, I, O: V, x, w, bias: withBias ? bias : null, y: logits });
    reference.crossEntropyForward({ N, V, smoothing, logits, targets, loss: losses, lse });
    const dloss = new Float64Array(N).fill(scale);
    reference.crossEntropyBackward({ N, V, smoothing, logits, targets, lse, dloss, dlogits });
    reference.linearBackward({ N, I, O: V, x, w, dy: dlogits, dx, dw, dbias });

    const one = { loss: garbage(N), dx: garbage(N * I), dw: garbage(V * I), dbias: garbage(V) };
    reference.linearCrossEntropy({ N, I, V, smoothing, scale, x, w, bias: withBias ? bias : null, targets, ...one });
    for (const [got, wanted] of [
      [one.loss, losses],
      [one.dx, dx],
      [one.dw, dw],
      [one.dbias, dbias],
    ] as const)
      wanted.forEach((value, n) => {
        expect(got[n]).toBeCloseTo(value, 13);
      });
  });

  test("rows left out have no share, be they NaN", () => {
    const poisoned = x.slice().fill(Number.NaN, I, 2 * I);
    const run = (rows: Float64Array) => {
      const results = { loss: garbage(N), dx: garbage(N * I), dw: garbage(V * I), dbias: garbage(V) };
      reference.linearCrossEntropy({ N, I, V, smoothing, scale, x: rows, w, bias, targets, ...results });
      return results;
    };
    expect(run(poisoned)).toEqual(run(x));
    const { loss, dx } = run(poisoned);
    expect([loss[1], ...dx.subarray(I, 2 * I)]).toEqual([0, 0, 0, 0]);
  });
});

test("sigmoidCrossEntropy is the cost of a coin, at any logit", () => {
  const logits = Float64Array.of(0, 2, -2, 800, -800, 800);
  const targets = Float64Array.of(1, 0.25, 0.25, 1, 1, 0);
  const [loss, dlogits] = [garbage(6), garbage(6)];
  reference.sigmoidCrossEntropyForward({ N: 6, logits, targets, loss });
  const p = 1 / (1 + Math.exp(-2));
  const wanted = [
    Math.log(2),
    -0.25 * Math.log(p) - 0.75 * Math.log(1 - p),
    -0.25 * Math.log(1 - p) - 0.75 * Math.log(p),
    0,
    800,
    800,
  ];
  wanted.forEach((value, n) => {
    expect(loss[n]).toBeCloseTo(value, 12);
  });
  const dloss = Float64Array.of(1, 1, 1, 1, 1, 2);
  reference.sigmoidCrossEntropyBackward({ N: 6, logits, targets, dloss, dlogits });
  expect([dlogits[0], ...dlogits.subarray(3)]).toEqual([-0.5, 0, -1, 2]);
});

test("softmax sums to 1 and does not mind a shift", () => {
  const x = Float64Array.of(1, 2, 3, 1001, 1002, 1003);
  const y = garbage(6);
  reference.softmaxForward({ N: 2, V: 3, x, y });
  const total = Math.exp(1) + Math.exp(2) + Math.exp(3);
  for (const row of [0, 3]) for (const v of [0, 1, 2]) expect(y[row + v]).toBeCloseTo(Math.exp(1 + v) / total, 12);
});
