#!/usr/bin/env node
/** The command line: `backstitch <command>`. */
import { isUserError } from "../base/index.ts";
import { watchOutput } from "./interrupt.ts";
import { runCommand } from "./program.ts";

watchOutput();

try {
  await runCommand(process.argv.slice(2));
} catch (error) {
  if (isUserError(error)) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  } else {
    process.stderr.write(
      `${error instanceof Error ? error.stack : String(error)}\nThis is a bug in backstitch; please report it.\n`,
    );
    process.exitCode = 70;
  }
}
