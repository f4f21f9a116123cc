/** Data being read, shown while it goes on; a signal ends it, and nothing is left of it. */
import { Interrupt } from "./interrupt.ts";
import { ReadingProgress } from "./progress.ts";
import type { Screen } from "./screen.ts";

/** What is read: what messages call it, and how long its files are. */
export interface Watched {
  readonly name: string;
  readonly bytes: number;
}

/** What a reader is given so that it can be watched and stopped. */
export interface Watch {
  readonly progress: (read: number) => void;
  readonly signal: AbortSignal;
}

/** Reads data; null when a signal has ended it. */
export async function readWatched<Data>(
  { name, bytes }: Watched,
  screen: Screen,
  read: (watch: Watch) => Promise<Data>,
): Promise<Data | null> {
  const interrupt = new Interrupt();
  const progress = new ReadingProgress(screen, name, bytes);
  try {
    return await read({ progress: (bytes) => progress.show(bytes), signal: interrupt.signal });
  } catch (error) {
    if (error !== interrupt.signal.reason) throw error;
    process.exitCode = interrupt.exitCode;
    screen.result(`stopped while ${name} was read; nothing was saved`);
    return null;
  } finally {
    progress.close();
    interrupt.close();
  }
}
