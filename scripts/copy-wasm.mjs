// Puts the WebAssembly kernels beside the compiled loader, where browsers and bundlers find them.
import { copyFileSync } from "node:fs";

const from = (/** @type {string} */ path) => new URL(`../${path}`, import.meta.url);
copyFileSync(from("native/kernels.wasm"), from("dist/kernels/kernels.wasm"));
