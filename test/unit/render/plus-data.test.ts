import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseConfig } from "../../../agent/config/parse.ts";
import { healthCheckOf, plusData } from "../../../agent/render/plus-data.ts";

const dataOf = (text: string, vhosts = 1) => {
  const source = `${text}\n[[namespaces]]\nname = "a"\ndrove = ["http://drove:8080"]\n`;
  return plusData(parseConfig(source, "x.toml").config, vhosts);
};

describe("what templates are told of NGINX Plus", () => {
  test("is where its API listens, for whom, and where states are kept", () => {
    assert.deepEqual(dataOf('nginxplusapiaddr = "localhost:8080"\nnginx_plus_state_dir = "/states/"'), {
      ApiAddress: "127.0.0.1:8080",
      ApiClients: ["127.0.0.1", "::1"],
      StateDir: "/states",
      ZoneSize: "64m",
      HasSlowStart: false,
    });
    const { ApiAddress, ApiClients } = dataOf('nginxplusapiaddr = "[fd00::1]:8080"');
    assert.deepEqual([ApiAddress, ApiClients], ["[fd00::1]:8080", ["127.0.0.1", "::1", "fd00::1"]]);
    assert.equal(dataOf("").ApiAddress, "");
  });

  test("is a zone that grows with the vhosts alone", () => {
    assert.deepEqual(
      [1, 1024, 1025, 5000].map((vhosts) => dataOf("", vhosts).ZoneSize),
      ["64m", "64m", "128m", "512m"],
    );
  });
});

test("a health check is a path, or on; nothing that could end the directive", () => {
  const checks = ["/healthz", "/a/b-c_d.e~f", "on", "TRUE", "off", "", "/a b", "/a;", "/$x", "healthz"];
  const found = checks.map((value) => healthCheckOf({ health_check: value }));
  assert.deepEqual(found, ["uri=/healthz", "uri=/a/b-c_d.e~f", "uri=/", "uri=/", "", "", "", "", "", ""]);
  assert.equal(healthCheckOf({}), "");
  assert.equal(healthCheckOf({ health_check: "on", protocol: "gRPC" }), "type=grpc");
  assert.equal(healthCheckOf({ health_check: "off", protocol: "grpc" }), "");
});
