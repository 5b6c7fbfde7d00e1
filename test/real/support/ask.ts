import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  json(): Readonly<Record<string, unknown>>;
}

export interface Question {
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly path?: string;
  /** The Host header, which picks the vhost. */
  readonly vhost?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request on a connection of its own; the whole answer, or an error. */
export function ask(question: Question, { deadlineMs = 10_000 } = {}): Promise<Answer> {
  const { port, host = "127.0.0.1", path = "/", vhost = "localhost", method = "GET", headers, body } = question;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      host,
      port,
      path,
      method,
      headers: { host: vhost, ...headers },
      agent: new Agent({ keepAlive: false }),
      signal: AbortSignal.timeout(deadlineMs),
    });
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.once("error", reject);
      incoming.once("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const { statusCode: status = 0, headers: got } = incoming;
        resolve({ status, headers: got, body: text, json: () => JSON.parse(text) });
      });
    });
    outgoing.end(body);
  });
}
