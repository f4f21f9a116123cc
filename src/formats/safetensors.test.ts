import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError } from "../base/index.ts";
import { readSafetensors, type StoredArray, type StoredData, writeSafetensors } from "./safetensors.ts";

const where = "model.safetensors";

/** The bytes of a file with this header, as it is, and this many bytes of data. */
function file(header: string | object, dataBytes = 0): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function refused(bytes: Uint8Array): string {
  try {
    readSafetensors(where, bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return (error as Error).message;
  }
  throw new Error("was not refused");
}

// Made by safetensors 0.4.5 (Python, with numpy 2.4.6): save() of the arrays in the test below, with metadata.
const golden = `
mAIAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmcmFtZXdvcmsiOiJudW1weSIsIm5vdGUiOiJtYWRlIGZvciBhIHRlc3QifSwibG9uZyI6eyJkdHlwZSI6
Ikk2NCIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzAsMTZdfSwiZG91YmxlIjp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZz
ZXRzIjpbMTYsMzJdfSwibm9uZSI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwwXSwiZGF0YV9vZmZzZXRzIjpbMzIsMzJdfSwic2NhbGFyIjp7ImR0
eXBlIjoiRjMyIiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOlszMiwzNl19LCJ3ZWlnaHQiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzIsM10sImRh
dGFfb2Zmc2V0cyI6WzM2LDYwXX0sImlkcyI6eyJkdHlwZSI6IkkzMiIsInNoYXBlIjpbMywxXSwiZGF0YV9vZmZzZXRzIjpbNjAsNzJdfSwiaGFsZiI6
eyJkdHlwZSI6IkYxNiIsInNoYXBlIjpbOF0sImRhdGFfb2Zmc2V0cyI6WzcyLDg4XX0sIm5hw692ZS7DqfCfp7UiOnsiZHR5cGUiOiJJMTYiLCJzaGFw
ZSI6WzJdLCJkYXRhX29mZnNldHMiOls4OCw5Ml19LCJieXRlcyI6eyJkdHlwZSI6IlU4Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbOTIsOTRd
fSwiZmxhZ3MiOnsiZHR5cGUiOiJCT09MIiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbOTQsOTddfX0g//////////8BAAAAAAAgABgtRFT7IQlA
nHUAiDzkN/4AAOBAAADAPwAAEMBZ2QAzAACAfwAAAIAAAIBLAAAAAPv///////9/ADwAwFU1/3sABAEAAPwAgAEAAgAA/wEAAQ==`;
const goldenBytes = Uint8Array.from(atob(golden.replaceAll("\n", "")), (char) => char.charCodeAt(0));
const goldenArrays: [string, StoredArray][] = [
  ["long", { shape: [2], data: BigInt64Array.of(-1n, 9007199254740993n) }],
  ["double", { shape: [2], data: Float64Array.of(Math.PI, -1e300) }],
  ["none", { shape: [2, 0], data: new Float32Array() }],
  ["scalar", { shape: [], data: Float32Array.of(7) }],
  ["weight", { shape: [2, 3], data: Float32Array.of(1.5, -2.25, 3e-8, Number.POSITIVE_INFINITY, -0, 16777216) }],
  ["ids", { shape: [3, 1], data: Int32Array.of(0, -5, 2147483647) }],
  [
    "half",
    {
      shape: [8],
      // numpy's half precision: 1, -2, 0.33325, the largest, the smallest normal, the smallest, -inf, -0
      data: Float32Array.of(1, -2, 0.333251953125, 65504, 2 ** -14, 2 ** -24, Number.NEGATIVE_INFINITY, -0),
    },
  ],
  ["naïve.é🧵", { shape: [2], data: Int16Array.of(1, 2) }],
  ["bytes", { shape: [2], data: Uint8Array.of(0, 255) }],
  ["flags", { shape: [3], data: Uint8Array.of(1, 0, 1) }],
];

describe("reading", () => {
  test("a file that the Python package wrote", () => {
    const { arrays, metadata } = readSafetensors(where, goldenBytes);
    expect([...arrays]).toEqual(goldenArrays);
    expect(metadata).toEqual({ framework: "numpy", note: "made for a test" });
  });

  test("bytes that begin anywhere, into arrays of their own", () => {
    const shifted = new Uint8Array(goldenBytes.length + 3).subarray(3);
    shifted.set(goldenBytes);
    const { arrays } = readSafetensors(where, shifted);
    shifted.fill(0);
    expect([...arrays]).toEqual(goldenArrays);
    expect([...readSafetensors(where, Buffer.from(goldenBytes)).arrays]).toEqual(goldenArrays);
  });

  test("every half precision number", () => {
    const bytes = file({ h: { dtype: "F16", shape: [65536], data_offsets: [0, 131072] } }, 131072);
    for (let i = 0; i < 65536; i++) new DataView(bytes.buffer).setUint16(bytes.length - 131072 + 2 * i, i, true);
    const { data } = readSafetensors(where, bytes).arrays.get("h")!;
    let sum = 0;
    let numbers = 0;
    for (const bits of new Uint32Array(data.buffer)) {
      if ((bits & 0x7fffffff) > 0x7f800000) continue;
      sum = (Math.imul(sum, 31) + bits) >>> 0;
      numbers++;
    }
    // The same sum over numpy 2.4.6: np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
    expect([sum, numbers]).toEqual([3355443200, 63490]);
  });

  test("bfloat16", () => {
    const bits = Int16Array.of(16256, -16352, 16457, 32640, 109, -32768);
    const bytes = file({ b: { dtype: "BF16", shape: [2, 3], data_offsets: [0, 12] } }, 12);
    bytes.set(new Uint8Array(bits.buffer), bytes.length - 12);
    // PyTorch 2.13: torch.tensor([1, -2.5, 3.140625, inf, 1e-38, -0.0], dtype=torch.bfloat16).float()
    expect(readSafetensors(where, bytes).arrays.get("b")).toEqual({
      shape: [2, 3],
      data: Float32Array.of(1, -2.5, 3.140625, Number.POSITIVE_INFINITY, 1.0010069081221042e-38, -0),
    });
  });

  test("names that mean something to JavaScript", () => {
    const names = ["__proto__", "constructor", "toString", "", "10", "9", "\ud800", "__metadata"];
    const arrays = new Map(names.map((name, i) => [name, { shape: [1], data: Float32Array.of(i) }]));
    const metadata = Object.fromEntries([["__proto__", "polluted"]]);
    const back = readSafetensors(where, writeSafetensors({ arrays, metadata }));
    expect([...back.arrays]).toEqual([...arrays]);
    expect(Object.entries(back.metadata)).toEqual([["__proto__", "polluted"]]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(back.metadata)).toBe(Object.prototype);
  });

  test("no arrays at all, and spaces after the header", () => {
    expect(readSafetensors(where, file("{}      "))).toEqual({ arrays: new Map(), metadata: {} });
  });
});

describe("what is not a safetensors file is refused:", () => {
  const array = (change: object) => ({ a: { dtype: "F32", shape: [2, 3], data_offsets: [0, 24], ...change } });
  const end = "; the file is damaged, get or write it again";
  const huge = new Uint8Array(16);
  huge.set(new TextEncoder().encode("PK\x03\x04"));
  huge[7] = 0x50;
  const beyond = new Uint8Array(310);
  new DataView(beyond.buffer).setUint16(0, 4096, true);
  const notUtf8 = file("{}  ");
  notUtf8[9] = 0xff;

  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(), "must begin with the 8 bytes of its header's length but the file ends after 0"],
    ["7 bytes", new Uint8Array(7), "must begin with the 8 bytes of its header's length but the file ends after 7"],
    [
      "a zip",
      huge,
      "byte 0: header must be at most 100000000 bytes, says 5764607523101559632; is it a safetensors file?",
    ],
    ["a long header", beyond, "byte 8: header says 4096 bytes but the file ends after 310"],
    ["an empty header", new Uint8Array(8), `byte 8: header must begin with "{", got ""${end}`],
    ["a header with a space first", file(" {}"), `byte 8: header must begin with "{", got " "${end}`],
    ["a header that is no UTF-8", notUtf8, `byte 8: header must be UTF-8, is not${end}`],
    ["half a header", file('{"é": {"dtype":'), `byte 24: header must be JSON, ends in the middle${end}`],
    ["a header with a slip", file('{"é": 1,}'), `byte 17: header must be JSON, got "}"${end}`],
    ["zeros after the header", file("{}\0\0"), `byte 10: header must be JSON, got "\\u0000"${end}`],
    ["two headers", file("{}{}"), `byte 10: header must be JSON, got "{"${end}`],
    ["a name twice", file('{"a":{},"\\u0061":{}}'), `byte 16: the name "a" is there twice${end}`],
    ["a field twice", file('{"a":{"shape":[],"shape":[]}}'), `byte 25: the name "shape" is there twice${end}`],
    ["metadata that is a list", file({ __metadata__: [] }), `"__metadata__": must be an object of texts, got []${end}`],
    [
      "metadata that is null",
      file({ __metadata__: null }),
      `"__metadata__": must be an object of texts, got null${end}`,
    ],
    ["metadata with a number", file({ __metadata__: { a: 1 } }), `"__metadata__": "a" must be a text, got 1${end}`],
    [
      "an array that is a number",
      file({ a: 3 }),
      `array "a": must be an object with dtype, shape and data_offsets, got 3${end}`,
    ],
    [
      "an unknown dtype",
      file(array({ dtype: "F8_E4M3" })),
      'array "a": dtype must be one of F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, got "F8_E4M3"; save it as F32',
    ],
    [
      "no dtype",
      file({ a: { shape: [], data_offsets: [0, 0] } }),
      'array "a": dtype must be one of F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, got undefined; save it as F32',
    ],
    [
      "a shape that is a text",
      file(array({ shape: "2" })),
      `array "a": shape must be a list of whole numbers, got "2"${end}`,
    ],
    [
      "no shape",
      file(array({ shape: undefined })),
      `array "a": shape must be a list of whole numbers, got undefined${end}`,
    ],
    ...[
      "[-1]",
      "[2.5]",
      "[1e400]",
      "[9007199254740992]",
      '["2"]',
      "[null]",
      "[-0]",
      "[9007199254740991,2]",
      "[4294967296,4294967296,0]",
      "[1e15,1e15,1e15]",
    ].map((shape): [string, Uint8Array, string] => [
      `shape ${shape}`,
      file(`{"a":{"dtype":"F32","shape":${shape},"data_offsets":[0,24]}}`, 24),
      `array "a": shape must be a list of whole numbers from 0 up, together countable, got ${JSON.stringify(JSON.parse(shape))}${end}`,
    ]),
    ...["3", "[]", "[0]", "[0,8,16]", "[-8,16]", "[0,1.5]", '["0",24]', "[0,1e300]"].map(
      (offsets): [string, Uint8Array, string] => [
        `offsets ${offsets}`,
        file(`{"a":{"dtype":"F32","shape":[2,3],"data_offsets":${offsets}}}`, 24),
        `array "a": data_offsets must be two whole numbers from 0 up, got ${JSON.stringify(JSON.parse(offsets))}${end}`,
      ],
    ),
    [
      "offsets that run backwards",
      file(array({ data_offsets: [24, 0] }), 24),
      `array "a": data_offsets must not end before they begin, got [24,0]${end}`,
    ],
    [
      "a shape that does not fit",
      file(array({ shape: [2, 4] }), 24),
      `array "a": shape [2 4] of F32 needs 32 bytes, data_offsets give 24${end}`,
    ],
    [
      "a petabyte in 100 bytes",
      file(array({ shape: [2 ** 48], data_offsets: [0, 2 ** 50] }), 24),
      `array "a": ends at byte 1125899906842715 but the file ends after 115${end}`,
    ],
    ["data cut short", file(array({}), 23), `array "a": ends at byte 89 but the file ends after 88${end}`],
    ["data that goes on", file(array({}), 25), `byte 89: the arrays end here but the file goes on to 90 bytes${end}`],
    [
      "an overlap",
      file({ ...array({}), b: { dtype: "U8", shape: [4], data_offsets: [20, 24] } }, 24),
      `array "b": begins at byte 20 and overlaps the one before, which ends at byte 24${end}`,
    ],
    [
      "a hole",
      file({ ...array({}), b: { dtype: "U8", shape: [4], data_offsets: [25, 29] } }, 29),
      `array "b": begins at byte 25 and leaves a hole after the one before, which ends at byte 24${end}`,
    ],
    [
      "a hole at the start",
      file(array({ data_offsets: [8, 32] }), 32),
      `array "a": begins at byte 8 and leaves a hole after the one before, which ends at byte 0${end}`,
    ],
  ])("%s", (_, bytes, message) => {
    expect(refused(bytes)).toBe(`${where}: ${message}`);
  });
});

describe("writing", () => {
  const arrays = new Map<string, StoredArray>([
    ["bytes", { shape: [3], data: Uint8Array.of(1, 2, 3) }],
    ["w", { shape: [1, 2], data: Float32Array.of(1, -1) }],
    ["d", { shape: [], data: Float64Array.of(0.1) }],
  ]);

  test("the same arrays give the same bytes, aligned, under a header of whole eights", () => {
    const bytes = writeSafetensors({ arrays, metadata: { made: "here" } });
    expect(writeSafetensors({ arrays, metadata: { made: "here" } })).toEqual(bytes);
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(header % 8).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + header)).trimEnd()).toBe(
      '{"__metadata__":{"made":"here"},' +
        '"bytes":{"dtype":"U8","shape":[3],"data_offsets":[16,19]},' +
        '"w":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},' +
        '"d":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}',
    );
    expect(bytes.length).toBe(8 + header + 19);
    expect(readSafetensors(where, bytes)).toEqual({ arrays, metadata: { made: "here" } });
  });

  test("part of a larger buffer", () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const back = readSafetensors(where, writeSafetensors({ arrays: new Map([["a", { shape: [2], data }]]) }));
    expect(back.arrays.get("a")!.data).toEqual(Float32Array.of(2, 3));
  });

  test.each<[string, StoredArray, string]>([
    ["w", { shape: [2, 2], data: new Float32Array(3) }, 'array "w": shape [2 2] needs 4 elements, got 3'],
    ["w", { shape: [-1], data: new Float32Array(3) }, 'array "w": shape [-1] must have whole numbers from 0 up'],
    ["w", { shape: [0.5, 2], data: new Float32Array(1) }, 'array "w": shape [0.5 2] must have whole numbers from 0 up'],
    [
      "w",
      { shape: [1], data: [1] as unknown as StoredData },
      'array "w": data must be a typed array of numbers, got [1]',
    ],
    [
      "__metadata__",
      { shape: [0], data: new Float32Array() },
      'the name "__metadata__" is the format\'s own; choose another',
    ],
  ])("refuses %s %j", (name, array, message) => {
    expect(() => writeSafetensors({ arrays: new Map([[name, array]]) })).toThrow(
      expect.objectContaining({ message: `writeSafetensors: ${message}` }),
    );
  });

  test("refuses metadata that is no text", () => {
    const metadata = { step: 3 } as unknown as Record<string, string>;
    expect(() => writeSafetensors({ arrays, metadata })).toThrow(
      expect.objectContaining({ message: 'writeSafetensors: metadata "step" must be a text, got 3' }),
    );
  });
});

describe("for all files", () => {
  const data = fc.oneof(
    fc.float32Array({ maxLength: 20 }),
    fc.float64Array({ maxLength: 20 }),
    fc.int32Array({ maxLength: 20 }),
    fc.uint8Array({ maxLength: 20 }),
    fc.uint16Array({ maxLength: 20 }),
    fc.int8Array({ maxLength: 20 }),
    fc.int16Array({ maxLength: 20 }),
    fc.uint32Array({ maxLength: 20 }),
    fc.bigInt64Array({ maxLength: 20 }),
    fc.bigUint64Array({ maxLength: 20 }),
  );
  const stored = data.chain((data) =>
    fc
      .constantFrom(...[1, 2, 3, 4, 5].filter((n) => data.length % n === 0))
      .map((n): StoredArray => ({ shape: n === 1 ? [data.length] : [n, data.length / n], data })),
  );
  const name = fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__");
  const content = fc.record({
    arrays: fc.array(fc.tuple(name, stored), { maxLength: 6 }).map((pairs) => new Map(pairs)),
    metadata: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true }),
  });

  /** Reads, or refuses as a FormatError; never takes more than a few times the file's size. */
  function survive(bytes: Uint8Array): void {
    try {
      const { arrays } = readSafetensors(where, bytes);
      let total = 0;
      for (const { shape, data } of arrays.values()) {
        expect(shape.reduce((a, b) => a * b, 1)).toBe(data.length);
        total += data.byteLength;
      }
      expect(total).toBeLessThanOrEqual(2 * bytes.length);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      expect(error.message).toMatch(/^model\.safetensors: /);
      expect(error.message).not.toMatch(/\n/);
    }
  }

  test("reading what was written gives the same", () => {
    fc.assert(
      fc.property(content, ({ arrays, metadata }) => {
        const back = readSafetensors(where, writeSafetensors({ arrays, metadata }));
        expect(back.arrays).toEqual(arrays);
        expect(Object.entries(back.metadata)).toEqual(Object.entries(metadata));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test("cut anywhere, a file is refused", () => {
    for (let length = 0; length < goldenBytes.length; length++) refused(goldenBytes.subarray(0, length));
  });

  test("any bytes are read or refused", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survive), { numRuns: 500, seed: 2 });
    const header = fc.uint8Array({ maxLength: 200 }).map((bytes) => {
      const whole = new Uint8Array(9 + bytes.length);
      whole.set([bytes.length & 0x7f, 0, 0, 0, 0, 0, 0, 0, 0x7b]);
      whole.set(bytes, 9);
      return whole;
    });
    fc.assert(fc.property(header, survive), { numRuns: 500, seed: 3 });
  });

  test("any JSON in the header is read or refused", () => {
    const number = fc.oneof(fc.integer({ min: -1, max: 8 }), fc.double(), fc.maxSafeInteger());
    const entry = fc.record({
      dtype: fc.constantFrom("F32", "U8", "F16", "F8", 3, null),
      shape: fc.oneof(fc.array(number, { maxLength: 3 }), fc.jsonValue()),
      data_offsets: fc.oneof(fc.array(number, { minLength: 2, maxLength: 2 }), fc.jsonValue()),
    });
    const header = fc.dictionary(fc.string(), fc.oneof(entry, fc.jsonValue()), { maxKeys: 4 });
    fc.assert(
      fc.property(header, fc.nat(40), (header, dataBytes) => survive(file(header, dataBytes))),
      { numRuns: 1000, seed: 4 },
    );
  });

  test("a damaged file is read or refused", () => {
    const change = fc.tuple(fc.nat(goldenBytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = goldenBytes.slice();
        for (const [at, value] of changes) bytes[at] = value;
        survive(bytes);
      }),
      { numRuns: 1500, seed: 5 },
    );
    for (let at = 0; at < 680; at++) {
      for (const value of [0, 0x22, 0x2c, 0x31, 0x39, 0x5d, 0x7d, 0xff]) {
        const bytes = goldenBytes.slice();
        bytes[at] = value;
        survive(bytes);
      }
    }
  });

  test("megabytes of nonsense are refused in no time", () => {
    const start = performance.now();
    for (const header of [
      `{"a":${"[".repeat(300_000)}`,
      '{"a":'.repeat(200_000),
      `{"${"x".repeat(2_000_000)}`,
      `{"${"\\n".repeat(1_000_000)}":1}`,
      `{"a":${"9".repeat(2_000_000)}}`,
      `{"a":{"dtype":"F32","shape":[${"1,".repeat(400_000)}1],"data_offsets":[0,0]}}`,
      `{${" ".repeat(2_000_000)}`,
    ])
      expect(refused(file(header)).length).toBeLessThan(300);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
