// How much one query may ask for. The length of its text does not bound that: a fragment of ten fields, spread ten
// times in one that is spread ten times, is a thousand.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import { badRequest } from "./bad-request.ts";

/** The most that one operation may have, with its fragments written out wherever they are spread. */
export interface QueryLimits {
  /** Levels of fields; `{ upper }` has one. */
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly fields: number;
}

/**
 * Answers 400 to a query that is beyond the limits, before graphql's own rules look at it. Every operation is looked
 * at, whichever is to be run: Yoga keeps what it has validated by the text alone.
 */
export function useQueryLimits(limits: QueryLimits): Plugin {
  return {
    onValidate({ validateFn, setValidationFn }) {
      const validate: typeof validateFn = (schema, document, ...more) => {
        const fault = faultOf(document, limits);
        if (fault !== undefined) throw badRequest(fault);
        return validateFn(schema, document, ...more);
      };
      setValidationFn(validate);
    },
  };
}

/**
 * What is wrong with a query, in one line; nothing is with one within the limits. The time is linear in the document:
 * each fragment is measured once, however often it is spread.
 */
export function faultOf(document: DocumentNode, limits: QueryLimits): string | undefined {
  const measure = new Measure(document);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const size = measure.sizeOfOperation(definition);
    for (const [name, fault] of FAULTS) {
      if (size[name] > limits[name]) {
        return `${fault}: expected at most ${limits[name]}, but got ${shown(size[name])}`;
      }
    }
  }
  return undefined;
}

const FAULTS: readonly (readonly [keyof QueryLimits, string])[] = [
  ["depth", "The query has too many levels of fields"],
  ["aliases", "The query has too many aliases"],
  ["directives", "The query has too many directives"],
  ["fields", "The query has too many fields"],
];

/** Counts double with each further fragment: above this they are no news to anyone. */
const MOST_SHOWN = 1_000_000;

function shown(count: number): string {
  return count > MOST_SHOWN ? `more than ${MOST_SHOWN}` : String(count);
}

type Size = { -readonly [Name in keyof QueryLimits]: number };

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

  #sizeOf({ selections }: SelectionSetNode): Size {
    const size = emptySize();
    for (const selection of selections) {
      size.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        add(size, this.#sizeOfFragment(selection.name.value), 0);
        continue;
      }
      const levels = selection.kind === Kind.FIELD ? 1 : 0;
      size.fields += levels;
      size.depth = Math.max(size.depth, levels);
      if (selection.kind === Kind.FIELD && selection.alias !== undefined) size.aliases += 1;
      if (selection.selectionSet !== undefined) add(size, this.#sizeOf(selection.selectionSet), levels);
    }
    return size;
  }

  #sizeOfFragment(name: string): Size {
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
}

function add(size: Size, within: Size, levels: number): void {
  size.depth = Math.max(size.depth, within.depth + levels);
  size.aliases += within.aliases;
  size.directives += within.directives;
  size.fields += within.fields;
}

function emptySize(): Size {
  return { depth: 0, aliases: 0, directives: 0, fields: 0 };
}
