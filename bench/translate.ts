/**
 * Training and decoding translation models is faster than PyTorch and than JoeyNMT. A whole training step and whole searches
 * through the public API, greedy and with a beam of 5, on three of the published models; one thread and all, beside peers
 * with as many. And what decoding costs grows as the beam and the length do.
 *
 *     npm run bench translate             every case
 *     npm run bench translate letters     some of letters single words phones bahdanau luong-feeding gnmt cost
 *
 * Letters are such as spelling to phones has, many side by side or a single one; words are such as translation has, where
 * nearly all of the work is products of matrices. There the weights are random, and every output is made to have as many
 * tokens as asked for, so that all sides do the same work. Phones are what a model, trained for some seconds, makes of
 * 2,000 words that it has not seen: outputs end where they end, and PyTorch has the same weights and must write the same.
 *
 * PyTorch is driven by a model and a search of ours (peers/translator.py), written for speed: batched over sentences and
 * hypotheses, memory never copied. JoeyNMT has its own models, losses and searches; where its models differ from ours is
 * said in peers/translate_joeynmt.py. It cannot read our weights and so has no phones.
 */
import { type KernelBuild, loadKernels } from "../src/kernels/index.ts";
import { Peer } from "./measure/peer.ts";
import { startTable } from "./measure/table.ts";
import { median, printRatio, takeTurns, typical } from "./measure/time.ts";
import { makeTranslator } from "./translation/ours.ts";
import { Trained } from "./translation/trained.ts";

const models = ["bahdanau", "luong-feeding", "gnmt"] as const;
const beams = { greedy: 1, "beam 5": 5 } as const;
const searches = Object.keys(beams) as (keyof typeof beams)[];
const peerNames = ["pytorch", "joeynmt"] as const;
type PeerName = (typeof peerNames)[number];
const words = process.argv.slice(2);
const isWanted = (...names: readonly string[]) => words.length === 0 || words.some((word) => names.includes(word));
const kinds = {
  letters: { V: 80, E: 128, H: 256, S: 15, T: 15, B: 64 },
  single: { V: 80, E: 128, H: 256, S: 15, T: 15, B: 1 },
  words: { V: 4000, E: 256, H: 256, S: 25, T: 25, B: 32 },
} as const;
const random = [
  ...models.map((model) => ({ kind: "letters", model, ...kinds.letters }) as const),
  { kind: "single", model: "gnmt", ...kinds.single } as const,
  { kind: "words", model: "gnmt", ...kinds.words } as const,
].filter(({ kind, model }) => isWanted(kind, model));

/** A model and what is to be done with it: ours once, and what a peer is asked to make. */
interface Case {
  readonly name: string;
  readonly peers: readonly PeerName[];
  readonly request: object;
  readonly rounds: number;
  readonly works: Readonly<
    Record<string, { readonly once: () => void; readonly count: number; readonly unit: string }>
  >;
}

const { build: fastest, notes } = await loadKernels();
for (const note of notes) console.log(note);
for (const [kind, { V, E, H, S, T, B }] of Object.entries(kinds))
  console.log(`${kind}: V ${V}, E ${E}, H ${H}, ${B} ${B === 1 ? "pair" : "pairs"} of ${S} and ${T} tokens`);
const trained = isWanted("phones") ? await Trained.train({ threads: fastest.threads }) : null;
if (trained) console.log(`phones: ${trained.told}`);

const found: { readonly peer: PeerName; readonly work: string; readonly name: string; readonly ratio: number }[] = [];
for (const threads of [...new Set([1, fastest.threads])]) {
  const { build } = await loadKernels({ build: fastest.name, isa: fastest.isa, threads });
  const what = `${threads} thread${threads === 1 ? "" : "s"}`;
  console.log();
  const peers = {
    pytorch: await Peer.start("translate.py", threads),
    joeynmt: await Peer.start("translate_joeynmt.py", threads),
  };
  const beside = peerNames.map((name) => peers[name]?.name).filter((name) => name !== undefined);
  console.log(`${build.name} ${build.isa}, ${what}; peers: ${beside.join("; ") || "none"}`);
  const row = startTable({
    ...{ "": 32, ours: 8, pytorch: 8, joeynmt: 8, unit: 11, "of pytorch": 10, "of joeynmt": 10 },
    ...{ "pytorch at its best with": 20, "joeynmt at its best with": 20 },
  });
  for (const made of cases(build)) {
    const settings: Partial<Record<PeerName, Record<string, string>>> = {};
    for (const peer of made.peers)
      settings[peer] = (await peers[peer]?.ask<Record<string, string>>(made.request)) ?? {};
    for (const [work, { once, count, unit }] of Object.entries(made.works)) {
      once();
      const asked = { work, seconds: 0.2, least: 1 };
      const timed = async (name: PeerName) =>
        (made.peers.includes(name) ? await peers[name]?.ask(asked) : undefined)?.seconds ?? Number.NaN;
      const seconds = await takeTurns(
        {
          ours: () => typical(once, asked),
          pytorch: () => timed("pytorch"),
          joeynmt: () => timed("joeynmt"),
        },
        made.rounds,
      );
      const pace = (time: number) => (Number.isNaN(time) ? "" : (count / time).toFixed(unit === "tokens/s" ? 0 : 1));
      const ratios = peerNames.map((peer) => ({ peer, ratio: seconds[peer] / seconds.ours }));
      row(
        ...[`${made.name}, ${work}`, pace(seconds.ours), ...peerNames.map((peer) => pace(seconds[peer])), unit],
        ...ratios.map(({ ratio }) => (Number.isNaN(ratio) ? "" : ratio.toFixed(2))),
        ...peerNames.map((peer) => settings[peer]?.[work] ?? ""),
      );
      for (const { peer, ratio } of ratios)
        if (!Number.isNaN(ratio)) found.push({ peer, work, name: `${made.name.replace(",", "")} ${what}`, ratio });
    }
  }
  if (trained && peers.pytorch) {
    const outputs = trained.translator(build);
    for (const search of searches) {
      const theirs = await peers.pytorch.ask<{ outputs: number[][] }>({ outputs: search });
      console.log(`phones, ${search}: ${trained.compare(outputs(beams[search]), theirs.outputs, { alike: 0.995 })}`);
    }
  }
  for (const peer of peerNames) peers[peer]?.stop();
}

if (isWanted("cost")) {
  const longer = { model: "gnmt", ...kinds.letters, B: 16 } as const;
  const ours = makeTranslator(fastest, longer);
  console.log(
    "\nletters, gnmt: microseconds for each token of each hypothesis, by beam size and tokens of the outputs",
  );
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
}

console.log();
for (const { peer, work, name, ratio } of found) console.log(`ratio ${peer} ${work} ${name}: ${ratio.toFixed(2)}`);
for (const peer of [...peerNames].reverse()) {
  const beside = found.filter((one) => one.peer === peer);
  for (const work of new Set(beside.map(({ work }) => work))) {
    const ratios = beside.filter((one) => one.work === work).map(({ ratio }) => ratio);
    console.log(`least ratio ${peer} in ${work}: ${Math.min(...ratios).toFixed(2)}`);
  }
  if (beside.length > 0) printRatio(peer, Math.min(...beside.map(({ ratio }) => ratio)));
}

/** What is measured with kernels of a build, each made when its turn comes. */
function* cases(build: KernelBuild): Generator<Case> {
  for (const { kind, ...sizes } of random) {
    const { B, T } = sizes;
    const ours = makeTranslator(build, sizes);
    yield {
      ...{ name: `${kind}, ${sizes.model}`, peers: peerNames, request: { make: sizes }, rounds: 5 },
      works: {
        // Nobody trains on one pair at a time.
        ...(B > 1 && { training: { once: () => ours.train(), count: B * T, unit: "tokens/s" } }),
        ...worksOf(ours.decode, B),
      },
    };
  }
  if (trained === null) return;
  yield {
    ...{ name: "phones, gnmt", peers: ["pytorch"], request: { read: trained.request() }, rounds: 3 },
    works: worksOf(trained.translator(build), trained.count),
  };
}

function worksOf(decode: (beamSize: number) => void, count: number): Case["works"] {
  return Object.fromEntries(
    searches.map((search) => [search, { once: () => decode(beams[search]), count, unit: "sentences/s" }]),
  );
}
