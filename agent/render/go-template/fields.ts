/** Field chains: struct fields, map entries and methods, with Go's rules for nil and for what is missing. */

import { type CallSite, calleeOf, compileCall, type Evaluate, type Stage } from "./calls.ts";
import type { Located } from "./errors.ts";
import { fail, type Machine } from "./machine.ts";
import { quote } from "./quote.ts";
import type { GoType } from "./types.ts";
import { elementType, entryOf, fieldOf, type GoValue, indirect, Typed, typed, typeOf } from "./values.ts";

/** One name of a chain. */
interface Access {
  readonly name: string;
  /** For the last name, the call's own arguments. */
  readonly site: CallSite;
  readonly takesArguments: boolean;
  /** The struct that had the field last, and the field's type: the next value is likely to be of the same type. */
  struct: GoType | undefined;
  type: GoType | undefined;
}

/** Follows the names from where `start` begins. */
export function compileFields(start: Evaluate, names: readonly string[], site: CallSite & { node: Located }): Stage {
  const hasArguments = site.args.length > 0 || site.isPiped;
  const accesses = names.map((name, index): Access => {
    const takesArguments = hasArguments && index === names.length - 1;
    const own = takesArguments ? site : { args: [], isPiped: false };
    return { name, site: own, takesArguments, struct: undefined, type: undefined };
  });
  return (machine, piped) => {
    machine.node = site.node;
    let value = start(machine);
    for (const access of accesses) {
      if (value instanceof Typed && value.type === access.struct && access.type !== undefined)
        value = fieldOf(value, access.name, access.type);
      else value = readField(machine, value, { ...site, access, piped });
    }
    return value;
  };
}

interface Wanted {
  readonly node: Located;
  readonly access: Access;
  readonly piped: GoValue;
}

function readField(machine: Machine, receiver: GoValue, { node, access, piped }: Wanted): GoValue {
  const { name, site, takesArguments } = access;
  if (receiver === undefined) {
    if (machine.missingKey !== "error") return undefined;
    throw fail(machine, `nil data; no entry for key ${quote(name)}`);
  }
  const typeName = typeOf(receiver).name;
  const target = indirect(receiver);
  if (target === undefined) throw fail(machine, `nil pointer evaluating ${typeName}.${name}`);
  if (!(target instanceof Typed)) throw fail(machine, `can't evaluate field ${name} in type ${typeName}`);
  const { kind, key, elem, fields, methods } = target.type;
  const method = methods?.get(name);
  if (method !== undefined) {
    // The method's function gets the receiver's data first. Methods are rare: compiled at each call.
    const callee = calleeOf({ ...method, fn: (...args) => method.fn(target.data, ...args) });
    return compileCall(site, { name, node, callee })(machine, piped);
  }
  if (kind === "map" && key?.kind === "string") return readEntry(machine, target, access);
  const type = fields?.get(name);
  if (type !== undefined) {
    if (!/^\p{Lu}/u.test(name)) throw fail(machine, `${name} is an unexported field of struct type ${typeName}`);
    if (takesArguments) throw fail(machine, `${name} has arguments but cannot be invoked as function`);
    Object.assign(access, { struct: target.type, type });
    return fieldOf(target, name, type);
  }
  if (kind === "pointer" && (elem?.kind !== "struct" || elem.fields?.has(name)))
    throw fail(machine, `nil pointer evaluating ${typeName}.${name}`);
  throw fail(machine, `can't evaluate field ${name} in type ${typeName}`);
}

function readEntry(machine: Machine, target: Typed, { name, takesArguments }: Access): GoValue {
  if (takesArguments) throw fail(machine, `${name} is not a method but has arguments`);
  const value = entryOf(target, name);
  if (value !== undefined || machine.missingKey === "default") return value;
  if (machine.missingKey === "error") throw fail(machine, `map has no entry for key ${quote(name)}`);
  return typed(elementType(target), undefined);
}
