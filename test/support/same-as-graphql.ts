// Whether queries fare with the document cache as they do with graphql alone, text by text.

import assert from "node:assert/strict";
import {
  type ASTNode,
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  Location,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  visit,
} from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import { DocumentCache } from "../../src/server/documents/document-cache.ts";
import { measure } from "../../src/server/query-limits.ts";
import { echo, type LiteralSchema } from "./literal-schemas.ts";
import { QueryTexts } from "./query-texts.ts";
import type { SeededRandom } from "./seeded-random.ts";

const MAX_TOKENS = 400;
const MAX_ERRORS = 5;
const ROOMY = { tokens: 1_000, fields: 1_000, depth: 1_000, aliases: 1_000, directives: 1_000 };

/** How many texts there were, how many of them were valid, and how many of these nobody had to validate. */
export interface Tally {
  texts: number;
  valid: number;
  known: number;
  /** How many documents were made without asking graphql's parser. */
  copied: number;
  run: number;
}

/** What graphql does, with or without the cache. */
interface Found {
  readonly document: DocumentNode | undefined;
  readonly errors: readonly GraphQLError[];
}

export class SameAsGraphql {
  readonly tally: Tally = { texts: 0, valid: 0, known: 0, copied: 0, run: 0 };
  readonly cache = new DocumentCache();
  readonly #given: LiteralSchema;
  readonly #texts: QueryTexts;
  readonly #random: SeededRandom;
  readonly #find: (text: string) => Found;
  readonly #measured = new WeakMap<object, unknown>();
  #validations = 0;

  constructor(given: LiteralSchema, random: SeededRandom) {
    this.#given = given;
    this.#random = random;
    this.#texts = new QueryTexts(given.schema, random);
    const hides: Plugin = {
      onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
    };
    const engine: Plugin = {
      onParse: ({ parseFn, setParseFn }) =>
        setParseFn((source, options) => parseFn(source, { ...options, maxTokens: MAX_TOKENS })),
      onValidate: ({ setValidationFn }) =>
        setValidationFn(((schema: never, document: never, rules: never) => {
          this.#validations += 1;
          return validate(schema, document, rules, { maxErrors: MAX_ERRORS });
        }) as typeof validate),
    };
    const { getEnveloped } = createYoga({
      schema: given.schema,
      logging: false,
      parserAndValidationCache: false,
      plugins: [given.isHidden && hides, this.cache.plugin, engine],
    });
    this.#find = (text) => {
      // A client of Yoga gives it a context with each request.
      const enveloped = getEnveloped({} as never);
      return found(
        () => enveloped.parse(text),
        (document) => enveloped.validate(given.schema, document) as readonly GraphQLError[],
      );
    };
  }

  /** Some texts of one family; throws where one does not fare alike. */
  async checkFamily(size: number): Promise<void> {
    const family = this.#texts.family();
    for (let index = 0; index < size; index += 1) await this.check(this.#texts.textOf(family));
  }

  async check(text: string): Promise<void> {
    const { schema, isHidden, isRun } = this.#given;
    const rules = isHidden ? [...specifiedRules, NoSchemaIntrospectionCustomRule] : specifiedRules;
    const expected = found(
      () => parse(text, { maxTokens: MAX_TOKENS }),
      (document) => validate(schema, document, rules, { maxErrors: MAX_ERRORS }),
    );
    this.#checkCopy(this.cache.known(text), expected, text);
    const validations = this.#validations;
    const actual = this.#find(text);
    this.tally.texts += 1;
    assert.deepEqual(actual.errors.map(shown), expected.errors.map(shown), JSON.stringify(text));
    assertSame(actual.document, expected.document, text);
    assert.equal(actual.document?.tokenCount, expected.document?.tokenCount);
    if (actual.document === undefined || expected.document === undefined || actual.errors.length > 0) return;
    this.tally.valid += 1;
    if (this.#validations === validations) this.tally.known += 1;
    this.#checkMeasure(actual.document, text);
    if (isRun && this.#random.chance(0.1)) await this.#checkRun(actual.document, expected.document, text);
  }

  #checkCopy(copy: DocumentNode | undefined, expected: Found, text: string): void {
    if (copy === undefined) return;
    assert.deepEqual(expected.errors, [], JSON.stringify(text));
    // One that is kept is graphql's own.
    if (copy.tokenCount === undefined) this.tally.copied += 1;
    else assert.equal(copy.tokenCount, expected.document?.tokenCount);
    assertSame(copy, expected.document, text);
    if (this.#random.chance(0.2)) assert.deepEqual(locationsOf(copy), locationsOf(expected.document), text);
  }

  /** What is measured of one document is true of all that are said to be alike. */
  #checkMeasure(document: DocumentNode, text: string): void {
    const alike = this.cache.alike(document);
    const measured = measure(document, ROOMY);
    assert.deepEqual(measured, this.#measured.get(alike) ?? measured, JSON.stringify(text));
    this.#measured.set(alike, measured);
  }

  async #checkRun(actual: DocumentNode, expected: DocumentNode, text: string): Promise<void> {
    const run = async (document: DocumentNode): Promise<unknown> =>
      JSON.parse(
        JSON.stringify(
          await execute({
            schema: this.#given.schema,
            document,
            operationName: document.definitions.some(({ kind }) => kind === "OperationDefinition")
              ? null
              : "",
            rootValue: {},
            variableValues: { v: 1, w: 2 },
            fieldResolver: echo,
          }),
        ),
      );
    this.tally.run += 1;
    assert.deepEqual(await run(actual), await run(expected), JSON.stringify(text));
  }
}

/** All that a location tells, by the nodes in their order. */
function locationsOf(document: DocumentNode | undefined): readonly unknown[] {
  const locations: unknown[] = [];
  const enter = ({ kind, loc }: ASTNode): void => {
    assert.ok(loc instanceof Location);
    const { start, end, source, startToken, endToken } = loc;
    const { body, name, locationOffset } = source;
    const tokens = [startToken, endToken].map((token) => [token, token.start, token.end, token.prev?.kind]);
    locations.push([kind, start, end, body, name, locationOffset, tokens.flat().map(asJson)]);
  };
  if (document !== undefined) visit(document, { enter });
  return locations;
}

const asJson = (value: unknown): unknown => JSON.stringify(value);

function found(
  parseText: () => DocumentNode,
  validateDocument: (document: DocumentNode) => readonly GraphQLError[],
): Found {
  let document: DocumentNode | undefined;
  try {
    document = parseText();
    return { document, errors: validateDocument(document) };
  } catch (error) {
    // Of a syntax error; graphql throws in validation too, at directives of subscriptions that cannot be read.
    if (!(error instanceof GraphQLError)) throw error;
    return { document, errors: [error] };
  }
}

/** But for what Yoga adds for HTTP. */
function shown({ message, locations, path, nodes, positions }: GraphQLError): object {
  const at: GraphQLFormattedError["locations"] = locations;
  return { message, at, path, positions, nodes: nodes?.map(({ kind, loc }) => [kind, loc?.start, loc?.end]) };
}

/** With the offsets of each node, which are what JSON has of a location. */
function assertSame(
  actual: DocumentNode | undefined,
  expected: DocumentNode | undefined,
  text: string,
): void {
  assert.equal(JSON.stringify(actual), JSON.stringify(expected), JSON.stringify(text));
  if (actual !== undefined) assert.equal(actual.loc?.source.body, text);
}
