/** How well a language model predicts a text, and a signature that says what the figures are figures of. */
import { UNK, ValueError } from "../../base/index.ts";
import { bitsPerCharacter, perplexity } from "../../metrics/index.ts";
import { noGrad } from "../../tensor/index.ts";
import { version } from "../../train/index.ts";
import { type EncodedText, evaluationBatches } from "./data.ts";
import type { LanguageModel } from "./model.ts";
import type { NetworkState } from "./network.ts";

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
  /** Says what was measured: figures may be compared where it is the same. See docs/evaluation.md. */
  readonly signature: string;
}

/**
 * Judges a model by a text, yielding after each batch.
 *
 * All figures are NaN when the weights have diverged.
 *
 * @param where starts the messages
 * @throws RangeError when there are fewer than two tokens
 */
export function* judge(
  model: LanguageModel,
  text: EncodedText,
  where: string,
): Generator<undefined, LanguageEvaluation> {
  const { network, settings } = model;
  let nats = 0;
  let tokens = 0;
  let unknown = 0;
  let streams = 0;
  let state: NetworkState | null = null;
  for (const batch of evaluationBatches(text, settings)) {
    const run = noGrad(network.engine, () => network.loss(batch, batch.continues ? state : null));
    state = run.state;
    nats += run.loss.item() * batch.targetCount;
    tokens += batch.targetCount;
    streams = Math.max(streams, batch.lengths.length);
    for (const id of batch.targets.ids) if (id === UNK) unknown++;
    yield;
  }
  if (tokens === 0)
    throw new ValueError(`${where}: needs at least two tokens to judge the model by, got fewer; give more text`);
  const { characters } = text;
  const isNumber = !Number.isNaN(nats);
  return {
    loss: nats / tokens,
    perplexity: isNumber ? perplexity(nats, tokens) : Number.NaN,
    bitsPerCharacter: isNumber ? bitsPerCharacter(nats, characters) : Number.NaN,
    tokens,
    characters,
    unknown,
    signature: signatureOf(model, { streams, unknown: unknown / tokens }),
  };
}

/** @throws RangeError when the figures are no numbers */
export function checkEvaluation(where: string, { loss }: LanguageEvaluation): void {
  if (!Number.isNaN(loss)) return;
  throw new ValueError(
    `${where}: the loss must be a number, is NaN; the weights of the model may have diverged in training`,
  );
}

/** What was measured, in fields that follow one another always in this order. */
function signatureOf(
  { settings, codec, vocabulary }: LanguageModel,
  { streams, unknown }: { readonly streams: number; readonly unknown: number },
): string {
  const { unit } = settings;
  const context = { lines: "line", text: `carried/${streams}`, documents: `carried/${streams}` } as const;
  return [
    "task:language-model",
    `unit:${unit}`,
    `tokenizer:${codec.tokenizer.name}`,
    `case:${codec.lowercase ? "lower" : "kept"}`,
    `vocabulary:${vocabulary.size}`,
    `eos:${unit === "text" ? "none" : "counted"}`,
    `context:${context[unit]}`,
    `unknown:${(100 * unknown).toFixed(2)}%`,
    `version:${version}`,
  ].join("|");
}
