/** The commands, and what they say when they are not given as they should be. */
import { Command, CommanderError } from "commander";
import { nearest, ValueError } from "../base/index.ts";
import { version } from "../train/index.ts";
import { activationsCommand } from "./commands/activations.ts";
import { blameCommand } from "./commands/blame.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { exportCommand } from "./commands/export.ts";
import { generateCommand } from "./commands/generate.ts";
import { gradientsCommand } from "./commands/gradients.ts";
import { nextCommand } from "./commands/next.ts";
import { recipesCommand } from "./commands/recipes.ts";
import { runsCommand } from "./commands/runs.ts";
import { scoreCommand } from "./commands/score.ts";
import { showCommand } from "./commands/show.ts";
import { trainCommand } from "./commands/train.ts";
import { translateCommand } from "./commands/translate.ts";
import { normalise, unknownFlag } from "./flags.ts";

/**
 * Does what the arguments say.
 *
 * @throws the errors of `base/`, whose message is the whole story, where they or what they name cannot be
 */
export async function runCommand(args: readonly string[]): Promise<void> {
  const program = makeProgram();
  const flags = [program, ...program.commands].flatMap(({ options }) => options.map(({ long }) => long ?? ""));
  const [first, second] = args;
  try {
    if (first === undefined) program.outputHelp();
    else if (first === "help" && second !== undefined && !program.commands.some((known) => known.name() === second))
      throw unknownCommand(second, program);
    else await program.parseAsync(normalise(args, new Set(flags)), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw explain(error, program, args);
  }
}

function makeProgram(): Command {
  const program = new Command("backstitch")
    .description("Sequence models for TypeScript: train them, look inside them, ship them.")
    .version(version)
    .addHelpText("after", "\nFirst:  backstitch train names    then:  backstitch generate");
  for (const add of [
    recipesCommand,
    trainCommand,
    generateCommand,
    translateCommand,
    scoreCommand,
    nextCommand,
    runsCommand,
    showCommand,
    evaluateCommand,
    blameCommand,
    gradientsCommand,
    activationsCommand,
    exportCommand,
    doctorCommand,
  ])
    add(program);
  for (const command of [program, ...program.commands])
    command
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .showSuggestionAfterError(false);
  return program;
}

/** Turns commander's complaints into ours: one line that names the flag and what to do. */
function explain(error: CommanderError, program: Command, args: readonly string[]): Error {
  const command = program.commands.find((candidate) => candidate.name() === args[0]);
  const name = command?.name() ?? "backstitch";
  const help = `see ${command ? "backstitch " : ""}${name} --help`;
  const quoted = /'([^']+)'/.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.unknownOption":
      return unknownFlag(name, quoted, (command ?? program).options);
    case "commander.unknownCommand":
      return unknownCommand(quoted, program);
    case "commander.optionMissingArgument":
      return new ValueError(`${name}: ${quoted.split(" ")[0]} needs a value, got none; ${help}`);
    case "commander.excessArguments": {
      const [most, got] = error.message.match(/\d+/g) ?? [];
      return new ValueError(
        `${name}: takes at most ${most} ${most === "1" ? "argument" : "arguments"} besides options, got ${got}; ${help}`,
      );
    }
    default:
      return new ValueError(`${name}: ${error.message.replace(/^error: /, "")}; ${help}`);
  }
}

function unknownCommand(given: string, program: Command): ValueError {
  const names = program.commands.map((candidate) => candidate.name());
  const near = nearest(given, names);
  const hint = near ? `did you mean "${near}"?` : `there is ${names.join(", ")}`;
  return new ValueError(`backstitch: no command "${given}"; ${hint}`);
}
