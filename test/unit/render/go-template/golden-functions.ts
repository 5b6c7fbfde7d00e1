import { gatewayFunctions } from "../../../../agent/render/gateway-functions.ts";
import type { GoFunction } from "../../../../agent/render/go-template/index.ts";

/** The same functions as in generate/functions.go. */
export function goldenFunctions(): Readonly<Record<string, GoFunction>> {
  const same = (value: unknown) => value;
  return {
    ...gatewayFunctions(() => ({ environment: { HOME: "/root" }, now: () => 0, timeZone: "UTC" })),
    sumText: {
      fn: (prefix: string, ...numbers: readonly number[]) =>
        prefix + String(numbers.reduce((total, number) => total + Number(number), 0)),
      params: ["string", "int"],
      variadic: true,
      result: "string",
    },
    nothing: { fn: () => null, params: [] },
    echo: { fn: same, params: ["interface {}"] },
    fails: {
      fn: () => {
        throw new Error("it failed: 100%");
      },
      params: [],
    },
    int: { fn: same, params: ["int"], result: "int" },
    float: { fn: same, params: ["float64"], result: "float64" },
    byte: { fn: same, params: ["uint8"], result: "uint8" },
    bool: { fn: same, params: ["bool"], result: "bool" },
    complex: { fn: same, params: ["complex128"], result: "complex128" },
    strs: { fn: (...texts: readonly string[]) => texts, params: ["string"], variadic: true, result: "[]string" },
    tagsOf: { fn: (tags?: ReadonlyMap<string, string>) => tags?.size ?? 0, params: ["map[string]string"] },
    strMap: { fn: same, params: ["map[string]interface {}"], result: "map[string]interface {}" },
  };
}
