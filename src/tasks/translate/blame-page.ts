/** An error analysis as a page to look around in. */
import { blameScript, escapeText, page, table } from "../../draw/index.ts";
import type { BlameCase, JudgedOutput } from "./blame.ts";
import { type DifferingPart, differences } from "./blame-differences.ts";
import { type ErrorKind, errorKinds } from "./blame-kinds.ts";
import { type BlameReport, isTurned } from "./blame-report.ts";
import { blameTables } from "./blame-tables.ts";
import { type Barrier, type Verdict, verdicts } from "./blame-verdict.ts";

/**
 * A web page in one file: the tables, the advice, and each wrong output beside its reference, with what differs marked,
 * the log-probabilities and scores of both. Examples are sorted by a click on a head, and chosen by beam, fault, kind and text.
 *
 * @param title such as the name of the run and of the data
 */
export function blamePage(title: string, report: BlameReport, cases: readonly BlameCase[]): string {
  const tables = blameTables(report).map(
    ({ title, head, rows }) => `${title === "" ? "" : `<h3>${escapeText(title)}</h3>`}\n${table(head, rows)}`,
  );
  const advice = report.advice.map(({ text }) => `<li>${escapeText(text)}</li>`);
  const kinds = (Object.keys(errorKinds) as ErrorKind[]).filter((kind) =>
    report.beams.some(({ byKind }) => byKind.some((one) => one.kind === kind)),
  );
  const options = (values: readonly (readonly [value: string, text: string])[], chosen = "") =>
    values
      .map(
        ([value, text]) =>
          `<option value="${escapeText(value)}"${value === chosen ? " selected" : ""}>${escapeText(text)}</option>`,
      )
      .join("");
  const faults = verdicts.filter((verdict) => verdict !== "right");
  const head = (key: string, text: string) =>
    `<th scope="col"><button type="button" data-key="${key}">${text}</button></th>`;
  const body = `<h2>Who is to blame</h2>
${tables[0]}
<p class="summary">Model fault: the model prefers its wrong output. Search fault: it prefers a reference that the search did not find. Neither: the reference cannot be found, or both are as good.</p>
<h2>What to do</h2>
<ul>${advice.join("\n")}</ul>
<h2>Where</h2>
${tables.slice(1).join("\n")}
<h2>Wrong outputs</h2>
<form class="controls" onsubmit="return false">
<label>beam <select id="beam">${options(
    report.beams.map(({ beamSize }) => [String(beamSize), String(beamSize)]),
    String(report.bestBeam),
  )}</select></label>
<label>fault <select id="verdict">${options([["", "all"], ...faults.map((verdict) => [verdict, said[verdict]] as const)])}</select></label>
<label>kind <select id="kind">${options([["", "all"], ...kinds.map((kind) => [kind, errorKinds[kind]] as const)])}</select></label>
<label>text <input id="search" type="search"></label>
</form>
<p id="count" class="summary" aria-live="polite"></p>
<table id="examples">
<thead><tr>${head("source", "source")}${head("length", "tokens")}<th scope="col">reference and output</th>${head("reference", "log P")}<th scope="col">score</th>${head("gap", "apart")}${head("verdict", "fault")}${head("kind", "kind")}</tr></thead>
<tbody></tbody>
</table>
<p><button id="more" type="button" hidden>show more</button></p>`;
  return page({
    title,
    summary: summaryOf(report),
    body,
    style,
    data: {
      report,
      beamSizes: report.settings.beamSizes,
      beam: report.bestBeam,
      kinds: kinds.map((kind) => [kind, errorKinds[kind]]),
      verdicts,
      examples: cases.filter(({ outputs }) => outputs.some(({ verdict }) => verdict !== "right")).map(exampleOf),
    },
    script: blameScript,
  });
}

function summaryOf({ sources, severalReferences, settings }: BlameReport): string {
  const { normalisation, alpha } = settings;
  const several = severalReferences > 0 ? `, ${severalReferences} of them with more than one reference` : "";
  const maximised = normalisation === "none" ? "log P" : `log P made up for length (${normalisation}, alpha ${alpha})`;
  return `${sources} ${sources === 1 ? "source" : "sources"}${several}. The search maximises ${maximised}; that is the score. Of several references the best counts.`;
}

/** How verdicts are called. */
export const said: Readonly<Record<Verdict, string>> = {
  right: "right",
  model: "model fault",
  search: "search fault",
  unreachable: "not to be found",
  undecided: "undecided",
};

/** Why a reference is not to be found. */
export const barriersSaid: Readonly<Record<Barrier, string>> = {
  unknown: "the reference has tokens that the model does not know",
  spelling: "the model's tokens cannot spell the reference",
  length: "the reference is too long or too short for the search",
  repetition: "the reference repeats what the search may not",
};

/** What is said of an output besides its verdict; empty for nothing. */
export function noteOn(output: JudgedOutput, { references }: Pick<BlameCase, "references">): string {
  const { barrier } = references[output.reference]!;
  if (output.verdict === "unreachable" && barrier !== null) return barriersSaid[barrier];
  return isTurned(output) ? `by log P alone a ${said[output.byProbability]}` : "";
}

function exampleOf({ index, source, tag, sourceLength, references, outputs }: BlameCase) {
  return {
    index,
    source,
    tag,
    length: sourceLength,
    references: references.map(({ text, logProb, score }) => ({ text, logProb, score })),
    outputs: outputs.map((output, b) => {
      if (output.verdict === "right") return null;
      const { text, logProb, score, verdict, kind, reference } = output;
      // What a narrower beam wrote as well is told once: by its place.
      const before = outputs.findIndex((other) => other.text === text && other.score === score);
      if (before < b) return before;
      const parts = differences(references[reference]!.text, text);
      return {
        ...{ text, logProb, score, verdict, kind, reference },
        said: said[verdict],
        kindSaid: errorKinds[kind!],
        note: noteOn(output, { references }),
        gap: score - references[reference]!.score,
        parts: { reference: inTurn(parts.reference), output: inTurn(parts.output) },
      };
    }),
  };
}

/** The parts of a text, in turn the same as the other's and not; the first may be empty. */
function inTurn(parts: readonly DifferingPart[]): string[] {
  return parts[0]?.isOther ? ["", ...parts.map(({ text }) => text)] : parts.map(({ text }) => text);
}

const style = `
body { max-width: 75rem; }
h3 { font-size: 1rem; font-weight: 600; margin: 1.2rem 0 0.3rem; }
.controls { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; }
select, input, button { background: var(--paper); border: 1px solid var(--line); border-radius: 3px; color: inherit; font: inherit; padding: 0.1rem 0.3rem; }
button { cursor: pointer; }
th button { border: 0; font-weight: inherit; padding: 0; }
th[aria-sort="descending"] button::after { content: " \\2193"; }
th[aria-sort="ascending"] button::after { content: " \\2191"; }
#examples td, #examples th { text-align: left; vertical-align: top; }
#examples tbody th { font-weight: normal; max-width: 16rem; overflow-wrap: anywhere; white-space: pre-wrap; }
#examples .pair { font-family: ui-monospace, monospace; max-width: 30rem; min-width: 14rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.pair .name { color: var(--faint); display: inline-block; font: 12px/1.5 system-ui, sans-serif; width: 4.5rem; }
mark { background: #ffd7af; border-radius: 2px; color: #000; }
.output mark { background: #ff875f; }
.note, .tag { color: var(--faint); font-size: 0.85em; white-space: normal; }
`;
