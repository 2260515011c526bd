// The entry of a server that is ready: what it serves, where, and with which limits.

import { FIELD_LIMIT_NAMES } from "../../batching/limits.ts";
import type { BatchedField } from "../../graphql/index.ts";
import type { ServerSettings } from "../options.ts";
import type { Logger } from "./logger.ts";

/** Plain data, which also another process can write. */
export interface StartEntry {
  readonly url: string;
  readonly needsToken: boolean;
  readonly pages: Readonly<Record<string, string>>;
  /** The limits of each, by its coordinate. */
  readonly fields: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export function startEntry(
  url: string,
  fields: readonly BatchedField[],
  {
    graphiql,
    batchesPage,
    metrics,
    auth,
  }: Pick<ServerSettings, "graphiql" | "batchesPage" | "metrics" | "auth">,
): StartEntry {
  const pages = {
    ...(graphiql ? { graphiql: `${url}/graphql` } : {}),
    ...(batchesPage ? { batches: `${url}/batches` } : {}),
    ...(metrics ? { metrics: `${url}/metrics` } : {}),
    health: `${url}/health`,
    ready: `${url}/ready`,
  };
  const limits = Object.fromEntries(fields.map((field) => [field.coordinate, limitsOf(field)]));
  return { url, needsToken: auth !== undefined, pages, fields: limits };
}

/** @param workers how many processes serve together, where there are several: limits are of each. */
export function logStart(logger: Logger, entry: StartEntry, workers?: number): void {
  const ready = `Jitney ready at ${entry.url}/graphql`;
  if (workers === undefined) logger.info(entry, ready);
  else logger.info({ workers, ...entry }, `${ready}, with ${workers} workers: limits are of each`);
}

/** Those that bound something: JSON knows no infinity. */
function limitsOf({ batcher }: BatchedField): Readonly<Record<string, number>> {
  const { limits } = batcher;
  const names = FIELD_LIMIT_NAMES.filter((name) => Number.isFinite(limits[name]));
  return Object.fromEntries(names.map((name) => [name, limits[name]]));
}
