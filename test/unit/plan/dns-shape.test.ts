import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Backend, Plan, RunningBackends, RunningState, Server } from "../../../agent/model.ts";
import { dnsShapeOf } from "../../../agent/plan/dns-shape.ts";
import { describeReasons, planChanges } from "../../../agent/plan/plan.ts";
import { seedMark } from "../../../agent/seeds.ts";
import { appliedOf, fileOf, runningWith, vhostOf } from "./fixtures.ts";

function serverAt(address: string): Server {
  return { name: `${address}:80`, host: address, address, port: 80, portType: "http", attributes: "" };
}

const backendOf = (name: string, addresses: readonly string[]): Backend => ({
  name,
  vhost: name.replace(/^gw_/, ""),
  group: undefined,
  routingTagKey: "",
  isDefault: true,
  servers: addresses.map(serverAt),
  tags: {},
  changesAtRuntime: true,
});

/** The config of nginx with these backends. */
function configOf(backends: readonly Backend[], more = ""): string {
  const upstreams = backends.map(({ name, servers }) => {
    const seeds = servers.map(({ address, port }) => `  server ${address}:${port}; ${seedMark}\n`).join("");
    return `upstream ${name} {\n  server ${name}.gateway.internal service=http resolve;\n${seeds}}\n`;
  });
  return upstreams.join("") + more;
}

/** What the driver says that nginx has. */
function having(backends: readonly Backend[], changes: Partial<RunningBackends> = {}): RunningBackends {
  const servers = backends.flatMap(({ name: backend, servers: all }) =>
    all.map(({ name, address, port }) => ({ backend, name, address, port, state: "serving" as const })),
  );
  const names = new Set(backends.map((one) => one.name));
  return { names, servers, outliveReloads: true, isPartial: true, ...changes };
}

describe("the shape of a config whose servers come by DNS", () => {
  test("leaves out the seeds, and names the upstreams", () => {
    const one = dnsShapeOf(configOf([backendOf("gw_a.test", ["10.0.0.1"])]));
    const two = dnsShapeOf(configOf([backendOf("gw_a.test", ["10.0.0.2", "10.0.0.3"])]));
    assert.equal(one.fixed, two.fixed);
    assert.deepEqual([...one.backends], ["gw_a.test"]);
  });

  test("has everything else", () => {
    const shape = (text: string) => dnsShapeOf(text).fixed;
    const text = configOf([backendOf("gw_a.test", ["10.0.0.1"])]);
    assert.notEqual(shape(text), shape(`${text}keepalive 4;\n`));
    assert.notEqual(shape(text), shape(configOf([backendOf("gw_b.test", ["10.0.0.1"])])));
    const fixed = text.replaceAll(` ${seedMark}`, "");
    assert.notEqual(shape(fixed), shape(fixed.replace("10.0.0.1", "10.0.0.2")), "servers that nginx does not ask for");
    assert.equal(dnsShapeOf("upstream own { server 10.0.0.1:80; }").backends.size, 0);
  });
});

const before = [backendOf("gw_a.test", ["10.0.0.1"]), backendOf("gw_b.test", ["10.0.0.1"])];
const more = [backendOf("gw_a.test", ["10.0.0.1", "10.0.0.2"]), backendOf("gw_b.test", ["10.0.0.1"])];

function plan(
  wanted: readonly Backend[],
  {
    text,
    has = having(before),
    running,
  }: { text?: string; has?: RunningBackends; running?: Partial<RunningState> } = {},
): Plan {
  const file = fileOf(text ?? configOf(wanted), { generation: "g" });
  const state = runningWith(configOf(before), { servedGeneration: "g", runtime: has, ...running });
  const applied = { ...appliedOf([vhostOf("a.test"), vhostOf("b.test")]), backends: before };
  return planChanges({
    file,
    running: state,
    wanted: { ...applied, backends: wanted },
    applied,
    reloads: "allowed",
    refused: undefined,
    serverPrefix: "",
    shapeOf: dnsShapeOf,
  });
}

const short = ({ kind, steps, reasons, writes, missingBackends }: Plan) =>
  [kind, `${steps.length} steps`, describeReasons(reasons), writes ? "writes" : "no file", ...missingBackends].join(
    "; ",
  );

describe("the plan for an nginx that asks for its servers", () => {
  test("is none while nothing changes, steps and a new file when instances do", () => {
    assert.equal(short(plan(before)), "none; 0 steps; ; no file");
    assert.equal(short(plan(more)), "runtime; 1 steps; members-changed gw_a.test; writes");
    const none = [backendOf("gw_a.test", []), backendOf("gw_b.test", ["10.0.0.1"])];
    assert.equal(short(plan(none)), "runtime; 1 steps; members-changed gw_a.test; writes");
  });

  test("reloads once for what nginx has learned, with the members of now", () => {
    const has = having(before, { isLearned: true });
    assert.match(short(plan(before, { has })), /^reload; 0 steps; servers-learned \/etc\/x\.conf;/);
    assert.match(short(plan(more, { has })), /^reload; 1 steps; servers-learned \/etc\/x\.conf;/);
  });

  test("reloads for the reason that changes more than members, should there be one besides", () => {
    const text = configOf(before, "keepalive 4;\n");
    const found = plan(before, { text, has: having(before, { isLearned: true }) });
    assert.equal(found.kind, "reload");
    assert.ok(!found.reasons.some((one) => one.code === "servers-learned"));
  });

  test("misses no backend that changes by reloads only", () => {
    const mixed = [...before, backendOf("gw_long.test", ["10.0.0.9"])];
    const text = configOf(before);
    assert.deepEqual(plan(mixed, { text }).missingBackends, []);
    const whole = having(before, { isPartial: false });
    assert.deepEqual(plan(mixed, { text, has: whole }).missingBackends, ["gw_long.test"]);
  });

  test("is a reload where nginx may not have asked", () => {
    const found = plan(before, { running: { unproven: true } });
    assert.equal(`${found.kind} ${describeReasons(found.reasons)}`, "reload unproven /etc/x.conf");
  });
});
