// Which queries are known to be valid from others, which are not, and what is kept of them.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  buildSchema,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  parse,
  print,
  specifiedRules,
  type ValidationRule,
} from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import { describe, expect, test } from "vitest";
import { DocumentCache } from "../../../src/server/documents/document-cache.ts";
import { changeScalar } from "../../support/change-scalar.ts";
import { literalSchemas } from "../../support/literal-schemas.ts";

function schemaNamed(name: string): GraphQLSchema {
  const given = literalSchemas().find((one) => one.name === name);
  if (given === undefined) throw new Error(`expected the name of a schema, but got: ${name}`);
  return given.schema;
}

const ARGUMENTS = schemaNamed("arguments");
const TYPES = schemaNamed("types");

/** The cache in Yoga, and how many times graphql was asked for what it knows not. */
class Asked {
  readonly cache = new DocumentCache();
  parses = 0;
  validations = 0;
  readonly ask: (text: string, schema?: GraphQLSchema) => readonly string[];

  constructor(given: GraphQLSchema, before: readonly Plugin[] = [], after: readonly Plugin[] = []) {
    const counts: Plugin = {
      onParse: ({ parseFn, setParseFn }) =>
        setParseFn((source, options) => {
          this.parses += 1;
          return parseFn(source, options);
        }),
      onValidate: ({ validateFn, setValidationFn }) =>
        setValidationFn((...args) => {
          this.validations += 1;
          return validateFn(...args);
        }),
    };
    const { getEnveloped } = createYoga({
      schema: given,
      logging: false,
      parserAndValidationCache: false,
      plugins: [...before, this.cache.plugin, ...after, counts],
    });
    this.ask = (text, schema = given) => {
      const { parse, validate } = getEnveloped({} as never);
      return (validate(schema, parse(text)) as readonly GraphQLError[]).map(({ message }) => message);
    };
  }
}

/** Whether the other text has to be validated after the first one, which is valid. */
function isKnownFrom(first: string, other: string, schema = ARGUMENTS): boolean {
  const asked = new Asked(schema);
  expect(asked.ask(first)).toEqual([]);
  expect(asked.validations).toBe(1);
  asked.ask(other);
  return asked.validations === 1;
}

describe("a query is known to be valid from one with other", () => {
  test.each([
    ["strings", '{ string(x: "a") }', '{ string(x: "bcd") }'],
    ["strings with escapes", '{ string(x: "a") }', '{ string(x: "\\u{1F600}\\n\\"") }'],
    ["block strings", '{ string(x: """a""") }', '{ string(x: """\n  b\\"""\n""") }'],
    ["ints", "{ int(x: 1) }", "{ int(x: -2147483648) }"],
    ["floats", "{ float(x: 1.5) }", "{ float(x: 1e999) }"],
    ["ints for floats", "{ float(x: 1) }", "{ float(x: 2147483648) }"],
    ["ints for ids", "{ id(id: 1) }", "{ id(id: 99999999999) }"],
    ["items of lists", '{ list(xs: [1, 2], ys: [["a"], "b"]) }', '{ list(xs: [3, 4], ys: [["c"], "d"]) }'],
    ["items that are no lists", "{ list(xs: 1) }", "{ list(xs: 2) }"],
    [
      "fields of input objects",
      "{ point(at: { x: 1 inner: { y: 1.5 } }) }",
      "{ point(at: { x: 2 inner: { y: 2.5 } }) }",
    ],
    ["fields of one of several", '{ pick(by: { a: "a" }) }', '{ pick(by: { a: "b" }) }'],
    ["values of a scalar that takes them", "{ even(x: 2, xs: [4]) }", "{ even(x: 6, xs: [8]) }"],
    [
      "literals beside variables",
      'query ($v: Int) { int(x: $v) string(x: "a") }',
      'query ($v: Int) { int(x: $v) string(x: "b") }',
    ],
    [
      "literals below fields of one name",
      "{ a: self(id: 1) { int(x: 1) } b: self(id: 2) { int(x: 2) } }",
      "{ a: self(id: 3) { int(x: 3) } b: self(id: 4) { int(x: 4) } }",
    ],
    [
      "literals in operations",
      "query A { int(x: 1) } query B { int(x: 1) }",
      "query A { int(x: 1) } query B { int(x: 2) }",
    ],
    [
      "literals in fragments",
      "{ ...A } fragment A on Query { int(x: 1) }",
      "{ ...A } fragment A on Query { int(x: 2) }",
    ],
  ])("%s", (_what, first, other) => {
    expect(isKnownFrom(first, other)).toBe(true);
    expect(isKnownFrom(other, first)).toBe(true);
  });
});

describe("a query has to be validated where one differs in", () => {
  test.each([
    ["an int that is too large", "{ int(x: 1) }", "{ int(x: 2147483648) }"],
    ["an int that is too small", "{ int(x: 1) }", "{ int(x: -2147483649) }"],
    ["a literal of another kind", "{ int(x: 1) }", '{ int(x: "1") }'],
    ["a float for an int", "{ int(x: 1) }", "{ int(x: 1.0) }"],
    ["what a scalar throws at", "{ even(x: 2) }", "{ even(x: 3) }"],
    ["what a scalar gives nothing for", '{ whole(x: "a") }', '{ whole(x: "\\n") }'],
    ["parts of what a scalar reads as a whole", "{ any(x: [1]) }", "{ any(x: [2]) }"],
    ["fields of what a scalar reads as a whole", "{ any(x: { a: 1 }) }", "{ any(x: { a: 2 }) }"],
    [
      "a name of a type that is asked for",
      '{ __type(name: "A") { name } }',
      '{ __type(name: "B") { name } }',
    ],
    ["a default value", "query ($v: Int = 1) { int(x: $v) }", "query ($v: Int = 2) { int(x: $v) }"],
    ["an argument of a directive", '{ yes @mark(label: "a") }', '{ yes @mark(label: "b") }'],
    [
      "a directive of a variable",
      "query ($v: Int @mark(n: 1)) { int(x: $v) }",
      "query ($v: Int @mark(n: 2)) { int(x: $v) }",
    ],
    ["one of two fields that are merged", "{ int(x: 1) int(x: 1) }", "{ int(x: 1) int(x: 2) }"],
    ["both fields that are merged", "{ int(x: 1) int(x: 1) }", "{ int(x: 2) int(x: 2) }"],
    ["fields merged by an alias", "{ int(x: 1) int: int(x: 1) }", "{ int(x: 1) int: int(x: 2) }"],
    [
      "fields merged within fields that are",
      "{ self { int(x: 1) } self { int(x: 1) } }",
      "{ self { int(x: 1) } self { int(x: 2) } }",
    ],
    [
      "fields merged by an inline fragment",
      "{ int(x: 1) ... { int(x: 1) } }",
      "{ int(x: 1) ... { int(x: 2) } }",
    ],
    [
      "fields merged by a fragment",
      "{ int(x: 1) ...A } fragment A on Query { int(x: 1) }",
      "{ int(x: 1) ...A } fragment A on Query { int(x: 2) }",
    ],
    ["an enum", "{ color(x: RED) }", "{ color(x: BLUE) }"],
    ["a boolean", "{ yes(x: true) }", "{ yes(x: 1) }"],
    ["null", "{ list(xs: [1]) }", "{ list(xs: [null]) }"],
    ["a name", "{ int(x: 1) }", "{ int(y: 1) }"],
    [
      "a variable",
      "query ($v: Int $w: Int) { int(x: $v y: $w) }",
      "query ($v: Int $w: Int) { int(x: $w y: $v) }",
    ],
    ["a blank", "{ int(x: 1) }", "{ int(x:1) }"],
  ])("%s", (_what, first, other) => {
    expect(isKnownFrom(first, other)).toBe(false);
  });

  test("the label of a fragment that is deferred", () => {
    const text = (label: string) =>
      `{ cat { ... @defer(label: "a") { lives } ... @defer(label: "${label}") { lives } } }`;
    expect(isKnownFrom(text("b"), text("c"), TYPES)).toBe(false);
    const asked = new Asked(TYPES);
    expect([asked.ask(text("b")), asked.ask(text("a"))]).toEqual([
      [],
      [expect.stringContaining("must be unique")],
    ]);
  });
});

test("literals that are not free are part of what is known: with the same ones, others may differ", () => {
  const text = (free: number, fixed: number) =>
    `{ string(x: "${free}") yes @mark(n: ${fixed}) any(x: [${fixed}]) }`;
  const asked = new Asked(ARGUMENTS);
  for (const [free, fixed, expected] of [
    [1, 1, 1],
    [2, 1, 1],
    [3, 2, 2],
    [4, 1, 2],
    [5, 2, 2],
  ] as const) {
    asked.ask(text(free, fixed));
    expect([free, fixed, asked.validations]).toEqual([free, fixed, expected]);
  }
});

test("literals that are not free do not run into each other", () => {
  const asked = new Asked(ARGUMENTS);
  for (const list of ["1 23", "12 3", "123 0", "1 2"]) asked.ask(`{ any(x: [${list}]) }`);
  expect(asked.validations).toBe(4);
});

test("a query that is known is parsed as any other: its document is its own", () => {
  const asked = new Asked(ARGUMENTS);
  const texts = ['{ string(x: "a") }', '{ string(x: "longer") int }', '{ string(x: "longer") }'];
  for (const text of texts) asked.ask(text);
  expect([asked.parses, asked.validations]).toEqual([3, 2]);
});

test.each([
  ["strings side by side", '{ list(ys: ["a""b"]) }', '{ list(ys: ["c""d"]) }'],
  ["a block string beside a string", '{ list(ys: ["""a""""b""c"]) }', '{ list(ys: ["""d""""e""f"]) }'],
  ["numbers beside all else", '{ list(xs: [1,-2]ys: ["a"]) }', '{ list(xs: [-3,400]ys: [""]) }'],
])("the document of a text that is known is like that of the parser: %s", (_what, first, other) => {
  const asked = new Asked(ARGUMENTS);
  expect(asked.ask(first)).toEqual([]);
  const document = asked.cache.known(other);
  expect(JSON.stringify(document)).toBe(JSON.stringify(parse(other)));
  expect(document?.tokenCount).toBeUndefined();
});

test("what is not valid is refused each time, and what it says is of its own literals", () => {
  const asked = new Asked(ARGUMENTS);
  asked.ask("{ int(x: 1) }");
  for (const value of ["2147483648", "9999999999", "2147483648"]) {
    expect(asked.ask(`{ int(x: ${value}) }`)).toEqual([
      `Int cannot represent non 32-bit signed integer value: ${value}`,
    ]);
  }
  expect(asked.cache.documents.size).toBe(1);
});

test("a text that comes again and again is no longer parsed, with literals or without", () => {
  const asked = new Asked(ARGUMENTS);
  for (const text of ['{ string(x: "a") }', '{ string(x: "b") }', "query ($v: Int) { int(x: $v) }"]) {
    for (let turn = 0; turn < 2; turn += 1) asked.ask(text);
    const { parses } = asked;
    for (let turn = 0; turn < 20; turn += 1) asked.ask(text);
    expect(asked.parses).toBe(parses);
  }
  expect(asked.validations).toBe(2);
});

test("texts that are known and never come again are not kept", () => {
  const asked = new Asked(ARGUMENTS);
  for (let index = 0; index < 160; index += 1) asked.ask(`{ string(x: "${index}") }`);
  expect(asked.cache.documents.size).toBe(1);
});

test("one schema, or one set of rules, says nothing of another", () => {
  const other = buildSchema("type Query { string(x: Int): String }");
  const asked = new Asked(ARGUMENTS);
  const [text, again] = ['{ string(x: "a") }', '{ string(x: "b") }'];
  expect([asked.ask(text), asked.ask(again), asked.validations]).toEqual([[], [], 1]);
  expect(asked.ask(again, other)).toEqual(['Int cannot represent non-integer value: "b"']);
  expect(asked.ask(text, other)).toEqual(['Int cannot represent non-integer value: "a"']);
  expect([asked.ask(again), asked.ask(text)]).toEqual([[], []]);

  // A literal that one schema reads as a whole is free in the other.
  const [first, second] = ["a: Picky, b: [Int]", "a: [Int], b: Picky"].map((args) => {
    const schema = buildSchema(`scalar Picky type Query { n(${args}): Int }`);
    changeScalar(schema, "Picky", (node) => (print(node) === "[7]" ? undefined : 1));
    return schema;
  });
  const both = new Asked(ARGUMENTS);
  expect([both.ask("{ n(a: [1], b: [2]) }", first), both.ask("{ n(a: [3], b: [4]) }", second)]).toEqual([
    [],
    [],
  ]);
  expect(both.ask("{ n(a: [7], b: [1]) }", first)).toHaveLength(1);

  let isHidden = false;
  const hides: Plugin = {
    onValidate({ addValidationRule }) {
      if (isHidden) addValidationRule(NoSchemaIntrospectionCustomRule);
    },
  };
  const sometimes = new Asked(ARGUMENTS, [hides]);
  const typeOf = (name: string) => `{ __type(name: "${name}") { name } }`;
  expect([sometimes.ask(typeOf("a")), sometimes.ask(typeOf("b"))]).toEqual([[], []]);
  isHidden = true;
  for (const name of ["a", "b", "c"]) {
    expect(sometimes.ask(typeOf(name))).toEqual([expect.stringContaining("introspection has been disabled")]);
  }
});

test("under a rule that is not graphql's, texts are known one by one", () => {
  const noSeven: ValidationRule = (context) => ({
    IntValue: ({ value }) => value === "7" && context.reportError(new GraphQLError("seven")),
  });
  const strict: Plugin = { onValidate: ({ addValidationRule }) => addValidationRule(noSeven) };
  const asked = new Asked(ARGUMENTS, [strict]);
  expect([asked.ask("{ int(x: 1) }"), asked.ask("{ int(x: 7) }"), asked.ask("{ int(x: 2) }")]).toEqual([
    [],
    ["seven"],
    [],
  ]);
  const { validations } = asked;
  expect([asked.ask("{ int(x: 1) }"), asked.validations]).toEqual([[], validations]);
});

test("as many rules are not the same rules", () => {
  let message = "";
  const lenient: ValidationRule = () => ({});
  const strict: ValidationRule = (context) => ({
    Field: () => context.reportError(new GraphQLError(message)),
  });
  const asked = new Asked(ARGUMENTS, [
    { onValidate: ({ addValidationRule }) => addValidationRule(message === "" ? lenient : strict) },
  ]);
  expect(asked.ask("{ int(x: 1) }")).toEqual([]);
  message = "no field";
  expect(asked.ask("{ int(x: 1) }")).toEqual(["no field"]);
});

test("a scalar of graphql's that was changed, as makeExecutableSchema may, is asked as it is", () => {
  const schema = buildSchema("type Query { n(x: Short): Int } scalar Short");
  changeScalar(schema, "Short", (node) => {
    if (node.kind === Kind.STRING && node.value.length > 3) throw new Error("too long");
    return node;
  });
  const asked = new Asked(schema);
  expect([asked.ask('{ n(x: "a") }'), asked.ask('{ n(x: "b") }')]).toEqual([[], []]);
  expect(asked.ask('{ n(x: "long") }')[0]).toContain("too long");
  // What it sees is what stands there: two characters each.
  expect([asked.ask('{ n(x: "\\u0041\\u0042") }'), asked.validations]).toEqual([[], 2]);
});

test.each([
  ["before", true],
  ["after", false],
])("a document that a plugin %s the cache puts in the place of another is validated", (_where, isBefore) => {
  const replaces: Plugin = {
    onParse:
      () =>
      ({ result, replaceParseResult }) => {
        // With the location of what was parsed.
        if (JSON.stringify(result).includes('"7"'))
          replaceParseResult({ ...parse("{ wrong }"), loc: result.loc });
      },
  };
  const asked = new Asked(ARGUMENTS, isBefore ? [replaces] : [], isBefore ? [] : [replaces]);
  expect(asked.ask("{ int(x: 1) }")).toEqual([]);
  for (let turn = 0; turn < 2; turn += 1) expect(asked.ask("{ int(x: 7) }")).toHaveLength(1);
  expect([asked.ask("{ int(x: 8) }"), asked.validations]).toEqual([[], 3]);
});

test("values nested as deeply as graphql takes them are known too", () => {
  const nested = (leaf: number) => `{ point(at: ${"{inner:".repeat(500)}{x:${leaf}}${"}".repeat(500)}) }`;
  expect(isKnownFrom(nested(1), nested(2))).toBe(true);
});

test("of queries that are not valid nothing is kept: their errors hold on to much more than their text", async () => {
  const { documents, templates, plugin } = new DocumentCache();
  const schema = buildSchema("type Query { upper(x: String!): String }");
  const yoga = createYoga({ schema, parserAndValidationCache: false, plugins: [plugin], logging: false });
  const ask = async (text: string): Promise<unknown> => {
    const response = await yoga.fetch(`http://127.0.0.1/graphql?query=${encodeURIComponent(text)}`);
    return await response.json();
  };
  for (const text of ["{ lower }", "{ upper", "upper }", "{ upper(x: 1) }"]) {
    // The second time as the first.
    for (let turn = 0; turn < 2; turn += 1) expect(await ask(text)).toMatchObject({ errors: [{}] });
  }
  expect([documents.size, templates.size]).toEqual([0, 0]);
  expect(await ask('{ upper(x: "a") }')).toEqual({ data: { upper: null } });
  expect([...documents.keys()]).toEqual(['{ upper(x: "a") }']);
});

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe("what is kept is bounded", () => {
  const MAX_CHARACTERS = 262_144;

  test.each<[string, (index: number, letter: string) => string, count?: number]>([
    ["texts of their own", (index) => `{ a${index}: int }`],
    ["long texts of their own", (index) => `{ a${index}: int } #${"x".repeat(5_000)}`],
    ["literals that are free", (index, x) => `{ string(x: "${index}${x}") }`],
    ["long literals that are free", (index, x) => `{ string(x: "${x.repeat(5_000)}${index}") }`],
    ["long ones in texts of their own", (index, x) => `{ a${index}: string(x: "${x.repeat(16_000)}") }`],
    ["literals that are not free", (index, x) => `{ yes @mark(label: "${x}${index}") }`],
    ["long literals that are not free", (index, x) => `{ yes @mark(label: "${x.repeat(5_000)}${index}") }`],
    [
      "thousands of literals",
      (index, x) => `{ a${index}: list(xs: [${`${x.charCodeAt(0)} `.repeat(2_000)}]) }`,
      100,
    ],
  ])(
    "under %s",
    (_what, textOf, count = 1_500) => {
      const { ask, cache } = new Asked(ARGUMENTS);
      ask(textOf(count, "é"));
      const before = heapBytes();
      for (let index = 0; index < count; index += 1) {
        ask(textOf(index, "猫"));
        // And what it takes to make the documents of others like it.
        cache.known(textOf(index, "犬"));
      }
      for (const kept of [cache.documents, cache.templates]) {
        const characters = [...kept.keys()].reduce((sum, text) => sum + text.length, 0);
        expect(characters).toBeLessThanOrEqual(MAX_CHARACTERS);
        expect(kept.size).toBeLessThanOrEqual(1_024);
      }
      expect(cache.copiers.calculatedSize).toBeLessThanOrEqual(32_768);
      // Measured: 34 MB of documents for thousands of literals, and 9 MB of what makes others; 1.5 MB at most for what is known.
      expect(heapBytes() - before).toBeLessThan(50_000_000);
      cache.documents.clear();
      cache.copiers.clear();
      expect(heapBytes() - before).toBeLessThan(3_000_000);
    },
    60_000,
  );

  test("what makes documents is not made again where there is too much of it: those texts are parsed", () => {
    const { ask, cache } = new Asked(ARGUMENTS);
    const textOf = (index: number, item: string): string =>
      `{ a${index}: list(xs: [${`${item} `.repeat(2_000)}]) }`;
    const count = 40;
    for (let index = 0; index < count; index += 1) ask(textOf(index, "1"));
    for (const item of ["2", "3"]) {
      let copied = 0;
      for (let index = 0; index < count; index += 1) {
        const text = textOf(index, item);
        const document = cache.known(text);
        expect(document && print(document)).toBe(print(parse(text)));
        if (document?.tokenCount === undefined) copied += 1;
      }
      // Each the first time; then those that there is room for, which were used last.
      expect(copied).toBe(item === "2" ? count : cache.copiers.size);
      expect(cache.copiers.size).toBeLessThan(count / 2);
    }
  });

  test("one text too long for it is not kept, nor looked at, and is answered", () => {
    const asked = new Asked(ARGUMENTS);
    const long = `{ string(x: "${"x".repeat(20_000)}") }`;
    for (let turn = 0; turn < 2; turn += 1) expect(asked.ask(long)).toEqual([]);
    expect([asked.validations, asked.cache.documents.size, asked.cache.templates.size]).toEqual([2, 0, 0]);
  });
});

test("graphql's own rules are those that were looked at", () => {
  // A rule that comes with another version may look at literals: then free-literals.ts has to be read again.
  expect(specifiedRules.map(({ name }) => name).sort()).toEqual([
    "DeferStreamDirectiveLabelRule",
    "DeferStreamDirectiveOnRootFieldRule",
    "DeferStreamDirectiveOnValidOperationsRule",
    "ExecutableDefinitionsRule",
    "FieldsOnCorrectTypeRule",
    "FragmentsOnCompositeTypesRule",
    "KnownArgumentNamesRule",
    "KnownDirectivesRule",
    "KnownFragmentNamesRule",
    "KnownOperationTypesRule",
    "KnownTypeNamesRule",
    "LoneAnonymousOperationRule",
    "MaxIntrospectionDepthRule",
    "NoFragmentCyclesRule",
    "NoUndefinedVariablesRule",
    "NoUnusedFragmentsRule",
    "NoUnusedVariablesRule",
    "OverlappingFieldsCanBeMergedRule",
    "PossibleFragmentSpreadsRule",
    "ProvidedRequiredArgumentsRule",
    "ScalarLeafsRule",
    "SingleFieldSubscriptionsRule",
    "StreamDirectiveOnListFieldRule",
    "UniqueArgumentNamesRule",
    "UniqueDirectivesPerLocationRule",
    "UniqueFragmentNamesRule",
    "UniqueInputFieldNamesRule",
    "UniqueOperationNamesRule",
    "UniqueVariableNamesRule",
    "ValuesOfCorrectTypeRule",
    "VariablesAreInputTypesRule",
    "VariablesInAllowedPositionRule",
  ]);
});
