import { expect, test } from "vitest";
import type { MetricLine } from "../train/index.ts";
import { keptEvaluation } from "./best.ts";

const lines: MetricLine[] = [
  { kind: "evaluation", step: 1, values: { loss: 0.5, exactMatch: 0.6, errorRate: 0.2 } },
  { kind: "samples", step: 2, samples: [] },
  { kind: "evaluation", step: 2, values: { loss: 0.4, exactMatch: 0.7, errorRate: 0.1 } },
  { kind: "evaluation", step: 3, values: { loss: 0.6, exactMatch: 0.7, errorRate: 0.3 } },
];

test.each([
  [{}, 2],
  [{ metric: "loss" }, 2],
  [{ metric: "exactMatch" }, 3],
  [{ metric: "errorRate" }, 2],
])("with %j the weights of step %d are kept", (options, step) => {
  expect(keptEvaluation(lines, options)?.step).toBe(step);
});

test("without evaluations none is", () => {
  expect(keptEvaluation(lines.slice(1, 2), {})).toBe(null);
});
