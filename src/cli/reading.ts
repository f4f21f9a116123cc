/** Data being read, shown while it goes on; a signal ends it, and nothing is left of it. */
import type { LanguageModelSettings } from "../tasks/index.ts";
import { type DataSource, findFiles, nameOf } from "./data.ts";
import { Interrupt } from "./interrupt.ts";
import { ReadingProgress } from "./progress.ts";
import type { Screen } from "./screen.ts";
import { readTrainingData, type TrainingData, type TrainingDataOptions } from "./training-data.ts";

/** As readTrainingData; null when a signal has ended it. */
export async function readWatched(
  source: DataSource,
  settings: LanguageModelSettings,
  options: Omit<TrainingDataOptions, "progress" | "signal">,
  screen: Screen,
): Promise<TrainingData | null> {
  const bytes = "file" in source ? (await findFiles(source.file)).bytes : 0;
  const interrupt = new Interrupt();
  const progress = new ReadingProgress(screen, nameOf(source), bytes);
  try {
    return await readTrainingData(source, settings, {
      ...options,
      progress: (read) => progress.show(read),
      signal: interrupt.signal,
    });
  } catch (error) {
    if (error !== interrupt.signal.reason) throw error;
    process.exitCode = interrupt.exitCode;
    screen.result(`stopped while ${nameOf(source)} was read; nothing was saved`);
    return null;
  } finally {
    progress.close();
    interrupt.close();
  }
}
