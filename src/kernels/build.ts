/**
 * A build: one way to run every kernel of the table.
 */
import type { FloatArray, Kernels } from "./table.ts";

/** Numbers in memory that the kernels of a build read without copying. */
export interface Block {
  readonly length: number;
  /** The numbers. WebAssembly memory may move when it grows: read this anew after every allocation and kernel call. */
  readonly array: FloatArray;
  /** Gives the memory back; the block is not to be used after. */
  free(): void;
}

/** The kernels as one build runs them, with checked arguments. */
export interface KernelBuild {
  readonly name: "native" | "wasm" | "reference";
  /** The instruction set: avx512, avx2, x86-64, neon, simd128 or typescript. */
  readonly isa: string;
  readonly threads: number;
  readonly precision: "float32" | "float64";
  readonly kernels: Kernels;
  /** Memory for `length` numbers, holding garbage. */
  allocate(length: number): Block;
}

/** What to load; without options the fastest build that works here. */
export interface LoadOptions {
  readonly build?: KernelBuild["name"];
  readonly isa?: string;
  readonly threads?: number;
  readonly precision?: KernelBuild["precision"];
}

/** A loaded build, and a line for each faster one that could not be used and for each thing that slows this one. */
export interface LoadedKernels {
  readonly build: KernelBuild;
  readonly notes: readonly string[];
}

/** One build on this machine, for a person to read. */
export interface BuildInfo {
  readonly name: KernelBuild["name"];
  /** The instruction sets it can run here, fastest first; none when it cannot be used. */
  readonly isas: readonly string[];
  /** How many threads it uses unless told otherwise. */
  readonly threads: number;
  /** Where it comes from, or why it cannot be used. */
  readonly note: string;
}
