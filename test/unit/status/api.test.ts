import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiRequest, type ApiSources, answer } from "../../../agent/status/api.ts";
import { withNamespaces, withProven } from "../../../agent/status/board.ts";
import { createMetrics } from "../../../agent/status/metrics.ts";
import { clockAt, config, newBoard, served, startedAt } from "./fixtures.ts";

const metrics = createMetrics();

function sources(changes: Partial<ApiSources> = {}): ApiSources {
  const clock = clockAt(startedAt, 1000);
  const still = { config: () => config(), board: () => newBoard(), metrics, clock, operator: new Map() };
  return { ...still, onReload: () => "queued", ...changes };
}

function ask(path: string, changes: Partial<ApiRequest> = {}): ApiRequest {
  const query = new URLSearchParams();
  return { method: "GET", path, query, authorization: undefined, origin: undefined, ...changes };
}

const guarded = () => sources({ config: () => config({ api_token: "open-sesame" }) });

test("the root prints version, commit and date", async () => {
  const reply = await answer(ask("/"), sources());
  assert.equal(reply.body, "version: 1.2.3\ncommit: abcdef0\ndate: 2026-01-01\n");
});

test("health is JSON with two spaces of indent", async () => {
  const board = () => withNamespaces(newBoard(), [served("alpha")]);
  const reply = await answer(ask("/v1/health"), sources({ board }));
  assert.equal(reply.status, 200);
  assert.ok(reply.body.startsWith('{\n  "Config": {\n    "Healthy": true,\n'));
  assert.equal((await answer(ask("/v1/health"), sources())).status, 500);
});

test("live and ready answer by their probes", async () => {
  const stuck = sources({ clock: clockAt(startedAt, 1_000_000) });
  assert.equal((await answer(ask("/v1/live"), sources())).status, 200);
  assert.equal((await answer(ask("/v1/live"), stuck)).status, 503);
  assert.equal((await answer(ask("/v1/ready"), sources())).status, 503);
  const board = () => withProven(newBoard(), { at: 1, generation: "aaaa", proof: "workers" });
  assert.equal((await answer(ask("/v1/ready"), sources({ board }))).status, 200);
});

test("metrics are Prometheus text", async () => {
  const reply = await answer(ask("/v1/metrics"), sources());
  assert.equal(reply.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8");
  assert.match(reply.body, /^drove_gateway_vhosts 0$/m);
});

test("reload takes any method and says whether a wake-up was already waiting", async () => {
  const answers = ["queued", "full", "full"] as const;
  let asked = 0;
  const onReload = () => answers[asked++] ?? "full";
  for (const [index, method] of ["GET", "POST", "DELETE"].entries()) {
    const reply = await answer(ask("/v1/reload", { method }), sources({ onReload }));
    assert.deepEqual([reply.status, reply.body], [202, index === 0 ? "queued\n" : "queue is full\n"]);
  }
  assert.equal(asked, 3);
});

test("an unknown path is 404, a wrong method 405 with Allow", async () => {
  for (const path of ["/v2", "/v1/health/", "", "/__proto__", "*", "http://x.test/v1/health"]) {
    assert.equal((await answer(ask(path), sources())).status, 404, path);
  }
  const reply = await answer(ask("/v1/health", { method: "POST" }), sources());
  assert.deepEqual([reply.status, reply.headers["Allow"]], [405, "GET, HEAD"]);
  assert.equal((await answer(ask("/v1/health", { method: "HEAD" }), sources())).status, 500);
});

test("with a token, what changes or discloses is guarded, the rest is open", async () => {
  for (const path of ["/", "/v1/health", "/v1/metrics", "/v1/live", "/v1/ready"]) {
    assert.notEqual((await answer(ask(path), guarded())).status, 401, path);
  }
  for (const path of ["/v1/config", "/v1/reload", "/unknown"]) {
    const reply = await answer(ask(path), guarded());
    assert.deepEqual([reply.status, reply.headers["WWW-Authenticate"]], [401, 'Bearer realm="drove-gateway"'], path);
  }
});

test("only the whole token opens, and a refused reload does nothing", async () => {
  let reloads = 0;
  const onReload = () => {
    reloads += 1;
    return "queued" as const;
  };
  const wrong = ["open-sesame", "Bearer", "Bearer ", "Bearer open", "Bearer open-sesame2", "Basic open-sesame", ""];
  for (const authorization of wrong) {
    const reply = await answer(ask("/v1/reload", { authorization }), { ...guarded(), onReload });
    assert.equal(reply.status, 401, authorization);
  }
  assert.equal(reloads, 0);
  for (const authorization of ["Bearer open-sesame", "bearer  open-sesame"]) {
    assert.equal((await answer(ask("/v1/reload", { authorization }), { ...guarded(), onReload })).status, 202);
  }
  assert.equal(reloads, 2);
});

test("without a token, reload and config are open", async () => {
  assert.equal((await answer(ask("/v1/config"), sources())).status, 200);
  assert.equal((await answer(ask("/v1/reload"), sources())).status, 202);
});

test("a new token counts from the next request on", async () => {
  const asked = ask("/v1/config", { authorization: "Bearer second" });
  assert.equal((await answer(asked, guarded())).status, 401);
  assert.equal((await answer(asked, sources({ config: () => config({ api_token: "second" }) }))).status, 200);
});
