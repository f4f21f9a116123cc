/**
 * Whatever a user can get wrong is told in one line. That main.ts prints it on standard error and exits with 2 is tested
 * on a few: a process for each would take long.
 */
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isUserError } from "../../src/base/index.ts";
import { runCommand } from "../../src/cli/program.ts";
import { recipes, tasks } from "../../src/tasks/index.ts";
import { backstitch, scratch, start, tiny, words } from "./command.ts";

const { path: cwd, remove } = await scratch();
afterAll(remove);

beforeAll(async () => {
  const files: Readonly<Record<string, string | Buffer>> = {
    "lines.txt": words(200),
    "empty.txt": "",
    "blank.txt": "\n \n\r\n",
    "binary.bin": Buffer.from("ab\nc\0d"),
    "latin1.txt": Buffer.from("caf\xe9\n", "latin1"),
    "utf16.txt": Buffer.from("\ufeffhi", "utf16le"),
    "short.txt": "hi\n",
    "wide.txt": `short\n${"a".repeat(5001)}\n`,
    "bad.yaml": "recipe: names\nhiddenSize: [1\n",
    "misspelt.yaml": "recipe: names\n# a comment\nhidenSize: 3\n",
    "wrong.yaml": "recipe: names\nepochs: many\n",
    "cell.yaml": "recipe: names\ncell: lstn\n",
    "nams.yaml": "recipe: nams\n",
    "task.yaml": "task: language\ndata: lines.txt\n",
    "list.yaml": "- a\n",
    "both.yaml": "recipe: names\ntask: language-model\n",
    "none.yaml": "epochs: 3\n",
    "run.yaml": "recipe: names\nrun: 3\n",
    "double.yaml": "recipe: names\nepochs: 1\nepochs: 2\n",
    "cut.jsonl": '{"text": "a"}\n{"text": \n',
    "textless.jsonl": '{"text": "a"}\n{"txt": "b"}\n',
    "number.jsonl": '{"text": 1}\n',
    "blank.jsonl": '{"text": " \\n"}\n',
    "cut.json": '{"recipe": "names", "epochs": ',
  };
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(cwd, name), content)));
  await mkdir(join(cwd, "folder"));
  await mkdir(join(cwd, "empty"));
  process.chdir(cwd);
}, 120_000);

const text = ["train", "language-model", "--data"];
const cells = "one of rnn, rnnRelu, gru, gruSimplified, lstm, lstmPeephole, minGru, minLstm";
const commands =
  "recipes, train, generate, translate, score, next, runs, show, evaluate, blame, gradients, activations, export, doctor";

const recipeNames = Object.keys(recipes).join(", ");
const taskNames = Object.keys(tasks).join(", ");
// The recipe of the memory tasks has the name of its task.
const names = [...new Set([...Object.keys(recipes), ...Object.keys(tasks)])].join(", ");

describe("is refused in one line:", () => {
  test.each<[args: string[], message: string]>([
    [["trian"], 'backstitch: no command "trian"; did you mean "train"?'],
    [["sing"], `backstitch: no command "sing"; there is ${commands}`],
    [["help", "trian"], 'backstitch: no command "trian"; did you mean "train"?'],
    [["--loud"], "backstitch: no option --loud; see backstitch --help"],
    [["train"], `train: needs a recipe, a task or a config file; recipes: ${recipeNames}; tasks: ${taskNames}`],
    [
      ["train", "--data", "pairs.tsv"],
      "train: needs a recipe, a task or a config file beside --data; perhaps: backstitch train translate --data pairs.tsv",
    ],
    [
      ["train", "--data", "lines.txt"],
      "train: needs a recipe, a task or a config file beside --data; perhaps: backstitch train language-model --data lines.txt",
    ],
    [
      ["train", "--data", "en.txt", "--target-data", "de.txt"],
      "train: needs a recipe, a task or a config file beside --data; perhaps: backstitch train translate with the same options",
    ],
    [["train", "nams"], 'train: no recipe or task "nams"; did you mean "names"?'],
    [["recipes", "moby-dik"], 'recipes: no recipe "moby-dik"; did you mean "moby-dick"?'],
    [["recipes", "poems"], `recipes: no recipe "poems"; there is ${recipeNames}`],
    [["train", "poems"], `train: no recipe or task "poems"; there is ${names}, or a config file that ends in .yaml`],
    [["train", "names", "--hiden-size", "3"], "train: no option --hiden-size; did you mean --hidden-size?"],
    [["train", "names", "--hidenSize=3"], "train: no option --hidenSize; did you mean --hidden-size?"],
    [["train", "names", "--no-residul"], "train: no option --no-residul; did you mean --residual?"],
    [["train", "names", "--colour"], "train: no option --colour; see backstitch train --help"],
    [["train", "names", "--epochs"], "train: --epochs needs a value, got none; see backstitch train --help"],
    [
      ["train", "names", "again"],
      "train: takes at most 1 argument besides options, got 2; see backstitch train --help",
    ],
    [["train", "names", "--epochs", "many"], 'train: --epochs must be a number, got "many"'],
    [["train", "names", "--epochs", ""], 'train: --epochs must be a number, got ""'],
    [["train", "names", "--epochs", "0"], "train: --epochs must be more than 0, got 0"],
    [["train", "names", "--hiddenSize", "0"], "train: --hidden-size must be at least 1, got 0"],
    [["train", "names", "--hidden-size", "1.5"], "train: --hidden-size must be a whole number, got 1.5"],
    [["train", "names", "--dropout", "1"], "train: --dropout must be less than 1, got 1"],
    [["train", "names", "--rate", "-1"], "train: --rate must be more than 0, got -1"],
    [["train", "names", "--cell", "lstn"], `train: --cell must be ${cells}, got "lstn"; did you mean "lstm"?`],
    [
      ["train", "names", "--patience", "3", "--validation", "0"],
      "train: patience needs evaluations, but no data are kept aside; raise validation",
    ],
    [
      [...text, "lines.txt", "--schedule", "plateau", "--evaluate-every", "0"],
      "train: schedule plateau needs evaluations, but evaluateEvery is 0",
    ],
    [["train", "language-model"], "train: language-model needs data; give --data <path>, such as a UTF-8 text file"],
    [
      ["train", "lines.txt"],
      "train: needs a recipe, a task or a config file, got the text lines.txt; to train on it: backstitch train language-model --data lines.txt",
    ],
    [
      ["train", "folder"],
      "train: needs a recipe, a task or a config file, got the text folder; to train on it: backstitch train language-model --data folder",
    ],
    [[...text, "linse.txt"], 'linse.txt: there is no such file; did you mean "lines.txt"?'],
    [[...text, "nothing.like.it"], "nothing.like.it: there is no such file or folder; check the path"],
    [[...text, "empty.txt"], "empty.txt: must hold text, is empty; choose another file"],
    [[...text, "blank.txt"], "blank.txt: needs at least one line that is not empty, got none"],
    [[...text, "blank.txt", "--unit", "text"], "blank.txt: needs text, got none"],
    [[...text, "blank.txt", "--unit", "documents"], "blank.txt: needs text, got none"],
    [
      [...text, "binary.bin"],
      "binary.bin: line 2: byte 4: must be text, is a zero byte as in a binary file; choose a text file",
    ],
    [[...text, "latin1.txt"], "latin1.txt: line 1: byte 3: must be UTF-8, got 0xe9; save the file again as UTF-8"],
    [[...text, "utf16.txt"], "utf16.txt: must be UTF-8, is UTF-16; save it again as UTF-8"],
    [
      [...text, "binary.bin", "--unit", "text"],
      "binary.bin: line 2: byte 4: must be text, is a zero byte as in a binary file; choose a text file",
    ],
    [
      [...text, "latin1.txt", "--unit", "text"],
      "latin1.txt: line 1: byte 3: must be UTF-8, got 0xe9; save the file again as UTF-8",
    ],
    [[...text, "utf16.txt", "--unit", "text"], "utf16.txt: must be UTF-8, is UTF-16; save it again as UTF-8"],
    [[...text, "empty.txt", "--unit", "text"], "empty.txt: must hold text, is empty; choose another file"],
    [[...text, "cut.jsonl"], 'cut.jsonl: line 2: must be a JSON object such as {"text": "..."}, got "{\\"text\\": "'],
    [[...text, "textless.jsonl"], 'textless.jsonl: line 2: must have a "text", got {"txt":"b"}'],
    [[...text, "number.jsonl"], 'number.jsonl: line 1: must have a "text", got {"text":1}'],
    [[...text, "blank.jsonl", "--unit", "documents"], "blank.jsonl: needs text, got none"],
    [[...text, "folder"], "folder: must hold .txt files, holds none; name a file, or a folder with the texts"],
    [
      [...text, "short.txt", "--unit", "text"],
      "short.txt: needs more than batchSize = 32 tokens to train on, got 3; lower batchSize or give more text",
    ],
    [
      [...text, "wide.txt"],
      "wide.txt: line 2 must have at most 5000 tokens with unit lines, got 5001; break it into shorter lines, or train with unit text",
    ],
    [
      [...text, "lines.txt", "--min-count", "100000"],
      "vocabulary: needs at least 1 token, got 0; no token was seen 100000 times; lower minCount",
    ],
    [["train", "gone.yaml"], 'gone.yaml: there is no such file; did you mean "none.yaml"?'],
    [
      ["train", "bad.yaml"],
      "bad.yaml: line 3: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    [["train", "cut.json"], "cut.json: line 1: Flow map must end with a }"],
    [["train", "double.yaml"], "double.yaml: line 3: Map keys must be unique"],
    [["train", "misspelt.yaml"], 'misspelt.yaml: line 3: no option "hidenSize"; did you mean "hiddenSize"?'],
    [["train", "wrong.yaml"], 'wrong.yaml: line 2: epochs must be a number, got "many"'],
    [["train", "cell.yaml"], `cell.yaml: line 2: cell must be ${cells}, got "lstn"; did you mean "lstm"?`],
    [["train", "nams.yaml"], `nams.yaml: recipe must be one of ${recipeNames}, got "nams"; did you mean "names"?`],
    [["train", "task.yaml"], `task.yaml: task must be one of ${taskNames}, got "language"`],
    [["train", "list.yaml"], 'list.yaml: must hold options such as "recipe: names", got ["a"]'],
    [["train", "both.yaml"], "both.yaml: recipe and task exclude each other; keep one of them"],
    [["train", "none.yaml"], 'none.yaml: needs recipe or task; add for example "task: language-model"'],
    [["train", "run.yaml"], "run.yaml: run must be a path, got 3"],
    [["train", "--resume"], "runs: holds no run yet; train one with: backstitch train names"],
    [["generate"], "runs: holds no run yet; train one with: backstitch train names"],
    [["show"], "runs: holds no run yet; train one with: backstitch train names"],
    [["evaluate", "--data", "lines.txt"], "runs: holds no run yet; train one with: backstitch train names"],
    [["evaluate"], "runs: holds no run yet; train one with: backstitch train names"],
    [["export", "m.safetensors"], "runs: holds no run yet; train one with: backstitch train names"],
    [
      ["export", "model.bin"],
      'export: needs a file that ends in .safetensors, got "model.bin"; as in: backstitch export model.safetensors',
    ],
    [
      ["export", "n2"],
      'export: needs a file that ends in .safetensors, got "n2"; as in: backstitch export n2 n2.safetensors',
    ],
    [["generate", "names"], "names: there is no such run; train one with: backstitch train names"],
    [
      ["generate", "lines.txt"],
      "lines.txt: must be a run folder or a .safetensors file, is another file; check the path",
    ],
    [["generate", "empty"], "empty: must be a run, but has no config.json; check the path"],
    [["generate", "gone.safetensors"], "gone.safetensors: there is no such file or folder; check the path"],
    [["generate", "--temperature=-1"], "generate: --temperature must be at least 0, got -1"],
    [["generate", "--samples", "0"], "generate: --samples must be at least 1, got 0"],
    [["generate", "--top-p", "1.1"], "generate: --top-p must be at most 1, got 1.1"],
  ])("%j", async (args, message) => {
    const error = await runCommand(args).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!isUserError(error)) throw error;
    expect(error.message).toBe(message);
  });

  test.each([
    [["train", "nams"], 'train: no recipe or task "nams"; did you mean "names"?'],
    [["recipes", "moby-dik"], 'recipes: no recipe "moby-dik"; did you mean "moby-dick"?'],
    [["recipes", "poems"], `recipes: no recipe "poems"; there is ${recipeNames}`],
    [["train", "names", "--no-residul"], "train: no option --no-residul; did you mean --residual?"],
    [[...text, "empty.txt"], "empty.txt: must hold text, is empty; choose another file"],
  ])("%j, and the process exits with 2", async (args, message) => {
    expect(await backstitch(args, { cwd })).toEqual({ code: 2, signal: null, out: "", err: `${message}\n` });
  });

  test("kernels that there are not", async () => {
    const env = { BACKSTITCH_KERNELS: "nativ" };
    expect(await backstitch(["doctor"], { cwd, env })).toEqual({
      code: 2,
      signal: null,
      out: "",
      err: 'BACKSTITCH_KERNELS: must be one of native, wasm, reference, got "nativ"\n',
    });
  });
});

test("a bug prints its stack and exits with 70", async () => {
  const broken = "data:text/javascript,process.stdout.write=()=>{throw new Error('broken')}";
  const { code, err } = await backstitch(["recipes"], { cwd, node: ["--import", broken] });
  expect(code).toBe(70);
  expect(err).toMatch(/^Error: broken\n( {4}at .*\n)+This is a bug in backstitch; please report it\.\n$/);
});

describe("a line of a gigabyte", () => {
  test.each([
    [
      "lines",
      "long.txt: line 1: must be at most 1048576 bytes, is longer; break it into shorter lines, or train with --unit text\n",
    ],
    ["text", "long.txt: line 1: byte 2097152: must be text, is a zero byte as in a binary file; choose a text file\n"],
  ])("is refused at once with unit %s, in little memory", async (unit, message) => {
    const file = await open(join(cwd, "long.txt"), "w");
    await file.write("a".repeat(2 << 20));
    // The rest is a hole, of zeros; it takes no room on the disk and is never read.
    await file.truncate(2 ** 30);
    await file.close();
    const began = performance.now();
    const running = start([...text, "long.txt", "--unit", unit, ...tiny], {
      cwd,
      node: ["--import", new URL("./report-memory.mjs", import.meta.url).href],
    });
    const { code, err } = await running.ended;
    expect(performance.now() - began).toBeLessThan(10_000);
    const [told, kilobytes] = err.split("memory: ");
    expect(told).toBe(message);
    expect(Number(kilobytes)).toBeLessThan(250_000);
    expect(code).toBe(2);
  });
});

test("nothing was made meanwhile", async () => {
  const { out } = await backstitch(["recipes", "--json"], { cwd });
  expect(JSON.parse(out.split("\n")[0]!)).toMatchObject({ name: "names", task: "language-model" });
  await expect(open(join(cwd, "runs"))).rejects.toThrow("ENOENT");
});
