/**
 * A kernel call from TypeScript costs less than a microsecond, argument checks included. Small kernels on each build,
 * beside the same operations called from Python on PyTorch.
 *
 *     npm run bench calls
 */
import { type KernelBuild, loadKernels, referenceBuild } from "../src/kernels/index.ts";
import { Peer } from "./measure/peer.ts";
import { startTable } from "./measure/table.ts";
import { best, burstFor, geometricMean, printRatio, takeTurns } from "./measure/time.ts";

/** Arguments so small that the call is all there is. */
const cases: readonly { name: string; peer?: string; prepare: (build: KernelBuild) => () => void }[] = [
  {
    name: "scale, 16 numbers",
    peer: "scale",
    prepare(build) {
      const [x, y] = floats(build, 16, 16);
      return () => build.kernels.scale({ N: 16, by: 0.5, plus: 0, x, y });
    },
  },
  {
    name: "add, 16 numbers",
    peer: "add",
    prepare(build) {
      const [a, b, y] = floats(build, 16, 16, 16);
      return () => build.kernels.zip({ N: 16, op: "add", a, b, y });
    },
  },
  {
    name: "product, 4 x 4 x 4",
    peer: "product",
    prepare(build) {
      const [a, b, c] = floats(build, 16, 16, 16);
      return () => build.kernels.gemmNN({ M: 4, N: 4, K: 4, accumulate: false, a, b, c });
    },
  },
  {
    name: "adam, 16 numbers",
    prepare(build) {
      const [g, w, m, v] = floats(build, 16, 16, 16, 16);
      const rates = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decoupled: false };
      return () => build.kernels.adamUpdate({ N: 16, ...rates, correction1: 0.1, correction2: 0.001, g, w, m, v });
    },
  },
  {
    name: "lstm, one step of 4 units",
    prepare(build) {
      const [gates, h0, c0, wHh, y, c, hT, cT] = floats(build, 16, 4, 4, 64, 4, 4, 4, 4);
      const lengths = Int32Array.of(1);
      const state = { lengths, h0, c0, wHh, peepholes: null };
      return () => build.kernels.lstmForward({ T: 1, B: 1, H: 4, reverse: false, gates, ...state, y, c, hT, cT });
    },
  },
];

const loaded = await loadKernels();
for (const note of loaded.notes) console.log(note);
const builds = [
  ...(loaded.build.name === "native" ? [(await loadKernels({ build: "native", threads: 1 })).build] : []),
  (await loadKernels({ build: "wasm" })).build,
  referenceBuild(),
];
const peer = await Peer.start("calls.py", 1);
console.log(`microseconds a call; peer: ${peer?.name ?? "none"}`);
const row = startTable({ call: 26, ...Object.fromEntries(builds.map(({ name }) => [name, 9])), peer: 9 });
const ratios: number[] = [];
for (const { name, peer: operation, prepare } of cases) {
  const sides = builds.map((build) => {
    const work = prepare(build);
    for (let i = 0; i < 20_000; i++) work();
    const burst = burstFor(work);
    return [build.name, () => best(work, { burst })] as const;
  });
  const ask = async () => (operation && peer ? (await peer.ask({ operation, seconds: 0.1 })).seconds : Number.NaN);
  const seconds: Record<string, number> = await takeTurns({ ...Object.fromEntries(sides), peer: ask });
  const shown = (value: number) => (Number.isNaN(value) ? "" : (value * 1e6).toFixed(3));
  row(name, ...builds.map((build) => shown(seconds[build.name]!)), shown(seconds.peer!));
  if (operation) ratios.push(seconds.peer! / seconds[builds[0]!.name]!);
}
peer?.stop();
printRatio(peer?.name.split(" ")[0] ?? "torch", geometricMean(ratios));

/** Arrays in the memory of a build, holding small numbers. */
function floats<const L extends readonly number[]>(build: KernelBuild, ...lengths: L) {
  // All blocks first: memory may move while it grows.
  const blocks = lengths.map((length) => build.allocate(length));
  const arrays = blocks.map(({ array }) => array.fill(0.01));
  return arrays as { [I in keyof L]: (typeof arrays)[number] };
}
