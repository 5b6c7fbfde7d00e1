import { request } from "node:http";

/** Asks nginx which generation it serves; undefined if nobody answers or the answer is something else. */
export type Probe = (
  address: { readonly host: string; readonly port: number },
  signal: AbortSignal,
) => Promise<string | undefined>;

/** In ms. */
const answersWithin = 1000;

/**
 * A worker that is busy for a moment, or a machine that stands still, is no nginx that serves something else, and must
 * not be reloaded for it: who is late is asked once more.
 */
export const probeGeneration: Probe = async (address, signal) => {
  const first = await ask(address, signal);
  const answer = first === "late" ? await ask(address, signal) : first;
  return answer === "late" ? undefined : answer;
};

/** One question over a connection of its own: an open one would lead to the worker that accepted it. */
function ask(...[address, signal]: Parameters<Probe>): Promise<string | "late" | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const options = { ...address, path: "/_gateway/generation", agent: false, timeout: answersWithin, signal };
  const asked = request(options, (response) => {
    response.setEncoding("utf8");
    let body = "";
    response.on("data", (chunk: string) => {
      body += chunk;
      if (body.length > 100) response.destroy();
    });
    response.on("close", () => resolve(response.statusCode === 200 && /^[0-9a-f]{16}$/.test(body) ? body : undefined));
  });
  asked.on("timeout", () => {
    resolve("late");
    asked.destroy();
  });
  asked.on("error", () => resolve(undefined));
  asked.end();
  return promise;
}
