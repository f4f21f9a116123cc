/** A text as a model reads it: token by token, each with its place in the text. */
import { BOS, EOS, KindError, show, ValueError } from "../base/index.ts";
import type { Embedding, Recurrent, State } from "../nn/index.ts";
import type { Engine, Tensor } from "../tensor/index.ts";
import { type Batch, type Codec, spellerOf } from "../text/index.ts";

/** A model that can be looked into: a `LanguageModel`, or whatever has these parts of one. */
export interface InspectedModel {
  readonly codec: Codec;
  /** Whether each line, or what blank lines part, is a sequence of its own, or the text is one sequence. */
  readonly settings: { readonly unit: "lines" | "documents" | "text" };
  readonly network: {
    readonly engine: Engine;
    readonly embedding: Pick<Embedding, "lookup">;
    readonly recurrent: Recurrent;
    /** What each target of a batch costs, in nats. */
    tokenNats(
      batch: Batch,
      state: readonly State[] | null,
    ): { readonly nats: Tensor["data"]; readonly state: readonly State[] };
  };
}

/** A text cut into tokens. */
export interface Reading {
  /**
   * What the tokens spell: the text, in small letters where the model reads such. Lines and documents that are read by
   * themselves are parted as they were in the text, by line ends that no token spells.
   */
  readonly text: string;
  /** What each token spells; empty for one that holds a part of a character only. */
  readonly tokens: readonly string[];
  /** The id of each. */
  readonly ids: Int32Array;
  /** Where in `text` each ends. */
  readonly ends: Int32Array;
  /** The tokens before which the model begins afresh: 0, and the first of each line or document read by itself. */
  readonly begins: readonly number[];
}

/**
 * Cuts a text as a model reads it.
 *
 * @param where starts the messages
 * @throws TypeError when it is no text, RangeError when it holds no token or half of a surrogate pair
 */
export function readAlong(where: string, { codec, settings }: InspectedModel, text: string): Reading {
  if (typeof text !== "string") throw new KindError(`${where}: text must be a string, got ${show(text)}`);
  const plain = text.replaceAll("\r\n", "\n");
  const parted = partings[settings.unit];
  const pieces = parted ? plain.split(parted).filter((piece) => piece.trim() !== "") : [plain];
  const tokens: string[] = [];
  const ids: number[] = [];
  const ends: number[] = [];
  const begins: number[] = [];
  let spelt = "";
  for (const piece of pieces) {
    const cut = codec.tokens(piece);
    if (cut.length === 0) continue;
    if (begins.length > 0) spelt += settings.unit === "documents" ? "\n\n" : "\n";
    begins.push(ids.length);
    const speller = spellerOf(codec.tokenizer);
    cut.forEach((token, i) => {
      const spelling = speller.push(token) + (i === cut.length - 1 ? speller.end() : "");
      spelt += spelling;
      tokens.push(spelling);
      ids.push(codec.vocabulary.id(token));
      ends.push(spelt.length);
    });
  }
  if (ids.length === 0) throw new ValueError(`${where}: text must hold at least one token, got ${show(text)}`);
  return { text: spelt, tokens, ids: Int32Array.from(ids), ends: Int32Array.from(ends), begins };
}

/** What parts texts that are read by themselves. */
const partings = { lines: "\n", documents: /^\n+|\n(?:[^\S\n]*\n)+|\n+$/, text: null } as const;

/** What is read before each of them. */
const openings = { lines: BOS, documents: EOS, text: null } as const;

/** A stretch of a reading that a model takes in one call. */
export interface Stretch {
  /** The first token read. */
  readonly from: number;
  /** The ids read, after what opens a line or a document. */
  readonly ids: Int32Array;
  /** How many ids come before the token at `from`. */
  readonly lead: number;
  /** Whether the state of the stretch before is carried over. */
  readonly continues: boolean;
}

/** The stretches of a reading, none longer than `longest` tokens. */
export function* stretches(
  { ids, begins }: Reading,
  { unit }: InspectedModel["settings"],
  longest = 512,
): Generator<Stretch> {
  for (const [k, begin] of begins.entries()) {
    const end = begins[k + 1] ?? ids.length;
    for (let from = begin; from < end; from += longest) {
      const own = ids.subarray(from, Math.min(end, from + longest));
      const continues = from > begin;
      const opening = continues ? null : openings[unit];
      const all = opening === null ? own : Int32Array.of(opening, ...own);
      yield { from, ids: all, lead: all.length - own.length, continues };
    }
  }
}
