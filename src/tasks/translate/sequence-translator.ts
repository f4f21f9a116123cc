/** What every translator can do, one network or several. */
import { KindError, readOptions, show, ValueError } from "../../base/index.ts";
import { breathe, gently } from "../../train/index.ts";
import { decoding, readSource, readTranslating, type Sides } from "./decoding.ts";
import { type ScoreOptions, scoreOptions, type TranslateOptions, type TranslateSettings } from "./options.ts";
import type { JudgedSource, Predictor } from "./predictor.ts";
import type { AttentionPicture, SourceText, TextPair, Translation, TranslationScore } from "./translation.ts";

/** How a stream of texts is translated. */
export type TranslateStreamOptions = TranslateOptions & {
  /** Ends it with its reason. */
  readonly signal?: AbortSignal;
};

/** Translates texts, and says how likely it finds given translations and what it looked at. */
export abstract class SequenceTranslator<S = unknown> {
  /** By what it reads and writes, and how it searches where nobody says. @internal */
  abstract readonly sides: Sides;
  /** What predicts the next token. @internal */
  abstract readonly predictor: Predictor<S>;

  /**
   * The translation of a text.
   *
   *     model.translate("ein Satz", { beamSize: 10, alpha: 0.7 });
   *
   * @throws RangeError or TypeError for an option that cannot be, or a text that cannot be read
   */
  translate(text: string, options: TranslateOptions = {}): string {
    return this.translateAll([text], options)[0]!.text;
  }

  /**
   * Translates texts, those of like length side by side.
   *
   * @returns one translation for each text, in order, with what else was found
   * @throws RangeError or TypeError for an option that cannot be, or a text that cannot be read
   */
  translateAll(texts: readonly SourceText[], options: TranslateOptions = {}): Translation[] {
    const work = this.#decoding(texts, options);
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
    }
  }

  /** As `translateAll`; what is found is the hypotheses. */
  search(texts: readonly SourceText[], options: TranslateOptions = {}): Translation[] {
    return this.translateAll(texts, options);
  }

  /**
   * Translates texts as they come, and gives the translations in their order. Texts that are there together are translated
   * together; none waits for one that has not come yet. The event loop runs meanwhile. To take no more translations ends it.
   *
   *     for await (const { text } of model.stream(lines)) console.log(text);
   *
   * @throws RangeError or TypeError for an option that cannot be, or a text that cannot be read
   */
  async *stream(
    texts: Iterable<SourceText> | AsyncIterable<SourceText>,
    options: TranslateStreamOptions = {},
  ): AsyncGenerator<Translation, void, undefined> {
    const { signal, ...rest } = options;
    const settings = readTranslating(this.sides, rest);
    for await (const some of together(texts, settings.batchSize * batchesAtOnce, signal)) {
      const { fit, refused } = this.#readable(some, settings);
      if (fit.length > 0) yield* await gently(this.#decoding(fit, rest), signal);
      if (refused) throw refused.error;
    }
  }

  /** The texts before the first that cannot be read, and why it cannot. */
  #readable(
    texts: readonly SourceText[],
    settings: TranslateSettings,
  ): { readonly fit: readonly SourceText[]; readonly refused: { readonly error: unknown } | null } {
    for (const [i, text] of texts.entries())
      try {
        readSource(this.sides, text, settings);
      } catch (error) {
        return { fit: texts.slice(0, i), refused: { error } };
      }
    return { fit: texts, refused: null };
  }

  /**
   * How likely a translation is, and each of its tokens. What is too long to be translated is refused, or with `longSource`
   * "cut" read as far as translating reads it.
   *
   * @throws RangeError or TypeError for an option that cannot be, or a text that cannot be read
   */
  score(source: string, target: string, options: ScoreOptions = {}): TranslationScore {
    return this.scoreAll([{ source, target }], options)[0]!;
  }

  /**
   * Scores translations as `score` does, those of like length side by side.
   *
   * @returns one score for each pair, in order
   * @throws RangeError or TypeError for an option that cannot be, or a text that cannot be read
   */
  scoreAll(pairs: readonly TextPair[], options: ScoreOptions = {}): TranslationScore[] {
    const { target } = this.sides;
    const settings = readOptions("score", scoreOptions, options);
    const scores: TranslationScore[] = new Array(pairs.length);
    for (const { at, pair, logProbs } of this.#judge(pairs, settings, "score")) {
      const pieces = [...Array.from(target.encode(pair.target), (id) => target.piece(id)), ended];
      scores[at] = {
        logProb: logProbs.reduce((sum, logProb) => sum + logProb, 0),
        tokens: pieces.map((piece, t) => ({ piece, logProb: logProbs[t]! })),
      };
    }
    return scores;
  }

  /**
   * How much each piece of the source mattered to each piece of the target.
   *
   * @param target  by default the translation that is found
   * @param options how that is looked for; what is too long to be translated is refused, or with `longSource` "cut" no more
   *   of it is looked at than is translated
   * @throws RangeError for a model without attention, or a text that cannot be read
   */
  attention(source: string, target?: string, options: TranslateOptions = {}): AttentionPicture {
    const { attends, source: codec, target: written, facts } = this.sides;
    if (!attends) throw new ValueError("attention: needs a model with attention, this one has none");
    const settings = readTranslating(this.sides, options);
    const text = target ?? this.translate(source, options);
    const [{ weights, length }] = [...this.#judge([{ source, target: text }], settings, "attention")] as [Judged];
    const ids = codec.encode(source).subarray(0, length);
    return {
      source: [
        ...(facts.tags.length > 0 ? [`<${options.tag}>`] : []),
        ...Array.from(ids, (id) => codec.piece(id)),
        ended,
      ],
      target: [...Array.from(written.encode(text), (id) => written.piece(id)), ended],
      weights: weights!,
    };
  }

  #decoding(texts: readonly SourceText[], options: TranslateOptions): Generator<undefined, Translation[]> {
    return decoding(this.predictor, this.sides, texts, readTranslating(this.sides, options));
  }

  /** What given targets cost, batch by batch, in whatever order. */
  *#judge(pairs: readonly TextPair[], settings: ScoreSettings, where: string): Generator<Judged> {
    const read = pairs.map(({ source, target, tag }, i) => {
      for (const [name, text] of Object.entries({ source, target }))
        if (typeof text !== "string")
          throw new KindError(
            `${where}: ${name} must be text, got ${show(text)}${pairs.length > 1 ? ` in pair ${i + 1}` : ""}`,
          );
      const { source: text, length } = readSource(this.sides, { source, tag }, settings, where);
      const judged: JudgedSource = { ...text, target };
      return { judged, length, size: length + this.sides.target.encode(target).length };
    });
    const order = [...read.keys()].sort((i, j) => read[i]!.size - read[j]!.size || i - j);
    for (let from = 0; from < order.length; ) {
      // Long ones a few at a time, so that the memory in use stays within bounds.
      const count = Math.max(1, Math.min(64, Math.floor(20_000 / (read[order[from]!]!.size + 2))));
      const batch = order.slice(from, from + count);
      from += batch.length;
      const { logProbs, weights } = this.predictor.judge(batch.map((i) => read[i]!.judged));
      for (const [b, at] of batch.entries())
        yield {
          ...{ at, pair: pairs[at]!, length: read[at]!.length },
          ...{ logProbs: logProbs[b]!, weights: weights?.[b] ?? null },
        };
    }
  }
}

/** How sources of given translations are read. */
type ScoreSettings = Pick<TranslateSettings, keyof typeof scoreOptions.shape>;

/** What was found for one pair. */
interface Judged {
  readonly at: number;
  readonly pair: TextPair;
  /** Tokens of its source that were read, its tag and end not counted. */
  readonly length: number;
  readonly logProbs: Float64Array;
  readonly weights: readonly Float64Array[] | null;
}

/** How readers see the end of a source or a target. */
const ended = "<eos>";

/** How many batches of texts that are there already are sorted by length together. */
const batchesAtOnce = 8;

/**
 * Texts that are there together, in order: all that come without waiting, up to a number of them. An error of the source
 * of texts comes after the texts before it.
 */
async function* together<T>(
  texts: Iterable<T> | AsyncIterable<T>,
  most: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<T[], void, undefined> {
  const iterator = Symbol.asyncIterator in texts ? texts[Symbol.asyncIterator]() : texts[Symbol.iterator]();
  let some: T[] = [];
  let isDone = false;
  try {
    let next = settled(iterator.next());
    for (;;) {
      // With texts in hand another is waited for only as long as the event loop takes to run once.
      const got = await (some.length > 0 ? Promise.race([next, breathe().then(() => null)]) : next);
      signal?.throwIfAborted();
      if (got === null || some.length === most) {
        yield some;
        some = [];
        if (got === null) continue;
      }
      if ("error" in got || got.result.done) {
        isDone = true;
        if (some.length > 0) yield some;
        if ("error" in got) throw got.error;
        return;
      }
      some.push(got.result.value);
      next = settled(iterator.next());
    }
  } finally {
    if (!isDone) await iterator.return?.();
  }
}

/** A result, or the error in its place, so that nobody misses it while other work goes on. */
type Settled<T> = { readonly result: IteratorResult<T> } | { readonly error: unknown };

async function settled<T>(next: IteratorResult<T> | Promise<IteratorResult<T>>): Promise<Settled<T>> {
  try {
    return { result: await next };
  } catch (error) {
    return { error };
  }
}
