/**
 * BLEU, chrF and TER are computed faster than sacreBLEU does, to the same figures. 2,000 made-up sentences of 5 to 40 words, for
 * TER 50 of them, one thread each.
 *
 *     npm run bench bleu
 */
import { Random } from "../src/base/index.ts";
import { bleu, chrf, corpusScore, type TextMetric, ter } from "../src/metrics/index.ts";
import { Peer } from "./measure/peer.ts";
import { geometricMean, printRatio, takeTurns, typical } from "./measure/time.ts";

const random = new Random(1);
const words = Array.from({ length: 3000 }, () =>
  Array.from({ length: 1 + random.integer(9) }, () => "etaoinshrdlucmfw"[random.integer(16)]).join(""),
);
// The square makes some words common, as they are in any language.
const word = () => words[Math.floor(words.length * random.uniform() ** 2)]!;
const references = Array.from({ length: 2000 }, () =>
  Array.from({ length: 5 + random.integer(36) }, (_, i) => (i % 9 === 8 ? `${word()},` : word())).join(" "),
);
const hypotheses = references.map((text) => {
  const left = text.split(" ").flatMap((own) => {
    const chance = random.uniform();
    return chance < 0.1 ? [] : chance < 0.25 ? [word()] : chance < 0.3 ? [own, word()] : [own];
  });
  const at = random.integer(left.length);
  return [...left.slice(at, at + 3), ...left.slice(0, at), ...left.slice(at + 3)].join(" ");
});

const metrics: Readonly<Record<string, { metric: TextMetric; sentences: number }>> = {
  bleu: { metric: bleu(), sentences: 2000 },
  chrf: { metric: chrf(), sentences: 2000 },
  ter: { metric: ter(), sentences: 50 },
};
const peer = await Peer.start("bleu.py", 1);
if (peer) {
  const ratios: number[] = [];
  for (const [name, { metric, sentences }] of Object.entries(metrics)) {
    const corpus = { hypotheses: hypotheses.slice(0, sentences), references: references.slice(0, sentences) };
    await peer.ask(corpus);
    const score = () => corpusScore(metric, corpus.hypotheses, corpus.references).score;
    score();
    const took = await takeTurns(
      {
        ours: () => typical(score, { seconds: 0.3 }),
        theirs: async () => (await peer.ask({ metric: name, seconds: 0.3 })).seconds,
      },
      5,
    );
    const { score: theirs } = await peer.ask<{ score: number }>({ metric: name, seconds: 0 });
    const difference = Math.abs(theirs - score());
    if (!(difference < 1e-9)) throw new Error(`${name}: ${score()} is not ${theirs}`);
    const ratio = took.theirs / took.ours;
    ratios.push(ratio);
    console.log(
      `${metric.name.padEnd(6)} ${score().toFixed(2).padStart(6)}  ${(took.ours * 1000).toFixed(1)} ms, ${peer.name} ${(took.theirs * 1000).toFixed(1)} ms: ${ratio.toFixed(2)} times as fast`,
    );
  }
  peer.stop();
  printRatio("sacrebleu", geometricMean(ratios));
}
