import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { makeCertificates } from "../fake/certificates.ts";
import { exposedApp } from "../fake/exposed-app.ts";
import { openGateway } from "./harness.ts";

/* The other Go templates of the examples say the same as the shipped ones: see test/unit/examples/go-templates. */

const template = join(import.meta.dirname, "..", "..", "examples", "go-templates", "nginx-header.tmpl");

test("nginx routes by header with the template of the examples", async (t) => {
  const tag = "X-Color_1";
  const tagged = (name: string, value: string, vhost = "shop.test") =>
    exposedApp({ name, vhost, tags: value === "" ? {} : { [tag]: value } });
  const apps = [
    tagged("blue", "Blue"),
    tagged("green", "v1:green"),
    tagged("plain", ""),
    tagged("red", "red", "tagged.test"),
    tagged("empty", "blue", "empty.test"),
    tagged("wild", "", "*.wild.test"),
    tagged("wild-blue", "blue", "*.wild.test"),
    ...Array.from({ length: 100 }, (_, number) => tagged(`many-${number}`, `many-${number}`)),
  ];
  const gateway = await openGateway(t, {
    apps,
    settings: { nginx_template: template },
    namespace: { routing_tag: tag },
  });
  const { trusted } = makeCertificates();
  for (const name of ["blue", "plain", "red", "wild", "wild-blue", "many-0", "many-99"])
    await gateway.instance(`${name}-1.0.0`, { instance: name });
  await gateway.instance("green-1.0.0", { instance: "green", tls: trusted });
  await gateway.inStep();

  const asked = async (vhost: string, value?: string) => {
    const { status, headers } = await gateway.visit(vhost, value === undefined ? {} : { headers: { [tag]: value } });
    return status === 200 ? headers["x-instance-id"] : status;
  };
  const expected = [
    ["shop.test", undefined, "plain"],
    ["shop.test", "blue", "blue"],
    ["SHOP.test", "BLUE", "blue"],
    ["shop.test", "v1:Green", "green"],
    ["shop.test", "many-0", "many-0"],
    ["shop.test", "many-99", "many-99"],
    ["shop.test", "many-50", "plain"],
    ["shop.test", "other", "plain"],
    ["shop.test", "tagged.test red", "plain"],
    ["tagged.test", undefined, "red"],
    ["a.wild.test", "red", "wild"],
    ["a.wild.test", "blue", "wild-blue"],
    ["empty.test", "blue", 503],
    ["none.test", "blue", 503],
  ] as const;
  const found = [];
  for (const [vhost, value] of expected) found.push([vhost, value, await asked(vhost, value)]);
  assert.deepEqual(found, expected);
  assert.equal((await gateway.visit("shop.test", { path: "/headers?a=b" })).json()["host"], "shop.test");
  assert.equal((await gateway.visit("shop.test", { path: "/a%20b?c=d" })).json()["path"], "/a%20b?c=d");
});
