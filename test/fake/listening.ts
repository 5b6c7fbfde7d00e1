import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A server that can be stopped, also roughly, and come back on the port it had. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  start(): Promise<void>;
  /** Takes no new connection and cuts those there are. */
  stop(): Promise<void>;
  cutConnections(): void;
  /** Takes no new connection; resolves when the last request has its answer. */
  drain(): Promise<void>;
}

/** How long a port that was ours may be in the way of ourselves: as the local port of somebody's connection. */
const portDeadlineMs = 5000;

/** Starts to listen. Port 0 means any free port, which is kept over restarts. */
export async function listen(
  server: Pick<Server, "listen" | "close" | "address" | "on" | "once" | "off" | "listening">,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const address = await bind(server, { host, port });
  const close = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));
  const cutConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host,
    port: address.port,
    cutConnections,
    drain: close,
    async start() {
      if (!server.listening) await bindSoon(server, { host, port: address.port });
    },
    async stop() {
      const closed = close();
      cutConnections();
      await closed;
    },
  };
}

type Binding = Pick<Server, "listen" | "address" | "once" | "off">;

function bind(server: Binding, at: { readonly host: string; readonly port: number }): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at.port, at.host, () => {
      server.off("error", reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

async function bindSoon(server: Binding, at: { readonly host: string; readonly port: number }): Promise<void> {
  const end = performance.now() + portDeadlineMs;
  for (;;) {
    try {
      await bind(server, at);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || performance.now() > end) throw error;
      await delay(20);
    }
  }
}
