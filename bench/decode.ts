/**
 * Writing a text token by token: one sequence, a prompt of 100 tokens in one call, then 200 tokens one at a time, beside
 * PyTorch and onnxruntime-node. Nothing is drawn: all sides read the same tokens and give the scores of the next.
 *
 *     npm run bench decode            every size
 *     npm run bench decode V100       one of V100 V100L2 V10000 V10000L2
 *
 * onnxruntime-node is not a dependency: it is installed into a temporary folder the first time.
 */
import { loadKernels } from "../src/kernels/index.ts";
import { encodeOnnx, type LstmModel } from "./decoding/onnx.ts";
import { makeReader, promptLength, type Reader, randomText, type Sizes, textLength } from "./decoding/ours.ts";
import { installed } from "./measure/install.ts";
import { Peer } from "./measure/peer.ts";
import { startTable } from "./measure/table.ts";
import { median, printRatio, takeTurns } from "./measure/time.ts";

/** What is used of onnxruntime-node. */
interface OnnxRuntime {
  readonly Tensor: new (type: "float32" | "int64", data: Float32Array | BigInt64Array, shape: number[]) => OnnxTensor;
  readonly InferenceSession: { create(bytes: Uint8Array, options: object): Promise<OnnxSession> };
}
interface OnnxTensor {
  readonly data: Float32Array;
}
interface OnnxSession {
  run(inputs: Readonly<Record<string, OnnxTensor>>): Promise<Record<string, OnnxTensor>>;
}

/** Seconds of the prompt, and of each token after it. */
interface Times {
  readonly prompt: number;
  readonly token: number;
}

const wanted = process.argv.slice(2);
/** With a small vocabulary once more with its table projected beforehand, which the peers have no word for. */
const cases: readonly (Sizes & { readonly isPrepared: boolean })[] = [100, 10_000]
  .flatMap((V) => [1, 2].map((L) => ({ E: 512, H: 512, V, L })))
  .flatMap((sizes) => (sizes.V > 1000 ? [false] : [false, true]).map((isPrepared) => ({ ...sizes, isPrepared })))
  .filter(({ V, L }) => wanted.length === 0 || wanted.includes(`V${V}${L > 1 ? `L${L}` : ""}`));
const onnx = installed<OnnxRuntime>("onnxruntime-node", "1.30.0");
const { build: fastest, notes } = await loadKernels();
for (const note of notes) console.log(note);
const ratios: { readonly peer: string; readonly name: string; readonly ratio: number }[] = [];
for (const threads of [...new Set([1, fastest.threads])]) {
  const { build } = await loadKernels({ build: fastest.name, isa: fastest.isa, threads });
  const torch = await Peer.start("decode.py", threads);
  const what = `${threads} thread${threads === 1 ? "" : "s"}`;
  console.log(`\n${build.name} ${build.isa}, ${what}; peers: ${torch?.name ?? "no torch"}, onnxruntime-node`);
  const columns = { "µs a token": 26, ours: 6, torch: 6, onnxruntime: 6, "torch/ours": 6, "onnx/ours": 6 };
  const row = startTable({ ...columns, "prompt ms: ours": 6, "torch ": 6, "onnx ": 6, "torch at its best with": 20 });
  for (const { isPrepared, ...sizes } of cases) {
    const ours = makeReader(build, sizes, isPrepared);
    const theirs = onnx && (await makeOnnxReader(onnx, ours.model, sizes, threads));
    if (theirs) await compare(ours, theirs, sizes.V);
    const setting = await torch?.ask<{ setting: string }>({ make: sizes, prompt: promptLength, text: textLength });
    const found = { ours: [] as Times[], torch: [] as Times[], onnx: [] as Times[] };
    const keep = (side: keyof typeof found, times: Times) => {
      found[side].push(times);
      return times.token;
    };
    await measure(ours, sizes.V);
    const token = await takeTurns({
      ours: async () => keep("ours", await measure(ours, sizes.V)),
      torch: async () => (torch ? keep("torch", await torch.ask<Times>({ measure: true })) : Number.NaN),
      onnx: async () => (theirs ? keep("onnx", await measure(theirs, sizes.V)) : Number.NaN),
    });
    const prompts = Object.values(found).map((all) => Math.min(...all.map(({ prompt }) => prompt)));
    const shown = (value: number, digits: number) => (Number.isFinite(value) ? value.toFixed(digits) : "");
    const name = `V ${sizes.V.toLocaleString("en")}, ${sizes.L} layer${sizes.L === 1 ? "" : "s"}${isPrepared ? ", prepared" : ""}`;
    const [ofTorch, ofOnnx] = [token.torch / token.ours, token.onnx / token.ours];
    row(
      name,
      ...[token.ours, token.torch, token.onnx].map((seconds) => shown(seconds * 1e6, 0)),
      shown(ofTorch, 2),
      shown(ofOnnx, 2),
      ...prompts.map((seconds) => shown(seconds * 1e3, 2)),
      setting?.setting ?? "",
    );
    ratios.push({ peer: "pytorch", name: `${name} ${what}`, ratio: ofTorch });
    ratios.push({ peer: "onnxruntime", name: `${name} ${what}`, ratio: ofOnnx });
  }
  torch?.stop();
}
console.log();
for (const peer of ["pytorch", "onnxruntime"]) {
  const found = ratios.filter((one) => one.peer === peer && !Number.isNaN(one.ratio));
  for (const { name, ratio } of found) console.log(`ratio ${peer} ${name}: ${ratio.toFixed(2)}`);
  if (found.length > 0) printRatio(peer, Math.min(...found.map(({ ratio }) => ratio)));
}

/** A text read from its prompt to its end; of its tokens the median counts. */
async function measure(reader: Reader<unknown>, V: number): Promise<Times> {
  const [prompt, text] = [randomText(V, promptLength), randomText(V, textLength)];
  let last = performance.now();
  const sinceLast = () => {
    const now = performance.now();
    const seconds = (now - last) / 1e3;
    last = now;
    return seconds;
  };
  await reader.begin(prompt);
  const ofPrompt = sinceLast();
  const ofTokens: number[] = [];
  for (const token of text) {
    await reader.next(token);
    ofTokens.push(sinceLast());
  }
  return { prompt: ofPrompt, token: median(ofTokens) };
}

/** The model in ONNX Runtime, its state going out and in again. */
async function makeOnnxReader(
  { InferenceSession, Tensor }: OnnxRuntime,
  model: LstmModel,
  { H, L }: Sizes,
  threads: number,
): Promise<Reader<Promise<ArrayLike<number>>>> {
  const session = await InferenceSession.create(encodeOnnx(model), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
  });
  const names = Array.from({ length: L }, (_, i) => [`h${i}`, `c${i}`]).flat();
  let state: Record<string, OnnxTensor> = {};
  const read = async (ids: ArrayLike<number>) => {
    const tokens = new Tensor("int64", BigInt64Array.from(Array.from(ids), BigInt), [ids.length]);
    const results = await session.run({ ids: tokens, ...state });
    state = Object.fromEntries(names.map((name) => [name, results[`${name[0]}T${name.slice(1)}`]!]));
    return results.logits!.data;
  };
  return {
    begin(prompt) {
      state = Object.fromEntries(names.map((name) => [name, new Tensor("float32", new Float32Array(H), [1, 1, H])]));
      return read(prompt);
    },
    next: (token) => read([token]),
  };
}

/** Both must say the same of the same text. */
async function compare(ours: Reader<unknown>, theirs: Reader<unknown>, V: number): Promise<void> {
  const [prompt, text] = [randomText(V, promptLength), randomText(V, 20)];
  const check = async (one: unknown, two: unknown) => {
    const [a, b] = (await Promise.all([one, two])) as [ArrayLike<number>, ArrayLike<number>];
    for (let i = 0; i < V; i++)
      if (!(Math.abs(a[i]! - b[i]!) <= 1e-4)) throw new Error(`onnxruntime: scores[${i}] are ${a[i]} and ${b[i]}`);
  };
  await check(ours.begin(prompt), theirs.begin(prompt));
  for (const token of text) await check(ours.next(token), theirs.next(token));
}
