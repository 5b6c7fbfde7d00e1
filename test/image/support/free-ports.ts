import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

/*
 * Below the range from which the kernel takes local ports of outgoing connections: a port of that range may be taken
 * between our look at it and the container's start.
 *
 * Processes that run side by side are told which part of it is theirs, `INDEX/COUNT`: what one has looked at, or has
 * left for a moment, no other takes.
 */
const range = { first: 10_240, last: 19_999 };
const partVariable = "DROVE_GATEWAY_TEST_PORTS";

/** The environment of a process that has this part of all ports, of `count` equal ones. */
export function environmentOfPart(index: number, count: number): Readonly<Record<string, string>> {
  return { [partVariable]: `${index}/${count}` };
}

/** Ports that nobody listens on, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const { first, last } = ownRange();
  const held: { port: number; server: Server }[] = [];
  while (held.length < count) {
    const port = randomInt(first, last + 1);
    const server = await hold(port);
    if (server !== undefined) held.push({ port, server });
  }
  await Promise.all(held.map(({ server }) => release(server)));
  return held.map(({ port }) => port);
}

/** Free ports, the next one at each call: none comes again before all others have. */
export function portsInTurn(): () => Promise<number> {
  const { first, last } = ownRange();
  const next = { port: randomInt(first, last + 1) };
  return async () => {
    for (;;) {
      const { port } = next;
      next.port = port === last ? first : port + 1;
      const server = await hold(port);
      if (server === undefined) continue;
      await release(server);
      return port;
    }
  };
}

/** Listens on the port of all addresses; undefined if it is taken. */
export function hold(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, () => resolve(server));
  });
}

function release(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}

function ownRange(): typeof range {
  const [index = 0, count = 1] = (process.env[partVariable] ?? "0/1").split("/").map(Number);
  const size = Math.floor((range.last - range.first + 1) / count);
  const first = range.first + index * size;
  return { first, last: first + size - 1 };
}
