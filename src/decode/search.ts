/** Beam search from one prompt. Nothing in it is an object for each candidate, and ids are put together at the end. */
import { EOS } from "../base/index.ts";
import type { Allowed } from "./allowed.ts";
import type { BeamNode, BeamTree } from "./beam-tree.ts";
import type { Candidates } from "./candidates.ts";
import { noneLeft } from "./draw.ts";
import { compareIds, type Hypothesis } from "./hypothesis.ts";
import type { Limits } from "./limits.ts";
import { type Rows, totalOf } from "./next-step.ts";
import { Paths } from "./paths.ts";
import { forced } from "./prefix.ts";
import type { Ranking } from "./ranking.ts";
import type { Rivals } from "./rivals.ts";
import type { Weights } from "./weights.ts";

/** What the searches of a batch share: settings, and memory that each uses in its turn. */
export interface Shared {
  readonly beamSize: number;
  readonly best: number;
  readonly ranking: Ranking;
  readonly allowed: Allowed;
  readonly candidates: Candidates;
  readonly scratch: Scratch;
}

/** Room for what a search notes of one step. */
export interface Scratch {
  /** The places of the candidates that go on. */
  readonly open: Int32Array;
  /** The nodes that they become. */
  readonly nodes: Int32Array;
  /** Their order by their ids. */
  readonly order: Int32Array;
  /** The ranks of the sequences that they extend. */
  readonly ranks: Int32Array;
  /** The totals of the rows of those. */
  readonly totals: Float64Array;
}

/** Room for so many sequences. */
export function makeScratch(beamSize: number): Scratch {
  const room = () => new Int32Array(beamSize);
  return { open: room(), nodes: room(), order: room(), ranks: room(), totals: new Float64Array(beamSize) };
}

/** What a search begins with. */
export interface Origin {
  /** Which of the prompts it is, for messages. */
  readonly number: number;
  /** What is read before the first token is looked for. */
  readonly start: readonly number[];
  /** What of it filters see. */
  readonly prompt: readonly number[];
  readonly limits: Limits;
  /** Whether what it does is noted. */
  readonly isTraced: boolean;
}

/** What else a search may have to do with. */
export interface Beside {
  /** What has been found before: nothing else is looked for than what scores as much. */
  readonly incumbent?: Hypothesis | null;
  /** Of a search of width 1: is told what is passed by, and ends the search once a whole beam of it may be better. */
  readonly rivals?: Rivals;
}

/** A sequence that has ended. */
interface Ended {
  readonly node: number;
  readonly logProb: number;
  readonly score: number;
  /** Its tokens, EOS included. */
  readonly T: number;
  readonly end: Hypothesis["end"];
}

/** What is known of a node of a traced search besides its path. */
type Note = { -readonly [K in "logProb" | "score" | "step" | "fate"]: BeamNode[K] };

/** The search from one prompt: the sequences that go on, as rows in order of log-probability, and the best that ended. */
export class Search {
  readonly origin: Origin;
  /** How many sequences go on. */
  rows = 1;
  /** The last token of each, and which row of the step before it extends. */
  tokens = new Int32Array(1);
  parents = new Int32Array(1);
  readonly #shared: Shared;
  /** How many tokens those that go on have. */
  #length = 0;
  #logProbs = new Float64Array(1);
  #nodes = new Int32Array(1);
  /** The place of each in the order of their ids. */
  #ranks = new Int32Array(1);
  readonly #paths = new Paths();
  #found: Ended[] = [];
  /** With coverage, [rows S] how much each source position was looked at. */
  #mass = new Float64Array(0);
  /** Of a traced search: what is noted of each node, and the nodes of the candidates of this step by their places. */
  readonly #trace: { readonly notes: Note[]; readonly born: Map<number, number> } | null;
  readonly #incumbent: Hypothesis | null;
  readonly #rivals: Rivals | null;

  constructor(origin: Origin, shared: Shared, { incumbent = null, rivals }: Beside = {}) {
    this.origin = origin;
    this.#shared = shared;
    this.#incumbent = incumbent;
    this.#rivals = rivals ?? null;
    const root: Note = { logProb: 0, score: 0, step: 0, fate: "kept" };
    this.#trace = origin.isTraced ? { notes: [root], born: new Map() } : null;
  }

  /** Whether the next token is one that was given beforehand. */
  get isForced(): boolean {
    return this.#length < this.origin.limits.prefix.length;
  }

  /**
   * Extends the sequences by a token each.
   *
   * @param first the row of the step that is the first of this search
   */
  extend(step: Rows, first: number, weights: Weights | null): void {
    if (this.isForced) this.#force(step, first);
    else if (step.ids) this.#merge(step, first);
    else this.#offer(step, first);
    if (weights) this.#look(weights, first);
    this.#keep(weights);
    const mayFail = this.#incumbent !== null || this.#rivals !== null;
    if (this.rows === 0 && this.#found.length === 0 && !mayFail)
      throw noneLeft(step.where, this.#place(this.#length - 1));
  }

  /** What was found, the best first. */
  hypotheses(): readonly Hypothesis[] {
    if (this.#incumbent && !(this.#found[0] && this.#found[0].score >= this.#incumbent.score)) return [this.#incumbent];
    return this.#found.map(({ node, logProb, score, T, end }) => {
      const ids = this.#paths.ids(node, T);
      return { ids: end === "eos" ? ids.slice(0, -1) : ids, logProb, score, end };
    });
  }

  /** What was done, of a search that is traced. */
  tree(): BeamTree {
    const [first] = this.#found;
    const isBest = first && !(this.#incumbent && this.#incumbent.score > first.score);
    const best = isBest ? first.node : null;
    const nodes = this.#trace!.notes.map((note, id): BeamNode => {
      const [parent, token] = id === 0 ? [null, null] : [this.#paths.parent(id), this.#paths.token(id)];
      return { id, parent, token, ...note, ...(id === best && { fate: "best" }) };
    });
    return { nodes };
  }

  /** The only token that the prefix allows. */
  #force(step: Rows, first: number): void {
    const t = this.#length;
    const { number, limits } = this.origin;
    const total = totalOf(step, first, () => this.#place(t));
    const id = forced(step, first, limits.prefix, { prompt: number, t });
    this.#shared.candidates.take(this.#logProbs[0]! + Math.min(0, step.logits[first * step.V + id]! - total), 0, id);
  }

  #offer(step: Rows, first: number): void {
    const { allowed, candidates } = this.#shared;
    const { prompt, limits } = this.origin;
    const { logits, V } = step;
    const t = this.#length;
    const mayEnd = t >= limits.minLength;
    const place = () => this.#place(t);
    const bannedAfter = (seen: readonly number[], from: number) => allowed.bannedIn(logits, V, { seen, mayEnd, from });
    const bannedForAll = allowed.needsSeen ? null : bannedAfter([], first * V);
    for (let row = 0; row < this.rows; row++) {
      const total = totalOf(step, first + row, place);
      if (total === -Infinity) continue;
      const from = (first + row) * V;
      const banned = bannedForAll ?? bannedAfter(this.#paths.ids(this.#nodes[row]!, t, prompt), from);
      const logProb = this.#logProbs[row]!;
      candidates.offer(logits, V, { parent: row, rank: this.#ranks[row]!, logProb, from, total, banned });
    }
  }

  /** As `#offer` where only the likeliest tokens are known. */
  #merge(step: Rows, first: number): void {
    const { candidates, scratch } = this.#shared;
    const barred = this.#length >= this.origin.limits.minLength ? -1 : EOS;
    const { totals } = scratch;
    const count = this.rows;
    const place = () => this.#place(this.#length);
    for (let row = 0; row < count; row++) totals[row] = totalOf(step, first + row, place);
    candidates.merge(step, { first, count, totals, logProbs: this.#logProbs, ranks: this.#ranks, barred });
  }

  /** Adds what was looked at in this step. */
  #look({ values, S }: Weights, first: number): void {
    if (this.#mass.length === 0) this.#mass = new Float64Array(this.rows * S);
    const from = first * S;
    for (let i = 0; i < this.rows * S; i++) this.#mass[i]! += values[from + i]!;
  }

  /** Takes the best candidates: those that end, and those that go on and have hope. */
  #keep(weights: Weights | null): void {
    const { beamSize, best, ranking, candidates, scratch } = this.#shared;
    const { maxLength } = this.origin.limits;
    this.#length++;
    const order = candidates.drain();
    const kept = Math.min(beamSize, order.length);
    if (this.#trace) {
      this.#trace.born.clear();
      for (const place of order) this.#nodeOf(place);
    }
    const isLast = this.#length === maxLength;
    const isEnd = (place: number) => isLast || candidates.tokens[place] === EOS;
    for (let i = 0; i < kept; i++) if (isEnd(order[i]!)) this.#end(order[i]!, weights);
    const worst = this.#found[best - 1]?.score ?? -Infinity;
    // A traced search shows what there would be without.
    const least = this.#trace ? -Infinity : (this.#incumbent?.score ?? -Infinity);
    let count = 0;
    for (let i = 0; i < kept; i++) {
      const place = order[i]!;
      if (isEnd(place)) continue;
      const hope = ranking.bound(candidates.logProbs[place]!, maxLength);
      if (hope > worst && hope >= least) scratch.open[count++] = place;
    }
    if (this.#rivals) {
      for (let i = kept; i < order.length; i++) this.#rivals.add(this.#hopeOf(order[i]!, isLast));
      if (count > 0 && this.#rivals.mayAllReach(this.#hopeOf(scratch.open[0]!, false))) count--;
    }
    this.#goOn(count, weights?.S ?? 0);
  }

  /** The most that a candidate may score. */
  #hopeOf(place: number, isLast: boolean): number {
    const { ranking, candidates } = this.#shared;
    const logProb = candidates.logProbs[place]!;
    const isEnd = isLast || candidates.tokens[place] === EOS;
    return isEnd ? ranking.score(logProb, this.#length) : ranking.bound(logProb, this.origin.limits.maxLength);
  }

  #end(place: number, weights: Weights | null): void {
    const { best, ranking, candidates } = this.#shared;
    const logProb = candidates.logProbs[place]!;
    const covered = weights?.covered(this.#mass, candidates.parents[place]!, this.origin.number) ?? 0;
    const score = ranking.score(logProb, this.#length, covered);
    this.#note(place, { fate: "finished", score });
    const last = this.#found[best - 1];
    if (last && score < last.score) return;
    const end = candidates.tokens[place] === EOS ? "eos" : "length";
    this.#found.push({ node: this.#nodeOf(place), logProb, score, T: this.#length, end });
    if (this.#found.length > 1) this.#found.sort((a, b) => this.#compare(a, b));
    if (this.#found.length > best) this.#found.pop();
  }

  /** Makes the first of the open candidates the sequences that go on. */
  #goOn(count: number, S: number): void {
    const { candidates, scratch } = this.#shared;
    const { open, nodes, ranks, order } = scratch;
    const mass = S > 0 ? this.#mass.slice(0, this.rows * S) : this.#mass;
    for (let row = 0; row < this.rows; row++) ranks[row] = this.#ranks[row]!;
    for (let row = 0; row < count; row++) {
      const place = open[row]!;
      nodes[row] = this.#nodeOf(place);
      this.#note(place, { fate: "kept" });
    }
    this.#makeRoom(count, S);
    for (let row = 0; row < count; row++) {
      const place = open[row]!;
      const parent = candidates.parents[place]!;
      this.parents[row] = parent;
      this.tokens[row] = candidates.tokens[place]!;
      this.#logProbs[row] = candidates.logProbs[place]!;
      this.#nodes[row] = nodes[row]!;
      if (S > 0) this.#mass.set(mass.subarray(parent * S, parent * S + S), row * S);
    }
    // All are as long, so that their order is that of their parents, and then of their last tokens.
    sortPlaces(order, count, (i, j) => {
      return ranks[this.parents[i]!]! - ranks[this.parents[j]!]! || this.tokens[i]! - this.tokens[j]!;
    });
    for (let rank = 0; rank < count; rank++) this.#ranks[order[rank]!] = rank;
    this.rows = count;
  }

  /** Makes the arrays long enough for so many sequences, which are all written anew. */
  #makeRoom(rows: number, S: number): void {
    if (rows > this.tokens.length) {
      const room = Math.min(this.#shared.beamSize, 2 * rows);
      this.tokens = new Int32Array(room);
      this.parents = new Int32Array(room);
      this.#logProbs = new Float64Array(room);
      this.#nodes = new Int32Array(room);
      this.#ranks = new Int32Array(room);
    }
    if (rows * S > this.#mass.length) this.#mass = new Float64Array(this.tokens.length * S);
  }

  /** The node of a candidate. Of a traced search all have one, and of another those that are asked for, once. */
  #nodeOf(place: number): number {
    const { ranking, candidates } = this.#shared;
    const known = this.#trace?.born.get(place);
    if (known !== undefined) return known;
    const node = this.#paths.add(this.#nodes[candidates.parents[place]!]!, candidates.tokens[place]!);
    if (this.#trace) {
      const logProb = candidates.logProbs[place]!;
      const step = this.#length;
      this.#trace.notes.push({ logProb, score: ranking.score(logProb, step), step, fate: "pruned" });
      this.#trace.born.set(place, node);
    }
    return node;
  }

  #note(place: number, changes: Partial<Note>): void {
    if (this.#trace) Object.assign(this.#trace.notes[this.#nodeOf(place)]!, changes);
  }

  #compare(a: Ended, b: Ended): number {
    const order = b.score - a.score || a.T - b.T;
    return order || compareIds(this.#paths.ids(a.node, a.T), this.#paths.ids(b.node, b.T));
  }

  #place(found: number): string {
    return `sequence ${this.origin.number} after ${found} found`;
  }
}

/** Sorts the numbers from 0 to before `count` into the front of an array. */
function sortPlaces(places: Int32Array, count: number, compare: (i: number, j: number) => number): void {
  for (let i = 0; i < count; i++) places[i] = i;
  // A call of the library's own takes longer than the few steps that a narrow beam needs.
  if (count > 16) places.subarray(0, count).sort(compare);
  else
    for (let i = 1; i < count; i++) {
      let at = i;
      for (; at > 0 && compare(places[at - 1]!, i) > 0; at--) places[at] = places[at - 1]!;
      places[at] = i;
    }
}
