/** The most that a build could do on this processor: one core that multiplies and adds in registers (native/peak.cc). */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { KernelBuild } from "../../src/kernels/index.ts";
import { best } from "./time.ts";

/** Floating-point operations a second of one core that does nothing else. */
export async function peakOf({ name, isa }: KernelBuild): Promise<number> {
  const multiplyAdds = name === "native" ? nativeMultiplyAdds(isa) : await wasmMultiplyAdds();
  const rounds = 20_000;
  const operations = multiplyAdds(rounds);
  return operations / best(() => multiplyAdds(rounds), { seconds: 1 });
}

function nativeMultiplyAdds(isa: string): (rounds: number) => number {
  const addon = createRequire(import.meta.url)("../../build/kernels.node") as {
    multiplyAdds(isa: string, rounds: number): number;
  };
  return (rounds) => addon.multiplyAdds(isa, rounds);
}

async function wasmMultiplyAdds(): Promise<(rounds: number) => number> {
  const bytes = readFileSync(new URL("../../native/kernels.wasm", import.meta.url));
  const { instance } = await WebAssembly.instantiate(bytes, { backstitch: { scratch: () => 0 } });
  return instance.exports.multiplyAdds as (rounds: number) => number;
}
