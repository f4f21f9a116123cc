import { expect, test } from "vitest";
import type { KernelBuild } from "./build.ts";
import { describeBuilds, loadKernels } from "./node.ts";
import { referenceBuild } from "./reference.ts";
import { selfTest } from "./self-test.ts";
import { kernelNames } from "./table.ts";

test("every build of this machine passes", async () => {
  for (const { isas } of await describeBuilds())
    for (const isa of isas) {
      const { build } = await loadKernels({ isa });
      expect(selfTest(build)).toMatchObject({ passed: kernelNames.length, failures: [] });
    }
});

/** The reference with one kernel spoilt. */
function spoilt(kernels: Partial<KernelBuild["kernels"]>): KernelBuild {
  const build = referenceBuild();
  return { ...build, kernels: { ...build.kernels, ...kernels } };
}

test("a kernel that computes wrongly, writes nothing or throws is named", () => {
  const { kernels } = referenceBuild();
  const wrong = selfTest(
    spoilt({
      gruForward: (args) => kernels.gruForward({ ...args, reverse: !args.reverse }),
      scale: () => {},
      clamp: () => {
        throw new Error("clamp: not enough memory");
      },
    }),
  );
  expect(wrong.passed).toBe(kernelNames.length - 3);
  expect(wrong.failures).toEqual([
    expect.stringMatching(/^gruForward: is \d\.\de[+-]\d off the reference$/),
    "scale: is Infinity off the reference",
    "clamp: not enough memory",
  ]);
});
