/** The same training step without tensors and tape: the kernels called one after the other on arrays that are there. */
import { Random } from "../../src/base/index.ts";
import type { Args, KernelBuild } from "../../src/kernels/index.ts";
import { gatesOf, type Shape } from "./shapes.ts";
import { randomTokens } from "./step.ts";

/** The cells whose kernels are called here. */
export type BareCell = "lstm" | "gru";

/**
 * One layer, its embeddings gathered before they are projected.
 *
 * @returns one training step, which returns its loss
 */
export function makeBareStep(build: KernelBuild, cell: BareCell, shape: Shape): () => number {
  const { T, B, I, H, V } = shape;
  const { kernels } = build;
  const random = new Random(1);
  const N = T * B;
  const O = gatesOf[cell] * H;
  const sizes = { embedding: V * I, wIh: O * I, wHh: O * H, bias: O, biasHn: H, output: V * H, outputBias: V };
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  const [weights, gradients, m, v] = Array.from({ length: 4 }, () => build.allocate(total).array.fill(0));
  for (let i = 0; i < total; i++) weights![i] = (2 * random.uniform() - 1) / Math.sqrt(H);
  const w = split(weights!, sizes);
  const d = split(gradients!, sizes);

  const array = (length: number) => build.allocate(length).array.fill(0);
  const { tokens, targets } = randomTokens(shape);
  const lengths = new Int32Array(B).fill(T);
  const [x, dx, gates, dy, y, loss, norm] = [N * I, N * I, N * O, N * H, N * H, N, 1].map(array);
  const [h0, c0, hT, cT, dhT, dcT, dh0, dc0] = Array.from({ length: 8 }, () => array(B * H));
  const layer = { T, B, H, reverse: false, lengths, h0: h0!, wHh: w.wHh, gates: gates!, y: y! };
  const forward = { ...layer, hT: hT! };
  const backward = { ...layer, dy: dy!, dhT: dhT!, dh0: dh0!, dwHh: d.wHh };
  const extra = array(N * H);
  const lstm = { c0: c0!, peepholes: null, c: extra };
  const lstmForward = { ...forward, ...lstm, cT: cT! };
  const lstmBackward = { ...backward, ...lstm, dcT: dcT!, dc0: dc0!, dpeepholes: null };
  const gruForward = { ...forward, biasHn: w.biasHn, hn: extra };
  const gruBackward = { ...backward, hn: extra, dbiasHn: d.biasHn };
  const lookup = { N, V, E: I, ids: tokens.ids };
  const gather = { ...lookup, w: w.embedding, y: x! };
  const scatter = { ...lookup, dy: dx!, dw: d.embedding };
  const linear = { N, I, O, x: x!, w: w.wIh };
  const project = { ...linear, bias: w.bias, y: gates! };
  const unproject = { ...linear, dy: gates!, dx: dx!, dw: d.wIh, dbias: d.bias };
  const criterion: Args<"linearCrossEntropy"> = {
    ...{ N, I: H, V, smoothing: 0, scale: 1 / N, x: y!, w: w.output, bias: w.outputBias, targets: targets.ids },
    ...{ loss: loss!, dx: dy!, dw: d.output, dbias: d.outputBias },
  };
  const squares = { N: total, x: gradients!, y: norm! };
  const clip = { N: total, by: 1, plus: 0, x: gradients!, y: gradients! };
  const rates = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decoupled: false };
  const update = { N: total, ...rates, correction1: 1, correction2: 1, g: gradients!, w: weights!, m: m!, v: v! };
  let updates = 0;

  return () => {
    kernels.embeddingForward(gather);
    kernels.linearForward(project);
    if (cell === "lstm") kernels.lstmForward(lstmForward);
    else kernels.gruForward(gruForward);
    kernels.linearCrossEntropy(criterion);
    if (cell === "lstm") kernels.lstmBackward(lstmBackward);
    else kernels.gruBackward(gruBackward);
    kernels.linearBackward(unproject);
    kernels.embeddingBackward(scatter);
    kernels.sumSquares(squares);
    const length = Math.sqrt(norm![0]!);
    clip.by = 1 / length;
    if (length > 1) kernels.scale(clip);
    updates++;
    update.correction1 = 1 - 0.9 ** updates;
    update.correction2 = 1 - 0.999 ** updates;
    kernels.adamUpdate(update);
    let sum = 0;
    for (let n = 0; n < N; n++) sum += loss![n]!;
    return sum / N;
  };
}

/** Views of the parts of an array, one after the other. */
function split<Name extends string, A extends { subarray(from: number, to: number): A }>(
  array: A,
  sizes: Readonly<Record<Name, number>>,
): Record<Name, A> {
  let from = 0;
  const parts: Partial<Record<Name, A>> = {};
  for (const [name, size] of Object.entries<number>(sizes)) {
    parts[name as Name] = array.subarray(from, from + size);
    from += size;
  }
  return parts as Record<Name, A>;
}
