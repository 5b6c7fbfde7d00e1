import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { haproxyCli, sendOver } from "../../agent/apply/haproxy-cli.ts";
import { parseServersState } from "../../agent/apply/haproxy-state.ts";
import { startApp } from "../fake/demo-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { freePorts } from "../image/support/free-ports.ts";
import { failureOf } from "../unit/apply/folder.ts";
import { ask } from "./support/ask.ts";
import { freeze, haproxyConfig, haproxyFolder, startHaproxy } from "./support/haproxy.ts";
import { type HaproxyVersion, haproxyVersions } from "./support/haproxy-versions.ts";

const soon = () => ({ signal: AbortSignal.timeout(30_000), timeoutMs: 30_000 });

async function app(t: TestContext, host = "127.0.0.1") {
  const started = await startApp({ appId: "shop-1.0.0", host });
  t.after(() => started.stop());
  return started;
}

/** A HAProxy that sends everything to the backend `shop`, which is empty. FOLDER in a line is that of its files. */
async function shop(t: TestContext, { program }: HaproxyVersion, ...more: readonly string[]) {
  const [port = 0] = await freePorts(1);
  const files = await haproxyFolder(t);
  const lines = ["frontend in", `  bind 127.0.0.1:${port}`, "  default_backend shop", "backend shop"];
  const rest = more.map((line) => line.replace("FOLDER", files.folder));
  const config = () => haproxyConfig(files, ...lines, "  balance roundrobin", ...rest);
  const haproxy = await startHaproxy(t, files, { program, config });
  const visit = async () => {
    const { status, headers } = await ask({ port });
    return status === 200 ? headers["x-instance-id"] : status;
  };
  return { haproxy, files, visit };
}

const registered = { ok: true, text: "New server registered." };
const silent = { ok: true, text: "" };

for (const version of haproxyVersions)
  describe(`HAProxy ${version.name}`, () => {
    test("takes servers and lets them go, and requests follow", async (t) => {
      const { haproxy, visit } = await shop(t, version);
      const [one, two] = [await app(t), await app(t)];
      assert.equal(await visit(), 503);

      const add = `add server shop/one 127.0.0.1:${one.endpoint.port}`;
      assert.deepEqual(await haproxy.ask(add, "set server shop/one state ready"), [registered, silent]);
      assert.equal(await visit(), one.instance);

      const [moved] = await haproxy.ask(`set server shop/one addr 127.0.0.1 port ${two.endpoint.port}`);
      assert.ok(moved?.ok);
      assert.match(moved.text, /port changed from '\d+' to '\d+' by 'stats socket command'$/);
      // HAProxy changes an address a moment after it has said so.
      await eventually("requests go there", async () => (await visit()) === two.instance, { everyMs: 2 });

      assert.deepEqual(await haproxy.ask("set server shop/one state maint"), [silent]);
      assert.equal(await visit(), 503);
      await eventually("the server is deleted", async () => (await haproxy.ask("del server shop/one"))[0]?.ok);
      const [state = ""] = await haproxy.tell("show servers state");
      assert.deepEqual(parseServersState(state), []);
    });

    test("refuses what is wrong, each by itself", async (t) => {
      const { haproxy, visit } = await shop(t, version, "backend static", "  balance source", "  server s 127.0.0.1:1");
      const { endpoint, instance } = await app(t);
      const one = `shop/one 127.0.0.1:${endpoint.port}`;
      const commands: Readonly<Record<string, true | RegExp>> = {
        [`add server ${one}`]: true,
        "set server shop/one state ready": true,
        [`add server ${one} `]: /^Already exists a server with the same name in backend\.$/,
        "add server none/one 127.0.0.1:1": /^No such backend\.$/,
        "add server static/one 127.0.0.1:1": /dynamic/,
        "add server shop/two 127.0.0.1:1 bogus": /^unknown keyword 'bogus'/,
        "add server shop/three 127.0.0.1:99999": /invalid port '99999'/,
        "set server shop/none state ready": /^No such server\.$/,
        "set server shop/one state bogus": /expects 'ready', 'drain' and 'maint'/,
        "set server shop/one addr nowhere port 1": /^Invalid addr 'nowhere'$/,
        [`set server shop/one addr 127.0.0.1 port ${endpoint.port}`]: true,
        "enable health shop/one": /^Health check was not configured/,
        "del server shop/one": /^Only servers in maintenance mode can be deleted\.$/,
        "show servers state none": /^Can't find backend\.$/,
        bogus: /^Unknown command: 'bogus'/,
        "show backend": true,
      };
      const replies = await haproxy.ask(...Object.keys(commands));
      for (const [index, [command, wanted]] of Object.entries(commands).entries()) {
        const reply = replies[index];
        assert.equal(reply?.ok, wanted === true, `${command}: ${reply?.text}`);
        if (wanted !== true) assert.match(reply.text, wanted);
      }
      assert.equal(await visit(), instance);
    });

    test("takes a thousand servers of a thousand backends in one go", async (t) => {
      const names = Array.from({ length: 1000 }, (_, index) => `app-${index}.example.com`);
      const { haproxy } = await shop(
        t,
        version,
        ...names.flatMap((name) => [`backend ${name}`, "  balance roundrobin"]),
      );
      const add = names.map((name, index) => `add server ${name}/server_10.0.0.1_${index + 1} 10.0.0.1:${index + 1}`);
      const replies = await haproxy.ask(...add);
      assert.deepEqual(
        replies,
        Array.from({ length: 1000 }, () => registered),
      );
      const ready = names.map((name, index) => `set server ${name}/server_10.0.0.1_${index + 1} state ready`);
      await haproxy.tell(...ready);
      const [state = ""] = await haproxy.tell("show servers state");
      const servers = parseServersState(state);
      assert.deepEqual(servers.map((server) => server.backend).sort(), names.toSorted());
      assert.ok(servers.every(({ backend, port, admin }) => backend === `app-${port - 1}.example.com` && admin === 0));
    });

    test("answers a command as long as they may be", async (t) => {
      const { haproxy } = await shop(t, version);
      const [first, second] = await haproxy.ask(`set server shop/${"x".repeat(14_972)} state ready`, "show backend");
      assert.equal(first?.text, "No such server.");
      assert.ok(second?.ok);
    });

    test("sends requests to an IPv6 member", async (t) => {
      const { haproxy, visit } = await shop(t, version);
      const { endpoint, instance } = await app(t, "::1");
      await haproxy.tell(`add server shop/six [::1]:${endpoint.port}`, "set server shop/six state ready");
      assert.equal(await visit(), instance);
      const [state = ""] = await haproxy.tell("show servers state shop");
      assert.deepEqual(
        parseServersState(state).map(({ address, port }) => [address, port]),
        [["::1", endpoint.port]],
      );
    });

    test("is reached by TCP, IPv4 and IPv6", async (t) => {
      const [four = 0, six = 0] = await freePorts(2);
      const sockets = [
        `  stats socket ipv4@127.0.0.1:${four} level admin`,
        `  stats socket ipv6@::1:${six} level admin`,
      ];
      const { haproxy } = await shop(t, version, "global", ...sockets);
      const all = await haproxy.tell("show backend");
      for (const address of [`127.0.0.1:${four}`, `ipv4@127.0.0.1:${four}`, `[::1]:${six}`, `ipv6@::1:${six}`]) {
        const replies = await sendOver(haproxyCli(address))(["show backend"], soon());
        assert.deepEqual(
          replies.map((reply) => reply.text),
          all,
          address,
        );
      }
    });

    test("says what a socket of a lower level may not do", async (t) => {
      const { files } = await shop(t, version, "global", "  stats socket FOLDER/user.sock level user");
      const cli = sendOver(haproxyCli(`unix@${files.folder}/user.sock`));
      const replies = await cli(["add server shop/one 127.0.0.1:1", "show info"], soon());
      assert.deepEqual(replies[0], { ok: false, text: "Permission denied" });
      assert.ok(replies[1]?.ok);
    });

    test("that hangs is given up on, one that is gone is told", async (t) => {
      const { haproxy, files } = await shop(t, version);
      await freeze(await haproxy.worker());
      const asked = sendOver(haproxyCli(files.stats))(["show info"], { ...soon(), timeoutMs: 300 });
      assert.match((await failureOf(asked)).message, /did not answer within 0\.3 s/);
      await haproxy.kill();
      const refused = async () => (await failureOf(sendOver(haproxyCli(files.stats))(["show info"], soon()))).message;
      await eventually("nobody listens", async () => /ECONNREFUSED; nobody listens there/.test(await refused()));
    });

    test("that dies in the middle is told, with how far it came", async (t) => {
      const { haproxy, files } = await shop(t, version);
      const commands = ["add server shop/mark 127.0.0.1:1", "wait 60s", "show backend"];
      const asked = failureOf(sendOver(haproxyCli(files.stats))(commands, soon()));
      const begun = async () => (await haproxy.tell("show servers state"))[0]?.includes("mark");
      await eventually("the first is done", begun, { everyMs: 5 });
      await haproxy.kill();
      const { code, message } = await asked;
      assert.equal(code, "proxy-api-failed");
      assert.match(message, /closed the connection after [01] of 3 answers|broke off the connection/);
    });
  });
