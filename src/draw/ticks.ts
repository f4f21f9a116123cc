/** Where an axis is marked, and what the marks say. */

/** How an axis counts: by differences or by factors. */
export type Scale = "linear" | "log";

/**
 * Round numbers across a range, at most about `most` of them: multiples of 1, 2 or 5 times a power of ten; on a log axis
 * powers of ten, and where the range holds fewer than two of those also 2 and 5 times them.
 *
 * @param least  more than 0 on a log axis
 */
export function ticks(scale: Scale, least: number, greatest: number, most = 6): number[] {
  if (!(greatest > least)) return [least];
  return scale === "log" ? logTicks(least, greatest, most) : linearTicks(least, greatest, most);
}

/** A number as an axis says it: short, powers of ten as 1e-6. */
export function tickText(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(6)));
  return value
    .toExponential(2)
    .replace(/\.?0+e/, "e")
    .replace("e+", "e");
}

function linearTicks(least: number, greatest: number, most: number): number[] {
  const rough = (greatest - least) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((by) => by * power).find((by) => by >= rough * (1 - 1e-9))!;
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor(greatest / step + 1e-9);
  // Multiplied anew each time: sums of a step drift away from round numbers.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function logTicks(least: number, greatest: number, most: number): number[] {
  const first = Math.ceil(Math.log10(least) - 1e-9);
  const last = Math.floor(Math.log10(greatest) + 1e-9);
  const decades = last - first + 1;
  if (decades >= 2) {
    const every = Math.ceil(decades / most);
    const found: number[] = [];
    for (let power = Math.ceil(first / every) * every; power <= last; power += every) found.push(Number(`1e${power}`));
    return found;
  }
  const finer: number[] = [];
  for (let power = first - 1; power <= last; power++)
    for (const by of [1, 2, 5]) {
      const value = Number(`${by}e${power}`);
      if (value >= least * (1 - 1e-9) && value <= greatest * (1 + 1e-9)) finer.push(value);
    }
  return finer.length >= 2 ? finer : linearTicks(least, greatest, most);
}
