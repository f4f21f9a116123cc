/** Pages in a real browser: opened from a file, without a network. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Page } from "playwright-core";

const executablePath = [
  process.env.CHROME_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== undefined && path !== "" && existsSync(path));

/** Whether there is no Chromium here; says so, in a line that begins with the name of the test. */
export function lacksChromium(test: string): boolean {
  if (executablePath === undefined)
    console.log(`${test} test: skipped, there is no Chromium; install it or set CHROME_PATH`);
  return executablePath === undefined;
}

/** Starts the browser, which asks nothing of a network by itself. */
export function launchChromium(): ReturnType<typeof chromium.launch> {
  return chromium.launch({
    executablePath: executablePath!,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A page with what goes wrong on it, or is asked of a network, from now on. */
export interface OpenPage {
  readonly page: Page;
  readonly problems: readonly string[];
}

/** Opens a page from a file in a folder, and waits until it says that it is ready. */
export async function openHtml(
  browser: Awaited<ReturnType<typeof launchChromium>>,
  folder: string,
  html: string,
  colorScheme: "light" | "dark" = "light",
): Promise<OpenPage> {
  const file = join(folder, "page.html");
  await writeFile(file, html);
  const page = await browser.newPage({ colorScheme, viewport: { width: 900, height: 700 } });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("request", (request) => request.url().startsWith("file:") || problems.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  await page.waitForFunction(() => document.documentElement.dataset.ready === "yes");
  return { page, problems };
}
