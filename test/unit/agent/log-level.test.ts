import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../../agent/log.ts";
import { createLevelSwitch, levelRoute } from "../../../agent/log-level.ts";
import type { ApiSources } from "../../../agent/status/api.ts";

/** A switch of a real log; `told` is what of five lines, one of each level, came out. */
function switching() {
  const lines: string[] = [];
  const log = createLogger({ level: "info", format: "json", now: () => 0, write: (line) => lines.push(line) });
  const told = () => {
    lines.length = 0;
    for (const level of ["trace", "debug", "info", "warn", "error"] as const) log[level]("x");
    return lines.map((line) => (JSON.parse(line) as { level: string }).level).join(" ");
  };
  return { level: createLevelSwitch(log, "info"), told };
}

test("an operator's level holds over edits of the configuration, until it is taken back", () => {
  const { level, told } = switching();
  assert.equal(told(), "info warn error");
  assert.deepEqual(level.override("debug"), { level: "debug", configured: "info" });
  assert.equal(told(), "debug info warn error");
  level.configure("error");
  assert.equal(told(), "debug info warn error");
  assert.deepEqual(level.override(undefined), { level: "error", configured: "error" });
  assert.equal(told(), "error");
});

test("without one, the configuration's level counts at once", () => {
  const { level, told } = switching();
  level.configure("warn");
  assert.equal(told(), "warn error");
});

test("the API takes a level that there is, and none to go back", async () => {
  const { level, told } = switching();
  const [path, route] = levelRoute(level);
  assert.deepEqual([path, route.methods, route.access], ["/v1/loglevel", "write", "token"]);
  const ask = async (query: string) => {
    const request = {
      method: "POST",
      path,
      query: new URLSearchParams(query),
      authorization: undefined,
      origin: undefined,
    };
    return await route.reply({} as ApiSources, request);
  };
  assert.deepEqual(JSON.parse((await ask("level=DEBUG")).body), { level: "debug", configured: "info" });
  assert.equal(told(), "debug info warn error");
  const refused = await ask("level=loud");
  assert.deepEqual([refused.status, refused.body], [400, "level must be one of trace, debug, info, warn, error\n"]);
  assert.equal(told(), "debug info warn error");
  assert.deepEqual(JSON.parse((await ask("")).body), { level: "info", configured: "info" });
  assert.equal(told(), "info warn error");
});
