/** Commands run in this process: many in the time that one process takes to start. */
import { vi } from "vitest";
import { isUserError } from "../../src/base/index.ts";
import { runCommand } from "../../src/cli/program.ts";

/** What a command has written, and the message of the error that ended it. */
export interface Told {
  readonly out: string;
  readonly err: string;
  readonly error: string | null;
}

/** Runs a command in the folder that the process is in. An error that is no user's passes through. */
export async function told(...args: string[]): Promise<Told> {
  let [out, err] = ["", ""];
  const writing = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const noting = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += String(text);
    return true;
  });
  try {
    await runCommand(args);
    return { out, err, error: null };
  } catch (error) {
    if (!isUserError(error)) throw error;
    return { out, err, error: error.message };
  } finally {
    writing.mockRestore();
    noting.mockRestore();
  }
}
