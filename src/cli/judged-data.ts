/** The text that a model is judged by: one that is given, or what its run kept aside. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StopError, ValueError } from "../base/index.ts";
import { NodeBytes } from "../files/node.ts";
import { type EncodedText, encodeText } from "../tasks/index.ts";
import { findFiles, nameOf, readData, sourceOf } from "./data.ts";
import { isModelFile, type OpenedModel } from "./models.ts";
import { openRun } from "./runs.ts";
import { counted, type Screen } from "./screen.ts";
import { largestInMemory, readTrainingData } from "./training-data.ts";

/** A text as ids, and what messages call it. */
export interface Judged {
  readonly text: EncodedText;
  readonly name: string;
  /** Removes what was written to read it. */
  close(): Promise<void>;
}

/**
 * Reads the text to judge a model by. What is large goes through a temporary folder.
 *
 * @param file where the text is; without it, what the run of the model kept aside for validation
 * @throws StopError when there is neither, or the data of the run are others now
 */
export async function readJudged(opened: OpenedModel, file: string | undefined, screen: Screen): Promise<Judged> {
  const folder = await mkdtemp(join(tmpdir(), "backstitch-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const judged =
      file === undefined
        ? await readValidation(opened, join(folder, "run"), screen)
        : await readGiven(opened, file, folder);
    return {
      ...judged,
      async close() {
        await judged.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function readGiven({ model }: OpenedModel, file: string, folder: string): Promise<Judged> {
  const isLarge = (await findFiles(file)).bytes > largestInMemory;
  const bytes = isLarge ? new NodeBytes(folder) : null;
  const { corpus } = await readData({ file }, model.settings, { ...(bytes && { storage: bytes }) });
  return {
    text: encodeText(corpus, model.codec, bytes ?? undefined),
    name: file,
    close: async () => bytes?.close(),
  };
}

async function readValidation({ where, model }: OpenedModel, folder: string, screen: Screen): Promise<Judged> {
  if (isModelFile(where)) throw new ValueError("evaluate: needs a text to judge a model file by; give --data <path>");
  const { config } = await openRun(where);
  const source = sourceOf(config.data, config.recipe);
  if (source === null) throw new StopError(`${where}/config.json: has no data; give --data <path>`);
  const name = nameOf(source);
  const data = await readTrainingData(source, model.settings, { path: folder, isNew: true, codec: model.codec });
  const { validation, fingerprint } = data.encoded;
  if (config.fingerprint !== undefined && config.fingerprint !== fingerprint)
    throw new StopError(`${name}: is not the text that ${where} was trained on; give the text to judge by with --data`);
  if (validation === null)
    throw new StopError(`${where}: kept nothing aside for validation; give the text to judge by with --data`);
  const amount = validation.lines
    ? counted(validation.lines.length, "line")
    : `the last ${counted(validation.tokens.length, "token")}`;
  screen.say(screen.color.dim(`judged by what was kept aside for validation: ${amount} of ${name}`));
  return { text: validation, name: `validation of ${name}`, close: async () => data.close() };
}
