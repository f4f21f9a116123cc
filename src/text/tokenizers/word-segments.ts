/**
 * The words of a text and the signs between them.
 */

/**
 * Cuts texts without white space into words and signs; together they are the text.
 *
 * A run of many hundred characters without a space or a mark of punctuation (in Chinese, Japanese or Thai) is cut piece
 * by piece, so that the time grows with the length and not with its square.
 *
 * @source Unicode Standard Annex 29, word boundaries, and the dictionaries of the platform, by its `Intl.Segmenter`
 */
export class WordSegmenter {
  readonly #segmenter = new Intl.Segmenter("en", { granularity: "word" });
  readonly #known = new Map<string, readonly Segment[]>();

  /**
   * Calls `found` with each segment in order.
   *
   * @param found its `isWord` tells words and numbers from punctuation and other signs
   */
  cut(text: string, found: (segment: string, isWord: boolean) => void): void {
    if (WORD.test(text)) found(text, true);
    else if (PLAIN.test(text)) for (const segment of text.match(PLAIN_SEGMENT)!) found(segment, ALNUM.test(segment));
    else for (const [segment, isWord] of this.#segments(text)) found(segment, isWord);
  }

  #segments(text: string): readonly Segment[] {
    if (text.length > PIECE) return cutByPiece(this.#segmenter, text);
    let segments = this.#known.get(text);
    if (segments === undefined) {
      segments = segmentsOf(this.#segmenter, text);
      if (this.#known.size < MOST_KNOWN) this.#known.set(text, segments);
    }
    return segments;
  }
}

/** A stretch that is not cut further, and whether it is a word. */
type Segment = readonly [text: string, isWord: boolean];

function segmentsOf(segmenter: Intl.Segmenter, text: string): Segment[] {
  return Array.from(segmenter.segment(text), ({ segment, isWordLike }) => [segment, isWordLike ?? false]);
}

function cutByPiece(segmenter: Intl.Segmenter, text: string): Segment[] {
  const found: Segment[] = [];
  let most = PIECE;
  for (let start = 0; start < text.length; ) {
    const end = pieceEnd(text, start + most);
    const segments = segmentsOf(segmenter, text.slice(start, end));
    // A piece may end within a word: its last words count only with what comes after them.
    if (end < text.length) segments.splice(-UNSURE);
    most = segments.length === 0 ? most * 2 : PIECE;
    for (const segment of segments) {
      found.push(segment);
      start += segment[0].length;
    }
  }
  return found;
}

// As with graphemes: the segmenter of Node 20 takes time that grows with the square of the length. So it is asked about
// short pieces, and not at all where plain characters follow one another, of which the rules of UAX 29 are few.
const PIECE = 512;
const UNSURE = 4;
// Words come again; those seen are cut only once.
const MOST_KNOWN = 1 << 15;

function pieceEnd(text: string, most: number): number {
  if (most >= text.length) return text.length;
  const isLow = (text.charCodeAt(most) & 0xfc00) === 0xdc00;
  return isLow ? most + 1 : most;
}

/** Letters of Latin, Greek and Cyrillic: one joins the next, with digits too. */
const LETTER =
  "A-Za-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02c1\\u0388-\\u038a\\u038c\\u038e-\\u03a1\\u03a3-\\u03f5\\u03f7-\\u0481\\u048a-\\u052f";
/** Signs that join nothing, but for the full stop, the apostrophes, the comma and the semicolon between letters or digits. */
const SIGN =
  "!-/;<=>?@[\\\\\\]\\^`{|}~\\u00a1-\\u00a9\\u00ab\\u00ac\\u00ae-\\u00b4\\u00bb\\u00bf\\u2013-\\u2014\\u2018-\\u201e\\u2026";
const WORD = new RegExp(`^[${LETTER}]+$`);
// Whether a colon joins letters depends on the edition of the rules.
const PLAIN = new RegExp(`^(?:[${LETTER}0-9${SIGN}]|:(?![${LETTER}]))+$`);
const PLAIN_SEGMENT = new RegExp(
  `(?:[${LETTER}0-9]|(?<=[${LETTER}])['.\\u2018\\u2019](?=[${LETTER}])|(?<=[0-9])['.,;\\u2018\\u2019](?=[0-9]))+|[${SIGN}:]`,
  "g",
);
const ALNUM = new RegExp(`[${LETTER}0-9]`);
