import assert from "node:assert/strict";
import { createServer } from "node:http";
import { afterEach, test } from "node:test";
import { createPlusClient, describeRefusal } from "../../../agent/apply/nginx-plus-client.ts";
import { AgentError, messageOf } from "../../../agent/errors.ts";
import { type FakePlusOptions, startFakePlus } from "../../fake/nginx-plus.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

const { signal } = new AbortController();
const config = "upstream a { zone a 64k; } upstream b { zone b 64k; server 10.0.0.1:80; }";
const parameters = { max_fails: 0, fail_timeout: "1s", slow_start: "0s" };

async function started(options: FakePlusOptions = {}) {
  const plus = await startFakePlus({ config, ...options });
  const client = createPlusClient(plus.address);
  cleanups.push(client.close, plus.stop);
  return { plus, client };
}

/** The message of a failure, without the part that says who failed. */
async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof AgentError && error.code === "proxy-api-failed", String(error));
  return messageOf(error).replace(/^the NGINX Plus API at \S+ \(nginxplusapiaddr\) /, "");
}

test("the newest version that both speak is agreed on once", async () => {
  for (const [versions, agreed] of [
    [[1, 2, 3, 4, 5, 6], "6"],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], "9"],
    [[5, 6, 7, 8, 9, 10, 11], "9"],
  ] as const) {
    const { plus, client } = await started({ versions });
    await Promise.all([client.about(signal), client.upstreams(signal)]);
    await client.servers("a", signal);
    assert.deepEqual(
      plus.calls().map((call) => call.version),
      ["", agreed, agreed, agreed],
    );
  }
});

test("an nginx too old for the client is told apart from none", async () => {
  const { client } = await started({ versions: [1, 2, 3, 4, 5] });
  const said = await failure(client.about(signal));
  assert.equal(said, "offers the API versions 1, 2, 3, 4, 5, not one from 6 to 9; use NGINX Plus R20 or newer");
});

test("another nginx with other versions is asked anew", async () => {
  const { plus, client } = await started();
  await client.about(signal);
  plus.setVersions([6, 7]);
  assert.deepEqual(await client.servers("a", signal), { ok: true, value: [] });
  assert.deepEqual(plus.calls().at(-1)?.version, "7");
  plus.setVersions([1]);
  assert.match(await failure(client.about(signal)), /offers the API versions 1,/);
  plus.setVersions([8]);
  await client.about(signal);
});

test("servers are listed, added, changed and removed", async () => {
  const { plus, client } = await started();
  assert.equal((await client.about(signal)).version, "1.29.3");
  const added = await client.add("a", { server: "10.0.0.5:80", ...parameters }, signal);
  assert.deepEqual(added, {
    ok: true,
    value: { id: 0, server: "10.0.0.5:80", ...parameters, down: false, drain: false, isResolved: false },
  });
  const changed = await client.change({ upstream: "a", id: 0 }, { max_fails: 3, drain: true }, signal);
  assert.ok(changed.ok && changed.value.drain && changed.value.max_fails === 3);
  plus.upstreams.setActive("a", "10.0.0.5:80", 2);
  assert.deepEqual(
    await client.upstreams(signal),
    new Map([
      ["a", [{ id: 0, server: "10.0.0.5:80", state: "draining", active: 2 }]],
      ["b", [{ id: 0, server: "10.0.0.1:80", state: "up", active: 0 }]],
    ]),
  );
  assert.deepEqual(await client.peers("a", signal), {
    ok: true,
    value: [{ id: 0, server: "10.0.0.5:80", state: "draining", active: 2 }],
  });
  assert.deepEqual(await client.remove({ upstream: "a", id: 0 }, signal), { ok: true, value: undefined });
  assert.deepEqual(await client.servers("a", signal), { ok: true, value: [] });
});

test("an epoch ends with a reload, and not before", async () => {
  const { plus, client } = await started();
  const before = await client.about(signal);
  await client.add("a", { server: "10.0.0.5:80", ...parameters }, signal);
  assert.equal((await client.about(signal)).epoch, before.epoch);
  plus.reload();
  assert.notEqual((await client.about(signal)).epoch, before.epoch);
});

test("what the API refuses is a value with its code and what to do", async () => {
  const { client } = await started({ limit: 0 });
  const said = async (work: ReturnType<typeof client.add>) => {
    const answer = await work;
    return answer.ok ? "accepted" : describeRefusal(answer.refusal);
  };
  const server = { server: "10.0.0.5:80", ...parameters };
  assert.equal(await said(client.add("x", server, signal)), "upstream not found (404 UpstreamNotFound)");
  assert.equal(
    await said(client.add("a", server, signal)),
    "upstream memory exhausted (500 UpstreamOutOfMemory); make the zone of the upstream larger",
  );
  assert.match(await said(client.add("a", { ...server, slow_start: "1ms" }, signal)), /correct nginx_slow_start/);
});

test("names are quoted in paths", async () => {
  const { client } = await started({ config: 'upstream "a/b ?%" { zone a 64k; }' });
  assert.deepEqual(await client.servers("a/b ?%", signal), { ok: true, value: [] });
});

test("what is no working API is said in one line, with what to do", async () => {
  const { plus, client } = await started();
  const add = () => client.add("a", { server: "10.0.0.5:80", ...parameters }, signal);
  plus.setWritable(false);
  assert.equal(await failure(add()), 'is read-only; its location needs "api write=on;"');
  plus.setWritable(true);
  plus.fault({ kind: "status", code: 403, body: "<html>" }, { times: 1 });
  assert.match(await failure(add()), /^denies access \(403\); allow this host/);
  plus.fault({ kind: "status", code: 502 }, { times: 1 });
  assert.match(await failure(add()), /^answers with status 502; look into/);
  plus.fault({ kind: "garbage" }, { times: 1 });
  assert.match(await failure(client.upstreams(signal)), /^answers what no NGINX Plus says: "<html>Not JSON/);
  plus.fault({ kind: "garbage", text: '{"a":{}}' }, { times: 1 });
  assert.match(await failure(client.upstreams(signal)), /^answers what no NGINX Plus says: "{}"/);
  plus.fault({ kind: "close-mid-body" }, { times: 1 });
  assert.match(await failure(client.upstreams(signal)), /^closed the connection before/);
  plus.fault({ kind: "reset" }, { times: 1 });
  assert.match(await failure(client.upstreams(signal)), /^closed the connection before/);
  await plus.stop();
  assert.match(await failure(client.upstreams(signal)), /^refuses connections; does nginx run/);
  await plus.start();
  assert.equal((await client.upstreams(signal)).size, 2);
});

test("an open-source nginx has no API", async () => {
  const server = createServer((_, response) => response.writeHead(404).end("<html>")).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const at = server.address();
  const client = createPlusClient(`127.0.0.1:${typeof at === "object" ? at?.port : 0}`);
  cleanups.push(client.close, async () => void server.close());
  assert.match(await failure(client.about(signal)), /^has no API under \/api; is it NGINX Plus, with a "location/);
});

test("a call that hangs ends with the caller's signal, and the next one goes on", async () => {
  const { plus, client } = await started();
  await client.about(signal);
  plus.fault({ kind: "hang" }, { times: 1 });
  const stop = new AbortController();
  const hanging = client.upstreams(stop.signal);
  while (plus.calls().length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort(new Error("late"));
  await assert.rejects(hanging, /late/);
  assert.equal((await client.upstreams(signal)).size, 2);
});

test("calls share a few connections", async () => {
  const { plus, client } = await started();
  plus.fault({ kind: "slow", ms: 20 });
  await Promise.all(Array.from({ length: 40 }, () => client.servers("a", signal)));
  const most = plus.mostAtOnce();
  assert.ok(most > 1 && most <= 8, String(most));
});
