import { describe, expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import { loadKernels } from "../../kernels/index.ts";
import { parameters } from "../../nn/index.ts";
import { Engine } from "../../tensor/index.ts";
import { Codec } from "../../text/index.ts";
import { LanguageModel, languageModel } from "../language-model/index.ts";
import { compareFlow, type FlowReport, modelFlow } from "./measure.ts";
import { flowChart, flowCurves, flowLines, flowPage, flowTable, saturationTable } from "./report.ts";

const { build } = await loadKernels({ build: "reference", precision: "float64" });
const random = new Random(1);
const text = Array.from({ length: 400 }, () => "abcd "[random.integer(5)]).join("");

function make(settings: Partial<Parameters<typeof languageModel.train>[1]> = {}): LanguageModel {
  const options = languageModel.options.parse({ unit: "text", hiddenSize: 5, embeddingSize: 3, ...settings });
  return LanguageModel.create(new Engine(build, { seed: 1 }), Codec.train([text], {}), options);
}

describe("the gradient flow of a language model", () => {
  test("at the loss is the output layer's: (P - 1 at the target) W", () => {
    const model = make();
    const { models, places } = modelFlow(model, text.slice(0, 8), { distance: 6 });
    expect(places).toBe(1);
    const codec = model.codec;
    const ids = codec.encode(text.slice(0, 8));
    const { logits } = model.network.next({ ids: ids.subarray(0, 7), shape: [7, 1] }, null);
    const most = Math.max(...logits.data);
    const odds = [...logits.data].map((logit) => Math.exp(logit - most));
    const total = odds.reduce((a, b) => a + b);
    const error = odds.map((odd, v) => odd / total - (v === ids[7] ? 1 : 0));
    const weight = parameters(model.network)["output.weight"]!.data;
    const gradient = Array.from({ length: 5 }, (_, h) => error.reduce((sum, e, v) => sum + e * weight[v * 5 + h]!, 0));
    expect(models[0]!.layers[0]!.norms[0]).toBeCloseTo(Math.hypot(...gradient), 10);
    expect(models[0]!.layers[0]!.norms).toHaveLength(7);
  });

  test("over several places is the mean of each alone", () => {
    const model = make({ cell: "gru" });
    const all = modelFlow(model, text, { distance: 10, places: 2 }).models[0]!.layers[0]!.norms;
    // The first place begins after 64 tokens that are only read, the last ends where the text does.
    const alone = [text.slice(0, 64 + 12), text.slice(-(64 + 12))].map(
      (part) => modelFlow(model, part, { distance: 10, places: 1 }).models[0]!.layers[0]!.norms,
    );
    for (const [d, norm] of all.entries()) expect(norm).toBeCloseTo((alone[0]![d]! + alone[1]![d]!) / 2, 12);
  });

  test.each<[string, Parameters<typeof make>[0] & { layers?: number }]>([
    ["tied", { tied: true }],
    ["adaptive", { adaptiveSoftmax: true }],
    ["of layers", { layers: 2, residual: true }],
  ])("measures models whose output or layers are others: %s", (_, settings) => {
    const [flow] = modelFlow(make(settings), text, { distance: 5 }).models;
    expect(flow!.layers).toHaveLength(settings.layers ?? 1);
    for (const { norms } of flow!.layers) expect(norms.every((norm) => norm > 0 && norm < 10)).toBe(true);
  });

  test("of lines takes those that are long enough, each from its begin", () => {
    const model = make({ unit: "lines" });
    const lines = "abc\nabcdabcd\n\ndddd\nabcd dcba\n";
    expect(modelFlow(model, lines, { distance: 8 })).toMatchObject({ places: 2, distance: 8 });
    expect(modelFlow(model, lines, { distance: 9 })).toMatchObject({ places: 1 });
    expect(modelFlow(model, lines, { places: 3 })).toMatchObject({ places: 3, distance: 4 });
  });

  test("refuses in one line a text that is too short", () => {
    const told = (attempt: () => unknown, message: string) =>
      expect(attempt).toThrow(expect.objectContaining({ message }));
    told(
      () => modelFlow(make(), "abc", { distance: 5 }),
      "gradients: the text must have at least 7 tokens for a distance of 5, has 3; give more text or a smaller distance",
    );
    told(
      () => modelFlow(make({ unit: "lines" }), "abc\nab", { distance: 5 }),
      "gradients: a line must have at least 5 tokens for a distance of 5, the longest has 3; give longer lines or a smaller distance",
    );
    told(
      () => modelFlow(make({ unit: "lines" }), "\n"),
      "gradients: a line must have at least 1 tokens for a distance of 1, the longest has 0; give longer lines or a smaller distance",
    );
  });
});

describe("cells side by side", () => {
  const options = { hiddenSize: 8, distance: 20, places: 3 } as const;

  test("are measured fresh: the gates of the LSTM carry further than the plain cell", async () => {
    const { models } = await compareFlow(text, { ...options, hiddenSize: 32 });
    expect(models.map(({ name, updates }) => [name, updates])).toEqual([
      ["rnn", 0],
      ["gru", 0],
      ["lstm", 0],
    ]);
    const [rnn, gru, lstm] = models.map(({ layers }) => layers[0]!.memory.factor);
    expect(rnn).toBeLessThan(gru!);
    expect(gru).toBeLessThan(lstm!);
  });

  test("remember longer with a greater bias of the forget gate", async () => {
    const [none, more] = await Promise.all(
      [0, 4].map((forgetBias) => compareFlow(text, { ...options, cells: ["lstm"], forgetBias })),
    );
    const memory = (report: FlowReport) => report.models[0]!.layers[0]!.memory;
    expect(memory(more!).steps).toBeGreaterThan(memory(none!).steps);
    expect(memory(more!).verdict).toBe("lasting");
  });

  test("explode with recurrent weights that are too great", async () => {
    const { models } = await compareFlow(text, { ...options, cells: ["rnnRelu"], init: "identity", gain: 1.3 });
    const { factor, verdict } = models[0]!.layers[0]!.memory;
    expect(factor).toBeCloseTo(1.3, 0);
    expect(verdict).toBe("exploding");
    await expect(compareFlow(text, { gain: 2, updates: 3 })).rejects.toThrow(
      expect.objectContaining({
        message: "gradients: gain is for fresh cells, got 2 with updates 3; leave one of them out",
      }),
    );
  });

  test("are trained first where that is asked for, and stopped by a signal", async () => {
    const seen: string[] = [];
    const [fresh, trained] = await Promise.all([
      compareFlow(text, { ...options, cells: ["rnn"] }),
      compareFlow(text, { ...options, cells: ["rnn"], updates: 5, onStep: ({ step }) => seen.push(String(step)) }),
    ]);
    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect(trained.models[0]!.layers[0]!.norms).not.toEqual(fresh.models[0]!.layers[0]!.norms);
    expect((await compareFlow(text, { ...options, signal: AbortSignal.abort() })).models).toEqual([]);
  });
});

describe("the pictures", () => {
  const layer = (norms: number[], verdict: "vanishing" | "exploding", index = 0) => ({
    ...{ layer: index, norms, parts: { h: norms }, stateNorms: norms },
    memory: { steps: 1, isOpen: false, factor: 0.5, verdict },
    saturation: [{ gate: "f", low: 0.25, high: 0.5 }],
  });
  const report: FlowReport = {
    ...{ distance: 2, places: 4, threshold: 0.01 },
    models: [
      { name: "rnn", updates: 0, layers: [layer([1, 0.5, 0.25], "vanishing")] },
      { name: "lstm", updates: 0, layers: [layer([1, 2, 4], "exploding"), layer([1, 0, 1], "vanishing", 1)] },
    ],
  };

  test("name each layer where there are several", () => {
    expect(flowLines(report).map(({ name }) => name)).toEqual(["rnn", "lstm, layer 1", "lstm, layer 2"]);
  });

  test("tell memory and saturation in tables", () => {
    expect(flowTable(report)).toEqual({
      head: ["", "memory (steps)", "a step multiplies by", "at the loss", "2 steps back", "gradients are"],
      rows: [
        ["rnn", "1", "0.500", "1.0e+0", "2.5e-1", "vanishing"],
        ["lstm, layer 1", "-", "0.500", "1.0e+0", "4.0e+0", "exploding"],
        ["lstm, layer 2", "1", "0.500", "1.0e+0", "1.0e+0", "vanishing"],
      ],
    });
    expect(saturationTable(report).rows[0]).toEqual(["rnn", "f", "25.0 %", "50.0 %"]);
  });

  test("are one file each, with the numbers in the page", () => {
    expect(flowChart(report)).toMatch(/^<svg /);
    const html = flowPage(report);
    const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!;
    expect(JSON.parse(data)).toEqual(JSON.parse(JSON.stringify(report)));
    expect(html).toContain("<td>exploding</td>");
  });

  test("are drawn in the terminal by powers of ten, without what is 0", () => {
    const drawn = flowCurves(report, [(text) => text], { width: 10, height: 3 });
    expect(drawn).toMatch(/^4\.0e\+0 ┤/);
    expect(drawn).toContain("2.5e-1 ┤");
  });
});
