import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { FormatError } from "../base/index.ts";
import { parseJson } from "./json.ts";
import { scanJson } from "./json-scan.ts";

const config = z.strictObject({
  task: z.enum(["language-model", "classify"]),
  hiddenSize: z.int().min(1).max(8192),
  dropout: z.number().min(0).lt(1).default(0),
  optimizer: z.strictObject({ name: z.string(), momenta: z.array(z.number()) }).optional(),
});

describe("parseJson", () => {
  test("gives the value, with defaults", () => {
    const text = '{"task":"classify","hiddenSize":64,"optimizer":{"name":"adam","momenta":[0.9,0.999]}}';
    expect(parseJson("config.json", text, config)).toEqual({
      task: "classify",
      hiddenSize: 64,
      dropout: 0,
      optimizer: { name: "adam", momenta: [0.9, 0.999] },
    });
    expect(parseJson("config.json", "[1, null]\n", z.array(z.number().nullable()))).toEqual([1, null]);
  });

  test.each<[string, string]>([
    ["", "must hold JSON, is empty; write it again or remove it"],
    [" \n", "must hold JSON, is empty; write it again or remove it"],
    ['{"task":\n  "classify",\n}', 'line 3, column 1: must hold JSON, got "}"; correct it there'],
    ["{'task'", `line 1, column 2: must hold JSON, got "'"; correct it there`],
    ['{"task":"🧵" 🧵', 'line 1, column 14: must hold JSON, got "🧵"; correct it there'],
    ['{"task":1,"task":NaN}', 'line 1, column 11: must hold JSON, has twice the key "task"; correct it there'],
    ['{"task":NaN}', 'line 1, column 9: must hold JSON, got "N"; correct it there'],
    ['{"task":"a\nb"}', 'line 1, column 11: must hold JSON, got "\\n"; correct it there'],
    [
      '{"task":"classify","hid',
      "line 1, column 24: must hold JSON, ends in the middle; was it cut off while it was written?",
    ],
    ["[]", "the whole must be an object, got []"],
    ["null", "the whole must be an object, got null"],
    ['{"task":"classify"}', "hiddenSize must be a number, is missing"],
    ['{"task":"classify","hidenSize":3}', 'hiddenSize must be a number, is missing; is it "hidenSize"?'],
    ['{"task":"classify","hiddenSize":null}', "hiddenSize must be a number, got null"],
    ['{"task":"classify","hiddenSize":"64"}', 'hiddenSize must be a number, got "64"'],
    ['{"task":"classify","hiddenSize":0.5}', "hiddenSize must be a whole number, got 0.5"],
    ['{"task":"classify","hiddenSize":0}', "hiddenSize must be at least 1, got 0"],
    ['{"task":"classify","hiddenSize":1,"dropout":1}', "dropout must be less than 1, got 1"],
    ['{"task":"clasify","hiddenSize":1}', 'task must be one of language-model, classify, got "clasify"'],
    [
      '{"task":"classify","hiddenSize":1,"seed":1}',
      '"seed" is unknown to this version of backstitch; remove it, or use the version that wrote it',
    ],
    [
      '{"task":"classify","hiddenSize":1,"__proto__":{"dropout":2}}',
      '"__proto__" is unknown to this version of backstitch; remove it, or use the version that wrote it',
    ],
    ['{"task":"classify","hiddenSize":1,"optimizer":3}', "optimizer must be an object, got 3"],
    [
      '{"task":"classify","hiddenSize":1,"optimizer":{"name":"a","momenta":[0.9,"0.99"]}}',
      'optimizer.momenta[1] must be a number, got "0.99"',
    ],
    [
      '{"task":"classify","hiddenSize":1,"optimizer":{"name":"a","momenta":[],"x":1}}',
      '"x" in optimizer is unknown to this version of backstitch; remove it, or use the version that wrote it',
    ],
  ])("refuses %j", (text, message) => {
    const action = () => parseJson("config.json", text, config);
    expect(action).toThrow(FormatError);
    expect(action).toThrow(expect.objectContaining({ message: `config.json: ${message}` }));
  });

  test("refuses a text beyond the limit", () => {
    expect(() => parseJson("config.json", "[1,2]", z.array(z.number()), { maxLength: 4 })).toThrow(
      expect.objectContaining({ message: "config.json: must be at most 4 characters, has 5; is it the right file?" }),
    );
  });

  test("a file's name for a prototype reaches nothing", () => {
    const value = parseJson("a.json", '{"__proto__":{"polluted":1},"a":1}', z.record(z.string(), z.unknown()));
    expect((value as Record<string, unknown>).polluted).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("scanJson", () => {
  test("finds a key that is repeated, at any depth", () => {
    expect(scanJson('{"a":{"b":1},"b":[{"b":1},{"b":2}]}')).toBeUndefined();
    expect(scanJson('{"a":[{"b":1,"\\u0062":2}]}')).toEqual({ at: 13, problem: "repeated key", found: "b" });
    expect(scanJson('{"__proto__":1,"__proto__":2}')).toEqual({ at: 15, problem: "repeated key", found: "__proto__" });
  });

  test("agrees with JSON.parse on what is JSON", () => {
    const parses = (text: string) => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const agree = (text: string) => {
      const fault = scanJson(text);
      expect([text, fault === undefined || fault.problem === "repeated key"]).toEqual([text, parses(text)]);
    };
    for (const number of ["0", "-0", "-", "01", "1.", ".5", "1e", "1e+5", "-1.5E-3", "+1", "0x1", "1e5.2", "Infinity"])
      agree(number);
    for (const text of [
      '"\\u12g4"',
      '"\\x"',
      '"\\"',
      '"',
      "'a'",
      "tru",
      "truee",
      "[,]",
      "[1,]",
      "{,}",
      '{"a"}',
      "\ufeff1",
    ])
      agree(text);
    // The texts are changed by a character, taken out, put in or replaced.
    const sign = fc.constantFrom(...'{}[]",:\\u0 1-+.eE/tn\n\t\x01é');
    const changed = fc
      .tuple(fc.json(), fc.nat(), fc.nat(1), fc.oneof(sign, fc.constant("")))
      .map(([text, at, taken, put]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + taken);
      })
      // A repeated key hides what comes after it.
      .filter((text) => scanJson(text)?.problem !== "repeated key");
    fc.assert(fc.property(changed, agree), { numRuns: 3000, seed: 6 });
    fc.assert(
      fc.property(
        fc.array(sign).map((signs) => signs.join("")),
        agree,
      ),
      { numRuns: 2000, seed: 7 },
    );
  });
});
