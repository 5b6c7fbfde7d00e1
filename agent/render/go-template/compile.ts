/** Statements into the operations of the machine. */

import type { Evaluate, Functions } from "./calls.ts";
import { compilePipe } from "./expressions.ts";
import * as machines from "./machine.ts";
import {
  closeScope,
  emit,
  fail,
  findVariable,
  type Machine,
  type Operation,
  type Range,
  type Sequence,
} from "./machine.ts";
import type { ActionNode, BranchNode, PipeNode, Statement, TemplateNode, Tree } from "./nodes.ts";
import { sprint } from "./printf.ts";
import { intType, isWhole, stringType } from "./types.ts";
import * as values from "./values.ts";
import { type GoValue, indirect, isTrue, Typed, typed, typeOf } from "./values.ts";

/** A place in the operations that is known only later. */
interface Label {
  at: number;
}

/** Where a `break` or `continue` goes, and how many scopes it leaves on the way. */
interface Exit {
  readonly target: Label;
  readonly scopes: number;
}

/** The range around a statement. */
interface Loop {
  readonly break: Exit;
  readonly continue: Exit;
}

interface Body {
  readonly operations: Operation[];
  readonly functions: Functions;
}

/** One body, ready to run. */
export function compileTree(tree: Tree, functions: Functions): machines.Program {
  const body: Body = { operations: [], functions };
  compileList(body, tree.list, undefined);
  return { name: tree.name, operations: body.operations };
}

function compileList(body: Body, list: readonly Statement[], loop: Loop | undefined): void {
  for (const node of list) compileStatement(body, node, loop);
}

function compileStatement(body: Body, node: Statement, loop: Loop | undefined): void {
  const { operations, functions } = body;
  switch (node.kind) {
    case "text":
      operations.push((machine) => emit(machine, node.text));
      return;
    case "action":
      operations.push(compileAction(node, compilePipe(node.pipe, functions)));
      return;
    case "template":
      operations.push(compileTemplate(node, functions));
      return;
    case "break":
    case "continue":
      if (loop !== undefined) operations.push(leave(loop[node.kind]));
      return;
    case "range":
      compileRange(body, node, loop);
      return;
    default:
      compileCondition(body, node, loop);
  }
}

function compileAction(node: ActionNode, evaluate: Evaluate): Operation {
  if (node.pipe.variables.length > 0) return evaluate;
  return (machine) => {
    const value = evaluate(machine);
    machine.node = node;
    if (typeof value === "string") emit(machine, value);
    else if (typeof value === "number") emit(machine, String(value));
    else emit(machine, resultText(machine, value, node));
  };
}

function resultText(machine: Machine, value: GoValue, node: ActionNode): string {
  if (value === undefined) return "<no value>";
  const { kind, name } = typeOf(value);
  if (kind === "func") throw fail(machine, `can't print ${node.text} of type ${name}`);
  return sprint([kind === "pointer" ? indirect(value) : value]);
}

function compileTemplate(node: TemplateNode, functions: Functions): Operation {
  const evaluate = node.pipe === undefined ? () => undefined : compilePipe(node.pipe, functions);
  return (machine) => {
    machine.node = node;
    machines.callTemplate(machine, node.name, evaluate);
  };
}

/** Leaves the blocks inside the loop, then goes to its end or its next turn. */
function leave({ target, scopes }: Exit): Operation {
  return (machine) => {
    for (let open = scopes; open > 0; open--) closeScope(machine);
    machine.at = target.at;
  };
}

function placeHere(label: Label, { operations }: Body): void {
  label.at = operations.length;
}

/** The loop seen from inside one more block. */
function inBlock(loop: Loop | undefined): Loop | undefined {
  const deeper = ({ target, scopes }: Exit): Exit => ({ target, scopes: scopes + 1 });
  return loop && { break: deeper(loop.break), continue: deeper(loop.continue) };
}

/** `if` and `with`: the condition jumps to the else part; both parts meet where the scope closes. */
function compileCondition(body: Body, node: BranchNode, loop: Loop | undefined): void {
  const inside = inBlock(loop);
  const otherwise: Label = { at: 0 };
  const end: Label = { at: 0 };
  const evaluate = compilePipe(node.pipe, body.functions);
  const isWith = node.kind === "with";
  body.operations.push((machine) => {
    machines.openScope(machine);
    const value = evaluate(machine);
    if (!isTrue(value)) machine.at = otherwise.at;
    else if (isWith) machine.dot = value;
  });
  compileList(body, node.list, inside);
  if (node.otherwise.length > 0) body.operations.push(leave({ target: end, scopes: 0 }));
  placeHere(otherwise, body);
  compileList(body, node.otherwise, inside);
  placeHere(end, body);
  body.operations.push(closeScope);
}

/**
 * A range: its head finds what to walk over, each turn begins with a step to the next element. A `break` in the else
 * part ends only this range, as in Go, though the parser allows it only inside of another; `continue` goes on with that.
 */
function compileRange(body: Body, node: BranchNode, loop: Loop | undefined): void {
  const around = inBlock(loop);
  const next: Label = { at: 0 };
  const otherwise: Label = { at: 0 };
  const end: Label = { at: 0 };
  body.operations.push(rangeHead(node.pipe, compilePipe(node.pipe, body.functions), otherwise));
  placeHere(next, body);
  body.operations.push(rangeStep(node.pipe, end));
  const stop = { target: end, scopes: 0 };
  const again = { target: next, scopes: 0 };
  compileList(body, node.list, { break: stop, continue: again });
  body.operations.push(leave(again));
  placeHere(otherwise, body);
  compileList(body, node.otherwise, around && { ...around, break: stop });
  placeHere(end, body);
  body.operations.push(closeScope);
}

function rangeHead(pipe: PipeNode, evaluate: Evaluate, otherwise: Label): Operation {
  return (machine) => {
    const scope = machines.openScope(machine);
    const sequence = sequenceOf(machine, indirect(evaluate(machine)), pipe);
    if (sequence.length === 0) machine.at = otherwise.at;
    else scope.range = { sequence, variables: machine.variables, index: 0 };
  };
}

function rangeStep({ variables, assigns }: PipeNode, end: Label): Operation {
  return (machine) => {
    const range = machine.scope?.range;
    if (range === undefined || range.index >= range.sequence.length) {
      machine.at = end.at;
      return;
    }
    machine.variables = range.variables;
    machine.dot = range.sequence.value(range.index);
    if (variables.length > 0 && assigns === "assign") assignTurn(machine, variables, range);
    else if (variables.length > 0) declareTurn(machine, variables, range);
    range.index++;
  };
}

/** One variable gets the element, two get index and element. */
function assignTurn(machine: Machine, [first = "", second]: readonly string[], { sequence, index }: Range): void {
  findVariable(machine, first).value = second === undefined ? machine.dot : sequence.key(index);
  if (second !== undefined) findVariable(machine, second).value = machine.dot;
}

/** The same for the variables that the range has declared: they are the innermost, whatever their names. */
function declareTurn({ variables, dot }: Machine, { length }: readonly string[], { sequence, index }: Range): void {
  if (variables !== undefined) variables.value = dot;
  if (length > 1 && variables?.outer !== undefined) variables.outer.value = sequence.key(index);
}

function sequenceOf(machine: Machine, value: GoValue, pipe: PipeNode): Sequence {
  const kind = value === undefined ? undefined : typeOf(value).kind;
  if (value === undefined) return countOf(0);
  if (value instanceof Typed && kind === "slice") return sliceOf(value);
  if (value instanceof Typed && kind === "map") return mapOf(value);
  // A reflect.Value shows what a pointer points to.
  const shown = kind === "pointer" ? "<nil>" : sprint([value]);
  if (!isWhole(typeOf(value))) throw fail(machine, `range can't iterate over ${shown}`);
  if (pipe.variables.length > 1) throw fail(machine, `can't use ${shown} to iterate over more than one variable`);
  return countOf(value);
}

function sliceOf(slice: Typed): Sequence {
  const items = values.itemsOf(slice);
  const elem = values.elementType(slice);
  return { length: items.length, key: (index) => index, value: (index) => typed(elem, items[index]) };
}

function mapOf(map: Typed): Sequence {
  const keys = values.keysOf(map);
  const type = map.type.key ?? stringType;
  const key = (index: number) => typed(type, keys[index]);
  return { length: keys.length, key, value: (index) => values.entryOf(map, keys[index] ?? "") };
}

function countOf(count: GoValue): Sequence {
  const [type, limit] = count instanceof Typed ? [count.type, count.data] : [intType, count];
  return { length: Math.max(Number(limit), 0), key: () => undefined, value: (index) => typed(type, index) };
}
