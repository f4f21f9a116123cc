/**
 * What the operating system refuses, in the words of a person who can do something about it.
 */
import { isUserError, StopError } from "../base/index.ts";

/** What was being done when the system refused. */
export type Doing = "read" | "write";

/**
 * The error to throw for one of the system's: a StopError with one line and the system's error as its cause. An error
 * that is none of the system's comes back as it is.
 *
 * @param where the file or folder, as the message names it
 */
export function diskError(where: string, doing: Doing, error: unknown): unknown {
  if (isUserError(error) || !(error instanceof Error) || !("code" in error) || typeof error.code !== "string")
    return error;
  const unknown = `the system refuses with ${error.code}; look the code up, or choose another place`;
  return new StopError(`${where}: ${words[doing][error.code] ?? words.both[error.code] ?? unknown}`, { cause: error });
}

type Words = Readonly<Record<string, string>>;

const kept = "what was saved before is whole";

const words: Readonly<Record<Doing | "both", Words>> = {
  read: {
    ENOENT: "there is no such file or folder; check the path",
    EACCES: "may not be read by this user; change its permissions",
    EPERM: "may not be read by this user; change its permissions",
    EISDIR: "must be a file, is a folder; name a file in it",
    ERR_FS_FILE_TOO_LARGE: "must be smaller than 2 GiB to be read whole; split it",
  },
  write: {
    ENOENT: "there is no such file or folder any more; was it moved or removed?",
    EACCES: "may not be written by this user; change its permissions or choose another folder",
    EPERM: "may not be written by this user; change its permissions or choose another folder",
    EISDIR: "must be a file, is a folder; move it away or choose another folder",
    EEXIST: "must be a folder, is a file; move it away or choose another folder",
    ENOTEMPTY: "must be a free name, is a folder that is not empty; move it away or choose another folder",
    EROFS: "the disk is read-only; choose another folder",
    ENOSPC: `no space left on the disk; free some and go on, ${kept}`,
    EDQUOT: `no space left for this user (disk quota); free some and go on, ${kept}`,
    EFBIG: "larger than this disk or this user's limit allows; choose another folder",
  },
  both: {
    ENOTDIR: "a part of the path must be a folder, is a file; check the path",
    ELOOP: "its links lead in a circle; check the path",
    ENAMETOOLONG: "the name is too long for this disk; choose a shorter one",
    EMFILE: "too many files are open in this process; close some or raise the limit (ulimit -n)",
    ENFILE: "too many files are open on this machine; close some programs",
    EBUSY: "in use by another program; close that and try again",
    ETXTBSY: "in use by another program; close that and try again",
    EIO: "the disk reports a failure (EIO); check the disk",
    ESTALE: "the network disk has lost it; mount the disk again",
    ENOMEM: "not enough memory; close some programs",
  },
};
