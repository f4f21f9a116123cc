/** Writing with a language model: what it is told, and the texts it draws or finds. */
import { z } from "zod";
import { Random, readOptions, ValueError } from "../../base/index.ts";
import { beam, beamOptions, type DrawSettings, sample } from "../../decode/index.ts";
import { borders } from "./data.ts";
import type { LanguageModel } from "./model.ts";
import { nextStep, selectRows } from "./next-step.ts";
import { checkLengths, type LanguageModelSettings, samplesOf, samplingOptions } from "./options.ts";
import { type ReadPrompt, readPrompt } from "./prompt.ts";
import { longestRunUp, TextFlow } from "./text-flow.ts";

const { samples, ...drawing } = samplingOptions.shape;

/** How a text goes on from where a session stands. */
export const continueOptions = z.strictObject({
  ...drawing,
  stop: z.array(z.string().min(1)).default([]).describe("end before this text; may be given several times"),
  seed: z.int().min(0).optional().describe("decides which samples are drawn"),
});

/** How to write with a trained model. */
export const generateOptions = z.strictObject({
  prompt: z.string().default("").describe("what the samples begin with"),
  samples,
  ...continueOptions.shape,
  beamSize: beamOptions.shape.beamSize
    .unwrap()
    .optional()
    .describe("find the likeliest texts instead of drawing, keeping this many at each step"),
  alpha: beamOptions.shape.alpha
    .unwrap()
    .optional()
    .describe("with beamSize: how much length is made up for; 0 for the likeliest text, 0.6 to 1 for longer ones"),
});

/** How to write; what is left out is as the model was trained with. */
export type GenerateOptions = z.input<typeof generateOptions>;
/** How to go on; what is left out is as the model was trained with. */
export type ContinueOptions = z.input<typeof continueOptions>;

/** How a text is drawn, token by token and as a whole. */
interface ContinueSettings {
  readonly drawing: DrawSettings;
  readonly stop: readonly string[];
  readonly seed: number | undefined;
}

/** What is given, and for the rest what the model was trained with. */
function completed<S extends typeof continueOptions | typeof generateOptions>(
  schema: S,
  settings: LanguageModelSettings,
  given: z.input<S>,
): z.output<S> {
  const inherited = Object.keys(schema.shape).flatMap((name) => {
    const value = settings[name as keyof LanguageModelSettings];
    return value === undefined ? [] : [[name, value]];
  });
  const complete = readOptions("generate", schema, { ...Object.fromEntries(inherited), ...given }) as z.output<S>;
  checkLengths("generate", complete);
  return complete;
}

/** The options of going on, complete. The seed is only the one given. */
export function readContinuing(settings: LanguageModelSettings, given: ContinueOptions): ContinueSettings {
  const { stop, seed, ...drawing } = completed(continueOptions, settings, given);
  return { drawing, stop, seed: given.seed === undefined ? undefined : seed };
}

/** How many texts are drawn in one go. */
const sideBySide = 256;

/** What comes before a text, and what may not come in it. */
export function opening(model: LanguageModel): {
  readonly begin: readonly number[] | null;
  readonly never: readonly number[];
} {
  const { begin, never } = borders(model.codec, model.settings);
  return { begin: begin ?? null, never };
}

/** Draws texts, or with `beamSize` finds the likeliest ones; see `LanguageModel.generate`. */
export function generate(model: LanguageModel, options: GenerateOptions): string[] {
  const settings = completed(generateOptions, model.settings, options);
  const read = readPrompt("generate", model.codec, settings.prompt);
  if (settings.beamSize !== undefined) return search(model, read, settings, options);
  if (options.alpha !== undefined)
    throw new ValueError("generate: alpha needs beamSize; give beamSize too, or leave it out");
  const { prompt, stop, seed = 1, samples, beamSize: _, alpha: __, ...drawing } = settings;
  const { ids, isSpaced } = read;
  const { begin, never } = opening(model);
  const { unit } = model.settings;
  const hasRunUp = unit === "text" && ids.length === 0;
  const random = new Random(seed);
  const texts: string[] = [];
  // A share at a time, which bounds the memory. Each text has a generator of its own, so this changes none of them.
  for (let left = samplesOf({ samples, unit }); left > 0; left -= sideBySide) {
    const count = Math.min(left, sideBySide);
    const flows = Array.from(
      { length: count },
      () => new TextFlow(model.codec, { after: ids, isSpaced, hasRunUp, stop, maxLength: drawing.maxLength }),
    );
    sample(nextStep(model.network), {
      ...drawing,
      maxLength: drawing.maxLength + (hasRunUp ? longestRunUp : 0),
      random,
      prompts: [ids],
      count,
      never,
      until(drawn, b) {
        flows[b]!.push(drawn.at(-1)!);
        return flows[b]!.isOver;
      },
      ...(begin && { begin }),
    });
    for (const flow of flows) {
      flow.end();
      texts.push(prompt + flow.text);
    }
  }
  return texts;
}

/** The likeliest texts that beam search finds. */
function search(
  model: LanguageModel,
  { ids, isSpaced }: ReadPrompt,
  { prompt, stop, beamSize = 1, alpha = 0, minLength, maxLength, noRepeat, unknown }: z.output<typeof generateOptions>,
  given: GenerateOptions,
): string[] {
  const drawing = ["temperature", "topK", "topP", "typical", "repetitionPenalty", "repetitionWindow"] as const;
  const useless = drawing.find((name) => given[name] !== undefined);
  if (useless !== undefined)
    throw new ValueError(
      `generate: beamSize takes the likeliest texts, which leaves nothing to ${useless}; leave one of them out`,
    );
  const best = given.samples ?? 1;
  if (best > beamSize)
    throw new ValueError(
      `generate: samples must be at most beamSize = ${beamSize}, got ${best}; raise beamSize, or ask for fewer`,
    );
  const { begin, never } = opening(model);
  const step = nextStep(model.network);
  const limits = { minLength, maxLength, noRepeat, unknown };
  const options = { ...limits, beamSize, best, alpha, never, prompts: [ids], ...(begin && { begin }) };
  return beam(step, { ...options, select: selectRows })[0]!.map((found) => {
    const flow = new TextFlow(model.codec, { after: ids, isSpaced, hasRunUp: false, stop, maxLength });
    for (const id of found.ids) flow.push(id);
    flow.end();
    return prompt + flow.text;
  });
}
