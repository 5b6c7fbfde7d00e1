import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createDrains } from "../../../agent/apply/drains.ts";
import { tendDrains } from "../../../agent/apply/haproxy-drain.ts";
import { serverOf } from "../plan/haproxy.ts";

const removal = (host: string) => ({ kind: "remove", backend: "a.test", server: serverOf(host) }) as const;
const busyText = "Server still has connections attached to it, cannot remove it.";
const header =
  "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[2]";

/** A HAProxy whose servers have this many connections. */
function haproxyWith(connections: Record<string, number>) {
  const sent: string[] = [];
  const send = async (lines: readonly string[]) => {
    sent.push(...lines);
    return lines.map((line) => {
      const name = line.split("/")[1] ?? "";
      if (line.startsWith("show servers conn")) {
        const rows = Object.entries(connections).map(
          ([one, used]) => `a.test/${one} 1/1 10.0.0.1 80 - 0 ${used} 0 0 0 0 0 0 0 0`,
        );
        return { ok: true, text: [header, ...rows].join("\n") };
      }
      if (line.startsWith("shutdown")) connections[name] = 0;
      const used = connections[name] ?? 0;
      return line.startsWith("del server") && used > 0 ? { ok: false, text: busyText } : { ok: true, text: "" };
    });
  };
  return { sent, send };
}

describe("a drain", () => {
  test("ends when the last request has ended", async () => {
    const connections = { "server_10.0.0.1_80": 2 };
    const { send } = haproxyWith(connections);
    const drains = createDrains();
    drains.begin(removal("10.0.0.1"), { now: 1000, elapsedMs: 0, drainMs: 30_000 });
    assert.deepEqual(await tendDrains(drains, { send, now: 5000 }), []);
    assert.ok(drains.has("a.test", "server_10.0.0.1_80"));
    connections["server_10.0.0.1_80"] = 0;
    const gone = await tendDrains(drains, { send, now: 6000 });
    assert.deepEqual(gone, [{ backend: "a.test", server: "server_10.0.0.1_80", cut: 0, tookMs: 5000 }]);
    assert.equal(drains.size, 0);
  });

  test("is cut at its bound, once, and tells how many requests that cost", async () => {
    const { send, sent } = haproxyWith({ "server_10.0.0.1_80": 3 });
    const drains = createDrains();
    drains.begin(removal("10.0.0.1"), { now: 0, elapsedMs: 0, drainMs: 30_000 });
    await tendDrains(drains, { send, now: 29_999 });
    assert.ok(!sent.some((line) => line.startsWith("shutdown")));
    assert.equal((await tendDrains(drains, { send, now: 30_000 }))[0]?.cut, 3);
    assert.equal(sent.filter((line) => line === "shutdown sessions server a.test/server_10.0.0.1_80").length, 1);
  });

  test("that an agent of before began has what is left of its time", async () => {
    const { send } = haproxyWith({ "server_10.0.0.1_80": 1 });
    const drains = createDrains();
    drains.begin(removal("10.0.0.1"), { now: 0, elapsedMs: 20_000, drainMs: 30_000 });
    assert.deepEqual(await tendDrains(drains, { send, now: 9_999 }), []);
    assert.equal((await tendDrains(drains, { send, now: 10_000 }))[0]?.cut, 1);
  });

  test("whose backend is gone at its bound keeps no other from ending", async () => {
    const { send } = haproxyWith({ "server_10.0.0.2_80": 1 });
    const without: typeof send = async (lines) => {
      const replies = await send(lines);
      return replies.map((reply, index) =>
        /conn gone\.test/.test(lines[index] ?? "") ? { ok: false, text: "Can't find backend." } : reply,
      );
    };
    const drains = createDrains();
    const gone = { ...removal("10.0.0.1"), backend: "gone.test" };
    for (const one of [gone, removal("10.0.0.2")]) drains.begin(one, { now: 0, elapsedMs: 0, drainMs: 1000 });
    const ended = await tendDrains(drains, { send: without, now: 1000 });
    assert.deepEqual(
      ended.map(({ backend, cut }) => `${backend} ${cut}`),
      ["gone.test 0", "a.test 1"],
    );
  });

  test("does not wait for others", async () => {
    const { send } = haproxyWith({ "server_10.0.0.1_80": 1 });
    const drains = createDrains();
    for (const host of ["10.0.0.1", "10.0.0.2"]) drains.begin(removal(host), { now: 0, elapsedMs: 0, drainMs: 30_000 });
    assert.deepEqual(
      (await tendDrains(drains, { send, now: 1 })).map((one) => one.server),
      ["server_10.0.0.2_80"],
    );
  });

  test("is over for a server that is wanted again, or that a reload has taken away", async () => {
    const { send, sent } = haproxyWith({ "server_10.0.0.1_80": 1 });
    const drains = createDrains();
    drains.begin(removal("10.0.0.1"), { now: 0, elapsedMs: 0, drainMs: 1 });
    drains.cancel("a.test", "server_10.0.0.1_80");
    await tendDrains(drains, { send, now: 10 });
    assert.deepEqual(sent, []);
    drains.begin(removal("10.0.0.1"), { now: 0, elapsedMs: 0, drainMs: 1000 });
    const none = async (lines: readonly string[]) => lines.map(() => ({ ok: false, text: "No such server." }));
    assert.equal((await tendDrains(drains, { send: none, now: 10 })).length, 1);
  });
});
