// Locations whose tokens are read when somebody asks for them. Hardly anybody does; and as they hold on to each other, the
// tokens of a text are most of what its document keeps alive.

import { Lexer, Location, Source, type Token, TokenKind } from "graphql";

/** The text of locations. */
export class LazySource extends Source {
  #tokens: readonly Token[] | undefined;

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
}

/** As graphql's own, and an instance of it. */
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
    return this.source.tokens.find(({ start, kind }) => start === this.start && kind !== TokenKind.SOF);
  }

  get endToken(): Token | undefined {
    return this.source.tokens.find(({ end, kind }) => end === this.end && kind !== TokenKind.SOF);
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
