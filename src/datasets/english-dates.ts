import { z } from "zod";
import { Random, readOptions } from "../base/index.ts";
import { datesOrigin } from "./dates.ts";
import { divideDays } from "./days.ts";
import type { Pair, PairData, PairDataOptions } from "./pair-data.ts";

/** How many dates are drawn. */
export interface EnglishDatesOptions extends PairDataOptions {
  /** How many are learnt from. */
  readonly training?: number;
  /** How many are kept apart for each of validation and test. */
  readonly aside?: number;
}

const counts = z.strictObject({
  training: z.int().min(1).default(10_000),
  aside: z.int().min(1).default(2000),
});

/**
 * English dates in small letters, to ISO 8601, such as "saturday may 9 2018" to "2018-05-09".
 *
 * The days are those of 1970 to 2029, so that two digits name one year, and the separators tell in which order numbers
 * stand: 5/9/18 has the month first, 09.05.18 and 9 05 18 the day. Each day belongs to one part.
 *
 * @throws RangeError or TypeError for an option
 * @source the layouts of the exercise "Neural machine translation with attention" of deeplearning.ai's course 5, with
 *   its weights: 10 of 24 draws are of the first; the last two layouts are ours
 */
export function englishDates({ where = "englishDates", seed = 1, ...given }: EnglishDatesOptions = {}): PairData {
  const { training, aside } = readOptions(where, counts, given);
  const random = new Random(seed);
  const days = divideDays(random, 1970, 2030);
  const draw = (among: readonly number[], size: number): Pair[] => {
    const pairs = new Map<string, Pair>();
    for (let tries = 100 * size; pairs.size < size && tries > 0; tries--) {
      const date = new Date(among[random.integer(among.length)]! * 86_400_000);
      const layout = layouts[Math.max(0, random.integer(layouts.length + 9) - 9)]!;
      const source = layout(partsOf(date)).toLowerCase();
      pairs.set(source, { source, target: date.toISOString().slice(0, 10) });
    }
    return [...pairs.values()];
  };
  return {
    training: draw(days.training, training),
    validation: draw(days.validation, aside),
    test: draw(days.test, aside),
    origin: datesOrigin(),
  };
}

type Parts = ReturnType<typeof partsOf>;

const layouts: readonly ((parts: Parts) => string)[] = [
  ({ weekday, month, d, y }) => `${weekday} ${month} ${d} ${y}`,
  ({ m, d, yy }) => `${m}/${d}/${yy}`,
  ({ mon, d, y }) => `${mon} ${d} ${y}`,
  ({ month, d, y }) => `${month} ${d} ${y}`,
  ({ d, mon, y }) => `${d} ${mon} ${y}`,
  ({ d, month, y }) => `${d} ${month} ${y}`,
  ({ dd, mon, y }) => `${dd} ${mon} ${y}`,
  ({ d, mon, y }) => `${d} ${mon}, ${y}`,
  ({ d, month, y }) => `${d} ${month}, ${y}`,
  ({ dd, mon, y }) => `${dd}, ${mon} ${y}`,
  ({ d, mm, yy }) => `${d} ${mm} ${yy}`,
  ({ month, d, y }) => `${month} ${d}, ${y}`,
  ({ dd, mm, yy }) => `${dd}.${mm}.${yy}`,
  ({ weekday, d, month, y }) => `${weekday} ${d} ${month} ${y}`,
  ({ weekday, mon, d, y }) => `${weekday.slice(0, 3)} ${mon} ${d} ${y}`,
];

// Intl of every Node has English.
const weekdays = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" });
const months = new Intl.DateTimeFormat("en", { month: "long", timeZone: "UTC" });

function partsOf(date: Date) {
  const [y, mm, dd] = date.toISOString().slice(0, 10).split("-") as [string, string, string];
  const month = months.format(date);
  return {
    weekday: weekdays.format(date),
    month,
    mon: month.slice(0, 3),
    ...{ y, mm, dd, yy: y.slice(2), m: String(Number(mm)), d: String(Number(dd)) },
  };
}
