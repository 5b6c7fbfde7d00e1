import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { placeToListen } from "../../../agent/place-to-listen.ts";

describe("placeToListen", () => {
  for (const host of ["127.0.0.1", "localhost", "::1", ""]) {
    test(`"${host}" can be listened on`, async (t) => {
      const server = serverFor(t);
      server.listen(placeToListen({ host, port: 0 }));
      await once(server, "listening");
      assert.ok(portOf(server) > 0);
    });
  }

  test("a port that another has is told by its usual code", async (t) => {
    const first = serverFor(t).listen({ host: "127.0.0.1", port: 0 });
    await once(first, "listening");
    await assert.rejects(
      async () => {
        const second = serverFor(t);
        second.listen(placeToListen({ host: "127.0.0.1", port: portOf(first) }));
        await once(second, "listening");
      },
      { code: "EADDRINUSE" },
    );
  });
});

function serverFor(t: TestContext): Server {
  const server = createServer();
  t.after(() => server.close());
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
