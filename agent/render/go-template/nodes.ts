/** The parsed template: plain data, and each node's text as Go prints it in error messages. */

import type { NumberKinds } from "./numbers.ts";
import { quote } from "./quote.ts";

/** The file that a node comes from. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

interface Base {
  readonly source: Source;
  /** Offset in the source, in UTF-16 units. */
  readonly pos: number;
}

type BoolNode = Base & { readonly kind: "bool"; readonly value: boolean };
type DotNode = Base & { readonly kind: "dot" };
type NilNode = Base & { readonly kind: "nil" };
export type NumberNode = Base & NumberKinds & { readonly kind: "number"; readonly text: string };
type StringNode = Base & { readonly kind: "string"; readonly quoted: string; readonly value: string };
export type FieldNode = Base & { readonly kind: "field"; readonly names: readonly string[] };
export type VariableNode = Base & {
  readonly kind: "variable";
  readonly name: string;
  readonly names: readonly string[];
};
export type IdentifierNode = Base & { readonly kind: "identifier"; readonly name: string };
export type ChainNode = Base & { readonly kind: "chain"; readonly node: Expression; readonly names: readonly string[] };
export type CommandNode = Base & { readonly kind: "command"; readonly args: readonly Expression[] };
export type PipeNode = Base & {
  readonly kind: "pipe";
  readonly assigns: "declare" | "assign";
  readonly variables: readonly VariableNode[];
  readonly commands: readonly CommandNode[];
};

/** What needs no evaluation but the dot. */
type Constant = BoolNode | DotNode | NilNode | NumberNode | StringNode;
/** What may have fields behind it, or be called. */
export type Operand = Constant | FieldNode | VariableNode | IdentifierNode | ChainNode;
export type Expression = Operand | PipeNode;

type TextNode = Base & { readonly kind: "text"; readonly text: string };
export type ActionNode = Base & { readonly kind: "action"; readonly pipe: PipeNode };
type JumpNode = Base & { readonly kind: "break" | "continue" };
export type BranchNode = Base & {
  readonly kind: "if" | "with" | "range";
  readonly pipe: PipeNode;
  readonly list: readonly Statement[];
  readonly otherwise: readonly Statement[] | undefined;
};
export type TemplateNode = Base & {
  readonly kind: "template";
  readonly name: string;
  readonly pipe: PipeNode | undefined;
};

export type Statement = TextNode | ActionNode | JumpNode | BranchNode | TemplateNode;

/** What an execution error may point at. */
export type Located = Expression | CommandNode | ActionNode | TemplateNode;

/** A body of text: the file itself, or one of its definitions. */
export interface Tree {
  readonly name: string;
  readonly source: Source;
  readonly list: readonly Statement[];
}

/** Whether a body holds nothing but white space: such a definition never replaces another. */
export function isEmptyTree(tree: Tree): boolean {
  return tree.list.every((node) => node.kind === "text" && /^\s*$/.test(node.text));
}

/** The node as Go writes it: always with the default delimiters. */
export function nodeText(node: Located): string {
  switch (node.kind) {
    case "bool":
      return String(node.value);
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "number":
      return node.text;
    case "string":
      return node.quoted;
    case "field":
      return node.names.map((name) => `.${name}`).join("");
    case "variable":
      return [node.name, ...node.names].join(".");
    case "identifier":
      return node.name;
    case "chain":
      return `${argumentText(node.node)}.${node.names.join(".")}`;
    case "command":
      return node.args.map(argumentText).join(" ");
    case "pipe":
      return pipeText(node);
    case "action":
      return `{{${pipeText(node.pipe)}}}`;
    case "template":
      return `{{template ${quote(node.name)}${node.pipe === undefined ? "" : ` ${pipeText(node.pipe)}`}}}`;
  }
}

function argumentText(node: Expression): string {
  return node.kind === "pipe" ? `(${nodeText(node)})` : nodeText(node);
}

function pipeText({ variables, assigns, commands }: PipeNode): string {
  const sign = assigns === "assign" ? " = " : " := ";
  const left = variables.length === 0 ? "" : variables.map(nodeText).join(", ") + sign;
  return left + commands.map(nodeText).join(" | ");
}
