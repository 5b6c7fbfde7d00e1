import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gatewayFunctions } from "../../../../agent/render/gateway-functions.ts";
import { parseTemplate } from "../../../../agent/render/go-template/index.ts";
import type { Golden } from "./golden-cases.ts";

const path = new URL("../../../golden/go-template/cases.golden.json", import.meta.url);
const golden: Golden = JSON.parse(readFileSync(path, "utf8"));

interface At {
  readonly zone: string;
  readonly millis: number;
  readonly startedAt?: number;
}

function render(text: string, { zone, millis, startedAt }: At): string {
  const started = startedAt === undefined ? {} : { startedAt };
  const functions = gatewayFunctions(() => ({ environment: {}, now: () => millis, timeZone: zone, ...started }));
  return parseTemplate({ name: "t", text, functions }).execute(undefined);
}

for (const [zone, cases] of Object.entries(Object.groupBy(golden.times, (one) => one.zone)))
  test(`datetime in ${zone || "no zone"} is what Go prints`, () => {
    for (const one of cases ?? []) assert.equal(render(one.text, one), one.output);
  });

test("datetime carries Go's monotonic reading when the start of the process is known", () => {
  const at = { zone: "UTC", millis: 1_700_000_000_500, startedAt: 1_700_000_000_000 };
  assert.equal(render("{{datetime}}", at), "2023-11-14 22:13:20.5 +0000 UTC m=+0.500000000");
  assert.equal(render("{{datetime.UTC}}", at), "2023-11-14 22:13:20.5 +0000 UTC");
});
