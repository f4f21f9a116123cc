/** Command-line flags made from an option schema: one flag for each option, checked by the schema itself. */
import { Option } from "commander";
import { z } from "zod";
import { nearest, type OptionSchema, readOptions, ValueError } from "../base/index.ts";

/**
 * The flags of a schema, with its descriptions and defaults.
 *
 * @param shown what help says of the default of an option, where that is not the schema's; "" for nothing
 */
export function flagsOf(schema: OptionSchema, shown: Readonly<Record<string, string>> = {}): Option[] {
  const defaultOf = (name: string, fallback: unknown) => {
    const text = shown[name] ?? (fallback === undefined ? "" : String(fallback));
    return text === "" ? "" : ` [default: ${text}]`;
  };
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const { kind, fallback, choices, help } = look(field as z.ZodType);
    const flag = `--${kebab(name)}`;
    if (kind === "boolean") {
      const on = fallback === true ? "on" : undefined;
      return [new Option(flag, `${help}${defaultOf(name, on)}`), new Option(`--no-${kebab(name)}`, "").hideHelp()];
    }
    const described = choices ? `${help}: ${choices.join(", ")}` : help;
    const one = kind === "number" || kind === "numbers" ? "n" : choices ? "name" : "text";
    const value = kind === "numbers" || kind === "names" ? `${one},...` : one;
    const option = new Option(`${flag} <${value}>`, `${described}${defaultOf(name, fallback)}`);
    // --no-repeat 3 sets noRepeat: it denies nothing.
    option.negate = false;
    // Numbers stay text when they are none, so that the schema refuses them by name.
    if (kind === "number") option.argParser(numberIn);
    if (kind === "numbers") option.argParser((text) => text.split(",").map(numberIn));
    if (kind === "names") option.argParser((text) => text.split(",").map((part) => part.trim()));
    // Given several times.
    if (kind === "list") option.argParser((text, before?: readonly string[]) => [...(before ?? []), text]);
    return [option];
  });
}

/**
 * The options of a schema among all that a command was given, as they were given.
 *
 * @throws RangeError or TypeError that names the flag of an option that cannot be
 */
export function pick(
  command: string,
  schema: OptionSchema,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const picked = Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(schema.shape, name)));
  for (const [name, value] of Object.entries(picked)) {
    try {
      readOptions(command, schema, { [name]: value });
    } catch (error) {
      if (error instanceof Error)
        error.message = error.message.replace(
          new RegExp(`^${command}: ${name}(\\.\\d+)? `),
          () => `${command}: --${kebab(name)} `,
        );
      throw error;
    }
  }
  return picked;
}

/**
 * The options that a resumed training is to change.
 *
 * @param changeable those that may be other than `now`
 * @throws RangeError for one that it cannot
 */
export function changesOf(
  command: string,
  schema: OptionSchema,
  changeable: OptionSchema,
  given: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const wanted = pick(command, schema, given);
  const fixed = Object.keys(wanted).find(
    (name) => !Object.hasOwn(changeable.shape, name) && String(wanted[name]) !== String(now[name]),
  );
  if (fixed === undefined) return wanted;
  throw new ValueError(
    `${command}: --resume cannot change ${fixed}, which is ${now[fixed] === undefined ? "not set" : String(now[fixed])} in this run; leave --${kebab(fixed)} out, or train anew without --resume`,
  );
}

/** The number that a text is, or the text. */
function numberIn(text: string): number | string {
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

interface Look {
  readonly kind: "number" | "boolean" | "text" | "list" | "numbers" | "names";
  readonly fallback: unknown;
  readonly help: string;
  readonly choices?: readonly string[];
}

function look(field: z.ZodType): Look {
  let inner: z.ZodType = field;
  let fallback: unknown;
  let help = field.description;
  while (
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodNullable ||
    inner instanceof z.ZodReadonly
  ) {
    if (inner instanceof z.ZodDefault && fallback === undefined) fallback = inner.def.defaultValue;
    inner = inner.unwrap() as z.ZodType;
    help ??= inner.description;
  }
  const found = { fallback, help: help ?? "" };
  if (inner instanceof z.ZodNumber) return { kind: "number", ...found };
  if (inner instanceof z.ZodArray) {
    const { kind, choices } = look(inner.element as z.ZodType);
    if (choices) return { kind: "names", ...found, choices };
    return { kind: kind === "number" ? "numbers" : "list", ...found };
  }
  if (inner instanceof z.ZodBoolean) return { kind: "boolean", ...found };
  if (inner instanceof z.ZodEnum) return { kind: "text", ...found, choices: inner.options.map(String) };
  return { kind: "text", ...found };
}

/** hiddenSize -> hidden-size */
export function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Arguments with --hiddenSize written as --hidden-size, which means the same, where that is a flag. */
export function normalise(args: readonly string[], known: ReadonlySet<string>): string[] {
  const end = args.indexOf("--");
  return args.map((arg, i) => {
    const match = /^(--[A-Za-z][A-Za-z-]*)(=.*)?$/s.exec(arg);
    if (!match || (end >= 0 && i > end)) return arg;
    const flag = kebab(match[1]!);
    return known.has(flag) ? `${flag}${match[2] ?? ""}` : arg;
  });
}

/** The error for a flag that a command does not have. */
export function unknownFlag(command: string, flag: string, known: readonly Option[]): ValueError {
  const names = known.filter(({ hidden }) => !hidden).map(({ long }) => long!.slice(2));
  const name = flag.replace(/^--?/, "").replace(/=.*$/s, "");
  const near = [name, kebab(name), name.replace(/^no-/, "")].map((word) => nearest(word, names)).find(Boolean);
  const hint = near
    ? `did you mean --${near}?`
    : `see ${command === "backstitch" ? "" : "backstitch "}${command} --help`;
  return new ValueError(`${command}: no option --${name}; ${hint}`);
}
