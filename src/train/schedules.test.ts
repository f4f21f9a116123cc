import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cosine, exponential, Plateau, type Schedule, schedules, warmup } from "./schedules.ts";

// PyTorch 2.13.0, float64; made by bench/peers/make_golden_training.py.
const golden = JSON.parse(readFileSync("test/golden/training.json", "utf8"));

describe("schedules agree with PyTorch's", () => {
  test.each(golden.schedules as { name: keyof typeof schedules; options: object; warmup?: number; rates: number[] }[])(
    "$name $options after $warmup steps of warm-up",
    ({ name, options, warmup: steps = 0, rates }) => {
      const schedule: Schedule = warmup(steps, (schedules[name].make as (options: object) => Schedule)(options));
      rates.forEach((rate, step) => {
        expect(schedule(step)).toBeCloseTo(rate, 12);
      });
    },
  );

  test.each(golden.plateaus as { options: object; factors: number[] }[])("plateau $options", ({ options, factors }) => {
    let plateau = new Plateau(options);
    factors.forEach((factor, i) => {
      plateau.observe(golden.metrics[i]);
      expect(plateau.factor).toBeCloseTo(factor, 14);
      // What it remembers survives being saved as JSON.
      const { state } = plateau;
      plateau = new Plateau(options);
      plateau.state = JSON.parse(JSON.stringify(state));
    });
  });
});

test("cosine stays at the least rate", () => {
  expect(cosine({ steps: 10, least: 0.25 })(1000)).toBe(0.25);
});

test.each([
  [() => cosine({} as { steps: number }), "schedule cosine: steps must be a number, got undefined"],
  [() => exponential({ factor: 1.5 }), "schedule exponential: factor must be at most 1, got 1.5"],
  [() => warmup(0.5), "warmup: steps must be a whole number, at least 0, got 0.5"],
  [() => new Plateau({ patience: 0 }), "plateau: patience must be at least 1, got 0"],
])("refuses %s", (body, message) => expect(body).toThrow(message));
