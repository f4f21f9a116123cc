import fc from "fast-check";
import { expect, test } from "vitest";
import { lineCut } from "./line-cut.ts";
import { tokenizerNames, unitsOf } from "./tokenizers/index.ts";

test("is before a line end, after what is no white space", () => {
  const text = "a \n\nb\r\n\nc\n";
  expect([0, 4, 5, 6, 9, 10].map((start) => lineCut(text, start))).toEqual([5, 5, 5, 9, 9, -1]);
  expect(lineCut("")).toBe(-1);
});

test.each(tokenizerNames)("the tokens of %s in the pieces are those in the whole", (name) => {
  const unit = fc.constantFrom(
    "\n",
    "\r\n",
    " ",
    "a",
    "\u03a3",
    "1",
    ".",
    "'s",
    "\u0301",
    "\u200d",
    "\u{1f469}",
    "\t",
    "\u4eca",
  );
  fc.assert(
    fc.property(fc.string({ unit }), fc.boolean(), (text, lowercase) => {
      const tokenizer = unitsOf(name, { lowercase });
      const tokens: string[] = [];
      let start = 0;
      for (let at = lineCut(text); at >= 0; at = lineCut(text, at + 1)) {
        tokens.push(...tokenizer.encode(text.slice(start, at)));
        start = at;
      }
      tokens.push(...tokenizer.encode(text.slice(start)));
      expect(tokens).toEqual(tokenizer.encode(text));
    }),
    { numRuns: 300 },
  );
});
