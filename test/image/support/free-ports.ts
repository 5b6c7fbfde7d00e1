import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

/*
 * Below the range from which the kernel takes local ports of outgoing connections: a port of that range may be taken
 * between our look at it and the container's start.
 */
const range = { first: 10_240, last: 19_999 };

/** Ports that nobody listens on, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held: { port: number; server: Server }[] = [];
  while (held.length < count) {
    const port = randomInt(range.first, range.last + 1);
    const server = await hold(port);
    if (server !== undefined) held.push({ port, server });
  }
  await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return held.map(({ port }) => port);
}

/** Listens on the port of all addresses; undefined if it is taken. */
export function hold(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, () => resolve(server));
  });
}
