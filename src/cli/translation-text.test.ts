import { expect, test } from "vitest";
import { Codec } from "../text/index.ts";
import { Tally } from "./translation-text.ts";

const capitals = Codec.train(["MCXLVI"]);

test.each([
  [capitals, ["x", "l"], '"x", "l" of the text; it knows them in capitals'],
  [capitals, ["x"], '"x" of the text; it knows it in capitals'],
  [capitals, ["x", "7"], '"x", "7" of the text; it knows "x" in capitals'],
  [capitals, ["a", "7"], '"a", "7" of the text'],
  [Codec.train(["abc"]), ["A", "B"], '"A", "B" of the text; it knows them in small letters'],
])("unknown letters that differ only in case: %#", (codec, unknown, said) => {
  const tally = new Tally(codec);
  tally.add({
    source: "",
    text: "",
    hypotheses: [{ text: "", pieces: [], ids: [], logProb: 0, score: 0, end: "eos" }],
    unknown,
    cut: 0,
  });
  expect(tally.notes("text")).toEqual([`the model has never seen ${said}`]);
});
