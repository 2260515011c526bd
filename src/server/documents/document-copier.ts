// What graphql's parser would make of a text, made from what it has made of another that differs in literals only.

import { type ASTNode, type ConstValueNode, type DocumentNode, Kind } from "graphql";
import { LazyLocation, LazySource, LazyWholeLocation } from "./lazy-location.ts";
import type { Literal, ScannedText } from "./scan-literals.ts";

type Node = Record<string, unknown>;

/** A node that is copied. */
interface Part {
  /** With places for its children and its location, which are empty: those hold on to the tokens. */
  readonly node: Readonly<Node>;
  /** Which literal it is; undefined for a node of another kind. */
  readonly literal: number | undefined;
  /** By the names of the node's fields. */
  readonly children: readonly (readonly [string, Part | readonly Part[]])[];
  readonly start: number;
  readonly end: number;
  /** How many literals end before it starts, and before it ends or with it. */
  readonly literalsBefore: number;
  readonly literalsUpTo: number;
}

/** A text that is copied to. */
interface Target {
  readonly source: LazySource;
  readonly values: readonly (ConstValueNode | undefined)[];
  /** How much further on the text goes after so many literals than that of the parts. */
  readonly shifts: readonly number[];
}

export class DocumentCopier {
  /** How many nodes it knows. */
  readonly size: number;
  readonly #document: Part;
  readonly #lengths: readonly number[];

  /** @param literals of the text that graphql has made the document of. */
  constructor(document: DocumentNode, literals: readonly Literal[]) {
    const ends = literals.map(({ end }) => end);
    const indexes = new Map(literals.map(({ start }, index) => [start, index]));
    this.#document = partOf(document, ends, indexes);
    this.size = sizeOf(this.#document);
    this.#lengths = literals.map(({ start, end }) => end - start);
  }

  /**
   * @param scanned a text of the same skeleton.
   * @param values in the order of the literals; undefined for one that is in both texts the same.
   * @returns a document of its own, like that of graphql's `parse` but for `tokenCount`. The tokens of its locations are
   * read when they are asked for.
   */
  copy({ text, literals }: ScannedText, values: Target["values"]): DocumentNode {
    const shifts = [0];
    let shift = 0;
    for (const [index, { start, end }] of literals.entries()) {
      shift += end - start - (this.#lengths[index] ?? 0);
      shifts.push(shift);
    }
    const source = new LazySource(text);
    const document = copyOf(this.#document, { source, values, shifts });
    document.loc = new LazyWholeLocation(0, text.length, source);
    return document as unknown as DocumentNode;
  }
}

const LITERALS: ReadonlySet<string> = new Set([Kind.INT, Kind.FLOAT, Kind.STRING]);

const NO_CHILDREN: Part["children"] = [];

function partOf(node: ASTNode, ends: readonly number[], indexes: ReadonlyMap<number, number>): Part {
  const { loc, ...fields } = node;
  const { start = 0, end = 0 } = loc ?? {};
  const empty: Node = { ...fields, loc: undefined };
  const children: [string, Part | readonly Part[]][] = [];
  for (const [name, child] of Object.entries(fields)) {
    if (typeof child !== "object") continue;
    empty[name] = undefined;
    const part = Array.isArray(child)
      ? child.map((one: ASTNode) => partOf(one, ends, indexes))
      : partOf(child, ends, indexes);
    children.push([name, part]);
  }
  return {
    node: empty,
    literal: LITERALS.has(node.kind) ? indexes.get(start) : undefined,
    children: children.length === 0 ? NO_CHILDREN : children,
    start,
    end,
    literalsBefore: countUpTo(ends, start),
    literalsUpTo: countUpTo(ends, end),
  };
}

function sizeOf({ children }: Part): number {
  let size = 1;
  for (const [, child] of children) {
    for (const part of isList(child) ? child : [child]) size += sizeOf(part);
  }
  return size;
}

/** How many of the offsets, which ascend, are at most so large. */
function countUpTo(offsets: readonly number[], most: number): number {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}

function copyOf(part: Part, target: Target): Node {
  const { node, literal, children } = part;
  const value = literal === undefined ? undefined : target.values[literal];
  const copy: Node = { ...(value ?? node) };
  for (const [name, child] of children) {
    copy[name] = isList(child) ? child.map((one) => copyOf(one, target)) : copyOf(child, target);
  }
  const start = part.start + (target.shifts[part.literalsBefore] ?? 0);
  const end = part.end + (target.shifts[part.literalsUpTo] ?? 0);
  copy.loc = new LazyLocation(start, end, target.source);
  return copy;
}

function isList(child: Part | readonly Part[]): child is readonly Part[] {
  return Array.isArray(child);
}
