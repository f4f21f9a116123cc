/** The file of a session: what its arrays and its numbers must be. */
import { z } from "zod";
import { FormatError, show } from "../../base/index.ts";
import { longestWindow } from "../../decode/index.ts";
import { parseJson, readSafetensors, type StoredArray } from "../../formats/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { LanguageModel } from "./model.ts";
import { fingerprintOf } from "./model-fingerprint.ts";
import type { LanguageNetwork, NetworkState } from "./network.ts";

/** What of a session no array holds, by the size of the vocabulary. */
const savedSession = (vocabularySize: number) => {
  const ids = z.array(
    z
      .int()
      .min(0)
      .max(vocabularySize - 1),
  );
  const bits = z
    .int()
    .min(0)
    .max(2 ** 32 - 1);
  return z.strictObject({
    unread: ids.min(1),
    seen: ids.max(longestWindow),
    random: z.array(bits).length(4),
    isFresh: z.boolean(),
    isEnded: z.boolean(),
    isSpaced: z.boolean(),
  });
};

/** What of a session no array holds, as `Session.save` writes it. */
export type SavedSession = z.output<ReturnType<typeof savedSession>>;

/**
 * What the file of a session holds.
 *
 * @param where the file, as messages name it
 * @returns the state of the network, null where it has read nothing yet, and the rest
 * @throws FormatError when it is no session of this model, or a part of it cannot be
 */
export function readSessionFile(
  where: string,
  bytes: Uint8Array,
  model: LanguageModel,
): { readonly state: NetworkState | null; readonly saved: SavedSession } {
  const { arrays, metadata } = readSafetensors(where, bytes);
  if (metadata.kind !== "session")
    throw new FormatError(
      `${where}: must hold a session, holds something else; give a file that a session was saved to`,
    );
  if (metadata.model !== fingerprintOf(model))
    throw new FormatError(
      `${where}: must be a session of this model, is one of another; give the model it was saved with`,
    );
  const { network } = model;
  const schema = savedSession(network.embedding.vocabularySize);
  const saved = parseJson(`${where}: session`, metadata.session ?? "", schema);
  return { state: stateOf(where, arrays, network), saved };
}

/** All of the state or nothing: of each layer every part, [1 H]. */
function stateOf(
  where: string,
  arrays: ReadonlyMap<string, StoredArray>,
  { engine, recurrent }: LanguageNetwork,
): NetworkState | null {
  const { cell, hiddenSize, layers } = recurrent;
  const names = layers.map((_, layer) => cell.state.map((part) => [part, `${layer}.${part}`] as const));
  const known: string[] = names.flatMap((parts) => parts.map(([, name]) => name));
  const unknown = [...arrays.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new FormatError(
      `${where}: arrays must be ${known.join(", ")}, got ${show(unknown)}; give the file as it was saved`,
    );
  if (arrays.size === 0) return null;
  const tensorOf = (name: string): Tensor => {
    const array = arrays.get(name);
    if (!array)
      throw new FormatError(
        `${where}: arrays must be ${known.join(", ")}, ${name} is missing; give the file as it was saved`,
      );
    const { shape, data } = array;
    if (shape.length !== 2 || shape[0] !== 1 || shape[1] !== hiddenSize)
      throw new FormatError(
        `${where}: ${name} must be [1 H] = [1 ${hiddenSize}], got [${shape.join(" ")}]; give the file as it was saved`,
      );
    if (!(data instanceof Float32Array || data instanceof Float64Array))
      throw new FormatError(
        `${where}: ${name} must hold F32 or F64, got a ${data.constructor.name}; give the file as it was saved`,
      );
    const odd = data.findIndex((value) => !Number.isFinite(value));
    if (odd >= 0)
      throw new FormatError(
        `${where}: ${name}[${odd}] must be a finite number, got ${data[odd]}; give the file as it was saved`,
      );
    return engine.tensor(data, shape);
  };
  return names.map(
    (parts) => Object.fromEntries(parts.map(([part, name]) => [part, tensorOf(name)])) as NetworkState[number],
  );
}
