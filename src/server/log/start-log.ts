// The entry of a server that is ready: what it serves, where, and with which limits.

import { FIELD_LIMIT_NAMES } from "../../batching/limits.ts";
import type { BatchedField } from "../../graphql/index.ts";
import type { ServerSettings } from "../options.ts";
import type { Logger } from "./logger.ts";

export function logStart(
  logger: Logger,
  url: string,
  fields: readonly BatchedField[],
  { graphiql, batchesPage, metrics, auth }: ServerSettings,
): void {
  const pages = {
    ...(graphiql ? { graphiql: `${url}/graphql` } : {}),
    ...(batchesPage ? { batches: `${url}/batches` } : {}),
    ...(metrics ? { metrics: `${url}/metrics` } : {}),
    health: `${url}/health`,
    ready: `${url}/ready`,
  };
  const limits = Object.fromEntries(fields.map((field) => [field.coordinate, limitsOf(field)]));
  const entry = { url, needsToken: auth !== undefined, pages, fields: limits };
  logger.info(entry, `Jitney ready at ${url}/graphql`);
}

/** Those that bound something: JSON knows no infinity. */
function limitsOf({ batcher }: BatchedField): Readonly<Record<string, number>> {
  const { limits } = batcher;
  const names = FIELD_LIMIT_NAMES.filter((name) => Number.isFinite(limits[name]));
  return Object.fromEntries(names.map((name) => [name, limits[name]]));
}
