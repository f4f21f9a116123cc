import { z } from "zod";
import { Random, readOptions, StopError } from "../base/index.ts";
import { type DateLayout, type DateWriter, dateWriter, layoutsIn } from "./date-layouts.ts";
import { type Calendar, calendarLocales, dateLocales, trainingShares, yearsOf } from "./date-locales.ts";
import { divideDays } from "./days.ts";
import type { Pair, PairData, PairDataOptions } from "./pair-data.ts";

/** A date as a person of some place would write it, and as ISO 8601 has it. */
export interface DatePair extends Pair {
  readonly locale: string;
  readonly calendar: Calendar;
}

/** How many dates are drawn. */
export interface DatesOptions extends PairDataOptions {
  /** How many are learnt from. */
  readonly training?: number;
  /** How many are kept apart for each of validation and test. */
  readonly aside?: number;
}

const counts = z.strictObject({
  training: z.int().min(1).default(400_000),
  aside: z.int().min(1).default(5000),
});

/**
 * Dates as people write them, to ISO 8601, such as "3. april 2005." and "平成17年4月3日" to "2005-04-03".
 *
 * They are drawn over 85 locales and 131 layouts of Intl: each draw takes a locale, then one of the layouts it has, then
 * a day in `yearsOf` its calendar, such as 1900 to 2099. Layouts and texts that could be read as two days are left out, see
 * `dateWriter`. In training, calendars with more to learn are drawn more often. Each day belongs to one part, whatever its
 * layout: what is tested is days that were never seen in any. Fewer are drawn than asked for where there are no more.
 *
 * What is drawn follows from the seed and from the version of ICU, which `origin` names.
 *
 * @throws StopError when this Node has not all locales, RangeError or TypeError for an option
 */
export function dates({ where = "dates", seed = 1, ...given }: DatesOptions = {}): PairData<DatePair> {
  const { training, aside } = readOptions(where, counts, given);
  requireLocales(where, Intl.DateTimeFormat.supportedLocalesOf);
  const random = new Random(seed);
  const days = divideDays(random, 1900, 2100);
  const part = (days: readonly number[], draws: Draws) => ({
    ...{ pairs: [] as DatePair[], days: daysOf(days), draws },
  });
  const parts = [
    part(days.training, drawTaught(random, training)),
    part(days.validation, drawTested(random, aside)),
    part(days.test, drawTested(random, aside)),
  ];
  // Locale by locale, because the formats of all of them fill hundreds of megabytes.
  for (const locale of dateLocales) {
    const writers = new Map<DateLayout, DateWriter | null>();
    for (const { pairs, days, draws } of parts) {
      const seen = new Set<string>();
      for (const [calendar, count] of draws.get(locale) ?? []) {
        const layouts = layoutsIn(locale).filter((layout) => calendar === "any" || layout.calendar === calendar);
        for (let left = count, tries = 100 * left + 1000; left > 0 && tries > 0; tries--) {
          const layout = layouts[random.integer(layouts.length)]!;
          if (!writers.has(layout)) writers.set(layout, dateWriter(locale, layout));
          const among = days(layout.calendar);
          const date = new Date(among[random.integer(among.length)]! * 86_400_000);
          const source = writers.get(layout)?.(date);
          if (source === null || source === undefined || seen.has(source)) continue;
          seen.add(source);
          pairs.push({ source, target: date.toISOString().slice(0, 10), locale, calendar: layout.calendar });
          left--;
        }
      }
    }
  }
  const [first, second, third] = parts.map(({ pairs }) => random.shuffle(pairs));
  return { training: first!, validation: second!, test: third!, origin: datesOrigin() };
}

/** What texts the dates of this Node are made of. */
export function datesOrigin(): string {
  const { icu, cldr } = process.versions;
  return `Intl of ICU ${icu} with CLDR ${cldr} (Unicode License v3)`;
}

/** @throws StopError when a locale would be written as another one */
export function requireLocales(where: string, supported: (locales: string[]) => string[]): void {
  const missing = dateLocales.length - supported([...dateLocales]).length;
  if (missing === 0) return;
  const what = missing === 1 ? "1 locale" : `${missing} locales`;
  throw new StopError(`${where}: needs a Node.js with all locales (full ICU), this one lacks ${what}`);
}

/** Those of some days that fall into the years of each calendar. */
function daysOf(days: readonly number[]): (calendar: Calendar) => readonly number[] {
  const found = new Map<number, readonly number[]>();
  return (calendar) => {
    const [from, before] = yearsOf(calendar);
    const [first, end] = [Date.UTC(from, 0, 1) / 86_400_000, Date.UTC(before, 0, 1) / 86_400_000];
    if (!found.has(first))
      found.set(
        first,
        days.filter((day) => day >= first && day < end),
      );
    return found.get(first)!;
  };
}

/** How many draws fall to each locale, and there to a calendar or to any. */
type Draws = ReadonlyMap<string, ReadonlyMap<Calendar | "any", number>>;

/** Each locale as likely as another, whatever the calendar. */
function drawTested(random: Random, size: number): Draws {
  return drawn(size, () => [dateLocales[random.integer(dateLocales.length)]!, "any"]);
}

/** Each calendar as `trainingShares` has it, and of its locales each as likely as another. */
function drawTaught(random: Random, size: number): Draws {
  const choices = Object.entries(trainingShares).flatMap(([name, share]) =>
    new Array<Calendar>(share).fill(name as Calendar),
  );
  return drawn(size, () => {
    const calendar = choices[random.integer(choices.length)]!;
    const locales = calendar === "gregory" ? dateLocales : calendarLocales[calendar];
    return [locales[random.integer(locales.length)]!, calendar];
  });
}

function drawn(size: number, draw: () => [locale: string, calendar: Calendar | "any"]): Draws {
  const draws = new Map<string, Map<Calendar | "any", number>>();
  for (let i = 0; i < size; i++) {
    const [locale, calendar] = draw();
    const counts = draws.get(locale) ?? new Map<Calendar | "any", number>();
    draws.set(locale, counts.set(calendar, (counts.get(calendar) ?? 0) + 1));
  }
  return draws;
}
