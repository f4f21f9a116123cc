/**
 * A character LSTM trains hundreds of times as fast as in TensorFlow.js. The same training step in its cpu backend, which
 * is the one that can train an embedding under Node without a download.
 *
 *     npm run bench tfjs
 *
 * TensorFlow.js is not a dependency: it is installed into a temporary folder the first time.
 */
import { loadKernels } from "../src/kernels/index.ts";
import { installed } from "./measure/install.ts";
import { startTable } from "./measure/table.ts";
import { printRatio, takeTurns, typical } from "./measure/time.ts";
import { describe, operationsOf, shapes } from "./recurrent/shapes.ts";
import { makeStep, randomTokens } from "./recurrent/step.ts";

/** What is used of TensorFlow.js. */
interface TensorFlow {
  readonly version: { readonly tfjs: string };
  readonly layers: {
    embedding(options: object): unknown;
    lstm(options: object): unknown;
    dense(options: object): unknown;
  };
  readonly train: { adam(rate: number): { applyGradients(gradients: Record<string, TfTensor>): void } };
  setBackend(name: string): Promise<boolean>;
  sequential(options: { layers: readonly unknown[] }): { apply(x: TfTensor): TfTensor };
  tensor2d(values: Int32Array, shape: readonly number[], type: "int32"): TfTensor;
  oneHot(indices: TfTensor, depth: number): TfTensor;
  tidy<R>(body: () => R): R;
  variableGrads(loss: () => TfTensor): { value: TfTensor; grads: Record<string, TfTensor> };
  addN(tensors: readonly TfTensor[]): TfTensor;
  readonly losses: { softmaxCrossEntropy(labels: TfTensor, logits: TfTensor): TfTensor };
}

interface TfTensor {
  square(): TfTensor;
  sum(): TfTensor;
  mul(by: number): TfTensor;
  dataSync(): Float32Array;
}

const shape = shapes.find(({ name }) => name === "H128")!;
const tf = installed<TensorFlow>("@tensorflow/tfjs", "4.22.0");
if (tf) {
  await tf.setBackend("cpu");
  const { build, notes } = await loadKernels({ threads: 1 });
  for (const note of notes) console.log(note);
  const ours = makeStep(build, "lstm", shape);
  const theirs = makeTfStep(tf);
  const [loss] = [theirs(), ours(), ours()];
  if (!(Math.abs(loss! - Math.log(shape.V)) < 1)) throw new Error(`tfjs: loss ${loss} is not that of a fresh model`);
  const seconds = await takeTurns({ ours: () => typical(ours), peer: () => typical(theirs, { seconds: 0 }) }, 3);
  console.log(`LSTM ${describe(shape)}`);
  const row = startTable({ engine: 36, "ms a step": 9, "tokens/s": 9, "GFLOP/s": 7 });
  const tell = (name: string, time: number) =>
    row(
      name,
      (time * 1e3).toFixed(1),
      Math.round((shape.T * shape.B) / time).toLocaleString("en"),
      (operationsOf("lstm", shape) / time / 1e9).toPrecision(3),
    );
  tell(`backstitch, ${build.name} ${build.isa}, 1 thread`, seconds.ours);
  tell(`TensorFlow.js ${tf.version.tfjs}, cpu backend`, seconds.peer);
  printRatio("tfjs", seconds.peer / seconds.ours);
}

/** One training step of the same model in TensorFlow.js, which returns its loss. */
function makeTfStep(tf: TensorFlow): () => number {
  const { B, T, I, H, V } = shape;
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: V, outputDim: I, inputLength: T }),
      tf.layers.lstm({ units: H, returnSequences: true, recurrentActivation: "sigmoid" }),
      tf.layers.dense({ units: V }),
    ],
  });
  const { tokens, targets } = randomTokens(shape);
  const x = tf.tensor2d(tokens.ids, [B, T], "int32");
  const labels = tf.oneHot(tf.tensor2d(targets.ids, [B, T], "int32"), V);
  const adam = tf.train.adam(1e-3);
  return () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => tf.losses.softmaxCrossEntropy(labels, model.apply(x)));
      const squares = tf.addN(Object.values(grads).map((gradient) => gradient.square().sum()));
      const norm = Math.sqrt(squares.dataSync()[0]!);
      const clipped = Object.entries(grads).map(([name, gradient]) => [name, gradient.mul(Math.min(1, 1 / norm))]);
      adam.applyGradients(Object.fromEntries(clipped));
      return value.dataSync()[0]!;
    });
}
