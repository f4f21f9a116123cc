// The most that one core can do: multiplications and additions none of which waits for another. Matrix products are
// measured against it (bench/gemm.ts).

// Does `rounds` rounds and returns how many floating-point operations they were.
NEVER_INLINE double multiplyAdds(double rounds) {
  // Two units that take four or five cycles each need ten sums under way; twelve and two constants fit in 16 registers.
  constexpr int sums = 12, steps = 8;
  const Floats factor = splat(0.9990234375f), term = splat(float(rounds) * 1e-9f);
  Floats sum[sums];
  UNROLL for (int i = 0; i < sums; i++) sum[i] = splat(float(i));
  for (int64_t round = int64_t(rounds); round > 0; round--)
    UNROLL for (int step = 0; step < steps; step++)
      UNROLL for (int i = 0; i < sums; i++) sum[i] = sum[i] * factor + term;
  Floats total = {};
  UNROLL for (int i = 0; i < sums; i++) total += sum[i];
  // The sum cannot be below 0, but the compiler does not know, and so must compute it.
  return sumOf(total) < 0 ? 0 : rounds * (2.0 * VL * sums * steps);
}
