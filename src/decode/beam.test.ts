import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOS, EOS, KindError, PAD, Random, type Tokens, UNK, ValueError } from "../base/index.ts";
import { type BeamOptions, beam, beaming, type Hypothesis } from "./beam.ts";
import { greedy, type NextStep } from "./sample.ts";

const [A, B, C] = [4, 5, 6];

/** Probabilities of the next token after a sequence, by its ids without BOS. */
type Table = (seen: readonly number[]) => readonly number[];

/** A model whose state is what each row has read. */
function modelOf(table: Table): NextStep<readonly (readonly number[])[]> {
  return ({ ids, shape: [T, rows] }, state) => {
    const read = Array.from({ length: rows! }, (_, b) => [
      ...(state?.[b] ?? []),
      ...Array.from({ length: T! }, (_, t) => ids[t * rows! + b]!),
    ]);
    return { logits: read.flatMap((seen) => table(seen.filter((id) => id !== BOS)).map(Math.log)), state: read };
  };
}

const select = (state: readonly (readonly number[])[], rows: readonly number[]) => rows.map((row) => state[row]!);
type Options = Partial<BeamOptions<readonly (readonly number[])[]>>;
const search = (table: Table, options: Options = {}) => beam(modelOf(table), { select, ...options });

/** Every sequence there is, the best first, by the rules that beam search promises. */
function exhaustive(table: Table, { maxLength, alpha }: { maxLength: number; alpha: number }): Hypothesis[] {
  const all: Hypothesis[] = [];
  const go = (ids: readonly number[], logProb: number) => {
    table(ids).forEach((p, v) => {
      if (p === 0 || v === PAD || v === UNK || v === BOS) return;
      const next = logProb + Math.log(p / table(ids).reduce((sum, q) => sum + q, 0));
      const n = ids.length + 1;
      const score = next / ((5 + n) / 6) ** alpha;
      if (v === EOS) all.push({ ids, logProb: next, score, end: "eos" });
      else if (n === maxLength) all.push({ ids: [...ids, v], logProb: next, score, end: "length" });
      else go([...ids, v], next);
    });
  };
  go([], 0);
  const length = ({ ids, end }: Hypothesis) => ids.length + (end === "eos" ? 1 : 0);
  return all.sort((a, b) => b.score - a.score || length(a) - length(b) || (String(a.ids) < String(b.ids) ? -1 : 1));
}

/** Random probabilities for every sequence, few different ones, so that ties are many; halves, so that sums are exact. */
function randomTable(seed: number): Table {
  const known = new Map<string, number[]>();
  const random = new Random(seed);
  return (seen) => {
    const key = String(seen);
    const made = known.get(key) ?? [0, 0, 0, ...random.shuffle([0.5, 0.25, 0.125, 0.125])];
    known.set(key, made);
    return made;
  };
}

/** Greedy takes A, after which nothing is likely; the likeliest sequence is B, B. */
const gardenPath: Table = (seen) => {
  if (seen.length === 0) return [0, 0, 0, 0, 0.5, 0.4, 0.1];
  if (seen[0] === A) return [0, 0, 0, 0.3, 0.25, 0.25, 0.2];
  return seen.length === 1 ? [0, 0, 0, 0.05, 0, 0.9, 0.05] : [0, 0, 0, 1, 0, 0, 0];
};

describe("beam search", () => {
  test("finds what greedy misses", () => {
    expect(greedy(modelOf(gardenPath))[0]!.logProb).toBeCloseTo(Math.log(0.5 * 0.3), 12);
    const [[found]] = search(gardenPath, { beamSize: 2 }) as [[Hypothesis]];
    expect(found).toEqual({ ids: [B, B], logProb: Math.log(0.4) + Math.log(0.9), score: found.score, end: "eos" });
    expect(found.score).toBe(found.logProb);
  });

  test("gives the best first, as many as are asked for, or as there are", () => {
    const [three] = search(gardenPath, { beamSize: 5, best: 3 }) as [Hypothesis[]];
    // A, B is as likely as A, A.
    expect(three.map(({ ids }) => ids)).toEqual([[B, B], [A], [A, A]]);
    const one: Table = (seen) => (seen.length === 0 ? [0, 0, 0, 0, 1, 0, 0] : [0, 0, 0, 1, 0, 0, 0]);
    expect(search(one, { beamSize: 5, best: 5 })).toEqual([[{ ids: [A], logProb: 0, score: 0, end: "eos" }]]);
  });

  test("divides by ((5 + n) / 6)^alpha, EOS counted, so that a longer sequence may win", () => {
    // A alone: 0.5 * 0.5; A B C: 0.5 * 0.5 * 0.8 * 0.8 * 0.9.
    const table: Table = (seen) =>
      [
        [0, 0, 0, 0, 0.5, 0.3, 0.2],
        [0, 0, 0, 0.5, 0, 0.5, 0],
        [0, 0, 0, 0.1, 0.1, 0, 0.8],
        [0, 0, 0, 0.8, 0.1, 0.1, 0],
      ][seen.length] ?? [0, 0, 0, 1, 0, 0, 0];
    expect(search(table, { beamSize: 9 })[0]![0]).toMatchObject({ ids: [A] });
    const [[found]] = search(table, { beamSize: 9, alpha: 1.5 }) as [[Hypothesis]];
    expect(found.ids).toEqual([A, B, C]);
    expect(found.score).toBeCloseTo(Math.log(0.5 * 0.5 * 0.8 * 0.8) / (9 / 6) ** 1.5, 12);
  });

  test.each([0, 0.6, 1, 2])("of width 1 is greedy, with alpha %d too", (alpha) => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 6 }), (seed, maxLength) => {
        const table = randomTable(seed);
        const [[found]] = search(table, { beamSize: 1, alpha, maxLength }) as [[Hypothesis]];
        const [taken] = greedy(modelOf(table), { maxLength });
        expect({ ids: found.ids, end: found.end }).toEqual({ ids: taken!.ids, end: taken!.end });
        expect(found.logProb).toBeCloseTo(taken!.logProb, 12);
      }),
    );
  });

  test.each([0, 0.6, 1, 2])("wider than the number of sequences finds the best of all, with alpha %d", (alpha) => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        (seed, length, best) => {
          const table = randomTable(seed);
          const all = exhaustive(table, { maxLength: length, alpha });
          const [found] = search(table, { beamSize: 200, best, alpha, maxLength: length }) as [Hypothesis[]];
          expect(found.map(({ ids, end }) => [ids, end])).toEqual(all.slice(0, best).map(({ ids, end }) => [ids, end]));
          found.forEach(({ logProb, score }, i) => {
            expect(logProb).toBeCloseTo(all[i]!.logProb, 12);
            expect(score).toBeCloseTo(all[i]!.score, 12);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  test("ends early only where that changes nothing, and then asks the model for no more", () => {
    // After A EOS is certain: at alpha 0 nothing can beat it, at a high alpha what goes on still may.
    const table: Table = (seen) =>
      seen.length === 0 ? [0, 0, 0, 0, 0.9, 0.1, 0] : seen[0] === A ? [0, 0, 0, 0.9, 0.1, 0, 0] : [0, 0, 0, 0, 0, 0, 1];
    const calls = (alpha: number) => {
      let count = 0;
      const model = modelOf(table);
      const counting: typeof model = (tokens, state) => {
        count++;
        return model(tokens, state);
      };
      const [[found]] = beam(counting, { select, beamSize: 3, alpha, maxLength: 50 }) as [[Hypothesis]];
      return { count, ids: found.ids };
    };
    expect(calls(0)).toEqual({ count: 2, ids: [A] });
    expect(calls(3)).toEqual({ count: 50, ids: [B, ...new Array<number>(49).fill(C)] });
  });

  test("searches many prompts, of unequal length, as each alone", () => {
    const prompts = [[], [A], [B, C, A], [C]];
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(0, 1), (seed, alpha) => {
        const table = randomTable(seed);
        const options = { beamSize: 3, best: 2, alpha, maxLength: 5 };
        const alone = prompts.map((prompt) => search(table, { ...options, prompts: [prompt] })[0]);
        expect(search(table, { ...options, prompts })).toEqual(alone);
      }),
    );
  });

  test("reads a prompt in one call, and then one token of each sequence kept", () => {
    const shapes: (readonly number[])[] = [];
    const model = modelOf(gardenPath);
    const watching: typeof model = (tokens: Tokens, state) => {
      shapes.push(tokens.shape);
      return model(tokens, state);
    };
    beam(watching, { select, beamSize: 3, prompts: [[C, B]], maxLength: 9 });
    beam(watching, { select, beamSize: 3, maxLength: 2 });
    expect(shapes).toEqual([
      [3, 1],
      [1, 1],
      [1, 3],
    ]);
  });

  test("takes no UNK unless asked to, and nothing that a filter takes out", () => {
    const table: Table = (seen) => (seen.length === 0 ? [0.1, 0.6, 0.1, 0, 0.2, 0, 0] : [0, 0, 0, 1, 0, 0, 0]);
    expect(search(table)[0]![0]).toMatchObject({ ids: [A], logProb: expect.closeTo(Math.log(0.2), 12) });
    expect(search(table, { unknown: true })[0]![0]!.ids).toEqual([UNK]);
    const noA = (scores: ArrayLike<number>) => Array.from(scores, (score, v) => (v === A ? -Infinity : score));
    expect(search(gardenPath, { filters: [noA], beamSize: 1 })[0]![0]!.ids).toEqual([B, B]);
  });

  test("yields after each step", () => {
    const steps = beaming(modelOf(gardenPath), { select, beamSize: 2 });
    let count = 0;
    for (let step = steps.next(); !step.done; step = steps.next()) count++;
    expect(count).toBe(3);
  });
});

describe("what cannot be", () => {
  test.each<[unknown, Error]>([
    [{}, new KindError("beam: select must be a function that chooses rows of the state, got undefined")],
    [{ select, beamSize: 0 }, new ValueError("beam: beamSize must be at least 1, got 0")],
    [{ select, alpha: -1 }, new ValueError("beam: alpha must be at least 0, got -1")],
    [
      { select, beamSize: 2, best: 3 },
      new ValueError("beam: best must be at most beamSize = 2, got 3; raise beamSize, or ask for fewer"),
    ],
    [{ select, width: 2 }, new ValueError('beam: no option "width"; it has beamSize, best, alpha, maxLength, unknown')],
    [{ select, prompts: [] }, new ValueError("beam: prompts must hold at least 1 prompt, got 0")],
  ])("%j", (options, error) => {
    expect(() => beam(modelOf(gardenPath), options as never)).toThrow(error);
  });

  test("a model that gives NaN, or leaves no token", () => {
    expect(() => search(() => [0, 0, 0, 0, Number.NaN])).toThrow(
      new ValueError(
        "beam: logits must be finite or -Infinity, got NaN for token 4 of sequence 0 after 0 found; the weights of the model may have diverged in training",
      ),
    );
    expect(() => search(() => [1, 1, 1])).toThrow(
      new ValueError("beam: needs a token that may come next, got none for sequence 0 after 0 found; forbid fewer"),
    );
  });
});
