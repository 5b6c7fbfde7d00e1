import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Target {
  readonly port: number;
  readonly path?: string;
  /** The Host header, which picks the vhost. */
  readonly vhost?: string;
  readonly method?: string;
}

/** One request, on a connection of its own unless an agent keeps one; the whole answer, or an error. */
export function request(
  { port, path = "/", vhost = "localhost", method = "GET" }: Target,
  {
    deadlineMs = 30_000,
    agent = new Agent({ keepAlive: false }),
  }: { readonly deadlineMs?: number; readonly agent?: Agent } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      host: "127.0.0.1",
      port,
      path,
      method,
      headers: { host: vhost },
      agent,
      signal: AbortSignal.timeout(deadlineMs),
    });
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.once("error", reject);
      incoming.once("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    outgoing.end();
  });
}
