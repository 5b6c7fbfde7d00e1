import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { editDistance, nearest } from "../../../agent/config/suggest.ts";

describe("nearest", () => {
  test("distance counts changes, and a swap of neighbours once", () => {
    assert.equal(editDistance("", "abc"), 3);
    assert.equal(editDistance("abc", "abc"), 0);
    assert.equal(editDistance("template", "tempalte"), 1);
    assert.equal(editDistance("kitten", "sitting"), 3);
  });

  test("takes the nearest, and nothing that is far", () => {
    const known = ["nginx_cmd", "nginx_config", "port", "haproxy_cmd"];
    assert.equal(nearest("nginx_conf", known), "nginx_config");
    assert.equal(nearest("nginxcmd", known), "nginx_cmd");
    assert.equal(nearest("prot", known), "port");
    assert.equal(nearest("zebra", known), undefined);
    assert.equal(nearest("x".repeat(100_000), known), undefined);
  });
});
