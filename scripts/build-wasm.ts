/**
 * Compiles the kernels into native/kernels.wasm, which is committed so that nobody needs a compiler for it.
 *
 *     npm run build:wasm              writes native/kernels.wasm
 *     npm run build:wasm -- --check   writes nothing and fails when a rebuild gives other bytes; without the
 *                                     compiler it does as --sources
 *     npm run build:wasm -- --sources compiles nothing and fails when the file was made from other sources
 *
 * The same compiler gives the same bytes, so its version is fixed: clang and lld 16, Debian's `clang-16 lld-16`.
 * CLANG and WASM_LD name other commands of that version. The file carries a hash of its sources, by which a test tells
 * a stale one where there is no such compiler.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

class NoCompiler extends Error {}

const version = "16";
const native = fileURLToPath(new URL("../native/", import.meta.url));
const committed = join(native, "kernels.wasm");
const compileFlags = [
  ...["--target=wasm32", "-std=c++20", "-O3", "-msimd128", "-mbulk-memory", "-mnontrapping-fptoint", "-msign-ext"],
  ...["-ffreestanding", "-nostdlib", "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden", "-ffp-contract=off"],
  ...["-fno-math-errno", "-fno-trapping-math", "-Wall", "-Wextra", "-Wno-unknown-pragmas"],
];
// The stack comes first, so that overflowing it traps instead of overwriting data.
const linkFlags = [
  ...["--no-entry", "--stack-first", "-z", "stack-size=1048576", "--max-memory=4294967296", "--strip-all"],
  ...["-O2", "--gc-sections", "--export-memory"],
];

try {
  if (process.argv.includes("--sources")) checkSources();
  else if (process.argv.includes("--check")) check();
  else {
    const bytes = build();
    writeFileSync(committed, bytes);
    console.log(`native/kernels.wasm: ${bytes.length} bytes`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function build(): Buffer {
  const clang = find(process.env.CLANG ?? "clang++-16", ["clang++"]);
  const linker = find(process.env.WASM_LD ?? "wasm-ld-16", ["wasm-ld"]);
  const work = mkdtempSync(join(tmpdir(), "backstitch-wasm-"));
  try {
    const objects = [
      { source: "kernels.cc", flags: ["-DISA=simd128", "-DVL=4"] },
      { source: "wasm.cc", flags: [] },
    ].map(({ source, flags }) => {
      const object = join(work, `${source}.o`);
      // From within the folder, so that no path of this machine can get into the bytes.
      run(clang, [...compileFlags, ...flags, "-c", source, "-o", object]);
      return object;
    });
    const result = join(work, "kernels.wasm");
    run(linker, [...linkFlags, ...objects, "-o", result]);
    return Buffer.concat([readFileSync(result), customSection("sources", sourceHash())]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function check(): void {
  let bytes: Buffer;
  try {
    bytes = build();
  } catch (error) {
    if (!(error instanceof NoCompiler)) throw error;
    console.log(`${error.message}; without it only the hash of the sources is compared`);
    checkSources();
    return;
  }
  if (!bytes.equals(readFileSync(committed)))
    throw new Error("native/kernels.wasm: its sources give other bytes; run npm run build:wasm and commit the result");
  console.log("native/kernels.wasm: as its sources say");
}

function checkSources(): void {
  if (!readFileSync(committed).includes(customSection("sources", sourceHash())))
    throw new Error("native/kernels.wasm: made from other sources; run npm run build:wasm and commit the result");
  console.log("native/kernels.wasm: made from these sources");
}

/** What the module is made of: every C++ file that may get into it, and the flags. */
function sourceHash(): string {
  const hash = createHash("sha256").update(JSON.stringify([compileFlags, linkFlags, version]));
  const others = ["node.cc", "pool.cc", "pool.h", "cpu.h"];
  for (const file of readdirSync(native).sort())
    if (/\.(cc|h)$/.test(file) && !others.includes(file))
      hash.update(file).update(readFileSync(join(native, file), "utf8").replaceAll("\r\n", "\n"));
  return hash.digest("hex");
}

/** A section that WebAssembly itself ignores: its kind 0, its size, the size of its name, its name, its text. */
function customSection(name: string, text: string): Buffer {
  const content = Buffer.concat([Buffer.from([name.length]), Buffer.from(name + text)]);
  if (content.length > 127) throw new Error("build-wasm: a section of more than 127 bytes needs a longer size");
  return Buffer.concat([Buffer.from([0, content.length]), content]);
}

/** The first of these commands that is of the wanted version. */
function find(first: string, others: readonly string[]): string {
  const found: string[] = [];
  for (const command of [first, ...others]) {
    const { stdout, status } = spawnSync(command, ["--version"], { encoding: "utf8" });
    if (status !== 0) continue;
    const [, major] = /(?:clang version|LLD) (\d+)/.exec(stdout) ?? [];
    if (major === version) return command;
    found.push(`${command} is of version ${major ?? "unknown"}`);
  }
  const got = found.length ? found.join(", ") : `neither ${[first, ...others].join(" nor ")} runs`;
  throw new NoCompiler(
    `build-wasm: needs version ${version}, because another gives other bytes; ${got}; install clang-16 and lld-16`,
  );
}

function run(command: string, options: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, options, { cwd: native, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
}
