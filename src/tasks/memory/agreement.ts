import type { Random } from "../../base/index.ts";
import { nearlyAllRight, type Problem } from "./problem.ts";

const subjects = [
  ["cat", "dog", "boy", "bird", "friend"],
  ["cats", "dogs", "boys", "birds", "friends"],
] as const;
const verbs = ["was", "were"] as const;
/** Words that come between, nouns of either number among them, which say nothing about the verb. */
const fillers = [
  ..."that which already ate the near very old and by of quickly in a yesterday".split(" "),
  ..."apple apples tree trees house houses".split(" "),
];
const words = ["the", ...subjects.flat(), ...fillers.filter((word) => word !== "the")];
const id = new Map(words.map((word, i) => [word, i]));

/**
 * Agreement: whether "was" or "were" follows is decided by the subject, one cat or several, which stands `distance` words
 * before.
 *
 *   the cats that already ate the apple near the old tree ... were
 *
 * The words between are drawn anew for each sentence; nouns of either number are among them.
 *
 * @source after "the cat, which already ate ..., was full", Ng 2018, Sequence Models; Linzen, Dupoux & Goldberg 2016,
 *   arXiv:1611.01368
 */
export const agreement: Problem = {
  name: "agreement",
  summary: "the cat ... was, the cats ... were, with many words between",
  vocabulary: words.length,
  inputs: 0,
  classes: verbs.length,
  answers: 1,
  baseline: Math.log(verbs.length),
  ...nearlyAllRight,
  steps: (distance) => distance + 2,
  draw(random, distance, B) {
    const T = distance + 2;
    const tokens = new Int32Array(T * B);
    const answers = new Int32Array(B);
    for (let b = 0; b < B; b++) {
      const { sentence, number } = sentenceOf(random, distance);
      for (const [t, word] of sentence.entries()) tokens[t * B + b] = id.get(word)!;
      answers[b] = number;
    }
    return { tokens, answers };
  },
};

/** A sentence up to its verb, and which verb that is. */
function sentenceOf(random: Random, distance: number): { sentence: string[]; number: 0 | 1 } {
  const number = random.integer(2) as 0 | 1;
  const nouns = subjects[number];
  const between = Array.from({ length: distance }, () => fillers[random.integer(fillers.length)]!);
  return { sentence: ["the", nouns[random.integer(nouns.length)]!, ...between], number };
}

/** Sentences as text, each with its verb: to see what is asked. */
export function agreementSentences(random: Random, distance: number, count: number): string[] {
  return Array.from({ length: count }, () => {
    const { sentence, number } = sentenceOf(random, distance);
    return `${sentence.join(" ")} ${verbs[number]}`;
  });
}
