/** Lets the event loop run once: timers, input, painting. Training does so between steps, so that nothing freezes. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    // In a browser: setTimeout would wait for 4 ms.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/**
 * Runs long work that yields between its parts, letting the event loop run every 40 milliseconds.
 *
 * @param signal breaks it off with its reason
 */
export async function gently<R>(work: Generator<unknown, R>, signal?: AbortSignal): Promise<R> {
  let breathedAt = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = work.next();
    if (done) return value as R;
    if (performance.now() - breathedAt < 40) continue;
    await breathe();
    breathedAt = performance.now();
  }
}

/**
 * Gives what work yields, piece by piece, letting the event loop run every 40 milliseconds. To take no more pieces stops
 * the work.
 *
 * @param signal ends it with its reason, before the next piece is worked on
 */
export async function* gentlyEach<T>(
  work: Generator<T, unknown>,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  let breathedAt = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = work.next();
    if (done) return;
    yield value;
    if (performance.now() - breathedAt < 40) continue;
    await breathe();
    breathedAt = performance.now();
  }
}
