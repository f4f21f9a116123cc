/**
 * Binds the WebAssembly module: kernels that use arrays where they are when those lie in the module's own memory
 * (blocks from `allocate`), and copy the others in before the call and out after it.
 */
import { StopError } from "../base/index.ts";
import type { Block, KernelBuild } from "./build.ts";
import { type AnyArgs, type Arrays, compileCheck, type Words } from "./check.ts";
import { bufferOf, byteOffsetOf, copyElements, lengthOf } from "./elements.ts";
import { compareTables } from "./handshake.ts";
import { Heap } from "./heap.ts";
import { type ArraySpec, type KernelName, type Kernels, kernelNames, kernelSpec } from "./table.ts";

/** What native/kernels.wasm exports, besides one function for each kernel (native/wasm.cc). */
interface Exports {
  readonly memory: WebAssembly.Memory;
  /** Where the argument of a kernel is written. */
  argument(): number;
  /** Where the memory begins that is ours to hand out. */
  heap(): number;
  /** Where the kernel table begins that the module was compiled from, as text that ends with a 0. */
  table(): number;
}

/** Bytes for the argument of any kernel: words, then pointers. */
const argumentBytes = 256;

/**
 * Compiles and binds the kernels.
 *
 * @param source the bytes of kernels.wasm, or the module when it has been compiled already
 * @throws Error when it was built from another kernel table
 */
export async function loadWasm(source: BufferSource | WebAssembly.Module): Promise<KernelBuild> {
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  let scratch = (_bytes: number): number => 0;
  const imports = { backstitch: { scratch: (bytes: number) => scratch(bytes >>> 0) } };
  const instance = await WebAssembly.instantiate(module, imports);
  const memory = new ModuleMemory(instance.exports as unknown as Exports);
  scratch = (bytes) => memory.scratch(bytes);
  const functions = instance.exports as unknown as Record<KernelName, () => number>;
  return {
    name: "wasm",
    isa: "simd128",
    threads: 1,
    precision: "float32",
    kernels: Object.fromEntries(
      kernelNames.map((name) => [name, bindKernel(name, functions[name], memory)]),
    ) as unknown as Kernels,
    allocate: (length) => new WasmBlock(memory, length),
  };
}

function bindKernel(name: KernelName, kernel: () => number, memory: ModuleMemory): (args: AnyArgs) => void {
  const spec = kernelSpec(name);
  const check = compileCheck(name, "float32", memory.words);
  const specs = Object.values(spec.arrays);
  const words = spec.sizes.length + Object.keys(spec.scalars).length;

  return (args) => {
    const arrays = check(args);
    if (arrays === undefined) return;
    try {
      const foreign = memory.point(arrays, words);
      if (foreign > 0) memory.copyIn(arrays, words, specs, foreign);
      if (kernel() === 0) throw new StopError(`${name}: not enough memory`);
      if (foreign > 0) memory.copyOut(arrays, words, specs);
    } finally {
      arrays.fill(null);
      memory.endCall();
    }
  };
}

/** The memory of the module: the argument of a call, blocks, and what is needed only during a call. */
class ModuleMemory {
  readonly heap: Heap;
  readonly words: Words;
  readonly #argument: number;
  #floats: Float32Array;
  #ints: Int32Array;
  /** Kept from call to call; what did not fit in it is in `#overflow` until the call ends. */
  #arena = { start: 0, size: 0, used: 0 };
  #overflow: number[] = [];
  #overflowBytes = 0;

  constructor(wasm: Exports) {
    const start = wasm.table();
    const bytes = new Uint8Array(wasm.memory.buffer);
    compareTables(new TextDecoder().decode(bytes.subarray(start, bytes.indexOf(0, start))), "wasm");
    this.#argument = wasm.argument();
    this.heap = new Heap(wasm.memory, wasm.heap() >>> 0, () => this.#look());
    const { buffer } = this.heap;
    this.#floats = new Float32Array(buffer);
    this.#ints = new Int32Array(buffer);
    this.words = { ints: this.#ints, floats: this.#floats };
    this.#look();
  }

  #look(): void {
    const { buffer } = this.heap;
    this.#floats = new Float32Array(buffer);
    this.#ints = new Int32Array(buffer);
    this.words.ints = new Int32Array(buffer, this.#argument, argumentBytes / 4);
    this.words.floats = new Float32Array(buffer, this.#argument, argumentBytes / 4);
  }

  /** Writes the address of each array that lies in this memory; returns how many bytes the others need. */
  point(arrays: Arrays, words: number): number {
    const { buffer } = this.heap;
    const { ints } = this.words;
    let foreign = 0;
    for (let i = 0; i < arrays.length; i++) {
      const array = arrays[i]!;
      if (array === null) ints[words + i] = 0;
      else if (bufferOf(array) === buffer) ints[words + i] = byteOffsetOf(array);
      else foreign += blockBytes(4 * lengthOf(array));
    }
    return foreign;
  }

  /** Makes room for the arrays that lie elsewhere, and copies those that the kernel reads. */
  copyIn(arrays: Arrays, words: number, specs: readonly ArraySpec[], foreign: number): void {
    const { buffer } = this.heap;
    let next = this.#reserve(foreign);
    // The words may have moved with the memory, and so may the arrays that lie in it: those are told by the old buffer.
    const { ints } = this.words;
    for (let i = 0; i < arrays.length; i++) {
      const array = arrays[i]!;
      if (array === null || bufferOf(array) === buffer) continue;
      const length = lengthOf(array);
      ints[words + i] = next;
      if (specs[i]!.role !== "out") this.#view(specs[i]!, next, length).set(array);
      next += blockBytes(4 * length);
    }
  }

  /** Copies what the kernel wrote to the arrays that lie elsewhere. */
  copyOut(arrays: Arrays, words: number, specs: readonly ArraySpec[]): void {
    const { ints } = this.words;
    for (let i = 0; i < arrays.length; i++) {
      const array = arrays[i]!;
      if (array === null || specs[i]!.role === "in") continue;
      const length = lengthOf(array);
      // An array of this memory that died because the memory grew has no elements either.
      if (length === 0 || bufferOf(array) === this.heap.buffer) continue;
      copyElements(this.#view(specs[i]!, ints[words + i]! >>> 0, length), array);
    }
  }

  #view({ type }: ArraySpec, start: number, length: number): Float32Array | Int32Array {
    return (type === "int" ? this.#ints : this.#floats).subarray(start / 4, start / 4 + length);
  }

  /** Memory until the call ends, at a multiple of 64; 0 when there is none left. */
  scratch(bytes: number): number {
    try {
      return this.#reserve(bytes);
    } catch {
      return 0;
    }
  }

  #reserve(bytes: number): number {
    const arena = this.#arena;
    const size = blockBytes(bytes);
    if (arena.used + size <= arena.size) {
      arena.used += size;
      return arena.start + arena.used - size;
    }
    const start = this.heap.allocate(size);
    this.#overflow.push(start);
    this.#overflowBytes += size;
    return start;
  }

  /** Forgets what was needed during a call; when it did not fit, one larger arena serves the next. */
  endCall(): void {
    const arena = this.#arena;
    const wanted = arena.used + this.#overflowBytes;
    arena.used = 0;
    if (this.#overflow.length === 0) return;
    for (const start of this.#overflow) this.heap.free(start);
    this.#overflow = [];
    this.#overflowBytes = 0;
    if (arena.size > 0) this.heap.free(arena.start);
    arena.size = 0;
    try {
      arena.start = this.heap.allocate(wanted);
      arena.size = wanted;
    } catch {
      // Without an arena every call allocates anew: slower, and no less right.
    }
  }
}

function blockBytes(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** Frees blocks whose owner was collected without calling free. */
const collected = new FinalizationRegistry<{ heap: Heap; start: number }>(({ heap, start }) => heap.free(start));
/** Keeps a block alive for as long as somebody holds a view of it. */
const blockOf = new WeakMap<Float32Array, WasmBlock>();

class WasmBlock implements Block {
  readonly length: number;
  readonly #heap: Heap;
  readonly #start: number;
  #view: Float32Array | undefined;

  constructor(memory: ModuleMemory, length: number) {
    this.length = length;
    this.#heap = memory.heap;
    this.#start = memory.heap.allocate(length * 4);
    this.#view = this.#look();
    collected.register(this, { heap: this.#heap, start: this.#start }, this);
  }

  get array(): Float32Array {
    const view = this.#view;
    if (view === undefined) throw new Error("wasm kernels: a block was read after free()");
    if (view.buffer === this.#heap.buffer) return view;
    this.#view = this.#look();
    return this.#view;
  }

  free(): void {
    if (this.#view === undefined) return;
    this.#view = undefined;
    collected.unregister(this);
    this.#heap.free(this.#start);
  }

  #look(): Float32Array {
    const view = new Float32Array(this.#heap.buffer, this.#start, this.length);
    blockOf.set(view, this);
    return view;
  }
}
