/**
 * Runs compiled templates. Each step says which comes next, and calls of templates push a scope onto a list of our own.
 * So neither depth of nesting nor recursion touches JavaScript's stack, and `{{break}}` needs no exceptions.
 */

import { quote } from "../go-text/quote.ts";
import { GoTemplateError, type Located, placeOf, type Source } from "./errors.ts";
import type { GoValue } from "./values.ts";

/** What a missing map key gives: "default" no value, "zero" the zero value, "error" an error. */
export type MissingKey = "default" | "zero" | "error";

/** Prints, chooses, opens or closes a scope; gives the next step, if there is one. */
export type Step = (machine: Machine) => Step | undefined;

/** Gives a value; an element of a container of interfaces is still in its interface. */
export type Evaluate = (machine: Machine) => GoValue;

export interface Program {
  readonly name: string;
  readonly source: Source;
  readonly start: Step;
}

/** A variable and those declared before it. */
interface Variable {
  readonly name: string;
  value: GoValue;
  readonly outer: Variable | undefined;
}

/** An open block or call of a template: what to put back at its end. */
interface Scope {
  readonly outer: Scope | undefined;
  readonly dot: GoValue;
  readonly variables: Variable | undefined;
  /** Who goes on at the end of a template, and where. */
  readonly caller: { readonly program: Program; readonly next: Step } | undefined;
  range: Range | undefined;
}

/** What a range walks over, where it is, and the variables at the start of each turn. */
export interface Range {
  readonly length: number;
  readonly key: (index: number) => GoValue;
  readonly value: (index: number) => GoValue;
  variables: Variable | undefined;
  index: number;
}

export interface Machine {
  readonly programs: ReadonlyMap<string, Program>;
  readonly missingKey: MissingKey;
  program: Program;
  dot: GoValue;
  variables: Variable | undefined;
  scope: Scope | undefined;
  /** How many templates wait for one that they have called. */
  depth: number;
  /** What is being evaluated: an error points there. */
  node: Located | undefined;
  out: string;
  readonly onPrint: ((text: string) => string) | undefined;
  steps: number;
}

/** Go's own limit of templates that call templates. */
const maxDepth = 100_000;
/** Ours: some seconds of work, hundreds of times what a large installation needs. Go would run for ever. */
const maxSteps = 50_000_000;
/** Ours too, in UTF-16 units. */
const maxOutput = 64 * 1024 * 1024;

/** Executes a program over its data. Throws a GoTemplateError. */
export function run(options: Pick<Machine, "programs" | "missingKey" | "program" | "onPrint">, data: GoValue): string {
  const start = { scope: undefined, depth: 0, node: undefined, out: "", steps: 0 };
  const machine: Machine = { ...options, ...start, dot: data, variables: rootVariable(data) };
  for (let step: Step | undefined = machine.program.start; step !== undefined; step = step(machine)) charge(machine, 1);
  return machine.out;
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

/** A call of a template; its last step goes on with the next one of the caller. */
export function callTemplate(machine: Machine, name: string, at: { evaluate: Evaluate; next: Step }): Step {
  const program = machine.programs.get(name);
  if (program === undefined) throw fail(machine, `template ${quote(name)} not defined`);
  if (machine.depth++ === maxDepth) throw fail(machine, `exceeded maximum template depth (${maxDepth})`);
  const data = at.evaluate(machine);
  openScope(machine, { program: machine.program, next: at.next });
  machine.program = program;
  machine.dot = data;
  machine.variables = rootVariable(data);
  return program.start;
}

/** The last step of every program. */
export function returnToCaller(machine: Machine): Step | undefined {
  const caller = machine.scope?.caller;
  if (caller === undefined) return undefined;
  machine.program = caller.program;
  machine.depth--;
  closeScope(machine);
  return caller.next;
}

export function openScope(machine: Machine, caller?: Scope["caller"]): Scope {
  const { scope: outer, dot, variables } = machine;
  machine.scope = { outer, dot, variables, caller, range: undefined };
  return machine.scope;
}

/** Ends the innermost block: its variables and its dot are gone. */
export function closeScope(machine: Machine): void {
  const { scope } = machine;
  if (scope === undefined) return;
  machine.dot = scope.dot;
  machine.variables = scope.variables;
  machine.scope = scope.outer;
}

/** The innermost variable of that name. The parser is more lenient than execution: there may be none. */
export function findVariable(machine: Machine, name: string): Variable {
  for (let variable = machine.variables; variable !== undefined; variable = variable.outer)
    if (variable.name === name) return variable;
  throw fail(machine, `undefined variable: ${name}`);
}

/** An execution error at the node that is being evaluated, in Go's form. */
export function fail({ program, node }: Machine, message: string): GoTemplateError {
  const { name } = program;
  if (node === undefined) return new GoTemplateError(`template: ${name}: ${message}`, { templateName: name, line: 0 });
  const place = placeOf(program.source, node.pos);
  const where = `${place.templateName}:${place.line}:${place.column}`;
  return new GoTemplateError(`template: ${where}: executing ${quote(name)} at <${node.text}>: ${message}`, place);
}
