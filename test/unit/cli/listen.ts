import type { AddressInfo, Server } from "node:net";
import type { TestContext } from "node:test";

/** The port of a server that listens on this machine until the test is over. */
export async function listen(t: TestContext, server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}
