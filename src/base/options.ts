/**
 * Options declared once as a zod schema: their type, defaults, checks, command-line flags and config files follow.
 */
import type { z } from "zod";
import { KindError, meant, nearest, show, ValueError } from "./errors.ts";

/** A set of options: a strict zod object whose fields have defaults and descriptions. */
export type OptionSchema = z.ZodObject;

/**
 * Fills in defaults and refuses what the schema does not know.
 *
 * @param where starts every message, such as "train"
 * @returns the options, complete
 * @throws RangeError for an unknown name (with the nearest known one) or a value out of range, TypeError for a wrong kind
 */
export function readOptions<S extends OptionSchema>(
  where: string,
  schema: S,
  given: Readonly<Record<string, unknown>>,
): z.output<S> {
  const known = Object.keys(schema.shape);
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    const example = known.slice(0, 2).map((name) => `${name}: ...`);
    throw new KindError(
      `${where}: options must be a set of options such as { ${example.join(", ")} }, got ${show(given)}`,
    );
  }
  checkNames(where, known, given);
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const name = issue.path.map(String).join(".");
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], given);
  const near = issue.code === "invalid_value" ? nearest(String(value), issue.values.map(String)) : undefined;
  const hint = near ? `; did you mean "${near}"?` : "";
  const message = `${where}: ${name} must be ${describeIssue(issue)}, got ${show(value)}${hint}`;
  throw issue.code === "invalid_type" ? new KindError(message) : new ValueError(message);
}

/** Refuses options whose name is not known. @throws RangeError with the nearest known one */
export function checkNames(where: string, known: readonly string[], given: object): void {
  for (const name in given) {
    if (known.includes(name)) continue;
    const near = meant(name, known).map((name) => `"${name}"`);
    const hint = near.length > 0 ? `did you mean ${near.join(" and ")}?` : `it has ${known.join(", ")}`;
    throw new ValueError(`${where}: no option "${name}"; ${hint}`);
  }
}

/** What a zod issue asks for, as in "must be a whole number". */
export function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "int" ? "a whole number" : (kinds[issue.expected] ?? `of type ${issue.expected}`);
    case "too_small":
      if (issue.origin === "string")
        return `text of at least ${issue.minimum} ${issue.minimum === 1 ? "character" : "characters"}`;
      if (issue.origin === "array") return `a list of at least ${issue.minimum}`;
      return `${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return `${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    default:
      return issue.message;
  }
}

const kinds: Readonly<Record<string, string>> = {
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "a set of options",
};
