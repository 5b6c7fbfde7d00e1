import assert from "node:assert/strict";
import { test } from "node:test";
import { build, versionText } from "../../../agent/cli/version.ts";

test("the version is three lines, as nixy -v printed them", () => {
  assert.match(versionText(), /^version: \S+\ncommit: \S+\ndate: \S+\n$/);
  assert.match(build.version, /^\d+\.\d+\.\d+/);
});
