import { fromBytes } from "../../../../agent/render/go-template/bytes.ts";
import * as types from "../../../../agent/render/go-template/types.ts";
import type { GoFunction, GoValue } from "../../../../agent/render/go-template/values.ts";
import * as values from "../../../../agent/render/go-template/values.ts";

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

/** Turns the generator's data back into Go values. */
export function decodeValue(
  table: TypeTable,
  tagged: Tagged,
  functions: Readonly<Record<string, GoFunction>>,
): GoValue {
  const known = new Map<string, types.GoType>();
  const decode = (name: string, data: unknown): GoValue => decodeAs(typeOf(name), data);
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
  const decodeAs = (type: types.GoType, data: unknown): GoValue => {
    const elem = type.elem ?? types.anyType;
    if (type.kind === "interface") return data === null ? null : decode(...(data as [string, unknown]));
    if (type.kind === "int" || type.kind === "uint") return integer(type, data as string);
    if (type.kind === "float") return new values.GoFloat(Number((data as string).replace("Inf", "Infinity")));
    if (type.kind === "func") return new values.GoFunc(functions["sumText"] as GoFunction);
    if (type.kind === "string" && typeof data !== "string") return fromBytes(base64((data as { bytes: string }).bytes));
    if (data === null) return values.zeroOf(type);
    if (type.kind === "pointer") return new values.GoPointer(type, decodeAs(elem, (data as unknown[])[0]));
    if (type.kind === "slice") {
      const [items = [], beyond = []] = data as readonly unknown[][];
      return new values.GoSlice(
        type,
        items.map((item) => decodeAs(elem, item)),
        beyond.map((item) => decodeAs(elem, item)),
      );
    }
    if (type.kind === "map") {
      const entries = (data as [unknown, unknown][]).map(
        ([key, value]) =>
          [decodeAs(type.key ?? types.stringType, key) as values.MapKey, decodeAs(elem, value)] as const,
      );
      return new values.GoMap(type, new Map(entries));
    }
    if (type.kind !== "struct") return data as GoValue;
    const fields = [...(type.fields?.values() ?? [])];
    return new values.GoStruct(
      type,
      fields.map((field, index) => decodeAs(field.type, (data as unknown[])[index])),
    );
  };
  return tagged === null ? undefined : decode(...tagged);
}

function integer(type: types.GoType, text: string): GoValue {
  return type.name === "int" ? values.intOf(BigInt(text)) : new values.GoInteger(type, BigInt(text));
}

export function base64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "base64"));
}
