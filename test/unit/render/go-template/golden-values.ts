import type { GoFunction } from "../../../../agent/render/go-template/types.ts";
import * as types from "../../../../agent/render/go-template/types.ts";
import { functionValue, Typed } from "../../../../agent/render/go-template/values.ts";
import { fromBytes } from "../../../../agent/render/go-text/bytes.ts";

/** A Go type as the generator describes it. */
export interface TypeInfo {
  readonly kind: string;
  readonly bits?: number;
  readonly key?: string;
  readonly elem?: string;
  readonly fields?: readonly (readonly [string, string])[];
}

export type TypeTable = Readonly<Record<string, TypeInfo>>;

/** Nil, or a type's name and its value: what the generator writes for an interface. */
export type Tagged = null | readonly [string, unknown];

/** What needs no type: the engine takes plain data for these. */
const plainTypes = new Set(["string", "bool", "int", "[]interface {}"]);

/** Turns the generator's data back into data for the engine. */
export function decodeValue(
  table: TypeTable,
  tagged: Tagged,
  functions: Readonly<Record<string, GoFunction>>,
): unknown {
  const known = new Map<string, types.GoType>();
  const typeOf = (name: string): types.GoType => {
    const made = known.get(name) ?? makeType(name);
    known.set(name, made);
    return made;
  };
  const makeType = (name: string): types.GoType => {
    const info = table[name];
    if (info === undefined) throw new Error(`the golden file lacks the type ${name}`);
    if (info.kind === "ptr") return types.pointerTo(typeOf(info.elem ?? ""));
    if (info.kind === "slice") return types.sliceOf(typeOf(info.elem ?? ""));
    if (info.kind === "map") return types.mapOf(typeOf(info.key ?? ""), typeOf(info.elem ?? ""));
    if (info.kind === "func") return { kind: "func", name };
    if (info.kind !== "struct") return types.typeNamed(name);
    return types.structOf(name, Object.fromEntries((info.fields ?? []).map(([field, type]) => [field, typeOf(type)])));
  };
  const decodeTagged = (pair: Tagged): unknown => {
    if (pair === null) return null;
    const type = typeOf(pair[0]);
    const data = decode(type, pair[1]);
    if (type.name === "map[string]interface {}" && data instanceof Map) return Object.fromEntries(data);
    const isPlain = plainTypes.has(type.name) || (type.kind === "float" && !Number.isInteger(data));
    return (isPlain && data !== undefined) || data instanceof Typed ? data : new Typed(type, data);
  };
  const decode = (type: types.GoType, data: unknown): unknown => {
    const elem = type.elem ?? types.anyType;
    if (type.kind === "interface") return decodeTagged(data as Tagged);
    if (type.kind === "int" || type.kind === "uint") return integer(data as string);
    if (type.kind === "float") return Number((data as string).replace("Inf", "Infinity"));
    if (data === null) return undefined;
    if (type.kind === "func") return functionValue(functions["sumText"] as GoFunction);
    if (type.kind === "string" && typeof data !== "string") return fromBytes(base64((data as { bytes: string }).bytes));
    if (type.kind === "pointer") return decode(elem, (data as unknown[])[0]);
    if (type.kind === "slice") {
      const [items = [], beyond = []] = (data as readonly unknown[][]).map((part) =>
        part.map((item) => decode(elem, item)),
      );
      return beyond.length === 0 ? items : new Typed(type, items, [...items, ...beyond]);
    }
    if (type.kind === "map") {
      const entries = data as [unknown, unknown][];
      return new Map(
        entries.map(([key, value]) => [decode(type.key ?? types.stringType, key), decode(elem, value)] as const),
      );
    }
    if (type.kind !== "struct") return data;
    return Object.fromEntries(
      Array.from(type.fields ?? [], ([name, field], index) => [name, decode(field, (data as unknown[])[index])]),
    );
  };
  return decodeTagged(tagged);
}

function integer(text: string): number | bigint {
  const small = Number(text);
  return Number.isSafeInteger(small) ? small : BigInt(text);
}

export function base64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "base64"));
}
