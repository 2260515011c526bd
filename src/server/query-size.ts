// How much a query asks for, with its fragments written out wherever they are spread: the length of its text does not
// say. A fragment of ten fields, spread ten times in one that is spread ten times, is a thousand.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

export interface QuerySize {
  /** Levels of fields; `{ upper }` has one. */
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly fields: number;
  /** Fields `__schema` and `__type`. */
  readonly introspections: number;
}

/** All operations of a document. */
export interface MeasuredQuery {
  readonly size: QuerySize;
  /** Fragments that no operation spreads: they count too. */
  readonly unused: readonly FragmentDefinitionNode[];
}

type Size = { -readonly [Name in keyof QuerySize]: number };

/**
 * The size of all operations together, whichever is to be run: graphql's rules look at each of them. The time is linear
 * in the document, as each fragment is measured once, however often it is spread.
 */
export function measureQuery(document: DocumentNode): MeasuredQuery {
  const measure = new Measure(document);
  const size = emptySize();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) add(size, measure.sizeOfOperation(definition), 0);
  }
  const unused = measure.unusedFragments();
  for (const { name } of unused) add(size, measure.sizeOfFragment(name.value), 0);
  return { size, unused };
}

class Measure {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #sizes = new Map<string, Size>();

  constructor(document: DocumentNode) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    }
  }

  sizeOfOperation({
    selectionSet,
    directives = [],
    variableDefinitions = [],
  }: OperationDefinitionNode): Size {
    const size = this.#sizeOf(selectionSet);
    size.directives += directives.length;
    for (const variable of variableDefinitions) size.directives += variable.directives?.length ?? 0;
    return size;
  }

  /** Those that nothing has spread that was measured so far. */
  unusedFragments(): readonly FragmentDefinitionNode[] {
    return [...this.#fragments.values()].filter(({ name }) => !this.#sizes.has(name.value));
  }

  sizeOfFragment(name: string): Size {
    const known = this.#sizes.get(name);
    if (known !== undefined) return known;
    // For one that spreads itself, which has no size: graphql's rules refuse it, and one that there is not.
    this.#sizes.set(name, emptySize());
    const fragment = this.#fragments.get(name);
    if (fragment === undefined) return emptySize();
    const size = this.#sizeOf(fragment.selectionSet);
    size.directives += fragment.directives?.length ?? 0;
    this.#sizes.set(name, size);
    return size;
  }

  #sizeOf({ selections }: SelectionSetNode): Size {
    const size = emptySize();
    for (const selection of selections) {
      size.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        add(size, this.sizeOfFragment(selection.name.value), 0);
        continue;
      }
      const levels = selection.kind === Kind.FIELD ? 1 : 0;
      size.fields += levels;
      size.depth = Math.max(size.depth, levels);
      if (selection.kind === Kind.FIELD) {
        if (selection.alias !== undefined) size.aliases += 1;
        if (selection.name.value === "__schema" || selection.name.value === "__type")
          size.introspections += 1;
      }
      if (selection.selectionSet !== undefined) add(size, this.#sizeOf(selection.selectionSet), levels);
    }
    return size;
  }
}

function add(size: Size, within: Size, levels: number): void {
  size.depth = Math.max(size.depth, within.depth + levels);
  size.aliases += within.aliases;
  size.directives += within.directives;
  size.fields += within.fields;
  size.introspections += within.introspections;
}

function emptySize(): Size {
  return { depth: 0, aliases: 0, directives: 0, fields: 0, introspections: 0 };
}
