import * as v from "valibot";

/** What the schema of a key says about its values, as far as it can be said in a document. */
export interface FieldFacts {
  /** Undefined if the key is required. */
  readonly fallback: unknown;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly isWhole: boolean;
  /** The values that are allowed, if they are few. */
  readonly options: readonly string[];
  /** Whether a number may also be written as text. */
  readonly takesText: boolean;
  /** What text must match. */
  readonly pattern: RegExp | undefined;
}

/** The parts of a valibot schema that are read here. */
interface Part {
  readonly kind: string;
  readonly type: string;
  readonly wrapped?: Part;
  readonly pipe?: readonly Part[];
  readonly options?: readonly (Part | string)[];
  readonly literal?: string;
  readonly requirement?: unknown;
}

/** Reads the facts out of a key's schema. */
export function factsOf(schema: v.GenericSchema): FieldFacts {
  const parts = partsOf(schema as unknown as Part);
  const numberOf = (type: string) => parts.flatMap((one) => (one.type === type ? [Number(one.requirement)] : []))[0];
  const patterns = parts.flatMap((one) => (one.requirement instanceof RegExp ? [one.requirement] : []));
  const hasType = (type: string) => parts.some((one) => one.type === type);
  return {
    fallback: v.getDefault(schema),
    minimum: numberOf("min_value"),
    maximum: numberOf("max_value"),
    isWhole: hasType("integer"),
    options: parts.flatMap((one) => (one.type === "picklist" ? (one.options as readonly string[]) : [])),
    takesText: hasType("number") && hasType("string"),
    pattern: patterns[0],
  };
}

/** A schema and all that it is made of, flat. */
function partsOf(part: Part): readonly Part[] {
  const choices = part.type === "union" ? (part.options ?? []) : [];
  const inner = [part.wrapped, ...(part.pipe ?? []), ...choices];
  return [part, ...inner.flatMap((one) => (typeof one === "object" && one !== part ? partsOf(one) : []))];
}
