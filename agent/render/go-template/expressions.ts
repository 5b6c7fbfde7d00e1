/**
 * Expressions into closures. Like Go's, the evaluator notes which node it is at (`machine.node`) and does not go back
 * to the outer one afterwards: errors point where Go's point.
 */

import {
  type CallSite,
  compileCall,
  constantly,
  type Evaluate,
  type Functions,
  failing,
  findFunction,
  type Stage,
} from "./calls.ts";
import { compileFields } from "./fields.ts";
import { declare, findVariable, type Machine } from "./machine.ts";
import type { CommandNode, Expression, IdentifierNode, Located, PathNode, PipeNode } from "./nodes.ts";
import { quote } from "./quote.ts";
import { type GoValue, unbox } from "./values.ts";

/** A pipeline: the value of its last command, out of its interface, which its variables get. */
export function compilePipe(pipe: PipeNode, functions: Functions): Evaluate {
  const stages = pipe.commands.map((command, index) => compileCommand(command, functions, index > 0));
  const [first = () => undefined] = stages;
  const rest = stages.slice(1);
  const evaluate = (machine: Machine) => {
    machine.node = pipe;
    let value = unbox(first(machine, undefined));
    for (const stage of rest) value = unbox(stage(machine, value));
    return value;
  };
  return pipe.variables.length === 0 ? evaluate : (machine) => assign(machine, pipe, evaluate(machine));
}

function assign(machine: Machine, { variables, assigns }: PipeNode, value: GoValue): GoValue {
  for (const name of variables) {
    if (assigns === "assign") findVariable(machine, name).value = value;
    else declare(machine, name, value);
  }
  return value;
}

function compileCommand({ first, args, ...command }: CommandNode, functions: Functions, isPiped: boolean): Stage {
  const site: CallSite = { args, isPiped, functions, compile: compileExpression };
  if (first.kind === "identifier") return compileIdentifier(first, command, site);
  if (first.kind === "path" && first.names.length > 0) return compilePath(first, site);
  if (args.length > 0 || isPiped)
    return failing(first.kind === "pipe" ? undefined : first, `can't give argument to non-function ${first.text}`);
  return first.kind === "nil" ? failing(first, "nil is not a command") : compileExpression(first, functions);
}

/** An expression without arguments, whatever its type. */
function compileExpression(node: Expression, functions: Functions): Evaluate {
  const site: CallSite = { args: [], isPiped: false, functions, compile: compileExpression };
  switch (node.kind) {
    case "pipe":
      return compilePipe(node, functions);
    case "identifier":
      return withoutPipe(compileIdentifier(node, node, site));
    case "path":
      return withoutPipe(compilePath(node, site));
    case "nil":
      return constantly(node, undefined);
    case "constant":
      return node.ideal === undefined ? failing(node, `${node.text} overflows int`) : constantly(node, node.ideal);
  }
}

function withoutPipe(stage: Stage): Evaluate {
  return (machine) => stage(machine, undefined);
}

/** `.A.B`, `$x`, `(f).A`. */
function compilePath(node: PathNode, site: CallSite): Stage {
  const start = compileRoot(node, site.functions);
  return node.names.length === 0 ? start : compileFields(start, node, site);
}

function compileRoot(node: PathNode, functions: Functions): Evaluate {
  const { root } = node;
  if (typeof root !== "string") return compileExpression(root, functions);
  if (root === ".")
    return (machine) => {
      machine.node = node;
      return machine.dot;
    };
  return (machine) => {
    machine.node = node;
    return findVariable(machine, root).value;
  };
}

/** A function; its own errors point at `at`. */
function compileIdentifier(node: IdentifierNode, at: Located, site: CallSite): Stage {
  const { name } = node;
  const callee = findFunction(site.functions, name);
  if (callee === undefined) return failing(node, `${quote(name)} is not a defined function`);
  const call = compileCall(site, { name, node: at, callee });
  return (machine, piped) => {
    machine.node = node;
    return call(machine, piped);
  };
}
