import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentError, messageOf } from "../../../agent/errors.ts";

test("an error knows its code, who can mend it, its cause and its facts", () => {
  const cause = new Error("below");
  const error = new AgentError("template-invalid", "x", { cause, facts: { line: "y" } });
  assert.deepEqual(
    [error.code, error.retry, error.cause, error.facts],
    ["template-invalid", "change", cause, { line: "y" }],
  );
  assert.deepEqual([new AgentError("no-leader", "x").retry, new AgentError("usage", "x").retry], ["soon", "never"]);
  assert.equal("cause" in new AgentError("usage", "x"), false);
});

test("the message of whatever was thrown is one line", () => {
  assert.equal(messageOf(new Error(" a \n  b\r\n\nc ")), "a b c");
  assert.equal(messageOf("text"), "text");
  assert.equal(messageOf(undefined), "undefined");
});
