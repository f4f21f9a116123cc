/** A model of ours that was trained for a while, and words for it that it has not seen. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EOS } from "../../src/base/index.ts";
import { pairDatasets } from "../../src/datasets/index.ts";
import type { KernelBuild, LoadOptions } from "../../src/kernels/index.ts";
import { exactMatch } from "../../src/metrics/index.ts";
import { TranslationModel, type TranslationOptions, translationModel } from "../../src/tasks/translate/index.ts";
import { outputLimit } from "../../src/tasks/translate/length-limits.ts";
import { Engine } from "../../src/tensor/index.ts";

/** Sources that are translated. */
const count = 2000;

/** Of a size with the letters of the other cases; a quarter of an epoch, after which it has about half of the words right. */
const options = {
  ...{ model: "gnmt", embeddingSize: 128, hiddenSize: 256, dropout: 0.1, smoothing: 0 },
  ...{ targetTokenizer: "whitespace", rate: 0.004, epochs: 0.25, beamSize: 5 },
} as const satisfies TranslationOptions;

/** The ids of each output, without its end. */
type Outputs = readonly (readonly number[])[];

/** A model that knows a task, and what it is asked. */
export class Trained {
  /** What it learned, in one line. */
  readonly told: string;
  /** The file of its weights, which is there until this process ends. */
  readonly #path: string;
  readonly #bytes: Uint8Array;
  readonly #model: TranslationModel;
  readonly #texts: readonly string[];
  readonly #references: readonly (readonly string[])[];

  private constructor(model: TranslationModel, pairs: ReturnType<typeof pairDatasets.pronounce>["test"], told: string) {
    this.told = told;
    this.#model = model;
    this.#bytes = model.toBytes();
    this.#texts = pairs.map(({ source }) => source);
    this.#references = pairs.map(({ target, references = [] }) => [target, ...references]);
    const folder = mkdtempSync(join(tmpdir(), "backstitch-bench-"));
    process.once("exit", () => rmSync(folder, { recursive: true }));
    this.#path = join(folder, "model.safetensors");
    writeFileSync(this.#path, this.#bytes);
  }

  /** Trains a model that writes the phones of English words. */
  static async train(kernels: LoadOptions): Promise<Trained> {
    const { training, validation, test } = pairDatasets.pronounce();
    const start = performance.now();
    const model = await translationModel.train(
      { training, validation: validation.slice(0, 200) },
      { ...options, kernels },
    );
    const seconds = (performance.now() - start) / 1000;
    const { embeddingSize: E, hiddenSize: H, epochs } = options;
    const told = `E ${E}, H ${H}, trained for ${seconds.toFixed(0)} s on ${Math.round(epochs * training.length)} words`;
    return new Trained(model, test.slice(0, count), `${told}; ${count} others`);
  }

  get count(): number {
    return this.#texts.length;
  }

  /** What a peer is asked to read: the weights, the sources as ids, and how many tokens an output may have. */
  request(): { readonly path: string; readonly sources: readonly (readonly number[])[]; readonly limit: number } {
    const { source, facts } = this.#model;
    const sources = this.#texts.map((text) => [...source.encode(text), EOS]);
    return {
      path: this.#path,
      sources,
      limit: Math.max(...sources.map(({ length }) => outputLimit(facts, length - 1))),
    };
  }

  /** Translates every source with kernels of a build. */
  translator(build: KernelBuild): (beamSize: number) => Outputs {
    const model = TranslationModel.fromBytes(new Engine(build), this.#bytes);
    return (beamSize) => model.translateAll(this.#texts, { beamSize }).map(({ hypotheses }) => hypotheses[0]!.ids);
  }

  /**
   * What of our outputs a peer has too, and how many of either are right.
   *
   * @param alike the least share that must be the same
   * @throws Error when fewer are the same
   */
  compare(ours: Outputs, theirs: Outputs, { alike }: { readonly alike: number }): string {
    const same = ours.filter((ids, i) => ids.join() === theirs[i]!.join()).length / ours.length;
    if (same < alike) throw new Error(`phones: only ${percent(same)} of the outputs are those of the peer`);
    return `${percent(same)} the same; right: ours ${percent(this.#rightness(ours))}, theirs ${percent(this.#rightness(theirs))}`;
  }

  #rightness(outputs: Outputs): number {
    return exactMatch(
      outputs.map((ids) => this.#model.target.decode(ids)),
      this.#references,
    );
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
