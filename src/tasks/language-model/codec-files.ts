/** The codec of a model as the files of a run, or as texts in the metadata of a model file. */
import { FormatError } from "../../base/index.ts";
import { Codec, findTokenizer, Vocabulary } from "../../text/index.ts";
import type { LanguageModelSettings } from "./options.ts";

/** The parts of a codec, as parsed JSON, or what messages call them. */
interface CodecParts<T> {
  readonly vocabulary: T;
  /** The tokenizer, in the format of Hugging Face's tokenizer.json, where it was trained. */
  readonly tokenizer: T;
}

/** Whether a codec has a tokenizer that was trained, and so is a part of the model. */
export function hasOwnTokenizer({ tokenizer }: Pick<LanguageModelSettings, "tokenizer">): boolean {
  return tokenizer === "bpe";
}

/**
 * The codec that a run or a model file holds.
 *
 * @param where what messages call its parts
 * @throws FormatError when they are not what they should be, or not of one model
 */
export function readCodec(
  settings: Pick<LanguageModelSettings, "tokenizer" | "lowercase">,
  parts: CodecParts<unknown>,
  where: CodecParts<string>,
): Codec {
  const { lowercase } = settings;
  const vocabulary = Vocabulary.fromJSON(parts.vocabulary, where.vocabulary);
  if (settings.tokenizer !== "bpe") return new Codec(findTokenizer(settings.tokenizer), vocabulary, { lowercase });
  const own = Codec.fromTokenizerJson(parts.tokenizer, where.tokenizer);
  const { tokens } = vocabulary.toJSON();
  const isSame =
    own.size === vocabulary.size && own.vocabulary.toJSON().tokens.every((token, i) => token === tokens[i]);
  if (!isSame)
    throw new FormatError(
      `${where.tokenizer}: must hold the tokens of the vocabulary, holds others; put back the file that belongs to it`,
    );
  return new Codec(own.tokenizer, vocabulary, { lowercase });
}

/** The parts of a codec as texts. */
export function writeCodec(codec: Codec): { readonly vocabulary: string; readonly tokenizer?: string } {
  return {
    vocabulary: JSON.stringify(codec.vocabulary.toJSON()),
    ...(hasOwnTokenizer({ tokenizer: codec.tokenizer.name as LanguageModelSettings["tokenizer"] }) && {
      tokenizer: JSON.stringify(codec.toTokenizerJson()),
    }),
  };
}
