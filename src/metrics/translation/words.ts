/** Texts as words, cut where Python's str.split cuts: the blanks of JavaScript's \s are not quite the same. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: four of Python's blanks are control characters
const blanks = /[\t-\r\u001c- \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;
const blanksAtEnd = new RegExp(`${blanks.source}$`, "u");
const allBlanks = new RegExp(blanks.source, "gu");

/** The words between blanks. */
export function splitWords(text: string): string[] {
  const words = text.split(blanks);
  if (words[0] === "") words.shift();
  if (words.at(-1) === "") words.pop();
  return words;
}

/** A text without the blanks at its end. */
export function trimEnd(text: string): string {
  return text.replace(blanksAtEnd, "");
}

/** A text without any blanks. */
export function withoutBlanks(text: string): string {
  return text.replaceAll(allBlanks, "");
}
