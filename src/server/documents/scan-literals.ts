// Finds the literals of a query's text without parsing it, and says what the text is without them.

export interface Literal {
  readonly kind: "int" | "float" | "string" | "blockString";
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
}

export interface ScannedText {
  readonly text: string;
  /** The text with a hole for each literal. Two texts of one skeleton have the same tokens but for what is in the holes. */
  readonly skeleton: string;
  /** In the order in which they stand in the text. */
  readonly literals: readonly Literal[];
}

/** What stands for a literal in a skeleton: characters that the scanner takes nowhere else, so that no text can forge them. */
const HOLES: Readonly<Record<Literal["kind"], string>> = {
  int: "\u0001",
  float: "\u0002",
  string: "\u0003",
  blockString: "\u0004",
};

/**
 * As graphql's lexer goes over it, with less to tell: undefined is what it would refuse, or might. That the rest of the
 * text is right it does not say.
 */
export function scanLiterals(text: string): ScannedText | undefined {
  // Lone surrogates are allowed nowhere.
  if (!text.isWellFormed()) return undefined;
  const literals: Literal[] = [];
  let skeleton = "";
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const charKind = kindAt(text, at);
    if (charKind === PLAIN) at += 1;
    else if (charKind === NAME) at = endOfName(text, at);
    else if (charKind === COMMENT) at = endOfComment(text, at);
    else {
      const literal = charKind === UNKNOWN ? undefined : literalAt(text, at);
      if (literal === undefined) return undefined;
      literals.push(literal);
      skeleton += text.slice(copied, at) + HOLES[literal.kind];
      at = literal.end;
      copied = at;
    }
  }
  return { text, skeleton: skeleton + text.slice(copied), literals };
}

function literalAt(text: string, start: number): Literal | undefined {
  if (text.charCodeAt(start) !== DOUBLE_QUOTE) {
    const end = endOfNumber(text, start);
    return end === NONE ? undefined : { kind: isFloat(text, start, end) ? "float" : "int", start, end };
  }
  const isBlock = text.startsWith('"""', start);
  const end = isBlock ? endOfBlockString(text, start) : endOfString(text, start);
  return end === NONE ? undefined : { kind: isBlock ? "blockString" : "string", start, end };
}

const UNKNOWN = 0;
/** Blanks, commas and punctuation. */
const PLAIN = 1;
const NAME = 2;
const NUMBER = 3;
const QUOTE = 4;
const COMMENT = 5;

/** Of ASCII; all else is unknown but for one. */
const KINDS = new Uint8Array(128);
for (const [kind, characters] of [
  [PLAIN, "\t\n\r ,!$&().:=@[]{|}"],
  [NAME, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"],
  [NUMBER, "-0123456789"],
  [QUOTE, '"'],
  [COMMENT, "#"],
] as const) {
  for (const character of characters) KINDS[character.charCodeAt(0)] = kind;
}

const BYTE_ORDER_MARK = 0xfeff;

function kindAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return KINDS[code] ?? (code === BYTE_ORDER_MARK ? PLAIN : UNKNOWN);
}

/** What an end is where there is none. */
const NONE = -1;

const TAB = 0x09;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const BACKSLASH = 0x5c;

function endOfName(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && isOfName(text, end)) end += 1;
  return end;
}

function isOfName(text: string, at: number): boolean {
  const kind = kindAt(text, at);
  return kind === NAME || (kind === NUMBER && text.charCodeAt(at) !== MINUS);
}

const MINUS = 0x2d;

/** Of what may follow it, the lexer takes neither a letter, as in `0xF1`, nor a dot; nor a digit after a leading zero. */
const NUMBER_TOKEN = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.])/y;

function endOfNumber(text: string, start: number): number {
  NUMBER_TOKEN.lastIndex = start;
  return NUMBER_TOKEN.test(text) ? NUMBER_TOKEN.lastIndex : NONE;
}

function isFloat(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    // A dot, or an e in either case.
    if (code === 0x2e || (code | 0x20) === 0x65) return true;
  }
  return false;
}

/** Up to the first quote that is not escaped; whether escapes are right is seen by who reads them. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === DOUBLE_QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
    else if (code < SPACE && code !== TAB) return NONE;
  }
  return NONE;
}

/** Here a backslash escapes three quotes, and nothing else: another before it changes nothing. */
function endOfBlockString(text: string, start: number): number {
  let quotes = text.indexOf('"""', start + 3);
  while (quotes > start + 3 && text.charCodeAt(quotes - 1) === BACKSLASH)
    quotes = text.indexOf('"""', quotes + 3);
  return quotes === -1 ? NONE : quotes + 3;
}

/** At the end of its line, or at what the scanner takes nowhere: comments stay in the skeleton. */
function endOfComment(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && (text.charCodeAt(end) >= SPACE || text.charCodeAt(end) === TAB)) end += 1;
  return end;
}
