import { expect, test } from "vitest";
import { PAD, ValueError } from "../base/index.ts";
import { NO_TARGET, padSequences, padTokens } from "./index.ts";

test("lists of ids stand side by side, the shorter ones filled up", () => {
  const lists = [[5, 6, 7], [8], []];
  expect(padTokens(lists)).toEqual({ ids: Int32Array.of(5, 8, PAD, 6, PAD, PAD, 7, PAD, PAD), shape: [3, 3] });
  expect(padTokens(lists, NO_TARGET).ids).toEqual(Int32Array.of(5, 8, -1, 6, -1, -1, 7, -1, -1));
  expect(padTokens([[]])).toEqual({ ids: new Int32Array(0), shape: [0, 1] });
});

test("as a batch for a language model has them", () => {
  const lists = [Int32Array.of(9, 4), Int32Array.of(7)];
  const { inputs } = padSequences(lists);
  expect(padTokens(lists.map((ids) => [2, ...ids]))).toEqual(inputs);
});

test("no lists are refused", () => {
  expect(() => padTokens([])).toThrow(new ValueError("padTokens: needs at least 1 sequence, got 0"));
});
