/**
 * What must not reach compiled code, in any build: arrays that are not what they seem, arguments that answer
 * differently each time, and sizes that say there is much to do where there is nothing.
 */
import { describe, expect, test } from "vitest";
import { ValueError } from "../base/index.ts";
import type { KernelBuild } from "./build.ts";
import type { AnyArgs } from "./check.ts";
import { describeBuilds, loadKernels } from "./node.ts";
import { referenceBuild } from "./reference.ts";
import type { KernelName } from "./table.ts";

const names = (await describeBuilds()).filter(({ isas }) => isas.length > 0).map(({ name }) => name);
const builds = await Promise.all(names.map(async (name) => (await loadKernels({ build: name })).build));
const call = (build: KernelBuild, name: KernelName, args: AnyArgs) =>
  (build.kernels[name] as (args: AnyArgs) => void)(args);

const most = 2 ** 31 - 1;
/** Far more than lies behind the arrays below. */
const many = 50_000_000;
const floats = (length = 0) => new Float32Array(length);
const ints = (...values: number[]) => Int32Array.of(...values);

/** Arrays that claim to be `many` floats. */
const pretenders: Readonly<Record<string, () => [array: unknown, what: string]>> = {
  "an own length"() {
    return [Object.defineProperty(floats(2), "length", { value: many }), `got 2`];
  },
  "the length of a subclass"() {
    class Long extends Float32Array {
      override get length() {
        return many;
      }
    }
    return [new Long(2), `got 2`];
  },
  "another prototype"() {
    return [Object.setPrototypeOf(new Uint8Array(many), Float32Array.prototype), "got Uint8Array"];
  },
  "a name for Object.prototype.toString"() {
    const array = Object.defineProperty(new Uint8Array(many), Symbol.toStringTag, { value: "Float32Array" });
    return [array, "got Uint8Array"];
  },
  "the prototype and nothing else"() {
    const array = Object.defineProperty(Object.create(Float32Array.prototype), "length", { value: many });
    return [array, "got {}"];
  },
  "a proxy"() {
    const target = floats(2);
    return [
      new Proxy(target, { get: (_, key) => (key === "length" ? many : Reflect.get(target, key, target)) }),
      "got",
    ];
  },
};

for (const build of [...builds, referenceBuild("float64")])
  describe(`${build.name} in ${build.precision}`, () => {
    const single = build.precision === "float32";

    for (const [what, make] of Object.entries(pretenders))
      if (single)
        test(`refuses an array that pretends by ${what}`, () => {
          const [array, got] = make();
          const y = floats(many);
          expect(() => call(build, "scale", { N: many, by: 1, plus: 0, x: array, y })).toThrow(/^scale: x .*, got /);
          expect(() => call(build, "scale", { N: many, by: 1, plus: 0, x: y, y: array })).toThrow(got);
        });

    if (single)
      test("looks at every id, however many the array says there are", () => {
        const ids = ints(0, 99);
        let asked = 0;
        Object.defineProperty(ids, "length", { get: () => (asked++ === 0 ? 2 : 0) });
        const args = { N: 2, V: 3, E: 1, ids, w: floats(3), y: floats(2) };
        expect(() => call(build, "embeddingForward", args)).toThrow("ids[1] must be from 0 to 2, got 99");
      });

    if (single)
      test("uses an array where it is, not where it says it is", () => {
        const [x, y] = [Float32Array.of(1, 2), floats(2)];
        const elsewhere = build.allocate(2).array.buffer;
        for (const array of [x, y])
          Object.defineProperties(array, {
            buffer: { value: elsewhere },
            byteOffset: { value: 1024 },
            byteLength: { value: 4 },
            set: { value: () => {} },
          });
        call(build, "scale", { N: 2, by: 2, plus: 1, x, y });
        expect([y[0], y[1]]).toEqual([3, 5]);
      });

    if (single && build.name !== "reference")
      test("computes with the very numbers that it checked", () => {
        // One reading of that part is the truth: whichever it is, the call is refused or does what is right.
        for (const [name, wanted] of [
          ["take", [2, 3, 4, 7, 8, 9]],
          ["place", [0, 1, 2, 3, 0, 0, 4, 5, 6, 0]],
        ] as const)
          for (const [part, lie] of [
            ["at", -many],
            ["C", -many],
            ["X", many],
          ] as const)
            for (let truth = 0; truth < 4; truth++) {
              const x = Float32Array.from({ length: name === "take" ? 10 : 6 }, (_, i) => i + 1);
              const args: AnyArgs = { R: 2, X: 5, C: 3, at: 1, x, y: floats(wanted.length) };
              let reading = 0;
              const liar = { ...args };
              Object.defineProperty(liar, part, { get: () => (reading++ === truth ? args[part] : lie) });
              let refused = false;
              try {
                call(build, name, liar);
              } catch (error) {
                expect(error).toBeInstanceOf(ValueError);
                refused = true;
              }
              expect(refused).toBe(truth > 1);
              expect([...(args.y as Float32Array)]).toEqual(refused ? wanted.map(() => 0) : wanted);
            }
      });

    test("an argument that calls other kernels while it is read changes nothing", () => {
      const make = (...values: number[]) => (single ? Float32Array.from(values) : Float64Array.from(values));
      const [x, y] = [make(1, 2), make(0, 0)];
      const other = { N: 1000, by: 9, plus: 9, x: make(...Array(1000).fill(1)), y: make(...Array(1000).fill(1)) };
      const meddler = {
        ...{ N: 2, by: 2, plus: 1, x },
        get y() {
          call(build, "scale", other);
          return y;
        },
      };
      call(build, "scale", meddler);
      expect([...y]).toEqual([3, 5]);
    });

    const none = single ? floats() : new Float64Array();
    const unending: readonly (readonly [KernelName, AnyArgs])[] = [
      ["expand", { A: most, M: most, C: 0, x: none, y: none }],
      ["sum", { A: most, M: most, C: 0, x: none, y: none }],
      ["max", { A: most, M: most, C: 0, x: none, y: none, index: ints() }],
      ["transpose", { A: most, M: most, N: most, C: 0, x: none, y: none }],
      ["take", { R: most, X: 0, C: 0, at: 0, x: none, y: none }],
      ["place", { R: most, X: 0, C: 0, at: 0, x: none, y: none }],
      ["linearForward", { N: most, I: 0, O: 0, x: none, w: none, bias: null, y: none }],
      ["linearBackward", { N: most, I: 0, O: 0, x: none, w: none, dy: none, dx: none, dw: null, dbias: null }],
      ["embeddingBackward", { N: 0, V: most, E: 0, ids: ints(), dy: none, dw: none }],
      ["softmaxForward", { N: most, V: 0, x: none, y: none }],
      [
        "linearCrossEntropy",
        {
          ...{ N: 0, I: 0, V: most, smoothing: 0, scale: 1, x: none, w: none, bias: null, targets: ints() },
          ...{ loss: none, dx: none, dw: none, dbias: null },
        },
      ],
      [
        "gruForward",
        {
          ...{ T: most, B: 2, H: 0, reverse: true, gates: none, lengths: ints(1, most), h0: none, wHh: none },
          ...{ biasHn: null, y: none, hn: none, hT: none },
        },
      ],
    ];
    test.each(unending)("%s ends at once when there is nothing to write", (name, args) => {
      const began = performance.now();
      call(build, name, args);
      expect(performance.now() - began).toBeLessThan(100);
    });

    test("writes the outputs that are not empty even if others are", () => {
      const [gain, bias] = single
        ? [floats(2).fill(7), floats(2).fill(7)]
        : [new Float64Array(2).fill(7), new Float64Array(2).fill(7)];
      const args = { N: 0, H: 2, x: none, gain, mean: none, rstd: none, dy: none, dx: none, dgain: gain, dbias: bias };
      call(build, "layerNormBackward", args);
      expect([...gain, ...bias]).toEqual([0, 0, 0, 0]);
    });
  });
