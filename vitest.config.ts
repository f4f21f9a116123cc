import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "#loader": fileURLToPath(new URL("./src/kernels/node.ts", import.meta.url)) } },
  test: { globalSetup: "test/build.ts", include: ["src/**/*.test.ts", "test/**/*.test.ts"], testTimeout: 30_000 },
});
