// What is to happen on the first signal to stop, and what on another.

/**
 * A signal that comes so soon after the first is the same one: Ctrl-C under npm arrives twice in one millisecond,
 * from the terminal and from npm.
 */
const SAME_SIGNAL_MS = 500;

/** What shells use for "ended by signal n". */
export const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export type StopSignal = keyof typeof SIGNAL_EXIT_CODES;

export interface StopHandlers {
  first(signal: StopSignal): void;
  /** Called for one that comes later than SAME_SIGNAL_MS after the first. */
  again(signal: StopSignal): void;
}

export function onStopSignals(signals: readonly StopSignal[], { first, again }: StopHandlers): void {
  let firstAt: number | undefined;
  const stop = (signal: StopSignal): void => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      first(signal);
    } else if (now - firstAt > SAME_SIGNAL_MS) {
      again(signal);
    }
  };
  for (const signal of signals) process.on(signal, () => stop(signal));
}
