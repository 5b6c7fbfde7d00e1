import { once } from "node:events";
import { Agent, WebSocket } from "undici";

/** A WebSocket through the proxy, whatever the vhost resolves to. */
export async function openWebSocket({ port, vhost }: { readonly port: number; readonly vhost: string }) {
  const dispatcher = new Agent({
    connect: { lookup: (_host, _options, found) => found(null, [{ address: "127.0.0.1", family: 4 }]) },
  });
  const socket = new WebSocket(`ws://${vhost}:${port}/`, { dispatcher });
  await once(socket, "open", { signal: AbortSignal.timeout(5000) });
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
