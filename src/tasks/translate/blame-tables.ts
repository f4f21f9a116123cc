/** What was counted, as tables for the terminal and the page. */
import { errorKinds } from "./blame-kinds.ts";
import type { BeamBlame, BlameCounts, BlameReport } from "./blame-report.ts";

/** A table: what stands above, and its rows. */
export interface BlameTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** How tables are made. */
export interface BlameTableOptions {
  /** Fewer figures, for a terminal of less than 60 columns. */
  readonly isNarrow?: boolean;
  /** The width of the beam that all but the first table are of; by default the best one. */
  readonly beamSize?: number;
}

/**
 * The tables of a report: the faults at each width of the beam; by length; by what is wrong; where there are tags, by
 * those with the most wrong outputs.
 */
export function blameTables(report: BlameReport, options: BlameTableOptions = {}): BlameTable[] {
  const { isNarrow = false, beamSize = report.bestBeam } = options;
  const beam = report.beams.find((one) => one.beamSize === beamSize) ?? report.beams[0]!;
  const tables = [beamTable(report, isNarrow)];
  const at = report.beams.length > 1 ? ` at beam ${beam.beamSize}` : "";
  if (beam.byLength.length > 1)
    tables.push({
      title: `by length of the source${at}`,
      head: [isNarrow ? "tokens" : "source tokens", ...(isNarrow ? [] : ["sources"]), ...heads(isNarrow)],
      rows: beam.byLength.map((counts) => [
        counts.from === counts.to ? `${counts.from}` : `${counts.from} to ${counts.to}`,
        ...(isNarrow ? [] : [String(counts.sources)]),
        ...faults(counts, isNarrow),
      ]),
    });
  if (beam.byKind.length > 0)
    tables.push({
      title: `by what is wrong${at}`,
      head: ["", "wrong", ...(isNarrow ? ["model", "search"] : ["share", "model fault", "search fault", "neither"])],
      rows: beam.byKind.map(({ kind, ...counts }) => {
        const { wrong, model, search } = counts;
        const figures = isNarrow
          ? [String(model), String(search)]
          : [percent(wrong, beam.wrong), String(model), String(search), String(neither(counts))];
        return [errorKinds[kind], String(wrong), ...figures];
      }),
    });
  const tags = beam.byTag.filter(({ wrong }) => wrong > 0).slice(0, 10);
  if (beam.byTag.length > 1 && tags.length > 0)
    tables.push({
      title: `by tag${at}${tags.length < beam.byTag.length ? ", the worst first" : ""}`,
      head: ["", ...(isNarrow ? [] : ["sources"]), ...heads(isNarrow)],
      rows: tags.map(({ tag, ...counts }) => [
        tag,
        ...(isNarrow ? [] : [String(counts.sources)]),
        ...faults(counts, isNarrow),
      ]),
    });
  return tables;
}

function beamTable({ beams, certified }: BlameReport, isNarrow: boolean): BlameTable {
  return {
    title: "",
    head: ["beam", ...heads(isNarrow), ...(certified && !isNarrow ? ["optimal"] : [])],
    rows: beams.map((beam) => [
      String(beam.beamSize),
      ...faults(beam, isNarrow),
      ...(certified && !isNarrow ? [optimalOf(beam)] : []),
    ]),
  };
}

/** Of the outputs of which it is known, how many are the model's best. */
function optimalOf({ optimal: { yes, no } }: BeamBlame): string {
  return yes + no === 0 ? "-" : percent(yes, yes + no);
}

function heads(isNarrow: boolean): string[] {
  return isNarrow
    ? ["right", "wrong", "model", "search"]
    : ["right", "wrong", "model fault", "search fault", "neither"];
}

function faults(counts: BlameCounts, isNarrow: boolean): string[] {
  const { right, sources, wrong, model, search } = counts;
  const share = (part: number) =>
    wrong === 0 ? "-" : isNarrow ? whole(part, wrong) : `${part}  ${percent(part, wrong).padStart(7)}`;
  return [
    isNarrow ? whole(right, sources) : percent(right, sources),
    String(wrong),
    share(model),
    share(search),
    ...(isNarrow ? [] : [String(neither(counts))]),
  ];
}

function neither({ unreachable, undecided }: BlameCounts): number {
  return unreachable + undecided;
}

function percent(part: number, of: number): string {
  return of === 0 ? "-" : `${((100 * part) / of).toFixed(1)} %`;
}

function whole(part: number, of: number): string {
  return of === 0 ? "-" : `${Math.round((100 * part) / of)}%`;
}
