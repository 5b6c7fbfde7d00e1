import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareConfigs } from "../../../agent/config/changes.ts";
import { parseConfig } from "../../../agent/config/parse.ts";

const namespace = (name: string, more = "") => `\n[[namespaces]]\nname = "${name}"\ndrove = ["http://d:1"]\n${more}`;
const config = (source: string) => parseConfig(source, "n.toml").config;

describe("compareConfigs", () => {
  test("equal configurations differ in nothing, secrets and lists included", () => {
    const source = `template_partials = ["a"]\napi_token = "t"${namespace("a", 'pass = "p"')}`;
    const after = config(source);
    const { changed, needRestart, live } = compareConfigs(config(source), after);
    assert.deepEqual([changed, needRestart], [[], []]);
    assert.deepEqual(live, after);
  });

  test("keys that are looked up when used take effect at once", () => {
    const before = config(`nginx_template = "a"${namespace("a")}`);
    const after = config(`nginx_template = "b"\nloglevel = "debug"\nevent_refresh_interval_sec = 5${namespace("a")}`);
    const { changed, needRestart, live } = compareConfigs(before, after);
    assert.deepEqual(changed, ["loglevel", "event_refresh_interval_sec", "nginx_template"]);
    assert.deepEqual(needRestart, []);
    assert.deepEqual([live.nginx_template, live.loglevel, live.event_refresh_interval_sec], ["b", "debug", 5]);
  });

  test("others keep their old value until a restart", () => {
    const before = config(namespace("a"));
    const after = config(`address = "0.0.0.0"\nport = 6100\nnginx_config = "/n.conf"\nxproxy = "x"${namespace("a")}`);
    const { changed, needRestart, live } = compareConfigs(before, after);
    assert.deepEqual(changed, ["address", "port", "xproxy", "nginx_config"]);
    assert.deepEqual(needRestart, ["address", "port", "nginx_config"]);
    assert.deepEqual(
      [live.address, live.port, live.nginx_config, live.xproxy],
      ["127.0.0.1", 6000, "./nginx-test.conf", "x"],
    );
  });

  test("a port that the API still holds is not given to the proxy", () => {
    const before = config(namespace("a"));
    const after = config(`port = 7000\nproxy_port = 6000${namespace("a")}`);
    const { needRestart, live } = compareConfigs(before, after);
    assert.deepEqual(needRestart, ["port", "proxy_port"]);
    assert.deepEqual([live.port, live.proxy_port], [6000, 7000]);
  });

  test("a port that the API still holds is not given to the answers for nginx", () => {
    const before = config(namespace("a"));
    const after = config(`port = 6100\nnginx_dns_address = "127.0.0.1:6000"${namespace("a")}`);
    const { needRestart, live } = compareConfigs(before, after);
    assert.deepEqual(needRestart, ["port", "nginx_dns_address"]);
    assert.deepEqual([live.port, live.nginx_dns_address], [6000, "127.0.0.1:6053"]);
  });

  test("namespaces are compared by name", () => {
    const before = config(namespace("a") + namespace("b", 'realm = "x"') + namespace("c"));
    const after = config(namespace("b", 'realm = "y"\npass = "p"') + namespace("a") + namespace("d"));
    const { changed, needRestart, live } = compareConfigs(before, after);
    assert.deepEqual(changed, ["namespaces.b.pass", "namespaces.b.realm", "namespaces.d", "namespaces.c"]);
    assert.deepEqual(needRestart, []);
    assert.deepEqual(live.namespaces, after.namespaces);
  });
});
