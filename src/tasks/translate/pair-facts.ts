/** What a model remembers of the pairs it was trained on, beside its vocabularies. */
import { z } from "zod";
import { nearest, ValueError } from "../../base/index.ts";
import type { Codec, PairStore } from "../../text/index.ts";

/** Facts of training pairs, as JSON in the folder of a run and in a model file. */
export const pairFactsSchema = z.strictObject({
  /** What pairs were tagged with, such as languages; the model is asked for one of them. Empty where none was tagged. */
  tags: z.array(z.string().min(1)),
  /** Tokens of the longest source, without a tag and the end. */
  longestSource: z.int().min(0),
  /** Tokens of the longest target, without the end. */
  longestTarget: z.int().min(0),
  /** The most tokens of a target to one of its source, ends counted. */
  greatestRatio: z.number().min(0),
});

/** Facts of training pairs. */
export type PairFacts = z.output<typeof pairFactsSchema>;

/** What can be said of pairs as ids, their sources without tags. */
export function factsOf(store: PairStore, tags: readonly string[] = []): PairFacts {
  let [longestSource, longestTarget, greatestRatio] = [0, 0, 0];
  const tagLength = tags.length > 0 ? 1 : 0;
  for (const index of store.windows.keys()) {
    const pairs = store.window(index);
    for (let pair = 0; pair < pairs.length; pair++) {
      const source = pairs.sourceLength(pair) - tagLength;
      const target = pairs.targetLength(pair);
      longestSource = Math.max(longestSource, source);
      longestTarget = Math.max(longestTarget, target);
      greatestRatio = Math.max(greatestRatio, (target + 1) / (source + 1));
    }
  }
  return { tags: [...tags], longestSource, longestTarget, greatestRatio };
}

/** How many ids the encoder reads: those of the codec, and behind them one for each tag. */
export function sourceSizeOf(codec: Codec, { tags }: Pick<PairFacts, "tags">): number {
  return codec.size + tags.length;
}

/** By what sources become ids. */
export interface SourceReader {
  readonly codec: Codec;
  readonly tags: readonly string[];
}

/**
 * The ids of a source: those of its text, after one for its tag where the model has tags.
 *
 * @param where starts the message
 * @throws RangeError for a tag that the model does not know, none where it needs one, or one where it has none
 */
export function sourceIds(where: string, reader: SourceReader, text: string, tag?: string): Int32Array {
  return taggedIds(where, reader, reader.codec.encode(text), tag);
}

/** As `sourceIds`, for a text that is ids already. */
export function taggedIds(where: string, { codec, tags }: SourceReader, ids: Int32Array, tag?: string): Int32Array {
  const id = tagId(where, codec, tags, tag);
  if (id === null) return ids;
  const tagged = new Int32Array(ids.length + 1);
  tagged[0] = id;
  tagged.set(ids, 1);
  return tagged;
}

/** The id of a tag, or null for none. */
function tagId(where: string, codec: Codec, tags: readonly string[], tag: string | undefined): number | null {
  if (tag === undefined && tags.length === 0) return null;
  if (tag === undefined)
    throw new ValueError(`${where}: needs a tag that says what to make of a source; ${known(tags)}`);
  const index = tags.indexOf(tag);
  if (index >= 0) return codec.size + index;
  if (tags.length === 0)
    throw new ValueError(`${where}: tag must be left out, since the model was trained without tags, got "${tag}"`);
  const near = nearest(tag, tags);
  const hint = near === undefined ? known(tags) : `did you mean "${near}"?`;
  throw new ValueError(`${where}: tag must be one that the model was trained with, got "${tag}"; ${hint}`);
}

const known = (tags: readonly string[]) => `it knows ${tags.length === 1 ? "" : "one of "}${toldTags(tags)}`;

/** Tags as messages have them; of many only some. */
export function toldTags(tags: readonly string[]): string {
  if (tags.length <= mostTold) return tags.join(", ");
  const sorted = [...tags].sort();
  return `${sorted.slice(0, mostTold).join(", ")} and ${sorted.length - mostTold} more`;
}

const mostTold = 12;
