import { z } from "zod";
import { checkInts, checkTokens, readOptions, type Tokens, ValueError } from "../../base/index.ts";
import { add, type Engine, linear, noGrad, record, type Tensor } from "../../tensor/index.ts";
import { Linear } from "../linear.ts";
import { size } from "../options.ts";
import { linearCrossEntropy, linearTokenNats } from "./cross-entropy.ts";

const schema = z.strictObject({
  inputSize: size.describe("numbers in, I"),
  classes: size.describe("how many classes there are, V, the frequent ones first"),
  cutoffs: z.array(size).min(1).describe("the class that each of the tails begins with, rising"),
  division: z.number().gt(1).default(4).describe("how many times fewer numbers each tail sees than the one before"),
  headBias: z.boolean().default(false).describe("whether the head has a bias; PyTorch's default is none"),
});

/** Options of `AdaptiveSoftmax`. */
export type AdaptiveSoftmaxOptions = z.input<typeof schema>;

/** The classes from `from` up to but not including `to`, scored by few numbers. */
export interface Tail {
  readonly from: number;
  readonly to: number;
  /** I numbers to the few of the tail: [I/4^k I]. */
  readonly down: Linear;
  /** [to-from I/4^k] */
  readonly up: Linear;
}

/**
 * A softmax over many classes that spends little on the rare ones: a head decides among the frequent classes and one
 * entry for each tail, and a tail among its own classes, with fewer numbers.
 *
 *   P(v) = head[v]                                 for v below the first cutoff
 *   P(v) = head[entry of tail k] tail_k[v]         for v of tail k,   tail_k = softmax(up_k down_k x)
 *
 * The classes must come in the order of their frequency, as the ids of a `Vocabulary` do. Training reads the tails only
 * for the targets they hold.
 *
 *     const output = new AdaptiveSoftmax(engine, { inputSize: 512, classes: 100_000, cutoffs: [6250, 25_000] });
 *     output.forward(h, targets).backward();
 *
 * @source Grave, Joulin, Cissé, Grangier & Jégou 2017, arXiv:1609.04309
 */
export class AdaptiveSoftmax {
  readonly inputSize: number;
  readonly classes: number;
  /** [first cutoff + tails, I] */
  readonly head: Linear;
  readonly tails: readonly Tail[];

  /** @throws RangeError or TypeError for an option that cannot be */
  constructor(engine: Engine, options: AdaptiveSoftmaxOptions) {
    const { inputSize: I, classes: V, cutoffs, division, headBias } = readOptions("AdaptiveSoftmax", schema, options);
    for (const [i, cutoff] of cutoffs.entries())
      if (cutoff <= (cutoffs[i - 1] ?? 0) || cutoff >= V)
        throw new ValueError(
          `AdaptiveSoftmax: cutoffs must rise and be less than classes = ${V}, got ${cutoffs.join(", ")}`,
        );
    this.inputSize = I;
    this.classes = V;
    this.head = new Linear(engine, { inputSize: I, outputSize: cutoffs[0]! + cutoffs.length, bias: headBias });
    this.tails = cutoffs.map((from, k) => {
      const to = cutoffs[k + 1] ?? V;
      const few = Math.max(1, Math.floor(I / division ** (k + 1)));
      return {
        from,
        to,
        down: new Linear(engine, { inputSize: I, outputSize: few, bias: false }),
        up: new Linear(engine, { inputSize: few, outputSize: to - from, bias: false }),
      };
    });
  }

  /**
   * The cross-entropy: the mean over real tokens of -log P(target), in nats.
   *
   * With smoothing each of the softmaxes that a target goes through is smoothed by itself.
   *
   * @param x        [... I]
   * @param targets  [...]    0..V-1, or -1 for a token that is left out
   * @returns a tensor of one number
   * @throws RangeError when the shapes do not fit or every target is left out
   */
  forward(x: Tensor, targets: Tokens, options: { readonly smoothing?: number } = {}): Tensor {
    const { head, inTails } = this.#route(x, targets);
    const { smoothing = 0 } = options;
    let real = 0;
    for (const id of targets.ids) if (id >= 0) real++;
    let loss = linearCrossEntropy(x, this.head.weight, this.head.bias, { ids: head, shape: targets.shape }, options);
    for (const { tail, rows, ids } of inTails) {
      if (rows.length === 0) continue;
      const few = tail.down.forward(gatherRows(x, rows));
      const own = { ids, shape: [ids.length] };
      loss = add(loss, linearCrossEntropy(few, tail.up.weight, null, own, { smoothing, divisor: real }));
    }
    return loss;
  }

  /** What each target costs: -log P(target) in nats, 0 where there is none; recording nothing. */
  tokenNats(x: Tensor, targets: Tokens): Tensor["data"] {
    return noGrad(x.engine, () => {
      const { head, inTails } = this.#route(x, targets);
      const { weight, bias } = this.head;
      const nats = linearTokenNats(x, weight, bias, { ids: head, shape: targets.shape });
      for (const { tail, rows, ids } of inTails) {
        if (rows.length === 0) continue;
        const few = tail.down.forward(gatherRows(x, rows));
        const own = linearTokenNats(few, tail.up.weight, null, { ids, shape: [ids.length] });
        for (const [k, row] of rows.entries()) nats[row]! += own[k]!;
      }
      return nats;
    });
  }

  /**
   * The logarithm of the probability of every class; recording nothing.
   *
   * @param x [... I]
   * @returns [... V], whose exponentials sum to 1
   */
  logProbs(x: Tensor): Tensor {
    const { engine } = x;
    const V = this.classes;
    const first = this.tails[0]!.from;
    const N = x.size / this.inputSize;
    return noGrad(engine, () => {
      const head = logSoftmax(linear(x, this.head.weight, this.head.bias));
      const out = engine.zeros([...x.shape.slice(0, -1), V]);
      const to = out.data;
      const H = first + this.tails.length;
      for (let n = 0; n < N; n++) to.set(head.subarray(n * H, n * H + first), n * V);
      for (const [k, { from, to: end, down, up }] of this.tails.entries()) {
        const tail = logSoftmax(up.forward(down.forward(x)));
        const size = end - from;
        for (let n = 0; n < N; n++) {
          const entry = head[n * H + first + k]!;
          for (let v = 0; v < size; v++) to[n * V + from + v] = entry + tail[n * size + v]!;
        }
      }
      return out;
    });
  }

  /** The targets of the head, and for each tail the rows whose targets it holds with their places in it. */
  #route(x: Tensor, targets: Tokens) {
    checkTokens("AdaptiveSoftmax", "targets", targets);
    checkInts("AdaptiveSoftmax", "targets", targets.ids, -1, this.classes - 1);
    if (x.shape.at(-1) !== this.inputSize || x.size / this.inputSize !== targets.ids.length)
      throw new ValueError(
        `AdaptiveSoftmax: needs x [... ${this.inputSize}] and targets [...], got [${x.shape.join(" ")}] and [${targets.shape.join(" ")}]`,
      );
    const { ids } = targets;
    const first = this.tails[0]!.from;
    const head = ids.slice();
    const inTails = this.tails.map((tail, k) => {
      const rows: number[] = [];
      for (let n = 0; n < ids.length; n++) {
        if (ids[n]! < tail.from || ids[n]! >= tail.to) continue;
        rows.push(n);
        head[n] = first + k;
      }
      return { tail, rows: Int32Array.from(rows), ids: Int32Array.from(rows, (n) => ids[n]! - tail.from) };
    });
    return { head, inTails };
  }
}

/**
 * Where to cut V classes when nobody says: at a sixteenth and at a quarter. Under Zipf's law the head then decides some
 * three quarters of the tokens by itself.
 */
export function defaultCutoffs(V: number): number[] {
  return [...new Set([Math.round(V / 16), Math.round(V / 4)])].filter((cutoff) => cutoff > 0 && cutoff < V);
}

/** The rows of x [... I] with these numbers, each at most once. */
function gatherRows(x: Tensor, rows: Int32Array): Tensor {
  const I = x.shape.at(-1)!;
  const [N, V] = [rows.length, x.size / I];
  const { kernels } = x.engine;
  return record({
    name: "gatherRows",
    inputs: [x],
    shapes: [[N, I]],
    forward: ([y]) => kernels.embeddingForward({ N, V, E: I, ids: rows, w: x.data, y: y!.array }),
    backward: ([dy], [dx]) => kernels.embeddingBackward({ N, V, E: I, ids: rows, dy: dy!.array, dw: dx!.array }),
  })[0]!;
}

/** Makes the logits [... V] of a constant their log-softmax, in place. */
function logSoftmax(logits: Tensor): Tensor["data"] {
  const { data, engine } = logits;
  const V = logits.shape.at(-1)!;
  const N = data.length / V;
  engine.pool.borrow((lend) => {
    const [loss, lse] = [lend(N), lend(N)];
    const targets = new Int32Array(N);
    engine.kernels.crossEntropyForward({ N, V, smoothing: 0, logits: data, targets, loss: loss.array, lse: lse.array });
    for (let n = 0; n < N; n++) {
      const by = lse.array[n]!;
      for (let v = n * V; v < (n + 1) * V; v++) data[v]! -= by;
    }
  });
  return data;
}
