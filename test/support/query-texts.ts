// Texts of queries from a seed: families of texts that differ in literals, which are right, wrong or odd, in a text that
// is right, wrong or odd itself.

import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from "graphql";
import type { SeededRandom } from "./seeded-random.ts";

type LiteralKind = "int" | "float" | "string" | "blockString";

/** A place for a literal of one kind, most times. */
interface Slot {
  readonly kind: LiteralKind;
}

/** The parts of a text: what all texts of a family have, and where they differ. */
export type Family = readonly (string | Slot)[];

const NAMES = ["a", "b", "c", "d", "on1", "_", "E5", "query", ..."fghijklmno"];

export class QueryTexts {
  readonly #random: SeededRandom;
  readonly #schema: GraphQLSchema;
  #parts: (string | Slot)[] = [];
  /** Of the operation that is written: name and type. */
  #variables: (readonly [string, string])[] = [];
  #fragments: readonly (readonly [string, GraphQLNamedType])[] = [];
  /** By type, the parts of the last field. */
  readonly #written = new Map<string, Family>();

  constructor(schema: GraphQLSchema, random: SeededRandom) {
    this.#schema = schema;
    this.#random = random;
  }

  family(): Family {
    this.#parts = [];
    this.#written.clear();
    const composites = Object.values(this.#schema.getTypeMap()).filter(
      (type) => isCompositeType(type) && !type.name.startsWith("__"),
    );
    const count = this.#random.chance(0.7) ? 0 : this.#random.integer(1, 3);
    const rootOr = (type: GraphQLNamedType) =>
      this.#random.chance(0.6) ? (this.#schema.getQueryType() ?? type) : type;
    this.#fragments = Array.from({ length: count }, (_, index) => [
      `F${index}`,
      rootOr(this.#random.pick(composites)),
    ]);
    const operations = this.#random.chance(0.9) ? 1 : 2;
    for (let index = 0; index < operations; index += 1) this.#operation(operations > 1 ? `Q${index}` : "");
    this.#variables = [];
    for (const [name, type] of [...this.#fragments]) {
      // Most times, a fragment spreads those that come after it: in a circle they are an error.
      if (this.#random.chance(0.95)) this.#fragments = this.#fragments.slice(1);
      this.#write(`fragment ${name} on ${type}`);
      this.#directives();
      this.#selectionSet(type, 2);
    }
    if (this.#random.chance(0.02)) this.#write("fragment F0 on Query { __typename }");
    return this.#parts;
  }

  textOf(family: Family): string {
    const text = family.map((part) => (typeof part === "string" ? part : this.#literal(part.kind))).join("");
    return this.#random.chance(0.03) ? this.#damaged(text) : text;
  }

  #write(text: string): void {
    this.#parts.push(text, this.#blank());
  }

  #blank(): string {
    if (this.#random.chance(0.85)) return " ";
    return this.#random.pick([
      "\n",
      "\r\n",
      "\r",
      "\t",
      ",",
      " , ,",
      "\ufeff ",
      "\n  ",
      "# it's \"so\n",
      "# 12 é 😀\r\n",
      '#"""\n',
      "#\u007f\n",
      "#\n",
    ]);
  }

  #operation(name: string): void {
    const roots = [
      ["query", this.#schema.getQueryType()],
      ["mutation", this.#schema.getMutationType()],
      ["subscription", this.#schema.getSubscriptionType()],
    ].filter((root): root is [string, GraphQLObjectType] => root[1] != null);
    const [operation, type] = this.#random.chance(0.7)
      ? (roots[0] as [string, GraphQLObjectType])
      : this.#random.pick(roots);
    this.#variables = [];
    if (this.#random.chance(0.02)) this.#slot("string");
    if (operation !== "query" || name !== "" || this.#random.chance(0.4)) {
      this.#write(operation);
      if (name !== "") this.#write(name);
      if (this.#random.chance(0.5)) this.#chooseVariables();
      const before = this.#parts.length;
      this.#directives();
      this.#selectionSet(type, 1);
      const after = this.#parts.splice(before);
      // One that nothing uses is an error.
      this.#variables = this.#variables.filter(
        ([name]) => after.includes(`$${name}`) || this.#random.chance(0.03),
      );
      if (this.#variables.length > 0) this.#variableDefinitions();
      this.#parts.push(...after);
      return;
    }
    this.#selectionSet(type, 1);
  }

  #chooseVariables(): void {
    const types = ["Int", "Int!", "String", "String!", "ID", "[Int!]", "Float", "Boolean", "Boolean!"];
    if (this.#schema.getType("Point") !== undefined) types.push("Point", "Any", "Color", "Even");
    this.#variables = ["v", "w"].map((name) => [name, this.#random.pick(types)]);
  }

  #variableDefinitions(): void {
    this.#write("(");
    for (const [name, type] of this.#variables) {
      this.#write(`$${name}:${type}`);
      if (this.#random.chance(0.4)) {
        this.#write("=");
        const named = this.#schema.getType(type.replace(/[[\]!]/g, ""));
        if (named !== undefined) this.#value(named as GraphQLInputType, 2, false);
      }
      if (this.#random.chance(0.1)) this.#directives();
    }
    this.#write(")");
  }

  #selectionSet(type: GraphQLNamedType, level: number): void {
    this.#write("{");
    const count = this.#random.chance(0.5) ? 1 : this.#random.integer(1, 5);
    for (let index = 0; index < count; index += 1) this.#selection(type, level);
    this.#write("}");
  }

  #selection(type: GraphQLNamedType, level: number): void {
    if (level < 4 && this.#random.chance(0.1)) {
      const target =
        isCompositeType(type) && !isObjectType(type)
          ? this.#random.pick(this.#schema.getPossibleTypes(type))
          : type;
      this.#write(this.#random.chance(0.3) ? "..." : `... on ${target}`);
      this.#directives("defer");
      this.#selectionSet(target, level + 1);
      return;
    }
    const fitting = this.#fragments.filter(([, on]) => on === type || this.#random.chance(0.03));
    const fragment = this.#random.chance(0.4) ? fitting[0] : undefined;
    if (fragment !== undefined) {
      this.#write(`...${fragment[0]}`);
      this.#directives("defer");
      return;
    }
    const fields = isUnionType(type) || !("getFields" in type) ? [] : Object.values(type.getFields());
    if (fields.length === 0 || this.#random.chance(0.03)) {
      this.#write("__typename");
      return;
    }
    if (level === 1 && this.#random.chance(0.03)) {
      this.#write("__type(name:");
      this.#slot("string");
      this.#write("){ name fields(includeDeprecated: true) { name } }");
      return;
    }
    // The same field again, of whichever selection set: they may be merged, if its literals are the same.
    const again = this.#random.chance(0.15) ? this.#written.get(type.name) : undefined;
    if (again !== undefined) {
      this.#parts.push(...again);
      return;
    }
    const before = this.#parts.length;
    this.#field(this.#random.pick(fields) as GraphQLField<unknown, unknown>, level);
    this.#written.set(type.name, this.#parts.slice(before));
  }

  #field({ name, args, type }: GraphQLField<unknown, unknown>, level: number): void {
    if (this.#random.chance(0.5)) this.#write(`${this.#random.pick(NAMES)}:`);
    this.#write(this.#random.chance(0.005) ? `${name}x` : name);
    const given = args.filter((arg) => this.#random.chance(isNonNullType(arg.type) ? 0.98 : 0.6));
    if (given.length > 0) {
      this.#write("(");
      for (const arg of given) this.#argument(arg);
      this.#write(")");
    }
    this.#directives("stream");
    const named = getNamedType(type);
    if (!isCompositeType(named) || this.#random.chance(0.005)) return;
    if (level < 4) this.#selectionSet(named, level + 1);
    else this.#write("{ __typename }");
  }

  #argument({ name, type }: GraphQLArgument): void {
    this.#write(this.#random.chance(0.005) ? `${name}x:` : `${name}:`);
    this.#value(type, 1, true);
  }

  #directives(special?: "defer" | "stream"): void {
    if (this.#random.chance(0.92)) return;
    const hasMark = this.#schema.getDirective("mark") != null;
    if (special !== undefined && this.#schema.getDirective(special) && this.#random.chance(0.5)) {
      this.#write(`@${special}(label:`);
      this.#slot("string");
      this.#write(")");
      return;
    }
    const marks = hasMark ? ["@mark", "@mark(label:", "@mark(n:", "@mark(point:{x:"] : [];
    const ifs = special === undefined ? [] : ["@skip(if:false)", "@include(if:true)", "@skip(if:"];
    if (marks.length + ifs.length === 0) return;
    const text = this.#random.pick([...marks, ...ifs]);
    this.#write(text);
    if (text.endsWith("(if:")) this.#write(this.#random.pick(["$v", "true", "true", "false", "1", '"a"']));
    else if (text.endsWith("label:")) this.#slot("string");
    else if (text.endsWith("n:") || text.endsWith("x:")) this.#slot("int");
    if (/[:]$/.test(text)) this.#write(text.includes("{") ? "})" : ")");
  }

  /** Most times one that fits. */
  #value(given: GraphQLInputType, level: number, mayVary: boolean): void {
    const type = getNullableType(given);
    if (mayVary && this.#variables.length > 0 && this.#random.chance(0.2)) {
      const fitting = this.#variables.filter(
        ([, variableType]) => variableType.replace("!", "") === String(type),
      );
      this.#write(
        `$${(this.#random.chance(0.9) && fitting[0] ? fitting[0] : this.#random.pick(this.#variables))[0]}`,
      );
      return;
    }
    if (this.#random.chance(0.02)) {
      this.#write(this.#random.pick(["null", "true", "RED", "[]", "{}", "$nope"]));
      return;
    }
    if (isListType(type)) {
      if (this.#random.chance(0.2)) {
        this.#value(type.ofType, level, mayVary);
        return;
      }
      this.#write("[");
      for (let count = this.#random.integer(0, 3); count > 0; count -= 1)
        this.#value(type.ofType, level + 1, mayVary);
      this.#write("]");
      return;
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      const chosen = type.isOneOf
        ? [this.#random.pick(fields)]
        : fields.filter(() => this.#random.chance(level > 2 ? 0.1 : 0.3));
      this.#write("{");
      for (const field of chosen) {
        this.#write(`${field.name}:`);
        if (level < 4 || !isInputObjectType(getNamedType(field.type)))
          this.#value(field.type, level + 1, mayVary);
        else this.#write("null");
      }
      this.#write("}");
      return;
    }
    if (isEnumType(type)) {
      this.#write(this.#random.pick(["RED", "GREEN", "RED", "GREEN", "BLUE"]));
      return;
    }
    this.#scalar(type.name, level, mayVary);
  }

  #scalar(name: string, level: number, mayVary: boolean): void {
    const kinds: Readonly<Record<string, readonly LiteralKind[]>> = {
      Int: ["int"],
      Float: ["float", "int"],
      String: ["string", "string", "blockString"],
      ID: ["string", "int", "blockString"],
      Even: ["int"],
      Whole: ["string", "blockString"],
    };
    if (name === "Boolean") {
      this.#write(this.#random.pick(["true", "false"]));
    } else if (name === "Any" && level < 4 && this.#random.chance(0.4)) {
      const isList = this.#random.chance(0.5);
      this.#write(isList ? "[" : "{ a:");
      this.#scalar("Any", level + 1, mayVary);
      if (!isList) this.#write("b:");
      this.#scalar("Any", level + 1, mayVary);
      this.#write(isList ? "]" : "}");
    } else {
      const fitting = kinds[name];
      const any: readonly LiteralKind[] = ["int", "float", "string", "blockString"];
      this.#slot(this.#random.pick(fitting === undefined || this.#random.chance(0.01) ? any : fitting));
    }
  }

  #slot(kind: LiteralKind): void {
    this.#parts.push({ kind }, this.#random.chance(0.9) ? " " : this.#random.pick(["", ",", "\n", "#x\n"]));
  }

  #literal(given: LiteralKind): string {
    const kind = this.#random.chance(0.02)
      ? this.#random.pick(["int", "float", "string", "blockString"] as const)
      : given;
    if (this.#random.chance(0.005)) return this.#random.pick(["true", "null", "$v", "RED", "[1]", "", "'a'"]);
    if (this.#random.chance(0.015)) return this.#random.pick(ILL[kind]);
    if (this.#random.chance(0.4)) return this.#random.pick(ODD[kind]);
    // Of few values, so that equal ones meet.
    const number = this.#random.chance(0.5)
      ? this.#random.integer(0, 3)
      : this.#random.integer(-100_000, 100_000);
    if (kind === "int") return String(number);
    if (kind === "float") return `${number}.${this.#random.integer(0, 9)}`;
    return kind === "string" ? `"${number}"` : `"""${number}"""`;
  }

  /** With one character more, less or other. */
  #damaged(text: string): string {
    const at = this.#random.integer(0, text.length);
    const piece = this.#random.pick(PIECES);
    return text.slice(0, at) + piece + text.slice(at + this.#random.integer(0, 2));
  }
}

const ODD: Readonly<Record<LiteralKind, readonly string[]>> = {
  int: [
    "0",
    "-0",
    "1",
    "2",
    "-1",
    "10",
    "2147483647",
    "2147483646",
    "-2147483648",
    "2147483648",
    "-2147483649",
    "99999999999999999999",
  ],
  float: [
    "1.0",
    "1.5",
    "-0.0",
    "1e3",
    "1E+3",
    "1e-3",
    "1.5e300",
    "1e999",
    "-1e999",
    "1.7976931348623157e308",
    "2147483648.0",
    "0.1e1",
  ],
  string: [
    '""',
    '"1"',
    '"1.0"',
    '"a"',
    '"bad"',
    '"#"',
    '"{(:"',
    '" , "',
    '"\\n\\t\\\\\\/\\b\\f\\r"',
    '"\\""',
    '"\\\\"',
    '"\\"\\""',
    '"\\u0041"',
    '"\\u0000"',
    '"\\u{1F600}"',
    '"\\u{0}"',
    '"\\uD83D\\uDE00"',
    '"\\u00e9"',
    '"é"',
    '"😀"',
    '"\t"',
    '"\u2028"',
    '"\ufeff"',
    '"\u007f"',
    '"\\u0022"',
    `"${"long ".repeat(20)}"`,
  ],
  blockString: [
    '""""""',
    '"""a"""',
    '"""1"""',
    '"""\n  a\n    b\n"""',
    '"""  a\n\n\tb  """',
    '"""\r\n a\r b"""',
    '"""\\""""""',
    '"""a\\"""b"""',
    '"""\\n"""',
    '"""\\"""',
    '"""\\\\"""',
    '""" "quoted" """',
    '"""""x"""',
    '"""é 😀"""',
    '"""#"""',
    '"""\\\\\\"""\n"""',
    '"""\u000b"""',
    '"""a\\""""',
  ],
};

/** Which are not right, or not alone. */
const ILL: Readonly<Record<LiteralKind, readonly string[]>> = {
  int: ["00", "01", "-", "1a", "1_", "0x1", "+1", "1.", "--1", "1-", "1 2"],
  float: [".5", "1.", "1.e3", "1e", "1e+", "1.5.5", "1.5x", "01.5", "1..5", "1.5e3.0"],
  string: [
    '"',
    '"a',
    '"\n"',
    '"\\',
    '"\\"',
    '"\\x"',
    '"\\u00"',
    '"\\u{}"',
    '"\\u{110000}"',
    '"\\u{D800}"',
    '"\\uD800"',
    '"\\uDE00\\uD83D"',
    '"\ud800"',
    '"\\u{1F600"',
    '"\u0000"',
    '"\u0001"',
    '"\u0003"',
    '"\u001f"',
    '"a"b"',
    '"\r"',
    '"\\\n"',
    '"\\u{00000000041}"',
    '"\\u{000000041}"',
  ],
  blockString: [
    '"""',
    '"""a',
    '"""a""',
    '"""\ud83d"""',
    '"""\\"""',
    '"""\u0000"""',
    '"""\u0003"""',
    '""""',
    '"""""',
    '"""a"""b"',
  ],
};

const PIECES = [
  "",
  '"',
  "\\",
  "#",
  "{",
  "}",
  "(",
  ")",
  "1",
  ".",
  "-",
  "e",
  "\u0000",
  "\u0001",
  "\u0003",
  "\u0004",
  "\ud800",
  "\n",
  "$",
  "@",
  "...",
  '"""',
  "é",
  "\ufeff",
  ":",
  "!",
];
