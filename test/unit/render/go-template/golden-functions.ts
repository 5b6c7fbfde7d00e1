import { gatewayFunctions } from "../../../../agent/render/go-template/gateway-functions.ts";
import { typeNamed } from "../../../../agent/render/go-template/types.ts";
import type { GoComplex, GoFloat, GoFunction, GoMap, GoValue } from "../../../../agent/render/go-template/values.ts";
import { GoSlice } from "../../../../agent/render/go-template/values.ts";

/** The same functions as in generate/functions.go. */
export function goldenFunctions(): Readonly<Record<string, GoFunction>> {
  return {
    ...gatewayFunctions({ environment: { HOME: "/root" }, now: () => 0, timeZone: "UTC" }),
    sumText: {
      fn: (prefix: string, ...numbers: readonly number[]) =>
        prefix + String(numbers.reduce((total, number) => total + Number(number), 0)),
      params: ["string", "int"],
      variadic: true,
      result: "string",
    },
    nothing: { fn: () => null, params: [] },
    echo: { fn: (value: GoValue) => value, params: ["interface {}"] },
    fails: {
      fn: () => {
        throw new Error("it failed: 100%");
      },
      params: [],
    },
    int: { fn: (value: number) => value, params: ["int"] },
    float: { fn: (value: GoFloat) => value, params: ["float64"] },
    byte: { fn: (value: GoValue) => value, params: ["uint8"] },
    bool: { fn: (value: boolean) => value, params: ["bool"] },
    complex: { fn: (value: GoComplex) => value, params: ["complex128"] },
    strs: {
      fn: (...texts: readonly string[]) => new GoSlice(typeNamed("[]string"), texts),
      params: ["string"],
      variadic: true,
    },
    tagsOf: { fn: (tags: GoMap) => tags.entries.size, params: ["map[string]string"] },
    strMap: { fn: (map: GoMap) => map, params: ["map[string]interface {}"] },
  };
}
