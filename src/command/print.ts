// What a command prints on standard output: a pipe may have lost its reader, a disk may be full.

import { startError } from "../server/start-error.ts";

/** Gives the exit code: 1 where it cannot be written, which is told. Who has read enough (`| head -1`) is no fault. */
export async function print(text: string): Promise<0 | 1> {
  const { stdout } = process;
  // The callback is told; without a listener, the same error would end the process with a stack.
  stdout.on("error", () => {});
  const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    stdout.write(text, resolve);
  });
  if (error == null || error.code === "EPIPE") return 0;
  console.error(`jitney: ${startError("cannot write to standard output", error).message}`);
  return 1;
}
