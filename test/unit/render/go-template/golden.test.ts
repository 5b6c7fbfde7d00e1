import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { checkCase, type Golden } from "./golden-cases.ts";

/** Another file of cases may be given, see the README beside the golden file. */
const path =
  process.env["GO_TEMPLATE_CASES"] ?? new URL("../../../golden/go-template/cases.golden.json", import.meta.url);
const golden: Golden = JSON.parse(readFileSync(path, "utf8"));

suite(`what ${golden.go} itself made of these templates`, () => {
  for (const [group, cases] of Object.entries(Object.groupBy(golden.cases, (one) => one.group)))
    test(`${group}: ${cases?.length} templates`, () => {
      for (const one of cases ?? []) {
        const { actual, expected } = checkCase(golden, one);
        assert.deepEqual({ template: one.text, ...actual }, { template: one.text, ...expected });
      }
    });
});
