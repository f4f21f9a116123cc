/**
 * A character model reaches 1.48 nats on tinyshakespeare in less than half an hour on two cores. The same model in PyTorch is
 * given the same time.
 *
 *     npm run bench shakespeare input.txt              both, one after the other: twice the time of the training
 *     npm run bench shakespeare input.txt curve.svg    and a picture of both curves
 *
 * input.txt is that of https://github.com/karpathy/char-rnn/tree/master/data/tinyshakespeare; the options are those of
 * examples/shakespeare.yaml. Without the text it is passed over.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parse } from "yaml";
import { lineChart } from "../src/draw/index.ts";
import { type LanguageModelOptions, languageModel } from "../src/tasks/index.ts";
import { Peer } from "./measure/peer.ts";
import { printRatio } from "./measure/time.ts";

/** Seconds since the training began, and the validation loss. */
type Curve = (readonly [number, number])[];

const [path, picture] = process.argv.slice(2);
if (path === undefined) console.log("needs the text: npm run bench shakespeare input.txt; no ratio");
else await compare(path);

async function compare(path: string): Promise<void> {
  const { task: _, ...options } = parse(
    readFileSync(new URL("../examples/shakespeare.yaml", import.meta.url), "utf8"),
  ) as LanguageModelOptions & { task: string };
  const threads = availableParallelism();
  const ours = await train(readFileSync(path, "utf8"), options);
  const seconds = ours.curve.at(-1)![0];
  console.log(`backstitch: ${report(ours.curve)}, ${Math.round(ours.tokensPerSecond)} tokens/s`);
  const peer = await Peer.start("shakespeare.py", threads);
  if (!peer) return;
  const defaults = languageModel.options.parse(options);
  const theirs = await peer.ask<{ setting: string; epochs: number; tokensPerSecond: number; curve: Curve }>({
    ...defaults,
    data: path,
    epochs: undefined,
    seconds,
  });
  peer.stop();
  console.log(
    `${peer.name} (${theirs.setting}, ${theirs.epochs} epochs in the same time): ${report(theirs.curve)}, ${Math.round(theirs.tokensPerSecond)} tokens/s`,
  );
  if (picture !== undefined)
    writeFileSync(
      picture,
      lineChart({
        title: "tinyshakespeare: validation loss by minutes of training",
        description:
          "The validation losses of the same character LSTM in backstitch and in PyTorch, given the same time.",
        x: { label: "minutes" },
        y: { label: "nats per character" },
        lines: [
          { name: "backstitch", points: inMinutes(ours.curve) },
          { name: peer.name, points: inMinutes(theirs.curve) },
        ],
      }),
    );
  printRatio("pytorch", ours.tokensPerSecond / theirs.tokensPerSecond);
}

async function train(text: string, options: LanguageModelOptions): Promise<{ curve: Curve; tokensPerSecond: number }> {
  const curve: Curve = [];
  const paces: number[] = [];
  const start = performance.now();
  await languageModel.train(text, {
    ...options,
    sampleEvery: 0,
    on: {
      step: ({ tokensPerSecond }) => {
        if (Number.isFinite(tokensPerSecond)) paces.push(tokensPerSecond);
      },
      evaluate: ({ evaluation }) => {
        const seconds = (performance.now() - start) / 1000;
        curve.push([seconds, evaluation.loss!]);
        console.error(
          `  backstitch epoch ${curve.length}: ${seconds.toFixed(0)} s, ${evaluation.loss!.toFixed(4)} nats`,
        );
      },
    },
  });
  return { curve, tokensPerSecond: paces.toSorted((a, b) => a - b)[paces.length >> 1]! };
}

function report(curve: Curve): string {
  const best = curve.reduce((a, b) => (b[1] < a[1] ? b : a));
  return `${best[1].toFixed(4)} nats per character after ${(best[0] / 60).toFixed(1)} of ${(curve.at(-1)![0] / 60).toFixed(1)} minutes`;
}

function inMinutes(curve: Curve): [number, number][] {
  return curve.map(([seconds, loss]) => [seconds / 60, loss]);
}
