import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Board,
  withDesired,
  withFailure,
  withHeld,
  withNamespaces,
  withOldWorkers,
  withProven,
} from "../../../agent/status/board.ts";
import { createMetrics, type Metrics } from "../../../agent/status/metrics.ts";
import { desired, member, newBoard, served, startedAt, vhost } from "./fixtures.ts";

const newMetrics = () => createMetrics();
const lines = async (metrics: Metrics, board: Board) => (await metrics.text(board, startedAt + 61_000)).split("\n");

/** Every family of the contract, with its type. */
const contract: Readonly<Record<string, string>> = {
  drove_gateway_reloads_failed: "counter",
  drove_gateway_reloads_successful: "counter",
  drove_gateway_proxy_control_plane_timeout_breaches_total: "counter",
  drove_gateway_reload_duration: "histogram",
  drove_gateway_resolver_healthy: "gauge",
  drove_gateway_upstream_updates_via_api_healthy: "gauge",
  drove_gateway_server_state_file_update_healthy: "gauge",
  drove_gateway_proxy_control_plane_healthy: "gauge",
  drove_gateway_disk_io_healthy: "gauge",
  drove_gateway_config_generation_healthy: "gauge",
  drove_gateway_template_rendering_healthy: "gauge",
  drove_gateway_endpoint_check_fails: "counter",
  drove_gateway_endpoint_down_errors: "counter",
  drove_gateway_all_endpoints_down_errors: "gauge",
  drove_gateway_drove_app_sync_failed: "counter",
  drove_gateway_drove_stream_errors: "counter",
  drove_gateway_drove_stream_no_data_warnings: "counter",
  drove_gateway_drove_events_received: "counter",
  drove_gateway_drove_app_refresh_duration: "histogram",
  drove_gateway_apps_with_routing_tag_total: "gauge",
  drove_gateway_apps_without_routing_tag_total: "gauge",
  drove_gateway_apps_ignored_by_realm_total: "gauge",
  drove_gateway_configured_endpoints_total: "gauge",
  drove_gateway_healthy_endpoints_total: "gauge",
  drove_gateway_haproxy_api_calls_successful_total: "counter",
  drove_gateway_haproxy_api_calls_failed_total: "counter",
  drove_gateway_nginx_api_calls_successful_total: "counter",
  drove_gateway_nginx_api_calls_failed_total: "counter",
  drove_gateway_template_render_duration_seconds: "histogram",
  haproxy_runtime_api_duration_seconds: "histogram",
  nginx_plus_runtime_api_duration_seconds: "histogram",
};

test("has every family of the contract, with its type", async () => {
  const text = await lines(newMetrics(), newBoard());
  for (const [name, type] of Object.entries(contract)) assert.ok(text.includes(`# TYPE ${name} ${type}`), name);
});

test("series of a namespace are there at zero from the start", async () => {
  const text = await lines(newMetrics(), newBoard(["alpha", "beta"]));
  const byNamespace = Object.entries(contract).filter(([name]) => /endpoint|drove_gateway_drove|apps_/.test(name));
  assert.equal(byNamespace.length, 13);
  for (const [name, type] of byNamespace) {
    for (const namespace of ["alpha", "beta"]) {
      const series = type === "histogram" ? `${name}_count` : name;
      assert.ok(text.includes(`${series}{namespace="${namespace}"} 0`), `${name} of ${namespace}`);
    }
  }
});

test("series of a removed namespace go, even when it is counted once more", async () => {
  const metrics = newMetrics();
  const both = withNamespaces(newBoard(), [served("alpha"), served("beta")]);
  await lines(metrics, both);
  metrics.eventsReceived({ namespace: "beta", count: 3 });
  const one = withNamespaces(both, [served("alpha")]);
  assert.deepEqual(
    (await lines(metrics, one)).filter((line) => line.includes("beta")),
    [],
  );
  metrics.appsRefreshed({ namespace: "beta", seconds: 1 });
  metrics.syncFailed("beta");
  assert.deepEqual(
    (await lines(metrics, one)).filter((line) => line.includes("beta")),
    [],
  );
  const back = await lines(metrics, both);
  assert.ok(back.includes('drove_gateway_drove_events_received{namespace="beta"} 0'));
  assert.ok(back.includes('drove_gateway_drove_app_refresh_duration_count{namespace="beta"} 0'));
});

test("what is counted before and between readings is kept", async () => {
  const metrics = newMetrics();
  metrics.eventsReceived({ namespace: "alpha", count: 2 });
  metrics.appsRefreshed({ namespace: "alpha", seconds: 0.3 });
  await lines(metrics, newBoard());
  metrics.eventsReceived({ namespace: "alpha", count: 3 });
  const text = await lines(metrics, newBoard());
  assert.ok(text.includes('drove_gateway_drove_events_received{namespace="alpha"} 5'));
  assert.ok(text.includes('drove_gateway_drove_app_refresh_duration_count{namespace="alpha"} 1'));
  assert.ok(text.includes('drove_gateway_drove_app_refresh_duration_bucket{le="0.2",namespace="alpha"} 0'));
  assert.ok(text.includes('drove_gateway_drove_app_refresh_duration_bucket{le="0.4",namespace="alpha"} 1'));
});

test("a reload counts once, and once for each of its reasons", async () => {
  const metrics = newMetrics();
  const reason = (code: "vhost-added" | "members-changed") => ({ code, subjects: ["a.test"], count: 1 });
  metrics.reloaded({
    reasons: [reason("vhost-added"), reason("vhost-added"), reason("members-changed")],
    seconds: 0.07,
  });
  metrics.reloadFailed();
  metrics.applied({ kind: "reload", seconds: 0.2 });
  const text = await lines(metrics, newBoard());
  for (const line of [
    "drove_gateway_reloads_successful 1",
    "drove_gateway_reloads_failed 1",
    'drove_gateway_reloads_total{reason="vhost-added"} 1',
    'drove_gateway_reloads_total{reason="members-changed"} 1',
    'drove_gateway_reload_duration_bucket{le="0.05"} 0',
    'drove_gateway_reload_duration_bucket{le="0.1"} 1',
    'drove_gateway_reload_duration_bucket{le="25.6"} 1',
    "drove_gateway_apply_duration_seconds_sum 0.2",
    'drove_gateway_plans_applied_total{kind="reload"} 1',
  ]) {
    assert.ok(text.includes(line), line);
  }
});

test("the other records land in their own series", async () => {
  const metrics = newMetrics();
  metrics.rendered({ result: "failure", seconds: 0.001 });
  metrics.controlPlaneTimedOut();
  metrics.endpointCheckFailed("alpha");
  metrics.endpointDown("alpha");
  metrics.endpointDown("alpha");
  metrics.syncFailed("alpha");
  metrics.streamFailed("alpha");
  metrics.streamHadNoData("alpha");
  metrics.proxyCalled({ api: "haproxy", operation: "add-server", result: "success" });
  metrics.proxyCalled({ api: "nginx", operation: "list", result: "failure" });
  metrics.runtimeUpdated({ api: "nginx", result: "success", seconds: 0.1 });
  const text = await lines(metrics, newBoard());
  for (const line of [
    'drove_gateway_template_render_duration_seconds_count{result="failure"} 1',
    "drove_gateway_proxy_control_plane_timeout_breaches_total 1",
    'drove_gateway_endpoint_check_fails{namespace="alpha"} 1',
    'drove_gateway_endpoint_down_errors{namespace="alpha"} 2',
    'drove_gateway_drove_app_sync_failed{namespace="alpha"} 1',
    'drove_gateway_drove_stream_errors{namespace="alpha"} 1',
    'drove_gateway_drove_stream_no_data_warnings{namespace="alpha"} 1',
    'drove_gateway_haproxy_api_calls_successful_total{operation="add-server"} 1',
    'drove_gateway_nginx_api_calls_failed_total{operation="list"} 1',
    'nginx_plus_runtime_api_duration_seconds_count{result="success"} 1',
  ]) {
    assert.ok(text.includes(line), line);
  }
});

function fullBoard(): Board {
  const note = { subject: "APP-1", message: "bad", namespace: "alpha" } as const;
  const base = withDesired(newBoard(), {
    value: desired([vhost("a.test", [member("10.0.0.1", 1), member("10.0.0.2", 1)]), vhost("b.test", [])]),
    notes: [
      { ...note, code: "vhost-refused" },
      { ...note, code: "vhost-refused" },
      { ...note, code: "host-unresolved" },
    ],
    counts: [{ namespace: "alpha", withRoutingTag: 3, withoutRoutingTag: 2, ignoredByRealm: 1 }],
  });
  const down = { endpoint: "https://one.test", healthy: false, message: "refused" };
  const spaces = [served("alpha"), served("beta", { source: "none", fetchedAt: undefined, endpoints: [down] })];
  return withOldWorkers(withNamespaces(base, spaces), { oldWorkers: 2, oldGenerations: 1, delay: undefined });
}

test("gauges say what the board says", async () => {
  const failed = withFailure(fullBoard(), { concern: "check", at: 1, message: "bad" });
  const text = await lines(newMetrics(), failed);
  for (const line of [
    "drove_gateway_vhosts 2",
    "drove_gateway_members 2",
    "drove_gateway_old_workers 2",
    "drove_gateway_old_generations 1",
    'drove_gateway_notes{code="vhost-refused"} 2',
    'drove_gateway_notes{code="host-unresolved"} 1',
    'drove_gateway_build_info{version="1.2.3",commit="abcdef0"} 1',
    'drove_gateway_refused_apps{namespace="alpha",code="vhost-refused"} 2',
    'drove_gateway_data_age_seconds{namespace="alpha"} 60',
    'drove_gateway_data_age_seconds{namespace="beta"} 61',
    'drove_gateway_configured_endpoints_total{namespace="alpha"} 2',
    'drove_gateway_healthy_endpoints_total{namespace="alpha"} 1',
    'drove_gateway_all_endpoints_down_errors{namespace="alpha"} 0',
    'drove_gateway_all_endpoints_down_errors{namespace="beta"} 1',
    'drove_gateway_apps_with_routing_tag_total{namespace="alpha"} 3',
    'drove_gateway_apps_without_routing_tag_total{namespace="alpha"} 2',
    'drove_gateway_apps_ignored_by_realm_total{namespace="alpha"} 1',
    "drove_gateway_config_generation_healthy 0",
    "drove_gateway_template_rendering_healthy 1",
  ]) {
    assert.ok(text.includes(line), line);
  }
  assert.deepEqual(
    text.filter((line) => line.startsWith("drove_gateway_refused_apps") && line.includes("host-unresolved")),
    [],
  );
});

test("changes held count by who holds them, from the time they are", async () => {
  const held = (board: Board) =>
    lines(newMetrics(), board).then((all) => all.filter((line) => line.includes("_held_seconds{by")));
  const series = (freeze: number, rollback: number) => [
    `drove_gateway_changes_held_seconds{by="freeze"} ${freeze}`,
    `drove_gateway_changes_held_seconds{by="rollback"} ${rollback}`,
    'drove_gateway_changes_held_seconds{by="proxy-restart"} 0',
  ];
  assert.deepEqual(await held(newBoard()), series(0, 0));
  assert.deepEqual(await held(withHeld(newBoard(), { by: "rollback", since: startedAt })), series(0, 61));
});

test("only the newest generation has a series, and refusals that were mended have none", async () => {
  const metrics = newMetrics();
  const proven = (generation: string) => ({ at: 1, generation, proof: "generation" }) as const;
  await lines(metrics, withProven(fullBoard(), proven("aaaa")));
  const mended = withDesired(withProven(fullBoard(), proven("bbbb")), { value: desired([]), notes: [], counts: [] });
  const text = await lines(metrics, mended);
  const series = text.filter((line) => /^drove_gateway_(config_info|refused_apps)\{/.test(line));
  assert.deepEqual(series, ['drove_gateway_config_info{generation="bbbb"} 1']);
});

test("the number of series does not grow with the cluster", async () => {
  const boardOf = (count: number) => {
    const note = { code: "vhost-refused", message: "bad", namespace: "alpha" } as const;
    return withDesired(newBoard(["alpha"]), {
      value: desired(
        Array.from({ length: count }, (_, index) => vhost(`a${index}.test`, [member("10.0.0.1", index + 1)])),
      ),
      notes: Array.from({ length: count }, (_, index) => ({ ...note, subject: `APP-${index}` })),
      counts: [],
    });
  };
  const one = await lines(newMetrics(), boardOf(1));
  const thousand = await lines(newMetrics(), boardOf(1000));
  assert.equal(thousand.length, one.length);
  assert.ok(thousand.includes("drove_gateway_vhosts 1000"));
});

test("a namespace's name is escaped", async () => {
  const metrics = newMetrics();
  metrics.syncFailed('a"b\\c\nd');
  const text = await metrics.text(newBoard(['a"b\\c\nd']), 0);
  assert.ok(text.includes('drove_gateway_drove_app_sync_failed{namespace="a\\"b\\\\c\\nd"} 1'));
});

test("two sets of metrics do not know of each other, and a prefix is obeyed", async () => {
  const first = newMetrics();
  first.reloadFailed();
  const second = await createMetrics({ prefix: "mine_" }).text(newBoard(), 0);
  assert.match(second, /^mine_reloads_failed 0$/m);
  assert.doesNotMatch(second, /drove_gateway/);
});

test("the process's own metrics have their usual names, without those that cost a timer", async () => {
  const metrics = createMetrics();
  assert.doesNotMatch(await metrics.text(newBoard(), 0), /^nodejs_/m);
  metrics.watchRuntime();
  const text = await metrics.text(newBoard(), 0);
  for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes", "nodejs_heap_size_used_bytes"]) {
    assert.match(text, new RegExp(`^${name}\\S* [0-9.e+]+$`, "m"));
  }
  assert.match(text, /^nodejs_eventloop_lag_seconds [0-9.e-]+$/m);
  assert.doesNotMatch(text, /eventloop_lag_p99/);
});

test("tells what is held, since when, and what became of it", async () => {
  const metrics = newMetrics();
  const names = ["a.test", "b.test"];
  const held = { since: startedAt + 1000, polls: 1, vhosts: { lost: 2, of: 3 }, members: { lost: 5, of: 9 }, names };
  const board = withNamespaces(newBoard(), [served("alpha", { held }), served("beta")]);
  for (const decision of ["held", "persisted", "recovered", "accepted"] as const) {
    metrics.guardDecided({ namespace: "alpha", decision, vhosts: 2 });
  }
  const text = await lines(metrics, board);
  for (const [name, alpha] of [
    ["held_vhosts", 2],
    ["held_members", 5],
    ["held_seconds", 60],
    ["vhosts_held_total", 2],
    ["vhosts_confirmed_total", 2],
    ["vhosts_recovered_total", 2],
    ["vhosts_accepted_total", 2],
  ]) {
    assert.ok(text.includes(`drove_gateway_guard_${name}{namespace="alpha"} ${alpha}`), `${name}`);
    assert.ok(text.includes(`drove_gateway_guard_${name}{namespace="beta"} 0`), `${name}`);
  }
});
