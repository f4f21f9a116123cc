/**
 * The layouts in which dates are drawn: which parts are written, how long, in which calendar and digits.
 */
import { type Calendar, calendarLocales, otherCalendars, otherDigits } from "./date-locales.ts";

/** One way to write a date, in any locale. */
export interface DateLayout {
  readonly calendar: Calendar;
  /** Whether the digits are the other ones of the locale, such as ١٢ of Arabic beside 12. */
  readonly hasOtherDigits: boolean;
  readonly style: Style;
}

type Style = Pick<Intl.DateTimeFormatOptions, "dateStyle" | "weekday" | "era" | "year" | "month" | "day">;

const named: readonly Style[] = (["full", "long", "medium", "short"] as const).map((dateStyle) => ({ dateStyle }));
const weekdays: readonly Style[] = [{}, { weekday: "long" }, { weekday: "short" }];
const widths = ["numeric", "2-digit"] as const;

/** Months as words: 24 of them. */
const lettered: readonly Style[] = weekdays.flatMap((weekday) =>
  (["long", "short"] as const).flatMap((month) =>
    widths.flatMap((day) => widths.map((year): Style => ({ ...weekday, year, month, day }))),
  ),
);
/** The year with its era: 6. */
const withEra: readonly Style[] = weekdays.flatMap((weekday) =>
  (["long", "short"] as const).map(
    (month): Style => ({ ...weekday, era: "short", year: "numeric", month, day: "numeric" }),
  ),
);
/** Numbers alone, but for the day of the week: 12. */
const numbers: readonly Style[] = weekdays.flatMap((weekday) =>
  widths.flatMap((month) => widths.map((day): Style => ({ ...weekday, year: "numeric", month, day }))),
);
/** For digits that are the other ones: 13. */
const inOtherDigits: readonly Style[] = [
  ...named,
  ...lettered.filter(({ year, day }) => year === "numeric" && day === "numeric"),
  { year: "2-digit", month: "long", day: "numeric" },
  ...numbers.filter(({ weekday, month, day }) => weekday === undefined && month === day),
];
/** For each other calendar: 5. */
const ofCalendar: readonly Style[] = [
  ...named.slice(0, 3),
  { year: "numeric", month: "long", day: "numeric" },
  { weekday: "short", era: "short", year: "numeric", month: "long", day: "numeric" },
];
/** A medium date of this calendar lacks the year. */
const ofDangi = ofCalendar.map((style) =>
  style.dateStyle === "medium"
    ? ({ weekday: "long", year: "numeric", month: "long", day: "numeric" } satisfies Style)
    : style,
);

const layoutsOf = (calendar: Calendar, hasOtherDigits: boolean, styles: readonly Style[]): DateLayout[] =>
  styles.map((style) => ({ calendar, hasOtherDigits, style }));

/** The 131 layouts. */
export const dateLayouts: readonly DateLayout[] = [
  ...layoutsOf("gregory", false, [...named, ...lettered, ...withEra, ...numbers]),
  ...layoutsOf("gregory", true, inOtherDigits),
  ...otherCalendars.flatMap((calendar) => [
    ...layoutsOf(calendar, false, calendar === "dangi" ? ofDangi : ofCalendar),
    ...layoutsOf(calendar, true, ofCalendar.slice(0, 1)),
  ]),
];

/** The layouts that a locale has: all but those of calendars and digits which are not in use there. */
export function layoutsIn(locale: string): DateLayout[] {
  return dateLayouts.filter(
    ({ calendar, hasOtherDigits }) =>
      (calendar === "gregory" || calendarLocales[calendar].includes(locale)) &&
      (!hasOtherDigits || Object.hasOwn(otherDigits, locale)),
  );
}

/** Writes a day in one layout of one locale: null where the text could be read as another day too. */
export type DateWriter = (date: Date) => string | null;

/**
 * The writer of a layout in a locale, or null where its texts say too little: two layouts that are both in use must not
 * give one text to two days. So
 *
 *   - two digits for the year with numbers alone (3/4/05) are left out;
 *   - two digits for the year beside a month in words mean 1969 to 2068, and days of other years are left out;
 *   - two digits for the year come after the day, or with a word of their own as in 05年;
 *   - numbers alone with the year last (3/4/2005) are left out for the days 1 to 12 of the month, unless day = month;
 *   - numbers alone in another calendar need the order year, month, day and the name of the era.
 *
 * Spaces are plain ones, and marks that decide the direction of writing are dropped: nobody types them.
 */
export function dateWriter(locale: string, { calendar, hasOtherDigits, style }: DateLayout): DateWriter | null {
  const format = new Intl.DateTimeFormat(locale, {
    ...style,
    calendar,
    timeZone: "UTC",
    ...(hasOtherDigits && { numberingSystem: otherDigits[locale]! }),
  });
  const parts = format.formatToParts(Date.UTC(2005, 3, 25));
  const text = (type: string) => parts.find((part) => part.type === type)?.value;
  const order = parts.map(({ type }) => fields[type]).filter((field) => field !== undefined);
  const isTwoDigits = /^\p{N}{2}$/u.test(arabic(text("year") ?? ""));
  // Where a year of the cycle of sixty is named the number of the month says enough.
  const inNumbers = isNumbers(parts) && text("yearName") === undefined;
  let isRead: (date: Date) => boolean = () => true;
  if (calendar !== "gregory") {
    if (inNumbers && (order.join("") !== "ymd" || text("era") === undefined)) return null;
    // 2005년 2월 25일 may be of either calendar.
    if (text("relatedYear") !== undefined && text("yearName") === undefined && /\d/.test(text("month")!)) return null;
  } else if (inNumbers) {
    if (isTwoDigits) return null;
    if (order.join("") !== "ymd")
      isRead = (date) => date.getUTCDate() > 12 || date.getUTCDate() === date.getUTCMonth() + 1;
  } else if (isTwoDigits) {
    const afterYear = parts[parts.findIndex(({ type }) => type === "year") + 1]?.value ?? "";
    if (order[0] === "y" && !/\p{L}/u.test(afterYear)) return null;
    isRead = (date) => date.getUTCFullYear() >= 1969 && date.getUTCFullYear() <= 2068;
  }
  return (date) => (isRead(date) ? plain(format.format(date)) : null);
}

const fields: Readonly<Record<string, "y" | "m" | "d">> = {
  year: "y",
  relatedYear: "y",
  yearName: "y",
  month: "m",
  day: "d",
};

/** Whether there is no letter from the first of day, month and year to the last. */
function isNumbers(parts: readonly Intl.DateTimeFormatPart[]): boolean {
  const isField = ({ type }: Intl.DateTimeFormatPart) => fields[type] !== undefined;
  const between = parts.slice(parts.findIndex(isField), parts.findLastIndex(isField) + 1);
  return between.every(({ value }) => !/(?!\p{N})[\p{L}\p{M}]/u.test(arabic(value)));
}

/** Chinese digits are letters to Unicode. */
const arabic = (text: string) => text.replaceAll(/[〇一二三四五六七八九]/gu, "0");

function plain(text: string): string {
  return text.replace(/[\u00a0\u2000-\u200a\u202f]/g, " ").replace(/[\u061c\u200e\u200f]/g, "");
}
