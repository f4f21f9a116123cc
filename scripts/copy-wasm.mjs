// Puts the WebAssembly kernels beside the compiled loader, where browsers and bundlers find them, and lets the command
// line be run: npm does so only when it links it first, not when it is built anew.
import { chmodSync, copyFileSync } from "node:fs";

const from = (/** @type {string} */ path) => new URL(`../${path}`, import.meta.url);
copyFileSync(from("native/kernels.wasm"), from("dist/kernels/kernels.wasm"));
chmodSync(from("dist/cli/main.js"), 0o755);
