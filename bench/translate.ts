/**
 * Training and decoding translation models is faster than PyTorch. A whole training step and whole searches through the
 * public API, greedy and with a beam of 5, on three of the published models; one thread and all, beside the same models in
 * PyTorch with as many. And what decoding costs grows as the beam and the length do.
 *
 *     npm run bench translate             every case
 *     npm run bench translate letters     some of letters single words bahdanau luong-feeding gnmt
 *
 * Letters are such as spelling to phones has, many side by side or a single one; words are such as translation has, where
 * nearly all of the work is products of matrices.
 *
 * The weights are random and every output is made to have as many tokens as asked for, so that all sides do the same work.
 * The peer's search is batched over sentences and hypotheses and copies no memory; it keeps neither ended hypotheses nor
 * their tokens apart, since none ends.
 */
import { loadKernels } from "../src/kernels/index.ts";
import { Peer } from "./measure/peer.ts";
import { startTable } from "./measure/table.ts";
import { median, printRatio, takeTurns, typical } from "./measure/time.ts";
import { makeTranslator } from "./translation/ours.ts";

const models = ["bahdanau", "luong-feeding", "gnmt"] as const;
const works = ["training", "greedy", "beam 5"] as const;
const beams = { greedy: 1, "beam 5": 5 } as const;
const wanted = process.argv.slice(2);
const kinds = {
  letters: { V: 80, E: 128, H: 256, S: 15, T: 15, B: 64 },
  single: { V: 80, E: 128, H: 256, S: 15, T: 15, B: 1 },
  words: { V: 4000, E: 256, H: 256, S: 25, T: 25, B: 32 },
} as const;
const cases = [
  ...models.map((model) => ({ kind: "letters", model, ...kinds.letters }) as const),
  { kind: "single", model: "gnmt", ...kinds.single } as const,
  { kind: "words", model: "gnmt", ...kinds.words } as const,
].filter(({ kind, model }) => wanted.length === 0 || wanted.includes(kind) || wanted.includes(model));
const { build: fastest, notes } = await loadKernels();
for (const note of notes) console.log(note);
for (const [kind, { V, E, H, S, T, B }] of Object.entries(kinds))
  console.log(`${kind}: V ${V}, E ${E}, H ${H}, ${B} ${B === 1 ? "pair" : "pairs"} of ${S} and ${T} tokens`);
const found: { readonly work: string; readonly name: string; readonly ratio: number }[] = [];
for (const threads of [...new Set([1, fastest.threads])]) {
  const { build } = await loadKernels({ build: fastest.name, isa: fastest.isa, threads });
  const peer = await Peer.start("translate.py", threads);
  const what = `${threads} thread${threads === 1 ? "" : "s"}`;
  console.log(`\n${build.name} ${build.isa}, ${what}; peer: ${peer?.name ?? "none"}`);
  const columns = { "": 32, ours: 8, peer: 8, unit: 11, ratio: 6, "peer at its best with": 21 };
  const row = startTable(columns);
  for (const { kind, ...made } of cases) {
    const ours = makeTranslator(build, made);
    const settings = await peer?.ask<Record<string, string>>({ make: made });
    // Nobody trains on one pair at a time.
    for (const work of works.slice(made.B === 1 ? 1 : 0)) {
      const once: () => void = work === "training" ? () => ours.train() : () => ours.decode(beams[work]);
      once();
      const seconds = await takeTurns(
        {
          ours: () => typical(once, { seconds: 0.2 }),
          peer: async () => (await peer?.ask({ work, seconds: 0.2 }))?.seconds ?? Number.NaN,
        },
        5,
      );
      const count = work === "training" ? made.B * made.T : made.B;
      const shown = (time: number) => (Number.isNaN(time) ? "" : (count / time).toFixed(work === "training" ? 0 : 1));
      const ratio = seconds.peer / seconds.ours;
      row(
        ...[`${kind}, ${made.model}, ${work}`, shown(seconds.ours), shown(seconds.peer)],
        ...[work === "training" ? "tokens/s" : "sentences/s", Number.isNaN(ratio) ? "" : ratio.toFixed(2)],
        settings?.[work] ?? "",
      );
      if (!Number.isNaN(ratio)) found.push({ work, name: `${kind} ${made.model} ${what}`, ratio });
    }
  }
  peer?.stop();
}

const longer = { model: "gnmt", ...kinds.letters, B: 16 } as const;
const ours = makeTranslator(fastest, longer);
console.log("\nletters, gnmt: microseconds for each token of each hypothesis, by beam size and tokens of the outputs");
const lengths = [10, 20, 40, 80];
const row = startTable({ "beam size": 9, ...Object.fromEntries(lengths.map((length) => [`${length} tokens`, 9])) });
for (const beamSize of [1, 2, 5, 10, 20]) {
  const cells = lengths.map((length) => {
    ours.decode(beamSize, length);
    const times = [1, 2, 3].map(() => typical(() => ours.decode(beamSize, length), { seconds: 0.05 }));
    return ((median(times) / (longer.B * beamSize * length)) * 1e6).toFixed(1);
  });
  row(beamSize, ...cells);
}

console.log();
for (const { work, name, ratio } of found) console.log(`ratio pytorch ${work} ${name}: ${ratio.toFixed(2)}`);
for (const work of works) {
  const ratios = found.filter((one) => one.work === work).map(({ ratio }) => ratio);
  if (ratios.length > 0) console.log(`least ratio in ${work}: ${Math.min(...ratios).toFixed(2)}`);
}
if (found.length > 0) printRatio("pytorch", Math.min(...found.map(({ ratio }) => ratio)));
