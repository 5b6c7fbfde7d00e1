import assert from "node:assert/strict";
import { test } from "node:test";
import { createLedger, type Outcome } from "./ledger.ts";

/*
 * The judge must be strict: a run is worth as much as this can tell right from wrong.
 */

function at(time: { now: number }) {
  const ledger = createLedger(() => time.now);
  ledger.admit("i1", "shop.test");
  ledger.admit("i2", "blog.test");
  return ledger;
}

const good: Outcome = {
  vhost: "shop.test",
  method: "GET",
  manner: "fresh",
  sentAt: 100,
  endedAt: 110,
  status: 200,
  instance: "i1",
  begun: true,
};
const failed: Outcome = { ...good, status: 502, instance: undefined };

test("an answer of an instance of the vhost is served", () => {
  assert.deepEqual(at({ now: 0 }).judge(good), { kind: "served" });
});

test("an answer of another vhost's instance, of nobody's, or of one that is out is a wrong route", () => {
  const time = { now: 0 };
  const ledger = at(time);
  assert.equal(ledger.judge({ ...good, instance: "i2" }).kind, "wrong-route");
  assert.equal(ledger.judge({ ...good, instance: "i9" }).kind, "wrong-route");
  time.now = 99;
  ledger.expel("i1");
  assert.equal(ledger.judge(good).kind, "wrong-route");
  assert.equal(ledger.judge({ ...good, sentAt: 98 }).kind, "served");
  ledger.admit("i1", "shop.test");
  assert.equal(ledger.judge(good).kind, "served");
});

test("no excuse holds for a wrong route", () => {
  const ledger = at({ now: 0 });
  ledger.excuse({ kind: "proxy-down" });
  assert.equal(ledger.judge({ ...good, instance: "i2" }).kind, "wrong-route");
});

test("a failure is excused only while the excuse holds", () => {
  const time = { now: 0 };
  const ledger = at(time);
  assert.deepEqual(ledger.judge(failed), { kind: "failed", why: "status 502" });
  time.now = 50;
  const isUp = ledger.excuse({ kind: "proxy-down" });
  time.now = 99;
  isUp();
  assert.equal(ledger.judge(failed).kind, "failed");
  assert.equal(ledger.judge({ ...failed, sentAt: 98 }).kind, "excused");
  assert.equal(ledger.judge({ ...failed, sentAt: 10, endedAt: 49 }).kind, "failed");
});

test("an excuse for one vhost is none for another, and each only for what it explains", () => {
  const ledger = at({ now: 0 });
  ledger.excuse({ kind: "vhost-withdrawn", vhost: "blog.test" });
  assert.equal(ledger.judge({ ...failed, status: 503 }).kind, "failed");
  ledger.excuse({ kind: "vhost-withdrawn", vhost: "shop.test" });
  assert.equal(ledger.judge({ ...failed, status: 503 }).kind, "excused");
  assert.equal(ledger.judge(failed).kind, "failed");
  ledger.excuse({ kind: "in-hand-of-the-dying", vhost: "shop.test" });
  assert.equal(ledger.judge({ ...failed, method: "POST" }).kind, "excused");
  assert.equal(ledger.judge({ ...failed, begun: false }).kind, "failed");
});

test("200 from somewhere that is no instance is a failure", () => {
  assert.equal(at({ now: 0 }).judge({ ...good, instance: undefined }).kind, "failed");
});
