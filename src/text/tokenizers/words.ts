/**
 * Words and punctuation, put together again without loss.
 */
import { checkText, type Speller, type Tokenizer } from "./tokenizer.ts";
import { WordSegmenter } from "./word-segments.ts";

/**
 * Stands at the side of a token where no space is: the halfwidth black square of OpenNMT, which texts hardly ever hold.
 */
const JOINER = "\uffed";

/**
 * One token for each word, number, sign, line end, and run of white space that is more than one space between words.
 *
 * A single space between two tokens is not written down. Where there is none, a joiner is: on the side of the sign when
 * a word meets a sign, otherwise on the second. So `apple` is one token wherever it stands:
 *
 *     He said: "An apple, please."   becomes   He said ￭: "￭ An apple ￭, please ￭. ￭"
 *
 * Line ends and runs of white space need no mark, as there is never a space beside them that is not written down. A
 * sign that is itself the joiner has one on both sides. Throws RangeError for a text with a lone surrogate.
 *
 * @source Unicode Standard Annex 29, word boundaries, by the `Intl.Segmenter` of the platform; the joiner from Klein et
 *   al. 2017, arXiv:1701.02810
 */
export const words: Tokenizer = {
  name: "words",
  encode(text) {
    checkText("words", text);
    const tokens: string[] = [];
    const segmenter = new WordSegmenter();
    /** White space since the last token, which may be written down yet. */
    let space = "";
    /** Whether a space after the last token is understood. */
    let isOpen = false;
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = chunkEnd(text, start);
      const chunk = text.slice(start, end);
      if (isWhiteSpace(text.charCodeAt(start))) {
        if (!isLineEnd(text.charCodeAt(start))) {
          space = chunk;
          continue;
        }
        if (space !== "") tokens.push(space);
        tokens.push(chunk);
        isOpen = false;
      } else {
        let isFirst = true;
        let wasWord = false;
        segmenter.cut(chunk, (segment, isWord) => {
          const isJoiner = segment.startsWith(JOINER) || segment.endsWith(JOINER);
          if (isFirst) {
            if (space !== "" && !(space === " " && isOpen && !isJoiner)) tokens.push(space);
            tokens.push(isJoiner ? JOINER + segment + JOINER : segment);
          } else if (isJoiner) {
            tokens.push(JOINER + segment + JOINER);
          } else if (!isOpen) {
            tokens.push(segment);
          } else if (isWord && !wasWord) {
            tokens[tokens.length - 1] += JOINER;
            tokens.push(segment);
          } else {
            tokens.push(JOINER + segment);
          }
          isFirst = false;
          isOpen = !isJoiner;
          wasWord = isWord;
        });
      }
      space = "";
    }
    if (space !== "") tokens.push(space);
    return tokens;
  },
  decode(tokens) {
    const { push } = words.speller!();
    return tokens.map(push).join("");
  },
  speller(): Speller {
    let isOpen = false;
    return {
      push(token) {
        if (isWhiteSpace(token.charCodeAt(0))) {
          isOpen = false;
          return token;
        }
        const space = isOpen && !token.startsWith(JOINER) ? " " : "";
        isOpen = !(token.length > 1 && token.endsWith(JOINER));
        return space + bare(token);
      },
      end: () => "",
    };
  },
  show: bare,
};

/** Where a line end, a run of other white space, or what lies between ends. */
function chunkEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  let end = start + 1;
  if (isLineEnd(first)) return first === 0x0d && text.charCodeAt(end) === 0x0a ? end + 1 : end;
  const isSpace = isWhiteSpace(first);
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (isWhiteSpace(code) !== isSpace || isLineEnd(code)) break;
    end++;
  }
  return end;
}

function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}

/** What `\s` means. */
function isWhiteSpace(code: number): boolean {
  return code <= 0x20 ? code === 0x20 || (code >= 0x09 && code <= 0x0d) : code >= 0xa0 && WIDE_SPACES.includes(code);
}

const WIDE_SPACES = [
  0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029,
  0x202f, 0x205f, 0x3000, 0xfeff,
];

/** A token without its joiners. */
function bare(token: string): string {
  const start = token.startsWith(JOINER) ? 1 : 0;
  const end = token.length > start && token.endsWith(JOINER) ? -1 : token.length;
  return token.slice(start, end);
}
