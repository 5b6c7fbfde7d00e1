import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { goEngine } from "../../../agent/render/go.ts";
import { findOwners } from "../../../agent/render/owners.ts";
import { seedMark } from "../../../agent/seeds.ts";
import { compile, configOf, dataOf, vhostOf, world } from "./fixtures.ts";

const shop = vhostOf("shop.test");
const data = (settings: Readonly<Record<string, unknown>> = {}, vhosts = [shop], proxyVersion = "1.30.6") =>
  dataOf({ vhosts }, { config: configOf(settings), asksByDns: true, proxyVersion });

describe("what templates are told of servers that come by DNS", () => {
  test("is whom to ask, how much room there is, and where nobody's requests go", () => {
    assert.deepEqual(data().NginxDns, {
      Address: "127.0.0.1:6053",
      IPv6: "off",
      ZoneSize: "16m",
      Unavailable: "127.0.0.1:6001",
      StatusHost: "127.0.0.1",
      HasWarmUp: false,
    });
    const settings = { nginx_dns_address: "[::1]:53", warm_up_sec: 30 };
    const { Address, HasWarmUp } = data(settings).NginxDns;
    assert.deepEqual([Address, HasWarmUp], ["[::1]:53", true]);
  });

  test("is that IPv6 addresses are needed as soon as anybody has one, be it only the answer for nobody", () => {
    const members = [{ host: "2001:db8::1", port: 80, portType: "http" }];
    assert.equal(data({}, [shop, vhostOf("b.test", { members })]).NginxDns.IPv6, "on");
    const { IPv6, Unavailable, StatusHost } = data({ nginx_status_address: "[::1]:6001" }).NginxDns;
    assert.deepEqual([IPv6, Unavailable, StatusHost], ["on", "[::1]:6001", "[::1]"]);
  });

  test("is a zone that grows in steps with the instances", () => {
    const members = Array.from({ length: 8000 }, (_, index) => ({
      host: `10.0.${index >> 8}.${index % 256}`,
      port: 80,
      portType: "http",
    }));
    assert.equal(data({}, [vhostOf("a.test", { members })]).NginxDns.ZoneSize, "32m");
  });

  test("is nothing where nginx does not ask, or cannot", () => {
    for (const one of [dataOf({ vhosts: [shop] }), data({}, [shop], "1.27.2"), data({}, [shop], "")]) {
      assert.equal(one.NginxDns.Address, "");
      const app = one.Apps["shop.test"];
      assert.deepEqual(
        [app?.DnsName, app?.UpstreamServers],
        ["", "server 10.0.0.1:8080 max_fails=0 fail_timeout=1s;\n"],
      );
    }
  });
});

describe("the servers of an upstream", () => {
  test("are whom to ask, and the last known ones", () => {
    const app = data().Apps["shop.test"];
    assert.equal(app?.DnsName, "gw_shop.test.gateway.internal");
    assert.deepEqual(app?.UpstreamServers.split("\n"), [
      "zone drove_gateway 16m;",
      "resolver 127.0.0.1:6053 ipv6=off;",
      "resolver_timeout 1s;",
      "server gw_shop.test.gateway.internal service=http resolve max_fails=0 fail_timeout=1s;",
      `server 10.0.0.1:8080 max_fails=0 fail_timeout=1s; ${seedMark}`,
      "",
    ]);
  });

  test("stand in the file where the name is too long for DNS, and where nginx has no answer in their protocol", () => {
    const long = `${"a".repeat(61)}.test`;
    const grpc = { members: [], tags: { protocol: "grpc" } };
    const vhosts = [vhostOf(long), vhostOf("grpc.test", grpc), vhostOf("none.test", { members: [] })];
    assert.deepEqual(
      data({}, vhosts).Vhosts.map((one) => one.DnsName),
      ["", "", "gw_none.test.gateway.internal"],
    );
  });

  test("are there too for templates that get copies of the data", () => {
    const given = data({}, [vhostOf("shop.test", { tags: { note: "two words;" } })]);
    const { UpstreamServers } = given.Apps["shop.test"] ?? {};
    const text = '{{range .Apps}}{{index .Tags "note"}}\n{{raw .UpstreamServers}}{{end}}';
    const delimiters = { leftDelimiter: "{{", rightDelimiter: "}}" };
    const go = goEngine.compile({ path: "/t/main.tmpl", text, partials: [] }, delimiters);
    assert.equal(go.render(given, world), `"two words;"\n${UpstreamServers}`);
    const eta = compile("<% for (const app of it.Vhosts) { %>\n<%~ app.UpstreamServers %>\n<% } %>");
    assert.deepEqual(findOwners(eta, { data: given, world }).ofLines.slice(0, 5), Array(5).fill("shop.test"));
  });
});
