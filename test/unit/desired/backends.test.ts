import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import { configSchema } from "../../../agent/config/schema.ts";
import { type BackendSettings, backendsFor, buildBackends } from "../../../agent/desired/backends.ts";
import type { Backend, Group, Member, Vhost } from "../../../agent/model.ts";
import { namespaceOf } from "./fixtures.ts";

const defaults: BackendSettings = {
  separator: "_",
  byGroup: true,
  serverPrefix: "server",
  serverDelimiter: "_",
  attributes: "",
  tlsAttributes: "ssl verify none",
};

const member = (host: string, changes: Partial<Member> = {}): Member => ({
  host,
  port: 80,
  portType: "http",
  ...changes,
});

function vhost(name: string, groups: Readonly<Record<string, readonly Member[]>>, changes: Partial<Vhost> = {}): Vhost {
  const all = Object.entries(groups).map(([group, members]): Group => ({ name: group, members, tags: {} }));
  return {
    name,
    appIds: [`${name}-1`],
    namespaces: ["default"],
    members: all.flatMap((group) => group.members),
    tags: {},
    groups: all,
    routingTagKey: "",
    ...changes,
  };
}

function build(vhosts: readonly Vhost[], settings: Partial<BackendSettings> = {}, unresolved: readonly string[] = []) {
  const hosts = vhosts
    .flatMap((one) => one.members.map(({ host }) => host))
    .filter((host) => !unresolved.includes(host));
  const addresses = new Map(hosts.map((host) => [host, host === "node.test" ? "10.9.9.9" : host]));
  return buildBackends({ vhosts, namespaces: [] }, { addresses, settings: { ...defaults, ...settings } });
}

const namesOf = (backends: readonly Backend[]) =>
  backends.map(({ name, group, isDefault }) => `${name} ${group ?? "-"}${isDefault ? " default" : ""}`);
const linesOf = (backend: Backend | undefined) =>
  backend?.servers.map(({ name, address, port, attributes }) => `${name} ${address} ${port} ${attributes}`.trim());

describe("backends are named", () => {
  const tagged = { routingTagKey: "color" };

  test("like the vhost, where no routing tag is configured", () => {
    const groups = { "a.test": [member("10.0.0.1")], blue: [member("10.0.0.2")] };
    assert.deepEqual(namesOf(build([vhost("a.test", groups)]).backends), ["a.test - default"]);
  });

  test("by vhost and group where one is, the group of the vhost's own name being the default", () => {
    const groups = { "a.test": [member("10.0.0.1")], blue: [member("10.0.0.2")] };
    const { backends } = build([vhost("a.test", groups, tagged)]);
    assert.deepEqual(namesOf(backends), ["a.test_a.test a.test default", "a.test_blue blue"]);
    assert.deepEqual(backends.map(linesOf), [["server_10.0.0.1_80 10.0.0.1 80"], ["server_10.0.0.2_80 10.0.0.2 80"]]);
  });

  test("with a default of all instances where every app has the tag", () => {
    const groups = { blue: [member("10.0.0.1")], green: [member("10.0.0.2")] };
    const { backends } = build([vhost("a.test", groups, tagged)]);
    assert.deepEqual(namesOf(backends), ["a.test_a.test a.test default", "a.test_blue blue", "a.test_green green"]);
    assert.equal(backends[0]?.servers.length, 2);
  });

  test("as the settings say", () => {
    const only = vhost("a.test", { blue: [member("10.0.0.1")] }, tagged);
    assert.deepEqual(namesOf(build([only], { byGroup: false }).backends), ["a.test - default"]);
    assert.ok(namesOf(build([only], { separator: "--" }).backends).includes("a.test--blue blue"));
  });

  test("without the star of a wildcard, which HAProxy does not take", () => {
    assert.deepEqual(namesOf(build([vhost("*.a.test", {})]).backends), ["-.a.test - default"]);
  });

  test("once: of two vhosts that need one name, the later is refused with its app", () => {
    const first = vhost("a", { b_c: [member("10.0.0.1")] }, tagged);
    const { backends, notes } = build([first, vhost("a_b_c", {})]);
    assert.deepEqual(
      backends.filter((one) => one.name === "a_b_c").map((one) => one.vhost),
      ["a"],
    );
    assert.deepEqual(
      notes.map(({ code, subject }) => [code, subject]),
      [["backend-clash", "a_b_c-1"]],
    );
  });
});

describe("servers", () => {
  const only = (members: readonly Member[], settings: Partial<BackendSettings> = {}, changes: Partial<Vhost> = {}) =>
    build([vhost("a.test", { "a.test": members }, changes)], settings).backends[0];

  test("are named by host and port, whatever address the host has now", () => {
    assert.deepEqual(linesOf(only([member("node.test")])), ["server_node.test_80 10.9.9.9 80"]);
    const settings = { serverPrefix: "srv", serverDelimiter: "-" };
    assert.deepEqual(linesOf(only([member("2001:db8::1")], settings)), ["srv-2001-db8--1-80 2001:db8::1 80"]);
  });

  test("have the configured attributes, those of TLS where the port type says so, and HTTP/2 for gRPC", () => {
    const members = [member("10.0.0.1"), member("10.0.0.2", { portType: "https" })];
    const settings = { attributes: " check inter 2s ", tlsAttributes: "ssl ca-file @system-ca" };
    assert.deepEqual(linesOf(only(members, settings)), [
      "server_10.0.0.1_80 10.0.0.1 80 check inter 2s",
      "server_10.0.0.2_80 10.0.0.2 80 check inter 2s ssl ca-file @system-ca",
    ]);
    assert.deepEqual(linesOf(only(members, {}, { tags: { protocol: "gRPC" } })), [
      "server_10.0.0.1_80 10.0.0.1 80 proto h2",
      "server_10.0.0.2_80 10.0.0.2 80 ssl verify none alpn h2",
    ]);
  });

  test("are left out without an address, and where they speak UDP", () => {
    const members = [member("gone.test"), member("10.0.0.1", { portType: "udp" }), member("10.0.0.2")];
    const { backends } = build([vhost("a.test", { "a.test": members })], {}, ["gone.test"]);
    assert.deepEqual(linesOf(backends[0]), ["server_10.0.0.2_80 10.0.0.2 80"]);
  });

  test("change by reload only where one of them speaks neither HTTP nor HTTPS", () => {
    assert.equal(only([member("10.0.0.1"), member("10.0.0.2", { portType: "https" })])?.changesAtRuntime, true);
    assert.equal(only([member("10.0.0.1"), member("10.0.0.2", { portType: "tcp" })])?.changesAtRuntime, false);
  });

  test("a vhost without instances keeps its backend", () => {
    assert.deepEqual(only([])?.servers, []);
  });
});

test("a routing tag that cannot be the name of a header is told, where groups have backends", () => {
  const view = (name: string, routingTag: string) => ({ name, routingTag, leaderVhost: "", leader: undefined });
  const namespaces = [view("a", "team color"), view("b", "x-color"), view("c", "")];
  const notesWith = (settings: Readonly<Record<string, unknown>>) => {
    const config = v.parse(configSchema, { proxy_platform: "haproxy", namespaces: [namespaceOf()], ...settings });
    const addresses = { get: (host: string) => host };
    return backendsFor(config, { desired: { vhosts: [], namespaces }, addresses }).notes;
  };
  assert.deepEqual(
    notesWith({}).map(({ code, namespace }) => [code, namespace]),
    [["tag-no-header", "a"]],
  );
  assert.match(notesWith({})[0]?.message ?? "", /^routing_tag "team color" cannot be the name of a header/);
  assert.deepEqual(notesWith({ haproxy_backend_include_routing_tag_suffix: false }), []);
  assert.deepEqual(notesWith({ proxy_platform: "nginx" }), []);
});
