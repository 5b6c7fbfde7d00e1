/** What all parsing functions share: the tokens with their lookahead, the scope, and the errors. */

import { byteLength } from "./bytes.ts";
import { type GoTemplateError, parseError } from "./errors.ts";
import type { Lexer, Token, TokenKind } from "./lex.ts";
import type { Source, Tree } from "./nodes.ts";
import { quote } from "./quote.ts";

/** The state of parsing one body. A definition inside a file gets its own, over the same lexer. */
export interface Parser {
  readonly source: Source;
  readonly lexer: Lexer;
  readonly hasFunction: (name: string) => boolean;
  /** Every finished body of the file. */
  readonly trees: Map<string, Tree>;
  /** Tokens given back, the next one last. */
  readonly pending: Token[];
  /** The line that errors name: that of the token lexed last. */
  line: number;
  /** The variables in scope, for parsing: execution has its own, stricter scopes. */
  readonly variables: string[];
  /** Where the action began that is being read; 0 outside. */
  actionLine: number;
  rangeDepth: number;
  blockDepth: number;
  parenDepth: number;
}

type Shared = Pick<Parser, "source" | "lexer" | "hasFunction" | "trees">;

/** A fresh parser for one body, over the lexer of its file. */
export function openTree({
  source,
  lexer,
  hasFunction,
  trees,
  blockDepth = 0,
}: Shared & { readonly blockDepth?: number }): Parser {
  const fresh = { pending: [], line: 0, variables: ["$"], actionLine: 0, rangeDepth: 0, parenDepth: 0 };
  return { source, lexer, hasFunction, trees, blockDepth, ...fresh };
}

export function next(parser: Parser): Token {
  const pending = parser.pending.pop();
  if (pending !== undefined) return pending;
  const token = parser.lexer.next();
  parser.line = token.line;
  return token;
}

/** Gives tokens back; the last of them is the next to come. */
export function pushBack(parser: Parser, ...tokens: readonly Token[]): void {
  parser.pending.push(...tokens);
}

export function peek(parser: Parser): Token {
  const token = next(parser);
  pushBack(parser, token);
  return token;
}

export function nextNonSpace(parser: Parser): Token {
  let token = next(parser);
  while (token.kind === "space") token = next(parser);
  return token;
}

export function peekNonSpace(parser: Parser): Token {
  const token = nextNonSpace(parser);
  pushBack(parser, token);
  return token;
}

export function isKeyword(token: Token, word: string): boolean {
  return token.kind === "keyword" && token.text === word;
}

export function expect(parser: Parser, kind: TokenKind, context: string): Token {
  const token = nextNonSpace(parser);
  if (token.kind !== kind) throw unexpected(parser, token, context);
  return token;
}

export function fail(parser: Parser, message: string): GoTemplateError {
  return parseError(parser.source, parser.line, message);
}

/** The complaint about a token that does not belong in `context`; the lexer's own complaint if it is one. */
export function unexpected(parser: Parser, token: Token, context: string): GoTemplateError {
  if (token.kind !== "error") return fail(parser, `unexpected ${tokenText(token)} in ${context}`);
  if (parser.actionLine === 0 || parser.actionLine === token.line) return fail(parser, token.text);
  const where = `started at ${parser.source.name}:${parser.actionLine}`;
  return fail(parser, `${token.text}${token.text.endsWith(" action") ? "" : " in action"} ${where}`);
}

function tokenText(token: Token): string {
  if (token.kind === "eof") return token.text;
  if (token.kind === "keyword") return `<${token.text}>`;
  if (byteLength(token.text) <= 10) return quote(token.text);
  return `${quote([...token.text].slice(0, 10).join(""))}...`;
}
