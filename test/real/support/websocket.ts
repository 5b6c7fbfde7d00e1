import { once } from "node:events";
import { Agent, type Dispatcher, WebSocket } from "undici";
import { eventually } from "../../image/support/eventually.ts";

/**
 * A WebSocket through the proxy, whatever the vhost resolves to. A refused one is opened again for five seconds: for
 * a moment after a reload, a worker of before may still take the connection.
 */
export async function openWebSocket({ port, vhost }: { readonly port: number; readonly vhost: string }) {
  const dispatcher = new Agent({
    connect: { lookup: (_host, _options, found) => found(null, [{ address: "127.0.0.1", family: 4 }]) },
  });
  const url = `ws://${vhost}:${port}/`;
  const socket = await eventually(`a WebSocket to ${url}`, () => tryToOpen(url, dispatcher), { deadlineMs: 5000 });
  return {
    /** Sends a message and returns what comes back. */
    async echo(message: string): Promise<string> {
      const answered = once(socket, "message", { signal: AbortSignal.timeout(5000) });
      socket.send(message);
      const [event] = (await answered) as [{ readonly data: string }];
      return event.data;
    },
    async close(): Promise<void> {
      socket.close();
      await dispatcher.destroy();
    },
  };
}

/** The open WebSocket, or the error by which it was refused. */
function tryToOpen(url: string, dispatcher: Dispatcher): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { dispatcher });
    socket.addEventListener("open", () => resolve(socket));
    AbortSignal.timeout(5000).addEventListener("abort", () => reject(new Error("neither opened nor refused")));
    socket.addEventListener("error", ({ message, error }) =>
      reject(new Error(`refused: ${message}`, { cause: error })),
    );
  });
}
