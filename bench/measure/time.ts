/**
 * Timing on a machine that has other things to do: short bursts of which the best counts, and rounds in which the sides
 * take turns, of which the median counts.
 */

/**
 * Seconds that one call of `work` takes: the best of as many bursts as fit into `seconds`, at least three.
 *
 * @param burst calls in a burst; more for what is done in no time
 */
export function best(work: () => void, { seconds = 0.1, burst = 1 } = {}): number {
  let least = Infinity;
  const end = performance.now() + seconds * 1000;
  for (let bursts = 0; bursts < 3 || performance.now() < end; bursts++) {
    const start = performance.now();
    for (let i = 0; i < burst; i++) work();
    least = Math.min(least, (performance.now() - start) / burst);
  }
  return least / 1000;
}

/**
 * Seconds that one call of `work` takes: the median of as many calls as fit into `seconds`, at least `least`. For long
 * work, with all that happens in it now and then, such as garbage collection.
 */
export function typical(work: () => void, { seconds = 0.1, least = 3 } = {}): number {
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  for (let start = performance.now(); times.length < least || start < end; ) {
    work();
    const now = performance.now();
    times.push(now - start);
    start = now;
  }
  return median(times) / 1000;
}

/** How many calls of `work` take about a fifth of a millisecond: enough for the clock, short enough to go undisturbed. */
export function burstFor(work: () => void): number {
  for (let burst = 1; ; burst *= 2) {
    const start = performance.now();
    for (let i = 0; i < burst; i++) work();
    if (performance.now() - start > 0.2) return burst;
  }
}

/** Measures each side in turn, round after round; the median of each. */
export async function takeTurns<Side extends string>(
  sides: Readonly<Record<Side, () => number | Promise<number>>>,
  rounds = 7,
): Promise<Record<Side, number>> {
  const names = Object.keys(sides) as Side[];
  const all = names.map((): number[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, name] of names.entries()) {
      // Threads of the other side may spin for a while after their work.
      await new Promise((resolve) => setTimeout(resolve, 10));
      all[i]!.push(await sides[name]());
    }
  return Object.fromEntries(names.map((name, i) => [name, median(all[i]!)])) as Record<Side, number>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** The mean of ratios: twice as fast and half as fast make as fast. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** The last line of a bench: how many times faster than the peer we are. */
export function printRatio(peer: string, ratio: number): void {
  console.log(`ratio ${peer}: ${ratio.toFixed(2)}`);
}
