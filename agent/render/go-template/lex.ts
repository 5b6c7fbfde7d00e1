/** Template text into tokens, as text/template/parse does it: one token per call, the lexer stops at the first error. */

import { quote, unicodeName } from "./quote.ts";

type Literal = "bool" | "character" | "complex" | "number" | "string" | "field" | "identifier" | "variable";
type Mark = "assign" | "declare" | "pipe" | "leftDelimiter" | "rightDelimiter" | "leftParen" | "rightParen" | "char";
export type TokenKind = Literal | Mark | "keyword" | "space" | "text" | "eof" | "error";

export interface Token {
  readonly kind: TokenKind;
  /** Offset in the text, in UTF-16 units. */
  readonly pos: number;
  readonly text: string;
  readonly line: number;
}

interface LexerOptions {
  readonly text: string;
  readonly left: string;
  readonly right: string;
  /** False where the user has a function of that name: Go gives it precedence. */
  readonly isKeyword: (word: string) => boolean;
}

export interface Lexer {
  readonly next: () => Token;
}

const keywords = new Set("block break continue define else end if range nil template with".split(" "));
const symbols: Readonly<Record<string, TokenKind>> = { "=": "assign", "|": "pipe" };

const spaces = /[ \t\r\n]+/y;
const word = /[_\p{L}\p{Nd}]+/uy;
const wordCharacter = /[_\p{L}\p{Nd}]/uy;
const number =
  /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y;

/** How far the pattern matches at `pos`; undefined where it does not. */
function reach(pattern: RegExp, text: string, pos: number): number | undefined {
  pattern.lastIndex = pos;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function isSpace(character: string): boolean {
  return character === " " || character === "\t" || character === "\r" || character === "\n";
}

interface State extends LexerOptions {
  pos: number;
  start: number;
  /** The line of `start`, counted from 1. */
  line: number;
  /** Where that line ends. */
  newline: number;
  insideAction: boolean;
  parens: number;
}

/** A lexer over one template file. Empty delimiters mean Go's own. */
export function createLexer(options: LexerOptions): Lexer {
  const state: State = {
    ...options,
    left: options.left || "{{",
    right: options.right || "}}",
    pos: 0,
    start: 0,
    line: 1,
    newline: newlineAfter(options.text, 0),
    insideAction: false,
    parens: 0,
  };
  return { next: () => (state.insideAction ? lexInsideAction(state) : lexOutside(state)) };
}

/** The next text or left delimiter, past any number of comments. */
function lexOutside(state: State): Token {
  for (;;) {
    const token = lexText(state);
    if (token !== undefined) return token;
  }
}

function newlineAfter(text: string, pos: number): number {
  const at = text.indexOf("\n", pos);
  return at === -1 ? Number.POSITIVE_INFINITY : at;
}

/** Drops what lies between the last token and `pos`, keeping count of the lines. */
function skipTo(state: State, pos: number): void {
  for (; state.newline < pos; state.newline = newlineAfter(state.text, state.newline + 1)) state.line++;
  state.start = pos;
  state.pos = pos;
}

/** The token from the end of the last one to `end`. */
function take(state: State, kind: TokenKind, end: number): Token {
  const token: Token = { kind, pos: state.start, text: state.text.slice(state.start, end), line: state.line };
  skipTo(state, end);
  return token;
}

function fail(state: State, message: string): Token {
  return { kind: "error", pos: state.start, text: message, line: state.line };
}

function lexText(state: State): Token | undefined {
  const { text, left } = state;
  const at = text.indexOf(left, state.pos);
  if (at === -1) {
    if (state.start < text.length) return take(state, "text", text.length);
    return { kind: "eof", pos: state.start, text: "EOF", line: state.line };
  }
  const inside = at + left.length;
  const trims = text[inside] === "-" && isSpace(text.charAt(inside + 1));
  let end = at;
  while (trims && end > state.start && isSpace(text.charAt(end - 1))) end--;
  const before = end > state.start ? take(state, "text", end) : undefined;
  skipTo(state, at);
  return before ?? lexLeftDelimiter(state, trims ? inside + 2 : inside);
}

function lexLeftDelimiter(state: State, inside: number): Token | undefined {
  if (state.text.startsWith("/*", inside)) {
    skipTo(state, inside);
    return lexComment(state);
  }
  const token = take(state, "leftDelimiter", state.pos + state.left.length);
  skipTo(state, inside);
  state.insideAction = true;
  state.parens = 0;
  return token;
}

/** A comment leaves no token. */
function lexComment(state: State): Token | undefined {
  const end = state.text.indexOf("*/", state.pos + 2);
  if (end === -1) return fail(state, "unclosed comment");
  const close = rightDelimiterAt(state, end + 2);
  if (close === undefined) return fail(state, "comment ends before closing delimiter");
  skipTo(state, close.end);
  return undefined;
}

interface Close {
  /** Where the delimiter itself begins, after a trim marker. */
  readonly delimiter: number;
  /** Where the text goes on. */
  readonly end: number;
}

function rightDelimiterAt({ text, right }: State, pos: number): Close | undefined {
  if (isSpace(text.charAt(pos)) && text[pos + 1] === "-" && text.startsWith(right, pos + 2)) {
    const after = pos + 2 + right.length;
    return { delimiter: pos + 2, end: reach(spaces, text, after) ?? after };
  }
  return text.startsWith(right, pos) ? { delimiter: pos, end: pos + right.length } : undefined;
}

function lexRightDelimiter(state: State, close: Close): Token {
  skipTo(state, close.delimiter);
  const token = take(state, "rightDelimiter", close.delimiter + state.right.length);
  skipTo(state, close.end);
  state.insideAction = false;
  return token;
}

function lexInsideAction(state: State): Token {
  const { text, pos } = state;
  const close = rightDelimiterAt(state, pos);
  if (close !== undefined)
    return state.parens === 0 ? lexRightDelimiter(state, close) : fail(state, "unclosed left paren");
  const first = String.fromCodePoint(text.codePointAt(pos) ?? 0);
  if (pos >= text.length) return fail(state, "unclosed action");
  if (isSpace(first)) return lexSpace(state);
  const symbol = symbols[first];
  if (symbol !== undefined) return take(state, symbol, pos + 1);
  if (first === ":") return text[pos + 1] === "=" ? take(state, "declare", pos + 2) : fail(state, "expected :=");
  if (first === '"') return lexQuoted(state, "string", "quoted string");
  if (first === "'") return lexQuoted(state, "character", "character constant");
  if (first === "`") return lexRawString(state);
  if (first === "$") return lexNamed(state, "variable");
  if (first === "." && /[^0-9]/.test(text.charAt(pos + 1))) return lexNamed(state, "field");
  if (/[.+\-0-9]/.test(first)) return lexNumber(state);
  if (reach(wordCharacter, text, pos) !== undefined) return lexWord(state);
  return lexPunctuation(state, first);
}

function lexPunctuation(state: State, first: string): Token {
  if (first === "(") state.parens++;
  if (first === ")") state.parens--;
  if (state.parens < 0) return fail(state, "unexpected right paren");
  if (first === "(") return take(state, "leftParen", state.pos + 1);
  if (first === ")") return take(state, "rightParen", state.pos + 1);
  if (first > " " && first <= "~") return take(state, "char", state.pos + 1);
  return fail(state, `unrecognized character in action: ${unicodeName(first)}`);
}

/** A run of spaces; the last of them belongs to the closing delimiter when that has a trim marker. */
function lexSpace(state: State): Token {
  const end = reach(spaces, state.text, state.pos) ?? state.pos;
  const close = rightDelimiterAt(state, end - 1);
  if (close === undefined || close.delimiter !== end + 1) return take(state, "space", end);
  return end - 1 === state.pos ? lexRightDelimiter(state, close) : take(state, "space", end - 1);
}

function lexQuoted(state: State, kind: TokenKind, what: string): Token {
  const { text, pos } = state;
  for (let at = pos + 1; at < text.length && text[at] !== "\n"; at++) {
    if (text[at] === text[pos]) return take(state, kind, at + 1);
    if (text[at] === "\\" && text[++at] === "\n") break;
  }
  return fail(state, `unterminated ${what}`);
}

function lexRawString(state: State): Token {
  const end = state.text.indexOf("`", state.pos + 1);
  return end === -1 ? fail(state, "unterminated raw quoted string") : take(state, "string", end + 1);
}

/** Whether a name may end at `pos`. */
function atTerminator({ text, right }: State, pos: number): boolean {
  return pos >= text.length || /[ \t\r\n.,|:()]/.test(text.charAt(pos)) || text.startsWith(right, pos);
}

function badCharacter(state: State, pos: number): Token {
  return fail(state, `bad character ${unicodeName(String.fromCodePoint(state.text.codePointAt(pos) ?? 0))}`);
}

/** `.Name` or `$name`; alone, the dot is a keyword and the dollar a variable. */
function lexNamed(state: State, kind: "field" | "variable"): Token {
  const after = state.pos + 1;
  if (atTerminator(state, after)) return take(state, kind === "field" ? "keyword" : kind, after);
  const end = reach(word, state.text, after) ?? after;
  return atTerminator(state, end) ? take(state, kind, end) : badCharacter(state, end);
}

function lexWord(state: State): Token {
  const end = reach(word, state.text, state.pos) ?? state.pos;
  if (!atTerminator(state, end)) return badCharacter(state, end);
  const name = state.text.slice(state.pos, end);
  if (keywords.has(name) && state.isKeyword(name)) return take(state, "keyword", end);
  return take(state, name === "true" || name === "false" ? "bool" : "identifier", end);
}

function lexNumber(state: State): Token {
  const { text, pos } = state;
  const first = scanNumber(text, pos);
  if (!first.good) return badNumber(state, first.end);
  if (!/[+-]/.test(text.charAt(first.end))) return take(state, "number", first.end);
  const second = scanNumber(text, first.end);
  const isComplex = second.good && text[second.end - 1] === "i";
  return isComplex ? take(state, "complex", second.end) : badNumber(state, second.end);
}

function badNumber(state: State, end: number): Token {
  return fail(state, `bad number syntax: ${quote(state.text.slice(state.pos, end))}`);
}

function scanNumber(text: string, pos: number): { readonly end: number; readonly good: boolean } {
  const end = reach(number, text, pos) ?? pos;
  const overrun = reach(wordCharacter, text, end);
  return overrun === undefined ? { end, good: true } : { end: overrun, good: false };
}
