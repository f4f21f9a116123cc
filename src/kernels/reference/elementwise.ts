import type { Args } from "../table.ts";
import { sigmoid } from "./recurrent.ts";

/**
 * One function for every element: y[n] = op(x[n]).
 *
 * @param x  [N]
 * @param y  [N]
 */
export function map({ N, op, x, y }: Args<"map">): void {
  switch (op) {
    case "tanh":
      for (let n = 0; n < N; n++) y[n] = Math.tanh(x[n]!);
      break;
    case "sigmoid":
      for (let n = 0; n < N; n++) y[n] = sigmoid(x[n]!);
      break;
    case "relu":
      for (let n = 0; n < N; n++) y[n] = Math.max(x[n]!, 0);
      break;
    case "exp":
      for (let n = 0; n < N; n++) y[n] = Math.exp(x[n]!);
      break;
    case "log":
      for (let n = 0; n < N; n++) y[n] = Math.log(x[n]!);
      break;
    case "sqrt":
      for (let n = 0; n < N; n++) y[n] = Math.sqrt(x[n]!);
      break;
    case "square":
      for (let n = 0; n < N; n++) y[n] = x[n]! * x[n]!;
      break;
    case "neg":
      for (let n = 0; n < N; n++) y[n] = -x[n]!;
      break;
    case "abs":
      for (let n = 0; n < N; n++) y[n] = Math.abs(x[n]!);
      break;
  }
}

/**
 * Gradient of `map`: dx[n] = dy[n] op'(x[n]). The slope of relu and of abs at 0 is 0.
 *
 * @param y   [N]  op(x), from the forward pass
 * @param dy  [N]
 * @param dx  [N]
 */
export function mapBackward({ N, op, x, y, dy, dx }: Args<"mapBackward">): void {
  switch (op) {
    case "tanh":
      for (let n = 0; n < N; n++) dx[n] = dy[n]! * (1 - y[n]! * y[n]!);
      break;
    case "sigmoid":
      for (let n = 0; n < N; n++) dx[n] = dy[n]! * y[n]! * (1 - y[n]!);
      break;
    case "relu":
      for (let n = 0; n < N; n++) dx[n] = x[n]! > 0 ? dy[n]! : 0;
      break;
    case "exp":
      for (let n = 0; n < N; n++) dx[n] = dy[n]! * y[n]!;
      break;
    case "log":
      for (let n = 0; n < N; n++) dx[n] = dy[n]! / x[n]!;
      break;
    case "sqrt":
      for (let n = 0; n < N; n++) dx[n] = dy[n]! / (2 * y[n]!);
      break;
    case "square":
      for (let n = 0; n < N; n++) dx[n] = dy[n]! * 2 * x[n]!;
      break;
    case "neg":
      for (let n = 0; n < N; n++) dx[n] = -dy[n]!;
      break;
    case "abs":
      for (let n = 0; n < N; n++) dx[n] = x[n]! > 0 ? dy[n]! : x[n]! < 0 ? -dy[n]! : 0;
      break;
  }
}

/**
 * One of the four operations for every pair of elements: y[n] = a[n] op b[n].
 *
 * @param a  [N]
 * @param b  [N]
 * @param y  [N]
 */
export function zip({ N, op, a, b, y }: Args<"zip">): void {
  switch (op) {
    case "add":
      for (let n = 0; n < N; n++) y[n] = a[n]! + b[n]!;
      break;
    case "sub":
      for (let n = 0; n < N; n++) y[n] = a[n]! - b[n]!;
      break;
    case "mul":
      for (let n = 0; n < N; n++) y[n] = a[n]! * b[n]!;
      break;
    case "div":
      for (let n = 0; n < N; n++) y[n] = a[n]! / b[n]!;
      break;
  }
}

/** A straight line for every element of x [N]: y[n] = by x[n] + plus. */
export function scale({ N, by, plus, x, y }: Args<"scale">): void {
  for (let n = 0; n < N; n++) y[n] = by * x[n]! + plus;
}

/** Adds a multiple of x [N] to y [N]: y[n] += by x[n]. */
export function accumulate({ N, by, x, y }: Args<"accumulate">): void {
  for (let n = 0; n < N; n++) y[n]! += by * x[n]!;
}

/** Keeps x [N] within ±limit: x[n] = min(max(x[n], -limit), limit); NaN stays NaN. */
export function clamp({ N, limit, x }: Args<"clamp">): void {
  for (let n = 0; n < N; n++) x[n] = Math.min(Math.max(x[n]!, -limit), limit);
}
