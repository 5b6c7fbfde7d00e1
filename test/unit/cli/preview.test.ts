import assert from "node:assert/strict";
import { test } from "node:test";
import { preview } from "../../../agent/cli/preview.ts";
import type { NamespaceSnapshot, ProxyDriver } from "../../../agent/model.ts";
import { appOf, endpoint, snapshotOf } from "../desired/fixtures.ts";
import { compile, configOf } from "../render/fixtures.ts";

const signal = new AbortController().signal;
const text =
  "<%= it.NginxVersion.join('.') %> <% for (const one of it.Vhosts) { %><%= one.Vhost %>=<%= one.Hosts.length %> <% } %>";

function show(snapshots: readonly NamespaceSnapshot[], leader_vhost = "") {
  const asked: string[] = [];
  const observed = { running: true, startable: false, version: "1.30.6", servedGeneration: undefined, file: undefined };
  const driver = {
    name: "stub",
    observe: async () => ({ ...observed, unproven: false, oldWorkers: 0 }),
  } as unknown as ProxyDriver;
  const resolver = {
    run: async () => undefined,
    resolve: async (hosts: readonly string[]) => {
      asked.push(...hosts);
      const unresolved = hosts
        .filter((host) => host === "gone.test")
        .map((host) => ({ host, reason: "no", kept: undefined }));
      return {
        addresses: { get: (host: string) => (host === "gone.test" ? undefined : host) },
        fingerprint: "",
        unresolved,
      };
    },
  };
  const config = configOf({ namespaces: [{ name: "a", drove: ["http://drove.test"], leader_vhost }] });
  const world = { environment: {}, timeZone: "UTC", ipv6: true };
  const parts = {
    config,
    configFile: "/etc/x.conf",
    template: compile(text),
    snapshots,
    resolver,
    driver,
    world,
    hash: () => "h",
    now: 0,
    signal,
  };
  return preview(parts).then((shown) => ({ ...shown, asked }));
}

test("a preview is the file that would be written, with what was refused on the way", async () => {
  const apps = [
    appOf("A-1", "a.test", { hosts: [endpoint("10.0.0.1"), endpoint("gone.test")] }),
    appOf("B-1", "no good"),
  ];
  const { file, notes } = await show([snapshotOf(apps)]);
  assert.equal(file.text, "1.30.6 a.test=1 ");
  assert.equal(file.path, "/etc/x.conf");
  assert.deepEqual(
    notes.map((note) => `${note.code} ${note.subject}`),
    ["vhost-refused B-1", "host-unresolved gone.test"],
  );
});

test("a leader is resolved only where it is served", async () => {
  const leader = { endpoint: "http://gone.test", host: "gone.test", port: 80 };
  assert.deepEqual((await show([snapshotOf([], { leader })])).asked, []);
  const shown = await show([snapshotOf([], { leader })], "drove.test");
  assert.deepEqual([shown.asked, shown.notes.map((note) => note.subject)], [["gone.test"], ["gone.test"]]);
});
