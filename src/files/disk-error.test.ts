import { describe, expect, test } from "vitest";
import { FormatError, StopError } from "../base/index.ts";
import { type Doing, diskError } from "./disk-error.ts";

const system = (code: string) => Object.assign(new Error(`${code}: as the system says it`), { code });

describe("diskError", () => {
  test.each<[Doing, string, string]>([
    ["read", "ENOENT", "there is no such file or folder; check the path"],
    ["read", "EACCES", "may not be read by this user; change its permissions"],
    ["read", "EPERM", "may not be read by this user; change its permissions"],
    ["read", "EISDIR", "must be a file, is a folder; name a file in it"],
    ["read", "ERR_FS_FILE_TOO_LARGE", "must be smaller than 2 GiB to be read whole; split it"],
    ["write", "ENOENT", "there is no such file or folder any more; was it moved or removed?"],
    ["write", "EACCES", "may not be written by this user; change its permissions or choose another folder"],
    ["write", "EPERM", "may not be written by this user; change its permissions or choose another folder"],
    ["write", "EISDIR", "must be a file, is a folder; move it away or choose another folder"],
    ["write", "EEXIST", "must be a folder, is a file; move it away or choose another folder"],
    ["write", "ENOTEMPTY", "must be a free name, is a folder that is not empty; move it away or choose another folder"],
    ["write", "EROFS", "the disk is read-only; choose another folder"],
    ["write", "ENOSPC", "no space left on the disk; free some and go on, what was saved before is whole"],
    [
      "write",
      "EDQUOT",
      "no space left for this user (disk quota); free some and go on, what was saved before is whole",
    ],
    ["write", "EFBIG", "larger than this disk or this user's limit allows; choose another folder"],
    ...(["read", "write"] as const).flatMap((doing): [Doing, string, string][] => [
      [doing, "ENOTDIR", "a part of the path must be a folder, is a file; check the path"],
      [doing, "ELOOP", "its links lead in a circle; check the path"],
      [doing, "ENAMETOOLONG", "the name is too long for this disk; choose a shorter one"],
      [doing, "EMFILE", "too many files are open in this process; close some or raise the limit (ulimit -n)"],
      [doing, "ENFILE", "too many files are open on this machine; close some programs"],
      [doing, "EBUSY", "in use by another program; close that and try again"],
      [doing, "ETXTBSY", "in use by another program; close that and try again"],
      [doing, "EIO", "the disk reports a failure (EIO); check the disk"],
      [doing, "ESTALE", "the network disk has lost it; mount the disk again"],
      [doing, "ENOMEM", "not enough memory; close some programs"],
      [doing, "EWHATEVER", "the system refuses with EWHATEVER; look the code up, or choose another place"],
    ]),
  ])("to %s: %s", (doing, code, message) => {
    const cause = system(code);
    const error = diskError("runs/names/config.json", doing, cause);
    expect(error).toBeInstanceOf(StopError);
    expect(error).toMatchObject({ message: `runs/names/config.json: ${message}`, cause });
  });

  test("leaves alone what is not the system's", () => {
    for (const error of [new FormatError("a: b"), new Error("a bug"), new TypeError("another"), "text", undefined])
      expect(diskError("a", "read", error)).toBe(error);
  });
});
