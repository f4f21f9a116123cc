/** The page of attention in a real browser: opened from a file, without a network, and used with keys and mouse. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AttentionPage, attentionPage } from "../src/draw/index.ts";
import { lacksChromium, launchChromium, openHtml } from "./chromium.ts";
import { scratch } from "./cli/command.ts";

describe.skipIf(lacksChromium("attention page"))("the page of attention in Chromium", () => {
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

  function open(shown: AttentionPage, scheme: "light" | "dark" = "light") {
    return openHtml(browser, folder.path, attentionPage(shown), scheme);
  }

  const readout = (page: Page, i = 0) =>
    page.evaluate((i) => document.querySelectorAll("output")[i]!.textContent!.trim(), i);

  const small: AttentionPage = {
    title: "a <title>",
    summary: "& more",
    maps: [
      {
        caption: "<i>one</i>",
        source: ["</script>", " <b>", "日本"],
        target: ["&amp;", "שלום"],
        weights: [
          [0.7, 0.2, 0.1],
          [0, 0.25, 0.75],
        ],
      },
      { source: ["a", "b"], target: ["x"], weights: [[0.5, 0.5]] },
      { source: [], target: [], weights: [] },
    ],
  };

  test("tells shares by mouse and by keys, and reads no text as HTML", async () => {
    const { page, problems } = await open(small);
    expect(await page.evaluate(() => document.querySelectorAll("i, section b + b, main script").length)).toBe(0);
    expect(await page.textContent("h2")).toBe("<i>one</i>");
    expect(await page.textContent(".pieces.source bdi")).toBe("</script> <b> 日本");
    expect(await readout(page)).toBe("");

    // The middle of each cell that is drawn tells what is its own.
    for (const [k, told] of [
      "&amp; looks at </script>: 0.700, more than at any other",
      "&amp; looks at <b>: 0.200; most at </script>: 0.700",
      "&amp; looks at 日本: 0.100; most at </script>: 0.700",
      "שלום looks at <b>: 0.250; most at 日本: 0.750",
    ].entries()) {
      const box = (await page.locator("section:first-of-type rect.cell").nth(k).boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      expect(await readout(page)).toBe(told);
    }

    await page.focus(".frame");
    await page.keyboard.press("Enter");
    expect(await readout(page)).toBe("שלום looks at 日本: 0.750, more than at any other");
    await page.keyboard.press("Home");
    expect(await readout(page)).toBe("שלום looks at </script>: 0.000; most at 日本: 0.750");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowRight");
    expect(await readout(page)).toBe("&amp; looks at <b>: 0.200; most at </script>: 0.700");
    expect(await readout(page, 1)).toBe("");
    expect(problems).toEqual([]);
    await page.close();
  });

  test("colours the source by what a target piece looks at", async () => {
    const { page, problems } = await open(small);
    await page.hover(".pieces.target span:nth-child(2)");
    expect(
      await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>("section:first-of-type .pieces.source span")].map((span) =>
          span.style.getPropertyValue("--share"),
        ),
      ),
    ).toEqual(["0%", "25%", "75%"]);
    expect(await readout(page)).toBe("שלום looks at 日本: 0.750, more than at any other");
    expect(problems).toEqual([]);
    await page.close();
  });

  test("is dark where the reader's system is, and its tables can be read without it", async () => {
    const { page, problems } = await open(small, "dark");
    const fill = await page.evaluate(() => getComputedStyle(document.querySelector(".paper")!).fill);
    expect(fill).toBe("rgb(22, 24, 27)");
    await page.click("summary");
    expect(await page.getByRole("rowheader", { name: "שלום" }).count()).toBe(1);
    expect(await page.getByRole("cell", { name: "0.750" }).count()).toBe(1);
    if (process.env.ATTENTION_PICTURE) await page.screenshot({ path: process.env.ATTENTION_PICTURE });
    expect(problems).toEqual([]);
    await page.close();
  });
});
