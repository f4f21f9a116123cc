/**
 * Adaptive softmax trains a vocabulary of 100,000 faster than a full softmax and faster than PyTorch's. A training step of
 * the output layer alone: N = 512 rows of 512 numbers, targets by Zipf's law, loss, gradients of the rows and of all weights,
 * Adam; one thread and all.
 *
 *     npm run bench adaptive-softmax
 */
import { Random, type Tokens } from "../src/base/index.ts";
import { type KernelBuild, loadKernels } from "../src/kernels/index.ts";
import { AdaptiveSoftmax, defaultCutoffs, Linear, linearCrossEntropy, parameters } from "../src/nn/index.ts";
import { Engine, type Tensor } from "../src/tensor/index.ts";
import { adam } from "../src/train/index.ts";
import { Peer } from "./measure/peer.ts";
import { startTable } from "./measure/table.ts";
import { printRatio, takeTurns, typical } from "./measure/time.ts";

const [N, I, V] = [512, 512, 100_000];
const cutoffs = defaultCutoffs(V);

/** Ranks from 0 to V - 1 whose frequency falls as 1 / (rank + 1). */
function zipf(random: Random): Int32Array {
  return Int32Array.from({ length: N }, () => Math.min(V - 1, Math.floor((V + 1) ** random.uniform()) - 1));
}

const ids = zipf(new Random(2));
const targets: Tokens = { ids, shape: [N] };

/** One training step of an output layer. */
function makeStep(build: KernelBuild, make: (engine: Engine) => { model: object; loss: (x: Tensor) => Tensor }) {
  const engine = new Engine(build, { seed: 1 });
  const { model, loss } = make(engine);
  const x = engine.parameter(
    Float32Array.from({ length: N * I }, () => engine.random.normal()),
    [N, I],
  );
  const optimizer = adam(parameters(model), { rate: 1e-3 });
  return () => {
    optimizer.zeroGrad();
    x.zeroGrad();
    loss(x).backward();
    optimizer.step();
  };
}

const adaptive = (engine: Engine) => {
  const model = new AdaptiveSoftmax(engine, { inputSize: I, classes: V, cutoffs });
  return { model, loss: (x: Tensor) => model.forward(x, targets) };
};
const full = (engine: Engine) => {
  const model = new Linear(engine, { inputSize: I, outputSize: V });
  return { model, loss: (x: Tensor) => linearCrossEntropy(x, model.weight, model.bias, targets) };
};

const { build: fastest, notes } = await loadKernels();
for (const note of notes) console.log(note);
const ratios: number[] = [];
for (const threads of [...new Set([1, fastest.threads])]) {
  const { build } = await loadKernels({ build: fastest.name, isa: fastest.isa, threads });
  const peer = await Peer.start("adaptive_softmax.py", threads);
  console.log(
    `\nV ${V}, cutoffs ${cutoffs}, ${threads} thread${threads === 1 ? "" : "s"}; peer: ${peer?.name ?? "none"}`,
  );
  await peer?.ask({ N, I, V, cutoffs, targets: [...ids] });
  const steps = { adaptive: makeStep(build, adaptive), full: makeStep(build, full) };
  const seconds = await takeTurns(
    {
      adaptive: () => typical(steps.adaptive, { seconds: 0.1 }),
      full: () => typical(steps.full, { seconds: 0.1 }),
      peer: async () => (await peer?.ask({ seconds: 0.1 }))?.seconds ?? Number.NaN,
    },
    5,
  );
  peer?.stop();
  const row = startTable({ "training step": 30, ms: 9, "beside adaptive": 15 });
  const milliseconds = (s: number) => (s * 1e3).toFixed(1);
  const beside = (s: number) => (s / seconds.adaptive).toFixed(2);
  row("adaptive softmax", milliseconds(seconds.adaptive), "");
  row("full softmax", milliseconds(seconds.full), beside(seconds.full));
  if (Number.isNaN(seconds.peer)) continue;
  row("AdaptiveLogSoftmaxWithLoss", milliseconds(seconds.peer), beside(seconds.peer));
  ratios.push(seconds.peer / seconds.adaptive);
}
if (ratios.length > 0) printRatio("pytorch", Math.min(...ratios));
