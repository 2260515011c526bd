// Refuses queries that ask for too much, alone or with the others of their request.

import type { DocumentNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import { badRequest, refusingDepth } from "./bad-request.ts";
import { comparisonsOf } from "./field-comparisons.ts";
import { measureQuery, type QuerySize } from "./query-size.ts";

/** The most that one query may have, with its fragments written out wherever they are spread. */
export interface QueryLimits extends Omit<QuerySize, "introspections"> {
  /** Of all operations of an array. One query is bounded as it is parsed (bad-request.ts). */
  readonly tokens: number;
}

/** GraphiQL asks once. Each may bring all of the schema: 480 in 10 KB of query brought 4 MB (measured). */
const MAX_INTROSPECTIONS = 2;

/**
 * Of fields of one name, and of fragments. Without it, a query of 705 times one field, within all other limits, took
 * 50 ms of validation (measured: 0.1 µs each with graphql 17).
 */
const MAX_COMPARISONS = 50_000;

/** What the operations of one request have asked for together; only an array has more than one. */
interface Spent {
  tokens: number;
  aliases: number;
  fields: number;
}

const SHARED = ["tokens", "aliases", "fields"] as const satisfies readonly (keyof Spent)[];

interface Measured {
  readonly size: QuerySize;
  readonly fault: string | undefined;
}

/**
 * Answers 400 to a query that is beyond the limits, before graphql's own rules look at it.
 *
 * @param alike gives one object for documents that are of one size (documents/document-cache.ts).
 */
export function useQueryLimits(limits: QueryLimits, alike: (document: DocumentNode) => object): Plugin {
  // Documents are kept for the next request.
  const known = new WeakMap<object, Measured>();
  const requests = new WeakMap<object, Spent>();
  const check = refusingDepth((document: DocumentNode, request: object) => {
    const measured = known.get(alike(document)) ?? measure(document, limits);
    known.set(alike(document), measured);
    const { size, fault } = measured;
    const spent = requests.get(request) ?? { tokens: 0, aliases: 0, fields: 0 };
    requests.set(request, spent);
    spent.tokens += document.tokenCount ?? 0;
    if (fault !== undefined) throw badRequest(fault);
    for (const name of SHARED) {
      const sum = name === "tokens" ? spent.tokens : spent[name] + size[name];
      if (sum <= limits[name]) continue;
      throw badRequest(
        `The operations of the request have too many ${name} together: expected at most ${limits[name]}`,
      );
    }
    spent.aliases += size.aliases;
    spent.fields += size.fields;
  });
  return {
    // Not around the function that validates, which is not called for a query that is known.
    onValidate({ params: { documentAST }, context }) {
      check(documentAST, context.request);
    },
  };
}

/** How large a query is, and what is wrong with it, in one line; nothing is with one within the limits. */
export function measure(document: DocumentNode, limits: QueryLimits): Measured {
  const query = measureQuery(document);
  const { size } = query;
  const most = { ...limits, introspections: MAX_INTROSPECTIONS };
  for (const [name, fault] of FAULTS) {
    if (size[name] <= most[name]) continue;
    return { size, fault: `${fault}: expected at most ${most[name]}, but got ${shown(size[name])}` };
  }
  const isCostly = comparisonsOf(document, query, MAX_COMPARISONS) > MAX_COMPARISONS;
  return { size, fault: isCostly ? TOO_MANY_COMPARISONS : undefined };
}

const FAULTS: readonly (readonly [keyof QuerySize, string])[] = [
  ["depth", "The query has too many levels of fields"],
  ["aliases", "The query has too many aliases"],
  ["directives", "The query has too many directives"],
  ["fields", "The query has too many fields"],
  ["introspections", "The query has too many fields __schema and __type"],
];

const TOO_MANY_COMPARISONS =
  "The query has too many fields of one name, or fragments, side by side: they are compared with each other";

/** Counts double with each further fragment: above this they are no news to anyone. */
const MOST_SHOWN = 1_000_000;

function shown(count: number): string {
  return count > MOST_SHOWN ? `more than ${MOST_SHOWN}` : String(count);
}
