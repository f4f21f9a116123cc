import { nearlyAllRight, type Problem } from "./problem.ts";

/** Letters to copy; then come the blank and the sign to begin. */
const letters = 8;
const blank = letters;
const go = letters + 1;

/**
 * The copy task: some letters, then blanks, then a sign, after which the letters must be said again in order.
 *
 *   a c h b - - - - - - ! - - - -
 *                         a c h b     the answers
 *
 * Between a letter and the place where it is asked for lie `distance` steps and the other letters. Only the steps after
 * the sign have answers: to say blank before it is no feat.
 *
 * @param count letters to remember; 10 in the source
 * @source Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735; in this form Arjovsky, Shah & Bengio 2016,
 *   arXiv:1511.06464, section 4.1
 */
export function copy(count: number): Problem {
  return {
    name: "copy",
    summary: "say some letters again after a pause",
    vocabulary: letters + 2,
    inputs: 0,
    classes: letters,
    answers: count,
    baseline: Math.log(letters),
    ...nearlyAllRight,
    steps: (distance) => distance + 2 * count,
    draw(random, distance, B) {
      const T = distance + 2 * count;
      const tokens = new Int32Array(T * B).fill(blank);
      const answers = Int32Array.from({ length: count * B }, () => random.integer(letters));
      tokens.set(answers);
      tokens.fill(go, (count + distance - 1) * B, (count + distance) * B);
      return { tokens, answers };
    },
  };
}
