// Keys and values as JSON: what JSON has no form for is tagged, and what has none at all is refused.

import { OptionError } from "../batching/index.ts";

/** As deep as a key may be that is shared with others; a circular one is deeper. */
const MAX_DEPTH = 100;

/** What has become of a value, and whether a tag is in it: only then need `unpack` look at it. */
export interface Packed {
  readonly value: unknown;
  readonly isTagged: boolean;
}

/**
 * - A Date is `{"$date": "2026-11-23T12:00:00.000Z"}` (null in place of the text for an invalid one), a bigint `{"$bigint": "12"}`, a
 *   number that JSON lacks `{"$number": "NaN"}`, bytes `{"$bytes": "…"}` in Base64;
 * - an object whose only member has a name that begins with `$` is `{"$object": {…}}`;
 * - other typed arrays are lists;
 * - all else is as JSON has it: what has a `toJSON` is what that gives, undefined is left out of objects and null elsewhere, and
 *   instances of classes are their own enumerable members.
 *
 * @param name what the message of the error begins with.
 * @throws OptionError for a function, a symbol, a Map or a Set, and for what is more than 100 levels deep.
 */
export function pack(name: string, value: unknown): Packed {
  const packer = new Packer(name);
  return { value: packer.pack(value, 0), isTagged: packer.isTagged };
}

class Packer {
  isTagged = false;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  pack(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) ? value : this.#tagged("$number", String(value));
      case "bigint":
        return this.#tagged("$bigint", String(value));
      case "undefined":
        return null;
      case "object":
        return value === null ? null : this.#packObject(value, depth + 1);
      default:
        throw this.#refused(`a ${typeof value} in it`);
    }
  }

  #packObject(value: object, depth: number): unknown {
    if (depth > MAX_DEPTH) throw this.#refused(`one more than ${MAX_DEPTH} levels deep`);
    if (value instanceof Date) {
      return this.#tagged("$date", Number.isNaN(value.getTime()) ? null : value.toISOString());
    }
    if (value instanceof Uint8Array) return this.#tagged("$bytes", Buffer.from(value).toString("base64"));
    if (
      value instanceof DataView ||
      value instanceof ArrayBuffer ||
      value instanceof Map ||
      value instanceof Set
    )
      throw this.#refused(`a ${value.constructor.name} in it`);
    // A model's vectors, for example: lists of numbers, as they are in an answer of GraphQL.
    if (ArrayBuffer.isView(value)) {
      return Array.from(value as unknown as Iterable<unknown>, (item) => this.pack(item, depth));
    }
    if ("toJSON" in value && typeof value.toJSON === "function") return this.pack(value.toJSON(), depth);
    if (Array.isArray(value)) return value.map((item) => this.pack(item, depth));
    return this.#packMembers(value as Readonly<Record<string, unknown>>, depth);
  }

  /** The object itself where JSON has a form for all that is in it: most are, and a copy of each costs more than all else. */
  #packMembers(value: Readonly<Record<string, unknown>>, depth: number): object {
    const names = Object.keys(value).filter((name) => value[name] !== undefined);
    const members = names.map((name) => this.pack(value[name], depth));
    const isSame = names.every((name, place) => members[place] === value[name]);
    const packed = isSame ? value : Object.fromEntries(names.map((name, place) => [name, members[place]]));
    return isTagName(names) ? this.#tagged("$object", packed) : packed;
  }

  #tagged(tag: string, value: unknown): object {
    this.isTagged = true;
    return { [tag]: value };
  }

  #refused(given: string): OptionError {
    return new OptionError(this.#name, "what JSON can hold (or a Date, a bigint, bytes)", given);
  }
}

const ANY = /^/;
const INTEGER = /^-?\d+$/;
const NOT_IN_JSON = /^(NaN|-?Infinity)$/;

/**
 * What `pack` was given, of what it gave with a tag in it. A tag that it does not know is left as it is.
 *
 * @throws Error in one line, which says what was expected, and not what it got.
 */
export function unpack(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(unpack);
  if (isTag(value)) {
    const [[tag, content]] = Object.entries(value) as [[string, unknown]];
    switch (tag) {
      case "$date":
        return new Date(typeof content === "string" ? content : Number.NaN);
      case "$bigint":
        return BigInt(textOf(tag, content, INTEGER));
      case "$number":
        return Number(textOf(tag, content, NOT_IN_JSON));
      case "$bytes":
        return new Uint8Array(Buffer.from(textOf(tag, content), "base64"));
      case "$object":
        if (typeof content !== "object" || content === null) throw new Error(`${tag}: expected an object`);
        return unpackMembers(content);
      default:
    }
  }
  return unpackMembers(value);
}

function textOf(tag: string, content: unknown, form = ANY): string {
  if (typeof content === "string" && form.test(content)) return content;
  throw new Error(`${tag}: expected a string that matches ${form}`);
}

/** By definition, and not by assignment: a member may be called `__proto__`. */
function unpackMembers(value: object): object {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, unpack(member)]));
}

function isTag(value: object): boolean {
  return isTagName(Object.keys(value));
}

function isTagName(names: readonly string[]): boolean {
  return names.length === 1 && names[0]?.startsWith("$") === true;
}
