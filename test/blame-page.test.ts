/** The page of an error analysis in a real browser: opened from a file, without a network, sorted and filtered. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blame, blamePage } from "../src/tasks/index.ts";
import { Codec } from "../src/text/index.ts";
import { lacksChromium, launchChromium } from "./chromium.ts";
import { scratch } from "./cli/command.ts";
import { type Table, tableTranslator } from "./table-translator.ts";

/** Greedy takes a, after which nothing is likely; b is followed by f for sure. */
const garden: Table = { "": { a: 0.6, b: 0.4 }, a: { c: 0.34, d: 0.33, e: 0.33 }, b: { f: 1 } };
/** Prefers cd, by far. */
const wrong: Table = { "": { c: 0.9, d: 0.1 }, c: { d: 1 }, d: { c: 1 } };

describe.skipIf(lacksChromium("error analysis page"))("the page of an error analysis in Chromium", () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  let browser: Awaited<ReturnType<typeof launchChromium>>;

  beforeAll(async () => {
    folder = await scratch();
    browser = await launchChromium();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await folder?.remove();
  });

  test("shows, sorts and chooses wrong outputs, and asks no network", async () => {
    const translator = tableTranslator(
      { x: garden, y: wrong, yy: wrong },
      Codec.train(["xyz"]),
      Codec.train(["abcdef"]),
    );
    const { report, cases } = blame(translator, [
      { source: "x", target: "bf" },
      { source: "y", target: "dc" },
      { source: "yy", target: "ed", tag: "<b>" },
    ]);
    const file = join(folder.path, "blame.html");
    await writeFile(file, blamePage("blame", report, cases));
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => problems.push(message.text()));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:")) problems.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    const sources = () => page.locator("#examples tbody th").allTextContents();
    const count = () => page.locator("#count").textContent();

    expect(await count()).toBe("2 wrong outputs at beam 3");
    await page.selectOption("#beam", "1");
    expect(await count()).toBe("3 wrong outputs at beam 1");
    await page.selectOption("#verdict", "search");
    expect(await sources()).toEqual(["x"]);
    expect(await page.locator("#examples mark").allTextContents()).toEqual(["bf", "ac"]);
    expect(await page.locator("#examples tbody td").allTextContents()).toEqual([
      "1",
      "referencebfoutputac",
      `${Math.log(0.4).toFixed(2)}${(Math.log(0.6) + Math.log(0.34)).toFixed(2)}`,
      `${(Math.log(0.4) / 3 ** 0.7).toFixed(2)}${((Math.log(0.6) + Math.log(0.34)) / 3 ** 0.7).toFixed(2)}`,
      ((Math.log(0.6) + Math.log(0.34) - Math.log(0.4)) / 3 ** 0.7).toFixed(2),
      "search fault",
      "other",
    ]);
    await page.selectOption("#verdict", "");
    await page.click('button[data-key="source"]');
    expect(await sources()).toEqual(["x", "y", "yy <b>"]);
    await page.click('button[data-key="source"]');
    expect(await sources()).toEqual(["yy <b>", "y", "x"]);
    expect(await page.locator('th[aria-sort="descending"]').count()).toBe(1);
    await page.fill("#search", "DC");
    expect(await sources()).toEqual(["y"]);
    await page.selectOption("#beam", "100");
    expect(await sources()).toEqual(["y"]);
    expect(problems).toEqual([]);
    await page.close();
  });
});
