/** The page: names in, names out, and a curve on the way. */
import type { FromWorker, ToWorker } from "./messages.ts";

const element = <E extends Element>(id: string) => document.getElementById(id) as unknown as E;
const names = element<HTMLTextAreaElement>("names");
const trainButton = element<HTMLButtonElement>("train");
const stopButton = element<HTMLButtonElement>("stop");
const save = element<HTMLAnchorElement>("save");
const progress = element<HTMLProgressElement>("progress");
const status = element<HTMLElement>("status");
const list = element<HTMLUListElement>("samples");
const line = element<SVGElement>("curve").firstElementChild as SVGPolylineElement;

const worker = new Worker("worker.js", { type: "module" });
const tell = (message: ToWorker) => worker.postMessage(message);
let losses: number[] = [];
let steps = 1;

function setTraining(isTraining: boolean): void {
  trainButton.disabled = isTraining;
  stopButton.disabled = !isTraining;
}

function drawCurve(): void {
  const most = Math.max(...losses);
  const least = Math.min(...losses);
  const points = losses.map((loss, i) => `${i / steps},${1 - (loss - least) / (most - least || 1)}`);
  line.setAttribute("points", points.join(" "));
}

worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
  if (data.kind === "step") {
    ({ steps } = data);
    // A moving mean: single batches jump.
    losses.push(0.9 * (losses.at(-1) ?? data.loss) + 0.1 * data.loss);
    progress.value = data.step / steps;
    status.textContent = `step ${data.step} of ${steps}, loss ${losses.at(-1)!.toFixed(3)}, ${Math.round(data.tokensPerSecond).toLocaleString()} tokens/s`;
    requestAnimationFrame(drawCurve);
  } else if (data.kind === "samples") {
    list.replaceChildren(
      ...data.samples.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
    );
  } else if (data.kind === "done") {
    status.textContent = `done with ${data.kernels} kernels, loss ${losses.at(-1)?.toFixed(3) ?? "not known"}`;
    save.href = URL.createObjectURL(new Blob([data.model]));
    save.hidden = false;
    setTraining(false);
  } else {
    status.textContent = data.message;
    setTraining(false);
  }
});

trainButton.addEventListener("click", () => {
  losses = [];
  setTraining(true);
  tell({ kind: "train", names: names.value.split("\n") });
});
stopButton.addEventListener("click", () => tell({ kind: "stop" }));

names.value = await (await fetch("names.txt")).text();
status.textContent = "ready";
setTraining(false);
