/** Texts: how they become tokens, tokens ids, and ids the batches a model reads. */
export { type Batch, NO_TARGET, padSequences } from "./batch.ts";
export { type ByteStore, memoryBytes } from "./byte-store.ts";
export { Codec, type CodecJSON, type CodecOptions, codecOptions } from "./codec.ts";
export { everySequence, LineBatches, lineBatchOptions } from "./line-batches.ts";
export { lineCut } from "./line-cut.ts";
export { type LineStore, type Lines, PackedLines } from "./line-store.ts";
export { PackedNumbers } from "./packed-numbers.ts";
export { padTokens } from "./pad-tokens.ts";
export { type EncodedPair, type PairBatch, padPairs, padSources, type SourceBatch } from "./pair-batch.ts";
export { everyPair, PairBatches, pairBatchOptions } from "./pair-batches.ts";
export { listedPairs, PackedPairs, PairPacker, type PairStore, type Pairs } from "./pair-store.ts";
export type { Batches, Position } from "./position.ts";
export { StreamBatches, streamBatchOptions } from "./stream-batches.ts";
export { memoryTokens, type TokenStore } from "./token-store.ts";
export { type Bpe, type BytePairs, bpe } from "./tokenizers/bpe.ts";
export { characters } from "./tokenizers/characters.ts";
export { graphemes } from "./tokenizers/graphemes.ts";
export {
  findTokenizer,
  type Tokenizer,
  type TokenizerName,
  tokenizerNames,
  tokenizers,
  unitsOf,
} from "./tokenizers/index.ts";
export { plainSpeller, type Speller, spellerOf, type TrainedTokenizer } from "./tokenizers/tokenizer.ts";
export type { TokenizerJSON } from "./tokenizers/tokenizer-json.ts";
export { bpeOptions, trainBpe } from "./tokenizers/train-bpe.ts";
export { whitespace } from "./tokenizers/whitespace.ts";
export { words } from "./tokenizers/words.ts";
export { countTokens, Vocabulary, type VocabularyJSON, vocabularyOptions } from "./vocabulary.ts";
