/**
 * How texts are cut into words before they are compared: as sacreBLEU does it, to the letter.
 *
 * @source mteval-v13a.pl and mteval-v14.pl of NIST; Post 2018, arXiv:1804.08771
 */
import { splitWords } from "./words.ts";

const western: readonly (readonly [RegExp, string])[] = [
  [/([{-~[-` -&(-+:-@/])/gu, " $1 "],
  // A full stop or comma stays with digits on both sides.
  [/([^0-9])([.,])/gu, "$1 $2 "],
  [/([.,])([^0-9])/gu, " $1 $2"],
  [/([0-9])(-)/gu, "$1 $2 "],
];

const international: readonly (readonly [RegExp, string])[] = [
  [/(\P{N})(\p{P})/gu, "$1 $2 "],
  [/(\p{P})(\P{N})/gu, " $1 $2"],
  [/(\p{S})/gu, " $1 "],
];

/**
 * Punctuation of Western languages cut off, full stops and commas in numbers kept.
 *
 * @param between what else to do once marks other than full stops and commas are cut off
 */
export function cutWestern(text: string, between = (cut: string) => cut): string {
  return replaceAll(between(replaceAll(text, western.slice(0, 1))), western.slice(1));
}

/** Ways to cut a text into words, by the name that a signature has for them. */
export const bleuTokenizers = {
  "13a": (text: string) => {
    let line = text.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
    if (line.includes("&"))
      line = line.replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
    return splitWords(cutWestern(` ${line} `));
  },
  intl: (text: string) => splitWords(replaceAll(text, international)),
  char: (text: string) => splitWords([...text].join(" ")),
  none: splitWords,
} as const satisfies Record<string, (text: string) => string[]>;

/** The name of a way to cut a text. */
export type BleuTokenizer = keyof typeof bleuTokenizers;

function replaceAll(text: string, rules: readonly (readonly [RegExp, string])[]): string {
  return rules.reduce((line, [pattern, by]) => line.replaceAll(pattern, by), text);
}
