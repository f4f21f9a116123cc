/** Translating many texts with any predictor: sources of like length side by side, results in the order of the texts. */
import { KindError, Random, readOptions, show, UNK, ValueError } from "../../base/index.ts";
import { beaming, exacting, type Proof, sampling, traceBeam } from "../../decode/index.ts";
import type { Codec } from "../../text/index.ts";
import { outputLimit, sourceLimit } from "./length-limits.ts";
import { type searchOptions, type TranslateOptions, type TranslateSettings, translateOptions } from "./options.ts";
import { type PairFacts, sourceIds } from "./pair-facts.ts";
import type { Predictor, Source } from "./predictor.ts";
import type { SourceText, Translation, TranslationHypothesis } from "./translation.ts";

/** What a predictor reads and writes by. */
export interface Sides {
  readonly source: Codec;
  readonly target: Codec;
  readonly facts: PairFacts;
  /** How it searches where nobody says. */
  readonly search: Pick<TranslateSettings, keyof typeof searchOptions.shape>;
  /** Whether it attends to the source. */
  readonly attends: boolean;
  /** Ids that its scores have and no output may hold: with a shared vocabulary those of the tags. */
  readonly never: readonly number[];
}

/**
 * Options of translating, complete: what is left out is as the model was trained with.
 *
 * @throws RangeError or TypeError for an option that cannot be, or that does nothing beside another
 */
export function readTranslating(sides: Sides, options: TranslateOptions): TranslateSettings {
  const settings = readOptions("translate", translateOptions, { ...sides.search, ...options });
  const { beamSize, best, sample, minLength, maxLength } = settings;
  const given = (names: readonly (keyof TranslateOptions)[]) => names.find((name) => options[name] !== undefined);
  const useless = sample ? given(searching) : given(drawing);
  if (useless !== undefined && sample)
    throw new ValueError(`translate: sample draws outputs, which leaves nothing to ${useless}; leave one of them out`);
  if (useless !== undefined)
    throw new ValueError(`translate: ${useless} is for drawing outputs; set sample too, or leave it out`);
  if (!sample && best > beamSize)
    throw new ValueError(
      `translate: best must be at most beamSize = ${beamSize}, got ${best}; raise beamSize, or ask for fewer`,
    );
  if (maxLength !== undefined && minLength > maxLength)
    throw new ValueError(`translate: minLength must be at most maxLength = ${maxLength}, got ${minLength}`);
  if (settings.coverage > 0 && !sides.attends)
    throw new ValueError("translate: coverage needs a model with attention, this one has none; set coverage 0");
  return settings;
}

const searching = ["beamSize", "alpha", "normalisation", "coverage", "certify", "trace"] as const;
const drawing = ["temperature", "topK", "topP", "typical", "seed"] as const;

/**
 * Translates texts, yielding now and then so that other work may be done in between.
 *
 * @returns one translation for each text, in order
 * @throws RangeError for a text that cannot be read
 */
export function* decoding<S>(
  predictor: Predictor<S>,
  sides: Sides,
  texts: readonly SourceText[],
  settings: TranslateSettings,
): Generator<undefined, Translation[]> {
  const read = texts.map((text) => readSource(sides, text, settings));
  const prefix = readPrefix(sides.target, settings.prefix);
  const found: (Found | undefined)[] = new Array(texts.length);
  const asked = [...read.keys()].filter((i) => read[i]!.length > 0);
  // Of like length side by side, so that little is padding. What is drawn depends on the order, which so is that of the texts.
  if (!settings.sample) asked.sort((i, j) => read[i]!.length - read[j]!.length || i - j);
  const random = new Random(settings.seed);
  for (let from = 0; from < asked.length; from += settings.batchSize) {
    const batch = asked.slice(from, from + settings.batchSize);
    const outputs = yield* decodeBatch(
      predictor,
      sides,
      batch.map((i) => read[i]!),
      { settings, prefix, random },
    );
    batch.forEach((i, b) => {
      found[i] = outputs[b];
    });
  }
  return read.map(({ source, unknown, cut }, i) => {
    const { hypotheses, tree } = found[i] ?? { hypotheses: [nothing], tree: undefined };
    return { source: source.text, text: hypotheses[0]!.text, hypotheses, unknown, cut, ...(tree && { tree }) };
  });
}

/** What an empty source becomes. */
const nothing: TranslationHypothesis = { text: "", pieces: [], ids: [], logProb: 0, score: 0, end: "eos" };

/** What was found for a source. */
type Found = Pick<Translation, "hypotheses" | "tree">;

/** A text as the model reads it. */
interface ReadSource {
  readonly source: Source;
  /** Tokens, its tag and end not counted. */
  readonly length: number;
  readonly unknown: readonly string[];
  readonly cut: number;
}

/**
 * A text as a model reads it.
 *
 * @param where starts the messages
 * @throws RangeError or TypeError for what is no text, is too long, or has a tag that the model does not know
 */
export function readSource(
  { source: codec, facts }: Sides,
  text: SourceText,
  settings: Pick<TranslateSettings, "tag" | "longSource">,
  where = "translate",
): ReadSource {
  const { longSource } = settings;
  const { source, tag = settings.tag } = typeof text === "string" ? { source: text, tag: undefined } : (text ?? {});
  if (typeof source !== "string")
    throw new KindError(`${where}: a source must be text, or an object with source and tag, got ${show(text)}`);
  const ids = sourceIds(where, { codec, tags: facts.tags }, source, tag);
  const length = ids.length - (facts.tags.length > 0 ? 1 : 0);
  const longest = sourceLimit(facts);
  if (length > longest && longSource === "refuse")
    throw new ValueError(
      `${where}: a source must be at most ${longest} tokens, since none in training had more than ${facts.longestSource}, got ${length}; cut it with longSource cut, or give it in parts`,
    );
  const unknown = ids.includes(UNK) ? unknownPieces(codec, source) : [];
  return {
    source: { text: source, tag, longest },
    length: Math.min(length, longest),
    unknown,
    cut: Math.max(0, length - longest),
  };
}

/** The tokens of a text that are not in the vocabulary, as a reader sees them. */
function unknownPieces(codec: Codec, text: string): string[] {
  const unknown = codec.tokens(text).filter((token) => codec.vocabulary.id(token) === UNK);
  return unknown.map((token) => codec.tokenizer.show?.(token) ?? token);
}

function readPrefix(target: Codec, prefix: string): Int32Array {
  const ids = target.encode(prefix);
  const [unknown] = ids.includes(UNK) ? unknownPieces(target, prefix) : [];
  if (unknown !== undefined)
    throw new ValueError(
      `translate: prefix must hold what the model can write, got ${JSON.stringify(unknown)}, which no output in training had`,
    );
  return ids;
}

interface BatchOrder {
  readonly settings: TranslateSettings;
  readonly prefix: Int32Array;
  readonly random: Random;
}

function* decodeBatch<S>(
  predictor: Predictor<S>,
  sides: Sides,
  batch: readonly ReadSource[],
  order: BatchOrder,
): Generator<undefined, Found[]> {
  // Of what is drawn, and in an exact search, states are not given back.
  const givesBack = !order.settings.sample && order.settings.certify === 0;
  const begun = predictor.begin(
    batch.map(({ source }) => source),
    { givesBack },
  );
  try {
    return yield* decodeFrom(begun, predictor, sides, batch, order);
  } finally {
    predictor.end(begun);
  }
}

function* decodeFrom<S>(
  begun: S,
  predictor: Predictor<S>,
  sides: Sides,
  batch: readonly ReadSource[],
  { settings, prefix, random }: BatchOrder,
): Generator<undefined, Found[]> {
  const { best, sample, noRepeat, unknown, minLength } = settings;
  const { step, select } = predictor;
  const maxLength = batch.map(
    ({ length }) => settings.maxLength ?? Math.max(minLength, prefix.length, outputLimit(sides.facts, length)),
  );
  const common = {
    ...{ noRepeat, unknown, minLength, maxLength, select },
    prompts: batch.map(() => []),
    prefixes: batch.map(() => prefix),
    never: sides.never,
  };
  const hypothesis = hypothesisBy(sides.target);
  if (sample) {
    const { temperature, topK, topP, typical } = settings;
    const rows = batch.flatMap((_, b) => new Array<number>(best).fill(b));
    const work = sampling(step, {
      ...common,
      ...{ temperature, topP, typical, random, count: best },
      ...(topK !== undefined && { topK }),
      state: select(begun, rows),
    });
    for (;;) {
      const { done, value } = work.next();
      if (!done) {
        yield;
        continue;
      }
      return batch.map((_, b) => {
        const drawn = value.slice(b * best, (b + 1) * best);
        const ranked = drawn.sort((x, y) => y.logProb - x.logProb);
        return { hypotheses: ranked.map((one) => hypothesis({ ...one, score: one.logProb })) };
      });
    }
  }
  const { beamSize, normalisation, alpha, coverage, certify } = settings;
  const tagLength = sides.facts.tags.length > 0 ? 1 : 0;
  const options = {
    ...common,
    ...{ normalisation, alpha, coverage, state: begun },
    ...(coverage > 0 && { sourceLengths: batch.map(({ length }) => tagLength + length + 1) }),
  };
  const width = { beamSize, best, greedyFirst: true, release: predictor.release };
  const searched = settings.trace
    ? traceBeam(step, { ...options, ...width })
    : (yield* beaming(step, { ...options, ...width })).map((hypotheses) => ({ hypotheses }));
  const proofs =
    certify > 0
      ? yield* exacting(step, {
          ...options,
          budget: certify,
          incumbents: searched.map(({ hypotheses }) => hypotheses[0]!),
        })
      : null;
  return searched.map(({ hypotheses, ...rest }, b) => {
    const found = hypotheses.map(hypothesis);
    const proof = proofs?.[b];
    return { ...rest, hypotheses: proof ? certified(found, proof, hypothesis) : found };
  });
}

/** What a beam found, the best of all before it where the exact search knows a better one. */
function certified(
  found: readonly TranslationHypothesis[],
  { best, certified }: Proof,
  hypothesis: ReturnType<typeof hypothesisBy>,
): TranslationHypothesis[] {
  const [first, ...others] = found as [TranslationHypothesis, ...TranslationHypothesis[]];
  const isBetter = best !== null && best.ids.join() !== first.ids.join();
  return isBetter
    ? [{ ...hypothesis(best), certified }, first, ...others].slice(0, Math.max(1, found.length))
    : [{ ...first, certified }, ...others];
}

/** What search found, as texts. */
function hypothesisBy(target: Codec) {
  return (found: {
    readonly ids: readonly number[];
    readonly logProb: number;
    readonly score: number;
    readonly end: string;
  }): TranslationHypothesis => {
    const { ids, logProb, score, end } = found;
    return {
      text: target.decode(ids),
      pieces: ids.map((id) => target.piece(id)),
      ids,
      logProb,
      score,
      end: end === "eos" ? "eos" : "length",
    };
  };
}
