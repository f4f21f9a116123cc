/** What a unit may keep track of along a text, as one number for each token. */
import { KindError, nearest, show, ValueError } from "../base/index.ts";
import type { Reading } from "./reading.ts";

/** Numbers to look for in units. */
export interface Labels {
  /** What they are of, such as `quotes`. */
  readonly name: string;
  /** [N], one for each token. */
  readonly values: ArrayLike<number>;
}

/** A tracker: a number for each character (UTF-16 unit) of a text, as it stands once that character was read. */
export type Tracker = (text: string) => Float64Array;

/** The trackers that need nothing more than their name. */
export const trackers = {
  quotes,
  brackets,
  "line-position": linePosition,
  "word-position": wordPosition,
  uppercase,
} as const satisfies Record<string, Tracker>;

/**
 * 1 inside double quotes, straight or curly: from the opening mark to before the closing one. A blank line ends what
 * nobody closed.
 */
function quotes(text: string): Float64Array {
  let inside = 0;
  return eachCharacter(text, (sign, i) => {
    if (sign === '"') inside = 1 - inside;
    else if (sign === "“" || sign === "„" || sign === "«") inside = 1;
    else if (sign === "”" || sign === "»") inside = 0;
    else if (sign === "\n" && text[i - 1] === "\n") inside = 0;
    return inside;
  });
}

/** How many of ( [ { are open. */
function brackets(text: string): Float64Array {
  let depth = 0;
  return eachCharacter(text, (sign) => {
    if ("([{".includes(sign)) depth++;
    else if (")]}".includes(sign)) depth = Math.max(0, depth - 1);
    return depth;
  });
}

/** How many characters of the line were read; 0 at its end. */
function linePosition(text: string): Float64Array {
  let read = 0;
  return eachCharacter(text, (sign) => (read = sign === "\n" ? 0 : read + 1));
}

/** How many letters and digits of the word were read; 0 between words. */
function wordPosition(text: string): Float64Array {
  let read = 0;
  return eachCharacter(text, (sign) => (read = /[\p{L}\p{N}\p{M}']/u.test(sign) ? read + 1 : 0));
}

/** 1 in a run of two or more capitals. */
function uppercase(text: string): Float64Array {
  const isCapital = (i: number) => /\p{Lu}/u.test(text[i] ?? "");
  return eachCharacter(text, (_, i) => (isCapital(i) && (isCapital(i - 1) || isCapital(i + 1)) ? 1 : 0));
}

/** 1 after `found` was read, until the line ends. */
function after(found: string): Tracker {
  return (text) => {
    let isAfter = 0;
    return eachCharacter(text, (sign, i) => {
      if (sign === "\n") isAfter = 0;
      if (text.endsWith(found, i + 1)) isAfter = 1;
      return isAfter;
    });
  };
}

/** 1 within the matches of a regular expression. */
function matches(pattern: string): Tracker {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, "gmu");
  } catch (error) {
    const reason = (error as Error).message.replace(/^Invalid regular expression: /, "");
    throw new ValueError(`find: regex must be a regular expression, got ${reason}`);
  }
  return (text) => {
    const labels = new Float64Array(text.length);
    for (const match of text.matchAll(expression)) labels.fill(1, match.index, match.index + match[0].length);
    return labels;
  };
}

function eachCharacter(text: string, label: (sign: string, i: number) => number): Float64Array {
  return Float64Array.from({ length: text.length }, (_, i) => label(text[i]!, i));
}

/**
 * The tracker that a description names: `quotes`, `brackets`, `line-position`, `word-position`, `uppercase`,
 * `after:` and a text, or `regex:` and a regular expression.
 *
 * @throws RangeError when there is none such
 */
export function findTracker(description: string): Tracker {
  if (Object.hasOwn(trackers, description)) return trackers[description as keyof typeof trackers];
  const [kind, rest] = /^(\w+):(.*)$/s.exec(description)?.slice(1) ?? [];
  if (kind === "after" && rest) return after(rest);
  if (kind === "regex" && rest) return matches(rest);
  const names = Object.keys(trackers);
  const near = nearest(description, names);
  throw new ValueError(
    `find: must be one of ${names.join(", ")}, after:<text> or regex:<pattern>, got ${show(description)}${near ? `; did you mean "${near}"?` : ""}`,
  );
}

/**
 * The labels of a reading's tokens: that of a token is the tracker's number for its last character. Each line that is
 * read by itself is tracked by itself.
 *
 * @param what a description as for `findTracker`, a tracker, or the labels themselves, which are checked
 * @throws RangeError or TypeError when they cannot be
 */
export function labelsOf(reading: Reading, what: string | Tracker | Labels): Labels {
  if (typeof what === "object") return checkLabels(reading, what);
  if (typeof what !== "string" && typeof what !== "function")
    throw new KindError(`find: must be a tracker, its name or labels, got ${show(what)}`);
  const name = typeof what === "string" ? what : what.name || "own";
  const tracker = typeof what === "string" ? findTracker(what) : what;
  const { text, tokens, ends, begins } = reading;
  const values = new Float64Array(ends.length);
  for (const [k, begin] of begins.entries()) {
    const end = begins[k + 1] ?? ends.length;
    const from = ends[begin]! - tokens[begin]!.length;
    const labels = tracker(text.slice(from, ends[end - 1]));
    for (let i = begin; i < end; i++) values[i] = labels[ends[i]! - from - 1] ?? 0;
  }
  return checkLabels(reading, { name, values });
}

/**
 * Labels and where their second half begins.
 *
 * @throws RangeError when one of the halves holds one value only
 */
export function halvesOf({ name, values }: Labels): {
  readonly name: string;
  readonly labels: Float64Array;
  readonly half: number;
} {
  const labels = Float64Array.from(values);
  const half = Math.ceil(labels.length / 2);
  for (const [which, part] of [
    ["first", labels.subarray(0, half)],
    ["second", labels.subarray(half)],
  ] as const)
    if (part.every((label) => label === part[0])) {
      const all = part.length === 1 ? "its only token" : `all ${part.length} tokens`;
      throw new ValueError(
        `find: ${name} must change within the ${which} half of the text, is ${part[0] ?? "absent"} for ${all}; give a longer text`,
      );
    }
  return { name, labels, half };
}

function checkLabels({ ids }: Reading, { name, values }: Labels): Labels {
  if (values?.length !== ids.length)
    throw new ValueError(
      `find: ${name} must hold one number for each of the ${ids.length} tokens, got ${values?.length ?? show(values)}`,
    );
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new ValueError(`find: ${name}[${i}] must be a number, got ${show(values[i])}`);
  return { name, values };
}
