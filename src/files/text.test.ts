import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError } from "../base/index.ts";
import { decodeText, type LineOptions, linesOf, textOf } from "./text.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const bytes = (...parts: (string | number)[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...utf8(part)] : [part])));

async function collect(chunks: Iterable<Uint8Array>, options?: LineOptions): Promise<string[]> {
  const texts: string[] = [];
  for await (const { number, text } of linesOf("names.txt", chunks, options)) {
    texts.push(text);
    expect(number).toBe(texts.length);
  }
  return texts;
}

const notText: [string, Uint8Array, string][] = [
  ["Latin-1", bytes("a\nZo", 0xeb, "\n"), "line 2: byte 4: must be UTF-8, got 0xeb; save the file again as UTF-8"],
  [
    "a cut character",
    bytes("é\n\n", 0xf0, 0x9f),
    "line 3: byte 4: must be UTF-8, got 0xf0; save the file again as UTF-8",
  ],
  ["a lone middle", bytes("a", 0x80), "line 1: byte 1: must be UTF-8, got 0x80; save the file again as UTF-8"],
  ["an overlong slash", bytes(0xc0, 0xaf), "line 1: byte 0: must be UTF-8, got 0xc0; save the file again as UTF-8"],
  [
    "a surrogate",
    bytes("ab", 0xed, 0xa0, 0x80),
    "line 1: byte 2: must be UTF-8, got 0xed; save the file again as UTF-8",
  ],
  [
    "beyond Unicode",
    bytes(0xf4, 0x90, 0x80, 0x80),
    "line 1: byte 0: must be UTF-8, got 0xf4; save the file again as UTF-8",
  ],
  ["UTF-16 LE", bytes(0xff, 0xfe, "a", 0), "must be UTF-8, is UTF-16; save it again as UTF-8"],
  ["UTF-16 BE", bytes(0xfe, 0xff, 0, "a"), "must be UTF-8, is UTF-16; save it again as UTF-8"],
  [
    "a program",
    bytes("\x7fELF\n", 2, 1, 0, 0xff),
    "line 2: byte 7: must be text, is a zero byte as in a binary file; choose a text file",
  ],
  [
    "a picture",
    bytes(0x89, "PNG\r\n", 0x1a, "\n", 0, 0, 0),
    "line 1: byte 0: must be UTF-8, got 0x89; save the file again as UTF-8",
  ],
];

describe("decodeText", () => {
  test("gives the text, without a byte order mark at the start", () => {
    expect(decodeText("a.txt", bytes(0xef, 0xbb, 0xbf, "naïve 🧵\r\n\ufeff"))).toBe("naïve 🧵\r\n\ufeff");
    expect(decodeText("a.txt", bytes())).toBe("");
  });

  test.each(notText)("refuses %s", (_, bytes, message) => {
    const action = () => decodeText("names.txt", bytes);
    expect(action).toThrow(FormatError);
    expect(action).toThrow(expect.objectContaining({ message: `names.txt: ${message}` }));
  });

  test("finds the very byte that the decoder of the engine stumbles over", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const isFine = (bytes: Uint8Array) => {
      try {
        decoder.decode(bytes);
        return true;
      } catch {
        return false;
      }
    };
    const part = fc.oneof(
      fc.integer({ min: 1, max: 255 }).map((byte) => [byte]),
      fc
        .constantFrom("é", "€", "🧵", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\u{10ffff}")
        .map((char) => [...utf8(char)]),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        const all = Uint8Array.from(parts.flat());
        // Of the texts that can be decoded, the longest that it begins with is followed by the byte to name.
        let byte = all.length;
        while (!isFine(all.subarray(0, byte))) byte--;
        let message = "";
        try {
          decodeText("a", all);
        } catch (error) {
          message = (error as Error).message;
        }
        if (byte === all.length) expect(message).toBe("");
        else if (!/UTF-16/.test(message)) expect(message).toContain(`: byte ${byte}: must be UTF-8`);
      }),
      { numRuns: 2000, seed: 8 },
    );
  });
});

describe("linesOf", () => {
  test("numbers the lines, with LF, CR LF or no end", async () => {
    expect(await collect([bytes(0xef, 0xbb, 0xbf, "Ada\r\n\nZoë\r\r\nEve")])).toEqual(["Ada", "", "Zoë\r", "Eve"]);
    expect(await collect([bytes("\n")])).toEqual([""]);
    expect(await collect([bytes("\n\n")])).toEqual(["", ""]);
  });

  test("does not depend on where the chunks end", async () => {
    const whole = bytes(0xef, 0xbb, 0xbf, "Ada\r\n\nZoë 🧵\r\nlast");
    const lines = ["Ada", "", "Zoë 🧵", "last"];
    expect(await collect(Array.from(whole, (byte) => Uint8Array.of(byte)))).toEqual(lines);
    for (let a = 0; a <= whole.length; a++) {
      for (let b = a; b <= whole.length; b++) {
        const chunks = [whole.subarray(0, a), whole.subarray(a, b), whole.subarray(b)];
        expect(await collect(chunks)).toEqual(lines);
      }
    }
  });

  test("a chunk may be used again", async () => {
    const chunk = Buffer.alloc(4);
    function* chunks() {
      for (const text of ["abcd", "efgh", "i\nj\n"]) {
        chunk.set(utf8(text));
        yield chunk;
      }
    }
    expect(await collect(chunks())).toEqual(["abcdefghi", "j"]);
  });

  test.each(notText)("refuses %s, whatever the chunks", async (_, whole, message) => {
    for (const chunks of [[whole], Array.from(whole, (byte) => Uint8Array.of(byte))])
      await expect(collect(chunks)).rejects.toThrow(expect.objectContaining({ message: `names.txt: ${message}` }));
  });

  test.each([[[]], [[bytes()]], [[bytes(0xef, 0xbb, 0xbf)]]])("refuses an empty text (%#)", async (chunks) => {
    await expect(collect(chunks)).rejects.toThrow(
      expect.objectContaining({ message: "names.txt: must hold text, is empty; choose another file" }),
    );
  });

  test("refuses a line beyond the limit, counted in bytes without its end", async () => {
    const options = { maxLineBytes: 8 };
    expect(await collect([bytes(0xef, 0xbb, 0xbf, "12345678\r\nééé78\n12345678")], options)).toHaveLength(3);
    for (const long of ["123456789", "éééé9", "🧵🧵9"]) {
      for (const end of ["", "\n", "\r\n", "\nmore\n"]) {
        const message = "names.txt: line 3: must be at most 8 bytes, is longer; break it into shorter lines";
        await expect(collect([bytes("1\n2\n", long, end)], options)).rejects.toThrow(
          expect.objectContaining({ message }),
        );
      }
    }
  });

  test("takes no more memory than the limit for a line without end", async () => {
    let sent = 0;
    function* endless(byte: number) {
      for (;;) {
        sent += 4096;
        yield new Uint8Array(4096).fill(byte);
      }
    }
    await expect(collect(endless(0x78))).rejects.toThrow(
      expect.objectContaining({
        message: "names.txt: line 1: must be at most 1048576 bytes, is longer; break it into shorter lines",
      }),
    );
    expect(sent).toBeLessThanOrEqual((1 << 20) + 2 * 4096);
    await expect(collect(endless(0))).rejects.toThrow(
      expect.objectContaining({
        message: "names.txt: line 1: byte 0: must be text, is a zero byte as in a binary file; choose a text file",
      }),
    );
  });
});

describe("textOf", () => {
  const collectText = async (chunks: Iterable<Uint8Array>) => {
    let text = "";
    for await (const piece of textOf("names.txt", chunks)) {
      expect(piece).not.toBe("");
      text += piece;
    }
    return text;
  };

  test("does not depend on where the chunks end", async () => {
    const whole = bytes(0xef, 0xbb, 0xbf, "Ada\r\n\nZoë 🧵\r\r\nlast\r\ufeff\r");
    const text = "Ada\n\nZoë 🧵\r\nlast\r\ufeff\r";
    expect(await collectText(Array.from(whole, (byte) => Uint8Array.of(byte)))).toBe(text);
    for (let a = 0; a <= whole.length; a++)
      for (let b = a; b <= whole.length; b++) {
        const chunks = [whole.subarray(0, a), whole.subarray(a, b), whole.subarray(b)];
        expect(await collectText(chunks)).toBe(text);
      }
  });

  test("gives what is there at once, but for a character that is not whole", async () => {
    const pieces: string[] = [];
    for await (const piece of textOf("names.txt", [bytes("abcd\r"), bytes("\nef", 0xf0, 0x9f), bytes(0xa7, 0xb5, "g")]))
      pieces.push(piece);
    expect(pieces).toEqual(["abcd", "\nef", "🧵g"]);
  });

  test.each(notText)("refuses %s, whatever the chunks", async (_, whole, message) => {
    for (const chunks of [[whole], Array.from(whole, (byte) => Uint8Array.of(byte))])
      await expect(collectText(chunks)).rejects.toThrow(expect.objectContaining({ message: `names.txt: ${message}` }));
  });

  test.each([[[]], [[bytes()]], [[bytes(0xef, 0xbb, 0xbf)]]])("refuses an empty text (%#)", async (chunks) => {
    await expect(collectText(chunks)).rejects.toThrow(
      expect.objectContaining({ message: "names.txt: must hold text, is empty; choose another file" }),
    );
  });
});
