import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOS, EOS, KindError, PAD, Random, type Tokens, UNK, ValueError } from "../base/index.ts";
import { type Filter, greedy, type NextStep, type SampleOptions, sample, sampling } from "./index.ts";

const [A, B, C] = [4, 5, 6];

/** A model by hand: the probabilities of PAD UNK BOS EOS a b c after each token. */
const probabilities: Readonly<Record<number, readonly number[]>> = {
  [PAD]: [1, 0, 0, 0, 0, 0, 0],
  [UNK]: [0, 0, 0, 1, 0, 0, 0],
  [BOS]: [0, 0, 0, 0, 0.5, 0.3, 0.2],
  [A]: [0.1, 0.2, 0.1, 0.1, 0.2, 0.2, 0.1],
  [B]: [0, 0, 0, 0.5, 0.25, 0, 0.25],
  [C]: [0, 0, 0, 0.2, 0.2, 0.3, 0.3],
};
const table: NextStep<number> = ({ ids, shape }, state) => {
  const last = ids.subarray(-shape[1]!);
  return {
    logits: Array.from(last).flatMap((id) => probabilities[id]!.map(Math.log)),
    state: (state ?? 0) + shape[0]!,
  };
};
const seeded = <O extends Partial<SampleOptions<number>>>(seed: number, options?: O) => ({
  ...options,
  random: new Random(seed),
});

/** Pearson's chi-square of counts against expected probabilities; impossible outcomes must not occur. */
function chiSquare(counts: readonly number[], expected: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count, v) => {
    const mean = expected[v]! * total;
    if (mean > 0) return sum + (count - mean) ** 2 / mean;
    expect(count).toBe(0);
    return sum;
  }, 0);
}

describe("the frequencies of what is drawn", () => {
  const frequencies = (options: Partial<SampleOptions<number>>, prompt: number[] = []) => {
    const counts = new Array<number>(7).fill(0);
    const drawn = sample(table, seeded(7, { maxLength: 1, count: 20000, prompts: [prompt], ...options }));
    for (const { ids, end } of drawn) counts[end === "eos" ? EOS : ids[0]!]!++;
    return counts;
  };
  // The chi-square that one in a thousand samples exceeds, by degrees of freedom.
  const critical = [0, 10.83, 13.82, 16.27, 18.47];

  test.each<[string, Partial<SampleOptions<number>>, number[], number[]]>([
    ["are the model's at the start", {}, [], [0, 0, 0, 0, 5, 3, 2]],
    ["are those after the prompt, without PAD, UNK and BOS", {}, [B, A], [0, 0, 0, 1, 2, 2, 1]],
    ["hold UNK when asked for", { unknown: true }, [A], [0, 2, 0, 1, 2, 2, 1]],
    ["are squares at temperature 0.5", { temperature: 0.5 }, [], [0, 0, 0, 0, 25, 9, 4]],
    ["are roots at temperature 2", { temperature: 2 }, [], [0, 0, 0, 0, 5 ** 0.5, 3 ** 0.5, 2 ** 0.5]],
    ["are of the likeliest k", { topK: 2 }, [], [0, 0, 0, 0, 5, 3, 0]],
    ["are of the nucleus", { topP: 0.75 }, [], [0, 0, 0, 0, 5, 3, 0]],
    ["are of the nucleus after temperature", { topP: 0.85, temperature: 0.5 }, [], [0, 0, 0, 0, 25, 9, 0]],
    ["are of the nucleus of the likeliest k", { topK: 2, topP: 0.6 }, [], [0, 0, 0, 0, 1, 0, 0]],
    // After A: EOS 1/6, A 2/6, B 2/6, C 1/6. A and B surprise by 1.10, C and EOS by 1.79, and 1.33 is expected.
    ["are of the typical", { typical: 0.6 }, [A], [0, 0, 0, 0, 1, 1, 0]],
    ["are squares where they came before", { repetitionPenalty: 2 }, [A, C], [0, 0, 0, 0.2, 0.04, 0.3, 0.09]],
    [
      "are what the filters leave",
      { filters: [(scores) => Array.from(scores, (s, v) => (v === A ? -Infinity : s))] },
      [],
      [0, 0, 0, 0, 0, 3, 2],
    ],
  ])("%s", (_, options, prompt, weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const counts = frequencies(options, prompt);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20000);
    const freedom = weights.filter((weight) => weight > 0).length - 1;
    expect(
      chiSquare(
        counts,
        weights.map((weight) => weight / total),
      ),
    ).toBeLessThanOrEqual(critical[freedom]!);
  });

  test("would not pass for another table", () => {
    expect(chiSquare(frequencies({}), [0, 0, 0, 0, 0.51, 0.29, 0.2])).toBeGreaterThan(critical[2]! / 2);
    expect(chiSquare(frequencies({}), [0, 0, 0, 0, 0.53, 0.27, 0.2])).toBeGreaterThan(critical[2]!);
  });
});

describe("a sequence", () => {
  test("ends with EOS, which is not part of it, or at maxLength", () => {
    const drawn = sample(table, seeded(1, { count: 200, maxLength: 3 }));
    for (const { ids, end } of drawn) {
      expect(ids.length).toBeLessThanOrEqual(3);
      if (end === "length") expect(ids.length).toBe(3);
      for (const id of ids) expect([A, B, C]).toContain(id);
    }
    expect(drawn.some(({ end }) => end === "eos")).toBe(true);
    expect(drawn.some(({ end }) => end === "length")).toBe(true);
  });

  test("has the log-probability the model gives it, before any filter, EOS included", () => {
    for (const { ids, end, logProb } of sample(table, seeded(2, { count: 50, temperature: 0.7, topK: 3 }))) {
      const tokens = [BOS, ...ids, ...(end === "eos" ? [EOS] : [])];
      const expected = tokens.slice(1).reduce((sum, id, t) => sum + Math.log(probabilities[tokens[t]!]![id]!), 0);
      expect(logProb).toBeCloseTo(expected, 10);
    }
  });

  test("is the same for the same seed, whatever else is in the batch", () => {
    const prompts = fc.array(fc.array(fc.constantFrom(A, B, C), { maxLength: 5 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(prompts, fc.integer(), (given, seed) => {
        const all = sample(table, seeded(seed, { prompts: given }));
        expect(all.length).toBe(given.length);
        const fewer = sample(table, seeded(seed, { prompts: given.slice(0, 1) }));
        expect(all.slice(0, 1)).toEqual(fewer);
        const random = new Random(seed);
        const alone = given.map((prompt) => {
          const child = random.fork();
          // A generator whose first fork is this child.
          return sample(table, { prompts: [prompt], random: Object.assign(new Random(0), { fork: () => child }) })[0];
        });
        expect(all).toEqual(alone);
      }),
    );
  });

  test("comes count times from each prompt, those of one prompt together", () => {
    const drawn = sample(table, seeded(3, { prompts: [[UNK], [B, B]], count: 2, topK: 1 }));
    expect(drawn.map(({ ids }) => ids)).toEqual([[], [], [], []]);
    const ends = sample(table, seeded(3, { prompts: [[UNK], [C]], count: 2, maxLength: 1, topK: 1 }));
    expect(ends.map(({ end }) => end)).toEqual(["eos", "eos", "length", "length"]);
  });
});

describe("the model", () => {
  /** The table, noting what it is asked. */
  const watched = () => {
    const calls: { shape: readonly number[]; ids: number[]; state: number | null }[] = [];
    const step: NextStep<number> = (tokens: Tokens, state) => {
      calls.push({ shape: tokens.shape, ids: [...tokens.ids], state });
      return table(tokens, state);
    };
    return { calls, step };
  };

  test("reads BOS and the prompt in one call, then one token a call, and gets its state back", () => {
    const { calls, step } = watched();
    greedy(step, { prompts: [[C, A]], maxLength: 3 });
    expect(calls).toEqual([
      { shape: [3, 1], ids: [BOS, C, A], state: null },
      { shape: [1, 1], ids: [A], state: 3 },
      { shape: [1, 1], ids: [A], state: 4 },
    ]);
  });

  test("reads what prompts of unequal length share in one call, and PAD where a sequence has ended", () => {
    const { calls, step } = watched();
    const drawn = greedy(step, { prompts: [[UNK], [C, C, B, A]], maxLength: 2 });
    expect(calls.map(({ shape, ids }) => ({ shape, ids }))).toEqual([
      { shape: [2, 2], ids: [BOS, BOS, UNK, C] },
      { shape: [1, 2], ids: [PAD, C] },
      { shape: [1, 2], ids: [PAD, B] },
      { shape: [1, 2], ids: [PAD, A] },
      { shape: [1, 2], ids: [PAD, A] },
    ]);
    expect(drawn.map(({ ids, end }) => [ids, end])).toEqual([
      [[], "eos"],
      [[A, A], "length"],
    ]);
  });

  test("begins from a state and other tokens than BOS when given", () => {
    const { calls, step } = watched();
    greedy(step, { state: 40, begin: [], prompts: [[B]], maxLength: 1 });
    greedy(step, { begin: [C, A], maxLength: 1 });
    expect(calls).toEqual([
      { shape: [1, 1], ids: [B], state: 40 },
      { shape: [2, 1], ids: [C, A], state: null },
    ]);
  });

  test("may reuse the memory of its logits", () => {
    const memory = new Float32Array(7);
    const reusing: NextStep<number> = (tokens, state) => {
      memory.set(table(tokens, state).logits);
      return { logits: memory, state: 0 };
    };
    const options = { maxLength: 20 };
    expect(sample(reusing, seeded(5, options)).map(({ ids }) => ids)).toEqual(
      sample(table, seeded(5, options)).map(({ ids }) => ids),
    );
  });

  test("is asked for no more of a sequence that was told to end", () => {
    const asked: [drawn: number[], sequence: number][] = [];
    const drawn = greedy(table, {
      prompts: [[C], [A]],
      maxLength: 5,
      until(ids, sequence) {
        asked.push([[...ids], sequence]);
        return sequence === 1 && ids.length === 2;
      },
    });
    expect(drawn.map(({ ids, end }) => [ids, end])).toEqual([
      [[B], "eos"],
      [[A, A], "until"],
    ]);
    expect(asked).toEqual([
      [[B], 0],
      [[A], 1],
      [[A, A], 1],
    ]);
  });

  test("shows filters the prompt and what was drawn", () => {
    const seen: number[][] = [];
    const watching: Filter = (scores, ids) => {
      seen.push([...ids]);
      return scores;
    };
    greedy(table, { prompts: [[C]], maxLength: 3, filters: [watching] });
    expect(seen).toEqual([[C], [C, B]]);
  });
});

describe("greedy", () => {
  test("takes the likeliest, the lowest id of equals", () => {
    expect(greedy(table)).toMatchObject([{ ids: [A, A, A, A].concat(new Array(96).fill(A)), end: "length" }]);
    expect(greedy(table, { prompts: [[C]] })).toMatchObject([{ ids: [B], end: "eos" }]);
  });

  test("is sampling at temperature 0, whatever the seed and the other options", () => {
    for (const more of [{}, { topP: 0.1 }, { topK: 3 }]) {
      const options = { prompts: [[A], [B], [C]], maxLength: 9 };
      expect(sample(table, seeded(9, { ...options, ...more, temperature: 0 }))).toEqual(greedy(table, options));
    }
  });

  test("takes UNK when asked for", () => {
    expect(greedy(table, { prompts: [[A]], unknown: true, maxLength: 5 })[0]!.ids).toEqual([UNK]);
  });
});

describe("limits", () => {
  /** Whole sequences drawn as the options say, and as they would be with other ways to the same end. */
  const limited = fc.record({
    seed: fc.nat(1000),
    minLength: fc.nat(4),
    maxLength: fc.integer({ min: 4, max: 8 }),
    noRepeat: fc.constantFrom(0, 3),
    prefix: fc.constantFrom([], [A], [C, A, A]),
    temperature: fc.constantFrom(0, 1),
  });

  test("hold for every sequence, whose log-probability counts the prefix", () => {
    fc.assert(
      fc.property(limited, ({ seed, prefix, ...options }) => {
        const prompts = [[C], [A, A]];
        const drawn = sample(table, seeded(seed, { ...options, prompts, prefixes: [prefix, prefix], count: 3 }));
        drawn.forEach(({ ids, end, logProb }, i) => {
          expect(ids.slice(0, prefix.length)).toEqual(prefix);
          expect(ids.length).toBeGreaterThanOrEqual(options.minLength);
          expect(end).toBe(ids.length === options.maxLength ? "length" : "eos");
          const tokens = [...prompts[Math.floor(i / 3)]!, ...ids];
          const grams = tokens.slice(2).map((_, t) => String(tokens.slice(t, t + 3)));
          // What is forced may repeat.
          const free = grams.slice(prompts[Math.floor(i / 3)]!.length + prefix.length);
          if (options.noRepeat > 0 && prefix.length === 0) expect(new Set(grams).size).toBe(grams.length);
          if (options.noRepeat > 0) expect(new Set(free).size).toBe(free.length);
          const path = [...tokens, ...(end === "eos" ? [EOS] : [])];
          const from = prompts[Math.floor(i / 3)]!.length;
          const expected = path
            .slice(from)
            .reduce((sum, id, t) => sum + Math.log(probabilities[path[from + t - 1]!]![id]!), 0);
          expect(logProb).toBeCloseTo(expected, 10);
        });
      }),
      { numRuns: 60 },
    );
  });

  test("of many prompts hold as for each alone, and no matter whether what has ended leaves the batch", () => {
    const prompts = [[], [A, B], [C], [A]];
    fc.assert(
      fc.property(limited, ({ seed, temperature, noRepeat }) => {
        const limits = { minLength: [0, 3, 0, 2], maxLength: [3, 3, 9, 5], prefixes: [[], [A], [C, B], []] };
        const options = { temperature, noRepeat, prompts };
        const all = sample(table, seeded(seed, { ...options, ...limits }));
        // The state of the table is a number: there is nothing to choose.
        const left: number[] = [];
        const select = (state: number, rows: readonly number[]) => {
          left.push(rows.length);
          return state;
        };
        expect(sample(table, seeded(seed, { ...options, ...limits, select }))).toEqual(all);
        expect(left.every((rows, i) => rows < (left[i - 1] ?? 4))).toBe(true);
        const forks = new Random(seed);
        prompts.forEach((prompt, i) => {
          const random = forks.fork();
          const own = {
            minLength: limits.minLength[i]!,
            maxLength: limits.maxLength[i]!,
            prefixes: [limits.prefixes[i]!],
          };
          const alone = sample(table, {
            ...{ temperature, noRepeat, prompts: [prompt], ...own },
            random: Object.assign(new Random(0), { fork: () => random }),
          });
          expect(alone[0]).toEqual(all[i]);
        });
      }),
      { numRuns: 60 },
    );
  });

  test("are the same whether or not the likeliest is looked for in a copy", () => {
    fc.assert(
      fc.property(limited, ({ seed: _, prefix, temperature: __, ...options }) => {
        const given = { ...options, prompts: [[], [C, A]], prefixes: [prefix, []], never: [B] };
        const copied = greedy(table, { ...given, filters: [(scores) => scores] });
        expect(greedy(table, given)).toEqual(copied);
        for (const { ids } of copied) expect(ids).not.toContain(B);
      }),
      { numRuns: 60 },
    );
  });

  test("a model with select is asked for no sequence that has ended", () => {
    const widths: number[] = [];
    const watching: NextStep<number> = (tokens, state) => {
      widths.push(tokens.shape[1]!);
      return table(tokens, state);
    };
    greedy(watching, { prompts: [[A], [A], [A]], maxLength: [3, 1, 2], select: (state) => state });
    expect(widths).toEqual([3, 2, 1]);
  });
});

describe("sampling", () => {
  test("gives tokens as they are drawn, and the sequences at the end", () => {
    const options = { prompts: [[], [A, B], [C]], maxLength: 6 };
    const rounds = sampling(table, seeded(11, options));
    const streamed: number[][] = [[], [], []];
    for (;;) {
      const { value, done } = rounds.next();
      if (done) {
        expect(value).toEqual(sample(table, seeded(11, options)));
        expect(streamed).toEqual(value.map(({ ids, end }) => (end === "eos" ? [...ids, EOS] : ids)));
        return;
      }
      value.forEach((id, b) => {
        if (id >= 0) streamed[b]!.push(id);
      });
    }
  });

  test("asks the model for no more than is taken", () => {
    let calls = 0;
    const counting: NextStep<number> = (tokens, state) => {
      calls++;
      return table(tokens, state);
    };
    for (const _ of sampling(counting, seeded(1, { maxLength: 50, topK: 1 }))) if (calls === 3) break;
    expect(calls).toBe(3);
  });

  test("checks its options before the first round is asked for", () => {
    expect(() => sampling(table, seeded(1, { topK: 0 }))).toThrow("sample: topK must be at least 1, got 0");
  });
});

describe("what cannot be", () => {
  const random = new Random(1);
  test.each<[unknown, Error]>([
    [{}, new KindError("sample: random must be a Random, got undefined; pass new Random(seed)")],
    [{ random, temperature: -1 }, new ValueError("sample: temperature must be at least 0, got -1")],
    [{ random, temperature: "warm" }, new KindError('sample: temperature must be a number, got "warm"')],
    [{ random, temperature: Number.NaN }, new KindError("sample: temperature must be a number, got NaN")],
    [{ random, temperature: Infinity }, new KindError("sample: temperature must be a number, got Infinity")],
    [{ random, topK: 0 }, new ValueError("sample: topK must be at least 1, got 0")],
    [{ random, topK: 1.5 }, new KindError("sample: topK must be a whole number, got 1.5")],
    [{ random, topP: 0 }, new ValueError("sample: topP must be more than 0, got 0")],
    [{ random, topP: 1.5 }, new ValueError("sample: topP must be at most 1, got 1.5")],
    [{ random, maxLength: 0 }, new ValueError("sample: maxLength must be at least 1, got 0")],
    [{ random, temprature: 1 }, new ValueError('sample: no option "temprature"; did you mean "temperature"?')],
    [{ random, minLength: 9, maxLength: 3 }, new ValueError("sample: minLength must be at most maxLength = 3, got 9")],
    [
      { random, prefixes: [[A, A]], maxLength: 1 },
      new ValueError("sample: prefixes[0] must hold at most maxLength = 1 tokens, got 2"),
    ],
    [{ random, prefixes: [[A, 9]] }, new ValueError("sample: prefixes[0] must hold ids below V = 7, got 9 at 1")],
    [{ random, never: [0.5] }, new ValueError("sample: never must hold ids, whole numbers from 0, got 0.5 at 0")],
    [{ random, select: 3 }, new KindError("sample: select must be a function that chooses rows of the state, got 3")],
    [{ random, count: 0 }, new ValueError("sample: count must be a whole number from 1, got 0")],
    [{ random, prompts: [] }, new ValueError("sample: prompts must hold at least 1 prompt, got 0")],
    [
      { random, prompts: [[4], []], begin: [] },
      new ValueError("sample: prompts[1] must hold at least 1 token when begin has none, got 0"),
    ],
    [
      { random, prompts: [[4], [4, -1]] },
      new ValueError("sample: prompts[1] must hold ids, whole numbers from 0, got -1 at 1"),
    ],
    [{ random, begin: [0.5] }, new ValueError("sample: begin must hold ids, whole numbers from 0, got 0.5 at 0")],
  ])("%j", (options, error) => {
    expect(() => sample(table, options as never)).toThrow(error);
  });

  const fixed =
    (...logits: number[]): NextStep<null> =>
    () => ({ logits, state: null });

  test.each([Number.NaN, Infinity])("a model that gives %d", (value) => {
    const error = (who: string) =>
      new ValueError(
        `${who}: logits must be finite or -Infinity, got ${value} for token 5 of sequence 0 after 0 drawn; the weights of the model may have diverged in training`,
      );
    expect(() => greedy(fixed(0, 0, 0, 0, 0, value))).toThrow(error("greedy"));
    expect(() => sample(fixed(0, 0, 0, 0, 0, value), { random })).toThrow(error("sample"));
  });

  test("a NaN for a sequence that has ended is nobody's harm", () => {
    const step: NextStep<number> = (_, state) => {
      const t = state ?? 0;
      const [stop, go] = [
        [-9, -9, -9, 0, -9],
        [-9, -9, -9, -9, 0],
      ];
      return {
        logits: [...(t === 0 ? stop : new Array<number>(5).fill(Number.NaN)), ...(t < 3 ? go : stop)],
        state: t + 1,
      };
    };
    expect(greedy(step, { count: 2 }).map(({ ids }) => ids)).toEqual([[], [4, 4, 4]]);
  });

  test("a model that leaves no token", () => {
    const none = "needs a token that may come next, got none for sequence 0 after 0 drawn; forbid fewer";
    expect(() => sample(fixed(0, 0, 0), { random })).toThrow(new ValueError(`sample: ${none}`));
    expect(() => greedy(fixed(0, 0, 0, -Infinity))).toThrow(new ValueError(`greedy: ${none}`));
  });

  test("logits that are no [B V]", () => {
    expect(() => sample(fixed(0, 0, 0), { random, count: 2 })).toThrow(
      new ValueError("sample: logits [B V] of a step must hold a multiple of B = 2 numbers, got 3"),
    );
    expect(() => greedy(fixed())).toThrow(
      new ValueError("greedy: logits [B V] of a step must hold a multiple of B = 1 numbers, got 0"),
    );
  });
});
