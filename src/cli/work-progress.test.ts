import { expect, test, vi } from "vitest";
import { Screen } from "./screen.ts";
import { WorkProgress } from "./work-progress.ts";

test.each([
  [{}, ["400 of 2,000 sources\n", "1,200 of 2,000 sources\n"]],
  [{ json: true }, ["400 of 2,000 sources\n", "1,200 of 2,000 sources\n"]],
  [{ quiet: true }, []],
])("where nobody watches, a line every ten seconds tells how far work is: %j", (voice, lines) => {
  const clock = vi.spyOn(performance, "now").mockReturnValue(0);
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const out = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    const progress = new WorkProgress(new Screen(voice), "sources", 2000);
    for (const [at, done] of [
      [9_000, 300],
      [10_000, 400],
      [19_000, 1100],
      [20_500, 1200],
    ] as const) {
      clock.mockReturnValue(at);
      progress.show(done);
    }
    progress.close();
    expect(said.mock.calls.map(([text]) => text)).toEqual(lines);
    expect(out).not.toHaveBeenCalled();
  } finally {
    vi.restoreAllMocks();
  }
});
