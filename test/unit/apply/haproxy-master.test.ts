import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { haproxyMaster } from "../../../agent/apply/haproxy-master.ts";
import { until } from "../agent/fake-clock.ts";
import { failureOf } from "./folder.ts";
import { scriptedSocket } from "./scripted-socket.ts";

const forever = new AbortController().signal;
const soon = { signal: forever, timeoutMs: 30_000 };

/** A master that says this when the client says no more, as the real one does. */
async function masterSaying(t: TestContext, text: string) {
  const socket = await scriptedSocket(t, async (client) => {
    await once(client, "end");
    client.end(text);
  });
  return { socket, master: haproxyMaster(socket.path) };
}

const head = "#<PID>          <type>          <reloads>       <uptime>        <version>      \n";

describe("a reload", () => {
  test("has a verdict and what HAProxy said", async (t) => {
    const good = await masterSaying(t, "Success=1\n--\n[NOTICE]   (7) : Loading success.\n\n");
    assert.deepEqual(await good.master.reload(soon), { ok: true, log: "[NOTICE]   (7) : Loading success." });
    assert.equal(good.socket.received(), "reload\n");
    const bad = await masterSaying(t, "Success=0\n--\n[ALERT]    (7) : a\n[WARNING]  (7) : b\n\n");
    assert.deepEqual(await bad.master.reload(soon), { ok: false, log: "[ALERT]    (7) : a\n[WARNING]  (7) : b" });
    const short = await masterSaying(t, "Success=1\n");
    assert.deepEqual(await short.master.reload(soon), { ok: true, log: "" });
  });

  test("before 2.7 has none", async (t) => {
    const { master } = await masterSaying(t, "");
    assert.deepEqual(await master.reload(soon), { ok: true, log: "" });
  });

  test("that is answered in single bytes has the same", async (t) => {
    const socket = await scriptedSocket(t, async (client) => {
      await once(client, "end");
      for (const letter of "Success=0\n--\nwhy\n\n") {
        await new Promise((resolve) => client.write(letter, resolve));
        await new Promise(setImmediate);
      }
      client.end();
    });
    assert.deepEqual(await haproxyMaster(socket.path).reload(soon), { ok: false, log: "why" });
  });
});

describe("old workers", () => {
  const count = async (t: TestContext, rows: string) => (await masterSaying(t, head + rows)).master.oldWorkers(soon);

  test("are the rows under their header", async (t) => {
    const { socket, master } = await masterSaying(t, `${head}1 master 0 0d0 3.0\n# workers\n2 worker 0 0d0 3.0\n\n`);
    assert.equal(await master.oldWorkers(soon), 0);
    assert.equal(socket.received(), "show proc\n");
    const two = "# old workers\n3 worker 1 0d00h00m43s 3.0.11-1+deb13u5\n4 worker 2 0d00h01m43s 3.0.11-1+deb13u5\n";
    assert.equal(await count(t, `1 master 2 [failed: 0] 0d0 3.0\n# workers\n2 worker 0 0d0 3.0\n${two}\n`), 2);
    // Programs come behind them until 3.2.
    assert.equal(
      await count(t, `1 master 2 0d0 2.6\n# workers\n2 worker 0 0d0 2.6\n${two}# programs\n9 p 0 0d0 -\n`),
      2,
    );
  });

  test("do not count the one that serves: after a refused reload, 3.1 and newer list it among them", async (t) => {
    const refused = "18992 master 4 [failed: 1] 0d00h00m08s 3.2.26-1       \n# workers\n# old workers\n";
    assert.equal(
      await count(t, `${refused}19283           worker          2               0d00h00m01s     3.2.26-1\n\n`),
      0,
    );
    assert.equal(await count(t, `${refused}3 worker 1 0d0 3.2\n4 worker 2 0d0 3.2\n\n`), 1);
    assert.equal(await count(t, "1 master 4 0d0 3.2\n# workers\n\n"), 0);
  });
});

describe("a failure", () => {
  test("is a socket that is not there", async () => {
    const error = await failureOf(haproxyMaster("/none/m").reload(soon));
    assert.equal(error.code, "proxy-api-failed");
    assert.equal(
      error.message,
      'HAProxy at /none/m cannot be reached: ENOENT; there is no such socket: start HAProxy with the option "-S /none/m", or correct haproxy_master_socket',
    );
  });

  test("is an answer that is none", async (t) => {
    const reload = await masterSaying(t, "HTTP/1.1 400 Bad Request\r\n");
    const error = await failureOf(reload.master.reload(soon));
    assert.match(error.message, /does not speak like a master CLI: it says "HTTP\/1\.1 400/);
    for (const text of ["Unknown command: 'show proc'\n", "", "Success=2\n"]) {
      const { master } = await masterSaying(t, text);
      assert.match((await failureOf(master.oldWorkers(soon))).message, /does not speak like a master CLI/);
    }
    const two = await masterSaying(t, "Success=2\n");
    assert.match((await failureOf(two.master.reload(soon))).message, /"Success=2\\n"; correct haproxy_master_socket$/);
  });

  test("is a hang", async (t) => {
    const socket = await scriptedSocket(t, (client) => void client.write("Success=1\n"));
    const error = await failureOf(haproxyMaster(socket.path).reload({ ...soon, timeoutMs: 100 }));
    assert.match(error.message, /did not answer within 0\.1 s/);
  });

  test("is no failure of HAProxy if the agent stops", async (t) => {
    const socket = await scriptedSocket(t, () => undefined);
    const stop = new AbortController();
    const asking = haproxyMaster(socket.path).oldWorkers({ signal: stop.signal, timeoutMs: 600_000 });
    await until(() => socket.received() === "show proc\n");
    stop.abort();
    await assert.rejects(asking, { name: "AbortError" });
  });
});
