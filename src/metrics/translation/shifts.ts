/**
 * Edits with shifts of blocks, as Tercom counts them: blocks of the text that stand elsewhere in the reference are moved, one
 * after the other, always the one that saves most edits, until none saves any.
 *
 * @source Snover et al. 2006; sacreBLEU's lib_ter.py, whose order of candidates and limits decide between equal shifts
 */

const longestShift = 10;
const farthestShift = 50;
const halfBeam = 25;
const mostCandidates = 1000;

/** The edits and shifts that turn the words into those of the reference. */
export function shiftedEdits(words: readonly string[], reference: readonly string[]): number {
  if (reference.length === 0) return words.length;
  const matrix = new EditMatrix(reference);
  let current = words;
  let shifts = 0;
  let tried = 0;
  for (;;) {
    const distance = matrix.fill(current);
    const shift = bestShift(current, reference, matrix, distance, tried);
    tried = shift.tried;
    if (tried >= mostCandidates || shift.saved <= 0) return shifts + distance;
    shifts++;
    current = shift.words;
  }
}

interface Shift {
  readonly saved: number;
  readonly words: readonly string[];
  /** Candidates tried so far for this text. */
  readonly tried: number;
}

interface Candidate {
  readonly saved: number;
  readonly length: number;
  readonly start: number;
  readonly target: number;
}

function bestShift(
  words: readonly string[],
  reference: readonly string[],
  matrix: EditMatrix,
  distance: number,
  before: number,
): Shift {
  const { places, referenceErrors, errors } = matrix.trace();
  let tried = before;
  let best: Candidate | null = null;
  for (const [start, from, length] of commonBlocks(words, reference)) {
    // Only where the text is wrong, and the reference is not matched already.
    if (isAllRight(errors, start, length) || isAllRight(referenceErrors, from, length)) continue;
    if (start <= places[from]! && places[from]! < start + length) continue;
    let last = -1;
    for (let offset = -1; offset < length; offset++) {
      const at = from + offset;
      if (at >= reference.length) break;
      const target = at === -1 ? 0 : places[at]! + 1;
      if (target === last) continue;
      last = target;
      const candidate = {
        saved: distance - matrix.distance(move(words, start, length, target)),
        length,
        start,
        target,
      };
      tried++;
      if (best === null || isBetter(candidate, best)) best = candidate;
    }
    if (tried >= mostCandidates) break;
  }
  if (best === null) return { saved: 0, words, tried };
  return { saved: best.saved, words: move(words, best.start, best.length, best.target), tried };
}

/** Most saved first, then the longest block, the earliest one, the earliest place to move it to. */
function isBetter(a: Candidate, b: Candidate): boolean {
  return (a.saved - b.saved || a.length - b.length || b.start - a.start || b.target - a.target) > 0;
}

function isAllRight(errors: readonly boolean[], from: number, length: number): boolean {
  for (let i = from; i < from + length; i++) if (errors[i]) return false;
  return true;
}

function move(words: readonly string[], start: number, length: number, target: number): string[] {
  const block = words.slice(start, start + length);
  const end = start + length;
  if (target < start) return [...words.slice(0, target), ...block, ...words.slice(target, start), ...words.slice(end)];
  const after = target > end ? target : length + target;
  return [...words.slice(0, start), ...words.slice(end, after), ...block, ...words.slice(after)];
}

/** Blocks that stand in both: start in the text, start in the reference, length. */
function* commonBlocks(
  words: readonly string[],
  reference: readonly string[],
): Generator<readonly [number, number, number]> {
  for (let start = 0; start < words.length; start++)
    for (let from = 0; from < reference.length; from++) {
      if (Math.abs(from - start) > farthestShift) continue;
      for (let length = 0; length < longestShift && words[start + length] === reference[from + length]; ) {
        length++;
        yield [start, from, length];
        if (start + length === words.length || from + length === reference.length) break;
      }
    }
}

const far = 1 << 29;
const edits = { same: 0, substitution: 1, deletion: 2, insertion: 3 } as const;

/** Edit distances to one reference, kept near the diagonal, with the edits of the text last filled in. */
class EditMatrix {
  readonly #reference: readonly string[];
  readonly #width: number;
  #words: readonly string[] = [];
  #costs: Int32Array = new Int32Array(0);
  #kinds: Uint8Array = new Uint8Array(0);
  /** Rows of a candidate, which shares its first rows with the text filled in. */
  #other: Int32Array = new Int32Array(0);
  #otherKinds: Uint8Array = new Uint8Array(0);

  constructor(reference: readonly string[]) {
    this.#reference = reference;
    this.#width = reference.length + 1;
  }

  /** The distance of a text, whose rows are kept. */
  fill(words: readonly string[]): number {
    this.#words = words;
    const size = (words.length + 1) * this.#width;
    this.#costs = new Int32Array(size);
    this.#kinds = new Uint8Array(size);
    this.#other = new Int32Array(size);
    this.#otherKinds = new Uint8Array(size);
    this.#firstRow(this.#costs, this.#kinds);
    this.#rows(words, 0, this.#costs, this.#kinds);
    this.#firstRow(this.#other, this.#otherKinds);
    return this.#costs[size - 1]!;
  }

  /** The distance of a text with the same words in another order. */
  distance(words: readonly string[]): number {
    let same = 0;
    while (same < words.length && words[same] === this.#words[same]) same++;
    this.#other.set(this.#costs.subarray(0, (same + 1) * this.#width));
    this.#rows(words, same, this.#other, this.#otherKinds);
    return this.#other.at(-1)!;
  }

  /** For each word of the reference its place in the text, and which words of both are in error. */
  trace(): { places: number[]; referenceErrors: boolean[]; errors: boolean[] } {
    const kinds: number[] = [];
    for (let [i, j] = [this.#words.length, this.#reference.length]; i > 0 || j > 0; ) {
      const kind = this.#kinds[i * this.#width + j]!;
      kinds.push(kind);
      if (kind !== edits.insertion) i--;
      if (kind !== edits.deletion) j--;
    }
    const places: number[] = [];
    const referenceErrors: boolean[] = [];
    const errors: boolean[] = [];
    let place = -1;
    for (const kind of kinds.reverse()) {
      if (kind !== edits.insertion) {
        place++;
        errors.push(kind !== edits.same);
      }
      if (kind !== edits.deletion) {
        places.push(place);
        referenceErrors.push(kind !== edits.same);
      }
    }
    return { places, referenceErrors, errors };
  }

  #firstRow(costs: Int32Array, kinds: Uint8Array): void {
    for (let j = 0; j < this.#width; j++) {
      costs[j] = j;
      kinds[j] = edits.insertion;
    }
  }

  #rows(words: readonly string[], from: number, costs: Int32Array, kinds: Uint8Array): void {
    const R = this.#reference.length;
    const width = this.#width;
    const ratio = words.length > 0 ? R / words.length : 1;
    const beam = halfBeam < ratio / 2 ? Math.ceil(ratio / 2 + halfBeam) : halfBeam;
    for (let i = from + 1; i <= words.length; i++) {
      const row = i * width;
      costs.fill(far, row, row + width);
      const diagonal = Math.floor(i * ratio);
      const end = i === words.length ? R + 1 : Math.min(R + 1, diagonal + beam);
      for (let j = Math.max(0, diagonal - beam); j < end; j++) {
        let cost = far;
        let kind: number = edits.deletion;
        if (j > 0) {
          const isSame = words[i - 1] === this.#reference[j - 1];
          const pair = costs[row - width + j - 1]! + (isSame ? 0 : 1);
          if (pair < cost) {
            cost = pair;
            kind = isSame ? edits.same : edits.substitution;
          }
        }
        // Pairs first, then deletions, then insertions, where they cost the same.
        const deletion = costs[row - width + j]! + 1;
        if (deletion < cost) {
          cost = deletion;
          kind = edits.deletion;
        }
        const insertion = j > 0 ? costs[row + j - 1]! + 1 : far;
        if (insertion < cost) {
          cost = insertion;
          kind = edits.insertion;
        }
        costs[row + j] = cost;
        kinds[row + j] = kind;
      }
    }
  }
}
