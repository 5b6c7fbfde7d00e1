/** Tokens into expressions: pipelines, commands, operands. */

import type { Token } from "./lex.ts";
import type { CommandNode, Expression, PipeNode, VariableNode } from "./nodes.ts";
import { nodeText } from "./nodes.ts";
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

/** How deep parentheses may nest. Go allows 10000; ours keeps hostile input off the stack. */
const maxParenDepth = 1000;

const operandKind = /^(?:bool|character|complex|field|identifier|number|string|variable|leftParen)$/;

type Declarations = Pick<PipeNode, "variables" | "assigns">;

/** Reads a pipeline up to and with its closing token. */
export function parsePipeline(parser: Parser, context: string, end: "rightDelimiter" | "rightParen"): PipeNode {
  const { pos } = peekNonSpace(parser);
  const declarations = parseDeclarations(parser, context);
  const commands: CommandNode[] = [];
  for (let token = nextNonSpace(parser); token.kind !== end; token = nextNonSpace(parser)) {
    const startsOperand = operandKind.test(token.kind) || isKeyword(token, ".") || isKeyword(token, "nil");
    if (!startsOperand) throw unexpected(parser, token, context);
    pushBack(parser, token);
    commands.push(parseCommand(parser));
  }
  checkCommands(parser, commands, context);
  return { kind: "pipe", source: parser.source, pos, ...declarations, commands };
}

/** `$x :=`, `$x =`, and in a range `$i, $x :=`. */
function parseDeclarations(parser: Parser, context: string): Declarations {
  const variables: VariableNode[] = [];
  for (;;) {
    const variable = peekNonSpace(parser);
    if (variable.kind !== "variable") return { variables, assigns: "declare" };
    next(parser);
    const after = peek(parser);
    const sign = nextNonSpace(parser);
    const isComma = sign.kind === "char" && sign.text === ",";
    if (sign.kind !== "declare" && sign.kind !== "assign" && !isComma) {
      pushBack(parser, sign, ...(after.kind === "space" ? [after] : []), variable);
      return { variables, assigns: "declare" };
    }
    variables.push(variableNode(parser, variable.pos, variable.text));
    parser.variables.push(variable.text);
    if (!isComma) return { variables, assigns: sign.kind === "assign" ? "assign" : "declare" };
    if (context !== "range" || variables.length > 1) throw fail(parser, `too many declarations in ${context}`);
    if (!/^(?:variable|rightDelimiter|rightParen)$/.test(peekNonSpace(parser).kind))
      throw fail(parser, "range can only initialize variables");
  }
}

function checkCommands(parser: Parser, commands: readonly CommandNode[], context: string): void {
  if (commands.length === 0) throw fail(parser, `missing value for ${context}`);
  const constant = /^(?:bool|dot|nil|number|string)$/;
  const stage = commands.findIndex(({ args }, index) => index > 0 && constant.test(args[0]?.kind ?? ""));
  if (stage !== -1) throw fail(parser, `non executable command in pipeline stage ${stage + 1}`);
}

function parseCommand(parser: Parser): CommandNode {
  const { pos } = peekNonSpace(parser);
  const args: Expression[] = [];
  for (;;) {
    peekNonSpace(parser);
    const operand = parseOperand(parser);
    if (operand !== undefined) args.push(operand);
    const token = next(parser);
    if (token.kind === "space") continue;
    if (token.kind === "rightDelimiter" || token.kind === "rightParen") pushBack(parser, token);
    else if (token.kind !== "pipe") throw unexpected(parser, token, "operand");
    if (args.length === 0) throw fail(parser, "empty command");
    return { kind: "command", source: parser.source, pos, args };
  }
}

/** A term and the fields that follow it without a space. */
function parseOperand(parser: Parser): Expression | undefined {
  const node = parseTerm(parser);
  if (node === undefined || peek(parser).kind !== "field") return node;
  const { pos } = peek(parser);
  const names: string[] = [];
  while (peek(parser).kind === "field") names.push(next(parser).text.slice(1));
  switch (node.kind) {
    case "field":
    case "variable":
      return { ...node, pos, names: [...node.names, ...names] };
    case "bool":
    case "string":
    case "number":
    case "nil":
    case "dot":
      throw fail(parser, `unexpected . after term ${quote(nodeText(node))}`);
    default:
      return { kind: "chain", source: parser.source, pos, node, names };
  }
}

function parseTerm(parser: Parser): Expression | undefined {
  const token = nextNonSpace(parser);
  const base = { source: parser.source, pos: token.pos };
  switch (token.kind) {
    case "identifier":
      if (!parser.hasFunction(token.text)) throw fail(parser, `function ${quote(token.text)} not defined`);
      return { ...base, kind: "identifier", name: token.text };
    case "variable":
      if (!parser.variables.includes(token.text)) throw fail(parser, `undefined variable ${quote(token.text)}`);
      return variableNode(parser, token.pos, token.text);
    case "field":
      return { ...base, kind: "field", names: [token.text.slice(1)] };
    case "bool":
      return { ...base, kind: "bool", value: token.text === "true" };
    case "number":
    case "character":
    case "complex":
      return parseNumberTerm(parser, token);
    case "string":
      return { ...base, kind: "string", quoted: token.text, value: parseString(parser, token) };
    case "leftParen":
      return parseParentheses(parser);
    default:
      if (isKeyword(token, ".")) return { ...base, kind: "dot" };
      if (isKeyword(token, "nil")) return { ...base, kind: "nil" };
      pushBack(parser, token);
      return undefined;
  }
}

function parseNumberTerm(parser: Parser, token: Token): Expression {
  const parse = { number: parseNumber, character: parseCharacter, complex: parseComplex };
  const kinds = parse[token.kind as keyof typeof parse](token.text);
  if (typeof kinds === "string") throw fail(parser, kinds);
  return { kind: "number", source: parser.source, pos: token.pos, text: token.text, ...kinds };
}

function parseParentheses(parser: Parser): PipeNode {
  if (parser.parenDepth >= maxParenDepth) throw fail(parser, "max expression depth exceeded");
  parser.parenDepth++;
  const pipe = parsePipeline(parser, "parenthesized pipeline", "rightParen");
  parser.parenDepth--;
  return pipe;
}

function variableNode(parser: Parser, pos: number, name: string): VariableNode {
  return { kind: "variable", source: parser.source, pos, name, names: [] };
}

function parseString(parser: Parser, token: Token): string {
  const value = unquote(token.text);
  if (value === undefined) throw fail(parser, "invalid syntax");
  return value;
}

/** The name after `define`, `block` or `template`. */
export function parseName(parser: Parser, token: Token, context: string): string {
  if (token.kind !== "string") throw unexpected(parser, token, context);
  return parseString(parser, token);
}
