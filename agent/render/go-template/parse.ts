/** Tokens into trees: the statements of the language. Expressions are in parse-pipeline.ts. */

import { quote } from "../go-text/quote.ts";
import { lex } from "./lex.ts";
import { parseName, parsePipeline } from "./parse-pipeline.ts";
import type { Parser, Tree } from "./parser.ts";
import * as tokens from "./parser.ts";
import { action, condition, jump, range, type Statement, templateCall, textStatement } from "./statements.ts";

/** How deep blocks may nest in blocks. Go sets no limit; ours keeps hostile input off the stack. */
const maxBlockDepth = 1000;

type ParseOptions = Pick<Parser, "source" | "findFunction"> & { readonly left: string; readonly right: string };

type Kind = "if" | "with" | "range";

/** What closes a list of statements. */
type End = "{{end}}" | "{{else}}";

/** Parses one file: its own body and every definition in it. Throws a GoTemplateError. */
export function parseSource({ source, findFunction, ...delimiters }: ParseOptions): ReadonlyMap<string, Tree> {
  const isKeyword = (word: string) => !/^(?:break|continue)$/.test(word) || findFunction(word) === undefined;
  const tokens = lex({ text: source.text, ...delimiters, isKeyword });
  const start = { at: 0, last: 0, depth: 0, ...freshBody() };
  const parser: Parser = { source, tokens, findFunction, trees: new Map(), ...start };
  addTree(parser, { name: source.name, list: parseTopLevel(parser) });
  return parser.trees;
}

/** Whether a body holds nothing but white space: such a definition never replaces another. */
export function isEmptyTree({ list }: Tree): boolean {
  return list.every(({ isBlank }) => isBlank);
}

function freshBody(): Pick<Parser, "variables" | "action" | "rangeDepth"> {
  return { variables: ["$"], action: undefined, rangeDepth: 0 };
}

function parseTopLevel(parser: Parser): readonly Statement[] {
  const list: Statement[] = [];
  for (let token = tokens.peek(parser); token.kind !== "eof"; token = tokens.peek(parser)) {
    const { at } = parser;
    if (token.kind === "leftDelimiter") {
      tokens.next(parser);
      if (tokens.isKeyword(tokens.next(parser), "define")) {
        parseDefinition(parser);
        continue;
      }
      parser.at = at;
    }
    const node = parseStatement(parser);
    if (typeof node === "string") throw tokens.fail(parser, `unexpected ${node}`);
    list.push(node);
  }
  return list;
}

/** The first body wins over empty ones; two that say something are an error. */
function addTree(parser: Parser, tree: Tree): void {
  const known = parser.trees.get(tree.name);
  if (known === undefined || isEmptyTree(known)) parser.trees.set(tree.name, tree);
  else if (!isEmptyTree(tree))
    throw tokens.fail(parser, `template: multiple definition of template ${quote(tree.name)}`);
}

function parseDefinition(parser: Parser): void {
  const name = parseName(parser, "define clause");
  tokens.expect(parser, "rightDelimiter", "define clause");
  parseTree(parser, name, "define clause");
}

/** The body of a definition: nothing of what is around it counts in there. */
function parseTree(parser: Parser, name: string, context: string): void {
  const { variables, action, rangeDepth } = parser;
  Object.assign(parser, freshBody());
  addTree(parser, { name, list: parseBody(parser, (end) => `unexpected ${end} in ${context}`) });
  Object.assign(parser, { variables, action, rangeDepth });
}

/** A list that must be closed by `{{end}}`. */
function parseBody(parser: Parser, complaint: (end: End) => string): readonly Statement[] {
  const { list, end } = parseList(parser);
  if (end !== "{{end}}") throw tokens.fail(parser, complaint(end));
  return list;
}

function enterBlock(parser: Parser): void {
  if (++parser.depth > maxBlockDepth) throw tokens.fail(parser, "max block depth exceeded");
}

function parseList(parser: Parser): { readonly list: readonly Statement[]; readonly end: End } {
  const list: Statement[] = [];
  enterBlock(parser);
  while (tokens.peek(parser).kind !== "eof") {
    const node = parseStatement(parser);
    if (typeof node === "string") {
      parser.depth--;
      return { list, end: node };
    }
    list.push(node);
  }
  throw tokens.fail(parser, "unexpected EOF");
}

function parseStatement(parser: Parser): Statement | End {
  const token = tokens.next(parser);
  const { kind, text } = token;
  if (kind === "text") return textStatement(text);
  if (kind !== "leftDelimiter") throw tokens.unexpected(parser, token, "input");
  parser.action = token;
  const node = parseAction(parser);
  parser.action = undefined;
  return node;
}

function parseAction(parser: Parser): Statement | End {
  const token = tokens.next(parser);
  if (token.kind === "keyword") {
    switch (token.text) {
      case "block":
        return parseBlock(parser);
      case "break":
      case "continue":
        return parseJump(parser, token.text);
      case "else":
        return parseElse(parser);
      case "end":
        tokens.expect(parser, "rightDelimiter", "end");
        return "{{end}}";
      case "if":
      case "range":
      case "with":
        return parseBranch(parser, token.text);
      case "template":
        return parseTemplate(parser);
    }
  }
  tokens.pushBack(parser);
  const pipe = parsePipeline(parser, "command", "rightDelimiter");
  return action({ pos: token.pos, text: `{{${pipe.text}}}` }, pipe);
}

function parseJump(parser: Parser, kind: "break" | "continue"): Statement {
  const token = tokens.next(parser);
  if (token.kind !== "rightDelimiter") throw tokens.unexpected(parser, token, `{{${kind}}}`);
  if (parser.rangeDepth === 0) throw tokens.fail(parser, `{{${kind}}} outside {{range}}`);
  return jump(kind);
}

/** `{{else if}}` and `{{else with}}` leave their keyword for parseBranch. */
function parseElse(parser: Parser): End {
  const token = tokens.peek(parser);
  if (!tokens.isKeyword(token, "if") && !tokens.isKeyword(token, "with"))
    tokens.expect(parser, "rightDelimiter", "else");
  return "{{else}}";
}

function parseBranch(parser: Parser, kind: Kind): Statement {
  const visible = parser.variables.length;
  const pipe = parsePipeline(parser, kind, "rightDelimiter");
  if (kind === "range") parser.rangeDepth++;
  const { list, end } = parseList(parser);
  if (kind === "range") parser.rangeDepth--;
  const otherwise = end === "{{else}}" ? parseOtherwise(parser, kind) : [];
  parser.variables.length = visible;
  if (kind === "range") return range({ pipe, list, otherwise });
  return condition({ pipe, list, otherwise }, kind === "with" ? "sets" : "keeps");
}

function parseOtherwise(parser: Parser, kind: Kind): readonly Statement[] {
  if (kind === "range" || !tokens.isKeyword(tokens.peek(parser), kind))
    return parseBody(parser, (end) => `expected end; found ${end}`);
  tokens.next(parser);
  enterBlock(parser);
  const branch = parseBranch(parser, kind);
  parser.depth--;
  return [branch];
}

/** A block is a definition and a call of it. */
function parseBlock(parser: Parser): Statement {
  const { pos } = tokens.peek(parser);
  const name = parseName(parser, "block clause");
  const pipe = parsePipeline(parser, "block clause", "rightDelimiter");
  parseTree(parser, name, "block clause");
  return templateCall(pos, name, pipe);
}

function parseTemplate(parser: Parser): Statement {
  const { pos } = tokens.peek(parser);
  const name = parseName(parser, "template clause");
  if (tokens.next(parser).kind === "rightDelimiter") return templateCall(pos, name, undefined);
  tokens.pushBack(parser);
  return templateCall(pos, name, parsePipeline(parser, "template clause", "rightDelimiter"));
}
