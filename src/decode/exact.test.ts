import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  A,
  B,
  C,
  exhaustive,
  modelOf,
  randomSearch,
  randomTable,
  randomWeights,
  type Seen,
  select,
  settingsOf,
  type Table,
} from "../../test/search-tables.ts";
import { KindError, ValueError } from "../base/index.ts";
import { beam } from "./beam.ts";
import { type ExactOptions, exact, exacting } from "./exact.ts";
import type { Hypothesis } from "./hypothesis.ts";
import type { NextStep } from "./next-step.ts";

type Options = Partial<ExactOptions<Seen>>;
const search = (table: Table, options: Options = {}) => exact(modelOf(table), { select, ...options });

/** A is likeliest at first and leads nowhere; greedy and narrow beams take it. B, C is the best. */
const gardenPath: Table = (seen) => {
  if (seen.length === 0) return [0, 0, 0, 0, 0.6, 0.4, 0];
  if (seen[0] === A) return [0, 0, 0, 0.25, 0.25, 0.25, 0.25];
  return seen.length === 1 ? [0, 0, 0, 0.1, 0, 0, 0.9] : [0, 0, 0, 1, 0, 0, 0];
};

describe("exact search", () => {
  test("equals exhaustive search, with and without an incumbent, however many it extends in a call", () => {
    const width = fc.constantFrom(1, 2, 64);
    fc.assert(
      fc.property(randomSearch, width, fc.integer({ min: 0, max: 4 }), (given, width, beamSize) => {
        const options = { ...settingsOf(given), select };
        const [table, weigh] = [randomTable(given), randomWeights(given)];
        const model = modelOf(table, weigh);
        const [expected] = exhaustive(table, weigh, options) as [Hypothesis];
        const incumbents = beamSize > 0 ? beam(model, { ...options, beamSize }).map(([best]) => best) : undefined;
        const [proof] = exact(model, { ...options, width, budget: 1000, ...(incumbents && { incumbents }) });
        expect(proof).toMatchObject({ certified: true, bound: proof!.best!.score });
        const { ids, end, logProb, score } = proof!.best!;
        expect([ids, end]).toEqual([expected.ids, expected.end]);
        expect(logProb).toBeCloseTo(expected.logProb, 10);
        expect(score).toBeCloseTo(expected.score, 10);
      }),
      { numRuns: 200 },
    );
  });

  test("is never below a beam, never wrong when certain, and bounds the best when not, on any budget", () => {
    fc.assert(
      fc.property(
        randomSearch,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        (given, budget, beamSize) => {
          const options = { ...settingsOf(given), select };
          const [table, weigh] = [randomTable(given), randomWeights(given)];
          const model = modelOf(table, weigh);
          const [expected] = exhaustive(table, weigh, options) as [Hypothesis];
          const [[incumbent]] = beam(model, { ...options, beamSize }) as [[Hypothesis]];
          for (const given of [[incumbent], [null]]) {
            const [{ best, certified, bound, calls }] = exact(model, {
              ...options,
              budget,
              width: 2,
              incumbents: given,
            }) as [ReturnType<typeof exact>[0]];
            expect(calls).toBeLessThanOrEqual(budget);
            expect(bound).toBeGreaterThanOrEqual(expected.score - 1e-12);
            if (best) expect(best.score).toBeLessThanOrEqual(expected.score + 1e-12);
            if (certified) expect(best!.score).toBeCloseTo(expected.score, 10);
            if (given[0]) expect(best!.score).toBeGreaterThanOrEqual(given[0].score);
            expect(bound).toBeGreaterThanOrEqual(best?.score ?? -Infinity);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("proves that a narrow beam was wrong", () => {
    const options = { select, alpha: 0 };
    const [[found]] = beam(modelOf(gardenPath), { ...options, beamSize: 1 }) as [[Hypothesis]];
    expect(found.ids).toEqual([A]);
    const [proof] = search(gardenPath, { ...options, incumbents: [found] });
    expect(proof).toMatchObject({
      best: { ids: [B, C], logProb: expect.closeTo(Math.log(0.36), 12) },
      certified: true,
    });
    // The start, then A and B, then B C.
    expect(proof!.calls).toBe(3);
  });

  test("takes a call for each token while no more may win than fit into it, and as many rows as may win", () => {
    const rows: number[] = [];
    const model = modelOf(gardenPath);
    const watching: typeof model = (tokens, state) => {
      rows.push(tokens.shape[1]!);
      return model(tokens, state);
    };
    const [[found]] = beam(model, { select, alpha: 0, beamSize: 3 }) as [[Hypothesis]];
    expect(exact(watching, { select, alpha: 0, incumbents: [found] })[0]!.certified).toBe(true);
    expect(rows).toEqual([1, 2, 1]);
    rows.length = 0;
    exact(watching, { select, alpha: 0, incumbents: [found], width: 1 });
    // A is likelier than B, and B, C likelier than B; what begins with A can win no more.
    expect(rows).toEqual([1, 1, 1, 1]);
  });

  test("tells each prompt of a batch what it would be told alone", () => {
    const prompts = [[], [A], [B, C, A]];
    fc.assert(
      fc.property(randomSearch, (random) => {
        const given = { ...random, minLength: 1, prefix: [A] };
        const model = modelOf(randomTable(given), randomWeights(given));
        const { minLength: _, prefixes: __, ...rest } = settingsOf(given);
        const options = { ...rest, select, budget: 7, width: 3, sourceLengths: [3, 1, 2] };
        const prefixes = [[], [B], []];
        const alone = prompts.map((prompt, i) => {
          const own = { prompts: [prompt], prefixes: [prefixes[i]!], sourceLengths: [options.sourceLengths[i]!] };
          return exact(model, { ...options, ...own })[0];
        });
        expect(exact(model, { ...options, prompts, prefixes })).toEqual(alone);
      }),
      { numRuns: 50 },
    );
  });

  test("asks for several prompts in one call", () => {
    const rows: number[] = [];
    const model = modelOf(gardenPath);
    const watching: typeof model = (tokens, state) => {
      rows.push(tokens.shape[1]!);
      return model(tokens, state);
    };
    const proofs = exact(watching, { select, alpha: 0, prompts: [[], [B], [], [B, C]] });
    expect(proofs.map(({ best, calls }) => [best!.ids, calls])).toEqual([
      [[B, C], 3],
      [[C], 2],
      [[B, C], 3],
      [[], 1],
    ]);
    // Two empty prompts; B; B and C; then A and B of each, and so on.
    expect(rows).toEqual([2, 1, 1, 4, 1, 2]);
  });

  test("begins from the row of a state that is its prompt's", () => {
    const state: Seen = [[A], [B]];
    const options = { select, alpha: 0, state, begin: [], prompts: [[A], [C]] };
    const found = exact(modelOf(gardenPath), options).map(({ best }) => best!.ids);
    expect(found).toEqual([[], []]);
    expect(beam(modelOf(gardenPath), options).map(([best]) => best!.ids)).toEqual(found);
  });

  test("says that there is nothing where there is", () => {
    expect(search(() => [1, 1, 1, 0, 0, 0, 0])).toEqual([{ best: null, certified: true, bound: -Infinity, calls: 1 }]);
    // EOS is all that could come, too early.
    expect(search(() => [0, 0, 0, 1, 0, 0, 0], { minLength: 2 })).toEqual([
      { best: null, certified: true, bound: -Infinity, calls: 1 },
    ]);
  });

  test("takes nothing that may never come", () => {
    expect(search(gardenPath, { alpha: 0, never: [B] })[0]!.best!.ids).toEqual([A]);
  });

  test("ends on its budget where the model never does", () => {
    const [proof] = search(() => [0, 0, 0, 0, 0.5, 0.25, 0.25], { maxLength: 1000, budget: 5, alpha: 0 });
    expect(proof).toMatchObject({ best: null, certified: false, calls: 5 });
    expect(proof!.bound).toBeCloseTo(5 * Math.log(0.5), 12);
  });

  test("forgets what is least likely rather than filling the memory, and does not call it certain then", () => {
    const V = 1 << 17;
    const row = Float32Array.from({ length: V }, (_, v) => (v === 3 ? -30 : -Math.log1p(v)));
    const flat: NextStep<null> = ({ shape }) => {
      const logits = new Float32Array(shape[1]! * V);
      for (let b = 0; b < shape[1]!; b++) logits.set(row, b * V);
      return { logits, state: null };
    };
    const [proof] = exact(flat, { select: () => null, alpha: 0, maxLength: 3, budget: 2, width: 10 });
    expect(proof).toMatchObject({ best: { ids: [] }, certified: false, calls: 2 });
    expect(proof!.bound).toBeGreaterThan(proof!.best!.score);
  });

  test("yields after each call, and checks its options before the first", () => {
    const steps = exacting(modelOf(gardenPath), { select, alpha: 0 });
    let count = 0;
    for (let step = steps.next(); !step.done; step = steps.next()) count++;
    expect(count).toBe(3);
    expect(() => exacting(modelOf(gardenPath), { select, budget: 0 })).toThrow(
      new ValueError("exact: budget must be at least 1, got 0"),
    );
  });
});

describe("what cannot be", () => {
  const incumbent: Hypothesis = { ids: [A], logProb: -2, score: -2, end: "eos" };
  test.each<[unknown, Error]>([
    [{}, new KindError("exact: select must be a function that chooses rows of the state, got undefined")],
    [{ select, budget: 0 }, new ValueError("exact: budget must be at least 1, got 0")],
    [{ select, width: 0 }, new ValueError("exact: width must be at least 1, got 0")],
    [
      { select, beamSize: 5 },
      new ValueError(
        'exact: no option "beamSize"; it has normalisation, alpha, coverage, minLength, maxLength, noRepeat, unknown, budget, width',
      ),
    ],
    [
      { select, incumbents: [null, null] },
      new ValueError("exact: incumbents must hold one for each prompt, of which there is 1, got 2"),
    ],
    [
      { select, alpha: 1, incumbents: [incumbent] },
      new ValueError(
        "exact: incumbents[0] must score -1 by its log-probability, got -2; find it with the same options",
      ),
    ],
    [
      { select, alpha: 0, coverage: 1, incumbents: [{ ...incumbent, score: -1 }] },
      new ValueError(
        "exact: incumbents[0] must score -2 by its log-probability, got -1; find it with the same options",
      ),
    ],
    [
      { select, maxLength: 1, incumbents: [incumbent] },
      new ValueError("exact: incumbents[0] must have at most maxLength = 1 tokens, got 2"),
    ],
    [{ select, prefixes: [[A, 9]] }, new ValueError("exact: prefixes[0] must hold ids below V = 7, got 9 at 1")],
    [
      { select, coverage: 1 },
      new KindError("exact: coverage needs a model that gives weights with its logits, got undefined"),
    ],
  ])("%j", (options, error) => {
    expect(() => exact(modelOf(gardenPath), options as never)).toThrow(error);
  });

  test("a model that gives NaN", () => {
    expect(() => search(() => [0, 0, 0, 0, Number.NaN])).toThrow(
      new ValueError(
        "exact: logits must be finite or -Infinity, got NaN for token 4 of sequence 0 after 0 found; the weights of the model may have diverged in training",
      ),
    );
  });
});
