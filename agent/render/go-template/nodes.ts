/** The parsed template: plain data. */

import type { Source } from "./errors.ts";
import type { Kind } from "./types.ts";
import type { GoValue } from "./values.ts";

/** What an execution error may point at. */
export interface Located {
  readonly source: Source;
  /** Offset in the source, in UTF-16 units. */
  readonly pos: number;
  /** As Go writes it in errors: always with the default delimiters. */
  readonly text: string;
}

/** A boolean, string or number. */
export type ConstantNode = Located & {
  readonly kind: "constant";
  /** What it is where a certain kind is wanted: `1` is an int, a uint and a float, `1.5` only a float. */
  readonly as: Readonly<Partial<Record<Kind, unknown>>>;
  /** What it is elsewhere; undefined if it overflows. */
  readonly ideal: GoValue;
};
type NilNode = Located & { readonly kind: "nil" };
export type IdentifierNode = Located & { readonly kind: "identifier"; readonly name: string };
/** The dot, a variable (by its name) or an expression in parentheses, and the fields behind it. */
export type PathNode = Located & {
  readonly kind: "path";
  readonly root: "." | `$${string}` | PipeNode | IdentifierNode;
  readonly names: readonly string[];
};
export type PipeNode = Located & {
  readonly kind: "pipe";
  readonly assigns: "declare" | "assign";
  readonly variables: readonly string[];
  readonly commands: readonly CommandNode[];
};
export type Expression = ConstantNode | NilNode | IdentifierNode | PathNode | PipeNode;

/** What is called, or stands alone, and its arguments. */
export type CommandNode = Located & { readonly first: Expression; readonly args: readonly Expression[] };

export type ActionNode = Located & { readonly kind: "action"; readonly pipe: PipeNode };
export type BranchNode = Located & {
  readonly kind: "if" | "with" | "range";
  readonly pipe: PipeNode;
  readonly list: readonly Statement[];
  readonly otherwise: readonly Statement[];
};
export type TemplateNode = Located & {
  readonly kind: "template";
  readonly name: string;
  readonly pipe: PipeNode | undefined;
};
type TextNode = Located & { readonly kind: "text" };
type JumpNode = Located & { readonly kind: "break" | "continue" };
export type Statement = TextNode | JumpNode | ActionNode | BranchNode | TemplateNode;

/** A body of text: the file itself, or one of its definitions. */
export interface Tree {
  readonly name: string;
  readonly list: readonly Statement[];
}

/** Whether a body holds nothing but white space: such a definition never replaces another. */
export function isEmptyTree(tree: Tree): boolean {
  return tree.list.every((node) => node.kind === "text" && /^\s*$/.test(node.text));
}
