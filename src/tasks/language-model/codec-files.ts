/** The codec of a model as files of a run, or as texts in the metadata of a model file. */
import { Codec, findTokenizer, Vocabulary } from "../../text/index.ts";
import type { LanguageModelSettings } from "./options.ts";

/** What the codec is read from; the vocabulary is parsed JSON. */
export interface StoredCodec {
  readonly vocabulary: unknown;
}

/** The codec that a run or a model file holds. @throws FormatError when its parts are not what they should be */
export function readCodec(
  { tokenizer, lowercase }: Pick<LanguageModelSettings, "tokenizer" | "lowercase">,
  stored: StoredCodec,
  where: { readonly vocabulary: string },
): Codec {
  return new Codec(findTokenizer(tokenizer), Vocabulary.fromJSON(stored.vocabulary, where.vocabulary), { lowercase });
}

/** The files of a run that hold a codec. */
export function writeCodec({ vocabulary }: Codec): Readonly<Record<string, string>> {
  return { "vocabulary.json": `${JSON.stringify(vocabulary.toJSON())}\n` };
}
