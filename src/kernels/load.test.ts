import { afterEach, describe, expect, test, vi } from "vitest";
import { KindError, StopError, ValueError } from "../base/index.ts";
import type { LoadOptions } from "./build.ts";
import { chooseBuild } from "./load.ts";
import { loadKernels } from "./node.ts";
import { referenceBuild } from "./reference.ts";

const works = (name: "native" | "wasm") => () => ({ ...referenceBuild(), name });
const fails = (message: string) => () => {
  throw new Error(message);
};

describe("chooseBuild", () => {
  test("takes the first that works and notes what became of the others", async () => {
    const all = await chooseBuild({}, { native: works("native"), wasm: works("wasm") });
    expect([all.build.name, all.notes]).toEqual(["native", []]);
    const second = await chooseBuild({}, { native: fails("native kernels: no"), wasm: works("wasm") });
    expect([second.build.name, second.notes]).toEqual(["wasm", ["native kernels: no"]]);
    const none = await chooseBuild({}, { native: fails("native kernels: no"), wasm: fails("wasm kernels: no") });
    expect([none.build.name, none.notes]).toEqual(["reference", ["native kernels: no", "wasm kernels: no"]]);
  });

  test("does not replace the build that was asked for", async () => {
    const loaders = { native: fails("native kernels: no compiler"), wasm: works("wasm") };
    await expect(chooseBuild({ build: "native" }, loaders)).rejects.toThrow(
      new StopError("native kernels: no compiler"),
    );
    await expect(chooseBuild({ isa: "avx2" }, loaders)).rejects.toThrow(new StopError("native kernels: no compiler"));
    await expect(chooseBuild({ build: "native" }, {})).rejects.toThrow(
      new StopError("native kernels: not to be had on this platform; use wasm"),
    );
    expect((await chooseBuild({ isa: "simd128" }, loaders)).build.name).toBe("wasm");
  });

  test("float64 is the reference's", async () => {
    const { build } = await chooseBuild({ precision: "float64" }, { native: works("native") });
    expect([build.name, build.precision]).toEqual(["reference", "float64"]);
    expect(build.allocate(3).array).toBeInstanceOf(Float64Array);
  });

  const refused: readonly (readonly [object, Error])[] = [
    [{ build: "cuda" }, new ValueError('loadKernels: build must be one of native, wasm, reference, got "cuda"')],
    [{ precision: "half" }, new ValueError('loadKernels: precision must be one of float32, float64, got "half"')],
    [{ threads: 0 }, new ValueError("loadKernels: threads must be a whole number from 1 to 256, got 0")],
    [{ threads: 1.5 }, new ValueError("loadKernels: threads must be a whole number from 1 to 256, got 1.5")],
    [{ threads: "2" }, new KindError('loadKernels: threads must be a whole number, got "2"')],
    [
      { isa: "avx2", build: "wasm" },
      new ValueError('loadKernels: isa "avx2" belongs to the native build, got build "wasm"'),
    ],
    [
      { precision: "float64", build: "native" },
      new ValueError('loadKernels: precision float64 needs the reference build, got build "native"'),
    ],
  ];
  for (const [options, error] of refused)
    test(error.message, () => expect(chooseBuild(options as LoadOptions, {})).rejects.toThrow(error));
});

describe("the environment", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("names the build", async () => {
    for (const name of ["wasm", "reference"] as const) {
      vi.stubEnv("BACKSTITCH_KERNELS", name);
      expect((await loadKernels()).build.name).toBe(name);
    }
  });

  test("gives way to the options", async () => {
    vi.stubEnv("BACKSTITCH_KERNELS", "wasm");
    vi.stubEnv("BACKSTITCH_ISA", "avx2");
    expect((await loadKernels({ build: "reference" })).build.name).toBe("reference");
    expect((await loadKernels({ precision: "float64" })).build.precision).toBe("float64");
  });

  test.each([
    ["BACKSTITCH_KERNELS", "gpu", 'BACKSTITCH_KERNELS: must be one of native, wasm, reference, got "gpu"'],
    ["BACKSTITCH_THREADS", "many", 'BACKSTITCH_THREADS: must be a whole number from 1 to 256, got "many"'],
    ["BACKSTITCH_THREADS", "0", 'BACKSTITCH_THREADS: must be a whole number from 1 to 256, got "0"'],
  ])("%s=%s is refused", async (name, value, message) => {
    vi.stubEnv(name, value);
    await expect(loadKernels()).rejects.toThrow(new ValueError(message));
  });
});
