// Logs errors that are masked for clients: of one request, or one event of a subscription, the first few, as its aliases
// may all have the same.

import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { onEachResult } from "../each-result.ts";
import type { Logger } from "./logger.ts";

/** One request of 20 KB had 1,900 errors of resolvers: 2.7 MB of log (measured). */
const MOST_OF_ONE = 10;

/** Of a path, which has as many parts as the operation has levels, and aliases of any length. */
const PATH_CHARACTERS = 200;

/** Errors of one request, or of one event. */
interface Tally {
  logged: number;
  more: number;
}

export interface ErrorLog {
  /** For Yoga's logger, which is not told of which request an error is. */
  readonly write: (error: unknown) => void;
  readonly plugin: Plugin;
}

export function createErrorLog(logger: Logger): ErrorLog {
  const tallies = new WeakMap<Request, Tally>();
  const owners = new WeakMap<object, Tally>();
  const writeMore = ({ more }: Tally, of: "request" | "event"): void => {
    if (more > 0) logger.error({ more }, `and ${more.toLocaleString("en")} more errors of the same ${of}`);
  };
  return {
    write(error) {
      const tally = typeof error === "object" && error !== null ? owners.get(error) : undefined;
      if (tally !== undefined) {
        if (tally.logged === MOST_OF_ONE) {
          tally.more += 1;
          return;
        }
        tally.logged += 1;
      }
      if (error instanceof GraphQLError && error.path !== undefined) {
        const path = error.path.join(".").slice(0, PATH_CHARACTERS);
        logger.error({ path, err: error.originalError ?? error }, `${path} failed: masked for the client`);
      } else {
        logger.error({ err: error }, "A request failed: masked for the client");
      }
    },
    plugin: {
      // Before they are masked, and logged: that plugin of Yoga's comes after those of users.
      ...onEachResult(({ errors }, { request, isEvent }) => {
        if (errors === undefined) return;
        const ofRequest = isEvent ? undefined : tallies.get(request);
        const tally = ofRequest ?? { logged: 0, more: 0 };
        // An event's are masked when this has returned.
        if (isEvent) queueMicrotask(() => writeMore(tally, "event"));
        else tallies.set(request, tally);
        for (const error of errors) owners.set(error, tally);
      }),
      // When all operations of an array have ended.
      onResultProcess({ request }) {
        const tally = tallies.get(request);
        if (tally !== undefined) writeMore(tally, "request");
      },
    },
  };
}
