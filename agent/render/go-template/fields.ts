/** Field chains: struct fields, map entries and methods, with Go's rules for nil and for what is missing. */

import { type CallSite, calleeOf, compileCall, type Evaluate, type Stage } from "./calls.ts";
import type { Located } from "./errors.ts";
import { fail, type Machine } from "./machine.ts";
import { quote } from "./quote.ts";
import type { GoFunction, GoType } from "./types.ts";
import { elementType, entryOf, fieldOf, type GoValue, indirect, Typed, typed, typeOf } from "./values.ts";

/** One name of a chain. */
interface Access {
  readonly name: string;
  readonly node: Located;
  /** The call's own arguments belong to the last name. */
  readonly site: CallSite;
  readonly takesArguments: boolean;
  /** The struct that had the field last, and the field's type: the next value is likely to be of the same type. */
  struct: GoType | undefined;
  type: GoType | undefined;
}

interface Chain {
  readonly node: Located;
  readonly names: readonly string[];
  readonly site: CallSite;
}

/** Follows the names from where `start` begins. */
export function compileFields(start: Evaluate, { node, names, site }: Chain): Stage {
  const hasArguments = site.args.length > 0 || site.isPiped;
  const accesses = names.map((name, index): Access => {
    const isLast = index === names.length - 1;
    const own = isLast ? site : { ...site, args: [], isPiped: false };
    return { name, node, site: own, takesArguments: isLast && hasArguments, struct: undefined, type: undefined };
  });
  return (machine, piped) => {
    machine.node = node;
    let value = start(machine);
    for (const access of accesses) {
      if (value instanceof Typed && value.type === access.struct && access.type !== undefined)
        value = fieldOf(value, access.name, access.type);
      else value = readField(machine, value, { access, piped });
    }
    return value;
  };
}

interface Wanted {
  readonly access: Access;
  readonly piped: GoValue;
}

function readField(machine: Machine, receiver: GoValue, { access, piped }: Wanted): GoValue {
  const { name } = access;
  if (receiver === undefined) {
    if (machine.missingKey !== "error") return undefined;
    throw fail(machine, `nil data; no entry for key ${quote(name)}`);
  }
  const typeName = typeOf(receiver).name;
  const target = indirect(receiver);
  if (target === undefined) throw fail(machine, `nil pointer evaluating ${typeName}.${name}`);
  const type = typeOf(target);
  if (target instanceof Typed) {
    const method = type.methods?.get(name);
    if (method !== undefined) return callMethod(target, method, access)(machine, piped);
    if (type.kind === "map" && type.key?.kind === "string") return readEntry(machine, target, access);
    const fieldType = type.fields?.get(name);
    if (fieldType !== undefined) return readStructField(machine, target, { access, fieldType, typeName });
    if (type.kind === "pointer" && (type.elem?.kind !== "struct" || type.elem.fields?.has(name)))
      throw fail(machine, `nil pointer evaluating ${typeName}.${name}`);
  }
  throw fail(machine, `can't evaluate field ${name} in type ${typeName}`);
}

interface Field {
  readonly access: Access;
  readonly fieldType: GoType;
  readonly typeName: string;
}

function readStructField(machine: Machine, target: Typed, { access, fieldType, typeName }: Field): GoValue {
  const { name, takesArguments } = access;
  if (!/^\p{Lu}/u.test(name)) throw fail(machine, `${name} is an unexported field of struct type ${typeName}`);
  if (takesArguments) throw fail(machine, `${name} has arguments but cannot be invoked as function`);
  access.struct = target.type;
  access.type = fieldType;
  return fieldOf(target, name, fieldType);
}

function readEntry(machine: Machine, target: Typed, { name, takesArguments }: Access): GoValue {
  if (takesArguments) throw fail(machine, `${name} is not a method but has arguments`);
  const value = entryOf(target, name);
  if (value !== undefined || machine.missingKey === "default") return value;
  if (machine.missingKey === "error") throw fail(machine, `map has no entry for key ${quote(name)}`);
  return typed(elementType(target), undefined);
}

/** A call of a method, whose function gets the receiver's data first. Methods are rare: compiled at each call. */
function callMethod({ data }: Typed, method: GoFunction, { name, node, site }: Access): Stage {
  const callee = calleeOf({ ...method, fn: (...args) => method.fn(data, ...args) });
  return compileCall(site, { name, node, callee });
}
