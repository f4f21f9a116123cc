/** An echo state network at the memory tasks: nothing is trained but a readout, in one solve. */
import { Random } from "../../base/index.ts";
import { EchoState } from "../../nn/index.ts";
import type { MemoryTrainingSettings } from "./options.ts";
import type { Drawn, Judgement, Problem } from "./problem.ts";

/** How many sequences the readout is fitted to. */
const sequences = 1000;

/**
 * Fits an echo state network to a task and judges it. Classes are fitted as vectors of one 1; the greatest output is the
 * answer, and there is no loss in nats.
 */
export function fitEchoState(
  problem: Problem,
  distance: number,
  { reservoir, spectralRadius, seed }: MemoryTrainingSettings,
  judgedOn: Drawn,
): Judgement {
  const { vocabulary, inputs, classes, answers: A } = problem;
  const width = classes ?? 1;
  const network = new EchoState({
    inputSize: vocabulary ?? inputs,
    outputSize: width,
    units: reservoir,
    spectralRadius,
    inputScale: 0.3,
    ridge: 1e-4,
    seed,
  });
  for (const { input, answers } of eachSequence(problem, problem.draw(new Random(seed), distance, sequences))) {
    const targets = new Float64Array(A * width);
    for (const [a, answer] of answers.entries())
      if (classes === null) targets[a] = answer;
      else targets[a * classes + answer] = 1;
    network.observe(input, targets);
  }
  network.fit();
  let [right, squares, count] = [0, 0, 0];
  for (const { input, answers } of eachSequence(problem, judgedOn)) {
    const said = network.predict(input, A);
    for (const [a, answer] of answers.entries()) {
      count++;
      if (classes === null) squares += (said[a]! - answer) ** 2;
      else {
        const row = said.subarray(a * classes, (a + 1) * classes);
        if (row.indexOf(Math.max(...row)) === answer) right++;
      }
    }
  }
  return classes === null ? { loss: squares / count, accuracy: null } : { loss: null, accuracy: right / count };
}

/** The sequences one by one: [T I] numbers to read, tokens as vectors of one 1, and [A] answers. */
function* eachSequence(
  { vocabulary, inputs, answers: A }: Problem,
  { tokens, numbers, answers }: Drawn,
): Generator<{ input: Float64Array; answers: number[] }> {
  const B = answers.length / A;
  const I = vocabulary ?? inputs;
  const T = (tokens ? tokens.length : numbers!.length / I) / B;
  for (let b = 0; b < B; b++) {
    const input = new Float64Array(T * I);
    for (let t = 0; t < T; t++)
      if (tokens) input[t * I + tokens[t * B + b]!] = 1;
      else for (let i = 0; i < I; i++) input[t * I + i] = numbers![(t * B + b) * I + i]!;
    yield { input, answers: Array.from({ length: A }, (_, a) => answers[a * B + b]!) };
  }
}
