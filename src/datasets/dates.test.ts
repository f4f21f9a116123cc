import { describe, expect, test } from "vitest";
import { KindError, StopError, ValueError } from "../base/index.ts";
import { requireLocales } from "./dates.ts";
import {
  dateLayouts,
  dateLocales,
  dates,
  dateWriter,
  englishDates,
  layoutsIn,
  otherCalendars,
  yearsOf,
} from "./index.ts";

const day = (text: string) => new Date(`${text}T00:00:00Z`);
const written = (
  locale: string,
  style: Intl.DateTimeFormatOptions,
  date: string,
  calendar = "gregory",
  other = false,
) => dateWriter(locale, { style, calendar, hasOtherDigits: other } as (typeof dateLayouts)[number])?.(day(date));

describe("date layouts", () => {
  test("are 131, for 85 locales that this Node has", () => {
    expect(dateLayouts.length).toBe(131);
    expect(new Set(dateLayouts.map((layout) => JSON.stringify(layout))).size).toBe(131);
    expect(dateLocales.length).toBe(85);
    expect(new Set(dateLocales).size).toBe(85);
    expect(Intl.DateTimeFormat.supportedLocalesOf([...dateLocales])).toEqual(dateLocales);
    expect(dateLocales.reduce((sum, locale) => sum + layoutsIn(locale).length, 0)).toBe(4459);
    expect(new Set(dateLocales.flatMap(layoutsIn)).size).toBe(131);
  });

  test("of other calendars and digits are those of the places that use them", () => {
    const calendars = (locale: string) => new Set(layoutsIn(locale).map(({ calendar }) => calendar));
    expect([...calendars("sv")]).toEqual(["gregory"]);
    expect([...calendars("ko")]).toEqual(["gregory", "dangi"]);
    expect(calendars("en").size).toBe(otherCalendars.length);
    expect(layoutsIn("sv").length).toBe(46);
    expect(layoutsIn("hi").length).toBe(46 + 13 + 6);
  });

  test.each([
    ["en", { dateStyle: "full" }, "2005-04-03", "gregory", false, "Sunday, April 3, 2005"],
    ["hr", { dateStyle: "long" }, "2005-10-03", "gregory", false, "3. listopada 2005."],
    ["pl", { dateStyle: "long" }, "2005-11-03", "gregory", false, "3 listopada 2005"],
    ["hi", { dateStyle: "long" }, "2005-04-03", "gregory", true, "३ अप्रैल २००५"],
    ["fa", { dateStyle: "long" }, "2005-04-03", "persian", false, "۱۴ فروردین ۱۳۸۴"],
    ["th", { dateStyle: "long" }, "2005-04-03", "buddhist", false, "3 เมษายน 2548"],
    ["ja", { dateStyle: "long" }, "2005-04-03", "japanese", false, "平成17年4月3日"],
    ["zh", { dateStyle: "long" }, "2005-04-03", "chinese", false, "2005乙酉年二月廿五"],
    ["he", { dateStyle: "long" }, "2005-04-03", "hebrew", false, "כ״ג באדר ב׳ תשס״ה"],
    ["ar-EG", { dateStyle: "long" }, "2005-04-03", "islamic-umalqura", false, "٢٤ صفر ١٤٢٦ هـ"],
  ] as const)("write %s %o", (locale, style, date, calendar, other, text) => {
    expect(written(locale, style, date, calendar, other)).toBe(text);
  });

  test("of numbers with the year last are left out unless the day is none of a month", () => {
    const style = { year: "numeric", month: "numeric", day: "numeric" } as const;
    expect(written("en", style, "2005-03-04")).toBe(null);
    expect(written("en", style, "2005-03-14")).toBe("3/14/2005");
    expect(written("en-GB", style, "2005-03-14")).toBe("14/03/2005");
    expect(written("en-GB", style, "2005-03-03")).toBe("03/03/2005");
    expect(written("zh", style, "2005-03-04")).toBe("2005/3/4");
    expect(written("vi", { dateStyle: "medium" }, "2005-03-04")).toBe("4 thg 3, 2005");
    expect(written("ar", style, "2005-03-14")).toBe("14/3/2005");
  });

  test("of two digits for the year have the month in words and lie in 1969 to 2068", () => {
    const style = { year: "2-digit", month: "short", day: "numeric" } as const;
    expect(written("en", style, "1968-12-31")).toBe(null);
    expect(written("en", style, "1969-01-01")).toBe("Jan 1, 69");
    expect(written("en", style, "2068-12-31")).toBe("Dec 31, 68");
    expect(written("en", style, "2069-01-01")).toBe(null);
    // ०५ अप्रिल ३ would be the fifth of April 2003 to readers of Hindi.
    expect(written("ne", style, "2005-04-03")).toBe(undefined);
    expect(written("zh", style, "2028-04-04", "gregory", true)).toBe("二八年四月四日");
    expect(written("zh", style, "1928-04-04", "gregory", true)).toBe(null);
    expect(written("en", { dateStyle: "short" }, "2005-03-14")).toBe(undefined);
  });

  test("of another calendar in numbers name its era, the year first", () => {
    expect(written("fa", { dateStyle: "short" }, "2005-04-03", "persian")).toBe(undefined);
    expect(written("zh-Hant", { dateStyle: "short" }, "2005-04-03", "roc")).toBe("民國94/4/3");
    expect(written("en", { dateStyle: "short" }, "2005-04-03", "roc")).toBe(undefined);
    expect(written("ko", { year: "numeric", month: "short", day: "numeric" }, "2005-04-03", "chinese")).toBe(undefined);
  });

  test("give no text to two days", () => {
    // Languages that share names of months or scripts, and every order of day, month and year.
    const locales = ["en", "en-GB", "es", "pt", "hr", "pl", "cs", "hu", "lt", "ky", "ne", "mr", "ko", "ja", "zh"];
    const days = [
      "2003-04-05",
      "2003-05-04",
      "2004-03-05",
      "2004-05-03",
      "2005-03-04",
      "1905-03-04",
      "2005-10-05",
      "2005-11-05",
    ];
    const found = new Map<string, string>();
    const twice: string[] = [];
    for (const locale of locales)
      for (const layout of layoutsIn(locale).filter((_, i) => i % 2 === 0)) {
        const write = dateWriter(locale, layout);
        for (const iso of write ? days : []) {
          const text = write?.(day(iso));
          if (!text) continue;
          if ((found.get(text) ?? iso) !== iso) twice.push(`${text}: ${found.get(text)} and ${iso}`);
          found.set(text, iso);
        }
      }
    expect(twice).toEqual([]);
    expect(found.size).toBeGreaterThan(2000);
  });
});

describe("dates", () => {
  const sample = dates({ training: 300, aside: 60, seed: 3 });

  test("are as many as asked for, each text once, and no day in two parts", () => {
    expect([sample.training.length, sample.validation.length, sample.test.length]).toEqual([300, 60, 60]);
    const parts = [sample.training, sample.validation, sample.test];
    for (const part of parts) expect(new Set(part.map(({ source }) => source)).size).toBe(part.length);
    const [training, validation, tested] = parts.map((part) => new Set(part.map(({ target }) => target)));
    for (const target of tested!) expect(training!.has(target) || validation!.has(target)).toBe(false);
    for (const target of validation!) expect(training!.has(target)).toBe(false);
  });

  test("are of the years of their calendars, and read back", () => {
    for (const { source, target, locale, calendar } of sample.training.slice(0, 40)) {
      const layouts = layoutsIn(locale).filter((layout) => layout.calendar === calendar);
      expect(layouts.some((layout) => dateWriter(locale, layout)?.(day(target)) === source)).toBe(true);
    }
    const isWrong = ({ target, calendar }: (typeof sample.test)[number]) => {
      const [from, before] = yearsOf(calendar);
      return Number(target.slice(0, 4)) < from || Number(target.slice(0, 4)) >= before;
    };
    expect([...sample.training, ...sample.test].filter(isWrong)).toEqual([]);
    expect(new Set(sample.training.map(({ calendar }) => calendar)).size).toBeGreaterThan(6);
  });

  test("follow from the seed, and name what they were made of", () => {
    const few = { training: 40, aside: 3 };
    expect(dates({ ...few, seed: 5 })).toEqual(dates({ ...few, seed: 5 }));
    expect(dates({ ...few, seed: 6 }).test).not.toEqual(dates({ ...few, seed: 5 }).test);
    const { icu, cldr } = process.versions;
    expect(sample.origin).toBe(`Intl of ICU ${icu} with CLDR ${cldr} (Unicode License v3)`);
  });

  test("need all locales", () => {
    expect(() => requireLocales("recipe dates", () => ["en"])).toThrow(
      new StopError("recipe dates: needs a Node.js with all locales (full ICU), this one lacks 84 locales"),
    );
    expect(() => requireLocales("dates", (all) => all.slice(1))).toThrow(
      new StopError("dates: needs a Node.js with all locales (full ICU), this one lacks 1 locale"),
    );
  });

  test("refuse sizes that cannot be", () => {
    expect(() => dates({ training: 0 })).toThrow(new ValueError("dates: training must be at least 1, got 0"));
    expect(() => englishDates({ where: "recipe x", aside: 1.5 })).toThrow(
      new KindError("recipe x: aside must be a whole number, got 1.5"),
    );
  });
});

describe("englishDates", () => {
  const { training, validation, test: tested } = englishDates();

  test("are 10,000 and 2,000 twice, no day in two parts", () => {
    expect([training.length, validation.length, tested.length]).toEqual([10_000, 2000, 2000]);
    const days = new Set(training.map(({ target }) => target));
    expect([...validation, ...tested].filter(({ target }) => days.has(target))).toEqual([]);
    expect(new Set(training.map(({ source }) => source)).size).toBe(10_000);
  });

  test("tell the order of numbers by their separators", () => {
    expect(training.filter(({ source }) => !/^[a-z0-9 ,./]+$/.test(source))).toEqual([]);
    for (const { source, target } of training.slice(0, 1000)) {
      const [year, month, day] = target.split("-").map(Number);
      const numbers = /^(\d+)([/. ])(\d+)\2(\d\d)$/.exec(source);
      if (!numbers) continue;
      const [, first, sign, second, last] = numbers;
      expect([Number(first), Number(second)]).toEqual(sign === "/" ? [month, day] : [day, month]);
      expect(Number(last)).toBe(year! % 100);
    }
  });

  test("follow from the seed", () => {
    const few = { training: 20, aside: 5 };
    expect(englishDates(few)).toEqual(englishDates(few));
    expect(englishDates(few).training).not.toEqual(englishDates({ ...few, seed: 2 }).training);
  });
});
