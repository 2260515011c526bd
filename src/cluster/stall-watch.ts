// Notices when something has blocked the thread for so long that the broker might have taken the worker for dead.

const LOOK_EVERY_MS = 1_000;

/**
 * @param heartbeatSeconds 0 for none; the broker gives up a connection that is silent for one to two times this.
 * @returns stops.
 */
export function watchStalls(heartbeatSeconds: number, onWarning: (message: string) => void): () => void {
  if (heartbeatSeconds === 0) return () => {};
  const worthTellingMs = (heartbeatSeconds * 1_000) / 4;
  let lookedAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const blockedMs = now - lookedAt - LOOK_EVERY_MS;
    lookedAt = now;
    if (blockedMs < worthTellingMs) return;
    const blocked = (blockedMs / 1_000).toFixed(1);
    onWarning(
      `the thread was blocked for ${blocked} s: the broker gives the keys of a worker that is silent for more than ${heartbeatSeconds} s to another; inThread() keeps batch functions off it`,
    );
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
