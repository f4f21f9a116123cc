// @ts-check
/**
 * Compiles the native kernels into build/kernels.node with whatever C++ compiler this machine has.
 *
 * Runs when the package is installed, so it never fails for lack of a compiler: WebAssembly then serves, and one line
 * says so. Needs nothing but Node and the headers from node-api-headers: one compiler call per instruction set, one
 * for the glue, one to link.
 *
 *     node native/build.mjs            builds unless up to date
 *     node native/build.mjs --force    builds anyway, and fails when it cannot
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * One instruction set: its name in the symbol `kernels_<name>`, floats in a vector, and the compiler's word for it.
 * @typedef {{ name: string, lanes: number, flags: readonly string[] }} InstructionSet
 */

/** @type {Readonly<Record<string, readonly InstructionSet[]>>} */
const instructionSets = {
  x64: [
    { name: "avx512", lanes: 16, flags: ["-march=x86-64-v4"] },
    { name: "avx2", lanes: 8, flags: ["-march=x86-64-v3"] },
    { name: "x86_64", lanes: 4, flags: ["-march=x86-64"] },
  ],
  arm64: [{ name: "neon", lanes: 4, flags: [] }],
};

const windows = process.platform === "win32";
const position = windows ? [] : ["-fPIC", "-fvisibility=hidden"];
const common = ["-std=c++20", "-Wall", "-Wextra", "-Wno-unknown-pragmas", "-Wno-psabi", ...position];
// Nothing here changes what a sum adds up to from one thread count to another; -ffast-math would, and linked in it would
// switch off denormal numbers for the whole process.
const kernelFlags = [
  ...["-O3", "-fno-exceptions", "-fno-rtti", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"],
];
const glueFlags = ["-O2"];
const linkFlags = windows
  ? ["-shared", "-fuse-ld=lld"]
  : process.platform === "darwin"
    ? ["-bundle", "-undefined", "dynamic_lookup"]
    : ["-shared", "-pthread", "-static-libgcc", "-static-libstdc++", "-Wl,-s", "-Wl,-z,nodelete"];

const remedy = windows
  ? "install LLVM and the Visual Studio build tools"
  : process.platform === "darwin"
    ? "run xcode-select --install"
    : "install g++ 11 or later, or clang 13 or later (Debian: apt install g++)";

const native = dirname(fileURLToPath(import.meta.url));
const target = join(native, "..", "build");
const force = process.argv.includes("--force");
await main();

async function main() {
  const sets = instructionSets[process.arch];
  const wanted = process.env.BACKSTITCH_KERNELS;
  if (!force && wanted && wanted !== "native")
    return giveUp(`skipped because BACKSTITCH_KERNELS is ${wanted}`, "unset it");
  if (!sets) return giveUp(`there are none for ${process.arch} processors`, "");

  const hash = sourceHash();
  if (!force && isCurrent(hash)) return console.log("native kernels: up to date");

  const headers = await findHeaders();
  if (!headers) return giveUp("the package node-api-headers is missing", "install it");

  console.log(`native kernels: compiling for ${names(sets)}, which takes about half a minute`);
  const started = performance.now();
  const work = join(target, `work-${process.pid}`);
  mkdirSync(work, { recursive: true });
  const failures = [];
  try {
    for (const compiler of compilers()) {
      const failure = await compile(compiler, sets, headers, work);
      if (failure === undefined) {
        renameSync(join(work, "kernels.node"), join(target, "kernels.node"));
        writeRecord({ hash, compiler });
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        return console.log(`native kernels: built by ${compiler} in ${seconds} s for ${names(sets)}`);
      }
      if (failure !== "missing") failures.push(`${compiler}: ${failure}`);
    }
  } catch (error) {
    failures.push(String(error));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  for (const failure of failures) console.error(failure);
  giveUp(
    failures.length
      ? `the C++ compiler failed (${firstError(failures[0] ?? "")})`
      : `no C++ compiler was found (tried ${compilers().join(", ")})`,
  );
}

/**
 * Compiles everything with one compiler.
 * @param {string} compiler
 * @param {readonly InstructionSet[]} sets
 * @param {Headers} headers
 * @param {string} work a folder for what comes between
 * @returns {Promise<string | undefined>} nothing when it worked, "missing", or what the compiler said
 */
async function compile(compiler, sets, headers, work) {
  const version = await run(compiler, ["--version"]);
  if (version.code !== 0) return version.missing ? "missing" : version.output || "does not run";
  const jobs = sets.map(({ name, lanes, flags }) => ({
    source: join(native, "kernels.cc"),
    object: join(work, `kernels-${name}.o`),
    flags: [...kernelFlags, ...flags, `-DISA=${name}`, `-DVL=${lanes}`],
  }));
  const glue = ["node.cc", "pool.cc"].map((file) => ({
    source: join(native, file),
    object: join(work, `${file}.o`),
    flags: [...glueFlags, `-I${headers.include_dir}`, "-DNAPI_VERSION=8"],
  }));
  const failed = await inParallel([...jobs, ...glue], ({ source, object, flags }) =>
    run(compiler, [...common, ...flags, "-c", source, "-o", object]),
  );
  if (failed) return failed.output;

  const objects = [...jobs, ...glue].map(({ object }) => object);
  const imports = windows ? [await importLibrary(headers, work)] : [];
  const linked = await run(compiler, [...linkFlags, ...objects, ...imports, "-o", join(work, "kernels.node")]);
  return linked.code === 0 ? undefined : linked.output;
}

/**
 * What node-api-headers says of itself.
 * @typedef {{ include_dir: string, def_paths: { js_native_api_def: string, node_api_def: string } }} Headers
 */

/** @returns {Promise<Headers | undefined>} */
async function findHeaders() {
  try {
    // @ts-expect-error the package has no types
    return (await import("node-api-headers")).default;
  } catch {
    return undefined;
  }
}

/**
 * On Windows an addon is linked against the names that node.exe exports.
 * @param {Headers} headers
 * @param {string} work
 */
async function importLibrary({ def_paths }, work) {
  const definition = join(work, "node.def");
  const parts = [def_paths.js_native_api_def, def_paths.node_api_def].map((path) => readFileSync(path, "utf8"));
  const exported = parts.flatMap((text) =>
    text.split(/\r?\n/).filter((line) => /^\s*(napi|node_api)_\w+\s*$/.test(line)),
  );
  writeFileSync(definition, `NAME node.exe\nEXPORTS\n${exported.join("\n")}\n`);
  const library = join(work, "node.lib");
  const machine = process.arch === "arm64" ? "arm64" : "i386:x86-64";
  const made = await run("llvm-dlltool", ["-m", machine, "-d", definition, "-l", library]);
  if (made.code !== 0) throw new Error(`llvm-dlltool: ${made.output || "is missing; it comes with LLVM"}`);
  return library;
}

/**
 * Runs a job for each item, as many at once as there are processors, and stops at the first that fails.
 * @template Item
 * @param {readonly Item[]} items
 * @param {(item: Item) => Promise<{ code: number | null, output: string }>} job
 */
async function inParallel(items, job) {
  /** @type {{ code: number | null, output: string } | undefined} */
  let failed;
  let next = 0;
  const worker = async () => {
    while (next < items.length && !failed) {
      const result = await job(/** @type {Item} */ (items[next++]));
      if (result.code !== 0) failed ??= result;
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, availableParallelism()) }, worker));
  return failed;
}

/**
 * @param {string} command
 * @param {readonly string[]} options
 * @returns {Promise<{ code: number | null, output: string, missing: boolean }>}
 */
function run(command, options) {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(command, options, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.on("error", (error) =>
      resolve({ code: -1, output: error.message, missing: "code" in error && error.code === "ENOENT" }),
    );
    child.on("close", (code) => resolve({ code, output: output.trim(), missing: false }));
  });
}

function compilers() {
  const named = process.env.CXX;
  return [...new Set([...(named ? [named] : []), ...(windows ? ["clang++"] : ["c++", "g++", "clang++"])])];
}

/** What the result depends on: sources, flags, platform and the compilers asked for. */
function sourceHash() {
  const hash = createHash("sha256");
  const files = readdirSync(native).filter((file) => /\.(cc|h)$/.test(file) && file !== "wasm.cc");
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(native, file)));
  const settings = [common, kernelFlags, glueFlags, linkFlags, instructionSets, process.platform, process.arch];
  return hash.update(JSON.stringify([settings, process.env.CXX ?? null])).digest("hex");
}

/** @param {string} hash */
function isCurrent(hash) {
  try {
    readFileSync(join(target, "kernels.node"));
    return JSON.parse(readFileSync(join(target, "kernels.json"), "utf8")).hash === hash;
  } catch {
    return false;
  }
}

/**
 * Leaves a note beside the addon, which the loader reads to explain itself.
 * @param {{ hash?: string, compiler?: string, failure?: string }} record
 */
function writeRecord(record) {
  mkdirSync(target, { recursive: true });
  const path = join(target, "kernels.json");
  writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(record)}\n`);
  renameSync(`${path}.${process.pid}`, path);
}

/**
 * Says in one line why there is no addon, what that costs and what to do; fails only when asked to build by force.
 * @param {string} why
 * @param {string} [advice] what to do to get the addon, or nothing when there is no way
 */
function giveUp(why, advice = remedy) {
  try {
    rmSync(join(target, "kernels.node"), { force: true });
    writeRecord({ failure: why });
  } catch (error) {
    console.error(
      `native kernels: cannot write to ${basename(target)}/: ${error instanceof Error ? error.message : error}`,
    );
  }
  const then = advice
    ? `; for the native ones ${advice}, then run: node ${fileURLToPath(import.meta.url)} --force`
    : "";
  console.log(
    `native kernels: ${why}; WebAssembly serves instead, on one thread and at a quarter to a half of its speed${then}`,
  );
  if (force) process.exitCode = 1;
}

/** @param {string} output */
function firstError(output) {
  const lines = output.split("\n");
  return (lines.find((line) => /error/i.test(line)) ?? lines[0] ?? "").trim();
}

/** @param {readonly InstructionSet[]} sets */
function names(sets) {
  return sets.map(({ name }) => name.replace("x86_64", "x86-64")).join(", ");
}
