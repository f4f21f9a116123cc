import { checkText, plainSpeller, type Tokenizer } from "./tokenizer.ts";

/**
 * One token for each character as a reader sees it: a letter with its accents, a flag, a family emoji.
 *
 * Throws RangeError for a text with a lone surrogate.
 *
 * @source Unicode Standard Annex 29, extended grapheme clusters, by the `Intl.Segmenter` of the platform
 */
export const graphemes: Tokenizer = {
  name: "graphemes",
  encode(text) {
    checkText("graphemes", text);
    const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
    const tokens: string[] = [];
    let start = 0;
    let most = PIECE;
    while (start < text.length) {
      if (isSureBoundary(text, start + 1)) {
        tokens.push(text[start++]!);
        continue;
      }
      let end = start + 1;
      while (!isSureBoundary(text, end) && (end < start + most || isLowSurrogate(text.charCodeAt(end)))) end++;
      const found = Array.from(segmenter.segment(text.slice(start, end)), ({ segment }) => segment);
      // A piece cut at its most may end within a grapheme, but the boundaries inside it are those of the whole text:
      // a cluster depends on its own beginning and one character beyond. So all but the last count.
      if (!isSureBoundary(text, end)) found.pop();
      most = found.length === 0 ? most * 2 : PIECE;
      for (const token of found) {
        tokens.push(token);
        start += token.length;
      }
    }
    return tokens;
  },
  decode: (tokens) => tokens.join(""),
  speller: plainSpeller,
};

// The segmenter of Node 20 takes time that grows with the square of the length: 4 us a grapheme up to 1,000 characters,
// 120 us at 100,000. So it is asked about short pieces, and not at all where plain characters follow one another.
const PIECE = 256;

/** Whether a grapheme ends at `at` without looking further: at the end of the text or between two plain characters. */
function isSureBoundary(text: string, at: number): boolean {
  return at >= text.length || (isPlain(text.charCodeAt(at - 1)) && isPlain(text.charCodeAt(at)));
}

/** Latin, Greek and Cyrillic without combining marks, Han: characters that never join one another (save CR LF). */
function isPlain(code: number): boolean {
  return (code < 0x300 && code !== 0x0d) || (code >= 0x370 && code < 0x483) || (code >= 0x4e00 && code <= 0x9fff);
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
