/**
 * Expressions into closures. Like Go's, the evaluator notes which node it is at (`machine.node`) and does not go back
 * to the outer one afterwards: errors point where Go's point.
 */

import { compileArgument, validate } from "./arguments.ts";
import { callFunction } from "./call.ts";
import { type CallSite, type CompiledPipe, type Functions, failing, findFunction, type Stage } from "./call-site.ts";
import { compileFields } from "./fields.ts";
import { charge, declare, fail, findVariable, type Machine } from "./machine.ts";
import type {
  ChainNode,
  CommandNode,
  Expression,
  IdentifierNode,
  NumberNode,
  Operand,
  PipeNode,
  VariableNode,
} from "./nodes.ts";
import { nodeText } from "./nodes.ts";
import { checkLength } from "./printer.ts";
import { quote } from "./quote.ts";
import { type Callable, type GoType, typeNamed, valueType } from "./types.ts";
import { GoComplex, GoFloat, type GoFunction, type GoValue, intOf, isTrue, unbox } from "./values.ts";

/** A pipeline: the value of its last command, which its variables get. */
export function compilePipe(pipe: PipeNode, functions: Functions): CompiledPipe {
  const [first, ...rest] = pipe.commands.map((command, index) => compileCommand(command, functions, index > 0));
  const evaluate: CompiledPipe = (machine) => {
    machine.node = pipe;
    let value = first?.(machine, undefined) ?? undefined;
    for (const stage of rest) value = stage(machine, value) ?? undefined;
    return value;
  };
  return pipe.variables.length === 0 ? evaluate : (machine) => assign(machine, pipe, evaluate(machine));
}

function assign(machine: Machine, pipe: PipeNode, value: GoValue): GoValue {
  for (const { name } of pipe.variables) {
    if (pipe.assigns === "assign") findVariable(machine, name).value = value;
    else declare(machine, name, value);
  }
  return value;
}

function compileCommand(command: CommandNode, functions: Functions, isPiped: boolean): Stage {
  const [first] = command.args;
  const args = command.args.slice(1);
  const takesArguments = args.length > 0 || isPiped;
  if (first === undefined) return () => undefined;
  switch (first.kind) {
    case "field":
    case "chain":
      return compileOperand(first, { name: "", node: first, args, isPiped, functions });
    case "variable":
      if (first.names.length === 0 && takesArguments) return notAFunction(first, first);
      return compileOperand(first, { name: "", node: first, args, isPiped, functions });
    case "identifier":
      return compileIdentifier(first, { name: first.name, node: command, args, isPiped, functions });
    case "pipe":
      return takesArguments ? notAFunction(first, undefined) : compilePipe(first, functions);
    case "nil":
      return takesArguments ? notAFunction(first, first) : failing(first, "nil is not a command");
    default:
      return takesArguments ? notAFunction(first, first) : compileConstant(first);
  }
}

function notAFunction(node: Expression, at: Expression | undefined): Stage {
  return failing(at, `can't give argument to non-function ${nodeText(node)}`);
}

/** Whatever can have fields behind it: `.A.B`, `$x.A`, `(f).A`. */
function compileOperand(node: Operand, site: CallSite): Stage {
  switch (node.kind) {
    case "field":
      return compileFields((machine) => machine.dot, { ...site, node, names: node.names, compileCall });
    case "variable":
      return compileVariable(node, site);
    case "chain":
      return compileChain(node, site);
    case "identifier":
      return compileIdentifier(node, site);
    default:
      return compileConstant(node, site.keepsBoxes);
  }
}

function compileVariable(node: VariableNode, site: CallSite): Stage {
  if (node.names.length > 0)
    return compileFields((machine) => findVariable(machine, node.name).value, {
      ...site,
      node,
      names: node.names,
      compileCall,
    });
  return (machine) => {
    machine.node = node;
    const { value } = findVariable(machine, node.name);
    return site.keepsBoxes ? (value as GoValue) : unbox(value);
  };
}

function compileChain(node: ChainNode, site: CallSite): Stage {
  const evaluate = compileUntyped(node.node, site.functions);
  return compileFields(evaluate, { ...site, node, names: node.names, compileCall });
}

/** An argument or the head of a chain, whatever its type. */
function compileUntyped(node: Expression, functions: Functions, keepsBoxes = false): CompiledPipe {
  if (node.kind === "pipe") return compilePipe(node, functions);
  const name = node.kind === "identifier" ? node.name : "";
  const evaluate = compileOperand(node, { name, node, args: [], isPiped: false, functions, keepsBoxes });
  return (machine) => evaluate(machine, undefined);
}

/** A constant or the dot, as it is. */
function compileConstant(node: Operand, keepsBoxes = false): Stage {
  if (node.kind === "dot")
    return (machine) => {
      machine.node = node;
      return keepsBoxes ? (machine.dot as GoValue) : unbox(machine.dot);
    };
  const value =
    node.kind === "number" ? constantOf(node) : node.kind === "string" || node.kind === "bool" ? node.value : null;
  if (value === undefined) return failing(node, `${nodeText(node)} overflows int`);
  return (machine) => {
    machine.node = node;
    return value;
  };
}

/** The value of an untyped number; undefined if it is too large for an int. */
function constantOf({ text, int, float, complex }: NumberNode): GoValue {
  if (complex !== undefined) return new GoComplex(complex.real, complex.imaginary);
  const isHexInteger = /^0[xX][^pP]+$/.test(text);
  if (float !== undefined && !isHexInteger && !text.startsWith("'") && /[.eEpP]/.test(text)) return new GoFloat(float);
  return int === undefined ? undefined : intOf(int);
}

function compileIdentifier(node: IdentifierNode, site: CallSite): Stage {
  const callee = findFunction(site.functions, node.name);
  if (callee === undefined) return failing(node, `${quote(node.name)} is not a defined function`);
  const isBuiltin = callee === site.functions.builtins[node.name];
  const call = isBuiltin ? compileBuiltin(site, callee) : compileOwn(site, callee);
  return (machine, piped) => {
    machine.node = node;
    return call(machine, piped);
  };
}

function compileOwn(site: CallSite, callee: GoFunction): Stage {
  return compileCall(site, callee, ({ functions }) => functions?.[site.name] ?? callee);
}

/** Three built-ins are more than functions: `and`, `or`, and `call`, whose errors name what it calls. */
function compileBuiltin(site: CallSite, callee: GoFunction): Stage {
  if (site.name === "and" || site.name === "or") return compileLogic(site.name, site, callee);
  const [first] = site.args;
  const calling = { fn: (...values: readonly GoValue[]) => callFunction(values, first && nodeText(first)) };
  return compileCall(site, callee, () => (site.name === "call" ? calling : callee));
}

/** `and` and `or` evaluate no more arguments than they need, and give back the one that decided. */
function compileLogic(name: "and" | "or", site: CallSite, callee: Callable): Stage {
  const problem = countProblem(site, callee);
  if (problem !== undefined) return failing(undefined, problem);
  const evaluators = compileArguments(site, () => valueType);
  const decisive = name === "or";
  return (machine, piped) => {
    let value: GoValue;
    for (const evaluate of evaluators) {
      value = evaluate(machine);
      if (isTrue(value) === decisive) return value;
    }
    return site.isPiped ? piped : value;
  };
}

/** The arguments of a call site, each of the type that `typeAt` gives for its index. */
function compileArguments(site: CallSite, typeAt: (index: number) => GoType): readonly CompiledPipe[] {
  const { args, name, functions } = site;
  const keepsBoxes = name === "slice" && !Object.hasOwn(functions.own, name);
  return args.map((node, index) => compileArgument(node, typeAt(index), compileUntyped(node, functions, keepsBoxes)));
}

/** A call: counts the arguments now, checks their types and calls when it runs. */
function compileCall(
  site: CallSite,
  callee: Callable,
  choose: (machine: Machine) => { readonly fn: GoFunction["fn"] },
): Stage {
  const problem = countProblem(site, callee);
  if (problem !== undefined) return failing(undefined, problem);
  const types = callee.params.map(typeNamed);
  const typeAt = (index: number) => types[Math.min(index, types.length - 1)] ?? valueType;
  const evaluators = compileArguments(site, typeAt);
  const pipedType = typeAt(evaluators.length);
  return (machine, piped) => {
    const values: GoValue[] = [];
    for (const evaluate of evaluators) values.push(evaluate(machine));
    if (site.isPiped) values.push(validate(machine, piped, pipedType));
    return invoke(machine, { site, fn: choose(machine).fn, values });
  };
}

function countProblem({ name, args, isPiped }: CallSite, { params, variadic }: Callable): string | undefined {
  const count = args.length + (isPiped ? 1 : 0);
  if (variadic === undefined)
    return count === params.length ? undefined : `wrong number of args for ${name}: want ${params.length} got ${count}`;
  const least = params.length - 1;
  return count >= least ? undefined : `wrong number of args for ${name}: want at least ${least} got ${args.length}`;
}

type Invocation = { readonly site: CallSite; readonly fn: GoFunction["fn"]; readonly values: readonly GoValue[] };

function invoke(machine: Machine, { site, fn, values }: Invocation): GoValue {
  for (const value of values) if (typeof value === "string" && value.length > 256) charge(machine, value.length >> 6);
  try {
    const result = fn(...values);
    if (typeof result === "string") checkLength(result.length);
    return result;
  } catch (error) {
    machine.node = site.node;
    throw fail(machine, `error calling ${site.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
