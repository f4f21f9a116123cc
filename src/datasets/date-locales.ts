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

/** Where each calendar is written: in the places that use it, and in English. */
export const calendarLocales: Readonly<Record<Exclude<Calendar, "gregory">, readonly string[]>> = {
  buddhist: ["th", "lo", "km", "my", "en"],
  japanese: ["ja", "en"],
  roc: ["zh-Hant", "en"],
  persian: ["fa", "ps", "en"],
  indian: ["hi", "bn", "gu", "mr", "en"],
  ethiopic: ["am", "ar", "en"],
  ethioaa: ["am", "ar", "en"],
  coptic: ["ar", "ar-EG", "en"],
  "islamic-umalqura": ["ar", "ar-EG", "fa", "ur", "tr", "id", "ms", "en"],
  hebrew: ["he", "en"],
  chinese: ["zh", "zh-Hant", "en"],
  dangi: ["ko"],
};

/** Of a hundred draws in training, how many are of each calendar: the more there is to learn of it, the more. */
export const trainingShares: Readonly<Record<Calendar, number>> = {
  gregory: 42,
  ...{ buddhist: 2, japanese: 3, roc: 1 },
  ...{ persian: 6, indian: 6, ethiopic: 4, ethioaa: 4, coptic: 4 },
  ...{ "islamic-umalqura": 11, hebrew: 7, chinese: 7, dangi: 3 },
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
