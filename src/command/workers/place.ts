// What a worker is told by who starts it: which one it is. Nothing here loads node:cluster.

export interface Place {
  /** From 1; whoever replaces it has the same. */
  readonly number: number;
  readonly count: number;
  /** Whether no other has started before it: what is said at the start is said by this one alone. */
  readonly isFirst: boolean;
  /** In place of the one in the flags: where all have ended, a port that was free by chance is to be found again. */
  readonly port?: number | undefined;
}

const VARIABLE = "JITNEY_WORKER";

export function environmentOf(place: Place): NodeJS.ProcessEnv {
  return { [VARIABLE]: JSON.stringify(place) };
}

/** Undefined in a process that is none. Taken out of the environment: what the user's code starts is no worker. */
export function takePlace(env: NodeJS.ProcessEnv): Place | undefined {
  const text = env[VARIABLE];
  delete env[VARIABLE];
  return text === undefined || process.send === undefined ? undefined : JSON.parse(text);
}
