import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Tests that change the folder, the environment or the output of their process, or measure it. */
const alone = ["{src,test}/cli/**/*.test.ts", "test/{memory,threads,translate-page}.test.ts"];

export default defineConfig({
  resolve: { alias: { "#loader": fileURLToPath(new URL("./src/kernels/node.ts", import.meta.url)) } },
  test: {
    globalSetup: "test/build.ts",
    // A busy machine takes long.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Left to itself vitest spares a core, which is half of two.
    maxWorkers: availableParallelism(),
    projects: [
      { extends: true, test: { name: "alone", include: alone } },
      // The others share processes, and what these have loaded.
      { extends: true, test: { name: "shared", include: ["{src,test}/**/*.test.ts"], exclude: alone, isolate: false } },
    ],
  },
});
