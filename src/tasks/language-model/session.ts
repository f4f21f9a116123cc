/** A text being read and written, which can be left and gone on with. */
import type { z } from "zod";
import { BOS, EOS, KindError, Random, readOptions, show, ValueError } from "../../base/index.ts";
import { draw, filtersOf, forbid, longestWindow } from "../../decode/index.ts";
import { writeSafetensors } from "../../formats/index.ts";
import { gentlyEach, version } from "../../train/index.ts";
import { type ContinueOptions, opening, readContinuing } from "./generation.ts";
import type { LanguageModel } from "./model.ts";
import { fingerprintOf } from "./model-fingerprint.ts";
import type { NetworkState } from "./network.ts";
import { nextStep } from "./next-step.ts";
import { type NextToken, nextTokenOptions, rankNext } from "./next-tokens.ts";
import { readMore, readPrompt } from "./prompt.ts";
import { readSessionFile, type SavedSession } from "./session-file.ts";
import { TextFlow } from "./text-flow.ts";

/** Where a session stood when its text was so long. */
interface Mark {
  readonly place: number;
  readonly state: NetworkState | null;
  readonly unread: readonly number[];
  readonly seen: number[];
  readonly random: Random["state"];
  readonly isFresh: boolean;
  readonly isSpaced: boolean;
}

/**
 * One text that a model reads and writes, from its begin on: what it holds of the past is the state of the network, so
 * that going on costs the same however long the text is.
 *
 *     const session = model.session();
 *     session.read("Once upon a ");
 *     session.next({ top: 5 });             // what may come
 *     session.generate({ maxLength: 100 }); // goes on writing
 *     const bytes = session.save();         // later: model.session(bytes)
 */
export class Session {
  readonly #model: LanguageModel;
  /** Starts messages. */
  readonly #where: string;
  #state: NetworkState | null = null;
  /** What the network reads next: never empty, since only reading says what may come. */
  #unread: readonly number[];
  /** The last tokens of the text. */
  #seen: number[] = [];
  #random = new Random(1).fork();
  /** Whether nothing was read or written yet. */
  #isFresh = true;
  #isEnded = false;
  /** Whether a space was read last, which the next token may bring too. */
  #isSpaced = false;
  /** What reading the unread comes to, once it was asked for. */
  #ahead: { readonly logits: ArrayLike<number>; readonly state: NetworkState } | null = null;

  /** @internal */
  constructor(model: LanguageModel, where = "session") {
    this.#model = model;
    this.#where = where;
    this.#unread = opening(model).begin ?? [BOS];
  }

  /** Whether the model has ended the text, so that nothing follows. A running text has no end. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * Reads text, in one call of the network.
   *
   * @param where starts the messages
   * @returns the session
   * @throws RangeError when the model knows none of it, or the text has ended
   */
  read(text: string, where = "session"): this {
    if (typeof text !== "string") throw new KindError(`${where}: prompt must be text, got ${show(text)}`);
    this.#checkOpen();
    const { ids, isSpaced } = readPrompt(where, this.#model.codec, text, { isSpaced: this.#isSpaced });
    this.#isSpaced = isSpaced;
    if (ids.length === 0) return this;
    this.#unread = [...this.#unread, ...ids];
    this.#remember(ids);
    this.#ahead = null;
    // What is long is read at once, so that it need not be kept.
    if (this.#unread.length > longestWindow) {
      const { state } = this.#step(this.#unread.slice(0, -1));
      this.#state = state;
      this.#unread = this.#unread.slice(-1);
    }
    return this;
  }

  /**
   * The tokens that may come next, the likeliest first.
   *
   * @throws RangeError when an option cannot be, or the text has ended
   */
  next(options: z.input<typeof nextTokenOptions> = {}): NextToken[] {
    const { top } = readOptions("next", nextTokenOptions, options);
    this.#checkOpen();
    return rankNext(this.#model, this.#look().logits, { top, after: this.#seen, isSpaced: this.#isSpaced });
  }

  /**
   * Goes on with the text.
   *
   * Draws what `LanguageModel.generate` draws for the same prompt and seed; without a seed the draws go on from those
   * before, so that a text written in parts is the text written in one. Where a stop string ends it, the session stands
   * before that string: it has not read it.
   *
   * @returns what was written, without what was there before
   * @throws RangeError or TypeError when an option cannot be, or the text has ended
   */
  generate(options: ContinueOptions = {}): string {
    return [...this.#write(options)].join("");
  }

  /**
   * Goes on with the text, giving it piece by piece, and lets the event loop run meanwhile. To stop taking pieces stops
   * the writing.
   *
   * @param options as for `generate`, and a signal, which ends it with its reason
   */
  stream(options: ContinueOptions & { readonly signal?: AbortSignal } = {}): AsyncGenerator<string, void, undefined> {
    const { signal, ...rest } = options;
    return gentlyEach(this.#write(rest), signal);
  }

  /** The session as the bytes of a safetensors file, for `LanguageModel.session`. Data, never code. */
  save(): Uint8Array<ArrayBuffer> {
    const arrays = (this.#state ?? []).flatMap((parts, layer) =>
      Object.entries(parts).map(([part, { shape, data }]) => [`${layer}.${part}`, { shape, data }] as const),
    );
    const rest: SavedSession = {
      unread: [...this.#unread],
      seen: this.#seen,
      random: this.#random.state,
      isFresh: this.#isFresh,
      isEnded: this.#isEnded,
      isSpaced: this.#isSpaced,
    };
    const metadata = {
      format: "pt",
      backstitch: version,
      kind: "session",
      model: fingerprintOf(this.#model),
      session: JSON.stringify(rest),
    };
    return writeSafetensors({ arrays: new Map(arrays), metadata });
  }

  /** See `LanguageModel.session`. @internal */
  static restore(model: LanguageModel, bytes: Uint8Array, where: string): Session {
    const { state, saved } = readSessionFile(where, bytes, model);
    const session = new Session(model, where);
    session.#state = state;
    session.#unread = saved.unread;
    session.#seen = saved.seen;
    session.#random.state = saved.random;
    session.#isFresh = saved.isFresh;
    session.#isEnded = saved.isEnded;
    session.#isSpaced = saved.isSpaced;
    return session;
  }

  *#write(options: ContinueOptions): Generator<string, void, undefined> {
    this.#checkOpen();
    const { codec, settings } = this.#model;
    const { drawing, stop, seed } = readContinuing(settings, options);
    if (seed !== undefined) this.#random = new Random(seed).fork();
    const { never } = opening(this.#model);
    const filters = filtersOf(drawing, [forbid(never)]);
    const early = filtersOf(drawing, [forbid([...never, EOS])]);
    const hasRunUp = settings.unit === "text" && this.#isFresh;
    const flow = new TextFlow(codec, {
      after: this.#seen,
      isSpaced: this.#isSpaced,
      hasRunUp,
      stop,
      maxLength: drawing.maxLength,
    });
    this.#isSpaced = false;
    const marks: Mark[] = [];
    for (let drawn = 0; !flow.isOver; drawn++) {
      if (stop.length > 0) this.#mark(marks, flow);
      const { logits, state } = this.#look();
      const place = `the text after ${drawn} drawn`;
      const allowed = drawn < drawing.minLength ? early : filters;
      const id = draw("generate", logits, { filters: allowed, random: this.#random, seen: this.#seen, place });
      this.#state = state;
      this.#unread = [id];
      this.#ahead = null;
      this.#isFresh = false;
      if (id === EOS) {
        this.#isEnded = true;
        break;
      }
      this.#remember([id]);
      const piece = flow.push(id);
      if (piece !== "") yield piece;
    }
    // Half a character waits for the other half, which comes when the text goes on.
    const rest = flow.end({ whole: this.#isEnded });
    if (flow.isStopped) this.#goBack(marks, flow);
    if (rest !== "") yield rest;
  }

  /** Keeps where the session stands, and forgets what no stop string can begin before any more. */
  #mark(marks: Mark[], flow: TextFlow): void {
    const { place, isSpaced } = flow;
    if (place === null) return;
    marks.push({
      place,
      isSpaced,
      state: this.#state,
      unread: this.#unread,
      seen: this.#seen,
      random: this.#random.state,
      isFresh: this.#isFresh,
    });
    while (marks.length > 1 && marks[1]!.place <= flow.text.length) marks.shift();
  }

  /** Goes back to where the text that was given out ends. */
  #goBack(marks: readonly Mark[], { text }: TextFlow): void {
    const mark = marks.findLast(({ place }) => place <= text.length)!;
    // A token may bring the last of the text together with the first of the stop string.
    const { ids, isSpaced } = readMore(this.#model.codec, text.slice(mark.place), mark);
    this.#state = mark.state;
    this.#unread = [...mark.unread, ...ids];
    this.#seen = [...mark.seen, ...ids].slice(-longestWindow);
    this.#random.state = mark.random;
    this.#isFresh = mark.isFresh && ids.length === 0;
    this.#isEnded = false;
    this.#isSpaced = isSpaced;
    this.#ahead = null;
  }

  #look(): { readonly logits: ArrayLike<number>; readonly state: NetworkState } {
    this.#ahead ??= this.#step(this.#unread);
    return this.#ahead;
  }

  #step(ids: readonly number[]): { readonly logits: ArrayLike<number>; readonly state: NetworkState } {
    const tokens = { ids: Int32Array.from(ids), shape: [ids.length, 1] };
    const { logits, state } = nextStep(this.#model.network)(tokens, this.#state);
    return { logits: Float64Array.from(logits), state };
  }

  #remember(ids: readonly number[]): void {
    this.#isFresh = false;
    this.#seen = [...this.#seen, ...ids].slice(-longestWindow);
  }

  #checkOpen(): void {
    if (!this.#isEnded) return;
    throw new ValueError(`${this.#where}: the text must go on, but the model has ended it; begin a new one`);
  }
}
