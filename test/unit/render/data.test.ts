import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NamespaceView } from "../../../agent/model.ts";
import { configOf, dataOf, vhostOf } from "./fixtures.ts";

const leader = { endpoint: "https://d1.test:9090", host: "d1.test", port: 9090 };
const view: NamespaceView = { name: "a", leaderVhost: "drove.test", leader, routingTag: "color" };

describe("the root object", () => {
  test("has all names of the Go gateway, exactly so", () => {
    const names = `Xproxy ProxyPlatform LeftDelimiter RightDelimiter NginxMaxFailsUpstream NginxFailTimeoutUpstream
      NginxSlowStartUpstream HaproxySocketAddr HaproxyServerNamePrefix HaproxyServerNameHostPortSeparator
      HaproxyBackendNameSeparator HaproxyBackendIncludeRoutingTagSuffix HaproxyAddServerAttributesString
      HaproxyAddServerSSLAttributesString Namespaces Apps`.split(/\s+/);
    const data: Readonly<Record<string, unknown>> = { ...dataOf() };
    for (const name of names) assert.notEqual(data[name], undefined, name);
  });

  test("has the server-state file only while it is managed", () => {
    const changes = { haproxy_global_server_state_file_path: "/var/lib/haproxy/state" };
    const pathWith = (isManaged: boolean) => {
      const config = configOf({ ...changes, haproxy_manage_global_server_state_file: isManaged });
      return dataOf({}, { config }).HaproxyServerStateFile;
    };
    assert.deepEqual([pathWith(true), pathWith(false)], ["/var/lib/haproxy/state", ""]);
  });

  test("has the leading controllers that have a vhost, with an address or without", () => {
    const leader = { endpoint: "HTTPS://drove.test", host: "drove.test", port: 443 };
    const view = { leaderVhost: "drove.example", leader, routingTag: "" };
    const namespaces = [
      { ...view, name: "a" },
      { ...view, name: "b", leader: undefined },
      { ...view, name: "c", leaderVhost: "" },
    ];
    const { Leaders } = dataOf({ namespaces }, { addresses: new Map([["drove.test", "2001:db8::1"]]) });
    const common = { Vhost: "drove.example", Backend: "Leader-drove.example" };
    assert.deepEqual(Leaders, [
      { ...common, Namespace: "a", Address: "[2001:db8::1]", Port: 443, IsHttps: true },
      { ...common, Namespace: "b", Address: "", Port: 0, IsHttps: false },
    ]);
  });

  test("has the settings under those names", () => {
    const config = configOf({
      xproxy: "gw7",
      left_delimiter: "[[",
      right_delimiter: "]]",
      nginx_max_fails: 3,
      nginx_fail_timeout: "7s",
      nginx_slow_start: "9s",
      haproxysocketaddr: "/run/h.sock",
      haproxy_server_name_prefix: "srv",
      haproxy_server_name_host_port_delimiter: "-",
      haproxy_backend_name_separator: ".",
      haproxy_backend_include_routing_tag_suffix: false,
      haproxy_add_server_attributes_string: "check",
      haproxy_add_server_ssl_attributes_string: "ssl",
    });
    const { Namespaces, Apps, Vhosts, Generation, ...settings } = dataOf(
      {},
      { config, ipv6: false, proxyVersion: undefined },
    );
    assert.deepEqual(settings, {
      Backends: [],
      ConfigFolder: "/etc/proxy",
      HaproxyMasterSocket: "",
      HaproxyStatsAddress: "127.0.0.1:6001",
      HaproxyLog: "off",
      HaproxyUser: "",
      HaproxyGroup: "",
      HaproxyChroot: "",
      HaproxyServerStateFile: "",
      Routes: { Hosts: [], Wildcards: [], Groups: [], Headers: [] },
      Leaders: [],
      NginxNamesHash: { BucketSize: 128, MaxSize: 512 },
      NginxPlus: {
        ApiAddress: "",
        ApiClients: [],
        StateDir: "/var/lib/nginx/state",
        ZoneSize: "64m",
        HasSlowStart: true,
      },
      NginxDns: { Address: "", IPv6: "off", ZoneSize: "", Unavailable: "", StatusHost: "", HasWarmUp: false },
      Xproxy: "gw7",
      ProxyPlatform: "nginx",
      LeftDelimiter: "[[",
      RightDelimiter: "]]",
      NginxMaxFailsUpstream: 3,
      NginxFailTimeoutUpstream: "7s",
      NginxSlowStartUpstream: "9s",
      HaproxySocketAddr: "/run/h.sock",
      HaproxyServerNamePrefix: "srv",
      HaproxyServerNameHostPortSeparator: "-",
      HaproxyBackendNameSeparator: ".",
      HaproxyBackendIncludeRoutingTagSuffix: false,
      HaproxyAddServerAttributesString: "check",
      HaproxyAddServerSSLAttributesString: "ssl",
      ProxyPort: 7000,
      ProxyIPv6: false,
      NginxStatusAddress: "127.0.0.1:6001",
      NginxPid: "/run/nginx.pid",
      NginxTempDir: "",
      NginxAccessLog: "off",
      NginxErrorLog: "",
      NginxVersion: [0, 0, 0],
    });
    assert.deepEqual([{ ...Namespaces }, { ...Apps }, Vhosts], [{}, {}, []]);
    assert.match(Generation, /^\{.*\}$/);
  });

  test("shows no credential and no other part of the configuration", () => {
    const secret = "s3cr3t";
    const namespaces = [{ name: "a", drove: ["http://d.test"], user: "u", pass: secret, access_token: secret }];
    const config = configOf({ api_token: secret, namespaces });
    const text = JSON.stringify(dataOf({ vhosts: [vhostOf("a.test")], namespaces: [view] }, { config }));
    assert.doesNotMatch(text, new RegExp(secret));
  });

  test("has the version as numbers, whatever nginx prints", () => {
    const versions = { "1.30.6": [1, 30, 6], "1.27": [1, 27, 0], "1.29.5-rc1": [1, 29, 5], nonsense: [0, 0, 0] };
    for (const [proxyVersion, numbers] of Object.entries(versions))
      assert.deepEqual(dataOf({}, { proxyVersion }).NginxVersion, numbers);
  });
});

describe("apps", () => {
  test("are all that the Go gateway said of them, and more", () => {
    const blue = { name: "blue", members: [{ host: "h1.test", port: 80, portType: "https" }], tags: { color: "Blue" } };
    const vhost = vhostOf("a.test", {
      appIds: ["A-1", "A-2"],
      members: [...blue.members, { host: "2001:db8::1", port: 81, portType: "http" }],
      tags: { color: "Blue", x: "y" },
      groups: [blue],
      routingTagKey: "color",
    });
    const addresses = new Map([
      ["h1.test", "10.1.1.1"],
      ["2001:db8::1", "2001:db8::1"],
    ]);
    const app = dataOf({ vhosts: [vhost] }, { addresses }).Apps["a.test"];
    const first = { Host: "h1.test", Port: 80, PortType: "https", Address: "10.1.1.1", Weight: 1 };
    const other = { Host: "2001:db8::1", Port: 81, PortType: "http", Address: "[2001:db8::1]", Weight: 1 };
    const ofBlue = { Scheme: "https", Hosts: [first], LeftOut: [] };
    assert.deepEqual(app && { ...app, UpstreamServers: app.UpstreamServers, Groups: { ...app.Groups } }, {
      ID: "A-1",
      IDs: ["A-1", "A-2"],
      Vhost: "a.test",
      Hosts: [first, other],
      Tags: { color: "Blue", x: "y" },
      Groups: { blue: { Name: "blue", Hosts: [first], Tags: { color: "Blue" }, Serving: ofBlue } },
      Comment: "A-1 A-2",
      Serving: { Scheme: "http", Hosts: [other], LeftOut: [first] },
      HealthCheck: "",
      RoutingTagKey: "color",
      DnsName: "",
      UpstreamServers: "server [2001:db8::1]:81 max_fails=0 fail_timeout=1s;\n",
    });
  });

  test("without instances are in Vhosts, not in Apps", () => {
    const data = dataOf({ vhosts: [vhostOf("a.test"), vhostOf("empty.test", { members: [] })] });
    assert.deepEqual(Object.keys(data.Apps), ["a.test"]);
    assert.deepEqual(
      data.Vhosts.map((one) => [one.Vhost, one.Hosts.length]),
      [
        ["a.test", 1],
        ["empty.test", 0],
      ],
    );
  });

  test("lose an instance whose name has no address, in their groups too", () => {
    const members = [
      { host: "gone.test", port: 80, portType: "http" },
      { host: "10.0.0.1", port: 80, portType: "http" },
    ];
    const vhosts = [vhostOf("a.test", { members }), vhostOf("b.test", { members: members.slice(0, 1) })];
    const data = dataOf({ vhosts }, { addresses: new Map([["10.0.0.1", "10.0.0.1"]]) });
    assert.deepEqual(
      data.Vhosts.map((one) => one.Hosts.map((host) => host.Host)),
      [["10.0.0.1"], []],
    );
    assert.deepEqual(
      data.Apps["a.test"]?.Groups["a.test"]?.Hosts.map((host) => host.Host),
      ["10.0.0.1"],
    );
    assert.deepEqual(Object.keys(data.Apps), ["a.test"]);
  });

  test("share the list of instances with their only group: 50,000 apps must not be copied twice", () => {
    const app = dataOf({ vhosts: [vhostOf("a.test")] }).Apps["a.test"];
    assert.equal(app?.Groups["a.test"]?.Hosts, app?.Hosts);
  });

  test("may have any name", () => {
    const proto = "__proto__";
    const data = dataOf({ vhosts: [vhostOf(proto), vhostOf("constructor")] });
    assert.deepEqual(Object.keys(data.Apps), [proto, "constructor"]);
    assert.equal(data.Apps[proto]?.Vhost, "__proto__");
    assert.equal(data.Apps["toString"], undefined);
    assert.deepEqual(Object.keys(data.Apps[proto]?.Groups ?? {}), ["__proto__"]);
  });
});

describe("namespaces", () => {
  const addresses = new Map([["d1.test", "2001:db8::9"]]);

  test("show the leader, its vhost and the routing tag", () => {
    const data = dataOf({ namespaces: [view] }, { addresses });
    assert.deepEqual(
      { ...data.Namespaces },
      {
        a: {
          LeaderVHost: "drove.test",
          Leader: { Endpoint: "https://d1.test:9090", Host: "d1.test", Port: 9090, Address: "[2001:db8::9]" },
          RoutingTag: "color",
        },
      },
    );
    assert.equal("Leader" in data, false, "only files without namespaces have it at top level");
  });

  test("without a leader, or with one that does not resolve, have empty values", () => {
    const empty = dataOf({ namespaces: [{ ...view, leader: undefined }] }).Namespaces["a"]?.Leader;
    assert.deepEqual(empty, { Endpoint: "", Host: "", Port: 0, Address: "" });
    assert.equal(dataOf({ namespaces: [view] }).Namespaces["a"]?.Leader.Address, "");
  });

  test("of a file older than namespaces are at top level as well", () => {
    const config = { ...configOf(), legacy_flat: true };
    const data = dataOf({ namespaces: [view] }, { config, addresses });
    assert.deepEqual([data.LeaderVHost, data.RoutingTag, data.Leader?.Host], ["drove.test", "color", "d1.test"]);
  });
});
