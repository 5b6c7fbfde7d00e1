import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { TestContext } from "node:test";

/** An app that answers when the test says so. */
export interface HoldingApp {
  readonly port: number;
  /** Requests that wait for their answer. */
  held(): number;
  /** Answers all that wait, with status 200. */
  release(): void;
}

export async function holdingApp(t: TestContext): Promise<HoldingApp> {
  const waiting = new Set<ServerResponse>();
  const server = createServer((_, response) => {
    waiting.add(response);
    response.once("close", () => waiting.delete(response));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it listens nowhere");
  return {
    port: address.port,
    held: () => waiting.size,
    release() {
      for (const response of waiting) response.end("done");
    },
  };
}
