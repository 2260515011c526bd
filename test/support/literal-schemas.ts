// Schemas in which literals stand wherever they may, with resolvers that say what they got.

import {
  buildSchema,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  Kind,
  print,
  valueFromASTUntyped,
} from "graphql";
import { changeScalar } from "./change-scalar.ts";

const INPUTS = `
  scalar Even
  scalar Whole
  scalar Any
  scalar Printed
  enum Color { RED GREEN }
  directive @mark(label: String, n: Int, any: Any, when: Boolean, point: Point) repeatable on
    QUERY | MUTATION | SUBSCRIPTION | FIELD | FRAGMENT_DEFINITION | FRAGMENT_SPREAD | INLINE_FRAGMENT | VARIABLE_DEFINITION
  input Point { x: Int! = 1  y: Float  tags: [String!]  grid: [[Int]]  inner: Point  color: Color = RED  any: Any  even: Even  id: ID }
  input Pick @oneOf { a: String  b: Int  c: Point }
`;

const FIELDS = `
  string(x: String, other: String = "none"): String
  must(x: String!): String!
  int(x: Int, y: Int): Int
  float(x: Float): Float
  id(id: ID): ID
  yes(x: Boolean): Boolean
  color(x: Color): String
  list(xs: [Int!], ys: [[String]]): String
  point(at: Point, points: [Point!]): String
  pick(by: Pick): String
  even(x: Even, xs: [Even]): String
  whole(x: Whole): String
  any(x: Any, xs: [Any]): String
  printed(x: Printed): String
  fails(x: String): String
`;

/** Fields of every kind of argument. */
const ARGUMENTS = `
  ${INPUTS}
  type Query { ${FIELDS} self(id: ID): Query! }
  type Mutation { ${FIELDS} }
`;

/** Fields that are merged, by fragments on what is one type or another. */
const TYPES = `
  ${INPUTS}
  directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD
  interface Named { name(prefix: String, n: Int): String  near(at: Point): Named }
  type Cat implements Named { name(prefix: String, n: Int): String  near(at: Point): Named  lives(x: Int): Int  cats(first: Int): [Cat!] }
  type Dog implements Named { name(prefix: String, n: Int): String  near(at: Point): Named  lives(x: String): Int }
  union Pet = Cat | Dog
  type Query { named(id: ID!): Named  pet(x: Any, id: ID): Pet  cat(first: Int = 3): Cat  must(x: String!): String! }
  type Subscription { ticks(every: Float, x: String): String  must(x: String!): String! }
`;

/** The one that `npm start` serves. */
const SMALLEST = "type Query { upper(x: String!): String! }";

export interface LiteralSchema {
  readonly name: string;
  readonly schema: GraphQLSchema;
  /** Whether graphql executes it: not with `@defer` and `@stream`. */
  readonly isRun: boolean;
  readonly isHidden: boolean;
}

export function literalSchemas(): readonly LiteralSchema[] {
  return [
    { name: "arguments", schema: withScalars(buildSchema(ARGUMENTS)), isRun: true, isHidden: false },
    { name: "types", schema: withScalars(buildSchema(TYPES)), isRun: false, isHidden: false },
    { name: "hidden", schema: withScalars(buildSchema(ARGUMENTS)), isRun: true, isHidden: true },
    { name: "smallest", schema: buildSchema(SMALLEST), isRun: true, isHidden: false },
  ];
}

/** Says what it got; `fails` says so with an error, which has a place in the text. */
export const echo: GraphQLFieldResolver<unknown, unknown> = (_source, args, _context, info) => {
  if (info.fieldName === "fails") throw new GraphQLError(JSON.stringify(args));
  if (info.fieldName === "self") return {};
  const { x } = args;
  if (["Int", "Float", "Boolean"].includes(String(info.returnType))) return x;
  return JSON.stringify([args, info.fieldNodes.map((node) => print(node)), info.fieldNodes[0]?.loc?.start]);
};

function withScalars(schema: GraphQLSchema): GraphQLSchema {
  changeScalar(schema, "Even", (node) => {
    if (node.kind !== Kind.INT || Number(node.value) % 2 !== 0) throw new Error(`${print(node)} is odd`);
    return Number(node.value);
  });
  // Gives nothing, where others throw.
  changeScalar(schema, "Whole", (node) =>
    node.kind === Kind.STRING && !/[\n"é]/.test(node.value) ? node.value : undefined,
  );
  changeScalar(schema, "Any", (node) => valueFromASTUntyped(node));
  // Of all of a literal that it can see.
  changeScalar(schema, "Printed", (node) => {
    const text = print(node);
    if (text.length % 3 === 0)
      throw new GraphQLError(`${text} has ${text.length} characters`, { nodes: node });
    return text;
  });
  return schema;
}
