import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StopError } from "../base/index.ts";
import { NodeBytes } from "./node-bytes.ts";

let path: string;
let bytes: NodeBytes;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "backstitch-bytes-"));
  bytes = new NodeBytes(join(path, "deep/data"));
});
afterEach(async () => {
  bytes.close();
  await rm(path, { recursive: true });
});

test("bytes are added at the end and read anywhere, also after they are closed and opened again", async () => {
  const file = bytes.create("ids");
  file.append(Uint8Array.of(1, 2, 3));
  file.append(Uint8Array.of(4, 5).subarray(1));
  expect(file.length).toBe(4);
  expect(file.read(1, 4)).toEqual(Uint8Array.of(2, 3, 5));
  bytes.sync();
  bytes.close();
  expect(file.read(0, 2)).toEqual(Uint8Array.of(1, 2));
  expect(new NodeBytes(join(path, "deep/data")).open("ids").length).toBe(4);
  expect([...(await readFile(join(path, "deep/data/ids")))]).toEqual([1, 2, 3, 5]);
});

test("a file is removed, open or not, there or not", async () => {
  bytes.create("a").append(Uint8Array.of(1));
  bytes.remove("a");
  bytes.remove("b");
  expect(await readdir(join(path, "deep/data"))).toEqual([]);
});

test("what the system refuses is told in one line", async () => {
  const where = join(path, "deep/data");
  expect(() => bytes.open("ids")).toThrow(
    new StopError(`${where}/ids: there is no such file or folder; check the path`),
  );
  const file = bytes.create("ids");
  expect(() => bytes.create("ids")).toThrow(
    new StopError(`${where}/ids: must be a folder, is a file; move it away or choose another folder`),
  );
  file.append(new Uint8Array(10));
  bytes.close();
  await truncate(join(where, "ids"), 4);
  expect(() => file.read(2, 8)).toThrow(new StopError(`${where}/ids: ends after 4 bytes, it was cut off meanwhile`));
  await writeFile(join(path, "file"), "");
  expect(() => new NodeBytes(join(path, "file")).create("ids")).toThrow(
    new StopError(`${path}/file: must be a folder, is a file; move it away or choose another folder`),
  );
});
