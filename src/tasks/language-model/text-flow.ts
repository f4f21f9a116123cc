/** A text as its tokens come: what may be shown of it already, and where it ends. */
import type { Codec } from "../../text/index.ts";

/** How a text begins and ends. */
export interface TextFlowOptions {
  /** The tokens before it, which decide whether it begins with a space. */
  readonly after: readonly number[];
  /** Tokens drawn before those that are asked for, of which those before an opening are left out. */
  readonly runUp: number;
  /** The text is cut before the first of these. */
  readonly stop: readonly string[];
  /** Tokens of the text. */
  readonly maxLength: number;
}

/**
 * Puts a text together token by token.
 *
 * What may be the beginning of a stop string, or of a character, is held back until it is known what it is.
 */
export class TextFlow {
  readonly #codec: Codec;
  readonly #stop: readonly string[];
  readonly #speller: ReturnType<Codec["speller"]>;
  #waiting: number[] | null;
  readonly #runUp: number;
  #left: number;
  #held = "";
  #text = "";
  #isStopped = false;

  constructor(codec: Codec, { after, runUp, stop, maxLength }: TextFlowOptions) {
    this.#codec = codec;
    this.#stop = stop;
    this.#runUp = runUp;
    this.#waiting = runUp > 0 ? [] : null;
    this.#left = maxLength;
    this.#speller = codec.speller();
    for (const id of after) this.#speller.push(id);
  }

  /** All that was given out. */
  get text(): string {
    return this.#text;
  }

  /** Whether nothing more is wanted: the text is as long as it may be, or a stop string came. */
  get isOver(): boolean {
    return this.#isStopped || this.#left === 0;
  }

  /** Takes a token; gives the text that is certain with it. */
  push(id: number): string {
    if (!this.#waiting) return this.#take(id);
    this.#waiting.push(id);
    return this.#waiting.length < this.#runUp ? "" : this.#open(this.#waiting);
  }

  /**
   * What was still held back, when no token follows.
   *
   * @param options `whole`: whether half a character is given too, as the replacement character
   */
  end({ whole = true }: { readonly whole?: boolean } = {}): string {
    const rest = this.#waiting ? this.#open(this.#waiting) : "";
    if (this.#isStopped) return rest;
    const last = this.#cut(this.#held + (whole ? this.#speller.end() : ""), false);
    return rest + last;
  }

  /** A running text has no begin to learn: it begins after a line's end, or else with a word, in the run-up. */
  #open(ids: readonly number[]): string {
    this.#waiting = null;
    const pieces = this.#codec.pieces(ids);
    const line = pieces.findIndex((piece) => piece.endsWith("\n"));
    const word = pieces.findIndex((piece) => /^\s/.test(piece));
    const isCut = line >= 0 || word >= 0;
    let at = line >= 0 ? line + 1 : Math.max(0, word);
    while (isCut && at < ids.length && pieces[at]!.trim() === "") at++;
    let given = "";
    for (const id of ids.slice(at)) {
      const piece = this.#take(id);
      // A token may bring the space before its word.
      given += isCut && given === "" ? piece.trimStart() : piece;
    }
    this.#text = given;
    return given;
  }

  #take(id: number): string {
    if (this.isOver) return "";
    this.#left--;
    return this.#cut(this.#held + this.#speller.push(id), true);
  }

  /** Gives out a text up to a stop string, and holds back its end where that may become one. */
  #cut(text: string, mayGoOn: boolean): string {
    const places = this.#stop.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    this.#isStopped = places.length > 0;
    const end = this.#isStopped ? Math.min(...places) : text.length - (mayGoOn ? this.#beginning(text) : 0);
    this.#held = this.#isStopped ? "" : text.slice(end);
    this.#text += text.slice(0, end);
    return text.slice(0, end);
  }

  /** How long the longest end of a text is that a stop string begins with. */
  #beginning(text: string): number {
    const longest = Math.max(0, ...this.#stop.map((stop) => stop.length - 1));
    for (let length = Math.min(longest, text.length); length > 0; length--)
      if (this.#stop.some((stop) => stop.startsWith(text.slice(-length)))) return length;
    return 0;
  }
}
