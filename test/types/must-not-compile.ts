// Resolvers that do not fit shop.graphql, each an error on the line below its `@ts-expect-error`: where
// there is none, `npm run check` fails. Nothing runs them.

import { batched } from "../../src/index.ts";
import type { Context } from "./host.ts";
import type * as hosted from "./hosted-shop.types.ts";
import type { Resolvers } from "./shop.types.ts";

const PRICES = new Map([["apple", 0.5]]);
const SINCE = "2020-01-01";

const otherKey = batched((keys: readonly { articel: string }[]) => keys.map(({ articel }) => articel.length));
// @ts-expect-error The field has no such argument.
export const a = { Query: { price: otherKey } } satisfies Resolvers;

const optionalKey = batched((keys: readonly { articel?: string }[]) => keys.map(() => 1));
// @ts-expect-error Nor one that need not be given.
export const b = { Query: { price: optionalKey } } satisfies Resolvers;

const numberKey = batched((keys: readonly { article: number }[]) => keys.map(({ article }) => article));
// @ts-expect-error The argument is an ID, which is a text.
export const c = { Query: { price: numberKey } } satisfies Resolvers;

const neverNull = batched((keys: readonly { first: number }[]) => keys.map(() => []));
// @ts-expect-error An argument with a default may be null all the same.
export const d = { Query: { articles: neverNull } } satisfies Resolvers;

export const e = {
  // @ts-expect-error What is written in place has the schema's keys, and no others.
  Query: { price: batched((keys) => keys.map(({ articel }) => articel.length)) },
} satisfies Resolvers;

export const f = {
  // @ts-expect-error The value is a text, and not a number.
  Query: { price: batched((keys) => keys.map(({ article }) => article)) },
} satisfies Resolvers;

export const g = {
  // @ts-expect-error The value may be undefined; the field is not null.
  Query: { price: batched((keys) => keys.map(({ article }) => PRICES.get(article))) },
} satisfies Resolvers;

// @ts-expect-error Later, too.
export const h = { Query: { price: batched((keys) => keys.map(async () => null)) } } satisfies Resolvers;

// @ts-expect-error One value is not as many as there are keys.
export const i = { Query: { price: batched((keys) => keys.length) } } satisfies Resolvers;

// @ts-expect-error No value of the enum.
export const j = { Query: { currency: batched((keys) => keys.map(() => "DM")) } } satisfies Resolvers;

export const k = {
  // @ts-expect-error An article has more fields than those.
  Query: { article: batched((keys) => keys.map(({ id }) => ({ id }))) },
} satisfies Resolvers;

export const l = {
  // @ts-expect-error The field is a list.
  Query: { articles: batched((keys) => keys.map(() => ({ id: "", name: "", since: SINCE }))) },
} satisfies Resolvers;

export const m = {
  // @ts-expect-error The field of the schema is called price.
  Query: { prize: batched((keys: readonly object[]) => keys.map(() => 1)) },
} satisfies Resolvers;

export const n = {
  // @ts-expect-error The type of the schema is called Article.
  Articel: { stock: batched((keys: readonly object[]) => keys.map(() => 1)) },
} satisfies Resolvers;

const stocks = (ids: readonly string[]) => ids.map((id) => id.length);
export const o = {
  // @ts-expect-error The source has no such field.
  Article: { stock: batched(stocks, { key: ({ articleId }) => articleId }) },
} satisfies Resolvers;

// @ts-expect-error The key is none that the batch function takes.
export const p = { Article: { stock: batched(stocks, { key: ({ id }) => ({ id }) }) } } satisfies Resolvers;

const ofRow = batched(stocks, { key: (source: { articleId: string }) => source.articleId });
// @ts-expect-error The source is another.
export const q = { Article: { stock: ofRow } } satisfies Resolvers;

export const r = {
  // @ts-expect-error What is computed is not in the source.
  Article: { stock: batched(stocks, { key: ({ stock }) => String(stock) }) },
} satisfies Resolvers;

const ofTenant = batched((keys: readonly object[]) => keys.map(() => 1), {
  partitionBy: ({ tenant }: Context) => tenant,
});
// @ts-expect-error The context of these resolvers is not known to have a tenant.
export const s = { Query: { price: ofTenant } } satisfies Resolvers;

// @ts-expect-error The context is another.
export const t = { Query: { price: ofTenant } } satisfies Resolvers<{ tenant: number }>;

export const u = {
  // @ts-expect-error The arguments of the field are other ones.
  Mutation: { rename: batched((keys) => keys.map(({ title }) => title)) },
} satisfies Resolvers;

export const v = {
  // @ts-expect-error With the host's types, an article is a row.
  Query: { article: batched((keys) => keys.map(({ id }) => ({ id }))) },
} satisfies hosted.Resolvers;

// @ts-expect-error With the host's types, a date is a Date.
export const w = { Query: { now: () => SINCE } } satisfies hosted.Resolvers;

const ofNumber = batched((keys: readonly object[]) => keys.map(() => 1), {
  partitionBy: ({ tenant }: { tenant: number }) => String(tenant),
});
// @ts-expect-error With the host's types, the tenant is a text.
export const x = { Query: { price: ofNumber } } satisfies hosted.Resolvers;

const letters = batched((keys: readonly object[]) => keys.map(() => ({ name: "", message: "" })));
// @ts-expect-error A letter has pages, too.
export const y = { Query: { letter: letters } } satisfies Resolvers;

// @ts-expect-error What has a name and a message is no Error, and no number.
export const z = { Query: { count: letters } } satisfies Resolvers;

export const aa = {
  // @ts-expect-error The field has no arguments.
  Query: { count: batched((keys) => keys.map(({ country }) => country)) },
} satisfies Resolvers;

export const bb = {
  // @ts-expect-error Fields of Query have no source.
  Query: { count: batched(stocks, { key: ({ id }) => id }) },
} satisfies Resolvers;
