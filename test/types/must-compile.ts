// Resolvers that fit shop.graphql: `npm run check` compiles them, and nothing runs them.

import { GraphQLError, type GraphQLResolveInfo } from "graphql";
import { type BatchFunction, batched } from "../../src/index.ts";
import type { Context } from "./host.ts";
import type * as hosted from "./hosted-shop.types.ts";
import type { ArticlePriceArgs, QueryPriceArgs, Resolvers } from "./shop.types.ts";

const PRICES = new Map([["apple", 0.5]]);
const SINCE = "2020-01-01";

/** The keys of what is written in place are those of the schema. */
export const inPlace = {
  Query: {
    price: batched((keys) => keys.map(({ article }) => PRICES.get(article) ?? article.length)),
    article: batched(async (keys, { signal }) =>
      keys.map(({ id }) => (signal.aborted ? undefined : { id, name: id.trim(), since: SINCE })),
    ),
    articles: batched((keys) =>
      keys.map(({ filter, first }) =>
        (filter?.words ?? []).slice(0, first ?? undefined).map((name) => ({
          id: name,
          name,
          since: SINCE,
          seller: null,
          tags: filter ? [filter.currency] : [],
        })),
      ),
    ),
    find: batched((keys) =>
      keys.map(({ text }) => [
        { __typename: "Seller", id: text, name: text },
        { __typename: "Article", id: text, name: text, since: SINCE },
      ]),
    ),
    currency: batched((keys) => keys.map(({ country }) => (country === "us" ? "USD" : "EUR"))),
    now: () => SINCE,
  },
  Mutation: { rename: batched((keys) => keys.map(({ id, name }) => ({ id, name, since: SINCE }))) },
} satisfies Resolvers;

/** So are those of what says its keys itself, by the type that is there for it, or by another that fits. */
const price: BatchFunction<QueryPriceArgs, number> = (keys) => keys.map(({ article }) => article.length);
export const named = { Query: { price: batched(price) } } satisfies Resolvers;

export const annotated = {
  Query: {
    price: batched((keys: readonly { article: string | number }[]) => keys.map(({ article }) => +article)),
  },
} satisfies Resolvers;

/** Errors in place of values are no values, of whatever class, and however late they come. */
export const errors = {
  Query: {
    price: batched((keys) => keys.map(({ article }) => PRICES.get(article) ?? new GraphQLError("none"))),
    article: batched(async (keys) => keys.map(({ id }) => new RangeError(id))),
    currency: batched((keys) =>
      keys.map(async ({ country }) => (country === "us" ? "USD" : new TypeError(country))),
    ),
  },
} satisfies Resolvers;

const TAGS: readonly string[] = ["new"];
const ARTICLE = { id: "", name: "", since: SINCE, tags: TAGS } as const;

/** A list may be readonly, and what has a name and a message is no Error. */
export const values = {
  Query: {
    articles: batched((keys) => keys.map(() => [ARTICLE] as const)),
    count: batched((keys) => keys.map(() => 1)),
    letter: batched((keys) => keys.map(() => ({ name: "", message: "", pages: 1 }))),
  },
} satisfies Resolvers;

/** The source of a nested field is what the schema says, without what is computed. */
export const nested = {
  Article: {
    stock: batched((ids: readonly string[]) => ids.map((id) => id.length), { key: ({ id }) => id }),
    price: batched(
      (keys: readonly (ArticlePriceArgs & { id: string })[]) =>
        keys.map(({ id, currency, at }) => id.length + currency.length + (at ?? "").length),
      { key: ({ id }, args) => ({ id, ...args }), maxDelayMs: 2 },
    ),
    similar: ({ id, name }, { first }) => [{ id, name, since: String(first) }],
  },
  Seller: {
    rating: batched((keys) => keys.map((id) => (id === "" ? null : id.length)), {
      key: async (seller: { id: string }) => seller.id,
    }),
  },
  Found: { __resolveType: (found) => ("since" in found ? "Article" : "Seller") },
} satisfies Resolvers;

/** The context is that of the map of resolvers. */
export const ofTenants = {
  Query: {
    price: batched((keys) => keys.map(({ article }) => article.length), {
      partitionBy: (context) => context.tenant,
      maxDelayMsBy: (_context, { article }) => (article === "" ? 0 : undefined),
      weigh: ({ article }) => article.length,
    }),
    currency: batched((keys) => keys.map(() => "EUR"), {
      partitionBy: ({ tenant }: Context, _args, info: GraphQLResolveInfo) => `${tenant}/${info.fieldName}`,
    }),
  },
} satisfies Resolvers<Context>;

export const subscription = {
  Subscription: {
    sold: {
      subscribe: async function* (_source, { articles }) {
        for (const id of articles) yield { sold: { id, name: id, since: SINCE } };
      },
    },
  },
} satisfies Resolvers;

/** With `--context-type`, `--source-type` and `--scalar`, the types are the host's. */
export const host = {
  Query: {
    article: batched((keys) => keys.map(({ id }) => ({ articleId: Number(id), title: id })), {
      partitionBy: ({ tenant }) => tenant,
    }),
    now: () => new Date(0),
  },
  Article: {
    id: ({ articleId }) => String(articleId),
    stock: batched((ids: readonly number[]) => ids, { key: ({ articleId }) => articleId }),
    name: batched((titles: readonly string[]) => titles, { key: ({ title }) => title }),
    since: () => new Date(0),
  },
} satisfies hosted.Resolvers;
