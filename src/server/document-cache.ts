// Parsed and validated queries, kept for the next request that sends the same text.

import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";

/**
 * Characters of query text in the cache, and of one text in it. A document takes some 80 bytes a character (measured:
 * 42 MB for half a megabyte of fields), so Yoga's own bound of 1,024 documents, whatever their size, is none.
 */
const MAX_CHARACTERS = 262_144;
const MAX_CHARACTERS_OF_ONE = 16_384;

/** Options for Yoga: one cache for documents, one for texts that are no GraphQL. */
export function documentCaches() {
  return { documentCache: cacheOf<DocumentNode>(), errorCache: cacheOf<Error>() };
}

function cacheOf<Value extends object>(): LRUCache<string, Value> {
  return new LRUCache<string, Value>({
    maxSize: MAX_CHARACTERS,
    maxEntrySize: MAX_CHARACTERS_OF_ONE,
    sizeCalculation: (_, text) => Math.max(1, text.length),
  });
}
