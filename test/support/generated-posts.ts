// POSTs for the fields of odd-fields.ts, from a seed: most of them ordinary, each part of some of them not.

import { FRAMINGS, type Framing, type Posted } from "./both-ways.ts";
import { mutated } from "./nonsense.ts";
import { ODD_KINDS } from "./odd-fields.ts";
import { ODD_BODIES } from "./odd-values.ts";
import type { SeededRandom } from "./seeded-random.ts";

const JSON_TYPE = "Content-Type: application/json";

/** Each entry of answer-type.ts, and what is not there. */
const ACCEPTS = [
  "*/*",
  "application/json",
  "application/json, */*",
  "application/json, text/plain, */*",
  "application/graphql-response+json",
  "application/graphql-response+json, application/json",
  "application/graphql-response+json,application/json",
  "application/graphql-response+json,application/json;q=0.9",
  "application/json, application/graphql-response+json",
  "application/json;q=0.9, application/graphql-response+json",
  "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
  "application/json; charset=utf-8",
  "application/json;charset=UTF-8",
  "application/json; charset=latin1, application/json",
  "Application/JSON",
  "APPLICATION/GRAPHQL-RESPONSE+JSON",
  "*/*;q=0.1",
  "*/*, application/json",
  "application/*",
  "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8",
  "application/json,*/*",
  " application/json ",
  "application/json ,  */*",
  "application/json;q=0",
  "application/json;q=0, */*",
  "image/png",
  "text/html",
  "text/*",
  "text/event-stream",
  "text/event-stream, application/json",
  "multipart/mixed",
  "multipart/mixed, application/json",
  "application/json, multipart/mixed",
  "application/graphql-response+json, multipart/mixed, */*",
  ",",
  ";",
  "",
  "json",
  "__proto__",
  "constructor",
];

const CONTENT_TYPES = [
  "application/json",
  "Application/JSON",
  "application/json; charset=utf-8",
  "application/json;charset=UTF-8",
  "application/json; charset=utf-16",
  "application/json; boundary=x",
  "application/json ",
  "application/json;",
  "application/graphql+json",
  "application/graphql",
  "application/jsonp",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "",
];

const HEADERS = [
  "X-Request-Id: 5",
  "Jitney-Batches: show",
  "Jitney-Batches: hide, SHOW",
  "Origin: https://app.example",
  "Origin: https://evil.example",
  "Origin: null",
  "Accept-Encoding: gzip, br",
  "Content-Encoding: identity",
  "Content-Encoding: gzip",
  "Authorization: Bearer a-token",
  "Cookie: a=1",
  "User-Agent: test",
  "Connection: keep-alive",
  "Connection: close",
  "TE: trailers",
  "Accept: application/json",
  "Accept: text/plain",
  "If-None-Match: *",
  "X-HTTP-Method-Override: GET",
  "X-Latin: \xe9",
  "__proto__: 1",
];

/** Types of variables, and values that fit them: as JSON, so that there are numbers which JavaScript does not write. */
const TYPES = {
  "String!": ['"cat"', '"é猫😀"', '""', '"\\u0000\\ud800"'],
  String: ['"cat"', "null", '"\\udc00"'],
  "Int!": ["0", "-5", "2147483647", "1.0", "1e3", "-0"],
  Int: ["5", "null"],
  "Float!": ["0.5", "1e300", "5", "-0.0", "9007199254740993"],
  Float: ["1.25", "null"],
  "ID!": ['"x"', "5", '""'],
  ID: ['"y"', "null"],
  "Boolean!": ["true", "false"],
  Boolean: ["true", "null"],
  "Color!": ['"RED"'],
  Color: ['"BLUE"', "null"],
  Point: ['{"x":1}', "{}", "null", '{"x":1,"y":2.5,"name":"n","color":"RED","next":{"next":{"x":3}}}'],
  "[Int!]": ["[1,2]", "[]", "5", "null"],
  "[[String]]": ['[["a",null],[]]', '["a"]', '"a"', "null"],
  Any: ['{"a":[1,{"__proto__":{"b":2}}]}', "1e999", '"x"', "null", "false"],
  Even: ["4", "null"],
} as const;

type Type = keyof typeof TYPES;

const MISFITS = [
  "null",
  "true",
  "0",
  "-1",
  "1.5",
  "2147483648",
  "-2147483649",
  "1e999",
  "-1e999",
  "9007199254740993",
  '"cat"',
  '"RED"',
  '"red"',
  '"5"',
  '"NaN"',
  '""',
  "[]",
  "[1,null]",
  '[1,"x"]',
  "[[[1]]]",
  "{}",
  '{"x":null}',
  '{"x":"1"}',
  '{"x":1,"unknown":2}',
  '{"__proto__":{"x":1}}',
  '{"x":1,"next":{"next":{"next":{"x":"deep"}}}}',
  `${"[".repeat(150)}${"]".repeat(150)}`,
  `[${"1,".repeat(11_000)}1]`,
  `"${"long ".repeat(200)}"`,
  "5",
];

/** What goes where in the arguments of `echo`. */
const ECHOED: Readonly<Record<string, readonly Type[]>> = {
  any: ["Any"],
  int: ["Int", "Int!"],
  float: ["Float", "Float!"],
  id: ["ID", "ID!"],
  string: ["String", "String!"],
  boolean: ["Boolean", "Boolean!"],
  color: ["Color", "Color!"],
  point: ["Point"],
  list: ["[Int!]"],
  nested: ["[[String]]"],
  even: ["Even"],
};

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  any: ['{a: [1, "x", RED, null]}', "5", '"""block"""'],
  int: ["5", "-0", "null"],
  float: ["5", "1e10", "null"],
  id: ['"x"', "5"],
  string: ['"x"', '"\\u00e9\\n"', '"""\n  block\n"""', "null"],
  boolean: ["true", "null"],
  color: ["RED", "null"],
  point: ["{}", "{x: 1, next: {color: BLUE}}"],
  list: ["[1, 2]", "1", "[]"],
  nested: ['[["a"], null]', '"a"'],
  even: ["6", "null", "5"],
};

const LEAVES = "string required int float id boolean color list any".split(" ");

/** The variables of one operation: what it declares, and what is sent for it. */
class Variables {
  readonly declarations: string[] = [];
  readonly values: string[] = [];
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** A new variable of a type. */
  of(type: Type): string {
    const name = `v${this.declarations.length}`;
    const random = this.#random;
    const fallback = random.chance(0.1) && !type.endsWith("!") ? FALLBACKS[type] : undefined;
    this.declarations.push(`$${name}: ${type}${fallback === undefined ? "" : ` = ${fallback}`}`);
    if (random.chance(0.02)) return `$${name}`;
    const value = random.chance(0.04) ? random.pick(MISFITS) : random.pick(TYPES[type]);
    this.values.push(`${JSON.stringify(name)}:${value}`);
    return `$${name}`;
  }
}

const FALLBACKS: { readonly [Name in Type]?: string } = {
  String: '"fallback"',
  Int: "5",
  Float: "0.25",
  ID: '"i"',
  Boolean: "true",
  Color: "RED",
  Point: "{x: 9}",
};

/** What cannot be written as JSON: in an event stream, Yoga never ends the answer to it. */
const UNWRITABLE = /bigint|circular|toJSON that throws/;

export function generatedPost(random: SeededRandom): Posted {
  const framing: Framing = random.chance(0.85) ? "length" : random.pick(FRAMINGS);
  const sent = random.chance(0.02) ? Buffer.from(random.pick(ODD_BODIES)) : body(random);
  const headers = [random.chance(0.93) ? JSON_TYPE : `Content-Type: ${random.pick(CONTENT_TYPES)}`];
  // Those of the clients that there are come first.
  const common = random.chance(0.75) || UNWRITABLE.test(sent.toString("latin1"));
  if (random.chance(0.7)) headers.push(`Accept: ${random.pick(common ? ACCEPTS.slice(0, 9) : ACCEPTS)}`);
  while (random.chance(0.2)) headers.push(random.pick(HEADERS));
  return { headers, body: sent, framing };
}

function body(random: SeededRandom): Buffer {
  const { query, variables, names } = document(random);
  const members = [`"query":${JSON.stringify(query)}`];
  if (variables.length > 0 || random.chance(0.1)) members.push(`"variables":{${variables.join()}}`);
  else members.push('"variables":null');
  if (names.length > 1 || random.chance(0.1)) {
    const odd = ['"None"', "null", '""', "5", "[]", '"__proto__"'];
    const name = random.chance(0.8) ? JSON.stringify(random.pick(names) ?? "A") : random.pick(odd);
    members.push(`"operationName":${name}`);
  }
  if (random.chance(0.05))
    members.push(`"extensions":${random.pick(["{}", "null", '{"a":1}', "[]", '"x"', "0"])}`);
  if (random.chance(0.05)) members.push(random.pick(ODD_MEMBERS));
  if (random.chance(0.05)) members.reverse();
  const gap = random.chance(0.05) ? random.pick([" ", "\n\t", "\r\n", " ".repeat(70_000)]) : "";
  const text = `${gap}{${gap}${members.join(`,${gap}`)}}${gap}`;
  const bytes = Buffer.from(text);
  return random.chance(0.06) ? random.pick(BYTE_TWEAKS)(bytes, random) : bytes;
}

const ODD_MEMBERS = [
  '"unknown":1',
  '"unknown":null',
  '"__proto__":{}',
  '"__proto__":null',
  '"constructor":1',
  '"toString":null',
  '"query":"{ __typename }"',
  '"query":5',
  '"query":null',
  '"variables":5',
  '"variables":[]',
  '"variables":"{}"',
  '"variables":false',
  '"variables":{"__proto__":{"v0":"x"}}',
  '"operationName":false',
  '"id":"x"',
];

const BYTE_TWEAKS: readonly ((bytes: Buffer, random: SeededRandom) => Buffer)[] = [
  (bytes) => Buffer.concat([Buffer.from("\ufeff"), bytes]),
  (bytes) => Buffer.concat([bytes, Buffer.from("x")]),
  (bytes) => Buffer.concat([bytes, Buffer.from([0])]),
  (bytes) => bytes.subarray(0, -1),
  (bytes) => Buffer.concat([Buffer.from("["), bytes, Buffer.from("]")]),
  (bytes) => Buffer.concat([Buffer.from("["), bytes, Buffer.from(","), bytes, Buffer.from("]")]),
  (bytes) => Buffer.from(bytes.toString(), "utf16le"),
  (bytes) => Buffer.from(bytes.toString("latin1").replace("cat", "c\xc3\x28\xff")),
  (bytes) => Buffer.from(bytes.toString().replace("cat", "c\xe9t"), "latin1"),
  () => Buffer.alloc(0),
  (bytes, random) => mutated(random, bytes),
];

interface Written {
  readonly query: string;
  readonly variables: readonly string[];
  readonly names: readonly string[];
}

function document(random: SeededRandom): Written {
  const roll = random.next();
  if (roll < 0.03) return { query: random.pick(INTROSPECTIONS), variables: [], names: ["I"] };
  if (roll < 0.05) return { query: "subscription S { ticks }", variables: [], names: ["S"] };
  if (roll < 0.15) return operations(random);
  const variables = new Variables(random);
  const operation = named(random, random.chance(0.1) ? "mutation" : "query", "A", variables);
  return { query: operation, variables: variables.values, names: ["A"] };
}

function operations(random: SeededRandom): Written {
  const names = ["A", "B", "C"].slice(0, random.integer(2, 3));
  const all: string[] = [];
  const written = names.map((name) => {
    const variables = new Variables(random);
    const text = named(random, random.pick(["query", "query", "mutation"]), name, variables);
    all.push(...variables.values);
    return text;
  });
  if (random.chance(0.2)) {
    written.push("subscription S { ticks }");
    names.push("S");
  }
  return { query: written.join("\n"), variables: all, names };
}

/** Fragments have the operation's name, so that several may stand in one document. */
function named(random: SeededRandom, type: string, name: string, variables: Variables): string {
  const selection =
    type === "mutation" ? mutationFields(random, variables) : queryFields(random, variables, name);
  const { declarations } = variables;
  const directives = random.chance(0.02) ? " @unknown" : "";
  const head =
    declarations.length === 0
      ? `${type} ${name}${directives}`
      : `${type} ${name}(${declarations.join(", ")})${directives}`;
  const fragment = selection.includes(`...F${name}`)
    ? `\nfragment F${name} on Query { f: upper(x: "of a fragment") __typename }`
    : "";
  return `${head} { ${selection} }${fragment}`;
}

function mutationFields(random: SeededRandom, variables: Variables): string {
  return Array.from({ length: random.integer(1, 3) }, (_, index) => {
    const field = random.pick([
      `set(x: ${variables.of("String!")})`,
      oddField(random, ["string", "required"]),
    ]);
    return `m${index}: ${field}`;
  }).join(" ");
}

function queryFields(random: SeededRandom, variables: Variables, name: string): string {
  return Array.from({ length: random.integer(1, 4) }, (_, index) => {
    const field = queryField(random, variables, name);
    return field.startsWith("...") ? field : `q${index}: ${field}`;
  }).join(" ");
}

function queryField(random: SeededRandom, variables: Variables, name: string): string {
  const kind = random.pick(ODD_KINDS);
  const field = random.weighted({
    upper: 4,
    upperOrNull: 1,
    failing: 1,
    echo: 4,
    leaf: 4,
    cat: 2,
    node: 1,
    __typename: 1,
    fragment: 0.5,
    inline: 0.5,
    unknown: 0.1,
  });
  const directive = random.chance(0.1)
    ? ` @${random.pick(["skip", "include"])}(if: ${random.chance(0.5) ? variables.of("Boolean!") : random.pick(["true", "false"])})`
    : "";
  switch (field) {
    case "upper":
      return `upper(x: ${random.chance(0.7) ? variables.of("String!") : `"x${random.integer(0, 1_000)}"`})${directive}`;
    case "upperOrNull":
      return `upperOrNull(x: ${variables.of("String")})${directive}`;
    case "failing":
      return `${random.pick(["failing", "failingRequired"])}(x: "${random.pick(["all", "own", "x"])}")${directive}`;
    case "echo":
      return `echo${echoArguments(random, variables)}${directive}`;
    case "leaf":
      return `${oddField(random, LEAVES)}${directive}`;
    case "cat":
      return `${random.pick(["cat", "cats"])}(kind: ${JSON.stringify(kind)})${directive} { id name friend(kind: ${JSON.stringify(random.pick(ODD_KINDS))}) { name } }`;
    case "node":
      return `${random.pick(["node", "pet"])}(kind: ${JSON.stringify(kind)})${directive} { __typename ... on Cat { name } ... on Dog { id } }`;
    case "fragment":
      return `...F${name}${directive}`;
    case "inline":
      return `... on Query${directive} { i: __typename }`;
    case "unknown":
      return "unknown";
    case "__typename":
      return `__typename${directive}`;
  }
}

function oddField(random: SeededRandom, fields: readonly string[]): string {
  return `${random.pick(fields)}(kind: ${JSON.stringify(random.pick(ODD_KINDS))})`;
}

function echoArguments(random: SeededRandom, variables: Variables): string {
  const names = Object.keys(ECHOED).filter(() => random.chance(0.3));
  if (names.length === 0) return "";
  const given = names.map((name) => {
    const types = ECHOED[name] ?? [];
    const literals = LITERALS[name] ?? [];
    return `${name}: ${random.chance(0.7) ? variables.of(random.pick(types)) : random.pick(literals)}`;
  });
  return `(${given.join(", ")})`;
}

const INTROSPECTIONS = [
  "query I { __schema { queryType { name } } }",
  '{ __type(name: "Cat") { name fields { name } } }',
  "{ __typename }",
  "{ __schema { types { name fields { name args { name defaultValue } } } directives { name } } }",
];
