/**
 * Errors that are the user's to mend, told apart from our own bugs.
 *
 * Messages read `where: what must hold, what was got; what to do`. The command line prints these as one line and
 * exits 2; any other error prints its stack and exits 70.
 */

/** An argument or option of the wrong kind, such as a text for a number. A TypeError in name and by `instanceof`. */
export class KindError extends TypeError {
  static {
    KindError.prototype.name = "TypeError";
  }
}

/** An argument or option with a value out of range. A RangeError in name and by `instanceof`. */
export class ValueError extends RangeError {
  static {
    ValueError.prototype.name = "RangeError";
  }
}

/** An input file that is not what it should be; the message names the file and the byte or line. */
export class FormatError extends Error {
  static {
    FormatError.prototype.name = "FormatError";
  }
}

/** Something that stopped the work and is no bug: a full disk, a folder in use, a loss that is no number. */
export class StopError extends Error {
  static {
    StopError.prototype.name = "StopError";
  }
}

/** Whether an error is the user's to mend: its message is then the whole story. */
export function isUserError(error: unknown): error is Error {
  return (
    error instanceof KindError ||
    error instanceof ValueError ||
    error instanceof FormatError ||
    error instanceof StopError
  );
}

/** A value as it appears in a message: short, quoted, on one line. */
export function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name} of ${(value as Int32Array).length ?? value.byteLength}`;
  const text =
    typeof value === "string" || (typeof value === "object" && value !== null) ? JSON.stringify(value) : String(value);
  return text !== undefined && text.length > 80 ? `${text.slice(0, 77)}...` : String(text);
}

/**
 * The name at most two edits away from `word` (Levenshtein), or the one for what other toolkits call so, if any.
 * Neither capitals nor underscores nor hyphens count.
 */
export function nearest(word: string, names: readonly string[]): string | undefined {
  return meant(word, names)[0];
}

/** As `nearest`, and all of the names where one word of other toolkits stands for several. */
export function meant(word: string, names: readonly string[]): readonly string[] {
  const plain = plainly(word);
  const theirs = Object.hasOwn(synonyms, plain) ? synonyms[plain] : undefined;
  const ours = theirs ? names.filter((name) => theirs.includes(plainly(name))) : [];
  if (ours.length > 0) return ours;
  const ranked = names
    .map((name) => ({ name, edits: editDistance(plain, plainly(name)) }))
    .filter(({ name, edits }) => edits <= Math.min(2, Math.max(1, name.length - 2)))
    .sort((a, b) => a.edits - b.edits);
  return ranked.slice(0, 1).map(({ name }) => name);
}

function plainly(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

/** What options of other toolkits are called here, all written plainly. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  lr: ["rate"],
  learningrate: ["rate"],
  betas: ["beta1", "beta2"],
  eps: ["epsilon"],
  rho: ["decay"],
  numlayers: ["layers"],
  numembeddings: ["vocabularysize"],
  vocabsize: ["vocabularysize"],
  embeddingdim: ["embeddingsize"],
  infeatures: ["inputsize"],
  outfeatures: ["outputsize"],
  normalizedshape: ["inputsize"],
  labelsmoothing: ["smoothing"],
};

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, change);
    }
    row = next;
  }
  return row[b.length]!;
}
