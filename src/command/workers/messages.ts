// What workers and the primary process tell each other. The user's code may send messages of its own: those are none of ours.

import type { StartEntry } from "../../server/log/start-log.ts";

export type ToPrimary =
  /** It listens. */
  | { readonly jitney: "ready"; readonly start: StartEntry }
  /** It cannot start; what it would have printed. */
  | { readonly jitney: "failed"; readonly text: string }
  /** It is scraped, and needs the metrics of the others. */
  | { readonly jitney: "gather"; readonly scrape: number }
  | { readonly jitney: "metrics"; readonly round: number; readonly text: string };

export type ToWorker =
  | { readonly jitney: "drain"; readonly reason: string }
  /** Its metrics are wanted. */
  | { readonly jitney: "read"; readonly round: number }
  | { readonly jitney: "gathered"; readonly scrape: number; readonly texts: readonly NumberedText[] };

/** The metrics of one worker, in the text format of Prometheus. */
export type NumberedText = readonly [number: number, text: string];

export function isOurs<Message extends ToPrimary | ToWorker>(message: unknown): message is Message {
  return typeof message === "object" && message !== null && "jitney" in message;
}
