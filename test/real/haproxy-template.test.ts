import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { describe, type TestContext, test } from "node:test";
import { makeCertificates } from "../fake/certificates.ts";
import { type AppOptions, type DemoApp, startApp } from "../fake/demo-app.ts";
import { type ExposedApp, exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import type { Answer } from "./support/ask.ts";
import type { Settings } from "./support/config.ts";
import { haproxyVersions } from "./support/haproxy-versions.ts";
import { type Cluster, type RenderedHaproxy, startRenderedHaproxy } from "./support/rendered-haproxy.ts";
import { openWebSocket } from "./support/websocket.ts";

/* What the shipped HAProxy template promises, asked of each HAProxy itself. */

/** An app of a test: what the controllers list, and a real instance of it. */
interface Served {
  readonly listed: ExposedApp;
  readonly app: DemoApp;
}

async function serve(
  t: TestContext,
  name: string,
  {
    vhost,
    tags,
    ...options
  }: Partial<AppOptions> & { readonly vhost?: string; readonly tags?: ExposedApp["tags"] } = {},
): Promise<Served> {
  const app = await startApp({ appId: `${name}-1.0.0`, instance: name, ...options });
  t.after(() => app.stop());
  return { app, listed: exposedApp({ name, ...(vhost && { vhost }), ...(tags && { tags }), hosts: [app.endpoint] }) };
}

const clusterOf = (served: readonly (Served | ExposedApp)[], settings: Settings = {}): readonly Cluster[] => [
  { name: "default", settings, apps: served.map((one) => ("listed" in one ? one.listed : one)) },
];

/** Who answered: an instance by its name, else the status and the words of the body. */
const answererOf = ({ status, headers, body }: Answer) => headers["x-instance-id"] ?? `${status} ${body.trim()}`;

const noApp = "503 503: no app is served under this host";
const noInstance = "503 503: no instance of this app is healthy";

const newName = (name: string, { port }: DemoApp["endpoint"]) => `${name}.test/server_127.0.0.1_${port}`;

/** Waits until the new worker has a client in this backend's table: the old one hands it over after the reload. */
async function remembers(proxy: RenderedHaproxy, backend: string): Promise<void> {
  const { generation } = proxy.file;
  await eventually("the new worker has the table", async () => {
    const [said = ""] = await proxy.cli(`show info; show table ${backend}`);
    return said.includes(generation) && /\bkey=/.test(said);
  });
}

/** HAProxy may not yet be done with a request that has been answered. */
async function deleteAtRuntime(proxy: RenderedHaproxy, server: string): Promise<void> {
  await proxy.cli(`set server ${server} state maint`);
  await eventually(`${server} is deleted`, async () =>
    /Server deleted/.test((await proxy.cli(`del server ${server}`)).join("")),
  );
}

async function addAtRuntime(proxy: RenderedHaproxy, name: string, { endpoint }: DemoApp): Promise<void> {
  const server = newName(name, endpoint);
  const [added] = await proxy.cli(`add server ${server} 127.0.0.1:${endpoint.port}`);
  assert.match(added ?? "", /New server registered/);
  await proxy.cli(`set server ${server} state ready`);
}

for (const { name: version, program } of haproxyVersions) {
  describe(`HAProxy ${version}`, () => {
    test("finds the app of a host: exact, else by the longest wildcard", async (t) => {
      const vhosts = { exact: "x.b.a.test", any: "*.a.test", deep: "*.b.a.test", bare: "a.test" };
      const served = await Promise.all(Object.entries(vhosts).map(([name, vhost]) => serve(t, name, { vhost })));
      const proxy = await startRenderedHaproxy(t, { program, clusters: clusterOf(served) });
      const expected: Readonly<Record<string, string>> = {
        "x.b.a.test": "exact",
        "X.B.A.TEST": "exact",
        [`x.b.a.test:${proxy.ports.proxy}`]: "exact",
        "x.b.a.test.": "exact",
        "X.b.A.test.:80": "exact",
        "y.b.a.test": "deep",
        "z.y.b.a.test": "deep",
        "Y.B.A.Test.:81": "deep",
        "b.a.test": "any",
        "b.c.a.test": "any",
        "a.test": "bare",
        "aa.test": noApp,
        test: noApp,
        "[::1]:80": noApp,
        "127.0.0.1": noApp,
        // Names of backends, but of no vhosts.
        "-.a.test": "any",
        Unknown: noApp,
        Apps: noApp,
      };
      const found: Record<string, string> = {};
      for (const host of Object.keys(expected)) found[host] = String(answererOf(await proxy.visit(host)));
      assert.deepEqual(found, expected);
    });

    test("finds the group that a header names, else the default one", async (t) => {
      const tagged = (name: string, color: string, vhost = "shop.test") => serve(t, name, { vhost, tags: { color } });
      const served = [
        await tagged("blue", "Blue"),
        await tagged("green", "green"),
        await tagged("plain", ""),
        await tagged("wild", "", "*.wild.test"),
        await tagged("wild-blue", "BLUE", "*.wild.test"),
        await tagged("only-red", "red", "tagged.test"),
      ];
      const other = await serve(t, "track", { vhost: "shop.test", tags: { track: "canary" } });
      const clusters = [
        ...clusterOf(served, { routing_tag: "color" }),
        { name: "second", settings: { routing_tag: "track" }, apps: [other.listed] },
      ];
      const proxy = await startRenderedHaproxy(t, { program, clusters });
      const asked = async (vhost: string, headers: Readonly<Record<string, string>>) =>
        answererOf(await proxy.visit(vhost, { headers }));
      assert.equal(await asked("shop.test", {}), "plain");
      assert.equal(await asked("shop.test", { color: "blue" }), "blue");
      assert.equal(await asked("SHOP.test:80", { COLOR: "GREEN" }), "green");
      assert.equal(await asked("shop.test", { color: "canary" }), "track");
      for (const color of ["", "purple", "blue,green", "blue x", "blue|color|blue", "shop.test_blue", "%[src]"])
        assert.equal(await asked("shop.test", { color }), "plain", color);
      assert.equal(await asked("shop.test", { track: "blue" }), "plain", "another header");
      assert.equal(await asked("a.wild.test", { color: "red" }), "wild");
      assert.equal(await asked("a.wild.test", { color: "blue" }), "wild-blue");
      assert.equal(await asked("tagged.test", {}), "only-red", "all of them, where each has the tag");
      assert.equal(await asked("none.test", { color: "blue" }), noApp);
      for (const host of ["shop.test_blue", "shop.test_shop.test", "shop.test_shop.test|color|blue"])
        assert.equal(await asked(host, {}), noApp, host);
    });

    test("knows any number of groups", async (t) => {
      const served = await Promise.all([
        serve(t, "first"),
        serve(t, "last"),
        serve(t, "plain", { vhost: "shop.test" }),
      ]);
      const [first, last, plain] = served;
      const apps = Array.from({ length: 100 }, (_, number) => {
        const { app } = (number === 0 ? first : last) ?? {};
        const hosts = app === undefined ? [] : [app.endpoint];
        return exposedApp({ name: `group-${number}`, vhost: "shop.test", tags: { color: `v${number}` }, hosts });
      });
      const clusters = clusterOf([...apps, ...(plain ? [plain] : [])], { routing_tag: "color" });
      const proxy = await startRenderedHaproxy(t, { program, clusters });
      const asked = async (color: string) => answererOf(await proxy.visit("shop.test", { headers: { color } }));
      assert.deepEqual(
        [await asked("v0"), await asked("V1"), await asked("v99"), await asked("v100")],
        ["first", "last", "last", "plain"],
      );
    });

    test("answers 503 with Retry-After until there is an instance, and again once there is none", async (t) => {
      const empty = exposedApp({ name: "empty" });
      const dead = exposedApp({ name: "dead", hosts: [{ host: "127.0.0.1", port: 1, portType: "HTTP" }] });
      const settings = { haproxy_add_server_attributes_string: "check inter 50ms fall 1" };
      const proxy = await startRenderedHaproxy(t, { program, settings, clusters: clusterOf([empty, dead]) });
      const app = await startApp({ appId: "empty-1.0.0", instance: "new" });
      t.after(() => app.stop());
      for (const vhost of ["empty.test", "dead.test", "none.test"]) {
        const answer = await proxy.visit(vhost);
        assert.equal(answererOf(answer), vhost === "none.test" ? noApp : noInstance, vhost);
        assert.equal(answer.headers["retry-after"], "5");
        assert.equal(answer.headers["content-type"], "text/plain");
        assert.equal(answer.headers["x-proxy"], "gateway-under-test");
      }
      await addAtRuntime(proxy, "empty", app);
      assert.equal(answererOf(await proxy.visit("empty.test")), "new");
      await deleteAtRuntime(proxy, newName("empty", app.endpoint));
      assert.equal(answererOf(await proxy.visit("empty.test")), noInstance);
    });

    test("tells instances who asked, and clients who answered", async (t) => {
      const shop = await serve(t, "shop");
      const settings = { xproxy: "50% of #1, $HOME" };
      const proxy = await startRenderedHaproxy(t, { program, settings, clusters: clusterOf([shop]) });
      const port = proxy.ports.proxy;
      const plain = await proxy.visit(`shop.test:${port}`, { path: "/headers" });
      const got = plain.json();
      assert.equal(plain.headers["x-proxy"], "50% of #1, $HOME");
      assert.equal(got["x-real-ip"], "127.0.0.1");
      assert.equal(got["x-forwarded-for"], "127.0.0.1");
      assert.equal(got["x-forwarded-proto"], "http");
      assert.equal(got["x-forwarded-host"], `shop.test:${port}`);
      assert.equal(got["x-forwarded-port"], String(port));
      const headers = {
        "x-forwarded-for": "192.0.2.7",
        "x-forwarded-proto": "https",
        "x-forwarded-port": "443",
        "x-forwarded-host": "www.test",
        "x-real-ip": "192.0.2.9",
      };
      const behind = (await proxy.visit("shop.test", { path: "/headers", headers })).json();
      assert.equal(behind["x-forwarded-for"], "192.0.2.7, 127.0.0.1");
      assert.equal(behind["x-forwarded-proto"], "https");
      assert.equal(behind["x-forwarded-port"], "443");
      assert.equal(behind["x-forwarded-host"], "www.test");
      assert.equal(behind["x-real-ip"], "127.0.0.1");
    });

    test("repeats what may be sent twice, and nothing else", async (t) => {
      const shops = await Promise.all([serve(t, "shop"), serve(t, "shop", { instance: "other" })]);
      const proxy = await startRenderedHaproxy(t, { program, clusters: clusterOf(shops) });
      const requests = () => shops.reduce((sum, { app }) => sum + app.requests(), 0);
      const tries = async (method: string, body?: string) => {
        const before = requests();
        await proxy.visit("shop.test", { path: "/crash", method, ...(body !== undefined && { body }) });
        return requests() - before;
      };
      assert.ok((await tries("GET")) > 1);
      assert.ok((await tries("PUT", "x")) > 1);
      for (const method of ["POST", "PATCH", "LOCK"]) assert.equal(await tries(method, "x"), 1, method);

      await shops[0]?.app.stop();
      const body = "x";
      for (let visit = 0; visit < 20; visit++)
        assert.equal(
          answererOf(await proxy.visit("shop.test", { method: "POST", body })),
          "other",
          "a POST not yet sent",
        );
    });

    test("passes WebSockets through, and over a reload", async (t) => {
      const shop = await serve(t, "shop");
      const proxy = await startRenderedHaproxy(t, { program, clusters: clusterOf([shop]) });
      const socket = await openWebSocket({ port: proxy.ports.proxy, vhost: "shop.test" });
      assert.equal(await socket.echo("before"), "before");
      await proxy.reload(clusterOf([shop, exposedApp({ name: "new" })]));
      assert.equal(await socket.echo("after"), "after");
      await socket.close();
    });

    test("closes no idle connection of a client when it reloads, before that has been answered once more", async (t) => {
      const shop = await serve(t, "shop");
      const proxy = await startRenderedHaproxy(t, { program, clusters: clusterOf([shop]) });
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      t.after(() => agent.destroy());
      const options = { port: proxy.ports.proxy, agent, headers: { host: "shop.test" } };
      const visit = async () => {
        const asked = get(options);
        const [answer] = (await once(asked, "response")) as [IncomingMessage];
        await answer.resume().toArray();
        return { port: asked.socket?.localPort, connection: answer.headers.connection };
      };
      const { port } = await visit();
      await proxy.reload(clusterOf([shop, exposedApp({ name: "new" })]));
      // For a moment the worker of before may not know yet that it is one.
      const last = await eventually("an answer that says it is the last", async () => {
        const answer = await visit();
        return answer.connection === "close" && answer;
      });
      assert.equal(last.port, port);
      assert.notEqual((await visit()).port, port);
    });

    test("speaks HTTP/2 without TLS to clients and to apps with the tag protocol=grpc", async (t) => {
      const rpc = await serve(t, "rpc", { protocol: "h2c", tags: { protocol: "grpc" } });
      const shop = await serve(t, "shop");
      const proxy = await startRenderedHaproxy(t, { program, clusters: clusterOf([rpc, shop]) });
      assert.equal(await grpcStatus(proxy, "0123456789"), "0");
      assert.equal(answererOf(await proxy.visit("rpc.test")), "rpc", "asked by HTTP/1.1");
      assert.equal(answererOf(await proxy.visit("shop.test")), "shop");
    });

    test("asks instances by HTTPS where that is their port type", async (t) => {
      const { trusted } = makeCertificates();
      const secure = await serve(t, "secure", { tls: trusted });
      const plain = await serve(t, "plain", { vhost: "secure.test" });
      const proxy = await startRenderedHaproxy(t, { program, clusters: clusterOf([secure, plain]) });
      const seen = [await proxy.visit("secure.test"), await proxy.visit("secure.test")].map(answererOf);
      assert.deepEqual(seen.sort(), ["plain", "secure"]);
    });

    test("leads to the leading controller", async (t) => {
      const { trusted } = makeCertificates();
      const plain = await serve(t, "plain-drove");
      const secure = await serve(t, "secure-drove", { tls: trusted });
      const leader = ({ app }: Served) => ({ endpoint: app.url, host: "127.0.0.1", port: app.endpoint.port });
      const named = (name: string) => ({ name, apps: [], settings: { leader_vhost: `${name}.example` } });
      const clusters = [
        { ...named("one"), leader: leader(plain) },
        { ...named("two"), leader: leader(secure) },
        named("three"),
      ];
      const proxy = await startRenderedHaproxy(t, { program, clusters });
      const seen = ["one", "two", "three"].map(async (name) => answererOf(await proxy.visit(`${name}.example`)));
      assert.deepEqual(await Promise.all(seen), ["plain-drove", "secure-drove", noInstance]);
    });

    for (const sticky of ["source", "cookie"]) {
      test(`keeps a client with its instance by ${sticky}, over a reload, until it leaves`, async (t) => {
        const served = await Promise.all(
          ["a", "b"].map((one) => serve(t, "shop", { instance: one, tags: { sticky } })),
        );
        const proxy = await startRenderedHaproxy(t, { program, clusters: clusterOf(served) });
        // The client's instance is not the one that a HAProxy without a memory begins with.
        const [other, mine] = served.map(({ app }) => app);
        assert.ok(other !== undefined && mine !== undefined);
        await proxy.cli(`set server ${newName("shop", other.endpoint)} state maint`);
        const first = await proxy.visit("shop.test");
        await proxy.cli(`set server ${newName("shop", other.endpoint)} state ready`);
        const cookie = first.headers["set-cookie"]?.[0]?.split(";")[0] ?? "none=1";
        assert.equal(cookie.startsWith("drove_gateway="), sticky === "cookie");
        const again = async () => answererOf(await proxy.visit("shop.test", { headers: { cookie } }));
        for (let visit = 0; visit < 4; visit++) assert.equal(await again(), mine.instance);
        await proxy.reload(clusterOf([...served, exposedApp({ name: "new" })]));
        if (sticky === "source") await remembers(proxy, "shop.test");
        for (let visit = 0; visit < 4; visit++) assert.equal(await again(), mine.instance, "after the reload");

        const added = await startApp({ appId: "shop-1.0.0", instance: "c" });
        t.after(() => added.stop());
        await addAtRuntime(proxy, "shop", added);
        assert.equal(await again(), mine.instance, "after another came");
        const leaving = newName("shop", mine.endpoint);
        await proxy.cli(`set server ${leaving} state maint`);
        assert.notEqual(await again(), mine.instance);
        await deleteAtRuntime(proxy, leaving);
        assert.equal((await proxy.visit("shop.test", { headers: { cookie } })).status, 200);
      });
    }

    test("tells which generation it serves, at the socket and on the page of its statistics", async (t) => {
      const proxy = await startRenderedHaproxy(t, { program, clusters: clusterOf([exposedApp({ name: "shop" })]) });
      const { generation } = proxy.file;
      assert.match(
        (await proxy.cli("show info")).join(""),
        new RegExp(`^description: drove-gateway ${generation}$`, "m"),
      );
      const page = (path: string) => proxy.visit("localhost", { port: proxy.ports.stats, path });
      assert.equal((await page("/_gateway/generation")).body, generation);
      assert.match((await page("/")).body, /shop\.test/);
      assert.match((await page("/metrics")).body, /haproxy_backend_status\{proxy="shop.test"/);
    });

    test("writes what it was asked into its log", async (t) => {
      const settings = { haproxy_log: "stdout" };
      const proxy = await startRenderedHaproxy(t, { program, settings, clusters: clusterOf([await serve(t, "shop")]) });
      await proxy.visit("Shop.test", { path: "/a", headers: { "user-agent": "test/1" } });
      const line = / Apps shop\.test\/server_127\.0\.0\.1_\d+ .* 200 .* \{Shop\.test\|test\/1\} "GET \/a HTTP\/1\.1"/;
      await eventually("the request is logged", async () => line.test(proxy.output()));
    });
  });
}

/** A call as a gRPC client makes it; the trailer that tells how it went. */
async function grpcStatus({ ports }: RenderedHaproxy, body: string): Promise<string> {
  const session = connect(`http://127.0.0.1:${ports.proxy}`);
  try {
    const failed = once(session, "error").then(([error]) => Promise.reject(error));
    const headers = { "content-type": "application/grpc", te: "trailers", ":authority": "rpc.test" };
    const stream = session.request({ ":method": "POST", ":path": "/echo", ...headers });
    const trailers = once(stream, "trailers", { signal: AbortSignal.timeout(5000) });
    stream.resume().end(body);
    const [got] = await Promise.race([trailers, failed]);
    return String(got["grpc-status"]);
  } finally {
    session.destroy();
  }
}
