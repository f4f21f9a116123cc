/** The prompt of `backstitch translate`: type, and see what comes of it. */
import { basename, dirname } from "node:path";
import { createInterface, type Interface } from "node:readline";
import pc from "picocolors";
import type { z } from "zod";
import { isUserError, nearest, readOptions, show, ValueError } from "../base/index.ts";
import { attentionPage, attentionPicture, beamTreePage, visible } from "../draw/index.ts";
import { nodeFolder } from "../files/node.ts";
import { type Translation, translateOptions } from "../tasks/index.ts";
import { kebab } from "./flags.ts";
import type { AnyTranslator } from "./models.ts";
import { textsOf } from "./translate-lines.ts";
import {
  alternativesOf,
  attentionText,
  drawable,
  inOtherCase,
  type Look,
  lineOf,
  spelledTree,
  treeText,
} from "./translation-text.ts";
import { typedOptions } from "./typed-options.ts";

const options = translateOptions.omit({ trace: true });
type Options = z.input<typeof options>;

/** What the prompt works with. */
export interface TranslatePrompt {
  readonly model: AnyTranslator;
  /** What the model is called. */
  readonly where: string;
  /** How to search until it is told otherwise. */
  readonly settings: Options;
  readonly look: Look;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/**
 * Reads lines and shows what the model makes of them until the input ends. A line that begins with a colon is a command.
 * Ctrl-C stops a search, or clears the line; Ctrl-D ends.
 */
export async function translatePrompt(parts: TranslatePrompt): Promise<void> {
  const prompt = new Prompt(parts);
  await prompt.run();
}

/** Taller drawings than this come only when they are asked for. */
const tallest = 24;

class Prompt {
  readonly #parts: TranslatePrompt;
  readonly #lines: Interface;
  readonly #color: ReturnType<typeof pc.createColors>;
  #settings: Options;
  #drawsAttention: boolean;
  #last: Translation | null = null;
  /** Ends the search that goes on. */
  #search: AbortController | null = null;

  constructor(parts: TranslatePrompt) {
    const { model, settings, look, input, output } = parts;
    this.#parts = parts;
    this.#color = pc.createColors(look.hasColor);
    this.#drawsAttention = model.sides.attends;
    this.#settings = { ...settings };
    this.#lines = createInterface({
      input,
      output,
      prompt: this.#color.cyan("> "),
      historySize: 1000,
      removeHistoryDuplicates: true,
      completer: (line: string) => [completions(line), line],
    });
    this.#lines.on("SIGINT", () => this.#interrupt());
  }

  async run(): Promise<void> {
    const { where } = this.#parts;
    this.#say(this.#color.dim(`${where}: type a text; :help tells what else there is, Ctrl-D ends`));
    this.#lines.prompt();
    for await (const line of this.#lines) {
      if (!(await this.#answer(line))) break;
      this.#lines.prompt();
    }
    this.#lines.close();
    this.#say("");
  }

  /** @returns false when it is over */
  async #answer(line: string): Promise<boolean> {
    try {
      if (/^:(?!:)/.test(line.trimStart())) return await this.#command(line.trim().slice(1));
      // A text that begins with a colon is typed with two.
      const text = line.trimStart().startsWith("::") ? line.trimStart().slice(1) : line;
      if (text.trim() !== "") await this.#translate(text);
    } catch (error) {
      if (!isUserError(error)) throw error;
      this.#say(this.#color.yellow(typedOptions(error.message, optionNames, ":").replace(/^translate: (?=:)/, "")));
    }
    return true;
  }

  async #translate(text: string): Promise<void> {
    const found = await this.#find(text, this.#bestOptions());
    if (found === null) return;
    this.#last = found;
    const look = this.#look;
    const { bold, dim } = this.#color;
    const [first, ...others] = alternativesOf(found, look);
    this.#say(bold(lineOf(found.text, look)));
    if (found.hypotheses.length > 1 || found.hypotheses[0]!.certified !== undefined)
      this.#say([dim(first!), ...others].join("\n"));
    const pieces = [...new Set(found.unknown)].slice(0, 10);
    const unknown = pieces.map((piece) => JSON.stringify(piece)).join(", ");
    if (pieces.length > 0)
      this.#say(dim(`the model has never seen ${unknown}${inOtherCase(this.#parts.model.sides.source, pieces)}`));
    if (found.cut > 0) this.#say(dim("the end of the text was too long for the model and is left out"));
    if (found.hypotheses[0]!.end === "length")
      this.#say(dim("cut off at the greatest length; :max-length allows more"));
    if (!this.#drawsAttention) return;
    const drawn = attentionText(this.#attention(found), look);
    const isTall = drawn.split("\n").length > tallest;
    this.#say(isTall ? dim("what was looked at is tall; :attention draws it") : `\n${drawn}\n`);
  }

  /** As many outputs as are asked for, or a few. */
  #bestOptions(): Options {
    const beamSize = this.#settings.sample ? 3 : this.#beamSize;
    return { ...this.#settings, best: this.#settings.best ?? Math.min(3, beamSize) };
  }

  /** As wide as the terminal is now. */
  get #look(): Look {
    const { look, output } = this.#parts;
    const { columns } = output as { readonly columns?: number };
    return { ...look, columns: columns || look.columns };
  }

  get #beamSize(): number {
    return this.#settings.beamSize ?? this.#parts.model.sides.search.beamSize;
  }

  /** What is found, or null where it was stopped. */
  async #find(text: string, settings: Options & { readonly trace?: boolean }): Promise<Translation | null> {
    const { model } = this.#parts;
    this.#search = new AbortController();
    const { signal } = this.#search;
    try {
      const texts = textsOf(model, [{ text, where: "the text" }], settings.longSource === "cut");
      for await (const found of model.stream(texts, { ...settings, signal })) return found;
    } catch (error) {
      if (error !== signal.reason) throw error;
      this.#say(this.#color.dim("stopped"));
    } finally {
      this.#search = null;
    }
    return null;
  }

  #attention({ source, text, unknown }: Translation) {
    const { tag } = this.#settings;
    // What is too long was refused when it was to be translated, unless it was cut.
    return drawable(this.#parts.model.attention(source, text, { tag, longSource: "cut" }), unknown);
  }

  async #command(line: string): Promise<boolean> {
    const [name = "", ...rest] = line.split(/\s+/);
    const given = rest.join(" ");
    const command = commandNames.find((known) => known === name);
    if (command === "quit" || name === "q" || name === "exit") return false;
    if (command === "help") this.#say(help);
    else if (command === "options") this.#tellOptions();
    else if (command === "attention") await this.#showAttention(given);
    else if (command === "tree") await this.#showTree(given);
    else this.#set(name, given);
    return true;
  }

  #set(name: string, given: string): void {
    const option = optionNames.find((known) => [known, kebab(known), shortNames[known]].includes(name));
    if (option === undefined) {
      const near = nearest(name, [...commandNames, ...Object.values(shortNames), ...optionNames.map(kebab)]);
      throw new ValueError(`no command :${name}; ${near ? `did you mean :${near}?` : "see :help"}`);
    }
    const { [option]: _, ...others } = this.#settings;
    if (given === "default") this.#settings = others as Options;
    else {
      const value = typed(given);
      checkOption(name, option, value);
      this.#settings = { ...others, [option]: value } as Options;
    }
    this.#say(this.#color.dim(`${option} ${given === "default" ? "as the model has it" : given}`));
  }

  #tellOptions(): void {
    const { search } = this.#parts.model.sides;
    const now: Readonly<Record<string, unknown>> = { ...search, ...this.#bestOptions() };
    this.#say(
      optionNames
        .filter((name) => now[name] !== undefined && now[name] !== "")
        .map((name) => `:${kebab(name)} ${String(now[name])}`)
        .join("\n"),
    );
  }

  #found(): Translation {
    if (this.#last === null) throw new ValueError("there is nothing to show yet; type a text first");
    return this.#last;
  }

  async #showAttention(given: string): Promise<void> {
    const { model, where } = this.#parts;
    if (!model.sides.attends) throw new ValueError(`:attention needs a model with attention, ${where} has none`);
    if (given === "on" || given === "off") {
      this.#drawsAttention = given === "on";
      return;
    }
    const kind = /\.(svg|html)$/i.exec(given)?.[1]?.toLowerCase();
    if (given !== "" && kind === undefined)
      throw new ValueError(`:attention takes on, off, or a file that ends in .svg or .html, got ${show(given)}`);
    const found = this.#found();
    const seen = this.#attention(found);
    if (kind === undefined) this.#say(attentionText(seen, this.#look));
    else if (kind === "svg") await this.#write(given, attentionPicture(seen));
    else
      await this.#write(
        given,
        attentionPage({
          title: "attention",
          summary: `what ${where} looked at`,
          maps: [{ ...seen, caption: found.source }],
        }),
      );
  }

  async #showTree(given: string): Promise<void> {
    const { model, where } = this.#parts;
    if (given !== "" && !/\.html$/i.test(given))
      throw new ValueError(`:tree takes a file that ends in .html, got ${show(given)}`);
    const { source } = this.#found();
    const {
      sample: _,
      certify: __,
      temperature: ___,
      topK: ____,
      topP: _____,
      typical: ______,
      seed: _______,
      ...rest
    } = this.#bestOptions();
    const best = Math.min(rest.best ?? 1, this.#beamSize);
    const found = await this.#find(source, { ...rest, best, trace: true });
    if (found === null) return;
    const tree = spelledTree(model, found, this.#beamSize);
    if (given === "") this.#say(treeText(tree, this.#look));
    else
      await this.#write(given, beamTreePage({ title: "beam search", summary: `how ${where} searched`, trees: [tree] }));
  }

  async #write(file: string, content: string): Promise<void> {
    await nodeFolder(dirname(file)).write(basename(file), new TextEncoder().encode(content));
    this.#say(this.#color.dim(`written to ${file}`));
  }

  #interrupt(): void {
    if (this.#search) {
      this.#search.abort();
      return;
    }
    if (this.#lines.line === "") this.#say(this.#color.dim("\nCtrl-D or :quit ends"));
    else {
      // The line is cleared on both sides of the cursor.
      this.#lines.write(null, { ctrl: true, name: "e" });
      this.#lines.write(null, { ctrl: true, name: "u" });
    }
    this.#lines.prompt();
  }

  #say(text: string): void {
    this.#parts.output.write(`${text}\n`);
  }
}

const commandNames = ["help", "options", "attention", "tree", "quit"] as const;
const optionNames = Object.keys(options.shape) as (keyof Options)[];
const shortNames: Readonly<Partial<Record<keyof Options, string>>> = {
  beamSize: "beam",
  normalisation: "normalization",
};

const help = `:beam 10             how many hypotheses are kept at each step; 1 takes the likeliest token
:best 5              how many outputs are shown
:attention on|off    draw what each text looked at, or not; :attention alone draws the last
:attention file      write it; the name ends in .svg or .html
:tree                draw how the last text was searched
:tree file.html      write it, to look around in
:options             all options; each may be set as in :alpha 0.8, or :alpha default
:quit                end, as does Ctrl-D; Ctrl-C stops a search and clears the line
::text               translate a text that begins with a colon`;

/** What may follow of a command that is begun. */
function completions(line: string): string[] {
  if (!/^:[\w-]*$/.test(line)) return [];
  const all = [...commandNames, ...Object.values(shortNames), ...optionNames.map(kebab)].map((name) => `:${name}`);
  return all.filter((name) => name.startsWith(line));
}

/** @throws RangeError or TypeError that names the option as it was typed */
function checkOption(name: string, option: string, value: unknown): void {
  try {
    readOptions("", options, { [option]: value });
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replace(`: ${option} `, `:${name} `);
    throw error;
  }
}

/** A number, true, false or a text, as it is typed. */
function typed(text: string): unknown {
  if (text === "true" || text === "on") return true;
  if (text === "false" || text === "off") return false;
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : visible(text);
}
