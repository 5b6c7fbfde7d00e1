/** Template text into tokens, as text/template/parse does it. An error is the last token. */

import { quote, unicodeName } from "../go-text/quote.ts";

type Literal = "bool" | "character" | "complex" | "number" | "string" | "field" | "identifier" | "variable";
type Mark = "assign" | "declare" | "pipe" | "leftDelimiter" | "rightDelimiter" | "leftParen" | "rightParen" | "char";
export type TokenKind = Literal | Mark | "keyword" | "text" | "eof" | "error";

export interface Token {
  readonly kind: TokenKind;
  /** Offset in the text, in UTF-16 units. */
  readonly pos: number;
  readonly text: string;
  /** There is white space before it. */
  readonly isApart: boolean;
}

interface Lexer {
  readonly text: string;
  readonly left: string;
  readonly right: string;
  /** False where the user has a function of that name: Go gives it precedence. */
  readonly isKeyword: (word: string) => boolean;
  readonly tokens: Token[];
  pos: number;
  parens: number;
}

const keywords = new Set("block break continue define else end if range nil template with".split(" "));
/** What one character begins: its whole, and the complaint where that is not there. */
const wholes = new Map<string, readonly [TokenKind, RegExp, string]>([
  [":", ["declare", /:=/y, "expected :="]],
  ["=", ["assign", /=/y, ""]],
  ["|", ["pipe", /\|/y, ""]],
  ["(", ["leftParen", /\(/y, ""]],
  [")", ["rightParen", /\)/y, ""]],
  ['"', ["string", /"(?:[^"\\\n]|\\[^\n])*"/y, "unterminated quoted string"]],
  ["'", ["character", /'(?:[^'\\\n]|\\[^\n])*'/y, "unterminated character constant"]],
  ["`", ["string", /`[^`]*`/y, "unterminated raw quoted string"]],
]);

const spaces = /[ \t\r\n]+/y;
const asciiWord = /\w+/y;
const number =
  /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y;

/** Where a match of the pattern at `pos` ends: at `pos` itself if there is none. */
function reach(pattern: RegExp, text: string, pos: number): number {
  pattern.lastIndex = pos;
  return pattern.test(text) ? pattern.lastIndex : pos;
}

/** Where a word ends. The larger pattern is slow to begin with, even unused, and hardly ever needed. */
function reachWord(text: string, pos: number): number {
  const end = reach(asciiWord, text, pos);
  return text.charCodeAt(end) >= 0x80 ? reach(/[_\p{L}\p{Nd}]+/uy, text, pos) : end;
}

function isSpace(text: string, pos: number): boolean {
  return pos < text.length && " \t\r\n".includes(text.charAt(pos));
}

/** All tokens of one template file, with `eof` or an error at the end. */
export function lex(options: Omit<Lexer, "tokens" | "pos" | "parens">): readonly Token[] {
  const lexer: Lexer = { ...options, tokens: [], pos: 0, parens: 0 };
  while (lexText(lexer) && lexAction(lexer));
  return lexer.tokens;
}

/** Takes the token from here to `end`. */
function take(lexer: Lexer, kind: TokenKind, end: number): true {
  const { tokens, pos, text } = lexer;
  tokens.push({ kind, pos, text: text.slice(pos, end), isApart: isSpace(text, pos - 1) });
  lexer.pos = end;
  return true;
}

function fail({ tokens, pos }: Lexer, message: string): false {
  tokens.push({ kind: "error", pos, text: message, isApart: false });
  return false;
}

/** Text and comments up to and with the next left delimiter; false if there is none. */
function lexText(lexer: Lexer): boolean {
  const { text, left } = lexer;
  for (;;) {
    const at = text.indexOf(left, lexer.pos);
    if (at === -1) {
      if (lexer.pos < text.length) take(lexer, "text", text.length);
      take(lexer, "eof", text.length);
      return false;
    }
    let inside = at + left.length;
    let end = at;
    if (text[inside] === "-" && isSpace(text, inside + 1)) {
      inside += 2;
      while (end > lexer.pos && isSpace(text, end - 1)) end--;
    }
    if (end > lexer.pos) take(lexer, "text", end);
    lexer.pos = at;
    if (!text.startsWith("/*", inside)) {
      lexer.parens = 0;
      take(lexer, "leftDelimiter", at + left.length);
      lexer.pos = inside;
      return true;
    }
    lexer.pos = inside;
    if (!lexComment(lexer)) return false;
  }
}

/** A comment leaves no token. */
function lexComment(lexer: Lexer): boolean {
  const end = lexer.text.indexOf("*/", lexer.pos + 2);
  if (end === -1) return fail(lexer, "unclosed comment");
  const close = closeAt(lexer, end + 2);
  if (close === undefined) return fail(lexer, "comment ends before closing delimiter");
  lexer.pos = close.end;
  return true;
}

interface Close {
  /** Where the delimiter itself begins, after a trim marker. */
  readonly delimiter: number;
  /** Where the text goes on. */
  readonly end: number;
}

/** The right delimiter that begins here, with its trim marker. */
function closeAt({ text, right }: Lexer, pos: number): Close | undefined {
  if (isSpace(text, pos) && text[pos + 1] === "-" && text.startsWith(right, pos + 2))
    return { delimiter: pos + 2, end: reach(spaces, text, pos + 2 + right.length) };
  return text.startsWith(right, pos) ? { delimiter: pos, end: pos + right.length } : undefined;
}

/** What is between the delimiters, and the right one; false if an error ends it. */
function lexAction(lexer: Lexer): boolean {
  for (;;) {
    const close = skipSpace(lexer) ?? closeAt(lexer, lexer.pos);
    if (close === undefined) {
      if (!lexToken(lexer)) return false;
      continue;
    }
    if (lexer.parens > 0) return fail(lexer, "unclosed left paren");
    lexer.pos = close.delimiter;
    take(lexer, "rightDelimiter", close.delimiter + lexer.right.length);
    lexer.pos = close.end;
    return true;
  }
}

function lexToken(lexer: Lexer): boolean {
  const { text, pos } = lexer;
  if (pos >= text.length) return fail(lexer, "unclosed action");
  const first = String.fromCodePoint(text.codePointAt(pos) ?? 0);
  if (first === "$") return lexNamed(lexer, "variable");
  if (first === "." && /[^0-9]/.test(text.charAt(pos + 1))) return lexNamed(lexer, "field");
  if (/[.+\-0-9]/.test(first)) return lexNumber(lexer);
  if (reachWord(text, pos) > pos) return lexWord(lexer);
  if (first === "(") lexer.parens++;
  if (first === ")" && --lexer.parens < 0) return fail(lexer, "unexpected right paren");
  const [kind, whole, complaint] = wholes.get(first) ?? [
    "char",
    /[!-~]/y,
    `unrecognized character in action: ${unicodeName(first)}`,
  ];
  const end = reach(whole, text, pos);
  return end > pos ? take(lexer, kind, end) : fail(lexer, complaint);
}

/** Skips a run of spaces; the last of them belongs to the closing delimiter when that has a trim marker. */
function skipSpace(lexer: Lexer): Close | undefined {
  const end = reach(spaces, lexer.text, lexer.pos);
  const close = end > lexer.pos ? closeAt(lexer, end - 1) : undefined;
  if (close?.delimiter === end + 1) return close;
  lexer.pos = closeAt(lexer, lexer.pos) === undefined ? end : lexer.pos;
  return undefined;
}

/** Whether a name may end at `pos`. */
function mayEnd({ text, right }: Lexer, pos: number): boolean {
  return pos >= text.length || /[ \t\r\n.,|:()]/.test(text.charAt(pos)) || text.startsWith(right, pos);
}

function takeName(lexer: Lexer, kind: TokenKind, end: number): boolean {
  if (mayEnd(lexer, end)) return take(lexer, kind, end);
  return fail(lexer, `bad character ${unicodeName(String.fromCodePoint(lexer.text.codePointAt(end) ?? 0))}`);
}

/** `.Name` or `$name`; alone, the dot is a keyword and the dollar a variable. */
function lexNamed(lexer: Lexer, kind: "field" | "variable"): boolean {
  const after = lexer.pos + 1;
  if (mayEnd(lexer, after)) return take(lexer, kind === "field" ? "keyword" : kind, after);
  return takeName(lexer, kind, reachWord(lexer.text, after));
}

function lexWord(lexer: Lexer): boolean {
  const end = reachWord(lexer.text, lexer.pos);
  const name = lexer.text.slice(lexer.pos, end);
  if (keywords.has(name) && lexer.isKeyword(name)) return takeName(lexer, "keyword", end);
  return takeName(lexer, name === "true" || name === "false" ? "bool" : "identifier", end);
}

function lexNumber(lexer: Lexer): boolean {
  const { text, pos } = lexer;
  let kind: TokenKind = "number";
  let end = reach(number, text, pos);
  if (/[+-]/.test(text.charAt(end))) {
    kind = "complex";
    end = reach(number, text, end);
  }
  const isOverrun = reachWord(text, end) > end;
  if (!isOverrun && (kind === "number" || text[end - 1] === "i")) return take(lexer, kind, end);
  if (isOverrun) end += String.fromCodePoint(text.codePointAt(end) ?? 0).length;
  return fail(lexer, `bad number syntax: ${quote(text.slice(pos, end))}`);
}
