import { once } from "node:events";
import { rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import type { Owner } from "../harness.ts";

/** A unix socket in front of HAProxy's, where a test decides what becomes of what the agent sends. */
export interface Relay {
  readonly path: string;
  /** `pass` on; take it and say nothing; answer with nonsense; close at once. */
  mode: "pass" | "hang" | "nonsense" | "close";
  /** Told of all that is sent, before it is passed on. */
  onCommands: (text: string) => void;
}

/** Opens a relay to the socket at `target`. Ends with the test. */
export async function openRelay(
  t: Owner,
  { path, target }: { readonly path: string; readonly target: string },
): Promise<Relay> {
  const relay: Relay = { path, mode: "pass", onCommands: () => undefined };
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on("error", () => undefined);
    client.on("close", () => open.delete(client));
    if (relay.mode === "close") return void client.destroy();
    if (relay.mode === "nonsense") return void client.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    if (relay.mode === "hang") return void client.resume();
    const haproxy = connect(target);
    haproxy.on("error", () => client.destroy());
    haproxy.pipe(client);
    client.on("data", (chunk) => {
      relay.onCommands(chunk.toString());
      haproxy.write(chunk);
    });
    client.on("close", () => haproxy.destroy());
  });
  server.listen(path);
  await once(server, "listening");
  t.after(async () => {
    for (const client of open) client.destroy();
    server.close();
    await rm(path, { force: true });
  });
  return relay;
}
