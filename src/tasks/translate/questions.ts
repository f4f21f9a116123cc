/** Test data as questions: each source once, with all of its references. */
import type { SourceText } from "./translation.ts";

/** A source and what it should become. */
export interface Question {
  readonly source: string;
  /** What is right, the first of them first; each once. */
  readonly references: readonly string[];
  /** What is to be made of the source, or what it is an example of, such as a language. */
  readonly tag?: string;
}

/** A pair of test data; several with the same source and tag are one question with several references. */
export interface JudgedPair {
  readonly source: string;
  readonly target: string;
  /** What else is right. */
  readonly references?: readonly string[] | undefined;
  readonly tag?: string | undefined;
}

/** Pairs as questions, in the order in which their sources first come. */
export function questionsOf(pairs: Iterable<JudgedPair>): Question[] {
  const known = new Map<string, { readonly pair: JudgedPair; readonly references: Set<string> }>();
  for (const pair of pairs) {
    const { source, target, references = [], tag } = pair;
    const key = JSON.stringify([source, tag]);
    const one = known.get(key) ?? { pair, references: new Set<string>() };
    for (const reference of [target, ...references]) one.references.add(reference);
    known.set(key, one);
  }
  return Array.from(known.values(), ({ pair: { source, tag }, references }) => ({
    source,
    references: [...references],
    ...(tag !== undefined && { tag }),
  }));
}

/** A question as a model with these tags is asked it: to one that knows no tags the tag is a name and no more. */
export function sourceOf({ source, tag }: Question, tags: readonly string[]): Exclude<SourceText, string> {
  return tags.length > 0 && tag !== undefined ? { source, tag } : { source };
}
