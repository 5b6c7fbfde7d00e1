import assert from "node:assert/strict";
import { test } from "node:test";
import { realmFilter } from "../../../agent/desired/select.ts";

const vhosts = ["a.test", "b.test", "a.test.org", "xa.test"];
const kept = (realm: string, suffix: string) => vhosts.filter(realmFilter({ realm, realm_suffix: suffix }));

test("without realm and suffix everything is kept", () => {
  assert.deepEqual(kept("", ""), vhosts);
  assert.deepEqual(kept(" , ,", " "), vhosts, "blanks and commas are nothing");
});

test("a realm names vhosts exactly", () => {
  assert.deepEqual(kept("a.test", ""), ["a.test"]);
  assert.deepEqual(kept(" a.test ,b.test", ""), ["a.test", "b.test"], "trimmed, comma-separated");
  assert.deepEqual(kept("A.TEST", ""), ["a.test"], "in any case");
  assert.deepEqual(kept("test", ""), [], "the end of a name is not the name");
});

test("a suffix is the end of a vhost", () => {
  assert.deepEqual(kept("", ".test"), ["a.test", "b.test", "xa.test"]);
  assert.deepEqual(kept("", "A.Test"), ["a.test", "xa.test"]);
});

test("with both, either lets an app in", () => {
  assert.deepEqual(kept("b.test", ".org"), ["b.test", "a.test.org"]);
});
