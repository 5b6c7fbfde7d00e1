import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { newFolder } from "./folder.ts";

/** A unix socket that does what the test says to whoever connects. */
export interface ScriptedSocket {
  readonly path: string;
  /** Everything that clients have said. */
  received(): string;
  /** Clients that are still there. */
  open(): number;
}

/** `answer` is called once per connection; `heard` resolves when the client has said this. */
export async function scriptedSocket(
  t: TestContext,
  answer: (socket: Socket, heard: (text: string) => Promise<void>) => Promise<void> | void,
): Promise<ScriptedSocket> {
  const path = join(await newFolder(t), "socket");
  const state = { text: "", open: 0 };
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    state.open += 1;
    // A client that is gone and one that only says no more look the same from here.
    socket.once("end", () => {
      state.open -= 1;
    });
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      state.text += chunk;
    });
    const heard = async (text: string) => {
      while (!state.text.includes(text)) await once(socket, "data");
    };
    void answer(socket, heard);
  });
  server.listen(path);
  await once(server, "listening");
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { path, received: () => state.text, open: () => state.open };
}
