// Logs errors that are masked for clients: of one request the first few, as its aliases may all have the same.

import { GraphQLError } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import type { Logger } from "./logger.ts";

/** One request of 20 KB had 1,900 errors of resolvers: 2.7 MB of log (measured). */
const MOST_OF_ONE = 10;

/** Of a path, which has as many parts as the operation has levels, and aliases of any length. */
const PATH_CHARACTERS = 200;

/** Errors of one request. */
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
      onExecute: ({ args }) => ({
        onExecuteDone({ result }) {
          if (isAsyncIterable(result) || result.errors === undefined) return;
          const { request } = args.contextValue;
          const tally = tallies.get(request) ?? { logged: 0, more: 0 };
          tallies.set(request, tally);
          for (const error of result.errors) owners.set(error, tally);
        },
      }),
      // When all operations of an array have ended.
      onResultProcess({ request }) {
        const more = tallies.get(request)?.more ?? 0;
        if (more > 0) {
          logger.error({ more }, `and ${more.toLocaleString("en")} more errors of the same request`);
        }
      },
    },
  };
}
