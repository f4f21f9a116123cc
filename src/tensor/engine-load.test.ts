import { expect, test } from "vitest";
import { KindError, ValueError } from "../base/index.ts";
import { loadKernels } from "../kernels/index.ts";
import { Engine } from "./index.ts";

test("an engine loads the kernels asked for, and draws by its seed", async () => {
  const options = { build: "reference", precision: "float64" } as const;
  const engine = await Engine.load({ ...options, seed: 7 });
  expect([engine.build.name, engine.precision]).toEqual(["reference", "float64"]);
  const { build } = await loadKernels(options);
  const draws = ({ random }: Engine) => [random.integer(1e6), random.integer(1e6)];
  expect(draws(engine)).toEqual(draws(new Engine(build, { seed: 7 })));
  expect(draws(await Engine.load(options))).toEqual(draws(new Engine(build)));
});

test("an engine that cannot be loaded says so", async () => {
  await expect(Engine.load({ seed: 0.5 })).rejects.toThrow(
    new KindError("Engine: seed must be a whole number, got 0.5"),
  );
  await expect(Engine.load({ sead: 1 } as never)).rejects.toThrow(
    new ValueError('Engine.load: no option "sead"; did you mean "seed"?'),
  );
});
