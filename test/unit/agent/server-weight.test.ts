import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import { configSchema } from "../../../agent/config/schema.ts";
import { haproxyAttributes, weightOf } from "../../../agent/server-weight.ts";

test("the weight is the last one among the attributes, or HAProxy's own", () => {
  assert.deepEqual(["", "check inter 2s", "weight 20 check", "weight 20 check  weight 7"].map(weightOf), [1, 1, 20, 7]);
  assert.equal(weightOf("check-sni weighty"), 1);
});

test("servers that warm up have a weight to have a share of, unless the operator has given one", () => {
  const attributesWith = (settings: Readonly<Record<string, unknown>>) => {
    const namespaces = [{ name: "a", drove: ["http://d.test"] }];
    return haproxyAttributes(v.parse(configSchema, { haproxysocketaddr: "/run/h", ...settings, namespaces }));
  };
  const own = { haproxy_add_server_attributes_string: "check" };
  assert.equal(attributesWith(own), "check");
  assert.equal(attributesWith({ ...own, warm_up_sec: 30 }), "check weight 100");
  assert.equal(attributesWith({ warm_up_sec: 30 }), "weight 100");
  assert.equal(
    attributesWith({ warm_up_sec: 30, haproxy_add_server_attributes_string: "weight 20 check" }),
    "weight 20 check",
  );
  assert.equal(attributesWith({ ...own, warm_up_sec: 30, haproxysocketaddr: "" }), "check", "every change is a reload");
  assert.equal(attributesWith({ ...own, warm_up_sec: 30, haproxy_reload_disabled: true }), "check", "not our file");
});
