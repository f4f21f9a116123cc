import type { Problem } from "./problem.ts";

/**
 * The adding problem: of a sequence of numbers from 0 to 1 two are marked, one in each half; their sum is asked for at the
 * end.
 *
 *   numbers  0.3 0.9 0.1 0.5 0.7 0.2
 *   marks     0   1   0   0   1   0      the answer: 1.6
 *
 * The distance is the length of the sequence. Who always answers 1 has a mean squared error of 1/6.
 *
 * @source Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, section 5.4; in this form Le, Jaitly & Hinton
 *   2015, arXiv:1504.00941, section 4.1
 */
export const adding: Problem = {
  name: "adding",
  summary: "add the two numbers that were marked in a long row",
  vocabulary: null,
  inputs: 2,
  classes: null,
  answers: 1,
  baseline: 1 / 6,
  criterion: "a mean squared error below 0.01",
  isLearned: ({ loss }) => loss !== null && loss < 0.01,
  steps: (distance) => Math.max(2, distance),
  draw(random, distance, B) {
    const T = Math.max(2, distance);
    const half = Math.floor(T / 2);
    const numbers = new Float64Array(T * B * 2);
    const answers = new Float64Array(B);
    for (let b = 0; b < B; b++) {
      const marked = [random.integer(half), half + random.integer(T - half)];
      for (let t = 0; t < T; t++) {
        const at = (t * B + b) * 2;
        numbers[at] = random.uniform();
        if (!marked.includes(t)) continue;
        numbers[at + 1] = 1;
        answers[b]! += numbers[at]!;
      }
    }
    return { numbers, answers };
  },
};
