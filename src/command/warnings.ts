// Where warnings of the process go.

/** In place of Node, which prints warnings with advice on how to see more of them. */
export function warnBy(warn: (warning: Error) => void): void {
  process.removeAllListeners("warning");
  process.on("warning", warn);
}
