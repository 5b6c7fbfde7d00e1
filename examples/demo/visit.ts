import { request } from "node:http";

/** What a visitor got from nginx. The instance and version are what the demo app says of itself. */
export interface Answer {
  readonly status: number;
  readonly instance: string;
  readonly version: string;
  readonly retryAfter: string;
}

export interface Visit {
  readonly host: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request over a connection of its own. Rejects if no whole answer comes. */
export function visit({ host, path = "/", headers = {} }: Visit, port: number): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const options = { host: "127.0.0.1", port, path, headers: { ...headers, host }, agent: false, timeout: 10_000 };
  const asked = request(options, (response) => {
    const header = (name: string) => String(response.headers[name] ?? "");
    response.resume();
    response.once("error", reject);
    response.once("end", () =>
      resolve({
        status: response.statusCode ?? 0,
        instance: header("x-instance-id"),
        version: header("x-app-version"),
        retryAfter: header("retry-after"),
      }),
    );
  });
  asked.once("timeout", () => asked.destroy(new Error("no answer within 10 s")));
  asked.once("error", reject);
  asked.end();
  return promise;
}
