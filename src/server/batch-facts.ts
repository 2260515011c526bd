// Says in `extensions.batches` which batches served an operation.

import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { BATCH_FACTS, BatchFacts } from "../graphql/index.ts";
import type { BatchFactsMode } from "./options.ts";

/** The header with which a client asks for it, and what that has to say. */
const HEADER = "jitney-batches";
const ASKED = "show";

/** Nothing where no batch was needed: introspection, say, or a value from the cache. */
export function useBatchFacts(mode: BatchFactsMode): Plugin<{ [BATCH_FACTS]?: BatchFacts }> {
  if (mode === "off") return {};
  return {
    onExecute({ args, extendContext }) {
      const { request } = args.contextValue;
      if (mode === "header" && request.headers.get(HEADER) !== ASKED) return undefined;
      const facts = new BatchFacts();
      extendContext({ [BATCH_FACTS]: facts });
      return {
        onExecuteDone({ result, setResult }) {
          const batches = facts.list();
          if (isAsyncIterable(result) || batches.length === 0) return;
          setResult({ ...result, extensions: { ...result.extensions, batches } });
        },
      };
    },
  };
}
