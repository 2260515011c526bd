// Loads what the command serves with: it is optional for those who only want `batched`, who may not have it.

import { isMissingPackage } from "../optional-packages.ts";
import { startError } from "../server/start-error.ts";

/** @throws StartError where a package is missing. */
export function loadServer() {
  return loaded(
    Promise.all([import("../server/schema.ts"), import("../server/server.ts")]).then(
      ([{ buildServedSchema }, { startWorker }]) => ({ buildServedSchema, startWorker }),
    ),
  );
}

/** @throws StartError where a package is missing. */
export function loadBatchWorker() {
  return loaded(
    Promise.all([import("../server/schema.ts"), import("../server/batch-worker.ts")]).then(
      ([{ buildServedSchema }, { startBatchWorker }]) => ({ buildServedSchema, startBatchWorker }),
    ),
  );
}

/** @throws StartError where a package is missing. */
export function loadLogger() {
  return loaded(import("../server/log/stdout-logger.ts"));
}

async function loaded<Module>(module: Promise<Module>): Promise<Module> {
  try {
    return await module;
  } catch (error) {
    if (!isMissingPackage(error)) throw error;
    throw startError(
      "cannot load the server, npm i graphql-yoga @graphql-tools/schema@10 @graphql-yoga/render-graphiql graphql pino@10",
      error,
    );
  }
}
