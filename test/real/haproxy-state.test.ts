import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseBackends, parseInfo, parseServersConn, parseServersState } from "../../agent/apply/haproxy-state.ts";
import { eventually } from "../image/support/eventually.ts";
import { freePorts } from "../image/support/free-ports.ts";
import { ask } from "./support/ask.ts";
import { haproxyConfig, haproxyFolder, startHaproxy } from "./support/haproxy.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";
import { holdingApp } from "./support/holding-app.ts";

for (const { name, program } of haproxyVersions)
  describe(`HAProxy ${name}`, () => {
    test("says which servers it has, and in what state", async (t) => {
      const files = await haproxyFolder(t);
      const config = () =>
        haproxyConfig(
          files,
          "  default-server init-addr none",
          "resolvers none",
          "backend shop.test",
          "  server four 127.0.0.1:9001",
          "  server six [2001:db8::1]:9002",
          "backend api.test_blue",
          "  server named app.invalid:80 resolvers none",
          "  server off 127.0.0.1:9003 disabled",
          "backend empty",
        );
      const haproxy = await startHaproxy(t, files, { program, config });
      await haproxy.tell("set server shop.test/four state maint", "set server shop.test/six state drain");
      const [state = "", backends = ""] = await haproxy.tell("show servers state", "show backend");
      const shown = parseServersState(state).map(
        ({ backend, name: server, address, port, operational, admin }) =>
          `${backend}/${server} ${address} ${port} op ${operational} admin ${admin}`,
      );
      assert.deepEqual(shown, [
        "shop.test/four 127.0.0.1 9001 op 0 admin 1",
        "shop.test/six 2001:db8::1 9002 op 2 admin 8",
        "api.test_blue/named - 80 op 0 admin 32",
        "api.test_blue/off 127.0.0.1 9003 op 0 admin 5",
      ]);
      assert.ok(parseServersState(state).every((one) => one.secondsSinceChange >= 0 && one.secondsSinceChange < 60));
      const one = parseServersState((await haproxy.tell("show servers state api.test_blue"))[0] ?? "");
      assert.deepEqual(
        one.map((server) => server.name),
        ["named", "off"],
      );
      assert.deepEqual([...parseBackends(backends)].sort(), ["api.test_blue", "empty", "shop.test"]);
    });

    test("says who it is", async (t) => {
      const files = await haproxyFolder(t);
      const config = () => haproxyConfig(files, "global", '  description "gateway 0123456789abcdef"', "backend b");
      const haproxy = await startHaproxy(t, files, { program, config });
      const info = parseInfo((await haproxy.tell("show info"))[0] ?? "");
      assert.equal(info.description, "gateway 0123456789abcdef");
      assert.ok(info.version.startsWith(`${name}.`), info.version);
      process.kill(info.pid, 0);
      assert.notEqual(info.pid, haproxy.master);
    });

    test("says how many connections a server has in use", async (t) => {
      const app = await holdingApp(t);
      const [port = 0] = await freePorts(1);
      const files = await haproxyFolder(t);
      const listen = ["frontend in", `  bind 127.0.0.1:${port}`, "  default_backend shop", "backend shop"];
      const servers = [`  server busy 127.0.0.1:${app.port}`, "  server idle 127.0.0.1:1 backup"];
      const haproxy = await startHaproxy(t, files, {
        program,
        config: () => haproxyConfig(files, ...listen, ...servers),
      });
      const inUse = async () =>
        Object.fromEntries(parseServersConn((await haproxy.tell("show servers conn shop"))[0] ?? ""));
      assert.deepEqual(await inUse(), { busy: 0, idle: 0 });
      const asked = [ask({ port }), ask({ port })];
      await eventually("both wait", async () => app.held() === 2, { everyMs: 5 });
      assert.deepEqual(await inUse(), { busy: 2, idle: 0 });
      app.release();
      for (const { status } of await Promise.all(asked)) assert.equal(status, 200);
      await eventually("none is in use", async () => (await inUse())["busy"] === 0, { everyMs: 5 });
    });
  });
