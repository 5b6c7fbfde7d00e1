import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Secret } from "../../../agent/config/secret.ts";
import { type ApiSources, answer } from "../../../agent/status/api.ts";
import { withCycle, withDesired, withFailure, withNamespaces } from "../../../agent/status/board.ts";
import { createMetrics } from "../../../agent/status/metrics.ts";
import { clockAt, config, desired, newBoard, served, startedAt } from "./fixtures.ts";

const paths = ["/", "/v1/health", "/v1/config", "/v1/reload", "/v1/metrics", "/v1/live", "/v1/ready", "/other"];

/** Marked, so that no other word of an answer can be mistaken for one; any characters behind the mark. */
const credential = fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).map((tail) => `s3cr3t-${tail}`);
const urlSafe = fc.stringMatching(/^[A-Za-z0-9_~!$&'()*+,;=.-]{1,20}$/).map((tail) => `s3cr3t-${tail}`);

const planted = fc.record({
  api: credential,
  user: credential,
  pass: credential,
  access: credential,
  plusUser: urlSafe,
  plusPass: urlSafe,
  query: urlSafe,
});
type Planted = typeof planted extends fc.Arbitrary<infer T> ? T : never;

/** A configuration with a secret in every place that can hold one. */
function plantedConfig(secrets: Planted) {
  const drove = [`https://one.test:8080/?token=${secrets.query}`];
  const namespace = { name: "alpha", drove, user: secrets.user, pass: secrets.pass, access_token: secrets.access };
  const nginxplusapiaddr = `http://${secrets.plusUser}:${secrets.plusPass}@plus.test/api`;
  return { ...config({ namespaces: [namespace], api_token: secrets.api }), nginxplusapiaddr };
}

function sources(secrets: Planted): ApiSources {
  const endpoint = `https://one.test:8080/?token=${secrets.query}`;
  const message = `${endpoint} and http://${secrets.plusUser}:${secrets.plusPass}@plus.test/ do not answer`;
  const status = served("alpha", { message, endpoints: [{ endpoint, healthy: true, message }] });
  const { vhosts } = desired([]);
  const namespaces = [
    { name: "alpha", leaderVhost: "", leader: { endpoint, host: "one.test", port: 8080 }, routingTag: "" },
  ];
  const built = withDesired(newBoard(), { value: { vhosts, namespaces }, notes: [], counts: [] });
  const failed = withFailure(built, { concern: "upstreamUpdates", at: startedAt, message });
  const cycle = { at: startedAt, kind: "reload", reasons: [], tookMs: 1, error: message } as const;
  const board = withCycle(withNamespaces(failed, [status]), cycle);
  const metrics = createMetrics();
  const clock = clockAt(startedAt, 1000);
  return {
    config: () => plantedConfig(secrets),
    board: () => board,
    metrics,
    onReload: () => "queued",
    clock,
    operator: new Map(),
  };
}

test("no credential occurs in any answer, whoever asks", async () => {
  await fc.assert(
    fc.asyncProperty(planted, async (secrets) => {
      const from = sources(secrets);
      const token = Buffer.from(secrets.api).toString("latin1");
      for (const authorization of [undefined, `Bearer ${token}`, `Bearer ${secrets.pass}`]) {
        for (const path of paths) {
          for (const method of ["GET", "POST"]) {
            const reply = await answer(
              { method, path, authorization, query: new URLSearchParams(), origin: undefined },
              from,
            );
            const said = JSON.stringify(reply);
            assert.ok(!said.includes("s3cr3t"), `${method} ${path}`);
            for (const value of Object.values(secrets)) {
              assert.ok(!said.includes(Buffer.from(value).toString("base64")), `${method} ${path} in base64`);
            }
          }
        }
      }
    }),
    { numRuns: 50 },
  );
});

test("every credential of the configuration is one of those planted above", () => {
  const none = config();
  const secret = (value: object) => Object.entries(value).filter(([, inner]) => inner instanceof Secret);
  const names = [...secret(none), ...none.namespaces.flatMap(secret)].map(([name]) => name);
  assert.deepEqual(names.sort(), ["access_token", "api_token", "pass"]);
});
