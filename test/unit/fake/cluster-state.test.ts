import assert from "node:assert/strict";
import { test } from "node:test";
import { createClusterState } from "../../fake/cluster-state.ts";
import type { EventType } from "../../fake/event-store.ts";
import { type ExposedApp, exposedApp, exposedHost, manyApps } from "../../fake/exposed-app.ts";
import { hostileStrings } from "../../fake/malformed.ts";

function started(apps: readonly ExposedApp[] = []) {
  const events: EventType[] = [];
  const state = createClusterState({ apps, emit: (type) => events.push(type) });
  const body = () => JSON.parse(state.endpointsBody().toString());
  return { state, events, body };
}

test("apps are listed by appId, hosts in the order they came, tags null where there are none", () => {
  const { state, body } = started([exposedApp({ name: "b" }), exposedApp({ name: "a", tags: { k: "v" } })]);
  state.addInstance("b-1.0.0", exposedHost(2));
  state.addInstance("b-1.0.0", exposedHost(1, { portType: "TCP" }));
  assert.deepEqual(body(), {
    status: "SUCCESS",
    data: [
      { appName: "a", appId: "a-1.0.0", vhost: "a.test", tags: { k: "v" }, hosts: [] },
      {
        appName: "b",
        appId: "b-1.0.0",
        vhost: "b.test",
        tags: null,
        hosts: [
          { host: "127.0.0.1", port: 2, portType: "HTTP" },
          { host: "127.0.0.1", port: 1, portType: "TCP" },
        ],
      },
    ],
    message: "success",
  });
});

test("each change makes its event", () => {
  const { state, events } = started();
  state.add(exposedApp({ name: "a" }));
  state.scale("a-1.0.0", 3);
  state.scale("a-1.0.0", 2);
  state.kill("a-1.0.0");
  state.remove("a-1.0.0");
  const instance = Array.from({ length: 5 }, () => "INSTANCE_STATE_CHANGE");
  assert.deepEqual(events, ["APP_STATE_CHANGE", ...instance, "APP_STATE_CHANGE"]);
});

test("scaling down takes the youngest, killing the oldest or the one named", () => {
  const hosts = [1, 2, 3, 4].map((port) => exposedHost(port));
  const { state } = started([exposedApp({ name: "a", hosts })]);
  const ports = () => state.list()[0]?.hosts.map((host) => host.port);
  state.scale("a-1.0.0", 3);
  assert.deepEqual(ports(), [1, 2, 3]);
  assert.equal(state.kill("a-1.0.0").port, 1);
  assert.equal(state.kill("a-1.0.0", { host: "127.0.0.1", port: 3 }).port, 3);
  assert.deepEqual(ports(), [2]);
});

test("a deploy brings the new version under the same vhost and takes the old one away", () => {
  const { state, events } = started([exposedApp({ name: "a", tags: { k: "v" }, hosts: [exposedHost(1)] })]);
  assert.equal(state.deploy("a-1.0.0", { version: "2", hosts: [exposedHost(2)], old: "kept" }), "a-2");
  assert.deepEqual(
    state.list().map(({ appId, vhost }) => [appId, vhost]),
    [
      ["a-1.0.0", "a.test"],
      ["a-2", "a.test"],
    ],
  );
  state.deploy("a-2", { version: "3" });
  assert.deepEqual(
    state.list().map(({ appId, tags, hosts }) => [appId, tags, hosts.length]),
    [
      ["a-1.0.0", { k: "v" }, 1],
      ["a-3", { k: "v" }, 1],
    ],
  );
  assert.equal(events.filter((type) => type === "APP_STATE_CHANGE").length, 3);
});

test("replacing all apps makes an event per difference, none for what stayed", () => {
  const { state, events } = started([
    exposedApp({ name: "same", hosts: [exposedHost(1)] }),
    exposedApp({ name: "moved", hosts: [exposedHost(2)] }),
    exposedApp({ name: "renamed" }),
    exposedApp({ name: "gone" }),
  ]);
  state.replace([
    exposedApp({ name: "same", hosts: [exposedHost(1)] }),
    exposedApp({ name: "moved", hosts: [exposedHost(3)] }),
    exposedApp({ name: "renamed", vhost: "new.test" }),
    exposedApp({ name: "fresh" }),
  ]);
  assert.deepEqual(events, ["INSTANCE_STATE_CHANGE", "APP_STATE_CHANGE", "APP_STATE_CHANGE", "APP_STATE_CHANGE"]);
  assert.deepEqual(
    state.list().map((app) => app.appName),
    ["fresh", "moved", "renamed", "same"],
  );
});

test("any string passes as vhost, tag and host", () => {
  const apps = hostileStrings.map((text, at) =>
    exposedApp({
      name: `app${String(at).padStart(3, "0")}`,
      vhost: text,
      tags: { [text]: text },
      hosts: [exposedHost(1, { host: text })],
    }),
  );
  assert.deepEqual(started(apps).body().data, apps);
});

test("what is not there cannot be changed", () => {
  const { state, events } = started([exposedApp({ name: "a" })]);
  assert.throws(() => state.remove("b-1"), /no app b-1/);
  assert.throws(() => state.kill("a-1.0.0"), /no such instance/);
  assert.deepEqual(events, []);
});

test("the answer is made once per change, also with 50,000 apps", () => {
  const { state, body } = started(manyApps(50_000));
  assert.equal(state.endpointsBody(), state.endpointsBody());
  const before = state.endpointsBody();
  state.addInstance("app-49999-1.0.0", exposedHost(9));
  assert.notEqual(state.endpointsBody(), before);
  const { data } = body();
  assert.equal(data.length, 50_000);
  assert.equal(data[49_999].hosts.length, 2);
});
