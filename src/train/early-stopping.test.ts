import { expect, test } from "vitest";
import { EarlyStopping } from "./early-stopping.ts";

const stopsAt = (values: number[], options: ConstructorParameters<typeof EarlyStopping>[0]) => {
  let stopping = new EarlyStopping(options);
  return values.findIndex((value) => {
    stopping.observe(value);
    const { state } = stopping;
    stopping = new EarlyStopping(options);
    stopping.state = JSON.parse(JSON.stringify(state));
    return stopping.isOver;
  });
};

test("stops after so many evaluations in a row without improvement", () => {
  expect(stopsAt([3, 2, 2.5, 2.1, 1.9, 2, 2, 2], { patience: 3 })).toBe(7);
  expect(stopsAt([3, 2, 1], { patience: 1 })).toBe(-1);
  expect(stopsAt([1, 1], { patience: 1 })).toBe(1);
});

test("an improvement is one of more than minDelta", () => {
  expect(stopsAt([1, 0.875, 0.75, 0.625, 0.5], { patience: 2, minDelta: 0.25 })).toBe(2);
  expect(stopsAt([1, 0.5, 0.25, 0.25], { patience: 2, minDelta: 0.25 })).toBe(3);
});

test("great values are good in mode max", () => {
  expect(stopsAt([0.1, 0.2, 0.3, 0.2, 0.25], { patience: 2, mode: "max" })).toBe(4);
});

test("refuses options out of range", () => {
  expect(() => new EarlyStopping({ patience: 0 })).toThrow("early stopping: patience must be at least 1, got 0");
});
