// How often graphql's rule OverlappingFieldsCanBeMerged would compare: it looks at each two fields of one response name,
// and at each two fragments of a selection set.

import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode } from "graphql";
import type { MeasuredQuery } from "./query-size.ts";

/** Arguments are compared as text: so many characters of them take as long as one more field. */
const CHARACTERS_OF_ONE = 64;

/** Fields of one response name. */
interface SameName {
  count: number;
  weight: number;
  readonly selectionSets: SelectionSetNode[];
}

/**
 * About twice the pairs that the rule compares in all of a document, counted no further than where they exceed `most`.
 * A query of bounded size (query-size.ts) takes a bounded time: the walk is over its fields, and the spreads in a
 * selection set are few, or exceed `most`.
 */
export function comparisonsOf(document: DocumentNode, query: MeasuredQuery, most: number): number {
  const walk = new Walk(document, query, most);
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) walk.visit([definition.selectionSet]);
  }
  if (query.unused.length > 0) walk.visit(query.unused.map(({ selectionSet }) => selectionSet));
  return walk.comparisons;
}

class Walk {
  comparisons = 0;
  readonly #most: number;
  readonly #depth: number;
  /** There are no more, unless fragments spread each other in a circle: graphql refuses these. */
  #fieldsLeft: number;
  readonly #fragments = new Map<string, SelectionSetNode>();

  constructor({ definitions }: DocumentNode, { size }: MeasuredQuery, most: number) {
    this.#most = most;
    this.#depth = size.depth;
    this.#fieldsLeft = size.fields;
    for (const definition of definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        this.#fragments.set(definition.name.value, definition.selectionSet);
      }
    }
  }

  /** Takes selection sets as one, as the rule does with those of two fields of one response name. */
  visit(selectionSets: readonly SelectionSetNode[], level = 1): void {
    if (level > this.#depth) return;
    const names = new Map<string, SameName>();
    const spreads = new Set<string>();
    for (const selectionSet of selectionSets) this.#collect(selectionSet, names, spreads);
    this.comparisons += spreads.size * (spreads.size - 1);
    for (const { count, weight } of names.values()) {
      this.comparisons += (count - 1) * weight;
      this.#fieldsLeft -= count;
    }
    for (const { selectionSets: within } of names.values()) {
      if (this.comparisons > this.#most || this.#fieldsLeft < 0) return;
      if (within.length > 0) this.visit(within, level + 1);
    }
  }

  #collect({ selections }: SelectionSetNode, names: Map<string, SameName>, spreads: Set<string>): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        addTo(names, selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.#collect(selection.selectionSet, names, spreads);
      } else if (!spreads.has(selection.name.value)) {
        spreads.add(selection.name.value);
        const fragment = this.#fragments.get(selection.name.value);
        if (fragment !== undefined) this.#collect(fragment, names, spreads);
      }
    }
  }
}

function addTo(names: Map<string, SameName>, field: FieldNode): void {
  const name = (field.alias ?? field.name).value;
  const same = names.get(name) ?? { count: 0, weight: 0, selectionSets: [] };
  names.set(name, same);
  same.count += 1;
  same.weight += weightOf(field);
  if (field.selectionSet !== undefined) same.selectionSets.push(field.selectionSet);
}

function weightOf({ arguments: args }: FieldNode): number {
  const start = args?.[0]?.loc?.start ?? 0;
  const end = args?.at(-1)?.loc?.end ?? 0;
  return 1 + (end - start) / CHARACTERS_OF_ONE;
}
