import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { execa } from "execa";
import { exposedApp } from "../fake/exposed-app.ts";
import { eventually } from "../image/support/eventually.ts";
import { openGateway } from "./harness.ts";
import { prometheusFolder, startPrometheus } from "./support/prometheus.ts";

const folder = join(import.meta.dirname, "..", "..", "examples", "monitoring");
const rules = join(folder, "alerts.yml");

describe("promtool accepts", () => {
  for (const words of [
    ["check", "config", "prometheus.yml"],
    ["test", "rules", "alerts.test.yml"],
  ]) {
    test(words.join(" "), async () => {
      await execa(join(await prometheusFolder(), "promtool"), words, { cwd: folder });
    });
  }
});

test("Prometheus has an answer to every query of the dashboard, and alerts when controllers go", async (t) => {
  const gateway = await openGateway(t, { apps: [exposedApp({ name: "shop" })] });
  const prometheus = await startPrometheus(t, { target: `127.0.0.1:${gateway.ports.api}`, rules });
  const first = await gateway.instance("shop-1.0.0");
  await gateway.servedBy("shop.test", first);
  await eventually("a change has converged", async () => {
    return (await gateway.metric('drove_gateway_convergence_seconds_count{namespace="default"}')) === 1;
  });
  const took = (await gateway.metric('drove_gateway_convergence_seconds_sum{namespace="default"}')) ?? Number.NaN;
  assert.ok(took >= 0 && took < 60, `${took} s`);

  // Rates need two scrapes that differ, so there is a change after the first one.
  const scraped = async (expression: string) => (await prometheus.query(expression)).length > 0;
  await eventually("scraped", () => scraped("drove_gateway_convergence_seconds_count == 1"));
  await gateway.servedBy("shop.test", await gateway.instance("shop-1.0.0"));
  await eventually("scraped again", () => scraped("drove_gateway_convergence_seconds_count > 1"));
  // While one scrape is late there is no series, and an alert.
  for (const expression of dashboardQueries()) {
    const mayBeEmpty = /refused_apps|drove_gateway_notes/.test(expression);
    if (mayBeEmpty) await prometheus.query(expression);
    else await eventually(`a series of ${expression}`, () => scraped(expression));
  }
  await eventually("no alert", async () => (await prometheus.alerts()).size === 0);

  await gateway.cluster.controller(0).stop();
  await eventually("the alert", async () => (await prometheus.alerts()).has("DroveGatewayNoController"));
  gateway.agent().signal("SIGKILL");
  await eventually("the other alert", async () => (await prometheus.alerts()).has("DroveGatewayDown"));
});

/** Every query, with what Grafana puts in for the variables. */
function dashboardQueries(): readonly string[] {
  const text = readFileSync(join(folder, "dashboard.json"), "utf8");
  const queries: string[] = [];
  JSON.parse(text, (key, value: unknown) => {
    if (key === "expr") queries.push(String(value));
    return value;
  });
  assert.ok(queries.length > 20);
  return queries.map((query) =>
    query.replaceAll("$__rate_interval", "1m").replaceAll("$__interval", "1m").replaceAll(/\$\w+/g, ".*"),
  );
}
