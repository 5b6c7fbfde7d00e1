/** Tokens into trees: the statements of the language. Expressions are in parse-pipeline.ts. */

import { createLexer } from "./lex.ts";
import { type BranchNode, isEmptyTree, type PipeNode, type Source, type Statement, type Tree } from "./nodes.ts";
import { parseName, parsePipeline } from "./parse-pipeline.ts";
import {
  expect,
  fail,
  isKeyword,
  next,
  nextNonSpace,
  openTree,
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
  readonly leftDelimiter: string;
  readonly rightDelimiter: string;
  readonly hasFunction: (name: string) => boolean;
}

/** What closes a list of statements. */
type End = "{{end}}" | "{{else}}";

/** Parses one file: its own body and every definition in it. Throws a GoTemplateError. */
export function parseSource(options: ParseOptions): ReadonlyMap<string, Tree> {
  const { source, hasFunction } = options;
  const lexer = createLexer({
    text: source.text,
    left: options.leftDelimiter,
    right: options.rightDelimiter,
    isKeyword: (word) => (word !== "break" && word !== "continue") || !hasFunction(word),
  });
  const parser = openTree({ source, lexer, hasFunction, trees: new Map() });
  const list = parseTopLevel(parser);
  addTree(parser, { name: source.name, source, list });
  return parser.trees;
}

function parseTopLevel(parser: Parser): readonly Statement[] {
  const list: Statement[] = [];
  for (let token = peek(parser); token.kind !== "eof"; token = peek(parser)) {
    if (token.kind === "leftDelimiter") {
      next(parser);
      const first = nextNonSpace(parser);
      if (isKeyword(first, "define")) {
        parseDefinition(openTree(parser));
        continue;
      }
      pushBack(parser, first, token);
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
  const name = parseName(parser, nextNonSpace(parser), "define clause");
  expect(parser, "rightDelimiter", "define clause");
  const { list, end } = parseList(parser);
  if (end !== "{{end}}") throw fail(parser, `unexpected ${end} in define clause`);
  addTree(parser, { name, source: parser.source, list });
}

function parseList(parser: Parser): { readonly list: readonly Statement[]; readonly end: End } {
  const list: Statement[] = [];
  if (++parser.blockDepth > maxBlockDepth) throw fail(parser, "max block depth exceeded");
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
  if (token.kind === "text") return { kind: "text", source: parser.source, pos: token.pos, text: token.text };
  if (token.kind !== "leftDelimiter") throw unexpected(parser, token, "input");
  parser.actionLine = token.line;
  const node = parseAction(parser);
  parser.actionLine = 0;
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
        return parseJump(parser, token.text, token.pos);
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
  pushBack(parser, token);
  return {
    kind: "action",
    source: parser.source,
    pos: token.pos,
    pipe: parsePipeline(parser, "command", "rightDelimiter"),
  };
}

function parseJump(parser: Parser, kind: "break" | "continue", pos: number): Statement {
  const token = nextNonSpace(parser);
  if (token.kind !== "rightDelimiter") throw unexpected(parser, token, `{{${kind}}}`);
  if (parser.rangeDepth === 0) throw fail(parser, `{{${kind}}} outside {{range}}`);
  return { kind, source: parser.source, pos };
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
  const otherwise = end === "{{else}}" ? parseOtherwise(parser, kind) : undefined;
  parser.variables.length = visible;
  return { kind, source: parser.source, pos: pipe.pos, pipe, list, otherwise };
}

function parseOtherwise(parser: Parser, kind: BranchNode["kind"]): readonly Statement[] {
  if (kind !== "range" && isKeyword(peek(parser), kind)) {
    next(parser);
    if (++parser.blockDepth > maxBlockDepth) throw fail(parser, "max block depth exceeded");
    const branch = parseBranch(parser, kind);
    parser.blockDepth--;
    return [branch];
  }
  const { list, end } = parseList(parser);
  if (end !== "{{end}}") throw fail(parser, `expected end; found ${end}`);
  return list;
}

/** A block is a definition and a call of it. */
function parseBlock(parser: Parser): Statement {
  const token = nextNonSpace(parser);
  const name = parseName(parser, token, "block clause");
  const pipe = parsePipeline(parser, "block clause", "rightDelimiter");
  const inner = openTree(parser);
  const { list, end } = parseList(inner);
  if (end !== "{{end}}") throw fail(parser, `unexpected ${end} in block clause`);
  addTree(inner, { name, source: parser.source, list });
  return { kind: "template", source: parser.source, pos: token.pos, name, pipe };
}

function parseTemplate(parser: Parser): Statement {
  const token = nextNonSpace(parser);
  const name = parseName(parser, token, "template clause");
  return { kind: "template", source: parser.source, pos: token.pos, name, pipe: parseTemplatePipe(parser) };
}

function parseTemplatePipe(parser: Parser): PipeNode | undefined {
  const token = nextNonSpace(parser);
  if (token.kind === "rightDelimiter") return undefined;
  pushBack(parser, token);
  return parsePipeline(parser, "template clause", "rightDelimiter");
}
