/** Text made safe to stand in a picture or a page. */

/**
 * Text as it may stand in SVG or HTML, between tags or in a quoted attribute.
 *
 * What neither can hold (control characters, halves of surrogate pairs) becomes U+FFFD, the replacement character.
 */
export function escapeText(text: string): string {
  return text.replaceAll(unwritable, "\u{fffd}").replaceAll(/[&<>"']/g, (sign) => entities[sign]!);
}

/**
 * A value as JSON that may stand in a `<script>` element: no text in it can end the element or open a comment.
 * What JSON has no numbers for, NaN and the infinities, becomes null.
 */
export function escapeJson(value: unknown): string {
  return JSON.stringify(value ?? null).replaceAll(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it is for
const unwritable = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\p{Surrogate}]/gu;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
