import { expect, test } from "vitest";
import { KindError, ValueError } from "../base/index.ts";
import { evaluationOf } from "./index.ts";

test("means follow from sums", () => {
  const found = evaluationOf({ nats: 8 * Math.log(4), tokens: 8, unknown: 3 });
  expect(found).toMatchObject({ loss: Math.log(4), bitsPerToken: 2, tokens: 8, unknown: 3 });
  expect(found.perplexity).toBeCloseTo(4, 12);
});

test("sums that cannot be are refused", () => {
  expect(() => evaluationOf({ nats: 1, tokens: 0, unknown: 0 })).toThrow(
    new ValueError("perplexity: tokens must be more than 0, got 0"),
  );
  expect(() => evaluationOf({ nats: 1, tokens: 2, unknown: 3 })).toThrow(
    new ValueError("evaluationOf: unknown must be from 0 to tokens = 2, got 3"),
  );
  expect(() => evaluationOf({ nats: 1, tokens: 2 } as never)).toThrow(
    new KindError("evaluationOf: unknown must be a number, got undefined"),
  );
});
