// What is known of all queries that differ from one valid query in free literals only (free-literals.ts).

import {
  type ConstValueNode,
  type DocumentNode,
  type GraphQLScalarType,
  Kind,
  parseConstValue,
} from "graphql";
import { freeLiterals } from "./free-literals.ts";
import type { Literal, ScannedText } from "./scan-literals.ts";
import type { Validity } from "./validity.ts";

export class Template {
  /** Under which a query was found valid, and so are all that `takes` takes. */
  readonly validity: Validity;
  /** In the order of the literals; undefined for one that is not free. */
  readonly #scalars: readonly (GraphQLScalarType | undefined)[];
  /** Where in that order those are that are not free. */
  readonly #fixed: readonly number[];

  /** @param document what graphql made of the text and found valid. */
  constructor({ literals }: ScannedText, document: DocumentNode, validity: Validity) {
    this.validity = validity;
    const free = literals.length === 0 ? undefined : freeLiterals(document, validity.schema);
    this.#scalars = literals.map(({ start }) => free?.get(start));
    this.#fixed = [...literals.keys()].filter((index) => this.#scalars[index] === undefined);
  }

  /** Two texts of one skeleton and with the same key differ in free literals only. */
  keyOf({ skeleton, text, literals }: ScannedText): string {
    let key = skeleton;
    for (const index of this.#fixed) key += END + text.slice(literals[index]?.start, literals[index]?.end);
    return key;
  }

  /** Whether the text is valid too: its key is that of a valid one, so it is where scalars take its free literals. */
  takes({ text, literals }: ScannedText): boolean {
    return literals.every((literal, index) => {
      const scalar = this.#scalars[index];
      return scalar === undefined || isTaken(scalar, nodeOf(text, literal));
    });
  }
}

/** Ends a skeleton in a key, and each text after it: neither a skeleton nor a number has it. */
const END = "\u0000";

/** As graphql's validateInputLiteral asks it; what is wrong with the literal is for that to say. */
function isTaken(scalar: GraphQLScalarType, node: ConstValueNode): boolean {
  try {
    const value =
      scalar.coerceInputLiteral === undefined
        ? scalar.parseLiteral(node, undefined)
        : scalar.coerceInputLiteral(node);
    return value !== undefined;
  } catch {
    return false;
  }
}

function nodeOf(text: string, { kind, start, end }: Literal): ConstValueNode {
  if (kind === "int") return { kind: Kind.INT, value: text.slice(start, end) };
  if (kind === "float") return { kind: Kind.FLOAT, value: text.slice(start, end) };
  const value = text.slice(start + 1, end - 1);
  if (kind === "string" && !value.includes("\\")) return { kind: Kind.STRING, value, block: false };
  return parseConstValue(text.slice(start, end));
}
