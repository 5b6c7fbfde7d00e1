/** Statements into the operations of the machine. */

import type { CompiledPipe, Functions } from "./call-site.ts";
import { compilePipe } from "./evaluate.ts";
import {
  callTemplate,
  closeScope,
  emit,
  fail,
  findVariable,
  type Loop,
  type Machine,
  type Operation,
  openScope,
  type Program,
  type Sequence,
} from "./machine.ts";
import type { ActionNode, BranchNode, PipeNode, Statement, TemplateNode, Tree } from "./nodes.ts";
import { nodeText } from "./nodes.ts";
import { sprint } from "./printf.ts";
import {
  Boxed,
  GoFunc,
  GoInteger,
  GoMap,
  GoPointer,
  GoSlice,
  type GoValue,
  type Held,
  indirect,
  isTrue,
  typeOf,
} from "./values.ts";

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
interface Surroundings {
  readonly break: Exit;
  readonly continue: Exit;
}

/** The same, seen from inside one more block. */
function inBlock(loop: Surroundings | undefined): Surroundings | undefined {
  if (loop === undefined) return undefined;
  const deeper = ({ target, scopes }: Exit): Exit => ({ target, scopes: scopes + 1 });
  return { break: deeper(loop.break), continue: deeper(loop.continue) };
}

interface Body {
  readonly operations: Operation[];
  readonly functions: Functions;
}

/** One body, ready to run. */
export function compileTree(tree: Tree, functions: Functions): Program {
  const body: Body = { operations: [], functions };
  compileList(body, tree.list, undefined);
  return { name: tree.name, operations: body.operations };
}

function compileList(body: Body, list: readonly Statement[], loop: Surroundings | undefined): void {
  for (const node of list) compileStatement(body, node, loop);
}

function compileStatement(body: Body, node: Statement, loop: Surroundings | undefined): void {
  switch (node.kind) {
    case "text":
      body.operations.push((machine) => emit(machine, node.text));
      return;
    case "action":
      body.operations.push(compileAction(body, node));
      return;
    case "template":
      body.operations.push(compileTemplate(body, node));
      return;
    case "break":
    case "continue":
      if (loop !== undefined) body.operations.push(leave(loop[node.kind]));
      return;
    case "range":
      compileRange(body, node, loop);
      return;
    default:
      compileCondition(body, node, loop);
  }
}

function compileAction({ functions }: Body, node: ActionNode): Operation {
  const evaluate = compilePipe(node.pipe, functions);
  if (node.pipe.variables.length > 0) return evaluate;
  return (machine) => {
    const value = evaluate(machine);
    machine.node = node;
    printResult(machine, value, node);
  };
}

function printResult(machine: Machine, value: GoValue, node: ActionNode): void {
  if (typeof value === "string") emit(machine, value);
  else if (typeof value === "number") emit(machine, String(value));
  else if (value instanceof GoFunc) throw fail(machine, `can't print ${nodeText(node)} of type ${value.type.name}`);
  else emit(machine, value === undefined ? "<no value>" : sprint([indirect(value)]));
}

function compileTemplate({ functions }: Body, node: TemplateNode): Operation {
  const evaluate = node.pipe === undefined ? () => undefined : compilePipe(node.pipe, functions);
  return (machine) => {
    machine.node = node;
    callTemplate(machine, node.name, evaluate);
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

function jumpTo(label: Label): Operation {
  return (machine) => {
    machine.at = label.at;
  };
}

/** `if` and `with`: the condition jumps to the else part; both parts meet where the scope closes. */
function compileCondition(body: Body, node: BranchNode, loop: Surroundings | undefined): void {
  const inside = inBlock(loop);
  const otherwise: Label = { at: 0 };
  const end: Label = { at: 0 };
  const evaluate = compilePipe(node.pipe, body.functions);
  const isWith = node.kind === "with";
  body.operations.push((machine) => {
    openScope(machine);
    const value = evaluate(machine);
    if (!isTrue(value)) machine.at = otherwise.at;
    else if (isWith) machine.dot = value;
  });
  compileList(body, node.list, inside);
  if (node.otherwise !== undefined) body.operations.push(jumpTo(end));
  placeHere(otherwise, body);
  compileList(body, node.otherwise ?? [], inside);
  placeHere(end, body);
  body.operations.push(closeScope);
}

/**
 * A range: its head finds what to walk over, each turn begins with a step to the next element. A `break` in the else
 * part ends only this range, as in Go, though the parser allows it only inside of another; `continue` goes on with that.
 */
function compileRange(body: Body, node: BranchNode, loop: Surroundings | undefined): void {
  const around = inBlock(loop);
  const next: Label = { at: 0 };
  const otherwise: Label = { at: 0 };
  const end: Label = { at: 0 };
  body.operations.push(rangeHead(node.pipe, compilePipe(node.pipe, body.functions), otherwise));
  placeHere(next, body);
  body.operations.push(rangeStep(node.pipe, end));
  const stop = { target: end, scopes: 0 };
  compileList(body, node.list, { break: stop, continue: { target: next, scopes: 0 } });
  body.operations.push(jumpTo(next));
  placeHere(otherwise, body);
  compileList(body, node.otherwise ?? [], around && { ...around, break: stop });
  placeHere(end, body);
  body.operations.push(closeScope);
}

function rangeHead(pipe: PipeNode, evaluate: CompiledPipe, otherwise: Label): Operation {
  return (machine) => {
    const scope = openScope(machine);
    const sequence = sequenceOf(machine, indirect(evaluate(machine)), pipe);
    if (sequence.length === 0) machine.at = otherwise.at;
    else scope.loop = { sequence, variables: machine.variables, index: 0 };
  };
}

function rangeStep(pipe: PipeNode, end: Label): Operation {
  return (machine) => {
    const loop = machine.scope?.loop;
    if (loop === undefined || loop.index >= loop.sequence.length) {
      machine.at = end.at;
      return;
    }
    machine.variables = loop.variables;
    machine.dot = loop.sequence.value(loop.index);
    if (pipe.variables.length > 0) setRangeVariables(machine, pipe, loop);
    loop.index++;
  };
}

/** One variable gets the element, two get index and element. */
function setRangeVariables(machine: Machine, { variables, assigns }: PipeNode, loop: Loop): void {
  const [first, second] = variables;
  if (first === undefined) return;
  const key = second === undefined ? undefined : loop.sequence.key(loop.index);
  if (assigns === "assign") {
    findVariable(machine, first.name).value = second === undefined ? machine.dot : key;
    if (second !== undefined) findVariable(machine, second.name).value = machine.dot;
    return;
  }
  const { variables: innermost } = machine;
  if (innermost !== undefined) innermost.value = machine.dot;
  if (second !== undefined && innermost?.outer !== undefined) innermost.outer.value = key;
}

const nothing: Sequence = { length: 0, key: () => undefined, value: () => undefined };

function sequenceOf(machine: Machine, value: GoValue, pipe: PipeNode): Sequence {
  if (value === undefined) return nothing;
  if (value instanceof GoSlice) return sliceSequence(value);
  if (value instanceof GoMap) return mapSequence(value);
  const isInteger = typeof value === "number" || typeof value === "bigint" || value instanceof GoInteger;
  if (!isInteger) throw fail(machine, `range can't iterate over ${shown(value)}`);
  if (pipe.variables.length > 1)
    throw fail(machine, `can't use ${shown(value)} to iterate over more than one variable`);
  return countSequence(value);
}

/** The value as `%v` of a reflect.Value shows it: a pointer's target is shown, a nil is not "no value". */
function shown(value: GoValue): string {
  return value instanceof GoPointer ? "<nil>" : sprint([value]);
}

function sliceSequence({ type, items }: GoSlice): Sequence {
  const value = elementOf(type.elem?.kind === "interface", (index) => items[index]);
  return { length: items.length, key: (index) => index, value };
}

function mapSequence({ type, keys, entries }: GoMap): Sequence {
  const value = elementOf(type.elem?.kind === "interface", (index) => entries.get(keys[index] ?? ""));
  return { length: keys.length, key: (index) => keys[index], value };
}

function elementOf(isInterface: boolean, get: (index: number) => GoValue): (index: number) => Held {
  return isInterface ? (index) => new Boxed(get(index)) : get;
}

function countSequence(count: number | bigint | GoInteger): Sequence {
  const key = () => undefined;
  if (!(count instanceof GoInteger)) return { length: Math.max(Number(count), 0), key, value: (index) => index };
  const type = typeOf(count);
  return { length: Math.max(Number(count.value), 0), key, value: (index) => new GoInteger(type, BigInt(index)) };
}
