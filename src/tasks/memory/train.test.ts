import { describe, expect, test } from "vitest";
import { Random, ValueError } from "../../base/index.ts";
import { loadKernels } from "../../kernels/index.ts";
import { Engine } from "../../tensor/index.ts";
import { MemoryNetwork } from "./network.ts";
import { memoryOptions } from "./options.ts";
import { remedies } from "./remedies.ts";
import { memoryChart, memoryPage, memoryTable, remedyTable, said } from "./report.ts";
import { initOf, starts } from "./start.ts";
import { memoryTasks, problemOf, trialsOf } from "./train.ts";
import type { MemoryResult } from "./trial.ts";

const { build } = await loadKernels({ build: "reference", precision: "float64" });
const small = memoryOptions.parse({ hiddenSize: 6, symbols: 2 });

describe("a network at a memory task", () => {
  test.each(["copy", "adding", "agreement"] as const)("says the same of %s in chunks of any length", (task) => {
    const problem = problemOf(task, small);
    const drawn = problem.draw(new Random(1), 7, 5);
    const losses = [0, 1, 2, 3, 5, 100].map((chunk) =>
      new MemoryNetwork(new Engine(build, { seed: 1 }), problem, "gru", { ...small, chunk }).judge(drawn),
    );
    for (const { loss, accuracy } of losses) {
      expect(loss).toBeCloseTo(losses[0]!.loss!, 12);
      expect(accuracy).toBe(losses[0]!.accuracy);
    }
  });

  test("learns nothing from before the chunk that asks", () => {
    const problem = problemOf("agreement", small);
    const drawn = problem.draw(new Random(1), 10, 5);
    const gradient = (chunk: number) => {
      const network = new MemoryNetwork(new Engine(build, { seed: 1 }), problem, "gru", { ...small, chunk });
      network.loss(drawn).backward();
      // Row 1 to 10 of the table are the subjects, which come second in the sentence and never again.
      return network.embedding!.weight.grad!.slice(16, 11 * 16);
    };
    expect(gradient(0).some((g) => g !== 0)).toBe(true);
    expect(gradient(12).some((g) => g !== 0)).toBe(true);
    expect(gradient(6).every((g) => g === 0)).toBe(true);
  });

  test("begins as asked, each name with its own weights", () => {
    const network = (init: keyof typeof starts, cell: "rnn" | "lstm" | "rnnRelu") =>
      new MemoryNetwork(new Engine(build, { seed: 1 }), problemOf("adding", small), cell, { ...small, init });
    const layer = (of: MemoryNetwork) =>
      of.recurrent.layers[0]!.forward as unknown as Record<string, { data: Float64Array }>;
    const irnn = layer(network("identity", "rnnRelu"));
    expect([...irnn.wHh!.data]).toEqual(Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? 1 : 0)));
    expect([...irnn.bias!.data]).toEqual(new Array(6).fill(0));
    const turned = layer(network("orthogonal", "rnn")).wHh!.data;
    for (const row of [0, 3])
      expect(turned.slice(row * 6, row * 6 + 6).reduce((sum, w) => sum + w * w, 0)).toBeCloseTo(1, 12);
    expect([...layer(network("identity", "lstm")).bias!.data.slice(6, 12)], "forget gates").toEqual(
      new Array(6).fill(4),
    );
    expect(Object.keys(initOf("he", "lstm"))).toEqual(["wIh", "wHh"]);
    expect(Object.keys(starts)).toEqual(["default", "xavier", "he", "orthogonal", "identity"]);
  });
});

describe("the memory tasks", () => {
  const options = { tasks: ["agreement"], cells: ["gru"], distances: [3], hiddenSize: 16, updates: 300 } as const;

  test("are learned over short distances, by gradients and without", async () => {
    const results = await memoryTasks({ ...options, cells: ["gru", "echoState"], distances: [1], reservoir: 100 });
    expect(results.map(({ cell, isLearned }) => [cell, isLearned])).toEqual([
      ["gru", true],
      ["echoState", true],
    ]);
    expect(results[0]!.accuracy).toBeGreaterThan(0.95);
    expect(results[0]!.updates).toBeLessThan(300);
    expect(results[0]!.updates % 50).toBe(0);
    expect(results[1]).toMatchObject({ updates: 0, loss: null });
  });

  test("come to the same with the same seed, and not with another", async () => {
    const come = (seed: number) => memoryTasks({ ...options, tasks: ["adding"], updates: 20, judgeEvery: 10, seed });
    const [first] = await come(1);
    expect(await come(1)).toEqual([first]);
    expect((await come(2))[0]!.loss).not.toBe(first!.loss);
    expect(first!.isLearned).toBe(false);
    expect(first!.updates).toBe(20);
  });

  test("keep what is known and train the rest; a signal stops them with what is over", async () => {
    const begun: string[] = [];
    const known = await memoryTasks({ ...options, distances: [2] });
    const stopper = new AbortController();
    const results = await memoryTasks({
      ...options,
      distances: [2, 3, 4],
      known,
      signal: stopper.signal,
      onTrial: ({ distance }, number, count) => begun.push(`${distance}: ${number} of ${count}`),
      onResult: () => stopper.abort(),
    });
    expect(begun).toEqual(["3: 2 of 3"]);
    expect(results.map(({ distance }) => distance)).toEqual([2, 3]);
    expect(results[0]).toBe(known[0]);
    const none = await memoryTasks({ ...options, signal: AbortSignal.abort() });
    expect(none).toEqual([]);
  });

  test("stopped in the middle of a training leave it out", async () => {
    const stopper = new AbortController();
    const results = await memoryTasks({
      ...options,
      distances: [60],
      signal: stopper.signal,
      onStep: ({ step }) => {
        if (step === 3) stopper.abort();
      },
    });
    expect(results).toEqual([]);
  });

  test("tell a training that has left the numbers", async () => {
    const [result] = await memoryTasks({
      ...options,
      tasks: ["adding"],
      cells: ["rnnRelu"],
      distances: [200],
      init: "he",
      rate: 100,
      clipNorm: 0,
      updates: 200,
    });
    expect(result).toMatchObject({ diverged: true, isLearned: false });
    expect(said(result)).toBe("diverged");
  });

  test("are task by task and distance by distance, or those of the remedies, each once", () => {
    const trials = trialsOf(
      memoryOptions.parse({ tasks: ["copy", "adding"], distances: [1, 2], cells: ["rnn", "gru"] }),
    );
    expect(trials.map(({ task, distance, cell }) => `${task} ${distance} ${cell}`)).toEqual([
      "copy 1 rnn",
      "copy 1 gru",
      "copy 2 rnn",
      "copy 2 gru",
      "adding 1 rnn",
      "adding 1 gru",
      "adding 2 rnn",
      "adding 2 gru",
    ]);
    const all = trialsOf(memoryOptions.parse({ remedies: true }));
    expect(new Set(all.map((trial) => JSON.stringify(trial))).size).toBe(all.length);
    for (const { name, trials } of remedies) for (const trial of trials) expect(all, name).toContainEqual(trial);
  });

  test("refuse in one line what cannot be", async () => {
    await expect(memoryTasks({ hidenSize: 3 } as never)).rejects.toThrow(
      expect.objectContaining({ message: 'memoryTasks: no option "hidenSize"; did you mean "hiddenSize"?' }),
    );
    await expect(memoryTasks({ distances: [0] })).rejects.toThrow(
      expect.objectContaining({ message: "memoryTasks: distances.0 must be at least 1, got 0" }),
    );
    for (const cell of ["minGru", "minLstm"] as const)
      for (const init of ["orthogonal", "identity"] as const)
        await expect(memoryTasks({ ...options, cells: [cell], updates: 1, init })).rejects.toThrow(
          new ValueError(
            `memoryTasks: init ${init} needs recurrent weights, but cell ${cell} has none; take default, xavier or he`,
          ),
        );
    expect(Object.keys(initOf("xavier", "minGru"))).toEqual(["wIh"]);
  });
});

describe("the report", () => {
  const result = (over: Partial<MemoryResult>): MemoryResult => ({
    ...{ task: "copy", cell: "rnn", distance: 10, loss: 0.1, accuracy: 0.98, baseline: Math.log(8) },
    ...{ isLearned: true, updates: 100, diverged: false },
    ...over,
  });
  const results = [
    result({}),
    result({ distance: 30, accuracy: 0.125, isLearned: false }),
    result({ cell: "lstm", distance: 30 }),
    result({ task: "adding", loss: 0.16, accuracy: null, baseline: 1 / 6, isLearned: false }),
    result({ task: "adding", cell: "lstm", loss: null, accuracy: null, diverged: true, isLearned: false }),
  ];

  test("has a row for each task and distance and a column for each cell", () => {
    expect(memoryTable(results)).toEqual({
      head: ["task", "distance", "who remembers nothing", "rnn", "lstm"],
      rows: [
        ["copy", "10", "12.5 %", "yes 98.0 %", ""],
        ["copy", "30", "12.5 %", "no 12.5 %", "yes 98.0 %"],
        ["adding", "10", "0.1667", "no 0.1600", "diverged"],
      ],
    });
  });

  test("shows what each remedy changes, and leaves those out of the other table", () => {
    const { trials } = remedies[0]!;
    const effects = trials.map((trial, i) =>
      result({ ...trial, loss: 0.2 - i * 0.195, accuracy: null, isLearned: i === 1 }),
    );
    expect(remedyTable([...results, ...effects]).rows).toEqual([
      ["gradient clipping", "exploding gradients", "adding 30", "rnnRelu, clipNorm 0", "no 0.2000"],
      ["", "", "adding 30", "rnnRelu, clipNorm 1", "yes 0.0050"],
    ]);
    expect(memoryTable(effects).rows).toEqual([]);
    expect(memoryPage(effects)).toContain("<h2>Remedies</h2>");
  });

  test("draws what is forgotten: 0 for all right, 1 for chance", () => {
    const svg = memoryChart([result({ accuracy: 1 }), result({ distance: 100, accuracy: 1 / 8 })], "copy");
    const places = [...svg.matchAll(/<circle class="dot c0" cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, , y]) => Number(y));
    expect(places).toHaveLength(2);
    expect(svg).toMatch(/>1<\/text>/);
    expect(places[0]).toBe(356);
    expect(places[1]).toBeCloseTo(356 - 292 / 1.1, 0);
    expect(memoryPage(results)).toContain("<svg");
  });
});
