/** Texts: how they become tokens, tokens ids, and ids the batches a model reads. */
export { characters } from "./tokenizers/characters.ts";
export { graphemes } from "./tokenizers/graphemes.ts";
export { findTokenizer, type Tokenizer, type TokenizerName, tokenizers } from "./tokenizers/index.ts";
export { countTokens, Vocabulary, type VocabularyJSON, vocabularyOptions } from "./vocabulary.ts";
