import assert from "node:assert/strict";
import { appendFile } from "node:fs/promises";
import { describe, type TestContext, test } from "node:test";
import { haproxyComplaint } from "../../agent/apply/haproxy-check.ts";
import { haproxyMaster } from "../../agent/apply/haproxy-master.ts";
import { parseInfo } from "../../agent/apply/haproxy-state.ts";
import { eventually } from "../image/support/eventually.ts";
import { freePorts, hold } from "../image/support/free-ports.ts";
import { failureOf } from "../unit/apply/folder.ts";
import { ask } from "./support/ask.ts";
import { freeze, haproxyConfig, haproxyFolder, startHaproxy } from "./support/haproxy.ts";
import { type HaproxyVersion, haproxyVersions } from "./support/haproxy-versions.ts";
import { holdingApp } from "./support/holding-app.ts";

const soon = () => ({ signal: AbortSignal.timeout(30_000), timeoutMs: 30_000 });

async function running(t: TestContext, { program }: HaproxyVersion) {
  const app = await holdingApp(t);
  const [port = 0] = await freePorts(1);
  const files = await haproxyFolder(t);
  const lines = ["frontend in", `  bind 127.0.0.1:${port}`, "  default_backend shop"];
  const config = () => haproxyConfig(files, ...lines, "backend shop", `  server one 127.0.0.1:${app.port}`);
  const haproxy = await startHaproxy(t, files, { program, config });
  return { app, port, files, haproxy, master: haproxyMaster(files.master) };
}

for (const version of haproxyVersions)
  describe(`the master of HAProxy ${version.name}`, () => {
    test("reloads, and the new worker answers", async (t) => {
      const { files, haproxy, master } = await running(t, version);
      const before = await haproxy.worker();
      await appendFile(files.config, "backend more\n");
      const { ok, log } = await master.reload(soon());
      assert.equal(ok, true, log);
      assert.match(log, /Loading success/);
      // For a moment the worker of before may not know yet that it is one.
      await eventually("the new worker answers", async () => {
        const [info = "", backends = ""] = await haproxy.tell("show info", "show backend");
        return parseInfo(info).pid !== before && /^more$/m.test(backends);
      });
    });

    test("says why a file is refused; the worker stays, and is no old one", async (t) => {
      const { files, haproxy, master } = await running(t, version);
      const before = await haproxy.worker();
      await appendFile(files.config, "  bogus word\n");
      for (const _ of ["first", "second"]) {
        const { ok, log } = await master.reload(soon());
        assert.equal(ok, false);
        const where = `parsing [${files.config}:15]`;
        assert.equal(haproxyComplaint(log), `${where} : unknown keyword 'bogus' in 'backend' section`);
        assert.equal(await haproxy.worker(), before);
        assert.equal(await master.oldWorkers(soon()), 0);
      }
    });

    test("says why a worker cannot start", async (t) => {
      const { files, haproxy, master } = await running(t, version);
      const before = await haproxy.worker();
      const [taken = 0] = await freePorts(1);
      const server = await hold(taken);
      t.after(() => server?.close());
      await appendFile(files.config, `frontend more\n  bind :::${taken}\n`);
      const { ok, log } = await master.reload(soon());
      assert.equal(ok, false);
      assert.match(haproxyComplaint(log) ?? "", new RegExp(`cannot bind socket .*Address already in use.*:${taken}`));
      assert.equal(await haproxy.worker(), before);
    });

    test("counts workers that finish what is in flight", async (t) => {
      const { app, port, haproxy, files, master } = await running(t, version);
      assert.equal(await master.oldWorkers(soon()), 0);
      const asked = ask({ port });
      await eventually("the app has it", async () => app.held() === 1, { everyMs: 5 });
      const before = await haproxy.worker();
      assert.ok((await master.reload(soon())).ok);
      assert.ok((await master.reload(soon())).ok);
      // The second generation has nothing in flight and ends; the first goes on, even after a refused reload.
      const isOne = async () => (await master.oldWorkers(soon())) === 1;
      await eventually("one is left", isOne, { everyMs: 10 });
      process.kill(before, 0);
      await appendFile(files.config, "  bogus word\n");
      assert.equal((await master.reload(soon())).ok, false);
      assert.equal(await master.oldWorkers(soon()), 1);
      app.release();
      assert.equal((await asked).status, 200);
      await eventually("none is left", async () => (await master.oldWorkers(soon())) === 0, { everyMs: 10 });
    });

    test("that hangs is given up on, one that is gone is told", async (t) => {
      const { haproxy, files, master } = await running(t, version);
      await freeze(haproxy.master);
      for (const asked of [
        () => master.reload({ ...soon(), timeoutMs: 200 }),
        () => master.oldWorkers({ ...soon(), timeoutMs: 200 }),
      ])
        assert.match((await failureOf(asked())).message, /did not answer within 0\.2 s/);
      await haproxy.kill();
      const refused = async () => (await failureOf(master.reload(soon()))).message;
      const wanted = `HAProxy at ${files.master} cannot be reached: ECONNREFUSED; nobody listens there`;
      await eventually("nobody listens", async () => (await refused()).startsWith(wanted));
    });
  });
