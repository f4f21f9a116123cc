import { basename, dirname } from "node:path";
import type { Command } from "commander";
import { StopError, ValueError } from "../../base/index.ts";
import { nodeFolder } from "../../files/node.ts";
import { TranslationModel } from "../../tasks/index.ts";
import { isModelFile, openAny } from "../models.ts";
import { counted, Screen, type Voice } from "../screen.ts";

/** `backstitch export`: a trained model as one file, to be shipped. */
export function exportCommand(program: Command): void {
  program
    .command("export [run] [file]")
    .description("write a trained model into one file that holds all of it")
    .option("--force", "replace the file if there is one")
    .option("--json", "one JSON object per line")
    .addHelpText(
      "after",
      `
The file holds the best weights, the options and the vocabulary: data, never code. It stands in the place
of a run for every command that reads a model; in a program: await languageModel.load(bytes), or translationModel.

Examples:
  backstitch export names.safetensors
  backstitch export runs/names names.safetensors`,
    )
    .action(async (first: string | undefined, second: string | undefined, flags: Voice & { force?: boolean }) => {
      const screen = new Screen(flags);
      const [run, file] = second === undefined ? [undefined, first] : [first, second];
      if (file === undefined || !isModelFile(file))
        throw new ValueError(
          `export: needs a file that ends in .safetensors, got ${file === undefined ? "none" : `"${file}"`}; as in: backstitch export ${exampleOf(file)}`,
        );
      const { model, where } = await openAny(run);
      const folder = nodeFolder(dirname(file));
      if (!flags.force && (await folder.exists(basename(file))))
        throw new StopError(`${file}: must be a free name, is in use; choose another one, or replace it with --force`);
      const bytes = model.toBytes();
      await folder.write(basename(file), bytes);
      screen.emit({ file, run: where, bytes: bytes.length, parameters: model.parameterCount });
      screen.result(
        `${where} -> ${file}: ${counted(bytes.length, "byte")}, ${counted(model.parameterCount, "parameter")}; try it: backstitch ${model instanceof TranslationModel ? "translate" : "generate"} ${file}`,
      );
    });
}

/** What would be right in the place of what was given: without an ending it is the name of a run. */
function exampleOf(given = "names.bin"): string {
  const file = `${basename(given).replace(/\.[^.]*$/, "")}.safetensors`;
  return basename(given).includes(".") ? given.replace(/[^/\\]*$/, "") + file : `${given} ${file}`;
}
