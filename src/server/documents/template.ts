// What is known of all queries that differ from one valid query in free literals only (free-literals.ts).

import {
  type ConstValueNode,
  type DocumentNode,
  type GraphQLScalarType,
  Kind,
  parse,
  parseConstValue,
} from "graphql";
import { DocumentCopier } from "./document-copier.ts";
import { freeLiterals } from "./free-literals.ts";
import { type Literal, type ScannedText, scanLiterals } from "./scan-literals.ts";
import type { Validity } from "./validity.ts";

export class Template {
  /** A text of the skeleton without anybody's literals, but for those that are not free. */
  readonly #bareText: string;
  /** Under which a query was found valid, and so are all that `takes` takes. */
  readonly validity: Validity;
  /** In the order of the literals; undefined for one that is not free. */
  readonly #scalars: readonly (GraphQLScalarType | undefined)[];
  /** Where in that order those are that are not free. */
  readonly #fixed: readonly number[];
  #hasHadCopier = false;

  /** @param document what graphql made of the text and found valid. */
  constructor(scanned: ScannedText, document: DocumentNode, validity: Validity) {
    const { text, literals } = scanned;
    this.validity = validity;
    const free = literals.length === 0 ? undefined : freeLiterals(document, validity.schema);
    this.#scalars = literals.map(({ start }) => free?.get(start));
    this.#fixed = [...literals.keys()].filter((index) => this.#scalars[index] === undefined);
    this.#bareText = bareTextOf(text, literals, this.#scalars);
  }

  /** Two texts of one skeleton and with the same key differ in free literals only. */
  keyOf({ skeleton, text, literals }: ScannedText): string {
    let key = skeleton;
    for (const index of this.#fixed) key += END + text.slice(literals[index]?.start, literals[index]?.end);
    return key;
  }

  /** Whether the text is valid too: its key is that of a valid one, so it is where scalars take its free literals. */
  takes(scanned: ScannedText): boolean {
    return this.valuesOf(scanned) !== undefined;
  }

  /** Whether `createCopier` has been called. */
  get hasHadCopier(): boolean {
    return this.#hasHadCopier;
  }

  /** Makes the documents of texts that `takes` takes. */
  createCopier(): DocumentCopier {
    this.#hasHadCopier = true;
    // Neither is kept: most templates are never asked for one, and both are large.
    return new DocumentCopier(parse(this.#bareText), scanLiterals(this.#bareText)?.literals ?? []);
  }

  /** Its free literals, and undefined in the place of the others; undefined for a text that `takes` does not take. */
  valuesOf({ text, literals }: ScannedText): readonly (ConstValueNode | undefined)[] | undefined {
    const values: (ConstValueNode | undefined)[] = [];
    for (const [index, literal] of literals.entries()) {
      const scalar = this.#scalars[index];
      if (scalar === undefined) {
        values.push(undefined);
        continue;
      }
      const value = nodeOf(text, literal);
      if (!isTaken(scalar, value)) return undefined;
      values.push(value);
    }
    return values;
  }
}

/** What stands for a free literal. Nowhere more tokens than one, whatever comes next: `""` may become the beginning of `"""`. */
const BARE: Readonly<Record<Literal["kind"], string>> = {
  int: "0",
  float: "0.0",
  string: '"_"',
  blockString: '"""_"""',
};

function bareTextOf(text: string, literals: readonly Literal[], scalars: readonly unknown[]): string {
  let bare = "";
  let copied = 0;
  for (const [index, { kind, start, end }] of literals.entries()) {
    if (scalars[index] === undefined) continue;
    bare += text.slice(copied, start) + BARE[kind];
    copied = end;
  }
  return bare + text.slice(copied);
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
