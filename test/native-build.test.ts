/** Installing never fails for lack of a compiler: WebAssembly serves, and one line says so. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const root = mkdtempSync(join(tmpdir(), "backstitch-build-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A package folder with the sources of the addon, and a PATH on which only the given commands are. */
function makePackage(name: string, commands: Readonly<Record<string, string>>) {
  const folder = join(root, name);
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  cpSync("native", join(folder, "native"), { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(resolve("node_modules/node-api-headers"), join(folder, "node_modules", "node-api-headers"));
  for (const [command, text] of Object.entries(commands)) {
    writeFileSync(join(bin, command), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, command), 0o755);
  }
  const script = join(folder, "native", "build.mjs");
  const run = (options: readonly string[] = [], env: Readonly<Record<string, string>> = {}) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...options], {
      encoding: "utf8",
      env: { PATH: bin, ...env },
    });
    // That it begins is said too, because it takes long.
    return { status, stdout: stdout.replace(/^native kernels: compiling .*\n/, ""), stderr };
  };
  const record = () => JSON.parse(readFileSync(join(folder, "build", "kernels.json"), "utf8"));
  return { folder, script, run, record };
}

describe.skipIf(process.platform !== "linux")("native/build.mjs", () => {
  const outcome = (why: string, script: string) =>
    `native kernels: ${why}; WebAssembly serves instead, on one thread and at a quarter to a half of its speed; for the native ones install g++ 11 or later, or clang 13 or later (Debian: apt install g++), then run: node ${script} --force\n`;

  test("without a compiler it says so in one line, succeeds, and leaves a note for the loader", () => {
    const { run, script, record } = makePackage("none", {});
    const why = "no C++ compiler was found (tried c++, g++, clang++)";
    expect(run()).toEqual({ status: 0, stdout: outcome(why, script), stderr: "" });
    expect(record()).toEqual({ failure: why });
    expect(run(["--force"]).status).toBe(1);
  });

  test("a compiler that fails is quoted, and an older addon does not stay behind", () => {
    const { run, script, folder } = makePackage("old", {
      "c++": '[ "$1" = --version ] && exit 0; echo "kernels.cc:1: error: no C++20 here" >&2; exit 1',
    });
    mkdirSync(join(folder, "build"));
    writeFileSync(join(folder, "build", "kernels.node"), "stale");
    const { status, stdout } = run();
    expect(status).toBe(0);
    expect(stdout).toBe(outcome("the C++ compiler failed (c++: kernels.cc:1: error: no C++20 here)", script));
    expect(existsSync(join(folder, "build", "kernels.node"))).toBe(false);
  });

  test("builds nothing when another build is asked for", () => {
    const { run, record } = makePackage("wasm", { "c++": "exit 1" });
    expect(run([], { BACKSTITCH_KERNELS: "wasm" }).status).toBe(0);
    expect(record()).toEqual({ failure: "skipped because BACKSTITCH_KERNELS is wasm" });
  });

  test("goes on to the next compiler, and builds again only when something changed", () => {
    // Writes what it was asked to make, so that no real compiler is needed.
    const fake = 'for word in "$@"; do last="$word"; done; [ "$1" = --version ] || echo made > "$last"';
    const { run, folder, record } = makePackage("fake", { "c++": "exit 1", "g++": fake });
    const first = run();
    expect(first.stdout).toMatch(/^native kernels: built by g\+\+ in \d+\.\d s for /);
    expect(record().compiler).toBe("g++");
    expect(run().stdout).toBe("native kernels: up to date\n");
    writeFileSync(join(folder, "native", "loss.cc"), "// changed\n");
    expect(run().stdout).toMatch(/^native kernels: built by g\+\+/);
    expect(run([], { CXX: join(folder, "bin", "g++") }).stdout).toMatch(/^native kernels: built by .*g\+\+/);
  });
});
