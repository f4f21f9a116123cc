/** Files of sessions that were changed after they were saved. */
import { beforeAll, expect, test } from "vitest";
import { FormatError } from "../../base/index.ts";
import { readSafetensors, type StoredArray, writeSafetensors } from "../../formats/index.ts";
import { type LanguageModel, languageModel } from "./index.ts";

let model: LanguageModel;
let bytes: Uint8Array;
beforeAll(async () => {
  model = await languageModel.train("the cat sat.\n".repeat(20), {
    ...{ unit: "text", cell: "lstm", hiddenSize: 3, embeddingSize: 2, layers: 2 },
    ...{ epochs: 1, batchSize: 2, chunk: 8, kernels: { build: "wasm" } },
  });
  const session = model.session().read("the c");
  session.generate({ maxLength: 2 });
  bytes = session.save();
});

/** The session with its arrays, or its numbers, changed. */
function changed(change: { arrays?: (arrays: Map<string, StoredArray>) => unknown; session?: object }): Uint8Array {
  const read = readSafetensors("session", bytes);
  const arrays = new Map(read.arrays);
  change.arrays?.(arrays);
  const session = JSON.stringify({ ...JSON.parse(read.metadata.session!), ...change.session });
  return writeSafetensors({ arrays, metadata: { ...read.metadata, session } });
}

const three = (data: StoredArray["data"]): StoredArray => ({ shape: [1, 3], data });
const cases: [string, Parameters<typeof changed>[0], (size: number) => string][] = [
  [
    "an array of another name",
    {
      arrays: (arrays) => {
        arrays.clear();
        arrays.set("x", three(new Float32Array(3)));
      },
    },
    () => 's.st: arrays must be 0.h, 0.c, 1.h, 1.c, got "x"; give the file as it was saved',
  ],
  [
    "an array of a layer that is not there",
    { arrays: (arrays) => arrays.set("2.h", three(new Float32Array(3))) },
    () => 's.st: arrays must be 0.h, 0.c, 1.h, 1.c, got "2.h"; give the file as it was saved',
  ],
  [
    "an array left out",
    { arrays: (arrays) => arrays.delete("1.c") },
    () => "s.st: arrays must be 0.h, 0.c, 1.h, 1.c, 1.c is missing; give the file as it was saved",
  ],
  [
    "another shape",
    { arrays: (arrays) => arrays.set("0.h", { shape: [1, 2], data: new Float32Array(2) }) },
    () => "s.st: 0.h must be [1 H] = [1 3], got [1 2]; give the file as it was saved",
  ],
  [
    "other numbers",
    { arrays: (arrays) => arrays.set("0.c", three(new BigInt64Array(3))) },
    () => "s.st: 0.c must hold F32 or F64, got a BigInt64Array; give the file as it was saved",
  ],
  [
    "a number that is none",
    { arrays: (arrays) => arrays.set("1.h", three(Float32Array.of(0, Number.NaN, 0))) },
    () => "s.st: 1.h[1] must be a finite number, got NaN; give the file as it was saved",
  ],
  [
    "a token to read that the model has not",
    { session: { unread: [999] } },
    (size) => `s.st: session: unread[0] must be at most ${size - 1}, got 999`,
  ],
  [
    "a token read that the model has not",
    { session: { seen: [4, 999] } },
    (size) => `s.st: session: seen[1] must be at most ${size - 1}, got 999`,
  ],
];

test.each(cases)("%s is refused with the file's name", (_, change, message) => {
  const expected = message(model.network.embedding.vocabularySize);
  expect(() => model.session(changed(change), "s.st")).toThrow(new FormatError(expected));
});

test("what was not changed goes on", () => {
  expect(model.session(changed({}), "s.st").save()).toEqual(bytes);
});
