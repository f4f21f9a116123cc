/** How fast a training goes: a moving mean over about the last seconds. Times are in milliseconds. */
export class Pace {
  #from: number;
  #steps = 0;
  #tokens = 0;
  #stepsPerSecond = 0;
  #tokensPerSecond = 0;

  constructor(now: number) {
    this.#from = now;
  }

  get tokensPerSecond(): number {
    return this.#tokensPerSecond;
  }

  /** Counts a step. */
  count(tokens: number, now: number): void {
    this.#steps++;
    this.#tokens += tokens;
    const seconds = (now - this.#from) / 1000;
    const isFirst = this.#stepsPerSecond === 0;
    if (seconds < 0.25 && !(isFirst && seconds > 0)) return;
    // Each window of a second counts as much as all before it.
    const weight = isFirst ? 1 : 1 - 2 ** -seconds;
    this.#stepsPerSecond += weight * (this.#steps / seconds - this.#stepsPerSecond);
    this.#tokensPerSecond += weight * (this.#tokens / seconds - this.#tokensPerSecond);
    this.#from = now;
    this.#steps = 0;
    this.#tokens = 0;
  }

  /** Leaves out time that went elsewhere, such as into an evaluation. */
  pause(duration: number): void {
    this.#from += duration;
  }

  /** Seconds until so many more steps are done. */
  secondsFor(steps: number): number {
    return this.#stepsPerSecond > 0 ? steps / this.#stepsPerSecond : Number.POSITIVE_INFINITY;
  }
}
