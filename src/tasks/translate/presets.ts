/** The published shapes of an encoder with a decoder, as choices that can be made one by one. */
import type { CellName } from "../../nn/index.ts";

/** How the decoder looks at the source. */
export const attentions = ["none", "dot", "general", "additive"] as const;
/** What the lowest decoder layer is fed beside the token before. */
export const feeds = ["none", "context", "output"] as const;
/** What the decoder's state begins with. */
export const starts = ["project", "copy", "zeros"] as const;

/** The choices that make a model. */
export interface Design {
  readonly cell: CellName;
  /** How the lowest decoder layer looks at the source; none: it sees only a summary of it. */
  readonly attention: (typeof attentions)[number];
  /** What the lowest decoder layer is fed: nothing, the context, or Luong's attentional output of the step before. */
  readonly feed: (typeof feeds)[number];
  /** Whether the decoder reads the token before the one it predicts. */
  readonly seesPrevious: boolean;
  readonly bidirectional: boolean;
  readonly reverseSource: boolean;
  /** The decoder begins with tanh(W h) of the encoder's last state, with a copy of that state, or with zeros. */
  readonly start: (typeof starts)[number];
}

/**
 * The models by name.
 *
 * - sutskever: no attention; the source is read from its end, the decoder begins where the encoder stopped
 *   (Sutskever, Vinyals & Le 2014, arXiv:1409.3215)
 * - cho: no attention; the encoder's summary is read at every step (Cho et al. 2014, arXiv:1406.1078)
 * - bahdanau: additive attention, asked by the state before a step, read by the step (Bahdanau, Cho & Bengio 2015,
 *   arXiv:1409.0473)
 * - luong: multiplicative attention, asked by the state after a step (Luong, Pham & Manning 2015, arXiv:1508.04025)
 * - luong-feeding: the same with input feeding (3.3 there)
 * - dates: the course's model: as bahdanau, but an output does not see the one before it
 * - gnmt: the lowest decoder layer asks, the layers above read [h; context] (after Wu et al. 2016, arXiv:1609.08144): no
 *   step waits for the attention of the one before, so that a whole sequence is a few calls
 */
export const presets = {
  gnmt: design({ attention: "additive", bidirectional: true }),
  bahdanau: design({ cell: "gru", attention: "additive", feed: "context", bidirectional: true }),
  luong: design({ attention: "general" }),
  "luong-feeding": design({ attention: "general", feed: "output" }),
  dates: design({
    ...{ attention: "additive", feed: "context", bidirectional: true },
    ...{ seesPrevious: false, start: "zeros" },
  }),
  cho: design({ cell: "gru", feed: "context" }),
  sutskever: design({ reverseSource: true, start: "copy" }),
} as const satisfies Record<string, Design>;

/** The name of a published model. */
export type ModelName = keyof typeof presets;

function design(choices: Partial<Design>): Design {
  return {
    ...{ cell: "lstm", attention: "none", feed: "none", seesPrevious: true },
    ...{ bidirectional: false, reverseSource: false, start: "project" },
    ...choices,
  };
}

/** A preset with the choices that were made otherwise. */
export function designOf({
  model,
  ...choices
}: { readonly model: ModelName } & { readonly [K in keyof Design]?: Design[K] | undefined }): Design {
  const base: Design = presets[model];
  return {
    cell: choices.cell ?? base.cell,
    attention: choices.attention ?? base.attention,
    feed: choices.feed ?? base.feed,
    seesPrevious: choices.seesPrevious ?? base.seesPrevious,
    bidirectional: choices.bidirectional ?? base.bidirectional,
    reverseSource: choices.reverseSource ?? base.reverseSource,
    start: choices.start ?? base.start,
  };
}
