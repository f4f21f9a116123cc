/** Cases of an error analysis in a file, so that one that was stopped goes on where it was. */
import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { z } from "zod";
import { FormatError, StopError } from "../base/index.ts";
import { lines, nodeFolder } from "../files/node.ts";
import type { BlameCase, BlameSettings, Question } from "../tasks/index.ts";

/** What cases belong to: with anything else they are not gone on with. */
export interface CasesOf {
  readonly run: string;
  readonly step: number | null;
  readonly data: string;
  readonly settings: BlameSettings;
  readonly questions: readonly Question[];
}

/** The file that cases are kept in. */
export interface CasesFile {
  /** Those that were there already. */
  readonly cases: readonly BlameCase[];
  add(one: BlameCase): Promise<void>;
}

const caseSchema = z.looseObject({
  index: z.int().min(0),
  source: z.string(),
  references: z.array(z.looseObject({ text: z.string() })).min(1),
  outputs: z.array(z.looseObject({ text: z.string(), verdict: z.string() })),
});

/**
 * Opens the file, or begins it.
 *
 * @throws StopError when it holds cases of anything else; FormatError when it holds anything but cases
 */
export async function openCases(file: string, of: CasesOf): Promise<CasesFile> {
  const folder = nodeFolder(dirname(file));
  const name = basename(file);
  const head = JSON.stringify(headOf(of));
  const cases: BlameCase[] = [];
  const isThere = ((await folder.entry(name))?.bytes ?? 0) > 0;
  if (isThere) {
    const { bytes } = (await folder.entry(name))!;
    let read = 0;
    for await (const { text, number } of lines(file, { maxLineBytes: 1 << 26 })) {
      read += new TextEncoder().encode(text).length + 1;
      // A last line without an end was being written when the process died.
      if (read > bytes) break;
      if (number === 1) {
        checkHead(file, text, head);
        continue;
      }
      cases.push(readCase(`${file}: line ${number}`, text, cases.length, of));
    }
  }
  if (!isThere) await folder.append(name, head);
  return { cases, add: (one) => folder.append(name, JSON.stringify(one)) };
}

function headOf({ run, step, data, settings, questions }: CasesOf) {
  const hash = createHash("sha256").update(JSON.stringify(questions)).digest("hex").slice(0, 16);
  return { blame: 1, run, step, data, settings, sources: questions.length, hash };
}

function checkHead(file: string, text: string, head: string): void {
  if (text === head) return;
  const found = parsed(text);
  const own = JSON.parse(head) as Readonly<Record<string, unknown>>;
  if (typeof found !== "object" || found === null || !("blame" in found))
    throw new FormatError(`${file}: line 1: must be of an error analysis, is of another file; give another name`);
  const other = Object.keys(own).find(
    (name) => JSON.stringify(own[name]) !== JSON.stringify((found as Readonly<Record<string, unknown>>)[name]),
  );
  const what = { hash: "pairs", sources: "pairs", step: "a later training", settings: "options" }[other ?? ""] ?? other;
  throw new StopError(
    `${file}: holds cases of an analysis with ${what === "a later training" ? what : `other ${what}`}; give another name, or remove it`,
  );
}

function readCase(where: string, text: string, index: number, { questions, settings }: CasesOf): BlameCase {
  const value = parsed(text);
  const found = caseSchema.safeParse(value);
  const isOwn =
    found.success &&
    found.data.index === index &&
    found.data.source === questions[index]?.source &&
    found.data.outputs.length === settings.beamSizes.length;
  if (!isOwn) throw new FormatError(`${where}: must be the case of source ${index + 1}, is not; remove the file`);
  return value as BlameCase;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
