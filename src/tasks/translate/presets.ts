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
 * The models by name. x is the source, a the encoder's outputs, y the target, s the decoder's state, c what is known of the
 * source, o what the next token is scored by: P(y_t) = softmax(W o_t + b).
 *
 *   sutskever      s_0 = the encoder's last state, of x read from its end
 *                  s_t = cell(y_(t-1), s_(t-1))            o_t = s_t
 *   cho            c = the encoder's last h                s_t = cell([y_(t-1); c], s_(t-1))
 *                  o_t = tanh(W [s_t; c])
 *   bahdanau       c_t = attend(s_(t-1), a)                s_t = cell([y_(t-1); c_t], s_(t-1))
 *                  o_t = tanh(W [s_t; c_t])                a both ways; energy = v . tanh(Wq s + Wk a)
 *   luong          s_t = cell(y_(t-1), s_(t-1))            c_t = attend(s_t, a)
 *                  o_t = tanh(W [s_t; c_t])                energy = s . W a
 *   luong-feeding  s_t = cell([y_(t-1); o_(t-1)], s_(t-1)), else as luong
 *   dates          c_t = attend(s_(t-1), a)                s_t = cell(c_t, s_(t-1)), which does not see y_(t-1); s_0 = 0
 *   gnmt           s_t = cell(y_(t-1), s_(t-1))            c_t = attend(s_t, a), additive; a both ways
 *                  u_t = upper([s_t; c_t], u_(t-1))        o_t = tanh(W [u_t; c_t])
 *
 * In gnmt no step waits for the attention of the one before, so that a whole sequence is a few calls; the others with a
 * context fed to the step are one call of a kernel of their own with cell lstm or gru.
 *
 * Where they differ from the papers: all but sutskever and dates begin with tanh(W h) of the encoder's last state, as
 * Bahdanau's does, where Luong copies it; o is a tanh layer, where Cho and Bahdanau have maxout units that also see
 * y_(t-1); every model may be deep, and then the layers above the lowest read [h; c]; GNMT asks with the state of the step
 * before, has 8 layers of which one reads both ways, and residual connections (here `residual`).
 *
 * @source Sutskever, Vinyals & Le 2014, arXiv:1409.3215; Cho et al. 2014, arXiv:1406.1078; Bahdanau, Cho & Bengio 2015,
 *   arXiv:1409.0473; Luong, Pham & Manning 2015, arXiv:1508.04025; Wu et al. 2016, arXiv:1609.08144; dates: Ng's course,
 *   sequence models, week 3
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
