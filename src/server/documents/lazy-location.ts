// Locations whose tokens are read when somebody asks for them. Hardly anybody does; and as they hold on to each other, the
// tokens of a text are most of what its document keeps alive.

import { Lexer, Location, Source, type Token, TokenKind } from "graphql";

/** The text of locations. */
export class LazySource extends Source {
  #tokens: readonly Token[] | undefined;
  #byStart: ReadonlyMap<number, Token> | undefined;
  #byEnd: ReadonlyMap<number, Token> | undefined;

  /** With the first, which begins the text, and the last, which ends it. */
  get tokens(): readonly Token[] {
    if (this.#tokens === undefined) {
      const lexer = new Lexer(this);
      const tokens = [lexer.token];
      while (lexer.token.kind !== TokenKind.EOF) tokens.push(lexer.advance());
      this.#tokens = tokens;
    }
    return this.#tokens;
  }

  /** Of those that are in the text. */
  startingAt(offset: number): Token | undefined {
    this.#byStart ??= new Map(this.#inside.map((token) => [token.start, token]));
    return this.#byStart.get(offset);
  }

  /** Of those that are in the text. */
  endingAt(offset: number): Token | undefined {
    this.#byEnd ??= new Map(this.#inside.map((token) => [token.end, token]));
    return this.#byEnd.get(offset);
  }

  get #inside(): readonly Token[] {
    return this.tokens.slice(1, -1);
  }
}

/** As graphql's own, and an instance of it; but its tokens are no properties of its own, and cannot be set. */
export class LazyLocation {
  readonly start: number;
  readonly end: number;
  readonly source: LazySource;

  constructor(start: number, end: number, source: LazySource) {
    this.start = start;
    this.end = end;
    this.source = source;
  }

  get startToken(): Token | undefined {
    return this.source.startingAt(this.start);
  }

  get endToken(): Token | undefined {
    return this.source.endingAt(this.end);
  }
}

/** Of a document, which is all of its text. */
export class LazyWholeLocation extends LazyLocation {
  override get startToken(): Token | undefined {
    return this.source.tokens[0];
  }

  override get endToken(): Token | undefined {
    return this.source.tokens.at(-1);
  }
}

Object.setPrototypeOf(LazyLocation.prototype, Location.prototype);
