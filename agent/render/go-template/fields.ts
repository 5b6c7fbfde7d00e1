/** Field chains: struct fields, map entries and methods, with Go's rules for nil and for what is missing. */

import type { CallSite, CompileCall, Stage } from "./call-site.ts";
import { fail, type Machine } from "./machine.ts";
import type { ChainNode, FieldNode, VariableNode } from "./nodes.ts";
import { quote } from "./quote.ts";
import type { GoType, Method } from "./types.ts";
import {
  Boxed,
  GoInteger,
  GoMap,
  GoPointer,
  GoStruct,
  type GoValue,
  type Held,
  indirect,
  typeOf,
  unbox,
  zeroOf,
} from "./values.ts";

interface ChainSite extends CallSite {
  readonly node: FieldNode | VariableNode | ChainNode;
  readonly names: readonly string[];
  /** For methods. Handed in, since calls evaluate arguments and those may be field chains. */
  readonly compileCall: CompileCall;
}

/** One name of a chain, and what was found under it last: the next value is likely to be of the same type. */
interface Access {
  readonly name: string;
  readonly site: ChainSite;
  /** The call's own arguments belong to the last name. */
  readonly takesArguments: boolean;
  type: GoType | undefined;
  index: number;
}

/** A step of a chain. `isInterface` says that the value came out of a container of interfaces. */
interface Receiver {
  readonly value: GoValue;
  readonly isInterface: boolean;
}

/** Follows the names from where `start` begins. */
export function compileFields(start: (machine: Machine) => Held, site: ChainSite): Stage {
  const last = site.names.length - 1;
  const hasArguments = site.args.length > 0 || site.isPiped;
  const accesses = site.names.map((name, index): Access => {
    const takesArguments = index === last && hasArguments;
    return { name, site, takesArguments, type: undefined, index: -1 };
  });
  return (machine, piped) => {
    machine.node = site.node;
    const held = start(machine);
    let isInterface = held instanceof Boxed;
    let value = unbox(held);
    for (const access of accesses) {
      const target = indirect(value);
      if (target instanceof GoStruct && target.type === access.type) value = target.values[access.index];
      else value = readField(machine, { value, isInterface }, { access, piped });
      isInterface = holdsInterfaces(target, access);
    }
    return site.keepsBoxes && isInterface && value !== undefined ? (new Boxed(value) as unknown as GoValue) : value;
  };
}

function holdsInterfaces(container: GoValue, { name }: Access): boolean {
  if (container instanceof GoMap) return container.type.elem?.kind === "interface";
  return container instanceof GoStruct && container.type.fields?.get(name)?.type.kind === "interface";
}

interface Wanted {
  readonly access: Access;
  readonly piped: GoValue;
}

function readField(machine: Machine, receiver: Receiver, { access, piped }: Wanted): GoValue {
  const { value } = receiver;
  const { name } = access;
  if (value === undefined) {
    if (machine.missingKey !== "error") return undefined;
    throw fail(machine, `nil data; no entry for key ${quote(name)}`);
  }
  const typeName = receiver.isInterface ? "interface {}" : typeOf(value).name;
  if (value === null) throw fail(machine, `nil pointer evaluating ${typeName}.${name}`);
  const target = indirect(value);
  const method = methodOf(target, name);
  if (method !== undefined) return callMethod(machine, { target, method }, { access, piped });
  if (target instanceof GoMap && target.type.key?.kind === "string") return readEntry(machine, target, access);
  if (target instanceof GoStruct) {
    const field = readStructField(machine, { target, typeName }, access);
    if (field !== notFound) return field;
  }
  const pointed = target instanceof GoPointer ? target.type.elem : undefined;
  if (pointed !== undefined && (pointed.kind !== "struct" || pointed.fields?.has(name)))
    throw fail(machine, `nil pointer evaluating ${typeName}.${name}`);
  throw fail(machine, `can't evaluate field ${name} in type ${typeName}`);
}

const notFound = Symbol("not found");

function readStructField(
  machine: Machine,
  { target, typeName }: { readonly target: GoStruct; readonly typeName: string },
  access: Access,
): GoValue | typeof notFound {
  const { name } = access;
  const field = target.type.fields?.get(name);
  if (field === undefined) return notFound;
  if (!/^\p{Lu}/u.test(name)) throw fail(machine, `${name} is an unexported field of struct type ${typeName}`);
  if (access.takesArguments) throw fail(machine, `${name} has arguments but cannot be invoked as function`);
  access.type = target.type;
  access.index = field.index;
  return target.values[field.index];
}

function readEntry(machine: Machine, target: GoMap, { name, takesArguments }: Access): GoValue {
  if (takesArguments) throw fail(machine, `${name} is not a method but has arguments`);
  const value = target.entries.get(name);
  if (value !== undefined || machine.missingKey === "default") return value;
  if (machine.missingKey === "error") throw fail(machine, `map has no entry for key ${quote(name)}`);
  return target.type.elem === undefined ? undefined : zeroOf(target.type.elem);
}

function methodOf(target: GoValue, name: string): Method | undefined {
  return target instanceof GoStruct || target instanceof GoInteger ? target.type.methods?.get(name) : undefined;
}

interface Bound {
  readonly target: GoValue;
  readonly method: Method;
}

/** Calls a method, with the arguments of the call site if it is the last of the chain. Methods are rare: no cache. */
function callMethod(machine: Machine, { target, method }: Bound, { access, piped }: Wanted): GoValue {
  const { site, takesArguments, name } = access;
  const args = takesArguments ? site.args : [];
  const isPiped = takesArguments && site.isPiped;
  const fn = (...values: readonly GoValue[]) => method.fn(target, ...values) as GoValue;
  return site.compileCall({ ...site, name, args, isPiped }, method, () => ({ fn }))(machine, piped);
}
