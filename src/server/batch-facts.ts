// Says in `extensions.batches` which batches served an operation, or an event of a subscription.

import type { ExecutionResult } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { BATCH_FACTS, BatchFacts } from "../graphql/index.ts";
import type { BatchFactsMode } from "./options.ts";

/** The header with which a client asks for it, and what that has to say. */
const HEADER = "jitney-batches";
const ASKED = "show";

/** Nothing where no batch was needed: introspection, say, or a value from the cache. */
export function useBatchFacts(mode: BatchFactsMode): Plugin<{ [BATCH_FACTS]?: BatchFacts }> {
  if (mode === "off") return {};
  const isWanted = (request: Request): boolean => mode === "on" || isAskedBy(request);
  return {
    onExecute({ args, extendContext }) {
      if (!isWanted(args.contextValue.request)) return undefined;
      const facts = new BatchFacts();
      extendContext({ [BATCH_FACTS]: facts });
      return {
        onExecuteDone({ result, setResult }) {
          if (!isAsyncIterable(result)) setResult(withFacts(result, facts));
        },
      };
    },
    onSubscribe({ args, extendContext }) {
      if (!isWanted(args.contextValue.request)) return undefined;
      // The context is one for all events, its facts are those of one event: what is late for that is told in no other.
      let facts = new BatchFacts();
      extendContext({ [BATCH_FACTS]: facts });
      return {
        onSubscribeResult({ result, setResult }) {
          if (!isAsyncIterable(result)) {
            setResult(withFacts(result, facts));
            return undefined;
          }
          return {
            onNext(event) {
              event.setResult(withFacts(event.result, facts));
              facts = new BatchFacts();
              extendContext({ [BATCH_FACTS]: facts });
            },
          };
        },
      };
    },
  };
}

/** A header that was sent several times comes as one, with commas. */
function isAskedBy(request: Request): boolean {
  const values = request.headers.get(HEADER)?.split(",") ?? [];
  return values.some((value) => value.trim().toLowerCase() === ASKED);
}

function withFacts(result: ExecutionResult, facts: BatchFacts): ExecutionResult {
  const batches = facts.list();
  return batches.length === 0 ? result : { ...result, extensions: { ...result.extensions, batches } };
}
