import { checkInts, checkNames, checkTokens, type Tokens, ValueError } from "../../base/index.ts";
import { record, type Store, type Tensor } from "../../tensor/index.ts";

/** Options of the cross-entropies. */
export interface CrossEntropyOptions {
  /** The share of the target's probability that is spread evenly over all classes (Szegedy 2016), from 0 to 1. */
  readonly smoothing?: number;
  /** What the summed loss is divided by, in place of the number of real targets: for a loss made in several parts. */
  readonly divisor?: number;
}

/**
 * Cross-entropy of a softmax with one right class per row: the mean over real tokens, in nats.
 *
 *   loss = mean over targets that are not -1 of -log softmax(logits)[target]
 *
 * @param logits   [... V]
 * @param targets  [...]    0..V-1, or -1 for a token that is left out
 * @returns a tensor of one number
 * @throws RangeError when the shapes do not fit or every target is left out
 */
export function crossEntropy(logits: Tensor, targets: Tokens, options: CrossEntropyOptions = {}): Tensor {
  const { smoothing = 0 } = options;
  const V = logits.shape.at(-1) ?? 1;
  const by = checkTargets("crossEntropy", "logits [... V]", logits, V, targets, options);
  const { kernels, pool, recording } = logits.engine;
  // Backward reads the targets again: the caller may have filled the array anew by then.
  const ids = recording ? targets.ids.slice() : targets.ids;
  const N = ids.length;
  return record({
    name: "crossEntropy",
    inputs: [logits],
    shapes: [[]],
    saves: [N],
    forward: ([mean], [lse]) =>
      pool.borrow((lend) => {
        const loss = lend(N);
        kernels.crossEntropyForward({
          N,
          V,
          smoothing,
          logits: logits.data,
          targets: ids,
          loss: loss.array,
          lse: lse!.array,
        });
        mean!.array[0] = sum(loss) / by;
      }),
    backward: ([dMean], [dlogits], [lse]) =>
      pool.borrow((lend) => {
        const dloss = lend(N);
        dloss.array.fill(dMean!.array[0]! / by);
        kernels.crossEntropyBackward({
          N,
          V,
          smoothing,
          logits: logits.data,
          targets: ids,
          lse: lse!.array,
          dloss: dloss.array,
          dlogits: dlogits!.array,
        });
      }),
  })[0]!;
}

/**
 * Cross-entropy of the logits weight x + bias, without ever holding the logits: `crossEntropy(linear(x, weight, bias))`
 * with less memory and less work.
 *
 * While recording, the gradients are made in the same pass as the loss.
 *
 * @param x        [... I]
 * @param weight   [V I]
 * @param bias     [V] or null
 * @param targets  [...]    0..V-1, or -1 for a token that is left out
 * @returns a tensor of one number, the mean over real tokens in nats
 * @throws RangeError when the shapes do not fit or every target is left out
 */
export function linearCrossEntropy(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  targets: Tokens,
  options: CrossEntropyOptions = {},
): Tensor {
  const { smoothing = 0 } = options;
  const [V, I] = checkLinear("linearCrossEntropy", x, weight, bias);
  const divisor = checkTargets("linearCrossEntropy", "x [... I]", x, V, targets, options);
  const inputs = bias ? [x, weight, bias] : [x, weight];
  const { engine } = x;
  const { kernels, pool } = engine;
  const N = targets.ids.length;
  const saves: number[] = [];
  const savedGradients = inputs.map(({ requiresGrad, size }) =>
    engine.recording && requiresGrad ? saves.push(size) - 1 : null,
  );
  return record({
    name: "linearCrossEntropy",
    inputs,
    shapes: [[]],
    saves,
    savedGradients,
    forward: ([mean], saved) =>
      pool.borrow((lend) => {
        const loss = lend(N);
        const gradient = (input: number) => {
          const k = savedGradients[input] ?? null;
          return k === null ? null : saved[k]!.array;
        };
        kernels.linearCrossEntropy({
          N,
          I,
          V,
          smoothing,
          scale: 1 / divisor,
          x: x.data,
          w: weight.data,
          bias: bias ? bias.data : null,
          targets: targets.ids,
          loss: loss.array,
          dx: gradient(0),
          dw: gradient(1),
          dbias: gradient(2),
        });
        mean!.array[0] = sum(loss) / divisor;
      }),
    backward: ([dMean], _dInputs, saved) => {
      const by = dMean!.array[0]!;
      if (by === 1) return;
      for (const { array } of saved) kernels.scale({ N: array.length, by, plus: 0, x: array, y: array });
    },
  })[0]!;
}

/**
 * What each target costs under the logits weight x + bias: -log softmax(weight x + bias)[target], recording nothing.
 *
 * @param x        [... I]
 * @param weight   [V I]
 * @param bias     [V] or null
 * @param targets  [...]    0..V-1, or -1 for a token that is left out
 * @returns nats in the order of the targets, 0 where there is none
 * @throws RangeError when the shapes do not fit
 */
export function linearTokenNats(x: Tensor, weight: Tensor, bias: Tensor | null, targets: Tokens): Tensor["data"] {
  const [V, I] = checkLinear("linearTokenNats", x, weight, bias);
  checkTargetIds("linearTokenNats", "x [... I]", x, V, targets);
  const { kernels, pool } = x.engine;
  const N = targets.ids.length;
  return pool.borrow((lend) => {
    const loss = lend(N);
    kernels.linearCrossEntropy({
      N,
      I,
      V,
      smoothing: 0,
      scale: 1,
      x: x.data,
      w: weight.data,
      bias: bias ? bias.data : null,
      targets: targets.ids,
      loss: loss.array,
      dx: null,
      dw: null,
      dbias: null,
    });
    return loss.array.slice();
  });
}

/** V and I of a linear layer whose parts fit. */
function checkLinear(where: string, x: Tensor, weight: Tensor, bias: Tensor | null): [V: number, I: number] {
  const [V, I] = weight.shape as [number, number];
  if (weight.shape.length !== 2 || x.shape.at(-1) !== I)
    throw new ValueError(
      `${where}: needs x [... I] and weight [V I], got [${x.shape.join(" ")}] and [${weight.shape.join(" ")}]`,
    );
  if (bias && (bias.shape.length !== 1 || bias.size !== V))
    throw new ValueError(
      `${where}: bias must be [${V}] for weight [${weight.shape.join(" ")}], got [${bias.shape.join(" ")}]`,
    );
  return [V, I];
}

/** What the sum of the losses is divided by: how many targets are real, at least one, unless the options say. */
function checkTargets(
  where: string,
  what: string,
  rows: Tensor,
  V: number,
  targets: Tokens,
  options: CrossEntropyOptions,
): number {
  checkNames(where, ["smoothing", "divisor"], options);
  const { smoothing = 0, divisor } = options;
  if (!(smoothing >= 0 && smoothing <= 1))
    throw new ValueError(`${where}: smoothing must be from 0 to 1, got ${smoothing}`);
  if (divisor !== undefined && !(divisor > 0))
    throw new ValueError(`${where}: divisor must be more than 0, got ${divisor}`);
  const real = checkTargetIds(where, what, rows, V, targets);
  if (real === 0)
    throw new ValueError(`${where}: needs at least one target that is not -1, got ${targets.ids.length} of -1`);
  return divisor ?? real;
}

/** How many targets are real. */
function checkTargetIds(where: string, what: string, rows: Tensor, V: number, targets: Tokens): number {
  checkTokens(where, "targets", targets);
  const { ids, shape } = targets;
  if (shape.length !== rows.shape.length - 1 || shape.some((n, i) => n !== rows.shape[i]))
    throw new ValueError(
      `${where}: targets must have the shape of ${what} without its last axis, got [${shape.join(" ")}] for [${rows.shape.join(" ")}]`,
    );
  checkInts(where, "targets", ids, -1, V - 1);
  let real = 0;
  for (let n = 0; n < ids.length; n++) if (ids[n] !== -1) real++;
  return real;
}

/** The sum of all numbers, in double and in order. */
function sum({ array }: Store): number {
  let total = 0;
  for (let n = 0; n < array.length; n++) total += array[n]!;
  return total;
}
