/**
 * What expressions do. Like Go's, the evaluator notes which node it is at (`machine.node`) and does not go back to the
 * outer one afterwards: errors point where Go's point.
 */

import {
  type Callee,
  type CallSite,
  compileCall,
  constantly,
  type Evaluate,
  failing,
  type Operand,
  type Stage,
} from "./calls.ts";
import type { Located } from "./errors.ts";
import { compileFields } from "./fields.ts";
import { findVariable, type Machine } from "./machine.ts";
import { type GoValue, unbox } from "./values.ts";

/** A constant that is not nil: `as` says what it is where a certain kind is wanted, `ideal` what it is elsewhere. */
export type Constant = { readonly as: NonNullable<Operand["as"]>; readonly ideal: GoValue };

/** What is called, or stands alone, and its arguments. */
export type Command = Located & { readonly first: Operand; readonly args: readonly Operand[] };

export type Pipe = Operand & {
  readonly assigns: "declare" | "assign";
  readonly variables: readonly string[];
};

type Target = Pick<Pipe, "assigns" | "variables">;

/** No arguments. */
const bare: CallSite = { args: [], isPiped: false };

/** A boolean, string or number. */
export function constant(node: Located, { as, ideal }: Constant): Operand {
  const evaluate = ideal === undefined ? failing(node, `${node.text} overflows int`) : constantly(node, ideal);
  return { ...node, isConstant: true, as, evaluate };
}

export function nil(node: Located): Operand {
  return { ...node, isConstant: true, isNil: true, evaluate: constantly(node, undefined) };
}

export function dot(node: Located): Operand {
  return { ...node, isConstant: true, evaluate: at(node, (machine) => machine.dot) };
}

export function variable(node: Located, name: string): Operand {
  const root: Evaluate = (machine) => findVariable(machine, name).value;
  return { ...node, root, evaluate: at(node, root) };
}

function at(node: Located, evaluate: Evaluate): Evaluate {
  return (machine) => {
    machine.node = node;
    return evaluate(machine);
  };
}

/** The fields of those names behind an operand. */
export function fields(node: Located, start: Evaluate, names: readonly string[]): Operand {
  const call: Operand["call"] = (site) => compileFields(start, names, { ...site, node });
  return { ...node, call, evaluate: call(bare, node) };
}

/** A function; its own errors point at the command that calls it. */
export function identifier(node: Located, callee: Callee): Operand {
  const call: Operand["call"] = (site, at) => {
    const stage = compileCall(site, { name: node.text, node: at, callee });
    return (machine, piped) => {
      machine.node = node;
      return stage(machine, piped);
    };
  };
  return { ...node, call, evaluate: call(bare, node) };
}

/** A pipeline: the value of its last command, out of its interface, which its variables get. */
export function pipe(node: Located, commands: readonly Command[], target: Target): Pipe {
  const [first = () => undefined, ...rest] = commands.map((command, index) => compileCommand(command, index > 0));
  const evaluate = (machine: Machine) => {
    machine.node = node;
    let value = unbox(first(machine));
    for (const stage of rest) value = unbox(stage(machine, value));
    if (target.variables.length > 0) assign(machine, target, value);
    return value;
  };
  return { ...node, ...target, evaluate };
}

function assign(machine: Machine, { variables, assigns }: Target, value: GoValue): void {
  for (const name of variables) {
    if (assigns === "assign") findVariable(machine, name).value = value;
    else machine.variables = { name, value, outer: machine.variables };
  }
}

function compileCommand({ first, args, ...node }: Command, isPiped: boolean): Stage {
  if (first.call !== undefined) return first.call({ args, isPiped }, node);
  if (args.length > 0 || isPiped)
    return failing(first.inParens ? undefined : first, `can't give argument to non-function ${first.text}`);
  return first.isNil ? failing(first, "nil is not a command") : first.evaluate;
}
