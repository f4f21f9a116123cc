/** Lines to translate, one after the other as they come, and where their translations go. */
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { FormatError } from "../base/index.ts";
import { diskError, type Line, linesOf } from "../files/index.ts";
import { fileChunks, makeFolder } from "../files/node.ts";
import { sourceLimit } from "../tasks/index.ts";
import type { AnyTranslator } from "./models.ts";

/** A source that a person or a file gives. */
export interface GivenSource {
  readonly text: string;
  /** What messages about it begin with. */
  readonly where: string;
}

/** The lines of a file, or of the standard input; one that is blank is an empty text. */
export async function* givenLines(file: string | undefined): AsyncGenerator<GivenSource, void, undefined> {
  const where = file ?? "standard input";
  for await (const { number, text } of file === undefined ? inputLines(where) : linesOf(where, fileChunks(file)))
    yield { text: text.trim() === "" ? "" : text, where: `${where}: line ${number}` };
}

/** The lines of the standard input, of which there may be none: of nothing a filter makes nothing. */
async function* inputLines(where: string): AsyncGenerator<Line, void, undefined> {
  let isEmpty = true;
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
      if (chunk.length > 0) isEmpty = false;
      yield chunk;
    }
  }
  try {
    yield* linesOf(where, chunks());
  } catch (error) {
    if (!isEmpty) throw error;
  }
}

/**
 * The texts of some sources, each of a length that the model reads.
 *
 * @param isCut whether what is too long is cut instead of refused
 * @throws FormatError for a longer one
 */
export async function* textsOf(
  { sides: { source: codec, facts } }: Pick<AnyTranslator, "sides">,
  sources: Iterable<GivenSource> | AsyncIterable<GivenSource>,
  isCut: boolean,
): AsyncGenerator<string, void, undefined> {
  const longest = sourceLimit(facts);
  for await (const { text, where } of sources) {
    // A token is at least one code unit, but for the parts of a character.
    if (!isCut && text.length * 4 > longest) {
      const { length } = codec.encode(text);
      if (length > longest)
        throw new FormatError(
          `${where}: must be at most ${longest} tokens, as the longest in training had ${facts.longestSource}, got ${length}; cut it with --long-source cut, or translate it in parts`,
        );
    }
    yield text;
  }
}

/** Where translations are written: a file, or the standard output. */
export interface Sink {
  /** Writes text, and waits where it is not read as fast as it is written. */
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/** The standard output. */
export const outputSink: Sink = {
  async write(text) {
    if (process.stdout.write(text)) return;
    await new Promise<void>((resolve) => process.stdout.once("drain", resolve));
  },
  async close() {},
};

/**
 * A file that is written line by line: whoever reads it meanwhile sees what is done.
 *
 * @throws StopError when it cannot be written
 */
export async function fileSink(path: string): Promise<Sink> {
  const doing = async <T>(action: Promise<T>): Promise<T> =>
    action.catch((error: unknown) => {
      throw diskError(path, "write", error);
    });
  await makeFolder(dirname(path));
  const handle = await doing(open(path, "w"));
  return {
    write: async (text) => {
      await doing(handle.writeFile(text));
    },
    close: () => doing(handle.close()),
  };
}
