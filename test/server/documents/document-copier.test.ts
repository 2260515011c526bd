// Documents that are made from that of another text are graphql's to the last token, and share nothing.

import { Location, parse, print, type Token } from "graphql";
import { expect, test } from "vitest";
import { DocumentCopier } from "../../../src/server/documents/document-copier.ts";
import { type ScannedText, scanLiterals } from "../../../src/server/documents/scan-literals.ts";

const FIRST = `query ($v: Int) { # 1
  a: string(x: "a", y: [1, 2.5]) b: point(at: { x: $v, y: """b""" }) @skip(if: false) { c }
}`;
const OTHER = `query ($v: Int) { # 1
  a: string(x: "another", y: [100, 0.25]) b: point(at: { x: $v, y: """b""" }) @skip(if: false) { c }
}`;

function scan(text: string): ScannedText {
  const scanned = scanLiterals(text);
  if (scanned === undefined) throw new Error(`cannot be scanned: ${text}`);
  return scanned;
}

/** The free literals of the other text; the last one is the same in both. */
const VALUES = [
  { kind: "StringValue", value: "another", block: false },
  { kind: "IntValue", value: "100" },
  { kind: "FloatValue", value: "0.25" },
  undefined,
] as const;

const copier = new DocumentCopier(parse(FIRST), scan(FIRST).literals);
const copy = () => copier.copy(scan(OTHER), VALUES as unknown as Parameters<typeof copier.copy>[1]);

/** All objects that a document consists of, but for its tokens. */
function objectsIn(root: object): ReadonlySet<object> {
  const found = new Set<object>();
  const open: object[] = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    if (found.has(holder)) continue;
    found.add(holder);
    for (const value of Object.values(holder)) {
      if (typeof value === "object" && value !== null) open.push(value);
    }
  }
  return found;
}

test("a copy says what its own text says", () => {
  expect(scan(OTHER).skeleton).toBe(scan(FIRST).skeleton);
  expect(print(copy())).toBe(print(parse(OTHER)));
  expect(copy().loc?.source.body).toBe(OTHER);
});

test("two copies share no object that somebody could change", () => {
  const first = objectsIn(copy());
  expect([...objectsIn(copy())].filter((object) => first.has(object))).toEqual([]);
});

test("locations are graphql's, and their tokens are linked as the lexer links them", () => {
  const { loc } = copy();
  expect(loc).toBeInstanceOf(Location);
  expect(Object.prototype.toString.call(loc)).toBe("[object Location]");
  const kindsFrom = (from: Token | undefined): readonly string[] => {
    const kinds: string[] = [];
    for (let token = from ?? null; token !== null; token = token.next) kinds.push(token.kind);
    return kinds;
  };
  const kinds = kindsFrom(loc?.startToken);
  expect(kinds).toEqual(kindsFrom(parse(OTHER).loc?.startToken));
  expect([kinds[0], kinds.at(-1), loc?.endToken.kind]).toEqual(["<SOF>", "<EOF>", "<EOF>"]);
  expect(kinds).toContain("Comment");
});
