/** Translations in words: the output, alternatives with their scores, what was looked at, what was searched. */
import { stripVTControlCharacters } from "node:util";
import {
  type Attention,
  attentionLegend,
  drawAttention,
  drawBeamTree,
  type NamedBeamTree,
  spellBeamTree,
  visible,
} from "../draw/index.ts";
import type { AttentionPicture, Translation } from "../tasks/index.ts";
import type { Codec } from "../text/index.ts";
import type { AnyTranslator } from "./models.ts";
import { plainTable } from "./plain-table.ts";
import { count, flowing } from "./screen.ts";

/** How lines are written. */
export interface Look {
  readonly columns: number;
  readonly hasColor: boolean;
  /** Whether somebody reads them in a terminal, which signs for control characters then protect. */
  readonly isSeen: boolean;
}

/** An output on one line. */
export function lineOf(text: string, { isSeen }: Pick<Look, "isSeen">): string {
  const line = text.replaceAll(/\r\n|[\n\r\u2028\u2029]/g, " ");
  return isSeen ? visible(line) : line;
}

/** The outputs of a text, the best first, each after its score and its log-probability. */
export function alternativesOf({ hypotheses }: Translation, look: Pick<Look, "isSeen">): string[] {
  const rows = hypotheses.map(({ score, logProb }) => ["", score.toFixed(3), logProb.toFixed(2)]);
  const numbers = plainTable(["", "score", "log p"], rows).split("\n");
  const marks = hypotheses.map(({ end, certified }) => [
    ...(end === "length" ? ["cut off"] : []),
    ...(certified === undefined ? [] : [certified ? "certified" : "not certified"]),
  ]);
  const texts = hypotheses.map(
    ({ text }, i) => `${lineOf(text, look)}${marks[i]!.length > 0 ? `  (${marks[i]!.join(", ")})` : ""}`,
  );
  return numbers.map((line, i) => (i === 0 ? line : `${line}  ${texts[i - 1]}`));
}

/**
 * What an output looked at, as it is drawn: the ends of both sides are one sign, as letters are, and what the model does
 * not know of the source is shown as it was written.
 */
export function drawable({ source, target, weights }: AttentionPicture, unknown: readonly string[]): Attention {
  const short = (pieces: readonly string[]) =>
    pieces.map((piece, i) => (i === pieces.length - 1 && piece === "<eos>" ? end : piece));
  let next = 0;
  const written = source.map((piece) => (piece === "<unk>" ? (unknown[next++] ?? piece) : piece));
  return { source: short(written), target: short(target), weights };
}

const end = "∎";

/** What the output of a text looked at, with what the signs mean. */
export function attentionText(seen: Attention, { columns, hasColor }: Look): string {
  const legend = flowing([attentionLegend({ hasColor }), `${end} end`], hasColor ? columns + paints : columns);
  return `${drawAttention(seen, { columns, hasColor })}\n${legend}`;
}

/** How much longer a legend with colours is than it looks. */
const paints = stripped(attentionLegend({ hasColor: true }));

function stripped(text: string): number {
  return text.length - stripVTControlCharacters(text).length;
}

/** What a search did, spelt, of a translation with a trace. */
export function spelledTree(model: AnyTranslator, { source, tree }: Translation, beamSize: number): NamedBeamTree {
  const { target } = model.sides;
  const spell = (ids: readonly number[]) => {
    const speller = target.speller();
    return ids.reduce((_, id) => speller.push(id), "");
  };
  return { name: source, ...spellBeamTree(tree?.nodes ?? [], { beamSize, spell }) };
}

/** What a search did. */
export function treeText(tree: NamedBeamTree, { columns, hasColor }: Look): string {
  return drawBeamTree(tree, { columns, hasColor });
}

/** Which unknown pieces a model knows in capitals, or in small letters, to go on a note about them; empty for none. */
export function inOtherCase({ vocabulary }: Codec, pieces: readonly string[]): string {
  for (const [turned, what] of [
    [(piece: string) => piece.toUpperCase(), "capitals"],
    [(piece: string) => piece.toLowerCase(), "small letters"],
  ] as const) {
    const known = pieces.filter((piece) => turned(piece) !== piece && vocabulary.has(turned(piece)));
    if (known.length === 0) continue;
    const all = known.length === 1 ? "it" : "them";
    const which = known.length === pieces.length ? all : known.map((piece) => JSON.stringify(piece)).join(", ");
    return `; it knows ${which} in ${what}`;
  }
  return "";
}

/** What is told of many translations once they are done. */
export class Tally {
  #outputs = 0;
  #unknown = 0;
  #cutSources = 0;
  #cutOutputs = 0;
  #certified: number | null = null;
  readonly #pieces = new Set<string>();
  readonly #codec: Codec;

  /** @param codec by what sources are read, to tell which letters are known in the other case */
  constructor(codec: Codec) {
    this.#codec = codec;
  }

  add({ hypotheses, unknown, cut }: Translation): void {
    const best = hypotheses[0]!;
    this.#outputs++;
    if (unknown.length > 0) this.#unknown++;
    if (cut > 0) this.#cutSources++;
    if (best.end === "length") this.#cutOutputs++;
    if (best.certified !== undefined) this.#certified = (this.#certified ?? 0) + (best.certified ? 1 : 0);
    for (const piece of unknown) if (this.#pieces.size <= mostPieces) this.#pieces.add(piece);
  }

  /** @param one what a source is called, such as "line" */
  notes(one: string): string[] {
    const of = (n: number) => (this.#outputs === 1 ? `the ${one}` : `${count(n)} of ${count(this.#outputs)} ${one}s`);
    const pieces = [...this.#pieces];
    const shown = pieces.slice(0, mostPieces).map((piece) => JSON.stringify(piece));
    const more = pieces.length > shown.length ? " and more" : "";
    return [
      ...(this.#unknown > 0
        ? [
            `the model has never seen ${shown.join(", ")}${more} of ${of(this.#unknown)}${inOtherCase(this.#codec, pieces.slice(0, mostPieces))}`,
          ]
        : []),
      ...(this.#cutSources > 0
        ? [`the end of ${of(this.#cutSources)} was too long for the model and is left out`]
        : []),
      ...(this.#cutOutputs > 0
        ? [
            this.#outputs === 1
              ? "the output is cut off at the greatest length; --max-length allows more"
              : `${count(this.#cutOutputs)} of ${count(this.#outputs)} outputs are cut off at the greatest length; --max-length allows more`,
          ]
        : []),
      ...(this.#certified !== null
        ? [
            this.#outputs === 1
              ? `the output is ${this.#certified === 1 ? "certified: none scores more" : "not certified; a larger --certify may do"}`
              : `${count(this.#certified)} of ${count(this.#outputs)} outputs are certified: none scores more`,
          ]
        : []),
    ];
  }
}

const mostPieces = 10;
