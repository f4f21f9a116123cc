/**
 * The tokenizer.json of Hugging Face, as far as it is byte-level BPE.
 */
import { FormatError, show } from "../../base/index.ts";
import type { BytePairs } from "./bpe.ts";
import { areLetters, byteLetters } from "./byte-level.ts";

/** A tokenizer.json: readable by `tokenizers` of Hugging Face in Python, Rust and JavaScript. */
export interface TokenizerJSON {
  readonly version: "1.0";
  readonly model: {
    readonly type: "BPE";
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly string[];
  } & Readonly<Record<string, unknown>>;
  readonly [part: string]: unknown;
}

/** Ids 0 to 3 in the files written here. */
const SPECIALS = ["<pad>", "<unk>", "<bos>", "<eos>"] as const;

/** Byte pairs, with the special tokens as ids 0 to 3, as an object for JSON. */
export function writeTokenizerJson(
  { tokens, merges }: BytePairs,
  options: { readonly lowercase?: boolean } = {},
): TokenizerJSON {
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: SPECIALS.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: options.lowercase ? { type: "Lowercase" } : null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries([...SPECIALS, ...tokens].map((token, id) => [token, id])),
      merges: merges.map(([left, right]) => `${left} ${right}`),
    },
  };
}

/**
 * The byte pairs of a tokenizer.json that was parsed.
 *
 * Tokens keep their order; ids of the file are not kept, as special tokens are left out and bytes that lack a token come
 * after the others.
 *
 * @param where starts the messages: the name of the file
 * @throws FormatError when it is no such file, or does what is not done here
 */
export function readTokenizerJson(where: string, json: unknown): BytePairs & { readonly lowercase: boolean } {
  const file = new Part(where, "", json);
  const lowercase = readNormalizer(file);
  readByteLevel(file, "pre_tokenizer");
  readByteLevel(file, "decoder");
  const processor = file.get("post_processor");
  if (processor != null) file.part("post_processor").only("type", ["ByteLevel"]);
  const model = file.part("model");
  model.only("type", ["BPE"]);
  model.only("dropout", [undefined, null, 0]);
  model.only("continuing_subword_prefix", [undefined, null, ""]);
  model.only("end_of_word_suffix", [undefined, null, ""]);
  model.only("byte_fallback", [undefined, null, false]);
  model.only("ignore_merges", [undefined, null, false]);
  const tokens = readTokens(model, readSpecials(file));
  return { tokens, merges: readMerges(model, tokens), lowercase };
}

/** One object of the file, which knows where it is. */
class Part {
  readonly #where: string;
  readonly #path: string;
  readonly #value: Readonly<Record<string, unknown>>;

  constructor(where: string, path: string, value: unknown) {
    this.#where = where;
    this.#path = path;
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw this.must(path === "" ? "must hold a tokenizer" : `${path} must be an object`, value);
    this.#value = value as Readonly<Record<string, unknown>>;
  }

  get(name: string): unknown {
    return this.#value[name];
  }

  part(name: string): Part {
    return new Part(this.#where, this.pathOf(name), this.get(name));
  }

  pathOf(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }

  /** Refuses a field that is none of what is supported. */
  only(name: string, supported: readonly unknown[]): void {
    const value = this.get(name);
    if (supported.includes(value)) return;
    const shown = supported.filter((one) => one !== undefined).map((one) => show(one));
    throw this.must(`${this.pathOf(name)} must be ${shown.join(" or ")}`, value, "; nothing else is supported");
  }

  must(what: string, got: unknown, advice = ""): FormatError {
    return new FormatError(`${this.#where}: ${what}, got ${show(got)}${advice}`);
  }
}

function readNormalizer(file: Part): boolean {
  if (file.get("normalizer") == null) return false;
  file.part("normalizer").only("type", ["Lowercase"]);
  return true;
}

function readByteLevel(file: Part, name: string): void {
  const part = file.part(name);
  part.only("type", ["ByteLevel"]);
  if (name === "decoder") return;
  part.only("add_prefix_space", [false]);
  part.only("use_regex", [undefined, true]);
}

/** The special tokens, which are no text. */
function readSpecials(file: Part): ReadonlySet<string> {
  const added = file.get("added_tokens") ?? [];
  if (!Array.isArray(added)) throw file.must("added_tokens must be a list", added);
  return new Set(
    added.map((entry: unknown, i) => {
      const { content, special } = (entry ?? {}) as Readonly<Record<string, unknown>>;
      if (typeof content !== "string") throw file.must(`added_tokens[${i}].content must be text`, content);
      if (special !== true)
        throw file.must(
          `added_tokens[${i}].special must be true`,
          special,
          "; words that were added are not supported",
        );
      return content;
    }),
  );
}

function readTokens(model: Part, specials: ReadonlySet<string>): string[] {
  const vocab = model.get("vocab");
  if (typeof vocab !== "object" || vocab === null || Array.isArray(vocab))
    throw model.must("model.vocab must be an object", vocab);
  const entries = Object.entries(vocab as Readonly<Record<string, unknown>>);
  const tokens: string[] = [];
  const ids = new Set<unknown>();
  for (const [token, id] of entries) {
    if (!Number.isSafeInteger(id) || (id as number) < 0 || ids.has(id))
      throw model.must(`model.vocab[${show(token)}] must be a whole number that is given once`, id);
    ids.add(id);
    if (specials.has(token)) continue;
    if (token === "" || !areLetters(token))
      throw model.must("model.vocab must hold tokens of bytes, each written as GPT-2 does", token);
    tokens.push(token);
  }
  const idOf = vocab as Readonly<Record<string, number>>;
  tokens.sort((a, b) => idOf[a]! - idOf[b]!);
  const known = new Set(tokens);
  return [...tokens, ...byteLetters.filter((letter) => !known.has(letter)).sort()];
}

function readMerges(model: Part, tokens: readonly string[]): [string, string][] {
  const merges = model.get("merges");
  if (!Array.isArray(merges)) throw model.must("model.merges must be a list", merges);
  const known = new Set(tokens);
  return merges.map((merge: unknown, i) => {
    const pair: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    if (!Array.isArray(pair) || pair.length !== 2) throw model.must(`model.merges[${i}] must be two tokens`, merge);
    const [left, right] = pair as [string, string];
    for (const token of [left, right, `${left}${right}`])
      if (!known.has(token))
        throw model.must(`model.merges[${i}] must join tokens of model.vocab to another of them`, merge);
    return [left, right];
  });
}
