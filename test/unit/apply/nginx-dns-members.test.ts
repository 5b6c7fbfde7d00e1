import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { movedBy, showsAll, withSteps } from "../../../agent/apply/nginx-dns-members.ts";
import type { Server, Step } from "../../../agent/model.ts";
import { seedMark, seedsOf, withoutSeeds } from "../../../agent/seeds.ts";
import { serverName } from "../../../agent/serving.ts";

const unavailable = "127.0.0.1:6001";
const text = `http {
  upstream gw_a.test {
    server gw_a.test.gateway.internal service=http resolve max_fails=0;
    server 10.0.0.1:80 weight=3 max_fails=0; ${seedMark}
    server 10.0.0.2:80 max_fails=0; ${seedMark}
    keepalive 64;
  }
  upstream gw_b.test {
    server gw_b.test.gateway.internal service=http resolve max_fails=0;
    server ${unavailable}; ${seedMark}
    keepalive 64;
  }
}
`;

function server(address: string, weight?: number): Server {
  const name = serverName(address, 80);
  return { name, host: address, address, port: 80, portType: "http", attributes: "", ...(weight && { weight }) };
}

function add(backend: string, of: Server): Step {
  return { kind: "add", backend, server: of };
}

function remove(backend: string, address: string): Step {
  return { kind: "remove", backend, server: { name: serverName(address, 80) } };
}

/** The seeds after these steps, as `address:port weight`. Nothing else may differ. */
function seedsAfter(...steps: Step[]) {
  const after = withSteps(text, steps, unavailable);
  assert.equal(withoutSeeds(after), withoutSeeds(text));
  const moved = movedBy(seedsOf(text), steps, { host: "127.0.0.1", port: 6001 });
  assert.deepEqual(moved, seedsOf(after), "nginx is told the same ahead of the file");
  assert.ok(showsAll(moved, steps));
  return [...seedsOf(after).values()].map((all) => all.map((one) => `${one.address} ${one.port} ${one.weight}`));
}

describe("members in the text of nginx", () => {
  test("come and go, and others stay as they are", () => {
    const steps = [add("gw_a.test", server("2001:db8::1", 5)), remove("gw_a.test", "10.0.0.2")];
    assert.deepEqual(seedsAfter(...steps), [["10.0.0.1 80 3", "2001:db8::1 80 5"], ["127.0.0.1 6001 1"]]);
  });

  test("are never none: nginx itself answers for the upstream, until there is somebody", () => {
    const steps = [
      remove("gw_a.test", "10.0.0.1"),
      remove("gw_a.test", "10.0.0.2"),
      add("gw_b.test", server("10.0.0.9")),
    ];
    assert.deepEqual(seedsAfter(...steps), [["127.0.0.1 6001 1"], ["10.0.0.9 80 1"]]);
  });

  test("that are there already are not there twice", () => {
    assert.equal(withSteps(text, [add("gw_a.test", server("10.0.0.2"))], unavailable), text);
  });

  test("have the parameters of the line that makes nginx ask", () => {
    const after = withSteps(text, [add("gw_b.test", server("10.0.0.9"))], unavailable);
    assert.match(after, /server 10\.0\.0\.9:80 max_fails=0; #drove-gateway-seed\n {4}keepalive/);
  });

  test("of an upstream that the text does not have change nothing", () => {
    assert.equal(withSteps(text, [add("gw_c.test", server("10.0.0.9"))], unavailable), text);
  });
});
