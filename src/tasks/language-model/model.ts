/** A trained language model: samples, evaluations, and one file that holds all of it. */
import { z } from "zod";
import { FormatError, Random, readOptions, type Tokens, UNK, ValueError } from "../../base/index.ts";
import { forbid, type NextStep, type SampleOptions, sample, sampling } from "../../decode/index.ts";
import { parseJson, readSafetensors, writeSafetensors } from "../../formats/index.ts";
import { bitsPerCharacter, perplexity } from "../../metrics/index.ts";
import { countParameters, loadParameters, parameters, type StoredTensor } from "../../nn/index.ts";
import { type Engine, noGrad } from "../../tensor/index.ts";
import { findTokenizer, Vocabulary } from "../../text/index.ts";
import { version } from "../../train/index.ts";
import { borders, type EncodedText, encodeText, evaluationBatches, readText, type TextData } from "./data.ts";
import { LanguageNetwork, type NetworkState } from "./network.ts";
import { type LanguageModelSettings, languageModelOptions, samplesOf, samplingOptions } from "./options.ts";

/** How to sample a trained model. */
export const generateOptions = z.strictObject({
  ...samplingOptions.shape,
  prompt: z.string().default("").describe("what the samples begin with"),
  seed: z.int().min(0).default(1).describe("decides which samples are drawn"),
});

/** How to sample; what is left out is as the model was trained with. */
export type GenerateOptions = z.input<typeof generateOptions>;

/** How well a model predicts a text. */
export interface LanguageEvaluation {
  /** The mean cross-entropy of a token, in nats. */
  readonly loss: number;
  /** exp(loss) */
  readonly perplexity: number;
  readonly bitsPerCharacter: number;
  /** Tokens that were predicted, the ends of lines included. */
  readonly tokens: number;
  /** Characters they make up. */
  readonly characters: number;
  /** How many of the tokens the model does not know. */
  readonly unknown: number;
}

/**
 * A network with the vocabulary it reads by and the options it was made with.
 *
 *     const model = await languageModel.train(names, { epochs: 20 });
 *     model.generate({ samples: 5 });
 */
export class LanguageModel {
  readonly network: LanguageNetwork;
  readonly vocabulary: Vocabulary;
  readonly settings: LanguageModelSettings;

  constructor(network: LanguageNetwork, vocabulary: Vocabulary, settings: LanguageModelSettings) {
    this.network = network;
    this.vocabulary = vocabulary;
    this.settings = settings;
  }

  /** A model with fresh random weights. */
  static create(engine: Engine, vocabulary: Vocabulary, settings: LanguageModelSettings): LanguageModel {
    return new LanguageModel(new LanguageNetwork(engine, vocabulary.size, settings), vocabulary, settings);
  }

  /** How many trainable numbers it has. */
  get parameterCount(): number {
    return countParameters(this.network);
  }

  /**
   * Draws texts.
   *
   * @returns the texts, each beginning with the prompt
   * @throws RangeError or TypeError for an option that cannot be
   */
  generate(options: GenerateOptions = {}): string[] {
    const { prompt, rest, runUp } = this.#sampling(options);
    const texts: string[] = [];
    // A share at a time, which bounds the memory. Each text has a generator of its own, so this changes none of them.
    for (let left = rest.count; left > 0; left -= sideBySide)
      for (const { ids } of sample(this.#step, { ...rest, count: Math.min(left, sideBySide) }))
        texts.push(prompt + this.#write(ids.slice(this.#opening(ids, runUp)).slice(0, rest.maxLength - runUp)));
    return texts;
  }

  /**
   * Draws one text, giving each token as it is drawn; the prompt is not given again.
   *
   * @throws RangeError or TypeError for an option that cannot be
   */
  *stream(options: Omit<GenerateOptions, "samples"> = {}): Generator<string> {
    const { rest, runUp } = this.#sampling({ ...options, samples: 1 });
    let left = rest.maxLength - runUp;
    let waiting: number[] | null = runUp > 0 ? [] : null;
    for (const [id] of sampling(this.#step, rest)) {
      if (id! < 0) continue;
      waiting?.push(id!);
      if (waiting && waiting.length < runUp) continue;
      for (const next of waiting ? waiting.slice(this.#opening(waiting, runUp)) : [id!])
        if (left-- > 0) yield this.#write([next]);
      waiting = null;
      if (left <= 0) return;
    }
  }

  /**
   * How well the model predicts a text.
   *
   * @param where starts the messages, such as the name of the file
   */
  evaluate(data: TextData, where = "evaluate"): LanguageEvaluation {
    const work = this.judge(this.encode(data, where), where);
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
    }
  }

  /** A text as ids of the vocabulary. @internal */
  encode(data: TextData, where: string): EncodedText {
    return encodeText(readText(where, data, this.settings), this.vocabulary, this.settings);
  }

  /** As `evaluate`, for a text that is ids already, yielding after each batch. @internal */
  *judge(text: EncodedText, where = "evaluate"): Generator<undefined, LanguageEvaluation> {
    let nats = 0;
    let tokens = 0;
    let unknown = 0;
    let state: NetworkState | null = null;
    for (const batch of evaluationBatches(text, this.settings)) {
      const run = noGrad(this.network.engine, () => this.network.loss(batch, batch.continues ? state : null));
      state = run.state;
      nats += run.loss.item() * batch.targetCount;
      tokens += batch.targetCount;
      for (const id of batch.targets.ids) if (id === UNK) unknown++;
      yield;
    }
    if (tokens === 0)
      throw new ValueError(`${where}: needs at least two tokens to judge the model by, got fewer; give more text`);
    const { characters } = text;
    return {
      loss: nats / tokens,
      perplexity: perplexity(nats, tokens),
      bitsPerCharacter: bitsPerCharacter(nats, characters),
      tokens,
      characters,
      unknown,
    };
  }

  /** The whole model as one safetensors file: weights, options and vocabulary. Data, never code. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const arrays = Object.entries(parameters(this.network)).map(
      ([name, { shape, data }]) => [name, { shape, data }] as const,
    );
    const metadata = {
      format: "pt",
      backstitch: version,
      task: "language-model",
      options: JSON.stringify(this.settings),
      vocabulary: JSON.stringify(this.vocabulary.toJSON()),
    };
    return writeSafetensors({ arrays: new Map(arrays), metadata });
  }

  /**
   * The model that `toBytes` wrote.
   *
   * @param where starts the messages: the name of the file
   * @throws FormatError when the bytes are no such file or its parts do not fit each other
   */
  static fromBytes(engine: Engine, bytes: Uint8Array, where = "model"): LanguageModel {
    const { arrays, metadata } = readSafetensors(where, bytes);
    if (metadata.task !== "language-model")
      throw new FormatError(
        `${where}: must hold a language-model, holds ${metadata.task ?? "weights of something else"}`,
      );
    const settings = readSettings(
      where,
      parseJson(`${where}: options`, metadata.options ?? "", z.record(z.string(), z.unknown())),
    );
    const vocabulary = Vocabulary.fromJSON(
      parseJson(`${where}: vocabulary`, metadata.vocabulary ?? "", z.unknown()),
      `${where}: vocabulary`,
    );
    const model = LanguageModel.create(engine, vocabulary, settings);
    try {
      loadParameters(model.network, Object.fromEntries(arrays) as Record<string, StoredTensor>);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new FormatError(`${where}: ${error.message.replace(/^loadParameters: /, "")}`);
    }
    return model;
  }

  readonly #step: NextStep<NetworkState> = (tokens: Tokens, state) => {
    const { logits, state: next } = this.network.next(tokens, state);
    return { logits: logits.data, state: next };
  };

  /** Where a running text begins that was drawn without a prompt: after a line's end, or else a space, in the run-up. */
  #opening(ids: readonly number[], runUp: number): number {
    const blanks = ["\n", " "].filter((token) => this.vocabulary.has(token)).map((token) => this.vocabulary.id(token));
    const start = ids.slice(0, runUp);
    let at = (blanks.map((id) => start.indexOf(id)).find((found) => found >= 0) ?? -1) + 1;
    while (at > 0 && at < start.length && blanks.includes(start[at]!)) at++;
    return at;
  }

  #sampling(options: GenerateOptions): {
    readonly prompt: string;
    readonly rest: SampleOptions<NetworkState> & { readonly count: number; readonly maxLength: number };
    /** Tokens drawn before those that are asked for. */
    readonly runUp: number;
  } {
    const inherited = Object.fromEntries(
      Object.keys(generateOptions.shape).flatMap((name) => {
        const value = this.settings[name as keyof LanguageModelSettings];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const settings = readOptions("generate", generateOptions, { ...inherited, ...options });
    const { prompt, seed, samples, ...drawing } = settings;
    const ids = this.vocabulary.encode(findTokenizer(this.settings.tokenizer).encode(prompt));
    const { begin, never } = borders(this.vocabulary, this.settings);
    const runUp = this.settings.unit === "text" && prompt === "" ? longestRunUp : 0;
    return {
      prompt,
      runUp,
      rest: {
        random: new Random(seed),
        prompts: [ids],
        count: samplesOf({ samples, unit: this.settings.unit }),
        filters: [forbid(never)],
        ...drawing,
        maxLength: drawing.maxLength + runUp,
        ...(begin && { begin }),
      },
    };
  }

  #write(ids: Iterable<number>): string {
    return findTokenizer(this.settings.tokenizer).decode(this.vocabulary.decode(ids));
  }
}

/** A running text has no begin to learn: the first tokens, drawn from a state never seen in training, are left out. */
const longestRunUp = 64;

/** How many texts are drawn in one go. */
const sideBySide = 256;

/** The options a run or a model file holds. @throws FormatError when they cannot be */
export function readSettings(where: string, options: Record<string, unknown>): LanguageModelSettings {
  try {
    return readOptions(`${where}: options`, languageModelOptions, options);
  } catch (error) {
    throw new FormatError((error as Error).message);
  }
}
