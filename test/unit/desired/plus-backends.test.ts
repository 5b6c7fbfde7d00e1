import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseConfig } from "../../../agent/config/parse.ts";
import { nginxSeconds } from "../../../agent/config/schema.ts";
import { plusAttributes, plusBackendOf, usesPlusApi } from "../../../agent/desired/plus-backends.ts";
import type { Member, Server } from "../../../agent/model.ts";
import { vhostOf } from "../plan/fixtures.ts";

const namespace = '[[namespaces]]\nname = "a"\ndrove = ["http://drove:8080"]\n';
const configOf = (text: string) => parseConfig(`${text}\n${namespace}`, "x.toml").config;
const member = (host: string, portType = "http"): Member => ({ host, port: 80, portType });
const addresses = new Map([
  ["10.0.0.1", "10.0.0.1"],
  ["node1", "10.0.0.1"],
  ["node2", "10.0.0.2"],
  ["fd00:0::1", "fd00:0::1"],
]);

describe("the upstream of a vhost", () => {
  const namesOf = (members: readonly Member[]) =>
    plusBackendOf(vhostOf("*.a.test", { members }), { addresses, attributes: "x" }).servers.map((one) => one.name);

  test("has its servers by address, each once, those without one left out", () => {
    assert.deepEqual(namesOf([member("10.0.0.1"), member("node1"), member("node2"), member("gone")]), [
      "10.0.0.1:80",
      "10.0.0.2:80",
    ]);
    assert.deepEqual(namesOf([member("fd00:0::1")]), ["[fd00::1]:80"]);
  });

  test("has those that the template serves: of HTTP and HTTPS the more frequent, no UDP", () => {
    assert.deepEqual(namesOf([member("node1", "https"), member("node2"), member("10.0.0.1", "udp")]), ["10.0.0.2:80"]);
  });

  test("is named as in the template", () => {
    assert.equal(plusBackendOf(vhostOf("*.a.test"), { addresses, attributes: "" }).name, "gw_-.a.test");
  });
});

test("parameters are those of the settings, times in seconds", () => {
  const config = configOf('nginx_max_fails = 3\nnginx_fail_timeout = "1m30s"\nnginx_slow_start = "2"');
  assert.equal(plusAttributes(config), "max_fails=3 fail_timeout=90s slow_start=2s");
});

test("times of nginx are read as nginx does", () => {
  assert.deepEqual(["10s", "1m", "1h1s", "500ms", "7", "x"].map(nginxSeconds), [10, 60, 3601, 0.5, 7, Number.NaN]);
});

test("the API is used where its address is set, and nginx is the proxy", () => {
  assert.equal(usesPlusApi(configOf('nginxplusapiaddr = "127.0.0.1:8080"')), true);
  assert.equal(usesPlusApi(configOf("")), false);
  assert.equal(usesPlusApi(configOf('proxy_platform = "haproxy"\nnginxplusapiaddr = "127.0.0.1:8080"')), false);
});

test("servers that stay are the same objects, in their new order", () => {
  const member = (port: number, weight?: number) => ({
    host: "10.0.0.1",
    port,
    portType: "http",
    ...(weight !== undefined && { weight }),
  });
  const addresses = { get: (host: string) => host };
  const place = (members: ReturnType<typeof member>[], former?: readonly Server[]) =>
    plusBackendOf(vhostOf("a.test", { members }), { addresses, attributes: "x", former }).servers;
  const before = place([member(1), member(2), member(3), member(4)]);
  const after = place([member(2), member(3, 5), member(4), member(9)], before);
  assert.deepEqual(after, place([member(2), member(3, 5), member(4), member(9)]));
  assert.deepEqual(
    after.map((server) => before.indexOf(server)),
    [1, -1, 3, -1],
  );
});
