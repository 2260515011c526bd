// Parsed and validated queries, kept for the next request that sends the same text.

import type { DocumentNode } from "graphql";
import type { Plugin, YogaServerOptions } from "graphql-yoga";
import { LRUCache } from "lru-cache";

/**
 * Characters of query text in the cache, and of one text in it. A document takes some 80 bytes a character (measured:
 * 42 MB for half a megabyte of fields), so a bound of their number alone is none.
 */
const MAX_CHARACTERS = 262_144;
const MAX_CHARACTERS_OF_ONE = 16_384;

/** Nor is one of their characters: the smallest documents cost some kilobytes too. */
const MAX_DOCUMENTS = 1_024;

type Caches = Exclude<YogaServerOptions<object, object>["parserAndValidationCache"], boolean | undefined>;

/**
 * Options for Yoga, and a plugin that goes with them: only what is valid is kept. An error holds on to its stack, and that to the
 * request it was made for: 71 KB for a query of six characters (measured: 40,000 of them took 3 GB).
 */
export interface DocumentCaches {
  readonly documents: LRUCache<string, DocumentNode>;
  readonly caches: Caches;
  readonly plugin: Plugin;
  /** The document of a query that was found valid. */
  known(query: string): DocumentNode | undefined;
}

export function documentCaches(): DocumentCaches {
  const valid = new WeakSet<DocumentNode>();
  const documents = new LRUCache<string, DocumentNode>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    maxEntrySize: MAX_CHARACTERS_OF_ONE,
    sizeCalculation: (_, text) => Math.max(1, text.length),
  });
  return {
    documents,
    known(query) {
      const document = documents.get(query);
      return document !== undefined && valid.has(document) ? document : undefined;
    },
    caches: { documentCache: documents, errorCache: { get: () => undefined, set: () => {} } },
    plugin: {
      onValidate: ({ params: { documentAST } }) => {
        const text: unknown = documentAST?.loc?.source.body;
        return ({ valid: isValid }) => {
          if (isValid) valid.add(documentAST);
          else if (typeof text === "string") documents.delete(text);
        };
      },
    },
  };
}
