/** Attention: layers that look up the outputs of an encoder. */
export { AdditiveAttention, type AdditiveAttentionOptions } from "./additive.ts";
export type { Attention, Memory } from "./attention.ts";
export {
  type AttentiveInputs,
  type AttentiveOutput,
  AttentiveRecurrent,
  type AttentiveRecurrentOptions,
  type AttentiveState,
} from "./attentive-recurrent.ts";
export { DotAttention, type DotAttentionOptions } from "./dot.ts";
