import { escapeJson, escapeText } from "./escape.ts";

/** What a page is made of. */
export interface PageParts {
  /** The heading, and what the browser's tab says. Plain text. */
  readonly title: string;
  /** A line or two below the heading. Plain text. */
  readonly summary?: string;
  /** What the page shows: HTML, whose texts went through `escapeText`. */
  readonly body: string;
  /** CSS beside that of the frame, whose colours are `--paper --ink --faint --line --accent`. */
  readonly style?: string;
  /** What the script reads, and whoever wants the numbers. NaN and the infinities become null. */
  readonly data?: unknown;
  /** JavaScript that runs once the page stands, with `data` defined. It may not hold the end of a script element. */
  readonly script?: string;
}

/**
 * A web page in one file: it loads nothing, and its security policy forbids it to. Light or dark as the reader's system.
 *
 * @returns the HTML; the data stand in it as `<script type="application/json" id="data">`
 */
export function page({ title, summary, body, style = "", data, script }: PageParts): string {
  const parts = [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeText(title)}</title>`,
    `<style>${frameStyle}${style}</style>`,
    "</head>",
    "<body>",
    `<h1>${escapeText(title)}</h1>`,
    summary === undefined ? "" : `<p class="summary">${escapeText(summary)}</p>`,
    body,
    data === undefined ? "" : `<script type="application/json" id="data">${escapeJson(data)}</script>`,
    script === undefined ? "" : `<script>{\n${data === undefined ? "" : readData}${script}\n}</script>`,
    "</body>",
    "</html>",
  ];
  return `${parts.filter((part) => part !== "").join("\n")}\n`;
}

/** A table as HTML, its first column as the heads of the rows. All texts plain. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, texts: readonly string[]) =>
    texts.map((text) => `<${tag}>${escapeText(text)}</${tag}>`).join("");
  const lines = rows.map(([first = "", ...rest]) => `<tr><th>${escapeText(first)}</th>${cells("td", rest)}</tr>`);
  return `<table>\n<thead><tr>${cells("th", head)}</tr></thead>\n<tbody>\n${lines.join("\n")}\n</tbody>\n</table>`;
}

const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

const readData = 'const data = JSON.parse(document.getElementById("data").textContent);\n';

const frameStyle = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1c1c; --faint: #6b6b6b; --line: #ddd; --accent: #0a6bba; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181b; --ink: #e6e6e6; --faint: #9aa0a6; --line: #3a3d42; --accent: #6cb6ff; }
}
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
.summary { color: var(--faint); }
table { border-collapse: collapse; display: block; font-variant-numeric: tabular-nums; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: 0.25rem 0.75rem; text-align: right; white-space: nowrap; }
th:first-child { text-align: left; }
svg { height: auto; max-width: 100%; }
`;
