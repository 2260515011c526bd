// The other side of fixture-process.ts: what a program of test/fixtures answers over IPC.

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export interface Reply {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/** Bytes after a forced collection. */
export interface Memory {
  /** The heap, and the buffers and array buffers beside it. */
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** Answers each question by the function of its name. The program goes on as long as the asking one. */
export function answerQuestions(answers: Readonly<Record<string, (argument: never) => unknown>>): void {
  process.on("message", async ({ id, name, argument }: Question) => {
    try {
      const answer = answers[name];
      if (answer === undefined) throw new Error("there is no such question");
      reply({ id, answer: await answer(argument as never) });
    } catch (error) {
      reply({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on("disconnect", () => process.exit(1));
}

/** For a program that is to end by itself, when nothing else keeps it. */
export function endWithoutQuestions(): void {
  process.removeAllListeners("disconnect");
  process.channel?.unref();
}

/** Looks again and again; resolves when it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What is held in memory, and not merely not collected yet. */
export async function memory(): Promise<Memory> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("needs --expose-gc");
  // Twice, with a turn of the event loop between: finalizers free what the first has found.
  for (let round = 0; round < 2; round += 1) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed + external, rssBytes: rss };
}

function reply(message: Reply): void {
  process.send?.(message);
}
