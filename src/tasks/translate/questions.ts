/** Test data as questions: each source once, with all of its references. */

/** A source and what it should become. */
export interface Question {
  readonly source: string;
  /** What is right, the first of them first; each once. */
  readonly references: readonly string[];
  /** What the pair is an example of, such as a language. */
  readonly tag?: string;
}

/** A pair of test data; several with the same source are one question with several references. */
export interface JudgedPair {
  readonly source: string;
  readonly target: string;
  /** What else is right. */
  readonly references?: readonly string[];
  readonly tag?: string;
}

/** Pairs as questions, in the order in which their sources first come. */
export function questionsOf(pairs: Iterable<JudgedPair>): Question[] {
  const bySource = new Map<string, { readonly references: Set<string>; readonly tag: string | undefined }>();
  for (const { source, target, references = [], tag } of pairs) {
    const known = bySource.get(source) ?? { references: new Set<string>(), tag };
    for (const reference of [target, ...references]) known.references.add(reference);
    bySource.set(source, known);
  }
  return Array.from(bySource, ([source, { references, tag }]) => ({
    source,
    references: [...references],
    ...(tag !== undefined && { tag }),
  }));
}
