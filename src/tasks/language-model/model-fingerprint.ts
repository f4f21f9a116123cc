/** Tells whether something belongs to a model. */
import { parameters } from "../../nn/index.ts";
import type { LanguageModel } from "./model.ts";

/** Differs for a model of other weights, other options of its shape, or another vocabulary: FNV-1a, in hexadecimal. */
export function fingerprintOf({ network, codec }: LanguageModel): string {
  let hash = 0x811c9dc5;
  const add = (number: number) => {
    hash = Math.imul(hash ^ number, 0x01000193);
  };
  const addText = (text: string) => {
    for (let i = 0; i < text.length; i++) add(text.charCodeAt(i));
    add(-1);
  };
  for (const [name, { shape, data }] of Object.entries(parameters(network))) {
    addText(`${name} ${shape.join(" ")}`);
    // The bits of the numbers, four bytes at a time.
    const bits = new Int32Array(data.slice().buffer);
    for (let i = 0; i < bits.length; i++) add(bits[i]!);
  }
  addText(JSON.stringify(codec.toJSON()));
  return (hash >>> 0).toString(16).padStart(8, "0");
}
