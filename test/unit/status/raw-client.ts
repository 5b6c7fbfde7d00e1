import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { Api } from "../../../agent/status/http.ts";

/** A connection that says exactly what it is told, and all that came back until the server ended it. */
export interface RawClient {
  readonly socket: Socket;
  send(text: string): void;
  /** Everything received, once the server has closed the connection. */
  readonly ended: Promise<string>;
  /** Resolves when what was received contains `text`. */
  received(text: string): Promise<void>;
}

/** Opens a plain TCP connection to the API, until the test ends. Who waits for what never comes needs a timeout. */
export async function rawClient(t: TestContext, api: Api): Promise<RawClient> {
  const socket = connect(api.address.port, "127.0.0.1");
  t.after(() => socket.destroy());
  let all = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    all += chunk;
  });
  // A connection that the server cuts counts as ended.
  socket.on("error", () => undefined);
  const ended = new Promise<string>((resolve) => socket.once("close", () => resolve(all)));
  await once(socket, "connect");
  return {
    socket,
    ended,
    send: (text) => void socket.write(text, "latin1"),
    async received(text) {
      while (!all.includes(text)) await once(socket, "data");
    },
  };
}
