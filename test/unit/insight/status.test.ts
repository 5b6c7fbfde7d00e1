import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppFate } from "../../../agent/insight/fates.ts";
import { statusView, vhostStatuses } from "../../../agent/insight/status.ts";
import { runningWith, stateOf, vhostOf } from "../plan/fixtures.ts";
import { cycleOf, planOf } from "./cycles.ts";

const fate: AppFate = {
  namespace: "a",
  controller: undefined,
  appId: "x-1",
  appName: "x",
  vhost: "x.test",
  tags: {},
  instances: [],
  fate: "served",
  why: "kept",
  notes: [],
};

test("only apps that are not served as they should be are listed, and not more than fit a page", () => {
  const refused = Array.from(
    { length: 300 },
    (_, index): AppFate => ({ ...fate, appId: `y-${index}`, fate: "refused" }),
  );
  const partly: AppFate = { ...fate, appId: "z-1", notes: [{ code: "port-refused", message: "no port" }] };
  const view = statusView({
    cycle: cycleOf({ plan: planOf("new") }),
    revision: 7,
    fates: [fate, partly, ...refused],
    plans: [],
  });
  assert.deepEqual(view.counts, { vhosts: 2, instances: 2, apps: 302, notServed: 301 });
  assert.deepEqual([view.notServed.length, view.notServed[0]?.appId, view.revision], [200, "z-1", 7]);
  assert.deepEqual(view.proxy, { running: true, version: "1.30.6", serves: "generation-of-old" });
});

test("before the first turn there is nothing, and it is said so", () => {
  const view = statusView({ cycle: undefined, revision: 0, fates: [], plans: [] });
  assert.deepEqual([view.waiting, view.proxy], [{ state: "starting" }, { running: false }]);
  assert.deepEqual(vhostStatuses(undefined), []);
});

test("instances are looked up in the file in use, whole: no address is found in a longer one", () => {
  const members = ["10.0.0.1", "10.0.0.2", "fd00::1"].map((host) => ({ host, port: 80, portType: "http" }));
  const built = { value: stateOf([vhostOf("a.test", { members })]), notes: [], counts: [] };
  const addresses = new Map(members.map(({ host }) => [host, host]));
  const running = runningWith("server 10.0.0.1:80; server 110.0.0.2:80; server 10.0.0.2:8080; server [fd00::1]:80;");
  const resolution = { addresses, fingerprint: "", unresolved: [] };
  const [vhost] = vhostStatuses(cycleOf({ built, running, resolution }));
  assert.deepEqual(
    vhost?.members.map((one) => one.proxy),
    ["has it", "does not have it", "has it"],
  );
});
