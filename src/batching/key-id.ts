// When two keys are equal: a canonical, type-tagged text of a key.

/** Deeper keys, and so all circular ones, are not shared: each stays a key of its own. */
const MAX_DEPTH = 100;

/**
 * Nor are longer ones: the text of a key is kept as long as the key, and one list that a query names a thousand times
 * would be a thousand copies in it.
 */
const MAX_LENGTH = 16_384;

/**
 * A text that two keys have in common only when they are the same key: numbers, strings, bigints, dates and
 * null are never confused, and the order of an object's fields does not matter.
 *
 * @returns undefined for a key that has no such text (a function, a symbol, an instance of a class, a key
 * nested more than 100 deep, or of more than 16,384 characters): it is equal to no other.
 * @example
 * canonicalKeyId({ b: 1, a: "x" }) === canonicalKeyId({ a: "x", b: 1 }); // true
 * canonicalKeyId(1) === canonicalKeyId("1"); // false
 */
export function canonicalKeyId(key: unknown): string | undefined {
  return idOf(key, 0);
}

function idOf(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case "string":
      return value.length > MAX_LENGTH ? undefined : idOfText(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      return value === null ? "null" : idOfObject(value, depth + 1);
    default:
      return undefined;
  }
}

function idOfObject(value: object, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) return idOfList(value as readonly unknown[], depth);
  if (prototype === Date.prototype) return `date ${(value as Date).getTime()}`;
  if (prototype !== null && prototype !== Object.prototype) return undefined;
  if (Object.getOwnPropertySymbols(value).length > 0) return undefined;
  return idOfFields(value as Readonly<Record<string, unknown>>, depth);
}

function idOfList(list: readonly unknown[], depth: number): string | undefined {
  let id = "[";
  for (const item of list) {
    const itemId = idOf(item, depth);
    if (itemId === undefined || id.length > MAX_LENGTH) return undefined;
    id += `${itemId},`;
  }
  return `${id}]`;
}

function idOfFields(fields: Readonly<Record<string, unknown>>, depth: number): string | undefined {
  let id = "{";
  const names = Object.keys(fields);
  if (names.length > 1) names.sort();
  for (const name of names) {
    const fieldId = idOf(fields[name], depth);
    if (fieldId === undefined || id.length > MAX_LENGTH) return undefined;
    id += `${idOfText(name)}:${fieldId},`;
  }
  return `${id}}`;
}

/** Where it ends is said at its start: cheaper than to escape what is in it. */
function idOfText(text: string): string {
  return `"${text.length}:${text}`;
}
