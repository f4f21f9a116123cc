/** The updates of the optimizers. Each changes the weights w and what it remembers in place, elementwise. */
import type { Args } from "../table.ts";

/**
 * Gradient descent, with momentum where there is a velocity.
 *
 *   d = g + weightDecay w     v = momentum v + d     w -= rate (nesterov ? d + momentum v : v)
 *
 * Without velocity w -= rate d. A velocity starts as 0.
 *
 * @param g         [N]
 * @param w         [N]
 * @param velocity  [N] or null
 * @source Sutskever et al. 2013; with the rate outside the velocity, as PyTorch
 */
export function sgdUpdate({ N, rate, momentum, nesterov, weightDecay, g, w, velocity }: Args<"sgdUpdate">): void {
  for (let n = 0; n < N; n++) {
    const d = g[n]! + weightDecay * w[n]!;
    if (velocity) {
      const v = momentum * velocity[n]! + d;
      velocity[n] = v;
      w[n]! -= rate * (nesterov ? d + momentum * v : v);
    } else w[n]! -= rate * d;
  }
}

/**
 * Adagrad: a rate for each weight, falling with the squares of all its gradients.
 *
 *   d = g + weightDecay w     s += d²     w -= rate d / (sqrt(s) + epsilon)
 *
 * @param g        [N]
 * @param w        [N]
 * @param squares  [N]  s
 * @source Duchi, Hazan & Singer 2011
 */
export function adagradUpdate({ N, rate, epsilon, weightDecay, g, w, squares }: Args<"adagradUpdate">): void {
  for (let n = 0; n < N; n++) {
    const d = g[n]! + weightDecay * w[n]!;
    const s = squares[n]! + d * d;
    squares[n] = s;
    w[n]! -= (rate * d) / (Math.sqrt(s) + epsilon);
  }
}

/**
 * RMSprop: Adagrad with a moving average of the squares, and momentum where there is a velocity.
 *
 *   d = g + weightDecay w     s = decay s + (1 - decay) d²     v = momentum v + d / (sqrt(s) + epsilon)     w -= rate v
 *
 * Without velocity momentum counts as 0.
 *
 * @param g         [N]
 * @param w         [N]
 * @param squares   [N]  s
 * @param velocity  [N] or null
 * @source Tieleman & Hinton 2012, lecture 6.5; with epsilon outside the root, as PyTorch
 */
export function rmspropUpdate(args: Args<"rmspropUpdate">): void {
  const { N, rate, decay, momentum, epsilon, weightDecay, g, w, squares, velocity } = args;
  for (let n = 0; n < N; n++) {
    const d = g[n]! + weightDecay * w[n]!;
    const s = decay * squares[n]! + (1 - decay) * d * d;
    let v = d / (Math.sqrt(s) + epsilon);
    squares[n] = s;
    if (velocity) {
      v += momentum * velocity[n]!;
      velocity[n] = v;
    }
    w[n]! -= rate * v;
  }
}

/**
 * Adam: moving averages of the gradient and of its square, freed from their bias towards 0.
 *
 *   d = g + weightDecay w     m = beta1 m + (1 - beta1) d     v = beta2 v + (1 - beta2) d²
 *   w -= rate (m / correction1) / (sqrt(v / correction2) + epsilon)
 *
 * With `decoupled` (AdamW) d = g, and w -= rate weightDecay w comes first.
 *
 * @param correction1  1 - beta1^step, steps counted from 1; correction2 alike
 * @param g            [N]
 * @param w            [N]
 * @param m            [N]
 * @param v            [N]
 * @source Kingma & Ba 2015, arXiv:1412.6980; decoupled: Loshchilov & Hutter 2019, arXiv:1711.05101
 */
export function adamUpdate(args: Args<"adamUpdate">): void {
  const { N, rate, beta1, beta2, epsilon, weightDecay, decoupled, correction1, correction2, g, w, m, v } = args;
  for (let n = 0; n < N; n++) {
    const d = decoupled ? g[n]! : g[n]! + weightDecay * w[n]!;
    const kept = decoupled ? w[n]! - rate * weightDecay * w[n]! : w[n]!;
    const mean = beta1 * m[n]! + (1 - beta1) * d;
    const square = beta2 * v[n]! + (1 - beta2) * d * d;
    m[n] = mean;
    v[n] = square;
    w[n] = kept - (rate * (mean / correction1)) / (Math.sqrt(square / correction2) + epsilon);
  }
}
