/** Go types, as far as template data and functions have them. Two types are the same when their names are. */

export type Kind =
  | "bool"
  | "int"
  | "uint"
  | "float"
  | "complex"
  | "string"
  | "interface"
  | "slice"
  | "map"
  | "struct"
  | "pointer"
  | "func"
  /** reflect.Value: an argument of a built-in that takes anything, as it is. */
  | "value";

export interface GoType {
  readonly kind: Kind;
  /** As Go prints it: `map[string]interface {}`, `main.App`. */
  readonly name: string;
  readonly bits?: number;
  readonly key?: GoType;
  readonly elem?: GoType;
  readonly fields?: ReadonlyMap<string, Field>;
  readonly methods?: ReadonlyMap<string, Method>;
}

export interface Field {
  readonly index: number;
  readonly type: GoType;
}

/** A function of templates. The last of `params` repeats if `variadic` is set. */
export interface Callable {
  /** Go type names: `string`, `int`, `[]string`, `interface {}`. Arguments are checked against them as Go does. */
  readonly params: readonly string[];
  readonly variadic?: true;
  /** The Go type name of the result; only shown in the type of a function that is itself a value. */
  readonly result?: string;
}

/** A method: its function takes the receiver first, which is not among `params`. */
export interface Method extends Callable {
  // biome-ignore lint/suspicious/noExplicitAny: types come before values; values.ts narrows it.
  readonly fn: (...args: readonly any[]) => unknown;
}

const basic = (kind: Kind, name: string, bits?: number): GoType =>
  bits === undefined ? { kind, name } : { kind, name, bits };

export const boolType = basic("bool", "bool");
export const intType = basic("int", "int", 64);
export const uint8Type = basic("uint", "uint8", 8);
export const floatType = basic("float", "float64", 64);
export const complexType = basic("complex", "complex128", 128);
export const stringType = basic("string", "string");
export const anyType = basic("interface", "interface {}");
export const valueType = basic("value", "reflect.Value");

const named: ReadonlyMap<string, GoType> = new Map(
  [
    boolType,
    intType,
    ...[8, 16, 32, 64].map((bits) => basic("int", `int${bits}`, bits)),
    basic("uint", "uint", 64),
    uint8Type,
    ...[16, 32, 64].map((bits) => basic("uint", `uint${bits}`, bits)),
    floatType,
    complexType,
    stringType,
    anyType,
    { ...anyType, alias: "any" },
    valueType,
  ].map((type) => ["alias" in type ? type.alias : type.name, type]),
);

/** The type that a Go type name means: basic types, `any`, and slices and string maps of them. */
export function typeNamed(name: string): GoType {
  const known = named.get(name);
  if (known !== undefined) return known;
  if (name.startsWith("[]")) return sliceOf(typeNamed(name.slice(2)));
  if (name.startsWith("map[string]")) return mapOf(stringType, typeNamed(name.slice("map[string]".length)));
  throw new Error(`${JSON.stringify(name)} is not a known Go type`);
}

export function sliceOf(elem: GoType): GoType {
  return { kind: "slice", name: `[]${elem.name}`, elem };
}

export function mapOf(key: GoType, elem: GoType): GoType {
  return { kind: "map", name: `map[${key.name}]${elem.name}`, key, elem };
}

export function pointerTo(elem: GoType): GoType {
  return { kind: "pointer", name: `*${elem.name}`, elem };
}

/** A named struct; `fields` in the order in which Go prints them. */
export function structOf(name: string, fields: Readonly<Record<string, GoType>>): GoType {
  const entries = Object.entries(fields).map(([field, type], index) => [field, { index, type }] as const);
  return { kind: "struct", name, fields: new Map(entries) };
}

export function funcOf({ params, variadic, result }: Callable): GoType {
  const types = params.map((name, index) => (variadic && index === params.length - 1 ? `...${name}` : name));
  return { kind: "func", name: `func(${types.join(", ")})${result === undefined ? "" : ` ${result}`}` };
}

/** Whether a value of one type can be passed where the other is wanted. */
export function isAssignable(from: GoType, to: GoType): boolean {
  return to.kind === "interface" || from === to || from.name === to.name;
}

/** Whether nil is a value of the type. */
export function canBeNil({ kind }: GoType): boolean {
  return /^(?:interface|slice|map|pointer|func|value)$/.test(kind);
}
