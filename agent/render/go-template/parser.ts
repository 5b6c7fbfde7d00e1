/** What all parsing functions share: the tokens and a place in them, the scope, and the errors. */

import { byteLength } from "../go-text/bytes.ts";
import { quote } from "../go-text/quote.ts";
import type { Callee } from "./calls.ts";
import { GoTemplateError, placeOf, type Source } from "./errors.ts";
import type { Token, TokenKind } from "./lex.ts";
import type { Statement } from "./statements.ts";

/** A body of text: the file itself, or one of its definitions. */
export interface Tree {
  readonly name: string;
  readonly list: readonly Statement[];
}

/** The state of parsing one file. */
export interface Parser {
  readonly source: Source;
  readonly tokens: readonly Token[];
  readonly findFunction: (name: string) => Callee | undefined;
  /** Every finished body of the file. */
  readonly trees: Map<string, Tree>;
  /** The token that comes next. */
  at: number;
  /** The last one looked at, whose line errors name. */
  last: number;
  /** Of blocks and parentheses in each other. */
  depth: number;
  /** The variables in scope, for parsing: execution has its own, stricter scopes. */
  variables: string[];
  /** Where the action began that is being read. */
  action: Token | undefined;
  rangeDepth: number;
}

export function next(parser: Parser): Token {
  const { tokens } = parser;
  const at = Math.min(parser.at++, tokens.length - 1);
  parser.last = Math.max(parser.last, at);
  return tokens[at] ?? { kind: "eof", pos: 0, text: "", isApart: false };
}

/** Goes back so that the last token comes again. */
export function pushBack(parser: Parser): void {
  parser.at--;
}

export function peek(parser: Parser): Token {
  const token = next(parser);
  pushBack(parser);
  return token;
}

export function isKeyword(token: Token, word: string): boolean {
  return token.kind === "keyword" && token.text === word;
}

export function expect(parser: Parser, kind: TokenKind, context: string): Token {
  const token = next(parser);
  if (token.kind !== kind) throw unexpected(parser, token, context);
  return token;
}

/** A parse error: Go gives the line alone. */
export function fail({ source, tokens, last }: Parser, message: string): GoTemplateError {
  const { templateName, line } = placeOf(source, tokens[last]?.pos ?? 0);
  return new GoTemplateError(`template: ${templateName}:${line}: ${message}`, { templateName, line });
}

/** The complaint about a token that does not belong in `context`; the lexer's own complaint if it is one. */
export function unexpected(parser: Parser, token: Token, context: string): GoTemplateError {
  if (token.kind !== "error") return fail(parser, `unexpected ${tokenText(token)} in ${context}`);
  const { source, action } = parser;
  const start = action === undefined ? undefined : placeOf(source, action.pos).line;
  if (start === undefined || start === placeOf(source, token.pos).line) return fail(parser, token.text);
  const inAction = token.text.endsWith(" action") ? "" : " in action";
  return fail(parser, `${token.text}${inAction} started at ${source.name}:${start}`);
}

function tokenText({ kind, text }: Token): string {
  if (kind === "eof") return "EOF";
  if (kind === "keyword") return `<${text}>`;
  return byteLength(text) <= 10 ? quote(text) : `${quote(Array.from(text).slice(0, 10).join(""))}...`;
}
