import { describe, expect, test } from "vitest";
import { FormatError, StopError } from "../base/index.ts";
import { readNames } from "./dinosaurs.ts";
import { dinosaurs, packageData } from "./index.ts";

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
