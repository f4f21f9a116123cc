/** File formats: bytes to values and back. */
export { type JsonOptions, parseJson } from "./json.ts";
export {
  readSafetensors,
  type Safetensors,
  type StoredArray,
  type StoredData,
  writeSafetensors,
} from "./safetensors.ts";
export { readTmx, type TmxHeader, type TmxText, type TmxUnit } from "./tmx.ts";
