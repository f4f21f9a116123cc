import type { Command } from "commander";
import { StopError, ValueError } from "../../base/index.ts";
import {
  markSurprise,
  paintSurprise,
  type SurprisingText,
  surpriseLegend,
  surprisePage,
  visible,
} from "../../draw/index.ts";
import { linesOf } from "../../files/index.ts";
import { lines } from "../../files/node.ts";
import type { LanguageModel, TextScore } from "../../tasks/index.ts";
import { gentlyEach } from "../../train/index.ts";
import { isModelFile, openModel } from "../models.ts";
import { endingOf, writeOutput } from "../output-file.ts";
import { isRunGiven } from "../runs.ts";
import { columnsOf, count, counted, flowing, powerOfE, Screen, type Voice, wrapped } from "../screen.ts";
import { noteUnknown } from "../unknown.ts";

type Flags = Voice & { readonly data?: string; readonly output?: string };

/** `backstitch score`: how likely a trained model finds texts. */
export function scoreCommand(program: Command): void {
  program
    .command("score [run] [texts...]")
    .description("how likely a trained model finds texts, and what in them surprises it")
    .option("--data <file>", "score each line of a text file")
    .option("--output <file>", "write the texts, coloured by surprise, as a page (.html)")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `
The first argument is the run when there is such a run or model file, otherwise a text. Without texts and --data the
lines of the standard input are scored. Of two texts or more it says which is likeliest, and by how much. Where there is
no colour, the digit below a token is its surprise in whole nats, 9 for 9 or more.

Examples:
  backstitch score "the apple and pear salad" "the apple and pair salad"
  backstitch score names tyrannosaurus "tyranno saurus"
  backstitch score names.safetensors --data new-names.txt --output surprise.html
  backstitch score --data held-out.txt --json`,
    )
    .action(async (first: string | undefined, rest: readonly string[], flags: Flags) => {
      const screen = new Screen(flags);
      endingOf("score", flags.output, ["html"]);
      const isRun = first !== undefined && (isModelFile(first) || (await isRunGiven(first)));
      const texts = first === undefined || isRun ? rest : [first, ...rest];
      if (texts.length > 0 && flags.data !== undefined)
        throw new ValueError("score: needs texts or --data, got both; leave one of them out");
      if (texts.length === 0 && flags.data === undefined && process.stdin.isTTY)
        throw new StopError("score: needs texts to score; give them, or --data <file>, or lines on the standard input");
      const { where, model } = await openModel(isRun ? first : undefined);
      // A misspelt run reads as a text, so who looks on is told which model was asked.
      screen.taken(isRun ? first : undefined, where);
      const page: SurprisingText[] = [];
      const keep = (score: TextScore) => {
        if (flags.output !== undefined) page.push({ tokens: score.tokens, caption: factsOf(score).join("   ") });
      };
      if (texts.length > 0) scoreGiven(screen, { model, texts, keep });
      else await scoreLines(screen, { model, file: flags.data, keep });
      if (flags.output === undefined) return;
      const summary = `${where}: ${counted(page.length, "text")}`;
      await writeOutput(screen, flags.output, surprisePage("surprise", summary, page));
    });
}

interface Work {
  readonly model: LanguageModel;
  /** Called with each score. */
  readonly keep: (score: TextScore) => void;
}

/** Each text by itself, with its surprise drawn, and how they compare. */
function scoreGiven(screen: Screen, { model, texts, keep }: Work & { readonly texts: readonly string[] }): void {
  const columns = columnsOf(Number.POSITIVE_INFINITY);
  for (const text of new Set(texts)) noteUnknown(screen, model, text, { whole: JSON.stringify(text) });
  const scores: TextScore[] = [];
  for (const score of model.scoreAll(texts)) {
    if (scores.length > 0) screen.result("");
    scores.push(score);
    keep(score);
    screen.emit({ ...score });
    screen.result(screen.hasColor ? paintSurprise(score.tokens) : markSurprise(score.tokens, columns));
    screen.result(screen.color.dim(flowing(factsOf(score), columns)));
  }
  compare(screen, scores);
  if (screen.hasColor) screen.result(`\n${surpriseLegend()}`);
}

/** A line for each line of a file or of the standard input, as they come. */
async function scoreLines(screen: Screen, { model, file, keep }: Work & { readonly file: string | undefined }) {
  const where = file ?? "standard input";
  const read = file === undefined ? linesOf(where, process.stdin) : lines(file);
  const isWide = columnsOf(80) >= 60;
  const head = `${"log p".padStart(10)}  ${"nats".padStart(6)}${isWide ? `  ${"perplexity".padStart(10)}` : ""}  text`;
  let [all, tokens, unknown, texts] = [0, 0, 0, 0];
  const tell = async (some: readonly string[]) => {
    for await (const score of gentlyEach(model.scoreAll(some))) {
      if (texts++ === 0) screen.result(screen.color.dim(head));
      all += score.logProb;
      tokens += score.tokens.length;
      unknown += score.unknown;
      keep(score);
      screen.emit({ ...score });
      const perplexity = isWide ? `  ${powerOfE(score.loss).padStart(10)}` : "";
      const numbers = `${score.logProb.toFixed(2).padStart(10)}  ${score.loss.toFixed(3).padStart(6)}${perplexity}`;
      screen.result(
        `${numbers}  ${screen.hasColor ? paintSurprise(score.tokens) : process.stdout.isTTY ? visible(score.text) : score.text}`,
      );
    }
  };
  let waiting: string[] = [];
  let characters = 0;
  for await (const { text } of read) {
    if (text.trim() === "") continue;
    waiting.push(text);
    characters += text.length;
    if (waiting.length < linesAtOnce && characters < charactersAtOnce) continue;
    await tell(waiting);
    waiting = [];
    characters = 0;
  }
  await tell(waiting);
  if (texts === 0) throw new StopError(`${where}: needs at least one line that is not empty, got none`);
  screen.emit({
    event: "all",
    texts,
    tokens,
    unknown,
    logProb: all,
    loss: -all / tokens,
    perplexity: Math.exp(-all / tokens),
  });
  const facts = [
    counted(texts, "line"),
    `${counted(tokens, "token")}${unknown > 0 ? `, ${count(unknown)} of them unknown` : ""}`,
    `log p ${all.toFixed(2)}`,
    `${(-all / tokens).toFixed(4)} nats per token`,
    `perplexity ${powerOfE(-all / tokens)}`,
  ];
  screen.say(screen.color.dim(`\n${flowing(facts, columnsOf(Number.POSITIVE_INFINITY))}`));
  if (screen.hasColor) screen.say(surpriseLegend());
}

/** Lines that are read before they are scored, so that those of like length meet. */
const linesAtOnce = 512;
const charactersAtOnce = 1 << 17;

/** What is said of a text below it. */
function factsOf({ logProb, loss, tokens }: TextScore): string[] {
  return [
    `log p ${logProb.toFixed(2)}`,
    `${loss.toFixed(3)} nats per token`,
    `perplexity ${powerOfE(loss)}`,
    counted(tokens.length, "token"),
  ];
}

/** Says which text is likeliest, and how many times likelier than each other. */
function compare(screen: Screen, scores: readonly TextScore[]): void {
  if (scores.length < 2) return;
  const ranked = scores
    .map(({ text, logProb }, index) => ({ text, logProb, index }))
    .sort((a, b) => b.logProb - a.logProb || a.index - b.index);
  const [best, ...others] = ranked as [(typeof ranked)[0], ...typeof ranked];
  const differences = others.map(({ index, logProb }) => ({ index, logRatio: best.logProb - logProb }));
  screen.emit({ event: "comparison", likeliest: best.index, others: differences });
  const { bold } = screen.color;
  screen.result("");
  for (const { text, logProb } of others) {
    const times = powerOfE(best.logProb - logProb);
    const how = best.logProb === logProb ? "as likely as" : `${bold(times)} times likelier than`;
    screen.result(
      wrapped(`${JSON.stringify(best.text)} is ${how} ${JSON.stringify(text)}`, columnsOf(Number.POSITIVE_INFINITY)),
    );
  }
}
