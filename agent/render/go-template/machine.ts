/**
 * Runs compiled templates. A body is a flat list of operations; blocks are jumps in it, and calls of templates push a
 * frame onto a list of our own. So neither depth of nesting nor recursion touches JavaScript's stack, and `{{break}}`
 * needs no exceptions.
 */

import { GoTemplateError, placeOf } from "./errors.ts";
import { type Located, nodeText } from "./nodes.ts";
import { quote } from "./quote.ts";
import type { GoFunction, GoValue, Held } from "./values.ts";

export type MissingKey = "default" | "zero" | "error";

/** One step of a body: prints, jumps, opens or closes a scope. */
export type Operation = (machine: Machine) => void;

export interface Program {
  readonly name: string;
  readonly operations: readonly Operation[];
}

/** A variable and those declared before it. */
interface Variable {
  readonly name: string;
  value: Held;
  readonly outer: Variable | undefined;
}

/** What `{{range}}` walks over. */
export interface Sequence {
  readonly length: number;
  readonly key: (index: number) => GoValue;
  readonly value: (index: number) => Held;
}

/** An open `if`, `with` or `range`: what to put back at its end, and for a range where it is. */
interface Scope {
  readonly outer: Scope | undefined;
  readonly dot: Held;
  readonly variables: Variable | undefined;
  loop: Loop | undefined;
}

export interface Loop {
  readonly sequence: Sequence;
  readonly variables: Variable | undefined;
  index: number;
}

/** A template that waits for one that it has called. */
interface Frame {
  readonly program: Program;
  readonly at: number;
  readonly dot: Held;
  readonly variables: Variable | undefined;
  readonly scope: Scope | undefined;
  readonly caller: Frame | undefined;
}

export interface Machine {
  readonly programs: ReadonlyMap<string, Program>;
  /** Functions that stand in for the compiled ones of the same name. */
  readonly functions: Readonly<Record<string, GoFunction>> | undefined;
  readonly missingKey: MissingKey;
  program: Program;
  /** The operation that comes next. */
  at: number;
  dot: Held;
  variables: Variable | undefined;
  scope: Scope | undefined;
  caller: Frame | undefined;
  depth: number;
  /** What is being evaluated: an error points there. */
  node: Located | undefined;
  out: string;
  steps: number;
}

/** Go's own limit of templates that call templates. */
const maxDepth = 100_000;
/** Ours: some seconds of work, hundreds of times what a large installation needs. Go would run for ever. */
const maxSteps = 50_000_000;
/** Ours too, in UTF-16 units. */
const maxOutput = 64 * 1024 * 1024;

/** Executes a program over its data. Throws a GoTemplateError. */
export function run(
  options: Pick<Machine, "programs" | "functions" | "missingKey" | "program">,
  data: GoValue,
): string {
  const start = { at: 0, scope: undefined, caller: undefined, depth: 0, node: undefined, out: "", steps: 0 };
  const machine: Machine = { ...options, ...start, dot: data, variables: rootVariable(data) };
  for (;;) {
    const operation = machine.program.operations[machine.at++];
    if (operation !== undefined) {
      charge(machine, 1);
      operation(machine);
    } else if (machine.caller === undefined) return machine.out;
    else returnTo(machine, machine.caller);
  }
}

function rootVariable(value: GoValue): Variable {
  return { name: "$", value, outer: undefined };
}

/** Counts work, so that no template runs for ever. */
export function charge(machine: Machine, steps: number): void {
  machine.steps += steps;
  if (machine.steps > maxSteps) throw fail(machine, `exceeded the limit of ${maxSteps} steps`);
}

/** Adds to the output, which has its limit too. */
export function emit(machine: Machine, text: string): void {
  machine.out += text;
  if (machine.out.length > maxOutput) throw fail(machine, `exceeded the limit of ${maxOutput} characters`);
}

/** Starts the template of that name; it returns to the operation after this one. */
export function callTemplate(machine: Machine, name: string, evaluate: (machine: Machine) => GoValue): void {
  const program = machine.programs.get(name);
  if (program === undefined) throw fail(machine, `template ${quote(name)} not defined`);
  if (machine.depth === maxDepth) throw fail(machine, `exceeded maximum template depth (${maxDepth})`);
  const data = evaluate(machine);
  const { at, dot, variables, scope, caller } = machine;
  machine.caller = { program: machine.program, at, dot, variables, scope, caller };
  Object.assign(machine, { program, at: 0, dot: data, variables: rootVariable(data), scope: undefined });
  machine.depth++;
}

function returnTo(machine: Machine, frame: Frame): void {
  Object.assign(machine, frame);
  machine.depth--;
}

export function openScope(machine: Machine): Scope {
  const { scope: outer, dot, variables } = machine;
  const scope: Scope = { outer, dot, variables, loop: undefined };
  machine.scope = scope;
  return scope;
}

/** Ends the innermost block: its variables and its dot are gone. */
export function closeScope(machine: Machine): void {
  const { scope } = machine;
  if (scope === undefined) return;
  machine.dot = scope.dot;
  machine.variables = scope.variables;
  machine.scope = scope.outer;
}

export function declare(machine: Machine, name: string, value: Held): void {
  machine.variables = { name, value, outer: machine.variables };
}

/** The innermost variable of that name. The parser is more lenient than execution: there may be none. */
export function findVariable(machine: Machine, name: string): Variable {
  for (let variable = machine.variables; variable !== undefined; variable = variable.outer)
    if (variable.name === name) return variable;
  throw fail(machine, `undefined variable: ${name}`);
}

/** An execution error at the node that is being evaluated, in Go's form. */
export function fail(machine: Machine, message: string): GoTemplateError {
  const { name } = machine.program;
  const { node } = machine;
  if (node === undefined) return new GoTemplateError(`template: ${name}: ${message}`, { templateName: name, line: 0 });
  const place = placeOf(node.source, node.pos);
  const where = `${place.templateName}:${place.line}:${place.column}`;
  const context = `executing ${quote(name)} at <${nodeText(node)}>`;
  return new GoTemplateError(`template: ${where}: ${context}: ${message}`, place);
}
