/** Tokens into expressions: pipelines, commands, operands. */

import type { Token } from "./lex.ts";
import type { CommandNode, Expression, PipeNode } from "./nodes.ts";
import { parseCharacter, parseComplex, parseNumber } from "./numbers.ts";
import {
  fail,
  isKeyword,
  next,
  nextNonSpace,
  type Parser,
  peek,
  peekNonSpace,
  pushBack,
  unexpected,
} from "./parser.ts";
import { quote, unquote } from "./quote.ts";

/** How deep parentheses may nest. Go sets no limit; ours keeps hostile input off the stack. */
const maxParenDepth = 1000;

type Declarations = Pick<PipeNode, "variables" | "assigns">;

/** Reads a pipeline up to and with its closing token. */
export function parsePipeline(parser: Parser, context: string, end: "rightDelimiter" | "rightParen"): PipeNode {
  const { pos } = peekNonSpace(parser);
  const declarations = parseDeclarations(parser, context);
  const commands: CommandNode[] = [];
  for (let token = nextNonSpace(parser); token.kind !== end; token = nextNonSpace(parser)) {
    if (!startsOperand(token)) throw unexpected(parser, token, context);
    pushBack(parser);
    commands.push(parseCommand(parser));
  }
  if (commands.length === 0) throw fail(parser, `missing value for ${context}`);
  const stage = commands.findIndex(({ first }, index) => index > 0 && isConstant(first));
  if (stage !== -1) throw fail(parser, `non executable command in pipeline stage ${stage + 1}`);
  return {
    kind: "pipe",
    source: parser.source,
    pos,
    text: pipeText(declarations, commands),
    ...declarations,
    commands,
  };
}

function startsOperand(token: Token): boolean {
  const kinds = /^(?:bool|character|complex|field|identifier|number|string|variable|leftParen)$/;
  return kinds.test(token.kind) || isKeyword(token, ".") || isKeyword(token, "nil");
}

function isConstant(node: Expression): boolean {
  return node.kind === "constant" || node.kind === "nil" || (node.kind === "path" && node.text === ".");
}

function pipeText({ variables, assigns }: Declarations, commands: readonly CommandNode[]): string {
  const sign = assigns === "assign" ? " = " : " := ";
  const left = variables.length === 0 ? "" : variables.join(", ") + sign;
  return left + commands.map(({ text }) => text).join(" | ");
}

/** `$x :=`, `$x =`, and in a range `$i, $x :=`. */
function parseDeclarations(parser: Parser, context: string): Declarations {
  const variables: string[] = [];
  for (;;) {
    const variable = peekNonSpace(parser);
    const { at } = parser.cursor;
    if (variable.kind !== "variable") return { variables, assigns: "declare" };
    next(parser);
    const sign = nextNonSpace(parser);
    const isComma = sign.text === "," && sign.kind === "char";
    if (sign.kind !== "declare" && sign.kind !== "assign" && !isComma) {
      parser.cursor.at = at;
      return { variables, assigns: "declare" };
    }
    variables.push(variable.text);
    parser.variables.push(variable.text);
    if (!isComma) return { variables, assigns: sign.kind === "assign" ? "assign" : "declare" };
    if (context !== "range" || variables.length > 1) throw fail(parser, `too many declarations in ${context}`);
    if (!/^(?:variable|rightDelimiter|rightParen)$/.test(peekNonSpace(parser).kind))
      throw fail(parser, "range can only initialize variables");
  }
}

function parseCommand(parser: Parser): CommandNode {
  const { pos } = peekNonSpace(parser);
  const operands: Expression[] = [];
  for (;;) {
    peekNonSpace(parser);
    const operand = parseOperand(parser);
    if (operand !== undefined) operands.push(operand);
    const token = next(parser);
    if (token.kind === "space") continue;
    if (token.kind === "rightDelimiter" || token.kind === "rightParen") pushBack(parser);
    else if (token.kind !== "pipe") throw unexpected(parser, token, "operand");
    const [first, ...args] = operands;
    if (first === undefined) throw fail(parser, "empty command");
    return { source: parser.source, pos, text: operands.map(argumentText).join(" "), first, args };
  }
}

function argumentText({ kind, text }: Expression): string {
  return kind === "pipe" ? `(${text})` : text;
}

/** A term and the fields that follow it without a space. */
function parseOperand(parser: Parser): Expression | undefined {
  const node = parseTerm(parser);
  if (node === undefined || peek(parser).kind !== "field") return node;
  const { pos } = peek(parser);
  const names: string[] = [];
  while (peek(parser).kind === "field") names.push(next(parser).text.slice(1));
  const text = `${argumentText(node)}.${names.join(".")}`;
  const path = { kind: "path", source: parser.source, pos, text } as const;
  if (node.kind === "pipe" || node.kind === "identifier") return { ...path, root: node, names };
  if (node.kind === "path" && !isConstant(node)) return { ...path, root: node.root, names: [...node.names, ...names] };
  throw fail(parser, `unexpected . after term ${quote(node.text)}`);
}

function parseTerm(parser: Parser): Expression | undefined {
  const token = nextNonSpace(parser);
  const { pos, text, kind } = token;
  const base = { source: parser.source, pos, text };
  switch (kind) {
    case "identifier":
      if (!parser.hasFunction(text)) throw fail(parser, `function ${quote(text)} not defined`);
      return { ...base, kind, name: text };
    case "variable":
      if (!parser.variables.includes(text)) throw fail(parser, `undefined variable ${quote(text)}`);
      return { ...base, kind: "path", root: text as `$${string}`, names: [] };
    case "field":
      return { ...base, kind: "path", root: ".", names: [text.slice(1)] };
    case "bool":
      return { ...base, kind: "constant", as: { bool: text === "true" }, ideal: text === "true" };
    case "string": {
      const string = parseString(parser, token);
      return { ...base, kind: "constant", as: { string }, ideal: string };
    }
    case "number":
    case "character":
    case "complex":
      return { ...base, kind: "constant", ...parseNumeric(parser, token) };
    case "leftParen":
      return parseParentheses(parser);
    default:
      if (isKeyword(token, ".")) return { ...base, kind: "path", root: ".", names: [] };
      if (isKeyword(token, "nil")) return { ...base, kind: "nil" };
      pushBack(parser);
      return undefined;
  }
}

function parseNumeric(parser: Parser, { kind, text }: Token) {
  const parse = kind === "number" ? parseNumber : kind === "complex" ? parseComplex : parseCharacter;
  const constant = parse(text);
  if (typeof constant === "string") throw fail(parser, constant);
  return constant;
}

function parseParentheses(parser: Parser): PipeNode {
  if (parser.parenDepth >= maxParenDepth) throw fail(parser, "max expression depth exceeded");
  parser.parenDepth++;
  const pipe = parsePipeline(parser, "parenthesized pipeline", "rightParen");
  parser.parenDepth--;
  return pipe;
}

function parseString(parser: Parser, token: Token): string {
  const value = unquote(token.text);
  if (value === undefined) throw fail(parser, "invalid syntax");
  return value;
}

/** The name after `define`, `block` or `template`. */
export function parseName(parser: Parser, context: string): string {
  const token = nextNonSpace(parser);
  if (token.kind !== "string") throw unexpected(parser, token, context);
  return parseString(parser, token);
}
