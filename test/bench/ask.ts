import { request } from "node:http";

/** The instance that answers for a host, over a connection of its own; undefined if none does. */
export function ask(port: number, host: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const asked = request({ host: "127.0.0.1", port, headers: { host }, agent: false, timeout: 5000 }, (response) => {
    response.resume();
    const instance = response.headers["x-instance-id"];
    response.on("close", () => resolve(typeof instance === "string" ? instance : undefined));
  });
  asked.on("timeout", () => asked.destroy());
  asked.on("error", () => resolve(undefined));
  asked.end();
  return promise;
}
