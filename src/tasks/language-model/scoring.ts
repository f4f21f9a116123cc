/** What a model thinks of texts: how likely each is, and how much each of its tokens surprises. */
import { BOS, EOS, KindError, PAD, show, UNK, ValueError } from "../../base/index.ts";
import { bitsPerCharacter, perplexity } from "../../metrics/index.ts";
import { type Batch, NO_TARGET, spellerOf } from "../../text/index.ts";
import { opening } from "./generation.ts";
import type { LanguageModel } from "./model.ts";
import type { NetworkState } from "./network.ts";
import { selectRows } from "./next-step.ts";

/** A token of a text, and how much it surprises. */
export interface TokenScore {
  /** What it adds to the text; empty for the end of a line, and for a part of a character but the last. */
  readonly text: string;
  /** What it is: a token of the vocabulary, the end of the line, or a token that the model does not know. */
  readonly kind: "token" | "end" | "unknown";
  /** Minus the logarithm of its probability given all before it. */
  readonly nats: number;
}

/** How likely a text is. */
export interface TextScore {
  readonly text: string;
  /** The logarithm of its probability: of all its tokens, and with unit lines of its end. */
  readonly logProb: number;
  /** Nats per token. */
  readonly loss: number;
  /** exp(loss) */
  readonly perplexity: number;
  /** The text's length in bits, by its characters; the end of a line counts as one. */
  readonly bitsPerCharacter: number;
  /** Its tokens, with unit lines the end of the line too. */
  readonly tokens: readonly TokenScore[];
  /** How many of the tokens the model does not know. */
  readonly unknown: number;
}

/**
 * Scores texts in order, many at a time, those of like length side by side. In memory bounded by the longest text and
 * some hundred others, however many there are.
 */
export function* scoreAll(model: LanguageModel, texts: Iterable<string>): Generator<TextScore, void, undefined> {
  let waiting: Waiting[] = [];
  let tokens = 0;
  let number = 0;
  for (const text of texts) {
    const read = readScored(model, text, number++);
    waiting.push(read);
    tokens += read.targets.length;
    if (waiting.length < textsAtOnce && tokens < tokensAtOnce) continue;
    yield* scoreTogether(model, waiting);
    waiting = [];
    tokens = 0;
  }
  yield* scoreTogether(model, waiting);
}

/** Texts that are read before they are scored, so that those of like length meet. */
const textsAtOnce = 512;
const tokensAtOnce = 1 << 16;
/** Texts side by side, and tokens that go through the network in one call: the memory in use grows with them. */
const rowsAtOnce = 64;
const placesAtOnce = 4096;

/** A text that is to be scored. */
interface Waiting {
  readonly text: string;
  readonly pieces: readonly string[];
  /** What is read and what should be predicted, of one length. */
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
}

function readScored(model: LanguageModel, text: string, number: number): Waiting {
  const { codec, settings } = model;
  if (typeof text !== "string") throw new KindError(`score: text ${number + 1} must be text, got ${show(text)}`);
  const tokens = codec.tokens(text);
  const isLine = settings.unit === "lines";
  if (tokens.length === 0 && !isLine)
    throw new ValueError(`score: text ${number + 1} must hold at least one token, got ${show(text)}`);
  const speller = spellerOf(codec.tokenizer);
  // The text of what the model does not know is told too.
  const pieces = tokens.map((token) => speller.push(token));
  if (pieces.length > 0) pieces[pieces.length - 1] += speller.end();
  const ids = [...codec.vocabulary.encode(tokens)];
  const { begin } = opening(model);
  const targets = isLine ? [...ids, EOS] : ids;
  return { text, pieces, inputs: [...(begin ?? [BOS]), ...ids].slice(0, targets.length), targets };
}

/** Scores some texts, those of like length in one batch, and gives them in their order. */
function* scoreTogether(model: LanguageModel, texts: readonly Waiting[]): Generator<TextScore, void, undefined> {
  // The longest first: where one is at its end, those behind it are too.
  const order = texts.map((_, i) => i).sort((i, j) => texts[j]!.targets.length - texts[i]!.targets.length || i - j);
  const nats = texts.map(({ targets }) => new Float64Array(targets.length));
  for (let from = 0; from < order.length; from += rowsAtOnce) {
    const rows = order.slice(from, from + rowsAtOnce);
    measure(
      model,
      rows.map((i) => texts[i]!),
      rows.map((i) => nats[i]!),
    );
  }
  for (const [i, text] of texts.entries()) yield scoreOf(model, text, nats[i]!);
}

/** Writes the nats of each token of some texts, the longest first. */
function measure({ network }: LanguageModel, texts: readonly Waiting[], nats: readonly Float64Array[]): void {
  let state: NetworkState | null = null;
  const longest = texts[0]!.targets.length;
  let rows = texts.length;
  for (let from = 0, steps = 0; from < longest; from += steps) {
    const left = texts.filter(({ targets }) => targets.length > from);
    if (state && left.length < rows)
      state = selectRows(
        state,
        left.map((_, b) => b),
      );
    rows = left.length;
    steps = Math.min(Math.floor(placesAtOnce / rows), longest - from);
    const batch = stretchOf(left, from, steps);
    const run = network.tokenNats(batch, state);
    state = run.state;
    for (let b = 0; b < rows; b++)
      for (let t = 0; t < batch.lengths[b]!; t++) nats[b]![from + t] = run.nats[t * rows + b]!;
  }
}

/** The steps of some texts from one on. */
function stretchOf(texts: readonly Waiting[], from: number, T: number): Batch {
  const B = texts.length;
  const inputs = new Int32Array(T * B).fill(PAD);
  const targets = new Int32Array(T * B).fill(NO_TARGET);
  const lengths = Int32Array.from(texts, (text) => Math.min(T, text.targets.length - from));
  texts.forEach((text, b) => {
    for (let t = 0; t < lengths[b]!; t++) {
      inputs[t * B + b] = text.inputs[from + t]!;
      targets[t * B + b] = text.targets[from + t]!;
    }
  });
  return {
    inputs: { ids: inputs, shape: [T, B] },
    targets: { ids: targets, shape: [T, B] },
    lengths,
    targetCount: lengths.reduce((sum, length) => sum + length, 0),
    continues: from > 0,
  };
}

function scoreOf({ settings }: LanguageModel, { text, pieces, targets }: Waiting, nats: Float64Array): TextScore {
  const tokens = targets.map((id, t): TokenScore => {
    const isEnd = settings.unit === "lines" && t === targets.length - 1;
    return { text: pieces[t] ?? "", kind: isEnd ? "end" : id === UNK ? "unknown" : "token", nats: nats[t]! };
  });
  const all = nats.reduce((sum, each) => sum + each, 0);
  if (Number.isNaN(all))
    throw new ValueError(
      `score: the probability of ${show(text)} must be a number, is NaN; the weights of the model may have diverged in training`,
    );
  const characters = [...pieces.join("")].length + (settings.unit === "lines" ? 1 : 0);
  return {
    text,
    logProb: -all,
    loss: all / tokens.length,
    perplexity: perplexity(all, tokens.length),
    bitsPerCharacter: bitsPerCharacter(all, Math.max(1, characters)),
    tokens,
    unknown: tokens.filter(({ kind }) => kind === "unknown").length,
  };
}
