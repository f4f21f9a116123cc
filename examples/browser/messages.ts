/** What the page and its worker say to each other. */

export type ToWorker = { readonly kind: "train"; readonly names: readonly string[] } | { readonly kind: "stop" };

export type FromWorker =
  | {
      readonly kind: "step";
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly tokensPerSecond: number;
    }
  | { readonly kind: "samples"; readonly samples: readonly string[] }
  | { readonly kind: "done"; readonly kernels: string; readonly model: Uint8Array<ArrayBuffer> }
  | { readonly kind: "failed"; readonly message: string };
