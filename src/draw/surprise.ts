/** How much each token of a text surprises a model, as colour, as marks, and as a page. */
import { escapeText } from "./escape.ts";
import { page } from "./page.ts";
import { textWidth, visible } from "./visible.ts";

/** A token of a text and its surprise. */
export interface Surprise {
  /** What it adds to the text; empty for an end, and for a part of a character that is not its last. */
  readonly text: string;
  /** Minus the logarithm of its probability. */
  readonly nats: number;
  readonly kind: "token" | "end" | "unknown";
}

/** The nats from which each colour but the first is used: 1 is a guess among 3, 4 among 55, 9 among 8,000. */
const surpriseSteps = [1, 2, 4, 6, 9] as const;

/**
 * Black on ever stronger colour, and at last white on red: ink and paper are both given, so that it can be read on a
 * dark terminal as on a light one. What does not surprise is left as it is.
 */
const inks = [
  null,
  { ink: 16, paper: 230, css: "#ffffd7" },
  { ink: 16, paper: 223, css: "#ffd7af" },
  { ink: 16, paper: 216, css: "#ffaf87" },
  { ink: 16, paper: 209, css: "#ff875f" },
  { ink: 231, paper: 160, css: "#d70000" },
] as const;

function levelOf(nats: number): number {
  return surpriseSteps.filter((step) => nats >= step).length;
}

/** Tokens of which each shows: a part of a character is counted with the part that shows it, and an end is a sign. */
function shown(tokens: readonly Surprise[]): Surprise[] {
  const whole: Surprise[] = [];
  let before = 0;
  for (const { text, nats, kind } of tokens) {
    if (text === "" && kind === "token") {
      before += nats;
      continue;
    }
    whole.push({ text: kind === "end" ? "\n" : text, nats: before + nats, kind });
    before = 0;
  }
  return whole;
}

/** Text painted for a terminal of 256 colours. A token that the model does not know is underlined. */
export function paintSurprise(tokens: readonly Surprise[]): string {
  let painted = "";
  let now = "";
  for (const { text, nats, kind } of shown(tokens)) {
    const ink = inks[levelOf(nats)];
    const style = [...(ink ? [`38;5;${ink.ink};48;5;${ink.paper}`] : []), ...(kind === "unknown" ? ["4"] : [])].join(
      ";",
    );
    if (style !== now) painted += `${now === "" ? "" : "\x1b[0m"}${style === "" ? "" : `\x1b[${style}m`}`;
    painted += visible(text);
    now = style;
  }
  return now === "" ? painted : `${painted}\x1b[0m`;
}

/** What the colours mean, in one line of at most 46 columns. */
export function surpriseLegend(): string {
  const from = ["0", ...surpriseSteps.map(String)];
  const swatches = inks.map((ink, i) =>
    ink ? `\x1b[38;5;${ink.ink};48;5;${ink.paper}m ${from[i]} \x1b[0m` : ` ${from[i]} `,
  );
  return `surprise from nats: ${swatches.join(" ")}`;
}

/**
 * Text with a line below it that says the surprise of each token where it begins, in whole nats, 9 for 9 or more; for
 * where there is no colour.
 *
 * @param columns how wide the lines may be; what is longer goes on in further pairs of lines
 */
export function markSurprise(tokens: readonly Surprise[], columns = Number.POSITIVE_INFINITY): string {
  const pairs: [text: string, marks: string][] = [["", ""]];
  let used = 0;
  for (const { text, nats } of shown(tokens)) {
    const seen = visible(text);
    const width = textWidth(seen);
    if (used > 0 && used + width > columns) {
      pairs.push(["", ""]);
      used = 0;
    }
    const pair = pairs.at(-1)!;
    const mark = Math.min(9, Math.floor(nats));
    pair[0] += seen;
    pair[1] += width === 0 ? "" : `${mark}`.padEnd(width);
    used += width;
  }
  return pairs.map(([text, marks]) => `${text}\n${marks.trimEnd()}`).join("\n");
}

/** A text for the page. */
export interface SurprisingText {
  readonly tokens: readonly Surprise[];
  /** What is said of it in a line. */
  readonly caption: string;
}

/** A web page in one file that shows texts with the surprise of each token as its colour; pointing at one tells its nats. */
export function surprisePage(title: string, summary: string, texts: readonly SurprisingText[]): string {
  const from = ["0", ...surpriseSteps.map(String)];
  const legend = from.map((step, level) => `<span class="s${level}"> ${step} </span>`).join(" ");
  const blocks = texts.map(({ tokens, caption }) => {
    const spans = shown(tokens).map(({ text, nats, kind }) => {
      const seen = kind === "end" ? "⏎" : text.replaceAll("\n", "⏎\n");
      const known = kind === "unknown" ? ", unknown to the model" : "";
      const isUnknown = kind === "unknown" ? " unknown" : "";
      return `<span class="s${levelOf(nats)}${isUnknown}" title="${nats.toFixed(2)} nats${known}">${escapeText(seen)}</span>`;
    });
    return `<pre>${spans.join("")}</pre>\n<p class="summary">${escapeText(caption)}</p>`;
  });
  return page({
    title,
    summary,
    body: `<p>surprise from nats: <span class="scale">${legend}</span></p>\n${blocks.join("\n")}`,
    style: pageStyle,
  });
}

const pageStyle = `
pre { font: 15px/1.7 ui-monospace, monospace; margin: 1rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.scale { font-family: ui-monospace, monospace; white-space: pre; }
.unknown { text-decoration: underline; }
${inks.map((ink, level) => (ink ? `.s${level} { background: ${ink.css}; color: ${ink.ink === 231 ? "#fff" : "#000"}; }` : "")).join("\n")}
`;
