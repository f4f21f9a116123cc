import type { Random } from "../base/index.ts";

/** Days since 1970 in three parts. */
export interface DividedDays {
  readonly training: number[];
  readonly validation: number[];
  readonly test: number[];
}

/** Divides the days from January 1st of a year to before that of another: one in twenty each for validation and test. */
export function divideDays(random: Random, from: number, before: number): DividedDays {
  const first = Date.UTC(from, 0, 1) / 86_400_000;
  const length = Date.UTC(before, 0, 1) / 86_400_000 - first;
  const days = random.shuffle(Array.from({ length }, (_, i) => first + i));
  const aside = Math.round(length / 20);
  return { test: days.slice(0, aside), validation: days.slice(aside, 2 * aside), training: days.slice(2 * aside) };
}
