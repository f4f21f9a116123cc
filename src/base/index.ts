/** What all rooms stand on: errors, seeded random numbers, tokens, options. */
export { FormatError, isUserError, KindError, nearest, StopError, show, ValueError } from "./errors.ts";
export { checkNames, describeIssue, type OptionSchema, readOptions } from "./options.ts";
export { Random } from "./random.ts";
export { BOS, checkInts, checkTokens, EOS, PAD, type Tokens, UNK } from "./tokens.ts";
