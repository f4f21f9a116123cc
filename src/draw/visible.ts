/** Text for a terminal: what cannot be seen, or would move the cursor, is shown by a sign; and how wide it is. */

/**
 * Text whose control characters are shown by signs of their own: what a model or a file holds cannot take over the
 * terminal. A line end is ⏎, a tab is ⇥.
 */
export function visible(text: string): string {
  return text.replaceAll(hidden, (sign) => {
    const code = sign.charCodeAt(0);
    if (sign === "\n") return "⏎";
    if (sign === "\t") return "⇥";
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : "\u{fffd}";
  });
}

// Those that are not shown: control characters, halves of surrogate pairs, and what changes the direction of writing.
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it is for
const hidden = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\p{Surrogate}]/gu;

/** How many columns of a terminal a text takes: two for East Asian wide characters and emoji, none for marks on others. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (noWidth.test(character)) continue;
    width += isWide(character.codePointAt(0)!) ? 2 : 1;
  }
  return width;
}

const noWidth = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

function isWide(code: number): boolean {
  return wide.some(([from, to]) => code >= from && code <= to);
}

/** The wide blocks of Unicode Standard Annex 11. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1faff],
  [0x20000, 0x3fffd],
];
