/** Exact search from one prompt: best first, until nothing that is left can win or the budget is spent. */
import { EOS, type Tokens } from "../base/index.ts";
import type { Allowed } from "./allowed.ts";
import { Frontier } from "./frontier.ts";
import { compareIds, type Hypothesis, predicted } from "./hypothesis.ts";
import type { Limits } from "./limits.ts";
import { type Rows, totalOf } from "./next-step.ts";
import { Paths } from "./paths.ts";
import { forced } from "./prefix.ts";
import type { Ranking } from "./ranking.ts";
import type { Weights } from "./weights.ts";

/** What is known of the best sequence of a prompt. */
export interface Proof {
  /** The best sequence that is known; null when none was found. */
  readonly best: Hypothesis | null;
  /** Whether it is certain that no sequence scores more. */
  readonly certified: boolean;
  /** What no sequence scores more than: of what is certified its score. */
  readonly bound: number;
  /** The calls of the model that it took. */
  readonly calls: number;
}

/** What a call of the model has left. */
export interface Known<S> {
  readonly state: S | null;
  /** How many rows it has. */
  readonly rows: number;
}

/** What a search wants to know: what may follow some rows of a state when they read tokens [T B]. */
export interface Question<S> {
  readonly known: Known<S>;
  readonly rows: readonly number[];
  readonly tokens: Tokens;
}

/** What the model says, perhaps together with answers to others. */
export interface Answer<S> {
  readonly known: Known<S>;
  readonly rows: Rows;
  readonly weights: Weights | null;
  /** Which of the rows is the first that was asked for. */
  readonly first: number;
}

/** What the searches of all prompts share. */
export interface ExactShared {
  readonly ranking: Ranking;
  readonly allowed: Allowed;
  readonly budget: number;
  readonly width: number;
}

/** What a search begins with. */
export interface ExactOrigin {
  /** Which of the prompts it is, for messages. */
  readonly number: number;
  readonly start: readonly number[];
  /** What of it filters see. */
  readonly prompt: readonly number[];
  readonly limits: Limits;
  readonly incumbent: Hypothesis | null;
}

/** The sequences that were extended at once, all of one length, and what may follow them. */
interface Call<S> {
  readonly known: Known<S>;
  /** Which of its rows is the first of this search. */
  readonly first: number;
  /** How many tokens they have. */
  readonly depth: number;
  /** [B] the nodes of the sequences. */
  readonly nodes: readonly number[];
  /** [B S] with coverage, how much each source position was looked at. */
  readonly mass: Float64Array;
  /** The extensions that may be extended in their turn. */
  readonly open: Frontier;
}

/** How many sequences may wait to be extended; beyond, the less likely half is forgotten, and remembered as a bound. */
const mostOpen = 1 << 20;

/** The search from one prompt. */
export class ExactSearch<S> {
  readonly #origin: ExactOrigin;
  readonly #shared: ExactShared;
  readonly #paths = new Paths();
  /** The log-probabilities of the nodes. */
  readonly #logProbs: number[] = [0];
  #calls: Call<S>[] = [];
  /** How many calls were made. */
  #spent = 0;
  #best: Hypothesis | null;
  /** The likeliest of what was forgotten. */
  #forgotten = -Infinity;

  constructor(origin: ExactOrigin, shared: ExactShared) {
    this.#origin = origin;
    this.#shared = shared;
    this.#best = origin.incumbent;
  }

  /**
   * Asks what it needs to know, until it has a proof.
   *
   * @param origin what there is before the first call; its row of this search has the number of the search
   */
  *run(origin: Known<S>): Generator<Question<S>, Proof, Answer<S>> {
    const { budget, width } = this.#shared;
    const { start, number } = this.#origin;
    const tokens = { ids: Int32Array.from(start), shape: [start.length, 1] };
    const answer = yield { known: origin, rows: [number], tokens };
    this.#hear(answer, { depth: 0, nodes: [0], before: null });
    for (;;) {
      const call = this.#next();
      if (call === null || this.#spent === budget) return this.#proof(call === null);
      const rows: number[] = [];
      const nodes: number[] = [];
      for (; rows.length < width && this.#canGoOn(call); call.open.drop()) {
        const { best, row, token } = call.open;
        rows.push(row);
        nodes.push(this.#paths.add(call.nodes[row]!, token));
        this.#logProbs.push(best);
      }
      const ids = Int32Array.from(nodes, (node) => this.#paths.token(node));
      const { known, first } = call;
      const answer = yield {
        known,
        rows: rows.map((row) => first + row),
        tokens: { ids, shape: [1, ids.length] },
      };
      this.#hear(answer, { depth: call.depth + 1, nodes, before: { call, rows } });
    }
  }

  /** Looks at all that may follow the sequences it has asked about. */
  #hear(
    { known, rows, weights, first }: Answer<S>,
    { depth, nodes, before }: Pick<Call<S>, "depth" | "nodes"> & { before: { call: Call<S>; rows: number[] } | null },
  ): void {
    this.#spent++;
    const S = weights?.S ?? 0;
    const mass = Float64Array.from(weights?.values.subarray(first * S, (first + nodes.length) * S) ?? []);
    before?.rows.forEach((from, row) => {
      for (let s = 0; s < S; s++) mass[row * S + s]! += before.call.mass[from * S + s]!;
    });
    const call: Call<S> = { known, first, depth, nodes, mass, open: new Frontier() };
    for (let row = 0; row < nodes.length; row++) {
      const covered = weights?.covered(mass, row, this.#origin.number) ?? 0;
      if (depth < this.#origin.limits.prefix.length) this.#force(call, rows, row, covered);
      else this.#offer(call, rows, row, covered);
    }
    this.#calls.push(call);
    this.#forget();
  }

  #force(call: Call<S>, rows: Rows, row: number, covered: number): void {
    const { depth } = call;
    const at = call.first + row;
    const total = totalOf(rows, at, () => this.#place(depth));
    const id = forced(rows, at, this.#origin.limits.prefix, { prompt: this.#origin.number, t: depth });
    const logProb = this.#logProbs[call.nodes[row]!]! + Math.min(0, rows.logits[at * rows.V + id]! - total);
    this.#consider(call, { row, token: id, logProb, covered });
  }

  #offer(call: Call<S>, rows: Rows, row: number, covered: number): void {
    const { logits, V } = rows;
    const { prompt, limits } = this.#origin;
    const { depth } = call;
    const total = totalOf(rows, call.first + row, () => this.#place(depth));
    if (total === -Infinity) return;
    const { allowed } = this.#shared;
    const node = call.nodes[row]!;
    const from = (call.first + row) * V;
    const seen = allowed.needsSeen ? this.#paths.ids(node, depth, prompt) : [];
    const banned = allowed.bannedIn(logits, V, { seen, mayEnd: depth >= limits.minLength, from });
    const logProb = this.#logProbs[node]!;
    const consider = (token: number) =>
      this.#consider(call, { row, token, logProb: logProb + Math.min(0, logits[from + token]! - total), covered });
    // What ends first raises the bar for what does not.
    if (EOS < V && banned[EOS] === 0) consider(EOS);
    const bar = this.#bar() - logProb + total;
    const slack = Number.isFinite(bar) ? 1e-9 * (1 + Math.abs(this.#bar()) + Math.abs(logProb) + Math.abs(total)) : 0;
    for (let v = 0; v < V; v++) if (logits[from + v]! >= bar - slack && banned[v] === 0 && v !== EOS) consider(v);
  }

  /** A log-probability below which nothing can win. */
  #bar(): number {
    const greatest = this.#shared.ranking.greatest(this.#origin.limits.maxLength);
    return this.#best && greatest < Infinity ? this.#best.score * greatest : -Infinity;
  }

  /** Takes what ends for the best where it is, and keeps what goes on where it may win. */
  #consider(
    call: Call<S>,
    { row, token, logProb, covered }: { row: number; token: number; logProb: number; covered: number },
  ): void {
    if (logProb === -Infinity) return;
    const T = call.depth + 1;
    const isEos = token === EOS;
    if (!isEos && T < this.#origin.limits.maxLength) {
      if (this.#canWin(logProb, T, () => this.#idsOf(call, row, token))) call.open.add(logProb, row, token);
      return;
    }
    const score = this.#shared.ranking.score(logProb, T, covered);
    if (this.#best && score < this.#best.score) return;
    const ids = this.#idsOf(call, row, token);
    if (this.#best && score === this.#best.score) {
      const order = T - predicted(this.#best) || compareIds(ids, tokensOf(this.#best));
      if (order >= 0) return;
    }
    this.#best = { ids: isEos ? ids.slice(0, -1) : ids, logProb, score, end: isEos ? "eos" : "length" };
  }

  /**
   * Whether something that begins with a sequence of T tokens, the last of them no EOS, could come before the best known:
   * by its score, or at the same score by being shorter or by its ids.
   */
  #canWin(logProb: number, T: number, ids: () => readonly number[]): boolean {
    const best = this.#best;
    const { ranking } = this.#shared;
    const { maxLength } = this.#origin.limits;
    if (!best) return true;
    const bound = ranking.bound(logProb, maxLength);
    if (bound !== best.score) return bound > best.score;
    let least = T + 1;
    while (least < maxLength && ranking.score(logProb, least) < best.score) least++;
    const known = predicted(best);
    return least < known || (least === known && compareIds(ids(), tokensOf(best).slice(0, T)) <= 0);
  }

  #canGoOn(call: Call<S>): boolean {
    const { open, depth } = call;
    return open.size > 0 && this.#canWin(open.best, depth + 1, () => this.#idsOf(call, open.row, open.token));
  }

  /** The call with the likeliest sequence that may win; null when none may. Of equally likely ones the longest. */
  #next(): Call<S> | null {
    let next: Call<S> | null = null;
    for (const call of this.#calls) {
      while (call.open.size > 0 && !this.#canGoOn(call)) call.open.drop();
      if (call.open.size === 0) continue;
      if (!next || call.open.best > next.open.best || (call.open.best === next.open.best && call.depth > next.depth))
        next = call;
    }
    // The states of calls that nothing follows from are not needed any more.
    this.#calls = this.#calls.filter(({ open }) => open.size > 0);
    return next;
  }

  #forget(): void {
    const open = this.#calls.reduce((sum, call) => sum + call.open.size, 0);
    if (open <= mostOpen) return;
    const all = new Float64Array(open);
    let at = 0;
    for (const call of this.#calls) {
      all.set(call.open.logProbs, at);
      at += call.open.size;
    }
    const least = all.sort()[open >> 1]!;
    for (const call of this.#calls) call.open.keepAbove(least);
    this.#forgotten = Math.max(this.#forgotten, least);
  }

  #proof(isDone: boolean): Proof {
    const { ranking } = this.#shared;
    const { maxLength } = this.#origin.limits;
    const score = this.#best?.score ?? -Infinity;
    const open = isDone ? -Infinity : Math.max(...this.#calls.map((call) => call.open.best));
    const left = Math.max(open, this.#forgotten);
    const bound = Math.max(score, left === -Infinity ? -Infinity : ranking.bound(left, maxLength));
    return { best: this.#best, certified: bound <= score, bound, calls: this.#spent };
  }

  #idsOf(call: Call<S>, row: number, token: number): number[] {
    return [...this.#paths.ids(call.nodes[row]!, call.depth), token];
  }

  #place(found: number): string {
    return `sequence ${this.#origin.number} after ${found} found`;
  }
}

/** The tokens of a sequence, EOS included. */
function tokensOf({ ids, end }: Hypothesis): readonly number[] {
  return end === "eos" ? [...ids, EOS] : ids;
}
