/**
 * Packs the package, installs it in an empty folder on a machine that looks as though it had no compiler, and uses it
 * there: every entrance, the ten-line training, the command line.
 */
// @ts-check
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "backstitch-package-"));
const windows = process.platform === "win32";
/** @param {string} file @param {string[]} args @param {import("node:child_process").ExecFileSyncOptions} [options] */
const run = (file, args, options = {}) =>
  String(execFileSync(file, args, { stdio: ["ignore", "pipe", "inherit"], shell: windows, ...options }));

try {
  const [{ filename }] = JSON.parse(run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder]));
  const home = join(folder, "home");
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  const env = { ...process.env, CXX: "" };
  if (!windows) {
    // Only what npm itself needs is to be found.
    const bin = join(folder, "bin");
    mkdirSync(bin);
    for (const name of ["node", "npm", "sh", "env"]) {
      const path = run("sh", ["-c", `command -v ${name}`]).trim();
      symlinkSync(name === "node" ? process.execPath : path, join(bin, name));
    }
    env.PATH = [bin, dirname(run("sh", ["-c", "readlink -f $(command -v npm)"]).trim())].join(delimiter);
  }
  run("npm", ["install", "--no-audit", "--no-fund", "--foreground-scripts", join("..", filename)], { cwd: home, env });

  const { exports: entrances } = JSON.parse(readFileSync("package.json", "utf8"));
  const names = Object.keys(entrances).map((path) => path.replace(/^\./, "backstitch"));
  const imports = names.filter((name) => !name.endsWith(".json")).map((name) => `await import("${name}");`);
  const program = `${imports.join("\n")}
const { languageModel } = await import("backstitch");
const model = await languageModel.train(["anna", "hannah", "nan", "ann"].flatMap((name) => Array(20).fill(name)), {
  epochs: 2, hiddenSize: 8, validation: 0 });
const again = await languageModel.load(model.toBytes());
console.log(again.network.engine.build.name, again.generate({ samples: 1 }).length);
`;
  writeFileSync(join(home, "program.js"), program);
  const printed = run(process.execPath, ["program.js"], { cwd: home, env }).trim();
  const expected = windows ? / 1$/ : /^wasm 1$/;
  if (!expected.test(printed)) throw new Error(`the program printed "${printed}"`);
  const doctor = run(process.execPath, ["node_modules/backstitch/dist/cli/main.js", "doctor"], { cwd: home, env });
  if (!doctor.includes("self-test  passed")) throw new Error(`doctor said: ${doctor}`);
  console.log(`package: ${filename} installs and works without a compiler`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
