import type { Command } from "commander";
import { isUserError } from "../../base/index.ts";
import type { RunFolder } from "../../train/index.ts";
import { keptEvaluation } from "../best.ts";
import { fittingTable } from "../plain-table.ts";
import { listRuns, openRun } from "../runs.ts";
import { columnsOf, count, Screen, type Voice } from "../screen.ts";

/** `backstitch runs`: what was trained here. */
export function runsCommand(program: Command): void {
  program
    .command("runs")
    .description("list the runs, the last trained first: what they are, how long they went and how well")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `
Commands take the last of them that fits where none is named. The loss is that of the weights that are kept, in validation, in
nats per token.

Examples:
  backstitch runs
  backstitch runs --json`,
    )
    .action(async (voice: Voice) => {
      const screen = new Screen(voice);
      const rows: string[][] = [];
      for (const { path, time } of await listRuns()) {
        const fact = await factsOf(path, screen);
        const trained = new Date(time);
        screen.emit({ run: path, ...fact, trained: trained.toISOString() });
        rows.push([
          path,
          fact.recipe ?? fact.task ?? "",
          fact.step === null ? "" : count(fact.step),
          fact.loss?.toFixed(4) ?? "",
          inMinutes(trained),
        ]);
      }
      if (rows.length === 0) screen.say("no run yet; train one with: backstitch train names");
      else screen.result(fittingTable(["run", "what", "step", "loss", "trained"], rows, columnsOf(80)));
    });
}

interface Facts {
  readonly task: string | null;
  readonly recipe: string | null;
  /** The last that was logged; null where nothing was. */
  readonly step: number | null;
  /** That of the weights that are kept; null where there was no evaluation. */
  readonly loss: number | null;
}

/** What a run says of itself; one that cannot be read is noted, and listed all the same. */
async function factsOf(path: string, screen: Screen): Promise<Facts> {
  const nothing: Facts = { task: null, recipe: null, step: null, loss: null };
  try {
    const run = await openRun(path);
    const { task, recipe } = run.config;
    return { ...nothing, task, recipe, ...(await progressOf(run)) };
  } catch (error) {
    if (!isUserError(error)) throw error;
    screen.note(error.message);
    return nothing;
  }
}

async function progressOf(run: RunFolder): Promise<Pick<Facts, "step" | "loss">> {
  const metrics = await run.metrics();
  const kept = keptEvaluation(metrics, run.config.options);
  return { step: metrics.at(-1)?.step ?? null, loss: kept?.values.loss ?? null };
}

/** As 2026-01-31 23:59, where the reader is. */
function inMinutes(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16).replace("T", " ");
}
