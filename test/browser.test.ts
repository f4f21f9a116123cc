/** The page of examples/browser in a real browser: trains in a worker, shows names, and stays free meanwhile. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveExample } from "../examples/browser/serve.ts";
import { lacksChromium, launchChromium } from "./chromium.ts";

describe.skipIf(lacksChromium("browser"))("the page in Chromium", () => {
  let server: Awaited<ReturnType<typeof serveExample>>;
  let browser: Awaited<ReturnType<typeof launchChromium>>;

  beforeAll(async () => {
    server = await serveExample();
    browser = await launchChromium();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test("trains on names with WebAssembly and never freezes", { timeout: 120_000 }, async () => {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await page.goto(server.url);
    await page.waitForFunction(() => document.getElementById("status")?.textContent === "ready");
    // Few names: what is tested is the page.
    await page.evaluate(() => {
      const names = document.getElementById("names") as HTMLTextAreaElement;
      names.value = names.value.split("\n").slice(0, 150).join("\n");
      const ticks = { longest: 0, last: performance.now() };
      Object.assign(globalThis, { ticks });
      setInterval(() => {
        const now = performance.now();
        ticks.longest = Math.max(ticks.longest, now - ticks.last);
        ticks.last = now;
      }, 10);
    });
    await page.click("#train");
    await page.waitForFunction(() => document.getElementById("status")?.textContent?.startsWith("done"), undefined, {
      timeout: 100_000,
    });
    const found = await page.evaluate(() => ({
      status: document.getElementById("status")!.textContent,
      names: [...document.querySelectorAll("#samples li")].map((item) => item.textContent ?? ""),
      points: document.querySelector("polyline")!.getAttribute("points")!.split(" ").length,
      saved: (document.getElementById("save") as HTMLAnchorElement).href,
      longest: (globalThis as unknown as { ticks: { longest: number } }).ticks.longest,
    }));
    expect(problems).toEqual([]);
    expect(found.status).toMatch(/^done with wasm simd128 kernels, loss \d\.\d{3}$/);
    expect(found.names).toHaveLength(10);
    for (const name of found.names) expect(name).toMatch(/^[a-z]{1,30}$/);
    expect(found.points).toBeGreaterThan(50);
    expect(found.saved).toMatch(/^blob:/);
    // The training itself takes seconds; a page that waited for it would show that here.
    expect(found.longest).toBeLessThan(1000);
  });
});
