import { beforeAll, describe, expect, test } from "vitest";
import { FormatError, KindError, ValueError } from "../../base/index.ts";
import { type LanguageModel, type LanguageModelOptions, languageModel, type Session } from "./index.ts";

const sentence = "the cat sat on the mat and the dog sat on the log.\n";
const small: LanguageModelOptions = {
  unit: "text",
  hiddenSize: 24,
  embeddingSize: 12,
  layers: 2,
  epochs: 3,
  batchSize: 4,
  chunk: 16,
  rate: 0.02,
  kernels: { build: "wasm" },
} as LanguageModelOptions;

let text: LanguageModel;
let lines: LanguageModel;
beforeAll(async () => {
  text = await languageModel.train(sentence.repeat(40), small);
  const names = ["anna", "ben", "carla", "dan", "emma", "finn"].flatMap((name) => new Array<string>(10).fill(name));
  lines = await languageModel.train(names, { ...small, unit: "lines", epochs: 12 });
});

/** A session that was saved and restored. */
const again = (session: Session, model = text) => model.session(session.save());

describe("a session", () => {
  test.each(["", "the c"])(
    "writes what generate writes, in as many parts as it is written in (prompt %j)",
    (prompt) => {
      for (const seed of [1, 2, 3]) {
        const whole = text.generate({ prompt, seed, maxLength: 60, repetitionPenalty: 1.3 })[0];
        const session = text.session().read(prompt);
        const options = { maxLength: 20, repetitionPenalty: 1.3 };
        const parts = [session.generate({ ...options, seed }), session.generate(options), session.generate(options)];
        expect(prompt + parts.join("")).toBe(whole);
      }
    },
  );

  test("keeps to the limits that generate keeps to", () => {
    for (const seed of [1, 2, 3]) {
      const options = { prompt: "the ", noRepeat: 4, maxLength: 40, temperature: 1.5, seed };
      const [whole] = text.generate(options) as [string];
      const grams = Array.from({ length: whole.length - 3 }, (_, i) => whole.slice(i, i + 4));
      expect(new Set(grams).size).toBe(grams.length);
      const { prompt, ...rest } = options;
      expect(text.session().read(prompt).generate(rest)).toBe(whole.slice(prompt.length));
      const long = { minLength: 12, maxLength: 14, seed };
      const [name] = lines.generate({ ...long, samples: 1 }) as [string];
      expect([12, 13, 14]).toContain(name.length);
      expect(lines.session().generate(long)).toBe(name);
      expect(lines.generate({ ...long, minLength: 14, beamSize: 3 })[0]!.length).toBe(14);
    }
  });

  test.each(["", "the c"])("goes on to the bit after it was saved (prompt %j)", (prompt) => {
    const session = text.session().read(prompt);
    session.generate({ seed: 7, maxLength: 13 });
    const restored = again(again(session));
    expect(restored.save()).toEqual(session.save());
    expect(restored.next({ top: 30 })).toEqual(session.next({ top: 30 }));
    const options = { maxLength: 40, temperature: 1.2, repetitionPenalty: 1.5, repetitionWindow: 20 };
    expect(restored.generate(options)).toBe(session.generate(options));
    expect(restored.save()).toEqual(session.save());
  });

  test("is as good before anything was read", () => {
    expect(again(text.session()).generate({ maxLength: 20 })).toBe(text.generate({ maxLength: 20, seed: 1 })[0]);
  });

  test("reads a text in parts as it reads it in one", () => {
    const whole = text.session().read("the cat sat").next({ top: 30 });
    const parts = text.session().read("the c").read("").read("at sat");
    expect(parts.next({ top: 30 })).toEqual(whole);
    const looked = text.session().read("the c");
    looked.next();
    looked.read("at sat");
    looked.next({ top: 30 }).forEach(({ id, probability }, i) => {
      expect(id).toBe(whole[i]!.id);
      expect(probability).toBeCloseTo(whole[i]!.probability, 5);
    });
  });

  test("reads a text of any length, in memory that does not grow", () => {
    const session = text.session();
    for (let i = 0; i < 30; i++) session.read(sentence.repeat(5));
    expect(session.read("the ").next({ top: 1 })[0]!.probability).toBeGreaterThan(0.2);
    expect(session.save().length).toBeLessThan(20_000);
  });

  test("asked twice what may come says the same, and then goes on as though not asked", () => {
    const asked = text.session().read("the ");
    expect(asked.next()).toEqual(asked.next());
    expect(asked.generate({ maxLength: 30 })).toBe(text.session().read("the ").generate({ maxLength: 30 }));
  });

  test("with lines ends where the model ends the line, and then takes and gives no more", () => {
    const session = lines.session();
    const name = session.generate();
    expect(name).toBe(lines.generate({ samples: 1, seed: 1 })[0]);
    expect(session.isEnded).toBe(true);
    const over = new ValueError("session: the text must go on, but the model has ended it; begin a new one");
    for (const restored of [session, again(session, lines)]) {
      expect(() => restored.generate()).toThrow(over);
      expect(() => restored.next()).toThrow(over);
      expect(() => restored.read("a")).toThrow(over);
    }
  });
});

describe.each(["bpe", "words", "whitespace", "graphemes"] as const)("with tokens that are %s", (tokenizer) => {
  const sentence = "the naïve café sells crème brûlée and 日本語 menus; the cat sat.\n";
  let model: LanguageModel;
  beforeAll(async () => {
    const vocabulary = tokenizer === "bpe" ? { vocabularySize: 275 } : {};
    model = await languageModel.train(sentence.repeat(40), { ...small, tokenizer, epochs: 8, ...vocabulary });
  });

  test("a session writes what generate writes, in as many parts as it is written in", () => {
    // What ends within a character ends with a replacement character; a session waits for the rest.
    const [whole] = model.generate({ seed: 5, prompt: "the naïve", maxLength: 60 }) as [string];
    const session = model.session().read("the naïve");
    // One token at a time: for bpe often less than a character.
    let parts = session.generate({ seed: 5, maxLength: 1 });
    for (let i = 1; i < 60; i++) {
      const piece = again(session, model).generate({ maxLength: 1 });
      expect(session.generate({ maxLength: 1 })).toBe(piece);
      parts += piece;
    }
    expect(`the naïve${parts}`).toBe(whole.replace(/\u{fffd}$/u, ""));
  });

  test("the tokens of a score make up the text", () => {
    const text = "the crème 日本語 Ж sat;";
    expect(
      model
        .score(text)
        .tokens.map((token) => token.text)
        .join(""),
    ).toBe(text);
  });

  // Only such tokens bring the space before them.
  if (tokenizer === "words" || tokenizer === "whitespace")
    test("a space at the end of a prompt is the next word's", () => {
      expect(model.generate({ prompt: "the " })[0]).toBe(model.generate({ prompt: "the" })[0]);
      expect(model.generate({ prompt: "the ", beamSize: 2 })).toEqual(model.generate({ prompt: "the", beamSize: 2 }));
      const texts = (prompt: string) => model.next(prompt).map(({ text }) => text);
      expect(texts("the ")).toEqual(texts("the").map((text) => text.replace(/^ /, "")));
      expect(again(model.session().read("the "), model).generate()).toBe(
        model.session().read("the").generate().slice(1),
      );
      expect(model.session().read("the ").read("cat").next()).toEqual(model.session().read("the cat").next());
      expect(model.session().read("the").read(" ").next()).toEqual(model.session().read("the ").next());
    });
});

describe("with bpe, a space at the end of a prompt", () => {
  let model: LanguageModel;
  beforeAll(async () => {
    model = await languageModel.train(sentence.repeat(40), {
      ...small,
      tokenizer: "bpe",
      vocabularySize: 290,
      epochs: 8,
    });
  });

  test("is the next token's", () => {
    const texts = (prompt: string) => model.next(prompt).map(({ text }) => text);
    expect(texts("the")).toContain(" cat");
    expect(texts("the ")).toEqual(texts("the").map((text) => text.replace(/^ /, "")));
    expect(model.next("the ").map(({ probability }) => probability)).toEqual(
      model.next("the").map(({ probability }) => probability),
    );
    for (const options of [{ seed: 3 }, { beamSize: 2 }, { temperature: 0 }]) {
      const [text] = model.generate({ prompt: "and the ", maxLength: 9, ...options }) as [string];
      expect(text).toMatch(/^and the \S/);
      const [unspaced] = model.generate({ prompt: "and the", maxLength: 9, ...options }) as [string];
      expect(text).toBe(unspaced.replace(/^and the ?/, "and the "));
    }
  });

  test("is given once by a session, however the text is read", () => {
    const whole = model.session().read("and the cat").next({ top: 300 });
    const inParts = [
      ["and the ", "cat"],
      ["and ", "", "the", " ", "cat"],
      ["and the", " cat"],
    ];
    for (const parts of inParts) {
      let session = model.session();
      for (const part of parts) session = again(session.read(part), model);
      expect(session.next({ top: 300 })).toEqual(whole);
    }
    expect(again(model.session().read("and the "), model).generate()).toBe(
      model.session().read("and the").generate().slice(1),
    );
    const [text] = model.generate({ prompt: "and the ", seed: 1, maxLength: 20 });
    expect(`and the ${model.session().read("and the ").generate({ seed: 1, maxLength: 20 })}`).toBe(text);
  });

  test("but for one is read, and is kept in what is written", () => {
    for (const prompt of ["the  ", " ", "the\n ", "   "])
      for (const text of model.generate({ prompt, samples: 3, maxLength: 6 }))
        expect(text.startsWith(prompt)).toBe(true);
    const twice = model.session().read("the  ").read("cat").next({ top: 300 });
    expect(twice).toEqual(model.session().read("the  cat").next({ top: 300 }));
    expect(twice).not.toEqual(model.session().read("the cat").next({ top: 300 }));
  });

  test("is read where no token brings one", async () => {
    const bytes = await languageModel.train(sentence.repeat(4), {
      ...small,
      tokenizer: "bpe",
      vocabularySize: 260,
      epochs: 1,
    });
    const next = bytes.next("the ", { top: 300 });
    expect(next).toEqual(bytes.session().read("the").read(" ").next({ top: 300 }));
    expect(next).not.toEqual(bytes.next("the", { top: 300 }));
  });
});

describe("streaming", () => {
  test("gives the text piece by piece, and lets timers run", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const pieces: string[] = [];
    const began = performance.now();
    // Long enough to have to breathe.
    for await (const piece of text.stream({ maxLength: 5000 })) pieces.push(piece);
    clearInterval(timer);
    expect(pieces.join("").length).toBe(5000);
    expect(pieces.length).toBeGreaterThan(4000);
    if (performance.now() - began > 100) expect(ticks).toBeGreaterThan(0);
  });

  test("ends with the signal's reason, and does no work after that", async () => {
    const stopper = new AbortController();
    const session = text.session();
    const taken: string[] = [];
    const reading = async () => {
      for await (const piece of session.stream({ maxLength: 1000, signal: stopper.signal })) {
        taken.push(piece);
        if (taken.length === 3) stopper.abort(new Error("enough"));
      }
    };
    await expect(reading()).rejects.toThrow(new Error("enough"));
    expect(taken.length).toBe(3);
    const untouched = text.session();
    const refused = untouched.stream({ signal: AbortSignal.abort(new Error("before")) }).next();
    await expect(refused).rejects.toThrow(new Error("before"));
    expect(untouched.save()).toEqual(text.session().save());
  });

  test("stops when no more is taken, and the session goes on from there", async () => {
    const session = text.session().read("the ");
    let first = "";
    for await (const piece of session.stream({ maxLength: 1000 })) {
      first += piece;
      if (first.length === 5) break;
    }
    expect(first + session.generate({ maxLength: 20 })).toBe(text.session().read("the ").generate({ maxLength: 25 }));
  });
});

describe("stop strings", () => {
  test("cut the text before them, whether drawn alone, together or streamed", async () => {
    const stop = ["dog", "\n"];
    for (let seed = 1; seed < 6; seed++) {
      const [whole] = text.generate({ seed, prompt: "the ", maxLength: 80 }) as [string];
      const places = stop.map((text) => whole.indexOf(text, 4)).filter((at) => at >= 0);
      const cut = whole.slice(0, Math.min(...places, whole.length));
      expect(text.generate({ seed, prompt: "the ", maxLength: 80, stop })[0]).toBe(cut);
      let streamed = "the ";
      for await (const piece of text.stream({ seed, prompt: "the ", maxLength: 80, stop })) streamed += piece;
      expect(streamed).toBe(cut);
    }
    const many = text.generate({ samples: 4, prompt: "the ", maxLength: 80 });
    const stopped = text.generate({ samples: 4, prompt: "the ", maxLength: 80, stop: ["\n"] });
    expect(stopped).toEqual(many.map((whole) => whole.split("\n")[0]));
  });

  test.each([
    ["characters", small],
    ["bpe", { ...small, tokenizer: "bpe", vocabularySize: 290 }],
    ["words", { ...small, tokenizer: "words" }],
  ] as const)("leave the session before them: %s go on as though nothing had stopped them", async (_, options) => {
    const model = await languageModel.train(sentence.repeat(40), options);
    let stopped = 0;
    for (const prompt of ["", "the"])
      for (const stop of [[" d"], ["\n", " m"], [" l"]])
        for (let seed = 1; seed < 5; seed++) {
          const length = { seed, maxLength: 60 };
          const whole = model.session().read(prompt).generate(length);
          const session = model.session().read(prompt);
          const first = session.generate({ ...length, stop });
          if (first === whole) continue;
          stopped++;
          expect(again(session, model).generate({ maxLength: 60, stop }), "stops there again").toBe("");
          const second = again(session, model).generate({ maxLength: 60 });
          expect((first + second).slice(0, whole.length)).toBe(whole);
        }
    expect(stopped).toBeGreaterThan(3);
    if (!("tokenizer" in options)) return;
    // Half of a token is given out: it is read, and the space that the next token brings is there already.
    const session = model.session().read("the");
    const first = session.generate({ maxLength: 200, stop: sentence.match(/\w+/g)!, seed: 1 });
    expect(first.endsWith(" ")).toBe(true);
    expect(first + again(session, model).generate({ maxLength: 40, seed: 2 })).not.toContain("  ");
  });

  test("in the prompt do not count", () => {
    expect(text.generate({ prompt: "the dog", stop: ["dog"], maxLength: 10 })[0]!.startsWith("the dog")).toBe(true);
  });
});

describe("is refused", () => {
  const bytes = () => text.session().read("the ").save();
  test.each<[string, () => unknown, Error]>([
    [
      "a session of another model",
      () => lines.session(bytes(), "s.safetensors"),
      new FormatError(
        "s.safetensors: must be a session of this model, is one of another; give the model it was saved with",
      ),
    ],
    [
      "a file that is no session",
      () => text.session(text.toBytes(), "m.safetensors"),
      new FormatError(
        "m.safetensors: must hold a session, holds something else; give a file that a session was saved to",
      ),
    ],
    [
      "a prompt of which nothing is known",
      () => text.generate({ prompt: "XYZ" }),
      new ValueError('generate: prompt must hold a token that the model knows, got "XYZ"; begin with other text'),
    ],
    [
      "a prompt in capitals",
      () => text.next("THE"),
      new ValueError('next: prompt must hold a token that the model knows, got "THE"; did you mean "the"?'),
    ],
    ["no text", () => text.session().read(3 as never), new KindError("session: prompt must be text, got 3")],
    [
      "an empty stop string",
      () => text.generate({ stop: [""] }),
      new ValueError('generate: stop.0 must be text of at least 1 character, got ""'),
    ],
    ["no tokens", () => text.next("the", { top: 0 }), new ValueError("next: top must be at least 1, got 0")],
    [
      "more texts than the beam is wide",
      () => lines.generate({ beamSize: 3, samples: 4 }),
      new ValueError("generate: samples must be at most beamSize = 3, got 4; raise beamSize, or ask for fewer"),
    ],
    [
      "a temperature for a beam",
      () => lines.generate({ beamSize: 3, temperature: 0.5 }),
      new ValueError(
        "generate: beamSize takes the likeliest texts, which leaves nothing to temperature; leave one of them out",
      ),
    ],
    [
      "texts that are longer than they may be",
      () => lines.generate({ minLength: 30, maxLength: 20 }),
      new ValueError("generate: minLength must be at most maxLength = 20, got 30; raise maxLength, or lower minLength"),
    ],
    [
      "alpha without a beam",
      () => lines.generate({ alpha: 1 }),
      new ValueError("generate: alpha needs beamSize; give beamSize too, or leave it out"),
    ],
  ])("%s", (_, action, error) => {
    expect(action).toThrow(error);
  });
});

describe("beam search", () => {
  test("of width 1 is drawing at temperature 0", () => {
    for (const model of [text, lines])
      expect(model.generate({ beamSize: 1, prompt: "", maxLength: 30 })[0]).toBe(
        model === lines
          ? model.generate({ temperature: 0, samples: 1, maxLength: 30 })[0]
          : model.generate({ beamSize: 1, maxLength: 30 })[0],
      );
    expect(text.generate({ beamSize: 1, prompt: "the ", maxLength: 30 })).toEqual(
      text.generate({ temperature: 0, prompt: "the ", maxLength: 30 }),
    );
  });

  test("gives the likeliest texts, the likeliest first", () => {
    const found = lines.generate({ beamSize: 12, samples: 6 });
    expect(found.length).toBe(6);
    const scores = found.map((name) => lines.score(name).logProb);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    const drawn = new Set(lines.generate({ samples: 200, temperature: 1 }));
    for (const name of drawn) expect(lines.score(name).logProb).toBeLessThan(scores[0]! + 1e-4);
  });
});
