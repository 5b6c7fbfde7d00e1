import assert from "node:assert/strict";
import { test } from "node:test";
import { createBoardHolder, withFailure, withNamespaces, withSuccess } from "../../../agent/status/board.ts";
import { newBoard, served } from "./fixtures.ts";

test("a verdict keeps the time since when it has been so, and takes the newest message", () => {
  const first = withFailure(newBoard(), { concern: "check", at: 10, message: "line 3: bad" });
  const again = withFailure(first, { concern: "check", at: 20, message: "line 4: bad" });
  const mended = withSuccess(again, { concern: "check", at: 30 });
  assert.deepEqual(again.verdicts.check, { healthy: false, message: "line 4: bad", since: 10 });
  assert.deepEqual(mended.verdicts.check, { healthy: true, message: "OK", since: 30 });
});

test("a change of one verdict leaves the others and the earlier board alone", () => {
  const before = newBoard();
  const after = withFailure(before, { concern: "template", at: 10, message: "bad" });
  assert.equal(before.verdicts.template.healthy, true);
  assert.equal(after.verdicts.check, before.verdicts.check);
});

test("a namespace of which nothing was heard is unhealthy and has no data", () => {
  const [status] = newBoard(["alpha"]).namespaces;
  assert.equal(status?.healthy, false);
  assert.equal(status?.source, "none");
});

test("the holder gives what the last update made", () => {
  const holder = createBoardHolder(newBoard());
  holder.update((board) => withNamespaces(board, [served("beta")]));
  assert.deepEqual(
    holder.read().namespaces.map((one) => one.namespace),
    ["beta"],
  );
});
