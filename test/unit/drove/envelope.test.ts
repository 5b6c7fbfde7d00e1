import assert from "node:assert/strict";
import { test } from "node:test";
import { oneLine, readData, readEventSummary, readPong, readRefusal } from "../../../agent/drove/envelope.ts";
import { wrongEnvelopes } from "../../fake/malformed.ts";
import { thrown } from "../thrown.ts";

const summary = (data: unknown) => JSON.stringify({ status: "SUCCESS", data, message: "success" });

test("pong is pong", async () => {
  readPong(summary("pong"));
  assert.equal((await thrown(() => readPong(summary("ping")))).message, 'the answer is not "pong"');
});

test("a summary is read; without events it counts none", () => {
  const data = { eventsCount: { APP_STATE_CHANGE: 2, NEW_KIND_OF_EVENT: 1 }, lastSyncTime: 1_700_000_000_000 };
  assert.deepEqual(readEventSummary(summary(data)), data);
  assert.deepEqual(readEventSummary(summary({ eventsCount: null, lastSyncTime: 0 })), {
    eventsCount: {},
    lastSyncTime: 0,
  });
});

test("a summary whose time or counts are no numbers is refused", async () => {
  const wrong = [
    {},
    { eventsCount: {}, lastSyncTime: null },
    { eventsCount: {}, lastSyncTime: -1 },
    { eventsCount: {}, lastSyncTime: 1.5 },
    { eventsCount: {}, lastSyncTime: 1e300 },
    { eventsCount: { A: "1" }, lastSyncTime: 1 },
    { eventsCount: { A: -1 }, lastSyncTime: 1 },
    "x",
    null,
  ];
  for (const data of wrong) {
    const error = await thrown(() => readEventSummary(summary(data)));
    assert.equal(error.code, "controller-garbage", JSON.stringify(data));
    assert.match(error.message, /^the answer has /);
  }
});

test("no wrong envelope passes as a summary or a pong", async () => {
  for (const envelope of Object.values(wrongEnvelopes)) {
    const text = JSON.stringify(envelope);
    assert.equal((await thrown(() => readEventSummary(text))).code, "controller-garbage", text);
    assert.equal((await thrown(() => readPong(text))).code, "controller-garbage", text);
  }
});

test("a key that is missing is named", async () => {
  assert.equal((await thrown(() => readData("{}"))).message, "the answer has no status");
  assert.equal((await thrown(() => readData("7"))).message, "the answer is not a JSON object");
  assert.equal((await thrown(() => readEventSummary(summary({})))).message, "the answer has no lastSyncTime");
});

test("what is not JSON is refused without repeating it", async () => {
  for (const text of ["", " ", "<html>secret</html>", '{"status":"SUCC', "\u0000"]) {
    const { code, message } = await thrown(() => readData(text));
    assert.equal(code, "controller-garbage");
    assert.match(message, /^the answer is (empty|not JSON)$/);
  }
});

test("a refusal gives its message, and must be one", async () => {
  assert.equal(readRefusal('{"status":"FAILED","data":null,"message":"not the\\nleader"}'), "not the leader");
  assert.equal(readRefusal('{"status":"FAILED","data":null,"message":7}'), "");
  await thrown(() => readRefusal(summary("pong")));
  await thrown(() => readRefusal("Bad Request"));
});

test("text of others becomes one line of bounded length", () => {
  assert.equal(oneLine(" a\r\n\tb\u0000\u001b[31mc "), "a b [31mc");
  assert.equal(oneLine("x".repeat(1000)).length, 201);
});
