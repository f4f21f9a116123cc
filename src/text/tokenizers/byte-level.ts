/**
 * Texts cut where no token of byte-level BPE may reach across, and their bytes as printable characters.
 */
import { checkText, plainSpeller, type Tokenizer } from "./tokenizer.ts";

/**
 * The units of byte-level BPE: a word with the space before it, a number, a run of signs, or a run of white space. They
 * are cut in the text before it becomes bytes.
 *
 *     Hello there,  Ömer's   becomes   Hello| there|,| | Ömer|'s
 *
 * Throws RangeError for a text with a lone surrogate.
 *
 * @source Radford et al. 2019, "Language Models are Unsupervised Multitask Learners" (GPT-2); white space is that of
 *   Unicode, as in Hugging Face's tokenizers
 */
export const byteUnits: Tokenizer = {
  name: "bpe",
  encode(text) {
    checkText("bpe", text);
    return text.match(UNIT) ?? [];
  },
  decode: (units) => units.join(""),
  speller: plainSpeller,
};

const UNIT =
  /'(?:[stmd]|re|ve|ll)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/**
 * The character for each byte: bytes that are printable characters of Latin-1 are themselves, the others follow from
 * U+0100 on. So byte 0x20, a space, is `Ġ`, and a line feed `Ċ`.
 */
export const byteLetters: readonly string[] = makeLetters();

const byteOfLetter = new Map(byteLetters.map((letter, byte) => [letter.charCodeAt(0), byte]));
const encoder = new TextEncoder();

function makeLetters(): string[] {
  let next = 0x100;
  const isPrintable = (byte: number) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

/** A text as the letters of its bytes. */
export function lettersOf(text: string): string {
  if (PRINTABLE.test(text)) return text;
  let letters = "";
  for (const byte of encoder.encode(text)) letters += byteLetters[byte];
  return letters;
}

const PRINTABLE = /^[!-~]*$/;

/** Whether each character stands for a byte. */
export function areLetters(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!byteOfLetter.has(text.charCodeAt(i))) return false;
  return true;
}

/** The bytes that letters stand for; what is no such letter is text of its own. */
export function bytesOf(letters: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) {
    const byte = byteOfLetter.get(letters.charCodeAt(i));
    if (byte === undefined) return encoder.encode(letters);
    bytes[i] = byte;
  }
  return bytes;
}

/** Reads bytes as UTF-8, U+FFFD where they are none. */
export function decoder(options: { readonly fatal?: boolean } = {}): TextDecoder {
  return new TextDecoder("utf-8", { ignoreBOM: true, ...options });
}
