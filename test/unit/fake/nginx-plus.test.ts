import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { type FakePlusOptions, startFakePlus } from "../../fake/nginx-plus.ts";
import { newFolder } from "../apply/folder.ts";
import { createClient } from "./ask.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

async function started(options: FakePlusOptions = {}) {
  const plus = await startFakePlus(options);
  const client = createClient();
  cleanups.push(client.close, plus.stop);
  const ask = async (method: string, path: string, body?: unknown) => {
    const reply = await client.ask(`http://${plus.address}${path}`, {
      method,
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return [reply.status, JSON.parse(reply.text)];
  };
  const refused = async (method: string, path: string, body?: unknown) => {
    const [status, { error }] = await ask(method, path, body);
    assert.equal(error.status, status);
    return [status, error.code, error.text];
  };
  return { plus, ask, refused };
}

const config = `
  # upstream commented { zone z; }
  upstream a { zone a 64k; }
  upstream "b" { zone b 64k; server 10.0.0.1:80 max_fails=0; server 10.0.0.2 backup; }
  upstream fixed { server 10.0.0.9:80; }
`;
const made = {
  weight: 1,
  max_conns: 0,
  max_fails: 1,
  fail_timeout: "10s",
  slow_start: "0s",
  route: "",
  backup: false,
  down: false,
};
const a = "/api/9/http/upstreams/a/servers";

test("versions are listed with and without a slash; others are unknown", async () => {
  const { ask, refused } = await started();
  assert.deepEqual(await ask("GET", "/api"), [200, [1, 2, 3, 4, 5, 6, 7, 8, 9]]);
  assert.deepEqual(await ask("GET", "/api/"), [200, [1, 2, 3, 4, 5, 6, 7, 8, 9]]);
  assert.deepEqual(await refused("GET", "/api/10/nginx"), [404, "UnknownVersion", "unknown version"]);
  assert.deepEqual(await refused("GET", "/api/9/nothing"), [404, "PathNotFound", "path not found"]);
});

test("servers come, change and go by ids that begin at 0", async () => {
  const { ask } = await started({ config });
  assert.deepEqual(await ask("GET", a), [200, []]);
  assert.deepEqual(await ask("POST", `${a}/`, { server: "10.0.0.5:80" }), [
    201,
    { id: 0, server: "10.0.0.5:80", ...made },
  ]);
  assert.deepEqual(await ask("POST", a, { server: "10.0.0.5:80", max_fails: 0, fail_timeout: "1m" }), [
    201,
    { id: 1, server: "10.0.0.5:80", ...made, max_fails: 0, fail_timeout: "60s" },
  ]);
  assert.deepEqual(await ask("PATCH", `${a}/0/`, { drain: true }), [
    200,
    { id: 0, server: "10.0.0.5:80", ...made, drain: true },
  ]);
  const [, left] = await ask("DELETE", `${a}/0`);
  assert.deepEqual(
    left.map((one: { id: number }) => one.id),
    [1],
  );
  const [, next] = await ask("POST", a, { server: "[::1]:80" });
  assert.equal(next.id, 2);
});

test("the status lists groups with a zone, and servers with what they do", async () => {
  const { plus, ask } = await started({ config });
  plus.upstreams.setActive("b", "10.0.0.1:80", 3);
  const [, all] = await ask("GET", "/api/9/http/upstreams?fields=peers");
  assert.deepEqual(Object.keys(all), ["a", "b"]);
  assert.deepEqual(Object.keys(all.b), ["peers"]);
  const shown = all.b.peers.map(({ id, server, state, active, backup }: Record<string, unknown>) => [
    id,
    server,
    state,
    active,
    backup,
  ]);
  assert.deepEqual(shown, [
    [0, "10.0.0.1:80", "up", 3, false],
    [1, "10.0.0.2:80", "up", 0, true],
  ]);
  await ask("DELETE", "/api/9/http/upstreams/b/servers/0");
  const [, b] = await ask("GET", "/api/9/http/upstreams/b/");
  assert.equal(b.zombies, 1);
});

test("what cannot be is refused with the documented code", async () => {
  const { plus, refused } = await started({ config, limit: 2 });
  const of = (upstream: string) => `/api/9/http/upstreams/${upstream}/servers`;
  const server = "10.0.0.5:80";
  assert.deepEqual(await refused("GET", of("none")), [404, "UpstreamNotFound", "upstream not found"]);
  assert.deepEqual(await refused("POST", of("fixed"), { server }), [400, "UpstreamStatic", "upstream is static"]);
  assert.deepEqual(await refused("DELETE", `${a}/7`), [
    404,
    "UpstreamServerNotFound",
    'server with ID "7" does not exist',
  ]);
  assert.deepEqual((await refused("DELETE", `${a}/x`)).slice(0, 2), [400, "UpstreamBadServerId"]);
  const badBodies: readonly (readonly [unknown, string])[] = [
    ["{", "JsonError"],
    [{}, "UpstreamConfFormatError"],
    [{ server, id: 3 }, "UpstreamConfFormatError"],
    [{ server, weight: 0 }, "UpstreamBadWeight"],
    [{ server, max_fails: -1 }, "UpstreamBadMaxFails"],
    [{ server, fail_timeout: "500ms" }, "UpstreamBadFailTimeout"],
    [{ server, slow_start: "x" }, "UpstreamBadSlowStart"],
    [{ server: "10.0.0.5:0" }, "UpstreamBadAddress"],
    [{ server: "app.test:80" }, "UpstreamConfNoResolver"],
  ];
  for (const [body, code] of badBodies) assert.equal((await refused("POST", a, body))[1], code, JSON.stringify(body));
  assert.equal((await refused("POST", a, { server, id: 3 }))[2], 'unknown parameter "id"');
  assert.deepEqual((await refused("POST", of("b"), { server })).slice(0, 2), [500, "UpstreamOutOfMemory"]);
  plus.setWritable(false);
  assert.deepEqual((await refused("POST", a, { server })).slice(0, 2), [405, "MethodDisabled"]);
});

test("a reload loses changes, but for those in a state file, and counts ids anew", async (t) => {
  const folder = await newFolder(t);
  const state = join(folder, "kept.conf");
  const text = `upstream kept { zone k 64k; state ${state}; } upstream lost { zone l 64k; server 10.0.0.1:80; }`;
  const { plus, ask } = await started({ config: text });
  const kept = "/api/9/http/upstreams/kept/servers";
  const lost = "/api/9/http/upstreams/lost/servers";
  assert.ok(!existsSync(state));
  await ask("POST", kept, { server: "10.0.0.1:80" });
  await ask("POST", kept, { server: "10.0.0.2:80", slow_start: "10s", backup: true, down: true });
  await ask("DELETE", `${kept}/0`);
  await ask("POST", lost, { server: "10.0.0.3:80" });
  assert.equal(readFileSync(state, "utf8"), "server 10.0.0.2:80 slow_start=10s backup down;\n");
  const generation = async () => (await ask("GET", "/api/9/nginx?fields=generation"))[1].generation;
  assert.equal(await generation(), 1);
  plus.reload();
  assert.equal(await generation(), 2);
  const [, [only]] = await ask("GET", kept);
  assert.deepEqual(only, { id: 0, server: "10.0.0.2:80", ...made, slow_start: "10s", backup: true, down: true });
  const [, found] = await ask("GET", lost);
  assert.deepEqual(
    found.map((one: { server: string }) => one.server),
    ["10.0.0.1:80"],
  );
});

test("a draining server can be told never to come back", async () => {
  const { ask } = await started({ config, undrains: false });
  await ask("POST", a, { server: "10.0.0.5:80" });
  await ask("PATCH", `${a}/0`, { drain: true });
  assert.equal((await ask("PATCH", `${a}/0`, { drain: false }))[1].drain, true);
});

test("calls are recorded, and a fault strikes those that it is meant for", async () => {
  const { plus, ask } = await started({ config });
  plus.fault({ kind: "status", code: 502 }, { on: ({ method }) => method === "POST", times: 1 });
  await assert.rejects(ask("POST", a, { server: "10.0.0.5:80" }), SyntaxError);
  assert.deepEqual(await ask("GET", a), [200, []]);
  assert.deepEqual(
    plus.calls().map(({ method, path, version, status }) => [method, path, version, status]),
    [
      ["POST", "/http/upstreams/a/servers", "9", 502],
      ["GET", "/http/upstreams/a/servers", "9", 200],
    ],
  );
});
