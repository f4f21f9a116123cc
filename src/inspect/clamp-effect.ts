/** What changes when parts of a model are held. */
import { z } from "zod";
import { EOS, readOptions } from "../base/index.ts";
import type { State } from "../nn/index.ts";
import { NO_TARGET } from "../text/index.ts";
import { held } from "./clamp.ts";
import { type InspectedModel, type Reading, readAlong, stretches } from "./reading.ts";

/** A model that can also be asked what comes next, and to write: a `LanguageModel`. */
export interface WritingModel<Next> extends InspectedModel {
  next(prompt: string, options: { readonly top: number }): readonly Next[];
  generate(options: {
    readonly prompt: string;
    readonly seed: number;
    readonly samples: number;
    readonly maxLength: number;
  }): readonly string[];
}

/** How something was before and while parts were held. */
export interface Change<V> {
  readonly before: V;
  readonly after: V;
}

/** What changes when parts of a model are held. */
export interface ClampEffect<Next> {
  /** What was held. */
  readonly clamps: readonly string[];
  /** Nats per predicted token of the text, the ends of lines and documents among them; NaN where nothing is predicted. */
  readonly loss: Change<number>;
  /** How many tokens were predicted. */
  readonly predicted: number;
  /** What each token of the text spells, and its nats; those of the first token of a running text are 0. */
  readonly tokens: readonly string[];
  readonly nats: Change<Float64Array>;
  /** What came before what was asked for. */
  readonly prompt: string;
  /** What may come after the prompt, the likeliest first. */
  readonly next: Change<readonly Next[]>;
  /** Texts drawn with one seed, each with its prompt. */
  readonly samples: Change<readonly string[]>;
}

const schema = z.strictObject({
  prompt: z
    .string()
    .optional()
    .describe("what comes before what is asked for; by default the text, or nothing where it is several lines"),
  top: z.int().min(1).default(10).describe("how many of the tokens that may come next are told"),
  seed: z.int().min(0).default(1).describe("decides which samples are drawn"),
  samples: z.int().min(1).default(1).describe("how many are drawn"),
  maxLength: z.int().min(1).default(200).describe("the most tokens of a sample"),
});

/** Options of `clampEffect`. */
export type ClampEffectOptions = Readonly<z.input<typeof schema>>;

/**
 * Asks a model the same before and while parts of it are held: its loss on a text, what comes next, and samples of the
 * same seed. The model is after as it was before.
 *
 *     const { loss, samples } = clampEffect(model, text, ["layer0.c[12]=0"]);
 *
 * @param clamps as for `held`
 * @throws RangeError or TypeError when the model has nothing such, or the text holds no token
 */
export function clampEffect<Next>(
  model: WritingModel<Next>,
  text: string,
  clamps: readonly string[],
  options: ClampEffectOptions = {},
): ClampEffect<Next> {
  const { top, prompt: given, ...writing } = readOptions("clamp", schema, options);
  const reading = readAlong("clamp", model, text);
  const prompt = given ?? (reading.begins.length === 1 ? reading.text : "");
  const ask = () => ({
    ...natsAlong(model, reading),
    next: model.next(prompt, { top }),
    samples: model.generate({ prompt, ...writing }),
  });
  const before = ask();
  const after = held(model, clamps, ask);
  const both = <K extends keyof typeof before>(name: K) => ({ before: before[name], after: after[name] });
  return {
    clamps,
    loss: both("loss"),
    predicted: before.predicted,
    tokens: reading.tokens,
    nats: both("nats"),
    prompt,
    next: both("next"),
    samples: both("samples"),
  };
}

/** What each token of a reading costs, and the mean over all that is predicted. */
export function natsAlong(
  { network, settings }: InspectedModel,
  reading: Reading,
): { readonly loss: number; readonly predicted: number; readonly nats: Float64Array } {
  const nats = new Float64Array(reading.ids.length);
  let [sum, predicted] = [0, 0];
  let state: readonly State[] | null = null;
  for (const { from, ids, lead, continues } of stretches(reading, settings)) {
    const T = ids.length;
    const next = from + T - lead;
    const isEnd = next === reading.ids.length || reading.begins.includes(next);
    const after = !isEnd ? reading.ids[next]! : settings.unit === "text" ? NO_TARGET : EOS;
    const targets = Int32Array.of(...ids.subarray(1), after);
    const targetCount = T - (after === NO_TARGET ? 1 : 0);
    const run = network.tokenNats(
      {
        inputs: { ids, shape: [T, 1] },
        targets: { ids: targets, shape: [T, 1] },
        lengths: Int32Array.of(T),
        targetCount,
        continues,
      },
      continues ? state : null,
    );
    state = run.state;
    predicted += targetCount;
    run.nats.forEach((cost, t) => {
      sum += cost;
      const place = from + t + 1 - lead;
      if (t < T - 1 || !isEnd) nats[place] = cost;
    });
  }
  return { loss: sum / predicted, predicted, nats };
}
