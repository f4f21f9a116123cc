/** What must hold for every recurrent kernel, whatever its formula; and the formulas that nobody else computes. */
import { describe, expect, test } from "vitest";
import { type Arrays, dot, garbage, normals } from "../../../test/central-differences.ts";
import { type Batch, type Cell, cells, eachPadded, randomInputs } from "../../../test/recurrent-cells.ts";
import { Random } from "../../base/index.ts";
import { reference } from "./index.ts";

const ints = (...values: number[]) => Int32Array.from(values);

/** Forward and backward, with the gradients of all results random at the real steps and NaN beyond. */
function run(cell: Cell, batch: Batch, inputs: Arrays, dResults: Arrays) {
  const pass = cell.forward(reference, batch, inputs);
  return { ...pass, gradients: cell.backward(reference, batch, inputs, pass, dResults) };
}

function randomGradients(random: Random, cell: Cell, { T, B, H, lengths }: Batch): Record<string, Float64Array> {
  const gradients: Record<string, Float64Array> = { y: normals(random, T * B * H) };
  eachPadded(T, B, lengths, (row) => gradients.y!.fill(Number.NaN, row * H, (row + 1) * H));
  for (const state of cell.states) gradients[state.replace("0", "T")] = normals(random, B * H);
  return gradients;
}

/** Moves the rows of a run [T B width]: what is at t, b of the result was at `from(t, b)`, NaN where that is null. */
function moveRows(
  run: Float64Array,
  { B }: Batch,
  to: Batch,
  width: number,
  from: (t: number, b: number) => readonly [t: number, b: number] | null,
): Float64Array {
  const moved = garbage(to.T * to.B * width);
  for (let t = 0; t < to.T; t++)
    for (let b = 0; b < to.B; b++) {
      const source = from(t, b);
      if (!source) continue;
      const row = source[0] * B + source[1];
      moved.set(run.subarray(row * width, (row + 1) * width), (t * to.B + b) * width);
    }
  return moved;
}

const ragged = { T: 5, B: 3, H: 3, reverse: false, lengths: ints(3, 5, 1) } satisfies Batch;
const weightNames = (cell: Cell) => [...(cell.products ? ["wHh"] : []), ...Object.keys(cell.extras)];

/** The runs among arrays by name [T B width], moved. */
function moveAll(arrays: Arrays, batch: Batch, to: Batch, from: Parameters<typeof moveRows>[4]): Arrays {
  const entries = Object.entries(arrays).map(([name, array]) => {
    const runLike = ["z", "y", "c", "hn", "gates"].includes(name);
    return [name, runLike ? moveRows(array, batch, to, array.length / (batch.T * batch.B), from) : array] as const;
  });
  return Object.fromEntries(entries);
}

describe.each(cells)("$name", (cell) => {
  for (const reverse of [false, true]) {
    const batch = { ...ragged, reverse };
    const setUp = (seed: number) => {
      const random = new Random(seed);
      const inputs = randomInputs(random, cell, batch);
      const dResults = randomGradients(random, cell, batch);
      return { inputs, dResults, whole: run(cell, batch, inputs, dResults) };
    };
    const real = (t: number, b: number): readonly [number, number] | null => (t < batch.lengths[b]! ? [t, b] : null);

    describe(reverse ? "in reverse" : "forward", () => {
      test("every result is written, and 0 where there is no step", () => {
        const { whole } = setUp(1);
        const { T, B, lengths } = batch;
        let padded = 0;
        for (const group of [whole.results, whole.saved, whole.gradients])
          for (const [name, array] of Object.entries(group)) {
            expect(array.every(Number.isFinite), name).toBe(true);
            if (!["z", "y", "c", "hn", "gates"].includes(name)) continue;
            const width = array.length / (T * B);
            eachPadded(T, B, lengths, (row) => {
              expect([...array.subarray(row * width, (row + 1) * width)], name).toEqual(Array(width).fill(0));
              padded++;
            });
          }
        expect(padded).toBeGreaterThan(0);
      });

      test("the final state is the state after the last step", () => {
        const { results, saved } = setUp(2).whole;
        const { B, H, lengths } = batch;
        const runs = { hT: results.y!, ...(saved.c && { cT: saved.c }) };
        for (const [name, run] of Object.entries(runs))
          for (let b = 0; b < B; b++) {
            const row = (reverse ? 0 : lengths[b]! - 1) * B + b;
            expect(results[name]!.subarray(b * H, (b + 1) * H)).toEqual(run.subarray(row * H, (row + 1) * H));
          }
      });

      test("more padding changes nothing", () => {
        const { inputs, dResults, whole } = setUp(3);
        const longer = { ...batch, T: batch.T + 3 };
        const more = run(cell, longer, moveAll(inputs, batch, longer, real), moveAll(dResults, batch, longer, real));
        const back = (t: number, b: number) => [t, b] as const;
        expect(moveAll(more.results, longer, batch, back)).toEqual(whole.results);
        expect(moveAll(more.gradients, longer, batch, back)).toEqual(whole.gradients);
      });

      test("each sequence alone gives what it gives in the batch, and the weights get the sum", () => {
        const { inputs, dResults, whole } = setUp(4);
        const { B, H, lengths } = batch;
        const sums: Record<string, Float64Array> = {};
        for (let b = 0; b < B; b++) {
          const alone = { ...batch, T: lengths[b]!, B: 1, lengths: ints(lengths[b]!) };
          const cut = (arrays: Arrays) => {
            const rows = Object.entries(moveAll(arrays, batch, alone, (t) => [t, b]));
            const isState = (name: string) => /^[hc][0T]$/.test(name);
            return Object.fromEntries(rows.map(([k, v]) => [k, isState(k) ? v.slice(b * H, (b + 1) * H) : v]));
          };
          const one = run(cell, alone, cut(inputs), cut(dResults));
          expect(one.results).toEqual(cut(whole.results));
          for (const name of ["z", ...cell.states])
            expect(one.gradients[name], name).toEqual(cut(whole.gradients)[name]);
          for (const name of weightNames(cell)) {
            const sum = sums[name] ?? new Float64Array(whole.gradients[name]!.length);
            sums[name] = sum.map((value, n) => value + one.gradients[name]![n]!);
          }
        }
        for (const name of weightNames(cell))
          sums[name]!.forEach((value, n) => {
            expect(whole.gradients[name]![n]).toBeCloseTo(value, 12);
          });
      });

      test("two halves with the state handed over give what the whole gives", () => {
        const full = { ...batch, lengths: ints(5, 5, 5) };
        const random = new Random(5);
        const inputs = randomInputs(random, cell, full);
        const dResults = randomGradients(random, cell, full);
        const whole = run(cell, full, inputs, dResults);
        const early = { ...full, T: 2, lengths: ints(2, 2, 2) };
        const late = { ...full, T: 3, lengths: ints(3, 3, 3) };
        const [first, second] = reverse ? [late, early] : [early, late];
        const cut = (arrays: Arrays, half: Batch) =>
          moveAll(arrays, full, half, (t, b) => [half === late ? t + 2 : t, b]);
        const states = (from: Arrays) =>
          Object.fromEntries(cell.states.map((name) => [name, from[name.replace("0", "T")]!]));
        const finals = (from: Arrays) =>
          Object.fromEntries(cell.states.map((name) => [name.replace("0", "T"), from[name]!]));

        const firstInputs = cut(inputs, first);
        const firstPass = cell.forward(reference, first, firstInputs);
        const secondInputs = { ...cut(inputs, second), ...states(firstPass.results) };
        const secondPass = cell.forward(reference, second, secondInputs);
        const secondBack = cell.backward(reference, second, secondInputs, secondPass, cut(dResults, second));
        const handedBack = { ...cut(dResults, first), ...finals(secondBack) };
        const firstBack = cell.backward(reference, first, firstInputs, firstPass, handedBack);

        expect(firstPass.results.y).toEqual(cut(whole.results, first).y);
        expect(secondPass.results).toEqual(cut(whole.results, second));
        expect(firstBack.z).toEqual(cut(whole.gradients, first).z);
        expect(secondBack.z).toEqual(cut(whole.gradients, second).z);
        for (const state of cell.states) expect(firstBack[state]).toEqual(whole.gradients[state]);
      });

      test("inputs come back unchanged", () => {
        const random = new Random(6);
        const inputs = randomInputs(random, cell, batch);
        const dResults = randomGradients(random, cell, batch);
        const before = structuredClone({ inputs, dResults });
        const pass = cell.forward(reference, batch, inputs);
        const between = structuredClone(pass);
        cell.backward(reference, batch, inputs, pass, dResults);
        expect({ inputs, dResults }).toEqual(before);
        expect(pass).toEqual(between);
      });
    });
  }

  test("reverse is forward over the sequences turned round", () => {
    const backward = { ...ragged, reverse: true };
    const random = new Random(7);
    const inputs = randomInputs(random, cell, ragged);
    const dResults = randomGradients(random, cell, ragged);
    const turn = (arrays: Arrays) =>
      moveAll(arrays, ragged, ragged, (t, b) => {
        const length = ragged.lengths[b]!;
        return t < length ? [length - 1 - t, b] : [t, b];
      });
    const forward = run(cell, ragged, inputs, dResults);
    const turned = run(cell, backward, turn(inputs), turn(dResults));
    expect(turn(turned.results)).toEqual(forward.results);
    expect(turn(turned.gradients)).toEqual(forward.gradients);
    expect(turned.results.y).not.toEqual(forward.results.y);
  });

  test("no sequences, no units", () => {
    for (const batch of [
      { T: 3, B: 0, H: 2, reverse: false, lengths: ints() },
      { T: 3, B: 2, H: 0, reverse: true, lengths: ints(1, 3) },
      { T: 0, B: 0, H: 2, reverse: false, lengths: ints() },
    ] satisfies Batch[]) {
      const inputs = randomInputs(new Random(8), cell, batch);
      const { gradients } = run(cell, batch, inputs, randomGradients(new Random(9), cell, batch));
      for (const name of weightNames(cell)) expect(gradients[name]!.every((value) => value === 0)).toBe(true);
    }
  });
});

const sigma = (x: number) => 1 / (1 + Math.exp(-x));
const one = (value: number) => Float64Array.of(value);
const single = { T: 1, B: 1, H: 1, reverse: false, lengths: ints(1) };
const cellNamed = (name: string) => cells.find((cell) => cell.name === name)!;

test("a peephole LSTM shows c to i and f, and the new c to o (Gers & Schmidhuber 2000)", () => {
  const inputs = {
    z: Float64Array.of(0.1, 0.2, 0.3, 0.4),
    h0: one(0.5),
    c0: one(-0.6),
    wHh: Float64Array.of(0.7, -0.8, 0.9, 1),
    peepholes: Float64Array.of(1.1, 1.2, 1.3),
  };
  const { results } = cellNamed("lstm with peepholes").forward(reference, single, inputs);
  const i = sigma(0.1 + 0.35 + 1.1 * -0.6);
  const f = sigma(0.2 - 0.4 + 1.2 * -0.6);
  const c = f * -0.6 + i * Math.tanh(0.3 + 0.45);
  const o = sigma(0.4 + 0.5 + 1.3 * c);
  expect(results.cT![0]).toBeCloseTo(c, 14);
  expect(results.hT![0]).toBeCloseTo(o * Math.tanh(c), 14);
  expect(results.y).toEqual(results.hT);
});

test("peepholes of 0 are no peepholes", () => {
  const inputs = randomInputs(new Random(1), cellNamed("lstm"), ragged);
  const { results } = cellNamed("lstm").forward(reference, ragged, inputs);
  const withZeros = { ...inputs, peepholes: new Float64Array(3 * ragged.H) };
  expect(cellNamed("lstm with peepholes").forward(reference, ragged, withZeros).results).toEqual(results);
});

test("a GRU keeps h where z is 1, and r multiplies the bias of hn too", () => {
  const gru = (z: number[], biasHn: number) =>
    cellNamed("gru").forward(reference, single, {
      z: Float64Array.from(z),
      h0: one(0.5),
      wHh: Float64Array.of(0.7, -0.8, 0.9),
      biasHn: one(biasHn),
    }).results.hT![0]!;
  expect(gru([0, 100, 3], 1)).toBe(0.5);
  const [r, z] = [sigma(0.1 + 0.35), sigma(0.2 - 0.4)];
  expect(gru([0.1, 0.2, 0.3], 0.6)).toBeCloseTo((1 - z) * Math.tanh(0.3 + r * (0.45 + 0.6)) + z * 0.5, 14);
});

test("a simplified GRU is a GRU without r", () => {
  const { results } = cellNamed("gru simplified").forward(reference, single, {
    z: Float64Array.of(0.2, 0.3),
    h0: one(0.5),
    wHh: Float64Array.of(-0.8, 0.9),
  });
  const z = sigma(0.2 - 0.4);
  expect(results.hT![0]).toBeCloseTo((1 - z) * Math.tanh(0.3 + 0.45) + z * 0.5, 14);
});

test("32-bit arrays give what 64-bit ones give, to their rounding", () => {
  const batch = { T: 6, B: 2, H: 5, reverse: false, lengths: ints(6, 4) };
  const { T, B, H } = batch;
  const cell = cellNamed("lstm");
  const inputs = randomInputs(new Random(2), cell, batch);
  const { y, c, hT, cT } = { y: T * B * H, c: T * B * H, hT: B * H, cT: B * H };
  const [y32, hT32] = [new Float32Array(y), new Float32Array(hT)];
  reference.lstmForward({
    ...batch,
    gates: Float32Array.from(inputs.z!),
    h0: Float32Array.from(inputs.h0!),
    c0: Float32Array.from(inputs.c0!),
    wHh: Float32Array.from(inputs.wHh!),
    peepholes: null,
    y: y32,
    c: new Float32Array(c),
    hT: hT32,
    cT: new Float32Array(cT),
  });
  const exact = cell.forward(reference, batch, inputs).results.y!;
  y32.forEach((value, n) => {
    expect(Math.abs(value - exact[n]!)).toBeLessThan(5e-7);
  });
  expect(dot(exact, exact)).toBeGreaterThan(1);
});
