import { request } from "node:http";

/** Asks nginx which generation it serves; undefined if nobody answers or the answer is something else. */
export type Probe = (
  address: { readonly host: string; readonly port: number },
  signal: AbortSignal,
) => Promise<string | undefined>;

/** One question over a connection of its own: an open one would lead to the worker that accepted it. */
export const probeGeneration: Probe = (address, signal) => {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const options = { ...address, path: "/_gateway/generation", agent: false, timeout: 1000, signal };
  const asked = request(options, (response) => {
    response.setEncoding("utf8");
    let body = "";
    response.on("data", (chunk: string) => {
      body += chunk;
      if (body.length > 100) response.destroy();
    });
    response.on("close", () => resolve(response.statusCode === 200 && /^[0-9a-f]{16}$/.test(body) ? body : undefined));
  });
  asked.on("timeout", () => asked.destroy());
  asked.on("error", () => resolve(undefined));
  asked.end();
  return promise;
};
