/**
 * Training an LSTM from TypeScript is faster than PyTorch. A whole step through the public API on five shapes: embedding,
 * recurrent layers, cross-entropy, backward, clipping, Adam; one thread and all, beside PyTorch with as many.
 *
 *     npm run bench lstm              every shape
 *     npm run bench lstm H128 H256    some
 */
import { compareWithTorch } from "./recurrent/compare.ts";

await compareWithTorch("lstm", process.argv.slice(2));
