import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nginxShapeOf } from "../../../agent/plan/nginx-shape.ts";

const managed = new Set(["gw_a.test", "gw_b.test"]);
const text = (servers: string, zone = "    zone z 64k;\n") => `http {
  upstream a.test {
${zone}${servers}    keepalive 4;
  }
  server { listen 80; server_name a.test; location / { proxy_pass http://a.test; } }
}
`;

describe("the shape of an nginx config", () => {
  test("leaves out the servers of upstreams with a zone, by either name", () => {
    const one = text("    server 10.0.0.1:80;\n");
    const two = text("    server 10.0.0.1:80;\n    server [::1]:80 max_fails=0; \n");
    assert.equal(nginxShapeOf(one, managed).fixed, nginxShapeOf(two, managed).fixed);
    assert.match(nginxShapeOf(two, managed).fixed, /keepalive 4;[\s\S]*server \{ listen 80;/);
    assert.deepEqual([...nginxShapeOf(two, managed).backends], ["gw_a.test"]);
    const own = two.replace("upstream a.test {", 'upstream "gw_a.test" {');
    assert.doesNotMatch(nginxShapeOf(own, managed).fixed, /10\.0\.0\.1/);
  });

  test("has everything else: upstreams without a zone or of others, parameters, comments", () => {
    const differ = (left: string, right: string) =>
      assert.notEqual(nginxShapeOf(left, managed).fixed, nginxShapeOf(right, managed).fixed);
    const servers = ["    server 10.0.0.1:80;\n", "    server 10.0.0.2:80;\n"] as const;
    differ(text(servers[0], ""), text(servers[1], ""));
    assert.equal(nginxShapeOf(text(servers[0], ""), managed).backends.size, 0);
    const others = (one: string) => one.replace("upstream a.test", "upstream others");
    differ(others(text(servers[0])), others(text(servers[1])));
    differ(text(servers[0]), text(servers[0]).replace("keepalive 4", "keepalive 8"));
  });
});
