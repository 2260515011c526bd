// Parsed queries for the next request that sends the same text, and what is known to be valid: that of other texts too.

import { type DocumentNode, type GraphQLSchema, parse, type ValidationRule } from "graphql";
import type { Plugin } from "graphql-yoga";
import { LRUCache } from "lru-cache";
import type { DocumentCopier } from "./document-copier.ts";
import { type ScannedText, scanLiterals } from "./scan-literals.ts";
import { Template } from "./template.ts";
import { TextFilter } from "./text-filter.ts";
import { Validity } from "./validity.ts";

/**
 * Characters of query text in the cache, and of one text in it. A document takes some 80 bytes a character (measured:
 * 42 MB for half a megabyte of fields), so a bound of their number alone is none.
 */
const MAX_CHARACTERS = 262_144;
const MAX_CHARACTERS_OF_ONE = 16_384;

/** Nor is one of their characters: the smallest documents cost some kilobytes too. */
const MAX_DOCUMENTS = 1_024;

/** Nodes that copiers know, in all: 9 MB at most (measured). */
const MAX_COPIED_NODES = 32_768;

/** To look for a longer text takes less time than to see whether it may be there. */
const MAX_CHARACTERS_OF_FILTERED = 512;

type Rules = readonly ValidationRule[];

interface Parsed {
  readonly text: string;
  readonly document: DocumentNode;
}

/**
 * A query that is not known is parsed by graphql: its document, errors and limits are graphql's own. What is saved is its
 * validation, 50 times as long, where another text was found valid that differs in free literals only; and for `known`
 * its tokens too, which live as long as the document (document-copier.ts).
 *
 * Such texts are found by their skeleton (scan-literals.ts). Literals that are not free (free-literals.ts) have to be
 * the same. Free ones have to be taken by their scalars (template.ts). Else the query is validated, and its errors are
 * graphql's own too.
 *
 * Only what is valid is kept. An error holds on to its stack, and that to the request it was made for: 71 KB for a query
 * of six characters (measured: 40,000 of them took 3 GB).
 */
export class DocumentCache {
  readonly documents = boundedCache<DocumentNode>();
  readonly templates = boundedCache<Template>();
  /** Of templates that a second text was asked for. */
  readonly copiers = new LRUCache<Template, DocumentCopier>({
    maxSize: MAX_COPIED_NODES,
    sizeCalculation: ({ size }) => size,
  });
  /** Texts that `documents` may have: most texts with literals never come again, and to look for them there costs more. */
  readonly #keptTexts = new TextFilter(64 * MAX_DOCUMENTS);
  /**
   * Texts that are valid as others are: one that comes again is kept (as in 2Q, of Johnson and Shasha, 1994), but not of more
   * than could be kept together. (Measured: to keep one in 16 of those that never come again cost 7% of a request.)
   */
  readonly #seenTexts = new TextFilter(MAX_DOCUMENTS);
  /** Of documents that are kept. */
  readonly #validities = new WeakMap<DocumentNode, Validity>();
  /** The last one of all: whoever parses a document validates it at once. */
  #parsed: Parsed | undefined;
  #known: { readonly document: DocumentNode; readonly template: Template } | undefined;
  #validity: Validity | undefined;

  /**
   * The same object for documents that differ in free literals only, where the last one that was looked at is meant.
   * What is found of one (but of its literals) is true of all.
   */
  alike(document: DocumentNode): object {
    return this.#known?.document === document ? this.#known.template : document;
  }

  /**
   * The document of a query that is known to be valid, under what the last one was found valid under. Of one that is not,
   * or is none, it says nothing.
   */
  known(query: string): DocumentNode | undefined {
    const validity = this.#validity;
    if (validity === undefined) return undefined;
    const document = this.#documentOf(query);
    if (document !== undefined) return this.#validities.get(document) === validity ? document : undefined;
    const scanned = query.length > MAX_CHARACTERS_OF_ONE ? undefined : scanLiterals(query);
    if (scanned === undefined) return undefined;
    try {
      const template = this.#templateOf(scanned, (one) => one.validity === validity);
      const values = template?.valuesOf(scanned);
      if (template === undefined || values === undefined) return undefined;
      const comesAgain = this.#seenTexts.add(query);
      const copier = comesAgain ? undefined : this.#copierOf(template);
      if (copier !== undefined) return copier.copy(scanned, values);
      const document = parse(query);
      if (comesAgain) this.#keep({ text: query, document }, validity);
      return document;
    } catch {
      // Escapes that there are not, say.
      return undefined;
    }
  }

  /** After plugins that add rules, and before those that ask for what is alike. */
  readonly plugin: Plugin = {
    onParse: ({ params: { source, options }, parseFn, setParseFn, setParsedDocument }) => {
      if (typeof source !== "string" || source.length > MAX_CHARACTERS_OF_ONE || options !== undefined)
        return;
      const document = this.#documentOf(source);
      if (document !== undefined) {
        this.#parsed = { text: source, document };
        setParsedDocument(document);
        return;
      }
      // Not what comes of parsing in the end: another plugin may put in its place what is not of this text.
      setParseFn((...args) => {
        const parsed: DocumentNode = parseFn(...args);
        this.#parsed = { text: source, document: parsed };
        return parsed;
      });
    },
    onValidate: ({ params: { schema, documentAST, rules }, setResult }) => {
      const parsed = this.#parsed;
      this.#parsed = undefined;
      if (parsed === undefined || parsed.document !== documentAST || rules === undefined) return;
      if (this.#validities.get(documentAST)?.isUnder(schema, rules)) {
        setResult([]);
        return;
      }
      const scanned = scanLiterals(parsed.text);
      if (scanned !== undefined && this.#isKnown(parsed, scanned, schema, rules)) {
        setResult([]);
        return;
      }
      return ({ valid }) => {
        if (valid) this.#learn(parsed, scanned, this.#validityUnder(schema, rules));
      };
    },
  };

  /** Undefined where it has been pushed out by others: to make it again and again would cost more than it saves. */
  #copierOf(template: Template): DocumentCopier | undefined {
    if (template.hasHadCopier) return this.copiers.get(template);
    const copier = template.createCopier();
    this.copiers.set(template, copier);
    return copier;
  }

  #isKnown(parsed: Parsed, scanned: ScannedText, schema: GraphQLSchema, rules: Rules): boolean {
    const template = this.#templateOf(scanned, ({ validity }) => validity.isUnder(schema, rules));
    if (template === undefined || !template.takes(scanned)) return false;
    this.#known = { document: parsed.document, template };
    if (this.#seenTexts.add(parsed.text)) this.#keep(parsed, template.validity);
    return true;
  }

  #templateOf(scanned: ScannedText, isValid: (template: Template) => boolean): Template | undefined {
    const valid = (key: string): Template | undefined => {
      const template = this.templates.get(key);
      return template !== undefined && isValid(template) ? template : undefined;
    };
    // Which literals are free is the same for all of one skeleton, under one schema.
    const template = valid(scanned.skeleton);
    const key = template?.keyOf(scanned) ?? scanned.skeleton;
    return key === scanned.skeleton ? template : valid(key);
  }

  #learn(parsed: Parsed, scanned: ScannedText | undefined, validity: Validity): void {
    this.#keep(parsed, validity);
    if (scanned === undefined || !validity.isOfKnownRules) return;
    const template = new Template(scanned, parsed.document, validity);
    this.templates.set(scanned.skeleton, template);
    this.templates.set(template.keyOf(scanned), template);
  }

  /** One for all that is found valid under the same. */
  #validityUnder(schema: GraphQLSchema, rules: Rules): Validity {
    if (!this.#validity?.isUnder(schema, rules)) this.#validity = new Validity(schema, rules);
    return this.#validity;
  }

  #documentOf(text: string): DocumentNode | undefined {
    const mayBeKept = text.length > MAX_CHARACTERS_OF_FILTERED || this.#keptTexts.has(text);
    return mayBeKept ? this.documents.get(text) : undefined;
  }

  #keep({ text, document }: Parsed, validity: Validity): void {
    this.documents.set(text, document);
    this.#keptTexts.add(text);
    this.#validities.set(document, validity);
  }
}

function boundedCache<Value extends object>(): LRUCache<string, Value> {
  return new LRUCache({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_, text) => Math.max(1, text.length),
  });
}
