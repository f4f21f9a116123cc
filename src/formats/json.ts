/**
 * JSON from a file: its syntax, its size and its fields checked, with the place of what is wrong.
 */
import type { z } from "zod";
import { describeIssue, FormatError, nearest, show } from "../base/index.ts";
import { scanJson } from "./json-scan.ts";

/** How large a JSON file may be. */
export interface JsonOptions {
  /** The most characters. */
  readonly maxLength?: number;
}

/**
 * The value in a JSON text, as its schema describes it.
 *
 * @param where the file, as messages name it
 * @throws FormatError for a text that is too long or is not JSON (with line and column), and for a field that is
 *   missing, unknown or not as it must be (with its name)
 */
export function parseJson<S extends z.ZodType>(
  where: string,
  text: string,
  schema: S,
  { maxLength = 1 << 26 }: JsonOptions = {},
): z.output<S> {
  if (text.length > maxLength)
    throw new FormatError(
      `${where}: must be at most ${maxLength} characters, has ${text.length}; is it the right file?`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notJson(where, text);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new FormatError(`${where}: ${describeField(result.error.issues[0]!, value)}`);
}

function notJson(where: string, text: string): FormatError {
  if (text.trim() === "") return new FormatError(`${where}: must hold JSON, is empty; write it again or remove it`);
  // JSON.parse has refused it, so there is one.
  const fault = scanJson(text)!;
  const before = text.slice(0, fault.at).split("\n");
  const place = `${where}: line ${before.length}, column ${before.at(-1)!.length + 1}`;
  if (fault.problem === "end")
    return new FormatError(`${place}: must hold JSON, ends in the middle; was it cut off while it was written?`);
  const what = fault.problem === "syntax" ? "got" : "has twice the key";
  return new FormatError(`${place}: must hold JSON, ${what} ${show(fault.found)}; correct it there`);
}

function describeField(issue: z.core.$ZodIssue, value: unknown): string {
  const path = issue.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  const name = path.replace(/^\./, "");
  let got = value;
  let parent: unknown;
  for (const key of issue.path) {
    parent = got;
    got = (got as Record<PropertyKey, unknown> | null | undefined)?.[key];
  }
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const inside = name ? ` in ${name}` : "";
    return `${show(key)}${inside} is unknown to this version of backstitch; remove it, or use the version that wrote it`;
  }
  const subject = name || "the whole";
  const must = issue.code === "invalid_type" && issue.expected === "object" ? "an object" : describeIssue(issue);
  if (got !== undefined) return `${subject} must be ${must}, got ${show(got)}`;
  const last = issue.path.at(-1);
  const names = parent && typeof parent === "object" ? Object.keys(parent) : [];
  const near = typeof last === "string" ? nearest(last, names) : undefined;
  return `${subject} must be ${must}, is missing${near ? `; is it "${near}"?` : ""}`;
}
