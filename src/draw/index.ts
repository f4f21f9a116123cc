/** Pictures: values to SVG, HTML and the terminal. */
export { escapeJson, escapeText } from "./escape.ts";
export { type PageParts, page, table } from "./page.ts";
