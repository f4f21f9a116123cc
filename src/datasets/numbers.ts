import { z } from "zod";
import { FormatError, nearest, Random, readOptions, show, ValueError } from "../base/index.ts";
import { packageData, packageFiles } from "./package-data.ts";
import type { Pair, PairData, PairDataOptions } from "./pair-data.ts";

/** A number and its words in one language, either way. */
export interface NumberPair extends Pair {
  /** The language, as BCP 47 names it, such as "de-DE". */
  readonly tag: string;
  readonly direction: "words" | "number";
}

/** Which numbers, and how many. */
export interface NumbersOptions extends PairDataOptions {
  /** The largest number. */
  readonly largest?: number;
  /** Which languages, as BCP 47 names them; by default all. */
  readonly languages?: readonly string[];
  /** How many numbers are learnt from in each language. */
  readonly training?: number;
  /** How many are kept apart in each language, for each of validation and test. */
  readonly aside?: number;
}

const options = z.strictObject({
  languages: z.array(z.string()).optional(),
  largest: z.int().min(999).max(999_999).default(9999),
  training: z.int().min(150).default(7500),
  aside: z.int().min(1).default(40),
});

/**
 * Numbers in words of 71 languages, and back: "123" with the tag "de-DE" to "einhundertdreiundzwanzig", and that to "123".
 *
 * The numbers are those from 0 to `largest`. Those below 100 and those of one digit and zeros are learnt from in every
 * language, because nobody could guess them: 100 is "cien" and 101 "ciento uno". Of the others one in ten belongs to
 * validation and one in ten to test, in all languages and both ways. Of what is drawn each length is equally likely, and
 * in every third number some digits become 0. Words that stand for two numbers (in Swahili, from 10,001 on) are not asked
 * for their number.
 *
 * @throws StopError when the package is not installed, FormatError when it holds anything else, RangeError or TypeError
 *   for an option
 * @source the npm package n2words
 */
export function numbers({ where = "numbers", seed = 1, ...given }: NumbersOptions = {}): PairData<NumberPair> {
  const { largest, languages, training, aside } = readOptions(where, options, given);
  const known = numberLanguages(where);
  const unknown = languages?.find((tag) => !known.includes(tag));
  if (unknown !== undefined) {
    const near = nearest(unknown, known);
    throw new ValueError(
      `${where}: no language "${unknown}"; ${near ? `did you mean "${near}"?` : `there is ${known.join(", ")}`}`,
    );
  }
  const { version, license } = packageData(where, name, "package.json") as Record<string, string>;
  const random = new Random(seed);
  const parts = divideNumbers(random, largest);
  const most = { training, validation: aside, test: aside };
  const counts = { training: 0, validation: 0, test: 0 };
  for (const part of parts) counts[part]++;
  const found = { training: [] as NumberPair[], validation: [] as NumberPair[], test: [] as NumberPair[] };
  for (const tag of languages ?? known) {
    const inWords = wordsOf(where, tag);
    for (const part of partNames) {
      const drawn = new Set<number>();
      if (part === "training") for (let n = 0; n <= largest; n++) if (isLearnt(n)) drawn.add(n);
      const size = Math.min(most[part], counts[part]);
      while (drawn.size < size) {
        const n = drawNumber(random, largest);
        if (parts[n] === part) drawn.add(n);
      }
      for (const n of drawn) {
        const words = inWords(n);
        found[part].push({ tag, source: String(n), target: words, direction: "words" });
        if (!isShared(n, words, inWords))
          found[part].push({ tag, source: words, target: String(n), direction: "number" });
      }
    }
  }
  for (const part of partNames) random.shuffle(found[part]);
  return { ...found, origin: `${name} ${version} (${license})` };
}

const name = "n2words";
const partNames = ["training", "validation", "test"] as const;

/** The languages of the package, as BCP 47 names them. @throws StopError when it is not installed */
export function numberLanguages(where = "numbers"): string[] {
  return packageFiles(where, name, "src").flatMap((file) => (file.endsWith(".js") ? [file.slice(0, -3)] : []));
}

/** What writes a number in the words of a language. */
function wordsOf(where: string, tag: string): (n: number) => string {
  const { toCardinal } = packageData(where, name, `src/${tag}.js`) as Record<string, unknown>;
  if (typeof toCardinal !== "function")
    throw new FormatError(`${where}: the package ${name} must hold the function toCardinal, got ${show(toCardinal)}`);
  return (n) => String(toCardinal(n));
}

function divideNumbers(random: Random, largest: number): (typeof partNames)[number][] {
  return Array.from({ length: largest + 1 }, (_, n) => {
    const draw = random.integer(10);
    if (isLearnt(n) || draw > 1) return "training";
    return draw === 0 ? "validation" : "test";
  });
}

/** Whether nobody could guess the words of a number: one below 100, or a digit and zeros, such as 100 ("cien", "sto"). */
function isLearnt(n: number): boolean {
  return n < 100 || /^[1-9]0+$/.test(String(n));
}

/** A number of two digits or more, each length as likely as another. */
function drawNumber(random: Random, largest: number): number {
  const digits = 2 + random.integer(String(largest).length - 1);
  let n = 10 ** (digits - 1) + random.integer(Math.min(10 ** digits - 1, largest) - 10 ** (digits - 1) + 1);
  if (random.integer(3) === 0)
    for (let place = 1; place < 10 ** (digits - 1); place *= 10)
      if (random.integer(2) === 0) n -= place * (Math.floor(n / place) % 10);
  return n;
}

/** Whether the words name another number too: where "a thousand and b" is both 1000 a + b and 1000 (a + b). */
function isShared(n: number, words: string, inWords: (n: number) => string): boolean {
  const [thousands, rest] = [Math.floor(n / 1000), n % 1000];
  const others =
    rest > 0
      ? [1000 * (thousands + rest)]
      : [thousands % 10, thousands % 100].map((last) => 1000 * (thousands - last) + last);
  return others.some((other) => other !== n && inWords(other) === words);
}
