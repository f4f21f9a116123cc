#!/usr/bin/env node
/** The command line: `backstitch <command>`. */
import { Command, CommanderError } from "commander";
import { isUserError, nearest, ValueError } from "../base/index.ts";
import { version } from "../train/index.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { exportCommand } from "./commands/export.ts";
import { generateCommand } from "./commands/generate.ts";
import { recipesCommand } from "./commands/recipes.ts";
import { showCommand } from "./commands/show.ts";
import { trainCommand } from "./commands/train.ts";
import { normalise, unknownFlag } from "./flags.ts";
import { watchOutput } from "./interrupt.ts";

function makeProgram(): Command {
  const program = new Command("backstitch")
    .description("Sequence models for TypeScript: train them, look inside them, ship them.")
    .version(version)
    .addHelpText("after", "\nFirst:  backstitch train names    then:  backstitch generate");
  for (const add of [
    recipesCommand,
    trainCommand,
    generateCommand,
    showCommand,
    evaluateCommand,
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
  const quoted = /'([^']+)'/.exec(error.message)?.[1] ?? "";
  if (error.code === "commander.unknownOption")
    return unknownFlag(command?.name() ?? "backstitch", quoted, (command ?? program).options);
  if (error.code === "commander.unknownCommand") {
    const names = program.commands.map((candidate) => candidate.name());
    const near = nearest(quoted, names);
    return new ValueError(
      `backstitch: no command "${quoted}"; ${near ? `did you mean "${near}"?` : `there is ${names.join(", ")}`}`,
    );
  }
  const name = command ? `${command.name()}: ` : "backstitch: ";
  return new ValueError(
    `${name}${error.message.replace(/^error: /, "")}; see backstitch ${command ? `${command.name()} ` : ""}--help`,
  );
}

async function main(args: readonly string[]): Promise<void> {
  const program = makeProgram();
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(normalise(args), { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const told = error instanceof CommanderError ? explain(error, program, args) : error;
    if (isUserError(told)) {
      process.stderr.write(`${told.message}\n`);
      process.exitCode = 2;
    } else {
      process.stderr.write(
        `${told instanceof Error ? told.stack : String(told)}\nThis is a bug in backstitch; please report it.\n`,
      );
      process.exitCode = 70;
    }
  }
}

watchOutput();
await main(process.argv.slice(2));
