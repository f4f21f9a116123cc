/**
 * Training a GRU from TypeScript is faster than PyTorch. A whole step through the public API on five shapes: embedding,
 * recurrent layers, cross-entropy, backward, clipping, Adam; one thread and all, beside PyTorch with as many.
 *
 *     npm run bench gru              every shape
 *     npm run bench gru H128 H256    some
 */
import { compareWithTorch } from "./recurrent/compare.ts";

await compareWithTorch("gru", process.argv.slice(2));
