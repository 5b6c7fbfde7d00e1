import { namesAsked, upstreamOf, withoutSeeds } from "../seeds.ts";
import type { ConfigShape } from "./shape.ts";

/** A config of nginx taken apart: the servers that it learns by DNS come and go without a reload. */
export function dnsShapeOf(text: string): ConfigShape {
  return {
    fixed: withoutSeeds(text),
    servers: () => new Map(),
    attributes: new Set(),
    backends: new Set(Array.from(namesAsked(text), upstreamOf)),
  };
}
