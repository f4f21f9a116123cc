/**
 * Training and decoding translation models is faster than PyTorch. A whole training step and whole searches through the
 * public API, greedy and with a beam of 5, on three of the published models; one thread and all, beside the same models in
 * PyTorch with as many. And what decoding costs grows as the beam and the length do.
 *
 *     npm run bench translate             every model
 *     npm run bench translate gnmt        some of bahdanau luong-feeding gnmt
 *
 * The weights are random and every output is made to have as many tokens as asked for, so that all sides do the same work.
 * The peer's search is batched over sentences and hypotheses and copies no memory; it keeps neither ended hypotheses nor
 * their tokens apart, since none ends.
 */
import { loadKernels } from "../src/kernels/index.ts";
import { Peer } from "./measure/peer.ts";
import { startTable } from "./measure/table.ts";
import { median, printRatio, takeTurns, typical } from "./measure/time.ts";
import { makeTranslator, type Sizes } from "./translation/ours.ts";

const models = ["bahdanau", "luong-feeding", "gnmt"] as const;
const works = ["training", "greedy", "beam 5"] as const;
const beams = { greedy: 1, "beam 5": 5 } as const;
const wanted = process.argv.slice(2);
const sizes = { V: 4000, E: 256, H: 256, S: 25, T: 25, B: 32 };
const { build: fastest, notes } = await loadKernels();
for (const note of notes) console.log(note);
console.log(`V ${sizes.V}, E ${sizes.E}, H ${sizes.H}, ${sizes.B} pairs of ${sizes.S} and ${sizes.T} tokens`);
const found: { readonly work: string; readonly name: string; readonly ratio: number }[] = [];
for (const threads of [...new Set([1, fastest.threads])]) {
  const { build } = await loadKernels({ build: fastest.name, isa: fastest.isa, threads });
  const peer = await Peer.start("translate.py", threads);
  const what = `${threads} thread${threads === 1 ? "" : "s"}`;
  console.log(`\n${build.name} ${build.isa}, ${what}; peer: ${peer?.name ?? "none"}`);
  const columns = { "": 24, ours: 8, peer: 8, unit: 11, ratio: 6, "peer at its best with": 21 };
  const row = startTable(columns);
  for (const model of models) {
    if (wanted.length > 0 && !wanted.includes(model)) continue;
    const made: Sizes = { model, ...sizes };
    const ours = makeTranslator(build, made);
    const settings = await peer?.ask<Record<string, string>>({ make: made });
    for (const work of works) {
      const once = work === "training" ? () => ours.train() : () => ours.decode(beams[work]);
      once();
      const seconds = await takeTurns(
        {
          ours: () => typical(once, { seconds: 0.2 }),
          peer: async () => (await peer?.ask({ work, seconds: 0.2 }))?.seconds ?? Number.NaN,
        },
        5,
      );
      const count = work === "training" ? sizes.B * sizes.T : sizes.B;
      const shown = (time: number) => (Number.isNaN(time) ? "" : (count / time).toFixed(work === "training" ? 0 : 1));
      const ratio = seconds.peer / seconds.ours;
      row(
        ...[`${model}, ${work}`, shown(seconds.ours), shown(seconds.peer)],
        ...[work === "training" ? "tokens/s" : "sentences/s", Number.isNaN(ratio) ? "" : ratio.toFixed(2)],
        settings?.[work] ?? "",
      );
      if (!Number.isNaN(ratio)) found.push({ work, name: `${model} ${what}`, ratio });
    }
  }
  peer?.stop();
}

const model = models.find((name) => wanted.includes(name)) ?? "gnmt";
const ours = makeTranslator(fastest, { model, ...sizes, B: 16 });
console.log(`\n${model}: microseconds for each token of each hypothesis, by beam size and tokens of the outputs`);
const lengths = [10, 20, 40, 80];
const row = startTable({ "beam size": 9, ...Object.fromEntries(lengths.map((length) => [`${length} tokens`, 9])) });
for (const beamSize of [1, 2, 5, 10, 20]) {
  const cells = lengths.map((length) => {
    ours.decode(beamSize, length);
    const times = [1, 2, 3].map(() => typical(() => ours.decode(beamSize, length), { seconds: 0.05 }));
    return ((median(times) / (16 * beamSize * length)) * 1e6).toFixed(1);
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
