import type { Args } from "../table.ts";

/**
 * Dropout: sets elements to 0 at random and scales the others up so that the mean stays.
 *
 *   y[n] = 0 if dropped(n), else x[n] / (1 - rate)
 *
 * Whether an element is dropped depends on (seed, n) alone, so every build and every thread decides alike, and the
 * gradient is the same kernel over dy with the same seed. All in unsigned 32-bit arithmetic:
 *
 *   mix(u):  u ^= u >> 16;  u *= 0x21f0aaad;  u ^= u >> 15;  u *= 0x735a2d97;  u ^= u >> 15
 *   key       = mix(seed + 0x9e3779b9)            seed is a 32-bit integer, negative ones in two's complement
 *   dropped(n) when (mix(n ^ key) >> 8) < threshold
 *   threshold = floor(float32(rate) * 2^24 + 0.5)  rate as a 32-bit float, the product in double
 *
 * So rate 0 keeps all and rate 1 drops all, NaN and infinities among them.
 *
 * @param x     [N]
 * @param rate  0..1
 * @param y     [N]
 * @source Srivastava et al. 2014; the mixing function is lowbias32 with Chris Wellons' 2022 constants
 */
export function dropout({ N, rate, seed, x, y }: Args<"dropout">): void {
  const threshold = Math.floor(Math.fround(rate) * 2 ** 24 + 0.5);
  const kept = 1 / (1 - rate);
  const key = mix(seed + 0x9e3779b9);
  for (let n = 0; n < N; n++) y[n] = mix(n ^ key) >>> 8 < threshold ? 0 : x[n]! * kept;
}

/** Spreads every bit of `u` over all 32. */
function mix(u: number): number {
  u ^= u >>> 16;
  u = Math.imul(u, 0x21f0aaad);
  u ^= u >>> 15;
  u = Math.imul(u, 0x735a2d97);
  return u ^ (u >>> 15);
}
