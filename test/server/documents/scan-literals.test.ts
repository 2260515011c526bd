// What the scanner takes for a literal, held against graphql's own lexer.

import { Lexer, Source, TokenKind } from "graphql";
import { describe, expect, test } from "vitest";
import { scanLiterals } from "../../../src/server/documents/scan-literals.ts";

const KINDS: Readonly<Record<string, string>> = {
  [TokenKind.INT]: "int",
  [TokenKind.FLOAT]: "float",
  [TokenKind.STRING]: "string",
  [TokenKind.BLOCK_STRING]: "blockString",
};

function literalsOf(text: string) {
  return scanLiterals(text)?.literals.map(({ kind, start, end }) => [kind, text.slice(start, end)]);
}

/** Undefined where graphql refuses the text. */
function lexed(text: string) {
  const found: (readonly [string, string])[] = [];
  try {
    const lexer = new Lexer(new Source(text));
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      const kind = KINDS[token.kind];
      if (kind !== undefined) found.push([kind, text.slice(token.start, token.end)]);
    }
  } catch {
    return undefined;
  }
  return found;
}

describe("finds what graphql's lexer finds", () => {
  test.each([
    "",
    "{ a }",
    '{upper(x:"cat17")}',
    "{ a(i: 1, j: -1 k:0,l:-0 m: 12345678901234567890) }",
    "{ a(x: 1.0, y: -1.5e3 z: 1E+3 w: 0e0 v: 0.1e-7) }",
    "[1 2,3\n4\t5]6{7}8(9)10:11!12=13|14&15@a$b",
    'a"b"c"d"""e"f"',
    '{ a(x: "", y: "\\"", z: "\\\\", w: "\\\\\\"") }',
    '"\\u0041\\u{1F600}\\uD83D\\uDE00\\n"',
    '"é 😀 \u2028 \ufeff \u007f \t"',
    '""""""',
    '"""a"""',
    '""" \\""" """',
    '"""\\\\"""a"""',
    '"""\n a\r\n "" b\r"""',
    '"""a"""1"""b"""',
    "a1 _1 a_1 A1b2 e5 E5 -1 ...a ...on",
    '# "a" 1\n1#2\r3#\n"#"',
    '#"""\n1',
    "\ufeff{ a(x: 1) }\ufeff",
    "1,2,,,3",
    '["a""b"1"c"]',
  ])("in %j", (text) => {
    expect(literalsOf(text)).toEqual(lexed(text));
    expect(lexed(text)).toBeDefined();
  });
});

describe("gives up, or lets graphql refuse the text,", () => {
  test.each([
    ["a number with a leading zero", "{ a(x: 01) }"],
    ["a number before a letter", "{ a(x: 1a) }"],
    ["a number before an underscore", "{ a(x: 1_0) }"],
    ["a number before a dot", "{ a(x: 1.) }"],
    ["a number with two dots", "{ a(x: 1.5.5) }"],
    ["a number without digits", "{ a(x: -) }"],
    ["an exponent without digits", "{ a(x: 1e) }"],
    ["a plus", "{ a(x: +1) }"],
    ["a string that does not end", '{ a(x: "b) }'],
    ["a string over two lines", '{ a(x: "b\n") }'],
    ["a string that ends in a backslash", '{ a(x: "b\\'],
    ["a block string that does not end", '{ a(x: """b) }'],
    ["a block string whose end is escaped", '{ a(x: """b\\""") }'],
    ["a block string that ends in an escape and a quote", '{ a(x: """b\\"""") }'],
    ["a lone surrogate in a string", '{ a(x: "\ud800") }'],
    ["a lone surrogate in a comment", "{ a } #\udc00"],
    ["a single quote", "{ a(x: 'b') }"],
    ["a letter that is not ASCII", "{ é }"],
    ["a control character", "{ a \u0007 }"],
  ])("at %s", (_what, text) => {
    expect(scanLiterals(text)).toBeUndefined();
    expect(lexed(text)).toBeUndefined();
  });

  test.each([
    ["a control character in a string", '{ a(x: "\u0001") }'],
    ["a control character in a comment", "{ a #\u0001\n }"],
  ])("at %s, though graphql takes it", (_what, text) => {
    expect(scanLiterals(text)).toBeUndefined();
    expect(lexed(text)).toBeDefined();
  });
});

describe("a skeleton", () => {
  const skeletonOf = (text: string) => scanLiterals(text)?.skeleton;

  test("is that of all texts which differ in the values of literals", () => {
    const skeleton = skeletonOf('{ a(i: 1, f: 1.5, s: "b", t: """c""") }');
    expect(skeletonOf('{ a(i: -20, f: 1e9, s: "", t: """"d\n""") }')).toBe(skeleton);
    expect(skeleton).toMatch(/^\{ a\(i: ., f: ., s: ., t: .\) \}$/);
  });

  test.each([
    ["an int and a float", "{ a(x: 1) }", "{ a(x: 1.0) }"],
    ["an int and a string", "{ a(x: 1) }", '{ a(x: "1") }'],
    ["a string and a block string", '{ a(x: "b") }', '{ a(x: """b""") }'],
    ["one string and two", '{ a(x: ["b"]) }', '{ a(x: ["b""c"]) }'],
    ["an empty string before a string and a block string", '{ a(x: [""  "a"]) }', '{ a(x: ["""a"""]) }'],
    ["one int and two", "{ a(x: [12]) }", "{ a(x: [1 2]) }"],
    ["names", "{ a1 }", "{ a2 }"],
    ["a literal and a name", '{ a(x: "b") }', "{ a(x: b) }"],
    ["a literal and a boolean", "{ a(x: 1) }", "{ a(x: true) }"],
    ["variables", "{ a(x: $a1) }", "{ a(x: $a2) }"],
    ["what comments hide", '{ a(x: 1 #"b"\n) }', '{ a(x: 1 #"c"\n) }'],
  ])("tells %s apart", (_what, one, other) => {
    expect(skeletonOf(one)).toBeDefined();
    expect(skeletonOf(one)).not.toBe(skeletonOf(other));
  });

  test("cannot be written by a client: what stands for a literal is taken nowhere else", () => {
    const skeleton = skeletonOf('{ a(i: 1, f: 1.5, s: "b", t: """c""") }') ?? "";
    expect(scanLiterals(skeleton)).toBeUndefined();
    const holes = [...skeleton].filter((character) => character < " ");
    expect(holes).toHaveLength(4);
    for (const hole of holes) {
      expect(scanLiterals(`{ a } #${hole}`)).toBeUndefined();
      expect(scanLiterals(`{ a(x: "${hole}") }`)).toBeUndefined();
    }
  });
});

test("the time is linear in the text", () => {
  for (const part of [
    '"',
    '""',
    '"""',
    "\\",
    '"\\',
    "-",
    "1",
    "1.",
    "1e",
    "#",
    "#\n",
    "a",
    ",",
    '"a"',
    '"""\\"""',
  ]) {
    const text = part.repeat(1_000_000 / part.length);
    const start = performance.now();
    scanLiterals(text);
    expect(performance.now() - start, JSON.stringify(part)).toBeLessThan(1_500);
  }
});
