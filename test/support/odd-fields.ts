// A schema whose fields go right and wrong in every way that a resolver can, always in the same way for the same arguments.

import { GraphQLError, GraphQLScalarType } from "graphql";
import { batched } from "../../src/index.ts";

export const ODD_TYPE_DEFS = `
  scalar Any
  scalar Even
  enum Color { RED GREEN BLUE }
  input Point { x: Int! = 7, y: Float, name: String = "none", color: Color, next: Point }
  interface Node { id: ID! }
  type Cat implements Node { id: ID!, name: String!, friend(kind: String!): Cat }
  type Dog implements Node { id: ID!, name: String }
  union Pet = Cat | Dog
  type Query {
    upper(x: String!): String! @batch(maxDelayMs: 0)
    upperOrNull(x: String): String @batch(maxDelayMs: 0)
    failing(x: String!): String @batch(maxDelayMs: 0)
    failingRequired(x: String!): String! @batch(maxDelayMs: 0)
    echo(
      any: Any, int: Int, float: Float, id: ID, string: String = "default", boolean: Boolean, color: Color = GREEN,
      point: Point, list: [Int!], nested: [[String]], even: Even
    ): String
    string(kind: String!): String
    required(kind: String!): String!
    int(kind: String!): Int
    float(kind: String!): Float
    id(kind: String!): ID
    boolean(kind: String!): Boolean
    color(kind: String!): Color
    list(kind: String!): [String!]
    any(kind: String!): Any
    cat(kind: String!): Cat
    cats(kind: String!): [Cat!]!
    node(kind: String!): Node
    pet(kind: String!): Pet
  }
  type Mutation {
    set(x: String!): String
    string(kind: String!): String
    required(kind: String!): String!
  }
  type Subscription { ticks: Int! }
`;

const SHARED_ERROR = new GraphQLError("shared", { extensions: { code: "SHARED" } });

function throwing(thrown: () => unknown): () => never {
  return () => {
    throw thrown();
  };
}

function graphQLError(message: string, extensions: Record<string, unknown>): () => never {
  return throwing(() => new GraphQLError(message, { extensions }));
}

/** Where it comes to nobody who waits for it, it ends no process. */
function heard(rejected: Promise<never>): Promise<never> {
  rejected.catch(() => {});
  return rejected;
}

function circular(): object {
  const holder: Record<string, unknown> = { a: 1 };
  holder.self = holder;
  return holder;
}

/** What a field gives, or throws, by its argument `kind`. */
const ODD_VALUES: Readonly<Record<string, () => unknown>> = {
  text: () => "text",
  "text, later": async () => "text",
  undefined: () => undefined,
  null: () => null,
  empty: () => "",
  zero: () => 0,
  five: () => 5,
  "minus zero": () => -0,
  half: () => 0.5,
  large: () => 2 ** 53,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  bigint: () => 10n,
  "large bigint": () => 10n ** 30n,
  symbol: () => Symbol("s"),
  true: () => true,
  RED: () => "RED",
  MAUVE: () => "MAUVE",
  surrogate: () => "\ud800x",
  controls: () => '\u0000\u2028\u2029\u007f"\\</script>',
  long: () => "é".repeat(50_000),
  object: () => ({}),
  array: () => ["a", null, "b"],
  strings: () => ["a", "b"],
  "promises in an array": () => ["a", Promise.resolve("b"), heard(Promise.reject(new Error("c")))],
  "errors in an array": () => ["a", new Error("in an array"), new GraphQLError("graphql in an array")],
  generator: function* () {
    yield "a";
    yield "b";
  },
  "async generator": async function* () {
    yield "a";
    yield "b";
  },
  date: () => new Date(0),
  "no date": () => new Date(Number.NaN),
  function: () => () => "called",
  toJSON: () => ({ toJSON: () => "from toJSON" }),
  "toJSON that throws": () => ({
    toJSON() {
      throw new Error("toJSON");
    },
  }),
  "toJSON that throws a GraphQLError": () => ({
    toJSON() {
      throw new GraphQLError("of toJSON", { extensions: { code: "MINE", http: { status: 418 } } });
    },
  }),
  "toJSON that throws undefined": () => ({ toJSON: throwing(() => undefined) }),
  circular,
  __proto__key: () => JSON.parse('{"__proto__":{"a":1},"constructor":2}'),
  valueOf: () => ({ valueOf: () => "from valueOf" }),
  "a getter that throws": () => ({
    get name() {
      throw new Error("getter");
    },
    id: "1",
    __typename: "Cat",
  }),
  cat: () => ({ __typename: "Cat", id: 1, name: "Tom" }),
  dog: () => ({ __typename: "Dog", id: 2 }),
  bird: () => ({ __typename: "Bird", id: 3 }),
  "no name": () => ({ __typename: "Cat", id: 4, name: null }),
  "a name later": () => ({ __typename: "Cat", id: 4, name: async () => "Kitty" }),
  cats: () => [
    { __typename: "Cat", id: 1, name: "Tom" },
    { __typename: "Cat", id: 2, name: null },
  ],
  "an Error": () => new Error("given"),
  "a GraphQLError": () => new GraphQLError("given", { extensions: { code: "GIVEN" } }),
  thenable: () => ({
    // biome-ignore lint/suspicious/noThenProperty: what resolvers may give.
    then: (resolve: (value: string) => void) => resolve("of a thenable"),
  }),
  "thenable that throws": () => ({
    // biome-ignore lint/suspicious/noThenProperty: what resolvers may give.
    then() {
      throw new Error("of a thenable");
    },
  }),
  "rejects an Error": () => Promise.reject(new Error("rejected")),
  "rejects undefined": () => Promise.reject(undefined),
  "rejects a text": () => Promise.reject("rejected"),
  "rejects a GraphQLError": () => Promise.reject(new GraphQLError("rejected", { extensions: { code: "X" } })),
  "throws an Error": throwing(() => new Error("thrown")),
  "throws an Error with http": throwing(() =>
    Object.assign(new Error("thrown"), { extensions: { code: "MINE", http: { status: 409 } } }),
  ),
  "throws a text": throwing(() => "thrown"),
  "throws undefined": throwing(() => undefined),
  "throws null": throwing(() => null),
  "throws an object": throwing(() => ({ message: "thrown", code: 5 })),
  "throws a number": throwing(() => 5),
  "throws a symbol": throwing(() => Symbol("thrown")),
  "throws a bigint": throwing(() => 5n),
  "throws a function": throwing(() => () => "thrown"),
  "throws a promise": throwing(() => Promise.resolve("thrown")),
  "throws an AbortError": throwing(() => new DOMException("aborted", "AbortError")),
  "throws a TimeoutError": throwing(() => new DOMException("late", "TimeoutError")),
  "throws an AggregateError": throwing(
    () => new AggregateError([new Error("a"), new GraphQLError("b")], "all"),
  ),
  "throws a RangeError": throwing(() => new RangeError("Maximum call stack size exceeded")),
  "throws a frozen Error": throwing(() => Object.freeze(new Error("frozen"))),
  "throws an Error whose message throws": throwing(() =>
    Object.defineProperty(new Error("x"), "message", {
      get() {
        throw new Error("message");
      },
    }),
  ),
  "throws an Error of an object": throwing(() => Object.assign(new Error("x"), { message: { a: 1 } })),
  "throws a shared GraphQLError": throwing(() => SHARED_ERROR),
  "throws a GraphQLError": graphQLError("mine", { code: "MINE" }),
  "throws a GraphQLError without extensions": throwing(() => new GraphQLError("mine")),
  "throws a GraphQLError of an Error": throwing(
    () => new GraphQLError("outer", { originalError: new Error("inner"), extensions: { code: "MINE" } }),
  ),
  "throws a GraphQLError of a GraphQLError": throwing(
    () => new GraphQLError("outer", { originalError: new GraphQLError("inner") }),
  ),
  "throws a GraphQLError with a path": throwing(() => new GraphQLError("mine", { path: ["elsewhere", 3] })),
  "throws a GraphQLError of a number": throwing(() => new GraphQLError(5 as unknown as string)),
  "throws a GraphQLError of an object": throwing(() => new GraphQLError({} as unknown as string)),
  "throws a GraphQLError of nothing": throwing(() => new GraphQLError(undefined as unknown as string)),
  "throws circular extensions": graphQLError("mine", { circular: circular() }),
  "throws extensions with a bigint": graphQLError("mine", { big: 5n }),
  "throws extensions with toJSON": graphQLError("mine", { odd: { toJSON: () => "from toJSON" } }),
  "throws extensions with originalError": graphQLError("mine", { originalError: new Error("inner") }),
  "throws unexpected": graphQLError("mine", { unexpected: true }),
  "throws 400": graphQLError("mine", { http: { status: 400 } }),
  "throws 401": graphQLError("mine", { http: { status: 401, headers: { "WWW-Authenticate": "Bearer" } } }),
  "throws 400 by the specification": graphQLError("mine", { http: { status: 400, spec: true } }),
  "throws 404 with a code": graphQLError("mine", { code: "NOT_FOUND", http: { status: 404 } }),
  "throws 503": graphQLError("mine", { http: { status: 503, headers: { "Retry-After": "7" } } }),
  "throws 299": graphQLError("mine", { http: { status: 299 } }),
  "throws 499": graphQLError("mine", { http: { status: 499 } }),
  "throws headers": graphQLError("mine", {
    http: { headers: { "X-One": "1", "x-two": 2, "X-Three": ["3", "4"] } },
  }),
  "throws cookies": graphQLError("mine", { http: { headers: { "Set-Cookie": ["a=1", "b=2"] } } }),
  "throws a cookie": graphQLError("mine", { http: { headers: { "set-cookie": "a=1" } } }),
  "throws a type": graphQLError("mine", { http: { headers: { "Content-Type": "text/plain" } } }),
  "throws a type in lower case": graphQLError("mine", {
    http: { headers: { "content-type": "text/plain" } },
  }),
  "throws a connection": graphQLError("mine", {
    http: { headers: { Connection: "keep-alive", "X-One": "1" } },
  }),
  "throws an end of the connection": graphQLError("mine", { http: { headers: { connection: "close" } } }),
  "throws Vary": graphQLError("mine", { http: { headers: { Vary: "X-One" } } }),
  "throws a bad header": graphQLError("mine", { http: { headers: { "X-One": "1", "X-Bad": "a\nb" } } }),
  "throws a bad name": graphQLError("mine", { http: { headers: { "X Bad": "1" } } }),
  "throws an undefined header": graphQLError("mine", { http: { headers: { "X-One": undefined } } }),
  "throws a null header": graphQLError("mine", { http: { headers: { "X-One": null } } }),
  "throws a wide header": graphQLError("mine", { http: { headers: { "X-One": "猫" } } }),
  "throws a Latin header": graphQLError("mine", { http: { headers: { "X-One": "é" } } }),
  "throws headers of text": graphQLError("mine", { http: { headers: "ab" } }),
  "throws a status of text": graphQLError("mine", { http: { status: "404" } }),
  "throws a status that is none": graphQLError("mine", { http: { status: "x" } }),
  "throws a status of 1000": graphQLError("mine", { http: { status: 1_000 } }),
  "throws a status of 99": graphQLError("mine", { http: { status: 99 } }),
  "throws a status of 0": graphQLError("mine", { http: { status: 0 } }),
  "throws a status of a half": graphQLError("mine", { http: { status: 404.5 } }),
  "throws http that is none": graphQLError("mine", { http: 5 }),
  "throws null http": graphQLError("mine", { http: null }),
  "throws BATCH_QUEUE_FULL": graphQLError("full", { code: "BATCH_QUEUE_FULL", retryAfterSeconds: 3 }),
  "throws BATCH_TIMEOUT": graphQLError("late", { code: "BATCH_TIMEOUT" }),
  "throws BATCH_SHUTTING_DOWN": graphQLError("down", { code: "BATCH_SHUTTING_DOWN", retryAfterSeconds: 1.5 }),
  "throws BATCH_FAILED": graphQLError("failed", { code: "BATCH_FAILED" }),
  "throws BATCH_KEY_TOO_HEAVY": graphQLError("heavy", { code: "BATCH_KEY_TOO_HEAVY" }),
  "throws BATCH_QUEUE_FULL with odd seconds": graphQLError("full", {
    code: "BATCH_QUEUE_FULL",
    retryAfterSeconds: "soon",
  }),
};

export const ODD_KINDS = Object.keys(ODD_VALUES);

type See = <Resolver extends (...args: never) => unknown>(resolve: Resolver) => Resolver;

export function oddResolvers(see: See): object {
  const odd = see((_: unknown, { kind }: { readonly kind: string }) => ODD_VALUES[kind]?.());
  const upper = (keys: readonly { readonly x: string | null }[]): (string | null)[] =>
    keys.map(({ x }) => x?.toUpperCase() ?? null);
  const failing = (keys: readonly { readonly x: string }[]): Error[] => {
    if (keys.some(({ x }) => x.includes("all"))) throw new Error("all of them");
    return keys.map(({ x }) =>
      x.includes("own") ? new GraphQLError("its own", { extensions: { code: "OWN" } }) : new Error(x),
    );
  };
  // Who asks is seen by what is called for each caller: the resolver is another where a schema is served.
  const seen = <Key>(batch: (keys: readonly Key[]) => (string | Error | null)[]) => {
    const tell = see((_: unknown, __: unknown, ___: unknown, ____: unknown) => "");
    return batched<Key, string | null>(batch as never, {
      partitionBy: (context, args, info) => tell(undefined, args, context, info),
    });
  };
  const kinds = "string required int float id boolean color list any cat cats node pet".split(" ");
  return {
    Any: new GraphQLScalarType({ name: "Any", serialize: (value) => value }),
    Even: new GraphQLScalarType({
      name: "Even",
      parseValue(value) {
        if (typeof value === "number" && value % 2 === 0) return value / 2;
        throw new GraphQLError("It is odd", { extensions: { code: "ODD", http: { status: 422 } } });
      },
    }),
    Node: { __resolveType: ({ __typename }: { readonly __typename: string }) => __typename },
    Pet: { __resolveType: ({ __typename }: { readonly __typename: string }) => __typename },
    Cat: { friend: odd },
    Query: {
      upper: seen(upper),
      upperOrNull: seen(upper),
      failing: seen(failing),
      failingRequired: seen(failing),
      echo: see((_: unknown, args: object) => JSON.stringify(args)),
      ...Object.fromEntries(kinds.map((name) => [name, odd])),
    },
    Mutation: { set: see((_: unknown, { x }: { readonly x: string }) => x), string: odd, required: odd },
    Subscription: {
      ticks: {
        subscribe: async function* () {
          yield { ticks: 1 };
        },
      },
    },
  };
}
