/** A translator made of a table of probabilities, for tests: what each token is after each beginning of each source. */
import { UNK } from "../src/base/index.ts";
import type { Translator } from "../src/tasks/translate/translator.ts";
import type { Codec } from "../src/text/index.ts";

/** For each beginning of a target the probabilities of what comes next; "" is the end. */
export type Table = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A translator of single characters. A beginning that a table does not name ends for sure. */
export function tableTranslator(tables: Readonly<Record<string, Table>>, source: Codec, target: Codec): Translator {
  const facts = { tags: [], longestSource: 10, longestTarget: 20, greatestRatio: 2 };
  const search = { beamSize: 5, alpha: 0.7, normalisation: "length", coverage: 0, noRepeat: 0 } as const;
  const logProbOf = (table: Table, text: string): number => {
    let sum = 0;
    const letters = [...text, ""];
    letters.forEach((letter, i) => {
      const next = table[letters.slice(0, i).join("")] ?? { "": 1 };
      sum += Math.log(next[letter] ?? 1e-9);
    });
    return sum;
  };
  return {
    sides: { source, target, facts, search },
    search(texts, options = {}) {
      const { beamSize = 5, alpha = 0.7, normalisation = "length", certify = 0 } = options;
      const scoreOf = (logProb: number, length: number) =>
        logProb /
        (normalisation === "length" ? length ** alpha : normalisation === "gnmt" ? ((5 + length) / 6) ** alpha : 1);
      return texts.map((given) => {
        const text = typeof given === "string" ? given : given.source;
        const table = tables[text]!;
        const width = certify > 0 ? 1000 : beamSize;
        let live = [{ text: "", logProb: 0 }];
        const ended: { text: string; logProb: number; score: number }[] = [];
        for (let length = 1; live.length > 0; length++) {
          const next = live
            .flatMap((one) =>
              Object.entries(table[one.text] ?? { "": 1 }).map(([letter, p]) => ({
                text: one.text + letter,
                isEnd: letter === "",
                logProb: one.logProb + Math.log(p),
              })),
            )
            .sort((a, b) => b.logProb - a.logProb)
            .slice(0, width);
          for (const { isEnd, ...one } of next) if (isEnd) ended.push({ ...one, score: scoreOf(one.logProb, length) });
          live = next.filter(({ isEnd }) => !isEnd);
        }
        const best = ended.sort((a, b) => b.score - a.score)[0]!;
        const ids = target.encode(best.text);
        return {
          hypotheses: [{ ...best, ids: [...ids], end: "eos" as const, ...(certify > 0 && { certified: true }) }],
        };
      });
    },
    scoreAll: (pairs) =>
      pairs.map(({ source: text, target: given }) => ({
        logProb: target.encode(given).includes(UNK) ? -20 : logProbOf(tables[text]!, given),
      })),
  };
}
