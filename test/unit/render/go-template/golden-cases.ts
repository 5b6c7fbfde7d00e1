import { parseTemplate } from "../../../../agent/render/go-template/index.ts";
import type { MissingKey } from "../../../../agent/render/go-template/machine.ts";
import { fromBytes } from "../../../../agent/render/go-text/bytes.ts";
import { goldenFunctions } from "./golden-functions.ts";
import { base64, decodeValue, type Tagged, type TypeTable } from "./golden-values.ts";

export interface GoldenCase {
  readonly group: string;
  readonly text: string;
  readonly data: string;
  readonly left?: string;
  readonly right?: string;
  readonly missingKey?: MissingKey | "invalid";
  readonly partials?: readonly (readonly [string, string])[];
  readonly output?: string;
  readonly bytes?: string;
  readonly error?: string;
}

/** What generate/main.go prints. */
export interface Golden {
  readonly go: string;
  readonly types: TypeTable;
  readonly data: Readonly<Record<string, Tagged>>;
  readonly cases: readonly GoldenCase[];
  readonly times: readonly {
    readonly zone: string;
    readonly millis: number;
    readonly text: string;
    readonly output: string;
  }[];
}

export interface Outcome {
  readonly output?: string;
  readonly error?: string;
}

/** Our outcome of a case beside Go's. */
export function checkCase(golden: Golden, one: GoldenCase): { readonly actual: Outcome; readonly expected: Outcome } {
  const output = one.bytes === undefined ? one.output : fromBytes(base64(one.bytes));
  const expected = output === undefined ? { error: one.error ?? "" } : { output };
  return { actual: outcome(golden, one), expected };
}

function outcome(golden: Golden, one: GoldenCase): Outcome {
  const functions = goldenFunctions();
  const missingKey = one.missingKey === "invalid" ? "default" : (one.missingKey ?? "default");
  try {
    const template = parseTemplate({
      name: "t",
      text: one.text,
      partials: (one.partials ?? []).map(([name, text]) => ({ name, text })),
      leftDelimiter: one.left,
      rightDelimiter: one.right,
      functions,
      missingKey,
    });
    return { output: template.execute(decodeValue(golden.types, golden.data[one.data] ?? null, functions)) };
  } catch (error) {
    // JSON has no bytes: the generator's errors come with U+FFFD in their place.
    return { error: (error as Error).message.toWellFormed() };
  }
}
