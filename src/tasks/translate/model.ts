/** A trained translation model: translations, scores, and one file that holds all of it. */
import { z } from "zod";
import { FormatError, readOptions, ValueError } from "../../base/index.ts";
import { parseJson, readSafetensors, writeSafetensors } from "../../formats/index.ts";
import { countParameters, loadParameters, parameters, type StoredTensor } from "../../nn/index.ts";
import type { Engine } from "../../tensor/index.ts";
import { type Codec, padPairs, padSources } from "../../text/index.ts";
import { version } from "../../train/index.ts";
import { type DecoderState, releaseState } from "./decoder.ts";
import type { Sides } from "./decoding.ts";
import { type ModelParts, partNames, readParts, writeParts } from "./model-parts.ts";
import { type NetworkStep, TranslationNetwork } from "./network.ts";
import { searchOptions, type TranslationSettings, translationOptions } from "./options.ts";
import { type PairFacts, sourceIds, sourceSizeOf } from "./pair-facts.ts";
import type { JudgedSource, Judgement, Predictor, Source } from "./predictor.ts";
import { designOf } from "./presets.ts";
import { SequenceTranslator } from "./sequence-translator.ts";

/**
 * A network with what it reads and writes by and the options it was made with.
 *
 *     const model = await translation.train(pairs, { epochs: 20 });
 *     model.translate("ein Satz");
 */
export class TranslationModel extends SequenceTranslator<DecoderState> {
  readonly network: TranslationNetwork;
  readonly parts: ModelParts;
  readonly settings: TranslationSettings;
  readonly sides: Sides;
  readonly predictor: Predictor<DecoderState>;

  constructor(network: TranslationNetwork, parts: ModelParts, settings: TranslationSettings) {
    super();
    this.network = network;
    this.parts = parts;
    this.settings = settings;
    const search = Object.fromEntries(
      Object.keys(searchOptions.shape).map((name) => [name, settings[name as keyof Sides["search"]]]),
    ) as Sides["search"];
    const { size } = parts.target;
    this.sides = {
      ...parts,
      search,
      attends: network.decoder.attention !== null,
      never: Array.from({ length: network.output.outputSize - size }, (_, i) => size + i),
    };
    this.predictor = new NetworkPredictor(network, parts, settings);
  }

  /** A model with fresh random weights. */
  static create(engine: Engine, parts: ModelParts, settings: TranslationSettings): TranslationModel {
    const sizes = { source: sourceSizeOf(parts.source, parts.facts), target: parts.target.size };
    return new TranslationModel(TranslationNetwork.create(engine, sizes, settings), parts, settings);
  }

  /** By what it reads sources. */
  get source(): Codec {
    return this.parts.source;
  }

  /** By what it writes targets. */
  get target(): Codec {
    return this.parts.target;
  }

  /** What it remembers of its training pairs. */
  get facts(): PairFacts {
    return this.parts.facts;
  }

  /** How many trainable numbers it has. */
  get parameterCount(): number {
    return countParameters(this.network);
  }

  /** The whole model as one safetensors file: weights, options, vocabularies and facts. Data, never code. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const arrays = Object.entries(parameters(this.network)).map(
      ([name, { shape, data }]) => [name, { shape, data }] as const,
    );
    const metadata = {
      format: "pt",
      backstitch: version,
      task: "translate",
      options: JSON.stringify(this.settings),
      ...writeParts(this.parts),
    };
    return writeSafetensors({ arrays: new Map(arrays), metadata });
  }

  /**
   * The model that `toBytes` wrote.
   *
   * @param where starts the messages: the name of the file
   * @throws FormatError when the bytes are no such file or its parts do not fit each other
   */
  static fromBytes(engine: Engine, bytes: Uint8Array, where = "model"): TranslationModel {
    const { arrays, metadata } = readSafetensors(where, bytes);
    if (metadata.task !== "translate")
      throw new FormatError(
        `${where}: must hold a translation model, holds ${metadata.task ? `a ${metadata.task}` : "weights of something else"}`,
      );
    const json = (name: string) => parseJson(`${where}: ${name}`, metadata[name] ?? "", z.unknown());
    const settings = readTranslationSettings(
      where,
      parseJson(`${where}: options`, metadata.options ?? "", z.record(z.string(), z.unknown())),
    );
    const named = <T>(value: (name: (typeof partNames)[number]) => T) =>
      Object.fromEntries(partNames.map((name) => [name, value(name)])) as Record<(typeof partNames)[number], T>;
    const parts = readParts(
      named(json),
      named((name) => `${where}: ${name}`),
    );
    checkSizes(where, settings, [...arrays.values()]);
    try {
      const model = TranslationModel.create(engine, parts, settings);
      loadParameters(model.network, Object.fromEntries(arrays) as Record<string, StoredTensor>);
      return model;
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new FormatError(`${where}: ${error.message.replace(/^\w+: /, "")}`);
    }
  }
}

/** @throws FormatError where the options ask for more than the weights can fill, before memory is taken for it */
function checkSizes(
  where: string,
  settings: TranslationSettings,
  arrays: readonly Pick<StoredTensor, "shape">[],
): void {
  const greatest = arrays.reduce((most, { shape }) => Math.max(most, ...shape), 0);
  const { embeddingSize, hiddenSize, decoderSize, attentionSize, encoderLayers, decoderLayers } = settings;
  for (const [name, size = 0] of Object.entries({ embeddingSize, hiddenSize, decoderSize, attentionSize }))
    if (size > greatest)
      throw new FormatError(
        `${where}: options: ${name} must fit the weights, of which none is wider than ${greatest}, got ${size}`,
      );
  if (encoderLayers + decoderLayers > arrays.length)
    throw new FormatError(
      `${where}: options: layers must fit the ${arrays.length} weights, got ${encoderLayers} and ${decoderLayers}`,
    );
}

/** The options that a run or a model file holds. @throws FormatError when they cannot be */
export function readTranslationSettings(where: string, options: Record<string, unknown>): TranslationSettings {
  try {
    return readOptions(`${where}: options`, translationOptions, options);
  } catch (error) {
    throw new FormatError((error as Error).message);
  }
}

/** A network between tokens as search sees it. */
class NetworkPredictor implements Predictor<DecoderState> {
  readonly #network: TranslationNetwork;
  readonly #parts: ModelParts;
  readonly #isReversed: boolean;

  constructor(network: TranslationNetwork, parts: ModelParts, settings: TranslationSettings) {
    this.#network = network;
    this.#parts = parts;
    this.#isReversed = designOf(settings).reverseSource;
  }

  begin(sources: readonly Source[], options: { readonly givesBack: boolean }): DecoderState {
    return this.#network.begin(padSources(sources.map((source) => this.#ids(source))), options);
  }

  end(begun: DecoderState): void {
    this.#network.end(begun);
  }

  readonly step: Predictor<DecoderState>["step"] = (tokens, state, asked) => {
    const { logits, ids, totals, weights, state: after } = this.#network.step(tokens, state!, asked);
    return {
      logits,
      totals,
      state: after,
      ...(ids && { ids }),
      ...(weights && { weights: this.#orderedRows(weights, after) }),
    };
  };

  readonly select: Predictor<DecoderState>["select"] = (state, rows) => this.#network.select(state, rows);

  readonly release: Predictor<DecoderState>["release"] = (state) => releaseState(state);

  judge(pairs: readonly JudgedSource[]): Judgement {
    const { target } = this.#parts;
    const batch = padPairs(pairs.map((pair) => ({ source: this.#ids(pair), target: target.encode(pair.target) })));
    const { nats, weights } = this.#network.align(batch);
    const B = pairs.length;
    const S = batch.sources.shape[0]!;
    const rows = <R>(b: number, row: (at: number) => R) =>
      Array.from({ length: batch.lengths[b]! }, (_, t) => row(t * B + b));
    const weigh = (b: number) =>
      rows(b, (at) => this.#ordered(weights!.data.subarray(at * S, (at + 1) * S), batch.sourceLengths[b]!));
    return {
      logProbs: pairs.map((_, b) => Float64Array.from(rows(b, (at) => -nats[at]!))),
      weights: weights && pairs.map((_, b) => weigh(b)),
    };
  }

  #ids({ text, tag, longest }: Source): Int32Array {
    const { source: codec, facts } = this.#parts;
    const ids = sourceIds("translate", { codec, tags: facts.tags }, text, tag);
    return ids.subarray(0, longest + (facts.tags.length > 0 ? 1 : 0));
  }

  /** As `#ordered` each row of weights [B S]. */
  #orderedRows(weights: NetworkStep["logits"], { memory, sources }: DecoderState): NetworkStep["logits"] {
    if (!this.#isReversed) return weights;
    const S = weights.length / sources.length;
    const ordered = new Float64Array(weights.length);
    sources.forEach((source, b) => {
      ordered.set(this.#ordered(weights.subarray(b * S, (b + 1) * S), memory.attended!.lengths[source]!), b * S);
    });
    return ordered;
  }

  /** Weights in the order of the source, where the encoder read it from its end. */
  #ordered(weights: ArrayLike<number>, length: number): Float64Array {
    const n = length - 1;
    return Float64Array.from({ length }, (_, s) => weights[this.#isReversed && s < n ? n - 1 - s : s]!);
  }
}
