/**
 * Compiles the kernels into native/kernels.wasm, which is committed so that nobody needs a compiler for it.
 *
 *     npm run build:wasm              writes native/kernels.wasm
 *     npm run build:wasm -- --check   writes nothing and fails when a rebuild gives other bytes
 *
 * The same compiler gives the same bytes, so its version is fixed: clang and lld 16, Debian's `clang-16 lld-16`.
 * CLANG and WASM_LD name other commands of that version.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

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

const check = process.argv.includes("--check");
const work = mkdtempSync(join(tmpdir(), "backstitch-wasm-"));
try {
  const clang = find(process.env.CLANG ?? "clang++-16", ["clang++"]);
  const linker = find(process.env.WASM_LD ?? "wasm-ld-16", ["wasm-ld"]);
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
  const bytes = readFileSync(result);
  if (!check) {
    writeFileSync(committed, bytes);
    console.log(`native/kernels.wasm: ${bytes.length} bytes`);
  } else if (bytes.equals(readFileSync(committed))) console.log("native/kernels.wasm: as its sources say");
  else
    throw new Error("native/kernels.wasm: its sources give other bytes; run npm run build:wasm and commit the result");
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
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
  throw new Error(
    `build-wasm: needs version ${version}, because another gives other bytes; ${got}; install clang-16 and lld-16`,
  );
}

function run(command: string, options: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, options, { cwd: native, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
}
