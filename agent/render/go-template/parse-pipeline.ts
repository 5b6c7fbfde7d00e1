/** Tokens into expressions: pipelines, commands, operands. */

import { quote, unquote } from "../go-text/quote.ts";
import type { Operand } from "./calls.ts";
import type { Command, Pipe } from "./expressions.ts";
import * as expressions from "./expressions.ts";
import type { Token } from "./lex.ts";
import { parseCharacter, parseComplex, parseNumber } from "./numbers.ts";
import type { Parser } from "./parser.ts";
import * as tokens from "./parser.ts";

/** How deep parentheses may nest. Go sets no limit; ours keeps hostile input off the stack. */
const maxParenDepth = 1000;

type Declarations = Pick<Pipe, "variables" | "assigns">;

/** Reads a pipeline up to and with its closing token. */
export function parsePipeline(parser: Parser, context: string, end: "rightDelimiter" | "rightParen"): Pipe {
  const { pos } = tokens.peek(parser);
  const declarations = parseDeclarations(parser, context);
  const commands: Command[] = [];
  for (let token = tokens.next(parser); token.kind !== end; token = tokens.next(parser)) {
    if (!startsOperand(token)) throw tokens.unexpected(parser, token, context);
    tokens.pushBack(parser);
    commands.push(parseCommand(parser));
  }
  if (commands.length === 0) throw tokens.fail(parser, `missing value for ${context}`);
  const stage = commands.findIndex(({ first }, index) => index > 0 && first.isConstant);
  if (stage !== -1) throw tokens.fail(parser, `non executable command in pipeline stage ${stage + 1}`);
  const node = { pos, text: pipeText(declarations, commands) };
  return expressions.pipe(node, commands, declarations);
}

function startsOperand(token: Token): boolean {
  const kinds = /^(?:bool|character|complex|field|identifier|number|string|variable|leftParen)$/;
  return kinds.test(token.kind) || tokens.isKeyword(token, ".") || tokens.isKeyword(token, "nil");
}

function pipeText({ variables, assigns }: Declarations, commands: readonly Command[]): string {
  const sign = assigns === "assign" ? " = " : " := ";
  const left = variables.length === 0 ? "" : variables.join(", ") + sign;
  return left + commands.map(({ text }) => text).join(" | ");
}

/** `$x :=`, `$x =`, and in a range `$i, $x :=`. */
function parseDeclarations(parser: Parser, context: string): Declarations {
  const variables: string[] = [];
  for (;;) {
    const variable = tokens.peek(parser);
    const { at } = parser;
    if (variable.kind !== "variable") return { variables, assigns: "declare" };
    tokens.next(parser);
    const sign = tokens.next(parser);
    const isComma = sign.text === "," && sign.kind === "char";
    if (sign.kind !== "declare" && sign.kind !== "assign" && !isComma) {
      parser.at = at;
      return { variables, assigns: "declare" };
    }
    variables.push(variable.text);
    parser.variables.push(variable.text);
    if (!isComma) return { variables, assigns: sign.kind === "assign" ? "assign" : "declare" };
    if (context !== "range" || variables.length > 1) throw tokens.fail(parser, `too many declarations in ${context}`);
    if (!/^(?:variable|rightDelimiter|rightParen)$/.test(tokens.peek(parser).kind))
      throw tokens.fail(parser, "range can only initialize variables");
  }
}

function parseCommand(parser: Parser): Command {
  const { pos } = tokens.peek(parser);
  const operands: Operand[] = [];
  for (;;) {
    const operand = parseOperand(parser);
    if (operand !== undefined) operands.push(operand);
    const token = tokens.peek(parser);
    if (token.isApart && startsOperand(token)) continue;
    tokens.next(parser);
    if (token.kind === "rightDelimiter" || token.kind === "rightParen") tokens.pushBack(parser);
    else if (token.kind !== "pipe") throw tokens.unexpected(parser, token, "operand");
    const [first, ...args] = operands;
    if (first === undefined) throw tokens.fail(parser, "empty command");
    return { pos, text: operands.map(argumentText).join(" "), first, args };
  }
}

function argumentText({ inParens, text }: Operand): string {
  return inParens ? `(${text})` : text;
}

/** A term and the fields that follow it without a space; or fields of the dot. */
function parseOperand(parser: Parser): Operand | undefined {
  const startsWithField = tokens.peek(parser).kind === "field";
  const term = startsWithField ? undefined : parseTerm(parser);
  const fields = startsWithField ? [tokens.next(parser)] : [];
  for (let field = tokens.peek(parser); field.kind === "field" && !field.isApart; field = tokens.peek(parser))
    fields.push(tokens.next(parser));
  if (fields.length === 0) return term;
  if (term?.isConstant) throw tokens.fail(parser, `unexpected . after term ${quote(term.text)}`);
  const [head, second = head] = term === undefined ? fields : [term, ...fields];
  const text = (term === undefined ? "" : argumentText(term)) + fields.map((field) => field.text).join("");
  const node = { pos: second?.pos ?? 0, text };
  const names = fields.map((field) => field.text.slice(1));
  return expressions.fields(node, term, names);
}

/** What stands for itself, has fields, or is called. */
function parseTerm(parser: Parser): Operand | undefined {
  const token = tokens.next(parser);
  const { pos, text } = token;
  const node = { pos, text };
  switch (token.kind) {
    case "identifier": {
      const callee = parser.findFunction(text);
      if (callee === undefined) throw tokens.fail(parser, `function ${quote(text)} not defined`);
      return expressions.identifier(node, callee);
    }
    case "variable":
      if (!parser.variables.includes(text)) throw tokens.fail(parser, `undefined variable ${quote(text)}`);
      return expressions.variable(node, text);
    case "bool":
      return expressions.constant(node, { as: { bool: text === "true" }, ideal: text === "true" });
    case "string": {
      const string = parseString(parser, token);
      return expressions.constant(node, { as: { string }, ideal: string });
    }
    case "number":
    case "character":
    case "complex":
      return expressions.constant(node, parseNumeric(parser, token));
    case "leftParen":
      return { ...parseParentheses(parser), inParens: true };
    default:
      if (tokens.isKeyword(token, ".")) return expressions.dot(node);
      if (tokens.isKeyword(token, "nil")) return expressions.nil(node);
      tokens.pushBack(parser);
      return undefined;
  }
}

function parseNumeric(parser: Parser, { kind, text }: Token) {
  const parse = kind === "number" ? parseNumber : kind === "complex" ? parseComplex : parseCharacter;
  const constant = parse(text);
  if (typeof constant === "string") throw tokens.fail(parser, constant);
  return constant;
}

function parseParentheses(parser: Parser): Pipe {
  if (parser.depth >= maxParenDepth) throw tokens.fail(parser, "max expression depth exceeded");
  parser.depth++;
  const pipe = parsePipeline(parser, "parenthesized pipeline", "rightParen");
  parser.depth--;
  return pipe;
}

function parseString(parser: Parser, token: Token): string {
  const value = unquote(token.text);
  if (value === undefined) throw tokens.fail(parser, "invalid syntax");
  return value;
}

/** The name after `define`, `block` or `template`. */
export function parseName(parser: Parser, context: string): string {
  const token = tokens.next(parser);
  if (token.kind !== "string") throw tokens.unexpected(parser, token, context);
  return parseString(parser, token);
}
