/** Hidden units, cell states and gates of a model along a text. */
import { z } from "zod";
import { readOptions, ValueError } from "../base/index.ts";
import type { Observation, State } from "../nn/index.ts";
import { noGrad, type Tensor } from "../tensor/index.ts";
import { type InspectedModel, type Reading, readAlong, stretches } from "./reading.ts";

/** The numbers of one part of one layer. */
export interface Series {
  /** From 0. */
  readonly layer: number;
  /** `h`, another part of the state such as `c`, or a gate. */
  readonly part: string;
  /** [N H]: of each unit after each of the N tokens was read. */
  readonly values: Tensor["data"];
}

/** What a model does along a text, as plain data. */
export interface Activations extends Reading {
  /** The name of the cell. */
  readonly cell: string;
  /** H, the units of each layer. */
  readonly hiddenSize: number;
  /** Layer by layer: the parts of the state, then the gates as activations. */
  readonly series: readonly Series[];
}

const schema = z.strictObject({
  parts: z.array(z.string()).optional().describe("which parts, such as h, c or a gate; by default all"),
  layers: z.array(z.int().min(0)).optional().describe("which layers, from 0; by default all"),
});

/** Options of `activations`. */
export type ActivationsOptions = Readonly<z.input<typeof schema>>;

/**
 * Reads a text with a model and keeps what every unit does.
 *
 *     const seen = activations(model, 'He said "no".');
 *     seen.series[0];   // { layer: 0, part: "h", values: ... [N H] }
 *
 * With unit lines each line is read by itself; what follows BOS, before the first token, is left out.
 *
 * @throws RangeError or TypeError when the text holds no token, or the model has no such part or layer
 */
export function activations(model: InspectedModel, text: string, options: ActivationsOptions = {}): Activations {
  const { parts, layers } = readOptions("activations", schema, options);
  const reading = readAlong("activations", model, text);
  const { engine, embedding, recurrent } = model.network;
  const { hiddenSize: H, cell } = recurrent;
  const N = reading.ids.length;
  const deepest = recurrent.layers.length - 1;
  const missing = layers?.find((layer) => layer > deepest);
  if (missing !== undefined) throw new ValueError(`activations: layers must be from 0 to ${deepest}, got ${missing}`);

  const series = new Map<string, Series>();
  let state: readonly State[] | undefined;
  for (const { from, ids, lead, continues } of stretches(reading, model.settings)) {
    const keep = ({ layer, state, gates }: Observation) => {
      if (layers && !layers.includes(layer)) return;
      const shown = { ...state, ...gates };
      const unknown = parts?.find((part) => !Object.hasOwn(shown, part));
      if (unknown !== undefined)
        throw new ValueError(
          `activations: parts must be some of ${Object.keys(shown).join(", ")} for ${cell.name}, got "${unknown}"`,
        );
      for (const part of parts ?? Object.keys(shown)) {
        const name = `${layer} ${part}`;
        if (!series.has(name)) series.set(name, { layer, part, values: engine.array(N * H) });
        series.get(name)!.values.set(shown[part]!.subarray(lead * H), from * H);
      }
    };
    const tokens = { ids, shape: [ids.length, 1] };
    const inputs = { state: continues ? state : undefined, observe: keep };
    state = noGrad(engine, () => recurrent.forward(embedding.lookup(tokens), inputs)).state;
  }
  return { ...reading, cell: cell.name, hiddenSize: H, series: [...series.values()] };
}

/**
 * Activations as JSON: of each layer, part and token a list of the H numbers, rounded to 4 significant digits.
 *
 *     { "version": 1, "cell": "lstm", "hiddenSize": 2, "tokens": ["a", "b"], "begins": [0],
 *       "series": [{ "layer": 0, "part": "h", "values": [[0.1, -0.25], [0.3, 0]] }] }
 */
export function writeActivations({ cell, hiddenSize: H, tokens, begins, series }: Activations): string {
  const rows = (values: Series["values"]) =>
    Array.from(tokens, (_, k) => Array.from(values.subarray(k * H, (k + 1) * H), round4));
  const head = JSON.stringify({ version: 1, cell, hiddenSize: H, tokens, begins });
  // Written one series at a time: all of it as objects at once would take many times the room.
  const written = series.map(
    ({ layer, part, values }) =>
      `\n{"layer":${layer},"part":${JSON.stringify(part)},"values":${JSON.stringify(rows(values))}}`,
  );
  return `${head.slice(0, -1)},"series":[${written.join(",")}\n]}\n`;
}

/** A number with 4 significant digits. */
export function round4(value: number): number {
  return Number(value.toPrecision(4));
}
