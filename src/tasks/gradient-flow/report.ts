/** A gradient flow as pictures: a chart, a page, curves and tables for the terminal. */
import { type ChartLine, drawCurves, lineChart, page, table } from "../../draw/index.ts";
import type { FlowReport, ModelFlow } from "./measure.ts";

/** A line for each layer of each model: "lstm", or "lstm, layer 2" where there are more. */
export function flowLines({ models }: FlowReport): ChartLine[] {
  return models.flatMap((model) =>
    model.layers.map(({ layer, norms }) => ({
      name: nameOf(model, layer),
      points: norms.map((norm, distance) => [distance, norm] as const),
    })),
  );
}

/** The chart, an `<svg>` that may stand in a file of its own. */
export function flowChart(report: FlowReport): string {
  const lines = flowLines(report);
  return lineChart({
    title: "How far gradients reach back",
    description: `The length of dL/dh by the distance from the loss, the mean over ${report.places} places of a text. ${describe(report)}`,
    x: { label: "steps back from the loss" },
    y: { label: "|dL/dh|", scale: "log" },
    lines,
  });
}

/** The chart, what follows from it, and the numbers, in one page. */
export function flowPage(report: FlowReport): string {
  const memory = flowTable(report);
  const gates = saturationTable(report);
  return page({
    title: "How far gradients reach back",
    summary: `The length of dL/dh_t by the distance from the loss, the mean over ${report.places} places of a text. What falls vanishes: the model cannot learn what lies further back.`,
    body: [
      flowChart(report),
      "<h2>Memory</h2>",
      table(memory.head, memory.rows),
      "<h2>Gates at their limits</h2>",
      table(gates.head, gates.rows),
    ].join("\n"),
    data: report,
  });
}

/** How far the memory of each layer reaches. */
export function flowTable({ models, distance }: FlowReport): { head: string[]; rows: string[][] } {
  return {
    head: ["", "memory (steps)", "a step multiplies by", "at the loss", `${distance} steps back`, "gradients are"],
    rows: models.flatMap((model) =>
      model.layers.map(({ layer, norms, memory }) => [
        nameOf(model, layer),
        memory.verdict === "exploding" ? "-" : `${memory.isOpen ? "at least " : ""}${memory.steps}`,
        memory.factor.toFixed(3),
        norms[0]!.toExponential(1),
        norms.at(-1)!.toExponential(1),
        memory.verdict,
      ]),
    ),
  };
}

/** The share of values at the limits of each gate. */
export function saturationTable({ models }: FlowReport): { head: string[]; rows: string[][] } {
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  return {
    head: ["", "gate", "at its lower limit", "at its upper limit"],
    rows: models.flatMap((model) =>
      model.layers.flatMap(({ layer, saturation }) =>
        saturation.map(({ gate, low, high }) => [nameOf(model, layer), gate, share(low), share(high)]),
      ),
    ),
  };
}

/** The curves in braille dots, on a logarithmic axis. @param paints how the lines are painted, in turn */
export function flowCurves(
  report: FlowReport,
  paints: readonly ((text: string) => string)[],
  size: { readonly width: number; readonly height: number },
): string {
  const curves = flowLines(report).map(({ points }, i) => ({
    curve: points
      .filter(([, norm]) => norm > 0 && Number.isFinite(norm))
      .map(([at, norm]) => [at, Math.log10(norm)] as const),
    paint: paints[i % paints.length]!,
  }));
  return drawCurves(curves, { ...size, label: (power) => (10 ** power).toExponential(1) });
}

function nameOf({ name, layers }: ModelFlow, layer: number): string {
  return layers.length === 1 ? name : `${name}, layer ${layer + 1}`;
}

function describe({ models }: FlowReport): string {
  return models
    .flatMap((model) =>
      model.layers.map(
        ({ layer, memory }) => `${nameOf(model, layer)}: ${memory.verdict}, ${memory.factor.toFixed(3)} a step`,
      ),
    )
    .join("; ");
}
