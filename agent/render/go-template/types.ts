/** Go types, as far as template data and functions have them. Two types are the same when their names are. */

export type Kind =
  | ("bool" | "int" | "uint" | "float" | "complex" | "string")
  | ("interface" | "slice" | "map" | "struct" | "pointer" | "func")
  /** reflect.Value: an argument of a built-in that takes anything, as it is. */
  | "value";

export interface GoType {
  readonly kind: Kind;
  /** As Go prints it: `map[string]interface {}`, `main.App`. */
  readonly name: string;
  readonly bits?: number;
  readonly key?: GoType;
  readonly elem?: GoType;
  /** In the order in which Go prints them. */
  readonly fields?: ReadonlyMap<string, GoType>;
  /** Their functions take the receiver's data first, which is not among `params`. */
  readonly methods?: ReadonlyMap<string, GoFunction>;
}

/** A function that templates can call. It gets and gives plain data. */
export interface GoFunction {
  // biome-ignore lint/suspicious/noExplicitAny: the engine checks the arguments against `params` before the call.
  readonly fn: (...args: readonly any[]) => unknown;
  /** Go type names: `string`, `int`, `[]string`, `any`. Arguments are checked against them as Go does. */
  readonly params: readonly string[];
  /** The last of `params` repeats. */
  readonly variadic?: boolean;
  /** The Go type name of the result, where plain data would not say it. */
  readonly result?: string;
}

export const boolType: GoType = { kind: "bool", name: "bool" };
export const intType: GoType = { kind: "int", name: "int", bits: 64 };
export const floatType: GoType = { kind: "float", name: "float64" };
export const complexType: GoType = { kind: "complex", name: "complex128" };
export const stringType: GoType = { kind: "string", name: "string" };
export const anyType: GoType = { kind: "interface", name: "interface {}" };
export const valueType: GoType = { kind: "value", name: "reflect.Value" };

const basicTypes = new Map<string, GoType>(
  [boolType, intType, floatType, complexType, stringType, anyType, valueType].map((type) => [type.name, type]),
).set("any", anyType);

/** The type that a Go type name means: basic types, `any`, and slices and string maps of them. */
export function typeNamed(name: string): GoType {
  const known = basicTypes.get(name);
  if (known !== undefined) return known;
  const [, sign, bits] = /^(u?)int(8|16|32|64|)$/.exec(name) ?? [];
  if (bits !== undefined) return { kind: sign === "u" ? "uint" : "int", name, bits: Number(bits || 64) };
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

/** A named struct. */
export function structOf(name: string, fields: Readonly<Record<string, GoType>>): GoType {
  return { kind: "struct", name, fields: new Map(Object.entries(fields)) };
}

export function funcOf({ params, variadic, result }: GoFunction): GoType {
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

export function isWhole({ kind }: GoType): boolean {
  return kind === "int" || kind === "uint";
}
