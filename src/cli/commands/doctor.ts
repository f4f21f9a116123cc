import type { Command } from "commander";
import { describeBuilds, type KernelBuild, loadKernels, selfTest } from "../../kernels/index.ts";
import { Embedding, Linear, linearCrossEntropy, parameters, Recurrent } from "../../nn/index.ts";
import { Engine } from "../../tensor/index.ts";
import { adam, clipByGlobalNorm, version } from "../../train/index.ts";
import { columnsOf, count, Screen, type Voice, wrapped } from "../screen.ts";

/** `backstitch doctor`: which kernels run here, whether they are right, and how fast they are. */
export function doctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("which kernels run on this machine, whether they are right, and how fast")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `
The environment decides which kernels are used, here and in every command:
  BACKSTITCH_KERNELS=native|wasm|reference
  BACKSTITCH_ISA=avx512|avx2|x86-64|neon
  BACKSTITCH_THREADS=2

Examples:
  backstitch doctor
  BACKSTITCH_KERNELS=wasm backstitch doctor --json`,
    )
    .action(async (options: Voice) => {
      const screen = new Screen(options);
      const { bold, dim, green, red } = screen.color;
      const columns = columnsOf(Number.POSITIVE_INFINITY);
      const tell = (line: string) => screen.result(wrapped(line, columns, 11));
      const began = performance.now();
      const { build, notes } = await loadKernels();
      const loadMs = performance.now() - began;
      const builds = await describeBuilds();
      tell(`${bold("backstitch")} ${version}, Node ${process.version}, ${process.platform} ${process.arch}\n`);
      for (const { name, isas, threads, note } of builds) {
        screen.emit({ build: name, isas, threads, note });
        const mark = isas.length === 0 ? red("no ") : green("yes");
        // A short line has the note below the names.
        const names = `${mark} ${name.padEnd(10)} ${isas.join(", ").padEnd(22)}`;
        if (columns < 80) screen.result(`${names.trimEnd()}\n${dim(wrapped(`    ${note}`, columns, 4))}`);
        else screen.result(`${names} ${dim(note)}`.trimEnd());
      }
      for (const note of notes) tell(dim(`note: ${note}`));
      const test = selfTest(build);
      const gemm = gemmSpeed(build);
      const { tokensPerSecond, ms } = lstmSpeed(build);
      screen.emit({
        used: build.name,
        isa: build.isa,
        threads: build.threads,
        loadMs,
        selfTest: test,
        gemm,
        lstmMs: ms,
        tokensPerSecond,
      });
      tell(
        `\nin use     ${bold(`${build.name} ${build.isa}`)}, ${build.threads} ${build.threads === 1 ? "thread" : "threads"}, loaded in ${loadMs.toFixed(0)} ms`,
      );
      const isRight = test.failures.length === 0;
      tell(
        `self-test  ${isRight ? green("passed") : red("failed")}, ${test.passed} kernels agree with the reference to ${test.worst.toPrecision(2)}`,
      );
      for (const failure of test.failures) tell(red(`           ${failure}`));
      tell(`gemm       ${gemm.toFixed(1)} GFLOP/s (512 x 512 x 512)`);
      tell(
        `lstm       ${count(Math.round(tokensPerSecond))} tokens/s, ${ms.toFixed(2)} ms a training step (T 50, B 32, H 128)`,
      );
      if (!isRight) process.exitCode = 1;
    });
}

function medianMs(body: () => void, milliseconds: number): number {
  body();
  const times: number[] = [];
  const end = performance.now() + milliseconds;
  while (times.length < 3 || performance.now() < end) {
    const start = performance.now();
    body();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

function gemmSpeed({ kernels, allocate }: KernelBuild): number {
  const n = 512;
  const blocks = [allocate(n * n), allocate(n * n), allocate(n * n)];
  for (const { array } of blocks) array.fill(0.5);
  const ms = medianMs(() => {
    // WebAssembly memory may move on a call: the arrays are read anew.
    const [a, b, c] = blocks.map(({ array }) => array);
    kernels.gemmNT({ M: n, N: n, K: n, accumulate: false, a: a!, b: b!, c: c! });
  }, 100);
  for (const block of blocks) block.free();
  return (2 * n ** 3) / ms / 1e6;
}

/** One training step of a character model, as a user's own code would make it. */
function lstmSpeed(build: KernelBuild): { ms: number; tokensPerSecond: number } {
  const [T, B, E, H, V] = [50, 32, 64, 128, 64];
  const engine = new Engine(build, { seed: 1 });
  const model = {
    embedding: new Embedding(engine, { vocabularySize: V, embeddingSize: E }),
    lstm: new Recurrent(engine, { cell: "lstm", inputSize: E, hiddenSize: H }),
    output: new Linear(engine, { inputSize: H, outputSize: V }),
  };
  const optimizer = adam(parameters(model));
  const tokens = () => ({ ids: Int32Array.from({ length: T * B }, () => engine.random.integer(V)), shape: [T, B] });
  const [inputs, targets] = [tokens(), tokens()];
  const ms = medianMs(() => {
    const { y } = model.lstm.forward(model.embedding.lookup(inputs));
    linearCrossEntropy(y, model.output.weight, model.output.bias, targets).backward();
    clipByGlobalNorm(optimizer, 1);
    optimizer.step();
    optimizer.zeroGrad();
  }, 300);
  return { ms, tokensPerSecond: (T * B * 1000) / ms };
}
