/**
 * Safetensors: named arrays in one file, the format of Hugging Face.
 *
 *   8 bytes    N, the length of the header, little-endian
 *   N bytes    JSON: name -> { dtype, shape, data_offsets: [begin, end] }, "__metadata__" -> { text: text }
 *   the rest   the arrays, without holes, little-endian, row-major; offsets count from here
 *
 * @source https://github.com/huggingface/safetensors#format
 */
import { FormatError, KindError, show, ValueError } from "../base/index.ts";
import { scanJson } from "./json-scan.ts";

/** The kinds of numbers that can be kept. */
export type StoredData =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array
  | BigUint64Array;

/** An array as a file holds it: row-major numbers and their shape, sizes slowest first. */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly data: StoredData;
}

/** What a safetensors file holds. */
export interface Safetensors {
  readonly arrays: ReadonlyMap<string, StoredArray>;
  /** Texts about the arrays. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The arrays in the bytes of a safetensors file, in the order of their bytes, in memory of their own.
 *
 * F16 and BF16 become Float32Array, which holds them exactly; BOOL becomes Uint8Array. The memory taken is bounded by
 * a small multiple of the file's size, whatever its header says.
 *
 * @param where the file, as messages name it
 * @throws FormatError for every way in which the bytes are not such a file, with the byte or the array
 */
export function readSafetensors(where: string, bytes: Uint8Array): Safetensors {
  const { header, dataStart } = readHeader(where, bytes);
  const metadata = readMetadata(where, header[metadataName]);
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header))
    if (name !== metadataName) entries.push(readEntry(where, name, value));

  const arrays = new Map<string, StoredArray>();
  let end = 0;
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  for (const entry of entries) {
    const { name, begin } = entry;
    if (begin !== end) {
      const problem =
        begin < end ? "overlaps the one before, which ends" : "leaves a hole after the one before, which ends";
      throw damaged(`${where}: array ${show(name)}: begins at byte ${begin} and ${problem} at byte ${end}`);
    }
    end = entry.end;
    if (dataStart + end > bytes.length)
      throw damaged(
        `${where}: array ${show(name)}: ends at byte ${dataStart + end} but the file ends after ${bytes.length}`,
      );
    arrays.set(name, {
      shape: entry.shape,
      data: entry.kind.read(new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end)).buffer),
    });
  }
  if (dataStart + end < bytes.length)
    throw damaged(
      `${where}: byte ${dataStart + end}: the arrays end here but the file goes on to ${bytes.length} bytes`,
    );
  return { arrays, metadata };
}

/**
 * The bytes of a safetensors file: the same arrays in the same order give the same bytes.
 *
 * The data of wider numbers comes first, so that every array is aligned; else the order is the map's.
 *
 * @throws RangeError when a shape and its data differ in size, or a name is taken twice; TypeError for another kind of data
 */
export function writeSafetensors({
  arrays,
  metadata = {},
}: Partial<Safetensors> & Pick<Safetensors, "arrays">): Uint8Array<ArrayBuffer> {
  const items = Array.from(arrays, ([name, { shape, data }]) => {
    if (name === metadataName)
      throw new ValueError(`writeSafetensors: the name ${show(name)} is the format's own; choose another`);
    const dtype = kindOf(name, data);
    const size = sizeOf(shape);
    const problem =
      size === undefined ? "must have whole numbers from 0 up" : `needs ${size} elements, got ${data.length}`;
    if (size !== data.length)
      throw new ValueError(`writeSafetensors: array ${show(name)}: shape ${showShape(shape)} ${problem}`);
    return { name, shape, data, dtype, begin: 0 };
  });
  for (const [key, text] of Object.entries(metadata))
    if (typeof text !== "string")
      throw new KindError(`writeSafetensors: metadata ${show(key)} must be a text, got ${show(text)}`);

  let total = 0;
  const inFile = items.toSorted((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  for (const item of inFile) {
    item.begin = total;
    total += item.data.byteLength;
  }

  // Written by hand: an object would put names that are numbers first.
  const fields = items.map(({ name, shape, data, dtype, begin }) => {
    const value = { dtype, shape, data_offsets: [begin, begin + data.byteLength] };
    return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  });
  if (Object.keys(metadata).length > 0) fields.unshift(`"${metadataName}":${JSON.stringify(metadata)}`);
  const header = new TextEncoder().encode(`{${fields.join(",")}}`);
  const padded = Math.ceil(header.length / 8) * 8;

  const bytes = new Uint8Array(8 + padded + total);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(header, 8);
  bytes.fill(0x20, 8 + header.length, 8 + padded);
  for (const { data, begin } of inFile)
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 8 + padded + begin);
  return bytes;
}

const metadataName = "__metadata__";
/** As the reference implementation in Rust has it. */
const maxHeaderBytes = 100_000_000;

interface Kind {
  readonly bytes: number;
  read(bytes: ArrayBuffer): StoredData;
}

const kinds: ReadonlyMap<unknown, Kind> = new Map<unknown, Kind>([
  ["F64", { bytes: 8, read: (bytes) => new Float64Array(bytes) }],
  ["F32", { bytes: 4, read: (bytes) => new Float32Array(bytes) }],
  ["F16", { bytes: 2, read: (bytes) => Float32Array.from(new Uint16Array(bytes), float16) }],
  ["BF16", { bytes: 2, read: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), bfloat16).buffer) }],
  ["I64", { bytes: 8, read: (bytes) => new BigInt64Array(bytes) }],
  ["I32", { bytes: 4, read: (bytes) => new Int32Array(bytes) }],
  ["I16", { bytes: 2, read: (bytes) => new Int16Array(bytes) }],
  ["I8", { bytes: 1, read: (bytes) => new Int8Array(bytes) }],
  ["U64", { bytes: 8, read: (bytes) => new BigUint64Array(bytes) }],
  ["U32", { bytes: 4, read: (bytes) => new Uint32Array(bytes) }],
  ["U16", { bytes: 2, read: (bytes) => new Uint16Array(bytes) }],
  ["U8", { bytes: 1, read: (bytes) => new Uint8Array(bytes) }],
  ["BOOL", { bytes: 1, read: (bytes) => new Uint8Array(bytes) }],
]);

/** The value of a half precision number (IEEE 754 binary16). */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bits of the float32 that a bfloat16 is the upper half of. */
const bfloat16 = (bits: number) => bits << 16;

function kindOf(name: string, data: StoredData): string {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Int32Array) return "I32";
  if (data instanceof Uint32Array) return "U32";
  if (data instanceof Int16Array) return "I16";
  if (data instanceof Uint16Array) return "U16";
  if (data instanceof Int8Array) return "I8";
  if (data instanceof Uint8Array) return "U8";
  if (data instanceof BigInt64Array) return "I64";
  if (data instanceof BigUint64Array) return "U64";
  throw new KindError(
    `writeSafetensors: array ${show(name)}: data must be a typed array of numbers, got ${show(data)}`,
  );
}

/** A description of an array, checked on its own; bytes count from where the data starts. */
interface Entry {
  readonly name: string;
  readonly kind: Kind;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const damaged = (message: string) => new FormatError(`${message}; the file is damaged, get or write it again`);
const showShape = (shape: readonly number[]) =>
  shape.length > 10 ? `[${shape.slice(0, 10).join(" ")} ...]` : `[${shape.join(" ")}]`;
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);

/** How many elements a shape has; undefined when it is no shape, or more than can be counted. */
function sizeOf(shape: readonly unknown[]): number | undefined {
  let size = 1;
  for (const length of shape) {
    if (!isCount(length)) return undefined;
    size *= length;
    if (!Number.isSafeInteger(size)) return undefined;
  }
  return size;
}

function readHeader(where: string, bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8)
    throw new FormatError(
      `${where}: must begin with the 8 bytes of its header's length but the file ends after ${bytes.length}`,
    );
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > maxHeaderBytes)
    throw new FormatError(
      `${where}: byte 0: header must be at most ${maxHeaderBytes} bytes, says ${length}; is it a safetensors file?`,
    );
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length)
    throw new FormatError(`${where}: byte 8: header says ${length} bytes but the file ends after ${bytes.length}`);

  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart));
  } catch {
    throw damaged(`${where}: byte 8: header must be UTF-8, is not`);
  }
  if (!text.startsWith("{"))
    throw damaged(`${where}: byte 8: header must begin with "{", got ${show(text.slice(0, 1))}`);
  const fault = scanJson(text);
  if (fault) {
    const byte = 8 + new TextEncoder().encode(text.slice(0, fault.at)).length;
    const problem = {
      syntax: `header must be JSON, got ${show(fault.found)}`,
      end: "header must be JSON, ends in the middle",
      "repeated key": `the name ${show(fault.found)} is there twice`,
    }[fault.problem];
    throw damaged(`${where}: byte ${byte}: ${problem}`);
  }
  return { header: JSON.parse(text) as Record<string, unknown>, dataStart };
}

function readMetadata(where: string, value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isObject(value)) throw damaged(`${where}: "${metadataName}": must be an object of texts, got ${show(value)}`);
  for (const [key, text] of Object.entries(value))
    if (typeof text !== "string")
      throw damaged(`${where}: "${metadataName}": ${show(key)} must be a text, got ${show(text)}`);
  return value as Record<string, string>;
}

function readEntry(where: string, name: string, value: unknown): Entry {
  const wrong = (message: string) => damaged(`${where}: array ${show(name)}: ${message}`);
  if (!isObject(value)) throw wrong(`must be an object with dtype, shape and data_offsets, got ${show(value)}`);
  // Read as own properties: a name such as "__proto__" in a file must not reach further.
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = {
    dtype: undefined,
    shape: undefined,
    data_offsets: undefined,
    ...value,
  } as Record<string, unknown>;

  const kind = kinds.get(dtype);
  if (kind === undefined)
    throw new FormatError(
      `${where}: array ${show(name)}: dtype must be one of ${[...kinds.keys()].join(", ")}, got ${show(dtype)}; save it as F32`,
    );
  if (!Array.isArray(shape)) throw wrong(`shape must be a list of whole numbers, got ${show(shape)}`);
  const size = sizeOf(shape);
  if (size === undefined)
    throw wrong(`shape must be a list of whole numbers from 0 up, together countable, got ${show(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw wrong(`data_offsets must be two whole numbers from 0 up, got ${show(offsets)}`);
  const [begin, end] = offsets as [number, number];
  if (begin > end) throw wrong(`data_offsets must not end before they begin, got ${show(offsets)}`);
  if (size * kind.bytes !== end - begin)
    throw wrong(
      `shape ${showShape(shape)} of ${dtype} needs ${size * kind.bytes} bytes, data_offsets give ${end - begin}`,
    );
  return { name, kind, shape, begin, end };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
