/**
 * The locales whose dates are drawn, with the calendars that are in use beside the Gregorian and their digits.
 */

/** The calendars beside the Gregorian, as Intl names them. */
export const otherCalendars = [
  "buddhist",
  "japanese",
  "roc",
  "persian",
  "indian",
  "ethiopic",
  "ethioaa",
  "coptic",
  "islamic-umalqura",
  "hebrew",
  "chinese",
  "dangi",
] as const;

/** A calendar as Intl names it. */
export type Calendar = "gregory" | (typeof otherCalendars)[number];

/** 85 locales: languages, and countries that write dates in a way of their own. */
export const dateLocales: readonly string[] = [
  ...["af", "am", "ar", "ar-EG", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "en-GB"],
  ...["en-IN", "en-ZA", "es", "et", "eu", "fa", "fi", "fil", "fr", "ga", "gl", "gu", "ha", "he", "hi", "hr", "hu"],
  ...["hy", "id", "is", "it", "ja", "ka", "kk", "km", "kn", "ko", "ky", "lo", "lt", "lv", "mk", "ml", "mn", "mr"],
  ...["ms", "my", "nb", "ne", "nl", "or", "pa", "pl", "ps", "pt", "pt-PT", "ro", "ru", "si", "sk", "sl", "sq", "sr"],
  ...["sr-Latn", "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "uz", "vi", "yo", "zh", "zh-Hant", "zu"],
];

/**
 * The years of the Gregorian calendar from which dates are drawn: the more of a calendar has to be learnt by heart, the fewer.
 * The months of the moon calendars follow no rule that dates could teach; those of the sun begin on other days than here.
 */
export function yearsOf(calendar: Calendar): readonly [from: number, before: number] {
  switch (calendar) {
    case "gregory":
    case "buddhist":
    case "japanese":
    case "roc":
      return [1900, 2100];
    case "persian":
    case "indian":
    case "ethiopic":
    case "ethioaa":
    case "coptic":
      return [1950, 2050];
    default:
      return [2020, 2030];
  }
}

/** How often a calendar is drawn in training to one draw elsewhere: the more, the more there is to learn of it. */
export function weightOf(calendar: Calendar): number {
  const [from, before] = yearsOf(calendar);
  if (calendar === "gregory") return 1;
  return before - from === 200 ? 3 : before - from === 100 ? 12 : 20;
}

/** Where each calendar is written. */
export const calendarLocales: Readonly<Record<Exclude<Calendar, "gregory">, readonly string[]>> = {
  buddhist: ["th", "en", "lo", "km", "my", "zh", "ja", "fr"],
  japanese: ["ja", "en", "zh", "zh-Hant", "ko", "fr", "ru"],
  roc: ["zh-Hant", "zh", "en", "ja", "vi"],
  persian: ["fa", "ps", "en", "ar", "ur", "az", "tr", "de", "fr", "ru", "hi", "uz"],
  indian: ["hi", "en", "bn", "gu", "kn", "mr", "ta", "te", "ml", "pa", "or", "ne", "ur"],
  ethiopic: ["am", "en", "ar", "fr", "ru"],
  ethioaa: ["am", "en", "ar", "fr", "ru"],
  coptic: ["ar", "ar-EG", "en", "fr", "ru"],
  "islamic-umalqura": ["ar", "ar-EG", "fa", "ur", "tr", "ms", "id", "bn", "en", "fr", "de", "az", "sw", "uz", "ps"],
  hebrew: ["he", "en", "fr", "ru", "es"],
  chinese: ["zh", "zh-Hant", "en", "ja", "fr"],
  dangi: ["ko"],
};

/** The other digits of locales that write in two kinds; Intl itself knows which are the usual ones. */
export const otherDigits: Readonly<Record<string, string>> = {
  ar: "arab",
  "ar-EG": "latn",
  bn: "latn",
  fa: "latn",
  gu: "gujr",
  he: "latn",
  hi: "deva",
  ja: "hanidec",
  km: "khmr",
  kn: "knda",
  ko: "fullwide",
  lo: "laoo",
  ml: "mlym",
  mr: "latn",
  my: "latn",
  ne: "latn",
  or: "orya",
  pa: "guru",
  ps: "latn",
  ta: "tamldec",
  te: "telu",
  th: "thai",
  ur: "arabext",
  zh: "hanidec",
  "zh-Hant": "hanidec",
};
