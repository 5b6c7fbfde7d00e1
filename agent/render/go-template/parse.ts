/** Tokens into trees: the statements of the language. Expressions are in parse-pipeline.ts. */

import type { Source } from "./errors.ts";
import { lex, type Token } from "./lex.ts";
import { type BranchNode, isEmptyTree, type Statement, type TemplateNode, type Tree } from "./nodes.ts";
import { parseName, parsePipeline } from "./parse-pipeline.ts";
import {
  expect,
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
import { quote } from "./quote.ts";

/** How deep blocks may nest in blocks. Go sets no limit; ours keeps hostile input off the stack. */
const maxBlockDepth = 1000;

interface ParseOptions {
  readonly source: Source;
  readonly left: string;
  readonly right: string;
  readonly hasFunction: (name: string) => boolean;
}

/** What closes a list of statements. */
type End = "{{end}}" | "{{else}}";

/** Parses one file: its own body and every definition in it. Throws a GoTemplateError. */
export function parseSource({ source, hasFunction, ...delimiters }: ParseOptions): ReadonlyMap<string, Tree> {
  const isKeyword = (word: string) => (word !== "break" && word !== "continue") || !hasFunction(word);
  const cursor = { tokens: lex({ text: source.text, ...delimiters, isKeyword }), at: 0, last: 0 };
  const parser = openTree({ source, cursor, hasFunction, trees: new Map(), blockDepth: 0 });
  addTree(parser, { name: source.name, list: parseTopLevel(parser) });
  return parser.trees;
}

/** A fresh parser for one body. */
function openTree(shared: Pick<Parser, "source" | "cursor" | "hasFunction" | "trees" | "blockDepth">): Parser {
  const { source, cursor, hasFunction, trees, blockDepth } = shared;
  const fresh = { variables: ["$"], action: undefined, rangeDepth: 0, parenDepth: 0 };
  return { source, cursor, hasFunction, trees, blockDepth, ...fresh };
}

function parseTopLevel(parser: Parser): readonly Statement[] {
  const list: Statement[] = [];
  for (let token = peek(parser); token.kind !== "eof"; token = peek(parser)) {
    const { at } = parser.cursor;
    if (token.kind === "leftDelimiter") {
      next(parser);
      if (isKeyword(nextNonSpace(parser), "define")) {
        parseDefinition(openTree(parser));
        continue;
      }
      parser.cursor.at = at;
    }
    const node = parseStatement(parser);
    if (typeof node === "string") throw fail(parser, `unexpected ${node}`);
    list.push(node);
  }
  return list;
}

/** The first body wins over empty ones; two that say something are an error. */
function addTree(parser: Parser, tree: Tree): void {
  const known = parser.trees.get(tree.name);
  if (known === undefined || isEmptyTree(known)) parser.trees.set(tree.name, tree);
  else if (!isEmptyTree(tree)) throw fail(parser, `template: multiple definition of template ${quote(tree.name)}`);
}

function parseDefinition(parser: Parser): void {
  const name = parseName(parser, "define clause");
  expect(parser, "rightDelimiter", "define clause");
  addTree(parser, { name, list: parseBody(parser, (end) => `unexpected ${end} in define clause`) });
}

/** A list that must be closed by `{{end}}`. */
function parseBody(parser: Parser, complaint: (end: End) => string): readonly Statement[] {
  const { list, end } = parseList(parser);
  if (end !== "{{end}}") throw fail(parser, complaint(end));
  return list;
}

function enterBlock(parser: Parser): void {
  if (++parser.blockDepth > maxBlockDepth) throw fail(parser, "max block depth exceeded");
}

function parseList(parser: Parser): { readonly list: readonly Statement[]; readonly end: End } {
  const list: Statement[] = [];
  enterBlock(parser);
  while (peekNonSpace(parser).kind !== "eof") {
    const node = parseStatement(parser);
    if (typeof node === "string") {
      parser.blockDepth--;
      return { list, end: node };
    }
    list.push(node);
  }
  throw fail(parser, "unexpected EOF");
}

function parseStatement(parser: Parser): Statement | End {
  const token = nextNonSpace(parser);
  const { kind, pos, text } = token;
  if (kind === "text") return { kind, source: parser.source, pos, text };
  if (kind !== "leftDelimiter") throw unexpected(parser, token, "input");
  parser.action = token;
  const node = parseAction(parser);
  parser.action = undefined;
  return node;
}

function parseAction(parser: Parser): Statement | End {
  const token = nextNonSpace(parser);
  if (token.kind === "keyword") {
    switch (token.text) {
      case "block":
        return parseBlock(parser);
      case "break":
      case "continue":
        return parseJump(parser, token, token.text);
      case "else":
        return parseElse(parser);
      case "end":
        expect(parser, "rightDelimiter", "end");
        return "{{end}}";
      case "if":
      case "range":
      case "with":
        return parseBranch(parser, token.text);
      case "template":
        return parseTemplate(parser);
    }
  }
  pushBack(parser);
  const pipe = parsePipeline(parser, "command", "rightDelimiter");
  return { kind: "action", source: parser.source, pos: token.pos, text: `{{${pipe.text}}}`, pipe };
}

function parseJump(parser: Parser, { pos }: Token, kind: "break" | "continue"): Statement {
  const text = `{{${kind}}}`;
  const token = nextNonSpace(parser);
  if (token.kind !== "rightDelimiter") throw unexpected(parser, token, text);
  if (parser.rangeDepth === 0) throw fail(parser, `${text} outside {{range}}`);
  return { kind, source: parser.source, pos, text };
}

/** `{{else if}}` and `{{else with}}` leave their keyword for parseBranch. */
function parseElse(parser: Parser): End {
  const token = peekNonSpace(parser);
  if (!isKeyword(token, "if") && !isKeyword(token, "with")) expect(parser, "rightDelimiter", "else");
  return "{{else}}";
}

function parseBranch(parser: Parser, kind: BranchNode["kind"]): BranchNode {
  const visible = parser.variables.length;
  const pipe = parsePipeline(parser, kind, "rightDelimiter");
  if (kind === "range") parser.rangeDepth++;
  const { list, end } = parseList(parser);
  if (kind === "range") parser.rangeDepth--;
  const otherwise = end === "{{else}}" ? parseOtherwise(parser, kind) : [];
  parser.variables.length = visible;
  return { kind, source: parser.source, pos: pipe.pos, text: "", pipe, list, otherwise };
}

function parseOtherwise(parser: Parser, kind: BranchNode["kind"]): readonly Statement[] {
  if (kind === "range" || !isKeyword(peek(parser), kind))
    return parseBody(parser, (end) => `expected end; found ${end}`);
  next(parser);
  enterBlock(parser);
  const branch = parseBranch(parser, kind);
  parser.blockDepth--;
  return [branch];
}

/** A block is a definition and a call of it. */
function parseBlock(parser: Parser): TemplateNode {
  const { pos } = peekNonSpace(parser);
  const name = parseName(parser, "block clause");
  const pipe = parsePipeline(parser, "block clause", "rightDelimiter");
  const inner = openTree(parser);
  addTree(inner, { name, list: parseBody(inner, (end) => `unexpected ${end} in block clause`) });
  return templateNode(parser, { pos, name, pipe });
}

function parseTemplate(parser: Parser): TemplateNode {
  const { pos } = peekNonSpace(parser);
  const name = parseName(parser, "template clause");
  if (nextNonSpace(parser).kind === "rightDelimiter") return templateNode(parser, { pos, name, pipe: undefined });
  pushBack(parser);
  return templateNode(parser, { pos, name, pipe: parsePipeline(parser, "template clause", "rightDelimiter") });
}

type Template = Pick<TemplateNode, "pos" | "name" | "pipe">;

function templateNode({ source }: Parser, { pos, name, pipe }: Template): TemplateNode {
  const text = `{{template ${quote(name)}${pipe === undefined ? "" : ` ${pipe.text}`}}}`;
  return { kind: "template", source, pos, text, name, pipe };
}
