/** Prints any value for any verb, as fmt's printArg and printValue do. */

import { type Flags, formatComplex, formatFloating, formatHex, formatInteger, formatString, pad } from "./format.ts";
import * as values from "./values.ts";
import { fieldOf, type GoValue, Typed, typed, typeOf, unbox } from "./values.ts";

/** Where addresses would be: ours have none worth printing, and the same text must come out each time. */
const noAddress = "0xc000000000";

/** An argument of a format's verb. */
export function printArgument(flags: Flags, argument: GoValue, verb: string): string {
  const value = unbox(argument);
  if (value === undefined) return verb === "v" || verb === "T" ? pad(flags, "<nil>") : `%!${verb}(<nil>)`;
  if (verb === "T") return formatString(flags, typeOf(value).name, "s") ?? "";
  const hasAddress = /^(?:pointer|map|slice|func)$/.test(typeOf(value).kind);
  if (verb === "p") return hasAddress ? noAddress : badVerb(flags, value, "p");
  return printValue(flags, value, { verb, depth: 0, usesMethods: true });
}

interface Printing {
  readonly verb: string;
  /** 0 for the argument itself, more inside of it. */
  readonly depth: number;
  /** Not inside a `%!verb(…)`: there values print without their methods. */
  readonly usesMethods: boolean;
}

function printValue(flags: Flags, held: GoValue, printing: Printing): string {
  const value = unbox(held);
  if (value === undefined) return flags.sharpV ? "interface {}(nil)" : "<nil>";
  return printPlain(flags, value, printing) ?? badVerb(flags, value, printing.verb);
}

/** `%!d(string=x)` */
function badVerb(flags: Flags, value: Exclude<GoValue, undefined>, verb: string): string {
  const shown = printValue(flags, value, { verb: "v", depth: 0, usesMethods: false });
  return `%!${verb}(${typeOf(value).name}=${shown})`;
}

/** Undefined if the verb is wrong for the value. */
function printPlain(flags: Flags, value: Exclude<GoValue, undefined>, printing: Printing): string | undefined {
  const { verb } = printing;
  if (typeof value === "string") return formatString(flags, value, verb);
  if (typeof value === "boolean") return verb === "t" || verb === "v" ? pad(flags, String(value)) : undefined;
  if (!(value instanceof Typed)) return formatInteger(flags, value, verb);
  const { type, data } = value;
  const method = printing.usesMethods && !flags.sharpV && /^[vsxXq]$/.test(verb) && type.methods?.get("String");
  if (method) return formatString(flags, String(method.fn(data)), verb);
  switch (type.kind) {
    case "uint":
      if (verb === "v" && flags.sharpV) return formatHex(flags, data as number | bigint);
      return formatInteger(flags, data as number | bigint, verb);
    case "int":
      return formatInteger(flags, data as number | bigint, verb);
    case "float":
      return formatFloating(flags, data as number, verb);
    case "complex":
      return formatComplex(flags, data as values.Complex, verb);
    default:
      return verb === "w" ? undefined : printComposite(flags, value, printing);
  }
}

function printComposite(flags: Flags, value: Typed, printing: Printing): string | undefined {
  const inside = { ...printing, depth: printing.depth + 1 };
  const print = (item: GoValue) => printValue(flags, item, inside);
  const { type, data } = value;
  const isNil = data === undefined && type.kind !== "struct";
  const wrap = (open: string, parts: readonly string[], close: string) => {
    if (!flags.sharpV) return `${open}${parts.join(" ")}${close}`;
    return type.name + (isNil ? "(nil)" : `{${parts.join(", ")}}`);
  };
  const elem = values.elementType(value);
  if (type.kind === "slice") {
    const items = values.itemsOf(value).map((item) => print(typed(elem, item)));
    return wrap("[", items, "]");
  }
  if (type.kind === "map") {
    const entries = values.keysOf(value).map((key) => `${print(key)}:${print(values.entryOf(value, key))}`);
    return wrap("map[", entries, "]");
  }
  if (type.kind === "struct") {
    const label = (name: string) => (flags.plusV || flags.sharpV ? `${name}:` : "");
    const fields = Array.from(type.fields ?? [], ([name, field]) => label(name) + print(fieldOf(value, name, field)));
    return wrap("{", fields, "}");
  }
  if (type.kind === "pointer" && !isNil && printing.depth === 0) {
    const target = unbox(typed(elem, data));
    if (target instanceof Typed && /^(?:map|slice|struct)$/.test(target.type.kind)) return `&${print(target)}`;
  }
  return printAddress(flags, value, printing.verb);
}

/** A nil pointer, a pointer below the top, a function. */
function printAddress(flags: Flags, { type, data }: Typed, verb: string): string | undefined {
  if (verb !== "v")
    return /^[bodxX]$/.test(verb) ? formatInteger(flags, data ? BigInt(noAddress) : 0, verb) : undefined;
  if (flags.sharpV) return `(${type.name})(${data === undefined ? "nil" : noAddress})`;
  return data === undefined ? pad(flags, "<nil>") : noAddress;
}
