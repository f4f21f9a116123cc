import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { FormatError, StopError } from "../base/index.ts";
import { readNames } from "./dinosaurs.ts";
import { readFirstNames } from "./first-names.ts";
import { dinosaurs, firstNames, mobyDick, packageData, packageText, requirePackages, speeches } from "./index.ts";

describe("dinosaurs", () => {
  test("are 1,325 names of letters a to z", () => {
    const names = dinosaurs();
    expect(names.length).toBe(1325);
    expect(names.slice(0, 2)).toEqual(["aachenosaurus", "aardonyx"]);
    expect(new Set(names).size).toBe(1318);
    for (const name of names) expect(name).toMatch(/^[a-z]+$/);
  });

  test("are the caller's own list", () => {
    dinosaurs().length = 0;
    expect(dinosaurs().length).toBe(1325);
  });

  test("are refused when they are no list of names", () => {
    expect(() => readNames("recipe names", { names: 1 })).toThrow(
      new FormatError('recipe names: the package dinosaurs must hold a list of names, got {"names":1}'),
    );
    expect(() => readNames("recipe names", [])).toThrow(
      new FormatError("recipe names: the package dinosaurs must hold a list of names, got []"),
    );
  });
});

describe("firstNames", () => {
  test("are 8,422 names, each once", () => {
    const names = firstNames();
    expect(names.length).toBe(8422);
    expect(new Set(names).size).toBe(8422);
    expect(names.filter((name) => !/^[A-Z][A-Za-z]*(-[A-Z][a-z]+)?$/.test(name))).toEqual([]);
    for (const name of ["Abbie", "Zsazsa", "Aaron", "Zolly", "Ann-Marie"]) expect(names).toContain(name);
  });

  test("are refused when they are no list of names", () => {
    const read = (text: string) => () => readFirstNames("recipe first-names", "names-package", text);
    expect(read("Ann\nBob\n")()).toEqual(["Ann", "Bob"]);
    expect(read("Ann\n<html>\n")).toThrow(
      new FormatError('recipe first-names: the package names-package must hold a name in each line, got "<html>"'),
    );
    expect(read("")).toThrow(
      new FormatError('recipe first-names: the package names-package must hold a name in each line, got ""'),
    );
  });
});

describe("mobyDick", () => {
  test("is the book from its etymology to its epilogue", () => {
    const text = mobyDick();
    expect(text.length).toBe(1_212_978);
    expect(text.split(/\s+/).length).toBe(212_007);
    expect(text).toMatch(/^ETYMOLOGY\. [\s\S]*\n\nCHAPTER 1\. Loomings\.\n\nCall me Ishmael\. /);
    expect(text).toMatch(/only found another orphan\.$/);
    expect(text).not.toMatch(/\n\n\n|\r/);
    // Each chapter once, in order.
    const chapters = [...text.matchAll(/^CHAPTER (\d+)\. /gm)].map(([, chapter]) => Number(chapter));
    expect(chapters).toEqual(Array.from({ length: 135 }, (_, i) => i + 1));
  });
});

describe("speeches", () => {
  test("are 233 in order of time, a line each", () => {
    const all = speeches();
    expect(all.length).toBe(233);
    expect(all.reduce((sum, { length }) => sum + length, 0)).toBe(10_759_787);
    expect(all.filter((speech) => /[\n\r]|^\s|\s$/.test(speech))).toEqual([]);
    expect(all[0]).toContain("the favorable prospects which continue to distinguish our public affairs");
    expect(all.at(-2)).toContain("the great American comeback");
  });
});

describe("packages", () => {
  test("that are missing are named with the one command that installs them all", () => {
    expect(() => requirePackages("recipe x", "no-such-package-a", "dinosaurs", "no-such-package-b")).toThrow(
      new StopError(
        "recipe x: needs the packages no-such-package-a and no-such-package-b; run npm install no-such-package-a no-such-package-b",
      ),
    );
    expect(requirePackages("recipe x", "dinosaurs")).toBe(undefined);
  });

  test("are found where the user is, if they are not beside backstitch", () => {
    const folder = mkdtempSync(join(tmpdir(), "backstitch-"));
    const home = join(folder, "node_modules", "some-data");
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "package.json"), '{ "name": "some-data" }');
    writeFileSync(join(home, "text.txt"), "of the user");
    const here = vi.spyOn(process, "cwd").mockReturnValue(folder);
    try {
      expect(packageText("test", "some-data", "text.txt")).toBe("of the user");
    } finally {
      here.mockRestore();
      rmSync(folder, { recursive: true });
    }
    expect(() => packageText("test", "some-data", "text.txt")).toThrow(
      new StopError("test: needs the package some-data; run npm install some-data"),
    );
  });

  test("that lack a file are to be installed anew", () => {
    expect(() => packageText("test", "dinosaurs", "data/birds.txt")).toThrow(
      new StopError("test: needs the package dinosaurs; run npm install dinosaurs"),
    );
  });
});

describe("packageData", () => {
  test("says how to install a package that is missing", () => {
    expect(() => packageData("recipe names", "no-such-package-of-data")).toThrow(
      new StopError("recipe names: needs the package no-such-package-of-data; run npm install no-such-package-of-data"),
    );
  });

  test("reads a file within a package, and says so when the package lacks it", () => {
    expect(packageData("test", "dinosaurs", "package.json")).toMatchObject({ name: "dinosaurs" });
    expect(() => packageData("test", "dinosaurs", "birds.json")).toThrow(
      new StopError("test: needs the package dinosaurs; run npm install dinosaurs"),
    );
  });
});
