/** What statements do: each links its own steps to those that come next. */

import { quote } from "../go-text/quote.ts";
import type { Located } from "./errors.ts";
import type { Pipe } from "./expressions.ts";
import * as machines from "./machine.ts";
import { closeScope, emit, fail, findVariable, type Machine, type Range, type Step } from "./machine.ts";
import { sprint } from "./printf.ts";
import * as values from "./values.ts";
import { type GoValue, indirect, isTrue, Typed, typed, typeOf } from "./values.ts";

/** Where a `break` or `continue` goes, and how many scopes it leaves on the way. */
interface Exit {
  readonly step: Step;
  readonly scopes: number;
}

/** The range around a statement. */
interface Loop {
  readonly break: Exit;
  readonly continue: Exit;
}

export interface Statement {
  /** Text of white space alone: a body of such never replaces another. */
  readonly isBlank?: boolean;
  readonly link: (next: Step, loop: Loop | undefined) => Step;
}

/** The first step of a list. */
export function linkAll(list: readonly Statement[], end: Step, loop?: Loop): Step {
  return list.reduceRight((next, statement) => statement.link(next, loop), end);
}

export function textStatement(text: string): Statement {
  const link = (next: Step) => (machine: Machine) => {
    emit(machine, text);
    return next;
  };
  return { isBlank: /^\s*$/.test(text), link };
}

/** Prints the value of a pipeline, if that has no variables that get it. */
export function action(node: Located, { variables, evaluate }: Pipe): Statement {
  const link = (next: Step) => (machine: Machine) => {
    const value = evaluate(machine);
    if (variables.length > 0) return next;
    machine.node = node;
    const isPlain = typeof value === "string" || typeof value === "number";
    const text = isPlain ? String(value) : resultText(machine, value, node);
    emit(machine, machine.onPrint?.(text) ?? text);
    return next;
  };
  return { link };
}

function resultText(machine: Machine, value: GoValue, node: Located): string {
  if (value === undefined) return "<no value>";
  const { kind, name } = typeOf(value);
  if (kind === "func") throw fail(machine, `can't print ${node.text} of type ${name}`);
  return sprint([kind === "pointer" ? indirect(value) : value]);
}

export function templateCall(pos: number, name: string, pipe: Pipe | undefined): Statement {
  const node = { pos, text: `{{template ${quote(name)}${pipe === undefined ? "" : ` ${pipe.text}`}}}` };
  const evaluate = pipe?.evaluate ?? (() => undefined);
  const link = (next: Step) => (machine: Machine) => {
    machine.node = node;
    return machines.callTemplate(machine, name, { evaluate, next });
  };
  return { link };
}

/** `{{break}}` or `{{continue}}`: leaves the blocks inside the loop on its way. */
export function jump(kind: "break" | "continue"): Statement {
  const link = (next: Step, loop: Loop | undefined) => (machine: Machine) => {
    for (let open = loop?.[kind].scopes ?? 0; open > 0; open--) closeScope(machine);
    return loop?.[kind].step ?? next;
  };
  return { link };
}

/** The loop seen from inside one more block. */
function inBlock(loop: Loop | undefined): Loop | undefined {
  const deeper = ({ step, scopes }: Exit): Exit => ({ step, scopes: scopes + 1 });
  return loop && { break: deeper(loop.break), continue: deeper(loop.continue) };
}

function closing(next: Step): Step {
  return (machine) => {
    closeScope(machine);
    return next;
  };
}

interface Branch {
  readonly pipe: Pipe;
  readonly list: readonly Statement[];
  readonly otherwise: readonly Statement[];
}

/** `{{if}}`, and `{{with}}`, which sets the dot. */
export function condition({ pipe, list, otherwise }: Branch, dot: "sets" | "keeps"): Statement {
  const link = (next: Step, loop: Loop | undefined) => {
    const end = closing(next);
    const yes = linkAll(list, end, inBlock(loop));
    const no = linkAll(otherwise, end, inBlock(loop));
    return (machine: Machine) => {
      machines.openScope(machine);
      const value = pipe.evaluate(machine);
      if (!isTrue(value)) return no;
      if (dot === "sets") machine.dot = value;
      return yes;
    };
  };
  return { link };
}

/**
 * A `break` in the else part of a range ends only this range, as in Go, though the parser allows it only inside of
 * another; `continue` goes on with that.
 */
export function range({ pipe, list, otherwise }: Branch): Statement {
  const link = (next: Step, loop: Loop | undefined) => {
    const end = closing(next);
    const turn: Step = (machine) => (takeTurn(machine, pipe) ? body : end);
    const [stop, again] = [end, turn].map((step): Exit => ({ step, scopes: 0 })) as [Exit, Exit];
    const body = linkAll(list, turn, { break: stop, continue: again });
    const around = inBlock(loop);
    const no = linkAll(otherwise, end, around && { ...around, break: stop });
    return (machine: Machine) => {
      const scope = machines.openScope(machine);
      scope.range = rangeOver(machine, indirect(pipe.evaluate(machine)), pipe);
      scope.range.variables = machine.variables;
      return scope.range.length === 0 ? no : turn;
    };
  };
  return { link };
}

/** Sets the dot and the variables for the next turn; false if there is none. */
function takeTurn(machine: Machine, { variables: names, assigns }: Pipe): boolean {
  const range = machine.scope?.range;
  if (range === undefined || range.index >= range.length) return false;
  const index = range.index++;
  const dot = range.value(index);
  machine.variables = range.variables;
  machine.dot = dot;
  // One variable gets the element, two get index and element. Those declared here are the innermost.
  const key = names.length > 1 ? range.key(index) : dot;
  const [first, second] = names;
  if (first === undefined) return true;
  const { variables: last } = machine;
  if (assigns === "declare" && last !== undefined) {
    last.value = dot;
    if (second !== undefined && last.outer !== undefined) last.outer.value = key;
  } else {
    findVariable(machine, first).value = key;
    if (second !== undefined) findVariable(machine, second).value = dot;
  }
  return true;
}

function rangeOver(machine: Machine, value: GoValue, { variables }: Pipe): Range {
  const start = { variables: undefined, index: 0, key: (index: number): GoValue => index };
  if (value === undefined) return { ...start, length: 0, value: start.key };
  const type = typeOf(value);
  if (value instanceof Typed && type.kind === "slice") {
    const items = values.itemsOf(value);
    const elem = values.elementType(value);
    return { ...start, length: items.length, value: (index) => typed(elem, items[index]) };
  }
  if (value instanceof Typed && type.kind === "map") {
    const keys = values.keysOf(value);
    const entry = (index: number) => values.entryOf(value, keys[index] ?? "");
    return { ...start, length: keys.length, key: (index) => typed(type.key ?? type, keys[index]), value: entry };
  }
  // A reflect.Value shows what a pointer points to.
  const shown = type.kind === "pointer" ? "<nil>" : sprint([value]);
  if (type.kind !== "int" && type.kind !== "uint") throw fail(machine, `range can't iterate over ${shown}`);
  if (variables.length > 1) throw fail(machine, `can't use ${shown} to iterate over more than one variable`);
  const count = Number(values.dataOf(value));
  return { ...start, length: Math.max(count, 0), key: () => undefined, value: (index) => typed(type, index) };
}
