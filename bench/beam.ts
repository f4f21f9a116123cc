/**
 * The search is small beside the network: a step of beam search takes less time than one layer of an LSTM of 512 units and
 * its output layer take for the same rows, where the network gives the totals of its logits. B prompts with a beam of K
 * each and a vocabulary of V, one thread.
 *
 *     npm run bench beam
 */
import { beam, type NextStep } from "../src/decode/index.ts";
import { loadKernels } from "../src/kernels/index.ts";
import { Recurrent } from "../src/nn/index.ts";
import { Engine, linear, noGrad } from "../src/tensor/index.ts";
import { startTable } from "./measure/table.ts";
import { best, printRatio } from "./measure/time.ts";

const H = 512;
const steps = 12;
const cases = [
  { V: 40, B: 100, K: 5 },
  { V: 1000, B: 10, K: 5 },
  { V: 8000, B: 1, K: 5 },
  { V: 8000, B: 10, K: 5 },
  { V: 8000, B: 10, K: 50 },
  { V: 30_000, B: 100, K: 5 },
];
const { build } = await loadKernels({ threads: 1 });
const engine = new Engine(build, { seed: 1 });
console.log(`${build.name} ${build.isa}, 1 thread`);
const row = startTable({ "ms a step": 26, "without totals": 14, search: 9, network: 9, "network/search": 14 });
const ratios: number[] = [];
for (const { V, B, K } of cases) {
  const logits = Float32Array.from({ length: B * K * V }, () => 3 * engine.random.normal());
  const totals = new Float64Array(B * K).fill(20);
  // No model at all: what is left is the search. EOS never comes, so that all rows stay.
  for (let r = 0; r < B * K; r++) logits[r * V + 3] = -1e9;
  const model =
    (hasTotals: boolean): NextStep<null> =>
    ({ shape }) => {
      const rows = shape[1]!;
      return {
        logits: logits.subarray(0, rows * V),
        state: null,
        ...(hasTotals && { totals: totals.subarray(0, rows) }),
      };
    };
  const prompts = Array.from({ length: B }, () => []);
  const options = { select: () => null, beamSize: K, prompts, maxLength: steps };
  const seconds = (hasTotals: boolean) => best(() => beam(model(hasTotals), options), { seconds: 0.5 }) / steps;
  const recurrent = new Recurrent(engine, { cell: "lstm", inputSize: H, hiddenSize: H });
  const [x, w] = [engine.zeros([1, B * K, H]), engine.zeros([V, H])];
  const read = () => noGrad(engine, () => linear(recurrent.forward(x).y, w, null));
  const network = best(read, { seconds: 0.5 });
  const [own, given] = [seconds(false), seconds(true)];
  const shown = [own, given, network].map((value) => (value * 1e3).toFixed(2));
  ratios.push(network / given);
  row(`V ${V.toLocaleString("en")}, B ${B}, beam ${K}`, ...shown, (network / given).toFixed(1));
}
printRatio("network", Math.min(...ratios));
