import { describe, expect, test } from "vitest";
import { engines, exactEngine } from "../../../test/engines.ts";
import { noGrad } from "../../tensor/index.ts";
import { padSequences } from "../../text/index.ts";
import { LanguageNetwork } from "./network.ts";
import { type LanguageModelOptions, languageModelOptions } from "./options.ts";

const V = 9;
const small = { embeddingSize: 5, hiddenSize: 4, layers: 2 } satisfies LanguageModelOptions;
const settings = (options: LanguageModelOptions = {}) => languageModelOptions.parse({ ...small, ...options });
const batch = padSequences([
  [4, 5, 6, 7],
  [8, 4],
  [5, 5, 5],
]);

describe("tokenNats", () => {
  test.each(engines)("is the loss, token by token, and gives the same state: $title", ({ make, build }) => {
    const network = new LanguageNetwork(make(), V, settings({ dropout: 0.5, smoothing: 0.1 }));
    const { nats, state } = network.tokenNats(batch, null);
    const judged = noGrad(network.engine, () => network.loss(batch, null));
    expect(nats).toHaveLength(batch.targets.ids.length);
    expect([...nats].map((n) => n > 0)).toEqual([...batch.targets.ids].map((id) => id >= 0));
    const mean = [...nats].reduce((sum, n) => sum + n, 0) / batch.targetCount;
    expect(Math.abs(mean - judged.loss.item())).toBeLessThan(build.precision === "float64" ? 1e-14 : 2e-6);
    expect(state.map(({ h }) => h.data)).toEqual(judged.state.map(({ h }) => h.data));
  });

  test("goes on from a state", () => {
    const network = new LanguageNetwork(exactEngine(), V, settings());
    const ids = Int32Array.of(4, 5, 6, 7, 8, 4);
    const part = (from: number, to: number) => ({
      inputs: { ids: ids.slice(from, to), shape: [to - from, 1] },
      targets: { ids: ids.slice(from + 1, to + 1), shape: [to - from, 1] },
      lengths: Int32Array.of(to - from),
      targetCount: to - from,
      continues: from > 0,
    });
    const whole = network.tokenNats(part(0, 5), null);
    const first = network.tokenNats(part(0, 2), null);
    const second = network.tokenNats(part(2, 5), first.state);
    expect([...first.nats, ...second.nats]).toEqual([...whole.nats]);
  });
});
