/** What the parts of the evaluator share: where a call stands, and what it may call. */

import { fail, type Machine } from "./machine.ts";
import type { Expression, Located } from "./nodes.ts";
import type { Callable } from "./types.ts";
import type { GoFunction, GoValue } from "./values.ts";

/** What a template may call: Go's built-ins and the user's own, which win. */
export interface Functions {
  readonly builtins: Readonly<Record<string, GoFunction>>;
  readonly own: Readonly<Record<string, GoFunction>>;
}

export type CompiledPipe = (machine: Machine) => GoValue;

/** A command. `piped` is what the command before it in the pipeline gave. */
export type Stage = (machine: Machine, piped: GoValue) => GoValue;

/** Where a call stands: its arguments, and whether one more comes through the pipe. */
export interface CallSite {
  readonly name: string;
  /** What an error of the function itself points at. */
  readonly node: Located;
  readonly args: readonly Expression[];
  readonly isPiped: boolean;
  readonly functions: Functions;
  /** Set for the operands that must tell an interface from what is inside: those of the built-in `slice`. */
  readonly keepsBoxes?: boolean;
}

/** Compiles a call; `choose` says at the time of the call which function it is. */
export type CompileCall = (
  site: CallSite,
  callee: Callable,
  choose: (machine: Machine) => { readonly fn: GoFunction["fn"] },
) => Stage;

/** A function of that name; a name like `toString` finds nothing by accident. */
export function findFunction({ own, builtins }: Functions, name: string): GoFunction | undefined {
  return Object.hasOwn(own, name) ? own[name] : Object.hasOwn(builtins, name) ? builtins[name] : undefined;
}

/** A command that always fails, at the given node or where evaluation happens to be. */
export function failing(node: Located | undefined, message: string): (machine: Machine) => never {
  return (machine) => {
    if (node !== undefined) machine.node = node;
    throw fail(machine, message);
  };
}
