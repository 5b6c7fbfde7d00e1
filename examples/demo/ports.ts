import { createServer } from "node:net";

/** The ports of one demo. */
export interface DemoPorts {
  readonly proxy: number;
  readonly api: number;
  readonly status: number;
}

/** The ports that the documentation names where they are free, else any. */
export async function choosePorts(): Promise<DemoPorts> {
  const proxy = (await isFree(7000)) ? 7000 : await anyFree();
  const api = (await isFree(6000)) ? 6000 : await anyFree();
  const status = (await isFree(6001)) ? 6001 : await anyFree();
  return { proxy, api, status };
}

async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

async function anyFree(): Promise<number> {
  const port = await listenOnce(0);
  if (port === undefined) throw new Error("no free port on this machine");
  return port;
}

/** The port that could be listened on, on all addresses; undefined if somebody has it. */
function listenOnce(port: number): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const server = createServer();
  server.once("error", () => resolve(undefined));
  server.listen(port, () => {
    const address = server.address();
    server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
  });
  return promise;
}
