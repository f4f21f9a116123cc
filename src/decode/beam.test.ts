import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  A,
  B,
  C,
  exhaustive,
  modelOf,
  naiveBeam,
  randomSearch,
  randomTable,
  randomWeights,
  type Seen,
  select,
  settingsOf,
  type Table,
  type Weigh,
} from "../../test/search-tables.ts";
import { EOS, KindError, type Tokens, UNK, ValueError } from "../base/index.ts";
import { type BeamOptions, beam, beaming, type Traced, traceBeam } from "./beam.ts";
import type { Hypothesis } from "./hypothesis.ts";
import type { NextStep } from "./next-step.ts";
import { greedy } from "./sample.ts";
import { logSumExp } from "./scores.ts";

type Options = Partial<BeamOptions<Seen>>;
const search = (table: Table, options: Options = {}, weigh?: Weigh) =>
  beam(modelOf(table, weigh), { select, ...options });
const likeliest: Options = { normalisation: "none" };

/** Greedy takes A, after which nothing is likely; the likeliest sequence is B, B. */
const gardenPath: Table = (seen) => {
  if (seen.length === 0) return [0, 0, 0, 0, 0.5, 0.4, 0.1];
  if (seen[0] === A) return [0, 0, 0, 0.3, 0.25, 0.25, 0.2];
  return seen.length === 1 ? [0, 0, 0, 0.05, 0, 0.9, 0.05] : [0, 0, 0, 1, 0, 0, 0];
};

/** Ids and ends exactly, numbers but for rounding. */
function expectSame(found: readonly Hypothesis[], expected: readonly Hypothesis[]): void {
  expect(found.map(({ ids, end }) => [ids, end])).toEqual(expected.map(({ ids, end }) => [ids, end]));
  found.forEach(({ logProb, score }, i) => {
    expect(logProb).toBeCloseTo(expected[i]!.logProb, 10);
    expect(score).toBeCloseTo(expected[i]!.score, 10);
  });
}

/** A model that gives no more than it is asked for. */
function answering(step: NextStep<Seen>): NextStep<Seen> {
  return (tokens, state, asked) => {
    const result = step(tokens, state);
    if (!asked) return result;
    const { count, barred } = asked;
    const rows = tokens.shape[1]!;
    const V = result.logits.length / rows;
    const ids = new Int32Array(rows * count).fill(-1);
    const logits = new Float64Array(rows * count);
    const totals = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const all = Array.from(result.logits).slice(row * V, row * V + V);
      totals[row] = logSumExp(all, 0, V);
      const order = [...all.keys()]
        .filter((id) => all[id]! > -Infinity && !barred.includes(id))
        .sort((i, j) => all[j]! - all[i]! || i - j);
      for (const [i, id] of order.slice(0, count).entries()) {
        ids[row * count + i] = id;
        logits[row * count + i] = all[id]!;
      }
    }
    return { ...result, logits, ids, totals };
  };
}

describe("a model that gives no more than it is asked for", () => {
  test("is searched as one that gives all", () => {
    let answered = 0;
    fc.assert(
      fc.property(randomSearch, fc.integer({ min: 1, max: 9 }), fc.boolean(), (given, beamSize, greedyFirst) => {
        const settings = { ...settingsOf(given), best: Math.min(given.best, beamSize), beamSize, greedyFirst, select };
        const model = modelOf(randomTable(given), randomWeights(given));
        const answers = answering(model);
        const counting: NextStep<Seen> = (tokens, state, asked) => {
          if (asked) answered++;
          return answers(tokens, state, asked);
        };
        expect(beam(counting, settings)).toEqual(beam(model, settings));
        expect(traceBeam(counting, settings)).toEqual(traceBeam(model, settings));
      }),
      { numRuns: 300 },
    );
    expect(answered).toBeGreaterThan(300);
  });

  test("is asked for as many as may be taken and one more, and never where what came before matters", () => {
    const asked: unknown[] = [];
    const step: NextStep<Seen> = (tokens, state, wanted) => {
      asked.push(wanted && [wanted.count, ...wanted.barred]);
      return modelOf(gardenPath)(tokens, state);
    };
    const one = { select, beamSize: 3, maxLength: 1 };
    beam(step, one);
    beam(step, { ...one, unknown: true, never: [C, C] });
    traceBeam(step, one);
    beam(step, { ...one, noRepeat: 2 });
    beam(step, { ...one, filters: [(scores) => scores] });
    beam(step, { ...one, prefixes: [[B]] });
    beam(step, { ...one, beamSize: 1000 });
    expect(asked).toEqual([[4, 0, 2, UNK], [4, 0, 2, C], [7, 0, 2, UNK], ...new Array(4).fill(undefined)]);
  });
});

describe("states that a search is done with", () => {
  interface State {
    readonly seen: Seen;
    readonly life: { isOver: boolean };
  }

  test("are given back once each, and nothing goes on from them", () => {
    fc.assert(
      fc.property(randomSearch, fc.integer({ min: 1, max: 5 }), fc.boolean(), (given, beamSize, greedyFirst) => {
        const { prompts, prefixes, sourceLengths, ...rest } = settingsOf(given);
        const both = <T>([one]: readonly T[]) => [one!, one!];
        const settings = {
          ...{ ...rest, best: 1, beamSize, greedyFirst },
          ...{ prompts: both(prompts), prefixes: both(prefixes), sourceLengths: both(sourceLengths) },
        };
        const model = modelOf(randomTable(given), randomWeights(given));
        let [made, givenBack] = [0, 0];
        const step: NextStep<State> = (tokens, state) => {
          expect(state?.life.isOver ?? false).toBe(false);
          made++;
          const result = model(tokens, state?.seen ?? null);
          return { ...result, state: { seen: result.state, life: { isOver: false } } };
        };
        const found = beam(step, {
          ...settings,
          select: ({ seen, life }, rows) => ({ seen: select(seen, rows), life }),
          release: ({ life }) => {
            expect(life.isOver).toBe(false);
            life.isOver = true;
            givenBack++;
          },
        });
        expect(found).toEqual(beam(model, { ...settings, select }));
        expect(givenBack).toBe(made);
      }),
      { numRuns: 100 },
    );
  });
});

describe("beam search", () => {
  test("finds what greedy misses", () => {
    expect(greedy(modelOf(gardenPath))[0]!.logProb).toBeCloseTo(Math.log(0.5 * 0.3), 12);
    const [[found]] = search(gardenPath, { ...likeliest, beamSize: 2 }) as [[Hypothesis]];
    const logProb = expect.closeTo(Math.log(0.4) + Math.log(0.9), 12);
    expect(found).toEqual({ ids: [B, B], logProb, score: found.logProb, end: "eos" });
  });

  test("gives the best first, as many as are asked for, or as there are", () => {
    const [three] = search(gardenPath, { ...likeliest, beamSize: 5, best: 3 }) as [Hypothesis[]];
    // A, B is as likely as A, A.
    expect(three.map(({ ids }) => ids)).toEqual([[B, B], [A], [A, A]]);
    const one: Table = (seen) => (seen.length === 0 ? [0, 0, 0, 0, 1, 0, 0] : [0, 0, 0, 1, 0, 0, 0]);
    expect(search(one, { beamSize: 5, best: 5 })).toEqual([[{ ids: [A], logProb: 0, score: 0, end: "eos" }]]);
  });

  test("divides by T^0.7, EOS counted, or as it is told, so that a longer sequence may win", () => {
    // A alone: 0.5 * 0.5; A B C: 0.5 * 0.5 * 0.8 * 0.8.
    const table: Table = (seen) =>
      [
        [0, 0, 0, 0, 0.5, 0.3, 0.2],
        [0, 0, 0, 0.5, 0, 0.5, 0],
        [0, 0, 0, 0.1, 0.1, 0, 0.8],
        [0, 0, 0, 0.8, 0.1, 0.1, 0],
      ][seen.length] ?? [0, 0, 0, 1, 0, 0, 0];
    const best = (options: Options) => search(table, { beamSize: 9, ...options })[0]![0]!;
    const [short, long] = [Math.log(0.5 * 0.5), Math.log(0.5 * 0.5 * 0.8 * 0.8)];
    expect(best({ normalisation: "none", alpha: 9 })).toMatchObject({ ids: [A], score: expect.closeTo(short, 12) });
    expect(best({ alpha: 0 })).toMatchObject({ ids: [A], score: expect.closeTo(short, 12) });
    expect(best({})).toMatchObject({ ids: [A, B, C], score: expect.closeTo(long / 4 ** 0.7, 12) });
    const gnmt = best({ normalisation: "gnmt", alpha: 1.5 });
    expect(gnmt).toMatchObject({ ids: [A, B, C], score: expect.closeTo(long / (9 / 6) ** 1.5, 12) });
    expect(best({ normalisation: "gnmt", alpha: 0.5 }).ids).toEqual([A]);
  });

  test("of width 1 is greedy, whatever the normalisation, the limits and the prefix", () => {
    fc.assert(
      fc.property(randomSearch, (given) => {
        const { coverage: _, ...settings } = settingsOf(given);
        const table = randomTable(given);
        const [[found]] = search(table, { ...settings, beamSize: 1, best: 1 }) as [[Hypothesis]];
        const { minLength, maxLength, noRepeat, prefixes, prompts } = settings;
        const [taken] = greedy(modelOf(table), { minLength, maxLength, noRepeat, prefixes, prompts });
        expect({ ids: found.ids, end: found.end, logProb: found.logProb }).toEqual(taken);
      }),
    );
  });

  test("wider than the number of sequences finds the best of all", () => {
    fc.assert(
      fc.property(randomSearch, (given) => {
        const settings = settingsOf(given);
        const table = randomTable(given);
        const weigh = randomWeights(given);
        const all = exhaustive(table, weigh, settings);
        const [found] = search(table, { ...settings, beamSize: 200, best: given.best }, weigh) as [Hypothesis[]];
        expectSame(found, all.slice(0, given.best));
      }),
      { numRuns: 60 },
    );
  });

  test("is what a search is that keeps objects and never ends early", () => {
    fc.assert(
      fc.property(randomSearch, fc.integer({ min: 1, max: 7 }), (given, beamSize) => {
        const settings = { ...settingsOf(given), beamSize, best: Math.min(beamSize, given.best) };
        const table = randomTable(given);
        const weigh = randomWeights(given);
        expectSame(search(table, settings, weigh)[0]!, naiveBeam(table, weigh, settings));
      }),
      { numRuns: 300 },
    );
  });

  test("ends early only where that changes nothing, and then asks the model for no more", () => {
    // After A EOS is certain: by likelihood nothing can beat it, at a high alpha what goes on still may.
    const table: Table = (seen) =>
      seen.length === 0 ? [0, 0, 0, 0, 0.9, 0.1, 0] : seen[0] === A ? [0, 0, 0, 0.9, 0.1, 0, 0] : [0, 0, 0, 0, 0, 0, 1];
    const calls = (options: Options) => {
      const rows: number[] = [];
      const model = modelOf(table);
      const counting: typeof model = (tokens, state) => {
        rows.push(tokens.shape[1]!);
        return model(tokens, state);
      };
      const [[found]] = beam(counting, { select, beamSize: 3, maxLength: 50, ...options }) as [[Hypothesis]];
      return { rows, ids: found.ids };
    };
    expect(calls({ alpha: 0 })).toEqual({ rows: [1, 2], ids: [A] });
    expect(calls({ coverage: 0, normalisation: "none" })).toEqual({ rows: [1, 2], ids: [A] });
    // A, A, A, A is so unlikely that it leaves the beam, while B, C, C, ... goes on to win.
    const { rows, ids } = calls({ alpha: 1 });
    expect(ids).toEqual([B, ...new Array<number>(49).fill(C)]);
    expect(rows).toEqual([1, 2, 2, 2, ...new Array<number>(46).fill(1)]);
  });

  test("searches many prompts, of unequal length and with limits of their own, as each alone", () => {
    const prompts = [[], [A], [B, C, A], [C]];
    const limits = { minLength: [0, 2, 1, 0], maxLength: [5, 2, 3, 4], prefixes: [[], [B], [], [A, A]] };
    fc.assert(
      fc.property(randomSearch, (random) => {
        const given = { ...random, minLength: 1, prefix: [A] };
        const [table, weigh] = [randomTable(given), randomWeights(given)];
        const { minLength: _, maxLength: __, prefixes: ___, ...rest } = settingsOf(given);
        const options = { ...rest, beamSize: 3, best: 2, sourceLengths: [3, 1, 2, 3] };
        const alone = prompts.map((prompt, i) => {
          const own = {
            minLength: limits.minLength[i]!,
            maxLength: limits.maxLength[i]!,
            sourceLengths: [options.sourceLengths[i]!],
          };
          return search(table, { ...options, ...own, prefixes: [limits.prefixes[i]!], prompts: [prompt] }, weigh)[0];
        });
        expect(search(table, { ...options, ...limits, prompts }, weigh)).toEqual(alone);
        const rules = {
          minLength: (i: number) => limits.minLength[i]!,
          maxLength: (i: number) => limits.maxLength[i]!,
        };
        expect(search(table, { ...options, ...limits, ...rules, prompts }, weigh)).toEqual(alone);
      }),
    );
  });

  test("reads a prompt in one call, then one token of each sequence kept; what has ended leaves the batch", () => {
    const shapes: (readonly number[])[] = [];
    const model = modelOf(gardenPath);
    const watching: typeof model = (tokens: Tokens, state) => {
      shapes.push(tokens.shape);
      return model(tokens, state);
    };
    const from = (options: Options) => {
      shapes.length = 0;
      beam(watching, { select, beamSize: 3, ...likeliest, ...options });
      return shapes;
    };
    expect(from({ prompts: [[C, B]], maxLength: 9 })).toEqual([[3, 1]]);
    expect(from({ maxLength: 2 })).toEqual([
      [1, 1],
      [1, 3],
    ]);
    expect(from({ prompts: [[], [B, B], []], maxLength: [1, 9, 2] })).toEqual([
      [1, 3],
      [1, 4],
      [1, 1],
    ]);
  });

  test("takes no UNK unless asked to, and nothing that a filter takes out", () => {
    const table: Table = (seen) => (seen.length === 0 ? [0.1, 0.6, 0.1, 0, 0.2, 0, 0] : [0, 0, 0, 1, 0, 0, 0]);
    expect(search(table)[0]![0]).toMatchObject({ ids: [A], logProb: expect.closeTo(Math.log(0.2), 12) });
    expect(search(table, { unknown: true })[0]![0]!.ids).toEqual([UNK]);
    expect(search(gardenPath, { never: [A], beamSize: 1 })[0]![0]!.ids).toEqual([B, B]);
    const noA = (scores: ArrayLike<number>) => Array.from(scores, (score, v) => (v === A ? -Infinity : score));
    expect(search(gardenPath, { filters: [noA], beamSize: 1 })[0]![0]!.ids).toEqual([B, B]);
  });

  test("takes the model's totals in the place of its own", () => {
    const model = modelOf(gardenPath);
    const withTotals: typeof model = (tokens, state) => {
      const result = model(tokens, state);
      return { ...result, totals: new Float64Array(tokens.shape[1]!).fill(1) };
    };
    // Each token is e times less likely than it was.
    const [[found]] = beam(withTotals, { select, ...likeliest, beamSize: 2 }) as [[Hypothesis]];
    expect(found).toMatchObject({ ids: [A], logProb: expect.closeTo(Math.log(0.5 * 0.3) - 2, 12) });
  });

  test("a model that never ends is ended at maxLength", () => {
    const runaway: Table = () => [0, 0, 0, 0, 0.5, 0.5, 0];
    const options = { beamSize: 3, prompts: [[], []], maxLength: [2, 300] };
    const found = search(runaway, options);
    expect(found.map(([first]) => [first!.ids.length, first!.end])).toEqual([
      [2, "length"],
      [300, "length"],
    ]);
    expect(greedy(modelOf(runaway), { prompts: [[], []], maxLength: [2, 300] }).map(({ ids }) => ids.length)).toEqual([
      2, 300,
    ]);
    expect(search(runaway, { prompts: [[]] })[0]![0]!.ids.length).toBe(100);
  });

  test("many tokens are searched as few are, ties in their order", () => {
    // Scores of few values, so that the highest 50 of 3000 are decided by their ids.
    const V = 3000;
    const row = Float32Array.from({ length: V }, (_, v) => (v * 7919) % 13);
    const step: NextStep<null> = ({ shape }) => {
      const logits = new Float32Array(shape[1]! * V);
      for (let b = 0; b < shape[1]!; b++) logits.set(row, b * V);
      return { logits, state: null };
    };
    const expected = Array.from(row, (score, v) => ({ score, v }))
      .filter(({ v }) => v > 3)
      .sort((a, b) => b.score - a.score || a.v - b.v);
    const [found] = beam(step, { select: () => null, beamSize: 50, best: 50, maxLength: 1 });
    expect(found!.map(({ ids }) => ids[0])).toEqual(expected.slice(0, 50).map(({ v }) => v));
    const [pairs] = beam(step, { select: () => null, beamSize: 40, best: 40, maxLength: 2, minLength: 2 });
    expect(pairs!.map(({ ids }) => ids)).toEqual(expected.slice(0, 40).map(({ v }) => [expected[0]!.v, v]));
  });

  test("has no more memory than sequences, however wide it may become", () => {
    const prompts = Array.from({ length: 200 }, () => []);
    const before = process.memoryUsage().arrayBuffers;
    const steps = beaming(modelOf(gardenPath), { select, beamSize: 10_000, prompts, ...likeliest });
    steps.next();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000);
  });

  test("yields after each step, and checks its options before the first", () => {
    const steps = beaming(modelOf(gardenPath), { select, beamSize: 2, ...likeliest });
    let count = 0;
    for (let step = steps.next(); !step.done; step = steps.next()) count++;
    expect(count).toBe(3);
    expect(() => beaming(modelOf(gardenPath), { select, beamSize: 0 })).toThrow(
      new ValueError("beam: beamSize must be at least 1, got 0"),
    );
  });
});

describe("with a greedy search first", () => {
  const randomWidth = fc.integer({ min: 2, max: 7 });

  test("finds the very one of a beam, or a better one, which then is the greedy one", () => {
    fc.assert(
      fc.property(randomSearch, randomWidth, (given, beamSize) => {
        const settings = { ...settingsOf(given), best: 1 };
        const [table, weigh] = [randomTable(given), randomWeights(given)];
        const [[plain]] = search(table, { ...settings, beamSize }, weigh) as [[Hypothesis]];
        const [[taken]] = search(table, { ...settings, beamSize: 1 }, weigh) as [[Hypothesis]];
        const [[found, ...others]] = search(table, { ...settings, beamSize, greedyFirst: true }, weigh) as [
          [Hypothesis],
        ];
        expect(others).toEqual([]);
        if (plain.score >= taken.score || found.score <= plain.score) expect(found).toEqual(plain);
        else expect(found).toEqual(taken);
        const [{ hypotheses }] = traceBeam(modelOf(table, weigh), {
          ...settings,
          ...{ beamSize, greedyFirst: true, select },
        }) as [Traced];
        expect(hypotheses).toEqual([found]);
      }),
      { numRuns: 200 },
    );
  });

  test("wider than the number of sequences finds the best of all", () => {
    fc.assert(
      fc.property(randomSearch, (given) => {
        const settings = { ...settingsOf(given), best: 1 };
        const [table, weigh] = [randomTable(given), randomWeights(given)];
        const found = search(table, { ...settings, beamSize: 200, greedyFirst: true }, weigh);
        expectSame(found[0]!, exhaustive(table, weigh, settings).slice(0, 1));
      }),
      { numRuns: 60 },
    );
  });

  test("searches many prompts as each alone", () => {
    const prompts = [[], [A], [B, C, A], [C]];
    fc.assert(
      fc.property(randomSearch, randomWidth, (given, beamSize) => {
        const { prompts: _, prefixes, sourceLengths, ...rest } = settingsOf(given);
        const settings = { ...rest, beamSize, best: 1, greedyFirst: true };
        const [table, weigh] = [randomTable(given), randomWeights(given)];
        const each = prompts.map(
          (prompt) => search(table, { ...settings, prefixes, sourceLengths, prompts: [prompt] }, weigh)[0],
        );
        const all = { prefixes: prompts.map(() => prefixes[0]!), sourceLengths: prompts.map(() => sourceLengths[0]!) };
        expect(search(table, { ...settings, ...all, prompts }, weigh)).toEqual(each);
      }),
    );
  });

  const rowsOf = (table: Table, options: Options) => {
    const rows: number[] = [];
    const model = modelOf(table);
    const counting: typeof model = (tokens, state) => {
      rows.push(tokens.shape[1]!);
      return model(tokens, state);
    };
    const found = beam(counting, { select, beamSize: 3, maxLength: 20, greedyFirst: true, ...options });
    return { rows, ids: found.map(([first]) => first!.ids) };
  };
  const stepwise = (probabilities: readonly (readonly number[])[]) => (seen: readonly number[]) =>
    probabilities[seen.length] ?? [0, 0, 0, 1, 0, 0, 0];

  test("ends with it where nothing else may score as much", () => {
    const sure = stepwise([
      [0, 0, 0, 0.001, 0.997, 0.001, 0.001],
      [0, 0, 0, 0.001, 0.001, 0.997, 0.001],
    ]);
    expect(rowsOf(sure, {})).toEqual({ rows: [1, 1, 1], ids: [[A, B]] });
    expect(rowsOf(sure, { greedyFirst: false }).rows).toEqual([1, 2, 2]);
    expect(rowsOf(sure, { best: 2 }).rows).toEqual(rowsOf(sure, { best: 2, greedyFirst: false }).rows);
  });

  test("follows what may score as much, and nothing else, from the first step on", () => {
    // After A, B and C are about as likely; A itself is certain.
    const torn = stepwise([
      [0, 0, 0, 0.001, 0.997, 0.001, 0.001],
      [0, 0, 0, 0, 0.001, 0.5, 0.499],
      [0, 0, 0, 0.997, 0.001, 0.001, 0.001],
    ]);
    // Three steps of greedy, the first of them shared, then one row, and two.
    expect(rowsOf(torn, { maxLength: 4 })).toEqual({ rows: [1, 1, 1, 1, 2], ids: [[A, B]] });
  });

  test("gives what it found where that falls out of the beam", () => {
    const alongA = [
      [0, 0.6, 0, 0, 0.4, 0, 0],
      [0, 0.8, 0, 0, 0.2, 0, 0],
      [0, 0, 0, 1, 0, 0, 0],
    ];
    const alongB = [
      [0, 0, 0, 0, 0.34, 0.33, 0.33],
      [0, 0, 0, 0, 0.5, 0.5, 0],
      [0, 0, 0, 0.1, 0.3, 0.3, 0.3],
      [0, 0, 0, 1, 0, 0, 0],
    ];
    const fallen: Table = ([first, ...more]) =>
      first === undefined ? [0, 0, 0, 0, 0.6, 0.37, 0.03] : (first === A ? alongA : alongB)[more.length]!;
    const options = { select, beamSize: 3, ...likeliest };
    const [plain] = search(fallen, options)[0] as [Hypothesis];
    const [found] = search(fallen, { ...options, greedyFirst: true })[0] as [Hypothesis];
    expect(plain.ids[0]).toBe(B);
    expect(found).toMatchObject({ ids: [A, A, A], logProb: expect.closeTo(Math.log(0.6 * 0.4 * 0.2), 12) });
    const [{ hypotheses, tree }] = traceBeam(modelOf(fallen), { ...options, greedyFirst: true }) as [Traced];
    expect(hypotheses).toEqual([found]);
    expect(tree.nodes.filter(({ fate }) => fate === "best")).toEqual([]);
  });

  test("gives it up where a whole beam may score more, and takes only the prompts on that need it", () => {
    const flat: Table = (seen) => (seen.length < 5 ? [0, 0, 0, 0, 0.34, 0.33, 0.33] : [0, 0, 0, 1, 0, 0, 0]);
    expect(rowsOf(flat, {}).rows).toEqual([1, 1, 3, 3, 3, 3, 3]);
    const mixed: Table = (seen) => (seen[0] === C ? flat(seen) : [0, 0, 0, 1, 0, 0, 0]);
    const { rows, ids } = rowsOf(mixed, { prompts: [[A], [C], [B]], maxLength: 9 });
    expect(rows).toEqual([3, 1, 3, 3, 3, 3]);
    expect(ids).toEqual([[], [A, A, A, A], []]);
  });

  test("does not end where greedy leads nowhere", () => {
    const trap: Table = (seen) =>
      seen.length === 0 ? [0, 0, 0, 0, 0.6, 0.4, 0] : seen[0] === A ? [1, 0, 0, 0, 0, 0, 0] : [0, 0, 0, 1, 0, 0, 0];
    expect(rowsOf(trap, {}).ids).toEqual([[B]]);
    expect(() => rowsOf(() => [1, 0, 0, 0, 0, 0, 0], {})).toThrow(
      new ValueError("beam: needs a token that may come next, got none for sequence 0 after 0 found; forbid fewer"),
    );
  });
});

describe("coverage", () => {
  // Both as likely; A, A looks at one position twice, A, B at both.
  const table: Table = (seen) =>
    [
      [0, 0, 0, 0, 1, 0, 0],
      [0, 0, 0, 0, 0.5, 0.5, 0],
    ][seen.length] ?? [0, 0, 0, 1, 0, 0, 0];
  const weights = (read: readonly number[]) => (read.at(-1) === B ? [0, 1, 0] : [1, 0, 0]);
  const found = (options: Options) =>
    beam(modelOf(table, weights), { select, beamSize: 4, best: 2, ...likeliest, ...options })[0]!;

  test("prefers what looks at the whole source", () => {
    expect(found({}).map(({ ids }) => ids)).toEqual([
      [A, A],
      [A, B],
    ]);
    const [first, second] = found({ coverage: 0.2, sourceLengths: [2] });
    expect(first).toMatchObject({ ids: [A, B], score: expect.closeTo(Math.log(0.5), 12) });
    // A position that was not looked at counts as 1e-9, so that a score is a number.
    expect(second).toMatchObject({ ids: [A, A], score: expect.closeTo(Math.log(0.5) + 0.2 * Math.log(1e-9), 12) });
    expect(second!.logProb).toBe(first!.logProb);
  });

  test("counts all positions where no lengths are given", () => {
    const [first] = found({ coverage: 0.2 });
    expect(first!.score).toBeCloseTo(Math.log(0.5) + 0.2 * Math.log(1e-9), 12);
  });

  test("needs weights that fit", () => {
    expect(() => search(table, { coverage: 1 })).toThrow(
      new KindError("beam: coverage needs a model that gives weights with its logits, got undefined"),
    );
    expect(() =>
      beam(
        modelOf(table, () => []),
        { select, coverage: 1 },
      ),
    ).toThrow(new ValueError("beam: weights [B S] of a step must hold a multiple of B = 1 numbers, got 0"));
    expect(() => found({ coverage: 1, sourceLengths: [4] })).toThrow(
      new ValueError("beam: sourceLengths[0] must be at most S = 3 of the weights, got 4"),
    );
    expect(() => found({ sourceLengths: [] })).toThrow(
      new ValueError("beam: sourceLengths must hold one for each prompt, of which there is 1, got 0"),
    );
    expect(() => found({ sourceLengths: [0] })).toThrow(
      new ValueError("beam: sourceLengths[0] must be a whole number from 1, got 0"),
    );
  });
});

describe("a traced search", () => {
  test("finds the same, and tells what became of each node", () => {
    const [traced] = traceBeam(modelOf(gardenPath), { select, beamSize: 2, ...likeliest });
    expect(traced!.hypotheses).toEqual(search(gardenPath, { beamSize: 2, ...likeliest })[0]);
    const shown = traced!.tree.nodes.map(({ parent, token, step, fate }) => [parent, token, step, fate]);
    expect(shown).toEqual([
      [null, null, 0, "kept"],
      [0, A, 1, "kept"],
      [0, B, 1, "kept"],
      [0, C, 1, "pruned"],
      [2, B, 2, "kept"],
      [1, EOS, 2, "finished"],
      [1, A, 2, "pruned"],
      [1, B, 2, "pruned"],
      [4, EOS, 3, "best"],
    ]);
  });

  test("is whole: parents before children, sums that add up, each sequence found a path of it", () => {
    fc.assert(
      fc.property(randomSearch, fc.integer({ min: 1, max: 5 }), (given, beamSize) => {
        const options = { ...settingsOf(given), beamSize, best: Math.min(beamSize, given.best) };
        const table = randomTable(given);
        const model = modelOf(table, randomWeights(given));
        const [plain] = beam(model, { select, ...options });
        const [{ hypotheses, tree }] = traceBeam(model, { select, ...options }) as [Traced];
        expect(hypotheses).toEqual(plain);
        const { nodes } = tree;
        expect(nodes[0]).toEqual({ id: 0, parent: null, token: null, logProb: 0, score: 0, step: 0, fate: "kept" });
        nodes.slice(1).forEach(({ id, parent, step, logProb }, i) => {
          expect(id).toBe(i + 1);
          if (parent === null) throw new Error("a second root");
          expect(parent).toBeLessThan(id);
          expect(nodes[parent]).toMatchObject({ step: step - 1, fate: "kept" });
          expect(logProb).toBeLessThanOrEqual(nodes[parent]!.logProb);
        });
        const path = (id: number): number[] =>
          nodes[id]!.parent === null ? [] : [...path(nodes[id]!.parent!), nodes[id]!.token!];
        const best = nodes.filter(({ fate }) => fate === "best");
        expect(best.length).toBe(1);
        const [{ ids, end, score }] = hypotheses as [Hypothesis];
        expect([path(best[0]!.id), best[0]!.score]).toEqual([end === "eos" ? [...ids, EOS] : ids, score]);
        for (let step = 1; step <= options.maxLength; step++) {
          const kept = nodes.filter((node) => node.step === step && node.fate !== "pruned");
          expect(kept.length).toBeLessThanOrEqual(beamSize);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("what cannot be", () => {
  test.each<[unknown, Error]>([
    [{}, new KindError("beam: select must be a function that chooses rows of the state, got undefined")],
    [{ select, beamSize: 0 }, new ValueError("beam: beamSize must be at least 1, got 0")],
    [{ select, beamSize: 10_001 }, new ValueError("beam: beamSize must be at most 10000, got 10001")],
    [{ select, alpha: -1 }, new ValueError("beam: alpha must be at least 0, got -1")],
    [{ select, coverage: -1 }, new ValueError("beam: coverage must be at least 0, got -1")],
    [
      { select, normalisation: "gmnt" },
      new ValueError('beam: normalisation must be one of length, gnmt, none, got "gmnt"; did you mean "gnmt"?'),
    ],
    [
      { select, beamSize: 2, best: 3 },
      new ValueError("beam: best must be at most beamSize = 2, got 3; raise beamSize, or ask for fewer"),
    ],
    [
      { select, width: 2 },
      new ValueError(
        'beam: no option "width"; it has beamSize, best, normalisation, alpha, coverage, minLength, maxLength, noRepeat, unknown',
      ),
    ],
    [{ select, prompts: [] }, new ValueError("beam: prompts must hold at least 1 prompt, got 0")],
    [{ select, maxLength: 0 }, new ValueError("beam: maxLength must be at least 1, got 0")],
    [{ select, maxLength: "9" }, new KindError('beam: maxLength must be a number, got "9"')],
    [{ select, maxLength: null }, new KindError("beam: maxLength must be a number, got null")],
    [{ select, maxLength: [0] }, new ValueError("beam: maxLength must be a whole number from 1, got 0 for prompt 0")],
    [
      { select, minLength: () => 0.5 },
      new ValueError("beam: minLength must be a whole number from 0, got 0.5 for prompt 0"),
    ],
    [
      { select, prompts: [[A], [B]], maxLength: [1, 2, 3] },
      new ValueError("beam: maxLength must hold one number for each prompt, of which there are 2, got 3"),
    ],
    [{ select, minLength: 4, maxLength: 3 }, new ValueError("beam: minLength must be at most maxLength = 3, got 4")],
    [
      { select, prompts: [[A], [B]], minLength: [1, 4], maxLength: 3 },
      new ValueError("beam: minLength must be at most maxLength = 3, got 4 for prompt 1"),
    ],
    [{ select, never: [-1] }, new ValueError("beam: never must hold ids, whole numbers from 0, got -1 at 0")],
    [{ select, noRepeat: -1 }, new ValueError("beam: noRepeat must be at least 0, got -1")],
    [
      { select, prefixes: [[A], [B]] },
      new ValueError("beam: prefixes must hold one for each prompt, of which there is 1, got 2"),
    ],
    [
      { select, prefixes: [[A, A, A]], maxLength: 2 },
      new ValueError("beam: prefixes[0] must hold at most maxLength = 2 tokens, got 3"),
    ],
    [{ select, prefixes: [[A, EOS]] }, new ValueError("beam: prefixes[0] must not hold PAD, BOS or EOS, got 3 at 1")],
    [
      { select, prefixes: [[-1]] },
      new ValueError("beam: prefixes[0] must hold ids, whole numbers from 0, got -1 at 0"),
    ],
    [{ select, prefixes: [[A, 7]] }, new ValueError("beam: prefixes[0] must hold ids below V = 7, got 7 at 1")],
    [
      { select, prefixes: [[B, A]] },
      new ValueError("beam: prefixes[0] must hold tokens that may come, got 4 at 1, which the model rules out"),
    ],
  ])("%j", (options, error) => {
    expect(() => beam(modelOf(gardenPath), options as never)).toThrow(error);
  });

  test("a model that gives NaN, or leaves no token", () => {
    expect(() => search(() => [0, 0, 0, 0, Number.NaN])).toThrow(
      new ValueError(
        "beam: logits must be finite or -Infinity, got NaN for token 4 of sequence 0 after 0 found; the weights of the model may have diverged in training",
      ),
    );
    const none = "beam: needs a token that may come next, got none for sequence 0 after";
    expect(() => search(() => [1, 1, 1])).toThrow(new ValueError(`${none} 0 found; forbid fewer`));
    expect(() => search(() => [0, 0, 0, 0, 0, 0, 0])).toThrow(new ValueError(`${none} 0 found; forbid fewer`));
    expect(() => search(() => [0, 0, 0, 0, 1], { noRepeat: 1 })).toThrow(
      new ValueError(`${none} 1 found; forbid fewer`),
    );
  });

  test("likeliest tokens that do not fit, or whose totals are missing or no numbers", () => {
    const likeliest = (answer: object): NextStep<Seen> => {
      return (_, state) => ({ logits: [-1, -2], state: state!, ...answer }) as ReturnType<NextStep<Seen>>;
    };
    const found = (answer: object, options: Options = {}) =>
      beam(likeliest(answer), { select, beamSize: 1, ...options });
    expect(() => found({ ids: Int32Array.of(4), totals: [0] })).toThrow(
      new ValueError("beam: ids of a step must be as many as its logits, 2, got 1"),
    );
    expect(() => found({ ids: Int32Array.of(4, 5), totals: [0] }, { noRepeat: 1 })).toThrow(
      new ValueError("beam: a step must give all logits, without ids, where it is not asked for less"),
    );
    expect(() => found({ ids: Int32Array.of(4, 5), totals: [0] }, { beamSize: 2 })).toThrow(
      new ValueError("beam: a step that is asked for 3 tokens of each row must give as many, got 2"),
    );
    expect(() => found({ ids: Int32Array.of(4, 5) })).toThrow(
      new ValueError("beam: a step that gives ids must give totals [B] too"),
    );
    expect(() => found({ ids: Int32Array.of(4, 5), totals: [Number.NaN] })).toThrow(
      new ValueError(
        "beam: logits must be finite or -Infinity, got a total of NaN of sequence 0 after 0 found; the weights of the model may have diverged in training",
      ),
    );
  });

  test("totals that do not fit, or are no numbers", () => {
    const withTotals =
      (totals: readonly number[]): NextStep<Seen> =>
      (tokens, state) => ({ ...modelOf(gardenPath)(tokens, state), totals });
    expect(() => beam(withTotals([1, 2]), { select })).toThrow(
      new ValueError("beam: totals [B] of a step must hold B = 1 numbers, got 2"),
    );
    expect(() => beam(withTotals([Number.NaN]), { select })).toThrow(
      new ValueError("beam: totals must be finite or -Infinity, got NaN for sequence 0 after 0 found"),
    );
  });
});
