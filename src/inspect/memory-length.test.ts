import { describe, expect, test } from "vitest";
import { type Cell, type CellName, cells } from "../nn/index.ts";
import { squashOf } from "./gates.ts";
import { memoryOf } from "./memory-length.ts";
import { saturationOf } from "./saturation.ts";

const powers = (factor: number, count: number) => Array.from({ length: count }, (_, d) => factor ** d);

describe("the effective memory", () => {
  test("ends where the gradient falls below the threshold for good", () => {
    expect(memoryOf(powers(0.1, 6), 0.01)).toEqual({
      steps: 2,
      isOpen: false,
      factor: expect.closeTo(0.1, 10),
      verdict: "vanishing",
    });
    expect(memoryOf([1, 0.001, 0.5, 0.001], 0.01).steps, "a dip on the way does not count").toBe(2);
  });

  test("is open where it does not end within what was measured", () => {
    expect(memoryOf([1, 0.9, 0.81], 0.01)).toMatchObject({ steps: 2, isOpen: true, verdict: "lasting" });
    expect(memoryOf(powers(3, 4), 0.01)).toMatchObject({ steps: 3, isOpen: true, verdict: "exploding" });
  });

  test("is told from the numbers that are left where gradients under- or overflow", () => {
    expect(memoryOf([1, 1e-20, 1e-40, 0, 0], 0.01)).toMatchObject({ steps: 0, factor: expect.closeTo(1e-20, 30) });
    expect(memoryOf([1, 0, 0], 0.01)).toEqual({ steps: 0, isOpen: false, factor: 0, verdict: "vanishing" });
    expect(memoryOf([1, 1e200, Number.POSITIVE_INFINITY, Number.NaN], 0.01)).toMatchObject({ verdict: "exploding" });
    expect(memoryOf([0, 0], 0.01)).toMatchObject({ steps: 0, isOpen: false, verdict: "vanishing" });
    expect(memoryOf([2], 0.01)).toEqual({ steps: 0, isOpen: false, factor: 1, verdict: "lasting" });
  });
});

describe("saturation", () => {
  test("counts what is at the limits of a sigmoid, a tanh, a rectified unit and a positive one", () => {
    const f = saturationOf("f", [0.05, 0.1, 0.5, 0.9, 0.95, 0.99], "sigmoid");
    expect(f).toEqual({ gate: "f", low: 1 / 6, high: 2 / 6 });
    expect(saturationOf("g", [-0.95, -0.5, 0.05, 0.95], "tanh")).toEqual({ gate: "g", low: 0.25, high: 0.25 });
    expect(saturationOf("h", [0, 0, 0.05, 7], "relu")).toEqual({ gate: "h", low: 0.5, high: 0 });
    expect(saturationOf("n", [0.05, 0.5, 0.95, 7], "positive")).toEqual({ gate: "n", low: 0.25, high: 0 });
    expect(saturationOf("h", [], "relu")).toEqual({ gate: "h", low: 0, high: 0 });
  });

  test("goes by the kind, whatever values happen to be there", () => {
    expect(saturationOf("g", [0.05, 0.06, 0.3], "tanh")).toEqual({ gate: "g", low: 0, high: 0 });
    expect(saturationOf("h", [0, 0.95], "tanh")).toEqual({ gate: "h", low: 0, high: 0.5 });
    expect(saturationOf("n", [0.95, 0.05], "positive")).toEqual({ gate: "n", low: 0.5, high: 0 });
  });

  test("knows the kind of every gate of every cell of the table, and of the hidden state of those without", () => {
    const kinds = (name: CellName, gates: string) =>
      [...gates].map((gate) => squashOf(cells[name] as Cell, gate, [])).join(" ");
    expect(kinds("lstm", "ifgo")).toBe("sigmoid sigmoid tanh sigmoid");
    expect(kinds("lstmPeephole", "ifgo")).toBe("sigmoid sigmoid tanh sigmoid");
    expect(kinds("gru", "rzn")).toBe("sigmoid sigmoid tanh");
    expect(kinds("gruSimplified", "zn")).toBe("sigmoid tanh");
    expect(kinds("minGru", "zn")).toBe("sigmoid positive");
    expect(kinds("minLstm", "fin")).toBe("sigmoid sigmoid positive");
    expect(kinds("rnn", "h")).toBe("tanh");
    expect(kinds("rnnRelu", "h")).toBe("relu");
  });

  test("tells the kind of a cell of one's own by the values", () => {
    const own = { name: "own" } as Cell;
    expect(squashOf(own, "q", [0, 0.5, 1])).toBe("sigmoid");
    expect(squashOf(own, "q", [0.5, -0.1])).toBe("tanh");
    expect(squashOf(own, "q", [0.5, 1.1])).toBe("relu");
    expect(squashOf(own, "h", [0, 0.95])).toBe("relu");
    expect(squashOf(own, "h", [-0.1, 0.95])).toBe("tanh");
  });
});
