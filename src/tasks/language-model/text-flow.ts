/** A text as its tokens come: what may be shown of it already, and where it ends. */
import type { Codec } from "../../text/index.ts";

/** How a text begins and ends. */
interface TextFlowOptions {
  /** The tokens before it, which decide whether it begins with a space. */
  readonly after: readonly number[];
  /** Whether a space stands before it already, which its first token may bring too. */
  readonly isSpaced: boolean;
  /** Whether it begins from nothing, so that its first tokens are left out. */
  readonly hasRunUp: boolean;
  /** The text is cut before the first of these. */
  readonly stop: readonly string[];
  /** Tokens of the text. */
  readonly maxLength: number;
}

/**
 * A running text has no begin to learn, so the first tokens, drawn from a state never seen in training, are left out. It
 * begins after a line's end, or where none comes with a word, or where that does not come either anywhere.
 */
const runUp = { before: 24, line: 88, word: 128, blank: 192 } as const;

/** The most tokens that a run-up takes. */
export const longestRunUp = runUp.blank;

/**
 * Puts a text together token by token.
 *
 * What may be the beginning of a stop string, or of a character, is held back until it is known what it is.
 */
export class TextFlow {
  readonly #stop: readonly string[];
  readonly #speller: ReturnType<Codec["speller"]>;
  #isSpaced: boolean;
  #skipped = 0;
  /** What is still to be left out: tokens before an opening, or the blanks that follow it. */
  #leavesOut: "tokens" | "blanks" | "nothing";
  #left: number;
  #held = "";
  #text = "";
  #isStopped = false;
  #isWhole = true;

  constructor(codec: Codec, { after, isSpaced, hasRunUp, stop, maxLength }: TextFlowOptions) {
    this.#stop = stop;
    this.#isSpaced = isSpaced;
    this.#leavesOut = hasRunUp ? "tokens" : "nothing";
    this.#left = maxLength;
    this.#speller = codec.speller();
    for (const id of after) this.#speller.push(id);
  }

  /** All that was given out. */
  get text(): string {
    return this.#text;
  }

  /** Whether a stop string came. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** How long the text is with what is held back, and null amid a character. */
  get place(): number | null {
    return this.#isWhole ? this.#text.length + this.#held.length : null;
  }

  /** Whether the next token brings a space that stands there already. */
  get isSpaced(): boolean {
    return this.#isSpaced;
  }

  /** Whether nothing more is wanted: the text is as long as it may be, or a stop string came. */
  get isOver(): boolean {
    return this.#isStopped || this.#left === 0;
  }

  /** Takes a token; gives the text that is certain with it. */
  push(id: number): string {
    if (this.isOver) return "";
    let piece = this.#speller.push(id);
    this.#isWhole = piece !== "";
    if (this.#leavesOut !== "nothing") {
      piece = this.#leaveOut(piece);
      if (piece === "") return "";
    }
    this.#left--;
    if (this.#isSpaced && piece !== "") {
      piece = piece.replace(/^ /, "");
      this.#isSpaced = false;
    }
    return this.#cut(this.#held + piece, true);
  }

  /**
   * What was still held back, when no token follows.
   *
   * @param options `whole`: whether half a character is given too, as the replacement character
   */
  end({ whole = true }: { readonly whole?: boolean } = {}): string {
    if (this.#isStopped) return "";
    return this.#cut(this.#held + (whole ? this.#speller.end() : ""), false);
  }

  /** What of a piece belongs to the text, when it may belong to the run-up. */
  #leaveOut(piece: string): string {
    const skipped = ++this.#skipped;
    if (this.#leavesOut === "tokens") {
      const isWord = skipped > runUp.line && /^\s/.test(piece);
      const isLast = skipped >= runUp.word || (skipped >= runUp.before && piece.endsWith("\n"));
      if (isWord || isLast) this.#leavesOut = "blanks";
      if (!isWord) return "";
    }
    // A token may bring the space before its word.
    const rest = skipped < runUp.blank ? piece.trimStart() : piece;
    if (rest !== "") this.#leavesOut = "nothing";
    return rest;
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
