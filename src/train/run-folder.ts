/**
 * A run: the folder that a training writes and that everything after reads.
 *
 *   config.json        the task, its options, and what it ran on
 *   vocabulary.json    or whatever files the task needs besides
 *   metrics.jsonl      a line for each logged step, evaluation and set of samples
 *   checkpoints/last   where to go on
 *   checkpoints/best   the best evaluation so far
 */
import { z } from "zod";
import { FormatError, StopError, ValueError } from "../base/index.ts";
import {
  type Files,
  type Folder,
  type Lock,
  listTogether,
  readTogether,
  recover,
  writeTogether,
} from "../files/index.ts";
import { parseJson } from "../formats/index.ts";
import { type Checkpoint, checkFormat, readCheckpoint } from "./checkpoint.ts";
import { version } from "./version.ts";

const configSchema = z.strictObject({
  format: z.literal(1),
  backstitch: z.string(),
  task: z.string(),
  /** The recipe that gave the data and the options, if one did. */
  recipe: z.string().nullable(),
  /** The file of the data, where they are no recipe's. */
  data: z.string().nullable(),
  /** How the file is read, where there is more to say than the options do. */
  reading: z.record(z.string(), z.unknown()).optional(),
  /** Differs for other data, so that a training goes on with those it began with. */
  fingerprint: z.string().optional(),
  options: z.record(z.string(), z.unknown()),
  /** What the kernels ran on: another build may differ in the last bits. */
  kernels: z.strictObject({ name: z.string(), isa: z.string(), precision: z.enum(["float32", "float64"]) }),
});

/** What a run was made from. */
export type RunConfig = Omit<z.output<typeof configSchema>, "format" | "backstitch">;

/** A line of metrics.jsonl: after `step` updates, what was logged, evaluated or sampled. */
export type MetricLine = z.output<typeof metricSchema>;

const step = z.int().min(0);
const metricSchema = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.literal("progress"),
      step,
      epoch: z.int().min(0),
      tokens: z.int().min(0),
      /** The mean over the steps since the line before. */
      loss: z.number(),
      /** The length of the last gradient, before it was clipped to a norm. */
      norm: z.number(),
      rate: z.number(),
    }),
    z.strictObject({ kind: z.literal("evaluation"), step, values: z.record(z.string(), z.number().nullable()) }),
    z.strictObject({ kind: z.literal("samples"), step, samples: z.array(z.string()) }),
  ],
  { error: "one of progress, evaluation, samples" },
);

/** The checkpoints that a run keeps. */
export type CheckpointName = "last" | "best";

/** A run folder, open for reading, or, by `create` and `resume`, for one training to write. */
export class RunFolder {
  readonly folder: Folder;
  #config: RunConfig;
  readonly #lock: Lock | null;

  private constructor(folder: Folder, config: RunConfig, lock: Lock | null) {
    this.folder = folder;
    this.#config = config;
    this.#lock = lock;
  }

  get config(): RunConfig {
    return this.#config;
  }

  /**
   * Begins a run in a folder that holds none.
   *
   * @param files what the task needs to be used later, such as "vocabulary.json"
   * @throws StopError when there is a run already, or another training writes there
   */
  static async create(folder: Folder, config: RunConfig, files: Files = {}): Promise<RunFolder> {
    const lock = await folder.lock();
    try {
      if (await folder.exists(configFile))
        throw new StopError(`${folder.path}: holds a run already; resume it or choose another folder`);
      for (const [name, content] of Object.entries(files)) await folder.write(name, content);
      // Written last: a folder with a config is a whole run.
      await writeConfig(folder, config);
      return new RunFolder(folder, config, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Opens a run to read it, even while a training writes there. */
  static async open(folder: Folder): Promise<RunFolder> {
    return new RunFolder(folder, await readConfig(folder), null);
  }

  /**
   * Opens a run to go on with its training: finishes or removes what a crash has left half done.
   *
   * @throws StopError while another training writes there
   */
  static async resume(folder: Folder): Promise<RunFolder> {
    const config = await readConfig(folder);
    const lock = await folder.lock();
    try {
      await recover(folder.folder(checkpointsFolder));
      return new RunFolder(folder, config, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Changes what the training goes on with, such as more epochs or a lower rate. */
  async change(config: Partial<Pick<RunConfig, "data" | "options" | "reading">>): Promise<void> {
    this.#mayWrite();
    const changed = { ...this.#config, ...config };
    await writeConfig(this.folder, changed);
    this.#config = changed;
  }

  /** The checkpoint of that name, or undefined where there is none yet. */
  async checkpoint(name: CheckpointName): Promise<Checkpoint | undefined> {
    const checkpoints = this.folder.folder(checkpointsFolder);
    if (!(await listTogether(checkpoints)).includes(name)) return undefined;
    return readCheckpoint(`${checkpoints.path}/${name}`, await readTogether(checkpoints, name));
  }

  /** Replaces the checkpoint of that name, in one step. */
  async save(name: CheckpointName, files: Files): Promise<void> {
    this.#mayWrite();
    await writeTogether(this.folder.folder(checkpointsFolder), name, files);
  }

  /** Adds a line to metrics.jsonl. */
  async log(line: MetricLine): Promise<void> {
    this.#mayWrite();
    await this.folder.append(metricsFile, JSON.stringify(line));
  }

  /** Cuts from metrics.jsonl what was logged after `step`, which will be trained anew. */
  async cutMetrics(step: number, { unjudged = false }: { readonly unjudged?: boolean } = {}): Promise<void> {
    this.#mayWrite();
    const entry = await this.folder.entry(metricsFile);
    if (!entry) return;
    const { lines, bytes } = await this.#readMetrics();
    const isBeyond = (line: MetricLine) =>
      line.step > step || (unjudged && line.step === step && line.kind !== "progress");
    const kept = lines.findIndex(isBeyond);
    const end = kept < 0 ? bytes.at(-1)! : bytes[kept]!;
    if (end < entry.bytes) await this.folder.truncate(metricsFile, end);
  }

  /**
   * What was logged, in order. A torn last line is left out.
   *
   * @throws FormatError for a line that is none of this version's, with its number
   */
  async metrics(): Promise<MetricLine[]> {
    return (await this.folder.exists(metricsFile)) ? (await this.#readMetrics()).lines : [];
  }

  /** Ends the training's right to write here. */
  async close(): Promise<void> {
    await this.#lock?.release();
  }

  /** @returns the lines, and how many bytes stand before each of them and before the end of the last */
  async #readMetrics(): Promise<{ lines: MetricLine[]; bytes: number[] }> {
    const content = await this.folder.read(metricsFile);
    const whole = new TextDecoder().decode(content.subarray(0, content.lastIndexOf(lineFeed) + 1));
    const encoder = new TextEncoder();
    const bytes = [0];
    const lines = whole
      .split("\n")
      .slice(0, -1)
      .map((line, i) => {
        bytes.push(bytes.at(-1)! + encoder.encode(line).length + 1);
        return parseJson(`${this.folder.path}/${metricsFile}: line ${i + 1}`, line, metricSchema);
      });
    return { lines, bytes };
  }

  #mayWrite(): void {
    if (!this.#lock)
      throw new ValueError(`${this.folder.path}: is open for reading; open it with RunFolder.resume to write`);
  }
}

const configFile = "config.json";
const metricsFile = "metrics.jsonl";
const checkpointsFolder = "checkpoints";
const lineFeed = 10;

async function writeConfig(folder: Folder, config: RunConfig): Promise<void> {
  const stored: z.output<typeof configSchema> = { format: 1, backstitch: version, ...config };
  await folder.write(configFile, `${JSON.stringify(stored, null, 2)}\n`);
}

async function readConfig(folder: Folder): Promise<RunConfig> {
  const where = `${folder.path}/${configFile}`;
  if (!(await folder.exists(configFile)))
    throw new FormatError(`${folder.path}: must be a run, but has no ${configFile}; check the path`);
  const text = await folder.readText(configFile);
  checkFormat(where, text);
  const { format, backstitch, ...config } = parseJson(where, text, configSchema);
  return config;
}
