import { ValueError } from "../../base/index.ts";
import { record, type Tensor } from "../../tensor/index.ts";

/**
 * Cross-entropy of independent yes-or-no questions: the mean over all of them, in nats.
 *
 *   loss = mean of -(target log p + (1 - target) log(1 - p)), p = sigmoid(logits)
 *
 * @param logits   any shape
 * @param targets  the same shape, numbers from 0 to 1; no gradient goes into them
 * @returns a tensor of one number
 * @throws RangeError when the shapes differ or there is no number
 */
export function sigmoidCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  if (targets.shape.length !== logits.shape.length || targets.shape.some((n, i) => n !== logits.shape[i]))
    throw new ValueError(
      `sigmoidCrossEntropy: targets must have the shape of logits [${logits.shape.join(" ")}], got [${targets.shape.join(" ")}]`,
    );
  const N = logits.size;
  if (N === 0) throw new ValueError(`sigmoidCrossEntropy: needs at least one number, got [${logits.shape.join(" ")}]`);
  const { kernels, pool } = logits.engine;
  return record({
    name: "sigmoidCrossEntropy",
    inputs: [logits],
    shapes: [[]],
    forward: ([mean]) =>
      pool.borrow((lend) => {
        const loss = lend(N);
        kernels.sigmoidCrossEntropyForward({ N, logits: logits.data, targets: targets.data, loss: loss.array });
        let total = 0;
        for (let n = 0; n < N; n++) total += loss.array[n]!;
        mean!.array[0] = total / N;
      }),
    backward: ([dMean], [dlogits]) =>
      pool.borrow((lend) => {
        const dloss = lend(N);
        dloss.array.fill(dMean!.array[0]! / N);
        kernels.sigmoidCrossEntropyBackward({
          N,
          logits: logits.data,
          targets: targets.data,
          dloss: dloss.array,
          dlogits: dlogits!.array,
        });
      }),
  })[0]!;
}
