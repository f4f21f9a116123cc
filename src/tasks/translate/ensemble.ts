/** Several models that translate as one. */
import { KindError, ValueError } from "../../base/index.ts";
import type { StepResult } from "../../decode/index.ts";
import type { Bpe, Codec } from "../../text/index.ts";
import type { DecoderState } from "./decoder.ts";
import type { Sides } from "./decoding.ts";
import { TranslationModel } from "./model.ts";
import type { JudgedSource, Judgement, Predictor, Source } from "./predictor.ts";
import { SequenceTranslator } from "./sequence-translator.ts";

/** Where each of the models is. */
export type EnsembleState = readonly DecoderState[];

/**
 * Several models that translate as one: each token is as likely as it is to them on average.
 *
 *   P(y_t) = mean over models m of P_m(y_t)
 *
 *     const ensemble = new Ensemble([first, second, third]);
 *     ensemble.translate("ein Satz");
 *
 * The models must write the same tokens, in whatever order their vocabularies have them; each reads sources in its own
 * way. It searches as the first of them was told to.
 *
 * @source Hansen & Salamon 1990; for translation: Sutskever, Vinyals & Le 2014, arXiv:1409.3215, 3.6
 */
export class Ensemble extends SequenceTranslator<EnsembleState> {
  readonly models: readonly TranslationModel[];
  readonly sides: Sides;
  readonly predictor: Predictor<EnsembleState>;

  /** @throws RangeError or TypeError when there is no model, or they do not write the same tokens */
  constructor(models: readonly TranslationModel[]) {
    super();
    if (!Array.isArray(models) || models.some((model) => !(model instanceof TranslationModel)))
      throw new KindError("Ensemble: needs a list of translation models; load them with translationModel.load");
    const [first] = models;
    if (!first) throw new ValueError("Ensemble: needs at least 1 model, got 0");
    for (const [i, model] of models.entries()) {
      checkTargets(first.target, model.target, i);
      checkTags(first, model, i);
    }
    this.models = models;
    this.sides = {
      ...first.sides,
      facts: {
        tags: first.facts.tags,
        longestSource: most(models, "longestSource"),
        longestTarget: most(models, "longestTarget"),
        greatestRatio: most(models, "greatestRatio"),
      },
      attends: models.every((model) => model.sides.attends && readsAlike(first.source, model.source)),
      never: [],
    };
    this.predictor = new MeanPredictor(models, this.sides.attends);
  }

  /** By what the first of the models reads sources. */
  get source(): Codec {
    return this.sides.source;
  }

  /** By what targets are written. */
  get target(): Codec {
    return this.sides.target;
  }

  /** How many trainable numbers the models have together. */
  get parameterCount(): number {
    return this.models.reduce((sum, model) => sum + model.parameterCount, 0);
  }
}

function most(models: readonly TranslationModel[], fact: "longestSource" | "longestTarget" | "greatestRatio"): number {
  return Math.max(...models.map(({ facts }) => facts[fact]));
}

function checkTargets(first: Codec, other: Codec, i: number): void {
  if (first.tokenizer.name !== other.tokenizer.name)
    throw new ValueError(
      `Ensemble: all models must write the same tokens, but models[0] writes ${first.tokenizer.name} and models[${i}] ${other.tokenizer.name}`,
    );
  const missing =
    lacking(first, other, `models[${i}]`, "models[0]") ?? lacking(other, first, "models[0]", `models[${i}]`);
  if (missing)
    throw new ValueError(
      `Ensemble: all models must write the same tokens, but ${missing}; train them on the same pairs with the same options`,
    );
  if (!joinsAlike(first, other))
    throw new ValueError(
      `Ensemble: all models must write the same tokens, but models[0] and models[${i}] cut texts differently; train them on the same pairs with the same options`,
    );
  if (first.lowercase !== other.lowercase)
    throw new ValueError(
      `Ensemble: all models must write capitals or none, but only models[${first.lowercase ? 0 : i}] writes small letters alone`,
    );
}

/** What the one can write and the other cannot. */
function lacking(has: Codec, lacks: Codec, who: string, whose: string): string | null {
  const token = has.vocabulary.toJSON().tokens.find((token) => !lacks.vocabulary.has(token));
  return token === undefined ? null : `${who} has no ${JSON.stringify(token)}, as ${whose} has`;
}

function checkTags(first: TranslationModel, other: TranslationModel, i: number): void {
  const has = new Set(other.facts.tags);
  if (has.size === first.facts.tags.length && first.facts.tags.every((tag) => has.has(tag))) return;
  const list = ({ facts }: TranslationModel) => (facts.tags.length > 0 ? facts.tags.join(", ") : "none");
  throw new ValueError(
    `Ensemble: all models must know the same tags, but models[0] knows ${list(first)} and models[${i}] ${list(other)}`,
  );
}

/** Whether two codecs cut every source alike, so that what is looked at can be averaged. */
function readsAlike(a: Codec, b: Codec): boolean {
  if (a.tokenizer.name !== b.tokenizer.name || a.lowercase !== b.lowercase) return false;
  return a.tokenizer.name !== "bpe" || ((lacking(a, b, "", "") ?? lacking(b, a, "", "")) === null && joinsAlike(a, b));
}

/** Whether two codecs of the same tokens join the same of them in the same order, so that a text is as many to both. */
function joinsAlike(a: Codec, b: Codec): boolean {
  const merges = ({ tokenizer }: Codec) => JSON.stringify("merges" in tokenizer ? (tokenizer as Bpe).merges : []);
  return merges(a) === merges(b);
}

/** The mean of the probabilities of several models. Ids are those of the first. */
class MeanPredictor implements Predictor<EnsembleState> {
  readonly #models: readonly TranslationModel[];
  /** For each model the ids by which it has the tokens of the first; null where they are the same. */
  readonly #ids: readonly (Int32Array | null)[];
  readonly #attends: boolean;
  /** V: how many tokens all of them have. */
  readonly #size: number;

  constructor(models: readonly TranslationModel[], attends: boolean) {
    const { vocabulary, size } = models[0]!.target;
    this.#models = models;
    this.#attends = attends;
    this.#size = size;
    this.#ids = models.map(({ target }) => {
      const ids = Int32Array.from({ length: size }, (_, id) =>
        id < 4 ? id : target.vocabulary.id(vocabulary.token(id)),
      );
      return ids.every((id, i) => id === i) ? null : ids;
    });
  }

  begin(sources: readonly Source[], options: { readonly givesBack: boolean }): EnsembleState {
    return this.#models.map(({ predictor }) => predictor.begin(sources, options));
  }

  end(begun: EnsembleState): void {
    this.#models.forEach(({ predictor }, m) => {
      predictor.end(begun[m]!);
    });
  }

  readonly step: Predictor<EnsembleState>["step"] = (tokens, states) => {
    const results = this.#models.map(({ predictor }, m) => {
      const ids = this.#ids[m];
      return predictor.step(ids ? { ids: tokens.ids.map((id) => ids[id]!), shape: tokens.shape } : tokens, states![m]!);
    });
    const B = tokens.shape[1]!;
    const weights = this.#attends ? this.#mean(results.map(({ weights }) => weights!)) : null;
    return {
      logits: this.#logMean(results, B),
      totals: new Float64Array(B),
      state: results.map(({ state }) => state),
      ...(weights && { weights }),
    };
  };

  readonly select: Predictor<EnsembleState>["select"] = (states, rows) =>
    this.#models.map(({ predictor }, m) => predictor.select(states[m]!, rows));

  readonly release: Predictor<EnsembleState>["release"] = (states) =>
    this.#models.forEach(({ predictor }, m) => {
      predictor.release(states[m]!);
    });

  judge(pairs: readonly JudgedSource[]): Judgement {
    const all = this.#models.map(({ predictor }) => predictor.judge(pairs));
    const count = all.length;
    return {
      logProbs: pairs.map((_, b) => {
        const each = all.map(({ logProbs }) => logProbs[b]!);
        return each[0]!.map((_, t) => {
          const greatest = Math.max(...each.map((logProbs) => logProbs[t]!));
          const sum = each.reduce((sum, logProbs) => sum + Math.exp(logProbs[t]! - greatest), 0);
          return greatest + Math.log(sum / count);
        });
      }),
      weights: this.#attends
        ? pairs.map((_, b) => {
            const each = all.map(({ weights }) => weights![b]!);
            return each[0]!.map((_, t) => this.#mean(each.map((weights) => weights[t]!)));
          })
        : null,
    };
  }

  /** log of the mean of the probabilities [B V], in the order of the first model's ids. */
  #logMean(results: readonly StepResult<unknown>[], B: number): Float64Array {
    const V = this.#size;
    const mean = new Float64Array(B * V);
    for (const [m, { logits, totals }] of results.entries()) {
      const ids = this.#ids[m];
      const width = logits.length / B;
      for (let b = 0; b < B; b++) {
        const total = totals![b]!;
        for (let v = 0; v < V; v++) mean[b * V + v]! += Math.exp(logits[b * width + (ids ? ids[v]! : v)]! - total);
      }
    }
    const count = results.length;
    for (let i = 0; i < mean.length; i++) mean[i] = Math.log(mean[i]! / count);
    return mean;
  }

  #mean(each: readonly ArrayLike<number>[]): Float64Array {
    return Float64Array.from(each[0]!, (_, i) => each.reduce((sum, values) => sum + values[i]!, 0) / each.length);
  }
}
