/** Trains in a worker, so that the page stays free. */
import { languageModel } from "backstitch";
import type { FromWorker, ToWorker } from "./messages.ts";

const send = (message: FromWorker) => postMessage(message);
let stopper = new AbortController();

addEventListener("message", async ({ data }: MessageEvent<ToWorker>) => {
  stopper.abort();
  if (data.kind === "stop") return;
  stopper = new AbortController();
  try {
    const model = await languageModel.train(data.names, {
      epochs: 12,
      hiddenSize: 96,
      maxLength: 30,
      signal: stopper.signal,
      on: {
        step: ({ step, steps, loss, tokensPerSecond }) => send({ kind: "step", step, steps, loss, tokensPerSecond }),
        sample: ({ samples }) => send({ kind: "samples", samples }),
      },
    });
    send({ kind: "samples", samples: model.generate({ samples: 10, seed: 7 }) });
    const { name, isa } = model.network.engine.build;
    send({ kind: "done", kernels: `${name} ${isa}`, model: model.toBytes() });
  } catch (error) {
    send({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
});
