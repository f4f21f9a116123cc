/**
 * Where a long text may be cut, so that it is made into tokens piece by piece.
 */

/**
 * The first place from `start` on that is before a line end and after what is no white space: there the tokens of both
 * sides are those of the whole, with every tokenizer.
 *
 * Not so just after a line end: a run of white space that goes on there may be one token.
 *
 * @returns -1 when there is none
 */
export function lineCut(text: string, start = 0): number {
  LINE_END.lastIndex = start;
  const at = LINE_END.exec(text)?.index;
  return at ?? -1;
}

const LINE_END = /(?<=\S)\r?\n/g;
