import type { Responder } from "./responder.ts";

/** A responder for looks at what would be: it takes no address, and is taken for one that could have it. */
export function assumedResponder(): Responder {
  return {
    listen: async () => undefined,
    tell: () => undefined,
    asked: () => 0,
    forget: () => undefined,
    close: async () => undefined,
  };
}
