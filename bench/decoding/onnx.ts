/**
 * A recurrent language model as an ONNX file: token ids in, scores of the next token out, the state in and out.
 *
 * Written field by field in the encoding of Protocol Buffers, by the numbers of onnx.proto; opset 14.
 */

/** Numbers with their shape, as weights and inputs have them. */
export interface Weight {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** One LSTM layer in our order of gates, i f g o. */
export interface LstmWeights {
  readonly wIh: Weight;
  readonly wHh: Weight;
  readonly bias: Weight;
}

/** An LSTM over embedded tokens with a linear layer at its end. */
export interface LstmModel {
  /** [V E] */
  readonly embedding: Weight;
  readonly layers: readonly LstmWeights[];
  /** [V H] */
  readonly output: Weight;
  /** [V] */
  readonly outputBias: Weight;
}

/** The file's bytes. Inputs ids [T], h0 c0 h1 c1 .. [1 1 H]; outputs logits [1 V] of the last step, hT0 cT0 .. */
export function encodeOnnx({ embedding, layers, output, outputBias }: LstmModel): Uint8Array {
  const H = output.shape[1]!;
  const state = [1, 1, H];
  const initializers = [
    tensor("embedding", embedding),
    tensor("output", output),
    tensor("outputBias", outputBias),
    ints("batchAxis", [1]),
    ...(layers.length > 1 ? [ints("directionAxis", [1])] : []),
    ints("row", [1, H]),
  ];
  const nodes = [node("Gather", ["embedding", "ids"], ["rows"]), node("Unsqueeze", ["rows", "batchAxis"], ["x0"])];
  layers.forEach(({ wIh, wHh, bias }, i) => {
    initializers.push(
      tensor(`W${i}`, inOrder(wIh, H)),
      tensor(`R${i}`, inOrder(wHh, H)),
      // The operator has a second bias, for the state.
      tensor(`B${i}`, { data: [...inOrder(bias, H).data, ...new Float32Array(4 * H)], shape: [1, 8 * H] }),
    );
    const inputs = [`x${i}`, `W${i}`, `R${i}`, `B${i}`, "", `h${i}`, `c${i}`];
    nodes.push(node("LSTM", inputs, [`y${i}`, `hT${i}`, `cT${i}`], { hidden_size: H }));
    if (i < layers.length - 1) nodes.push(node("Squeeze", [`y${i}`, "directionAxis"], [`x${i + 1}`]));
  });
  nodes.push(
    node("Reshape", [`hT${layers.length - 1}`, "row"], ["last"]),
    node("Gemm", ["last", "output", "outputBias"], ["logits"], { transB: 1 }),
  );
  const each = (name: (i: number) => readonly string[]) => layers.flatMap((_, i) => name(i));
  const graph = [
    ...nodes.map((bytes) => field(1, bytes)),
    field(2, text("model")),
    ...initializers.map((bytes) => field(5, bytes)),
    field(11, valueInfo("ids", 7, ["T"])),
    ...each((i) => [`h${i}`, `c${i}`]).map((name) => field(11, valueInfo(name, 1, state))),
    field(12, valueInfo("logits", 1, [1, output.shape[0]!])),
    ...each((i) => [`hT${i}`, `cT${i}`]).map((name) => field(12, valueInfo(name, 1, state))),
  ];
  return join([number(1, 8), field(7, join(graph)), field(8, join([field(1, text("")), number(2, 14)]))]);
}

/** Rows stacked i f g o, stacked i o f g as the operator wants them; [1 ...]. */
function inOrder({ data, shape }: Weight, H: number): Weight & { readonly data: readonly number[] } {
  const values = Array.from(data);
  const gate = values.length / 4;
  const rows = [0, 3, 1, 2].flatMap((g) => values.slice(g * gate, (g + 1) * gate));
  return { data: rows, shape: [1, 4 * H, ...shape.slice(1)] };
}

function node(
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, number>> = {},
): Uint8Array {
  const attribute = ([name, value]: [string, number]) =>
    field(5, join([field(1, text(name)), number(3, value), number(20, 2)]));
  return join([
    ...inputs.map((name) => field(1, text(name))),
    ...outputs.map((name) => field(2, text(name))),
    field(4, text(type)),
    ...Object.entries(attributes).map(attribute),
  ]);
}

function tensor(name: string, { data, shape }: Weight): Uint8Array {
  const raw = new Uint8Array(Float32Array.from(data).buffer);
  return join([...shape.map((n) => number(1, n)), number(2, 1), field(8, text(name)), field(9, raw)]);
}

function ints(name: string, values: readonly number[]): Uint8Array {
  const raw = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
  return join([number(1, values.length), number(2, 7), field(8, text(name)), field(9, raw)]);
}

/** @param shape a size, or the name of one that varies */
function valueInfo(name: string, elementType: number, shape: readonly (number | string)[]): Uint8Array {
  const dimensions = shape.map((n) => field(1, typeof n === "number" ? number(1, n) : field(2, text(n))));
  const type = field(1, join([number(1, elementType), field(2, join(dimensions))]));
  return join([field(1, text(name)), field(2, type)]);
}

function text(chars: string): Uint8Array {
  return new TextEncoder().encode(chars);
}

function number(tag: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(tag * 8), ...varint(value)]);
}

function field(tag: number, bytes: Uint8Array): Uint8Array {
  return join([Uint8Array.from([...varint(tag * 8 + 2), ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
