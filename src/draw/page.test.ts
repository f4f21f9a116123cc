import { describe, expect, test } from "vitest";
import { escapeJson, escapeText } from "./escape.ts";
import { page, table } from "./page.ts";

describe("text in a picture or a page", () => {
  test("stands for itself, whatever it holds", () => {
    expect(escapeText(`<a href="x">'&'</a>`)).toBe("&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    expect(escapeText("a\tb\nc")).toBe("a\tb\nc");
    expect(escapeText("a\u0000b\ud800c\u{1f600}")).toBe("a\u{fffd}b\u{fffd}c\u{1f600}");
  });

  test("as JSON it cannot end the element it stands in, and reads back as it was", () => {
    const value = { text: "</script><!-- & \u2028 \ud800", list: [1, null] };
    const json = escapeJson(value);
    expect(json).not.toMatch(/[<>&\u2028]/);
    expect(JSON.parse(json)).toEqual(value);
    expect(escapeJson([Number.NaN, 1 / 0])).toBe("[null,null]");
    expect(escapeJson(undefined)).toBe("null");
  });
});

describe("a page", () => {
  const made = page({
    title: "a < b",
    summary: "both & more",
    body: table(["cell", "norm"], [["<lstm>", "0.5"]]),
    data: { at: "</script>" },
    script: "document.title = data.at;",
  });

  test("holds its parts, its texts escaped", () => {
    expect(made).toContain("<title>a &lt; b</title>");
    expect(made).toContain("<h1>a &lt; b</h1>");
    expect(made).toContain('<p class="summary">both &amp; more</p>');
    expect(made).toContain("<tr><th>&lt;lstm&gt;</th><td>0.5</td></tr>");
    expect(made.match(/<\/script>/g)).toHaveLength(2);
  });

  test("loads nothing", () => {
    expect(made).toContain("default-src 'none'");
    expect(made).not.toMatch(/https?:|src=|@import|url\(/);
  });

  test("holds no script and no data where none are given", () => {
    expect(page({ title: "t", body: "" })).not.toContain("<script");
  });
});
