/* eslint-disable */
// Made from a schema by `jitney types`: to change it, change that and make this anew.
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
export type Maybe<T> = T | null | undefined;
export type InputMaybe<T> = T | null;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  Date: { input: string; output: string; }
  Meta: { input: unknown; output: unknown; }
};

export type Currency =
  | 'EUR'
  | 'USD';

export type Node = {
  readonly id: Scalars['ID']['output'];
};

/** What is for sale. Odd text of a comment: *\/ export type Broken = 1; /* */
export type Article = Node & {
  readonly __typename?: 'Article';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly since: Scalars['Date']['output'];
  readonly meta?: Maybe<Scalars['Meta']['output']>;
  readonly tags?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  readonly seller?: Maybe<Seller>;
  readonly price: Scalars['Float']['output'];
  readonly stock: Scalars['Int']['output'];
  readonly similar: ReadonlyArray<Article>;
};

/** What is for sale. Odd text of a comment: *\/ export type Broken = 1; /* */
export type ArticlePriceArgs = {
  currency: Currency;
  at?: InputMaybe<Scalars['Date']['input']>;
};

/** What is for sale. Odd text of a comment: *\/ export type Broken = 1; /* */
export type ArticleSimilarArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
};

export type Seller = Node & {
  readonly __typename?: 'Seller';
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly rating?: Maybe<Scalars['Float']['output']>;
};

/** What has a name and a message is no Error. */
export type Letter = {
  readonly __typename?: 'Letter';
  readonly name: Scalars['String']['output'];
  readonly message: Scalars['String']['output'];
  readonly pages: Scalars['Int']['output'];
};

export type Found = Article | Seller;

export type Filter = {
  readonly words: ReadonlyArray<Scalars['String']['input']>;
  readonly currency: Currency;
  readonly below?: InputMaybe<Scalars['Float']['input']>;
  readonly not?: InputMaybe<Filter>;
};

export type Query = {
  readonly __typename?: 'Query';
  readonly price: Scalars['Float']['output'];
  readonly article?: Maybe<Article>;
  readonly articles: ReadonlyArray<Article>;
  readonly find: ReadonlyArray<Found>;
  readonly currency: Currency;
  readonly now: Scalars['Date']['output'];
  readonly count: Scalars['Int']['output'];
  readonly letter?: Maybe<Letter>;
};

export type QueryPriceArgs = {
  article: Scalars['ID']['input'];
};

export type QueryArticleArgs = {
  id: Scalars['ID']['input'];
};

export type QueryArticlesArgs = {
  filter?: InputMaybe<Filter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

export type QueryFindArgs = {
  text: Scalars['String']['input'];
};

export type QueryCurrencyArgs = {
  country: Scalars['String']['input'];
};

export type Mutation = {
  readonly __typename?: 'Mutation';
  readonly rename: Article;
};

export type MutationRenameArgs = {
  id: Scalars['ID']['input'];
  name: Scalars['String']['input'];
};

export type Subscription = {
  readonly __typename?: 'Subscription';
  readonly sold: Article;
};

export type SubscriptionSoldArgs = {
  articles: ReadonlyArray<Scalars['ID']['input']>;
};

export type ResolverTypeWrapper<T> = Promise<T> | T;

export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = object, TContext = object, TArgs = object> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = object, TContext = object, TArgs = object> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = object, TContext = object> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = object, TContext = object> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = object, TParent = object, TContext = object, TArgs = object> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

/** Mapping of union types */
export type ResolversUnionTypes<_RefType extends Record<string, unknown>> = {
  Found:
    | ( Omit<Omit<Article, 'seller' | 'similar'> & { seller?: Maybe<_RefType['Seller']>, similar: ReadonlyArray<_RefType['Article']> }, 'price' | 'stock' | 'similar'> )
    | ( Omit<Seller, 'rating'> )
  ;
};

/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  Node:
    | ( Omit<Omit<Article, 'seller' | 'similar'> & { seller?: Maybe<_RefType['Seller']>, similar: ReadonlyArray<_RefType['Article']> }, 'price' | 'stock' | 'similar'> )
    | ( Omit<Seller, 'rating'> )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Date: ResolverTypeWrapper<Scalars['Date']['output']>;
  Meta: ResolverTypeWrapper<Scalars['Meta']['output']>;
  Currency: Currency;
  Node: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Node']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Article: ResolverTypeWrapper<Omit<Omit<Article, 'seller' | 'similar'> & { seller?: Maybe<ResolversTypes['Seller']>, similar: ReadonlyArray<ResolversTypes['Article']> }, 'price' | 'stock' | 'similar'>>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Seller: ResolverTypeWrapper<Omit<Seller, 'rating'>>;
  Letter: ResolverTypeWrapper<Letter>;
  Found: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['Found']>;
  Filter: Filter;
  Query: ResolverTypeWrapper<object>;
  Mutation: ResolverTypeWrapper<object>;
  Subscription: ResolverTypeWrapper<object>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Date: Scalars['Date']['output'];
  Meta: Scalars['Meta']['output'];
  Node: ResolversInterfaceTypes<ResolversParentTypes>['Node'];
  ID: Scalars['ID']['output'];
  Article: Omit<Omit<Article, 'seller' | 'similar'> & { seller?: Maybe<ResolversParentTypes['Seller']>, similar: ReadonlyArray<ResolversParentTypes['Article']> }, 'price' | 'stock' | 'similar'>;
  String: Scalars['String']['output'];
  Float: Scalars['Float']['output'];
  Int: Scalars['Int']['output'];
  Seller: Omit<Seller, 'rating'>;
  Letter: Letter;
  Found: ResolversUnionTypes<ResolversParentTypes>['Found'];
  Filter: Filter;
  Query: object;
  Mutation: object;
  Subscription: object;
  Boolean: Scalars['Boolean']['output'];
};

export interface DateScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Date'], any> {
  name: 'Date';
}

export interface MetaScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Meta'], any> {
  name: 'Meta';
}

export type NodeResolvers<ContextType = unknown, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'Article' | 'Seller', ParentType, ContextType>;
};

export type ArticleResolvers<ContextType = unknown, ParentType extends ResolversParentTypes['Article'] = ResolversParentTypes['Article']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  since?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  meta?: Resolver<Maybe<ResolversTypes['Meta']>, ParentType, ContextType>;
  tags?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  seller?: Resolver<Maybe<ResolversTypes['Seller']>, ParentType, ContextType>;
  price?: Resolver<ResolversTypes['Float'], ParentType, ContextType, RequireFields<ArticlePriceArgs, 'currency'>>;
  stock?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  similar?: Resolver<ReadonlyArray<ResolversTypes['Article']>, ParentType, ContextType, Partial<ArticleSimilarArgs>>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SellerResolvers<ContextType = unknown, ParentType extends ResolversParentTypes['Seller'] = ResolversParentTypes['Seller']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  rating?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LetterResolvers<ContextType = unknown, ParentType extends ResolversParentTypes['Letter'] = ResolversParentTypes['Letter']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  pages?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type FoundResolvers<ContextType = unknown, ParentType extends ResolversParentTypes['Found'] = ResolversParentTypes['Found']> = {
  __resolveType: TypeResolveFn<'Article' | 'Seller', ParentType, ContextType>;
};

export type QueryResolvers<ContextType = unknown, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  price?: Resolver<ResolversTypes['Float'], ParentType, ContextType, RequireFields<QueryPriceArgs, 'article'>>;
  article?: Resolver<Maybe<ResolversTypes['Article']>, ParentType, ContextType, RequireFields<QueryArticleArgs, 'id'>>;
  articles?: Resolver<ReadonlyArray<ResolversTypes['Article']>, ParentType, ContextType, Partial<QueryArticlesArgs>>;
  find?: Resolver<ReadonlyArray<ResolversTypes['Found']>, ParentType, ContextType, RequireFields<QueryFindArgs, 'text'>>;
  currency?: Resolver<ResolversTypes['Currency'], ParentType, ContextType, RequireFields<QueryCurrencyArgs, 'country'>>;
  now?: Resolver<ResolversTypes['Date'], ParentType, ContextType>;
  count?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  letter?: Resolver<Maybe<ResolversTypes['Letter']>, ParentType, ContextType>;
};

export type MutationResolvers<ContextType = unknown, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  rename?: Resolver<ResolversTypes['Article'], ParentType, ContextType, RequireFields<MutationRenameArgs, 'id' | 'name'>>;
};

export type SubscriptionResolvers<ContextType = unknown, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  sold?: SubscriptionResolver<ResolversTypes['Article'], "sold", ParentType, ContextType, RequireFields<SubscriptionSoldArgs, 'articles'>>;
};

export type Resolvers<ContextType = unknown> = {
  Date?: GraphQLScalarType;
  Meta?: GraphQLScalarType;
  Node?: NodeResolvers<ContextType>;
  Article?: ArticleResolvers<ContextType>;
  Seller?: SellerResolvers<ContextType>;
  Letter?: LetterResolvers<ContextType>;
  Found?: FoundResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
};
