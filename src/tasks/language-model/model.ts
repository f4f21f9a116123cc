/** A trained language model: samples, evaluations, and one file that holds all of it. */
import { z } from "zod";
import { FormatError, readOptions, ValueError } from "../../base/index.ts";
import { parseJson, readSafetensors, writeSafetensors } from "../../formats/index.ts";
import { countParameters, loadParameters, parameters, type StoredTensor } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import type { Codec, Vocabulary } from "../../text/index.ts";
import { version } from "../../train/index.ts";
import { hasOwnTokenizer, readCodec, writeCodec } from "./codec-files.ts";
import { type EncodedText, encodeText, readText, type TextData } from "./data.ts";
import { checkEvaluation, judge, type LanguageEvaluation } from "./evaluation.ts";
import { type ContinueOptions, type GenerateOptions, generate } from "./generation.ts";
import { LanguageNetwork } from "./network.ts";
import type { NextToken } from "./next-tokens.ts";
import { type LanguageModelSettings, languageModelOptions } from "./options.ts";
import { scoreAll, type TextScore } from "./scoring.ts";
import { Session } from "./session.ts";

/** How to write one text piece by piece; what is left out is as the model was trained with. */
export type StreamOptions = ContinueOptions & {
  /** What the text begins with. */
  readonly prompt?: string;
  /** Ends the writing with its reason. */
  readonly signal?: AbortSignal;
};

/**
 * A network with the vocabulary it reads by and the options it was made with.
 *
 *     const model = await languageModel.train(names, { epochs: 20 });
 *     model.generate({ samples: 5 });
 */
export class LanguageModel {
  readonly network: LanguageNetwork;
  /** What it reads and writes by. */
  readonly codec: Codec;
  readonly settings: LanguageModelSettings;

  constructor(network: LanguageNetwork, codec: Codec, settings: LanguageModelSettings) {
    this.network = network;
    this.codec = codec;
    this.settings = settings;
  }

  /** A model with fresh random weights. */
  static create(engine: Engine, codec: Codec, settings: LanguageModelSettings): LanguageModel {
    return new LanguageModel(new LanguageNetwork(engine, codec.size, settings), codec, settings);
  }

  /** The tokens it knows. */
  get vocabulary(): Vocabulary {
    return this.codec.vocabulary;
  }

  /** How many trainable numbers it has. */
  get parameterCount(): number {
    return countParameters(this.network);
  }

  /**
   * Writes texts: draws them, or with `beamSize` finds the likeliest ones.
   *
   *     model.generate({ samples: 5, prompt: "tyra", temperature: 0.7 });
   *     model.generate({ beamSize: 10, alpha: 0.7 });
   *
   * @returns the texts, each beginning with the prompt
   * @throws RangeError or TypeError for an option that cannot be, or a prompt of which the model knows nothing
   */
  generate(options: GenerateOptions = {}): string[] {
    return generate(this, options);
  }

  /**
   * Writes one text, piece by piece, and lets the event loop run meanwhile; the prompt is not given again.
   *
   *     for await (const piece of model.stream({ prompt: "Once upon a " })) process.stdout.write(piece);
   *
   * To take no more pieces stops the writing.
   *
   * @param options as for `generate`, and a signal, which ends it with its reason
   * @throws RangeError or TypeError for an option that cannot be, or a prompt of which the model knows nothing
   */
  stream(options: StreamOptions = {}): AsyncGenerator<string, void, undefined> {
    const { prompt = "", seed = 1, ...rest } = options;
    return this.session()
      .read(prompt, "generate")
      .stream({ seed, ...rest });
  }

  /**
   * A text that the model reads and writes from its begin on, or from where a saved one stood.
   *
   * @param saved what `Session.save` gave
   * @param where starts the messages about it: the name of the file
   * @throws FormatError when the bytes are no session, or one of another model
   */
  session(saved?: Uint8Array, where = "session"): Session {
    return saved ? Session.restore(this, saved, where) : new Session(this);
  }

  /**
   * The tokens that may follow a prompt, the likeliest first.
   *
   * @throws RangeError or TypeError for an option that cannot be, or a prompt of which the model knows nothing
   */
  next(prompt = "", options: { readonly top?: number } = {}): NextToken[] {
    return this.session().read(prompt, "next").next(options);
  }

  /**
   * How likely a text is, and how much each of its tokens surprises. With unit lines the text is a line and its end
   * counts; with unit text it is scored as what stands after a line break.
   *
   *     const [pear, pair] = ["the apple and pear salad", "the apple and pair salad"].map((text) => model.score(text));
   *     Math.exp(pear.logProb - pair.logProb); // how many times likelier the first is
   *
   * @throws RangeError or TypeError when it is no text, or none with unit text
   */
  score(text: string): TextScore {
    const [score] = scoreAll(this, [text]);
    return score!;
  }

  /** Scores texts as `score` does, in order, many side by side: they are taken and given as the work goes on. */
  scoreAll(texts: Iterable<string>): Generator<TextScore, void, undefined> {
    return scoreAll(this, texts);
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
      if (!done) continue;
      checkEvaluation(where, value);
      return value;
    }
  }

  /** A text as ids of the vocabulary. @internal */
  encode(data: TextData, where: string): EncodedText {
    return encodeText(readText(where, data, this.settings), this.codec);
  }

  /** As `evaluate`, for a text that is ids already, yielding after each batch. @internal */
  judge(text: EncodedText, where = "evaluate"): Generator<undefined, LanguageEvaluation> {
    return judge(this, text, where);
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
      ...writeCodec(this.codec),
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
    const vocabulary = parseJson(`${where}: vocabulary`, metadata.vocabulary ?? "", z.unknown());
    const tokenizer = hasOwnTokenizer(settings)
      ? parseJson(`${where}: tokenizer`, metadata.tokenizer ?? "", z.unknown())
      : null;
    const codec = readCodec(
      settings,
      { vocabulary, tokenizer },
      { vocabulary: `${where}: vocabulary`, tokenizer: `${where}: tokenizer` },
    );
    const model = LanguageModel.create(engine, codec, settings);
    try {
      loadParameters(model.network, Object.fromEntries(arrays) as Record<string, StoredTensor>);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new FormatError(`${where}: ${error.message.replace(/^loadParameters: /, "")}`);
    }
    return model;
  }
}

/** The options a run or a model file holds. @throws FormatError when they cannot be */
export function readSettings(where: string, options: Record<string, unknown>): LanguageModelSettings {
  try {
    return readOptions(`${where}: options`, languageModelOptions, options);
  } catch (error) {
    throw new FormatError((error as Error).message);
  }
}
