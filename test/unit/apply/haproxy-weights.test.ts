import assert from "node:assert/strict";
import { test } from "node:test";
import { findLowWeights } from "../../../agent/apply/haproxy-weights.ts";

const header =
  "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change";
const state = (...lines: readonly string[]) => `1\n${header}\n${lines.join("\n")}\n`;

test("servers of ours with less than their weight are found, with the time since they came", () => {
  const text = state(
    "3 shop.test 1 server_a 10.0.0.1 2 0 100 100 60",
    "3 shop.test 2 server_b 10.0.0.2 2 0 40 100 12",
    "3 shop.test 3 server_c 10.0.0.3 2 0 0 100 12",
    "3 shop.test 4 other_d 10.0.0.4 2 0 1 100 12",
    "4 blog.test 1 server_e 10.0.0.5 2 0 200 100 12",
  );
  assert.deepEqual(findLowWeights(text, "server_"), [
    { backend: "shop.test", server: "server_b", weight: 100, elapsedMs: 12_000 },
  ]);
  assert.deepEqual(findLowWeights(state(), "server_"), []);
});
