/** Bundles the page and serves it: npm run example:browser, then open the address it prints. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import dinosaurs from "dinosaurs";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/** Serves the example on this machine only; `close` ends it. */
export async function serveExample(port = 0): Promise<{ url: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "backstitch-example-"));
  await build({
    entryPoints: [join(here, "page.ts"), join(here, "worker.ts")],
    outdir: folder,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
  });
  await copyFile(join(here, "index.html"), join(folder, "index.html"));
  await copyFile(join(here, "../../native/kernels.wasm"), join(folder, "kernels.wasm"));
  await writeFile(join(folder, "names.txt"), dinosaurs.join("\n"));
  const server = createServer(async ({ url = "/" }, response) => {
    const name = /^\/([\w.-]*)$/.exec(url)?.[1];
    try {
      if (name === undefined) throw new Error("not a file of the example");
      const file = name === "" ? "index.html" : name;
      const content = await readFile(join(folder, file));
      response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.log(`open ${(await serveExample(8080)).url}`);
