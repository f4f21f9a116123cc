/** Attention: layers that look up the outputs of an encoder. */
export { AdditiveAttention, type AdditiveAttentionOptions } from "./additive.ts";
export type { Attention, Memory } from "./attention.ts";
export { type AttentiveInputs, AttentiveRecurrent, type AttentiveRecurrentOptions } from "./attentive-recurrent.ts";
export type { AttentiveOutput, AttentiveState } from "./attentive-step.ts";
export { DotAttention, type DotAttentionOptions } from "./dot.ts";
